"""One example large, over the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from dqmconsole.markdown import plain_line
from dqmconsole.ui.guidance.examples import KINDS, ExamplePicture
from dqmconsole.ui.labels import SMALL, PlainLabel, one_line
from dqmconsole.ui.overlay import Overlay

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent
    from PySide6.QtWidgets import QWidget

    from dqmconsole.model.layout import Plot
    from dqmconsole.model.message import DrawnExample
    from dqmconsole.ui.theme import Colours


class ExampleSheet(Overlay):
    """An example as large as the detail view; EXAMPLE across it, Esc closes."""

    def __init__(self, window: QWidget, colours: Colours) -> None:
        super().__init__("Example, large", window, (860, 620))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._title = PlainLabel("Title of the example", 12, bold=True)
        self._origin = PlainLabel("What the example is made of", SMALL, role="muted")
        leave = one_line("How to leave", "Esc closes")
        self._picture = ExamplePicture(colours, large=True)
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(leave, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 14, 18, 14)
        column.addLayout(head)
        column.addWidget(self._picture, 1)
        column.addWidget(self._origin)

    def show_example(self, drawn: DrawnExample, plot: Plot) -> None:
        """Show an example, and open the sheet."""
        self._title.show_words(f"{KINDS[drawn.kind]}: {plain_line(drawn.caption)}")
        run = drawn.tile.run if drawn.tile is not None else 0
        of = f"run {run}" if run else "no run number"
        cause = f"with the cause {drawn.cause}" if drawn.cause else "as it is"
        self._origin.show_words(
            f"An example, not data of this run: the plot's reference ({of}), {cause}."
        )
        self._picture.show_example(drawn, plot)
        self.open()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close on Enter."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.dismiss()
        else:
            super().keyPressEvent(event)
