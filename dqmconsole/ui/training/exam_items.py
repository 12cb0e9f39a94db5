"""The items of the exam: one page at one moment, alone, without a verdict."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRect, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from dqmconsole.model.verdict import Status
from dqmconsole.training.exam import automatic_answer
from dqmconsole.ui.fonts import sized
from dqmconsole.ui.training.slim_bar import SlimBar
from dqmconsole.ui.training.training_page import sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QKeyEvent

    from dqmconsole.shift.feed import EngineState
    from dqmconsole.shift.pages import PageName
    from dqmconsole.training.exam import Exam
    from dqmconsole.training.item_bank import Item
    from dqmconsole.training.lesson import Answer
    from dqmconsole.ui.parts import Parts
    from dqmconsole.ui.theme import Theme
    from dqmconsole.ui.training.exam_room import ExamRoom

PICTURE_PATIENCE = 20.0  # s a plot may stay without a picture; then it has none


class CalmSheet(QFrame):
    """Covers all of a widget but what lies above a line; takes the keyboard.

    Args:
        over: the widget it covers.
        below: what stays free, at the top of `over`.
    """

    def __init__(self, over: QWidget, below: QWidget) -> None:
        super().__init__(over)
        self._over, self._below = over, below
        self.setAccessibleName("Between two items")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._words = QLabel()
        self._words.setAccessibleName("Why nothing is shown yet")
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setWordWrap(True)
        self._words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._words.setProperty("role", "muted")
        self._words.setFont(sized(self.font(), 13))
        column = QVBoxLayout(self)
        column.setContentsMargins(60, 40, 60, 40)
        column.addWidget(self._words)
        over.installEventFilter(self)
        below.installEventFilter(self)
        self.hide()

    def cover(self, words: str) -> None:
        """Cover the page, with a few words on the sheet."""
        if words != self._words.text():
            self._words.setText(words)
        if not self.isVisible():
            self._fit()
            self.show()
            self.raise_()
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take every key: what lies beneath is not to be seen, nor used."""
        event.accept()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Cover what there is, whatever its size."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show):
            self._fit()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        room, below = self._over.rect(), self._below
        top = 0 if below.isHidden() else below.geometry().bottom() + 1
        self.setGeometry(QRect(0, top, room.width(), max(room.height() - top, 0)))


