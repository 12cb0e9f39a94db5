"""All that a subsystem needs to fill its elements for one lumisection."""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import msgspec
import numpy as np

from dqmconsole.model.histogram import Array
from dqmconsole.simulation.state.channels import Channels, Geometry
from dqmconsole.simulation.state.detector import DetectorState

Drawn = TypeVar("Drawn")
Filled = Callable[["Lumisection"], Array]
"""Gives what goes into an element: hits by channel, counts per bin, or a column."""


class Lumisection(msgspec.Struct, frozen=True, eq=False):
    """The lumisection that one client processes.

    Attributes:
        state: the detector, settled.
        rng: the subsystem's own generator.
        number: the lumisection in the run, from 1.
        events: events this client processes in it.
        own: the subsystem's channels now; None for a subsystem without.
        hits: hits of each channel's address in it, int64 (empty without channels).
        noise: those of them that belong to no particle: on no track, in no segment.
        missed: hits that particles would have left, and that did not arrive; not what
            fell below the threshold.
        drawn: what :func:`drawn_once` has drawn so far.
    """

    state: DetectorState
    rng: np.random.Generator
    number: int
    events: int
    own: Channels | None
    hits: Array
    noise: Array
    missed: Array
    drawn: dict[Hashable, Any] = {}

    @property
    def channels(self) -> Channels:
        """The subsystem's channels now."""
        assert self.own is not None, "this subsystem has no channels"
        return self.own

    @property
    def built(self) -> Geometry:
        """The subsystem's channels as built."""
        return self.channels.built

    @property
    def particles(self) -> Array:
        """The hits of each channel that particles left."""
        return self.hits - self.noise

    def arrived(self, select: Array | None = None) -> float:
        """Share of what particles would leave that arrives; exactly 1 as a rule.

        What falls below the threshold is in neither.

        Args:
            select: bool per channel: those that count; all when None.
        """
        hits, missed = self.particles, self.missed
        if select is not None:
            hits, missed = hits[select], missed[select]
        lost = float(missed.sum())
        return 1 - lost / (float(hits.sum()) + lost) if lost else 1.0

    @property
    def t0(self) -> Array:
        """Mean time of each channel's hits now, ns."""
        return self.channels.t0


def all_hits(now: Lumisection) -> Array:
    """The hits of each channel."""
    return now.hits


def particle_hits(now: Lumisection) -> Array:
    """The hits of each channel that particles left."""
    return now.particles


def noise_hits(now: Lumisection) -> Array:
    """The hits of each channel that are noise."""
    return now.noise


def drawn_once(draw: Callable[..., Drawn]) -> Callable[..., Drawn]:
    """Let several elements of a lumisection share one random draw.

    Args:
        draw: gets the lumisection, and hashable words that tell its draws apart.
    """

    @functools.wraps(draw)
    def once(now: Lumisection, *which: Hashable) -> Drawn:
        key = (draw, *which)
        if key not in now.drawn:
            now.drawn[key] = draw(now, *which)
        found: Drawn = now.drawn[key]
        return found

    return once
