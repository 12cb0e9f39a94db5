"""The words of the start of a shift, what is bad now, and differences; no window."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtGui import QFont, QTextDocument
from support.fake_book import FakeWriter
from support.fake_session import (
    DEPTH1,
    GOOD,
    HOLE,
    LATE,
    NOW,
    RUN,
    TIME,
    FakeSession,
    run_info,
)
from support.instructed import instructed_site, instruction

from dqmconsole.logbook.spool import Held
from dqmconsole.logbook.state import BookState
from dqmconsole.markdown import safe_html
from dqmconsole.model.checklist import CheckItem, CheckList
from dqmconsole.model.frame import OutageFact
from dqmconsole.model.moment import clock_words, day_words
from dqmconsole.model.record import (
    Entry,
    HandOver,
    PassedOn,
    Record,
    Settled,
    ShiftBegan,
    SignOff,
)
from dqmconsole.model.release import Release, SiteChange
from dqmconsole.model.verdict import LastVerdict, Status, Verdict
from dqmconsole.shift import bad_now, words
from dqmconsole.shift.session import ShiftSession
from dqmconsole.ui import difference
from dqmconsole.ui.live.notices import plots_notice
from dqmconsole.ui.presenter import attention_words
from dqmconsole.ui.start.release import changes_words
from dqmconsole.ui.start.who import near_name
from dqmconsole.ui.theme import DARK, LIGHT

RELEASE = Release(
    4, "Eva", "eva", "new thresholds.", NOW, "0.1", "f" * 16,
    (
        SiteChange("layout", "Hcal › Timing", "three columns"),
        SiteChange("contacts", "hcal-dqm", "16 1009, was <b>16 1001</b>"),
        SiteChange("instruction", "hcal/timing", "version 2, was 1"),
    ),
)  # fmt: skip


def duty_on(client: FakeSession, writer: FakeWriter | None = None) -> ShiftSession:
    made = writer or FakeWriter()
    session = ShiftSession(client, lambda _s, _b: made, lambda: NOW, "dqm", "test:1")  # type: ignore[arg-type]
    session.look(NOW, client.take())
    return session


def look(session: ShiftSession, client: FakeSession, later: float = 0.0) -> None:
    session.look(NOW + later, client.take())


# -- words ------------------------------------------------------------------------


def test_who_has_the_shift() -> None:
    assert words.shift_words(None) == "Nobody has the shift (F2)"
    body = ShiftBegan("Leo")
    record = Record("s1", NOW, body, who="Ada", role="shifter")
    assert words.shift_words(record) == "Ada (shifter), leader Leo, since 11:06 UTC"
    alone = msgspec.structs.replace(record, body=ShiftBegan())
    assert words.shift_words(alone) == "Ada (shifter), since 11:06 UTC"


@pytest.mark.parametrize("moment", [1e20, float("nan"), -1e18])
def test_a_clock_that_says_anything_breaks_nothing(moment: float) -> None:
    assert clock_words(moment) == "an unknown time"
    assert day_words(moment) == "an unknown time"


@pytest.mark.parametrize(
    ("state", "said", "worry"),
    [
        (BookState("ready", ""), "book saved", False),
        (BookState("ready", "", 2), "saving 2 …", False),
        (BookState("opening", ""), "opening the book …", False),
        (BookState("closed", ""), "no book", False),
        (
            BookState("waiting", "no server", 3),
            "book waiting (3 kept here): no server",
            True,
        ),
        (BookState("refused", "sign in"), "book refused: sign in", True),
        (
            BookState("ready", "", 3, held=(Held("ann", ("Ann",), 3),)),
            "book: 3 records of Ann wait for the account ann to sign in",
            True,
        ),
        (BookState("ready", "", 4, held=(Held("a", (), 1),)), "saving 3 …", False),
    ],
)
def test_how_the_book_is(state: BookState, said: str, worry: bool) -> None:
    client = FakeSession(instructed_site())
    writer = FakeWriter()
    writer.state = state
    session = duty_on(client, writer)
    session.book = state
    assert words.book_words(session, "") == (said, worry)


def test_what_waits_for_another_account_is_among_the_notices() -> None:
    session = duty_on(FakeSession(instructed_site()), FakeWriter())
    session.book = BookState("ready", "", 3, held=(Held("ann", ("Ann",), 3),))
    said = "3 records of Ann wait for the account ann to sign in"
    assert said in attention_words(session)


def test_why_the_elog_takes_nothing_is_among_the_notices() -> None:
    session = duty_on(FakeSession(instructed_site()), FakeWriter())
    assert attention_words(session) == []
    why = "the elog at elog.example.org refused the account"
    session.elog.trouble, session.elog.waiting = why, 1
    assert attention_words(session) == [f"1 record waits for the elog: {why}"]
    session.elog.waiting = 2
    assert attention_words(session) == [f"2 records wait for the elog: {why}"]


def test_a_book_that_is_thrown_away_says_so() -> None:
    session = duty_on(FakeSession(instructed_site()))
    assert words.book_words(session, "DEMO") == ("throw-away book (DEMO)", False)


def test_what_the_pen_holds_counts_as_saving() -> None:
    session = duty_on(FakeSession(instructed_site()), FakeWriter(saving=False))
    session.begin("Ada")
    assert words.book_words(session, "")[0] == "saving 2 …"


def test_unread_changes_are_counted_for_whoever_has_the_shift() -> None:
    client = FakeSession(instructed_site())
    session = duty_on(client)
    assert words.unread_words(session) == ""
    session.begin("Ada")
    client.put_site(instructed_site(instructions=(instruction(version=4, text="4"),)))
    look(session, client)
    assert words.unread_words(session) == "2 changes unread (F2)"


def test_a_hand_over_is_unread_until_it_is_on_record() -> None:
    client = FakeSession(instructed_site())
    record = Record("h1", NOW - 9, HandOver("Night", "All fine"), who="Ben", number=1)
    session = duty_on(client, FakeWriter([record]))
    session.begin("Ada")
    assert words.unread_words(session) == "hand-over unread (F2)"
    client.put_site(instructed_site(instructions=(instruction(version=4, text="4"),)))
    look(session, client)
    assert words.unread_words(session) == "hand-over unread, 2 changes unread (F2)"
    session.begin("Ada", read="h1")
    assert words.unread_words(session) == "2 changes unread (F2)"


def test_check_lists_of_the_end_are_not_open_at_the_start() -> None:
    def made(phase: str) -> CheckList:
        return CheckList(phase, phase, phase, (CheckItem("a", "Look"),))  # type: ignore[arg-type]

    lists = (made("start"), made("run"), made("end"))
    client = FakeSession(msgspec.structs.replace(instructed_site(), checklists=lists))
    client.put_run(run_info())
    session = duty_on(client)
    session.begin("Ada")
    look(session, client, 2)
    assert words.checklist_words(session) == "2 check-lists open (K)"


def test_the_release_in_force_and_the_one_that_waits() -> None:
    client = FakeSession()
    assert words.release_words(client) == ("", False)
    client.put_site(instructed_site())
    assert words.release_words(client) == ("UNPUBLISHED", True)
    client.put_site(msgspec.structs.replace(instructed_site(), release=RELEASE))
    client.mailbox.release_waiting = msgspec.structs.replace(RELEASE, number=5)
    assert words.release_words(client) == ("Release 4, Release 5 waits (F3)", False)


def test_a_release_says_who_why_and_what_it_brings_back() -> None:
    assert words.published_words(RELEASE) == (
        "Published by Eva (account eva), 18 Nov 2026, 11:06 UTC, "
        "because: new thresholds."
    )
    again = msgspec.structs.replace(RELEASE, again=2)
    assert words.published_words(again).endswith(" It brings release 2 back.")


@pytest.mark.usefixtures("qapp")  # a document needs the application's fonts
def test_its_changes_stand_by_kind_and_nothing_in_them_is_markup() -> None:
    text = changes_words(RELEASE.changes)
    order = [text.index(each) for each in ("Instructions", "Layouts", "Contacts")]
    assert order == sorted(order)
    document = QTextDocument()
    document.setHtml(safe_html(text))
    assert "16 1009, was <b>16 1001</b>" in document.toPlainText()
    assert "nothing" in changes_words(())
    many = changes_words(RELEASE.changes[:1] * 5000)
    assert many.count("\n- ") < 250
    assert many.endswith("and 4,800 more changes")


@pytest.mark.parametrize(
    ("typed", "found"),
    [("ada", "Ada Shifter"), ("  ADA  sh", "Ada Shifter"), ("x", ""), ("", "")],
)
def test_the_name_that_was_meant(typed: str, found: str) -> None:
    assert near_name(typed, ("Ben", "Ada Shifter", "Ada Other")) == found


# -- what is bad now -----------------------------------------------------------------


def test_plots_by_layout_bad_ones_first() -> None:
    client = FakeSession(instructed_site())
    client.put_verdict(TIME, LATE)
    client.put_verdict(DEPTH1, HOLE)
    client.put_verdict(
        "Ecal › Summary › Ecal/Summary/plot1", msgspec.structs.replace(LATE, since=5)
    )
    client.put_verdict("DT › Rates › DT/Rates/plot2", GOOD)
    row, other = bad_now.plot_rows(client.site, client.mailbox.verdicts)
    assert (row.name, other.name) == ("Hcal", "Ecal")
    assert (row.status, row.key) == (Status.BAD, DEPTH1)
    assert row.words.startswith(
        "Hcal: 1 BAD, 1 WARNING — Digi occupancy › Occupancy, depth 1 since LS 402: 8"
    )


def test_expert_pages_are_of_exam_as_at_the_foot() -> None:
    """The sheet and the notice bar count the same plots; the LS is the plot's own."""
    client = FakeSession(instructed_site())
    client.put_verdict(DEPTH1, HOLE)
    early = msgspec.structs.replace(HOLE, since=3)
    client.put_verdict("Hcal › Channels › Hcal/Timing/ring1", early)
    client.put_verdict("Hcal › Timing › Hcal/Timing/ring1", HOLE)
    (row,) = bad_now.plot_rows(client.site, client.mailbox.verdicts)
    assert row.words.startswith("Hcal: 2 BAD — Digi occupancy")
    assert "since LS 402: " in row.words
    (foot,) = plots_notice(client)  # type: ignore[arg-type]
    assert foot.sentence == "BAD: Hcal 2 plots (N shows the next)"


