"""The references of a site: which rules there are, and which serves which plot."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.engine.references import recorded_folders
from dqmconsole.model.layout import subsystem_of
from dqmconsole.model.problem import Problem
from dqmconsole.model.reference import range_words, scope_words
from dqmconsole.model.run import run_number
from dqmconsole.model.when import wanted_words
from dqmconsole.model.words import counted, listed
from dqmconsole.site.layouts import plots_of
from dqmconsole.site.nearest import did_you_mean
from dqmconsole.site.references import (
    REFERENCES,
    by_rank,
    explain,
    rule_key,
    servable,
)
from dqmconsole.sources.names import FORM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Literal

    from dqmconsole.desk.recorded import RecordedFolders
    from dqmconsole.model.reference import ReferenceRule
    from dqmconsole.model.run import Conditions
    from dqmconsole.model.site import Site
    from dqmconsole.site.findings import Place

    State = Literal["in force", "unused", "missing", "expired", "retired"]


class RefusedError(ValueError):
    """What is asked for cannot be done; says why."""


class RuleLine(msgspec.Struct, frozen=True):
    """One rule as ``reference list`` has it.

    Attributes:
        number: from 1, in the order of the file.
        line: of the file, from 1.
        state: "retired"; "expired" (for runs that are over); "missing" (its file or
            run is not there); "unused" (another rule goes before it everywhere, or no
            plot is of it); else "in force".
        scope: what it is for, in words.
        reference: its run or file.
        where: the file, or why it is not there.
        plots: how many plots of the site it may serve, in any type of run.
        runs: the runs it is for, in words.
        chosen_by, chosen_on, why: its provenance.
        retired: since when and why it holds no more, or "".
    """

    number: int
    line: int
    state: State
    scope: str
    reference: str
    where: str
    plots: int
    runs: str
    chosen_by: str
    chosen_on: str
    why: str
    retired: str = ""


class Served(msgspec.Struct, frozen=True):
    """Which reference serves a plot in runs of some types, and why.

    Attributes:
        path: the monitor element.
        run_types: the types of run it is so in.
        reference: the run or file; "" for none.
        rule: number of the rule, from 1; 0 for none.
        why: why this one, or why none.
        passed: numbers of rules that were passed over, and why.
    """

    path: str
    run_types: tuple[str, ...]
    reference: str
    rule: int
    why: str
    passed: tuple[tuple[int, str], ...] = ()


def folders_of(site: Site, source: Path | None = None) -> list[Path]:
    """Where runs are looked for: the folder given, then the site's recorded ones."""
    return ([] if source is None else [source]) + recorded_folders(site)


def list_rules(
    site: Site,
    places: Mapping[str, Place],
    recorded: RecordedFolders,
    good: Callable[[ReferenceRule], Sequence[int]] = lambda _rule: (),
) -> tuple[RuleLine, ...]:
    """All rules of a site, in the order of the file.

    Args:
        site: as it was read.
        places: of its parts.
        recorded: where its runs are looked for.
        good: the recorded good runs that a rule asks for.
    """
    serves: dict[int, set[str]] = {}
    for path, run_types in _plots(site).items():
        for run_type in run_types:
            for at in servable(site.references, path, run_type):
                serves.setdefault(at, set()).add(path)
    lines = []
    for at, rule in enumerate(site.references):
        place = places.get(rule_key(at))
        where, there = _where(site, rule, recorded)
        if rule.good_runs is not None:
            runs = good(rule)
            there = bool(runs)
            where = "no good run is recorded (reference good)"
            if runs:
                where = f"recorded: {listed(list(map(str, runs)), 5)}"
        plots = len(serves.get(at, ()))
        state: State = "in force"
        ended = rule.valid_until is not None and rule.valid_until < recorded.newest
        if rule.retired is not None:
            state = "retired"
        elif ended:
            state = "expired"
        elif not there:
            state = "missing"
        elif not plots:
            state = "unused"
        end = rule.retired
        lines.append(
            RuleLine(
                at + 1,
                place.line if place else 0,
                state,
                scope_words(rule),
                rule.called,
                where,
                plots,
                range_words(rule),
                rule.chosen_by,
                rule.chosen_on,
                rule.why,
                "" if end is None else f"{end.on}, {end.by}: {end.why}",
            )
        )
    return tuple(lines)


