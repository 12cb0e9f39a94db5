"""How recorded good runs differ, plot by plot: read from their records in slices."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dqmconsole.checks.batch import Band, inner, quiet, stacked
from dqmconsole.checks.pulls import Template, band_of, followed
from dqmconsole.engine.elements import defect_of
from dqmconsole.model.compare import Exposure, incompatible, is_scaled, normalization
from dqmconsole.model.histogram import Histogram
from dqmconsole.model.layout import subsystem_of
from dqmconsole.model.problem import Problem
from dqmconsole.model.reference import LastGoodRuns
from dqmconsole.model.run import run_number, run_words
from dqmconsole.model.when import why_not
from dqmconsole.rootio.errors import BeingReadError, NotInFileError, RootFileError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
    from typing import Any

    from dqmconsole.engine.reference_runs import ReferenceRun, RunRecords
    from dqmconsole.model.graph import Element
    from dqmconsole.model.histogram import Array
    from dqmconsole.model.layout import Normalization
    from dqmconsole.model.run import Conditions
    from dqmconsole.model.run_quality import FalseAlarms
    from dqmconsole.model.site import ConditionPaths

_log = logging.getLogger(__name__)
UNASKED = LastGoodRuns(20)  # runs that are taken where no rule is
_LOOK_EVERY = 5.0  # s between two looks at the index
_TELL_EVERY = 2.0  # s until plots are judged by what is there, while others are read
_KEPT_BYTES = 128 << 20
_ABSURD = 100.0  # times as much per exposure: it is the exposure that is wrong


class PlotBand(NamedTuple):
    """How good runs differ in one plot.

    Attributes:
        reference: of the newest of them.
        runs: that hold the plot, the newest first.
        normalize: how they were brought to the exposure of the newest.
        band: one row, of that exposure; None of fewer than two.
        by_area: the band is of shapes: it is scaled by what a row holds.
    """

    reference: Histogram
    runs: tuple[int, ...]
    normalize: Normalization
    band: Band | None = None
    by_area: bool = False

    @property
    def nbytes(self) -> int:
        """What it takes in memory."""
        band = 0 if self.band is None else 2 * self.band.mean.nbytes
        return self.reference.nbytes + band


class _Plot(NamedTuple):
    """A plot, and how its runs are set against each other."""

    path: str
    normalize: Normalization
    template: float | None
    former: tuple[str, ...]


class _Kept(NamedTuple):
    """What was read: of which runs that was asked, and what they hold, if anything."""

    asked: tuple[int, ...]
    found: PlotBand | None

    @property
    def nbytes(self) -> int:
        """What it takes in memory."""
        return 0 if self.found is None else self.found.nbytes


class _Reading(NamedTuple):
    """A plot that is being read: of which runs, and what of them is there so far."""

    asked: tuple[int, ...]
    tried: list[int]
    there: list[tuple[int, Histogram]]


class RunBands:
    """The recorded good runs of a source.

    Args:
        records: of its runs.
        clock: a monotonic clock, s, for the slices.
    """

    def __init__(
        self, records: RunRecords, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._records = records
        self._clock = clock
        self._look_at = self._tell_at = 0.0
        self._done = False  # something was read since that was told
        # by subsystem: the good runs, newest first
        self._good: dict[str, tuple[int, ...]] = {}
        self._conditions: dict[int, Conditions] = {}
        self._kept: OrderedDict[_Plot, _Kept] = OrderedDict()
        self._held = 0  # bytes of these: adding all up for each is slow
        self._waiting: dict[_Plot, _Reading] = {}
        self._at: tuple[_Reading, Generator[None, None, None]] | None = None
        self._exposures: dict[tuple[object, ...], Exposure] = {}
        self._left_out: dict[int, str] = {}  # and why
        self._measured: tuple[FalseAlarms, ...] = ()
        self._told: tuple[FalseAlarms, ...] = ()

    @property
    def pending(self) -> int:
        """Plots that are to be read."""
        return len(self._waiting)

    @property
    def waiting(self) -> bool:
        """Some are being read, or were: :meth:`poll` says when they are there."""
        return self._done or bool(self._waiting)

    def poll(self, now: float) -> bool:
        """Tell whether other runs are good now, or what was asked for is there.

        While much is being read that is said now and then.
        """
        told = self._done and not (self._waiting and self._tell_at - now >= 0)
        if told or not 0 <= self._tell_at - now <= _TELL_EVERY:
            self._tell_at = now + _TELL_EVERY
        self._done &= not told
        return self._look(now) or told

    def _look(self, now: float) -> bool:
        """Look at the index now and then; tell whether other runs are good now."""
        if 0 <= self._look_at - now <= _LOOK_EVERY:
            return False
        self._look_at = now + _LOOK_EVERY
        found = self._records.asked(
            lambda index: (index.good_runs(), index.runs(), index.false_alarms())
        )
        if found is None:
            return False
        said, conditions, measured = found
        self._measured = tuple(measured)
        good: dict[str, tuple[int, ...]] = {}
        for each in said:
            if each.good and each.run in conditions:  # else it was just forgotten
                good[each.subsystem] = (each.run, *good.get(each.subsystem, ()))
        same = good == self._good
        self._good, self._conditions = good, conditions
        return not same

    def problems(self) -> tuple[Problem, ...]:
        """Which good runs are left out, and why."""
        good = {run for runs in self._good.values() for run in runs}
        return tuple(
            Problem(f"the good run {run_number(run)} is left out: {why}", kind="source")
            for run, why in self._left_out.items()
            if run in good
        )

    def take_measured(self) -> tuple[FalseAlarms, ...] | None:
        """How often checks went off in good runs, when that is new."""
        if self._measured == self._told:
            return None
        self._told = self._measured
        return self._told

    def chosen(
        self,
        subsystem: str,
        run_type: str | None,
        run: int,
        good: LastGoodRuns = UNASKED,
        when: Mapping[str, Any] | None = None,
    ) -> tuple[int, ...]:
        """The good runs that one is compared with, the newest first: never itself.

        Args:
            subsystem: they are good for it.
            run_type: that they have; none where it is unknown.
            run: the run that is compared.
            good: how many at most.
            when: conditions that theirs fit; what is unknown does not.
        """
        if run_type is None:
            return ()
        found = (
            each
            for each in self._good.get(subsystem, ())
            if each != run
            and self._conditions[each].run_type == run_type
            and not (when and why_not(when, self._conditions[each])[0])
        )
        return tuple(each for each, _ in zip(found, range(good.last), strict=False))

    def conditions(self, run: int) -> Conditions | None:
        """The conditions of a recorded run, as they were at its end."""
        return self._conditions.get(run)

    def of(
        self,
        path: str,
        run: int,
        runs: tuple[int, ...],
        normalize: Normalization,
        template: float | None = None,
        former: tuple[str, ...] = (),
    ) -> PlotBand:
        """What good runs hold of a plot; of those before while others are read.

        Args:
            path: path of the monitor element.
            run: the run that is compared: never with itself.
            runs: the newest first, one at least.
            normalize: how they are to be brought to one exposure.
            template: see :class:`~dqmconsole.model.reference.LastGoodRuns`.
            former: names that it had: of runs that have none of its path's.

        Raises:
            BeingReadError: it is read in the next slices.
            NotInFileError: none of them has it.
        """
        plot, name = _Plot(path, normalize, template, former), run_words(runs[0])
        kept = self._kept.get(plot)
        if kept is None or kept.asked != runs:
            waits = self._waiting.get(plot)
            if waits is None or waits.asked != runs:
                self._waiting[plot] = _Reading(runs, [], [])
        if kept is None or run in kept.asked:
            raise BeingReadError(name, "TH1", path)
        self._kept.move_to_end(plot)
        if kept.found is None:
            raise NotInFileError(name, path)
        return kept.found

    def exposure(self, run: int, paths: ConditionPaths, subsystem: str) -> Exposure:
        """How much a client has seen of a recorded run."""
        trends = (paths.integrated, paths.pileup, paths.events_by_lumisection)
        key = (run, subsystem, paths.events, *trends)
        found = self._exposures.get(key)
        if found is not None:
            return found
        source = self._record(run)
        if source is None:
            return Exposure()
        found = source.exposure(lambda each: _element(source, each), paths, subsystem)
        self._exposures[key] = found
        return found

    def work(self, paths: ConditionPaths, until: float) -> None:
        """Read what is wanted, in a slice.

        Args:
            paths: where exposures stand.
            until: by the clock; a piece of one run is read at least.
        """
        while self._waiting:
            plot = next(iter(self._waiting))
            reading = self._waiting[plot]
            if self._at is None or self._at[0] is not reading:
                self._stop()
                more = len(reading.tried) < len(reading.asked)
                pieces = self._read if more else self._keep
                self._at = reading, pieces(plot, reading, paths)
            if next(self._at[1], True):
                self._at = None
            if self._clock() >= until:
                break

    def close(self) -> None:
        """Read no more; what was read is kept."""
        self._stop()
        self._waiting.clear()

    def _stop(self) -> None:
        if self._at is not None:
            self._at[1].close()
            self._at = None

    def _read(
        self, plot: _Plot, reading: _Reading, paths: ConditionPaths
    ) -> Generator[None, None, None]:
        """Read the next run of a plot, piece by piece."""
        del paths
        run = reading.asked[len(reading.tried)]
        source, found = self._record(run), None
        if source is not None and source.reading is not None:
            for name in (plot.path, *plot.former):
                try:
                    found = yield from source.reading(name)
                    break
                except (NotInFileError, RootFileError) as error:
                    if self._record(run) is not source:
                        return  # it was opened again meanwhile: it is read again
                    if not isinstance(error, NotInFileError):
                        break
        reading.tried.append(run)
        if isinstance(found, Histogram) and not defect_of(found):
            reading.there.append((run, found))

    def _keep(
        self, plot: _Plot, reading: _Reading, paths: ConditionPaths
    ) -> Generator[None, None, None]:
        """Make the band of the runs that were read, piece by piece, and keep it."""
        found = None
        if reading.there:
            found = yield from self._made(plot, reading.there, paths)
        del self._waiting[plot]
        self._done = True
        before = self._kept.pop(plot, None)
        kept = self._kept[plot] = _Kept(reading.asked, found)
        self._held += kept.nbytes - (0 if before is None else before.nbytes)
        while self._held > _KEPT_BYTES and len(self._kept) > 1:
            _, dropped = self._kept.popitem(last=False)
            self._held -= dropped.nbytes

    def _made(
        self,
        plot: _Plot,
        there: Sequence[tuple[int, Histogram]],
        paths: ConditionPaths,
    ) -> Generator[None, None, PlotBand]:
        newest = there[0][1]
        alike = [each for each in there if not incompatible(newest, each[1])]
        runs = tuple(run for run, _ in alike)
        rows = [each for _, each in alike]
        subsystem = subsystem_of(plot.path)
        seen = []
        for run in runs:
            seen.append(self.exposure(run, paths, subsystem))
            yield
        _, by_events = scales_between(rows, seen, "events")
        if by_events is not None:  # however they are scaled: the same are left out
            areas = np.array([each.values().sum() for each in rows]) * by_events
            like = _of_one_size(areas)
            if not like.all():
                some = [one for one, fits in zip(alike, like, strict=True) if fits]
                return (yield from self._made(plot, some, paths))
        yield
        how, scales = scales_between(rows, seen, plot.normalize)
        yield
        found = PlotBand(newest, runs, how)
        if len(rows) < 2:
            return found
        if plot.template is not None and is_scaled(newest):
            template = followed_by(reversed(rows), plot.template)
            if template is not None:
                band = template.band(np.ones(1))
                return found._replace(band=_single(band), by_area=True)
        with np.errstate(divide="ignore"):  # one without exposure does not count
            of_each = None if scales is None else 1.0 / scales
        together = stacked(rows)
        yield
        band = band_of(together, of_each, np.ones(1))
        return found._replace(band=_single(band))

    def _record(self, run: int) -> ReferenceRun | None:
        """The record of a good run; None where it cannot be used."""
        found = self._records.find(run)
        if not isinstance(found, str):
            self._left_out.pop(run, None)
            return found
        if run not in self._left_out:
            _log.warning("a good run is left out: %s", found)
        self._left_out[run] = found
        return None


def _of_one_size(areas: Array) -> Array:
    """Which runs are of one size with most others, per exposure: bool, ``(n,)``.

    One whose counter of events is broken has a spread in which all else disappears.
    """
    filled = np.isfinite(areas) & (areas > 0)
    usual = np.median(areas[filled]) if filled.any() else 0.0
    return ~filled | ((areas < _ABSURD * usual) & (areas * _ABSURD > usual))


def scales_between(
    rows: Sequence[Histogram], seen: Sequence[Exposure], how: Normalization
) -> tuple[Normalization, Array | None]:
    """What each run is multiplied by to be at the exposure of the first.

    Args:
        rows: of one shape.
        seen: the exposures of each.
        how: as asked for; by area where it cannot be for all of them.

    Returns:
        How it was done, and the factors, ``(n,)``, NaN where one has none; None of
        what is not scaled.
    """
    if how == "none" or not is_scaled(rows[0]):
        return "none", None
    scalings = [
        normalization(rows[0], each, how, seen=(seen[0], its))
        for each, its in zip(rows, seen, strict=True)
    ]
    if any(each.reason for each in scalings) and how != "area":
        return scales_between(rows, seen, "area")
    factors = [np.nan if each.reason else each.factor for each in scalings]
    return scalings[0].normalize, np.array(factors)


def followed_by(rows: Iterable[Histogram], keep: float) -> Template | None:
    """The moving template after these runs, in their order; None of empty ones."""
    template: Template | None = None
    for each in rows:
        template = followed(template, inner(each.contents[None])[0], keep)
    return template


@quiet
def _single(band: Band) -> Band:
    """In single precision, as contents are: many are kept."""
    mean, spread = (each.astype(np.float32) for each in (band.mean, band.spread))
    return Band(mean, spread, band.runs)


def _element(source: ReferenceRun, path: str) -> Element | None:
    try:
        return source.element(path)
    except (NotInFileError, RootFileError):
        return None
