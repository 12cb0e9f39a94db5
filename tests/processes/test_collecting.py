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


def test_garbage_is_collected_once_the_window_stands() -> None:
    found = subprocess.run(
        [sys.executable, "-c", CONSOLE],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert found.stdout.split("\n")[0] == "0 [(True, True)] True 0"
