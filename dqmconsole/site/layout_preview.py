"""What a layout that is edited says: its plots and problems, page by page.

A page that did not change is not read again, so that in a large file, too, an edit is
seen at once.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from dqmconsole.model.edit import Target
from dqmconsole.model.layout import Layout, Page, page_key, plot_key
from dqmconsole.model.problem import Problem
from dqmconsole.site.decoder import ANY_WORDS, SiteWords
from dqmconsole.site.findings import Place
from dqmconsole.site.layout_fields import Fields, Where
from dqmconsole.site.layout_text import HEAD, TAIL, column_of
from dqmconsole.site.layouts import LayoutRead, read_layout

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator, Sequence

    from dqmconsole.site.layout_text import LayoutText


class Preview(NamedTuple):
    """What a layout says.

    Attributes:
        layout: its healthy part, expanded; None where there is none.
        written: key of a plot or page -> where it is written.
        problems: what is wrong, with line and column.
    """

    layout: Layout | None
    written: dict[str, Target]
    problems: tuple[Problem, ...]


class _PageRead(NamedTuple):
    """What one page says, beside head and tail of its file.

    Attributes:
        layout: the layout with this page as its last; None where its head is broken.
        places: as ``LayoutRead`` has them, in the text that was read.
        problems: with lines of that text.
    """

    layout: Layout | None
    places: dict[str, Place]
    problems: tuple[Problem, ...]


class Previewer:
    """Reads a layout again and again while it is edited.

    Args:
        file: its name, as problems say it.
        words: of the site, as of ``read_layout``.
        beam_mode: likewise.
    """

    def __init__(
        self, file: str, words: SiteWords = ANY_WORDS, beam_mode: str = ""
    ) -> None:
        self._file = file
        self._words = (words, beam_mode)
        self._read: dict[tuple[str, ...], _PageRead] = {}
        self._places: Callable[[], dict[str, Place]] = dict
        self._preview = Preview(None, {}, ())

    def reading(self) -> LayoutRead:
        """What was read last, as ``read_layout`` reads a whole file."""
        layout, _, problems = self._preview
        return LayoutRead(layout, self._places(), problems)

    def read(self, pieces: LayoutText) -> Generator[None, None, Preview]:
        """Read it, one page at a time; what it says."""
        self._preview = yield from self._read_pages(pieces)
        return self._preview

    def _read_pages(self, pieces: LayoutText) -> Generator[None, None, Preview]:
        if not pieces.pages:
            found = self._whole(pieces.text)
            self._places = found.places.copy
            return Preview(found.layout, {}, found.problems)
        texts = ["".join((p.head, *(p.plots or ()), p.tail)) for p in pieces.pages]
        needed = _needed(pieces)
        kept: dict[tuple[str, ...], _PageRead] = {}
        made = _Assembly(pieces, self._file, texts)
        for number, text in enumerate(texts):
            uses = needed.get(number, set())
            above = "".join(texts[each] for each in sorted(uses))
            key: tuple[str, ...] = (pieces.head, above, text, pieces.tail)
            one = self._read.get(key)
            if one is None:
                one = self._whole("".join(key))
                yield
            kept[key] = one
            if not one.problems:
                made.add(number, one, sorted(uses))
                continue
            # in its place, for problems name lines in their words, too
            key = _in_place(pieces, texts, number, uses)
            one = self._read.get(key)
            if one is None:
                one = self._whole("".join(key))
                yield
            kept[key] = one
            made.add(number, one, None)
        self._read, self._places = kept, made.places
        return made.preview()

    def _whole(self, text: str) -> _PageRead:
        found = read_layout(text.encode(), self._file, *self._words)
        return _PageRead(found.layout, found.places, found.problems)


class _Assembly:
    """Puts pages that were read each by itself together.

    Args:
        pieces: the file.
        file: its name.
        texts: of its pages.
    """

    def __init__(self, pieces: LayoutText, file: str, texts: list[str]) -> None:
        self._pieces = pieces
        self._file = file
        self._lines = [each.count("\n") for each in texts]
        self._head = pieces.head.count("\n")
        self._before = self._head  # lines before the page that comes next
        self._layout: Layout | None = None
        self._broken = False
        self._pages: dict[str, Page] = {}
        self._firsts: dict[str, int] = {}
        self._written: dict[str, Target] = {}
        self._problems: dict[Problem, None] = {}
        self._added: list[tuple[_PageRead, int, Sequence[int] | None]] = []

    def add(self, number: int, found: _PageRead, uses: Sequence[int] | None) -> None:
        """Take in a page.

        Args:
            number: of it.
            found: what it says.
            uses: the pages that were read before it for their anchors; None where it
                was read in its place.
        """
        above = self._before
        if uses is not None:
            above = self._head + sum(self._lines[each] for each in uses)
        # some are of pages whose anchors it uses, and found there, too
        self._problems |= dict.fromkeys(found.problems)
        self._broken |= found.layout is None
        self._layout = self._layout or found.layout
        if found.layout is not None and found.layout.pages:
            name, page = found.layout.layout, found.layout.pages[-1]
            if found.places[page_key(name, page.page)].line > above:
                self._add_page(number, page, found, self._before - above)
        self._added.append((found, number, uses))
        self._before += self._lines[number]

    def places(self) -> dict[str, Place]:
        """Where everything is written, by the keys of ``LayoutRead``."""
        made: dict[str, Place] = {}
        # lines before each page, and before the tail
        starts = [*itertools.accumulate(self._lines, initial=self._head)]
        for found, number, uses in self._added:
            if uses is None:
                made |= found.places
                continue
            read = [*uses, number]
            sizes = [self._lines[each] for each in read]
            at = [*itertools.accumulate(sizes, initial=self._head)]  # the same, there
            pages = [*(starts[each] for each in read), starts[-1]]
            lower = [0, *(here - there for here, there in zip(pages, at, strict=True))]
            for key, place in found.places.items():
                by = lower[bisect_left(at, place.line)]
                made[key] = Place(place.file, place.line + by, place.column)
        return made

    def _add_page(self, number: int, page: Page, found: _PageRead, by: int) -> None:
        assert found.layout is not None
        layout = found.layout.layout
        if page.page in self._pages:
            place = found.places[page_key(layout, page.page)]
            words = (
                f'a second page "{page.page}", the first is in line '
                f"{self._firsts[page.page]}"
            )
            second = Problem(
                words, self._file, place.line + by, place.column, code="duplicate-name"
            )
            self._problems[second] = None
            return
        self._pages[page.page] = page
        self._firsts[page.page] = found.places[page_key(layout, page.page)].line + by
        self._written[page_key(layout, page.page)] = Target(number)
        starts = _starts(self._pieces, number, self._before)
        for plot in page.plots:
            key = plot_key(layout, page.page, plot.path)
            place = found.places[key]
            at = bisect_right(starts, (place.line + by, place.column)) - 1
            self._written[key] = Target(number, at)

    def preview(self) -> Preview:
        """What the whole says."""
        said = tuple(sorted(self._problems, key=lambda one: (one.line, one.column)))
        if self._layout is None or self._broken:
            return Preview(None, {}, said)
        pages = tuple(self._pages.values())
        whole = msgspec.structs.replace(self._layout, pages=pages)
        return Preview(whole, self._written, said)


def _in_place(
    pieces: LayoutText, texts: list[str], number: int, uses: Collection[int]
) -> tuple[str, ...]:
    """The text of a page, and those whose anchors it uses, with none of the others.

    Args:
        pieces: the file.
        texts: of its pages.
        number: of the page.
        uses: pages whose anchors it uses.
    """
    blank = ["\n" * each.count("\n") for each in texts]
    before = [
        each if at in uses else blank[at] for at, each in enumerate(texts[:number])
    ]
    after = blank[number + 1 :]
    return (pieces.head, "".join(before), texts[number], "".join(after), pieces.tail)


def _starts(pieces: LayoutText, page: int, line: int) -> list[tuple[int, int]]:
    """The lines and columns, from 1, where the plots of a page begin.

    Args:
        pieces: the file.
        page: the page.
        line: lines before it.
    """
    found = pieces.pages[page]
    at = line + 1 + found.head.count("\n")
    if found.plots is None:
        fields = Fields(pieces)
        node = fields.node(Where((page, HEAD), (0, "plots")))
        items = [] if node is None else node.items
        return [
            (
                line + 1 + found.head.count("\n", 0, each.start),
                column_of(found.head, each.start) + 1,
            )
            for each in items
        ]
    starts = []
    for each in found.plots:
        starts.append((at, 1))
        at += each.count("\n")
    return starts


def _needed(pieces: LayoutText) -> dict[int, set[int]]:
    """Page -> the pages before it whose anchors it uses, and those these use."""
    found: dict[int, set[int]] = {}
    marks = Fields(pieces).marks()
    for mark in marks:
        page = mark.where.piece[0]
        if mark.node.kind != "alias" or page in (HEAD, TAIL):
            continue
        anchor = marks.definition_of(mark)
        if anchor is not None and anchor.where.piece[0] not in (page, HEAD, TAIL):
            of = anchor.where.piece[0]
            found.setdefault(page, set()).update({of}, found.get(of, ()))
    return found
