"""Which plots that are wrong have one cause: one row each, over the run and restarts.

A row is named by where the cause is looked for (the subsystem, or what layouts declare
to feed it) and by how data are wrong. A plot joins a row of the same name if both may
have begun at the same time and be in the same place; what feeds it comes first. A row
takes further plots for some updates of their source; later ones make a row of their
own, which says with which it may belong. Rows that were shown never become one, and no
plot goes from one to another: when in doubt there are two.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from dqmconsole.model.alarm import Alarm, Member
from dqmconsole.model.cause import (
    GROWTH,
    URGENCIES,
    Extent,
    Family,
    Urgency,
    joined,
    most_urgent,
    overlap,
)
from dqmconsole.model.layout import KEY_STEP, subsystem_of
from dqmconsole.model.verdict import Status

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

TAKES = 3  # updates after the first in which a row takes further plots
GOOD_FOR = 3  # updates in which a plot must be good to count as good again
CHATTER = 3  # times that a row comes or goes ...
CHATTER_IN = 15  # ... in so many updates
APART = 2.0  # s in which two engines see the same update
MOST_COMPARED = 64  # extents of a row, the newest, that a further one is compared with
SUBSYSTEM = "subsystem"  # an axis of this name says whose data are wrong
CLOSES_AFTER = 86_400.0  # s since it returned, where no updates come
_WRONG = (Status.BAD, Status.WARNING)  # judged, and not good
_NOT_JUDGED = (Status.STALE, Status.FAILED)


class Fed(msgspec.Struct, frozen=True, gc=False):
    """A plot that shows what feeds another.

    Attributes:
        key: the plot.
        families: how the other is wrong when this one is.
    """

    key: str
    families: tuple[Family, ...]


class Sign(msgspec.Struct, frozen=True, gc=False):
    """A plot that is wrong now, or a subsystem that gives nothing to judge.

    Attributes:
        key: the plot, or the name of the subsystem ("" for the whole source).
        root: where the cause is looked for when nothing that feeds it is wrong.
        family: how it is wrong.
        status: BAD, WARNING, STALE or FAILED.
        sentence: why.
        earliest, latest: the lumisections between which it began, or None.
        perhaps_from: where other plots saw it sooner, it may have begun here: the last
            update in which it was good may have held too little of it to be seen.
        extent: where, or None where that is unknown.
        urgency: when somebody has to act; "" for what is shown and not heard.
        above: the plots that show what feeds it, the nearest first.
        braces: where it is written with others in one brace expansion, and no place in
            it is known: all these count as one place; else "".
    """

    key: str
    root: str
    family: Family
    status: Status
    sentence: str
    earliest: int | None = None
    latest: int | None = None
    extent: Extent | None = None
    urgency: Urgency = ""
    above: tuple[Fed, ...] = ()
    perhaps_from: int | None = None
    braces: str = ""


class Moment(NamedTuple):
    """When plots are looked at: unix time, s; the run, and how far it is."""

    now: float
    run: int
    lumisection: int | None = None


class Row(msgspec.Struct, gc=False):
    """An alarm with what decides how it goes on; kept across restarts.

    Attributes:
        alarm: as it is told.
        updates: of each subsystem, since the row began.
        good: by plot, updates in a row in which it was good while it counts as wrong.
        plots: the most that were wrong when there was news, since it came.
        covers: likewise, all places: an extent for each way of naming them.
        families: likewise, how its plots were wrong.
        urgent: the highest urgency since.
        flips: the updates at which it came and went.
        seen: run and lumisection in which a member was seen wrong last.
        closed: it returned for good: what comes now is another row.
    """

    alarm: Alarm
    updates: dict[str, int]
    good: dict[str, int]
    plots: int = 1
    urgent: Urgency = ""
    flips: list[int] = []
    seen: tuple[int, int | None] | None = None
    closed: bool = False
    covers: list[Extent] = []
    families: list[Family] = []

    @property
    def age(self) -> int:
        """Updates since it began, of the subsystem of its plots that had most."""
        names = {_subsystem(one.key) for one in self.alarm.members}
        return max((self.updates.get(each, 0) for each in names), default=0)


class Grouping:
    """The rows of one source.

    Args:
        rows: those that were kept, if any, the oldest first.
        given: numbers up to this one may stand in names of rows that are not known.
    """

    def __init__(self, rows: Iterable[Row] = (), given: int = 0) -> None:
        self._given = given
        self._rows: dict[str, Row] = {}
        self._of: dict[str, str] = {}  # plot -> id of its row
        self._numbers: dict[_Name, int] = {}
        self._changed_site: dict[str, str] = {}  # subsystem -> what changed
        self._braces: dict[str, str] = {}  # plot -> those it is written with
        self._know(rows)

    def _know(self, rows: Iterable[Row]) -> None:
        """Have rows as they stand, in place of those of the same names."""
        for row in rows:
            self._put(row)
            if row.closed:
                del self._rows[row.alarm.id]
        self._of = {}
        for name, row in self._rows.items():
            self._of.update(dict.fromkeys(row.alarm.keys, name))
        for name, row in self._rows.items():
            self._of.update(dict.fromkeys((one.key for one in row.alarm.wrong), name))

    @property
    def rows(self) -> tuple[Row, ...]:
        """All that stand or returned not long ago, the oldest first."""
        return tuple(self._rows.values())

    def site_changed(self, why: str, subsystems: Iterable[str]) -> None:
        """Limits, known issues or the release became others.

        What is good with the next look, before its subsystem has an update, is good by
        that and not by its data.

        Args:
            why: what changed, in words ("release 12").
            subsystems: all that have plots.
        """
        self._changed_site = dict.fromkeys(subsystems, why)

    def look(
        self,
        moment: Moment,
        signs: Mapping[str, Sign],
        good: Collection[str],
        updated: Collection[str] = (),
        removed: Collection[str] = (),
        others: Iterable[Row] = (),
    ) -> list[Row]:
        """Take in how all plots stand; the rows that are new, changed or closed.

        Args:
            moment: now.
            signs: what is wrong, by key.
            good: the plots that are judged good. Of all others nothing is known now.
            updated: subsystems that were judged on a new update since the last look.
            removed: plots of rows that are laid out no longer.
            others: rows as another engine has kept them since: what is told here of
                the same causes is told as there.
        """
        for name in updated:
            self._changed_site.pop(name, None)
        before = {name: row.alarm for name, row in self._rows.items()}
        self._follow([row for row in others if not row.closed])
        closed = []
        for row in self._rows.values():
            for name in updated:
                row.updates[name] = row.updates.get(name, 0) + 1
            self._renew(row, signs, good, updated, removed)
        self._braces = {each.key: each.braces for each in signs.values() if each.braces}
        new = [key for key in _causes_first(signs) if key not in self._of]
        self._place([signs[key] for key in new], moment)
        for name, row in list(self._rows.items()):
            if any(one.key in signs and one.confirmed for one in row.alarm.wrong):
                row.seen = (moment.run, moment.lumisection)
            self._settle(row, moment, before.get(name))
            if _is_over(row, moment.now):
                row.closed = True
                self._forget(row)
                closed.append(row)
        kept = self._rows.values()
        return [row for row in kept if before.get(row.alarm.id) != row.alarm] + closed

    def stand_by(self, others: Sequence[Row]) -> list[Row]:
        """Have rows as another engine decided them; those that are new or changed."""
        before = {name: row.alarm for name, row in self._rows.items()}
        self._know(others)
        return [row for row in others if before.get(row.alarm.id) != row.alarm]

    def add(self, moment: Moment, signs: Mapping[str, Sign]) -> list[Row]:
        """Put plots that are wrong in no row into rows; these."""
        before = {name: row.alarm for name, row in self._rows.items()}
        for key in signs:
            self._of.pop(key, None)
        self._place([signs[key] for key in _causes_first(signs)], moment)
        names = dict.fromkeys(self._of[key] for key in signs)
        rows = [self._rows[name] for name in names]
        for row in rows:
            row.seen = (moment.run, moment.lumisection)
            self._settle(row, moment, before.get(row.alarm.id))
        return rows

    @property
    def keys(self) -> set[str]:
        """The plots of all rows."""
        return {key for row in self._rows.values() for key in row.alarm.keys}

    @property
    def wrong(self) -> set[str]:
        """The plots that are wrong in a row."""
        return {one.key for row in self._rows.values() for one in row.alarm.wrong}

    # -- the plots of a row --------------------------------------------------------

    def _renew(
        self,
        row: Row,
        signs: Mapping[str, Sign],
        good: Collection[str],
        updated: Collection[str],
        removed: Collection[str],
    ) -> None:
        """Take in how the members of a row stand."""
        members, withdrawn = [], ""
        for one in row.alarm.members:
            sign, now = signs.get(one.key), one
            if self._of.get(one.key) != row.alarm.id:
                pass  # it has another cause since
            elif sign is not None:
                now = self._with_sign(row, one, sign)
            elif one.status is Status.GOOD:
                pass
            elif one.key in removed:
                withdrawn, now = "it is laid out no longer", _good(one)
            elif one.key not in good:
                now = _unconfirmed(row, one)
            elif (
                why := self._changed_site.get(_subsystem(one.key))
            ) and not row.good.get(one.key):
                withdrawn, now = why, _good(one)
            else:
                held = row.good.get(one.key, 0) + (_subsystem(one.key) in updated)
                row.good[one.key] = held
                if held >= GOOD_FOR and not row.alarm.chattering:
                    now = _good(one)
            members.append(now)
        row.alarm = msgspec.structs.replace(row.alarm, members=tuple(members))
        if withdrawn and not row.alarm.wrong:
            row.alarm = msgspec.structs.replace(row.alarm, withdrawn=withdrawn)

    def _with_sign(self, row: Row, one: Member, sign: Sign) -> Member:
        """How a member of a row stands, of which something is wrong now."""
        judged, was_judged = sign.status in _WRONG, one.status in _WRONG
        if was_judged and not judged:  # it stands as it was judged last
            return _unconfirmed(row, one)
        if one.status in _NOT_JUDGED and judged:  # what is wrong is another
            del self._of[one.key]
            return _good(one)
        alike = one.family == sign.family and overlap(one.extent, sign.extent)
        if one.status is Status.GOOD and not alike:
            del self._of[one.key]
            return one
        row.good.pop(one.key, None)
        return _member(sign)

    def _place(self, signs: Collection[Sign], moment: Moment) -> None:
        """Put plots into the rows of their causes, or into new ones.

        Args:
            signs: each after those that feed it.
            moment: now.
        """
        if not signs:
            return
        candidates = _Candidates(self._rows.values(), self._of, self._braces)
        added: dict[str, dict[str, Member]] = {}
        for sign in signs:
            member = _member(sign)
            row = self._feeding(sign, moment.run, candidates) or candidates.alike(
                sign, moment.run
            )
            if row is None:
                row = self._begin(sign, member, moment)
            elif row.updates.get(_subsystem(sign.key), 0) > TAKES:
                row = self._begin(sign, member, moment, row.alarm.id)
            else:
                alarm = row.alarm
                first, last = _both(
                    (alarm.earliest, alarm.latest), (sign.earliest, sign.latest)
                )
                row.alarm = msgspec.structs.replace(alarm, earliest=first, latest=last)
                self._of[sign.key] = alarm.id
                added.setdefault(alarm.id, {})[sign.key] = member
            candidates.note(row, member)
        for name, members in added.items():
            row = self._rows[name]
            others = (one for one in row.alarm.members if one.key not in members)
            joining = (*others, *members.values())
            row.alarm = msgspec.structs.replace(row.alarm, members=joining)

    def _feeding(self, sign: Sign, run: int, candidates: _Candidates) -> Row | None:
        """The row of the nearest that feeds a plot, and is wrong no later than it."""
        for fed in sign.above:
            row = self._rows.get(self._of.get(fed.key, ""))
            if row is None or sign.family not in fed.families:
                continue
            above = candidates.members[fed.key]
            began = row.alarm.earliest if row.alarm.run == run else None
            wrong = above.status is not Status.GOOD
            in_time = _may_meet((began, None), (None, sign.latest))
            if wrong and in_time and _reaches(above, sign):
                return row
        return None

    def _begin(
        self, sign: Sign, member: Member, moment: Moment, perhaps_with: str = ""
    ) -> Row:
        alarm = Alarm(
            id=self._next_name((moment.run, sign.root, sign.family)),
            run=moment.run,
            root=sign.root,
            family=sign.family,
            members=(member,),
            began=moment.now,
            news_at=moment.now,
            earliest=sign.earliest,
            latest=sign.latest,
            perhaps_with=perhaps_with,
        )
        row = Row(alarm, {}, {}, flips=[0])
        self._put(row)
        return row

    def _follow(self, others: Sequence[Row]) -> None:
        """Go on with rows as another engine decided, under its names.

        Of two rows that began with one update each engine may have numbered another
        first: what it calls otherwise gives way.
        """
        displaced = []
        for row in others:
            mine = self._rows.get(row.alarm.id)
            if mine is not None and not mine.alarm.keys & row.alarm.keys:
                self._forget(mine)
                displaced.append(mine)
        for row in others:
            self._tell_as(row)
        for mine in displaced:
            free = [one for one in mine.alarm.members if one.key not in self._of]
            if any(one.status is not Status.GOOD for one in free):
                name = self._next_name(_name(mine.alarm))
                left = msgspec.structs.replace(mine.alarm, id=name, members=tuple(free))
                mine.alarm = left
                self._put(mine)

    def _tell_as(self, row: Row) -> None:
        """Go on with a row of another engine, where it is one of these or a new one."""
        for one in row.alarm.wrong:
            self._leave_older(one.key, row.alarm)
        mine = self._rows.get(row.alarm.id)
        if mine is None:
            self._take(row)
        else:
            self._go_on(mine, row)

    def _take(self, row: Row) -> None:
        """Have a row of another engine that is none of these."""
        alarm = row.alarm
        elsewhere = {k: self._of[k] for k in alarm.keys if k in self._of}
        # what is good in it may have another row since, where it stands, too
        listed = tuple(
            one
            for one in alarm.members
            if one.key not in elsewhere or one.status is Status.GOOD
        )
        if listed:
            row.alarm = msgspec.structs.replace(alarm, members=listed)
            self._put(row)
            self._of |= elsewhere

    def _go_on(self, mine: Row, row: Row) -> None:
        """Go on with one of these as another engine has it."""
        alarm = row.alarm
        # what members do now is seen here as well, and maybe earlier
        added = [one for one in alarm.members if one.key not in self._of]
        keys = {one.key for one in added}
        had = (one for one in mine.alarm.members if one.key not in keys)
        mine.alarm = msgspec.structs.replace(
            mine.alarm,
            members=(*had, *added),
            began=alarm.began,
            earliest=alarm.earliest,
            latest=alarm.latest,
            news=alarm.news,
            news_at=alarm.news_at,
            news_words=alarm.news_words,
            perhaps_with=alarm.perhaps_with,
        )
        mine.plots, mine.urgent = row.plots, row.urgent
        mine.covers, mine.families = row.covers, row.families
        mine.flips = [at + mine.age - row.age for at in row.flips]
        self._of.update(dict.fromkeys(keys, alarm.id))

    def _leave_older(self, key: str, alarm: Alarm) -> None:
        """Let a plot go by a newer row of another engine, in place of an older one."""
        name = self._of.get(key, alarm.id)
        older = None if name == alarm.id else self._rows.get(name)
        if older is None or older.alarm.began > alarm.began + APART:
            return
        del self._of[key]
        older.alarm = _without(older.alarm, {key})

    def _next_name(self, name: _Name) -> str:
        """The id of a further row of a run, root and family."""
        run, root, family = name
        return f"{run}/{root}/{family}/{self._numbers.get(name, self._given) + 1}"

    # -- what becomes of a row -----------------------------------------------------

    def _settle(self, row: Row, moment: Moment, before: Alarm | None) -> None:
        """See whether there is news, and whether a row returned."""
        alarm, came, words = _summed(row), before is None, ""
        if not alarm.wrong and alarm.returned is None:
            alarm = msgspec.structs.replace(alarm, returned=moment.now)
            row.flips.append(row.age)
        elif alarm.wrong and alarm.returned is not None:
            alarm = msgspec.structs.replace(
                alarm, returned=None, returned_before=alarm.returned, withdrawn=""
            )
            row.flips.append(row.age)
            came, words = True, "again"
        elif alarm.wrong and before is not None:
            words = _news(row, before, alarm)
        if came or words:
            _note_news(row, alarm, came=came)
        if words:
            alarm = msgspec.structs.replace(
                alarm, news=alarm.news + 1, news_at=moment.now, news_words=words
            )
        lately = [at for at in row.flips if row.age - at < CHATTER_IN]
        row.flips = lately or row.flips[-1:]
        row.alarm = msgspec.structs.replace(alarm, chattering=len(lately) >= CHATTER)

    def _put(self, row: Row) -> None:
        alarm = row.alarm
        self._rows[alarm.id] = row
        self._of.update(dict.fromkeys(alarm.keys, alarm.id))
        name = _name(alarm)
        number = alarm.id.rpartition("/")[2]
        if number.isdecimal():
            known = self._numbers.get(name, self._given)
            self._numbers[name] = max(known, int(number))

    def _forget(self, row: Row) -> None:
        del self._rows[row.alarm.id]
        for key in row.alarm.keys:
            if self._of.get(key) == row.alarm.id:
                del self._of[key]


class _Candidates:
    """The rows that a plot may join, found by the places of their plots.

    However many rows and plots there are, those are compared that share a place, or
    whose place is not known.

    Args:
        rows: all, the oldest first.
        of: plot -> id of its row.
        braces: plot -> those it is written with, which count as one place.

    Attributes:
        members: plot -> how it stands in its row.
    """

    def __init__(
        self, rows: Iterable[Row], of: Mapping[str, str], braces: Mapping[str, str]
    ) -> None:
        self.members: dict[str, Member] = {}
        self._rows: dict[str, tuple[int, Row]] = {}  # with its place in their order
        self._extents: dict[str, dict[Extent | None, None]] = {}  # by id of the row
        self._braces = braces
        self._with_braces: dict[str, set[str]] = {}  # ids of rows
        self._with_cell: dict[tuple[object, ...], dict[str, None]] = {}
        self._with_names: dict[_Name, dict[tuple[str, ...], dict[str, None]]] = {}
        for row in rows:
            for one in row.alarm.members:
                if of.get(one.key) == row.alarm.id:
                    self.members[one.key] = one
                if one.status is not Status.GOOD:
                    self._add(row, one)

    def note(self, row: Row, member: Member) -> None:
        """A plot that is wrong was put into a row."""
        self.members[member.key] = member
        self._add(row, member)

    def _add(self, row: Row, one: Member) -> None:
        alarm, name, extent = row.alarm, _name(row.alarm), one.extent
        if braces := self._braces.get(one.key):
            self._with_braces.setdefault(braces, set()).add(alarm.id)
        self._rows.setdefault(alarm.id, (len(self._rows), row))
        extents = self._extents.setdefault(alarm.id, {})
        if extent in extents:
            return
        extents[extent] = None
        names = _names(extent)
        by_names = self._with_names.setdefault(name, {})
        by_names.setdefault(names, {})[alarm.id] = None
        for cell in extent.cells if names and extent is not None else ():
            self._with_cell.setdefault((name, names, cell), {})[alarm.id] = None

    def alike(self, sign: Sign, run: int) -> Row | None:
        """The newest row of the same name that a plot may belong to.

        Before it comes one of a plot that is written with it.
        """
        name, extent = (run, sign.root, sign.family), sign.extent
        mine, found = _names(extent), dict[str, None]()
        for names, ids in self._with_names.get(name, {}).items():
            if names != mine or not mine:
                found |= ids  # they may share a place
        for cell in extent.cells if mine and extent is not None else ():
            found |= self._with_cell.get((name, mine, cell), {})
        alike = self._with_braces.get(sign.braces, set()) if sign.braces else set()
        order = sorted(
            found, key=lambda each: (each not in alike, -self._rows[each][0])
        )
        since = sign.earliest if sign.perhaps_from is None else sign.perhaps_from
        onset = since, sign.latest
        for _, row in (self._rows[each] for each in order):
            alarm = row.alarm
            if alarm.returned is not None:
                continue
            if not _may_meet((alarm.earliest, alarm.latest), onset):
                continue
            extents = self._extents[alarm.id]
            if None in extents or extent in extents:
                return row
            known = itertools.islice(reversed(extents), MOST_COMPARED)
            if any(overlap(each, extent) for each in known):
                return row
        return None


def _names(extent: Extent | None) -> tuple[str, ...]:
    """By what an extent names its places; () where not all of them are known."""
    if extent is None or not extent.cells or extent.more:
        return ()
    return extent.names


def in_one_row(rows: Iterable[Row]) -> list[Row]:
    """Rows that were kept, the oldest first; a plot is wrong in the newest alone.

    Of two engines that kept rows, one after the other, each may have had its own.
    """
    found = list(rows)
    held: set[str] = set()
    for row in reversed(found):
        row.alarm = _without(row.alarm, held)
        held |= {one.key for one in row.alarm.wrong}
    return found


def _without(alarm: Alarm, held: Collection[str]) -> Alarm:
    """An alarm without plots that are wrong in a newer one, withdrawn where none is."""
    members = [_good(one) if one.key in held else one for one in alarm.members]
    left = msgspec.structs.replace(alarm, members=tuple(members))
    if alarm.wrong and not left.wrong:
        left = msgspec.structs.replace(left, withdrawn="a newer alarm")
    return left


def _summed(row: Row) -> Alarm:
    """The alarm of a row with what its members are together.

    Of several ways of naming places that which the row had first is its extent's.
    """
    wrong = row.alarm.wrong
    confirmed = any(one.confirmed for one in wrong)
    had = [each.names for each in row.covers]
    extents = [one.extent for one in wrong or row.alarm.members if one.extent]
    extents.sort(key=lambda e: (*had, e.names).index(e.names))
    extent = None
    for each in extents:
        extent = joined(extent, each)
    return msgspec.structs.replace(
        row.alarm,
        extent=extent,
        urgency=most_urgent(one.urgency for one in wrong or row.alarm.members),
        unconfirmed=bool(wrong) and not confirmed,
        seen=row.seen if wrong and not confirmed else None,
    )


def _note_news(row: Row, alarm: Alarm, *, came: bool) -> None:
    """Keep how much a row is, so that only more than that is news.

    Args:
        row: the row.
        alarm: as it is now.
        came: it came, or came again.
    """
    if came:
        row.plots, row.urgent, row.covers, row.families = 0, "", [], []
    row.plots = max(row.plots, len(alarm.wrong))
    row.urgent = most_urgent((alarm.urgency, row.urgent))
    families = (one.family for one in alarm.wrong)
    row.families = list(dict.fromkeys((*row.families, *families)))
    covers = {each.names: each for each in row.covers}
    for one in alarm.wrong:
        if one.extent is not None:
            covered = joined(covers.get(one.extent.names), one.extent)
            covers[one.extent.names] = covered or one.extent
    row.covers = list(covers.values())


def _elsewhere(row: Row, extent: Extent | None) -> bool:
    """Tell whether a place is none of those in which a row is known to be."""
    if extent is None:
        return False
    alike = [each for each in row.covers if each.names == extent.names]
    known = alike or row.covers
    return bool(known) and not any(overlap(each, extent) for each in known)


def _news(row: Row, before: Alarm, alarm: Alarm) -> str:
    """What makes a row more than it was when there was news last; "" for nothing."""
    was = {one.key: one for one in before.members}
    if URGENCIES.index(alarm.urgency) > URGENCIES.index(row.urgent):
        return "more urgent"
    many = len(alarm.wrong)
    if many >= GROWTH * row.plots:
        return f"{many} plots, {row.plots} before"
    extent, sizes = alarm.extent, {each.names: each.size for each in row.covers}
    if extent is not None and extent.names in sizes:
        places = sizes[extent.names]
        if extent.size >= GROWTH * places:
            return f"{extent.size} places, {places} before"
    if any(_elsewhere(row, one.extent) for one in alarm.wrong):
        return "in another place"
    for one in alarm.wrong:
        known = one.key not in was or one.family in (was[one.key].family, *row.families)
        if not known:
            return f"now {one.family}"
    return ""


def _is_over(row: Row, now: float) -> bool:
    """Tell whether a row returned so long ago that what comes is another one."""
    returned = row.alarm.returned
    if returned is None or not row.flips:
        return False
    updates = row.age - row.flips[-1]
    return updates >= CHATTER_IN or now - returned >= CLOSES_AFTER


_Name = tuple[int, str, str]


def _name(alarm: Alarm) -> _Name:
    return alarm.run, alarm.root, alarm.family


def _member(sign: Sign) -> Member:
    return Member(
        *(sign.key, sign.status, sign.sentence, sign.family),
        *(sign.urgency, sign.extent),
    )


def _unconfirmed(row: Row, one: Member) -> Member:
    """A member of which nothing is known now: updates in which it was good are void."""
    row.good.pop(one.key, None)
    return msgspec.structs.replace(one, confirmed=False)


def _good(one: Member) -> Member:
    return msgspec.structs.replace(one, status=Status.GOOD, confirmed=True)


def _subsystem(key: str) -> str:
    """The subsystem of a plot, or the one that a key without a plot names."""
    return subsystem_of(key.rpartition(KEY_STEP)[2]) if KEY_STEP in key else key


def _reaches(above: Member, sign: Sign) -> bool:
    """Tell whether what feeds a plot is wrong where that is.

    Where it names subsystems, a plot of another one is where its own data are.
    """
    there = _subsystem(sign.key)
    if there == _subsystem(above.key) or _subsystems(sign.extent):
        there = ""
    of = _subsystems(above.extent)
    return (not there or not of or there in of) and overlap(above.extent, sign.extent)


def _subsystems(extent: Extent | None) -> set[str]:
    """The subsystems that an extent names; none where not all of them are known."""
    if extent is None or extent.more or SUBSYSTEM not in extent.names:
        return set()
    at = extent.names.index(SUBSYSTEM)
    return {cell[at] for cell in extent.cells}


def _causes_first(signs: Mapping[str, Sign]) -> list[str]:
    """The keys of all signs, each after those that feed it; a ring is cut."""
    found: dict[str, None] = {}
    begun: set[str] = set()
    left = sorted(signs, key=lambda key: len(signs[key].above))[::-1]
    while left:
        key = left[-1]
        if key in begun:
            found[left.pop()] = None
        else:
            begun.add(key)
            above = (fed.key for fed in signs[key].above)
            left += (each for each in above if each in signs and each not in begun)
    return list(found)


_Interval = tuple[int | None, int | None]


def _may_meet(one: _Interval, other: _Interval) -> bool:
    """Tell whether two intervals may meet; what is unknown is any lumisection."""
    (a, b), (c, d) = one, other
    return (d is None or a is None or a <= d) and (b is None or c is None or c <= b)


def _both(one: _Interval, other: _Interval) -> _Interval:
    """What two intervals have in common; the first where that is nothing."""
    if not _may_meet(one, other):
        return one
    firsts = [each for each in (one[0], other[0]) if each is not None]
    lasts = [each for each in (one[1], other[1]) if each is not None]
    return max(firsts, default=None), min(lasts, default=None)
