from __future__ import annotations

import re

import msgspec
import pytest
from support.instruction_texts import BEAMS, NOTE, TEXT, TIMING

from dqmconsole.model.instruction import (
    AppliesTo,
    Example,
    Instruction,
    Turn,
    UrgencyRule,
    steps_for,
)
from dqmconsole.site.instruction_text import tells_to_call
from dqmconsole.site.instructions import read_instruction, read_note

FILE = "instructions/hcal/occupancy.md"


def read(
    text: str | bytes, name: str = "hcal/occupancy"
) -> tuple[Instruction | None, list[str]]:
    data = text.encode() if isinstance(text, str) else text
    found = read_instruction(data, FILE, name, BEAMS)
    return found.value, [str(each).removeprefix(f"{FILE}:") for each in found.problems]


def line_of(text: str, words: str) -> int:
    return text[: text.index(words)].count("\n") + 1


def test_a_healthy_instruction_is_read_whole() -> None:
    found, problems = read(TEXT)
    assert problems == []
    assert found is not None
    assert (found.id, found.version, found.owner) == ("hcal/occupancy", 2, "hcal-dqm")
    assert found.applies_to == AppliesTo(
        layout="Hcal",
        pages=("Digi occupancy",),
        plots=("Hcal/DigiTask/Occupancy/depth*", "Hcal/TPTask/trend"),
        run_types=("collisions", "cosmics"),
        beam_modes=("stable beams", "setup"),
    )
    assert found.shows == "Digis by channel, see [the trend](<plot:Hcal/TPTask/trend>)."
    assert found.judge.startswith("- Holes are bad")
    assert found.judge.endswith("https://example.org.")
    assert "### In cosmics" in found.judge
    assert found.examples == (
        Example("good", "even", "", line_of(TEXT, "- good")),
        Example("bad", "a sector of holes", "hv-trip:Hcal", line_of(TEXT, "- bad")),
        Example("harmless", "paler, all over", "lumi-drop", line_of(TEXT, "- harm")),
    )
    assert found.turns == (
        Turn("hcal-dqm", "what they can do", line_of(TEXT, "1. hcal-dqm")),
        Turn("dqm-oncall", "", line_of(TEXT, "2. dqm-oncall")),
    )
    assert found.text.startswith("## What it shows")
    assert found.text.endswith("2. dqm-oncall")
    assert re.fullmatch(r"[0-9a-f]{16}", found.hash)


def test_the_steps_have_their_urgencies_by_beam_mode() -> None:
    found, _ = read(TEXT)
    assert found is not None
    first, second, third = found.steps
    assert (first.role, first.urgencies) == ("", ())
    assert first.line == line_of(TEXT, "1. Read")
    assert second.text == "Call the Hcal DQM on call: say where."
    assert second.role == "hcal-dqm"
    assert second.urgencies == (
        UrgencyRule("call now", ("stable beams", "setup")),
        UrgencyRule("call in working hours"),
    )
    assert second.urgency("stable beams") == "call now"
    assert second.urgency("adjust") == "call in working hours"
    assert third.text == "Write an entry.\n- with the picture"
    assert third.urgencies == (UrgencyRule("write only"),)


CALL = "   call hcal-dqm: call now in"


def test_steps_name_the_causes_they_are_for() -> None:
    text = TEXT.replace(CALL, f"   for: hv-trip, pump stopped.\n{CALL}")
    text = text.replace("3. Write an entry.\n", "3. Write an entry.\n   For: hot\n")
    found, problems = read(text)
    assert problems == []
    assert found is not None
    look, call, write = found.steps
    assert [each.causes for each in found.steps] == [
        (), ("hv-trip", "pump stopped"), ("hot",),
    ]  # fmt: skip
    # the line is none of the words that are shown
    assert call.text == "Call the Hcal DQM on call: say where."
    assert write.text == "Write an entry.\n- with the picture"
    assert steps_for(found, "hv-trip") == (call,)
    assert steps_for(found, "hot") == (write,)
    # all steps that call are for others, and the first calls nobody
    assert look.role == ""
    assert steps_for(found, "noise") == ()


def test_a_step_without_causes_is_for_all_that_no_other_names() -> None:
    text = TEXT.replace("3. Write an entry.\n", "3. Write an entry.\n   for: hot\n")
    found, _ = read(text)
    assert found is not None
    assert steps_for(found, "noise") == steps_for(found, "") == (found.steps[1],)


