"""Edits of a layout file: each the least change of its text.

What is not edited stays as it is written, byte by byte: comments, order, quotes, blank
lines. What an edit makes is read back, and refused where it is not what was asked for.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from dqmconsole.model.edit import (
    AddPage,
    AddPlot,
    CopyPage,
    DeletePage,
    DeletePlots,
    MakeTemplate,
    MovePage,
    MovePlots,
    RemoveField,
    SetField,
    SplitTemplate,
    SwapPlots,
    Target,
)
from dqmconsole.model.words import counted, listed
from dqmconsole.site.braces import BraceError, brace_text, escaped, in_step
from dqmconsole.site.layout_fields import GONE, Fields, Gone, Mark, Marks, Where
from dqmconsole.site.layout_text import (
    HEAD,
    TAIL,
    Address,
    EditRefusedError,
    LayoutText,
    PageText,
    column_of,
    dash_of,
    in_pieces,
    line_start,
    own_end,
)
from dqmconsole.site.layout_values import plainly, rank, same
from dqmconsole.site.nearest import short

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dqmconsole.model.edit import Edit, Sharing

Way = tuple[int | str, ...]


class Edited(NamedTuple):
    """What an edit made.

    Attributes:
        text: the file.
        words: what changed.
        targets: where what was edited stands now.
    """

    text: LayoutText
    words: str
    targets: tuple[Target, ...]


def edited(text: LayoutText, edit: Edit) -> Edited:
    """Make an edit.

    Raises:
        EditRefusedError: it cannot be made.
    """
    made = _edited(_Editing(text), edit)
    _see(text, made.text)
    return made


def _edited(editing: _Editing, edit: Edit) -> Edited:
    match edit:
        case SetField() | RemoveField():
            value = plainly(edit.value) if isinstance(edit, SetField) else GONE
            words = editing.set_fields(edit.targets, edit.field, value, edit.shared)
            return Edited(editing.text, words, edit.targets)
        case AddPlot():
            fields = {"path": escaped(edit.path)}
            if edit.title:
                fields["title"] = escaped(edit.title)
            fields |= plainly(edit.fields)
            words, at = editing.add_plot(edit.page, edit.at, fields)
            return Edited(editing.text, words, (Target(edit.page, at),))
        case DeletePlots():
            words = editing.delete_plots(edit.targets)
            return Edited(editing.text, words, ())
        case MovePlots():
            words, now = editing.move_plots(edit.targets, edit.page, edit.at)
            return Edited(editing.text, words, now)
        case SwapPlots():
            words = editing.swap_plots(edit.one, edit.other)
            return Edited(editing.text, words, (edit.other, edit.one))
        case AddPage():
            words, page = editing.add_page(edit.at, edit.name)
            return Edited(editing.text, words, (Target(page),))
        case CopyPage():
            words = editing.copy_page(edit.page, edit.name)
            return Edited(editing.text, words, (Target(edit.page + 1),))
        case MovePage():
            words, page = editing.move_page(edit.page, edit.at)
            return Edited(editing.text, words, (Target(page),))
        case DeletePage():
            words = editing.delete_page(edit.page)
            return Edited(editing.text, words, ())
        case MakeTemplate():
            words, made = editing.make_template(edit.targets)
            return Edited(editing.text, words, (made,))
        case SplitTemplate():
            words, targets = editing.split_template(edit.target)
            return Edited(editing.text, words, targets)


class _Editing(Fields):
    """A layout file that is edited."""

    # -- fields ------------------------------------------------------------------

    def set_fields(
        self,
        targets: Sequence[Target],
        field: tuple[str, ...],
        value: object,
        shared: Sharing,
    ) -> str:
        """Give a field of several a value, or leave it out; what changed, in words."""
        if not targets or not field:
            message = "nothing is chosen to be edited"
            raise EditRefusedError(message, "missing")
        if isinstance(value, Gone) and field in _NEEDED:
            message = f"{field[0]} cannot be left out"
            raise EditRefusedError(message, "value")
        if field == ("page",):
            self._refuse_name(str(value), targets[0].page)
        if field[0] in ("pages", "plots"):
            message = f"{field[0]} are added, moved and deleted one by one"
            raise EditRefusedError(message, "value")
        before = [_under(self.value(each), field) for each in targets]
        names = [self._name(each) for each in targets]
        chosen = {(each.page, each.plot) for each in targets}
        sharing = shared if shared != "ask" else self._sharing(chosen)
        for target in targets:
            try:
                self.set(target, field, value, sharing)
            except EditRefusedError as error:
                raise error.of(self._name(target)) from None
        name = " ".join(field)
        if isinstance(value, Gone):
            said = f"{name} left out"
        elif all(same(each, before[0]) for each in before):
            said = listed([*_changes(before[0], value, field)])
        else:
            said = f"{name} {_said(value)}"
        return "; ".join([f"{listed(names)}: {said}", *self.notes])

    def _sharing(self, chosen: set[tuple[int, int]]) -> Sharing:
        """Where all who share a text are chosen, it is changed for all of them."""
        if len(chosen) < 2:
            return "ask"
        marks = self.marks()
        for mark in marks:
            if mark.where.piece not in chosen:
                continue
            anchor = marks.definition_of(mark) if mark.node.kind == "alias" else mark
            if anchor is None:
                return "ask"
            users = {each.where.piece for each in (anchor, *marks.users_of(anchor))}
            if not users <= chosen:
                return "ask"
        return "all"

    def _name(self, target: Target) -> str:
        home = self.homes(target)[0]
        return self.name_of(home)

    # -- plots -------------------------------------------------------------------

    def add_plot(self, page: int, at: int, fields: dict[str, Any]) -> tuple[str, int]:
        """Add a plot; what changed, and where it stands."""
        plots = self._plots(page)
        at = min(max(at, 0), len(plots))
        column = self._plot_column(page)
        ordered = dict(sorted(fields.items(), key=lambda each: rank(each[0])))
        lines = [*self._writer.lines(ordered, column + 2)]
        lines[0] = f"{' ' * column}- {lines[0].lstrip(' ')}"
        piece = self.text.newline.join(lines) + self.text.newline
        self.text.tree(piece)
        self._set_plots(page, [*plots[:at], piece, *plots[at:]])
        self._read_back()
        name = self.name_of(Where((page, at)))
        return f"{name} added to {self._name(Target(page))}", at

    def delete_plots(self, targets: Sequence[Target]) -> str:
        """Take plots out; what changed."""
        self._refuse_no_plots(targets)
        names = [self._name(each) for each in targets]
        going = [(each.page, each.plot) for each in targets]
        self._part_with(going)
        self._leave_comments(going)
        for page in {each.page for each in targets}:
            gone = {each.plot for each in targets if each.page == page}
            plots = self._plots(page)
            kept = [each for at, each in enumerate(plots) if at not in gone]
            self._set_plots(page, kept)
        self._read_back()
        return "; ".join([f"{listed(names)} deleted", *self.notes])

    def move_plots(
        self, targets: Sequence[Target], page: int, at: int
    ) -> tuple[str, tuple[Target, ...]]:
        """Move plots; what changed, and where they stand."""
        self._refuse_no_plots(targets)
        chosen = sorted(set(targets))
        names = [self._name(each) for each in chosen]
        moved = [(each.page, each.plot) for each in chosen]
        for number in {page, *(each.page for each in chosen)}:
            self._plots(number)  # refuses what cannot be moved
        lists = [
            [(number, plot) for plot, _ in enumerate(each.plots or ())]
            for number, each in enumerate(self.text.pages)
        ]
        at = min(max(at, 0), len(lists[page]))
        now = at - sum(each in moved for each in lists[page][:at])
        lists = [[each for each in some if each not in moved] for some in lists]
        lists[page][now:now] = moved
        order = [(HEAD, HEAD)]
        for number, some in enumerate(lists):
            order += [(number, HEAD), *some, (number, TAIL)]
        order.append((TAIL, TAIL))
        self._keep_order(order, moved)
        if order != [each for each, _ in self.text.pieces()]:
            self._leave_comments(moved)
        column = self._plot_column(page)
        pieces = {
            address: self._at_column(piece, column) if address in moved else piece
            for address, piece in self.text.pieces()
        }
        for number in {page, *(each.page for each in chosen)}:
            self._set_plots(number, [pieces[each] for each in lists[number]])
        self._read_back()
        within = all(each.page == page for each in chosen)
        where = "within" if within else "to"
        said = f"{listed(names)} moved {where} {self._name(Target(page))}"
        places = tuple(Target(page, now + each) for each in range(len(moved)))
        return "; ".join([said, *self.notes]), places

    def swap_plots(self, one: Target, other: Target) -> str:
        """Let two plots change places; what changed."""
        self._refuse_no_plots((one, other))
        names = [self._name(each) for each in (one, other)]
        first, second = sorted([one, other])
        self._plots(first.page)
        self._plots(second.page)
        if first == second:
            message = "two plots are swapped, not one"
            raise EditRefusedError(message, "missing")
        a, b = (first.page, first.plot), (second.page, second.plot)
        order = [each for each, _ in self.text.pieces()]
        swapped = [{a: b, b: a}.get(each, each) for each in order]
        self._keep_order(swapped, [a, b])
        columns = [self._plot_column(each[0]) for each in (a, b)]
        one_text, one_rest = self._parted(self.text.piece(a))
        other_text, other_rest = self._parted(self.text.piece(b))
        changed = {
            a: self._at_column(self._ended(other_text), columns[0]) + one_rest,
            b: self._at_column(self._ended(one_text), columns[1]) + other_rest,
        }
        self.text = self.text.with_pieces(changed)
        self._read_back()
        return "; ".join([f"{names[0]} and {names[1]} swapped", *self.notes])

    # -- pages -------------------------------------------------------------------

    def add_page(self, at: int, name: str) -> tuple[str, int]:
        """Add a page; what changed, and where it stands."""
        self._refuse_name(name)
        at = min(max(at, 0), len(self.text.pages))
        indent = " " * self._page_column()
        newline = self.text.newline
        lines = [
            f"{indent}- page: {self._writer.inline(name)}",
            f"{indent}  plots: []",
            "",
        ]
        pages = list(self.text.pages)
        pages.insert(at, PageText(newline.join(lines), (), ""))
        self._set_pages(pages)
        self._read_back()
        return f"the page {name} added", at

    def copy_page(self, page: int, name: str) -> str:
        """Add a copy of a page behind it; what changed."""
        self._refuse_no_page(page)
        old = self._name(Target(page))
        self._refuse_name(name)
        values = self._page_value(page)
        pages = list(self.text.pages)
        if pages[page].plots is None:
            message = f"the plots of {old} are not on lines of their own: not copied"
            raise EditRefusedError(message, "form")
        last = page == len(pages) - 1 and not self.text.tail
        copied = pages[page]._replace(
            head=self._ended(pages[page].head),
            plots=tuple(map(self._ended, pages[page].plots or ())),
            tail=self._ended(pages[page].tail),
        )
        if last:
            pages[page] = copied
        self._set_pages([*pages[: page + 1], copied, *pages[page + 1 :]])
        self._use_aliases(page + 1)
        self.set(Target(page + 1), ("page",), name, "ask")
        self._read_back()
        now = self._page_value(page + 1)
        if not same({**now, "page": None}, {**values, "page": None}):
            message = f"{old} cannot be copied as the file is written"
            raise EditRefusedError(message, "order")
        return f"{old} copied as {name}"

    def move_page(self, page: int, at: int) -> tuple[str, int]:
        """Move a page; what changed, and where it stands."""
        self._refuse_no_page(page)
        name = self._name(Target(page))
        at = min(max(at, 0), len(self.text.pages))
        now = at - 1 if at > page else at
        numbers = [each for each in range(len(self.text.pages)) if each != page]
        numbers.insert(now, page)
        lists = [
            [(each, HEAD), *((each, plot) for plot, _ in enumerate(found.plots or ()))]
            for each, found in enumerate(self.text.pages)
        ]
        moved = [*lists[page], (page, TAIL)]
        order = [(HEAD, HEAD)]
        for each in numbers:
            order += [*lists[each], (each, TAIL)]
        order.append((TAIL, TAIL))
        self._keep_order(order, moved)
        if now != page:
            self._leave_page_comments(page)
        self._set_pages([self.text.pages[each] for each in numbers])
        self._read_back()
        return "; ".join([f"{name} moved", *self.notes]), now

    def delete_page(self, page: int) -> str:
        """Take a page out; what changed."""
        self._refuse_no_page(page)
        name = self._name(Target(page))
        self._part_with([each for each, _ in self.text.pieces() if each[0] == page])
        self._leave_page_comments(page)
        pages = list(self.text.pages)
        plots = pages[page].plots
        del pages[page]
        self._set_pages(pages)
        self._read_back()
        said = f"{name} deleted"
        if plots:
            said += f" with {counted(len(plots), 'plot')}"
        return "; ".join([said, *self.notes])

    # -- families ----------------------------------------------------------------

    def make_template(self, targets: Sequence[Target]) -> tuple[str, Target]:
        """Make one plot of several; what changed, and where it stands."""
        self._refuse_no_plots(targets)
        chosen = sorted(set(targets))
        if len(chosen) < 2 or len({each.page for each in chosen}) > 1:
            message = "a template is made of two or more plots of one page"
            raise EditRefusedError(message, "unlike")
        first, *rest = chosen
        places = {Target(first.page, at) for at in range(first.plot, rest[-1].plot)}
        for between in sorted(places - set(chosen))[:1]:
            message = (
                f"{self._name(between)} stands between these plots: move them together "
                "first, so that each keeps its place"
            )
            raise EditRefusedError(message, "unlike")
        written = [self.value(each) for each in chosen]
        try:
            values = [part for each in written for part in _expanded(each)]
            wanted = _common(values, ())
        except BraceError as error:
            message = f"no template: {error}"
            raise EditRefusedError(message, "unlike") from error
        except _UnlikeError as error:
            message = f"these plots are no family: {error.of(values)}"
            raise EditRefusedError(message, "unlike") from error
        if isinstance(wanted, Gone) or not isinstance(wanted, dict):
            message = "plots that differ in more than their texts are no family"
            raise EditRefusedError(message, "unlike")
        _refuse_wrong(wanted, values)
        for key, value in wanted.items():
            if not same(written[0].get(key), value):
                self.set(first, (key,), value, "one")
        going = [(each.page, each.plot) for each in rest]
        self._part_with(going)
        self._leave_comments(going)
        comments = sum(_has_comment(self.text.piece(each)) for each in going)
        gone = {each.plot for each in rest}
        plots = self._plots(first.page)
        self._set_plots(
            first.page, [each for at, each in enumerate(plots) if at not in gone]
        )
        self._read_back()
        said = f"{len(values)} plots are written as one now, {wanted['path']}"
        if comments:
            said += f"; comments of {comments} of them are gone"
        return "; ".join([said, *self.notes]), first

    def split_template(self, target: Target) -> tuple[str, tuple[Target, ...]]:
        """Write the plots of one each on its own; what changed, where they stand."""
        self._refuse_no_plots((target,))
        value = self.value(target)
        try:
            parts = _expanded(value)
        except BraceError as error:
            raise EditRefusedError(str(error), "value") from error
        if len(parts) < 2:
            message = f"{self._name(target)} has no braces: it is one plot"
            raise EditRefusedError(message, "unlike")
        page, plot = target.page, target.plot
        plots = list(self._plots(page))
        whole, rest = self._parted(self._ended(plots[plot]))
        tree = self.text.tree(whole)
        assert tree is not None
        bare = whole[line_start(whole, dash_of(whole, tree, 0)) :]
        copies = [whole, *(bare for _ in parts[2:]), bare + rest]
        plots[plot : plot + 1] = copies
        self._set_plots(page, plots)
        made = tuple(Target(page, plot + each) for each in range(len(parts)))
        for each in made[1:]:
            self._drop_anchors((page, each.plot))
        for each, part in zip(made, parts, strict=True):
            for key, new in part.items():
                if not same(value.get(key), new):
                    self.set(each, (key,), new, "one")
        self._read_back()
        said = f"{value.get('path')} is {len(parts)} plots now"
        return "; ".join([said, *self.notes]), made

    # -- pieces ------------------------------------------------------------------

    def _refuse_no_plots(self, targets: Sequence[Target]) -> None:
        """Refuse what is no plot that stands on lines of its own.

        Raises:
            EditRefusedError: one is none.
        """
        if not targets:
            message = "no plot is chosen"
            raise EditRefusedError(message, "missing")
        for each in targets:
            self.homes(each)
            if each.page < 0 or each.plot < 0:
                message = "a plot is chosen for this, no page"
                raise EditRefusedError(message, "missing")
            self._plots(each.page)

    def _refuse_no_page(self, page: int) -> None:
        if page < 0:
            message = "a page is chosen for this"
            raise EditRefusedError(message, "missing")
        self.homes(Target(page))

    def _plots(self, page: int) -> list[str]:
        """The plots of a page, as pieces.

        Raises:
            EditRefusedError: they are none.
        """
        self._refuse_no_page(page)
        name = self._name(Target(page))
        plots = self.text.pages[page].plots
        if plots is None:
            message = f"the plots of {name} are not each on lines of their own"
            line = self.text.line_of((page, HEAD))
            raise EditRefusedError(message, "form", line)
        return list(plots)

    def _plot_column(self, page: int) -> int:
        """The column of the dashes of a page's plots."""
        here = self.text.pages[page].plots or ()
        for piece in here[:1]:
            tree = self.text.tree(piece)
            if tree is not None:
                return column_of(piece, dash_of(piece, tree, 0))
        head = self.text.pages[page].head
        item = self.node(Where((page, HEAD), (0,)))
        assert item is not None
        return column_of(head, item.pairs[0][0].start) + 2

    def _page_column(self) -> int:
        for page in self.text.pages:
            tree = self.text.tree(page.head)
            if tree is not None:
                return column_of(page.head, dash_of(page.head, tree, 0))
        return 2

    def _set_plots(self, page: int, plots: Sequence[str]) -> None:
        """Give a page these plots."""
        old = self.text.pages[page]
        head = self._list_key(Where((page, HEAD), (0,)), "plots", bool(plots))
        new = old._replace(head=head, plots=tuple(plots))
        pages = list(self.text.pages)
        pages[page] = new
        self._set_pages(pages)

    def _set_pages(self, pages: Sequence[PageText]) -> None:
        head = self._list_key(Where((HEAD, HEAD)), "pages", bool(pages))
        text = self.text._replace(head=head, pages=tuple(pages))
        last = ""
        changed: dict[Address, str] = {}
        behind: Address | None = None
        for address, piece in text.pieces():  # what is not last ends its line
            if piece and behind is not None and not last.endswith("\n"):
                changed[behind] = last + text.newline
            if piece:
                last, behind = piece, address
        self.text = text.with_pieces(changed)

    def _list_key(self, home: Where, key: str, filled: bool) -> str:
        """The text before a list: with its key, and brackets where it is empty."""
        text = self.text.piece(home.piece)
        node = self.node(home)
        found = None if node is None else node.get(key)
        newline = self.text.newline
        if node is None or found is None:
            column = 0
            if node is not None and node.pairs:
                column = column_of(text, node.pairs[0][0].start)
            ended = text if not text or text.endswith("\n") else text + newline
            return f"{ended}{' ' * column}{key}:{'' if filled else ' []'}{newline}"
        if found.flow and filled:
            begin = len(text[: found.start].rstrip(" "))
            made = text[:begin] + text[found.end :]
        elif not found.flow and not filled:
            name = node.key(key)
            begin = text.index(":", name.end) + 1
            made = f"{text[:begin]} []{text[max(begin, found.end) :]}"
        else:
            made = text
        return made if made.endswith("\n") else made + newline

    def _ended(self, piece: str) -> str:
        return piece if not piece or piece.endswith("\n") else piece + self.text.newline

    def _parted(self, text: str) -> tuple[str, str]:
        """The text of a plot or page, and what stays where it was when that goes."""
        tree = self.text.tree(text)
        assert tree is not None
        cut = own_end(text, tree.end, column_of(text, dash_of(text, tree, 0)))
        return text[:cut], text[cut:]

    def _leave_comments(self, going: Sequence[Address]) -> None:
        """Let comments behind plots that go stay where they are."""
        gone = set(going)
        for page, plot in sorted(gone):
            above = plot - 1  # before the first it is the HEAD
            while (page, above) in gone:
                above -= 1
            self._leave([(page, plot)], (page, above))

    def _leave_page_comments(self, page: int) -> None:
        """Let comments behind a page that goes stay where they are."""
        above = (HEAD, HEAD)
        if page:
            whole = self.text.pages[page - 1].plots is None
            above = (page - 1, HEAD if whole else TAIL)
        self._leave([each for each, _ in self.text.pieces() if each[0] == page], above)

    def _leave(self, pieces: Sequence[Address], above: Address) -> None:
        """Give what stands behind a plot or page to the piece above it.

        Args:
            pieces: the plot, or all of the page.
            above: the nearest piece before it that stays.
        """
        texts = [self.text.piece(each) for each in pieces]
        kept, rest = self._parted("".join(texts))
        if not rest:
            return
        before = self.text.piece(above)
        *_, last = before.splitlines() or [""]
        # one blank line is enough, and some text would end in it: "title: |+"
        if not last.strip() or _KEEPS_BLANKS.search(before):
            rest = _BLANKS.sub("", rest)
        changed = {above: before + rest}
        for each, text in zip(pieces, texts, strict=True):
            changed[each], kept = kept[: len(text)], kept[len(text) :]
        self.text = self.text.with_pieces(changed)

    def _at_column(self, piece: str, column: int) -> str:
        """A piece with its dash in a column."""
        piece = self._ended(piece)
        tree = self.text.tree(piece)
        assert tree is not None
        by = column - column_of(piece, dash_of(piece, tree, 0))
        if not by:
            return piece
        lines = []
        for line in piece.splitlines(keepends=True):
            inner = len(line) - len(line.lstrip(" "))
            blank = not line.strip()
            lines.append(line if blank else " " * max(inner + by, 0) + line[inner:])
        return "".join(lines)

    def _read_back(self) -> None:
        """See that every alias still stands for something."""
        for mark in self.marks():
            if mark.node.kind == "alias":
                self.definition(mark.where, mark.node)

    def _page_value(self, page: int) -> dict[str, Any]:
        found = self.value(Target(page))
        plots = self.text.pages[page].plots or ()
        found["plots"] = [self.value(Target(page, at)) for at, _ in enumerate(plots)]
        return found

    def _refuse_name(self, name: str, page: int = -1) -> None:
        """Refuse a name of a page that is none, or is another's."""
        if not name.strip() or "\n" in name or "›" in name:
            message = 'a page has a name, without line breaks and "›"'
            raise EditRefusedError(message, "value")
        for number in range(len(self.text.pages)):
            found = self.node(Where((number, HEAD), (0, "page")))
            if number != page and found is not None and found.value == name:
                message = f'there is a page "{name}" already: it is number {number + 1}'
                raise EditRefusedError(message, "value")

    # -- anchors of pieces -------------------------------------------------------

    def _part_with(self, pieces: Sequence[Address]) -> None:
        """Hand over the anchors of pieces that go, to those who use them outside."""
        going = set(pieces)
        while True:
            for mark in self.marks():
                if mark.node.kind == "alias" or mark.where.piece not in going:
                    continue
                users = self.users(mark)
                if any(each.where.piece not in going for each in users):
                    self._hand_over(mark, going)
                    break
            else:
                return

    def _hand_over(self, mark: Mark, going: set[Address]) -> None:
        """Let the first user outside of pieces have an anchor; inside are copies."""
        for each in self.users(mark):
            if each.where.piece in going:
                self.unshare(each)
                return  # places have changed
        self.unshare(mark)

    def _keep_order(self, order: Sequence[Address], moved: Sequence[Address]) -> None:
        """Make pieces that move free of anchors where an alias would lose its own."""
        rank_of = {each: at for at, each in enumerate(order)}
        going = set(moved)
        marks = self.marks()
        then = Marks(
            sorted(marks, key=lambda each: (rank_of[each.where.piece], each.node.start))
        )
        torn = any(
            then.definition_of(each) != marks.definition_of(each)
            for each in marks
            if each.node.kind == "alias"
        )
        if not torn:
            return
        self._part_with(moved)
        while True:
            for mark in self.marks():
                if mark.node.kind != "alias" or mark.where.piece not in going:
                    continue
                anchor = self.definition(mark.where, mark.node)
                if anchor.where.piece != mark.where.piece:
                    self.unshare(mark)
                    break
            else:
                return

    def _drop_anchors(self, piece: Address) -> None:
        """Put aliases in place of the anchors of a copy that follows what it copies."""
        while True:
            mark = next(
                (
                    each
                    for each in self.marks()
                    if each.where.piece == piece and each.node.kind != "alias"
                ),
                None,
            )
            if mark is None:
                return
            self.put_alias(mark)

    def _use_aliases(self, page: int) -> None:
        for address in [each for each, _ in self.text.pieces() if each[0] == page]:
            self._drop_anchors(address)


