"""The layout file's values: Layout > Page > Plot.

The manual shows a file, under "The layout file by example" (`manual/expert.md`). A
JSON Schema for editors is generated from these classes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import msgspec

from dqmconsole.model.cause import Family

if TYPE_CHECKING:
    from collections.abc import Mapping

ReferenceMode = Literal[
    "overlay", "ratio", "difference", "pull", "side-by-side", "none"
]
Normalization = Literal["events", "pileup", "area", "lumi", "none"]
DEFAULT_NORMALIZE: Normalization = "events"
"""Of a plot whose layout says none."""
RunType = Annotated[str, msgspec.Meta(extra_json_schema={"pattern": r"\S"})]
"""A type of run by the site's word for it, one of ``run_types`` of its site.yaml."""

Style = Literal["step", "fill", "points", "map", "text", "table", "strip"]


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Any part of a layout file: unknown keys are refused."""


class Needs(Part, frozen=True):
    """When a plot means anything; outside it the plot is NOT APPLICABLE.

    Attributes:
        subsystem: this subsystem must be in the run.
        feds: all these front-end drivers must be in the run.
        dcs: all these partitions of the detector control system must be on.
        beam: the beam mode must be one of these ("stable beams", ...).
        magnet: the magnet must be on or off.
        events: at least so many events processed by the client.
        settle: updates of the source that pass, once all that holds again, before the
            plot is judged again.
    """

    subsystem: str | None = None
    feds: tuple[int, ...] = ()
    dcs: tuple[str, ...] = ()
    beam: tuple[str, ...] = ()
    magnet: Literal["on", "off"] | None = None
    events: int = 0
    settle: int = 0


class AxisDraw(Part, frozen=True):
    """How one axis is drawn.

    Attributes:
        scale: "lin" or "log".
        range: lowest and highest value shown; None leaves that end free.
        title: replaces the producer's axis title.
        unit: what the numbers are: plain numbers, lumisections (the axis ends with
            the run and has the clock) or time (unix s). None: told by the producer's
            title.
        NOUN: what problems call it.
    """

    NOUN: ClassVar[str] = "this axis"

    scale: Literal["lin", "log"] = "lin"
    range: tuple[float | None, float | None] | None = None
    title: str | None = None
    unit: Literal["number", "lumisection", "time"] | None = None

    def title_or(self, own: str) -> str:
        """The title, where there is none the producer's `own`."""
        return own if self.title is None else self.title


class CheckOptions(Part, frozen=True):
    """What may stand beside the name of a check.

    Attributes:
        run_types: it judges runs of these types only; all when left out.
        against: path of the element it compares with, in place of the reference.
        updates: the last so many updates of the source are judged, beside the run, of
            what accumulates over the run; empty: the run alone.
        persist: updates in a row that must agree before the verdict changes.
        input: what is judged in place of the element, as one name with what it is made
            of: ``ratio: [A, B]``, ``efficiency: [PASSED, TOTAL]``, ``sum: [A, B]``,
            ``projection: x y=3:5``, ``mask: {x: [4, "7:9"]}`` (bins from 1, both ends
            included, or labels); ``./A`` lies beside the element.
        NOUN: what problems call it.
    """

    NOUN: ClassVar[str] = "this check"

    run_types: tuple[RunType, ...] = ()
    against: str | None = None
    updates: tuple[int, ...] = (1, 3, 15)
    persist: int = 1
    input: dict[str, Any] | None = None


QualityResults = Literal["count", "show", "ignore"]
AlarmAt = Literal["now", "dump", "next-day", "none"]
Checks = tuple[dict[str, Any] | Literal["defaults"], ...] | Literal["defaults"] | None
OFF_ON = ("off", "on")


