"""THE TABLE: every fault and harmless event the simulated detector knows."""

from __future__ import annotations

import difflib
import math
import re
from typing import TYPE_CHECKING

import msgspec

from dqmconsole import plugins
from dqmconsole.simulation.table.cause import Cause, CauseError
from dqmconsole.simulation.table.held_out import HELD_OUT_MODELS
from dqmconsole.simulation.table.models import FAULT_MODELS
from dqmconsole.simulation.table.registered import guarded, load_fault

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from dqmconsole.simulation.state.detector import DetectorState

TABLE: tuple[Cause, ...] = (
    Cause(
        "hv-trip", "fault", "voltage",
        "The high voltage of some sectors that share a supply trips; their channels "
        "fall silent while the partition's DCS bit stays on.",
        4, "sectors",
        targets=("Hcal", "DT", "SiStrip", "PixelPhase1", "Ecal", "CSC", "RPC",
                 "Castor"),
        sizes=(1, 2, 4, 8), shows="missing", urgency="now",
    ),
    Cause(
        "fed-lost", "fault", "readout",
        "A front-end driver in the run stops sending data.",
        1, "drivers",
        targets=("Hcal", "Ecal", "SiStrip", "PixelPhase1", "DT", "CSC", "RPC"),
        sizes=(1, 2, 4, 8), shows="missing", urgency="now",
    ),
    Cause(
        "board-dead", "fault", "readout",
        "Front-end boards die; their channels give nothing.",
        2, "boards", targets=("Hcal", "L1T", "Ecal", "DT", "CSC", "CTPPS"),
        sizes=(1, 2, 4, 8), shows="missing", urgency="dump",
    ),
    Cause(
        "ring-lost", "fault", "readout",
        "A control ring of the front ends is lost, and with it all the boards on it: "
        "a whole block of adjacent modules gives nothing.",
        4, "boards", targets=("PixelPhase1", "SiStrip", "Ecal", "Hcal"),
        sizes=(2, 4, 8, 16), shows="missing", urgency="now",
    ),
    Cause(
        "hot-channel", "fault", "noise",
        "One channel fires far more often than its neighbours: noise, on no track.",
        60, "times its rate",
        targets=("Hcal", "L1T", "Ecal", "PixelPhase1", "DT", "CSC", "RPC", "Castor"),
        sizes=(1.5, 3, 10, 60, 300), shows="excess", urgency="dump", matters=10,
    ),
    Cause(
        "noise-burst", "fault", "noise",
        "A block of adjacent boards picks up noise together for some lumisections: "
        "more hits, and no more tracks.",
        12, "times their rate", duration=4, targets=("Hcal", "Ecal", "SiStrip", "CSC"),
        sizes=(1.5, 3, 12, 30), shows="excess", urgency="dump", matters=3,
    ),
    Cause(
        "t0-drift", "fault", "timing",
        "The clock phase drifts, for some lumisections, and stays there: all hits "
        "arrive late by the same time.",
        9, "ns", rise=5, targets=("Hcal", "Ecal", "DT", "CSC"),
        sizes=(1, 3, 9, 20), shows="shift", urgency="now", matters=3,
    ),
    Cause(
        "gain-drift", "fault", "calibration",
        "The response drifts down: charges and energies come out smaller and smaller, "
        "and what falls below the thresholds is lost.",
        30, "% of the response", rise=5,
        targets=("Ecal", "Hcal", "CSC", "PixelPhase1", "SiStrip"),
        sizes=(3, 10, 30, 50), shows="shift", urgency="dump", matters=10,
    ),
    Cause(
        "cable-swap", "fault", "cabling",
        "At an access the cables of two boards are exchanged: from the start of the "
        "next run each one's data arrive in the other's place.",
        1, "pairs of boards", targets=("SiStrip", "PixelPhase1", "Hcal"),
        sizes=(1, 2, 4, 8), shows="shift", urgency="dump",
        ends_run=True, from_run=True,
    ),
    Cause(
        "hot-trigger", "fault", "trigger",
        "One hot calorimeter tower fires an electron seed of the first level: the L1 "
        "rate jumps, and the tower is lit in the events it triggers.",
        0.6, "times the L1 rate in addition", targets=("L1T", "Ecal"),
        sizes=(0.05, 0.2, 0.6, 1.5), shows="excess", urgency="now", matters=0.2,
    ),
    Cause(
        "prefiring", "fault", "trigger",
        "A muon track finder delivers part of its muons one bunch crossing early: "
        "they stand at BX −1.",
        25, "% of its muons", targets=("L1T",),
        sizes=(1, 5, 25, 60), shows="shift", urgency="now", matters=5,
    ),
    Cause(
        "emulator-mismatch", "fault", "trigger",
        "The trigger's data differ from its emulator, for one kind of object, by some "
        "per mille.",
        30, "per mille", targets=("L1TEMU",),
        sizes=(3, 10, 30, 100), shows="excess", urgency="next-day", matters=10,
    ),
    Cause(
        "link-loss", "fault", "readout",
        "Some of the links of a front-end driver are lost: its channels give less.",
        40, "% of its data",
        targets=("Hcal", "Ecal", "SiStrip", "PixelPhase1", "DT", "CSC", "RPC"),
        sizes=(5, 15, 40, 80), shows="missing", urgency="dump", matters=15,
    ),
    Cause(
        "layer-inefficient", "fault", "voltage",
        "The bias of a layer is too low: all of it gives fewer hits.",
        30, "% of its hits", targets=("PixelPhase1", "SiStrip", "DT", "CSC"),
        sizes=(3, 10, 30, 60), shows="missing", urgency="dump", matters=10,
    ),
    Cause(
        "channels-dying", "fault", "readout",
        "Single channels die here and there, more and more of them.",
        3, "% of the channels", rise=10,
        targets=("Hcal", "Ecal", "PixelPhase1", "DT", "CSC", "RPC"),
        sizes=(0.1, 1, 3, 10), shows="missing", urgency="next-day", matters=1,
    ),
    Cause(
        "board-late", "fault", "timing",
        "The clock of one board slips: its hits arrive late.",
        12, "ns", targets=("Hcal", "Ecal", "DT", "CSC"),
        sizes=(1, 4, 12, 25), shows="shift", urgency="dump", matters=4,
    ),
    Cause(
        "beam-jump", "fault", "beam",
        "The luminous region jumps to another place across the beam.",
        600, "μm", targets=("BeamMonitor",),
        sizes=(20, 100, 600, 2000), shows="shift", urgency="now", matters=100,
    ),
    Cause(
        "background-rise", "fault", "beam",
        "Halo and beam gas rise, with nothing to be seen in the collisions.",
        150, "% more background", rise=3, targets=("BRIL",),
        sizes=(10, 40, 150, 400), shows="rate", urgency="now", matters=40,
    ),
    Cause(
        "events-twice", "fault", "stream",
        "A client fills part of its events twice, and counts them once.",
        50, "% of its events", acts_on="stream",
        targets=("Hcal", "L1T", "SiStrip", "DT"),
        sizes=(3, 10, 50, 100), shows="rate", urgency="dump", matters=10,
    ),
    Cause(
        "events-missed", "fault", "stream",
        "A client gets only part of the events that the others get.",
        50, "% of its events", acts_on="stream",
        targets=("L1T", "Hcal", "SiStrip", "DT"),
        sizes=(5, 20, 50, 90), shows="rate", urgency="dump", matters=20,
    ),
    Cause(
        "prescale-wrong", "fault", "trigger",
        "One algorithm runs with a wrong prescale: it is kept far too often.",
        5, "times its rate", targets=("L1T",),
        sizes=(1.2, 2, 5, 20), shows="rate", urgency="now", matters=2,
    ),
    Cause(
        "path-dead", "fault", "trigger",
        "One algorithm of the first level stops firing.",
        100, "% of its rate", targets=("L1T",),
        sizes=(10, 30, 60, 100), shows="missing", urgency="now", matters=30,
    ),
    Cause(
        "client-frozen", "fault", "stream",
        "A client writes fresh files whose content no longer changes.",
        1, "client", acts_on="stream",
        targets=("L1T", "Hcal", "SiStrip", "Ecal", "DT", "HLT"),
        sizes=(1,), shows="stale", urgency="now",
    ),
    Cause(
        "wrong-reference", "fault", "reference",
        "The console compares with a reference run of another kind; the data are "
        "fine.",
        1, "reference", acts_on="session",
        shows="shift", urgency="next-day",
    ),
    Cause(
        "lumi-drop", "harmless", "beam",
        "The luminosity falls at once, as when the LHC levels it.",
        3, "times less",
    ),
    Cause(
        "emittance-scan", "harmless", "beam",
        "The LHC moves the beams apart and back to measure them: the luminosity dips "
        "in steps and returns.",
        5, "times less", steps=(0.4, 1.0, 0.4, 0.0, 0.4, 1.0, 0.4),
    ),
    Cause(
        "beam-dump", "harmless", "beam",
        "The beams are dumped: nothing collides, and the run goes on.",
        1, "fill", duration=20,
    ),
    Cause(
        "fill-begin", "harmless", "beam",
        "The beams are brought into collision, and stable beams are declared.",
        1, "fill", onset=4, before=True,
    ),
    Cause(
        "vdm-scan", "harmless", "beam",
        "A van der Meer scan: the beams are moved across each other in small steps, "
        "and the luminosity nearly vanishes and returns.",
        30, "times less", steps=(0.5, 0.9, 1.0, 0.9, 0.5, 0.0, 0.5, 0.9, 1.0, 0.9, 0.5),
    ),
    Cause(
        "levelling", "harmless", "beam",
        "The LHC levels the luminosity: it falls and is brought back in small steps.",
        1.3, "times less", steps=(0.3, 0.3, 0.6, 0.6, 1.0, 1.0, 0.6, 0.6, 0.3, 0.3),
    ),
    Cause(
        "not-stable", "harmless", "beam",
        "The beams collide, but the LHC is in ADJUST: there are data without stable "
        "beams.",
        1, "run",
    ),
    Cause(
        "hv-on", "harmless", "voltage",
        "The high voltage waits in STANDBY and is switched ON.",
        1, "subsystem", onset=4, before=True, targets=("SiStrip", "Hcal"),
    ),
    Cause(
        "prescale", "harmless", "trigger",
        "The trigger moves to another prescale column.",
        1, "columns",
    ),
    Cause(
        "resync", "harmless", "trigger",
        "The trigger control resynchronises the detector: for a moment there is dead "
        "time, and fewer events.",
        50, "% dead time", duration=1,
    ),
    Cause(
        "client-late", "harmless", "stream",
        "A client begins late: its first file comes when the run is under way.",
        1, "client", acts_on="stream", onset=6, before=True, targets=("Hcal", "L1T"),
    ),
    Cause(
        "client-restart", "harmless", "stream",
        "A client is restarted: another process, its histograms empty.",
        1, "client", acts_on="stream", duration=1, targets=("Hcal", "L1T"),
    ),
    Cause(
        "late-snapshots", "harmless", "stream",
        "A client writes late: its files come seldom, and hold everything when they "
        "come.",
        5, "lumisections between two files", acts_on="stream",
        targets=("Hcal", "L1T"),
    ),
    Cause(
        "stop-start", "harmless", "run",
        "The run is stopped and another one started within a minute.",
        45, "s between the runs", acts_on="run", duration=1, ends_run=True,
    ),
    Cause(
        "subsystem-out", "harmless", "run",
        "A subsystem is taken out: the run is stopped, the next goes on without it.",
        1, "subsystem", acts_on="run", duration=1, targets=("Castor", "Hcal"),
        ends_run=True, from_run=True,
    ),
    Cause(
        "daq-pause", "harmless", "run",
        "The data taking pauses: some lumisections have no events, and the run goes "
        "on.",
        3, "lumisections", acts_on="run",
    ),
    Cause(
        "short-run", "harmless", "run",
        "A run ends after a few lumisections and another one begins.",
        3, "lumisections", acts_on="run", ends_run=True,
    ),
    Cause(
        "field-off", "harmless", "magnet",
        "The solenoid is off, 0 T: tracks are straight, and momenta mean nothing.",
        1, "magnet",
    ),
)  # fmt: skip
"""The program's own; sizes, onsets, durations are what holds unless asked otherwise."""

