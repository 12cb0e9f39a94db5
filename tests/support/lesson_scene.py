"""A console that teaches: an invented course on the invented site."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import Qt
from support.consoles import Console
from support.fake_book import FakeWriter
from support.fake_runs import FakeRuns
from support.fake_session import FakeSession, live_tiles, run_info
from support.instructed import (
    OCCUPANCY,
    instructed_site,
    short_note,
)
from support.taught import taught

from dqmconsole.simulation.table.causes import TABLE
from dqmconsole.training.lesson import (
    CauseWords,
    FindingGoal,
    Goal,
    Lesson,
    LessonRun,
    LessonStep,
    Question,
)
from dqmconsole.training.lesson_session import LessonSession
from dqmconsole.training.trainer import Trainer
from dqmconsole.ui.theme import LIGHT
from dqmconsole.ui.training.bubble import Bubble
from dqmconsole.ui.training.overlay import Ring

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.model.site import Site
    from dqmconsole.ui.theme import Theme

ADA = "Ada Trainee"
DEPTH1_PATH = "Hcal/DigiTask/Occupancy/depth1"
PAGE = "Hcal/Digi occupancy"
WHY = (
    "Then the DCS row of HBHE would not be on, and all four sectors would be pale.",
    "FED 1102 sends nothing: its rectangle is empty, and the voltage is on.",
)
STEPS = (
    LessonStep(
        "welcome",
        "A rectangle is missing",
        text="Somewhere in **Hcal** a rectangle is empty. In six minutes you know how "
        "to tell a lost readout board from a high-voltage trip, and whom to call.",
    ),
    LessonStep(
        "see",
        "Find the page",
        point=f"page {PAGE}",
        text="The navigator marks Hcal with a **B**. Open *Digi occupancy*: type `/`, "
        "or press **N** for the next bad plot.",
        done=Goal(page=PAGE),
        hints=("Press **N**.",),
    ),
    LessonStep(
        "compare",
        "What has happened here?",
        point=f"plot {DEPTH1_PATH}",
        region=(0.0, 8.0, 10.0, 24.0),
        text="The rectangle is eight rings wide and fourteen towers high, and "
        "perfectly empty. Does the reference (press **R**) show it too?",
        done=Goal(plot=DEPTH1_PATH, mode="ratio"),
        hints=("Press **R** until *ratio* is shown.", "Press R twice."),
    ),
    LessonStep(
        "which",
        "Voltage or readout?",
        point=f"plot {DEPTH1_PATH}",
        text="Both leave holes. Which one has edges like these?",
        question=Question(
            ("High voltage: all of a sector", "Readout: one front-end driver"), 2, WHY
        ),
    ),
    LessonStep(
        "say",
        "Say what it is",
        point="instruction",
        text="Press **V** and say what is wrong, and how soon somebody must be called.",
        done=Goal(
            finding=FindingGoal("bad", ("fed-lost",), ("Hcal/*",), urgency="call now")
        ),
    ),
    LessonStep(
        "read",
        "What the instruction says",
        point="contacts",
        text="The panel says whom to call, in the order of escalation.",
    ),
)


def lesson(number: int = 5, **changes: object) -> Lesson:
    """The lesson of the drawing."""
    made = Lesson(
        number,
        "An empty rectangle",
        1,
        "dqm",
        "2026-11-26",
        6,
        "telling a lost readout board from a high-voltage trip",
        STEPS,
        LessonRun(seed=number),
        id="empty-rectangle",
        covers=(OCCUPANCY,),
        debrief="An empty rectangle with sharp edges is a **readout board**; a trip "
        "leaves whole sectors pale.\n\n- Look at FED first.\n- Then call.",
        hash="h5",
    )
    return msgspec.structs.replace(made, **changes)


CAUSES = tuple(
    CauseWords(each.name, each.kind, each.family, each.description, each.targets)
    for each in TABLE
)
TITLES = (
    "The console in five minutes",
    "A histogram and its reference",
    "Runs, lumisections, beam modes, high voltage",
    "The sixteen subsystems in one tour",
    "An empty rectangle",
    "Hot channels and noise",
    "When not to call",
    "What a difference means",
    "Instructions, notes and whom to call",
    "The life of a run and its flags",
    "The entry and the hand-over",
    "A whole shift in fifteen minutes",
)


def course() -> tuple[Lesson, ...]:
    """Twelve lessons; the fifth is the one of the drawing."""
    made = []
    for number, title in enumerate(TITLES, 1):
        if number == 5:
            made.append(lesson(requires=("lesson-2",)))
        else:
            steps = STEPS[:1] if number == 6 else STEPS[: 3 + number % 3]
            made.append(
                lesson(
                    number,
                    id=f"lesson-{number}",
                    title=title,
                    steps=steps,
                    hash=f"h{number}",
                )
            )
    return tuple(made)


# the key that does what a step asks for, or part of it
KEYS: dict[str, str | Qt.Key] = {
    "welcome": Qt.Key.Key_F7,
    "see": "n",
    "compare": "r",
    "which": "2",
    "read": Qt.Key.Key_F7,
}


def trainer_of(console: Console, runs: FakeRuns, ledger: FakeWriter) -> Trainer:
    """A trainer at a console; it goes by the console's clock."""
    return Trainer(
        console.client,
        console.session,
        runs,
        lambda _site: ledger,
        clock=lambda: console.now,
        monotonic=lambda: console.now,
        account="shifter",
        console="test:1",
    )


