"""What the commands do, and when each makes sense: functions of the Hands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog

from dqmconsole.shift.liveness import silence
from dqmconsole.ui.abnormal import next_abnormal as find_next_abnormal
from dqmconsole.ui.pictures import PictureError, file_name, write_picture

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from dqmconsole.ui.hands import Hands

# -- when a command makes sense ------------------------------------------------


def always(hands: Hands) -> bool:  # noqa: ARG001 - one face for all conditions
    """At all times."""
    return True


def has_demo(hands: Hands) -> bool:
    """Where a demo can be started."""
    return hands.demo is not None


def has_pages(hands: Hands) -> bool:
    """While the site has pages."""
    return bool(hands.view.pages.names)


def has_source(hands: Hands) -> bool:
    """While something is open."""
    return bool(hands.session.source)


def on_page(hands: Hands) -> bool:
    """While a page is shown."""
    return hands.view.on_page


def in_detail(hands: Hands) -> bool:
    """While one plot is shown alone."""
    return hands.view.in_detail


def has_selection(hands: Hands) -> bool:
    """While a plot is selected."""
    return hands.view.selected is not None


def shows_data(hands: Hands) -> bool:
    """While a page or a plot is shown."""
    return hands.view.on_page or hands.view.in_detail


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


def open_file(hands: Hands) -> None:
    """Open a ROOT file."""
    hands.open_source(ask_file(hands.window))


def open_folder(hands: Hands) -> None:
    """Open the folder of a running DQM."""
    hands.open_source(ask_folder(hands.window))


def start_demo(hands: Hands) -> None:
    """Start the demo."""
    hands.start_demo()


def save_picture(hands: Hands) -> None:
    """Write a picture of what is shown to a file."""
    _save(hands, hands.shown_picture(), hands.view.heading.title)


def save_plot(hands: Hands) -> None:
    """Write a picture of the selected plot to a file."""
    image, place = hands.plot_picture(), hands.view.selected
    if image is not None and place is not None:
        _save(hands, image, place.plot.title or place.plot.path)


def copy_picture(hands: Hands) -> None:
    """Copy a picture of what is shown."""
    QGuiApplication.clipboard().setImage(hands.shown_picture())
    hands.said.emit("Picture of the page copied.")


def copy_plot(hands: Hands) -> None:
    """Copy a picture of the selected plot."""
    image = hands.plot_picture()
    if image is not None:
        QGuiApplication.clipboard().setImage(image)
        hands.said.emit("Picture of the plot copied.")


def close_window(hands: Hands) -> None:
    """Close the window."""
    hands.window.close()


# -- Go --------------------------------------------------------------------------


def next_page(hands: Hands) -> None:
    """Show the next page."""
    hands.view.step_page(1)


def previous_page(hands: Hands) -> None:
    """Show the page before."""
    hands.view.step_page(-1)


def next_abnormal(hands: Hands) -> None:
    """Select the next plot that is not good, on whichever page."""
    view = hands.view
    here = view.selected.key if view.selected else ""

    session = hands.session

    def find() -> tuple[str, bool]:
        found = find_next_abnormal(view.pages, here, session.verdicts, session.outages)
        return found, silence(session.engine) is not None

    found, silent = find()
    if found:
        view.select_plot(found)
    elif silent:
        hands.answered.emit("The engine is silent: nobody knows what is BAD now.", find)
    else:
        hands.answered.emit("No plot is BAD, STALE or WARNING.", find)


def focus_search(hands: Hands) -> None:
    """Search pages, plots and elements."""
    hands.docks["navigator"].show()
    hands.navigator.focus_search()


def focus_pages(hands: Hands) -> None:
    """Give the keyboard to the pages."""
    hands.docks["navigator"].show()
    hands.navigator.focus_pages()


def focus_elements(hands: Hands) -> None:
    """Give the keyboard to the tree of all elements."""
    hands.docks["navigator"].show()
    hands.navigator.focus_elements()


def leave(hands: Hands) -> None:
    """Leave whatever lies on top; from a plot to its page."""
    hands.leave_wanted.emit()


def select_left(hands: Hands) -> None:
    """Select the plot before."""
    hands.view.grid.step(-1, 0)


def select_right(hands: Hands) -> None:
    """Select the next plot."""
    hands.view.grid.step(1, 0)


def select_up(hands: Hands) -> None:
    """Select the plot above."""
    hands.view.grid.step(0, -1)


def select_down(hands: Hands) -> None:
    """Select the plot below."""
    hands.view.grid.step(0, 1)


# -- Plot ------------------------------------------------------------------------


def open_detail(hands: Hands) -> None:
    """Show the selected plot alone."""
    place = hands.view.selected
    if place is not None:
        hands.view.open_plot(place.key)


def next_plot(hands: Hands) -> None:
    """Show the next plot of the page alone."""
    hands.view.step_plot(1)


def previous_plot(hands: Hands) -> None:
    """Show the plot before alone."""
    hands.view.step_plot(-1)


def cycle_reference(hands: Hands) -> None:
    """Compare with the reference in the next way."""
    hands.view.cycle_mode()


def toggle_log(hands: Hands) -> None:
    """Turn the logarithm on or off."""
    hands.view.toggle_log()


def reset_zoom(hands: Hands) -> None:
    """Show the whole range."""
    tile = hands.view.selected_tile()
    if tile is not None:
        tile.reset_zoom()


# -- View ------------------------------------------------------------------------


def pause(hands: Hands) -> None:
    """Hold the pictures, or let them go on."""
    hands.pause()


def switch_theme(hands: Hands) -> None:
    """Light or dark."""
    hands.theme_wanted.emit()


def toggle_navigator(hands: Hands) -> None:
    """Show or hide the navigator."""
    hands.toggle("navigator")


def toggle_panel(hands: Hands) -> None:
    """Show or hide the panel of the selected plot."""
    hands.toggle("panel")


def toggle_problems(hands: Hands) -> None:
    """Show or hide the list of notices and problems."""
    hands.toggle("problems")


def toggle_full_screen(hands: Hands) -> None:
    """Fill the screen, or not."""
    if hands.window.isFullScreen():
        hands.window.showNormal()
    else:
        hands.window.showFullScreen()


# -- Help ------------------------------------------------------------------------


def show_palette(hands: Hands) -> None:
    """Find a command or page by typing."""
    hands.palette_wanted.emit()


def show_keys(hands: Hands) -> None:
    """Show all keys."""
    hands.keys_wanted.emit()


# -- inside ----------------------------------------------------------------------


def _save(hands: Hands, image: QImage, title: str) -> None:
    target = ask_target(hands.window, file_name(title, hands.session))
    if not target:
        return
    try:
        hands.said.emit(f"Picture written: {write_picture(image, target)}")
    except PictureError as error:
        hands.said.emit(str(error))
