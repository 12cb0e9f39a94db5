"""The editor in one window: its page, its docks, and the sheet that publishes."""

from __future__ import annotations

from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDockWidget, QVBoxLayout, QWidget

from dqmconsole.model.edit import (
    MakeTemplate,
    RemoveField,
    SetField,
    SplitTemplate,
    SwapPlots,
    Target,
)
from dqmconsole.model.layout import page_key
from dqmconsole.model.message import FormFound
from dqmconsole.shift.layout_editor import LayoutEditor
from dqmconsole.ui.edit.form import FormPane, part_of
from dqmconsole.ui.edit.instruction import InstructionPane
from dqmconsole.ui.edit.publish import PublishSheet
from dqmconsole.ui.edit.selection import Selection
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
    from dqmconsole.model.problem import Problem
    from dqmconsole.shift.client import Changes
    from dqmconsole.shift.session import ShiftChanges
    from dqmconsole.ui.overlay import Overlay
    from dqmconsole.ui.parts import Parts

NO_LAYOUTS = ("site.yaml", "references.yaml", "known.yaml")
DOCK_WIDTH, WRITING_WIDTH = 400, 520  # px at scale 1


class EditParts(QObject):
    """The parts of the window that edit a layout.

    Args:
        parts: the parts of the window.
        layout: to be edited as soon as the site has come; "" for the first one.
        begin: begin at once.

    Attributes:
        view: the page that is edited, in the middle.
        form, text: what lies in the docks beside it.
        selection: what is selected of it, and what is done to that.
        instruction: that of the selected plot, in a dock that takes their place.
        docks: these, the form's first; seen while the page is.
        publishing: the sheet that publishes.
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
        self.selection = Selection(context, self.view, self.form, self.edit)
        self.hints: list[str] = []
        self._first, self._begins = layout, begin
        self._layout = ""
        self._showing = self._beside = False  # a layout; the docks
        self._writes = False  # the instruction is seen, in place of form and text
        self._what_if = LimitTrial(context, self.form, self.selection.first_plot)
        self._panel = True  # the selected plot's dock was seen before
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
            self.form.clear("opening …")
            self._others = (False, 0.0)
            self.view.question.ask("", ())
            self.editor = LayoutEditor(self._context.client, layout)
            self.selection.begin(self.editor, page.page if page is not None else "")
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
        page = self.selection.target.page
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

    def _add_opened(self, key: str) -> None:
        self.selection.add_element(self._parts.view.pages.plot(key).plot.path)

    def _source_opened(self) -> None:
        """Another source: what is not saved waits in the engine's journal."""
        if self.editor is not None:
            self.editor = None
            self.selection.begin(None)
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
        here = self.selection.target
        target = Target(here.page) if page else here
        self.edit(SetField((target,), ("instruction",), name))

    def _go_to_place(self) -> None:
        if self._place is not None and self.editor is not None and self.editor.text:
            self.text.go_to(*self._place)
            self._place = None

    def _need_watch(self) -> None:
        self._watch_needed = True
        self._parts.view.watch_wanted.emit()

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
            self.selection.page = self._name_of(target.page) or self.selection.page
            here = editor.written.get(key)
            known = here is not None and not moved
            if target.plot != -1 and here not in editor.targets and not known:
                key = self.selection.key_of(target)
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
        page_name = self.selection.page or (
            page_now.page if page_now is not None else ""
        )
        if not editor.busy:
            self.selection.page = ""
        had = has_keyboard(self.view.grid) or self.view.grid.hasFocus()
        self._showing = True
        self.view.show_layout(editor.expanded, page_name, key, chosen)
        self._showing = False
        self.selection.drag.update()
        if had:
            self.view.grid.focus_selected()
        self._retarget()
        self._go_to_place()
        self._show_state()
        self._ask_what_is_open()
        self._context.sense_changed.emit()
        if self.question.asks:
            self.selection.waiting.clear()
        self.selection.go_on()

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
                        "Only these"
                        if len(self.selection.targets) > 1
                        else "Only this one",
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
        self._ask_form(self.selection.target)
        if back:
            self.form.focus_first()

    def _type(self, text: str) -> None:
        if self.editor is not None and not self.editor.type(text):
            self.text.show_text(self.editor.text or "", editable=False)

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
        self.selection.renew()
        place = self.view.pages.plot(self.view.grid.selected)
        self.instruction.show_plot(place, editor.expanded)
        self._ask_form(Target() if self._whole else self.selection.target)

    def _ask_form(self, target: Target) -> None:
        """Ask for the form of a part; instead of one plot, of all selected ones."""
        if self.editor is not None and self.editor.text is not None:
            client, more = self._context.client, self.selection.targets[1:]
            if target.plot != -1 and self.selection.targets:
                target = self.selection.targets[0]
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
