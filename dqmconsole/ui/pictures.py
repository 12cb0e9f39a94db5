"""Pictures of pages, plots and the overview, with words of what and when.

What can be in a picture is drawn by itself on any device (:class:`Drawn`), so that in
PDF, in SVG and on paper text is text and a line a line; only the cells of maps are an
image. Widgets are not rendered by Qt: to a printer it sends one image, and its SVG
loses the clip.
"""

from __future__ import annotations

import datetime
import html
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from PySide6.QtCore import (
    QBuffer,
    QIODevice,
    QMarginsF,
    QRect,
    QSize,
    QSizeF,
    Qt,
)
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QFontMetricsF,
    QImage,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
)
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QApplication

from dqmconsole.model.message import TRAINING
from dqmconsole.model.run import run_words
from dqmconsole.ui.fonts import TITLE, sized
from dqmconsole.ui.theme import PAPER
from dqmconsole.whole_file import replacing

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtPrintSupport import QPrinter
    from PySide6.QtWidgets import QWidget

    from dqmconsole.model.layout import Normalization, ReferenceMode
    from dqmconsole.shift.client import EngineClient
    from dqmconsole.shift.pages import PageName, PlotPlace
    from dqmconsole.ui.theme import Colours, Theme

MARGIN = 8  # px
_WRAPPED = int(Qt.TextFlag.TextWordWrap)
IMAGES = ("png", "jpg", "jpeg", "bmp", "webp")


class Drawn(Protocol):
    """A widget that can be drawn on any device."""

    def width(self) -> int:
        """Pixels."""

    def height(self) -> int:
        """Pixels."""

    def draw(self, painter: QPainter) -> None:
        """Draw all of it, its upper left corner at the painter's origin.

        A clip that is set here stays; whoever draws next sets its own.
        """


class Shown(NamedTuple):
    """What a person looked at in one moment.

    Attributes:
        heading: of the page or plot, "Hcal › Digi occupancy".
        page: its page; of an element of no page None.
        selected: the selected plot, or None.
        keys: the plots in view.
        modes: plot in view -> comparison chosen by hand.
        picture: all of it.
        normalized: plot in view -> normalisation chosen by hand.
    """

    heading: str
    page: PageName | None
    selected: PlotPlace | None
    keys: tuple[str, ...]
    modes: dict[str, ReferenceMode]
    picture: QImage
    normalized: dict[str, Normalization]


class PictureError(OSError):
    """A picture could not be written; says which and why."""


class Grabbed:
    """A widget that draws itself on the screen alone: its pixels."""

    def __init__(self, widget: QWidget) -> None:
        self._pixels = widget.grab()

    def width(self) -> int:
        """Pixels of the screen's scale."""
        return round(self._pixels.deviceIndependentSize().width())

    def height(self) -> int:
        """Pixels of the screen's scale."""
        return round(self._pixels.deviceIndependentSize().height())

    def draw(self, painter: QPainter) -> None:
        """Draw it at the painter's origin."""
        painter.drawPixmap(0, 0, self._pixels)


