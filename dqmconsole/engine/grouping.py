"""Which plots that are wrong have one cause: one row each, over the run and restarts.

A row is named by where the cause is looked for (the subsystem, or what layouts declare
to feed it) and by how data are wrong. A plot joins a row of the same name if both may
have begun at the same time and be in the same place; what feeds it comes first. Of a
plot that is wrong in parts that lie apart each part has its row, and so has what is too
much and what is too little of it; the plot stands in all of these. From update to
update a part is known by its places. A row takes further plots for some updates of
their source, and parts of a plot that looked wrong all over at first are told apart in
these; later ones that may be one cause make a row, which says with which it may belong.
Rows that were shown never become one, and no plot goes from one to another: when in
doubt there are two.
"""

from __future__ import annotations

import functools
import itertools
import operator
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from dqmconsole.model.alarm import Alarm, Member
from dqmconsole.model.cause import (
    FEWEST,
    GROWTH,
    LOCAL,
    PART,
    URGENCIES,
    Extent,
    Family,
    Urgency,
    dealt,
    in_other_part,
    is_wider,
    joined,
    most_urgent,
    overlap,
    shares_places,
    together,
)
from dqmconsole.model.layout import KEY_STEP, subsystem_of
from dqmconsole.model.verdict import Status

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

TAKES = 3  # updates after the first in which a row takes further plots
GOOD_FOR = 3  # updates in which a plot must be good to count as good again
CHATTER = 3  # times that a row comes or goes ...
CHATTER_IN = 15  # ... in so many updates
RELAPSES = 2  # times that a row came again; then it must be good for CHATTER_IN updates
SMALL = 2 * FEWEST  # places, of fewer nothing is told apart that was scattered
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
        names_it: it names subsystems along an axis (``SUBSYSTEM``).
    """

    key: str
    families: tuple[Family, ...]
    names_it: bool = False


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
        parts: what of that lies apart, the largest first; () where nothing does.
        otherwise: what is wrong with it the other way, elsewhere: too little of it
            where this is too much of it, or too much; else None. It begins a row where
            it is BAD, and both have their places.
        part: that is not all of what is wrong with the plot.
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
    parts: tuple[Extent, ...] = ()
    part: bool = False
    otherwise: Sign | None = None


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
        apart: by plot, where else than in any row it was wrong with the last update
            that told its places.
        urgent: the highest urgency since.
        flips: the updates at which it came and went.
        relapses: times that it came again.
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
    apart: dict[str, Extent] = {}
    relapses: int = 0

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
        self._in: dict[str, dict[str, None]] = {}  # plot -> ids of its rows
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
        held, new = self._dealt(signs, updated)
        for row in self._rows.values():
            for name in updated:
                row.updates[name] = row.updates.get(name, 0) + 1
            self._renew(row, held, signs, good, updated, removed)
        self._braces = {each.key: each.braces for each in signs.values() if each.braces}
        self._place(new, moment)
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
        new = [
            each
            for key in _causes_first(signs)
            for each in _apart(signs[key])
            if _begins(signs[key], each)
        ]
        rows = [self._rows[name] for name in self._place(new, moment)]
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

    def _dealt(
        self, signs: Mapping[str, Sign], updated: Collection[str]
    ) -> tuple[dict[tuple[str, str], Sign], list[Sign]]:
        """What is wrong, by the rows that have it, and what none has.

        A further part of a plot that stands in a row is one with its second update.

        Returns:
            By id of a row and plot, what is wrong of it there; and what is to be
            placed, each after what feeds it.
        """
        held: dict[tuple[str, str], Sign] = {}
        new: list[Sign] = []
        known = {
            name: {one.key: one for one in row.alarm.members}
            for name, row in self._rows.items()
        }
        for key in _causes_first(signs):
            members = {name: known[name][key] for name in self._in.get(key, ())}
            mine, left = self._told_apart(signs[key], members) or _among(
                signs[key], members
            )
            held.update({(name, key): each for name, each in mine.items()})
            first = next((self._rows[name] for name in members if name in mine), None)
            if first is not None:
                before = first.apart.get(key)
                if _subsystem(key) in updated:
                    if not _is_scattered(signs[key].extent):  # it may be there still
                        first.apart.pop(key, None)
                    there = [each.extent for each in left if each.extent is not None]
                    if there:
                        first.apart[key] = functools.reduce(together, there)
                again = before is not None and _subsystem(key) in updated
                left = [e for e in left if again and shares_places(before, e.extent)]
            new += left
        return held, new

    def _told_apart(
        self, sign: Sign, members: Mapping[str, Member]
    ) -> tuple[dict[str, Sign], list[Sign]] | None:
        """As :func:`_among`, of a plot whose parts are known since it stands in a row.

        With the first update most data are those of before, and what is lost in two
        places looks lost all over.

        Returns:
            None where that is not so.
        """
        wrong = [name for name, one in members.items() if one.status in _WRONG]
        if len(wrong) != 1 or not sign.parts or sign.otherwise is not None:
            return None
        (name,) = wrong
        row, was = self._rows[name], members[name].extent
        if was is None or not was.scattered:
            return None
        if _takes_no_more(row, sign):
            return None
        others = [
            one.extent
            for one in row.alarm.wrong
            if one.key != sign.key and one.extent is not None
            if not one.extent.scattered
        ]
        parts = _apart(sign)
        here = [each for each in parts if _is_with(each.extent, others)]
        if not here and sign.key in row.apart:
            further = row.apart[sign.key]
            here = [e for e in parts if not shares_places(further, e.extent)]
        here = here or parts[:1]
        left = [each for each in parts if each not in here]
        if any(each.extent is not None and each.extent.size < SMALL for each in left):
            return None
        return {name: _put_together(sign, here)}, left

    def _renew(
        self,
        row: Row,
        held: Mapping[tuple[str, str], Sign],
        signs: Mapping[str, Sign],
        good: Collection[str],
        updated: Collection[str],
        removed: Collection[str],
    ) -> None:
        """Take in how the members of a row stand."""
        members, withdrawn = [], ""
        for one in row.alarm.members:
            sign, now = held.get((row.alarm.id, one.key)), one
            elsewhere = signs.get(one.key)
            if sign is not None:
                now = self._with_sign(row, one, sign)
            elif one.status is Status.GOOD:
                pass
            elif elsewhere is not None and one.status in _NOT_JUDGED:
                now = _good(one)  # it is judged again: what is wrong is another
            elif one.key in removed:
                withdrawn, now = "it is laid out no longer", _good(one)
            elif one.key not in good and elsewhere is None:
                now = _unconfirmed(row, one)
            elif (
                why := self._changed_site.get(_subsystem(one.key))
            ) and not row.good.get(one.key):
                withdrawn, now = why, _good(one)
            else:  # it is good, or in this part
                held_for = row.good.get(one.key, 0) + (_subsystem(one.key) in updated)
                row.good[one.key] = held_for
                if held_for >= self._good_for(row) and len(row.flips) < CHATTER:
                    now = _good(one)
            members.append(now)
        row.alarm = msgspec.structs.replace(row.alarm, members=tuple(members))
        if withdrawn and not row.alarm.wrong:
            row.alarm = msgspec.structs.replace(row.alarm, withdrawn=withdrawn)

    def _good_for(self, row: Row) -> int:
        """Updates in which a plot of a row must be good to count as good again.

        What came more than once may come again, and so may what is perhaps of a cause
        that stands: a channel that this left at its limit is good by chance.
        """
        other = self._rows.get(row.alarm.perhaps_with)
        stands = other is not None and other.alarm.returned is None
        return CHATTER_IN if stands or row.relapses >= RELAPSES else GOOD_FOR

    def _with_sign(self, row: Row, one: Member, sign: Sign) -> Member:
        """How a member of a row stands, of which something is wrong now."""
        if one.status in _WRONG and sign.status not in _WRONG:
            return _unconfirmed(row, one)  # it stands as it was judged last
        row.good.pop(one.key, None)
        return _member(sign)

    def _place(self, signs: Collection[Sign], moment: Moment) -> list[str]:
        """Put plots into the rows of their causes, or into new ones.

        Args:
            signs: each after those that feed it.
            moment: now.

        Returns:
            Ids of these rows.
        """
        if not signs:
            return []
        candidates = _Candidates(self._rows.values(), self._braces)
        found: dict[str, None] = {}
        for sign in signs:
            late, row = "", self._feeding(sign, moment.run, candidates)
            row = row or candidates.alike(sign, moment.run)
            if row is not None and _takes_no_more(row, sign):
                late = row.alarm.id
                row = candidates.alike(sign, moment.run, late)
            if row is None or _takes_no_more(row, sign):
                late = late or candidates.sooner_there(sign, moment.run)
                row = self._begin(sign, moment, late)
            else:
                first, last = _both(
                    (row.alarm.earliest, row.alarm.latest), (sign.earliest, sign.latest)
                )
                row.alarm = msgspec.structs.replace(
                    row.alarm, earliest=first, latest=last
                )
                self._in.setdefault(sign.key, {})[row.alarm.id] = None
            candidates.note(row, _member(sign))
            found[row.alarm.id] = None
        for name in found:
            row = self._rows[name]
            members = {one.key: one for one in row.alarm.members}
            for one in candidates.noted[name]:
                before = members.pop(one.key, one)
                wrong = before.status is not Status.GOOD
                extent = joined(before.extent, one.extent) if wrong else one.extent
                members[one.key] = msgspec.structs.replace(one, extent=extent)
            row.alarm = msgspec.structs.replace(
                row.alarm, members=tuple(members.values())
            )
        return list(found)

    def _feeding(self, sign: Sign, run: int, candidates: _Candidates) -> Row | None:
        """The row of the nearest that feeds a plot, and is wrong no later than it.

        Where subsystems are named by a plot that feeds it, too, one that does not say
        whose data are wrong takes those of one subsystem alone.
        """
        for fed in sign.above:
            if sign.family not in fed.families:
                continue
            for name in self._in.get(fed.key, ()):
                row = self._rows[name]
                began = row.alarm.earliest if row.alarm.run == run else None
                if not _may_meet((began, None), (None, sign.latest)):
                    continue
                above = candidates.members.get((name, fed.key), ())
                if not any(_reaches(each, sign) for each in above):
                    continue
                if candidates.is_apart(name, sign):
                    continue
                placed = any(each.extent is not None for each in above)
                if not placed and candidates.names_another(name, fed, sign):
                    continue
                if candidates.fits(name, sign.extent):
                    return row
        return None

    def _begin(self, sign: Sign, moment: Moment, perhaps_with: str = "") -> Row:
        alarm = Alarm(
            id=self._next_name((moment.run, sign.root, sign.family)),
            run=moment.run,
            root=sign.root,
            family=sign.family,
            members=(_member(sign),),
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
            if mine is not None and not _share(mine.alarm, row.alarm):
                self._forget(mine)
                displaced.append(mine)
        for row in others:
            self._tell_as(row)
        for mine in displaced:
            free = tuple(
                one for one in mine.alarm.members if not self._is_held(one, mine)
            )
            if any(one.status is not Status.GOOD for one in free):
                name = self._next_name(_name(mine.alarm))
                mine.alarm = msgspec.structs.replace(mine.alarm, id=name, members=free)
                self._put(mine)

    def _is_held(self, one: Member, row: Row) -> bool:
        """Tell whether a plot is wrong in a row other than one, in the same place."""
        return any(
            _same(one, other)
            for name in self._in.get(one.key, ())
            if name != row.alarm.id
            for other in self._rows[name].alarm.wrong
        )

    def _tell_as(self, row: Row) -> None:
        """Go on with a row of another engine, where it is one of these or a new one."""
        for one in row.alarm.wrong:
            self._leave_older(one, row.alarm)
        mine = self._rows.get(row.alarm.id)
        if mine is None:
            self._take(row)
        else:
            self._go_on(mine, row)

    def _take(self, row: Row) -> None:
        """Have a row of another engine that is none of these."""
        # what is good in it may have another row since, where it stands, too
        listed = tuple(
            one
            for one in row.alarm.members
            if one.status is Status.GOOD or not self._is_held(one, row)
        )
        if listed:
            row.alarm = msgspec.structs.replace(row.alarm, members=listed)
            self._put(row)

    def _go_on(self, mine: Row, row: Row) -> None:
        """Go on with one of these as another engine has it."""
        alarm = row.alarm
        # what members do now is seen here as well, and maybe earlier
        added = [
            one
            for one in alarm.members
            if alarm.id not in self._in.get(one.key, ())
            if not self._is_held(one, mine)
        ]
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
        mine.relapses = row.relapses
        mine.flips = [at + mine.age - row.age for at in row.flips]
        for key in keys:
            self._in.setdefault(key, {})[alarm.id] = None

    def _leave_older(self, one: Member, alarm: Alarm) -> None:
        """Let a plot go by a newer row of another engine, in place of an older one."""
        names = self._in.get(one.key, {})
        for older in [self._rows[name] for name in names if name != alarm.id]:
            mine = next(each for each in older.alarm.members if each.key == one.key)
            if older.alarm.began <= alarm.began + APART and _same(mine, one):
                del names[older.alarm.id]
                older.alarm = _without(older.alarm, [one])

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
            row.relapses += 1
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
        if alarm.id in self._rows:
            self._forget(self._rows[alarm.id])
        self._rows[alarm.id] = row
        for key in alarm.keys:
            self._in.setdefault(key, {})[alarm.id] = None
        name = _name(alarm)
        number = alarm.id.rpartition("/")[2]
        if number.isdecimal():
            known = self._numbers.get(name, self._given)
            self._numbers[name] = max(known, int(number))

    def _forget(self, row: Row) -> None:
        del self._rows[row.alarm.id]
        for key in row.alarm.keys:
            names = self._in.get(key, {})
            names.pop(row.alarm.id, None)
            if not names:
                self._in.pop(key, None)


class _Candidates:
    """The rows that a plot may join, found by the places of their plots.

    However many rows and plots there are, those are compared that share a place, or
    whose place is not known.

    Args:
        rows: all, the oldest first.
        braces: plot -> those it is written with, which count as one place.

    Attributes:
        members: by id of a row and plot, how that is wrong in it.
        noted: by id of a row, what was put into it.
    """

    def __init__(self, rows: Iterable[Row], braces: Mapping[str, str]) -> None:
        self.members: dict[tuple[str, str], list[Member]] = {}
        self.noted: dict[str, list[Member]] = {}
        self._rows: dict[str, tuple[int, Row]] = {}  # with its place in their order
        # by id of the row and names
        self._extents: dict[str, dict[tuple[str, ...], dict[Extent, None]]] = {}
        self._plots: dict[str, set[str]] = {}  # by id of the row
        self._unplaced: set[str] = set()  # ids of rows with a plot of unknown place
        self._braces = braces
        self._with_braces: dict[str, set[str]] = {}  # ids of rows
        self._with_cell: dict[tuple[object, ...], dict[str, None]] = {}
        self._with_names: dict[_Name, dict[tuple[str, ...], dict[str, None]]] = {}
        for row in rows:
            for one in row.alarm.wrong:
                self._add(row, one)

    def note(self, row: Row, member: Member) -> None:
        """A plot that is wrong was put into a row."""
        self.noted.setdefault(row.alarm.id, []).append(member)
        self._add(row, member)

    def _add(self, row: Row, one: Member) -> None:
        alarm, name, extent = row.alarm, _name(row.alarm), one.extent
        self.members.setdefault((alarm.id, one.key), []).append(one)
        self._plots.setdefault(alarm.id, set()).add(one.key)
        if braces := self._braces.get(one.key):
            self._with_braces.setdefault(braces, set()).add(alarm.id)
        self._rows.setdefault(alarm.id, (len(self._rows), row))
        names = _names(extent)
        by_names = self._with_names.setdefault(name, {})
        by_names.setdefault(names, {})[alarm.id] = None
        if extent is None:
            self._unplaced.add(alarm.id)
            return
        extents = self._extents.setdefault(alarm.id, {}).setdefault(extent.names, {})
        if extent in extents:
            return
        extents[extent] = None
        for cell in extent.cells if names else ():
            self._with_cell.setdefault((name, names, cell), {})[alarm.id] = None

    def alike(self, sign: Sign, run: int, late: str = "") -> Row | None:
        """The newest row of the same name that a plot may belong to.

        Before it comes one of a plot that is written with it.

        Args:
            sign: what is wrong with the plot.
            run: now.
            late: a row that takes nothing more: of those only that may belong with it.
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
        perhaps: Row | None = None
        for each in order:
            row = self._rows[each][1]
            alarm = row.alarm
            if alarm.returned is not None or self.is_apart(each, sign):
                continue
            if late and alarm.perhaps_with != late:
                continue
            if not _may_meet((alarm.earliest, alarm.latest), onset):
                continue
            there = self._there(each, sign)
            if there or (each in alike and there is None):
                return row
            if there is None and perhaps is None:
                perhaps = row
        return perhaps

    def sooner_there(self, sign: Sign, run: int) -> str:
        """Id of the newest row of the same name in whose place a few are; or "".

        What is at its limit crosses that by chance: that it began later says little.
        """
        extent = sign.extent
        if extent is None or extent.size >= FEWEST:
            return ""
        name, mine, found = (run, sign.root, sign.family), _names(extent), set[str]()
        for cell in extent.cells if mine else ():
            found.update(self._with_cell.get((name, mine, cell), ()))
        stand = (
            self._rows[each]
            for each in found
            if self._rows[each][1].alarm.returned is None
            and not self.is_apart(each, sign)
            and self._there(each, sign)
        )
        newest = max(stand, key=operator.itemgetter(0), default=None)
        return "" if newest is None else newest[1].alarm.id

    def is_apart(self, row: str, sign: Sign) -> bool:
        """Tell whether a row has the plot itself, in another part of it."""
        mine = self.members.get((row, sign.key), ())
        return bool(mine) and not any(
            shares_places(each.extent, sign.extent) for each in mine
        )

    def fits(self, row: str, extent: Extent | None) -> bool:
        """Tell whether nothing that names the same coordinates is in other places.

        Of fewer places than a part has these may lie anywhere by chance.
        """
        if extent is None or extent.size < FEWEST:
            return True
        known = self._extents.get(row, {}).get(extent.names, {})
        alike = {each: None for each in known if each.size >= FEWEST}
        return not alike or _overlaps(alike, extent)

    def names_another(self, row: str, fed: Fed, sign: Sign) -> bool:
        """Tell whether a row that feeds a plot is one of another subsystem.

        Of what names subsystems and feeds it, too, if there is such a plot. What a row
        of the plot's own subsystem has of others is what that feeds.
        """
        naming = [each.key for each in sign.above if each.names_it]
        own = {_subsystem(fed.key), _subsystem(sign.key)}
        if not naming or own == {self._rows[row][1].alarm.root}:
            return False
        plots = self._plots.get(row, ())
        return any(key in naming or _subsystem(key) not in own for key in plots)

    def _there(self, row: str, sign: Sign) -> bool | None:
        """Tell whether a plot is wrong where a row is; None where that is not known.

        Where both are in one place each, along the same axes, these decide; where both
        say in which part of the detector they are, nothing is near in another one.
        """
        extent = sign.extent
        if extent is None:
            return None
        by_names = self._extents.get(row, {})
        alike = by_names.get(extent.names, {})
        near = bool(alike) and _overlaps(alike, extent)
        firm = sign.family in LOCAL and extent.size >= FEWEST and not extent.scattered
        here = [each for each in alike if each.part == extent.part]
        if near or (firm and here and not any(each.scattered for each in here)):
            return near
        if extent.part or PART in extent.names:
            said = {
                in_other_part(e, extent) for each in by_names.values() for e in each
            }
            if True in said and False not in said:
                return False
        few = extent.size < FEWEST
        if extent.scattered:
            few = bool(alike) and all(e.size < FEWEST for e in alike)
        anywhere = extent.scattered or any(e.scattered for e in alike)
        # a few where all lie anywhere are no other place
        unknown = row in self._unplaced or (few and anywhere)
        for names, extents in by_names.items():
            if set(names).isdisjoint(extent.names):
                unknown = True
            elif _overlaps(extents, extent):
                return True
        return None if unknown else False


