"""Proposed flags: from verdicts, high voltage and what is in the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from dqmconsole.logbook.author import Author, Signature
from dqmconsole.logbook.view import Logbook
from dqmconsole.model.alarm import Alarm, Member
from dqmconsole.model.frame import OutageFact
from dqmconsole.model.layout import Layout, Needs, Page, Plot, plot_key
from dqmconsole.model.record import Flag, Record, SignOff
from dqmconsole.model.run import Client, Conditions, RunInfo, RunState
from dqmconsole.model.site import Site, SiteSettings
from dqmconsole.model.verdict import CheckResult, Status, Verdict, held_words
from dqmconsole.shift.flags import timelines
from dqmconsole.shift.proposals import (
    Observation,
    Proposer,
    observe,
    proposal,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.model.record import StoredFile

RUN = 398214
GOOD = Verdict(Status.GOOD, "like the reference")
BAD = Verdict(Status.BAD, "3 boxes dead", since=121)
WARNING = Verdict(Status.WARNING, "peak 0.5 TS late")
UNCHECKED = Verdict(Status.NOT_CHECKED, "nothing judges it")
STALE = Verdict(Status.STALE, "no new data for 90 s")
FEW = Verdict(Status.LOW_STATISTICS, "41 of 500 entries")
GONE = Verdict(Status.MISSING, "not in the file")


def seen(
    *verdicts: Verdict,
    subsystems: frozenset[str] = frozenset({"Hcal"}),
    partitions: frozenset[str] = frozenset(),
) -> Observation:
    named = tuple((f"plot {n}", each) for n, each in enumerate(verdicts, 1))
    return Observation(subsystems, partitions, named)


def info(
    lumisection: int | None = 50,
    *,
    run: int = RUN,
    state: RunState = RunState.RUNNING,
    **given: object,
) -> RunInfo:
    client = Client("Hcal", run, lumisection)
    conditions = Conditions(**given)  # type: ignore[arg-type]
    return RunInfo(run, state, lumisection, None, conditions, clients=(client,))


# -- one moment --------------------------------------------------------------------


def test_nothing_judged_proposes_nothing() -> None:
    assert proposal(seen(), info()) is None
    assert proposal(seen(FEW, GONE), info()) is None


def test_good_says_how_much_was_judged() -> None:
    flag = proposal(seen(GOOD, GOOD, UNCHECKED), info())
    assert flag == Flag("GOOD", comment="2 plots judged", proposed=True)
    flag = proposal(seen(GOOD), info())
    assert flag is not None
    assert flag.comment == "1 plot judged"


def test_one_bad_plot_is_bad_and_named() -> None:
    flag = proposal(seen(GOOD, BAD, BAD), info())
    assert flag is not None
    assert (flag.status, flag.cause, flag.disputed) == ("BAD", "see comment", "")
    dead = Verdict(Status.BAD, "a readout box (HBM09) is empty")
    named = proposal(seen(GOOD, dead), info())
    assert named is not None
    assert named.cause == "readout"
    assert flag.comment == "plot 2: 3 boxes dead (and 1 plot more)"


def test_a_warning_disputes_good() -> None:
    flag = proposal(seen(GOOD, WARNING), info())
    assert flag is not None
    assert flag.status == "GOOD"
    assert flag.disputed == "WARNING: plot 2: peak 0.5 TS late"


def test_good_takes_that_all_were_judged() -> None:
    flag = proposal(seen(GOOD, FEW, GONE), info())
    assert flag is not None
    words = "only 1 of 3 plots judged: plot 2 LOW STATISTICS (and 1 plot more)"
    assert (flag.status, flag.comment) == ("NOTSET", words)
    # what means nothing now, or is judged by nobody, is not waited for
    flag = proposal(seen(GOOD, Verdict(Status.NOT_APPLICABLE, ""), UNCHECKED), info())
    assert flag is not None
    assert flag.status == "GOOD"
    marked = msgspec.structs.replace(seen(GOOD, UNCHECKED), marked=True)
    flag = proposal(marked, info())
    assert flag is not None
    assert flag.status == "NOTSET"


def test_what_gives_nothing_new_is_never_good() -> None:
    frozen = msgspec.structs.replace(seen(GOOD, GOOD), out="its content stands still")
    flag = proposal(frozen, info())
    assert flag is not None
    assert (flag.status, flag.comment) == ("NOTSET", "its content stands still")


def test_a_default_that_nobody_adopted_never_makes_it_bad() -> None:
    default = msgspec.structs.replace(BAD, adopted=False)
    flag = proposal(seen(GOOD, default), info())
    assert flag is not None
    assert (flag.status, flag.disputed) == ("GOOD", "BAD: plot 2: 3 boxes dead")


def test_what_was_not_found_often_enough_to_be_announced_proposes_nothing() -> None:
    once = msgspec.structs.replace(BAD, held=Status.GOOD)
    assert proposal(seen(GOOD, once), info()) is None
    better = msgspec.structs.replace(GOOD, held=Status.BAD)
    assert proposal(seen(GOOD, better), info()) is None
    flag = proposal(seen(BAD, once), info())
    assert flag is not None
    assert (flag.status, flag.comment) == ("BAD", "plot 1: 3 boxes dead")


def test_the_plots_that_are_marked_speak_for_their_component() -> None:
    plots = (Plot("Hcal/a", "A", flag=True), Plot("Hcal/b", "B"))
    layout = Layout("Hcal", (Page("Digis", plots),))
    found = observe([layout], {plot_key("Hcal", "Digis", "Hcal/b"): BAD})
    assert found.marked
    assert [(title, each.status) for title, each in found.verdicts] == [
        ("A", Status.WAITING)
    ]


def test_all_high_voltage_off_is_standby() -> None:
    both = frozenset({"HBHEa", "HBHEb"})
    off = {"HBHEa": False, "HBHEb": False}
    flag = proposal(seen(GOOD, partitions=both), info(dcs=off))
    assert flag is not None
    assert (flag.status, flag.cause) == ("STANDBY", "HV")
    assert flag.comment == "high voltage off: HBHEa, HBHEb"


def test_some_high_voltage_off_disputes_good_and_explains_bad() -> None:
    both = frozenset({"HBHEa", "HBHEb"})
    some = info(dcs={"HBHEa": True, "HBHEb": False})
    flag = proposal(seen(GOOD, partitions=both), some)
    assert flag is not None
    assert (flag.status, flag.disputed) == ("GOOD", "high voltage off: HBHEb")
    flag = proposal(seen(BAD, partitions=both), some)
    assert flag is not None
    assert (flag.status, flag.cause, flag.disputed) == ("BAD", "HV", "")


def test_unknown_high_voltage_says_nothing() -> None:
    both = frozenset({"HBHEa", "HBHEb"})
    flag = proposal(seen(GOOD, partitions=both), info(dcs={"other": False}))
    assert flag is not None
    assert (flag.status, flag.disputed) == ("GOOD", "")


def test_not_in_the_run_is_excluded() -> None:
    out = info(subsystems=frozenset({"L1T"}))
    flag = proposal(seen(FEW), out)
    assert flag is not None
    assert (flag.status, flag.cause) == ("EXCLUDED", "not in the run")
    assert flag.disputed == ""
    flag = proposal(seen(GOOD), out)
    assert flag is not None
    assert flag.disputed == "and yet 1 plot judged"


def test_an_empty_list_of_subsystems_excludes_nobody() -> None:
    flag = proposal(seen(GOOD), info(subsystems=frozenset()))
    assert flag is not None
    assert flag.status == "GOOD"


def test_a_component_without_shift_plots_is_not_proposed() -> None:
    nothing = seen(subsystems=frozenset())
    assert proposal(nothing, info(subsystems=frozenset({"L1T"}))) is None


def test_only_shift_pages_are_evidence() -> None:
    layout = Layout(
        "Hcal",
        (
            Page("Digis", (Plot("Hcal/a", "A", needs=Needs(dcs=("HBHEa",))),)),
            Page("All", (Plot("Other/b", "B"),), audience="expert"),
        ),
    )
    verdicts = {
        plot_key("Hcal", "Digis", "Hcal/a"): GOOD,
        plot_key("Hcal", "All", "Other/b"): BAD,
    }
    found = observe([layout], verdicts)
    assert found == Observation(
        *(frozenset({"Hcal"}), frozenset({"HBHEa"}), (("A", GOOD),)),
        (plot_key("Hcal", "Digis", "Hcal/a"),),
    )


# -- as the run goes on --------------------------------------------------------------

KEY = plot_key("Hcal", "Digis", "Hcal/a")
SITE = Site(
    "/s",
    "a",
    SiteSettings("CMS"),
    (Layout("Hcal", (Page("Digis", (Plot("Hcal/a", "A"),)),)),),
)


class Desk:
    """A proposer and everything it noted."""

    def __init__(self) -> None:
        self.logbook = Logbook()
        anna = Signature(who="Anna", shift="s")
        self.author = Author(self.logbook, lambda: 1.0, anna)
        self.author.writer = self
        self.proposer = Proposer(self.logbook, self.author)
        self.noted: list[Flag] = []

    def put(self, record: Record, files: Sequence[StoredFile] = ()) -> None:  # noqa: ARG002
        if isinstance(record.body, Flag) and record.body.proposed:
            self.noted.append(record.body)

    def look(
        self,
        verdict: Verdict,
        lumisection: int,
        *,
        out: OutageFact | None = None,
        alarms: tuple[Alarm, ...] = (),
        **given: object,
    ) -> None:
        self.proposer.look(
            info(lumisection, **given),  # type: ignore[arg-type]
            SITE,
            {KEY: verdict},
            {} if out is None else {out.subsystem: out},
            alarms,
        )

    def person(self, flag: Flag) -> None:
        self.author.write(flag, run=RUN, subsystem="hcal")

    def line(self) -> list[str]:
        return [
            f"{s.first}–{s.last or ''} {s.flag.status}"
            + (" proposed" if s.flag.proposed else "")
            for s in timelines(self.logbook, RUN, ["hcal"])["hcal"]
        ]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_the_first_proposal_is_of_the_whole_run(desk: Desk) -> None:
    for lumisection in (20, 21, 22):
        desk.look(GOOD, lumisection)
    assert len(desk.noted) == 1
    assert desk.line() == ["1– GOOD proposed"]


def test_a_change_lies_between_two_snapshots(desk: Desk) -> None:
    desk.look(GOOD, 117)
    desk.look(BAD, 121)
    assert (desk.noted[-1].first, desk.noted[-1].earliest) == (121, 118)
    assert desk.line() == ["1–117 GOOD proposed", "118– BAD proposed"]
    # good again: only from where it is seen
    desk.look(BAD, 130)
    desk.look(GOOD, 134)
    assert (desk.noted[-1].first, desk.noted[-1].earliest) == (134, 131)
    assert desk.line() == [
        "1–117 GOOD proposed",
        "118–133 BAD proposed",
        "134– GOOD proposed",
    ]


def test_a_console_that_comes_late_calls_nothing_before_good(desk: Desk) -> None:
    desk.look(BAD, 400)
    assert (desk.noted[-1].first, desk.noted[-1].earliest) == (121, 1)
    assert desk.line() == ["1– BAD proposed"]


def test_other_words_are_no_new_proposal(desk: Desk) -> None:
    for lumisection in range(20, 40):
        late = Verdict(Status.WARNING, f"peak {lumisection} ns late")
        desk.look(late, lumisection)
    assert len(desk.noted) == 1
    assert desk.noted[0].disputed.startswith("WARNING")


def test_against_a_person_the_console_speaks_once(desk: Desk) -> None:
    desk.look(GOOD, 20)
    desk.person(Flag("BAD", comment="I see holes"))
    for lumisection in range(21, 60):
        desk.look(GOOD, lumisection)
    assert len(desk.noted) == 2
    assert desk.line() == ["1– BAD"]


def test_what_was_proposed_before_is_said_again_against_a_person(desk: Desk) -> None:
    desk.look(BAD, 121)
    desk.person(Flag("GOOD"))
    desk.look(BAD, 122)
    desk.look(BAD, 123)
    assert [flag.status for flag in desk.noted] == ["BAD", "BAD"]
    assert desk.line() == ["1– GOOD"]


def test_a_person_who_agrees_hears_nothing(desk: Desk) -> None:
    desk.person(Flag("GOOD"))
    for lumisection in range(21, 30):
        desk.look(WARNING, lumisection)
    assert desk.noted == []


def test_what_comes_after_a_confirmation_is_proposed_anew(desk: Desk) -> None:
    desk.look(GOOD, 20)
    desk.person(Flag("GOOD", 1, 20))
    desk.look(GOOD, 25)
    desk.look(BAD, 121)
    assert desk.line() == ["1–20 GOOD", "21–25 GOOD proposed", "26– BAD proposed"]


def test_a_flag_taken_back_is_left_to_the_person(desk: Desk) -> None:
    desk.look(GOOD, 20)
    desk.person(Flag("NOTSET"))
    for lumisection in range(21, 40):
        desk.look(BAD if lumisection % 2 else GOOD, lumisection)
    assert desk.line() == ["1– NOTSET"]


def test_the_final_data_of_a_run_can_still_show_what_is_bad_and_nothing_else(
    desk: Desk,
) -> None:
    desk.look(GOOD, 50, state=RunState.FINAL)
    assert desk.line() == ["1– GOOD proposed"]
    desk.look(GOOD, 51, state=RunState.FINAL)
    assert len(desk.noted) == 1
    desk.look(BAD, 51, state=RunState.FINAL)
    assert desk.line() == ["1–50 GOOD proposed", "51– BAD proposed"]
    desk.look(GOOD, 52, state=RunState.FINAL)
    assert len(desk.noted) == 2


def test_nothing_is_proposed_for_a_run_that_is_signed_off(desk: Desk) -> None:
    desk.look(GOOD, 50, state=RunState.ENDED)
    signed = desk.author.write(SignOff(), run=RUN)
    desk.logbook.put(msgspec.structs.replace(signed, number=2))
    before = len(desk.logbook)
    for lumisection in (51, 52):
        desk.look(BAD, lumisection, state=RunState.FINAL)
    assert len(desk.logbook) == before  # the book would refuse it, at every look
    desk.author.signature = msgspec.structs.replace(
        desk.author.signature, role="shift-leader"
    )
    desk.look(BAD, 52, state=RunState.FINAL)
    assert desk.noted[-1].status == "BAD"


def test_a_verdict_that_comes_after_its_lumisection_leaves_the_interval(
    desk: Desk,
) -> None:
    desk.look(GOOD, 3)
    desk.look(GOOD, 5)  # the snapshot is there, its verdict is not
    desk.look(BAD, 5)
    (_, bad) = desk.noted
    assert (bad.first, bad.earliest) == (5, 4)


def test_no_run_and_no_lumisection_propose_nothing(desk: Desk) -> None:
    desk.look(GOOD, 20, run=0)
    desk.look(GOOD, 20, run=-1)
    desk.proposer.look(RunInfo(RUN), SITE, {KEY: GOOD})
    assert desk.noted == []


def test_another_run_begins_anew(desk: Desk) -> None:
    desk.look(GOOD, 400)
    desk.look(GOOD, 3, run=RUN + 1)
    assert [flag.first for flag in desk.noted] == [1, 1]
    assert desk.noted[-1].earliest is None


def test_two_consoles_propose_the_same_under_one_uid() -> None:
    one, other = Desk(), Desk()
    for each in (one, other):
        each.look(GOOD, 117)
        each.look(msgspec.structs.replace(BAD, known=1), 121)
    uids = [
        [record.uid for record, _ in each.logbook.of_run(Flag, RUN)]
        for each in (one, other)
    ]
    assert uids[0] == uids[1]
    assert len(uids[0]) == 2


def test_a_subsystem_that_stands_still_is_no_longer_proposed_good(desk: Desk) -> None:
    desk.look(GOOD, 50)
    desk.look(GOOD, 60)
    frozen = OutageFact("Hcal", "frozen", "its content stands still", RUN, 57)
    desk.look(GOOD, 64, out=frozen)
    desk.look(GOOD, 68, out=frozen)
    assert len(desk.noted) == 2
    assert desk.line() == ["1–57 GOOD proposed", "58– NOTSET proposed"]
    desk.look(GOOD, 80)
    assert desk.line()[-1] == "80– GOOD proposed"


def test_a_plot_that_is_lost_takes_good_back_from_where_it_was_judged_last(
    desk: Desk,
) -> None:
    desk.look(GOOD, 50)
    desk.look(Verdict(Status.WAITING, "the engine began again"), 51)
    assert desk.line() == ["1– GOOD proposed"]
    desk.look(STALE, 51)
    assert desk.line() == ["1–50 GOOD proposed", "51– NOTSET proposed"]


def test_a_run_that_ends_takes_nothing_back(desk: Desk) -> None:
    desk.look(GOOD, 50)
    desk.look(STALE, 50, state=RunState.ENDED)
    desk.look(GONE, 50, state=RunState.FINAL)
    assert desk.line() == ["1– GOOD proposed"]


def test_an_onset_is_that_of_the_alarm(desk: Desk) -> None:
    bad = msgspec.structs.replace(BAD, since=130)
    member = Member(KEY, Status.BAD, "3 boxes dead", "missing")
    alarm = Alarm("1", RUN, "Hcal", "missing", (member,), 1.0, 1.0, 112, 121)
    desk.look(GOOD, 125)
    desk.look(bad, 130, alarms=(alarm,))
    assert (desk.noted[-1].first, desk.noted[-1].earliest) == (121, 112)
    assert desk.line() == ["1–111 GOOD proposed", "112– BAD proposed"]


def test_a_short_gap_in_one_cause_is_no_gap_and_nothing_bad_is_lost(
    desk: Desk,
) -> None:
    desk.look(GOOD, 117)
    desk.look(msgspec.structs.replace(BAD, since=118), 118)
    desk.look(GOOD, 118)  # judged again at once: what was bad stays so
    assert desk.line() == [
        "1–117 GOOD proposed",
        "118–118 BAD proposed",
        "119– GOOD proposed",
    ]
    desk.look(msgspec.structs.replace(BAD, since=121), 121)
    assert desk.line() == ["1–117 GOOD proposed", "118– BAD proposed"]
    desk.look(GOOD, 130)
    desk.look(GOOD, 133)
    desk.look(msgspec.structs.replace(BAD, since=134), 134)
    assert desk.line()[-2:] == ["130–133 GOOD proposed", "134– BAD proposed"]


def checked(status: Status, sentence: str, span: str = "", **more: object) -> Verdict:
    check = CheckResult("dead_channels", status, sentence, span)
    return Verdict(status, sentence, checks=(check,), **more)  # type: ignore[arg-type]


def test_what_is_bad_ends_where_its_updates_were_found_good_first(desk: Desk) -> None:
    desk.look(GOOD, 117)
    desk.look(BAD, 121)
    desk.look(BAD, 125)
    for many, lumisection in ((1, 129), (2, 133)):
        held = held_words(Status.GOOD, many, 3)
        desk.look(checked(Status.BAD, f"{held}: 0 % dead", since=121), lumisection)
    good = "good now; the run so far is BAD: 12 % dead"
    desk.look(checked(Status.GOOD, good, "LS 123–137", since=137), 137)
    assert (desk.noted[-1].first, desk.noted[-1].earliest) == (129, 123)
    assert desk.line()[1:] == ["118–128 BAD proposed", "129– GOOD proposed"]


def test_the_end_lies_after_the_last_update_that_was_shown_to_be_bad(
    desk: Desk,
) -> None:
    desk.look(GOOD, 12)
    for lumisection in range(13, 33):
        dead = checked(Status.BAD, "12 % dead", f"LS {lumisection}", since=13)
        desk.look(dead, lumisection)
    for lumisection in (33, 34, 35):  # the last fifteen updates together are bad yet
        span = f"LS {lumisection - 14}–{lumisection}"
        desk.look(checked(Status.BAD, "3 % dead", span, since=13), lumisection)
    desk.look(checked(Status.GOOD, "0 % dead", "LS 24–38", since=38), 38)
    assert (desk.noted[-1].first, desk.noted[-1].earliest) == (38, 33)
    assert desk.line()[-2:] == ["13–37 BAD proposed", "38– GOOD proposed"]


def test_updates_that_were_good_count_only_without_a_bad_one_between(
    desk: Desk,
) -> None:
    desk.look(BAD, 121)
    held = checked(Status.BAD, f"{held_words(Status.GOOD, 1, 3)}: 0 % dead", since=121)
    desk.look(held, 125)
    desk.look(BAD, 129)
    desk.look(held, 133)
    desk.look(STALE, 134)
    desk.look(GOOD, 137)
    assert desk.line() == ["1–136 BAD proposed", "137– GOOD proposed"]


def test_an_end_that_nobody_saw_is_that_of_the_verdict(desk: Desk) -> None:
    desk.look(BAD, 121)
    desk.look(msgspec.structs.replace(GOOD, since=134), 400)
    assert (desk.noted[-1].first, desk.noted[-1].earliest) == (134, 122)
    assert desk.line() == ["1–133 BAD proposed", "134– GOOD proposed"]
