"""The hand-over that the book writes, and its page."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from support.html_page import PageReader

from dqmconsole.logbook.spool import Held
from dqmconsole.logbook.view import Logbook
from dqmconsole.model.alarm import Alarm, Member
from dqmconsole.model.cause import extent_of
from dqmconsole.model.checklist import CheckItem, CheckList
from dqmconsole.model.contacts import Contacts
from dqmconsole.model.instruction import AppliesTo, Note
from dqmconsole.model.layout import Layout, Page, Plot
from dqmconsole.model.record import (
    Acknowledged,
    Call,
    Check,
    Entry,
    Flag,
    HandOver,
    Missed,
    Nuisance,
    PassedOn,
    Read,
    Record,
    RunSeen,
    Seen,
    Settled,
    Shelved,
    ShiftBegan,
    ShiftEnded,
    SignOff,
    TookUp,
    Versions,
)
from dqmconsole.model.release import Release, SiteChange
from dqmconsole.model.run import Client, Conditions, RunInfo
from dqmconsole.model.site import Site, SiteSettings
from dqmconsole.model.verdict import LastVerdict, Status, Verdict
from dqmconsole.shift.alarms import Standing, seen
from dqmconsole.shift.documents import addresses_of, clock_of
from dqmconsole.shift.flags import components
from dqmconsole.shift.report import draft, html
from dqmconsole.shift.signing import FINAL_FILES
from dqmconsole.shift.silenced import Silenced

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW = 1_795_000_000.0  # 2026-11-18 11:06:40 UTC
HOUR = 3600.0
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
BAD = {
    "Hcal › Digi occupancy › Hcal/a": Verdict(Status.BAD, "8 towers are\nempty"),
    "Hcal › Digi occupancy › Hcal/b": Verdict(Status.GOOD, "fine"),
    "Ecal › Noise › Ecal/a": Verdict(Status.STALE, "no new file for 42 s"),
}


def a_site(**fields: Any) -> Site:  # noqa: ANN401 - any of a site
    pages = {"Hcal": ("Digi occupancy", "Timing"), "Ecal": ("Noise",)}
    given: dict[str, Any] = {
        "folder": "/site",
        "hash": "abc123",
        "settings": SiteSettings(
            "Test experiment",
            components={"hcal": ("Hcal",), "ecal": ("Ecal",)},
        ),
        "layouts": tuple(
            Layout(name, tuple(Page(each, ()) for each in names))
            for name, names in pages.items()
        ),
    }
    return Site(**(given | fields))


class Shift:
    """A shift of Anna's, and records in it, a minute apart unless told."""

    def __init__(self, zone: str = "UTC", **fields: Any) -> None:  # noqa: ANN401
        self.logbook = Logbook()
        self.site = a_site(contacts=Contacts(timezone=zone), **fields)
        self.record = self.write(
            ShiftBegan(leader="Leo"), uid="shift-1", made_at=NOW, role="shifter",
            versions=Versions("0.2", "abc123"),
        )  # fmt: skip

    def write(self, body: Any, **fields: Any) -> Record:  # noqa: ANN401
        number = len(self.logbook) + 1
        given: dict[str, Any] = {
            "uid": f"uid-{number}", "made_at": NOW + 60.0 * number, "who": "Anna",
            "shift": "shift-1", "number": number,
        }  # fmt: skip
        record = Record(body=body, **(given | fields))
        self.logbook.put(record)
        return record

    def run(self, run: int, begin: float = NOW, **fields: Any) -> None:  # noqa: ANN401
        given: dict[str, Any] = {
            "phase": "ended", "run_type": "collisions", "run_class": "Collisions26",
            "started": begin, "ended": begin + HOUR, "lumisections": 150,
            "events": 4000, "significant": True,
        }  # fmt: skip
        self.write(RunSeen(**(given | fields)), run=run, made_at=begin + HOUR, who="")

    def draft(
        self,
        now: float = NOW + 2 * HOUR,
        verdicts: Mapping[str, Verdict] = MappingProxyType({}),
        live: RunInfo | None = None,
    ) -> str:
        return draft(self.logbook, self.site, self.record, verdicts, now, live)


