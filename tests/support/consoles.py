"""A whole window on a fake session, used by keyboard and read as a person reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)
from support.fake_session import NOW, FakeSession
from support.keyboard import Keyboard

from dqmconsole.shift.session import ShiftSession
from dqmconsole.ui.plot.tile import PlotTile
from dqmconsole.ui.settings import Settings
from dqmconsole.ui.theme import LIGHT
from dqmconsole.ui.training.feature import TrainingFeature
from dqmconsole.ui.window import MainWindow

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from support.fake_book import FakeWriter

    from dqmconsole.training.trainer import Trainer
    from dqmconsole.ui.feature import Feature
    from dqmconsole.ui.theme import Theme

Kind = TypeVar("Kind", bound=QWidget)


class Console(Keyboard):
    """The window, its session, and a clock that moves only by `wait`.

    Whoever it stands for has gone on from the overview to the first page, unless they
    are to stay on it.
    """

    def __init__(
        self,
        client: FakeSession,
        settings_file: Path,
        *,
        start_demo: Callable[[], None] | None = None,
        size: tuple[int, int] = (1400, 900),
        writer: FakeWriter | None = None,
        account: str = "shifter",
        teach: Callable[[Console], Trainer] | None = None,
        start_tutorial: Callable[[], None] | None = None,
        training: TrainingFeature | None = None,
        theme: Theme = LIGHT,
        overview: bool = False,
        features: Sequence[Feature] = (),
    ) -> None:
        self.client = client
        self.now = NOW
        self.writer = writer
        self.session = ShiftSession(
            client,
            lambda _site, _banner: writer,
            clock=lambda: self.now,
            account=account,
            console="test:1",
        )
        self.trainer = teach(self) if teach is not None else None
        self.training = training or TrainingFeature(self.trainer, start=start_tutorial)
        added = training or self.trainer or start_tutorial
        self.window = MainWindow(
            client,
            Settings(settings_file),
            start_demo=start_demo,
            clock=lambda: self.now,
            theme=theme,
            session=self.session,
            features=(*((self.training,) if added else ()), *features),
        )
        self.window.resize(*size)
        self.window.show()
        self.window.clock.stop()  # from now on the test is the timer
        self.window.activateWindow()
        self.window.clock.tick()
        view = self.window.parts.view
        if view.on_overview and not overview:
            view.back()  # before any of it is painted
        self.wait(0)

    def wait(self, seconds: float) -> None:
        """Let time pass, and look twice: watch, then what the watch brought.

        Painted is what both looks brought together.
        """
        self.now += seconds
        for _ in range(2):
            self.window.clock.tick()
        QApplication.processEvents()

    def live(self) -> None:
        """Look after each key."""
        self.wait(0)

    def find(self, kind: type[Kind], name: str) -> Kind:
        """The one visible widget of that accessible name."""
        found = [
            widget
            for widget in self.window.findChildren(kind)
            if widget.accessibleName() == name and widget.isVisible()
        ]
        assert len(found) == 1, f"{len(found)} visible {kind.__name__} called {name!r}"
        return found[0]

    def sees(self, kind: type[QWidget], name: str) -> bool:
        """Tell whether a widget of that accessible name is visible."""
        return any(
            widget.accessibleName() == name and widget.isVisible()
            for widget in self.window.findChildren(kind)
        )

    def says(self, name: str) -> str:
        """The words of the widget of that name, uncut."""
        label = self.find(QWidget, name)
        if isinstance(label, QLabel):
            return getattr(label, "words", "") or label.text()
        return label.accessibleDescription()

    def tiles(self) -> list[PlotTile]:
        """The tiles seen."""
        return [tile for tile in self.window.findChildren(PlotTile) if tile.isVisible()]

    def item(self, tree: str, words: str) -> QTreeWidgetItem:
        """The item of a tree that reads so."""
        found = self.find(QTreeWidget, tree).findItems(
            words, Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchRecursive
        )
        assert found, f"no {words!r} in {tree}"
        return found[0]

    def close(self) -> None:
        """Close the window and let Qt take it down."""
        self.window.end()
        self.window.deleteLater()
        # no loop runs that would delete it: hundreds of windows would live on
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        QApplication.processEvents()
