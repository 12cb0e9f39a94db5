"""A small site with an exam, and stand-ins for the ledger, the runs and the session."""

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
from dqmconsole.training.lesson import CauseWords, ExamSettings, ItemSource

if TYPE_CHECKING:
    from dqmconsole.model.record import Body
    from dqmconsole.training.lesson import LessonRun
    from dqmconsole.training.practice import Practice
    from dqmconsole.training.records import TrainingBody

WHO = "Ada Trainee"
MAP = "Hcal › Occupancy › Hcal/Map"
FED = "Hcal › Readout/by FED › Hcal/Fed"
TIMING = "Ecal › Timing › Ecal/Time"
SECTORS = "DT › Occupancy › DT/Map"

CAUSES = (
    CauseWords("hv-trip", "fault", "voltage", "Sectors trip.", ("Hcal", "DT")),
    CauseWords("fed-lost", "fault", "readout", "A driver is lost.", ("Hcal", "Ecal")),
    CauseWords("board-dead", "fault", "readout", "Boards die.", ("Hcal", "L1T")),
    CauseWords("t0-drift", "fault", "timing", "The phase drifts.", ("Hcal", "Ecal")),
    CauseWords("lumi-drop", "harmless", "beam", "The luminosity falls."),
    CauseWords("hv-on", "harmless", "voltage", "HV comes on.", ("Hcal",)),
    CauseWords("stop-start", "harmless", "run", "The run is stopped.", ends_run=True),
)

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


class MemoryLedger:
    """Keeps records in memory, as the book does beyond a crash."""

    said = ""

    def __init__(self) -> None:
        self.records: tuple[Record, ...] = ()
        self.keeping = True
        self.clock = 0.0  # what the console says the time is, once it is set

    def is_kept(self, record: Record) -> bool:
        """Whether the book has it; unless it is locked."""
        return self.keeping and record in self.records

    def write(self, who: str, body: TrainingBody) -> Record:
        """Keep it; an hour passes between two records, as a changed clock may say."""
        number = len(self.records) + 1
        at = 1e9 + 3600.0 * number
        record = Record(
            f"u{number}", self.clock or at, body, who, number=number, stored_at=at
        )
        self.records = (*self.records, record)
        return record

    def of(self, kind: type) -> list[Any]:
        """The bodies of one kind."""
        return [each.body for each in self.records if isinstance(each.body, kind)]


class PreparedRuns:
    """Prepared runs that are whole at once, unless told otherwise."""

    def __init__(self) -> None:
        self.folders: dict[str, LessonRun] = {}
        self.subsystems: dict[str, tuple[str, ...]] = {}
        self.ready: bool | None = True
        self.broken = False
        self.started: list[LessonRun] = []
        self.most = 0
        self._numbers = itertools.count()

    def start(self, run: LessonRun) -> str:
        """Note it."""
        self._refuse()
        self.started.append(run)
        return f"live {run.evidence}"

    def prepare(self, run: LessonRun, subsystems: tuple[str, ...]) -> str:
        """Note it."""
        self._refuse()
        folder = f"folder {next(self._numbers)}{run.evidence}"
        self.folders[folder] = run
        self.subsystems[folder] = subsystems
        self.most = max(self.most, len(self.folders))
        return folder

    def broke_off(self) -> bool:
        """Never, here."""
        return False

    def is_ready(self, folder: str) -> bool | None:
        """As told."""
        assert folder in self.folders
        return self.ready

    def reference(self, run: LessonRun) -> str:
        """None."""
        assert run.seed
        return ""

    def drop(self, folder: str) -> None:
        """A folder is dropped once."""
        del self.folders[folder]

    def stop(self) -> None:
        """Drop all."""
        self.folders.clear()

    def _refuse(self) -> None:
        if self.broken:
            message = "no room left"
            raise OSError(message)


class HandClock:
    """A monotonic clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """The time."""
        return self.now


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
        self.activity.look(Facts(now, records=self.records, run=7, lumisection=came))
