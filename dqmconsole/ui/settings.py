"""What the console remembers of itself between two starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSettings

if TYPE_CHECKING:
    from pathlib import Path

RECENT_KEPT = 8
# Grows when docks or tool bars are renamed, so that an old arrangement is not forced
# onto a window it does not fit.
ARRANGEMENT_VERSION = 1


class Settings:
    """Recent sources, theme and the arrangement of the docks.

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

    def _text(self, key: str) -> str:
        value = self._read(key)
        return value if isinstance(value, str) else ""

    def _bytes(self, key: str) -> QByteArray:
        value = self._read(key)
        return value if isinstance(value, QByteArray) else QByteArray()
