"""What the commands of the shift do, and when each makes sense."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dqmconsole.ui.hands import Hands


def has_book(hands: Hands) -> bool:
    """While a book is open."""
    return hands.duty.book.word != "closed"


def on_shift(hands: Hands) -> bool:
    """While somebody has the shift at this console."""
    return hands.duty.shift is not None


def has_instruction(hands: Hands) -> bool:
    """While the selected plot has an instruction."""
    place = hands.view.selected
    if place is None:
        return False
    return hands.duty.guidance(place.key).instruction is not None


def release_waits(hands: Hands) -> bool:
    """While another release waits to be taken up."""
    return hands.session.release_waiting is not None


def begin_shift(hands: Hands) -> None:
    """Show the page on which a shift begins."""
    parts = hands.shift_parts
    hands.view.bring_guest(parts.begin)
    parts.begin.open()


def show_release(hands: Hands) -> None:
    """Show what the release that waits changes."""
    hands.shift_parts.release.open()


def focus_instruction(hands: Hands) -> None:
    """Give the instruction of the selected plot the keyboard."""
    hands.docks["panel"].show()
    hands.shift_parts.guidance.focus_instruction()


def tick_step(hands: Hands) -> None:
    """Tick the first step that is open."""
    hands.shift_parts.guidance.tick_next()


def toggle_difference(hands: Hands) -> None:
    """Show or hide what changed in the instruction since it was read."""
    hands.shift_parts.guidance.toggle_difference()


def call_somebody(hands: Hands) -> None:
    """Show whom to call about the selected plot."""
    hands.shift_parts.call.open()


def record_call(hands: Hands) -> None:
    """Put the call to whoever is next on record, without asking."""
    hands.shift_parts.call.record_next()


def write_entry(hands: Hands) -> None:
    """Write an entry, with the evidence of what is in view."""
    hands.shift_parts.entry.open()


def show_flags(hands: Hands) -> None:
    """Turn to runs and flags."""
    hands.docks["book"].show()
    hands.shift_parts.book.show_leaf("flags")


def show_entries(hands: Hands) -> None:
    """Turn to the entries."""
    hands.docks["book"].show()
    hands.shift_parts.book.show_leaf("entries")


def show_checklists(hands: Hands) -> None:
    """Turn to the check-lists."""
    hands.docks["book"].show()
    hands.shift_parts.book.show_leaf("checklists")


def show_hand_over(hands: Hands) -> None:
    """Turn to the hand-over."""
    hands.docks["book"].show()
    hands.shift_parts.book.show_leaf("hand-over")


def toggle_book(hands: Hands) -> None:
    """Show or hide the book."""
    hands.toggle("book")


def confirm_flags(hands: Hands) -> None:
    """Confirm all proposals that nothing speaks against."""
    show_flags(hands)
    hands.shift_parts.book.confirm_flags()


def sign_off(hands: Hands) -> None:
    """Sign the run shown off."""
    show_flags(hands)
    hands.shift_parts.book.sign_off()
