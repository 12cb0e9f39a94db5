"""What a console knows of releases, and tells an engine that is started again."""

from __future__ import annotations

from shift.test_client import FakeFeed
from shift.test_feed import Bench as FeedBench

from dqmconsole.model.frame import Frame, ReleaseFact
from dqmconsole.model.message import WORKING_COPY, Hello, Open, SiteMessage, TakeUp
from dqmconsole.model.release import Release
from dqmconsole.model.run import RunInfo
from dqmconsole.model.site import Site, SiteSettings
from dqmconsole.shift.client import EngineClient

SECOND = Release(2, "A. Expert", "expert", "better", 1e9, "0.2", "hash")
HELLO = Hello("1", 1, "/data")


def site(number: int = 0) -> Site:
    release = Release(number, "A", "a", "why", 1e9, "1", "h") if number else None
    return Site("/site", "one", SiteSettings("CMS"), (), release=release)


def frame(*facts: ReleaseFact) -> Frame:
    return Frame(1, 0.0, "one", RunInfo(), facts=facts)


def test_a_release_waits_until_it_is_taken_up() -> None:
    feed = FakeFeed()
    client = EngineClient(feed)  # type: ignore[arg-type]
    client.open("/data")
    feed.coming = [HELLO, SiteMessage(site(1)), frame()]
    assert not client.take().release
    feed.coming = [frame(ReleaseFact(SECOND, 1))]
    assert client.take().release
    assert client.release_waiting == SECOND
    client.take_up(2)
    assert feed.sent == [TakeUp(2)]
    feed.coming = [SiteMessage(site(2)), frame(ReleaseFact(None, 2))]
    changes = client.take()
    assert changes.release
    assert changes.site
    assert client.release_waiting is None


def test_another_engine_says_anew_what_waits() -> None:
    feed = FakeFeed()
    client = EngineClient(feed)  # type: ignore[arg-type]
    client.open("/data")
    feed.coming = [HELLO, SiteMessage(site(1)), frame(ReleaseFact(SECOND, 1))]
    client.take()
    feed.coming = [HELLO]
    assert client.take().release
    assert client.release_waiting is None


def test_another_source_is_judged_with_the_same_release() -> None:
    feed = FakeFeed()
    client = EngineClient(feed)  # type: ignore[arg-type]
    client.open("/data", site="/site")
    feed.coming = [HELLO, SiteMessage(site(1))]
    client.take()
    client.open("/other", site="/site")
    feed.coming = [HELLO, SiteMessage(site())]
    client.take()
    client.open("/third", site="/site")
    client.open("/fourth", site="/another site")
    assert [each.release for each in feed.opened] == [0, 1, WORKING_COPY, 0]


def test_a_restarted_engine_reads_what_the_one_before_read() -> None:
    bench = FeedBench()
    bench.feed.open(Open(source="/data", site="/site"))
    for message, release in (
        (SiteMessage(site(3)), 3),
        (SiteMessage(site(4)), 4),
        (SiteMessage(site()), WORKING_COPY),
    ):
        bench.engine.channel.coming += [HELLO, message]
        bench.pass_time(0.1)
        bench.engine.alive = False
        started = len(bench.engines)
        bench.pass_time(40.0)
        assert len(bench.engines) > started
        assert bench.engine.channel.sent[0] == Open("/data", "/site", release=release)
    bench.feed.open(Open(source="/data", site="/site"))
    assert bench.engine.channel.sent[0] == Open("/data", "/site")
