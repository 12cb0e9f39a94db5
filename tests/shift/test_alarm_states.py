"""Every way an alarm can go, from plots that go wrong to what two consoles show of it.

An engine groups plots into alarms and is restarted; two consoles hear it, read the
same log, answer and are restarted; shifts hand over, runs change, limits and known
issues change, clocks jump. What holds whatever happens stands in the invariants.
"""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from dqmconsole.engine.grouping import GOOD_FOR, Fed, Grouping, Moment, Row, Sign
from dqmconsole.logbook.view import Logbook
from dqmconsole.model.cause import FAMILIES, URGENCIES, extent_of, shares_places
from dqmconsole.model.layout import plot_key
from dqmconsole.model.record import (
    Acknowledged,
    Joined,
    Record,
    Shelved,
    ShiftBegan,
    ShiftEnded,
    SplitOff,
    Unshelved,
)
from dqmconsole.model.verdict import Status
from dqmconsole.shift.alarms import seen, standings

if TYPE_CHECKING:
    from dqmconsole.model.alarm import Alarm
    from dqmconsole.model.cause import Extent, Family, Urgency
    from dqmconsole.model.record import Body
    from dqmconsole.shift.alarms import Standing

SUBSYSTEMS = ("Hcal", "Ecal")
PLOTS = tuple(plot_key(one, "Page", f"{one}/{name}") for one in SUBSYSTEMS
              for name in "abc")  # fmt: skip
plots = st.sampled_from(PLOTS)
number = st.integers(0, 20)


def subsystem(plot: str) -> str:
    """The subsystem of a plot."""
    return plot.partition(" ")[0]


class Console:
    """What a console heard of the engine, and read of the log."""

    def __init__(self, alarms: dict[str, Alarm], records: list[Record]) -> None:
        self.alarms = dict(alarms)
        self.logbook = Logbook()
        for record in records:
            self.logbook.put(record)


