"""What the console knows after what the engine said, message by message."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmconsole.logbook.state import BookState
from dqmconsole.model.fit import FitResult
from dqmconsole.model.frame import (
    Fact,
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
from dqmconsole.model.history import HistoryPoint
from dqmconsole.model.message import (
    WORKING_COPY,
    AskHistory,
    Browse,
    Children,
    DrawExamples,
    EvidenceMade,
    Examples,
    Export,
    Exported,
    Fit,
    Fitted,
    Found,
    Hello,
    HistoryFound,
    MakeEvidence,
    Problems,
    Receipt,
    Search,
    SiteMessage,
    TakeUp,
    Watch,
    WatchItem,
)
from dqmconsole.model.problem import Problem
from dqmconsole.model.release import Release
from dqmconsole.model.run import RunInfo
from dqmconsole.model.site import Site, SiteSettings
from dqmconsole.model.verdict import Status, Verdict, roll_up
from dqmconsole.shift.client import Changes, EngineClient
from dqmconsole.shift.console_alarms import ConsoleAlarms
from dqmconsole.shift.feed import EngineState
from dqmconsole.shift.mailbox import KEPT_RUN_FACTS, Mailbox

if TYPE_CHECKING:
    from dqmconsole.model.message import Down, Open, Up

GOOD = Verdict(Status.GOOD, "as it should be")
HELLO = Hello("1", 1, "/data", "DEMO")
BROKEN = Problem("no such key", "layouts/hcal.yaml", 3)
SITE = Site("/site", "one", SiteSettings("CMS"), (), problems=(BROKEN,))


LIVE = EngineState("live", "live 0.1 s ago", 0.1)
GONE = EngineState("restarting", "engine ended by SIGKILL; starts again in 1 s")
WANTED = MakeEvidence(0, "/tmp/a.dqmevidence", "t", "", ("a",), b"")
SECOND = Release(2, "A. Expert", "expert", "better", 1e9, "0.2", "hash")


class FakeFeed:
    """A feed that brings what a test puts into it."""

    def __init__(self) -> None:
        self.coming: list[Up] = []
        self.sent: list[Down] = []
        self.opened: list[Open] = []
        self.closed = False
        self.closed_sources = 0
        self.now = LIVE

    def open(self, request: Open) -> None:
        self.opened.append(request)

    def close_source(self) -> None:
        self.closed_sources += 1

    def put(self, message: Down) -> None:
        self.sent.append(message)

    def take(self) -> list[Up]:
        coming, self.coming = self.coming, []
        return coming

    def state(self) -> EngineState:
        return self.now

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
    assert client.mailbox.run.run == 7
    assert client.mailbox.tiles == {"a": shown}
    assert client.mailbox.verdicts == {"a": GOOD}
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
    assert client.mailbox.references == {"a": reference}
    said(client, feed, frame(tiles=(tile("a", None, 3),)))
    assert client.mailbox.references == {"a": reference}
    without = Picture(line(4), reference=None, reference_is_new=True)
    said(client, feed, frame(tiles=(tile("a", without, 4),)))
    assert client.mailbox.references == {}


def test_what_nobody_watches_any_more_is_forgotten(
    client: EngineClient, feed: FakeFeed
) -> None:
    both = (tile("a", Picture(line(1))), tile("b", Picture(line(2))))
    said(client, feed, frame(VerdictFact("a", 7, GOOD), tiles=both))
    item = WatchItem("b", "b", 10, 10)
    client.watch([item])
    assert feed.sent == [Watch((item,))]
    assert set(client.mailbox.tiles) == {"b"}
    assert client.mailbox.verdicts == {"a": GOOD}  # of all plots, seen or not


def test_a_plot_that_cannot_be_asked_for_is_left_out_and_its_tile_says_why(
    client: EngineClient, feed: FakeFeed
) -> None:
    item = WatchItem("b", "b", 10, 10)
    client.watch([WatchItem("a", "a\udcff", 10, 10), item])
    assert feed.sent == [Watch((item,))]
    assert said(client, feed) == Changes(tiles=frozenset("a"))
    (shown,) = client.mailbox.tiles.values()
    assert (shown.key, shown.verdict.status) == ("a", Status.FAILED)
    assert "surrogates not allowed" in shown.verdict.sentence
    assert said(client, feed) == Changes()


def test_another_site_takes_its_verdicts_and_problems_along(
    client: EngineClient, feed: FakeFeed
) -> None:
    facts = (VerdictFact("a", 7, GOOD), RollupFact("Hcal", roll_up([Status.GOOD])))
    said(client, feed, frame(*facts))
    changes = said(client, feed, SiteMessage(SITE))
    assert changes == Changes(site=True, statuses=True, problems=True)
    assert client.site == SITE
    assert client.mailbox.verdicts == {}
    assert client.mailbox.rollups == {}
    assert client.mailbox.problems["layout"] == (BROKEN,)


def test_why_it_could_not_open_is_forgotten_once_it_could(
    client: EngineClient, feed: FakeFeed
) -> None:
    trouble = Problem("there is no such folder", "/data", kind="source")
    notice = frame(NoticeFact("source", "cannot be opened", "bad"), run=0)
    failing = Problem("the source fails", "/data", kind="source")
    said(client, feed, frame(ProblemsFact("source", (failing,)), run=0))
    assert client.mailbox.problems == {"source": (failing,)}
    changes = said(client, feed, HELLO, Problems((trouble,)), notice)
    assert changes.problems
    assert client.mailbox.problems == {"engine": (trouble,)}
    assert set(client.mailbox.notices) == {"source"}
    changes = said(client, feed, HELLO)
    assert changes.problems
    assert client.mailbox.problems == {}
    assert client.mailbox.notices == {}


def test_the_first_word_names_source_and_banner(
    client: EngineClient, feed: FakeFeed
) -> None:
    said(client, feed, Hello("1", 1, "replay:/data", "REPLAY"))
    assert (client.source, client.banner) == ("replay:/data", "REPLAY")
    client.open("/other")
    assert (client.source, client.banner) == ("/other", "")
    assert client.mailbox.run == RunInfo()


def test_a_refused_request_is_told(client: EngineClient, feed: FakeFeed) -> None:
    number = client.search("depth")
    assert feed.sent == [Search(number, "depth")]
    refused = Receipt(number, False, "no source is open")
    assert said(client, feed, refused).refusals == (refused,)
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
    assert client.mailbox.outages == {"DT": silent, "": whole}
    said(client, feed, frame(OutageFact("", "silent", "")))
    assert client.mailbox.outages == {"DT": silent}
    assert said(client, feed, HELLO).statuses
    assert client.mailbox.outages == {}


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


# -- requests that are answered, or refused, once --------------------------------------


def test_requests_go_down_with_numbers_and_answers_come_up(
    client: EngineClient, feed: FakeFeed
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


def test_every_refusal_is_told(client: EngineClient, feed: FakeFeed) -> None:
    refusals = tuple(
        Receipt(client.make_evidence(WANTED), False, why) for why in ("full", "gone")
    )
    changes = said(client, feed, *refusals)
    assert changes.refusals == refusals
    feed.now = GONE
    assert said(client, feed).refusals == ()


@pytest.mark.parametrize("before", [True, False])
def test_what_a_dead_engine_was_asked_is_refused_once(
    client: EngineClient, feed: FakeFeed, before: bool
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


def test_a_search_and_a_folder_are_refused_when_the_engine_dies(
    client: EngineClient, feed: FakeFeed
) -> None:
    answered = client.search("occupancy"), client.browse("")
    said(
        client,
        feed,
        Found(answered[0], 1, (), 0),
        Children(answered[1], 1, "", (), ()),
    )
    lost = [client.search("charge"), client.browse("Hcal")]
    feed.now = GONE
    assert [each.request for each in said(client, feed).refusals] == lost


def test_another_source_answers_nothing_of_the_first(
    client: EngineClient, feed: FakeFeed
) -> None:
    number = client.draw_examples("a", "hcal/occ", 40, 30)
    client.open("/other")
    assert [each.request for each in said(client, feed).refusals] == [number]


def test_the_moment_of_a_bundle_is_the_sessions(
    client: EngineClient, feed: FakeFeed
) -> None:
    assert client.moment is None
    said(client, feed, Hello("1", 1, "a.dqmevidence", "EVIDENCE", 123.0))
    assert (client.banner, client.moment) == ("EVIDENCE", 123.0)
    client.open("/data")
    assert client.moment is None


# -- releases --------------------------------------------------------------------------


def site(number: int = 0) -> Site:
    release = Release(number, "A", "a", "why", 1e9, "1", "h") if number else None
    return Site("/site", "one", SiteSettings("CMS"), (), release=release)


def test_a_release_waits_until_it_is_taken_up(
    client: EngineClient, feed: FakeFeed
) -> None:
    feed.coming = [HELLO, SiteMessage(site(1)), frame()]
    assert not client.take().release
    feed.coming = [frame(ReleaseFact(SECOND, 1))]
    assert client.take().release
    assert client.mailbox.release_waiting == SECOND
    client.take_up(2)
    assert feed.sent == [TakeUp(2)]
    feed.coming = [SiteMessage(site(2)), frame(ReleaseFact(None, 2))]
    changes = client.take()
    assert changes.release
    assert changes.site
    assert client.mailbox.release_waiting is None


def test_another_engine_says_anew_what_waits(
    client: EngineClient, feed: FakeFeed
) -> None:
    feed.coming = [HELLO, SiteMessage(site(1)), frame(ReleaseFact(SECOND, 1))]
    client.take()
    feed.coming = [HELLO]
    assert client.take().release
    assert client.mailbox.release_waiting is None


def test_another_source_is_judged_with_the_same_release(
    client: EngineClient, feed: FakeFeed
) -> None:
    client.open("/data", site="/site")
    feed.coming = [HELLO, SiteMessage(site(1))]
    client.take()
    client.open("/other", site="/site")
    feed.coming = [HELLO, SiteMessage(site())]
    client.take()
    client.open("/third", site="/site")
    client.open("/fourth", site="/another site")
    assert [each.release for each in feed.opened] == [0, 0, 1, WORKING_COPY, 0]


def test_what_is_closed_says_nothing_and_the_next_has_its_release(
    client: EngineClient, feed: FakeFeed
) -> None:
    client.open("/data", site="/site", banner="TRAINING", recorded=True)
    feed.coming = [HELLO, SiteMessage(site(1)), frame(ReleaseFact(SECOND, 1))]
    client.take()
    assert client.recorded
    ahead = client._request(
        "/next", site="/site", reference="", banner="TRAINING", recorded=True
    )
    client.close_source()
    client.close_source()  # gone on from what is not there yet
    assert feed.closed_sources == 2
    assert (client.source, client.site, client.banner) == ("", None, "DEMO")
    assert client.mailbox.release_waiting is None
    assert not client.recorded
    client.open("/next", site="/site", banner="TRAINING", recorded=True)
    asked = msgspec.structs.replace(feed.opened[-1], opened=ahead.opened)
    assert asked == ahead  # so that what reads ahead serves it
    client.close_source()  # before its site is read
    client.open("/over next", site="/site", banner="TRAINING", recorded=True)
    assert feed.opened[-1].release == 1
    client.open("/live", site="/site")
    assert feed.opened[-1].release == 0


@pytest.mark.parametrize("recorded", [True, False])
def test_an_engine_that_reads_what_is_over_is_no_alarm_while_it_is_slow(
    client: EngineClient,
    feed: FakeFeed,
    recorded: bool,
) -> None:
    client.open("/run", banner="TRAINING", recorded=recorded)
    feed.now = EngineState("silent", "engine silent for 25 s", 25.0)
    client.take()
    alarms, book = ConsoleAlarms("here:1"), BookState("closed", "")
    alarms.look(client, book, 100.0)
    told = alarms.look(client, book, 110.0)
    assert [each.root for each in told] == ([] if recorded else ["engine"])


def test_fits_and_exports_are_answered_by_their_number(
    client: EngineClient, feed: FakeFeed
) -> None:
    fit = client.fit("a", "path", "pol0", (0.0, 1.0))
    export = client.export("a", "path", "csv", "/tmp/a.csv")
    assert feed.sent == [
        Fit(fit, "a", "path", "pol0", (0.0, 1.0)),
        Export(export, "a", "path", "csv", "/tmp/a.csv"),
    ]
    nothing = np.zeros(0)
    result = FitResult(
        "pol0", "chi2", (), 0.0, 1, 1.0, 2, 0.0, 1.0, nothing, nothing, ""
    )
    fitted = Fitted(fit, "a", 7, result)
    exported = Exported(export, "/tmp/a.csv", 10)
    changes = said(client, feed, exported, fitted)
    assert (changes.fits, changes.exports) == ((fitted,), (exported,))
    feed.now = GONE
    assert client.take().refusals == ()


def test_a_history_is_asked_for_and_found(client: EngineClient, feed: FakeFeed) -> None:
    asked = client.ask_history("a", "bin", (3,), 7)
    assert feed.sent == [AskHistory(asked, "a", "bin", (3,), 7)]
    point = HistoryPoint(7, 2.0, 1.4, 3, 3, 100.0)
    found = HistoryFound(asked, "a", "bin", (3,), 7, (point,))
    assert said(client, feed, found).histories == (found,)
    lost = client.ask_history("a", "mean")
    feed.now = GONE
    assert [each.request for each in client.take().refusals] == [lost]


def test_a_fit_and_an_export_are_refused_when_the_engine_goes(
    client: EngineClient, feed: FakeFeed
) -> None:
    asked = [
        client.fit("a", "a", "gaus"),
        client.export("a", "a", "uhi", "/tmp/a.json"),
    ]
    feed.now = GONE
    refusals = client.take().refusals
    assert [each.request for each in refusals] == asked
    assert not any(each.done for each in refusals)


def test_a_refused_fit_is_among_the_refusals(
    client: EngineClient, feed: FakeFeed
) -> None:
    fit = client.fit("a", "a", "gaus", data=line(2))
    refused = Receipt(fit, False, "cannot be fitted: 1 bins")
    assert said(client, feed, refused).refusals == (refused,)
