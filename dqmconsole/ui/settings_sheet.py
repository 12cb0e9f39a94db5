"""What somebody may choose of how this console looks, on one sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from dqmconsole.model.moment import shows_local
from dqmconsole.ui.buttons import push_button
from dqmconsole.ui.fonts import STEPS, TITLE, set_text
from dqmconsole.ui.keyboard import keep_letter
from dqmconsole.ui.labels import one_line
from dqmconsole.ui.overlay import Overlay
from dqmconsole.ui.row_list import ListRow, RowList
from dqmconsole.ui.settings import INTERVALS
from dqmconsole.ui.theme import DARK, DENSITIES, LIGHT
from dqmconsole.ui.tick_box import TickBox

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dqmconsole.ui.context import Context

_THEMES = (LIGHT, DARK)
_CLOCKS = ("UTC", "this machine's")
ROWS = 6  # layouts seen at once


class SettingsSheet(Overlay):
    """Text size, density, colours, clock, sound, and what a wall shows.

    Each choice holds at once; Tab goes from one to the next, arrows change it.

    Signals:
        test_wanted: play what an alarm sounds like.
    """

    test_wanted = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__("Settings", context.window, (640, 560))
        self._context = context
        title = QLabel("Settings")
        set_text(title, TITLE, bold=True)
        leave = QLabel("Tab next   ↑ ↓ change   Esc closes")
        leave.setProperty("role", "muted")
        sizes = [f"{factor:.0%}" for factor in STEPS]
        self._text_size = self._box("Text size", sizes, self._text_size_chosen)
        self._density = self._box("Density", DENSITIES, self._density_chosen)
        self._theme = self._box(
            "Colours", [each.name for each in _THEMES], self._theme_chosen
        )
        self._clock = self._box("Clock", _CLOCKS, self._clock_chosen)
        self._sound = self._tick("Sound", "Alarms may sound", context.switch_sound)
        self._test = push_button("Test", "Test the sound", self.test_wanted.emit)
        self._notify = self._tick(
            "Notifications",
            "The desktop shows those that are urgent",
            context.switch_notifications,
        )
        every = [f"{seconds} s" for seconds in INTERVALS]
        self._interval = self._box("A page stays", every, self._interval_chosen)
        self._abnormal = self._tick(
            "Wall: what is not good first",
            "What is not good comes first",
            self._abnormal_chosen,
        )
        self.layouts = RowList("Layouts on the wall", ROWS, context.colours)
        self.layouts.itemClicked.connect(lambda _item: self.choose_layout())
        self._note = one_line(
            "About the clock",
            "Records, reports, pictures and the engine's sentences stay in UTC.",
        )
        head = QHBoxLayout()
        head.addWidget(title)
        head.addStretch(1)
        head.addWidget(leave)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnStretch(1, 1)
        self._row("Text size  (Ctrl +, Ctrl −, Ctrl 0)", self._text_size)
        self._row("Density", self._density)
        self._row("Colours", self._theme)
        self._row("Clock", self._clock)
        self._row("", self._note)
        self._row("Alarms", self._sound)
        self._grid.addWidget(
            self._test, self._grid.rowCount() - 1, 1, Qt.AlignmentFlag.AlignRight
        )
        self._row("", self._notify)
        self._row("On a wall, a page stays", self._interval)
        self._row("", self._abnormal)
        self._row("Layouts on the wall", self.layouts)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(16)
        column.addLayout(head)
        column.addLayout(self._grid)
        context.colours.changed.connect(self._show_choices)

    def open(self) -> None:
        """Show what is chosen now."""
        self._show_choices()
        self._list_layouts()
        super().open()

    def first_field(self) -> QWidget:
        """The size of text: who cannot read it begins there."""
        return self._text_size

    def room(self) -> tuple[int, int]:
        """As high as its choices are."""
        layout = self.layout()
        assert layout is not None
        layout.activate()  # the list may have taken another height just now
        return super().room()[0], self.sizeHint().height()

    def event(self, event: QEvent) -> bool:
        """Keep letters from the window's commands; Space is one of the list's."""
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Space:
            return super().event(event)
        return keep_letter(event) or super().event(event)

    def choose_layout(self) -> None:
        """Let the wall show the layout where the keyboard is, or leave it out."""
        row, settings = self.layouts.current, self._context.settings
        if row is not None:
            settings.wall_without = settings.wall_without ^ {row.name}
            self._list_layouts()

    # -- inside --------------------------------------------------------------------

    def _box(
        self, name: str, words: Sequence[str], chosen: Callable[[int], None]
    ) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(name)
        box.addItems(list(words))
        box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # the wheel changes nothing
        box.currentIndexChanged.connect(chosen)
        return box

    def _tick(self, name: str, words: str, chosen: Callable[[], None]) -> TickBox:
        box = TickBox(self._context.colours, words)
        box.setAccessibleName(name)
        box.clicked.connect(chosen)
        return box

    def _row(self, words: str, field: QWidget) -> None:
        at = self._grid.rowCount()
        label = QLabel(words)
        label.setBuddy(field)
        at_top = isinstance(field, RowList)
        align = Qt.AlignmentFlag
        self._grid.addWidget(
            label, at, 0, align.AlignTop if at_top else align.AlignVCenter
        )
        self._grid.addWidget(field, at, 1)

    def _show_choices(self) -> None:
        settings = self._context.settings
        names = [each.name for each in _THEMES]
        for box, at in (
            (self._text_size, STEPS.index(settings.text_size)),
            (self._density, DENSITIES.index(settings.density)),
            (self._theme, names.index(self._context.theme.name)),
            (self._clock, int(shows_local())),
            (self._interval, INTERVALS.index(settings.wall_interval)),
        ):
            box.blockSignals(True)
            box.setCurrentIndex(at)
            box.blockSignals(False)
        self._sound.setChecked(settings.sound)
        self._notify.setChecked(settings.notify)
        self._abnormal.setChecked(settings.wall_abnormal)

    def _list_layouts(self) -> None:
        site, without = self._context.client.site, self._context.settings.wall_without
        self.layouts.show_rows(
            ListRow(layout.layout, layout.layout, layout.layout not in without)
            for layout in (site.layouts if site is not None else ())
            if any(page.audience == "shift" for page in layout.pages)
        )

    def _text_size_chosen(self, at: int) -> None:
        self._context.choose_text_size(STEPS[at])

    def _density_chosen(self, at: int) -> None:
        self._context.choose_density(DENSITIES[at])

    def _theme_chosen(self, at: int) -> None:
        self._context.choose_theme(_THEMES[at])

    def _clock_chosen(self, at: int) -> None:
        self._context.choose_clock(local=bool(at))

    def _interval_chosen(self, at: int) -> None:
        self._context.settings.wall_interval = INTERVALS[at]

    def _abnormal_chosen(self) -> None:
        self._context.settings.wall_abnormal = self._abnormal.isChecked()
