"""What the first page shows: segments, words and events, without a window."""

from __future__ import annotations

from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.alarm_scene import HOLES
from support.fake_session import NOW, RUN, FakeSession, live_session, run_info
from support.overview_scene import (
    LAST,
    drawn_session,
    keys_of,
    lumisections,
    time_of,
    transition,
)

from dqmconsole.logbook.view import Logbook
from dqmconsole.model.frame import OutageFact
from dqmconsole.model.history import History, LumisectionsFact, TransitionFact
from dqmconsole.model.known_issue import KnownIssue
from dqmconsole.model.layout import Layout, Page, Plot
from dqmconsole.model.problem import Problem
from dqmconsole.model.run import Conditions, RunInfo
from dqmconsole.model.site import ConditionPaths, HeaderItem, Site, SiteSettings
from dqmconsole.model.verdict import JUDGED, LastVerdict, Status, Verdict
from dqmconsole.shift.alarms import Standing, returned_since
from dqmconsole.shift.lately import AWAY, Looks
from dqmconsole.shift.overview import (
    AWAITED,
    Cell,
    Folding,
    Overview,
    RunSpan,
    cell_words,
    clock_points,
    conditions_of,
    moment_words,
    voltage_words,
)
from dqmconsole.shift.strip import (
    OPEN,
    clipped,
    fold,
    row_words,
    segment_at,
    status_of,
    watched_ranges,
)
from dqmconsole.shift.timeline import FILTERS, offered, timeline

KEYS = tuple(f"Hcal › Digis › Hcal/plot{number}" for number in range(3))
GOOD, BAD, WARNING, STALE = Status.GOOD, Status.BAD, Status.WARNING, Status.STALE


def change(number: int, status: Status, lumisection: int | None) -> TransitionFact:
    return TransitionFact(KEYS[number], RUN, status, float(lumisection or 0),
                          lumisection, f"{status} now")  # fmt: skip


def overview_of(client: object = None, **how: object) -> Overview:
    client = client or drawn_session()
    return Folding().look(client.site, client.mailbox, **how)


# -- segments --------------------------------------------------------------------------


def test_the_worst_plot_makes_a_segment() -> None:
    """It names the plot and says why; plots that nobody spoke of are not good."""
    changes = [
        change(0, GOOD, 3),
        change(1, GOOD, 3),
        change(2, GOOD, 3),
        change(1, WARNING, 40),
        change(1, BAD, 41),
        change(1, GOOD, 50),
    ]
    found = fold(KEYS, changes)
    assert [(each.first, each.last, each.status) for each in found] == [
        (3, 39, GOOD), (40, 40, WARNING), (41, 49, BAD), (50, OPEN, GOOD),
    ]  # fmt: skip
    assert (found[2].key, found[2].sentence) == (KEYS[1], "BAD now")
    assert found[2].counts == ((BAD, 1), (GOOD, 2))
    assert (found[0].key, found[0].partly) == ("", False)
    assert fold(KEYS, changes[:2])[0].partly


def test_what_was_bad_within_one_lumisection_is_seen() -> None:
    changes = [change(0, GOOD, 3), change(0, BAD, 7), change(0, GOOD, 7)]
    found = fold(KEYS[:1], changes)
    assert [(each.first, each.last, each.status) for each in found] == [
        (3, 6, GOOD), (7, 7, BAD), (8, OPEN, GOOD),
    ]  # fmt: skip
    again = [*changes, change(0, WARNING, 8)]
    assert [each.status for each in fold(KEYS[:1], again)] == [GOOD, BAD, WARNING]


def test_a_lumisection_that_cannot_be_is_that_of_the_word_before() -> None:
    changes = [change(0, GOOD, 9), change(0, BAD, 4), change(0, GOOD, 10**9),
               change(0, WARNING, None), change(0, WARNING, -3)]  # fmt: skip
    found = fold(KEYS[:1], changes)
    assert [(each.first, each.status) for each in found] == [(9, BAD), (10, WARNING)]


