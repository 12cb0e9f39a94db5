from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
import pytest

from dqmconsole.engine.elements import Inspection
from dqmconsole.engine.judge import judge, stale_after
from dqmconsole.engine.source_state import SourceState
from dqmconsole.model.histogram import QualityResult
from dqmconsole.model.layout import Needs, Plot
from dqmconsole.model.run import (
    UNNUMBERED,
    Client,
    Conditions,
    RunState,
    run_words,
)
from dqmconsole.model.verdict import CheckResult, Status, Verdict

if TYPE_CHECKING:
    from dqmconsole.model.cause import Family

UNKNOWN = Conditions()
NOW = 1_700_000_000.0
PATH = "Hcal/DigiTask/Occupancy"
PLOT = Plot(PATH)
LIVE = Client("Hcal", 7, state="live", produced=NOW - 5, written=NOW - 4, period=20.0)


def state_of(
    run: int, run_state: RunState = RunState.RUNNING, client: Client | None = None
) -> SourceState:
    """A source of one client at most; conditions and time are put in by `judged`."""
    clients = {} if client is None else {"Hcal": client}
    return SourceState(0.0, run, run_state, clients=clients)


def judged(
    plot: Plot,
    inspected: Inspection,
    state: SourceState,
    conditions: Conditions = UNKNOWN,
    now: float = NOW,
    known: int = 0,
) -> Verdict:
    state = msgspec.structs.replace(state, conditions=conditions, now=now)
    return judge(plot, inspected, state, known)


STATE = state_of(7, RunState.RUNNING, LIVE)


def result(
    code: int, value: float = 0.8, test: str = "T", words: str = ""
) -> QualityResult:
    return QualityResult("Occupancy", test, code, value, "DeadChannel", words)


FOUND = Inspection(found=True)
GOOD = Inspection(found=True, results=(result(100),))
BAD = Inspection(found=True, results=(result(300, words="12 dead"),))


def client(**more: object) -> Client:
    base = {"subsystem": "Hcal", "run": 7, "state": "live", "produced": NOW - 5}
    return Client(**(base | {"written": NOW - 4, "period": 20.0} | more))  # type: ignore[arg-type]


def status(
    plot: Plot = PLOT,
    inspected: Inspection = GOOD,
    state: SourceState = STATE,
    conditions: Conditions = UNKNOWN,
) -> Status:
    return judged(plot, inspected, state, conditions).status


@pytest.mark.parametrize(
    ("code", "value", "expected", "said"),
    [
        (100, 0.99, Status.GOOD, "well"),
        (200, 0.8, Status.WARNING, "well"),
        (300, 0.1, Status.BAD, "well"),
        (50, 1.0, Status.DISABLED, "T: test is switched off; well"),
        (60, -1, Status.FAILED, "T: test is invalid or gave no number; well"),
        (70, 0.9, Status.LOW_STATISTICS, "T: too few entries to judge; well"),
        (30, 0.9, Status.NOT_CHECKED, "T: test gives no judgement; well; result 0.9"),
        (90, -1, Status.NOT_CHECKED, "T: test did not run; well"),
        (300, -1, Status.LOW_STATISTICS, "T: too few entries to judge; well"),
        (100, -1, Status.LOW_STATISTICS, "T: too few entries to judge; well"),
        (100, math.nan, Status.FAILED, "T: test is invalid or gave no number; well"),
        (100, math.inf, Status.FAILED, "T: test is invalid or gave no number; well"),
        (300, math.nan, Status.BAD, "well"),
        (
            123,
            1.0,
            Status.FAILED,
            "T: test ended with unknown code 123; well; result 1",
        ),
    ],
)
def test_every_code(code: int, value: float, expected: Status, said: str) -> None:
    inspected = Inspection(found=True, results=(result(code, value, words=" well "),))
    verdict = judged(PLOT, inspected, STATE, Conditions(), NOW)
    assert (verdict.status, verdict.sentence) == (expected, said)
    assert verdict.test == "T"


