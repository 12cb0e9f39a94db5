"""The items of the exam: one page at one moment, alone, without a verdict.

The book is open, as the job is: instructions, header and summary of the run are there.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMenuBar, QWidget

from dqmconsole.model.verdict import Status
from dqmconsole.training.exam import automatic_answer
from dqmconsole.training.item_bank import page_subsystems
from dqmconsole.ui.labels import PlainLabel
from dqmconsole.ui.live.notices import Answers
from dqmconsole.ui.training.bars import SlimBar
from dqmconsole.ui.training.causes import CauseSheet
from dqmconsole.ui.training.cover import PageCover
from dqmconsole.ui.training.pages import sentence
from dqmconsole.ui.training.practice_view import left_words
from dqmconsole.ui.training.replay_view import AnswerCard

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmconsole.model.run import Conditions
    from dqmconsole.model.site import Site
    from dqmconsole.shift.feed import EngineState
    from dqmconsole.shift.pages import PageName
    from dqmconsole.training.exam import Exam
    from dqmconsole.training.item_bank import Item
    from dqmconsole.training.lesson import Judgement
    from dqmconsole.ui.parts import Parts

ALLOWED = frozenset(
    {
        *("select-left", "select-right", "select-up", "select-down"),
        *("detail", "next-plot", "previous-plot", "reference", "log", "reset-zoom"),
        *("answer-bad", "answer-good", "back", "theme", "full-screen", "quit"),
        *("instruction", "panel", "go-on"),
    }
)
"""Commands of an item: looking closer, reading, and nothing that leads elsewhere."""


class ExamMode:
    """Docks, menus and the foot of the window are put aside, verdicts hidden.

    The dock of the selected plot stays, for its instruction: the book is open.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._aside: list[QWidget] = []
        self._panel_hidden = False

    def enter(self) -> None:
        """Make it quiet."""
        context = self._parts.context
        context.client.set_blinded(True)
        for sheet in self._parts.sheets:
            if sheet.isVisible():
                sheet.dismiss()
        self._aside = [each for each in self._around() if not each.isHidden()]
        for widget in self._aside:
            widget.hide()
        panel = self._parts.docks["panel"]
        self._panel_hidden = panel.isHidden()
        panel.show()
        self._allow(ALLOWED)

    def leave(self) -> None:
        """Put everything back; verdicts show again with the next source that is opened.

        Until then the last item keeps its secret: nobody learns the truth of an item
        by leaving.
        """
        self._parts.context.client.end_blinding()
        for widget in self._aside:
            widget.show()
        self._parts.docks["panel"].setHidden(self._panel_hidden)
        self._allow(None)

    def _allow(self, only: frozenset[str] | None) -> None:
        context = self._parts.context
        context.only = only
        context.sense_changed.emit()
        context.resume()  # pause is one of them

    def _around(self) -> list[QWidget]:
        parts, window = self._parts, self._parts.context.window
        docks = [dock for name, dock in parts.docks.items() if name != "panel"]
        found: list[QWidget] = [*docks, window.statusBar()]
        top = window.menuWidget()
        menus = top.findChild(QMenuBar) if top is not None else None
        if isinstance(menus, QMenuBar):
            found.append(menus)
        return [*found, parts.band]