@pytest.mark.parametrize(
    ("counts", "unknown", "expected"),
    [
        ({GOOD: 4, Status.NOT_CHECKED: 5}, 0, (GOOD, True)),
        ({GOOD: 4, Status.NOT_APPLICABLE: 5}, 0, (GOOD, False)),
        ({GOOD: 4}, 1, (GOOD, True)),
        ({GOOD: 4, STALE: 1}, 0, (STALE, False)),
        ({GOOD: 4, STALE: 1, BAD: 1}, 0, (BAD, False)),
        ({Status.NOT_APPLICABLE: 3}, 0, (Status.NOT_APPLICABLE, False)),
        ({Status.NOT_APPLICABLE: 3}, 1, (Status.WAITING, False)),
        ({}, 0, (Status.NOT_CHECKED, False)),
    ],
)
def test_the_status_of_some_plots(
    counts: dict[Status, int], unknown: int, expected: tuple[Status, bool]
) -> None:
    assert status_of(counts, unknown) == expected


def test_nothing_is_known_where_nobody_watched() -> None:
    """A verdict reaches as far as its data, and not over a gap."""
    folded = fold(KEYS[:1], [change(0, GOOD, 3), change(0, STALE, 63)])
    facts = [LumisectionsFact(RUN, 1, 30), LumisectionsFact(RUN, 61, 78)]
    watched = watched_ranges(facts)
    assert watched == ((1, 30), (61, 78))
    found = clipped(folded, watched, 78, 80)
    assert [(each.first, each.last, each.status) for each in found] == [
        (1, 2, None), (3, 30, GOOD), (31, 60, None),
        (61, 62, GOOD), (63, 78, STALE), (79, 80, None),
    ]  # fmt: skip
    short = clipped(fold(KEYS[:1], [change(0, GOOD, 3)]), ((1, 78),), 70, 78)
    assert [(each.first, each.last, each.status) for each in short] == [
        (1, 2, None), (3, 70, GOOD), (71, 78, None),
    ]  # fmt: skip


_CHANGES = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(list(Status)),
        st.one_of(st.none(), st.integers(-2, 70)),
    ),
    max_size=40,
)
_WATCHED = st.lists(
    st.tuples(st.integers(1, 60), st.integers(0, 20), st.booleans()), max_size=6
)


@given(_CHANGES, _WATCHED, st.integers(1, 60), st.integers(1, 60))
def test_segments_cover_never_overlap_and_are_never_good_where_unknown(
    changes: list[tuple[int, Status, int | None]],
    ranges: list[tuple[int, int, bool]],
    until: int,
    last: int,
) -> None:
    facts = [LumisectionsFact(RUN, first, first + more, None, watched)
             for first, more, watched in ranges]  # fmt: skip
    told = [change(*each) for each in changes]
    watched = watched_ranges(facts)
    found = clipped(fold(KEYS, told), watched, until, last)
    assert found[0].first == 1
    assert found[-1].last == last
    assert all(each.first <= each.last for each in found)
    assert all(one.last + 1 == two.first for one, two in pairwise(found))
    seen = {at for first, end in watched for at in range(first, end + 1)}
    spoken = {each.key for each in told}
    first_word = min((max(each.lumisection or 1, 1) for each in told), default=OPEN)
    for each in found:
        inside = range(each.first, each.last + 1)
        if each.status is None:
            continue
        assert set(inside) <= seen
        assert each.first >= first_word
        if each.status in JUDGED:
            assert each.last <= until
        if each.status is GOOD and not each.partly:
            assert len(spoken) == len(KEYS)
        assert sum(many for _, many in each.counts) <= len(KEYS)


# -- the whole -------------------------------------------------------------------------


