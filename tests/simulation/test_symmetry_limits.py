"""Tests of symmetry: what is known to be uneven crosses no limit by chance."""

from __future__ import annotations

import numpy as np
import pytest

from dqmconsole.checks.shape import Symmetric
from dqmconsole.simulation.checked import Checked
from dqmconsole.simulation.expected import expected_detector, exposure_of
from dqmconsole.simulation.state.beam import RUN_TYPES, RunType

SURE = 5.0  # standard deviations


@pytest.mark.parametrize("run_type", RUN_TYPES)
@pytest.mark.parametrize(("subsystem", "number"), [("CSC", 1), ("Hcal", 4)])
def test_known_holes_cross_no_limit_by_chance_and_all_pairs_are_judged(
    subsystem: str, number: int, run_type: RunType
) -> None:
    (client,), state = expected_detector(run_type, subsystem)
    state.begin()
    state.settle()
    channels = state.channels[subsystem]
    hits = channels.rates(state.feds).particles * exposure_of(client, state)
    tried = 0
    for each in client.book.elements.values():
        test, bins = each.element.test, each.element.bins
        if not isinstance(test, Checked) or not isinstance(test.checks[0], Symmetric):
            continue
        (check,) = test.checks
        assert check.warn_above is not None
        assert bins is not None
        size = each.contents.size
        counts = np.bincount(bins.flat, hits[bins.channels], minlength=size)[1:-1]
        half = counts.size // 2
        pairs = np.stack([counts[:half], counts[: -half - 1 : -1]])
        pairs = pairs[:, pairs.any(axis=0)]
        uneven = np.abs(pairs[1] - pairs[0]) / pairs.sum(axis=0)
        chance = SURE / np.sqrt(check.entries)
        assert uneven.max() + chance < check.warn_above, each.element.path
        assert pairs.max(axis=0).min() * test.window > 0.5 * check.entries
        tried += 1
    assert tried == number
