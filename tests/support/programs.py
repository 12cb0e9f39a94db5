"""Programs on PATH that are not there: scripts that note how they were called."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


class FakePath:
    """A PATH of its own, on which tests put what they like.

    Args:
        folder: an empty folder.
        patch: for the environment.
    """

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        patch.setenv("PATH", str(folder))

    def put(self, name: str, then: str = "exit 0") -> None:
        """Put a program there that notes its arguments, then does something."""
        note = self._folder / f"{name}.called"
        file = self._folder / name
        script = (
            f'#!/bin/sh\nfor each in "$@"; do echo "$each"; done >> {note}\n{then}\n'
        )
        file.write_text(script)
        file.chmod(0o755)

    def called(self, name: str) -> list[str]:
        """The arguments of all its calls."""
        note = self._folder / f"{name}.called"
        return note.read_text().splitlines() if note.exists() else []