def test_the_run_of_the_drawing() -> None:
    shown = overview_of()
    rows = {row.name: row for row in shown.rows}
    assert shown.length == LAST
    assert rows["Hcal"].words == "7 of 16 bad · since LS 41 · 1 known"
    assert [(each.first, each.status) for each in rows["Hcal"].segments[0]] == [
        (1, Status.WAITING), (4, GOOD), (40, WARNING), (41, BAD),
    ]  # fmt: skip
    assert rows["L1T"].words == "12 stale · content still since LS 63, last good"
    assert rows["L1T"].segments[0][-1].status is STALE
    assert (rows["Info"].words, rows["Info"].partly) == (
        "4 of 12 · 8 not checked",
        True,
    )
    assert rows["Castor"].words == "not in the run"
    assert rows["DT"].words == "12 of 12"
    assert {row.name: row.words for row in shown.conditions} == {
        "Beam": "stable beams",
        "High voltage": "all 24 partitions on",
    }
    assert [
        (each.first, each.words, each.kind) for each in shown.conditions[1].segments[0]
    ] == [
        (1, "all 24 partitions off", "off"), (5, "all 24 partitions on", "on"),
        (10, "RPC off", "partly"), (16, "all 24 partitions on", "on"),
    ]  # fmt: skip
    assert shown.luminosity[0][:4] == (None, None, None, 19784.0)
    assert shown.note == ""


def test_another_experiment_reads_its_own_words() -> None:
    """A lumisection is a spill there, conditions have its names or are not there."""
    client = drawn_session()
    assert client.site is not None
    names = {"beam_mode": "Cycle", "dcs": "Chambers", "luminosity": "Intensity"}
    own = SiteSettings("Small", header=names, lumisection="spill")
    client.put_site(msgspec.structs.replace(client.site, settings=own))
    shown = overview_of(client)
    assert [row.name for row in shown.conditions] == ["Cycle", "Chambers"]
    assert shown.luminosity_name == "Intensity"
    rows = {row.name: number for number, row in enumerate(shown.rows)}
    hcal, stale = shown.rows[rows["Hcal"]], shown.rows[rows["L1T"]]
    assert hcal.words == "7 of 16 bad · since spill 41 · 1 known"
    assert "content still since spill 63" in stale.words
    words = moment_words(shown, Cell(rows["Hcal"], 59), str)
    assert "Asked for: spill 60, " in words
    assert "Hcal, spill 41–78: BAD" in words
    assert "(said at spill 41)" in words
    told = "; ".join(each.sentence for each in timeline(shown, Logbook()))
    assert "spills" in told
    every = [*(row.words for row in shown.rows), words, told]
    assert not [each for each in every if "LS" in each or "lumisection" in each]
    bare = FakeSession(client.site)
    info = run_info(RUN, 5)
    bare.put_run(msgspec.structs.replace(info, conditions=Conditions()))
    shown = overview_of(bare)
    assert (shown.conditions, shown.luminosity) == ((), ())
    bare.put_run(RunInfo(RUN))
    shown = overview_of(bare)
    assert "name no spill" in shown.note
    assert not shown.counted
    assert cell_words(shown, Cell(rows["Hcal"], 0), str).startswith(
        "Hcal, latest update: "
    )
    settings = msgspec.structs.replace(
        client.site.settings, lumisection="lumisection", conditions=ConditionPaths()
    )
    plain = FakeSession(msgspec.structs.replace(client.site, settings=settings))
    plain.put_run(RunInfo(RUN))
    assert "lumisection" not in overview_of(plain).note


def test_what_happened_newest_first() -> None:
    told = [(each.words, each.sentence) for each in timeline(overview_of(), Logbook())]
    assert told[:5] == [
        ("L1T stands still", "content stands still"),
        ("CTPPS back to good", "was BAD; 2 lumisections in all"),
        ("CTPPS WARNING", "one plane half empty"),
        ("CTPPS BAD", "one plane empty"),
        ("Hcal BAD", "192 cells empty in HB+ and HE−, iφ 15–22"),
    ]
    assert ("CSC back to good", "was WARNING for 4 lumisections") in told
    assert ("High voltage: RPC off", "was all 24 partitions on for 5 lumisections") in (
        told
    )
    assert told[-1] == (f"Run {RUN} began", "collisions")


def test_a_subsystem_that_warns_by_default_alone_says_so() -> None:
    client = drawn_session()
    first, second = keys_of(client.site, "DT")[:2]
    client.put_verdict(first, Verdict(WARNING, "late", adopted=False))

    def row() -> tuple[Status, bool]:
        found = next(each for each in overview_of(client).rows if each.name == "DT")
        return found.status, found.adopted

    assert row() == (WARNING, False)
    client.put_verdict(second, Verdict(WARNING, "late"))
    assert row() == (WARNING, True)
    client.put_verdict(second, Verdict(BAD, "empty"))
    assert row() == (BAD, True)


