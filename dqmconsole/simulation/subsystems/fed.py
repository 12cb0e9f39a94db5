"""FED: which front-end drivers send data, and which send it broken.

Paths and binning as cmssw DQMServices/Components (DQMFEDIntegrityClient) books
them: 850 bins, bin number = identifier + 1. All numbers are simulated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.histogram import Axis, Histogram
from dqmconsole.simulation.booking import Booking
from dqmconsole.simulation.elements import Element, labelled
from dqmconsole.simulation.error_rate import ErrorRate
from dqmconsole.simulation.state.parts import FED_COUNT, FEDS, FedStatus
from dqmconsole.simulation.state.sight import Sight
from dqmconsole.simulation.subsystem import Lumisection, Subsystem
from dqmconsole.simulation.thresholds import LastWithin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmconsole.model.layout import RunType
    from dqmconsole.simulation.quality import QualityTest
    from dqmconsole.simulation.state.channels import Geometry

FOLDER = "FED/FEDIntegrity_EvF"
IDENTIFIERS = Axis(FED_COUNT, -0.5, FED_COUNT - 0.5, title="FED")
NAMES = tuple(FEDS)
RANGES = tuple((name, ids.start, ids.stop) for name, ids in FEDS.items())


def book(_run_type: RunType, _built: Geometry | None) -> tuple[Element, ...]:
    """Declare the elements."""
    booking = Booking("FED", None)
    booking.add(
        Element(
            f"{FOLDER}/FedEntries",
            "Events with data, by front-end driver",
            (IDENTIFIERS,),
            sight=Sight("fed entries"),
            y_title="Events",
        )
    )
    booking.add(
        Element(
            f"{FOLDER}/FedFatal",
            "Events whose data are missing or unreadable",
            (IDENTIFIERS,),
            sight=Sight("fed fatal"),
            y_title="Events",
        )
    )
    booking.add(
        Element(
            f"{FOLDER}/FedNonFatal",
            "Events with minor errors",
            (IDENTIFIERS,),
            sight=Sight("events"),
            y_title="Events",
        )
    )
    booking.trend(f"{FOLDER}/FedsInRun", "Front-end drivers with data", "FEDs")
    booking.add(
        Element(
            f"{FOLDER}/FedEntriesBySubsystem",
            "Front-end drivers with data, share of those of a subsystem",
            (labelled(NAMES, "Subsystem"),),
            accumulates="lumisection",
            y_title="Share of FEDs",
        )
    )
    return booking.done()


def fill(now: Lumisection) -> None:
    """Add one lumisection."""
    status = now.state.feds
    events = np.where(status == int(FedStatus.IN), now.events, 0)
    lost = np.where(status == int(FedStatus.LOST), now.events, 0)
    now.book[f"{FOLDER}/FedEntries"].add(events)
    now.book[f"{FOLDER}/FedFatal"].add(lost)
    now.book[f"{FOLDER}/FedNonFatal"].add(now.rng.poisson(2e-5 * events))
    if now.events:
        now.book[f"{FOLDER}/FedsInRun"].set_at(now.number, float((events > 0).sum()))
    share = [float((events[ids.start : ids.stop] > 0).mean()) for ids in FEDS.values()]
    now.book[f"{FOLDER}/FedEntriesBySubsystem"].add(np.array(share))


def tests(_run_type: RunType, _built: Geometry | None) -> tuple[QualityTest, ...]:
    """The quality tests; the limits on errors are those of CMS's configuration."""
    return (
        ErrorRate(
            f"{FOLDER}/FedFatal", f"{FOLDER}/FedEntries", 0.005, 0.01,
            "missing data", ranges=RANGES, part="Fatal errors",
        ),
        ErrorRate(
            f"{FOLDER}/FedNonFatal", f"{FOLDER}/FedEntries", 0.005, 0.02,
            "minor errors", ranges=RANGES, part="Minor errors",
        ),
        LastWithin(f"{FOLDER}/FedsInRun", 100, FED_COUNT, 50, unit="FEDs", part="FEDs"),
    )  # fmt: skip


def report(written: Mapping[str, Histogram]) -> dict[str, float]:
    """Share of good events by subsystem; -1 for one that sends nothing at all."""
    entries = written[f"{FOLDER}/FedEntries"].values()
    fatal = written[f"{FOLDER}/FedFatal"].values()
    found: dict[str, float] = {}
    for name, ids in FEDS.items():
        good = float(entries[ids.start : ids.stop].sum())
        wrong = float(fatal[ids.start : ids.stop].sum())
        there = good + wrong > 0
        found[f"{name} FEDs"] = good / (good + wrong) if there else -1.0
    return found


SUBSYSTEM = Subsystem(name="FED", book=book, fill=fill, tests=tests, report=report)
