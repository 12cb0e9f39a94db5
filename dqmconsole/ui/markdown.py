"""Markdown as documents of Qt: text and a few links, nothing that is loaded.

A link leads to a page, a plot, an instruction, the manual or a view, or to the web;
nothing else is one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from PySide6.QtCore import QUrl
from PySide6.QtGui import (
    QColor,
    QFont,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextTable,
)

from dqmconsole.markdown import INSIDE, LONGEST, safe_html
from dqmconsole.model.view_link import SCHEME

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

    from dqmconsole.ui.theme import Theme

INDENT = 15  # px of a list
ITEM_GAP = 2  # px between its items
ANCHOR = "link:"  # how a safe document names its links, by number
CELL = 4  # px around the words in a cell of a table
_CUT = "\n\n… (what follows is too long to be shown here)"

LinkKind = Literal["page", "plot", "instruction", "manual", "view", "web"]
_OURS: tuple[LinkKind, ...] = ("page", "plot", "instruction", "manual")
_IN_SECTIONS = ("instruction", "manual")
_WEB = ("http", "https")
_LONGEST_LINK = 2000  # letters of a target


class Link(NamedTuple):
    """Where a link leads.

    Attributes:
        kind: what it leads to.
        target: "Layout/Page", an element's path, an instruction's id, a chapter, a
            whole link to a view (see :mod:`dqmconsole.model.view_link`), or an address.
        section: of an instruction or chapter, its name as ``how-to-judge``, or "".
    """

    kind: LinkKind
    target: str
    section: str = ""

    @property
    def words(self) -> str:
        """Where it leads, for a person."""
        if self.kind == "web":
            return f"opens {self.target} in the browser"
        if self.kind == "view":
            return f"to what was in view: {self.target}"
        return f"to the {self.kind} {self.target}"


def link_of(href: str) -> Link | None:
    """Read a link's target; None for everything that is not to be followed.

    Only ``page:``, ``plot:``, ``instruction:``, ``manual:``, ``dqm:`` and
    addresses of http and https with a host are links; no script, no file, no data.
    """
    href = href.strip()
    if not href or len(href) > _LONGEST_LINK or not href.isprintable():
        return None
    scheme, colon, rest = href.partition(":")
    scheme = scheme.casefold()
    if not colon or not rest:
        return None
    for kind in _OURS:
        if scheme == kind:
            target, _, section = rest.partition("#" if kind in _IN_SECTIONS else "\0")
            return Link(kind, target, section.casefold()) if target else None
    if scheme == SCHEME:
        return Link("view", href)
    if scheme in _WEB:
        url = QUrl(href, QUrl.ParsingMode.StrictMode)
        if url.isValid() and url.scheme() in _WEB and url.host():
            return Link(
                "web", url.toString(QUrl.ComponentFormattingOption.FullyEncoded)
            )
    return None


def section_name(heading: str) -> str:
    """A heading as links name it: "How to judge" is ``how-to-judge``."""
    kept = (sign if sign.isalnum() else " " for sign in heading.casefold())
    return "-".join("".join(kept).split())


class Inks(NamedTuple):
    """Colours of a text, as ``#RRGGBB``: its words, and its links."""

    text: str
    link: str


def inks_of(theme: Theme, *, dim: bool = False) -> Inks:
    """The colours of a text; dim of what does not hold now."""
    return Inks(theme.muted if dim else theme.ink, theme.selection)


class SafeDocument(QTextDocument):
    """A document that never loads anything."""

    def loadResource(self, _kind: int, _name: QUrl) -> object:  # type: ignore[override]
        """Give nothing, whatever is asked for."""
        return None