def test_the_hand_over_that_was_read_is_named_however_it_was_read() -> None:
    shift = Shift()
    assert "- Hand-over that was read: none\n" in shift.draft()
    given = shift.write(HandOver("Night", "text"), who="Ben", shift="shift-0")
    shift.write(Read("hand-over", given.uid))
    text = shift.draft()
    assert "- Hand-over that was read: of Ben, 2026-11-18 11:08 UTC\n" in text
    assert given.uid not in text


def test_what_waits_for_another_account_is_said_at_the_top() -> None:
    shift = Shift()
    held = [Held("ann", ("Ann", "Ben"), 3), Held("cem", (), 1)]
    text = draft(shift.logbook, shift.site, shift.record, {}, NOW, None, held)
    head = text.partition("\n\n## ")[0]
    for words in (
        "3 records of Ann, Ben wait for the account ann to sign in",
        "1 record waits for the account cem to sign in",
    ):
        assert f"\n- **Not in the book:** {words}" in head


def runs_in(text: str) -> list[int]:
    """The runs of the table of a draft."""
    rows = section(text, "Runs").splitlines()[2:]
    return [int(row.split("|")[1]) for row in rows]


def section(text: str, title: str) -> str:
    return text.partition(f"## {title}\n\n")[2].partition("\n\n## ")[0].strip()


def test_an_empty_shift_claims_nothing() -> None:
    text = Shift().draft()
    assert text.startswith("# Hand-over of Anna, Test experiment\n")
    assert "- Shift: Anna (shifter), from 2026-11-18 11:06 UTC and goes on" in text
    assert "- Shift leader: Leo" in text
    assert section(text, "Runs") == "No run was seen during this shift."
    assert "No verdicts are known" in section(text, "On the plots now")
    assert "unpublished" in section(text, "What changed")
    assert section(text, "Check-lists") == "The site has no check-lists."
    assert "GOOD" not in text


def test_runs_and_their_flags() -> None:
    shift = Shift()
    shift.run(10)
    shift.run(11, significant=False, why="2 lumisections", phase="not significant")
    shift.write(Flag("GOOD"), run=10, subsystem="hcal")
    bad = Flag("BAD", 12, 40, "HV", "tripped\n| again", earliest=9)
    shift.write(bad, run=10, subsystem="hcal", who="Ben")
    shift.write(Flag("BAD", proposed=True, comment="8 of 16 plots are BAD",
                     disputed="HV is on"), run=10, subsystem="ecal")  # fmt: skip
    shift.write(Flag("GOOD"), run=11, subsystem="hcal")
    text = shift.draft()
    rows = section(text, "Runs").splitlines()
    assert "| LS |" in rows[0]
    assert rows[2] == (
        "| 10 | collisions | Collisions26 | 2026-11-18 11:06 | 12:06 | 150 | 4000 "
        "| yes | ended |"
    )
    assert "| no: 2 lumisections | not significant |" in rows[3]
    flags = section(text, "Flags").splitlines()
    good = "; by Anna, 2026-11-18 11:10 UTC"
    assert flags[2:7] == [
        f"- hcal: GOOD LS 1–8{good}",
        "- hcal: BAD LS 9–40 (began somewhere in 9–12); HV; tripped | again; by Ben, "
        "2026-11-18 11:11 UTC",
        f"- hcal: GOOD LS 41–150{good}",
        "- ecal: BAD proposed, not confirmed, LS 1–150; 8 of 16 plots are BAD; "
        "against it: HV is on",
        "",
    ]
    assert flags[-2:] == ["- GOOD throughout: hcal", "- not set: ecal"]
    assert section(text, "To be signed off") == "- run 10: only proposed: ecal"


