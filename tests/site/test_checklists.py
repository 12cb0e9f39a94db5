from __future__ import annotations

import pytest
from support.instruction_texts import BEAMS, CHECKLISTS

from dqmconsole.model.checklist import CheckItem
from dqmconsole.site.checklists import read_checklists


def test_healthy_checklists_are_read_whole() -> None:
    found = read_checklists(CHECKLISTS.encode(), "f.yaml")
    assert found.problems == ()
    (checklist,) = found.checklists
    assert (checklist.id, checklist.phase) == ("start", "start")
    assert checklist.items == (
        CheckItem(
            "look", "Look at the page", ("Hcal/Digi occupancy",), ("collisions",)
        ),
        CheckItem("read", "Read the hand-over"),
    )
    ((page, place),) = found.pages
    assert (page, place.line, place.column) == ("Hcal/Digi occupancy", 7, 15)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("phase: start", "phase: begin", 3, "phase cannot be"),
        ("id: read", "id: look", 9, 'a second id "look", the first is in line 5'),
        ("id: read", "id: ''", 9, "the id is empty"),
        ("text: Read the hand-over", "txt: a", 9, 'did you mean "text"'),
        ("[collisions]", "[colisions]", 8, 'did you mean "collisions"'),
        ("title: Start of the shift", "title: ' '", 2, "empty title"),
        ("text: Read the hand-over", "text: ' '", 9, "the item has no text"),
    ],
)
def test_each_mistake_is_found_in_its_line(
    old: str, new: str, line: int, words: str
) -> None:
    found = read_checklists(CHECKLISTS.replace(old, new).encode(), "f.yaml", BEAMS)
    assert {each.line for each in found.problems} == {line}
    assert any(words in each.message for each in found.problems)
    if "phase" not in old:
        # what is healthy of the list stays
        assert found.checklists[0].items


def test_a_second_list_of_an_id_is_left_out() -> None:
    found = read_checklists((CHECKLISTS * 2).encode(), "f.yaml")
    assert len(found.checklists) == 1
    assert [each.line for each in found.problems] == [10]
