"""A session without an engine: tests and drawings put into it what they like.

Every histogram and every number in here is invented.
"""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import numpy as np

from dqmconsole.model.alarm import chain_test_alarm
from dqmconsole.model.compare import difference, pull, ratio
from dqmconsole.model.frame import (
    Frame,
    Picture,
    ProblemsFact,
    ReleaseFact,
    RollupFact,
    Tile,
    VerdictFact,
)
from dqmconsole.model.histogram import Axis, Histogram
from dqmconsole.model.known_issue import KnownIssue
from dqmconsole.model.layout import (
    Draw,
    Layout,
    Needs,
    Page,
    Plot,
    ReferenceDraw,
    page_key,
    plot_key,
)
from dqmconsole.model.message import (
    AddWords,
    AskChainTest,
    AskRecorded,
    Browse,
    Children,
    DrawExamples,
    Found,
    FoundItem,
    MakeEvidence,
    RecordedFound,
    Search,
    SiteMessage,
    TakeUp,
    UseReference,
    Watch,
)
from dqmconsole.model.reference import ReferenceNote
from dqmconsole.model.run import Client, Conditions, RunInfo
from dqmconsole.model.site import ConditionPaths, Site, SiteSettings
from dqmconsole.model.verdict import Rollup, Status, Verdict, by_default, roll_up
from dqmconsole.shift.client import Changes, EngineClient
from dqmconsole.shift.feed import EngineState, Feed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dqmconsole.model.alarm import Alarm
    from dqmconsole.model.frame import (
        Fact,
        FalseAlarmsFact,
        NoticeFact,
        OutageFact,
        ReferenceFact,
        RunsFact,
    )
    from dqmconsole.model.history import LumisectionsFact, TransitionFact
    from dqmconsole.model.message import Down, Open, Up, WatchItem
    from dqmconsole.model.past import PastMoment
    from dqmconsole.model.problem import Problem, ProblemKind
    from dqmconsole.model.release import Release

Kind = TypeVar("Kind")

NOW = 1_795_000_000.0
RUN = 398214
REFERENCE_RUN = 397951


class FakeFeed(Feed):
    """The way to an engine that is not there: what is sent down is kept.

    Attributes:
        sent: all that the console said, oldest first.
        opens: what it opened.
        ahead: what is read ahead; None while nothing is.
        closed, closed_sources: how often it, or what it had open, was closed.
        stated: how the engine is.
        incoming: what the next look brings.
    """

    def __init__(self) -> None:
        self.sent: list[Down] = []
        self.opens: list[Open] = []
        self.ahead: Open | None = None
        self.closed = 0
        self.closed_sources = 0
        self.stated = EngineState("live", "", 0.3)
        self.incoming: list[Up | Down] = []

    def open(self, request: Open) -> None:
        self.opens.append(request)
        self.ahead = None

    def close_source(self) -> None:
        self.closed_sources += 1

    def open_ahead(self, request: Open) -> None:
        self.ahead = request

    def end_ahead(self) -> None:
        self.ahead = None

    def put(self, message: Down) -> None:
        self.sent.append(message)

    def take(self) -> list[Up | Down]:
        incoming, self.incoming = self.incoming, []
        return incoming

    def state(self) -> EngineState:
        return self.stated

    def close(self) -> None:
        self.closed += 1


