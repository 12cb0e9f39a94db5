from __future__ import annotations

import msgspec
import numpy as np
import pytest

from dqmconsole.engine.conditions import ON_FROM, exposure, looked_for, read_conditions
from dqmconsole.engine.source_state import SourceState, lumisection_clock
from dqmconsole.model.histogram import Axis, Histogram, Scalar
from dqmconsole.model.run import Client, Conditions, LumisectionClock
from dqmconsole.model.site import ConditionPaths, HeaderItem, SiteSettings
from dqmconsole.model.trend import latest_number

PATHS = ConditionPaths(
    run_type="Info/ProvInfo/Run Type",
    fill="Info/LhcInfo/lhcFill",
    beam_mode="Info/LhcInfo/beamMode",
    beam_energy="Info/LhcInfo/momentum",
    luminosity="BRIL/lumi",
    integrated="BRIL/integrated",
    pileup="BRIL/pileup",
    magnet="Info/magnet",
    dcs="Info/EventInfo/reportSummaryMap",
    feds="FED/FEDIntegrity_EvF/FedEntries",
    subsystems="Info/ProvInfo/subsystems",
    daq_state="Info/daqState",
    dead_time="L1T/deadTime",
)
SETTINGS = SiteSettings(
    "CMS",
    conditions=PATHS,
    run_types={"pp_run": "collisions", "cosmic_run": "cosmics"},
    beam_modes=("no mode", "setup", "stable beams"),
)


def line(values: list[float], **more: object) -> Histogram:
    contents = np.array([0, *values, 0], dtype=float)
    axes = (Axis(len(values), 0.5, len(values) + 0.5),)
    return Histogram("h", "", "TH1F", axes, contents, **more)  # type: ignore[arg-type]


def dcs(columns: list[list[float]], names: tuple[str, ...] = ("EB", "EE")) -> Histogram:
    inner = np.array(columns, dtype=float)
    contents = np.zeros((inner.shape[0] + 2, inner.shape[1] + 2))
    contents[1:-1, 1:-1] = inner
    axes = (
        Axis(len(columns), 0.5, len(columns) + 0.5),
        Axis(len(names), 0, len(names), labels=names),
    )
    return Histogram("dcs", "", "TH2F", axes, contents)


def conditions(
    elements: dict[str, object], lumisection: int | None = None
) -> Conditions:
    return read_conditions(
        elements.get,  # type: ignore[arg-type]  # the tests' elements are loose
        SETTINGS,
        lambda _path: lumisection,
    )


def test_everything() -> None:
    found = conditions(
        {
            PATHS.run_type: Scalar("Run Type", "pp_run"),
            PATHS.fill: line([9000, 9001, 0]),
            PATHS.beam_mode: line([2, 3, 0]),
            PATHS.beam_energy: line([6800, 6800, 0]),
            PATHS.luminosity: line([1.5e4, 1.4e4, 0]),
            PATHS.integrated: Scalar("integrated", 12.5),
            PATHS.pileup: line([50, 49, 0]),
            PATHS.magnet: Scalar("magnet", 3.8),
            PATHS.dcs: dcs([[1, 1], [1, 0], [-1, -1]]),
            PATHS.subsystems: Scalar("subsystems", "Hcal, L1T"),
            PATHS.daq_state: Scalar("daqState", " Running"),
            PATHS.dead_time: line([1.5, 100, 0]),
            PATHS.feds: Histogram(
                "f", "", "TH1F", (Axis(4, 0, 4),), np.array([0, 5, 0, 7, 0, 0])
            ),
        }
    )
    assert found == Conditions(
        run_type="collisions",
        fill=9001,
        beam_mode="stable beams",
        beam_energy=6800.0,
        luminosity=1.4e4,
        integrated=12.5,
        pileup=49.0,
        magnet=3.8,
        dcs={"EB": True, "EE": False},
        dcs_since={"EE": 2},
        feds=frozenset({0, 2}),
        subsystems=frozenset({"Hcal", "L1T"}),
        daq_state="running",
        dead_time=100.0,
    )


