"""A window with exam and practice on a fake session; the exam's own parts are real."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from support.consoles import Console
from support.fake_book import FakeWriter
from support.fake_runs import FakeRuns
from support.fake_session import (
    DEPTH1,
    GOOD,
    HOLE,
    FakeSession,
    curve,
    occupancy,
    run_info,
    site,
    tile_of,
)
from support.taught import taught

from dqmconsole.model.layout import plot_key
from dqmconsole.training import trainer
from dqmconsole.training.drill import plan_drill
from dqmconsole.training.facts import AnswerKey
from dqmconsole.training.item_bank import Choice, Item, Plan, make_plan
from dqmconsole.training.lesson import (
    CauseWords,
    ExamSettings,
    ItemSource,
    LessonRun,
    MeasuredRow,
)
from dqmconsole.training.practice import Feedback, Practice
from dqmconsole.training.trainer import Trainer
from dqmconsole.ui.theme import LIGHT

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.model.site import Site
    from dqmconsole.training.facts import Facts
    from dqmconsole.training.lesson import ExamName
    from dqmconsole.training.records import Mark
    from dqmconsole.ui.theme import Theme
    from dqmconsole.ui.training.exam_parts import ExamParts

WHO = "Tina Trainee"
PAGES = ("Hcal/Digi occupancy", "Hcal/Run summary")
SETTINGS = ExamSettings(matter=(ItemSource(PAGES, "fed-lost"),), items=4)
CAUSES = (
    CauseWords("fed-lost", "fault", "readout", "a front-end driver sends nothing"),
    CauseWords("lumi-drop", "harmless", "beam", "the luminosity drops"),
)


ROW = MeasuredRow(
    PAGES[0], "collisions", "fault", "fed-lost:Hcal*1#0", 3, 12, 50.0, 3, 3,
    ("Hcal/DigiTask/Occupancy/depth1", "Hcal/DigiTask/Charge/HB"),
)  # fmt: skip


class ExamSession(FakeSession):
    """A client whose source is served when the test says so."""

    def __init__(self, taught: Site) -> None:
        super().__init__(taught)
        self.taught = taught

    def serve(self, *, bad: bool, seed: int = 1, only: int = 99) -> None:
        """What the engine says of the source that is open: its site, its pictures.

        Args:
            bad: the map has a hole, and its verdict is BAD.
            seed: of the pictures.
            only: how many plots of a page have a picture.
        """
        if self.site is None:
            self.put_site(self.taught)
        self.put_run(run_info(900000 + seed))
        assert self.site is not None
        for layout in self.site.layouts:
            for page in layout.pages:
                for plot in page.plots[:only]:
                    key = plot_key(layout.layout, page.page, plot.path)
                    name = plot.path.rsplit("/", 1)[-1]
                    hole = bad and key == DEPTH1
                    drawn = occupancy if "Occupancy" in name or key == DEPTH1 else curve
                    data = (
                        occupancy(name, seed=seed, hole=hole)
                        if drawn is occupancy
                        else curve(name, seed=seed)
                    )
                    self.put_tile(tile_of(key, data, HOLE if hole else GOOD))


class FakePractice(Practice):
    """A practice that does what a test says."""

    recorded = updates = 0
    left = 900.0
    over = False
    marks: tuple[Mark, ...] = ()

    def __init__(self) -> None:
        self.feedback: tuple[Feedback, ...] = ()
        self.gone = False

    def look(self, facts: Facts) -> None:
        pass

    def leave(self) -> None:
        self.gone = True

    def end(self) -> None:
        self.over = True


class SceneTrainer(Trainer):
    """A trainer whose practice is a test's own."""

    practised: tuple[float, str, int] | None = None

    def begin_practice(self, minutes: float, run_type: str, difficulty: int) -> str:
        self.practised = minutes, run_type, difficulty
        self.leave()
        self.activity = FakePractice()
        return ""


class ExamConsole(Console):
    """A console with exam and practice: course page open, the trainee named."""

    def __init__(
        self,
        folder: Path,
        *,
        truths: str = "bgbg",
        size: tuple[int, int] = (1400, 900),
        theme: Theme = LIGHT,
        settings: ExamSettings = SETTINGS,
    ) -> None:
        self.settings = settings
        self.fake = ExamSession(exam_site(settings))
        self.fake.serve(bad=False)
        self.runs = FakeRuns()
        self.runs.shows = lambda _: AnswerKey(ROW.plots)
        self.plan = plan_of(truths)
        self._patch = pytest.MonkeyPatch()
        self._patch.setattr(trainer, "make_plan", self._make_plan)
        self._patch.setattr(trainer, "plan_drill", self._plan_drill)
        super().__init__(
            self.fake,
            folder / "console.ini",
            size=size,
            theme=theme,
            writer=FakeWriter(),
            teach=lambda console: console._teach(),  # type: ignore[attr-defined]
        )
        self.teacher.who = WHO
        self.wait(1.0)

    def close(self) -> None:
        super().close()
        self._patch.undo()

    def _make_plan(self, site: Site, seed: int, name: ExamName) -> Plan:
        """The items of the test, where the site has a plan of its own."""
        own = make_plan(site, seed, name)
        return msgspec.structs.replace(self.plan, seed=seed, hash=own.hash)

    def _plan_drill(self, *given: Any) -> Plan:  # noqa: ANN401 - as it is called
        """The items of the test, where the site has a drill of its own."""
        plan_drill(*given)
        return self.plan

    def _teach(self) -> Trainer:
        self.teacher = SceneTrainer(
            self.client,
            self.session,
            self.runs,
            lambda _site: None,
            clock=lambda: self.now,
            monotonic=lambda: self.now,
        )
        return self.teacher

    @property
    def parts(self) -> ExamParts:
        assert self.training.part is not None
        return self.training.part.exam

    def wait(self, seconds: float) -> None:
        self.now += seconds
        for _ in range(4):
            super().wait(0)

    def begin_items(self) -> None:
        """Open the exam's page and begin the items by Return."""
        self.parts.open_exam()
        self.press("\r")

    def serve(self, *, bad: bool, seed: int = 1, only: int = 99) -> None:
        """Let the engine answer, and look."""
        self.fake.serve(bad=bad, seed=seed, only=only)
        self.wait(0.1)


def plan_of(truths: str) -> Plan:
    """A plan of items: "b" for a fault on the first page, "g" for a good one."""
    items = tuple(
        Item(
            number,
            0,
            "bad" if letter == "b" else "good",
            Choice(
                "fault",
                PAGES[0],
                "collisions",
                "fed-lost:Hcal",
                family="readout",
                urgency="now",
                row=ROW,
            )
            if letter == "b"
            else Choice("nothing", PAGES[0], "collisions"),
            LessonRun(seed=number + 1),
        )
        for number, letter in enumerate(truths)
    )
    return Plan(7, items, "sealed")


def exam_site(settings: ExamSettings = SETTINGS) -> Site:
    """The fake site with an exam."""
    return taught(site(), exam=settings, causes=CAUSES)