class FakeSession(EngineClient):
    """The real client of an engine that is not there; `put_…` what it would say.

    What is put stands in the mailbox at once, and the next :meth:`take` says so.
    """

    def __init__(self, site: Site | None = None, source: str = "/dqm/live") -> None:
        self.feed = FakeFeed()
        super().__init__(self.feed)
        self.source = source
        self.engine = self.feed.stated
        self._numbers = itertools.count(1)
        self._said: list[Changes] = []
        self._tiles: dict[str, tuple[Tile, Histogram | None]] = {}
        if site is not None:
            self.put_site(site)

    def take(self) -> Changes:
        said, self._said = self._said, []
        return _merged([*said, super().take()])

    def watch(self, items: Sequence[WatchItem], past: PastMoment | None = None) -> None:
        super().watch(items, past)
        drawn = [self._drawn(item) for item in items if item.key in self._tiles]
        if past is not None:
            drawn = [then(tile, past) for tile in drawn]
        if drawn:
            self._frame(tiles=tuple(drawn))

    def open(self, source: str, **given: Any) -> None:  # noqa: ANN401 - as the client's
        self._tiles = {}
        super().open(source, **given)

    def close_source(self) -> None:
        self._tiles = {}
        super().close_source()

    # -- what was asked ----------------------------------------------------------

    def _sent(self, kind: type[Kind]) -> list[Kind]:
        return [each for each in self.feed.sent if isinstance(each, kind)]

    @property
    def watched(self) -> list[WatchItem]:
        return list(self._sent(Watch)[-1].items) if self.watches else []

    @property
    def watches(self) -> int:
        return len(self._sent(Watch))

    @property
    def searched(self) -> list[tuple[int, str]]:
        return [(each.request, each.text) for each in self._sent(Search)]

    @property
    def browsed(self) -> list[tuple[int, str]]:
        return [(each.request, each.folder) for each in self._sent(Browse)]

    @property
    def taken_up(self) -> list[int]:
        return [each.release for each in self._sent(TakeUp)]

    @property
    def examples_wanted(self) -> list[tuple[int, str, str]]:
        return [
            (each.request, each.key, each.instruction)
            for each in self._sent(DrawExamples)
        ]

    @property
    def evidence_wanted(self) -> list[MakeEvidence]:
        return self._sent(MakeEvidence)

    @property
    def words_added(self) -> list[AddWords]:
        return self._sent(AddWords)

    @property
    def opened(self) -> list[str]:
        return [each.source for each in self.feed.opens]

    @property
    def closed(self) -> int:
        return self.feed.closed

    @property
    def recorded_asked(self) -> list[tuple[int, int]]:
        return [(each.request, each.run) for each in self._sent(AskRecorded)]

    @property
    def references_used(self) -> list[tuple[int, str]]:
        return [(each.run, each.file) for each in self._sent(UseReference)]

    # -- what the engine would say ---------------------------------------------

    def put_site(self, site: Site) -> None:
        """Another site is in force; verdicts that were said are said again."""
        verdicts = dict(self._unblinded.verdicts)
        self._put_now(SiteMessage(site))
        if verdicts:
            self._judge(verdicts)

    def put_run(self, run: RunInfo) -> None:
        self._frame(run)

    def put_tile(self, tile: Tile, reference: Histogram | None = None) -> None:
        """A tile the engine has; it reaches the console when it is watched."""
        self.put_tiles([(tile, reference)])

    def put_tiles(self, tiles: Iterable[tuple[Tile, Histogram | None]]) -> None:
        """Likewise several, each with its reference."""
        came = {}
        for tile, reference in tiles:
            tile = msgspec.structs.replace(tile, version=next(self._numbers))
            self._tiles[tile.key] = tile, reference
            came[tile.key] = tile.verdict
        self._judge(came)
        drawn = [self._drawn(item) for item in self.watched if item.key in came]
        if drawn:
            self._frame(tiles=tuple(drawn))

    def put_verdict(self, key: str, verdict: Verdict) -> None:
        self._judge({key: verdict})

    def put_engine(self, state: str, sentence: str, silent_for: float | None) -> None:
        self.feed.stated = EngineState(state, sentence, silent_for)  # type: ignore[arg-type]
        self.engine = self.feed.stated
        self._said.append(Changes(engine=True))

    def put_outage(self, fact: OutageFact) -> None:
        self._frame(facts=(fact,))

    def put_alarms(self, *alarms: Alarm) -> None:
        self._frame(facts=alarms)

    def put_notice(self, fact: NoticeFact) -> None:
        self._frame(facts=(fact,))

    def put_references(
        self, *facts: ReferenceFact | RunsFact | FalseAlarmsFact
    ) -> None:
        self._frame(facts=facts)

    def put_chain_test(self) -> None:
        """The engine answers the test of the alarms that was asked for last."""
        request = self._sent(AskChainTest)[-1].request
        self._frame(facts=(chain_test_alarm(request, RUN, NOW),))

    def put_history(self, *facts: TransitionFact | LumisectionsFact) -> None:
        self._frame(facts=facts)

    def put_release(self, release: Release | None) -> None:
        """Another release than the one that is read is in force; or none waits."""
        self._frame(facts=(ReleaseFact(release, 1),))

    def put_problems(self, kind: ProblemKind, problems: tuple[Problem, ...]) -> None:
        self._frame(facts=(ProblemsFact(kind, problems),))

    def answer(self, message: Up) -> None:
        """Answer a request; it comes with the next look."""
        self.feed.incoming.append(message)

    def put_recorded(self, *ends: int, client: str = "Hcal", words: str = "") -> None:
        """Answer the latest question for recorded updates: where they end."""
        number, run = self.recorded_asked[-1]
        updates = {client: ends} if ends else {}
        self.answer(RecordedFound(number, run, updates, words))

    def put_found(self, items: Sequence[FoundItem], total: int = 0) -> None:
        """Answer the latest search."""
        number = self.searched[-1][0]
        run = self.mailbox.run.run
        self.answer(Found(number, run, tuple(items), total or len(items)))

    def put_children(
        self, folder: str, folders: Sequence[str], items: Sequence[FoundItem]
    ) -> None:
        """Answer the latest question for a folder."""
        number = next(n for n, asked in reversed(self.browsed) if asked == folder)
        run = self.mailbox.run.run
        self.answer(Children(number, run, folder, tuple(folders), tuple(items)))

    def _drawn(self, item: WatchItem) -> Tile:
        """A tile as it is asked for: with its reference, compared where wanted."""
        tile, reference = self._tiles[item.key]
        picture = tile.picture
        if picture is None or reference is None:
            return tile
        version, comparison = tile.version, None
        compare = {"ratio": ratio, "difference": difference, "pull": pull}.get(
            item.mode or ""
        )
        if picture.data is not None and compare is not None:
            comparison = compare(picture.data, reference, tile.note.scale)
            version += 1_000_000  # other pixels
        changed = msgspec.structs.replace(
            picture, reference=reference, reference_is_new=True, comparison=comparison
        )
        return msgspec.structs.replace(tile, picture=changed, version=version)

    def _judge(self, verdicts: dict[str, Verdict]) -> None:
        """Say verdicts, and what they make of every page and layout."""
        known = self._unblinded.verdicts | verdicts
        run = self.mailbox.run.run
        facts: list[Fact] = [
            VerdictFact(key, run, verdict) for key, verdict in verdicts.items()
        ]
        for layout in self.site.layouts if self.site else ():
            everything: list[Verdict] = []
            for page in layout.pages:
                keys = [plot_key(layout.layout, page.page, p.path) for p in page.plots]
                found = [known[key] for key in keys if key in known]
                name = page_key(layout.layout, page.page)
                facts.append(RollupFact(name, rolled_up(found)))
                if page.audience == "shift":
                    everything += found
            facts.append(RollupFact(layout.layout, rolled_up(everything)))
        self._frame(facts=tuple(facts))

    def _frame(
        self,
        run: RunInfo | None = None,
        tiles: tuple[Tile, ...] = (),
        facts: tuple[Fact, ...] = (),
    ) -> None:
        hash_ = self.site.hash if self.site else ""
        run = run or self._unblinded.run
        self._put_now(Frame(next(self._numbers), NOW, hash_, run, tiles, facts))

    def _put_now(self, message: Up) -> None:
        waiting, self.feed.incoming = self.feed.incoming, [message]
        self._said.append(super().take())
        self.feed.incoming = waiting


