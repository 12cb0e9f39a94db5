"""The known issues of ``layouts/known.yaml``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.known_issue import KnownIssue, Region
from dqmconsole.site.decoder import Decoder, Wrong
from dqmconsole.site.findings import Findings, Place
from dqmconsole.site.globs import could_both_match
from dqmconsole.site.references import wrong_dates
from dqmconsole.site.yaml_text import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.model.problem import Problem

KNOWN = "known.yaml"


def known_key(index: int, part: str = "") -> str:
    """The key of the place of ``site.known[index]``, or of a key of it."""
    return f"{KNOWN}[{index}]" + (f"#{part}" if part else "")


def read_known(
    data: bytes, file: str
) -> tuple[tuple[KnownIssue, ...], tuple[dict[str, Place], ...], tuple[Problem, ...]]:
    """Read the known issues.

    Args:
        data: the file's bytes; in an empty file nothing is known.
        file: its name, as problems say it.

    Returns:
        The healthy entries; for each one where its keys are written, "paths[0]" and
        "regions[0]" too; and the problems.
    """
    findings = Findings(file)
    root = parse(data, findings)
    if root is None:
        return (), (), findings.problems
    # elements at the top of a file, or of several folders, are of no one subsystem
    decoder = Decoder(findings, lenient={KnownIssue: frozenset(KnownIssue.OPTIONAL)})
    written = decoder.structs(root, KnownIssue)
    found = tuple(known for known in written if _is_valid(known, decoder))
    places = tuple(
        {key: decoder.place(known, key) for key in ("owner", "expires", "subsystem")}
        | decoder.items(known, "paths", "regions")
        for known in found
    )
    return found, places, findings.problems


def _is_valid(known: KnownIssue, decoder: Decoder) -> bool:
    regions = [decoder.accepts(each, _wrong_region(each)) for each in known.regions]
    written = decoder.has(known, "subsystem")
    return decoder.accepts(known, _wrongs(known, written=written)) and all(regions)


def _wrongs(known: KnownIssue, *, written: bool) -> Iterator[Wrong]:
    for key in ("problem", "owner", *(("subsystem",) if written else ())):
        if not getattr(known, key).strip():
            yield Wrong("empty-text", key, f"{key} is empty")
    if not known.paths:
        yield Wrong("empty-list", "paths", "paths names no monitor element")
    for glob in known.paths if known.subsystem else ():
        if not could_both_match(glob, f"{known.subsystem}/*"):
            words = (
                f'"{glob}" is nothing of the subsystem "{known.subsystem}"; without '
                "subsystem the paths alone say where it is"
            )
            yield Wrong("foreign-glob", "paths", words)
    yield from wrong_dates(known, "expires")
    if known.channels < 0:
        words = f"channels is 0 or more, not {known.channels}"
        yield Wrong("out-of-range", "channels", words)
    first, last = known.first_run, known.last_run
    if first is not None and last is not None and first > last:
        words = f"last_run {last} is before first_run {first}"
        yield Wrong("wrong-range", "last_run", words)


def _wrong_region(region: Region) -> Iterator[Wrong]:
    for key, span, labels in (
        ("x", region.x, region.x_labels),
        ("y", region.y, region.y_labels),
    ):
        if span is not None and labels:
            words = f"{key} and {key}_labels exclude each other"
            yield Wrong("range-and-labels", key, words)
        if span is not None and span[0] >= span[1]:
            words = f"{key} is [lowest, highest], not [{span[0]:g}, {span[1]:g}]"
            yield Wrong("wrong-range", key, words)
