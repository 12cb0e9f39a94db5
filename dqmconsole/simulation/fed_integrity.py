"""Data integrity by front-end driver: as every muon client books it, and flags.

Names as cmssw DQM/RPCMonitorClient (RPCFEDIntegrity) and DQM/CSCMonitorModule have
them; the map of status against lumisection is this simulation's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.model.histogram import Axis
from dqmconsole.simulation.checked import flags_within
from dqmconsole.simulation.quality import (
    QualityInput,
    QualityOutcome,
    graded,
    too_few,
)
from dqmconsole.simulation.rows import distribution, flags
from dqmconsole.simulation.state.parts import FEDS, FedStatus

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array
    from dqmconsole.simulation.elements import Element
    from dqmconsole.simulation.lumisection import Lumisection


class ErrorRate(msgspec.Struct, frozen=True):
    """Errors per bin relative to the entries of another element's bins.

    Attributes:
        entries: path of the element with the entries.
        warn, bad: rate above which a bin is bad.
        ranges: names of ranges of bins: (name, first, past the last), from 0.
        enough: events needed.
        at_least: fewer errors than this are no errors.
    """

    entries: str
    warn: float
    bad: float
    what: str
    ranges: tuple[tuple[str, int, int], ...] = ()
    enough: float = 50.0
    at_least: int = 3
    name: str = "ErrorRate"
    window: int = 3
    part: str = "Errors"

    def judge(self, given: QualityInput) -> QualityOutcome:
        """Judge an element."""
        reached = given.written[self.entries]
        errors = given.increase[1:-1]
        errors = np.where(errors < self.at_least, 0.0, errors)
        entries = np.asarray(reached.contents, np.float64)[1:-1]
        most = float(entries.max(initial=0.0))
        if most < self.enough:
            return too_few(f"{most:.0f} events, {self.enough:g} needed")
        # errors of the window over the events of as many lumisections of the run
        share = (given.last - given.first + 1) / max(given.last, 1)
        rate = errors / np.maximum(most * share, 1.0)
        worst = int(np.argmax(rate))
        wrong = int((rate > self.warn).sum())
        label = next((f" ({name})" for name, a, b in self.ranges if a <= worst < b), "")
        axis = given.now.axes[0]
        place = f"{axis.title} {axis.centers[worst]:g}{label}"
        words = f"no {self.what} above {self.warn:.1%}, in {given.span}"
        if wrong:
            many = f"1 {axis.title}" if wrong == 1 else f"{wrong} {axis.title}s"
            which = "" if wrong == 1 else "worst "
            words = (
                f"{many} with {self.what}, {which}{place}: {min(rate[worst], 1):.1%} "
                f"of events in {given.span}"
            )
        return graded(
            float(rate[worst]), self.warn, self.bad, 1 - float(rate[worst]), words
        )


def driver_flags(
    now: Lumisection,
    name: str,
    groups: tuple[slice | Array, ...] = (slice(None),),
    *,
    least: float = 0.5,
    enough: float = 50.0,
) -> Array:
    """One flag per driver: its hits against those of its like.

    Args:
        now: the lumisection.
        name: of the drivers, a key of :data:`FEDS`.
        groups: drivers that are alike: their numbers, or bool per driver.
        least: a driver with no more than this share of their median is bad.
        enough: hits that the median driver of a group needs, to judge it.

    Returns:
        1 good, 0 bad, -1 not judged or out of the run; float64, shape (drivers,).
    """
    ids, built = FEDS[name], now.built
    counts = np.bincount(built.fed - ids.start, now.hits, minlength=len(ids))
    flags = np.full(len(ids), -1.0)
    for group in groups:
        alike = np.zeros(len(ids), bool)
        alike[group] = True
        if float(np.median(counts[alike])) >= enough:
            flags[alike] = counts[alike] > least * float(np.median(counts[alike]))
    out = now.state.feds[ids.start : ids.stop] == int(FedStatus.OUT)
    return np.where(out, -1.0, flags)


def frames_flags(now: Lumisection, name: str, *, least: float = 0.5) -> Array | None:
    """One flag per driver: the share of its channels whose frames arrive.

    A front end without high voltage sends frames all the same: nothing is in them.

    Args:
        now: the lumisection.
        name: of the drivers, a key of :data:`FEDS`.
        least: a driver with no more than this share of the frames is bad. Channels that
            are known to be dead do not count.

    Returns:
        1 good, 0 bad, -1 without working channels or out of the run; float64, shape
        (drivers,). None without events.
    """
    if not now.events:
        return None
    ids, built, channels = FEDS[name], now.built, now.channels
    number, working = built.fed - ids.start, ~built.known
    usual = np.bincount(number, working, minlength=len(ids))
    sent = channels.read_out(now.state.feds) * np.minimum(channels.delivered, 1.0)
    share = np.bincount(number, working * sent, minlength=len(ids))
    flags = np.where(usual > 0, share > least * usual, -1.0)
    out = now.state.feds[ids.start : ids.stop] == int(FedStatus.OUT)
    return np.where(out, -1.0, flags)


def fed_rows(subsystem: str) -> tuple[Element, ...]:
    """Events with data and without by driver, and the map of their status.

    Args:
        subsystem: a key of :data:`FEDS`; the elements are in its FEDIntegrity.
    """
    folder, ids = f"{subsystem}/FEDIntegrity", FEDS[subsystem]
    axis = Axis(len(ids), ids.start - 0.5, ids.stop - 0.5, title="FED")
    entries = f"{folder}/FEDEntries"

    def are(now: Lumisection, status: FedStatus) -> Array:
        found: Array = now.state.feds[ids.start : ids.stop] == int(status)
        return found

    def status(now: Lumisection) -> Array | None:
        if not now.events:
            return None
        silent = np.where(are(now, FedStatus.LOST), 0.0, -1.0)
        return np.where(are(now, FedStatus.IN), 1.0, silent)

    return (
        distribution(
            entries, "Events with data by front-end driver", (axis,),
            lambda now: now.events * are(now, FedStatus.IN),
        ),
        distribution(
            f"{folder}/FEDFatal", "Events whose data are missing or unreadable",
            (axis,), lambda now: now.events * are(now, FedStatus.LOST),
            test=ErrorRate(entries, 0.005, 0.01, "missing data", part="Readout"),
        ),
        flags(
            f"{folder}/FEDStatusvsLS", "Data from each front-end driver", axis, status,
            test=flags_within(noun="FEDs", bad=0, part="Readout"),
        ),
    )  # fmt: skip
