"""The items of the exam: one page at one moment, alone, without a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut

from dqmconsole.model.verdict import Status
from dqmconsole.shift.blinding import automatic_answer
from dqmconsole.ui.training.calm_sheet import CalmSheet
from dqmconsole.ui.training.exam_words import item_words, preparing_words, seconds_words
from dqmconsole.ui.training.slim_bar import SlimBar

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmconsole.model.training import Answer
    from dqmconsole.training.exam import Exam
    from dqmconsole.training.items import Item
    from dqmconsole.ui.context import Context
    from dqmconsole.ui.live.pages import PageName
    from dqmconsole.ui.theme import Theme
    from dqmconsole.ui.training.exam_room import ExamRoom

PICTURE_PATIENCE = 20.0  # s a plot may stay without a picture; then it has none


class ItemView(QObject):
    """Shows the items of an exam, and takes the answers.

    A sheet covers the page until every plot on it is drawn with data of the item; the
    exam's time runs from the look after that, when the picture stands on the screen.

    Args:
        context: the window's parts.
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
        context: Context,
        theme: Theme,
        room: ExamRoom,
        monotonic: Callable[[], float],
    ) -> None:
        super().__init__(context.window)
        self._context, self._room, self._monotonic = context, room, monotonic
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
        self.sheet = CalmSheet(context.view, self.bar)
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
            self.sheet.cover(preparing_words(exam, self._context.client.engine))
        self.bar.show_words(item_words(exam))
        if not self._painted:
            self._whole = max(exam.left, 0.1)  # its time has not begun
        words = seconds_words(exam) if self._painted else ""
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
            engine = self._context.client.engine
            self.sheet.cover(preparing_words(self._exam, engine))
        self._context.view.forget_pictures()

    def _show(self, exam: Exam, item: Item) -> None:
        engine = self._context.client.engine
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
        places = self._context.view.pages.plots(name)
        judged = self._context.client.judged
        exam.automatic = automatic_answer(judged(place.key) for place in places)
        if not self._painted:
            self._painted = True
            exam.painted(self._monotonic())

    def _page(self, item: Item) -> PageName | None:
        names = self._context.view.pages.names
        return next((n for n in names if f"{n.layout}/{n.page}" == item.page), None)

    def _stands(self, name: PageName) -> bool:
        """Bring the item's page, and tell whether it is the one in view."""
        view = self._context.view
        if self._revealed:
            return True
        if not (view.on_page and view.page == name and view.grid.tiles):
            places = view.pages.plots(name)
            view.show_page(name, places[0].key if places else "")
            view.grid.verticalScrollBar().setValue(0)
            self.sheet.setFocus(Qt.FocusReason.OtherFocusReason)
        return self._context.client.site is not None

    def _all_drawn(self) -> bool:
        """Tell whether every plot in view is drawn with what this item's source has."""
        client = self._context.client
        late = self._monotonic() - self._since > PICTURE_PATIENCE
        tiles = self._context.view.grid.visible_tiles()
        for shown in tiles:
            tile, drawn = client.tiles.get(shown.key), shown.tile
            if tile is None or drawn is None or drawn.version != tile.version:
                return False
            judged = client.judged(shown.key)
            waits = judged is None or judged.status is Status.WAITING
            if tile.picture is None and waits and not late:
                return False
        return bool(tiles)

    # -- keys --------------------------------------------------------------------------

    def _bad(self) -> None:
        place = self._context.view.selected
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
        if self._context.view.in_detail and self._revealed and not self._asking:
            self._context.view.back()
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
        elif self._context.view.in_detail:
            self._context.view.detail.focus_tile()
        else:
            self._context.view.grid.focus_selected()

    def _key(self, key: str, pressed: Callable[[], None]) -> QShortcut:
        shortcut = QShortcut(QKeySequence(key), self._context.window)
        shortcut.activated.connect(pressed)
        shortcut.setAutoRepeat(False)
        shortcut.setEnabled(False)
        return shortcut
