"""Labels, and words for tooltips: what comes from outside is shown as it is."""

from __future__ import annotations

import textwrap
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from dqmconsole.ui.fonts import SMALL, TEXT, set_text

if TYPE_CHECKING:
    import re

    from PySide6.QtGui import QResizeEvent

_LINE = 80  # letters of a tooltip's line
_LONGEST = 2000  # letters; a title may be a megabyte


def tip(words: str) -> str:
    """Words that a tooltip writes letter by letter, in lines that can be read.

    Qt takes for rich text whatever looks like it, and would load its pictures;
    titles and names of files come from anywhere. Plain words it would write in one
    line, however long.
    """
    if len(words) > _LONGEST:
        words = words[:_LONGEST] + "…"
    if not any(sign in words for sign in "<&"):
        return "\n".join(
            piece
            for line in words.split("\n")
            for piece in textwrap.wrap(line, _LINE, replace_whitespace=False) or [""]
        )
    return f"<p style='white-space:pre-wrap'>{escape(words)}</p>"


class ElidedLabel(QLabel):
    """A label cut with "…" where it is too long; its accessible text is whole.

    Args:
        mode: where it is cut.
        parent: as always.
        end: what matches this at the end is cut last, and only where it does not fit.
        first: share of the room that the words before that have in any case.
    """

    def __init__(
        self,
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
        parent: QWidget | None = None,
        end: re.Pattern[str] | None = None,
        first: float = 0.0,
    ) -> None:
        super().__init__(parent)
        self._mode, self._end, self._first = mode, end, first
        self.words = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def set_words(self, words: str) -> None:
        """Write other words."""
        if words != self.words:
            self.words = words
            self.setAccessibleDescription(words)
            self.updateGeometry()
            self.fit()

    def fit(self) -> None:
        """Cut the words to the room there is; after a change of the font, too."""
        metrics, words, room = self.fontMetrics(), self.words, self.width()
        found = None if self._end is None else self._end.search(words)
        if found is None or metrics.horizontalAdvance(words) <= room:
            self.setText(metrics.elidedText(words, self._mode, room))
            return
        start, end = words[: found.start()], found.group()
        least = min(metrics.horizontalAdvance(start), round(room * self._first))
        left = max(room - metrics.horizontalAdvance(end), least)
        start = metrics.elidedText(start, self._mode, left) or "…"
        room -= metrics.horizontalAdvance(start)
        self.setText(start + metrics.elidedText(end, self._mode, room))

    def sizeHint(self) -> QSize:
        """Return the room the whole words would take."""
        metrics = self.fontMetrics()
        # bold words are drawn a little wider than measured by some fonts
        return QSize(metrics.horizontalAdvance(self.words) + 4, metrics.height())

    def minimumSizeHint(self) -> QSize:
        """Return next to nothing: the words give way."""
        return QSize(20, self.fontMetrics().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut it again."""
        super().resizeEvent(event)
        self.fit()


class PlainLabel(QLabel):
    """Words as they are written, broken over lines; hidden while there are none.

    Args:
        name: its accessible name.
        points: `TITLE`, `TEXT` or `SMALL`; 0 leaves what its surroundings have.
        bold: whether they are bold.
        role: its role in the style sheet, or "".
        words: what it says at first.
    """

    def __init__(
        self,
        name: str,
        points: float = 0,
        *,
        bold: bool = False,
        role: str = "",
        words: str = "",
    ) -> None:
        super().__init__(words)
        self.setAccessibleName(name)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setMinimumWidth(1)
        # its height follows its width; "Minimum" would keep free, at the end of a long
        # column, all the height it had if it were narrow
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        if role:
            self.setProperty("role", role)
        if points or bold:
            set_text(self, points or TEXT, bold=bold)
        if not words:
            self.hide()

    def show_words(self, words: str) -> None:
        """Show other words; none hide it."""
        # a label that lies in nothing would become a window of its own
        assert self.parentWidget() is not None
        if words != self.text():
            self.setText(words)
        # of a child whose parent is hidden only isHidden tells what was asked for
        if bool(words) == self.isHidden():
            self.setVisible(bool(words))


def one_line(name: str, words: str) -> PlainLabel:
    """A small muted label on one line, as wide as its words."""
    label = PlainLabel(name, SMALL, role="muted", words=words)
    label.setWordWrap(False)
    label.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    return label


def set_role(widget: QWidget, role: str) -> None:
    """Give a widget another role in the style sheet."""
    if (widget.property("role") or "") != role:
        widget.setProperty("role", role)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
