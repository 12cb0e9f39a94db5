"""Text for a terminal: control characters that it holds are shown, never obeyed."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

# JSON holds none of the first kind, and understands what stands for the second:
# what is valid JSON stays valid and means the same.
_C0 = {code: f"\\x{code:02x}" for code in range(0x20)}
_OTHERS = {
    code: f"\\u{code:04x}"
    for code in (
        *range(0x7F, 0xA0),
        *range(0x200E, 0x2010),  # marks, embeddings and isolates of direction
        *range(0x2028, 0x202F),
        *range(0x2066, 0x206A),
        *range(0xD800, 0xE000),  # what is left of bytes that are not UTF-8
    )
}
_ONE_LINE = _C0 | {0x09: "\\t", 0x0A: "\\n", 0x0D: "\\r"} | _OTHERS
_LINES = {code: text for code, text in _ONE_LINE.items() if code not in (0x09, 0x0A)}


def escaped(text: str, *, lines: bool = True) -> str:
    r"""A text with its control characters as ``\x1b`` and the like.

    Args:
        text: the text.
        lines: newlines and tabs stay what they are.
    """
    return text.translate(_LINES if lines else _ONE_LINE)


class EscapingFormatter(logging.Formatter):
    """Log lines with their control characters escaped; tracebacks keep their lines."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, or lines where there is a traceback."""
        return escaped(super().format(record))


def log_to_stderr(level: int, form: str) -> None:
    """Send the log of this process to stderr, unless it goes somewhere already.

    Args:
        level: the least level that is told.
        form: as for :class:`logging.Formatter`.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(EscapingFormatter(form))
    logging.basicConfig(level=level, handlers=[handler])


def escape_tracebacks() -> None:
    """Print what nobody caught with its control characters escaped, from now on."""

    def hook(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        text = "".join(traceback.format_exception(kind, error, trace))
        sys.stderr.write(escaped(text))

    def hook_of_threads(found: threading.ExceptHookArgs) -> None:
        if found.exc_value is not None and found.exc_type is not SystemExit:
            hook(found.exc_type, found.exc_value, found.exc_traceback)

    sys.excepthook = hook
    threading.excepthook = hook_of_threads
