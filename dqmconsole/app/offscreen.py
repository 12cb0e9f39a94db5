"""A window, or the same window offscreen where there is no display."""

from __future__ import annotations

import os

import click

from dqmconsole.app.display import DisplayError, why_no_window
from dqmconsole.app.output import say

WITHOUT_DISPLAY = 15.0  # s, when --seconds is left out
OFFSCREEN_SIZE = (1920, 1080)


def window_or_offscreen() -> bool:
    """Choose Qt's platform; True when there is no display, said in one line.

    Raises:
        click.ClickException: Qt cannot even draw without a window.
    """
    try:
        reason = why_no_window()
    except DisplayError as error:
        raise click.ClickException(str(error)) from error
    if not reason:
        return False
    say(f"No window here: {reason}. The same window runs offscreen.", err=True)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    return True
