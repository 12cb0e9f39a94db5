"""A site begun from a source: it validates, and judges what it was made from."""

from __future__ import annotations

import datetime
import errno
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uproot
import yaml
from click.testing import CliRunner

from dqmconsole.app.commands.init import init_command
from dqmconsole.desk.check import validate
from dqmconsole.desk.init_site import InitError, init_site
from dqmconsole.desk.judge_source import judge_source
from dqmconsole.model.histogram import Axis, Histogram, Scalar
from dqmconsole.model.verdict import Status
from dqmconsole.rootio.dqmfile import DqmFile
from dqmconsole.rootio.write import write_root
from dqmconsole.site.site import read_site

TODAY = datetime.date(2026, 11, 28)
FIBRES = 48


def run_file(
    path: Path, seed: int, dead: tuple[int, ...] = (), *, events: bool = True
) -> Path:
    """A run of a small experiment: no CMS tree, no lumisections, no beam."""
    rng = np.random.default_rng(seed)
    hits = rng.poisson(4000, FIBRES + 2).astype(float)
    hits[[0, -1]] = 0
    hits[[each + 1 for each in dead]] = 0
    fibres = Axis(FIBRES, 0, FIBRES, title="fibre")
    spread = rng.normal(20, 3, 50_000)
    counts = np.histogram(spread, np.linspace(0, 40, 81))[0].astype(float)
    charge = np.concatenate([[0.0], counts, [0.0]])
    write_root(
        path,
        {
            "hodo": [
                Histogram(
                    "x", "Hits by fibre", "TH1F", (fibres,), hits, entries=200_000
                ),
                Histogram(
                    *(
                        "charge",
                        "Charge",
                        "TH1F",
                        (Axis(80, 0, 40, title="pC"),),
                        charge,
                    ),
                    entries=50_000,
                ),
            ],
            "": [
                Scalar("Run type", "physics"),
                *([Scalar("nEvents", 50_000)] if events else []),
            ],
        },
    )
    return path


def said(home: Path) -> set[str]:
    """The rules that something of a site breaks; nobody's number is known yet."""
    return {each.code for each in validate(home, (), TODAY)}


pytestmark = pytest.mark.usefixtures("patient")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    for run in (118, 120, 121):
        run_file(folder / f"run_{run:06d}.root", run)
    return folder


def test_a_site_of_a_folder_validates_and_says_the_pattern(
    tmp_path: Path, data: Path
) -> None:
    home = tmp_path / "site"
    begun = init_site(home, str(data), experiment="Test beam", today=TODAY)
    assert begun.pattern == "run_{run}.root"
    assert said(home) == {"no-phone"}
    site = read_site(home)
    assert site.settings.experiment == "Test beam"
    assert [each.layout for each in site.layouts] == ["hodo"]
    for path in (*home.rglob("*.yaml"), *home.rglob("*.md")):
        text = path.read_text()
        if path.suffix == ".yaml":
            assert text.startswith("# yaml-language-server: $schema="), path
            name = text.splitlines()[0].partition("=")[2]
            assert (path.parent / name).is_file(), path
    settings = yaml.safe_load((home / "layouts/site.yaml").read_text())
    assert settings["run_types"] == {"physics": "physics"}
    assert settings["conditions"]["events"] == "nEvents"


@pytest.mark.slow
def test_checks_are_adopted_that_are_good_in_good_runs_and_find_a_dead_fibre(
    tmp_path: Path, data: Path
) -> None:
    home = tmp_path / "site"
    begun = init_site(home, str(data), good=("118", "120", "121"), today=TODAY)
    assert begun.adopted == begun.plots == 2
    assert said(home) == {"no-phone"}
    bad = run_file(tmp_path / "run_000122.root", 122, dead=(17,))
    found = {each.path: each for each in judge_source(str(bad), home).plots}
    assert found["hodo/charge"].verdict.status is Status.GOOD
    assert found["hodo/x"].verdict.status in (Status.WARNING, Status.BAD)
    assert "17" in found["hodo/x"].verdict.sentence


def test_what_goes_off_in_a_good_run_is_not_adopted(tmp_path: Path, data: Path) -> None:
    odd = run_file(data / "run_000125.root", 125, dead=tuple(range(10, 30)))
    home = tmp_path / "site"
    begun = init_site(home, str(data), good=("118", str(odd)), today=TODAY)
    assert begun.adopted == 1
    (said,) = begun.off
    assert said.startswith("hodo/x: ")


