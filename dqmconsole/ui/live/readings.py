"""What tools read off a plot: the numbers between two lines, the bin at a crosshair."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from dqmconsole.model.compare import pull, ratio
from dqmconsole.model.sums import bins_within, range_statistics
from dqmconsole.model.tlatex import plain_title
from dqmconsole.model.words import counted
from dqmconsole.ui.plot.plane import never_filled
from dqmconsole.ui.plot.reading import bin_at, bin_words, short

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.model.histogram import Array, Axis, Histogram
    from dqmconsole.ui.plot.overlays import Ranges
    from dqmconsole.ui.plot.scene import Scene

_LONGEST = 40  # letters of a name
_DASH = "\N{EN DASH}"
_MINUS = "\N{MINUS SIGN}"


class Reading(NamedTuple):
    """Numbers with their names.

    Attributes:
        heading: what they are of.
        columns: their names.
        rows: the name of each row ("" where there is one alone), and its numbers.
    """

    heading: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]

    def words(self) -> str:
        """All of it in sentences."""
        sentences = [self.heading] if self.heading else []
        for name, cells in self.rows:
            pairs = zip(self.columns, cells, strict=True)
            words = ", ".join(f"{column} {cell}" for column, cell in pairs)
            sentences.append(f"{name}: {words}" if name else words)
        return ". ".join(sentences) + "."

    def html(self, ink: str, muted: str) -> str:
        """A table; its numbers have the colour `ink`, their names `muted`."""
        named = any(name for name, _ in self.rows)
        first = f"<td style='color:{muted}'>{{}}&nbsp;&nbsp;</td>"
        cell = "<td align='right'>&nbsp;&nbsp;{}</td>"
        small = f"<td align='right' style='color:{muted}'>&nbsp;&nbsp;{{}}</td>"
        lines = ["".join(small.format(escape(column)) for column in self.columns)]
        lines += [
            "".join(cell.format(escape(c)) for c in cells) for _, cells in self.rows
        ]
        if named:
            names = ("", *(name for name, _ in self.rows))
            lines = [
                first.format(escape(name)) + line
                for name, line in zip(names, lines, strict=True)
            ]
        table = "".join(f"<tr>{line}</tr>" for line in lines)
        words = f"{escape(self.heading)}<table cellspacing='0'>{table}</table>"
        return f"<div style='color:{ink}'>{words}</div>"


def bins_of(scene: Scene) -> Histogram | None:
    """The histogram that tools work on; None where a plot shows none by its bins."""
    data, draw = scene.data, scene.draw
    if data is None or data.dimension > 2 or draw.drawing is not None:
        return None
    if not all(axis.bins and axis.low < axis.high < math.inf for axis in data.axes):
        return None
    return None if draw.style in ("table", "strip") else data


def nearest_bins(axis: Axis, within: tuple[float, float]) -> slice:
    """The bins between the edges nearest to two values, one at least."""
    edges = axis.edges
    first, stop = (int(np.argmin(np.abs(edges - value))) for value in sorted(within))
    first = min(first, axis.bins - 1)
    return slice(first, max(stop, first + 1))


def nearest_edges(axis: Axis, within: tuple[float, float]) -> tuple[float, float]:
    """The edges nearest to two values, one bin apart at least."""
    found = nearest_bins(axis, within)
    return float(axis.edges[found.start]), float(axis.edges[found.stop])


def moved_edges(
    axis: Axis, within: tuple[float, float], low: int, high: int
) -> tuple[float, float]:
    """Both edges moved by so many bins; they stay on the axis and a bin apart."""
    found, edges = nearest_bins(axis, within), axis.edges
    if low == high:  # all of it: it keeps its width at the ends of the axis
        low = high = min(max(low, -found.start), axis.bins - found.stop)
    first = min(max(found.start + low, 0), axis.bins - 1)
    stop = min(max(found.stop + high, first + 1), axis.bins)
    return float(edges[first]), float(edges[stop])


def moved_bin(axis: Axis, value: float, step: int) -> float:
    """The middle of the bin so many on from the one at a value, on the axis."""
    at = bin_at(value, axis.edges)
    if at is None:
        at = 0 if value < axis.edges[0] else axis.bins - 1
    return float(axis.centers[min(max(at + step, 0), axis.bins - 1)])


def filled_values(histogram: Histogram) -> Array:
    """The contents of the inner bins; NaN where nothing was filled or is a number."""
    values = histogram.values()
    empty = ~np.isfinite(values)
    if histogram.is_profile or histogram.dimension > 1:
        empty |= never_filled(histogram, values)
    return np.where(empty, np.nan, values)


def between(scene: Scene, ranges: Ranges) -> Reading | None:
    """What lies within a range of x, of a map of x and y; of data and reference.

    Flow bins are not included; the heading says so.

    Args:
        scene: what is drawn.
        ranges: of x, of a map of x and y.

    Returns:
        The numbers; None where there is no histogram with as many axes.
    """
    data = bins_of(scene)
    if data is None or len(ranges) != data.dimension:
        return None
    inside = tuple(map(bins_within, data.axes, ranges))
    sizes = [part.stop - part.start for part in inside]
    if len(sizes) == 1:
        number = f"{sizes[0]} of {counted(data.axes[0].bins, 'bin')}"
    else:
        number = f"{sizes[0]} × {sizes[1]} cells"
    places = [
        f"{name} {_range_words(axis, part)}"
        for name, axis, part in zip(_names(scene, data), data.axes, inside, strict=True)
    ]
    rows = [("data", _numbers(data, inside, 1.0))]
    if scene.reference is not None:
        rows.append(("reference", _numbers(scene.reference, inside, scene.scale)))
    heading = f"{', '.join(places)}: {number}, under- and overflow not included"
    return Reading(heading, _columns(data), tuple(rows))


def crossed(scene: Scene, at: Sequence[float]) -> Reading | None:
    """What stands in the bin at a value of x, of a map at x and y.

    Args:
        scene: what is drawn.
        at: the value on each axis.

    Returns:
        Names and numbers; None outside of the axes and where there are no bins.
    """
    data = bins_of(scene)
    if data is None or len(at) != data.dimension:
        return None
    found = [bin_at(v, axis.edges) for v, axis in zip(at, data.axes, strict=True)]
    place = tuple(index for index in found if index is not None)
    if len(place) != data.dimension:
        return None
    columns, cells = list(_names(scene, data)), []
    for axis, index in zip(data.axes, place, strict=True):
        cells.append(bin_words(axis, axis.edges, index))
    one = _cropped(data, _alone(place))
    counts = data.dimension > 1 and not data.is_profile
    empty = counts and float(data.contents.min()) >= 0  # else 0 is a value
    columns.append(_value_name(scene, data))
    cells.append(_content(one, 1.0, empty=empty))
    if scene.reference is not None:
        other = _cropped(scene.reference, _alone(place))
        scale = 1.0 if other.is_profile else scene.scale
        quotient, away = ratio(one, other, scale), pull(one, other, scale)
        assert quotient.errors is not None
        columns += ["reference", "ratio", "pull"]
        cells.append(_content(other, scale, empty=empty))
        value, error = (
            np.ravel(each)[0] for each in (quotient.values, quotient.errors)
        )
        cells.append(_with_error(float(value), float(error), _DASH))
        cells.append(_number(float(np.ravel(away.values)[0]), _DASH, 3))
    return Reading("", tuple(columns), (("", tuple(cells)),))


def highest(scene: Scene, ranges: Sequence[tuple[float, float] | None]) -> list[float]:
    """The middle of the highest bin within a range, of the first where none is filled.

    Args:
        scene: what is drawn; it has bins.
        ranges: for each axis, None for all of it.
    """
    data = bins_of(scene)
    assert data is not None
    inside = tuple(
        bins_within(axis, within)
        for axis, within in zip(data.axes, ranges, strict=True)
    )
    found = _highest(_cropped(data, inside))
    place = found[0] if found is not None else tuple(0 for _ in inside)
    return [
        float(axis.centers[min(part.start + index, axis.bins - 1)])
        for axis, part, index in zip(data.axes, inside, place, strict=True)
    ]


# -- inside -----------------------------------------------------------------------


def _alone(place: tuple[int, ...]) -> tuple[slice, ...]:
    return tuple(slice(index, index + 1) for index in place)


def _cropped(histogram: Histogram, inside: tuple[slice, ...]) -> Histogram:
    """A histogram of some inner bins, with their neighbours for flow bins.

    Large maps are not looked at as a whole for a few of their cells.
    """
    pairs = tuple(zip(histogram.axes, inside, strict=True))
    if all(part.stop - part.start == axis.bins for axis, part in pairs):
        return histogram
    cut = tuple(slice(part.start, part.stop + 2) for part in inside)
    axes = []
    for axis, part in pairs:
        edges = axis.edges[part.start : part.stop + 1]
        axes.append(
            msgspec.structs.replace(
                axis,
                bins=part.stop - part.start,
                low=float(edges[0]),
                high=float(edges[-1]),
                variable=None if axis.variable is None else edges,
                labels=axis.labels[part],
            )
        )
    names = ("contents", "sumw2", "bin_entries", "bin_sumw2")
    arrays = {name: getattr(histogram, name) for name in names}
    kept = {name: each[cut] for name, each in arrays.items() if each is not None}
    return msgspec.structs.replace(histogram, axes=tuple(axes), sums=(), **kept)


def _highest(histogram: Histogram) -> tuple[tuple[int, ...], float] | None:
    """Where the highest inner bin lies, and its content; None where none is filled."""
    if not all(axis.bins for axis in histogram.axes):
        return None
    if not histogram.is_profile:  # most often nothing else must be looked at
        raw = histogram.contents[(slice(1, -1),) * histogram.dimension]
        place = np.unravel_index(int(np.argmax(raw)), raw.shape)
        if np.isfinite(raw[place]) and (raw[place] > 0 or histogram.dimension == 1):
            return tuple(int(each) for each in place), float(raw[place])
    values = filled_values(histogram)
    if not values.size or not np.isfinite(values).any():
        return None
    place = np.unravel_index(int(np.nanargmax(values)), values.shape)
    return tuple(int(each) for each in place), float(values[place])


def _total(histogram: Histogram) -> float:
    """What stands in all bins, flow bins too, as far as it is a number."""
    weights = histogram.contents
    if histogram.bin_entries is not None:
        weights = histogram.bin_entries
    with np.errstate(all="ignore"):
        total = float(np.sum(weights, dtype=np.float64))
        if not math.isfinite(total):
            total = float(np.sum(weights[np.isfinite(weights)], dtype=np.float64))
    return total


def _content(one: Histogram, scale: float, *, empty: bool) -> str:
    """The content of a histogram of one bin with its error."""
    value = float(one.values().ravel()[0])
    if (empty and value == 0) or (one.is_profile and one.counts().ravel()[0] == 0):
        return "empty"
    error = float(np.sqrt(one.variances().ravel()[0]))
    return _with_error(value * scale, error * abs(scale), "not a number")


def _names(scene: Scene, data: Histogram) -> tuple[str, ...]:
    """What the axes are called, with their units."""
    draws = (scene.draw.x, scene.draw.y)
    return tuple(
        _name(draw.title_or(axis.title)) or name
        for axis, draw, name in zip(data.axes, draws, "xy", strict=False)
    )


def _value_name(scene: Scene, data: Histogram) -> str:
    draw = scene.draw.y if data.dimension == 1 else scene.draw.z
    return _name(draw.title_or(data.y_title)) or "content"


def _name(title: str) -> str:
    name = plain_title(title)
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"


def _range_words(axis: Axis, part: slice) -> str:
    edges = axis.edges
    first = bin_words(axis, axis.edges, part.start)
    last = bin_words(axis, axis.edges, max(part.stop - 1, part.start))
    if " to " not in first and " to " not in last:  # bins with names
        return first if first == last else f"{first} to {last}"
    return f"{short(float(edges[part.start]))} to {short(float(edges[part.stop]))}"


def _moments(data: Histogram) -> list[tuple[int, str]]:
    """The axes that have a mean: bins with names have none."""
    names = [""] if data.dimension == 1 else [" x", " y"]
    axes = enumerate(zip(data.axes, names, strict=True))
    return [(index, name) for index, (axis, name) in axes if not axis.labels]


def _columns(data: Histogram) -> tuple[str, ...]:
    found = ["entries" if data.is_profile else "integral", "of all"]
    if data.is_profile:
        found.append("average")
    for _, name in _moments(data):
        found += [f"mean{name}", f"RMS{name}"]
    return (*found, "maximum")


def _numbers(
    histogram: Histogram, inside: tuple[slice, ...], scale: float
) -> tuple[str, ...]:
    part = _cropped(histogram, inside)
    found = range_statistics(part, (None,) * part.dimension)
    scale = 1.0 if histogram.is_profile else scale
    total = _total(histogram)
    share = 100.0 * found.integral / total if total else math.nan
    integral, error = found.integral * scale, found.integral_error * abs(scale)
    cells = [
        short(integral) if histogram.is_profile else _with_error(integral, error),
        f"{share:.3g} %" if math.isfinite(share) else _DASH,
    ]
    if histogram.is_profile:
        cells.append(_number(found.average, _DASH))
    for index, _ in _moments(histogram):
        mean, error = found.means[index], found.mean_errors[index]
        cells.append(_with_error(mean, error, _DASH))
        cells.append(_number(found.deviations[index], _DASH))
    most = _highest(part)
    if most is None:
        return (*cells, _DASH)
    where = ", ".join(
        bin_words(axis, axis.edges, each.start + index)
        for axis, each, index in zip(histogram.axes, inside, most[0], strict=True)
    )
    return (*cells, f"{short(most[1] * scale)} at {where}")


def _with_error(value: float, error: float, otherwise: str = "empty") -> str:
    """A number with its error, both to its second digit, or as whole numbers."""
    if not math.isfinite(value):
        return otherwise
    if not (math.isfinite(error) and error > 0):
        return short(value)
    decimals = 1 - math.floor(math.log10(error))
    if decimals > 6 or max(abs(value), error) >= 1e7:
        return f"{short(value)} ± {short(error, 2)}"
    if decimals <= 0:
        return f"{short(round(value))} ± {short(round(error))}"
    return f"{value:.{decimals}f} ± {error:.{decimals}f}".replace("-", _MINUS)


def _number(value: float | None, otherwise: str, digits: int = 4) -> str:
    if value is None or not math.isfinite(value):
        return otherwise
    return short(value, digits)
