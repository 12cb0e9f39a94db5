"""Pictures of what is seen: PNG, PDF and SVG, the clipboard, paper."""

from __future__ import annotations

import errno
import os
import re
import zlib
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QFileDialog, QWidget
from support.consoles import Console
from support.fake_session import CHARGE, DEPTH1, DIGIS, HCAL, TIME, live_session
from support.keyboard import CTRL, SHIFT

from dqmconsole.model.message import TRAINING, Exported
from dqmconsole.shift.client import Changes
from dqmconsole.shift.pages import PageName
from dqmconsole.ui import commands, printing
from dqmconsole.ui.pictures import (
    Picture,
    PictureError,
    Taken,
    caption,
    take,
    write_picture,
)
from dqmconsole.ui.plot.drawing import ShownRange
from dqmconsole.ui.theme import DARK, LIGHT, PAPER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from dqmconsole.ui.plot.tile import PlotTile
    from dqmconsole.ui.theme import Theme

pytestmark = pytest.mark.slow

SVG = "{http://www.w3.org/2000/svg}"
PAGE = PageName(HCAL, DIGIS)


def opened(tmp_path: Path, theme: Theme = LIGHT) -> Console:
    console = Console(live_session(), tmp_path / "console.ini", theme=theme)
    console.window.parts.view.select_plot(CHARGE)
    console.wait(0)
    return console


@pytest.fixture
def console(qtbot: QtBot, tmp_path: Path) -> Iterator[Console]:  # noqa: ARG001 - Qt
    console = opened(tmp_path)
    yield console
    console.close()


@pytest.fixture
def dark_console(
    qtbot: QtBot,  # noqa: ARG001 - it brings the application
    tmp_path: Path,
) -> Iterator[Console]:
    console = opened(tmp_path, DARK)
    yield console
    console.close()


def taken(console: Console) -> Taken:
    view = console.window.parts.view
    return take(view.picture, console.window.context.colours)


def streams(pdf: bytes) -> bytes:
    """All streams of a PDF that are deflated, inflated."""
    found = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    plain = []
    for each in found:
        try:
            plain.append(zlib.decompress(each))
        except zlib.error:
            plain.append(each)
    return b"\n".join(plain)


