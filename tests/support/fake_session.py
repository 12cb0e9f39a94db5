"""A session without an engine: tests and drawings put into it what they like.

Every histogram and every number in here is invented.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.model.frame import Comparison, Picture, Tile
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
from dqmconsole.model.message import Children, Found, FoundItem
from dqmconsole.model.reference import ReferenceNote
from dqmconsole.model.run import Client, Conditions, RunInfo
from dqmconsole.model.site import Site, SiteSettings
from dqmconsole.model.verdict import Status, Verdict, roll_up
from dqmconsole.shift.client import Changes
from dqmconsole.shift.feed import EngineState
from dqmconsole.shift.mailbox import Mailbox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.model.frame import NoticeFact, OutageFact
    from dqmconsole.model.message import MakeEvidence, WatchItem
    from dqmconsole.model.problem import Problem

NOW = 1_795_000_000.0
RUN = 398214
REFERENCE_RUN = 397951


class FakeSession:
    """The face of ``shift.client.EngineClient``; `push` what the engine would say."""

    def __init__(self, site: Site | None = None, source: str = "/dqm/live") -> None:
        self.site: Site | None = None
        self.source = source
        self.banner = ""
        self.moment: float | None = None
        self.blinded = False
        self.mailbox = Mailbox()
        self.engine = EngineState("live", "", 0.3)
        self.watched: list[WatchItem] = []
        self.watches = 0
        self.searched: list[tuple[int, str]] = []
        self.browsed: list[tuple[int, str]] = []
        self.opened: list[str] = []
        self.site_asked = self.reference_asked = ""
        self.closed = 0
        self.taken_up: list[int] = []
        self.examples_wanted: list[tuple[int, str, str]] = []
        self.evidence_wanted: list[MakeEvidence] = []
        self.words_added: list[tuple[int, str, str, str]] = []
        self.events: list[str] = []
        self._requests = itertools.count(1)
        self._version = itertools.count(1)
        self._pending = Changes()
        self._answer: dict[str, Tile] = {}
        if site is not None:
            self.put_site(site)

    # -- the face ------------------------------------------------------------

    def take(self) -> Changes:
        changes, self._pending = self._pending, Changes()
        return changes

    def watch(self, items: Sequence[WatchItem]) -> None:
        self.watched = list(items)
        self.watches += 1
        kept = {item.key for item in items}
        self.mailbox.tiles = {
            key: tile for key, tile in self.mailbox.tiles.items() if key in kept
        }
        for item in items:
            tile = self._answer.get(item.key)
            if tile is not None:
                self._show(compared(tile, item, self.mailbox.references.get(item.key)))

    def search(self, text: str, limit: int = 200) -> int:  # noqa: ARG002
        number = next(self._requests)
        self.searched.append((number, text))
        return number

    def browse(self, folder: str) -> int:
        number = next(self._requests)
        self.browsed.append((number, folder))
        return number

    def take_up(self, release: int) -> None:
        self.taken_up.append(release)

    def draw_examples(self, key: str, instruction: str, width: int, height: int) -> int:  # noqa: ARG002
        number = next(self._requests)
        self.examples_wanted.append((number, key, instruction))
        return number

    def make_evidence(self, wanted: MakeEvidence) -> int:
        number = next(self._requests)
        self.evidence_wanted.append(msgspec.structs.replace(wanted, request=number))
        return number

    def add_words(self, path: str, words: str, by: str = "") -> int:
        number = next(self._requests)
        self.words_added.append((number, path, words, by))
        return number

    def open(
        self,
        source: str,
        *,
        site: str = "",
        reference: str = "",
        banner: str = "",
        speed: float = 1.0,  # noqa: ARG002
        recorded: bool = False,  # noqa: ARG002
    ) -> None:
        self.source, self.banner, self.moment = source, banner, None
        self.site_asked, self.reference_asked = site, reference
        self.opened.append(source)
        self.site = None
        self.mailbox.tiles, self.mailbox.verdicts, self.mailbox.rollups = {}, {}, {}

    def set_blinded(self, on: bool) -> None:
        self.blinded = on

    def end_blinding(self) -> None:
        self.blinded = False

    def close(self) -> None:
        self.closed += 1
        self.events.append("closed")

    # -- what the engine would say ---------------------------------------------

    def put_site(self, site: Site) -> None:
        self.site = site
        self.mailbox.problems["layout"] = site.problems
        self._say(site=True, problems=True, statuses=True)

    def put_run(self, run: RunInfo) -> None:
        self.mailbox.run = run
        self._say(run=True)

    def put_tile(self, tile: Tile, reference: Histogram | None = None) -> None:
        """A tile the engine has; it reaches the console when it is watched."""
        tile = msgspec.structs.replace(tile, version=next(self._version))
        self._answer[tile.key] = tile
        if reference is not None:
            self.mailbox.references[tile.key] = reference
        self.put_verdict(tile.key, tile.verdict)
        if tile.key in {item.key for item in self.watched}:
            self._show(tile)

    def put_verdict(self, key: str, verdict: Verdict) -> None:
        self.mailbox.verdicts[key] = verdict
        for layout in self.site.layouts if self.site else ():
            everything = []
            for page in layout.pages:
                keys = [plot_key(layout.layout, page.page, p.path) for p in page.plots]
                found = [
                    self.mailbox.verdicts[key].status
                    for key in keys
                    if key in self.mailbox.verdicts
                ]
                self.mailbox.rollups[page_key(layout.layout, page.page)] = roll_up(
                    found
                )
                if page.audience == "shift":
                    everything += found
            self.mailbox.rollups[layout.layout] = roll_up(everything)
        self._say(statuses=True)

    def put_engine(self, state: str, sentence: str, silent_for: float | None) -> None:
        self.engine = EngineState(state, sentence, silent_for)
        self._say(engine=True)

    def put_outage(self, fact: OutageFact) -> None:
        self.mailbox.outages.pop(fact.subsystem, None)
        if fact.sentence:
            self.mailbox.outages[fact.subsystem] = fact
        self._say(statuses=True)

    def put_notice(self, fact: NoticeFact) -> None:
        self.mailbox.notices[fact.name] = fact
        self._say(notices=True)

    def put_problems(self, kind: str, problems: tuple[Problem, ...]) -> None:
        self.mailbox.problems[kind] = problems
        self._say(problems=True)

    def put_found(self, items: Sequence[FoundItem], total: int = 0) -> None:
        """Answer the latest search."""
        number = self.searched[-1][0]
        answer = Found(number, self.mailbox.run.run, tuple(items), total or len(items))
        self._say(found=answer)

    def put_children(
        self, folder: str, folders: Sequence[str], items: Sequence[FoundItem]
    ) -> None:
        """Answer the latest question for a folder."""
        number = next(n for n, asked in reversed(self.browsed) if asked == folder)
        answer = Children(
            number, self.mailbox.run.run, folder, tuple(folders), tuple(items)
        )
        self._say(children=(*self._pending.children, answer))

    def _show(self, tile: Tile) -> None:
        self.mailbox.tiles[tile.key] = tile
        self._say(tiles=self._pending.tiles | {tile.key})

    def _say(self, **changes: object) -> None:
        self._pending = msgspec.structs.replace(self._pending, **changes)


def compared(tile: Tile, item: WatchItem, reference: Histogram | None) -> Tile:
    """What the engine does for the modes ratio and difference."""
    picture = tile.picture
    if item.mode not in ("ratio", "difference"):
        return tile
    if reference is None or picture is None or picture.data is None:
        return tile
    data, against = picture.data.values(), reference.values() * tile.note.scale
    if item.mode == "ratio":
        values = np.divide(
            data, against, out=np.full_like(data, np.nan), where=against > 0
        )
    else:
        values = data - against
    comparison = Comparison(mode=item.mode, values=values)
    changed = msgspec.structs.replace(picture, comparison=comparison)
    return msgspec.structs.replace(
        tile, picture=changed, version=tile.version + 1_000_000
    )


# -- invented histograms ---------------------------------------------------------


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
    return Site("/site", hash, SiteSettings("CMS"), tuple(layouts), known=(_KNOWN,))


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


def live_session() -> FakeSession:
    """A whole site with data for every plot; most of it good."""
    client = FakeSession(site())
    client.put_run(run_info())
    assert client.site is not None
    shapes = itertools.cycle(("peak", "landau", "turn-on", "flat"))
    for layout in client.site.layouts:
        for page in layout.pages:
            for plot, shape in zip(page.plots, shapes, strict=False):
                key = plot_key(layout.layout, page.page, plot.path)
                name = plot.path.rsplit("/", 1)[-1]
                if "Occupancy" in plot.path:
                    hole = "depth1" in plot.path
                    client.put_tile(
                        tile_of(
                            key,
                            occupancy(name, seed=len(name), hole=hole),
                            HOLE if hole else GOOD,
                        ),
                        occupancy(name, seed=7),
                    )
                    continue
                verdict, shift = GOOD, 0.0
                if key == TIME:
                    verdict, shift, shape = LATE, 0.55, "peak"
                if "TurnOn" in plot.path:
                    verdict, shape = FEW, "turn-on"
                many = 900 if verdict is FEW else 12000
                client.put_tile(
                    tile_of(
                        key, curve(name, shape, entries=many, shift=shift), verdict
                    ),
                    curve(name, shape, seed=9, entries=many),
                )
    return client
