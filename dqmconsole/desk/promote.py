"""A run becomes a reference, and one is retired: changes of ``references.yaml``."""

from __future__ import annotations

import math
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.checks.batch import flat, inner, stacked
from dqmconsole.checks.root_statistics import Sides, chi2_test, kolmogorov_test
from dqmconsole.desk.reference import (
    RefusedError,
    not_there,
    numbered,
    plots_served,
)
from dqmconsole.engine.references import recorded_folders
from dqmconsole.model.compare import CompareError, incompatible, pull
from dqmconsole.model.histogram import Histogram
from dqmconsole.model.layout import subsystem_of
from dqmconsole.model.reference import (
    ReferenceRule,
    Retired,
    range_words,
    scope_words,
)
from dqmconsole.model.when import NAMED
from dqmconsole.model.words import listed
from dqmconsole.site.decoder import SiteWords
from dqmconsole.site.layouts import plots_of
from dqmconsole.site.ledger import has_ledger
from dqmconsole.site.nearest import did_you_mean
from dqmconsole.site.references import (
    REFERENCES,
    choose,
    explain,
    flow,
    read_references,
    rule_text,
    servable,
)
from dqmconsole.site.splice import SpliceError, with_entry, with_key
from dqmconsole.whole_file import replacing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dqmconsole.desk.recorded import RecordedFolders
    from dqmconsole.model.site import Site

LAST_RUNS = 5  # that a new reference is tried on


class Distance(msgspec.Struct, frozen=True):
    """How far a plot is from a reference.

    Attributes:
        chi2: chi2 per degree of freedom, of shapes; of means that of their pulls. NaN
            where it is none.
        kolmogorov: the greatest distance of the cumulative distributions, 0 to 1; NaN
            for means, and in three dimensions.
        why: why there is nothing to compare with; "" where there is.
    """

    chi2: float = math.nan
    kolmogorov: float = math.nan
    why: str = ""


class Comparison(msgspec.Struct, frozen=True):
    """What two references say of one plot of one run.

    Attributes:
        path: the plot.
        run: the run.
        old, new: its distance from either.
    """

    path: str
    run: int
    old: Distance
    new: Distance


class Change(msgspec.Struct, frozen=True):
    """A change of ``references.yaml`` that can be written.

    Attributes:
        file: the file.
        before, after: its text; None before it is there.
        sentences: what changes, and what is to be known of it.
        compared: what the new reference says of the last runs, the worst first.
        runs: those runs.
    """

    file: Path
    before: str | None
    after: str
    sentences: tuple[str, ...]
    compared: tuple[Comparison, ...] = ()
    runs: tuple[int, ...] = ()

    def worst(self) -> tuple[Comparison, ...]:
        """Of each plot the run that the new reference says most of, worst first."""
        found: dict[str, Comparison] = {}
        for each in self.compared:
            found.setdefault(each.path, each)
        return tuple(found.values())

    def write(self) -> None:
        """Write the file, whole or not at all.

        Raises:
            RefusedError: it was changed since it was read, or cannot be written.
        """
        try:
            with replacing(self.file, durable=True) as part:
                if file_text(self.file) != self.before:
                    message = f"{self.file} was changed meanwhile: nothing is written"
                    raise RefusedError(message)
                part.write_text(self.after, encoding="utf-8", newline="")
                if self.before is not None:
                    shutil.copymode(self.file, part)
        except OSError as error:
            message = f"{self.file} cannot be written: {error.strerror}"
            raise RefusedError(message) from error


