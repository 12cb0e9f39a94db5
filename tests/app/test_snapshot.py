from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest
from live_folder import LAYOUT, SITE, write_snapshot
from support.recorded_runs import curve

from dqmconsole.app.commands import snapshot
from dqmconsole.app.commands.snapshot import take_snapshot
from dqmconsole.app.options import page_named, recordings
from dqmconsole.model.histogram import Scalar
from dqmconsole.model.layout import Layout, Page, Plot
from dqmconsole.model.run import Conditions
from dqmconsole.model.run_quality import RunQuality
from dqmconsole.recording.recorder import Item, Recorder, Update
from dqmconsole.recording.run_file import recorded_runs, source_folder
from dqmconsole.rootio.write import write_dqm, write_root

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

LAYOUTS = tuple(
    Layout(name, tuple(Page(page, (Plot("a/b"),)) for page in ("Summary", "Timing")))
    for name in ("Ecal", "Hcal")
)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Hcal/Timin", "did you mean 'Hcal/Timing'?"),
        ("Hcla/Timing", "did you mean 'Hcal/Timing'?"),
        ("hcal", "the pages of Hcal are Summary, Timing"),
        ("Hcal/Other", "the pages of Hcal are Summary, Timing"),
        ("Nothing/x", "its layouts are Ecal, Hcal"),
    ],
)
def test_a_page_that_is_not_there_names_those_that_are(name: str, words: str) -> None:
    found = page_named(LAYOUTS, name)
    assert isinstance(found, str)
    assert found.endswith(words)


def test_case_does_not_matter() -> None:
    assert page_named(LAYOUTS, "hcal/TIMING") == (LAYOUTS[1], LAYOUTS[1].pages[1])


def test_a_file_that_cannot_be_read_is_said_at_once(tmp_path: Path) -> None:
    whole = write_snapshot(tmp_path, 7, 1, 1)
    cut = tmp_path / "cut.root"
    cut.write_bytes(whole.read_bytes()[:900])
    site = tmp_path / "site" / "layouts"
    site.mkdir(parents=True)
    (site / "site.yaml").write_text(SITE)
    (site / "Hcal.yaml").write_text(LAYOUT)
    out = tmp_path / "page.png"
    said = take_snapshot(str(cut), "Hcal/Occupancy", out, site=str(site.parent))
    assert said.startswith(f"{cut}: cut short")


@pytest.mark.parametrize("ending", ["png", "pdf", "svg"])
def test_a_page_longer_than_the_window_is_saved_whole(
    tmp_path: Path, ending: str
) -> None:
    layouts = tmp_path / "site" / "layouts"
    layouts.mkdir(parents=True)
    (layouts / "site.yaml").write_text(SITE)
    spans = "".join(
        f"      - {{path: Hcal/Digi/{name}, span: [1, 4]}}\n"
        for name in ("occupancy", "charge")
    )
    (layouts / "Hcal.yaml").write_text(
        f"layout: Hcal\npages:\n  - page: Long\n    columns: 1\n    plots:\n{spans}"
    )
    data = tmp_path / "data"
    data.mkdir()
    write_snapshot(data, 398214, 1, time.time())
    out = tmp_path / f"page.{ending}"
    trouble = take_snapshot(
        str(data), "Hcal/Long", out, site=str(tmp_path / "site"), size=(800, 300)
    )
    assert trouble == ""
    heads = {"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml"}
    assert out.read_bytes().startswith(heads[ending])


def test_a_page_of_a_source_without_a_site(tmp_path: Path) -> None:
    file, out = tmp_path / "beam.root", tmp_path / "page.png"
    write_root(file, {"hodo": [curve(1, 50)]})
    assert take_snapshot(str(file), "hodo/hodo", out) == ""
    assert out.stat().st_size > 1000


def test_tiles_say_how_old_their_data_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # at once: the next second would write the ages
    monkeypatch.setattr(snapshot, "SETTLE", 0.0)
    layouts = tmp_path / "site" / "layouts"
    layouts.mkdir(parents=True)
    (layouts / "site.yaml").write_text(SITE)
    (layouts / "Hcal.yaml").write_text(LAYOUT)
    data = tmp_path / "data"
    data.mkdir()
    write_snapshot(data, 398214, 1, time.time() - 7 * 86_400)
    out = tmp_path / "page.svg"
    trouble = take_snapshot(
        str(data), "Hcal/Occupancy", out, site=str(tmp_path / "site")
    )
    assert trouble == ""
    assert re.search(r"RECORDED \d{4}-|7 d", out.read_text())


@pytest.mark.slow
def test_a_page_is_judged_by_the_good_runs_that_a_console_recorded(
    tmp_path: Path,
) -> None:
    layouts = tmp_path / "site" / "layouts"
    layouts.mkdir(parents=True)
    (layouts / "site.yaml").write_text(SITE)
    (layouts / "Hcal.yaml").write_text(LAYOUT)
    data = tmp_path / "data"
    data.mkdir()
    run_type = Scalar("Run Type", "pp_run")
    plot = curve(0, 5000)
    kept = source_folder(recordings(), str(data))
    recorder = Recorder(kept, str(data))
    good = range(1, 6)
    for run in good:
        recorder.note_conditions(run, Conditions(run_type="collisions"))
        items = [Item("Hcal/Digi/occupancy", plot)]
        recorder.note(run, Update("Hcal", 9, 10.0 * run, 1000), items)
        recorder.drain()
    recorder.note_quality([RunQuality(run, "Hcal", True, at=1.0) for run in good])
    recorder.close()
    file = data / "DQM_V0001_Hcal_R000000007.root"
    write_dqm(file, 7, {"Hcal/Digi": [plot], "Info/ProvInfo": [run_type]})
    out = tmp_path / "page.svg"
    site = str(tmp_path / "site")
    assert take_snapshot(str(file), "Hcal/Occupancy", out, site=site) == ""
    assert "5 good runs: 5" in out.read_text()
    assert set(recorded_runs(kept)) == set(good), "nothing is recorded"