def test_of_a_recording_opened_later_only_its_end_is_known() -> None:
    """One snapshot: no green back to its beginning; the trends tell the conditions."""
    client = live_session()
    client.put_run(run_info(RUN, LAST))
    client.put_history(
        LumisectionsFact(RUN, LAST, LAST, NOW), *lumisections(watched=False)
    )
    client.put_history(
        *(transition(key, GOOD, LAST) for key in keys_of(client.site, "DT"))
    )
    shown = overview_of(client)
    row = next(row for row in shown.rows if row.name == "DT")
    assert [(each.first, each.last, each.status) for each in row.segments[0]] == [
        (1, LAST - 1, None), (LAST, LAST, GOOD),
    ]  # fmt: skip
    assert shown.note == (
        f"Only the end of this run is known, LS {LAST}: nobody watched before."
    )
    assert shown.conditions[0].segments[0][-1].words == "stable beams"


def test_verdicts_without_a_past_hold_for_the_last_lumisection() -> None:
    """So it is in an evidence bundle, which has one moment."""
    shown = overview_of(live_session())
    row = next(row for row in shown.rows if row.name == "Hcal")
    assert [(each.first, each.last, each.status) for each in row.segments[0]] == [
        (1, 416, None), (417, 417, BAD),
    ]  # fmt: skip


def test_a_subsystem_behind_the_others_is_good_no_further_than_its_data() -> None:
    client = drawn_session()
    info = client.mailbox.run
    clients = tuple(
        msgspec.structs.replace(each, lumisection=70)
        if each.subsystem == "DT"
        else each
        for each in info.clients
    )
    client.put_run(msgspec.structs.replace(info, clients=clients))
    row = next(row for row in overview_of(client).rows if row.name == "DT")
    assert [(each.last, each.status) for each in row.segments[0]][-2:] == [
        (70, GOOD), (LAST, None),
    ]  # fmt: skip


def test_the_runs_of_the_shift_lie_side_by_side() -> None:
    client = drawn_session()
    before = [
        msgspec.structs.replace(each, run=RUN - 1, at=(each.at or 0) - 4000)
        for each in lumisections(RUN - 1, 50)
    ]
    client.put_history(*before)
    key = keys_of(client.site, "DT")[0]
    client.put_history(
        TransitionFact(key, RUN - 1, BAD, time_of(20) - 4000, 20, "half of it empty")
    )
    assert [each.run for each in overview_of(client).runs] == [RUN]
    shown = overview_of(client, since=NOW - 8 * 3600)
    assert [(each.run, each.offset, each.last) for each in shown.runs] == [
        (RUN - 1, 0, 50), (RUN, 50, LAST),
    ]  # fmt: skip
    assert shown.place_of(49) == (0, 50)
    assert shown.place_of(50) == (1, 1)
    assert shown.place_of(10**6) == (1, LAST)
    dt = next(number for number, row in enumerate(shown.rows) if row.name == "DT")
    assert "run 398213, LS 20–50: BAD" in cell_words(shown, Cell(dt, 30), str)
    recent = overview_of(client, since=time_of(30))
    assert [each.run for each in recent.runs] == [RUN]


def test_without_a_run_it_says_what_it_waits_for() -> None:
    client = drawn_session()
    client.put_run(RunInfo())
    told = Problem("no file is called run_*.root", file="/dqm", severity="advice")
    client.mailbox.problems["source"] = (told,)
    note = overview_of(client).note
    assert note == f"{AWAITED}\n/dqm: no file is called run_*.root"


def test_hidden_verdicts_are_not_learnt_from_it() -> None:
    """Neither from the rows, nor from what a blinded mailbox keeps."""
    client = drawn_session()
    client.set_blinded(on=True)
    shown = overview_of(client, hidden=True)
    assert shown.rows == ()
    assert not any(each.status for each in timeline(shown, Logbook()))
    assert "hidden" in shown.note
    assert shown.conditions
    assert not client.mailbox.history.transitions(RUN, "Hcal")
    client.answer(History((transition(keys_of(client.site, "DT")[0], BAD, 7),)))
    client.take()
    assert not client.mailbox.history.transitions(RUN, "DT")
    assert overview_of(client).rows[0].status is Status.NOT_CHECKED
    client.set_blinded(on=False)
    client.take()
    assert client.mailbox.history.transitions(RUN, "DT")


