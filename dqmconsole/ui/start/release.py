"""A release that waits: what it changes, and taking it up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from dqmconsole.markdown import as_written
from dqmconsole.model.words import counted
from dqmconsole.shift import actions
from dqmconsole.shift.words import grouped, published_words
from dqmconsole.ui.fonts import TITLE, set_text
from dqmconsole.ui.overlay import Overlay
from dqmconsole.ui.start.card import key_button, words_label
from dqmconsole.ui.text import Prose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.model.release import Release, SiteChange
    from dqmconsole.ui.context import Context

MOST = 200  # changes that are listed: more would hold up the window


class ReleaseSheet(Overlay):
    """The release that waits, in words."""

    def __init__(self, context: Context) -> None:
        super().__init__("Release", context.window, (720, 560))
        self._context = context
        self._shown: Release | None = None
        self._title = words_label("Release that waits")
        set_text(self._title, TITLE, bold=True)
        self._about = words_label("About the release", "muted")
        self._changes = Prose("What the release changes", context.colours)
        self._asks = QWidget()
        self._asks.setProperty("role", "clear")
        self._leader = QLineEdit()
        self._leader.setAccessibleName("Shift leader who agrees")
        self._leader.setMaxLength(80)
        self._why_leader = words_label("Why the shift leader is asked", "muted")
        self._refused = words_label("Refused", "warning")
        self._take = key_button("Take it up", "Ctrl+Enter", self.take_up)
        self._later = key_button("Not now", "Esc", self.dismiss)
        self._lay_out()

    def open(self) -> None:
        """Show the release that waits now, and give it the keyboard."""
        self._show()
        super().open()

    def first_field(self) -> QWidget:
        """What it changes comes first: nothing is taken up by a habit."""
        return self._changes

    def _show(self) -> None:
        client, session = self._context.client, self._context.session
        release = self._shown = client.mailbox.release_waiting
        self._refused.setText("")
        self._refused.hide()
        self._take.setEnabled(release is not None)
        if release is None:
            self._title.setText("No release waits")
            self._about.setText("")
            self._changes.show_text("")
            self._asks.hide()
            return
        self._title.setText(f"Release {release.number} waits")
        site = client.site
        here = site.release if site is not None else None
        now = f"reads release {here.number}" if here else "reads the working copy"
        self._about.setText(f"{published_words(release)} This console {now}.")
        self._changes.show_text(changes_words(release.changes))
        why = ""
        given = client.mailbox.run.conditions
        if client.settings.expects_data(given.run_type, given.beam_mode):
            why = session.author.refusal("take up a release in stable beams")
        self._asks.setVisible(bool(why))
        self._why_leader.setText(f"{why[:1].upper()}{why[1:]}.")

    def take_up(self) -> None:
        """Take it up, with the shift leader where one must agree."""
        waiting, shown = self._context.client.mailbox.release_waiting, self._shown
        if waiting is not None and (shown is None or waiting.number != shown.number):
            self._show()
            self._refuse(f"Meanwhile release {waiting.number} was published: read this")
            return
        if refused := actions.take_up(self._context.session, self._leader.text()):
            if self._asks.isVisible() and not self._leader.text().strip():
                refused = "First: the name of the shift leader who agrees"
                self._leader.setFocus(Qt.FocusReason.OtherFocusReason)
            self._refuse(refused)
            return
        self._leader.clear()
        self.dismiss()
        number = shown.number if shown is not None else 0
        self._context.said.emit(f"Release {number} taken up")

    def _refuse(self, words: str) -> None:
        self._refused.setText(words)
        self._refused.show()

    def _lay_out(self) -> None:
        asks = QVBoxLayout(self._asks)
        asks.setContentsMargins(0, 0, 0, 0)
        asks.setSpacing(4)
        asks.addWidget(self._why_leader)
        named = QHBoxLayout()
        label = QLabel("Shift leader who agrees")
        label.setBuddy(self._leader)
        named.addWidget(label)
        named.addWidget(self._leader, 1)
        asks.addLayout(named)
        buttons = QHBoxLayout()
        buttons.addWidget(self._refused, 1)
        buttons.addStretch(0)
        buttons.addWidget(self._later)
        buttons.addWidget(self._take)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(10)
        column.addWidget(self._title)
        column.addWidget(self._about)
        column.addWidget(self._changes, 1)
        column.addWidget(self._asks)
        column.addLayout(buttons)
        QWidget.setTabOrder(self._changes, self._leader)
        QWidget.setTabOrder(self._leader, self._take)
        QWidget.setTabOrder(self._take, self._later)


def changes_words(changes: Sequence[SiteChange]) -> str:
    """Write what a release changes as Markdown, grouped by kind; at most `MOST`."""
    groups = grouped(changes[:MOST])
    if not groups:
        return "It changes nothing but its number."
    parts = []
    for title, found in groups.items():
        lines = [
            f"- **{as_written(each.name)}**: {as_written(each.sentence)}"
            for each in found
        ]
        parts.append("\n".join([f"**{title}**", "", *lines]))
    if len(changes) > MOST:
        parts.append(f"and {counted(len(changes) - MOST, 'more change')}")
    return "\n\n".join(parts)
