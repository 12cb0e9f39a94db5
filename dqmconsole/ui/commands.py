"""The table of commands: menus, keys, palette and cheat-sheet come from it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import QDialog, QFileDialog

from dqmconsole.model.fit import FUNCTIONS
from dqmconsole.model.layout import KEY_STEP
from dqmconsole.model.moment import shows_local
from dqmconsole.model.tlatex import plain_title
from dqmconsole.model.words import counted
from dqmconsole.shift import answering
from dqmconsole.shift.actions import why_not
from dqmconsole.shift.alarm_words import alarm_meant
from dqmconsole.shift.alarms import alarm_name, whom_called
from dqmconsole.shift.bad_now import next_stop, plot_of
from dqmconsole.shift.known_draft import NoDraftError, drafted
from dqmconsole.shift.liveness import silence
from dqmconsole.shift.overrides import in_force
from dqmconsole.shift.reference_choice import Comparable
from dqmconsole.ui.feature import WINDOW, Command, Scope, Tool, always, always_fits
from dqmconsole.ui.live.choices import is_log
from dqmconsole.ui.live.tools import joining_refused
from dqmconsole.ui.parts import show_dock
from dqmconsole.ui.pictures import PictureError, file_name, take, write_picture

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QWidget

    from dqmconsole.model.fit import FitFunction
    from dqmconsole.model.message import ExportForm
    from dqmconsole.model.record import FlagStatus
    from dqmconsole.shift.alarms import Standing
    from dqmconsole.ui.feature import Feature
    from dqmconsole.ui.live.alarm_list import AlarmList
    from dqmconsole.ui.live.detail import DetailView
    from dqmconsole.ui.live.lately import LatelyList
    from dqmconsole.ui.live.own_windows import OwnWindow
    from dqmconsole.ui.live.page import PageGrid
    from dqmconsole.ui.live.problems import ProblemList
    from dqmconsole.ui.live.view import ConsoleView
    from dqmconsole.ui.logbook.view import LogbookTab
    from dqmconsole.ui.parts import Parts
    from dqmconsole.ui.pictures import Picture
    from dqmconsole.ui.plot.canvas import PlotCanvas
    from dqmconsole.ui.plot.tile import PlotTile

# -- when a command makes sense ------------------------------------------------


def has_pages(parts: Parts) -> bool:
    """While the site has pages."""
    return bool(parts.view.pages.names)


def has_page(parts: Parts) -> bool:
    """While a page is shown, or is returned to."""
    return parts.view.page is not None


def has_source(parts: Parts) -> bool:
    """While something is open."""
    return bool(parts.context.client.source)


def has_selection(parts: Parts) -> bool:
    """While a plot is selected in the window that has the keyboard."""
    return parts.windows.active.selected is not None


def on_alarms(parts: Parts) -> bool:
    """While the strip or the list of alarms has the keyboard, on a row."""
    strip, rows = parts.strip, parts.alarms
    return (strip.hasFocus() and strip.current is not None) or (
        rows.hasFocus() and rows.current is not None
    )


def can_call(parts: Parts) -> bool:
    """While a plot or an alarm is selected."""
    return has_selection(parts) or on_alarms(parts)


def shows_data(parts: Parts) -> bool:
    """While a page or a plot is shown."""
    return parts.view.on_page or parts.view.in_detail


def chooses_fit(detail: DetailView) -> bool:
    """While functions to be fitted are offered."""
    return not detail.fit.isHidden()


def projects(detail: DetailView) -> bool:
    """While the projection of a map is shown."""
    return bool(detail.projection.on)


def shows_picture(parts: Parts) -> bool:
    """While a page, a plot or the overview is shown."""
    return can_write_entry(parts) or parts.view.on_overview


def shows_what_happened(parts: Parts) -> bool:
    """While what happened is shown, in its sheet or beside the overview."""
    return parts.timeline.isVisible() or parts.view.on_overview


def shows_plots(parts: Parts) -> bool:
    """While a page or a plot of a source with a record is shown, in any window."""
    return can_write_entry(parts) and parts.context.client.moment is None


def can_write_entry(parts: Parts) -> bool:
    """While a page or a plot is shown, in the window that has the keyboard."""
    window = parts.windows.current
    return window is not None or shows_data(parts) or on_alarms(parts)


def has_book(parts: Parts) -> bool:
    """While a book is open."""
    return parts.context.session.book.word != "closed"


def has_alarms(parts: Parts) -> bool:
    """While there are alarms."""
    return bool(parts.context.session.alarms) and not parts.context.client.blinded


def manual_section(parts: Parts) -> str:
    """What the manual says of where somebody is."""
    if parts.references.isVisible():
        return "site#references-yaml"
    if parts.logbook.isVisible() or parts.start.isVisible():
        return "shifter#a-shift"
    if on_alarms(parts):
        return "shifter#alarms"
    if not has_source(parts):
        return "expert#point-it-at-your-data"
    if parts.looking_back.past is not None:
        return "shifter#looking-back"
    if parts.view.on_overview:
        return "shifter#the-overview"
    plot = parts.view.in_detail or parts.windows.active.selected is not None
    return "shifter#a-plot" if plot else "shifter#a-page"


def on_shift(parts: Parts) -> bool:
    """While somebody has the shift at this console."""
    return parts.context.session.shift is not None


def has_instruction(parts: Parts) -> bool:
    """While the selected plot has an instruction."""
    place = parts.view.selected
    if place is None:
        return False
    return parts.context.session.guidance(place.key).instruction is not None


# -- where its keys work, besides the whole window -----------------------------


def _seen(name: str, find: Callable[[Parts], QWidget]) -> Scope:
    """A widget that comes and goes: its commands make sense while it is seen."""
    return Scope(name, lambda p: (find(p),), lambda p: find(p).isVisible())


def _own_pages(parts: Parts) -> tuple[QWidget, ...]:
    return tuple(window.grid for window in parts.windows.open if not window.key)


# Plots are seen in the main window and in windows of their own. PLOTS is each of them
# as a whole; PLOT is where the plots are, PAGES where they are on a page, TOOLS where
# one is alone. What is done there is done to ``parts.windows.tile``, ``.grid`` or
# ``.detail``: those of the window that has the keyboard. PAGE and DETAIL are of the
# main window alone, OWN_WINDOW of all others.
PLOTS = Scope("plots", lambda p: (p.context.window, *p.windows.open), whole=True)
SEARCH = Scope("search", lambda p: (p.navigator.search,))
PAGE_ROWS = Scope("page rows", lambda p: (p.navigator.tree,), has_pages)
ELEMENTS = Scope(
    "elements", lambda p: (p.navigator.elements, p.navigator.found.list), has_source
)
NAVIGATOR = Scope(
    "navigator", lambda p: (*PAGE_ROWS.widgets(p), *ELEMENTS.widgets(p)), has_source
)
PROBLEMS = Scope("problems", lambda p: (p.problems,))
STRIP = Scope("alarm strip", lambda p: (p.strip,), has_alarms)
ALARMS = Scope("alarms", lambda p: (p.alarms,), has_alarms)
ALARM_SHEET = _seen("alarm sheet", lambda p: p.alarm_sheet)
CHECKS = _seen("checks", lambda p: p.panel.checks)
LATELY = _seen("what happened", lambda p: p.lately)
OVERVIEW = Scope("overview", lambda p: (p.overview,), lambda p: p.view.on_overview)
PAGE = Scope("page", lambda p: (p.view.grid,), lambda p: p.view.on_page)
DETAIL = Scope("detail", lambda p: (p.view.detail,), lambda p: p.view.in_detail)
PLOT = Scope(
    "plot",
    lambda p: (p.view.grid, p.view.detail, *p.windows.open),
    has_selection,
)
PAGES = Scope(
    "pages",
    lambda p: (p.view.grid, *_own_pages(p)),
    lambda p: p.windows.grid is not None,
)
TOOLS = Scope(
    "tools",
    PLOTS.widgets,
    lambda p: p.windows.detail is not None,
    whole=True,
)  # a click into instruction or navigator leaves the plot its keys
START = _seen("start", lambda p: p.start)
NEWS = Scope("news", lambda p: (p.start.news.list,), START.when)
START_CHECKS = Scope("start checks", lambda p: (p.start.checks.list,), START.when)
RELEASE = _seen("release", lambda p: p.release)
LEAVING = _seen("leaving", lambda p: p.leaving)
DRAFT = _seen("draft", lambda p: p.draft)
REFERENCES = _seen("references", lambda p: p.references)
TIMELINE = _seen("timeline", lambda p: p.timeline)
SILENCED = _seen("silenced", lambda p: p.silenced)
COVERAGE = _seen("coverage", lambda p: p.coverage)
SIGNING = _seen("signing", lambda p: p.signing)
ENTRY = _seen("entry", lambda p: p.entry)
LOGBOOK = Scope("logbook", lambda p: (p.logbook,), has_book)
FLAGS = Scope("flags", lambda p: (p.logbook.flags.table,), has_book)
RUNS = Scope("runs", lambda p: (p.logbook.flags.runs,), has_book)
RUNS_AND_FLAGS = Scope("runs and flags", lambda p: (p.logbook.flags,), has_book)
FLAG_EDITOR = _seen("flag editor", lambda p: p.logbook.flags.editor)
ENTRIES = Scope("entries", lambda p: (p.logbook.entries.table,), has_book)
CHECKLISTS = Scope("check-lists", lambda p: (p.logbook.checklists.lists,), has_book)
UNSEEN = Scope("pages not opened", lambda p: (p.logbook.checklists.pages,), has_book)
SETTINGS = _seen("settings", lambda p: p.choices)
WALL_LAYOUTS = Scope("wall layouts", lambda p: (p.choices.layouts,), SETTINGS.when)
OWN_WINDOW = Scope(
    "own window",
    lambda p: tuple(p.windows.open),
    lambda p: p.windows.current is not None,
)
HAND_OVER = Scope("hand-over", lambda p: (p.logbook.handing,), has_book)

# -- what they do, where that is more than one call ----------------------------


def ask_file(parent: QWidget) -> str:
    """Ask for a ROOT file; "" when nobody chose one."""
    kinds = "ROOT files (*.root *.root.*);;All files (*)"
    return QFileDialog.getOpenFileName(parent, "Open a ROOT file", "", kinds)[0]


def ask_folder(parent: QWidget) -> str:
    """Ask for a folder a DQM writes into; "" when nobody chose one."""
    return QFileDialog.getExistingDirectory(parent, "Open a folder of a running DQM")


def ask_target(
    parent: QWidget, name: str, ending: str = "png", folder: str = ""
) -> str:
    """Ask where to write a picture, and as what; "" when nobody chose a place.

    Args:
        parent: the window that asks.
        name: of the file, without its ending.
        ending: the one chosen to begin with.
        folder: where to begin; "" for the one the console was started in.
    """
    kinds = {
        "png": "PNG, as it is seen (*.png)",
        "pdf": "PDF, light, for paper (*.pdf)",
        "svg": "SVG, as it is seen (*.svg)",
    }
    endings = {kind: ending for ending, kind in kinds.items()}
    dialog = QFileDialog(parent, "Save picture", folder)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilters(list(endings))
    dialog.selectNameFilter(kinds[ending])
    dialog.setDefaultSuffix(ending)
    dialog.filterSelected.connect(lambda kind: dialog.setDefaultSuffix(endings[kind]))
    dialog.selectFile(name)
    chosen = dialog.exec() == QDialog.DialogCode.Accepted
    dialog.deleteLater()
    return dialog.selectedFiles()[0] if chosen else ""


def ask_export(parent: QWidget, name: str, folder: str = "") -> tuple[str, ExportForm]:
    """Ask where to write the numbers of a plot, and as what; "" for nowhere."""
    kinds: dict[str, ExportForm] = {
        "CSV (*.csv)": "csv", "ROOT (*.root)": "root", "UHI JSON (*.json)": "uhi",
    }  # fmt: skip
    target, kind = QFileDialog.getSaveFileName(
        parent, "Export the plot", str(Path(folder, f"{name}.csv")), ";;".join(kinds)
    )
    by_name: dict[str, ExportForm] = {".csv": "csv", ".root": "root", ".json": "uhi"}
    form = by_name.get(Path(target).suffix.lower(), kinds.get(kind, "csv"))
    return target, form


def export_plot(parts: Parts) -> None:
    """Write the numbers of the selected plot and of what is drawn with it to a file."""
    place, context = parts.windows.active.selected, parts.context
    if place is None:
        return
    title = place.plot.title or place.plot.path
    name = file_name(title, context.client)
    window, settings = parts.windows.active.window(), context.settings
    target, form = ask_export(window, name, settings.folder)
    if target:
        settings.folder = str(Path(target).absolute().parent)
        parts.view.export_plot(place, form, target)


def copy_numbers(parts: Parts) -> None:
    """Copy the numbers of the selected plot and of what is drawn with it as a table."""
    place = parts.windows.active.selected
    if place is not None:
        parts.view.export_plot(place, "text", "")


def open_file(parts: Parts) -> None:
    """Open a ROOT file."""
    parts.context.open_source(ask_file(parts.context.window))


def open_folder(parts: Parts) -> None:
    """Open the folder of a running DQM."""
    parts.context.open_source(ask_folder(parts.context.window))


def save_picture(parts: Parts) -> str:
    """Write a picture of what is shown to a file."""
    return _save(parts, parts.windows.active.picture, _title(parts))


def save_plot(parts: Parts) -> str:
    """Write a picture of the selected plot to a file."""
    tile, place = parts.windows.tile, parts.windows.active.selected
    if tile is None or place is None:
        return ""
    title = place.plot.title or place.plot.path
    return _save(parts, partial(parts.view.plot_picture, tile), title)


def _title(parts: Parts) -> str:
    if parts.windows.current is None and parts.view.on_overview:
        return "Overview"
    return parts.windows.active.heading.title


def _save(
    parts: Parts, picture: Callable[[], Picture], title: str, ending: str = "png"
) -> str:
    context = parts.context
    taken = take(picture, context.colours)  # of now, however long the name is sought
    name = file_name(title, context.client)
    window, settings = parts.windows.active.window(), context.settings
    target = ask_target(window, name, ending, settings.folder)
    if not target:
        return ""
    try:
        written = write_picture(taken, target)
    except PictureError as error:
        return str(error)
    settings.folder = str(Path(written).absolute().parent)
    return f"Picture written: {written}"


def copy_picture(parts: Parts) -> str:
    """Copy a picture of what is shown."""
    QGuiApplication.clipboard().setImage(parts.windows.active.picture().image())
    return "Picture of the page copied."


def print_page(parts: Parts) -> str:
    """Print what is shown; without a printer it is offered as a PDF."""
    from dqmconsole.ui import printing  # its library is loaded when it is needed

    active, title = parts.windows.active, _title(parts)
    if not printing.has_printer():
        parts.context.say("This machine has no printer: save a PDF and print it there.")
        return _save(parts, active.picture, title, "pdf")
    printer = printing.ask_printer(active.window(), title)
    if printer is None:
        return ""
    return printing.print_picture(printer, active.picture, parts.context.colours)


def write_entry(parts: Parts) -> str:
    """Begin an entry of what the window with the keyboard shows; in the main one."""
    if refused := select_of_alarm(parts):
        return refused
    parts.entry.open()
    parts.context.window.activateWindow()
    return ""


def open_problem(parts: Parts) -> str:
    """Show the plot that the row of the notices is about."""
    if not parts.problems.key:
        return "This notice is about no single plot."
    parts.view.open_plot(parts.problems.key)
    return ""


def show_happened_apart(parts: Parts) -> str:
    """Show the plot that the row of what happened is about in its own window."""
    if not parts.lately.key:
        return "This row is about no single plot."
    parts.context.own_window_wanted.emit(parts.lately.key)
    return ""


def next_kinds(parts: Parts) -> str:
    """Show other kinds of what happened, in the sheet or beside the overview."""
    open_ = parts.timeline.isVisible()
    return (parts.timeline.list if open_ else parts.lately).next_filter()


def copy_row(rows: ProblemList | LatelyList | AlarmList) -> str:
    """Copy the words of the row that has the keyboard."""
    if not rows.words:
        return ""
    QGuiApplication.clipboard().setText(rows.words)
    return "The words of the row are copied."


def choose_reference_file(parts: Parts) -> None:
    """Compare all plots with a ROOT file."""
    file = ask_file(parts.context.window)
    parts.references.dismiss()
    if file:
        parts.references.use(Comparable(file=file))


def use_site_references(parts: Parts) -> str:
    """Compare all plots as the site's rules say."""
    if parts.references.isVisible():
        parts.references.dismiss()
    return parts.view.compare_as_site()


