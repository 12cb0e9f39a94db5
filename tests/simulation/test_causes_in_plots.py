"""Each cause shows where it must, in all the plots that share it, and nowhere else."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest

from dqmconsole.model.histogram import Histogram, QualityResult
from dqmconsole.simulation.elements import frozen_all
from dqmconsole.simulation.simulation import Simulation
from dqmconsole.simulation.state.trigger import READOUT
from dqmconsole.simulation.table.causes import TABLE, parse_cause

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.simulation.state.beam import RunType

SEED, ONSET, LAST = 7, 4, 10

Elements = dict[str, Histogram]


class Seen(NamedTuple):
    simulation: Simulation
    elements: Elements


def all_elements(simulation: Simulation) -> Elements:
    found: Elements = {}
    for client in simulation.clients.values():
        found |= frozen_all(client.book.elements)
    return found


def badness(one: Histogram, other: Histogram, path: str) -> float:
    """Chi-square per degree of freedom, less what chance allows (5 sigma).

    Args:
        one, other: the histograms.
        path: of the element.
    """
    a, b = one.values(flow=True), other.values(flow=True)
    if one.bin_entries is not None and other.bin_entries is not None:
        enough = (one.bin_entries > 20) & (other.bin_entries > 20)
        variance = one.variances(flow=True)
        variance = variance + other.variances(flow=True)
    else:
        enough = a + b > 25
        variance = a + b
    # bins that neither run filled with more than a few, or only with constants
    enough &= variance > 0
    if not enough.any():
        return 0.0
    # values a trend copies from the state carry no fluctuations of their own
    floor = 1e-5 * np.abs(a[enough] + b[enough]) ** 2 if "LS" in path else 0.0
    chi2 = float(((a - b)[enough] ** 2 / (variance[enough] + floor)).sum())
    ndf = int(enough.sum())
    return chi2 / ndf - 1 - 5 * np.sqrt(2 / ndf)


@functools.cache
def taken(run_type: RunType, text: str = "") -> Seen:
    """A run with a cause, or without."""
    simulation = Simulation(run_type, SEED, [parse_cause(text)] if text else [])
    for number in range(1, LAST + 1):
        simulation.step()
        if simulation.state.run_ends and number < LAST:
            simulation.next_run()
    return Seen(simulation, all_elements(simulation))


def verdicts(run_type: RunType, text: str) -> dict[str, int]:
    """Path -> the worst verdict of all snapshots of a run with a cause."""
    simulation = Simulation(run_type, SEED, [parse_cause(text)])
    worst: dict[str, int] = {}
    for number in range(1, LAST + 1):
        simulation.step()
        for client in simulation.clients.values():
            for folder, items in client.contents(0.0).items():
                for item in items:
                    if isinstance(item, QualityResult):
                        path = f"{folder}/{item.name}"
                        worst[path] = max(worst.get(path, 0), item.code)
        if simulation.state.run_ends and number < LAST:
            simulation.next_run()
    return worst


def changed(run_type: RunType, text: str) -> dict[str, float]:
    """Path -> how much further than by chance it is from the run without the cause."""
    usual, now = taken(run_type).elements, taken(run_type, text).elements
    found = {
        path: badness(usual[path], histogram, path)
        for path, histogram in now.items()
        if usual[path].contents.shape == histogram.contents.shape
    }
    return {path: value for path, value in found.items() if value > 0}


@pytest.fixture(scope="module", autouse=True)
def nothing_kept() -> Iterator[None]:
    """Forget the runs, of which all histograms are kept, when the file is done."""
    yield
    taken.cache_clear()


PIXEL = "PixelPhase1/Phase1_MechanicalView"
EMULATED = "L1TEMU/L1TStage2CaloLayer2/L1TdeStage2CaloLayer2"

STRIKES: dict[str, tuple[str, ...]] = {
    # cause -> what must show it; nothing outside these subsystems may
    "hv-trip:Hcal": (
        "Hcal/DigiTask/Occupancy/depth/depth1",
        "Hcal/DigiTask/OccupancyCut/depth/depth1",
    ),
    "board-dead:Hcal": ("Hcal/DigiTask/Occupancy/depth/depth1",),
    "ring-lost:PixelPhase1": (
        f"{PIXEL}/PXBarrel/num_digis_per_SignedModule_per_SignedLadder_PXLayer_3",
        f"{PIXEL}/num_clusters_per_Lumisection_PXBarrel",
        "PixelPhase1/deadRocTrendLayer_3",
    ),
    "ring-lost:SiStrip": ("SiStrip/SimulatedTime/ClusterTime_TIB",),
    "noise-burst:Hcal": (
        "Hcal/DigiTask/Occupancy/depth/depth1",
        "Hcal/DigiTask/Occupancy/depth/depth2",
        "Hcal/DigiTask/OccupancyvsLS/Subdet/HB",
    ),
    "t0-drift:Ecal": (
        "Ecal/EBTimingTask/EBTMT timing map",
        "Ecal/EBTimingTask/EBTMT timing 1D summary",
    ),
    "gain-drift:Ecal": (
        "Ecal/EBOccupancyTask/EBOT rec hit spectrum",
        "Ecal/EBSummaryClient/EBOT energy summary",
        "Ecal/EEOccupancyTask/EEOT rec hit spectrum EE +",
    ),
    "gain-drift:Hcal": ("Hcal/DigiTask/SumQ/SubdetPM/HBM",),
    "gain-drift:CSC": ("CSC/CSCOfflineMonitor/recHits/hRHSumQp11b",),
    "gain-drift:PixelPhase1": (
        f"{PIXEL}/charge_PXBarrel", f"{PIXEL}/PXBarrel/charge_PXLayer_1",
    ),
    "gain-drift:SiStrip": (
        "SiStrip/MechanicalView/TOB/Summary_ClusterStoNCorr_OnTrack__TOB",
    ),
    "cable-swap:SiStrip": (),
    "cable-swap:PixelPhase1": (),
    # boards of HB that see the same angles, two depths each
    "cable-swap:Hcal": tuple(
        f"Hcal/DigiTask/Occupancy/depth/depth{n}" for n in (1, 2, 3, 4)
    ),
    "prefiring": (
        "L1T/L1TStage2uGMT/ugmtMuonBX",
        "L1T/L1TStage2uGT/algoBits_after_prescale_bx_inEvt",
    ),
    "emulator-mismatch": (f"{EMULATED}/High level summary",),
}  # fmt: skip


# the trigger has towers of what the calorimeters give
SEEN_BY_THE_TRIGGER = (
    "hv-trip:Hcal",
    "board-dead:Hcal",
    "gain-drift:Ecal",
    "gain-drift:Hcal",
)


@pytest.mark.parametrize("text", STRIKES)
def test_a_fault_shows_in_its_subsystem_and_in_no_other(text: str) -> None:
    # a new run changes everything: what begins with one does so with the first
    onset = 1 if parse_cause(text).from_run else ONSET
    found = changed("collisions", f"{text}@{onset}")
    name = parse_cause(text).target or TABLE[_number(text)].targets[0]
    assert found, "nothing shows it"
    assert set(STRIKES[text]) <= set(found)
    through = {"L1T", "HLT"} if text in SEEN_BY_THE_TRIGGER else set()
    assert {path.split("/")[0] for path in found} <= {name} | through
    assert not through or any(path.startswith("L1T/") for path in found)


def _number(text: str) -> int:
    return [cause.name for cause in TABLE].index(text)


def test_a_lost_driver_shows_in_its_subsystem_and_among_all_drivers() -> None:
    found = changed("collisions", f"fed-lost:Ecal@{ONSET}")
    assert {path.split("/")[0] for path in found} == {"Ecal", "FED"}
    assert "FED/FEDIntegrity_EvF/FedFatal" in found


def test_a_hot_tower_drives_the_trigger() -> None:
    text = f"hot-trigger@{ONSET}"
    usual, now = taken("collisions"), taken("collisions", text)
    worst = verdicts("collisions", text)
    before, after = (each.simulation.state.trigger for each in (usual, now))
    assert before.l1_rate < 0.8 * READOUT
    assert after.l1_rate == pytest.approx(READOUT, rel=0.01)
    assert after.hlt_rate < 0.9 * before.hlt_rate
    share = [
        float(h.contents[1 + seeds.index("EG36")] / h.contents.sum())
        for h in (
            each.elements["L1T/L1TStage2uGT/algoBits_after_prescale"]
            for each in (usual, now)
        )
        for seeds in [
            [label.removeprefix("L1_Single")[:4] for label in h.axes[0].labels]
        ]
    ]
    assert share[1] > 2 * share[0]
    hot = []
    for path in (
        "L1T/L1TStage2CaloLayer1/ecalOccupancy",
        "Ecal/EBOccupancyTask/EBOT digi occupancy",
        "Ecal/EBOccupancyTask/EBOT rec hit thr occupancy",
    ):
        ratio = now.elements[path].values() / usual.elements[path].values().clip(1)
        hot.append(np.unravel_index(int(np.argmax(ratio)), ratio.shape))
        others = np.median(ratio[ratio > 0])
        assert ratio.max() > 4 * others
        assert worst[path] == 300
    # one tower, whose axes run iη by iφ in L1T and iφ by iη in Ecal, where the count of
    # towers in φ begins two later
    ring, phi = hot[0]
    there = int(ring) - 28
    assert hot[1] == hot[2] == ((phi + 2) % 72, there + 17 - (there > 0))
    assert worst["L1T/L1TRates/l1Rate"] == 300
    assert worst["L1T/L1TRates/deadTime"] == 300
    assert "Hcal" not in {
        path.split("/")[0] for path, code in worst.items() if code > 100
    }


def test_what_fires_early_stands_one_crossing_before() -> None:
    usual = taken("collisions").elements
    now = taken("collisions", f"prefiring@{ONSET}*40").elements
    names = [f"L1T/L1TStage2uGMT/{x}Input/ugmt{x}BX" for x in ("BMTF", "OMTF", "EMTF")]
    early = []
    for path in names:
        before, after = (
            each[path].contents / each[path].entries for each in (usual, now)
        )
        assert after[2] >= before[2] - 0.01
        assert after.sum() == pytest.approx(1)
        early.append(after[2] > 0.2)
    assert sum(early) == 1
    muons = now["L1T/L1TStage2uGMT/ugmtMuonBX"].contents
    assert muons.sum() == sum(now[path].contents.sum() for path in names)
    assert np.array_equal(muons, sum(now[path].contents for path in names))


def test_the_response_falls_alike_in_spectrum_and_map() -> None:
    usual = taken("collisions").elements
    now = taken("collisions", f"gain-drift:Ecal@{ONSET}").elements
    means = []
    for each in (usual, now):
        spectrum = each["Ecal/EBOccupancyTask/EBOT rec hit spectrum"]
        mean = spectrum.sums[2] / spectrum.sums[0]
        table = each["Ecal/EBSummaryClient/EBOT energy summary"]
        means.append((mean, table.contents.sum() / table.bin_entries.sum()))
    spectrum, table = np.array(means[1]) / np.array(means[0])
    assert 0.7 < spectrum < 0.95
    assert spectrum == pytest.approx(table, abs=0.02)


def test_swapped_boards_hold_each_other_s_hits() -> None:
    seen = taken("collisions", f"cable-swap:SiStrip@{ONSET}")
    channels = seen.simulation.state.channels["SiStrip"]
    moved = np.flatnonzero(channels.cable != np.arange(channels.built.size))
    boards = np.unique(channels.built.board[moved])
    assert boards.size == 2
    rates = channels.rates(seen.simulation.state.feds).particles
    assert rates.sum() == pytest.approx(
        (channels.built.rate * ~channels.built.known).sum()
    )
    for here, there in (boards, boards[::-1]):
        mine, its = (channels.built.board == each for each in (here, there))
        assert rates[mine].tolist() == channels.built.rate[its].tolist()


def test_a_wrong_reference_leaves_the_detector_alone() -> None:
    usual, now = taken("collisions"), taken("collisions", f"wrong-reference@{ONSET}")
    for path, histogram in now.elements.items():
        assert np.array_equal(histogram.contents, usual.elements[path].contents), path
    assert parse_cause("wrong-reference").acts_on == "session"


HARMLESS: dict[tuple[str, RunType], frozenset[str]] = {
    # what a harmless event may raise an alarm in: what shows it
    ("lumi-drop", "collisions"): frozenset(),
    ("emittance-scan", "collisions"): frozenset(),
    ("not-stable", "collisions"): frozenset(),
    ("hv-on", "collisions"): frozenset(),
    ("prescale", "collisions"): frozenset(),
    ("client-restart", "collisions"): frozenset(),
    ("late-snapshots", "collisions"): frozenset(),
    ("stop-start", "collisions"): frozenset(),
    ("subsystem-out", "heavy-ions"): frozenset(),
    ("daq-pause", "collisions"): frozenset(
        {
            "Info/EventInfo/dqmEvents", "HLT/TriggerRates/hltRate",
            "L1T/L1TRates/l1Rate",
        }
    ),
    ("short-run", "collisions"): frozenset(),
    ("beam-dump", "collisions"): frozenset(),
    ("fill-begin", "collisions"): frozenset(),
    ("vdm-scan", "collisions"): frozenset(
        f"BRIL/Luminosity/{name}_over_HF_vs_LS" for name in ("PLT", "BCM1F")
    ),
    ("levelling", "collisions"): frozenset(),
    ("resync", "collisions"): frozenset(
        {"L1T/L1TRates/deadTime", "BRIL/Luminosity/data_taking_efficiency_vs_LS"}
    ),
    ("client-late", "collisions"): frozenset(),
    ("field-off", "cosmics"): frozenset(
        {
            "Info/EventInfo/magnet", "L1T/L1TStage2uGMT/ugmtMuonPt",
            "L1T/L1TStage2uGMT/ugmtMuonCharge", "L1T/L1TStage2BMTF/bmtf_hwPt",
            "HLT/ObjectMonitor/MainShifter/L2NoBPTXMuon_pT",
        }
    ),
}  # fmt: skip


def test_every_harmless_event_is_tried() -> None:
    harmless = {cause.name for cause in TABLE if cause.kind == "harmless"}
    assert {name for name, _ in HARMLESS} == harmless


@pytest.mark.parametrize(("name", "run_type"), HARMLESS)
def test_a_harmless_event_alarms_nobody_who_has_no_part_in_it(
    name: str, run_type: RunType
) -> None:
    worst = verdicts(run_type, f"{name}@{ONSET}")
    wrong = {path for path, code in worst.items() if code in (200, 300)}
    assert wrong <= HARMLESS[name, run_type]


def values(path: str, text: str, run_type: RunType = "collisions") -> np.ndarray:
    trend = taken(run_type, text).elements[path]
    return np.asarray(trend.contents[1 : LAST + 1], np.float64)


def test_the_luminosity_dips_in_steps_and_returns() -> None:
    lumi = "Info/LhcInfo/instLumi"
    ratio = values(lumi, "emittance-scan@2") / values(lumi, "")
    dip = [1, 0.68, 0.2, 0.68, 1, 0.68, 0.2, 0.68, 1, 1]
    assert ratio == pytest.approx(dip, abs=1e-6)
    events = "Info/EventInfo/dqmEvents"
    fewer = values(events, "emittance-scan@2") / values(events, "")
    assert fewer == pytest.approx(dip, abs=0.1)


def test_without_stable_beams_there_are_data_and_the_rows_say_so() -> None:
    seen = taken("collisions", f"not-stable@{ONSET}")
    modes = values("Info/LhcInfo/beamMode", f"not-stable@{ONSET}")
    assert modes.tolist() == [11] * (ONSET - 1) + [10] * (LAST - ONSET + 1)
    dcs = seen.elements["Info/EventInfo/reportSummaryMap"]
    row = 1 + dcs.axes[1].labels.index("Stable B")
    assert dcs.contents[LAST, row] == 0
    assert dcs.contents[ONSET - 1, row] == 1
    assert values("Info/EventInfo/dqmEvents", f"not-stable@{ONSET}").min() > 1000


def test_a_pause_has_no_events_and_the_run_goes_on() -> None:
    text = f"daq-pause@{ONSET}"
    events = values("Info/EventInfo/dqmEvents", text)
    assert (events == 0).tolist() == [n in (4, 5, 6) for n in range(1, LAST + 1)]
    state = taken("collisions", text).simulation.state
    assert (state.run, state.lumisection) == (398214, LAST)
    longer = values("Info/EventInfo/dqmEvents", f"daq-pause@{ONSET}*5")
    assert int((longer == 0).sum()) == 5


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("short-run", [3, 7]), ("short-run@4", [4, 3, 3]), ("short-run@2*5", [2, 5, 3]),
        ("stop-start@4", [4, 6]),
    ],
)  # fmt: skip
def test_a_short_run(text: str, runs: list[int]) -> None:
    simulation = Simulation("collisions", 1, [parse_cause(text)], only=["Info"])
    lengths = [0]
    for _ in range(LAST):
        simulation.step()
        lengths[-1] += 1
        if simulation.state.run_ends:
            simulation.next_run()
            lengths.append(0)
    assert lengths == runs


def test_a_late_client_writes_seldom_and_then_everything() -> None:
    simulation = Simulation(
        "collisions", 1, [parse_cause("late-snapshots:Hcal@3*4")],
        only=["Info", "Hcal"],
    )  # fmt: skip
    writes = []
    for _ in range(11):
        simulation.step()
        writes.append(simulation.state.clients["Hcal"].writes)
        assert simulation.state.clients["Info"].writes
    assert [n for n, each in enumerate(writes, 1) if each] == [1, 2, 6, 10]
    assert simulation.clients["Hcal"].lumisection == 11


def test_without_field_tracks_are_straight() -> None:
    text = f"field-off@{ONSET}"
    found = changed("cosmics", text)
    bent = {  # a straight track tells neither its momentum nor its charge
        "L1T/L1TStage2uGMT/ugmtMuonPt", "L1T/L1TStage2BMTF/bmtf_hwPt",
        "L1T/L1TStage2uGMT/ugmtMuonCharge",
        "SiStrip/Tracking/TrackParameters/GeneralProperties/TrackPt_CKFTk",
        "HLT/ObjectMonitor/MainShifter/L2NoBPTXMuon_pT",
    }  # fmt: skip
    assert bent <= set(found) <= bent | {"Info/EventInfo/magnet"}
    field = values("Info/EventInfo/magnet", text, "cosmics")
    assert field[ONSET - 2] == pytest.approx(3.8, abs=0.01)
    assert 0 < field[-1] < 0.01


@pytest.mark.parametrize(
    "text", [*STRIKES, "hot-trigger", "emittance-scan", "field-off", "daq-pause"]
)
def test_counts_stay_counts(text: str) -> None:
    for path, histogram in taken("collisions", f"{text}@{ONSET}").elements.items():
        if histogram.root_class in ("TH1F", "TH2F") and "LS" not in path:
            element = taken("collisions").simulation.clients
            accumulates = next(
                client.book[path].element.accumulates
                for client in element.values()
                if path in client.book
            )
            if accumulates == "run":
                counts = np.asarray(histogram.contents, np.float64)
                assert np.array_equal(counts, np.round(counts)), path
                assert histogram.entries == counts.sum(), path


@pytest.mark.parametrize("factor", [0.01, 100.0])
@pytest.mark.parametrize("name", [cause.name for cause in TABLE])
def test_no_size_breaks_the_detector(name: str, factor: float) -> None:
    usual = next(cause for cause in TABLE if cause.name == name)
    cause = parse_cause(f"{name}*{usual.size * factor!r}")
    only = {"Info", "FED", "BRIL", *usual.targets[:2]}
    simulation = Simulation("collisions", SEED, [cause], only=only)
    for _ in range(2):
        simulation.step()
        for client in simulation.clients.values():
            for items in client.contents(0.0).values():
                for item in items:
                    if isinstance(item, Histogram):
                        assert np.isfinite(item.contents).all(), item.name
                        assert np.isfinite(item.sums).all(), item.name
