"""Plots judged by their checks in the running engine, update by update."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec
import numpy as np
import pytest
from engine.fakes import PATHS, FakeSource, a_map, line, quality

from dqmconsole.checks.declared import broken
from dqmconsole.engine import checking
from dqmconsole.engine.checking import batch_of
from dqmconsole.engine.context import SourceContext
from dqmconsole.engine.memory import Memory
from dqmconsole.engine.plot_checks import TYPE_COMES_IN
from dqmconsole.model.alarm import Alarm
from dqmconsole.model.cause import Extent
from dqmconsole.model.frame import RollupFact
from dqmconsole.model.histogram import Axis, Histogram, Scalar
from dqmconsole.model.known_issue import KnownIssue, Region
from dqmconsole.model.layout import Layout, Needs, Page, Plot, ReferenceDraw
from dqmconsole.model.message import Export, Exported, MakeEvidence, Up, WatchItem
from dqmconsole.model.reference import ReferenceRule
from dqmconsole.model.run import RunState
from dqmconsole.model.site import Site, SiteSettings
from dqmconsole.model.verdict import Status, Verdict
from dqmconsole.rootio.write import write_dqm
from dqmconsole.site.bundle import read_bundle

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.checks.batch import Batch
    from dqmconsole.engine.checking import Subject
    from dqmconsole.engine.extents import Letter
    from dqmconsole.model.frame import Fact, Tile
    from dqmconsole.model.graph import Element

RUN = 7
PATH = "Hcal/Digi/Occupancy"
OTHER = "Ecal/Digi/Occupancy"
OTHER_HCAL = "Hcal/Digi/Other"
KEY = "Hcal › Digi › " + PATH
GOOD, WARNING, BAD = Status.GOOD, Status.WARNING, Status.BAD
DEAD = {"dead_channels": {"against": "reference", "ring": "none"}}
FEW = {"bins_below": {"limit": 0.5, "bad_above": 0}}
CELLS = 40
ALL = np.ones(CELLS)
HALF = np.where(np.arange(CELLS) < 4, 0.0, 1.0)  # a tenth of them is dead


class Scene:
    """One plot of a client that writes an update a lumisection."""

    def __init__(self, folder: Path, plot: Plot, **site: object) -> None:
        reference = folder / "reference.root"
        filled = line("Occupancy", list(1000 * ALL))
        write_dqm(reference, 1, {"Hcal/Digi": [filled]})
        layout = Layout("Hcal", (Page("Digi", (plot,)),))
        base = {"layouts": (layout,), "settings": SiteSettings("x", conditions=PATHS)}
        self.folder = folder
        self.site = Site(folder=str(folder), hash="s", **(base | site))  # type: ignore[arg-type]
        self.source = FakeSource()
        given = "" if self.site.references else str(reference)
        self.context = SourceContext(
            self.source, folder, given, reading=(self.site, {})
        )
        self.total = np.zeros(CELLS)
        self.lumisection = 0
        self.now = 1000.0

    def begin_again(self) -> None:
        """Another engine comes, which knows what the one before kept."""
        self.context.close()
        self.context = SourceContext(
            *(self.source, self.folder, str(self.folder / "reference.root")),
            reading=(self.site, {}),
            memory=Memory(self.folder, "/dqm"),
        )

    def update(
        self,
        rate: object = ALL,
        *,
        code: int = 0,
        algorithm: str = "ContentsYRange",
        **client: object,
    ) -> Verdict:
        """The verdict after a lumisection in which cells were filled at these rates."""
        self.lumisection += 1
        self.now += 23.0
        self.total = self.total + 100 * np.asarray(rate)
        filled = line("Occupancy", list(self.total))
        return self.write(filled, code=code, algorithm=algorithm, **client)

    def write(
        self,
        histogram: Element,
        *,
        code: int = 0,
        algorithm: str = "ContentsYRange",
        **client: object,
    ) -> Verdict:
        said = msgspec.structs.replace(quality("Occupancy", code), algorithm=algorithm)
        results = {PATH: (said,)} if code else None
        base: dict[str, object] = {
            "lumisection": self.lumisection,
            "events": 1000 * self.lumisection,
            "produced": self.now,
            "host": "here",
            "pid": 1,
        }
        self.source.snapshot(RUN, "Hcal", {PATH: histogram}, results, **(base | client))
        return self.judged()

    def judged(self) -> Verdict:
        self.context.poll(self.now)
        while self.context.judging.pending:
            self.context.judge(float("inf"))
        verdict = self.context.judging.plots[KEY].verdict
        assert verdict is not None
        return verdict

    def facts(self) -> list[Fact]:
        return self.context.take_facts()

    def tile(self, width: int = 400, height: int = 300) -> Tile:
        self.context.watch((WatchItem(KEY, PATH, width, height),))
        self.context.poll(self.now + 1.0)
        (tile,) = self.context.draw(float("inf"))
        return tile

    def statuses(self, *rates: object, **more: object) -> list[Status]:
        return [self.update(rate, **more).status for rate in rates]  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def test_a_check_of_the_layout_judges_at_once(folder: Path) -> None:
    scene = Scene(folder, Plot(PATH, checks=(DEAD,)))
    assert scene.statuses(ALL, HALF) == [GOOD, BAD]
    verdict = scene.update(HALF)
    assert verdict.test == "dead_channels"
    assert verdict.adopted
    assert verdict.sentence.startswith("4 of 40 cells dead")
    assert verdict.sentence.endswith("in LS 3")  # the run so far has half in them
    assert verdict.checks[0].configuration == (
        "dead_channels: {against: reference, ring: none}"
    )


def test_the_span_of_a_verdict_is_said_in_the_words_of_the_site(folder: Path) -> None:
    spills = SiteSettings("x", conditions=PATHS, lumisection="spill")
    scene = Scene(folder, Plot(PATH, checks=(DEAD,)), settings=spills)
    scene.statuses(ALL, HALF)
    assert scene.update(HALF).sentence.endswith("in spill 3")
    assert scene.tile().span == "spill 1–3"
    windowed = Plot(PATH, checks=(DEAD,), window="2 LS")
    scene = Scene(folder, windowed, settings=spills)
    scene.statuses(ALL, ALL, ALL)
    assert scene.update(HALF).sentence.endswith("in spill 4")
    assert scene.tile().span == "spill 3–4"


def test_what_was_bad_is_good_now(folder: Path) -> None:
    scene = Scene(folder, Plot(PATH, checks=(DEAD | {"updates": [1, 3]},)))
    assert set(scene.statuses(*[HALF] * 20)) == {BAD}
    told = [scene.update(ALL) for _ in range(3)]
    assert told[-1].status is GOOD
    assert told[-1].sentence.startswith("good now; the run so far is BAD: 4 of 40")
    assert told[-1].checks[0].span == "LS 21–23"


def test_a_default_never_says_bad(folder: Path) -> None:
    gone = np.where(np.arange(CELLS) < 10, 0.0, 1.0)
    scene = Scene(folder, Plot(PATH))
    told = [scene.update(rate).sentence for rate in [gone] * 20 + [ALL] * 4]
    assert any("good now; the run so far is WARNING" in each for each in told)
    assert not any("BAD" in each for each in told)


def test_a_layout_may_ask_for_updates_in_a_row(folder: Path) -> None:
    scene = Scene(folder, Plot(PATH, checks=(DEAD | {"persist": 2},)))
    assert scene.statuses(ALL, HALF, HALF) == [GOOD, GOOD, BAD]


def test_a_default_warns_after_three_updates_and_says_what_it_is(folder: Path) -> None:
    scene = Scene(folder, Plot(PATH))
    scene.update()
    told = [scene.update(HALF) for _ in range(3)]
    assert [each.status for each in told] == [GOOD, GOOD, WARNING]
    verdict = told[-1]
    assert not verdict.adopted
    assert verdict.sentence.startswith("default, not adopted: a hole of 4 bins")
    assert {each.origin for each in verdict.checks} == {"default"}
    rolled = [each for each in scene.facts() if isinstance(each, RollupFact)]
    assert rolled[-1].rollup.status is WARNING
    assert not rolled[-1].rollup.adopted


def test_adopted_defaults_may_be_bad(folder: Path) -> None:
    scene = Scene(folder, Plot(PATH, checks="defaults"))
    gone = np.where(np.arange(CELLS) < 10, 0.0, 1.0)
    told = [scene.update(rate) for rate in (ALL, gone, gone, gone)]
    assert told[-1].status is BAD
    assert told[-1].adopted


def test_checks_that_are_written_beside_the_adopted_defaults(folder: Path) -> None:
    """Each keeps its own: those of its kind wait for three updates."""
    by_area = Plot(PATH, reference=ReferenceDraw(normalize="area"))
    scene = Scene(folder, msgspec.structs.replace(by_area, checks=("defaults", DEAD)))
    one = np.where(np.arange(CELLS) < 1, 0.0, 1.0)  # less than the defaults look for
    assert scene.statuses(ALL, one) == [GOOD, BAD]
    verdict = scene.update(one)
    assert (verdict.test, verdict.adopted) == ("dead_channels", True)
    found = {each.check: each for each in verdict.checks}
    assert found.keys() >= {"no_bad_numbers", "kolmogorov", "holes", "dead_channels"}
    assert {each.origin for each in verdict.checks} == {"layout"}
    quiet = msgspec.structs.replace(by_area, checks=("defaults", {"not_empty": {}}))
    scene = Scene(folder, quiet)
    told = [scene.update(rate) for rate in (ALL, HALF, HALF, HALF)]
    assert [each.status for each in told] == [GOOD, GOOD, GOOD, WARNING]
    assert told[-1].test == "holes"


@pytest.mark.parametrize("checks", [None, "defaults"])
def test_what_is_bad_is_not_good_because_nothing_judges_it_any_more(
    folder: Path, checks: Literal["defaults"] | None
) -> None:
    """One negative count makes no other kind of it; other bins take its reference."""
    scene = Scene(folder, Plot(PATH, checks=checks))
    scene.update()
    assert scene.statuses(HALF, HALF, HALF)[-1] is WARNING
    scene.total[:4] = -1e3
    assert scene.statuses(HALF, HALF, HALF, pid=2) == [WARNING] * 3
    scene.lumisection += 1
    verdict = scene.write(line("Occupancy", [100.0] * 60))
    lost = Status.NOT_CHECKED if checks is None else Status.NO_REFERENCE
    assert verdict.status is lost
    words = "binning differs in x: reference 40 bins, data 60; last WARNING"
    assert words in verdict.sentence


def test_adopted_defaults_of_what_has_no_reference_judge_nothing(folder: Path) -> None:
    scene = Scene(folder, Plot(PATH, checks="defaults"))
    scene.context.close()
    scene.context = SourceContext(scene.source, folder, "", reading=(scene.site, {}))
    verdict = scene.update()
    assert verdict.status is Status.NOT_CHECKED
    assert "no more is checked than that it holds numbers" in verdict.sentence


def test_no_checks_on_purpose_are_none(folder: Path) -> None:
    scene = Scene(folder, Plot(PATH, checks=()))
    verdict = scene.update(HALF)
    assert (verdict.status, verdict.checks) == (Status.NOT_CHECKED, ())
    assert PATH not in scene.source.asked  # it is not even decoded


def test_the_judged_again_is_counted_once(folder: Path) -> None:
    scene = Scene(folder, Plot(PATH))
    scene.update()
    scene.update(HALF)
    for _ in range(5):
        scene.context.judging.renew()
        scene.now += 1.0
        assert scene.judged().status is GOOD


def test_a_plot_that_lacked_its_reference_is_judged_again_when_it_is_found(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    scene = Scene(folder, Plot(PATH, checks=(DEAD,)))
    file = folder / "reference.root"
    away = file.rename(folder / "away.root")
    assert scene.update(HALF).status is Status.NO_REFERENCE
    away.rename(file)
    scene.now += 100.0  # it is looked for again
    assert scene.judged().status is BAD
    caplog.clear()


def test_the_producers_word_stands_unless_a_check_finds_worse(folder: Path) -> None:
    scene = Scene(folder, Plot(PATH, checks=(DEAD,)))
    verdict = scene.update(ALL, code=100)
    assert (verdict.status, verdict.test) == (GOOD, "Threshold")
    assert [each.origin for each in verdict.checks] == ["producer", "layout"]
    verdict = scene.update(ALL, code=300)
    assert (verdict.status, verdict.test) == (BAD, "Threshold")
    verdict = scene.update(HALF, code=100)
    assert (verdict.status, verdict.test) == (BAD, "dead_channels")
    assert [each.origin for each in verdict.checks] == ["layout", "producer"]


def test_a_default_that_could_not_judge_takes_nothing_from_the_producer(
    folder: Path,
) -> None:
    scene = Scene(folder, Plot(PATH))
    verdict = scene.update(0.01 * ALL, code=100)
    assert verdict.status is GOOD
    assert Status.LOW_STATISTICS in {each.status for each in verdict.checks}


def test_what_no_check_could_judge_is_not_checked_and_why(folder: Path) -> None:
    verdict = Scene(folder, Plot(PATH)).update(0.01 * ALL)
    assert verdict.status is Status.NOT_CHECKED
    assert verdict.sentence.startswith("no quality test judges it; ")
    assert "needed" in verdict.sentence


def test_a_restart_of_the_client_begins_a_new_span(folder: Path) -> None:
    scene = Scene(folder, Plot(PATH, checks=(DEAD,)))
    scene.statuses(ALL, ALL, ALL)
    scene.total = np.zeros(CELLS)
    assert scene.update(HALF, pid=2).sentence.startswith("4 of 40")
    verdict = scene.update(ALL, pid=2)
    assert "in LS" not in verdict.sentence  # nothing is added up across it


@pytest.mark.parametrize("scanned", [True, False])
@pytest.mark.parametrize("persist", [1, 3])
def test_what_was_bad_is_not_good_because_another_engine_came(
    folder: Path, persist: int, request: pytest.FixtureRequest, *, scanned: bool
) -> None:
    """It does not know the last updates, and in the run so far they are few."""
    scene = Scene(folder, Plot(PATH, checks=(DEAD | {"persist": persist},)))
    request.addfinalizer(lambda: scene.context.close())

    def begin_again() -> None:
        scene.begin_again()
        if not scanned:
            run, scene.source.current_run = scene.source.current_run, 0
            assert scene.judged().sentence.startswith("no run yet")
            scene.source.current_run, scene.now = run, scene.now + 1.0

    begin_again()
    assert set(scene.statuses(*[ALL] * 20)) == {GOOD}
    begin_again()
    assert scene.judged().status is GOOD, "it was good before"
    assert scene.statuses(*[HALF] * 3)[-1] is BAD
    begin_again()
    verdict = scene.judged()
    assert verdict.status is Status.LOW_STATISTICS
    assert "what the last updates added is not known: 0 of 40" in verdict.sentence
    assert "last BAD since LS 2" in verdict.sentence
    seen = [scene.update(HALF) for _ in range(persist)]
    assert GOOD not in {each.status for each in seen}
    assert seen[-1].status is BAD
    assert seen[-1].since == 20 + persist
    begin_again()
    assert scene.judged().status is not GOOD
    told = scene.statuses(*[ALL] * 15)
    assert set(told[:-1]) == {Status.LOW_STATISTICS}, "none is as long as what was BAD"
    assert told[-1] is GOOD


def test_what_the_producer_finds_good_is_not_so_because_another_engine_came(
    folder: Path, request: pytest.FixtureRequest
) -> None:
    """Checks by default that cannot judge yet would say nothing beside it."""
    scene = Scene(folder, Plot(PATH))
    request.addfinalizer(lambda: scene.context.close())
    scene.begin_again()
    assert set(scene.statuses(*[ALL] * 20, code=100)) == {GOOD}
    assert scene.statuses(*[HALF] * 3, code=100)[-1] is WARNING
    scene.begin_again()
    told = [scene.judged(), *[scene.update(HALF, code=100) for _ in range(3)]]
    assert [each.status for each in told] == [*[Status.LOW_STATISTICS] * 3, WARNING]
    assert "last WARNING since LS 2" in told[0].sentence
    assert told[-1].since == 23
    scene.begin_again()
    assert scene.statuses(*[ALL] * 16, code=100)[-1] is GOOD


def test_a_short_window_makes_nothing_good_that_a_longer_one_found_bad(
    folder: Path, request: pytest.FixtureRequest
) -> None:
    """In one update there is too little to see that a tenth of all is dead."""
    scene = Scene(folder, Plot(PATH, checks=(DEAD,)))
    request.addfinalizer(lambda: scene.context.close())

    scene.begin_again()
    scene.update(100 * ALL)
    assert scene.statuses(*[HALF / 20] * 12)[-1] is BAD
    scene.begin_again()
    assert GOOD not in scene.statuses(*[HALF / 20] * 12)


def test_what_is_filled_while_conditions_do_not_hold_is_not_judged(
    folder: Path,
) -> None:
    plot = Plot(PATH, checks=(DEAD,), needs=Needs(events=3000))
    scene = Scene(folder, plot)
    told = [scene.update(rate) for rate in (HALF, HALF, 10 * ALL, ALL, ALL)]
    statuses = [each.status for each in told]
    assert statuses == [*[Status.NOT_APPLICABLE] * 2, GOOD, GOOD, GOOD]


MODE = "Info/Beam"
LOST = SiteSettings("x", conditions=msgspec.structs.replace(PATHS, beam_mode=MODE))
STABLE, DUMP = "stable beams", "beam dump"
NA, LOW = Status.NOT_APPLICABLE, Status.LOW_STATISTICS


class Beam(Scene):
    """A plot that needs stable beams."""

    def __init__(
        self,
        folder: Path,
        plot: Plot | None = None,
        *,
        settle: int = 0,
        beside: bool = False,
    ) -> None:
        needs = Needs(beam=(STABLE,), settle=settle)
        plot = plot or Plot(PATH, checks=(DEAD,), needs=needs)
        pages = [Page("Digi", (plot,))]
        if beside:
            pages.append(Page("Raw", (Plot(PATH, checks=(DEAD,)),)))
        layout = Layout("Hcal", tuple(pages))
        super().__init__(folder, plot, settings=LOST, layouts=(layout,))

    def mode(self, mode: str) -> None:
        """Another beam mode is known, before the next update of the plot."""
        self.source.snapshot(RUN, "Info", {MODE: Scalar("Beam", mode)})
        if self.lumisection:
            self.judged()


def test_an_update_in_which_needs_did_not_hold_is_never_judged(folder: Path) -> None:
    scene = Beam(folder)
    scene.mode(STABLE)
    assert scene.statuses(ALL, ALL, ALL) == [GOOD] * 3
    # lost and there again between two updates, seen in no verdict on either
    scene.mode(DUMP)
    scene.mode(STABLE)
    scene.context.judging.renew()
    assert scene.judged().status is GOOD
    verdict = scene.update(HALF)
    assert not any(each.span for each in verdict.checks)
    # the next one is, and so is what is wrong in it
    assert scene.update(HALF).checks[0].span == "LS 5"


@pytest.mark.parametrize("settle", [0, 1])
def test_updates_that_another_plot_took_in_are_not_judged_either(
    folder: Path, settle: int
) -> None:
    scene = Beam(folder, settle=settle, beside=True)
    scene.mode(STABLE)
    scene.statuses(ALL, ALL)
    scene.mode(DUMP)
    assert scene.statuses(HALF, HALF) == [NA, NA]
    scene.mode(STABLE)
    for _ in range(1 + settle):
        verdict = scene.update(HALF)
        assert not any(each.span for each in verdict.checks)
    verdict = scene.update(HALF)
    assert (verdict.status, verdict.checks[0].span) == (BAD, f"LS {6 + settle}")


def test_a_plot_settles_before_it_is_judged_again(folder: Path) -> None:
    scene = Beam(folder, settle=2)
    scene.mode(STABLE)
    assert scene.statuses(ALL, ALL) == [GOOD, GOOD]
    scene.mode(DUMP)
    assert scene.update(HALF).status is NA
    scene.mode(STABLE)
    told = [scene.update(rate) for rate in (HALF, HALF, HALF, ALL)]
    assert [each.status for each in told] == [NA, NA, NA, GOOD]
    assert told[0].sentence.startswith(
        "its needs hold again; judged after the next 3 updates"
    )
    assert told[2].sentence.startswith(
        "its needs hold again; judged after the next update"
    )
    verdict = scene.update(HALF)
    assert (verdict.status, verdict.checks[0].span) == (BAD, "LS 8")


def test_a_run_in_which_conditions_were_lost_is_judged_by_its_updates(
    folder: Path,
) -> None:
    scene = Beam(folder)
    scene.mode(STABLE)
    scene.statuses(ALL, ALL)
    scene.mode(DUMP)
    scene.statuses(*[HALF] * 30)
    scene.mode(STABLE)
    verdict = scene.judged()  # no update is, and the run alone is BAD
    assert verdict.status is LOW
    assert verdict.sentence.startswith(
        "not judged: conditions were lost in this run, which is BAD: 4 of 40"
    )
    assert scene.update(ALL).status is LOW  # part of it was filled without
    assert scene.update(ALL).status is GOOD
    verdict = scene.update(HALF)
    assert (verdict.status, verdict.checks[0].span) == (BAD, "LS 35")


def test_little_of_a_run_without_its_conditions_spoils_nothing(folder: Path) -> None:
    scene = Beam(folder)
    scene.mode(STABLE)
    scene.statuses(*[ALL] * 30)
    scene.mode(DUMP)
    scene.mode(STABLE)
    verdict = scene.update(np.where(np.arange(CELLS) < 4, -30.0, 1.0))
    assert (verdict.status, verdict.checks[0].span) == (BAD, "")


def test_conditions_that_are_not_known_are_said(folder: Path) -> None:
    scene = Beam(folder)
    verdict = scene.update(ALL)
    assert verdict.status is GOOD
    assert verdict.sentence.endswith("(not known: beam mode)")


def test_limits_depend_on_a_condition(folder: Path) -> None:
    paths = msgspec.structs.replace(PATHS, pileup="Info/PileUp")
    item = {"mean": {"bad_above": {"pileup": {"20": 10.0, "60": 30.0}}}}
    plot = Plot(PATH, checks=(item,))
    scene = Scene(folder, plot, settings=SiteSettings("x", conditions=paths))
    verdict = scene.update(ALL)  # its mean is 20
    assert verdict.status is GOOD
    assert verdict.sentence.endswith("(pile-up not known: the widest limits)")
    for pileup, limit, status in ((10, 10, BAD), (36, 18, BAD), (44, 22, GOOD)):
        scene.source.snapshot(RUN, "Info", {"Info/PileUp": Scalar("PileUp", pileup)})
        verdict = scene.judged()  # of the very data that were judged before
        (check,) = verdict.checks
        assert (verdict.status, check.limits) == (status, ((limit, "bad above"),))
        assert check.configuration == ("mean: {bad_above: {pileup: {20: 10, 60: 30}}}")


def test_known_bins_are_left_out(folder: Path) -> None:
    region = Region(x=(0.0, 4.0))
    issue = KnownIssue("dead", "Hcal", (PATH,), "hcal-dqm", "2030-01-01", (region,))
    scene = Scene(folder, Plot(PATH, checks=(DEAD,)), known=(issue,))
    verdict = scene.update(HALF)
    assert (verdict.status, verdict.known) == (GOOD, 1)


def test_what_holds_no_number_is_never_good(folder: Path) -> None:
    scene = Scene(folder, Plot(PATH, checks=(DEAD,)))
    values = 100 * ALL
    values[3] = np.nan
    verdict = scene.write(line("Occupancy", list(values)))
    assert verdict.status is Status.FAILED
    assert verdict.sentence == "not judged: 1 bin holds no number (NaN or infinite)"


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ({"dead_chanels": {}}, "there is no check dead_chanels"),
        (
            {"dead_channels": {"warn_above": "much"}},
            "dead_channels does not judge: ",
        ),
        (
            {"dead_channels": {}, "input": {"ratio": [PATH]}},
            "dead_channels does not judge: it is written as in ratio: [A, B]",
        ),
        (
            broken("dead_channels", "what the layout says of it cannot be used"),
            "dead_channels does not judge: what the layout says of it cannot be used",
        ),
    ],
)
def test_what_a_layout_writes_wrongly_fails_its_plot(
    folder: Path, item: dict[str, object], said: str
) -> None:
    verdict = Scene(folder, Plot(PATH, checks=(item,))).update()
    assert verdict.status is Status.FAILED
    assert said in verdict.sentence


def test_a_check_that_means_nothing_for_a_plot_says_so(folder: Path) -> None:
    scene = Scene(folder, Plot(PATH, checks=({"last_bins": {"bad_above": 1.0}},)))
    verdict = scene.write(a_map("Occupancy", np.ones((3, 3))))
    assert verdict.status is Status.NOT_CHECKED
    assert verdict.sentence.startswith("last_bins means nothing here")


def test_a_plot_that_cannot_be_judged_takes_no_other_with_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is too large for the machine."""
    plots = (Plot("Hcal/Digi/Vast", checks=(DEAD,)), Plot(PATH, checks=(DEAD,)))
    layouts = (Layout("Hcal", (Page("Digi", plots),)),)
    scene = Scene(folder, Plot(PATH), layouts=layouts)

    def batch(subject: Subject, *more: Any) -> Batch:  # noqa: ANN401
        if subject.data.name == "Vast":
            raise MemoryError
        return batch_of(subject, *more)

    monkeypatch.setattr(checking, "batch_of", batch)
    told = {"lumisection": 1, "events": 1000, "host": "here", "pid": 1}
    elements: dict[str, Element] = {
        plots[0].path: line("Vast", list(100 * ALL)),
        PATH: line("Occupancy", list(100 * HALF)),
    }
    scene.source.snapshot(RUN, "Hcal", elements, None, **told)
    assert scene.judged().status is BAD
    vast = scene.context.judging.plots["Hcal › Digi › Hcal/Digi/Vast"].verdict
    assert vast is not None
    assert vast.status is Status.FAILED
    caplog.clear()


