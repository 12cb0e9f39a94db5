"""What a lesson can point at, and where that lies in the window now."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPoint, QRect

from dqmconsole.model.known_issue import Region
from dqmconsole.model.layout import split_page
from dqmconsole.model.tlatex import plain_title
from dqmconsole.shift.pages import PageName
from dqmconsole.training.goals import matches_one
from dqmconsole.ui.plot.regions import region_rects
from dqmconsole.ui.training.bubble import Obstacle

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from dqmconsole.training.lesson import LessonStep
    from dqmconsole.ui.parts import Parts
    from dqmconsole.ui.plot.tile import PlotTile

LEAST = 4  # px; what is seen of less is scrolled away
ZOOMED = "0 shows it whole."
SMALLEST = 24  # px; a ring around less would hardly be seen
_MUCH, _SOME, _LITTLE = 5.0, 2.0, 1.0  # what it weighs to cover something


class Target(NamedTuple):
    """Where what is pointed at lies.

    Attributes:
        window: the window it lies in (a floating dock is one of its own), or None.
        rect: its place in that window; empty while it cannot be seen.
        how: how it comes into view, in words; "" while it is in view.
        around: the plot that `rect` is a region of; else empty.
        also: the same region on the other map of a pair; else empty.
    """

    window: QWidget | None = None
    rect: QRect = QRect()
    how: str = ""
    around: QRect = QRect()
    also: QRect = QRect()


def controls(parts: Parts) -> dict[str, tuple[QWidget, str]]:
    """Every control a lesson can point at, and what brings it into view, in words."""
    book, guidance = parts.logbook, parts.guidance
    return {
        "run header": (parts.header, ""),
        "navigator": (parts.navigator, "F9 shows the navigator."),
        "search": (parts.navigator.search, "/ shows the search."),
        "page": (parts.view.grid, "Esc leads back to the page."),
        "plot panel": (parts.panel, "F10 shows the panel."),
        "instruction": (guidance, "Select a plot; F10 shows its instruction."),
        "contacts": (guidance.whom, "Select a plot: its panel says whom to call."),
        "notice bar": (parts.notices, ""),
        "shift band": (parts.band, ""),
        "book": (book, "Ctrl+B opens the book."),
        "flags": (book.flags, "F opens the flags."),
        "entries": (book.entries, "Shift+E opens the entries."),
        "check-lists": (book.checklists, "K opens the check-lists."),
        "hand-over": (book.handing, "H opens the hand-over."),
    }


def target_of(parts: Parts, step: LessonStep) -> Target:
    """Find what a step points at, as it lies now.

    Nobody is sent away from another plot on which the finding it asks for is right.
    """
    kind, _, name = step.point.partition(" ")
    widget, how = controls(parts).get(step.point, (None, ""))
    if widget is not None:
        return seen(widget, how=how)
    found = Target()
    if kind == "page" and name:
        found = _page(parts, name)
    elif kind == "plot" and name:
        found = _plot(parts, name, step.region)
    tile = parts.view.selected_tile()
    if found.how and tile is not None and _is_right(parts, step):
        return seen(tile, how="Scroll to the plot.")
    return found


def _is_right(parts: Parts, step: LessonStep) -> bool:
    """Tell whether the finding that a step asks for is right of the selected plot."""
    goal, selected = step.done, parts.view.selected
    plots = goal.finding.plots if goal is not None and goal.finding is not None else ()
    if not plots or selected is None:
        return False
    return matches_one(selected.plot.path, plots)


def widget_of(parts: Parts, step: LessonStep) -> QWidget | None:
    """The control a step points at; None for pages, plots and nothing."""
    return controls(parts).get(step.point, (None, ""))[0]


def tile_of(parts: Parts, step: LessonStep) -> PlotTile | None:
    """The tile of the plot a step points at; None while it is not on the page."""
    kind, _, name = step.point.partition(" ")
    return _tile(parts, name) if kind == "plot" else None


def to_avoid(parts: Parts, step: LessonStep) -> list[Obstacle]:
    """What a bubble rather leaves free: what it speaks of, alarms, the plots in view.

    Of a control that is hidden there is nothing.
    """
    words = plain_title(_words_of(step)).casefold()
    found: list[tuple[QWidget, float]] = [
        (row, _MUCH) for row in parts.strip.shown_rows
    ]
    view = parts.view
    for tile in view.grid.tiles if view.on_page else ():
        plot = view.pages.plot(tile.key).plot
        title = plain_title(plot.title or "").casefold()
        found.append((tile, _MUCH if title and title in words else _SOME))
    found += [(parts.navigator, _LITTLE), (parts.header, _LITTLE)]
    lying = [(seen(widget), weight) for widget, weight in found]
    panel, half = parts.panel, parts.panel.rect()
    half.setHeight(half.height() // 2)  # verdict and notes stand on top
    lying.append((seen(panel, half), _SOME))
    lying.append((seen(panel, half.translated(0, half.height())), _LITTLE))
    window = parts.context.window
    return [Obstacle(at.rect, much) for at, much in lying if at.window is window]


def _words_of(step: LessonStep) -> str:
    """All words of a step, its question's choices among them."""
    choices = step.question.choices if step.question is not None else ()
    return " ".join([step.text, *choices]).replace("*", "")


