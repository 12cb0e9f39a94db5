"""The timeline of flags: no gap, no overlap, and whose word holds."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmconsole.logbook.view import Logbook
from dqmconsole.model.layout import Layout
from dqmconsole.model.record import (
    FLAG_STATUSES,
    Flag,
    PassedOn,
    Record,
    RunSeen,
    SignOff,
)
from dqmconsole.model.run import RunInfo
from dqmconsole.model.site import Site, SiteSettings
from dqmconsole.shift.flags import (
    Stretch,
    began_in,
    begins,
    components,
    history,
    is_signed_off,
    joined,
    last_to_flag,
    left_before,
    left_open,
    lumisections_of,
    passed_on,
    reached_in,
    spoken_against,
    summary,
    timeline,
    timelines,
    without_cause,
    without_reason,
)

RUN = 398214
_UIDS = itertools.count(1)


def said(flag: Flag, who: str = "Anna") -> tuple[Record, Flag]:
    number = next(_UIDS)
    record = Record(
        uid=f"u{number}",
        made_at=float(number),
        body=flag,
        who="" if flag.proposed else who,
        run=RUN,
        subsystem="hcal",
        number=number,
    )
    return record, flag


def words(line: tuple[Stretch, ...]) -> list[str]:
    return [
        f"{each.first}–{each.last or ''} {each.flag.status}"
        + (" proposed" if each.flag.proposed else "")
        for each in line
    ]


SPANS = st.tuples(st.integers(1, 40), st.none() | st.integers(0, 20))


@st.composite
def flags(draw: st.DrawFn) -> Flag:
    first, more = draw(SPANS)
    return Flag(
        draw(st.sampled_from(FLAG_STATUSES)),
        first=first,
        last=None if more is None else first + more,
        proposed=draw(st.booleans()),
        earliest=draw(st.none() | st.integers(1, first)),
    )


def holding(told: list[tuple[Record, Flag]], ls: int) -> Record | None:
    """What holds in a lumisection, by the words of the rule alone."""
    there = [
        (record, flag)
        for record, flag in told
        if begins(flag) <= ls and (flag.last is None or ls <= flag.last)
    ]
    people = [pair for pair in there if not pair[1].proposed]
    chosen = people or there
    return chosen[-1][0] if chosen else None


@given(st.lists(flags(), max_size=8), st.integers(0, 45))
def test_a_timeline_has_no_gap_and_no_overlap_and_says_what_holds(
    told: list[Flag], end: int
) -> None:
    records = [said(flag) for flag in told]
    line = timeline(records, end)
    assert line[0].first == 1
    assert line[-1].last == (end or None)
    for before, after in itertools.pairwise(line):
        assert before.last is not None
        assert after.first == before.last + 1
    for ls in range(1, (end or 70) + 1):
        here = [s for s in line if s.first <= ls and (s.last is None or ls <= s.last)]
        assert len(here) == 1
        assert here[0].record is holding(records, ls)
        if here[0].record is None:
            assert here[0].flag.status == "NOTSET"


def test_a_later_word_cuts_into_an_earlier_one() -> None:
    line = timeline([said(Flag("GOOD")), said(Flag("BAD", 121, 188))], 640)
    assert words(line) == ["1–120 GOOD", "121–188 BAD", "189–640 GOOD"]


def test_a_flag_taken_back_is_open_and_stays_so() -> None:
    """A person who says NOTSET wants to decide: no proposal fills that in."""
    line = timeline(
        [
            said(Flag("GOOD", proposed=True)),
            said(Flag("NOTSET", 10, 20)),
            said(Flag("GOOD", proposed=True)),
        ],
        30,
    )
    assert words(line) == ["1–9 GOOD proposed", "10–20 NOTSET", "21–30 GOOD proposed"]
    assert [each.is_open for each in line] == [True, True, True]


def test_what_is_not_good_counts_from_the_earlier_end_of_its_start() -> None:
    assert begins(Flag("BAD", 121, earliest=118)) == 118
    assert begins(Flag("STANDBY", 121, earliest=118)) == 118
    assert begins(Flag("GOOD", 121, earliest=118)) == 121
    assert begins(Flag("BAD", 121)) == 121
    assert begins(Flag("BAD", 0, earliest=-3)) == 1
    # an interval the wrong way round begins at its smaller end
    assert begins(Flag("BAD", 118, earliest=121)) == 118
    line = timeline([said(Flag("GOOD")), said(Flag("BAD", 121, earliest=118))], 200)
    assert words(line) == ["1–117 GOOD", "118–200 BAD"]


def test_neighbours_of_one_record_are_one_stretch() -> None:
    good = said(Flag("GOOD", 1, 100, proposed=True))
    line = timeline([good, said(Flag("BAD", 50, 40)), good], 100)
    assert words(line) == ["1–100 GOOD proposed"]


def test_what_the_console_sees_against_a_person_is_named() -> None:
    told = [
        said(Flag("BAD", 1, proposed=True, comment="before")),
        said(Flag("GOOD")),
        said(Flag("BAD", 200, proposed=True, comment="HV")),
    ]
    (stretch,) = timeline(told)
    against = spoken_against(told, stretch)
    assert against is not None
    assert (against.status, against.first) == ("BAD", 200)
    # what was proposed before the person spoke was in view, and is no news
    assert spoken_against(told[:2], stretch) is None
    # back to what the person said
    agreed = [*told, said(Flag("GOOD", 210, proposed=True))]
    assert spoken_against(agreed, stretch) is None
    (short, _) = timeline([told[0], said(Flag("GOOD", 1, 100)), told[2]])[:2]
    assert spoken_against([*told], short) is None


def test_a_sign_off_names_what_is_open() -> None:
    lines = {
        "hcal": timeline([said(Flag("GOOD"))], 9),
        "dt": timeline([said(Flag("GOOD", proposed=True))], 9),
        "rpc": timeline([said(Flag("GOOD", 1, 4))], 9),
        "csc": timeline((), 9),
    }
    assert left_open(lines) == "not set: csc, rpc; only proposed: dt"
    assert left_open({"hcal": lines["hcal"]}) == ""


def test_a_sign_off_wants_a_reason_for_what_is_bad() -> None:
    lines = {
        "hcal": timeline([said(Flag("BAD"))], 9),
        "dt": timeline([said(Flag("EXCLUDED", comment="not read out"))], 9),
        "rpc": timeline([said(Flag("BAD", cause="HV"))], 9),
    }
    why = "hcal BAD without a cause: give one (B)"
    assert left_open(lines) == why
    assert without_cause(lines) == "hcal BAD, dt EXCLUDED"
    assert without_reason(lines) == "hcal BAD"
    del lines["hcal"]
    assert left_open(lines) == ""


def test_equal_neighbours_are_joined() -> None:
    pieces = timeline(
        [
            said(Flag("BAD", 4, 105, "HV", "12 plots judged", earliest=1)),
            said(Flag("BAD", 106, 118, "HV", "9 plots judged")),
            said(Flag("BAD", 119, 130, "HV", "a word of its own")),
            said(Flag("BAD", 131, 140, "HV", "a word of its own"), "Ben"),
        ],
        140,
    )
    assert len(pieces) == 4
    line = joined(pieces)
    assert words(line) == ["1–118 BAD", "119–130 BAD", "131–140 BAD"]
    assert line[0].record is pieces[1].record
    assert line[0].flag.comment == "9 plots judged"
    assert [began_in(each) for each in line] == [(1, 4), None, None]
    other = timeline([said(Flag("GOOD", 1, 5)), said(Flag("GOOD", proposed=True))])
    assert len(joined(other)) == 2


@pytest.mark.parametrize(
    ("proposed", "set_now", "left"),
    [
        (Flag("BAD", 40, earliest=20, proposed=True), Flag("BAD", 40), (20, 39)),
        (Flag("BAD", 40, proposed=True), Flag("BAD", 60), None),  # its start is known
        (Flag("GOOD", proposed=True), Flag("GOOD", 50), None),
        (Flag("GOOD", 40, earliest=20, proposed=True), Flag("GOOD", 50), None),
        (Flag("BAD", 40, earliest=20, proposed=True), Flag("STANDBY", 40), None),
        (Flag("BAD", 40, earliest=20), Flag("BAD", 40), None),
    ],
)
def test_a_fault_left_before_a_flag_is_one_that_nobody_saw_begin(
    proposed: Flag, set_now: Flag, left: tuple[int, int] | None
) -> None:
    found = left_before(timeline([said(proposed), said(set_now)]), set_now)
    assert (None if found is None else (found.first, found.last)) == left


def test_one_word_for_a_run_is_the_worst() -> None:
    line = timeline([said(Flag("GOOD")), said(Flag("BAD", 5, 5))], 9)
    assert summary(line) == "BAD"
    assert summary(timeline([said(Flag("GOOD", 1, 4))], 9)) == "NOTSET"
    assert summary(timeline([said(Flag("GOOD"))], 9)) == "GOOD"


def book(*bodies: tuple[object, int, str]) -> Logbook:
    logbook = Logbook()
    for number, (body, run, component) in enumerate(bodies, 1):
        logbook.put(
            Record(
                uid=f"b{number}",
                made_at=1.0 * number,
                body=body,  # type: ignore[arg-type]
                run=run,
                subsystem=component,
                number=number,
            )
        )
    return logbook


def test_the_run_that_most_was_seen_of_ends_the_timeline() -> None:
    ended = RunSeen("ended", lumisections=417)
    logbook = book(
        (RunSeen("running", lumisections=500), RUN, ""),
        (ended, RUN, ""),
        (RunSeen("ended", lumisections=402), RUN, ""),
        (Flag("GOOD"), RUN, "hcal"),
        (Flag("BAD"), RUN + 1, "hcal"),
    )
    assert lumisections_of(logbook, RUN) == 417
    assert lumisections_of(logbook, RUN + 1) == 0
    lines = timelines(logbook, RUN, ["hcal", "dt"])
    assert words(lines["hcal"]) == ["1–417 GOOD"]
    assert words(lines["dt"]) == ["1–417 NOTSET"]
    assert [flag.status for _, flag in history(logbook, RUN, "hcal")] == ["GOOD"]


def test_a_run_that_is_over_has_a_lumisection_at_least() -> None:
    """Else nobody could ever sign it off."""
    assert lumisections_of(book((RunSeen("ended"), RUN, "")), RUN) == 1


def test_passed_on_until_signed_off() -> None:
    logbook = book((PassedOn("tired"), RUN, ""))
    assert passed_on(logbook, RUN) is not None
    assert is_signed_off(logbook, RUN) is None
    signed = book((PassedOn("tired"), RUN, ""), (SignOff(), RUN, ""))
    assert passed_on(signed, RUN) is None
    assert is_signed_off(signed, RUN) is not None


def test_every_layout_is_a_component_unless_the_site_names_them() -> None:
    layouts = (Layout("Hcal", ()), Layout("L1T", ()))
    site = Site("/s", "a", SiteSettings("CMS"), layouts)
    assert components(site) == {"hcal": ("Hcal",), "l1t": ("L1T",)}
    named = SiteSettings("CMS", components={"tracker": ("SiStrip", "Pixel")})
    site = Site("/s", "a", named, layouts)
    assert components(site) == {"tracker": ("SiStrip", "Pixel")}
    assert components(None) == {}


def test_good_is_said_up_to_the_lumisection_reached() -> None:
    """What is not good holds on; of a run that is over everything does."""
    stretch = Stretch(118, None, Flag("BAD", first=118))
    assert last_to_flag(stretch, "GOOD", 417) == 417
    assert last_to_flag(stretch, "GOOD", 100) == 118
    assert last_to_flag(stretch, "GOOD", 0) is None
    assert last_to_flag(stretch, "BAD", 417) is None
    ended = Stretch(118, 200, Flag("BAD", first=118, last=200))
    assert last_to_flag(ended, "GOOD", 417) == 200
    assert last_to_flag(ended, "GOOD", 417, to_end=True) == 417
    assert last_to_flag(ended, "BAD", 417, to_end=True) is None


def test_only_the_run_that_goes_on_has_reached_a_lumisection() -> None:
    live = RunInfo(run=RUN, lumisection=417)
    assert reached_in(Logbook(), RUN, live) == 417
    assert reached_in(Logbook(), RUN - 1, live) == 0
