"""Runs and flags in the book's dock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QImage, QKeyEvent, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QLineEdit,
    QListWidget,
    QWidget,
)
from support.book_scene import (
    CTRL,
    SHIFT,
    bodies,
    console_on_shift,
    old_run,
    run_of_the_book,
)
from support.consoles import Console
from support.fake_book import FakeWriter
from support.fake_session import NOW, RUN, live_session

from dqmconsole.model.record import (
    FLAG_STATUSES,
    Flag,
    PassedOn,
    Record,
    RunSeen,
    SignOff,
)
from dqmconsole.model.run import RunInfo, RunState
from dqmconsole.shift import actions
from dqmconsole.shift.words import clock
from dqmconsole.ui.flag_marks import paint_flag
from dqmconsole.ui.row_table import RowTable
from dqmconsole.ui.theme import DARK, LIGHT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from dqmconsole.ui.theme import Theme

RETURN = Qt.Key.Key_Return
ESC = Qt.Key.Key_Escape
OLD = RUN - 1


@pytest.fixture
def console(qtbot: QtBot, tmp_path: Path) -> Iterator[Console]:  # noqa: ARG001 - Qt
    records = old_run(
        OLD,
        0,
        hcal=Flag("GOOD"),
        ecal=Flag("BAD", 121, 188, "HV", earliest=118),
        dt=Flag("GOOD", proposed=True, disputed="high voltage off: DT0"),
    )
    console = console_on_shift(tmp_path, records)
    yield console
    console.close()


def rows(console: Console, name: str = "Flags") -> list[str]:
    return console.find(RowTable, name).words()


def said(console: Console) -> list[str]:
    heard: list[str] = []
    console.window.context.said.connect(heard.append)
    console.window.context.answered.connect(lambda words, _basis: heard.append(words))
    return heard


def to_component(console: Console, name: str) -> None:
    table = console.find(RowTable, "Flags")
    first = next(each for each in table.names() if each.startswith(f"{name}/"))
    assert table.choose(first)


def show_old_run(console: Console) -> None:
    console.press("f")
    runs = console.find(RowTable, "Runs")
    runs.setFocus()
    console.press(Qt.Key.Key_Down)


def test_runs_say_where_they_stand(console: Console) -> None:
    console.press("f")
    shown = rows(console, "Runs")
    assert shown[0].startswith(f"{RUN} · running, 4 proposed, 1 disputed · collisions")
    assert shown[1].startswith(
        f"{OLD} · 2 not set, 1 proposed, 1 disputed · collisions · 640 · "
    )


def test_a_run_of_the_shift_before_with_ranges_and_disputes(console: Console) -> None:
    show_old_run(console)
    heading = console.says("Run shown")
    assert heading == (
        f"Run {OLD} · collisions · Collisions26 · 640 lumisections · significant"
    )
    assert [row.split(" · Ben")[0].split(" · console")[0] for row in rows(console)] == [
        "hcal · GOOD · 1–640",
        "ecal · NOTSET · 1–117",
        "BAD · 118–188 (began in 118–121) · HV",
        "NOTSET · 189–640",
        "dt · GOOD, proposed · 1–640 · disputed: high voltage off: DT0",
        "l1t · NOTSET · 1–640",
    ]


def test_a_run_lasts_so_many_of_what_the_site_counts(console: Console) -> None:
    site = console.client.site
    assert site is not None
    settings = msgspec.structs.replace(site.settings, lumisection="spill")
    console.client.put_site(msgspec.structs.replace(site, settings=settings))
    console.wait(1.5)
    show_old_run(console)
    assert " · 640 spills · " in console.says("Run shown")
    console.press(RETURN)
    to_component(console, "ecal")
    console.press("b")
    assert console.find(QLineEdit, "First spill").text() == "1"
    assert console.find(QLineEdit, "Last spill, empty for the run's end").isVisible()


def first_cells(console: Console) -> str:
    """The component of the row selected, also where its cell is empty."""
    table = console.find(RowTable, "Flags")
    return str(table.current().partition("/")[0])


def test_without_a_shift_it_says_from_when_runs_are_noted(
    qtbot: QtBot,  # noqa: ARG001 - it brings the application
    tmp_path: Path,
) -> None:
    console = Console(live_session(), tmp_path / "c.ini", writer=FakeWriter())
    console.wait(1)
    console.press("F")
    console.wait(1)
    noted = "Runs are noted from the beginning of a shift (F2)."
    assert console.says("Run shown") == noted
    console.session.begin("Ada")
    console.wait(1)
    console.wait(1)
    assert console.says("Run shown") != noted
    console.close()


def test_f_turns_to_the_component_in_view(console: Console) -> None:
    console.window.open_page_named("DT/Rates")
    console.wait(0)
    console.press("f")
    assert first_cells(console) == "dt"
    console.press(Qt.Key.Key_Home)
    console.press("f")  # whoever is in here already has chosen
    assert first_cells(console) == "hcal"
    console.press(ESC)
    console.press("b", CTRL)
    console.window.open_page_named("Ecal/Rates")
    console.wait(0)
    console.press("b", CTRL)
    assert first_cells(console) == "ecal"
    console.press("b")
    assert console.says("Component to flag") == f"ecal, run {RUN}: BAD"
    console.press(ESC)
    console.press(ESC)
    console.window.open_page_named("Info/Rates")  # nobody flags it
    console.wait(0)
    console.press("f")
    assert first_cells(console) == "ecal"


def test_esc_leaves_a_history_then_the_table(console: Console) -> None:
    console.press("f")
    to_component(console, "dt")
    console.press(RETURN)
    assert len(rows(console)) == 5
    console.press(Qt.Key.Key_Down)
    console.press(ESC)
    assert len(rows(console)) == 4
    assert console.focus() == "Flags"
    assert first_cells(console) == "dt"
    console.press(ESC)
    assert console.focus() != "Flags"
    assert console.sees(QWidget, "Book")


def test_rows_that_come_in_leave_the_component_selected(console: Console) -> None:
    assert console.writer is not None
    console.press("f")
    to_component(console, "dt")
    pieces = (Flag("GOOD", 1, 9), Flag("BAD", 4, 6, "HV"), Flag("STANDBY", 5, 5))
    for number, flag in enumerate(pieces):
        for name in ("hcal", "dt"):
            console.writer.come(
                Record(f"{name}{number}", NOW, flag, who="Ben", run=RUN, subsystem=name)
            )
        console.wait(2)
        assert first_cells(console) == "dt"
    table = console.find(RowTable, "Flags")
    assert table.choose("dt/5")
    whole = Flag("GOOD", 1, 417)
    for name in ("hcal", "dt"):
        console.writer.come(
            Record(f"{name}w", NOW, whole, who="Ben", run=RUN, subsystem=name)
        )
    console.wait(2)
    assert table.current() == "dt/1"


def test_the_line_keeps_its_run_and_component(console: Console) -> None:
    console.press("f")
    to_component(console, "dt")
    console.press("b")
    assert console.says("Component to flag") == f"dt, run {RUN}: BAD"
    console.find(QComboBox, "Flag").setCurrentText("STANDBY")
    assert console.says("Component to flag") == f"dt, run {RUN}: STANDBY"
    assert console.find(RowTable, "Runs").choose(str(OLD))
    console.type("HV")
    console.press(RETURN)
    written = bodies(console, Flag)[-1]
    assert (written.run, written.subsystem) == (RUN, "dt")


def test_the_later_start_is_offered(console: Console) -> None:
    console.press("f")
    to_component(console, "hcal")
    console.press("b")
    assert console.says("Where it may have begun") == (
        "began somewhere in 1–402 · Alt+E from LS 402"
    )
    first = console.find(QLineEdit, "First lumisection")
    assert first.text() == "1"
    console.press("e", Qt.KeyboardModifier.AltModifier)
    assert first.text() == "402"
    first.setFocus()
    console.press("e", Qt.KeyboardModifier.AltModifier)
    assert first.text() == "1"
    console.press("e", Qt.KeyboardModifier.AltModifier)
    console.press(RETURN)
    written = bodies(console, Flag)[-1].body
    assert isinstance(written, Flag)
    assert (written.first, written.earliest, written.cause) == (402, None, "readout")
    assert rows(console)[1].startswith("BAD · 402– · readout")
    said = "hcal: LS 1–401 is still proposed BAD, for nobody saw when it began"
    assert said in console.says("Answer")


def test_the_line_opens_with_what_is_proposed_bad(console: Console) -> None:
    assert console.writer is not None
    for flag in (Flag("GOOD", 1, 69, proposed=True), Flag("BAD", 70, proposed=True)):
        console.writer.come(
            Record(f"dt{flag.first}", NOW, flag, run=RUN, subsystem="dt")
        )
    console.wait(2)
    console.window.open_page_named("DT/Rates")
    console.press("f")
    console.press("b")
    assert console.says("Component to flag") == f"dt, run {RUN}: BAD"
    assert console.find(QLineEdit, "First lumisection").text() == "70"


def test_a_start_left_open_stays_open(console: Console) -> None:
    console.press("f")
    to_component(console, "hcal")
    console.press("b")
    console.press(RETURN)
    written = bodies(console, Flag)[-1].body
    assert isinstance(written, Flag)
    assert (written.first, written.earliest) == (402, 1)
    began = "from LS 1 (began in 1–402)"
    assert rows(console)[0].startswith(f"hcal · BAD · {began} · readout · ")


def test_confirmed_again_and_again_is_one_row(console: Console) -> None:
    console.press("f")
    for lumisection in (420, 430, 440):
        console.client.put_run(run_of_the_book(lumisection=lumisection))
        console.wait(2)
        console.press(RETURN, CTRL)
        console.wait(2)
    shown = [row for row in rows(console) if row.startswith("dt")]
    assert len(shown) == 1
    assert shown[0].startswith("dt · GOOD · 1–440, 441– proposed")
    assert len(rows(console)) == 4


def test_bad_without_a_cause_is_said(console: Console) -> None:
    heard = said(console)
    console.press("f")
    comment = Flag("BAD", comment="a hole")
    assert actions.set_flag(console.session, RUN, "hcal", comment) == ""
    console.press(RETURN, CTRL)
    assert heard[-1].endswith("hcal BAD without a cause: give one (B)")


@pytest.mark.parametrize("width", [1366, 1920])
def test_no_number_and_no_flag_is_cut(console: Console, width: int) -> None:
    console.window.resize(width, 768)
    console.press("f")
    console.wait(2)
    for name, columns in (("Runs", (0, 2, 3, 4)), ("Flags", (0, 1, 2, 3, 5, 6))):
        table = console.find(RowTable, name)
        for column in columns:
            if table.isColumnHidden(column):
                continue
            for number in range(table.model().rowCount()):
                cell = table.model().index(number, column)
                font = cell.data(Qt.ItemDataRole.FontRole) or table.font()
                metrics = QFontMetrics(font.resolve(table.font()))
                wide = metrics.horizontalAdvance(cell.data()) + 6
                assert wide <= table.columnWidth(column), cell.data()
    assert console.find(RowTable, "Flags").columnWidth(4) > 240


def test_letters_act_only_where_the_table_has_the_keyboard(console: Console) -> None:
    console.press("g")
    console.press("x")
    assert not console.sees(QWidget, "Set a flag")
    console.press("f")
    console.press("b")  # not the window's: it would hide the book
    assert console.sees(QWidget, "Set a flag")
    assert console.sees(QWidget, "Book")
    console.press(Qt.Key.Key_Escape)
    assert not console.sees(QWidget, "Set a flag")
    assert console.focus() == "Flags"
    console.press("e")  # a letter the table has no use for stays the window's
    assert console.sees(QWidget, "Entry")


def test_good_of_a_run_that_goes_on_is_said_up_to_here(console: Console) -> None:
    console.press("f")
    to_component(console, "dt")
    console.press("g")
    console.press(RETURN)
    written = bodies(console, Flag)[-1].body
    assert isinstance(written, Flag)
    assert (written.status, written.last) == ("GOOD", 417)
    assert rows(console)[2].startswith("dt · GOOD · 1–417, 418– proposed")


def test_bad_wants_a_reason(console: Console) -> None:
    console.press("f")
    to_component(console, "dt")
    before = len(bodies(console, Flag))
    console.press("b")
    console.press(RETURN)
    assert console.says("Why the flag is not set") == (
        "say why it is BAD: a cause or a comment"
    )
    assert len(bodies(console, Flag)) == before
    console.type("HV")
    console.press(RETURN)
    assert bodies(console, Flag)[-1].body == Flag("BAD", cause="HV")


def test_the_plot_that_is_selected_stays_so_when_a_flag_is_set(
    console: Console,
) -> None:
    """Qt gives the keyboard to what comes next where a field that has it is hidden."""
    view = console.window.parts.view
    console.window.parts.docks["panel"].hide()  # then that is the first plot
    view.show_page_named("Hcal/Digi occupancy")
    view.grid.focus_selected()
    console.press(Qt.Key.Key_Right)
    console.press(Qt.Key.Key_Right)
    assert view.selected is not None
    selected = view.selected.key
    for leave in (RETURN, ESC):
        console.press("f")
        to_component(console, "dt")
        console.press("b")
        console.type("HV")
        console.press(leave)
        assert view.selected.key == selected
        assert console.focus() == "Flags"
        console.press(ESC)


def test_no_letter_typed_into_the_line_reaches_a_command(console: Console) -> None:
    console.press("f")
    console.press("b")
    console.type("pfbntelrc")
    assert console.sees(QWidget, "Set a flag")
    assert console.focus() == "Cause"
    console.press(Qt.Key.Key_Tab)
    console.type("bfe?/")
    assert console.focus() == "Comment"


def test_a_flag_is_saving_until_its_receipt(console: Console) -> None:
    assert console.writer is not None
    console.writer.saving = False
    console.press("f")
    to_component(console, "dt")
    console.press("g")
    console.press(RETURN)
    assert rows(console)[2].endswith("Anna Virtanen · saving")
    console.writer.save()
    console.wait(2)
    assert rows(console)[2].endswith("Anna Virtanen · 11:06")


def test_a_refused_flag_vanishes_and_the_reason_is_said(console: Console) -> None:
    assert console.writer is not None
    console.writer.saving = False
    heard = said(console)
    console.press("f")
    to_component(console, "dt")
    console.press("g")
    console.press(RETURN)
    console.writer.refuse("run is signed off")
    console.wait(2)
    assert rows(console)[2].startswith("dt · GOOD, proposed")
    assert "Not written: run is signed off" in heard


def test_the_history_of_a_component(console: Console) -> None:
    console.press("f")
    to_component(console, "dt")
    console.press("x")
    console.type("noise")
    console.press(RETURN)
    console.press(RETURN)
    history = rows(console)[2:5]
    assert history[0].startswith("dt · EXCLUDED · 1– · noise · Anna Virtanen")
    assert history[1].startswith("EXCLUDED · 1– · noise · Anna Virtanen")
    assert history[2].startswith("GOOD, proposed · 1– · 12 plots judged · console")
    console.press(RETURN)
    assert rows(console)[3].startswith("l1t")


def test_what_the_console_sees_against_a_person_is_written(console: Console) -> None:
    console.press("f")
    assert actions.set_flag(console.session, RUN, "hcal", Flag("GOOD")) == ""
    console.wait(2)
    console.wait(2)
    assert "the console sees BAD" in rows(console)[0]
    assert rows(console)[0].startswith("hcal · GOOD · 1–")


def test_another_consoles_flag_comes_in_and_the_place_is_kept(
    console: Console,
) -> None:
    assert console.writer is not None
    console.press("f")
    to_component(console, "dt")
    flag = Flag("BAD", cause="readout")
    console.writer.come(
        Record("far", NOW, flag, who="Carla", run=RUN, subsystem="ecal")
    )
    console.wait(2)
    assert rows(console)[1].startswith("ecal · BAD · 1– · readout")
    assert first_cells(console) == "dt"


def test_a_new_run_is_turned_to_unless_somebody_works_in_here(
    console: Console,
) -> None:
    console.press("f")
    console.client.put_run(run_of_the_book(RUN + 1, 3))
    console.wait(2)
    assert console.says("Run shown").startswith(f"Run {RUN} ")
    console.press(Qt.Key.Key_Escape)
    runs = console.find(RowTable, "Runs")
    assert runs.choose(runs.names()[0])
    console.client.put_run(run_of_the_book(RUN + 2, 3))
    console.wait(2)
    assert console.says("Run shown").startswith(f"Run {RUN + 2} ")


def test_a_run_that_waits_is_named_while_another_goes_on(console: Console) -> None:
    heard = said(console)
    console.press("f")
    console.press(RETURN, CTRL | Qt.KeyboardModifier.ShiftModifier)
    assert heard[-1] == (
        f"Run {RUN} is not over yet; "
        f"run {OLD} waits for its sign-off: choose it in the list"
    )


def test_the_sign_off_passes_to_the_next_shift(console: Console) -> None:
    heard = said(console)
    show_old_run(console)
    console.press(RETURN)
    assert console.focus() == "Flags"
    console.press("p", Qt.KeyboardModifier.ShiftModifier)
    assert heard[-1] == f"The sign-off of run {OLD} passes to the next shift."
    assert [each.run for each in bodies(console, PassedOn)] == [OLD]
    assert console.says("State of the run").startswith("passed on by Anna Virtanen, ")


def test_a_running_run_is_not_passed_on(console: Console) -> None:
    heard = said(console)
    console.press("f")
    console.press("p", Qt.KeyboardModifier.ShiftModifier)
    assert heard[-1] == f"Run {RUN} is not over yet"
    assert bodies(console, PassedOn) == []


def test_a_trainee_sets_no_flag(
    qtbot: QtBot,  # noqa: ARG001 - Qt
    tmp_path: Path,
) -> None:
    console = console_on_shift(tmp_path)
    writing = console.session.author.signature
    console.session.author.signature = msgspec.structs.replace(writing, role="trainee")
    heard = said(console)
    console.press("f")
    console.press("g")
    assert not console.sees(QWidget, "Set a flag")
    assert heard[-1].startswith("A trainee cannot set or confirm flags; ")
    console.close()


def test_a_fault_is_confirmed_by_hand_alone_and_keeps_its_interval(
    console: Console,
) -> None:
    console.press("f")
    console.press(RETURN, CTRL)
    by_hand = [each for each in bodies(console, Flag) if each.who == "Anna Virtanen"]
    assert "hcal" not in {each.subsystem for each in by_hand}
    to_component(console, "hcal")
    console.press("b")
    console.press(RETURN)
    confirmed = bodies(console, Flag)[-1].body
    assert isinstance(confirmed, Flag)
    assert (confirmed.status, confirmed.first, confirmed.earliest) == ("BAD", 402, 1)
    assert rows(console)[0].startswith("hcal · BAD · from LS 1 (began in 1–402)")


def test_a_flag_beyond_the_end_of_the_run_is_refused(console: Console) -> None:
    flag = Flag("BAD", 641, cause="HV")
    why = actions.set_flag(console.session, OLD, "hcal", flag)
    assert why == f"run {OLD} ended with lumisection 640"


def test_a_site_without_components_signs_nothing_off(console: Console) -> None:
    site = console.client.site
    assert site is not None
    settings = msgspec.structs.replace(site.settings, components={})
    console.client.put_site(
        msgspec.structs.replace(site, settings=settings, layouts=(), hash="c")
    )
    console.wait(2)
    assert (
        actions.sign_off(console.session, OLD) == "the site has no components to flag"
    )
    assert bodies(console, SignOff) == []


def test_a_short_run_is_closed_without_clicks(console: Console) -> None:
    console.client.put_run(run_of_the_book(lumisection=3, state=RunState.ENDED))
    console.wait(2)
    console.press("f")
    assert console.says("State of the run") == "closed: not significant"
    assert "not significant: 3 lumisections, 20 are asked for" in console.says(
        "Run shown"
    )


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_every_flag_has_a_mark_of_its_own_without_colour(
    qtbot: QtBot,  # noqa: ARG001 - Qt
    theme: Theme,
) -> None:
    drawn = {}
    for status in FLAG_STATUSES:
        for proposed in (False, True):
            image = QImage(28, 28, QImage.Format.Format_RGB32)
            image.fill(Qt.GlobalColor.white if theme is LIGHT else Qt.GlobalColor.black)
            painter = QPainter(image)
            box = QRectF(0, 0, 28, 28)
            paint_flag(painter, box, status, theme, proposed=proposed)
            painter.end()
            grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
            drawn[status, proposed] = bytes(grey.constBits())
    assert len(set(drawn.values())) == len(drawn)


def test_return_in_the_list_of_causes_writes_nothing_yet(console: Console) -> None:
    console.press("f")
    to_component(console, "dt")
    before = len(bodies(console, Flag))
    console.press("b")
    console.press(Qt.Key.Key_Down)
    cause = console.find(QComboBox, "Cause")
    assert cause.currentText() == "HV"
    pressed = QKeyEvent(QEvent.Type.KeyPress, RETURN, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(cause.view(), pressed)
    assert len(bodies(console, Flag)) == before
    console.press(RETURN)
    assert bodies(console, Flag)[-1].body == Flag("BAD", cause="HV")


def test_nothing_to_confirm_is_said(console: Console) -> None:
    heard = said(console)
    for name in ("hcal", "ecal", "dt", "l1t"):
        assert actions.set_flag(console.session, RUN, name, Flag("GOOD")) == ""
    console.press("f")
    console.press(RETURN, CTRL)
    assert heard[-1] == f"Nothing of run {RUN} waits to be confirmed"


def test_a_fault_without_a_flag_is_signed_off_for_a_reason(console: Console) -> None:
    bad = Flag("BAD", 12, cause="HV", proposed=True)
    assert console.writer is not None
    console.writer.come(Record("bad", NOW, bad, run=RUN, subsystem="dt"))
    console.client.put_run(run_of_the_book(state=RunState.ENDED))
    console.wait(1.5)
    console.press("f")
    console.press(RETURN, CTRL | SHIFT)
    shown = console.find(QListWidget, "What is open")
    assert "dt: BAD from lumisection 12 without a flag" in [
        shown.item(at).text() for at in range(shown.count())
    ]
    console.press(RETURN, CTRL)
    assert console.says("Why it is not signed off").startswith("Say why")
    assert bodies(console, SignOff) == []
    console.type("known to the expert")
    console.press(RETURN, CTRL)
    (signed,) = bodies(console, SignOff)
    assert isinstance(signed.body, SignOff)
    assert signed.body.comment == "known to the expert"
    assert "dt: BAD from lumisection 12 without a flag" in signed.body.open


def dead_run(last: float) -> RunInfo:
    """The run of the book, whose clients gave nothing since `last` (unix time, s)."""
    info = run_of_the_book()
    clients = [
        msgspec.structs.replace(each, state="silent", produced=last, written=last)
        for each in info.clients
    ]
    return msgspec.structs.replace(info, clients=tuple(clients))


def test_a_run_without_data_neither_runs_nor_is_chosen(
    qtbot: QtBot,  # noqa: ARG001 - Qt
    tmp_path: Path,
) -> None:
    last = NOW - 3 * 3600
    console = console_on_shift(tmp_path, run=dead_run(last))
    console.press("f")
    (row,) = rows(console, "Runs")
    assert row.startswith(f"{RUN} · no data since {clock(last)}, ")
    assert console.says("Run shown") == "No run is chosen."
    heard = said(console)
    console.press(RETURN, CTRL | Qt.KeyboardModifier.ShiftModifier)
    assert heard[-1] == "Choose a run first"
    runs = console.find(RowTable, "Runs")
    runs.setFocus()
    console.press(Qt.Key.Key_Home)
    assert console.says("Run shown").startswith(f"Run {RUN}")
    console.close()


def test_the_run_before_is_chosen_rather_than_a_dead_one(console: Console) -> None:
    console.client.put_run(dead_run(NOW - 3 * 3600))
    console.wait(1.5)
    console.press("f")
    assert console.says("Run shown").startswith(f"Run {OLD}")


def test_a_run_that_comes_back_runs_again(console: Console) -> None:
    console.client.put_run(dead_run(NOW - 3 * 3600))
    console.wait(1.5)
    console.press("f")
    assert "no data since" in rows(console, "Runs")[0]
    there = run_of_the_book()
    unmoved = [msgspec.structs.replace(e, state="unmoved") for e in there.clients]
    console.client.put_run(msgspec.structs.replace(there, clients=tuple(unmoved)))
    console.wait(1.5)
    assert rows(console, "Runs")[0].startswith(f"{RUN} · not seen to go on")
    console.client.put_run(there)
    console.wait(1.5)
    assert rows(console, "Runs")[0].startswith(f"{RUN} · running")


def test_a_run_whose_end_nobody_saw_does_not_run_beside_a_later_one(
    console: Console,
) -> None:
    assert console.writer is not None
    seen = RunSeen("running", "collisions", started=NOW - 90000)
    console.writer.come(Record("left", NOW - 90000, seen, run=OLD - 1))
    console.wait(1.5)
    console.press("f")
    shown = rows(console, "Runs")
    assert shown[0].startswith(f"{RUN} · running")
    assert shown[2].startswith(f"{OLD - 1} · end not seen, 4 not set")


def test_a_run_longer_than_an_int_is_chosen_and_flagged(console: Console) -> None:
    run = 5_000_000_000
    assert console.writer is not None
    for each in old_run(run, 0, hcal=Flag("BAD", 1, 9, proposed=True)):
        console.writer.come(each)
    console.wait(1.5)
    console.press("f")
    assert console.find(RowTable, "Runs").choose(str(run))
    console.wait(1.5)
    to_component(console, "hcal")
    console.press("g")
    console.press(RETURN)
    written = bodies(console, Flag)[-1]
    assert (written.run, written.subsystem) == (run, "hcal")


def test_what_is_no_number_is_not_taken_as_a_lumisection(console: Console) -> None:
    console.press("f")
    to_component(console, "hcal")
    for typed, taken in (("+", ""), ("-", ""), ("1,000", "1000"), ("0", "")):
        console.press("b")
        last = console.find(QLineEdit, "Last lumisection, empty for the run's end")
        last.setFocus()
        last.clear()
        QTest.keyClicks(last, typed)
        assert last.text() == taken, typed
        console.press(RETURN)  # what is raised in it fails the test
