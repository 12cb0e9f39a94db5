"""BeamMonitor: tracks, and the luminous region fitted from them, by lumisection.

Paths as cmssw DQM/BeamMonitor books them. All numbers are simulated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.histogram import Axis
from dqmconsole.simulation.booking import Booking
from dqmconsole.simulation.elements import Element, labelled
from dqmconsole.simulation.shapes import gaussian, spread
from dqmconsole.simulation.subsystem import Lumisection, Subsystem
from dqmconsole.simulation.thresholds import BinsWithin, LastWithin, MeanWithin

if TYPE_CHECKING:
    from dqmconsole.model.layout import RunType
    from dqmconsole.simulation.quality import QualityTest
    from dqmconsole.simulation.state.channels import Geometry

PHI = Axis(63, -3.15, 3.15, title="φ0 [rad]")
Z0 = Axis(120, -30.0, 30.0, title="z0 [cm]")
VX = Axis(60, -0.1, 0.4, title="x [cm]")
VY = Axis(60, -0.25, 0.25, title="y [cm]")
NAMES = ("x0", "y0", "z0", "sigmaX0", "sigmaY0", "sigmaZ0")
WORDS = ("x0", "y0", "z0", "width in x", "width in y", "width in z")
TRACKS_PER_EVENT = {"collisions": 14.0, "heavy-ions": 30.0, "cosmics": 0.0}
D0_SPREAD = 0.014
RESOLUTION = np.array([0.014, 0.014, 3.55, 0.009, 0.009, 2.4])
"""Spread of one track's worth of each fitted number, cm."""


def book(_run_type: RunType, _built: Geometry | None) -> tuple[Element, ...]:
    """Declare the elements."""
    booking = Booking("BeamMonitor", None)
    folder = "BeamMonitor/Fit"
    booking.add(
        Element(
            f"{folder}/d0_phi0",
            "d0 against φ0 of the selected tracks",
            (PHI,),
            root_class="TProfile",
            sight=booking.sight("mean"),
            y_title="d0 [cm]",
        )
    )
    booking.spectrum(
        f"{folder}/trk_z0", "z0 of the selected tracks", Z0, y_title="Tracks"
    )
    booking.add(
        Element(
            f"{folder}/trk_vx_vy",
            "Closest approach of the selected tracks",
            (VX, VY),
            root_class="TH2F",
            sight=booking.sight("shape"),
            y_title="Tracks",
        )
    )
    for name, words in zip(NAMES, WORDS, strict=True):
        booking.trend(
            f"{folder}/{name}_lumi", f"Luminous region: {words}", f"{name} [cm]"
        )
    booking.trend(f"{folder}/nTrk_lumi", "Selected tracks", "Tracks", "trend of hits")
    booking.add(
        Element(
            f"{folder}/fitResults",
            "Latest fit of the luminous region [cm]",
            (labelled(("value", "error")), labelled(NAMES)),
            root_class="TH2F",
            accumulates="latest",
        )
    )
    return booking.done()


def fill(now: Lumisection) -> None:
    """Add one lumisection."""
    state, rng, book_ = now.state, now.rng, now.book
    beam = state.beam
    if not beam.stable:
        return
    wanted = now.events * TRACKS_PER_EVENT[state.run_type] * state.tracking()
    tracks = int(rng.poisson(wanted * state.activity))
    folder = "BeamMonitor/Fit"
    if tracks < 100:
        return
    x0, y0, z0 = beam.position
    per_phi = rng.multinomial(tracks, np.full(PHI.bins, 1 / PHI.bins))
    mean = y0 * np.cos(PHI.centers) - x0 * np.sin(PHI.centers)
    sums = per_phi * mean + rng.normal(0, 1, PHI.bins) * D0_SPREAD * np.sqrt(per_phi)
    book_[f"{folder}/d0_phi0"].add_means(
        np.arange(1, PHI.bins + 1), per_phi, sums, per_phi * (mean**2 + D0_SPREAD**2)
    )
    book_[f"{folder}/trk_z0"].add(spread(rng, tracks, gaussian(Z0, z0, beam.widths[2])))
    plane = np.outer(gaussian(VX, x0, 0.03), gaussian(VY, y0, 0.03))
    book_[f"{folder}/trk_vx_vy"].add(spread(rng, tracks, plane))
    truth = np.concatenate([beam.position, beam.widths])
    errors = RESOLUTION / np.sqrt(tracks)
    errors[3:5] /= 10
    fitted = truth + rng.normal(0.0, 1.0, 6) * errors
    for name, value, error in zip(NAMES, fitted, errors, strict=True):
        book_[f"{folder}/{name}_lumi"].set_at(now.number, float(value), float(error))
    book_[f"{folder}/nTrk_lumi"].set_at(now.number, tracks)
    results = book_[f"{folder}/fitResults"]
    results.reset()
    results.add(np.array([fitted, errors]))
    results.entries = results.contents.size


def tests(_run_type: RunType, _built: Geometry | None) -> tuple[QualityTest, ...]:
    """The quality tests: a drift slower than these limits is nature's."""
    limits = {
        "x0": (0.150, 0.190, 0.02), "y0": (-0.040, 0.005, 0.02), "z0": (-1.5, 2.5, 1.0),
        "sigmaX0": (0.0005, 0.0012, 0.0005), "sigmaY0": (0.0005, 0.0012, 0.0005),
        "sigmaZ0": (3.0, 4.5, 0.5),
    }  # fmt: skip
    found: list[QualityTest] = [
        BinsWithin(
            "BeamMonitor/Fit/d0_phi0",
            -0.2,
            0.2,
            unit="cm",
            noun="φ bins",
            part="Tracks",
        ),
        MeanWithin("BeamMonitor/Fit/trk_z0", -1.5, 2.5, 1.0, unit="cm", part="Tracks"),
        LastWithin(
            "BeamMonitor/Fit/nTrk_lumi", 500, 1e7, 400, unit="tracks", part="Tracks"
        ),
    ]
    found += [
        LastWithin(
            f"BeamMonitor/Fit/{name}_lumi", low, high, margin, unit="cm", last=5,
            part="Width" if name.startswith("sigma") else "Position",
        )
        for name, (low, high, margin) in limits.items()
    ]  # fmt: skip
    return tuple(found)


SUBSYSTEM = Subsystem(name="BeamMonitor", book=book, fill=fill, tests=tests)
