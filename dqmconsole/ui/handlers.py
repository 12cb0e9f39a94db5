"""What the commands do, and when each makes sense: functions of the parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog

from dqmconsole.shift.abnormal import next_abnormal as find_next_abnormal
from dqmconsole.shift.liveness import silence
from dqmconsole.ui.pictures import PictureError, file_name, write_picture

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from dqmconsole.model.record import FlagStatus
    from dqmconsole.ui.parts import Parts

# -- when a command makes sense ------------------------------------------------


def has_demo(parts: Parts) -> bool:
    """Where a demo can be started."""
    return parts.context.has_demo


def has_pages(parts: Parts) -> bool:
    """While the site has pages."""
    return bool(parts.view.pages.names)


def has_source(parts: Parts) -> bool:
    """While something is open."""
    return bool(parts.context.client.source)


def on_page(parts: Parts) -> bool:
    """While a page is shown."""
    return parts.view.on_page


def in_detail(parts: Parts) -> bool:
    """While one plot is shown alone."""
    return parts.view.in_detail


def has_selection(parts: Parts) -> bool:
    """While a plot is selected."""
    return parts.view.selected is not None


def shows_data(parts: Parts) -> bool:
    """While a page or a plot is shown."""
    return parts.view.on_page or parts.view.in_detail


def has_book(parts: Parts) -> bool:
    """While a book is open."""
    return parts.context.session.book.word != "closed"


def on_shift(parts: Parts) -> bool:
    """While somebody has the shift at this console."""
    return parts.context.session.shift is not None


def has_instruction(parts: Parts) -> bool:
    """While the selected plot has an instruction."""
    place = parts.view.selected
    if place is None:
        return False
    return parts.context.session.guidance(place.key).instruction is not None


def release_waits(parts: Parts) -> bool:
    """While another release waits to be taken up."""
    return parts.context.client.mailbox.release_waiting is not None


def begins(parts: Parts) -> bool:
    """While the start of the shift is shown, and nobody has it."""
    return parts.start.isVisible() and parts.context.session.shift is None


def shows_start(parts: Parts) -> bool:
    """While the start of the shift is shown."""
    return parts.start.isVisible()


def shows_release(parts: Parts) -> bool:
    """While the release that waits is shown."""
    return parts.release.isVisible()


def shows_entry(parts: Parts) -> bool:
    """While an entry is being written."""
    return parts.entry.isVisible()


def shows_leaving(parts: Parts) -> bool:
    """While it is asked what becomes of an open shift."""
    return parts.leaving.isVisible()


def edits_flag(parts: Parts) -> bool:
    """While a flag is being set."""
    return parts.logbook.flags.editor.isVisible()


# -- File ----------------------------------------------------------------------


def ask_file(parent: QWidget) -> str:
    """Ask for a ROOT file; "" when nobody chose one."""
    kinds = "ROOT files (*.root *.root.*);;All files (*)"
    return QFileDialog.getOpenFileName(parent, "Open a ROOT file", "", kinds)[0]


def ask_folder(parent: QWidget) -> str:
    """Ask for a folder a DQM writes into; "" when nobody chose one."""
    return QFileDialog.getExistingDirectory(parent, "Open a folder of a running DQM")


def ask_target(parent: QWidget, name: str) -> str:
    """Ask where to write a picture; "" when nobody chose a place."""
    return QFileDialog.getSaveFileName(parent, "Save picture", name, "PNG (*.png)")[0]


def open_file(parts: Parts) -> None:
    """Open a ROOT file."""
    parts.context.open_source(ask_file(parts.context.window))


def open_folder(parts: Parts) -> None:
    """Open the folder of a running DQM."""
    parts.context.open_source(ask_folder(parts.context.window))


def start_demo(parts: Parts) -> None:
    """Start the demo."""
    parts.context.start_demo()


def save_picture(parts: Parts) -> None:
    """Write a picture of what is shown to a file."""
    _save(parts, parts.view.picture(), parts.view.heading.title)


def save_plot(parts: Parts) -> None:
    """Write a picture of the selected plot to a file."""
    image, place = parts.view.plot_picture(), parts.view.selected
    if image is not None and place is not None:
        _save(parts, image, place.plot.title or place.plot.path)


def copy_picture(parts: Parts) -> None:
    """Copy a picture of what is shown."""
    QGuiApplication.clipboard().setImage(parts.view.picture())
    parts.context.said.emit("Picture of the page copied.")


def copy_plot(parts: Parts) -> None:
    """Copy a picture of the selected plot."""
    image = parts.view.plot_picture()
    if image is not None:
        QGuiApplication.clipboard().setImage(image)
        parts.context.said.emit("Picture of the plot copied.")


def close_window(parts: Parts) -> None:
    """Close the window."""
    parts.context.window.close()


# -- Go --------------------------------------------------------------------------


def next_page(parts: Parts) -> None:
    """Show the next page."""
    parts.view.step_page(1)


def previous_page(parts: Parts) -> None:
    """Show the page before."""
    parts.view.step_page(-1)


def next_abnormal(parts: Parts) -> None:
    """Select the next plot that is not good, on whichever page."""
    view = parts.view
    here = view.selected.key if view.selected else ""

    client = parts.context.client

    def find() -> tuple[str, bool]:
        found = find_next_abnormal(
            view.pages, here, client.mailbox.verdicts, client.mailbox.outages
        )
        return found, silence(client.engine) is not None

    found, silent = find()
    if found:
        view.select_plot(found)
    elif silent:
        parts.context.answered.emit(
            "The engine is silent: nobody knows what is BAD now.", find
        )
    else:
        parts.context.answered.emit("No plot is BAD, STALE or WARNING.", find)


def focus_search(parts: Parts) -> None:
    """Search pages, plots and elements."""
    parts.docks["navigator"].show()
    parts.navigator.focus_search()


def focus_pages(parts: Parts) -> None:
    """Give the keyboard to the pages."""
    parts.docks["navigator"].show()
    parts.navigator.focus_pages()


def focus_elements(parts: Parts) -> None:
    """Give the keyboard to the tree of all elements."""
    parts.docks["navigator"].show()
    parts.navigator.focus_elements()


def leave(parts: Parts) -> None:
    """Leave whatever lies on top; from a plot to its page."""
    parts.context.leave_wanted.emit()


def select_left(parts: Parts) -> None:
    """Select the plot before."""
    parts.view.grid.step(-1, 0)


def select_right(parts: Parts) -> None:
    """Select the next plot."""
    parts.view.grid.step(1, 0)


def select_up(parts: Parts) -> None:
    """Select the plot above."""
    parts.view.grid.step(0, -1)


def select_down(parts: Parts) -> None:
    """Select the plot below."""
    parts.view.grid.step(0, 1)


# -- Plot ------------------------------------------------------------------------


def open_detail(parts: Parts) -> None:
    """Show the selected plot alone."""
    place = parts.view.selected
    if place is not None:
        parts.view.open_plot(place.key)


def next_plot(parts: Parts) -> None:
    """Show the next plot of the page alone."""
    parts.view.step_plot(1)


def previous_plot(parts: Parts) -> None:
    """Show the plot before alone."""
    parts.view.step_plot(-1)


def cycle_reference(parts: Parts) -> None:
    """Compare with the reference in the next way."""
    parts.view.cycle_mode()


def toggle_log(parts: Parts) -> None:
    """Turn the logarithm on or off."""
    parts.view.toggle_log()


def zoom_in(parts: Parts) -> None:
    """Show half of the range."""
    _zoom(parts, 0.5)


def zoom_out(parts: Parts) -> None:
    """Show twice the range."""
    _zoom(parts, 2.0)


def pan_left(parts: Parts) -> None:
    """Show what lies left of the range."""
    _pan(parts, -0.2)


def pan_right(parts: Parts) -> None:
    """Show what lies right of the range."""
    _pan(parts, 0.2)


def reset_zoom(parts: Parts) -> None:
    """Show the whole range."""
    tile = parts.view.selected_tile()
    if tile is not None:
        tile.reset_zoom()


# -- Shift ----------------------------------------------------------------------


def begin_shift(parts: Parts) -> None:
    """Show the page on which a shift begins."""
    parts.view.bring_guest(parts.start)
    parts.start.open()


def show_release(parts: Parts) -> None:
    """Show what the release that waits changes."""
    parts.release.open()


def focus_instruction(parts: Parts) -> None:
    """Give the instruction of the selected plot the keyboard."""
    parts.docks["panel"].show()
    parts.guidance.focus_instruction()


def tick_step(parts: Parts) -> None:
    """Tick the first step that is open."""
    parts.docks["panel"].show()
    parts.guidance.tick_next()


def toggle_difference(parts: Parts) -> None:
    """Show or hide what changed in the instruction since it was read."""
    parts.guidance.toggle_difference()


def call_somebody(parts: Parts) -> None:
    """Show whom to call about the selected plot."""
    parts.call.open()


def record_call(parts: Parts) -> None:
    """Put the call to whoever is next on record, without asking."""
    parts.call.record_next()


def write_entry(parts: Parts) -> None:
    """Write an entry, with the evidence of what is in view."""
    parts.entry.open()


def show_flags(parts: Parts) -> None:
    """Turn to runs and flags."""
    parts.docks["book"].show()
    parts.logbook.show_leaf("flags")


def show_entries(parts: Parts) -> None:
    """Turn to the entries."""
    parts.docks["book"].show()
    parts.logbook.show_leaf("entries")


def show_checklists(parts: Parts) -> None:
    """Turn to the check-lists."""
    parts.docks["book"].show()
    parts.logbook.show_leaf("checklists")


def show_hand_over(parts: Parts) -> None:
    """Turn to the hand-over."""
    parts.docks["book"].show()
    parts.logbook.show_leaf("hand-over")


def toggle_book(parts: Parts) -> None:
    """Show or hide the book."""
    _toggle(parts, "book")


def confirm_flags(parts: Parts) -> None:
    """Confirm all proposals that nothing speaks against."""
    show_flags(parts)
    parts.logbook.confirm_flags()


def sign_off(parts: Parts) -> None:
    """Sign the run shown off."""
    show_flags(parts)
    parts.logbook.sign_off()


def take_shift(parts: Parts) -> None:
    """Begin the shift."""
    parts.start.begin()


def read_change(parts: Parts) -> None:
    """Put the selected change on record as read."""
    parts.start.news.acknowledge()


def read_changes(parts: Parts) -> None:
    """Put all changes that were looked at on record as read."""
    parts.start.news.acknowledge_all()


def check_start(parts: Parts) -> None:
    """Check an item of the list of the start, or take it back."""
    parts.start.checks.press()


def take_up(parts: Parts) -> None:
    """Take the release up."""
    parts.release.take_up()


def write_draft(parts: Parts) -> None:
    """Write the entry."""
    parts.entry.write()


def begin_draft(parts: Parts) -> None:
    """Begin an entry of what is in view, in place of the draft."""
    parts.entry.begin_again()


def hand_over_first(parts: Parts) -> None:
    """Stay, and write the hand-over."""
    parts.leaving.hand_over()


def end_and_leave(parts: Parts) -> None:
    """End the shift and close the window."""
    parts.leaving.end()


def leave_open(parts: Parts) -> None:
    """Close the window with the shift open."""
    parts.leaving.leave_open()


# -- Logbook --------------------------------------------------------------------


def flag_good(parts: Parts) -> None:
    """Set the flag GOOD."""
    _edit_flag(parts, "GOOD")


def flag_bad(parts: Parts) -> None:
    """Set the flag BAD."""
    _edit_flag(parts, "BAD")


def flag_excluded(parts: Parts) -> None:
    """Set the flag EXCLUDED."""
    _edit_flag(parts, "EXCLUDED")


def flag_standby(parts: Parts) -> None:
    """Set the flag STANDBY."""
    _edit_flag(parts, "STANDBY")


def flag_unset(parts: Parts) -> None:
    """Set back that a flag is set."""
    _edit_flag(parts, "NOTSET")


def toggle_history(parts: Parts) -> None:
    """Open or close the history of a component."""
    parts.logbook.flags.toggle_history()


def show_flags_of_run(parts: Parts) -> None:
    """Go from a run to its flags."""
    parts.logbook.flags.table.setFocus()


def pass_on(parts: Parts) -> None:
    """Leave the sign-off of the run to the next shift."""
    parts.logbook.flags.pass_on()


def write_flag(parts: Parts) -> None:
    """Write the flag."""
    parts.logbook.flags.editor.write()


def start_flag_later(parts: Parts) -> None:
    """Let the flag begin at the later end of where it may have."""
    parts.logbook.flags.editor.start_later()


def toggle_entry(parts: Parts) -> None:
    """Show the selected entry in whole, or not."""
    parts.logbook.entries.toggle()


def correct_entry(parts: Parts) -> None:
    """Correct the selected entry."""
    parts.logbook.entries.correct()


def settle_problem(parts: Parts) -> None:
    """Settle the problem of the selected entry."""
    parts.logbook.entries.settle()


def export_evidence(parts: Parts) -> None:
    """Write the evidence of the selected entry to a file."""
    parts.logbook.entries.export()


def check_item(parts: Parts) -> None:
    """Check the selected item, or take it back."""
    parts.logbook.checklists.check()


def open_page_of_item(parts: Parts) -> None:
    """Open the page that the selected item asks for."""
    parts.logbook.checklists.open_page_of_item()


def open_unseen_page(parts: Parts) -> None:
    """Open the selected page."""
    parts.logbook.checklists.open_page()


def give_hand_over(parts: Parts) -> None:
    """Give the hand-over."""
    parts.logbook.handing.give()


def next_tab(parts: Parts) -> None:
    """Turn to the next tab of the book."""
    parts.logbook.turn(1)


def previous_tab(parts: Parts) -> None:
    """Turn to the previous tab of the book."""
    parts.logbook.turn(-1)


# -- View ------------------------------------------------------------------------


def pause(parts: Parts) -> None:
    """Hold the pictures, or let them go on."""
    parts.context.pause()


def switch_theme(parts: Parts) -> None:
    """Light or dark."""
    parts.context.theme_wanted.emit()


def toggle_navigator(parts: Parts) -> None:
    """Show or hide the navigator."""
    _toggle(parts, "navigator")


def toggle_panel(parts: Parts) -> None:
    """Show or hide the panel of the selected plot."""
    _toggle(parts, "panel")


def toggle_problems(parts: Parts) -> None:
    """Show or hide the list of notices and problems."""
    _toggle(parts, "problems")


def toggle_full_screen(parts: Parts) -> None:
    """Fill the screen, or not."""
    if parts.context.window.isFullScreen():
        parts.context.window.showNormal()
    else:
        parts.context.window.showFullScreen()


# -- Help ------------------------------------------------------------------------


def show_palette(parts: Parts) -> None:
    """Find a command or page by typing."""
    parts.context.palette_wanted.emit()


def show_keys(parts: Parts) -> None:
    """Show all keys."""
    parts.context.keys_wanted.emit()


# -- inside ----------------------------------------------------------------------


def _zoom(parts: Parts, factor: float) -> None:
    tile = parts.view.selected_tile()
    if tile is not None:
        tile.canvas.zoom_by(factor)


def _pan(parts: Parts, share: float) -> None:
    tile = parts.view.selected_tile()
    if tile is not None:
        tile.canvas.pan_by(share)


def _edit_flag(parts: Parts, status: FlagStatus) -> None:
    if not parts.logbook.flags.isVisible():
        show_flags(parts)
    parts.logbook.flags.edit(status)


def _toggle(parts: Parts, name: str) -> None:
    """Show or hide a dock; the keyboard goes where it is, or to the page."""
    dock = parts.docks[name]
    dock.setVisible(not dock.isVisible())
    if dock.isVisible():
        dock.widget().setFocus()
    else:
        parts.view.back()


def _save(parts: Parts, image: QImage, title: str) -> None:
    target = ask_target(parts.context.window, file_name(title, parts.context.client))
    if not target:
        return
    try:
        parts.context.said.emit(f"Picture written: {write_picture(image, target)}")
    except PictureError as error:
        parts.context.said.emit(str(error))
