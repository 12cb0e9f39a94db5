"""What is selected of the layout that is edited, and what is done to it."""

from __future__ import annotations

from functools import partial, wraps
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from dqmconsole.model.edit import (
    AddPage,
    AddPlot,
    CopyPage,
    DeletePage,
    DeletePlots,
    MakeTemplate,
    MovePage,
    MovePlots,
    SetField,
    SplitTemplate,
    SwapPlots,
    Target,
)
from dqmconsole.ui.edit.drag import DragLayer, Drop

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmconsole.model.edit import Edit
    from dqmconsole.model.layout import Plot
    from dqmconsole.shift.layout_editor import LayoutEditor
    from dqmconsole.ui.context import Context
    from dqmconsole.ui.edit.form import FormPane
    from dqmconsole.ui.edit.view import EditView

    class Send(Protocol):
        """Has edits made; what they made is selected then."""

        def __call__(self, *edits: Edit, drag: str = "") -> None:
            """Arguments as of ``LayoutEditor.edit``."""


_COPIED = "dqmconsole plot "  # how a plot begins that was copied as text
WAITING = 8  # keys that were pressed faster than edits are made; the rest is lost


def _in_turn(does: Callable[..., str | None]) -> Callable[..., str | None]:
    """Let what a key does wait until the edit before is made: for its places count."""

    @wraps(does)
    def run(selection: Selection, *given: object) -> str | None:
        if selection.editor is None or not selection.editor.busy:
            return does(selection, *given)
        if len(selection.waiting) < WAITING:
            selection.waiting.append(partial(does, selection, *given))
        return None

    return run


