from __future__ import annotations

import fnmatch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmconsole.site.globs import any_match, could_both_match, literal

GLOBS = st.text("ab*?/", max_size=7)
PATHS = st.text("ab/", max_size=7)


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        ("Hcal/*", "Hcal/Digi*", True),
        ("Hcal/*", "Ecal/*", False),
        ("*/a", "b/*", True),
        ("a*b", "*c", False),
        ("", "", True),
        ("", "*", True),
        ("", "?", False),
        ("a[12]", "a1", True),
        ("a[", "a[", True),
        ("**a", "a", True),
    ],
)
def test_some_pairs(first: str, second: str, both: bool) -> None:
    assert could_both_match(first, second) is both
    assert could_both_match(second, first) is both


@given(GLOBS, GLOBS, PATHS)
def test_what_matches_both_is_foreseen(first: str, second: str, path: str) -> None:
    if fnmatch.fnmatchcase(path, first) and fnmatch.fnmatchcase(path, second):
        assert could_both_match(first, second)


@given(GLOBS, PATHS)
def test_against_a_plain_path_it_is_the_match(glob: str, path: str) -> None:
    assert could_both_match(glob, path) == any_match(path, [glob])


def test_a_path_is_more_specific_than_any_glob() -> None:
    assert literal("a/b") > literal("a/bbbbbbbbb*") > literal("a/*") > literal("*")