def then(tile: Tile, past: PastMoment) -> Tile:
    """A tile as the record would have it."""
    span = f"LS {past.first or 1}–{past.last}"
    return msgspec.structs.replace(
        tile,
        run=past.run,
        version=tile.version + past.last,
        verdict=Verdict(Status.NOT_CHECKED, "no verdict of that moment is known"),
        produced=NOW - 3600,
        stale_after=None,
        span=span,
        banner=f"{span} of run {past.run}, recorded",
        recorded=True,
        past=past,
    )


def rolled_up(verdicts: Sequence[Verdict]) -> Rollup:
    """What the engine would make of verdicts."""
    return roll_up([each.status for each in verdicts], by_default=by_default(verdicts))


# -- invented histograms ---------------------------------------------------------


@functools.cache
def curve(
    name: str,
    shape: str = "peak",
    *,
    seed: int = 1,
    entries: int = 12000,
    shift: float = 0,
) -> Histogram:
    """One axis of 100 bins: a "peak", a "landau", a "turn-on" or "flat"."""
    axis = Axis(100, -3.0, 3.0, title="TS")
    x = axis.centers
    if shape == "peak":
        expected = np.exp(-0.5 * ((x - shift) / 0.5) ** 2) + 0.02
    elif shape == "landau":
        z = (x + 2.0) * 2
        expected = np.exp(-0.5 * (z + np.exp(-z)))
    elif shape == "turn-on":
        expected = 1 / (1 + np.exp(-4 * x))
    else:
        expected = np.ones_like(x)
    drawn = np.random.default_rng(seed).poisson(expected / expected.sum() * entries)
    contents = np.zeros(102)
    contents[1:-1] = drawn
    return Histogram(
        name=name,
        title=name,
        root_class="TH1F",
        axes=(axis,),
        contents=contents,
        entries=float(drawn.sum()),
        y_title="entries",
    )


