from __future__ import annotations

import pytest
from support.site_texts import KNOWN

from dqmconsole.site.known_issues import read_known


def test_a_known_problem_is_read() -> None:
    found, places, problems = read_known(KNOWN.encode(), "known.yaml")
    assert problems == ()
    (known,) = found
    assert known.regions[0].x == (20.0, 24.0)
    assert known.regions[0].y_labels == ("a", "b")
    assert (known.first_run, known.expires) == (398000, "2026-12-31")
    where = {key: (each.line, each.column) for key, each in places[0].items()}
    assert where["expires"] == (9, 12)
    assert where["owner"] == (8, 10)
    assert where["paths[0]"] == (3, 11)
    assert where["regions[0]"] == (4, 13)


@pytest.mark.parametrize("text", ["", "# none\n", "[]\n", "---\n"])
def test_nothing_known_is_no_problem(text: str) -> None:
    assert read_known(text.encode(), "known.yaml") == ((), (), ())


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("- problem:", "- problme:", 1, 'did you mean "problem"'),
        ("expires: 2026-12-31", "expires: never", 9, "a date"),
        ("  expires: 2026-12-31\n", "", 1, 'lacks its "expires"'),
        ("last_run: 399000", "last_run: 397000", 7, "is before first_run"),
        ("[20, 24]", "[24, 20]", 4, "[lowest, highest]"),
        ("y_labels", "x_labels", 4, "exclude each other"),
        ("channels: 41", "channels: -1", 5, "0 or more"),
        ("Hcal/DigiTask/*", "Ecal/*", 3, "is nothing of the subsystem"),
        ('["Hcal/DigiTask/*"]', "[]", 3, "names no monitor element"),
        ("owner: hcal-dqm", "owner:", 8, "no value"),
        ("regions: [", "regions: [3, ", 4, "a mapping"),
        ("problem: Two dead boxes", "problem: ' '", 1, "problem is empty"),
    ],
)
def test_a_broken_entry_is_left_out(old: str, new: str, line: int, words: str) -> None:
    text = KNOWN.replace(old, new, 1)
    assert text != KNOWN
    found, _, problems = read_known(text.encode(), "known.yaml")
    assert found == ()
    assert any(each.line == line and words in each.message for each in problems)


def test_elements_of_no_one_subsystem_have_known_issues_too() -> None:
    text = KNOWN.replace("  subsystem: Hcal\n", "", 1)
    text = text.replace("Hcal/DigiTask/*", "rate", 1)
    (known,), _, problems = read_known(text.encode(), "known.yaml")
    assert problems == ()
    assert (known.subsystem, known.shows_in("rate", 0)) == ("", True)
    text = KNOWN.replace("subsystem: Hcal", "subsystem: ' '", 1)
    found, _, problems = read_known(text.encode(), "known.yaml")
    assert (found, problems[0].code) == ((), "empty-text")
