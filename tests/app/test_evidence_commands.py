"""The commands on an evidence bundle: ls and snapshot, as on any source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from click.testing import CliRunner
from support.bundles import write_bundle

from dqmconsole.app.commands.ls import ls_command
from dqmconsole.app.commands.snapshot import take_snapshot
from dqmconsole.model.frame import Picture, Tile
from dqmconsole.model.histogram import Axis, Histogram, Scalar
from dqmconsole.model.layout import Layout, Page, Plot, plot_key
from dqmconsole.model.run import RunInfo
from dqmconsole.model.site import Site, SiteSettings
from dqmconsole.model.verdict import Status, Verdict
from dqmconsole.site.bundle import FORMAT
from dqmconsole.site.evidence import Bundle, KeptPlot, Manifest

if TYPE_CHECKING:
    from pathlib import Path

OCC, STATE = "Hcal/Digi/occ", "Hcal/Info/state"
VERDICT = Verdict(Status.BAD, "a hole")


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    data = Histogram(
        "occ", "occ", "TH1F", (Axis(3, 0.0, 3.0),), np.arange(5.0), entries=6.0
    )
    keys = tuple(plot_key("Hcal", "Digi", path) for path in (OCC, STATE))
    plots = (
        KeptPlot(Tile(keys[0], OCC, 7, 1, VERDICT, picture=Picture(data)), "overlay"),
        KeptPlot(
            Tile(keys[1], STATE, 7, 1, VERDICT, picture=Picture(None, text="on")),
            "overlay",
            scalar=Scalar("state", "on"),
        ),
    )
    layout = Layout("Hcal", (Page("Digi", (Plot(OCC), Plot(STATE))),))
    site = Site("", "one", SiteSettings("CMS"), (layout,))
    manifest = Manifest(
        format=FORMAT, program="0.2", title="", made_at=1.8e9, keys=keys, run=RunInfo(7)
    )
    path = tmp_path / "a.dqmevidence"
    write_bundle(path, Bundle(manifest, plots, site))
    return path


def test_its_elements_are_listed(bundle: Path) -> None:
    result = CliRunner().invoke(ls_command, [str(bundle)])
    assert result.exit_code == 0, result.output
    assert [line.split() for line in result.stdout.splitlines()] == [
        [OCC, "TH1F", "6"],
        [STATE, "text", "on"],
    ]


def test_a_broken_one_is_a_message(bundle: Path) -> None:
    bundle.write_bytes(bundle.read_bytes()[:100])
    result = CliRunner().invoke(ls_command, [str(bundle)])
    assert result.exit_code == 2
    assert "no evidence bundle, or a damaged one" in result.stderr


@pytest.mark.slow
def test_its_page_can_be_saved_as_a_picture(bundle: Path, tmp_path: Path) -> None:
    out = tmp_path / "page.png"
    assert take_snapshot(str(bundle), "Hcal/Digi", out, size=(800, 500)) == ""
    assert out.read_bytes().startswith(b"\x89PNG")
