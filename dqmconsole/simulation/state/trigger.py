"""The trigger: seeds of the first level, prescale columns, rates, the emulator.

Seed names follow the CMS menus of Run 3; rates are invented but of their size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array
    from dqmconsole.simulation.state.beam import RunType


class Seed(msgspec.Struct, frozen=True):
    """One algorithm of the global trigger.

    Attributes:
        name: its name in the menu.
        bit: its number, 0 to 511.
        rate: before prescale at the start of a fill, Hz.
        prescales: by column; 0 switches it off.
        cosmic: rate in a cosmic run, Hz.
    """

    name: str
    bit: int
    rate: float
    prescales: tuple[int, int, int, int] = (1, 1, 1, 1)
    cosmic: float = 0.0


SEEDS: tuple[Seed, ...] = (
    Seed("L1_SingleMuCosmics", 5, 450.0, (900, 450, 200, 100), 360.0),
    Seed("L1_SingleMu7", 10, 48_000.0, (4000, 2000, 800, 400), 90.0),
    Seed("L1_SingleMu22", 21, 9_800.0, (1, 1, 1, 1), 25.0),
    Seed("L1_SingleMu25", 23, 6_900.0),
    Seed("L1_DoubleMu_15_7", 43, 5_600.0),
    Seed("L1_DoubleMu0er1p5_SQ_OS_dR_Max1p4", 56, 8_200.0, (2, 1, 1, 1)),
    Seed("L1_TripleMu_5_3_3", 74, 3_100.0),
    Seed("L1_Mu6_DoubleEG12er2p5", 110, 2_400.0),
    Seed("L1_Mu20_EG10er2p5", 115, 3_900.0),
    Seed("L1_SingleEG36er2p5", 167, 11_500.0, (1, 1, 1, 1)),
    Seed("L1_SingleIsoEG30er2p1", 185, 10_200.0, (2, 1, 1, 1)),
    Seed("L1_DoubleEG_25_12_er2p5", 205, 7_800.0),
    Seed("L1_TripleEG_18_17_8_er2p5", 224, 2_900.0),
    Seed("L1_SingleTau120er2p1", 267, 4_300.0),
    Seed("L1_DoubleIsoTau34er2p1", 277, 9_100.0, (2, 1, 1, 1)),
    Seed("L1_SingleJet180", 310, 3_600.0),
    Seed("L1_SingleJet35", 312, 900_000.0, (90_000, 45_000, 20_000, 9000), 3.0),
    Seed("L1_DoubleJet150er2p5", 341, 2_800.0),
    Seed("L1_DoubleJet_110_35_DoubleJet35_Mass_Min620", 363, 5_900.0),
    Seed("L1_QuadJet_95_75_65_20", 381, 4_800.0),
    Seed("L1_HTT280er", 401, 30_000.0, (40, 20, 8, 4)),
    Seed("L1_HTT360er", 404, 6_200.0),
    Seed("L1_ETMHF100", 421, 4_100.0),
    Seed("L1_ZeroBias", 459, 1_100_000.0, (26_000, 26_000, 26_000, 26_000)),
    Seed("L1_FirstCollisionInOrbit", 466, 11_000.0, (500, 500, 500, 500)),
    Seed("L1_IsolatedBunch", 475, 45_000.0, (2300, 1200, 600, 300)),
    Seed("L1_MinimumBiasHF0_AND_BptxAND", 486, 0.0, (1, 1, 1, 1)),
    Seed("L1_UPC_NotMinimumBiasHF2_OR", 492, 0.0, (1, 1, 1, 1)),
)

MUON_SEEDS = tuple(seed.name for seed in SEEDS if "Mu" in seed.name)
"""Seeds that ask for muons."""

THRESHOLD_POWER = 3.0
"""Power of the energy scale with which electrons above a threshold get fewer: their
number falls with the fourth power of ET, as that of the HLT's does here; chosen. That
the rate of the first level falls with them is left out."""

STREAM_SHARE: dict[RunType, float] = {
    "collisions": 0.08,
    "cosmics": 0.5,
    "heavy-ions": 0.03,
}
"""Events of the DQM stream relative to those that the high level should accept.

