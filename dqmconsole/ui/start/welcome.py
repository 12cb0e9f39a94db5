"""What is seen while nothing is open, and while something is being opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from dqmconsole.model.message import TRAINING
from dqmconsole.ui.fonts import TITLE, px, set_text
from dqmconsole.ui.labels import tip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QResizeEvent, QShowEvent

    from dqmconsole.shift.client import EngineClient
    from dqmconsole.ui.palette import PaletteEntry

_SOURCE = Qt.ItemDataRole.UserRole
WIDTH = 660  # px, and more where the buttons need it
MARGIN = 32


def opening_words(client: EngineClient) -> str:
    """Say what is being opened, and what keeps it from opening."""
    lines = [f"Opening {client.source} …"]
    if client.banner == TRAINING:
        lines = ["Preparing the run …"]
    if client.engine.state != "live":
        lines.append(client.engine.sentence)
    for kind in ("engine", "source"):
        lines += [str(problem) for problem in client.mailbox.problems.get(kind, ())]
    if client.site is not None and not client.site.layouts:
        lines += [str(each) for each in client.site.problems if each.kind == "source"]
    return "\n".join(lines)


class WelcomePage(QFrame):
    """Recent sources, and the ways to open another.

    Signals:
        source_chosen: a recent source.
    """

    source_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[str, ...] | None = None
        self.setProperty("role", "clear")
        title = self._title = QLabel("dqmconsole")
        set_text(title, TITLE, bold=True)
        self._words = QLabel()
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setWordWrap(True)
        self._words.setAccessibleName("Welcome")
        self._buttons = QWidget()
        self._buttons.setProperty("role", "clear")
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._buttons)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.addStretch(1)
        self._recent_title = QLabel("Opened before")
        self._recent_title.setProperty("role", "muted")
        self.recent = QListWidget()
        self.recent.setAccessibleName("Recent sources")
        self.recent.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.recent.itemActivated.connect(self._chosen)
        self.recent.itemClicked.connect(self._chosen)
        inner = self._inner = QFrame()
        inner.setProperty("role", "panel")
        column = QVBoxLayout(inner)
        column.setContentsMargins(MARGIN, 28, MARGIN, 28)
        column.setSpacing(14)
        for widget in (
            title,
            self._words,
            self._buttons,
            self._recent_title,
            self.recent,
        ):
            column.addWidget(widget)
        outer = QVBoxLayout(self)
        outer.addStretch(2)
        outer.addWidget(inner, 0, Qt.AlignmentFlag.AlignHCenter)
        outer.addStretch(3)
        self.show_welcome(())

    def show_ways(self, ways: Sequence[PaletteEntry]) -> None:
        """Offer these ways to open something, or to learn how."""
        for at, way in enumerate(ways):
            button = QPushButton(f"{way.words}  ({way.key})")
            button.setAccessibleName(way.words.removesuffix(" …"))
            button.clicked.connect(way.run)
            self._row.insertWidget(at, button)
        self.make_room()

    def show_welcome(self, recent: Sequence[str]) -> None:
        """Show the recent sources and the ways to open others."""
        if self._shown == tuple(recent):
            return  # a list somebody walks through is not built again
        self._shown = tuple(recent)
        self._words.setText(
            "Live histograms of a running DQM, each beside its reference. "
            "Open a ROOT file, or the folder a DQM writes its files into."
        )
        self.make_room()
        self._buttons.show()
        self.recent.clear()
        for source in recent:
            item = QListWidgetItem(source, self.recent)
            item.setToolTip(tip(source))
            item.setData(_SOURCE, source)
        self._recent_title.setVisible(bool(recent))
        self.recent.setVisible(bool(recent))
        height = self.recent.sizeHintForRow(0) * len(recent) + 6 if recent else 0
        self.recent.setFixedHeight(height)
        if recent:
            self.recent.setCurrentRow(0)

    def show_opening(self, words: str) -> None:
        """Say what is being opened, or why it could not be."""
        self._shown = None
        self._words.setText(words)
        self.make_room()
        self._buttons.hide()
        self._recent_title.hide()
        self.recent.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit it again."""
        super().resizeEvent(event)
        self.make_room()

    def showEvent(self, event: QShowEvent) -> None:
        """Fit the words: only now the window's fonts are theirs."""
        super().showEvent(event)
        self.make_room()

    def make_room(self) -> None:
        """Fit words and buttons to the fonts and the room there are."""
        # a centred frame is laid out without asking how high its words become
        self._title.setMinimumHeight(self._title.sizeHint().height())
        # one below the other where they are too wide for the window
        directions = QBoxLayout.Direction
        self._row.setDirection(directions.LeftToRight)
        if self._buttons.sizeHint().width() + 2 * px(MARGIN) > self.width():
            self._row.setDirection(directions.TopToBottom)
        wanted = max(px(WIDTH), self._buttons.sizeHint().width() + 2 * px(MARGIN))
        width = min(wanted, max(self.width(), 1))
        self._inner.setFixedWidth(width)
        words = self._words.heightForWidth(width - 2 * px(MARGIN))
        self._words.setMinimumHeight(words)

    @property
    def words(self) -> str:
        """What it says."""
        return self._words.text()

    def focus_first(self) -> None:
        """Give the keyboard to the list, else to the first button."""
        first = self._buttons.findChild(QPushButton)
        if self.recent.count():
            self.recent.setFocus(Qt.FocusReason.OtherFocusReason)
        elif first is not None:
            first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _chosen(self, item: QListWidgetItem) -> None:
        self.source_chosen.emit(item.data(_SOURCE))
