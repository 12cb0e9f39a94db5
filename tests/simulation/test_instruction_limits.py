"""The limits that an instruction quotes are those of the tests that judge its plots."""

from __future__ import annotations

import functools
import math
import re
from typing import TYPE_CHECKING

import pytest
from support.bundled import read_bundled

from dqmconsole.checks.bins import BinsOutside
from dqmconsole.checks.channels import DeadChannels, NoisyChannels
from dqmconsole.checks.moments import Mean
from dqmconsole.checks.trend import LastBins
from dqmconsole.simulation.checked import Checked
from dqmconsole.simulation.registry import all_subsystems
from dqmconsole.simulation.state.beam import RUN_TYPES

if TYPE_CHECKING:
    from dqmconsole.model.site import Site
    from dqmconsole.simulation.quality import QualityTest
    from dqmconsole.simulation.state.beam import RunType

ROUNDED = 0.02  # people write 1620 for 1621.1
NEVER = 1e4  # a limit so far off (times the scale of a plot) says "none"

# Instructions of which not every limit is a number that a shifter could meet.
EXEMPT = {
    "hlt/path-rates": "fifteen paths, each with its own limit, printed in its verdict",
    "pixelphase1/dead-chips": "each layer and disk has its own, printed in its verdict",
    "hlt/mass-peaks": "BAD begins beyond the range of the axis",
    "bril/data-taking-efficiency": "no efficiency is above 1",
    "ctpps/fit-planes": "no view has more than five planes",
}
COUNTS = re.compile(r"\b(one|two|three|four|five|six|\d+ (bins|bars|rows))\b", re.I)


SHARES = ("warn", "bad", "warn_above", "bad_above")


@functools.cache
def _site() -> Site:
    return read_bundled()


@functools.cache
def _instructions() -> dict[str, str]:
    return {each.id: each.text for each in _site().instructions}


@functools.cache
def _of_plots() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for layout in _site().layouts:
        for page in layout.pages:
            for plot in page.plots:
                name = plot.instruction or page.instruction
                if name and page.audience == "shift":
                    found.setdefault(plot.path, set()).add(name)
    return found


def _numbers(text: str) -> set[float]:
    plain = re.sub(r"(?<=\d)[,\u202f\u00a0](?=\d{3}\b)", "", text)
    return {float(each) for each in re.findall(r"\d+\.?\d*", plain)}


def _judges(test: QualityTest) -> tuple[object, ...]:
    """What holds the limits of a test; a noisy cell is one too many, as is said."""
    if not isinstance(test, Checked):
        return (test,)
    return tuple(each for each in test.checks if not isinstance(each, NoisyChannels))


def _limits(judge: object, text: str) -> list[float]:
    """The limits of a test that data can reach: a count is never below zero.

    A share of a few bins may be written as a number of bins.
    """
    of_bins = isinstance(judge, BinsOutside | DeadChannels)
    shares = () if COUNTS.search(text) and of_bins else SHARES
    found = [
        value
        for name in (*shares, "warn_below", "bad_below", "low", "high")
        if isinstance(value := getattr(judge, name, None), int | float) and value > 0
    ]
    return [value for value in found if value < NEVER]


def _margin(judge: object) -> float | None:
    """What parts a warning from an error, of a value that has limits on both sides."""
    low, worse = getattr(judge, "warn_below", None), getattr(judge, "bad_below", None)
    both = isinstance(judge, Mean | LastBins) and low is not None and worse is not None
    return low - worse if both else None


def _is_said(value: float, said: set[float], margin: float | None) -> bool:
    """Whether a number stands there: as a share, per cent, per mille or 1e-4, or μm."""
    scales = (1, 100, 1000, 1e4, 1e-3)
    wanted = [value * scale for scale in scales]
    if margin is not None:  # "more than 2 ns beyond" says as much
        wanted += [margin * scale for scale in scales]
    return any(
        math.isclose(number, each, rel_tol=ROUNDED)
        for number in said
        for each in wanted
    )


def _run_type(path: str) -> RunType:
    """The run type whose limits an instruction quotes: the plot's first one."""
    for layout in _site().layouts:
        for page in layout.pages:
            for plot in page.plots:
                if plot.path == path and plot.run_types:
                    return plot.run_types[0]
    return "collisions"


@functools.cache
def _cases() -> list[tuple[str, str, QualityTest]]:
    plots = _of_plots()
    types = {path: _run_type(path) for path in plots}
    return [
        (name, row.path, row.test)
        for subsystem in all_subsystems()
        for run_type in RUN_TYPES
        for row in subsystem.rows(
            run_type, subsystem.geometry(run_type) if subsystem.geometry else None
        )
        for name in sorted(plots.get(row.path, ()))
        if row.test is not None
        if name not in EXEMPT and types[row.path] == run_type
    ]


def test_the_exceptions_are_instructions() -> None:
    assert set(EXEMPT) <= set(_instructions())


@pytest.mark.parametrize("layout", [each.name for each in all_subsystems()])
def test_every_limit_is_quoted(layout: str) -> None:
    texts = _instructions()
    missing = []
    for name, path, test in _cases():
        if not path.startswith(f"{layout}/"):
            continue
        said = _numbers(texts[name])
        missing += [
            f"{name}: {type(judge).__name__} of {path} has a limit of {value:g}"
            for judge in _judges(test)
            for value in _limits(judge, texts[name])
            if not _is_said(value, said, _margin(judge))
        ]
    assert not missing


def test_most_plots_are_judged_and_compared_here() -> None:
    assert len({path for _, path, _ in _cases()}) > 200
