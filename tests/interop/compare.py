"""An element as this project reads it, held against what ROOT says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dqmconsole.model.graph import Collection, Graph, Polygons
from dqmconsole.model.histogram import Histogram
from dqmconsole.model.projection import parse_cut, project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.model.graph import Element

Said = dict[str, Any]
CLOSE = 1e-11
# ROOT halves until 1e-9 for some intervals, and looks for shortest ones to about 1e-4.
HALVED = 3e-9
SHORTEST = 2e-4
UNSET = -1111.0
GRAPH_WITHOUT_ERRORS = -1.0


def differences(found: Element, said: Said) -> list[str]:
    """What is read otherwise than ROOT does, in words; nothing when all is equal."""
    return list(_differences(found, said))


def _differences(found: Element, said: Said) -> Iterator[str]:
    if isinstance(found, Histogram) and "contents" in said:
        yield from _histogram(found, said)
    elif isinstance(found, Graph) and "share" in said:
        yield from _efficiency(found, said)
    elif isinstance(found, Histogram) and "share" in said:
        yield from _efficiency_map(found, said)
    elif isinstance(found, Graph) and "x" in said:
        yield from _graph(found, said)
    elif isinstance(found, Polygons) and "bins" in said:
        yield from _polygons(found, said)
    elif isinstance(found, Collection) and "parts" in said:
        yield from _collection(found, said)
    elif "large" not in said:
        yield f"a {type(found).__name__} of a {said['class']}"


def _near(
    what: str, found: object, said: object, rtol: float = CLOSE, atol: float = 1e-300
) -> Iterator[str]:
    ours = np.asarray(found, np.float64).ravel(order="F")
    theirs = np.asarray(said, np.float64).ravel()
    if ours.shape != theirs.shape:
        yield f"{what}: {ours.size} numbers, ROOT has {theirs.size}"
        return
    same = np.isclose(ours, theirs, rtol=rtol, atol=atol, equal_nan=True)
    if not same.all():
        at = int(np.argmin(same))
        count = int((~same).sum())
        one, other = float(ours[at]), float(theirs[at])
        yield f"{what}: {count} differ, first {one!r} where ROOT has {other!r}"


def _same(what: str, found: object, said: object) -> Iterator[str]:
    if found != said:
        yield f"{what}: {found!r} where ROOT has {said!r}"


def _histogram(found: Histogram, said: Said) -> Iterator[str]:
    yield from _same("class", found.root_class, said["class"])
    yield from _same("title", found.title, said["title"])
    if found.dimension < 3:
        yield from _same("y title", found.y_title, said["y_title"])
    yield from _bins(found, said)
    yield from _shown(found, said)
    for text, projection in said.get("projections", {}).items():
        cut = parse_cut(text, found.dimension)
        for words in _bins(project(found, cut), projection):
            # ROOT has the effective number of entries, and no titles of profiles
            if words.partition(":")[0] not in ("entries", "axis title"):
                yield f"projection {text}: {words}"


def _bins(found: Histogram, said: Said) -> Iterator[str]:
    profile = "raw" in said
    yield from _same("profile", found.is_profile, profile)
    yield from _near("contents", found.values(flow=True), said["contents"])
    errors = np.sqrt(found.variances(flow=True))
    # of a mean of equal values, ROOT's spread is what rounding leaves of it
    yield from _near("errors", errors, said["errors"], rtol=1e-6, atol=1e-6)
    yield from _near("entries", found.entries, said["entries"], rtol=1e-9)
    if profile:
        yield from _near("sums", found.contents, said["raw"])
        yield from _near("bin entries", found.bin_entries, said["bin_entries"])
        if said["bin_sumw2"]:
            yield from _near("bin sumw2", found.bin_sumw2, said["bin_sumw2"])
    if said["sumw2"]:
        # of unweighted bins, which need none, ROOT has projections with errors
        own = found.variances(flow=True) if found.sumw2 is None else found.sumw2
        yield from _near("sumw2", own, said["sumw2"])
    for axis, wanted in zip(found.axes, said["axes"], strict=True):
        offset = axis.low - wanted["low"] if axis.time else 0.0
        edges = np.array(wanted["edges"]) + offset
        span = max(abs(wanted["high"] - wanted["low"]), 1e-300)
        yield from _near("edges", axis.edges, edges, rtol=1e-14, atol=1e-12 * span)
        yield from _same("axis title", axis.title, wanted["title"])
        labels = wanted["labels"] if any(wanted["labels"]) else []
        yield from _same("labels", list(axis.labels), labels)
    if found.sums and found.sums[0] and not any(axis.time for axis in found.axes):
        yield from _near("sums", found.sums, said["stats"], rtol=1e-8, atol=1e-9)


def _shown(found: Histogram, said: Said) -> Iterator[str]:
    for axis, wanted in zip(found.axes, said.get("shown", ()), strict=False):
        yield from _same("time", axis.time, wanted["time"])
        first, last = max(wanted["first"], 1), min(wanted["last"], axis.bins)
        whole = not wanted["last"] or (first, last) == (1, axis.bins) or first > last
        if whole:
            yield from _same("shown", axis.shown, None)
        else:
            edges = axis.edges
            yield from _near("shown", axis.shown or (), (edges[first - 1], edges[last]))
    for ours, theirs in zip(found.shown, said.get("limits", ()), strict=False):
        wanted = None if theirs == UNSET or not np.isfinite(theirs) else theirs
        yield from _same("extremes", ours, wanted)


def _graph(found: Graph, said: Said) -> Iterator[str]:
    yield from _same("class", found.root_class, said["class"])
    yield from _same("title", found.title, said["title"].partition(";")[0])
    yield from _same("time", found.x_time, said.get("time", False))
    offset = found.x[:1] - said["x"][:1] if found.x_time else 0.0
    yield from _near("x", found.x - offset, said["x"])
    yield from _near("y", found.y, said["y"])
    for letter, errors in (("x", found.x_errors), ("y", found.y_errors)):
        for side, array in zip(("down", "up"), errors or (None, None), strict=True):
            theirs = np.asarray(said[f"{letter}_{side}"])
            ours = array
            if ours is None:
                ours = np.full(len(theirs), GRAPH_WITHOUT_ERRORS)
                if not (theirs == ours).all():
                    yield f"{letter} {side}: no errors, ROOT has some"
                continue
            yield from _near(f"{letter} {side}", ours, np.abs(theirs))
    if said["x"]:
        yield from _same("x title", found.x_title, said["x_title"])
        yield from _same("y title", found.y_title, said["y_title"])
    low, high = said["limits"]
    if low != UNSET and high != UNSET and low < high:
        yield from _same("y shown", found.y_shown, (low, high))


def _interval_tolerance(said: Said) -> float:
    return {4: HALVED, 8: HALVED, 5: SHORTEST, 6: SHORTEST, 7: SHORTEST}.get(
        said["option"], 1e-9
    )


def _efficiency(found: Graph, said: Said) -> Iterator[str]:
    there = np.asarray(said["total"]) != 0
    close = _interval_tolerance(said)

    def kept(name: str) -> object:
        return np.asarray(said[name])[there]

    yield from _near("x", found.x, kept("centers"))
    yield from _near("share", found.y, kept("share"), rtol=1e-9, atol=1e-12)
    assert found.y_errors is not None
    assert found.x_errors is not None
    yield from _near(
        "x down", found.x - found.x_errors[0], kept("lows"), rtol=1e-9, atol=1e-12
    )
    yield from _near("down", found.y_errors[0], _shares(kept("down")), 1e-7, close)
    yield from _near("up", found.y_errors[1], _shares(kept("up")), 1e-7, close)


def _shares(errors: object) -> object:
    """Errors of shares: of a mode beside its interval, ROOT's are negative."""
    return np.maximum(np.asarray(errors, np.float64), 0.0)