def _see(before: LayoutText, after: LayoutText) -> None:
    """See that pieces which changed still make one text, and the same pieces of it.

    Raises:
        EditRefusedError: as the file is written, they do not.
    """
    old = set(before.pages)
    plots = {piece for page in before.pages for piece in page.plots or ()}
    changed = [page for page in after.pages if page not in old] or [*after.pages[:1]]
    texts = [after.head]
    counts: list[int | None] = []
    for page in changed:
        some = page.plots or ()
        kept = [
            piece
            for at, piece in enumerate(some)
            if piece not in plots or at in (0, len(some) - 1)
        ]
        texts += [page.head, *kept, page.tail]
        counts.append(None if page.plots is None else len(kept))
    found: list[int | None] = []
    try:
        again = in_pieces("".join([*texts, after.tail]))
        found = [
            None if page.plots is None else len(page.plots) for page in again.pages
        ]
    except EditRefusedError:
        pass
    if found != counts:
        message = "as the file is written there, that cannot be edited: edit its text"
        raise EditRefusedError(message, "form")


_BLANKS = re.compile(r"\A(?:[ \t\r]*\n)+")
_KEEPS_BLANKS = re.compile(r"[|>]\d?\+")
_NEEDED = (("layout",), ("page",), ("path",))
_TEXTS = ("path", "title", "description")


