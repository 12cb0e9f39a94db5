"""Keyboard-only journeys through the whole window.

The clock moves by hand, the screen is read by accessible names and visible words.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QLabel,
    QListWidget,
    QScrollArea,
    QWidget,
)
from support.consoles import Console
from support.fake_session import (
    CHARGE,
    DEPTH1,
    DIGIS,
    GOOD,
    HCAL,
    NOW,
    RUN,
    TIME,
    FakeSession,
    curve,
    hcal,
    run_info,
    site,
    tile_of,
)

from dqmconsole.model.frame import NoticeFact
from dqmconsole.model.layout import Plot
from dqmconsole.model.message import FoundItem
from dqmconsole.model.problem import Problem
from dqmconsole.model.verdict import Status
from dqmconsole.ui.commands import COMMANDS
from dqmconsole.ui.plot.tile import PlotTile
from dqmconsole.ui.training.feature import TrainingFeature

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def go_to_digis(console: Console) -> None:
    """By the search field to the page of Hcal's digis."""
    console.press("/")
    console.type("digi occupancy")
    console.press(Qt.Key.Key_Return)


def test_a_shifter_opens_a_page_in_the_navigator(console: Console) -> None:
    """Ctrl+1, down to a page, Enter: the page is there and has the keyboard."""
    console.press("1", CTRL)
    assert console.focus() == "Pages"
    tree = console.find(QWidget, "Pages")
    for _ in range(40):
        if tree.currentItem().text(0) == HCAL:
            break
        console.press(Qt.Key.Key_Down)
    console.press(Qt.Key.Key_Right)
    console.press(Qt.Key.Key_Down)
    console.press(Qt.Key.Key_Down)
    console.press(Qt.Key.Key_Return)
    assert console.says("Page") == f"{HCAL} › {DIGIS}"
    assert "5 plots, 1 bad, 1 warning" in console.says("Page summary")
    assert "reference run 397951" in console.says("Page summary")
    assert [tile.accessibleName() for tile in console.tiles()][:2] == [
        "Occupancy, depth 1",
        "Occupancy, depth 2",
    ]
    # the worst plot is selected, and the keyboard is on it
    assert console.focus() == "Occupancy, depth 1"
    assert console.says("Title of the selected plot") == "Occupancy, depth 1"


def test_a_shifter_turns_the_pages(console: Console) -> None:
    """] and PageDown go on, [ and PageUp back, round the end."""
    first = console.says("Page")
    console.press("]")
    second = console.says("Page")
    assert second != first
    console.press(Qt.Key.Key_PageUp)
    assert console.says("Page") == first
    console.press("[")
    assert console.says("Page") == "BeamMonitor › Rates"
    console.press(Qt.Key.Key_PageDown)
    assert console.says("Page") == first


def test_a_shifter_selects_a_tile_and_reads_its_panel(console: Console) -> None:
    """Arrows move the selection; the panel says verdict, provenance, needs, client."""
    go_to_digis(console)
    console.press(Qt.Key.Key_Down)
    console.press(Qt.Key.Key_Right)
    assert console.focus() == "Pulse time, HE"
    assert console.says("Title of the selected plot") == "Pulse time, HE"
    panel = console.says("Selected plot") + console.says("What is known of the plot")
    assert "WARNING since LS 409" in panel
    assert "peak 0.55 TS late" in panel
    assert "run 397951" in panel
    assert "chosen by hcal-dqm on 2026-11-21" in panel
    assert "last fill before the technical stop" in panel
    assert "Beam: stable beams" in panel
    assert "dqmrubu-c2a06-01, pid 4711" in console.says("Client")
    console.press(Qt.Key.Key_Up)
    assert console.focus() == "Occupancy, depth 1"
    panel = console.says("Selected plot") + console.says("What is known of the plot")
    assert "BAD since LS 402" in panel
    assert "HBP14 is off this week" in panel
    assert "New would be: empty towers elsewhere" in panel