def look_back_at_run(parts: Parts) -> str:
    """Show all plots as they are recorded of the run that is chosen in a history."""
    detail = parts.windows.detail
    run = detail.history.run if detail is not None else 0
    if not run:
        return "Of a history over runs no run is chosen: Ctrl+Shift+Left does."
    return parts.looking_back.open_run(run)


def bring_selected(parts: Parts) -> None:
    """Select the plot of a window of its own in the main one, where more is said."""
    window = parts.windows.current
    place = window.selected if window is not None else None
    if place is None:
        return
    parts.context.window.activateWindow()
    if place.page is not None:
        parts.view.select_plot(place.key)
    else:
        parts.view.open_plot(place.key)


def read_instruction(parts: Parts) -> None:
    """Give the keyboard to the instruction of the selected plot."""
    bring_selected(parts)
    parts.docks["panel"].show()
    parts.guidance.focus_instruction()


def read_checks(parts: Parts) -> str:
    """Give the keyboard to the checks of the selected plot."""
    bring_selected(parts)
    parts.docks["panel"].show()
    if not parts.panel.checks.checks:
        return "No check judged this plot."
    parts.panel.checks.setFocus(Qt.FocusReason.ShortcutFocusReason)
    return ""


def show_configuration(parts: Parts) -> str:
    """Show the configuration of the checks in force, or not."""
    bring_selected(parts)
    parts.docks["panel"].show()
    return parts.panel.checks.turn_configuration()


