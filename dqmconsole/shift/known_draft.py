"""A known issue drafted from a verdict, as it is written in ``layouts/known.yaml``."""

from __future__ import annotations

import glob
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.known_issue import Region
from dqmconsole.model.layout import subsystem_of
from dqmconsole.model.verdict import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.model.frame import Tile
    from dqmconsole.model.histogram import Array, Axis, Histogram
    from dqmconsole.model.verdict import Verdict

REVIEW = timedelta(days=14)
NO_OWNER = "owner to be named"
_MOST = 12  # regions written one by one; more become one region about them all


class NoDraftError(ValueError):
    """There is nothing of which a known issue could be drafted; says why."""


def drafted(tile: Tile | None, owner: str, now: float) -> str:
    """A known issue of what a verdict names, to be read and completed by a person.

    Args:
        tile: the plot with its verdict.
        owner: role of the contacts that owns the plot, or "".
        now: unix time, s; the issue is to be reviewed 14 days later.

    Returns:
        One entry of ``layouts/known.yaml``. Comments say what a person must look at.

    Raises:
        NoDraftError: there is no picture, the verdict is neither BAD nor WARNING, or
            the element belongs to no subsystem.
    """
    if tile is None or tile.picture is None:
        message = "There is no picture of this plot of which an issue could be drafted."
        raise NoDraftError(message)
    if tile.verdict.status not in (Status.BAD, Status.WARNING):
        message = (
            f"The verdict is {tile.verdict.status}: a known issue is drafted from "
            "BAD or WARNING."
        )
        raise NoDraftError(message)
    subsystem = subsystem_of(tile.path)
    data, expected = tile.picture.data, tile.picture.expected
    bins = None if expected is None else expected.offending
    regions: tuple[Region, ...] = ()
    about = False
    if data is not None and bins is not None and bins.size:
        regions, about = regions_of_bins(data, bins)
    expires = datetime.fromtimestamp(now, UTC) + REVIEW
    lines = [
        f"problem: {_quoted(_problem(tile.verdict))}",
        *([f"subsystem: {_quoted(subsystem)}"] if subsystem else []),
        f"paths: [{_quoted(glob.escape(tile.path), '?')}]",
    ]
    if regions:
        written = ", ".join(_region(region) for region in regions)
        note = "  # about all bins named: make it smaller" if about else ""
        lines.append(f"regions: [{written}]{note}")
    else:
        lines.append(
            "# the verdict names no bins: without regions it is the whole plot"
        )
    if regions and not tile.picture.whole:
        lines.append("# of fewer, larger cells: drafted of the plot alone it is exact")
    if regions and bins is not None:
        lines.append(f"channels: {np.unique(bins).size}  # bins; or modules, channels")
    lines += [
        f"owner: {_quoted(owner or NO_OWNER)}",
        f'expires: "{expires:%Y-%m-%d}"',
        "news: anything else in this plot",
    ]
    return "- " + "\n  ".join(lines) + "\n"


def _problem(verdict: Verdict) -> str:
    return _plain(verdict.sentence, " ").strip() or str(verdict.status)


def regions_of_bins(data: Histogram, bins: Array) -> tuple[tuple[Region, ...], bool]:
    """The regions of some bins of a histogram, in units of its axes or by labels.

    Args:
        data: has the bins.
        bins: indices of inner bins, flat in C order of (x, y).

    Returns:
        The regions, and whether they hold more than the bins: of many scattered bins
        it is one region about them all. Empty where an axis has no finite edges.
    """
    axes = data.axes[:2]
    shape = tuple(axis.bins for axis in axes)
    known = np.unique(np.asarray(bins, dtype=np.int64))
    known = known[(known >= 0) & (known < int(np.prod(shape)))]
    if not known.size or not all(np.isfinite(axis.edges).all() for axis in axes):
        return (), False
    if len(axes) == 1:
        columns = _stretches(known)
        if _labelled(axes[0], known):
            return (Region(x_labels=_labels(axes[0], known)),), False
        found = [Region(x=_range(axes[0], *each)) for each in columns]
        if len(found) > _MOST:
            return (Region(x=_range(axes[0], known[0], known[-1])),), True
        return tuple(found), False
    x, y = axes
    boxes = list(_boxes(np.stack(np.unravel_index(known, shape))))
    about = len(boxes) > _MOST
    if about:
        at = np.array(boxes)
        low, high = at[:, ::2].min(axis=0), at[:, 1::2].max(axis=0)
        boxes = [(low[0], high[0], low[1], high[1])]
    return tuple(_box_region(x, y, box) for box in boxes), about


