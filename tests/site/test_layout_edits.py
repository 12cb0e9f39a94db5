"""Edits of layout files: what is asked for is there, and all else as it was written."""

from __future__ import annotations

import copy
import itertools
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dqmconsole.model.edit import (
    AddPage,
    AddPlot,
    CopyPage,
    DeletePage,
    DeletePlots,
    Edit,
    MakeTemplate,
    MovePage,
    MovePlots,
    RemoveField,
    SetField,
    SplitTemplate,
    SwapPlots,
    Target,
)
from dqmconsole.site.layout_edits import edited
from dqmconsole.site.layout_text import EditRefusedError, has_marks, in_pieces
from dqmconsole.site.layouts import read_layout

R = TypeVar("R")
LAYOUTS = sorted(Path("layouts").glob("[0-9]*.yaml"))
TEXTS = {each.stem: each.read_bytes().decode() for each in LAYOUTS}

SMALL = """\
layout: Calo  # ours
pages:
  # the first
  - page: One
    columns: 2
    plots:
      - path: "A/b{1..2}"   # two of them
        title: 'b {1..2}'
        checks: &cells
          - dead_channels: {warn_above: 0, bad_above: 0.01}
          # rarely
          - noisy_channels: {bad_above: 2}

      # the other
      - path: A/c
        checks: *cells
    alarm: now
  - page: Two
    plots:
      - {path: A/d, title: d}  # in braces
      - path: A/e
        draw:
          style: map
          z: {scale: log}
        checks: *cells
defaults: {accumulates: run}
"""


LAUGHS = "a: &a0 [x]\n" + "".join(
    f"a{each}: &a{each} [{', '.join([f'*a{each - 1}'] * 9)}]\n" for each in range(1, 9)
)


def after(text: str, *edits: Edit) -> str:
    found = in_pieces(text)
    for each in edits:
        found = edited(found, each).text
    return found.text


def changed(old: str, new: str) -> tuple[list[str], list[str]]:
    """Lines that are there no more, and those that are new, between equal ends."""
    before, now = old.splitlines(True), new.splitlines(True)
    pairs = list(
        itertools.takewhile(
            lambda two: two[0] == two[1], zip(before, now, strict=False)
        )
    )
    before, now = before[len(pairs) :], now[len(pairs) :]
    while before and now and before[-1] == now[-1]:
        before.pop()
        now.pop()
    return before, now


# -- one edit ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edit", "old", "new"),
    [
        (
            SetField((Target(0, 1),), ("title",), "the other"),
            [],
            ["        title: the other\n"],
        ),
        (
            SetField((Target(0, 0),), ("title",), "it's {1..2}"),
            ["        title: 'b {1..2}'\n"],
            ["        title: 'it''s {1..2}'\n"],
        ),
        (
            SetField((Target(0, 0),), ("path",), "A/b"),
            ['      - path: "A/b{1..2}"   # two of them\n'],
            ['      - path: "A/b"   # two of them\n'],
        ),
        (
            SetField((Target(1, 1),), ("draw", "z", "title"), "5"),
            ["          z: {scale: log}\n"],
            ['          z: {scale: log, title: "5"}\n'],
        ),
        (
            RemoveField((Target(1, 1),), ("draw", "z", "scale")),
            ["          z: {scale: log}\n"],
            [],
        ),
        (
            SetField((Target(1, 0),), ("span",), (2, 1)),
            ["      - {path: A/d, title: d}  # in braces\n"],
            ["      - {path: A/d, title: d, span: [2, 1]}  # in braces\n"],
        ),
        (
            RemoveField((Target(1, 0),), ("title",)),
            ["      - {path: A/d, title: d}  # in braces\n"],
            ["      - {path: A/d}  # in braces\n"],
        ),
        (
            SetField((Target(0),), ("alarm",), "dump"),
            ["    alarm: now\n"],
            ["    alarm: dump\n"],
        ),
        (
            SetField((Target(0),), ("needs",), {"dcs": ["HO", "on"]}),
            [],
            ['    needs: {dcs: [HO, "on"]}\n'],
        ),
        (
            SetField((Target(),), ("defaults", "stale_after"), 1e-05),
            ["defaults: {accumulates: run}\n"],
            ["defaults: {accumulates: run, stale_after: 1.0e-05}\n"],
        ),
        (
            SetField((Target(),), ("owner",), "calo: us"),
            [],
            ['owner: "calo: us"\n'],
        ),
    ],
)
def test_one_field_changes_its_line_alone(
    edit: Edit, old: list[str], new: list[str]
) -> None:
    assert changed(SMALL, after(SMALL, edit)) == (old, new)


