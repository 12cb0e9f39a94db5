"""One rename in the data that explains why several paths of a site are missing."""

from __future__ import annotations

import pytest

from dqmconsole.site.rules.renames import find_renames, rewritten
from dqmconsole.site.rules.source_paths import SourcePaths

NAMES = ("occ", "time", "adc")


def source(*paths: str) -> SourcePaths:
    return SourcePaths("SOURCE", paths)


@pytest.mark.parametrize(
    ("missing", "there", "words"),
    [
        # a folder, and all below it
        ([f"Hcal/DigiTask/{n}" for n in NAMES], [f"Hcal/Digi/{n}" for n in NAMES],
         '"Hcal/DigiTask" is "Hcal/Digi" there'),
        # another folder in between, and one less
        ([f"Hcal/{n}" for n in NAMES], [f"Hcal/Run summary/{n}" for n in NAMES],
         '"Hcal" is "Hcal/Run summary" there'),
        ([f"Hcal/x/{n}" for n in NAMES], [f"Hcal/{n}" for n in NAMES],
         '"Hcal/x" is "Hcal" there'),
        # a name that is wholly other
        ([f"Hcal/abc/{n}" for n in NAMES], [f"Hcal/xyz/{n}" for n in NAMES],
         '"Hcal/abc" is "Hcal/xyz" there'),
        # parts of names
        ([f"Hcal/h_{n}" for n in NAMES], [f"Hcal/{n}" for n in NAMES],
         'in Hcal names have no "h_" there'),
        ([f"Hcal/{n}" for n in NAMES], [f"Hcal/h_{n}" for n in NAMES],
         'in Hcal names have "h_" there'),
        ([f"Hcal/occ_depth{n}" for n in range(3)],
         [f"Hcal/occupancy_depth{n}" for n in range(3)],
         'in Hcal names have "occupancy" for "occ" there'),
    ],
)  # fmt: skip
def test_one_rename_explains_all(
    missing: list[str], there: list[str], words: str
) -> None:
    (found,) = find_renames(missing, source(*there, "Hcal/other"), missing)
    assert found.words == words
    assert dict(found.paths) == dict(zip(missing, there, strict=True))
    assert found.said("SOURCE").startswith(f"3 paths are not in SOURCE, where {words}:")


def test_two_renames_are_two(  # the larger first, what neither explains is left
) -> None:
    missing = [*(f"Hcal/A/{n}" for n in NAMES), "Hcal/B/u", "Hcal/B/v", "Hcal/C/w"]
    there = [*(f"Hcal/A1/{n}" for n in NAMES), "Hcal/B1/u", "Hcal/B1/v"]
    found = find_renames(missing, source(*there), missing)
    assert [len(each.paths) for each in found] == [3, 2]


@pytest.mark.parametrize(
    ("missing", "there", "named"),
    [
        # one is a guess, and not a rule
        (["Hcal/A/occ"], ["Hcal/B/occ"], []),
        # nothing is renamed to what the site shows already
        (["Hcal/d5", "Hcal/d6"], ["Hcal/d3", "Hcal/d4"], ["Hcal/d3", "Hcal/d4"]),
        # two of one
        (["Hcal/A1/occ", "Hcal/A2/occ"], ["Hcal/B/occ"], []),
        ([], ["Hcal/B/occ"], []),
    ],
)
def test_what_is_no_rename(
    missing: list[str], there: list[str], named: list[str]
) -> None:
    assert find_renames(missing, source(*there), named) == ()


RENAMED = {f"Hcal/occ{n}": f"Hcal/Digi/occ{n}" for n in (1, 2)}
RENAMED |= {f"Hcal/t_{n}": f"Hcal/time_{n}" for n in ("a", "b")}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Hcal/occ1", "Hcal/Digi/occ1"),
        ("Hcal/occ{1..2}", "Hcal/Digi/occ{1..2}"),
        ("Hcal/t_{a,b}", "Hcal/time_{a,b}"),
        ("Hcal/{t_a,t_b}", None),
        ("Hcal/occ{1..3}", None),
        ("Hcal/occ{1..", None),
        ("Hcal/occ?", "Hcal/Digi/occ?"),
        ("Hcal/t_*", "Hcal/time_*"),
        ("Hcal/*", None),
        ("a title of Hcal/occ1", None),
        ("Hcal", None),
    ],
)
def test_a_text_is_rewritten_where_all_of_it_was_renamed(
    text: str, wanted: str | None
) -> None:
    there = source(*RENAMED.values(), "Hcal/other")
    assert rewritten(text, RENAMED, there) == wanted


@pytest.mark.slow
def test_many_missing_paths_are_explained_in_time() -> None:
    missing = [f"Hcal/Old{n % 40}/h{n}" for n in range(5000)]
    there = [f"Hcal/New{n % 40}/h{n}" for n in range(20_000)]
    found = find_renames(missing, source(*there), missing)
    assert sum(len(each.paths) for each in found) == 5000


@pytest.mark.slow
def test_what_nothing_explains_takes_no_long_time() -> None:
    missing = [f"Hcal/{n}abc{n}/h{n % 50}" for n in range(5000)]
    there = [f"Hcal/xyz{n}/h{n % 50}" for n in range(20_000)]
    found = find_renames(missing, source(*there), missing)
    assert len(found) < 300
