"""Check-lists that are due, and which of their items are done."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.checklist import CheckItem, CheckList
from dqmconsole.model.record import Check, Record, Seen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dqmconsole.model.site import Site
    from dqmconsole.shift.logbook import Logbook

REMIND_AFTER = 900.0  # s into an hour, when its list is still open
HOUR = 3600.0


class DueItem(msgspec.Struct, frozen=True):
    """An item of a list that is due.

    Attributes:
        item: the item.
        done: who checked it and when; None while nobody did.
        unseen: its pages that were not opened in this run.
    """

    item: CheckItem
    done: Record | None
    unseen: tuple[str, ...] = ()


class Due(msgspec.Struct, frozen=True):
    """A check-list that is due for something.

    Attributes:
        checklist: the list.
        turn: what it is due for, as :class:`~dqmconsole.model.record.Check` has it.
        heading: the same in words.
        items: its items.
    """

    checklist: CheckList
    turn: str
    heading: str
    items: tuple[DueItem, ...]

    @property
    def open(self) -> int:
        """How many items nobody has checked."""
        return sum(each.done is None for each in self.items)


def due(
    site: Site,
    logbook: Logbook,
    shift: str,
    run: int,
    run_type: str | None,
    now: float,
) -> tuple[Due, ...]:
    """The check-lists of this moment, in the order of the file.

    Args:
        site: its check-lists.
        logbook: what was checked.
        shift: uid of the shift.
        run: the current run; 0 when there is none.
        run_type: its type, or None.
        now: unix time, s.
    """
    seen = pages_seen(logbook, run)
    turns = {
        each.id: _turn(each, run, now)
        for each in site.checklists
        if each.phase != "run" or run > 0
    }
    checked = _done(logbook, {name: turn for name, (turn, _) in turns.items()}, shift)
    found = []
    for each in site.checklists:
        if each.id not in turns:
            continue
        turn, heading = turns[each.id]
        done = checked[each.id]
        items = tuple(
            DueItem(
                item,
                done.get(item.id),
                tuple(page for page in item.pages if page not in seen),
            )
            for item in each.items
            if not item.run_types or run_type is None or run_type in item.run_types
        )
        if items:
            found.append(Due(each, turn, f"{each.title} {heading}".strip(), items))
    return tuple(found)


def reminder(lists: Sequence[Due], now: float) -> str:
    """What to remind of: an hourly list that is open a quarter into its hour; or ""."""
    if now % HOUR < REMIND_AFTER:
        return ""
    waiting = [
        f"{each.heading}: {each.open} of {len(each.items)} open"
        for each in lists
        if each.checklist.phase == "hourly" and each.open
    ]
    return "; ".join(waiting)


def pages_seen(logbook: Logbook, run: int) -> frozenset[str]:
    """The pages ("Layout/Page") that were opened in a run."""
    return frozenset(body.page for _, body in logbook.of_run(Seen, run))


def pages_unseen(site: Site, logbook: Logbook, run: int) -> tuple[str, ...]:
    """The shift pages that nobody opened in a run, in the order of the site."""
    seen = pages_seen(logbook, run)
    names = (
        f"{layout.layout}/{page.page}"
        for layout in site.layouts
        for page in layout.pages
        if page.audience == "shift"
    )
    return tuple(name for name in names if name not in seen)


def _turn(checklist: CheckList, run: int, now: float) -> tuple[str, str]:
    """What a list is due for, for the record and in words."""
    if checklist.phase == "run":
        return f"run {run}", f"of run {run}"
    if checklist.phase == "hourly":
        hour = datetime.datetime.fromtimestamp(now, datetime.UTC)
        return hour.strftime("%Y-%m-%dT%H"), f"of {hour:%H}:00 UTC"
    return "", ""


def _done(
    logbook: Logbook, turns: Mapping[str, str], shift: str
) -> dict[str, dict[str, Record]]:
    """Of each list what is done in its turn: item -> who checked it."""
    found: dict[str, dict[str, Record]] = {name: {} for name in turns}
    for record, body in logbook.of(Check):
        if turns.get(body.checklist) != body.turn:
            continue
        if not body.turn and record.shift != shift:
            continue  # the start and the end are each shift's own
        if body.done:
            found[body.checklist][body.item] = record
        else:
            found[body.checklist].pop(body.item, None)
    return found
