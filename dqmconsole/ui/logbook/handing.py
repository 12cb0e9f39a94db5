"""The hand-over: a report drafted from the book, edited, given, kept as a file."""

from __future__ import annotations

import datetime
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from dqmconsole.model.moment import clock_words
from dqmconsole.model.record import HandOver
from dqmconsole.model.words import counted
from dqmconsole.shift import actions, report, words
from dqmconsole.shift.documents import addresses_of
from dqmconsole.shift.silenced import silenced_now
from dqmconsole.ui.buttons import push_button
from dqmconsole.ui.labels import ElidedLabel
from dqmconsole.ui.logbook import paper
from dqmconsole.ui.tick_box import TickBox
from dqmconsole.whole_file import replacing

if TYPE_CHECKING:
    from dqmconsole.ui.context import Context

PATIENCE = 10.0  # s that a file waits for its pictures
_PICTURES = re.compile(r"\(picture:([0-9A-Za-z]+)\)")


class Wanted(NamedTuple):
    """A file that was asked for: where, of which kind, its title, and since when."""

    path: str
    ending: str
    title: str
    since: float


class Draft(NamedTuple):
    """A draft as it was written: its text, for which shift, when, and from what."""

    text: str
    shift: str  # uid
    at: float  # unix time, s
    done: frozenset[str]  # uids of what was done in the shift by then