def test_runs_are_counted_in_the_words_of_the_site() -> None:
    shift = Shift(settings=SiteSettings("Small", lumisection="spill"))
    shift.run(10)
    heading = section(shift.draft(), "Runs").splitlines()[0]
    assert "| to, UTC | spill | events |" in heading


def test_what_is_to_be_signed_off() -> None:
    shift = Shift()
    for number in range(1, 15):
        shift.run(number, NOW - 86400)
    shift.write(PassedOn("no time"), run=3, made_at=NOW - 80000, shift="before")
    shift.write(SignOff(), run=4)
    shift.run(20)
    shift.write(Flag("GOOD"), run=20, subsystem="hcal")
    shift.write(Flag("STANDBY"), run=20, subsystem="ecal")
    shift.write(RunSeen("running", started=NOW + HOUR), run=21, made_at=NOW + HOUR)
    lines = section(shift.draft(), "To be signed off").splitlines()
    assert lines == [
        "- run 3: not set: ecal, hcal; passed on: no time",
        "- run 20: all its flags are set",
        "- run 21: goes on, as far as the book knows",
        "- from before, never passed on: 5, 6, 7, 8, 9, 10, 11, 12, 13, 14 and 2 older "
        "ones",
    ]


def test_runs_that_fell_into_the_shift() -> None:
    shift = Shift()
    shift.run(1, NOW - 3 * HOUR)
    shift.run(2, NOW - HOUR / 2)
    shift.write(RunSeen("running"), run=3, made_at=NOW - 2 * HOUR)  # nobody saw its end
    shift.write(RunSeen("running"), run=4, made_at=NOW - HOUR)
    shift.run(5, NOW + 9 * HOUR)
    assert runs_in(shift.draft(NOW + 8 * HOUR)) == [2]
    shift.logbook.drop("uid-6")
    assert runs_in(shift.draft(NOW + 8 * HOUR)) == [2, 4]


def test_a_run_that_goes_on_has_the_numbers_of_its_header() -> None:
    shift = Shift()
    began = RunSeen("running", "collisions", started=NOW, lumisections=1, events=10)
    shift.write(began, run=10, made_at=NOW + 60)
    shift.write(Flag("GOOD", 1, 40), run=10, subsystem="hcal")
    shift.write(Flag("BAD", 4, cause="HV", earliest=1), run=10, subsystem="ecal")
    old = section(shift.draft(), "Runs").splitlines()[2]
    assert old.endswith("| 1 | 10 | open | running, as of 2026-11-18 11:07 UTC |")
    live = RunInfo(10, lumisection=118, clients=(Client("Hcal", 10, events=7000),))
    text = shift.draft(live=live)
    row = section(text, "Runs").splitlines()[2]
    assert row.endswith("| 118 | 7000 | open | running |")
    other = RunInfo(11, lumisection=3)
    assert section(shift.draft(live=other), "Runs").splitlines()[2] == old
    flags = section(text, "Flags")
    assert "hcal: NOTSET LS 41– (still running)" in flags
    where = "BAD from LS 1 (still running; began somewhere in 1–4); HV; by Anna"
    assert f"ecal: {where}" in flags
    assert "the end" not in text


def test_earlier_runs_that_were_worked_on_are_named() -> None:
    shift = Shift()
    for number in range(1, 7):
        shift.run(number, NOW - 30 * HOUR)
    shift.write(Flag("BAD", cause="HV"), run=2, subsystem="hcal")
    shift.write(SignOff(), run=3)
    shift.write(Entry("Late look"), run=4)
    shift.write(Flag("GOOD", proposed=True), run=5, subsystem="hcal")
    shift.write(Flag("GOOD"), run=6, subsystem="hcal", shift="before")
    assert runs_in(shift.draft(NOW + HOUR)) == [2, 3, 4]
    text = shift.draft()
    assert [row[:4] for row in section(text, "Runs").splitlines()[2:]] == [
        "| 2 ", "| 3 ", "| 4 ",
    ]  # fmt: skip
    assert "signed off by Anna" in section(text, "Runs")
    assert "### Run 2\n\n- hcal: BAD LS 1–150; HV" in section(text, "Flags")
    assert "- run 2: not set: ecal" in section(text, "To be signed off")
    # what was to be looked at in them was the earlier shift's
    assert section(text, "Not looked at") == "No run, no pages."