TRAINING: tuple[Cause, ...] = (
    Cause(
        "tests-stopped", "fault", "stream",
        "A client's quality tests no longer run: it fills its plots as before, and "
        "writes the last results of its tests beside them again and again.",
        1, "client", acts_on="tests",
        targets=("FED", "Hcal", "L1T", "SiStrip", "PixelPhase1", "Ecal", "DT", "CSC"),
        shows="stale", urgency="dump",
    ),
)  # fmt: skip
"""What lessons alone need: no plot shows it, so no study of what is found has it."""

REGISTERED = plugins.registered(
    plugins.FAULTS,
    load_fault,
    [*(each.name for each in (*TABLE, *TRAINING)), *HELD_OUT_MODELS],
)
"""Those of installed packages."""

CAUSES = (*TABLE, *TRAINING, *(fault.cause for fault in REGISTERED.usable.values()))
"""All that can be asked for by name."""

MODELS = (
    FAULT_MODELS
    | HELD_OUT_MODELS
    | {name: guarded(fault) for name, fault in REGISTERED.usable.items()}
)
"""How each acts, by its name, those that are held out too."""

EXTREME = 100
"""A size may be this many times the table's own, or that much smaller."""

FORM = "NAME[:SUBSYSTEM][@LUMISECTION[-LAST]][*SIZE][#PLACE]"
_FORM = re.compile(
    r"(?P<name>[a-z0-9-]+)(:(?P<target>\w+))?"
    r"(@(?P<onset>[0-9]{1,9})(-(?P<last>[0-9]{1,9}))?)?"
    r"(\*(?P<size>[^#]+))?(#(?P<place>[0-9]{1,6}))?"
)


