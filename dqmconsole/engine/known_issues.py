"""Which known problems lie in a plot: counted and hatched, not yet judged around."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.known_issue import Region

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dqmconsole.model.known_issue import KnownIssue


def known_in(
    known: Iterable[KnownIssue], path: str, run: int
) -> tuple[KnownIssue, ...]:
    """The known problems that show in an element during a run."""
    return tuple(problem for problem in known if problem.shows_in(path, run))


def regions_of(known: Iterable[KnownIssue]) -> tuple[Region, ...]:
    """The regions to hatch; a problem without any covers the whole plot."""
    return tuple(
        region for problem in known for region in problem.regions or (Region(),)
    )
