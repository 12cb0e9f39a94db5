"""One entry in whole: its picture, its words, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout

from dqmconsole.model.moment import zone_words
from dqmconsole.shift import words
from dqmconsole.ui.labels import ElidedLabel, tip
from dqmconsole.ui.markdown import inks_of
from dqmconsole.ui.text import SafeText

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from dqmconsole.logbook.view import Written
    from dqmconsole.shift.session import ShiftSession
    from dqmconsole.ui.theme import Colours

PICTURE_WIDTH = 420  # px at most
SPACE = 6  # px beside it


class EntryDetails(QFrame):
    """Picture and text of an entry.

    Args:
        colours: the colours.

    Signals:
        followed: the Link somebody chose in its text.
    """

    followed = Signal(object)

    def __init__(self, colours: Colours) -> None:
        super().__init__()
        self._colours = colours
        colours.changed.connect(self._recolour)
        self._source = ""
        self._pixmap = QPixmap()
        self._shown = ""
        self.setAccessibleName("Entry in whole")
        self.picture = QLabel()
        self.picture.setAccessibleName("Picture of the entry")
        self.picture.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.picture.setMinimumSize(1, 1)  # else the book grows with its picture
        self.picture.setWordWrap(True)
        self.text = SafeText("Text of the entry", fitted=False)
        self.text.followed.connect(self.followed)
        self.evidence = ElidedLabel(Qt.TextElideMode.ElideMiddle)
        self.evidence.setAccessibleName("Evidence of the entry")
        self.evidence.setProperty("role", "muted")
        row = QHBoxLayout()
        row.addWidget(self.picture, 1)
        row.addWidget(self.text, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 4, 6, 4)
        column.addLayout(row, 1)
        column.addWidget(self.evidence)
        self.setFocusProxy(self.text)

    def show_entry(self, entry: Written, session: ShiftSession, command: str) -> None:
        """Show an entry.

        Args:
            entry: the entry.
            session: where its picture is asked for.
            command: how its evidence is opened, "" when it has none.
        """
        body = entry.body
        kept = session.file(body.picture) if body.picture else None
        at = words.when(entry.record, session)
        facts = [f"by {words.whose(entry.record)}, {at} {zone_words()}"]
        if entry.first is not entry.record:
            facts.append(f"corrected; first written {words.when(entry.first, session)}")
        if entry.settled is not None:
            by, at = words.whose(entry.settled), words.when(entry.settled, session)
            facts.append(f"problem settled by {by}, {at}")
        elif body.problem:
            facts.append("open problem")
        versions = entry.record.versions
        facts += [f"instruction {versions.instruction}"] if versions.instruction else []
        source = f"**{body.title}**\n\n{body.text}\n\n*{' · '.join(facts)}*"
        shown = f"{source}{bool(kept)}{command}"
        if shown == self._shown:
            return
        self._shown = shown
        self._source = source
        self.text.show_markdown(source, inks_of(self._colours.theme))
        said = f"Evidence: {command}" if command else "No evidence."
        self.evidence.set_words(said)
        self.evidence.setToolTip(tip(said))
        self._pixmap = QPixmap()
        if kept is not None and not self._pixmap.loadFromData(kept.data, "PNG"):
            self.picture.setText("The picture cannot be read.")
        elif kept is None:
            waits = "The picture is being fetched …" if body.picture else "No picture."
            self.picture.setText(waits)
        self._fit()

    def _recolour(self) -> None:
        self.text.show_markdown(self._source, inks_of(self._colours.theme))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the picture into its room."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if self._pixmap.isNull():
            return
        foot = self.evidence.sizeHint().height() + SPACE
        room = self.contentsRect().adjusted(6, 4, -6, -4 - foot).size()
        room.setWidth(max(min(room.width() // 2 - SPACE, PICTURE_WIDTH), 1))
        self.picture.setFixedWidth(room.width())
        mode = Qt.AspectRatioMode.KeepAspectRatio
        smooth = Qt.TransformationMode.SmoothTransformation
        self.picture.setPixmap(self._pixmap.scaled(room, mode, smooth))
