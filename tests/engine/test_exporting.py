"""Plots written as CSV, ROOT and UHI JSON, with all bins and the scaled reference."""

from __future__ import annotations

import csv
import itertools
import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from support import plots

from dqmconsole.engine import exporting as exporting_module
from dqmconsole.engine.exporting import exporting, scaled, uhi_json
from dqmconsole.engine.jobs import Jobs
from dqmconsole.model.frame import Picture, RunBeside, Tile
from dqmconsole.model.histogram import Axis, Histogram
from dqmconsole.model.message import Export, Exported, Receipt
from dqmconsole.model.pieces import ended
from dqmconsole.model.reference import ReferenceNote
from dqmconsole.model.verdict import Status, Verdict
from dqmconsole.rootio.file import RootFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.model.message import ExportForm, Up

AXIS = Axis(3, 0.0, 3.0, labels=("HB", "HE", "HF"))
DATA = Histogram("h", "A title", "TH1F", (AXIS,), np.arange(5.0))
REFERENCE = Histogram("h", "A title", "TH1I", (AXIS,), np.arange(5) * 10)


def tile(data: Histogram | None = DATA) -> Tile:
    picture = Picture(data=data, reference=REFERENCE, reference_is_new=True)
    note = ReferenceNote(scale=0.1)
    return Tile("A/h", "A/h", 1, 1, Verdict(Status.GOOD, ""), note, picture)


def export(form: ExportForm, target: Path, shown: Tile | None = None) -> Up:
    request = Export(7, "A/h", "A/h", form, str(target))
    return ended(exporting(request, lambda: shown or tile()))


def test_a_table_has_flow_bins_labels_errors_and_the_reference(tmp_path: Path) -> None:
    answer = export("csv", tmp_path / "h.csv")
    assert answer == Exported(7, str(tmp_path / "h.csv"), answer.size)  # type: ignore[union-attr] # else unequal
    head, *rows = csv.reader((tmp_path / "h.csv").read_text().splitlines())
    assert head[:5] == ["x_low", "x_high", "x_label", "value", "error"]
    assert rows[0][:4] == ["-inf", "0.0", "underflow", "0.0"]
    assert rows[2][:4] == ["1.0", "2.0", "HE", "2.0"]
    assert float(rows[2][head.index("reference")]) == pytest.approx(2.0)
    error = float(rows[2][head.index("reference_error")])
    assert error == pytest.approx(np.sqrt(20) * 0.1)
    assert len(rows) == 5


def test_text_for_a_spreadsheet_is_the_table_with_tabs(tmp_path: Path) -> None:
    export("csv", tmp_path / "h.csv")
    answer = export("text", tmp_path / "not written")
    assert isinstance(answer, Exported)
    assert (answer.path, answer.size) == ("", len(answer.text))
    written = [*csv.reader((tmp_path / "h.csv").read_text().splitlines())]
    assert [*csv.reader(answer.text.splitlines(), delimiter="\t")] == written
    assert [each.name for each in tmp_path.iterdir()] == ["h.csv"]


def test_more_than_a_spreadsheet_takes_is_not_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dqmconsole.engine.exporting.MOST_COPIED", 4)
    answer = export("text", tmp_path / "h")
    assert isinstance(answer, Receipt)
    words = "5 bins; at most 4 are copied: export them to a file"
    assert answer == Receipt(7, False, words)


def test_json_is_what_uhi_reads(tmp_path: Path) -> None:
    export("uhi", tmp_path / "h.json")
    found = json.loads((tmp_path / "h.json").read_text())
    assert set(found) == {"h", "h_reference"}
    assert found["h"]["uhi_schema"] == 1


def test_a_root_file_has_data_and_scaled_reference(tmp_path: Path) -> None:
    assert isinstance(export("root", tmp_path / "h.root"), Exported)
    with RootFile(tmp_path / "h.root") as file:
        keys = dict(file.walk(file.root))["A"].objects
        found = {name: file.read(key) for name, key in keys.items()}
    assert {*found} == {"h", "h_reference"}
    data, scaled = found["h"], found["h_reference"]
    assert isinstance(data, Histogram)
    assert isinstance(scaled, Histogram)
    np.testing.assert_array_equal(data.contents, DATA.contents)
    assert data.axes[0].labels == AXIS.labels
    assert scaled.root_class == "TH1D"
    assert scaled.contents == pytest.approx(REFERENCE.contents * 0.1)


def test_runs_that_are_drawn_beside_are_written_too(tmp_path: Path) -> None:
    shown = tile()
    beside = [
        RunBeside(ReferenceNote(run=5, scale=0.5), REFERENCE),
        RunBeside(ReferenceNote(run=6, sentence="binning differs in x")),
        RunBeside(ReferenceNote(origin="/a/good run.root", scale=2.0), REFERENCE),
    ]
    assert shown.picture is not None
    picture = msgspec.structs.replace(shown.picture, beside=tuple(beside))
    shown = msgspec.structs.replace(shown, picture=picture)
    export("csv", tmp_path / "h.csv", shown)
    head, *rows = csv.reader((tmp_path / "h.csv").read_text().splitlines())
    names = ("reference", "run_5", "file_3")
    assert head[5:] == [f"{each}{of}" for each in names for of in ("", "_error")]
    assert [float(rows[2][head.index(each)]) for each in names] == [2.0, 10.0, 40.0]
    copied = export("text", tmp_path, shown)
    assert isinstance(copied, Exported)
    assert copied.text.splitlines()[0].split("\t") == head
    export("uhi", tmp_path / "h.json", shown)
    histograms = {"h", *(f"h_{each}" for each in names)}
    assert set(json.loads((tmp_path / "h.json").read_text())) == histograms
    export("root", tmp_path / "h.root", shown)
    with RootFile(tmp_path / "h.root") as file:
        keys = dict(file.walk(file.root))["A"].objects
        assert set(keys) == histograms
        five = file.read(keys["h_run_5"])
    assert isinstance(five, Histogram)
    assert five.contents == pytest.approx(REFERENCE.contents * 0.5)


