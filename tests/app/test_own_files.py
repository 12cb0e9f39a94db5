"""Files with an experiment's own names, on the command line and in the engine."""

from __future__ import annotations

import datetime
import math
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest
from click.testing import CliRunner

import dqmconsole as dqm
from dqmconsole.app.cli import run
from dqmconsole.app.commands import open as opening
from dqmconsole.desk.check import validate
from dqmconsole.desk.doctor import examine
from dqmconsole.engine.context import SourceContext
from dqmconsole.model.histogram import Axis, Histogram
from dqmconsole.model.message import Open
from dqmconsole.model.verdict import Status
from dqmconsole.rootio.write import write_root
from dqmconsole.sources.open import settle

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.app.console import ConsoleOptions

pytestmark = pytest.mark.usefixtures("patient")
PATTERN = "run_{run}_{client}.root"
LAYOUT = "layout: {0}\npages: [{{page: All, plots: [{{path: {1}}}]}}]\n"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Two producers of a run, and a site with one line for them."""
    monitor, layouts = tmp_path / "monitor", tmp_path / "site" / "layouts"
    monitor.mkdir()
    layouts.mkdir(parents=True)
    axis = Axis(2, 0.0, 2.0)
    for daq in (1, 2):
        element = Histogram(
            *("adc", "", "TH1D", (axis,), np.ones(4)), entries=4.0, sums=(2.0,) * 4
        )
        write_root(monitor / f"run_000123_daq{daq}.root", {"": [element]})
    (layouts / "site.yaml").write_text(
        "experiment: Beam test\n"
        "lumisection: spill\n"
        "sources:\n"
        f'  - {{folder: ../monitor, files: "{PATTERN}", name: main, layouts: [Beam]}}\n'
    )
    (layouts / "beam.yaml").write_text(LAYOUT.format("Beam", "adc"))
    (layouts / "other.yaml").write_text(LAYOUT.format("Other", "Calo/x"))
    return tmp_path / "site"


def said(*arguments: object) -> str:
    return CliRunner().invoke(run, [str(each) for each in arguments]).output


def test_the_site_s_source_is_opened_by_name_and_by_none(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[ConsoleOptions] = []
    monkeypatch.setattr(opening, "show", shown.append)
    whole = f"{site.parent}/monitor//{PATTERN}"
    monkeypatch.chdir(site.parent)
    for arguments in (
        ["main", "--site", site],
        ["--site", site],
        ["monitor", "--files", PATTERN],
        ["monitor", "--files", "{spill}.root", "--site", site],
    ):
        assert said("open", *arguments) == ""
    assert [options.source for options in shown[:3]] == [whole] * 3
    assert shown[3].source == f"{site.parent}/monitor//{{spill}}.root"
    assert '"{spill}" is none of' in said("open", "monitor", "--files", "{spill}.root")
    assert "no sources:" in said("open")
    assert "did you mean main?" in said("open", "mian", "--site", site)
    assert "no such file or folder" in said("open", "other", "--site", site)
    assert "{rum}" in said("open", ".", "--files", "run_{rum}.root")


def test_the_main_source_is_opened_with_its_streams(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[ConsoleOptions] = []
    monkeypatch.setattr(opening, "show", shown.append)
    yaml = site / "layouts" / "site.yaml"
    calib = "  - {folder: ../calib, name: calib, layouts: [Other]}\n"
    yaml.write_text(yaml.read_text() + calib)
    (site.parent / "calib").mkdir()
    for arguments in (
        ["--site", site],
        ["main", "--site", site],
        ["calib", "--site", site],
    ):
        assert said("open", *arguments) == ""
    main = f"{site.parent}/monitor//{PATTERN}"
    assert [options.source for options in shown] == [
        f"all:{main}", main, f"{site.parent}/calib"
    ]  # fmt: skip


@pytest.mark.slow
def test_two_producers_on_the_command_line(site: Path) -> None:
    monitor = site.parent / "monitor"
    words = "2 producers give it (run_000123_daq1.root, run_000123_daq2.root): none is"
    found = said("check", "main", "--site", site)
    assert f"{words} shown as the whole; merge: sum adds them up (" in found
    assert "(layouts/site.yaml:4)" in found
    assert "run 123, 1 plot" in found
    yaml = site / "layouts" / "site.yaml"
    yaml.write_text(yaml.read_text().replace("name: main", "name: main, merge: sum"))
    assert "FAILED" not in said("check", monitor, "--site", site)
    assert said("ls", monitor, "--site", site).split() == ["adc", "TH1D", "8"]
    assert words in said("ls", monitor, "--files", PATTERN)
    found = said("ls", monitor)
    assert "run_000123_daq{run}.root" not in found
    assert '--files "run_{run}_daq{client}.root"' in found
    found = said("ls", monitor, "--files", "run-{run}.root")
    assert 'after "run" stands "_000123_daq1.root", wanted is "-"' in found


@pytest.mark.slow
def test_the_engine_reads_what_the_site_says_of_a_source(site: Path) -> None:
    source = str(site.parent / "monitor")
    context = SourceContext.of(Open(source=source, site=str(site)))
    try:
        settle(context.source, 10.0)
        context.poll(time.time())
        context.judge(math.inf)
        assert [layout.layout for layout in context.site.layouts] == ["Beam"]
        (plot,) = context.judging.plots.values()
        assert plot.verdict is not None
        assert plot.verdict.status is not Status.GOOD
        assert context.state.run == 123
        yaml = site / "layouts" / "site.yaml"
        text = yaml.read_text()
        for change, otherwise in (
            ("name: mian", False),
            ("mergge: sum", False),  # a typo is no other source
            ("merge: sum", True),
        ):
            yaml.write_text(text.replace("name: main", change))
            assert context.renew_site()
            assert context.reads_otherwise == otherwise
    finally:
        context.close()


def test_the_doctor_looks_for_files_of_the_pattern(site: Path) -> None:
    words = [each.sentence for each in examine(site) if each.area == "source"]
    assert words == [f"{site / '../monitor'}: 2 files called {PATTERN}"]
    for file in (site.parent / "monitor").iterdir():
        file.rename(file.with_name(file.name.replace("run_", "run-")))
    (found,) = (each for each in examine(site) if each.area == "source")
    assert found.level == "advice"
    assert 'after "run" stands "-000123_daq' in found.sentence


def test_validate_reads_the_files_of_the_pattern(site: Path) -> None:
    monitor = site.parent / "monitor"
    today = datetime.date(2026, 11, 1)
    codes = {each.code for each in validate(site, (monitor,), today)}
    assert not codes & {"path-not-in-data", "unreadable-source"}
    whole = f"{monitor}//{PATTERN}"
    codes = {each.code for each in validate(site, (whole,), today)}
    codes |= {each.code for each in dqm.validate(site, against=whole)}
    assert not codes & {"path-not-in-data", "unreadable-source"}
    (found,) = (
        each
        for each in validate(site, (f"{monitor}//r_{{run}}.root",), today)
        if each.kind == "source"
    )
    assert "is called r_{run}.root" in found.message
    for file in monitor.iterdir():
        file.rename(file.with_name(file.name.replace("run_", "run-")))
    (found,) = (e for e in validate(site, (monitor,), today) if e.kind == "source")
    assert found.code == "unreadable-source"
    assert 'after "run" stands "-000123_daq' in found.message