def copy_check(parts: Parts) -> str:
    """Copy a check in full, with its configuration."""
    QGuiApplication.clipboard().setText(parts.panel.checks.words())
    return "The check and its configuration are copied."


def draft_known(parts: Parts) -> str:
    """Draft a known issue from the verdict on the selected plot."""
    shown, place = parts.windows.tile, parts.windows.active.selected
    if place is None:
        return ""
    site, page = parts.context.client.site, place.page
    owners = [
        each.owner
        for each in (site.layouts if site is not None else ())
        if page is not None and each.layout == page.layout
    ]
    tile = shown.tile if shown is not None else None
    try:
        text = drafted(tile, next(iter(owners), ""), parts.context.clock())
    except NoDraftError as error:
        return str(error)
    parts.context.window.activateWindow()
    parts.draft.show_draft(text)
    return ""


def enter_draft(parts: Parts) -> None:
    """Begin an entry with the draft of a known issue, which its owner reads there."""
    text = parts.draft.text.toPlainText()
    parts.draft.dismiss()
    parts.entry.open()
    if parts.entry.isVisible():
        parts.entry.text.appendPlainText(text)


def call_about(parts: Parts) -> str:
    """Show whom to call about the selected plot, or the alarm that is selected."""
    if refused := select_of_call(parts):
        return refused
    parts.call.open()
    return ""


def call_next(parts: Parts) -> str:
    """Ask whether who is next was called about that plot, or that alarm."""
    if refused := select_of_call(parts):
        return refused
    parts.call.confirm_next()
    return ""


def select_of_call(parts: Parts) -> str:
    """Select what a call is about in the main window; say why there is nothing."""
    if refused := select_of_alarm(parts):
        return refused
    bring_selected(parts)
    return ""


def select_of_alarm(parts: Parts) -> str:
    """Select the plot of the alarm that has the keyboard; say why there is none."""
    if not on_alarms(parts):
        return ""
    row = _alarm_or_why(parts)
    if isinstance(row, str):
        return row
    key = plot_of(parts.context.session, row.alarm)
    if KEY_STEP not in key:
        return f"{alarm_name(row.alarm)} is about no plot of a page."
    parts.view.select_plot(key)
    return ""


def next_abnormal(parts: Parts) -> None:
    """Select a plot of the next alarm that asks, else the next that is not good."""
    view, client, session = parts.view, parts.context.client, parts.context.session
    here = view.selected.key if view.selected else ""

    def find() -> tuple[str, bool, tuple[Standing, ...]]:
        found = next_stop(session, view.pages, here)
        return found, silence(client.engine) is not None, session.alarms

    found, silent, alarms = find()
    parts.strip.settle()
    if found:
        view.select_plot(found)
    elif silent:
        parts.context.answered.emit(
            "The engine is silent: nobody knows what is BAD now.", find
        )
    elif any(row.asks for row in alarms):
        parts.context.answered.emit(
            "The alarms that ask are about no plot of a page: see the strip.", find
        )
    elif alarms:
        shelved = sum(row.state == "shelved" for row in alarms)
        kept = [counted(len(alarms) - shelved, "alarm") + " acknowledged"]
        kept += [f"{shelved} shelved"] if shelved else []
        said = f"Nothing asks for an answer: {', '.join(kept)} (⇧N lists them)."
        parts.context.answered.emit(said, find)
    else:
        parts.context.answered.emit("No plot is BAD, STALE or WARNING.", find)


# -- answers to alarms


def alarm_in_hand(parts: Parts) -> Standing | None:
    """The alarm that keys are about: of the row, or of the plot, that is looked at.

    It is that of the list or of the strip, where the keyboard is there; else that which
    the selected plot shows; where no plot is selected, that of the strip.
    """
    if parts.alarms.hasFocus():
        return parts.alarms.current
    place = parts.windows.active.selected
    if place is None or parts.strip.hasFocus():
        return None if parts.windows.current is not None else parts.strip.current
    return parts.context.session.shown_by(place.key, parts.strip.current)


def _alarm_or_why(parts: Parts) -> Standing | str:
    """The alarm that keys are about, or why there is none."""
    row, place = alarm_in_hand(parts), parts.windows.active.selected
    on_row = parts.strip.hasFocus() or parts.alarms.hasFocus()
    if row is None and place is not None and not on_row:
        title = plain_title(place.plot.title or place.plot.path)
        return f"{title} shows no alarm: N goes to the next, Ctrl+3 to the strip."
    if row is None:
        return "No alarm is selected: N goes to the next, ⇧N lists all."
    from_strip = parts.strip.hasFocus() or place is None
    if from_strip and not parts.alarms.hasFocus() and parts.strip.is_fresh():
        return "Another alarm came to be selected just now: look, then again."
    return row


def _meant(parts: Parts, row: Standing) -> str:
    """Which alarm it is, in words."""
    return alarm_meant(row.alarm, parts.context.client.settings.unit)


def acknowledge(parts: Parts, row: Standing | None = None) -> str:
    """Acknowledge an alarm: the one that keys are about when left out."""
    found = row or _alarm_or_why(parts)
    if isinstance(found, str):
        return found
    name = _meant(parts, found)
    refused = answering.acknowledge(parts.context.session, found)
    if refused:
        return f"{name} is not acknowledged: {refused}."
    parts.context.session_changed.emit()
    return f"{name} is acknowledged."


def shelve(parts: Parts, row: Standing | None = None) -> str:
    """Ask why and until when an alarm shall be silent."""
    session, found = parts.context.session, row or _alarm_or_why(parts)
    if isinstance(found, str):
        return found
    name = _meant(parts, found)
    if refused := answering.why_not_shelve(session, found):
        return f"{name} is not shelved: {refused}."  # before a reason is typed
    parts.alarm_sheet.ask(
        f"Shelve {name}",
        "It is silent until then, or until there is news of it.",
        "Why it is shelved; the next shift reads it",
        lambda words, until: answering.shelve(session, found, words, until),
        f"{name} is shelved.",
        until=True,
    )
    return ""


def unshelve(parts: Parts) -> str:
    """Let an alarm count again that was shelved."""
    row, session = alarm_in_hand(parts), parts.context.session
    shelved = [each for each in session.alarms if each.state == "shelved"]
    if row not in shelved and len(shelved) == 1:
        (row,) = shelved  # the strip does not show it
    if row is None:
        return "Choose in the list (Shift+N) which alarm counts again."
    refused = answering.unshelve(session, row)
    if refused:
        return f"{_meant(parts, row)}: {refused} (⇧N lists what is)."
    return f"{_meant(parts, row)} counts again."


def split_alarm(parts: Parts) -> str:
    """Make an alarm of its own of the plots that are chosen in the list."""
    row = parts.alarms.current
    if row is None:
        return "No alarm is selected."
    plots = parts.alarms.chosen_plots
    refused = answering.split_off(parts.context.session, row, plots)
    if refused:
        return f"Nothing is split off {alarm_name(row.alarm)}: {refused}."
    return f"{counted(len(plots), 'plot')} of {alarm_name(row.alarm)} split off."


def join_alarms(parts: Parts) -> str:
    """Show the alarms that are chosen in the list in the row of the first of them."""
    rows = parts.alarms.chosen
    if len(rows) < 2:
        return "Choose two alarms or more to join them (Shift or Ctrl with arrows)."
    into, *others = rows
    for row in others:
        refused = answering.join(parts.context.session, row, into)
        if refused:
            return f"{alarm_name(row.alarm)} is not joined: {refused}."
    return f"{counted(len(rows), 'alarm')} joined into {alarm_name(into.alarm)}."


def call_nuisance(parts: Parts) -> str:
    """Ask why an alarm should not have been."""
    row = _alarm_or_why(parts)
    if isinstance(row, str):
        return row
    session, name = parts.context.session, _meant(parts, row)
    parts.alarm_sheet.ask(
        f"{name} should not have been an alarm",
        "Its owner gets it as a case. It is not acknowledged by this.",
        "Why it should not have been (may stay empty)",
        lambda words, _until: answering.nuisance(session, row, words),
        f"{name} is noted as a nuisance.",
    )
    return ""


