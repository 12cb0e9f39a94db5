"""Short ways to declare elements, each with the sight that belongs to it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.simulation.elements import LUMISECTIONS, Accumulates, Element, flat_bins
from dqmconsole.simulation.state.sight import Quantity, Sight

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array, Axis
    from dqmconsole.simulation.state.channels import Geometry


class Booking:
    """Declares elements of one subsystem.

    Attributes:
        name: the subsystem.
        built: its channels, or None.
        pileup: hits per event follow the pile-up.
        elements: what was declared so far, in order.
    """

    def __init__(
        self, name: str, built: Geometry | None, *, pileup: bool = True
    ) -> None:
        self.name = name
        self.built = built
        self.pileup = pileup
        self.elements: list[Element] = []

    def done(self) -> tuple[Element, ...]:
        """All that was declared."""
        return tuple(self.elements)

    def sight(
        self, quantity: Quantity, bins: Array | None = None, select: Array | None = None
    ) -> Sight:
        """A sight of this subsystem's channels (of those selected)."""
        if self.built is None:
            return Sight(quantity, pileup=self.pileup)
        weights = np.where(self.built.known, 0.0, self.built.rate)
        if select is not None:
            weights = np.where(select, weights, 0.0)
            bins = None if bins is None else np.where(select, bins, -1)
        times = self.built.t0 if quantity in ("time", "mean time") else None
        gains = self.built.gain if quantity == "mean response" else None
        return Sight(
            quantity, self.name, bins, weights,
            pileup=self.pileup, times=times, gains=gains,
        )  # fmt: skip

    def add(self, element: Element) -> None:
        """Declare any element."""
        self.elements.append(element)

    def hits(
        self,
        path: str,
        title: str,
        axes: tuple[Axis, ...],
        coordinates: tuple[str, ...],
        *,
        select: Array | None = None,
        root_class: str = "",
        accumulates: Accumulates = "run",
        y_title: str = "",
    ) -> None:
        """Hits (TH1F, TH2F) binned by coordinates of the channels; fill: add_hits."""
        bins = self._bins(axes, coordinates)
        self.add(
            Element(
                path,
                title,
                axes,
                root_class=root_class or f"TH{len(axes)}F",
                accumulates=accumulates,
                sight=self.sight("count", bins, select),
                y_title=y_title,
            )
        )

    def mean_times(
        self,
        path: str,
        title: str,
        axes: tuple[Axis, ...],
        coordinates: tuple[str, ...],
        *,
        select: Array | None = None,
        y_title: str = "Time [ns]",
        quantity: Quantity = "mean time",
    ) -> None:
        """A profile by coordinates of the channels; fill: add_hit_means.

        The mean is a time that a drift moves, or with quantity "mean" anything
        that no cause moves.
        """
        bins = self._bins(axes, coordinates)
        self.add(
            Element(
                path,
                title,
                axes,
                root_class="TProfile" if len(axes) == 1 else "TProfile2D",
                sight=self.sight(quantity, bins, select),
                y_title=y_title,
            )
        )

    def spectrum(
        self,
        path: str,
        title: str,
        axis: Axis,
        *,
        select: Array | None = None,
        quantity: Quantity = "shape",
        y_title: str = "Hits",
        start: float = -math.inf,
    ) -> None:
        """One distribution of all (selected) channels' hits; fill: add.

        `quantity`: "shape" (sizes), "response" (charges, energies, with nothing
        below `start`), "crossing", "time" (x in ns) or "multiplicity" (events by
        number of hits).
        """
        sight = self.sight(quantity, None, select)
        self.add(
            Element(
                path,
                title,
                (axis,),
                sight=msgspec.structs.replace(sight, start=start),
                y_title=y_title,
            )
        )

    def momenta(
        self,
        path: str,
        title: str,
        axis: Axis,
        straight: Array,
        *,
        select: Array | None = None,
        y_title: str,
    ) -> None:
        """A distribution of momenta, `straight` being the one without a field."""
        sight = self.sight("momentum", None, select)
        self.add(
            Element(
                path,
                title,
                (axis,),
                sight=msgspec.structs.replace(sight, straight=straight),
                y_title=y_title,
            )
        )

    def events(
        self, path: str, title: str, axes: tuple[Axis, ...], y_title: str = "Events"
    ) -> None:
        """A distribution of events in something no cause moves; fill: add."""
        self.add(
            Element(
                path,
                title,
                axes,
                root_class=f"TH{len(axes)}F",
                sight=Sight("events"),
                y_title=y_title,
            )
        )

    def hits_per_event_trend(
        self, path: str, title: str, *, select: Array | None = None, y_title: str
    ) -> None:
        """A profile of hits per event against lumisection; fill: add_trend."""
        self.add(
            Element(
                path,
                title,
                (LUMISECTIONS,),
                root_class="TProfile",
                accumulates="trend",
                sight=self.sight("trend of mean count", None, select),
                y_title=y_title,
            )
        )

    def trend(
        self,
        path: str,
        title: str,
        y_title: str,
        quantity: Quantity | None = None,
    ) -> None:
        """One value per lumisection (TH1F); fill: set_at."""
        self.add(
            Element(
                path,
                title,
                (LUMISECTIONS,),
                accumulates="trend",
                sight=None if quantity is None else self.sight(quantity),
                y_title=y_title,
            )
        )

    def flags(
        self,
        path: str,
        title: str,
        rows: Axis,
        *,
        row_of_channel: Array | None = None,
        least: float = 0.5,
        y_title: str = "1 good, 0 bad, -1 not judged",
    ) -> None:
        """A map of flags, lumisection against rows (TH2F); fill: set_column.

        `row_of_channel`: the row, from 0, whose flag each channel's loss lowers, down
        to the share `least` of its like's hits.
        """
        sight = None
        if row_of_channel is not None:
            sight = self.sight("flags", np.asarray(row_of_channel) + 1)
            sight = msgspec.structs.replace(sight, least=least)
        self.add(
            Element(
                path,
                title,
                (LUMISECTIONS, rows),
                root_class="TH2F",
                accumulates="trend",
                sight=sight,
                y_title=y_title,
                empty=-1.0,
            )
        )

    def _bins(self, axes: tuple[Axis, ...], coordinates: tuple[str, ...]) -> Array:
        assert self.built is not None, "hits need channels"
        return flat_bins(
            axes, *(self.built.coordinates[each].astype(float) for each in coordinates)
        )


def cells(element: Element) -> Array:
    """Flat indices of the inner bins that any channel fills (see Occupancy.cells)."""
    assert element.sight is not None
    assert element.sight.bins is not None
    bins = np.unique(element.sight.bins)
    inner = np.zeros(element.shape, bool)
    inner[(slice(1, -1),) * len(element.shape)] = True
    kept: Array = bins[(bins >= 0)]
    return kept[inner.ravel()[kept]]


def known_cells(element: Element, built: Geometry) -> Array:
    """Flat indices of the cells that known bad channels alone fill."""
    assert element.sight is not None
    assert element.sight.bins is not None
    seen = element.sight.bins >= 0
    working = np.unique(element.sight.bins[seen & ~built.known])
    return np.setdiff1d(cells(element), working)
