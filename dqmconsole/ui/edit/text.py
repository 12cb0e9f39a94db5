"""The text of a file that is edited, with its problems."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFontDatabase,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
)
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from dqmconsole.model.edit import TextChange, change_between
from dqmconsole.ui.edit.form import leaves_undo
from dqmconsole.ui.fonts import px
from dqmconsole.ui.labels import tip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QEvent

    from dqmconsole.model.problem import Problem
    from dqmconsole.ui.theme import Colours

_MOST = 200  # problems that are listed
_SLICE = 200_000  # characters that are shown at once: some 8 ms


class _Text(QPlainTextEdit):
    """The text; undo and redo are those of the file."""

    def event(self, event: QEvent) -> bool:
        if leaves_undo(event):
            event.ignore()
            return False
        return super().event(event)


def _units(text: str) -> int:
    """The length of a text as Qt counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


class TextPane(QWidget):
    """The text, which can be typed in, and what is wrong with it.

    Signals:
        typed: the whole text as it was typed.
        elsewhere: the Problem of another file that somebody chose.
    """

    typed = Signal(str)
    elsewhere = Signal(object)

    def __init__(self, colours: Colours) -> None:
        super().__init__()
        self._colours = colours
        self._shown = self._wanted = ""  # what is there, and what is to be
        self._editable = False
        self._newline = "\n"
        self._line = 0
        self._found: tuple[Problem, ...] = ()
        self._file = ""
        self._slices = QTimer(self)
        self._slices.setInterval(0)
        self._slices.timeout.connect(self._go_on)
        self.text = _Text()
        self.text.setAccessibleName("Text of the layout")
        self.text.setUndoRedoEnabled(False)
        self.text.setTabChangesFocus(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setReadOnly(True)
        self.problems = QListWidget()
        self.problems.setAccessibleName("Problems of the layout")
        self.problems.setProperty("role", "rows")
        self.problems.setWordWrap(True)
        self.problems.itemActivated.connect(self._go_to)
        self.problems.itemClicked.connect(self._go_to)
        self.problems.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 0, 4, 4)
        column.setSpacing(4)
        column.addWidget(self.text, 1)
        column.addWidget(self.problems)
        self.text.textChanged.connect(self._changed)
        colours.changed.connect(self._restyle)
        self._restyle()

    def show_text(self, text: str, *, editable: bool) -> None:
        """Show the text as it is; where the keyboard is in it the cursor stays.

        Args:
            text: the file's.
            editable: it can be typed in now.
        """
        self._newline = "\r\n" if "\r\n" in text else "\n"
        self._wanted = text.replace("\r\n", "\n")
        self._editable = editable
        self._go_on()

    def set_editable(self, *, editable: bool) -> None:
        """Let the text be typed in, as soon as all of it is there, or not."""
        self._editable = editable
        read_only = not editable or self._slices.isActive()
        if self.text.isReadOnly() != read_only:
            self.text.setReadOnly(read_only)

    def _go_on(self) -> None:
        """Show a slice of what is wanted; the rest follows."""
        change = change_between(self._shown, self._wanted)
        if change is not None:
            end = min(change.end, change.start + _SLICE)
            inserted = change.inserted[:_SLICE]
            self.text.blockSignals(True)
            cursor = QTextCursor(self.text.document())
            cursor.setPosition(_units(self._shown[: change.start]))
            cursor.setPosition(
                cursor.position() + _units(self._shown[change.start : end]),
                QTextCursor.MoveMode.KeepAnchor,
            )
            cursor.insertText(inserted)
            self.text.blockSignals(False)
            made = TextChange(change.start, end, inserted)
            self._shown = made.of(self._shown)
        if self._shown != self._wanted:
            self._slices.start()
        elif self._slices.isActive():
            self._slices.stop()
            self.show_line(self._line)
        elif change is not None:
            self._mark()
        self.set_editable(editable=self._editable)

    def show_line(self, line: int) -> None:
        """Bring a line, from 1, into view, unless somebody types elsewhere."""
        self._line = line
        if not self.text.hasFocus():
            self.go_to(line, 1)
        self._mark()

    def show_problems(self, problems: Sequence[Problem], file: str) -> None:
        """Underline what is wrong, and list it; what is wrong elsewhere, too.

        Args:
            problems: of the text, and perhaps of other files of its site.
            file: the name of the text's own in the site.
        """
        if (tuple(problems), file) == (self._found, self._file):
            return
        self._found, self._file = tuple(problems), file
        self.problems.clear()
        for each in self._found[:_MOST]:
            words = f"{each.line}: " if each.line else ""
            if each.file != file:
                words = f"{each.file}:{words or ' '}"
            if each.severity == "advice":
                words += "advice: "
            item = QListWidgetItem(f"{words}{each.message}")
            item.setData(Qt.ItemDataRole.UserRole, each)
            item.setToolTip(tip(f"{each.message} [{each.code}]"))
            self.problems.addItem(item)
        more = len(self._found) - _MOST
        if more > 0:
            self.problems.addItem(f"and {more} more")
        self.problems.setVisible(bool(self._found))
        self.problems.setFixedHeight(px(min(3, len(self._found)) * 34 + 6))
        self._mark()

    def go_to(self, line: int, column: int) -> None:
        """Put the cursor on a place, from 1 each, and bring it into view."""
        block = self.text.document().findBlockByNumber(max(line - 1, 0))
        if block.isValid():
            cursor = QTextCursor(block)
            cursor.setPosition(
                block.position() + min(max(column - 1, 0), block.length() - 1)
            )
            self.text.setTextCursor(cursor)
            self.text.centerCursor()

    def _go_to(self, item: QListWidgetItem) -> None:
        problem = item.data(Qt.ItemDataRole.UserRole)
        if problem is None:
            return  # of how many there are more
        if problem.file != self._file:
            self.elsewhere.emit(problem)
        elif problem.line:
            self.text.setFocus(Qt.FocusReason.OtherFocusReason)
            self.go_to(problem.line, problem.column)

    def _changed(self) -> None:
        # not toPlainText, which makes spaces of those that do not break
        text = self.text.document().toRawText().replace("\u2029", "\n")
        if text != self._shown:
            self._shown = self._wanted = text
            self.typed.emit(text.replace("\n", self._newline))

    def _mark(self) -> None:
        """Mark the selected plot's line, and underline the problems."""
        theme, document = self._colours.theme, self.text.document()
        marks = []
        block = document.findBlockByNumber(self._line - 1)
        if self._line and block.isValid():
            here = QTextEdit.ExtraSelection()
            look = QTextCharFormat()
            look.setBackground(QColor(theme.hover))
            look.setProperty(QTextFormat.Property.FullWidthSelection, True)
            here.format, here.cursor = look, QTextCursor(block)
            marks.append(here)
        for each in self._found[:_MOST]:
            block = document.findBlockByNumber(each.line - 1)
            if not each.line or each.file != self._file or not block.isValid():
                continue
            wrong = QTextEdit.ExtraSelection()
            look = QTextCharFormat()
            look.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
            advice = each.severity == "advice"
            look.setUnderlineColor(QColor(theme.warning if advice else theme.bad))
            cursor = QTextCursor(block)
            indent = len(block.text()) - len(block.text().lstrip())
            cursor.setPosition(block.position() + indent)
            cursor.movePosition(
                QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor
            )
            wrong.format, wrong.cursor = look, cursor
            marks.append(wrong)
        self.text.setExtraSelections(marks)

    def _restyle(self) -> None:
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPointSizeF(self.font().pointSizeF())
        self.text.setFont(font)
        self._mark()
