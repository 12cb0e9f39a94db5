"""The table of commands: menus, keys, palette and cheat-sheet come from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence

from dqmconsole.ui import handlers, shift_handlers
from dqmconsole.ui.command import Command

if TYPE_CHECKING:
    from collections.abc import Iterable

COMMANDS: tuple[Command, ...] = (
    Command("open-file", "File", "Open file …", ("Ctrl+O",), handlers.open_file),
    Command(
        "open-folder", "File", "Open folder …", ("Ctrl+Shift+O",), handlers.open_folder
    ),
    Command(
        "start-demo",
        "File",
        "Start the demo",
        ("Ctrl+D",),
        handlers.start_demo,
        handlers.has_demo,
    ),
    Command(
        "save-picture",
        "File",
        "Save picture of the page …",
        ("Ctrl+S",),
        handlers.save_picture,
        handlers.shows_data,
    ),
    Command(
        "save-plot",
        "File",
        "Save picture of the plot …",
        ("Ctrl+Shift+S",),
        handlers.save_plot,
        handlers.has_selection,
    ),
    Command(
        "copy-picture",
        "File",
        "Copy picture of the page",
        ("Ctrl+Shift+C",),
        handlers.copy_picture,
        handlers.shows_data,
    ),
    Command(
        "copy-plot",
        "File",
        "Copy picture of the plot",
        ("Ctrl+Alt+C",),
        handlers.copy_plot,
        handlers.has_selection,
    ),
    Command("quit", "File", "Quit", ("Ctrl+Q",), handlers.close_window),
    Command(
        "next-page",
        "Go",
        "Next page",
        ("PgDown", "]"),
        handlers.next_page,
        handlers.has_pages,
    ),
    Command(
        "previous-page",
        "Go",
        "Previous page",
        ("PgUp", "["),
        handlers.previous_page,
        handlers.has_pages,
    ),
    Command(
        "next-abnormal",
        "Go",
        "Next plot that is BAD or WARNING",
        ("N",),
        handlers.next_abnormal,
        handlers.has_pages,
        hint="next bad",
    ),
    Command(
        "search",
        "Go",
        "Search pages, plots, elements",
        ("/", "Ctrl+F"),
        handlers.focus_search,
        handlers.has_source,
        hint="search",
    ),
    Command("pages", "Go", "To the list of pages", ("Ctrl+1",), handlers.focus_pages),
    Command(
        "elements",
        "Go",
        "To the tree of all elements",
        ("Ctrl+2",),
        handlers.focus_elements,
        handlers.has_source,
    ),
    Command("back", "Go", "Back to the page", ("Esc",), handlers.leave),
    Command(
        "select-left",
        "Go",
        "Select the plot before",
        ("Left",),
        handlers.select_left,
        handlers.on_page,
        "page",
    ),
    Command(
        "select-right",
        "Go",
        "Select the next plot",
        ("Right",),
        handlers.select_right,
        handlers.on_page,
        "page",
    ),
    Command(
        "select-up",
        "Go",
        "Select the plot above",
        ("Up",),
        handlers.select_up,
        handlers.on_page,
        "page",
    ),
    Command(
        "select-down",
        "Go",
        "Select the plot below",
        ("Down",),
        handlers.select_down,
        handlers.on_page,
        "page",
    ),
    Command(
        "detail",
        "Plot",
        "Show the plot alone",
        ("Return", "Enter"),
        handlers.open_detail,
        handlers.on_page,
        "page",
        "detail",
    ),
    Command(
        "next-plot",
        "Plot",
        "Alone: next plot of the page",
        ("Right", "Down"),
        handlers.next_plot,
        handlers.in_detail,
        "detail",
    ),
    Command(
        "previous-plot",
        "Plot",
        "Alone: plot before",
        ("Left", "Up"),
        handlers.previous_plot,
        handlers.in_detail,
        "detail",
    ),
    Command(
        "reference",
        "Plot",
        "Compare with the reference otherwise",
        ("R",),
        handlers.cycle_reference,
        handlers.has_selection,
        hint="reference",
    ),
    Command(
        "log",
        "Plot",
        "Logarithm on or off",
        ("L",),
        handlers.toggle_log,
        handlers.has_selection,
        hint="log",
    ),
    Command(
        "reset-zoom",
        "Plot",
        "Whole range",
        ("0",),
        handlers.reset_zoom,
        handlers.has_selection,
    ),
    Command(
        "begin-shift",
        "Shift",
        "Start of the shift",
        ("F2",),
        shift_handlers.begin_shift,
        shift_handlers.has_book,
    ),
    Command(
        "release",
        "Shift",
        "The release that waits",
        ("F3",),
        shift_handlers.show_release,
        shift_handlers.release_waits,
    ),
    Command(
        "instruction",
        "Shift",
        "Read the instruction",
        ("I",),
        shift_handlers.focus_instruction,
        handlers.has_selection,
        hint="instruction",
    ),
    Command(
        "tick",
        "Shift",
        "Tick the next step",
        ("T",),
        shift_handlers.tick_step,
        shift_handlers.has_instruction,
    ),
    Command(
        "difference",
        "Shift",
        "What changed in the instruction",
        ("D",),
        shift_handlers.toggle_difference,
        shift_handlers.has_instruction,
    ),
    Command(
        "call",
        "Shift",
        "Call somebody about the plot",
        ("C",),
        shift_handlers.call_somebody,
        handlers.has_selection,
        hint="call",
    ),
    Command(
        "call-next",
        "Shift",
        "Put the next call on record at once",
        ("Shift+C",),
        shift_handlers.record_call,
        handlers.has_selection,
    ),
    Command(
        "entry",
        "Shift",
        "Write an entry with evidence",
        ("E",),
        shift_handlers.write_entry,
        handlers.shows_data,
        hint="entry",
    ),
    Command(
        "book",
        "Shift",
        "Book of the shift",
        ("B",),
        shift_handlers.toggle_book,
        shift_handlers.has_book,
        hint="book",
    ),
    Command(
        "flags",
        "Shift",
        "Runs and flags",
        ("F",),
        shift_handlers.show_flags,
        shift_handlers.has_book,
    ),
    Command(
        "confirm-flags",
        "Shift",
        "Confirm all flags that agree",
        ("Ctrl+Return",),
        shift_handlers.confirm_flags,
        shift_handlers.on_shift,
    ),
    Command(
        "sign-off",
        "Shift",
        "Sign the run off",
        ("Ctrl+Shift+Return",),
        shift_handlers.sign_off,
        shift_handlers.on_shift,
    ),
    Command(
        "entries",
        "Shift",
        "Entries",
        ("Shift+E",),
        shift_handlers.show_entries,
        shift_handlers.has_book,
    ),
    Command(
        "checklists",
        "Shift",
        "Check-lists",
        ("K",),
        shift_handlers.show_checklists,
        shift_handlers.has_book,
    ),
    Command(
        "hand-over",
        "Shift",
        "Hand-over",
        ("H",),
        shift_handlers.show_hand_over,
        shift_handlers.has_book,
    ),
    Command(
        "pause",
        "View",
        "Pause or go on",
        ("P",),
        handlers.pause,
        handlers.has_source,
        hint="pause",
    ),
    Command("theme", "View", "Light or dark", ("Ctrl+T",), handlers.switch_theme),
    Command(
        "problems", "View", "Notices and problems", ("F8",), handlers.toggle_problems
    ),
    Command("navigator", "View", "Navigator", ("F9",), handlers.toggle_navigator),
    Command("panel", "View", "Selected plot", ("F10",), handlers.toggle_panel),
    Command(
        "full-screen", "View", "Full screen", ("F11",), handlers.toggle_full_screen
    ),
    Command(
        "palette",
        "Help",
        "Find a command or page",
        ("Ctrl+K",),
        handlers.show_palette,
        hint="commands",
    ),
    Command("keys", "Help", "All keys", ("?", "F1"), handlers.show_keys, hint="keys"),
)


def key_words(command: Command) -> str:
    """Write a command's keys: "PgDown or ]"."""
    written = [
        QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
        for key in command.keys
        if key != "Return"  # said by Enter
    ]
    return " or ".join(written)


def hint_words() -> list[str]:
    """Write the hints at the foot of the window: "R reference"."""
    return [
        f"{'Enter' if command.keys[0] == 'Return' else command.keys[0]} {command.hint}"
        for command in COMMANDS
        if command.hint
    ]


def with_features(extra: Iterable[Command]) -> tuple[Command, ...]:
    """The table with the commands of features; their menus come before "View"."""
    at = next(at for at, each in enumerate(COMMANDS) if each.menu == "View")
    return (*COMMANDS[:at], *extra, *COMMANDS[at:])


def sheet_groups(
    commands: Iterable[Command] = COMMANDS,
) -> dict[str, list[tuple[str, str]]]:
    """The cheat-sheet: menu -> words and keys."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for command in commands:
        row = (command.title, key_words(command))
        groups.setdefault(command.menu, []).append(row)
    return groups