class ItemView(QObject):
    """Shows the items of an exam, and takes the answers.

    A sheet covers the page until every plot on it is drawn with data of the item; the
    exam's time runs from the look after that, when the picture stands on the screen.

    Args:
        parts: the window's parts.
        theme: the colours.
        room: the quiet room.
        monotonic: the exam's clock, s.

    Attributes:
        bar: the bar over the page.
        sheet: covers the page between two items.

    Signals:
        leave_wanted: somebody wants to leave.
        broken: the engine ended in mid-item; why.
    """

    leave_wanted = Signal()
    broken = Signal(str)

    def __init__(
        self,
        parts: Parts,
        theme: Theme,
        room: ExamRoom,
        monotonic: Callable[[], float],
    ) -> None:
        super().__init__(parts.context.window)
        self._parts, self._room, self._monotonic = parts, room, monotonic
        self._exam: Exam | None = None
        self._item: Item | None = None
        self._since = 0.0
        self._whole = 1.0
        self._revealed = self._painted = self._asking = False
        self.bar = SlimBar("Exam", theme)
        bar = self.bar
        self._answers = (
            bar.add_button("Something is wrong: B", "Something is wrong", self._bad),
            bar.add_button("Nothing to report: G", "Nothing to report", self._good),
        )
        bar.add_button("Leave: Esc", "Leave the exam", self._leave)
        self.sheet = CalmSheet(parts.view, self.bar)
        self._keys = [
            self._key("B", self._bad),
            self._key("G", self._good),
            self._key("Esc", self._leave),
            self._key("Return", self._go_on),
            self._key("Enter", self._go_on),
        ]

    def begin(self, exam: Exam) -> None:
        """Show the items of an exam from now on."""
        self._exam, self._item, self._asking = exam, None, False
        self._room.enter()
        self.bar.show()
        self._between()

    def end(self) -> None:
        """Put everything back; nothing when it is."""
        if self._exam is None:
            return
        self._exam = self._item = None
        self._between()
        self.bar.hide()
        self._room.leave()
        self.sheet.hide()
        for key in self._keys:
            key.setEnabled(False)

    def set_asking(self, asking: bool) -> None:
        """Hold the exam while somebody is asked whether to leave.

        The time of the item in view goes on; nothing further is shown.
        """
        self._asking = asking
        if self._exam is not None:
            self._exam.held = asking
            self._enable()
            if not asking:
                self._focus()

    def look(self, exam: Exam) -> None:
        """Show how far it has come; once per look, after the exam's own."""
        if exam is not self._exam:
            self.begin(exam)
        if exam.item is not self._item:
            self._between()
            self._item = exam.item
            self._since = self._monotonic()
        if self._item is not None:
            self._show(exam, self._item)
        if self._exam is not exam:
            return  # it broke off
        if not self._revealed:
            engine = self._parts.context.client.engine
            self.sheet.cover(preparing_words(exam, engine))
        self.bar.show_words(f"Item {exam.number} of {exam.of}")
        if not self._painted:
            self._whole = max(exam.left, 0.1)  # its time has not begun
        words = f"{math.ceil(exam.left)} s" if self._painted else ""
        self.bar.show_time(words, exam.left / self._whole)
        self._enable()

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self.bar.set_theme(theme)

    # -- from the sheet to the page ------------------------------------------------

    def _between(self) -> None:
        """Cover the page, and forget what was on it."""
        self._revealed = self._painted = False
        if self._exam is not None:
            engine = self._parts.context.client.engine
            self.sheet.cover(preparing_words(self._exam, engine))
        self._parts.view.forget_pictures()

    def _show(self, exam: Exam, item: Item) -> None:
        engine = self._parts.context.client.engine
        if self._revealed and engine.state in ("restarting", "ended"):
            self.broken.emit(engine.sentence)
            return
        name = self._page(item)
        if name is None or not self._stands(name):
            return
        if not self._revealed:
            if self._all_drawn():
                self._revealed = True
                self.sheet.hide()
                self._focus()
            return
        places = self._parts.view.pages.plots(name)
        judged = self._parts.context.client.mailbox.judged
        exam.automatic = automatic_answer(judged(place.key) for place in places)
        if not self._painted:
            self._painted = True
            exam.painted(self._monotonic())

    def _page(self, item: Item) -> PageName | None:
        names = self._parts.view.pages.names
        return next((n for n in names if f"{n.layout}/{n.page}" == item.page), None)

    def _stands(self, name: PageName) -> bool:
        """Bring the item's page, and tell whether it is the one in view."""
        view = self._parts.view
        if self._revealed:
            return True
        if not (view.on_page and view.page == name and view.grid.tiles):
            places = view.pages.plots(name)
            view.show_page(name, places[0].key if places else "")
            view.grid.verticalScrollBar().setValue(0)
            self.sheet.setFocus(Qt.FocusReason.OtherFocusReason)
        return self._parts.context.client.site is not None

    def _all_drawn(self) -> bool:
        """Tell whether every plot in view is drawn with what this item's source has."""
        client = self._parts.context.client
        late = self._monotonic() - self._since > PICTURE_PATIENCE
        tiles = self._parts.view.grid.visible_tiles()
        for shown in tiles:
            tile, drawn = client.mailbox.tiles.get(shown.key), shown.tile
            if tile is None or drawn is None or drawn.version != tile.version:
                return False
            judged = client.mailbox.judged(shown.key)
            waits = judged is None or judged.status is Status.WAITING
            if tile.picture is None and waits and not late:
                return False
        return bool(tiles)

    # -- keys --------------------------------------------------------------------------

    def _bad(self) -> None:
        place = self._parts.view.selected
        self._answer("bad", place.plot.path if place is not None else "")

    def _good(self) -> None:
        self._answer("good", "")

    def _answer(self, answer: Answer, plot: str) -> None:
        exam = self._exam
        if exam is None or self._item is None or not self._painted or self._asking:
            return
        exam.answer(answer, plot, exam.automatic)
        self.look(exam)

    def _go_on(self) -> None:
        if self._exam is not None and self._exam.state == "paused":
            self._exam.go_on()

    def _leave(self) -> None:
        if self._parts.view.in_detail and self._revealed and not self._asking:
            self._parts.view.back()
        elif self._exam is not None:
            self.leave_wanted.emit()

    def _enable(self) -> None:
        exam = self._exam
        answers = self._painted and not self._asking
        for button in self._answers:
            button.setEnabled(answers)
        paused = exam is not None and exam.state == "paused" and not self._asking
        wanted = (answers, answers, True, paused, paused)
        for key, on in zip(self._keys, wanted, strict=True):
            key.setEnabled(on and exam is not None)

    def _focus(self) -> None:
        if not self._revealed:
            self.sheet.setFocus(Qt.FocusReason.OtherFocusReason)
        elif self._parts.view.in_detail:
            self._parts.view.detail.focus_tile()
        else:
            self._parts.view.grid.focus_selected()

    def _key(self, key: str, pressed: Callable[[], None]) -> QShortcut:
        shortcut = QShortcut(QKeySequence(key), self._parts.context.window)
        shortcut.activated.connect(pressed)
        shortcut.setAutoRepeat(False)
        shortcut.setEnabled(False)
        return shortcut


def preparing_words(exam: Exam, engine: EngineState) -> str:
    """Say why nothing is shown: the next item is prepared, or the exam waits."""
    if exam.state == "paused":
        return f"The exam waits. {sentence(exam.said)} Return tries again, Esc leaves."
    if exam.held:
        return "The exam waits."
    if exam.said:
        return f"The exam waits. {sentence(exam.said)} Esc leaves."
    words = f"Item {exam.number} of {exam.of} is being prepared …"
    if engine.state in ("silent", "restarting", "ended"):
        words += f"\n{sentence(engine.sentence)}"
    return words