def test_a_shifter_looks_at_one_plot_alone_and_returns(console: Console) -> None:
    """Enter shows it whole, the arrows go on to its neighbours, Esc leads back."""
    go_to_digis(console)
    console.press(Qt.Key.Key_Return)
    assert console.says("Page") == f"{HCAL} › {DIGIS} › Occupancy, depth 1"
    assert len(console.tiles()) == 1
    assert [(item.key, item.whole) for item in console.client.watched] == [
        (DEPTH1, True)
    ]
    console.press(Qt.Key.Key_Right)
    assert console.says("Page").endswith("Occupancy, depth 2")
    console.press(Qt.Key.Key_Left)
    console.press(Qt.Key.Key_Escape)
    assert console.says("Page") == f"{HCAL} › {DIGIS}"
    assert len(console.tiles()) == 5
    assert console.focus() == "Occupancy, depth 1"
    assert not any(item.whole for item in console.client.watched)


def test_r_goes_through_the_comparisons(console: Console) -> None:
    """Of a curve all six, of a map those that can be read; the engine is told."""
    go_to_digis(console)
    console.press(Qt.Key.Key_Down)
    console.press(Qt.Key.Key_Right)
    console.press(Qt.Key.Key_Return)
    seen = []
    for _ in range(6):
        console.press("R")
        seen.append(console.client.watched[0].mode)
    assert seen == ["ratio", "pull", "difference", "side-by-side", "none", "overlay"]
    console.press(Qt.Key.Key_Escape)
    console.press(Qt.Key.Key_Up)
    console.press(Qt.Key.Key_Return)
    seen = []
    for _ in range(5):
        console.press("R")
        seen.append(console.client.watched[0].mode)
    assert sorted(seen) == ["difference", "none", "pull", "ratio", "side-by-side"]
    assert not console.sees(QWidget, "Reference: overlay")


def test_one_key_turns_the_ratio_into_the_pull_and_back(console: Console) -> None:
    """Ctrl+R; from wherever the comparison stands the ratio comes first."""
    go_to_digis(console)
    key = console.window.parts.view.grid.selected
    seen = []
    for _ in range(3):
        console.press("R", CTRL)
        seen.append(next(i.mode for i in console.client.watched if i.key == key))
    assert seen == ["ratio", "pull", "ratio"]


def test_one_key_scales_the_reference_otherwise(console: Console) -> None:
    """Shift+R; the engine is asked, and the answer says how."""
    go_to_digis(console)
    key = console.window.parts.view.grid.selected
    seen = set()
    for _ in range(5):
        console.press("R", SHIFT)
        seen.add(next(i.normalize for i in console.client.watched if i.key == key))
    assert seen == {"events", "pileup", "lumi", "area", "none"}
    others = [i for i in console.client.watched if i.key != key]
    assert others
    assert all(other.normalize is None for other in others)
    assert console.says("Answer").startswith("Reference ")


def test_a_pause_counts_its_seconds_and_ends_with_the_latest(console: Console) -> None:
    """P holds the picture; what comes meanwhile is shown when P lets go."""
    go_to_digis(console)
    tile = console.window.parts.view.grid.tile(CHARGE)
    assert tile is not None
    before = tile.tile
    console.press("P")
    assert console.says("Live or paused") == "PAUSED 0 s"
    newer = tile_of(CHARGE, curve("HB", seed=5), GOOD, produced=NOW + 5)
    console.client.put_tile(newer)
    console.wait(7)
    assert console.says("Live or paused") == "PAUSED 7 s"
    assert tile.tile is before
    console.press("P")
    assert console.says("Live or paused") == "LIVE"
    assert tile.tile is console.client.mailbox.tiles[CHARGE]
    assert tile.tile is not before


