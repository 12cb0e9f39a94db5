"""Texts of the site and the book to read: nothing in them is loaded or carried out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRect, Qt, QUrl, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QResizeEvent,
    QTextOption,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QScrollArea,
    QSizePolicy,
    QTextBrowser,
    QToolTip,
    QWidget,
)

from dqmconsole.ui import difference
from dqmconsole.ui.labels import tip
from dqmconsole.ui.markdown import ANCHOR, Inks, SafeDocument, safe_document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.ui.difference import Shown
    from dqmconsole.ui.markdown import Link
    from dqmconsole.ui.theme import Colours

MARGIN = 8  # px around the words of a text that scrolls
_TABBED = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)


class _Reader(QTextBrowser):
    """Shows safe documents, one after the other."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setOpenLinks(False)
        self.setDocument(SafeDocument(self))

    def loadResource(self, _kind: int, _name: QUrl | str) -> object:
        """Give nothing, whatever is asked for."""
        return None

    def take(self, document: SafeDocument) -> None:
        """Show another document, and let the one before go."""
        before = self.document()
        self.setDocument(document)
        before.deleteLater()


class SafeText(_Reader):
    """Shows Markdown of the site; Tab goes from link to link, Return follows one.

    Args:
        name: its accessible name.
        fitted: it is as high as its text; else it scrolls.
        linked: its links can be followed; else they are words.

    Signals:
        followed: the Link somebody chose.
    """

    followed = Signal(object)

    def __init__(self, name: str, *, fitted: bool = True, linked: bool = True) -> None:
        self._written: tuple[str, Inks] | None = None
        super().__init__(name)
        self._links: list[Link] = []
        self._fitted, self._linked = fitted, linked
        self.setFrameShape(QFrame.Shape.NoFrame)
        if fitted:
            off = Qt.ScrollBarPolicy.ScrollBarAlwaysOff
            self.setVerticalScrollBarPolicy(off)
            self.setHorizontalScrollBarPolicy(off)
            self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            # the sheet's frame would take room from every line
            self.setStyleSheet(
                "QTextBrowser { background: transparent; border: none; }"
            )
            self.viewport().setAutoFillBackground(False)
        else:
            self.setStyleSheet("QTextBrowser { padding: 8px 10px; }")
        self.anchorClicked.connect(self._clicked)
        self.take(SafeDocument(self))

    @property
    def links(self) -> list[Link]:
        """The links in it, in no particular order."""
        return list(self._links)

    def show_markdown(self, markdown: str, inks: Inks) -> None:
        """Show a text; nothing is touched when it is the one that is shown.

        Args:
            markdown: what somebody wrote.
            inks: the colours.
        """
        if (markdown, inks) == self._written:
            return
        self._written = (markdown, inks)
        document, self._links = safe_document(
            markdown, inks, self.font(), self, linked=self._linked
        )
        self.take(document)

    def show_document(self, document: SafeDocument) -> None:
        """Show a document without links."""
        self._written, self._links = None, []
        self.take(document)

    def take(self, document: SafeDocument) -> None:
        """Show another document, as high as it is."""
        super().take(document)
        if self._fitted:
            wanted = Qt.FocusPolicy.StrongFocus
            self.setFocusPolicy(wanted if self._links else Qt.FocusPolicy.ClickFocus)
        self._fit()

    # -- Qt ------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the lines again."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Write the text again in another font: its headings follow from it."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange and self._written is not None:
            written, self._written = self._written, None
            self.show_markdown(*written)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the column."""
        if self._fitted:
            event.ignore()
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave the arrows to the column, too: it scrolls."""
        if self._fitted and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            event.ignore()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Go to the first link at once: there is nothing else to do here."""
        super().focusInEvent(event)
        if self._fitted and event.reason() in _TABBED:
            self.focusNextPrevChild(event.reason() is Qt.FocusReason.TabFocusReason)

    def focusNextPrevChild(self, next: bool) -> bool:
        """Go to the next link, and let it be seen."""
        inside = self.hasFocus()
        went = super().focusNextPrevChild(next)
        if inside and self.hasFocus() and self._fitted:
            bring_into_view(self, self.cursorRect())
        return went

    def viewportEvent(self, event: QEvent) -> bool:
        """Say in a tooltip where a link leads; other words are for what it lies in."""
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            link = self._link(self.anchorAt(event.pos()))
            if link is not None:
                QToolTip.showText(event.globalPos(), tip(link.words), self)
                return True
        return super().viewportEvent(event)

    # -- inside --------------------------------------------------------------------

    def _fit(self) -> None:
        if not self._fitted:
            return
        self.document().setTextWidth(max(self.viewport().width(), 1))
        height = math.ceil(self.document().size().height()) + 1
        if self.height() != height or self.minimumHeight() != height:
            self.setFixedHeight(height)

    def _clicked(self, url: QUrl) -> None:
        link = self._link(url.toString())
        if link is not None:
            self.followed.emit(link)

    def _link(self, href: str) -> Link | None:
        number = href.removeprefix(ANCHOR)
        if number == href or not number.isdecimal():
            return None
        return self._links[int(number)] if int(number) < len(self._links) else None


class Prose(_Reader):
    """Markdown to read and scroll, or the difference of two; its links are words.

    Args:
        name: its accessible name.
        colours: the colours.
    """

    def __init__(self, name: str, colours: Colours) -> None:
        super().__init__(name)
        self._colours = colours
        colours.changed.connect(self._write)
        self._shown: str | Sequence[tuple[Shown, str]] = ""
        self.setTabChangesFocus(True)
        self.setWordWrapMode(QTextOption.WrapMode.WordWrap)

    def show_text(self, text: str | Sequence[tuple[Shown, str]]) -> None:
        """Show a text; what is shown already keeps its place.

        Args:
            text: Markdown, or the parts of a difference.
        """
        if text != self._shown:
            self._shown = text
            self._write()

    def _write(self) -> None:
        theme = self._colours.theme
        if isinstance(self._shown, str):
            inks = Inks(theme.ink, theme.ink)
            document, _ = safe_document(
                self._shown, inks, self.font(), self, linked=False
            )
        else:
            document = SafeDocument(self)
            document.setUndoRedoEnabled(False)
            document.setDefaultFont(self.font())
            difference.write(document, self._shown, theme)
        document.setDocumentMargin(MARGIN)
        self.take(document)


def bring_into_view(widget: QWidget, place: QRect | None = None) -> None:
    """Scroll the column that holds a widget so that it, or a place in it, is seen."""
    place = widget.rect() if place is None else place
    holder = widget.parentWidget()
    while holder is not None and not isinstance(holder, QScrollArea):
        holder = holder.parentWidget()
    inner = holder.widget() if holder is not None else None
    if holder is None or inner is None:
        return
    spot = QRect(widget.mapTo(inner, place.topLeft()), place.size())
    holder.ensureVisible(0, spot.bottom(), 0, 12)
    holder.ensureVisible(0, spot.top(), 0, 12)
