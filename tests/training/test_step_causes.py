"""Whether instructions have a step for every fault that is judged on their plots."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import msgspec
import pytest
from support.alarm_scene import alarm
from support.bundled import read_bundled
from support.fake_session import NOW, live_session
from support.lesson_texts import make_lesson_site

from dqmconsole.desk.check import validate
from dqmconsole.model.instruction import CALL_OF, steps_for
from dqmconsole.model.layout import plot_key
from dqmconsole.model.verdict import Status
from dqmconsole.shift.alarm_words import call_words
from dqmconsole.shift.on_call import escalation
from dqmconsole.shift.session import ShiftSession
from dqmconsole.site.kinds import CORE
from dqmconsole.site.layouts import plots_of
from dqmconsole.training.files.kind import TABLES
from dqmconsole.training.files.steps import judged
from dqmconsole.training.lesson import split_cause, teaching
from dqmconsole.training.truth import causes_alike, keys_on, right_step
from dqmconsole.ui.guidance.contacts import calling_step, how_soon

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dqmconsole.model.alarm import Alarm
    from dqmconsole.model.cause import Urgency as AlarmUrgency
    from dqmconsole.model.instruction import Urgency
    from dqmconsole.model.site import Site
    from dqmconsole.site.kinds import SiteTables

TODAY = datetime.date(2026, 11, 25)
FILE = "instructions/hcal/occupancy.md"
CALL = "   call hcal-dqm: call now in"
WRITE = "   call hcal-dqm: write only"
ROW_WORDS: dict[Urgency | None, str] = {
    "call now": "Call now",
    "call at the beam dump": "At the beam dump",
    "call in working hours": "Next day",
    None: "Not urgent",
}


def said(site: Path, tables: SiteTables = TABLES) -> list[str]:
    found = validate(site, today=TODAY, tables=tables)
    return [str(each).removeprefix(f"{site}/") for each in found]


def with_causes(site: Path, call: str, write: str) -> Path:
    """The site, its steps for some causes; the lines end up as lines 37 and 41."""
    path = site / FILE
    text = path.read_text()
    assert CALL in text
    text = text.replace(CALL, f"   for: {call}\n{CALL}")
    path.write_text(text.replace(WRITE, f"   for: {write}\n{WRITE}"))
    return site


def test_causes_of_the_table_have_nothing_said(tmp_path: Path) -> None:
    site = make_lesson_site(tmp_path)
    assert said(with_causes(site, "fed-lost, hv-trip", "hot-channel, board-dead")) == []


def test_a_step_can_be_for_a_fault_that_is_put_into_recorded_runs(
    tmp_path: Path,
) -> None:
    site = make_lesson_site(tmp_path)
    call = "fed-lost, hv-trip, board-dead, dead-block"
    assert said(with_causes(site, call, "hot-channel, frozen")) == []


def test_a_cause_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    site = with_causes(make_lesson_site(tmp_path), "hv-tripp", "out-of-gas")
    line = (site / FILE).read_text().splitlines().index("   for: hv-tripp") + 1
    found = [each for each in said(site) if "[unknown-cause]" in each]
    assert found[0].startswith(f"{FILE}:{line}:1: ")
    assert 'no cause is called "hv-tripp"; did you mean "hv-trip"?' in found[0]
    assert "site.yaml: causes:" in found[1]
    assert len(found) == 2


def test_a_site_has_words_of_its_own(tmp_path: Path) -> None:
    own = ("experiment: Test", "experiment: Test\ncauses: [pump-stopped, icing]")
    site = make_lesson_site(tmp_path, site=own)
    with_causes(site, "hv-trip, fed-lost, board-dead", "pump-stopped")
    assert said(site) == []
    # without training these alone are known
    found = [each for each in said(site, CORE) if "[unknown-cause]" in each]
    assert len(found) == 3


def test_without_any_table_every_word_is_a_cause(tmp_path: Path) -> None:
    site = with_causes(make_lesson_site(tmp_path), "hv-tripp", "pump-stopped")
    assert not any("[unknown-cause]" in each for each in said(site, CORE))


@pytest.mark.parametrize(
    ("call", "write", "missing"),
    [
        ("fed-lost", "hot-channel", ["hv-trip", "board-dead"]),
        ("fed-lost, board-dead, hot-channel", "hv-trip", []),
    ],
)
def test_a_fault_that_is_judged_and_has_no_step_is_advice(
    tmp_path: Path, call: str, write: str, missing: list[str]
) -> None:
    site = with_causes(make_lesson_site(tmp_path), call, write)
    found = [each for each in said(site) if "[cause-without-step]" in each]
    assert len(found) == len(missing)
    for problem, cause in zip(found, missing, strict=True):
        assert problem.startswith(f"{FILE}:")
        assert "advice" in problem
        assert f'{cause} is judged on "Hcal/DigiTask/Occupancy/depth1"' in problem


def test_a_step_without_causes_is_enough(tmp_path: Path) -> None:
    site = make_lesson_site(tmp_path)
    path = site / FILE
    path.write_text(path.read_text().replace(WRITE, f"   for: hot-channel\n{WRITE}"))
    assert said(site) == []


# -- the bundled site ------------------------------------------------------------------


@pytest.fixture(scope="module")
def bundled() -> Site:
    return read_bundled()


def test_whom_a_step_of_a_bundled_instruction_calls_is_listed(bundled: Site) -> None:
    """Until a cause is said, the call sheet has the list alone."""
    missing = {
        (each.id, step.role)
        for each in bundled.instructions
        for step in each.steps
        if step.role not in ("", *escalation(bundled.contacts, each, ""))
    }
    assert missing == set()


def test_every_fault_judged_on_a_bundled_plot_has_a_step(bundled: Site) -> None:
    instructions = {each.id: each for each in bundled.instructions}
    named = {
        plot_key(layout.layout, page.page, plot.path): plot.instruction
        for layout, page, plot in plots_of(bundled)
    }
    pairs = set(judged(bundled))
    assert len(pairs) > 200
    without = {
        (cause, key)
        for cause, key in pairs
        if (name := named[key]) is not None  # none: a page for experts
        and not steps_for(instructions[name], cause)
    }
    assert without == set()


@pytest.mark.parametrize("beam_mode", ["stable beams", "ramp", "no beam", None])
def test_row_and_call_sheet_of_a_bundled_plot_say_the_same(
    bundled: Site, beam_mode: str | None
) -> None:
    asked: dict[str, AlarmUrgency] = {
        plot_key(layout.layout, page.page, plot.path): plot.alarm
        for layout, page, plot in plots_of(bundled)
        if plot.alarm is not None and plot.alarm != "none"
    }
    assert len(asked) > 100
    for status in (Status.BAD, Status.WARNING):
        heard = status is Status.BAD
        alarms = [
            alarm(
                *(f"root{at}", "shift", (key,), "off"),
                status=status,
                urgency=urgency if heard else "",
            )
            for at, (key, urgency) in enumerate(asked.items())
        ]
        session = session_with(bundled, alarms, beam_mode)
        rows, sheets = {}, {}
        for key, each in zip(asked, alarms, strict=True):
            found = calling_step(session, session.guidance(key))
            step = found[1] if found is not None else None
            rows[key] = call_words(session, each).soon
            sheets[key], _ = how_soon(session, key, step)
        wanted = {k: CALL_OF[each] if heard else None for k, each in asked.items()}
        assert sheets == wanted
        assert rows == {key: ROW_WORDS[each] for key, each in sheets.items()}


def session_with(
    site: Site, alarms: Sequence[Alarm], beam_mode: str | None
) -> ShiftSession:
    """A shift on a site in which some alarms stand."""
    client = live_session()
    client.put_site(site)
    run = client.mailbox.run
    given = msgspec.structs.replace(run.conditions, beam_mode=beam_mode)
    client.put_run(msgspec.structs.replace(run, conditions=given))
    client.put_alarms(*alarms)
    session = ShiftSession(client, lambda _site, _banner: None, lambda: NOW)
    for _ in range(2):
        session.look(NOW, client.take())
    return session


def test_every_fault_of_the_exam_is_judged_somewhere(bundled: Site) -> None:
    faults = {each.name for each in teaching(bundled).causes if each.kind == "fault"}
    asked = {split_cause(each.cause)[0] for each in teaching(bundled).matter} & faults
    assert asked <= {cause for cause, _ in judged(bundled)}


@pytest.mark.parametrize(
    ("path", "cause", "urgency", "roles"),
    [
        ("Hcal/DigiTask/Occupancy/depth/depth1", "hot-channel", "write only",
         {"hcal-dqm"}),
        ("Hcal/DigiTask/Occupancy/depth/depth1", "hv-trip", "call now",
         {"technical-shift"}),
        ("Hcal/DigiTask/Occupancy/depth/depth1", "fed-lost", "call now", {"daq-shift"}),
        ("Hcal/DigiTask/Occupancy/depth/depth1", "wrong-reference",
         "call in working hours", {"dqm-oncall"}),
        ("DT/01-Digi/OccupancySummary_W0", "hot-channel", "write only",
         {"dt-dqm"}),
        ("DT/01-Digi/OccupancySummary_W0", "hv-trip", "call now",
         {"technical-shift"}),
        ("DT/01-Digi/OccupancySummary_W0", "fed-lost", "call now",
         {"daq-shift"}),
        ("L1T/L1TRates/l1Rate", "hot-trigger", "call now", {"trigger-shift"}),
        ("L1T/L1TRates/l1Rate", "client-frozen", "call now", {"dqm-oncall"}),
        ("Ecal/EBOccupancyTask/EBOT digi occupancy", "hot-channel", "write only",
         {"ecal-dqm"}),
    ],
)  # fmt: skip
def test_one_hot_channel_is_written_and_whole_chambers_are_called(
    bundled: Site, path: str, cause: str, urgency: str, roles: set[str]
) -> None:
    key = next(
        plot_key(layout.layout, page.page, plot.path)
        for layout, page, plot in plots_of(bundled)
        if plot.path == path
    )
    found = right_step(bundled, (key,), cause, "collisions", "stable beams")
    assert found is not None
    assert found.urgency == urgency
    assert found.roles == frozenset(roles)


def test_boards_and_their_ring_are_one_cause_where_one_does_the_same(
    bundled: Site,
) -> None:
    def alike(page: str, cause: str) -> tuple[str, ...]:
        return causes_alike(bundled, keys_on(bundled, page), cause, "collisions")

    towers = "Ecal/Occupancy"
    assert alike(towers, "board-dead:Ecal*2#1") == ("ring-lost",)
    assert alike(towers, "ring-lost:Ecal*4#0") == ("board-dead",)
    for cause in ("hv-trip:Ecal", "fed-lost:Ecal", "hot-channel:Ecal", "lumi-drop"):
        assert alike(towers, cause) == ()
    # a drift of the clock and a late board are no parts that are lost
    assert alike("Hcal/Timing", "t0-drift:Hcal") == ()
    assert alike("No/Page", "board-dead:Ecal") == ()
