"""Going back in a recorded run: from update to update, and what was judged then."""

from __future__ import annotations

import difflib
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.layout import layout_of
from dqmconsole.model.past import PastMoment
from dqmconsole.model.verdict import JUDGED, Status, Verdict
from dqmconsole.model.view_link import ViewLinkError
from dqmconsole.shift.strip import clipped, fold, segment_at, watched_ranges

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from dqmconsole.model.frame import Tile
    from dqmconsole.model.message import RecordedFound
    from dqmconsole.model.view_link import ViewLink
    from dqmconsole.shift.pages import PageName, Pages
    from dqmconsole.shift.run_history import RunHistory

READING = "being read from the record"
COMES = "is drawn as it is now"


def verdict_then(key: str, past: PastMoment, history: RunHistory) -> Verdict:
    """What was said of a plot at a moment, as far as the changes of status tell.

    Args:
        key: the plot.
        past: the moment; of what a span added nothing was said.
        history: how the runs came to be what they are.
    """
    if past.first is not None:
        words = "nobody judged what this span alone added"
        return Verdict(Status.NOT_CHECKED, words)
    layout = layout_of(key)
    segments = clipped(
        fold((key,), history.transitions(past.run, layout, key)),
        watched_ranges(history.lumisections(past.run)),
        past.last,
        past.last,
    )
    found = segment_at(segments, past.last) if segments else None
    if found is None or found.status is None:
        return Verdict(Status.NOT_CHECKED, "no verdict of that moment is known")
    since = found.first if found.status in JUDGED else None
    return Verdict(found.status, found.sentence or "so it stood then", since=since)


def judged_then(tile: Tile, history: RunHistory) -> Tile:
    """A tile of the past with the verdict of then; what is not drawn says why."""
    if tile.past is None or tile.picture is None:
        return tile
    if tile.verdict.status is not Status.NOT_CHECKED:
        return tile  # it cannot be drawn
    verdict = verdict_then(tile.key, tile.past, history)
    return msgspec.structs.replace(tile, verdict=verdict)


def awaited(tile: Tile, past: PastMoment | None, unit: str) -> Tile:
    """What stands for a plot until its picture of another moment has come.

    Args:
        tile: as it was.
        past: the moment; None for now.
        unit: what stands before the number of a lumisection.
    """
    return msgspec.structs.replace(
        tile,
        run=0,
        version=0,
        verdict=Verdict(Status.WAITING, COMES if past is None else READING),
        picture=None,
        produced=None,
        stale_after=None,
        span="",
        banner="" if past is None else past.words(unit),
        past=past,
    )


def updates_of(found: RecordedFound, clients: Collection[str]) -> tuple[int, ...]:
    """The lumisections at which recorded updates end, ascending, each once.

    Args:
        found: what is recorded of a run.
        clients: those that count; where none of them is recorded, all do.
    """
    seen = [each for name, each in found.updates.items() if name in clients]
    ends = {last for each in seen or found.updates.values() for last in each}
    return tuple(sorted(end for end in ends if end > 0))


def stepped(
    ends: Sequence[int], past: PastMoment | None, run: int, step: int
) -> PastMoment | None:
    """The moment some recorded updates further on; a span moves as it is.

    Args:
        ends: where the updates end, ascending; not empty.
        past: the moment that is looked at; None for now, which is the last of them.
        run: the run.
        step: how many updates, back where negative.

    Returns:
        None where there is none in that direction.
    """
    if past is None:
        at = len(ends) - 1
        if step >= 0:
            return None
        return PastMoment(run, ends[max(at + step, 0)])
    before, after = bisect_right(ends, past.last) - 1, bisect_left(ends, past.last)
    to = (before if step > 0 else after) + step  # they differ between two updates
    if not 0 <= to < len(ends):
        return None
    if past.first is None:
        return PastMoment(run, ends[to])
    wide = max(sum(past.first <= each <= past.last for each in ends), 1)
    return PastMoment(run, ends[to], _begin(ends, to - wide + 1))


def only_added(ends: Sequence[int], past: PastMoment | None, run: int) -> PastMoment:
    """What the update of a moment added; of a span the run up to its end.

    Arguments as of :func:`stepped`.
    """
    if past is not None and past.first is not None:
        return PastMoment(run, past.last)
    last = ends[-1] if past is None else past.last
    at = max(bisect_right(ends, last) - 1, 0)
    return PastMoment(run, ends[at], _begin(ends, at))


def _begin(ends: Sequence[int], at: int) -> int:
    """The first lumisection of an update."""
    return ends[at - 1] + 1 if at > 0 else 1


def page_of(link: ViewLink, pages: Pages) -> PageName | None:
    """The page of a link, case ignored; None where it names none.

    Raises:
        ViewLinkError: there is no such page; names the nearest.
    """
    wanted = link.page_path
    if not wanted:
        return None
    known = {name.path.casefold(): name for name in pages.names}
    found = known.get(wanted.casefold())
    if found is not None:
        return found
    layout = f"{link.layout}/".casefold()
    inside = [path for path in known if path.startswith(layout)]
    least = 0.0 if inside else 0.5
    near = difflib.get_close_matches(wanted.casefold(), inside or known, 1, least)
    hint = f"; the nearest is {known[near[0]].path}" if near else ""
    message = f"there is no page {wanted} in this site{hint}"
    raise ViewLinkError(message)


def plot_of(link: ViewLink, name: PageName | None, pages: Pages) -> str:
    """The key of a link's plot, the path where no page has it; "" for none."""
    if not link.plot:
        return ""
    here = pages.plots(name) if name is not None else ()
    keys = (place.key for place in here if place.plot.path == link.plot)
    return next(keys, pages.key_of(link.plot))
