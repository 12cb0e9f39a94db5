"""The newest of the recorded runs, to check a site against."""

from __future__ import annotations

import os
from pathlib import Path

from dqmconsole.sources.names import parse_name

MAX_DEPTH = 4
MAX_FOLDERS = 5000  # an archive of years; what lies beyond is not looked at


def newest_recorded(folder: Path) -> Path | None:
    """The folder below `folder` that holds the newest run; None when none does.

    Only files of runs that are over count.
    """
    newest, found = 0, None
    top = str(folder)
    for looked, (at, folders, names) in enumerate(os.walk(top)):
        if looked >= MAX_FOLDERS:
            break
        depth = at.removeprefix(top).count(os.sep)
        folders[:] = sorted(folders, reverse=True) if depth < MAX_DEPTH else []
        for name in names:
            read = parse_name(name)
            if read is not None and read.final and read.run > newest:
                newest, found = read.run, Path(at)
    return found
