"""The checks behind a verdict, in the panel, and a known issue drafted from one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel, QPlainTextEdit
from support.consoles import Console
from support.fake_book import FakeWriter
from support.fake_session import DEPTH1, HOLE, live_session, occupancy, tile_of
from support.keyboard import ESC

from dqmconsole.model.frame import Expected
from dqmconsole.model.known_issue import Region
from dqmconsole.model.verdict import CheckResult, Status, Verdict
from dqmconsole.site.known_issues import read_known
from dqmconsole.ui.live.check_list import CheckList
from dqmconsole.ui.theme import LIGHT, Colours

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
DEAD = CheckResult(
    "dead_channels", Status.BAD, "8 of 82 iη rings are empty", "LS 400–402", 0.0975,
    ((0.03, "bad above"),), 2e-5, "dead_channels: {warn_above: 0.01, bad_above: 0.03}",
)  # fmt: skip
MEAN = CheckResult("mean", Status.GOOD, "mean 0.52, 0.4 to 0.6 allowed", value=0.52)
SHAPE = CheckResult("chi2", Status.NO_REFERENCE, "no reference is there")
JUDGED = msgspec.structs.replace(HOLE, checks=(DEAD, MEAN, SHAPE))
ACCESSIBLE = Qt.ItemDataRole.AccessibleTextRole


def spoken(checks: CheckList) -> list[str]:
    return [checks.item(at).data(ACCESSIBLE) for at in range(checks.count())]


@pytest.fixture
def checks(qtbot: QtBot) -> CheckList:
    made = CheckList(Colours(LIGHT))
    qtbot.addWidget(made)
    made.resize(280, 100)
    made.show_verdict("key", JUDGED)
    return made


def test_what_decided_is_open_and_the_rest_one_line_each(checks: CheckList) -> None:
    first, second, third = spoken(checks)
    assert first.startswith("BAD: dead channels: 0.0975, bad above 0.03. LS 400–402. p")
    assert "1 of 50,000 good plots" in first
    assert second == "NO REFERENCE, folded: χ²: no reference is there"
    assert third == "GOOD, folded: mean: 0.52"
    assert checks.sizeHintForRow(0) > 3 * checks.sizeHintForRow(1)


def test_of_equals_the_check_of_the_layout_is_open(checks: CheckList) -> None:
    test = CheckResult("my_qt", Status.BAD, "8 rings", value=0.0, origin="producer")
    checks.show_verdict("key", Verdict(Status.BAD, "8 rings", checks=(test, DEAD)))
    first, second = spoken(checks)
    assert first.startswith("BAD: dead channels: 0.0975, bad above 0.03.")
    assert second == "BAD, folded: producer's my_qt: result 0 (1 is best)"
    before = msgspec.structs.replace(DEAD, span="")
    now = Verdict(Status.GOOD, MEAN.sentence, checks=(MEAN, before))
    checks.show_verdict("key", now)
    first, second = spoken(checks)
    assert first.startswith("BAD, folded: dead channels"), "GOOD now: it did not decide"
    assert second.startswith("GOOD: mean: 0.52")


def test_none_is_open_where_none_judged(checks: CheckList) -> None:
    default = msgspec.structs.replace(MEAN, origin="default")
    unjudged = Verdict(Status.NOT_CHECKED, "no quality test", checks=(default,))
    checks.show_verdict("key", unjudged)
    assert spoken(checks) == ["GOOD, folded: mean: 0.52"]


def test_a_check_opened_by_hand_stays_open_until_another_plot(
    checks: CheckList,
) -> None:
    folded = checks.height()
    checks.setCurrentRow(2)
    checks.fold()
    assert "0.4 to 0.6 allowed" in spoken(checks)[2]
    assert checks.height() > folded
    newer = msgspec.structs.replace(
        MEAN, sentence="mean 0.53, 0.4 to 0.6 allowed", span="LS 401–403"
    )
    checks.show_verdict("key", msgspec.structs.replace(JUDGED, checks=(DEAD, newer)))
    assert "mean 0.53" in spoken(checks)[1]
    assert checks.current is newer
    checks.show_verdict("other", JUDGED)
    assert "folded" in spoken(checks)[2]


def test_the_configuration_of_a_folded_check_opens_it(checks: CheckList) -> None:
    checks.fold()
    assert "dead_channels: {" not in "".join(spoken(checks))
    assert not checks.turn_configuration()
    assert "dead_channels: {" in spoken(checks)[0]


def test_without_checks_there_is_no_list(checks: CheckList) -> None:
    checks.show_verdict("key", Verdict(Status.NOT_CHECKED, "nothing judges it"))
    assert checks.isHidden()
    assert checks.turn_configuration() == "No check judged this plot."
    assert checks.words() == ""
    checks.fold()
    checks.show_verdict("key", None)
    assert checks.count() == 0


def test_narrow_it_is_as_high_as_its_words(checks: CheckList) -> None:
    checks.show()
    wide = checks.height()
    checks.resize(160, 100)
    assert checks.height() > wide


@pytest.fixture
def console(
    qtbot: QtBot,  # noqa: ARG001 - it brings the application
    tmp_path: Path,
) -> Iterator[Console]:
    client = live_session()
    tile = tile_of(DEPTH1, occupancy("depth1", hole=True), JUDGED)
    cells = [i * 72 + j for i in range(41, 49) for j in range(10, 24)]
    assert tile.picture is not None
    expected = Expected(offending=np.array(cells))
    picture = msgspec.structs.replace(tile.picture, expected=expected)
    client.put_tile(msgspec.structs.replace(tile, picture=picture))
    made = Console(client, tmp_path / "c.ini", writer=FakeWriter())
    made.session.begin("Ada")
    made.wait(1)
    made.window.parts.view.select_plot(DEPTH1)
    made.wait(0)
    yield made
    made.close()


def test_checks_are_read_opened_and_copied_by_keys(console: Console) -> None:
    console.press("V", SHIFT)
    focused = QApplication.focusWidget()
    assert focused.accessibleName() == "Checks of the plot"
    console.press(Qt.Key.Key_Down)
    console.press(Qt.Key.Key_Return)
    assert "the run so far" in spoken(focused)[1]
    console.press(Qt.Key.Key_Up)
    console.press("G", SHIFT)
    assert spoken(focused)[0].endswith("{warn_above: 0.01, bad_above: 0.03}")
    console.press("C", CTRL)
    copied = QGuiApplication.clipboard().text().splitlines()
    assert copied[0] == "dead channels: 0.0975, bad above 0.03"
    assert copied[-1] == "dead_channels: {warn_above: 0.01, bad_above: 0.03}"


def draft_of(console: Console) -> str:
    (field,) = (
        each
        for each in console.window.findChildren(QPlainTextEdit)
        if each.accessibleName() == "Draft of the known issue"
    )
    assert field.isVisible()
    return field.toPlainText()


def test_a_known_issue_is_drafted_and_copied(console: Console) -> None:
    console.press("D", SHIFT)
    text = draft_of(console)
    (issue,), _, problems = read_known(text.encode(), "known.yaml")
    assert problems == ()
    assert issue.regions == (Region(x=(0.0, 8.0), y=(10.5, 24.5)),)
    assert issue.problem == HOLE.sentence
    assert not console.window.parts.draft.isModal()
    console.press(Qt.Key.Key_Return, CTRL)
    assert QGuiApplication.clipboard().text() == text
    assert not console.window.parts.draft.isVisible()


def test_a_draft_becomes_an_entry(console: Console) -> None:
    console.press("D", SHIFT)
    text = draft_of(console)
    console.press("E", CTRL)
    assert console.window.parts.entry.isVisible()
    assert text.strip() in console.window.parts.entry.text.toPlainText()
    console.press(ESC)


def test_a_plot_that_is_not_off_gives_no_draft(console: Console) -> None:
    client = console.window.context.client
    good = tile_of(DEPTH1, occupancy("depth1"), Verdict(Status.GOOD, "fine"))
    client.put_tile(msgspec.structs.replace(good, version=99))
    console.wait(0)
    console.press("D", SHIFT)
    assert not console.window.parts.draft.isVisible()
    said = [each.text() for each in console.window.findChildren(QLabel)]
    assert any("drafted from BAD or WARNING" in each for each in said)
