"""Cosmic muons: where they come from, where they are seen, their charge.

They come from above. Their intensity falls as the square of the cosine of the zenith
angle (Particle Data Group, Review of Particle Physics, "Cosmic rays", for muons of
about 3 GeV); that of faster ones is taken to be the same, and the rock above the cavern
to change nothing in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array

CHARGE_RATIO = 1.28
"""Muons with positive charge for one with negative, 1.2766 ± 0.0032 (stat.)
± 0.0032 (syst.) below 100 GeV: CMS Collaboration, "Measurement of the charge ratio of
atmospheric muons with the CMS detector", Phys. Lett. B 692 (2010) 83."""

POSITIVE = CHARGE_RATIO / (1 + CHARGE_RATIO)
"""Share of them with positive charge."""

STOPPED = 0.2
"""Share of those seen at the top of the muon system that never reach its bottom: they
stop in calorimeters, coil and yoke, or leave at the side. Chosen, not measured."""

ETA_WIDTH = 0.6
"""Width in η of where they cross the barrel; those that are seen in the endcaps fly
nearly level, and there are few. Chosen, not measured."""


IN_DISKS = 0.25
"""Muons that cross a layer upright across the beam line, as a disk of an endcap is, and
are read out, for one through a level layer around the beam. Chosen, not measured."""


NOISE = 0.8
"""Share of noise in what the calorimeters read out in an event with a muon; the rest is
what muons leave, which are near the least that ionises. Chosen, not measured."""


def through_layers(phi: Array) -> Array:
    """Muons that cross a layer around the beam, relative to a level one.

    With an intensity of cos² of the zenith angle the flux through a plane whose normal
    is tilted by a against the vertical is (1 + cos² a) / 2 of that through a level
    one: an upright layer is crossed by half as many.

    Args:
        phi: azimuth of the layer, rad; its normal points there.
    """
    found: Array = 0.5 * (1 + np.sin(phi) ** 2)
    return found


def through_muon_system(phi: Array) -> Array:
    """The same for a layer outside of the coil: fewer are left below.

    Args:
        phi: azimuth of the layer, rad.

    Returns:
        1 at the top, less everywhere else.
    """
    found: Array = through_layers(phi) * (1 - STOPPED * (1 - np.sin(phi)) / 2)
    return found


ALL_AROUND = float(
    np.mean(through_muon_system(np.linspace(-np.pi, np.pi, 360, endpoint=False)))
)
"""What :func:`through_muon_system` gives on average."""


def in_calorimeters(phi: Array) -> Array:
    """Digis of the channels of a barrel in cosmic runs, 1 on average.

    Noise is the same everywhere; muons cross what is level twice as often.

    Args:
        phi: azimuth of the channel, rad.
    """
    found: Array = NOISE + (1 - NOISE) * through_layers(phi) / 0.75
    return found


def near_beam_line(phi: Array) -> Array:
    """Muons that cross a layer and pass near the beam line, of all that cross it.

    These fly along the normal of the layer: their share is that of cos² of the zenith
    angle in what goes through.

    Args:
        phi: azimuth of the layer, rad.

    Returns:
        1 for a level layer, 0 for an upright one.
    """
    found: Array = np.sin(phi) ** 2 / through_layers(phi)
    return found


def downward(phi: Array) -> Array:
    """Direction of a muon that crosses a place in the tracker near the beam line.

    It comes from above: above it flies towards the place opposite, below it away from
    the beam line.

    Args:
        phi: azimuth of the place, -π to π rad.

    Returns:
        azimuth of the momentum, -π to 0 rad.
    """
    return np.where(phi > 0, phi - np.pi, phi)
