"""Qt's own messages go where all others go: to the log."""

from __future__ import annotations

import logging

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

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


def log_qt_messages() -> None:
    """Send what Qt says to the log from now on."""
    qInstallMessageHandler(_handle)


def _handle(kind: QtMsgType, _context: QMessageLogContext, words: str) -> None:
    if not words.startswith(_NO_NEWS):
        _log.log(_LEVELS.get(kind, logging.WARNING), "%s", words)
