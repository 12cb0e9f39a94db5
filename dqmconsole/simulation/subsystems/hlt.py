"""HLT: rates by path and stream, objects of the shifter, efficiencies.

Paths as cmssw DQM/HLTEvF books them (HLTObjectMonitor, TriggerRates) and as the
trigger's occupancy plots are named. All numbers are simulated.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.model.histogram import Array, Axis
from dqmconsole.simulation.booking import Booking
from dqmconsole.simulation.elements import Element, labelled
from dqmconsole.simulation.quality import (
    Evidence,
    Judgement,
    QualityTest,
    graded,
    too_few,
)
from dqmconsole.simulation.shapes import exponential, gaussian, power, spread, turn_on
from dqmconsole.simulation.state.beam import LUMISECTION_SECONDS
from dqmconsole.simulation.state.sight import Sight
from dqmconsole.simulation.state.trigger import STREAM_SHARE
from dqmconsole.simulation.subsystem import Lumisection, Subsystem
from dqmconsole.simulation.thresholds import LastWithin, MeanWithin, Occupancy

if TYPE_CHECKING:
    from dqmconsole.model.layout import RunType
    from dqmconsole.simulation.state.channels import Geometry

PATHS: dict[RunType, dict[str, float]] = {
    "collisions": {
        "HLT_IsoMu24": 0.13, "HLT_Mu50": 0.035, "HLT_Mu17_TrkIsoVVL_Mu8": 0.021,
        "HLT_Ele32_WPTight_Gsf": 0.115, "HLT_Ele23_Ele12_CaloIdL": 0.014,
        "HLT_Photon200": 0.016, "HLT_Diphoton30_22_R9Id": 0.02,
        "HLT_DoubleMediumPFTauHPS35": 0.019, "HLT_PFJet500": 0.012,
        "HLT_PFHT1050": 0.011, "HLT_PFMET120_PFMHT120": 0.018,
        "HLT_QuadPFJet70_BTag": 0.015,
        "HLT_Dimuon25_Jpsi": 0.016, "HLT_DoubleMu4_Bs": 0.03, "HLT_ZeroBias": 0.02,
    },
    "heavy-ions": {
        "HLT_HIMinimumBiasHF1AND": 0.55, "HLT_HICentrality30100": 0.1,
        "HLT_HIL1DoubleMuOpen": 0.05, "HLT_HIGEDPhoton40": 0.03,
        "HLT_HIPuAK4Jet80": 0.04, "HLT_HIUPC_SingleMuOpen": 0.06,
        "HLT_HIUPC_ZDC1nOR": 0.15, "HLT_HIZeroBias": 0.05,
    },
    "cosmics": {
        "HLT_L1SingleMuOpen": 0.45, "HLT_L1SingleMuCosmics": 0.5,
        "HLT_L2Mu10_NoBPTX": 0.04, "HLT_L1SingleJet35": 0.02,
        "HLT_Random": 0.12, "HLT_ZeroBias": 0.1,
    },
}  # fmt: skip
"""Run type -> path -> share of the accepted events it accepts."""

STREAMS: dict[RunType, dict[str, float]] = {
    "collisions": {
        "Physics": 1.0, "ParkingVBF": 0.6, "ScoutingPF": 12.0, "Express": 0.03,
        "ALCAPHISYM": 0.9, "Calibration": 0.06, "DQM": 0.08,
    },
    "heavy-ions": {
        "PhysicsHI": 1.0, "HIExpress": 0.03, "ALCAPHISYM": 0.3, "Calibration": 0.06,
        "DQM": 0.03,
    },
    "cosmics": {"Physics": 1.0, "Express": 0.2, "Calibration": 0.3, "DQM": 0.5},
}  # fmt: skip
"""Run type -> stream -> its events relative to the accepted ones."""

WATCHED: dict[RunType, tuple[str, ...]] = {
    "collisions": (
        "HLT_IsoMu24", "HLT_Ele32_WPTight_Gsf", "HLT_PFJet500", "HLT_PFMET120_PFMHT120",
    ),
    "heavy-ions": ("HLT_HIMinimumBiasHF1AND", "HLT_HIPuAK4Jet80"),
    "cosmics": ("HLT_L1SingleMuCosmics", "HLT_L2Mu10_NoBPTX"),
}  # fmt: skip
"""Paths whose rate is followed by lumisection."""


class Kinematics(msgspec.Struct, frozen=True):
    """One quantity of one kind of trigger object.

    Attributes:
        name: of the element.
        axis: its axis.
        share: objects per event of the stream.
        start, exponent: a power law falls above `start`; exponent 0: a peak at
            `start` over a falling background.
        mean: limits of a good mean.
    """

    name: str
    axis: Axis
    share: float
    start: float
    exponent: float
    mean: tuple[float, float]


OBJECTS = (
    Kinematics("Muon_pT", Axis(100, 0, 200, title="pT [GeV]"), 0.13, 24, 4.0, (30, 42)),
    Kinematics(
        "Electron_pT", Axis(100, 0, 200, title="pT [GeV]"), 0.12, 32, 4.0, (40, 56)
    ),
    Kinematics(
        "Photon_pT", Axis(100, 0, 400, title="pT [GeV]"), 0.02, 33, 4.2, (42, 60)
    ),
    Kinematics(
        "Jet_pT", Axis(100, 0, 1500, title="pT [GeV]"), 0.03, 500, 7.0, (550, 660)
    ),
    Kinematics("Tau_pT", Axis(100, 0, 300, title="pT [GeV]"), 0.02, 35, 4.5, (42, 60)),
    Kinematics(
        "PFMET_pT", Axis(100, 0, 600, title="MET [GeV]"), 0.02, 120, 5.5, (135, 185)
    ),
    Kinematics(
        "PFHT_pT", Axis(100, 0, 3000, title="HT [GeV]"), 0.015, 1050, 7.0, (1150, 1400)
    ),
    Kinematics(
        "diMuon_Mass", Axis(80, 60, 120, title="Mass [GeV]"), 0.02, 91.0, 0, (86, 94)
    ),
    Kinematics(
        "di-Electron_Mass",
        Axis(80, 60, 120, title="Mass [GeV]"),
        0.015,
        90.6,
        0,
        (86, 94),
    ),
)
COSMIC_MUON = Kinematics(
    "L2NoBPTXMuon_pT", Axis(100, 0, 200, title="pT [GeV]"), 0.1, 10, 2.8, (15, 30)
)
ANGLES = {"Jet": 0.3, "SingleElectron": 0.4, "SingleMu": 0.4}
"""Dataset -> trigger objects in its map per event of the stream."""

ETA = Axis(25, -2.5, 2.5, title="η")
PHI = Axis(18, -np.pi, np.pi, title="φ [rad]")
TURN_ONS = {
    # path: (axis, threshold, width, plateau, probes per event)
    "HLT_IsoMu24": (
        Axis(50, 0, 100, title="Offline muon pT [GeV]"), 24.0, 1.2, 0.91, 0.2,
    ),
    "HLT_Ele32_WPTight_Gsf": (
        Axis(50, 0, 100, title="Offline electron pT [GeV]"), 33.0, 2.2, 0.88, 0.2,
    ),
    "HLT_PFJet500": (
        Axis(50, 300, 800, title="Offline jet pT [GeV]"), 505.0, 22.0, 0.995, 0.08,
    ),
    "HLT_PFMET120_PFMHT120": (
        Axis(50, 0, 500, title="Offline MET [GeV]"), 150.0, 32.0, 0.97, 0.08,
    ),
}  # fmt: skip
TIMING = Axis(100, 0.0, 2000.0, title="Processing time [ms]")
SHIFTER = "HLT/ObjectMonitor/MainShifter"
ACCEPTS = "HLT/FourVector/PathsSummary/HLT_Pass_Any"
STREAM_ACCEPTS = "HLT/FourVector/PathsSummary/Streams"
HLT_RATE = "HLT/TriggerRates/hltRate"
PROCESSING = "HLT/TimerService/event time_real"


def rate_path(name: str) -> str:
    """Path of the accepts per lumisection of one trigger path."""
    return f"HLT/TriggerRates/HLT/{name} accept"


def map_path(dataset: str) -> str:
    """Path of the map of a dataset's objects."""
    return f"HLT/OccupancyPlots/PD_EtaVsPhi/HLT_{dataset}_EtaVsPhiFine"


