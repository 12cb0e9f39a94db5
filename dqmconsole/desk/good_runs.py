"""Recorded good runs as checks see them: whole, and by what their updates added."""

from __future__ import annotations

import sqlite3
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dqmconsole.checks.answers import results_of
from dqmconsole.checks.check import why_not
from dqmconsole.checks.defaults import apart
from dqmconsole.checks.limits import ENOUGH_RUNS
from dqmconsole.desk.reference import RefusedError
from dqmconsole.engine.checking import Against, Subject, batch_of
from dqmconsole.engine.comparisons import grows
from dqmconsole.engine.conditions import exposure
from dqmconsole.engine.elements import defect_of
from dqmconsole.engine.run_bands import UNASKED, PlotBand, followed_by
from dqmconsole.model.compare import (
    Exposure,
    incompatible,
    is_scaled,
    normalization,
    scaled_as,
)
from dqmconsole.model.histogram import Histogram
from dqmconsole.model.layout import DEFAULT_NORMALIZE, subsystem_of
from dqmconsole.model.reference import ReferenceNote
from dqmconsole.model.run import run_words
from dqmconsole.recording.packing import DamagedRecordError
from dqmconsole.recording.recent import Window
from dqmconsole.recording.run_file import (
    NotRecordedError,
    RunFile,
    run_path,
    source_folder,
)
from dqmconsole.site.layouts import plots_of
from dqmconsole.site.references import by_rank, choose

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from dqmconsole.checks.check import Check, Result
    from dqmconsole.desk.recorded import RecordedFolders
    from dqmconsole.model.layout import CheckOptions, Plot
    from dqmconsole.model.reference import Combine, LastGoodRuns
    from dqmconsole.model.site import Site

_UNREAD = (NotRecordedError, DamagedRecordError, sqlite3.Error)
_KEPT = 256 << 20  # bytes of windows
_AT_ONCE = 20_000_000  # bins that are judged at once


class GoodRun(NamedTuple):
    """A good run: its files, and the record of its updates.

    Attributes:
        run: its number.
        record: of its updates, or None.
    """

    run: int
    record: RunFile | None = None


def record_path(run: int, folders: Iterable[Path], root: Path) -> Path | None:
    """Where a run is recorded; None where it is not.

    Args:
        run: its number.
        folders: its files may lie in one of them; the first that was recorded counts.
        root: below it the runs of each source are recorded; or they lie there.

    Raises:
        RefusedError: it is recorded of several other sources, or cannot be looked for.
    """
    own = [root, *(source_folder(root, str(each)) for each in folders)]
    try:
        for each in own:
            if run_path(each, run).is_file():
                return run_path(each, run)
        found = sorted(p for p in root.glob(f"*/{run_path(root, run).name}"))
    except OSError as error:
        message = f"the record of {run_words(run)} cannot be read: {error}"
        raise RefusedError(message) from error
    if len(found) > 1:
        homes = ", ".join(str(each.parent) for each in found)
        message = f"{run_words(run)} is recorded of several sources: {homes}"
        raise RefusedError(message)
    return found[0] if found else None


def record_of(run: int, folders: Iterable[Path], root: Path) -> RunFile | None:
    """The record of a run, opened for reading; None where there is none.

    Args as of :func:`record_path`.

    Raises:
        RefusedError: it cannot be read, or is there of several other sources.
    """
    path = record_path(run, folders, root)
    try:
        return None if path is None else RunFile.read(path)
    except (sqlite3.Error, OSError) as error:
        message = f"the record of {run_words(run)} cannot be read: {error}"
        raise RefusedError(message) from error


class Rows(NamedTuple):
    """What a check finds in one good run.

    Attributes:
        spans: updates of each row; 0 is the run as a whole.
        results: of each row, for each reference.
        any_of: the best of the references counts, not the worst.
    """

    spans: list[int]
    results: list[list[Result]]
    any_of: bool


class _Compared(NamedTuple):
    """What a run is compared with.

    Attributes:
        whose: runs, or a file.
        combine: of several, which verdict counts.
        good: they are good runs, of which there is a band.
        why: there are none.
    """

    whose: list[int] | list[str]
    combine: Combine = "worst"
    good: LastGoodRuns | None = None
    why: str = ""


