"""The pieces of a study, each judged by the engine as the site has it.

What is studied is a :class:`Ground`. Each piece of it (a part of good running, the
trial of a cell, a pair, a moment) is a source that is judged from update to update,
without a window; its alarms are compared with what is known of the fault.
"""

from __future__ import annotations

import time
from contextlib import closing
from itertools import islice
from typing import TYPE_CHECKING, Protocol

import msgspec

from dqmconsole.desk.judge_source import JudgeError, judge_at
from dqmconsole.desk.study_found import (
    Cell,
    Found,
    GoodPart,
    MomentFound,
    Pair,
    PairFound,
    Rang,
)
from dqmconsole.engine.context import SourceContext
from dqmconsole.engine.extents import extent_in
from dqmconsole.engine.site_releases import SiteReleases
from dqmconsole.model.alarm import Alarm
from dqmconsole.model.cause import AUDIBLE, Extent, overlap
from dqmconsole.model.histogram import Histogram
from dqmconsole.model.layout import layout_of, path_of
from dqmconsole.model.verdict import JUDGED, Status
from dqmconsole.rootio.errors import NotInFileError, RootFileError
from dqmconsole.site.layouts import plots_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from dqmconsole.engine.site_releases import Reading
    from dqmconsole.model.histogram import Array
    from dqmconsole.model.site import Site
    from dqmconsole.sources.source import Source

_NOT_APPLIED = (Status.NOT_APPLICABLE, Status.WAITING, Status.DISABLED)
_PROBED = 4  # updates that say what one costs


class StudyError(ValueError):
    """A study that cannot be made, or not be gone on with; says why."""


class Detector(Protocol):
    """What is judged from update to update."""

    @property
    def source(self) -> Source:
        """What it writes."""

    @property
    def elapsed(self) -> int:
        """Lumisections since it began, over all runs."""

    @property
    def lumisections(self) -> int:
        """How many it has until it ends."""

    def steps(self) -> Iterator[float | None]:
        """One lumisection after the other, until it ends.

        Yields:
            After an update when it is looked at, unix time, s; None after others.
        """


class Trial(Detector, Protocol):
    """A run in which a fault happens."""

    @property
    def reference(self) -> str:
        """A file that all is compared with, or ""."""

    @property
    def onset(self) -> int:
        """The first lumisection of the fault."""

    @property
    def stands(self) -> bool:
        """The fault acts in the lumisection at hand."""

    def struck(self) -> Mapping[str, Array]:
        """The elements that the fault changes: path -> flat indices of inner bins.

        In C order of the axes; every bin of what has no bins of its own.
        """

    def ideal(self, rate: float) -> int | None:
        """Lumisections from the onset until the ideal test finds it; asked at the end.

        Args:
            rate: false alarms it may raise in an hour.
        """


class PairTrial(Detector, Protocol):
    """A run in which two faults begin together."""

    @property
    def onset(self) -> int:
        """The first lumisection of both."""

    def struck(self) -> Sequence[Mapping[str, Array]]:
        """The elements that each of the faults changes, as of a :class:`Trial`."""


class Moment(Detector, Protocol):
    """A run in which something happens that everybody sees."""

    @property
    def event(self) -> str:
        """What happens."""

    @property
    def run_type(self) -> str:
        """Of the run."""

    @property
    def onset(self) -> int:
        """The lumisection in which it happens; the detector ends ten minutes later."""


class GoodRunning(Detector, Protocol):
    """A part of good running."""

    @property
    def run_type(self) -> str:
        """Of its runs."""

    @property
    def hours(self) -> float:
        """How long it lasts."""

    @property
    def events(self) -> tuple[str, ...]:
        """Harmless events in it."""


class MoreTrials(Protocol):
    """Two faults at once, and events that everybody sees."""

    def pairs(self, cells: Sequence[Cell], many: int) -> Sequence[Pair]:
        """So many pairs of some cells, or as many as there are."""

    def pair_trial(self, pair: Pair) -> PairTrial:
        """The run of a pair."""

    def moments(self) -> Sequence[str]:
        """Names of events that everybody sees."""

    def moment(self, name: str) -> Moment:
        """The run of such an event."""


class Ground(Protocol):
    """What can be studied."""

    @property
    def simulated(self) -> bool:
        """It is no real detector."""

    @property
    def every(self) -> int:
        """Lumisections between two updates."""

    @property
    def records(self) -> Path | None:
        """Folder of the recorded runs that it is compared with, or None."""

    @property
    def more_trials(self) -> MoreTrials | None:
        """Pairs and moments, or None where there are none."""

    def cells(self) -> Sequence[Cell]:
        """All cells, in the order in which they are tried."""

    def parts(self) -> Sequence[str]:
        """Names of the parts of good running."""

    def trial(self, cell: Cell) -> Trial:
        """The run of a cell."""

    def good_running(self, part: str) -> GoodRunning:
        """A part of good running."""


