"""Layouts as the text of layout files: what is written is what is read."""

from __future__ import annotations

import msgspec
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dqmconsole.model.layout import AxisDraw, Draw, Layout, Page, Plot, ReferenceDraw
from dqmconsole.site.layout_values import scalar
from dqmconsole.site.layout_yaml import layout_text, merged_text
from dqmconsole.site.layouts import read_layout
from dqmconsole.site.splice import SpliceError
from dqmconsole.site.yaml_text import LOADER

_TEXTS = st.text(st.characters(codec="utf-8"), max_size=30)


def plot(path: str, title: str = "", **more: object) -> Plot:
    return msgspec.structs.replace(Plot(path=path, title=title), **more)


def layout(*pages: Page) -> Layout:
    return Layout(layout="Hcal", owner="hcal-dqm", pages=pages)


def read(text: str) -> Layout:
    found = read_layout(text.encode(), "Hcal.yaml")
    assert found.problems == ()
    assert found.layout is not None
    return found.layout


@settings(max_examples=50)
@given(_TEXTS)
def test_a_text_is_read_as_it_was(text: str) -> None:
    assert yaml.safe_load(f"a: {scalar(text)}\n") == {"a": text}
    assert yaml.safe_load(f"a: [{scalar(text, flow=True)}]\n") == {"a": [text]}


@pytest.mark.parametrize(
    "text",
    ["yes", "12", "1e5", "0x1F", "2026-01-01", "12:30", "~", "- a", "a: b", "a #b",
     "#a", "<<", "a:", "", " a", "&a", "*a", "!a", "%a", "@a", "`a", "'a", '"a',
     "a\\b", "1_000", ".5", "-.inf", "?", "? a", "|", ">", "Null", "=", "1.5e-3", "{a"],
)  # fmt: skip
def test_what_yaml_would_take_for_something_else_is_in_quotes(text: str) -> None:
    assert yaml.safe_load(f"a: {scalar(text)}\n") == {"a": text}


@pytest.mark.parametrize("text", ["00 Shift", "Hcal/a b", "p (GeV/c)", "50%", "a-b"])
def test_plain_texts_are_plain(text: str) -> None:
    assert scalar(text) == text


def test_plots_that_differ_by_numbers_are_one_with_braces() -> None:
    drawn = Draw(style="map", z=AxisDraw(scale="log", range=(0.5, None)))
    given = layout(
        Page(
            page="Digi occupancy",
            columns=2,
            plots=(
                *(plot(f"Hcal/d{i}", f"Depth {i}", draw=drawn) for i in range(1, 5)),
                plot("Hcal/d5", "Depth 5"),
                plot("Hcal/p_{T}", "{1..2}", span=(2, 1), overlay=("Hcal/d1",),
                     reference=ReferenceDraw(mode="none")),
            ),
        ),
        Page(page="Timing", audience="expert", plots=(plot("Hcal/t", "yes"),)),
    )  # fmt: skip
    text = layout_text(given)
    assert text == (
        "# yaml-language-server: $schema=layout.schema.json\n"
        "layout: Hcal\n"
        "owner: hcal-dqm\n"
        "pages:\n"
        "  - page: Digi occupancy\n"
        "    columns: 2\n"
        "    plots:\n"
        '      - path: "Hcal/d{1..4}"\n'
        '        title: "Depth {1..4}"\n'
        "        draw: {style: map, z: {scale: log, range: [0.5, null]}}\n"
        "      - path: Hcal/d5\n"
        "        title: Depth 5\n"
        '      - path: "Hcal/p_{T}"\n'
        "        title: '\\{1..2\\}'\n"
        "        span: [2, 1]\n"
        "        reference: {mode: none}\n"
        "        overlay: [Hcal/d1]\n"
        "  - page: Timing\n"
        "    audience: expert\n"
        "    plots:\n"
        "      - path: Hcal/t\n"
        '        title: "yes"\n'
    )
    found = read(text)

    def said(each: Layout) -> list[tuple[object, ...]]:
        return [
            (page.page, plot.path, plot.title, plot.draw, plot.span, plot.overlay)
            for page in each.pages
            for plot in page.plots
        ]

    assert said(found) == said(given)


