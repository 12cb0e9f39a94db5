"""One more item in a list: it comes, and nothing else of the text changes."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dqmconsole.site.splice import (
    SpliceError,
    with_entry,
    with_item,
    with_key,
    with_number,
    with_texts,
)

ITEM = '{evidence: "evidence/a: b.dqmevidence", truth: bad}'

BLOCK = """\
# what items are made of
items: 40   # fewer than usual
matter:
  - {pages: [Hcal/Digi occupancy], cause: fed-lost}

  # the hard ones
  - pages:
      - DT/Sectors   # trailing
    cause: t0-drift

# the rest
seconds: 20
"""


def test_a_block_gets_its_item_at_the_end_with_its_indent() -> None:
    text = with_item(BLOCK, "matter", ITEM)
    before, after = BLOCK.split("    cause: t0-drift\n")
    assert text == f"{before}    cause: t0-drift\n  - {ITEM}\n{after}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "matter:\n  - {a: 1}\n"),
        ("items: 4", "items: 4\nmatter:\n  - {a: 1}\n"),
        ("matter:\nitems: 4\n", "matter:\n  - {a: 1}\nitems: 4\n"),
        ("matter: # none\nitems: 4\n", "matter: # none\n  - {a: 1}\nitems: 4\n"),
        ("matter: []\n", "matter: [{a: 1}]\n"),
        ("matter: [{b: 2} ]  # one\n", "matter: [{b: 2}, {a: 1}]  # one\n"),
        ("matter:\n- {b: 2}", "matter:\n- {b: 2}\n- {a: 1}\n"),
        ("matter:\n- |\n  one\n\nk: 1\n", "matter:\n- |\n  one\n\n- {a: 1}\nk: 1\n"),
        ("matter:\r\n- b\r\n", "matter:\r\n- b\r\n- {a: 1}\r\n"),
        ("matter:\n  -\n", "matter:\n  -\n  - {a: 1}\n"),
    ],
)
def test_every_way_to_write_a_list(text: str, expected: str) -> None:
    assert with_item(text, "matter", "{a: 1}") == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{matter: []}", "braces"),
        ("- a\n", "no mapping"),
        ("matter: {a: 1}\n", "no list"),
        ("matter: text\n", "no list"),
        ("matter: [a\n", "line"),
        ("items: 4\n...\n", "as it is written"),
        ("matter: [a, ]\n", "as it is written"),
    ],
)
def test_what_has_no_place_is_refused(text: str, words: str) -> None:
    with pytest.raises(SpliceError, match=words):
        with_item(text, "matter", "{a: 1}")


@given(
    st.dictionaries(st.text("abc", min_size=1), st.integers(), max_size=3),
    st.lists(
        st.one_of(
            st.integers(),
            st.text(max_size=20),
            st.dictionaries(st.text("xy", min_size=1), st.lists(st.text(max_size=5))),
        ),
        max_size=4,
    ),
    st.booleans(),
)
def test_the_rest_stays_what_it_was(
    rest: dict[str, int], items: list[object], flow: bool
) -> None:
    text = yaml.safe_dump(
        rest | {"matter": items}, default_flow_style=None if flow else False
    )
    found = yaml.safe_load(with_item(text, "matter", "{a: 1}"))
    assert found == rest | {"matter": [*items, {"a": 1}]}
    assert with_item(text, "matter", "{a: 1}").startswith(text[: text.find("matter")])


RULES = """\
# who chose what
- run: 3   # a good fill
  why: "one: two"

# cosmics
- {run: 4, why: so}   # short
- run: 5
  why: >
    on several
    lines