@pytest.mark.parametrize(
    ("algorithm", "code", "family"),
    [
        ("DeadChannel", 300, "missing"),
        ("Histogram_Not_Empty", 200, "missing"),
        ("NoisyChannel", 300, "excess"),
        ("MeanWithinExpected", 300, "shift"),
        ("", 300, "shift"),
        ("DeadChannel", 100, None),
        ("DeadChannel", 70, None),
    ],
)
def test_the_algorithm_tells_how_data_are_wrong(
    algorithm: str, code: int, family: Family | None
) -> None:
    one = msgspec.structs.replace(result(code), algorithm=algorithm)
    verdict = judged(PLOT, Inspection(found=True, results=(one,)), STATE)
    assert verdict.checks[0].family == family


@pytest.mark.parametrize(
    ("words", "family"),
    [
        ("1 of 2,384 towers noisy, 9.4 times its ring", "excess"),
        ("23 of 528 chambers dead", "missing"),
        ("see the expert", "missing"),
    ],
)
def test_the_message_says_what_an_algorithm_that_looks_for_several_things_found(
    words: str, family: Family
) -> None:
    one = msgspec.structs.replace(
        result(300), algorithm="dead_channels+noisy_channels", message=words
    )
    verdict = judged(PLOT, Inspection(found=True, results=(one,)), STATE)
    assert verdict.checks[0].family == family


def test_what_a_producer_flags_bad_is_missing() -> None:
    one = msgspec.structs.replace(result(300), algorithm="flags", message="1 of 32 bad")
    verdict = judged(PLOT, Inspection(found=True, results=(one,)), STATE)
    assert verdict.checks[0].family == "missing"


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ((100, 300), Status.BAD),
        ((70, 300), Status.BAD),
        ((300, 60), Status.BAD),
        ((200, 60, 70), Status.WARNING),
        ((100, 60), Status.FAILED),
        ((100, 70), Status.LOW_STATISTICS),
        ((100, 90), Status.NOT_CHECKED),
        ((100, 50), Status.GOOD),
        ((50,), Status.DISABLED),
        ((100, 100), Status.GOOD),
    ],
)
def test_the_worst_of_several_wins(codes: tuple[int, ...], expected: Status) -> None:
    for order in (codes, codes[::-1]):
        results = tuple(result(code, test=f"T{code}") for code in order)
        assert status(inspected=Inspection(found=True, results=results)) is expected


def test_the_other_tests_are_told() -> None:
    results = (result(100, test="A"), result(300, 0.2, test="B"), result(70, test="C"))
    verdict = judged(
        PLOT, Inspection(found=True, results=results), STATE, Conditions(), NOW
    )
    assert verdict.sentence == ("B: result 0.2 (other tests: 1 LOW STATISTICS, 1 GOOD)")
    assert (verdict.test, verdict.result) == ("B", 0.2)


def test_of_equals_the_lowest_result_is_told() -> None:
    results = (result(300, 0.4, test="A"), result(300, 0.1, test="B"))
    inspected = Inspection(found=True, results=results)
    assert judged(PLOT, inspected, STATE, Conditions(), NOW).test == "B"


def test_nothing_judges_it() -> None:
    verdict = judged(PLOT, FOUND, STATE, Conditions(), NOW)
    assert (verdict.status, verdict.sentence) == (
        Status.NOT_CHECKED,
        "no quality test judges it",
    )


def test_what_holds_no_number_is_never_good() -> None:
    inspected = Inspection(
        found=True, results=(result(100),), defect="3 bins hold no number"
    )
    verdict = judged(PLOT, inspected, STATE, Conditions(), NOW)
    assert verdict.status is Status.FAILED
    assert "3 bins hold no number" in verdict.sentence
    bad = Inspection(found=True, results=(result(300),), defect="3 bins hold no number")
    assert status(inspected=bad) is Status.BAD


