"""Publishing from the editor: what changes, what stands against it, and doing it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, QProcess, Qt, Signal
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QWidget,
)

from dqmconsole.model.release import (
    Account,
    Consent,
    NotPublished,
    Proposal,
    Published,
    SignIn,
)
from dqmconsole.model.words import counted
from dqmconsole.ui.buttons import push_button
from dqmconsole.ui.labels import PlainLabel, tip
from dqmconsole.ui.overlay import Overlay
from dqmconsole.ui.start.card import key_button
from dqmconsole.ui.start.release import changes_words
from dqmconsole.ui.text import Prose

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dqmconsole.model.problem import Problem
    from dqmconsole.ui.context import Context
    from dqmconsole.ui.edit.unsaved import UnsavedWork

PATIENCE = 3000  # ms that what is being written may take while the window is closed
_ABOUT = (
    "What is saved comes into force as the next release of the site. Consoles on shift "
    "announce it, and take it up when their shifters agree."
)
_KEYS = "Enter on a problem leads to its place · Esc closes"
_LINE = msgspec.json.Decoder(SignIn | Proposal | Published | NotPublished)


class Publisher(QObject):
    """``dqmconsole publish`` of a site, in a process of its own.

    Signals:
        said: perhaps a SignIn, a Proposal, and then a Published or a NotPublished.
    """

    said = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._process: QProcess | None = None
        self._answered = self._over = False

    def start(self, home: str) -> None:
        """Check a site, and say what would be published."""
        self.stop()
        self._answered = self._over = False
        process = self._process = QProcess(self)
        process.readyReadStandardOutput.connect(self._read)
        process.finished.connect(self._finished)
        process.errorOccurred.connect(self._failed)
        command = ["-m", "dqmconsole", "publish", "--site", home, "--json"]
        process.start(sys.executable, command)

    def answer(self, given: Account | Consent) -> None:
        """Sign in to the database, or publish what was proposed."""
        if self._process is not None and not self._answered:
            self._answered = isinstance(given, Consent)
            self._process.write(msgspec.json.encode(given) + b"\n")

    def stop(self) -> None:
        """End it; what is being written is written first, if it does not take long."""
        process, self._process = self._process, None
        if process is None:
            return
        process.blockSignals(True)
        if self._answered and not self._over:
            process.waitForFinished(PATIENCE)
        if process.state() is not QProcess.ProcessState.NotRunning:
            process.kill()
            process.waitForFinished(PATIENCE)
        process.deleteLater()

    def _read(self) -> None:
        process = self._process
        while process is not None and process.canReadLine():
            try:
                said = _LINE.decode(bytes(process.readLine().data()))
            except msgspec.MsgspecError:
                continue  # of the library of a database, for instance
            self._over = isinstance(said, Published | NotPublished)
            self.said.emit(said)

    def _finished(self) -> None:
        process = self._process
        if process is None:
            return
        self._read()
        if not self._over:
            self._over = True
            said = bytes(process.readAllStandardError().data()).decode(errors="replace")
            last = (said.strip().splitlines() or ["nothing more is known"])[-1]
            words = f"publishing ended with code {process.exitCode()}: {last}"
            self.said.emit(NotPublished(words))

    def _failed(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart and self._process is not None:
            self._over = True
            words = f"publishing cannot be started: {self._process.errorString()}"
            self.said.emit(NotPublished(words))


class PublishSheet(Overlay):
    """What would be published, and the way to do it.

    Args:
        context: the site, and who has the shift.
        unsaved: what is edited and not saved.
        save: saves what is in view.
        go_to: shows the place of a problem.

    Attributes:
        publisher: does it.
    """

    shrinks = True
    keeps_letters = True

    def __init__(
        self,
        context: Context,
        unsaved: UnsavedWork,
        save: Callable[[], object],
        go_to: Callable[[Problem], object],
    ) -> None:
        super().__init__("Publish", context.window, (820, 640))
        self._context = context
        self._work, self._save, self._show_place = unsaved, save, go_to
        self._proposal: Proposal | None = None
        self._saving = False
        self._at_work = False  # a release is being written: nothing is asked meanwhile
        self._home = ""
        self.publisher = Publisher()
        self.publisher.said.connect(self._take)
        self._state = PlainLabel("State of publishing", bold=True)
        self._unsaved = PlainLabel("Not saved", role="warning")
        self._problems = QListWidget()
        self._problems.setAccessibleName("What is wrong with the site")
        self._problems.setProperty("role", "rows")
        self._problems.setWordWrap(True)
        self._problems.itemActivated.connect(self._go_to)
        self._changes = Prose("What the release changes", context.colours)
        self._notes = PlainLabel("What else to know", role="muted")
        self._by, self._why = QLineEdit(), QLineEdit()
        self._by.setAccessibleName("Who publishes")
        self._why.setAccessibleName("Why it is published")
        self._why.setPlaceholderText("for those who take it up, and for the tag in git")
        self._user, self._password = QLineEdit(), QLineEdit()
        self._user.setAccessibleName("Account of the database")
        self._password.setAccessibleName("Password of the account")
        self._password.setEchoMode(QLineEdit.EchoMode.Password)
        self._form = QFormLayout()
        again = "Save all, and check again"
        self._again = push_button(again, again, self.check)
        self._publish = key_button("Publish", "Ctrl+Enter", self.publish)
        self._later = key_button("Not now", "Esc", self.dismiss)
        self._by.returnPressed.connect(self._why.setFocus)
        self._why.returnPressed.connect(self._publish.setFocus)
        self._user.returnPressed.connect(self._password.setFocus)
        self._password.returnPressed.connect(self._sign_in)
        self._lay_out()

    def open(self) -> None:
        """Check the site, and show what would be published."""
        if not self._by.text():
            self._by.setText(self._context.session.author.signature.who)
        if not self._at_work:
            self._ask()
        super().open()

    def first_field(self) -> QWidget:
        """What it changes comes first: nothing is published by a habit."""
        return self._changes

    def check(self) -> None:
        """Save what is edited, and check the site again."""
        if self._at_work:
            return
        self._saving = bool(self._work.names)
        if self._saving:
            self._save()
            self._work.save_left()
            self._say("is being saved …")
        else:
            self._ask()

    def look(self) -> None:
        """See whether what is to be saved first is saved."""
        if not self.isVisible() and not self._saving:
            return
        names = self._work.names
        words = f"Not saved, and not in this release: {', '.join(names)}"
        self._unsaved.show_words(words if names else "")
        if self._saving and not self._work.busy:
            self._saving = False
            if names:
                why = "; ".join(self._work.refused) or "the editor says why"
                self._say(f"Not everything could be saved: {why}.")
            else:
                self._ask()

    def publish(self) -> None:
        """Publish what is shown, as its author and reason say."""
        by, why = self._by.text().strip(), self._why.text().strip()
        if self._proposal is None or self._at_work:
            return
        for text, field, words in (
            (by, self._by, "First: who publishes"),
            (why, self._why, "First: why it is published"),
        ):
            if not text:
                self._say(words)
                field.setFocus(Qt.FocusReason.OtherFocusReason)
                return
        self._at_work = True
        self._say(f"Release {self._proposal.number} is being published …")
        self._let(publish=False)
        self.publisher.answer(Consent(by, why))

    def close_down(self) -> None:
        """End what is at work."""
        self.publisher.stop()

    # -- inside ------------------------------------------------------------------

    def _ask(self) -> None:
        site = self._context.client.site
        self._proposal = None
        self._problems.hide()
        self._ask_account(asked=False)
        self._call_leaving("Not now")
        self._notes.show_words("")
        self._changes.show_text("")
        self._changes.show()
        self._let(publish=False, again=True)
        if site is None:
            self._say("No site is open.")
            return
        self._home = site.home or site.folder
        self._say(f"{self._home} is being checked …")
        self._work.ask()
        self.publisher.start(self._home)

    def _take(self, said: SignIn | Proposal | Published | NotPublished) -> None:
        self._ask_account(asked=isinstance(said, SignIn))
        if isinstance(said, SignIn):
            self._say(f"{said.sentence}.")
        elif isinstance(said, Proposal):
            self._show(said)
        elif isinstance(said, Published):
            number = said.release.number
            told = "".join(f" {words}." for words in said.told)
            self._done(f"Release {number} is in force: {said.release.why}.{told}")
            self._why.clear()
            self._call_leaving("Close")
        else:
            self._list(said.problems)
            words = said.sentence
            self._done(f"{words[:1].upper()}{words[1:]}.")
            if said.problems:
                if self._changes.hasFocus():
                    self._problems.setFocus(Qt.FocusReason.OtherFocusReason)
                self._problems.setCurrentRow(0)
                self._changes.hide()

    def _ask_account(self, *, asked: bool) -> None:
        """Ask for an account of the database, or no more."""
        for field in (self._user, self._password):
            self._form.setRowVisible(field, asked)
        if asked and not self._user.text():
            self._user.setText(self._context.session.author.signature.account)
        if asked and self.isVisible():
            self._user.setFocus(Qt.FocusReason.OtherFocusReason)
            self._user.selectAll()

    def _sign_in(self) -> None:
        account = Account(self._user.text().strip(), self._password.text())
        self._password.clear()
        self._changes.setFocus(Qt.FocusReason.OtherFocusReason)
        self._ask_account(asked=False)
        self._say("The database is being asked …")
        self.publisher.answer(account)

    def _show(self, proposal: Proposal) -> None:
        self._proposal = proposal
        many = counted(len(proposal.changes), "change")
        of = f": {many}" if proposal.before else ", the first of this site"
        self._say(f"Release {proposal.number}{of}")
        self._changes.show_text(changes_words(proposal.changes))
        notes = [f"Note: {each}." for each in proposal.remarks]
        if proposal.tag:
            notes.append(f"Its tag in git: {proposal.tag}")
        self._notes.show_words("\n".join(notes))
        self._list(proposal.advice)
        self._let(publish=True, again=True)

    def _list(self, problems: Sequence[Problem]) -> None:
        self._problems.clear()
        for each in problems:
            item = QListWidgetItem(str(each).removeprefix(f"{self._home}/"))
            item.setData(Qt.ItemDataRole.UserRole, each)
            item.setToolTip(tip("Enter leads there"))
            self._problems.addItem(item)
        self._problems.setVisible(bool(problems))

    def _done(self, words: str) -> None:
        self._proposal, self._at_work = None, False
        self._say(words)
        self._let(publish=False, again=True)
        if not self.isVisible():
            self._context.say(words)

    def _go_to(self, item: QListWidgetItem) -> None:
        self.dismiss()
        self._show_place(item.data(Qt.ItemDataRole.UserRole))

    def _say(self, words: str) -> None:
        self._state.show_words(words)

    def _call_leaving(self, words: str) -> None:
        self._later.setText(f"{words}   Esc")
        self._later.setAccessibleName(words)

    def _let(self, *, publish: bool, again: bool = False) -> None:
        """Let it be published, or checked again."""
        self._publish.setEnabled(publish)
        self._again.setEnabled(again)

    def _lay_out(self) -> None:
        column = self.begin_column("Publish", _KEYS, _ABOUT)
        column.addWidget(self._state)
        column.addWidget(self._unsaved)
        column.addWidget(self._problems, 1)
        column.addWidget(self._changes, 2)
        column.addWidget(self._notes)
        for words, field in (
            ("Account", self._user),
            ("Password", self._password),
            ("Who", self._by),
            ("Why", self._why),
        ):
            self._form.addRow(words, field)
        column.addLayout(self._form)
        row = QHBoxLayout()
        row.addWidget(self._again)
        row.addStretch(1)
        row.addWidget(self._later)
        row.addWidget(self._publish)
        column.addLayout(row)
        self._problems.hide()
