"""The cells of a detection study: each fault in several sizes at several places."""

from __future__ import annotations

import functools
import itertools
import math
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from dqmconsole.model.cause import Extent, Family, Urgency, extent_of
from dqmconsole.simulation.registry import all_subsystems
from dqmconsole.simulation.state.detector import DetectorState
from dqmconsole.simulation.table.cause import Cause
from dqmconsole.simulation.table.causes import TABLE, act
from dqmconsole.simulation.table.ideal import NOTHING, ideal_sizes

if TYPE_CHECKING:
    from collections.abc import Collection

    from dqmconsole.model.histogram import Array, Axis
    from dqmconsole.simulation.elements import FillSpecification
    from dqmconsole.simulation.state.beam import RunType
    from dqmconsole.simulation.state.channels import Geometry

PLACES = 3
"""Places of each fault in each subsystem."""

ANYWHERE = 0.25
"""Of its channels: what strikes more of a subsystem has no place of its own."""

ROUNDING = 1e-6

_HCAL = "Hcal/DigiTask/Occupancy/depth/depth{}"
_PIXEL = "PixelPhase1/Phase1_MechanicalView"
_BARREL = f"{_PIXEL}/PXBarrel/num_digis_per_SignedModule_per_SignedLadder_PXLayer_{{}}"
_FORWARD = f"{_PIXEL}/PXForward/num_digis_per_PXDisk_per_SignedBladePanel_PXRing_{{}}"
_STRIPS = "SiStrip/MechanicalView/{}/NumberOfClusters_LayerVsPhi__{}"

AXES: dict[str, tuple[str, str]] = {
    "L1T/L1TStage2CaloLayer1/ecalOccupancy": ("ieta", "iphi"),
    "L1T/L1TStage2CaloLayer1/hcalOccupancy": ("ieta", "iphi"),
    "L1T/L1TStage2uGMT/ugmtMuonPhivsEta": ("eta", "phi"),
    **{_BARREL.format(n): ("module", f"ladder of layer {n}") for n in range(1, 5)},
    **{_FORWARD.format(n): ("disk", f"blade of ring {n}") for n in (1, 2)},
    **{
        _STRIPS.format(folder, folder.replace("/", "__")): ("phi", f"{name} layer")
        for folder, name in (
            ("TIB", "TIB"), ("TOB", "TOB"), ("TID/MINUS", "TID−"), ("TID/PLUS", "TID+"),
            ("TEC/MINUS", "TEC−"), ("TEC/PLUS", "TEC+"),
        )
    },
    "Ecal/EBOccupancyTask/EBOT digi occupancy": ("EB iphi", "EB ieta"),
    "Ecal/EEOccupancyTask/EEOT digi occupancy EE -": ("ix of EE−", "iy of EE−"),
    "Ecal/EEOccupancyTask/EEOT digi occupancy EE +": ("ix of EE+", "iy of EE+"),
    **{_HCAL.format(depth): ("ieta", "iphi") for depth in (*range(1, 8), "HO")},
    "Castor/CastorRecHitMonitor/CastorRecHitOccMap": ("module", "sector"),
    "DT/01-Digi/OccupancyGlbSummary": ("sector", "wheel"),
    "CSC/CSCOfflineMonitor/Occupancy/hOStrips": ("chamber", "ring"),
    "CSC/CSCOfflineMonitor/Occupancy/hOWires": ("chamber", "ring"),
    "RPC/AllHits/SummaryHistograms/Occupancy_for_Barrel": ("sector", "wheel"),
    "RPC/AllHits/SummaryHistograms/Occupancy_for_Endcap": ("segment", "disk"),
}  # fmt: skip
"""Path of a map of channels -> what its axes are, in the words of the layouts."""


class _Map(NamedTuple):
    """A map of channels: what its axes are, and the names of their bins."""

    names: tuple[str, str]
    bins: FillSpecification
    shape: tuple[int, ...]
    words: tuple[list[str], ...]


class Cell(msgspec.Struct, frozen=True):
    """One fault in one subsystem, at one place, of one size: what a study tries.

    Attributes:
        cause: aimed at its subsystem, with size and place; its onset is the table's,
            so replace it ("msgspec.structs.replace(cell.cause, onset=19)").
        family: how the data are wrong.
        extent: where it should be found, in the words of the layouts' axes; None: no
            place of its own, or none that a layout could name.
        urgency: when somebody has to act; "" of a size so small that nobody has to.
        half: size at which the ideal test finds it in half of all updates; None: of
            what is stale.
        nearly: size at which it finds it in 95 %, likewise (see `ideal`).
    """

    cause: Cause
    family: Family
    extent: Extent | None
    urgency: Urgency
    half: float | None = None
    nearly: float | None = None

    @property
    def fault(self) -> str:
        """Name of the fault in the table."""
        return self.cause.name

    @property
    def subsystem(self) -> str:
        """The subsystem it strikes."""
        return self.cause.target

    @property
    def place(self) -> int:
        """Number of the place, from 0; the same in every run."""
        return self.cause.place or 0

    @property
    def size(self) -> float:
        """How much, in the unit of the table."""
        return self.cause.size

    @property
    def findable(self) -> bool:
        """Whether the ideal test finds it nearly always in one update.

        What is stale needs no statistics to be found.
        """
        if self.family == "stale":
            return True
        return self.nearly is not None and self.size >= self.nearly