def call_answered(parts: Parts) -> str:
    """Note that who was called last about an alarm has answered since."""
    row = _alarm_or_why(parts)
    if isinstance(row, str):
        return row
    name = _meant(parts, row)
    if not row.calls:
        return f"Nobody was called about {name} (C)."
    called, call = row.calls[-1]
    session = parts.context.session
    refused = answering.call_answered(session, called)
    if refused:
        return f"{name}: {refused}."
    return f"{name}: {whom_called(call, session.site)} has answered."


def _partitions(parts: Parts) -> tuple[str, ...]:
    """The partitions of the detector control that the selected plot needs."""
    place = parts.windows.active.selected
    needs = None if place is None else place.plot.needs
    return () if needs is None else needs.dcs


def override_dcs(parts: Parts) -> str:
    """Ask how a person knows that the detector control is wrong of the plot's parts.

    Those that it says are off are taken as on; where it says that of none, all as off.
    """
    session, needed = parts.context.session, _partitions(parts)
    if not needed:
        return "The plot needs no partition of the detector control."
    if refused := why_not(session, "override the detector control"):
        return f"Nothing is overridden: {refused}."  # before a reason is typed
    run = parts.context.client.mailbox.run
    said = in_force(session.logbook, run.run, session.now())
    if again := next((one for one in said if set(one.partitions) & set(needed)), None):
        return f"{again.words}. Take that back first (Ctrl+Alt+Shift+D)."
    dcs = run.conditions.dcs or {}
    off = tuple(each for each in needed if dcs.get(each) is False)
    chosen, on = off or needed, bool(off)
    names, state = ", ".join(chosen), "on" if on else "off"
    parts.alarm_sheet.ask(
        f"Detector control: take {names} as {state}",
        f"Plots that need this {'can be' if on else 'are not'} judged until the time "
        "below or the end of the run, whatever the detector control says.",
        "How you know it; the next shift reads it",
        lambda words, until: answering.override(
            session, chosen, words, until, on=on, of_run=run.run
        ),
        f"{names} {'are' if len(chosen) > 1 else 'is'} taken as {state}.",
        until=True,
    )
    return ""


def trust_dcs(parts: Parts) -> str:
    """Let count again what the detector control says of the plot's partitions."""
    refused = answering.take_back(parts.context.session, _partitions(parts))
    if refused:
        return f"Nothing changes: {refused}."
    return "What the detector control says counts again."


def call_missed(parts: Parts) -> None:
    """Ask which fault no alarm told of."""
    session, place = parts.context.session, parts.windows.active.selected
    key = place.key if place is not None else ""
    title = (place.plot.title or place.plot.path) if place is not None else ""
    parts.alarm_sheet.ask(
        "A fault that no alarm told of",
        f"Plot: {title}" if title else "No plot is selected: say where it is.",
        "What is wrong",
        lambda words, _until: answering.missed(session, key, words),
        "The fault is noted: its owner gets it as a case.",
    )


def open_alarm(parts: Parts, row: Standing) -> None:
    """Show the plot that shows an alarm best alone, or what gives nothing to judge."""
    key = plot_of(parts.context.session, row.alarm)
    if KEY_STEP in key:
        parts.view.open_plot(key)
        parts.strip.follow(row.alarm.id)  # the plot may show others, too
    else:
        parts.context.say(f"{alarm_name(row.alarm)} is about no plot of a page.")


def open_detail(parts: Parts) -> None:
    """Show the selected plot alone."""
    place = parts.view.selected
    if place is not None:
        parts.view.open_plot(place.key)


def copy_plot(view: ConsoleView, tile: PlotTile) -> str:
    """Copy a picture of a plot."""
    QGuiApplication.clipboard().setImage(view.plot_picture(tile).image())
    return "Picture of the plot copied."


def draw_as_layout(parts: Parts) -> str:
    """Forget what was chosen by hand for the selected plot, and done to it alone."""
    tile, detail = parts.windows.tile, parts.windows.detail
    if tile is None:
        return ""
    if detail is not None:
        detail.forget()
    tile.canvas.reset_zoom()
    parts.view.draw_as_layout(tile.key)
    parts.context.sense_changed.emit()
    return "Drawn as the layout says."


def toggle_log(view: ConsoleView, tile: PlotTile, axis: Literal["x", "y"]) -> str:
    """Turn the logarithm of an axis on or off; say why there is none."""
    data, at = tile.canvas.shown.data, "xy".index(axis)
    if data is not None and not is_log(view.drawn(tile.key).plot, axis):
        over = data.axes[at] if at < data.dimension else None
        if over is None or over.labels or over.high <= 0:
            return f"There is no logarithm of this {axis} axis."
        if over.edges[1] <= 0:  # half a detector would be out of sight
            return f"A logarithm of {axis} would hide the bins below 0."
    view.toggle_log(tile, axis)
    return ""


def undo_zoom(canvas: PlotCanvas) -> str:
    """Undo the last zoom, or say that there is none."""
    return "" if canvas.undo_zoom() else "There is no zoom to undo."


def turn_pulls(parts: Parts) -> str:
    """Draw the strip of pulls beneath a plot alone, or not."""
    detail = parts.windows.detail
    return detail.turn_pulls() if detail is not None else ""


def has_bins(detail: DetailView) -> bool:
    """For plots of histograms, drawn by their bins."""
    return detail.tools.data is not None


def is_plane(detail: DetailView) -> bool:
    """For maps drawn by their bins."""
    data = detail.tools.data
    return data is not None and data.dimension > 1


def has_values(detail: DetailView) -> bool:
    """For plots that have an axis, or colours, of values."""
    shown = detail.tile.canvas.shown
    return has_bins(detail) or bool(shown.graphs) or shown.polygons is not None


def can_join(detail: DetailView) -> bool:
    """For plots whose bins can be taken together."""
    return not joining_refused(detail.tools.data)


def has_lines(detail: DetailView) -> bool:
    """While the two lines are seen."""
    return detail.tools.shown == "lines"


def has_rectangle(detail: DetailView) -> bool:
    """While the rectangle is seen."""
    return has_lines(detail) and is_plane(detail)


def has_reading(detail: DetailView) -> bool:
    """While lines or crosshair are seen."""
    return bool(detail.tools.shown)


def has_reading_on_map(detail: DetailView) -> bool:
    """While a rectangle or a crosshair is seen on a map."""
    return has_reading(detail) and is_plane(detail)


def begin_shift(parts: Parts) -> None:
    """Show the page on which a shift begins."""
    parts.view.bring_guest(parts.start)
    parts.start.open()


def toggle_dock(parts: Parts, name: str) -> None:
    """Show or hide a dock; the keyboard goes where it is, or to the page."""
    dock = parts.docks[name]
    if dock.isVisible():
        dock.hide()
        parts.view.back()
    else:
        show_dock(parts.docks, name)
        dock.widget().setFocus()


def toggle_full_screen(parts: Parts) -> None:
    """Let the window that has the keyboard fill the screen, or not."""
    window = parts.windows.active.window()
    if window.isFullScreen():
        window.showNormal()
    else:
        window.showFullScreen()


def show_tab(parts: Parts, tab: LogbookTab) -> None:
    """Turn to a tab of the book."""
    show_dock(parts.docks, "book")
    parts.logbook.show_tab(tab)


def confirm_flags(parts: Parts) -> None:
    """Confirm all proposals that nothing speaks against."""
    show_tab(parts, "flags")
    parts.logbook.confirm_flags()


def sign_off(parts: Parts) -> None:
    """Sign the run shown off."""
    show_tab(parts, "flags")
    parts.logbook.sign_off()


def _flag(status: FlagStatus) -> Callable[[Parts], None]:
    """What sets a flag."""

    def edit(parts: Parts) -> None:
        if not parts.logbook.flags.isVisible():
            show_tab(parts, "flags")
        parts.logbook.flags.edit(status)

    return edit


def _in(name: str, run: Callable[[Parts], object]) -> Callable[[Parts], None]:
    """What lets a dock be seen, and then does something in it."""

    def shown(parts: Parts) -> None:
        parts.docks[name].show()
        run(parts)

    return shown


def _tab(tab: LogbookTab) -> Callable[[Parts], None]:
    return lambda p: show_tab(p, tab)


def _dock(name: str) -> Callable[[Parts], None]:
    return lambda p: toggle_dock(p, name)


def _on_plot(
    change: Callable[[ConsoleView, PlotTile], object],
) -> Callable[[Parts], object]:
    """What is done to the selected plot of the window that has the keyboard.

    It is drawn otherwise in all windows that show it.
    """

    def run(parts: Parts) -> object:
        tile = parts.windows.tile
        return None if tile is None else change(parts.view, tile)

    return run


