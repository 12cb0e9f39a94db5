"""What is edited and not saved: in view, and left for something else to be edited."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from dqmconsole.model.message import UnsavedFound
from dqmconsole.shift.layout_editor import LayoutEditor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dqmconsole.shift.client import Changes, EngineClient


class UnsavedWork:
    """The files of a site with text that is not saved.

    Args:
        client: asks the engine, which keeps what was left.
        opened: gives the files that are open, by name in the site.

    Attributes:
        refused: why those that were left could not be saved, in words.
    """

    def __init__(
        self, client: EngineClient, opened: Callable[[], Mapping[str, LayoutEditor]]
    ) -> None:
        self._client = client
        self._opened = opened
        self._asked = 0
        self._left: tuple[str, ...] = ()
        self._saving: dict[str, LayoutEditor] = {}
        self.refused: list[str] = []

    @property
    def names(self) -> list[str]:
        """The files in the site, those in view first."""
        opened = self._opened()
        found = [name for name, each in opened.items() if each.unsaved]
        return found + [name for name in self._left if name not in opened]

    @property
    def busy(self) -> bool:
        """The engine is at work on one of them."""
        return bool(self._saving) or any(each.busy for each in self._opened().values())

    def ask(self) -> None:
        """Ask which were left."""
        self._asked = self._client.ask_unsaved()

    def save_left(self) -> None:
        """Save those that were left."""
        self.refused = []
        opened = self._opened()
        for name in self._left:
            if name not in opened and name not in self._saving:
                file = PurePath(name)
                asked = file.name if file.suffix == ".yaml" else name
                editor = self._saving[name] = LayoutEditor(self._client, asked)
                editor.save()

    def forget(self) -> None:
        """Another source is open, whose engine knows of none."""
        self._left = ()
        self._saving.clear()

    def look(self, changes: Changes) -> None:
        """Take in what the engine answered."""
        for each in changes.edits:
            if isinstance(each, UnsavedFound) and each.request == self._asked:
                self._left = each.files
        for name, editor in list(self._saving.items()):
            editor.take(changes.edits, changes.refusals)
            if editor.refused is None and editor.busy:
                continue
            del self._saving[name]
            if editor.refused is not None:
                self.refused.append(editor.refused.sentence)
            else:
                self._left = tuple(each for each in self._left if each != name)
            if editor.text is not None:
                editor.close()
