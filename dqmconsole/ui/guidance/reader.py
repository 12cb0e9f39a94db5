"""Any instruction or note, whole, over the window; search and palette lead there."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QTextCursor
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QVBoxLayout,
    QWidget,
)

from dqmconsole.model.instruction import Note
from dqmconsole.shift.guidance import is_valid
from dqmconsole.ui.fonts import SMALL, TITLE
from dqmconsole.ui.guidance.head import version_words
from dqmconsole.ui.labels import PlainLabel, one_line
from dqmconsole.ui.markdown import inks_of, section_name
from dqmconsole.ui.overlay import Overlay
from dqmconsole.ui.palette import PaletteEntry
from dqmconsole.ui.text import SafeText

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dqmconsole.model.instruction import Instruction
    from dqmconsole.model.site import Site
    from dqmconsole.ui.context import Context
    from dqmconsole.ui.markdown import Link

LIST_WIDTH = 270


def instruction_entries(
    site: Site | None, show: Callable[[str], None]
) -> list[PaletteEntry]:
    """Every instruction and note by its title, as entries of the palette.

    Args:
        site: the site in force, or None.
        show: shows one by its id.
    """
    if site is None:
        return []
    return [
        PaletteEntry(f"{kind}: {each.title}", "", partial(show, each.id))
        for kind, texts in (("Instruction", site.instructions), ("Note", site.notes))
        for each in texts
    ]


def found_texts(
    texts: Sequence[Instruction | Note], wanted: str
) -> list[Instruction | Note]:
    """The texts that hold all words; those with them in the title or id first."""
    words = wanted.casefold().split()

    def heads(each: Instruction | Note) -> bool:
        head = f"{each.title} {each.id}".casefold()
        return all(word in head for word in words)

    found = [
        each
        for each in texts
        if all(
            word in f"{each.title} {each.id} {each.text}".casefold() for word in words
        )
    ]
    return sorted(found, key=lambda each: not heads(each))


class TextSheet(Overlay):
    """Texts to choose from, one of them to read, and a field that searches all.

    Args:
        name: its accessible name.
        context: the console.
        field: accessible name of the field.
        asked: what it asks for.
        listed: accessible name of the list.
    """

    def __init__(
        self, name: str, context: Context, field: str, asked: str, listed: str
    ) -> None:
        super().__init__(name, context.window, (1000, 760))
        self._context = context
        self._field = QLineEdit()
        self._field.setAccessibleName(field)
        self._field.setPlaceholderText(asked)
        self._field.textChanged.connect(lambda _text: self._search())
        self._field.returnPressed.connect(self._go_to_text)
        self._field.installEventFilter(self)
        self._list = QListWidget()
        self._list.setAccessibleName(listed)
        self._list.setFixedWidth(LIST_WIDTH)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.currentRowChanged.connect(self._row_changed)
        self._many = one_line("How many were found", " ")
        self._title = PlainLabel("Title of the text", TITLE, bold=True)
        self._version = PlainLabel("Version of the text", SMALL, role="muted")
        self._text = SafeText(f"Text of the {name.lower()}", fitted=False)
        self._text.followed.connect(self._follow)
        self._lay_out()
        context.colours.changed.connect(self._recolour)

    def first_field(self) -> QWidget:
        """The search has the keyboard first."""
        return self._field

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Move in the list with the arrows while the field has the keyboard."""
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step is not None and self._list.count():
                row = self._list.currentRow() + step
                self._list.setCurrentRow(min(max(row, 0), self._list.count() - 1))
                return True
        return super().eventFilter(watched, event)

    # -- what a kind of text does otherwise ----------------------------------------

    def _search(self) -> None:
        """List the texts that hold the words of the field."""
        raise NotImplementedError

    def _row_changed(self, row: int) -> None:
        """Show the text of a row."""
        raise NotImplementedError

    def _recolour(self) -> None:
        """Show what is shown in the colours of now."""
        self._row_changed(self._list.currentRow())

    # -- inside --------------------------------------------------------------------

    def _show_found(self, rows: Sequence[str], total: int, at: int) -> None:
        """Fill the list.

        Args:
            rows: what was found.
            total: of so many.
            at: the row to be read.
        """
        self._list.blockSignals(True)
        self._list.clear()
        self._list.addItems(list(rows))
        self._list.blockSignals(False)
        many = len(rows)
        self._many.show_words(
            f"{many} of {total} texts" if many else "No text holds these words"
        )
        self._list.setCurrentRow(at)

    def _find_words(self) -> None:
        """Go to the first of the words that are searched."""
        words = self._field.text().split()
        self._text.moveCursor(QTextCursor.MoveOperation.Start)
        if words and self._text.find(words[0]):
            self._text.ensureCursorVisible()

    def _go_to_section(self, section: str) -> None:
        block = self._text.document().begin()
        while block.isValid():
            heading = block.blockFormat().headingLevel() > 0
            if heading and section_name(block.text()) == section:
                self._text.setTextCursor(QTextCursor(block))
                place = self._text.cursorRect()
                bar = self._text.verticalScrollBar()
                bar.setValue(bar.value() + place.top())
                return
            block = block.next()

    def _go_to_text(self) -> None:
        self._text.setFocus(Qt.FocusReason.OtherFocusReason)

    def _follow(self, link: Link) -> None:
        if link.kind in ("page", "plot"):
            self.dismiss()
        self._context.link_wanted.emit(link)

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.addWidget(self._field)
        left.addWidget(self._many)
        left.addWidget(self._list, 1)
        keys = "↑ ↓ choose   Enter to the text   Tab to its links   Esc closes"
        leave = one_line("How to leave", keys)
        right = QVBoxLayout()
        right.setSpacing(4)
        right.addWidget(self._title)
        right.addWidget(self._version)
        right.addWidget(self._text, 1)
        right.addWidget(leave)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 14, 16, 12)
        row.setSpacing(16)
        row.addLayout(left)
        row.addLayout(right, 1)