@pytest.mark.parametrize(
    ("plot", "conditions", "said"),
    [
        (
            Plot(PATH, run_types=("collisions", "heavy-ions")),
            Conditions(run_type="cosmics"),
            "only for collisions or heavy-ions; this run is cosmics",
        ),
        (
            Plot(PATH, needs=Needs(subsystem="Hcal")),
            Conditions(subsystems=frozenset({"DT"})),
            "Hcal is out of the run",
        ),
        (
            Plot(PATH, needs=Needs(feds=(700, 701))),
            Conditions(feds=frozenset({700})),
            "FED 701 is out of the run",
        ),
        (
            Plot(PATH, needs=Needs(feds=tuple(range(700, 710)))),
            Conditions(feds=frozenset()),
            "FEDs 700, 701, 702, 703, 704, 705 and 4 more are out of the run",
        ),
        (
            Plot(PATH, needs=Needs(dcs=("HBHEa", "HBHEb", "HO"))),
            Conditions(dcs={"HBHEa": True, "HBHEb": False, "HO": False}),
            "HV off: HBHEb, HO",
        ),
        (
            Plot(PATH, needs=Needs(beam=("stable beams",))),
            Conditions(beam_mode="ramp"),
            "no beam: needs stable beams; beam mode is ramp",
        ),
        (
            Plot(PATH, needs=Needs(magnet="on")),
            Conditions(magnet=0.02),
            "needs the magnet on; it is off (0.02 T)",
        ),
        (
            Plot(PATH, needs=Needs(magnet="off")),
            Conditions(magnet=3.8),
            "needs the magnet off; it is on (3.80 T)",
        ),
    ],
)
def test_needs_that_are_not_met(plot: Plot, conditions: Conditions, said: str) -> None:
    # before all else: a plot that means nothing is not bad, stale or missing
    frozen = state_of(7, RunState.RUNNING, client(state="frozen"))
    for inspected in (BAD, Inspection(found=False), Inspection()):
        for state in (STATE, frozen, state_of(7)):
            verdict = judged(plot, inspected, state, conditions, NOW)
            assert (verdict.status, verdict.sentence) == (Status.NOT_APPLICABLE, said)


@pytest.mark.parametrize(
    "plot",
    [
        Plot(PATH, run_types=("collisions",)),
        Plot(
            PATH,
            needs=Needs(
                subsystem="Hcal",
                feds=(1,),
                dcs=("HBHEa",),
                beam=("stable beams",),
                magnet="on",
                events=1000,
            ),
        ),
    ],
)
def test_what_is_unknown_excuses_nothing(plot: Plot) -> None:
    assert status(plot, BAD) is Status.BAD
    # a partition of which nothing is known is not off
    assert status(plot, BAD, conditions=Conditions(dcs={"EB": False})) is Status.BAD


def test_needs_that_are_met() -> None:
    plot = Plot(
        PATH,
        run_types=("collisions",),
        needs=Needs(
            subsystem="Hcal",
            feds=(700,),
            dcs=("HBHEa",),
            beam=("Stable Beams",),
            magnet="on",
            events=1000,
        ),
    )
    conditions = Conditions(
        run_type="collisions",
        subsystems=frozenset({"Hcal"}),
        feds=frozenset({700}),
        dcs={"HBHEa": True},
        beam_mode="stable beams",
        magnet=-3.8,
    )
    state = state_of(7, RunState.RUNNING, client(events=1000))
    assert status(plot, GOOD, state, conditions) is Status.GOOD


def test_too_few_events() -> None:
    plot = Plot(PATH, needs=Needs(events=1000))
    few = state_of(7, RunState.RUNNING, client(events=12))
    verdict = judged(plot, BAD, few, Conditions(), NOW)
    assert verdict.status is Status.NOT_APPLICABLE
    assert verdict.sentence == "12 events processed; means something from 1,000"
    # events of the run before say nothing of this one
    before = state_of(8, RunState.RUNNING, client(events=12))
    assert status(plot, BAD, before) is Status.WAITING