def promote(
    home: Path,
    site: Site,
    rule: ReferenceRule,
    recorded: RecordedFolders,
    last: int = LAST_RUNS,
) -> Change:
    """Work out how runs become the reference of some plots.

    The rule that was for exactly the same is retired, or where the new one begins with
    a run, ends with the run before that.

    Args:
        home: folder of the site.
        site: its working copy, as it was read.
        rule: the new rule; it names runs.
        recorded: where they, and the last runs, are looked for.
        last: how many runs the new reference is tried on.

    Raises:
        RefusedError: a run is not there, not final or of another type, no plot is of
            the rule, or the file has no place for it.
    """
    paths = _checked(site, rule, recorded)
    file, before = _sound(home, site)
    text, sentences = _with_rule(before or "", site.references, rule)
    rules = _read_back(text, file, site)
    sentences.insert(0, f"{rule.called} becomes the reference for {scope_words(rule)}")
    sentences += _others(rules, rule, paths)
    sentences += _outside(site, rule, recorded)
    if has_ledger(home):
        sentences.append("it comes into force when the site is published")
    runs = _last_runs(rule, recorded, last)
    compared = [
        Comparison(
            path,
            run,
            _by_rules(site.references, path, run, rule, recorded),
            _by_runs(rule, path, run, recorded),
        )
        for run in runs
        for path in paths
    ]
    compared.sort(key=_badness, reverse=True)
    return Change(file, before, text, tuple(sentences), tuple(compared), tuple(runs))


def retire(home: Path, site: Site, number: int, retired: Retired) -> Change:
    """Work out how a rule holds no more; it stays in the file.

    Args:
        home: folder of the site.
        site: its working copy, as it was read.
        number: of the rule, as ``reference list`` has it.
        retired: by whom, when and why.

    Raises:
        RefusedError: there is no such rule, or it is retired already.
    """
    rule = numbered(site, number)
    if rule.retired is not None:
        message = f"rule {number} was retired on {rule.retired.on}"
        raise RefusedError(message)
    file, before = _sound(home, site)
    try:
        text = with_key(
            before or "", number - 1, "retired", flow(msgspec.to_builtins(retired))
        )
    except SpliceError as error:
        message = f"{file} {error}"
        raise RefusedError(message) from error
    rules = _read_back(text, file, site)
    sentences = [f"{rule.called} is no longer the reference for {scope_words(rule)}"]
    orphans = [
        path
        for path in plots_served(site, rule)
        if explain(rules, path, rule.run_type).at is None
    ]
    if orphans:
        noun = "plot has" if len(orphans) == 1 else "plots have"
        sentences.append(f"{len(orphans)} {noun} no reference then: {listed(orphans)}")
    if has_ledger(home):
        sentences.append("it comes into force when the site is published")
    return Change(file, before, text, tuple(sentences))


def distance(data: Histogram, reference: Histogram) -> Distance:
    """How far a plot is from a reference, by chi2 and Kolmogorov distance as ROOT's."""
    differs = incompatible(data, reference)
    if differs:
        return Distance(why=differs)
    if data.is_profile or data.efficiency or reference.efficiency:
        try:
            pulls = pull(data, reference).values
        except CompareError as error:
            return Distance(why=str(error))
        pulls = pulls[np.isfinite(pulls)]
        return Distance(float(np.mean(pulls**2)) if pulls.size else math.nan)
    sides = Sides(
        *(
            np.nan_to_num(flat(inner(stacked([each]).contents)), posinf=0, neginf=0)
            for each in (data, reference)
        ),
        *(None if each.sumw2 is None else _squares(each) for each in (data, reference)),
    )
    if min(sides.data.sum(), sides.reference.sum()) <= 0:
        side = "the data are" if sides.data.sum() <= 0 else "the reference is"
        return Distance(why=f"{side} empty")
    with np.errstate(all="ignore"):
        found = chi2_test(sides)
        chi2 = float(found.chi2[0] / found.ndf[0]) if found.ndf[0] > 0 else math.nan
        apart = math.nan
        if data.dimension < 3:
            shape = tuple(axis.bins for axis in data.axes)
            apart = float(kolmogorov_test(sides, shape).distance[0])
    return Distance(chi2, apart)


def _squares(histogram: Histogram) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    rows = stacked([histogram])
    assert rows.sumw2 is not None
    return np.nan_to_num(flat(inner(rows.sumw2)), posinf=0, neginf=0)


def _checked(site: Site, rule: ReferenceRule, recorded: RecordedFolders) -> list[str]:
    """The plots that a new rule is for.

    Raises:
        RefusedError: there are none, it names a condition that the site does not, or a
            run that can be no reference.
    """
    paths = plots_served(site, rule)
    if not paths:
        names = {subsystem_of(plot.path) for *_, plot in plots_of(site)}
        hint = did_you_mean(rule.subsystem or "", names - {rule.subsystem})
        message = f"no plot of the site is of that: {scope_words(rule)}{hint}"
        raise RefusedError(message)
    scalars = site.settings.conditions.scalars
    for name in rule.when:
        if name not in (*NAMED, *scalars):
            hint = did_you_mean(name, (*NAMED, *scalars))
            message = f'site.yaml names no condition "{name}"{hint}'
            raise RefusedError(message)
    for run in rule.every_run:
        _check_final(run, rule, recorded)
    return paths