class Picture(NamedTuple):
    """What is drawn, under a heading and over lines of words.

    It is drawn as the widget is at that moment.

    Attributes:
        drawn: the page, plot or overview.
        theme: the colours that it has.
        title: the heading, or "".
        summary: what stands at its right.
        words: the lines beneath; where one is too long it goes on in the next.
    """

    drawn: Drawn
    theme: Theme
    title: str = ""
    summary: str = ""
    words: tuple[str, ...] = ()

    def size(self) -> QSize:
        """Pixels it takes, margins included."""
        height = self.drawn.height() + self._heading_height() + 2 * MARGIN
        height += self._words_height() + MARGIN if self.words else 0
        return QSize(self.drawn.width() + 2 * MARGIN, height)

    def draw(self, painter: QPainter) -> None:
        """Draw it on any device, its upper left corner at the painter's origin."""
        size, theme = self.size(), self.theme
        whole = QRect(0, 0, size.width(), size.height())
        inside = whole.adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
        painter.fillRect(whole, QColor(theme.ground))
        self._draw_heading(painter, inside)
        top = MARGIN + self._heading_height()
        painter.save()
        painter.translate(MARGIN, top)
        self.drawn.draw(painter)
        painter.restore()
        painter.setClipRect(whole)
        painter.setFont(QApplication.font())
        painter.setPen(QColor(theme.ink))
        inside.setTop(top + self.drawn.height() + MARGIN)
        if self.words:
            painter.drawText(inside, _WRAPPED, self._all_words())

    def image(self) -> QImage:
        """As pixels of the screen."""
        size = self.size()
        screen = QApplication.primaryScreen()
        ratio = screen.devicePixelRatio()
        image = QImage(size * ratio, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        painter = QPainter(image)
        self.draw(painter)
        painter.end()
        return image

    def pdf(self) -> bytes:
        """As a PDF of one page of that size."""
        buffer = _buffer()
        writer = QPdfWriter(buffer)
        writer.setCreator("dqmconsole")
        writer.setTitle(self.title)
        dots = _dots()
        writer.setResolution(dots)
        inches = QSizeF(self.size()) / dots
        page = QPageSize(inches, QPageSize.Unit.Inch, "", _EXACT)
        upright = QPageLayout.Orientation.Portrait
        writer.setPageLayout(QPageLayout(page, upright, QMarginsF(0, 0, 0, 0)))
        painter = QPainter(writer)
        painter.setRenderHint(QPainter.RenderHint.LosslessImageRendering)
        self.draw(painter)
        painter.end()
        return bytes(buffer.data().data())

    def svg(self) -> bytes:
        """As SVG 1.1."""
        buffer = _buffer()
        writer = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)
        writer.setOutputDevice(buffer)
        writer.setTitle(self.title)
        writer.setDescription("\n".join(self.words))
        writer.setResolution(_dots())
        writer.setSize(self.size())
        writer.setViewBox(QRect(0, 0, self.size().width(), self.size().height()))
        painter = QPainter(writer)
        self.draw(painter)
        painter.end()
        return _fitted(bytes(buffer.data().data()).decode()).encode()

    def print_on(self, printer: QPrinter) -> bool:
        """Print it as large as the paper allows; tell whether the printer took it.

        The printer has the screen's resolution (``PrinterMode.ScreenResolution``):
        there letters are as large beside lines as on the screen.
        """
        painter = QPainter()
        if not painter.begin(printer):
            return False
        room, size = painter.viewport(), self.size()
        share = min(room.width() / size.width(), room.height() / size.height())
        painter.setRenderHint(QPainter.RenderHint.LosslessImageRendering)
        painter.translate((room.width() - share * size.width()) / 2, 0)
        painter.scale(share, share)
        self.draw(painter)
        return painter.end()

    def _words_height(self) -> int:
        room = QRect(0, 0, self.drawn.width(), 1_000_000)
        metrics = QFontMetrics(QApplication.font())
        return metrics.boundingRect(room, _WRAPPED, self._all_words()).height()

    def _all_words(self) -> str:
        words, metrics = "\n".join(self.words), QFontMetrics(QApplication.font())
        longest = max(map(metrics.horizontalAdvance, words.split()))
        # a path may be broken where it must
        return words if longest <= self.drawn.width() else words.replace("/", "/\u200b")

    def _heading_height(self) -> int:
        return QFontMetrics(_title_font()).height() + MARGIN if self.title else 0

    def _draw_heading(self, painter: QPainter, inside: QRect) -> None:
        if not self.title:
            return
        font = _title_font()
        line = QRect(inside.left(), inside.top(), inside.width(), 0)
        line.setHeight(QFontMetrics(font).height())
        painter.setFont(QApplication.font())
        painter.setPen(QColor(self.theme.muted))
        wide = painter.fontMetrics().horizontalAdvance(self.summary)
        end = Qt.AlignmentFlag.AlignRight
        _write(painter, line, self.summary, Qt.TextElideMode.ElideRight, end)
        painter.setFont(font)
        painter.setPen(QColor(self.theme.ink))
        line.setRight(max(line.right() - wide - 2 * MARGIN, line.center().x()))
        _write(painter, line, self.title, Qt.TextElideMode.ElideMiddle)


class Taken(NamedTuple):
    """A picture of one moment in all forms.

    Attributes:
        image: as it is seen.
        svg: as it is seen.
        pdf: light, on white.
    """

    image: QImage
    svg: bytes
    pdf: bytes


def take(picture: Callable[[], Picture], colours: Colours) -> Taken:
    """Draw what is seen now in every form, for a file that is yet to be chosen.

    Args:
        picture: gives what is seen, in the theme in force.
        colours: the theme in force; for the PDF it is another for a moment.
    """
    seen = picture()
    image, svg = seen.image(), seen.svg()
    with colours.lent(PAPER):
        return Taken(image, svg, picture().pdf())


def write_picture(taken: Taken, path: str) -> str:
    """Write a picture in the form of its name; ".png" is added to one without ending.

    The file is whole, or not there: what it replaces stays until then.

    Returns:
        The path written.

    Raises:
        PictureError: when the file cannot be written, or its ending means no picture.
    """
    target = _with_ending(path)
    ending = target.suffix.lower().removeprefix(".")
    kinds: dict[str, bytes] = {"pdf": taken.pdf, "svg": taken.svg}
    _replace(target, kinds.get(ending) or _encoded(taken.image, target))
    return str(target)


def write_image(image: QImage, path: str) -> str:
    """Write pixels, as `write_picture` does."""
    target = _with_ending(path)
    _replace(target, _encoded(image, target))
    return str(target)


