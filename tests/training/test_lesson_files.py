"""Lessons: two files to one value, and each mistake within them at its place."""

from __future__ import annotations

import pytest
from support.lesson_texts import FIRST, FIRST_WORDS, RECTANGLE, RECTANGLE_WORDS

from dqmconsole.training.files.lessons import LessonRead, read_lesson
from dqmconsole.training.lesson import FindingGoal, FlagGoal, Goal, LessonRun, TickGoal

YAML = "instructions/lessons/rectangle.yaml"
WORDS = "instructions/lessons/rectangle.md"


def read(yaml: str = RECTANGLE, words: str = RECTANGLE_WORDS) -> LessonRead:
    return read_lesson(yaml.encode(), words.encode(), "rectangle")


def test_a_healthy_lesson_is_read_whole() -> None:
    found = read()
    assert found.problems == ()
    lesson = found.value
    assert lesson is not None
    assert found.draft is None
    assert (lesson.id, lesson.number, lesson.version) == ("rectangle", 2, 3)
    assert lesson.run == LessonRun(
        seed=5, causes=("fed-lost:Hcal@6",), ahead=14, speed=10.0, run_length=20
    )
    see, compare, which, say, _, flag, _, tick, *_ = lesson.steps
    assert see.text == (
        "Look at the [page](<page:Hcal/Digi occupancy>). It is **empty**."
    )
    assert see.hints == ("On the left.", "Further left.")
    assert (compare.region, compare.hint_after) == ((1.0, 2.0, 3.0, 4.0), 20.0)
    assert which.question is not None
    assert which.question.why == ("The row is on", "The driver is empty")
    assert say.done == Goal(
        finding=FindingGoal("bad", ("fed-lost",), ("Hcal/*",), "call now")
    )
    assert say.after == ("see",)
    assert flag.done == Goal(flag=FlagGoal("hcal", "BAD", (1, 9), causes=("readout",)))
    assert tick.done == Goal(tick=TickGoal("hcal/occupancy", 1))
    assert lesson.debrief == "A driver was lost."
    assert [each.target for each in found.links] == [
        "page:Hcal/Digi occupancy",
        "page:Hcal/Digi occupancy",
    ]


def test_every_part_has_its_place() -> None:
    places = read().places
    lines = RECTANGLE.splitlines()
    for part, words in (
        ("number", "2"),
        ("covers[1]", "Hcal]"),
        ("run.causes[0]", '"fed-lost'),
        ("steps[0].done.page", "Hcal/Digi"),
        ("steps[3].done.finding.causes[0]", "fed-lost]"),
        ("steps[7].done.tick.step", "1}"),
        ("steps[3].after[0]", "see]"),
    ):
        place = places[part]
        assert place.file == YAML
        assert lines[place.line - 1][place.column - 1 :].startswith(words), part
    assert (places["steps[1]:text"].file, places["steps[1]:text"].line) == (WORDS, 13)
    assert (
        places["debrief"].line == RECTANGLE_WORDS.splitlines().index("## debrief") + 1
    )


def test_the_hash_follows_both_files() -> None:
    hashes = {
        found.value.hash
        for found in (
            read(),
            read(RECTANGLE + "\n"),
            read(words=RECTANGLE_WORDS + "\n"),
        )
        if found.value is not None
    }
    assert len(hashes) == 3


def test_nobody_but_a_finding_speaks_of_nobody() -> None:
    found = read(RECTANGLE.replace("urgency: call now", "urgency: nobody"))
    assert found.problems == ()
    assert found.value is not None
    goal = found.value.steps[3].done
    assert goal is not None
    assert goal.finding is not None
    assert goal.finding.urgency == "nobody"


