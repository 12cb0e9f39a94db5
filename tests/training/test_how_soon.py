"""How soon to call about a plot of a recorded run, by what its site says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import msgspec
import pytest
from support.planned import instruction, site
from support.taught import taught

from dqmconsole.model.instruction import Step, UrgencyRule
from dqmconsole.model.layout import Layout, Page, Plot
from dqmconsole.shift.guidance import Guide
from dqmconsole.training.item_bank import plan_of_rows, urgent
from dqmconsole.training.lesson import CauseWords, MeasuredRow
from dqmconsole.training.truth import causes_alike, how_soon

if TYPE_CHECKING:
    from dqmconsole.model.instruction import Urgency
    from dqmconsole.model.layout import AlarmAt
    from dqmconsole.model.site import Site

PAGE, OTHER, PATH = "Calo/Hits", "Calo/Towers", "Calo/map"
ROWS = tuple(
    MeasuredRow(
        page, "collisions", "fault", f"loss:{PATH}*80#0", 3, 12, 90.0, plots=(PATH,),
        recorded=7, updates=13,
    )
    for page in (PAGE, OTHER)
)  # fmt: skip


def _step(urgency: str, *causes: str) -> Step:
    rule = UrgencyRule(cast("Urgency", urgency))
    return Step("Call.", "calo-oncall", (rule,), causes=causes)


def _site(alarm: AlarmAt | None, *steps: Step) -> Site:
    plot = Plot(PATH, instruction="calo/map", alarm=alarm)
    pages = (Page("Hits", (plot,)), Page("Towers", (Plot(PATH),)))
    return msgspec.structs.replace(
        site(measured=ROWS),
        layouts=(Layout("Calo", pages),),
        instructions=(instruction("calo/map", *steps),) if steps else (),
    )


@pytest.mark.parametrize(
    ("alarm", "steps", "soon"),
    [
        (None, (), ""),
        ("none", (), ""),
        ("now", (), "now"),
        ("next-day", (), "next-day"),
        (None, (Step("Look."),), ""),
        (None, (_step("call now"),), "now"),
        (None, (_step("write only"),), ""),
        (None, (_step("call at the beam dump"),), "dump"),
        # the sooner of both, while no step is for the cause
        ("next-day", (_step("call now"),), "now"),
        ("now", (_step("call in working hours"),), "now"),
        ("now", (_step("write only", "shift"),), "now"),
        # a step for the cause says it
        ("now", (_step("write only", "loss"),), ""),
        ("next-day", (_step("call now", "loss"), _step("write only")), "now"),
    ],
)
def test_a_step_for_the_cause_says_it_or_else_the_sooner_of_step_and_alarm(
    alarm: AlarmAt | None, steps: tuple[Step, ...], soon: str
) -> None:
    assert how_soon(Guide(_site(alarm, *steps)), PAGE, PATH, "loss") == soon


def test_of_a_plot_that_stands_on_no_page_nothing_is_said() -> None:
    assert how_soon(Guide(_site("now")), PAGE, "Calo/gone", "loss") == ""


def test_what_calls_at_once_is_of_its_page_and_of_the_site_in_force() -> None:
    for alarm, soon in (("now", "now"), ("none", "")):
        given = _site(cast("AlarmAt", alarm))
        acts = [each.choice.urgency for each in plan_of_rows(given, 1, ROWS).items]
        assert acts == [soon, ""]
        assert (ROWS[0].called_about in urgent(given)) == (alarm == "now")
        assert ROWS[1].called_about not in urgent(given)


def test_what_one_picture_does_not_tell_apart_is_right_either_way() -> None:
    put = [
        CauseWords(name, "fault", "", "", acts_on="plot", trace=trace)
        for name, trace in (("loss", "few"), ("frozen", "few"), ("shift", ""))
    ]
    given = taught(_site(None), causes=tuple(put))
    assert causes_alike(given, (), f"loss:{PATH}*80#0", "collisions") == ("frozen",)
    assert causes_alike(given, (), f"frozen:{PATH}*100#0", "") == ("loss",)
    assert causes_alike(given, (), f"shift:{PATH}*1#0", "") == ()
