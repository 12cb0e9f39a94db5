"""What validate says of a site beside a source: known problems, conditions, needs."""

from __future__ import annotations

import datetime
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from click.testing import CliRunner

from dqmconsole.app.cli import run
from dqmconsole.desk.check import validate
from dqmconsole.model.histogram import Axis, Histogram
from dqmconsole.rootio.write import write_dqm

if TYPE_CHECKING:
    from pathlib import Path

TODAY = datetime.date(2026, 11, 25)

LAYOUT = """\
layout: Hcal
needs: {subsystem: Hcal}
pages:
  - page: P
    audience: expert
    plots: [{path: Hcal/map}, {path: Hcal/line}]
"""

KNOWN = """\
- problem: Dead
  subsystem: Hcal
  paths: [Hcal/map]
  regions: [{x: [0, 1], y_labels: [MB1, MB2]}]
  owner: me
  expires: 2026-12-31
- problem: Noisy
  subsystem: Hcal
  paths: [Hcal/line]
  regions: [{x: [0, 1]}]
  owner: me
  expires: 2026-12-31
"""


def element(name: str, *axes: Axis) -> Histogram:
    return Histogram(
        name=name,
        title=name,
        root_class="TH2F" if len(axes) > 1 else "TH1F",
        axes=axes,
        contents=np.ones(tuple(axis.bins + 2 for axis in axes), dtype=np.float32),
        entries=2.0,
    )


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("source") / "DQM_V0001_Hcal_R000398214.root"
    x = Axis(3, 0.0, 3.0)
    y = Axis(2, 0.0, 2.0, labels=("MB1", "MB2"))
    write_dqm(file, 398214, {"Hcal": [element("map", x, y), element("line", x)]})
    return file


def said(folder: Path, source: Path, name: str, old: str, new: str) -> list[str]:
    layouts = folder / "layouts"
    layouts.mkdir(parents=True)
    reads = "{fill: Hcal/line, events: line, subsystems: Hcal/map}"
    site = f"experiment: x\nconditions: {reads}\n"
    for file, text in (("site", site), ("Hcal", LAYOUT), ("known", KNOWN)):
        if file == name:
            assert old in text
            text = text.replace(old, new)
        (layouts / f"{file}.yaml").write_text(text)
    found = validate(folder, (source,), TODAY)
    return [
        str(each).removeprefix(f"{folder}/").replace(str(source), "SOURCE")
        for each in found
    ]


@pytest.mark.parametrize("events", ["line", '"{subsystem}/line"', "Hcal/line"])
def test_a_site_that_fits_its_source(tmp_path: Path, source: Path, events: str) -> None:
    assert said(tmp_path, source, "site", "events: line", f"events: {events}") == []


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("known", "MB2", "MB9",
         'layouts/known.yaml:4:13: y_labels: Hcal/map has no label "MB9"; did you mean '
         '"MB'),
        ("known", "regions: [{x: [0, 1]}]", "regions: [{x: [0, 1], y: [0, 1]}]",
         "layouts/known.yaml:10:13: the region has a y, but Hcal/line has no y axis"),
        ("known", "[Hcal/map]", "[Hcal/mapp]",
         'layouts/known.yaml:3:11: advice: the known problem "Dead" shows nowhere: '
         '"Hcal/mapp" matches nothing in SOURCE'),
        ("site", "fill: Hcal/line", "fill: Hcal/lin",
         'layouts/site.yaml:2:20: conditions: fill: "Hcal/lin" is not in SOURCE; did '
         'you mean "Hcal/line"?'),
        ("site", "fill: Hcal/line", "fill: Info/fill",
         'layouts/site.yaml:2:20: advice: conditions: fill: "Info/fill" is not in'),
        ("site", "events: line", "events: evnts",
         'layouts/site.yaml:2:39: conditions: events: "evnts" is not in SOURCE'),
        ("site", "events: line", 'events: "{subsystem}/lin"',
         'layouts/site.yaml:2:39: conditions: events: "Hcal/lin" is not in SOURCE; did '
         'you mean "Hcal/line"?'),
        ("Hcal", "subsystem: Hcal", "subsystem: Hcall",
         'layouts/Hcal.yaml:2:20: needs: nothing is of the subsystem "Hcall"; did you '
         'mean "Hcal"?'),
        ("Hcal", "subsystem: Hcal", "subsystem: TRACKER",
         'layouts/Hcal.yaml:2:20: advice: needs: nothing is of the subsystem "TRA'),
    ],
)  # fmt: skip
def test_what_the_source_does_not_hold_is_found_at_its_place(
    tmp_path: Path, source: Path, name: str, old: str, new: str, words: str
) -> None:
    found = said(tmp_path, source, name, old, new)
    assert any(each.startswith(words) for each in found), found
    assert len(found) <= 2, found


def test_wildcards_are_listed_with_what_they_match(
    tmp_path: Path, source: Path
) -> None:
    layouts = tmp_path / "layouts"
    layouts.mkdir()
    (layouts / "site.yaml").write_text("experiment: x\n")
    layout = LAYOUT.replace(
        "{path: Hcal/map}", "{path: Hcal/map, feeds: [{to: [X/*]}]}"
    )
    (layouts / "Hcal.yaml").write_text(layout.replace(", {path: Hcal/line}", ""))
    (layouts / "known.yaml").write_text(KNOWN.replace("Hcal/line", "'Hcal/[lm]*'"))
    command = ["validate", "--wildcards", "--site", str(tmp_path)]
    found = CliRunner().invoke(run, command)
    assert found.stdout.replace(f"{tmp_path}/", "") == (
        'layouts/Hcal.yaml:6:44: feeds: "X/*" matches 0 plots\n'
        'layouts/known.yaml:9:11: known issue: "Hcal/[lm]*" matches 1 plot: Hcal/map\n'
    )
    found = CliRunner().invoke(run, [*command, "--against", str(source), "--json"])
    _, known = map(json.loads, found.stdout.splitlines())
    assert (known["plots"], known["elements"]) == (["Hcal/map"], ["Hcal/line"])
    assert (known["line"], known["pattern"]) == (9, "Hcal/[lm]*")


def test_a_folder_of_files_with_other_names_is_told_how_to_name_them(
    tmp_path: Path,
) -> None:
    (tmp_path / "layouts").mkdir()
    (tmp_path / "layouts" / "hcal.yaml").write_text(LAYOUT)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "run_000118.root").touch()
    found = validate(tmp_path, [tmp_path / "data"], TODAY)
    (said,) = (each for each in found if each.code == "unreadable-source")
    assert "left out: run_000118.root; give one of them, or say" in said.message
