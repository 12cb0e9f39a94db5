"""While blinded, nothing that the session shows tells good from bad."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shift.test_client import FakeFeed

from dqmconsole.model.cause import Extent
from dqmconsole.model.frame import (
    Expected,
    Frame,
    NoticeFact,
    OutageFact,
    Picture,
    ProblemsFact,
    ReleaseFact,
    RollupFact,
    RunFact,
    Tile,
    VerdictFact,
)
from dqmconsole.model.histogram import Axis, Histogram
from dqmconsole.model.known_issue import Region
from dqmconsole.model.message import Hello, SiteMessage, WatchItem
from dqmconsole.model.problem import Problem
from dqmconsole.model.release import Release
from dqmconsole.model.run import Client, Conditions, RunInfo, RunState
from dqmconsole.model.site import Site, SiteSettings
from dqmconsole.model.verdict import CheckResult, Status, Verdict, roll_up
from dqmconsole.shift.blinding import HIDDEN, NO_PICTURE, blinded_tile
from dqmconsole.shift.client import EngineClient

if TYPE_CHECKING:
    from dqmconsole.model.message import Up

TOLD = "betrayed"  # stands in every sentence that must not be seen
KEY = "Hcal › Digis › Hcal/a"
SITE = Site("/site", "one", SiteSettings("CMS"), ())
HISTOGRAM = Histogram("h", "h", "TH1F", (Axis(1, 0.0, 1.0),), np.array([0.0, 3.0, 0.0]))


@pytest.fixture
def feed() -> FakeFeed:
    return FakeFeed()


@pytest.fixture
def client(feed: FakeFeed) -> EngineClient:
    return opened(feed)


def opened(feed: FakeFeed) -> EngineClient:
    made = EngineClient(feed)  # type: ignore[arg-type]  # a fake feed
    made.open("/data")
    made.take()
    return made


def verdict(status: Status) -> Verdict:
    checks = (CheckResult(TOLD, status, TOLD, family="missing"),)
    extent = Extent((TOLD,), ((TOLD,),))
    return Verdict(status, TOLD, TOLD, 4, 0.5, 2, checks=checks, extent=extent)


def tile(status: Status = Status.BAD, key: str = KEY, version: int = 3) -> Tile:
    known = (Region(x=(0.0, 1.0)),)
    picture = Picture(
        HISTOGRAM, reference=HISTOGRAM, reference_is_new=True, known=known
    )
    return Tile(
        key, "Hcal/a", 7, version, verdict(status), picture=picture, produced=1.0,
        stale_after=60.0, span="LS 1–14", banner=TOLD,
    )  # fmt: skip


def frame(status: Status = Status.BAD) -> Frame:
    producer = Client("Hcal", 7, 14, "frozen", TOLD, produced=1.0, lag=900.0, rate=1.0)
    run = RunInfo(
        7, RunState.FINAL, 14, conditions=Conditions(beam_mode="stable beams"),
        lag=900.0, slowest=TOLD, clients=(producer,),
    )  # fmt: skip
    facts = (
        VerdictFact(KEY, 7, verdict(status)),
        RollupFact("Hcal", roll_up([status, Status.GOOD])),
        RunFact(7, TOLD),
        NoticeFact("files", TOLD, "bad"),
        OutageFact("Hcal", "frozen", TOLD),
        ProblemsFact("source", (Problem(TOLD, kind="source"),)),
        ReleaseFact(Release(2, "", "", TOLD, 0.0, "", ""), 1),
    )
    return Frame(1, 10.0, "one", run, (tile(status),), facts)


def seen(client: EngineClient) -> str:
    """All that the client and its mailbox show, in letters."""
    values = [
        getattr(shown, name)
        for shown in (client, client.mailbox)
        for name in dir(shown)
        if not name.startswith("_")
    ]
    return repr([value for value in values if not callable(value)])


def betrayals(client: EngineClient) -> list[str]:
    """Judgements that can be seen; NOT CHECKED is none."""
    words = seen(client)
    statuses = [each for each in Status if each is not Status.NOT_CHECKED]
    return [each for each in (*map(str, statuses), TOLD) if f"'{each}'" in words]


def test_what_the_test_looks_for_is_there_without_blinding(
    client: EngineClient, feed: FakeFeed
) -> None:
    feed.coming += [frame()]
    client.take()
    assert set(betrayals(client)) >= {TOLD, "BAD", "GOOD"}


EVENTS = st.lists(
    st.one_of(
        st.sampled_from(list(Status)).map(frame),
        st.just(SiteMessage(SITE)),
        st.just(Hello("1", 1, "/data")),
        st.sampled_from(["blind", "open", "watch", "watch nothing"]),
    ),
    max_size=12,
)


@given(EVENTS, EVENTS)
def test_no_path_in_the_session_betrays_a_judgement(
    before: list[Up | str], after: list[Up | str]
) -> None:
    feed = FakeFeed()
    client = opened(feed)
    for event in before:
        happen(client, feed, event)
    client.set_blinded(True)
    assert betrayals(client) == []
    for event in after:
        happen(client, feed, event)
        assert betrayals(client) == []


def happen(client: EngineClient, feed: FakeFeed, event: Up | str) -> None:
    match event:
        case "blind":
            client.set_blinded(True)
        case "open":
            client.open("/other", banner="TRAINING")
        case "watch":
            client.watch([WatchItem(KEY, "Hcal/a", 10, 10)])
        case "watch nothing":
            client.watch([])
        case _:
            feed.coming.append(event)  # type: ignore[arg-type]
            client.take()


@given(EVENTS)
def test_behind_the_blinding_everything_is_as_it_was_said(
    events: list[Up | str],
) -> None:
    told, other = FakeFeed(), FakeFeed()
    blinded, plain = opened(told), opened(other)
    blinded.set_blinded(True)
    for event in events:
        happen(blinded, told, event)
        if event != "blind":
            happen(plain, other, event)
        assert blinded.mailbox.judged(KEY) == plain.mailbox.judged(KEY)
    blinded.set_blinded(False)
    for name in ("tiles", "references", "verdicts", "rollups", "run", "problems",
                 "notices", "run_facts", "release_waiting"):  # fmt: skip
        assert getattr(blinded.mailbox, name) == getattr(plain.mailbox, name), name


def test_pictures_references_known_regions_and_conditions_stay(
    client: EngineClient, feed: FakeFeed
) -> None:
    client.set_blinded(True)
    feed.coming += [frame()]
    client.take()
    shown = client.mailbox.tiles[KEY]
    assert shown.picture == tile().picture
    assert shown.span == "LS 1–14"
    assert shown.verdict == Verdict(Status.NOT_CHECKED, HIDDEN, known=2)
    assert client.mailbox.references[KEY] is HISTOGRAM
    assert client.mailbox.run.conditions.beam_mode == "stable beams"
    assert [producer.lumisection for producer in client.mailbox.run.clients] == [14]
    assert client.mailbox.rollups["Hcal"].total == 2


def test_what_a_verdict_measured_and_found_is_hidden_with_it() -> None:
    shown = tile()
    assert shown.picture is not None
    picture = msgspec.structs.replace(shown.picture, expected=Expected(first_bad=3))
    told = msgspec.structs.replace(shown, picture=picture, defect="3 bins hold no")
    assert blinded_tile(told).picture == shown.picture
    assert blinded_tile(told).defect == ""


def test_a_plot_without_a_picture_says_so_and_not_why(
    client: EngineClient, feed: FakeFeed
) -> None:
    client.set_blinded(True)
    bare = msgspec.structs.replace(tile(Status.MISSING), picture=None)
    feed.coming += [msgspec.structs.replace(frame(), tiles=(bare,))]
    client.take()
    assert client.mailbox.tiles[KEY].verdict.sentence == NO_PICTURE
    assert betrayals(client) == []


def test_data_do_not_age_in_an_item(client: EngineClient, feed: FakeFeed) -> None:
    client.set_blinded(True)
    feed.coming += [frame()]
    client.take()
    shown = client.mailbox.tiles[KEY]
    assert (shown.produced, shown.stale_after, shown.banner) == (None, None, "")
    assert client.mailbox.run.lag is None
    assert client.mailbox.run.state is RunState.RUNNING


def test_turning_the_blinding_lets_everything_be_shown_anew(
    client: EngineClient, feed: FakeFeed
) -> None:
    feed.coming += [frame()]
    client.take()
    was = client.mailbox.tiles[KEY]
    client.set_blinded(True)
    changes = client.take()
    assert changes.tiles == {KEY}
    told = (changes.statuses, changes.run, changes.notices, changes.problems)
    assert told == (True,) * 4
    assert client.mailbox.tiles[KEY].version != was.version
    client.set_blinded(True)
    assert client.take().tiles == frozenset()
    client.set_blinded(False)
    assert client.take().tiles == {KEY}
    assert client.mailbox.tiles[KEY] is was


def test_blinding_holds_over_the_next_source(
    client: EngineClient, feed: FakeFeed
) -> None:
    client.set_blinded(True)
    client.open("/next")
    assert client.blinded
    feed.coming += [frame()]
    client.take()
    assert client.mailbox.verdicts[KEY].sentence == HIDDEN
    assert client.mailbox.judged(KEY) == verdict(Status.BAD)


def test_blinding_that_ends_hides_this_source_and_not_the_next(
    client: EngineClient, feed: FakeFeed
) -> None:
    client.set_blinded(True)
    feed.coming += [frame()]
    client.take()
    client.end_blinding()
    feed.coming += [frame(Status.WARNING)]
    client.take()
    assert client.mailbox.verdicts[KEY].sentence == HIDDEN
    client.open("/next")
    feed.coming += [frame()]
    client.take()
    assert not client.blinded
    assert client.mailbox.verdicts[KEY] == verdict(Status.BAD)


def test_a_plot_nobody_watches_is_judged_by_what_was_said_of_it(
    client: EngineClient, feed: FakeFeed
) -> None:
    client.set_blinded(True)
    said = msgspec.structs.replace(frame(), tiles=())
    feed.coming += [said]
    client.take()
    assert client.mailbox.judged(KEY) == verdict(Status.BAD)
    assert client.mailbox.judged("nothing") is None