def efficiency_path(name: str) -> str:
    """Path of the efficiency of one trigger path against the offline quantity."""
    return f"HLT/Efficiency/{name}/efficiency_turnOn"


def objects(run_type: RunType) -> tuple[Kinematics, ...]:
    """What the shifter looks at in a kind of run."""
    if run_type == "cosmics":
        return (COSMIC_MUON,)
    return OBJECTS if run_type == "collisions" else OBJECTS[:3]


def book(run_type: RunType, _built: Geometry | None) -> tuple[Element, ...]:
    """Declare the elements."""
    booking = Booking("HLT", None, pileup=False)
    short = tuple(name.removeprefix("HLT_") for name in PATHS[run_type])
    booking.events(ACCEPTS, "Events accepted, by path", (labelled(short),))
    booking.events(
        STREAM_ACCEPTS,
        "Events written, by stream",
        (labelled(tuple(STREAMS[run_type])),),
    )
    booking.trend(
        HLT_RATE, "Events accepted per second", "Rate [Hz]", "trend of events"
    )
    for name in WATCHED[run_type]:
        booking.trend(
            rate_path(name),
            f"{name}, accepts",
            "Accepts per lumisection",
            "trend of events",
        )
    booking.events(PROCESSING, "Processing time", (TIMING,))
    for each in objects(run_type):
        words = each.name.replace("_", " ")
        sight = Sight("events")
        if each.name.endswith("Muon_pT"):
            sight = Sight("momentum", pileup=False, straight=_straight(each.name))
        booking.add(
            Element(
                f"{SHIFTER}/{each.name}",
                words,
                (each.axis,),
                sight=sight,
                y_title="Objects",
            )
        )
    if run_type != "cosmics":
        for dataset in ANGLES:
            booking.events(
                map_path(dataset), f"{dataset} objects", (ETA, PHI), y_title="Objects"
            )
    if run_type == "collisions":
        for name, (axis, *_) in TURN_ONS.items():
            booking.add(
                Element(
                    efficiency_path(name),
                    f"{name}, efficiency",
                    (axis,),
                    root_class="TProfile",
                    sight=Sight("mean", pileup=False),
                    efficiency=True,
                    y_title="Efficiency",
                )
            )
    return booking.done()


