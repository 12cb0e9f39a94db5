from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dqmconsole.model.text_difference import text_difference


def test_a_word_that_changed_is_all_that_changed() -> None:
    found = text_difference("BAD above 1 %.\nCall.", "BAD above 2 %.\nCall.")
    assert found == [
        ("same", "BAD above "),
        ("removed", "1 "),
        ("added", "2 "),
        ("same", "%.\nCall."),
    ]


def test_lines_broken_elsewhere_are_no_difference() -> None:
    assert text_difference("one two\nthree", "one\ntwo three") == [
        ("same", "one\ntwo three")
    ]


TEXTS = st.text("ab \n", max_size=30)


@given(TEXTS, TEXTS)
def test_the_parts_make_up_both_texts(before: str, after: str) -> None:
    parts = text_difference(before, after)
    now = "".join(text for change, text in parts if change != "removed")
    then = "".join(text for change, text in parts if change != "added")
    assert now == after
    assert then.split() == before.split()
