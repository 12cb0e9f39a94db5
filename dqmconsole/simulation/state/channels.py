"""The channels of one subsystem: what each gives, and what stands between."""

from __future__ import annotations

import msgspec
import numpy as np

from dqmconsole.model.histogram import Array
from dqmconsole.simulation.shapes import landau_above
from dqmconsole.simulation.state.parts import (
    FED_COUNT,
    HV_RESPONSE,
    FedStatus,
    Voltage,
)


class Threshold(msgspec.Struct, frozen=True):
    """What the signal of a channel must exceed to be a hit.

    Attributes:
        level: relative to the slope of an exponential spectrum, or to the most probable
            signal of a Landau distribution.
        width: scale of the Landau distribution, relative to that signal; None: the
            spectrum is exponential.
    """

    level: float
    width: float | None = None

    def kept(self, response: Array) -> Array:
        """Share of the usual hits that are still above it; exactly 1 at 1.

        Args:
            response: relative to the usual one, above 0, any shape. What is above 1
                counts as 1.
        """
        raised = self.level / np.minimum(response, 1.0)
        if self.width is None:
            return np.exp(self.level - raised)
        usual = landau_above(np.array(self.level), self.width)
        kept: Array = landau_above(raised, self.width) / usual
        return kept


class Geometry(msgspec.Struct, frozen=True, eq=False):
    """Channels as built: nothing in here changes during a run.

    All arrays have one value per channel, unless said otherwise.

    Attributes:
        coordinates: where a channel sits ("ieta", "iphi", "depth", ...).
        rate: hits per event at the start of a fill (cosmics: per event).
        gain: response relative to the nominal one.
        pedestal: ADC counts.
        noise: ADC counts.
        t0: mean time of its hits, ns.
        known: bad for long: gives nothing, and everybody knows.
        fed: identifier of its front-end driver; -1 without one.
        board: number of its front-end board, from 0.
        sector: number of its high-voltage sector, from 0; -1 without one.
        partitions: the DCS partition of each sector, one name per sector.
        crate: number of the crate that supplies each sector, one per sector: those of
            a crate fail together, in the order of their numbers.
        threshold: of its hits; None: a smaller response loses none.
    """

    coordinates: dict[str, Array]
    rate: Array
    gain: Array
    pedestal: Array
    noise: Array
    t0: Array
    known: Array
    fed: Array
    board: Array
    sector: Array
    partitions: tuple[str, ...]
    crate: Array
    threshold: Threshold | None = None

    @property
    def size(self) -> int:
        """Number of channels."""
        return int(self.rate.size)


def geometry(
    coordinates: dict[str, Array],
    rate: Array,
    *,
    known: Array | None = None,
    fed: Array | int = -1,
    board: Array | int = 0,
    sector: Array | int = -1,
    partitions: tuple[str, ...] = (),
    crate: Array | int = 0,
    threshold: Threshold | None = None,
    gain_spread: float = 0.03,
    pedestal: float = 10.0,
    noise: float = 1.0,
    t0: Array | float = 0.0,
    t0_spread: float = 0.5,
    seed: int = 0,
) -> Geometry:
    """Build channels; what is not given gets a plausible spread.

    The spreads come from `seed` alone, not from the run's: a detector does not
    change from run to run. Arrays have one value per channel.

    Args:
        coordinates: name -> where each channel sits.
        rate: hits per event at the start of a fill (cosmics: per event).
        known: bad for long; none when None.
        fed: identifier of its front-end driver; -1 without one.
        board: number of its front-end board, from 0.
        sector: number of its high-voltage sector, from 0; -1 without one.
        partitions: the DCS partition of each sector.
        crate: number of the crate that supplies each sector, one value per sector.
        threshold: of its hits; None: a smaller response loses none.
        gain_spread: of the relative responses around 1.
        pedestal: mean, ADC counts.
        noise: mean, ADC counts.
        t0: mean time of the hits, ns.
        t0_spread: of the mean times of the channels, ns.
        seed: of the spreads.
    """
    rng = np.random.default_rng([seed, 0xC0FFEE])
    size = rate.size

    def per_channel(value: Array | float, kind: type) -> Array:
        return np.ascontiguousarray(np.broadcast_to(np.asarray(value, kind), size))

    return Geometry(
        coordinates=coordinates,
        rate=np.asarray(rate, np.float64),
        gain=rng.normal(1.0, gain_spread, size).clip(0.5, 1.5),
        pedestal=rng.normal(pedestal, 0.05 * pedestal, size),
        noise=np.abs(rng.normal(noise, 0.1 * noise, size)),
        t0=per_channel(t0, np.float64) + rng.normal(0.0, t0_spread, size),
        known=np.zeros(size, bool) if known is None else np.asarray(known, bool),
        fed=per_channel(fed, np.int64),
        board=per_channel(board, np.int64),
        sector=per_channel(sector, np.int64),
        partitions=partitions,
        crate=np.broadcast_to(np.asarray(crate, np.int64), len(partitions)),
        threshold=threshold,
    )


