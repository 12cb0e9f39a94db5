"""From the text a person types to a source."""

from __future__ import annotations

import os
import stat
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from dqmconsole.site.bundle import is_bundle
from dqmconsole.site.nearest import nearest
from dqmconsole.sources.evidence import EvidenceFile
from dqmconsole.sources.folder import DqmFolder
from dqmconsole.sources.one_file import SingleFile
from dqmconsole.sources.recorded import RECORDED, RecordedRun, recorded_path
from dqmconsole.sources.replay import open_replay
from dqmconsole.sources.source import SourceError

if TYPE_CHECKING:
    from dqmconsole.model.site import ConditionPaths
    from dqmconsole.sources.folder import ContentMemory
    from dqmconsole.sources.source import Source

REPLAY = "replay:"
_PATIENCE = 3.0  # seconds a mount is given to say whether a path is a folder


def open_source(
    text: str,
    *,
    speed: float = 1.0,
    paths: ConditionPaths | None = None,
    opened: float | None = None,
    recorded: bool = False,
    memory: ContentMemory | None = None,
    unit: str = "LS",
) -> Source:
    """Open what a text names: a ROOT file, a folder, a bundle, a recording.

    Of recordings there are ``replay:FOLDER`` and ``recorded:FOLDER/RUN``.

    Nothing is read yet: that is for the first :meth:`Source.poll`. Only an evidence
    bundle is read at once and whole. A folder on a mount that does not answer is
    opened all the same; it says so itself.

    Args:
        text: the text.
        speed: of a replay, seconds of recording in a second.
        paths: where files say how far they have come.
        opened: when the console opened it, unix time, s; now when left out. What
            was old then is a recording.
        recorded: what a folder holds is judged as it is, be it seen to move or not.
        memory: what is kept of the content of a folder's clients across restarts.
        unit: what stands before the number of a lumisection.

    Raises:
        SourceError: it names nothing (says the nearest name there is), or a bundle
            that cannot be read.
    """
    kind, path = _classify(text)
    if kind == "replay":
        return open_replay(path, speed=speed, paths=paths, unit=unit)
    if kind == "recorded":
        return RecordedRun(path)
    if kind == "folder":
        return DqmFolder(
            path, paths, opened=opened, recorded=recorded, memory=memory, unit=unit
        )
    if kind == "evidence":
        return EvidenceFile(path)
    return SingleFile(path, paths, opened=opened, unit=unit)


def settle(source: Source, patience: float) -> None:
    """Poll a source until all that is there was seen, or for so many seconds."""
    until = time.monotonic() + patience
    while source.poll(time.time()) or not source.ready:
        if time.monotonic() > until:
            break
        if not source.ready:
            time.sleep(0.01)  # a child process is listing the folder


def check_source(text: str) -> None:
    """See that a text names a source, without opening it.

    Raises:
        SourceError: it names nothing; says the nearest name there is.
    """
    _classify(text)


def _classify(
    text: str,
) -> tuple[Literal["replay", "recorded", "folder", "evidence", "file"], Path]:
    if text.startswith(REPLAY):
        path = _path(text.removeprefix(REPLAY), text)
        mode = _mode(path)
        if mode is not None and not stat.S_ISDIR(mode):
            raise SourceError(_not_there(text, path, mode, "a folder to replay"))
        return "replay", path
    if text.startswith(RECORDED):
        path = _path(text.removeprefix(RECORDED), text)
        if _mode(path.parent) is None:
            message = f"{text}: {path.parent} does not answer"
            raise SourceError(message)
        return "recorded", recorded_path(str(path))
    if "://" in text:
        scheme = text.partition("://")[0]
        message = (
            f"{text}: sources of the kind {scheme}:// cannot be opened; there are "
            "file.root, a folder, replay:FOLDER, recorded:RUN, file.dqmevidence"
        )
        raise SourceError(message)
    path = _path(text, text)
    mode = _mode(path)
    if mode is None or stat.S_ISDIR(mode):
        return "folder", path
    if stat.S_ISREG(mode):
        return "evidence" if is_bundle(path) else "file", path
    raise SourceError(_not_there(text, path, mode, "a ROOT file or a folder"))


def _path(text: str, whole: str) -> Path:
    if not text.strip():
        message = f"{whole!r} names no source: give file.root, a folder, replay:FOLDER"
        raise SourceError(message)
    if not text.isprintable() and any("\ud800" <= sign <= "\udfff" for sign in text):
        shown = text.encode("utf-8", "backslashreplace").decode()
        message = f"{shown}: a path that is not UTF-8; give it another name, or a link"
        raise SourceError(message)
    if "\0" in text:
        message = f"{whole!r} is no path"
        raise SourceError(message)
    return Path(text).expanduser()


def _mode(path: Path) -> int | None:
    """The mode of a path, 0 when it is not there, None when its mount is silent.

    Asked by a child, for on a dead mount ``stat`` never returns.
    """
    try:
        child = subprocess.Popen(
            ["stat", "--dereference", "--format=%f", "--", str(path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except FileNotFoundError:  # no coreutils: then without the precaution
        return path.stat().st_mode if path.exists() else 0
    assert child.stdout is not None
    try:
        child.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.stdout.close()
        _bury(child)
        return None
    with child.stdout:
        answer = child.stdout.read().strip()
    return int(answer, 16) if answer else 0


def _bury(child: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 0.2
    while child.poll() is None and time.monotonic() < until:
        time.sleep(0.01)


def _not_there(text: str, path: Path, mode: int, wanted: str) -> str:
    if mode:
        return f"{text} is not {wanted}"
    try:
        names = os.listdir(path.parent)  # noqa: PTH208 - only names are wanted
    except OSError as error:
        return f"{text}: {os.strerror(error.errno or 0)}: {path.parent}"
    if path.name in names:
        return f"{text}: a link that leads nowhere, or into a folder closed to you"
    near = nearest(path.name, sorted(names), 0.5)
    hint = f"; did you mean {path.parent / near}?" if near else ""
    return f"{text}: there is no such file or folder{hint}"
