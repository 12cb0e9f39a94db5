"""Values that are no distribution: a table's rows, each with its name and its limit."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.tlatex import plain_title
from dqmconsole.ui.plot.reading import short

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.model.frame import Expected
    from dqmconsole.model.histogram import Array, Axis, Histogram, Scalar

MOST_ROWS = 500  # beyond, a table is no longer read
_UNIT = re.compile(r"\[([^\[\]]+)\]\s*$")


@dataclass(frozen=True)
class TableRow:
    """One row.

    Attributes:
        name: what it is.
        values: one text per column, without unit.
        unit: of all of them, or "".
        limit: what it must keep to, in words, or "".
        off: how it does not ("below", "above", "bad"), or "" where it does.
    """

    name: str
    values: tuple[str, ...]
    unit: str = ""
    limit: str = ""
    off: str = ""


@dataclass(frozen=True)
class Table:
    """Rows under common headings.

    Attributes:
        columns: headings of the values; ("",) where there is one without a name.
        rows: from the top.
        left_out: how many rows more there are.
    """

    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]
    left_out: int = 0


def table_of(
    data: Histogram | None,
    overlays: Sequence[Histogram] = (),
    scalars: Sequence[Scalar] = (),
    expected: Expected | None = None,
    names: Sequence[str] = (),
) -> Table:
    """Write elements as a table.

    Labelled bins are rows, of two dimensions those of y with a column for each bin of
    x. Without labels a histogram is a row of its own: its last
    filled bin, and where that is.

    Args:
        data: the plot's histogram, or None.
        overlays: further ones.
        scalars: single values.
        expected: what the verdict measured the data against.
        names: of data and overlays, where they are rows of their own.
    """
    if data is not None and data.dimension == 2:
        return _plane(data, expected)
    rows: list[TableRow] = []
    if data is not None and data.axes[0].labels:
        rows = _bins(data, expected)
        for each in overlays:
            rows += _bins(each, None)
    elif data is not None:
        named = names or ("",) * (1 + len(overlays))
        for number, (each, name) in enumerate(
            zip((data, *overlays), named, strict=False)
        ):
            rows.append(_latest(each, name, expected if number == 0 else None))
    rows += [_scalar(each) for each in scalars]
    return _cut(("",), rows)


def unit_of(title: str) -> str:
    """The unit at the end of a title, "x [cm]": "cm", else ""."""
    found = _UNIT.search(title)
    return plain_title(found[1]) if found else ""


def limit_words(limits: Sequence[tuple[float, str]]) -> str:
    """Write limits: "bad above 3.2"."""
    return ", ".join(f"{word} {number(value)}".strip() for value, word in limits)


def off_limits(value: float, limits: Sequence[tuple[float, str]]) -> str:
    """Say how a value breaks limits whose words say on which side is wrong."""
    for limit, word in limits:
        if "above" in word and value > limit:
            return "above"
        if "below" in word and value < limit:
            return "below"
    return ""


def number(value: float, digits: int = 4) -> str:
    """Write a number; numbers of fills and runs are not parted by thousands."""
    if value == value and abs(value) < 1e6 and value == int(value):
        return str(int(value)).replace("-", "−")
    return short(value, digits)


# -- inside -----------------------------------------------------------------------


def _cut(columns: tuple[str, ...], rows: list[TableRow]) -> Table:
    return Table(columns, tuple(rows[:MOST_ROWS]), max(len(rows) - MOST_ROWS, 0))


def _labels(axis: Axis) -> list[str]:
    """A name per bin: its label, or its middle."""
    labels = axis.labels or ("",) * axis.bins
    return [
        plain_title(label) or number(float(middle))
        for label, middle in zip(labels, axis.centers, strict=False)
    ]


def _bins(data: Histogram, expected: Expected | None) -> list[TableRow]:
    values = data.values()
    errors = np.sqrt(data.variances()) if _has_errors(data) else None
    never = data.counts() == 0 if data.is_profile else np.zeros(len(values), bool)
    unit = unit_of(data.y_title)
    rows = []
    for index, name in enumerate(_labels(data.axes[0])):
        if data.axes[0].labels and not data.axes[0].labels[index]:
            continue  # a bin without a name among named ones is none
        if never[index]:
            rows.append(TableRow(name, ("–",), unit))
            continue
        value = float(values[index])
        words = number(value)
        if errors is not None and errors[index] > 0:
            words += f" ± {number(float(errors[index]), 2)}"
        limit, off = _judged(value, index, expected)
        rows.append(TableRow(name, (words,), unit, limit, off))
    return rows


def _plane(data: Histogram, expected: Expected | None) -> Table:
    x, y = data.axes
    columns = tuple(_labels(x))
    values = data.values()
    never = data.counts() == 0 if data.is_profile else np.zeros(values.shape, bool)
    own = unit_of(data.y_title) or unit_of(data.title)
    rows = []
    for row in range(y.bins):
        name = _labels_at(y, row)
        judged = [
            _judged(float(values[at, row]), at * y.bins + row, expected)
            for at in range(x.bins)
        ]
        limit = next((each for each, _ in judged if each), "")
        off = next((each for _, each in judged if each), "")
        # a row's label may have its own unit
        unit = unit_of(name)
        written = tuple(
            "–" if never[at, row] else number(float(values[at, row]))
            for at in range(x.bins)
        )
        name = _UNIT.sub("", name).strip() if unit else name
        rows.append(TableRow(name, written, unit or own, limit, off))
    return _cut(columns, rows)


def _labels_at(axis: Axis, index: int) -> str:
    label = axis.labels[index] if index < len(axis.labels) else ""
    return plain_title(label) or number(float(axis.centers[index]))


def _latest(data: Histogram, name: str, expected: Expected | None) -> TableRow:
    values = data.values()
    filled = data.counts() > 0 if data.is_profile else values != 0
    at = np.flatnonzero(filled & np.isfinite(values))
    unit = unit_of(data.y_title)
    called = plain_title(data.title) or plain_title(name) or data.name
    if at.size == 0:
        return TableRow(called, ("–",), unit)
    index = int(at[-1])
    value = float(values[index])
    limit, off = _judged(value, index, expected)
    return TableRow(called, (number(value),), unit, limit, off)


def _scalar(scalar: Scalar) -> TableRow:
    value = scalar.value
    words = str(value) if isinstance(value, (int, str)) else number(value)
    return TableRow(plain_title(scalar.name), (words,))


def _judged(value: float, index: int, expected: Expected | None) -> tuple[str, str]:
    """The limit of a bin in words, and how it is broken."""
    if expected is None:
        return "", ""
    limit = limit_words(expected.limits)
    off = off_limits(value, expected.limits)
    low, high = _at(expected.low, index), _at(expected.high, index)
    if not math.isnan(low) or not math.isnan(high):
        limit = _band_words(low, high)
        if value < low:
            off = "below"
        elif value > high:
            off = "above"
    if not off and expected.offending is not None and index in expected.offending:
        off = "bad"
    return limit, off


def _band_words(low: float, high: float) -> str:
    if math.isnan(low):
        return f"up to {number(high)}"
    if math.isnan(high):
        return f"from {number(low)}"
    return f"{number(low)} to {number(high)}"


def _at(values: Array | None, index: int) -> float:
    if values is None:
        return math.nan
    flat = np.asarray(values).ravel()
    return float(flat[index]) if index < flat.size else math.nan


def _has_errors(data: Histogram) -> bool:
    return data.is_profile or data.sumw2 is not None