class Rates(msgspec.Struct, frozen=True, eq=False):
    """Hits by address, float64, one value per channel.

    Attributes:
        particles: hits of particles per event at nominal activity.
        noise: hits of noise per event; they belong to no particle, and do not follow
            the activity.
        missed: what particles would leave above the threshold in channels that nobody
            has masked and that does not arrive, per event at nominal activity.
    """

    particles: Array
    noise: Array
    missed: Array


class Channels:
    """The channels of one subsystem in the lumisection at hand.

    Causes write here; :meth:`reset` takes everything back to nominal before
    they act again in the next lumisection.

    Attributes:
        built: the channels as built.
        voltage: :class:`Voltage` per sector.
        board_dead: bool per board.
        mask: bool per channel: masked by the experts (the known ones).
        gain, t0: per channel, now.
        boost: factor on the hits that particles leave, per channel.
        delivered: share of them that the readout passes on, per channel.
        noise: hits per event of noise, per channel.
        cable: the address at which a channel's data arrive, per channel.
        early: share of its hits that arrive one bunch crossing early, per channel.
    """

    def __init__(self, built: Geometry) -> None:
        self.built = built
        self.sectors = len(built.partitions)
        self.boards = int(built.board.max(initial=-1)) + 1
        self.reset()

    def reset(self) -> None:
        """Back to nominal."""
        built = self.built
        self.voltage = np.full(self.sectors, int(Voltage.ON))
        self.board_dead = np.zeros(self.boards, bool)
        self.mask = built.known.copy()
        self.gain = built.gain.copy()
        self.t0 = built.t0.copy()
        self.boost = np.ones(built.size)
        self.delivered = np.ones(built.size)
        self.noise = np.zeros(built.size)
        self.cable = np.arange(built.size)
        self.early = np.zeros(built.size)

    def exchange(self, first: Array, second: Array) -> None:
        """Let the data of two sets of channels arrive at each other's addresses.

        Args:
            first: numbers of channels.
            second: numbers of as many others, in the same order.
        """
        for each in (self.cable, self.gain, self.t0):
            each[first], each[second] = each[second], each[first]

    def response(self, hits: Array, select: Array | None = None) -> float:
        """Mean response of these hits relative to what is usual; exactly 1 then.

        Args:
            hits: by address.
            select: bool per address; all when None.
        """
        usual, gain = self.built.gain, self.gain
        if np.array_equal(gain, usual):
            return 1.0
        weights = hits if select is None else np.where(select, hits, 0)
        expected = float(weights @ usual)
        return round(float(weights @ gain) / expected, 3) if expected > 0 else 1.0

    def responses(self) -> Array:
        """Response of each channel relative to its usual one; exactly 1 as a rule."""
        usual, gain = self.built.gain, self.gain
        if np.array_equal(gain, usual):
            return np.ones(usual.size)
        # an exchanged cable brings another channel's response: that is not smaller
        straight = self.cable == np.arange(usual.size)
        relative: Array = np.where(straight, gain / usual, 1.0)
        return relative

    def share_early(self, hits: Array, select: Array) -> float:
        """Share of the selected channels' hits that arrive one crossing early."""
        if not self.early.any():
            return 0.0
        weights = np.where(select, hits, 0)
        total = float(weights.sum())
        return float(weights @ self.early) / total if total > 0 else 0.0

    def alive(self, feds: Array) -> Array:
        """Share of its signal each channel delivers, 0 to 1, float64.

        Args:
            feds: :class:`FedStatus` by front-end driver, shape (FED_COUNT,).
        """
        built, share = self.built, self.read_out(feds)
        if self.sectors:
            response = np.array(HV_RESPONSE)[self.voltage]
            share *= np.where(built.sector >= 0, response[built.sector], 1.0)
        return share

    def read_out(self, feds: Array) -> Array:
        """Whether each channel is read out, be there voltage or not: 0 or 1, float64.

        Args:
            feds: :class:`FedStatus` by front-end driver, shape (FED_COUNT,).
        """
        built = self.built
        share = np.where(self.mask, 0.0, 1.0)
        share[self.board_dead[built.board]] = 0.0
        within = (built.fed >= 0) & (built.fed < FED_COUNT)
        status = feds[np.where(within, built.fed, 0)]
        share[within & (status != int(FedStatus.IN))] = 0.0
        return share

    def rates(self, feds: Array) -> Rates:
        """What arrives at each address, and what does not.

        Args:
            feds: :class:`FedStatus` by front-end driver, shape (FED_COUNT,).
        """
        above, alive = self.built.rate, self.alive(feds)
        if self.built.threshold is not None:
            above = above * self.built.threshold.kept(self.responses())
        sent = above * self.boost * self.delivered * alive
        missed = np.where(self.mask, 0.0, np.maximum(above - sent, 0.0))
        return Rates(
            self._arrived(sent),
            self._arrived(self.noise * alive),
            self._arrived(missed),
        )

    def _arrived(self, sent: Array) -> Array:
        """By address, of what each channel sends."""
        if np.array_equal(self.cable, np.arange(sent.size)):
            return sent
        arrived = np.zeros_like(sent)
        np.add.at(arrived, self.cable, sent)
        return arrived
