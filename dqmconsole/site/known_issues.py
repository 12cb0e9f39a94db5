"""The known issues of ``layouts/known.yaml``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.known_issue import KnownIssue, Region
from dqmconsole.site.decoder import Decoder
from dqmconsole.site.findings import Findings, Place
from dqmconsole.site.globs import could_both_match
from dqmconsole.site.references import is_date
from dqmconsole.site.yaml_text import parse

if TYPE_CHECKING:
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
    decoder = Decoder(findings)
    written = decoder.structs(root, KnownIssue)
    found = tuple(known for known in written if _is_valid(known, decoder))
    places = tuple(_places(known, decoder) for known in found)
    return found, places, findings.problems


def _places(known: KnownIssue, decoder: Decoder) -> dict[str, Place]:
    places = {
        key: decoder.place(known, key) for key in ("owner", "expires", "subsystem")
    }
    for key in ("paths", "regions"):
        for item, _ in enumerate(getattr(known, key)):
            node = decoder.node(known, key, item)
            places[f"{key}[{item}]"] = decoder.findings.place(node)
    return places


def _is_valid(known: KnownIssue, decoder: Decoder) -> bool:
    wrong = [
        (f"{key} is empty", key, "empty-text")
        for key in ("problem", "subsystem", "owner")
        if not getattr(known, key).strip()
    ]
    if not known.paths:
        wrong.append(("paths names no monitor element", "paths", "empty-list"))
    wrong += [
        (
            f'"{glob}" is nothing of the subsystem "{known.subsystem}"',
            "paths",
            "foreign-glob",
        )
        for glob in known.paths
        if not could_both_match(glob, f"{known.subsystem}/*")
    ]
    if not is_date(known.expires):
        wrong.append(
            (
                f'expires is a date such as 2026-05-01, not "{known.expires}"',
                "expires",
                "wrong-date",
            )
        )
    if known.channels < 0:
        words = f"channels is 0 or more, not {known.channels}"
        wrong.append((words, "channels", "out-of-range"))
    first, last = known.first_run, known.last_run
    if first is not None and last is not None and first > last:
        words = f"last_run {last} is before first_run {first}"
        wrong.append((words, "last_run", "wrong-range"))
    for message, key, code in wrong:
        decoder.complain(message, known, key, code=code)
    regions = [_is_valid_region(region, decoder) for region in known.regions]
    return not wrong and all(regions)


def _is_valid_region(region: Region, decoder: Decoder) -> bool:
    valid = True
    for key, span, labels in (
        ("x", region.x, region.x_labels),
        ("y", region.y, region.y_labels),
    ):
        if span is not None and labels:
            words = f"{key} and {key}_labels exclude each other"
            decoder.complain(words, region, key, code="range-and-labels")
            valid = False
        if span is not None and span[0] >= span[1]:
            decoder.complain(
                f"{key} is [lowest, highest], not [{span[0]:g}, {span[1]:g}]",
                region,
                key,
                code="wrong-range",
            )
            valid = False
    return valid
