"""Layouts that are JSON: ALICE's QCG, in and out, and the hints of a THttpServer."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from dqmconsole.model.words import counted
from dqmconsole.site.foreign import Cell, Sheet, Sheets, root_options

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dqmconsole.model.layout import Layout, Plot
    from dqmconsole.site.foreign import Losses

MAX_CELLS = 50_000
MAX_DEPTH = 40
_DRAWN = re.compile(r"ROOT\.(TH[123][A-Z]?|TProfile2?D?|TGraph\w*|TMultiGraph|THStack|"
                    r"TEfficiency|TH2Poly|TProfile2Poly)")  # fmt: skip
_UNUSABLE = re.compile(r"[\x00-\x1f\x7f]")


# -- QCG -------------------------------------------------------------------------------


class QcgObject(msgspec.Struct, omit_defaults=False):
    """A plot of a tab; `x`, `y`, `w` and `h` are places of its grid."""

    id: str = ""
    name: str = ""
    x: float = 0
    y: float = 0
    w: float = 1
    h: float = 1
    options: list[str] = []
    autoSize: bool = False
    ignoreDefaults: bool = False


class QcgTab(msgspec.Struct):
    """A page."""

    id: str = ""
    name: str = ""
    columns: float = 2
    objects: list[QcgObject] = []


class QcgLayout(msgspec.Struct):
    """A layout, as QCG exports it."""

    id: str = ""
    name: str = ""
    owner_id: int = 0
    owner_name: str = ""
    description: str = ""
    tabs: list[QcgTab] = []
    collaborators: list[dict[str, Any]] = []
    displayTimestamp: bool = False
    autoTabChange: float = 0


_LAYOUTS = msgspec.json.Decoder(list[QcgLayout] | QcgLayout, strict=False)
_JSON: msgspec.json.Decoder[Any] = msgspec.json.Decoder()
T = TypeVar("T")


def _decoded(
    decoder: msgspec.json.Decoder[T], data: bytes, losses: Losses, wrong: str
) -> T | None:
    """What JSON holds; None where there is nothing, or it is said to be wrong."""
    if not data:
        return None
    try:
        found = decoder.decode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        _lost(losses, f"{wrong}: {error}")
        return None
    if found is None:
        _lost(losses, f"{wrong}: null")
    return found


def read_qcg(data: bytes, losses: Losses) -> Sheets:
    """Read a layout of QCG, or a list of them.

    Args:
        data: JSON; empty: there is nothing to read.
        losses: of the file.
    """
    given = _decoded(_LAYOUTS, data, losses, "is no layout of QCG")
    if given is None:
        return Sheets((), losses.losses)
    sheets: list[Sheet] = []
    cells = 0
    for layout in given if isinstance(given, list) else [given]:
        name = _name(layout.name) or "QCG"
        if layout.collaborators or layout.autoTabChange:
            losses.add(0, "key", f"{name}: collaborators and autoTabChange")
        for at, tab in enumerate(layout.tabs, 1):
            objects = sorted(tab.objects, key=lambda each: (each.y, each.x))
            cells += len(objects)
            if cells > MAX_CELLS:
                losses.add(0, "bound", f"more than {MAX_CELLS:,} plots", failed=True)
                return Sheets(tuple(sheets), losses.losses)
            row = [_qcg_cell(each, losses) for each in objects]
            page = _name(tab.name) or f"Tab {at}"
            found = tuple(each for each in row if each is not None)
            columns = _whole(tab.columns, 2)
            sheets.append(Sheet(f"{name}\n{page}", (found,), losses.file, 0, columns))
    if not sheets:
        _lost(losses, "is no layout of QCG: it has no tabs")
    return Sheets(tuple(sheets), losses.losses, losses.more)


def _qcg_cell(given: QcgObject, losses: Losses) -> Cell | None:
    path = _name(given.name)
    if not path:
        losses.add(0, "cell", "a plot without a name", failed=True)
        return None
    options = " ".join(map(_name, given.options))
    return Cell(
        path,
        draw={"drawopts": options} if options else {},
        span=(_whole(given.w, 1), _whole(given.h, 1)),
    )


def _whole(number: float, otherwise: int) -> int:
    return int(number) if 1 <= number <= 100 else otherwise  # nan is none, either


def qcg_json(layouts: Sequence[Layout]) -> tuple[bytes, list[str]]:
    """Layouts as JSON that QCG takes in, and what it has no word for.

    Args:
        layouts: with one monitor element a plot.
    """
    lost: list[str] = []
    found = [_qcg_layout(layout, lost) for layout in layouts]
    given = found[0] if len(found) == 1 else found
    return msgspec.json.format(msgspec.json.encode(given), indent=2) + b"\n", lost


MAX_TABS, MAX_OBJECTS, MAX_COLUMNS = 45, 30, 5
_SHORTEST, _LONGEST, _LONGEST_WORDS, _LONGEST_TAB = 3, 40, 100, 50


def _qcg_layout(layout: Layout, lost: list[str]) -> QcgLayout:
    tabs = []
    for page in layout.pages:
        name = f"{layout.layout}/{page.page}"
        columns = min(page.columns, MAX_COLUMNS)
        if columns < page.columns:
            lost.append(f"{name}: {page.columns} columns become {columns}")
        if len(page.page) > _LONGEST_TAB:
            lost.append(f"{name}: the name of a tab has {_LONGEST_TAB} characters")
        plots = page.plots
        if len(plots) > MAX_OBJECTS:
            lost.append(f"{name}: {len(plots)} plots stand in several tabs")
        for begin in range(0, max(len(plots), 1), MAX_OBJECTS):
            part = plots[begin : begin + MAX_OBJECTS]
            number = begin // MAX_OBJECTS
            end = f" ({number + 1})" if number else ""
            title = page.page[: _LONGEST_TAB - len(end)] + end
            key = f"{name}#{number}"
            tabs.append(
                QcgTab(_id(key), title, columns, [*_placed(part, columns, key)])
            )
    lost += _unsaid(layout)
    if len(tabs) > MAX_TABS:
        lost.append(f"{layout.layout}: {len(tabs) - MAX_TABS} of {len(tabs)} tabs")
    name = layout.layout[:_LONGEST].ljust(_SHORTEST, "_")
    return QcgLayout(
        id=_id(layout.layout),
        name=name,
        owner_name="Anonymous",
        description=layout.description[:_LONGEST_WORDS],
        tabs=tabs[:MAX_TABS],
    )


def _placed(plots: Sequence[Plot], columns: int, key: str) -> Iterator[QcgObject]:
    """The plots of a tab, each at the first place that is free for it."""
    taken: set[tuple[int, int]] = set()
    row = 0
    for plot in plots:
        wide, high = min(plot.span[0], columns), plot.span[1]
        at = row
        while True:
            free = next(
                (
                    x
                    for x in range(columns - wide + 1)
                    if not any((x + i, at) in taken for i in range(wide))
                ),
                None,
            )
            if free is not None:
                break
            at += 1
        row = at
        taken |= {(free + i, at + j) for i in range(wide) for j in range(high)}
        yield QcgObject(
            _id(f"{key}#{plot.path}"),
            plot.path,
            free,
            at,
            wide,
            high,
            root_options(plot.draw),
        )


def _unsaid(layout: Layout) -> Iterator[str]:
    """What of the plots of a layout QCG has no word for."""
    plots = [plot for page in layout.pages for plot in page.plots]
    counts = {
        "overlays": sum(bool(plot.overlay) for plot in plots),
        "checks": sum(bool(plot.checks) for plot in plots),
        "instructions": sum(plot.instruction is not None for plot in plots),
        "titles and descriptions": sum(
            bool(plot.title or plot.description) for plot in plots
        ),
        "ranges of axes": sum(
            plot.draw is not None
            and any(axis.range for axis in (plot.draw.x, plot.draw.y, plot.draw.z))
            for plot in plots
        ),
    }
    said = [
        f"{what} of {counted(many, 'plot')}" for what, many in counts.items() if many
    ]
    if said:
        yield f"{layout.layout}: {', '.join(said)}"


def _id(key: str) -> str:
    """An id that is the same each time: 24 hexadecimal digits, as theirs are."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"dqmconsole:{key}").hex[:24]


