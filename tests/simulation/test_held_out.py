"""The held-out table: each fault and event changes what it says, and nothing else."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from dqmconsole.simulation.registry import all_subsystems
from dqmconsole.simulation.state.detector import DetectorState
from dqmconsole.simulation.state.parts import FEDS
from dqmconsole.simulation.table import targets
from dqmconsole.simulation.table.causes import TABLE, act, find
from dqmconsole.simulation.table.held_out import (
    HELD_OUT,
    HELD_OUT_MODELS,
    HELD_OUT_PER_SHIFT,
)

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array
    from dqmconsole.simulation.state.channels import Geometry
    from dqmconsole.simulation.table.cause import Cause

EACH = [(each.name, to) for each in HELD_OUT for to in each.targets or ("",)]
CHANGES = {
    "address-stuck": {"cable"},
    "cooling-lost": {"gain"},
    "gas-wrong": {"boost", "gain"},
    "orbit-slip": {"colliding"},
    "pressure": {"boost", "gain"},
    "beta-star": {"widths"},
    "upset-recovered": {"feds"},
    "stream-thinned": {"efficiency"},
}
OF_CHANNELS = ("voltage", "board_dead", "mask", "gain", "t0", "boost", "cable", "early")
OF_BEAM = (
    "mode", "luminosity", "pileup", "energy", "activity", "colliding", "position",
    "widths", "background",
)  # fmt: skip
OF_TRIGGER = ("column", "inhibited", "mismatch", "noise", "wrong", "paused")
OF_CLIENTS = ("pid", "efficiency", "repeated", "frozen", "restart", "writes")


@functools.cache
def _built(name: str) -> Geometry | None:
    (mine,) = (each for each in all_subsystems() if each.name == name)
    return mine.geometry("collisions") if mine.geometry else None


def _state(*names: str, onset: int = 1) -> DetectorState:
    """The detector after so many lumisections in which no cause acts."""
    chosen = {name: _built(name) for name in {"Info", "L1T", "Hcal", *names} - {""}}
    state = DetectorState("collisions", chosen, seed=5)
    for _ in range(onset):
        state.begin()
    return state


def _whole(name: str, target: str, **other: float) -> Cause:
    return msgspec.structs.replace(find(name, HELD_OUT), target=target, rise=1, **other)


def _all_of(state: DetectorState) -> dict[tuple[str, str], Array]:
    parts: dict[str, tuple[object, tuple[str, ...]]] = {
        "beam": (state.beam, OF_BEAM),
        "trigger": (state.trigger, OF_TRIGGER),
        "": (state, ("feds", "out", "magnet", "run_ends", "gap", "leaving")),
        **{f"channels {k}": (v, OF_CHANNELS) for k, v in state.channels.items()},
        **{f"client {k}": (v, OF_CLIENTS) for k, v in state.clients.items()},
    }
    return {
        (part, name): np.copy(getattr(owner, name))
        for part, (owner, names) in parts.items()
        for name in names
    }


def test_no_fault_or_event_of_it_is_in_the_table() -> None:
    held = {each.name for each in HELD_OUT}

    assert not held & {each.name for each in TABLE}
    assert sorted(each.kind for each in HELD_OUT) == ["fault"] * 4 + ["harmless"] * 4
    assert held == HELD_OUT_MODELS.keys()
    assert HELD_OUT_PER_SHIFT.keys() == {
        each.name for each in HELD_OUT if each.kind == "harmless"
    }
    for each in HELD_OUT:
        assert list(each.sizes) == sorted(set(each.sizes))
        assert bool(each.sizes) == bool(each.shows) == (each.kind == "fault")


@pytest.mark.parametrize(("name", "target"), EACH)
def test_it_changes_what_it_says_of_its_target_and_nothing_else(
    name: str, target: str
) -> None:
    state = _state(target)
    before = _all_of(state)
    act(_whole(name, target), state)
    after = _all_of(state)

    changed = {at for at in before if not np.array_equal(before[at], after[at])}
    assert {what for _, what in changed} == CHANGES[name]
    for part, _ in changed:
        if part.startswith("channels"):
            assert part == f"channels {target}"
    if name == "stream-thinned":
        assert len(changed) == len(state.clients)
    state.begin()  # and nothing is left of it when it is over
    again = _state(target, onset=2)
    for at, value in _all_of(again).items():
        assert np.array_equal(value, _all_of(state)[at]), at


def test_every_second_channel_of_a_board_arrives_at_the_one_before_it() -> None:
    cause = _whole("address-stuck", "Hcal", size=2)
    state = _state()
    channels = state.channels["Hcal"]
    usual = channels.rates(state.feds).particles
    act(cause, state)
    now = channels.rates(state.feds).particles

    struck = np.isin(channels.built.board, targets.boards(cause, state))
    assert np.array_equal(usual[~struck], now[~struck])
    assert now.sum() == pytest.approx(usual.sum())
    for board in targets.boards(cause, state):
        mine = np.flatnonzero(channels.built.board == board)
        pairs = mine.size // 2
        assert not now[mine[1::2]].any()
        assert now[mine[::2]][:pairs] == pytest.approx(
            usual[mine[::2]][:pairs] + usual[mine[1::2]]
        )


def test_one_sector_loses_response_where_the_cooling_is_lost() -> None:
    state = _state("Ecal")
    channels = state.channels["Ecal"]
    act(_whole("cooling-lost", "Ecal", size=20), state)

    left = channels.gain / channels.built.gain
    warm = left < 1
    assert left[warm] == pytest.approx(0.8)
    assert np.unique(channels.built.sector[warm]).size == 1
    (sector,) = np.unique(channels.built.sector[warm])
    assert np.array_equal(warm, channels.built.sector == sector)


def test_gas_and_pressure_act_on_the_whole_system() -> None:
    state = _state("CSC")
    channels = state.channels["CSC"]
    act(_whole("gas-wrong", "CSC", size=15), state)
    assert channels.boost == pytest.approx(0.85)
    assert channels.gain / channels.built.gain == pytest.approx(0.7)

    state = _state("CSC")
    channels = state.channels["CSC"]
    act(_whole("pressure", "CSC", size=5), state)
    assert channels.boost == pytest.approx(1.01)
    assert channels.gain / channels.built.gain == pytest.approx(1.05)


def test_the_orbit_slips_by_so_many_crossings() -> None:
    state = _state()
    usual = state.beam.colliding.copy()
    act(_whole("orbit-slip", "L1T", size=4, place=0), state)

    slipped = [np.array_equal(state.beam.colliding, np.roll(usual, n)) for n in (-4, 4)]
    assert sum(slipped) == 1
    assert state.beam.colliding.sum() == usual.sum()


def test_the_luminous_region_gets_narrower_across_the_beam_only() -> None:
    state = _state()
    usual = state.beam.widths.copy()
    act(_whole("beta-star", "", size=2), state)

    assert state.beam.widths == pytest.approx(usual * [0.5, 0.5, 1.0])


def test_an_upset_takes_one_driver_for_one_lumisection() -> None:
    cause = msgspec.structs.replace(
        find("upset-recovered", HELD_OUT), target="Hcal", onset=2
    )
    state = _state(onset=0)
    lost = []
    for _ in range(3):
        state.begin()
        act(cause, state)
        lost.append(np.flatnonzero(state.feds == 2).tolist())

    assert [len(each) for each in lost] == [0, 1, 0]
    assert lost[1][0] in FEDS["Hcal"]


def test_all_clients_alike_get_fewer_events() -> None:
    state = _state()
    act(_whole("stream-thinned", "", size=50), state)

    assert {each.efficiency for each in state.clients.values()} == {0.5}