def find(name: str, table: Sequence[Cause] = CAUSES) -> Cause:
    """The table's cause of that name.

    Raises:
        CauseError: there is none; names the nearest.
    """
    for cause in table:
        if cause.name == name:
            return cause
    names = [cause.name for cause in table]
    turned = [each for each in names if set(each.split("-")) == set(name.split("-"))]
    near = turned or difflib.get_close_matches(name, names, 1, 0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(names)}"
    if why := REGISTERED.why_left_out(name):
        raise CauseError(why)
    message = f"no fault or event is called {name!r}; {hint}"
    raise CauseError(message)


def parse_cause(text: str) -> Cause:
    """Read "hv-trip", "hv-trip:Hcal@2-9*1.5#3": name, target, onset, last, size, place.

    Given its last lumisection, it is over after it: somebody brought it back.

    Raises:
        CauseError: it is not of that form, or there is no such cause, or it is given
            a target, an onset, an end or a size that cannot be.
    """
    form = _FORM.fullmatch(text.strip())
    if form is None:
        message = f"{text!r} is not of the form {FORM}"
        raise CauseError(message)
    cause = find(form["name"])
    if form["onset"] is not None:
        if int(form["onset"]) < 1:
            message = f"{text!r}: lumisections count from 1"
            raise CauseError(message)
        cause = msgspec.structs.replace(cause, onset=int(form["onset"]))
    if form["last"] is not None:
        cause = _ended(cause, int(form["last"]), text)
    if form["target"]:
        if not cause.targets:
            message = (
                f"{cause.name} acts on the whole detector, not on {form['target']}"
            )
            raise CauseError(message)
        cause = msgspec.structs.replace(cause, target=form["target"])
    if form["size"] is not None:
        size = _size(form["size"], cause, text)
        cause = msgspec.structs.replace(cause, size=size)
    if form["place"] is not None:
        cause = msgspec.structs.replace(cause, place=int(form["place"]))
    return cause