def test_a_trend_of_a_site_that_was_never_anything_but_zero_is_zero() -> None:
    paths = ConditionPaths(scalars={"column": "L1T/column"})
    settings = SiteSettings("CMS", conditions=paths)

    def column(trend: Histogram) -> object:
        return read_conditions({"L1T/column": trend}.get, settings).scalars

    assert column(line([0, 0], entries=2.0)) == {"column": 0.0}
    assert column(line([0, 0])) is None


@pytest.mark.parametrize(
    ("columns", "since"),
    [
        ([[1, 1], [1, 1]], None),
        ([[0, 1], [0, 1], [1, 1]], {"EB": 3}),
        ([[1, 1], [0, 1], [1, 1], [1, 0]], {"EB": 3, "EE": 4}),
        ([[0, 1], [-1, 1], [1, 1], [-1, -1]], {"EB": 3}),
        ([[0, 1], [1, 1], [-1, 1]], None),  # it is not known how it is now
    ],
)
def test_since_when_a_partition_is_as_it_is(
    columns: list[list[int]], since: dict[str, int] | None
) -> None:
    assert conditions({PATHS.dcs: dcs(columns)}).dcs_since == since


def test_nothing_is_guessed() -> None:
    assert conditions({}) == Conditions()
    assert (
        read_conditions(lambda _: Scalar("x", 1), SiteSettings("CMS")) == Conditions()
    )


@pytest.mark.parametrize(
    "element",
    [
        None,
        Scalar("x", "text"),
        Scalar("x", "nan"),
        Scalar("x", float("nan")),
        line([0, 0]),
        line([np.nan, np.inf]),
        dcs([[1, 1]]),
    ],
)
def test_no_latest_number(element: object) -> None:
    assert latest_number(element) is None  # type: ignore[arg-type]


def test_a_profile_knows_zero_from_nothing() -> None:
    profile = line([5, 0, 0], bin_entries=np.array([0.0, 1, 1, 0, 0]))
    assert latest_number(profile) == 0.0
    assert latest_number(line([5, 0, 0])) == 5.0


def test_a_trend_that_fell_to_zero_is_zero() -> None:
    dumped = line([5, 3, 0])
    last = dumped.axes[0].edges[2]
    assert latest_number(dumped, round(last + 0.5)) == 0.0
    assert latest_number(dumped, 10_000) == 3.0


@pytest.mark.parametrize(
    ("element", "mode"),
    [
        (Scalar("m", "STABLE BEAMS "), "stable beams"),
        (Scalar("m", 3), "stable beams"),
        (Scalar("m", "3"), "stable beams"),
        (Scalar("m", 9), None),
        (Scalar("m", 0), None),
        (line([1.5]), None),
        (line([1, 2]), "setup"),
        (dcs([[1, 0], [0, 1], [0, 0]], ("RAMP", "ADJUST")), "adjust"),
        (dcs([[0, 0]], ("RAMP", "ADJUST")), None),
    ],
)
def test_beam_mode(element: object, mode: str | None) -> None:
    assert conditions({PATHS.beam_mode: element}).beam_mode == mode


@pytest.mark.parametrize("fill", [0, -1, float("nan"), 1e30])
def test_there_is_no_fill_below_one_or_of_more_than_64_bits(fill: float) -> None:
    assert conditions({PATHS.fill: Scalar("f", fill)}).fill is None


@pytest.mark.parametrize(
    ("word", "run_type"),
    [
        ("cosmic_run", "cosmics"),
        ("cosmics", "cosmics"),
        ("hpu_run", None),
        ("", None),
    ],
)
def test_run_type(word: str, run_type: str | None) -> None:
    found = conditions({PATHS.run_type: Scalar("t", word)})
    assert found.run_type == run_type


