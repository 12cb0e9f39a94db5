"""The zoo of files by real ROOT, and the comparison with what ROOT reads in them."""

from __future__ import annotations

import base64
import gzip
import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array, Axis, Histogram

DATA = Path(__file__).parent / "data"
THEMES = tuple(sorted(path.stem for path in DATA.glob("*.root")))
# By several ways of summing up the same numbers ROOT and numpy differ in the last bits.
CLOSE = 1e-12
EPOCH_1995 = 788918400.0

needs_root = pytest.mark.skipif(
    importlib.util.find_spec("ROOT") is None,
    reason="real ROOT is not installed (pip install -e .[interop])",
)


def path_of(theme: str) -> Path:
    return DATA / f"{theme}.root"


def oracle(theme: str) -> dict[str, dict[str, Any]]:
    """What ROOT reads in the theme's file: each object by its path in the file."""
    found: dict[str, dict[str, Any]] = json.loads(
        gzip.decompress((DATA / f"{theme}.json.gz").read_bytes())
    )
    return found


def grow_big(path: Path) -> dict[str, dict[str, Any]]:
    """Write the file with 64-bit positions, 2 GB of it a hole; return its oracle."""
    kept: dict[str, Any] = oracle("big")
    with path.open("wb") as file:
        for place, data in kept["pieces"]:
            file.seek(place)
            file.write(base64.b64decode(data))
    found: dict[str, dict[str, Any]] = kept["oracle"]
    return found


def ask_root(path: Path, seconds: float = 120) -> dict[str, dict[str, Any]]:
    """Let ROOT read a file, in a child process; it must not complain."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(DATA / "ask_root.py"), str(path)],
        capture_output=True,
        timeout=seconds,
        check=False,
    )
    words = done.stderr[-2000:].decode(errors="replace")
    assert done.returncode == 0, words
    assert not words, words
    found: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return found


def assert_as_root(found: Histogram, expected: dict[str, Any]) -> None:
    """Compare a histogram with ROOT's reading of it, bin by bin, flow included."""
    assert found.root_class == expected["class"]
    assert found.title == expected["title"]
    assert found.y_title == expected["y_title"]
    assert found.entries == expected["entries"]
    assert len(found.axes) == len(expected["axes"])
    for axis, wanted in zip(found.axes, expected["axes"], strict=True):
        _assert_axis(axis, wanted)
    profile = "raw" in expected
    assert found.is_profile is profile
    same(found.contents, expected["raw" if profile else "contents"])
    close(found.values(flow=True), expected["contents"])
    close(np.sqrt(found.variances(flow=True)), expected["errors"])
    if expected["sumw2"]:
        assert found.sumw2 is not None
        same(found.sumw2, expected["sumw2"])
    else:
        assert found.sumw2 is None
    if profile:
        assert found.bin_entries is not None
        same(found.bin_entries, expected["bin_entries"])
        assert found.error_mode == expected["error_option"]
        if expected["bin_sumw2"]:
            assert found.bin_sumw2 is not None
            same(found.bin_sumw2, expected["bin_sumw2"])
        else:
            assert found.bin_sumw2 is None
    assert len(found.sums) == len(expected["stats"])
    if found.sums[0]:
        # Where a file has no sums of its own (some contents were set, not filled),
        # ROOT makes some from the bins.
        # So it does for the last two of a profile alone, where both are 0.
        own = -2 if profile and not any(found.sums[-2:]) else None
        np.testing.assert_allclose(
            found.sums[:own], expected["stats"][:own], rtol=CLOSE
        )


def _assert_axis(axis: Axis, wanted: dict[str, Any]) -> None:
    # axes of time come in unix time, those of the zoo count from 1995 in the file
    offset = EPOCH_1995 if axis.time else 0.0
    assert axis.bins == wanted["bins"]
    assert axis.low == wanted["low"] + offset
    assert axis.high == wanted["high"] + offset
    assert axis.title == wanted["title"]
    assert (axis.variable is not None) is wanted["variable"]
    span = wanted["high"] - wanted["low"]
    edges = np.array(wanted["edges"]) + offset
    np.testing.assert_allclose(axis.edges, edges, rtol=1e-15, atol=CLOSE * span)
    assert list(axis.labels) == (wanted["labels"] if any(wanted["labels"]) else [])


def same(found: Array, expected: list[float]) -> None:
    """Compare to the last bit, in ROOT's order of the cells: x fastest."""
    np.testing.assert_array_equal(found.ravel(order="F"), np.array(expected))


def close(found: Array, expected: list[float]) -> None:
    np.testing.assert_allclose(
        found.ravel(order="F"), expected, rtol=CLOSE, atol=1e-300
    )
