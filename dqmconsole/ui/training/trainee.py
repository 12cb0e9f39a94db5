"""Who learns at this console, and how the record of it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal

from dqmconsole.training.course import people
from dqmconsole.ui.guidance.labels import set_role
from dqmconsole.ui.start.card import Card, words_label
from dqmconsole.ui.start.sign_in import SignIn
from dqmconsole.ui.start.who import NameField, near_name
from dqmconsole.ui.training.exam_words import sentence
from dqmconsole.ui.training.words import ledger_words

if TYPE_CHECKING:
    from dqmconsole.training.trainer import Trainer

TWO_PEOPLE = "Two people at this console are two names, and two records."


class TraineeCard(Card):
    """A field for the name, how the book is, and its account where it asks for one.

    Args:
        trainer: keeps the name and the ledger.

    Signals:
        named: another name stands in the field.
        entered: Return was pressed in the field of the name.
    """

    named = Signal()
    entered = Signal()

    def __init__(self, trainer: Trainer) -> None:
        super().__init__(1, "Who are you")
        self._trainer = trainer
        self.name = NameField("Your name")
        self.name.setPlaceholderText("your progress is kept under it")
        self._hint = words_label("About the name", "muted")
        self._ledger = words_label("Where your progress is kept", "muted")
        self._accounts = SignIn()
        for widget in (self.name, self._hint, self._ledger, self._accounts):
            self.column.addWidget(widget)
        self.name.textChanged.connect(lambda _text: self.named.emit())
        self.name.returnPressed.connect(self.entered)
        self._accounts.wanted.connect(self._sign_in)

    @property
    def who(self) -> str:
        """The name as the book would know it."""
        return " ".join(self.name.text().split())

    def focus_first(self) -> None:
        """Give the name the keyboard."""
        self.name.setFocus(Qt.FocusReason.OtherFocusReason)
        self.name.selectAll()

    def _sign_in(self, user: str, password: str) -> None:
        self._trainer.sign_in(user, password)
        self.focus_first()

    def show_ledger(self) -> None:
        """Show who is known, and how the record is kept."""
        ledger = self._trainer.ledger
        names = people(ledger.records)
        self.name.names = names
        self._hint.setText(_name_words(self.who, names))
        words, worry = ledger_words(ledger.state, self.who)
        refused = f" {sentence(ledger.refused)}" if ledger.refused else ""
        self._ledger.setText(words + refused)
        set_role(self._ledger, "warning" if worry or refused else "muted")
        self._accounts.setVisible(ledger.state.asks)


def _name_words(who: str, names: tuple[str, ...]) -> str:
    if not who:
        known = f"Known here: {', '.join(names[:4])} (Down). " if names else ""
        return f"{known}{TWO_PEOPLE}"
    if who in names:
        return "Known: the course goes on where you stopped."
    near = near_name(who, names)
    if near:
        return f"Not known by this name; “{near}” is (Down)."
    return f"A new name: a new record. {TWO_PEOPLE if not names else ''}".strip()