def teach(console: Console, told: Lesson) -> None:
    """Let a lesson go on at a console on what is open there already."""
    trainer, client = console.trainer, console.client
    assert trainer is not None
    assert client.site is not None
    trainer.activity = LessonSession(told, trainer.ledger, ADA, console.now)


class Classroom(Console):
    """A window that teaches; the course page's run is there when it opens.

    Args:
        settings_file: as of the console.
        size: of the window.
        theme: the colours.
        lessons: of the site.
        ledger: the real book.
    """

    def __init__(
        self,
        settings_file: Path,
        *,
        size: tuple[int, int] = (1400, 900),
        theme: Theme = LIGHT,
        lessons: tuple[Lesson, ...] | None = None,
        ledger: FakeWriter | None = None,
    ) -> None:
        self.site: Site = taught(
            instructed_site(notes=(short_note(),)),
            lessons=course() if lessons is None else lessons,
            causes=CAUSES,
        )
        self.runs = FakeRuns()
        self.ledger = ledger or FakeWriter()
        super().__init__(
            FakeSession(source=""),
            settings_file,
            size=size,
            writer=FakeWriter(),
            teach=lambda console: trainer_of(console, self.runs, self.ledger),
            theme=theme,
        )
        assert self.trainer is not None
        self.trainer.start_run(LessonRun())
        self.run_comes()
        self.training.show_course()
        self.wait(0)

    def run_comes(self) -> None:
        """The source that was opened last gives its site, run and data."""
        self.wait(0)
        self.client.put_site(self.site)
        self.client.put_run(run_info())
        self.client.put_tiles(live_tiles(self.site))
        self.wait(1)
        self.wait(1)

    def begin(self, number: int = 5, who: str = ADA) -> None:
        """Say a name, choose a lesson, begin it: by keyboard alone."""
        assert self.focus() == "Your name", self.focus()
        self.type(who)
        self.press("\r")
        assert self.focus() == "Lessons"
        self.press(Qt.Key.Key_Home)
        for _ in range(number - 1):
            self.press(Qt.Key.Key_Down)
        self.press("\r")
        self.run_comes()

    @property
    def told(self) -> str:
        """Id of the step that is told; "" when none is."""
        lesson = self.trainer.activity if self.trainer is not None else None
        step = lesson.tutor.state.step if isinstance(lesson, LessonSession) else None
        return step.id if step is not None else ""

    @property
    def _can_go_on(self) -> bool:
        lesson = self.trainer.activity if self.trainer is not None else None
        return isinstance(lesson, LessonSession) and lesson.tutor.state.can_go_on

    @property
    def ring(self) -> Ring:
        """The ring."""
        return self._ring("Ring of the tutor")

    @property
    def second(self) -> Ring:
        """The ring around the same on the other map of a pair."""
        return self._ring("Second ring of the tutor")

    def _ring(self, name: str) -> Ring:
        rings = self.window.findChildren(Ring)
        return next(each for each in rings if each.accessibleName() == name)

    @property
    def bubble(self) -> Bubble:
        """The bubble."""
        return self.window.findChildren(Bubble)[0]

    def says_bubble(self) -> str:
        """Everything that stands in the bubble."""
        return self.bubble.accessibleDescription()

    def until(self, step: str) -> None:
        """Do what the steps before ask for, by keyboard, until a step is told."""
        for _ in range(30):
            if self.told == step:
                return
            self.press(Qt.Key.Key_F7 if self._can_go_on else KEYS[self.told])
            self.wait(1)
        message = f"{self.told} is told, not {step}"
        raise AssertionError(message)
