"""Fields of a layout file: their values, and other values in their place.

A value is changed in steps, each the least that brings it nearer to what is asked for:
a key or an item added, left out, or given another value. After each the piece that it
stands in is read again, so that no step has to reckon with another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from dqmconsole.site.layout_text import (
    HEAD,
    TAIL,
    Address,
    EditRefusedError,
    LayoutText,
    Node,
    Steps,
    after,
    column_of,
    dash_of,
    has_marks,
    lead,
    line_end,
    line_start,
    marks_below,
)
from dqmconsole.site.layout_values import Writer, key_text, rank, same, scalar_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dqmconsole.model.edit import Sharing, Target

_MOST_STEPS = 20_000  # changes that one value is written in


class Gone:
    """In place of a value: the field is left out."""


GONE = Gone()


class Where(NamedTuple):
    """A value in the text: its piece, and the way to it in that."""

    piece: Address
    steps: Steps = ()


class _Splice(NamedTuple):
    start: int
    end: int
    text: str


class Mark(NamedTuple):
    """An anchor, or an alias, in the order of the text."""

    where: Where
    node: Node

    @property
    def place(self) -> tuple[Address, int]:
        """Where it stands."""
        return self.where.piece, self.node.start


class Marks:
    """Anchors and aliases, and which stands for which.

    Args:
        marks: all, in their order.
    """

    def __init__(self, marks: Iterable[Mark]) -> None:
        self.all = tuple(marks)
        self._users: dict[tuple[Address, int], list[Mark]] = {}
        self._definitions: dict[tuple[Address, int], Mark] = {}
        latest: dict[str, Mark] = {}
        for each in self.all:
            name = each.node.anchor
            if each.node.kind != "alias":
                latest[name] = each
                self._users[each.place] = []
            elif name in latest:
                self._definitions[each.place] = latest[name]
                self._users[latest[name].place].append(each)

    def __iter__(self) -> Iterator[Mark]:
        return iter(self.all)

    def definition_of(self, alias: Mark) -> Mark | None:
        """What an alias stands for; None where its anchor comes later or never."""
        return self._definitions.get(alias.place)

    def users_of(self, anchor: Mark) -> list[Mark]:
        """The aliases that stand for an anchored value."""
        return self._users.get(anchor.place, [])


class _SharedError(Exception):
    """Text that others share would change.

    Attributes:
        where: it.
        node: the alias, or what has the anchor.
        value: what is wanted there.
    """

    def __init__(self, where: Where, node: Node, value: object) -> None:
        super().__init__(node.anchor)
        self.where = where
        self.node = node
        self.value = value


class _AgainError(Exception):
    """The text has changed while a step was looked for."""


class Fields:
    """A layout file whose fields are changed.

    Attributes:
        text: the file as it is by now.
        notes: what else has changed, in words.
    """

    def __init__(self, text: LayoutText) -> None:
        self.text = text
        self.notes: list[str] = []
        self._writer = Writer(text)
        self._marks: tuple[LayoutText, Marks] | None = None

    # -- reading -----------------------------------------------------------------

    def homes(self, target: Target) -> list[Where]:
        """The mappings that together are a layout, page or plot.

        Raises:
            EditRefusedError: there is none such.
        """
        page, plot = target.page, target.plot
        if page == -1:
            return [
                Where(each)
                for each in ((HEAD, HEAD), (TAIL, TAIL))
                if self.text.tree(self.text.piece(each)) is not None
            ]
        if not 0 <= page < len(self.text.pages):
            message = f"the layout has no page number {page + 1}"
            raise EditRefusedError(message, "missing")
        found = self.text.pages[page]
        if plot == -1:
            homes = [Where((page, HEAD), (0,))]
            if self.text.tree(found.tail) is not None:
                homes.append(Where((page, TAIL)))
            return homes
        if found.plots is not None and 0 <= plot < len(found.plots):
            return [Where((page, plot), (0,))]
        if found.plots is None:
            where = Where((page, HEAD), (0, "plots", plot))
            if self.node(where) is not None:
                return [where]
        message = f"page number {page + 1} has no plot number {plot + 1}"
        raise EditRefusedError(message, "missing")

    def node(self, where: Where) -> Node | None:
        """The value at a place; None where there is none."""
        node = self.text.tree(self.text.piece(where.piece))
        for step in where.steps:
            if node is None:
                return None
            if isinstance(step, int):
                node = node.items[step] if step < len(node.items) else None
            else:
                node = node.get(step)
        return node

    def value(self, target: Target) -> dict[str, Any]:
        """All that is written of a layout, page or plot, aliases followed.

        Of a page without its plots, of a layout without its pages.
        """
        found: dict[str, Any] = {}
        for home in self.homes(target):
            some = self._plain(home, self._home_node(home))
            found |= some if isinstance(some, dict) else {}
        if target.plot == -1:
            found.pop("pages" if target.page == -1 else "plots", None)
        return found

    def _home_node(self, home: Where) -> Node:
        node = self.node(home)
        if node is None:
            message = "what is to be edited is not there"
            raise EditRefusedError(message, "missing")
        return node

    def _plain(self, where: Where, node: Node) -> Any:  # noqa: ANN401 - as YAML has it
        if node.kind == "alias":
            found = self.definition(where, node)
            return self._plain(found.where, found.node)
        if node.kind == "scalar":
            return scalar_value(node)
        if node.kind == "sequence":
            return [
                self._plain(self._below(where, at), each)
                for at, each in enumerate(node.items)
            ]
        return {
            key.value: self._plain(self._below(where, key.value), each)
            for key, each in node.pairs
        }

    def _holds(self, where: Where, node: Node, value: object) -> bool:
        """Tell whether a value is what is written.

        A text is, too, where YAML takes it for something else: ``states: [off, on]``.
        """
        if node.kind == "alias":
            found = self.definition(where, node)
            return self._holds(found.where, found.node, value)
        if node.kind == "scalar":
            text = isinstance(value, str) and node.value == value
            return text or same(scalar_value(node), value)
        if node.kind == "sequence":
            return (
                isinstance(value, list)
                and len(value) == len(node.items)
                and all(
                    self._holds(self._below(where, at), each, value[at])
                    for at, each in enumerate(node.items)
                )
            )
        return (
            isinstance(value, dict)
            and len(node.pairs) == len(value)
            and all(
                key.value in value
                and self._holds(self._below(where, key.value), each, value[key.value])
                for key, each in node.pairs
            )
        )

    @staticmethod
    def _below(where: Where, step: int | str) -> Where:
        return Where(where.piece, (*where.steps, step))

    # -- anchors -----------------------------------------------------------------

    def marks(self) -> Marks:
        """All anchors and aliases of the file, in its order."""
        if self._marks is None or self._marks[0] is not self.text:
            found: list[Mark] = []
            for address, piece in self.text.pieces():
                if piece not in self.text.trees and not has_marks(piece):
                    continue
                found += [
                    Mark(Where(address, steps), node)
                    for steps, node in self.text.marks(piece)
                ]
            self._marks = (self.text, Marks(found))
        return self._marks[1]

    def _marks_below(self, where: Where, node: Node) -> Iterator[Mark]:
        for steps, each in marks_below(node, where.steps):
            yield Mark(Where(where.piece, steps), each)

    def definition(self, where: Where, alias: Node) -> Mark:
        """What an alias stands for.

        Raises:
            EditRefusedError: nothing, for its anchor comes later or not at all.
        """
        found = self.marks().definition_of(Mark(where, alias))
        if found is None:
            message = f"*{alias.anchor} has no anchor &{alias.anchor} before it"
            line = self.line_of(where.piece, alias.start)
            raise EditRefusedError(message, "syntax", line)
        return found

    def users(self, anchor: Mark) -> list[Mark]:
        """The aliases that stand for an anchored value."""
        return self.marks().users_of(anchor)

    def anchors(self, target: Target) -> dict[str, str]:
        """The anchors by which fields of a layout, page or plot are shared."""
        found: dict[str, str] = {}
        for home in self.homes(target):
            for key, value in self._home_node(home).pairs:
                for mark in self._marks_below(self._below(home, key.value), value):
                    if mark.node.kind == "alias" or self.users(mark):
                        found.setdefault(key.value, mark.node.anchor)
        return found

    def line_of(self, piece: Address, at: int) -> int:
        """The line, from 1, of a place in a piece."""
        return self.text.line_of(piece) + self.text.piece(piece).count("\n", 0, at)

    def name_of(self, where: Where) -> str:
        """Whose a value is, in words."""
        page, plot = where.piece
        if page in (HEAD, TAIL):
            return "the layout"
        if plot in (HEAD, TAIL):
            head = self.node(Where((page, HEAD), (0,)))
            name = None if head is None else head.get("page")
            return f"the page {name.value if name is not None else page + 1}"
        item = self.node(Where(where.piece, (0,)))
        for key in ("title", "path"):
            found = None if item is None else item.get(key)
            if found is not None:
                return found.value
        return f"plot {plot + 1}"

    # -- changing ----------------------------------------------------------------

    def set(
        self, target: Target, field: tuple[str, ...], value: object, shared: Sharing
    ) -> None:
        """Give a field another value, or leave it out where that is GONE.

        Raises:
            EditRefusedError: as it is written that cannot be done.
        """
        wanted = _with_field(self.value(target), field, value)
        if wanted is None:
            return
        key = field[0]
        homes = [each for each in self.homes(target) if self._home_node(each).has(key)]
        if len(homes) > 1:
            message = f'"{key}" stands twice in what is to be edited'
            raise EditRefusedError(message, "duplicate-key")
        home = homes[0] if homes else self.homes(target)[0]
        whole = self._plain(home, self._home_node(home))
        if not isinstance(whole, dict):
            message = "what is to be edited is no mapping of keys and values"
            raise EditRefusedError(message, "form")
        if key in wanted:
            part = {**whole, key: wanted[key]}
        else:
            part = {name: each for name, each in whole.items() if name != key}
        self.assign(home, part, shared)
        made = self.node(home)
        if part if made is None else not self._holds(home, made, part):
            message = f'"{key}" cannot be changed as the file is written'
            raise EditRefusedError(message, "form")

    def assign(self, where: Where, value: object, shared: Sharing) -> None:
        """Give a place another value, by the least changes of the text."""
        for _ in range(_MOST_STEPS):
            try:
                splice = self._step(where, value, shared)
            except _AgainError:
                continue
            except _SharedError as error:
                self._settle(error, shared)
                continue
            if splice is None:
                return
            self._splice(where.piece, splice)
        message = "too many changes at once"
        raise EditRefusedError(message, "form")

    def _splice(self, piece: Address, splice: _Splice) -> None:
        old = self.text.piece(piece)
        new = old[: splice.start] + splice.text + old[splice.end :]
        self.text.tree(new)
        self.text = self.text.with_pieces({piece: new})

    def _settle(self, error: _SharedError, shared: Sharing) -> None:
        """Do with shared text as is asked."""
        node = error.node
        own = Mark(error.where, node)
        alias = node.kind == "alias"
        anchor = self.definition(error.where, node) if alias else own
        if shared == "all":
            self.assign(anchor.where, error.value, shared)
            return
        users = [each for each in (anchor, *self.users(anchor)) if each != own]
        names = tuple(dict.fromkeys(self.name_of(each.where) for each in users))
        if shared == "ask":
            message = (
                f"this is shared, as &{node.anchor}, with {names[0]}"
                + (f" and {len(names) - 1} more" if len(names) > 1 else "")
                + ": change all of them, or this alone?"
            )
            line = self.line_of(error.where.piece, node.start)
            raise EditRefusedError(
                message, "shared", line, anchor=node.anchor, users=names
            )
        self.unshare(own)

    def unshare(self, mark: Mark) -> None:
        """Give a value that is shared a text of its own; the others share on.

        An alias becomes a copy. An anchor goes over to the first of its users.
        """
        where, node = mark
        if node.kind == "alias":
            anchor = self.definition(where, node)
            self._write_copy(where, anchor, "")
            name = self.name_of(where)
            self.notes.append(f"what {name} shared as &{node.anchor} is its own now")
            return
        users = self.users(mark)
        if users:
            self._write_copy(users[0].where, mark, node.anchor)
            name = self.name_of(users[0].where)
            self.notes.append(f"&{node.anchor} stands with {name} now")
        # the copy may stand in the same piece, but never before the anchor
        piece = self.text.piece(where.piece)
        mark_end = node.start + 1 + len(node.anchor)
        stop = mark_end
        while piece[stop : stop + 1] == " " and column_of(piece, stop):
            stop += 1
        at_end = piece[stop : stop + 1] in ("\n", "\r", "")
        start = node.start
        if at_end:
            start, stop = node.start - 1, mark_end  # with the blank before it
            if piece[start] != " ":
                start += 1
        if at_end and piece[:start].rstrip(" ").endswith("-"):
            # "- &a" over a mapping on the lines below: these begin at the dash
            self._splice(where.piece, _Splice(node.start, node.body, ""))
            return
        self._splice(where.piece, _Splice(start, stop, ""))

    def put_alias(self, mark: Mark) -> None:
        """Put an alias in place of a value whose anchor stands before it, too."""
        where, node = mark
        name = f"*{node.anchor}"
        piece = self.text.piece(where.piece)
        block = node.kind in ("mapping", "sequence") and not node.flow
        if node.style in ("|", ">"):
            name += self.text.newline
        if block and not isinstance(where.steps[-1], int):
            stop = after(piece, node.end, self._column(where))
            ended = self.text.newline if piece[:stop].endswith("\n") else ""
            self._splice(where.piece, _Splice(node.start, stop, name + ended))
            return
        self._splice(where.piece, _Splice(node.start, node.end, name))

    def _write_copy(self, where: Where, anchor: Mark, name: str) -> None:
        """Write the text of an anchored value in place of an alias of it.

        Args:
            where: the alias.
            anchor: what is copied.
            name: the anchor of the copy; "" for none.
        """
        text, source = self.text.piece(anchor.where.piece), anchor.node
        column = column_of(text, source.body)
        written = text[source.body : source.end]
        for each in reversed([*source.walk()]):  # anchors within stay where they are
            if each is not source and each.anchor and each.kind != "alias":
                cut = slice(each.start - source.body, each.body - source.body)
                written = written[: cut.start] + written[cut.stop :]
        written = written or "null"
        block = source.kind in ("mapping", "sequence") and not source.flow
        node = self.node(where)
        assert node is not None
        piece = self.text.piece(where.piece)
        mark = f"&{name} " if name else ""
        if self._in_flow(where):
            if block or "\n" in written:
                plain = self._plain(anchor.where, source)
                written = self._writer.inline(plain, flow=True)
            self._splice(where.piece, _Splice(node.start, node.end, mark + written))
            return
        inner = self._column(where) + 2
        first, *rest = written.splitlines()
        moved = (
            " " * max(inner + _indent(line) - column, 0) + line.strip(" \r")
            for line in rest
        )
        newline = self.text.newline
        written = newline.join([first, *moved])
        if not block or (isinstance(where.steps[-1], int) and not name):
            self._splice(where.piece, _Splice(node.start, node.end, mark + written))
            return
        # below the line of the alias; what follows there, a comment, stays
        stop = line_end(piece, node.end)
        line = piece[node.end : stop]
        ended = newline if line.endswith("\n") else ""
        start = node.start if name else len(piece[: node.start].rstrip(" "))
        made = f"{mark.rstrip()}{line.rstrip()}{newline}{' ' * inner}{written}{ended}"
        self._splice(where.piece, _Splice(start, stop, made))

    def _in_flow(self, where: Where) -> bool:
        node = self.text.tree(self.text.piece(where.piece))
        for step in where.steps:
            if node is None:
                return False
            if node.flow:
                return True
            node = node.items[step] if isinstance(step, int) else node.get(step)
        return False

    def _column(self, where: Where) -> int:
        """The column of the key, or of the dash, of a value in a block."""
        text = self.text.piece(where.piece)
        above = self.node(Where(where.piece, where.steps[:-1]))
        assert above is not None
        step = where.steps[-1]
        if isinstance(step, int):
            return column_of(text, dash_of(text, above, step))
        key = above.key(step)
        return column_of(text, key.start)

    # -- one step ----------------------------------------------------------------

    def _step(self, where: Where, value: object, shared: Sharing) -> _Splice | None:
        """The next change that brings a place nearer to a value; None: it has it."""
        node = self.node(where)
        if node is None and not where.steps and not value:
            return None  # no key is left behind the pages, or plots
        if node is None:
            message = "what is to be edited is not there"
            raise EditRefusedError(message, "missing")
        if self._holds(where, node, value):
            return None
        if node.tag:
            line = self.line_of(where.piece, node.start)
            message = f"a value with the tag {node.tag} is not edited"
            raise EditRefusedError(message, "form", line)
        if node.kind == "alias":
            raise _SharedError(where, node, value)
        if node.anchor and shared != "all" and self.users(Mark(where, node)):
            raise _SharedError(where, node, value)
        if node.kind == "mapping" and isinstance(value, dict):
            self._refuse_twice(where, node)
            if not where.steps and not value:
                key, each = node.pairs[0]
                self._keep_anchors(self._below(where, key.value), each)
                return self._without_pair(where, node, 0)
            if any(key.value in value for key, _ in node.pairs):
                return self._step_in_mapping(where, node, value, shared)
        if node.kind == "sequence" and node.items and isinstance(value, list) and value:
            return self._step_in_list(where, node, value, shared)
        return self._replacement(where, node, value)

    def _refuse_twice(self, where: Where, node: Node) -> None:
        seen: dict[str, Node] = {}
        for key, _ in node.pairs:
            if key.value in seen:
                first = self.line_of(where.piece, seen[key.value].start)
                line = self.line_of(where.piece, key.start)
                message = (
                    f'"{key.value}" stands in lines {first} and {line}: one is enough'
                )
                raise EditRefusedError(message, "duplicate-key", line)
            seen[key.value] = key

    def _step_in_mapping(
        self, where: Where, node: Node, value: dict[str, Any], shared: Sharing
    ) -> _Splice | None:
        for at, (key, each) in enumerate(node.pairs):
            below = self._below(where, key.value)
            if key.value not in value:
                self._keep_anchors(below, each)
                return self._without_pair(where, node, at)
        for key, _ in node.pairs:
            found = self._step(self._below(where, key.value), value[key.value], shared)
            if found is not None:
                return found
        missing = next(key for key in value if not node.has(key))
        return self._with_pair(where, node, missing, value[missing])

    def _step_in_list(
        self, where: Where, node: Node, value: list[Any], shared: Sharing
    ) -> _Splice | None:
        old = node.items
        least = min(len(old), len(value))

        def equal(at: int, wanted: object) -> bool:
            return self._holds(self._below(where, at), old[at], wanted)

        at = last = 0
        while at < least and equal(at, value[at]):
            at += 1
        while last < least - at and equal(len(old) - 1 - last, value[-1 - last]):
            last += 1
        more, fewer = len(value) - len(old), len(old) - len(value)
        left = len(old) - last - at, len(value) - last - at
        alike = min(left) > 0 and _alike(
            self._plain(self._below(where, at), old[at]), value[at]
        )
        if more > 0 and not (alike and left[0]):
            return self._with_item(where, node, at, value[at])
        if fewer > 0 and not alike:
            below = self._below(where, at)
            self._keep_anchors(below, node.items[at])
            return self._without_item(where, node, at)
        return self._step(self._below(where, at), value[at], shared)

    def _keep_anchors(self, where: Where, node: Node) -> None:
        """Hand anchors over that others use before the text that has them goes."""
        for mark in self._marks_below(where, node):
            if mark.node.kind != "alias" and any(
                not _within(each.where, where) for each in self.users(mark)
            ):
                self.unshare(mark)
                raise _AgainError

    def _replacement(self, where: Where, node: Node, value: object) -> _Splice:
        """The text with a value in place of another that is nothing like it."""
        text = self.text.piece(where.piece)
        style = node.style if node.kind == "scalar" else ""
        newline = self.text.newline
        block = node.kind in ("mapping", "sequence") and not node.flow
        for at, each in enumerate(node.items):
            self._keep_anchors(self._below(where, at), each)
        for key, each in node.pairs:
            self._keep_anchors(self._below(where, key.value), each)
        if self._in_flow(where):
            made = self._writer.inline(value, style, flow=True)
            start = node.body
            gap = " " if start == node.end and text[start - 1 : start] == ":" else ""
            return _Splice(start, node.end, gap + made)
        column = self._column(where)
        step = where.steps[-1]
        if isinstance(step, int):
            return self._new_item_value(text, node, value, column, style)
        above = self.node(Where(where.piece, where.steps[:-1]))
        assert above is not None
        key = above.key(step)
        # behind the colon, or the anchor that stays
        begin = text.index(":", key.end) + 1
        if node.anchor:
            begin = node.start + 1 + len(node.anchor)
        stop = line_end(text, begin)
        ended = newline if stop and text[stop - 1 : stop] == "\n" else ""
        one = self._writer.in_one(value, column + len(str(step)) + 2)
        said = f" {self._writer.inline(value, style)}" if one else ""
        lines = [] if one else self._writer.lines(value, column + 2)
        if block:
            rest = text[begin:stop].rstrip("\r\n")
            stop = after(text, node.end, column)
        elif node.style in ("|", ">"):
            rest, stop = "", node.end
        else:
            stop = line_end(text, max(node.end, begin))
            rest = text[max(node.end, begin) : stop].rstrip("\r\n")
            ended = newline if text[stop - 1 : stop] == "\n" else ""
        if node.style in ("|", ">"):
            ended = newline
        made = newline.join([said + rest, *lines])
        return _Splice(begin, stop, made + ended)

    def _new_item_value(
        self, text: str, node: Node, value: object, column: int, style: str
    ) -> _Splice:
        """The text with another value behind a dash."""
        first, *rest = self._writer.item(value, column)
        if style:
            first = f"{' ' * column}- {self._writer.inline(value, style)}"
        made = self.text.newline.join([first[column + 2 :], *rest])
        if node.style in ("|", ">"):
            made += self.text.newline
        gap = " " if text[node.body - 1 : node.body] == "-" else ""
        return _Splice(node.body, node.end, gap + made)

    def _with_pair(self, where: Where, node: Node, key: str, value: object) -> _Splice:
        text = self.text.piece(where.piece)
        if node.flow or self._in_flow(where):
            pair = f"{key_text(key)}: {self._writer.inline(value, flow=True)}"
            end = node.pairs[-1][1].end
            return _Splice(end, end, f", {pair}")
        column = column_of(text, node.pairs[0][0].start)
        before = [at for at, (name, _) in enumerate(node.pairs) if _precedes(name, key)]
        at = before[-1] if before else 0
        _, last = node.pairs[at]
        if at + 1 < len(node.pairs):
            follows = line_start(text, node.pairs[at + 1][0].start)
            place = lead(text, follows, column, line_end(text, last.end - 1))
            place = min(place, after(text, last.end, column))
        else:
            place = after(text, last.end, column)
        return self._with_lines(text, place, self._writer.entry(key, value, column))

    def _with_item(self, where: Where, node: Node, at: int, value: object) -> _Splice:
        text = self.text.piece(where.piece)
        if node.flow or self._in_flow(where):
            made = self._writer.inline(value, flow=True)
            if at == 0:
                start = node.items[0].start
                return _Splice(start, start, f"{made}, ")
            end = node.items[at - 1].end
            return _Splice(end, end, f", {made}")
        dash = dash_of(text, node, max(at - 1, 0))
        column = column_of(text, dash)
        if at == 0:
            place = line_start(text, dash)
            if text[place:dash].strip(" "):
                message = "a list begins on the line of its key: write it below"
                raise EditRefusedError(message, "form")
            place = lead(text, place, column)
        else:
            place = after(text, node.items[at - 1].end, column)
        return self._with_lines(text, place, self._writer.item(value, column))

    def _with_lines(self, text: str, place: int, lines: list[str]) -> _Splice:
        newline = self.text.newline
        made = newline.join(lines)
        if place and text[place - 1] != "\n":
            return _Splice(place, place, newline + made)
        return _Splice(place, place, made + newline)

    def _without_pair(self, where: Where, node: Node, at: int) -> _Splice:
        text = self.text.piece(where.piece)
        key, value = node.pairs[at]
        if node.flow or self._in_flow(where):
            if at + 1 < len(node.pairs):
                return _Splice(key.start, node.pairs[at + 1][0].start, "")
            return _Splice(node.pairs[at - 1][1].end, value.end, "")
        column = column_of(text, key.start)
        begin = line_start(text, key.start)
        stop = after(text, value.end, column)
        if text[begin : key.start].strip(" "):  # behind a dash: the next comes there
            follows = node.pairs[at + 1][0].start
            between = text[stop : line_start(text, follows)]
            return _Splice(key.start, follows, self._moved_up(between, column))
        begin = lead(text, begin, column)
        return _Splice(begin, stop, "")

    def _moved_up(self, between: str, column: int) -> str:
        """Comments over what comes behind a dash, as they can stand there."""
        if not between.strip():
            return ""
        lines = [each.strip() for each in between.splitlines() if each.strip()]
        newline = self.text.newline
        return "".join(f"{each}{newline}{' ' * column}" for each in lines)

    def _without_item(self, where: Where, node: Node, at: int) -> _Splice:
        text = self.text.piece(where.piece)
        if node.flow or self._in_flow(where):
            if at + 1 < len(node.items):
                return _Splice(node.items[at].start, node.items[at + 1].start, "")
            return _Splice(node.items[at - 1].end, node.items[at].end, "")
        dash = dash_of(text, node, at)
        column = column_of(text, dash)
        begin = line_start(text, dash)
        if text[begin:dash].strip(" "):
            message = "a list begins on the line of its key: write it below"
            raise EditRefusedError(message, "form")
        least = line_end(text, node.items[at - 1].end - 1) if at else 0
        begin = lead(text, begin, column, least)
        return _Splice(begin, after(text, node.items[at].end, column), "")


def _with_field(
    whole: dict[str, Any], field: tuple[str, ...], value: object
) -> dict[str, Any] | None:
    """What is written with another field; None where there is nothing to leave out."""
    key, *rest = field
    if not rest:
        if isinstance(value, Gone):
            if key not in whole:
                return None
            return {name: each for name, each in whole.items() if name != key}
        return {**whole, key: value}
    inner = whole.get(key)
    below = _with_field(inner if isinstance(inner, dict) else {}, tuple(rest), value)
    if below is None:
        return None
    if not below and isinstance(value, Gone):
        return {name: each for name, each in whole.items() if name != key}
    return {**whole, key: below}


def _precedes(name: Node, key: str) -> bool:
    return rank(name.value) <= rank(key)


def _alike(old: object, new: object) -> bool:
    """Whether one item of a list is the other, changed."""
    if isinstance(old, dict) and isinstance(new, dict):
        return next(iter(old), None) == next(iter(new), None)
    return not isinstance(old, dict | list) and not isinstance(new, dict | list)


def _within(inner: Where, outer: Where) -> bool:
    return inner.piece == outer.piece and inner.steps[: len(outer.steps)] == outer.steps


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
