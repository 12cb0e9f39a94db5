from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest
from click.testing import CliRunner
from support.site_texts import KNOWN, LAYOUT, SITE, make_site

from dqmconsole.app.commands.validate import validate_command
from dqmconsole.desk.check import validate
from dqmconsole.model.histogram import Axis, Histogram, Scalar
from dqmconsole.rootio.errors import NotInFileError, RootFileError, UnreadableClassError
from dqmconsole.rootio.write import write_dqm
from dqmconsole.site.rules.source_paths import SourcePaths

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dqmconsole.model.problem import Problem

TODAY = datetime.date(2026, 11, 25)

PATHS = (
    "Info/ProvInfo/Run Type",
    *(f"Hcal/DigiTask/Occupancy/depth{i}" for i in range(1, 5)),
    *(f"Hcal/DigiTask/Occupancy/{each}" for each in "abcd"),
    "Hcal/TPTask/trend",
    "Hcal/RawTask/BadQuality",
)


class Entry(NamedTuple):
    path: str
    kind: str = "TH1F"


class File:
    """Stands in for DqmFile: lists what its text names, one path a line."""

    def __init__(self, path: Path) -> None:
        text = path.read_text()
        if text == "broken":
            raise RootFileError(str(path), "is not a ROOT file")
        self.lines = text.splitlines()

    def entries(self) -> Iterator[Entry]:
        return (Entry(line.split("=")[0]) for line in self.lines)

    def element(self, path: str) -> Scalar:
        line = next((each for each in self.lines if each.split("=")[0] == path), None)
        if line is None:
            raise NotInFileError(path, path)
        return Scalar(path, line.partition("=")[2])

    def folder(self, _: str) -> None:
        """No producer tested anything."""

    def close(self) -> None:
        pass


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    # of one path that every source has: what it holds is not looked at
    settings = re.sub('(?<=: )("{subsystem}|Info|FED)/.*', PATHS[0], SITE)
    make_site(folder, site=settings)
    references = folder / "layouts" / "references"
    references.mkdir()
    (references / "collisions.root").write_bytes(b"root")
    return folder


def source(tmp_path: Path, *lines: str, run_type: str = "pp_run") -> Path:
    file = tmp_path / "DQM_V0001_R000398214.root"
    text = "\n".join(lines or PATHS).replace("Run Type", f"Run Type={run_type}")
    file.write_text(text)
    return file


def check(
    site: Path, *against: Path, today: datetime.date = TODAY, real: bool = False
) -> list[Problem]:
    """The problems of a site, without the one that it has no instructions."""
    opener: Any = None if real else File
    found = validate(site, against, today, opener)
    return [each for each in found if "has no instructions" not in each.message]


def test_a_healthy_site_has_nothing_to_say(site: Path, tmp_path: Path) -> None:
    assert check(site) == []
    assert check(site, source(tmp_path)) == []


class Canvases(File):
    """A file whose trend is a canvas; the rest is not read."""

    def entries(self) -> Iterator[Entry]:
        for entry in super().entries():
            drawn = "trend" not in entry.path
            yield entry if drawn else Entry(entry.path, "TCanvas")

    def element(self, path: str) -> Scalar:
        if "trend" in path:
            raise UnreadableClassError(path, "TCanvas", path, "write a list")
        return super().element(path)


def test_an_element_that_is_not_drawn_is_an_error_of_its_plot(
    site: Path, tmp_path: Path
) -> None:
    opener: Any = Canvases
    found = validate(site, (source(tmp_path),), TODAY, opener)
    (problem,) = (each for each in found if each.code == "element-not-drawn")
    assert problem.severity == "error"
    assert problem.line == 28
    assert problem.message == (
        '"Hcal/TPTask/trend" cannot be drawn: objects of class TCanvas cannot be read '
        "(write a list)"
    )


def test_a_site_without_instructions_is_told_so_once(site: Path) -> None:
    (problem,) = validate(site, (), TODAY)
    assert str(problem) == (
        f"{site}/instructions: advice: the site has no instructions: none of its 5 "
        "shift plots says what to do when it is bad [no-instructions]"
    )


def test_problems_of_the_files_come_with_a_place_an_editor_finds(site: Path) -> None:
    file = site / "layouts" / "Hcal.yaml"
    file.write_text(LAYOUT.replace("owner:", "ownr:"))
    (problem,) = check(site)
    assert str(problem) == (
        f'{file}:2:1: this layout has no key "ownr"; did you mean "owner"? '
        "[unknown-key]"
    )


def test_a_reference_file_that_does_not_exist_is_an_error_of_its_rule(
    site: Path,
) -> None:
    (site / "layouts" / "references" / "collisions.root").unlink()
    (problem,) = check(site)
    assert problem.severity == "error"
    assert (problem.line, problem.column) == (2, 9)
    assert problem.file.endswith("references.yaml")


