"""The page that is edited, as the shifter sees it, under a banner."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from dqmconsole.model.moment import moment_words
from dqmconsole.model.tlatex import plain_title
from dqmconsole.shift.pages import Pages
from dqmconsole.ui.buttons import push_button
from dqmconsole.ui.keyboard import has_keyboard
from dqmconsole.ui.labels import ElidedLabel, PlainLabel
from dqmconsole.ui.live.choices import ShownChoices
from dqmconsole.ui.live.page import PageGrid

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from PySide6.QtWidgets import QPushButton

    from dqmconsole.model.layout import Layout
    from dqmconsole.model.message import WatchItem
    from dqmconsole.shift.client import Changes
    from dqmconsole.shift.layout_editor import LayoutEditor
    from dqmconsole.shift.pages import PageName
    from dqmconsole.ui.context import Context

_SLICE = 0.03  # s in which pictures are drawn at once
_AT_ONCE = 4  # pictures: those of one row are aligned once


class Question(QWidget):
    """A line that asks something, with a button for each answer; never modal.

    Signals:
        left: it had the keyboard, and asks no more.
    """

    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._words = PlainLabel("Question of the editor", role="warning")
        self._words.setWordWrap(True)
        self._row = QHBoxLayout()
        self._buttons: list[QPushButton] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 2, 4, 4)
        column.setSpacing(4)
        column.addWidget(self._words)
        column.addLayout(self._row)
        self._row.addStretch(1)
        self.hide()

    @property
    def asks(self) -> bool:
        """Something is asked, or said."""
        return not self.isHidden()

    def ask(
        self, words: str, answers: Sequence[tuple[str, Callable[[], object]]]
    ) -> None:
        """Ask; what was asked before is asked no more.

        Args:
            words: the question, or what is said.
            answers: words of each button, and what it does.
        """
        had = has_keyboard(self)
        for button in self._buttons:
            self._row.removeWidget(button)
            button.deleteLater()
        self._buttons = []
        self._words.show_words(words)
        for at, (title, does) in enumerate(answers):
            button = push_button(title, title, does)
            self._row.insertWidget(at, button)
            self._buttons.append(button)
        if had and not words:
            self.left.emit()  # before it is hidden: else Qt gives the keyboard away
        self.setVisible(bool(words))

    def ask_about(self, editor: LayoutEditor) -> None:
        """Ask what becomes of what others wrote to a file, or left; else nothing."""
        if editor.others or editor.left:
            words = f"{editor.file} was changed by somebody else."
            if not editor.others:
                when = moment_words(editor.left)
                words = f"Another editor of {editor.file} left unsaved text of {when}."
            self.ask(
                words,
                [
                    ("Put both together", lambda: editor.settle("merge")),
                    ("Keep mine", lambda: editor.settle("mine")),
                    ("Take theirs", lambda: editor.settle("theirs")),
                ],
            )
        elif editor.conflicts:
            lines = ", ".join(map(str, editor.conflicts[:8]))
            self.ask(
                f"Both changed these lines; marks stand in the text: {lines}",
                [("Seen", lambda: self.ask("", ()))],
            )
        else:
            self.ask("", ())

    def focus_first(self) -> None:
        """Give the keyboard to the first answer."""
        for button in self._buttons[:1]:
            button.setFocus(Qt.FocusReason.OtherFocusReason)


class NameLine(QLineEdit):
    """A line that asks for a name: Enter takes it, Esc leaves it.

    Signals:
        left: nobody answers.
    """

    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._take: Callable[[str], object] | None = None
        self.returnPressed.connect(self._taken)
        self.hide()

    def ask(self, words: str, text: str, take: Callable[[str], object]) -> None:
        """Ask for a name.

        Args:
            words: what it is the name of.
            text: what it is as yet.
            take: is given it.
        """
        self._take = take
        self.setAccessibleName(words)
        self.setPlaceholderText(f"{words} – Enter takes it, Esc does not")
        self.setText(text)
        self.selectAll()
        self.show()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def leave(self) -> bool:
        """Ask no more; whether something was asked."""
        if self.isHidden():
            return False
        self.hide()
        self.left.emit()
        return True

    def _taken(self) -> None:
        text = self.text().strip()
        if text and self._take is not None:
            self._take(text)
            self.leave()

    def event(self, event: QEvent) -> bool:
        """Keep Esc to itself."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Escape
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave on Esc."""
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)


class EditView(QWidget):
    """Banner, pages and plots of the layout that is edited.

    Args:
        context: what is rendered.

    Attributes:
        grid: the plots of the page.
        tabs: the pages.
        question: what is asked of the layout's file.
        name: asks for the name of a page.

    Signals:
        page_changed: another page is shown.
        chosen_changed: other plots are selected.
        watch_needed: other plots are seen.
    """

    page_changed = Signal()
    chosen_changed = Signal()
    watch_needed = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._pages = Pages()
        self._choices = ShownChoices()
        self._chosen: frozenset[str] = frozenset()  # where several are selected
        self._choosing = False
        self._anchor = ""  # the plot from which on several are selected
        self._undrawn: dict[str, None] = {}  # keys of plots with a newer picture
        self._made = 0  # tiles there are
        self._slices = QTimer(self)
        self._slices.setSingleShot(True)
        self._slices.timeout.connect(self._draw)
        self.setAccessibleName("Layout editor")
        self._banner = QLabel()
        self._banner.setAccessibleName("Editing")
        self._banner.setProperty("role", "banner")
        self._banner.setTextFormat(Qt.TextFormat.PlainText)
        self._state = ElidedLabel()
        self._state.setAccessibleName("State of the layout")
        self._state.setProperty("role", "muted")
        self._empty = PlainLabel("Empty page", role="muted")
        self._empty.setWordWrap(True)
        self.question = Question()
        self.name = NameLine()
        self.tabs = QTabBar()
        self.tabs.setAccessibleName("Pages of the layout")
        self.tabs.setExpanding(False)
        self.tabs.setDrawBase(False)
        self.tabs.setUsesScrollButtons(True)
        self.grid = PageGrid(context.colours)
        self.grid.setAccessibleName("Page that is edited")
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._banner)
        head.addWidget(self._state, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.question)
        column.addWidget(self.name)
        column.addWidget(self.tabs)
        column.addWidget(self._empty)
        column.addWidget(self.grid, 1)
        self.tabs.currentChanged.connect(self._turned)
        self.grid.watch_needed.connect(self.watch_needed)
        self.grid.selection_changed.connect(self._selected)
        self.name.left.connect(self.grid.focus_selected)
        self.question.left.connect(self.grid.focus_selected)

    @property
    def page(self) -> PageName | None:
        """The page shown, or None."""
        at = self.tabs.currentIndex()
        return self._pages.names[at] if 0 <= at < len(self._pages.names) else None

    @property
    def columns(self) -> int:
        """Columns of the page shown."""
        page = self._pages.page(self.page) if self.page is not None else None
        return 1 if page is None else page.columns

    @property
    def pages(self) -> Pages:
        """What is shown, as it is edited."""
        return self._pages

    @property
    def chosen(self) -> tuple[str, ...]:
        """Keys of the plots that are selected, in the order of the page."""
        keys = [tile.key for tile in self.grid.tiles]
        found = tuple(key for key in keys if key in self._chosen)
        return found or tuple(key for key in keys if key == self.grid.selected)

    def choose(self, keys: Collection[str], current: str) -> None:
        """Select several plots, or one.

        Args:
            keys: theirs.
            current: the plot from which the arrows go on.
        """
        before = self.grid.selected, self._chosen
        self._choosing = True
        self.grid.select(current)
        self._choosing = False
        self._chosen = frozenset(keys)
        if len(self._chosen) < 2:
            self._anchor = current
        if (current, self._chosen) != before:
            self.chosen_changed.emit()

    def choose_to(self, key: str) -> None:
        """Select the plots from where the selection began to another one."""
        keys = [tile.key for tile in self.grid.tiles]
        if key in keys:
            ends = [keys.index(self._anchor if self._anchor in keys else key)]
            ends.append(keys.index(key))
            self.choose(keys[min(ends) : max(ends) + 1], key)

    def choose_also(self, key: str) -> None:
        """Select a plot beside the others, or no more."""
        keys = {*self.chosen} ^ {key}
        self.choose(keys or {key}, key)
        self._anchor = key

    def choose_all(self) -> None:
        """Select all plots of the page."""
        self.choose([tile.key for tile in self.grid.tiles], self.grid.selected)

    def go(self, dx: int, dy: int, *, selects: bool) -> None:
        """Go to the plot beside, and keep what is selected.

        Args:
            dx: columns to the right.
            dy: rows down.
            selects: all from where the selection began are selected.
        """
        chosen, self._choosing = self.chosen, True
        self.grid.step(dx, dy)
        self._choosing = False
        if selects:
            self.choose_to(self.grid.selected)
        else:
            self.choose(chosen, self.grid.selected)

    def show_state(self, layout: str, state: str) -> None:
        """Say what is edited, and how it stands."""
        self._banner.setText(f"EDITING {layout}")
        self._state.set_words(state)

    def show_layout(
        self, layout: Layout | None, page: str, key: str, chosen: Collection[str] = ()
    ) -> None:
        """Show the layout as it is by now.

        Args:
            layout: it, in the preview; None leaves what is shown.
            page: name of the page to show.
            key: of the plot to select.
            chosen: of all plots to select, where these are several.
        """
        if layout is None:
            return
        site = self._context.client.site
        if site is None:
            return
        self._pages = Pages(msgspec.structs.replace(site, layouts=(layout,)))
        names = [each.page for each in self._pages.names]
        self.tabs.blockSignals(True)
        self._name_tabs([name.replace("&", "&&") for name in names])
        if page in names:
            self.tabs.setCurrentIndex(names.index(page))
        self.tabs.blockSignals(False)
        self._show_page(key)
        self.choose(chosen, self.grid.selected)

    def _name_tabs(self, names: Sequence[str]) -> None:
        """Give each page its tab; hidden, for each change lays all tabs out again."""
        old = [self.tabs.tabText(at) for at in range(self.tabs.count())]
        if names == old:
            return
        focused = self.tabs.hasFocus()
        self.tabs.hide()
        while self.tabs.count() > len(names):
            self.tabs.removeTab(self.tabs.count() - 1)
        for at, name in enumerate(names):
            if at == self.tabs.count():
                self.tabs.addTab(name)
            elif old[at] != name:
                self.tabs.setTabText(at, name)
        self.tabs.show()
        if focused:
            self.tabs.setFocus(Qt.FocusReason.OtherFocusReason)

    def step(self, by: int) -> None:
        """Turn to another page, round the end."""
        if self.tabs.count():
            self.tabs.setCurrentIndex(
                (self.tabs.currentIndex() + by) % self.tabs.count()
            )

    def title(self) -> str:
        """What the selected plot is called, of several the first."""
        plot = self._pages.plot(next(iter(self.chosen), "")).plot
        return plain_title(plot.title) or plot.path

    def watch_items(self) -> list[WatchItem]:
        """What the engine is to send, while this is seen."""
        return self.grid.watch_items(self._choices) if self.isVisible() else []

    def look(self, changes: Changes) -> None:
        """Draw what is new."""
        if changes.tiles:
            self.refresh(changes.tiles)

    def refresh(self, keys: frozenset[str] | None) -> None:
        """Show the latest pictures: of some plots, or of all with None.

        What is left when a frame is over follows in the next ones.
        """
        seen = (tile.key for tile in self.grid.visible_tiles())
        wanted = [key for key in seen if keys is None or key in keys]
        self._undrawn = dict.fromkeys((*self._undrawn, *wanted))
        if not self._slices.isActive():
            self._draw()

    def _draw(self) -> None:
        until = time.perf_counter() + _SLICE
        held = self._context.paused_at is not None
        while self._undrawn:
            some = frozenset(list(self._undrawn)[:_AT_ONCE])
            for key in some:
                del self._undrawn[key]
            self.grid.refresh(self._context.client, some, held=held)
            if time.perf_counter() > until:
                break
        if self._undrawn:
            self._slices.start()

    def second(self, now: float, quiet: float | None) -> None:
        """Show ages, and that the engine is silent."""
        for tile in self.grid.tiles:
            tile.set_engine_silent(quiet)
            tile.tick(now)

    def _selected(self, key: str) -> None:
        if not self._choosing:
            self._chosen, self._anchor = frozenset(), key
            self.chosen_changed.emit()

    def _turned(self) -> None:
        self._show_page("")
        self.page_changed.emit()

    def _show_page(self, key: str) -> None:
        page = self.page
        plots = () if page is None else self._pages.plots(page)
        self._choices = ShownChoices()
        for place in plots:
            drawn = place.plot.reference
            if drawn.mode is not None:
                self._choices.modes[place.key] = drawn.mode
            if drawn.normalize is not None:
                self._choices.normalized[place.key] = drawn.normalize
        keys = [place.key for place in plots]
        before = [tile.key for tile in self.grid.tiles]
        if key not in keys and key in before:  # taken out: what was beside it
            at = before.index(key)
            near = (*before[at:], *reversed(before[:at]))
            key = next((each for each in near if each in keys), "")
        self.grid.show_plots(plots, self.columns, key)
        if len(plots) > self._made:  # that was a frame's work
            self._made = len(plots)
            self._slices.start()
        words = "This page has no plots: Enter on an element at the left adds it."
        if page is None:
            words = "This layout has no pages: Ctrl+Alt+P adds one."
        words = "" if plots else words
        self._empty.show_words(words)
        self.refresh(None)
