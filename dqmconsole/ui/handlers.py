"""What the commands do, and when each makes sense: functions of the Context."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog

from dqmconsole.shift.liveness import silence
from dqmconsole.ui.live.abnormal import next_abnormal as find_next_abnormal
from dqmconsole.ui.pictures import PictureError, file_name, write_picture

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from dqmconsole.ui.context import Context

# -- when a command makes sense ------------------------------------------------


def always(context: Context) -> bool:  # noqa: ARG001 - one face for all conditions
    """At all times."""
    return True


def has_demo(context: Context) -> bool:
    """Where a demo can be started."""
    return context.demo is not None


def has_pages(context: Context) -> bool:
    """While the site has pages."""
    return bool(context.view.pages.names)


def has_source(context: Context) -> bool:
    """While something is open."""
    return bool(context.client.source)


def on_page(context: Context) -> bool:
    """While a page is shown."""
    return context.view.on_page


def in_detail(context: Context) -> bool:
    """While one plot is shown alone."""
    return context.view.in_detail


def has_selection(context: Context) -> bool:
    """While a plot is selected."""
    return context.view.selected is not None


def shows_data(context: Context) -> bool:
    """While a page or a plot is shown."""
    return context.view.on_page or context.view.in_detail


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


def open_file(context: Context) -> None:
    """Open a ROOT file."""
    context.open_source(ask_file(context.window))


def open_folder(context: Context) -> None:
    """Open the folder of a running DQM."""
    context.open_source(ask_folder(context.window))


def start_demo(context: Context) -> None:
    """Start the demo."""
    context.start_demo()


def save_picture(context: Context) -> None:
    """Write a picture of what is shown to a file."""
    _save(context, context.shown_picture(), context.view.heading.title)


def save_plot(context: Context) -> None:
    """Write a picture of the selected plot to a file."""
    image, place = context.plot_picture(), context.view.selected
    if image is not None and place is not None:
        _save(context, image, place.plot.title or place.plot.path)


def copy_picture(context: Context) -> None:
    """Copy a picture of what is shown."""
    QGuiApplication.clipboard().setImage(context.shown_picture())
    context.said.emit("Picture of the page copied.")


def copy_plot(context: Context) -> None:
    """Copy a picture of the selected plot."""
    image = context.plot_picture()
    if image is not None:
        QGuiApplication.clipboard().setImage(image)
        context.said.emit("Picture of the plot copied.")


def close_window(context: Context) -> None:
    """Close the window."""
    context.window.close()


# -- Go --------------------------------------------------------------------------


def next_page(context: Context) -> None:
    """Show the next page."""
    context.view.step_page(1)


def previous_page(context: Context) -> None:
    """Show the page before."""
    context.view.step_page(-1)


def next_abnormal(context: Context) -> None:
    """Select the next plot that is not good, on whichever page."""
    view = context.view
    here = view.selected.key if view.selected else ""

    client = context.client

    def find() -> tuple[str, bool]:
        found = find_next_abnormal(view.pages, here, client.verdicts, client.outages)
        return found, silence(client.engine) is not None

    found, silent = find()
    if found:
        view.select_plot(found)
    elif silent:
        context.answered.emit(
            "The engine is silent: nobody knows what is BAD now.", find
        )
    else:
        context.answered.emit("No plot is BAD, STALE or WARNING.", find)


def focus_search(context: Context) -> None:
    """Search pages, plots and elements."""
    context.docks["navigator"].show()
    context.navigator.focus_search()


def focus_pages(context: Context) -> None:
    """Give the keyboard to the pages."""
    context.docks["navigator"].show()
    context.navigator.focus_pages()


def focus_elements(context: Context) -> None:
    """Give the keyboard to the tree of all elements."""
    context.docks["navigator"].show()
    context.navigator.focus_elements()


def leave(context: Context) -> None:
    """Leave whatever lies on top; from a plot to its page."""
    context.leave_wanted.emit()


def select_left(context: Context) -> None:
    """Select the plot before."""
    context.view.grid.step(-1, 0)


def select_right(context: Context) -> None:
    """Select the next plot."""
    context.view.grid.step(1, 0)


def select_up(context: Context) -> None:
    """Select the plot above."""
    context.view.grid.step(0, -1)


def select_down(context: Context) -> None:
    """Select the plot below."""
    context.view.grid.step(0, 1)


# -- Plot ------------------------------------------------------------------------


def open_detail(context: Context) -> None:
    """Show the selected plot alone."""
    place = context.view.selected
    if place is not None:
        context.view.open_plot(place.key)


def next_plot(context: Context) -> None:
    """Show the next plot of the page alone."""
    context.view.step_plot(1)


def previous_plot(context: Context) -> None:
    """Show the plot before alone."""
    context.view.step_plot(-1)


def cycle_reference(context: Context) -> None:
    """Compare with the reference in the next way."""
    context.view.cycle_mode()


def toggle_log(context: Context) -> None:
    """Turn the logarithm on or off."""
    context.view.toggle_log()


def reset_zoom(context: Context) -> None:
    """Show the whole range."""
    tile = context.view.selected_tile()
    if tile is not None:
        tile.reset_zoom()


# -- View ------------------------------------------------------------------------


def pause(context: Context) -> None:
    """Hold the pictures, or let them go on."""
    context.pause()


def switch_theme(context: Context) -> None:
    """Light or dark."""
    context.theme_wanted.emit()


def toggle_navigator(context: Context) -> None:
    """Show or hide the navigator."""
    context.toggle("navigator")


def toggle_panel(context: Context) -> None:
    """Show or hide the panel of the selected plot."""
    context.toggle("panel")


def toggle_problems(context: Context) -> None:
    """Show or hide the list of notices and problems."""
    context.toggle("problems")


def toggle_full_screen(context: Context) -> None:
    """Fill the screen, or not."""
    if context.window.isFullScreen():
        context.window.showNormal()
    else:
        context.window.showFullScreen()


# -- Help ------------------------------------------------------------------------


def show_palette(context: Context) -> None:
    """Find a command or page by typing."""
    context.palette_wanted.emit()


def show_keys(context: Context) -> None:
    """Show all keys."""
    context.keys_wanted.emit()


# -- inside ----------------------------------------------------------------------


def _save(context: Context, image: QImage, title: str) -> None:
    target = ask_target(context.window, file_name(title, context.client))
    if not target:
        return
    try:
        context.said.emit(f"Picture written: {write_picture(image, target)}")
    except PictureError as error:
        context.said.emit(str(error))
