"""Training as a feature of a window: its commands, and the parts that teach."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from dqmconsole.model.message import TRAINING
from dqmconsole.ui.feature import Command, Scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmconsole.training.lesson import ExamName, Judgement, Lesson
    from dqmconsole.training.trainer import Trainer
    from dqmconsole.ui.parts import Parts
    from dqmconsole.ui.training.parts import TrainingParts

MENU = "Training"
ITEM = Scope("item", lambda parts: (parts.view,))


class TrainingFeature:
    """Course, tutor, practice and exam of one window, or the way to start them.

    Args:
        trainer: the training of this window; None where it is none.
        start: starts a training elsewhere; None where it cannot.
        make_item: makes an item of the exam of an evidence bundle, and says so: its
            path, and whether something is wrong in it; None where it cannot.
    """

    def __init__(
        self,
        trainer: Trainer | None = None,
        *,
        start: Callable[[], None] | None = None,
        make_item: Callable[[str, Judgement], None] | None = None,
    ) -> None:
        self._trainer = trainer
        self._start = start
        self._make_item = make_item
        self.part: TrainingParts | None = None

    def build(self, parts: Parts) -> TrainingParts | None:
        """Build the parts that teach; without a trainer there are none."""
        if self._trainer is not None:
            # only here: what teaches is not even loaded where nothing is taught
            from dqmconsole.ui.training.parts import TrainingParts

            self.part = TrainingParts(parts, self._trainer)
        return self.part

    def show_course(self) -> None:
        """Show the course, or start the tutorial in a window of its own."""
        if self.part is not None:
            self.part.show_course()
        elif self._start is not None:
            self._start()

    def show_exam(self, name: ExamName) -> None:
        """Show the page before an exam."""
        if self.part is not None:
            self.part.exam.open_exam(name)

    def show_opening(self, lesson: Lesson) -> None:
        """Show the page on which a lesson opens, which was begun before the window."""
        if self.part is not None:
            self.part.show_opening(lesson)

    @property
    def commands(self) -> tuple[Command, ...]:
        """Its commands."""
        return (
            Command(
                "tutorial",
                MENU,
                "The course: lessons, practice, exam",
                ("F5",),
                lambda _: self.show_course(),
                lambda _: self.part is not None or self._start is not None,
                welcome="Learn: the tutorial" if self._start is not None else "",
            ),
            Command(
                "tutor",
                MENU,
                "To the tutor’s bubble (again: fold it), or to the feedback",
                ("F4",),
                lambda _: self._taught().turn_to_tutor(),
                lambda _: self._has_lesson() or self._has_feedback(),
            ),
            Command(
                "go-on",
                MENU,
                "Go on: once a step is read, a question answered, a page done",
                ("F7",),
                lambda _: self._taught().go_on(),
                lambda _: self.part is not None and self.part.goes_on,
            ),
            Command(
                "hint",
                MENU,
                "A hint",
                ("F6",),
                lambda _: self._taught().tutor.ask_hint(),
                lambda _: self._has_lesson(),
            ),
            *(
                Command(
                    f"answer-{number}",
                    MENU,
                    f"Answer {number} of a question",
                    (str(number),),
                    partial(self._answer, number),
                    partial(self._asks, number),
                )
                for number in range(1, 6)  # no question has more choices
            ),
            Command(
                "finding",
                MENU,
                "Say what is wrong, or that nothing is",
                ("V",),
                lambda _: self._taught().finding.open(),
                self._is_training,
            ),
            Command(
                "drill",
                MENU,
                "Daily drill: two minutes of what you missed",
                (),
                lambda _: self._taught().begin_drill(),
                lambda _: self.part is not None and self.part.can_drill,
            ),
            Command(
                "exam",
                MENU,
                "The exam: what is asked, and what is passed; begin or resume it",
                ("Ctrl+F5",),
                lambda _: self._taught().open_exam(),
                lambda _: self.part is not None and self.part.can_drill,
            ),
            Command(
                "end-practice",
                MENU,
                "End the practice, the observed shift or the recording of a lesson",
                ("Shift+Esc",),
                lambda _: self._taught().ask_to_end(),
                lambda _: self.part is not None and self.part.can_be_ended,
            ),
            Command(
                "take-back",
                MENU,
                "While a lesson is recorded: take the last step back",
                ("Ctrl+Z",),
                lambda _: self._taught().take_back(),
                lambda _: self.part is not None and self.part.can_take_back,
                repeats=False,
            ),
            Command(
                "answer-bad",
                MENU,
                "In an exam: something is wrong",
                ("B",),
                lambda _: self._taught().exam.items.answer("bad"),
                self._examines,
                ITEM,
                repeats=False,
            ),
            Command(
                "answer-good",
                MENU,
                "In an exam: nothing to report",
                ("G",),
                lambda _: self._taught().exam.items.answer("good"),
                self._examines,
                ITEM,
                repeats=False,
            ),
            *(
                Command(
                    f"replay-{name}",
                    MENU,
                    f"Replay of an exam: the {name} page",
                    (key,),
                    partial(self._replay, by),
                    lambda _: self.part is not None and self.part.exam.replay.goes_on,
                )
                for name, key, by in (
                    ("next", "Ctrl+PgDown", 1),
                    ("previous", "Ctrl+PgUp", -1),
                )
            ),
            Command(
                "item-bad",
                MENU,
                "Make an exam item of this evidence: something is wrong",
                (),
                lambda parts: self._make(parts, "bad"),
                self._can_make_item,
            ),
            Command(
                "item-good",
                MENU,
                "Make an exam item of this evidence: nothing is wrong",
                (),
                lambda parts: self._make(parts, "good"),
                self._can_make_item,
            ),
        )

    def _taught(self) -> TrainingParts:
        assert self.part is not None
        return self.part

    def _has_lesson(self) -> bool:
        return self.part is not None and self.part.tutor.lesson is not None

    def _has_feedback(self) -> bool:
        return self.part is not None and self.part.exam.shift.card.isVisible()

    def _answer(self, number: int, _parts: Parts) -> None:
        self._taught().tutor.answer(number)

    def _replay(self, by: int, _parts: Parts) -> None:
        self._taught().exam.replay.go(by)

    def _asks(self, number: int, _parts: Parts) -> bool:
        return self.part is not None and self.part.tutor.asks(number)

    def _examines(self, _parts: Parts) -> bool:
        return self.part is not None and self.part.exam.items.takes_answers

    def _is_training(self, parts: Parts) -> bool:
        return self.part is not None and parts.context.client.banner == TRAINING

    def _can_make_item(self, parts: Parts) -> bool:
        return self._make_item is not None and parts.context.client.moment is not None

    def _make(self, parts: Parts, judgement: Judgement) -> None:
        if self._make_item is not None:
            self._make_item(parts.context.client.source, judgement)
