"""THE TABLE: every fault and harmless event the simulated detector knows."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.detector.table.acts import ACTS
from dqmconsole.detector.table.cause import Cause, CauseError, Effect

if TYPE_CHECKING:
    from collections.abc import Collection

    from dqmconsole.detector.state.detector import DetectorState

TABLE: tuple[Cause, ...] = (
    Cause(
        "hv-trip", "fault", "voltage",
        "The high voltage of some adjacent sectors trips; their channels fall silent "
        "while the partition's DCS bit stays on.",
        4, "sectors", targets=("Hcal", "DT", "SiStrip"),
    ),
    Cause(
        "fed-lost", "fault", "readout",
        "A front-end driver in the run stops sending data.",
        1, "drivers", targets=("Hcal", "Ecal"),
    ),
    Cause(
        "board-dead", "fault", "readout",
        "Front-end boards die; their channels give nothing.",
        2, "boards", targets=("Hcal", "L1T"),
    ),
    Cause(
        "hot-channel", "fault", "channels",
        "One channel fires far more often than its neighbours.",
        60, "times its rate", targets=("Hcal", "L1T"),
    ),
    Cause(
        "t0-drift", "fault", "timing",
        "The clock phase drifts: hits arrive later and later.",
        9, "ns", rise=5, targets=("Hcal", "Ecal"),
    ),
    Cause(
        "client-frozen", "fault", "stream",
        "A client writes fresh files whose content no longer changes.",
        1, "client", acts_on="stream", targets=("L1T", "Hcal"),
    ),
    Cause(
        "lumi-drop", "harmless", "beam",
        "The luminosity falls at once (a separation scan, or levelling).",
        3, "times less",
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
        "client-restart", "harmless", "stream",
        "A client is restarted: another process, its histograms empty.",
        1, "client", acts_on="stream", duration=1, targets=("Hcal", "L1T"),
    ),
    Cause(
        "stop-start", "harmless", "run",
        "The run is stopped and another one started within a minute.",
        45, "s between the runs", acts_on="run", duration=1,
    ),
    Cause(
        "subsystem-out", "harmless", "run",
        "A subsystem is taken out: the run is stopped, the next goes on without it.",
        1, "subsystem", acts_on="run", duration=1, targets=("Castor", "Hcal"),
    ),
)  # fmt: skip
"""The table. Sizes, onsets and durations are what holds unless asked otherwise."""

_FORM = re.compile(r"(?P<name>[a-z0-9-]+)(:(?P<target>\w+))?(@(?P<onset>\d+))?")


def find(name: str) -> Cause:
    """The table's cause of that name.

    Raises:
        CauseError: there is none; names the nearest.
    """
    for cause in TABLE:
        if cause.name == name:
            return cause
    names = [cause.name for cause in TABLE]
    near = difflib.get_close_matches(name, names, 1, 0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(names)}"
    message = f"no fault or event is called {name!r}; {hint}"
    raise CauseError(message)


def parse_cause(text: str) -> Cause:
    """Read "hv-trip@2" or "hv-trip:Hcal@2": name, target, onset in lumisections.

    Raises:
        CauseError: it is not of that form, or there is no such cause.
    """
    form = _FORM.fullmatch(text.strip())
    if form is None:
        message = f"{text!r} is not of the form NAME[:SUBSYSTEM]@LUMISECTION"
        raise CauseError(message)
    cause = find(form["name"])
    if form["onset"] is not None:
        if int(form["onset"]) < 1:
            message = f"{text!r}: lumisections count from 1"
            raise CauseError(message)
        cause = msgspec.structs.replace(cause, onset=int(form["onset"]))
    if form["target"]:
        if not cause.targets:
            message = (
                f"{cause.name} acts on the whole detector, not on {form['target']}"
            )
            raise CauseError(message)
        cause = msgspec.structs.replace(cause, target=form["target"])
    return cause


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
        ACTS[cause.name].apply(cause, state, strength)


def effect(cause: Cause, state: DetectorState) -> Effect | None:
    """What an aimed cause does to given histograms; None when only to the stream."""
    found = ACTS[cause.name].effect
    return None if found is None else found(cause, state)
