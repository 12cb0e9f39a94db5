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
# L1T and Hcal together take most of the time: what concerns one leaves out the other
DETECTORS, TRIGGERS = ("DT", "Hcal", "FED"), ("DT", "FED", "Info", "L1T", "HLT")


@functools.cache
def showing(
    text: str,
    *others: str,
    seed: int = 5,
    how: str = "events",
    after: int = 16,
    of: tuple[str, ...] = NAMES,
) -> frozenset[str]:
    causes = [aimed(parse_cause(each), NAMES) for each in (text, *others)]
    scaled = dict.fromkeys(ALL, (how,))
    run = PlayedRun("collisions", seed, causes, {after}, scaled, of)  # type: ignore[arg-type]
    return run.showing(causes[0])


@pytest.mark.parametrize(
    ("text", "seed", "of", "shows"),
    [
        ("board-dead:DT@6", 5, NAMES, {"DT/01-Digi/OccupancySummary_W1"}),
        ("hv-trip:DT@6", 12, DETECTORS, {"DT/01-Digi/OccupancySummary_W0"}),
        ("fed-lost:Hcal@6", 12, NAMES, {*sorted(DEPTHS)[:7], FATAL}),
        ("hot-channel:Hcal@6", 5, DETECTORS, {sorted(DEPTHS)[1]}),
        ("t0-drift:Hcal@8", 5, DETECTORS, PEAKS),
        ("prescale@5", 7, TRIGGERS, {COLUMN, RATE}),
        # nothing has happened yet
        ("board-dead:DT@30", 5, TRIGGERS, set()),
        # what a client writes is of an earlier moment
        ("client-frozen:L1T@9", 3, TRIGGERS, {RATE, COLUMN}),
        # the reference is another one
        ("wrong-reference", 3, NAMES, set(ALL)),
        # runs end: no plot shows that
        ("stop-start@9", 3, NAMES, set()),
    ],
)
def test_a_cause_shows_where_it_strikes(
    text: str, seed: int, of: tuple[str, ...], shows: set[str]
) -> None:
    assert showing(text, seed=seed, of=of) == shows


def test_exchanged_cables_show_from_the_next_run_on() -> None:
    cables = functools.partial(showing, after=8, of=DETECTORS)
    from_the_start = cables("cable-swap:Hcal*8")
    assert from_the_start & DEPTHS
    assert cables("cable-swap:Hcal@5*8") == from_the_start
    # its run ends with this lumisection
    assert not cables("cable-swap:Hcal@8*8")


def test_a_run_that_ends_is_played_on_with_the_next() -> None:
    board = functools.partial(showing, "board-dead:DT@6", after=8, of=DETECTORS)
    alone = board()
    assert alone
    assert board("cable-swap:Hcal@4") == alone
    assert board("stop-start@4") == alone


def test_other_causes_of_the_run_do_not_count() -> None:
    board = functools.partial(showing, "board-dead:DT@6", of=DETECTORS)
    assert board("fed-lost:Hcal@6", "lumi-drop@7") == board() != set()


def test_what_a_scaled_reference_takes_out_is_not_seen() -> None:
    seen = ("DT", "Hcal", "SiStrip")
    drop = functools.partial(showing, "lumi-drop@4", after=8, of=seen)
    assert drop() >= WHEELS | DEPTHS | {SHAPE}
    assert not drop(how="area") & (WHEELS | DEPTHS | {SHAPE})
    assert not drop(how="pileup") & (WHEELS | DEPTHS)


def test_a_run_is_looked_at_as_it_ended() -> None:
    cause = aimed(parse_cause("board-dead:DT@6"), NAMES)
    for length, shows in ((5, set()), (16, {"DT/01-Digi/OccupancySummary_W1"})):
        run = PlayedRun(
            "collisions", 5, [cause], {40}, {each: ["events"] for each in WHEELS},
            ["DT"], length,
        )  # fmt: skip
        assert run.showing(cause) == shows
