"""What the console remembers of itself between two starts: choices, and windows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from PySide6.QtCore import QByteArray, QLockFile, QSettings

from dqmconsole.ui.fonts import STEPS
from dqmconsole.ui.theme import DENSITIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Kind = TypeVar("Kind")

RECENT_KEPT = 8
# Grows when docks or tool bars are renamed, so that an old arrangement is not forced
# onto a window it does not fit.
ARRANGEMENT_VERSION = 1
WINDOWS_KEPT = 24
LOOKS_KEPT = 24
INTERVALS = (10, 20, 30, 60, 120)
"""Seconds a page stays on a wall, to choose from."""


_YES = {"yes": True, "no": False}


class _Choice(Generic[Kind]):
    """One of some values, each kept as a word.

    Args:
        key: where it is kept.
        values: by their words.
        usual: what holds while none of them is kept.
    """

    def __init__(self, key: str, values: Mapping[str, Kind], usual: Kind) -> None:
        self._key, self._values, self._usual = key, values, usual

    def __get__(self, settings: Settings, _owner: type | None = None) -> Kind:
        return self._values.get(settings.word(self._key), self._usual)

    def __set__(self, settings: Settings, value: Kind) -> None:
        words = (word for word, each in self._values.items() if each == value)
        settings.write(self._key, next(words, ""))


class Settings:
    """Recent sources, how the console looks, and where its windows were.

    Args:
        file: the INI file; it and its folder need not exist. None remembers
            nothing beyond this object.

    Attributes:
        text_size: the size chosen for text, one of `STEPS`: share of the screen's.
        density: how much room there is around and between.
        local_time: times are shown by this machine's clock, and not in UTC.
        sound: alarms may sound at this console.
        notify: the desktop may show them while another window is in use.
        wall_interval: seconds that a page stays on a wall, one of `INTERVALS`.
        wall_abnormal: a wall shows first, in each round, what is not good.
    """

    text_size = _Choice("look/text", {str(each): each for each in STEPS}, 1.0)
    density = _Choice("look/density", {each: each for each in DENSITIES}, DENSITIES[0])
    local_time = _Choice("look/local", _YES, usual=False)
    sound = _Choice("sound", _YES, usual=True)
    notify = _Choice("notify", _YES, usual=True)
    wall_interval = _Choice(
        "wall/interval", {str(each): each for each in INTERVALS}, INTERVALS[1]
    )
    wall_abnormal = _Choice("wall/abnormal", _YES, usual=True)

    def __init__(self, file: Path | None) -> None:
        self._kept: dict[str, object] = {}
        self._store = QSettings(str(file), QSettings.Format.IniFormat) if file else None
        self._shifts: dict[str, QLockFile] = {}  # by uid

    @property
    def recent(self) -> tuple[str, ...]:
        """Sources opened, the latest first."""
        return self._list("recent")[:RECENT_KEPT]

    def remember_source(self, source: str) -> None:
        """Put a source first in the list of recent ones."""
        others = (kept for kept in self.recent if kept != source)
        self._write_list("recent", [source, *others][:RECENT_KEPT])

    @property
    def theme(self) -> str:
        """Name of the theme chosen last; "" when none was."""
        return self.word("theme")

    @theme.setter
    def theme(self, name: str) -> None:
        self.write("theme", name)

    @property
    def folder(self) -> str:
        """The folder a picture or numbers were written to last; "" for none."""
        kept = self.word("folder")
        return kept if kept and Path(kept).is_dir() else ""

    @folder.setter
    def folder(self, folder: str) -> None:
        self.write("folder", folder)

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
        self.write(f"places/{_key(window)}", geometry)

    def looked(self, who: str, source: str) -> float | None:
        """Unix time, s, at which somebody last looked at the overview of a source."""
        for each in self._list("looks"):
            when, _, whose = each.partition("\t")
            if whose == f"{who}\t{source}" and when.isdecimal():
                return float(when)
        return None

    def remember_look(self, who: str, source: str, when: float) -> None:
        """Remember when somebody looked; the oldest of many are forgotten."""
        whose = f"\t{who}\t{source}"
        kept = [each for each in self._list("looks") if not each.endswith(whose)]
        self._write_list("looks", [f"{when:.0f}{whose}", *kept][:LOOKS_KEPT])

    def leave_shift(self, uid: str) -> None:
        """Let another console take up the shift that the window is closed with.

        Args:
            uid: the shift; "" for none.
        """
        if uid:
            self.write("shift/open", uid)
        for lock in self._shifts.values():
            lock.unlock()

    def take_shift(self) -> str:
        """Uid of the shift that the window was last closed with.

        Returns:
            "" for none, and where a console that runs has taken it up: of two that
            go on with one shift both would sound.
        """
        uid = self.word("shift/open")
        if uid and self._store is not None:
            lock = QLockFile(f"{self._store.fileName()}.{uid}")
            lock.setStaleLockTime(0)  # however long it runs
            lock = self._shifts.setdefault(uid, lock)
            if not (lock.isLocked() or lock.tryLock(0)):
                return ""
        return uid

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
        self.write("window/geometry", geometry)
        self.write(f"window/docks{ARRANGEMENT_VERSION}", arrangement)

    @property
    def trouble(self) -> str:
        """What was seen to be wrong with the file; "" while all is well."""
        if self._store is None or self._store.status() is QSettings.Status.NoError:
            return ""
        file = self._store.fileName()
        if self._store.status() is QSettings.Status.FormatError:
            return f"{file} was damaged: this console's choices were read in part"
        return (
            f"{file} cannot be written: what is chosen at this console, and that it "
            "has the shift, is forgotten when it ends"
        )

    def save(self) -> None:
        """Write everything to the file; :attr:`trouble` says if that failed."""
        if self._store is not None:
            self._store.sync()

    def write(self, key: str, value: object) -> None:
        """Keep a value under a key of the file."""
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
        count = self.word(f"{name}/count")
        many = int(count) if count.isdecimal() else 0
        kept = (self.word(f"{name}/{at}") for at in range(min(many, 999)))
        return tuple(each for each in kept if each)

    def _write_list(self, name: str, values: Sequence[str]) -> None:
        self.write(f"{name}/count", str(len(values)))
        for at, value in enumerate(values):
            self.write(f"{name}/{at}", value)

    def word(self, key: str) -> str:
        """The text kept under a key of the file; "" for none."""
        value = self._read(key)
        return value if isinstance(value, str) else ""

    def _bytes(self, key: str) -> QByteArray:
        value = self._read(key)
        return value if isinstance(value, QByteArray) else QByteArray()


def _key(window: str) -> str:
    """A key of a settings file: in it "/" divides, and names are anything."""
    return window.encode().hex()[:200]