def test_bad_without_a_cause_is_named() -> None:
    shift = Shift()
    shift.run(10)
    shift.run(11)
    for run in (10, 11):
        shift.write(Flag("GOOD"), run=run, subsystem="ecal")
    shift.write(Flag("BAD", comment="a hole"), run=10, subsystem="hcal")
    shift.write(Flag("BAD"), run=11, subsystem="hcal")
    text = shift.draft()
    assert "- hcal: BAD LS 1–150; a hole; without a cause; by" in section(text, "Flags")
    assert section(text, "To be signed off").splitlines() == [
        "- run 10: all its flags are set; hcal BAD without a cause: give one (B)",
        "- run 11: hcal BAD without a cause: give one (B)",
    ]


def test_confirmed_piece_by_piece_is_one_stretch() -> None:
    shift = Shift()
    shift.run(10)
    shift.write(Flag("BAD", 1, 60, "HV", "12 plots judged"), run=10, subsystem="hcal")
    shift.write(Flag("BAD", 61, None, "HV", "9 plots judged"), run=10, subsystem="hcal")
    (line,) = [
        each
        for each in section(shift.draft(), "Flags").splitlines()
        if each.startswith("- hcal")
    ]
    assert line.startswith("- hcal: BAD LS 1–150; HV; 9 plots judged")


def test_what_cannot_apply_is_not_missed() -> None:
    page = Page("Tracks", (), run_types=("cosmics",))
    beam = Page("Beam", (Plot("Hcal/b"),))
    layouts = (Layout("Hcal", (Page("Timing", ()), page, beam)),)
    items = (CheckItem("a", "all"), CheckItem("b", "cosmics", run_types=("cosmics",)))
    lists = (CheckList("hour", "Hourly round", "hourly", items),)
    shift = Shift(layouts=layouts, checklists=lists)
    shift.write(RunSeen("running", "collisions", started=NOW), run=10)
    apart = {"Hcal › Beam › Hcal/b": Verdict(Status.NOT_APPLICABLE, "no beam")}
    live = RunInfo(10, conditions=Conditions(run_type="collisions"))
    text = shift.draft(NOW + 60, apart, live)
    assert section(text, "Not looked at") == (
        "- run 10: 1 of 1 shift pages were never opened: Hcal: Timing"
    )
    assert section(text, "Check-lists") == (
        "- Hourly round of 11:00 UTC: 1 of 1 not done"
    )
    assert "2 of 2 shift pages" in section(shift.draft(), "Not looked at")


def test_entries_problems_and_calls() -> None:
    shift = Shift()
    shift.write(
        Entry("From before", problem=True), uid="old", shift="before",
        made_at=NOW - HOUR, who="Ben",
    )  # fmt: skip
    shift.write(
        Entry("Hole in\ndepth 2", "Eight towers.\n\nCalled.", status="BAD",
              evidence="e" * 32, evidence_name="evidence-10.zip", picture="p" * 32,
              problem=True),
        run=10, subsystem="hcal", uid="hole",
    )  # fmt: skip
    shift.write(
        Entry("Hole, again", status="BAD", problem=True, corrects="hole"),
        run=10, subsystem="hcal", who="Ben",
    )  # fmt: skip
    shift.write(Entry("Noise", problem=True), uid="noise")
    shift.write(Settled("noise", "masked"))
    shift.write(Call("hcal-dqm", "Eva", "1234", "Hcal/a", answered=False,
                     comment="will\nlook"))  # fmt: skip
    shift.write(Call("run-coordinator"), shift="before")
    text = shift.draft()
    assert section(text, "Open problems").splitlines() == [
        "- **From before**, Ben, 2026-11-18 10:06 UTC, from before this shift",
        "- **Hole, again** (BAD, run 10, hcal), Anna, 2026-11-18 11:09 UTC",
        "- settled in this shift: Noise: masked",
    ]
    entries = section(text, "Entries")
    assert "### Hole in depth 2\n\n2026-11-18 11:09 UTC, Anna (BAD, run 10, hcal)\n\n" \
        "> Eight towers.\n> \n> Called.\n\n" in entries  # fmt: skip
    assert f"![Hole in depth 2](picture:{'p' * 32})" in entries
    assert "Evidence: `evidence-10.zip`" in entries
    assert "Corrects “Hole in depth 2”." in entries
    assert "From before" not in entries
    assert section(text, "Calls") == (
        "- 2026-11-18 11:13 UTC: hcal-dqm (Eva), 1234, about Hcal/a; did not answer: "
        "will look"
    )


