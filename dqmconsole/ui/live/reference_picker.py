"""Any run as reference: a list to choose from by typing, for this session."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel

from dqmconsole.model.paths import with_home
from dqmconsole.shift.reference_choice import (
    IN_EVIDENCE,
    Comparable,
    comparables,
    matching,
)
from dqmconsole.ui.fonts import TITLE, set_text
from dqmconsole.ui.palette import Chooser, PaletteEntry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.ui.context import Context
    from dqmconsole.ui.live.own_windows import OwnWindow, OwnWindows
    from dqmconsole.ui.live.view import ConsoleView

_KEPT_FILES = 8  # of those chosen in this session
_ABOUT = "For looking, in this session: verdicts stay with the site's references."
_OTHER_FILE = "Another file …"


class ReferencePicker(Chooser):
    """The runs and files that plots can be compared with.

    Args:
        context: what is shown, and the log.
        view: the plots.
        windows: where the selected plot is.

    Signals:
        file_wanted: somebody wants to look for a file.
    """

    file_wanted = Signal()

    def __init__(
        self, context: Context, view: ConsoleView, windows: OwnWindows
    ) -> None:
        super().__init__(
            "Reference by hand", context.window, asks="Run, its type, or a file",
            field="Run or file", rows="Runs to compare with",
        )  # fmt: skip
        self._context, self._view, self._windows = context, view, windows
        self._known: list[Comparable] = []
        self._fitting: list[Comparable] = []
        self._files: dict[str, None] = {}
        self._key, self._everywhere, self._beside = "", False, False
        heading = QLabel("Reference by hand")
        set_text(heading, TITLE, bold=True)
        about = QLabel(_ABOUT)
        about.setProperty("role", "muted")
        about.setWordWrap(True)
        self._keys = QLabel()
        self._keys.setProperty("role", "muted")
        self._keys.setAccessibleName("Keys of the list")
        self.column.insertWidget(0, about)
        self.column.insertWidget(0, heading)
        self.column.addWidget(self._keys)
        self._around = (heading, about, self._keys)
        view.detail.history.compare_wanted.connect(self.open)
        windows.opened.connect(self._own_window_opened)
        self.list.currentItemChanged.connect(lambda *_: self._write_keys())

    def open(self) -> None:
        """Show what can be compared with now."""
        if not self._context.client.source:
            return
        if self._context.client.moment is not None:
            self._context.say(IN_EVIDENCE)
            return
        place = self._windows.active.selected
        self._key = place.key if place is not None else ""
        client, logbook = self._context.client, self._context.session.logbook
        used = self._view.choices.references.get(self._key, client.mailbox.by_hand.run)
        beside = self._view.choices.beside
        self._known = comparables(client, logbook, used, beside)
        listed = {each.file for each in self._known}
        chosen = [each for each in self._files if each not in listed]
        self._known += [Comparable(file=each, about="chosen before") for each in chosen]
        super().open()
        detail = self._windows.detail
        if detail is not None and detail.history.run:
            self.field.setText(f"run {detail.history.run}")
            self.field.selectAll()
        self._context.window.activateWindow()  # asked for in a window of its own, too

    def found(self, text: str) -> Sequence[PaletteEntry]:
        """What can be compared with and has all the words; last, to look for a file."""
        self._fitting = matching(self._known, text)
        entries = [
            PaletteEntry(each.words, each.about, partial(self.use, each))
            for each in self._fitting
        ]
        return [*entries, PaletteEntry(_OTHER_FILE, "Alt+O", self.file_wanted.emit)]

    def take(self, *, everywhere: bool = False) -> None:
        """Compare with the current row: the selected plot, or all plots."""
        self._everywhere = everywhere or not self._key
        self.run()

    def take_beside(self) -> None:
        """Draw all plots with the current row as well, or no more."""
        self._beside = True
        self.run()

    def run(self) -> None:
        """Compare with the current row."""
        super().run()
        self._everywhere = self._beside = False

    def room(self) -> tuple[int, int]:
        """Room for the words around the list, too."""
        width, height = super().room()
        words = sum(each.sizeHint().height() for each in self._around)
        return width, height + words + 3 * self.column.spacing()

    def _own_window_opened(self, window: OwnWindow) -> None:
        if window.key:
            window.detail.history.compare_wanted.connect(self.open)

    def _write_keys(self) -> None:
        row = self.list.currentIndex().row()
        is_run = 0 <= row < len(self._fitting) and self._fitting[row].run
        one = bool(self._key and is_run)
        keys = "Enter this plot   Ctrl+Enter all plots" if one else "Enter all plots"
        beside = "Alt+A beside   " if row < len(self._fitting) else ""
        self._keys.setText(f"{keys}   {beside}Alt+R the site's again   Esc closes")

    def use(self, chosen: Comparable) -> None:
        """Compare with a run, or all plots with a file."""
        if chosen.run and self._beside:
            self._context.say(self._view.draw_beside(chosen.run))
            return
        if chosen.run and self._key and not self._everywhere:
            self._context.say(self._view.compare_with(self._key, chosen.run))
            return
        file = chosen.file and str(with_home(chosen.file).absolute())
        if file:
            self._files.pop(file, None)
            self._files[file] = None
            for each in list(self._files)[:-_KEPT_FILES]:
                del self._files[each]
        if self._beside:
            self._context.say(self._view.draw_beside(file=file))
            return
        self._view.compare_all_with(chosen.run, file)