@pytest.mark.parametrize(
    ("line", "at", "words"),
    [
        ("for:", 0, 'after "for:" come causes'),
        ("for: hv-trip,", 0, "separated by commas"),
        ("for: a, b, a", 0, '"a" stands twice'),
        ("for: a\n   for: b", 1, "a second line of causes"),
    ],
)
def test_each_mistake_in_a_line_of_causes_is_said(
    line: str, at: int, words: str
) -> None:
    found, problems = read(TEXT.replace(CALL, f"   {line}\n{CALL}"))
    assert found is None
    (problem,) = problems
    assert problem.startswith(f"{line_of(TEXT, CALL) + at}:1: ")
    assert words in problem
    assert "[cause-form]" in problem


def test_words_after_for_are_no_causes() -> None:
    text = TEXT.replace("3. Write an entry.", "3. Wait\n   for the expert: he comes.")
    found, problems = read(text)
    assert problems == []
    assert found is not None
    assert found.steps[2].causes == ()
    assert "for the expert" in found.steps[2].text


def test_the_places_are_those_of_the_file() -> None:
    found = read_instruction(TEXT.encode(), FILE, "hcal/occupancy", BEAMS)
    lines = TEXT.splitlines()
    for part in ("version", "review_due", "plots[1]", "page[0]", "beam_modes"):
        place = found.places[part]
        rest = lines[place.line - 1][place.column - 1 :]
        assert rest.startswith(
            {
                "version": "2",
                "review_due": "2027-05-20",
                "plots[1]": "Hcal/TPTask/trend",
                "page[0]": "Digi occupancy",
                "beam_modes": "[Stable",
            }[part]
        )
    for link in found.links:
        assert link.target in lines[link.place.line - 1]
    assert [link.target.partition(":")[0] for link in found.links] == [
        "plot",
        "page",
        "instruction",
    ]
    assert "how-to-judge" in found.anchors
    assert "in-cosmics" in found.anchors


def test_crlf_and_a_byte_order_mark_change_nothing_but_the_hash() -> None:
    plain, _ = read(TEXT)
    assert plain is not None
    for data in (
        TEXT.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + TEXT.encode(),
    ):
        found, problems = read(data)
        assert problems == []
        assert found is not None
        assert msgspec.structs.replace(found, hash="") == msgspec.structs.replace(
            plain, hash=""
        )
        assert found.hash != plain.hash


