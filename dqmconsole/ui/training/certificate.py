"""The certificate in the window: where it stands, its shadow shifts, kept as a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QGridLayout, QHBoxLayout, QWidget

from dqmconsole.model.moment import date_words
from dqmconsole.training.certificate import issue, record_shadow_shift, standings
from dqmconsole.training.certificate_page import (
    EXAM_TESTED,
    NO_RATES,
    cause_rows,
    certificate_page,
    changed_words,
    is_detailed,
    layout_rows,
    material_words,
    shadow_lines,
    shadow_words,
    shift_lines,
    shown_lines,
    signature_words,
    sitting_rows,
    untested_lines,
)
from dqmconsole.training.mentors import who_signs
from dqmconsole.ui.buttons import push_button
from dqmconsole.ui.labels import PlainLabel
from dqmconsole.ui.logbook import paper
from dqmconsole.ui.tick_box import TickBox
from dqmconsole.ui.training.mentor import MentorFields
from dqmconsole.ui.training.pages import PagePanel, TrainingPage, sentence
from dqmconsole.whole_file import replacing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.training.certificate import Standing
    from dqmconsole.training.observed_records import CertificateIssued
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
            every = standings(site, ledger.records, ledger.shifts, now)
            found = [each for each in every if each.who == who]
            if found:
                self._standing = found[0]
                first = self._show(found[0])
            if missing:
                facts = (
                    sentence(f"What is missing: {missing}"),
                    "It is issued as soon as nothing is, and counts from that day.",
                )
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
            f"Issued {date_words(standing.at)} on {on}.",
            sentence(signature_words(issued)),
            f"It counts from {date_words(standing.since)} and lapses after "
            f"{issued.lapse_days} days without a shift.",
            changed_words(standing),
            material_words(issued),
        ]
        panel = PagePanel(f"Certificate of {standing.who}", standing.state, facts)
        save = push_button("Save to print …", "Save to print", self._save)
        row = QHBoxLayout()
        row.addWidget(save)
        row.addStretch(1)
        panel.column.addLayout(row)
        self.add_panel(panel)
        if not is_detailed(issued):
            self.add_panel(PagePanel("Tested", facts=shown_lines(issued)))
        self.add_panel(_exam(issued))
        facts = [*map(sentence, shift_lines(issued))]
        shift = PagePanel("Tested in the observed shift", facts=facts)
        musts = [(each.asked, each.done) for each in issued.musts]
        heads = ("what had to be right", "what was done")
        shift.column.addWidget(_table("Musts", [heads, *musts]))
        self.add_panel(shift)
        self.add_panel(PagePanel("Not tested", facts=untested_lines(issued)))
        rates = issued.rates or (NO_RATES,)
        facts = [*map(sentence, issued.rules), *rates]
        self.add_panel(PagePanel("Rules, and how often they are wrong", facts=facts))
        self.add_panel(self._shadow_shifts(standing))
        return save

    def _shadow_shifts(self, standing: Standing) -> PagePanel:
        issued = standing.issued
        facts = [
            sentence(shadow_words(standing)),
            *map(sentence, shadow_lines(standing)),
        ]
        site = self._trainer.site
        if site is not None:
            facts.append(who_signs(site))
        if issued.lessons:
            facts.append(
                f"{sentence(f'Lessons: {issued.lessons}')} The certificate does not "
                "depend on them."
            )
        panel = PagePanel("Shadow shifts and lessons", facts=facts)
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


def _exam(issued: CertificateIssued) -> PagePanel:
    """What the exam tested, and how it went."""
    facts = [sentence(issued.exam_words)]
    if issued.exam:
        facts.append(f"Asked and scored: {_listed(EXAM_TESTED)}.")
    panel = PagePanel("Tested in the exam", facts=[each for each in facts if each])
    if issued.sittings:
        for name, rows in (
            ("Sittings", sitting_rows(issued)),
            ("Where", layout_rows(issued)),
            ("Causes", cause_rows(issued)),
        ):
            panel.column.addSpacing(4)
            panel.column.addWidget(_table(name, rows))
            for words in issued.of_exam if name == "Sittings" else ():
                panel.column.addWidget(PlainLabel("Of the exam", words=words))
    return panel


def _table(name: str, rows: Sequence[tuple[str, ...]]) -> QWidget:
    """Rows below their heads, as wide as there is room."""
    widget = QWidget()
    widget.setProperty("role", "clear")
    widget.setAccessibleName(name)
    grid = QGridLayout(widget)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(18)
    grid.setVerticalSpacing(4)
    for at, row in enumerate(rows):
        for column, words in enumerate(row):
            role = "" if at else "muted"
            label = PlainLabel(
                f"{name}: {at}, {rows[0][column]}", role=role, words=words
            )
            measure = label.fontMetrics().horizontalAdvance
            # so that no word is cut
            label.setMinimumWidth(max(map(measure, words.split()), default=0))
            label.setAlignment(Qt.AlignmentFlag.AlignTop)
            grid.addWidget(label, at, column)
    for column in range(len(rows[0])):
        longest = max(len(row[column]) for row in rows)
        grid.setColumnStretch(column, min(max(longest, 8), 40))
    return widget


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "none"
