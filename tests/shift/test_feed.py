"""The feed on a clock driven by hand, with engines that only pretend."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import msgspec
import pytest

from dqmconsole.model.frame import Frame
from dqmconsole.model.message import (
    WORKING_COPY,
    Hello,
    Open,
    Ping,
    SiteMessage,
    UseReference,
    Watch,
    WatchItem,
)
from dqmconsole.model.release import Release
from dqmconsole.model.run import RunInfo
from dqmconsole.model.site import Site, SiteSettings
from dqmconsole.shift.feed import (
    MOST_STARTS,
    PAUSES,
    RESTARTED_AFTER,
    STARTING_FOR,
    Feed,
)
from dqmconsole.shift.liveness import silence

if TYPE_CHECKING:
    from dqmconsole.model.message import Down, EngineEnded, Up

OPEN = Open(source="/data")
OTHER = Open(source="/other")
WATCH = Watch(items=(WatchItem("k", "p", 10, 10),))
BEAT = Frame(sequence=1, sent=0.0, site="", run=RunInfo(run=1))


class FakeChannel:
    def __init__(self) -> None:
        self.sent: list[Down] = []
        self.coming: list[Up] = []

    def put(self, message: Down) -> None:
        self.sent.append(message)

    def receive(self) -> list[Up]:
        coming, self.coming = self.coming, []
        return coming


class FakeEngine:
    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.channel = FakeChannel()
        self.alive = True
        self.died: str | None = None
        self.stopped = False
        self.killed = False
        self.closed = False

    def ending(self) -> str:
        return "killed by SIGKILL"

    def close(self, patience: float = 2.0) -> None:  # noqa: ARG002 - the protocol
        self.closed = True

    def kill(self) -> None:
        self.killed = True


class Bench:
    """A feed, its clock, and every engine it started."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.engines: list[FakeEngine] = []
        self.feed = Feed(start=self.start, clock=lambda: self.now)  # type: ignore[arg-type]  # a fake channel

    def start(self) -> FakeEngine:
        self.engines.append(FakeEngine(len(self.engines) + 1))
        return self.engines[-1]

    @property
    def engine(self) -> FakeEngine:
        return self.engines[-1]

    def pass_time(self, seconds: float, *, beating: bool = False) -> list[Up | Down]:
        taken: list[Up | Down] = []
        steps = max(1, round(seconds * 10))
        for _ in range(steps):
            self.now += seconds / steps
            if beating:
                self.engine.channel.coming.append(BEAT)
            taken += self.feed.take()
        return taken


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.feed.open(OPEN)
    return bench


def test_an_engine_is_told_what_to_open_and_pinged(bench: Bench) -> None:
    assert bench.engine.channel.sent == [OPEN]
    assert bench.feed.state().state == "starting"
    bench.engine.channel.coming.append(Hello(version="1", pid=1, source="/data"))
    assert bench.pass_time(3.0, beating=True)
    assert bench.feed.state().state == "live"
    pings = [m for m in bench.engine.channel.sent if isinstance(m, Ping)]
    assert 2 <= len(pings) <= 4


def test_no_engine_is_started_for_what_cannot_be_sent(bench: Bench) -> None:
    bench.feed.open(Open(source="/data", reference="\udcff"))
    bench.pass_time(60.0)
    assert len(bench.engines) == 1
    assert bench.engine.closed  # that of the source before
    state = bench.feed.state()
    assert state.state == "ended"
    assert "cannot be sent" in state.sentence
    bench.feed.open(OPEN)
    assert bench.feed.state().sentence.startswith("engine is starting, which takes")


def test_what_reads_a_source_for_the_first_time_starts_and_is_not_silent(
    bench: Bench,
) -> None:
    """On a busy machine that takes a while: no alarm before anything was told."""
    bench.pass_time(6.0)
    assert bench.feed.state().state == "starting"
    assert silence(bench.feed.state()) is None
    bench.engine.channel.coming.append(Hello(version="1", pid=1, source="/data"))
    bench.pass_time(6.0)
    assert bench.feed.state().state == "starting"
    assert silence(bench.feed.state()) is None
    bench.pass_time(STARTING_FOR - 11.0)  # longer than it may take
    assert bench.feed.state().state == "silent"
    bench.feed.open(OPEN)
    bench.pass_time(1.0, beating=True)
    bench.pass_time(3.0)  # what was told of a run once is missed
    assert bench.feed.state().state == "silent"