def _on_canvas(change: Callable[[PlotCanvas], object]) -> Callable[[Parts], object]:
    """What is done to what is seen of that plot."""
    return _on_plot(lambda _view, tile: change(tile.canvas))


def _on_page(change: Callable[[PageGrid], object]) -> Callable[[Parts], object]:
    """What is done to the page of the window that has the keyboard."""

    def run(parts: Parts) -> object:
        grid = parts.windows.grid
        return None if grid is None else change(grid)

    return run


def _on_own(change: Callable[[OwnWindow], object]) -> Callable[[Parts], object]:
    """What is done in the window, beside the main one, that has the keyboard."""

    def run(parts: Parts) -> object:
        window = parts.windows.current
        return None if window is None else change(window)

    return run


# -- the table -----------------------------------------------------------------


def _command(
    menu: str,
    id: str,
    title: str,
    keys: str,
    run: Callable[[Parts], object],
    when: Callable[[Parts], bool] = always,
    *,
    scope: Scope = WINDOW,
    hint: str = "",
    welcome: str = "",
    tool: Tool | None = None,
    condition: str = "",
) -> Command:
    """A row of the table, see Command; `keys` are divided by spaces."""
    return Command(
        id, menu, title, tuple(keys.split()), run, when, scope, hint, welcome,
        tool=tool, condition=condition,
    )  # fmt: skip


def _tool(
    id: str,
    title: str,
    keys: str,
    run: Callable[[DetailView], object],
    word: str = "",
    *,
    on: Callable[[DetailView], bool] | None = None,
    fits: Callable[[DetailView], bool] = always_fits,
) -> Command:
    """A row of the table of what is done to a plot alone, with a button for it.

    Args:
        id: its name, as of every Command.
        title: its words.
        keys: its keys, divided by spaces.
        run: does it to the plot alone that has the keyboard.
        word: on the button; "" for none.
        on: whether it is on; None where it does something once.
        fits: whether it is for the plot shown.
    """

    def run_in_use(parts: Parts) -> object:
        detail = parts.windows.detail
        said = run(detail) if detail is not None else None
        parts.context.sense_changed.emit()
        return said

    def makes_sense(parts: Parts) -> bool:
        return parts.windows.detail is not None and fits(parts.windows.detail)

    return _command(
        "Plot", id, title, keys, run_in_use, makes_sense, scope=TOOLS,
        tool=Tool(word, on, fits) if word else None,
    )  # fmt: skip


def _fit(function: FitFunction) -> Command:
    """The row that fits a function."""
    return _tool(
        f"fit-{function}", f"Fit: {FIT_TITLES[function]}",
        f"Alt+{FUNCTIONS.index(function) + 1}",
        lambda detail: detail.fit.fit(function), fits=lambda detail: detail.fit.fits,
    )  # fmt: skip


_file, _go, _plot = (partial(_command, menu) for menu in ("File", "Go", "Plot"))
_shift, _book = (partial(_command, menu) for menu in ("Shift", "Book"))
_view, _help = (partial(_command, menu) for menu in ("View", "Help"))

FIT_TITLES: dict[FitFunction, str] = {
    "gaus": "Gaussian",
    "pol0": "constant",
    "pol1": "straight line",
    "pol2": "parabola",
    "expo": "exponential",
    "landau": "Landau",
}

ENTER, CTRL_ENTER = "Return Enter", "Ctrl+Return Ctrl+Enter"

PLOT_MENU = (
    ("own-plot", "own-page", "own-open", "full-screen", "own-close"),
    ("save-plot", "copy-plot", "copy-numbers", "export-plot"),
    ("save-picture", "copy-picture", "print"),
    ("instruction", "call", "entry"),
    ("acknowledge", "shelve", "nuisance", "missed"),
)
"""What a plot's menu offers after the commands of the menu "Plot"."""

ALARM_MENU = (
    ("open-alarm", "acknowledge", "shelve", "unshelve"),
    ("nuisance", "alarms"),
)
"""What the menu of a row of the alarm strip offers."""

