"""A fault or harmless event: how much, when, for how long, and where it acts."""

from __future__ import annotations

from typing import Literal

import msgspec
import numpy as np

from dqmconsole.model.cause import Family, Urgency

CauseKind = Literal["fault", "harmless"]
ActsOn = Literal["state", "stream", "tests", "run", "session"]
"""The detector; what its clients write; what their quality tests say of it; how runs
begin and end; or the console's session alone, as a wrong reference does: then the
detector does nothing."""

WHOLE = ("sectors", "drivers", "boards", "pairs of boards")
"""Units of which there are only whole ones."""


class CauseError(ValueError):
    """A cause that does not exist, or cannot act where it was sent."""


class Cause(msgspec.Struct, frozen=True):
    """A fault or harmless event, as the table keeps it or as it was asked for.

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
        from_run: it stands from the first lumisection of a run on: of the first run
            when its onset is 1, else of the one after the run in which its onset lies,
            which ends there.
        steps: its strength in each lumisection from the onset on, after which it is
            over; given, `duration` and `rise` do not count.
        sizes: a fault's in a study of what is found, ascending, in `unit`.
        shows: how the data are wrong; None of what is no fault.
        urgency: when somebody has to act, ...
        matters: ... from this size on.
        place: number of the place where it strikes, the same in every run; None: the
            run's seed chooses.
    """

    name: str
    kind: CauseKind
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
    from_run: bool = False
    steps: tuple[float, ...] = ()
    sizes: tuple[float, ...] = ()
    shows: Family | None = None
    urgency: Urgency = ""
    matters: float = 0.0
    place: int | None = None

    @property
    def may_end(self) -> bool:
        """Whether a last lumisection can be asked for.

        What is switched on ends at its onset, what has steps with the last of them; a
        run's end is a moment, a wrong reference stays loaded, and what an access brings
        only another one takes back.
        """
        own = self.before or bool(self.steps) or self.from_run
        return not own and self.acts_on not in {"run", "session"}

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

    def beginning(self, onset: int) -> Cause:
        """It with an onset, or from the first lumisection if it stands with a run."""
        onset = 1 if self.from_run else onset
        return msgspec.structs.replace(self, onset=onset)


def generator(cause: Cause, seed: int) -> np.random.Generator:
    """The generator that chooses where a cause strikes: the same each time."""
    letters = f"{cause.name}:{cause.target}".encode()
    if cause.place is not None:
        return np.random.default_rng([cause.place, *letters, *b"place"])
    return np.random.default_rng([seed, *letters])
