"""The trigger's rates: what is lost in dead time, and that the readout saturates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmconsole.simulation.expected import expected_detector
from dqmconsole.simulation.state.beam import RUN_TYPES, STABLE_LENGTH, Beam
from dqmconsole.simulation.state.detector import DetectorState
from dqmconsole.simulation.state.trigger import (
    BUFFERED,
    LOST_PER_ACCEPT,
    READOUT,
    SEEDS,
    Trigger,
    live_share,
)
from dqmconsole.simulation.subsystems.bril import EFFICIENCY, RECORDED
from dqmconsole.simulation.table.causes import act, parse_cause

if TYPE_CHECKING:
    from dqmconsole.simulation.state.beam import RunType

NAMES = [seed.name for seed in SEEDS]
TIMES = st.floats(0, 1e4)
OF_SEEDS = st.dictionaries(st.sampled_from(NAMES), TIMES, max_size=4)


def settled(
    run_type: RunType = "collisions",
    *,
    noise: float = 0.0,
    wrong: float = 1.0,
    activity: float = 1.0,
) -> Trigger:
    """The trigger once its rates are computed; one seed has noise, one a prescale."""
    trigger = Trigger(run_type)
    trigger.noise["L1_SingleEG36er2p5"] = noise
    trigger.wrong["L1_HTT360er"] = wrong
    trigger.settle(activity)
    return trigger


@given(
    st.sampled_from(RUN_TYPES), OF_SEEDS, OF_SEEDS, st.integers(0, 3), st.floats(0, 2)
)
def test_no_more_is_accepted_than_the_readout_takes(
    run_type: RunType,
    noise: dict[str, float],
    wrong: dict[str, float],
    column: int,
    activity: float,
) -> None:
    trigger = Trigger(run_type)
    trigger.noise, trigger.wrong, trigger.column = noise, wrong, column
    trigger.settle(activity)
    assert 0 <= trigger.l1_rate <= READOUT * (1 + 1e-9)
    assert -1e-12 < trigger.dead_time < 1
    assert 0 <= trigger.hlt_rate <= trigger.l1_rate
    assert 0 <= trigger.due <= 1 + 1e-12


@given(st.floats(0, 1e8), st.floats(0, 1e8), st.floats(0, 0.9))
def test_what_is_lost_grows_with_what_is_asked(
    one: float, other: float, inhibited: float
) -> None:
    less, more = sorted((one, other))
    live = [live_share(each, inhibited) for each in (less, more)]
    assert live[0] >= live[1] > 0
    assert less * live[0] <= more * live[1] + 1e-6


@pytest.mark.parametrize("load", [0.5, 1.0, 1.3])
def test_buffers_are_full_as_often_as_in_a_queue_that_is_played(load: float) -> None:
    # only in a stretch without pauses the rate at the buffers is the one asked for
    asked = load * READOUT / (1 - load * READOUT * LOST_PER_ACCEPT)
    rng = np.random.default_rng(13)
    held = lost = 0
    comes = rng.random(200_000) < load / (1 + load)  # else one is read
    for arrives in comes.tolist():
        if not arrives:
            held = max(held - 1, 0)
        elif held < BUFFERED:
            held += 1
        else:
            lost += 1
    full = 1 - live_share(asked, 0.0) * (1 + asked * LOST_PER_ACCEPT)
    assert lost / comes.sum() == pytest.approx(full, abs=0.01)


@pytest.mark.parametrize(
    ("run_type", "rate", "lost"),
    [
        ("collisions", 81_625.0, 0.01202),
        ("cosmics", 430.2, 6.324e-5),
        ("heavy-ions", 44_190.0, 0.006496),
    ],
)
def test_the_usual_rates(run_type: RunType, rate: float, lost: float) -> None:
    usual = settled(run_type)
    assert usual.l1_rate == pytest.approx(rate, rel=0.001)
    assert usual.dead_time == pytest.approx(lost, rel=0.001)
    assert usual.due == pytest.approx(1)


def test_dead_time_falls_a_little_through_a_fill() -> None:
    beam, rng = Beam("collisions", 10_000), np.random.default_rng(1)
    lost = []
    for _ in range(STABLE_LENGTH):
        beam.step(rng)
        lost.append(settled(activity=beam.activity).dead_time)
    assert (np.diff(lost) < 0).all()
    assert lost[0] == pytest.approx(0.012, abs=1e-4)
    assert lost[-1] == pytest.approx(0.0050, abs=1e-4)
    assert np.mean(lost) == pytest.approx(0.0077, abs=3e-4)


def test_a_hot_trigger_fills_the_readout_and_takes_from_all_others() -> None:
    usual, hot, hotter = (settled(noise=each) for each in (0.0, 0.6, 1.5))
    assert hot.l1_rate == pytest.approx(READOUT, rel=0.005)
    assert hotter.l1_rate == pytest.approx(READOUT, rel=1e-4)
    assert (hot.dead_time, hotter.dead_time) == pytest.approx((0.17, 0.468), abs=0.005)
    for each in (hot, hotter):
        live = (1 - each.dead_time) / (1 - usual.dead_time)
        assert each.hlt_rate == pytest.approx(live * usual.hlt_rate)
    assert hot.due == pytest.approx(1 / 1.6)


def test_a_small_excess_costs_nearly_nothing() -> None:
    usual, some = settled(), settled(noise=0.05)
    assert some.l1_rate == pytest.approx(1.05 * usual.l1_rate, rel=0.002)
    assert some.dead_time - usual.dead_time < 0.001
    assert some.hlt_rate == pytest.approx(usual.hlt_rate, rel=0.001)


def test_a_wrong_prescale_that_adds_much_rate_fills_the_readout() -> None:
    usual, wrong = settled(), settled(wrong=20.0)
    assert wrong.l1_rate == pytest.approx(READOUT, rel=0.001)
    assert wrong.dead_time > 0.3
    assert wrong.hlt_rate < 0.7 * usual.hlt_rate


def test_a_seed_that_is_lost_takes_its_events_from_both_levels() -> None:
    usual, lost = settled(), settled(wrong=0.0)
    assert lost.l1_rate < 0.96 * usual.l1_rate
    assert lost.hlt_rate / lost.l1_rate == pytest.approx(usual.hlt_rate / usual.l1_rate)
    assert lost.dead_time < usual.dead_time


def test_a_trigger_that_is_paused_accepts_nothing() -> None:
    trigger = Trigger("collisions")
    trigger.noise["L1_SingleEG36er2p5"] = 5.0
    trigger.paused = True
    trigger.settle(1.0)
    assert (trigger.l1_rate, trigger.hlt_rate, trigger.stream_rate) == (0, 0, 0)
    assert trigger.dead_time == 0


def test_a_resynchronisation_adds_its_dead_time() -> None:
    trigger = Trigger("collisions")
    trigger.inhibited += 0.5
    trigger.settle(1.0)
    assert trigger.dead_time == pytest.approx(0.506, abs=0.002)


def test_luminosity_is_recorded_while_the_trigger_is_live() -> None:
    state = DetectorState("collisions", {}, seed=1)
    kept = []
    for paused, noise in ((False, 0.0), (False, 0.6), (True, 0.0)):
        state.begin()
        state.trigger.paused = paused
        state.trigger.noise["L1_SingleEG36er2p5"] = noise
        before = state.beam.integrated, state.beam.recorded
        state.settle()
        delivered = state.beam.integrated - before[0]
        kept.append((state.beam.recorded - before[1]) / delivered)
    assert kept == pytest.approx([0.988, 0.83, 0], abs=0.003)
    state.next_run()
    assert state.beam.recorded == 0


def test_plots_of_luminosity_and_paths_follow_the_dead_time() -> None:
    paths = {
        "HLT/TriggerRates/hltRate", "HLT/TriggerRates/HLT/HLT_IsoMu24 accept",
        "L1T/L1TRates/l1Rate", "L1T/L1TRates/deadTime", RECORDED, EFFICIENCY,
    }  # fmt: skip
    clients, state = expected_detector("collisions", "L1T", "HLT", "BRIL")
    found: dict[str, list[float]] = {}
    for lumisection in (1, 2):
        state.begin()
        if lumisection == 2:
            act(parse_cause("hot-trigger:L1T@1*0.6"), state)
        state.settle()
        for client in clients:
            client.step(0.0)
            for path in paths & client.book.elements.keys():
                values = client.book.elements[path].frozen().values()
                found.setdefault(path, []).append(float(values[lumisection - 1]))
    assert found["L1T/L1TRates/l1Rate"][1] == pytest.approx(110, abs=0.5)
    assert found["L1T/L1TRates/deadTime"] == pytest.approx([1.2, 17], abs=0.5)
    assert found[EFFICIENCY] == pytest.approx([0.983, 0.825], abs=0.005)
    for name in ("hltRate", "HLT/HLT_IsoMu24 accept"):
        before, after = found[f"HLT/TriggerRates/{name}"]
        assert after / before == pytest.approx(0.84, abs=0.01)
    before, after = found[RECORDED]
    assert after / before == pytest.approx(1.84, abs=0.01)
