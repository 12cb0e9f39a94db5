"""What a word means, where the mouse rests on it: the site's glossary and own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint
from PySide6.QtGui import QHelpEvent, QTextCursor
from PySide6.QtWidgets import QLabel, QTextBrowser, QToolTip, QWidget

from dqmconsole.model.glossary import OWN_TERMS, terms_in
from dqmconsole.ui.labels import tip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.model.glossary import Term
    from dqmconsole.shift.client import EngineClient


class TermTips(QObject):
    """Explains the terms in the texts and labels of some widgets.

    In a text it is the term under the mouse; of a label all of its terms. What has a
    tooltip of its own keeps that.

    Args:
        client: whose site has the glossary.
        parent: as always.
    """

    def __init__(self, client: EngineClient, parent: QObject) -> None:
        super().__init__(parent)
        self._client = client

    def explain(self, widget: QWidget) -> None:
        """Explain what stands in a widget and all that lies in it."""
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Answer a tooltip that nothing inside the widget answered."""
        if (
            event.type() is not QEvent.Type.ToolTip
            or not isinstance(event, QHelpEvent)
            or not isinstance(watched, QWidget)
        ):
            return False
        words = self.words_at(watched, event.pos())
        if not words:
            return False
        QToolTip.showText(event.globalPos(), tip(words), watched)
        event.accept()
        return True

    def words_at(self, widget: QWidget, place: QPoint) -> str:
        """What is said at a place of a widget, a line for each term; or ""."""
        site, child = self._client.site, widget.childAt(place)
        if site is None or child is None:
            return ""
        inside = child.mapFrom(widget, place)
        glossary = (*site.glossary, *OWN_TERMS)
        if isinstance(child, QLabel):
            found = [term for *_, term in terms_in(child.text(), glossary)]
        else:
            found = _term_in_text(child, inside, glossary)
        return "\n".join(
            f"{each.name}: {each.meaning}" for each in dict.fromkeys(found)
        )


def _term_in_text(
    viewport: QWidget, place: QPoint, glossary: Sequence[Term]
) -> list[Term]:
    """The term under a place of a text's viewport, px; none elsewhere."""
    text = viewport.parentWidget()
    if not isinstance(text, QTextBrowser) or text.viewport() is not viewport:
        return []
    cursor = text.cursorForPosition(place)
    block, at = cursor.block(), cursor.positionInBlock()
    for begin, end, term in terms_in(block.text(), glossary):
        if begin <= at <= end and _is_over(
            text, block.position() + begin, end - begin, place
        ):
            return [term]
    return []


def _is_over(text: QTextBrowser, begin: int, length: int, place: QPoint) -> bool:
    """Tell whether a place lies on some letters, not merely nearest to them."""
    cursor = QTextCursor(text.document())
    cursor.setPosition(begin)
    first = text.cursorRect(cursor)
    cursor.setPosition(begin + length)
    last = text.cursorRect(cursor)
    if first.top() == last.top():
        return first.united(last).contains(place)
    return True  # it is broken over two lines