def _with_rule(
    text: str, rules: Sequence[ReferenceRule], rule: ReferenceRule
) -> tuple[str, list[str]]:
    """The text with a new rule, and what that changes of others, in words.

    Raises:
        RefusedError: there is one that says the same, or no place for it.
    """
    sentences = []
    for at, old in enumerate(rules):
        if old.retired is not None or not _same_scope(old, rule):
            continue
        if old.every_run == rule.every_run and _ends(old) == _ends(rule):
            message = f"{rule.called} is the reference of that already (rule {at + 1})"
            raise RefusedError(message)
        changed = _spliced(text, at, old, rule)
        if changed is not None:
            text, sentence = changed
            sentences.append(f"rule {at + 1}, {old.called}, {sentence}")
    try:
        text = with_entry(text, rule_text(rule))
    except SpliceError as error:
        message = f"{REFERENCES} {error}"
        raise RefusedError(message) from error
    return text, sentences


def _sound(home: Path, site: Site) -> tuple[Path, str | None]:
    """The file of the rules and its text, in which nothing is wrong.

    Raises:
        RefusedError: something is: what is broken is left out of the rules, so that
            these could not be counted.
    """
    file = home / "layouts" / REFERENCES
    text = file_text(file)
    _, _, problems = read_references((text or "").encode(), str(file), _words(site))
    wrong = [each for each in problems if each.severity == "error"]
    if wrong:
        message = f"put this right first: {wrong[0]}"
        raise RefusedError(message)
    return file, text


def _words(site: Site) -> SiteWords:
    return SiteWords(run_types=site.settings.types)


def file_text(file: Path) -> str | None:
    """The text of a file; None where it is not there.

    Raises:
        RefusedError: it cannot be read.
    """
    try:
        return file.read_bytes().decode()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        message = f"{file} cannot be read: {error}"
        raise RefusedError(message) from error


def _check_final(run: int, rule: ReferenceRule, recorded: RecordedFolders) -> None:
    """Refuse a run without a final file, with one that is damaged, or of another type.

    Raises:
        RefusedError: it is one.
    """
    files = recorded.runs.get(run)
    if files is None:
        raise RefusedError(not_there(run, recorded))
    subsystem = rule.subsystem or ""
    if not recorded.is_final(run, subsystem):
        of = f" of {subsystem}" if subsystem else ""
        newest = files.get(subsystem) or next(iter(files.values()))
        words = f"the best there is is {newest.path.name}"
        message = f"run {run} has no final file{of}, and a reference wants one: {words}"
        raise RefusedError(message)
    for client in (subsystem, "") if subsystem else sorted(files):
        why = recorded.damage(run, client)
        if why:
            message = f"{files[client].path} can be no reference: {why}"
            raise RefusedError(message)
    run_type = recorded.conditions(run).run_type
    if rule.run_type is not None and run_type not in (None, rule.run_type):
        message = f"run {run} is of {run_type}, not {rule.run_type}"
        raise RefusedError(message)


def _ends(rule: ReferenceRule) -> tuple[int | None, int | None]:
    return rule.valid_from, rule.valid_until


def _same_scope(one: ReferenceRule, other: ReferenceRule) -> bool:
    """Tell whether two rules are for the same plots, types of run and conditions."""
    return (
        one.subsystem == other.subsystem
        and one.run_type == other.run_type
        and set(one.histograms) == set(other.histograms)
        and one.when == other.when
    )