def show_references(
    site: Site,
    what: str,
    run_type: str | None = None,
    recorded: RecordedFolders | None = None,
    run: int = 0,
) -> tuple[Served, ...]:
    """Which reference serves which plot, and why.

    Args:
        site: as it was read.
        what: path of a plot, a subsystem or a layout.
        run_type: type of the runs; all when None.
        recorded: where the conditions of `run` are read; None: rules that hold by
            conditions, or for some runs, are named with these.
        run: the run it is asked of; 0 for any.

    Raises:
        RefusedError: no plot of the site is that, or there is no such run.
    """
    of_layout = {
        plot.path for layout, _, plot in plots_of(site) if layout.layout == what
    }
    plots = {
        path: run_types
        for path, run_types in _plots(site).items()
        if what in (path, subsystem_of(path)) or path in of_layout
    }
    if not plots:
        subsystems = {subsystem_of(path) for path in _plots(site)} - {""}
        subsystems |= {each.layout for each in site.layouts}
        hint = did_you_mean(what, {*_plots(site), *subsystems})
        hint = hint or f"; subsystems and layouts: {listed(sorted(subsystems), 20)}"
        message = f'no plot of the site is "{what}"{hint}'
        raise RefusedError(message)
    conditions = None
    if run and recorded is not None:
        if run not in recorded.runs:
            raise RefusedError(not_there(run, recorded))
        conditions = recorded.conditions(run)
        run_type = run_type or conditions.run_type
    found: list[Served] = []
    for path, run_types in plots.items():
        merged: dict[Served, list[str]] = {}
        for each in run_types if run_type is None else (run_type,):
            if run:
                served = _served(site, path, each, run, conditions)
            else:
                served = _in_any_run(site, path, each)
            merged.setdefault(served, []).append(each)
        found += (
            msgspec.structs.replace(served, run_types=tuple(types))
            for served, types in merged.items()
        )
    return tuple(found)


def wrong_runs(
    site: Site, places: Mapping[str, Place], recorded: RecordedFolders
) -> Iterator[Problem]:
    """Find rules whose run is recorded nowhere, or that are for runs that are over."""
    for at, rule in enumerate(site.references):
        if rule.retired is not None:
            continue
        if rule.valid_until is not None and rule.valid_until < recorded.newest:
            words = (
                f"the rule is for {range_words(rule)}, and run {recorded.newest} is "
                "recorded: it is over; retire it when nobody looks at those any more"
            )
            yield _problem(words, places.get(rule_key(at, "valid_until")), "expired")
        missing = _not_final(rule, recorded)
        if missing and recorded.runs:
            words = f"{_runs(missing)} no final file in a folder of recorded runs"
            yield _problem(words, places.get(rule_key(at)), "run-missing")


def not_there(run: int, recorded: RecordedFolders) -> str:
    """Why a run is in none of the folders, in words, with the nearest number."""
    hint = did_you_mean(str(run), map(str, recorded.runs))
    troubles = "".join(f"; {path}: {why}" for path, why in recorded.troubles.items())
    words = f"there is no run {run_number(run)} in the folders of recorded runs"
    words += f"{hint}{troubles}"
    return words if recorded.runs else f"{words}; runs are files named {FORM}"


def plots_served(site: Site, rule: ReferenceRule) -> list[str]:
    """The plots of a site that a rule is for, whether another goes before it or not."""
    return [
        path
        for path, run_types in _plots(site).items()
        if by_rank((rule,), path)
        and (rule.run_type is None or rule.run_type in run_types)
    ]


def _plots(site: Site) -> dict[str, tuple[str, ...]]:
    """The plots of a site with the types of run that they are shown in."""
    named = dict.fromkeys(each.run_type for each in site.references if each.run_type)
    every = site.settings.types or (*named,) or ("any type",)
    found: dict[str, tuple[str, ...]] = {}
    for _, _, plot in plots_of(site):
        types = (*found.get(plot.path, ()), *(plot.run_types or every))
        found[plot.path] = tuple(dict.fromkeys(types))
    return found