def limits(bad_above: float) -> list[dict[str, Any]]:
    return [
        {"dead_channels": {"warn_above": 0, "bad_above": bad_above}},
        {"noisy_channels": {"bad_above": 2}},
    ]


def test_shared_checks_are_asked_about() -> None:
    edit = SetField((Target(0, 1),), ("checks",), limits(0.05))
    with pytest.raises(EditRefusedError, match="shared, as &cells, with b") as refused:
        after(SMALL, edit)
    assert refused.value.code == "shared"
    assert refused.value.users == ("b {1..2}", "A/e")
    assert refused.value.line == 16


def test_shared_checks_are_changed_for_all() -> None:
    edit = SetField((Target(1, 1),), ("checks",), limits(0.05), "all")
    old, new = changed(SMALL, after(SMALL, edit))
    assert old == [
        "          - dead_channels: {warn_above: 0, bad_above: 0.01}\n",
    ]
    assert new == [
        "          - dead_channels: {warn_above: 0, bad_above: 0.05}\n",
    ]


def test_one_of_those_who_share_checks_gets_its_own() -> None:
    edit = SetField((Target(1, 1),), ("checks",), limits(0.05), "one")
    _, new = changed(SMALL, after(SMALL, edit))
    assert "".join(new) == (
        "        checks:\n"
        "          - dead_channels: {warn_above: 0, bad_above: 0.05}\n"
        "          # rarely\n"
        "          - noisy_channels: {bad_above: 2}\n"
    )


def test_an_anchor_goes_to_the_next_who_uses_it() -> None:
    made = after(SMALL, SetField((Target(0, 0),), ("checks",), limits(1), "one"))
    data = yaml.safe_load(made)
    first, other = data["pages"][0]["plots"]
    assert first["checks"] == limits(1)
    assert other["checks"] == data["pages"][1]["plots"][1]["checks"] == limits(0.01)
    assert made.count("&cells") == made.count("*cells") == 1
    made = after(SMALL, DeletePlots((Target(0, 0), Target(0, 1))))
    assert "    plots: []\n    alarm: now\n" in made
    assert yaml.safe_load(made)["pages"][1]["plots"][1]["checks"] == limits(0.01)


def test_an_anchor_of_nothing_is_handed_over() -> None:
    text = "layout: A\npages:\n- page: &a\n  plots:\n  - path: *a\n- page: [*a]\n"
    made = after(text, DeletePlots((Target(0, 0),)), DeletePage(0))
    assert yaml.safe_load(made)["pages"] == [{"page": [None]}]


def test_all_who_share_are_chosen_and_none_is_asked() -> None:
    plots = (Target(0, 0), Target(0, 1), Target(1, 1))
    made = after(SMALL, SetField(plots, ("checks",), limits(0.05)))
    assert changed(SMALL, made)[1] == [
        "          - dead_channels: {warn_above: 0, bad_above: 0.05}\n"
    ]


def test_a_plot_takes_its_comments_along() -> None:
    made = after(SMALL, MovePlots((Target(0, 1),), 1, 1))
    data = yaml.safe_load(made)
    assert [each["path"] for each in data["pages"][1]["plots"]] == ["A/d", "A/c", "A/e"]
    assert "      # the other\n      - path: A/c\n        checks: *cells\n" in made


HF = """\

# ---- HF: agreed with Anna ----

"""
CALO = f"""\
layout: Calo
pages:
  - page: One
    plots:
      - path: A/z
      - path: "A/a{{1..2}}"  # both
          # of the barrel
{HF}      - path: A/b
      - path: A/c
# ---- experts ----
  - page: Two
    plots:
      - path: A/d
"""
TWO_A = """\
      - path: "A/a{1..2}"  # both
          # of the barrel
"""