def _boxes(places: Array) -> Iterator[tuple[int, int, int, int]]:
    """Rectangles that hold just these cells: first and last column, and row, of each.

    Neighbouring columns with the same stretch of rows are one.
    """
    open_since: dict[tuple[int, int], int] = {}
    columns, rows = places
    before = -2
    for column in [*np.unique(columns).tolist(), None]:
        here = set() if column is None else set(_stretches(rows[columns == column]))
        if column is None or column != before + 1:
            here_still: set[tuple[int, int]] = set()
        else:
            here_still = here & open_since.keys()
        for rows_open in sorted(open_since.keys() - here_still):
            yield (open_since.pop(rows_open), before, *rows_open)
        if column is not None:
            for each in here - here_still:
                open_since[each] = column
            before = column


def _stretches(at: Array) -> tuple[tuple[int, int], ...]:
    """First and last of each run of neighbours among sorted indices."""
    parts = np.split(at, np.flatnonzero(np.diff(at) > 1) + 1)
    return tuple((int(part[0]), int(part[-1])) for part in parts)


def _labelled(axis: Axis, at: Array) -> bool:
    return bool(axis.labels) and all(axis.labels[index] for index in at.tolist())


def _labels(axis: Axis, at: Array) -> tuple[str, ...]:
    return tuple(dict.fromkeys(axis.labels[index] for index in at.tolist()))


def _range(axis: Axis, first: int, last: int) -> tuple[float, float]:
    return float(axis.edges[first]), float(axis.edges[last + 1])


def _box_region(x: Axis, y: Axis, box: tuple[int, int, int, int]) -> Region:
    kept: dict[str, object] = {}
    for name, axis, first, last in (("x", x, *box[:2]), ("y", y, *box[2:])):
        at = np.arange(first, last + 1)
        if _labelled(axis, at):
            kept[f"{name}_labels"] = _labels(axis, at)
        else:
            kept[name] = _range(axis, first, last)
    return Region(**kept)  # type: ignore[arg-type]


def _region(region: Region) -> str:
    parts = []
    for name in ("x", "y"):
        span, labels = getattr(region, name), getattr(region, f"{name}_labels")
        if span is not None:
            low, high = (_number(end, span[1] - span[0]) for end in span)
            parts.append(f"{name}: [{low}, {high}]")
        elif labels:
            parts.append(f"{name}_labels: [{', '.join(map(_quoted, labels))}]")
    return f"{{{', '.join(parts)}}}"


def _number(value: float, width: float) -> str:
    """An edge as YAML 1.1 reads it, exact to a millionth of the range it ends."""
    digits = range(6, 17)
    tried = (f"{value:.{each}g}" for each in digits)
    near = (each for each in tried if abs(float(each) - value) <= 1e-6 * width)
    mantissa, e, exponent = next(near, repr(value)).partition("e")
    return f"{mantissa}{'' if '.' in mantissa or not e else '.0'}{e}{exponent}"


def _quoted(text: str, instead: str = " ") -> str:
    """Text in double quotes on one line; `instead` stands for what is not printable."""
    return json.dumps(_plain(text, instead), ensure_ascii=False)


def _plain(text: str, instead: str) -> str:
    return "".join(each if each.isprintable() else instead for each in text)
