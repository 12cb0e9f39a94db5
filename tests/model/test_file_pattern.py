from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dqmconsole.model.file_pattern import (
    FIELDS,
    FilePattern,
    PatternError,
    key_of_time,
    proposed,
    time_key,
)

PATTERN = FilePattern("run_{run}.root | monitor_run{run}_latest.root")


def test_alternatives_and_zeros_before_the_number() -> None:
    first, second = map(PATTERN.match, ("run_000123.root", "monitor_run7_latest.root"))
    assert first is not None
    assert second is not None
    assert (first.run, first.alternative) == (123, 0)
    assert (second.run, second.alternative) == (7, 1)
    assert PATTERN.fields == {"run"}


NEARLY = [
    ("run-12.root", 'after "run" stands "-12.root", wanted is "_"'),
    ("Run_12.root", 'at its beginning stands "Run_12.root", wanted is "run_" (upper'),
    ("run_abc.root", 'after "run_" stands "abc.root", wanted is {run}, digits'),
    ("run_12.root.bak", '".bak" is left over at its end'),
    ("run_", 'after "run_" it ends, wanted is {run}, digits'),
    (f"run_{'1' * 30}.root", "{run} has at most 12 digits, here are 30"),
    ("run_000.root", "{run} is a number above 0, here is 0"),
    ("monitor_run7_newest.root", 'after "monitor_run7_" stands "newest.root"'),
]


@pytest.mark.parametrize(("name", "why"), NEARLY)
def test_why_a_name_is_none_of_the_pattern(name: str, why: str) -> None:
    assert PATTERN.match(name) is None
    assert PATTERN.why_not(name).startswith(why)
    assert PATTERN.nearest(["x.dat", name, "y.root"]) == name


def test_folders_repeated_fields_and_the_site_s_own_word() -> None:
    pattern = FilePattern("run{run}/{subsystem}_{client}_{run}_s{spill}.root", "spill")
    found = pattern.match("run12/hodo_daq-1.lab_12_s3.root")
    assert found is not None
    assert (found.run, found.lumisection) == (12, 3)
    assert (found.subsystem, found.client) == ("hodo", "daq-1.lab")
    assert pattern.match("run12/hodo_daq-1.lab_13_s3.root") is None
    assert pattern.leads_into("run12")
    assert not pattern.leads_into("old")


TIMES = [
    ("20261128T055959", 20261128055959),
    ("20261128_0559", 20261128055900),
    ("2026-11-28_05-59-59", 20261128055959),
    ("2026-11-28", 20261128000000),
    ("1764309599", 20251128055959),
    ("1764309599123", 20251128055959),
    ("20261399", None),
    ("19000101", None),
]


@pytest.mark.parametrize(("text", "key"), TIMES)
def test_times_as_they_are_written(text: str, key: int | None) -> None:
    assert time_key(text) == key
    found = FilePattern("tb_{time}.root").match(f"tb_{text}.root")
    assert (None if found is None else found.time) == key


MISTAKES = [
    ("", "nothing in it"),
    ("a.root |", "nothing in it"),
    ("{rum}.root", '"{rum}" is none of {run}, {lumisection}'),
    ("{run}{time}.root", "nothing stands between {run} and {time}"),
    ("run_{run.root", '"{" without its other'),
    ("/daq/run_{run}.root", "no path below the folder"),
    ("../run_{run}.root", "no path below the folder"),
    ("a/b/c/d/e/{run}.root", "5 folders deep: at most 4"),
    ("*_*_*_*_*.root", "5 of *, {subsystem}, {client}: at most 3"),
    ("a\0{run}", "signs that cannot be shown"),
    ("|".join(["{run}"] * 9), "at most 8 alternatives, here are 9"),
    ("x" * 501, "at most 500 characters"),
]


@pytest.mark.parametrize(("text", "words"), MISTAKES)
def test_what_is_no_pattern_is_said(text: str, words: str) -> None:
    with pytest.raises(PatternError) as error:
        FilePattern(text)
    assert words in str(error.value)


def test_a_star_is_anything_in_one_name_but_a_leading_dot() -> None:
    pattern = FilePattern("*{run}*.root")
    found = pattern.match("beam_000123_x.root")
    assert found is not None
    assert found.run == 123
    assert pattern.match(".123.root") is None
    assert pattern.match("a/123.root") is None


PROPOSALS = [
    (["run_000123.root", "run_000124.root"], "run_{run}.root"),
    (["run_000123.root"], "run_{run}.root"),
    (["hodo_12.root", "calo_13.root"], "{client}_{run}.root"),
    (["tb2026_run12.root", "tb2026_run13.root"], "tb2026_run{run}.root"),
    (["mon_20261128T055959.root"], "mon_{time}.root"),
    (["run_1_daq1.root", "run_2_daq2.root"], "run_{run}_daq{client}.root"),
    (["hodo_12.root", "calo_12.root"], "{client}_{run}.root"),
    (
        ["latest.root", "run_000123_daq1.root", "run_000123_daq2.root"],
        "run_{run}_daq{client}.root",
    ),
    (["hodo.root", "calo.root"], "{client}.root"),
    (["latest.root"], "latest.root"),
    (["a}{.root"], ""),
    ([], ""),
]


@pytest.mark.parametrize(("files", "pattern"), PROPOSALS)
def test_a_pattern_is_proposed_for_names_of_one_make(
    files: list[str], pattern: str
) -> None:
    assert proposed(files) == pattern


_signs = st.text(string.ascii_letters + string.digits + "_.-+*?[](|){}\\^$ äß/")


def test_hostile_names_take_no_time() -> None:
    pattern = FilePattern("*_{subsystem}_{client}_{run}_s{lumisection}_{time}.root")
    for name in ("_" * 100, "_1_s" * 25, "1" * 255, "_20261128" * 12):
        assert pattern.match(name) is None
        assert pattern.why_not(name)
    assert FilePattern("*{run}*{lumisection}*").match("1" * 255) is None


@settings(max_examples=40)
@given(_signs, _signs)
def test_any_text_is_a_pattern_or_says_why_not(text: str, name: str) -> None:
    try:
        pattern = FilePattern(text)
    except PatternError:
        return
    assert pattern.fields <= set(FIELDS)
    assert (pattern.match(name) is None) == bool(pattern.why_not(name))
    assert pattern.nearest([name]) == name


@settings(max_examples=40)
@given(
    st.integers(1, 10**12 - 1),
    st.integers(0, 10**9 - 1),
    st.text(string.ascii_letters + "_", min_size=1, max_size=8),
    st.integers(0, 8),
)
def test_what_a_name_was_made_of_is_read_back(
    run: int, lumisection: int, client: str, zeros: int
) -> None:
    name = f"{client}-{'0' * zeros}{run}.s{lumisection}.root"
    found = FilePattern("{client}-{run}.s{lumisection}.root").match(name)
    assert found is not None
    assert (found.client, found.run, found.lumisection) == (client, run, lumisection)


@settings(max_examples=40)
@given(st.floats())
def test_any_clock_has_a_key_or_none(when: float) -> None:
    key = key_of_time(when)
    assert key is None or 19700101000000 <= key < 10**14


@settings(max_examples=40)
@given(st.lists(st.text(min_size=1, max_size=20), max_size=6))
def test_proposals_match_what_they_were_made_of(files: list[str]) -> None:
    pattern = proposed(files)
    if pattern:
        assert any(map(FilePattern(pattern).match, files))
