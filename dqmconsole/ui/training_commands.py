"""The commands of the training, as they stand in the table of all commands."""

from __future__ import annotations

from dqmconsole.ui import training_handlers
from dqmconsole.ui.command import Command

MENU = "Training"
TRAINING_COMMANDS: tuple[Command, ...] = (
    Command(
        "tutorial",
        MENU,
        "The course: lessons, practice, exam",
        ("F5",),
        training_handlers.show_course,
        training_handlers.has_tutorial,
    ),
    Command(
        "tutor",
        MENU,
        "To the tutor’s bubble; again: fold it",
        ("F4",),
        training_handlers.turn_bubble,
        training_handlers.has_lesson,
    ),
    Command(
        "go-on",
        MENU,
        "Go on, once a step is read",
        ("G",),
        training_handlers.go_on,
        training_handlers.has_lesson,
    ),
    Command(
        "hint",
        MENU,
        "A hint",
        ("F6",),
        training_handlers.ask_hint,
        training_handlers.has_lesson,
    ),
    Command(
        "finding",
        MENU,
        "Say what is wrong, or that nothing is",
        ("V",),
        training_handlers.say_what_is_wrong,
        training_handlers.is_training,
    ),
    Command(
        "item-bad",
        MENU,
        "Make an exam item of this evidence: something is wrong",
        (),
        training_handlers.make_bad_item,
        training_handlers.can_make_item,
    ),
    Command(
        "item-good",
        MENU,
        "Make an exam item of this evidence: nothing is wrong",
        (),
        training_handlers.make_good_item,
        training_handlers.can_make_item,
    ),
)
