"""Reports on paper: PDF on A4 with numbered pages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMarginsF, QRectF, QSizeF, Qt, QUrl
from PySide6.QtGui import (
    QFont,
    QImage,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QTextBlock,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)

from dqmconsole.markdown import PICTURE
from dqmconsole.shift.documents import picture_kind
from dqmconsole.ui.markdown import SafeDocument

if TYPE_CHECKING:
    from collections.abc import Mapping

MARGIN = 18.0  # mm
FOOT = 120  # dots kept free for the number of the page
ROOM = 640  # px that a picture may be wide, 96 to the inch
TALL = 420  # px that it may be high
DOTS = 300  # per inch; the document is laid out in these


def images_of(pictures: Mapping[str, bytes]) -> dict[str, QImage]:
    """Those of the pictures kept that can be drawn, no larger than the paper.

    Args:
        pictures: name -> PNG or JPEG.
    """
    found = {}
    for name, data in pictures.items():
        image = QImage.fromData(data) if picture_kind(data) else QImage()
        if not image.isNull():
            shrunk = max(image.width() / ROOM, image.height() / TALL, 1.0)
            image.setDevicePixelRatio(shrunk)
            found[name] = image
    return found


def addresses_of(images: Mapping[str, QImage]) -> dict[str, str]:
    """How the HTML that is drawn with some images names them."""
    return {name: f"{PICTURE}{name}" for name in images}


def write_pdf(path: str, html: str, title: str, images: Mapping[str, QImage]) -> int:
    """Write HTML as a PDF on A4.

    Args:
        path: the file.
        html: a page whose pictures are named as :func:`addresses_of` has them.
        title: stands at the foot of every page.
        images: name -> picture.

    Returns:
        The number of pages.

    Raises:
        OSError: when it cannot be written.
    """
    with Path(path).open("ab"):
        pass  # Qt would only print a line that it cannot
    writer = pdf_writer(path, title)
    paper = laid_out(html, writer, images)
    size = paper.pageSize()
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


def pdf_writer(path: str, title: str) -> QPdfWriter:
    """A writer of A4 pages."""
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
    return writer


def laid_out(
    html: str, writer: QPdfWriter, images: Mapping[str, QImage]
) -> QTextDocument:
    """HTML laid out on the pages of a writer, no heading alone at the foot of one.

    Args:
        html: a page; of images it may name only the given ones, as
            :func:`addresses_of` has them: Qt opens any other as a file.
        writer: what it is written with.
        images: name -> picture.
    """
    room = writer.pageLayout().paintRectPixels(DOTS)
    size = QSizeF(room.width(), room.height() - FOOT)
    paper = SafeDocument()
    kind = QTextDocument.ResourceType.ImageResource
    for name, address in addresses_of(images).items():
        paper.addResource(kind, QUrl(address), images[name])
    paper.documentLayout().setPaintDevice(writer)
    paper.setDefaultFont(QFont(paper.defaultFont().family(), 10))
    paper.setDocumentMargin(0)
    paper.setHtml(html)
    paper.setPageSize(size)
    _keep_headings(paper)
    return paper


def _keep_headings(paper: QTextDocument) -> None:
    """Begin a page before a heading whose text would begin on the next one."""
    blocks = []
    block = paper.begin()
    while block.isValid():
        blocks.append(block)
        block = block.next()
    heading: QTextBlock | None = None  # the first of those that stand together
    for each in blocks:
        if each.blockFormat().headingLevel():
            heading = heading or each
        elif heading is not None:
            if _page_of(paper, heading) != _page_of(paper, each):
                _break_before(heading)
            heading = None


def _page_of(paper: QTextDocument, block: QTextBlock) -> int:
    """The page on which the first line of a block stands, from 0."""
    layout = block.layout()
    place = paper.documentLayout().blockBoundingRect(block)
    top = place.top()
    if layout.lineCount():
        line = layout.lineAt(0)
        top += line.y() + line.height() / 2  # what was moved down is not in `place`
    return int(top // paper.pageSize().height())


def _break_before(block: QTextBlock) -> None:
    wanted = block.blockFormat()
    wanted.setPageBreakPolicy(QTextFormat.PageBreakFlag.PageBreak_AlwaysBefore)
    QTextCursor(block).setBlockFormat(wanted)
