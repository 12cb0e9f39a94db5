"""What the model says of lessons: causes in words, and what matter gives."""

from __future__ import annotations

import pytest

from dqmconsole.desk.injection_table import INJECTIONS
from dqmconsole.model.layout import split_page
from dqmconsole.simulation.state import beam
from dqmconsole.simulation.table.causes import TABLE, parse_cause
from dqmconsole.training.lesson import (
    EVERYWHERE,
    RUN_TYPES,
    ItemSource,
    kind_of,
    onset,
    split_cause,
)

KINDS = {each.name: each.kind for each in TABLE}
PAGES = ("Hcal/Digi occupancy",)


@pytest.mark.parametrize("target", ["", ":Hcal"])
@pytest.mark.parametrize("first", ["", "@12"])
@pytest.mark.parametrize("size", ["", "*2.5"])
def test_a_cause_is_split_as_the_table_reads_it(
    target: str, first: str, size: str
) -> None:
    text = f"hv-trip{target}{first}{size}"
    cause = parse_cause(text)
    assert split_cause(text) == (cause.name, cause.target)
    assert onset(text) == cause.onset


def test_what_is_everywhere_alike_is_put_into_recorded_runs() -> None:
    assert set(INJECTIONS) - EVERYWHERE == {"dead-block", "hot-cell"}
    assert set(INJECTIONS) > EVERYWHERE


def test_an_onset_that_is_no_number_is_the_first() -> None:
    assert onset("hv-trip@soon") == 1


@pytest.mark.parametrize(
    ("matter", "kind"),
    [
        (ItemSource(PAGES), "nothing"),
        (ItemSource(PAGES, "hv-trip:Hcal"), "fault"),
        (ItemSource(PAGES, "lumi-drop"), "harmless"),
        (ItemSource(PAGES, "no-such-thing"), None),
        (ItemSource(PAGES, evidence="a.dqmevidence", truth="bad"), "fault"),
        (ItemSource(PAGES, evidence="a.dqmevidence", truth="good"), "nothing"),
        (
            ItemSource(PAGES, "lumi-drop", evidence="a.dqmevidence", truth="good"),
            "harmless",
        ),
        # somebody named the fault that it looks like: what counts is the truth
        (
            ItemSource(PAGES, "hv-trip", evidence="a.dqmevidence", truth="good"),
            "nothing",
        ),
    ],
)
def test_what_happens_in_the_items_of_matter(
    matter: ItemSource, kind: str | None
) -> None:
    assert kind_of(matter, KINDS) == kind


def test_a_page_may_have_slashes_in_its_name() -> None:
    assert split_page("Hcal/Readout/by FED") == ("Hcal", "Readout/by FED")
    assert split_page("Hcal") == ("Hcal", "")


def test_lessons_are_of_the_types_of_run_that_the_detector_has() -> None:
    assert RUN_TYPES == beam.RUN_TYPES