def test_partitions_of_which_nothing_is_known_are_left_out() -> None:
    found = conditions({PATHS.dcs: dcs([[1, -1]])})
    assert found.dcs == {"EB": True}
    assert conditions({PATHS.dcs: dcs([[-1, -1]])}).dcs is None
    assert conditions({PATHS.dcs: dcs([[1, 1]], ("EB", ""))}).dcs == {"EB": True}
    assert conditions({PATHS.dcs: dcs([[ON_FROM, 1]])}).dcs == {"EB": True, "EE": True}
    part = conditions({PATHS.dcs: dcs([[0.4, 1]])})
    assert part.dcs == {"EB": False, "EE": True}  # on for part of the lumisection


def test_the_lumisection_tells_the_last_column_of_a_map_of_zeros() -> None:
    columns = [[1.0, 1.0], [0.0, 0.0], [0.0, 0.0]]
    assert conditions({PATHS.dcs: dcs(columns)}).dcs == {"EB": True, "EE": True}
    found = conditions({PATHS.dcs: dcs(columns)}, 2)
    assert found.dcs == {"EB": False, "EE": False}


def test_columns_of_the_future_are_below_zero() -> None:
    columns = [[1.0, 1.0], [0.0, 0.0], [-1.0, -1.0]]
    for lumisection in (None, 3):
        found = conditions({PATHS.dcs: dcs(columns)}, lumisection)
        assert found.dcs == {"EB": False, "EE": False}


def test_front_end_drivers_by_either_habit() -> None:
    centred = Histogram(
        "f", "", "TH1F", (Axis(3, -0.5, 2.5),), np.array([0, 1, 0, 1, 0])
    )
    assert conditions({PATHS.feds: centred}).feds == frozenset({0, 2})
    far = msgspec.structs.replace(centred, axes=(Axis(3, -0.5, 1e30),))
    assert conditions({PATHS.feds: far}).feds is None
    assert conditions({PATHS.feds: line([0, 0])}).feds is None
    assert conditions({PATHS.feds: dcs([[1, 1]])}).feds is None


# -- the run header -------------------------------------------------------------


def test_rate_is_the_median_and_lag_the_slowest() -> None:
    clients = (
        Client("DT", 7, 40, "live", rate=100.0, lag=3.0),
        Client("EB", 7, 42, "live", rate=102.0, lag=90.0),
        Client("L1T", 7, 41, "live", rate=2.0, lag=1.0),
        Client("Old", 6, 400, "live", rate=900.0, lag=900.0),
        Client("Dead", 7, 12, "silent", lag=500.0),
    )
    found = SourceState(
        0.0,
        run=7,
        clients={each.subsystem: each for each in clients},
        conditions=Conditions(fill=1),
        started=12.0,
    ).header()
    assert (found.rate, found.lag, found.slowest) == (100.0, 90.0, "EB")
    assert (found.run, found.lumisection, found.started) == (7, 42, 12.0)
    assert found.clients == clients
    assert found.conditions.fill == 1


def test_nothing_is_known() -> None:
    found = SourceState(0.0).header()
    assert (found.rate, found.lag, found.slowest, found.lumisection) == (
        None,
        None,
        "",
        None,
    )


def test_exposures_stand_wherever_the_site_says() -> None:
    paths = ConditionPaths(
        events="{subsystem}/run/seen", pileup="machine/mu", integrated="machine/lumi"
    )
    elements = {
        "Tracker/run/seen": Scalar("seen", 500),
        "machine/mu": line([4, 2, 2]),
        "machine/lumi": line([10, 15, 20]),
    }
    found = exposure(elements.get, paths, "Tracker")
    assert (found.events, found.lumi) == (500, 20)
    assert found.pileup == pytest.approx(8 / 3)
    frozen = exposure(elements.get, paths, "Tracker", until=2)
    assert (frozen.lumi, frozen.pileup) == (15, 3)
    restarted = exposure(elements.get, paths, "Tracker", until=3, since=2)
    assert (restarted.lumi, restarted.pileup) == (10, 2)
    assert exposure(elements.get, paths, "Muons").events is None
    assert looked_for(paths, "Muons").events == "Muons/run/seen"


