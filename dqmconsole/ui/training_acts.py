"""What the commands of the training do, and when each makes sense."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.training import TRAINING

if TYPE_CHECKING:
    from dqmconsole.ui.hands import Hands


def has_tutorial(hands: Hands) -> bool:
    """Where there is a course, or a way to start it."""
    return hands.training is not None or hands.tutorial is not None


def is_training(hands: Hands) -> bool:
    """While what is shown belongs to a training."""
    return hands.training is not None and hands.session.banner == TRAINING


def has_lesson(hands: Hands) -> bool:
    """While a lesson goes on."""
    return hands.training is not None and hands.training.tutor.lesson is not None


def can_make_item(hands: Hands) -> bool:
    """While an evidence bundle is in view, and a site is there to take it."""
    return hands.make_item is not None and hands.session.moment is not None


def make_bad_item(hands: Hands) -> None:
    """Make an item of the exam of the evidence in view: something is wrong in it."""
    if hands.make_item is not None:
        hands.make_item(hands.session.source, "bad")


def make_good_item(hands: Hands) -> None:
    """Make an item of the exam of the evidence in view: nothing is wrong in it."""
    if hands.make_item is not None:
        hands.make_item(hands.session.source, "good")


def show_course(hands: Hands) -> None:
    """Show the course, or start the tutorial in a window of its own."""
    if hands.training is not None:
        hands.training.show_course()
    elif hands.tutorial is not None:
        hands.tutorial()


def turn_bubble(hands: Hands) -> None:
    """Give the tutor's bubble the keyboard, or fold it."""
    if hands.training is not None:
        hands.training.tutor.turn_bubble()


def go_on(hands: Hands) -> None:
    """Leave a step of the lesson that was read."""
    if hands.training is not None:
        hands.training.tutor.go_on()


def ask_hint(hands: Hands) -> None:
    """Show the next hint."""
    if hands.training is not None:
        hands.training.tutor.ask_hint()


def say_what_is_wrong(hands: Hands) -> None:
    """Say what is wrong with the selected plot, or that nothing is."""
    if hands.training is not None:
        hands.training.finding.open()
