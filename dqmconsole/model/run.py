"""What is known of a run, its conditions, and the clients that serve it."""

from __future__ import annotations

import enum
from typing import Literal

import msgspec

ClientState = Literal[
    "waiting",
    "unmoved",
    "live",
    "frozen",
    "silent",
    "ended",
    "final",
    "recorded",
    "unreadable",
]
HALTED = (
    "paused", "pausing", "stopped", "stopping", "halted", "halting",
    "configured", "configuring", "idle", "ready",
)  # fmt: skip
"""States of the DAQ in which no events are taken; in any other they may be."""
FULL_DEAD_TIME = 99.5  # percent, from which no event passes
UNNUMBERED = -1  # the run of a file that carries no run number; 0 is no run at all


FIRST_TIMED = 19700101000000
"""From here on a run's number is the time at which it began, YYYYMMDDhhmmss.

So are runs whose files have no run number. The time is that of the file's name, as it
is written there, else in UTC.
"""


def run_number(run: int) -> str:
    """A run as it is called: "123", "2026-11-28 05:59:59"; without number "–"."""
    if run < FIRST_TIMED:
        return str(run) if run > 0 else "–"
    digits = str(run)
    day, clock = digits[:-6], digits[-6:]
    date = f"{day[:-4]}-{day[-4:-2]}-{day[-2:]}"
    return f"{date} {clock[:2]}:{clock[2:4]}:{clock[4:]}"


def run_words(run: int, before: str = "") -> str:
    """A run with its noun: "run 12", "the run of 2026-11-28 05:59:59".

    Args:
        run: its number, `UNNUMBERED`, or 0: it has no words.
        before: words before it, such as "of ".
    """
    if run <= 0:
        return ""
    if run < FIRST_TIMED:
        return f"{before}run {run}"
    return f"{before}the run of {run_number(run)}"


class RunState(enum.StrEnum):
    """Where a run stands for the shifter."""

    RUNNING = "running"
    ENDED = "ended, waiting for the final files"
    FINAL = "final"
    RECORDED = "recorded, without its final files"


class Conditions(msgspec.Struct, frozen=True, gc=False):
    """The conditions of a run at its latest lumisection; None where unknown.

    Attributes:
        run_type: by the site's word ("physics", "cosmics").
        fill: LHC fill (or what the experiment calls so).
        beam_mode: beam mode in words, lower case ("stable beams").
        beam_energy: energy per beam, GeV.
        luminosity: instantaneous luminosity, 1e30 cm-2 s-1.
        integrated: luminosity integrated over the run so far, 1/ub.
        pileup: mean interactions per crossing.
        magnet: field, tesla.
        dcs: partition of the detector control system -> on.
        dcs_since: partition -> lumisection of the run since which it is so; of those
            that changed in it.
        feds: front-end drivers in the run.
        subsystems: subsystems in the run.
        daq_state: state of the data acquisition in words, lower case ("running").
        dead_time: share of the crossings that the trigger loses, percent.
        scalars: further conditions that the site names -> number or word.
        shown: path of a scalar that the header shows -> number or word.
        no_data: why no data are expected, by the beam mode: "Beam: no beam"; or "".
        by_hand: partitions whose state in `dcs` a person said, against the detector
            control -> what, who and why; None: none.
    """

    run_type: str | None = None
    fill: int | None = None
    beam_mode: str | None = None
    beam_energy: float | None = None
    luminosity: float | None = None
    integrated: float | None = None
    pileup: float | None = None
    magnet: float | None = None
    dcs: dict[str, bool] | None = None
    feds: frozenset[int] | None = None
    subsystems: frozenset[str] | None = None
    scalars: dict[str, float | str] | None = None
    daq_state: str | None = None
    dead_time: float | None = None
    by_hand: dict[str, str] | None = None
    shown: dict[str, float | str] | None = None
    no_data: str = ""
    dcs_since: dict[str, int] | None = None

    @property
    def standstill(self) -> str:
        """Why no data may come though nothing is wrong: "DAQ paused"; "" for nothing.

        What is not known excuses nothing, nor does a state that is not known as one in
        which nothing is taken.
        """
        if self.daq_state in HALTED:
            return f"DAQ {self.daq_state}"
        if self.dead_time is not None and self.dead_time >= FULL_DEAD_TIME:
            return "dead time 100 %"
        return self.no_data


class Client(msgspec.Struct, frozen=True, gc=False):
    """One DQM client as its files show it.

    Attributes:
        subsystem: the subsystem it serves (first part of its paths).
        run: the run its latest file belongs to.
        lumisection: the last lumisection of its latest file, or None.
        content: the last lumisection that its content holds, or None; it stands still
            where files are renewed and their content is not.
        state: "waiting" (no file of the current run yet), "unmoved" (there is a
            file, but its content was not seen to move yet), "live", "frozen" (file
            fresh, content not), "silent" (no new file for two periods), "ended"
            (run over, final file awaited), "final", "recorded" (old already when the
            source was opened, and nobody has written since), "unreadable".
        sentence: the state in words.
        produced: unix time of the content as its producer dates it, s.
        written: unix time of the file on disk, s.
        period: measured time between updates, s; None until two were seen.
        events: events it processed, or None.
        rate: events per second between the last two updates, or None.
        lag: seconds by which the content was old when it was written.
        host, pid: who wrote it, from the name of the snapshot.
        producers: processes that write its files at once; what is shown is of one.
        since: the first lumisection of its counts, where it was restarted in the run;
            None: that of the run.
        stream: the source that it is of, where that is not the main one; else "".
    """

    subsystem: str
    run: int
    lumisection: int | None = None
    state: ClientState = "waiting"
    sentence: str = ""
    produced: float | None = None
    written: float | None = None
    period: float | None = None
    events: int | None = None
    rate: float | None = None
    lag: float | None = None
    host: str = ""
    pid: int = 0
    producers: int = 1
    content: int | None = None
    since: int | None = None
    stream: str = ""

    @property
    def reached(self) -> int | None:
        """The last lumisection of its content; of its file where that says none."""
        return self.lumisection if self.content is None else self.content


class LumisectionClock(msgspec.Struct, frozen=True, gc=False):
    """Turns lumisections of a run into time of day.

    Attributes:
        started: when lumisection 1 began, unix time, s.
        length: of one lumisection, s.
    """

    started: float
    length: float

    def at(self, lumisection: float) -> float:
        """Unix time, s, at which a lumisection began; parts of one count as such."""
        return self.started + (lumisection - 1) * self.length


class RunInfo(msgspec.Struct, frozen=True, gc=False):
    """The run header: everything it shows, once per frame.

    Attributes:
        run: number of the current run; 0 when there is none.
        state: where it stands.
        lumisection: the highest lumisection any client has reached.
        started: unix time of its start, s, or None.
        conditions: its conditions.
        rate: rate of the DQM stream, events/s, or None.
        lag: largest delay among the live clients, s, or None.
        slowest: the client with that delay.
        clients: all clients, by subsystem.
        recorded: unix time of the newest content, s, where the source was old
            already when it was opened and nobody has written since; else None.
    """

    run: int = 0
    state: RunState = RunState.RUNNING
    lumisection: int | None = None
    started: float | None = None
    conditions: Conditions = Conditions()
    rate: float | None = None
    lag: float | None = None
    slowest: str = ""
    clients: tuple[Client, ...] = ()
    recorded: float | None = None
    clock: LumisectionClock | None = None

    @property
    def standstill(self) -> str:
        """Why nothing comes though nothing is wrong; "" while anything comes."""
        live = any(client.state == "live" for client in self.clients)
        return "" if live else self.conditions.standstill
