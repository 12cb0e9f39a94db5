"""The rules of ``layouts/references.yaml``: reading them, and which one holds."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from dqmconsole.model.layout import subsystem_of
from dqmconsole.model.reference import ReferenceRule
from dqmconsole.site.decoder import Decoder, Wrong
from dqmconsole.site.findings import Findings, Place
from dqmconsole.site.globs import any_match, could_both_match, literal
from dqmconsole.site.yaml_text import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dqmconsole.model.problem import Problem

REFERENCES = "references.yaml"


def rule_key(index: int, part: str = "") -> str:
    """The key of the place of ``site.references[index]``, or of a key of it."""
    return f"{REFERENCES}[{index}]" + (f"#{part}" if part else "")


def choose(
    rules: Sequence[ReferenceRule], path: str, run_type: str | None
) -> ReferenceRule | None:
    """Choose the reference rule of a monitor element.

    The most specific rule wins, by histogram (a path before a glob, a glob with
    more literal characters before one with fewer), then by subsystem, then by run
    type. Where two are alike, which is a problem of the site, the first holds.

    Args:
        rules: the site's rules.
        path: path of the monitor element; its first part is the subsystem.
        run_type: type of the run. Where it is None, unknown, a rule holds that does
            so for all types; none where another, for one type, could win over it: a
            guess could compare collisions with cosmics.
    """
    subsystem = subsystem_of(path)
    best: ReferenceRule | None = None
    best_rank: tuple[tuple[bool, int], bool, bool] | None = None
    for rule in rules:
        if run_type is not None and rule.run_type not in (None, run_type):
            continue
        if rule.subsystem not in (None, subsystem):
            continue
        globs = [each for each in rule.histograms if any_match(path, (each,))]
        if rule.histograms and not globs:
            continue
        rank = (
            max(map(literal, globs), default=(False, -1)),
            rule.subsystem is not None,
            rule.run_type is not None,
        )
        if best_rank is None or rank > best_rank:
            best, best_rank = rule, rank
    if run_type is None and best is not None and best.run_type is not None:
        return None
    return best


def read_references(
    data: bytes, file: str
) -> tuple[
    tuple[ReferenceRule, ...], tuple[dict[str, Place], ...], tuple[Problem, ...]
]:
    """Read the rules.

    Args:
        data: the file's bytes; an empty file has no rules.
        file: its name, as problems say it.

    Returns:
        The healthy rules; for each one where its keys are written,
        "histograms[0]" too; and the problems.
    """
    findings = Findings(file)
    root = parse(data, findings)
    if root is None:
        return (), (), findings.problems
    decoder = Decoder(findings)
    written = decoder.structs(root, ReferenceRule)
    rules = tuple(rule for rule in written if decoder.accepts(rule, _wrongs(rule)))
    for later, rule in enumerate(rules):
        for earlier in rules[:later]:
            if _tie(earlier, rule):
                line = decoder.place(earlier).line
                words = (
                    f"this rule and the one in line {line} can hold for the same "
                    "histogram and neither is more specific; the first is taken"
                )
                decoder.complain(words, rule, code="equal-rules")
    places = tuple(
        decoder.places(rule) | decoder.items(rule, "histograms") for rule in rules
    )
    return rules, places, findings.problems


def is_date(text: str) -> bool:
    """Tell whether a text is a date such as 2026-05-01."""
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == len("2026-05-01")


def as_date(text: str) -> datetime.date | None:
    """A date as it is written; None for one that is broken, which has its problem."""
    return datetime.date.fromisoformat(text) if is_date(text) else None


def wrong_dates(value: object, *keys: str) -> Iterator[Wrong]:
    """Find the dates of a value that are none."""
    for key in keys:
        text = getattr(value, key)
        if not is_date(text):
            words = f'{key} is a date such as 2026-05-01, not "{text}"'
            yield Wrong("wrong-date", key, words)


def _wrongs(rule: ReferenceRule) -> Iterator[Wrong]:
    if (rule.file is None) == (rule.run is None):
        yield Wrong("file-or-run", "run", "a rule names either a file or a run")
    if rule.file is not None and not rule.file.strip():
        yield Wrong("empty-name", "file", "the file has no name")
    if rule.run is not None and rule.run <= 0:
        yield Wrong("out-of-range", "run", f"run is a run number, not {rule.run}")
    yield from wrong_dates(rule, "chosen_on")
    for key in ("chosen_by", "why"):
        if not getattr(rule, key).strip():
            words = f"{key} is empty: say it, the panel prints it"
            yield Wrong("empty-text", key, words)
    for item, glob in enumerate(rule.histograms):
        if rule.subsystem is not None and not could_both_match(
            glob, f"{rule.subsystem}/*"
        ):
            words = f'"{glob}" matches nothing of the subsystem "{rule.subsystem}"'
            yield Wrong("foreign-glob", "histograms", words, item)


def _tie(one: ReferenceRule, other: ReferenceRule) -> bool:
    # Both given and unlike: never both; one given: that one is more specific.
    if (one.run_type, one.subsystem) != (other.run_type, other.subsystem):
        return False
    if not one.histograms or not other.histograms:
        return not one.histograms and not other.histograms
    return any(
        literal(first) == literal(second) and could_both_match(first, second)
        for first in one.histograms
        for second in other.histograms
    )
