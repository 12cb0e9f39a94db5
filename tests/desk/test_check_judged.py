"""Checks that go off in every source, can never go off, or judge none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from desk.test_check_contents import LAYOUT, NAME, TEN, TODAY, histogram, written

from dqmconsole.desk.check import check_site

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.model.histogram import Histogram

PLAIN = LAYOUT.replace(", overlay: [Hcal/other], draw: {x: {range: [0, 8]}}", "")


def said(folder: Path, check: str, first: Histogram, second: Histogram) -> list[str]:
    """What is said of a check of Hcal/line, judged in two sources."""
    layouts = folder / "site" / "layouts"
    layouts.mkdir(parents=True)
    (layouts / "site.yaml").write_text("experiment: x\n")
    plot = f"{{path: Hcal/line, checks: [{check}]}}"
    text = PLAIN.replace("{path: Hcal/line}", plot)
    assert text != PLAIN
    (layouts / "Hcal.yaml").write_text(text)
    two = [written(folder, 1, line=first), written(folder, 2, line=second)]
    found = check_site(
        folder / "site", two, TODAY, judging=lambda _done, _all: None
    ).problems
    return [
        str(each).replace(f"{folder}/site/layouts/", "").replace(f"{folder}/", "")
        for each in found
        if each.code.startswith("check-")
    ]


HIGH = histogram("line", TEN, fill=50.0, at=9)
LOW = histogram("line", TEN, at=9)  # too few entries for a mean
AT = "Hcal.yaml:6:37: advice: "


@pytest.mark.parametrize(
    ("check", "first", "words"),
    [
        ("mean: {bad_above: 2}", HIGH,
         f"{AT}mean goes off in both sources: Hcal/line is BAD: mean 4, expected"),
        ("mean: {bad_above: 2}", LOW,
         f"{AT}mean goes off in {NAME}2.root: Hcal/line is BAD: mean 4, expected"),
        ("mean: {bad_above: 8}", LOW, ""),
        ("bins_below: {limit: 5, bad_above: 3}", LOW, ""),  # in one of them alone
        ("bins_above: {limit: 5, bad_above: 10}", HIGH,
         f"{AT}bins_above can never go off: bad above 10, and Hcal/line has 10 bins ["),
        ("bins_above: {limit: 5, share: yes, bad_above: 1}", HIGH,
         f"{AT}bins_above can never go off: bad above 1, and a share is at most 1 ["),
        ("chi2: {bad_above: 3}", HIGH,
         f"{AT}chi2 judges nothing in both sources: Hcal/line is NO REFERENCE: "),
    ],
)  # fmt: skip
@pytest.mark.slow
def test_a_check_against_what_two_sources_hold(
    tmp_path: Path, check: str, first: Histogram, words: str
) -> None:
    found = said(tmp_path, f"{{{check}}}", first, HIGH)
    found = [each for each in found if "check-without-reference" not in each]
    assert len(found) == bool(words), found
    assert all(each.startswith(words) for each in found), found


@pytest.mark.slow
def test_a_source_that_cannot_be_judged_is_said_once(tmp_path: Path) -> None:
    layouts = tmp_path / "site" / "layouts"
    layouts.mkdir(parents=True)
    (layouts / "site.yaml").write_text("experiment: x\n")
    (layouts / "Hcal.yaml").write_text(PLAIN)
    broken = tmp_path / f"{NAME}9.root"
    broken.write_bytes(b"root")
    two = (written(tmp_path, 1), broken)
    found = check_site(tmp_path / "site", two, TODAY, judging=lambda _done, _all: None)
    codes = [each.code for each in found.problems]
    assert codes.count("unreadable-source") == 1
