"""The certificate in the window: where it stands, its shadow shifts, kept as a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QWidget

from dqmconsole.model.moment import date_words
from dqmconsole.training.certificate import (
    EXAM_TESTED,
    EXAM_UNTESTED,
    NO_RATES,
    certificate_page,
    issue,
    record_shadow_shift,
    standings,
)
from dqmconsole.training.lesson import short_name
from dqmconsole.training.mentors import who_signs
from dqmconsole.ui.buttons import push_button
from dqmconsole.ui.logbook import paper
from dqmconsole.ui.tick_box import TickBox
from dqmconsole.ui.training.mentor import MentorFields
from dqmconsole.ui.training.pages import PagePanel, TrainingPage, sentence
from dqmconsole.whole_file import replacing

if TYPE_CHECKING:
    from dqmconsole.training.certificate import Standing
    from dqmconsole.training.trainer import Trainer
    from dqmconsole.ui.context import Context


class CertificatePage(TrainingPage):
    """The certificate of the trainee, or what is missing for one.

    Args:
        context: of the window.
        trainer: its ledger knows.
    """

    def __init__(self, context: Context, trainer: Trainer) -> None:
        super().__init__("Certificate")
        self._context, self._trainer = context, trainer
        self._standing: Standing | None = None
        self._ticks: list[TickBox] = []
        self._mentor = MentorFields()

    def open(self) -> None:
        """Show it with what is true now, and give it the keyboard."""
        self.clear()
        self.said.show_words("")
        trainer = self._trainer
        site, who, ledger = trainer.site, trainer.who, trainer.ledger
        self._standing = None
        first: QWidget = self.back
        if site is None or not who:
            self.said.show_words("Say your name on the course page first.")
        else:
            now = self._context.wall_clock()
            missing = issue(ledger, site, who, now)  # an exam may have come after it
            every = standings(ledger.records, ledger.shifts, now)
            found = [each for each in every if each.who == who]
            if found:
                self._standing = found[0]
                first = self._show(found[0])
            if missing:
                facts = (sentence(f"What is missing: {missing}"),)
                title = "For a new certificate" if found else "No certificate yet"
                self.add_panel(PagePanel(title, facts=facts))
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- inside ----------------------------------------------------------------------

    def _show(self, standing: Standing) -> QWidget:
        """Show one; what takes the keyboard."""
        issued, release = standing.issued, standing.record.versions.release
        on = f"release {release} of the site" if release else "a site without release"
        facts = [
            sentence(standing.words),
            f"Issued {date_words(standing.at)} on {on}, signed by {issued.mentor}.",
            f"It lapses after {issued.lapse_days} days without a shift.",
        ]
        panel = PagePanel(f"Certificate of {standing.who}", standing.state, facts)
        save = push_button("Save to print …", "Save to print", self._save)
        row = QHBoxLayout()
        row.addWidget(save)
        row.addStretch(1)
        panel.column.addLayout(row)
        self.add_panel(panel)
        tested, untested = issued.tested, issued.untested
        for title, each, asked in (
            ("Tested", tested, EXAM_TESTED),
            ("Not tested", untested, EXAM_UNTESTED),
        ):
            facts = [
                f"Layouts: {_listed(each.layouts)}.",
                f"Causes: {_listed(tuple(map(short_name, each.causes)))}.",
                f"Types of run: {_listed(each.run_types)}.",
            ]
            if issued.exam:
                facts.append(f"In the exam: {_listed(asked)}.")
            self.add_panel(PagePanel(title, facts=facts))
        rules = (*issued.rules, f"Exam: {issued.exam_words}")
        for what, words in (
            ("Observed shift", issued.observed_words),
            ("Lessons, on which it does not depend", issued.lessons),
        ):
            if words:
                rules = (*rules, f"{what}: {words}")
        if issued.shown:
            rules = (*rules, issued.shown)
        rates = issued.rates or (NO_RATES,)
        self.add_panel(
            PagePanel("Rules, and how often they are wrong",
                      facts=[*map(sentence, rules), *rates])
        )  # fmt: skip
        self.add_panel(self._shadow_shifts(standing))
        return save

    def _shadow_shifts(self, standing: Standing) -> PagePanel:
        issued = standing.issued
        facts = [
            f"{len(standing.shadows)} of {issued.shadow_shifts} shadow shifts are on "
            "record; they stay mandatory beside the certificate.",
            *(f"{each.day}, with {each.mentor}: {_listed(each.items)}."
              for each in standing.shadows),
        ]  # fmt: skip
        site = self._trainer.site
        if site is not None:
            facts.append(who_signs(site))
        panel = PagePanel("Shadow shifts", facts=facts)
        colours = self._context.colours
        self._ticks = [TickBox(colours, e, wraps=True) for e in issued.shadow_items]
        for each, words in zip(self._ticks, issued.shadow_items, strict=True):
            each.setAccessibleName(words)
            panel.column.addWidget(each)
        self._mentor = MentorFields(site)
        self._mentor.entered.connect(self._record)
        panel.column.addWidget(self._mentor)
        panel.column.addWidget(
            push_button("Record a shadow shift of today", "Record a shadow shift",
                        self._record),
            0,
            Qt.AlignmentFlag.AlignLeft,
        )  # fmt: skip
        return panel

    def _record(self) -> None:
        standing, trainer = self._standing, self._trainer
        if standing is None or trainer.site is None:
            return
        refused = record_shadow_shift(
            trainer.ledger,
            trainer.site,
            standing.record,
            self._mentor.mentor,
            self._mentor.account,
            tuple(e.accessibleName() for e in self._ticks if e.isChecked()),
            self._context.wall_clock(),
        )
        if refused:
            self.said.show_words(f"Not recorded: {refused}.")
        else:
            self.open()

    def _save(self) -> None:
        standing, site = self._standing, self._trainer.site
        if standing is None or site is None:
            return
        path = ask_target(self, f"certificate {standing.who}.pdf")
        if not path:
            return
        now = self._context.wall_clock()
        page = certificate_page(standing, site.contacts.timezone, now)
        try:
            if path.lower().endswith(".pdf"):
                paper.write_pdf(path, page, f"Certificate of {standing.who}", {})
            else:
                with replacing(Path(path)) as part:
                    part.write_text(page, encoding="utf-8")
        except OSError as error:
            self.said.show_words(f"Not saved: {error}")
            return
        self._context.say(f"Certificate saved to {path}.")


def ask_target(parent: QWidget, name: str) -> str:
    """Ask where to keep the certificate; "" when nobody chose a place."""
    kinds = "PDF (*.pdf);;HTML (*.html)"
    return QFileDialog.getSaveFileName(parent, "Save the certificate", name, kinds)[0]


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "none"
