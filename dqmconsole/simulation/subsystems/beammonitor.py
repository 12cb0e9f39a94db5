"""BeamMonitor: tracks, and the luminous region fitted from them, by lumisection.

Paths as cmssw DQM/BeamMonitor books them where it has such an element. All numbers are
simulated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.histogram import Array, Axis
from dqmconsole.simulation.checked import bins_within, last_within, mean_within
from dqmconsole.simulation.elements import Element, MonitorElement, labelled
from dqmconsole.simulation.lumisection import Lumisection, drawn_once
from dqmconsole.simulation.rows import distribution, latest, trend
from dqmconsole.simulation.shapes import gaussian, spread
from dqmconsole.simulation.subsystem import Subsystem

if TYPE_CHECKING:
    from dqmconsole.simulation.state.beam import RunType
    from dqmconsole.simulation.state.channels import Geometry

PHI = Axis(63, -3.15, 3.15, title="φ0 [rad]")
Z0 = Axis(120, -30.0, 30.0, title="z0 [cm]")
VX = Axis(60, -0.1, 0.4, title="x [cm]")
VY = Axis(60, -0.25, 0.25, title="y [cm]")
FITTED = (
    # name, words, limits of a good value, margin, part of the summary
    ("x0", "x0", 0.150, 0.190, 0.02, "Position"),
    ("y0", "y0", -0.040, 0.005, 0.02, "Position"),
    ("z0", "z0", -1.5, 2.5, 1.0, "Position"),
    ("sigmaX0", "width in x", 0.0005, 0.0012, 0.0005, "Width"),
    ("sigmaY0", "width in y", 0.0005, 0.0012, 0.0005, "Width"),
    ("sigmaZ0", "width in z", 3.0, 4.5, 0.5, "Width"),
)
"""What is fitted, cm; a drift slower than these limits is nature's."""

TRACKS_PER_EVENT = {"collisions": 14.0, "heavy-ions": 30.0, "cosmics": 0.0}
ENOUGH = 100
D0_SPREAD = 0.014
RESOLUTION = np.array([0.014, 0.014, 3.55, 0.009, 0.009, 2.4])
"""Spread of one track's worth of each fitted number, cm."""

FIT = "BeamMonitor/Fit"


@drawn_once
def _tracks(now: Lumisection) -> int:
    """Selected tracks; 0 without stable beams, or when they are too few to fit."""
    state = now.state
    if not state.beam.stable:
        return 0
    wanted = now.events * TRACKS_PER_EVENT[state.run_type] * state.tracking()
    tracks = int(now.rng.poisson(wanted * state.activity))
    return tracks if tracks >= ENOUGH else 0


def _fill_d0(now: Lumisection, element: MonitorElement) -> None:
    """d0 follows from where the luminous region is, as a wave in φ0.

    It is x sin φ - y cos φ of the place where a track begins (d0 = -dxy of cmssw
    DataFormats/TrackReco, TrackBase.h).
    """
    tracks = _tracks(now)
    if not tracks:
        return
    x0, y0, _ = now.state.beam.position
    number = now.rng.multinomial(tracks, np.full(PHI.bins, 1 / PHI.bins))
    mean = x0 * np.sin(PHI.centers) - y0 * np.cos(PHI.centers)
    noise = now.rng.normal(0, 1, PHI.bins) * D0_SPREAD * np.sqrt(number)
    element.add_means(
        np.arange(1, PHI.bins + 1), number, number * mean + noise,
        number * (mean**2 + D0_SPREAD**2),
    )  # fmt: skip


def _along_z(now: Lumisection) -> Array:
    beam = now.state.beam
    shape = gaussian(Z0, beam.position[2], beam.widths[2])
    return spread(now.rng, _tracks(now), shape)


def _plane(now: Lumisection) -> Array:
    x0, y0, _ = now.state.beam.position
    shape = np.outer(gaussian(VX, x0, 0.03), gaussian(VY, y0, 0.03))
    return spread(now.rng, _tracks(now), shape)


@drawn_once
def _fit(now: Lumisection) -> Array | None:
    """Fitted values and their errors, shape (2, 6); None without a fit."""
    tracks = _tracks(now)
    if not tracks:
        return None
    truth = np.concatenate([now.state.beam.position, now.state.beam.widths])
    errors = RESOLUTION / np.sqrt(tracks)
    errors[3:5] /= 10
    return np.array([truth + now.rng.normal(0.0, 1.0, 6) * errors, errors])


def _fitted(number: int) -> Element:
    """The trend of one fitted number."""
    name, words, low, high, margin, part = FITTED[number]

    def value(now: Lumisection) -> tuple[float, float] | None:
        found = _fit(now)
        return None if found is None else (float(found[0, number]), found[1, number])

    return trend(
        f"{FIT}/{name}_lumi", f"Luminous region: {words}", f"{name} [cm]", value,
        last_within(low, high, margin, unit="cm", last=5, part=part),
    )  # fmt: skip


def rows(_run_type: RunType, _built: Geometry | None) -> tuple[Element, ...]:
    """The table."""
    names = tuple(name for name, *_ in FITTED)
    return (
        Element(
            f"{FIT}/d0_phi0", "d0 against φ0 of the selected tracks", (PHI,), _fill_d0,
            root_class="TProfile", y_title="d0 [cm]",
            test=bins_within(-0.2, 0.2, unit="cm", noun="φ bins", part="Tracks"),
        ),
        distribution(
            f"{FIT}/trk_z0", "z0 of the selected tracks", (Z0,), _along_z,
            y_title="Tracks",
            test=mean_within(-1.5, 2.5, 1.0, unit="cm", part="Tracks"),
        ),
        distribution(
            f"{FIT}/trk_vx_vy", "Closest approach of the selected tracks", (VX, VY),
            _plane, y_title="Tracks",
        ),
        *(_fitted(number) for number in range(len(FITTED))),
        trend(
            f"{FIT}/nTrk_lumi", "Selected tracks", "Tracks",
            lambda now: _tracks(now) or None,
            last_within(500, 1e7, 400, unit="tracks", part="Tracks"),
        ),
        latest(
            f"{FIT}/fitResults", "Latest fit of the luminous region [cm]",
            (labelled(("value", "error")), labelled(names)), _fit,
            entries=lambda _values: 4 * (len(FITTED) + 2),
        ),
    )  # fmt: skip


SUBSYSTEM = Subsystem("BeamMonitor", rows, parts=("Tracks", "Position", "Width"))
