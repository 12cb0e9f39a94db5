"""Folders of files with an experiment's own names."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
import pytest
from dqm_files import T0, settle

from dqmconsole.model.file_pattern import FilePattern
from dqmconsole.model.graph import Graph
from dqmconsole.model.histogram import Axis, Histogram, Scalar
from dqmconsole.model.run import RunState, run_words
from dqmconsole.model.site import ConditionPaths, SiteSettings, SourceSettings
from dqmconsole.rootio.errors import NotInFileError, RootFileError
from dqmconsole.rootio.write import write_root
from dqmconsole.sources.clients import STILL_ALLOWED, KeptContent
from dqmconsole.sources.folder import MAX_PRODUCERS, DqmFolder, Files
from dqmconsole.sources.names import QUIET
from dqmconsole.sources.open import files_of, open_source
from dqmconsole.sources.scanner import DirectScanner

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.model.site import Merge
    from dqmconsole.rootio.write import Element

WHERE = "layouts/site.yaml:4"


def histogram(value: float, name: str = "adc", bins: int = 2) -> Histogram:
    contents = np.zeros(bins + 2)
    contents[1] = value
    return Histogram(
        name,
        "ADC",
        "TH1D",
        (Axis(bins, 0.0, float(bins)),),
        contents,
        entries=value,
        sums=(value, value, value / 2, value / 4),
    )


def put(
    folder: Path, name: str, *elements: Element, at: float = T0, below: str = ""
) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    write_root(path, {below: elements or (histogram(1.0),)})
    os.utime(path, (at, at))
    return path


class Kept:
    """What outlives an engine."""

    def __init__(self) -> None:
        self.kept: dict[str, KeptContent] = {}

    def recall(self, client: str) -> KeptContent | None:
        return self.kept.get(client)

    def keep(self, client: str, content: KeptContent) -> None:
        self.kept[client] = content


def source(
    folder: Path,
    pattern: str,
    merge: Merge = "refuse",
    *,
    events: str = "",
    timestamp: str = "",
    where: str = WHERE,
    memory: Kept | None = None,
    opened: float = T0,
) -> DqmFolder:
    read = FilePattern(pattern, "spill")
    return DqmFolder(
        folder,
        ConditionPaths(events=events, timestamp=timestamp),
        files=Files(read, merge, where),
        scanner=DirectScanner.of(folder, read),
        memory=memory,
        opened=opened,
    )


def first_bin(made: DqmFolder, path: str, run: int | None = None) -> float:
    element = made.element(made.current_run if run is None else run, path)
    assert isinstance(element, Histogram)
    return float(element.contents[1])


def states(made: DqmFolder, now: float) -> dict[str, str]:
    return {each.subsystem: each.state for each in made.clients(now)}


def told(made: DqmFolder, now: float = T0) -> list[str]:
    made.poll(now)
    return [each.message for each in made.problems()]


def test_a_file_renewed_in_place_is_live_once_its_content_moved(tmp_path: Path) -> None:
    put(tmp_path, "run_000123.root")
    made = source(tmp_path, "run_{run}.root")
    settle(made, T0)
    assert (made.current_run, made.run_state(123)) == (123, RunState.RUNNING)
    assert states(made, T0) == {"": "unmoved"}
    put(tmp_path, "run_000123.root", at=T0 + 2)  # the same again is no movement
    settle(made, T0 + 2)
    assert states(made, T0 + 2) == {"": "unmoved"}
    put(tmp_path, "run_000123.root", histogram(5.0), at=T0 + 4)
    settle(made, T0 + 4)
    assert states(made, T0 + 4) == {"": "live"}
    assert first_bin(made, "adc") == 5.0
    put(tmp_path, "run_000124.root", histogram(7.0), at=T0 + 6)
    settle(made, T0 + 6)
    assert (made.current_run, made.run_state(123)) == (124, RunState.FINAL)
    assert first_bin(made, "adc", 123) == 5.0
    assert made.problems() == ()
    made.close()


def test_between_spills_content_may_stand_still_for_a_while(tmp_path: Path) -> None:
    made = source(tmp_path, "run_{run}.root")
    for second in range(0, int(STILL_ALLOWED) + 300, 100):
        filled = histogram(float(min(second, 100)))
        put(tmp_path, "run_1.root", filled, at=T0 + second)
        settle(made, T0 + second)
        frozen = second > 100 + STILL_ALLOWED
        expected = {"": "frozen" if frozen else "live"}
        assert second == 0 or states(made, T0 + second) == expected
    assert "the same content" in made.clients(T0 + second)[0].sentence
    made.close()


def test_a_link_that_is_switched_is_followed_with_its_target_s_number(
    tmp_path: Path,
) -> None:
    files = tmp_path / "files"
    put(files, "run_7.root", histogram(7.0))
    put(files, "run_8.root", histogram(8.0), at=T0 + 10)
    folder = tmp_path / "monitor"
    folder.mkdir()
    link = folder / "latest.root"
    link.symlink_to(files / "run_7.root")
    made = source(folder, "latest.root | run_{run}.root")
    settle(made, T0)
    assert (made.current_run, first_bin(made, "adc")) == (7, 7.0)
    new = folder / "new"
    new.symlink_to(files / "run_8.root")
    new.replace(link)
    settle(made, T0 + 10)
    assert (made.current_run, first_bin(made, "adc")) == (8, 8.0)
    made.close()


def test_a_link_beside_its_file_is_the_same_file(tmp_path: Path) -> None:
    put(tmp_path, "run_7.root")
    (tmp_path / "latest.root").symlink_to("run_7.root")
    made = source(tmp_path, "latest.root | run_{run}.root", "sum")
    settle(made, T0)
    assert (made.runs(), first_bin(made, "adc")) == ((7,), 1.0)
    assert told(made) == []
    made.close()


def test_runs_without_numbers_are_called_by_their_time(tmp_path: Path) -> None:
    put(tmp_path, "tb_20261128T055959.root", histogram(1.0))
    put(tmp_path, "tb_20261128T065959.root", histogram(2.0), at=T0 - 50)
    made = source(tmp_path, "tb_{time}.root")
    settle(made, T0)
    assert made.runs() == (20261128055959, 20261128065959)
    assert run_words(made.current_run) == "the run of 2026-11-28 06:59:59"
    assert first_bin(made, "adc") == 2.0
    made.close()


def test_a_file_without_number_is_one_run_however_often_it_is_renewed(
    tmp_path: Path,
) -> None:
    memory = Kept()
    put(tmp_path, "latest.root")
    made = source(tmp_path, "latest.root", memory=memory)
    settle(made, T0)
    run = made.current_run
    assert run == 20231114221320  # T0 in UTC
    put(tmp_path, "latest.root", histogram(2.0), at=T0 + 20)
    settle(made, T0 + 20)
    assert (made.runs(), first_bin(made, "adc")) == ((run,), 2.0)
    made.close()
    put(tmp_path, "latest.root", histogram(3.0), at=T0 + 40)
    made = source(tmp_path, "latest.root", memory=memory)  # the engine began again
    settle(made, T0 + 40)
    assert (made.runs(), first_bin(made, "adc")) == ((run,), 3.0)
    later = T0 + 50 + QUIET
    put(tmp_path, "latest.root", histogram(4.0), at=later)
    settle(made, later)
    assert made.current_run > run
    assert first_bin(made, "adc") == 4.0
    made.close()


def test_files_without_number_are_one_run_where_producers_tell_them_apart(
    tmp_path: Path,
) -> None:
    put(tmp_path, "hodo.root", histogram(1.0))
    put(tmp_path, "calo.root", histogram(2.0), at=T0 + 60)
    made = source(tmp_path, "{subsystem}.root")
    settle(made, T0 + 60)
    assert len(made.runs()) == 1
    assert first_bin(made, "hodo/adc") == 1.0
    assert first_bin(made, "calo/adc") == 2.0
    paths = {each.path for each in made.entries(made.current_run)}
    assert paths == {"hodo/adc", "calo/adc"}
    assert states(made, T0 + 60).keys() == {"hodo", "calo"}
    made.close()
    put(tmp_path, "calo.root", histogram(2.0), at=T0)  # copied in the same second
    made = source(tmp_path, "*.root")
    settle(made, T0)
    assert len(made.runs()) == 2
    made.close()


def test_subsystems_stand_above_their_elements_unless_they_do_already(
    tmp_path: Path,
) -> None:
    put(tmp_path, "Hodo_1.root", histogram(1.0), below="Hodo/x")
    put(tmp_path, "Calo_1.root", histogram(2.0), below="x")
    made = source(tmp_path, "{subsystem}_{run}.root")
    settle(made, T0)
    assert first_bin(made, "Hodo/x/adc") == 1.0
    assert first_bin(made, "Calo/x/adc") == 2.0
    with pytest.raises(NotInFileError):
        made.element(1, "x/adc")
    top = made.folder(1, "")
    assert top is not None
    assert set(top.folders) == {"Hodo", "Calo"}
    made.close()


def test_spills_and_folders_are_fields_too(tmp_path: Path) -> None:
    for spill in (9, 10):
        put(tmp_path, f"run12/s{spill}.root", histogram(spill), at=T0 - spill)
    put(tmp_path, "run13/other/s1.root")
    made = source(tmp_path, "run{run}/s{spill}.root")
    settle(made, T0)
    assert (made.runs(), first_bin(made, "adc")) == ((12,), 10.0)
    assert made.clients(T0)[0].lumisection == 10
    made.close()


def test_a_file_of_the_run_goes_before_those_of_its_spills(tmp_path: Path) -> None:
    put(tmp_path, "run12.root", histogram(100.0), at=T0 - 60)
    put(tmp_path, "run12_s9.root", histogram(9.0))
    made = source(tmp_path, "run{run}_s{spill}.root | run{run}.root")
    settle(made, T0)
    assert first_bin(made, "adc") == 100.0
    assert told(made) == []
    made.close()


def test_two_producers_are_refused_and_named_unless_they_are_to_be_summed(
    tmp_path: Path,
) -> None:
    graph = Graph("g", "", "TGraph", np.arange(2.0), np.arange(2.0))
    for daq, at in ((1, T0), (2, T0 + 1)):
        put(
            tmp_path,
            f"run_5_daq{daq}.root",
            histogram(daq),
            Scalar("events", 10 * daq),
            Scalar("version", f"v{daq}"),
            Scalar("type", "physics"),
            graph,
            histogram(daq, f"own{daq}"),
            histogram(1.0, "wide", bins=daq),
            at=at,
        )
    made = source(tmp_path, "run_{run}_{client}.root")
    settle(made, T0 + 1)
    with pytest.raises(RootFileError) as error:
        made.element(5, "adc")
    assert error.value.what == (
        "2 producers give it (run_5_daq1.root, run_5_daq2.root): none is shown as "
        f"the whole; merge: sum adds them up ({WHERE})"
    )
    without_site = source(tmp_path, "run_{run}_{client}.root", where="")
    settle(without_site, T0 + 1)
    with pytest.raises(RootFileError) as error:
        without_site.element(5, "adc")
    init = f"dqmconsole init DIR --from '{tmp_path}//run_{{run}}_{{client}}.root'"
    assert f"in layouts/site.yaml; {init} writes it)" in error.value.what
    without_site.close()
    assert made.producers(5, "adc") == 2
    assert first_bin(made, "own1") == 1.0
    assert made.element(5, "type") == Scalar("type", "physics")  # they agree
    assert made.producers(5, "type") == 1
    with pytest.raises(RootFileError):
        made.element(5, "version")
    made.close()
    made = source(tmp_path, "run_{run}_{client}.root", "sum", events="events")
    settle(made, T0 + 1)
    total = made.element(5, "adc")
    assert isinstance(total, Histogram)
    assert (float(total.contents[1]), total.entries) == (3.0, 3.0)
    assert total.sums == (3.0, 3.0, 1.5, 0.75)
    assert made.producers(5, "adc") == 1
    assert made.element(5, "events") == Scalar("events", 30)
    assert made.element(5, "version") == Scalar("version", "v2")
    newest = made.element(5, "g")
    assert isinstance(newest, Graph)
    assert newest.title == "(the newest of 2 producers)"
    assert told(made, T0 + 1) == [
        "2 elements of several producers cannot be added up (g, version): of each that "
        "of the newest file is shown"
    ]
    assert len(list(made.entries(5))) == 8
    with pytest.raises(RootFileError) as error:
        made.element(5, "wide")
    assert "cannot be added up: their x axes differ: 1 bins from 0 to 1" in str(error)
    made.close()


def test_another_name_of_a_producer_s_file_is_not_added_to_it(tmp_path: Path) -> None:
    """As where the newest file has a link: run_5_latest.root."""
    first = put(tmp_path, "run_5_daq1.root", histogram(3.0), Scalar("events", 30))
    (tmp_path / "run_5_latest.root").symlink_to(first.name)
    os.link(first, tmp_path / "run_5_other.root")
    made = source(tmp_path, "run_{run}_{client}.root", "sum", events="events")
    settle(made, T0)
    assert first_bin(made, "adc") == 3.0
    assert made.element(5, "events") == Scalar("events", 30)
    made.close()


def test_events_that_are_counted_in_texts_add_up(tmp_path: Path) -> None:
    """As Python writes them, in a TObjString of a number."""
    names = "run_{run}_{client}.root"
    made = source(tmp_path, names, "sum", events="n", timestamp="t")
    for now in (T0, T0 + 10):
        for daq in (1, 2):
            found = [
                Scalar("n", f"{daq}0{now - T0:02.0f}"),
                Scalar("t", f"{now - daq}"),
            ]
            put(tmp_path, f"run_5_{daq}.root", histogram(1.0), *found, at=now)
        settle(made, now)
    assert made.element(5, "n") == Scalar("n", 3020)
    assert made.element(5, "t") == Scalar("t", f"{T0 + 8}")  # not said to be one of two
    assert told(made, T0 + 10) == []
    (both,) = made.clients(T0 + 10)
    assert (both.events, both.rate) == (3020, 2.0)
    made.close()


@pytest.mark.parametrize("late", [0, 1])
def test_a_histogram_is_not_hidden_by_a_newer_thing_of_its_name(
    tmp_path: Path, late: int
) -> None:
    put(tmp_path, "run_5_daq1.root", histogram(3.0), at=T0 + 1 - late)
    put(tmp_path, "run_5_daq2.root", Scalar("adc", 7), at=T0 + late)
    made = source(tmp_path, "run_{run}_{client}.root", "sum")
    settle(made, T0 + 1)
    with pytest.raises(RootFileError) as error:
        made.element(5, "adc")
    assert "a TH1D adds up, a number does not" in error.value.what
    made.close()


def test_the_state_of_several_producers_is_the_worst(tmp_path: Path) -> None:
    made = source(tmp_path, "run_{run}_{client}.root", "sum")
    for step in range(3):
        for daq in (1, 2):
            if daq == 1 or step < 2:
                now = T0 + 10 * step
                put(tmp_path, f"run_5_{daq}.root", histogram(step), at=now)
        settle(made, T0 + 10 * step)
    (both,) = made.clients(T0 + 21)
    assert both.state == "live"
    put(tmp_path, "run_5_1.root", histogram(9.0), at=T0 + 40)
    settle(made, T0 + 40)
    (both,) = made.clients(T0 + 40)
    assert both.state == "silent"
    assert both.sentence == (
        "No new file for 30 s, one is due every 10 s (2, of 2 producers)"
    )
    put(tmp_path, "run_6_1.root", histogram(9.0), at=T0 + 50)
    settle(made, T0 + 50)
    (both,) = made.clients(T0 + 50)
    assert (both.run, both.state) == (6, "live")
    assert both.sentence.endswith("(1, of 1 producer; not in this run: 2)")
    made.close()


def test_files_that_no_field_tells_apart_are_said(tmp_path: Path) -> None:
    put(tmp_path, "a_12.root", histogram(1.0))
    put(tmp_path, "b_12.root", histogram(2.0), at=T0 + 1)
    made = source(tmp_path, "*_{run}.root")
    settle(made, T0 + 1)
    (words,) = told(made)
    assert words.startswith(
        "2 files are of run 12 and nothing in their names tells them apart "
        "(a_12.root, b_12.root): shown is the newest, b_12.root"
    )
    assert WHERE in words
    assert made.problems()[0].severity == "advice"
    made.close()


def test_alternatives_are_one_file_until_one_holds_what_the_other_does_not(
    tmp_path: Path,
) -> None:
    put(tmp_path, "run_12.root", histogram(2.0), at=T0 + 1)
    put(tmp_path, "latest_12.root", histogram(1.0))
    made = source(tmp_path, "run_{run}.root | latest_{run}.root")
    settle(made, T0 + 1)
    assert told(made, T0 + 1) == []
    put(tmp_path, "latest_12.root", histogram(1.0, "other"))
    (words,) = told(made, T0 + 2)
    assert words.startswith("2 files are of run 12 and nothing in their names tells")
    made.close()


def test_names_of_all_kinds_do_no_harm(tmp_path: Path) -> None:
    put(tmp_path, "run_1.root")
    (tmp_path / "run_2.root").mkdir()
    (tmp_path / "run_3.root").symlink_to("run_3.root")  # leads to itself
    (tmp_path / "run_4.root").symlink_to("nowhere")
    (tmp_path / "run_5.root").write_bytes(b"cut sh")
    (tmp_path / "run_6.root").touch()
    os.mkfifo(tmp_path / "run_7.root")
    (tmp_path / os.fsdecode(b"run_\xff.root")).touch()
    (tmp_path / f"run_{'_' * 100}.root").touch()
    made = source(tmp_path, "run_{run}.root | *_{subsystem}_{client}_x.root")
    settle(made, T0)
    assert first_bin(made, "adc", 1) == 1.0
    assert made.runs() == (1,)
    assert {each.severity for each in made.problems()} == {"error", "advice"}
    assert all(str(each).isprintable() for each in made.problems())
    made.close()


NOTHING = [
    ("run-12.root", 'after "run" stands "-12.root", wanted is "_"'),
    (f"run_{'9' * 30}.root", "{run} has at most 12 digits, here are 30"),
]


@pytest.mark.parametrize(("name", "why"), NOTHING)
def test_a_pattern_that_matches_nothing_says_what_nearly_does(
    tmp_path: Path, name: str, why: str
) -> None:
    put(tmp_path, name)
    put(tmp_path, "x.root")
    made = source(tmp_path, "run_{run}.root")
    settle(made, T0)
    assert told(made) == [
        f"no file in {tmp_path} is called run_{{run}}.root ({WHERE}); most like it is "
        f"{name}: {why}"
    ]
    assert made.problems()[0].severity == "error"
    put(tmp_path, "run_1.root")
    (words,) = told(made)
    assert words.startswith("2 ROOT files have another name than run_{run}.root (")
    assert made.problems()[0].severity == "advice"
    made.close()


def test_an_empty_folder_waits(tmp_path: Path) -> None:
    made = source(tmp_path, "run_{run}.root")
    settle(made, T0)
    assert told(made) == [
        f"no file in {tmp_path} is called run_{{run}}.root ({WHERE}), nor is any other "
        "ROOT file there"
    ]
    assert made.problems()[0].severity == "advice"
    made.close()


def test_too_many_producers_are_refused_as_a_whole(tmp_path: Path) -> None:
    for number in range(MAX_PRODUCERS + 1):
        (tmp_path / f"run_5_{number:04d}.root").symlink_to(tmp_path / "one")
    put(tmp_path, "one")
    made = source(tmp_path, "run_{run}_{client}.root", "sum")
    settle(made, T0)
    (words,) = told(made)
    assert words.startswith("101 producers in run 5 (0000, 0001, 0002")
    with pytest.raises(RootFileError, match="nothing of it is shown"):
        made.element(5, "adc")
    made.close()


@pytest.mark.parametrize(
    ("pattern", "file", "run"),
    [
        ("run_{run}_{client}.root", "run_12_daq1.root", "run 12"),
        ("{subsystem}/{run}.root", "hodo/12.root", "run 12"),
        ("last.root", "last.root", "the run of 2023-11-14 22:13:20"),
        ("t{time}.root", "t20261128T055959.root", "the run of 2026-11-28 05:59:59"),
    ],
)
def test_one_file_by_the_pattern_of_a_site(
    tmp_path: Path, pattern: str, file: str, run: str
) -> None:
    settings = SiteSettings(
        "X", sources=(SourceSettings("daq", files=pattern, merge="sum"),)
    )
    for folder in (tmp_path / "daq", tmp_path / "copies"):
        path = put(folder, file)
        files = files_of(str(path), settings, tmp_path, {})
        made = open_source(str(path), files=files)
        made.poll(T0)
        assert run_words(made.current_run) == run
        assert made.run_state(made.current_run) is RunState.FINAL
        above = "hodo/" if "{subsystem}" in pattern else ""
        assert [each.path for each in made.entries(made.current_run)] == [f"{above}adc"]
        assert made.element(made.current_run, f"{above}adc").name == "adc"
        made.close()


def test_a_pattern_that_is_given_is_summed_where_the_site_sums(tmp_path: Path) -> None:
    sums = SourceSettings("daq", files="run_{run}_{client}.root", merge="sum")
    other = SourceSettings("other", files="o_{run}.root")

    def merge(pattern: str, *sources: SourceSettings) -> Merge | None:
        settings = SiteSettings("X", sources=sources)
        files = files_of(f"{tmp_path}//{pattern}", settings, tmp_path, {})
        return files and files.merge

    assert merge("run_{run}_{client}.root", sums) == "sum"
    assert merge("run_{run}_{client}.root", other, sums) == "sum"
    assert merge("test_{run}_{client}.root", sums) == "sum"
    assert merge("test_{run}_{client}.root", sums, other) == "refuse"
    assert merge("test_{run}_{client}.root") == "refuse"


def test_a_run_is_said_to_go_on_once_it_does(tmp_path: Path) -> None:
    put(tmp_path, "run_7.root")
    made = source(tmp_path, "run_{run}.root")
    settle(made, T0 + 1)
    assert made.current_run == 7
    assert [each.sentence for each in made.facts()] == []
    put(tmp_path, "run_7.root", histogram(2.0), at=T0 + 10)
    settle(made, T0 + 10)
    assert [each.sentence for each in made.facts()] == ["Run 7 is running"]
    made.close()
