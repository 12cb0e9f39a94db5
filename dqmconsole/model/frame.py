"""What the engine sends up: tiles with their verdicts, facts, and the run header."""

from __future__ import annotations

from typing import Literal

import msgspec

from dqmconsole.model.alarm import Alarm
from dqmconsole.model.graph import Graph, Polygons
from dqmconsole.model.histogram import Array, Histogram, Scalar
from dqmconsole.model.history import LumisectionsFact, TransitionFact
from dqmconsole.model.known_issue import Region
from dqmconsole.model.past import PastMoment
from dqmconsole.model.problem import Problem, ProblemKind
from dqmconsole.model.reference import ReferenceNote
from dqmconsole.model.release import Release
from dqmconsole.model.run import Conditions, LumisectionClock, RunInfo
from dqmconsole.model.run_quality import FalseAlarms
from dqmconsole.model.verdict import Rollup, Verdict

Severity = Literal["info", "warning", "bad"]
ComparisonMode = Literal["ratio", "difference", "pull"]
OutageState = Literal["silent", "frozen", "missing", "unreadable"]


class Comparison(msgspec.Struct, frozen=True, gc=False):
    """Data against the scaled reference, bin by bin.

    Attributes:
        mode: what the values are.
        values: shape of the picture's inner bins; NaN where undefined.
        errors: one standard deviation, same shape, or None.
    """

    mode: ComparisonMode
    values: Array
    errors: Array | None = None


class RunBeside(msgspec.Struct, frozen=True, gc=False):
    """A further run that was chosen to be drawn with a plot, for looking.

    Attributes:
        note: which, how it was scaled, or why it cannot be drawn.
        histogram: the plot in that run, unscaled, with the bins of the data; or None.
        comparison: of the data with it, in the mode of the picture.
    """

    note: ReferenceNote
    histogram: Histogram | None = None
    comparison: Comparison | None = None


class Expected(msgspec.Struct, frozen=True, gc=False):
    """What a verdict measured a plot against, to be drawn with it.

    Attributes:
        low, high: the band the values were expected in, per inner bin and in the
            unit of the values (of one dimension); NaN where there is none. Or None.
        limits: values (of the ordinate; of a map the colour) that were not to be
            crossed, each with its word ("bad above").
        first_bad: the first bad lumisection, for axes that are lumisections; None.
        offending: indices of the inner bins the verdict names, int64, flat in C
            order of (x, y). Or None.
        pulls: how far each inner bin is off, in standard deviations, shape of the
            inner bins. Or None.
    """

    low: Array | None = None
    high: Array | None = None
    limits: tuple[tuple[float, str], ...] = ()
    first_bad: int | None = None
    offending: Array | None = None
    pulls: Array | None = None


class Picture(msgspec.Struct, frozen=True, gc=False):
    """One monitor element as a tile draws it.

    Attributes:
        data: the histogram; a map reduced to the tile's pixels unless whole, very
            many bins of one dimension summed.
        whole: no bins were merged.
        overlays: the further elements of the plot, likewise.
        reference: the reference (unscaled; multiply by the note's scale); sent
            once per Watch and when it changes, else None. The mailbox keeps it.
        reference_is_new: `reference` replaces what was sent before.
        comparison: for the modes ratio, difference and pull.
        known: regions to hatch.
        text: the value of a scalar element, else "".
        scalars: the scalar element and the further ones of its plot, else empty.
        graphs: points to draw, beside the data or without any.
        polygons: a map of bins of any shape, instead of the data.
        stacked: data and overlays lie on top of one another; the data are the sum.
        shown_of: what part of a larger element this is ("x–y at z 3 to 5"), and how
            many of its bins are one here ("bins summed 10:1"); or "".
        expected: what the verdict measured against, or None.
        beside: further runs, in the order they were chosen; with every picture.
        title: of a collection of several plots, of which data and graphs each have
            their own: its title or else its name; of all others "".
    """

    data: Histogram | None
    whole: bool = True
    overlays: tuple[Histogram, ...] = ()
    reference: Histogram | None = None
    reference_is_new: bool = False
    comparison: Comparison | None = None
    known: tuple[Region, ...] = ()
    text: str = ""
    scalars: tuple[Scalar, ...] = ()
    graphs: tuple[Graph, ...] = ()
    polygons: Polygons | None = None
    stacked: bool = False
    shown_of: str = ""
    expected: Expected | None = None
    beside: tuple[RunBeside, ...] = ()
    title: str = ""


