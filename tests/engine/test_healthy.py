from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.engine.healthy import with_last_healthy
from dqmconsole.site.site import read_site_with_places

if TYPE_CHECKING:
    from pathlib import Path

HCAL = "layout: Hcal\npages: [{page: P, plots: [{path: Hcal/a}]}]\n"
ECAL = "layout: Ecal\npages: [{page: P, plots: [{path: Ecal/a}]}]\n"


def make(folder: Path) -> Path:
    layouts = folder / "layouts"
    layouts.mkdir()
    (folder / "instructions").mkdir()
    (layouts / "site.yaml").write_text("experiment: test\n")
    (layouts / "1-Hcal.yaml").write_text(HCAL)
    (layouts / "2-Ecal.yaml").write_text(ECAL)
    return layouts


def test_a_layout_that_breaks_stays_as_it_was(tmp_path: Path) -> None:
    layouts = make(tmp_path)
    before, places = read_site_with_places(tmp_path)
    (layouts / "1-Hcal.yaml").write_text("layout: Hcal\npages: [{page: P, plots: [\n")
    broken, _ = read_site_with_places(tmp_path)
    assert [each.layout for each in broken.layouts] == ["Ecal"]
    site, kept = with_last_healthy(broken, before, places)
    assert [each.layout for each in site.layouts] == ["Hcal", "Ecal"]
    assert [each.layout for each in kept] == ["Hcal"]
    said = [str(each) for each in site.problems]
    assert any("1-Hcal.yaml" in words and "still shown" in words for words in said)
    assert any(each.severity == "error" for each in site.problems)


def test_a_layout_that_was_removed_goes(tmp_path: Path) -> None:
    layouts = make(tmp_path)
    before, places = read_site_with_places(tmp_path)
    (layouts / "1-Hcal.yaml").unlink()
    (layouts / "2-Ecal.yaml").write_text(ECAL.replace("Ecal", "EcalBarrel", 1))
    after, _ = read_site_with_places(tmp_path)
    site, kept = with_last_healthy(after, before, places)
    assert not kept
    assert [each.layout for each in site.layouts] == ["EcalBarrel"]