@functools.cache
def _shape(each: str) -> Array:
    found = next(kind for kind in (*OBJECTS, COSMIC_MUON) if kind.name == each)
    if found.exponent:
        return power(found.axis, found.exponent, found.start)
    peak = gaussian(found.axis, found.start, 2.6)
    return 0.75 * peak + 0.25 * exponential(found.axis, 60.0, found.axis.low)


@functools.cache
def _straight(each: str) -> Array:
    """Muons whose curvature is but resolution: far more of them look hard."""
    found = next(kind for kind in (*OBJECTS, COSMIC_MUON) if kind.name == each)
    return power(found.axis, 1.4, found.start)


@functools.cache
def _angles() -> Array:
    eta = np.exp(-0.5 * (ETA.centers / 2.2) ** 2)
    return np.outer(eta, np.ones(PHI.bins))


@functools.cache
def _processing() -> Array:
    """Time per event: most events are refused early, the others take long."""
    slow = exponential(TIMING, 400.0, 40.0)
    return 0.55 * exponential(TIMING, 35.0, 5.0) + 0.45 * slow


def fill(now: Lumisection) -> None:
    """Add one lumisection."""
    rng, events, book_ = now.rng, now.events, now.book
    run_type = now.state.run_type
    accepted = now.state.trigger.hlt_rate * LUMISECTION_SECONDS
    shares = np.array(list(PATHS[run_type].values()))
    book_[ACCEPTS].add(rng.poisson(shares * events))
    # streams are counted by the trigger itself, which sees every event
    streams = np.array(list(STREAMS[run_type].values())) / STREAM_SHARE[run_type]
    book_[STREAM_ACCEPTS].add(rng.poisson(streams * events))
    book_[HLT_RATE].set_at(now.number, accepted / LUMISECTION_SECONDS)
    for name in WATCHED[run_type]:
        count = float(rng.poisson(PATHS[run_type][name] * accepted))
        book_[rate_path(name)].set_at(now.number, count, count**0.5)
    book_[PROCESSING].add(spread(rng, events, _processing()))
    tracking = now.state.tracking()
    for each in objects(run_type):
        # jets, photons and MET need no tracks
        tracks = 1.0 if each.name[:2] in ("Je", "Ph", "PF", "L2") else tracking
        number = float(rng.poisson(events * each.share * tracks))
        shape = _shape(each.name)
        if each.name.endswith("Muon_pT") and not now.state.field_on:
            shape = _straight(each.name)
        book_[f"{SHIFTER}/{each.name}"].add(spread(rng, number, shape))
    if run_type != "cosmics":
        for dataset, share in ANGLES.items():
            number = float(rng.poisson(events * share))
            book_[map_path(dataset)].add(spread(rng, number, _angles()))
    if run_type == "collisions":
        _fill_efficiencies(now)


