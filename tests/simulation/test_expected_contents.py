"""What each cause changes of the expected contents, bin by bin, and what it leaves."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from dqmconsole.simulation.registry import all_subsystems
from dqmconsole.simulation.state.detector import DetectorState
from dqmconsole.simulation.table.causes import TABLE, act, find
from dqmconsole.simulation.table.cells import struck
from dqmconsole.simulation.table.ideal import Shown, shown

if TYPE_CHECKING:
    from dqmconsole.simulation.elements import FillSpecification
    from dqmconsole.simulation.state.channels import Geometry
    from dqmconsole.simulation.table.cause import Cause

FEW = ("Castor", "CTPPS", "PixelPhase1", "CSC", "DT")
"""Subsystems of few channels, in the order in which they are tried."""

LOCAL = [
    each
    for each in TABLE
    if each.kind == "fault"
    and each.acts_on == "state"
    and each.name not in ("hot-trigger", "prefiring", "emulator-mismatch")
    and "L1T" not in each.targets[:1]
    and each.targets[0] not in ("BeamMonitor", "BRIL")
]


def small(cause: Cause) -> Cause:
    """The cause at a place of the smallest subsystem that it strikes."""
    order = [*FEW, *cause.targets]
    target = min(cause.targets, key=order.index)
    return msgspec.structs.replace(cause, target=target, place=0)


@functools.cache
def usual(target: str) -> dict[str, Shown]:
    return shown(None, target)


@functools.cache
def built(target: str) -> Geometry:
    one = next(each for each in all_subsystems() if each.name == target)
    assert one.geometry is not None
    return one.geometry("collisions")


@functools.cache
def maps(target: str) -> dict[str, FillSpecification]:
    """The maps of hits whose bins the channels fill."""
    one = next(each for each in all_subsystems() if each.name == target)
    return {
        each.path: each.bins
        for each in one.rows("collisions", built(target))
        if each.bins is not None
        and each.path in usual(target)
        and usual(target)[each.path].counts.size
    }


def relative(path: str, now: dict[str, Shown], target: str) -> np.ndarray:
    """What is there now over what is usual, 1 where nothing is either way."""
    before = usual(target)[path].counts
    return np.divide(
        now[path].counts, before, out=np.ones(before.size), where=before > 0
    )


@pytest.mark.parametrize("cause", LOCAL, ids=lambda each: each.name)
def test_a_fault_changes_the_bins_of_its_channels_alone(cause: Cause) -> None:
    cause = small(cause)
    now, mine = shown(cause, cause.target), struck(cause)
    assert mine.any()
    seen = 0
    for path, bins in maps(cause.target).items():
        times = relative(path, now, cause.target)
        others = np.setdiff1d(bins.flat, bins.flat[mine[bins.channels]])
        assert np.allclose(times[others], 1, rtol=1e-6), path
        changed = np.flatnonzero(abs(times - 1) > 1e-6)
        seen += changed.size
        if cause.shows == "missing":
            assert (times[changed] < 1).all(), path
        if cause.shows == "excess":
            assert (times[changed] > 1).all(), path
    if cause.shows in ("missing", "excess"):
        assert seen


@pytest.mark.parametrize("cause", LOCAL, ids=lambda each: each.name)
def test_a_fault_leaves_other_subsystems_alone(cause: Cause) -> None:
    cause = small(cause)
    other = "RPC" if cause.target != "RPC" else "DT"
    state = DetectorState(
        "collisions", {cause.target: built(cause.target), other: built(other)}, 1, 1
    )
    state.begin()
    before = state.channels[other].rates(state.feds).particles
    act(msgspec.structs.replace(cause, onset=1, rise=1), state)
    assert np.array_equal(state.channels[other].rates(state.feds).particles, before)
    assert np.array_equal(state.channels[other].gain, built(other).gain)
    assert np.array_equal(state.channels[other].t0, built(other).t0)
    assert not state.trigger.wrong
    assert not state.trigger.noise


def test_links_that_are_lost_take_their_share_of_one_driver() -> None:
    cause = msgspec.structs.replace(find("link-loss"), target="DT", place=0, size=40.0)
    times = [
        relative(path, shown(cause, "DT"), "DT")
        for path in maps("DT")
        if path.startswith("DT/01-Digi/OccupancySummary_W")
    ]
    found = {round(float(each), 6) for one in times for each in one}
    assert found == {0.6, 1.0}


def test_events_that_are_filled_twice_raise_all_bins_alike() -> None:
    cause = msgspec.structs.replace(find("events-twice"), target="DT", size=50.0)
    now = shown(cause, "DT")
    for path in maps("DT"):
        times = relative(path, now, "DT")
        filled = usual("DT")[path].counts > 0
        assert np.allclose(times[filled], 1.5, atol=2e-3), path


def test_the_luminous_region_moves_by_as_much_as_is_said_and_back() -> None:
    cause = msgspec.structs.replace(find("beam-jump"), target="BeamMonitor", size=500)
    moved = []
    for axis in ("x0", "y0"):
        path = f"BeamMonitor/Fit/{axis}_lumi"
        before, after = (
            each[path].means[1]
            for each in (usual("BeamMonitor"), shown(cause, "BeamMonitor"))
        )
        moved.append(after - before)
    assert np.hypot(*moved) == pytest.approx(0.05)
    again = shown(None, "BeamMonitor")["BeamMonitor/Fit/x0_lumi"]
    assert again.means[1] == usual("BeamMonitor")["BeamMonitor/Fit/x0_lumi"].means[1]


def test_the_background_of_both_beams_rises_with_the_hits_that_it_leaves() -> None:
    cause = msgspec.structs.replace(find("background-rise"), target="BRIL", size=150.0)
    now = shown(cause, "BRIL")
    for path, each in usual("BRIL").items():
        times = 2.5 if "BKGD" in path else 1.0
        assert np.allclose(now[path].means, times * each.means), path
        if "arrival_time_background" in path:  # whole hits are spread over its bins
            risen = now[path].counts.sum() / each.counts.sum()
            assert risen == pytest.approx(2.5, rel=0.005)
        else:
            assert np.allclose(now[path].counts, each.counts), path


@pytest.mark.parametrize(("name", "size"), [("prescale-wrong", 5), ("path-dead", 100)])
def test_one_algorithm_alone_has_another_rate(name: str, size: float) -> None:
    cause = msgspec.structs.replace(find(name), target="L1T", size=float(size), place=0)
    state = DetectorState("collisions", {"L1T": built("L1T")}, 1, 1)
    state.begin()
    state.settle()
    before = state.trigger.after.copy()
    act(msgspec.structs.replace(cause, onset=1), state)
    state.settle()
    times = state.trigger.after[before > 0] / before[before > 0]
    expected = 5.0 if name == "prescale-wrong" else 0.0
    assert sorted(times.tolist(), key=lambda each: each == 1)[0] == expected
    assert (times == 1).sum() == times.size - 1


@pytest.mark.parametrize(
    "name",
    [
        "lumi-drop", "emittance-scan", "vdm-scan", "levelling", "prescale", "resync",
        "not-stable", "beam-dump", "fill-begin", "field-off", "daq-pause",
    ],
)  # fmt: skip
def test_a_harmless_event_leaves_the_shapes_as_they_are(name: str) -> None:
    now = shown(find(name), "DT")
    for path in maps("DT"):
        filled = usual("DT")[path].counts > 0
        times = relative(path, now, "DT")[filled]
        assert np.allclose(times, times.mean(), rtol=2e-3, atol=1e-9), path
        if name in ("beam-dump", "fill-begin", "daq-pause"):
            assert not times.any()