# a text of the instruction, what stands there instead, the line, words of the problem
MISTAKES = [
    # front matter
    ("title:", "titel:", 3, 'did you mean "title"'),
    ("title: Digi occupancy by depth\n", "", 2, 'lacks its "title"'),
    ("version: 2", "version: two", 4, "whole number"),
    ("version: 2", "version: 0", 4, "version is 1 or more"),
    ("id: hcal/occupancy", "id: hcal/occupanci", 2, 'the id is "hcal/occupancy"'),
    ("written: 2026-11-20", "written: 20.11.2026", 6, "written is a date"),
    ("review_due: 2027-05-20", "review_due: 2027-02-30", 15, "review_due is a date"),
    ("owner: hcal-dqm", "owner: ''", 7, "owner is one line"),
    ("  layout: Hcal\n", "", 9, "applies to one layout"),
    ("[collisions, cosmics]", "[colisions]", 12, 'did you mean "collisions"'),
    ("Stable beams, setup", "stabel beams", 13, 'did you mean "stable beams"'),
    ("  page: Digi", "  pag: Digi", 10, 'did you mean "page"'),
    ("  page: Digi occupancy", "  page: ' '", 10, "page: an empty name"),
    ("Occupancy/depth*", "Occupancy/depth{1..4}", 11, "braces do not expand here"),
    ("Occupancy/depth*", "Occupancy/depth[1", 11, "never closed"),
    ("Digis by", "<div>\n\nDigis by", 19, "HTML is not read"),
    ("title: Digi", "title: [Digi", 4, "syntax error"),
    ("title: Digi", "title: Digi: x", 3, "syntax error"),
    ("author: hcal-dqm", "author: !!python/name:os.system x", 5, "tag"),
    # sections
    ("## How to judge", "## How to juge", 21, 'did you mean "How to judge"'),
    ("## How to judge", "# How to judge", 21, "two signs"),
    ("## How to judge", "How to judge", 28, '"## How to judge" is missing'),
    ("## Whom to call", "## If it is bad", 42, "a second section"),
    ("## What it shows", "Words.\n\n## What it shows", 18, "before the first section"),
    ("\nDigis by channel, see [the trend](<plot:Hcal/TPTask/trend>).\n",
     "\n",
     18, "is empty"),
    # examples
    ("- good: even", "- goood: even", 29, 'did you mean "good"'),
    ("- good: even\n", "", 28, "has no good one"),
    ("- good: even", "- good: ", 29, "no caption"),
    ("- good: even", "- good hv-trip: even", 29, "the reference itself"),
    ("bad hv-trip:Hcal:", "bad:", 30, "names its cause"),
    ("bad hv-trip:Hcal:", "bad hv-trip", 30, "is no example"),
    ("- good: even", "Words.\n\n- good: even", 29, "is a list"),
    ("- good: even", "1. good: even", 29, "is a list"),
    # steps
    ("1. Read", "- Read", 35, "a step begins with its number"),
    ("call now in", "call soon in", 37, 'did you mean "call now"'),
    ("call now in", "cal now in", 37, 'did you mean "call now"'),
    ("call hcal-dqm: call now", "cal hcal-dqm: call now", 37, 'did you mean "call"'),
    ("call hcal-dqm: call now", "call: call now", 37, "is no line of urgency"),
    ("call hcal-dqm: call now", "call Hcal DQM: call now", 37, "is no line of urgency"),
    ("in stable beams, setup", "in stable beans", 37, 'did you mean "stable beams"'),
    ("in stable beams, setup;", "in stable beams,;", 37, "no beam mode"),
    ("in stable beams, setup;", "stable beams;", 37, '"in MODE, MODE"'),
    ("working hours otherwise", "working hours in setup", 37, "the last clause"),
    ("working hours otherwise",
     "working hours otherwize",
     37, 'did you mean "otherwise"'),
    ("working hours otherwise",
     "working hours in adjust, stable beams",
     37, "two urgencies"),
    ("call now in stable beams, setup", "call now", 37, "it comes last"),
    ("beams, setup; call", "beams;\n   call", 38, "in one line"),
    ("   call hcal-dqm: call now",
     "   - call hcal-dqm: call now",
     37, "no line of urgency"),
    ("otherwise\n", "otherwise\n   and wait\n", 38, "the last of its step"),
    ("otherwise\n",
     "otherwise\n   call dqm-oncall: write only\n",
     38, "one step, one call"),
    ("1. Read", "1. call hcal-dqm: call now\n2. Read", 35, "no text"),
    ("1. Read [the timing](<instruction:hcal/timing#how-to-judge>).",
     "1.",
     35, "no text"),
    # whom to call
    ("2. dqm-oncall", "2. The DQM on call", 44, "is no role"),
    ("2. dqm-oncall", "2. hcal-dqm", 44, "twice, first in line 43"),
    ("1. hcal-dqm:", "- hcal-dqm:", 43, "after its number"),
    # hostile and foreign
    ("Digis by", "<b>Digis</b> by", 19, "HTML is not read"),
    ("Digis by", "A\nb <!-- c --> by", 20, "HTML is not read"),
    ("Digis by", "![x](http://a.b/c.png) by", 19, "images are not read"),
    ("plot:Hcal", "javascript:alert", 19, "not javascript:"),
    ("plot:Hcal", "JaVaScript:alert", 19, "not javascript:"),
    ("plot:Hcal", "plott:Hcal", 19, 'did you mean "plot"'),
    ("plot:Hcal/TPTask/trend", "../contacts.yaml", 19, "is no link"),
    ("plot:Hcal/TPTask/trend", "#how-to-judge", 19, "is no link"),
    ("plot:Hcal/TPTask/trend", "//evil.example/x", 19, "is no link"),
    ("plot:Hcal/TPTask/trend", "page:", 19, "names nothing"),
    ("plot:Hcal/TPTask/trend", "https://[::1", 19, "no web address"),
    ("plot:Hcal/TPTask/trend", "https:///x", 19, "names no host"),
    ("plot:Hcal/TPTask/trend", "https://good.example@evil.example/", 19, "no account"),
    ("plot:Hcal/TPTask/trend", "PLOT:Hcal", 19, "lower case"),
    ("Digis by", "<javascript:alert(1)> by", 19, "not javascript:"),
    ("Digis by", "Digis\x07 by", 19, "U+0007"),
    ("Digis by", "Digis\u202e by", 19, "U+202E"),
    ("Digis by", "x" * 9000, 18, "a paragraph of more than"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "words"), MISTAKES)
def test_each_mistake_is_found_in_its_line(
    old: str, new: str, line: int, words: str
) -> None:
    assert old in TEXT
    found, problems = read(TEXT.replace(old, new, 1))
    assert found is None
    assert any(each.startswith(f"{line}:") and words in each for each in problems), (
        problems
    )