def _fill_efficiencies(now: Lumisection) -> None:
    rng = now.rng
    for name, (axis, threshold, width, plateau, share) in TURN_ONS.items():
        number = rng.poisson(now.events * share)
        slope = exponential(axis, (axis.high - axis.low) / 2.0, axis.low)[1:-1]
        probes = spread(rng, float(number), slope)
        passed = rng.binomial(probes, turn_on(axis.centers, threshold, width, plateau))
        bins = np.arange(1, axis.bins + 1)
        now.book[efficiency_path(name)].add_means(bins, probes, passed, passed)


class Plateau(msgspec.Struct, frozen=True):
    """The efficiency well above threshold.

    Attributes:
        above: where the plateau begins, in the axis' unit.
        warn, bad: a smaller efficiency is a warning, an error.
        enough: probes needed there.
    """

    path: str
    above: float
    warn: float
    bad: float
    enough: float = 200.0
    name: str = "Plateau"
    window: int = 10
    part: str = "Efficiency"

    def judge(self, evidence: Evidence) -> Judgement:
        """Judge the evidence."""
        assert evidence.weights is not None
        axis = evidence.now.axes[0]
        inside = axis.centers > self.above
        number = float(evidence.weights[1:-1][inside].sum())
        if number < self.enough:
            return too_few(
                f"{number:.0f} probes in {evidence.span}, {self.enough:g} needed"
            )
        share = float(evidence.increase[1:-1][inside].sum()) / number
        words = (
            f"efficiency {share:.1%} above {self.above:g} GeV in {evidence.span}, "
            f"{self.warn:.0%} expected"
        )
        return graded(1 - share, 1 - self.warn, 1 - self.bad, share, words)


def tests(run_type: RunType, _built: Geometry | None) -> tuple[QualityTest, ...]:
    """The quality tests."""
    most = {"collisions": 4500.0, "heavy-ions": 12_000.0, "cosmics": 600.0}[run_type]
    accepts = most * LUMISECTION_SECONDS
    found: list[QualityTest] = [
        LastWithin(HLT_RATE, 1, most, most, unit="Hz", part="Rates"),
        MeanWithin(PROCESSING, 30, 400, 200, unit="ms", part="Processing"),
    ]
    found += [
        LastWithin(
            rate_path(name), 1, round(PATHS[run_type][name] * accepts), accepts,
            unit="accepts", part="Rates",
        )
        for name in WATCHED[run_type]
    ]  # fmt: skip
    found += [
        MeanWithin(
            f"{SHIFTER}/{each.name}", *each.mean, 0.3 * each.mean[0], unit="GeV",
            enough=100, window=10, part="Objects",
        )
        for each in objects(run_type)
    ]  # fmt: skip
    inner = np.zeros((ETA.bins + 2, PHI.bins + 2), bool)
    inner[1:-1, 1:-1] = True
    found += [
        Occupancy(
            map_path(dataset), np.flatnonzero(inner), noun="cells", ring_axis=0,
            empty_below=0.05, enough=15, window=10, part="Objects",
        )
        for dataset in (ANGLES if run_type != "cosmics" else ())
    ]  # fmt: skip
    if run_type == "collisions":
        found += [
            Plateau(
                efficiency_path(name),
                threshold + 3 * width,
                plateau - 0.03,
                plateau - 0.1,
            )
            for name, (_, threshold, width, plateau, _) in TURN_ONS.items()
        ]
    return tuple(found)


SUBSYSTEM = Subsystem(
    name="HLT", book=book, fill=fill, tests=tests, follows_pileup=False
)
