"""The commands of the training, for the window's table of commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.message import TRAINING
from dqmconsole.ui.command import Command
from dqmconsole.ui.feature import Feature

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmconsole.model.lesson import Judgement
    from dqmconsole.ui.context import Context
    from dqmconsole.ui.training.parts import TrainingParts

MENU = "Training"


class TutorialStarter(Feature):
    """Opens the tutorial in a window of its own.

    Args:
        start: opens it.
    """

    def __init__(self, start: Callable[[], None]) -> None:
        self.commands = (
            Command(
                "tutorial",
                MENU,
                "The course: lessons, practice, exam",
                ("F5",),
                lambda _context: start(),
                welcome="Learn: the tutorial",
            ),
        )


class ItemMaker(Feature):
    """Makes an item of the exam of the evidence bundle in view.

    Args:
        make: makes an item of a bundle's path, and whether something is wrong in it.
    """

    def __init__(self, make: Callable[[str, Judgement], None]) -> None:
        def is_evidence(context: Context) -> bool:
            return context.client.moment is not None

        self.commands = (
            Command(
                "item-bad",
                MENU,
                "Make an exam item of this evidence: something is wrong",
                (),
                lambda context: make(context.client.source, "bad"),
                is_evidence,
            ),
            Command(
                "item-good",
                MENU,
                "Make an exam item of this evidence: nothing is wrong",
                (),
                lambda context: make(context.client.source, "good"),
                is_evidence,
            ),
        )


def training_commands(parts: TrainingParts) -> tuple[Command, ...]:
    """The commands of a window in which somebody is taught."""

    def has_lesson(_context: Context) -> bool:
        return parts.tutor.lesson is not None

    def is_training(context: Context) -> bool:
        return context.client.banner == TRAINING

    return (
        Command(
            "tutorial",
            MENU,
            "The course: lessons, practice, exam",
            ("F5",),
            lambda _context: parts.show_course(),
        ),
        Command(
            "tutor",
            MENU,
            "To the tutor’s bubble; again: fold it",
            ("F4",),
            lambda _context: parts.tutor.turn_bubble(),
            has_lesson,
        ),
        Command(
            "go-on",
            MENU,
            "Go on, once a step is read",
            ("G",),
            lambda _context: parts.tutor.go_on(),
            has_lesson,
        ),
        Command(
            "hint",
            MENU,
            "A hint",
            ("F6",),
            lambda _context: parts.tutor.ask_hint(),
            has_lesson,
        ),
        Command(
            "finding",
            MENU,
            "Say what is wrong, or that nothing is",
            ("V",),
            lambda _context: parts.finding.open(),
            is_training,
        ),
    )