def _under(whole: dict[str, Any], field: tuple[str, ...]) -> Any:  # noqa: ANN401
    found: Any = whole
    for key in field:
        found = found.get(key) if isinstance(found, dict) else None
    return found


def _changes(old: object, new: object, way: Way) -> Iterator[str]:
    """What differs of a value, in words."""
    if same(old, new):
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in {**old, **new}:
            if key not in new:
                yield f"{' '.join(map(str, (*way, key)))} left out"
            else:
                yield from _changes(old.get(key), new[key], (*way, key))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for at, each in enumerate(new):
            more = () if isinstance(each, dict) else (at + 1,)
            yield from _changes(old[at], each, (*way, *more))
    else:
        was = "" if old is None else f", was {_said(old)}"
        yield f"{' '.join(map(str, way))} {_said(new)}{was}"


def _said(value: object) -> str:
    if isinstance(value, str):
        return f'"{short(value)}"'
    if isinstance(value, dict):
        inner = ", ".join(f"{key} {_said(each)}" for key, each in value.items())
        return short(inner)
    if isinstance(value, list):
        return short("[" + ", ".join(map(_said, value)) + "]")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "null" if value is None else f"{value}"


def _has_comment(piece: str) -> bool:
    return any(each.lstrip().startswith("#") for each in piece.splitlines())