def test_what_is_opened_next_is_read_ahead(bench: Bench) -> None:
    bench.pass_time(1.0, beating=True)
    bench.feed.open_ahead(OTHER)
    bench.feed.open_ahead(OTHER)
    first, spare = bench.engines
    assert spare.channel.sent == [OTHER]
    hello = Hello(version="1", pid=2, source="/other")
    spare.channel.coming += [hello, Frame(1, 0.0, "", RunInfo())]
    assert hello not in bench.pass_time(2.0)
    assert any(isinstance(each, Ping) for each in spare.channel.sent)
    bench.feed.open(msgspec.structs.replace(OTHER, opened=5.0))  # asked for now
    assert len(bench.engines) == 2
    assert first.closed
    assert bench.feed.take() == [hello]  # what it has said meanwhile
    assert not any(isinstance(each, Open) for each in spare.channel.sent[1:])


@pytest.mark.parametrize("recorded", [True, False])
def test_one_does_not_wait_for_an_engine_that_reads_what_is_over(
    bench: Bench,
    recorded: bool,
) -> None:
    bench.feed.open(msgspec.structs.replace(OPEN, recorded=recorded))
    engine = bench.engine
    bench.feed.close_source()
    assert (engine.killed, engine.closed) == (recorded, not recorded)


def test_what_is_closed_ends_and_what_reads_ahead_serves_the_next(
    bench: Bench,
) -> None:
    bench.pass_time(1.0, beating=True)
    bench.feed.open_ahead(OTHER)
    first, spare = bench.engines
    bench.feed.close_source()
    assert (first.closed, spare.closed, spare.killed) == (True, False, False)
    assert bench.feed.state().sentence == "nothing is open"
    hello = Hello(version="1", pid=2, source="/other")
    spare.channel.coming += [hello]
    assert bench.pass_time(60.0) == []  # nothing is missed, nothing starts
    assert len(bench.engines) == 2
    bench.feed.open(OTHER)
    assert bench.feed.take() == [hello]


def test_what_was_read_ahead_for_nothing_is_ended(bench: Bench) -> None:
    bench.feed.open_ahead(OTHER)
    spare = bench.engine
    spare.channel.coming.append(Hello(version="1", pid=2, source="/other"))
    bench.pass_time(1.0)
    bench.feed.open(OPEN)
    assert spare.killed
    assert len(bench.engines) == 3
    assert bench.engine.channel.sent[0] == OPEN
    assert bench.feed.take() == []
    bench.feed.open_ahead(OTHER)
    bench.engine.alive = False  # it died while it waited
    bench.feed.open(OTHER)
    assert len(bench.engines) == 5
    bench.feed.open_ahead(OPEN)
    served, spare = bench.engines[-2:]
    bench.feed.close()
    assert served.closed
    assert (spare.killed, spare.closed) == (True, False)  # not waited for, too


def test_an_engine_that_dies_is_not_replaced_by_what_was_read_ahead(
    bench: Bench,
) -> None:
    bench.pass_time(1.0, beating=True)
    bench.feed.open_ahead(OTHER)
    first, spare = bench.engines
    first.alive = False
    bench.pass_time(0.5)
    again = bench.engine
    assert len(bench.engines) == 3
    assert [m.source for m in again.channel.sent if isinstance(m, Open)] == ["/data"]
    spare.channel.coming.append(Hello(version="1", pid=2, source="/other"))
    assert bench.pass_time(1.0) == []
    bench.feed.open(OTHER)
    assert again.closed
    assert len(bench.engines) == 3  # the one that has read it serves
    assert [m.source for m in bench.feed.take()] == ["/other"]


def test_first_words_are_kept_though_the_next_is_read_ahead_at_once(
    bench: Bench,
) -> None:
    bench.pass_time(1.0, beating=True)
    bench.feed.open_ahead(OTHER)
    hello = Hello(version="1", pid=2, source="/other")
    bench.engine.channel.coming.append(hello)
    bench.pass_time(1.0)
    bench.feed.open(OTHER)
    bench.feed.open_ahead(OPEN)
    bench.engine.channel.coming.append(Hello(version="1", pid=3, source="/data"))
    assert bench.feed.take() == [hello]