def test_an_element_may_stand_in_for_the_reference(folder: Path) -> None:
    scene = Scene(folder, Plot(PATH, checks=(DEAD | {"against": PATH},)))
    assert scene.update(HALF).status is GOOD  # it is like itself
    scene = Scene(folder, Plot(PATH, checks=(DEAD | {"against": "Hcal/None"},)))
    verdict = scene.update(HALF)
    assert verdict.status is Status.NO_REFERENCE
    assert "not in this run: Hcal/None" in verdict.sentence


def test_a_derived_input_is_judged_in_place_of_the_element(folder: Path) -> None:
    item = DEAD | {"input": {"mask": {"x": ["1:4"]}}}
    scene = Scene(folder, Plot(PATH, checks=(item,)))
    assert scene.statuses(ALL, HALF) == [GOOD, GOOD]


def test_an_input_of_another_client_keeps_the_updates_of_that(folder: Path) -> None:
    item = DEAD | {"input": {"ratio": [PATH, OTHER]}, "updates": [1, 3]}
    layouts = (
        Layout("Hcal", (Page("Digi", (Plot(PATH, checks=(item,)),)),)),
        Layout("Ecal", (Page("Digi", (Plot(OTHER),)),)),
    )
    scene = Scene(folder, Plot(PATH), layouts=layouts)
    for at in range(1, 7):
        told = {"lumisection": at, "events": 1000 * at, "host": "there", "pid": 2}
        held: Histogram = line("Occupancy", list(100 * at * ALL))
        scene.source.snapshot(RUN, "Ecal", {OTHER: held}, None, **told)
        scene.update()
        if at % 2:  # the other writes more often
            scene.source.snapshot(RUN, "Ecal", {OTHER: held}, None, **told)
            scene.judged()
    assert len(scene.context.recent.steps(OTHER)) == 5