# text in the YAML, what stands there instead, line, words
MISTAKES = [
    ("number: 2", "number: 0", 1, "number is from 1 to 999, not 0"),
    ("number: 2", "number: two", 1, "number is a whole number"),
    ("version: 3", "version: 0", 3, "version is from 1"),
    ("minutes: 6", "minutes: 600", 6, "minutes is from 1 to 120, not 600"),
    ("written: 2026-11-20", "written: yesterday", 5, "written is a date such as"),
    ("title: An empty rectangle", "title: ''", 2, "title is one line of text"),
    ("teaches: telling", "teachs: telling", 7, 'did you mean "teaches"'),
    ("teaches: telling", "hash: a\nteaches: telling", 7, 'has no key "hash"'),
    ("title: Call,", "title: Call, text: a,", 32, 'this step has no key "text"'),
    ("title: Call,", "titel: Call,", 32, 'did you mean "title"'),
    ("requires: [first]", "requires: first", 8, "requires is a list"),
    ("requires: [first]", "requires: ['']", 8, "requires: an empty name"),
    ("seed: 5", "seed: -1", 10, "seed is from 0"),
    ("ahead: 14", "ahead: 0", 10, "ahead is from 1 to 400, not 0"),
    ("ahead: 14", "ahed: 14", 10, 'did you mean "ahead"'),
    ("speed: 10", "speed: 0", 10, "speed is from 0.1"),
    ("run_length: 20", "evidence: ../x.dqmevidence", 10, "evidence is a file beside"),
    ("run_length: 20", "evidence: x.zip", 10, "evidence is a file beside"),
    ("run_length: 20", "evidence: x.dqmevidence", 10, "it has no causes"),
    ("run_length: 20", "recorded: 7", 10, "recorded runs are for practice, the exam"),
    ("id: compare", "id: see", 16, 'a second step "see", the first is in line 12'),
    ("id: compare", "id: Compare", 16, "lower-case letters"),
    ("id: compare", "id: debrief", 16, 'no step can be called "debrief"'),
    ("title: Is it in the reference?", "title: ' '", 17, "title is one line"),
    ("point: plot Hcal", "point: plt Hcal", 18, 'point is "plot PATH"'),
    ("point: contacts", "point: contcts", 32, 'did you mean "contacts"'),
    ("region: [1, 2, 3, 4]", "region: [1, 2, 3]", 19, "here are 3 numbers"),
    ("region: [1, 2, 3, 4]", "region: [1, 2, 4, 3]", 19, "y goes from 4 to 3"),
    ("point: plot Hcal/DigiTask/Occupancy/depth1", "point: plot panel", 19,
     "a region is one of a plot"),
    ("hint_after: 20", "hint_after: 0", 21, "hint_after is from 1"),
    ("mode: ratio", "mode: ration", 20, 'did you mean "ratio"'),
    ("used: reference", "used: references", 20, "used cannot be"),
    ("mode: ratio", "moode: ratio", 20, 'this goal has no key "moode"; did you mean'),
    ('{plot: "Hcal/DigiTask/*", mode: ratio, used: reference}', "{}", 20,
     "done names nothing that must become true"),
    ("done: {plot: \"Hcal/DigiTask/*\"", "question: {choices: [a, b], right: 1, why: "
     "[a, b]}\n    done: {plot: \"Hcal/DigiTask/*\"", 20, "make two steps of it"),
    ("choices: [High voltage, ", "choices: [", 25, "two to five choices, here are 1"),
    ("choices: [High voltage, ", "choices: ['', ", 25, "choices: each is one line"),
    ("choices: [High voltage, \"A driver, see [it](<page:Hcal/Digi occupancy>)\"]",
     "choices: [a, a]", 25, 'choices: "a" stands here twice'),
    ("choices: [High voltage", "choices: [<b>High</b>", 25, "HTML is not read here"),
    ("right: 2", "right: 3", 26, "1 to 2, not 3"),
    ("right: 2", "right: 0", 26, "1 to 2, not 0"),
    ('why: ["The row is on", ', "why: [", 27, "each choice, 2 of them; here are 1"),
    ('why: ["The row is on", ', 'why: ["See [x](ftp://a)", ', 27, "not ftp:"),
    ("verdict: bad", "verdict: wrong", 30, "verdict cannot be"),
    ("causes: [fed-lost]", "causes: ['']", 30, "causes: an empty name"),
    ("urgency: call now", "urgency: call", 30, "urgency cannot be"),
    ("after: [see]", "after: [seee]", 31, 'no step "seee"; did you mean "see"'),
    ("after: [see]", "after: [say]", 31, "wait for each other: say → say"),
    ("after: [see]", "after: [call]", 31, '"call" is told later'),
    ("call: hcal-dqm", "call: nobody", 32, "nobody is what a finding says"),
    ("first: [1, 9]", "first: [9, 5]", 33, "first is a range of lumisections"),
    ("first: [1, 9]", "first: [5]", 33, "first is a range of lumisections"),
    ("status: BAD", "status: bad", 33, 'did you mean "BAD"'),
    ("step: 1}", "step: 0}", 35, "step is from 1"),
    ("lumisection: 18", "lumisection: -1", 37, "lumisection is from 1"),
    ("runs: 2", "runs: 0", 38, "runs is from 1"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "words"), MISTAKES)
