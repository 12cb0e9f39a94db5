"""Items of the exam: one page at one moment, and what is right to say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.layout import split_page, subsystem_of
from dqmconsole.model.lesson import ItemKind, LessonRun, split_cause
from dqmconsole.model.training import Answer

if TYPE_CHECKING:
    from dqmconsole.model.site import Site


class Item(msgspec.Struct, frozen=True):
    """One item.

    Attributes:
        number: place in the plan, from 0.
        spare: how many items of this place were spent before it by a crash.
        kind: what happens in its run.
        truth: what is right: "bad" of a fault, "good" of all else.
        page: "Layout/Page" that is shown.
        cause: "NAME[:SUBSYSTEM][*SIZE]", or "" when nothing happens.
        family: of the cause, or "".
        run: `ahead` lumisections are shown, or its evidence bundle.
    """

    number: int
    spare: int
    kind: ItemKind
    truth: Answer
    page: str
    cause: str
    family: str
    run: LessonRun


class Plan(msgspec.Struct, frozen=True):
    """The sealed plan of the exam's first part.

    Attributes:
        seed: everything in it follows from it and from the site.
        items: in the order in which they are shown.
        hash: of the settings and the items; the book keeps it before the first one.
    """

    seed: int
    items: tuple[Item, ...]
    hash: str


def needed_subsystems(site: Site, item: Item) -> tuple[str, ...]:
    """The subsystems without which an item cannot be shown.

    Those of the page's plots and overlays, and all that a cause strikes on that page
    in any item: what is written must not tell a fault from a good page.
    """
    layout, page = split_page(item.page)
    plots = [
        plot
        for one in site.layouts
        if one.layout == layout
        for other in one.pages
        if other.page == page
        for plot in other.plots
    ]
    paths = [path for plot in plots for path in (plot.path, *plot.overlay)]
    found = {subsystem_of(path) for path in paths}
    found.add(split_cause(item.cause)[1])
    for matter in site.exam.matter if site.exam is not None else ():
        if item.page in matter.pages:
            found.add(split_cause(matter.cause)[1])
    return tuple(sorted(found - {""}))
