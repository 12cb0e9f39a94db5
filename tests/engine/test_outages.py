"""What is out, and when that is told."""

from __future__ import annotations

import pytest

from dqmconsole.engine.outages import WHOLE, Notices, Outages
from dqmconsole.engine.source_state import SourceState
from dqmconsole.model.frame import NoticeFact, OutageFact
from dqmconsole.model.problem import Problem
from dqmconsole.model.run import Client, Conditions, RunState

T0 = 1_795_000_020.0  # 11:07:00 UTC
RUN = 7
NOTHING_KNOWN = Conditions()


def client(name: str, state: str = "live", at: float = T0, **more: object) -> Client:
    base = {"run": RUN, "lumisection": 17, "written": at, "produced": at - 1}
    return Client(name, state=state, **(base | {"period": 20.0} | more))  # type: ignore[arg-type]


def look(
    outages: Outages,
    after: float,
    *clients: Client,
    state: RunState = RunState.RUNNING,
    run: int = RUN,
    out: tuple[str, ...] = (),
    given: Conditions = NOTHING_KNOWN,
) -> list[OutageFact]:
    found = {each.subsystem: each for each in clients}
    moment = SourceState(T0 + after, run, state, clients=found, conditions=given)
    return outages.look(moment, lambda name: name not in out)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("silent", "DT is silent: no new file since 11:07:00 UTC, usually every 20 s"),
        ("frozen", "DT is frozen: new files still hold what was there at 11:06:59 UTC"),
        ("unreadable", "DT cannot be read: torn"),
    ],
)
def test_a_subsystem_is_out_while_others_move(state: str, words: str) -> None:
    outages = Outages()
    gone = client("DT", state, sentence="torn")
    assert look(outages, 1, client("DT"), client("Hcal")) == []
    assert look(outages, 41, gone, client("Hcal", at=T0 + 39)) == []
    (fact,) = look(outages, 61, gone, client("Hcal", at=T0 + 45))
    began = T0 - 1 if state == "frozen" else T0
    assert fact == OutageFact("DT", state, words, RUN, 17, began)  # type: ignore[arg-type]
    assert look(outages, 90, gone, client("Hcal", at=T0 + 85)) == []  # told once
    (over,) = look(outages, 99, client("DT", at=T0 + 98), client("Hcal"))
    assert (over.subsystem, over.sentence) == ("DT", "")


def test_who_is_late_for_less_than_a_minute_is_not_out_however_short_its_periods() -> (
    None
):
    """As in a replay that is many times as fast as the run was."""
    outages = Outages()
    fast, gone = {"period": 0.5}, client("DT", "silent", period=0.5)
    assert look(outages, 1, client("DT", **fast), client("Hcal", **fast)) == []
    for after in (2, 20, 59):
        other = client("Hcal", at=T0 + after, **fast)
        assert look(outages, after, gone, other) == []
    back = client("DT", at=T0 + 59.5, **fast)
    assert look(outages, 60, back, client("Hcal", at=T0 + 60, **fast)) == []
    (fact,) = look(outages, 120, client("DT", "silent", at=T0 + 59.5, **fast),
                   client("Hcal", at=T0 + 119, **fast))  # fmt: skip
    assert (fact.subsystem, fact.state) == ("DT", "silent")


def test_who_does_not_enter_a_run_is_missing() -> None:
    outages = Outages()
    waiting = client("DT", "waiting", at=T0 - 500, run=6)
    assert look(outages, 0, waiting, client("Hcal")) == []
    assert look(outages, 30, waiting, client("Hcal", at=T0 + 30)) == []
    (fact,) = look(outages, 61, waiting, client("Hcal", at=T0 + 41))
    assert (fact.state, fact.since, fact.began) == ("missing", None, T0)
    assert fact.sentence == "DT is missing: it has not entered run 7"