ENGLISH = [
    "Don't call the expert for one hot channel",
    "Read the note, then contact team sheet in the logbook",
    "Do not call anybody for a single dead channel.",
    "You needn’t call the Hcal DQM on call for this.",
    "Write an entry instead of calling the expert.",
    "Nobody is to call the shift leader before the third lumisection.",
    "If the expert did not call the control room, wait.",
    "Find out who will call the expert.",
    "Look who is on call: the shift leader knows.",
    "Wait for the expert's call.",
    "The page shows the team of the week.",
    "Page through the plots, then alert levels are clear.",
    "Open the contact sheet and page down to the desk.",
    "Inform yourself: the shift summary has the cause.",
    "Note the time, and tell people's names apart in the table.",
    "To tell a shift of the peak from noise, compare with the reference.",
    "Then page Hcal shift summary shows the same hole.",
    "Give the crate a ring of ten seconds to settle.",
    "Compare ring 2 with the other ring of the same disk.",
    "Get a hold of the run number from the header.",
    "What we call DQM noise stays below 2 %.",
    "Physicists call people of the control room shifters.",
    "So warn operators only when the hole grows.",
    "Please contact no person outside the collaboration.",
    "Then contact person and phone stand in the entry.",
    "Dial 16 1001 is the number in the old note: ignore it.",
    "Call Hcal noise what has no charge.",
    "Without a call to the expert, go on.",
    "Call him: he knows the crate.",
    "If it stays for five lumisections,\n   call the expert: the number is below.",
    "Restart the client,\n   and then call now and again for its state.",
    "Write an entry;\n   call it noise: that is what it is.",
    "When the hole grows,\n   call him now.",
    "When the hole grows,\n   call them in working hours.",
    "Read the entry and\n   tell people: nothing else is to be done.",
    "Wait,\n   then just call now.",
    "If nobody answers,\n   call somebody: any shifter will do.",
    "In the morning,\n   call her: she was there.",
    "Look at the page\n   call sheet: it names the crate.",
    "Is it the same hole?\n   Call the Hcal DQM: ask since when.",
]


@pytest.mark.parametrize("words", ENGLISH)
def test_no_sentence_keeps_an_instruction_from_being_shown(words: str) -> None:
    text = TEXT.replace("1. Read", f"1. {words}\n2. Read", 1)
    found = read_instruction(text.encode(), FILE, "hcal/occupancy", BEAMS)
    assert found.value is not None
    assert found.value.steps[0].text.split() == words.split()
    assert found.value.steps[0].role == ""
    assert len(found.value.steps) == 4
    assert all(
        each.severity == "advice" and "how soon" in each.message
        for each in found.problems
    )


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("   call hcal-dqm: call now in stable beams, setup; call in working hours "
         "otherwise\n",
         "",
         36, '("Call the Hcal DQM on call") and not how soon'),
        ("1. Read", "1. Please phone the shift leader. Read", 35, "how soon"),
        ("1. Read", "1. If it grows,\n   call the expert: ask. Read", 35, "how soon"),
    ],
)  # fmt: skip
def test_a_call_without_how_soon_is_advice(
    old: str, new: str, line: int, words: str
) -> None:
    assert old in TEXT
    found = read_instruction(
        TEXT.replace(old, new, 1).encode(), FILE, "hcal/occupancy", BEAMS
    )
    (problem,) = found.problems
    assert (problem.line, problem.severity) == (line, "advice")
    assert words in problem.message
    assert found.value is not None
    assert found.draft is None


@pytest.mark.parametrize(
    "cause",
    ["dead region", "HV_trip", "a cable was cut:Hcal", "kein Strom"],
)
def test_the_cause_of_an_example_is_any_text(cause: str) -> None:
    found, problems = read(TEXT.replace("bad hv-trip:Hcal:", f"bad {cause}:", 1))
    assert problems == []
    assert found is not None
    assert cause in [each.cause for each in found.examples]


@pytest.mark.parametrize(
    ("place", "region"),
    [
        (" at 1 3", (1, 3)),
        (" at -28.5 28.5 14.5 18.5", (-28.5, 28.5, 14.5, 18.5)),
        ("", ()),
    ],
)
def test_a_bad_example_may_say_where_it_is_drawn_empty(
    place: str, region: tuple[float, ...]
) -> None:
    text = TEXT.replace("bad hv-trip:Hcal:", f"bad hv-trip:Hcal{place}:", 1)
    found, problems = read(text)
    assert problems == []
    assert found is not None
    assert found.examples[1].cause == "hv-trip:Hcal"
    assert found.examples[1].region == region