@pytest.mark.parametrize(
    ("edit", "wanted"),
    [
        (DeletePlots((Target(0, 1),)), CALO.replace(TWO_A, "")),
        (
            DeletePlots((Target(0, 0), Target(0, 1))),
            CALO.replace(f"      - path: A/z\n{TWO_A}", ""),
        ),
        (MovePlots((Target(0, 1),), 1, 9), CALO.replace(TWO_A, "") + TWO_A),
        (MovePlots((Target(0, 1),), 0, 2), CALO),
        (
            SwapPlots(Target(0, 1), Target(0, 3)),
            CALO.replace("      - path: A/c\n", TWO_A).replace(
                TWO_A, "      - path: A/c\n", 1
            ),
        ),
        (
            SplitTemplate(Target(0, 1)),
            CALO.replace(
                TWO_A,
                TWO_A.replace("{1..2}", "1") + TWO_A.replace("{1..2}", "2"),
            ),
        ),
        (
            DeletePage(0),
            "layout: Calo\npages:\n" + CALO[CALO.index("# ---- experts") :],
        ),
        (
            MovePage(0, 2),
            "layout: Calo\npages:\n"
            + CALO[CALO.index("# ---- experts") :]
            + CALO[CALO.index("  - page: One") : CALO.index("# ---- experts")],
        ),
    ],
)
def test_a_comment_that_introduces_what_comes_next_stays_there(
    edit: Edit, wanted: str
) -> None:
    assert after(CALO, edit) == wanted


def test_a_template_leaves_comments_behind_the_plots_that_it_is_made_of() -> None:
    text = FAMILY.replace("      - {path: A/x, title: x}\n", "").replace(
        ", span: [2, 1]}\n", f"}}  # the last\n{HF}      - path: A/b\n"
    )
    made = edited(
        in_pieces(text), MakeTemplate((Target(0, 0), Target(0, 1), Target(0, 2)))
    )
    assert made.text.text.endswith(
        f'      - path: "A/d{{1..4}}"\n        title: "d {{1..4}}"  # two\n'
        f"{HF}      - path: A/b\n"
    )
    assert "comments of" not in made.words


def test_braces_of_a_path_that_is_added_are_no_list() -> None:
    made = after(SMALL, AddPlot(1, 9, "A/p{1..2}", "p_{T}"))
    layout = read_layout(made.encode(), "x.yaml").layout
    assert layout is not None
    assert layout.pages[1].plots[-1].path == "A/p{1..2}"
    assert layout.pages[1].plots[-1].title == "p_{T}"


def test_a_family_becomes_one_plot_and_several_again() -> None:
    split = after(SMALL, SplitTemplate(Target(0, 0)))
    assert [each["path"] for each in yaml.safe_load(split)["pages"][0]["plots"]] == [
        "A/b1", "A/b2", "A/c",
    ]  # fmt: skip
    again = after(split, MakeTemplate((Target(0, 0), Target(0, 1))))
    assert again == SMALL
    with pytest.raises(
        EditRefusedError, match=r"title is .b 1. in b 1, not written in A/c"
    ):
        after(SMALL, MakeTemplate((Target(0, 0), Target(0, 1))))


FAMILY = """\
layout: Calo
pages:
  - page: One
    plots:
      - path: "A/d{1..2}"
        title: "d {1..2}"  # two
      - {path: A/x, title: x}
      - {path: A/d3, title: d 3}
      - {path: A/d4, title: d 4, span: [2, 1]}
"""


def test_a_family_takes_in_the_plots_that_go_on_with_it() -> None:
    moved = after(FAMILY, MovePlots((Target(0, 1),), 0, 9))
    made = after(moved, MakeTemplate((Target(0, 1), Target(0, 0))))
    assert made == moved.replace("{1..2}", "{1..3}").replace(
        "      - {path: A/d3, title: d 3}\n", ""
    )
    expanded = [read_layout(each.encode(), "x").layout for each in (moved, made)]
    assert expanded[0] == expanded[1]


@pytest.mark.parametrize(
    ("plots", "words"),
    [
        ((0, 2), "x stands between these plots: move them together first"),
        ((2, 3), r"no family: span is not written in d 3, \[2, 1\] in d 4"),
        ((2,), "two or more plots of one page"),
    ],
)
def test_why_plots_are_no_family_is_said(plots: tuple[int, ...], words: str) -> None:
    with pytest.raises(EditRefusedError, match=words) as refused:
        after(FAMILY, MakeTemplate(tuple(Target(0, each) for each in plots)))
    assert refused.value.code == "unlike"