def test_a_stream_that_goes_on_in_another_run_is_missing() -> None:
    outages, inside = Outages(), client("Laser", stream="calib")
    assert look(outages, 0, inside, client("Hcal")) == []
    for after in (100, 150):
        elsewhere = client("Laser", "waiting", T0 + after, run=6, stream="calib")
        assert look(outages, after, elsewhere, client("Hcal", at=T0 + after)) == []
    elsewhere = client("Laser", "waiting", T0 + 161, run=6, stream="calib")
    (fact,) = look(outages, 161, elsewhere, client("Hcal", at=T0 + 161))
    assert (fact.subsystem, fact.state, fact.began) == ("Laser", "missing", T0 + 100)
    assert look(outages, 170, elsewhere, client("Hcal", at=T0 + 170)) == []
    (over,) = look(outages, 180, inside, client("Hcal", at=T0 + 180))
    assert (over.subsystem, over.sentence) == ("Laser", "")


def test_all_together_are_one_outage_of_the_source() -> None:
    outages = Outages()
    late = [client("DT", "silent"), client("Hcal", "silent", at=T0 + 10)]
    assert look(outages, 65, *late) == []  # Hcal was heard of 55 s ago
    (fact,) = look(outages, 71, *late)
    assert (fact.subsystem, fact.state, fact.began) == (WHOLE, "silent", T0 + 10)
    assert fact.sentence == (
        "nothing new of the whole source (DT, Hcal) since 11:07:10 UTC"
    )
    over = look(outages, 99, client("DT", at=T0 + 98), client("Hcal", at=T0 + 98))
    assert [(each.subsystem, each.sentence) for each in over] == [(WHOLE, "")]


def test_the_one_of_the_source_takes_those_of_the_subsystems_away() -> None:
    outages = Outages()
    gone = client("DT", "silent")
    (one,) = look(outages, 61, gone, client("Hcal", at=T0 + 45))
    assert one.subsystem == "DT"
    last = client("Hcal", "silent", at=T0 + 45)
    assert look(outages, 90, gone, last) == []  # it stands until then
    told = look(outages, 106, gone, last)
    assert [(each.subsystem, bool(each.sentence)) for each in told] == [
        ("DT", False),
        (WHOLE, True),
    ]


def test_where_nothing_else_moves_it_is_the_source_after_a_minute() -> None:
    outages = Outages()
    quiet = client("Hcal", "unmoved")
    assert look(outages, 59, client("DT", "silent"), quiet) == []
    (fact,) = look(outages, 61, client("DT", "silent"), quiet)
    assert (fact.subsystem, fact.state) == (WHOLE, "silent")


STANDSTILLS = {
    "DAQ paused": Conditions(daq_state="paused"),
    "dead time 100 %": Conditions(dead_time=100.0),
    "Beam: no beam": Conditions("collisions", no_data="Beam: no beam"),
}


@pytest.mark.parametrize(("words", "given"), STANDSTILLS.items())
@pytest.mark.parametrize("kind", ["silent", "frozen"])
def test_that_nothing_advances_is_a_state_where_it_is_known_why(
    words: str, given: Conditions, kind: str
) -> None:
    outages = Outages()
    assert given.standstill == words
    assert look(outages, 1, client("DT"), client("Hcal"), given=given) == []
    still = [client("DT", kind), client("Hcal", kind)]
    assert look(outages, 45, client("DT", kind), client("Hcal"), given=given) == []
    assert look(outages, 600, *still, given=given) == []
    (fact,) = look(outages, 601, *still)  # as soon as that is over
    assert fact.subsystem == WHOLE


@pytest.mark.parametrize(
    "given",
    [
        NOTHING_KNOWN,
        Conditions(daq_state="running", dead_time=98.0),
        Conditions(daq_state="a word of the site's"),
        Conditions("cosmics", beam_mode="no beam", luminosity=0.0),
        Conditions("collisions", beam_mode="stable beams", luminosity=0.0),
        Conditions(beam_mode="no beam"),
    ],
)
def test_what_does_not_explain_it_excuses_nothing(given: Conditions) -> None:
    outages = Outages()
    assert given.standstill == ""
    (fact,) = look(outages, 90, client("DT", "silent"), client("Hcal", "silent"),
                   given=given)  # fmt: skip
    assert fact.subsystem == WHOLE


def test_one_is_out_in_a_standstill_only_while_events_of_others_advance() -> None:
    """Others write on, and hold no further events: nothing has to come."""
    outages = Outages()
    look(outages, 1, client("DT", events=50), client("Hcal", events=50))
    gone = client("DT", "silent", events=50)
    for after in (20, 60, 300):
        other = client("Hcal", at=T0 + after, events=50)
        assert look(outages, after + 1, gone, other) == []
    (fact,) = look(outages, 321, gone, client("Hcal", at=T0 + 320, events=51))
    assert fact.subsystem == "DT"