class Piece(msgspec.Struct, frozen=True):
    """A piece of a study: one of a part of good running, a cell, a pair, a moment.

    Attributes:
        part: name of the part, or "".
        cell: the cell, or None.
        rate: false alarms an hour that the ideal test of a cell may raise.
        pair: the pair, or None.
        moment: name of the moment, or "".
    """

    part: str = ""
    cell: Cell | None = None
    rate: float = 1.0
    pair: Pair | None = None
    moment: str = ""


class Done(msgspec.Struct, frozen=True):
    """What came of a piece, or why nothing did.

    Attributes:
        piece: which.
        part, found, pair, moment: what came of it.
        refused: why it could not be done, or "".
    """

    piece: Piece
    part: GoodPart | None = None
    found: Found | None = None
    pair: PairFound | None = None
    moment: MomentFound | None = None
    refused: str = ""


class Pieces:
    """Judges pieces of a study, one after the other.

    Args:
        ground: what is studied.
        site: folder of the site that judges.
        expected: hash that the site has to have; any when "".

    Attributes:
        site: hash of the site.

    Raises:
        StudyError: the site was changed.
    """

    def __init__(self, ground: Ground, site: Path, expected: str = "") -> None:
        self._ground, self._site = ground, site
        releases = SiteReleases(site)
        self._reading: Reading = releases.open()
        releases.close()
        self.site = self._reading[0].hash
        if expected and self.site != expected:
            message = f"{site} was changed since the study began"
            raise StudyError(message)

    def do(self, piece: Piece) -> Done:
        """Do a piece; what keeps it from being done is said in what comes of it."""
        ground = self._ground
        try:
            if piece.part:
                return Done(piece, part=self._good(ground.good_running(piece.part)))
            if piece.cell is not None:
                found = self._found(piece.cell, ground.trial(piece.cell), piece.rate)
                return Done(piece, found=found)
            more = ground.more_trials
            assert more is not None
            if piece.pair is not None:
                pair = self._pair(piece.pair, more.pair_trial(piece.pair))
                return Done(piece, pair=pair)
            return Done(piece, moment=self._moment(more.moment(piece.moment)))
        except (JudgeError, StudyError) as error:
            return Done(piece, refused=str(error))

    def cost(self, piece: Piece) -> float:
        """Seconds of the processor that a piece takes, by its first updates."""
        start = time.process_time()
        detector = self._detector(piece)
        opened, first = start, 0
        for update, _ in enumerate(islice(self._judged(detector), 1 + _PROBED)):
            if not update:  # the first one also opens references
                opened, first = time.process_time(), detector.elapsed
        each = (time.process_time() - opened) / max(detector.elapsed - first, 1)
        return opened - start + each * detector.lumisections

    def _detector(self, piece: Piece) -> Detector:
        if piece.part:
            return self._ground.good_running(piece.part)
        if piece.cell is not None:
            return self._ground.trial(piece.cell)
        more = self._ground.more_trials
        assert more is not None
        if piece.pair is not None:
            return more.pair_trial(piece.pair)
        return more.moment(piece.moment)

    def _judged(
        self, detector: Detector, reference: str = ""
    ) -> Iterator[SourceContext]:
        """A detector's source judged by the site, after each update of it."""
        with closing(
            SourceContext(
                detector.source,
                self._site,
                reference,
                self._reading,
                records=self._ground.records,
            )
        ) as context:
            for now in detector.steps():
                if now is not None:
                    judge_at(context, now)
                    yield context

    def _good(self, running: GoodRunning) -> GoodPart:
        start = time.process_time()
        rang: dict[tuple[str, int], Rang] = {}
        judged = applied = 0
        for context in self._judged(running):
            for alarm in _alarms(context):
                note_announcement(rang, alarm, running.elapsed)
            for one in context.judging.plots.values():
                status = Status.WAITING if one.verdict is None else (
                    one.verdict.status
                )  # fmt: skip
                judged += status in JUDGED
                applied += status not in _NOT_APPLIED
        return GoodPart(
            *(running.run_type, running.hours, running.events, tuple(rang.values())),
            *(judged, applied, time.process_time() - start),
        )

    def _found(self, cell: Cell, trial: Trial, rate: float) -> Found:
        start = time.process_time()
        seen: dict[str, Alarm] = {}
        before: dict[str, int] = {}  # news of alarms that stood at the onset
        own: dict[str, Alarm] = {}
        cleared: set[str] = set()
        after = audible = None
        for context in self._judged(trial, trial.reference):
            since = trial.elapsed - trial.onset + 1
            for alarm in _alarms(context):
                seen[alarm.id] = alarm
                if since < 1:
                    before[alarm.id] = alarm.news
                    continue
                if alarm.news <= before.get(alarm.id, 0) or not _is_own(
                    alarm, cell.layout
                ):
                    continue
                if alarm.returned is not None and trial.stands:
                    cleared.add(alarm.id)
                if alarm.wrong:
                    own[alarm.id] = alarm
                    after = after or since
                    if alarm.urgency in AUDIBLE:
                        audible = audible or since
        struck = _extents(trial, self._reading[0], trial.struck())
        right = [region_right(alarm, struck) for alarm in own.values()]
        return Found(
            cell,
            after,
            audible,
            trial.ideal(rate),
            any(right) if own else None,
            len(seen.keys() - before.keys()),
            len(cleared),
            time.process_time() - start,
        )

    def _pair(self, pair: Pair, trial: PairTrial) -> PairFound:
        start = time.process_time()
        before: dict[str, int] = {}
        told: dict[str, Alarm] = {}
        for context in self._judged(trial):
            for alarm in _alarms(context):
                if trial.elapsed < trial.onset:
                    before[alarm.id] = alarm.news
                elif alarm.wrong and alarm.news > before.get(alarm.id, 0):
                    told[alarm.id] = alarm
        site = self._reading[0]
        struck = [_extents(trial, site, each) for each in trial.struck()]
        seen = [[shows(alarm, each) for each in struck] for alarm in told.values()]
        rows, shown = sum(map(any, seen)), sum(map(any, zip(*seen, strict=True)))
        return PairFound(pair, rows, shown, time.process_time() - start)

    def _moment(self, moment: Moment) -> MomentFound:
        start = time.process_time()
        rang: dict[tuple[str, int], Rang] = {}
        for context in self._judged(moment):
            for alarm in _alarms(context):
                note_announcement(rang, alarm, moment.elapsed)
        told = {at: each for at, each in rang.items() if each.elapsed >= moment.onset}
        rows, audible = {name for name, _ in told}, [e.audible for e in told.values()]
        return MomentFound(
            *(moment.event, moment.run_type, len(rows), len(told), sum(audible)),
            time.process_time() - start,
        )


