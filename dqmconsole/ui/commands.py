"""The table of commands: menus, keys, palette and cheat-sheet come from it."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence

from dqmconsole.ui import acts, shift_acts
from dqmconsole.ui.command import Command
from dqmconsole.ui.training_commands import TRAINING_COMMANDS

COMMANDS: tuple[Command, ...] = (
    Command("open-file", "File", "Open file …", ("Ctrl+O",), acts.open_file),
    Command(
        "open-folder", "File", "Open folder …", ("Ctrl+Shift+O",), acts.open_folder
    ),
    Command(
        "start-demo",
        "File",
        "Start the demo",
        ("Ctrl+D",),
        acts.start_demo,
        acts.has_demo,
    ),
    Command(
        "save-picture",
        "File",
        "Save picture of the page …",
        ("Ctrl+S",),
        acts.save_picture,
        acts.shows_data,
    ),
    Command(
        "save-plot",
        "File",
        "Save picture of the plot …",
        ("Ctrl+Shift+S",),
        acts.save_plot,
        acts.has_selection,
    ),
    Command(
        "copy-picture",
        "File",
        "Copy picture of the page",
        ("Ctrl+Shift+C",),
        acts.copy_picture,
        acts.shows_data,
    ),
    Command(
        "copy-plot",
        "File",
        "Copy picture of the plot",
        ("Ctrl+Alt+C",),
        acts.copy_plot,
        acts.has_selection,
    ),
    Command("quit", "File", "Quit", ("Ctrl+Q",), acts.close_window),
    Command(
        "next-page",
        "Go",
        "Next page",
        ("PgDown", "]"),
        acts.next_page,
        acts.has_pages,
    ),
    Command(
        "previous-page",
        "Go",
        "Previous page",
        ("PgUp", "["),
        acts.previous_page,
        acts.has_pages,
    ),
    Command(
        "next-abnormal",
        "Go",
        "Next plot that is BAD or WARNING",
        ("N",),
        acts.next_abnormal,
        acts.has_pages,
        hint="next bad",
    ),
    Command(
        "search",
        "Go",
        "Search pages, plots, elements",
        ("/", "Ctrl+F"),
        acts.focus_search,
        acts.has_source,
        hint="search",
    ),
    Command("pages", "Go", "To the list of pages", ("Ctrl+1",), acts.focus_pages),
    Command(
        "elements",
        "Go",
        "To the tree of all elements",
        ("Ctrl+2",),
        acts.focus_elements,
        acts.has_source,
    ),
    Command("back", "Go", "Back to the page", ("Esc",), acts.leave),
    Command(
        "select-left",
        "Go",
        "Select the plot before",
        ("Left",),
        acts.select_left,
        acts.on_page,
        "page",
    ),
    Command(
        "select-right",
        "Go",
        "Select the next plot",
        ("Right",),
        acts.select_right,
        acts.on_page,
        "page",
    ),
    Command(
        "select-up",
        "Go",
        "Select the plot above",
        ("Up",),
        acts.select_up,
        acts.on_page,
        "page",
    ),
    Command(
        "select-down",
        "Go",
        "Select the plot below",
        ("Down",),
        acts.select_down,
        acts.on_page,
        "page",
    ),
    Command(
        "detail",
        "Plot",
        "Show the plot alone",
        ("Return", "Enter"),
        acts.open_detail,
        acts.on_page,
        "page",
        "detail",
    ),
    Command(
        "next-plot",
        "Plot",
        "Alone: next plot of the page",
        ("Right", "Down"),
        acts.next_plot,
        acts.in_detail,
        "detail",
    ),
    Command(
        "previous-plot",
        "Plot",
        "Alone: plot before",
        ("Left", "Up"),
        acts.previous_plot,
        acts.in_detail,
        "detail",
    ),
    Command(
        "reference",
        "Plot",
        "Compare with the reference otherwise",
        ("R",),
        acts.cycle_reference,
        acts.has_selection,
        hint="reference",
    ),
    Command(
        "log",
        "Plot",
        "Logarithm on or off",
        ("L",),
        acts.toggle_log,
        acts.has_selection,
        hint="log",
    ),
    Command(
        "reset-zoom",
        "Plot",
        "Whole range",
        ("0",),
        acts.reset_zoom,
        acts.has_selection,
    ),
    Command(
        "begin-shift",
        "Shift",
        "Start of the shift",
        ("F2",),
        shift_acts.begin_shift,
        shift_acts.has_book,
    ),
    Command(
        "release",
        "Shift",
        "The release that waits",
        ("F3",),
        shift_acts.show_release,
        shift_acts.release_waits,
    ),
    Command(
        "instruction",
        "Shift",
        "Read the instruction",
        ("I",),
        shift_acts.focus_instruction,
        acts.has_selection,
        hint="instruction",
    ),
    Command(
        "tick",
        "Shift",
        "Tick the next step",
        ("T",),
        shift_acts.tick_step,
        shift_acts.has_instruction,
    ),
    Command(
        "difference",
        "Shift",
        "What changed in the instruction",
        ("D",),
        shift_acts.toggle_difference,
        shift_acts.has_instruction,
    ),
    Command(
        "call",
        "Shift",
        "Call somebody about the plot",
        ("C",),
        shift_acts.call_somebody,
        acts.has_selection,
        hint="call",
    ),
    Command(
        "call-next",
        "Shift",
        "Put the next call on record at once",
        ("Shift+C",),
        shift_acts.record_call,
        acts.has_selection,
    ),
    Command(
        "entry",
        "Shift",
        "Write an entry with evidence",
        ("E",),
        shift_acts.write_entry,
        acts.shows_data,
        hint="entry",
    ),
    Command(
        "book",
        "Shift",
        "Book of the shift",
        ("B",),
        shift_acts.toggle_book,
        shift_acts.has_book,
        hint="book",
    ),
    Command(
        "flags",
        "Shift",
        "Runs and flags",
        ("F",),
        shift_acts.show_flags,
        shift_acts.has_book,
    ),
    Command(
        "confirm-flags",
        "Shift",
        "Confirm all flags that agree",
        ("Ctrl+Return",),
        shift_acts.confirm_flags,
        shift_acts.on_shift,
    ),
    Command(
        "sign-off",
        "Shift",
        "Sign the run off",
        ("Ctrl+Shift+Return",),
        shift_acts.sign_off,
        shift_acts.on_shift,
    ),
    Command(
        "entries",
        "Shift",
        "Entries",
        ("Shift+E",),
        shift_acts.show_entries,
        shift_acts.has_book,
    ),
    Command(
        "checklists",
        "Shift",
        "Check-lists",
        ("K",),
        shift_acts.show_checklists,
        shift_acts.has_book,
    ),
    Command(
        "hand-over",
        "Shift",
        "Hand-over",
        ("H",),
        shift_acts.show_hand_over,
        shift_acts.has_book,
    ),
    *TRAINING_COMMANDS,
    Command(
        "pause",
        "View",
        "Pause or go on",
        ("P",),
        acts.pause,
        acts.has_source,
        hint="pause",
    ),
    Command("theme", "View", "Light or dark", ("Ctrl+T",), acts.switch_theme),
    Command("problems", "View", "Notices and problems", ("F8",), acts.toggle_problems),
    Command("navigator", "View", "Navigator", ("F9",), acts.toggle_navigator),
    Command("panel", "View", "Selected plot", ("F10",), acts.toggle_panel),
    Command("full-screen", "View", "Full screen", ("F11",), acts.toggle_full_screen),
    Command(
        "palette",
        "Help",
        "Find a command or page",
        ("Ctrl+K",),
        acts.show_palette,
        hint="commands",
    ),
    Command("keys", "Help", "All keys", ("?", "F1"), acts.show_keys, hint="keys"),
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


def sheet_groups(without: str = "") -> dict[str, list[tuple[str, str]]]:
    """The cheat-sheet: menu -> words and keys.

    Args:
        without: a menu that is left out.
    """
    groups: dict[str, list[tuple[str, str]]] = {}
    for command in COMMANDS:
        if command.menu == without:
            continue
        row = (command.title, key_words(command))
        groups.setdefault(command.menu, []).append(row)
    return groups