# -- THttpServer, JSROOT ---------------------------------------------------------------


def read_jsroot(data: bytes, losses: Losses) -> Sheets:
    """Read a saved ``h.json``: the page that the server proposes, or pages by folder.

    Args:
        data: JSON; empty: there is nothing to read.
        losses: of the file.
    """
    root = _decoded(_JSON, data, losses, "is no JSON")
    if root is None:
        return Sheets((), losses.losses)
    if not isinstance(root, dict) or not isinstance(root.get("_childs", []), list):
        _lost(losses, "is no h.json: it has no _childs")
        return Sheets((), losses.losses)
    name = _text(root, "_toptitle") or _text(root, "_name") or "Server"
    items = _words(root.get("_drawitem"))
    own = dict(_objects(root, "", losses, 0))
    if not items:
        return Sheets(tuple(_by_folder(name, own, losses)), losses.losses, losses.more)
    options = _words(root.get("_drawopt"))
    cells = []
    for at, item in enumerate(items[:MAX_CELLS]):
        path = _name(item).strip("/ ")
        if not path:
            losses.add(0, "path", f"item {at + 1} of _drawitem has no name")
            continue
        option = options[at] if at < len(options) else ""
        if own and path not in own:
            near = [each for each in own if each.endswith(f"/{path}")]
            if len(near) == 1:
                path = near[0]
            else:
                losses.add(0, "path", f'the server has no "{path}"')
        cells.append(_drawn(path, option or own.get(path, "")))
    rows, columns = _rows(cells, _text(root, "_layout"), losses)
    losses_of_pages = Sheet(f"{name}\n{name}", rows, losses.file, 0, columns)
    return Sheets((losses_of_pages,), losses.losses, losses.more)


