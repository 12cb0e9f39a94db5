"""What the commands of the training do, and when each makes sense."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.training import TRAINING

if TYPE_CHECKING:
    from dqmconsole.ui.context import Context


def has_tutorial(context: Context) -> bool:
    """Where there is a course, or a way to start it."""
    return context.training is not None or context.tutorial is not None


def is_training(context: Context) -> bool:
    """While what is shown belongs to a training."""
    return context.training is not None and context.client.banner == TRAINING


def has_lesson(context: Context) -> bool:
    """While a lesson goes on."""
    return context.training is not None and context.training.tutor.lesson is not None


def can_make_item(context: Context) -> bool:
    """While an evidence bundle is in view, and a site is there to take it."""
    return context.make_item is not None and context.client.moment is not None


def make_bad_item(context: Context) -> None:
    """Make an item of the exam of the evidence in view: something is wrong in it."""
    if context.make_item is not None:
        context.make_item(context.client.source, "bad")


def make_good_item(context: Context) -> None:
    """Make an item of the exam of the evidence in view: nothing is wrong in it."""
    if context.make_item is not None:
        context.make_item(context.client.source, "good")


def show_course(context: Context) -> None:
    """Show the course, or start the tutorial in a window of its own."""
    if context.training is not None:
        context.training.show_course()
    elif context.tutorial is not None:
        context.tutorial()


def turn_bubble(context: Context) -> None:
    """Give the tutor's bubble the keyboard, or fold it."""
    if context.training is not None:
        context.training.tutor.turn_bubble()


def go_on(context: Context) -> None:
    """Leave a step of the lesson that was read."""
    if context.training is not None:
        context.training.tutor.go_on()


def ask_hint(context: Context) -> None:
    """Show the next hint."""
    if context.training is not None:
        context.training.tutor.ask_hint()


def say_what_is_wrong(context: Context) -> None:
    """Say what is wrong with the selected plot, or that nothing is."""
    if context.training is not None:
        context.training.finding.open()