def _spliced(
    text: str, at: int, old: ReferenceRule, new: ReferenceRule
) -> tuple[str, str] | None:
    """The text with a rule ended by another, and how; None where that need not be.

    Raises:
        RefusedError: the file has no place for it.
    """
    first = new.valid_from
    if new.valid_until is not None and (
        old.valid_from is not None and old.valid_from > new.valid_until
    ):
        return None
    try:
        if first is not None and first > (old.valid_from or 0):
            if old.valid_until is not None and old.valid_until < first:
                return None
            last = str(first - 1)
            return with_key(text, at, "valid_until", last), f"ends with run {last}"
        end = Retired(new.chosen_by, new.chosen_on, f"{new.called}: {new.why}")
        return (
            with_key(text, at, "retired", flow(msgspec.to_builtins(end))),
            "is retired",
        )
    except SpliceError as error:
        message = f"{REFERENCES} {error}"
        raise RefusedError(message) from error


def _read_back(text: str, file: Path, site: Site) -> tuple[ReferenceRule, ...]:
    """The rules of a new text.

    Raises:
        RefusedError: something is wrong in it.
    """
    rules, _, problems = read_references(text.encode(), str(file), _words(site))
    wrong = [each for each in problems if each.severity == "error"]
    if wrong:
        message = f"nothing is written, for then {wrong[0]}"
        raise RefusedError(message)
    return rules


def _others(
    rules: Sequence[ReferenceRule], rule: ReferenceRule, paths: list[str]
) -> Iterable[str]:
    """Say which plots keep another reference, since its rule is more specific."""
    new = len(rules) - 1
    kept: dict[int, list[str]] = {}
    for path in paths:
        for at in servable(rules, path, rule.run_type):
            if at == new:
                break
            kept.setdefault(at, []).append(path)
    for at, those in kept.items():
        which = f"{scope_words(rules[at])}; {range_words(rules[at])}"
        yield (
            f"rule {at + 1}, {rules[at].called} ({which}), is more specific and goes "
            f"before it for {listed(those)}"
        )


def _outside(
    site: Site, rule: ReferenceRule, recorded: RecordedFolders
) -> Iterable[str]:
    """Say which runs lie where a console on another source does not look."""
    kept = recorded_folders(site)
    for run in rule.every_run:
        for file in recorded.runs[run].values():
            if file.folder not in kept:
                yield (
                    f"run {run} lies in {file.folder}, which is none of the site's "
                    "folders of recorded runs: only a console on that folder finds it; "
                    'name it under "recorded:" in site.yaml'
                )
                break


def _last_runs(rule: ReferenceRule, recorded: RecordedFolders, last: int) -> list[int]:
    """The last runs that are there and of the rule's type, the newest first."""
    found: list[int] = []
    for run in sorted(recorded.runs, reverse=True):
        if len(found) >= last:
            break
        if run in rule.every_run:
            continue
        if rule.run_type in (None, recorded.conditions(run).run_type):
            found.append(run)
    return found


def _by_rules(
    rules: Sequence[ReferenceRule],
    path: str,
    run: int,
    new: ReferenceRule,
    recorded: RecordedFolders,
) -> Distance:
    """How far a plot is from its reference so far."""
    conditions = recorded.conditions(run)
    run_type = conditions.run_type or new.run_type
    rule = choose(rules, path, run_type, run, conditions)
    if rule is None:
        return Distance(why="no reference")
    return _by_runs(rule, path, run, recorded)


def _by_runs(
    rule: ReferenceRule, path: str, run: int, recorded: RecordedFolders
) -> Distance:
    """How far a plot is from the reference of a rule; of several as the rule says."""
    data = recorded.readable(run, path)
    if not isinstance(data, Histogram):
        return Distance(why="not in this run")
    if rule.good_runs is not None:
        return Distance(why="which runs those are the record says")
    found = []
    if rule.file is not None:
        found = [_apart(data, recorded.of_file(rule.file, path))]
    else:
        found = [_apart(data, recorded.readable(each, path)) for each in rule.every_run]
    known = [each for each in found if not each.why] or found
    pick = min if rule.combine == "any" else max
    return pick(known, key=lambda each: _size(each.chi2))


def _apart(data: Histogram, reference: object) -> Distance:
    if not isinstance(reference, Histogram):
        return Distance(why="not in the reference")
    return distance(data, reference)


def _badness(row: Comparison) -> float:
    """How much the new reference has against a plot; what it lacks goes first."""
    if row.new.why:
        return -2.0 if row.old.why else math.inf
    return _size(row.new.chi2)


def _size(number: float) -> float:
    return -1.0 if math.isnan(number) else number