def test_the_palette_runs_what_is_typed(console: Console) -> None:
    """Ctrl+K, some letters, Enter; Esc leaves everything as it was."""
    go_to_digis(console)
    console.press("K", CTRL)
    assert console.focus() == "Command"
    console.type("timing")
    console.press(Qt.Key.Key_Return)
    assert not console.sees(QFrame, "Command palette")
    assert console.says("Page") == f"{HCAL} › Timing"
    console.press("K", CTRL)
    console.type("dark")
    console.press(Qt.Key.Key_Return)
    assert console.window.context.theme.name == "dark"
    console.press("K", CTRL)
    console.press(Qt.Key.Key_Escape)
    assert not console.sees(QFrame, "Command palette")
    assert console.says("Page") == f"{HCAL} › Timing"
    assert console.focus() == "Ring 1"


def test_the_cheat_sheet_lists_every_command(console: Console) -> None:
    """? shows it, Esc takes it away and gives the keyboard back."""
    go_to_digis(console)
    before = console.focus()
    console.press("?")
    sheet = console.find(QFrame, "Keys")
    words = {label.text() for label in sheet.findChildren(QLabel)}
    assert {command.title for command in COMMANDS} <= words
    # those of a training only where there is one
    assert not words & {command.title for command in TrainingFeature().commands}
    console.press(Qt.Key.Key_Escape)
    assert not sheet.isVisible()
    assert console.focus() == before


def test_the_keys_scroll_the_cheat_sheet_and_not_the_pages(console: Console) -> None:
    """On a small screen the last key is reached, and none is cut off at the side."""
    console.window.resize(1024, 700)
    go_to_digis(console)
    page = console.window.parts.view.heading.title
    console.press("?")
    sheet = console.find(QFrame, "Keys")
    area = sheet.findChild(QScrollArea)
    assert area is not None
    down, across = area.verticalScrollBar(), area.horizontalScrollBar()
    assert (down.value(), across.maximum()) == (0, 0)
    console.press(Qt.Key.Key_PageDown)
    assert 0 < down.value() < down.maximum()
    console.press(Qt.Key.Key_End)
    assert down.value() == down.maximum() > 0
    console.press(Qt.Key.Key_Up)
    assert down.value() < down.maximum()
    assert "↑ ↓ scroll   Esc closes" in {
        label.text() for label in sheet.findChildren(QLabel)
    }
    console.press(Qt.Key.Key_Escape)
    assert console.window.parts.view.heading.title == page


def test_an_element_no_layout_knows_is_found_and_opened(console: Console) -> None:
    """/ and words; the source answers; Down and Enter open the element."""
    console.press("/")
    console.type("bunch")
    assert console.client.searched == []  # nobody has stopped typing yet
    console.wait(0.3)
    assert [text for _, text in console.client.searched] == ["bunch"]
    path = "Hcal/DigiTask/BunchOccupancy"
    console.client.put_found([FoundItem(path, "TH1F", 12.0)], total=1)
    console.wait(0)
    assert console.says("Found in the source") == "In the source: 1"
    console.press(Qt.Key.Key_Down)
    assert console.focus() == "Found elements"
    console.client.put_tile(tile_of(path, curve("BunchOccupancy")))
    console.press(Qt.Key.Key_Return)
    assert console.says("Page") == path
    assert [(i.key, i.path) for i in console.client.watched] == [(path, path)]
    assert console.tiles()[0].tile is not None
    console.press(Qt.Key.Key_Escape)
    assert console.says("Page") == "Info › Summary"


def test_the_tree_of_all_elements_opens_folder_by_folder(console: Console) -> None:
    """Ctrl+2; each folder is asked for when it is opened, and only then."""
    console.press("2", CTRL)
    assert [folder for _, folder in console.client.browsed] == [""]
    console.client.put_children("", ["Hcal"], [])
    console.wait(0)
    console.press(Qt.Key.Key_Down)
    console.press(Qt.Key.Key_Right)
    assert [folder for _, folder in console.client.browsed] == ["", "Hcal"]
    element = FoundItem("Hcal/TPTask/TurnOn", "TH1F", 41.0)
    console.client.put_children("Hcal", ["DigiTask"], [element])
    console.wait(0)
    console.press(Qt.Key.Key_Down)
    console.press(Qt.Key.Key_Down)
    console.press(Qt.Key.Key_Return)
    # a layout has it: it comes with its title and verdict
    assert console.says("Page") == f"{HCAL} › {DIGIS} › Trigger tower turn-on"


