"""An injected fault must not be told from a simulated one, whoever looks how closely.

A trainee who learns the marks of the injection has learnt nothing of the detector. The
whole figure, of every cause, comes from ``tests/benchmarks/realism.py``. The recorded
runs are kept runs of the simulated detector of other seeds: no real one is at hand.
"""

from __future__ import annotations

import pytest

from dqmconsole.training.score import wilson
from tests.support.artefacts import features
from tests.support.classifier import pooled, told_apart
from tests.support.realism import (
    PLANTED,
    Scenario,
    injected,
    named,
    recorded,
    simulated,
)

RUNS = 12
CAUSES = (
    "hv-trip:SiStrip", "fed-lost:Ecal", "ring-lost:PixelPhase1", "noise-burst:Ecal",
    "gain-drift:Ecal", "cable-swap:SiStrip", "prefiring:L1T", "hv-on:SiStrip",
    "emulator-mismatch:L1TEMU", "subsystem-out:Castor", "noise-burst:Hcal",
    "hot-trigger:L1T",
)  # fmt: skip
FAR = 3.29
"""Standard deviations of a one in a thousand chance: a dozen causes are looked at."""


def test_no_fault_is_known_by_its_injection() -> None:
    outcomes = {}
    for text in CAUSES:
        of = named(text)
        real = [features(simulated(of, seed), of) for seed in range(RUNS)]
        made = [features(injected(of, seed), of) for seed in range(1000, 1000 + RUNS)]
        outcomes[text] = told_apart(real, made)
    known = {
        text: (each.accuracy, each.telling)
        for text, each in outcomes.items()
        if wilson(each.right, each.of, FAR)[0] > 0.5
    }
    assert not known
    together = pooled(list(outcomes.values()))
    assert together.interval[0] <= 0.5, (together.accuracy, together.interval)


def test_a_good_run_is_not_known_by_having_been_kept() -> None:
    of = Scenario("", ("Ecal", "L1T", "Info", "FED"))
    fresh = [features(simulated(of, seed), of) for seed in range(RUNS)]
    kept = [features(recorded(of, seed), of) for seed in range(1000, 1000 + RUNS)]
    outcome = told_apart(fresh, kept)
    assert outcome.interval[0] <= 0.5, (outcome.accuracy, outcome.telling)


@pytest.mark.parametrize("mark", PLANTED)
def test_the_classifier_finds_what_a_careless_injection_leaves(mark: str) -> None:
    text, careless = PLANTED[mark]
    of = named(text)
    real = [features(simulated(of, seed), of) for seed in range(RUNS)]
    made = [features(careless(of, seed), of) for seed in range(1000, 1000 + RUNS)]
    outcome = told_apart(real, made)
    assert outcome.accuracy > 0.9, (outcome.accuracy, outcome.telling)
