"""Writing an entry, with the evidence of the plot or page in view."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from dqmconsole.logbook.author import Signature
from dqmconsole.model.moment import zone_words
from dqmconsole.model.record import Entry
from dqmconsole.model.run import run_words
from dqmconsole.shift import actions, words
from dqmconsole.shift.evidence import past_verdicts
from dqmconsole.ui.buttons import push_button
from dqmconsole.ui.fonts import TITLE, set_text
from dqmconsole.ui.labels import ElidedLabel
from dqmconsole.ui.logbook.evidence import EvidenceOutbox, Taking, in_view
from dqmconsole.ui.overlay import Overlay
from dqmconsole.ui.tick_box import TickBox

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmconsole.logbook.view import Written
    from dqmconsole.shift.client import Changes
    from dqmconsole.ui.context import Context
    from dqmconsole.ui.logbook.evidence import InView
    from dqmconsole.ui.pictures import Shown

PICTURE = (230, 150)  # px


class EntrySheet(Overlay):
    """An entry being written; its evidence was taken when the sheet was opened.

    Args:
        context: what it works with.
        look: gives what is looked at.
    """

    keeps_letters = True

    def __init__(self, context: Context, look: Callable[[], Shown]) -> None:
        super().__init__("Entry", context.window, (760, 620))
        self._context = context
        self._look_at = look
        # a draft has one of them: what it is of, or which entry it corrects
        self._taking: Taking | None = None
        self._corrects: Written | None = None
        self._by, self._source = Signature(), ""  # of the draft
        self._filled: tuple[object, ...] = ()  # the fields as they were given
        self._asked = ""  # uid of the record for which the draft may go
        self._outbox = EvidenceOutbox(context)
        context.session.before_leaving = self._outbox.empty
        self._heading = QLabel("Entry")
        set_text(self._heading, TITLE, bold=True)
        self._about = ElidedLabel()
        self._about.setProperty("role", "muted")
        self._about.setAccessibleName("What the entry is about")
        self._kept = QLabel()
        self._kept.setAccessibleName("Draft that was kept")
        self.title = QLineEdit()
        self.title.setAccessibleName("Title of the entry")
        self.text = QPlainTextEdit()
        self.text.setAccessibleName("Words of the entry")
        self.text.setPlaceholderText("What you saw, what you did, whom you told …")
        self.text.setTabChangesFocus(True)
        self.problem = TickBox(context.colours, "open problem, for the hand-over")
        self.problem.setAccessibleName("Open problem")
        self.elog = TickBox(context.colours, "to the elog")
        self.elog.setAccessibleName("To the elog")
        self._picture = QLabel()
        self._picture.setAccessibleName("Picture of the evidence")
        self._picture.setFixedSize(*PICTURE)
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._state = QLabel()
        self._state.setAccessibleName("Evidence")
        self._state.setWordWrap(True)
        self._state.setTextFormat(Qt.TextFormat.PlainText)
        self._why = QLabel()
        self._why.setAccessibleName("Why the entry is not written")
        self._why.setProperty("role", "bad")
        self.write_button = push_button(
            "Write (Ctrl+Enter)", "Write the entry", self.write
        )
        self._put_together()
        self.title.returnPressed.connect(self.text.setFocus)

    # -- what commands do ----------------------------------------------------------

    def open(self) -> None:
        """Begin an entry about what is in view, or go on with the draft kept."""
        if refused := actions.why_not(self._context.session):
            self._context.say(refused)
            return
        if self._has_draft:
            self._show()
        else:
            self._begin()
            super().open()

    def correct(self, entry: Written) -> None:
        """Correct an entry; the correction is a new record with the old evidence.

        A draft of something else is dropped only where it is asked for twice: its
        evidence is of a moment that does not come again.
        """
        if refused := actions.why_not(self._context.session):
            self._context.say(refused)
            return
        uid = entry.record.uid
        if self._corrects is not None and self._corrects.record.uid == uid:
            self._show()
            return
        if self._would_be_lost and self._asked != uid:
            self._asked = uid
            self._context.say(
                "E goes on with the draft that is kept; M again drops it, and corrects "
                "this entry."
            )
            return
        self._mark()
        self._taking, self._corrects = None, entry
        body = entry.body
        kept = self._context.session.file(body.picture) if body.picture else None
        by = words.whose(entry.record)
        at = f"{words.when(entry.record, self._context.session)} {zone_words()}"
        self._heading.setText("Correct an entry")
        self._about.set_words(f"written by {by}, {at}; both stay in the book")
        self._fill(body.title, body.text, body.problem, body.elog)
        self._show_picture(kept.data if kept is not None else b"")
        self._show_state()
        super().open()

    def write(self) -> None:
        """Write the entry, now or as soon as its evidence is whole."""
        if not self._has_draft:
            return
        refused = actions.why_not(self._context.session)
        if self._source != self._context.client.source:
            refused = "it is of another source"
        if not self.title.text().strip():
            refused = refused or "an entry needs a title"
        if refused:
            self._why.setText(refused)
            self._why.show()
            return
        if self._corrects is not None:
            self._write_correction(self._corrects)
        elif self._taking is not None:
            self._outbox.put(self._entry(self._taking.seen), self._taking)
        self._taking = self._corrects = None
        self.dismiss()

    def begin_again(self) -> None:
        """Begin an entry of what is in view, in place of the draft."""
        if self._has_draft:
            self._begin()
            self.first_field().setFocus()

    def look(self, changes: Changes) -> None:
        """Take in the evidence that the engine has made."""
        now = self._context.clock()
        if self._taking is not None:
            self._taking.look(changes, now)
            self._show_state()
        if self.isVisible() and self._has_draft:
            self._say_whose()
        self._outbox.look(changes, now)

    def first_field(self) -> QWidget:
        """What has the keyboard first."""
        return self.text if self.title.text() else self.title

    # -- inside ------------------------------------------------------------------

    @property
    def _has_draft(self) -> bool:
        return self._taking is not None or self._corrects is not None

    @property
    def _would_be_lost(self) -> bool:
        """Tell whether a draft has what cannot be had again: evidence, or words."""
        changed = self._corrects is not None and self._fields != self._filled
        return self._taking is not None or changed

    @property
    def _fields(self) -> tuple[object, ...]:
        return (
            self.title.text(),
            self.text.toPlainText(),
            self.problem.isChecked(),
            self.elog.isChecked(),
        )

    @property
    def _whose_words(self) -> str:
        """Whose draft it is, where another shift or source was there then; or ""."""
        other = ""
        if self._by.shift != self._context.session.author.signature.shift:
            other = "another shift"
        if self._source != self._context.client.source:
            other = "another source"
        if not other:
            return ""
        run = 0 if self._corrects is None else self._corrects.record.run
        run = run if self._taking is None else self._taking.seen.run
        about = f", {run_words(run)}" if run > 0 else ""
        return f"Draft of {self._by.who}{about}, of {other}"

    def _mark(self) -> None:
        """Keep who begins a draft, and of which source."""
        self._by = self._context.session.author.signature
        self._source, self._asked = self._context.client.source, ""

    def _show(self) -> None:
        """Show the draft; one that was kept says so, and whose it is."""
        self._asked = ""
        self._why.hide()
        if not self.isVisible():
            self._kept.setText("This draft was kept. Ctrl+N begins again.")
        self._say_whose()
        super().open()

    def _say_whose(self) -> None:
        if whose := self._whose_words:
            self._kept.setText(f"{whose}. Ctrl+N begins again.")

    def _begin(self) -> None:
        self._mark()
        seen = in_view(self._context, self._look_at())
        told = self._context.client.mailbox.history
        history = past_verdicts(told, seen.shown.keys)
        self._taking, self._corrects = Taking(self._context, seen, history), None
        self._heading.setText("Entry")
        run = f"{run_words(seen.run)} · " if seen.run > 0 else ""
        since = self._context.session.no_data_since
        if since is not None:
            at = words.clock(since, self._context.session.now())
            quiet = self._context.client.mailbox.run.run
            run = f"no run: {quiet} has no data since {at} · "
            run = run if quiet > 0 else f"no data since {at} · "
        at = f"{words.clock(seen.at)} {zone_words()}"
        self._about.set_words(f"{run}{seen.shown.heading} · {at}")
        self._fill(seen.title, "", problem=seen.status == "BAD", elog=False)
        self._show_picture(seen.picture)
        self._show_state()

    def _fill(self, title: str, text: str, problem: bool, elog: bool) -> None:
        self._kept.clear()
        self._why.hide()
        self.title.setText(title)
        self.title.setCursorPosition(0)
        self.text.setPlainText(text)
        site = self._context.session.site
        has_elog = site is not None and site.settings.elog is not None
        self.elog.setVisible(has_elog)
        self.elog.setChecked(has_elog and elog)
        self.problem.setChecked(problem)
        self._filled = self._fields

    def _entry(self, seen: InView) -> Entry:
        return Entry(
            title=self.title.text().strip(),
            text=self.text.toPlainText().strip(),
            plots=seen.about,
            page=seen.page,
            status=seen.status,
            problem=self.problem.isChecked(),
            elog=self.elog.isChecked(),
        )

    def _write_correction(self, written: Written) -> None:
        body = msgspec.structs.replace(
            written.body,
            title=self.title.text().strip(),
            text=self.text.toPlainText().strip(),
            problem=self.problem.isChecked(),
            elog=self.elog.isChecked(),
            corrects=written.record.uid,
        )
        before = written.record
        refused = actions.enter(
            self._context.session, body, before.run, subsystem=before.subsystem
        )
        self._context.say(refused or "The correction is written.")

    def _show_picture(self, data: bytes) -> None:
        pixmap = QPixmap()
        if not pixmap.loadFromData(data, "PNG") if data else True:
            self._picture.setText("no picture")
            return
        ratio = self.devicePixelRatioF()
        scaled = pixmap.scaled(
            self._picture.size() * ratio,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        scaled.setDevicePixelRatio(ratio)
        self._picture.setPixmap(scaled)

    def _show_state(self) -> None:
        taking = self._taking
        if taking is None:
            said = "The evidence stays that of the entry."
        elif taking.state == "taking":
            said = "taking the evidence …"
        elif taking.state == "whole":
            said = "The evidence is taken: picture, data, reference, verdict, versions."
        else:
            said = f"No evidence but the picture: {taking.why}"
        self._state.setText(said)

    def _put_together(self) -> None:
        leave = QLabel("Esc keeps the draft")
        leave.setProperty("role", "muted")
        self._kept.setProperty("role", "muted")
        self._kept.setWordWrap(True)
        self._kept.setTextFormat(Qt.TextFormat.PlainText)
        head = QHBoxLayout()
        head.addWidget(self._heading)
        head.addSpacing(8)
        head.addWidget(self._about, 1)
        head.addWidget(leave)
        boxes = QVBoxLayout()
        boxes.addWidget(self._state)
        boxes.addWidget(self.problem)
        boxes.addWidget(self.elog)
        boxes.addStretch(1)
        below = QHBoxLayout()
        below.setSpacing(14)
        below.addWidget(self._picture)
        below.addLayout(boxes, 1)
        foot = QHBoxLayout()
        foot.addWidget(self._why)
        foot.addWidget(self._kept, 1)
        foot.addWidget(self.write_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 14)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self.title)
        column.addWidget(self.text, 1)
        column.addLayout(below)
        column.addLayout(foot)
