"""Markdown of the site made safe: text and a few links, nothing that is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtGui import (
    QColor,
    QFont,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)

from dqmconsole.ui.guidance.links import link_of

if TYPE_CHECKING:
    from PySide6.QtCore import QObject, QUrl

    from dqmconsole.ui.guidance.links import Link

LONGEST = 200_000  # letters of one text
INDENT = 15  # px of a list
ITEM_GAP = 2  # px between its items
ANCHOR = "link:"  # how a safe document names its links, by number
_FEATURES = QTextDocument.MarkdownFeature.MarkdownNoHTML


class Inks(NamedTuple):
    """Colours of a text, as ``#RRGGBB``: its words, and its links."""

    text: str
    link: str


class SafeDocument(QTextDocument):
    """A document that never loads anything."""

    def loadResource(self, _kind: int, _name: QUrl) -> object:  # type: ignore[override]
        """Give nothing, whatever is asked for."""
        return None


def safe_document(
    markdown: str, inks: Inks, font: QFont, parent: QObject | None = None
) -> tuple[SafeDocument, list[Link]]:
    """Render Markdown so that nothing of it can be loaded, run or opened.

    HTML stands there as text. Pictures become their alternative text; links that
    ``link_of`` does not know lose their target. The document is cleaned before it has
    a layout, which is what would load a picture.

    Args:
        markdown: what somebody wrote.
        inks: the colours.
        font: of the text.
        parent: owner of the document.

    Returns:
        The document, whose links are named ``link:0``, ``link:1`` …, and what they are.
    """
    document = SafeDocument(parent)
    document.setUndoRedoEnabled(False)
    document.setDefaultFont(font)
    document.setDocumentMargin(0)
    document.setIndentWidth(INDENT)
    document.setMarkdown(markdown[:LONGEST].replace("\0", " "), _FEATURES)
    links = _clean(document, inks)
    return document, links


def plain_line(markdown: str) -> str:
    """The words of some Markdown, on one line."""
    document, _ = safe_document(markdown, Inks("#000000", "#000000"), QFont())
    return " ".join(document.toPlainText().split())


def _clean(document: QTextDocument, inks: Inks) -> list[Link]:
    pieces = []
    cursor = QTextCursor(document)
    block = document.begin()
    while block.isValid():
        if block.textList() is not None:
            item = block.blockFormat()
            item.setTopMargin(ITEM_GAP)
            item.setBottomMargin(ITEM_GAP)
            cursor.setPosition(block.position())
            cursor.setBlockFormat(item)
        within = block.begin()
        while not within.atEnd():
            piece = within.fragment()
            pieces.append((piece.position(), piece.length(), piece.charFormat()))
            within += 1
        block = block.next()
    links: list[Link] = []
    by_href: dict[str, int] = {}
    # from the end: what stands before keeps its place
    for position, length, form in reversed(pieces):
        cursor.setPosition(position)
        cursor.setPosition(position + length, QTextCursor.MoveMode.KeepAnchor)
        if form.isImageFormat():
            told = form.property(QTextFormat.Property.ImageAltText)
            words = f"[picture: {told}]" if told else "[picture]"
            cursor.insertText(words * length, _plain(form, inks.text))
            continue
        clean = _plain(form, inks.text)
        link = link_of(form.anchorHref()) if form.isAnchor() else None
        if link is not None:
            number = by_href.setdefault(form.anchorHref(), len(links))
            if number == len(links):
                links.append(link)
            clean.setAnchor(True)
            clean.setAnchorHref(f"{ANCHOR}{number}")
            clean.setForeground(QColor(inks.link))
            clean.setFontUnderline(True)
        cursor.setCharFormat(clean)
    return links


def _plain(form: QTextCharFormat, ink: str) -> QTextCharFormat:
    """Keep how a piece of text looks, and nothing else of it."""
    plain = QTextCharFormat()
    plain.setForeground(QColor(ink))
    # no font of equal widths is shipped: keys and what is typed stand out by weight
    if form.fontWeight() > QFont.Weight.Normal or form.fontFixedPitch():
        plain.setFontWeight(QFont.Weight.Bold)
    plain.setFontItalic(form.fontItalic())
    plain.setFontStrikeOut(form.fontStrikeOut())
    plain.setFontFixedPitch(form.fontFixedPitch())
    size = form.property(QTextFormat.Property.FontSizeAdjustment)
    if isinstance(size, int) and size > 0:
        plain.setProperty(QTextFormat.Property.FontSizeAdjustment, min(size, 1))
    return plain
