"""The replay of recorded runs: a folder whose snapshots were kept, played again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.site import ConditionPaths
from dqmconsole.rootio.dqmfile import DqmFile
from dqmconsole.rootio.errors import RootFileError
from dqmconsole.sources.errors import SourceError
from dqmconsole.sources.folder import DqmFolder
from dqmconsole.sources.open_files import read_progress
from dqmconsole.sources.recording import Recording
from dqmconsole.sources.scanner import ChildScanner

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dqmconsole.sources.scanner import Scanner
    from dqmconsole.sources.snapshots import Snapshot

BANNER = "REPLAY"


def open_replay(
    root: Path,
    *,
    speed: float = 1.0,
    paths: ConditionPaths | None = None,
    scanner: Scanner | None = None,
    opener: Callable[[Path], DqmFile] = DqmFile,
) -> DqmFolder:
    """Play the runs recorded in a folder, from now on.

    Times of files and contents are turned into the replay's, so that ages are
    right; gaps of more than ten minutes are shortened to that.

    Args:
        root: the folder: snapshots and final files of one or more runs.
        speed: seconds of recording in a second, above 0.
        paths: where a file says how far it has come.
        scanner: lists the folder; a child process by default.
        opener: opens a file.

    Raises:
        SourceError: the speed is not above 0.
    """
    if not speed > 0:
        message = f"a replay needs a speed above 0, not {speed:g}"
        raise SourceError(message)
    places = paths or ConditionPaths()

    def read_time(snapshot: Snapshot) -> float | None:
        try:
            file = opener(root / snapshot.file)
        except (RootFileError, OSError):
            return None
        try:
            top = file.folder("")
            tops = sorted(top.folders) if top is not None else []
            return read_progress(file, tops, places).timestamp
        except RootFileError:
            return None
        finally:
            file.close()

    recording = Recording(scanner or ChildScanner(root), read_time, speed)
    return DqmFolder(
        root,
        places,
        name=f"replay:{root}",
        banner=BANNER,
        scanner=recording,
        opener=opener,
        retime=recording.played,
        recorded=True,
    )