def note_announcement(
    rang: dict[tuple[str, int], Rang], alarm: Alarm, elapsed: int
) -> None:
    """Note that an alarm is told: once with each news of it, as it is to a shifter.

    Args:
        rang: what was told before, by id and number of the news; is added to.
        alarm: as it stands.
        elapsed: lumisections since the running began.
    """
    before = rang.get((alarm.id, alarm.news))
    audible = alarm.urgency in AUDIBLE
    if before is None or audible > before.audible:
        first = alarm.members[0]
        rang[alarm.id, alarm.news] = Rang(
            layout_of(first.key), elapsed, audible, f"{first.key}: {first.sentence}"
        )


def region_right(alarm: Alarm, struck: Mapping[str, Extent | None]) -> bool:
    """Tell whether an alarm is where the fault is: at least half of its plots are.

    Args:
        alarm: the alarm.
        struck: elements that the fault changes, and where; None where their layout
            does not say what the axes are.
    """
    right = 0
    for one in alarm.members:
        path = path_of(one.key)
        right += path in struck and overlap(one.extent, struck[path])
    return 2 * right >= len(alarm.members)


def shows(alarm: Alarm, struck: Mapping[str, Extent | None]) -> bool:
    """Tell whether a plot of an alarm is where a fault is; see :func:`region_right`."""
    at = ((path_of(one.key), one.extent) for one in alarm.members)
    return any(path in struck and overlap(there, struck[path]) for path, there in at)


def _extents(
    trial: Detector, site: Site, bins: Mapping[str, Array]
) -> dict[str, Extent | None]:
    """Where the elements are struck, as their layouts name it."""
    found: dict[str, Extent | None] = dict.fromkeys(bins)
    run = trial.source.current_run
    for _, _, plot in plots_of(site):
        if not plot.axes or plot.path not in bins:
            continue
        try:
            element = trial.source.element(run, plot.path)
        except (NotInFileError, RootFileError):
            continue
        if isinstance(element, Histogram):
            found[plot.path] = extent_in(
                plot.axes, element.axes, bins[plot.path], plot.part
            )
    return found


def _is_own(alarm: Alarm, layout: str) -> bool:
    return not layout or any(layout_of(one.key) == layout for one in alarm.members)


def _alarms(context: SourceContext) -> list[Alarm]:
    return [each for each in context.take_facts() if isinstance(each, Alarm)]