class Tile(msgspec.Struct, frozen=True, gc=False):
    """A plot at one moment: its picture with the verdict on that very picture.

    Attributes:
        key: the plot (``layout.plot_key``) or the bare path of any element.
        path: path of the monitor element.
        run: run the picture belongs to; 0 while there is none.
        version: grows whenever picture or verdict changed.
        verdict: status and sentence.
        note: the reference and how it was scaled.
        picture: None while there is nothing to draw.
        produced: unix time of the content, s, or None.
        stale_after: seconds after which it counts as stale, or None.
        span: the integration window in words ("LS 1–417").
        banner: run state words over the picture ("RUN 398213 ENDED, ...") or "".
        recorded: the picture is of a recording; nothing newer is awaited.
        last: of a plot whose x axis counts lumisections: the last one its content
            holds, if known; what lies beyond is the future, not zero.
        clock: of such a plot: when its lumisections were, or None.
        defect: which of its bins hold no number, in words; "" when all do.
        past: it is drawn from the record, as of that moment, and no verdict on what
            it is now; None: it is of now.
    """

    key: str
    path: str
    run: int
    version: int
    verdict: Verdict
    note: ReferenceNote = ReferenceNote()
    picture: Picture | None = None
    produced: float | None = None
    stale_after: float | None = None
    span: str = ""
    banner: str = ""
    recorded: bool = False
    last: int | None = None
    clock: LumisectionClock | None = None
    defect: str = ""
    past: PastMoment | None = None


class VerdictFact(msgspec.Struct, frozen=True, tag="verdict", gc=False):
    """A plot's verdict changed."""

    key: str
    run: int
    verdict: Verdict


class RollupFact(msgspec.Struct, frozen=True, tag="rollup", gc=False):
    """A page's (``page_key``) or layout's (its name) roll-up changed."""

    name: str
    rollup: Rollup


class RunFact(msgspec.Struct, frozen=True, tag="run", gc=False):
    """A run began, ended or became final, or a client entered it."""

    run: int
    sentence: str


class NoticeFact(msgspec.Struct, frozen=True, tag="notice", gc=False):
    """Something the shifter should know, on the notice bar.

    Attributes:
        name: what it is about; a later notice of that name replaces it.
        sentence: what to know; "" takes the notice away.
        severity: how much it matters.
    """

    name: str
    sentence: str
    severity: Severity = "warning"


class OutageFact(msgspec.Struct, frozen=True, tag="outage", gc=False):
    """A subsystem, or the whole source, gives nothing to judge, or does so again.

    An event like BAD. While the whole source is out, that is one outage, and those
    of the subsystems are taken away.

    Attributes:
        subsystem: the subsystem, or ``TOP``; "" for the whole source. A later fact of
            the same subsystem replaces this one.
        state: "silent" (no new files), "frozen" (new files, old content), "missing"
            (has not entered the run that the others are in), "unreadable".
        sentence: what is the matter; "" takes the outage away.
        run: the run in which it began.
        since: last lumisection that was seen of it, or None.
        began: unix time of the last good news of it, s, or None.
    """

    subsystem: str
    state: OutageState
    sentence: str
    run: int = 0
    since: int | None = None
    began: float | None = None


class ProblemsFact(msgspec.Struct, frozen=True, tag="problems", gc=False):
    """The list of problems of one kind ("layout", "source", "engine"), whole."""

    kind: ProblemKind
    problems: tuple[Problem, ...]


class ReleaseFact(msgspec.Struct, frozen=True, tag="release", gc=False):
    """The site's ledger has another current release than the one that is read.

    Attributes:
        release: the current one, with its changes against the one that is read;
            None when that is the one that is read, again.
        reading: number of the one that is read.
    """

    release: Release | None
    reading: int


class ReferenceFact(msgspec.Struct, frozen=True, tag="reference", gc=False):
    """What all plots are compared with by hand, for this session.

    Attributes:
        run: the run; 0 where it is a file without a number, or nothing is chosen.
        file: the file that was chosen, or "".
        sentence: what is in use, or why it cannot be; "" when nothing is chosen by
            hand and the site's rules hold.
        found: something of it is there.
    """

    run: int = 0
    file: str = ""
    sentence: str = ""
    found: bool = False


class RunsFact(msgspec.Struct, frozen=True, tag="runs", gc=False):
    """The runs whose data are at hand, to compare with.

    Attributes:
        runs: those of the source, those that were recorded, and those of folders of
            recorded runs as far as they were listed; ascending.
        conditions: of those that were recorded, but for the run at hand.
    """

    runs: tuple[int, ...] = ()
    conditions: dict[int, Conditions] = {}


class FalseAlarmsFact(msgspec.Struct, frozen=True, tag="false-alarms", gc=False):
    """How often checks went off in recorded good runs: all that was measured."""

    rows: tuple[FalseAlarms, ...] = ()


Fact = (
    VerdictFact
    | RollupFact
    | RunFact
    | NoticeFact
    | OutageFact
    | ProblemsFact
    | ReleaseFact
    | ReferenceFact
    | RunsFact
    | FalseAlarmsFact
    | TransitionFact
    | LumisectionsFact
    | Alarm
)


class Frame(msgspec.Struct, frozen=True, tag="frame", gc=False):
    """What the engine says at one moment; without tiles it is the heart-beat.

    Attributes:
        sequence: grows by one per frame.
        sent: unix time of the engine's clock, s.
        site: hash of the site it was judged with.
        run: the run header.
        tiles: plots that changed, in order; the last of a key wins.
        facts: never dropped, in order.
        busy: share of its time the engine worked since the last frame, 0 to 1.
    """

    sequence: int
    sent: float
    site: str
    run: RunInfo
    tiles: tuple[Tile, ...] = ()
    facts: tuple[Fact, ...] = ()
    busy: float = 0.0