def test_a_corrected_problem_is_settled_once_and_for_all() -> None:
    shift = Shift()
    shift.write(Entry("Noise", problem=True), uid="noise")
    shift.write(Entry("Noise in DT", problem=True, corrects="noise"), uid="better")
    shift.write(Settled("noise", "masked"))
    shift.write(Entry("Hole", problem=True), uid="hole")
    shift.write(Entry("No hole after all", corrects="hole"))
    assert section(shift.draft(), "Open problems").splitlines() == [
        "- settled in this shift: Noise in DT: masked",
    ]


def test_what_is_bad_now_and_what_is_not_judged() -> None:
    plot = Plot("Hcal/a", "Depth_1")
    layouts = (Layout("Hcal", (Page("Digi occupancy", (plot,)),)),)
    warned = {
        f"Ecal › Noise › Ecal/w{n:02}": Verdict(Status.WARNING, "late")
        for n in range(12)
    }
    text = Shift(layouts=layouts).draft(verdicts={**BAD, **warned})
    lines = section(text, "On the plots now").splitlines()
    assert lines == [
        "- **BAD** Hcal › Digi occupancy › Depth\\_1: 8 towers are empty",
        *(f"- **WARNING** Ecal › Noise › Ecal/w0{n}: late" for n in range(10)),
        "- and 2 more WARNING",
        "- Judged: 1 GOOD, 12 WARNING, 1 BAD",
        "- Not judged: 1 STALE",
    ]


def test_pages_that_nobody_opened_are_named() -> None:
    shift = Shift()
    shift.run(10)
    shift.run(11)
    shift.write(Seen("Hcal/Timing"), run=10)
    for page in ("Hcal/Timing", "Hcal/Digi occupancy", "Ecal/Noise"):
        shift.write(Seen(page), run=11)
    assert section(shift.draft(), "Not looked at").splitlines() == [
        "- run 10: 2 of 3 shift pages were never opened: Hcal: Digi occupancy; "
        "Ecal: Noise",
        "- run 11: every one of 3 shift pages was opened",
    ]


def test_check_lists_that_are_not_done() -> None:
    one = (CheckItem("a", "Look at *this*"),)
    lists = (
        CheckList("begin", "Start of the shift", "start", one),
        CheckList("hour", "Hourly round", "hourly", one),
        CheckList("each", "Every run", "run", one),
        CheckList("end", "End of the shift", "end", one),
    )
    shift = Shift(checklists=lists)
    shift.run(10)
    shift.write(Check("begin", "a"))
    shift.write(Check("hour", "a", "2026-11-18T12"))
    shift.write(Check("each", "a", "run 10"), run=10)
    assert section(shift.draft(), "Check-lists").splitlines() == [
        "- Hourly round of 11:00 UTC: 1 of 1 not done",
        "- End of the shift, not done:",
        "    - Look at *this*",
        "- Hourly round of 13:00 UTC: 1 of 1 not done",
    ]
    shift.write(Check("end", "a"))
    for hour in (11, 13):
        shift.write(Check("hour", "a", f"2026-11-18T{hour}"))
    assert section(shift.draft(), "Check-lists") == "All 6 were done."