def beside(folder: Path, item: dict[str, object]) -> Scene:
    """A plot with one check, and the client of what that looks at."""
    layouts = (
        Layout("Hcal", (Page("Digi", (Plot(PATH, checks=(item,)),)),)),
        Layout("Ecal", (Page("Digi", (Plot(OTHER, checks=()),)),)),
    )
    return Scene(folder, Plot(PATH), layouts=layouts)


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(
    ("item", "status", "said"),
    [
        (FEW | {"input": {"sum": [PATH, OTHER]}}, Status.FAILED, "its input cannot be"),
        (FEW | {"input": {"ratio": [PATH, OTHER]}}, Status.FAILED, "its input cannot"),
        (DEAD | {"against": OTHER}, Status.NO_REFERENCE, "no reference"),
    ],
)
def test_what_holds_no_number_judges_nothing_else(
    folder: Path, number: float, item: dict[str, object], status: Status, said: str
) -> None:
    scene = beside(folder, item)
    held = 100 * ALL
    held[:4] = number
    told = {"lumisection": 1, "events": 1000, "host": "there", "pid": 2}
    elements = {OTHER: line("o", list(held))}
    scene.source.snapshot(RUN, "Ecal", elements, None, **told)
    verdict = scene.update(HALF)
    assert verdict.status is status
    assert said in verdict.sentence
    assert f"in {OTHER}, 4 bins hold no number" in verdict.sentence


