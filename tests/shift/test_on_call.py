"""Who is on call, by rota, hours and time zone; and the line of escalation."""

from __future__ import annotations

import datetime
import zoneinfo

import pytest

from dqmconsole.model.contacts import Contact, Contacts, Hours, RotaTurn
from dqmconsole.model.instruction import AppliesTo, Instruction, Turn
from dqmconsole.shift.on_call import escalation, in_working_hours, on_call, within

ZONE = zoneinfo.ZoneInfo("Europe/Zurich")
OFFICE = (Hours((0, 1, 2, 3, 4), 8 * 60, 18 * 60),)


def at(text: str, *, fold: int = 0) -> float:
    """A local time of the contacts as unix time."""
    local = datetime.datetime.fromisoformat(text).replace(tzinfo=ZONE, fold=fold)
    return local.timestamp()


def contacts(**roles: Contact) -> Contacts:
    return Contacts(
        "Europe/Zurich", OFFICE, {each.role: each for each in roles.values()}
    )


HCAL = Contact(
    "hcal-dqm",
    "Hcal DQM on call",
    "70001",
    rota=(
        RotaTurn(at("2026-10-19 08:00"), at("2026-10-26 08:00"), "week one", "70011"),
        RotaTurn(at("2026-10-26 08:00"), at("2026-11-02 08:00"), "week two"),
    ),
    then="dqm-oncall",
)
DQM = Contact("dqm-oncall", "DQM on call", "70002", OFFICE, then="shift-leader")
LEADER = Contact("shift-leader", "Shift leader", "70003")


def test_the_rota_says_whose_turn_it_is_and_a_turn_ends_where_the_next_begins() -> None:
    all_roles = contacts(a=HCAL)
    before = on_call(all_roles, "hcal-dqm", at("2026-10-26 07:59"))
    after = on_call(all_roles, "hcal-dqm", at("2026-10-26 08:00"))
    assert (before.name, before.phone) == ("week one", "70011")
    assert (after.name, after.phone) == ("week two", "70001")
    assert after.sentence == "Hcal DQM on call: week two, 70001"


def test_a_gap_in_the_rota_is_said_and_the_role_keeps_its_number() -> None:
    found = on_call(contacts(a=HCAL), "hcal-dqm", at("2026-12-24 12:00"))
    assert found.phone == "70001"
    assert "nobody stands in the rota now" in found.sentence


def test_a_role_that_is_not_there_is_answered_in_words() -> None:
    found = on_call(contacts(a=HCAL), "hcal-dq", 0.0)
    assert not found.reachable
    assert "no such role" in found.sentence


@pytest.mark.parametrize(
    ("when", "reachable"),
    [
        ("2026-10-23 17:59", True),
        ("2026-10-23 18:00", False),
        ("2026-10-24 12:00", False),  # a Saturday
        # Monday after the clocks went back: eight is eight by the local clock
        ("2026-10-26 08:00", True),
        ("2026-10-26 07:59", False),
    ],
)
def test_hours_are_local(when: str, *, reachable: bool) -> None:
    found = on_call(contacts(a=DQM), "dqm-oncall", at(when))
    assert found.reachable is reachable
    assert ("outside their hours" in found.sentence) is not reachable


def test_the_hour_that_comes_twice_lies_in_the_same_hours_both_times() -> None:
    night = (Hours((6,), 2 * 60, 3 * 60),)
    first, second = at("2026-10-25 02:30"), at("2026-10-25 02:30", fold=1)
    assert second - first == 3600
    assert within(night, "Europe/Zurich", first)
    assert within(night, "Europe/Zurich", second)
    assert not within(night, "Europe/Zurich", at("2026-10-25 03:00"))


def test_an_unknown_zone_counts_as_utc() -> None:
    noon = datetime.datetime(2026, 10, 23, 12, tzinfo=datetime.UTC).timestamp()
    assert within(OFFICE, "Europe/Nowhere", noon)


def test_without_working_hours_it_is_always_working_time() -> None:
    assert in_working_hours(Contacts(), 0.0)
    assert not in_working_hours(contacts(a=DQM), at("2026-10-24 12:00"))


def _instruction(*roles: str) -> Instruction:
    return Instruction(
        id="hcal/occupancy", title="Occupancy", version=1, author="hcal-dqm",
        written="2026-11-25", owner="hcal-dqm", applies_to=AppliesTo(),
        reviewed_on="2026-11-25", review_due="2027-05-25", shows="", judge="",
        examples=(), steps=(), turns=tuple(Turn(role) for role in roles),
        text="", hash="",
    )  # fmt: skip


def test_escalation_begins_with_the_step_goes_by_the_instruction_and_the_contacts() -> (
    None
):
    every = contacts(a=HCAL, b=DQM, c=LEADER)
    found = escalation(every, _instruction("hcal-dqm", "technical-shift"), "hcal-dqm")
    assert found == ("hcal-dqm", "technical-shift")
    found = escalation(every, _instruction("hcal-dqm", "dqm-oncall"), "hcal-dqm")
    assert found == ("hcal-dqm", "dqm-oncall", "shift-leader")
    assert escalation(every, None, "hcal-dqm") == (
        "hcal-dqm", "dqm-oncall", "shift-leader",
    )  # fmt: skip


def test_a_ring_of_roles_ends() -> None:
    ring = contacts(
        a=Contact("hcal-dqm", "Hcal", then="dqm-oncall"),
        b=Contact("dqm-oncall", "DQM", then="hcal-dqm"),
    )
    assert escalation(ring, None, "hcal-dqm") == ("hcal-dqm", "dqm-oncall")