@pytest.mark.parametrize("stuck", ["frozen", "silent", "unreadable"])
def test_few_events_of_a_client_that_is_stuck_excuse_nothing(stuck: str) -> None:
    plot = Plot(PATH, needs=Needs(events=1000))
    few = client(events=0, state=stuck)
    assert status(plot, GOOD, state_of(7, RunState.RUNNING, few)) is Status.STALE
    # once the run is over its count is what there was
    over = status(plot, GOOD, state_of(7, RunState.ENDED, few))
    assert over is Status.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (state_of(0), "no run yet"),
        (state_of(8), "no file of Hcal in run 8 so far"),
        (state_of(8, RunState.RUNNING, LIVE), "waiting for Hcal to enter run 8"),
        (
            state_of(7, RunState.RUNNING, client(state="waiting")),
            "waiting for Hcal to enter run 7",
        ),
    ],
)
def test_waiting(state: SourceState, said: str) -> None:
    for inspected in (Inspection(), GOOD, Inspection(found=False)):
        verdict = judged(PLOT, inspected, state, Conditions(), NOW)
        assert (verdict.status, verdict.sentence) == (Status.WAITING, said)


def test_a_file_without_run_number_says_nothing_of_a_run() -> None:
    one = state_of(UNNUMBERED, RunState.FINAL)
    verdict = judged(PLOT, Inspection(), one, Conditions(), NOW)
    assert verdict.status is Status.MISSING  # at once: no other file is to come
    assert verdict.sentence == f"not in the file: {PATH}, nor anything else of Hcal"
    here = client(run=UNNUMBERED, state="final")
    lacking = state_of(UNNUMBERED, RunState.FINAL, here)
    verdict = judged(PLOT, Inspection(found=False), lacking, Conditions(), NOW)
    assert verdict.sentence == f"not in the file: {PATH}"
    assert [run_words(each, "of ") for each in (12, 0, UNNUMBERED)] == [
        "of run 12", "", ""
    ]  # fmt: skip


def test_missing_names_the_nearest() -> None:
    inspected = Inspection(found=False, nearest=("Hcal/DigiTask/Occupancies",))
    verdict = judged(PLOT, inspected, STATE, Conditions(), NOW)
    assert verdict.status is Status.MISSING
    assert verdict.sentence == (
        f"not in this run: {PATH}; nearest is Hcal/DigiTask/Occupancies"
    )
    silent = state_of(7, RunState.RUNNING, client(state="silent"))
    assert status(PLOT, inspected, silent) is Status.MISSING


def test_nothing_is_missing_until_the_type_of_a_run_is_known() -> None:
    plot, absent = Plot(PATH, run_types=("cosmics",)), Inspection(found=False)
    verdict = judged(plot, absent, STATE, Conditions(), NOW)
    assert verdict.status is Status.WAITING
    assert verdict.sentence.endswith(
        "only for cosmics, and the run type is not known yet"
    )
    known = Conditions(run_type="cosmics")
    assert judged(plot, absent, STATE, known, NOW).status is Status.MISSING
    over = state_of(7, RunState.FINAL, LIVE)
    assert judged(plot, absent, over, Conditions(), NOW).status is Status.MISSING


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (
            "frozen",
            "content frozen: files of Hcal are fresh but still hold what was "
            "there at 22:13:15 UTC",
        ),
        (
            "silent",
            "source silent: no new file of Hcal since 22:13:16 UTC, usually every 20 s",
        ),
    ],
)
def test_stale_says_which_kind(state: str, said: str) -> None:
    state = state_of(7, RunState.RUNNING, client(state=state))
    for inspected in (GOOD, BAD, FOUND):
        verdict = judged(PLOT, inspected, state, Conditions(), NOW)
        assert (verdict.status, verdict.sentence) == (Status.STALE, said)
        # time goes on, nothing happens: nothing is told again
        assert judged(PLOT, inspected, state, Conditions(), NOW + 99) == verdict