def safe_document(
    markdown: str,
    inks: Inks,
    font: QFont,
    parent: QObject | None = None,
    *,
    linked: bool = True,
) -> tuple[SafeDocument, list[Link]]:
    """Render Markdown so that nothing of it can be loaded, run or opened.

    Links that ``link_of`` does not know lose their target.

    Args:
        markdown: what somebody wrote; see :mod:`dqmconsole.markdown`.
        inks: the colours.
        font: of the text.
        parent: owner of the document.
        linked: keep links as links; else they are their words.

    Returns:
        The document, whose links are named ``link:0``, ``link:1`` …, and what they are.
    """
    document = SafeDocument(parent)
    document.setUndoRedoEnabled(False)
    document.setDefaultFont(font)
    document.setDocumentMargin(0)
    document.setIndentWidth(INDENT)
    if len(markdown) > LONGEST:
        markdown = markdown[: LONGEST - len(_CUT)] + _CUT
    document.setHtml(safe_html(markdown, schemes=INSIDE))
    _space(document)
    links = _clean(document, inks, linked=linked)
    return document, links


def _space(document: QTextDocument) -> None:
    """Set the lines as close as in the column of the instruction."""
    paragraph = document.defaultFont().pointSize() * 2 // 3
    cursor = QTextCursor(document)
    block = document.begin()
    while block.isValid():
        form = block.blockFormat()
        cursor.setPosition(block.position())
        table = _table_at(cursor)
        if table is not None and cursor.position() == table.firstPosition():
            _rule(table)
        gap = paragraph
        if block.textList() is not None:
            gap = ITEM_GAP
        elif (
            form.headingLevel()
            or form.nonBreakableLines()
            or table is not None
            or not block.text()
        ):
            gap = 0
        form.setTopMargin(gap)
        form.setBottomMargin(gap)
        cursor.setBlockFormat(form)
        block = block.next()


def _table_at(cursor: QTextCursor) -> QTextTable | None:
    return cursor.currentTable()


def _rule(table: QTextTable) -> None:
    ruled = table.format()
    ruled.setBorder(1)
    ruled.setBorderCollapse(True)
    ruled.setCellPadding(CELL)
    ruled.setCellSpacing(0)
    table.setFormat(ruled)


def _clean(document: QTextDocument, inks: Inks, *, linked: bool) -> list[Link]:
    pieces = []
    block = document.begin()
    while block.isValid():
        within = block.begin()
        while not within.atEnd():
            piece = within.fragment()
            pieces.append((piece.position(), piece.length(), piece.charFormat(),
                           block.blockFormat()))  # fmt: skip
            within += 1
        block = block.next()
    cursor = QTextCursor(document)
    links: list[Link] = []
    by_href: dict[str, int] = {}
    for position, length, form, around in pieces:
        clean = _plain(form, around, inks.text)
        known = linked and form.isAnchor()
        link = link_of(form.anchorHref()) if known else None
        if link is not None:
            number = by_href.setdefault(form.anchorHref(), len(links))
            if number == len(links):
                links.append(link)
            clean.setAnchor(True)
            clean.setAnchorHref(f"{ANCHOR}{number}")
            clean.setForeground(QColor(inks.link))
            clean.setFontUnderline(True)
        cursor.setPosition(position)
        cursor.setPosition(position + length, QTextCursor.MoveMode.KeepAnchor)
        cursor.setCharFormat(clean)
    return links


def _plain(
    form: QTextCharFormat, around: QTextBlockFormat, ink: str
) -> QTextCharFormat:
    """Keep how a piece of text looks, and nothing else of it."""
    plain = QTextCharFormat()
    plain.setForeground(QColor(ink))
    # no font of equal widths is shipped: keys and what is typed stand out by weight
    typed = bool(form.fontFamilies()) and not around.nonBreakableLines()
    if form.fontWeight() > QFont.Weight.Normal or typed:
        plain.setFontWeight(QFont.Weight.Bold)
    plain.setFontItalic(form.fontItalic())
    plain.setFontStrikeOut(form.fontStrikeOut())
    size = form.property(QTextFormat.Property.FontSizeAdjustment)
    if isinstance(size, int) and size > 0:
        plain.setProperty(QTextFormat.Property.FontSizeAdjustment, min(size, 1))
    return plain
