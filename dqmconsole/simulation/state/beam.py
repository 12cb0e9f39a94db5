"""The beam: fill, mode, bunch pattern, luminosity, pile-up, luminous region.

Numbers resemble LHC Run 3; beam modes are numbered as the LHC does (cmssw
DQMProvInfo: 1 "no mode" to 21 "no beam", 11 "stable beams").
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array

RunType = Literal["collisions", "cosmics", "heavy-ions"]
RUN_TYPES: tuple[RunType, ...] = ("collisions", "cosmics", "heavy-ions")

LUMISECTION_SECONDS = 23.31
"""Length of a lumisection, s (2^18 orbits of the LHC)."""

ORBIT_CROSSINGS = 3564
FIRST_CROSSING = 55
ABORT_GAP = 125
"""Crossings at the end of the orbit without bunches, 3 μs."""
TRAIN_GAP = 7
"""Crossings between two trains of a group."""

BEAM_MODES = (
    "no mode", "setup", "inj pilot", "inj intr", "inj nomn", "pre ramp", "ramp",
    "flat top", "squeeze", "adjust", "stable beams", "unstable beams", "beam dump",
    "ramp down", "recovery", "inj dump", "circ dump", "abort", "cycling",
    "warn beam dump", "no beam",
)  # fmt: skip

STABLE_BEAMS = 11
NO_BEAM = 21

STABLE_LENGTH = 1900
"""Lumisections of stable beams in a fill (some twelve hours)."""

_BETWEEN_FILLS = (
    (13, 2), (14, 60), (2, 20), (3, 20), (5, 60), (6, 5), (7, 50), (8, 10), (9, 10),
    (10, 10),
)  # fmt: skip
"""Modes between two fills with their lengths in lumisections."""


HOME = np.array([0.171, -0.018, 0.45])
"""Where the luminous region stays, but for a drift: x, y, z, cm."""


class Optics(msgspec.Struct, frozen=True):
    """What a run type asks of the beam.

    Attributes:
        luminosity: at the start of a fill, 1e30 cm-2 s-1.
        pileup: interactions per crossing at that luminosity.
        energy: GeV per beam (per nucleon for ions).
        bunches: colliding bunch pairs.
        spacing: crossings from one to the next in a train.
        train: bunches of a train.
        group: trains of a group, which come close together.
    """

    luminosity: float
    pileup: float
    energy: float
    bunches: int
    spacing: int = 1
    train: int = 36
    group: int = 5


OPTICS: dict[RunType, Optics] = {
    "collisions": Optics(20_000.0, 56.0, 6800.0, 2340),
    "heavy-ions": Optics(0.006, 0.005, 2680.0, 960, spacing=2, train=40, group=1),
    "cosmics": Optics(0.0, 0.0, 0.0, 0),
}


class Beam:
    """The beam in the lumisection at hand.

    Attributes:
        fill: number of the LHC fill; 0 without beam.
        mode: number of the beam mode, 1 to 21.
        luminosity: instantaneous, 1e30 cm-2 s-1.
        pileup: mean interactions per crossing.
        energy: GeV per beam.
        integrated: since the run began, 1/ub.
        recorded: of it, while the trigger took events, 1/ub.
        activity: hits per event relative to the start of a fill (1 in cosmics).
        colliding: bool per bunch crossing of the orbit, shape (3564,).
        position: x, y, z of the luminous region, cm.
        widths: its widths in x, y, z, cm.
        background: halo and beam gas relative to what is usual.
    """

    def __init__(self, run_type: RunType, fill: int) -> None:
        self.run_type = run_type
        self.optics = OPTICS[run_type]
        self.fill = fill if run_type != "cosmics" else 0
        self.age = 0
        self.mode = NO_BEAM if run_type == "cosmics" else STABLE_BEAMS
        self.luminosity = self.optics.luminosity
        self.pileup = self.optics.pileup
        self.energy = self.optics.energy
        self.integrated = 0.0
        self.recorded = 0.0
        self.activity = 1.0
        self._pattern = bunch_pattern(self.optics)
        self.colliding = self._pattern
        self._wanders = HOME.copy()
        self.position = HOME.copy()
        self.widths = np.array([0.00080, 0.00078, 3.55])
        self.background = 1.0

    @property
    def stable(self) -> bool:
        """Whether stable beams are declared."""
        return self.mode == STABLE_BEAMS

    def step(self, rng: np.random.Generator) -> None:
        """Go on by one lumisection."""
        self.age += 1
        self.background = 1.0
        self.colliding = self._pattern
        if self.run_type == "cosmics":
            return
        self.mode = self._mode_now()
        decay = 0.0
        if self.stable:
            # burn-off: the decay time of the luminosity grows with the fill's age
            hours = self.age * LUMISECTION_SECONDS / 3600
            decay = 1.0 / (1.0 + hours / 14.0) ** 1.4
        self.luminosity = self.optics.luminosity * decay
        self.pileup = self.optics.pileup * decay
        self.activity = decay if self.run_type == "collisions" else float(self.stable)
        self.energy = self.optics.energy if 8 <= self.mode <= 12 else 450.0
        drift = rng.normal(0.0, [2e-6, 2e-6, 2e-3])
        self._wanders += drift + 0.02 * (HOME - self._wanders)
        self.position = self._wanders.copy()
        growth = 1.0 + 0.01 * math.log1p(self.age / 400)
        self.widths = np.array([0.00080, 0.00078, 3.55]) * growth

    def _mode_now(self) -> int:
        if self.age <= STABLE_LENGTH:
            return STABLE_BEAMS
        left = self.age - STABLE_LENGTH
        for mode, length in _BETWEEN_FILLS:
            if left <= length:
                return mode
            left -= length
        self.fill += 1
        self.age = 1
        return STABLE_BEAMS


def bunch_pattern(optics: Optics) -> Array:
    """The orbit's colliding crossings: trains, gaps, and the abort gap at the end.

    Trains come in groups, one injection each, that fill the orbit up to the abort gap
    of 3 μs, as the filling schemes of the LHC do; protons are 25 ns apart, lead ions 50
    ns since 2022 (O. Brüning et al. (ed.), LHC Design Report 1, CERN-2004-003, chapter
    2; R. Bruce et al., "Operational scenario of first high luminosity LHC run with
    heavy ions", IPAC 2022). How long trains and groups are is chosen.

    Args:
        optics: of the run type.

    Returns:
        bool, shape (3564,), with its bunches (or the nearest that fits).
    """
    pattern = np.zeros(ORBIT_CROSSINGS, dtype=bool)
    last = ORBIT_CROSSINGS - ABORT_GAP
    length = optics.spacing * (optics.train - 1) + 1
    trains = -(-optics.bunches // optics.train)
    groups = -(-trains // optics.group)
    inside = (trains - groups) * (length + TRAIN_GAP) + groups * length
    gap = max((last - FIRST_CROSSING - inside) // max(groups - 1, 1), TRAIN_GAP)
    crossing, left = FIRST_CROSSING, optics.bunches
    for train in range(1, trains + 1):
        number = min(optics.train, left, -(-(last - crossing) // optics.spacing))
        if number <= 0:
            break
        pattern[crossing : crossing + optics.spacing * number : optics.spacing] = True
        left -= number
        crossing += length + (gap if train % optics.group == 0 else TRAIN_GAP)
    return pattern