def words_of(svg: bytes) -> list[str]:
    return [each.text or "" for each in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def colour(image: QImage, x: int, y: int) -> str:
    return image.pixelColor(x, y).name().upper()


def test_a_pdf_has_letters_and_lines(console: Console, tmp_path: Path) -> None:
    path = write_picture(taken(console), str(tmp_path / "page.pdf"))
    pdf = (tmp_path / "page.pdf").read_bytes()
    assert path == str(tmp_path / "page.pdf")
    assert pdf.startswith(b"%PDF-")
    assert b"/FontFile2" in pdf
    drawn = streams(pdf)
    assert len(re.findall(rb"\bTj\b|\bTJ\b", drawn)) > 40
    assert len(re.findall(rb"\bl\b", drawn)) > 200
    assert pdf.count(b"/DCTDecode") == 0  # cells of maps keep their colours
    maps = 2
    assert pdf.count(b"/Subtype /Image") <= 2 * maps + 2 * 5  # and bars, marks


def test_an_svg_has_letters_and_lines(console: Console, tmp_path: Path) -> None:
    write_picture(taken(console), str(tmp_path / "page.SVG"))
    svg = (tmp_path / "page.SVG").read_bytes()
    words = words_of(svg)
    assert f"{HCAL} › {DIGIS}" in words
    assert {"Digi charge, HB", "Pulse time, HE", "entries"} <= set(words)
    assert words[-1].startswith("run 398214 · LS 417 · ")
    root = ElementTree.fromstring(svg)
    lines = [*root.iter(f"{SVG}polyline"), *root.iter(f"{SVG}path")]
    assert len(lines) > 50
    for text in root.iter(f"{SVG}text"):
        if (text.text or "").strip():
            assert float(text.attrib["textLength"]) > 0
            assert text.attrib["font-family"].endswith(", sans-serif")


def test_what_lies_outside_an_axis_is_clipped_and_the_axis_is_there(
    console: Console,
) -> None:
    """Qt's SVG takes no clip back by itself."""
    tile = console.window.parts.view.selected_tile()
    assert tile is not None
    (pane, *_) = tile.canvas.panes
    tile.canvas._choose(ShownRange(None, pane.y.scale.part(0.2, 0.6)))
    svg = taken(console).svg
    root = ElementTree.fromstring(svg)
    boxes = {
        each.attrib["id"]: each[0].attrib["d"] for each in root.iter(f"{SVG}clipPath")
    }
    inside = {boxes[name] for name in re.findall(rb"url\(#(\w+)\)", svg) and boxes}
    assert len(inside) > 5
    assert {"150", "200", "350", "TS"} <= set(words_of(svg))
    last = svg.decode().rfind("run 398214")
    clip = re.findall(r"clip-path=\"url\(#(\w+)\)", svg.decode()[:last])[-1]
    width = taken(console).image.width()
    assert f"L{width},0" in boxes[clip]  # the words beneath are in no tile's clip


def near(one: QImage, other: QImage) -> float:
    """Share of pixels that are the same."""
    assert other.size() == one.size()
    first, second = (
        np.frombuffer(each.constBits(), np.uint32) & 0xFFFFFF for each in (one, other)
    )
    return float((first == second).mean())


@pytest.mark.parametrize("key", [DEPTH1, CHARGE, TIME])
def test_a_tile_is_drawn_as_it_is_seen(console: Console, key: str) -> None:
    tile: PlotTile | None = console.window.parts.view.grid.tile(key)
    assert tile is not None
    tile.set_selected(False)
    seen = tile.picture().convertToFormat(QImage.Format.Format_RGB32)
    drawn = QImage(seen.size(), QImage.Format.Format_RGB32)
    painter = QPainter(drawn)
    tile.draw(painter)
    painter.end()
    assert near(seen, drawn) > 0.998  # all but the mark, which is finer


def test_paper_is_light_and_pixels_are_as_seen(dark_console: Console) -> None:
    found = taken(dark_console)
    assert colour(found.image, 1, 1) == DARK.ground
    assert DARK.ground.lower() in found.svg.decode()
    assert b"1 1 1 scn" in streams(found.pdf)
    assert dark_console.window.context.theme is DARK
    tile = dark_console.window.parts.view.grid.tiles[0]
    assert colour(tile.picture(), 20, tile.height() - 8) == DARK.tile


def test_on_paper_nothing_of_a_plot_has_the_colours_of_the_screen(
    dark_console: Console,
) -> None:
    window = dark_console.window
    window.parts.view.open_plot(DEPTH1)
    dark_console.wait(0)
    dark_console.press("q")
    dark_console.press("j")
    style, colours = window.styleSheet(), window.context.colours
    ours = {DARK.ink, DARK.muted, DARK.tile, DARK.ground}
    with colours.lent(PAPER):
        svg = window.parts.view.picture().svg().decode().upper()
        assert window.styleSheet() == style  # the window stays as it is
    assert PAPER.ink in svg
    assert [each for each in ours if each.upper() in svg] == []
    svg = window.parts.view.picture().svg().decode().upper()
    assert DARK.ink in svg
    assert PAPER.ink not in svg


@pytest.mark.parametrize("ending", ["png", "pdf", "svg", "jpg"])
def test_the_form_is_that_of_the_name(
    console: Console, tmp_path: Path, ending: str
) -> None:
    heads = {"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml", "jpg": b"\xff\xd8"}
    target = tmp_path / f"page.{ending}"
    write_picture(taken(console), str(target))
    assert target.read_bytes().startswith(heads[ending])
    assert [each.name for each in tmp_path.glob("page*")] == [target.name]


def test_a_picture_that_cannot_be_written_says_why_and_leaves_what_was(
    console: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = taken(console)
    with pytest.raises(PictureError, match=r"no/x\.png: .*No such file or directory"):
        write_picture(found, str(tmp_path / "no" / "x.png"))
    with pytest.raises(PictureError, match=r"x\.doc: that is no kind of picture"):
        write_picture(found, str(tmp_path / "x.doc"))
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(PictureError, match=r"folder\.png: .*Is a directory"):
        write_picture(found, str(tmp_path / "folder.png"))
    target = tmp_path / "kept.pdf"
    target.write_bytes(b"before")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(PictureError, match="No space left on device"):
        write_picture(found, str(target))
    assert target.read_bytes() == b"before"
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "console.ini", "folder.png", "kept.pdf",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["", "/", "n" * 300, "\0", "\ud800"])
def test_a_name_that_no_file_can_have_is_said(name: str, tmp_path: Path) -> None:
    some = Taken(QImage(4, 4, QImage.Format.Format_RGB32), b"svg", b"pdf")
    path = str(tmp_path / f"{name}.pdf") if name.strip("/") else name
    with pytest.raises(PictureError):
        write_picture(some, path)
    assert list(tmp_path.iterdir()) == []


def test_the_page_is_saved_as_it_was_when_the_name_was_asked_for(
    console: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = console.window.parts.view
    names = []

    def ask(_parent: object, name: str, ending: str, folder: str) -> str:
        names.append((name, ending, folder))
        view.turn_to(next(each for each in view.pages.names if each != PAGE))
        return str(tmp_path / "page.svg")

    monkeypatch.setattr(commands, "ask_target", ask)
    console.press("s", CTRL)
    assert names == [("run398214_LS417_Hcal_Digi_occupancy", "png", "")]
    assert f"{HCAL} › {DIGIS}" in words_of((tmp_path / "page.svg").read_bytes())
    assert console.says("Answer") == f"Picture written: {tmp_path / 'page.svg'}"
    monkeypatch.setattr(commands, "ask_target", lambda *_: str(tmp_path / "a" / "b"))
    console.press("s", CTRL)
    assert "could not be written" in console.says("Answer")
    assert console.window.context.settings.folder == str(tmp_path)


def test_the_dialog_begins_where_something_was_written_last(
    console: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = []

    def accept(dialog: QFileDialog) -> int:
        begun.append(Path(dialog.directory().absolutePath()))
        dialog.selectFile(str(tmp_path / "page.png"))
        return int(QFileDialog.DialogCode.Accepted)

    monkeypatch.setattr(QFileDialog, "exec", accept)
    console.press("s", CTRL)
    console.press("s", CTRL)
    assert begun == [Path.cwd(), tmp_path]
    asked = []

    def ask(_parent: object, _title: str, name: str, _kinds: str) -> tuple[str, str]:
        asked.append(name)
        return str(tmp_path / "numbers" / "a.csv"), "CSV (*.csv)"

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    (tmp_path / "numbers").mkdir()
    console.window.parts.view.select_plot(CHARGE)
    console.press("e", CTRL | SHIFT)
    assert Path(asked[0]).parent == tmp_path
    assert console.window.context.settings.folder == str(tmp_path / "numbers")
    (tmp_path / "numbers").rmdir()
    assert console.window.context.settings.folder == ""


def test_the_picture_of_a_plot_says_verdict_reference_and_moment(
    console: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "ask_target", lambda *_: str(tmp_path / "plot.svg"))
    console.press("s", CTRL | SHIFT)
    words = " ".join(words_of((tmp_path / "plot.svg").read_bytes()))
    assert f"{HCAL} › {DIGIS} › Digi charge, HB" in words
    assert "GOOD: like the reference: chi2 p = 0.41" in words
    assert words.count("ref 397951 × events · LS 1–417") == 2
    assert "run 398214 · LS 417" in words


def test_of_simulated_data_a_picture_says_so_and_names_no_file() -> None:
    for banner in ("DEMO", TRAINING):
        client = live_session()
        client.banner = banner
        words = caption(client, 0.0)
        assert words.startswith(f"{banner} · run 398214 · LS 417 · 1970-01-01 ")
        assert words.endswith(" UTC · simulated")
    client.moment = 5.0
    assert caption(client, 0.0).endswith(" UTC · kept evidence")
    words = caption(client, 0.0, played=True)
    assert words.endswith("recorded, for training: faults may have been put into it")
    assert "simulated" not in words
    client = live_session()
    assert caption(client, 0.0).endswith(f" UTC · {client.source}")


def test_a_long_path_beneath_a_picture_is_broken_and_not_cut_off(
    console: Console,
) -> None:
    drawn = console.window.parts.view.selected_tile()
    assert drawn is not None
    path = "/".join(["398214"] * 120)  # Qt by itself breaks before no digit
    svg = Picture(drawn, LIGHT, words=(path,)).svg()
    lines = [each for each in words_of(svg) if "398214" in each]
    assert len(lines) > 2
    assert "".join(lines).replace("\u200b", "") == path


def test_numbers_read_off_are_in_the_picture(console: Console) -> None:
    console.window.parts.view.open_plot(CHARGE)
    console.wait(0)
    console.press("J")
    words = {each.strip("\xa0") for each in words_of(taken(console).svg)}
    assert {"integral", "RMS", "reference"} <= words


def test_a_projection_is_in_the_picture(console: Console) -> None:
    console.window.parts.view.open_plot(DEPTH1)
    console.wait(0)
    before = len(words_of(taken(console).svg))
    console.press("q")
    words = words_of(taken(console).svg)
    assert "Projection on iη of all iφ" in "".join(words)
    assert len(words) > before + 10  # its axes have numbers


def test_the_overview_is_a_picture_too(console: Console) -> None:
    console.window.parts.view.show_overview()
    console.wait(0)
    words = words_of(taken(console).svg)
    assert {"The run so far", "Hcal", "lumisection"} <= set(words)


@pytest.mark.parametrize("ending", ["png", "pdf", "svg"])
def test_the_dialog_gives_the_ending_of_the_kind_chosen(
    console: Console, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    """The name is without one, so that the kind decides."""

    def accept(dialog: QFileDialog) -> int:
        assert "(*.pdf)" in " ".join(dialog.nameFilters())
        kind = next(each for each in dialog.nameFilters() if f"*.{ending}" in each)
        dialog.selectNameFilter(kind)
        dialog.filterSelected.emit(kind)
        dialog.selectFile("run1_Hcal")
        return int(QFileDialog.DialogCode.Accepted)

    monkeypatch.setattr(QFileDialog, "exec", accept)
    found = commands.ask_target(console.window, "run1_Hcal")
    assert found.endswith(f"/run1_Hcal.{ending}")
    monkeypatch.setattr(QFileDialog, "exec", lambda _dialog: 0)
    assert commands.ask_target(console.window, "run1_Hcal") == ""


def test_a_picture_is_copied(console: Console) -> None:
    console.press("c", CTRL | SHIFT)
    image = QGuiApplication.clipboard().image()
    assert image.size() == taken(console).image.size()
    assert console.says("Answer") == "Picture of the page copied."


def test_numbers_are_copied_for_a_spreadsheet(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    view, client = console.window.parts.view, console.client
    asked: list[tuple[object, ...]] = []

    def export(*arguments: object) -> int:
        asked.append(arguments)
        return 7

    monkeypatch.setattr(client, "export", export)
    commands.copy_numbers(console.window.parts)
    place = view.selected
    assert place is not None
    assert asked == [(CHARGE, place.plot.path, "text", "")]
    table = "x_low\tx_high\tvalue\n0.0\t1.0\t5.0\n"
    view.look(Changes(exports=(Exported(7, "", len(table), table),)))
    assert QGuiApplication.clipboard().text() == table
    assert console.says("Answer") == "Numbers copied: 1 bin, for a spreadsheet."


def test_without_a_printer_a_pdf_is_offered(
    console: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "has_printer", lambda: False)
    asked = []

    def ask(_parent: object, name: str, ending: str, _folder: str) -> str:
        asked.append((ending, console.says("Answer")))
        return str(tmp_path / f"{name}.{ending}")

    monkeypatch.setattr(commands, "ask_target", ask)
    console.press("p", CTRL)
    said = "This machine has no printer: save a PDF and print it there."
    assert asked == [("pdf", said)]
    (pdf,) = tmp_path.glob("*.pdf")
    assert pdf.read_bytes().startswith(b"%PDF")


def paper(path: Path) -> QPrinter:
    """A printer that prints to a PDF."""
    printer = QPrinter(QPrinter.PrinterMode.ScreenResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(path))
    return printer


def test_a_page_is_printed_on_white_and_fits_the_paper(
    dark_console: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "has_printer", lambda: True)
    monkeypatch.setattr(printing, "ask_printer", lambda *_: paper(tmp_path / "p.pdf"))
    dark_console.press("p", CTRL)
    pdf = (tmp_path / "p.pdf").read_bytes()
    assert pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") == 1
    drawn = streams(pdf)
    assert len(re.findall(rb"\bTj\b|\bTJ\b", drawn)) > 40
    assert b"1 1 1 scn" in drawn
    assert dark_console.says("Answer") == f"Sent to {tmp_path / 'p.pdf'}."
    assert dark_console.window.context.theme is DARK


class Sized:
    """Something of a size that notes where on a device it is drawn."""

    def __init__(self, width: int, height: int) -> None:
        self.size = QRectF(0, 0, width, height)
        self.place = self.room = QRectF()

    def width(self) -> int:
        return round(self.size.width())

    def height(self) -> int:
        return round(self.size.height())

    def draw(self, painter: QPainter) -> None:
        self.place = painter.combinedTransform().mapRect(self.size)
        self.room = QRectF(painter.viewport())


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize(("width", "height"), [(4000, 300), (300, 4000), (30, 40)])
def test_what_is_printed_is_as_large_as_the_paper_allows(
    tmp_path: Path, width: int, height: int
) -> None:
    drawn = Sized(width, height)
    assert Picture(drawn, LIGHT).print_on(paper(tmp_path / "p.pdf"))
    place, room = drawn.place, drawn.room
    assert room.contains(place)
    share = max(place.width() / room.width(), place.height() / room.height())
    assert share > 0.4


@pytest.mark.qt_log_ignore("QPainter::begin")  # Qt's own word on it
def test_a_printer_that_takes_nothing_is_said(
    console: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "has_printer", lambda: True)
    nowhere = tmp_path / "no" / "p.pdf"
    monkeypatch.setattr(printing, "ask_printer", lambda *_: paper(nowhere))
    console.press("p", CTRL)
    assert console.says("Answer") == f"Not printed: {nowhere} takes nothing now."


def test_nobody_chose_a_printer(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "has_printer", lambda: True)
    monkeypatch.setattr(printing, "ask_printer", lambda *_: None)
    console.press("p", CTRL)
    assert not console.sees(QWidget, "Answer")