@pytest.mark.parametrize("lumisection", [None, 2**40, -5])
def test_without_a_lumisection_it_shows_how_things_stand(
    lumisection: int | None,
) -> None:
    client = live_session()
    client.put_run(run_info(RUN, lumisection))  # type: ignore[arg-type]
    shown = overview_of(client)
    assert shown.length == 1
    assert next(row for row in shown.rows if row.name == "Hcal").status is BAD
    assert "stand now" in shown.note


def test_behind_a_silent_engine_nothing_is_good() -> None:
    shown = overview_of(silent=True)
    assert {row.status for row in shown.rows} == {STALE}
    assert "no fresh verdict" in shown.rows[0].words


def test_without_site_or_run_there_is_nothing() -> None:
    client = live_session()
    assert Folding().look(None, client.mailbox) == Overview()
    client.put_run(run_info(0))
    assert overview_of(client) == Overview(note=AWAITED)


# -- words, conditions, clock ----------------------------------------------------------


def verdicts(*statuses: Status, since: int | None = None) -> list[Verdict]:
    return [Verdict(each, "why", since=since) for each in statuses]


@pytest.mark.parametrize(
    ("said", "outage", "words"),
    [
        (verdicts(GOOD, GOOD), None, "2 of 2"),
        (verdicts(GOOD, Status.NOT_CHECKED), None, "1 of 2 · 1 not checked"),
        (verdicts(GOOD, Status.NOT_APPLICABLE), None, "1 of 1"),
        (verdicts(WARNING, GOOD, since=9), None, "1 of 2 warning · since LS 9"),
        ([*verdicts(GOOD), Verdict(WARNING, "late", since=9, adopted=False)], None,
         "1 of 2 warning by default · since LS 9"),
        ([*verdicts(WARNING), Verdict(WARNING, "late", adopted=False)], None,
         "2 of 2 warning"),
        (verdicts(BAD, WARNING, since=9), None,
         "1 of 2 bad · since LS 9 · 1 warning"),
        (verdicts(BAD), None, "1 of 1 bad"),
        (verdicts(Status.WAITING, Status.WAITING), None, "waiting · why"),
        ([Verdict(Status.WAITING, "waiting for the content to move")], None,
         "waiting for the content to move"),
        (verdicts(STALE, GOOD, since=5), None, "1 stale since LS 5"),
        (verdicts(STALE, STALE), OutageFact("L1T", "silent", "no file", RUN, 63),
         "2 stale · no new file since LS 63"),
        (verdicts(Status.WAITING), OutageFact("L1T", "missing", "not there", RUN),
         "not in this run yet"),
        (verdicts(Status.NOT_APPLICABLE), None, "why"),
        ([], None, "no verdict yet"),
    ],
)  # fmt: skip
def test_how_a_subsystem_stands_in_words(
    said: list[Verdict], outage: OutageFact | None, words: str
) -> None:
    counts: dict[Status, int] = {}
    for each in said:
        counts[each.status] = counts.get(each.status, 0) + 1
    assert row_words("L1T", counts, said, outage) == words


def test_a_subsystem_that_is_out_of_the_run_says_so() -> None:
    out = Verdict(Status.NOT_APPLICABLE, "HV off")
    counts = {Status.NOT_APPLICABLE: 1}
    assert row_words("Castor", counts, [out], in_run=False) == "not in the run"
    gone = Verdict(Status.NOT_APPLICABLE, "Castor is out of the run")
    assert row_words("Castor", counts, [gone]) == "not in the run"


def test_what_was_judged_before_stands_beside_what_is_stale() -> None:
    was = Verdict(STALE, "", since=63, last=LastVerdict(BAD, RUN, 41))
    also = Verdict(STALE, "", since=63, last=LastVerdict(GOOD, RUN, 4))
    assert row_words("L1T", {STALE: 2}, [also, was]) == (
        "2 stale since LS 63, last bad"
    )