def _by_folder(name: str, own: dict[str, str], losses: Losses) -> Iterator[Sheet]:
    folders: dict[str, list[Cell]] = {}
    for path, option in own.items():
        folders.setdefault(path.rpartition("/")[0], []).append(_drawn(path, option))
    losses.add(0, "no _drawitem", "the server proposes no page: one for each folder")
    for folder, cells in folders.items():
        yield Sheet(f"{name}\n{folder or name}", (tuple(cells),), losses.file, 0, 3)


def _objects(
    node: dict[str, Any], folder: str, losses: Losses, depth: int
) -> Iterator[tuple[str, str]]:
    """Path and draw option of what can be drawn below a folder."""
    if depth > MAX_DEPTH:
        losses.add(0, "bound", f"folders more than {MAX_DEPTH} deep", failed=True)
        return
    children = node.get("_childs")
    for child in children if isinstance(children, list) else ():
        if not isinstance(child, dict) or not (name := _text(child, "_name")):
            continue
        path = f"{folder}/{name}".strip("/")
        if _DRAWN.fullmatch(_text(child, "_kind")):
            yield path, _text(child, "_drawopt")
        elif child.get("_more") and "_childs" not in child:
            losses.add(0, "folder", f"{path}: its content is not in the file")
        yield from _objects(child, path, losses, depth + 1)


def _drawn(path: str, option: str) -> Cell:
    return Cell(path, draw={"drawopts": option} if option else {})


def _rows(
    cells: list[Cell], layout: str, losses: Losses
) -> tuple[tuple[tuple[Cell, ...], ...], int]:
    """Plots in the rows of a layout of JSROOT, and the columns where they flow.

    ``gridNxM`` has N columns; ``vert231`` rows of 2, 3 and 1; ``vert4`` four rows;
    ``horiz3`` three columns.
    """
    grid = re.fullmatch(r"gridi?(\d{1,2})(?:x\d{1,2})?", layout)
    rows = re.fullmatch(r"v\D*(\d{1,9})(?:_\d*)?", layout)
    columns = re.fullmatch(r"h\D*(\d)(?:_\d*)?", layout)
    if grid or columns:
        match = grid or columns
        assert match is not None
        return (tuple(cells),), max(int(match[1]), 1)
    if rows and int(rows[1]) > 0:
        counts = [int(each) or 1 for each in rows[1]]
        if len(counts) == 1:
            counts = [1] * counts[0]
        found, at = [], 0
        for count in counts:
            found.append(tuple(cells[at : at + count]))
            at += count
        found += [(cell,) for cell in cells[at:]]
        return tuple(row for row in found if row), 0
    if layout not in ("", "simple"):
        losses.add(0, "layout", f'"{layout}" is drawn in three columns')
    return (tuple(cells),), 1 if layout == "simple" else 3


def _words(value: object) -> list[str]:
    """The words of "[a,b]", "a" or a list."""
    if isinstance(value, list):
        return [each for each in value if isinstance(each, str)]
    if not isinstance(value, str):
        return []
    text = value.strip()
    if text.startswith("[") and text.endswith("]"):
        return [each.strip().strip("'\"") for each in text[1:-1].split(",")]
    return [text] if text else []


def _text(node: dict[str, Any], key: str) -> str:
    value = node.get(key)
    return _name(value) if isinstance(value, str) else ""


def _name(text: str) -> str:
    """A name without signs that no layout may hold."""
    readable = "".join(each if each.isprintable() else " " for each in text)
    return _UNUSABLE.sub(" ", readable).strip()


def _lost(losses: Losses, message: str) -> None:
    losses.add(0, "syntax error", f"{message}; nothing of it is read", failed=True)