class HandOverTab(QWidget):
    """The report of this shift as it is being written."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._shift = ""
        self._own_title = ""
        self._given_text = ""
        self._draft: Draft | None = None  # the last one that was written
        self._wanted: Wanted | None = None
        self.title = QLineEdit()
        self.title.setAccessibleName("Title of the hand-over")
        self.text = QPlainTextEdit()
        self.text.setAccessibleName("Hand-over")
        self.text.setTabChangesFocus(True)
        self.text.setPlaceholderText(
            "Draft writes the report from the book; edit it, then give it."
        )
        self.draft_button = push_button(
            "&Draft from the book", "Draft the hand-over", self.draft
        )
        self.give_button = push_button(
            "Give (Ctrl+Enter)", "Give the hand-over", self.give
        )
        self.html_button, self.pdf_button = (
            push_button(f"{words} …", words, partial(self._save, ending))
            for words, ending in (("Save as HTML", "html"), ("Save as PDF", "pdf"))
        )
        self.elog = TickBox(context.colours, "also to the elog")
        self.elog.setAccessibleName("Hand-over also to the elog")
        self._state = ElidedLabel()
        self._state.setProperty("role", "muted")
        self._state.setAccessibleName("State of the hand-over")
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.draft_button)
        row.addWidget(QLabel("Title"))
        row.addWidget(self.title, 1)
        for widget in (
            self.elog, self.give_button, self.html_button, self.pdf_button
        ):  # fmt: skip
            row.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 4)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.text, 1)
        column.addWidget(self._state)

    def first_field(self) -> QWidget:
        """What has the keyboard first."""
        return self.text if self.text.toPlainText() else self.draft_button

    def show_session(self, now: float) -> None:  # noqa: ARG002 - one face for all tabs
        """Show what was given, and whether anything can be."""
        session = self._context.session
        site = session.site
        self.elog.setVisible(site is not None and site.settings.elog is not None)
        self.give_button.setEnabled(session.shift is not None)
        shift = session.author.signature.shift
        if shift != self._shift:
            self._shift = shift
            if self.text.toPlainText() == self._given_text:
                self.text.clear()  # the shift before has given it
                self.title.clear()
        self._state.set_words(self._given())
        self._pictures()  # fetched while the report is read
        self._save_wanted()

    def draft(self) -> None:
        """Write the report again from the book; Ctrl+Z brings back what stood there."""
        session = self._context.session
        shift, now = session.shift, session.now()
        if session.site is None or shift is None:
            self._context.say(actions.why_not(session) or "no site is open")
            return
        mailbox = self._context.client.mailbox
        text = report.draft(
            *(session.logbook, session.site, shift, mailbox.verdicts, now, mailbox.run),
            *(session.book.held, session.alarms, silenced_now(session)),
        )
        self._draft = Draft(text, shift.uid, now, self._done())
        cursor = self.text.textCursor()
        cursor.beginEditBlock()
        cursor.select(cursor.SelectionType.Document)
        cursor.insertText(text)
        cursor.endEditBlock()
        cursor.movePosition(cursor.MoveOperation.Start)
        self.text.setTextCursor(cursor)
        if self.title.text().strip() in ("", self._own_title):
            day = datetime.datetime.fromtimestamp(now, datetime.UTC)
            self._own_title = f"Hand-over of {shift.who}, {day:%Y-%m-%d %H:%M} UTC"
            self.title.setText(self._own_title)
        self.text.setFocus()

    def give(self) -> None:
        """Give the report to the next shift.

        A draft of this shift that nobody edited is written again first, so that nothing
        done since is missing; of one that was edited it is said that it is older. What
        stands there from another shift is given as it is.
        """
        session, draft = self._context.session, self._draft
        older = ""
        if draft is not None and draft.shift == session.author.signature.shift:
            if self.text.toPlainText() == draft.text:
                self.draft()
            elif self._done() - draft.done:
                at = clock_words(draft.at)
                older = f" What was done since its draft, {at}, is not in it."
        refused = actions.hand_over(
            session,
            self.title.text(),
            self.text.toPlainText(),
            elog=self.elog.isVisible() and self.elog.isChecked(),
        )
        if not refused:
            self._given_text = self.text.toPlainText()
            self.html_button.setFocus()  # what is typed next is no part of it
        self._context.say(refused or f"The hand-over is given.{older}")
        self.show_session(session.now())

    # -- inside ------------------------------------------------------------------

    def _done(self) -> frozenset[str]:
        """What people did in this shift, by uid; reports are not of it."""
        session = self._context.session
        shift = session.author.signature.shift
        return frozenset(
            each.uid
            for each in session.logbook.everything()
            if each.shift == shift and each.who and not isinstance(each.body, HandOver)
        )

    def _given(self) -> str:
        session = self._context.session
        shift = session.author.signature.shift
        if not shift:
            kept = "; what stands here was not given" if self.text.toPlainText() else ""
            return f"Nobody has the shift at this console (F2 begins it){kept}."
        given = [
            record
            for record, _ in session.logbook.of(HandOver)
            if record.shift == shift
        ]
        if not given:
            return (
                "Not given yet. Markdown; what stands here is kept until you give it."
            )
        last = given[-1]
        at = words.when(last, session)
        again = "" if len(given) == 1 else f" ({len(given)} times)"
        return f"Given by {words.whose(last)}, {at}{again}. It can be given again."

    def _save(self, ending: str) -> None:
        """Ask where to keep the report, "html" or "pdf", and keep it there."""
        title = self.title.text().strip() or "Hand-over"
        name = "_".join("".join(c if c.isalnum() else " " for c in title).split())
        kinds = f"{ending.upper()} (*.{ending})"
        path = ask_target(self, f"{name}.{ending}", kinds)
        if not path:
            return
        if not path.lower().endswith(f".{ending}"):
            path = f"{path}.{ending}"
        self._wanted = Wanted(path, ending, title, self._context.clock())
        self._save_wanted()

    def _pictures(self) -> dict[str, bytes] | None:
        """The pictures the report names; None while the book has not given them."""
        session = self._context.session
        names = set(_PICTURES.findall(self.text.toPlainText()))
        found = {name: session.file(name) for name in sorted(names)}
        missing = {name for name, kept in found.items() if kept is None}
        waits = bool(missing - set(session.files.lost))
        if waits and session.book.word == "ready" and not self._is_late():
            return None
        return {name: kept.data for name, kept in found.items() if kept is not None}

    def _is_late(self) -> bool:
        wanted = self._wanted
        return wanted is not None and self._context.clock() - wanted.since > PATIENCE

    def _save_wanted(self) -> None:
        """Write the file that was asked for, as soon as its pictures are there."""
        wanted, pictures = self._wanted, self._pictures()
        if wanted is None:
            return
        if pictures is None:
            self._context.say("the pictures are being fetched; then it is saved")
            return
        self._wanted = None
        path, ending, title, _ = wanted
        text = self.text.toPlainText()
        try:
            if ending == "pdf":
                images = paper.images_of(pictures)
                html = report.html(text, title, paper.addresses_of(images))
                pages = paper.write_pdf(path, html, title, images)
                words_of = counted(pages, "page")
            else:
                addresses = addresses_of(pictures)
                page = report.html(text, title, addresses)
                with replacing(Path(path)) as part:
                    part.write_text(page, encoding="utf-8")
                words_of = "HTML"
        except OSError as error:
            self._context.say(f"not saved: {error}")
            return
        self._context.say(f"Hand-over saved to {path} ({words_of}).")


def ask_target(parent: QWidget, name: str, kinds: str) -> str:
    """Ask where to keep the report; "" when nobody chose a place."""
    return QFileDialog.getSaveFileName(parent, "Save the hand-over", name, kinds)[0]
