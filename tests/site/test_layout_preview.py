"""A layout read page by page says what it says when it is read as a whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest

from dqmconsole.model.edit import AddPage, MovePage, SetField, Target
from dqmconsole.site.layout_edits import edited
from dqmconsole.site.layout_preview import Preview, Previewer
from dqmconsole.site.layout_text import HEAD, LayoutText, in_pieces
from dqmconsole.site.layouts import read_layout

if TYPE_CHECKING:
    from collections.abc import Generator

R = TypeVar("R")
TEXT = Path("layouts/07-PixelPhase1.yaml").read_text()  # pages share their checks


def ended(steps: Generator[None, None, R]) -> tuple[R, int]:
    """What a generator returns, and after how many steps."""
    count = 0
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value, count
        count += 1


def alike(found: Preview, pieces: LayoutText) -> None:
    whole = read_layout(pieces.text.encode(), "x.yaml")
    assert found.layout == whole.layout
    assert found.problems == whole.problems


@pytest.mark.slow
def test_an_edit_has_one_page_read_again() -> None:
    pieces = in_pieces(TEXT)
    previewer = Previewer("x.yaml")
    found, count = ended(previewer.read(pieces))
    assert count == len(pieces.pages)
    alike(found, pieces)
    for edit in (
        SetField((Target(3, 2),), ("spam",), 1),
        SetField((Target(2, 0),), ("title",), "new"),
        SetField((Target(4, 1),), ("draw", "z", "range"), [3, 1]),
        SetField((Target(1, 0),), ("span",), [0, 9]),
    ):
        pieces = edited(pieces, edit).text
        found, count = ended(previewer.read(pieces))
        assert count <= 4  # those with problems in their place, users of anchors, too
        alike(found, pieces)
    twice = in_pieces(pieces.text.replace("  title:", "  title: a\n        title:", 9))
    alike(ended(previewer.read(twice))[0], twice)  # words name lines, too
    pieces = edited(pieces, MovePage(4, 0)).text
    alike(ended(previewer.read(pieces))[0], pieces)
    pieces = edited(pieces, SetField((Target(),), ("run_typs",), 1)).text
    alike(ended(previewer.read(pieces))[0], pieces)


def test_where_each_plot_is_written_is_said() -> None:
    pieces = in_pieces(TEXT)
    found, _ = ended(Previewer("x.yaml").read(pieces))
    layers = [
        target
        for key, target in found.written.items()
        if key.startswith("PixelPhase1 › Barrel digis › ")
    ]
    assert layers == [Target(0, 0)] * 4
    assert max(found.written.values()) == Target(4, 1)
    assert found.layout is not None
    many = sum(1 + len(each.plots) for each in found.layout.pages)
    assert len(found.written) == many


@pytest.mark.parametrize("plots", ["[{path: c}, {path: d}]", "[]"])
def test_pages_in_brackets_and_empty_ones_are_read(plots: str) -> None:
    text = f"layout: A\npages:\n- page: B\n  plots: {plots}\n- page: C\n"
    pieces = in_pieces(text)
    found, _ = ended(Previewer("x.yaml").read(pieces))
    alike(found, pieces)
    wanted = [Target(0), Target(0, 0), Target(0, 1)][: 1 + len(plots) // 5]
    assert [*found.written.values()] == wanted


def test_a_path_may_hold_a_number_sign() -> None:
    text = 'layout: A\npages:\n- page: "B #1"\n  plots:\n  - path: "c#d"\n'
    found, _ = ended(Previewer("x.yaml").read(in_pieces(text)))
    assert found.written == {"A › B #1": Target(0), "A › B #1 › c#d": Target(0, 0)}


@pytest.mark.parametrize("name", ["05-L1TEMU", "14-RPC"])
@pytest.mark.parametrize("wrong", ["title:", "titel:"])
def test_everything_is_where_the_whole_file_has_it(name: str, wrong: str) -> None:
    text = Path(f"layouts/{name}.yaml").read_text().replace("title:", wrong, 1)
    previewer = Previewer(name)
    for _ in previewer.read(in_pieces(text)):
        pass
    found, whole = previewer.reading(), read_layout(text.encode(), name)
    assert found.layout == whole.layout
    assert found.places == whole.places
    assert {*found.problems} == {*whole.problems}


def test_a_second_page_of_a_name_is_a_problem() -> None:
    pieces = edited(in_pieces(TEXT), AddPage(0, "x")).text
    pieces = in_pieces(pieces.text.replace("page: x", "page: Disk digis"))
    found, _ = ended(Previewer("x.yaml").read(pieces))
    assert [each.code for each in found.problems] == ["empty-list", "duplicate-name"]
    assert found.problems[1].line == pieces.line_of((2, HEAD))