def test_what_nobody_answered_stands_first() -> None:
    client = FakeSession(instructed_site())
    client.put_run(run_info())
    client.put_verdict("DT › Rates › DT/Rates/plot2", HOLE)
    client.put_verdict(DEPTH1, HOLE)
    session = duty_on(client)
    look(session, client, 2)
    look(session, client, 400)
    first, second, third = bad_now.rows(session)
    assert "nobody has answered" in first.words
    assert second.words.startswith("Hcal: 1 BAD")
    assert third.words.startswith("DT: 1 BAD")


def test_problems_are_open_until_settled_and_the_correction_counts() -> None:
    session = duty_on(FakeSession(instructed_site()))
    logbook = session.logbook
    one = Record("e1", NOW, Entry("HBM09", problem=True), who="Ben", number=1)
    two = Record("e2", NOW, Entry("HBM9 typo", problem=True), who="Ben", number=2)
    again = Entry("HBM09b", problem=True, corrects="e2")
    three = Record("e3", NOW, again, who="Ben", number=3)
    for record in (one, two, three):
        logbook.put(record)
    first, second = bad_now.rows(session)
    assert first.words.startswith("Open problem: HBM09b (Ben, ")
    assert second.words.startswith("Open problem: HBM09 (Ben, ")
    logbook.put(Record("x", NOW, Settled("e1"), number=4))
    assert bad_now.rows(session) == [first]


