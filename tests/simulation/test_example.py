"""Causes on given reference histograms: the same each time, and to be seen."""

from __future__ import annotations

import functools

import msgspec
import numpy as np
import pytest

from dqmconsole.model.histogram import Axis, Histogram
from dqmconsole.rootio.dqmfile import DqmFile
from dqmconsole.simulation.example import with_cause
from dqmconsole.simulation.table.cause import CauseError
from dqmconsole.site.site import bundled_site

MAP = "Hcal/DigiTask/Occupancy/depth/depth1"
TIME = "Hcal/DigiTask/TimingCut/SubdetPM/HBM"
FATAL = "FED/FEDIntegrity_EvF/FedFatal"
ENTRIES = "FED/FEDIntegrity_EvF/FedEntries"


@functools.cache
def reference(path: str) -> Histogram:
    references = bundled_site() / "layouts" / "references"
    file = DqmFile(references / "collisions.root")
    try:
        found = file.element(path)
    finally:
        file.close()
    assert isinstance(found, Histogram)
    return found


def drawn(path: str, text: str) -> Histogram:
    return with_cause(reference(path), path, "collisions", text)


def test_it_is_the_same_each_time() -> None:
    first, second = drawn(MAP, "hv-trip:Hcal"), drawn(MAP, "hv-trip:Hcal")
    assert np.array_equal(first.contents, second.contents)
    assert first.entries == second.entries < reference(MAP).entries


@pytest.mark.parametrize("text", ["hv-trip", "fed-lost", "board-dead"])
def test_what_falls_silent_is_emptied_and_the_rest_stays(text: str) -> None:
    before, after = reference(MAP).values(), drawn(MAP, text).values()
    assert ((before > 0) & (after == 0)).any()
    changed = before != after
    assert 0 < changed.sum() < 0.5 * (before > 0).sum()


def test_a_hot_channel_stands_out() -> None:
    before, after = reference(MAP).values(), drawn(MAP, "hot-channel").values()
    (hot,) = np.flatnonzero(after > 10 * before)
    assert after.flat[hot] > 3 * before.max()
    assert np.count_nonzero(before != after) == 1


def test_the_clock_drifts() -> None:
    before, after = reference(TIME), drawn(TIME, "t0-drift")
    times = before.axes[0].centers

    def mean(histogram: Histogram) -> float:
        return float(np.average(times, weights=histogram.values()))

    assert mean(after) - mean(before) > 5  # ns; some leave the axis


def test_a_cause_without_target_strikes_the_plots_own_subsystem() -> None:
    path = "DT/01-Digi/OccupancySummary_W0"
    own = drawn(path, "hv-trip")
    assert np.count_nonzero(own.values() != reference(path).values())


def test_errors_of_drivers_need_the_events_that_stand_beside() -> None:
    empty = reference(FATAL)
    found = with_cause(empty, FATAL, "collisions", "fed-lost:Hcal", reference)
    assert np.count_nonzero(found.values()) == 1
    assert found.values().max() == pytest.approx(reference(ENTRIES).values().max())
    with pytest.raises(CauseError, match="leaves this plot as it is"):
        with_cause(empty, FATAL, "collisions", "fed-lost:Hcal")


@pytest.mark.parametrize(
    ("path", "text", "words"),
    [
        (MAP, "client-frozen:Hcal", "acts on the stream"),
        (MAP, "stop-start", "acts on the run"),
        (MAP, "hv-trip:DT", "leaves this plot as it is"),
        (MAP, "hv-trp", "did you mean 'hv-trip'"),
        (MAP, "hv-trip:Hcol", "did you mean 'Hcal'"),
        ("TPC/clusters", "hv-trip", "has no such element"),
    ],
)
def test_what_cannot_be_drawn_is_said(path: str, text: str, words: str) -> None:
    with pytest.raises(CauseError, match=words):
        with_cause(reference(MAP), path, "collisions", text)


def test_other_bins_are_refused() -> None:
    other = msgspec.structs.replace(
        reference(MAP), axes=(Axis(3, 0.0, 1.0), Axis(2, 0.0, 1.0))
    )
    with pytest.raises(CauseError, match="binned otherwise"):
        with_cause(other, MAP, "collisions", "hv-trip")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Hcal/DigiTask/SumQ/SubdetPM/HBM", "gain-drift"),
        ("Ecal/EBSummaryClient/EBOT energy summary", "gain-drift:Ecal"),
        (MAP, "noise-burst"),
        (MAP, "ring-lost:Hcal"),
        ("SiStrip/MechanicalView/TIB/NumberOfClusters_LayerVsPhi__TIB", "cable-swap"),
        ("L1T/L1TStage2uGMT/ugmtMuonBX", "prefiring"),
        ("L1T/L1TStage2uGT/algoBits_after_prescale_bx_inEvt", "prefiring:L1T"),
        ("L1T/L1TStage2uGT/algoBits_after_prescale", "hot-trigger"),
        ("Ecal/EBOccupancyTask/EBOT digi occupancy", "hot-trigger:Ecal"),
        (
            "L1TEMU/L1TStage2CaloLayer2/L1TdeStage2CaloLayer2/High level summary",
            "emulator-mismatch",
        ),
        ("L1T/L1TStage2uGMT/ugmtMuonPt", "field-off"),
        (MAP, "emittance-scan"),
    ],
)
def test_what_the_table_gained_can_be_drawn(path: str, text: str) -> None:
    before, after = reference(path), drawn(path, text)
    assert after.contents.shape == before.contents.shape
    change = np.abs(after.values() - before.values())
    assert (change > 5 * np.sqrt(before.variances())).any()


@pytest.mark.parametrize("text", ["wrong-reference", "daq-pause", "late-snapshots"])
def test_what_no_histogram_shows_is_not_drawn(text: str) -> None:
    with pytest.raises(CauseError, match="no histogram shows it"):
        drawn(MAP, text)
