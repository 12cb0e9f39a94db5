"""Pictures of pages and plots, with a line that says what and when they show."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter
from PySide6.QtWidgets import QApplication, QWidget

from dqmconsole.model.message import TRAINING

if TYPE_CHECKING:
    from dqmconsole.model.layout import Normalization, ReferenceMode
    from dqmconsole.shift.client import EngineClient
    from dqmconsole.shift.pages import PageName, PlotPlace
    from dqmconsole.ui.theme import Theme

MARGIN = 8


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


def caption(client: EngineClient, now: float) -> str:
    """Say what a picture is of: banner, source, run, lumisection and time."""
    run = client.mailbox.run
    parts = [client.banner] if client.banner else []
    if run.run > 0:
        parts.append(f"run {run.run}")
    if run.lumisection is not None:
        parts.append(f"LS {run.lumisection}")
    moment = datetime.datetime.fromtimestamp(now, datetime.UTC)
    parts.append(f"{moment:%Y-%m-%d %H:%M:%S} UTC")
    if client.banner in ("DEMO", TRAINING):
        parts.append("simulated")  # its files are gone when the picture is looked at
    elif client.source:
        parts.append(client.source)
    return " · ".join(parts)


def picture_of(widgets: list[QWidget], words: str, theme: Theme) -> QImage:
    """Draw widgets one below the other, with a line of words beneath."""
    width = max(widget.width() for widget in widgets) + 2 * MARGIN
    line = QFontMetrics(QApplication.font()).height()
    height = sum(widget.height() for widget in widgets) + line + 3 * MARGIN
    ratio = widgets[0].devicePixelRatioF()
    image = QImage(
        round(width * ratio), round(height * ratio), QImage.Format.Format_RGB32
    )
    image.setDevicePixelRatio(ratio)
    image.fill(QColor(theme.ground))
    painter = QPainter(image)
    top = MARGIN
    for widget in widgets:
        painter.drawPixmap(QPoint(MARGIN, top), widget.grab())
        top += widget.height()
    painter.setPen(QColor(theme.ink))
    place = QRect(MARGIN, top + MARGIN, width - 2 * MARGIN, line)
    shown = painter.fontMetrics().elidedText(
        words, Qt.TextElideMode.ElideMiddle, place.width()
    )
    painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, shown)
    painter.end()
    return image


def write_picture(image: QImage, path: str) -> str:
    """Write a picture; ".png" is added to a name without an ending.

    Returns:
        The path written.

    Raises:
        PictureError: when the file cannot be written.
    """
    target = Path(path)
    if not target.suffix:
        target = target.with_suffix(".png")
    if not image.save(str(target)):
        message = f"{target}: the picture could not be written (try a name in .png)"
        raise PictureError(message)
    return str(target)


def file_name(title: str, client: EngineClient) -> str:
    """A name for a picture's file: "run398214_LS417_Hcal_Digi_occupancy.png"."""
    run = client.mailbox.run
    parts = [f"run{run.run}"] if run.run > 0 else []
    if run.lumisection is not None:
        parts.append(f"LS{run.lumisection}")
    words = "".join(letter if letter.isalnum() else " " for letter in title).split()
    return "_".join([*parts, *words])[:120] + ".png"
