"""Data integrity by front-end driver, as every muon client books it.

Names as cmssw DQM/RPCMonitorClient (RPCFEDIntegrity) and DQM/CSCMonitorModule have
them; the map of status against lumisection is this simulation's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.model.histogram import Axis
from dqmconsole.simulation.elements import Element
from dqmconsole.simulation.error_rate import ErrorRate
from dqmconsole.simulation.state.parts import FEDS, FedStatus
from dqmconsole.simulation.state.sight import Sight
from dqmconsole.simulation.thresholds import FlagsWithin

if TYPE_CHECKING:
    from dqmconsole.simulation.booking import Booking
    from dqmconsole.simulation.quality import QualityTest
    from dqmconsole.simulation.subsystem import Lumisection


class FedIntegrity(msgspec.Struct, frozen=True):
    """The elements of one subsystem's front-end drivers.

    Attributes:
        subsystem: a key of :data:`FEDS`.
        folder: where the elements are booked.
    """

    subsystem: str
    folder: str

    @property
    def identifiers(self) -> range:
        """The drivers' identifiers."""
        return FEDS[self.subsystem]

    def book(self, booking: Booking) -> None:
        """Declare events with data and without by driver, and the status map."""
        ids = self.identifiers
        axis = Axis(len(ids), ids.start - 0.5, ids.stop - 0.5, title="FED")
        for name, title in (
            ("FEDEntries", "Events with data by front-end driver"),
            ("FEDFatal", "Events whose data are missing or unreadable"),
        ):
            booking.add(
                Element(
                    f"{self.folder}/{name}",
                    title,
                    (axis,),
                    sight=Sight(
                        "fed entries" if name == "FEDEntries" else "fed fatal",
                        self.subsystem,
                        first_fed=ids.start,
                    ),
                    y_title="Events",
                )
            )
        built = booking.built
        booking.flags(
            f"{self.folder}/FEDStatusvsLS",
            "Data from each front-end driver",
            axis,
            row_of_channel=None if built is None else built.fed - ids.start,
        )

    def fill(self, now: Lumisection) -> None:
        """Add one lumisection."""
        ids = self.identifiers
        status = now.state.feds[ids.start : ids.stop]
        sent, lost = status == int(FedStatus.IN), status == int(FedStatus.LOST)
        now.book[f"{self.folder}/FEDEntries"].add(now.events * sent)
        now.book[f"{self.folder}/FEDFatal"].add(now.events * lost)
        if now.events:
            now.book[f"{self.folder}/FEDStatusvsLS"].set_column(
                now.number, np.where(sent, 1.0, np.where(lost, 0.0, -1.0))
            )

    def tests(self) -> list[QualityTest]:
        """A driver without data is an error."""
        return [
            ErrorRate(
                f"{self.folder}/FEDFatal", f"{self.folder}/FEDEntries", 0.005, 0.01,
                "missing data", part="Readout",
            ),
            FlagsWithin(
                f"{self.folder}/FEDStatusvsLS", noun="FEDs", bad=0, part="Readout"
            ),
        ]  # fmt: skip
