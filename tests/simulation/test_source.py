from __future__ import annotations

from itertools import chain, islice, pairwise

import msgspec
import pytest

from dqmconsole.model.histogram import Histogram, QualityResult
from dqmconsole.model.run import RunState
from dqmconsole.rootio.errors import NotInFileError
from dqmconsole.simulation.simulation import FIRST_RUN, Simulation
from dqmconsole.simulation.source import SteppedDetector
from dqmconsole.simulation.state.beam import LUMISECTION_SECONDS
from dqmconsole.simulation.table.causes import find

MAP = "L1T/L1TStage2CaloLayer1/ecalOccupancy"


def _detector(
    *names: str, length: int = 0, every: int = 1, lumisections: int = 0
) -> SteppedDetector:
    causes = [
        msgspec.structs.replace(find(each), target="L1T", onset=3) for each in names
    ]
    simulation = Simulation("cosmics", 1, causes, only={"L1T"})
    return SteppedDetector(simulation, every, lambda: length, lumisections)


def test_it_goes_from_update_to_update_and_from_run_to_run() -> None:
    detector = _detector(length=5, every=2, lumisections=7)
    source, seen = detector.source, []
    times = []
    for now in detector.steps():
        if now is not None:
            times.append(now)
            (client,) = source.clients(now)
            assert source.poll(now)
            assert not source.poll(now)
            state = source.run_state(source.current_run)
            seen.append((source.current_run, client.lumisection, client.state, state))

    running, final = RunState.RUNNING, RunState.FINAL
    assert seen == [
        (FIRST_RUN, 2, "unmoved", running),
        (FIRST_RUN, 4, "live", running),
        (FIRST_RUN, 5, "final", final),
        (
            FIRST_RUN + 1,
            2,
            "live",
            running,
        ),  # its content is not that of the run before
    ]
    assert detector.elapsed == 7
    steps = [late - early for early, late in pairwise(times)]
    assert steps[:2] == pytest.approx([2 * LUMISECTION_SECONDS, LUMISECTION_SECONDS])
    assert steps[2] > 2 * LUMISECTION_SECONDS  # between runs time goes by


def test_a_client_that_stands_still_is_frozen() -> None:
    detector = _detector("client-frozen")
    states = []
    for now in islice(detector.steps(), 5):
        assert now is not None
        (client,) = detector.source.clients(now)
        states.append(client.state)

    assert states == ["unmoved", "live", "frozen", "frozen", "frozen"]


def test_files_that_come_late_are_looked_at_by_themselves() -> None:
    simulation = Simulation("cosmics", 1, only={"L1T", "HLT"})
    detector = SteppedDetector(simulation, 2, lambda: 4, 4, late=lambda: {"HLT"})
    seen = [
        (
            now,
            {each.subsystem: each.lumisection for each in detector.source.clients(now)},
        )
        for now in detector.steps()
        if now is not None
    ]

    assert [each for _, each in seen] == [
        {"L1T": 2},
        {"L1T": 2, "HLT": 2},
        {"L1T": 4, "HLT": 4},  # final files come together
    ]
    times = [now for now, _ in seen]
    assert times == sorted(times)
    assert times[1] - times[0] < LUMISECTION_SECONDS


def test_elements_are_those_of_the_run_at_hand() -> None:
    detector = _detector()
    next(detector.steps())
    source = detector.source

    assert MAP in source.paths()
    element = source.element(FIRST_RUN, MAP)
    assert isinstance(element, Histogram)
    assert element.contents.sum() > 0
    folder = source.folder(FIRST_RUN, MAP.rpartition("/")[0])
    assert folder is not None
    assert "ecalOccupancy" in folder.elements
    assert source.folder(FIRST_RUN + 1, MAP.rpartition("/")[0]) is None
    with pytest.raises(NotInFileError):
        source.element(FIRST_RUN + 1, MAP)


def test_without_quality_tests_the_elements_are_the_same() -> None:
    usual = Simulation("collisions", 3, only={"Hcal"})
    untested = Simulation("collisions", 3, only={"Hcal"}, tested=False)
    for each in (usual, untested):
        each.step()
    one = usual.clients["Hcal"].contents(0.0)
    other = untested.clients["Hcal"].contents(0.0)

    assert any(isinstance(item, QualityResult) for item in chain(*one.values()))
    assert not any(isinstance(item, QualityResult) for item in chain(*other.values()))
    for path, element in usual.clients["Hcal"].book.elements.items():
        folder = path.rpartition("/")[0]
        name = element.frozen().name
        (same,) = (
            each
            for each in other[folder]
            if each.name == name and isinstance(each, Histogram)
        )
        assert same.contents.tolist() == element.frozen().contents.tolist()
