"""The instruction of the plot that is edited: its text, and as the shifter sees it."""

from __future__ import annotations

import datetime
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from dqmconsole.model.instruction import (
    INSTRUCTION_ID,
    new_instruction,
    shows_to_be_written,
)
from dqmconsole.model.words import slug
from dqmconsole.shift.layout_editor import LayoutEditor
from dqmconsole.ui.buttons import push_button
from dqmconsole.ui.edit.text import TextPane
from dqmconsole.ui.edit.view import Question
from dqmconsole.ui.guidance.view import GuidanceView
from dqmconsole.ui.labels import ElidedLabel, PlainLabel

if TYPE_CHECKING:
    from typing import Protocol

    from PySide6.QtGui import QShowEvent

    from dqmconsole.model.layout import Layout, Page
    from dqmconsole.shift.client import Changes
    from dqmconsole.shift.pages import PlotPlace
    from dqmconsole.ui.context import Context
    from dqmconsole.ui.overlay import Overlay

    class Give(Protocol):
        """Gives what is selected, or its page, an instruction."""

        def __call__(self, name: str, *, page: bool) -> None:
            """By its id."""


_ROLE = "expert"  # where the site names none


class _Beside(NamedTuple):
    """What an instruction is shown beside."""

    place: PlotPlace
    page: Page
    layout: Layout

    @property
    def id(self) -> str:
        """Of its instruction; "" where it has none."""
        return self.place.plot.instruction or self.page.instruction or ""