COMMANDS: tuple[Command, ...] = (
    _file("open-file", "Open file …", "Ctrl+O", open_file, welcome="Open file …"),
    _file("open-folder", "Open folder …", "Ctrl+Shift+O",
          open_folder, welcome="Open folder …"),
    _file("start-demo", "Start the demo", "Ctrl+D",
          lambda p: p.context.open_demo(), lambda p: p.context.start_demo is not None,
          welcome="Start the demo"),
    _file("save-picture", "Save picture of the page …", "Ctrl+S",
          save_picture, shows_picture, scope=PLOTS),
    _file("save-plot", "Save picture of the plot …", "Ctrl+Shift+S",
          save_plot, has_selection, scope=PLOTS),
    _file("print", "Print the page …", "Ctrl+P",
          print_page, shows_picture, scope=PLOTS),
    _file("export-plot", "Export the numbers of the plot …", "Ctrl+Shift+E",
          export_plot, has_selection, scope=PLOTS),
    _file("copy-picture", "Copy picture of the page", "Ctrl+Shift+C",
          copy_picture, shows_picture, scope=PLOTS),
    _file("copy-plot", "Copy picture of the plot", "Ctrl+Alt+C",
          _on_plot(copy_plot), has_selection, scope=PLOTS),
    _file("copy-numbers", "Copy the numbers of the plot, for a spreadsheet",
          "Ctrl+Alt+E", copy_numbers, has_selection, scope=PLOTS),
    _file("quit", "Quit", "Ctrl+Q", lambda p: p.context.window.close()),
    _go("overview", "Overview of the detector", "O",
        lambda p: p.view.show_overview(), has_pages, hint="overview"),
    _go("row-up", "Overview: the subsystem above", "Up",
        lambda p: p.overview.step(0, -1), scope=OVERVIEW),
    _go("row-down", "Overview: the subsystem below", "Down",
        lambda p: p.overview.step(0, 1), scope=OVERVIEW),
    _go("earlier", "Overview: earlier", "Left",
        lambda p: p.overview.step(-1, 0), scope=OVERVIEW),
    _go("later", "Overview: later", "Right",
        lambda p: p.overview.step(1, 0), scope=OVERVIEW),
    _go("change-before", "Overview: to the change before", "Shift+Left",
        lambda p: p.overview.step_change(-1), scope=OVERVIEW),
    _go("change-after", "Overview: to the next change", "Shift+Right",
        lambda p: p.overview.step_change(1), scope=OVERVIEW),
    _go("first-lumisection", "Overview: to the beginning", "Home",
        lambda p: p.overview.go_to_end(last=False), scope=OVERVIEW),
    _go("last-lumisection", "Overview: to the end", "End",
        lambda p: p.overview.go_to_end(last=True), scope=OVERVIEW),
    _go("open-moment", "Overview: the page of that moment", ENTER,
        lambda p: p.overview.open_cell(), scope=OVERVIEW),
    _go("look-back", "Look back: the recorded update before", "Ctrl+Left",
        lambda p: p.looking_back.step(-1), shows_plots, scope=PLOTS),
    _go("look-on", "Look back: the recorded update after", "Ctrl+Right",
        lambda p: p.looking_back.step(1), shows_plots, scope=PLOTS),
    _go("look-added", "Look back: what the update added, or all until then", "Ctrl+J",
        lambda p: p.looking_back.turn_added(), shows_plots, scope=PLOTS),
    _go("now", "Look back: to now again", "Ctrl+End",
        lambda p: p.looking_back.now(), shows_plots, scope=PLOTS),
    _go("go-to", "Go to a moment, a span, or a link …", "Ctrl+G",
        lambda p: p.go_to.open(), has_source),
    _go("copy-link", "Copy a link to what is in view", "Ctrl+U",
        lambda p: p.looking_back.copy_link(p.windows.active), shows_picture,
        scope=PLOTS),
    _go("next-page", "Next page", "PgDown ]", lambda p: p.view.step_page(1), has_pages),
    _go("previous-page", "Previous page", "PgUp [",
        lambda p: p.view.step_page(-1), has_pages),
    _go("next-abnormal", "Next alarm that asks, else the next plot that is not good",
        "N", next_abnormal, has_pages, hint="next alarm"),
    _go("strip", "To the strip of alarms", "Ctrl+3",
        lambda p: p.strip.setFocus(Qt.FocusReason.ShortcutFocusReason), has_alarms),
    _go("alarm-up", "Alarm strip: the alarm above", "Up",
        lambda p: p.strip.step(-1), scope=STRIP),
    _go("alarm-down", "Alarm strip: the alarm below", "Down",
        lambda p: p.strip.step(1), scope=STRIP),
    _go("open-alarm", "Alarm strip: show its worst plot", ENTER,
        lambda p: p.strip.open_current(), scope=STRIP),
    _go("open-alarm-row", "Alarms: show the plot of the row", ENTER,
        lambda p: p.alarms.open_current(), scope=ALARMS),
    _go("copy-alarm", "Alarms: copy the words of the row", "Ctrl+C",
        lambda p: copy_row(p.alarms), scope=ALARMS),
    _go("search", "Search pages, plots, elements", "/ Ctrl+F",
        _in("navigator", lambda p: p.navigator.focus_search()), has_source,
        hint="search"),
    _go("found", "From the search to what it found", "Down",
        lambda p: p.navigator.focus_found(), scope=SEARCH),
    _go("pages", "To the list of pages", "Ctrl+1",
        _in("navigator", lambda p: p.navigator.focus_pages())),
    _go("elements", "To the tree of all elements", "Ctrl+2",
        _in("navigator", lambda p: p.navigator.focus_elements()), has_source),
    _go("open-row", "Navigator: open the page or plot", ENTER,
        lambda p: p.navigator.open_row(), scope=PAGE_ROWS),
    _go("open-element", "Navigator: show the element", ENTER,
        lambda p: p.navigator.open_element(), scope=ELEMENTS),
    _go("open-apart", "Navigator: open it in a window of its own", CTRL_ENTER,
        lambda p: p.navigator.show_apart(), scope=NAVIGATOR),
    _go("open-problem", "Notices: show the plot it is about", ENTER,
        open_problem, scope=PROBLEMS),
    _go("copy-problem", "Notices: copy its words", "Ctrl+C",
        lambda p: copy_row(p.problems), scope=PROBLEMS),
    _go("open-happened", "What happened: show the plot, or read what changed", ENTER,
        lambda p: p.lately.open_current(), scope=LATELY),
    _go("happened-apart", "What happened: the plot in a window of its own",
        CTRL_ENTER, show_happened_apart, scope=LATELY),
    _go("copy-happened", "What happened: copy its words", "Ctrl+C",
        lambda p: copy_row(p.lately), scope=LATELY),
    _go("back", "Back to the page", "Esc", lambda p: p.context.leave_wanted.emit()),
    _go("select-left", "Select the plot before", "Left",
        _on_page(lambda grid: grid.step(-1, 0)), scope=PAGES),
    _go("select-right", "Select the next plot", "Right",
        _on_page(lambda grid: grid.step(1, 0)), scope=PAGES),
    _go("select-up", "Select the plot above", "Up",
        _on_page(lambda grid: grid.step(0, -1)), scope=PAGES),
    _go("select-down", "Select the plot below", "Down",
        _on_page(lambda grid: grid.step(0, 1)), scope=PAGES),
    _plot("detail", "Show the plot alone", ENTER,
          open_detail, scope=PAGE, hint="detail"),
    _plot("next-plot", "Alone: next plot of the page", "Right Down",
          lambda p: p.view.step_plot(1), scope=DETAIL),
    _plot("previous-plot", "Alone: plot before", "Left Up",
          lambda p: p.view.step_plot(-1), scope=DETAIL),
    _plot("reference", "Compare with the reference in the next way", "R",
          _on_plot(lambda view, tile: view.cycle_mode(tile)), has_selection,
          scope=PLOTS, hint="reference"),
    _plot("deviation", "Ratio to the reference, or pull", "Ctrl+R",
          _on_plot(lambda view, tile: view.cycle_deviation(tile)),
          has_selection, scope=PLOTS),
    _plot("normalization", "Scale the reference in the next way", "Shift+R",
          _on_plot(lambda view, tile: view.cycle_normalization(tile)),
          has_selection, scope=PLOTS),
    _plot("choose-reference", "Any run or file as reference …", "Ctrl+Shift+R",
          lambda p: p.references.open(), has_source, scope=PLOTS),
    _plot("take-reference", "Reference by hand: compare the plot with the run", ENTER,
          lambda p: p.references.take(), scope=REFERENCES),
    _plot("take-reference-all", "Reference by hand: compare all plots", CTRL_ENTER,
          lambda p: p.references.take(everywhere=True), scope=REFERENCES),
    _plot("take-beside", "Reference by hand: draw the run beside, or no more", "Alt+A",
          lambda p: p.references.take_beside(), scope=REFERENCES),
    _plot("reference-file", "Reference by hand: look for a file …", "Alt+O",
          choose_reference_file, scope=REFERENCES),
    _plot("previous-of-fill", "The run before of this fill as reference, or the site's",
          "Shift+F", lambda p: p.view.compare_with_previous(), has_source, scope=PLOTS,
          condition="fill"),
    _plot("site-reference", "The site's references again", "Alt+R",
          use_site_references, has_source, scope=PLOTS),
    _plot("checks", "Checks behind the verdict", "Shift+V",
          read_checks, has_selection, scope=PLOTS),
    _plot("fold-check", "Checks: open one in full, or fold it", f"Space {ENTER}",
          lambda p: p.panel.checks.fold(), scope=CHECKS),
    _plot("copy-check", "Checks: copy one with its configuration", "Ctrl+C",
          copy_check, scope=CHECKS),
    _plot("configuration", "Configuration of the checks in force, or not", "Shift+G",
          show_configuration, has_selection, scope=PLOTS),
    _plot("draft-known", "Draft a known issue from the verdict", "Shift+D",
          draft_known, has_selection, scope=PLOTS),
    _plot("copy-draft", "Draft of a known issue: copy it", CTRL_ENTER,
          lambda p: p.draft.copy(), scope=DRAFT),
    _plot("enter-draft", "Draft of a known issue: write it as an entry", "Ctrl+E",
          enter_draft, scope=DRAFT),
    _plot("log", "Logarithm on or off", "L",
          _on_plot(lambda view, tile: view.toggle_log(tile)),
          has_selection, scope=PLOTS, hint="log",
          tool=Tool("log values", lambda d: d.log(), has_values)),
    _plot("log-x", "Logarithm of x on or off", "Shift+L",
          _on_plot(partial(toggle_log, axis="x")), has_selection, scope=PLOTS,
          tool=Tool("log x", lambda d: d.log("x"), has_values)),
    _plot("log-y", "Logarithm of a map's y on or off", "Ctrl+Shift+L",
          _on_plot(partial(toggle_log, axis="y")), has_selection, scope=PLOTS,
          tool=Tool("log y", lambda d: d.log("y"), is_plane)),
    _plot("as-layout", "Draw as the layout says", "Backspace",
          draw_as_layout, has_selection, scope=PLOTS),
    _tool("limits", "Limits of the values, of a map its colours", "Shift+M",
          lambda d: d.ask_limits(), "Limits",
          on=lambda d: d.tools.limits is not None, fits=has_values),
    _tool("lines", "Two lines, of a map a rectangle, and what lies between", "J",
          lambda d: d.tools.toggle("lines"), "Lines", on=has_lines, fits=has_bins),
    _tool("crosshair", "Crosshair with the numbers of a bin", "W",
          lambda d: d.tools.toggle("crosshair"), "Crosshair",
          on=lambda d: d.tools.shown == "crosshair", fits=has_bins),
    _tool("tool-left", "Lines or crosshair: left", "Alt+Left",
          lambda d: d.tools.move(-1), fits=has_reading),
    _tool("tool-right", "Lines or crosshair: right", "Alt+Right",
          lambda d: d.tools.move(1), fits=has_reading),
    _tool("tool-up", "Rectangle or crosshair: up", "Alt+Up",
          lambda d: d.tools.move(0, 1), fits=has_reading_on_map),
    _tool("tool-down", "Rectangle or crosshair: down", "Alt+Down",
          lambda d: d.tools.move(0, -1), fits=has_reading_on_map),
    _tool("tool-narrower", "Lines: nearer together", "Alt+Shift+Left",
          lambda d: d.tools.stretch(-1), fits=has_lines),
    _tool("tool-wider", "Lines: further apart", "Alt+Shift+Right",
          lambda d: d.tools.stretch(1), fits=has_lines),
    _tool("tool-higher", "Rectangle: higher", "Alt+Shift+Up",
          lambda d: d.tools.stretch(0, 1), fits=has_rectangle),
    _tool("tool-lower", "Rectangle: less high", "Alt+Shift+Down",
          lambda d: d.tools.stretch(0, -1), fits=has_rectangle),
    _tool("fit", "Fit a function, or fit it again", "Y", lambda d: d.fit.begin(),
          "Fit", on=chooses_fit, fits=lambda d: d.fit.fits or chooses_fit(d)),
    *(_fit(function) for function in FUNCTIONS),
    _tool("fit-leave", "Fit: take it away", "Shift+Y", lambda d: d.fit.leave(),
          fits=chooses_fit),
    _tool("history", "History of a number: entries, mean, RMS, a bin, none", "Shift+H",
          lambda d: d.history.turn(), "History", on=lambda d: bool(d.history.on),
          fits=has_bins),
    _tool("history-leave", "History: take it away", "Ctrl+Shift+H",
          lambda d: d.history.leave(), fits=lambda d: bool(d.history.on)),
    _tool("history-before", "History over runs: the run before", "Ctrl+Shift+Left",
          lambda d: d.history.step_run(-1), fits=lambda d: d.history.has_runs),
    _tool("history-after", "History over runs: the run after", "Ctrl+Shift+Right",
          lambda d: d.history.step_run(1), fits=lambda d: d.history.has_runs),
    _plot("history-open", "History over runs: look back at the run", "Ctrl+Shift+G",
          look_back_at_run, shows_plots, scope=TOOLS),
    _tool("projection", "Projection of the map: on x, on y, none", "Q",
          lambda d: d.projection.turn(), "Projection", on=projects,
          fits=is_plane),
    _tool("slice-up", "Projection: move the slice up", "Ctrl+Up",
          lambda d: d.projection.move_band(1), fits=projects),
    _tool("slice-down", "Projection: move the slice down", "Ctrl+Down",
          lambda d: d.projection.move_band(-1), fits=projects),
    _tool("slice-wider", "Projection: a wider slice", "Ctrl+Shift+Up",
          lambda d: d.projection.widen_band(1), fits=projects),
    _tool("slice-narrower", "Projection: a narrower slice", "Ctrl+Shift+Down",
          lambda d: d.projection.widen_band(-1), fits=projects),
    _plot("pulls", "Strip of pulls, how far each bin is off, or not", "Shift+U",
          turn_pulls, scope=TOOLS,
          tool=Tool("Pulls", lambda d: d.pulls and d.has_pulls,
                    lambda d: d.has_pulls)),
    _tool("finer", "Join fewer bins", ",", lambda d: d.tools.join(-1), "Finer",
          fits=can_join),
    _tool("coarser", "Join more bins", ".", lambda d: d.tools.join(1), "Coarser",
          on=lambda d: d.tools.joined > 1, fits=can_join),
    _plot("zoom-in", "Zoom in", "+ =",
          _on_canvas(lambda canvas: canvas.zoom_by(0.5)), has_selection,
          scope=PLOTS, tool=Tool("+", zooms=True)),
    _plot("zoom-out", "Zoom out", "-",
          _on_canvas(lambda canvas: canvas.zoom_by(2.0)), has_selection, scope=PLOTS,
          tool=Tool("−", zooms=True)),
    _plot("pan-left", "Zoomed: move left", "Shift+Left",
          _on_canvas(lambda canvas: canvas.pan_by(-0.2)), scope=PLOT),
    _plot("pan-right", "Zoomed: move right", "Shift+Right",
          _on_canvas(lambda canvas: canvas.pan_by(0.2)), scope=PLOT),
    _plot("pan-up", "Zoomed, or a map: move up", "Shift+Up",
          _on_canvas(lambda canvas: canvas.pan_by(0.0, 0.2)), scope=PLOT),
    _plot("pan-down", "Zoomed, or a map: move down", "Shift+Down",
          _on_canvas(lambda canvas: canvas.pan_by(0.0, -0.2)), scope=PLOT),
    _plot("link-zoom", "Zoom all plots of the page alike, or not", "Shift+Z",
          _on_page(lambda grid: grid.toggle_linked()), scope=PAGES),
    _plot("undo-zoom", "Undo the last zoom", "Z",
          _on_canvas(undo_zoom), has_selection, scope=PLOTS,
          tool=Tool("Undo", zooms=True)),
    _plot("reset-zoom", "Whole range", "0",
          _on_canvas(lambda canvas: canvas.reset_zoom()), has_selection, scope=PLOTS,
          tool=Tool("Whole", zooms=True)),
    _shift("begin-shift", "Start of the shift", "F2", begin_shift, has_book),
    _shift("begin", "Begin the shift, as its page says", CTRL_ENTER,
           lambda p: p.start.begin(), lambda p: not on_shift(p), scope=START),
    _shift("read", "This change is read, on to the next", f"Space {ENTER}",
           lambda p: p.start.news.acknowledge(), scope=NEWS),
    _shift("read-all", "All changes looked at are read", "Shift+A",
           lambda p: p.start.news.acknowledge_all(), scope=NEWS),
    _shift("check-start", "Check an item of the start, or not", f"Space {ENTER}",
           lambda p: p.start.checks.press(), scope=START_CHECKS),
    _shift("release", "The release that waits", "F3",
           lambda p: p.release.open(),
           lambda p: p.context.client.mailbox.release_waiting is not None),
    _shift("take-up", "Take the release up", CTRL_ENTER,
           lambda p: p.release.take_up(), scope=RELEASE),
    _shift("acknowledge", "Acknowledge the alarm", "A",
           acknowledge, has_alarms, scope=PLOTS, hint="acknowledge"),
    _shift("shelve", "Shelve the alarm …", "Ctrl+Shift+A",
           shelve, has_alarms, scope=PLOTS),
    _shift("unshelve", "Take the alarm from the shelf", "Ctrl+Alt+A",
           unshelve, has_alarms, scope=PLOTS),
    _shift("override-dcs", "The detector control is wrong …", "Ctrl+Alt+D",
           override_dcs, has_selection, scope=PLOTS, condition="dcs"),
    _shift("trust-dcs", "The detector control is right again", "Ctrl+Alt+Shift+D",
           trust_dcs, has_selection, scope=PLOTS, condition="dcs"),
    _shift("split-alarm", "Alarms: the chosen plots have another cause", "Alt+X",
           split_alarm, scope=ALARMS),
    _shift("join-alarms", "Alarms: the chosen ones have one cause", "Alt+J",
           join_alarms, scope=ALARMS),
    _shift("nuisance", "This should not have been an alarm …", "Alt+U",
           call_nuisance, has_alarms, scope=PLOTS),
    _shift("call-answered", "Who was called about the alarm has answered", "Alt+C",
           call_answered, has_alarms, scope=PLOTS),
    _shift("missed", "A fault that no alarm told of …", "Alt+M",
           call_missed, has_source, scope=PLOTS),
    _shift("answer-alarm", "Answer to an alarm: write it", CTRL_ENTER,
           lambda p: p.alarm_sheet.write(), scope=ALARM_SHEET),
    _shift("instruction", "Read the instruction", "I",
           read_instruction, has_selection, scope=PLOTS, hint="instruction"),
    _shift("tick", "Tick the next step", "T",
           _in("panel", lambda p: p.guidance.tick_next()), has_instruction),
    _shift("difference", "What changed in the instruction", "D",
           lambda p: p.guidance.toggle_difference(), has_instruction),
    _shift("call", "Call somebody about the plot", "C",
           call_about, can_call, scope=PLOTS, hint="call"),
    _shift("call-next", "You called who is next: record it", "Shift+C",
           call_next, can_call),
    _shift("entry", "Write an entry with evidence", "E",
           write_entry, can_write_entry, scope=PLOTS, hint="entry"),
    _shift("write-entry", "Write the entry", CTRL_ENTER,
           lambda p: p.entry.write(), scope=ENTRY),
    _shift("new-entry", "Drop the draft, begin an entry of what is in view", "Ctrl+N",
           lambda p: p.entry.begin_again(), scope=ENTRY),
    _shift("book", "Book of the shift", "Ctrl+B", _dock("book"), has_book, hint="book"),
    _shift("flags", "Runs and flags", "F", _tab("flags"), has_book, hint="flags"),
    _shift("confirm-flags", "Confirm all flags that agree", CTRL_ENTER,
           confirm_flags, on_shift, scope=RUNS_AND_FLAGS),
    _shift("mute", "Mute alarms for a quarter of an hour", "Ctrl+M",
           lambda p: p.sound.mute(), on_shift),
    _shift("unmute", "Let muted alarms sound again", "Ctrl+Shift+M",
           lambda p: p.sound.unmute(), on_shift),
    _shift("test-chain", "Test the alarms, from engine to ear", "Ctrl+Shift+T",
           lambda p: p.chain.begin(), on_shift),
    _shift("chain-heard", "Test of the alarms: heard", "Alt+Y",
           lambda p: p.chain.answer(heard=True), on_shift),
    _shift("chain-not-heard", "Test of the alarms: not heard", "Alt+N",
           lambda p: p.chain.answer(heard=False), on_shift),
    _shift("sign-off", "Sign the run off", "Ctrl+Shift+Return Ctrl+Shift+Enter",
           sign_off, on_shift),
    _shift("sign-open", "Sign the run off with something open", CTRL_ENTER,
           lambda p: p.signing.sign(), scope=SIGNING),
    _shift("entries", "Entries", "Shift+E", _tab("entries"), has_book),
    _shift("checklists", "Check-lists", "K", _tab("checklists"), has_book),
    _shift("hand-over", "Hand-over", "H", _tab("hand-over"), has_book),
    _shift("leave-hand-over", "Leaving: write the hand-over first", "Ctrl+H",
           lambda p: p.leaving.hand_over(), scope=LEAVING),
    _shift("leave-end", "Leaving: end the shift", "Ctrl+E",
           lambda p: p.leaving.end(), scope=LEAVING),
    _shift("leave-open", "Leaving: leave the shift open", "Ctrl+L",
           lambda p: p.leaving.leave_open(), scope=LEAVING),
    _book("flag-good", "Flag GOOD", "G", _flag("GOOD"), scope=FLAGS),
    _book("flag-bad", "Flag BAD", "B", _flag("BAD"), scope=FLAGS),
    _book("flag-excluded", "Flag EXCLUDED", "X", _flag("EXCLUDED"), scope=FLAGS),
    _book("flag-standby", "Flag STANDBY", "S", _flag("STANDBY"), scope=FLAGS),
    _book("flag-unset", "Flag not set", "U", _flag("NOTSET"), scope=FLAGS),
    _book("flag-history", "History of a component", ENTER,
          lambda p: p.logbook.flags.toggle_history(), scope=FLAGS),
    _book("flags-of-run", "From the runs to the flags of one", ENTER,
          lambda p: p.logbook.flags.table.setFocus(), scope=RUNS),
    _book("pass-on", "Pass the sign-off to the next shift", "Shift+P",
          lambda p: p.logbook.flags.pass_on(), scope=RUNS_AND_FLAGS),
    _book("write-flag", "Write the flag", ENTER,
          lambda p: p.logbook.flags.editor.write(), scope=FLAG_EDITOR),
    _book("flag-later", "While a flag is set: the later start", "Alt+E",
          lambda p: p.logbook.flags.editor.start_later(), scope=FLAG_EDITOR),
    _book("entry-whole", "An entry in whole, or not", ENTER,
          lambda p: p.logbook.entries.toggle(), scope=ENTRIES),
    _book("correct", "Correct an entry", "M",
          lambda p: p.logbook.entries.correct(), scope=ENTRIES),
    _book("settle", "Settle a problem", "Shift+S",
          lambda p: p.logbook.entries.settle(), scope=ENTRIES),
    _book("evidence", "Evidence of an entry to a file", "Shift+O",
          lambda p: p.logbook.entries.export(), scope=ENTRIES),
    _book("check", "Check an item of a list, or not", "Space",
          lambda p: p.logbook.checklists.check(), scope=CHECKLISTS),
    _book("open-unseen", "Open the page of an item", ENTER,
          lambda p: p.logbook.checklists.open_page_of_item(), scope=CHECKLISTS),
    _book("open-page", "Open a page not opened in this run", ENTER,
          lambda p: p.logbook.checklists.open_page(), scope=UNSEEN),
    _book("give-hand-over", "Give the hand-over", CTRL_ENTER,
          lambda p: p.logbook.handing.give(), scope=HAND_OVER),
    _book("next-tab", "Next tab of the book", "Ctrl+Tab",
          lambda p: p.logbook.turn(1), scope=LOGBOOK),
    _book("previous-tab", "Previous tab of the book", "Ctrl+Shift+Tab",
          lambda p: p.logbook.turn(-1), scope=LOGBOOK),
    _view("timeline", "Timeline: what happened since you looked", "Shift+F4",
          lambda p: p.timeline.open(), has_source),
    _view("timeline-open", "Timeline: show the plot or the moment", ENTER,
          lambda p: p.timeline.list.open_current(), scope=TIMELINE),
    _view("timeline-kinds", "Timeline: other kinds of what happened", "Shift+F7",
          next_kinds, shows_what_happened),
    _view("silenced", "Silenced: what is not judged or heard, and until when",
          "Shift+F5", lambda p: p.silenced.open(), has_source),
    _view("silenced-open", "Silenced: show the plot", ENTER,
          lambda p: p.silenced.open_row(), scope=SILENCED),
    _view("coverage", "Coverage: what is judged, and why the rest is not", "Shift+F6",
          lambda p: p.coverage.open(), has_source),
    _view("coverage-open", "Coverage: show the plot", ENTER,
          lambda p: p.coverage.open_row(), scope=COVERAGE),
    _view("pause", "Pause or go on", "P",
          lambda p: p.context.pause(), has_source, hint="pause"),
    _view("theme", "Light or dark", "Ctrl+T", lambda p: p.context.switch_theme()),
    _view("alarms", "Alarms: all of them", "Shift+N", _dock("alarms")),
    _view("problems", "Notices and problems", "F8", _dock("problems")),
    _view("navigator", "Navigator", "F9", _dock("navigator")),
    _view("panel", "Selected plot", "F10", _dock("panel")),
    _view("full-screen", "Full screen", "F11", toggle_full_screen, scope=PLOTS),
    _view("own-page", "Page in a window of its own", "Ctrl+Shift+N",
          lambda p: p.windows.show_page(), has_page),
    _view("own-plot", "Plot in a window of its own", "Ctrl+Alt+N",
          lambda p: p.windows.show_selected(), has_selection),
    _view("own-close", "Own window: from the whole screen back, or close it",
          "Esc Ctrl+W", _on_own(lambda w: w.leave()), scope=OWN_WINDOW),
    _view("own-open", "Own window: show the plot in the main one", ENTER,
          _on_own(lambda w: w.open_in_console()), scope=OWN_WINDOW),
    _view("wall", "Wall: pages in turn on the whole screen", "Shift+F11",
          lambda p: p.wall.toggle(), has_pages),
    _view("larger", "Larger text", "Ctrl++ Ctrl+=",
          lambda p: p.context.step_text_size(1)),
    _view("smaller", "Smaller text", "Ctrl+-",
          lambda p: p.context.step_text_size(-1)),
    _view("text-size", "Text in the screen's own size", "Ctrl+0",
          lambda p: p.context.choose_text_size(1.0)),
    _view("density", "Comfortable or compact", "",
          lambda p: p.context.switch_density()),
    _view("local-time", "Times in UTC or by this machine's clock", "",
          lambda p: p.context.choose_clock(local=not shows_local())),
    _view("sound", "Sound of alarms on or off", "", lambda p: p.context.switch_sound()),
    _view("notify", "Notifications of alarms on the desktop on or off", "",
          lambda p: p.context.switch_notifications()),
    _view("test-sound", "Test the sound of alarms", "",
          lambda p: p.sound.test()),
    _view("wall-layout", "Settings: a layout on the wall, or not", f"Space {ENTER}",
          lambda p: p.choices.choose_layout(), scope=WALL_LAYOUTS),
    _view("settings", "Settings", "Ctrl+,",
          lambda p: p.choices.open()),
    _help("palette", "Find a command or page", "Ctrl+K",
          lambda p: p.context.palette_wanted.emit(), hint="commands"),
    _help("manual", "Manual: what it says of where you are", "F1",
          lambda p: p.manual.show_section(manual_section(p))),
    _help("people", "Who is who: whom to speak to, and the pages outside", "Shift+F1",
          lambda p: p.people.open()),
    _help("keys", "All keys", "?",
          lambda p: p.context.keys_wanted.emit(), hint="keys"),
)  # fmt: skip


