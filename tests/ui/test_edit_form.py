"""The form of the editor for several plots: what they have in common, and its edits."""

from __future__ import annotations

import pytest

from dqmconsole.model.edit import RemoveField, SetField, Target
from dqmconsole.model.message import FormFound
from dqmconsole.site.form import form, in_force
from dqmconsole.site.layout_text import in_pieces
from dqmconsole.ui.edit.flow import flow_text, flow_value
from dqmconsole.ui.edit.form import Row, edits_of, rows_of, source_words, value_of

TEXT = """\
layout: Calo
defaults: {stale_after: 60}
pages:
  - page: One
    plots:
      - path: A/a
        span: [2, 1]
        draw: {style: map}
        checks: [{mean: {warn_above: 1, bad_above: 5}}]
      - path: A/b
        span: [2, 1]
        stale_after: 60
        checks: [{mean: {warn_above: 2, bad_above: 5}}, {not_empty: }]
      - path: A/c
        span: [2, 1]
        checks: [{mean: {warn_above: 2, bad_above: 5}}, {not_empty: }]
"""
TARGETS = tuple(Target(0, plot) for plot in range(3))


@pytest.fixture(scope="module")
def rows() -> dict[str, Row]:
    text = in_pieces(TEXT)
    force = [in_force(text, each) for each in TARGETS]
    more = tuple(zip(TARGETS[1:], force[1:], strict=True))
    found = FormFound(1, TARGETS[0], form("plot"), force[0], more=more)
    return {row.name: row for row in rows_of(found)}


def test_what_several_plots_have_in_common_is_said(rows: dict[str, Row]) -> None:
    assert rows["Plot path"].differs == "differs: 3 values"
    assert rows["Plot span"].differs == ""
    assert source_words(rows["Plot span"]) == ""
    assert rows["draw style"].values == ("map", "not written")
    assert rows["check 1: mean warn above"].values == ("1", "2")
    assert rows["check 1: mean bad above"].differs == ""


def test_what_is_written_of_some_is_no_difference_where_it_holds_of_all(
    rows: dict[str, Row],
) -> None:
    assert rows["Plot stale after"].differs == ""
    assert source_words(rows["Plot stale after"]) == "written in 1 of 3"


def test_the_limits_of_a_check_beside_the_defaults_leave_those() -> None:
    text = TEXT.replace("[{mean: {warn_above: 1", "[defaults, {mean: {warn_above: 1")
    force = in_force(in_pieces(text), TARGETS[0])
    found = FormFound(1, TARGETS[0], form("plot"), force)
    row = {each.name: each for each in rows_of(found)}["check 2: mean bad above"]
    (edit,) = edits_of(row, TARGETS[:1], 7, leave_out=False)
    assert isinstance(edit, SetField)
    assert edit.value == ["defaults", {"mean": {"warn_above": 1, "bad_above": 7}}]


def test_one_edit_is_of_all_plots(rows: dict[str, Row]) -> None:
    found = edits_of(rows["Plot span"], TARGETS, [1, 2], leave_out=False)
    assert found == (SetField(TARGETS, ("span",), [1, 2]),)
    found = edits_of(rows["draw style"], TARGETS, None, leave_out=True)
    assert found == (RemoveField(TARGETS, ("draw", "style")),)


def test_a_limit_of_several_leaves_the_rest_of_their_checks(
    rows: dict[str, Row],
) -> None:
    row = rows["check 1: mean bad above"]
    assert edits_of(row, TARGETS, 7, leave_out=False) == (
        SetField(
            TARGETS[:1], ("checks",), [{"mean": {"warn_above": 1, "bad_above": 7}}]
        ),
        SetField(
            TARGETS[1:],
            ("checks",),
            [{"mean": {"warn_above": 2, "bad_above": 7}}, {"not_empty": None}],
        ),
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[{mean: {warn_above: 1}}]", [{"mean": {"warn_above": 1}}]),
        ('[{"mean": {"axis": "x"}}]', [{"mean": {"axis": "x"}}]),
        ("[mean: , stable beams]", [{"mean": None}, "stable beams"]),
        ("{to: ['it''s', ~, -.5], a: }", {"to": ["it's", None, -0.5], "a": None}),
        ("{pileup: {20: 0.1}}", {"pileup": {"20": 0.1}}),
        ("dqm://x", "dqm://x"),
    ],
)
def test_a_value_is_written_as_in_a_layout(text: str, value: object) -> None:
    assert flow_value(text) == value
    assert flow_value(flow_text(value)) == value


@pytest.mark.parametrize("text", ["[a", "{a: b: c}", "]", '"', "{[a]: 1}", "[" * 5000])
def test_what_is_no_value_is_said(text: str) -> None:
    with pytest.raises(ValueError, match=r"cannot be read|missing|no key|too deep"):
        flow_value(text)


def test_checks_are_named_without_brackets(rows: dict[str, Row]) -> None:
    field = rows["Plot checks"].field
    found = value_of(field, "mean: {bad_above: 5}, not_empty")
    assert found == [{"mean": {"bad_above": 5}}, {"not_empty": None}]
    assert value_of(field, "defaults") == "defaults"
    with pytest.raises(ValueError, match=r"no such check; is it noisy_channels"):
        value_of(field, "noisy_chanels")
