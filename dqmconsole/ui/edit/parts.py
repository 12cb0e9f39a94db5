"""The editor in one window: its page, its docks, and the sheet that publishes."""

from __future__ import annotations

from functools import partial, wraps
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import msgspec
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDockWidget, QVBoxLayout, QWidget

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
from dqmconsole.model.layout import page_key
from dqmconsole.model.message import FormFound
from dqmconsole.shift.layout_editor import LayoutEditor
from dqmconsole.ui.edit.drag import DragLayer, Drop
from dqmconsole.ui.edit.form import FormPane, part_of
from dqmconsole.ui.edit.instruction import InstructionPane
from dqmconsole.ui.edit.publish import PublishSheet
from dqmconsole.ui.edit.text import TextPane
from dqmconsole.ui.edit.unsaved import UnsavedWork
from dqmconsole.ui.edit.view import EditView, Question
from dqmconsole.ui.edit.what_if import LimitTrial
from dqmconsole.ui.fonts import px
from dqmconsole.ui.keyboard import has_keyboard
from dqmconsole.ui.parts import DockTitle

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dqmconsole.model.edit import Edit, Sharing
    from dqmconsole.model.layout import Plot
    from dqmconsole.model.problem import Problem
    from dqmconsole.shift.client import Changes
    from dqmconsole.shift.session import ShiftChanges
    from dqmconsole.ui.overlay import Overlay
    from dqmconsole.ui.parts import Parts

_COPIED = "dqmconsole plot "  # how a plot begins that was copied as text
NO_LAYOUTS = ("site.yaml", "references.yaml", "known.yaml")
DOCK_WIDTH, WRITING_WIDTH = 400, 520  # px at scale 1
WAITING = 8  # keys that were pressed faster than edits are made; the rest is lost


def _in_turn(does: Callable[..., str | None]) -> Callable[..., str | None]:
    """Let what a key does wait until the edit before is made: for its places count."""

    @wraps(does)
    def run(parts: EditParts, *given: object) -> str | None:
        if parts.editor is None or not parts.editor.busy:
            return does(parts, *given)
        if len(parts.waiting) < WAITING:
            parts.waiting.append(partial(does, parts, *given))
        return None

    return run


