"""Texts of the site and the book to read: nothing in them is loaded or carried out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import (
    QColor,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextOption,
)
from PySide6.QtWidgets import QTextBrowser

from dqmconsole.ui.begin import difference
from dqmconsole.ui.guidance.markdown import INDENT, LONGEST, SafeDocument

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QUrl

    from dqmconsole.ui.begin.difference import Shown
    from dqmconsole.ui.theme import Theme

MARGIN = 8  # px around the words
_FEATURES = (  # the hand-over has tables
    QTextDocument.MarkdownFeature.MarkdownDialectGitHub
    | QTextDocument.MarkdownFeature.MarkdownNoHTML
)


class Prose(QTextBrowser):
    """Markdown to read and scroll; its links are words.

    Args:
        name: its accessible name.
        theme: the colours.
    """

    def __init__(self, name: str, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
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

    def set_theme(self, theme: Theme) -> None:
        """Write in another theme."""
        self._theme = theme
        self._write()

    def loadResource(self, _kind: int, _name: QUrl | str) -> object:
        """Load nothing, from wherever."""
        return None

    def _write(self) -> None:
        document = SafeDocument(self)
        document.setUndoRedoEnabled(False)
        document.setDefaultFont(self.font())
        document.setIndentWidth(INDENT)
        document.setDocumentMargin(MARGIN)
        if isinstance(self._shown, str):
            words = self._shown[:LONGEST].replace("\0", " ")
            document.setMarkdown(words, _FEATURES)
            _calm(document, self._theme)
        else:
            difference.write(document, self._shown, self._theme)
        before = self.document()
        self.setDocument(document)
        if isinstance(before, SafeDocument):
            before.deleteLater()


def _calm(document: QTextDocument, theme: Theme) -> None:
    """Headings hardly larger than the words, links in the colour of words."""
    calm = QTextCharFormat()
    calm.setForeground(QColor(theme.ink))
    calm.setAnchor(False)
    calm.setAnchorHref("")
    cursor = QTextCursor(document)
    block = document.begin()
    while block.isValid():
        cursor.setPosition(block.position())
        cursor.movePosition(
            QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor
        )
        if block.blockFormat().headingLevel():
            calm.setProperty(QTextFormat.Property.FontSizeAdjustment, 1)
        else:
            calm.clearProperty(QTextFormat.Property.FontSizeAdjustment)
        cursor.mergeCharFormat(calm)
        block = block.next()
