"""Plain labels of the instruction's column."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from dqmconsole.ui.fonts import sized

SMALL = 8.5  # pt
HEADING = 10.5


class PlainLabel(QLabel):
    """Words as they are written, broken over lines; hidden while there are none.

    Args:
        name: its accessible name.
        points: size of its letters.
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
            size = points or self.font().pointSizeF()
            self.setFont(sized(self.font(), size, bold=bold))
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
    if widget.property("role") != role:
        widget.setProperty("role", role)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