class GoodRuns:
    """The good runs as checks see them.

    Args:
        site: its rules, and where conditions stand.
        good: the good runs.
        recorded: where their files, and those of their references, are looked for.
        run_type: their type, where their files do not say it.
        known: they are recorded as good, and make a band where no rule is.
    """

    def __init__(
        self,
        site: Site,
        good: Sequence[GoodRun],
        recorded: RecordedFolders,
        run_type: str | None,
        *,
        known: bool = False,
    ) -> None:
        self._known = known
        self._site = site
        self._recorded = recorded
        self._former = {plot.path: plot.formerly for *_, plot in plots_of(site)}
        self.run_type = run_type
        self._exposures: dict[tuple[int | str, str], Exposure] = {}
        self._windows_of: dict[tuple[object, ...], list[Window]] = {}
        self._bytes = 0
        self.good = good

    def element(self, run: GoodRun, path: str) -> Histogram | None:
        """A plot at the end of a run; None where it is not there, or no histogram."""
        former = self._former.get(path, ())
        files = (self._recorded.readable(run.run, each) for each in (path, *former))
        found: object = next((each for each in files if each is not None), None)
        if found is None and run.record is not None:
            try:
                named = run.record.named(path, former)
                found = run.record.cumulative(named).histogram
            except _UNREAD:
                return None
        return found if isinstance(found, Histogram) else None

    def any_element(self, plot: Plot) -> Histogram | None:
        """A plot in the first of the runs that has it."""
        found = (self.element(each, plot.path) for each in self.good)
        return next((each for each in found if each is not None), None)

    def any_reference(
        self, plot: Plot, element: Histogram
    ) -> tuple[Histogram | None, int]:
        """A reference of a plot, and how many there are at once."""
        for run in self.good:
            found = [
                each.reference
                for each in self._against(run, plot, element)
                if each.reference is not None
            ]
            if found:
                return found[0], len(found)
        return None, 0

    def times(self, run: GoodRun, path: str) -> tuple[float, float | None]:
        """Hours that were recorded of a run, and s from one update to the next."""
        if run.record is None:
            return 0.0, None
        try:
            moments = run.record.moments(subsystem_of(path))
        except _UNREAD:
            return 0.0, None
        at = [each.at for each in moments]
        steps = [late - early for early, late in pairwise(at)]
        if not steps or median(steps) <= 0:
            return 0.0, None
        period = median(steps)
        return (at[-1] - at[0] + period) / 3600.0, period

    def rows(
        self, run: GoodRun, plot: Plot, check: Check, options: CheckOptions
    ) -> Rows | None:
        """What a check with its limits finds in a run and its windows, in order."""
        element = self.element(run, plot.path)
        if element is None:
            return None
        if why_not(check, element.dimension, is_profile=element.is_profile):
            return None
        if defect_of(element) and check.FINITE:
            return None
        windows: list[Window] = []
        if check.INCREMENTS and plot.accumulates_over == "run":
            windows = self._windows_kept(run, plot.path, element, options.updates)
        seen = self._exposure(run.run, plot.path)
        against = self._against(run, plot, element)
        there = tuple(each for each in against if each.reference is not None)
        any_of = bool(there) and there[0].note.combine == "any"
        judged_by = there
        if there and there[0].note.good:
            judged_by = there[:1]  # the others make the band
        results = []
        at_once = max(_AT_ONCE // element.contents.size, 1)
        for each in judged_by or against:
            found: list[Result] = []
            for start in range(0, max(len(windows), 1), at_once):
                some = tuple(windows[start : start + at_once])
                subject = Subject(element, some, seen.events, grows=grows(plot))
                made = results_of(check, batch_of(subject, some, each, there))
                found += made if not start else made[1:]
            results.append(found)
        return Rows([0, *(each.updates for each in windows)], results, any_of)

    def _windows_kept(
        self, run: GoodRun, path: str, element: Histogram, updates: tuple[int, ...]
    ) -> list[Window]:
        """What the updates of a run added; kept, for several checks ask for it."""
        key = (run.run, path, updates)
        found = self._windows_of.get(key)
        if found is None:
            found = list(self._windows(run, path, element, updates))
            self._bytes += sum(each.histogram.contents.nbytes for each in found)
            if self._bytes > _KEPT:
                self._windows_of.clear()
                self._bytes = 0
            self._windows_of[key] = found
        return found

    def _windows(
        self, run: GoodRun, path: str, element: Histogram, updates: Iterable[int]
    ) -> Iterator[Window]:
        """What the updates of a run added, in windows that do not overlap."""
        if run.record is None:
            return
        try:
            moments = run.record.moments(subsystem_of(path))
            named = run.record.named(path, self._former.get(path, ()))
        except _UNREAD:
            return
        for many in sorted(updates):
            for start in range(0, len(moments) - many + 1, many):
                first, last = moments[start].first, moments[start + many - 1].last
                try:
                    found = run.record.between(named, first, last)
                except _UNREAD:
                    continue
                histogram = found.histogram
                shape = histogram.contents.shape
                if found.updates != many or shape != element.contents.shape:
                    continue
                if many == len(moments) or defect_of(histogram):
                    continue  # it is the whole run, or holds no numbers
                yield Window(histogram, many, first, last, found.events)

    def apart(self, plot: Plot) -> float:
        """How far the pile-up of good runs is from that of what they are compared with.

        The farthest of all, as of :func:`~dqmconsole.checks.defaults.apart`.
        """
        found = [0.0]
        for run in self.good:
            mine = self._exposure(run.run, plot.path).pileup
            found += [
                apart(mine, self._exposure(whose, plot.path).pileup)
                for whose in self._compared_with(run, plot).whose
            ]
        return max(found)

    def _compared_with(self, run: GoodRun, plot: Plot) -> _Compared:
        """The runs, or the file, that a run is compared with: never itself."""
        conditions = self._recorded.conditions(run.run)
        rules, run_type = self._site.references, conditions.run_type or self.run_type
        rule = choose(rules, plot.path, run_type, run.run, conditions)
        others = [each.run for each in self.good if each.run != run.run]
        others.sort(reverse=True)
        if rule is None:
            enough = self._known and len(others) >= ENOUGH_RUNS
            if enough and not any(by_rank(rules, plot.path)):
                return _Compared(others[: UNASKED.last], good=UNASKED)
            return _Compared([], why="no rule holds for it")
        if rule.good_runs is not None:
            return _Compared(others[: rule.good_runs.last], good=rule.good_runs)
        if rule.file is not None:
            return _Compared([rule.file], rule.combine)
        return _Compared(
            [each for each in rule.every_run if each != run.run], rule.combine
        )

    def _against(
        self, run: GoodRun, plot: Plot, data: Histogram
    ) -> tuple[Against, ...]:
        """What a plot of a run is compared with."""
        found = self._compared_with(run, plot)
        of = {each.run: each for each in self.good}
        against = []
        for whose in found.whose:
            reference: object
            if isinstance(whose, str):
                reference = self._recorded.of_file(whose, plot.path)
            elif found.good is not None:
                reference = self.element(of[whose], plot.path)
            else:
                reference = self._recorded.readable(whose, plot.path)
            against.append(self._scaled(run, plot, data, whose, reference, found))
        if found.good is not None and found.good.template is not None:
            against = _following(against, found.good.template)
        words = found.why or "the run is the reference itself"
        return tuple(against) or (Against(note=ReferenceNote(sentence=words)),)

    def _scaled(
        self,
        run: GoodRun,
        plot: Plot,
        data: Histogram,
        whose: int | str,
        reference: object,
        compared: _Compared,
    ) -> Against:
        if not isinstance(reference, Histogram):
            return Against(note=ReferenceNote(sentence="not in the reference"))
        differs = incompatible(data, reference)
        if differs:
            return Against(note=ReferenceNote(sentence=differs))
        how = plot.reference.normalize or DEFAULT_NORMALIZE
        how, accumulates = scaled_as(how, plot.accumulates_over)
        scaling = normalization(
            data,
            reference,
            how,
            seen=(
                self._exposure(run.run, plot.path),
                self._exposure(whose, plot.path),
            ),
            accumulates=accumulates,
        )
        note = ReferenceNote(combine=compared.combine, good=compared.good is not None)
        return Against(reference, scaling.noted(note))

    def _exposure(self, whose: int | str, path: str) -> Exposure:
        """What the client of a path had seen, in a run or the file of a rule."""
        subsystem = subsystem_of(path)
        found = self._exposures.get((whose, subsystem))
        if found is None:
            if isinstance(whose, str):
                file, paths = whose, self._site.settings.conditions
                found = exposure(
                    lambda each: self._recorded.of_file(file, each), paths, subsystem
                )
            else:
                found = self._recorded.exposure(whose, subsystem)
            self._exposures[whose, subsystem] = found
        return found


def _following(against: Sequence[Against], keep: float) -> list[Against]:
    """Good runs, newest first, with the moving template of them as the band."""
    rows = [each.reference for each in against if each.reference is not None]
    template = followed_by(reversed(rows), keep)
    if template is None or not is_scaled(rows[0]):
        return list(against)
    band = PlotBand(rows[0], (), "area", template.band(np.ones(1)), by_area=True)
    return [each._replace(band=band) for each in against]