def with_features(features: Sequence[Feature]) -> tuple[Command, ...]:
    """All commands of a window: the table, and before "View" those of its features."""
    own = tuple(each for feature in features for each in feature.commands)
    at = next(n for n, each in enumerate(COMMANDS) if each.menu == "View")
    return (*COMMANDS[:at], *own, *COMMANDS[at:])


def key_words(command: Command) -> str:
    """Write a command's keys: "PgDown or ]"."""
    written = [
        QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
        for key in command.keys
        if "Return" not in key or key.replace("Return", "Enter") not in command.keys
    ]
    return " or ".join(written)


Groups = dict[str, list[tuple[str, str]]]
"""Menu -> words and keys of its commands."""


def sheet_groups(commands: Sequence[Command], parts: Parts) -> tuple[Groups, Groups]:
    """The cheat-sheet: what works in what is seen now, and what works elsewhere.

    Elsewhere is: in sheets, tables and windows that are not open.
    """
    here: Groups = {}
    elsewhere: Groups = {}
    for command in commands:
        if not command.is_offered(parts):
            continue
        scope = command.scope
        seen = any(widget.isVisible() for widget in scope.widgets(parts))
        groups = here if seen and scope.when(parts) else elsewhere
        groups.setdefault(command.menu, []).append((command.title, key_words(command)))
    return here, elsewhere
