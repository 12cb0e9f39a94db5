"""The alarms of a week by their owners, against what EEMUA 191 calls acceptable.

It follows from the alarms that an engine kept and the records of the log.
"""

from __future__ import annotations

import datetime
import json
from bisect import bisect_left
from typing import TYPE_CHECKING, TypeVar

import msgspec

from dqmconsole.model.alarm import Alarm
from dqmconsole.model.cause import AUDIBLE
from dqmconsole.model.layout import KEY_STEP, layout_of, path_of
from dqmconsole.model.record import (
    Joined,
    Missed,
    Nuisance,
    ShiftBegan,
    ShiftEnded,
    SplitOff,
)
from dqmconsole.model.run import run_words
from dqmconsole.model.words import counted, listed
from dqmconsole.shift.alarms import alarm_name, own_id, takes_over
from dqmconsole.shift.documents import clock_of, document
from dqmconsole.shift.pages import owners as owners_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dqmconsole.logbook.view import Logbook
    from dqmconsole.model.cause import Family
    from dqmconsole.model.record import Record
    from dqmconsole.model.site import Site

T = TypeVar("T")

TEN_MINUTES = 600.0  # s
ACCEPTABLE = 1.0  # alarms in ten minutes on the average over a long time (EEMUA 191)
FLOOD = 10  # alarms in ten minutes; more of them are a flood
STANDING = 24 * 3600.0  # s
NO_OWNER = "no owner"
MOST_PATHS = 8  # of a proposed line; of more plots it names the layouts
WEEK = datetime.timedelta(days=7)


class AlarmRow(msgspec.Struct, frozen=True):
    """An alarm of the week.

    Attributes:
        alarm: as the engine kept it.
        lasted: s, until it returned or the week, or now, ended.
        times: how often it was told: when it began, and with each news of it.
    """

    alarm: Alarm
    lasted: float
    times: int

    @property
    def standing(self) -> bool:
        """It stood longer than a day."""
        return self.lasted > STANDING


class Said(msgspec.Struct, frozen=True):
    """What a person said of an alarm, or of a fault that no alarm told."""

    at: float
    who: str
    about: str
    comment: str


class ProposedFeeds(msgspec.Struct, frozen=True):
    """What layouts may declare, as shifters split and joined alarms.

    Attributes:
        at: unix time at which one did, s.
        who: the person.
        about: what was split off or joined.
        comment: why.
        plot: path of the plot that shows the cause, or "" where none is known.
        line: what is to stand below it in its layout, YAML; "" where nothing follows.
    """

    at: float
    who: str
    about: str
    comment: str
    plot: str = ""
    line: str = ""


class OwnerWeek(msgspec.Struct, frozen=True):
    """The alarms of one owner.

    Attributes:
        owner: a role of the contacts.
        alarms: the alarms, oldest first.
        per_ten_minutes: how many times alarms were told in ten minutes, on average
            over the hours of the week's shifts.
        most: the most in any ten minutes.
        nuisance: alarms that should not have been.
        missed: faults that no alarm told.
        feeds: what the layouts may declare.
    """

    owner: str
    alarms: tuple[AlarmRow, ...]
    per_ten_minutes: float
    most: int
    nuisance: tuple[Said, ...] = ()
    missed: tuple[Said, ...] = ()
    feeds: tuple[ProposedFeeds, ...] = ()


class Week(msgspec.Struct, frozen=True):
    """The report of a week.

    Attributes:
        name: "2026-W48".
        first, last: unix times of its begin and end, s.
        hours: that somebody had the shift; the whole week where no shift is known.
        on_shift: these are hours of shifts.
        alarms: how many there were.
        heard: of those, the ones that are meant to be heard.
        per_ten_minutes: as of an owner, over all.
        most: the same.
        floods: separate times at which more than `FLOOD` were told in ten minutes.
        acceptable: the average is at most `ACCEPTABLE`, and there was no flood.
        owners: who has most first.
    """

    name: str
    first: float
    last: float
    hours: float
    on_shift: bool
    alarms: int
    heard: int
    per_ten_minutes: float
    most: int
    floods: int
    acceptable: bool
    owners: tuple[OwnerWeek, ...] = ()


def week_named(name: str, now: float) -> tuple[str, float, float]:
    """A week by its ISO name, in UTC: its name, begin and end, unix times, s.

    Args:
        name: "2026-W48"; "" for the week that ended last.
        now: unix time, s.

    Raises:
        ValueError: there is no such week.
    """
    if name:
        begins = datetime.datetime.strptime(f"{name}-1 +0000", "%G-W%V-%u %z")
    else:
        day = datetime.datetime.fromtimestamp(now, datetime.UTC)
        monday = day - datetime.timedelta(days=day.weekday()) - WEEK
        begins = monday.replace(hour=0, minute=0, second=0, microsecond=0)
    year, week, _ = begins.isocalendar()
    ends = begins + WEEK
    return f"{year}-W{week:02}", begins.timestamp(), ends.timestamp()


