"""One plot alone, large: the whole map, statistics, and the comparison's switch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout

from dqmconsole.ui.labels import ElidedLabel
from dqmconsole.ui.live.choices import MODES_1D, mode_shown, modes_of
from dqmconsole.ui.live.page import show_latest, watch_item
from dqmconsole.ui.plot.tile import PlotTile

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from dqmconsole.model.layout import Normalization, ReferenceMode
    from dqmconsole.model.message import WatchItem
    from dqmconsole.shift.client import EngineClient
    from dqmconsole.shift.pages import PlotPlace
    from dqmconsole.ui.theme import Colours


class DetailView(QFrame):
    """One plot, large.

    Attributes:
        place: the plot shown, or None.
        tile: the tile that draws it.

    Signals:
        mode_chosen: the comparison clicked.
        watch_needed: another plot or another size.
    """

    mode_chosen = Signal(str)
    watch_needed = Signal()

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.place: PlotPlace | None = None
        self.setProperty("role", "clear")
        self.tile = PlotTile(colours, self)
        self.tile.set_large(True)
        self.tile.needs_pixels.connect(self.watch_needed)
        self._compare = QLabel("Reference (R)")
        self._compare.setProperty("role", "muted")
        self._buttons: dict[ReferenceMode, QToolButton] = {}
        bar = QHBoxLayout()
        bar.setContentsMargins(2, 0, 2, 2)
        bar.setSpacing(4)
        bar.addWidget(self._compare)
        for mode in MODES_1D:
            self._buttons[mode] = self._button(mode)
            bar.addWidget(self._buttons[mode])
        bar.addStretch(1)
        keys = ElidedLabel()
        keys.set_words("⇧R scale   L log   + − 0 zoom   ← → plots   Esc back")
        keys.setProperty("role", "muted")
        bar.addWidget(keys)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.tile, 1)
        column.addLayout(bar)

    def show_plot(self, place: PlotPlace, mode: ReferenceMode | None) -> None:
        """Show another plot, or the same one drawn otherwise."""
        self.place = place
        self.tile.assign(place.key, place.plot)
        self.show_mode(mode)
        self.watch_needed.emit()

    def show_mode(self, mode: ReferenceMode | None) -> None:
        """Compare so; None takes the layout's way."""
        assert self.place is not None
        self.tile.set_mode(mode)
        shown = mode_shown(self.place.plot, self.tile.tile, mode)
        sensible = modes_of(self.tile.tile)
        for name, button in self._buttons.items():
            button.setVisible(name in sensible)
            button.setChecked(name == shown)

    def refresh(
        self, client: EngineClient, mode: ReferenceMode | None, *, held: bool
    ) -> None:
        """Show what is new in the mailbox; only an empty tile while held."""
        first = self.tile.tile is None
        if show_latest(self.tile, client, held=held) and first:
            self.show_mode(mode)

    def watch_items(
        self, mode: ReferenceMode | None, normalize: Normalization | None = None
    ) -> list[WatchItem]:
        """What the engine is to send: this plot, whole."""
        if self.place is None:
            return []
        path = self.place.plot.path
        return [watch_item(self.tile, path, mode, normalize, whole=True)]

    def focus_tile(self) -> None:
        """Give the keyboard to the plot."""
        self.tile.setFocus(Qt.FocusReason.OtherFocusReason)

    def _button(self, mode: ReferenceMode) -> QToolButton:
        button = QToolButton()
        button.setText(mode)
        button.setCheckable(True)
        button.setAccessibleName(f"Reference: {mode}")
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.clicked.connect(lambda: self.mode_chosen.emit(mode))
        return button