@pytest.mark.parametrize(
    ("item", "status"),
    [
        (FEW | {"input": {"ratio": [PATH, OTHER]}}, Status.NOT_CHECKED),
        (DEAD | {"against": OTHER}, Status.NO_REFERENCE),
    ],
)
def test_what_another_client_left_behind_judges_nothing(
    folder: Path, item: dict[str, object], status: Status
) -> None:
    scene = beside(folder, item)
    for state, expected in (("live", BAD), ("silent", status), ("frozen", status)):
        told = {"events": 1000, "host": "there", "pid": 2, "state": state}
        elements = {OTHER: line("o", list(100 * ALL))}
        scene.source.snapshot(RUN, "Ecal", elements, None, **told)
        verdict = scene.update(HALF)
        assert verdict.status is expected
    assert f"{OTHER} is not up to date: Ecal is frozen" in verdict.sentence


def test_updates_that_are_not_judged_are_those_of_the_plot_alone(folder: Path) -> None:
    item = {
        "bins_outside": {"low": 50.0, "bad_above": 0},
        "input": {"sum": [PATH, OTHER]},
    }
    plot = Plot(PATH, checks=(item,), needs=Needs(beam=(STABLE,)))
    scene = Beam(folder, plot)
    scene.mode(STABLE)
    scene.statuses(*[ALL] * 6)
    scene.mode(DUMP)
    scene.mode(STABLE)
    for at in range(1, 4):  # this client began later: its updates are fewer
        told = {"lumisection": 6 + at, "events": 1000 * at, "host": "there", "pid": 2}
        held: Histogram = line("Occupancy", list(at * ALL))
        scene.source.snapshot(RUN, "Ecal", {OTHER: held}, None, **told)
        verdict = scene.update(HALF)
    assert (verdict.status, verdict.checks[0].span) == (BAD, "LS 9")


def test_bins_at_fault_are_drawn_with_the_very_data(folder: Path) -> None:
    scene = Scene(folder, Plot(PATH, checks=(DEAD,)))
    scene.update(HALF)
    expected = scene.tile().picture.expected  # type: ignore[union-attr]
    assert expected is not None
    assert expected.offending is not None
    assert expected.offending.tolist() == [0, 1, 2, 3]
    assert expected.pulls is not None
    assert expected.pulls.shape == (CELLS,)
    assert (expected.pulls[:4] < -5).all()