def test_one_that_dies_reading_ahead_is_not_started_over_and_over(
    bench: Bench,
) -> None:
    bench.pass_time(1.0, beating=True)
    bench.feed.open_ahead(OTHER)
    spare = bench.engine
    spare.channel.coming.append(Hello(version="1", pid=2, source="/other"))
    bench.pass_time(0.1)
    spare.alive = False
    for _ in range(50):
        bench.feed.open_ahead(OTHER)
        bench.feed.take()
    assert len(bench.engines) == 2
    bench.feed.open(OTHER)
    assert len(bench.engines) == 3
    assert bench.engine.channel.sent[0] == OTHER
    assert spare.killed
    assert bench.feed.take() == []  # what the dead one has said is not of this one


def test_what_comes_no_more_is_not_read_ahead_either(bench: Bench) -> None:
    bench.feed.open_ahead(OTHER)
    spare = bench.engine
    bench.feed.end_ahead()
    bench.feed.end_ahead()
    assert spare.killed
    assert not spare.closed  # which waits for it to end by itself
    assert bench.feed.pid == 1
    bench.feed.open(OTHER)
    assert len(bench.engines) == 3


def test_silence_is_said_within_ten_seconds_and_then_ends_the_engine(
    bench: Bench,
) -> None:
    bench.pass_time(1.0, beating=True)
    bench.pass_time(3.0)
    state = bench.feed.state()
    assert state.state == "silent"
    assert "3 s" in state.sentence
    assert not bench.engine.killed
    bench.pass_time(7.5)
    assert bench.engines[0].killed
    assert len(bench.engines) == 2


def test_a_silent_engine_that_speaks_again_is_kept(bench: Bench) -> None:
    bench.pass_time(1.0, beating=True)
    bench.pass_time(8.0)
    assert bench.feed.state().state == "silent"
    bench.pass_time(0.5, beating=True)
    assert bench.feed.state().state == "live"
    assert len(bench.engines) == 1


def test_a_dead_engine_is_replaced_and_told_all(bench: Bench) -> None:
    bench.feed.put(WATCH)
    bench.pass_time(1.0, beating=True)
    bench.engine.alive = False
    bench.pass_time(0.1)
    state = bench.feed.state()
    assert state.state == "restarting"
    assert "killed by SIGKILL" in state.sentence
    bench.pass_time(0.5)
    assert len(bench.engines) == 2
    assert bench.engine.channel.sent[:2] == [OPEN, WATCH]
    assert "again" in bench.feed.state().sentence
    bench.pass_time(1.0, beating=True)
    assert bench.feed.state().state == "live"


def test_the_next_engine_is_told_how_the_one_before_ended(bench: Bench) -> None:
    def told() -> tuple[str, int] | None:
        opened = bench.engine.channel.sent[0]
        assert isinstance(opened, Open)
        ended = opened.before
        return None if ended is None else (ended.how, ended.pid)

    bench.pass_time(1.0, beating=True)
    assert told() is None
    bench.pass_time(RESTARTED_AFTER + 1.0)  # it hangs
    assert (len(bench.engines), told()) == (2, ("hung", 1))
    bench.engine.alive, bench.engine.died = False, "crashed"
    bench.pass_time(5.0)
    assert (len(bench.engines), told()) == (3, ("crashed", 2))
    bench.engine.alive, bench.engine.died = False, "killed"
    bench.pass_time(5.0)
    assert (len(bench.engines), told()) == (4, ("killed", 3))
    bench.engine.alive = False  # somebody ended it otherwise
    bench.pass_time(8.0)
    assert (len(bench.engines), told()) == (5, None)


def test_an_engine_that_was_stopped_from_outside_is_not_to_blame(bench: Bench) -> None:
    def told() -> EngineEnded | None:
        opened = bench.engine.channel.sent[0]
        assert isinstance(opened, Open)
        return opened.before

    bench.pass_time(1.0, beating=True)
    bench.engine.stopped = True
    bench.pass_time(4.0)
    bench.engine.stopped = False  # it goes on, and has said nothing yet
    bench.pass_time(RESTARTED_AFTER - 3.9)
    assert bench.engine.killed
    assert "said nothing for 10 s: it was stopped from outside" in (
        bench.feed.state().sentence
    )
    bench.pass_time(2.0)
    assert (len(bench.engines), told()) == (2, None)
    bench.pass_time(1.0, beating=True)
    bench.engine.stopped = True
    bench.pass_time(4.0)
    bench.engine.stopped = False
    bench.pass_time(1.0, beating=True)  # that is over
    bench.pass_time(RESTARTED_AFTER + 3.0)
    before = told()
    assert (len(bench.engines), before and before.how) == (3, "hung")


