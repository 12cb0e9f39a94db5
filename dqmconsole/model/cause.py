"""How, where and how urgently data are wrong: what alarms are grouped and told by."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import msgspec

from dqmconsole.model.words import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Family = Literal["missing", "excess", "shift", "rate", "stale"]
"""How data are wrong: less than should be, more, another shape or place, another rate
of what is counted, or nothing new at all."""
FAMILIES: tuple[Family, ...] = ("missing", "excess", "shift", "rate", "stale")
Urgency = Literal["", "next-day", "dump", "now"]
"""When somebody has to act: at once, when the beam is dumped, the next day; "" for
what is shown and never heard."""
URGENCIES: tuple[Urgency, ...] = ("", "next-day", "dump", "now")
AUDIBLE: tuple[Urgency, ...] = ("now", "dump")  # of alarms that are meant to be heard
LOCAL: tuple[Family, ...] = ("missing", "excess")
"""Wrong in a place; a shift of all data may show here first, and there later."""
FEWEST = 3  # places of a part; fewer may lie anywhere by chance
MOST_CELLS = 256  # of an extent; one that has more is known in its first ones
PART = "part"  # an axis of this name says which parts of the detector its places are in
FAR_MORE = 2  # times the places
GROWTH = 1.5  # times as many plots or places as before are news
ALIKE = 0.3  # share of their cells (Jaccard) from which on two extents are one
_MOST_BOXES = 3  # places apart that are named one by one
_MOST_NAMED = 4  # likewise, along one axis
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?", re.ASCII)
_PLURAL = re.compile(r"..[b-hj-npqrtvw]$", re.ASCII | re.IGNORECASE)  # not "ieta"


class Extent(msgspec.Struct, frozen=True, gc=False):
    """Where in the detector something is wrong, in the words of a layout's axes.

    Attributes:
        names: what the coordinates are ("wheel", "sector").
        cells: coordinates of each place, as labels or numbers in words; ascending.
        more: further cells that are not listed.
        scattered: they lie apart in many places.
        part: of the detector, the only one that the plot shows; "" where it does not
            say that.
    """

    names: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    more: int = 0
    scattered: bool = False
    part: str = ""

    @property
    def size(self) -> int:
        """Number of cells."""
        return len(self.cells) + self.more


def extent_of(names: tuple[str, ...], cells: Iterable[tuple[str, ...]]) -> Extent:
    """An extent of some cells, in any order and number."""
    found = sorted(dict.fromkeys(cells))  # what is in order is not sorted again
    return Extent(names, tuple(found[:MOST_CELLS]), max(len(found) - MOST_CELLS, 0))


def joined(one: Extent | None, other: Extent | None) -> Extent | None:
    """What two extents cover together; what cannot be put together is the first."""
    return one or other if one is None or other is None else together(one, other)


def together(one: Extent, other: Extent) -> Extent:
    """What two extents cover together, as :func:`joined`."""
    if one.names != other.names or one.part != other.part or one == other:
        return one
    found = extent_of(one.names, (*one.cells, *other.cells))
    return msgspec.structs.replace(
        found,
        more=max(found.more, one.more, other.more),
        scattered=one.scattered or other.scattered,
        part=one.part,
    )


def in_other_part(one: Extent | None, other: Extent | None) -> bool | None:
    """Tell whether two extents are in different parts of the detector, by their plots.

    None where one does not say in which it is, or has so few places that these may lie
    anywhere by chance, and where both are scattered.
    """
    if one is None or other is None or (one.scattered and other.scattered):
        return None
    if min(one.size, other.size) < FEWEST:
        return None
    mine, theirs = _parts_of(one), _parts_of(other)
    return mine.isdisjoint(theirs) if mine and theirs else None


def _parts_of(extent: Extent) -> frozenset[str]:
    """The parts of the detector that an extent is in; none where that is unknown."""
    if extent.part:
        return frozenset((extent.part,))
    if PART not in extent.names or extent.more:
        return frozenset()
    at = extent.names.index(PART)
    return frozenset(cell[at] for cell in extent.cells)


def overlap(one: Extent | None, other: Extent | None) -> bool:
    """Tell whether two extents may be one place.

    They are compared by the coordinates both have, as far as both are known: of one
    that has more cells than are listed, up to its last. An unknown extent (None), and
    one that has no coordinate in common, may be anywhere; two that are scattered may be
    one, whichever of its places each shows. Different parts of the detector are two
    places, whatever else they have in common; see :func:`in_other_part`.
    """
    if in_other_part(one, other):
        return False
    if one is None or other is None or (one.scattered and other.scattered):
        return True
    common = [name for name in one.names if name in other.names]
    if not common:
        return True
    mine, theirs = _projected(one, common), _projected(other, common)
    if one.names == other.names and (one.more or other.more):
        known = min(each.cells[-1] for each in (one, other) if each.more)
        mine = frozenset(cell for cell in mine if cell <= known)
        theirs = frozenset(cell for cell in theirs if cell <= known)
        if not mine or not theirs:
            return True
    both = len(mine & theirs)
    return both >= ALIKE * len(mine | theirs) or both == min(len(mine), len(theirs))


def shares_places(one: Extent | None, other: Extent | None) -> bool:
    """Tell whether a place may be in both of two extents; see :func:`overlap`.

    One that is scattered may be anywhere.
    """
    if one is None or other is None or one.scattered or other.scattered:
        return True
    if one.names != other.names:
        return overlap(one, other)
    if not frozenset(one.cells).isdisjoint(other.cells):
        return True
    return bool(one.more or other.more) and overlap(one, other)


def dealt(
    extent: Extent | None, known: Mapping[str, Extent | None]
) -> dict[str, Extent | None]:
    """An extent by the places that are known of some names.

    What none of them has goes to the first; what is not known of all places, to each.
    """
    if len(known) < 2 or extent is None or extent.more:
        return dict.fromkeys(known, extent)
    left = dict.fromkeys(extent.cells)
    found: dict[str, Extent | None] = {}
    for name, each in known.items():
        if each is None or each.names != extent.names or each.more:
            return dict.fromkeys(known, extent)
        theirs = frozenset(each.cells)
        found[name] = extent_of(extent.names, theirs & left.keys())
        left = {cell: None for cell in left if cell not in theirs}
    first = next(iter(found))
    found[first] = joined(found[first], extent_of(extent.names, left))
    return {
        name: each for name, each in found.items() if each is not None and each.cells
    }


def is_wider(one: Extent | None, other: Extent | None) -> bool:
    """Tell whether an extent is in far more places than another, along common axes.

    Not where one is not known in all its places, or scattered.
    """
    if one is None or other is None:
        return False
    common = [name for name in one.names if name in other.names]
    if not common or any(each.more or each.scattered for each in (one, other)):
        return False
    return len(_projected(one, common)) > FAR_MORE * len(_projected(other, common))


def _projected(extent: Extent, names: list[str]) -> frozenset[tuple[str, ...]]:
    if names == list(extent.names):
        return frozenset(extent.cells)
    at = [extent.names.index(name) for name in names]
    return frozenset(tuple(cell[each] for each in at) for cell in extent.cells)


def most_urgent(urgencies: Iterable[Urgency]) -> Urgency:
    """The one that asks for the earliest answer; "" of none."""
    return max(urgencies, key=URGENCIES.index, default="")


def extent_words(extent: Extent) -> str:
    """Where that is: "wheel −2, sectors 3–5"; places apart stand behind a semicolon.

    The part of the detector that the plot shows alone comes first.
    """
    along: dict[tuple[str, ...], list[str]] = {}
    for *before, last in extent.cells:
        along.setdefault(tuple(before), []).append(last)
    alike: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for first, lasts in along.items():
        alike.setdefault(tuple(lasts), []).append(first)
    boxes = [[*zip(*firsts, strict=True), lasts] for lasts, firsts in alike.items()]
    after = f" and {extent.more:,} more places" if extent.more else ""
    if len(boxes) > _MOST_BOXES:
        boxes = [[*zip(*extent.cells, strict=True)]]
        after = after or f" ({len(extent.cells)} places)"
    said = (", ".join(map(_places_words, extent.names, each)) for each in boxes)
    in_part = f"{extent.part}, " if extent.part else ""
    return in_part + "; ".join(said) + after


def _places_words(name: str, places: Sequence[str]) -> str:
    """Some places along one axis: "wheel −2", "sectors 3–5, 9"."""
    found = list(dict.fromkeys(places))
    if len(found) > 1 and _PLURAL.search(name):
        name += "s"
    if not all(map(_NUMBER.fullmatch, found)):
        return f"{name} {listed(found, _MOST_NAMED)}"
    numbers = sorted(map(float, found))
    runs: list[list[float]] = []
    for each in numbers:
        if runs and each.is_integer() and each == runs[-1][1] + 1:
            runs[-1][1] = each
        else:
            runs.append([each, each])
    words, of_them = [_range(*each) for each in runs], ""
    if len(runs) > _MOST_NAMED:
        words, of_them = [_range(numbers[0], numbers[-1])], f" ({len(found)} of them)"
    return f"{name} {', '.join(words)}{of_them}"


def _range(low: float, high: float) -> str:
    first, last = (
        (f"{each:.0f}" if each.is_integer() else f"{each:g}").replace("-", "−", 1)
        for each in (low, high)
    )
    if low == high:
        return first
    return f"{first} to {last}" if low < 0 else f"{first}–{last}"
