"""Elements of several producers added up, each kind by what adds in it.

Histograms and polygons bin by bin, with their errors; profiles by their moments, so
that a mean is that of all fills; efficiencies by what passed and what was tried; parts
of a stack each with its like. Graphs, lists, texts and numbers do not add up, nor do
shares that a producer worked out itself: of these there is the newest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec
import numpy as np

from dqmconsole.model.graph import Collection, Graph, Polygons
from dqmconsole.model.histogram import Histogram, Scalar
from dqmconsole.model.sums import added, total_of
from dqmconsole.rootio.efficiencies import StoredEfficiency, efficiency_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.model.graph import Element

    Counts = tuple[StoredEfficiency, Histogram, Histogram]

Kind = TypeVar("Kind", Histogram, Polygons, Collection)


class NotAddedError(ValueError):
    """Elements that are of one kind and do not add up; says why."""


def adds_up(element: Element) -> bool:
    """Tell whether elements of its kind are added up."""
    if isinstance(element, Scalar | Graph):
        return False
    if isinstance(element, Collection):
        return element.stacked and all(map(adds_up, element.parts))
    return isinstance(element, Polygons) or not element.efficiency


def added_up(parts: Sequence[Element]) -> Element:
    """The sum of elements that add up, by the first's name and titles.

    Raises:
        NotAddedError: they are of different kinds, or their bins differ.
    """
    first = parts[0]
    if isinstance(first, Histogram):
        return _histograms([_of_kind(each, Histogram) for each in parts])
    if isinstance(first, Polygons):
        return _polygons([_of_kind(each, Polygons) for each in parts])
    if isinstance(first, Collection):
        return _collections([_of_kind(each, Collection) for each in parts])
    message = f"objects of class {kind_of(first)} do not add up"
    raise NotAddedError(message)


def efficiencies(parts: Sequence[Counts]) -> Graph | Histogram:
    """The efficiency of all that was tried; its interval as the first asks for.

    Raises:
        NotAddedError: their bins differ.
        DamagedError: what passed and what was tried do not fit each other.
    """
    passed = _histograms([each[1] for each in parts])
    total = _histograms([each[2] for each in parts])
    return efficiency_of(parts[0][0], passed, total)


def kind_of(element: Element) -> str:
    """The ROOT class of an element, or what kind of number it is."""
    if isinstance(element, Scalar):
        return "text" if isinstance(element.value, str) else "number"
    return element.root_class


def _of_kind(each: Element, kind: type[Kind]) -> Kind:
    if isinstance(each, kind):
        return each
    message = f"one is a {kind_of(each)}, another is none"
    raise NotAddedError(message)


def _histograms(parts: Sequence[Histogram]) -> Histogram:
    first = parts[0]
    for part in parts[1:]:
        _see_bins(first, part)
    total = added(parts)
    assert total is not None  # their bins are the same
    return total


def _see_bins(first: Histogram, part: Histogram) -> None:
    if part.dimension != first.dimension or part.is_profile != first.is_profile:
        message = f"one is a {first.root_class}, another a {part.root_class}"
        raise NotAddedError(message)
    if part.error_mode != first.error_mode:
        message = "their errors are worked out in different ways"
        raise NotAddedError(message)
    for name, one, other in zip("xyz", first.axes, part.axes, strict=False):
        if not one.same_bins(other):
            message = (
                f"their {name} axes differ: {one.bins} bins from {one.low:g} to "
                f"{one.high:g}, and {other.bins} from {other.low:g} to {other.high:g}"
            )
            raise NotAddedError(message)
        if one.labels != other.labels:
            message = f"the labels of their {name} axes differ"
            raise NotAddedError(message)


def _polygons(parts: Sequence[Polygons]) -> Polygons:
    first = parts[0]
    for part in parts[1:]:
        for name in ("starts", "bins", "x", "y"):
            if not np.array_equal(getattr(first, name), getattr(part, name)):
                message = "their bins have different shapes"
                raise NotAddedError(message)
    weighted = any(part.sumw2 is not None for part in parts)
    squares = [
        np.abs(part.contents) if part.sumw2 is None else part.sumw2 for part in parts
    ]
    return msgspec.structs.replace(
        first,
        contents=total_of([part.contents for part in parts]),
        sumw2=total_of(squares) if weighted else None,
        entries=float(sum(part.entries for part in parts)),
    )


def _collections(parts: Sequence[Collection]) -> Collection:
    first = parts[0]
    names = [each.name for each in first.parts]
    if any([each.name for each in part.parts] != names for part in parts):
        message = "they hold different plots"
        raise NotAddedError(message)
    rows = zip(*(part.parts for part in parts), strict=True)
    return msgspec.structs.replace(first, parts=tuple(map(added_up, rows)))