class ItemView(QObject):
    """Shows the items of an exam, and takes the answers.

    A sheet covers the page until every plot on it is drawn with data of the item; the
    exam's time runs from the look after that, when the picture stands on the screen.

    Args:
        parts: the window's parts.
        monotonic: the exam's clock, s.
        taught: the site whose exam it is.

    Attributes:
        bar: the bar over the page.
        run: under it: what takes part in the run.
        card: under that: in a drill, what was right, once it was answered.
        causes: asks for the cause of what is wrong.

    Signals:
        broken: the engine ended in mid-item; why.
    """

    broken = Signal(str)

    def __init__(
        self,
        parts: Parts,
        monotonic: Callable[[], float],
        taught: Callable[[], Site | None],
    ) -> None:
        super().__init__(parts.context.window)
        self._parts, self._monotonic = parts, monotonic
        self._taught = taught
        self._room = ExamMode(parts)
        self._exam: Exam | None = None
        self._item: Item | None = None
        self._took = False, False
        self.bar = bar = SlimBar("Exam", parts.context.colours)
        self._buttons = (
            bar.add_button(
                "Something is wrong: B",
                "Something is wrong",
                partial(self.answer, "bad"),
            ),
            bar.add_button(
                "Nothing to report: G",
                "Nothing to report",
                partial(self.answer, "good"),
            ),
        )
        self.run = PlainLabel("What takes part", role="muted", words=" ")
        self.run.setContentsMargins(12, 0, 12, 4)
        self.run.hide()
        self.causes = CauseSheet(parts, taught)
        self.causes.named.connect(self._name)
        self.card = AnswerCard(parts, "Ring of the drill")
        self._go_on_button = bar.add_button("Go on: F7", "Go on", self.go_on)
        leave = parts.context.leave_wanted.emit
        bar.add_button("Leave: Esc", "Leave the exam", leave)
        self._answers = Answers(bar.say, monotonic)
        parts.context.said.connect(self._answers.say)
        self._page_cover = PageCover(parts, bar, monotonic)
        self._page_cover.sheet.entered.connect(self._go_on)
        self._enable()

    @property
    def takes_answers(self) -> bool:
        """An item is to be judged now."""
        return self._exam is not None and self._exam.is_timed and not self._exam.held

    @property
    def tells(self) -> bool:
        """What was right is shown now, in a drill."""
        return self._exam is not None and self._exam.told is not None

    @property
    def looks_closer(self) -> bool:
        """One plot of the item is shown alone."""
        return self._page_cover.revealed and self._parts.view.in_detail

    def begin(self, exam: Exam) -> None:
        """Show the items of an exam from now on."""
        self._exam, self._item = exam, None
        self._room.enter()
        self.bar.show()
        self._cover()

    def end(self) -> None:
        """Put everything back; nothing when it is."""
        if self._exam is None:
            return
        self._exam = self._item = None
        self._page_cover.renew()
        self._parts.view.forget_pictures()
        self.bar.hide()
        self.run.hide()
        self.card.hide()
        self.causes.hide()
        self._room.leave()
        self._page_cover.sheet.hide()
        self._enable()

    def hold(self, *, on: bool) -> None:
        """Hold the exam while somebody is asked whether to leave.

        The time of the item in view goes on; nothing further is shown.
        """
        if self._exam is None:
            return
        self._exam.held = on
        self._enable()
        if not on:
            self._page_cover.focus()

    def look(self, exam: Exam) -> None:
        """Show how far it has come; once per look, after the exam's own."""
        if exam is not self._exam:
            self.begin(exam)
        if exam.item is not self._item:
            self._item = exam.item
            self._cover()
        self._answers.look(self._monotonic())
        if exam.item is not None:
            self._show(exam, exam.item)
        if self._exam is not exam:
            return  # it broke off
        self._tell(exam)
        if not self._page_cover.revealed:
            self._cover_with_words()
        time = left_words(exam.left)
        what = f"{'Page' if exam.is_drill else 'Item'} {exam.number} of {exam.of}"
        self.bar.show_state(what, time, exam.left / exam.seconds)
        self._enable()

    def answer(self, answer: Judgement) -> None:
        """Answer the item in view; of "bad" the cause is asked."""
        exam = self._exam
        if exam is None or not self.takes_answers:
            return
        if answer == "bad":
            place = self._parts.view.selected
            plot = place.plot if place is not None else None
            self.causes.ask((plot.title or plot.path) if plot is not None else "")
            return
        exam.answer(answer)
        self.look(exam)

    def go_on(self) -> None:
        """On to the next page of a drill, once it is told what was right."""
        exam = self._exam
        if exam is not None and exam.told is not None:
            exam.go_on()
            if exam.state != "over":  # the next look shows where it leads
                self.look(exam)

    def _tell(self, exam: Exam) -> None:
        """Show what was right while that is told; what is asked for, by the page."""
        site = self._parts.context.client.site
        told = exam.told
        if told is not None and site is not None:
            if self.card.isHidden():
                self.card.show_answer(told, self._taught())
            self.card.show_page(told, site)
        elif not self.card.isHidden():
            self.card.hide()

    def _name(self, cause: str, urgency: str) -> None:
        """Answer that something is wrong in the selected plot, and what."""
        exam, place = self._exam, self._parts.view.selected
        if exam is not None and self.takes_answers:
            path = place.plot.path if place is not None else ""
            exam.answer("bad", path, cause, urgency)
            self.look(exam)

    # -- from the sheet to the page ------------------------------------------------

    def _cover(self) -> None:
        """Cover the page, and forget what was on it."""
        self._page_cover.renew()
        self._answers.clear()
        if self.causes.isVisible():
            self.causes.dismiss()
        self._cover_with_words()
        self._parts.view.forget_pictures()

    def _cover_with_words(self) -> None:
        assert self._exam is not None
        engine = self._parts.context.client.engine
        self._page_cover.sheet.cover(preparing_words(self._exam, engine))

    def _show(self, exam: Exam, item: Item) -> None:
        engine = self._parts.context.client.engine
        if self._page_cover.revealed and engine.state in ("restarting", "ended"):
            self.broken.emit(engine.sentence)
            return
        name = self._page(item)
        if name is None:
            return
        places = self._parts.view.pages.plots(name)
        was_revealed = self._page_cover.revealed
        if not was_revealed or self._parts.view.page != name:  # a link led away
            self._page_cover.bring(name, places[0].key if places else "")
        if not was_revealed:
            self._page_cover.reveal()
            return
        judged = self._parts.context.client.mailbox.judged
        verdicts = [judged(place.key) for place in places]
        exam.automatic = automatic_answer(verdicts)
        exam.warned = sum(
            each is not None and each.status is Status.WARNING for each in verdicts
        )
        exam.painted(self._monotonic())
        client = self._parts.context.client
        if client.site is not None:
            conditions = client.mailbox.run.conditions
            words = run_words(client.site, conditions, name.path)
            if words.strip():
                self.run.show_words(words)
            elif not self.run.isHidden():  # shown and hidden, it would move the page
                self.run.hide()

    def _page(self, item: Item) -> PageName | None:
        names = self._parts.view.pages.names
        return next((n for n in names if n.path == item.page), None)

    # -- inside --------------------------------------------------------------------

    def _go_on(self) -> None:
        if self._exam is not None and not self._exam.held and not self.tells:
            self._exam.go_on()

    def _enable(self) -> None:
        """Take answers, or not; other commands make sense then."""
        takes = self.takes_answers
        for button in self._buttons:
            button.setEnabled(takes)
            button.setHidden(self.tells)
        self._go_on_button.setVisible(self.tells)
        if (takes, self.tells) != self._took:
            self._took = takes, self.tells
            self._parts.context.sense_changed.emit()


