"""Titles in TLatex become plain text, and runs to be drawn."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmconsole.model.tlatex import Run, plain_title, title_runs

TITLES = [
    line.split("\t")
    for line in Path(__file__).with_name("titles.tsv").read_text("utf-8").splitlines()
    if not line.startswith("# Titles")
]
TOKENS = [
    *("#frac", "#bar", "#sqrt", "[3]", "{", "}", "^{", "_{", "#left(", "#Delta"),
    *("#it{", "@", "#", "x", " ", "#splitline{", "#scale[2]{", "#kern[", "}{"),
]
LONG = [
    *("{" * 10_000, "}" * 10_000, "^{" * 5_000, "#frac{" * 2_000, "#sqrt[" * 2_000),
    *("#frac{a}{" * 1_000 + "}" * 1_000, "#" * 10_000, "#bar{" * 2_000 + "x"),
    *("#Delta" * 1_700, "_{a}^{b}" * 1_250, "#scale[2]{" * 1_000 + "x"),
]


def test_there_are_sixty_titles() -> None:
    assert len(TITLES) >= 60


@pytest.mark.parametrize(("source", "title", "plain"), TITLES)
def test_real_titles_read_as_expected(source: str, title: str, plain: str) -> None:
    assert plain_title(title) == plain, source
    assert "".join(run.text for run in title_runs(title)), source


@pytest.mark.parametrize(
    ("title", "plain"),
    [
        ("#Deltat", "Δt"),  # the longest known command, whatever follows
        ("#mum", "μm"),
        ("#notinx", "∉x"),
        ("#unknown{x}", "#unknownx"),
        ("hits_per_layer^2", "hits_per_layer^2"),  # scripts have braces
        ("2#frac{1}{3}", "2 1/3"),
        ("#frac{a}{b}c", "a/b c"),
        ("#sqrt{s_{NN}}", "√s_NN"),
        ("#sqrt{a+b}", "√(a+b)"),
        ("#bar{AB}", "A̅B̅"),
        ("#||{x}", "|x|"),
        ("a @{b@}", "a {b}"),
        ("a{b", "ab"),
        ("a}b", "ab"),
        ("p_{T", "p_T"),
        ("#frac{1}", "1/"),
        ("a\n\tb", "a b"),
        ("", ""),
    ],
)
def test_commands(title: str, plain: str) -> None:
    assert plain_title(title) == plain


def test_runs_carry_position_size_and_style() -> None:
    energy, index, unit = title_runs("E_{T} [GeV]")
    assert energy == Run("E")
    assert index.text == "T"
    assert index.rise < 0
    assert index.size < 1
    assert unit == Run(" [GeV]")
    bold, both, plain = title_runs("#bf{a#it{b}}c")
    assert (bold.bold, bold.italic) == (True, False)
    assert (both.bold, both.italic) == (True, True)
    assert plain == Run("c")
    assert title_runs("#vec{a}") == (Run("a", bold=True),)
    assert title_runs("#bf{#bf{x}}") == (Run("x"),)


def test_scripts_of_scripts_rise_further_and_stay_readable() -> None:
    base, first, second = title_runs("x^{y^{z}}")
    assert base.rise < first.rise < second.rise
    assert base.size > first.size >= second.size >= 0.5
    deep = title_runs("x" + "^{x" * 30 + "}" * 30)
    assert min(run.size for run in deep) >= 0.5


def test_scales_within_scales_end() -> None:
    runs = title_runs("#scale[2]{" * 9 + "x" + "}" * 9)
    assert max(run.size for run in runs) < 10


def test_a_fraction_is_drawn_above_and_below() -> None:
    upper, slash, lower = title_runs("#frac{a}{b}")
    assert upper.rise > slash.rise > lower.rise


def test_colours_are_dropped() -> None:
    assert title_runs("#color[2]{red} dot") == (Run("red dot"),)


@given(st.one_of(st.text(), st.lists(st.sampled_from(TOKENS)).map("".join)))
def test_no_title_raises(title: str) -> None:
    plain = plain_title(title)
    assert "\n" not in plain
    assert all(0.25 < run.size < 10 and run.text for run in title_runs(title))


@pytest.mark.parametrize("title", LONG)
def test_the_work_grows_with_the_length_only(title: str) -> None:
    # counted in calls and lines, so the same on every machine
    steps = 0

    def count(*_: object) -> object:
        nonlocal steps
        steps += 1
        return count

    traced = sys.gettrace()
    sys.settrace(count)  # type: ignore[arg-type] # any callable that gives itself
    try:
        plain_title.__wrapped__(title)
        title_runs.__wrapped__(title)
    finally:
        sys.settrace(traced)
    assert steps < 400 * len(title)
