"""What the commands of the shift do, and when each makes sense."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dqmconsole.ui.context import Context


def has_book(context: Context) -> bool:
    """While a book is open."""
    return context.session.book.word != "closed"


def on_shift(context: Context) -> bool:
    """While somebody has the shift at this console."""
    return context.session.shift is not None


def has_instruction(context: Context) -> bool:
    """While the selected plot has an instruction."""
    place = context.view.selected
    if place is None:
        return False
    return context.session.guidance(place.key).instruction is not None


def release_waits(context: Context) -> bool:
    """While another release waits to be taken up."""
    return context.client.release_waiting is not None


def begin_shift(context: Context) -> None:
    """Show the page on which a shift begins."""
    parts = context.shift_parts
    context.view.bring_guest(parts.begin)
    parts.begin.open()


def show_release(context: Context) -> None:
    """Show what the release that waits changes."""
    context.shift_parts.release.open()


def focus_instruction(context: Context) -> None:
    """Give the instruction of the selected plot the keyboard."""
    context.docks["panel"].show()
    context.shift_parts.guidance.focus_instruction()


def tick_step(context: Context) -> None:
    """Tick the first step that is open."""
    context.shift_parts.guidance.tick_next()


def toggle_difference(context: Context) -> None:
    """Show or hide what changed in the instruction since it was read."""
    context.shift_parts.guidance.toggle_difference()


def call_somebody(context: Context) -> None:
    """Show whom to call about the selected plot."""
    context.shift_parts.call.open()


def record_call(context: Context) -> None:
    """Put the call to whoever is next on record, without asking."""
    context.shift_parts.call.record_next()


def write_entry(context: Context) -> None:
    """Write an entry, with the evidence of what is in view."""
    context.shift_parts.entry.open()


def show_flags(context: Context) -> None:
    """Turn to runs and flags."""
    context.docks["book"].show()
    context.shift_parts.book.show_leaf("flags")


def show_entries(context: Context) -> None:
    """Turn to the entries."""
    context.docks["book"].show()
    context.shift_parts.book.show_leaf("entries")


def show_checklists(context: Context) -> None:
    """Turn to the check-lists."""
    context.docks["book"].show()
    context.shift_parts.book.show_leaf("checklists")


def show_hand_over(context: Context) -> None:
    """Turn to the hand-over."""
    context.docks["book"].show()
    context.shift_parts.book.show_leaf("hand-over")


def toggle_book(context: Context) -> None:
    """Show or hide the book."""
    context.toggle("book")


def confirm_flags(context: Context) -> None:
    """Confirm all proposals that nothing speaks against."""
    show_flags(context)
    context.shift_parts.book.confirm_flags()


def sign_off(context: Context) -> None:
    """Sign the run shown off."""
    show_flags(context)
    context.shift_parts.book.sign_off()
