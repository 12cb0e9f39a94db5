"""The observed shift in the window, by keyboard: begun, lasting, signed, certified."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget
from support.exam_scene import WHO, ExamConsole
from support.fake_session import run_info
from support.taught import taught

from dqmconsole.model.contacts import Contact, Contacts
from dqmconsole.model.layout import plot_key
from dqmconsole.model.record import Call, Flag, HandOver
from dqmconsole.shift.checking import pages_applicable
from dqmconsole.shift.pages import PageName
from dqmconsole.training.lesson import (
    HandedOver,
    LessonRun,
    ObservedPlan,
    ObservedSettings,
    OpenProblem,
    PlannedAlarm,
    PlannedFault,
)
from dqmconsole.training.observed_records import (
    CertificateIssued,
    ObservedBegan,
    ObservedEnded,
    ShadowShift,
)
from dqmconsole.training.observed_shift import ObservedShift
from dqmconsole.ui.text import SafeText
from dqmconsole.ui.tick_box import TickBox
from dqmconsole.ui.training import certificate as certificate_module

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.usefixtures("qapp"), pytest.mark.slow]
SHIFT = Qt.KeyboardModifier.ShiftModifier
Body = TypeVar("Body", bound=msgspec.Struct)
MAP = "Hcal/DigiTask/Occupancy/depth1"
KEY = plot_key("Hcal", "Digi occupancy", MAP)
PLAN = ObservedPlan(
    "morning",
    LessonRun(seed=5, ahead=10, speed=1.0),
    (
        PlannedFault("hv-trip:Hcal@12", "checks", ("hcal-dqm",), "hcal", (MAP,)),
        PlannedFault("fed-lost:Hcal@14", "eye", ("dqm-oncall",), plots=(MAP,)),
    ),
    MAP,
    "hcal-dqm",
    PlannedAlarm("lumi-drop@13", (MAP,)),
    hand_over=HandedOver(
        "Ben Before",
        open=(
            OpenProblem(
                "Half of a disk is dead, and a part of the one beside it, since LS 3",
                "dqm-oncall",
                "a reset at the end of the fill, some five hours from now; do not call "
                "about it before",
            ),
        ),
    ),
)
FASTER = msgspec.structs.replace(PLAN.run, speed=2.0)
SETTINGS = ObservedSettings(
    (PLAN, msgspec.structs.replace(PLAN, id="evening", run=FASTER)),
    2,
    ("Go along", "Write"),
)
ROLES = {
    "hcal-dqm": Contact("hcal-dqm", "Hcal DQM on call", then="dqm-oncall"),
    "dqm-oncall": Contact("dqm-oncall", "DQM on call"),
}


@pytest.fixture
def console(tmp_path: Path) -> Iterator[ExamConsole]:
    made = observed_console(tmp_path)
    yield made
    made.close()


def observed_console(folder: Path, **given: object) -> ExamConsole:
    """A console whose site has observed shifts, and no exam."""
    made = ExamConsole(folder, **given)  # type: ignore[arg-type]
    found = msgspec.structs.replace(made.fake.taught, contacts=Contacts(roles=ROLES))
    made.fake.taught = taught(found, observed=SETTINGS, exam=None)
    made.fake.put_site(made.fake.taught)
    made.wait(1.0)
    return made


def begin(console: ExamConsole) -> ObservedShift:
    """Begin the shift from the course, by keyboard; the run is in view."""
    part = console.training.part
    assert part is not None
    part.show_course()
    console.find(QPushButton, "Observed shift, certificate").click()
    assert console.says("Page") == "Observed shift"
    assert console.focus() == "Begin"
    console.press(Qt.Key.Key_Return)
    console.fake.open("/runs/1", banner="TRAINING")
    console.serve(bad=True)
    console.fake.put_run(run_info(900001, lumisection=10))
    console.wait(0.1)
    assert console.window.parts.view.overview.isVisible()  # whatever was shown before
    console.window.parts.view.show_page(PageName("Hcal", "Timing"))
    console.window.parts.view.back()
    console.wait(0.1)
    activity = console.teacher.activity
    assert isinstance(activity, ObservedShift)
    return activity


def at(console: ExamConsole, lumisection: int) -> None:
    """Let the run come so far."""
    console.wait(23.31)
    console.fake.put_run(run_info(900001, lumisection=lumisection))
    console.wait(0.1)


def written(console: ExamConsole, body: msgspec.Struct, of: str = "") -> None:
    console.session.author.write(body, run=900001, subsystem=of)
    console.wait(0.1)


def played(console: ExamConsole) -> None:
    """Play a shift right, from its first to its last minute."""
    for lumisection in range(11, 17):
        at(console, lumisection)
    written(console, Call("hcal-dqm", about=KEY, answered=False))
    written(console, Call("dqm-oncall", about=KEY))
    written(console, Flag("BAD", 12, cause="HV"), of="hcal")
    written(console, HandOver("Morning", "hcal is **BAD** in [its map](page:Hcal/Map)"))


def sign(console: ExamConsole, mentor: str, account: str) -> None:
    console.find(QLineEdit, "Name of the mentor").setText(mentor)
    console.find(QLineEdit, "Account of the mentor").setText(account)
    console.find(QPushButton, "Sign").click()
    console.wait(0.1)


def bodies(console: ExamConsole, kind: type[Body]) -> list[Body]:
    records = console.teacher.ledger.records
    return [each.body for each in records if isinstance(each.body, kind)]


def test_the_pages_that_were_in_view_were_looked_at(console: ExamConsole) -> None:
    begin(console)
    view = console.window.parts.view
    view.show_page(PageName("Hcal", "Timing"))
    at(console, 11)
    activity = console.teacher.activity
    assert isinstance(activity, ObservedShift)
    activity.end()
    assert activity.ended is not None
    assert console.teacher.site is not None
    pages = set(pages_applicable(console.teacher.site))
    assert pages - set(activity.ended.unopened) == {"Hcal/Timing"}


def test_it_is_the_console_of_a_shift_with_the_time_and_nothing_else(
    console: ExamConsole,
) -> None:
    begin(console)
    assert console.says("Observed shift: time left") == "90 min left"
    assert "Observed shift" in console.says("What is trained")
    assert not console.fake.blinded
    assert console.window.parts.docks["navigator"].isVisible()
    # what it was before can be looked back on, as in a shift
    assert console.fake.feed.opens[-2].recordings == "/records/1"
    assert [each.causes for each in console.runs.started] == [
        ("hv-trip:Hcal@12", "lumi-drop@13", "fed-lost:Hcal@14")
    ]
    assert console.session.author.signature.who == WHO
    at(console, 11)
    outcome = console.window.context.phone_outcome
    assert outcome is not None
    assert outcome("hcal-dqm")[0] is False
    assert outcome("shift-leader")[0] is True
    written(console, Call("hcal-dqm"))
    assert "Nobody answers" in console.says("The phone")
    console.wait(100)
    assert not console.sees(QWidget, "The phone")
    assert not console.sees(QWidget, "Feedback")


def test_a_shift_ends_by_keyboard_and_waits_for_its_mentor(
    console: ExamConsole,
) -> None:
    begin(console)
    played(console)
    book = console.window.parts.docks["book"]
    book.show()
    console.press(Qt.Key.Key_Escape, SHIFT)
    assert console.says("Question") == "End the observed shift?"
    console.press(Qt.Key.Key_Return)  # stays
    assert console.sees(QWidget, "Observed shift")
    console.press(Qt.Key.Key_Escape, SHIFT)
    console.press(Qt.Key.Key_Tab)
    console.press(Qt.Key.Key_Return)
    assert console.says("Page") == f"Observed shift of {WHO}"
    assert not book.isVisible()
    assert console.window.context.phone_outcome is None  # phones are real again
    text = console.find(SafeText, "The hand-over as it was written")
    assert text.toPlainText() == "hcal is BAD in its map"
    assert text.links == []
    # all that is to be read back is whole, however long it is
    ticks = [each for each in console.window.findChildren(TickBox) if each.isVisible()]
    page = console.find(QWidget, "The mentor’s page")
    assert max(len(each.text()) for each in ticks) > 200
    assert max(each.width() for each in ticks) < page.width()
    assert max(each.height() for each in ticks) > 1.5 * min(e.height() for e in ticks)
    assert not console.sees(QWidget, "Observed shift: time left")
    # what was right is not told before it is signed
    assert not console.sees(QWidget, "What had to be right")
    # who had it may look at its run; whoever comes next has it still to come
    console.teacher.who = WHO
    assert console.fake.opened[-1] == "/runs/1"
    console.teacher.who = "Nina Next"
    assert console.fake.opened[-1] == "/nothing"


def what_it_says(console: ExamConsole) -> str:
    """What the certificate in the window says of its signature."""
    lines = [console.says(f"Tested in the observed shift: {n}") for n in range(1, 5)]
    where = "in Hcal › Occupancy, depth 1 (no page with it was opened)."
    assert lines[1] == f"A fault of which the checks tell: HV trip, {where}"
    assert "Lumi drop" in lines[3]
    assert console.says("Musts: 1, what was done").startswith("Hcal DQM on call was")
    signed = console.says(f"Certificate of {WHO}: 3")
    assert signed == (
        "Signed by Max Mentor; the site names nobody who may sign; name and account "
        "were typed, and nobody checked by whom."
    )
    return signed


def test_the_mentor_ticks_signs_and_the_certificate_is_there(
    console: ExamConsole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(console).end()
    console.wait(0.1)
    assert len(bodies(console, ObservedEnded)) == 1
    about = "The account is the mentor’s login name, kept beside the signature."
    assert console.says("What the account is").startswith(about)
    sign(console, f" {WHO.upper()}", "max")
    assert "is the trainee: somebody else signs" in console.says("What is to be said")
    sign(console, "Max Mentor", "max")
    assert console.says("How it went: 1").startswith("Not passed (")
    assert bodies(console, CertificateIssued) == []
    console.find(QPushButton, "Certificate").click()
    assert "not passed" in console.says("No certificate yet: 1")
    # a second one
    begin(console)
    played(console)
    console.wait(600)  # the time for the calls is over
    activity = console.teacher.activity
    assert isinstance(activity, ObservedShift)
    activity.end()
    console.wait(0.1)
    first = console.focus()
    boxes = [each for each in console.window.findChildren(TickBox) if each.isVisible()]
    assert first == boxes[0].accessibleName()
    for _ in boxes:
        console.press(Qt.Key.Key_Space)
        console.press(Qt.Key.Key_Tab)
    sign(console, "Max Mentor", "max")
    words = "Passed after 12 of 90 minutes; signed by Max Mentor; the site names nobody"
    assert console.says("How it went: 1").startswith(words)
    assert console.says("How it went: 2").startswith(
        "The run of the observed shift went by at speed 2, one lumisection in 12 s: "
    )
    assert console.says("What had to be right: 1").startswith("✓  HV trip in Hcal")
    assert console.focus() == "Certificate"
    console.press(Qt.Key.Key_Return)
    assert console.says(f"Certificate of {WHO}: 1").startswith("Valid until ")
    signed = what_it_says(console)
    assert "2 shadow shifts to come" in console.says(f"Certificate of {WHO}: 1")
    assert len(bodies(console, CertificateIssued)) == 1
    target = tmp_path / "out.html"
    monkeypatch.setattr(certificate_module, "ask_target", lambda *_: str(target))
    console.find(QPushButton, "Save to print").click()
    page = " ".join(target.read_text().split())
    assert f"Certificate: {WHO}" in page
    assert signed.rstrip(".") in page
    paper = tmp_path / "out.PDF"
    monkeypatch.setattr(certificate_module, "ask_target", lambda *_: str(paper))
    console.find(QPushButton, "Save to print").click()
    assert paper.read_bytes().startswith(b"%PDF")
    monkeypatch.setattr(
        certificate_module, "ask_target", lambda *_: str(tmp_path / "no" / "out.html")
    )
    console.find(QPushButton, "Save to print").click()
    assert "Not saved" in console.says("What is to be said")


def test_a_shadow_shift_is_recorded_by_its_mentor(console: ExamConsole) -> None:
    begin(console)
    console.teacher.leave()
    issued = CertificateIssued(
        "o", "", "CMS", "Max", shadow_shifts=2, shadow_items=("Go along", "Write")
    )
    console.teacher.ledger.write(WHO, issued)
    part = console.training.part
    assert part is not None
    part.observed.open_certificate()
    console.wait(0.1)
    console.find(QLineEdit, "Name of the mentor").setText("Eva")
    console.find(QPushButton, "Record a shadow shift").click()
    assert "tick what was done in it" in console.says("What is to be said")
    console.find(TickBox, "Write").setChecked(True)
    console.find(QPushButton, "Record a shadow shift").click()
    (shadow,) = bodies(console, ShadowShift)
    assert (shadow.mentor, shadow.items) == ("Eva", ("Write",))
    assert console.says("Shadow shifts and lessons: 1").startswith(
        "1 of 2 shadow shifts"
    )


def test_what_waits_for_its_mentor_is_signed_later(console: ExamConsole) -> None:
    begin(console).end()
    console.wait(0.1)
    console.press(Qt.Key.Key_Tab)
    part = console.training.part
    assert part is not None
    part.show_course()
    part.observed.open()
    assert not console.find(QPushButton, "Begin").isEnabled()
    assert console.says("Why not") == "One of yours is not signed by a mentor yet."
    assert console.focus() == "To the mentor’s page"
    console.press(Qt.Key.Key_Return)
    assert console.says("Page") == f"Observed shift of {WHO}"
    assert console.says("The hand-over: 1") == "No hand-over was written."


def test_the_course_is_not_reached_by_mistake(console: ExamConsole) -> None:
    shift = begin(console)
    console.press(Qt.Key.Key_F5)
    assert console.says("Question") == "End the observed shift?"
    console.press(Qt.Key.Key_Escape)
    assert not shift.over
    assert console.says("Observed shift: time left") == "90 min left"


def test_another_trainee_spends_it_and_gets_their_own(console: ExamConsole) -> None:
    shift = begin(console)
    console.teacher.who = "Ben"
    console.wait(0.1)
    assert shift.over
    assert not console.sees(QWidget, "Observed shift: time left")
    assert bodies(console, ObservedEnded) == []
    part = console.training.part
    assert part is not None
    part.show_course()
    console.find(QLineEdit, "Your name").setText("Ben")
    begin(console)
    assert [each.shift for each in bodies(console, ObservedBegan)] == [
        "morning", "morning",
    ]  # fmt: skip


def test_when_none_is_left_the_page_says_so(console: ExamConsole) -> None:
    for _ in SETTINGS.shifts:
        begin(console)
        console.teacher.leave()
        console.wait(0.1)
    part = console.training.part
    assert part is not None
    part.observed.open()
    assert console.says("Why not").startswith("You had every observed shift")
    assert not console.find(QPushButton, "Begin").isEnabled()
    # that it was left is in the book: it is not said to go on
    assert ": broken off, and spent: begun " in console.says("Yours so far: 1")


def test_a_run_that_breaks_off_is_said(console: ExamConsole) -> None:
    begin(console)
    console.runs.broken = True
    console.wait(0.1)
    assert "broke off" in console.says("How far, and how to leave")