def test_bins_at_fault_are_drawn_where_the_producers_word_goes_first(
    folder: Path,
) -> None:
    scene = Scene(folder, Plot(PATH, checks=({"mean": {"bad_above": 1e6}}, DEAD)))
    assert scene.update(HALF, code=300).checks[0].origin == "producer"
    expected = scene.context.judging.expected(KEY, PATH)
    assert expected is not None
    assert expected.offending is not None
    assert expected.offending.tolist() == [0, 1, 2, 3]


def test_a_verdict_says_where_the_deciding_check_finds_bins_at_fault(
    folder: Path,
) -> None:
    axes: dict[Letter, str] = {"x": "sector"}
    scene = Scene(folder, Plot(PATH, checks=(DEAD,), axes=axes))
    verdict = scene.update(HALF)
    assert verdict.status is BAD
    assert verdict.checks[0].family == "missing"
    assert verdict.extent == Extent(("sector",), (("0",), ("1",), ("2",), ("3",)))
    assert scene.update(HALF, code=300).extent is None  # a shift, it says
    verdict = scene.update(HALF, code=300, algorithm="DeadChannel")
    assert verdict.checks[0].origin == "producer"
    assert verdict.extent == Extent(("sector",), (("0",), ("1",), ("2",), ("3",)))
    scene = Scene(folder, Plot(PATH, checks=(DEAD,), axes=axes))
    assert scene.update(ALL, code=300, algorithm="DeadChannel").extent is None
    for plot, rate in (
        (Plot(PATH, checks=(DEAD,), axes=axes), ALL),
        (Plot(PATH, checks=(DEAD,)), HALF),
    ):
        assert Scene(folder, plot).update(rate).extent is None


def test_a_place_where_a_milder_check_finds_the_same_is_wrong_with_it(
    folder: Path,
) -> None:
    axes: dict[Letter, str] = {"x": "sector"}
    weak = {"bins_against_reference": {"relative": 0.05, "bad_above": None}}
    scene = Scene(folder, Plot(PATH, checks=(DEAD, weak), axes=axes))
    rate = HALF.copy()
    rate[20:25] = 0.3
    verdict = scene.update(rate)
    assert (verdict.status, verdict.test) == (BAD, "dead_channels")
    assert [each.status for each in verdict.checks] == [BAD, WARNING]
    places = tuple(sorted((str(n),) for n in (*range(4), *range(20, 25))))
    assert verdict.extent == Extent(("sector",), places)


def test_what_lies_apart_in_a_plot_is_an_alarm_each(folder: Path) -> None:
    axes: dict[Letter, str] = {"x": "sector"}
    scene = Scene(folder, Plot(PATH, checks=(DEAD,), axes=axes))
    rate = ALL.copy()
    rate[4:7] = rate[20:25] = 0.0
    verdict = scene.update(rate)
    assert verdict.extent is not None
    assert verdict.extent.size == 8
    alarms = [each for each in scene.facts() if isinstance(each, Alarm)]
    assert [each.extent for each in alarms] == [
        Extent(("sector",), tuple((str(n),) for n in places))
        for places in (range(20, 25), range(4, 7))
    ]
    assert {each.key for alarm in alarms for each in alarm.members} == {KEY}
    rate[:] = 1.0
    rate[30:34] = 0.0
    scene.update(rate)  # it is in yet another place, too
    assert not [each for each in scene.facts() if isinstance(each, Alarm) and
                each.returned is not None]  # fmt: skip


def test_dead_and_noisy_places_of_a_plot_are_an_alarm_each(folder: Path) -> None:
    hot = {"noisy_channels": {"against": "reference", "ring": "none", "bad_above": 2}}
    as_it_is = ReferenceDraw(normalize="none")
    axes: dict[Letter, str] = {"x": "sector"}
    plot = Plot(PATH, checks=(DEAD, hot), axes=axes, reference=as_it_is)
    scene = Scene(folder, plot)
    rate = ALL.copy()
    rate[4:7], rate[20:23] = 0.0, 50.0
    scene.update(10 * rate)
    alarms = [each for each in scene.facts() if isinstance(each, Alarm)]
    assert {each.family: each.extent for each in alarms} == {
        family: Extent(("sector",), tuple((str(n),) for n in places))
        for family, places in (("missing", range(4, 7)), ("excess", range(20, 23)))
    }
    words = {each.family: each.members[0].sentence for each in alarms}
    assert "dead" in words["missing"]
    assert "noisy" in words["excess"]


def test_mild_specks_do_not_scatter_what_is_bad_in_one_place(folder: Path) -> None:
    weak = {"bins_against_reference": {"relative": 0.05, "bad_above": None}}
    scene = Scene(folder, Plot(PATH, checks=(DEAD, weak), axes={"x": "sector"}))
    rate = ALL.copy()
    rate[4:8] = 0.0
    rate[[11, 14, 17, 20, 23, 26, 29]] = 0.5
    verdict = scene.update(100 * rate)
    assert [each.status for each in verdict.checks] == [BAD, WARNING]
    places = tuple((str(n),) for n in range(4, 8))
    assert verdict.extent == Extent(("sector",), places)


def test_bins_of_an_input_are_no_places_of_the_plot(folder: Path) -> None:
    axes: dict[Letter, str] = {"x": "sector"}
    for cut, extent in (("x", True), ("y", False)):
        item = FEW | {"input": {"projection": {"cut": cut, "of": "Hcal/Digi/Map"}}}
        scene = Scene(folder, Plot(PATH, checks=(item,), axes=axes))
        held = np.ones((CELLS, CELLS))
        held[3], held[:, 3] = 0.0, 0.0
        of = a_map("Map", held)
        other = Axis(CELLS, -1.0, 1.0)
        of = msgspec.structs.replace(of, axes=(of.axes[0], other))
        told = {"lumisection": 1, "events": 1000, "host": "here", "pid": 1}
        both: dict[str, Element] = {
            PATH: line("Occupancy", list(ALL)),
            "Hcal/Digi/Map": of,
        }
        scene.source.snapshot(RUN, "Hcal", both, None, **told)
        verdict = scene.judged()
        assert verdict.status is BAD
        found = Extent(("sector",), (("3",),)) if extent else None
        assert verdict.extent == found


def test_of_good_maps_of_very_many_bins_no_pulls_are_kept(folder: Path) -> None:
    plot = Plot(PATH, checks=({"dead_channels": {}},))
    for size, kept in ((100, True), (200, False)):
        scene = Scene(folder, plot)
        values = np.full((size, size), 50.0)
        assert scene.write(a_map("Occupancy", values)).status is GOOD
        expected = scene.context.judging.expected(KEY, PATH)
        assert expected is not None
        assert (expected.pulls is not None) is kept


def test_what_nobody_looks_at_any_more_is_forgotten(folder: Path) -> None:
    scene = Scene(folder, Plot(PATH, checks=()))
    scene.update()
    other = "Hcal/Digi/Other"
    scene.source.snapshot(RUN, "Hcal", {other: line("Other", [1.0, 2.0])})
    scene.judged()
    judging = scene.context.judging
    judging.verdict_now(other, other, scene.context.state)
    assert scene.context.recent.nbytes > 0
    judging.forget_loose(frozenset())
    assert scene.context.recent.nbytes == 0


def test_a_run_that_is_over_is_judged_as_it_is(folder: Path) -> None:
    scene = Scene(folder, Plot(PATH))
    scene.source.states[RUN] = RunState.FINAL
    verdict = scene.update(HALF, state="final")
    assert verdict.status is WARNING