class Selection(QObject):
    """The plots that are selected, or their page, and what keys and mouse do to them.

    Args:
        context: says why something is not done.
        view: the page, where they are selected.
        form: theirs.
        edit: has edits made.

    Attributes:
        editor: the layout; None while there is none.
        drag: takes the mouse on the page.
        waiting: what is done once the edit before is made.
        page: name of the page to show, once it is there; "".
    """

    def __init__(
        self, context: Context, view: EditView, form: FormPane, edit: Send
    ) -> None:
        super().__init__(context)
        self._say = context.say
        self._form, self._edit = form, edit
        self.view = view
        self.editor: LayoutEditor | None = None
        self.waiting: list[Callable[[], str | None]] = []
        self.page = ""
        self._target = Target()
        self._targets: tuple[Target, ...] = ()  # all plots that are selected
        self._drags = 0  # corners that were dragged
        self.drag = DragLayer(view, context.colours, self._families)
        self.drag.moved.connect(self._dropped)
        self.drag.spanned.connect(self._spanned)
        self.drag.let_go.connect(self._let_go)
        self.drag.added.connect(self._dropped_element)

    def begin(self, editor: LayoutEditor | None, page: str = "") -> None:
        """Have another layout, and nothing of it selected.

        Args:
            editor: it; None for none.
            page: name of the page to show, once it is there.
        """
        self.editor, self.page = editor, page
        self._target, self._targets = Target(), ()
        self.waiting.clear()

    def renew(self) -> None:
        """See where what is selected is written by now."""
        if self.editor is None:
            return
        page = self.view.page
        found = self.at(self.view.grid.selected)
        if found is None and page is not None:
            found = self.at(page.key)
        self._target = found or Target()
        at = {self.at(key) for key in self.view.chosen}
        self._targets = tuple(sorted(each for each in at if each is not None))

    def go_on(self) -> None:
        """Do what waits, as far as can be now."""
        while self.waiting and self.editor is not None and not self.editor.busy:
            if said := self.waiting.pop(0)():
                self._say(said)

    @property
    def target(self) -> Target:
        """The plot that is selected, else the page, else the layout."""
        return self._target

    @property
    def targets(self) -> tuple[Target, ...]:
        """The plots that are selected, in their order; none of a page without any."""
        return self._targets

    def at(self, key: str) -> Target | None:
        """Where a plot is written, by its key; None for nowhere."""
        return None if self.editor is None else self.editor.written.get(key)

    def key_of(self, target: Target) -> str:
        """Key of the first plot that is written at a target; "" for none."""
        written = self.editor.written if self.editor is not None else {}
        found = (
            key for key, at in written.items() if at == target and target.plot != -1
        )
        return next(found, "")

    def first_plot(self) -> Plot | None:
        """The first of the plots that are selected."""
        if not self._targets or self._target.plot == -1:
            return None
        return self.view.pages.plot(self.key_of(self._targets[0])).plot

    # -- what is done ------------------------------------------------------------

    def step(self, dx: int, dy: int) -> None:
        """Select the plot beside the selected one."""
        self.view.grid.step(dx, dy)

    def go(self, dx: int, dy: int, *, selects: bool) -> None:
        """Go to the plot beside; what is selected stays, or what is between is."""
        self.view.go(dx, dy, selects=selects)

    def select_also(self) -> None:
        """Select the plot beside the others, or no more."""
        self.view.choose_also(self.view.grid.selected)

    @_in_turn
    def add_element(self, path: str) -> None:
        """Add a plot behind the selected one."""
        page = self._target.page
        if page == -1:
            self._say("There is no page to add it to: add a page first.")
            return
        if self._is_there(path):
            return
        at = self._target.plot + 1 if self._target.plot != -1 else 1 << 30
        self._edit(AddPlot(page, at, path))

    @_in_turn
    def move_plot(self, by: int) -> None:
        """Move the selected plots by places of their page; apart, they come together.

        Args:
            by: places; below 0 to the front.
        """
        if not self._targets:
            return
        first, last = self._targets[0], self._targets[-1]
        here = last if by > 0 else first
        apart = last.plot - first.plot >= len(self._targets)
        to = here.plot + (0 if apart else by)
        count = sum(1 for each in self._written_plots() if each.page == here.page)
        if -1 < to < count:
            self._edit(MovePlots(self._targets, here.page, to + (by > 0)))

    @_in_turn
    def swap_plot(self, by: int) -> None:
        """Let the selected plot and one beside it, or two selected, change places."""
        here = self._target
        other = Target(here.page, here.plot + by)
        if len(self._targets) == 2:
            here, other = self._targets
        if here.plot != -1 and other in self._written_plots():
            self._edit(SwapPlots(here, other))

    @_in_turn
    def move_to_page(self, by: int) -> None:
        """Move the selected plot to the page before or behind."""
        here, pages = self._target, self._written_pages()
        at = pages.index(here.page) + by if here.page in pages else -1
        if here.plot != -1 and 0 <= at < len(pages):
            self.page = self.view.pages.names[at].page
            self._edit(MovePlots(self._targets, pages[at], 1 << 30))

    @_in_turn
    def span(self, columns: int, rows: int) -> None:
        """Let the selected plots take more columns and rows, or fewer: all as many."""
        if not self._targets:
            return
        plot = self.view.pages.plot(self.view.chosen[0]).plot
        wide = min(max(plot.span[0] + columns, 1), 6)
        high = min(max(plot.span[1] + rows, 1), 6)
        if (wide, high) != plot.span:
            self._edit(SetField(self._targets, ("span",), [wide, high]))

    @_in_turn
    def delete(self) -> None:
        """Take the selected plots out."""
        if self._targets:
            self._edit(DeletePlots(self._targets))

    @_in_turn
    def split(self) -> str:
        """Write each plot of the selected families on its own; say where is none."""
        many = {self.at(keys[0]) for keys in self._families()}
        # from behind, for each changes the numbers of those that follow
        found = [each for each in reversed(self._targets) if each in many]
        if not found:
            return "This plot is written on its own."
        self._edit(*map(SplitTemplate, found))
        return ""

    @_in_turn
    def make_template(self) -> str:
        """Write the selected plots as one with braces; say where there is one alone."""
        if len(self._targets) < 2:
            return (
                "Select the plots first: Shift and the arrows, or Ctrl and the mouse."
            )
        self._edit(MakeTemplate(self._targets))
        return ""

    def copy(self) -> str:
        """Copy the selected plot as text; say so, or why not."""
        if len(self._targets) > 1:
            return "Several plots are selected: copy one, or the page."
        rows = [row for row in self._form.rows if row.own and row.written]
        fields: dict[str, Any] = {}
        for row in rows:
            inner = fields
            for key in row.way[:-1]:
                inner = inner.setdefault(key, {})
            if row.item == -1:
                inner[row.way[-1]] = row.value
        path = str(fields.pop("path", ""))
        if self._target.plot == -1 or not path:
            return "No plot is selected."
        if "{" in path:
            return "A plot with braces stands for several: copy it in the text."
        title = fields.pop("title", "")
        made = msgspec.json.encode([path, title, fields]).decode()
        QGuiApplication.clipboard().setText(_COPIED + made)
        return f"Copied: {title or path}"

    @_in_turn
    def cut(self) -> str:
        """Copy the selected plot and take it out."""
        said = self.copy()
        if said.startswith("Copied"):
            self.delete()
        return said

    @_in_turn
    def paste(self) -> str:
        """Add the plot that was copied behind the selected one."""
        text = QGuiApplication.clipboard().text()
        if not text.startswith(_COPIED):
            return "No plot was copied."
        try:
            path, title, fields = msgspec.json.decode(
                text[len(_COPIED) :], type=tuple[str, str, dict[str, Any]]
            )
        except msgspec.MsgspecError:
            return "No plot was copied."
        page, plot = self._target.page, self._target.plot
        at = plot + 1 if plot != -1 else 1 << 30
        self._edit(AddPlot(page, at, path, title, fields))
        return ""

    def add_page(self) -> None:
        """Ask for the name of a page that is added behind this one."""
        at = self._target.page + 1 if self._target.page != -1 else 1 << 30
        self._ask_name("Name of the new page", "", lambda name: AddPage(at, name))

    def rename_page(self) -> None:
        """Ask for another name of the page."""
        page, name = self._target.page, self.view.page
        if name is not None:
            self._ask_name(
                "Other name of the page",
                name.page,
                lambda new: SetField((Target(page),), ("page",), new),
            )

    def copy_page(self) -> None:
        """Ask for the name of a copy of the page."""
        page, name = self._target.page, self.view.page
        if name is not None:
            self._ask_name(
                "Name of the copied page",
                f"{name.page} (copy)",
                lambda new: CopyPage(page, new),
            )

    def move_page(self, by: int) -> None:
        """Let the page change places with the one before or behind."""
        page = self._target.page
        if page != -1 and page + by in self._written_pages():
            self._edit(MovePage(page, page + by + (by > 0)))

    def delete_page(self) -> None:
        """Take the page out."""
        if self._target.page != -1:
            self._edit(DeletePage(self._target.page))

    # -- by mouse, and inside ----------------------------------------------------

    def _dropped_element(self, path: str, drop: Drop) -> None:
        page, target = self._target.page, self.at(drop.key)
        if target is None:
            self.add_element(path)
        elif not self._is_there(path):
            self._edit(AddPlot(page, target.plot + (drop.side == "after"), path))

    def _is_there(self, path: str) -> bool:
        """Whether an element is on the page; it is selected then, and that is said."""
        for tile in self.view.grid.tiles:
            if self.view.pages.plot(tile.key).plot.path == path:
                self.view.choose((), tile.key)
                self._say(f"{path} is on this page already.")
                return True
        return False

    def _dropped(self, key: str, drop: Drop) -> None:
        here, there = self.at(key), self.at(drop.key)
        if here is None or there is None or here == there:
            return
        if drop.side == "on":
            self._edit(SwapPlots(here, there))
        else:
            at = there.plot + (drop.side == "after")
            moved = self._targets if here in self._targets else (here,)
            self._edit(MovePlots(moved, there.page, at))

    def _spanned(self, key: str, columns: int, rows: int) -> None:
        target = self.at(key)
        if target is not None:
            targets = self._targets if target in self._targets else (target,)
            edit = SetField(targets, ("span",), [columns, rows])
            self._edit(edit, drag=f"span {self._drags}")

    def _let_go(self) -> None:
        self._drags += 1

    def _families(self) -> list[list[str]]:
        """Keys of the plots on the page of each entry that stands for several."""
        found: dict[Target | None, list[str]] = {}
        for tile in self.view.grid.tiles:
            found.setdefault(self.at(tile.key), []).append(tile.key)
        found.pop(None, None)
        return [keys for keys in found.values() if len(keys) > 1]

    def _written_plots(self) -> list[Target]:
        written = self.editor.written if self.editor is not None else {}
        return sorted({each for each in written.values() if each.plot != -1})

    def _written_pages(self) -> list[int]:
        """Which page of the file each tab shows, in order."""
        written = self.editor.written if self.editor is not None else {}
        return [
            written[name.key].page
            for name in self.view.pages.names
            if name.key in written
        ]

    def _ask_name(self, words: str, text: str, edit: Callable[[str], Edit]) -> None:
        def take(name: str) -> None:
            self.page = name
            self._edit(edit(name))

        self.view.name.ask(words, text, take)