class _UnlikeError(Exception):
    """Two of several plots, the first and another, differ in what braces cannot say.

    Args:
        way: to what differs.
        at: which the other one is.
    """

    def __init__(self, way: Way, at: int) -> None:
        super().__init__(way, at)
        self._way = way
        self._at = at

    def of(self, values: Sequence[Any]) -> str:
        """What differs, in words."""
        field = " ".join(str(e if isinstance(e, str) else e + 1) for e in self._way)
        said = []
        for plot in (values[0], values[self._at]):
            value = plot
            for step in self._way:
                there = not isinstance(step, str) or step in value
                value = value[step] if there else GONE
            words = "not written" if isinstance(value, Gone) else _said(value)
            said.append(f"{words} in {short(str(plot.get('title', plot.get('path'))))}")
        return f"{field} is {', '.join(said)}"


def _common(values: Sequence[Any], way: tuple[int | str, ...]) -> Any:  # noqa: ANN401
    """Several values as one, with braces where texts in them differ.

    Raises:
        _UnlikeError: they differ in something else.
    """
    first = values[0]
    if all(same(first, each) for each in values):
        # what is the same in all is no list, unless it was one
        return first
    if all(isinstance(each, str) for each in values) and _may_differ(way):
        made = brace_text([in_step((each,))[0][0] for each in values])
        if made is not None:
            return made
    elif all(isinstance(each, dict) for each in values):
        for key in [key for each in values for key in each]:
            there = [key in each for each in values]
            if not all(there):
                raise _UnlikeError((*way, key), there.index(not there[0]))
        return {
            key: _common([each[key] for each in values], (*way, key)) for key in first
        }
    elif all(isinstance(each, list) and len(each) == len(first) for each in values):
        return [
            _common([each[at] for each in values], (*way, at))
            for at in range(len(first))
        ]
    raise _UnlikeError(way, next(n for n, e in enumerate(values) if not same(first, e)))