@functools.cache
def occupancy(name: str, *, seed: int = 1, hole: bool = False) -> Histogram:
    """A map of 82 by 72 towers, with one readout box empty or not."""
    axes = (Axis(82, -41, 41, title="iη"), Axis(72, 0.5, 72.5, title="iφ"))
    expected = 25 + 40 * np.exp(-0.5 * (axes[0].centers / 18) ** 2)
    drawn = (
        np.random.default_rng(seed)
        .poisson(np.repeat(expected[:, None], 72, axis=1))
        .astype(float)
    )
    if hole:
        drawn[41:49, 10:24] = 0
    contents = np.zeros((84, 74))
    contents[1:-1, 1:-1] = drawn
    return Histogram(
        name=name,
        title=name,
        root_class="TH2F",
        axes=axes,
        contents=contents,
        entries=float(drawn.sum()),
        y_title="digis per tower",
    )


# -- an invented site and its data --------------------------------------------------

GOOD = Verdict(Status.GOOD, "like the reference: chi2 p = 0.41", "chi2", 12, 0.41)
HOLE = Verdict(
    Status.BAD,
    "8 of 82 iη rings are empty in iφ 11–24: one readout box (HBM09)",
    "dead_channels",
    402,
)
LATE = Verdict(
    Status.WARNING, "peak 0.55 TS late; usual spread 0.10 TS", "peak", 409, 0.55
)
FEW = Verdict(Status.LOW_STATISTICS, "41 of 500 entries needed")

HCAL = "Hcal"
DIGIS = "Digi occupancy"
DEPTH1 = plot_key(HCAL, DIGIS, "Hcal/DigiTask/Occupancy/depth1")
CHARGE = plot_key(HCAL, DIGIS, "Hcal/DigiTask/Charge/HB")
TIME = plot_key(HCAL, DIGIS, "Hcal/DigiTask/Timing/HE")
OTHERS = (
    *("Info", "FED", "L1T", "L1TEMU", "HLT", "PixelPhase1", "SiStrip", "Ecal"),
    *("Castor", "DT", "CSC", "RPC", "CTPPS", "BRIL", "BeamMonitor"),
)
_KNOWN = KnownIssue(
    problem="HBP14 is off this week; 4 towers empty",
    subsystem=HCAL,
    paths=("Hcal/DigiTask/Occupancy/*",),
    owner="hcal-dqm",
    expires="2026-11-30",
    news="empty towers elsewhere",
)


def hcal() -> Layout:
    """The layout of the drawing."""
    stable = Needs(dcs=("HBHEa", "HBHEb", "HBHEc"), beam=("stable beams",))
    plots = (
        Plot(
            "Hcal/DigiTask/Occupancy/depth1",
            "Occupancy, depth 1",
            "Digis per tower, depth 1, since the run began.",
            (2, 1),
            Draw(style="map"),
            ReferenceDraw("none", "events"),
            needs=stable,
        ),
        Plot("Hcal/DigiTask/Occupancy/depth2", "Occupancy, depth 2", draw=Draw("map")),
        Plot(
            "Hcal/DigiTask/Charge/HB",
            "Digi charge, HB",
            "Charge per digi, all depths.",
            reference=ReferenceDraw("overlay", "area"),
        ),
        Plot("Hcal/DigiTask/Timing/HE", "Pulse time, HE", needs=stable),
        Plot("Hcal/TPTask/TurnOn", "Trigger tower turn-on"),
    )
    summary = tuple(
        Plot(f"Hcal/Summary/check{number}", f"Summary {number}") for number in (1, 2)
    )
    timing = tuple(
        Plot(f"Hcal/Timing/ring{number}", f"Ring {number}") for number in range(1, 10)
    )
    return Layout(
        HCAL,
        (
            Page("Run summary", summary, columns=2),
            Page(DIGIS, plots, columns=3),
            Page("Timing", timing, columns=3),
            Page("Channels", timing[:3], audience="expert", columns=3),
        ),
        owner="hcal-dqm",
    )


PATHS = ConditionPaths(
    events="Info/events", integrated="Info/light", pileup="Info/pileup", dcs="Info/dcs"
)


