"""How a run came to be what it is: changes of status, and conditions by lumisection."""

from __future__ import annotations

from typing import Literal

import msgspec

from dqmconsole.model.alarm import Alarm
from dqmconsole.model.verdict import Status

NumberOf = Literal["entries", "mean", "rms", "bin"]
"""A number of a plot; "mean" and "rms" are along x."""


class TransitionFact(msgspec.Struct, frozen=True, tag="transition", gc=False):
    """A plot's status became another.

    Attributes:
        key: the plot.
        run: the run in which it did.
        status: the new status.
        at: unix time, s, of the engine when it saw that.
        lumisection: the last one in the plot's data then, or None where it has none.
            Not the onset of the status: a verdict that was only interrupted goes on
            from its old onset, but what lay between was not judged.
        sentence: why, where the status asks something of a person; else "".
    """

    key: str
    run: int
    status: Status
    at: float
    lumisection: int | None = None
    sentence: str = ""


class LumisectionsFact(msgspec.Struct, frozen=True, tag="lumisections", gc=False):
    """The conditions that held in some lumisections of a run; None where unknown.

    Attributes:
        run: the run.
        first, last: the lumisections, both included. A later fact of one that has
            the same replaces it there.
        at: unix time of the last of them, s, or None where that is unknown.
        watched: an engine looked at the run meanwhile; False for what only its
            trends tell afterwards.
        beam_mode: beam mode in words, lower case.
        on, partitions: partitions of the detector control system that were on, and
            of how many that is known.
        off: the names of the others, the first ones.
        luminosity: instantaneous luminosity, 1e30 cm-2 s-1.
        magnet: field, tesla.
        daq_state: state of the data acquisition in words, lower case.
        dead_time: percent.
        column: prescale column.
        shown: path of a scalar that the header shows -> number or word.
    """

    run: int
    first: int
    last: int
    at: float | None = None
    watched: bool = True
    beam_mode: str | None = None
    on: int | None = None
    partitions: int | None = None
    off: tuple[str, ...] = ()
    luminosity: float | None = None
    magnet: float | None = None
    daq_state: str | None = None
    dead_time: float | None = None
    column: float | str | None = None
    shown: dict[str, float | str] | None = None


class History(msgspec.Struct, frozen=True, tag="history", gc=False):
    """What engines kept of a source, as it was when it was opened; oldest first.

    What happened since comes as facts; some of it may be told both ways.
    """

    transitions: tuple[TransitionFact, ...] = ()
    lumisections: tuple[LumisectionsFact, ...] = ()
    alarms: tuple[Alarm, ...] = ()


class HistoryPoint(msgspec.Struct, frozen=True, gc=False):
    """A number of a plot in one update of a run, or in a whole run.

    Attributes:
        run: the run.
        value: the number; None where it is none.
        error: one standard deviation, or None.
        first, last: the lumisections of the update; 0 of a whole run, and where the
            source has none.
        at: when its content was made, unix time, s; 0 of a whole run.
        booked_otherwise: of a whole run: the plot had another class or other bins in
            it, so that the number may mean something else.
    """

    run: int
    value: float | None
    error: float | None = None
    first: int = 0
    last: int = 0
    at: float = 0.0
    booked_otherwise: bool = False