def test_runs_are_passed_on_until_they_are_signed_off() -> None:
    session = duty_on(FakeSession(instructed_site()))
    logbook = session.logbook
    logbook.put(Record("p1", NOW, PassedOn("Pixel"), who="Ben", run=RUN, number=1))
    (row,) = bad_now.rows(session)
    assert row.words == f"Run {RUN} is not signed off, Ben passed it on: Pixel"
    logbook.put(Record("s1", NOW, SignOff(), who="Ada", run=RUN, number=2))
    assert bad_now.rows(session) == []


# -- the difference ------------------------------------------------------------------


def test_what_stayed_is_left_out_but_for_its_neighbours_and_heading() -> None:
    lines = [f"line {number}\n" for number in range(20)]
    lines[12] = "## How to judge\n"
    found = difference.shortened(
        [("same", "".join(lines)), ("added", "new "), ("same", "".join(lines))]
    )
    assert found == [
        ("left out", "… (12 lines unchanged)\n"),
        ("same", "## How to judge\n"),
        ("left out", "… (5 lines unchanged)\n"),
        ("same", "line 18\nline 19\n"),
        ("added", "new "),
        ("same", "line 0\nline 1\n"),
        ("left out", "… (18 lines unchanged)\n"),
    ]


def test_no_heading_stands_above_another_as_if_its_text_were_deleted() -> None:
    """Between two headings stands how much was left out, or nothing was."""
    text = "## Good and bad examples\n- good: even\n- bad: a gap\n\n## If it is bad\n"
    found = difference.shortened(
        [("same", f"a\nb\nc\n\n{text}1. Look "), ("added", "twice")]
    )
    assert found == [
        ("left out", "… (6 lines unchanged)\n"),
        ("same", "## If it is bad\n1. Look "),
        ("added", "twice"),
    ]