class InstructionReader(TextSheet):
    """An instruction or note of the site, whatever plot is selected."""

    def __init__(self, context: Context) -> None:
        self._listed: list[Instruction | Note] = []
        self._shown: Instruction | Note | None = None
        super().__init__(
            "Instruction reader",
            context,
            "Search all instructions",
            "Search all instructions and notes",
            "Instructions and notes",
        )
        self._text.setAccessibleName("Text of the instruction")
        context.instruction_wanted.connect(self.show_instruction)

    def show_instruction(self, name: str) -> None:
        """Show an instruction or note, and open the sheet.

        Args:
            name: its id; "id#section" goes to a section.
        """
        name, _, section = name.partition("#")
        self._field.clear()
        self._search()
        known = [each.id for each in self._listed]
        if name not in known:
            self._context.said.emit(f"There is no instruction {name}")
            return
        self.setAccessibleDescription(name)
        self._list.setCurrentRow(known.index(name))
        self._show_text(self._listed[known.index(name)])
        self.open()
        if section:
            self._go_to_section(section)

    @property
    def shown_id(self) -> str:
        """Id of what is read in it now; "" while it is closed."""
        read = self._shown if self.isVisible() else None
        return read.id if read is not None else ""

    # -- inside --------------------------------------------------------------------

    def _recolour(self) -> None:
        if self._shown is not None:
            self._show_text(self._shown)

    def _search(self) -> None:
        site = self._context.session.site
        texts: list[Instruction | Note] = []
        if site is not None:
            texts = [*site.notes, *site.instructions]
        self._listed = found_texts(texts, self._field.text())
        now = self._context.clock()
        at = self._listed.index(self._shown) if self._shown in self._listed else 0
        rows = [_row_words(each, now) for each in self._listed]
        self._show_found(rows, len(texts), at)

    def _row_changed(self, row: int) -> None:
        if 0 <= row < len(self._listed):
            self._show_text(self._listed[row])

    def _show_text(self, shown: Instruction | Note) -> None:
        self._shown = shown
        now = self._context.clock()
        self._title.show_words(shown.title)
        self._version.show_words(f"{_version_words(shown, now)} · {shown.id}")
        self._text.show_markdown(shown.text, inks_of(self._context.theme))
        self._find_words()


def _row_words(text: Instruction | Note, now: float) -> str:
    if isinstance(text, Note):
        past = "" if is_valid(text, now) else " (not valid now)"
        return f"Note: {text.title}{past}"
    return text.title


def _version_words(text: Instruction | Note, now: float) -> str:
    if isinstance(text, Note):
        past = "" if is_valid(text, now) else " · NOT VALID NOW"
        return f"note · {text.author} · {text.written} until {text.expires}{past}"
    return version_words(text, now)