def test_a_silent_engine_is_said_everywhere_and_forgotten_when_it_is_back(
    console: Console,
) -> None:
    """Within seconds every tile says how old it is, and so does the notice bar."""
    go_to_digis(console)
    assert console.says("Notice") == "BAD: Hcal 1 plot (N shows the next)"
    console.client.put_engine("silent", "no word from the engine", 3.0)
    console.wait(1)
    assert "Engine silent for 3 s" in console.says("Notice")
    for tile in console.tiles():
        assert tile.status() in (Status.STALE, Status.LOW_STATISTICS)
    assert "STALE" in console.says("Selected plot")
    # nothing green is left in the navigator either
    for item in (console.item("Pages", HCAL), console.item("Pages", "Info")):
        assert "\nno fresh verdict" in item.toolTip(0)
    console.client.put_engine("restarting", "it is started again", 12.0)
    console.wait(9)
    assert "Engine silent for 12 s" in console.says("Notice")
    assert console.says("Engine") == "silent 12 s, restarting"
    assert console.says("Live or paused").startswith("STALE since ")
    console.client.put_engine("live", "", 0.2)
    console.wait(1)
    assert console.says("Notice") == "BAD: Hcal 1 plot (N shows the next)"
    assert console.says("Engine") == "live 0.2 s ago"
    assert console.says("Live or paused") == "LIVE"
    assert [tile.status() for tile in console.tiles()] == [
        Status.BAD,
        Status.GOOD,
        Status.GOOD,
        Status.WARNING,
        Status.LOW_STATISTICS,
    ]
    assert console.item("Pages", "Info").toolTip(0).startswith("Info\nGOOD")


def test_a_reloaded_site_leaves_the_shifter_where_he_was(console: Console) -> None:
    """Page and selection live by their names; a page that is gone gives way."""
    go_to_digis(console)
    console.press(Qt.Key.Key_Down)
    console.press(Qt.Key.Key_Right)
    layout = hcal()
    digis = layout.pages[1]
    more = msgspec.structs.replace(
        digis, plots=(Plot("Hcal/New", "A new one"), *digis.plots)
    )
    changed = msgspec.structs.replace(layout, pages=(more, layout.pages[2]))
    console.client.put_site(site([changed], hash="b2"))
    console.wait(0)
    assert console.says("Page") == f"{HCAL} › {DIGIS}"
    assert console.says("Title of the selected plot") == "Pulse time, HE"
    assert len(console.tiles()) == 6
    gone = msgspec.structs.replace(layout, pages=(layout.pages[2],))
    console.client.put_site(site([gone], hash="c3"))
    console.wait(0)
    assert console.says("Page") == f"{HCAL} › Timing"


def test_a_run_change_keeps_page_and_selection(console: Console) -> None:
    """The next run's pictures come into the same tiles."""
    go_to_digis(console)
    console.press(Qt.Key.Key_Down)
    console.press(Qt.Key.Key_Right)
    ended = tile_of(
        TIME, curve("HE"), banner=f"RUN {RUN} ENDED, waiting for the final file"
    )
    console.client.put_tile(ended)
    console.wait(1)
    assert f"RUN {RUN} ENDED" in console.says("Selected plot")
    console.client.put_run(run_info(RUN + 1, 1))
    console.client.put_tile(tile_of(TIME, curve("HE"), run=RUN + 1))
    console.wait(1)
    assert console.says("Run") == str(RUN + 1)
    assert console.says("Lumisection") == "1"
    assert console.focus() == "Pulse time, HE"
    assert console.says("Title of the selected plot") == "Pulse time, HE"
    assert "ENDED" not in console.says("Selected plot")