def test_means_of_a_reference_are_written_as_they_are() -> None:
    means = plots.profile([1.0, 2.0])
    found = scaled(means, 0.1, "reference")
    assert found.name == "p_reference"
    np.testing.assert_array_equal(found.values(), means.values())
    assert found.root_class == "TProfile"


@pytest.mark.parametrize("form", ["csv", "uhi"])
def test_more_bins_than_a_text_should_have_are_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: ExportForm
) -> None:
    monkeypatch.setattr(exporting_module, "MOST_ROWS", 4)
    words = "not exported: 5 bins; at most 4 are written as text: take the ROOT file"
    assert export(form, tmp_path / "h") == Receipt(7, False, words)
    assert [*tmp_path.iterdir()] == []
    assert isinstance(export("root", tmp_path / "h.root"), Exported)


@pytest.mark.parametrize("form", ["csv", "root", "uhi"])
def test_what_cannot_be_written_is_said_and_leaves_nothing(
    form: ExportForm, tmp_path: Path
) -> None:
    answer = export(form, tmp_path / "none" / "h")
    assert isinstance(answer, Receipt)
    assert not answer.done
    assert "No such file" in answer.sentence
    answer = export(form, tmp_path / "h", tile(None))
    assert isinstance(answer, Receipt)
    assert "no bins" in answer.sentence
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["n" * 300, "h/h.csv", "\0", "\ud800"])
def test_a_place_where_no_file_can_be_is_said(name: str, tmp_path: Path) -> None:
    (tmp_path / "h").write_text("as it was")
    answer = export("csv", tmp_path / name)
    assert isinstance(answer, Receipt)
    assert answer.sentence.startswith("not exported")
    assert [each.read_text() for each in tmp_path.iterdir()] == ["as it was"]


def test_no_folder_is_a_file() -> None:
    assert isinstance(export("csv", Path("/")), Receipt)


def test_what_is_given_up_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "h.csv"
    target.write_text("as it was")
    endless = itertools.repeat(b"x")
    monkeypatch.setattr("dqmconsole.engine.exporting._pieces", lambda *_: endless)
    work = exporting(Export(7, "A/h", "A/h", "csv", str(target)), tile)
    while len(list(tmp_path.iterdir())) < 2:
        next(work)
    next(work)
    work.close()
    assert [each.read_text() for each in tmp_path.iterdir()] == ["as it was"]


def test_what_is_given_up_is_gone_before_its_thread_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, never = threading.Event(), threading.Event()
    left: list[Path] = []

    def slow(*_: object) -> Iterator[bytes]:
        begun.set()
        for _attempt in range(1000):
            left[:] = tmp_path.iterdir()
            if not left:
                break
            never.wait(0.01)
        yield b"x"

    monkeypatch.setattr("dqmconsole.engine.exporting._pieces", slow)
    work = exporting(Export(7, "A/h", "A/h", "csv", str(tmp_path / "h.csv")), tile)
    while not begun.is_set():
        next(work)
    work.close()
    assert left == []


@pytest.mark.parametrize("form", ["csv", "root", "uhi"])
def test_the_loop_goes_on_while_a_file_is_written(
    form: ExportForm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pieces, looked_at = exporting_module._pieces, threading.Event()

    def held(*asked: object) -> Iterator[bytes]:
        looked_at.wait()  # nothing is written before the loop has had its turns
        yield from pieces(*asked)  # type: ignore[arg-type] # as they were given

    monkeypatch.setattr(exporting_module, "_pieces", held)
    work = exporting(Export(7, "A/h", "A/h", form, str(tmp_path / "h")), tile)
    for _ in range(3):
        next(work)
    looked_at.set()
    jobs = Jobs()
    jobs.add(work)
    answers: list[Up] = []
    while not answers:
        answers = jobs.work(0.0)
    assert isinstance(answers[0], Exported)


def test_json_of_many_bins_is_written_in_pieces_and_read_as_one() -> None:
    axes = (Axis(1500, 0.0, 1.0), Axis(2, 0.0, 1.0))
    contents = np.arange(1502.0 * 4).reshape(1502, 4)
    flat = Histogram("map", "", "TH2D", axes, contents)
    long = Histogram("long", "", "TH1D", axes[:1], np.arange(1502.0))
    pieces = list(uhi_json(flat, long))
    assert max(map(len, pieces)) < 5000
    found = json.loads("".join(pieces))
    for made in (flat, long):
        kept = made._to_uhi_()
        for key, numbers in kept["storage"].items():
            told = found[made.name]["storage"][key]
            assert told == (
                numbers.tolist() if isinstance(numbers, np.ndarray) else numbers
            )


def test_a_scale_whose_square_is_no_number_is_written() -> None:
    made = msgspec.structs.replace(REFERENCE, sums=(1.0, 1.0, 1.0, 1.0))
    assert scaled(made, 1e200, "reference").sums == (1e200, np.inf, 1e200, 1e200)
