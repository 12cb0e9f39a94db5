"""Examples and evidence: what is asked is answered, or refused, once."""

from __future__ import annotations

import pytest
from shift.test_client import FakeFeed, said

from dqmconsole.model.message import (
    DrawExamples,
    EvidenceMade,
    Examples,
    Hello,
    MakeEvidence,
    Receipt,
)
from dqmconsole.shift.client import Changes, EngineClient
from dqmconsole.shift.feed import EngineState

GONE = EngineState("restarting", "engine ended by SIGKILL; starts again in 1 s")
LIVE = EngineState("live", "live")
WANTED = MakeEvidence(0, "/tmp/a.dqmevidence", "t", "", ("a",), b"")


class DyingFeed(FakeFeed):
    """A feed whose engine can die."""

    now = LIVE

    def state(self) -> EngineState:
        return self.now


@pytest.fixture
def feed() -> DyingFeed:
    return DyingFeed()


@pytest.fixture
def client(feed: DyingFeed) -> EngineClient:
    made = EngineClient(feed)  # type: ignore[arg-type]  # a fake feed
    made.open("/data")
    made.take()
    return made


def test_requests_go_down_with_numbers_and_answers_come_up(
    client: EngineClient, feed: DyingFeed
) -> None:
    first = client.draw_examples("a", "hcal/occ", 40, 30)
    second = client.make_evidence(WANTED)
    drawn, wanted = feed.sent
    assert drawn == DrawExamples(first, "a", "hcal/occ", 40, 30)
    assert isinstance(wanted, MakeEvidence)
    assert (wanted.request, wanted.target) == (second, WANTED.target)
    assert first != second
    examples = Examples(first, "a", "hcal/occ", ())
    made = EvidenceMade(second, WANTED.target, "ab", 3)
    assert said(client, feed, examples, made) == Changes(
        examples=(examples,), evidence=(made,)
    )
    feed.now = GONE  # what was answered is not refused as well
    assert said(client, feed) == Changes(engine=True)


def test_every_refusal_is_told(client: EngineClient, feed: DyingFeed) -> None:
    refusals = tuple(
        Receipt(client.make_evidence(WANTED), False, why) for why in ("full", "gone")
    )
    changes = said(client, feed, *refusals)
    assert (changes.refusals, changes.refused) == (refusals, refusals[-1])
    feed.now = GONE
    assert said(client, feed).refusals == ()


@pytest.mark.parametrize("before", [True, False])
def test_what_a_dead_engine_was_asked_is_refused_once(
    client: EngineClient, feed: DyingFeed, before: bool
) -> None:
    if before:
        number = client.make_evidence(WANTED)
        feed.now = GONE
    else:
        feed.now = GONE
        assert not said(client, feed).refusals
        number = client.make_evidence(WANTED)  # nobody is there to take it
        feed.now = LIVE
    (refusal,) = said(client, feed).refusals
    assert (refusal.request, refusal.done) == (number, False)
    assert "ask again" in refusal.sentence
    assert said(client, feed).refusals == ()


def test_another_source_answers_nothing_of_the_first(
    client: EngineClient, feed: DyingFeed
) -> None:
    number = client.draw_examples("a", "hcal/occ", 40, 30)
    client.open("/other")
    assert [each.request for each in said(client, feed).refusals] == [number]


def test_the_moment_of_a_bundle_is_the_sessions(
    client: EngineClient, feed: DyingFeed
) -> None:
    assert client.moment is None
    said(client, feed, Hello("1", 1, "a.dqmevidence", "EVIDENCE", 123.0))
    assert (client.banner, client.moment) == ("EVIDENCE", 123.0)
    client.open("/data")
    assert client.moment is None