def seen(widget: QWidget, part: QRect | None = None, how: str = "") -> Target:
    """Where a widget, or a part of it, can be seen.

    Args:
        widget: the widget.
        part: in its own pixels; all of it when left out.
        how: what brings it into view.
    """
    if not widget.isVisible():
        return Target(how=how)
    rect = widget.rect() if part is None else part.intersected(widget.rect())
    at: QWidget = widget
    while not at.isWindow():
        above = at.parentWidget()
        if above is None:
            break
        rect = QRect(at.mapToParent(rect.topLeft()), rect.size())
        rect = rect.intersected(above.rect())
        at = above
    if rect.width() < LEAST or rect.height() < LEAST:
        return Target(how=how or "Scroll to it.")
    return Target(at, rect)


def _page(parts: Parts, name: str) -> Target:
    """The page itself while it is shown, else its line in the navigator."""
    view = parts.view
    wanted = PageName(*split_page(name))
    if view.on_page and view.page == wanted:
        return seen(view.grid)
    tree = parts.navigator.tree
    there = tree.place_of(wanted)
    how = f"Open the page {wanted.title}."
    if there.isEmpty():
        return Target(how=how)
    return seen(tree.viewport(), there, how)._replace(how=how)


def _plot(parts: Parts, path: str, region: tuple[float, ...]) -> Target:
    """The plot, or a region of it, while it is shown; else the way to its page."""
    view = parts.view
    tile = _tile(parts, path)
    if tile is not None:
        return _in_tile(tile, region)
    place = view.pages.plot(view.pages.key_of(path))
    if place.page is None:
        return Target(how=f"Search for {path} (/).")
    title = place.plot.title or path.rsplit("/", 1)[-1]
    found = _page(parts, place.page.path)
    how = f"{title} stands on {place.page.title}."
    return found._replace(how=how)


def _tile(parts: Parts, path: str) -> PlotTile | None:
    """The tile of a plot while it is shown, be it scrolled away."""
    view = parts.view
    alone = view.detail.place
    if view.in_detail and alone is not None and alone.plot.path == path:
        return view.detail.tile
    if view.on_page:
        for tile in view.grid.tiles:
            if view.pages.plot(tile.key).plot.path == path:
                return tile
    return None


def _in_tile(tile: PlotTile, region: tuple[float, ...]) -> Target:
    """A plot's tile, or the part of its axes that a region of the lesson names."""
    whole = seen(tile, how="Scroll to the plot.")
    data = tile.canvas.shown.data
    if len(region) < 2 or data is None or not tile.isVisible():
        return whole
    panes = tile.canvas.panes
    up = (region[2], region[3]) if len(region) >= 4 else None
    asked = Region(x=(region[0], region[1]), y=up)
    axes = data.axes
    on_map = data.dimension > 1
    rows = axes[1] if on_map and up else None
    rects = [region_rects([asked], pane, axes[0], rows) for pane in panes]
    if not rects or not all(rects):
        return whole if whole.rect.isEmpty() else whole._replace(how=ZOOMED)
    boxes = [each[0] for each in rects]
    if not on_map:  # the comparison beneath a curve has the same x
        boxes = [boxes[0].united(boxes[-1])]
    corner = tile.canvas.mapToParent(QPoint(0, 0))
    places = [seen(tile, _at_least(box.translated(corner))) for box in boxes]
    if places[0].rect.isEmpty():
        return whole._replace(how=whole.how or "Scroll to it.")
    also = places[1].rect if len(places) > 1 else QRect()
    return places[0]._replace(around=whole.rect, also=also)


def _at_least(rect: QRect) -> QRect:
    """A place about the same middle that is large enough to be ringed."""
    wide, high = max(rect.width(), SMALLEST), max(rect.height(), SMALLEST)
    left = rect.left() - (wide - rect.width()) // 2
    return QRect(left, rect.top() - (high - rect.height()) // 2, wide, high)
