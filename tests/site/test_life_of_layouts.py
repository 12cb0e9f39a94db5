"""Layouts that are tried out, and those that are on their way out."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest
from support.site_texts import LAYOUT

from dqmconsole.desk.check import validate
from dqmconsole.site.layouts import read_layout

if TYPE_CHECKING:
    from pathlib import Path

HEAD = LAYOUT.partition("\n")[0]


def test_a_layout_that_is_tried_out_has_no_alarm_and_no_flag() -> None:
    alarm = "alarm: now\n        consequence: x\n        flag: true"
    text = LAYOUT.replace("title: 2024", alarm)
    plain = read_layout(text.encode(), "A.yaml").layout
    assert plain is not None
    assert {page.audience for page in plain.pages} >= {"shift"}
    assert any(plot.flag for page in plain.pages for plot in page.plots)
    text = text.replace(HEAD, f"{HEAD}\ncommissioning: true", 1)
    read = read_layout(text.encode(), "A.yaml")
    assert read.problems == ()
    assert read.layout is not None
    assert {page.audience for page in read.layout.pages} == {"expert"}
    for page in read.layout.pages:
        assert not any(plot.alarm or plot.flag for plot in page.plots)
    assert read.layout.title == f"{read.layout.layout} (commissioning)"


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2026-12-31", ""),
        ("2026-11-01", "was retiring on 2026-11-01: delete its file [layout-retired]"),
        ("soon", 'retiring is a date such as 2026-05-01, not "soon" [wrong-date]'),
    ],
)
def test_the_last_day_of_a_layout(tmp_path: Path, day: str, said: str) -> None:
    layouts = tmp_path / "layouts"
    layouts.mkdir()
    (layouts / "site.yaml").write_text("experiment: X\n")
    text = f"layout: A\nretiring: {day}\npages: [{{page: P, plots: [{{path: A/x}}]}}]\n"
    (layouts / "A.yaml").write_text(text)
    found = [str(each) for each in validate(tmp_path, (), datetime.date(2026, 11, 28))]
    about = [each for each in found if "retir" in each]
    assert len(about) == bool(said)
    assert not said or about[0].endswith(said)
