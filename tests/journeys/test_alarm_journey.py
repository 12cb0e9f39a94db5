"""An alarm from its row to its end, by keyboard alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from support.alarm_scene import HOLES, SHIFTED
from support.consoles import Console
from support.fake_book import FakeWriter
from support.fake_session import DEPTH1, GOOD, HOLE, TIME
from support.instructed import instructed_session
from support.keyboard import CTRL, RETURN

from dqmconsole.model.verdict import Status

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from dqmconsole.model.alarm import Alarm


@pytest.fixture
def console(qtbot: QtBot, tmp_path: Path) -> Iterator[Console]:  # noqa: ARG001 - Qt
    """A window on the overview, with a shift and no alarm."""
    client = instructed_session()
    client.put_verdict(DEPTH1, GOOD)
    client.put_verdict(TIME, GOOD)
    console = Console(client, tmp_path / "c.ini", writer=FakeWriter(), overview=True)
    console.session.begin("Ada")
    console.wait(2)
    yield console
    console.close()


def over(alarm: Alarm, at: float) -> Alarm:
    """The alarm with all its plots good again."""
    members = tuple(
        msgspec.structs.replace(one, status=Status.GOOD) for one in alarm.members
    )
    return msgspec.structs.replace(alarm, members=members, returned=at)


def test_a_fault_comes_is_acknowledged_returns_and_is_gone(console: Console) -> None:
    assert console.seen("Alarms") is None
    console.press("N")
    assert console.says("Answer") == "No plot is BAD, STALE or WARNING."
    console.client.put_verdict(DEPTH1, HOLE)
    console.client.put_alarms(HOLES, SHIFTED)
    console.wait(1)
    assert console.says("Alarm Hcal missing").startswith("Hcal missing, asks")
    console.press("N")
    console.wait(1)
    assert console.window.context.selection.key == DEPTH1
    assert console.says("Alarms").startswith("Hcal missing, asks for an answer")
    console.press("A")
    console.wait(1)
    assert console.says("Answer") == (
        "Hcal missing (ring HB+, iφ 15–22) is acknowledged."
    )
    assert console.says("Alarms").startswith("Hcal missing, acknowledged, 192 cells")
    console.press("N")
    console.wait(1)
    assert console.window.context.selection.key == TIME
    assert console.says("Alarms").startswith("Hcal shift, asks for an answer")
    # it returns before anybody acknowledged it: it still asks
    console.client.put_alarms(over(SHIFTED, console.now))
    console.wait(1)
    said = console.says("Alarm Hcal shift")
    assert said.startswith("Hcal shift, asks for an answer, Returned at 11:06 · peak")
    console.press("A")
    console.wait(1)
    assert console.seen("Alarm Hcal shift") is None
    console.press("N")
    assert console.says("Answer") == (
        "Nothing asks for an answer: 1 alarm acknowledged (⇧N lists them)."
    )
    # there is news of the other: it asks again, in its place
    grown = msgspec.structs.replace(HOLES, news=2, news_words="twice as many cells")
    console.client.put_alarms(grown)
    console.wait(1)
    said = console.says("Alarm Hcal missing")
    assert "asks for an answer, New: twice as many" in said
    console.press("3", CTRL)
    assert console.focus() == "Alarms"
    console.press(RETURN)
    assert console.window.parts.view.in_detail
    console.press("A")
    console.client.put_verdict(DEPTH1, GOOD)
    console.client.put_alarms(over(grown, console.now))
    console.wait(1)
    assert console.session.alarms == ()
    assert console.seen("Alarms") is not None  # nothing jumps by itself
    console.press("O")
    assert console.seen("Alarms") is None
    kinds = [type(record.body).__name__ for record in console.writer.kept]
    assert kinds.count("Acknowledged") == 3
