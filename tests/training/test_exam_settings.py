"""The settings of the exam: what is broken is left out, the rest stays."""

from __future__ import annotations

import pytest
from support.lesson_texts import EXAM

from dqmconsole.training.files.exam import read_exam
from dqmconsole.training.lesson import ItemSource

FILE = "instructions/lessons/exam.yaml"


def test_a_healthy_exam_is_read_whole() -> None:
    found = read_exam(EXAM.encode(), FILE)
    assert found.problems == ()
    settings = found.settings
    assert settings is not None
    assert (settings.items, settings.minutes) == (120, 20.0)
    assert settings.matter[0] == ItemSource(
        ("Hcal/Digi occupancy",), "fed-lost:Hcal", (2.0, 1.0)
    )
    assert len(settings.matter) == 5
    place = found.places["matter[0].sizes[1]"]
    assert (place.file, place.line) == (FILE, 4)
    assert EXAM.splitlines()[3][place.column - 1 :].startswith("1]")


# text, what stands there instead, line, words, is the exam still there
MISTAKES = [
    ("minutes: 20", "minutes: 0", 2, "minutes is from 1 to 600, not 0", False),
    ("minutes: 20", "pass_mark: {causes: 80}", 2, "causes is from 0 to 1", False),
    ("minutes: 20", "pass_mark: {found: 70}", 2, "found is from 0 to 1, not 70",
     False),
    ("items: 120", "items: 0", 1, "items is from 1 to 1000", False),
    ("items: 120", "itmes: 120", 1, 'did you mean "items"', False),
    ("items: 120", "valid_days: 0", 1, "valid_days is from 1", False),
    ("cause: lumi-drop", 'cause: "lumi-drop@4"', 7, "when and how much", True),
    ("cause: lumi-drop", 'cause: "lumi-drop*4"', 7, "when and how much", True),
    ("cause: lumi-drop", "casue: lumi-drop", 7, 'did you mean "cause"', True),
    ("cause: lumi-drop", "sizes: [1]", 7, "sizes are those of a cause", True),
    ("cause: lumi-drop", "truth: good", 7, "truth is said of an evidence", True),
    ("cause: lumi-drop", "evidence: a.dqmevidence", 7, "truth: bad, or", True),
    ("cause: lumi-drop", "evidence: a/b.dqmevidence, truth: bad", 7, "beside", True),
    ("cause: lumi-drop", "evidence: a.dqmevidence, truth: bad, cause: x, sizes: [1]", 7,
     "an evidence bundle has no sizes", True),
    ("cause: lumi-drop", "run_types: []", 7, "run_types: there is no run", True),
    ("cause: lumi-drop", "run_types: [cosmic]", 7, 'did you mean "cosmics"', True),
    ("sizes: [2, 1]", "sizes: [2, 0]", 4, "sizes: 0 is nothing", True),
    ("sizes: [2, 1]", "sizes: [.inf]", 4, "is a number", True),
    ("[Hcal/Digi occupancy], cause: lumi-drop", "[], cause: lumi-drop", 7,
     "it names no page", True),
    ("[Hcal/Digi occupancy], cause: lumi-drop", "[''], cause: lumi-drop", 7,
     "pages: an empty name", True),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "words", "stays"), MISTAKES)
def test_each_mistake_is_found_in_its_line(
    old: str, new: str, line: int, words: str, *, stays: bool
) -> None:
    assert old in EXAM
    found = read_exam(EXAM.replace(old, new, 1).encode(), FILE)
    said = [(each.line, each.message) for each in found.problems]
    assert any(at == line and words in message for at, message in said), said
    assert (found.settings is not None) == stays
    if found.settings is not None:
        assert len(found.settings.matter) == 4


def test_keys_of_earlier_versions_are_read_over_with_an_advice() -> None:
    gone = (
        "good: 0.6", "scenario_minutes: 30", "scenario_faults: 3", "least_faults: 100",
        "hit_rate: 0.6", "false_alarms: [any, thing]", "seconds: 30",
    )  # fmt: skip
    found = read_exam("\n".join([*gone, EXAM]).encode(), FILE)
    assert found.settings == read_exam(EXAM.encode(), FILE).settings
    assert [(each.line, each.severity) for each in found.problems] == [
        (line, "advice") for line in range(1, 8)
    ]
    assert '"good" is no longer used' in found.problems[0].message


def test_an_exam_of_nothing_is_none() -> None:
    for text in ("", "items: 3\n", "matter: []\n", "- a\n", "matter: [{pages: []}]\n"):
        found = read_exam(text.encode(), FILE)
        assert found.settings is None
        assert found.problems, text


def test_a_hundred_mistakes_do_not_hide_the_next() -> None:
    """What is over the cap of problems is left out all the same."""
    bad = "  - {pages: [a], cause: x, sizes: [0]}\n"
    found = read_exam(("matter:\n  - {pages: [a]}\n" + bad * 120).encode(), FILE)
    assert found.settings is not None
    assert len(found.settings.matter) == 1
