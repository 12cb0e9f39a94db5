"""HLT: rates by path and stream, objects of the shifter, efficiencies.

Paths as cmssw DQM/HLTEvF books them (HLTObjectMonitor, TriggerRates) where it has such
an element, and as the trigger's occupancy plots are named. All numbers are simulated.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.model.histogram import Array, Axis
from dqmconsole.simulation.checked import last_within, mean_within, occupancy
from dqmconsole.simulation.elements import Element, MonitorElement, labelled
from dqmconsole.simulation.quality import (
    QualityInput,
    QualityOutcome,
    graded,
    too_few,
)
from dqmconsole.simulation.rows import (
    distribution,
    inner_bins,
    spread_events,
    trend,
)
from dqmconsole.simulation.shapes import exponential, gaussian, power, spread, turn_on
from dqmconsole.simulation.state.beam import LUMISECTION_SECONDS
from dqmconsole.simulation.state.trigger import STREAM_SHARE, THRESHOLD_POWER
from dqmconsole.simulation.subsystem import Subsystem, alike

if TYPE_CHECKING:
    from dqmconsole.simulation.lumisection import Lumisection
    from dqmconsole.simulation.state.beam import RunType
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
        "HLT_Random": 0.12,
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
        curved: it is measured by the curvature in the magnet's field.
        needs_tracks: there are none without tracks.
        measured_by: subsystem whose response is its scale; "" for others.
    """

    name: str
    axis: Axis
    share: float
    start: float
    exponent: float
    mean: tuple[float, float]
    curved: bool = False
    needs_tracks: bool = True
    measured_by: str = ""


def _gev(end: float, quantity: str = "pT") -> Axis:
    return Axis(100, 0, end, title=f"{quantity} [GeV]")


PT = _gev(200)
MASS = Axis(80, 60, 120, title="Mass [GeV]")
OBJECTS: dict[RunType, tuple[Kinematics, ...]] = {
    "collisions": (
        Kinematics("Muon_pT", PT, 0.13, 24, 4.0, (30, 42), curved=True),
        Kinematics("Electron_pT", PT, 0.12, 32, 4.0, (40, 56), measured_by="Ecal"),
        Kinematics(
            "Photon_pT", _gev(400), 0.02, 33, 4.2, (42, 60), needs_tracks=False,
            measured_by="Ecal",
        ),
        Kinematics(
            "Jet_pT", _gev(1500), 0.03, 500, 7.0, (550, 660), needs_tracks=False
        ),
        Kinematics("Tau_pT", _gev(300), 0.02, 35, 4.5, (42, 60)),
        Kinematics(
            "PFMET_pT", _gev(600, "MET"), 0.02, 120, 5.5, (135, 185), needs_tracks=False
        ),
        Kinematics(
            "PFHT_pT", _gev(3000, "HT"), 0.015, 1050, 7.0, (1150, 1400),
            needs_tracks=False,
        ),
        Kinematics("diMuon_Mass", MASS, 0.02, 91.0, 0, (86, 94)),
        Kinematics(
            "di-Electron_Mass", MASS, 0.015, 90.6, 0, (86, 94), measured_by="Ecal"
        ),
    ),
    "heavy-ions": (
        Kinematics("Muon_pT", PT, 0.13, 24, 4.0, (30, 42), curved=True),
        Kinematics("Electron_pT", PT, 0.12, 32, 4.0, (40, 56), measured_by="Ecal"),
        Kinematics(
            "Photon_pT", _gev(400), 0.02, 33, 4.2, (42, 60), needs_tracks=False,
            measured_by="Ecal",
        ),
    ),
    "cosmics": (
        Kinematics(
            "L2NoBPTXMuon_pT", PT, 0.1, 10, 2.8, (15, 30), curved=True,
            needs_tracks=False,
        ),
    ),
}  # fmt: skip
"""Run type -> what the shifter looks at."""

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