def _takes_no_more(row: Row, sign: Sign) -> bool:
    return row.updates.get(_subsystem(sign.key), 0) > TAKES


def _overlaps(extents: dict[Extent, None], extent: Extent) -> bool:
    """Tell whether an extent overlaps one of some, the newest of them."""
    newest = itertools.islice(reversed(extents), MOST_COMPARED)
    return extent in extents or any(overlap(each, extent) for each in newest)


def _is_scattered(extent: Extent | None) -> bool:
    return extent is not None and extent.scattered


def _is_with(extent: Extent | None, others: Iterable[Extent]) -> bool:
    """Tell whether an extent has places of one of others, named alike."""
    return extent is not None and any(
        each.names == extent.names and shares_places(each, extent) for each in others
    )


def _names(extent: Extent | None) -> tuple[str, ...]:
    """By what an extent names its places; () where these do not tell where it is."""
    if extent is None or not extent.cells or extent.more or extent.scattered:
        return ()
    return extent.names


def in_one_row(rows: Iterable[Row]) -> list[Row]:
    """Rows that were kept, the oldest first; what is wrong is in the newest alone.

    Of two engines that kept rows, one after the other, each may have had its own.
    """
    found = list(rows)
    held: list[Member] = []
    for row in reversed(found):
        row.alarm = _without(row.alarm, held)
        held += row.alarm.wrong
    return found