def test_another_run_is_judged_from_its_beginning(folder: Path) -> None:
    scene = Scene(folder, Plot(PATH, checks=(DEAD,)))
    scene.statuses(HALF, HALF)
    histogram: Histogram = line("Occupancy", list(100 * ALL))
    scene.source.snapshot(
        RUN + 1, "Hcal", {PATH: histogram}, lumisection=1, events=1000, pid=1
    )
    scene.now += 23.0
    assert scene.judged().status is GOOD


def test_pulls_beyond_all_measure_are_drawn_as_the_largest(folder: Path) -> None:
    scene = Scene(folder, Plot(PATH, checks=({"chi2": {"warn_above": 2.0}},)))
    scene.update()
    scene.lumisection += 1
    verdict = scene.write(line("Occupancy", list(np.where(HALF, 1e300, 1.0))))
    assert verdict.status is not GOOD
    assert scene.tile().picture is not None


def test_a_window_is_judged_and_drawn_so_that_an_alarm_clears(folder: Path) -> None:
    plot = Plot(PATH, checks=(DEAD | {"updates": [1]},), window="5 LS")
    scene = Scene(folder, plot)
    assert set(scene.statuses(*[HALF] * 10)) == {BAD}
    tile = scene.tile()
    assert tile.span == "LS 6–10"
    assert tile.picture is not None
    assert tile.picture.data is not None
    assert tile.picture.data.values().sum() == 5 * 100 * 36
    told = [scene.update(ALL) for _ in range(5)]
    assert told[0].sentence.startswith("good now; LS 7–11 is BAD: 4 of 40")
    assert [each.status for each in told] == [GOOD] * 5
    verdict = told[-1]
    assert verdict.sentence.endswith("in LS 11–15")
    assert verdict.checks[0].span == "LS 11–15"
    tile = scene.tile()
    assert tile.span == "LS 11–15"
    # the reference has 1000 in each cell, as a run of 10 such updates
    assert tile.note.scale == pytest.approx(0.5)
    assert tile.picture is not None
    assert tile.picture.expected is not None  # of the very bins that are drawn
    shown = tile.picture.data
    assert shown is not None
    assert set(shown.values().tolist()) == {500.0}


def test_a_window_begins_when_another_rule_says_what_it_is_compared_with(
    folder: Path,
) -> None:
    home = folder / "layouts"
    home.mkdir()
    rules = []
    for run, rate, pileup in ((42, ALL, [40, 60]), (43, HALF, [None, 40])):
        filled = line("Occupancy", list(1000 * rate))
        write_dqm(home / f"{run}.root", run, {"Hcal/Digi": [filled]})
        rules.append(
            ReferenceRule("A", "2026-05-01", "why", file=f"{run}.root",
                          when={"pileup": pileup})
        )  # fmt: skip
    paths = msgspec.structs.replace(PATHS, pileup="Info/PileUp")
    plot = Plot(PATH, checks=({"bins_against_reference": {}},), window="30 LS")
    settings = SiteSettings("x", conditions=paths)
    scene = Scene(folder, plot, settings=settings, references=tuple(rules))

    def update(pileup: float, rate: object) -> Verdict:
        told: dict[str, Element] = {"Info/PileUp": Scalar("PileUp", pileup)}
        scene.source.snapshot(RUN, "Info", told, lumisection=scene.lumisection + 1)
        return scene.update(rate)

    assert [update(50, ALL).status for _ in range(4)] == [GOOD] * 4
    verdict = update(30, HALF)
    assert verdict.status is Status.LOW_STATISTICS
    assert "another reference" in verdict.sentence
    assert [update(30, HALF).status for _ in range(3)] == [GOOD] * 3
    assert scene.tile().span == "LS 6–8, 3 of 30 asked"
    assert update(30, ALL).status is BAD


def test_a_window_is_said_in_the_words_of_the_site(folder: Path) -> None:
    settings = SiteSettings("x", conditions=PATHS, lumisection="spill")
    plot = Plot(PATH, checks=(DEAD | {"updates": [1]},), window="5 LS")
    scene = Scene(folder, plot, settings=settings)
    scene.statuses(*[ALL] * 10)
    assert scene.tile().span == "spill 6–10"
    assert scene.update(ALL).sentence.endswith(", in spill 7–11")


def test_no_update_before_its_window_is_judged(folder: Path) -> None:
    plot = Plot(PATH, checks=(DEAD,), window="5 LS")
    scene = Scene(folder, plot)
    scene.statuses(*[HALF] * 10)
    scene.statuses(*[ALL] * 4)
    verdict = scene.update(ALL)
    assert verdict.status is GOOD
    assert "good now" not in verdict.sentence  # the last 15 updates are half dead


def test_evidence_and_files_are_of_the_window_that_is_shown(folder: Path) -> None:
    scene = Scene(folder, Plot(PATH, checks=(DEAD,), window="5 LS"))
    scene.statuses(*[ALL] * 9)
    keys = (KEY,)
    evidence = MakeEvidence(1, str(folder / "e.dqmevidence"), "", "", keys, b"")
    scene.context.make_evidence(evidence, scene.now, "")
    scene.context.export(Export(2, KEY, PATH, "text", ""))
    told: list[Up] = []
    while len(told) < 2:
        told += scene.context.answers(float("inf"))
    (text,) = (each.text for each in told if isinstance(each, Exported))
    assert "500" in text
    assert "900" not in text
    (kept,) = read_bundle(folder / "e.dqmevidence").plots
    assert kept.tile.span == "LS 5–9"
    assert kept.undrawn is None
    element = kept.element
    assert isinstance(element, Histogram)
    assert set(element.values().tolist()) == {500.0}


def test_a_window_says_what_is_not_known(folder: Path) -> None:
    scene = Scene(folder, Plot(PATH, checks=(), window="5 LS"))
    scene.lumisection = 40
    scene.update(HALF)
    assert scene.tile().span == "LS 1–41: what the last 5 added is not known"
    scene.update(ALL)
    assert scene.tile().span == "LS 42, 1 of 5 asked"
    scene.update(ALL, pid=2)  # another process
    assert scene.tile().span == "LS 1–43: what the last 5 added is not known"
    young = Scene(folder, Plot(PATH, window="5 LS"))
    young.update()
    young.update()
    assert young.tile().span == "LS 1–2, 2 of 5 asked"


def test_in_a_window_nothing_counts_of_when_its_needs_did_not_hold(
    folder: Path,
) -> None:
    needs, other = Needs(beam=(STABLE,)), "Hcal/Digi/All"
    item = DEAD | {"against": other, "updates": []}
    plot = Plot(PATH, checks=(item,), needs=needs, window="5 LS", overlay=(other,))
    scene = Beam(folder, plot, beside=True)

    def update(rates: object) -> Verdict:
        scene.lumisection += 1
        scene.total = scene.total + 100 * np.asarray(rates)
        elements: dict[str, Element] = {
            PATH: line("Occupancy", list(scene.total)),
            other: line("All", list(100 * scene.lumisection * ALL)),
        }
        told = {"lumisection": scene.lumisection, "events": 1000 * scene.lumisection}
        scene.source.snapshot(RUN, "Hcal", elements, None, **told)
        return scene.judged()

    scene.mode(STABLE)
    for _ in range(8):
        assert update(ALL).status is GOOD
    scene.mode(DUMP)
    assert update(HALF).status is NA
    scene.mode(STABLE)
    update(HALF)
    verdict = update(ALL)
    assert (verdict.status, verdict.checks[0].span) == (GOOD, "LS 11")
    tile = scene.tile()
    assert tile.span == "LS 11, 1 of 5 asked"
    assert tile.picture is not None
    (over,) = tile.picture.overlays
    assert set(over.values().tolist()) == {100.0}  # in the same lumisection