# -- bad input -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("layout: [A\n", "syntax", "line 1"),
        ("layout: A\n\tpages: []\n", "syntax", "tab"),
        ("- layout: A\n", "form", "keys with values"),
        ("{layout: A, pages: []}", "form", "on a line of its own"),
        ("layout: A\npages: [{page: B, plots: []}]\n", "form", "pages"),
        ("layout: A\n---\nlayout: B\n", "form", "several documents"),
        ("layout: A\rpages: []\r", "form", "save it with LF"),
        ("layout: \x07\n", "syntax", "U\\+0007"),
        ("layout: \ud800\n", "syntax", "UTF-8"),
        ("a: &a [*a]\n", "too-large", "contains itself"),
        (LAUGHS, "too-large", "more than 200000 values"),
    ],
)
def test_what_is_no_layout_is_refused(text: str, code: str, words: str) -> None:
    with pytest.raises(EditRefusedError, match=words) as refused:
        in_pieces(text)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("edit", "code", "words"),
    [
        (SetField((Target(7),), ("columns",), 2), "missing", "no page number 8"),
        (SetField((Target(0, 5),), ("title",), "x"), "missing", "no plot number 6"),
        (RemoveField((Target(0, 0),), ("path",)), "value", "cannot be left out"),
        (SetField((Target(0, 0),), ("title",), "\x00"), "value", "character"),
        (SetField((Target(0, 0),), ("span",), [float("nan")]), "value", "finite"),
        (AddPage(0, "Two"), "value", 'a page "Two" already'),
        (CopyPage(0, " "), "value", "name"),
        (SplitTemplate(Target(0, 1)), "unlike", "one plot"),
        (SwapPlots(Target(0, 0), Target(0, 0)), "missing", "not one"),
    ],
)
def test_what_cannot_be_edited_is_refused(edit: Edit, code: str, words: str) -> None:
    with pytest.raises(EditRefusedError, match=words) as refused:
        after(SMALL, edit)
    assert refused.value.code == code


def test_a_key_that_stands_twice_is_not_edited() -> None:
    text = SMALL.replace("        title: 'b {1..2}'\n", "        title: a\n" * 2)
    with pytest.raises(EditRefusedError, match="stands in lines 8 and 9") as refused:
        after(text, SetField((Target(0, 0),), ("title",), "x"))
    assert refused.value.code == "duplicate-key"
    made = after(text, SetField((Target(0, 1),), ("title",), "x"))
    assert changed(text, made) == ([], ["        title: x\n"])


def test_plots_in_brackets_have_fields_and_no_order() -> None:
    text = "layout: A\npages:\n- page: B\n  plots: [{path: c}, {path: d}]"
    made = after(text, SetField((Target(0, 1),), ("title",), "D, too"))
    assert made.endswith('[{path: c}, {path: d, title: "D, too"}]')
    with pytest.raises(EditRefusedError, match="lines of their own") as refused:
        after(text, DeletePlots((Target(0, 0),)))
    assert refused.value.code == "form"


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("ended", [True, False])
def test_line_ends_stay_what_they_are(newline: str, ended: bool) -> None:
    text = SMALL.removesuffix("defaults: {accumulates: run}\n")
    text = (text if ended else text.removesuffix("\n")).replace("\n", newline)
    assert in_pieces(text).text == text
    made = after(
        text, SetField((Target(1, 1),), ("alarm",), "now"), AddPlot(1, 9, "A/z")
    )
    lines = made.splitlines(keepends=True)
    assert [each.removesuffix(newline) for each in lines[-3:]] == [
        "        checks: *cells", "        alarm: now", "      - path: A/z",
    ]  # fmt: skip
    assert all(each.endswith(newline) for each in lines[:-1])
    assert "\n" not in made.replace(newline, "")


BITS = (
    "\t", "  ", "- ", "# c\n", ": ", "{", "]", '"', "'", "&a ", "*cells ", "|\n", "\n",
    "\r\n", "😀", "~", "? ", "!!str ", "---\n", "<<: *cells",
)  # fmt: skip
EDITS: tuple[Edit, ...] = (
    SetField((Target(),), ("owner",), "a: b"),
    RemoveField((Target(),), ("defaults",)),
    SetField((Target(0),), ("needs",), {"dcs": ["A"]}),
    SetField((Target(0, 0),), ("checks",), [{"flags": {"bad_above": 1}}], "one"),
    SetField((Target(1, 1),), ("checks",), [], "all"),
    SetField((Target(1, 1),), ("draw", "z", "title"), "z"),
    RemoveField((Target(0, 1),), ("checks",)),
    AddPlot(0, 1, "A/{x"),
    DeletePlots((Target(0, 0), Target(0, 1))),
    MovePlots((Target(0, 0), Target(1, 1)), 1, 1),
    SwapPlots(Target(0, 1), Target(1, 1)),
    CopyPage(0, "Copy"),
    MovePage(1, 0),
    DeletePage(0),
    SplitTemplate(Target(0, 0)),
)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, len(SMALL)), st.sampled_from(BITS)), max_size=3)
)
def test_any_text_is_edited_or_refused(wrong: list[tuple[int, str]]) -> None:
    text = SMALL
    for at, bit in wrong:
        text = text[:at] + bit + text[at:]
    try:
        pieces = in_pieces(text)
    except EditRefusedError:
        return
    assert pieces.text == text
    for edit in EDITS:
        try:
            made = edited(pieces, edit).text
        except EditRefusedError:
            continue
        again = [each for _, each in in_pieces(made.text).pieces() if each]
        assert again == [each for _, each in made.pieces() if each]