def _efficiency_map(found: Histogram, said: Said) -> Iterator[str]:
    share = np.asarray(said["share"])
    there = np.asarray(said["total"]) != 0
    values = found.values(flow=True).ravel(order="F")
    yield from _near("share", values[there], share[there], rtol=1e-9, atol=1e-12)
    half = (np.asarray(said["down"]) + np.asarray(said["up"])) / 2
    errors = np.sqrt(found.variances(flow=True)).ravel(order="F")
    close = max(_interval_tolerance(said), 1e-7)
    yield from _near("errors", errors[there], half[there], 1e-6, close)
    yield from _near("trials", found.bin_entries, said["total"])


def _polygons(found: Polygons, said: Said) -> Iterator[str]:
    yield from _same("title", found.title, said["title"])
    bins = said["bins"]
    yield from _near("entries", found.entries, said["entries"])
    yield from _near("contents", found.contents, [each["content"] for each in bins])
    squares = found.contents if found.sumw2 is None else found.sumw2
    errors = np.sqrt(np.abs(squares))
    yield from _near("errors", errors, [each["error"] for each in bins])
    rings = [(n, ring) for n, each in enumerate(bins) for ring in each["rings"]]
    yield from _same("rings", len(found.bins), len(rings))
    for at, (owner, ring) in enumerate(rings[: len(found.bins)]):
        yield from _same("bin of a ring", int(found.bins[at]), owner)
        part = slice(int(found.starts[at]), int(found.starts[at + 1]))
        yield from _near("corners x", found.x[part], [x for x, _ in ring])
        yield from _near("corners y", found.y[part], [y for _, y in ring])
    names = ["" if each["name"] == "Graph" else each["name"] for each in bins]
    yield from _same("labels", list(found.labels), names if any(names) else [])


def _drawn(parts: list[Said]) -> Iterator[Said]:
    for part in parts:
        if "parts" in part:
            yield from _drawn(part["parts"])
        elif {"contents", "x", "share", "large"} & part.keys():
            yield part


def _collection(found: Collection, said: Said) -> Iterator[str]:
    yield from _same("class", found.root_class, said["class"])
    yield from _same("title", found.title, said["title"].partition(";")[0])
    parts = list(_drawn(said["parts"]))
    yield from _same("parts", len(found.parts), len(parts))
    for number, (ours, theirs) in enumerate(zip(found.parts, parts, strict=False)):
        for words in _differences(ours, theirs):
            about = words.partition(":")[0]
            if about in ("x title", "y title", "axis title", "shown", "extremes"):
                continue  # a part takes those of the whole where it has none
            if about == "y shown":
                continue
            yield f"part {number}: {words}"