def weekly(
    alarms: Iterable[Alarm], logbook: Logbook, site: Site, name: str, now: float
) -> Week:
    """The report of a week.

    Args:
        alarms: those that engines kept, in any order.
        logbook: all records.
        site: whose layouts have the owners.
        name: of the week; "" for the one that ended last.
        now: unix time, s.

    Raises:
        ValueError: there is no such week.
    """
    name, first, last = week_named(name, now)
    until = min(last, max(now, first))
    owned = owners_of(site)
    owners = {name: owner or NO_OWNER for name, owner in owned.items()}
    of_owner: dict[str, list[Alarm]] = {}
    known: dict[str, Alarm] = {}
    for alarm in alarms:
        known[alarm.id] = alarm
        over = until if alarm.returned is None else alarm.returned
        if alarm.began < until and over >= first:
            keys = (each.key for each in alarm.members)
            owner = _owner(keys, alarm.root, owners)
            of_owner.setdefault(owner, []).append(alarm)
    on_shift = _on_shift(logbook, first, until)
    spans = on_shift or [(first, until)]
    nuisance, missed = _said(logbook, owners, first, until)
    feeds = _proposed(logbook, known, owners, first, until)
    found = []
    for owner in sorted({*of_owner, *nuisance, *missed, *feeds}):
        mine = of_owner.get(owner, [])
        said = (nuisance.get(owner, ()), missed.get(owner, ()), feeds.get(owner, ()))
        found.append(_of_owner(owner, mine, first, until, spans, *said))
    found.sort(key=lambda each: -sum(row.times for row in each.alarms))
    everything = [each for mine in of_owner.values() for each in mine]
    told = _told(everything, first, until)
    floods, most = _floods(told)
    rate = _rate(told, spans)
    return Week(
        *(name, first, last, _hours(spans), bool(on_shift), len(everything)),
        sum(each.urgency in AUDIBLE for each in everything),
        *(rate, most, floods, rate <= ACCEPTABLE and not floods),
        tuple(found),
    )


def markdown(week: Week, site: Site) -> str:
    """The report as Markdown."""
    clock = clock_of(site.contacts.timezone)
    values = {
        "week": week, "clock": clock, "site": site, "acceptable": ACCEPTABLE,
        "flood": FLOOD,
    }  # fmt: skip
    return document("weekly.md", values)


def _owner(keys: Iterable[str], root: str, owners: dict[str, str]) -> str:
    """Who owns the plots of an alarm: of most of them."""
    layouts = (layout_of(key) for key in keys)
    names = [owners[each] for each in (*layouts, root) if each in owners]
    return max(names, key=names.count, default=NO_OWNER)


def _on_shift(
    logbook: Logbook, first: float, until: float
) -> list[tuple[float, float]]:
    """When somebody had the shift, unix times, s; of two consoles at once, once.

    A shift that nobody ended is over when somebody else takes it.
    """
    ended = {record.shift: record.made_at for record, _ in logbook.of(ShiftEnded)}
    begun = [record for record, _ in logbook.of(ShiftBegan)]
    begun.sort(key=lambda record: record.made_at)
    found, reached = [], first
    for at, each in enumerate(begun):
        over = ended.get(each.uid)
        if over is None:
            later = (one for one in begun[at + 1 :] if takes_over(one.role, each.role))
            over = next((one.made_at for one in later), until)
        begin, end = max(each.made_at, reached), min(over, until)
        if end > begin:
            found.append((begin, end))
            reached = end
    return found


def _hours(spans: Iterable[tuple[float, float]]) -> float:
    return sum(end - begin for begin, end in spans) / 3600.0


def _said(
    logbook: Logbook, owners: dict[str, str], first: float, until: float
) -> tuple[dict[str, list[Said]], dict[str, list[Said]]]:
    """Nuisances and missed faults of the week by owner."""
    nuisance: dict[str, list[Said]] = {}
    missed: dict[str, list[Said]] = {}
    for record, body in _between(logbook.of(Nuisance), first, until):
        seen = body.alarm
        owner = _owner(body.plots, seen.root, owners)
        about = f"{alarm_name(seen)}{run_words(seen.run, ', ')}"
        said = Said(record.made_at, record.who, about, body.comment)
        nuisance.setdefault(owner, []).append(said)
    for record, lost in _between(logbook.of(Missed), first, until):
        layout = layout_of(lost.plot) or record.subsystem
        said = Said(record.made_at, record.who, lost.plot, lost.comment)
        missed.setdefault(owners.get(layout, NO_OWNER), []).append(said)
    return nuisance, missed


