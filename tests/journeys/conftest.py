"""The console of the journeys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.consoles import Console
from support.fake_session import live_session

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot


@pytest.fixture
def console(qtbot: QtBot, tmp_path: Path) -> Iterator[Console]:  # noqa: ARG001 - Qt
    """A window on a live run of the invented site."""
    console = Console(live_session(), tmp_path / "console.ini")
    yield console
    console.close()