def run_words(site: Site, conditions: Conditions, page: str) -> str:
    """What takes part in a run, of all that an item of a page may be about.

    All that may be struck on the page is named, in whatever item: whether it is in the
    run decides an item in which it sends nothing, and since when it is on one in which
    there is less of everything.

    Args:
        site: the site.
        conditions: of the run.
        page: "Layout/Page".
    """
    said = []
    if conditions.subsystems is not None:
        names = page_subsystems(site, page)
        there = [each for each in names if each in conditions.subsystems]
        out = [each for each in names if each not in conditions.subsystems]
        said += [f"in the run: {', '.join(there)}"] if there else []
        said += [f"NOT IN THE RUN: {', '.join(out)}"] if out else []
    if conditions.dcs is not None:
        off = sorted(name for name, on in conditions.dcs.items() if not on)
        said.append(f"off: {', '.join(off)}" if off else "all partitions are on")
        late: dict[int, list[str]] = {}
        for name, since in sorted((conditions.dcs_since or {}).items()):
            if conditions.dcs.get(name):
                late.setdefault(since, []).append(name)
        said += [
            f"on only since {site.settings.unit} {since}: {', '.join(names)}"
            for since, names in sorted(late.items())
        ]
    return "   ·   ".join(said) or " "


def preparing_words(exam: Exam, engine: EngineState) -> str:
    """Say why nothing is shown: the next item is prepared, or the exam waits."""
    waits = "The drill waits." if exam.is_drill else "The exam waits."
    if exam.state == "paused":
        return f"{waits} {sentence(exam.said)} Return tries again, Esc leaves."
    if exam.held:
        return waits
    if exam.said:
        return f"{waits} {sentence(exam.said)} Esc leaves."
    name = "Page" if exam.is_drill else "Item"
    words = f"{name} {exam.number} of {exam.of} is being prepared …"
    if engine.state in ("silent", "restarting", "ended"):
        words += f"\n{sentence(engine.sentence)}"
    return words
