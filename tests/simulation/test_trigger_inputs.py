"""The trigger sees what the detector gives it, and luminometers count without it."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from dqmconsole.simulation.expected import expected_detector
from dqmconsole.simulation.l1_channels import BMTF, ECAL, HCAL, hardware_eta
from dqmconsole.simulation.l1_inputs import reaching, two_at_least
from dqmconsole.simulation.shapes import one_later, rayleigh
from dqmconsole.simulation.state.channels import Channels
from dqmconsole.simulation.state.detector import DetectorState
from dqmconsole.simulation.subsystems import bril, csc, dt, ecal, hcal, l1t
from dqmconsole.simulation.table import targets
from dqmconsole.simulation.table.causes import act, find, parse_cause

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array
    from dqmconsole.simulation.state.beam import RunType

DETECTORS = {"L1T": l1t, "Ecal": ecal, "Hcal": hcal, "DT": dt, "CSC": csc}


@functools.cache
def state(run_type: RunType = "collisions") -> DetectorState:
    geometries = {
        name: one.SUBSYSTEM.geometry(run_type) for name, one in DETECTORS.items()
    }
    return DetectorState(run_type, geometries, seed=1)


def share(text: str = "", run_type: RunType = "collisions") -> Array:
    """What reaches the trigger with a cause, relative to what does without."""
    found = []
    for cause in ("", text):
        now = state(run_type)
        now.begin()
        now.beam.activity = 1.0
        if cause:
            one = msgspec.structs.replace(parse_cause(cause), onset=1, rise=1)
            act(one, now)
        found.append(reaching(now))
    left: Array = found[1] / found[0]
    return left


def of(kind: int) -> Array:
    mine: Array = state().channels["L1T"].built.coordinates["kind"] == kind
    return mine


def works() -> Array:
    found: Array = ~state().channels["L1T"].built.known
    return found


def test_towers_that_the_detectors_lack_are_known_to_the_trigger() -> None:
    now = state()
    now.begin()
    for name in ("Ecal", "Hcal"):
        built = now.channels[name].built
        built = msgspec.structs.replace(built, known=np.zeros(built.size, bool))
        now.channels[name] = Channels(built)
        now.channels[name].mask = DETECTORS[name].SUBSYSTEM.geometry("collisions").known
    gives = reaching(now)
    state.cache_clear()
    calo = of(ECAL) | of(HCAL)
    assert np.array_equal(gives[calo] < 0.01, ~works()[calo])


@pytest.mark.parametrize(
    ("cause", "kind", "lost"),
    [
        ("hv-trip:Ecal*4#1", ECAL, 60), ("board-dead:Ecal*4#1", ECAL, 20),
        ("ring-lost:Ecal*8#1", ECAL, 40), ("hv-trip:Hcal*8#1", HCAL, 100),
        ("board-dead:Hcal*8#1", HCAL, 30), ("ring-lost:Hcal*8#1", HCAL, 40),
        ("hv-trip:DT*8#1", BMTF, 5),
    ],
)  # fmt: skip
def test_what_the_detector_does_not_give_is_missing_in_the_trigger(
    cause: str, kind: int, lost: int
) -> None:
    left = share(cause)
    holes = (left < 0.5) & works()
    assert holes.sum() >= lost
    assert holes[of(kind)].sum() == holes.sum()
    assert (left < 0.9).sum() < 0.2 * of(kind).sum()


@pytest.mark.parametrize("name", ["fed-lost", "link-loss"])
@pytest.mark.parametrize("target", ["Ecal", "Hcal", "DT", "CSC"])
def test_what_the_readout_alone_loses_the_trigger_sees(name: str, target: str) -> None:
    assert np.array_equal(share(f"{name}:{target}#1"), np.ones(works().size))


def test_a_hole_of_ecal_is_at_its_trigger_tower() -> None:
    # crystals 306 to 310 are trigger tower 60 (EBDetId::tower_iphi of cmssw)
    now = state()
    now.begin()
    at = now.channels["Ecal"].built.coordinates
    mine = (at["part"] == 0) & (at["iphi"] == 307.5) & (at["ieta"] == 12.5)
    now.channels["Ecal"].boost[mine] = 0.0
    tower = now.channels["L1T"].built.coordinates
    dead = np.flatnonzero(reaching(now) == 0)
    assert [(int(tower["ieta"][n]), int(tower["iphi"][n])) for n in dead] == [(3, 60)]
    hot = msgspec.structs.replace(find("hot-trigger"), target="L1T", place=1)
    both = targets.hot_tower(hot, now)
    crystals = at["iphi"][both["Ecal"]]
    simple = (crystals + 2.5) / 5
    assert tower["iphi"][both["L1T"]] == (simple - 3) % 72 + 1


def test_a_smaller_response_leaves_fewer_towers_and_softer_electrons() -> None:
    left = share("gain-drift:Ecal*30")
    assert (left[of(ECAL) & works()] < 0.85).all()
    assert (left[~of(ECAL)] == 1).all()
    clients, now = expected_detector("collisions", "L1T", "HLT", "Ecal")
    found = []
    for cause in ("", "gain-drift:Ecal@1*30"):
        for client in clients:
            client.begin_run()
        now.elapsed = now.beam.age = 0
        now.begin()
        if cause:
            act(msgspec.structs.replace(parse_cause(cause), rise=1), now)
        now.settle()
        for client in clients:
            client.step(0.0)
        book = {p: e for c in clients for p, e in c.book.elements.items()}
        masses = book["HLT/ObjectMonitor/MainShifter/di-Electron_Mass"].contents
        seeds = book["L1T/L1TStage2uGT/algoBits_after_prescale"]
        labels = seeds.element.axes[0].labels
        electrons = np.array(["", *labels, ""], str)
        single = seeds.contents[electrons == "L1_SingleEG36er2p5"].sum()
        others = seeds.contents[electrons == "L1_SingleMu22"].sum()
        found.append((int(np.argmax(masses[1:-1])), single / others))
    assert found[1][0] < found[0][0] - 25  # 0.75 GeV each
    assert found[1][1] < 0.5 * found[0][1]


def test_towers_follow_the_pile_up_and_muons_do_not() -> None:
    now = state()
    now.begin()
    usual = reaching(now)
    now.beam.activity /= 3
    left = reaching(now) / usual
    calo = of(ECAL) | of(HCAL)
    assert left[calo] == pytest.approx(np.full(calo.sum(), 1 / 3))
    assert (left[~calo] == 1).all()


def test_a_track_takes_two_stations() -> None:
    assert two_at_least(np.array([1.0, 1.0, 0.0, 0.0])) == 1
    assert two_at_least(np.array([1.0, 0.0, 0.0, 0.0])) == 0
    assert two_at_least(np.array([0.5, 0.5])) == pytest.approx(0.25)
    assert two_at_least(np.full(4, 0.95)) == pytest.approx(0.9995, abs=1e-4)


def test_the_wedges_of_the_barrel_are_the_sectors_of_dt() -> None:
    at = state().channels["L1T"].built.coordinates
    wedge, phi = at["wedge"][of(BMTF)], np.degrees(at["phi"][of(BMTF)])
    assert abs(phi[wedge == 0]).max() < 15
    assert phi[wedge == 3] == pytest.approx(np.full((wedge == 3).sum(), 90), abs=15)


def test_hardware_eta_is_the_trigger_s() -> None:
    rings = np.array([1, 20, 28, 30, 41, -1, -41])
    assert hardware_eta(rings).tolist() == [1, 39, 63, 70, 116, -1, -116]


@functools.cache
def filled(cause: str, run_type: RunType = "collisions") -> dict[str, Array]:
    """What the elements of some subsystems hold of a lumisection, on average."""
    clients, now = expected_detector(run_type, "BRIL", "L1T", "DT", "BeamMonitor")
    now.begin()
    if cause:
        act(msgspec.structs.replace(parse_cause(cause), onset=1, rise=1), now)
    now.settle()
    for client in clients:
        client.step(0.0)
    return {
        path: each.frozen().values()
        for client in clients
        for path, each in client.book.elements.items()
    }


@pytest.mark.parametrize(
    ("cause", "left"),
    [("prescale-wrong:L1T*5", 1.0), ("hot-trigger:L1T*1.5", 1.0), ("lumi-drop*3", 3.0)],
)
def test_luminometers_count_whatever_the_trigger_accepts(
    cause: str, left: float
) -> None:
    usual, now = filled(""), filled(cause)
    for name in bril.COUNTERS:
        path = bril.HITS_PER_BX.format(name)
        assert now[path].sum() * left == pytest.approx(usual[path].sum(), rel=0.001)
        path = bril.RATIO.format(name)
        assert now[path][0] == pytest.approx(1.0, abs=0.002)
    early = now[bril.EARLY_TIME].sum() / usual[bril.EARLY_TIME].sum()
    assert early == pytest.approx(1.0, rel=0.005)


def test_cosmic_muons_reach_the_lower_half_two_crossings_later() -> None:
    crossings = filled("", "cosmics")["L1T/L1TStage2BMTF/bmtf_wedge_bx"]
    shares = crossings / crossings.sum(axis=1, keepdims=True)
    top, bottom = shares[3], shares[9]
    assert top[2] > 0.85
    assert bottom[3:].sum() > 0.4
    assert crossings[3].sum() > 1.1 * crossings[9].sum() > 1.1 * crossings[0].sum()


def test_late_drift_tubes_make_barrel_muons_late() -> None:
    usual, now = filled(""), filled("t0-drift:DT*9")
    for path in (dt.TRIGGER_BX, "L1T/L1TStage2uGMT/BMTFInput/ugmtBMTFBX"):
        before, after = (each[path] / each[path].sum() for each in (usual, now))
        later = before.size // 2 + 1
        assert after[later] > before[later] + 0.1
    path = "L1T/L1TStage2uGMT/EMTFInput/ugmtEMTFBX"
    assert now[path] == pytest.approx(usual[path])
    assert one_later(np.array([0.0, 1.0, 0.0]), 0.3).tolist() == [0.0, 0.7, 0.3]


def test_missing_et_is_a_length_that_grows_with_the_root_of_the_pile_up() -> None:
    path = "L1T/L1TStage2CaloLayer2/Energy-Sums/METRank"
    usual, less = (filled(each)[path] for each in ("", "lumi-drop*3"))
    axis = l1t.MISSING_ET
    assert 15 < axis.centers[np.argmax(usual)] < 25
    assert usual[0] < 0.2 * usual.max()
    means = [float(each @ axis.centers / each.sum()) for each in (usual, less)]
    assert 0.55 < means[1] / means[0] < 0.75
    assert rayleigh(axis, 20.0).sum() == pytest.approx(1)
    nothing = filled("", "cosmics")
    assert (nothing[path] @ axis.centers) / nothing[path].sum() < 10


def test_the_wave_of_d0_has_the_sign_of_cmssw() -> None:
    # d0 = x0 sin φ - y0 cos φ, and the beam stands at x = 0.17 cm
    wave = filled("")["BeamMonitor/Fit/d0_phi0"]
    assert wave[np.argmin(abs(np.linspace(-3.1, 3.1, 63) - np.pi / 2))] > 0.15
    assert wave[np.argmin(abs(np.linspace(-3.1, 3.1, 63) + np.pi / 2))] < -0.15


def test_nothing_asks_for_beams_in_cosmics_and_hardly_anything_is_lost() -> None:
    clients, now = expected_detector("cosmics", "L1T")
    now.begin()
    now.settle()
    clients[0].step(0.0)
    seeds = clients[0].book.elements["L1T/L1TStage2uGT/algoBits_after_prescale"]
    fired = dict(zip(seeds.element.axes[0].labels, seeds.contents[1:-1], strict=True))
    assert fired["L1_ZeroBias"] == 0
    assert fired["L1_SingleMuCosmics"] > 100
    assert 0 < now.trigger.dead_time < 1e-3
