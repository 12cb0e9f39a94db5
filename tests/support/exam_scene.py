"""A window with exam and practice on a fake session; the exam's own parts are real."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.consoles import Console
from support.fake_book import FakeWriter
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
from dqmconsole.shift.blinding import (
    blinded_rollup,
    blinded_run,
    blinded_tile,
    blinded_verdict,
)
from dqmconsole.training.exam import Exam
from dqmconsole.training.item_bank import Choice, Item, Plan
from dqmconsole.training.lesson import CauseWords, ExamSettings, ItemSource, LessonRun
from dqmconsole.training.practice import Feedback, Practice
from dqmconsole.training.records import ExamBegan, ExamEnded
from dqmconsole.training.trainer import Trainer
from dqmconsole.ui.theme import LIGHT

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.model.frame import Tile
    from dqmconsole.model.record import Record
    from dqmconsole.model.run import RunInfo
    from dqmconsole.model.site import Site
    from dqmconsole.model.verdict import Verdict
    from dqmconsole.training.facts import Facts
    from dqmconsole.training.records import Mark
    from dqmconsole.ui.theme import Theme
    from dqmconsole.ui.training.exam_parts import ExamParts

WHO = "Tina Trainee"
PAGES = ("Hcal/Digi occupancy", "Hcal/Run summary")
SETTINGS = ExamSettings(matter=(ItemSource(PAGES),), items=4)
CAUSES = (
    CauseWords("fed-lost", "fault", "readout", "a front-end driver sends nothing"),
    CauseWords("lumi-drop", "harmless", "beam", "the luminosity drops"),
)


class ExamSession(FakeSession):
    """A fake client that can be blinded; a source is served when the test says so."""

    def __init__(self, taught: Site) -> None:
        super().__init__(taught, "/dqm/live")
        self.taught = taught
        self.blinded = False
        self.blinding_ends = False
        self.truth: dict[str, Verdict] = {}
        self.mailbox.judged = lambda key: self.truth.get(key)  # type: ignore[method-assign]
        self.true_tiles: dict[str, Tile] = {}

    def set_blinded(self, on: bool) -> None:
        self.blinded = on
        for key, tile in self.mailbox.tiles.items():
            self.mailbox.tiles[key] = blinded_tile(tile) if on else self.true_tiles[key]
        self._write_statuses()

    def end_blinding(self) -> None:
        self.blinding_ends = True

    def open(
        self,
        source: str,
        *,
        site: str = "",
        reference: str = "",
        banner: str = "",
        speed: float = 1.0,
        recorded: bool = False,
    ) -> None:
        super().open(
            source,
            site=site,
            reference=reference,
            banner=banner,
            speed=speed,
            recorded=recorded,
        )
        self.mailbox.references = {}
        self._answer = {}
        self.truth, self.true_tiles = {}, {}
        if self.blinding_ends:
            self.blinded = self.blinding_ends = False

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

    def put_run(self, run: RunInfo) -> None:
        super().put_run(blinded_run(run) if self.blinded else run)

    def put_verdict(self, key: str, verdict: Verdict) -> None:
        self.truth[key] = verdict
        super().put_verdict(key, verdict)
        self._write_statuses()

    def _show(self, tile: Tile) -> None:
        self.true_tiles[tile.key] = tile
        super()._show(blinded_tile(tile) if self.blinded else tile)

    def _write_statuses(self) -> None:
        if self.blinded:
            self.mailbox.verdicts = {
                k: blinded_verdict(v) for k, v in self.truth.items()
            }
            self.mailbox.rollups = {
                k: blinded_rollup(v) for k, v in self.mailbox.rollups.items()
            }
        else:
            self.mailbox.verdicts = dict(self.truth)


class FakeRuns:
    """Runs that are whole as soon as they are wanted, unless `ready` says otherwise."""

    def __init__(self) -> None:
        self.ready: bool | None = True
        self.dropped: list[str] = []
        self._made = 0

    def start(self, run: LessonRun) -> str:
        return f"/runs/live{run.seed}"

    def prepare(self, run: LessonRun, subsystems: tuple[str, ...]) -> str:  # noqa: ARG002
        self._made += 1
        return f"/runs/{self._made}"

    def broke_off(self) -> bool:
        """Never, here."""
        return False

    def is_ready(self, folder: str) -> bool | None:  # noqa: ARG002
        return self.ready

    def reference(self, run: LessonRun) -> str:  # noqa: ARG002
        return ""

    def drop(self, folder: str) -> None:
        self.dropped.append(folder)

    def stop(self) -> None:
        pass


class FakePractice(Practice):
    """A practice that does what a test says."""

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
    """A trainer whose plan and practice are a test's own."""

    plan: Plan
    refuses = ""
    begun: tuple[object, ...] = ()

    def begin_exam(self, seed: int | None = None) -> str:  # noqa: ARG002
        self.begun = (*self.begun, "exam")
        if self.refuses:
            return self.refuses
        plan = self.plan
        body = ExamBegan("items", plan.seed, plan.hash, items=len(plan.items))
        return self._go_on(self.ledger.write(self.who, body))

    def resumable(self) -> tuple[Record, ...]:
        ended = {each.body.exam for each in self.ledger.records
                 if isinstance(each.body, ExamEnded)}  # fmt: skip
        return tuple(
            each
            for each in self.ledger.records
            if isinstance(each.body, ExamBegan) and each.uid not in ended
        )

    def resume(self, record: Record) -> str:
        self.begun = (*self.begun, "resume")
        return self._go_on(record)

    def begin_practice(
        self,
        minutes: float,
        run_type: str,
        difficulty: int,
        seed: int | None = None,  # noqa: ARG002
    ) -> str:
        self.begun = (*self.begun, (minutes, run_type, difficulty))
        if not self.refuses:
            self.leave()
            self.activity = FakePractice()
        return self.refuses

    def _go_on(self, record: Record) -> str:
        return self._begin(
            lambda site: Exam(
                site, self.ledger, self._runs, self.show, self.monotonic, record,
                self.plan,
            )
        )  # fmt: skip


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
        self.plan = plan_of(truths)
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

    def _teach(self) -> Trainer:
        self.teacher = SceneTrainer(
            self.client,  # type: ignore[arg-type]
            self.session,
            self.runs,
            lambda _site: None,
            clock=lambda: self.now,
            monotonic=lambda: self.now,
        )
        self.teacher.plan = self.plan
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
            Choice("fault", PAGES[0], "collisions", "fed-lost:Hcal", family="readout")
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