@pytest.mark.parametrize("name", ["n" * 300, "site.yaml/x", ".", "'\u00e9.root'"])
def test_odd_names_of_reference_files_are_an_error_too(site: Path, name: str) -> None:
    file = site / "layouts" / "references.yaml"
    text = file.read_text().replace("references/collisions.root", name)
    file.write_text(text, encoding="utf-8")
    (problem,) = check(site)
    assert "there is no reference file" in problem.message


def test_what_is_expired_or_old_is_advice(site: Path) -> None:
    file = site / "layouts" / "known.yaml"
    file.write_text(KNOWN.replace("2026-12-31", "2026-11-24"))
    (problem,) = check(site)
    assert problem.severity == "advice"
    assert (problem.line, problem.column) == (9, 12)
    file.write_text(KNOWN.replace("2026-12-31", "2026-11-25"))
    assert check(site) == []
    later = check(site, today=TODAY + datetime.timedelta(days=365))
    assert {each.severity for each in later} == {"advice"}
    assert sum("a year ago" in each.message for each in later) == 2
    earlier = check(site, today=datetime.date(2026, 5, 20))
    assert ["yet to come" in each.message for each in earlier] == [True]


def test_every_missing_path_is_said_at_its_line_with_the_nearest(
    site: Path, tmp_path: Path
) -> None:
    lines = [each for each in PATHS if each not in (PATHS[1], PATHS[9], PATHS[5])]
    lines.append("Hcal/TrigPrimTask/trend")
    found = check(site, source(tmp_path, *lines))
    assert [(each.line, each.column, each.severity) for each in found] == [
        (15, 15, "error"),
        (15, 15, "error"),
        (28, 15, "error"),
    ]
    words = [each.message for each in found]
    assert '"Hcal/DigiTask/Occupancy/depth1" is not in' in words[0]
    assert 'did you mean "Hcal/DigiTask/Occupancy/depth' in words[0]
    assert '"Hcal/DigiTask/Occupancy/a" is not in' in words[1]
    assert words[2].endswith('did you mean "Hcal/TrigPrimTask/trend"?')
    assert found[2].key == "Hcal › Digi occupancy › Hcal/TPTask/trend"


def test_where_no_path_is_near_the_names_beside_are_said(
    site: Path, tmp_path: Path
) -> None:
    lines = [each for each in PATHS if each != "Hcal/RawTask/BadQuality"]
    (problem,) = check(site, source(tmp_path, *lines, "Hcal/RawTask/xyz"))
    assert problem.message.endswith("; Hcal/RawTask holds xyz")


def test_a_known_problem_that_matches_nothing_is_advice(
    site: Path, tmp_path: Path
) -> None:
    file = site / "layouts" / "known.yaml"
    file.write_text(KNOWN.replace("Hcal/DigiTask/*", "Hcal/DigTask/*"))
    (problem,) = check(site)
    assert (problem.severity, problem.line, problem.column) == ("advice", 3, 11)
    assert '"Hcal/DigTask/*" matches no plot of the site' in problem.message
    with_source = check(site, source(tmp_path))
    assert {each.severity for each in with_source} == {"advice"}
    assert any('"Hcal/DigTask/*" matches nothing' in e.message for e in with_source)


def test_a_folder_of_recorded_runs_that_is_not_there_is_advice(site: Path) -> None:
    file = site / "layouts" / "site.yaml"
    file.write_text(file.read_text() + "recorded: [runs]\n")
    (problem,) = check(site)
    assert problem.severity == "advice"
    assert 'no folder "runs"' in problem.message
    (site / "runs").mkdir()
    assert check(site) == []


def test_a_partition_the_source_does_not_know_is_an_error(tmp_path: Path) -> None:
    layouts = tmp_path / "site" / "layouts"
    layouts.mkdir(parents=True)
    (layouts / "site.yaml").write_text(
        "experiment: x\nconditions: {dcs: Info/dcs, events: Info/dcs}\n"
    )
    (layouts / "Info.yaml").write_text(
        "layout: Info\npages:\n  - page: P\n    needs: {dcs: [HBHEa, HBHEq]}\n"
        "    plots: [{path: Info/dcs}]\n"
    )
    dcs = Histogram(
        name="dcs",
        title="dcs",
        root_class="TH2F",
        axes=(Axis(1, 0.0, 1.0), Axis(2, 0.0, 2.0, labels=("HBHEa", "HBHEb"))),
        contents=np.ones((3, 4), dtype=np.float32),
        entries=2.0,
    )
    file = tmp_path / "DQM_V0001_Info_R000398214.root"
    write_dqm(file, 398214, {"Info": [dcs]})
    (problem,) = check(tmp_path / "site", file, real=True)
    assert (problem.line, problem.severity) == (5, "error")
    assert 'no DCS partition "HBHEq"; did you mean "HBHE' in problem.message


