"""What is said on the phone: what the console knows, and gaps for the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from support.alarm_scene import HOLES
from support.fake_book import FakeWriter
from support.fake_session import DEPTH1, NOW, FakeSession, run_info
from support.instructed import WHO, instructed_session

from dqmconsole.model.cause import extent_of
from dqmconsole.model.frame import Tile
from dqmconsole.model.layout import Needs
from dqmconsole.model.record import Call
from dqmconsole.model.reference import ReferenceNote
from dqmconsole.model.run import Conditions
from dqmconsole.model.site import ConditionPaths
from dqmconsole.model.verdict import Status, Verdict
from dqmconsole.shift.client import Changes
from dqmconsole.shift.pages import Pages
from dqmconsole.shift.phone_words import OWN_WORDS, phone_lines, said_words
from dqmconsole.shift.session import ShiftSession

if TYPE_CHECKING:
    from dqmconsole.model.instruction import Urgency


def on_shift(client: FakeSession) -> ShiftSession:
    session = ShiftSession(client, lambda *_: FakeWriter(), lambda: NOW)  # type: ignore[arg-type]
    session.look(NOW, Changes(site=True))
    session.begin(WHO)
    return session


def said(
    session: ShiftSession,
    urgency: Urgency | None = "call now",
    dcs: tuple[str, ...] = (),
) -> dict[str, str]:
    place = Pages(session.site).plot(DEPTH1)
    plot = msgspec.structs.replace(place.plot, needs=Needs(dcs=dcs))
    found = phone_lines(session, place._replace(plot=plot), urgency)
    return {each.about: each.words for each in found}


def given(client: FakeSession, **conditions: object) -> None:
    run = run_info()
    known = msgspec.structs.replace(run.conditions, **conditions)
    client.put_run(msgspec.structs.replace(run, conditions=known))


def test_an_alarm_says_what_where_and_since_when() -> None:
    client = instructed_session()
    client.mailbox.alarms[HOLES.id] = HOLES
    found = said(on_shift(client))
    assert found["Who"] == "This is Ada, DQM shift."
    assert found["Run"] == "Run 398214, collisions, lumisection 417, stable beams."
    where = "192 cells empty (ring HB+, iφ 15–22)"
    assert found["What, where"] == f"Hcal, Occupancy, depth 1: {where}"
    assert found["Since"].startswith("since LS 41 · ")
    assert "It began between LS 40 and LS 41" in found["Since"]
    assert found["I ask"] == "Please look at it now. What do I do until then?"


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("3 channels noisy (iφ 7)", "3 channels noisy (iφ 7)"),
        ("3 channels noisy", "3 channels noisy (iφ 7)"),
    ],
)
def test_the_place_of_a_plot_beside_the_worst_is_said_once(
    sentence: str, words: str
) -> None:
    client = instructed_session()
    worst = HOLES.members[1]
    own = msgspec.structs.replace(
        HOLES.members[0],
        status=Status.WARNING,
        urgency="",
        sentence=sentence,
        extent=extent_of(("iφ",), [("7",)]),
    )
    client.mailbox.alarms[HOLES.id] = msgspec.structs.replace(
        HOLES, members=(own, worst)
    )
    found = said(on_shift(client))
    assert found["What, where"] == f"Hcal, Occupancy, depth 1: {words}"


def test_without_an_alarm_the_caller_says_it() -> None:
    found = said(on_shift(instructed_session()), None)
    assert found["What, where"] == f"Hcal, Occupancy, depth 1: {OWN_WORDS}"
    assert found["Since"] == f"since {OWN_WORDS}"
    assert found["I ask"].startswith("Can you look at it?")


def test_what_is_hidden_from_an_examinee_is_not_said_here() -> None:
    client = instructed_session()
    client.mailbox.alarms[HOLES.id] = HOLES
    session = on_shift(client)
    client.set_blinded(on=True)
    session.look(NOW + 1, Changes())
    assert "192 cells" not in str(said(session))


def test_an_alarm_that_is_over_is_no_reason_to_call() -> None:
    client = instructed_session()
    over = msgspec.structs.replace(HOLES, returned=NOW - 60)
    client.mailbox.alarms[over.id] = over
    assert said(on_shift(client))["What, where"].endswith(OWN_WORDS)


def test_the_beam_mode_is_asked_for_where_it_is_not_known() -> None:
    client = instructed_session()
    session = on_shift(client)
    given(client, beam_mode=None)
    assert "beam mode" not in said(session)["Run"]  # a site without beam
    settings = msgspec.structs.replace(
        client.site.settings, conditions=ConditionPaths(beam_mode="Info/mode")
    )
    client.put_site(msgspec.structs.replace(client.site, settings=settings))
    assert "beam mode … (not known here: look it up)" in said(session)["Run"]


@pytest.mark.parametrize(
    ("dcs", "words"),
    [
        ({"HBHEa": True, "HBHEb": True}, "detector control: HBHEa, HBHEb on"),
        ({"HBHEa": True, "HBHEb": False}, "detector control: HBHEb off"),
        ({"HBHEa": True}, "detector control: HBHEb not known"),
    ],
)
def test_what_is_to_be_looked_at_before(dcs: dict[str, bool], words: str) -> None:
    client = instructed_session()
    given(client, dcs=dcs, luminosity=21345.0)
    verdict = Verdict(Status.BAD, "")
    client.mailbox.tiles[DEPTH1] = Tile(
        DEPTH1, "", 398214, 1, verdict, note=ReferenceNote(397951)
    )
    found = said(on_shift(client), dcs=("HBHEa", "HBHEb"))["Looked at"]
    assert found == (
        f"{words}; luminosity 2.13e34; reference run 397951 "
        "(say only what you looked at)"
    )


def test_without_a_run_and_conditions_nothing_is_made_up() -> None:
    client = instructed_session()
    session = on_shift(client)
    client.put_run(msgspec.structs.replace(run_info(), run=0, conditions=Conditions()))
    client.mailbox.tiles.clear()
    found = said(session)
    assert found["Run"] == "No run is going on."
    assert found["Looked at"] == OWN_WORDS


def test_what_was_noted_to_be_said_is_called_a_note() -> None:
    assert said_words(Call("hcal-dqm")) == ""
    assert said_words(Call("hcal-dqm", said=("run", "since when"))) == (
        "said, by the caller's own note: run, since when; not noted: what and where, "
        "read back"
    )
