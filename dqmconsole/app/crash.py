"""The crash report: what went wrong in the program itself, kept in a file."""

from __future__ import annotations

import datetime
import logging
import platform
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from dqmconsole import __version__
from dqmconsole.model.escape import escaped

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

_log = logging.getLogger(__name__)
AGAIN_AFTER = 60.0  # s until the same trouble at the same line is reported again
KEPT = 20  # reports; older ones are removed


def report_folder() -> Path:
    """Where the reports are kept."""
    return Path(platformdirs.user_state_dir("dqmconsole")) / "crashes"


def install(tell: Callable[[str], None]) -> None:
    """Write a report for every exception nobody handled, and tell where it is.

    Qt calls the hook for an exception in a slot and goes on; so does the console.

    What goes wrong again and again (at every repaint) is reported once a minute.

    Args:
        tell: is given one sentence that names the report.
    """
    reported: dict[str, float] = {}

    def hook(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        now = time.monotonic()
        place = traceback.format_tb(trace)[-1:]
        what = "".join([kind.__name__, *place])
        if now - reported.get(what, -AGAIN_AFTER) < AGAIN_AFTER:
            return
        reported[what] = now
        text = "".join(traceback.format_exception(kind, error, trace))
        sys.stderr.write(escaped(text))
        tell(f"{kind.__name__}: {error}. {write_report(text)}")

    sys.excepthook = hook


def write_report(text: str) -> str:
    """Write a report; a sentence that says where it is, or why it is nowhere."""
    now = datetime.datetime.now(tz=datetime.UTC)
    path = report_folder() / f"{now:%Y%m%d-%H%M%S-%f}.txt"
    head = (
        f"dqmconsole {__version__}, Python {platform.python_version()}, "
        f"{platform.platform()}\n{now.isoformat()}\n\n"
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(head + text, encoding="utf-8")
        for old in sorted(path.parent.glob("*.txt"))[:-KEPT]:
            old.unlink()
    except OSError as error:
        _log.warning("no crash report: %s", error)
        return f"The report could not be written: {error}"
    return f"The report is {path}"