FILE = """\
# ours
layout: Hcal
pages:
- page: A   # the first
  plots:
  - {path: Hcal/a}   # kept

- page: B
  plots:
  - path: Hcal/b
    title: "B"
# the end
"""


def test_what_a_file_lacks_is_added_and_the_rest_stays() -> None:
    more = layout(
        Page(page="A", plots=(plot("Hcal/a"), plot("Hcal/a2"))),
        Page(page="B", plots=(plot("Hcal/b2"),)),
        Page(page="C", plots=(plot("Hcal/c1"), plot("Hcal/c2"))),
    )
    merged = merged_text(FILE, read(FILE), more)
    assert (merged.pages, merged.plots) == (1, 4)
    assert merged.text == FILE.replace(
        "   # kept\n", "   # kept\n  - path: Hcal/a2\n"
    ).replace(
        '    title: "B"\n',
        '    title: "B"\n  - path: Hcal/b2\n- page: C\n  plots:\n'
        '    - path: "Hcal/c{1..2}"\n',
    )
    again = merged_text(merged.text, read(merged.text), more)
    assert again == (merged.text, 0, 0)


def test_a_file_that_ends_in_an_alias_is_added_to_at_its_end() -> None:
    text = (
        "layout: Hcal\n"
        "pages:\n"
        "  - page: A\n"
        "    plots:\n"
        "      - path: Hcal/a\n"
        "        needs: &ours {subsystem: Hcal}\n"
        "      - path: Hcal/b\n"
        "  - page: B\n"
        "    plots:\n"
        "      - path: Hcal/c\n"
        "      - path: Hcal/d\n"
        "        needs: *ours\n"
    )
    more = layout(
        Page(page="B", plots=(plot("Hcal/e"),)), Page(page="C", plots=(plot("Hcal/f"),))
    )
    found = merged_text(text, read(text), more).text
    assert found == (
        f"{text}      - path: Hcal/e\n  - page: C\n    plots:\n      - path: Hcal/f\n"
    )
    assert [
        (page.page, [plot.path for plot in page.plots]) for page in read(found).pages
    ] == [
        ("A", ["Hcal/a", "Hcal/b"]),
        ("B", ["Hcal/c", "Hcal/d", "Hcal/e"]),
        ("C", ["Hcal/f"]),
    ]


def test_ends_of_lines_and_what_stands_before_the_first_stay() -> None:
    more = layout(Page(page="C", plots=(plot("Hcal/c"),)))
    text = "\ufeff" + FILE.replace("\n", "\r\n").removesuffix("# the end\r\n").rstrip()
    found = merged_text(text, read(FILE), more).text
    assert found == f"{text}\r\n- page: C\r\n  plots:\r\n    - path: Hcal/c\r\n"
    assert [page.page for page in read(found).pages] == ["A", "B", "C"]


def test_a_file_with_a_day_that_no_calendar_has_is_added_to() -> None:
    text = FILE.replace("layout: Hcal\n", "layout: Hcal\nretiring: 2026-02-30\n")
    more = layout(Page(page="B", plots=(plot("Hcal/b2"),)))
    found = merged_text(text, read(FILE), more).text
    assert found == text.replace('"B"\n', '"B"\n  - path: Hcal/b2\n')


def test_a_file_in_brackets_takes_nothing_more() -> None:
    text = "layout: Hcal\npages: [{page: A, plots: [{path: Hcal/a}]}]\n"
    with pytest.raises(SpliceError, match="lines of their own"):
        merged_text(text, read(text), layout(Page(page="B", plots=(plot("Hcal/b"),))))


@pytest.mark.parametrize("flow", [False, True])
@pytest.mark.parametrize(
    "character",
    ["\x7f", "\x80", "\x85", "\xa0", "\u2028", "\u2029", "\ufeff", "\uffff"],
)
def test_a_character_that_yaml_does_not_keep_comes_back(
    character: str, *, flow: bool
) -> None:
    text = f"dE{character}dx"
    written = scalar(text, flow=flow)
    read = yaml.load(f"[{written}]" if flow else f"a: {written}", Loader=LOADER)
    assert read == ([text] if flow else {"a": text})