class Draw(Part, frozen=True):
    """How a plot is drawn.

    Attributes:
        style: of one dimension: "step" is the outline, "fill" the outline filled,
            "points" points with errors, "text" fill with the values above it, "map"
            fill. Of two: "text" writes the values into the cells, all others are a
            map. "table" writes labelled bins as rows of numbers; "strip" draws each
            row of states along x, with two colours of its own. None takes the kind's
            own: fill, points for profiles, map.
        x, y, z: how this axis is drawn; z is the colour of a map.
        palette: the colours of a map; cividis when left out. "diverging" is calm about
            0; "shares" is calm from its high end on, what is expected, and vivid below.
        errors: thin bars over "step" and "fill" give the errors of the bins; None: over
            "step" alone, where weights were filled.
        stats: show the box of statistics in the tile, too.
        aspect: a map has x and y in one scale; None: where both have one unit of
            length.
        states: names of the states 0 and 1 of a strip; of more than two (one dimension
            only) each that is seen has its row. Those of the site's beam mode are its
            ``beam_modes`` when left out.
        drawing: name of a drawing that an installed package registered; it is drawn
            instead of the plot's own.
    """

    style: Style | None = None
    x: AxisDraw = AxisDraw()
    y: AxisDraw = AxisDraw()
    z: AxisDraw = AxisDraw()
    palette: (
        Literal["cividis", "viridis", "grey", "diverging", "shares", "flags"] | None
    ) = None
    errors: bool | None = None
    stats: bool = False
    aspect: Literal["equal", "free"] | None = None
    states: tuple[str, ...] = OFF_ON
    drawing: str | None = None


class ReferenceDraw(Part, frozen=True):
    """How the reference is compared; None takes what stands above.

    Attributes:
        mode: "overlay" draws it over the data (of a map it shows the data alone),
            "side-by-side" in a pane of its own, "ratio", "difference" and "pull" (in
            standard deviations) what differs, "none" nothing.
        normalize: what it is scaled by; the manual, "The layout file by example".
        NOUN: what problems call it.
    """

    NOUN: ClassVar[str] = "this reference"

    mode: ReferenceMode | None = None
    normalize: Normalization | None = None


class Feeds(Part, frozen=True):
    """What is wrong, too, when a plot is: its cause is then looked for in the plot.

    Attributes:
        to: layouts, or paths of elements in which ``*`` is anything.
        families: how these are wrong then.
        NOUN: what problems call it.
    """

    NOUN: ClassVar[str] = "what this plot feeds"

    to: tuple[str, ...]
    families: tuple[Family, ...] = ("missing", "rate", "stale")


class Defaults(Part, frozen=True):
    """What holds for every plot of a layout unless page or plot says otherwise."""

    reference: ReferenceDraw = ReferenceDraw()
    draw: Draw | None = None
    accumulates: Literal["run", "lumisection", "latest", "trend"] | None = None
    stale_after: float | None = None
    checks: Checks = None
    quality_results: QualityResults | None = None
    quality_persist: int | None = None
    alarm: AlarmAt | None = None
    consequence: str | None = None


class Plot(Part, frozen=True):
    """One plot: a path with braces in the file, one monitor element once expanded.

    Attributes:
        path: path of the monitor element; braces expand as in a shell.
        title: what the tile says; the producer's title when left out.
        description: one sentence: what it shows, unit, integration window.
        span: columns and rows it takes.
        overlay: further elements drawn on the same axes.
        formerly: names that the element had: of a source, or a reference, that has none
            of its path's, the first of these that is there is taken. Braces are in
            step.
        accumulates: what the element accumulates over.
        window: judge and draw what the last "N LS" added, in place of the run so far:
            by whole updates of the source, the last one at least. For what accumulates
            over the run.
        stale_after: seconds after which the data are stale; measured if None.
        checks: quality tests, each one name with its limits, and what else is said of
            it (:class:`CheckOptions`); plot before page before layout. Left out in
            all: those of its kind, which give at most a WARNING until they are adopted
            by "defaults", alone or as one of the items; empty: none on purpose.
        quality_results: what the producer's own tests are to the verdict: each counts
            as one more check, is shown beside it, or ignored; plot before page before
            layout. Left out in all: they count.
        quality_persist: updates in a row in which these must agree before it is
            announced; plot before page before layout. Left out in all: three, of a
            gross loss two.
        instruction: id of the instruction; the page's when left out.
        alarm: when somebody has to act once it is BAD by a check that its owner
            adopted or by a test of the producer's: at once, when the beam is dumped,
            the next day; plot before page before layout. "none", or left out in all:
            it is shown and never heard.
        consequence: what comes of it when nobody acts.
        feeds: what is wrong, too, when this is.
        axes: what the axes are (``x: wheel``): plots whose axes have the same names are
            compared by the place in which they are wrong; ``subsystem``: whose plots
            it feeds. Braces are in step.
        part: of the detector, the only one that the plot shows ("barrel"): what is
            wrong in another part is in another place, also along axes of one name; an
            axis called ``part`` names parts, too. Braces are in step.
        flag: the flag of the run is proposed by this plot; of a component none of whose
            plots says so, by all.
    """

    path: str
    title: str = ""
    description: str = ""
    span: tuple[int, int] = (1, 1)
    draw: Draw | None = None
    reference: ReferenceDraw = ReferenceDraw()
    overlay: tuple[str, ...] = ()
    formerly: tuple[str, ...] = ()
    run_types: tuple[RunType, ...] = ()
    needs: Needs | None = None
    accumulates: Literal["run", "lumisection", "latest", "trend"] | None = None
    window: str | None = None
    stale_after: float | None = None
    checks: Checks = None
    quality_results: QualityResults | None = None
    quality_persist: int | None = None
    instruction: str | None = None
    alarm: AlarmAt | None = None
    consequence: str | None = None
    feeds: tuple[Feeds, ...] = ()
    axes: dict[Literal["x", "y"], str] = {}
    part: str = ""
    flag: bool = False

    @property
    def accumulates_over(self) -> str:
        """What the element accumulates over: the run, unless the layout says else."""
        return self.accumulates or "run"

    @property
    def by_kind(self) -> bool:
        """The checks of its kind judge it, be they adopted or not."""
        return self.checks is None or "defaults" in self.checks

    @property
    def written_checks(self) -> Mapping[int, dict[str, Any]]:
        """The checks that the layout writes out, by their place in the list."""
        if not isinstance(self.checks, tuple):
            return {}
        return {at: each for at, each in enumerate(self.checks) if each != "defaults"}

    @property
    def window_lumisections(self) -> int | None:
        """Number of the last lumisections that are judged and drawn; None: the run."""
        return None if self.window is None else int(self.window.partition(" ")[0])


