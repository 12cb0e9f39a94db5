"""What acts on the state and what acts on given histograms must agree."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dqmconsole.model.histogram import Histogram
from dqmconsole.simulation.elements import frozen_all
from dqmconsole.simulation.registry import all_subsystems
from dqmconsole.simulation.simulation import Simulation
from dqmconsole.simulation.table.causes import TABLE, effect, parse_cause
from dqmconsole.simulation.table.increments import Span, inject
from dqmconsole.simulation.table.on_channels import RESPONSES

if TYPE_CHECKING:
    from dqmconsole.simulation.state.sight import Sight

ONSET, LAST = 4, 10
EVENTS = "Info/EventInfo/dqmEvents"
NAMES = [each.name for each in all_subsystems()]
FAULTS = (
    "hv-trip", "fed-lost", "board-dead", "ring-lost", "hot-channel", "noise-burst",
    "t0-drift", "gain-drift", "cable-swap",
)  # fmt: skip
SLACK = {
    # Share of what the cause changes. Events vary from lumisection to lumisection,
    # which tells when a cause is weaker in some of them; bins are of finite width;
    # and what is made of few entries has their chance.
    "emittance-scan": 0.01, "hot-trigger": 0.01, "gain-drift": 0.01,
    "noise-burst": 0.01, "emulator-mismatch": 0.02,
}  # fmt: skip
EXCHANGED = ("SiStrip", "PixelPhase1", "Hcal", "Ecal")
HARMLESS = ("lumi-drop", "emittance-scan", "prescale", "field-off")
ELSEWHERE = (
    ("L1T", "hot-trigger:L1T"), ("Ecal", "hot-trigger:Ecal"), ("L1T", "prefiring"),
    ("L1TEMU", "emulator-mismatch"),
)  # fmt: skip

Elements = dict[str, Histogram]


def all_elements(simulation: Simulation) -> Elements:
    found: Elements = {}
    for client in simulation.clients.values():
        found |= frozen_all(client.book.elements)
    return found


def all_sights(simulation: Simulation) -> dict[str, Sight]:
    return {
        path: element.element.sight
        for client in simulation.clients.values()
        for path, element in client.book.elements.items()
        if element.element.sight is not None
    }


def after_steps(
    name: str, texts: list[str], *steps: int
) -> tuple[Simulation, list[Elements]]:
    only = {name, "Info", "FED"}
    simulation = Simulation("collisions", 5, map(parse_cause, texts), only=only)
    found = []
    for number in range(1, max(steps) + 1):
        simulation.step()
        if number in steps:
            found.append(all_elements(simulation))
    return simulation, found


@functools.cache
def nominal(name: str) -> tuple[Simulation, list[Elements]]:
    return after_steps(name, [], ONSET - 1, LAST)


def badness(
    one: Histogram, other: Histogram, path: str, nominal: Histogram | None = None
) -> float:
    """Chi-square per degree of freedom, less what chance allows (5 sigma).

    Args:
        one, other: the histograms.
        path: of the element.
        nominal: what `one` was made from: a mean made of few entries does not get
            better when a cause multiplies them.
    """
    a, b = one.values(flow=True), other.values(flow=True)
    if one.bin_entries is not None and other.bin_entries is not None:
        enough = (one.bin_entries > 20) & (other.bin_entries > 20)
        variance = one.variances(flow=True)
        if nominal is not None:
            variance = np.maximum(variance, nominal.variances(flow=True))
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


def applicable() -> list[tuple[str, str]]:
    """(subsystem, cause) for all that can act there."""
    found = [(name, cause) for name in NAMES for cause in HARMLESS]
    found += ELSEWHERE
    for each in all_subsystems():
        if each.geometry is not None:
            built = each.geometry("collisions")
            for fault in FAULTS:
                if fault == "hv-trip" and not built.partitions:
                    continue
                if fault == "fed-lost" and not (built.fed >= 0).any():
                    continue
                if fault == "gain-drift" and each.name not in RESPONSES:
                    continue
                if fault == "cable-swap" and each.name not in EXCHANGED:
                    continue
                found.append((each.name, f"{fault}:{each.name}"))
    return found


@pytest.mark.parametrize(("name", "text"), applicable())
def test_state_and_increments_agree(name: str, text: str) -> None:
    simulation, (before, after) = nominal(name)
    faulty, (really,) = after_steps(name, [f"{text}@{ONSET}"], LAST)
    cause = faulty.causes[0]
    made = effect(cause, faulty.state)
    assert made is not None
    strengths = tuple(cause.strength(ls) for ls in range(ONSET, LAST + 1))
    # as many events as there really were: all plots fluctuate with them together
    events = [each[EVENTS].contents[ONSET : LAST + 1] for each in (after, really)]
    fills = tuple((events[1] / events[0]).tolist())
    injected = inject(
        made,
        Span(ONSET, LAST, strengths, tuple(events[0].tolist()), fills),
        before,
        after,
        all_sights(simulation),
        np.random.default_rng(3),
    )
    slack = SLACK.get(cause.name, 0.0)
    wrong = {
        path: value
        for path, histogram in really.items()
        if path in all_sights(simulation)
        and (value := badness(injected[path], histogram, path, after[path])) > 0
        and value > slack * badness(after[path], histogram, path)
    }
    assert not wrong
    for path, histogram in injected.items():
        expected = really[path].entries
        chance = 60 + 6 * np.sqrt(2 * abs(expected))
        if slack:
            chance += 0.02 * expected
        assert histogram.entries == pytest.approx(expected, abs=chance), path
    if text.startswith(("hv-trip", "fed-lost", "hot-channel")):
        changed = [
            path for path in really if badness(after[path], really[path], path) > 1
        ]
        assert changed, "the comparison has no power: nothing differs from nominal"


def test_entries_flow_and_statistics_stay_consistent() -> None:
    simulation, (before, after) = nominal("Hcal")
    cause = parse_cause("hv-trip:Hcal@4")
    made = effect(cause, simulation.state)
    assert made is not None
    injected = inject(
        made,
        Span(ONSET, LAST, (1.0,) * (LAST - ONSET + 1)),
        before,
        after,
        all_sights(simulation),
        np.random.default_rng(3),
    )
    lost = 0
    for path, histogram in injected.items():
        assert histogram.contents.shape == after[path].contents.shape
        assert histogram.contents.dtype == after[path].contents.dtype
        if histogram.root_class == "TH2F" and "/Occupancy/" in path:
            assert histogram.entries == pytest.approx(histogram.contents.sum())
            assert np.all(histogram.contents >= before[path].contents)
            assert np.all(histogram.contents <= after[path].contents)
            assert histogram.sums[0] == pytest.approx(histogram.values().sum())
            lost += int((histogram.contents < after[path].contents).sum())
    assert lost > 100


def test_sisters_hold_the_same_hits() -> None:
    _, (_, after) = nominal("Hcal")
    for part, depths in (("HB", (1, 2, 3)), ("HO", (4,))):
        by_ieta = after[f"Hcal/DigiTask/Occupancyvsieta/Subdet/{part}"]
        inside = slice(26, 59) if part == "HB" else slice(0, 85)
        maps = [after[f"Hcal/DigiTask/Occupancy/depth/depth{each}"] for each in depths]
        total = sum(float(each.contents[inside].sum()) for each in maps)
        assert float(by_ieta.contents.sum()) == pytest.approx(total, rel=1e-6)
        halves = [
            after[f"Hcal/DigiTask/Occupancyvsiphi/SubdetPM/{part}{side}"]
            for side in "MP"
        ]
        assert by_ieta.entries == sum(each.entries for each in halves)
        charges = [after[f"Hcal/DigiTask/SumQ/SubdetPM/{part}{side}"] for side in "MP"]
        assert by_ieta.entries == sum(each.entries for each in charges)


def test_every_cause_of_the_state_has_its_effect() -> None:
    from dqmconsole.simulation.table.acts import ACTS

    assert set(ACTS) == {cause.name for cause in TABLE}
    for cause in TABLE:
        assert (ACTS[cause.name].effect is not None) == (
            cause.acts_on == "state" or cause.name == "subsystem-out"
        )


def test_standby_before_the_onset_agrees_too() -> None:
    simulation, (after,) = after_steps("Hcal", [], 3)
    waiting, (really,) = after_steps("Hcal", ["hv-on:Hcal@9"], 3)
    made = effect(waiting.causes[0], waiting.state)
    assert made is not None
    strengths = tuple(waiting.causes[0].strength(ls) for ls in (1, 2, 3))
    assert strengths == (1, 1, 1)
    injected = inject(
        made,
        Span(1, 3, strengths),
        {},
        after,
        all_sights(simulation),
        np.random.default_rng(3),
    )
    path = "Hcal/DigiTask/Occupancy/depth/depth1"
    assert after[path].entries > 1e6
    few = really[path].entries
    assert injected[path].entries == pytest.approx(few, abs=5 * np.sqrt(2 * few))
    dcs = "Info/EventInfo/reportSummaryMap"
    assert np.array_equal(injected[dcs].contents, really[dcs].contents)
    assert not np.array_equal(injected[dcs].contents, after[dcs].contents)


def test_a_subsystem_out_is_silent_in_given_histograms_too() -> None:
    simulation, (_, after) = nominal("Hcal")
    gone, (really,) = after_steps("Hcal", ["subsystem-out:Hcal@1"], LAST)
    made = effect(gone.causes[0], gone.state)
    assert made is not None
    injected = inject(
        made,
        Span(1, LAST, (1.0,) * LAST),
        {},
        after,
        all_sights(simulation),
        np.random.default_rng(3),
    )
    for path in (
        "FED/FEDIntegrity_EvF/FedEntries",
        "Hcal/DigiTask/Occupancy/depth/depth1",
        "Hcal/DigiTask/TimingCut/SubdetPM/HBM",
        "Hcal/DigiTask/TimingCutvsieta/Subdet/HB",
    ):
        assert badness(injected[path], really[path], path) <= 0
        assert injected[path].entries == pytest.approx(really[path].entries, rel=0.02)
