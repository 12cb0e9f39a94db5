"""A box to tick whose mark is part of its words: seen in every theme."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox

_STYLE = """
QCheckBox { spacing: 0; } QCheckBox::indicator { width: 0; height: 0; }
QCheckBox:focus { text-decoration: underline; }
"""


class TickBox(QCheckBox):
    """A check box that reads "☑ words" or "☐ words"."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self._words = words
        self.setStyleSheet(_STYLE)
        self.toggled.connect(lambda _on: self._write())
        self._write()

    def _write(self) -> None:
        self.setText(f"{'☑' if self.isChecked() else '☐'}  {self._words}")
