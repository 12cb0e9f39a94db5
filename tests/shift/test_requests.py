"""Examples and evidence: what is asked is answered, or refused, once."""

from __future__ import annotations

import pytest
from shift.test_session import FakeFeed, said

from dqmconsole.model.message import (
    DrawExamples,
    EvidenceMade,
    Examples,
    Hello,
    MakeEvidence,
    Receipt,
)
from dqmconsole.shift.feed import EngineState
from dqmconsole.shift.session import Changes, Session

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
def session(feed: DyingFeed) -> Session:
    made = Session(feed)  # type: ignore[arg-type]  # a fake feed
    made.open("/data")
    made.take()
    return made


def test_requests_go_down_with_numbers_and_answers_come_up(
    session: Session, feed: DyingFeed
) -> None:
    first = session.draw_examples("a", "hcal/occ", 40, 30)
    second = session.make_evidence(WANTED)
    drawn, wanted = feed.sent
    assert drawn == DrawExamples(first, "a", "hcal/occ", 40, 30)
    assert isinstance(wanted, MakeEvidence)
    assert (wanted.request, wanted.target) == (second, WANTED.target)
    assert first != second
    examples = Examples(first, "a", "hcal/occ", ())
    made = EvidenceMade(second, WANTED.target, "ab", 3)
    assert said(session, feed, examples, made) == Changes(
        examples=(examples,), evidence=(made,)
    )
    feed.now = GONE  # what was answered is not refused as well
    assert said(session, feed) == Changes(engine=True)


def test_every_refusal_is_told(session: Session, feed: DyingFeed) -> None:
    refusals = tuple(
        Receipt(session.make_evidence(WANTED), False, why) for why in ("full", "gone")
    )
    changes = said(session, feed, *refusals)
    assert (changes.refusals, changes.refused) == (refusals, refusals[-1])
    feed.now = GONE
    assert said(session, feed).refusals == ()


@pytest.mark.parametrize("before", [True, False])
def test_what_a_dead_engine_was_asked_is_refused_once(
    session: Session, feed: DyingFeed, before: bool
) -> None:
    if before:
        number = session.make_evidence(WANTED)
        feed.now = GONE
    else:
        feed.now = GONE
        assert not said(session, feed).refusals
        number = session.make_evidence(WANTED)  # nobody is there to take it
        feed.now = LIVE
    (refusal,) = said(session, feed).refusals
    assert (refusal.request, refusal.done) == (number, False)
    assert "ask again" in refusal.sentence
    assert said(session, feed).refusals == ()


def test_another_source_answers_nothing_of_the_first(
    session: Session, feed: DyingFeed
) -> None:
    number = session.draw_examples("a", "hcal/occ", 40, 30)
    session.open("/other")
    assert [each.request for each in said(session, feed).refusals] == [number]


def test_the_moment_of_a_bundle_is_the_sessions(
    session: Session, feed: DyingFeed
) -> None:
    assert session.moment is None
    said(session, feed, Hello("1", 1, "a.dqmevidence", "EVIDENCE", 123.0))
    assert (session.banner, session.moment) == ("EVIDENCE", 123.0)
    session.open("/data")
    assert session.moment is None
