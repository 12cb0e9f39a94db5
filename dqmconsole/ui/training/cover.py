"""What lies over a page of the training until all of it is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRect, Qt, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from dqmconsole.model.verdict import Status
from dqmconsole.ui.labels import PlainLabel

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QKeyEvent

    from dqmconsole.shift.pages import PageName
    from dqmconsole.ui.parts import Parts

_PICTURE_PATIENCE = 20.0  # s a plot may stay without a picture; then it has none


class CoverSheet(QFrame):
    """Covers all of a widget but what lies above a line; takes the keyboard.

    Args:
        over: the widget it covers.
        below: what stays free, at the top of `over`.

    Signals:
        entered: Return was pressed.
    """

    entered = Signal()

    def __init__(self, over: QWidget, below: QWidget) -> None:
        super().__init__(over)
        self._over, self._below = over, below
        self.setAccessibleName("Between two items")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        name = "Why nothing is shown yet"
        self._words = PlainLabel(name, 13, role="muted", words=" ")
        self._words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(60, 40, 60, 40)
        column.addWidget(self._words)
        over.installEventFilter(self)
        below.installEventFilter(self)
        self.hide()

    def cover(self, words: str) -> None:
        """Cover the page, with a few words on the sheet."""
        self._words.show_words(words)
        if not self.isVisible():
            self._fit()
            self.show()
            self.raise_()
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take every key: what lies beneath is not to be seen, nor used."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
        event.accept()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Cover what there is, whatever its size."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show):
            self._fit()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        room, below = self._over.rect(), self._below
        top = 0 if below.isHidden() else below.geometry().bottom() + 1
        self.setGeometry(QRect(0, top, room.width(), max(room.height() - top, 0)))


class PageCover:
    """Brings one page after the other, each covered until all of it is drawn.

    Args:
        parts: the window's parts.
        below: what the sheet leaves free, at the top of the view.
        monotonic: s.

    Attributes:
        sheet: covers the page.
        revealed: all of the page is drawn, and seen.
    """

    def __init__(
        self, parts: Parts, below: QWidget, monotonic: Callable[[], float]
    ) -> None:
        self._parts, self._monotonic = parts, monotonic
        self.sheet = CoverSheet(parts.view, below)
        self.revealed = False
        self._brought = False
        self._since = monotonic()

    def renew(self) -> None:
        """Another page is to come: none is brought, nor revealed."""
        self.revealed = self._brought = False
        self._since = self._monotonic()

    def bring(self, name: PageName, key: str) -> None:
        """Show the page, from its top, unless it was brought and is there still.

        Args:
            name: of the page.
            key: the plot that is selected; "" for none.
        """
        view = self._parts.view
        is_there = view.on_page or (self.revealed and view.in_detail)
        if self._brought and is_there and view.page == name and view.grid.tiles:
            return
        self._brought = True
        view.show_page(name, key)
        view.grid.verticalScrollBar().setValue(0)
        if self.sheet.isVisible():
            self.sheet.setFocus(Qt.FocusReason.OtherFocusReason)

    def reveal(self) -> bool:
        """Take the sheet away once all is drawn; tell whether the page can be seen."""
        if self._parts.context.client.site is None or not self._brought:
            return False
        late = self._monotonic() - self._since > _PICTURE_PATIENCE
        if not self.revealed and not _all_drawn(self._parts, late=late):
            return False
        self.revealed = True
        if self.sheet.isVisible():
            self.focus()  # first: a sheet that hides gives the keyboard to any tile
            self.sheet.hide()
        return True

    def focus(self) -> None:
        """Give the keyboard to what can be seen: the sheet, or a plot."""
        view = self._parts.view
        if not self.revealed:
            self.sheet.setFocus(Qt.FocusReason.OtherFocusReason)
        elif view.in_detail:
            view.detail.focus_tile()
        else:
            view.grid.focus_selected()


def _all_drawn(parts: Parts, *, late: bool) -> bool:
    """Tell whether every plot in view is drawn with what the source that is open has.

    Args:
        parts: the window's parts.
        late: a plot that has no picture by now has none.
    """
    client = parts.context.client
    tiles = parts.view.grid.visible_tiles()
    for shown in tiles:
        tile, drawn = client.mailbox.tiles.get(shown.key), shown.tile
        if tile is None or drawn is None or drawn.version != tile.version:
            return False
        judged = client.mailbox.judged(shown.key)
        waits = judged is None or judged.status is Status.WAITING
        if tile.picture is None and waits and not late:
            return False
    return bool(tiles)