def test_a_path_without_the_subsystem_is_whole_or_below_it() -> None:
    elements = {"run/seen": Scalar("seen", 500), "Muons/seen": Scalar("seen", 7)}
    whole = ConditionPaths(events="run/seen")
    assert exposure(elements.get, whole, "Muons").events == 500
    below = ConditionPaths(events="seen")
    assert exposure(elements.get, below, "Muons").events == 7
    assert exposure(elements.get, ConditionPaths(), "Muons").events is None


def client(content: int | None, produced: float | None) -> Client:
    return Client("Hcal", 7, content=content, produced=produced)


def test_the_length_of_a_lumisection_is_measured() -> None:
    clients = [client(9, 1180.0), client(10, 1233.1), client(None, 5000.0)]
    clock = lumisection_clock(1000.0, clients)
    assert clock == LumisectionClock(1000.0, 23.31)
    assert clock.at(1) == 1000.0
    assert clock.at(11) == pytest.approx(1233.1)


def test_the_site_may_say_how_long_a_lumisection_is() -> None:
    assert lumisection_clock(1000.0, [], 10.0) == LumisectionClock(1000.0, 10.0)
    # without a start it follows from what was seen
    found = lumisection_clock(None, [client(10, 1100.0)], 10.0)
    assert found == LumisectionClock(1000.0, 10.0)


@pytest.mark.parametrize(
    ("started", "clients", "length"),
    [
        (None, [client(10, 1100.0)], None),
        (1000.0, [], None),
        (1000.0, [client(0, 1100.0)], None),
        (2000.0, [client(10, 1100.0)], None),
        (1000.0, [client(10, None)], 0.0),
    ],
)
def test_there_is_no_clock_where_nobody_knows(
    started: float | None, clients: list[Client], length: float | None
) -> None:
    assert lumisection_clock(started, clients, length) is None


def test_what_the_header_shows_is_read_as_number_or_word() -> None:
    shown = tuple(HeaderItem(each) for each in ("daq/energy", "daq/target", "none"))
    found = read_conditions(
        {"daq/energy": Scalar("e", 120), "daq/target": Scalar("t", " lead ")}.get,
        SiteSettings("Small", shown=shown),
    )
    assert found.shown == {"daq/energy": 120, "daq/target": "lead"}
    assert (found.scalars, found.run_type) == (None, None)


@pytest.mark.parametrize(
    ("listed", "word", "run_type"),
    [
        ({}, "anything", "anything"),
        ({"physics": "physics"}, "physics", "physics"),
        ({"PHYS": "physics"}, "PHYS", "physics"),
        ({"PHYS": "physics"}, "pedestal", None),
    ],
)
def test_the_type_of_a_run_is_a_word_of_the_site(
    listed: dict[str, str], word: str, run_type: str | None
) -> None:
    paths = ConditionPaths(run_type="daq/type")
    settings = SiteSettings("Small", run_types=listed, conditions=paths)
    read = {"daq/type": Scalar("t", word)}.get
    assert read_conditions(read, settings).run_type == run_type


@pytest.mark.parametrize(
    ("word", "mode", "light", "why"),
    [
        ("PHYS", "off", None, "Spill: off"),
        ("PHYS", "OFF", 0.0, "Spill: off"),
        ("PHYS", "off", 1.0, ""),
        ("PHYS", "flat top", 0.0, ""),
        ("PHYS", "", None, ""),
        ("pedestal", "off", None, ""),
    ],
)
def test_no_data_are_expected_in_the_modes_that_the_site_does_not_name(
    word: str, mode: str, light: float | None, why: str
) -> None:
    settings = SiteSettings(
        "Small",
        run_types={"PHYS": "physics", "pedestal": "pedestal"},
        data_expected={"physics": ("flat top",)},
        header={"beam_mode": "Spill"},
        conditions=ConditionPaths(run_type="t", beam_mode="m", luminosity="l"),
    )
    read = {"t": Scalar("t", word), "m": Scalar("m", mode)}
    if light is not None:
        read["l"] = Scalar("l", light)
    found = read_conditions(read.get, settings)
    assert (found.no_data, found.standstill) == (why, why)
