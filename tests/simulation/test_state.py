"""The state: what a shift would see of beam, trigger, voltages, front-end drivers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from dqmconsole.simulation.state.beam import (
    BEAM_MODES,
    NO_BEAM,
    OPTICS,
    STABLE_BEAMS,
    STABLE_LENGTH,
    Beam,
    Optics,
    bunch_pattern,
)
from dqmconsole.simulation.state.channels import Channels, geometry
from dqmconsole.simulation.state.detector import DetectorState
from dqmconsole.simulation.state.parts import FED_COUNT, FEDS, FedStatus, Voltage
from dqmconsole.simulation.state.trigger import SEEDS, Trigger

if TYPE_CHECKING:
    from dqmconsole.simulation.state.beam import RunType


def test_beam_modes_are_the_lhc_s() -> None:
    assert len(BEAM_MODES) == 21
    assert BEAM_MODES[STABLE_BEAMS - 1] == "stable beams"
    assert BEAM_MODES[NO_BEAM - 1] == "no beam"


@pytest.mark.parametrize("bunches", [0, 1, 36, 37, 960, 2340])
def test_the_bunch_pattern_has_its_bunches_and_an_abort_gap(bunches: int) -> None:
    pattern = bunch_pattern(Optics(1.0, 1.0, 6800.0, bunches))
    assert pattern.sum() == bunches
    assert not pattern[-120:].any()


@pytest.mark.parametrize(
    ("run_type", "spacing"), [("collisions", 1), ("heavy-ions", 2)]
)
def test_trains_fill_the_orbit_up_to_the_abort_gap(
    run_type: RunType, spacing: int
) -> None:
    filled = np.flatnonzero(bunch_pattern(OPTICS[run_type]))
    assert filled.size == OPTICS[run_type].bunches
    assert filled[0] == 55
    assert 3400 < filled[-1] < 3440
    assert np.diff(filled).min() == spacing


def test_luminosity_falls_through_the_fill_and_another_follows() -> None:
    beam = Beam("collisions", 10_000)
    rng = np.random.default_rng(1)
    seen, modes = [], set()
    for _ in range(STABLE_LENGTH + 300):
        beam.step(rng)
        modes.add(beam.mode)
        if beam.stable:
            seen.append((beam.luminosity, beam.pileup, beam.activity))
    first = np.array(seen[:STABLE_LENGTH])
    assert (np.diff(first[:, 0]) < 0).all()
    assert first[-1, 0] < 0.6 * first[0, 0]
    assert np.allclose(first[:, 1] / first[:, 0], first[0, 1] / first[0, 0])
    assert {13, 14, 7, 11} <= modes
    assert beam.fill == 10_001
    assert beam.stable


def test_cosmics_have_no_beam() -> None:
    beam = Beam("cosmics", 10_000)
    beam.step(np.random.default_rng(1))
    assert (beam.fill, beam.mode, beam.luminosity, beam.activity) == (0, NO_BEAM, 0, 1)


def test_prescale_columns_reduce_the_rate() -> None:
    trigger = Trigger("collisions")
    rates = []
    for column in range(4):
        trigger.reset()
        trigger.column = column
        trigger.settle(1.0)
        rates.append(trigger.l1_rate)
        assert (trigger.after <= trigger.before).all()
    assert rates == sorted(rates)
    assert 50e3 < rates[0] < 110e3
    assert len(trigger.before) == len(SEEDS)


def test_what_stands_between_a_channel_and_its_hits() -> None:
    built = geometry(
        {"x": np.arange(6)}, np.full(6, 2.0),
        known=np.array([1, 0, 0, 0, 0, 0], bool),
        fed=np.array([700, 700, 700, 701, 701, -1]),
        board=np.array([0, 0, 1, 1, 2, 2]),
        sector=np.array([0, 0, 0, 1, 1, -1]),
        partitions=("HF", "HO"),
    )  # fmt: skip
    channels = Channels(built)
    feds = np.full(FED_COUNT, int(FedStatus.IN))
    assert channels.rates(feds).particles.tolist() == [0, 2, 2, 2, 2, 2]
    channels.voltage[1] = int(Voltage.STANDBY)
    assert channels.rates(feds).particles.tolist() == [0, 2, 2, 0.004, 0.004, 2]
    channels.voltage[0] = int(Voltage.OFF)
    assert channels.rates(feds).particles.tolist() == [0, 0, 0, 0.004, 0.004, 2]
    channels.reset()
    channels.board_dead[2] = True
    assert channels.rates(feds).particles.tolist() == [0, 2, 2, 2, 0, 0]
    channels.reset()
    feds[701] = int(FedStatus.LOST)
    channels.boost[2] = 50
    assert channels.rates(feds).particles.tolist() == [0, 2, 100, 0, 0, 2]
    channels.reset()
    channels.cable[[1, 2]] = [2, 1]
    channels.boost[1] = 3
    assert channels.rates(np.full(FED_COUNT, 1)).particles.tolist() == [
        0,
        2,
        6,
        2,
        2,
        2,
    ]


def test_a_lumisection_undoes_what_causes_did() -> None:
    built = geometry({"x": np.arange(2)}, np.ones(2), sector=0, partitions=("HF",))
    state = DetectorState("collisions", {"Hcal": built, "Info": None}, seed=1)
    state.begin()
    state.channels["Hcal"].voltage[:] = int(Voltage.OFF)
    state.feds[:] = int(FedStatus.OUT)
    assert state.partitions()["HF"] == 0
    state.begin()
    assert state.partitions()["HF"] == 1
    assert (state.feds[FEDS["Hcal"].start : FEDS["Hcal"].stop] == 1).all()
    state.settle()
    assert state.lumisection == state.elapsed == 2
    assert state.events > 1000
    state.next_run()
    assert (state.run, state.lumisection, state.elapsed) == (398215, 0, 2)
    assert state.beam.integrated == 0


def test_the_same_seed_gives_the_same_state() -> None:
    def events(seed: int) -> list[int]:
        state = DetectorState("cosmics", {"Info": None}, seed)
        found = []
        for _ in range(4):
            state.begin()
            state.settle()
            found.append(state.events)
        return found

    assert events(1) == events(1)
    assert events(1) != events(2)
