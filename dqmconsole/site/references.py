"""The rules of ``layouts/references.yaml``: reading them, and which one holds."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from dqmconsole.model.layout import subsystem_of
from dqmconsole.model.reference import LastGoodRuns, ReferenceRule, Retired, range_words
from dqmconsole.model.when import never_both, why_not, wrong_form
from dqmconsole.site.decoder import ANY_WORDS, Decoder, SiteWords, Wrong
from dqmconsole.site.findings import Findings, Place
from dqmconsole.site.globs import any_match, could_both_match, literal
from dqmconsole.site.yaml_text import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dqmconsole.model.problem import Problem
    from dqmconsole.model.run import Conditions

REFERENCES = "references.yaml"
_ANY = 2**63  # above all run numbers
MOST_RUNS = 100  # good runs that a rule may ask for: each is read
# words that need no quotes anywhere in YAML, dates among them
_PLAIN = re.compile(
    r"[A-Za-z]([A-Za-z0-9_./ -]*[A-Za-z0-9])?|[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII
)
_RESERVED = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})


def rule_key(index: int, part: str = "") -> str:
    """The key of the place of ``site.references[index]``, or of a key of it."""
    return f"{REFERENCES}[{index}]" + (f"#{part}" if part else "")


class Passed(NamedTuple):
    """A rule that was passed over: its index, and why it does not hold."""

    at: int
    why: str


class Choice(NamedTuple):
    """Which rule holds for an element, and what went before it.

    Attributes:
        at: index of the rule in ``site.references``; None where none holds.
        passed: rules for the element that are more specific and do not hold.
        unknown: why none holds though one might: what is not known of the run.
    """

    at: int | None
    passed: tuple[Passed, ...] = ()
    unknown: str = ""


def choose(
    rules: Sequence[ReferenceRule],
    path: str,
    run_type: str | None,
    run: int = 0,
    conditions: Conditions | None = None,
) -> ReferenceRule | None:
    """Choose the reference rule of a monitor element; see :func:`explain`."""
    at = explain(rules, path, run_type, run, conditions).at
    return None if at is None else rules[at]


def explain(
    rules: Sequence[ReferenceRule],
    path: str,
    run_type: str | None,
    run: int = 0,
    conditions: Conditions | None = None,
    ranked: Sequence[int] | None = None,
) -> Choice:
    """Choose the reference rule of a monitor element, and say why that one.

    The most specific rule that holds wins, by histogram (a path before a glob, a glob
    with more literal characters before one with fewer), then by subsystem, by run
    type, by the number of conditions, and by a range of runs. Where two are alike,
    which is a problem of the site, the first holds.

    Args:
        rules: the site's rules.
        path: path of the monitor element; its first part is the subsystem.
        run_type: type of the run. Where it is None, unknown, a rule holds that does
            so for all types; none where another, for one type, could win over it: a
            guess could compare runs of two types. So it is with conditions.
        run: its number; 0 and less where it is unknown.
        conditions: its conditions; None where nothing of them is known.
        ranked: what :func:`by_rank` gave for the element, where that is known.
    """
    passed: list[Passed] = []
    for index in by_rank(rules, path) if ranked is None else ranked:
        rule = rules[index]
        why, unknown = _why_not(rule, run_type, run, conditions)
        if not why:
            return Choice(index, tuple(passed))
        if unknown:
            return Choice(None, tuple(passed), f"of {rule.called}: {why}")
        passed.append(Passed(index, why))
    return Choice(None, tuple(passed))


def by_rank(rules: Sequence[ReferenceRule], path: str) -> list[int]:
    """The rules that are for an element in some run, the most specific first."""
    subsystem = subsystem_of(path)
    ranks = {}
    for index, rule in enumerate(rules):
        if rule.subsystem not in (None, subsystem):
            continue
        if rule.histograms and not any_match(path, rule.histograms):
            continue
        globs = [each for each in rule.histograms if any_match(path, (each,))]
        ranks[index] = (
            max(map(literal, globs), default=(False, -1)),
            rule.subsystem is not None,
            rule.run_type is not None,
            len(rule.when),
            (rule.valid_from, rule.valid_until) != (None, None),
        )
    return sorted(ranks, key=lambda each: ranks[each], reverse=True)


def servable(
    rules: Sequence[ReferenceRule], path: str, run_type: str | None
) -> Iterator[int]:
    """The rules that hold for an element in some run of a type, whatever else it is."""
    return serving(rules, by_rank(rules, path), run_type)


def serving(
    rules: Sequence[ReferenceRule], ranked: Iterable[int], run_type: str | None
) -> Iterator[int]:
    """The same, of the rules that :func:`by_rank` found to be for the element."""
    for index in ranked:
        rule = rules[index]
        if rule.retired is not None or rule.run_type not in (None, run_type):
            continue
        yield index
        if not rule.when and (rule.valid_from, rule.valid_until) == (None, None):
            return


def _why_not(
    rule: ReferenceRule,
    run_type: str | None,
    run: int,
    conditions: Conditions | None,
) -> tuple[str, bool]:
    """Why a rule does not hold, "" when it does; and whether that is only unknown."""
    if rule.retired is not None:
        return f"retired on {rule.retired.on}: {rule.retired.why}", False
    if run_type is not None and rule.run_type not in (None, run_type):
        return f"it is for {rule.run_type}", False
    if run > 0 and not (rule.valid_from or 0) <= run <= (rule.valid_until or run):
        return f"it is for {range_words(rule)}, this is run {run}", False
    why, unknown = why_not(rule.when, conditions)
    if why and not unknown:
        return why, False
    if rule.run_type is not None and run_type is None:
        return f"it is for {rule.run_type}, and the type of the run is unknown", True
    if run <= 0 and (rule.valid_from, rule.valid_until) != (None, None):
        return f"it is for {range_words(rule)}, and the run's number is unknown", True
    return why, unknown


def rule_text(rule: ReferenceRule) -> str:
    """A rule as it is written in the file: lines of "key: value"."""
    written = msgspec.to_builtins(rule)
    first = (
        *("subsystem", "run_type", "histograms", "when"),
        *("file", "run", "runs", "good_runs"),
    )
    last = ("chosen_by", "chosen_on", "why", "retired")
    others = [key for key in written if key not in (*first, *last)]
    keys = [key for key in (*first, *others, *last) if key in written]
    return "\n".join(f"{key}: {flow(written[key])}" for key in keys)


def flow(value: object) -> str:
    """A value as one line of YAML in flow style; words in quotes where they need it."""
    match value:
        case dict():
            parts = (f"{key}: {flow(each)}" for key, each in value.items())
            return f"{{{', '.join(parts)}}}"
        case list() | tuple():
            return f"[{', '.join(map(flow, value))}]"
        case str() if _PLAIN.fullmatch(value) and value.lower() not in _RESERVED:
            return value
        case _:
            return msgspec.json.encode(value).decode()


def read_references(
    data: bytes, file: str, words: SiteWords = ANY_WORDS
) -> tuple[
    tuple[ReferenceRule, ...], tuple[dict[str, Place], ...], tuple[Problem, ...]
]:
    """Read the rules.

    Args:
        data: the file's bytes; an empty file has no rules.
        file: its name, as problems say it.
        words: what the site's names may be.

    Returns:
        The healthy rules; for each one where its keys are written,
        "histograms[0]" too; and the problems.
    """
    findings = Findings(file)
    root = parse(data, findings)
    if root is None:
        return (), (), findings.problems
    decoder = Decoder(findings, words=words)
    written = decoder.structs(root, ReferenceRule)
    rules = tuple(rule for rule in written if _accepts(decoder, rule))
    for later, rule in enumerate(rules):
        for earlier in rules[:later]:
            if _tie(earlier, rule):
                line = decoder.place(earlier).line
                said = (
                    f"this rule and the one in line {line} can hold for the same "
                    "histogram and neither is more specific; the first is taken"
                )
                decoder.complain(said, rule, code="equal-rules")
    places = tuple(
        decoder.places(rule)
        | decoder.items(rule, "histograms", "runs")
        | {
            f"when.{name}": findings.place(node)
            for name, node in decoder.names(rule, "when").items()
        }
        for rule in rules
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


def _accepts(decoder: Decoder, rule: ReferenceRule) -> bool:
    sound = decoder.accepts(rule, _wrongs(rule))
    if rule.retired is not None:
        sound &= decoder.accepts(rule.retired, _wrongs_of_end(rule.retired))
    if rule.good_runs is not None:
        sound &= decoder.accepts(rule.good_runs, _wrongs_of_good(rule.good_runs))
    names = decoder.names(rule, "when")
    for name, wanted in rule.when.items():
        if words := wrong_form(wanted):
            message = f"when: {name} {words}"
            decoder.findings.add(message, names[name], "never-met")
            sound = False
    return sound


def _wrongs_of_end(retired: Retired) -> Iterator[Wrong]:
    yield from wrong_dates(retired, "on")
    for key in ("by", "why"):
        if not getattr(retired, key).strip():
            yield Wrong("empty-text", key, f"{key} is empty: say it")


def _wrongs_of_good(good: LastGoodRuns) -> Iterator[Wrong]:
    if not 1 <= good.last <= MOST_RUNS:
        words = f"last is a number of runs, 1 to {MOST_RUNS}, not {good.last}"
        yield Wrong("out-of-range", "last", words)
    if good.template is not None and not 0 < good.template < 1:
        words = f"template is between 0 and 1, such as 0.9, not {good.template:g}"
        yield Wrong("out-of-range", "template", words)


def _wrongs(rule: ReferenceRule) -> Iterator[Wrong]:
    named = (rule.file, rule.run, rule.runs or None, rule.good_runs)
    if named.count(None) != 3:
        words = "a rule names either a file or a run, or several runs, or the good ones"
        yield Wrong("file-or-run", "run", words)
    if rule.file is not None and not rule.file.strip():
        yield Wrong("empty-name", "file", "the file has no name")
    if rule.run is not None and rule.run <= 0:
        yield Wrong("out-of-range", "run", f"run is a run number, not {rule.run}")
    if rule.good_runs is not None and rule.combine != "worst":
        words = "combine is of runs that are compared with one by one: leave it out"
        yield Wrong("never-met", "combine", words)
    for item, run in enumerate(rule.runs):
        if run <= 0 or run in rule.runs[:item]:
            words = f"{run} stands here twice" if run > 0 else f"{run} is no run number"
            yield Wrong("out-of-range", "runs", f"runs: {words}", item)
    for key in ("valid_from", "valid_until"):
        limit = getattr(rule, key)
        if limit is not None and limit <= 0:
            words = f"{key} is a run number, not {limit}"
            yield Wrong("out-of-range", key, words)
    if None not in (rule.valid_from, rule.valid_until) and (
        (rule.valid_from or 0) > (rule.valid_until or 0)
    ):
        words = f"the rule holds for {range_words(rule)}: for none"
        yield Wrong("never-met", "valid_until", words)
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
    if one.retired is not None or other.retired is not None:
        return False
    if len(one.when) != len(other.when) or never_both(one.when, other.when):
        return False
    first, last = ((each.valid_from, each.valid_until) for each in (one, other))
    if (first == (None, None)) != (last == (None, None)):
        return False
    if max(first[0] or 0, last[0] or 0) > min(first[1] or _ANY, last[1] or _ANY):
        return False
    if not one.histograms or not other.histograms:
        return not one.histograms and not other.histograms
    return any(
        literal(first) == literal(second) and could_both_match(first, second)
        for first in one.histograms
        for second in other.histograms
    )
