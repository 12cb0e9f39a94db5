"""The account of the database, asked for where the book wants one."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget


class SignIn(QWidget):
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
        for field in (self._user, self._password):
            row.addWidget(QLabel(field.accessibleName()))
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