def _served(
    site: Site, path: str, run_type: str, run: int, conditions: Conditions | None
) -> Served:
    rules = site.references
    choice = explain(rules, path, run_type, run, conditions)
    passed = {each.at + 1: each.why for each in choice.passed}
    if choice.at is None:
        why = choice.unknown or "no rule holds for it"
        return Served(path, (), "", 0, why, tuple(passed.items()))
    for at in by_rank(rules, path):
        if at == choice.at or at + 1 in passed:
            continue
        passed[at + 1] = f"rule {choice.at + 1} is more specific"
        if rules[at].run_type not in (None, run_type):
            passed[at + 1] = f"it is for {rules[at].run_type}"
    rule = rules[choice.at]
    over = tuple(passed.items())
    return Served(path, (), rule.called, choice.at + 1, _why(rule), over)


def _in_any_run(site: Site, path: str, run_type: str) -> Served:
    """Which reference serves a plot, as far as nothing is known of the run."""
    rules = site.references
    serving = list(servable(rules, path, run_type))
    passed: dict[int, str] = {}
    for at in by_rank(rules, path):
        rule = rules[at]
        if at in serving:
            continue
        if rule.retired is not None:
            passed[at + 1] = f"retired on {rule.retired.on}: {rule.retired.why}"
        elif rule.run_type not in (None, run_type):
            passed[at + 1] = f"it is for {rule.run_type}"
        else:
            passed[at + 1] = f"rule {serving[-1] + 1} is more specific"
    over = tuple(passed.items())
    if not serving:
        return Served(path, (), "", 0, "no rule holds for it", over)
    words = [_if(rules[at]) for at in serving]
    first = serving[0]
    why = _why(rules[first])
    return Served(path, (), "; else ".join(words), first + 1, why, over)


def _if(rule: ReferenceRule) -> str:
    limits = [wanted_words(name, wanted) for name, wanted in rule.when.items()]
    if range_words(rule) != "all runs":
        limits.append(range_words(rule))
    return f"{rule.called} ({', '.join(limits)})" if limits else rule.called


def _why(rule: ReferenceRule) -> str:
    return f"{rule.why} ({rule.chosen_by}, {rule.chosen_on}; for {scope_words(rule)})"


def _where(
    site: Site, rule: ReferenceRule, recorded: RecordedFolders
) -> tuple[str, bool]:
    """Where a reference lies, or why it is not there; and whether it is."""
    if rule.file is not None:
        path = Path(site.folder) / "layouts" / rule.file
        try:
            there = path.is_file()
        except OSError:
            there = False
        return str(path) if there else f"there is no file {path}", there
    missing = _not_final(rule, recorded)
    if missing:
        return f"{_runs(missing)} no final file there", False
    found: list[str] = []
    folders: dict[Path, int] = {}
    for run in rule.every_run:
        own = recorded.final(run, rule.subsystem or "")
        if own is not None:
            found.append(str(own.path))
            continue
        final = [each for each in recorded.runs[run].values() if each.name.final]
        folder = final[0].path.parent
        folders[folder] = folders.get(folder, 0) + len(final)
    found += (
        f"{counted(files, 'file')} in {folder}" for folder, files in folders.items()
    )
    return ", ".join(found), True


def _not_final(rule: ReferenceRule, recorded: RecordedFolders) -> list[int]:
    of = rule.subsystem or ""
    return [run for run in rule.every_run if not recorded.is_final(run, of)]


def _runs(runs: Sequence[int]) -> str:
    numbers = ", ".join(map(str, runs))
    return f"run {numbers} has" if len(runs) == 1 else f"runs {numbers} have"


def _problem(words: str, place: Place | None, code: str) -> Problem:
    line, column = (place.line, place.column) if place else (1, 1)
    return Problem(
        words,
        f"layouts/{REFERENCES}",
        line,
        column,
        severity="advice",
        code=f"reference-{code}",
    )


def numbered(site: Site, number: int) -> ReferenceRule:
    """The rule of a number, as ``reference list`` has it.

    Raises:
        RefusedError: there is none.
    """
    if not 1 <= number <= len(site.references):
        message = f"there is no rule {number}: the site has {len(site.references)}"
        raise RefusedError(message)
    return site.references[number - 1]
