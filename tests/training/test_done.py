"""What a debrief says of what was really done."""

from __future__ import annotations

from support.planned import MAP, site
from support.trainees import Sight

from dqmconsole.model.record import Call, Entry, Flag, HandOver, SignOff, Tick
from dqmconsole.training.done import what_was_done
from dqmconsole.training.records import Finding


def test_it_says_what_was_put_on_record() -> None:
    sight = Sight()
    sight.wrote(Finding("bad", MAP, "hv-trip", "call now"))
    sight.wrote(Call("hcal-oncall", about=MAP, answered=False))
    sight.wrote(Call("nobody-known"))
    sight.wrote(Entry("A *hole*", "Since LS 8,\n<b>told</b>", (MAP,), evidence="e"))
    sight.wrote(Entry("Empty"))
    sight.wrote(Tick("hcal/map", 1, 0, MAP))
    sight.wrote(Flag("BAD", 1, proposed=True), subsystem="ecal", run=7)
    sight.wrote(Flag("BAD", 22, cause="HV"), subsystem="dt", run=7)
    sight.wrote(Flag("GOOD", 1, 60), subsystem="ecal", run=7)
    sight.wrote(Flag("GOOD", 1, 21), subsystem="hcal", run=7)
    sight.wrote(SignOff(), run=7)
    sight.wrote(HandOver("a", "b"))
    assert what_was_done(sight.facts.records, site()) == (
        "Said of Hcal/Map: bad, hv\\-trip, call now",
        "Called hcal\\-oncall about Hcal/Map (no answer)",
        "Called nobody\\-known",
        "Wrote “A \\*hole\\*”: “Since LS 8, \\<b\\>told\\</b\\>” (with evidence)",
        "Wrote “Empty”, without words (without evidence)",
        "Ticked step 1 of “hcal/map”",
        "Flagged dt BAD from 22 to the end, cause HV",
        "Flagged GOOD: 2 components",
        "Signed off run 7",
        "Handed the shift over",
    )


def test_bad_flags_of_other_lumisections_or_causes_are_said_one_by_one() -> None:
    sight = Sight()
    sight.wrote(Flag("BAD", 10, 20, cause="HV"), subsystem="dt", run=7)
    sight.wrote(Flag("BAD", 40, cause="readout"), subsystem="hcal", run=7)
    sight.wrote(Flag("BAD", 40, cause="readout"), subsystem="ecal", run=7)
    assert what_was_done(sight.facts.records, site()) == (
        "Flagged dt BAD from 10 to 20, cause HV",
        "Flagged BAD: 2 components",
    )


def test_nothing_was_done() -> None:
    assert what_was_done((), None) == ()
    long = Sight().wrote(Entry("x", "word " * 200))
    (line,) = what_was_done(long.records, None)
    assert len(line) < 220
    assert "…" in line


def test_what_was_said_in_a_call_is_told_as_the_callers_own_note() -> None:
    sight = Sight()
    sight.wrote(Call("hcal-oncall", about=MAP, answered=True, said=("run",)))
    sight.wrote(Call("shift-leader", answered=True))
    noted, unnoted = what_was_done(sight.facts.records, None)
    assert "said, by the caller's own note: run; not noted: what and where" in noted
    assert unnoted.endswith(
        "(answered; not noted whether run, place and onset were said)"
    )