class EditParts(QObject):
    """The parts of the window that edit a layout.

    Args:
        parts: the parts of the window.
        layout: to be edited as soon as the site has come; "" for the first one.
        begin: begin at once.

    Attributes:
        view: the page that is edited, in the middle.
        form, text: what lies in the docks beside it.
        drag: takes the mouse on the page.
        instruction: that of the selected plot, in a dock that takes their place.
        docks: these, the form's first; seen while the page is.
        publishing: the sheet that publishes.
        waiting: what is done once the edit before is made.
        hints: keys at the foot of the window while the page is seen.
        editor: the layout that is edited; None while there is none.
    """

    def __init__(self, parts: Parts, layout: str = "", *, begin: bool = False) -> None:
        context = parts.context
        super().__init__(context)
        self._parts = parts
        self._context = context
        self.view = EditView(context)
        self.form, self.text = FormPane(), TextPane(context.colours)
        self.question = Question()
        self.editor: LayoutEditor | None = None
        self.waiting: list[Callable[[], str | None]] = []
        self.hints: list[str] = []
        self._first, self._begins = layout, begin
        self._layout = ""
        self._showing = self._beside = False  # a layout; the docks
        self._writes = False  # the instruction is seen, in place of form and text
        self._what_if = LimitTrial(context, self.form, self._first_plot)
        self._drags = 0  # corners that were dragged
        self._panel = True  # the selected plot's dock was seen before
        self._page = ""  # the name of the page to show, once it is there
        self._target = Target()
        self._targets: tuple[Target, ...] = ()  # all plots that are selected
        self._whole = False  # the layout itself is in the form
        self._asked_form = 0
        self._sent: tuple[Edit, ...] = ()
        self._refused: object = None
        self._others = (False, 0.0)  # what is asked of the file
        self._watch_needed = False
        self.instruction = InstructionPane(context, self._name_instruction)
        self._unsaved = UnsavedWork(context.client, self._opened)
        self.publishing = PublishSheet(context, self._unsaved, self.save, self.go_to)
        self._place: tuple[int, int] | None = None  # of the text, to be gone to
        self._form_dock = self._dock("Form", self._with_question())
        self._text_dock = self._dock("Layout text", self.text)
        self._writing_dock = self._dock("Instruction", self.instruction)
        self.docks = (self._form_dock, self._text_dock, self._writing_dock)
        parts.view.add_guest(self.view)
        parts.view.turned.connect(self._turned)
        self.view.chosen_changed.connect(self._selected)
        self.view.page_changed.connect(self._page_turned)
        self.view.watch_needed.connect(self._need_watch)
        self.form.changed.connect(lambda edits: self.edit(*edits))
        self.drag = DragLayer(self.view, context.colours, self._families)
        self.drag.moved.connect(self._dropped)
        self.drag.spanned.connect(self._spanned)
        self.drag.let_go.connect(self._let_go)
        self.drag.added.connect(self._dropped_element)
        self.text.typed.connect(self._type)
        self.text.elsewhere.connect(self.go_to)
        context.opened.connect(self._source_opened)

    @property
    def sheets(self) -> Sequence[Overlay]:
        """Publishing, and an example of an instruction."""
        return (self.publishing, *self.instruction.sheets)

    @property
    def shown(self) -> bool:
        """The page that is edited is seen."""
        return self.editor is not None and not self.view.isHidden()

    @property
    def target(self) -> Target:
        """The plot that is selected, else the page, else the layout."""
        return self._target

    @property
    def targets(self) -> tuple[Target, ...]:
        """The plots that are selected, in their order; none of a page without any."""
        return self._targets

    def begin(self, layout: str) -> None:
        """Edit a layout, by its name or that of its file; go on with the one open."""
        if self.editor is None or layout != self._layout:
            if self.editor is not None:
                if self.editor.unsaved:
                    words = f"{self.editor.name} is not saved: what was edited is kept."
                    self._context.say(words)
                self.editor.close()
            self._layout = layout
            page = self._parts.view.page
            self._page = page.page if page is not None else ""
            self._target = Target()
            self.form.clear("opening …")
            self.waiting.clear()
            self._others = (False, 0.0)
            self.view.question.ask("", ())
            self.editor = LayoutEditor(self._context.client, layout)
        self._parts.view.bring_guest(self.view)
        self.view.grid.focus_selected()
        self._show_state()

    def turn(self) -> None:
        """Begin to edit the layout in view, or go back to its page."""
        if self.shown:
            self._parts.view.back()
            return
        view, site = self._parts.view, self._context.client.site
        place = view.selected
        name = place.page if place is not None and place.page is not None else view.page
        if site is not None and site.layouts:
            if self.editor is not None and (name is None or view.on_overview):
                self.begin(self._layout)  # nothing else is in view
            else:
                self.begin(site.layouts[0].layout if name is None else name.layout)

    # -- what a feature does -----------------------------------------------------

    def look(self, now: float, changes: Changes, news: ShiftChanges) -> None:
        """Take in what the engine answered."""
        del now, news
        if self._begins and (site := self._context.client.site) is not None:
            self._begins = False
            if name := self._first or next((e.layout for e in site.layouts), ""):
                self.begin(name)
        if self.editor is None:
            return
        self.instruction.look(changes)
        self._unsaved.look(changes)
        self.publishing.look()
        if changes.edits or changes.refusals:
            if self.editor.take(changes.edits, changes.refusals):
                self._show_layout()
            for each in changes.edits:
                if isinstance(each, FormFound) and each.request == self._asked_form:
                    self._show_form(each)
        self._what_if.look(changes)
        if self.shown:
            self.view.look(changes)
            if self._watch_needed:
                self._watch_needed = False
                watching = self._parts.view.watching
                watching.want(self.view, self.view.watch_items())
                self.view.refresh(None)

    def second(self, now: float) -> None:
        """Show ages."""
        if self.shown:
            self.view.second(now, self._parts.view.quiet)

    def leave(self) -> bool:
        """From beside the page to it; from there Esc leads out of the editor."""
        if not self.shown:
            return False
        if self.form.put_back():
            self._what_if.stop()
            return True
        beside = (*self.docks, self._parts.navigator)
        if self.view.name.leave() or any(has_keyboard(each) for each in beside):
            self.view.grid.focus_selected()
            return True
        return False

    def close(self) -> None:
        """End; what is not saved is there when it is opened again."""
        self.publishing.close_down()
        self.instruction.close_all()
        if self.editor is not None:
            self.editor.close()
        if self.shown:
            self._parts.docks["panel"].setVisible(self._panel)
        for dock in self.docks:
            dock.hide()

    # -- commands ----------------------------------------------------------------

    def edit(self, *edits: Edit, drag: str = "") -> None:
        """Edit the layout; what the edit made is selected then."""
        if self.editor is not None:
            self._sent = edits
            self.editor.edit(*edits, drag=drag)
            self._show_state()

    def undo(self) -> str:
        """Take the last step back; say which, or that there is none."""
        editor = self._in_hand
        if editor is None:
            return ""
        return self._moved(editor.undoes, editor.undo, "undo", "Taken back")

    def redo(self) -> str:
        """Make the step again that was taken back."""
        editor = self._in_hand
        if editor is None:
            return ""
        return self._moved(editor.redoes, editor.redo, "redo", "Made again")

    def _moved(self, step: str, go: Callable[[], bool], how: str, words: str) -> str:
        if not step:
            return f"Nothing to {how}."
        return f"{words}: {step}" if go() else "The edit before is still being made."

    def save(self) -> None:
        """Save the layout, and the instructions that were edited."""
        self.instruction.save()
        if self.editor is not None:
            self.editor.save()
            self._show_state()

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
            self._context.say("There is no page to add it to: add a page first.")
            return
        if self._is_there(path):
            return
        at = self._target.plot + 1 if self._target.plot != -1 else 1 << 30
        self.edit(AddPlot(page, at, path))

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
            self.edit(MovePlots(self._targets, here.page, to + (by > 0)))

    @_in_turn
    def swap_plot(self, by: int) -> None:
        """Let the selected plot and one beside it, or two selected, change places."""
        here = self._target
        other = Target(here.page, here.plot + by)
        if len(self._targets) == 2:
            here, other = self._targets
        if here.plot != -1 and other in self._written_plots():
            self.edit(SwapPlots(here, other))

    @_in_turn
    def move_to_page(self, by: int) -> None:
        """Move the selected plot to the page before or behind."""
        here, pages = self._target, self._written_pages()
        at = pages.index(here.page) + by if here.page in pages else -1
        if here.plot != -1 and 0 <= at < len(pages):
            self._page = self.view.pages.names[at].page
            self.edit(MovePlots(self._targets, pages[at], 1 << 30))

    @_in_turn
    def span(self, columns: int, rows: int) -> None:
        """Let the selected plots take more columns and rows, or fewer: all as many."""
        if not self._targets:
            return
        plot = self.view.pages.plot(self.view.chosen[0]).plot
        wide = min(max(plot.span[0] + columns, 1), 6)
        high = min(max(plot.span[1] + rows, 1), 6)
        if (wide, high) != plot.span:
            self.edit(SetField(self._targets, ("span",), [wide, high]))

    @_in_turn
    def delete(self) -> None:
        """Take the selected plots out."""
        if self._targets:
            self.edit(DeletePlots(self._targets))

    @_in_turn
    def split(self) -> str:
        """Write each plot of the selected families on its own; say where is none."""
        many = {self._at(keys[0]) for keys in self._families()}
        # from behind, for each changes the numbers of those that follow
        found = [each for each in reversed(self._targets) if each in many]
        if not found:
            return "This plot is written on its own."
        self.edit(*map(SplitTemplate, found))
        return ""

    @_in_turn
    def make_template(self) -> str:
        """Write the selected plots as one with braces; say where there is one alone."""
        if len(self._targets) < 2:
            return (
                "Select the plots first: Shift and the arrows, or Ctrl and the mouse."
            )
        self.edit(MakeTemplate(self._targets))
        return ""

    def copy(self) -> str:
        """Copy the selected plot as text; say so, or why not."""
        if len(self._targets) > 1:
            return "Several plots are selected: copy one, or the page."
        rows = [row for row in self.form.rows if row.own and row.written]
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
        self.edit(AddPlot(page, at, path, title, fields))
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
            self.edit(MovePage(page, page + by + (by > 0)))

    def delete_page(self) -> None:
        """Take the page out."""
        if self._target.page != -1:
            self.edit(DeletePage(self._target.page))

    def to_form(self) -> None:
        """Give the keyboard to the form."""
        self._bring(writes=False)
        if self.question.asks:
            self.question.focus_first()
        else:
            self.form.focus_first()

    def to_text(self) -> None:
        """Give the keyboard to the text."""
        self._bring(writes=False)
        self.text.text.setFocus(Qt.FocusReason.OtherFocusReason)

    def to_instruction(self) -> None:
        """Give the keyboard to the instruction of the selected plot."""
        self._bring(writes=True)
        self.instruction.focus_first()

    def publish(self) -> None:
        """Show what would be published."""
        self.publishing.open()

    def go_to(self, problem: Problem) -> None:
        """Show the place of a problem in its text, where that is edited here."""
        file = PurePath(problem.file)
        if file.suffix == ".md":
            self._bring(writes=True)
            name = f"{file.parent.name}/{file.stem}"
            self.instruction.go_to(name, problem.line, problem.column)
        elif file.parent.name == "layouts" and file.name not in NO_LAYOUTS:
            if self.editor is None or PurePath(self.editor.file).name != file.name:
                self.begin(file.name)
            self._place = (problem.line, problem.column)
            self.to_text()
            self._go_to_place()
        else:
            self._context.say(f"This file is mended in a text editor: {problem}")

    def show_part(self, part: str) -> None:
        """Show the form of the page, or of the layout, until a plot is selected."""
        self._whole = part == "layout"
        page = self._target.page
        self._ask_form(Target() if self._whole else Target(page))

    # -- inside ------------------------------------------------------------------

    def _with_question(self) -> QWidget:
        """The form, and what is asked of an edit above it."""
        beside = QWidget()
        column = QVBoxLayout(beside)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.question)
        column.addWidget(self.form, 1)
        return beside

    def _dock(self, title: str, widget: QWidget) -> QDockWidget:
        window = self._context.window
        dock = QDockWidget(title, window)
        dock.setObjectName(title)
        dock.setTitleBarWidget(DockTitle(dock))
        dock.setWidget(widget)
        window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
        dock.hide()
        return dock

    def _turned(self) -> None:
        """Docks are seen while the page is; Enter on an element adds it then."""
        shown, panel = self.shown, self._parts.docks["panel"]
        if shown == self._beside:
            return
        self._beside = shown
        if shown:
            self._panel = not panel.isHidden()
        panel.setVisible(not shown and self._panel)
        for dock in self.docks:
            dock.setVisible(shown and (dock is self._writing_dock) is self._writes)
        navigator, wanted = self._parts.navigator, self._context.plot_wanted
        navigator.let_add(adds=shown)
        self._parts.notices.show_hints(self.hints if shown else None)
        window = self._context.window
        if shown:
            wide = px(min(DOCK_WIDTH, window.width() * 3 // 10))
            window.resizeDocks([self._form_dock], [wide], Qt.Orientation.Horizontal)
            both = [self._form_dock, self._text_dock]
            window.resizeDocks(both, [60, 40], Qt.Orientation.Vertical)
            navigator.plot_opened.disconnect(wanted)
            navigator.plot_opened.connect(self._add_opened)
        else:
            navigator.plot_opened.disconnect(self._add_opened)
            navigator.plot_opened.connect(wanted)
            self._parts.view.watching.forget(self.view)
        self._need_watch()
        self._context.sense_changed.emit()

    def _dropped_element(self, path: str, drop: Drop) -> None:
        page, target = self._target.page, self._at(drop.key)
        if target is None:
            self.add_element(path)
        elif not self._is_there(path):
            self.edit(AddPlot(page, target.plot + (drop.side == "after"), path))

    def _is_there(self, path: str) -> bool:
        """Whether an element is on the page; it is selected then, and that is said."""
        for tile in self.view.grid.tiles:
            if self.view.pages.plot(tile.key).plot.path == path:
                self.view.choose((), tile.key)
                self._context.say(f"{path} is on this page already.")
                return True
        return False

    def _dropped(self, key: str, drop: Drop) -> None:
        here, there = self._at(key), self._at(drop.key)
        if here is None or there is None or here == there:
            return
        if drop.side == "on":
            self.edit(SwapPlots(here, there))
        else:
            at = there.plot + (drop.side == "after")
            moved = self._targets if here in self._targets else (here,)
            self.edit(MovePlots(moved, there.page, at))

    def _spanned(self, key: str, columns: int, rows: int) -> None:
        target = self._at(key)
        if target is not None:
            targets = self._targets if target in self._targets else (target,)
            edit = SetField(targets, ("span",), [columns, rows])
            self.edit(edit, drag=f"span {self._drags}")

    def _let_go(self) -> None:
        self._drags += 1

    def _families(self) -> list[list[str]]:
        """Keys of the plots on the page of each entry that stands for several."""
        found: dict[Target | None, list[str]] = {}
        for tile in self.view.grid.tiles:
            found.setdefault(self._at(tile.key), []).append(tile.key)
        found.pop(None, None)
        return [keys for keys in found.values() if len(keys) > 1]

    def _at(self, key: str) -> Target | None:
        """Where a plot is written, by its key; None for nowhere."""
        return None if self.editor is None else self.editor.written.get(key)

    def _add_opened(self, key: str) -> None:
        self.add_element(self._parts.view.pages.plot(key).plot.path)

    def _source_opened(self) -> None:
        """Another source: what is not saved waits in the engine's journal."""
        if self.editor is not None:
            self.editor = None
            self.instruction.forget()
            self._unsaved.forget()
            self._turned()

    @property
    def _in_hand(self) -> LayoutEditor | None:
        """The text that undo is about: where the keyboard is."""
        beside = self.instruction
        return beside.editor if has_keyboard(beside) else self.editor

    def _bring(self, *, writes: bool) -> None:
        """Show the instruction, or form and text in its place."""
        self._writes = writes
        for dock in self.docks:
            dock.setVisible((dock is self._writing_dock) is writes)
        wide = WRITING_WIDTH if writes else DOCK_WIDTH
        window = self._context.window
        shown = self._writing_dock if writes else self._form_dock
        wide = px(min(wide, window.width() * 3 // 8))
        window.resizeDocks([shown], [wide], Qt.Orientation.Horizontal)

    def _opened(self) -> dict[str, LayoutEditor]:
        """The files that are open, by their names in the site."""
        layout = (
            {} if self.editor is None else {f"layouts/{self.editor.name}": self.editor}
        )
        return layout | self.instruction.opened

    def _name_instruction(self, name: str, *, page: bool) -> None:
        here = self._target
        target = Target(here.page) if page else here
        self.edit(SetField((target,), ("instruction",), name))

    def _go_to_place(self) -> None:
        if self._place is not None and self.editor is not None and self.editor.text:
            self.text.go_to(*self._place)
            self._place = None

    def _need_watch(self) -> None:
        self._watch_needed = True
        self._parts.view.watch_wanted.emit()

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

    def _name_of(self, page: int) -> str:
        """Name of the page that is written at a place; "" for none."""
        layout = self.editor.expanded if self.editor is not None else None
        if self.editor is None or layout is None:
            return ""
        written, here = self.editor.written, Target(page)
        for each in layout.pages:
            if written.get(page_key(layout.layout, each.page)) == here:
                return each.page
        return ""

    def _key_of(self, target: Target) -> str:
        """Key of the first plot that is written at a target; "" for none."""
        written = self.editor.written if self.editor is not None else {}
        found = (
            key for key, at in written.items() if at == target and target.plot != -1
        )
        return next(found, "")

    def _show_layout(self) -> None:
        """Show all that the engine's answer changed."""
        editor = self.editor
        assert editor is not None
        if editor.text is not None:
            self.text.show_text(editor.text, editable=not editor.busy)
        self.text.show_problems(editor.problems, f"layouts/{editor.name}")
        key, chosen = self.view.grid.selected, self.view.chosen
        made = self._sent and editor.refused is None
        moved = not all(isinstance(each, SetField | RemoveField) for each in self._sent)
        for target in editor.targets[:1] if made else ():
            self._page = self._name_of(target.page) or self._page
            here = editor.written.get(key)
            known = here is not None and not moved
            if target.plot != -1 and here not in editor.targets and not known:
                key = self._key_of(target)
        if (
            made
            and moved
            and editor.targets
            and not isinstance(self._sent[0], SwapPlots)
        ):
            found = {*editor.targets} if len(editor.targets) > 1 else set()
            chosen = tuple(each for each, at in editor.written.items() if at in found)
            if isinstance(self._sent[0], MakeTemplate | SplitTemplate):
                self._context.say(editor.undoes)  # of comments that went, too
        if self._sent and not editor.busy:
            self._sent = () if editor.refused is None else self._sent
        page_now = self.view.page
        page_name = self._page or (page_now.page if page_now is not None else "")
        if not editor.busy:
            self._page = ""
        had = has_keyboard(self.view.grid) or self.view.grid.hasFocus()
        self._showing = True
        self.view.show_layout(editor.expanded, page_name, key, chosen)
        self._showing = False
        self.drag.update()
        if had:
            self.view.grid.focus_selected()
        self._retarget()
        self._go_to_place()
        self._show_state()
        self._ask_what_is_open()
        self._context.sense_changed.emit()
        if self.question.asks:
            self.waiting.clear()
        while self.waiting and not editor.busy:
            if said := self.waiting.pop(0)():
                self._context.say(said)

    def _show_state(self) -> None:
        editor = self.editor
        if editor is None:
            return
        words = [*editor.state, *filter(None, (editor.file,))]
        name = editor.expanded.layout if editor.expanded is not None else self._layout
        self.view.show_state(name, " · ".join(words))
        self.text.set_editable(editable=not editor.busy)

    def _ask_what_is_open(self) -> None:
        """Ask what only a person can say: who shares, and what becomes of others'."""
        editor = self.editor
        assert editor is not None
        others = (editor.others, editor.left)
        if others != self._others or editor.conflicts:
            self._others = others
            self.view.question.ask_about(editor)
        refused = editor.refused
        if refused is self._refused:
            return
        self._refused = refused
        if refused is None:
            self.question.ask("", ())
        elif refused.code == "shared" and self._sent:
            users = ", ".join(refused.users[:4])
            more = f" and {len(refused.users) - 4} more" if refused.users[4:] else ""
            self.question.ask(
                f"&{refused.anchor} is shared by {users}{more}.",
                [
                    ("Change all", partial(self._share, "all")),
                    (
                        "Only these" if len(self._targets) > 1 else "Only this one",
                        partial(self._share, "one"),
                    ),
                    ("Neither", self._drop),
                ],
            )
            if has_keyboard(self._form_dock):
                self.question.focus_first()
        else:
            where = f"line {refused.line}: " if refused.line else ""
            self.question.ask(
                f"Not done: {where}{refused.sentence}", [("Seen", self._drop)]
            )

    def _share(self, how: Sharing) -> None:
        sent = tuple(
            msgspec.structs.replace(each, shared=how)
            if isinstance(each, SetField | RemoveField)
            else each
            for each in self._sent
        )
        self._drop()
        self.edit(*sent)

    def _drop(self) -> None:
        """Ask no more; the form shows again what holds."""
        back = has_keyboard(self.question)
        self.question.ask("", ())
        self._sent = ()
        self._ask_form(self._target)
        if back:
            self.form.focus_first()

    def _ask_name(self, words: str, text: str, edit: Callable[[str], Edit]) -> None:
        def take(name: str) -> None:
            self._page = name
            self.edit(edit(name))

        self.view.name.ask(words, text, take)

    def _type(self, text: str) -> None:
        if self.editor is not None and not self.editor.type(text):
            self.text.show_text(self.editor.text or "", editable=False)

    def _first_plot(self) -> Plot | None:
        """The first of the plots that are selected."""
        if not self._targets or self._target.plot == -1:
            return None
        return self.view.pages.plot(self._key_of(self._targets[0])).plot

    def _selected(self) -> None:
        if not self._showing:
            self._whole = False
            self._retarget()

    def _page_turned(self) -> None:
        self._whole = False
        self._retarget()
        self._need_watch()

    def _retarget(self) -> None:
        """What is edited is what is selected; ask for its form."""
        editor = self.editor
        if editor is None or editor.text is None:
            return
        place = self.view.pages.plot(self.view.grid.selected)
        self.instruction.show_plot(place, editor.expanded)
        page = self.view.page
        found = editor.written.get(self.view.grid.selected)
        if found is None and page is not None:
            found = editor.written.get(page.key)
        self._target = found or Target()
        at = {self._at(key) for key in self.view.chosen}
        self._targets = tuple(sorted(each for each in at if each is not None))
        self._ask_form(Target() if self._whole else self._target)

    def _ask_form(self, target: Target) -> None:
        """Ask for the form of a part; instead of one plot, of all selected ones."""
        if self.editor is not None and self.editor.text is not None:
            client, more = self._context.client, self._targets[1:]
            if target.plot != -1 and self._targets:
                target = self._targets[0]
            else:
                more = ()
            self._asked_form = client.ask_form(self.editor.name, target, more)

    def _show_form(self, found: FormFound) -> None:
        written = self.editor.written.values() if self.editor is not None else ()
        many = sum(1 for each in written if each == found.target)
        family = f" (written as one with {many - 1} more)" if many > 1 else ""
        plot = f"Plot: {self.view.title()}{family}"
        if found.more:
            plots, entries = len(self.view.chosen), len(found.more) + 1
            within = f" in {entries} entries" if plots != entries else ""
            plot = f"{plots} plots{within}"
        title = {
            "plot": plot,
            "page": f"Page: {self.view.page.page if self.view.page else ''}",
            "layout": f"Layout: {self._layout}",
        }[part_of(found.target)]
        self.form.show_form(found, title)
        self.text.show_line(found.line)
        self._context.sense_changed.emit()