def test_a_check_that_has_no_event_count_to_judge_by_heads_no_plot(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    for run in (118, 120):
        run_file(folder / f"run_{run:06d}.root", run, events=False)
    home = tmp_path / "site"
    assert init_site(home, str(folder), good=("118", "120"), today=TODAY).adopted == 2
    new = run_file(tmp_path / "run_000122.root", 122, events=False)
    for each in judge_source(str(new), home).plots:
        assert (each.verdict.status, each.verdict.adopted) == (Status.GOOD, True)
        (amount,) = [one for one in each.verdict.checks if one.check == "entries"]
        assert (amount.status, amount.counts) == (Status.NO_REFERENCE, False)
    settings = home / "layouts/site.yaml"
    text = settings.read_text()
    settings.write_text(text.replace("conditions:", "conditions:\n  events: nEvents"))
    said = {each.verdict.status for each in judge_source(str(new), home).plots}
    assert said == {Status.NO_REFERENCE}  # a count that was there and is lost is said


def test_what_several_clients_fill_is_added_up(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    for run in (5, 6):
        for client in ("left", "right"):
            run_file(folder / f"{client}_run{run:04d}.root", run)
    begun = init_site(tmp_path / "site", str(folder), today=TODAY)
    assert begun.pattern == "{client}_run{run}.root"
    (source,) = read_site(tmp_path / "site").settings.sources
    assert source.merge == "sum"
    found = judge_source(str(folder), tmp_path / "site").plots
    assert {each.path for each in found} == {"hodo/x", "hodo/charge"}
    assert not any("producers" in each.verdict.sentence for each in found)


def test_a_single_file(tmp_path: Path, data: Path) -> None:
    home = tmp_path / "site"
    begun = init_site(home, str(data / "run_000118.root"), today=TODAY)
    assert (begun.layouts, begun.pages, begun.plots) == (1, 1, 2)
    assert said(home) == {"no-phone"}
    (source,) = read_site(home).settings.sources
    assert source.folder == str(data / "run_000118.root")


def test_numbers_that_are_called_as_conditions_or_nearly(tmp_path: Path) -> None:
    file = run_file(tmp_path / "run_000001.root", 1)
    plots = [Histogram("x", "", "TH1F", (Axis(2, 0, 2),), np.array([0, 4.0, 5, 0]))]
    names = ["beam_energy", "magnet", "magnet_A", "comment", "fills", "run"]
    names.append("trigger_configuration_key")
    scalars = [Scalar(each, str(at)) for at, each in enumerate(names)]
    write_root(file, {"hodo": plots, "": scalars})
    init_site(tmp_path / "site", str(file), today=TODAY)
    settings = read_site(tmp_path / "site").settings
    assert settings.conditions.beam_energy == "beam_energy"
    assert settings.conditions.magnet == "magnet"
    assert {"magnet_A", "fills"} <= set(settings.conditions.scalars)
    shown = {each.show for each in settings.shown}
    assert shown == {"magnet_A", "comment", "fills", "trigger_configuration_key"}
    assert said(tmp_path / "site") == {"no-phone", "no-progress"}


def test_numbers_that_are_texts_say_how_far_each_producer_has_come(
    tmp_path: Path,
) -> None:
    plots = [Histogram("x", "", "TH1F", (Axis(2, 0, 2),), np.array([0, 4.0, 5, 0]))]
    numbers = [Scalar("events", "40000"), Scalar("spill", "7"), Scalar("note", "12")]
    file = tmp_path / "run_000001.root"
    write_root(file, {each: [*plots, *numbers] for each in ("calo_x", "muon")})
    init_site(tmp_path / "site", str(file), today=TODAY)
    settings = read_site(tmp_path / "site").settings
    assert settings.conditions.events == "{subsystem}/events"
    assert settings.conditions.lumisection == "{subsystem}/spill"
    assert settings.lumisection == "spill"
    shown = [(each.show, each.label) for each in settings.shown]
    assert shown == [("calo_x/note", "calo_x note"), ("muon/note", "muon note")]
    assert said(tmp_path / "site") == {"no-phone"}


def test_trees_are_on_no_page_and_a_unix_time_is_no_number_of_the_header(
    tmp_path: Path,
) -> None:
    with uproot.recreate(tmp_path / "run_000001.root") as file:  # type: ignore[attr-defined]
        file["hodo/x"] = np.histogram(np.arange(9.0))
        file["hodo/time"] = "1795860821.6857746"
        file["tof/time"] = "0.35"
        file.mktree("events", {"x": "f8"}).extend({"x": np.arange(3.0)})
    begun = init_site(tmp_path / "site", str(tmp_path / "run_000001.root"), today=TODAY)
    assert begun.plots == 1
    assert begun.undrawn == ("events: a TTree, fill histograms from it",)
    settings = read_site(tmp_path / "site").settings
    assert settings.conditions.timestamp == "hodo/time"
    assert [each.show for each in settings.shown] == ["tof/time"]


def test_a_good_run_of_several_clients_is_all_of_its_files(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    plots = [Histogram("x", "", "TH1F", (Axis(2, 0, 2),), np.array([0, 4.0, 5, 0]))]
    for run in (5, 6):
        for at, client in enumerate(("calo", "muon")):
            file = folder / f"{client}_run{run:04d}.root"
            events = Scalar("nEvents", str(run + at))
            clock = Scalar("time", str(1795860821 + at))
            write_root(file, {client: plots, "trigger": [*plots, events, clock]})
    init_site(tmp_path / "site", str(folder), good=("5", "6"), today=TODAY)
    file = tmp_path / "site" / "layouts" / "references" / "run_5.root"
    with closing(DqmFile(file)) as reference:
        found = {
            each.path: reference.element(each.path) for each in reference.entries()
        }
    totals = {
        path: each.contents.sum()
        for path, each in found.items()
        if isinstance(each, Histogram)
    }
    assert totals == {"calo/x": 9, "muon/x": 9, "trigger/x": 18}
    assert found["trigger/nEvents"] == Scalar("nEvents", 11)
    conditions = read_site(tmp_path / "site").settings.conditions
    assert conditions.events == "trigger/nEvents"
    assert conditions.timestamp == "trigger/time"


@pytest.mark.parametrize(
    ("source", "good", "said"),
    [
        ("nowhere", (), "nowhere"),
        (
            "data",
            ("99",),
            "good run 99: no such file, and none named as run_{run}.root",
        ),
        ("empty", (), "no ROOT files whose names follow one pattern"),
        ("~nobody-here/x", (), "this machine knows no such user"),
        ("data", ("~nobody-here/x",), "this machine knows no such user"),
    ],
)
def test_what_cannot_be_begun(
    tmp_path: Path, data: Path, source: str, good: tuple[str, ...], said: str
) -> None:
    del data
    (tmp_path / "empty").mkdir()
    place = source if source[0] == "~" else str(tmp_path / source)
    with pytest.raises(InitError, match=said):
        init_site(tmp_path / "site", place, good=good, today=TODAY)
    assert not (tmp_path / "site").exists()


def test_a_site_that_is_there_is_left_alone(tmp_path: Path, data: Path) -> None:
    (tmp_path / "site" / "layouts").mkdir(parents=True)
    with pytest.raises(InitError, match="is there already"):
        init_site(tmp_path / "site", str(data), today=TODAY)


def plain_file(path: Path, *elements: str) -> Path:
    """A file of histograms with names as they come."""
    folders: dict[str, list[Histogram | Scalar]] = {}
    for each in elements:
        folder, _, name = each.rpartition("/")
        folders.setdefault(folder, []).append(
            Histogram(name, "", "TH1F", (Axis(2, 0, 2),), np.arange(4.0), entries=3)
        )
    write_root(path, folders)
    return path


def test_folders_that_differ_by_little_have_instructions_of_their_own(
    tmp_path: Path,
) -> None:
    names = (
        "Hodo/x",
        "hodo/y",
        "Ливень/x",
        "Дождь/x",
        "a/b c/x",
        "a/b-c/x",
        "a/b-c-2/x",
    )
    file = plain_file(tmp_path / "run_7.root", *names)
    home = tmp_path / "site"
    assert init_site(home, str(file), today=TODAY).pages == len(names)
    pages = [page for layout in read_site(home).layouts for page in layout.pages]
    assert len({page.instruction for page in pages}) == len(names)


def test_names_that_are_long_or_like_markup(tmp_path: Path) -> None:
    names = (f"{'ß' * 200}/{'page ' * 40}/x", "<b>/[a](b)", "---/- x", "&amp;/`")
    file = plain_file(tmp_path / "run_7.root", *names)
    assert init_site(tmp_path / "site", str(file), today=TODAY).plots == len(names)


def test_a_folder_with_more_plots_than_a_layout_holds_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dqmconsole.desk.init_site.MAX_PLOTS", 1)
    file = plain_file(tmp_path / "run_7.root", "hodo/x", "hodo/y", "time/x")
    with pytest.raises(InitError, match="the folder hodo holds 2 plots, a layout at"):
        init_site(tmp_path / "site", str(file), today=TODAY)


def test_a_site_in_a_file_is_refused(tmp_path: Path, data: Path) -> None:
    home = tmp_path / "site"
    home.touch()
    with pytest.raises(InitError, match="is no folder"):
        init_site(home, str(data), today=TODAY)


def test_what_cannot_be_written_whole_is_not_there_at_all(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = Path.write_text

    def full(path: Path, text: str, **more: Any) -> int:  # noqa: ANN401
        done = written(path, text, **more)
        if path == home / "layouts" / "site.yaml":
            raise OSError(errno.ENOSPC, "No space left on device")
        return done

    home = tmp_path / "site"
    with monkeypatch.context() as disk:
        disk.setattr(Path, "write_text", full)
        result = CliRunner().invoke(init_command, [str(home), "--from", str(data)])
    assert result.exit_code == 2
    words = f"dqmconsole init: {home}: No space left on device"
    assert result.output.splitlines()[-1] == words
    assert list(home.iterdir()) == []
    assert init_site(home, str(data), today=TODAY).plots > 0


def test_a_good_run_that_is_given_twice_is_refused(tmp_path: Path, data: Path) -> None:
    same = str(data / "run_000118.root")
    with pytest.raises(InitError, match=r"run_000118\.root is given twice"):
        init_site(tmp_path / "site", str(data), good=("118", same), today=TODAY)
    assert not (tmp_path / "site").exists()
