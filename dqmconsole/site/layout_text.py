"""A layout file as text: its pages and plots as pieces, their values as places in it.

An edit changes one piece; the others are neither read nor written again, so that it
takes as long in a file of 5,000 plots as in one of five. Positions are found by
PyYAML's events, of one piece at a time.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import yaml

from dqmconsole.site.findings import Findings
from dqmconsole.site.yaml_text import (
    MAX_DEPTH,
    TooLargeError,
    add_syntax_error,
    capped_events,
    decode,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind = Literal["scalar", "mapping", "sequence", "alias"]
Steps = tuple[int | str, ...]
"""The way to a value from the top of its piece: keys and numbers of items."""

Address = tuple[int, int]
"""Page and plot; HEAD and TAIL of the file, or of a page, in place of either."""

HEAD = -1
TAIL = 1_000_000

_PROPERTIES = re.compile(r"(?:[&!]\S*(?:[ \t\r]*(?:#.*)?\n)*[ \t]*)*")
_BLANK = re.compile(r"(?:\s|(?<![^\s])#[^\n]*)*")
_MARKED = re.compile(r"(?:^|[\s\[{,])[&*][^\s\]},]")
_FLOW = re.compile(r"^[^#\n]*?(?:[:,-] +|[\[{] *)[\[{]", re.MULTILINE)


class EditRefusedError(ValueError):
    """An edit that cannot be made; nothing was changed.

    Attributes:
        code: why: "syntax", "form" (written in a way that is not edited), "shared"
            (other plots use the same text by an anchor), "duplicate-key", "missing"
            (what is to be edited is not there), "unlike" (plots that make no family),
            "value", "order".
        line, column: where, from 1; 0 for the text as a whole.
        anchor: of "shared", the anchor.
        users: of "shared", those who have the same text, in words.
    """

    def __init__(
        self,
        message: str,
        code: str,
        line: int = 0,
        column: int = 0,
        anchor: str = "",
        users: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message)
        self.code = code
        self.line = line
        self.column = column
        self.anchor = anchor
        self.users = users

    def of(self, name: str) -> EditRefusedError:
        """The same, saying what was to be edited."""
        words = f"{name}: {self}"
        return EditRefusedError(
            words, self.code, self.line, self.column, self.anchor, self.users
        )


class Node:
    """A value in a text.

    Attributes:
        kind: what it is.
        start: where it begins, with its anchor.
        body: where it begins, without.
        end: where it ends; of a block that is the end of its last value.
        anchor: its name, of an alias the name it refers to; "" for none.
        tag: an explicit tag, or "".
        flow: it is in brackets or braces.
        style: how a scalar is quoted, "" plain.
        value: of a scalar.
        items: of a sequence.
        pairs: of a mapping.
    """

    __slots__ = (
        "anchor",
        "body",
        "end",
        "flow",
        "items",
        "kind",
        "pairs",
        "start",
        "style",
        "tag",
        "value",
    )

    def __init__(self, event: Any, text: str) -> None:  # noqa: ANN401 - as _end has it
        self.kind = _kind(event)
        self.start: int = event.start_mark.index
        self.anchor: str = event.anchor or ""
        self.tag: str = getattr(event, "tag", None) or ""
        self.body = self.start
        if self.kind != "alias" and (self.anchor or self.tag):
            found = _PROPERTIES.match(text, self.start)
            self.body = self.start if found is None else found.end()
        self.end: int = max(event.end_mark.index, self.body)
        self.flow: bool = getattr(event, "flow_style", False) or False
        self.style: str = getattr(event, "style", None) or ""
        self.value: str = getattr(event, "value", "")
        self.items: list[Node] = []
        self.pairs: list[tuple[Node, Node]] = []

    def get(self, key: str) -> Node | None:
        """The value of a key; None where it has none."""
        return next((value for name, value in self.pairs if name.value == key), None)

    def key(self, key: str) -> Node:
        """Where a key that it has is written."""
        return next(name for name, _ in self.pairs if name.value == key)

    def has(self, key: str) -> bool:
        """Tell whether it is a mapping with a key."""
        return self.get(key) is not None

    @property
    def is_null(self) -> bool:
        """Whether nothing is written, ``~`` or ``null``."""
        plain = self.kind == "scalar" and not self.style
        return plain and self.value in ("", "~", "null", "Null", "NULL")

    def walk(self) -> Iterator[Node]:
        """It, and all below it, in the order of the text."""
        yield self
        for each in self.items:
            yield from each.walk()
        for name, value in self.pairs:
            yield from name.walk()
            yield from value.walk()


class _Open(NamedTuple):
    """A collection whose end is yet to come; too deep down it has no node."""

    node: Node | None
    mapping: bool
    flow: bool


def tree(text: str, depth: int = MAX_DEPTH) -> Node | None:
    """The values of a text; None where there is none.

    Args:
        text: YAML.
        depth: how deep collections are told what they hold; 1 is the outermost alone.

    Raises:
        EditRefusedError: it is not YAML, or has several documents.
    """
    root: Node | None = None
    open_: list[_Open] = []
    keys: list[Node | None] = []  # of each, the key that waits for its value
    ends: list[int] = []  # of each, where its last value ends
    documents = 0
    try:
        for event in capped_events(text):
            if isinstance(event, yaml.CollectionEndEvent):
                node, _, flow = open_.pop()
                keys.pop()
                end = max(ends.pop(), _end(event) if flow else 0)
                if node is not None:
                    node.end = max(node.end, end)
                if ends:
                    ends[-1] = end
            documents += isinstance(event, yaml.DocumentStartEvent)
            if not isinstance(event, yaml.NodeEvent):
                continue
            node = Node(event, text) if len(open_) <= depth else None
            if ends:
                ends[-1] = _end(event)
            if node is not None and not open_:
                root = root or node
            elif node is not None and (above := open_[-1].node) is not None:
                if not open_[-1].mapping:
                    above.items.append(node)
                elif keys[-1] is None:
                    keys[-1] = node
                else:
                    above.pairs.append((keys[-1], node))
                    keys[-1] = None
            if isinstance(event, yaml.CollectionStartEvent):
                mapping = isinstance(event, yaml.MappingStartEvent)
                open_.append(_Open(node, mapping, bool(event.flow_style)))
                keys.append(None)
                ends.append(_end(event))
    except TooLargeError as error:
        mark = error.mark
        raise EditRefusedError(str(error), "too-large", mark.line + 1) from error
    except (yaml.YAMLError, ValueError) as error:
        raise _refusal(error, text) from error
    if documents > 1:
        message = "the file has several documents: a layout is one"
        raise EditRefusedError(message, "form")
    return root


def _end(event: yaml.Event) -> int:
    mark: Any = event.end_mark  # None of events that others make, says the stub
    return int(mark.index)


def _kind(event: yaml.NodeEvent) -> Kind:
    if isinstance(event, yaml.AliasEvent):
        return "alias"
    if isinstance(event, yaml.ScalarEvent):
        return "scalar"
    return "mapping" if isinstance(event, yaml.MappingStartEvent) else "sequence"


def _refusal(error: Exception, text: str) -> EditRefusedError:
    findings = Findings("")
    if isinstance(error, yaml.MarkedYAMLError):
        add_syntax_error(error, text, findings)
    else:
        findings.add(f"is not YAML: {' '.join(str(error).split())}")
    (problem,) = findings.problems
    return EditRefusedError(problem.message, "syntax", problem.line, problem.column)


# -- lines ---------------------------------------------------------------------------


def line_start(text: str, at: int) -> int:
    """Where the line of a place begins."""
    return text.rfind("\n", 0, at) + 1


def line_end(text: str, at: int) -> int:
    """Where the line after that of a place begins."""
    found = text.find("\n", at)
    return len(text) if found < 0 else found + 1


def column_of(text: str, at: int) -> int:
    """The column of a place, from 0."""
    return at - line_start(text, at)


def after(text: str, end: int, column: int) -> int:
    """Where the line after a block begins, with comments that are further in.

    Args:
        text: the text.
        end: of the last value of the block.
        column: of the block.
    """
    at = end if end and text[end - 1] == "\n" else line_end(text, end)
    while at < len(text):
        stop = line_end(text, at)
        line = text[at:stop]
        inner = len(line) - len(line.lstrip(" "))
        if not line.lstrip().startswith("#") or inner <= column:
            break
        at = stop
    return at


def own_end(text: str, end: int, column: int) -> int:
    """Where the text of a page or plot ends, and what stays when it goes begins.

    Comments behind it that are not further in belong to what comes next, whatever
    column they are in, with the blank lines before them.

    Args:
        text: of the page or plot, up to the next.
        end: of its last value.
        column: of its dash.
    """
    at = stop = end if end and text[end - 1] == "\n" else line_end(text, end)
    while at < len(text):
        line = text[at : line_end(text, at)]
        inner = len(line) - len(line.lstrip(" "))
        at += len(line)
        if line.lstrip().startswith("#"):
            if inner <= column:
                return stop
            stop = at
    return len(text)


def lead(text: str, at: int, column: int, least: int = 0) -> int:
    """Where the comments directly above a line begin, at its column.

    Args:
        text: the text.
        at: where the line begins.
        column: of what they speak of.
        least: no line before this is looked at.
    """
    while at > least:
        above = line_start(text, at - 1)
        line = text[above:at]
        if above < least or not line.lstrip().startswith("#"):
            break
        if len(line) - len(line.lstrip(" ")) != column:
            break
        at = above
    return at


def dash_of(text: str, sequence: Node, item: int) -> int:
    """Where the dash of an item of a block sequence stands."""
    at = sequence.items[item - 1].end if item else sequence.body
    found = _BLANK.match(text, at)
    at = at if found is None else found.end()
    if text[at : at + 1] != "-":
        message = "no dash where a list has its item"
        raise EditRefusedError(message, "form")
    return at


# -- pieces --------------------------------------------------------------------------


class PageText(NamedTuple):
    """A page, in pieces that put together are its text.

    Attributes:
        head: up to the line of its ``plots:``; all of it where `plots` is None.
        plots: each with the comments above it, and what stands between it and the
            next; see :func:`own_end`.
        tail: its keys behind the plots.
    """

    head: str
    plots: tuple[str, ...] | None
    tail: str


class LayoutText(NamedTuple):
    """A layout file, in pieces that put together are its text.

    Attributes:
        head: up to the line of its ``pages:``.
        pages: its pages.
        tail: its keys behind the pages.
        newline: how its lines end.
        flow: whether it has values in brackets or braces.
        yes: how it writes that something is so: "yes", "true" or "on".
        trees: the values of pieces that were read, with their anchors and aliases;
            filled as they are asked for.
    """

    head: str
    pages: tuple[PageText, ...]
    tail: str
    newline: str
    flow: bool
    yes: str
    trees: dict[str, tuple[Node | None, list[tuple[Steps, Node]]]]

    @property
    def text(self) -> str:
        """The whole text."""
        return "".join(text for _, text in self.pieces())

    def pieces(self) -> Iterator[tuple[Address, str]]:
        """All pieces in the order of the text, with their addresses."""
        yield (HEAD, HEAD), self.head
        for page, each in enumerate(self.pages):
            yield (page, HEAD), each.head
            for plot, text in enumerate(each.plots or ()):
                yield (page, plot), text
            yield (page, TAIL), each.tail
        yield (TAIL, TAIL), self.tail

    def piece(self, at: Address) -> str:
        """The piece of an address."""
        page, plot = at
        if page == HEAD:
            return self.head
        if page == TAIL:
            return self.tail
        if plot == HEAD:
            return self.pages[page].head
        if plot == TAIL:
            return self.pages[page].tail
        return (self.pages[page].plots or ())[plot]

    def with_pieces(self, changed: dict[Address, str]) -> LayoutText:
        """The same with other texts of some pieces."""
        pages = list(self.pages)
        head, tail = self.head, self.tail
        for (page, plot), text in changed.items():
            if page == HEAD:
                head = text
            elif page == TAIL:
                tail = text
            elif plot == HEAD:
                pages[page] = pages[page]._replace(head=text)
            elif plot == TAIL:
                pages[page] = pages[page]._replace(tail=text)
            else:
                plots = list(pages[page].plots or ())
                plots[plot] = text
                pages[page] = pages[page]._replace(plots=tuple(plots))
        return self._replace(head=head, pages=tuple(pages), tail=tail)

    def tree(self, piece: str) -> Node | None:
        """The values of a piece.

        Raises:
            EditRefusedError: it is not YAML.
        """
        return self._read(piece)[0]

    def marks(self, piece: str) -> list[tuple[Steps, Node]]:
        """The anchors and aliases of a piece, in its order, with the ways to them."""
        return self._read(piece)[1]

    def _read(self, piece: str) -> tuple[Node | None, list[tuple[Steps, Node]]]:
        if piece not in self.trees:
            root = tree(piece)
            marked = root is not None and has_marks(piece)
            marks = list(marks_below(root)) if root is not None and marked else []
            self.trees[piece] = (root, marks)
        return self.trees[piece]

    def line_of(self, at: Address) -> int:
        """The line, from 1, in which a piece begins."""
        line = 1
        for address, text in self.pieces():
            if address == at:
                break
            line += text.count("\n")
        return line


def marks_below(node: Node, way: Steps = ()) -> Iterator[tuple[Steps, Node]]:
    """The anchors and aliases in a value, in the order of the text, with their ways."""
    if node.anchor:
        yield way, node
    for at, each in enumerate(node.items):
        yield from marks_below(each, (*way, at))
    for key, each in node.pairs:
        yield from marks_below(each, (*way, key.value))


def has_marks(text: str) -> bool:
    """Tell whether a piece may have anchors or aliases."""
    return ("&" in text or "*" in text) and _MARKED.search(text) is not None


def in_pieces(text: str) -> LayoutText:
    """A layout file's text in its pieces.

    Raises:
        EditRefusedError: it is not YAML, or written so that it is not edited here.
    """
    findings = Findings("")
    if decode(text.encode("utf-8", "surrogatepass"), findings) is None:
        (problem,) = findings.problems
        words = f"the text {problem.message}"
        raise EditRefusedError(words, "syntax", problem.line, problem.column)
    if re.search(r"\r(?!\n)|[\x85\u2028\u2029]", text):
        message = "lines end with something else than LF or CR LF: save it with LF"
        raise EditRefusedError(message, "form")
    newline = "\r\n" if "\r\n" in text else "\n"
    flow = _FLOW.search(text) is not None
    said = re.search(r": +(yes|true|on)\b", text)
    yes = said[1] if said else "yes"
    root = tree(text, depth=_PLOT_DEPTH)
    if root is None or root.kind != "mapping" or root.flow:
        message = "a layout is keys with values, each on a line of its own"
        raise EditRefusedError(message, "form", 1, 1)
    pages = root.get("pages")
    end = len(text)
    if pages is None:
        return LayoutText(text, (), "", newline, flow, yes, {})
    if pages.kind == "alias" or (pages.flow and pages.items) or pages.pairs:
        line = text.count("\n", 0, pages.start) + 1
        message = "pages is not written as a list: each page on lines of its own"
        raise EditRefusedError(message, "form", line)
    if not pages.items:
        end = line_end(text, pages.end)
        return LayoutText(text[:end], (), text[end:], newline, flow, yes, {})
    starts = _starts(text, pages, root.key("pages"))
    made = [
        _page(text, each, start, stop)
        for start, stop, each in zip(starts, starts[1:], pages.items, strict=False)
    ]
    head, tail = text[: starts[0]], text[starts[-1] :]
    return LayoutText(head, tuple(made), tail, newline, flow, yes, {})


_PLOT_DEPTH = 4  # root, pages, page, plots


def _page(text: str, page: Node, start: int, stop: int) -> PageText:
    """A page in its pieces; in one where its plots are not on lines of their own."""
    plots = page.get("plots") if page.kind == "mapping" and not page.flow else None
    if (
        plots is None
        or plots.kind == "alias"
        or plots.pairs
        or (plots.kind == "scalar" and not plots.is_null)
        or (plots.items and plots.flow)
    ):
        return PageText(text[start:stop], None, "")
    starts = (
        _starts(text, plots, page.key("plots"))
        if plots.items
        else [line_end(text, plots.end)]
    )
    found = tuple(text[a:b] for a, b in pairwise(starts))
    return PageText(text[start : starts[0]], found, text[starts[-1] : stop])


def _starts(text: str, sequence: Node, key: Node) -> list[int]:
    """Where the items of a block sequence begin, with comments above, and its end."""
    starts: list[int] = []
    column = 0
    for number, _ in enumerate(sequence.items):
        dash = dash_of(text, sequence, number)
        column = column_of(text, dash)
        begin = line_start(text, dash)
        if text[begin:dash].strip(" "):
            message = "a list begins on the line of its key: write it on lines below it"
            line = text.count("\n", 0, dash) + 1
            raise EditRefusedError(message, "form", line)
        floor = sequence.items[number - 1].end if number else key.end
        starts.append(lead(text, begin, column, line_end(text, floor - 1)))
    return [*starts, after(text, sequence.end, column)]
