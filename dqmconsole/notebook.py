"""Pictures of histograms for notebooks, as SVG, and tables as HTML: without Qt."""

from __future__ import annotations

import base64
import html
import math
import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.rebin import block_size, few_bins, rebinned
from dqmconsole.model.tlatex import plain_title

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dqmconsole.model.histogram import Array, Axis, Histogram

WIDTH, HEIGHT = 460, 300  # px
_LEFT, _TOP, _RIGHT, _BOTTOM = 62, 34, 14, 44
_BAR = 62  # px of the bar of colours at the right of a map
_MOST_BINS = 400  # drawn along an axis; more are summed
_TICKS = 5
_GROUND, _INK, _MUTED, _LINE = "#FBFBFB", "#1F2A33", "#5A6670", "#C5CBD0"
_FILL, _EDGE = "#9DB2C4", "#3D5A75"
# cividis (Nunez, Anderton, Renslow 2018) at even steps
_COLOURS = ("00224E", "35456C", "666970", "948E77", "C8B866", "FEE838")
_FONT = 'font-family="Source Sans 3, Source Sans Pro, sans-serif" font-size="12"'


def svg_of(histogram: Histogram) -> str:
    """A histogram as a picture of :data:`WIDTH` by :data:`HEIGHT` pixels.

    One dimension is drawn as steps, with errors where bins have weights; a profile as
    points with errors; two as a map. Of three the sum over z is drawn.
    """
    title = plain_title(histogram.title) or histogram.name
    said = f"{histogram.entries:,.10g} entries"
    with np.errstate(all="ignore"):
        if histogram.dimension == 1:
            parts = _curve(histogram)
        else:
            if histogram.dimension == 3:
                said += ", summed over z"
            parts = _map(histogram)
    words = [
        _text(10, 20, title, bold=True, most=44),
        _text(WIDTH - 10, 20, said, anchor="end", colour=_MUTED),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" {_FONT}>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="4" fill="{_GROUND}"/>'
        f"{''.join((*words, *parts))}</svg>"
    )


