"""From update to update, what was judged then, and which pictures are of which time."""

from __future__ import annotations

import msgspec
import pytest
from support.fake_session import DEPTH1, GOOD, RUN, curve, site, tile_of

from dqmconsole.model.frame import Frame
from dqmconsole.model.history import LumisectionsFact, TransitionFact
from dqmconsole.model.message import RecordedFound
from dqmconsole.model.past import PastMoment
from dqmconsole.model.run import RunInfo
from dqmconsole.model.verdict import Status, Verdict
from dqmconsole.model.view_link import ViewLink, ViewLinkError
from dqmconsole.shift.blinding import HIDDEN, BlindedMailbox
from dqmconsole.shift.looking_back import (
    only_added,
    page_of,
    plot_of,
    stepped,
    updates_of,
    verdict_then,
)
from dqmconsole.shift.mailbox import Mailbox
from dqmconsole.shift.pages import PageName, Pages
from dqmconsole.shift.run_history import RunHistory

ENDS = (5, 10, 20, 25)


@pytest.mark.parametrize(
    ("past", "step", "found"),
    [
        (None, -1, (20, None)),
        (None, 1, None),
        ((20, None), -1, (10, None)),
        ((12, None), -1, (10, None)),
        ((12, None), 1, (20, None)),
        ((25, None), 1, None),
        ((5, None), -1, None),
        ((3, None), 1, (5, None)),
        ((3, None), -1, None),
        ((99, None), -1, (25, None)),
        ((20, 11), -1, (10, 6)),
        ((20, 6), 1, (25, 11)),
        ((10, 6), -1, (5, 1)),
    ],
)
def test_steps(
    past: tuple[int, int | None] | None, step: int, found: tuple[int, int | None] | None
) -> None:
    moment = None if past is None else PastMoment(RUN, *past)
    wanted = None if found is None else PastMoment(RUN, *found)
    assert stepped(ENDS, moment, RUN, step) == wanted


def test_one_update_alone_is_gone_back_to() -> None:
    assert stepped((7,), None, RUN, -1) == PastMoment(RUN, 7)


def test_what_an_update_added_and_all_again() -> None:
    added = only_added(ENDS, None, RUN)
    assert added == PastMoment(RUN, 25, 21)
    assert only_added(ENDS, added, RUN) == PastMoment(RUN, 25)
    assert only_added(ENDS, PastMoment(RUN, 5), RUN) == PastMoment(RUN, 5, 1)


def test_updates_of_the_clients_in_view() -> None:
    found = RecordedFound(1, RUN, {"Hcal": (5, 10), "DT": (7, 0)})
    assert updates_of(found, {"Hcal"}) == (5, 10)
    assert updates_of(found, {"CSC"}) == (5, 7, 10)
    assert updates_of(RecordedFound(1, RUN, {"Hcal": (0, 0)}), ()) == ()


def history(*changes: tuple[int, Status]) -> RunHistory:
    made = RunHistory()
    made.put_lumisections(LumisectionsFact(RUN, 1, 100))
    made.put_lumisections(LumisectionsFact(RUN, 120, 200))
    for at, status in changes:
        words = "" if status is Status.GOOD else "it is low"
        made.put_transition(TransitionFact(DEPTH1, RUN, status, float(at), at, words))
    return made


@pytest.mark.parametrize(
    ("at", "status"),
    [
        (3, Status.NOT_CHECKED),
        (50, Status.GOOD),
        (60, Status.BAD),
        (110, Status.NOT_CHECKED),  # no engine was there
        (150, Status.BAD),
        (300, Status.NOT_CHECKED),
    ],
)
def test_the_verdict_of_then(at: int, status: Status) -> None:
    told = history((5, Status.GOOD), (60, Status.BAD))
    assert verdict_then(DEPTH1, PastMoment(RUN, at), told).status is status
    other = verdict_then(DEPTH1, PastMoment(RUN + 1, at), told)
    assert other.status is Status.NOT_CHECKED
    span = verdict_then(DEPTH1, PastMoment(RUN, at, 1), told)
    assert span.status is Status.NOT_CHECKED
    assert "what this span alone added" in span.sentence


def frame(*tiles: object) -> Frame:
    return Frame(1, 1.0, "", RunInfo(), tuple(tiles))  # type: ignore[arg-type]


def test_pictures_of_another_time_are_not_taken_in() -> None:
    box = Mailbox()
    live = tile_of(DEPTH1, curve("a"), GOOD)
    moment = PastMoment(RUN, 60)
    unjudged = Verdict(Status.NOT_CHECKED, "no verdict of that moment is known")
    past = msgspec.structs.replace(live, past=moment, verdict=unjudged)
    box.history = history((5, Status.GOOD), (60, Status.BAD))
    box.verdicts[DEPTH1] = GOOD
    box.put(frame(live))
    assert box.look_back(moment, "spill") == {DEPTH1}
    assert box.tiles[DEPTH1].banner == f"run {RUN} up to spill 60"
    assert box.tiles[DEPTH1].picture is None
    assert box.tiles[DEPTH1].verdict.status is Status.WAITING
    assert box.put(frame(live)) == frozenset(), "it was on its way"
    assert box.tiles[DEPTH1].picture is None
    assert box.put(frame(past)) == {DEPTH1}
    assert box.tiles[DEPTH1].verdict.status is Status.BAD
    assert box.judged(DEPTH1) == GOOD, "what is judged is what is now"
    box.look_back(None, "spill")
    assert box.put(frame(past)) == frozenset()
    assert box.tiles[DEPTH1].past is None


def test_the_verdict_of_then_is_hidden_too() -> None:
    behind = Mailbox()
    moment = PastMoment(RUN, 60)
    past = msgspec.structs.replace(
        tile_of(DEPTH1, curve("a"), Verdict(Status.NOT_CHECKED, "")), past=moment
    )
    behind.history = history((5, Status.GOOD), (60, Status.BAD))
    behind.look_back(moment, "LS")
    blinded = BlindedMailbox(behind)
    for box in (behind, blinded):
        box.put(frame(past))
    assert behind.tiles[DEPTH1].verdict.status is Status.BAD
    assert blinded.tiles[DEPTH1].verdict.sentence == HIDDEN


def test_the_page_of_a_link() -> None:
    pages = Pages(site())
    name = PageName("Hcal", "Digi occupancy")
    assert page_of(ViewLink(RUN, "hcal", "DIGI occupancy"), pages) == name
    assert page_of(ViewLink(RUN), pages) is None
    with pytest.raises(ViewLinkError, match="the nearest is Hcal/Digi occupancy"):
        page_of(ViewLink(RUN, "Hcal", "Digi ocupancy"), pages)
    with pytest.raises(ViewLinkError, match="the nearest is Hcal/"):
        page_of(ViewLink(RUN, "Hcal", "nowhere"), pages)
    with pytest.raises(ViewLinkError, match=r"in this site$"):
        page_of(ViewLink(RUN, "XQ", "zzz"), pages)
    path = "Hcal/DigiTask/Occupancy/depth1"
    assert plot_of(ViewLink(RUN, plot=path), name, pages) == DEPTH1
    assert plot_of(ViewLink(RUN, plot=path), None, pages) == DEPTH1
    assert plot_of(ViewLink(RUN, plot="Hcal/else"), name, pages) == "Hcal/else"