The stream is a sample of what the first level accepts, whatever the high level says.
"""

KEPT: dict[RunType, float] = {"collisions": 0.021, "cosmics": 0.4, "heavy-ions": 0.16}
"""Share of the first level's accepts, as the menu should give them, that the high level
keeps."""

READOUT = 110_000.0
"""Events per second that the readout takes: what CMS's first level gives in Run 3
("CMS High Level Trigger Performance for Run 3", PoS(EPS-HEP2023)517, says around 110
kHz); in Run 1 the limit was 100 kHz ("The CMS trigger system", JINST 12 (2017) P01020).
"""

BUFFERED = 32
"""Events that the readout holds at most, the one that it reads included; invented."""

LOST_PER_ACCEPT = 147e-9
"""Seconds that are lost with an accept. 50 ns are the first of CMS's trigger rules, one
in three crossings ("The Trigger Systems", CMS TDR 6.1, CERN/LHCC 2000-038); the longer
ones, two in 25, three in 100, four in 240, cost about as much together at 100 kHz (0.4
% beside 0.5 %, worked out for accepts at random). The rest is what single drivers ask
for, and chosen, so that 1.2 % is lost in collisions. So there is hardly any dead time
at the rate of cosmic muons."""


def live_share(asked: float, inhibited: float) -> float:
    """Share of the triggers that are accepted; the others are lost in dead time.

    After each accept nothing may follow for a moment, and nothing may when all buffers
    are full: the chance of that is the one of a queue M/M/1/N (Kleinrock, Queueing
    Systems 1, section 3.6), so no more than `READOUT` is ever accepted.

    Args:
        asked: triggers after prescale, Hz, 0 or more.
        inhibited: share of the time in which none is accepted, 0 to 1.

    Returns:
        From 0 to 1; it falls as the rate rises.
    """
    allowed = (1 - inhibited) / (1 + asked * LOST_PER_ACCEPT)
    load = asked * allowed / READOUT
    full = load**BUFFERED / float(np.polyval(np.ones(BUFFERED + 1), load))
    return allowed * (1 - full)


class Trigger:
    """The trigger in the lumisection at hand.

    Attributes:
        usual_column: prescale column unless a cause moves it.
        column: prescale column now, 0 (highest luminosity) to 3.
        before, after: Hz per seed, before and after prescale.
        due: share of the accepts that the menu should give, 0 to 1; the others come
            from noise and wrong prescales, and the high level refuses them.
        l1_rate: accepted by the first level, Hz; `READOUT` at most.
        hlt_rate: accepted by the high level, Hz.
        inhibited: share of the time without accepts whatever the rate, 0 to 1: of a
            resynchronisation.
        dead_time: share of crossings lost, 0 to 1; follows from the rates.
        mismatch: share of objects where data and emulator differ, by object.
        noise: seed -> accepts it gets from noise, relative to all other accepts.
        wrong: seed -> times as many accepts as its prescale should leave.
        paused: nothing is accepted; the run goes on.
    """

    def __init__(self, run_type: RunType) -> None:
        self.run_type = run_type
        self.usual_column = 1 if run_type == "collisions" else 3
        self.reset()

    def reset(self) -> None:
        """Back to nominal, before the causes act."""
        self.column = self.usual_column
        self.inhibited = 0.0
        self.mismatch = {
            "jets": 1e-3, "egammas": 5e-4, "taus": 8e-4, "sums": 6e-4, "muons": 7e-4,
            "algorithms": 2e-4,
        }  # fmt: skip
        self.noise: dict[str, float] = {}
        self.wrong: dict[str, float] = {}
        self.paused = False
        self.before = np.zeros(len(SEEDS))
        self.after = np.zeros(len(SEEDS))
        self.due = 1.0
        self.dead_time = 0.0
        self.l1_rate = 0.0
        self.hlt_rate = 0.0

    @property
    def nominal(self) -> Array:
        """Rate of each seed after the usual prescales at the start of a fill, Hz."""
        if self.cosmic:
            return np.array([seed.cosmic for seed in SEEDS])
        rates = np.array([seed.rate for seed in SEEDS])
        return rates * self.shares(self.usual_column)

    def settle(self, activity: float) -> None:
        """Compute rates and dead time from luminosity and prescale column.

        Args:
            activity: luminosity relative to the start of a fill (cosmics: 1).
        """
        if self.run_type == "cosmics":
            raw = np.array([seed.cosmic for seed in SEEDS])
        elif self.run_type == "heavy-ions":
            raw = np.array([0.02 * seed.rate for seed in SEEDS]) * activity
            raw[-2:] = np.array([38_000.0, 9_000.0]) * activity
        else:
            raw = np.array([seed.rate for seed in SEEDS]) * activity
        self.before = raw
        self.after = self.before * (1.0 if self.cosmic else self.shares())
        usual = float(self.after.sum())
        due = self.after.copy()
        for number, seed in enumerate(SEEDS):
            wrong = self.wrong.get(seed.name, 1.0)
            due[number] *= min(wrong, 1.0)
            self.after[number] *= wrong
            extra = self.noise.get(seed.name, 0.0) * usual
            self.before[number] += extra
            self.after[number] += extra
        if self.paused:
            self.after = np.zeros(len(SEEDS))
        overlap = 0.72 if self.run_type == "collisions" else 0.9
        asked = overlap * float(self.after.sum())
        live = live_share(asked, self.inhibited)
        self.due = overlap * float(due.sum()) / asked if asked else 1.0
        self.dead_time = 1 - live
        self.l1_rate = asked * live
        self.hlt_rate = KEPT[self.run_type] * self.due * self.l1_rate

    def shares(self, column: int | None = None) -> Array:
        """Share of its candidates each seed keeps in a prescale column."""
        chosen = self.column if column is None else column
        kept = np.array([seed.prescales[chosen] for seed in SEEDS], np.float64)
        return np.divide(1.0, kept, out=np.zeros_like(kept), where=kept > 0)

    @property
    def cosmic(self) -> bool:
        """A cosmic menu has no prescales."""
        return self.run_type == "cosmics"

    @property
    def stream_rate(self) -> float:
        """Events per second that reach the DQM clients."""
        return KEPT[self.run_type] * STREAM_SHARE[self.run_type] * self.l1_rate