def test_n_goes_to_what_is_bad_first(console: Console) -> None:
    """N leads from anywhere to the BAD plot, then on to the WARNING, and round."""
    assert console.says("Page") == "Info › Summary"
    console.press("N")
    assert console.focus() == "Occupancy, depth 1"
    console.press("N")
    assert console.focus() == "Pulse time, HE"
    console.press("N")
    assert console.focus() == "Occupancy, depth 1"


def test_problems_are_listed_with_their_places(console: Console) -> None:
    """Nothing pops up; the bar says there is something, F8 lists it."""
    problem = Problem(
        "unknown key 'colums', did you mean 'columns'?", "layouts/hcal.yaml", 12, 5
    )
    console.client.put_problems("layout", (problem,))
    notice = NoticeFact("disk", "the disk of the recorder is full", "warning")
    console.client.put_notice(notice)
    console.wait(0)
    assert console.says("Notice") == "the disk of the recorder is full"
    assert QApplication.activeModalWidget() is None
    console.press(Qt.Key.Key_F8)
    assert console.focus() == "Problems"
    assert (
        console.item("Problems", str(problem))
        .text(0)
        .startswith("layouts/hcal.yaml:12:5: unknown key")
    )
    assert console.item("Problems", "the disk of the recorder is full")
    console.client.put_notice(NoticeFact("disk", "all is lost", "bad"))
    console.wait(0)
    assert console.says("Notice") == "all is lost"


def test_a_recent_source_is_opened_from_the_welcome_page(
    qtbot: QtBot,  # noqa: ARG001 - it brings the application
    tmp_path: Path,
) -> None:
    """Nothing open: the list of what was open before has the keyboard."""
    file = tmp_path / "console.ini"
    file.write_text("[recent]\ncount=1\n0=/data/dqm\n")
    client = FakeSession(source="")
    console = Console(client, file)
    assert console.focus() == "Recent sources"
    assert not console.sees(QWidget, "Live or paused")
    console.press(Qt.Key.Key_Return)
    assert client.opened == ["/data/dqm"]
    assert console.says("Welcome") == "Opening /data/dqm …"
    assert not console.sees(QListWidget, "Recent sources")
    trouble = Problem("no such folder", "/data/dqm", kind="source")
    client.put_problems("source", (trouble,))
    console.wait(1)
    assert "/data/dqm: no such folder" in console.says("Welcome")
    client.put_site(site())
    console.wait(0)
    assert console.focus() == "Overview"
    console.press("]")
    assert console.says("Page") == "Info › Summary"
    assert re.search("6 plots", console.says("Page summary"))
    console.close()
    assert client.closed == 1


def test_a_plot_goes_to_the_clipboard(console: Console) -> None:
    """Ctrl+Shift+C copies the page, with a line of run and time beneath it."""
    go_to_digis(console)
    QApplication.clipboard().clear()
    console.press("C", CTRL | Qt.KeyboardModifier.ShiftModifier)
    image = QApplication.clipboard().image()
    page = console.window.parts.view.grid.drawn()
    assert image.width() >= page.width()
    assert image.height() > page.height()
    assert console.says("Answer") == "Picture of the page copied."
    assert isinstance(console.tiles()[0], PlotTile)


def test_the_palette_leaves_the_selected_plot(console: Console) -> None:
    go_to_digis(console)
    console.press(Qt.Key.Key_Right)
    view = console.window.parts.view
    before = view.selected
    assert before is not None
    assert before.key != view.grid.tiles[0].key
    console.window.parts.docks["panel"].widget().setFocus()
    console.press("k", CTRL)
    console.press(Qt.Key.Key_Escape)
    assert view.selected == before