def table_of(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table as HTML, every cell escaped."""
    cells = "".join(f"<th>{html.escape(each)}</th>" for each in head)
    lines = [f"<tr>{cells}</tr>"]
    for row in rows:
        cells = "".join(f"<td>{html.escape(str(each))}</td>" for each in row)
        lines.append(f"<tr>{cells}</tr>")
    return f"<table>{''.join(lines)}</table>"


def ticks(low: float, high: float, most: int = _TICKS) -> list[float]:
    """Round numbers from `low` to `high`, at most `most` and one."""
    span = high - low
    if not (math.isfinite(span) and span > 0):
        return []
    rough = span / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next((f * power for f in (1, 2, 5) if f * power >= rough), 10 * power)
    first = math.ceil(low / step - 1e-9)
    count = math.floor(high / step + 1e-9) - first + 1
    return [(first + number) * step for number in range(min(count, 2 * most))]


def _curve(given: Histogram) -> list[str]:
    histogram, _ = few_bins(given, _MOST_BINS)
    values = np.nan_to_num(histogram.values(), nan=0.0, posinf=0.0, neginf=0.0)
    errors = np.sqrt(np.maximum(np.nan_to_num(histogram.variances()), 0.0))
    errors[~np.isfinite(errors)] = 0.0
    filled = np.ones(values.shape, bool)
    pointed = histogram.is_profile or histogram.efficiency
    if pointed:
        filled = histogram.counts() != 0
    top = float((values + errors)[filled].max(initial=0.0))
    low = float((values - errors)[filled].min(initial=0.0))
    low, top = (low * 1.05, top * 1.08) if top > low else (low, low + 1.0)
    axis = histogram.axes[0]
    right = WIDTH - _RIGHT
    x = _scale(axis.edges, axis.edges[0], axis.edges[-1], _LEFT, right)
    y = _scale(values, low, top, HEIGHT - _BOTTOM, _TOP)
    ground = float(_scale(np.zeros(1), low, top, HEIGHT - _BOTTOM, _TOP)[0])
    parts = _frame(axis, (low, top), right)
    if not pointed:
        steps = [f"M{x[0]:.1f} {ground:.1f}"]
        steps += [f"V{at:.1f}H{to:.1f}" for at, to in zip(y, x[1:], strict=True)]
        line = "".join((*steps, f"V{ground:.1f}"))
        parts.append(f'<path d="{line}Z" fill="{_FILL}" stroke="none"/>')
        parts.append(f'<path d="{line}" fill="none" stroke="{_EDGE}"/>')
    if pointed or histogram.sumw2 is not None:
        up = _scale(values + errors, low, top, HEIGHT - _BOTTOM, _TOP)
        down = _scale(values - errors, low, top, HEIGHT - _BOTTOM, _TOP)
        middle = (x[1:] + x[:-1]) / 2
        bars = "".join(
            f"M{middle[i]:.1f} {up[i]:.1f}V{down[i]:.1f}"
            for i in np.flatnonzero(filled)
        )
        parts.append(f'<path d="{bars}" stroke="{_EDGE}"/>')
        if pointed:
            parts += [
                f'<circle cx="{middle[i]:.1f}" cy="{y[i]:.1f}" r="2" fill="{_EDGE}"/>'
                for i in np.flatnonzero(filled)
            ]
    title = plain_title(histogram.y_title)
    return [*parts, *([_turned(title)] if title else [])]


def _map(given: Histogram) -> list[str]:
    histogram = given
    if not given.efficiency:
        steps = [block_size(axis.bins, _MOST_BINS) for axis in given.axes]
        histogram = rebinned(given, steps)
    values = histogram.values()
    if values.ndim == 3:
        values = values.sum(axis=2)
    x, y = histogram.axes[:2]
    finite = values[np.isfinite(values)]
    low, high = float(finite.min(initial=0.0)), float(finite.max(initial=0.0))
    if not high > low:
        high = low + 1.0
    right = WIDTH - _RIGHT - _BAR
    wide, tall = right - _LEFT, HEIGHT - _BOTTOM - _TOP
    parts = _frame(x, (float(y.edges[0]), float(y.edges[-1])), right, y)
    picture = _png(np.where(values == 0, np.nan, (values - low) / (high - low)))
    parts.append(
        f'<image x="{_LEFT}" y="{_TOP}" width="{wide}" height="{tall}" '
        'preserveAspectRatio="none" style="image-rendering:pixelated" '
        f'href="{picture}"/>'
    )
    at = right + 12
    bar = _png(np.linspace(0.0, 1.0, 64)[None, :])
    parts.append(
        f'<image x="{at}" y="{_TOP}" width="12" height="{tall}" '
        f'preserveAspectRatio="none" href="{bar}"/>'
    )
    for tick in ticks(low, high):
        place = HEIGHT - _BOTTOM - tall * (tick - low) / (high - low)
        parts.append(_text(at + 16, place + 4, f"{tick:g}", colour=_MUTED))
    title = plain_title(y.title)
    return [*parts, *([_turned(title)] if title else [])]


def _frame(
    x: Axis, range_: tuple[float, float], right: float, y: Axis | None = None
) -> list[str]:
    """The axes with their numbers or labels."""
    bottom = HEIGHT - _BOTTOM
    edges = x.edges
    parts = [
        f'<path d="M{_LEFT} {_TOP}V{bottom}H{right}" fill="none" stroke="{_LINE}"/>'
    ]
    for place, words in _marks(x, float(edges[0]), float(edges[-1])):
        at = _LEFT + (right - _LEFT) * place
        parts.append(_text(at, bottom + 16, words, anchor="middle", colour=_MUTED))
    low, high = range_
    marks = _marks(y, low, high) if y is not None else _numbers(low, high)
    for place, words in marks:
        at = bottom - (bottom - _TOP) * place
        parts.append(
            _text(_LEFT - 6, at + 4, words, anchor="end", colour=_MUTED, most=7)
        )
    if title := plain_title(x.title):
        parts.append(_text(right, HEIGHT - 10, title, anchor="end", most=60))
    return parts


def _marks(axis: Axis, low: float, high: float) -> list[tuple[float, str]]:
    """Where what stands at an axis, from 0 to 1 along it: labels, else numbers."""
    if not any(axis.labels):
        return _numbers(low, high)
    every = max(1, math.ceil(axis.bins / 8))
    return [
        ((number + 0.5) / axis.bins, plain_title(axis.labels[number])[:8])
        for number in range(0, axis.bins, every)
    ]


def _numbers(low: float, high: float) -> list[tuple[float, str]]:
    return [((each - low) / (high - low), f"{each:.6g}") for each in ticks(low, high)]


def _scale(values: Array, low: float, high: float, first: float, last: float) -> Array:
    scaled: Array = first + (values - low) / (high - low) * (last - first)
    return np.nan_to_num(scaled, nan=first)


def _text(
    x: float,
    y: float,
    words: str,
    *,
    anchor: str = "start",
    colour: str = _INK,
    bold: bool = False,
    most: int = 40,
) -> str:
    if len(words) > most:
        words = words[: most - 1] + "…"
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}"{weight}>'
        f"{_written(words)}</text>"
    )


def _turned(words: str) -> str:
    """A title along the left."""
    return f'<g transform="rotate(-90)">{_text(-_TOP, 14, words, anchor="end")}</g>'


def _written(words: str) -> str:
    """Words in XML, which knows no control characters."""
    return html.escape("".join(each if each.isprintable() else " " for each in words))


def _png(shares: Array) -> str:
    """A map, x by y from the lower left, as a data URL; NaN is left clear.

    Args:
        shares: 0 to 1 along the colours, shape (nx, ny).
    """
    grid = shares.T[::-1]
    stops = np.linspace(0.0, 1.0, len(_COLOURS))
    colours = np.array([list(bytes.fromhex(each)) for each in _COLOURS])
    pixels = np.zeros((*grid.shape, 4), np.uint8)
    known = np.isfinite(grid)
    for channel in range(3):
        pixels[..., channel] = np.interp(
            np.where(known, grid, 0.0), stops, colours[:, channel]
        )
    pixels[..., 3] = np.where(known, 255, 0)
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    head = struct.pack(">IIBBBBB", grid.shape[1], grid.shape[0], 8, 6, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n"
    for kind, body in (
        (b"IHDR", head),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ):
        check = zlib.crc32(kind + body)
        data += struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"
