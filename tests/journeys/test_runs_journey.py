"""By keyboard alone: recorded runs drawn beside, the run before, runs of a history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from support.consoles import Console
from support.keyboard import CTRL, ESC, RETURN, SHIFT
from support.recorded import MAP, PATH
from support.recorded_runs import RecordedSession, make_site, record_runs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from dqmconsole.ui.plot.tile import PlotTile

ALT = Qt.KeyboardModifier.AltModifier
LEFT, RIGHT = Qt.Key.Key_Left, Qt.Key.Key_Right


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    make_site(folder)
    record_runs(folder / "runs")
    return folder


@pytest.fixture
def console(
    qtbot: QtBot,  # noqa: ARG001 - it brings the application
    site: Path,
    tmp_path: Path,
) -> Iterator[Console]:
    console = Console(RecordedSession(site), tmp_path / "console.ini")
    console.wait(1)
    console.press(ESC)
    console.wait(1)
    yield console
    console.close()


def tile(console: Console, path: str = PATH) -> PlotTile:
    return next(each for each in console.tiles() if each.key.endswith(path))


def choose(console: Console, run: str, key: object, with_: object) -> None:
    console.press("r", CTRL | SHIFT)
    console.type(run)
    console.press(key, with_)  # type: ignore[arg-type]
    console.wait(1)


def test_runs_beside_and_the_run_before(console: Console) -> None:
    first = tile(console).tile
    assert first is not None
    assert "ref 398004 × events" in tile(console).meta, "the rule's run is recorded"
    # the run before of this fill, and back
    console.press("f", SHIFT)
    console.wait(1)
    assert console.says("Answer").startswith("All plots: reference run 398005, by hand")
    assert "ref 398005 by hand" in tile(console).meta
    console.press("f", SHIFT)
    console.wait(1)
    assert "ref 398004 × events" in tile(console).meta
    # two further runs, of which one has other bins
    choose(console, "398005", "a", ALT)
    assert console.says("Answer").startswith("Drawn with run 398005, by hand")
    choose(console, "398001", "a", ALT)
    (line,) = tile(console).canvas.shown.runs
    assert line.name == "run 398005 × 1"
    assert "+ 398005 by hand · run 398001 not drawn: binning differs in x" in (
        tile(console).meta
    )
    choose(console, "7", "a", ALT)
    choose(console, "398005", "a", ALT)
    assert "run 7 not drawn: no reference: run 7 is" in tile(console).meta
    console.press("r")
    console.wait(1)
    (line,) = tile(console).canvas.shown.runs
    assert line.comparison is not None
    assert line.comparison.mode == "ratio"
    now = tile(console).tile
    assert now is not None
    assert now.verdict == first.verdict, "what is looked at changes no verdict"
    beside = tile(console, MAP).canvas.shown
    assert beside.mode == "side-by-side"
    assert [each.name for each in beside.runs] == ["run 398005 × 1"]
    console.press(RIGHT)
    console.press("r")
    console.wait(1)
    assert "run 398005 not drawn: maps only side by side" in tile(console, MAP).meta
    console.press("r", ALT)
    console.wait(1)
    assert tile(console).canvas.shown.runs == ()


def test_a_run_of_the_history_is_compared_with(console: Console) -> None:
    console.press(RETURN)
    console.press("h", SHIFT, times=2)
    console.wait(1)
    history = console.window.parts.view.detail.history
    shown = history.over.shown
    assert shown.data is not None
    edges = shown.data.axes[0].edges.tolist()
    assert edges[-5:-1] == [398004.5, 398005.5, 398008.5, 398009.5], "a gap is a gap"
    assert [each.title for each in shown.graphs] == ["booked otherwise"]
    console.press(LEFT, CTRL | SHIFT, times=2)
    words = console.says("History words")
    assert words.startswith("Run 398005: ")
    assert "cosmics, store 10412" in words
    assert console.says("Answer").startswith(words)
    assert history.over.shown.graphs[-1].title == "run 398005"
    console.press("r", CTRL | SHIFT)
    assert console.find(QLineEdit, "Run or file").text() == "run 398005"
    console.press(RETURN)
    console.wait(1)
    assert "ref 398005 by hand" in console.window.parts.view.detail.tile.meta
    console.press("g", CTRL | SHIFT)
    console.wait(1)
    assert "LOOKING BACK: run 398005 up to" in console.says("Looking back")
