"""The finding sheet: the trainee says what is wrong, or that nothing is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QVBoxLayout,
    QWidget,
)

from dqmconsole.model.instruction import URGENCIES
from dqmconsole.model.layout import layout_of
from dqmconsole.training.lesson import NOBODY, teaching
from dqmconsole.training.records import Finding
from dqmconsole.training.trainer import record_finding
from dqmconsole.ui.buttons import push_button
from dqmconsole.ui.fonts import SMALL, TITLE
from dqmconsole.ui.labels import PlainLabel
from dqmconsole.ui.training.beside import BesideSheet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dqmconsole.model.site import Site
    from dqmconsole.shift.pages import PlotPlace
    from dqmconsole.training.lesson import CauseWords, Judgement
    from dqmconsole.ui.parts import Parts

VERDICTS: dict[Judgement, str] = {
    "bad": "Something is wrong",
    "good": "Nothing is to be reported",
}
URGENCY_WORDS = {
    "call now": "Call now",
    "call at the beam dump": "Call at the beam dump",
    "call in working hours": "Call in working hours",
    "write only": "Write an entry only",
    NOBODY: "Nobody is called, nothing is written",
}
WITHOUT_BEAM = "Call at the end of the run"
"""In place of the beam dump, where the site does not know of one."""
OTHERWISE = {"bad": "Something else", "good": "Nothing special, or something else"}
UNKNOWN = "None of these, or you cannot tell from what you see."
ELSE = ""  # the cause that is not known, or not in the table


class FindingSheet(BesideSheet):
    """Verdict, cause and urgency of the selected plot; Return puts it on record.

    Letters, typed in whichever list, go to the cause that begins with them.

    Args:
        parts: the window's parts.
        taught: the site whose causes they are: an evidence bundle brings none of them.
    """

    keeps_letters = True

    def __init__(self, parts: Parts, taught: Callable[[], Site | None]) -> None:
        super().__init__("Finding", parts, (820, 470))
        self._taught = taught
        self._place: PlotPlace | None = None
        self._causes: list[str] = []
        self._meanings: list[str] = []
        self._title = PlainLabel("What the finding is about", TITLE, bold=True)
        self._about = PlainLabel("What this says", SMALL, role="muted")
        self._verdict = choice_list(self, "Verdict", VERDICTS.values())
        self._cause = choice_list(self, "Cause", [])
        self._urgency = choice_list(self, "How soon to call", [])
        self._verdict.currentRowChanged.connect(lambda _row: self._show_causes())
        self._meaning = PlainLabel("What the cause is", SMALL, role="muted")
        self._cause.currentRowChanged.connect(self._show_meaning)
        self._said = PlainLabel("Why it is not recorded", bold=True)
        self._lay_out()

    def first_field(self) -> QWidget:
        """The verdict has the keyboard first."""
        return self._verdict

    def open(self) -> None:
        """Ask what is wrong with the selected plot, or without one with the run."""
        self._place = place = self._parts.view.selected
        plot = place.plot if place is not None else None
        title = (plot.title or plot.path) if plot is not None else "this run"
        self._title.show_words(f"What is wrong with {title}?")
        self._said.show_words("")
        self._cause.keyboardSearch("")  # what was typed for the last plot is over
        self._verdict.setCurrentRow(0)
        self._urgency.clear()
        self._urgency.addItems(list(urgency_words(self._taught()).values()))
        keep_lines(self._meaning)
        self._show_causes()
        super().open()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Go to the next list with Right, back with Left; Return records.

        A letter goes to the causes.
        """
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._record()
                return True
            step = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}.get(Qt.Key(event.key()))
            if step is not None:
                lists = [self._verdict, self._cause, self._urgency]
                here = next(at for at, each in enumerate(lists) if each is watched)
                to = lists[min(max(here + step, 0), len(lists) - 1)]
                to.setFocus(Qt.FocusReason.TabFocusReason)
                return True
            if watched is not self._cause and event.text().isalnum():
                self._cause.setFocus(Qt.FocusReason.ShortcutFocusReason)
                self._cause.keyboardSearch(event.text())
                return True
        return super().eventFilter(watched, event)

    # -- inside --------------------------------------------------------------------

    @property
    def _is_bad(self) -> bool:
        return self._verdict.currentRow() == 0

    def _show_causes(self) -> None:
        """List faults for what is wrong, harmless causes for what is not.

        Nothing is named to begin with; what goes to the plot's subsystem comes first.
        """
        layout = layout_of(self._place.key) if self._place is not None else ""
        found = causes_of(self._taught(), bad=self._is_bad)
        listed = sorted(found, key=lambda each: _distance(each, layout))
        self._causes = [ELSE, *(each.name for each in listed)]
        self._meanings = [UNKNOWN, *(f"{cause_words(each)}." for each in listed)]
        self._cause.clear()
        self._cause.addItem(OTHERWISE["bad" if self._is_bad else "good"])
        self._cause.addItems([listed_words(each) for each in listed])
        self._cause.setCurrentRow(0)
        self._cause.scrollToTop()
        self._urgency.setCurrentRow(0 if self._is_bad else len(URGENCIES))

    def _show_meaning(self, row: int) -> None:
        self._meaning.show_words(self._meanings[row] if row >= 0 else "")

    def _record(self) -> None:
        context, place = self._parts.context, self._place
        run = context.client.mailbox.run
        finding = Finding(
            verdict="bad" if self._is_bad else "good",
            plot=place.key if place is not None else "",
            cause=self._causes[max(self._cause.currentRow(), 0)],
            urgency=list(URGENCY_WORDS)[max(self._urgency.currentRow(), 0)],
            lumisection=run.lumisection or 0,
        )
        refused = record_finding(context.session, finding, run.run)
        if refused:
            self._said.show_words(f"Not recorded: {refused}")
            return
        self.dismiss()
        context.said.emit(f"Finding recorded: {finding_words(finding, self._taught())}")
        context.session_changed.emit()

    def _lay_out(self) -> None:
        columns = QHBoxLayout()
        columns.setSpacing(14)
        for heading, field, share in (
            ("Verdict", self._verdict, 4),
            ("Cause", self._cause, 7),
            ("How soon to call", self._urgency, 5),
        ):
            column = QVBoxLayout()
            column.setSpacing(4)
            title = PlainLabel(f"Heading {heading}", bold=True, words=heading)
            column.addWidget(title)
            column.addWidget(field, 1)
            columns.addLayout(column, share)
        keys = (
            "↑ ↓ choose   letters find a cause   ← → or Tab next list   "
            "Return records   Esc closes"
        )
        foot = QHBoxLayout()
        foot.addWidget(PlainLabel("How to leave", SMALL, role="muted", words=keys), 1)
        words = "Put it on record (Return)"
        foot.addWidget(push_button(words, "Put it on record", self._record))
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 14)
        column.setSpacing(8)
        column.addWidget(self._title)
        column.addWidget(self._about)
        column.addLayout(columns, 1)
        column.addWidget(self._meaning)
        column.addWidget(self._said)
        column.addLayout(foot)
        self._about.show_words(
            "What you say goes into the throw-away book of the training; it does not "
            "call anybody (C), nor set a flag (F)."
        )


