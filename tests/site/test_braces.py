from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dqmconsole.site.braces import BraceError, brace_text, family, in_step


def expand(text: str) -> tuple[str, ...]:
    return tuple(row[0] for row in in_step((text,)))


def escape(text: str) -> str:
    return re.sub(r"[{}\\]", r"\\\g<0>", text)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("", ("",)),
        ("plain", ("plain",)),
        ("d{1..3}", ("d1", "d2", "d3")),
        ("d{3..1}", ("d3", "d2", "d1")),
        ("d{01..12}", tuple(f"d{i:02d}" for i in range(1, 13))),
        ("d{8..010}", ("d008", "d009", "d010")),
        ("d{-1..1}", ("d-1", "d0", "d1")),
        ("d{1..9..4}", ("d1", "d5", "d9")),
        ("d{9..1..-4}", ("d9", "d5", "d1")),
        ("{a..c}", ("a", "b", "c")),
        ("{c..a}", ("c", "b", "a")),
        ("{a,b c,}", ("a", "b c", "")),
        ("TEC{+,-}/{in,out}", ("TEC+/in", "TEC-/out")),
        ("p_{T}", ("p_{T}",)),
        ("#sqrt{p_{T}} {1..2}", ("#sqrt{p_{T}} 1", "#sqrt{p_{T}} 2")),
        ("{p_{T},p_{z}}", ("p_{T}", "p_{z}")),
        ("{}", ("{}",)),
        (r"\{1..4\}", ("{1..4}",)),
        (r"{a\,b,c}", ("a,b", "c")),
        (r"a\b", (r"a\b",)),
    ],
)
def test_expands_as_a_shell_does_but_in_step(text: str, rows: tuple[str, ...]) -> None:
    assert expand(text) == rows


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("d{1..4", "never closed"),
        ("d1..4}", "without"),
        ("{1..}", "not a range"),
        ("{1..b}", "not a range"),
        ("{a,{1..3}}", "inside another"),
        ("{1..2}{1..3}", "one length"),
        ("{1..9..0}", "step of 0"),
        ("{0..999999999}", "more than"),
        ("{1..99999999999}", "not a range"),
        ("{" * 12 + "}" * 12, "nested"),
        ("x" * 3000, "characters"),
        ("{" + "," * 1999 + "", "never closed"),
    ],
)
def test_refuses_clearly(text: str, words: str) -> None:
    with pytest.raises(BraceError, match=words):
        expand(text)


def test_all_texts_of_a_plot_run_in_step_and_plain_ones_repeat() -> None:
    assert in_step(("a{1..3}", "t", "{x,y,z}")) == (
        ("a1", "t", "x"),
        ("a2", "t", "y"),
        ("a3", "t", "z"),
    )


def test_the_text_with_the_other_length_is_named() -> None:
    with pytest.raises(BraceError) as caught:
        in_step(("a{1..3}", "t", "{x,y}"))
    assert caught.value.index == 2
    assert "{x,y}" in str(caught.value)


def test_a_list_of_one_is_a_list() -> None:
    with pytest.raises(BraceError, match="one length"):
        in_step(("a{3..3}", "{x,y}"))


@given(st.text(max_size=60))
def test_an_escaped_text_comes_back(text: str) -> None:
    assert expand(escape(text)) == (text,)


@given(st.text("{}.,\\ab019-", max_size=25))
def test_any_text_expands_or_is_refused(text: str) -> None:
    try:
        rows = expand(text)
    except BraceError:
        return
    assert rows
    assert all(isinstance(row, str) for row in rows)


@given(st.integers(-300, 300), st.integers(-300, 300), st.integers(1, 40))
def test_ranges_include_both_ends(low: int, high: int, step: int) -> None:
    rows = [int(each) for each in expand(f"{{{low}..{high}..{step}}}")]
    assert rows[0] == low
    assert rows == sorted(rows, reverse=low > high)
    assert abs(high - rows[-1]) < step
    assert all(abs(b - a) == step for a, b in pairwise(rows))


@given(st.integers(0, 120), st.integers(0, 120))
def test_padded_ranges_have_one_width(low: int, high: int) -> None:
    rows = expand(f"{{{low:03d}..{high:03d}}}")
    assert {len(each) for each in rows} == {3}


@given(st.lists(st.text("abc_+-", max_size=4), min_size=2, max_size=6))
def test_lists_come_back_as_written(items: list[str]) -> None:
    text = "{" + ",".join(items) + "}"
    assert expand(f"x{text}y{text}") == tuple(f"x{each}y{each}" for each in items)


# -- families: the way back ------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "texts", "many"),
    [
        ([("A/depth1", "d 1"), ("A/depth2", "d 2")], ("A/depth{1..2}", "d {1..2}"), 2),
        ([("W-2",), ("W-1",), ("W0",), ("W1",)], ("W{-2..1}",), 4),
        ([("EB-18",), ("EB-17",), ("EB-16",)], ("EB-{18..16}",), 3),
        ([("EE+08",), ("EE+09",), ("EE+10",)], ("EE+{08..10}",), 3),
        ([("EE -",), ("EE +",)], ("EE {-,+}",), 2),
        ([("m42",), ("m32",), ("m22",)], ("m{42..22..10}",), 3),
        ([("s210",), ("s220",)], ("s{210,220}",), 2),
        ([("s1",), ("s2",), ("s4",)], ("s{1..2}",), 2),
        ([("S1/St1",), ("S1/St2",), ("S2/St1",)], ("S1/St{1..2}",), 2),
        ([("Occupancy",), ("Timing",)], ("Occupancy",), 1),
        ([("p_{T}1",), ("p_{T}2",)], ("p_{T}1",), 1),
        ([("{a,b}",)], ("\\{a,b\\}",), 1),
        ([("a1", "x"), ("a2", "y"), ("a3", "x")], ("a{1..3}", "{x,y,x}"), 3),
        ([("same", "1"), ("same", "2")], ("same", "1"), 1),
    ],
)
def test_what_differs_by_numbers_and_short_words_is_a_family(
    rows: list[tuple[str, ...]], texts: tuple[str, ...], many: int
) -> None:
    assert family(rows) == (texts, many)


_FAMILIES = st.lists(
    st.tuples(
        st.from_regex(r"\A[A-C]/[a-b]{0,2}[-+]?[0-9]{1,2}[_ {},]?[0-9]?\Z"),
        st.from_regex(r"\A[x-z]?[0-9]{0,2}\Z"),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=30)
@given(_FAMILIES)
def test_a_family_is_exactly_its_rows(rows: list[tuple[str, str]]) -> None:
    texts, many = family(rows)
    assert in_step(texts) == tuple(rows[:many])


@pytest.mark.parametrize(
    ("texts", "written"),
    [
        (["a1", "a2"], "a{1..2}"),
        (["a1", "a5"], "a{1,5}"),
        (["a1", "a5", "a9"], "a{1..9..4}"),
        (["p_{T} 1", "p_{T} 2"], "p_{T} {1..2}"),
        (["barrel", "endcap"], "{barrel,endcap}"),
    ],
)
def test_texts_are_written_as_one(texts: list[str], written: str) -> None:
    assert brace_text(texts) == written