def test_the_last_key_behind_the_pages_can_go() -> None:
    made = after(SMALL, RemoveField((Target(),), ("defaults",)))
    assert made == SMALL.removesuffix("defaults: {accumulates: run}\n")
    again = after(made, RemoveField((Target(0),), ("alarm",)))
    assert again == made.replace("    alarm: now\n", "")


def test_what_is_no_plot_is_not_moved() -> None:
    for edit in (
        MovePlots((Target(-1, 2),), 0, 0),
        DeletePlots((Target(0),)),
        SwapPlots(Target(-1, 0), Target(1, 0)),
        DeletePage(-1),
    ):
        with pytest.raises(EditRefusedError, match="chosen for this") as refused:
            after(SMALL, edit)
        assert refused.value.code == "missing"


# -- any edits of any bundled file ---------------------------------------------------

FIELDS = (
    ("title",), ("description",), ("instruction",), ("draw", "z", "scale"), ("needs",),
    ("reference",), ("checks",), ("span",), ("axes", "x"), ("overlay",), ("flag",),
)  # fmt: skip


class Draw(Protocol):
    def __call__(self, strategy: st.SearchStrategy[R]) -> R: ...


WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")),
    max_size=12,
)
NUMBERS = st.integers(-5, 99) | st.floats(-1e6, 1e6, allow_nan=False)
VALUES = st.recursive(
    WORDS | NUMBERS | st.booleans() | st.none(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["warn", "bad", "x y", "1", "on"]), inner)
    ),
    max_leaves=5,
)
CHECKS = st.sampled_from(
    [limits(0.5), limits(0.01)[:1], [], "defaults", [{"flags": {}}]]
)


class Data:
    """A layout as plain data, to which edits are applied in the plainest way."""

    def __init__(self, text: str) -> None:
        self.data: Any = copy.deepcopy(yaml.load(text, Loader=yaml.CSafeLoader))
        pages = copy.deepcopy(self.data["pages"])
        self.pages: list[Any] = [copy.deepcopy(each) for each in pages]
        for each in self.pages:  # no two of them are one object
            each["plots"] = [copy.deepcopy(plot) for plot in each["plots"]]

    def plot(self, target: Target) -> dict[str, Any]:
        found: dict[str, Any] = self.pages[target.page]["plots"][target.plot]
        return found

    def whole(self) -> dict[str, Any]:
        return {**self.data, "pages": self.pages}


def put(part: dict[str, Any], field: tuple[str, ...], value: object) -> None:
    *above, last = field
    for key in above:
        if not isinstance(part.get(key), dict):
            part[key] = {}
        part[key] = dict(part[key])
        part = part[key]
    part[last] = copy.deepcopy(value)


def of_a_page(draw: Draw, pages: list[Any], page: int) -> Edit:
    """An edit of a page, done to the model."""
    kind = draw(st.sampled_from(["add", "copy", "delete", "move"]))
    names = {each["page"] for each in pages}
    name = next(new for at in itertools.count() if (new := f"New {at}") not in names)
    if kind == "add":
        pages.insert(page, {"page": name, "plots": []})
        return AddPage(page, name)
    if kind == "copy":
        pages.insert(page + 1, {**copy.deepcopy(pages[page]), "page": name})
        return CopyPage(page, name)
    if kind == "delete" and len(pages) > 1:
        del pages[page]
        return DeletePage(page)
    goal = draw(st.integers(0, len(pages)))
    pages.insert(goal - (page < goal), pages.pop(page))
    return MovePage(page, goal)