def _may_differ(way: tuple[int | str, ...]) -> bool:
    """Whether braces are read in a text."""
    if not way:
        return False
    if way[0] in (*_TEXTS, "axes", "part", "overlay"):
        return True
    return way[0] == "checks" and bool({"against", "input"} & set(way))


def _expanded(value: dict[str, Any]) -> list[dict[str, Any]]:
    """The plots that one with braces stands for.

    Raises:
        BraceError: its braces cannot be read.
    """
    ways = [way for way, text in _texts(value, ()) if _may_differ(way) and "{" in text]
    texts = [str(_under_way(value, way)) for way in ways]
    rows = in_step(texts) if texts else ((),)
    made = []
    for row in rows:
        part = plainly(value)
        for way, text in zip(ways, row, strict=True):
            _put(part, way, escaped(text))
        made.append(part)
    return made


def _texts(value: object, way: Way) -> Iterator[tuple[Way, str]]:
    if isinstance(value, str):
        yield way, value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _texts(each, (*way, key))
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from _texts(each, (*way, at))


def _under_way(value: Any, way: Way) -> Any:  # noqa: ANN401 - whatever YAML holds
    for step in way:
        value = value[step]
    return value


def _put(value: Any, way: Way, new: str) -> None:  # noqa: ANN401 - whatever YAML holds
    *above, last = way
    _under_way(value, tuple(above))[last] = new


def _refuse_wrong(wanted: dict[str, Any], values: Sequence[dict[str, Any]]) -> None:
    """See that a template stands for the plots that it was made of, in their order.

    Raises:
        EditRefusedError: it does not.
    """
    try:
        parts = _expanded(wanted)
    except BraceError as error:
        message = f"no template: {error}"
        raise EditRefusedError(message, "unlike") from error
    if len(parts) != len(values) or not all(map(same, parts, values)):
        message = "these plots cannot be written as one with braces"
        raise EditRefusedError(message, "unlike")
