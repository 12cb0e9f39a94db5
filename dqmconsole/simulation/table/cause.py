"""A cause: what happens to the detector, how much, when, for how long, and where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec
import numpy as np

from dqmconsole.model.histogram import Array
from dqmconsole.model.lesson import ActsOn

Kind = Literal["fault", "harmless"]


class CauseError(ValueError):
    """A cause that does not exist, or cannot act where it was sent."""


class Cause(msgspec.Struct, frozen=True):
    """One cause, as the table keeps it or as it was asked for.

    Attributes:
        name: its name on the command line.
        kind: a fault, or a harmless event that must not alarm anybody.
        family: what kind of thing it is ("voltage", "readout", "beam", ...).
        description: one sentence for people.
        size: how much, above 0; `unit` says of what.
        unit: the unit of `size`.
        onset: first lumisection it acts in, counted over all runs from 1.
        duration: lumisections it lasts; None: until the end.
        rise: lumisections until it has its whole size.
        target: the subsystem; "" for the whole detector.
        targets: subsystems it goes to by default: the first that is there.
        acts_on: where it acts.
        before: it acts from the start *until* the onset (something is switched on).
        ends_run: the next run begins after it.
        steps: its strength in each lumisection from the onset on, after which it is
            over; given, `duration` and `rise` do not count.
    """

    name: str
    kind: Kind
    family: str
    description: str
    size: float
    unit: str
    acts_on: ActsOn = "state"
    onset: int = 1
    duration: int | None = None
    rise: int = 1
    target: str = ""
    targets: tuple[str, ...] = ()
    before: bool = False
    ends_run: bool = False
    steps: tuple[float, ...] = ()

    def strength(self, lumisection: int) -> float:
        """Its strength, 0 to 1, in a lumisection (counted over all runs)."""
        if self.before:
            return float(lumisection < self.onset)
        since = lumisection - self.onset + 1
        if self.steps:
            return self.steps[since - 1] if 1 <= since <= len(self.steps) else 0.0
        if since <= 0 or (self.duration is not None and since > self.duration):
            return 0.0
        return min(1.0, since / self.rise)


class Effect(msgspec.Struct, frozen=True, eq=False):
    """What a cause of full strength does, in the terms a histogram can show.

    Attributes:
        keep: subsystem -> factor on the rate of each of its channels.
        shift: subsystem -> ns added to the time of each channel's hits.
        gain: subsystem -> factor on the response of each of its channels.
        early: subsystem -> share of each channel's hits that come one bunch crossing
            early.
        activity: factor on luminosity and pile-up.
        events: factor on the number of events.
        feds_lost: front-end drivers that are in the run and send nothing.
        feds_out: front-end drivers that are out of the run.
        out: subsystems that are out of the run.
        seeds: trigger seed -> factor on its rate per event after prescale.
        seed_shares: trigger seed -> its usual share of all accepts, where known.
        early_seeds: trigger seed -> share of its accepts one bunch crossing early.
        differs: kind of trigger object -> what is added to the share of them where
            data and emulator differ.
        straight: there is no magnetic field.
        partitions_off: rows of the DCS map, partitions or conditions, that are off.
    """

    keep: Mapping[str, Array] = {}
    shift: Mapping[str, Array] = {}
    gain: Mapping[str, Array] = {}
    early: Mapping[str, Array] = {}
    activity: float = 1.0
    events: float = 1.0
    feds_lost: frozenset[int] = frozenset()
    feds_out: frozenset[int] = frozenset()
    out: frozenset[str] = frozenset()
    seeds: Mapping[str, float] = {}
    seed_shares: Mapping[str, float] = {}
    early_seeds: Mapping[str, float] = {}
    differs: Mapping[str, float] = {}
    straight: bool = False
    partitions_off: frozenset[str] = frozenset()


def generator(cause: Cause, seed: int) -> np.random.Generator:
    """The generator that chooses where a cause strikes: the same each time."""
    letters = f"{cause.name}:{cause.target}".encode()
    return np.random.default_rng([seed, *letters])
