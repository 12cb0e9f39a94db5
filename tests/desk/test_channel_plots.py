"""Which plots have a bin for each channel, and what init makes of it."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dqmconsole.desk.channel_plots import is_of_channels
from dqmconsole.desk.init_site import init_site
from dqmconsole.desk.judge_source import judge_source
from dqmconsole.model.histogram import Axis, Histogram, Scalar
from dqmconsole.model.layout import Plot
from dqmconsole.model.verdict import Status
from dqmconsole.rootio.write import write_root
from dqmconsole.site.site import read_site

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.model.histogram import Array

TODAY = datetime.date(2026, 11, 28)
BOTH = ("defaults", {"dead_channels": {"against": "reference", "warn_above": 0.0}})
PLOT = Plot("a/x")
FIBRES = 384
AT = np.arange(FIBRES)
RNG = np.random.default_rng(5)
ROUGH = 400 * RNG.uniform(0.5, 1.5, FIBRES)
PEAK = 8000 * np.exp(-((AT - 150) ** 2) / 3000) + 40


def of(
    values: Array, *titles: str, title: str = "Hits", low: float = 0.0, seed: int = 0
) -> Histogram:
    """A histogram of bins one wide that holds about so much."""
    axes = tuple(
        Axis(bins, low, low + bins, title=each)
        for bins, each in zip(values.shape, titles, strict=True)
    )
    filled = np.random.default_rng(seed).poisson(values).astype(float)
    kind = "TH1D" if values.ndim == 1 else "TH2D"
    contents = np.pad(filled, 1)
    return Histogram("x", title, kind, axes, contents, entries=filled.sum())


@pytest.mark.parametrize(
    ("values", "titles", "title", "are"),
    [
        (PEAK, ("fibre number",), "Hits", True),
        (PEAK, ("fibreID",), "Hits", True),
        (PEAK, ("channel",), "Hits", False),  # that of an ADC
        (PEAK, ("strips",), "Hits", False),
        (PEAK, ("number of strips",), "Clusters", False),
        (PEAK, ("strip",), "Cluster size", False),
        (PEAK, ("charge of a fibre",), "Hits", False),
        (PEAK, ("fibre [mm]",), "Hits", False),
        (PEAK, ("",), "Hits", False),
        (PEAK[:12], ("fibre",), "Hits", False),
        (ROUGH, ("channel",), "Hits", True),
        (ROUGH, ("",), "Hits", True),
        (ROUGH, ("ADC channel",), "Hits", False),
        (ROUGH / 100, ("",), "Hits", False),
        (np.full(FIBRES, 400.0), ("channels",), "Hits", True),
        (np.full(FIBRES, 400.0), ("",), "Occupancy", True),
        (np.full(FIBRES, 400.0), ("",), "Hits", False),
        (ROUGH.reshape(24, 16), ("strip", "layer"), "Hits", True),
        (ROUGH.reshape(24, 16), ("strip", "ADC"), "Hits", False),
        (ROUGH.reshape(24, 16), ("strip", "sample"), "Occupancy", False),
        (ROUGH.reshape(24, 16), ("", ""), "Occupancy", True),
        (ROUGH.reshape(24, 16), ("", ""), "Hits", False),
    ],
)
def test_bins_are_channels_by_their_axis_or_by_how_they_differ(
    values: Array, titles: tuple[str, ...], title: str, *, are: bool
) -> None:
    runs = [of(values, *titles, title=title, seed=each) for each in range(2)]
    assert is_of_channels(runs, PLOT) is are


def test_what_differs_otherwise_in_another_run_is_no_channel() -> None:
    runs = [of(values, "") for values in (ROUGH, ROUGH[::-1])]
    assert not is_of_channels(runs, PLOT)
    assert not is_of_channels([of(ROUGH, "fibre"), of(ROUGH[:99], "fibre")], PLOT)


def written(path: Path, run: int, dead: tuple[int, ...] = ()) -> Path:
    """Three sources in one file: a hodoscope, layers of strips, a spectrum."""
    fibres, strips = PEAK.copy(), np.full((40, 20), 200.0)
    fibres[list(dead)] = 0
    for each in dead:
        strips[each % 40, 3] = 0
    few = np.full(64, 2.0)
    elements: dict[str, list[Histogram | Scalar]] = {
        "hodo": [of(fibres, "fibre", seed=run)],
        "tracker": [of(strips, "strip", "layer", title="Hits", seed=run + 50)],
        "calo": [of(PEAK, "ADC counts", title="Energy", seed=run + 90)],
        "veto": [of(few, "paddle", seed=run + 70)],
        "": [Scalar("nEvents", 100_000)],
    }
    write_root(path / f"run_{run:06d}.root", elements)
    return path / f"run_{run:06d}.root"


@pytest.mark.usefixtures("patient")
def test_init_finds_one_dead_channel_where_bins_are_channels(tmp_path: Path) -> None:
    (data := tmp_path / "data").mkdir()
    for run in (1, 2):
        written(data, run)
    home = tmp_path / "site"
    begun = init_site(home, str(data), good=("1", "2"), today=TODAY)
    assert begun.channels == ("hodo/x", "tracker/x")
    checks = {
        plot.path: plot.checks
        for layout in read_site(home).layouts
        for page in layout.pages
        for plot in page.plots
    }
    assert checks["hodo/x"] == checks["tracker/x"] == BOTH
    assert BOTH not in (checks["calo/x"], checks["veto/x"])
    good = judge_source(str(written(tmp_path, 3)), home).plots
    assert {each.verdict.status for each in good if each.path in begun.channels} == {
        Status.GOOD
    }
    found = {
        each.path: each.verdict
        for each in judge_source(str(written(tmp_path, 4, (170,))), home).plots
    }
    for path in begun.channels:
        assert found[path].status in (Status.WARNING, Status.BAD)
        assert found[path].test == "dead_channels"
        assert found[path].adopted
    assert found["calo/x"].status is Status.GOOD
