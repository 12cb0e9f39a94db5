"""Who signs: the fields for a mentor's name and account, and what an account is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFormLayout, QLineEdit, QWidget

from dqmconsole.training.mentors import account_words
from dqmconsole.ui.labels import PlainLabel

if TYPE_CHECKING:
    from dqmconsole.model.site import Site


class MentorFields(QWidget):
    """Name and account of a mentor, and under them what the account is.

    Args:
        site: where they sign; None while that is not known.

    Signals:
        entered: Return was pressed in the last of them.
    """

    entered = Signal()

    def __init__(self, site: Site | None = None) -> None:
        super().__init__()
        self.setProperty("role", "clear")
        self._name, self._account = QLineEdit(), QLineEdit()
        form = QFormLayout(self)
        form.setContentsMargins(0, 4, 0, 4)
        form.setHorizontalSpacing(18)
        for field, name in (
            (self._name, "Name of the mentor"),
            (self._account, "Account of the mentor"),
        ):
            field.setAccessibleName(name)
            field.setFixedWidth(280)
            form.addRow(name, field)
        words = "" if site is None else account_words(site)
        form.addRow(PlainLabel("What the account is", role="muted", words=words))
        self._name.returnPressed.connect(self._account.setFocus)
        self._account.returnPressed.connect(self.entered)

    @property
    def mentor(self) -> str:
        """The name that was said."""
        return " ".join(self._name.text().split())

    @property
    def account(self) -> str:
        """The account that was said."""
        return self._account.text().strip()