def test_one_is_out_while_the_luminosity_advances() -> None:
    outages = Outages()
    look(outages, 1, client("DT", events=50), client("Info", events=0),
         given=Conditions(integrated=3.0))  # fmt: skip
    gone, other = client("DT", "silent"), client("Info", at=T0 + 45, events=0)
    assert look(outages, 46, gone, other, given=Conditions(integrated=3.0)) == []
    (fact,) = look(outages, 61, gone, other, given=Conditions(integrated=3.1))
    assert fact.subsystem == "DT"


def test_after_a_pause_each_has_its_time_to_write_again() -> None:
    outages, paused = Outages(), STANDSTILLS["DAQ paused"]
    look(outages, 1, client("DT"), client("Hcal"))
    still = [client("DT", "silent"), client("Hcal", "silent")]
    assert look(outages, 300, *still, given=paused) == []
    first = client("Hcal", at=T0 + 320)
    assert look(outages, 321, client("DT", "silent"), first) == []
    late = client("Hcal", at=T0 + 361)
    assert look(outages, 362, client("DT", "silent"), late) == []
    (fact,) = look(outages, 380, client("DT", "silent"), late)
    assert fact.subsystem == "DT"


def test_what_was_out_before_a_pause_stays_out() -> None:
    outages, paused = Outages(), STANDSTILLS["DAQ paused"]
    gone = client("DT", "silent")
    (fact,) = look(outages, 61, gone, client("Hcal", at=T0 + 45))
    last = client("Hcal", "silent", at=T0 + 45)
    assert look(outages, 300, gone, last, given=paused) == []
    assert outages.now == (fact,)


def test_a_run_that_nobody_enters_is_one_outage() -> None:
    outages = Outages()
    waiting = [client(name, "waiting", at=T0 - 500, run=6) for name in ("DT", "Hcal")]
    assert look(outages, 0, *waiting) == []
    assert look(outages, 59, *waiting) == []
    (fact,) = look(outages, 61, *waiting)
    assert (fact.subsystem, fact.state, fact.since) == (WHOLE, "missing", None)


def test_between_runs_nothing_is_out() -> None:
    outages = Outages()
    still = [client("DT", "silent"), client("Hcal", "silent")]
    assert look(outages, 600, *still, run=0) == []


@pytest.mark.parametrize("state", [RunState.ENDED, RunState.FINAL])
def test_after_a_run_nothing_is_out(state: RunState) -> None:
    outages = Outages()
    gone, other = client("DT", "silent"), client("Hcal", at=T0 + 45)
    assert look(outages, 61, gone, other)
    (over,) = look(outages, 62, gone, other, state=state)
    assert over.sentence == ""
    assert look(outages, 500, gone, other, state=state) == []


def test_what_is_out_of_the_run_is_not_missed() -> None:
    outages = Outages()
    gone, other = client("DT", "silent"), client("Hcal", at=T0 + 45)
    assert look(outages, 61, gone, other, out=("DT",)) == []


def test_what_is_wrong_with_the_program_is_a_warning_beside_the_source_s() -> None:
    notices = Notices()
    program = Problem("the check endless is quarantined", kind="engine")
    gone = Problem("the folder vanished", "/data", kind="source")
    assert notices.of([program]) == [NoticeFact("program", program.message, "warning")]
    assert notices.of([program, gone]) == [
        NoticeFact("folder", "/data: the folder vanished", "bad")
    ]
    assert notices.of([gone]) == [NoticeFact("program", "", "info")]


@pytest.mark.parametrize(("state", "periods"), [("frozen", 1), ("silent", 2)])
def test_of_a_frozen_one_there_are_files_so_that_one_period_is_enough(
    state: str, periods: int
) -> None:
    outages, period = Outages(), 116.0
    gone = client("DT", state, period=period)
    assert look(outages, 1, client("DT", period=period), client("Hcal")) == []
    due = periods * period
    assert look(outages, due, gone, client("Hcal", at=T0 + due - 2)) == []
    (fact,) = look(outages, due + 2, gone, client("Hcal", at=T0 + due + 1))
    assert fact.state == state
