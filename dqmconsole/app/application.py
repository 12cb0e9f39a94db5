"""The one QApplication, with its log and its fonts."""

from __future__ import annotations

import logging

from PySide6.QtCore import (
    QMessageLogContext,
    QObject,
    QTimer,
    QtMsgType,
    qInstallMessageHandler,
)
from PySide6.QtWidgets import QApplication

from dqmconsole.heap import EVERY, return_freed_memory
from dqmconsole.ui.fonts import load_fonts

_log = logging.getLogger("dqmconsole.qt")
_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}
# The offscreen platform has no window manager to pass hints to, and says so.
_NO_NEWS = "This plugin does not support propagateSizeHints"


def qt_application() -> QApplication:
    """The application of this process, made if there is none yet."""
    qInstallMessageHandler(_log_qt_message)
    application = QApplication.instance() or QApplication(["dqmconsole"])
    assert isinstance(application, QApplication)
    application.setApplicationName("dqmconsole")
    load_fonts(application)
    return application


def return_memory(owner: QObject) -> None:
    """Return freed memory to the system every minute, as long as `owner` lives."""
    timer = QTimer(owner)
    timer.timeout.connect(return_freed_memory)
    timer.start(round(EVERY * 1000))


def _log_qt_message(kind: QtMsgType, _context: QMessageLogContext, words: str) -> None:
    if not words.startswith(_NO_NEWS):
        _log.log(_LEVELS.get(kind, logging.WARNING), "%s", words)
