"""Texts of the site and the book to read: nothing in them is loaded or carried out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QTextOption
from PySide6.QtWidgets import QTextBrowser

from dqmconsole.ui import difference
from dqmconsole.ui.markdown import Inks, SafeDocument, safe_document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QUrl

    from dqmconsole.ui.difference import Shown
    from dqmconsole.ui.theme import Colours

MARGIN = 8  # px around the words


class Prose(QTextBrowser):
    """Markdown to read and scroll; its links are words.

    Args:
        name: its accessible name.
        colours: the colours.
    """

    def __init__(self, name: str, colours: Colours) -> None:
        super().__init__()
        self._colours = colours
        colours.changed.connect(self._write)
        self._shown: str | Sequence[tuple[Shown, str]] = ""
        self.setAccessibleName(name)
        self.setOpenLinks(False)
        self.setTabChangesFocus(True)
        self.setWordWrapMode(QTextOption.WrapMode.WordWrap)

    def show_markdown(self, text: str) -> None:
        """Show a text; what is shown already keeps its place."""
        if text != self._shown:
            self._shown = text
            self._write()

    def show_parts(self, parts: Sequence[tuple[Shown, str]]) -> None:
        """Show the difference of two texts."""
        if parts != self._shown:
            self._shown = parts
            self._write()

    def loadResource(self, _kind: int, _name: QUrl | str) -> object:
        """Load nothing, from wherever."""
        return None

    def _write(self) -> None:
        if isinstance(self._shown, str):
            inks = Inks(self._colours.theme.ink, self._colours.theme.ink)
            document, _ = safe_document(
                self._shown, inks, self.font(), self, linked=False
            )
        else:
            document = SafeDocument(self)
            document.setUndoRedoEnabled(False)
            document.setDefaultFont(self.font())
            difference.write(document, self._shown, self._colours.theme)
        document.setDocumentMargin(MARGIN)
        before = self.document()
        self.setDocument(document)
        if isinstance(before, SafeDocument):
            before.deleteLater()
