"""While a console starts, Python looks for no garbage; from then on it does."""

from __future__ import annotations

import subprocess
import sys

CONSOLE = """
import gc
from dqmconsole.app.console import ConsoleOptions, show_console
seen = []
code = show_console(
    ConsoleOptions(seconds=1.0, remember=False),
    at_end=lambda _client: seen.append((gc.isenabled(), gc.get_freeze_count() > 0)),
)
print(code, seen, gc.isenabled(), gc.get_freeze_count())
"""

NO_CONSOLE = """
import gc
from dqmconsole.app import console

def broken(*_arguments):
    raise RuntimeError(gc.isenabled())

console.engine_client = broken
try:
    console.show_console(console.ConsoleOptions())
except RuntimeError as error:
    print(error, gc.isenabled())
"""


def said(script: str) -> str:
    found = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return found.stdout.split("\n")[0]


def test_garbage_is_collected_once_the_window_stands() -> None:
    assert said(CONSOLE) == "0 [(True, True)] True 0"


def test_garbage_is_collected_where_no_console_could_be_made() -> None:
    assert said(NO_CONSOLE) == "False True"
