"""Who takes the shift: name, shift leader, and the account where one is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)

from dqmconsole.shift import reading
from dqmconsole.shift.sounding import held_elsewhere
from dqmconsole.shift.words import shift_words
from dqmconsole.ui.start.card import Card, key_button, words_label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QKeyEvent

    from dqmconsole.shift.session import ShiftSession


class NameField(QLineEdit):
    """A field for a name; Up and Down go through the names the book knows.

    Attributes:
        names: those names, the newest first.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.names: Sequence[str] = ()
        self.setAccessibleName(name)
        self.setMaxLength(80)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go through the names, or type."""
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        if step is None or not self.names:
            super().keyPressEvent(event)
            return
        here = self.text()
        if here in self.names:
            at = (self.names.index(here) + step) % len(self.names)
        else:
            near = near_name(here, self.names)
            at = self.names.index(near) if near else 0
        self.setText(self.names[at])


def near_name(typed: str, names: Sequence[str]) -> str:
    """The newest name that begins with what was typed, case ignored; or ""."""
    begun = " ".join(typed.split()).casefold()
    found = (each for each in names if each.casefold().startswith(begun))
    return next(found, "") if begun else ""


class SignInLine(QWidget):
    """A line with account, password and a button; the password is kept nowhere.

    Signals:
        wanted: account and password of whoever signs in.
    """

    wanted = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "clear")
        self._user, self._password = QLineEdit(), QLineEdit()
        self._user.setAccessibleName("Database account")
        self._password.setAccessibleName("Password")
        self._password.setEchoMode(QLineEdit.EchoMode.Password)
        self._password.setPlaceholderText("kept nowhere")
        button = QPushButton("Sign in")
        button.setAccessibleName("Sign in")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for words, field in (("Account", self._user), ("Password", self._password)):
            row.addWidget(QLabel(words))
            row.addWidget(field, 1)
        row.addWidget(button)
        self._user.returnPressed.connect(self._password.setFocus)
        self._password.returnPressed.connect(self._sign_in)
        button.clicked.connect(self._sign_in)

    def _sign_in(self) -> None:
        user, password = self._user.text().strip(), self._password.text()
        self._password.clear()
        if user:
            self.wanted.emit(user, password)
        else:
            self._user.setFocus()


class WhoCard(Card):
    """Name, shift leader, and the database's account where the book asks for one.

    Args:
        session: the shift.

    Signals:
        named: another name stands in the field.
        people_wanted: somebody asks who is who.
    """

    named = Signal()
    people_wanted = Signal()

    def __init__(self, session: ShiftSession) -> None:
        super().__init__(1, "Who has the shift")
        self._session = session
        self.name = NameField("Your name")
        self.leader = NameField("Shift leader")
        self.name.setPlaceholderText("every record carries it")
        self.leader.setPlaceholderText("who leads this shift")
        self._hint = words_label("About the name", "muted")
        self._account = words_label("Account", "muted")
        self._has = words_label("You have the shift")
        self._accounts = SignInLine()
        self._book = words_label("Book", "muted")
        self._fields = QWidget()
        self._fields.setProperty("role", "clear")
        self._people = key_button(
            "Who is who in the control room", "Shift+F1", self.people_wanted.emit
        )
        self._lay_out()
        self.name.textChanged.connect(self.named)
        self.name.returnPressed.connect(self.leader.setFocus)
        self._accounts.wanted.connect(self._sign_in)

    @property
    def who(self) -> str:
        """The name, as the book would know it."""
        return " ".join(self.name.text().split())

    def show_session(self) -> None:
        """Show who has the shift, or ask who takes it."""
        session = self._session
        shift = session.shift
        self._fields.setVisible(shift is None)
        self._has.setVisible(shift is not None)
        if shift is not None:
            said = [f"You have the shift: {shift_words(shift)}."]
            others = [each for each in session.open_shifts if each.uid != shift.uid]
            said += [f"Not ended either: {shift_words(each)}." for each in others]
            if others:
                holder = held_elsewhere(session)
                where = "here" if holder is None else f"at {holder.who}’s console"
                said.append(f"Alarms sound {where}.")
            self._has.setText("\n".join(said))
        names = reading.people(session.logbook)
        self.name.names = names
        hint = self._name_words(names) if shift is None else ""
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        writing, site = session.author.signature, session.site
        permissions = "The permissions stand in site.yaml."
        if session.book.role:
            permissions = "The database gives this role."
        self._account.setText(
            f"Account {writing.account or 'unknown'}: {writing.role}. {permissions}"
        )
        database = site.settings.database if site is not None else ""
        asks = session.book.asks or database.startswith("postgresql")
        self._accounts.setVisible(asks)
        sentence = session.book.sentence
        self._book.setText(f"The book: {sentence}")
        self._book.setVisible(bool(sentence) and (asks or session.book.word != "ready"))

    def _sign_in(self, user: str, password: str) -> None:
        self._session.sign_in(user, password)
        self.show_session()
        if self._session.shift is None:
            (self.leader if self.who else self.name).setFocus()

    def _name_words(self, names: Sequence[str]) -> str:
        who = self.who
        if not who:
            some = ", ".join(names[:4])
            return f"The book knows {some} (Down)." if some else ""
        if who in names:
            return "The book knows this name."
        near = near_name(who, names)
        if near:
            return f"Not known by this name; “{near}” is (Down)."
        return "This name is new to the book." if names else ""

    def _lay_out(self) -> None:
        grid = QGridLayout(self._fields)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        for place, field in enumerate((self.name, self.leader)):
            label = QLabel(field.accessibleName())
            label.setBuddy(field)
            grid.addWidget(label, 0, place)
            grid.addWidget(field, 1, place)
            grid.setColumnStretch(place, 1)
        for widget in (
            self._fields,
            self._has,
            self._hint,
            self._account,
            self._accounts,
            self._book,
        ):
            self.column.addWidget(widget)
        self.column.addWidget(self._people, 0, Qt.AlignmentFlag.AlignLeft)
        self.column.addStretch(1)
