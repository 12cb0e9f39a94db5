"""Layouts of other programs, as they are read before any becomes one of a site."""

from __future__ import annotations

import msgspec

from dqmconsole.model.layout import AxisDraw, Draw, ReferenceDraw

MOST_LOSSES = 200
"""Losses that are said of one file; how many more there are is counted."""


class Loss(msgspec.Struct, frozen=True):
    """Something of a file that does not come along as it is written.

    Attributes:
        file: the file.
        line: the line, from 1; 0: the file as a whole.
        kind: what was lost, in a word or two; losses are counted by it.
        message: what it is, in words.
        failed: a statement, or the file, gave nothing.
    """

    file: str
    line: int
    kind: str
    message: str
    failed: bool = False

    def __str__(self) -> str:
        """``file:line: kind: message``."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.kind}: {self.message}"


class Cell(msgspec.Struct, frozen=True):
    """One place of a foreign layout.

    Attributes:
        path: of the monitor element.
        title: what is written above it; "" for the producer's title.
        description: HTML, as it was written.
        draw: its own options, in the words of CMS: ``xmin``, ``ytype``, ``drawopts``,
            ``withref``.
        overlays: further elements drawn with it.
        span: columns and rows that it takes.
    """

    path: str
    title: str = ""
    description: str = ""
    draw: dict[str, str] = {}
    overlays: tuple[str, ...] = ()
    span: tuple[int, int] = (1, 1)


class Sheet(msgspec.Struct, frozen=True):
    """One layout of another program: what it shows at once.

    Attributes:
        name: its full name, parts divided by ``/``; of JSON the names of layout and
            page, divided by a line break.
        rows: its cells; None where a place is left empty.
        file, line: where it is written.
        columns: of the grid; 0: as many as the longest row has.
    """

    name: str
    rows: tuple[tuple[Cell | None, ...], ...]
    file: str
    line: int
    columns: int = 0

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Its cells, row by row, the empty places left out."""
        return tuple(cell for row in self.rows for cell in row if cell is not None)


class Sheets(msgspec.Struct, frozen=True):
    """What a file gave.

    Attributes:
        sheets: its layouts, in its order.
        losses: what was lost.
        more: how many further losses there were.
    """

    sheets: tuple[Sheet, ...] = ()
    losses: tuple[Loss, ...] = ()
    more: int = 0