def test_what_changed() -> None:
    note = Note("notes/a", "HV tests", "Eva", "2026-11-18", "2026-11-20", "hcal-dqm",
                AppliesTo(), "text", "h")  # fmt: skip
    old = msgspec.structs.replace(note, id="notes/b", title="Old", written="2026-11-01")
    changed = (SiteChange("instruction", "hcal/timing", "version 2: other limits"),)
    release = Release(7, "Eva", "eva", "new limits", NOW + 600, "0.2", "h", changed)
    shift = Shift(release=release, notes=(note, old))
    shift.write(TookUp(7, 6, "Leo"))
    shift.write(Read("instruction", "hcal/timing", 2))
    shift.write(Read("all", "abc123"))
    assert section(shift.draft(), "What changed").splitlines() == [
        "- release 7 (before: 6) was taken up, 2026-11-18 11:08 UTC; Leo agreed",
        "- release 7 was published by Eva, 2026-11-18 11:16 UTC: new limits",
        "    - hcal/timing: version 2: other limits",
        "- new note “HV tests” by Eva, until 2026-11-20",
        "- read: instruction hcal/timing, version 2",
    ]


def test_an_unpublished_site_that_changed_says_so() -> None:
    text = Shift(hash="other").draft()
    assert "can change at any time, and did during this shift" in text


def test_a_shift_that_ended_is_reported_as_it_was() -> None:
    shift = Shift()
    shift.write(ShiftEnded(), made_at=NOW + 8 * HOUR)
    shift.run(10, NOW + 9 * HOUR)
    text = shift.draft(NOW + 20 * HOUR)
    assert "from 2026-11-18 11:06 UTC until 2026-11-18 19:06 UTC" in text
    assert section(text, "Runs") == "No run was seen during this shift."


def test_local_time_stands_beside_utc() -> None:
    shift = Shift("Europe/Zurich")
    assert "from 2026-11-18 11:06 UTC (12:06 CET)" in shift.draft()
    assert clock_of("Europe/Zurich")(1_792_893_600.0) == (
        "2026-10-25 02:00 UTC (03:00 CET)"
    )
    assert clock_of("Nowhere/Atlantis")(NOW) == "2026-11-18 11:06 UTC"
    assert clock_of("UTC")(None) == "an unknown time"
    assert clock_of("UTC")(1e300) == "an unknown time"


def test_the_same_book_gives_the_same_text() -> None:
    def made() -> str:
        shift = Shift("Europe/Zurich")
        shift.run(10)
        shift.write(Entry("a", problem=True))
        return shift.draft(verdicts=BAD)

    assert made() == made()


def test_the_page_needs_nothing_else() -> None:
    shift = Shift()
    shift.write(Entry("Hole <b>", "<script>x</script>", picture="p" * 32))
    shift.write(Entry("No picture", picture="q" * 32))
    pictures = addresses_of({"p" * 32: PNG, "q" * 32: b"GIF89a"})
    page = html(shift.draft(), "Hand-over <1>", pictures)
    reader = PageReader(page)
    assert reader.title == "Hand-over <1>"
    (picture,) = reader.addresses
    assert picture.startswith("data:image/png;base64,")
    words = f"[image: No picture (picture {'q' * 32} of the book)]"
    assert [words] in reader.sections["Entries"]
    assert not {"script", "b", "link"} & reader.tags
    for outside in ("http://", "https://", "@import", "url("):
        assert outside not in page


@pytest.mark.parametrize(
    "words", ["a | b", "a\n\n# x", "[x](javascript:1)", "`", "<i>"]
)
def test_words_of_people_do_not_break_the_report(words: str) -> None:
    shift = Shift()
    shift.run(10, why=words, significant=False)
    shift.write(Entry(words, words, picture="p" * 32))
    reader = PageReader(html(shift.draft(), words))
    plain = PageReader(html(Shift().draft(), ""))
    assert reader.sections.keys() == plain.sections.keys()
    assert [len(row) for row in reader.sections["Runs"]] == [9, 9]
    assert "i" not in reader.tags
    assert reader.addresses == []