def test_an_engine_that_never_lasts_is_started_ever_more_rarely(bench: Bench) -> None:
    started: list[float] = []
    for _ in range(6):
        started.append(bench.now)
        bench.engine.alive = False
        before = len(bench.engines)
        while len(bench.engines) == before:
            bench.pass_time(0.1)
    pauses = [after - before for before, after in itertools.pairwise(started)]
    assert pauses == sorted(pauses)
    assert pauses[-1] > 20 * pauses[0]
    assert pauses[-1] < PAUSES[-1]


def test_a_bundle_that_ends_every_engine_is_given_up(bench: Bench) -> None:
    bench.feed.open(Open(source="/tmp/Bomb.dqmevidence"))
    before = len(bench.engines)
    for _ in range(600):
        bench.engine.alive = False
        bench.pass_time(1.0)
    assert len(bench.engines) - before + 1 == MOST_STARTS
    state = bench.feed.state()
    assert state.state == "ended"
    assert "killed by SIGKILL, 3 times over /tmp/Bomb.dqmevidence" in state.sentence
    bench.feed.open(OPEN)  # another source is opened all the same
    assert bench.feed.state().state == "starting"


def test_a_console_that_stood_still_does_not_blame_the_engine(bench: Bench) -> None:
    bench.pass_time(1.0, beating=True)
    bench.now += 300.0  # stopped, then continued: what came in waits in the socket
    bench.feed.take()
    assert len(bench.engines) == 1
    assert not bench.engine.killed
    bench.pass_time(1.0, beating=True)
    assert bench.feed.state().state == "live"


def test_opening_another_source_ends_the_engine_before(bench: Bench) -> None:
    bench.feed.put(WATCH)
    bench.feed.open(Open(source="/other"))
    assert bench.engines[0].closed
    assert bench.engine.channel.sent == [Open(source="/other")]


def test_an_engine_that_cannot_be_started_is_said() -> None:
    def start() -> FakeEngine:
        message = "no such program"
        raise FileNotFoundError(message)

    feed = Feed(start=start, clock=lambda: 5.0)  # type: ignore[arg-type]  # a fake channel
    feed.open(OPEN)
    assert "no such program" in feed.state().sentence
    feed.close()
    assert feed.state().state == "ended"


def site_of(number: int = 0) -> Site:
    release = Release(number, "A", "a", "why", 1e9, "1", "h") if number else None
    return Site("/site", "one", SiteSettings("CMS"), (), release=release)


def test_a_restarted_engine_reads_the_release_that_the_one_before_read() -> None:
    bench = Bench()
    bench.feed.open(Open(source="/data", site="/site"))
    for message, release in (
        (SiteMessage(site_of(3)), 3),
        (SiteMessage(site_of(4)), 4),
        (SiteMessage(site_of()), WORKING_COPY),
    ):
        bench.engine.channel.coming += [Hello("1", 1, "/data"), message]
        bench.pass_time(0.1)
        bench.engine.alive = False
        started = len(bench.engines)
        bench.pass_time(40.0)
        assert len(bench.engines) > started
        opened = bench.engine.channel.sent[0]
        assert isinstance(opened, Open)
        assert (opened.source, opened.site, opened.release) == (
            *("/data", "/site"),
            release,
        )
    bench.feed.open(Open(source="/data", site="/site"))
    assert bench.engine.channel.sent[0] == Open("/data", "/site")


def test_a_reference_chosen_by_hand_is_told_to_later_engines(bench: Bench) -> None:
    bench.feed.put(UseReference(run=5))
    assert bench.engine.channel.sent[-1] == UseReference(run=5)
    bench.pass_time(1.0, beating=True)
    bench.engine.alive = False
    bench.pass_time(1.0)
    assert len(bench.engines) == 2
    assert bench.engine.channel.sent[0] == Open(source="/data", reference_run=5)
    bench.feed.open(OPEN)
    assert bench.engine.channel.sent[0] == OPEN
