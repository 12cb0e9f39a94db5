"""Which alarms sound when: now or once, muted, in a flood, over clocks that jump."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from dqmconsole.model.alarm import Alarm, Member
from dqmconsole.model.verdict import Status
from dqmconsole.shift import sounding
from dqmconsole.shift.alarms import Standing
from dqmconsole.shift.sounding import (
    AGAIN_AFTER,
    APART,
    MUTE_FOR,
    REPEATS,
    STEP,
    TONES,
    Signal,
    Sounded,
    for_leader,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dqmconsole.model.cause import Urgency
    from dqmconsole.shift.alarms import State

SHIFT = "a shift"


def row(
    name: str = "1",
    urgency: Urgency = "now",
    state: State = "unacknowledged",
    news: int = 1,
) -> Standing:
    """An alarm as it stands."""
    member = Member(f"Hcal › Page › {name}", Status.BAD, "12 % dead", "missing")
    alarm = Alarm(
        *(f"7/Hcal/missing/{name}", 7, "Hcal", "missing", (member,), 0.0, 0.0),
        news=news,
        urgency=urgency,
    )
    return Standing(alarm, state)


class Ear:
    """A console that looks once a second, and what was heard of it."""

    def __init__(self, shift: str = SHIFT) -> None:
        self.shift = shift
        self.now = 1_000_000.0
        self.time = 0.0
        self.before = Sounded()
        self.heard: list[tuple[float, Signal]] = []

    def listen(self, seconds: float, *rows: Standing) -> list[Signal]:
        """Let time pass; what sounded."""
        first = len(self.heard)
        for _ in range(round(seconds)):
            self.look(rows)
            self.time += 1
            self.now += 1
        return [signal for _, signal in self.heard[first:]]

    def look(self, rows: Iterable[Standing]) -> None:
        """Look once."""
        self.before, signal = sounding.look(rows, self.now, self.shift, self.before)
        if signal is not None:
            self.heard.append((self.time, signal))

    def times(self) -> list[float]:
        """When it sounded."""
        return [at for at, _ in self.heard]


def test_what_is_to_be_answered_now_sounds_until_it_is_acknowledged() -> None:
    ear = Ear()
    ear.listen(3 * AGAIN_AFTER + 1, row())
    assert ear.times() == [0, AGAIN_AFTER, 2 * AGAIN_AFTER, 3 * AGAIN_AFTER]
    assert {signal.tones for _, signal in ear.heard} == {TONES}
    assert ear.listen(1000, row(state="acknowledged")) == []


def test_the_shift_leader_is_to_be_called_after_the_third_repetition() -> None:
    ear = Ear()
    ear.listen(REPEATS * AGAIN_AFTER, row())
    assert for_leader([row()], ear.before) == ()
    ear.listen(1, row())
    assert for_leader([row()], ear.before) == (row(),)
    assert for_leader([row(state="acknowledged")], ear.before) == ()


def test_what_is_said_of_an_alarm_is_its_worst_plot() -> None:
    warned = Member("Hcal › Page › 0", Status.WARNING, "2 % dead", "missing")
    (bad,) = row().alarm.members
    one = msgspec.structs.replace(row().alarm, members=(warned, bad))
    assert sounding.words(Standing(one, "unacknowledged")) == (
        "Hcal missing: 12 % dead, and 1 plot more"
    )


def test_news_that_come_quickly_do_not_name_the_leader_early() -> None:
    ear = Ear()
    for news in range(1, 7):
        ear.listen(15, row(news=news))
    assert len(ear.heard) == 6
    assert for_leader([row()], ear.before) == ()


def test_of_a_dump_it_sounds_once_and_of_the_next_day_never() -> None:
    ear = Ear()
    [signal] = ear.listen(1000, row("1", "dump"), row("2", "next-day"), row("3", ""))
    assert (signal.tones, signal.rows, signal.urgent) == (1, (row("1", "dump"),), ())


def test_news_of_what_was_acknowledged_sound() -> None:
    ear = Ear()
    ear.listen(20, row(urgency="dump"))
    ear.listen(20, row(urgency="dump", state="acknowledged"))
    assert len(ear.listen(20, row(urgency="dump", news=2))) == 1


def test_what_asks_again_without_news_sounds() -> None:
    ear = Ear()
    ear.listen(20, row(urgency="dump"))
    ear.listen(20, row(urgency="dump", state="shelved"))
    assert len(ear.listen(20, row(urgency="dump"))) == 1


def test_a_higher_urgency_sounds() -> None:
    ear = Ear()
    ear.listen(20, row(urgency="dump"))
    [signal] = ear.listen(20, row())
    assert signal.tones == TONES


def test_what_returned_or_was_withdrawn_is_silent() -> None:
    ear = Ear()
    ear.listen(10, row())
    assert ear.listen(500, row(state="returned"), row("2", state="withdrawn")) == []


def test_nothing_sounds_where_nobody_has_the_shift() -> None:
    assert Ear("").listen(500, row()) == []


def test_who_takes_the_shift_hears_what_nobody_acknowledged() -> None:
    ear = Ear()
    ear.listen(3 * AGAIN_AFTER + 5, row(), row("2", "dump"))
    ear.shift = "the next"
    [signal] = ear.listen(20, row(), row("2", "dump"))
    assert signal.rows == (row(), row("2", "dump"))
    assert for_leader(signal.rows, ear.before) == ()


def test_an_engine_that_starts_again_lets_nothing_sound_twice() -> None:
    ear = Ear()
    ear.listen(20, row(urgency="dump"))
    ear.listen(5)  # it has told nothing yet
    assert ear.listen(20, row(urgency="dump")) == []


def test_what_was_split_or_joined_does_not_sound_for_that() -> None:
    ear = Ear()
    ear.listen(20, row("1", "dump"), row("2", "dump"))
    one, other = row("1", "dump").alarm, row("2", "dump").alarm
    off = msgspec.structs.replace(one, id=one.id + "+record")
    rest, part = Standing(one, "acknowledged"), Standing(off, "unacknowledged")
    assert ear.listen(20, rest, part, row("2", "dump")) == []
    both = msgspec.structs.replace(one, news=2)  # a joined row adds them up
    joined = Standing(both, "unacknowledged", joined=(one, other))
    assert ear.listen(20, joined) == []


def test_a_flood_is_one_tone_in_ten_seconds() -> None:
    ear = Ear()
    rows: list[Standing] = []
    for number in range(100):
        rows.append(row(str(number)))
        ear.listen(1, *rows)
    assert ear.heard[0][1].tones == TONES
    assert {signal.tones for _, signal in ear.heard[1:]} == {1}
    assert all(
        b - a >= APART for a, b in zip(ear.times(), ear.times()[1:], strict=False)
    )
    ear.listen(APART, *rows)
    sounded = {each.alarm.id for _, signal in ear.heard for each in signal.rows}
    assert sounded == {each.alarm.id for each in rows}  # late, but all


def test_a_mute_ends_and_what_still_asks_sounds_then() -> None:
    ear = Ear()
    ear.listen(1)
    ear.before = sounding.muted(ear.before)
    rows = row("1"), row("2", "dump"), row("3")
    assert ear.listen(MUTE_FOR - 1, *rows) == []
    assert ear.before.mute == 1
    [signal] = ear.listen(
        10, row("1"), row("2", "dump"), row("3", state="acknowledged")
    )
    assert signal.rows == (row("1"), row("2", "dump"))


def test_a_mute_can_be_ended() -> None:
    ear = Ear()
    ear.listen(1)
    ear.before = sounding.muted(ear.before)
    ear.listen(30, row())
    ear.before = sounding.unmuted(ear.before)
    assert ear.before.mute == 0
    assert len(ear.listen(1, row())) == 1


def test_a_mute_ends_with_the_shift() -> None:
    ear = Ear()
    ear.listen(1)
    ear.before = sounding.muted(ear.before)
    ear.shift = "the next"
    assert len(ear.listen(1, row())) == 1


def test_memory_is_bounded_and_keeps_what_asks() -> None:
    ear = Ear()
    standing = tuple(row(str(number), "dump") for number in range(50))
    ear.listen(1, *standing)
    for turn in range(0, 3 * sounding.KEPT, 500):
        some = (row(f"a{turn + n}", "dump") for n in range(500))
        ear.listen(APART, *standing, *some)
    assert len(ear.before.alarms) == sounding.KEPT
    ear.heard.clear()
    assert ear.listen(20, *standing) == []


# -- what holds whatever happens -------------------------------------------------------

STATES: tuple[State, ...] = (
    "unacknowledged", "returned", "withdrawn", "acknowledged", "shelved",
)  # fmt: skip
ROWS = st.lists(
    st.builds(
        row,
        st.sampled_from("12345"),
        st.sampled_from(("", "next-day", "dump", "now")),
        st.sampled_from(STATES),
        st.integers(1, 4),
    ),
    max_size=5,
    unique_by=lambda each: each.alarm.id,
)
STEPS = st.one_of(
    st.floats(0, 3), st.floats(-1e6, 1e6), st.sampled_from((0.03, 1.0, 3600.0, -3600.0))
)
LOOKS = st.lists(
    st.tuples(ROWS, STEPS, st.sampled_from((SHIFT, SHIFT, SHIFT, "other", "")),
              st.sampled_from(("", "", "", "mute", "unmute"))),
    max_size=40,
)  # fmt: skip


@given(LOOKS)
def test_whatever_happens_only_what_may_sound_does_and_never_too_often(
    looks: list[tuple[list[Standing], float, str, str]],
) -> None:
    before, now, last = Sounded(), 5e5, None
    for rows, step, shift, key in looks:
        if key:
            before = (sounding.muted if key == "mute" else sounding.unmuted)(before)
        now += step
        again = sounding.look(rows, now, shift, before)
        before, signal = sounding.look(rows, now, shift, before)
        assert again == (before, signal)  # it follows from nothing else
        if signal is None:
            continue
        assert shift
        assert not before.mute
        assert 1 <= signal.tones <= TONES
        assert signal.tones == 1 or signal.urgent
        assert signal.rows
        for each in signal.rows:
            assert each in rows
            assert each.state == "unacknowledged"
            assert each.alarm.urgency in ("now", "dump")
        assert last is None or before.time - last >= APART
        last = before.time


@given(st.lists(st.floats(-1e7, 1e7), max_size=30), st.integers(0, 100))
def test_a_clock_that_jumps_neither_silences_nor_floods(
    jumps: list[float], every: int
) -> None:
    ear = Ear()
    passed = 0
    for jump in jumps:
        ear.listen(every, row())
        passed += every
        ear.now += jump
    ear.listen(AGAIN_AFTER, row())
    passed += int(AGAIN_AFTER)
    # a look beside a jump is worth nothing, or a few seconds too many
    fewest = 1 + (passed - len(jumps)) // (AGAIN_AFTER + 1) - 1
    most = 1 + (passed + STEP * len(jumps)) // AGAIN_AFTER
    assert max(fewest, 1) <= len(ear.heard) <= most


@given(LOOKS, st.sampled_from(("now", "dump")))
def test_whatever_happened_before_an_alarm_that_is_new_is_heard(
    looks: list[tuple[list[Standing], float, str, str]], urgency: Urgency
) -> None:
    before, now = Sounded(), 5e5
    for rows, step, shift, key in looks:
        if key:
            before = (sounding.muted if key == "mute" else sounding.unmuted)(before)
        now += step
        before, _ = sounding.look(rows, now, shift, before)
    ear = Ear()
    ear.before, ear.now = sounding.unmuted(before), now
    new = row("new", urgency)
    assert any(new in signal.rows for signal in ear.listen(2 * APART, new))