def causes_of(site: Site | None, *, bad: bool) -> tuple[CauseWords, ...]:
    """The causes to choose among: the faults, or the harmless ones."""
    kind = "fault" if bad else "harmless"
    causes = teaching(site).causes
    return tuple(each for each in causes if each.kind == kind)


def urgency_words(site: Site | None) -> dict[str, str]:
    """How soon to call, in the words of a site: urgency -> words."""
    if site is not None and not site.settings.conditions.beam_mode:
        return {**URGENCY_WORDS, "call at the beam dump": WITHOUT_BEAM}
    return URGENCY_WORDS


def _distance(cause: CauseWords, layout: str) -> int:
    """How near a cause is to a layout: 0 goes to it, 1 to all, 2 to others."""
    if not cause.targets:
        return 1
    return 0 if layout in cause.targets else 2


def keep_lines(label: PlainLabel) -> None:
    """Keep room for two lines of words: what lies above must not jump with them."""
    label.setMinimumHeight(2 * label.fontMetrics().lineSpacing())


def choice_list(sheet: QObject, name: str, lines: Iterable[str]) -> QListWidget:
    """A list of choices on a sheet, whose event filter sees its keys.

    Args:
        sheet: the sheet.
        name: accessible name of the list.
        lines: the choices.
    """
    made = QListWidget()
    made.setAccessibleName(name)
    made.setWordWrap(True)
    made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    made.addItems(list(lines))
    made.installEventFilter(sheet)
    return made


def cause_words(cause: CauseWords) -> str:
    """Write a cause as people choose it: its description, its name without one."""
    words = cause.description.strip().rstrip(".")
    return f"{words[:1].upper()}{words[1:]}" if words else cause.name


def listed_words(cause: CauseWords) -> str:
    """Write a cause in the list: its short name, which typing finds, and its family."""
    return f"{short_words(cause)}   ({cause.family})"


def short_words(cause: CauseWords) -> str:
    """Write the short name of a cause: "hv trip"."""
    return cause.name.replace("-", " ")


def finding_words(finding: Finding, site: Site | None) -> str:
    """Write a finding: "something is wrong, board dead; call now"."""
    verdict = VERDICTS[finding.verdict].casefold()
    causes = {each.name: each for each in teaching(site).causes}
    cause = causes.get(finding.cause)
    about = f", {short_words(cause)}" if cause is not None else ""
    urgency = urgency_words(site).get(finding.urgency, finding.urgency).casefold()
    return f"{verdict}{about}; {urgency}"