class Page(Part, frozen=True):
    """A page of plots.

    Attributes:
        page: its name, unique in the layout.
        audience: whom it is for; only "shift" pages roll up for the shifter.
        columns: columns of the grid, 1 to 6.
    """

    page: str
    plots: tuple[Plot, ...]
    description: str = ""
    audience: Literal["shift", "expert"] = "shift"
    columns: int = 3
    run_types: tuple[RunType, ...] = ()
    needs: Needs | None = None
    stale_after: float | None = None
    instruction: str | None = None
    checks: Checks = None
    quality_results: QualityResults | None = None
    quality_persist: int | None = None
    alarm: AlarmAt | None = None
    consequence: str | None = None


class Layout(Part, frozen=True):
    """One layout file: the pages of a subsystem or workspace.

    Attributes:
        commissioning: it is tried out: its verdicts are shown, and make no roll-up, no
            alarm and no flag.
        retiring: the last day on which it is used, ISO date: another takes its place.
    """

    layout: str
    pages: tuple[Page, ...]
    owner: str = ""
    description: str = ""
    defaults: Defaults = Defaults()
    run_types: tuple[RunType, ...] = ()
    needs: Needs | None = None
    commissioning: bool = False
    retiring: str = ""

    @property
    def title(self) -> str:
        """What it is called, with how far it is: "Hcal (commissioning)"."""
        if self.commissioning:
            return f"{self.layout} (commissioning)"
        return (
            f"{self.layout} (until {self.retiring})" if self.retiring else self.layout
        )


KEY_STEP = " › "


TOP = "(top)"  # the part of a source that is of no subsystem; "" is all of it


def subsystem_of(path: str) -> str:
    """The subsystem of an element: the first part of its path, "" when it has one."""
    first, slash, _ = path.partition("/")
    return first if slash else ""


def part_of(path: str) -> str:
    """The subsystem of an element, ``TOP`` when its path has one part."""
    return subsystem_of(path) or TOP


def subsystem_words(name: str) -> str:
    """A subsystem in a sentence; "what has no folder" for the part that is of none."""
    return name or "what has no folder"


def split_page(name: str) -> tuple[str, str]:
    """Layout and page of "Layout/Page"; a page's name may have slashes of its own."""
    layout, _, page = name.partition("/")
    return layout, page


def layout_of(key: str) -> str:
    """The layout of a plot's key; of a key without a plot the subsystem it names."""
    return key.partition(KEY_STEP)[0]


def path_of(key: str) -> str:
    """The path of a plot's element, by its key."""
    return key.rpartition(KEY_STEP)[2]


def plot_key(layout: str, page: str, path: str) -> str:
    """The name by which messages speak of a plot on a page."""
    return KEY_STEP.join((layout, page, path))


def page_key(layout: str, page: str) -> str:
    """The name by which roll-ups speak of a page."""
    return KEY_STEP.join((layout, page))