def _without(alarm: Alarm, held: Collection[Member]) -> Alarm:
    """An alarm without plots that are wrong in a newer one, withdrawn where none is."""
    by_key: dict[str, list[Member]] = {}
    for one in held:
        by_key.setdefault(one.key, []).append(one)
    members = [
        _good(one) if any(_same(one, each) for each in by_key.get(one.key, ())) else one
        for one in alarm.members
    ]
    left = msgspec.structs.replace(alarm, members=tuple(members))
    if alarm.wrong and not left.wrong:
        left = msgspec.structs.replace(left, withdrawn="a newer alarm")
    return left


def _same(one: Member, other: Member) -> bool:
    """Tell whether two members are one plot in one place."""
    return one.key == other.key and shares_places(one.extent, other.extent)


def _share(one: Alarm, other: Alarm) -> bool:
    """Tell whether a plot is in both alarms, in one place."""
    theirs = {each.key: each for each in other.members}
    return any(
        each.key in theirs and _same(each, theirs[each.key]) for each in one.members
    )


def _apart(sign: Sign) -> list[Sign]:
    """What is wrong with a plot, each part by itself, and each way."""
    if sign.otherwise is not None:
        alone = msgspec.structs.replace(sign, part=True, otherwise=None)
        return _apart(alone) + _apart(sign.otherwise)
    if not sign.parts:
        return [sign]
    return [
        msgspec.structs.replace(sign, extent=each, parts=(), part=True)
        for each in sign.parts
    ]


