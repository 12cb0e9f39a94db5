"""The one QApplication, with its log and its fonts."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

from dqmconsole.app.qt_messages import log_qt_messages
from dqmconsole.ui.fonts import load_fonts


def qt_application() -> QApplication:
    """The application of this process, made if there is none yet."""
    log_qt_messages()
    application = QApplication.instance() or QApplication(["dqmconsole"])
    assert isinstance(application, QApplication)
    application.setApplicationName("dqmconsole")
    load_fonts(application)
    return application