def test_a_pause_dead_time_and_the_column_stand_beside_the_beam() -> None:
    client = live_session()
    facts = [
        ("running", 1.2, 1.0), ("running", 2.4, 1.0), ("running", 40.0, 1.0),
        ("paused", None, None), ("running", 1.3, 2.0),
    ]  # fmt: skip
    client.put_run(run_info(RUN, 5))
    client.put_history(*(
        LumisectionsFact(RUN, at, at, NOW, daq_state=state, dead_time=dead, column=one)
        for at, (state, dead, one) in enumerate(facts, 1)
    ))  # fmt: skip
    (row,) = overview_of(client).conditions
    assert row.name == "DAQ"
    assert [(each.first, each.last, each.words, each.kind)
            for each in row.segments[-1]] == [
        (1, 2, "column 1", "on"),
        (3, 3, "40 % dead, column 1", "partly"),
        (4, 4, "paused", "off"), (5, 5, "column 2", "on"),
    ]  # fmt: skip


def test_what_is_over_and_was_not_acknowledged_marks_its_row() -> None:
    members = tuple(
        msgspec.structs.replace(each, status=GOOD) for each in HOLES.members
    )
    over = msgspec.structs.replace(HOLES, members=members, returned=time_of(70))
    asks, answered = Standing(over, "returned"), Standing(HOLES, "acknowledged")
    assert returned_since([answered]) == {}
    returned = returned_since([asks, answered])
    assert returned == {"Hcal": time_of(70)}
    row, was = (overview_of(returned=each).rows for each in (returned, {}))
    (marked,) = [each for each in row if each.returned]
    assert marked.name == "Hcal"
    assert marked.words.endswith(" · returned, not acknowledged")
    assert marked.sentence.endswith("alarm returned at 11:03 UTC, not acknowledged")
    assert not any("returned" in each.words for each in was)


def test_what_was_read_at_its_time_goes_before_the_trends() -> None:
    facts = [
        LumisectionsFact(RUN, 1, 5, watched=False, on=2, partitions=2),
        LumisectionsFact(RUN, 3, 3, on=1, partitions=2, off=("RPC",)),
        LumisectionsFact(RUN, 4, 4),
    ]
    found = conditions_of(facts, 6, voltage_words)
    assert [(each.first, each.last, each.words) for each in found] == [
        (1, 2, "all 2 partitions on"), (3, 3, "RPC off"),
        (4, 5, "all 2 partitions on"), (6, 6, ""),
    ]  # fmt: skip
    many = LumisectionsFact(RUN, 1, 1, on=1, partitions=9, off=("a", "b", "c"))
    assert voltage_words(many) == ("8 of 9 off", "partly")


def test_the_clock_of_a_run() -> None:
    facts = [
        LumisectionsFact(RUN, 1, 10, 1000.0),
        LumisectionsFact(RUN, 11, 20, 900.0),
        LumisectionsFact(RUN, 21, 30, 1200.0),
        LumisectionsFact(RUN, 31, 99),
    ]
    points = clock_points(facts, 910.0, 99)
    assert points == ((1, 910.0), (10, 1000.0), (30, 1200.0))
    span = RunSpan(RUN, 99, clock=points)
    assert span.time_of(20) == pytest.approx(1100.0)
    assert span.time_of(1) == 910.0
    assert (span.time_of(0), span.time_of(31)) == (None, None)
    assert span.lumisection_at(1100.0) == pytest.approx(20)
    assert (span.lumisection_at(900.0), span.lumisection_at(1300.0)) == (None, None)


def test_a_cell_in_words() -> None:
    shown = overview_of()
    at = {row.name: number for number, row in enumerate(shown.rows)}
    assert cell_words(shown, Cell(at["Hcal"], 60), lambda _: "Occupancy") == (
        "Hcal, LS 41–78: BAD (7 BAD, 9 GOOD). Occupancy: 192 cells empty in HB+ and "
        "HE−, iφ 15–22"
    )
    assert "GOOD in parts" in cell_words(shown, Cell(at["Info"], 60), str)
    empty = segment_at(clipped((), (), 5, 5), 3)
    assert (empty.first, empty.last, empty.status) == (1, 5, None)