def test_links_are_their_words_unless_only_where_they_lead_changed() -> None:
    before = "See [timing](<plot:Hcal/T>) and [here](page:Hcal/A) 1."
    after = "See [timing](<plot:Hcal/T>) and [here](page:Hcal/A) 2."
    assert difference.parts_of(before, after) == [
        ("same", "See timing and here "),
        ("removed", "1. "),
        ("added", "2."),
    ]
    led = after.replace("Hcal/T", "Hcal/U")
    assert difference.parts_of(after, led) == [
        ("same", "See timing "),
        ("removed", "(plot:Hcal/T) "),
        ("added", "(plot:Hcal/U) "),
        ("same", "and here 2."),
    ]


def test_headings_are_bold_without_their_marks(qapp: object) -> None:  # noqa: ARG001
    document = QTextDocument()
    difference.write(
        document, [("same", "a\n## How to judge\nBAD # 1 "), ("added", "2")], LIGHT
    )
    assert document.toPlainText() == "a\nHow to judge\nBAD # 1 2"
    block = document.findBlockByNumber(1)
    assert block.begin().fragment().charFormat().fontWeight() == QFont.Weight.Bold
    plain = document.findBlockByNumber(2).begin().fragment().charFormat()
    assert plain.fontWeight() == QFont.Weight.Normal


def test_a_short_text_stays_whole() -> None:
    parts: list[tuple[str, str]] = [("same", "a\nb\nc\n"), ("removed", "d")]
    assert difference.shortened(parts) == parts  # type: ignore[arg-type,comparison-overlap]


def test_a_difference_is_said_in_words() -> None:
    assert difference.in_words(
        [("same", "BAD above "), ("removed", "1 "), ("added", "2 ")]
    ) == ("removed: 1; added: 2")
    assert difference.in_words([("same", "a")]) == "only white space changed"


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_added_is_underlined_removed_is_struck_spaces_are_neither(
    qapp: object,  # noqa: ARG001 - Qt
    theme: type(LIGHT),  # type: ignore[valid-type]
) -> None:
    document = QTextDocument()
    difference.write(
        document, [("removed", "old\n"), ("added", "new "), ("same", "same")], theme
    )
    assert document.toPlainText() == "old\nnew same"
    seen = {}
    block = document.begin()
    while block.isValid():
        within = block.begin()
        while not within.atEnd():
            piece = within.fragment()
            form = piece.charFormat()
            seen[piece.text()] = (form.fontUnderline(), form.fontStrikeOut())
            within += 1
        block = block.next()
    assert seen == {
        "old": (False, True),
        "new": (True, False),
        " same": (False, False),
    }


def test_a_silent_subsystem_stands_before_the_plots() -> None:
    client = FakeSession(instructed_site())
    client.put_run(run_info())
    client.put_verdict(DEPTH1, HOLE)
    last = LastVerdict(Status.BAD, RUN, 17)
    key = "DT › Rates › DT/Rates/plot2"
    client.put_verdict(key, Verdict(Status.STALE, "silent", last=last))
    client.put_outage(OutageFact("DT", "silent", "DT is silent", RUN, 30))
    session = duty_on(client)
    first, second = bad_now.rows(session)
    words = "STALE since LS 30: DT is silent; last BAD since LS 17"
    assert first == bad_now.Abnormality("DT", Status.STALE, words, key)
    assert second.words.startswith("Hcal: 1 BAD")
    client.put_engine("silent", "", 11.0)
    assert bad_now.rows(session)[0].words == bad_now.ENGINE_SILENT