def cells(
    run_type: RunType = "collisions",
    places: int = PLACES,
    only: Collection[str] | None = None,
) -> tuple[Cell, ...]:
    """All cells, in the order of the table; the same each time.

    What strikes the console alone, as a wrong reference does, is not among them, nor
    what even the ideal test never finds in such a run.

    Args:
        run_type: of the runs they are tried in.
        places: of each fault in each subsystem; a fault that always strikes the whole
            of it has one.
        only: names of the faults; all when None.
    """
    found: list[Cell] = []
    for cause in TABLE:
        if cause.kind != "fault" or cause.acts_on == "session":
            continue
        if only is not None and cause.name not in only:
            continue
        for target in cause.targets:
            one = msgspec.structs.replace(cause, target=target)
            for each in _placed(one, run_type, places):
                found += _sized(each, run_type)
    return tuple(found)


def _placed(cause: Cause, run_type: RunType, places: int) -> list[Cause]:
    """The cause at so many different places, or at one where it has no choice."""
    seen: list[tuple[object, Cause]] = []
    for number in range(4 * places):
        each = msgspec.structs.replace(cause, place=number)
        where = _mark(each, run_type)
        if all(where != other for other, _ in seen):
            seen.append((where, each))
        if len(seen) == places:
            break
    return [each for _, each in seen]


def _sized(cause: Cause, run_type: RunType) -> list[Cell]:
    assert cause.shows is not None
    ideal = ideal_sizes().get((run_type, cause.name, cause.target), NOTHING)
    if ideal.half is None and cause.shows != "stale":
        return []
    found = []
    for size in cause.sizes:
        each = msgspec.structs.replace(cause, size=size)
        place = extent(each, run_type)
        urgency = cause.urgency if size >= cause.matters else ""
        found.append(Cell(each, cause.shows, place, urgency, ideal.half, ideal.nearly))
    return found


def extent(cause: Cause, run_type: RunType = "collisions") -> Extent | None:
    """Where an aimed cause with a place strikes, in the words of the layouts' axes."""
    seeds = _state(cause, run_type).trigger.wrong
    if seeds:
        return extent_of(("algorithm",), ((seed,) for seed in seeds))
    built, maps = _subsystem(cause.target, run_type)
    if built is None:
        return None
    mine = struck(cause, run_type)
    if not mine.any() or mine.sum() > ANYWHERE * built.size:
        return None
    found: dict[tuple[str, str], set[tuple[str, ...]]] = {}
    for each in maps:
        bins = each.bins.flat[mine[each.bins.channels]]
        if bins.size:
            at = np.unravel_index(np.unique(bins), each.shape)
            words = (
                [of[n] for n in row] for of, row in zip(each.words, at, strict=True)
            )
            found.setdefault(each.names, set()).update(zip(*words, strict=True))
    if len(found) != 1:
        return None  # of several maps none is the place
    ((names, places),) = found.items()
    return extent_of(names, places)


def struck(cause: Cause, run_type: RunType = "collisions") -> Array:
    """The channels that an aimed cause with a place changes, bool per channel."""
    built, _ = _subsystem(cause.target, run_type)
    if built is None:
        return np.zeros(0, bool)
    usual, now = _state(cause, run_type, strikes=False), _state(cause, run_type)
    before, after = usual.channels[cause.target], now.channels[cause.target]
    changed = before.rates(usual.feds).particles != after.rates(now.feds).particles
    for name in ("gain", "t0", "early", "noise"):
        changed |= getattr(before, name) != getattr(after, name)
    found: Array = changed
    return found


def _mark(cause: Cause, run_type: RunType) -> object:
    """What tells the places of a cause apart."""
    now = _state(cause, run_type)
    trigger = (tuple(now.trigger.wrong), tuple(now.trigger.mismatch.values()))
    position = tuple(now.beam.position.round(5).tolist())
    return struck(cause, run_type).tobytes(), trigger, position


def _state(cause: Cause, run_type: RunType, *, strikes: bool = True) -> DetectorState:
    """The detector in a lumisection in which the cause has its whole strength."""
    built, _ = _subsystem(cause.target, run_type)
    state = DetectorState(run_type, {cause.target: built}, seed=1, run=1)
    state.begin()
    if strikes:
        act(msgspec.structs.replace(cause, onset=1, rise=1), state)
    return state


@functools.cache
def _subsystem(
    name: str, run_type: RunType
) -> tuple[Geometry | None, tuple[_Map, ...]]:
    """The channels of a subsystem and its maps of which the layouts name the axes."""
    one = next(each for each in all_subsystems() if each.name == name)
    built = None if one.geometry is None else one.geometry(run_type)
    maps = [
        _Map(AXES[each.path], each.bins, each.shape, tuple(map(_names, each.axes)))
        for each in one.rows(run_type, built)
        if each.path in AXES and each.bins is not None
    ]
    return built, tuple(maps)


def _names(axis: Axis) -> list[str]:
    """Names of all bins of an axis, as extents of verdicts have them, flow bins too."""
    found = ["outside"]
    for number, (low, high) in enumerate(itertools.pairwise(axis.edges.tolist())):
        label = axis.labels[number] if axis.labels else ""
        found.append(label or _number(low, high))
    return [*found, "outside"]


def _number(low: float, high: float) -> str:
    """The centre of a bin in words; of one that is one unit wide, a whole number."""
    center, width = 0.5 * (low + high), high - low
    if abs(width - 1) < ROUNDING:
        return str(math.floor(center + ROUNDING))
    return f"{center:g}" if abs(center) > ROUNDING * width else "0"
