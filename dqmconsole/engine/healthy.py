"""A layout broken by an edit does not leave the screen of a console that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.layout import plot_key
from dqmconsole.model.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmconsole.model.layout import Layout
    from dqmconsole.model.site import Site
    from dqmconsole.site.findings import Place


def with_last_healthy(
    site: Site, before: Site, places: Mapping[str, Place]
) -> tuple[Site, tuple[Layout, ...]]:
    """The site with those layouts of the one before that an error took away.

    Args:
        site: the site as it was read now.
        before: the site in force until now.
        places: where the plots of `before` stand.

    Returns:
        The site to use, with a problem for each layout that is kept, and these.
        A layout whose file was removed, or that was renamed, is not kept.
    """
    names = {layout.layout for layout in site.layouts}
    broken = {each.file for each in site.problems if each.severity == "error"}
    kept = tuple(
        layout
        for layout in before.layouts
        if layout.layout not in names and _file_of(layout, places) in broken
    )
    if not kept:
        return site, ()
    order = {layout.layout: at for at, layout in enumerate(before.layouts)}
    layouts = sorted(
        (*site.layouts, *kept),
        key=lambda layout: order.get(layout.layout, len(order)),
    )
    told = tuple(
        Problem(
            f"layout {layout.layout} is still shown as it was before this file broke",
            file=_file_of(layout, places),
            severity="advice",
        )
        for layout in kept
    )
    found = msgspec.structs.replace(
        site, layouts=tuple(layouts), problems=site.problems + told
    )
    return found, kept


def _file_of(layout: Layout, places: Mapping[str, Place]) -> str:
    for page in layout.pages:
        for plot in page.plots:
            place = places.get(plot_key(layout.layout, page.page, plot.path))
            if place is not None:
                return place.file
    return ""