class Plateau(msgspec.Struct, frozen=True):
    """The efficiency well above threshold.

    Attributes:
        above: where the plateau begins, in the axis' unit.
        warn, bad: a smaller efficiency is a warning, an error.
        enough: probes needed there.
    """

    above: float
    warn: float
    bad: float
    enough: float = 200.0
    name: str = "Plateau"
    window: int = 10
    part: str = "Efficiency"

    def judge(self, given: QualityInput) -> QualityOutcome:
        """Judge an element."""
        assert given.weights is not None
        inside = given.now.axes[0].centers > self.above
        number = float(given.weights[1:-1][inside].sum())
        if number < self.enough:
            return too_few(
                f"{number:.0f} probes in {given.span}, {self.enough:g} needed"
            )
        share = float(given.increase[1:-1][inside].sum()) / number
        words = (
            f"efficiency {share:.1%} above {self.above:g} GeV in {given.span}, "
            f"{self.warn:.0%} expected"
        )
        return graded(1 - share, 1 - self.warn, 1 - self.bad, share, words)


@functools.cache
def _processing() -> Array:
    """Time per event: most events are refused early, the others take long."""
    slow = exponential(TIMING, 400.0, 40.0)
    return 0.55 * exponential(TIMING, 35.0, 5.0) + 0.45 * slow


def _accepted(now: Lumisection) -> float:
    """Events of the lumisection that the high level accepts."""
    return now.state.trigger.hlt_rate * LUMISECTION_SECONDS


def _kept(now: Lumisection) -> float:
    """Events of the stream that the high level accepts.

    The others are there because noise or a wrong prescale fired the first level.
    """
    return now.events * now.state.trigger.due


def _rate_row(run_type: RunType, name: str, most: float) -> Element:
    """Accepts per lumisection of one path; `most`: events accepted, at most."""
    share = PATHS[run_type][name]

    def accepts(now: Lumisection) -> tuple[float, float]:
        left = _electrons(now, name)
        count = float(now.rng.poisson(share * left * _accepted(now)))
        return count, count**0.5

    return trend(
        f"HLT/TriggerRates/HLT/{name} accept", f"{name}, accepts",
        "Accepts per lumisection", accepts,
        last_within(1, round(share * most), most, unit="accepts", part="Rates"),
    )  # fmt: skip


def _spectrum(kind: Kinematics, scale: float) -> Array:
    """Chance of each bin of a quantity; of what is above a threshold it stays."""
    if kind.exponent:
        return power(kind.axis, kind.exponent, kind.start)
    peak = gaussian(kind.axis, scale * kind.start, 2.6)
    mixed: Array = 0.75 * peak + 0.25 * exponential(kind.axis, 60.0, kind.axis.low)
    return mixed


def _electrons(now: Lumisection, name: str) -> float:
    """What is left of the accepts of a path when ECAL's response falls."""
    if "Ele" in name or "hoton" in name:
        left: float = now.state.response("Ecal") ** THRESHOLD_POWER
        return left
    return 1.0


def _object_row(kind: Kinematics) -> Element:
    """One quantity of one kind of trigger object."""
    usual = _spectrum(kind, 1.0)
    # without a field curvature is but resolution: far more muons look hard
    straight = power(kind.axis, 1.4, kind.start)

    def counts(now: Lumisection) -> Array:
        tracking = now.state.tracking() if kind.needs_tracks else 1.0
        scale = now.state.response(kind.measured_by)
        above = scale ** (kind.exponent - 1) if kind.exponent else 1.0
        number = float(now.rng.poisson(_kept(now) * kind.share * tracking * above))
        shape = usual if scale == 1 else _spectrum(kind, scale)
        bent = now.state.field_on or not kind.curved
        return spread(now.rng, number, shape if bent else straight)

    return distribution(
        f"HLT/ObjectMonitor/MainShifter/{kind.name}", kind.name.replace("_", " "),
        (kind.axis,), counts, y_title="Objects",
        test=mean_within(
            *kind.mean, 0.3 * kind.mean[0], unit="GeV", enough=100, window=10,
            part="Objects",
        ),
    )  # fmt: skip