def test_plots_of_another_run_type_are_left_out(site: Path, tmp_path: Path) -> None:
    lines = [each for each in PATHS if "depth" not in each]
    assert len(check(site, source(tmp_path, *lines))) == 4
    assert check(site, source(tmp_path, *lines, run_type="cosmic_run")) == []
    odd = check(site, source(tmp_path, *lines, run_type="odd"))
    assert len([each for each in odd if each.code == "path-not-in-data"]) == 4


def test_a_source_without_the_subsystem_is_one_piece_of_advice(
    site: Path, tmp_path: Path
) -> None:
    conditions, *_, problem = check(site, source(tmp_path, "Ecal/a"))
    assert {conditions.severity, problem.severity} == {"advice"}
    assert (conditions.line, conditions.column) == (5, 13)
    assert 'run_type: "Info/ProvInfo/Run Type" is not in' in conditions.message
    assert "holds no Hcal" in problem.message
    assert problem.line == 15


def test_a_source_that_cannot_be_read_is_one_error(site: Path, tmp_path: Path) -> None:
    file = tmp_path / "x.root"
    file.write_text("broken")
    empty = tmp_path / "empty"
    empty.mkdir()
    for path, words in ((file, "not a ROOT file"), (empty, "no DQM file")):
        (problem,) = check(site, path)
        assert str(problem).startswith(f"{path}: ")
        assert words in problem.message
        assert problem.kind == "source"


def test_of_a_folder_the_newest_run_counts_and_each_clients_best_file(
    site: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "live"
    folder.mkdir()
    files = {
        "DQM_V0001_Hcal_R000398213.root": "\n".join(PATHS),
        "DQM_V0001_Hcal_R000398214.root.ls00000003_hosta_pid00000001": "Hcal/x",
        "DQM_V0001_Hcal_R000398214.root.ls00000012_hosta_pid00000001": "\n".join(
            PATHS[1:-1]
        ),
        "DQM_V0001_Info_R000398214.root": "Info/ProvInfo/Run Type=pp_run",
        "notes.txt": "broken",
        "other.root": "broken",
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    (problem,) = check(site, folder)
    assert '"Hcal/RawTask/BadQuality" is not in' in problem.message


def test_nearest_goes_down_folder_by_folder() -> None:
    listing = SourcePaths("f", ["Hcal/Digi/Occupancy/d1", "Ecal/Digi/Timing/d1", "Top"])
    assert listing.nearest("Hcal/Digi/Ocupancy/d1") == "Hcal/Digi/Occupancy/d1"
    assert listing.nearest("Hcla/Dgi/Occupancy/d1") == "Hcal/Digi/Occupancy/d1"
    assert listing.nearest("Hcal/Digi/Timing/d1") == "Ecal/Digi/Timing/d1"
    assert listing.nearest("tops") == "Top"
    assert listing.nearest("nowhere") is None
    assert listing.nearest("Topp") == "Top"
    assert listing.nearest("") is None
    assert listing.subsystems == {"Hcal", "Ecal", "Top"}


def test_the_command_fails_on_errors_only(site: Path) -> None:
    runner = CliRunner()
    (site / "layouts" / "known.yaml").write_text(KNOWN.replace("2026-12", "2020-12"))
    advice = runner.invoke(validate_command, ["--site", str(site)])
    assert advice.exit_code == 0
    assert ":9:12: advice: the known problem" in advice.stdout
    assert "No errors, 2 to review" in advice.stderr
    (site / "layouts" / "Hcal.yaml").write_text("layout: [")
    errors = runner.invoke(validate_command, ["--site", str(site)])
    assert errors.exit_code == 1
    assert f"{site}/layouts/Hcal.yaml:" in errors.stdout
    assert "1 error, 1 to review" in errors.stderr
    nowhere = runner.invoke(validate_command, ["--site", str(site / "nowhere")])
    assert nowhere.exit_code == 2


def test_the_command_prints_the_schema() -> None:
    found = CliRunner().invoke(validate_command, ["--schema"])
    assert found.exit_code == 0
    assert '"$defs"' in found.stdout


def test_against_a_real_root_file(site: Path, tmp_path: Path) -> None:
    file = tmp_path / "DQM_V0001_R000398214.root"
    paths = [each for each in PATHS[1:] if each != "Hcal/TPTask/trend"]
    folders: dict[str, list[Any]] = {}
    for path in (*paths, "Hcal/TPTask/trends"):
        folder, _, name = path.rpartition("/")
        folders.setdefault(folder, []).append(Scalar(name, 1))
    folders["Info/ProvInfo"] = [Scalar("Run Type", "pp_run")]
    write_dqm(file, 398214, folders)
    for place in (file, tmp_path):
        # no histograms, which the layout's check would judge: advice
        found = check(site, place, real=True)
        (problem,) = (each for each in found if each.severity == "error")
        assert (problem.line, problem.column) == (28, 15)
        assert problem.message.endswith('did you mean "Hcal/TPTask/trends"?')
    file.write_bytes(file.read_bytes()[:150])
    (problem,) = check(site, file, real=True)
    assert problem.kind == "source"
    assert str(problem).count(str(file)) == 1