def test_names_of_components_and_roles_stay_in_their_line() -> None:
    """Else a name could put a heading into the draft."""
    name = "x\n\n## Open problems\n\n- none"
    site = a_site()
    settings = msgspec.structs.replace(site.settings, components={name: ("Hcal",)})
    shift = Shift(settings=settings)
    shift.run(10)
    shift.write(Flag("BAD", cause="HV"), run=10, subsystem=name)
    shift.write(Call(name))
    text = shift.draft()
    assert text.splitlines().count("## Open problems") == 1
    assert text.count("x ## Open problems - none: ") == 1
    assert text.count(": x ## Open problems - none") == 1


def test_a_run_that_passed_before_the_shift_and_was_noted_in_it_is_none_of_it() -> None:
    shift = Shift()
    late = RunSeen("ended", ended=NOW - HOUR, lumisections=50)
    shift.write(late, run=8, made_at=NOW + 60)  # when the console saw its files
    assert runs_in(shift.draft(NOW + HOUR)) == []


def test_a_dead_run_neither_runs_nor_reaches_into_the_shift() -> None:
    shift = Shift()
    began = RunSeen("running", "collisions", started=NOW - 9 * HOUR, lumisections=5)
    shift.write(began, run=10, made_at=NOW + 60)
    header = RunInfo(10, lumisection=5)

    def with_last(last: float) -> RunInfo:
        client = Client("Hcal", 10, 5, "silent", written=last)
        return msgspec.structs.replace(header, clients=(client,))

    text = shift.draft(live=with_last(NOW - 5 * HOUR))
    assert section(text, "Runs") == "No run was seen during this shift."
    text = shift.draft(live=with_last(NOW + HOUR))
    row = section(text, "Runs").splitlines()[2]
    assert row.endswith("| open | no data since 2026-11-18 12:06 UTC |")
    line = section(text, "To be signed off")
    assert line == "- run 10: nobody ended it, no data since 2026-11-18 12:06 UTC"


def test_what_was_bad_when_last_judged_is_named() -> None:
    last = LastVerdict(Status.BAD, 7, 17)
    sentence = "source silent; last BAD since LS 17"
    lost = Verdict(Status.STALE, sentence, last=last)
    verdicts = {"one": lost, "two": Verdict(Status.STALE, "silent")}
    lines = section(Shift().draft(verdicts=verdicts), "On the plots now")
    assert [line for line in lines.splitlines() if "STALE**" in line] == [
        f"- **STALE** one: {sentence}"
    ]


