"""The observed shift: its clock, its end, and what must be right in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from support.planned import MAP, SECTORS, TIMING, WHO, bodies, ledger, site
from support.taught import taught

from dqmconsole.model.contacts import Contact, Contacts
from dqmconsole.model.instruction import Turn
from dqmconsole.model.record import (
    Call,
    Entry,
    Flag,
    HandOver,
    Read,
    Record,
    Seen,
    ShiftBegan,
)
from dqmconsole.shift.checking import pages_applicable
from dqmconsole.training.certificate import certificate
from dqmconsole.training.facts import Facts
from dqmconsole.training.lesson import (
    HandedOver,
    LessonRun,
    ObservedPlan,
    ObservedSettings,
    OpenProblem,
    PlannedAlarm,
    PlannedFault,
)
from dqmconsole.training.mentors import mentor_refusal, mentor_role, who_signs
from dqmconsole.training.observed_musts import (
    CALL_WITHIN,
    Did,
    DoneShift,
    musts,
    read_back,
)
from dqmconsole.training.observed_records import (
    Must,
    ObservedAt,
    ObservedBegan,
    ObservedEnded,
    ObservedSigned,
)
from dqmconsole.training.observed_shift import (
    MISTAKEN,
    NO_SHIFTS,
    NONE_LEFT,
    OTHERS_MISTAKEN,
    ObservedShift,
    last_lumisection,
    next_plan,
    past_observed,
    plan_hash,
    run_of,
)
from dqmconsole.training.tested import limits
from dqmconsole.training.truth import LUMISECTION, pages_with

if TYPE_CHECKING:
    from dqmconsole.model.record import Body
    from dqmconsole.model.site import Site
    from dqmconsole.training.ledger import Ledger

ROLES = {
    each.role: each
    for each in (
        Contact("hcal-oncall", "Hcal on call", then="shift-leader"),
        Contact("shift-leader", "Shift leader"),
        Contact("ecal-oncall", "Ecal on call"),
        Contact("dt-oncall", "DT on call"),
    )
}
PLAN = ObservedPlan(
    "morning",
    LessonRun(seed=5, ahead=10, speed=1.0),
    (
        PlannedFault("hv-trip:Hcal@40*4", "checks", ("hcal-oncall",), "hcal",
                     ("Hcal/Map",)),
        PlannedFault("t0-drift:Ecal@80*6", "eye", ("ecal-oncall",), "ecal",
                     ("Ecal/Time",)),
    ),
    "Hcal/Fed",
    "hcal-oncall",
    PlannedAlarm("lumi-drop@60", ("DT/Map",)),
)  # fmt: skip
OTHER = msgspec.structs.replace(PLAN, id="evening")
HANDED_ON = msgspec.structs.replace(
    PLAN,
    hand_over=HandedOver(
        "Maja", open=(OpenProblem("a hole", "dt-oncall", "a reset", "DT/Map"),)
    ),
    handed_on=PlannedAlarm("board-dead:DT@3", ("DT/Map",)),
)
ENDS = 90 * 60.0
FIRST, SECOND = 30 * LUMISECTION, 70 * LUMISECTION  # s at which the faults are seen


def a_site(**permissions: tuple[str, ...]) -> Site:
    found = site()
    settings = msgspec.structs.replace(found.settings, permissions=permissions)
    found = msgspec.structs.replace(
        found, settings=settings, contacts=Contacts(roles=ROLES)
    )
    return taught(found, observed=ObservedSettings((PLAN, OTHER), 2, ("Go along",)))


SITE = a_site()


class Watched:
    """An observed shift, its clock and the throw-away book."""

    def __init__(self, book: Ledger | None = None, plan: ObservedPlan = PLAN) -> None:
        self.book = ledger() if book is None else book
        began = ObservedBegan(plan.id, plan_hash(plan))
        self.record = self.book.write(WHO, began)
        self.shift = ObservedShift(SITE, self.book, plan, self.record)
        self.records: tuple[Record, ...] = ()
        self._before: tuple[Record, ...] = ()
        self.seconds = 0.0
        self.at(0.0)

    def at(self, seconds: float, *bodies: Body, of: str = "", who: str = WHO) -> None:
        """Let time pass to so many seconds of the shift, and do something then."""
        for body in bodies:
            uid = f"t{len(self.records)}"
            # the wall clock says nonsense: nothing may go by it
            made_at = 5e9 - len(self.records)
            record = Record(uid, made_at, body, who, run=7, subsystem=of)
            self.records = (*self.records, record)
        while self.seconds < seconds:
            self.seconds = min(self.seconds + LUMISECTION / 2, seconds)
            last = self.records if self.seconds == seconds else self._before
            self._look(last)
        self._look(self.records)
        self._before = self.records

    def _look(self, records: tuple[Record, ...]) -> None:
        came = PLAN.run.ahead + int(self.seconds / LUMISECTION)
        self.shift.look(Facts(50.0 + self.seconds, records=records, lumisection=came))

    def musts(self) -> dict[str, list[Must]]:
        """End it; what it is judged on."""
        self.at(ENDS)
        assert self.shift.over
        assert self.shift.ended is not None
        found: dict[str, list[Must]] = {}
        for each in self.shift.ended.musts:
            found.setdefault(each.on, []).append(each)
        return found


def played_right(watched: Watched) -> None:
    watched.at(FIRST + 60, Call("hcal-oncall", about=MAP, answered=False))
    watched.at(FIRST + 200, Call("shift-leader", about=MAP, answered=True))
    watched.at(FIRST + 300, Flag("BAD", 41, cause="HV"), of="hcal")
    watched.at(SECOND + 500, Call("ecal-oncall", about=TIMING))
    watched.at(SECOND + 510, Flag("BAD", 78, cause="timing"), of="ecal")
    watched.at(ENDS - 300, HandOver("Morning", "hcal and ecal are BAD"))


def failed(watched: Watched) -> set[str]:
    return {on for on, found in watched.musts().items()
            for each in found if not each.passed}  # fmt: skip


def test_a_flag_is_told_from_where_it_is_in_force() -> None:
    watched = Watched()
    watched.at(FIRST + 300, Flag("BAD", 43, cause="HV", earliest=41), of="hcal")
    (must, *_) = watched.musts()["flag"]
    assert "BAD from 41 to the end" in must.done
    (ended,) = bodies(watched.book, ObservedEnded)
    assert ended.done[0].endswith("hcal BAD, LS 41 to the end, seen at 43, HV")


def test_what_was_not_looked_at_is_kept_and_said() -> None:
    handed = HandedOver(
        "Maja", open=(OpenProblem("a hole", "dt-oncall", "a reset", "DT/Map"),)
    )
    pages = pages_applicable(SITE)
    first, *others = pages
    watched = Watched(plan=msgspec.structs.replace(PLAN, hand_over=handed))
    watched.at(9.0, Seen(first), who="")  # as the console notes it
    watched.at(10.0, ShiftBegan())
    watched.musts()
    (ended,) = bodies(watched.book, ObservedEnded)
    assert (ended.unopened, ended.unread) == (tuple(others), True)
    said = " ".join(limits(SITE, ended, ()))
    assert "The hand-over of the shift before was not marked as read in the ob" in said
    were = "page was" if len(others) == 1 else "pages were"
    assert f"{len(others)} shift {were} never opened in the observed shift: " in said
    for read in (Read("hand-over", "h1"), ShiftBegan(read="h1")):
        watched = Watched(plan=msgspec.structs.replace(PLAN, hand_over=handed))
        watched.at(9.0, *map(Seen, pages), who="")
        watched.at(10.0, read)
        watched.musts()
        (ended,) = bodies(watched.book, ObservedEnded)
        assert (ended.unopened, ended.unread) == ((), False)
        assert "opened in the observed" not in " ".join(limits(SITE, ended, ()))


def test_who_saw_a_plot_alone_has_looked_at_its_page() -> None:
    watched = Watched()
    watched.shift.look(Facts(70.0, plot=MAP, alone=True, lumisection=11))
    watched.shift.look(Facts(80.0, plot=TIMING, lumisection=11))
    watched.musts()
    (ended,) = bodies(watched.book, ObservedEnded)
    assert set(pages_applicable(SITE)) - set(ended.unopened) == pages_with(SITE, MAP)


def test_a_shift_played_right_fails_on_nothing() -> None:
    watched = Watched()
    played_right(watched)
    assert failed(watched) == set()
    (ended,) = bodies(watched.book, ObservedEnded)
    assert [each.on for each in ended.musts] == [
        "call", "flag", "call", "flag", "unanswered", "false calls", "false flags",
        "length",
    ]  # fmt: skip
    assert ended.hand_over == "hcal and ecal are BAD"
    assert len(ended.done) == 6
    assert ended.causes == ("hv-trip", "lumi-drop", "t0-drift")
    assert "Hcal on call did not answer, and who was called instead" in ended.read_back
    said = " ".join([*ended.done, *(f"{e.asked} {e.done}" for e in ended.musts),
                     *ended.read_back])  # fmt: skip
    assert "called Hcal on call about Hcal/Map, not answered" in said
    assert "Ecal on call was called after 8 min " in said
    assert "Shift leader was called 2 min 20 s later" in said
    assert not [each for each in ROLES if each in said]


def test_who_does_nothing_fails_on_all_but_what_is_needless() -> None:
    watched = Watched()
    assert failed(watched) == {"call", "flag", "unanswered"}


@pytest.mark.parametrize(
    ("what", "seconds", "of", "fails"),
    [
        # about the false alarm, about what is known, before anything was wrong
        (Call("dt-oncall", about=SECTORS), FIRST + 900, "", "false calls"),
        (Call("ecal-oncall", about=MAP), FIRST + 900, "", "false calls"),
        (Call("hcal-oncall", about=MAP), FIRST - 60, "", "false calls"),
        (Call("ecal-oncall", about=SECTORS), SECOND + 60, "", "false calls"),
        # about no plot: it could be about anything
        (Call("shift-leader"), FIRST + 900, "", "false calls"),
        (Call("ecal-oncall", about="the timing"), SECOND + 60, "", "false calls"),
        (Flag("BAD", 50, cause="HV"), FIRST + 900, "dt", "false flags"),
        # the flag that counts is the one in force at the end
        (Flag("GOOD", 1), ENDS - 60, "ecal", "flag"),
        (Flag("GOOD", 60, 70), ENDS - 60, "hcal", "flag"),
        (Flag("BAD", 30, cause="HV"), ENDS - 60, "hcal", "flag"),
    ],
)
def test_each_mistake_fails_on_its_own(
    what: Body, seconds: float, of: str, fails: str
) -> None:
    watched = Watched()
    before = seconds < FIRST
    if before:
        watched.at(seconds, what, of=of)
    played_right(watched)
    if not before:
        watched.at(max(seconds, ENDS - 290), what, of=of)
    assert failed(watched) == {fails}


@pytest.mark.parametrize(
    ("ends", "fails", "words"),
    [
        (SECOND - 60, {"call", "flag", "length"}, "before this came: T0 drift in Ecal"),
        (SECOND + CALL_WITHIN - 30, {"length"}, "before the time to call about this"),
        (SECOND + CALL_WITHIN + 30, set(), "it was ended after 37 min 42 s"),
    ],
)
def test_who_ends_it_before_all_had_come_has_not_passed(
    ends: float, fails: set[str], words: str
) -> None:
    watched = Watched()
    watched.at(FIRST + 60, Call("hcal-oncall", about=MAP, answered=False))
    watched.at(FIRST + 200, Call("shift-leader", about=MAP, answered=True))
    watched.at(FIRST + 300, Flag("BAD", 41, cause="HV"), of="hcal")
    if ends > SECOND:
        watched.at(SECOND + 500, Call("ecal-oncall", about=TIMING))
        watched.at(SECOND + 510, Flag("BAD", 78, cause="timing"), of="ecal")
    watched.at(ends, HandOver("Morning", "hcal and ecal are BAD"))
    watched.shift.end()
    assert watched.shift.ended is not None
    assert watched.shift.ended.is_early
    found = watched.shift.ended.musts
    assert {each.on for each in found if not each.passed} == fails
    (length,) = (each for each in found if each.on == "length")
    assert words in length.done


def test_what_had_to_be_right_is_said_in_words() -> None:
    layouts = tuple(
        msgspec.structs.replace(layout, pages=tuple(
            msgspec.structs.replace(page, plots=tuple(
                msgspec.structs.replace(plot, title="Cells by place")
                if plot.path == "Hcal/Map" else plot for plot in page.plots
            )) for page in layout.pages
        )) for layout in SITE.layouts
    )  # fmt: skip
    settings = msgspec.structs.replace(SITE.settings, lumisection="spill")
    there = msgspec.structs.replace(SITE, layouts=layouts, settings=settings)
    record = Record("c", 1.0, Call("dt-oncall", about=MAP), WHO, run=7)
    did = (Did(record, FIRST + 60, 45),)
    seen = {40: FIRST, 80: SECOND}
    found = {
        each.on: each for each in musts(DoneShift(PLAN, there, did, seen, 200, ENDS))
    }
    assert found["false calls"].done == (
        "DT on call in spill 45 about Hcal › Cells by place"
    )
    calls = [each for each in musts(DoneShift(PLAN, there, did, seen, 200, ENDS))
             if each.on == "call"]  # fmt: skip
    assert [each.asked.partition(":")[0] for each in calls] == [
        "HV trip in Hcal since spill 40", "T0 drift in Ecal since spill 80",
    ]  # fmt: skip
    heard = read_back(PLAN, there, 200)
    assert heard[0].startswith("hcal is BAD since about spill 40 (HV trip), and")


def test_ten_minutes_are_ten_minutes() -> None:
    for late, on_time in ((CALL_WITHIN + 30, False), (CALL_WITHIN - 30, True)):
        watched = Watched()
        watched.at(SECOND + late, Call("ecal-oncall", about=TIMING))
        call = watched.musts()["call"][1]
        assert call.passed is on_time
        assert "was called after" in call.done


def test_two_lumisections_are_two() -> None:
    for first, right in ((37, False), (38, True), (42, True), (43, False)):
        watched = Watched()
        watched.at(FIRST + 100, Flag("BAD", first), of="hcal")
        assert watched.musts()["flag"][0].passed is right, first
    # it lies between two snapshots
    for between, right in (
        ((30, 40), True), ((38, 60), True), ((42, 60), True),
        ((30, 37), False), ((43, 60), False),
    ):  # fmt: skip
        watched = Watched()
        earliest, first = between
        watched.at(FIRST + 100, Flag("BAD", first, earliest=earliest), of="hcal")
        assert watched.musts()["flag"][0].passed is right, between
    watched = Watched()
    watched.at(FIRST + 100, Flag("BAD", 40, 90), of="hcal")  # it went on after that
    assert not watched.musts()["flag"][0].passed


def test_a_phone_that_nobody_answers_is_not_enough() -> None:
    silent = Call("hcal-oncall", about=MAP, answered=False)
    watched = Watched()
    watched.at(FIRST + 60, silent)
    assert watched.shift.phone == "Hcal on call: it rings for a minute. Nobody answers."
    (must,) = watched.musts()["unanswered"]
    assert not must.passed
    assert must.done == "nobody else was called about it after that"
    watched = Watched()
    watched.at(FIRST + 60, silent)
    watched.at(FIRST + 60 + CALL_WITHIN + 5, Call("shift-leader", about=MAP))
    assert watched.shift.phone.startswith("Shift leader answers")
    assert not watched.musts()["unanswered"][0].passed


def test_the_next_call_is_about_the_same_fault() -> None:
    silent = Call("hcal-oncall", about=MAP, answered=False)
    for about, right in ((MAP, True), (TIMING, False), ("", False)):
        watched = Watched()
        watched.at(SECOND + 10, silent)
        watched.at(SECOND + 60, Call("shift-leader", about=about))
        assert watched.musts()["unanswered"][0].passed is right, about


def test_who_another_step_of_the_instruction_names_is_no_false_call() -> None:
    fault = msgspec.structs.replace(PLAN.faults[0], call=("shift-leader",))
    plan = msgspec.structs.replace(PLAN, faults=(fault, PLAN.faults[1]))
    record = Record("c", 1.0, Call("hcal-oncall", about=MAP), WHO, run=7)
    did = (Did(record, FIRST + 60, 45),)
    seen = {40: FIRST, 80: SECOND}
    found = {
        each.on: each
        for each in musts(DoneShift(plan, SITE, did, seen, 200, ENDS))[::-1]
    }
    assert found["false calls"].passed
    assert not found["call"].passed


def test_that_nobody_answered_is_on_record() -> None:
    silent = Call("hcal-oncall", about=MAP)
    watched = Watched()
    watched.at(FIRST + 60, silent)
    watched.at(FIRST + 90, Call("shift-leader", about=MAP))
    (must,) = watched.musts()["unanswered"]
    assert not must.passed
    assert must.done == "it is not on record that Hcal on call did not answer"
    watched = Watched()
    watched.at(FIRST + 60, silent)
    # what came of a call is known once it is on record
    watched.at(FIRST + 70, msgspec.structs.replace(silent, answered=False))
    watched.at(FIRST + 90, Call("shift-leader", about=MAP))
    assert watched.musts()["unanswered"][0].passed


def test_who_is_next_is_whom_the_instruction_names() -> None:
    """As the list of whom to call has them."""
    turns = (Turn("dqm-oncall"),)
    instructions = tuple(
        msgspec.structs.replace(each, turns=turns) if each.id == "hcal/map" else each
        for each in SITE.instructions
    )
    made = msgspec.structs.replace(SITE, instructions=instructions)
    bodies = (
        Call("hcal-oncall", about=MAP, answered=False),
        Call("dqm-oncall", about=MAP, answered=True),
    )
    did = [
        Did(Record(f"c{at}", 1.0, body, WHO, run=7), FIRST + 60 * at, 45)
        for at, body in enumerate(bodies, 1)
    ]
    seen = {40: FIRST, 80: SECOND}
    found = {
        each.on: each for each in musts(DoneShift(PLAN, made, did, seen, 200, ENDS))
    }
    assert found["unanswered"].passed
    assert "(dqm-oncall)" in found["unanswered"].asked
    assert found["false calls"].passed


def test_nothing_is_said_of_what_is_done() -> None:
    watched = Watched()
    watched.at(FIRST + 60, Call("dt-oncall", about=SECTORS))
    # a wrong call is answered as a right one
    assert watched.shift.phone == "DT on call answers: “Understood, I look at it.”"


def test_records_of_others_do_not_count() -> None:
    watched = Watched()
    played_right(watched)
    watched.at(ENDS - 60, Call("dt-oncall", about=SECTORS), who="Ben")
    watched.at(ENDS - 60, Flag("BAD", 1, proposed=True), of="dt")
    assert failed(watched) == set()


def test_the_clock_begins_with_the_run_and_never_runs_back() -> None:
    watched = Watched()
    shift = ObservedShift(SITE, watched.book, PLAN, watched.record)
    shift.look(Facts(1000.0, lumisection=0))
    shift.look(Facts(1030.0, lumisection=300))  # the run before is still in the header
    assert shift.left == ENDS
    shift.look(Facts(1040.0, lumisection=11))
    shift.look(Facts(1050.0, lumisection=12))
    assert shift.left == ENDS - 10
    shift.look(Facts(900.0, lumisection=12))
    assert shift.left == ENDS - 10


def test_one_that_is_left_is_spent_and_another_one_comes() -> None:
    watched = Watched()
    watched.at(300.0, Entry("Begun"))
    watched.shift.leave()
    watched.at(ENDS + 10)
    assert bodies(watched.book, ObservedEnded) == []
    (past,) = past_observed(watched.book.records)
    assert past.words == "broken off, and spent"
    assert next_plan(SITE, watched.book.records, WHO) == (OTHER, "")
    assert next_plan(SITE, watched.book.records, "Ben") == (PLAN, "")
    watched.book.write(WHO, ObservedBegan(OTHER.id, plan_hash(OTHER)))
    assert next_plan(SITE, watched.book.records, WHO) == (None, NONE_LEFT)
    assert next_plan(site(), (), WHO) == (None, NO_SHIFTS)
    broken = taught(site(), observed_mistaken=True)
    assert next_plan(broken, (), WHO) == (None, MISTAKEN)
    assert certificate(broken, (), WHO, 0.0)[1].startswith(MISTAKEN)
    others = taught(SITE, observed_mistaken=True)
    assert next_plan(others, (), WHO) == (PLAN, "")
    had = watched.book.records
    assert next_plan(others, had, WHO) == (None, OTHERS_MISTAKEN)


def test_the_book_has_how_far_one_came_that_is_not_over() -> None:
    watched = Watched()
    watched.at(16 * 60.0)
    told = bodies(watched.book, ObservedAt)
    assert {each.observed for each in told} == {watched.record.uid}
    minutes = [each.seconds / 60 for each in told]
    for came, planned in zip(minutes, (5, 10, 15), strict=True):
        assert planned <= came < planned + 1
    watched.shift.leave()
    watched.shift.leave()
    last = bodies(watched.book, ObservedAt)[3:]
    assert last == [ObservedAt(watched.record.uid, 16 * 60.0, left=True)]
    (past,) = past_observed(watched.book.records)
    assert past.words_at(0.0).startswith("broken off, and spent: begun ")


def test_one_that_ended_was_not_left() -> None:
    watched = Watched()
    watched.shift.end()
    watched.shift.leave()
    assert bodies(watched.book, ObservedAt) == []


def test_a_mentor_who_heard_all_makes_it_passed() -> None:
    watched = Watched()
    played_right(watched)
    watched.musts()
    (past,) = past_observed(watched.book.records)
    assert not past.passed
    assert past.words == "over, and not signed by a mentor yet"
    assert past.ended is not None
    heard = past.ended.read_back
    signed = ObservedSigned(past.record.uid, "Max Mentor", "max", heard=heard)
    for wrong in (
        msgspec.structs.replace(signed, mentor=" ada  TRAINEE"),  # the trainee
        msgspec.structs.replace(signed, observed="another"),
    ):
        watched.book.write(WHO, wrong)
        assert not past_observed(watched.book.records)[0].passed
    watched.book.write("Ben", signed)  # under another trainee's name
    assert past_observed(watched.book.records)[0].signed is None
    watched.book.write(WHO, signed)
    (past,) = past_observed(watched.book.records)
    assert past.passed
    assert past.words == (
        "passed; signed by Max Mentor; name and account were typed, and nobody checked "
        "by whom"
    )


def test_what_was_not_heard_fails_the_hand_over() -> None:
    watched = Watched()
    played_right(watched)
    watched.musts()
    (past,) = past_observed(watched.book.records)
    ended = past.ended
    assert ended is not None
    heard = ended.read_back[1:]
    signed = ObservedSigned(past.record.uid, "Max Mentor", "max", heard=heard)
    watched.book.write(WHO, signed)
    (past,) = past_observed(watched.book.records)
    assert not past.passed
    assert past.musts[-1].done == f"not heard: {ended.read_back[0]}"
    assert past.words.startswith("not passed (hand-over)")


MAY = {"shift-leader": ("max",), "shifter": ("ben",)}


@pytest.mark.parametrize(
    ("mentor", "account", "role", "words"),
    [
        ("Max", "max", "", ""),
        ("Ada  trainee", "max", "", "Ada Trainee is the trainee"),
        ("trainee, ADA", "max", "", "Ada Trainee is the trainee"),
        ("", "max", "", "the mentor says their name"),
        ("Max", "", "", "the mentor says their account"),
        ("Max", "ada", "", "ada is the account of the trainee"),
        ("Ben", "ben", "", "ben is a shifter; a shift-leader or an expert signs: max"),
        # the database knows better than the file
        ("Max", "max", "shifter", "max is a shifter"),
        ("Eva", "eva", "expert", ""),
    ],
)
def test_who_may_sign(mentor: str, account: str, role: str, words: str) -> None:
    trainee = Record("t", 1.0, ObservedBegan("morning", "h"), WHO, account="ada")
    refused = mentor_refusal(a_site(**MAY), trainee, mentor, account, role)
    assert refused.startswith(words)
    assert bool(refused) is bool(words)


def test_a_site_that_names_nobody_takes_anybody_else() -> None:
    trainee = Record("t", 1.0, ObservedBegan("morning", "h"), WHO, account="ada")
    assert mentor_refusal(SITE, trainee, "Max", "") == ""
    assert mentor_role(SITE, "max") == ""
    assert mentor_role(a_site(**MAY), "max") == "shift-leader"


def test_where_the_site_lists_mentors_only_these_sign() -> None:
    trainee = Record("t", 1.0, ObservedBegan("morning", "h"), WHO, account="ada")
    names = ("Lea Brandt", "Tom Reyes", WHO)
    settings = msgspec.structs.replace(SITE.settings, mentors=names)
    listed = msgspec.structs.replace(SITE, settings=settings)
    assert mentor_refusal(listed, trainee, "reyes, Tom", "") == ""
    assert mentor_refusal(listed, trainee, "Max", "").startswith(
        "Max is no mentor of this site; who signs: Lea Brandt, Tom Reyes"
    )
    assert "is the trainee" in mentor_refusal(listed, trainee, WHO, "")
    assert "Lea Brandt, Tom Reyes" in who_signs(listed)
    assert "(max)" in who_signs(a_site(**MAY))
    assert "names no mentors" in who_signs(SITE)


def test_the_run_has_all_causes_of_the_plan_in_their_order() -> None:
    assert run_of(PLAN).causes == (
        "hv-trip:Hcal@40*4", "lumi-drop@60", "t0-drift:Ecal@80*6",
    )  # fmt: skip
    assert last_lumisection(PLAN) == 10 + int(ENDS / LUMISECTION)


def test_what_was_to_come_later_is_not_read_back() -> None:
    heard = " ".join(read_back(PLAN, SITE, 50))
    assert "hcal is BAD" in heard
    assert "ecal" not in heard
    assert "HCAL" not in " ".join(read_back(PLAN, SITE, 39))
    assert "did not answer" not in " ".join(read_back(PLAN, SITE, 39))
    assert "did not answer" in heard


def test_who_calls_about_what_was_handed_on_makes_a_false_call() -> None:
    call = Did(Record("c", 1.0, Call("dt-oncall", about=SECTORS), WHO, run=7), 9.0, 20)
    flag = Did(
        Record("f", 2.0, Flag("BAD", 3, cause="board"), WHO, run=7, subsystem="dt"),
        9.0, 20,
    )  # fmt: skip
    settings = msgspec.structs.replace(
        SITE.settings, components={"hcal": ("Hcal",), "dt": ("DT",)}
    )
    there = msgspec.structs.replace(SITE, settings=settings)
    found = {
        each.on: each
        for each in musts(DoneShift(HANDED_ON, there, [call, flag], {}, 200, ENDS))
    }
    assert not found["false calls"].passed
    assert "the shift before called about already" in found["false calls"].done
    assert found["false flags"].passed  # it is bad, whoever says it
    other = {
        each.on: each
        for each in musts(DoneShift(PLAN, there, [call, flag], {}, 200, ENDS))
    }
    assert "the shift before" not in other["false calls"].done
    assert not other["false flags"].passed


def test_what_was_handed_on_is_in_the_run_and_is_read_back() -> None:
    assert run_of(HANDED_ON).causes[0] == "board-dead:DT@3"
    heard = " ".join(read_back(HANDED_ON, SITE, 200))
    assert "a hole; called DT on call, awaited: a reset" in heard
