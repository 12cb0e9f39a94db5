"""FED: which front-end drivers send data, and which send it broken.

Paths and binning as cmssw DQMServices/Components (DQMFEDIntegrityClient) books them
where it has such an element, but with bins for all identifiers of Run 3: bin number =
identifier + 1. All numbers are simulated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.model.histogram import Array, Axis, Histogram
from dqmconsole.simulation.checked import last_within
from dqmconsole.simulation.elements import Element, labelled
from dqmconsole.simulation.fed_integrity import ErrorRate
from dqmconsole.simulation.rows import distribution, trend
from dqmconsole.simulation.state.parts import FED_COUNT, FEDS, FedStatus
from dqmconsole.simulation.subsystem import Subsystem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmconsole.simulation.lumisection import Lumisection
    from dqmconsole.simulation.state.beam import RunType
    from dqmconsole.simulation.state.channels import Geometry

FOLDER = "FED/FEDIntegrity_EvF"
ENTRIES = f"{FOLDER}/FedEntries"
IDENTIFIERS = Axis(FED_COUNT, -0.5, FED_COUNT - 0.5, title="FED")
RANGES = tuple((name, ids.start, ids.stop) for name, ids in FEDS.items())


def _sent(now: Lumisection) -> Array:
    """Events with data, by driver."""
    return np.where(now.state.feds == int(FedStatus.IN), now.events, 0)


def _lost(now: Lumisection) -> Array:
    """Events without data, by driver."""
    return np.where(now.state.feds == int(FedStatus.LOST), now.events, 0)


def _shares(now: Lumisection) -> Array:
    """Share of its drivers that send data, by subsystem."""
    sent = _sent(now) > 0
    return np.array([float(sent[ids.start : ids.stop].mean()) for ids in FEDS.values()])


def rows(_run_type: RunType, _built: Geometry | None) -> tuple[Element, ...]:
    """The table; the limits on errors are chosen.

    (They are the numbers of cmssw's DQMFEDQualityTests.xml, which mean another thing
    there: 0.02 for a bin's content, 0.995 and 0.99 for the share of bins below it.)
    """
    by_subsystem = distribution(
        f"{FOLDER}/FedEntriesBySubsystem",
        "Front-end drivers with data, share of those of a subsystem",
        (labelled(tuple(FEDS), "Subsystem"),), _shares, y_title="Share of FEDs",
    )  # fmt: skip
    return (
        distribution(
            ENTRIES, "Events with data, by front-end driver", (IDENTIFIERS,), _sent
        ),
        distribution(
            f"{FOLDER}/FedFatal", "Events whose data are missing or unreadable",
            (IDENTIFIERS,), _lost,
            test=ErrorRate(
                ENTRIES, 0.005, 0.01, "missing data", RANGES, part="Fatal errors"
            ),
        ),
        distribution(
            f"{FOLDER}/FedNonFatal", "Events with minor errors", (IDENTIFIERS,),
            lambda now: now.rng.poisson(2e-5 * _sent(now)),
            test=ErrorRate(
                ENTRIES, 0.005, 0.02, "minor errors", RANGES, part="Minor errors"
            ),
        ),
        trend(
            f"{FOLDER}/FedsInRun", "Front-end drivers with data", "FEDs",
            lambda now: float((_sent(now) > 0).sum()) if now.events else None,
            last_within(100, FED_COUNT, 50, unit="FEDs", part="FEDs"),
        ),
        msgspec.structs.replace(by_subsystem, accumulates="lumisection"),
    )  # fmt: skip


def report(written: Mapping[str, Histogram]) -> dict[str, float]:
    """Share of good events by subsystem; -1 for one that sends nothing at all."""
    entries = written[ENTRIES].values()
    fatal = written[f"{FOLDER}/FedFatal"].values()
    found: dict[str, float] = {}
    for name, ids in FEDS.items():
        good = float(entries[ids.start : ids.stop].sum())
        wrong = float(fatal[ids.start : ids.stop].sum())
        there = good + wrong > 0
        found[f"{name} FEDs"] = good / (good + wrong) if there else -1.0
    return found


SUBSYSTEM = Subsystem("FED", rows, report=report)