def _among(
    sign: Sign, members: Mapping[str, Member]
) -> tuple[dict[str, Sign], list[Sign]]:
    """What is wrong with a plot, by the rows that have it; and what none has.

    Args:
        sign: what is wrong with it.
        members: how it stands in its rows, by their ids, the oldest first.
    """
    judged = sign.status in _WRONG
    wrong = {
        name: one
        for name, one in members.items()
        if one.status is not Status.GOOD
        if not (judged and one.status in _NOT_JUDGED)
    }
    if wrong and (not judged or sign.extent is None):
        if len(wrong) == 1:
            return dict.fromkeys(wrong, sign), []
        return {  # each stays where it was
            name: msgspec.structs.replace(sign, extent=one.extent, part=True)
            for name, one in wrong.items()
        }, []
    found: dict[str, list[Sign]] = {}
    left: list[Sign] = []
    for each in _apart(sign):
        known_in = {
            name: one.extent
            for name, one in wrong.items()
            if shares_places(one.extent, each.extent)
        }
        if not known_in and _begins(sign, each):
            left.append(each)
        for name, extent in dealt(each.extent, known_in).items():
            here = msgspec.structs.replace(each, extent=extent)
            found.setdefault(name, []).append(here)
    if wrong and not found:  # all of it is in another place now
        whole = msgspec.structs.replace(sign, parts=(), part=False, otherwise=None)
        found[next(iter(wrong))] = [whole]
        left = [each for each in left if each.family != sign.family]
    for each in tuple(left):
        for name, one in reversed(tuple(members.items())):
            alike = one.family == sign.family and overlap(one.extent, each.extent)
            if one.status is Status.GOOD and alike:
                found.setdefault(name, []).append(each)
                left.remove(each)
                break
    return {name: _put_together(sign, each) for name, each in found.items()}, left