def of_a_plot(draw: Draw, pages: list[Any], target: Target) -> Edit:
    """An edit of a plot, done to the model."""
    page, at = target.page, target.plot
    plots = pages[page]["plots"]
    kind = draw(st.sampled_from(["set", "set", "remove", "delete", "move", "swap"]))
    if kind == "set":
        field = draw(st.sampled_from(FIELDS))
        value = draw(CHECKS if field == ("checks",) else VALUES)
        put(plots[at], field, value)
        return SetField((target,), field, value, "one")
    if kind == "remove":
        key = draw(st.sampled_from(sorted({*plots[at]} - {"path"} or {"x"})))
        plots[at].pop(key, None)
        return RemoveField((target,), (key,))
    if kind == "delete":
        del plots[at]
        return DeletePlots((target,))
    if kind == "move":
        goal = draw(st.integers(0, len(pages) - 1))
        place = draw(st.integers(0, len(pages[goal]["plots"])))
        moved = plots.pop(at)
        before = goal == page and at < place
        pages[goal]["plots"].insert(place - before, moved)
        return MovePlots((target,), goal, place)
    other = draw(st.integers(0, len(plots) - 1))
    if other == at:
        plots.insert(at, {"path": "A/\\{b", "title": "t", "span": [1, 2]})
        return AddPlot(page, at, "A/{b", "t", {"span": [1, 2]})
    plots[at], plots[other] = plots[other], plots[at]
    return SwapPlots(target, Target(page, other))


@pytest.mark.slow
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.sampled_from(sorted(TEXTS)), st.sampled_from(["\n", "\r\n"]))
def test_any_edits_give_what_they_give_of_the_model(
    data: st.DataObject, name: str, newline: str
) -> None:
    pieces = in_pieces(TEXTS[name].replace("\n", newline))
    model = Data(TEXTS[name])
    for _ in range(data.draw(st.integers(1, 4))):
        pages = model.pages
        page = data.draw(st.integers(0, len(pages) - 1))
        plots = len(pages[page]["plots"])
        if plots and data.draw(st.integers(0, 2)):
            at = data.draw(st.integers(0, plots - 1))
            edit = of_a_plot(data.draw, pages, Target(page, at))
        else:
            edit = of_a_page(data.draw, pages, page)
        pieces = edited(pieces, edit).text
        found = yaml.load(pieces.text, Loader=yaml.CSafeLoader)
        assert found == model.whole(), edit
        assert in_pieces(pieces.text)[:3] == pieces[:3]


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(TEXTS))
def test_a_template_stands_for_the_plots_that_it_is_split_into(name: str) -> None:
    pieces = in_pieces(TEXTS[name])
    whole = read_layout(TEXTS[name].encode(), name).layout
    for page, each in enumerate(pieces.pages):
        for plot, piece in enumerate(each.plots or ()):
            target = Target(page, plot)
            if "{" not in piece.splitlines()[0]:
                continue
            split = edited(pieces, SplitTemplate(target))
            assert len(split.targets) > 1
            found = read_layout(split.text.text.encode(), name)
            assert found.layout == whole
            assert not [one for one in found.problems if one.severity == "error"]
            again = edited(split.text, MakeTemplate(split.targets)).text
            assert read_layout(again.text.encode(), name).layout == whole


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(TEXTS))
def test_a_field_of_a_bundled_file_changes_its_lines_alone(name: str) -> None:
    pieces = in_pieces(TEXTS[name])
    for page, each in enumerate(pieces.pages):
        for plot, piece in enumerate(each.plots or ()):
            if has_marks(piece):
                continue  # others share what is edited
            root = pieces.tree(piece)
            assert root is not None
            for key, value in root.items[0].pairs:
                target = Target(page, plot)
                edit = SetField((target,), (key.value,), ["new"])
                made = edited(pieces, edit).text
                old, new = changed(piece, made.piece((page, plot)))
                start = piece.count("\n", 0, key.start)
                stop = piece.count("\n", 0, value.end - 1) + 1
                lines = piece.splitlines(keepends=True)[start:stop]
                assert "".join(old) in "".join(lines)
                assert new
                others = [other for at, other in pieces.pieces() if at != (page, plot)]
                assert others == [
                    other for at, other in made.pieces() if at != (page, plot)
                ]


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_a_bundled_file_is_saved_as_it_was_loaded(name: str) -> None:
    pieces = in_pieces(TEXTS[name])
    assert pieces.text == TEXTS[name]
    for page, each in enumerate(pieces.pages):
        if each.plots:
            target = Target(page, len(each.plots) - 1)
            made = edited(pieces, SetField((target,), ("flag",), None)).text
            assert (
                sum(
                    one != other
                    for one, other in zip(pieces.pieces(), made.pieces(), strict=True)
                )
                == 1
            )