def test_another_element_is_judged_against_in_the_same_window(folder: Path) -> None:
    other = "Hcal/Digi/All"
    outside = {"bins_outside": {"low": 0.9, "high": 1.1, "bad_above": 0, "entries": 0}}
    by_ratio = outside | {"input": {"ratio": [PATH, other]}}
    for item in (DEAD | {"against": other}, by_ratio):
        plot = Plot(PATH, checks=(item | {"updates": []},), window="3 LS")
        scene = Scene(folder, plot)
        for at in range(1, 9):
            rates = HALF if at < 6 else ALL
            scene.total = scene.total + 100 * rates
            elements = {
                PATH: line("Occupancy", list(scene.total)),
                other: line("All", list(100 * at * ALL)),
            }
            told = {"lumisection": at, "events": 1000 * at, "pid": 1}
            scene.source.snapshot(RUN, "Hcal", elements, None, **told)
            verdict = scene.judged()
        assert verdict.status is GOOD, verdict.sentence
        assert "LS 6–8" in verdict.sentence


def test_a_ratio_is_judged_where_it_is_one_in_the_span_and_the_reference(
    folder: Path,
) -> None:
    other = "Hcal/Digi/All"
    low: dict[str, object] = {"bins_below": {"limit": 0.5}, "updates": [1]}
    apart = {"bins_against_reference": {"absolute": 0.5}}
    made = {"input": {"ratio": [PATH, other]}}
    scene = Scene(folder, Plot(PATH, checks=(low | made, apart | made)))
    first = np.where(np.arange(CELLS) == 0, 0.0, ALL)
    before = [line("Occupancy", list(1000 * first)), line("All", list(1000 * first))]
    write_dqm(folder / "reference.root", 1, {"Hcal/Digi": before})
    last = np.where(np.arange(CELLS) == 5, 0.0, ALL)
    for at, rates in enumerate((ALL, ALL, last), 1):
        scene.total = scene.total + 100 * rates
        elements = {
            PATH: line("Occupancy", list(scene.total)),
            other: line("All", list(scene.total)),
        }
        told = {"lumisection": at, "events": 1000 * at, "pid": 1}
        scene.source.snapshot(RUN, "Hcal", elements, None, **told)
        verdict = scene.judged()
    assert [each.status for each in verdict.checks] == [GOOD, GOOD], verdict.sentence


def test_what_does_not_grow_is_not_scaled(folder: Path) -> None:
    """The reference of a trend is a band of values, drawn and judged alike."""
    near = {"bins_against_reference": {"relative": 0.3, "warn_above": 0}}
    for accumulates in ("trend", "latest"):
        plot = Plot(PATH, checks=(near,), accumulates=accumulates)
        scene = Scene(folder, plot)
        assert scene.write(line("Occupancy", list(1000 * ALL))).status is GOOD
        scene.lumisection += 1
        verdict = scene.write(line("Occupancy", list(2000 * ALL)))
        assert verdict.status is BAD, verdict.sentence
        note = scene.tile().note
        assert (note.normalize, note.scale) == ("none", 1.0)


def test_one_lumisection_is_drawn_as_it_is_judged(folder: Path) -> None:
    scene = Scene(folder, Plot(PATH, checks=(DEAD,), accumulates="lumisection"))
    assert scene.update(ALL).status is GOOD
    note = scene.tile().note
    assert note.normalize == "area"
    assert note.scale == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("role", "status", "counts"),
    [("count", BAD, True), ("show", GOOD, False), ("ignore", GOOD, None)],
)
def test_a_layout_says_what_the_producers_tests_are(
    folder: Path, role: str, status: Status, counts: bool | None
) -> None:
    plot = Plot(PATH, checks=(DEAD,), quality_results=role)  # type: ignore[arg-type]
    verdict = Scene(folder, plot).update(ALL, code=300)
    assert verdict.status is status
    told = [each.counts for each in verdict.checks if each.origin == "producer"]
    assert told == ([] if counts is None else [counts])
    alone = Scene(folder, Plot(PATH, checks=(), quality_results=role))  # type: ignore[arg-type]
    verdict = alone.update(ALL, code=300)
    assert verdict.status is (BAD if role == "count" else Status.NOT_CHECKED)


def test_a_plot_waits_for_the_pile_up_of_what_it_has_gained(folder: Path) -> None:
    paths = msgspec.structs.replace(PATHS, pileup="Info/mu")
    scene = Scene(
        folder,
        Plot(PATH, checks=(DEAD,), reference=ReferenceDraw("ratio", "pileup")),
        settings=SiteSettings("x", conditions=paths),
        references=(ReferenceRule("A", "2026-01-01", "quiet", run=3),),
    )
    events, total, known = 0, np.zeros(CELLS), list[float]()

    def snapshot(run: int) -> None:
        read = {
            PATH: line("Occupancy", list(total)),
            "Hcal/EventInfo/processedEvents": Scalar("n", events),
        }
        scene.source.snapshot(
            *(run, "Hcal", read), lumisection=len(seen), events=events, pid=1
        )

    def told(*pileup: float) -> None:
        known.extend(pileup)
        axes = (Axis(len(known), 0.5, len(known) + 0.5, title="LS"),)
        trend = line("mu", known, axes=axes)
        scene.source.snapshot(run, "Info", {"Info/mu": trend})

    def after(pileup: float, *, dead: int = 0) -> Verdict:
        """The verdict after a lumisection of so much pile-up."""
        nonlocal events
        seen.append(pileup)
        events += 100
        total[dead:] += 4 * pileup
        snapshot(run)
        scene.now += 23.0
        return scene.judged()

    run, seen = 3, [60.0]
    events, total = 1000, total + 2400
    snapshot(run)
    told(60.0)
    run, seen, known = RUN, [], []
    events, total = 0, np.zeros(CELLS)
    for _ in range(4):
        told(60.0)
        assert after(60.0).status is GOOD
    fallen = after(12.0)  # a fifth of what is expected at the pile-up that was
    assert (fallen.status, "LS 5" in fallen.sentence) == (GOOD, False)
    told(12.0)
    assert scene.judged().status is GOOD
    assert after(12.0, dead=4).status is GOOD
    told(12.0)
    holed = scene.judged()
    assert (holed.status, holed.checks[0].span) == (BAD, "LS 6")
    assert after(12.0).checks[0].span == "LS 6"
    late = after(12.0)  # by the pile-up that was known last
    assert (late.status, late.since) == (GOOD, 8)


def test_the_first_data_of_a_run_wait_for_their_pile_up(folder: Path) -> None:
    paths = msgspec.structs.replace(PATHS, pileup="Info/mu")
    hot = {"noisy_channels": {"against": "reference", "ring": "none", "times": 3}}
    scene = Scene(
        folder,
        Plot(PATH, checks=(hot,), reference=ReferenceDraw("ratio", "pileup"),
             needs=Needs(events=50)),
        settings=SiteSettings("x", conditions=paths),
        references=(ReferenceRule("A", "2026-01-01", "quiet", run=3),),
    )  # fmt: skip

    def snapshot(run: int, lumisection: int, events: int) -> Verdict:
        read = {
            PATH: line("Occupancy", list(24.0 * events / 10 * ALL)),
            "Hcal/EventInfo/processedEvents": Scalar("n", events),
        }
        scene.source.snapshot(
            run, "Hcal", read, lumisection=lumisection, events=events, pid=1
        )
        scene.now += 23.0
        return scene.judged()

    def told(run: int, *pileup: float) -> Verdict:
        axes = (Axis(20, 0.5, 20.5, title="LS"),)
        trend = line("mu", [*pileup, *[0.0] * (20 - len(pileup))], axes=axes)
        info = {"Info/mu": trend}
        scene.source.snapshot(run, "Info", info, lumisection=len(pileup))
        return scene.judged()

    snapshot(3, 1, 1000)
    told(3, 60.0)
    told(RUN, 0.0, 0.0)  # no beam
    assert snapshot(RUN, 2, 0).status is Status.NOT_APPLICABLE
    waits = snapshot(RUN, 4, 200)
    assert waits.status is Status.LOW_STATISTICS
    words = "the pile-up of its last lumisections is not known yet"
    assert waits.sentence.startswith(words)
    assert told(RUN, 0.0, 0.0, 60.0, 60.0).status is GOOD
    assert snapshot(RUN, 6, 400).status is GOOD  # nobody knows more, and it waits
    assert snapshot(RUN, 8, 600).status is GOOD  # by what was known last


