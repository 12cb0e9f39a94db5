"""What validate takes for the room of a page is what the window has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QFontMetrics
from support.consoles import Console
from support.fake_session import live_session

from dqmconsole.site.rules import pages
from dqmconsole.ui.live.page import GAP, MIN_HEIGHT, MIN_WIDTH

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QApplication


def test_the_least_tile_is_that_of_the_window() -> None:
    assert (MIN_WIDTH, MIN_HEIGHT) == pages.TILE
    assert pages.GAP == GAP


@pytest.mark.slow
def test_a_page_beside_navigator_and_panel_has_that_room(
    qapp: QApplication,  # noqa: ARG001
    tmp_path: Path,
) -> None:
    console = Console(live_session(), tmp_path / "console.ini")
    console.window.resize(1366, 728)  # a desktop has a bar of its own
    console.wait(0)
    grid = console.window.parts.view.grid
    assert grid.viewport().width() == pytest.approx(pages.VIEW[0], rel=0.05)
    assert grid.viewport().height() == pytest.approx(pages.VIEW[1], rel=0.05)
    metrics = QFontMetrics(grid.visible_tiles()[0].font())
    words = "Occupancy of the barrel by sector"
    assert metrics.horizontalAdvance(words) / len(words) == pytest.approx(
        pages.LETTER, rel=0.15
    )
    console.close()
