"""Bundles that earlier versions wrote open as they were."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dqmconsole.model.histogram import Axis, Histogram, QualityResult, Scalar
from dqmconsole.model.known_issue import Region
from dqmconsole.model.record import Versions
from dqmconsole.model.verdict import Status
from dqmconsole.site.bundle import read_bundle

BUNDLES = Path(__file__).parents[1] / "data" / "bundles"


def drawn(kept: object) -> Histogram:
    picture = kept.tile.picture  # type: ignore[attr-defined]
    assert picture.data is not None
    found: Histogram = picture.data
    return found


def test_plots_of_format_1_with_their_references_and_words() -> None:
    bundle = read_bundle(BUNDLES / "format-1-plots.dqmevidence")
    manifest = bundle.manifest
    assert (manifest.format, manifest.program, manifest.title) == (1, "0.2", "a hole")
    assert (manifest.words, manifest.by) == ("looks like a board", "A. Shifter")
    assert (manifest.page, manifest.source) == ("Hcal/Digi", "/data")
    assert manifest.banner == "DEMO"
    assert manifest.versions == Versions("0.2", "one", 4, "hcal/digi@2")
    assert [each.verdict.status for each in manifest.history] == [
        Status.GOOD,
        Status.BAD,
    ]
    assert manifest.run.conditions.feds == {1, 50, 700}
    assert bundle.picture == b"\x89PNG"
    assert bundle.site.settings.experiment == "CMS"
    occ, a_map, profile, labels = bundle.plots

    data = drawn(occ)
    np.testing.assert_array_equal(data.contents, [0, 1, np.nan, np.inf, 0])
    assert (data.root_class, data.entries) == ("TH1D", 5.0)
    assert occ.mode == "ratio"
    assert occ.reference is not None
    assert occ.reference.contents.tolist() == [0, 3, 4, 5, 0]
    assert (occ.note.run, occ.note.scale) == (3, 0.5)
    assert occ.tile.picture is not None
    assert occ.tile.picture.comparison is not None
    assert occ.tile.picture.comparison.values.tolist() == [1, 1, 1]

    data = drawn(a_map)
    assert data.contents.dtype == np.float32
    assert data.contents.tolist() == np.arange(30).reshape(5, 6).tolist()
    assert data.sums == (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0)
    assert a_map.reference is not None
    assert a_map.reference.contents[4, 5] == 58
    assert a_map.tile.verdict.status is Status.BAD
    assert a_map.tile.verdict.sentence == "a hole at x = 2"
    assert (a_map.tile.span, a_map.tile.banner) == ("LS 1–4", "RUN 7 FINAL")
    found = QualityResult("map", "NoHole", 300, 0.25, "Hole", "a hole")
    assert a_map.qualities == (found,)

    data = drawn(profile)
    assert data.is_profile
    assert data.error_mode == "s"
    assert data.bin_entries is not None
    assert data.bin_entries.tolist() == [0, 1, 2, 3, 0]
    assert data.axes[0].variable is not None
    assert data.axes[0].variable.tolist() == [0, 1, 4, 8]
    assert profile.overlays == ("Hcal/Digi/over",)
    assert profile.tile.picture is not None
    assert profile.tile.picture.overlays[0].name == "over"
    assert profile.tile.picture.known == (Region(x=(1.0, 2.0)),)

    data = drawn(labels)
    assert data.axes == (Axis(3, 0.0, 3.0, title="board", labels=("a", "", "c")),)
    assert data.contents.dtype == np.int32
    assert (data.efficiency, data.y_title) == (True, "events")


def test_what_no_tile_draws_in_format_1() -> None:
    gone, text, cube = read_bundle(BUNDLES / "format-1-undrawn.dqmevidence").plots
    assert gone.tile.verdict.sentence == "not in this run"
    assert gone.element is None
    assert text.element == Scalar("t", "on")
    assert cube.undrawn is not None
    assert cube.undrawn.contents.shape == (3, 3, 3)


@pytest.mark.parametrize("place", [0, 1])
def test_what_root_could_not_hold_in_format_1(place: int) -> None:
    bundle = read_bundle(BUNDLES / "format-1-left-out.dqmevidence")
    kind = ("TH1D", "THnSparseD")[place]
    assert drawn(bundle.plots[place]).root_class == kind
