"""A small site with an exam, and a practice on it."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import msgspec
from support.taught import taught

from dqmconsole.model.instruction import AppliesTo, Instruction, Step, Turn, UrgencyRule
from dqmconsole.model.layout import Layout, Page, Plot
from dqmconsole.model.record import Record
from dqmconsole.model.run import Conditions, RunInfo
from dqmconsole.model.site import Site, SiteSettings
from dqmconsole.shift.mailbox import Mailbox
from dqmconsole.training.facts import Facts
from dqmconsole.training.ledger import Ledger
from dqmconsole.training.lesson import CauseWords, ExamSettings, ItemSource

if TYPE_CHECKING:
    from dqmconsole.model.record import Body
    from dqmconsole.training.lesson import LessonRun
    from dqmconsole.training.practice import Practice

WHO = "Ada Trainee"
MAP = "Hcal › Occupancy › Hcal/Map"
FED = "Hcal › Readout/by FED › Hcal/Fed"
TIMING = "Ecal › Timing › Ecal/Time"
SECTORS = "DT › Occupancy › DT/Map"

CAUSES = (
    CauseWords(
        "hv-trip", "fault", "voltage", "Sectors trip.", ("Hcal", "DT"), may_end=True
    ),
    CauseWords(
        "fed-lost", "fault", "readout", "A driver is lost.", ("Hcal", "Ecal"),
        may_end=True,
    ),
    CauseWords(
        "board-dead", "fault", "readout", "Boards die.", ("Hcal", "L1T"), may_end=True
    ),
    CauseWords("t0-drift", "fault", "timing", "The phase drifts.", ("Hcal", "Ecal")),
    CauseWords("lumi-drop", "harmless", "beam", "The luminosity falls."),
    CauseWords("hv-on", "harmless", "voltage", "HV comes on.", ("Hcal",)),
    CauseWords("stop-start", "harmless", "run", "The run is stopped.", ends_run=True),
)  # fmt: skip

MATTER = (
    ItemSource(
        ("Hcal/Occupancy", "Hcal/Readout/by FED"), "hv-trip:Hcal", (6.0, 4.0, 2.0)
    ),
    ItemSource(("Hcal/Occupancy",), "fed-lost", (1.0,)),
    ItemSource(("DT/Occupancy",), "hv-trip:DT", (4.0, 2.0), ("collisions", "cosmics")),
    ItemSource(("Ecal/Timing",), "t0-drift", (9.0, 6.0)),
    ItemSource(("Hcal/Occupancy", "Ecal/Timing"), "lumi-drop"),
    ItemSource(("Hcal/Occupancy",), "hv-on:Hcal"),
    ItemSource(("Hcal/Occupancy",), "stop-start"),
)


def instruction(name: str, *steps: Step, turns: tuple[str, ...] = ()) -> Instruction:
    """An instruction that holds in collisions and cosmics."""
    return Instruction(
        name, name, 1, "dqm", "2026-11-26", "dqm",
        AppliesTo(run_types=("collisions", "cosmics")), "2026-11-26", "2027-05-26",
        "", "", (), steps, tuple(Turn(each) for each in turns), "", f"hash of {name}",
    )  # fmt: skip


CALL_NOW = Step(
    "Call the HCAL on-call.",
    "hcal-oncall",
    (UrgencyRule("call now", ("stable beams",)), UrgencyRule("call in working hours")),
)
WRITE = Step("Write an entry.", "hcal-oncall", (UrgencyRule("write only"),))

INSTRUCTIONS = (
    instruction("hcal/map", Step("Look."), WRITE, CALL_NOW, turns=("shift-leader",)),
    instruction(
        "ecal/time",
        Step("Write it.", "ecal-oncall", (UrgencyRule("write only"),)),
    ),
)


def site(**given: object) -> Site:
    """The site; keywords change its exam settings."""
    layouts = (
        Layout(
            "Hcal",
            (
                Page("Occupancy", (Plot("Hcal/Map"),), instruction="hcal/map"),
                Page("Readout/by FED", (Plot("Hcal/Fed", overlay=("FED/Rate",)),)),
            ),
        ),
        Layout(
            "Ecal", (Page("Timing", (Plot("Ecal/Time"),), instruction="ecal/time"),)
        ),
        Layout("DT", (Page("Occupancy", (Plot("DT/Map"),)),)),
    )
    exam = msgspec.structs.replace(ExamSettings(MATTER), **given)
    components = {"hcal": ("Hcal",), "ecal": ("Ecal",)}
    found = Site(
        "/site", "a1", SiteSettings("CMS", components=components), layouts,
        instructions=INSTRUCTIONS,
    )  # fmt: skip
    return taught(found, causes=CAUSES, exam=exam)


def ledger() -> Ledger:
    """A ledger without a book: what is written counts as kept."""
    times = itertools.count(1e9, 3600.0)
    made = Ledger(None, lambda: next(times))
    made.open(None)
    return made


def bodies(ledger: Ledger, kind: type) -> list[Any]:
    """What the records of one kind in a ledger say."""
    return [each.body for each in ledger.records if isinstance(each.body, kind)]


class BeamView:
    """A session as far as practice looks at it."""

    def __init__(self, beam_mode: str | None = "stable beams") -> None:
        self.mailbox = Mailbox()
        conditions = Conditions("collisions", beam_mode=beam_mode)
        self.mailbox.run = RunInfo(1, conditions=conditions)


class WatchedShift:
    """A practice, its clock and the throw-away book.

    Args:
        activity: the practice.
        run: its plan.
    """

    def __init__(self, activity: Practice, run: LessonRun) -> None:
        self.activity = activity
        self.run = run
        self.began = 50.0
        self.records: tuple[Record, ...] = ()
        self.at(0.0)

    def at(
        self, seconds: float, *bodies: Body, subsystem: str = "", who: str = WHO
    ) -> None:
        """Let time pass to so many seconds of the shift, and do something then."""
        for body in bodies:
            uid = f"t{len(self.records)}"
            # the wall clock says nonsense: nothing may go by it
            made_at = 5e9 - len(self.records)
            record = Record(uid, made_at, body, who, run=7, subsystem=subsystem)
            self.records = (*self.records, record)
        came = self.run.ahead + int(seconds * self.run.speed / 23.31)
        now = self.began + seconds
        self.activity.look(Facts(now, records=self.records, lumisection=came))
