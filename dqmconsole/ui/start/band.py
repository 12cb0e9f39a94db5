"""The line under the run header: who has the shift, the book, the release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel

from dqmconsole.model.verdict import Status
from dqmconsole.shift import words
from dqmconsole.shift.sounding import held_elsewhere
from dqmconsole.ui.fonts import SMALL, TEXT, set_fixed, set_text
from dqmconsole.ui.labels import ElidedLabel, set_role, tip
from dqmconsole.ui.marks import MarkLabel

if TYPE_CHECKING:
    from dqmconsole.shift.client import EngineClient
    from dqmconsole.shift.session import ShiftSession
    from dqmconsole.ui.theme import Colours

HEIGHT = 22  # px, whatever it says: the header must not jump


class ShiftBand(QFrame):
    """Who has the shift, whether the book is saved, which release is in force."""

    def __init__(self, colours: Colours) -> None:
        super().__init__()
        self.setProperty("role", "clear")
        self.setAccessibleName("Shift")
        set_fixed(self, height=HEIGHT)
        heading = QLabel("Shift")
        heading.setProperty("role", "muted")
        set_text(heading, SMALL)
        self._shift = self._line("Who has the shift")
        self._unread = self._line("Changes unread")
        self._lists = self._line("Check-lists")
        self._mark = MarkLabel(colours, 13)
        self._mark.set_status(Status.WARNING)
        self._mark.setAccessibleName("The book is a worry")
        self._book = self._line("State of the book")
        self._release = self._line("Release in force")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 10, 4)
        row.setSpacing(18)
        row.addWidget(heading)
        row.addWidget(self._shift)
        row.addWidget(self._unread)
        row.addWidget(self._lists)
        row.addStretch(1)
        marked = QHBoxLayout()
        marked.setSpacing(5)
        marked.addWidget(self._mark)
        marked.addWidget(self._book)
        row.addLayout(marked)
        row.addWidget(self._release)
        self._mark.hide()

    def show_session(self, session: ShiftSession, client: EngineClient) -> None:
        """Write the line."""
        opened = client.site is not None
        shift, holder = words.shift_words(session.shift), held_elsewhere(session)
        if holder is not None:  # first: it must not be cut
            shift = f"alarms sound at {holder.who}’s console · {shift}"
        self._shift.set_words(shift if opened else "")
        self._unread.set_words(words.unread_words(session) if opened else "")
        self._lists.set_words(words.checklist_words(session) if opened else "")
        said, worry = words.book_words(session, client.banner)
        self._book.set_words(said if opened else "")
        self._book.setToolTip(tip(session.book.sentence))
        self._mark.setVisible(worry and opened)
        set_role(self._book, "warning" if worry else "")
        release, unpublished = words.release_words(client)
        bold = unpublished or client.mailbox.release_waiting is not None
        self._release.set_words(release)
        if self._release.font().bold() != bold:
            set_text(self._release, TEXT, bold=bold)
            self._release.updateGeometry()
            self._release.fit()
        site = client.site
        if site is not None and site.release is not None:
            self._release.setToolTip(tip(words.published_words(site.release)))
        else:
            self._release.setToolTip("The working copy of the site is read as it is.")

    def _line(self, name: str) -> ElidedLabel:
        label = ElidedLabel(Qt.TextElideMode.ElideRight)
        label.setAccessibleName(name)
        set_text(label, TEXT)
        return label