def _angles_row(dataset: str) -> Element:
    """Where the objects of a dataset are."""
    chance = np.outer(np.exp(-0.5 * (ETA.centers / 2.2) ** 2), np.ones(PHI.bins))

    def counts(now: Lumisection) -> Array:
        number = float(now.rng.poisson(_kept(now) * ANGLES[dataset]))
        return spread(now.rng, number, chance)

    row = distribution(
        f"HLT/OccupancyPlots/PD_EtaVsPhi/HLT_{dataset}_EtaVsPhiFine",
        f"{dataset} objects", (ETA, PHI), counts, y_title="Objects",
        test=occupancy(
            noun="cells", ring="x", dead=0.05, enough=15, window=10,
            part="Objects",
        ),
    )  # fmt: skip
    return msgspec.structs.replace(row, cells=inner_bins(row.axes))


def _efficiency_row(name: str) -> Element:
    """The efficiency of one path against the offline quantity."""
    axis, threshold, width, plateau, share = TURN_ONS[name]
    slope = exponential(axis, (axis.high - axis.low) / 2.0, axis.low)[1:-1]
    chance = turn_on(axis.centers, threshold, width, plateau)

    def fill(now: Lumisection, element: MonitorElement) -> None:
        number = now.rng.poisson(_kept(now) * share)
        probes = spread(now.rng, float(number), slope)
        passed = now.rng.binomial(probes, chance)
        element.add_means(np.arange(1, axis.bins + 1), probes, passed, passed)

    return Element(
        f"HLT/Efficiency/{name}/efficiency_turnOn", f"{name}, efficiency", (axis,),
        fill, root_class="TProfile", efficiency=True, y_title="Efficiency",
        test=Plateau(threshold + 3 * width, plateau - 0.03, plateau - 0.1),
    )  # fmt: skip


def rows(run_type: RunType, _built: Geometry | None) -> tuple[Element, ...]:
    """The table."""
    most = {"collisions": 4500.0, "heavy-ions": 12_000.0, "cosmics": 600.0}[run_type]
    paths, streams = PATHS[run_type], STREAMS[run_type]
    short = tuple(name.removeprefix("HLT_") for name in paths)
    shares = np.array(list(paths.values()))
    # streams are counted by the trigger itself, which sees every event
    of_streams = np.array(list(streams.values())) / STREAM_SHARE[run_type]

    def passed(now: Lumisection) -> Array:
        left = np.array([_electrons(now, name) for name in paths])
        counts: Array = now.rng.poisson(shares * left * _kept(now))
        return counts

    return (
        distribution(
            "HLT/FourVector/PathsSummary/HLT_Pass_Any", "Events accepted, by path",
            (labelled(short),), passed,
        ),
        distribution(
            "HLT/FourVector/PathsSummary/Streams", "Events written, by stream",
            (labelled(tuple(streams)),),
            lambda now: now.rng.poisson(of_streams * _kept(now)),
        ),
        trend(
            "HLT/TriggerRates/hltRate", "Events accepted per second", "Rate [Hz]",
            lambda now: _accepted(now) / LUMISECTION_SECONDS,
            last_within(1, most, most, unit="Hz", part="Rates"),
        ),
        *(
            _rate_row(run_type, name, most * LUMISECTION_SECONDS)
            for name in WATCHED[run_type]
        ),
        distribution(
            "HLT/TimerService/event time_real", "Processing time", (TIMING,),
            spread_events(_processing()),
            test=mean_within(30, 400, 200, unit="ms", part="Processing"),
        ),
        *map(_object_row, OBJECTS[run_type]),
        *map(_angles_row, ANGLES if run_type != "cosmics" else ()),
        *map(_efficiency_row, TURN_ONS if run_type == "collisions" else ()),
    )  # fmt: skip


SUBSYSTEM = Subsystem(
    "HLT", rows, activity=alike, parts=("Rates", "Processing", "Objects")
)