def _proposed(
    logbook: Logbook,
    alarms: Mapping[str, Alarm],
    owners: dict[str, str],
    first: float,
    until: float,
) -> dict[str, list[ProposedFeeds]]:
    """What follows for layouts from splits and joins of the week, by owner."""
    found: dict[str, list[ProposedFeeds]] = {}
    for record, joined in _between(logbook.of(Joined), first, until):
        name, into = alarm_name(joined.alarm), alarm_name(joined.into)
        about = f"{name} joined into {into}{run_words(joined.into.run, ', ')}"
        causes = _plots_of(alarms.get(own_id(joined.into.id)))
        fed = _plots_of(alarms.get(own_id(joined.alarm.id)))
        row = _feeds(record, about, joined.comment, causes, fed, joined.alarm.family)
        owner = _owner(causes[:1], joined.into.root, owners)
        found.setdefault(owner, []).append(row)
    for record, split in _between(logbook.of(SplitOff), first, until):
        seen = split.alarm
        of = run_words(seen.run, ", ")
        about = f"{_layouts(split.plots)} split off {alarm_name(seen)}{of}"
        off = [each for each in split.plots if KEY_STEP in each]
        row = _feeds(record, about, split.comment, off, off[1:], seen.family)
        found.setdefault(_owner(off[:1], seen.root, owners), []).append(row)
    return found


def _between(
    records: Iterable[tuple[Record, T]], first: float, until: float
) -> Iterator[tuple[Record, T]]:
    """The records that were made from one unix time, s, to another."""
    return (each for each in records if first <= each[0].made_at < until)


def _plots_of(alarm: Alarm | None) -> list[str]:
    members = () if alarm is None else alarm.wrong or alarm.members
    return [one.key for one in members if KEY_STEP in one.key]


def _layouts(keys: Iterable[str]) -> str:
    """How many plots there are, and of which layouts."""
    many = list(keys)
    names = dict.fromkeys(layout_of(key) for key in many)
    return f"{counted(len(many), 'plot')} of {listed(list(names))}"


def _feeds(
    record: Record,
    about: str,
    comment: str,
    causes: Sequence[str],
    fed: Sequence[str],
    family: Family,
) -> ProposedFeeds:
    """What a layout may declare: the first of `causes` feeds the plots `fed`."""
    row = ProposedFeeds(record.made_at, record.who, about, comment)
    if not causes or not fed:
        return row
    cause = path_of(causes[0])
    paths = dict.fromkeys(path_of(key) for key in fed)
    targets = [each for each in paths if each != cause]
    if len(targets) > MOST_PATHS:
        targets = list(dict.fromkeys(layout_of(key) for key in fed))
    if not targets:
        return row
    line = f"feeds: [{{to: {json.dumps(targets, ensure_ascii=False)}"
    line += f", families: [{family}]}}]"
    return msgspec.structs.replace(row, plot=cause, line=line)


def _of_owner(
    owner: str,
    alarms: Sequence[Alarm],
    first: float,
    until: float,
    spans: Sequence[tuple[float, float]],
    nuisance: Iterable[Said],
    missed: Iterable[Said],
    feeds: Iterable[ProposedFeeds],
) -> OwnerWeek:
    rows = []
    for each in sorted(alarms, key=lambda one: one.began):
        over = until if each.returned is None else min(each.returned, until)
        lasted = max(over - each.began, 0.0)
        rows.append(AlarmRow(each, lasted, len(_told([each], first, until))))
    told = _told(alarms, first, until)
    return OwnerWeek(
        *(owner, tuple(rows), _rate(told, spans), _floods(told)[1]),
        *(tuple(nuisance), tuple(missed), tuple(feeds)),
    )


def _told(alarms: Iterable[Alarm], first: float, until: float) -> list[float]:
    """When alarms of the week were told: they began, or were news again.

    Of each only the last news has its time; those before it are spread evenly.
    """
    found = []
    for each in alarms:
        step = (each.news_at - each.began) / max(each.news - 1, 1)
        times = (each.began + step * at for at in range(max(each.news, 1)))
        found += [at for at in times if first <= at < until]
    return sorted(found)


def _rate(told: Iterable[float], spans: Sequence[tuple[float, float]]) -> float:
    """How many were told in ten minutes of the times when somebody had the shift."""
    heard = [at for at in told if any(begin <= at < end for begin, end in spans)]
    many = _hours(spans) * 6.0
    return len(heard) / max(many, 1.0)  # of a minute no rate is worked out


def _floods(told: Sequence[float]) -> tuple[int, int]:
    """How many floods there were, and the most that was told in ten minutes."""
    floods, most, flooded_until = 0, 0, float("-inf")
    for at, when in enumerate(told):
        many = bisect_left(told, when + TEN_MINUTES) - at
        most = max(most, many)
        if many > FLOOD and when >= flooded_until:
            floods += 1
        if many > FLOOD:
            flooded_until = when + TEN_MINUTES
    return floods, most
