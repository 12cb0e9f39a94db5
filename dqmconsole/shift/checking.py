"""Check-lists that are due, and which of their items are done."""

from __future__ import annotations

import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.checklist import CheckItem, CheckList
from dqmconsole.model.layout import plot_key
from dqmconsole.model.record import Check, Record, Seen
from dqmconsole.model.run import run_words
from dqmconsole.model.verdict import Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence, Set

    from dqmconsole.logbook.view import Logbook
    from dqmconsole.model.layout import Page, Plot
    from dqmconsole.model.site import Site
    from dqmconsole.model.verdict import Verdict

REMIND_AFTER = 900.0  # s into an hour, when its list is still open
HOUR = 3600.0
NO_VERDICTS: Mapping[str, Verdict] = MappingProxyType({})


class DueItem(msgspec.Struct, frozen=True):
    """An item of a list that is due.

    Attributes:
        item: the item.
        done: who checked it and when; None while nobody did.
        unseen: its pages that nobody on shift, nor this console, opened in this run.
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


class Viewed:
    """The pages this console showed in the run that goes on, on shift or not."""

    def __init__(self) -> None:
        self._run = 0
        self._pages: set[str] = set()

    def add(self, run: int, page: str) -> None:
        """Note that a page ("Layout/Page") is shown in a run."""
        if run != self._run:
            self._run, self._pages = run, set()
        self._pages.add(page)

    def of(self, run: int) -> frozenset[str]:
        """The pages shown in a run."""
        return frozenset(self._pages) if run == self._run else frozenset()


def due(
    site: Site,
    logbook: Logbook,
    shift: str,
    run: int,
    run_type: str | None,
    now: float,
    viewed: Set[str] = frozenset(),
) -> tuple[Due, ...]:
    """The check-lists of this moment, in the order of the file.

    Args:
        site: its check-lists.
        logbook: what was checked.
        shift: uid of the shift.
        run: the current run; 0 when there is none.
        run_type: its type, or None.
        now: unix time, s.
        viewed: pages this console showed in the run, on record or not.
    """
    seen = pages_seen(logbook, run) | viewed
    # what cannot apply is not asked for
    seen |= _every_page(site) - frozenset(pages_applicable(site, run_type))
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


def reminder(lists: Sequence[Due], now: float, shift: Record | None = None) -> str:
    """What to remind of: an hourly list that is open a quarter into its hour; or "".

    Args:
        lists: what is due.
        now: unix time, s.
        shift: the record that began the shift: it has a quarter of an hour, too.
    """
    if now % HOUR < REMIND_AFTER:
        return ""
    if shift is not None and 0 <= now - shift.made_at < REMIND_AFTER:
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


def pages_applicable(
    site: Site,
    run_type: str | None = None,
    verdicts: Mapping[str, Verdict] = NO_VERDICTS,
) -> tuple[str, ...]:
    """The shift pages that mean something in a run, in the order of the site.

    Left out are the pages of other run types, and those of which every plot is
    NOT APPLICABLE. What is not known leaves nothing out.

    Args:
        site: its pages.
        run_type: type of the run, or None.
        verdicts: those of the run by plot key; empty when none are known.
    """
    return tuple(
        f"{layout.layout}/{page.page}"
        for layout in site.layouts
        for page in layout.pages
        if page.audience == "shift"
        and _is_of(page.run_types, run_type)
        and _may_say(layout.layout, page, run_type, verdicts)
    )


def pages_unseen(
    site: Site,
    logbook: Logbook,
    run: int,
    run_type: str | None = None,
    verdicts: Mapping[str, Verdict] = NO_VERDICTS,
) -> tuple[str, ...]:
    """The same that nobody opened in the run."""
    seen = pages_seen(logbook, run)
    names = pages_applicable(site, run_type, verdicts)
    return tuple(name for name in names if name not in seen)


def _is_of(run_types: Sequence[str], run_type: str | None) -> bool:
    return not run_types or not run_type or run_type in run_types


def _may_say(
    layout: str, page: Page, run_type: str | None, verdicts: Mapping[str, Verdict]
) -> bool:
    def says(plot: Plot) -> bool:
        verdict = verdicts.get(plot_key(layout, page.page, plot.path))
        apart = verdict is not None and verdict.status is Status.NOT_APPLICABLE
        return not apart and _is_of(plot.run_types, run_type)

    return not page.plots or any(says(plot) for plot in page.plots)


def _every_page(site: Site) -> frozenset[str]:
    return frozenset(
        f"{layout.layout}/{page.page}"
        for layout in site.layouts
        for page in layout.pages
        if page.audience == "shift"
    )


def _turn(checklist: CheckList, run: int, now: float) -> tuple[str, str]:
    """What a list is due for, for the record and in words."""
    if checklist.phase == "run":
        return f"run {run}", run_words(run, "of ")
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