def _ended(cause: Cause, last: int, text: str) -> Cause:
    if not cause.may_end:
        message = (
            f"{text!r}: {cause.name} takes no last lumisection: when it is over is its "
            "own"
        )
        raise CauseError(message)
    if last < cause.onset:
        message = (
            f"{text!r}: it would be over in lumisection {last}, before it begins in "
            f"{cause.onset}"
        )
        raise CauseError(message)
    return msgspec.structs.replace(cause, duration=last - cause.onset + 1)


def _size(written: str, cause: Cause, text: str) -> float:
    try:
        size = float(written)
    except ValueError:
        message = f"{text!r}: {written!r} is no number; the form is {FORM}"
        raise CauseError(message) from None
    if not (math.isfinite(size) and size > 0):
        message = f"{text!r}: a size is above 0 and finite"
        raise CauseError(message)
    low, high = cause.size / EXTREME, cause.size * EXTREME
    if not low <= size <= high:
        message = (
            f"{text!r}: a size of {cause.name} is {low:g} to {high:g} {cause.unit}; "
            f"usual is {cause.size:g}"
        )
        raise CauseError(message)
    return size


def aimed(cause: Cause, subsystems: Collection[str]) -> Cause:
    """Give a cause its target: the one asked for, or the first default that is there.

    Raises:
        CauseError: the subsystem asked for is not there; names the nearest.
    """
    if not cause.targets:
        return cause
    if not cause.target:
        there = [each for each in cause.targets if each in subsystems]
        target = there[0] if there else min(subsystems)
        return msgspec.structs.replace(cause, target=target)
    for name in subsystems:
        if name.lower() == cause.target.lower():
            return msgspec.structs.replace(cause, target=name)
    near = difflib.get_close_matches(cause.target, subsystems, 1, 0.4)
    hint = f"did you mean {near[0]!r}?" if near else f"there are: {sorted(subsystems)}"
    message = f"{cause.name}: no subsystem {cause.target!r}; {hint}"
    raise CauseError(message)


def act(cause: Cause, state: DetectorState) -> None:
    """Let an aimed cause act on the state's lumisection, if it is its time."""
    strength = cause.strength(state.elapsed)
    if strength > 0:
        MODELS[cause.name](cause, state, strength)