def test_alarms_stand_with_who_answered_them_and_what_is_shelved() -> None:
    shift = Shift()
    plots = tuple(
        Member(
            f"Hcal › Digi occupancy › Hcal/{each}", Status.BAD, "8 *dead*", "missing"
        )
        for each in "ab"
    )
    alarm = Alarm(
        *("7/Hcal/missing/1", 7, "Hcal", "missing", plots, NOW, NOW),
        latest=17,
        extent=extent_of(("ring",), [("HB+",)]),
    )
    acknowledged = shift.write(Acknowledged(seen(alarm), "HV is\nramping"))
    shelved = shift.write(Shelved(seen(alarm), NOW + 4 * HOUR, "known to Eva"))
    call = (shift.write(Call("hcal-dqm", "Ann")), Call("hcal-dqm", "Ann"))
    good = msgspec.structs.replace(plots[0], status=Status.GOOD)
    returned = msgspec.structs.replace(alarm, members=(good,), returned=NOW + HOUR)
    rows = (
        Standing(alarm, "unacknowledged"),
        Standing(alarm, "unacknowledged", acknowledged, carried=True),
        Standing(returned, "returned"),
        Standing(msgspec.structs.replace(returned, withdrawn="release 2"), "withdrawn"),
        Standing(msgspec.structs.replace(alarm, unconfirmed=True), "acknowledged",
                 acknowledged, calls=(call,)),
        Standing(alarm, "shelved", shelved, until=NOW + 4 * HOUR),
    )  # fmt: skip
    shift.write(Nuisance(seen(alarm), (), "cosmic *burst*"))
    shift.write(Missed("Hcal › Digi occupancy › Hcal/a"))
    shift.write(Missed("", "noise"), shift="another")

    def drafted(alarms: tuple[Standing, ...] | None) -> str:
        return draft(*(shift.logbook, shift.site, shift.record, {}, NOW), alarms=alarms)

    text = drafted(rows)
    began = "since 2026-11-18 11:06 UTC, run 7, LS 17"
    many = f"{began}; 8 *dead* (ring HB+); 2 of 2 plots"
    section = text.partition("## Alarms\n\n")[2].partition("\n## ")[0]
    assert section.splitlines() == [
        f"- **Hcal missing**: nobody acknowledged it; {many}",
        "- **Hcal missing**: nobody acknowledged it in this shift; before it Anna, "
        f"2026-11-18 11:08 UTC; {many}",
        "- **Hcal missing**: nobody acknowledged it; good since 2026-11-18 12:06 UTC; "
        f"{began}; 8 *dead* (ring HB+)",
        "- **Hcal missing**: nobody acknowledged it; withdrawn by release 2; "
        f"{began}; 8 *dead* (ring HB+)",
        "- **Hcal missing**: acknowledged by Anna, 2026-11-18 11:08 UTC: HV is "
        f"ramping; {many}; not judged now; "
        "called: hcal-dqm (Ann), 2026-11-18 11:10 UTC, no answer yet",
        "- **Hcal missing**: shelved until 2026-11-18 15:06 UTC by Anna, "
        f"2026-11-18 11:09 UTC: known to Eva; {many}",
        "",
        "- should not have been: Hcal missing, run 7; cosmic *burst*, Anna, "
        "2026-11-18 11:11 UTC",
        "- no alarm told it: Hcal › Digi occupancy › Hcal/a, Anna, "
        "2026-11-18 11:12 UTC",
    ]
    assert "No alarm stands." in drafted(())
    assert "Which alarms stand only a console knows." in drafted(None)


def test_what_came_after_the_sign_off_is_handed_over_as_open() -> None:
    shift = Shift()
    shift.run(7)
    for name in components(shift.site):
        shift.write(Flag("GOOD", last=150), run=7, subsystem=name)
    awaited = f"run 7: {FINAL_FILES}"
    shift.write(SignOff(open=(awaited,)), run=7)
    assert "## Signed off with something open" not in shift.draft()
    shift.run(7, lumisections=153)
    names = ", ".join(sorted(components(shift.site)))
    assert (
        "## Signed off with something open\n\n- run 7, by Anna\n"
        f"    - by now: not set: {names}\n"
    ) in shift.draft()


def test_what_is_silent_and_what_was_signed_off_open_is_handed_over() -> None:
    shift = Shift()
    shift.run(7)
    body = SignOff("Leo decides tomorrow", open=("hcal: BAD without a flag",))
    shift.write(body, run=7)
    silent = Silenced(
        *("known", "Hcal: box 3 is off", "in 2 plots", "hcal-dqm"),
        until="2001-01-01",
        expired=True,
    )
    text = draft(
        *(shift.logbook, shift.site, shift.record, {}, NOW + 2 * HOUR),
        silent=[silent],
    )
    assert (
        "## Signed off with something open\n\n- run 7, by Anna: Leo decides tomorrow\n"
        "    - hcal: BAD without a flag\n"
    ) in text
    assert (
        "## Silenced\n\n- **expired** known: Hcal: box 3 is off (in 2 plots), hcal-dqm,"
        " until 2001-01-01\n"
    ) in text