class Losses:
    """The losses of one file, each once, up to a number.

    Args:
        file: the file.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.more = 0
        self._losses: dict[Loss, None] = {}

    def add(self, line: int, kind: str, message: str, *, failed: bool = False) -> None:
        """Take one in; arguments as of :class:`Loss`."""
        loss = Loss(self.file, line, kind, message[:500], failed)
        if loss in self._losses:
            return
        if len(self._losses) >= MOST_LOSSES:
            self.more += 1
        else:
            self._losses[loss] = None

    @property
    def losses(self) -> tuple[Loss, ...]:
        """Those that were taken in, by line."""
        return tuple(sorted(self._losses, key=lambda each: each.line))


# -- options of drawing ----------------------------------------------------------------

_STYLES = {
    "colz": "map", "col": "map", "scat": "map", "box": "map", "cont": "map",
    "lego": "map", "surf": "map", "arr": "map", "candle": "map",
    "text": "text", "colztext": "text", "coltext": "text", "textcolz": "text",
    "hist": "step", "l": "step", "c": "step", "f": "fill", "b": "fill", "bar": "fill",
    "e": "points", "e0": "points", "e1": "points", "e2": "points", "e3": "points",
    "e4": "points", "p": "points", "ep": "points", "e1p": "points", "ap": "points",
    "pe": "points", "p0": "points", "p*": "points", "*": "points", "ae": "points",
    "alp": "points", "al": "step", "lp": "points", "pl": "points", "histe": "step",
}  # fmt: skip
_OTHERWISE = ("scat", "box", "cont", "lego", "surf", "arr", "candle", "e2", "e3", "e4")
_LOG = {"logx": "x", "logy": "y", "logz": "z"}
_SILENT = ("", "gridx", "gridy", "grid", "same", "nostat", "a", "axis", "nopad")
AXES = ("x", "y", "z")


def drawing(
    draw: dict[str, str], line: int, losses: Losses
) -> tuple[Draw | None, ReferenceDraw]:
    """How a plot is drawn, of options in the words of CMS and of ROOT.

    Args:
        draw: as :class:`Cell` has them.
        line: of the file.
        losses: takes what has no counterpart.
    """
    axes: dict[str, dict[str, object]] = {name: {} for name in AXES}
    changes: dict[str, object] = {}
    reference = ReferenceDraw()
    for key, value in draw.items():
        if key == "withref":
            reference = _reference(value, line, losses)
        elif key == "drawopts":
            _options(value, changes, axes, line, losses)
        elif key[:1] in AXES and key[1:] == "type":
            if value.strip().lower() == "log":
                axes[key[0]]["scale"] = "log"
            elif value.strip().lower() not in ("lin", "def", ""):
                losses.add(
                    line, "draw option", f'{key}: "{value}" is no lin and no log'
                )
        elif key[:1] in AXES and key[1:] in ("min", "max"):
            try:
                number = float(value)
            except ValueError:
                number = float("nan")
            if abs(number) < 1e300:  # so no nan, either
                axes[key[0]][key[1:]] = number
            elif value.strip():
                losses.add(line, "draw option", f'{key}: "{value}" is no number')
        else:
            losses.add(line, "draw option", f'there is no option "{key}"')
    for name, found in axes.items():
        axis = _axis(name, found, line, losses)
        if axis != AxisDraw():
            changes[name] = axis
    whole = msgspec.convert(changes, Draw) if changes else None
    return whole, reference


def _reference(value: str, line: int, losses: Losses) -> ReferenceDraw:
    word = value.strip().lower()
    if word == "no":
        return ReferenceDraw(mode="none")
    if word == "yes":
        return ReferenceDraw(mode="overlay")
    if word not in ("def", ""):
        losses.add(line, "draw option", f'withref: "{value}" is no yes and no no')
    return ReferenceDraw()


def _options(
    text: str,
    changes: dict[str, object],
    axes: dict[str, dict[str, object]],
    line: int,
    losses: Losses,
) -> None:
    for word in text.lower().replace(",", " ").replace(";", " ").split():
        if word in _LOG:
            axes[_LOG[word]]["scale"] = "log"
        elif word in ("stat", "stats"):
            changes["stats"] = True
        elif word in _SILENT:
            continue
        elif word in _STYLES:
            changes["style"] = _STYLES[word]
            if word in _OTHERWISE:
                losses.add(line, "draw option", f'"{word}" is drawn as {_STYLES[word]}')
        else:
            losses.add(line, "draw option", f'drawopts: there is no "{word}"')


def _axis(name: str, found: dict[str, object], line: int, losses: Losses) -> AxisDraw:
    low, high = found.get("min"), found.get("max")
    assert low is None or isinstance(low, float)
    assert high is None or isinstance(high, float)
    if found.get("scale") == "log" and high is not None and high <= 0:
        losses.add(line, "draw option", f"{name}: a log scale that ends at {high:g}")
        low = high = None
    if low is not None and high is not None and low >= high:
        losses.add(line, "draw option", f"{name}: a range from {low:g} to {high:g}")
        low = high = None
    if found.get("scale") == "log" and low is not None and low <= 0:
        losses.add(line, "draw option", f"{name}: a log scale that begins at {low:g}")
        low = None
    given = None if low is None and high is None else (low, high)
    return AxisDraw(scale="log" if found.get("scale") else "lin", range=given)


_WORDS = {
    "map": "colz", "text": "text", "step": "hist", "fill": "hist", "points": "e",
}  # fmt: skip


def root_options(draw: Draw | None) -> list[str]:
    """The options of ROOT that are nearest to how a plot is drawn."""
    if draw is None:
        return []
    words = [_WORDS[draw.style]] if draw.style in _WORDS else []
    words += [
        f"log{name}"
        for name, axis in (("x", draw.x), ("y", draw.y), ("z", draw.z))
        if axis.scale == "log"
    ]
    return words + (["stat"] if draw.stats else [])
