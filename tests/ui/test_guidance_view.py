"""The instruction beside the selected plot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QScrollArea, QWidget
from support.consoles import Console
from support.fake_book import FakeWriter
from support.fake_session import (
    CHARGE,
    DEPTH1,
    GOOD,
    HOLE,
    NOW,
    RUN,
    TIME,
    curve,
    run_info,
    tile_of,
)
from support.instructed import (
    DEPTH2,
    OCCUPANCY,
    SHOWS,
    TEXT,
    WHO,
    contacts,
    instructed_session,
    instructed_site,
    instruction,
    put_examples,
    read_before,
    short_note,
    timing,
)
from support.waiting import PATIENCE_MS

from dqmconsole.model.instruction import AppliesTo, Example, Step, UrgencyRule
from dqmconsole.model.record import Call, Read, Tick
from dqmconsole.ui.guidance.contacts import step_words, urgency_words
from dqmconsole.ui.guidance.sections import NoteList, Section
from dqmconsole.ui.guidance.steps import StepBox, UrgencyMark
from dqmconsole.ui.markdown import Link, link_of
from dqmconsole.ui.text import SafeText, bring_into_view
from dqmconsole.ui.theme import DARK, LIGHT, Colours

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot
    from support.fake_session import FakeSession

    Open = Callable[..., Console]


@pytest.fixture
def opened(qtbot: QtBot, tmp_path: Path) -> Iterator[Open]:  # noqa: ARG001 - Qt
    """Opens consoles on the invented site, and closes them."""
    found: list[Console] = []

    def start(
        client: FakeSession | None = None,
        writer: FakeWriter | None = None,
        key: str = DEPTH1,
        who: str = WHO,
    ) -> Console:
        console = Console(
            client or instructed_session(),
            tmp_path / "c.ini",
            writer=writer or FakeWriter(),
        )
        found.append(console)
        if who:
            console.session.begin(who)
        console.window.parts.view.select_plot(key)
        console.wait(1)
        return console

    yield start
    for console in found:
        console.close()


def boxes(console: Console) -> list[StepBox]:
    """The boxes seen, from the top."""
    found = [box for box in console.window.findChildren(StepBox) if box.isVisible()]
    return sorted(found, key=lambda box: box.mapTo(console.window, box.pos()).y())


def order(console: Console) -> list[str]:
    """Headings of the sections, from the top."""
    found = [each for each in console.window.findChildren(Section) if each.isVisible()]
    found.sort(key=lambda each: each.y())
    return [
        each.layout().itemAt(0).widget().accessibleName().removeprefix("Heading ")
        for each in found
    ]


# -- what stands there -------------------------------------


def test_a_bad_plot_has_what_to_do_first(opened: Open) -> None:
    """Verdict, note, instruction with its version, then the steps."""
    console = opened()
    tops = [
        console.find(QWidget, name).mapTo(console.window, QWidget().pos()).y()
        for name in (
            "Selected plot",
            "Note: HBP14 is being repaired",
            "Title of the instruction",
            "Heading If it is bad",
            "Heading What it shows",
            "What is known of the plot",
        )
    ]
    assert tops == sorted(tops)
    assert order(console)[:2] == ["If it is bad", "Whom to call"]
    assert console.says("Title of the instruction") == (
        "Instruction: Digi occupancy by depth"
    )
    assert console.says("Version of the instruction") == (
        "version 3 · hcal-dqm · 2026-11-12"
    )
    assert "until 2026-11-30" in console.says("Who wrote the note")
    text = console.find(SafeText, "What it shows").toPlainText()
    assert text == SHOWS.replace("**", "")


def test_between_two_sources_a_plot_that_is_selected_asks_nothing(
    opened: Open,
) -> None:
    console = opened()
    before = order(console)
    console.client.close_source()
    console.window.parts.view.grid.select(CHARGE)
    assert console.window.context.selection is not None
    assert console.window.context.selection.key == CHARGE
    assert order(console) == before


def test_a_good_plot_has_the_order_of_the_file(opened: Open) -> None:
    """And turns to what to do when it becomes bad, without losing the place."""
    console = opened(key=DEPTH2)
    assert order(console) == [
        "What it shows",
        "How to judge",
        "Good and bad examples",
        "If it is bad",
        "Whom to call",
    ]
    area = console.find(SafeText, "How to judge")
    while not isinstance(area, QScrollArea):
        area = area.parentWidget()
    area.verticalScrollBar().setValue(30)
    console.client.put_verdict(DEPTH2, HOLE)
    console.wait(1)
    assert order(console)[0] == "If it is bad"
    assert area.verticalScrollBar().value() == 30
    console.window.parts.view.select_plot(DEPTH1)
    console.wait(1)
    assert area.verticalScrollBar().value() == 0


def test_new_data_do_not_rebuild_what_is_read(opened: Open) -> None:
    console = opened()
    before = boxes(console)
    text = console.find(SafeText, "How to judge").document()
    console.client.put_tile(tile_of(DEPTH1, curve("depth1"), GOOD))
    console.wait(1)
    console.wait(1)
    assert boxes(console) == before
    assert console.find(SafeText, "How to judge").document() is text


def test_a_plot_without_an_instruction_says_so_and_whom_to_call(opened: Open) -> None:
    client = instructed_session(instructed_site(instructions=()))
    console = opened(client)
    assert console.says("Title of the instruction") == "No instruction"
    assert OCCUPANCY in console.says("Version of the instruction")
    assert console.says("Whom to call first").startswith("Hcal DQM on call, 16 1001")
    assert not boxes(console)
    assert not console.sees(QWidget, "Heading What it shows")
    console.window.parts.view.open_plot("Ecal/nowhere")
    console.wait(0)
    assert console.says("Version of the instruction") == (
        "This element stands on no page."
    )
    assert console.says("Whom to call first") == (
        "The site names nobody for this plot."
    )


def test_an_instruction_that_does_not_hold_is_dimmed_and_says_so(opened: Open) -> None:
    narrow = AppliesTo("Hcal", beam_modes=("no beam",))
    client = instructed_session(
        instructed_site(instructions=(instruction(applies_to=narrow), timing()))
    )
    console = opened(client)
    words = console.says("Whether the instruction holds")
    assert words == ("This instruction is not meant for stable beams.")
    text = console.find(SafeText, "How to judge")
    ink = text.document().begin().begin().fragment().charFormat().foreground()
    assert ink.color().name().upper() == LIGHT.muted
    assert text.toPlainText().startswith("Every cell")


def test_a_note_goes_before_its_instruction_and_goes_by_itself(opened: Open) -> None:
    over = short_note(supersedes=(OCCUPANCY,))
    console = opened(instructed_session(instructed_site(notes=(over,))))
    assert console.says("Whether the instruction holds") == (
        f"The note “{over.title}” goes before this instruction."
    )
    notes = console.window.findChild(NoteList)
    assert notes.isVisible()
    console.wait(20 * 86400)
    console.wait(1)
    assert not notes.isVisible()
    assert not console.sees(QWidget, "Whether the instruction holds")


def test_a_review_that_is_overdue_is_said(opened: Open) -> None:
    late = instruction(review_due="2026-11-01")
    console = opened(instructed_session(instructed_site(instructions=(late,))))
    assert "its review was due on 2026-11-01" in (
        console.says("Version of the instruction")
    )


# -- how soon, and whom ------------------------------------


def test_how_soon_in_words_and_by_shape(opened: Open) -> None:
    console = opened()
    assert console.says("How soon, step 3") == "CALL NOW in stable beams"
    assert console.says("Whom, step 3") == "Hcal DQM on call, 16 1001 [example]"
    assert console.says("How soon, step 4") == "write only"
    assert not console.sees(QWidget, "Whom, step 4")
    assert not console.sees(QWidget, "How soon, step 1")
    marks = [
        mark.accessibleName()
        for mark in console.window.findChildren(UrgencyMark)
        if mark.isVisible()
    ]
    assert sorted(marks) == ["call now", "write only"]
    conditions = msgspec.structs.replace(run_info().conditions, beam_mode="ramp")
    console.client.put_run(msgspec.structs.replace(run_info(), conditions=conditions))
    console.wait(1)
    assert console.says("How soon, step 3") == (
        "call in working hours (now: yes) in ramp"
    )


def test_the_causes_of_a_step_stand_below_it(opened: Open) -> None:
    first, second, *rest = instruction().steps
    named = msgspec.structs.replace(second, causes=("fed-lost", "board-dead"))
    told = instruction(steps=(first, named, *rest))
    console = opened(instructed_session(instructed_site(instructions=(told,))))
    assert console.says("Causes, step 2") == "for fed-lost, board-dead"
    assert not console.sees(QWidget, "Causes, step 1")
    assert "for fed-lost, board-dead" in boxes(console)[1].accessibleDescription()


def test_every_urgency_has_another_picture(qtbot: QtBot) -> None:
    mark = UrgencyMark(Colours(LIGHT))
    qtbot.addWidget(mark)
    pictures = []
    for urgency in ("call now", "call in working hours", "write only"):
        mark.show_urgency(urgency)  # type: ignore[arg-type]
        pictures.append(mark.grab().toImage())
    assert pictures[0] != pictures[1] != pictures[2] != pictures[0]


def test_urgencies_in_words() -> None:
    night = NOW + 12 * 3600
    assert urgency_words("call in working hours", contacts(), night) == (
        "call in working hours (now: no)"
    )
    step = Step(
        "x",
        "nobody",
        (UrgencyRule("write only", ("ramp",)), UrgencyRule("call now")),
    )
    assert step_words(step, None, contacts(), NOW) == (
        "call now",
        "CALL NOW (beam mode not known yet)",
        "nobody: no such role in the contacts",
    )
    assert step_words(Step("x"), "ramp", contacts(), NOW) == (None, "", "")


def test_the_escalation_is_listed(opened: Open) -> None:
    console = opened()
    assert console.says("Whom to call first").startswith(
        "1. Hcal DQM on call, 16 1001 [example]"
    )
    assert console.says("Whom to call next").split("\n") == [
        "2. Technical shift, 16 1002 [example] – high voltage",
        "3. Shift leader, 16 1003",
        "4. Run coordinator, 16 1004",
    ]


# -- ticking -----------------------------------------------


def test_a_tick_reads_saving_until_it_is_saved(opened: Open) -> None:
    writer = FakeWriter()
    console = opened(writer=writer)
    writer.saving = False
    console.press(Qt.Key.Key_T)
    assert boxes(console)[0].isChecked()
    assert console.says("Who ticked step 1") == "saving"
    writer.save()
    console.wait(1)
    assert console.says("Who ticked step 1").startswith(f"✓ {WHO}, ")
    record = writer.kept[-1]
    assert record.body == Tick(OCCUPANCY, 3, 0, DEPTH1)
    assert record.versions.instruction == f"{OCCUPANCY}@3"
    assert record.run == run_info().run


def test_a_tick_that_is_refused_vanishes(opened: Open) -> None:
    writer = FakeWriter()
    console = opened(writer=writer)
    writer.saving = False
    console.press(Qt.Key.Key_T)
    writer.refuse("the book is read-only")
    console.wait(1)
    assert not boxes(console)[0].isChecked()
    assert not console.sees(QWidget, "Who ticked step 1")
    assert "the book is read-only" in console.says("Answer")


def test_space_ticks_and_takes_back_and_arrows_move(opened: Open) -> None:
    writer = FakeWriter()
    console = opened(writer=writer)
    console.press(Qt.Key.Key_I)
    assert console.focus() == "Instruction"
    while not console.focus().startswith("Step 1"):
        console.press(Qt.Key.Key_Tab)
    console.press(Qt.Key.Key_Down)
    console.press(Qt.Key.Key_Space)
    console.wait(1)
    assert [box.isChecked() for box in boxes(console)] == [False, True, False, False]
    console.press(Qt.Key.Key_Space)
    console.wait(1)
    assert not any(box.isChecked() for box in boxes(console))
    assert [record.body.done for record in writer.kept[-2:]] == [True, False]
    console.press(Qt.Key.Key_Up)
    console.press(Qt.Key.Key_Up)
    assert console.focus().startswith("Step 1")


def test_nobody_on_shift_ticks_nothing(opened: Open) -> None:
    writer = FakeWriter()
    console = opened(writer=writer, who="")
    console.press(Qt.Key.Key_T)
    assert "nobody has the shift" in console.says("Answer")
    assert "F2" in console.says("Answer")
    assert not boxes(console)[0].isChecked()
    assert writer.kept == []


def test_ticks_belong_to_their_plot_and_there_is_an_end(opened: Open) -> None:
    console = opened()
    for _ in range(4):
        console.press(Qt.Key.Key_T)
    assert all(box.isChecked() for box in boxes(console))
    console.press(Qt.Key.Key_T)
    assert "All steps" in console.says("Answer")
    console.window.parts.view.select_plot(DEPTH2)
    console.wait(1)
    assert not any(box.isChecked() for box in boxes(console))


def test_t_shows_a_panel_that_was_hidden(opened: Open) -> None:
    console = opened()
    console.press(Qt.Key.Key_F10)
    console.press(Qt.Key.Key_T)
    assert console.window.parts.docks["panel"].isVisible()


# -- what changed ------------------------------------------


def changed_console(opened: Open) -> tuple[Console, FakeWriter]:
    """A console whose shifter has read version 2."""
    record, kept = read_before(TEXT.replace("above 0.2 %", "above 0.5 %"), 2)
    writer = FakeWriter([record])
    writer.files[kept.hash] = kept
    console = opened(writer=writer)
    console.wait(1)
    return console, writer


def test_what_changed_is_shown_word_by_word(opened: Open) -> None:
    """Added underlined, removed struck through, not by colour alone."""
    console, writer = changed_console(opened)
    assert console.says("Change of the instruction") == (
        "changed since you read version 2: D shows the difference"
    )
    console.press(Qt.Key.Key_D)
    text = console.find(SafeText, "Difference, word by word")
    struck, lined = [], []
    block = text.document().begin()
    while block.isValid():
        within = block.begin()
        while not within.atEnd():
            piece = within.fragment()
            if piece.charFormat().fontStrikeOut():
                struck.append(piece.text().strip())
            if piece.charFormat().fontUnderline():
                lined.append(piece.text().strip())
            within += 1
        block = block.next()
    assert (struck, lined) == (["0.5"], ["0.2"])
    assert "removed: 0.5" in text.accessibleDescription()
    console.press(Qt.Key.Key_D)
    assert not console.sees(QWidget, "Difference, word by word")
    console.find(QWidget, "I have read the instruction").click()
    console.wait(1)
    assert not console.sees(QWidget, "Change of the instruction")
    body = writer.kept[-1].body
    assert isinstance(body, Read)
    assert (body.kind, body.id, body.version) == ("instruction", OCCUPANCY, 3)
    assert writer.files[body.hash].data.decode() == TEXT


def test_the_difference_comes_when_the_book_gives_what_was_read(opened: Open) -> None:
    console, writer = changed_console(opened)
    console.find(QWidget, "I have read the instruction").click()
    site = instructed_site(
        instructions=(
            instruction(version=4, text=TEXT.replace("0.2", "0.3"), hash="i4"),
        ),
        hash="a2",
    )
    console.client.put_site(site)
    console.wait(1)
    assert console.says("Change of the instruction") == (
        "changed since you read version 3: D shows the difference"
    )
    console.press(Qt.Key.Key_D)
    console.wait(1)
    text = console.find(SafeText, "Difference, word by word").toPlainText()
    assert "0.2" in text
    assert "0.3" in text
    assert writer.files


def test_d_says_so_where_nothing_changed(opened: Open) -> None:
    console = opened()
    console.press(Qt.Key.Key_D)
    assert not console.sees(QWidget, "Difference, word by word")
    assert console.says("Answer") == ("Nothing changed in it since you read version 3")
    console.session.end()
    console.wait(1)
    console.press(Qt.Key.Key_D)
    assert "nobody has the shift" in console.says("Answer")


def test_d_says_so_of_a_new_instruction(opened: Open) -> None:
    console = opened()
    other = instruction(id="hcal/new", version=1, text="else")
    site = instructed_site(instructions=(other, timing()), hash="a2")
    layouts = tuple(
        msgspec.structs.replace(
            layout,
            pages=tuple(
                msgspec.structs.replace(page, instruction="hcal/new")
                for page in layout.pages
            ),
        )
        for layout in site.layouts
    )
    console.client.put_site(msgspec.structs.replace(site, layouts=layouts))
    console.wait(1)
    console.window.parts.view.select_plot(DEPTH1)
    console.wait(1)
    console.press(Qt.Key.Key_D)
    assert console.says("Answer").startswith("No difference: the instruction is new")


@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080)])
def test_the_panel_ends_where_its_words_end(
    opened: Open, size: tuple[int, int], qtbot: QtBot
) -> None:
    """No blank below: narrow words must not reserve room that they do not need."""
    console = opened()
    console.window.resize(*size)
    words = "a caption that goes on for so long that a narrow one is high " * 3
    many = tuple(Example("bad", words, "hv-trip:Hcal") for _ in range(6))
    site = instructed_site(
        instructions=(instruction(examples=many), timing()), notes=(short_note(),)
    )
    console.client.put_site(site)
    console.wait(1)
    console.window.parts.view.select_plot(DEPTH2)
    for drawn in (False, True):
        if drawn:
            strip = console.find(QWidget, "Examples")
            bring_into_view(strip)
            qtbot.waitUntil(
                lambda: bool(console.client.examples_wanted), timeout=PATIENCE_MS
            )
            put_examples(console.client)
        console.wait(1)
        last = console.find(QWidget, "Client")
        area = last.parentWidget().parentWidget().parentWidget()
        assert isinstance(area, QScrollArea)
        end = last.geometry().bottom() + 1
        bar = area.verticalScrollBar()
        assert bar.maximum() == max(end - area.viewport().height(), 0)


# -- links -------------------------------------------------


def follow(console: Console, link: Link) -> None:
    console.window.parts.guidance.follow(link)
    console.wait(0)


def test_links_lead_to_pages_and_plots(opened: Open) -> None:
    console = opened()
    follow(console, Link("page", "hcal/run SUMMARY"))
    assert console.says("Page") == "Hcal › Run summary"
    assert console.focus() == "Summary 1"
    follow(console, Link("plot", "Hcal/DigiTask/Timing/HE"))
    assert console.says("Title of the selected plot") == "Pulse time, HE"
    assert console.window.parts.view.selected.key == TIME
    follow(console, Link("page", "Hcal/Nowhere"))
    assert console.says("Answer") == "There is no page Hcal/Nowhere"
    follow(console, Link("instruction", "hcal/nowhere"))
    assert console.says("Answer") == "There is no instruction hcal/nowhere"


def test_links_of_an_instruction_lead_to_the_manual_and_back_in_time(
    opened: Open,
) -> None:
    console = opened()
    shows = console.find(SafeText, "What it shows")
    links = [link_of(f"dqm:{RUN}/Hcal/Timing"), link_of("manual:control-room#the-book")]
    console.window.context.only = frozenset({"instruction"})  # as in an exam
    for link in links:
        shows.followed.emit(link)
    console.wait(0)
    assert console.window.parts.view.selected.key == DEPTH1
    assert not console.sees(QWidget, "Manual")
    console.window.context.only = None
    for link in links:
        shows.followed.emit(link)
    console.wait(0)
    assert console.says("Page") == "Hcal › Timing"
    assert console.says("Title of the text") == "The book"


def test_only_web_links_leave_the_console(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    urls: list[str] = []
    monkeypatch.setattr(
        QDesktopServices, "openUrl", lambda url: urls.append(QUrl(url).toString())
    )
    console = opened()
    follow(console, Link("web", "https://elog.example.org/DQM"))
    follow(console, Link("instruction", "hcal/timing"))
    follow(console, Link("page", "Hcal/Timing"))
    assert urls == ["https://elog.example.org/DQM"]


# -- the rest ----------------------------------------------


def test_both_themes_and_no_window_of_its_own(opened: Open) -> None:
    from PySide6.QtWidgets import QApplication

    console = opened()
    console.window.context.colours.change(DARK)
    console.wait(1)
    text = console.find(SafeText, "How to judge")
    ink = text.document().begin().begin().fragment().charFormat().foreground()
    assert ink.color().name().upper() == DARK.ink
    tops = [each for each in QApplication.topLevelWidgets() if each.isVisible()]
    assert tops == [console.window]


def test_the_last_call_is_said_beside_whom_to_call(opened: Open) -> None:
    writer = FakeWriter()
    console = opened(writer=writer, key=CHARGE)
    console.press(Qt.Key.Key_C)
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Right, Qt.Key.Key_Return):
        console.press(key)
    console.wait(1)
    assert any(isinstance(each.body, Call) for each in writer.kept)
    console.window.parts.view.select_plot(DEPTH1)
    console.wait(1)
    words = console.says("Last call")
    assert f"Hcal DQM on call, called by {WHO}, about Hcal/DigiTask/Charge/HB" in words