def caption(client: EngineClient, now: float, *, played: bool = False) -> str:
    """Say what a picture is of: banner, source, run, lumisection and time.

    Args:
        client: what is shown.
        now: unix time, s.
        played: a training plays a recorded run.
    """
    run = client.mailbox.run
    parts = [client.banner] if client.banner else []
    past = client.mailbox.past
    if past is not None:
        parts.append(f"LOOKING BACK: {past.words(client.settings.unit)}")
    elif run.run > 0:
        parts.append(run_words(run.run))
    if past is None and run.lumisection is not None:
        parts.append(f"{client.settings.unit} {run.lumisection}")
    moment = datetime.datetime.fromtimestamp(now, datetime.UTC)
    parts.append(f"{moment:%Y-%m-%d %H:%M:%S} UTC")
    if played:
        parts.append("recorded, for training: faults may have been put into it")
    elif client.banner == TRAINING and client.moment is not None:
        parts.append("kept evidence")
    elif client.banner in ("DEMO", TRAINING):
        parts.append("simulated")  # its files are gone when the picture is looked at
    elif client.source:
        parts.append(client.source)
    return " · ".join(parts)


def file_name(title: str, client: EngineClient) -> str:
    """A name for a picture's file: "run398214_LS417_Hcal_Digi_occupancy"."""
    run = client.mailbox.run
    parts = [f"run{run.run}"] if run.run > 0 else []
    if run.lumisection is not None:
        title = f"{client.settings.unit}{run.lumisection} {title}"
    words = "".join(letter if letter.isalnum() else " " for letter in title).split()
    return "_".join([*parts, *words])[:120]


_EXACT = QPageSize.SizeMatchPolicy.ExactMatch
_TEXT = re.compile(r"<text (?P<how>[^>]*)>(?P<words>[^<]*)</text>", re.DOTALL)
_FAMILY, _SIZE, _WEIGHT = (
    re.compile(rf'font-{name}="([^"]*)"') for name in ("family", "size", "weight")
)
_BOLD = 600  # and above
# not much wider than ours, for programs that do not know textLength
_LIKE = ("Source Sans 3", "Noto Sans", "Liberation Sans", "Arial", "sans-serif")


def _fitted(svg: str) -> str:
    """Give every text of an SVG its width, and a face for who has not ours.

    In another face words would run over what stands beside them.
    """

    def fit(found: re.Match[str]) -> str:
        how, words = found["how"], found["words"]
        family, size, weight = (each.search(how) for each in (_FAMILY, _SIZE, _WEIGHT))
        if not words.strip() or family is None or size is None:
            return found[0]
        font = QFont(family[1])
        font.setPixelSize(max(round(float(size[1])), 1))
        font.setBold(weight is not None and int(weight[1]) >= _BOLD)
        wide = QFontMetricsF(font).horizontalAdvance(html.unescape(words))
        wide *= float(size[1]) / font.pixelSize()
        faces = ", ".join((family[1], *_LIKE))
        how = how.replace(family[0], f'font-family="{faces}"')
        how += f' textLength="{wide:.2f}" lengthAdjust="spacingAndGlyphs"'
        return f"<text {how}>{words}</text>"

    return _TEXT.sub(fit, svg)


def _write(
    painter: QPainter,
    place: QRect,
    words: str,
    cut: Qt.TextElideMode,
    side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
) -> None:
    shown = painter.fontMetrics().elidedText(words, cut, place.width())
    painter.drawText(place, int(side | Qt.AlignmentFlag.AlignVCenter), shown)


def _title_font() -> QFont:
    return sized(QApplication.font(), TITLE, bold=True)


def _dots() -> int:
    """Dots per inch by which letters are sized on the screen."""
    return round(QApplication.primaryScreen().logicalDotsPerInch())


def _buffer() -> QBuffer:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    return buffer


def _with_ending(path: str) -> Path:
    target = Path(path)
    if not target.name:
        message = f"{path}: that is no name of a file"
        raise PictureError(message)
    return target if target.suffix else target.with_suffix(".png")


def _encoded(image: QImage, target: Path) -> bytes:
    kept, kind = _buffer(), target.suffix.lower().removeprefix(".")
    if kind not in IMAGES or not image.save(kept, kind.upper()):  # type: ignore[call-overload]
        message = f"{target}: that is no kind of picture; try .png, .pdf or .svg"
        raise PictureError(message)
    return bytes(kept.data().data())


def _replace(target: Path, data: bytes) -> None:
    try:
        with replacing(target) as part:
            part.write_bytes(data)
    except (OSError, ValueError) as error:  # ValueError: no file can have that name
        why = getattr(error, "strerror", "") or str(error)
        message = f"{target}: the picture could not be written: {why}"
        raise PictureError(message) from error
