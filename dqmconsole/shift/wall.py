"""Which pages a wall shows, one after the other; no Qt here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.verdict import Status
from dqmconsole.shift.pages import PageName

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from dqmconsole.model.site import Site
    from dqmconsole.model.verdict import Rollup

_FIRST = (Status.BAD, Status.STALE, Status.MISSING, Status.WARNING)


def rotation(
    site: Site | None,
    rollups: Mapping[str, Rollup],
    without: Collection[str] = (),
    *,
    abnormal_first: bool = True,
) -> tuple[PageName, ...]:
    """One round of a wall: the pages of the shift, in the order they are shown.

    Args:
        site: the site; None has no pages.
        rollups: what is known of each page, by its key.
        without: layouts that are left out, unless none would be left.
        abnormal_first: pages with plots that are BAD, then with such that give
            nothing to judge, then with WARNING, come before the others.
    """
    names = [
        PageName(layout.layout, page.page)
        for layout in (site.layouts if site is not None else ())
        for page in layout.pages
        if page.audience == "shift"
    ]
    chosen = [name for name in names if name.layout not in without] or names
    if not abnormal_first:
        return tuple(chosen)

    def rank(name: PageName) -> int:
        rollup = rollups.get(name.key)
        counts = rollup.counts if rollup is not None else {}
        return next(
            (at for at, status in enumerate(_FIRST) if counts.get(status)), len(_FIRST)
        )

    return tuple(sorted(chosen, key=rank))
