"""Extents in words, and what two have in common."""

from __future__ import annotations

from itertools import product

import pytest

from dqmconsole.model.cause import (
    MOST_CELLS,
    Extent,
    extent_of,
    extent_words,
    in_other_part,
    joined,
    overlap,
)

BOTH = ("wheel", "sector")


def places(wheels: list[int], sectors: list[int]) -> list[tuple[str, ...]]:
    return [(str(one), str(two)) for one, two in product(wheels, sectors)]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (places([-2], [3, 4, 5]), "wheel −2, sectors 3–5"),
        (places([1], [7]), "wheel 1, sector 7"),
        (places([-2, -1, 0, 1, 2], [9]), "wheels −2 to 2, sector 9"),
        (places([1, 2], [1, 2, 10, 12]), "wheels 1–2, sectors 1–2, 10, 12"),
        (
            places([-1], [3]) + places([2], [3, 4]),
            "wheel −1, sector 3; wheel 2, sectors 3–4",
        ),
        (places([0], [1, 3, 5, 7, 9]), "wheel 0, sectors 1–9 (5 of them)"),
        (
            [("-1", "1"), ("0", "3"), ("1", "2"), ("2", "8")],
            "wheels −1 to 2, sectors 1–3, 8 (4 places)",
        ),
        ([("YB+1", "3"), ("YB-1", "3")], "wheels YB+1, YB-1, sector 3"),
        ([("0.5", "1"), ("-0.5", "1")], "wheels −0.5, 0.5, sector 1"),
    ],
)
def test_an_extent_is_said_as_one_would(
    cells: list[tuple[str, ...]], words: str
) -> None:
    assert extent_words(extent_of(BOTH, cells)) == words


def test_one_axis_alone_is_said_too() -> None:
    assert extent_words(extent_of(("ieta",), [("2",), ("3",)])) == "ieta 2–3"
    assert extent_words(extent_of(("FED",), [("2",), ("30",)])) == "FEDs 2, 30"
    many = extent_of(("crate",), [(f"C{each}",) for each in range(6)])
    assert extent_words(many) == "crates C0, C1, C2, C3 and 2 more"


def test_places_that_are_not_listed_are_counted() -> None:
    extent = Extent(("FED",), (("1",), ("2",)), more=1300)
    assert extent_words(extent) == "FEDs 1–2 and 1,300 more places"


def test_places_that_are_not_listed_are_not_another_place() -> None:
    many = [(f"{each:04}",) for each in range(2 * MOST_CELLS)]
    first, last = (extent_of(("FED",), some) for some in (many[:20], many[-20:]))
    row = joined(extent_of(("FED",), many), first)
    assert row is not None
    assert row.more
    assert overlap(row, first)
    assert overlap(row, last)
    assert overlap(last, row)
    assert overlap(row, extent_of(("FED",), many[100:]))
    assert not overlap(first, last)
    assert not overlap(extent_of(("FED",), many[20:]), first)


def test_another_part_of_the_detector_is_another_place() -> None:
    def at(name: str, part: str = "") -> Extent:
        return Extent(("module", name), (("1", "2"), ("2", "2"), ("3", "2")), part=part)

    barrel, here, disks = at("ladder", "barrel"), at("rod", "barrel"), at("l", "disks")
    assert (in_other_part(barrel, here), overlap(barrel, here)) == (False, True)
    assert (in_other_part(barrel, disks), overlap(barrel, disks)) == (True, False)
    for unknown in (at("fibre"), None):
        assert (in_other_part(barrel, unknown), overlap(barrel, unknown)) == (
            None,
            True,
        )


def test_few_or_scattered_places_may_be_in_all_parts_by_chance() -> None:
    def at(many: int, part: str, *, scattered: bool = False) -> Extent:
        cells = tuple((str(each),) for each in range(many))
        return Extent((f"module of {part}",), cells, scattered=scattered, part=part)

    assert overlap(at(2, "barrel"), at(9, "disks"))
    assert not overlap(at(3, "barrel"), at(9, "disks"))
    assert overlap(at(9, "barrel", scattered=True), at(9, "disks", scattered=True))
    assert not overlap(at(9, "barrel", scattered=True), at(9, "disks"))


def test_an_axis_may_name_the_parts() -> None:
    barrel = Extent(("phi",), (("3",), ("4",), ("5",)), part="barrel")
    names, rings = ("part", "layer"), [("disks", each) for each in "123"]
    disks = extent_of(names, rings)
    assert overlap(barrel, extent_of(names, [*rings, ("barrel", "1")]))
    assert not overlap(barrel, disks)
    assert overlap(barrel, Extent(names, disks.cells, more=3))  # not all are known


def test_the_part_of_a_place_is_said_and_kept() -> None:
    one, other = (
        Extent(("ladder",), ((each,),), part="layer 1") for each in ("2", "3")
    )
    both = joined(one, other)
    assert both is not None
    assert extent_words(both) == "layer 1, ladders 2–3"
    elsewhere = Extent(("ladder",), (("3",),), part="layer 2")
    assert joined(one, elsewhere) == one  # ladder 3 of layer 1 is another one
