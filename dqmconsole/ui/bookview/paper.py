"""Reports as files: HTML, and PDF on A4 with numbered pages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMarginsF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QFont,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QTextDocument,
)

if TYPE_CHECKING:
    from PySide6.QtCore import QUrl

MARGIN = 18.0  # mm
FOOT = 120  # dots kept free for the number of the page
DOTS = 300  # per inch; the document is laid out in these


class Paper(QTextDocument):
    """A document that loads nothing from anywhere."""

    def loadResource(self, kind: int, name: QUrl | str) -> object:  # noqa: ARG002
        """Give nothing: no picture, sheet or file is fetched."""
        return None


def markdown_html(text: str, title: str) -> str:
    """Write Markdown as a page of HTML; HTML in it stays text."""
    paper = Paper()
    features = QTextDocument.MarkdownFeature
    paper.setMarkdown(text, features.MarkdownDialectGitHub | features.MarkdownNoHTML)
    paper.setMetaInformation(QTextDocument.MetaInformation.DocumentTitle, title)
    return paper.toHtml()


def write_html(path: str, html: str) -> None:
    """Write a page of HTML.

    Raises:
        OSError: when it cannot be written.
    """
    Path(path).write_text(html, encoding="utf-8")


def write_pdf(path: str, html: str, title: str) -> int:
    """Write HTML as a PDF on A4.

    Returns:
        The number of pages.

    Raises:
        OSError: when it cannot be written.
    """
    with Path(path).open("ab"):
        pass  # Qt would only print a line that it cannot
    writer = QPdfWriter(path)
    writer.setResolution(DOTS)
    writer.setTitle(title)
    writer.setPageLayout(
        QPageLayout(
            QPageSize(QPageSize.PageSizeId.A4),
            QPageLayout.Orientation.Portrait,
            QMarginsF(MARGIN, MARGIN, MARGIN, MARGIN),
            QPageLayout.Unit.Millimeter,
        )
    )
    room = writer.pageLayout().paintRectPixels(DOTS)
    size = QSizeF(room.width(), room.height() - FOOT)
    paper = Paper()
    paper.documentLayout().setPaintDevice(writer)
    paper.setDefaultFont(QFont(paper.defaultFont().family(), 10))
    paper.setDocumentMargin(0)
    paper.setHtml(html)
    paper.setPageSize(size)
    painter = QPainter()
    if not painter.begin(writer):
        raise OSError(f"{path}: the PDF cannot be written")  # noqa: EM102
    pages = paper.pageCount()
    for page in range(pages):
        if page:
            writer.newPage()
        painter.save()
        painter.translate(0, -page * size.height())
        shown = QRectF(0, page * size.height(), size.width(), size.height())
        paper.drawContents(painter, shown)
        painter.restore()
        place = QRectF(0, size.height(), size.width(), FOOT)
        words = f"{title} – page {page + 1} of {pages}"
        where = Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignHCenter
        painter.drawText(place, where, words)
    painter.end()
    return pages
