"""The tutorial, begun from a console: in another window, so that this stays live."""

from __future__ import annotations

import subprocess
import sys


class Tutorials:
    """The tutorials that one console began; they outlive it.

    Args:
        site: folder of the site, "" for the bundled one.
    """

    def __init__(self, site: str) -> None:
        self._site = site
        self._begun: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Open the tutorial in another window.

        Raises:
            OSError: it cannot be started.
        """
        command = [sys.executable, "-m", "dqmconsole", "tutorial"]
        if self._site:
            command += ["--site", self._site]
        self._begun = [each for each in self._begun if each.poll() is None]
        self._begun.append(
            subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
        )