def test_after_a_scan_a_plot_is_judged_by_its_kind_within_three_updates(
    folder: Path,
) -> None:
    paths = msgspec.structs.replace(PATHS, pileup="Info/mu")
    scene = Scene(
        folder,
        Plot(PATH, reference=ReferenceDraw("ratio", "none")),
        settings=SiteSettings("x", conditions=paths),
        references=(ReferenceRule("A", "2026-01-01", "quiet", run=3),),
    )

    def after(run: int, *pileups: float) -> set[str]:
        """The checks that judge it after an update at each pile-up."""
        for pileup in pileups:
            told.append(pileup)
            axes = (Axis(len(told), 0.5, len(told) + 0.5, title="LS"),)
            at = {"lumisection": len(told)}
            trend = line("mu", list(told), axes=axes)
            scene.source.snapshot(run, "Info", {"Info/mu": trend}, **at)
            filled = line("Occupancy", list(100.0 * len(told) * ALL))
            read = {PATH: filled, "Hcal/EventInfo/processedEvents": Scalar("n", 1000)}
            scene.source.snapshot(run, "Hcal", read, events=1000, pid=1, **at)
            scene.now += 23.0
            verdict = scene.judged()
        return {each.check for each in verdict.checks}

    told: list[float] = []
    after(3, 40.0)
    told.clear()
    assert "entries" in after(RUN, *[40.0] * 14)
    assert "entries" not in after(RUN, 30.0)
    assert "entries" in after(RUN, 40.0, 40.0, 40.0)
    assert "entries" not in after(RUN, *[30.0] * 3, *[40.0] * 3)  # as windows hold them


def test_of_the_latest_values_of_another_element_only_the_shape_is_expected(
    folder: Path,
) -> None:
    shape = {"kolmogorov": {"bad_above": 0.1, "entries": 1000}, "against": OTHER_HCAL}
    scene = Scene(folder, Plot(PATH, checks=(shape,), accumulates="latest"))

    def after(mine: float, theirs: float, tilt: float = 0.0) -> Verdict:
        scene.lumisection += 1
        scene.now += 23.0
        slope = 1 + tilt * np.linspace(-1.0, 1.0, CELLS)
        read: dict[str, Element] = {
            PATH: line("Occupancy", list(mine * slope)),
            OTHER_HCAL: line("Other", list(theirs * ALL)),
        }
        told = {"lumisection": scene.lumisection, "events": 1000, "pid": 1}
        scene.source.snapshot(RUN, "Hcal", read, **told)
        return scene.judged()

    assert after(100.0, 1000.0).status is GOOD
    few = after(20.0, 200.0)  # in a scan: less than a tenth of the other
    assert few.status is Status.LOW_STATISTICS
    words = "800 entries where 8000 are expected, 1000 needed"
    assert few.sentence.startswith(words)
    assert after(100.0, 1000.0, tilt=0.9).status is BAD


def test_a_partition_that_came_on_between_two_updates_was_off_before(
    folder: Path,
) -> None:
    paths = msgspec.structs.replace(PATHS, dcs="Info/dcs")
    plot = Plot(PATH, checks=(DEAD,), needs=Needs(dcs=("HB",)))
    scene = Scene(folder, plot, settings=SiteSettings("x", conditions=paths))

    def after(on: list[float], rate: object) -> Verdict:
        """The verdict after lumisections in which the partition was on, or not."""
        axes = (
            Axis(len(on), 0.5, len(on) + 0.5, title="LS"),
            Axis(1, 0.0, 1.0, labels=("HB",)),
        )
        content = np.pad(np.array(on)[:, None], 1)
        found = Histogram("dcs", "", "TH2F", axes, content)
        scene.source.snapshot(RUN, "Info", {"Info/dcs": found}, lumisection=len(on))
        return scene.update(rate, lumisection=len(on))

    begun = after([0, 0, 1, 1, 1], HALF)
    assert begun.status is Status.LOW_STATISTICS
    assert begun.sentence.startswith("not judged: conditions were lost in this run")
    assert after([0, 0, *[1] * 6], ALL).status is GOOD
    assert after([0, 0, *[1] * 9], HALF).status is BAD
    off = [0, 0, *[1] * 9, 0]
    assert after([*off, 1, 1], HALF).status is GOOD  # by the run, not by this update
    assert after([*off, *[1] * 5], HALF).status is BAD


def test_a_noisy_cell_beside_a_noisy_region_is_an_alarm_of_its_own(
    folder: Path,
) -> None:
    hot = {"noisy_channels": {"against": "reference", "ring": "none", "times": 2}}
    plot = Plot(PATH, checks=(hot,), axes={"x": "sector"}, part="barrel")
    scene = Scene(folder, plot)
    rate = ALL.copy()
    rate[4:9], rate[30] = 20.0, 120.0
    verdict = scene.update(rate)
    assert verdict.extent is not None
    assert verdict.extent.part == "barrel"
    alarms = [each for each in scene.facts() if isinstance(each, Alarm)]
    assert [each.extent for each in alarms] == [
        Extent(("sector",), tuple((str(n),) for n in places), part="barrel")
        for places in (range(4, 9), [30])
    ]


@pytest.mark.parametrize(
    ("others", "wrong", "scattered"),
    [(1.0, 1.5, False), (1.12, 1.5, True), (1.5, 1.5, True), (0.88, 0.5, True)],
)
def test_what_is_off_alike_among_wrong_cells_says_that_they_are_no_place(
    folder: Path, others: float, wrong: float, scattered: bool
) -> None:
    far = {"bins_against_reference": {"relative": 0.2, "warn_above": 0}}
    as_it_is = ReferenceDraw(normalize="none")
    plot = Plot(PATH, checks=(far,), axes={"x": "sector"}, reference=as_it_is)
    scene = Scene(folder, plot)
    rate = np.full(CELLS, others)
    rate[[4, 5, 6, 20, 21, 22]] = wrong
    verdict = scene.update(10 * rate)
    assert verdict.status in (WARNING, BAD)
    assert verdict.extent is not None
    assert verdict.extent.scattered is scattered


def test_a_check_for_a_type_of_run_waits_until_the_type_is_known(folder: Path) -> None:
    beam = {**DEAD, "run_types": ["collisions"]}
    paths = msgspec.structs.replace(PATHS, run_type="Info/type")
    settings = SiteSettings("x", conditions=paths, run_types={"pp": "collisions"})
    scene = Scene(folder, Plot(PATH, checks=(beam,)), settings=settings)
    scene.source.versions[RUN, "Hcal"] = 400  # as one that counts those of all clients
    verdict = scene.update(HALF)
    assert verdict.status is not BAD
    assert verdict.checks[0].sentence.endswith(
        "is for collisions; the run type is not known yet"
    )
    said = Scalar("type", "pp")
    scene.source.snapshot(RUN, "Info", {"Info/type": said})
    assert scene.judged().status is BAD
    scene.source.snapshot(RUN, "Info", {})  # nothing says another one
    assert scene.update(HALF).status is BAD


@pytest.mark.parametrize("word", ["", "pp-special"])
def test_where_no_type_of_a_run_is_known_all_checks_judge(
    folder: Path, word: str
) -> None:
    beam = {**DEAD, "run_types": ["collisions"]}
    paths = msgspec.structs.replace(PATHS, run_type="Info/type")
    settings = SiteSettings("x", conditions=paths, run_types={"pp": "collisions"})
    scene = Scene(folder, Plot(PATH, checks=(beam,)), settings=settings)
    if word:  # none of the site's
        scene.source.snapshot(RUN, "Info", {"Info/type": Scalar("type", word)})
    waits = 0 if word else TYPE_COMES_IN
    found = [scene.update(HALF).status for _ in range(waits + 1)]
    assert [each is BAD for each in found] == [False] * waits + [True]