def test_what_stands_at_the_top_is_of_the_source_and_of_no_subsystem() -> None:
    quiet = client(subsystem="", state="silent")
    for clients, said in (
        ({"": quiet}, "source silent: no new file of the source since 22:13:16 UTC"),
        ({}, "no file of the source in run 7 so far"),
    ):
        state = SourceState(0.0, 7, RunState.RUNNING, clients=clients)
        verdict = judged(Plot("adc"), FOUND, state)
        assert verdict.sentence.startswith(said)


def test_unreadable_is_stale_even_when_the_run_is_over() -> None:
    broken = client(state="unreadable", sentence="cut short at byte 12")
    for state in RunState:
        verdict = judged(PLOT, GOOD, state_of(7, state, broken), Conditions(), NOW)
        assert verdict.status is Status.STALE
        assert verdict.sentence == "unreadable: cut short at byte 12"
    trouble = Inspection(trouble="a corrupt key")
    assert status(inspected=trouble) is Status.STALE


def test_the_layout_says_when_data_are_stale() -> None:
    plot = Plot(PATH, stale_after=3.0)
    verdict = judged(plot, GOOD, STATE, Conditions(), NOW)
    assert verdict.status is Status.STALE
    assert verdict.sentence == (
        "data of 22:13:15 UTC, older than the 3 s its layout allows"
    )
    # it goes before the measured period: a slow element is legitimately static
    patient = Plot(PATH, stale_after=3600.0)
    silent = state_of(7, RunState.RUNNING, client(state="silent"))
    assert status(patient, GOOD, silent) is Status.GOOD
    # but not before a content that stands still behind fresh files
    frozen = state_of(7, RunState.RUNNING, client(state="frozen"))
    assert status(patient, GOOD, frozen) is Status.STALE


@pytest.mark.parametrize("state", ["ended", "final", "recorded"])
def test_a_run_that_stopped_is_not_stale(state: str) -> None:
    plot = Plot(PATH, stale_after=3.0)
    over = state_of(7, RunState.RUNNING, client(state=state))
    assert status(plot, GOOD, over) is Status.GOOD
    for run_state in (RunState.ENDED, RunState.FINAL):
        for word in ("silent", "frozen", "live"):
            state = state_of(7, run_state, client(state=word))
            assert status(plot, BAD, state) is Status.BAD


def test_known_problems_are_counted_and_change_nothing() -> None:
    verdict = judged(PLOT, BAD, STATE, Conditions(), NOW, known=2)
    assert (verdict.status, verdict.known) == (Status.BAD, 2)
    plain = judged(PLOT, BAD, STATE, Conditions(), NOW)
    assert verdict.sentence == plain.sentence


def test_age_of_a_tile() -> None:
    assert stale_after(PLOT, None) is None
    assert stale_after(PLOT, client()) == 40.0
    assert stale_after(PLOT, client(lag=7.0)) == 47.0
    assert stale_after(PLOT, client(period=None)) is None
    assert stale_after(Plot(PATH, stale_after=9.0), client()) == 9.0
    assert stale_after(Plot(PATH, stale_after=9.0), client(state="final")) is None


def test_absurd_times_raise_nothing() -> None:
    for when in (math.nan, math.inf, 1e300, -1e300):
        odd = state_of(7, RunState.RUNNING, client(state="frozen", produced=when))
        assert status(state=odd) is Status.STALE


def test_content_that_was_not_seen_to_move_waits_and_is_never_good() -> None:
    unmoved = state_of(7, RunState.RUNNING, client(state="unmoved"))
    for inspected in (GOOD, BAD, FOUND):
        assert status(inspected=inspected, state=unmoved) is Status.WAITING
    assert status(inspected=Inspection(found=False), state=unmoved) is Status.MISSING
    verdict = judged(PLOT, GOOD, unmoved, Conditions(), NOW)
    assert verdict.sentence == (
        "waiting for the content of Hcal to move: it is from 22:13:15 UTC, and may be "
        "old"
    )