def test_somebody_was_away_who_did_nothing_for_a_while() -> None:
    looks = Looks()
    looks.note(1000.0)
    looks.note(1000.0 + AWAY / 2)
    assert looks.since is None
    looks.note(5000.0)
    assert looks.since == 1000.0 + AWAY / 2
    looks.note(5001.0)
    assert looks.since == 1000.0 + AWAY / 2


def test_a_look_before_a_restart_counts() -> None:
    looks = Looks(1000.0)
    assert looks.since is None
    looks.note(1000.0 + 2 * AWAY)
    assert looks.since == 1000.0


def test_a_moment_asked_for_is_named_and_is_not_what_is_drawn() -> None:
    shown = overview_of()
    at = {row.name: number for number, row in enumerate(shown.rows)}
    words = moment_words(shown, Cell(at["Hcal"], 59), lambda _: "Occupancy")
    assert words.startswith("Asked for: LS 60, ")
    assert "Hcal, LS 41–78: BAD" in words
    assert "iφ 15–22 (said at LS 41)" in words
    drawn = f"Drawn here is the latest of run {RUN}, not that moment."
    assert words.endswith(drawn)
    unknown = msgspec.structs.replace(
        shown,
        rows=tuple(
            msgspec.structs.replace(row, segments=(clipped((), (), 78, 78),))
            for row in shown.rows
        ),
    )
    words = moment_words(unknown, Cell(0, 59), str)
    assert "nobody looked, or no data yet" in words
    assert words.endswith(drawn)


def test_scalars_of_the_header_are_strips_of_words_or_numbers() -> None:
    client = drawn_session()
    assert client.site is not None
    items = (
        HeaderItem("daq/energy", "Energy", "GeV"),
        HeaderItem("daq/target", "Target"),
        HeaderItem("daq/gone", "Angle"),
    )
    own = SiteSettings("Small", shown=items)
    client.put_site(msgspec.structs.replace(client.site, settings=own))
    client.put_history(*(
        LumisectionsFact(
            RUN, first, last, shown={"daq/energy": energy, "daq/target": "lead"}
        )
        for first, last, energy in ((1, 3, 80.0), (4, 5, 120.0))
    ))  # fmt: skip
    shown = overview_of(client)
    (numbers,) = shown.numbers
    assert numbers.item.label == "Energy"
    assert numbers.values[0][:6] == (80.0, 80.0, 80.0, 120.0, 120.0, None)
    (target,) = [each for each in shown.conditions if each.name == "Target"]
    assert [(each.first, each.last, each.words) for each in target.segments[0][:1]] == [
        (1, 5, "lead")
    ]
    assert FILTERS[3][0] == "conditions"
    assert 3 in offered(shown)
    assert 3 not in offered(Overview())


def test_a_layout_is_not_called_as_its_elements_are() -> None:
    """What is out, in the run and known is of its plots, whatever they are called."""
    plots_of_it = (Plot("hodo/plane1"), Plot("hodo/plane2"), Plot("hodo/plane3"))
    layouts = (
        Layout("Hodoscope", (Page("Fibres", plots_of_it),)),
        Layout("Rates", (Page("All", (Plot("rate"),)),)),
    )
    known = (
        KnownIssue("fibre 7", "", ("hodo/*",), "hodo", "2027-01-01"),
        KnownIssue("off", "", ("rate",), "hodo", "2027-01-01"),
    )
    client = FakeSession(Site("/site", "h", SiteSettings("S"), layouts, known=known))
    present = frozenset({"hodo", ""})
    client.put_run(RunInfo(RUN, conditions=Conditions(subsystems=present)))
    for layout in layouts:
        for key in keys_of(client.site, layout.layout):
            client.put_verdict(key, Verdict(STALE, "no new file"))
    client.put_outage(OutageFact("hodo", "silent", "hodo is silent", RUN))
    hodoscope, rates = overview_of(client).rows
    assert hodoscope.sentence == "hodo is silent"
    assert rates.sentence == "no new file"
    assert [row.words.rpartition(" · ")[2] for row in (hodoscope, rates)] == [
        "1 known", "1 known"
    ]  # fmt: skip
