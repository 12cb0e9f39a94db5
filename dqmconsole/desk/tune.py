"""Limits of checks from recorded good runs, and what they would have said of these.

Each check of a plot is run on each good run, and on what its last 1, 3 and 15 updates
added where the run was recorded; windows that do not overlap, so that each is a value
of its own. How far these values reach gives the limits (:mod:`.false_alarms`), never
nearer than those that the plot has by its kind: below them an effect is small, however
sure. Limits that no kind has are what their owner wants; they only move away.

Good runs are taken as they are: an update in which a partition was off is not left
out, for what was on is not recorded by lumisection.
"""

from __future__ import annotations

import itertools
import logging
import math
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from dqmconsole.checks.declared import DeclarationError, declared
from dqmconsole.checks.defaults import defaults_for
from dqmconsole.checks.limits import ENOUGH_RUNS
from dqmconsole.desk.false_alarms import (
    LEAST_RUNS,
    Measured,
    chances,
    limit_of,
    widening,
)
from dqmconsole.desk.good_runs import GoodRun, GoodRuns, Rows
from dqmconsole.desk.limit_pairs import Pair, pairs_of, probing, values_of
from dqmconsole.desk.promote import Change, file_text
from dqmconsole.desk.reference import RefusedError, not_there
from dqmconsole.model.layout import CheckOptions, plot_key
from dqmconsole.model.run import run_words
from dqmconsole.model.run_quality import FalseAlarms, digest_of
from dqmconsole.model.verdict import Status
from dqmconsole.model.words import listed
from dqmconsole.site.findings import Place
from dqmconsole.site.globs import any_match
from dqmconsole.site.layouts import plots_of
from dqmconsole.site.ledger import has_ledger
from dqmconsole.site.nearest import did_you_mean
from dqmconsole.site.site import read_site_with_places
from dqmconsole.site.splice import SpliceError, with_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from dqmconsole.checks.check import Check
    from dqmconsole.checks.declared import Declared
    from dqmconsole.desk.recorded import RecordedFolders
    from dqmconsole.model.histogram import Array
    from dqmconsole.model.layout import Plot
    from dqmconsole.model.site import Site


EVERY = 8.0  # h from one false WARNING of a layout to the next
RARER = 10.0  # times: BAD is
HOURS = 1.0  # that a run lasts where nobody recorded it
_log = logging.getLogger(__name__)
_FAR = 3.0  # times that by default: whoever reads it is warned
_NEAR = 0.1  # of a limit: what is proposed nearer to it is no change


class Limit(msgspec.Struct, frozen=True):
    """One limit of a check.

    Attributes:
        name: as layouts write it.
        now: what it is.
        then: what is proposed; the same where that is no change.
        reached: the value of the good runs that came nearest to it, or went farthest
            beyond; None where there is none.
    """

    name: str
    now: float
    then: float
    reached: float | None = None


class Said(msgspec.Struct, frozen=True):
    """What limits say of good runs, in any of their spans.

    Attributes:
        warning, bad: runs in which a plot is one at worst.
        alarms: times that a plot goes off, in the runs that are recorded.
    """

    warning: int = 0
    bad: int = 0
    alarms: int = 0


class Tuned(msgspec.Struct, frozen=True):
    """One check as it is written, of all plots it is written for.

    Attributes:
        layout: the plots'.
        paths: of the plots.
        check: its name.
        limits: that it has; none where nothing can be said.
        runs, values: good runs it judged at all, and values it found in them.
        now, then: what its limits now, and those proposed, say of each good run.
        by_default: it is not written: the kind of the plot has it.
        place: where it is written; None by default.
        why: why nothing is proposed, or what is to be known of it; "".
        doubtful: they are so far off that a person has to look: not written.
        measured: what the limits so far say of the runs that are recorded, by plot.
    """

    layout: str
    paths: tuple[str, ...]
    check: str
    limits: tuple[Limit, ...]
    runs: int
    values: int
    now: Said
    then: Said
    by_default: bool
    place: Place | None = None
    why: str = ""
    doubtful: bool = False
    measured: tuple[FalseAlarms, ...] = ()

    @property
    def changed(self) -> bool:
        """Other limits are proposed."""
        return any(each.now != each.then for each in self.limits)