# -- beside the producer's results: checks -------------------------------------------


def check(status: Status, origin: str = "layout", name: str = "mean") -> CheckResult:
    return CheckResult(name, status, f"{name} said so", origin=origin)  # type: ignore[arg-type]


def by_checks(inspected: Inspection, *checks: CheckResult) -> Verdict:
    return judge(PLOT, inspected, msgspec.structs.replace(STATE, now=NOW), 0, checks)


def test_of_equals_the_producers_word_goes_first() -> None:
    verdict = by_checks(GOOD, check(Status.GOOD))
    assert (verdict.test, verdict.adopted) == ("T", True)
    assert [each.origin for each in verdict.checks] == ["producer", "layout"]


def test_no_check_makes_better_what_the_producer_calls_bad() -> None:
    verdict = by_checks(BAD, check(Status.GOOD), check(Status.GOOD, "default"))
    assert (verdict.status, verdict.sentence) == (Status.BAD, "12 dead")


def test_a_check_that_finds_worse_decides() -> None:
    verdict = by_checks(GOOD, check(Status.GOOD), check(Status.BAD, name="rms"))
    assert (verdict.status, verdict.test) == (Status.BAD, "rms")
    assert [each.check for each in verdict.checks] == ["rms", "mean", "T"]


def test_of_what_is_good_that_bins_hold_numbers_is_said_last() -> None:
    there = check(Status.GOOD, name="no_bad_numbers")
    verdict = by_checks(FOUND, there, check(Status.GOOD))
    assert (verdict.test, verdict.sentence) == ("mean", "mean said so")
    assert by_checks(FOUND, there).test == "no_bad_numbers"


def test_a_default_says_that_nobody_adopted_it() -> None:
    verdict = by_checks(FOUND, check(Status.WARNING, "default"))
    assert verdict.sentence == "default, not adopted: mean said so"
    assert not verdict.adopted


@pytest.mark.parametrize("name", ["not_empty", "no_bad_numbers", "entries"])
def test_what_is_merely_there_is_not_checked(name: str) -> None:
    verdict = by_checks(FOUND, check(Status.GOOD, "default", name))
    assert verdict.status is Status.NOT_CHECKED
    assert by_checks(FOUND, check(Status.GOOD, name=name)).status is Status.GOOD
    warned = by_checks(FOUND, check(Status.WARNING, "default", name))
    assert warned.status is Status.WARNING


@pytest.mark.parametrize(
    "status", [Status.LOW_STATISTICS, Status.NO_REFERENCE, Status.NOT_CHECKED]
)
def test_a_default_that_could_not_judge_leaves_the_verdict(status: Status) -> None:
    assert by_checks(GOOD, check(status, "default")).status is Status.GOOD
    found = by_checks(FOUND, check(status, "default"), check(Status.GOOD, "default"))
    assert found.status is Status.GOOD
    # but what the layout asks for and could not be judged is not good
    assert by_checks(GOOD, check(status)).status is status


def test_checks_of_what_cannot_be_trusted_are_not_good() -> None:
    inspected = Inspection(found=True, defect="it is of 2 producers")
    assert by_checks(inspected, check(Status.GOOD)).status is Status.FAILED
    assert by_checks(inspected, check(Status.BAD)).status is Status.FAILED


RANKED = (Status.GOOD, Status.WARNING, Status.BAD)
CODES = (100, 200, 300)


@pytest.mark.parametrize("code", range(3))
@pytest.mark.parametrize("one", range(3))
@pytest.mark.parametrize("two", range(3))
def test_the_worst_of_all_wins(code: int, one: int, two: int) -> None:
    inspected = Inspection(found=True, results=(result(CODES[code]),))
    verdict = by_checks(inspected, check(RANKED[one]), check(RANKED[two], name="rms"))
    assert verdict.status is RANKED[max(code, one, two)]
    assert len(verdict.checks) == 3