def site(layouts: Sequence[Layout] | None = None, hash: str = "a1") -> Site:
    """Hcal, and fifteen layouts of two pages of six plots."""
    if layouts is None:
        layouts = [
            Layout(
                name,
                tuple(
                    Page(
                        title,
                        tuple(
                            Plot(f"{name}/{title}/plot{n}", f"{name} {title} {n}")
                            for n in range(1, 7)
                        ),
                    )
                    for title in ("Summary", "Rates")
                ),
            )
            for name in OTHERS
        ]
        layouts.insert(8, hcal())
    settings = SiteSettings(
        "CMS", conditions=PATHS, data_expected={"collisions": ("stable beams",)}
    )
    return Site("/site", hash, settings, tuple(layouts), known=(_KNOWN,))


def run_info(run: int = RUN, lumisection: int = 417) -> RunInfo:
    """A run in stable beams."""
    conditions = Conditions(
        run_type="collisions",
        fill=10412,
        beam_mode="stable beams",
        beam_energy=6800.0,
        luminosity=19500.0,
        pileup=58.2,
        magnet=3.8,
    )
    producer = Client(
        HCAL,
        run,
        lumisection,
        "live",
        "live",
        produced=NOW - 4,
        period=5.0,
        events=123456,
        rate=82.0,
        lag=4.0,
        host="dqmrubu-c2a06-01",
        pid=4711,
    )
    return RunInfo(
        run=run,
        lumisection=lumisection,
        conditions=conditions,
        rate=82.0,
        lag=11.0,
        slowest="SiStrip",
        clients=(producer,),
    )


def note(mode: str = "events") -> ReferenceNote:
    """A reference that somebody chose."""
    return ReferenceNote(
        run=REFERENCE_RUN,
        normalize=mode,  # type: ignore[arg-type]
        scale=1.0,
        origin="layouts/references/collisions.root",
        chosen_by="hcal-dqm",
        chosen_on="2026-11-21",
        why="last fill before the technical stop",
    )


def tile_of(
    key: str,
    data: Histogram,
    verdict: Verdict = GOOD,
    *,
    produced: float | None = NOW - 4,
    run: int = RUN,
    banner: str = "",
    about: ReferenceNote | None = None,
) -> Tile:
    """A tile as the engine makes it."""
    return Tile(
        key=key,
        path=key.rsplit(" › ", 1)[-1],
        run=run,
        version=1,
        verdict=verdict,
        note=note() if about is None else about,
        picture=Picture(data=data),
        produced=produced,
        stale_after=60.0,
        span="LS 1–417",
        banner=banner,
    )


def live_session(made: Site | None = None) -> FakeSession:
    """A whole site with data for every plot; most of it good."""
    made = made or site()
    client = FakeSession(made)
    client.put_run(run_info())
    client.put_tiles(live_tiles(made))
    return client


def live_tiles(site: Site) -> Iterator[tuple[Tile, Histogram]]:
    """A tile of every plot of a site, with its reference."""
    shapes = itertools.cycle(("peak", "landau", "turn-on", "flat"))
    for layout in site.layouts:
        for page in layout.pages:
            for plot, shape in zip(page.plots, shapes, strict=False):
                key = plot_key(layout.layout, page.page, plot.path)
                yield _live_tile(key, plot.path, shape)


def _live_tile(key: str, path: str, shape: str) -> tuple[Tile, Histogram]:
    name = path.rsplit("/", 1)[-1]
    if "Occupancy" in path:
        hole = "depth1" in path
        data = occupancy(name, seed=len(name), hole=hole)
        return tile_of(key, data, HOLE if hole else GOOD), occupancy(name, seed=7)
    verdict, shift = GOOD, 0.0
    if key == TIME:
        verdict, shift, shape = LATE, 0.55, "peak"
    if "TurnOn" in path:
        verdict, shape = FEW, "turn-on"
    many = 900 if verdict is FEW else 12000
    data = curve(name, shape, entries=many, shift=shift)
    return tile_of(key, data, verdict), curve(name, shape, seed=9, entries=many)


def _merged(looks: list[Changes]) -> Changes:
    """What several looks into the mailbox brought, as one."""
    found: dict[str, Any] = {}
    for look in looks:
        for name in Changes.__struct_fields__:
            value, before = getattr(look, name), found.get(name)
            if isinstance(value, frozenset):
                value |= before or frozenset()
            elif isinstance(value, tuple):
                value = (*(before or ()), *value)
            found[name] = value or before or value
    return Changes(**found)