class LayoutTuned(msgspec.Struct, frozen=True):
    """What is proposed for a layout.

    Attributes:
        layout: its name.
        checks: of its plots.
        limits: that share its one false alarm.
        hours: of good runs whose updates were recorded, h; 0 for none.
        runs: that say how they differ: of windows those that are recorded.
        widened: how much wider so few make the limits than many would.
        now, then: false alarms as they were measured on these runs.
    """

    layout: str
    checks: tuple[Tuned, ...]
    limits: int
    hours: float
    runs: int
    widened: float
    now: Measured
    then: Measured


class Tuning(msgspec.Struct, frozen=True):
    """What is proposed.

    Attributes:
        runs: the good runs.
        run_type: their type, or None where nobody knows.
        recorded: those whose updates are recorded.
        every: hours from one false WARNING of a layout to the next.
        layouts: each with its checks.
    """

    runs: tuple[int, ...]
    run_type: str | None
    recorded: tuple[int, ...]
    every: float
    layouts: tuple[LayoutTuned, ...]


class _Asked(NamedTuple):
    """One check of one plot."""

    layout: str
    plot: Plot
    declared: Declared
    by_default: bool
    key: tuple[object, ...]  # the same where one item of the file is meant
    place: Place | None


def tune(
    site: Site,
    places: Mapping[str, Place],
    good: Sequence[GoodRun],
    recorded: RecordedFolders,
    what: str = "",
    run_type: str | None = None,
    *,
    every: float = EVERY,
    hours: float = HOURS,
    known: bool = False,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Tuning:
    """Propose limits that hold one false WARNING in some hours and layout.

    BAD is :data:`RARER` times rarer. How it is shared: :func:`.chances`.

    Args:
        site: its working copy, as it was read.
        places: of its parts.
        good: the good runs.
        recorded: where their files, and those of their references, are looked for.
        what: a layout, or a glob on the paths of plots; "" for all.
        run_type: the type of these runs; theirs where it is None.
        every: hours from one false WARNING of a layout to the next.
        hours: that a run lasts which was not recorded.
        known: the record says that these runs are good.
        progress: is told how many checks are done, of how many.

    Raises:
        RefusedError: there is no such plot, too few runs, one that is not there, or
            runs of several types.
    """
    chosen = _chosen(site, what)
    run_type = _one_type(good, recorded, run_type)
    data = GoodRuns(site, good, recorded, run_type, known=known)
    tunings = []
    for layout in dict.fromkeys(name for name, _, _ in chosen):
        plots = [(page, plot) for name, page, plot in chosen if name == layout]
        asked = list(_asked(layout, plots, places, data, run_type))
        tunings.append(_LayoutTuning(layout, asked, data, every, hours))
    done, total = itertools.count(1), sum(map(len, tunings))
    layouts = [each.tuned(lambda: progress(next(done), total)) for each in tunings]
    recorded_runs = tuple(each.run for each in good if each.record is not None)
    runs = tuple(each.run for each in good)
    return Tuning(runs, run_type, recorded_runs, every, tuple(layouts))


def changes(
    home: Path, site: Site, places: Mapping[str, Place], tuning: Tuning
) -> tuple[Change, ...]:
    """The files of the layouts with the limits that are proposed.

    What is there by default is not written: to adopt it is its owner's choice. Nor is
    what is doubtful.

    Args:
        home: folder of the site.
        site: its working copy, as it was read for tuning.
        places: of its parts.
        tuning: what is proposed.

    Raises:
        RefusedError: a file was changed meanwhile, or has no place for a limit.
    """
    by_file: dict[str, list[Tuned]] = {}
    for layout in tuning.layouts:
        for each in layout.checks:
            if each.changed and each.place is not None and not each.doubtful:
                by_file.setdefault(each.place.file, []).append(each)
    texts = {name: file_text(home / name) for name in by_file}
    # limits are found again by line and column: these must be those of the texts
    if by_file and read_site_with_places(home) != (site, places):
        message = "the site was changed while good runs were judged: nothing is written"
        raise RefusedError(message)
    made = []
    for name, checks in by_file.items():
        file, before = home / name, texts[name]
        text, sentences = before or "", list[str]()
        # from the end, so that the lines before it stay where they are
        for each in sorted(checks, key=_where, reverse=True):
            for limit in each.limits:
                if limit.now == limit.then:
                    continue
                number = f"{limit.then:g}"
                try:
                    text = with_number(text, _where(each), limit.name, number)
                except SpliceError as error:
                    message = f"{file} {error}"
                    raise RefusedError(message) from error
            sentences.insert(
                0, f"other limits of {each.check} for {listed(each.paths, 1)}"
            )
        if has_ledger(home):
            sentences.append("it comes into force when the site is published")
        made.append(Change(file, before, text, tuple(sentences)))
    return tuple(made)


# -- what is judged ------------------------------------------------------------------


def _chosen(site: Site, what: str) -> list[tuple[str, str, Plot]]:
    """The plots that are meant: their layout, page and they."""
    every = [(layout.layout, page.page, plot) for layout, page, plot in plots_of(site)]
    if not what:
        return every
    by_name = [each for each in every if each[0].casefold() == what.casefold()]
    found = by_name or [each for each in every if any_match(each[2].path, (what,))]
    if not found:
        hint = did_you_mean(what, {name for name, _, _ in every})
        message = f'the site has no layout and no plot "{what}"{hint}'
        raise RefusedError(message)
    return found


def _one_type(
    good: Sequence[GoodRun], recorded: RecordedFolders, run_type: str | None
) -> str | None:
    """The type of the good runs.

    Raises:
        RefusedError: they are too few, of several types, or not there.
    """
    if len({each.run for each in good}) < LEAST_RUNS:
        message = f"fewer than {LEAST_RUNS} good runs do not show how such runs differ"
        raise RefusedError(message)
    types: dict[str, int] = {}
    for run, record in good:
        if run not in recorded.runs and record is None:
            raise RefusedError(not_there(run, recorded))
        files = recorded.runs.get(run, {})
        if record is None and not any(each.name.final for each in files.values()):
            message = (
                f"{run_words(run)} has no final file, and its updates are not recorded"
            )
            raise RefusedError(message)
        found = recorded.conditions(run).run_type
        if found is not None:
            types.setdefault(found, run)
    if run_type is not None:
        others = [run for found, run in types.items() if found != run_type]
        if others:
            message = f"run {others[0]} is not of {run_type}"
            raise RefusedError(message)
        return run_type
    if len(types) > 1:
        runs = ", ".join(
            f"{run_words(run)} is of {found}" for found, run in types.items()
        )
        message = f"the good runs are of several types: {runs}"
        raise RefusedError(message)
    return next(iter(types), None)


def _asked(
    layout: str,
    plots: Iterable[tuple[str, Plot]],
    places: Mapping[str, Place],
    data: GoodRuns,
    run_type: str | None,
) -> Iterator[_Asked]:
    """Every check of plots that runs of a type have."""
    for page, plot in plots:
        if plot.run_types and run_type is not None and run_type not in plot.run_types:
            continue
        key = plot_key(layout, page, plot.path)
        for at, item in plot.written_checks.items():
            try:
                one = declared(item)
            except DeclarationError:
                continue  # validate says so
            wanted = one.options.run_types
            if wanted and run_type is not None and run_type not in wanted:
                continue
            place = places.get(f"{key}#checks[{at}]")
            yield _Asked(layout, plot, one, False, (place, at, one[2]), place)
        element = data.any_element(plot) if plot.by_kind else None
        if element is None:
            continue
        reference, many = data.any_reference(plot, element)
        for one in defaults_for(element, plot, reference, many, data.apart(plot)):
            where = (places.get(key), *one[2:3])
            yield _Asked(layout, plot, one, True, where, None)


# -- what is proposed ----------------------------------------------------------------


class _LayoutTuning:
    """Works out the limits of one layout."""

    def __init__(
        self,
        layout: str,
        asked: Sequence[_Asked],
        data: GoodRuns,
        every: float,
        hours: float,
    ) -> None:
        self._layout = layout
        self._data = data
        self._every = every
        self._hours = hours
        self._items: dict[tuple[object, ...], list[_Asked]] = {}
        for one in asked:
            self._items.setdefault(one.key, []).append(one)
        self._sharing = sum(len(pairs_of(one.declared.check)) for one in asked)
        found = [
            data.times(run, one.plot.path)[0] for run in data.good for one in asked[:1]
        ]
        self._recorded_hours = sum(found)

    def __len__(self) -> int:
        """How many checks are written, or are there by default."""
        return len(self._items)

    def tuned(self, done: Callable[[], None]) -> LayoutTuned:
        """What is proposed for it; each check that is done is told."""
        checks = []
        for those in self._items.values():
            checks.append(self._item(those))
            done()
        hours = self._recorded_hours
        now, then = (
            Measured(sum(getattr(each, side).alarms for each in checks), hours)
            for side in ("now", "then")
        )
        runs, spans, period = len(self._data.good), 1, None
        recorded = sum(each.record is not None for each in self._data.good)
        if recorded >= LEAST_RUNS:
            runs, spans, period = recorded, len(CheckOptions().updates) + 1, 0.0
        may = chances(self._every, self._hours, period, self._sharing, spans)
        widened = widening(runs, may.run)
        return LayoutTuned(
            self._layout, tuple(checks), self._sharing, hours, runs, widened, now, then
        )

    def _item(self, those: list[_Asked]) -> Tuned:
        """One check, as wide as the widest of its plots needs it."""
        one = those[0]
        check, options = one.declared.check, one.declared.options
        pairs = pairs_of(check)
        why = ""
        of_others = options.input is not None or options.against is not None
        if of_others:
            why = "it judges or compares with other elements: not tuned"
        elif one.declared.tables:
            why = f"its limits depend on {one.declared.condition}: not tuned"
        elif not pairs:
            why = "it has no limit that could be tuned"
        judged = not (of_others or one.declared.tables)
        if not judged:  # nor is it judged here: the element alone is no such check
            pairs = []
        limits: dict[str, float] = {}
        reached: dict[str, float] = {}
        runs, values, lacking = 0, 0, False
        counts: list[_Count] = []
        try:
            for pair in pairs:
                for each in those:
                    found = self._limits(each, pair)
                    runs = max(runs, found.runs)
                    values += found.values if pair is pairs[0] else 0
                    lacking |= found.clamped
                    far = min if pair.below else max
                    for name, limit in found.limits.items():
                        reached[name] = far(reached.get(name, found.worst), found.worst)
                        limits[name] = far(limits.get(name, limit), limit)
            then = _with(check, limits)
            so_far, counts = self._said(those, check) if judged else (Said(), [])
            said = so_far, so_far if then == check else self._said(those, then)[0]
        except Exception as error:  # noqa: BLE001 - whatever a plug-in raises
            _log.exception("the check %s cannot be tuned", check.NAME)
            why, limits, said = f"it failed: {error}", {}, (Said(), Said())
            then = check
        if pairs and not limits and not why:
            why = f"judged in {runs} of {len(self._data.good)} runs, too few to say: "
            why += "the others have no reference, or too few entries"
        doubtful = any(
            _is_far(self._default(one, name), limit) for name, limit in limits.items()
        )
        if doubtful:
            why = f"{_FAR:g} times the default or more: are all of these runs good?"
        elif limits and lacking:
            why = "no limit comes nearer: too few of its updates are recorded"
        wrong = next(iter(then.wrong()), None)
        if wrong is not None:
            why = f"what good runs do cannot be written: {wrong[0]} {wrong[1]}"
            then, said = check, (said[0], said[0])
        shown = tuple(
            Limit(name, getattr(check, name), getattr(then, name), reached.get(name))
            for pair in pairs_of(check)
            for name in pair.names
        )
        return Tuned(
            self._layout,
            tuple(each.plot.path for each in those),
            check.NAME,
            shown,
            runs,
            values,
            *said,
            one.by_default,
            one.place,
            why,
            doubtful,
            tuple(self._measured(those, counts)),
        )

    def _measured(
        self, those: Sequence[_Asked], counts: Sequence[_Count]
    ) -> Iterator[FalseAlarms]:
        """What was counted of each plot, where that is what a console judges by."""
        for one, count in zip(those, counts, strict=False):
            if not count.hours:
                continue
            yield FalseAlarms(
                one.plot.path,
                one.declared.check.NAME,
                self._data.run_type or "",
                digest_of(one.declared.configuration),
                *count,
            )

    def _limits(self, one: _Asked, pair: Pair) -> _Found:
        """The limits that one plot needs."""
        check = one.declared.check
        sign = -1.0 if pair.below else 1.0
        by_span: dict[int, list[Array]] = {}
        for run in self._data.good:
            rows = self._data.rows(
                run, one.plot, probing(check, pair), one.declared.options
            )
            if rows is None:
                continue
            by_reference = [values_of(each, check, pair) for each in rows.results]
            pick = np.fmin if rows.any_of else np.fmax
            found = pick.reduce(sign * np.stack(by_reference), axis=0)
            spans = np.array(rows.spans)
            for span in dict.fromkeys(rows.spans):
                known = found[(spans == span) & np.isfinite(found)]
                if known.size:
                    by_span.setdefault(span, []).append(known)
        runs = max(map(len, by_span.values()), default=0)
        values = sum(len(each) for span in by_span.values() for each in span)
        usable = {
            span: each for span, each in by_span.items() if len(each) >= LEAST_RUNS
        }
        if not usable:
            return _Found({}, runs, values, math.nan)
        times = [self._data.times(run, one.plot.path) for run in self._data.good]
        hours = [each for each, _ in times if each]
        periods = [each for _, each in times if each is not None]
        whole_runs = not any(usable)  # none but the whole run
        limits, clamped = {}, False
        for name in pair.names:
            every = self._every * (1.0 if name == pair.warn else RARER)
            far = -math.inf
            for span, each in usable.items():
                may = chances(
                    every,
                    median(hours) if hours else self._hours,
                    median(periods) if periods and span else None,
                    self._sharing,
                    len(usable),
                )
                far = max(far, limit_of(each, may))
            now, default = getattr(check, name), self._default(one, name)
            least = now if default is None else default
            far = _proposed(far, sign * now, sign * least)
            judges_updates = check.INCREMENTS and bool(one.declared.options.updates)
            accumulates = one.plot.accumulates_over == "run"
            if whole_runs and judges_updates and accumulates:
                clamped |= far < sign * now
                far = max(far, sign * now)
            limits[name] = _rounded(sign * far, now, below=pair.below)
        worst = max(float(each.max()) for span in by_span.values() for each in span)
        return _Found(limits, runs, values, sign * worst, clamped)

    def _default(self, one: _Asked, name: str) -> float | None:
        """The limit that the plot has by its kind, of many good runs; or None."""
        check = one.declared.check
        element = self._data.any_element(one.plot)
        if element is None:
            return None
        reference, _ = self._data.any_reference(one.plot, element)
        for each in defaults_for(element, one.plot, reference, ENOUGH_RUNS):
            same = getattr(each.check, "of", None) == getattr(check, "of", None)
            if each.check.NAME == check.NAME and same:
                found: float | None = getattr(each.check, name)
                return found
        return None

    def _said(self, those: Sequence[_Asked], check: Check) -> tuple[Said, list[_Count]]:
        """What a check with these limits says of the good runs, and of each plot."""
        warning = bad = 0
        counts = [_Count() for _ in those]
        for run in self._data.good:
            worst = 0
            for at, one in enumerate(those):
                rows = self._data.rows(run, one.plot, check, one.declared.options)
                if rows is None:
                    continue
                grades = grades_of(rows)
                by_default = one.by_default
                worst = max(worst, min(max(grades, default=0), 1 if by_default else 2))
                if run.record is not None:
                    alarms, hours, runs = counts[at]
                    counts[at] = _Count(
                        alarms + episodes_of(rows.spans, grades),
                        hours + self._data.times(run, one.plot.path)[0],
                        runs + 1,
                    )
            warning += worst == 1
            bad += worst == 2
        return Said(warning, bad, sum(each.alarms for each in counts)), counts


class _Count(NamedTuple):
    """How often one plot went off in recorded good runs, in how many hours and runs."""

    alarms: int = 0
    hours: float = 0.0
    runs: int = 0


class _Found(NamedTuple):
    """Limits of one plot, and what they come from."""

    limits: dict[str, float]
    runs: int
    values: int
    worst: float
    clamped: bool = False  # no nearer, since no updates are recorded


def _proposed(need: float, now: float, least: float) -> float:
    """The limit to propose; of all larger is farther.

    Args:
        need: that keeps good runs quiet.
        now: the present one. What its owner set nearer than the default, and is quiet,
            stays.
        least: no nearer one is proposed.
    """
    return now if need <= now <= least else max(need, least)


def _with(check: Check, limits: Mapping[str, float]) -> Check:
    """A check with other limits; BAD never before a WARNING."""
    changed = dict(limits)
    for name, bad in limits.items():
        warn = limits.get(name.replace("bad_", "warn_", 1))
        if name.startswith("bad_") and warn is not None:
            changed[name] = min(bad, warn) if name.endswith("below") else max(bad, warn)
    return msgspec.structs.replace(check, **changed)


def grades_of(rows: Rows) -> list[int]:
    """Of each row 0 where it is good or not judged, 1 WARNING, 2 BAD."""
    of = {Status.WARNING: 1, Status.BAD: 2}
    pick = min if rows.any_of else max
    return [
        pick(of.get(each.status, 0) for each in row)
        for row in zip(*rows.results, strict=True)
    ]


def episodes_of(spans: Sequence[int], grades: Sequence[int]) -> int:
    """How often something goes off; of windows of one length those in a row once."""
    times: dict[int, int] = {}
    before: dict[int, int] = {}
    for span, grade in zip(spans, grades, strict=True):
        times[span] = times.get(span, 0) + bool(grade and not before.get(span))
        before[span] = grade
    return max(times.values(), default=0)


def _rounded(limit: float, now: float, *, below: bool) -> float:
    """A limit of two digits, no nearer; the present one where that is as good."""
    if not math.isfinite(limit):
        return now
    if abs(limit - now) <= _NEAR * abs(now) and (
        limit >= now if below else limit <= now
    ):
        return now
    if limit == 0:
        return 0.0
    unit = 10.0 ** (math.floor(math.log10(abs(limit))) - 1)
    step = math.floor if below else math.ceil
    return float(f"{step(limit / unit - (0 if below else 1e-9)) * unit:.3g}")


def _is_far(default: float | None, limit: float) -> bool:
    return bool(default) and abs(limit) >= _FAR * abs(default or 0.0)


def _where(each: Tuned) -> tuple[int, int]:
    assert each.place is not None
    return each.place.line, each.place.column