# the end
"""


def test_an_entry_comes_at_the_end_of_a_list() -> None:
    text = with_entry(RULES, 'run: 6\nwhy: "x"')
    before, after = RULES.split("# the end")
    assert text == f'{before}- run: 6\n  why: "x"\n# the end{after}'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "- a: 1\n"),
        ("# nothing yet", "# nothing yet\n- a: 1\n"),
        ("- b: 2", "- b: 2\n- a: 1\n"),
        ("  - b: 2\r\n", "  - b: 2\r\n  - a: 1\r\n"),
    ],
)
def test_every_list_that_gets_an_entry(text: str, expected: str) -> None:
    assert with_entry(text, "a: 1") == expected


@pytest.mark.parametrize(
    ("item", "old", "new"),
    [
        (0, '  why: "one: two"\n', '  why: "one: two"\n  until: 9\n'),
        (1, "{run: 4, why: so}", "{run: 4, why: so, until: 9}"),
        (2, "    lines\n", "    lines\n  until: 9\n"),
    ],
)
def test_an_item_gets_a_key(item: int, old: str, new: str) -> None:
    assert with_key(RULES, item, "until", "9") == RULES.replace(old, new)


def test_a_day_that_no_calendar_has_stands_in_nobodys_way() -> None:
    rules = "- run: 1\n  expires: 2026-02-30\n"
    assert with_entry(rules, "run: 2\n") == f"{rules}- run: 2\n"
    assert with_key(rules, 0, "run", "3") == rules.replace("1", "3", 1)
    known = "day: 2026-02-30\nissues: []\n"
    assert with_item(known, "issues", "{id: a}") == known.replace("[]", "[{id: a}]")
    with pytest.raises(SpliceError):  # a number of no digits
        with_item("a: 0b_\nissues: []\n", "issues", "{id: a}")


def test_what_a_key_has_is_replaced() -> None:
    assert with_key(RULES, 0, "run", "33") == RULES.replace("run: 3 ", "run: 33 ")
    assert with_key(RULES, 1, "why", '"no"') == RULES.replace("why: so", 'why: "no"')
    with pytest.raises(SpliceError, match="over lines"):
        with_key(RULES, 2, "why", "x")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\n", "is no list"),
        ("[{a: 1}]\n", "in brackets"),
        ("[]\n", "in brackets"),
        ("- a: [\n", "line"),
        ("- b\n", "no item number 1"),
    ],
)
def test_what_has_no_place_for_a_rule(text: str, words: str) -> None:
    with pytest.raises(SpliceError, match=words):
        with_key(with_entry(text, "a: 1"), 0, "b", "2")


LIMITS = """\
layout: Hcal   # of the calorimeter
pages:
  - page: One
    plots:
      - path: Hcal/a
        checks: [{mean: {warn_shift: 0.5, noun: "µ"}}, {holes: {}}]  # both
      - path: Hcal/b
        checks:
          - kolmogorov:
              warn_above: 0.1   # by eye
              entries: 500
            persist: 2
          - not_empty:
"""


def place(text: str, word: str) -> tuple[int, int]:
    before = text[: text.index(word)]
    return before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1


@pytest.mark.parametrize(
    ("check", "key", "old", "new"),
    [
        ("mean", "warn_shift", "warn_shift: 0.5,", "warn_shift: 0.8,"),
        ("mean", "bad_shift", ' "µ"}', ' "µ", bad_shift: 0.8}'),
        ("holes", "warn_above", "holes: {}", "holes: {warn_above: 0.8}"),
        ("kolmogorov", "warn_above", "0.1   # by eye", "0.8   # by eye"),
        (
            "kolmogorov",
            "bad_above",
            "entries: 500\n",
            "entries: 500\n              bad_above: 0.8\n",
        ),
    ],
)
def test_a_limit_gets_another_number(check: str, key: str, old: str, new: str) -> None:
    text = with_number(LIMITS, place(LIMITS, check), key, "0.8")
    assert text == LIMITS.replace(old, new)


def test_a_number_without_a_mapping_above_it_is_refused() -> None:
    for at in (place(LIMITS, "not_empty"), place(LIMITS, "layout"), (99, 1)):
        with pytest.raises(SpliceError, match=f"line {at[0]}: there is no mapping"):
            with_number(LIMITS, at, "warn_below", "1")
    listed = "a: {b: [1]}\n"
    with pytest.raises(SpliceError, match='"b" is no number'):
        with_number(listed, (1, 1), "b", "1")


PLOTS = """\
# paths of now
defaults: &d {title: Hcal/old}   # and here
plots:
  - path: Hcal/old   # the first
  - {path: "Hcal/old", overlay: ['Hcal/old{1..2}', Hcal/other]}
  - <<: *d
Hcal/old: a key
"""


def now(value: str) -> str | None:
    return value.replace("old", "new") if value.startswith("Hcal/old") else None


def test_texts_are_rewritten_and_nothing_else() -> None:
    wanted = PLOTS.replace("Hcal/old", "Hcal/new").replace("Hcal/new: a", "Hcal/old: a")
    assert with_texts(PLOTS, now) == wanted
    assert with_texts(PLOTS.replace("\n", "\r\n"), now) == wanted.replace("\n", "\r\n")
    assert with_texts("", now) == ""
    assert with_texts("a: [1, yes, Hcal]", now) == "a: [1, yes, Hcal]"


@pytest.mark.parametrize(
    "text",
    [
        'path: "Hcal/ol\\u0064"',  # escaped
        "path: >-\n  Hcal/old\n",  # in several lines
        "path: Hcal/old\n  and more",
        "path: [Hcal/old",
    ],
)
def test_a_text_that_cannot_be_rewritten_is_refused(text: str) -> None:
    with pytest.raises(SpliceError):
        with_texts(text, now)


def test_what_would_be_other_yaml_is_refused() -> None:
    with pytest.raises(SpliceError, match="cannot be written"):
        with_texts("path: Hcal/old", lambda _: "Hcal: old")