@pytest.mark.parametrize("place", ["at 3 1", "at 1 2 3", "at 1 2 4 3"])
def test_a_place_that_is_none_is_said(place: str) -> None:
    _, problems = read(
        TEXT.replace("bad hv-trip:Hcal:", f"bad hv-trip:Hcal {place}:", 1)
    )
    assert any(f"{place} is no place" in each for each in problems)


def test_sections_out_of_order_are_said_once() -> None:
    shows, judge = "## What it shows\nA.\n\n", "## How to judge\nB.\n\n"
    text = TIMING.replace(shows + judge, judge + shows)
    assert text != TIMING
    found, problems = read(text, "hcal/timing")
    assert found is None
    (problem,) = problems
    assert problem.startswith('17:1: "What it shows" stands before "How to judge"')


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "begins with a line ---"),
        (b"---\n", "has no end"),
        (b"---\n---\n", "front matter is empty"),
        (b"---\nid: x\n", "has no end"),
        (b"# Title\n", "begins with a line ---"),
        (b"\0\0\0\0", "binary file"),
        (b"\x89PNG\r\n\x1a\n\0\0", "binary file"),
        (b"---\nid: \xe9\n---\n", "not UTF-8"),
        (b"---\n- a\n---\n", "a mapping"),
        (b"---\na: &a [*a]\n---\n", "contains itself"),
    ],
)
def test_what_is_no_instruction_at_all(data: bytes, words: str) -> None:
    found, problems = read(data)
    assert found is None
    assert words in problems[0]


@pytest.mark.parametrize(
    "words",
    [
        "Call the expert.",
        "If it stays, call the Hcal DQM on call",
        "phone the shift leader",
        "Ring the DAQ shifter at once",
        "call him",
        "Telephone the control room",
        "call hcal-dqm with the numbers",
        "call the Hcal DQM",
        "Give the shift leader a ring",
    ],
)
def test_words_that_tell_to_call(words: str) -> None:
    assert tells_to_call(words)


@pytest.mark.parametrize(
    "words",
    [
        "Do not call the expert for it.",
        "Compare with ring 2 of the disk",
        "Ask who is on call: the shift leader knows",
        "Recall the run; call it noise",
        "There is no need to call anybody",
        "The on-call expert reads the entry",
        "Don't call the expert for one hot channel",
        "You needn’t call the expert",
        "Look whom to call: the expert",
    ],
)
def test_words_that_do_not(words: str) -> None:
    assert tells_to_call(words) is None


def test_a_note_is_read() -> None:
    found = read_note(NOTE.encode(), "n.md", "notes/boxes", BEAMS)
    assert found.problems == ()
    note = found.value
    assert note is not None
    assert note.supersedes == ("hcal/occupancy",)
    assert note.expires == "2026-12-20"
    assert note.text == "Do **not** call for the hatched boxes."
    assert note.applies_to.pages == ("Digi occupancy",)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("expires: 2026-12-20\n", "", 2, 'lacks its "expires"'),
        ("expires: 2026-12-20", "expires: never", 6, "expires is a date"),
        ("Do **not** call for the hatched boxes.\n", "", 11, "has no text"),
        ("supersedes", "supersede", 9, 'did you mean "supersedes"'),
        ("Do **not**", "<i>not</i>", 12, "HTML"),
        ("{layout: Hcal, page", "{page", 8, "needs its layout"),
    ],
)
def test_a_broken_note_is_left_out(old: str, new: str, line: int, words: str) -> None:
    found = read_note(NOTE.replace(old, new).encode(), "n.md", "notes/boxes", BEAMS)
    assert found.value is None
    assert any(each.line == line and words in each.message for each in found.problems)


def test_every_link_of_a_site_can_be_written() -> None:
    links = (
        "[a](<page:Hcal/Digi occupancy>) [b](https://example.org/x?a=1#b) "
        "<https://example.org> [c](<instruction:hcal/timing>) [d][r]\n\n"
        "[r]: <plot:Hcal/DigiTask/Occupancy vs (iη)>\n\nDigis"
    )
    text = TEXT.replace("Digis by channel", links, 1)
    found = read_instruction(text.encode(), FILE, "hcal/occupancy", BEAMS)
    assert found.problems == ()
    assert [link.target for link in found.links][:5] == [
        "page:Hcal/Digi occupancy",
        "https://example.org/x?a=1#b",
        "https://example.org",
        "instruction:hcal/timing",
        "plot:Hcal/DigiTask/Occupancy vs (iη)",
    ]