class Alarms(RuleBasedStateMachine):
    """Plots, an engine, a log and two consoles."""

    def __init__(self) -> None:
        super().__init__()
        self.now, self.run, self.lumisection = 1000.0, 7, 4
        self.grouping = Grouping()
        self.wrong: dict[str, Sign] = {}
        self.shown: set[str] = set()  # wrong, as the engine judged them last
        self.good: Counter[str] = Counter()  # updates in a row in which a plot was good
        # the same, by row, where it may have been wrong in another place meanwhile
        self.good_there: Counter[tuple[str, str]] = Counter()
        self.other_limits: set[str] = set()  # subsystems judged by these, on old data
        self.stored: dict[str, Alarm] = {}  # what the engine keeps of what it told
        self.records: list[Record] = []
        self.consoles = [Console({}, []), Console({}, [])]
        self.shift = ""
        self.answered: dict[str, Alarm] = {}  # as this shift acknowledged it last
        self.write(ShiftBegan())

    # -- the plots and the engine ------------------------------------------------------

    @rule(
        plot=plots,
        family=st.sampled_from(FAMILIES[:2]),
        wheels=st.sampled_from([(), (1,), (2,), (1, 2), (1, 2, 3)]),
        further=st.sampled_from([(), (), (7,), (7, 8)]),
        urgency=st.sampled_from(URGENCIES),
        fed=st.booleans(),
        seen_at_once=st.booleans(),
    )
    def goes_wrong(
        self,
        plot: str,
        family: Family,
        wheels: tuple[int, ...],
        further: tuple[int, ...],
        urgency: Urgency,
        *,
        fed: bool,
        seen_at_once: bool,
    ) -> None:
        """A plot is wrong from the next look on, or otherwise than it was."""
        there = [extent_of(("wheel",), ((str(each),) for each in some))
                 for some in (wheels, further, (*wheels, *further))]  # fmt: skip
        at = self.lumisection
        self.wrong[plot] = Sign(
            plot, subsystem(plot), family, Status.BAD, "12 % dead", at, at + 1,
            there[2] if wheels else None, urgency,
            (Fed(PLOTS[0], FAMILIES),) if fed and plot != PLOTS[0] else (),
            parts=tuple(there[:2]) if wheels and further else (),
        )  # fmt: skip
        if seen_at_once:
            self.look(set(), SUBSYSTEMS)

    @rule(plot=plots)
    def mends(self, plot: str) -> None:
        """A plot is good from the next look on."""
        self.wrong.pop(plot, None)

    @rule(
        unknown=st.sets(plots, max_size=3),
        updated=st.sets(st.sampled_from(SUBSYSTEMS)).map(tuple),
        times=st.integers(1, 4),
    )
    def looks(self, unknown: set[str], updated: tuple[str, ...], times: int) -> None:
        """All plots are judged, but for some of which nothing is known now."""
        for _ in range(times):
            self.look(unknown, updated)

    @rule(unknown=st.sets(plots, max_size=3))
    def run_changes(self, unknown: set[str]) -> None:
        """Another run begins, in which some plots are not judged yet."""
        before = self.states()
        self.run, self.lumisection = self.run + 1, 0
        self.look(set(PLOTS), ())
        for name, state in self.states().items():
            assert "shelved" in (state, before[name]) or state == before[name]
        self.look(unknown, SUBSYSTEMS)

    @rule(plot=plots, why=st.sampled_from(["release 12", "a known issue"]))
    def is_known_now(self, plot: str, why: str) -> None:
        """A limit changed, or an issue is known: a plot is good without new data."""
        self.wrong.pop(plot, None)
        self.grouping.site_changed(why, SUBSYSTEMS)
        self.look(set(), (), changed=True)

    @rule()
    def engine_restarts(self) -> None:
        """Another engine goes on with what the one before it kept."""
        before = self.states()
        rows = [msgspec.msgpack.encode(row) for row in self.grouping.rows]
        numbers = dict(self.grouping._numbers)
        self.grouping = Grouping(msgspec.msgpack.decode(row, type=Row) for row in rows)
        self.grouping._numbers = numbers
        for console in self.consoles:
            console.alarms = dict(self.stored)
        assert self.states() == before

    def look(
        self, unknown: set[str], updated: tuple[str, ...], *, changed: bool = False
    ) -> None:
        """One look of the engine, with what must hold of it."""
        self.lumisection += 1
        self.now += 23.0
        if changed:  # until there are other data, what is good is so by that
            self.other_limits = {subsystem(plot) for plot in PLOTS}
        self.other_limits -= set(updated)
        before = self.row_of()
        signs = {k: each for k, each in self.wrong.items() if k not in unknown}
        good = [k for k in PLOTS if k not in self.wrong and k not in unknown]
        for plot in PLOTS:
            if plot not in good:
                self.good[plot] = 0
            elif subsystem(plot) in updated:
                self.good[plot] += 1
        for alarm in self.stored.values():
            for one in alarm.wrong:
                there = one.key in signs and shares_places(
                    one.extent, signs[one.key].extent
                )
                if there or one.key in unknown:
                    self.good_there[alarm.id, one.key] = 0
                elif subsystem(one.key) in updated:
                    self.good_there[alarm.id, one.key] += 1
        moment = Moment(self.now, self.run, self.lumisection)
        for row in self.grouping.look(moment, signs, good, updated):
            alarm, was = row.alarm, self.stored.get(row.alarm.id)
            wrong_before = {one.key for one in was.wrong} if was else set()
            for one in alarm.members:
                if one.status is Status.GOOD and one.key in wrong_before:
                    # only what is good for long enough returns, or another limit
                    limits = subsystem(one.key) in self.other_limits
                    elsewhere = one.key in signs and not shares_places(
                        one.extent, signs[one.key].extent
                    )
                    held_for = max(
                        self.good[one.key], self.good_there[alarm.id, one.key]
                    )
                    assert held_for >= GOOD_FOR or (
                        (one.key in good and (limits or alarm.withdrawn)) or elsewhere
                    )
            self.stored[alarm.id] = alarm
            for console in self.consoles:
                console.alarms[alarm.id] = alarm
        self.shown = (self.shown - set(good)) | set(signs)
        after = self.row_of()
        both = before.keys() & after.keys()
        for plot, other in combinations(both, 2):  # no rows become one by themselves
            assert before[plot] == before[other] or after[plot] != after[other]

    def row_of(self) -> dict[str, str]:
        """In which row each plot stands that is wrong in one place."""
        found: dict[str, list[str]] = {}
        for row in self.rows():
            for one in row.alarm.wrong:
                found.setdefault(one.key, []).append(row.alarm.id)
        return {key: names[0] for key, names in found.items() if len(names) == 1}

    # -- the shift ---------------------------------------------------------------------

    def write(self, body: Body, shift: str | None = None) -> None:
        """A record gets into the log, and to all consoles."""
        at = len(self.records) + 1
        uid = f"r{at}"
        if isinstance(body, ShiftBegan):
            self.shift = uid
        record = Record(
            *(uid, self.now, body),
            shift=self.shift if shift is None else shift, number=at,
        )  # fmt: skip
        self.records.append(record)
        for console in self.consoles:
            console.logbook.put(record)

    def rows(self, console: int = 0) -> tuple[Standing, ...]:
        """How all alarms stand at a console."""
        one = self.consoles[console]
        return standings(one.alarms.values(), one.logbook, self.now)

    def states(self) -> dict[str, str]:
        """The state of each alarm that stands."""
        return {row.alarm.id: row.state for row in self.rows()}

    def only_changed(self, row: Standing, before: dict[str, str]) -> None:
        """See that an answer was about one row alone."""
        after = self.states()
        for name in before.keys() - {row.alarm.id}:
            assert after.get(name) == before[name], (row.alarm.id, name)

    @rule(which=number, console=st.integers(0, 1), no_shift=st.booleans())
    def acknowledges(self, which: int, console: int, *, no_shift: bool) -> None:
        """Somebody acknowledges an alarm at a console, in the shift or beside it."""
        if not (rows := self.rows(console)):
            return
        row = rows[which % len(rows)]
        before = self.states()
        for part in row.parts:
            self.write(Acknowledged(seen(part)), "" if no_shift else None)
            self.answered[part.id] = part
        self.only_changed(row, before)
        if row.state != "shelved":
            state = self.states().get(row.alarm.id)
            over = row.state in ("returned", "withdrawn")
            assert state == (None if over else "acknowledged")

    @rule(which=number, console=st.integers(0, 1), minutes=st.integers(1, 30))
    def shelves(self, which: int, console: int, minutes: int) -> None:
        """Somebody shelves an alarm for some time."""
        if not (rows := self.rows(console)):
            return
        row, before = rows[which % len(rows)], self.states()
        for part in row.parts:
            body = Shelved(seen(part), self.now + 60 * minutes, "known")
            self.write(body)
        self.only_changed(row, before)
        if row.alarm.returned is None:
            assert self.states()[row.alarm.id] == "shelved"

    @rule(which=number)
    def unshelves(self, which: int) -> None:
        """Somebody lets an alarm count again."""
        rows = [row for row in self.rows() if row.state == "shelved"]
        if rows:
            row = rows[which % len(rows)]
            for part in row.parts:
                self.write(Unshelved(seen(part)))
            assert self.states()[row.alarm.id] != "shelved"

    @rule(which=number, many=st.integers(1, 3))
    def splits(self, which: int, many: int) -> None:
        """Some plots of an alarm become one of their own; who answered, did so."""
        rows = [row for row in self.rows() if len(row.alarm.members) > 1]
        if not rows:
            return
        row = rows[which % len(rows)]
        off = tuple(one.key for one in row.alarm.members)[-many:]
        off = off[: len(row.alarm.members) - 1]
        before = {one.alarm.id for one in self.rows()}
        self.write(SplitOff(seen(row.parts[0]), off))
        new = [one for one in self.rows() if one.alarm.id not in before]
        if row.state == "acknowledged":
            assert not any(one.state == "unacknowledged" for one in new)
        for one in new:
            if row.state == "acknowledged" and "+" in one.alarm.id:
                self.answered[one.alarm.id] = one.alarm

    @rule(which=number, other=number)
    def joins(self, which: int, other: int) -> None:
        """Two alarms are shown as one; that answers neither."""
        rows = self.rows()
        if len(rows) < 2:
            return
        one, into = rows[which % len(rows)], rows[other % len(rows)]
        if one is not into:
            self.write(Joined(seen(one.parts[0]), seen(into.parts[0])))
            after = {row.alarm.id: row for row in self.rows()}
            if one.alarm.id != into.alarm.id and into.alarm.id in after:
                row = after[into.alarm.id]
                if "unacknowledged" in (one.state, into.state):
                    assert row.asks or row.state == "shelved"

    @rule(ends=st.booleans())
    def hands_over(self, *, ends: bool) -> None:
        """The next shift begins, whether the one before was ended or not."""
        if ends:
            self.write(ShiftEnded())
            assert "shelved" not in self.states().values()
        self.write(ShiftBegan())
        self.answered.clear()
        assert not {"acknowledged", "shelved"} & set(self.states().values())

    @rule(console=st.integers(0, 1))
    def console_restarts(self, console: int) -> None:
        """A console hears all again that the engine kept, and reads the log."""
        before = self.rows(console)
        self.consoles[console] = Console(self.stored, self.records)
        assert self.rows(console) == before

    @rule(by=st.sampled_from([-7200.0, -120.0, 60.0, 3600.0]))
    def clock_jumps(self, by: float) -> None:
        """The clock of all is set back or forward."""
        before = self.states()
        self.now = max(self.now + by, 1.0)
        for name, state in self.states().items():  # a shelf ends, nothing else
            assert "shelved" in (state, before[name]) or state == before[name]

    # -- what always holds -------------------------------------------------------------

    @invariant()
    def nothing_that_is_wrong_is_unlisted(self) -> None:
        """Each plot that is wrong stands in a row that is not over; a part in one."""
        holders: dict[str, list[Extent | None]] = {}
        for row in self.rows():
            for one in row.alarm.wrong:
                holders.setdefault(one.key, []).append(one.extent)
            assert (row.alarm.returned is None) == bool(row.alarm.wrong)
            assert (row.state in ("returned", "withdrawn")) == (not row.alarm.wrong)
        for plot in self.shown:
            assert plot in holders
            for here, there in combinations(holders[plot], 2):
                assert not shares_places(here, there), plot

    @invariant()
    def what_was_acknowledged_asks_only_for_news(self) -> None:
        """An answer of this shift holds as long as the alarm is what it was."""
        for row in self.rows():
            if all(self.answered.get(part.id) == part for part in row.parts):
                assert not row.asks, row

    @invariant()
    def no_acknowledgement_survives_news(self) -> None:
        """What is acknowledged was, in this shift, as much as it is."""
        for row in self.rows():
            if row.state != "acknowledged":
                continue
            assert not row.asks
            for part in row.parts:
                answers = [
                    record.body.alarm
                    for record in self.records[self._begun :]
                    if isinstance(record.body, Acknowledged)
                    and record.body.alarm.id.partition("+")[0]
                    == part.id.partition("+")[0]
                ]
                assert any(each.news >= part.news for each in answers), row

    @property
    def _begun(self) -> int:
        """Where the shift in force begins in the log."""
        return int(self.shift[1:]) - 1

    @invariant()
    def consoles_with_the_same_records_agree(self) -> None:
        """Two consoles show the same, and nothing twice."""
        rows = self.rows(0)
        assert rows == self.rows(1)
        ids = [row.alarm.id for row in rows]
        assert len(ids) == len(set(ids))

    @precondition(lambda self: len(self.stored) > 0)
    @invariant()
    def nothing_that_began_is_lost(self) -> None:
        """Each alarm stands, or is over and was acknowledged as it is."""
        listed = {part.id.partition("+")[0] for row in self.rows()
                  for part in row.parts}  # fmt: skip
        for name, alarm in self.stored.items():
            if name in listed:
                continue
            assert alarm.returned is not None
            assert any(
                isinstance(each.body, Acknowledged)
                and each.body.alarm.id.partition("+")[0] == name
                and each.body.alarm.news >= alarm.news
                for each in self.records
            )


Alarms.TestCase.settings = settings(
    max_examples=50, stateful_step_count=40, deadline=None
)
TestAlarms = Alarms.TestCase