def _begins(sign: Sign, part: Sign) -> bool:
    """Tell whether a part of what is wrong with a plot may begin a row."""
    extents = (sign.extent, part.extent)
    placed = not any(each is None or each.scattered for each in extents)
    return part.family == sign.family or (placed and part.status is Status.BAD)


def _put_together(sign: Sign, parts: Sequence[Sign]) -> Sign:
    """What is wrong with a plot in one row, from those of its parts that are there."""
    extent = functools.reduce(joined, (each.extent for each in parts))
    part = sign.otherwise is not None or extent != sign.extent
    return msgspec.structs.replace(parts[0], extent=extent, parts=(), part=part)


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
    covers = {(each.names, each.part): each for each in row.covers}
    for one in alarm.wrong:
        if one.extent is not None:
            by = one.extent.names, one.extent.part
            covers[by] = joined(covers.get(by), one.extent) or one.extent
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
        part=sign.part,
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

    Where it names subsystems, a plot of another one is where its own data are. Too much
    in one place takes nothing away in another; what is lost in one may well give errors
    in another. Of another subsystem no more is wrong than comes from there.
    """
    placed = above.extent is not None and sign.extent is not None
    if placed and (above.family, sign.family) == ("excess", "missing"):
        return False
    if sign.family == "excess" and sign.status is Status.BAD:
        # nothing that is lost or displaced all over makes one place noisy
        noisy = _is_scattered(above.extent) and not _is_scattered(sign.extent)
        if placed and noisy and above.family != "excess":
            return False
    there = _subsystem(sign.key)
    if there != _subsystem(above.key) and is_wider(sign.extent, above.extent):
        return False
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
