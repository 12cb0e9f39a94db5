"""The observed shift in the window: before it, while it lasts, and its signature."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from dqmconsole.model.moment import date_words
from dqmconsole.training.certificate import sign_observed
from dqmconsole.training.item_bank import is_recorded_alone
from dqmconsole.training.lesson import teaching
from dqmconsole.training.mentors import who_signs
from dqmconsole.training.observed_musts import CALL_WITHIN, FLAG_WITHIN
from dqmconsole.training.observed_shift import (
    ObservedShift,
    next_plan,
    past_observed,
)
from dqmconsole.training.tested import of_pace, of_watch, speed_words
from dqmconsole.ui.buttons import push_button
from dqmconsole.ui.labels import PlainLabel
from dqmconsole.ui.markdown import inks_of
from dqmconsole.ui.text import SafeText
from dqmconsole.ui.tick_box import TickBox
from dqmconsole.ui.training.bars import SlimBar
from dqmconsole.ui.training.certificate import CertificatePage
from dqmconsole.ui.training.data_words import data_words
from dqmconsole.ui.training.mentor import MentorFields
from dqmconsole.ui.training.pages import PagePanel, TrainingPage, sentence
from dqmconsole.ui.training.practice_view import left_words
from dqmconsole.ui.training.sheets import LeaveSheet

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dqmconsole.model.site import Site
    from dqmconsole.training.lesson import ObservedPlan
    from dqmconsole.training.observed_records import Must
    from dqmconsole.training.observed_shift import PastObserved
    from dqmconsole.training.trainer import Trainer
    from dqmconsole.ui.context import Context
    from dqmconsole.ui.overlay import Overlay
    from dqmconsole.ui.parts import Parts

TOO_EARLY = (
    "Ended before all of it has come, and the time to call about it is over, it is not "
    "passed."
)


def facts_of(plan: ObservedPlan | None, site: Site) -> tuple[str, ...]:
    """What is to be known before an observed shift; None: of any that a site may have.

    Nothing of it says what will happen.
    """
    unit, run = site.settings.lumisection, "a simulated run"
    taught = teaching(site)
    shifts: tuple[ObservedPlan, ...] = (plan,) if plan is not None else ()
    if plan is None and taught.observed is not None:
        shifts = taught.observed.shifts
    recorded = {each.run.recorded > 0 for each in shifts}
    if not shifts:
        recorded = {True} if is_recorded_alone(site) else {True, False}
    if recorded == {True, False}:
        run = "a simulated or a recorded run"
    elif recorded == {True}:
        # not which: who had a look at it before would know it
        run = (
            "a recorded run of this site, into which faults are put: one of its "
            f"updates is one {unit}"
        )
    paced = ""
    if plan is not None and plan.run.speed != 1:
        words = speed_words(site, plan.run.speed, over=False)
        paced = f" The run goes by {words}."
    handed = any(each.hand_over is not None for each in shifts)
    watched = "; what the hand-over asks you to watch, look at every few minutes"
    return (
        f"The console as in a shift, with {run}. Little happens. Do what you would do "
        "on shift: look at the pages, call, set flags, write entries and the "
        f"hand-over.{paced}",
        "Some of it raises no alarm. Go round the pages as in a shift"
        f"{watched if handed else ''}.",
        "Nothing is said of what you do before the end. A mentor sits beside you and "
        "helps with nothing but the console itself.",
        "Call from the plot that the call is about: a call about no plot counts as a "
        "false one. You are told what comes of it as soon as you choose whom you call: "
        "put that on record, too, where nobody answers.",
        f"To pass: the right person is called within {CALL_WITHIN / 60:.0f} minutes of "
        "each fault, and nobody about anything else; BAD flags begin within "
        f"{FLAG_WITHIN} {unit}s of it, and there are no others; the hand-over is "
        "given before the end, and read back to the mentor.",
        "It cannot be taken up again: one that is left, or breaks off, is spent, and "
        "you have each of the site's observed shifts once. " + TOO_EARLY,
    )


class ObservedPage(TrainingPage):
    """Says what the observed shift is; begins one, and shows how those before went.

    Args:
        context: of the window.
        trainer: begins it.

    Signals:
        signing_wanted: uid of the one that waits for its mentor.
        certificate_wanted: to the certificate.
    """

    signing_wanted = Signal(str)
    certificate_wanted = Signal()

    def __init__(self, context: Context, trainer: Trainer) -> None:
        super().__init__("Observed shift")
        self._context, self._trainer = context, trainer

    def open(self) -> None:
        """Show it with what is true now, and give it the keyboard."""
        self.clear()
        trainer = self._trainer
        site, who = trainer.site, trainer.who
        if site is None or not who:
            self.said.show_words("Say your name on the course page first.")
            self.back.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        records, now = trainer.ledger.records, self._context.wall_clock()
        mine = [each for each in past_observed(records) if each.record.who == who]
        waiting = [each for each in mine if each.ended and each.signed is None]
        plan, why = next_plan(site, records, who)
        minutes = f"{plan.minutes:g} minutes" if plan is not None else ""
        panel = PagePanel("The observed shift", minutes, facts_of(plan, site))
        begin = push_button("Begin the observed shift", "Begin", self._begin)
        begin.setEnabled(plan is not None and not waiting)
        if waiting:
            why = "one of yours is not signed by a mentor yet"
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(begin, 0, Qt.AlignmentFlag.AlignLeft)
        row.addWidget(PlainLabel("Why not", role="muted", words=sentence(why)), 1)
        panel.column.addSpacing(4)
        panel.column.addLayout(row)
        self.add_panel(panel)
        first: QWidget = begin if begin.isEnabled() else self.back
        if mine:
            past = PagePanel("Yours so far", facts=[
                f"{date_words(each.record.made_at)}: {each.words_at(now)}."
                for each in mine
            ])  # fmt: skip
            for each in waiting[-1:]:
                button = push_button(
                    "To the mentor’s page   Return",
                    "To the mentor’s page",
                    partial(self.signing_wanted.emit, each.record.uid),
                )
                past.column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
                first = button
            self.add_panel(past)
        more = PagePanel("The certificate")
        more.column.addWidget(
            push_button("Certificate …", "Certificate", self.certificate_wanted.emit),
            0,
            Qt.AlignmentFlag.AlignLeft,
        )
        self.add_panel(more)
        self.said.show_words("")
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _begin(self) -> None:
        self.begun(self._trainer.begin_observed())


class SigningPage(TrainingPage):
    """After the shift: the hand-over is read back, the mentor ticks, and signs.

    Args:
        context: of the window.
        trainer: its ledger takes the signature.

    Signals:
        certificate_wanted: to the certificate.
    """

    certificate_wanted = Signal()

    def __init__(self, context: Context, trainer: Trainer) -> None:
        super().__init__("The mentor’s page")
        self._context, self._trainer = context, trainer
        self._past: PastObserved | None = None
        self._ticks: list[TickBox] = []
        self._mentor = MentorFields()
        self._text: SafeText | None = None
        context.colours.changed.connect(self._ink)

    def open(self, uid: str) -> None:
        """Show an observed shift that is over.

        Args:
            uid: of the observed shift.
        """
        records = self._trainer.ledger.records
        found = (each for each in past_observed(records) if each.record.uid == uid)
        self._past = past = next(found, None)
        self._text = None
        self.clear()
        self.said.show_words("")
        if past is None or past.ended is None:
            return
        self.title.set_words(f"Observed shift of {past.record.who}")
        if past.signed is not None:
            self._show_result(past)
            return
        self.add_panel(self._hand_over(past.ended.hand_over))
        self.add_panel(self._read_back(past.ended.read_back))
        self.add_panel(self._signature(self._trainer.site))
        first = self._ticks[0] if self._ticks else self.back
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- inside ----------------------------------------------------------------------

    def _hand_over(self, text: str) -> PagePanel:
        if not text.strip():
            return PagePanel("The hand-over", facts=("No hand-over was written.",))
        panel = PagePanel("The hand-over", "as it was written")
        # from here its links would lead away from the signature
        self._text = SafeText("The hand-over as it was written", linked=False)
        self._ink()
        panel.column.addWidget(self._text)
        return panel

    def _ink(self) -> None:
        """Write the hand-over in the colours of now."""
        ended = self._past.ended if self._past is not None else None
        if self._text is not None and ended is not None:
            self._text.show_markdown(ended.hand_over, inks_of(self._context.theme))

    def _read_back(self, heard: Sequence[str]) -> PagePanel:
        words = (
            "The screen is the mentor’s now. The trainee turns away and says the "
            "hand-over back; the mentor ticks what is heard."
        )
        panel = PagePanel("Read back", facts=(words,))
        colours = self._context.colours
        self._ticks = [TickBox(colours, each, wraps=True) for each in heard]
        for each, words in zip(self._ticks, heard, strict=True):
            each.setAccessibleName(words)
            panel.column.addWidget(each)
        return panel

    def _signature(self, site: Site | None) -> PagePanel:
        who = "" if site is None else who_signs(site)
        shown = "What was right and wrong is shown once it is signed."
        panel = PagePanel("The mentor", facts=(f"{who} {shown}".strip(),))
        self._mentor = MentorFields(site)
        self._mentor.entered.connect(self._sign)
        panel.column.addWidget(self._mentor)
        panel.column.addWidget(
            push_button("Sign", "Sign", self._sign), 0, Qt.AlignmentFlag.AlignLeft
        )
        return panel

    def _sign(self) -> None:
        past, trainer = self._past, self._trainer
        if past is None or trainer.site is None:
            return
        heard = tuple(e.accessibleName() for e in self._ticks if e.isChecked())
        refused = sign_observed(
            trainer.ledger,
            trainer.site,
            past,
            self._mentor.mentor,
            self._mentor.account,
            heard,
            self._context.wall_clock(),
        )
        if refused:
            self.said.show_words(f"Not signed: {refused}.")
            return
        self.open(past.record.uid)

    def _show_result(self, past: PastObserved) -> None:
        assert past.ended is not None
        site = self._trainer.site
        paced = () if site is None else of_pace(site, past.ended)
        facts = (sentence(past.words), *paced, *of_watch(past.ended))
        self.add_panel(PagePanel("How it went", facts=facts))
        self.add_panel(
            PagePanel("What had to be right", facts=list(map(must_words, past.musts)))
        )
        self.add_panel(
            PagePanel("What was done", facts=past.ended.done or ("Nothing.",))
        )
        button = push_button(
            "Certificate   Return", "Certificate", self.certificate_wanted.emit
        )
        panel = PagePanel("What comes of it")
        panel.column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        self.add_panel(panel)
        button.setFocus(Qt.FocusReason.OtherFocusReason)


class ObservedParts(QObject):
    """Everything of the window that shows observed shifts and certificates.

    Args:
        parts: what the parts work with.
        trainer: what goes on.
        sheets: gives all sheets of the window, which the end of a shift closes.

    Signals:
        course_wanted: somebody wants back to the course.
    """

    course_wanted = Signal()

    def __init__(
        self,
        parts: Parts,
        trainer: Trainer,
        sheets: Callable[[], Sequence[Overlay]],
    ) -> None:
        super().__init__(parts.context.window)
        self._parts, self._trainer, self._all_sheets = parts, trainer, sheets
        self._shown: ObservedShift | None = None
        self._whole = 1.0
        self._page = ObservedPage(parts.context, trainer)
        self._signing = SigningPage(parts.context, trainer)
        self._certificate = CertificatePage(parts.context, trainer)
        for page in (self._page, self._signing, self._certificate):
            parts.view.add_guest(page)
            page.course_wanted.connect(self.course_wanted)
        self._page.signing_wanted.connect(self._open_signing)
        self._page.certificate_wanted.connect(self.open_certificate)
        self._signing.certificate_wanted.connect(self.open_certificate)
        self._bar = SlimBar("Observed shift", parts.context.colours)
        self._bar.add_button("End: Shift+Esc", "End the observed shift", self.ask)
        self._phone = PlainLabel("The phone", bold=True)
        self._phone.setContentsMargins(12, 0, 0, 6)
        for bar in (self._bar, self._phone):
            parts.view.add_bar(bar)
        self._leaving = LeaveSheet(parts.context.window)
        self._leaving.left.connect(self._end)

    @property
    def goes_on(self) -> bool:
        """An observed shift goes on."""
        return self._shown is not None

    @property
    def sheets(self) -> tuple[Overlay, ...]:
        """What Esc closes."""
        return (self._leaving,)

    def open(self) -> None:
        """Show the page before an observed shift."""
        self._parts.view.bring_guest(self._page)
        self._page.open()

    def open_certificate(self) -> None:
        """Show the certificate."""
        self._parts.view.bring_guest(self._certificate)
        self._certificate.open()

    def look(self) -> None:
        """Show what goes on; once per look, after the trainer's own."""
        activity = self._trainer.activity
        going = activity if isinstance(activity, ObservedShift) else None
        if going is not self._shown:
            self._stop()
            self._shown = going
            if going is not None:
                self._parts.context.phone_outcome = going.phone_outcome
                self._whole = max(going.left, 1.0)
                self._bar.show()
                self._parts.view.forget_pictures()
                # as a shift begins, wherever one was before it
                self._parts.view.show_overview()
            self._parts.context.sense_changed.emit()
        if going is None:
            return
        if going.over:
            self._show_signing(going)
            return
        left = left_words(going.left)
        self._bar.show_state("Observed shift", left, going.left / self._whole)
        self._phone.show_words(going.phone)

    def band_words(self) -> tuple[str, str]:
        """Words of the band over everything: what goes on, and how to leave it."""
        run = self._parts.context.client.mailbox.run
        of = data_words(run, self._trainer.shown)
        return f"Observed shift   {of}", "Shift+Esc end"

    def ask(self) -> None:
        """Ask whether to end the shift; asked again, go on."""
        if self._leaving.isVisible():
            self._leaving.dismiss()
        elif self._shown is not None:
            self._leaving.ask(
                "End the observed shift?",
                "It is judged as it stands, and cannot be taken up again. The "
                f"hand-over must have been given by now. {TOO_EARLY}",
                "End it now",
            )

    # -- inside ----------------------------------------------------------------------

    def _end(self) -> None:
        if self._shown is not None:
            self._shown.end()  # the next look shows the mentor's page

    def _stop(self) -> None:
        self._bar.hide()
        self._phone.show_words("")
        self._leaving.hide()
        self._shown = None
        self._parts.context.phone_outcome = None

    def _show_signing(self, done: ObservedShift) -> None:
        """Show the mentor's page, and nothing over it."""
        uid = done.uid
        self._trainer.leave()
        self._stop()
        for sheet in self._all_sheets():
            if sheet.isVisible():
                sheet.dismiss()
        self._open_signing(uid)

    def _open_signing(self, uid: str) -> None:
        self._parts.view.bring_guest(self._signing)
        self._signing.open(uid)


def must_words(must: Must) -> str:
    """What had to be right and what was done, with a mark for how it went."""
    mark = "✓" if must.passed else "✗ NOT REACHED"
    return f"{mark}  {must.asked}. Done: {must.done}."
