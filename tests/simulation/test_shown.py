"""On which elements a cause shows, by playing its run with and without it."""

from __future__ import annotations

import functools

import pytest

from dqmconsole.simulation.shown import PlayedRun
from dqmconsole.simulation.table.causes import aimed, parse_cause

WHEELS = {f"DT/01-Digi/OccupancySummary_W{number}" for number in range(-2, 3)}
LAYERS = [*range(1, 8), "HO"]
DEPTHS = {f"Hcal/DigiTask/Occupancy/depth/depth{each}" for each in LAYERS}
PEAKS = {f"Hcal/DigiTask/TimingCut/SubdetPM/{part}" for part in ("HBM", "HEP")}
FATAL, RATE = "FED/FEDIntegrity_EvF/FedFatal", "L1T/L1TRates/l1Rate"
COLUMN = "L1T/L1TStage2uGT/prescaleFactorSet"
SHAPE = "SiStrip/Tracking/TrackParameters/HitProperties/NumberOfRecHitsPerTrack_GenTk"
ALL = [*WHEELS, *DEPTHS, *PEAKS, FATAL, RATE, COLUMN, SHAPE]
NAMES = ("DT", "Hcal", "FED", "Info", "L1T", "HLT", "SiStrip")


@functools.cache
def showing(
    text: str, *others: str, seed: int = 5, how: str = "events", after: int = 16
) -> frozenset[str]:
    causes = [aimed(parse_cause(each), NAMES) for each in (text, *others)]
    scaled = dict.fromkeys(ALL, (how,))
    run = PlayedRun("collisions", seed, causes, {after}, scaled, NAMES)  # type: ignore[arg-type]
    return run.showing(causes[0])


@pytest.mark.parametrize(
    ("text", "seed", "shows"),
    [
        ("board-dead:DT@6", 5, {"DT/01-Digi/OccupancySummary_W1"}),
        ("hv-trip:DT@6", 12, {"DT/01-Digi/OccupancySummary_W0"}),
        ("fed-lost:Hcal@6", 12, {*sorted(DEPTHS)[:7], FATAL}),
        ("hot-channel:Hcal@6", 5, {sorted(DEPTHS)[1]}),
        ("t0-drift:Hcal@8", 5, PEAKS),
        ("prescale@5", 7, {COLUMN, RATE}),
        # nothing has happened yet
        ("board-dead:DT@30", 5, set()),
        # what a client writes is of an earlier moment
        ("client-frozen:L1T@9", 3, {RATE, COLUMN}),
        # the reference is another one
        ("wrong-reference", 3, set(ALL)),
        # runs end: no plot shows that
        ("stop-start@9", 3, set()),
    ],
)
def test_a_cause_shows_where_it_strikes(text: str, seed: int, shows: set[str]) -> None:
    assert showing(text, seed=seed) == shows


def test_exchanged_cables_show_from_the_next_run_on() -> None:
    from_the_start = showing("cable-swap:Hcal*8", after=8)
    assert from_the_start & DEPTHS
    assert showing("cable-swap:Hcal@5*8", after=8) == from_the_start
    # its run ends with this lumisection
    assert not showing("cable-swap:Hcal@8*8", after=8)


def test_a_run_that_ends_is_played_on_with_the_next() -> None:
    alone = showing("board-dead:DT@6", after=8)
    assert alone
    assert showing("board-dead:DT@6", "cable-swap:Hcal@4", after=8) == alone
    assert showing("board-dead:DT@6", "stop-start@4", after=8) == alone


def test_other_causes_of_the_run_do_not_count() -> None:
    alone = showing("board-dead:DT@6")
    assert showing("board-dead:DT@6", "fed-lost:Hcal@6", "lumi-drop@7") == alone


def test_what_a_scaled_reference_takes_out_is_not_seen() -> None:
    assert showing("lumi-drop@4", after=8) >= WHEELS | DEPTHS
    area = showing("lumi-drop@4", how="area", after=8)
    assert not area & (WHEELS | DEPTHS | {SHAPE})
    pileup = showing("lumi-drop@4", how="pileup", after=8)
    assert not pileup & (WHEELS | DEPTHS)


def test_a_run_is_looked_at_as_it_ended() -> None:
    cause = aimed(parse_cause("board-dead:DT@6"), NAMES)
    for length, shows in ((5, set()), (16, {"DT/01-Digi/OccupancySummary_W1"})):
        run = PlayedRun(
            "collisions", 5, [cause], {40}, {each: ["events"] for each in WHEELS},
            ["DT"], length,
        )  # fmt: skip
        assert run.showing(cause) == shows