def test_each_mistake_is_found_in_its_line(
    old: str, new: str, line: int, words: str
) -> None:
    assert old in RECTANGLE
    found = read(RECTANGLE.replace(old, new, 1))
    said = [(each.file, each.line, each.message) for each in found.problems]
    assert any(
        (file, at) == (YAML, line) and words in message for file, at, message in said
    ), said
    if "told later" not in words:
        assert found.value is None
        assert found.draft is not None


def test_a_lesson_without_steps_is_none() -> None:
    head = RECTANGLE[: RECTANGLE.index("steps:")]
    found = read(head + "steps: []\n", "## debrief\n\nEnd.\n")
    assert [str(each) for each in found.problems] == [
        f"{YAML}:11:8: the lesson has no steps"
    ]
    assert read("", "").problems[0].message == "the file is empty"


def test_a_long_ring_of_steps_is_said_once() -> None:
    yaml = RECTANGLE.replace("point: contacts", "after: [flag]").replace(
        "title: Flag,", "title: Flag, after: [call],"
    )
    found = read(yaml)
    (problem,) = [each for each in found.problems if each.severity == "error"]
    assert "call → flag → call" in problem.message


# text in the Markdown, what stands there instead, file, words
WORDING = [
    ("## compare\n\nPress r.\n", "", YAML, 'rectangle.md has no section "## compare"'),
    ("## compare", "## compair", WORDS, 'no step "compair"; did you mean "compare"'),
    ("## compare", "# compare", WORDS, 'two signs: "## compare"'),
    ("## compare", "## see", WORDS, 'a second section "see", the first is in line 1'),
    ("## debrief\n\nA driver was lost.\n", "", WORDS, '"## debrief" is missing'),
    ("## debrief", "## debreif", WORDS, 'did you mean "debrief"'),
    ("Press r.", "", WORDS, 'there is nothing below "compare"'),
    ("Further left.", "", WORDS, 'there is nothing below "Hint"'),
    ("### Hint", "### Tip", WORDS, 'three signs begin a hint: "### Hint", not "Tip"'),
    ("## see", "Hello\n\n## see", WORDS, "text before the first section"),
    ("A driver", "### Hint\n\nA driver", WORDS, "nobody needs a hint"),
    ("Press r.", "Press <b>r</b>.", WORDS, "HTML is not read here"),
    ("Press r.", "![r](r.png)", WORDS, "images are not read"),
    ("Press r.", "Press [r](file:///etc)", WORDS, "not file:"),
    ("Press r.", "Press \u202er.", WORDS, "turns the writing direction"),
    ("Press r.", "<<<<<<< HEAD", WORDS, "conflict marker"),
    ("Press r.", "Press \0r.", WORDS, "is a binary file"),
    ("Press r.", "word " * 2000, WORDS, "a paragraph of more than"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "file", "words"), WORDING)
def test_each_mistake_in_the_words_is_found(
    old: str, new: str, file: str, words: str
) -> None:
    assert old in RECTANGLE_WORDS
    found = read(words=RECTANGLE_WORDS.replace(old, new, 1))
    assert found.value is None
    said = [str(each) for each in found.problems]
    assert any(each.startswith(file) and words in each for each in said), said


def test_words_that_cannot_be_read_leave_the_lesson_out() -> None:
    found = read_lesson(FIRST.encode(), None, "first")
    # its file has the problem already
    assert (found.value, found.problems) == (None, ())
    assert found.draft is not None
    bad = read_lesson(FIRST.encode(), b"\xff", "first")
    assert bad.value is None
    assert "is not UTF-8" in bad.problems[0].message


def test_names_of_files_are_lower_case() -> None:
    for name in ("First", "first lesson", "exam", "-x"):
        found = read_lesson(FIRST.encode(), FIRST_WORDS.encode(), name)
        assert found.value is None
        assert "lower-case letters" in found.problems[0].message
