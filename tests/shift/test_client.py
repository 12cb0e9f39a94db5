"""What the console knows after what the engine said, message by message."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmconsole.model.frame import (
    Fact,
    Frame,
    NoticeFact,
    OutageFact,
    Picture,
    ProblemsFact,
    RollupFact,
    RunFact,
    Tile,
    VerdictFact,
)
from dqmconsole.model.histogram import Axis, Histogram
from dqmconsole.model.message import (
    Browse,
    Children,
    Found,
    Hello,
    Problems,
    Receipt,
    Search,
    SiteMessage,
    Watch,
    WatchItem,
)
from dqmconsole.model.problem import Problem
from dqmconsole.model.run import RunInfo
from dqmconsole.model.site import Site, SiteSettings
from dqmconsole.model.verdict import Status, Verdict, roll_up
from dqmconsole.shift.client import Changes, EngineClient
from dqmconsole.shift.feed import EngineState
from dqmconsole.shift.mailbox import KEPT_RUN_FACTS, Mailbox

if TYPE_CHECKING:
    from dqmconsole.model.message import Down, Open, Up

GOOD = Verdict(Status.GOOD, "as it should be")
HELLO = Hello("1", 1, "/data", "DEMO")
BROKEN = Problem("no such key", "layouts/hcal.yaml", 3)
SITE = Site("/site", "one", SiteSettings("CMS"), (), problems=(BROKEN,))


class FakeFeed:
    """A feed that brings what a test puts into it."""

    def __init__(self) -> None:
        self.coming: list[Up] = []
        self.sent: list[Down] = []
        self.opened: list[Open] = []
        self.closed = False

    def open(self, request: Open) -> None:
        self.opened.append(request)

    def put(self, message: Down) -> None:
        self.sent.append(message)

    def take(self) -> list[Up]:
        coming, self.coming = self.coming, []
        return coming

    def state(self) -> EngineState:
        return EngineState("live", "live 0.1 s ago", 0.1)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def feed() -> FakeFeed:
    return FakeFeed()


@pytest.fixture
def client(feed: FakeFeed) -> EngineClient:
    made = EngineClient(feed)  # type: ignore[arg-type]  # a fake feed
    made.open("/data")
    made.take()
    return made


def said(client: EngineClient, feed: FakeFeed, *messages: Up) -> Changes:
    feed.coming += messages
    return client.take()


def frame(*facts: Fact, tiles: tuple[Tile, ...] = (), run: int = 7) -> Frame:
    return Frame(1, 10.0, "one", RunInfo(run=run), tiles, facts)


def line(height: float) -> Histogram:
    contents = np.array([0.0, height, 0.0])
    return Histogram("h", "h", "TH1F", (Axis(1, 0.0, 1.0),), contents)


def tile(key: str, picture: Picture | None, version: int = 1) -> Tile:
    return Tile(key, key, 7, version, GOOD, picture=picture)


def test_a_frame_is_taken_in_and_what_changed_is_told(
    client: EngineClient, feed: FakeFeed
) -> None:
    shown = tile("a", Picture(line(1)))
    changes = said(client, feed, frame(VerdictFact("a", 7, GOOD), tiles=(shown,)))
    assert changes == Changes(tiles=frozenset("a"), statuses=True, run=True)
    assert client.run.run == 7
    assert client.tiles == {"a": shown}
    assert client.verdicts == {"a": GOOD}
    assert said(client, feed) == Changes()


def test_the_changes_of_one_look_are_joined(
    client: EngineClient, feed: FakeFeed
) -> None:
    found = [Found(number, 7, (), 0) for number in (1, 2)]
    listed = [Children(number, 7, "", (), ()) for number in (3, 4)]
    first, second = (frame(tiles=(tile(key, None),)) for key in "ab")
    changes = said(client, feed, first, found[0], listed[0], second, found[1])
    assert changes.tiles == {"a", "b"}
    assert changes.found == found[1]
    changes = said(client, feed, *listed)
    assert changes.children == tuple(listed)


def test_a_reference_is_kept_until_another_one_or_none_comes(
    client: EngineClient, feed: FakeFeed
) -> None:
    reference = line(2)
    with_it = Picture(line(1), reference=reference, reference_is_new=True)
    said(client, feed, frame(tiles=(tile("a", with_it),)))
    said(client, feed, frame(tiles=(tile("a", Picture(line(3)), 2),)))
    assert client.references == {"a": reference}
    said(client, feed, frame(tiles=(tile("a", None, 3),)))
    assert client.references == {"a": reference}
    without = Picture(line(4), reference=None, reference_is_new=True)
    said(client, feed, frame(tiles=(tile("a", without, 4),)))
    assert client.references == {}


def test_what_nobody_watches_any_more_is_forgotten(
    client: EngineClient, feed: FakeFeed
) -> None:
    both = (tile("a", Picture(line(1))), tile("b", Picture(line(2))))
    said(client, feed, frame(VerdictFact("a", 7, GOOD), tiles=both))
    item = WatchItem("b", "b", 10, 10)
    client.watch([item])
    assert feed.sent == [Watch((item,))]
    assert set(client.tiles) == {"b"}
    assert client.verdicts == {"a": GOOD}  # of all plots, seen or not


def test_another_site_takes_its_verdicts_and_problems_along(
    client: EngineClient, feed: FakeFeed
) -> None:
    facts = (VerdictFact("a", 7, GOOD), RollupFact("Hcal", roll_up([Status.GOOD])))
    said(client, feed, frame(*facts))
    changes = said(client, feed, SiteMessage(SITE))
    assert changes == Changes(site=True, statuses=True, problems=True)
    assert client.site == SITE
    assert client.verdicts == {}
    assert client.rollups == {}
    assert client.problems["layout"] == (BROKEN,)


def test_why_it_could_not_open_is_forgotten_once_it_could(
    client: EngineClient, feed: FakeFeed
) -> None:
    trouble = Problem("there is no such folder", "/data", kind="source")
    notice = frame(NoticeFact("source", "cannot be opened", "bad"), run=0)
    changes = said(client, feed, HELLO, Problems((trouble,)), notice)
    assert changes.problems
    assert client.problems == {"engine": (trouble,)}
    assert set(client.notices) == {"source"}
    changes = said(client, feed, HELLO)
    assert changes.problems
    assert client.problems == {}
    assert client.notices == {}


def test_the_first_word_names_source_and_banner(
    client: EngineClient, feed: FakeFeed
) -> None:
    said(client, feed, Hello("1", 1, "replay:/data", "REPLAY"))
    assert (client.source, client.banner) == ("replay:/data", "REPLAY")
    client.open("/other")
    assert (client.source, client.banner) == ("/other", "")
    assert client.run == RunInfo()


def test_a_refused_request_is_told(client: EngineClient, feed: FakeFeed) -> None:
    number = client.search("depth")
    assert feed.sent == [Search(number, "depth")]
    refused = Receipt(number, False, "no source is open")
    assert said(client, feed, refused).refused == refused
    assert said(client, feed, Receipt(number, True)) == Changes()


def test_requests_have_numbers_of_their_own(
    client: EngineClient, feed: FakeFeed
) -> None:
    numbers = (client.search("a"), client.browse("Hcal"), client.search("b"))
    assert len(set(numbers)) == 3
    assert feed.sent[1] == Browse(numbers[1], "Hcal")


def test_closing_ends_the_engine(client: EngineClient, feed: FakeFeed) -> None:
    client.close()
    assert feed.closed


def test_a_notice_without_words_is_taken_away() -> None:
    mailbox = Mailbox()
    mailbox.put(frame(NoticeFact("folder", "hangs"), NoticeFact("files", "2 broken")))
    mailbox.put(frame(NoticeFact("folder", "")))
    assert set(mailbox.notices) == {"files"}


def test_an_outage_stands_until_it_is_taken_away_or_another_engine_speaks(
    client: EngineClient, feed: FakeFeed
) -> None:
    silent = OutageFact("DT", "silent", "no new file since 12:03:20 UTC", 7, 417)
    whole = OutageFact("", "silent", "no new file at all")
    assert said(client, feed, HELLO, frame(silent, whole)).statuses
    assert client.outages == {"DT": silent, "": whole}
    said(client, feed, frame(OutageFact("", "silent", "")))
    assert client.outages == {"DT": silent}
    assert said(client, feed, HELLO).statuses
    assert client.outages == {}


def test_of_problems_the_whole_list_of_a_kind_is_replaced() -> None:
    mailbox = Mailbox()
    mailbox.put(frame(ProblemsFact("source", (BROKEN, BROKEN))))
    mailbox.put(frame(ProblemsFact("source", ())))
    assert mailbox.problems == {"source": ()}


@given(st.lists(st.integers(1, 9), max_size=2 * KEPT_RUN_FACTS), st.integers(1, 50))
def test_the_last_run_facts_are_kept_in_order(runs: list[int], size: int) -> None:
    facts = [RunFact(run, f"fact {at}") for at, run in enumerate(runs)]
    mailbox = Mailbox()
    for at in range(0, len(facts), size):
        mailbox.put(frame(*facts[at : at + size]))
    assert mailbox.run_facts == facts[-KEPT_RUN_FACTS:]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(Status)), max_size=9))
def test_the_latest_verdict_of_each_plot_stands(
    said_of: list[tuple[str, Status]],
) -> None:
    mailbox = Mailbox()
    for key, status in said_of:
        mailbox.put(frame(VerdictFact(key, 7, Verdict(status, "so"))))
    found = {key: verdict.status for key, verdict in mailbox.verdicts.items()}
    assert found == dict(said_of)