class InstructionPane(QWidget):
    """The text of the selected plot's instruction, over its preview.

    Instructions that were opened stay so: all that is not saved is saved together.

    Args:
        context: the client, and what is rendered.
        give: gives what is selected, or its page, an instruction.

    Attributes:
        text: the text, and its problems.
        preview: as the shifter sees it.
    """

    def __init__(self, context: Context, give: Give) -> None:
        super().__init__()
        self._give = give
        self._context = context
        self._beside: _Beside | None = None
        self._editors: dict[str, LayoutEditor] = {}
        self._id = ""
        self._begins: tuple[str, str] | None = None  # id and text of a new one
        self._goes_to: tuple[int, int] | None = None
        self._asked: object = None  # what the question is about
        self._state = ElidedLabel()
        self._state.setAccessibleName("State of the instruction")
        self.question = Question()
        self._offer = QWidget()
        self._words = PlainLabel("There is no instruction", role="muted")
        self._name = QLineEdit()
        self._name.setAccessibleName("Id of the new instruction")
        self._for_page, self._for_plot = (
            push_button(words, words, partial(self._begin, whole=whole))
            for words, whole in (
                ("Begin it for the page", True),
                ("Begin it for this plot alone", False),
            )
        )
        self.text = TextPane(context.colours)
        self.text.text.setAccessibleName("Text of the instruction")
        self.text.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.text.problems.setAccessibleName("Problems of the instruction")
        self.preview = GuidanceView(context, drafts=True)
        self._both = QSplitter(Qt.Orientation.Vertical)
        self._lay_out()
        self.text.typed.connect(self._type)

    @property
    def editor(self) -> LayoutEditor | None:
        """The instruction that is shown; None where there is none."""
        return self._editors.get(self._id)

    @property
    def sheets(self) -> tuple[Overlay, ...]:
        """An example, large."""
        return (self.preview.example,)

    @property
    def opened(self) -> dict[str, LayoutEditor]:
        """All that are open, by the names of their files in the site."""
        return {_file(name): each for name, each in self._editors.items()}

    # -- what is shown -----------------------------------------------------------

    def show_plot(self, place: PlotPlace | None, layout: Layout | None) -> None:
        """Show the instruction of a plot of a layout, as both are edited."""
        self._beside = None
        if place is not None and place.page is not None and layout is not None:
            name = place.page.page
            for page in (each for each in layout.pages if each.page == name):
                self._beside = _Beside(place, page, layout)
        self._choose(self._beside.id if self._beside is not None else "")

    def go_to(self, name: str, line: int, column: int) -> None:
        """Show an instruction, whatever is selected, at a place of its text."""
        self._goes_to = (line, column)
        self._choose(name)

    def focus_first(self) -> None:
        """Give the keyboard to what is to be done: the question, the id, the text."""
        if self.question.asks:
            self.question.focus_first()
        elif self._offer.isVisible():
            field = self._for_page if self._name.isReadOnly() else self._name
            field.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.text.text.setFocus(Qt.FocusReason.OtherFocusReason)

    def look(self, changes: Changes) -> None:
        """Take in what the engine answered."""
        news = [
            name
            for name, each in self._editors.items()
            if (changes.edits or changes.refusals)
            and each.take(changes.edits, changes.refusals)
        ]
        if self._id in news:
            self._show()
        for drawn in changes.examples:
            self.preview.show_examples(drawn)
        for receipt in changes.refusals:
            self.preview.show_refused(receipt)

    # -- what is done ------------------------------------------------------------

    def save(self) -> None:
        """Save all that is not saved."""
        for each in self._editors.values():
            if each.unsaved or each.busy:
                each.save()
        self._show_state()

    def close_all(self) -> None:
        """Close all; what is not saved is there when it is opened again."""
        for each in self._editors.values():
            each.close()
        self.forget()

    def forget(self) -> None:
        """Have none open any more: another source is, whose engine knows of none."""
        self._editors.clear()
        self._id = ""
        self._begins = None

    def showEvent(self, event: QShowEvent) -> None:
        """Open what is selected: nothing is opened before it is seen."""
        super().showEvent(event)
        self._choose(self._id or (self._beside.id if self._beside is not None else ""))

    # -- inside ------------------------------------------------------------------

    def _lay_out(self) -> None:
        scroll = QScrollArea()
        scroll.setAccessibleName("The instruction as the shifter sees it")
        scroll.setWidgetResizable(True)
        scroll.setProperty("role", "clear")
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(self.preview)
        offer = QVBoxLayout(self._offer)
        offer.setContentsMargins(0, 0, 0, 0)
        offer.addWidget(self._words)
        offer.addWidget(self._name)
        row = QHBoxLayout()
        row.addWidget(self._for_page)
        row.addWidget(self._for_plot)
        row.addStretch(1)
        offer.addLayout(row)
        offer.addStretch(1)
        self._both.setChildrenCollapsible(False)
        for part in (self.text, scroll):
            self._both.addWidget(part)
            self._both.setStretchFactor(self._both.count() - 1, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 0, 4, 4)
        column.setSpacing(4)
        column.addWidget(self._state)
        column.addWidget(self.question)
        column.addWidget(self._offer)
        column.addWidget(self._both, 1)

    def _choose(self, name: str) -> None:
        new, self._id = name != self._id, name
        if not self.isVisible():
            return
        if name and name not in self._editors:
            self._editors[name] = LayoutEditor(self._context.client, _file(name))
        if new:
            self.text.show_line(0)
            self._asked = None
            self.question.ask("", ())
        self._show()

    def _show(self) -> None:
        """Show how the instruction stands."""
        editor, beside = self.editor, self._beside
        text = "" if editor is None else editor.text or ""
        ready = editor is not None and editor.text is not None and not editor.busy
        if ready and self._begins is not None and self._begins[0] == self._id:
            (_, begun), self._begins = self._begins, None
            if not text and editor is not None and editor.type(begun):
                text = begun
                line = begun.partition("To be written")[0].count("\n") + 1
                self._goes_to = (line, 1)
        self._show_offer(offered=not text and (editor is None or not editor.busy))
        self._both.setVisible(bool(text))
        self.text.show_text(text, editable=editor is not None and not editor.busy)
        problems = () if editor is None else editor.problems
        self.text.show_problems(problems, _file(self._id))
        found = None if editor is None else editor.instruction
        self.preview.setVisible(found is not None)
        if found is not None and beside is not None:
            self.preview.show_draft(beside.place, found, beside.layout.owner)
        if text and self._goes_to is not None:
            self.text.text.setFocus(Qt.FocusReason.OtherFocusReason)
            self.text.go_to(*self._goes_to)
            self._goes_to = None
        self._show_state()
        self._ask_what_is_open()

    def _show_offer(self, *, offered: bool) -> None:
        beside = self._beside
        self._offer.setVisible(offered)
        if not offered:
            return
        words, name = "No plot is selected.", ""
        if self._id:
            words = f"{_file(self._id)} is not there yet."
            name = self._id
        elif beside is not None:
            words = "The plot has no instruction yet. It begins with its sections:"
            name = self._proposed(beside)
        self._words.show_words(words)
        if self._name.text() != name and (self._id or not self._name.hasFocus()):
            self._name.setText(name)
        self._name.setReadOnly(bool(self._id))
        self._name.setVisible(beside is not None)
        self._for_page.setVisible(beside is not None)
        self._for_plot.setVisible(beside is not None and not self._id)

    def _proposed(self, beside: _Beside) -> str:
        """An id for the instruction of a page, beside those of the others."""
        others = [each.instruction for each in beside.layout.pages if each.instruction]
        folder = others[0].partition("/")[0] if others else slug(beside.layout.layout)
        return f"{folder}/{slug(beside.page.page)}"

    def _show_state(self) -> None:
        words = [] if self.editor is None else [_file(self._id), *self.editor.state]
        self._state.set_words(" · ".join(words))

    def _ask_what_is_open(self) -> None:
        """Ask about what others wrote; say what was refused."""
        editor = self.editor
        if editor is None:
            return
        asked = (editor.others, editor.left, editor.conflicts, editor.refused)
        if asked == self._asked:
            return
        self._asked = asked
        if editor.refused is not None and not editor.others:
            words = f"Not done: {editor.refused.sentence}"
            self.question.ask(words, [("Seen", lambda: self.question.ask("", ()))])
        else:
            self.question.ask_about(editor)

    def _begin(self, *, whole: bool) -> None:
        """Begin an instruction, and name it in the layout where that does not yet."""
        beside, name = self._beside, self._name.text().strip().removesuffix(".md")
        if beside is None or beside.place.page is None:
            return
        if not INSTRUCTION_ID.fullmatch(name):
            self._words.show_words(
                "An id is folder and name, of lower-case letters, digits and -: "
                f"{self._proposed(beside)}"
            )
            self._name.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        session = self._context.session
        now = datetime.datetime.fromtimestamp(self._context.clock(), datetime.UTC)
        roles = session.site.contacts.roles if session.site is not None else {}
        owner = beside.layout.owner or next(iter(roles), _ROLE)
        signature = session.author.signature
        plots = beside.page.plots if whole else (beside.place.plot,)
        text = new_instruction(
            name,
            f"{beside.layout.layout}: {beside.page.page}",
            layout=beside.layout.layout,
            page=beside.page.page,
            owner=owner,
            author=signature.who or signature.account or owner,
            today=now.date(),
            shows=shows_to_be_written(each.path for each in plots),
        )
        self._begins = (name, text)
        if self._id:
            self._show()
        else:
            self._give(name, page=whole)
            self._choose(name)
        self.text.text.setFocus(Qt.FocusReason.OtherFocusReason)

    def _type(self, text: str) -> None:
        editor = self.editor
        if editor is not None and not editor.type(text):
            self.text.show_text(editor.text or "", editable=False)


def _file(name: str) -> str:
    """The file of an instruction in the site."""
    return f"instructions/{name}.md"
