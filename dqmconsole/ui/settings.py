"""What the console remembers of itself between two starts: choices, and windows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSettings

from dqmconsole.ui.fonts import STEPS
from dqmconsole.ui.theme import DENSITIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from dqmconsole.ui.theme import Density

RECENT_KEPT = 8
# Grows when docks or tool bars are renamed, so that an old arrangement is not forced
# onto a window it does not fit.
ARRANGEMENT_VERSION = 1
WINDOWS_KEPT = 24
INTERVALS = (10, 20, 30, 60, 120)
"""Seconds a page stays on a wall, to choose from."""


class Settings:
    """Recent sources, how the console looks, and where its windows were.

    Args:
        file: the INI file; it and its folder need not exist. None remembers
            nothing beyond this object.
    """

    def __init__(self, file: Path | None) -> None:
        self._kept: dict[str, object] = {}
        self._store = QSettings(str(file), QSettings.Format.IniFormat) if file else None

    @property
    def recent(self) -> tuple[str, ...]:
        """Sources opened, the latest first."""
        count = self._text("recent/count")
        many = min(int(count), RECENT_KEPT) if count.isdecimal() else 0
        kept = (self._text(f"recent/{index}") for index in range(many))
        return tuple(source for source in kept if source)

    def remember_source(self, source: str) -> None:
        """Put a source first in the list of recent ones."""
        sources = [source, *(kept for kept in self.recent if kept != source)]
        sources = sources[:RECENT_KEPT]
        self._write("recent/count", str(len(sources)))
        for index, kept in enumerate(sources):
            self._write(f"recent/{index}", kept)

    @property
    def theme(self) -> str:
        """Name of the theme chosen last; "" when none was."""
        return self._text("theme")

    @theme.setter
    def theme(self, name: str) -> None:
        self._write("theme", name)

    @property
    def text_size(self) -> float:
        """The size chosen for text, one of `STEPS`: a share of the screen's own."""
        try:
            factor = float(self._text("look/text"))
        except ValueError:
            return 1.0
        return factor if factor in STEPS else 1.0

    @text_size.setter
    def text_size(self, factor: float) -> None:
        self._write("look/text", str(factor))

    @property
    def density(self) -> Density:
        """How much room there is around and between."""
        chosen = self._text("look/density")
        return next((each for each in DENSITIES if each == chosen), DENSITIES[0])

    @density.setter
    def density(self, density: Density) -> None:
        self._write("look/density", density)

    @property
    def local_time(self) -> bool:
        """Whether times are shown by this machine's clock, and not in UTC."""
        return self._text("look/local") == "yes"

    @local_time.setter
    def local_time(self, on: bool) -> None:
        self._write("look/local", "yes" if on else "no")

    @property
    def sound(self) -> bool:
        """Whether alarms may sound at this console."""
        return self._text("sound") != "no"

    @sound.setter
    def sound(self, on: bool) -> None:
        self._write("sound", "yes" if on else "no")

    @property
    def wall_interval(self) -> int:
        """Seconds that a page stays on a wall, one of `INTERVALS`."""
        chosen = self._text("wall/interval")
        seconds = int(chosen) if chosen.isdecimal() else 0
        return seconds if seconds in INTERVALS else INTERVALS[1]

    @wall_interval.setter
    def wall_interval(self, seconds: int) -> None:
        self._write("wall/interval", str(seconds))

    @property
    def wall_abnormal(self) -> bool:
        """Whether a wall shows first, in each round, what is not good."""
        return self._text("wall/abnormal") != "no"

    @wall_abnormal.setter
    def wall_abnormal(self, on: bool) -> None:
        self._write("wall/abnormal", "yes" if on else "no")

    @property
    def wall_without(self) -> frozenset[str]:
        """Layouts that a wall leaves out."""
        return frozenset(self._list("wall/without"))

    @wall_without.setter
    def wall_without(self, layouts: Iterable[str]) -> None:
        self._write_list("wall/without", sorted(layouts))

    @property
    def windows(self) -> Sequence[str]:
        """Names of the windows beside the main one, as they were open at the end."""
        return self._list("windows")

    @windows.setter
    def windows(self, names: Sequence[str]) -> None:
        self._write_list("windows", names[:WINDOWS_KEPT])

    def place(self, window: str) -> QByteArray:
        """Where the window of that name was; empty when it was never open."""
        return self._bytes(f"places/{_key(window)}")

    def remember_place(self, window: str, geometry: QByteArray) -> None:
        """Remember where a window beside the main one is."""
        self._write(f"places/{_key(window)}", geometry)

    @property
    def open_shift(self) -> str:
        """Uid of the shift that the window was last closed with; "" for none."""
        return self._text("shift/open")

    @open_shift.setter
    def open_shift(self, uid: str) -> None:
        self._write("shift/open", uid)

    @property
    def geometry(self) -> QByteArray:
        """The window's size and place; empty the first time."""
        return self._bytes("window/geometry")

    @property
    def arrangement(self) -> QByteArray:
        """The docks' places and sizes; empty the first time."""
        return self._bytes(f"window/docks{ARRANGEMENT_VERSION}")

    def remember_window(self, geometry: QByteArray, arrangement: QByteArray) -> None:
        """Remember where the window and its docks are."""
        self._write("window/geometry", geometry)
        self._write(f"window/docks{ARRANGEMENT_VERSION}", arrangement)

    def save(self) -> None:
        """Write everything to the file; what cannot be written is forgotten."""
        if self._store is not None:
            self._store.sync()

    def _write(self, key: str, value: object) -> None:
        if self._store is None:
            self._kept[key] = value
        else:
            self._store.setValue(key, value)

    def _read(self, key: str) -> object:
        if self._store is None:
            return self._kept.get(key)
        value: object = self._store.value(key)
        return value

    def _list(self, name: str) -> tuple[str, ...]:
        count = self._text(f"{name}/count")
        many = int(count) if count.isdecimal() else 0
        kept = (self._text(f"{name}/{at}") for at in range(min(many, 999)))
        return tuple(each for each in kept if each)

    def _write_list(self, name: str, values: Sequence[str]) -> None:
        self._write(f"{name}/count", str(len(values)))
        for at, value in enumerate(values):
            self._write(f"{name}/{at}", value)

    def _text(self, key: str) -> str:
        value = self._read(key)
        return value if isinstance(value, str) else ""

    def _bytes(self, key: str) -> QByteArray:
        value = self._read(key)
        return value if isinstance(value, QByteArray) else QByteArray()


def _key(window: str) -> str:
    """A key of a settings file: in it "/" divides, and names are anything."""
    return window.encode().hex()[:200]
