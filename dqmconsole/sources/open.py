"""From the text a person types to a source."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from dqmconsole.model.file_pattern import LUMISECTION, FilePattern, PatternError
from dqmconsole.model.message import EVIDENCE_SUFFIX
from dqmconsole.model.paths import NOBODY, is_of_nobody, with_home
from dqmconsole.model.site import ALL_SOURCES, streams_fed
from dqmconsole.site.bundle import is_bundle
from dqmconsole.site.nearest import nearest
from dqmconsole.site.site import read_settings_of, read_site
from dqmconsole.sources.combined import (
    CombinedSource,
    Stream,
    StreamMemory,
    StreamPlan,
)
from dqmconsole.sources.evidence import EvidenceFile
from dqmconsole.sources.folder import DqmFolder, Files, same_files
from dqmconsole.sources.names import DQM_NAMES, PatternNames, named_below
from dqmconsole.sources.one_file import SingleFile
from dqmconsole.sources.package import PackageSource, reader_named, scheme_names
from dqmconsole.sources.recorded import RECORDED, RecordedRun, recorded_path
from dqmconsole.sources.replay import open_replay
from dqmconsole.sources.source import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dqmconsole.model.layout import Layout
    from dqmconsole.model.site import ConditionPaths, SiteSettings, SourceSettings
    from dqmconsole.site.findings import Place
    from dqmconsole.sources.folder import ContentMemory
    from dqmconsole.sources.source import Source

REPLAY = "replay:"
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+):")
_LIKE = 0.8  # so like another name a folder that is not there is a typing error
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
    files: Files | None = None,
    awaited: bool = False,
) -> Source:
    """Open what a text names: a ROOT file, a folder, a bundle, a recording.

    Of recordings there are ``replay:FOLDER`` and ``recorded:FOLDER/RUN``; of what
    installed packages register ``NAME:REST`` (:mod:`dqmconsole.sources.package`). A
    folder whose files have names of their own is ``FOLDER//PATTERN``. Of
    ``all:MAIN``, the main one alone: what the streams are, the site knows
    (:func:`open_by_site`).

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
        files: of a folder, see :func:`files_of`.
        awaited: a folder that is not there yet is waited for.

    Raises:
        SourceError: it names nothing (says the nearest name there is), or a bundle
            that cannot be read.
    """
    text = text.removeprefix(ALL_SOURCES)
    if (point := reader_named(text)) is not None:
        return PackageSource(
            *(point, text, paths),
            opened=opened,
            recorded=recorded,
            memory=memory,
            unit=unit,
        )
    kind, path = _classify(text, awaited=awaited)
    if kind == "replay":
        return open_replay(path, speed=speed, paths=paths, unit=unit)
    if kind == "recorded":
        return RecordedRun(path)
    if kind == "folder":
        return DqmFolder(
            *(path, paths),
            opened=opened,
            recorded=recorded,
            memory=memory,
            unit=unit,
            files=files or _files_in(text),
        )
    if kind == "evidence":
        return EvidenceFile(path)
    names = DQM_NAMES if files is None else PatternNames(files.pattern)
    return SingleFile(path, paths, opened=opened, unit=unit, names=names)


def split_pattern(text: str) -> tuple[str, str]:
    """Folder and pattern of ``FOLDER//PATTERN``; of any other text it, and ""."""
    cut = text.find("//", 1)
    folder, pattern = text[:cut], text[cut + 2 :]
    if cut < 0 or folder.endswith(":") or not any(sign in pattern for sign in "{*|"):
        return text, ""
    return folder, pattern


def settings_of(
    text: str, settings: SiteSettings, home: Path
) -> tuple[int, SourceSettings] | None:
    """What a site says of a source, and which of its sources that is; or None.

    Args:
        text: the source: its folder, with or without its pattern, or a file in it.
        settings: of the site.
        home: folder of the site.
    """
    folder, pattern = split_pattern(text)
    wanted = _whole(Path(), folder)
    for index, each in enumerate(settings.sources):
        if _whole(home, each.folder) == wanted and pattern in ("", each.files):
            return index, each
    for index, each in enumerate(settings.sources if not pattern else ()):
        file = wanted.removeprefix(f"{_whole(home, each.folder)}/")
        if file != wanted and each.files and _pattern(each, settings).match(file):
            return index, each
    return None


def _pattern(source: SourceSettings, settings: SiteSettings) -> FilePattern:
    return FilePattern(source.files, settings.lumisection)


def _said_of_others(text: str, settings: SiteSettings) -> SourceSettings | None:
    """Of what is no source of a site: the one that has such files, or such names."""
    folder, pattern = split_pattern(text)
    named = [each for each in settings.sources if each.files]
    if pattern:
        same = [each for each in named if each.files == pattern] or named
        return same[0] if len({each.merge for each in same}) == 1 else None
    if not folder.endswith(".root"):
        return None
    found = (each for each in named if named_below(_pattern(each, settings), folder))
    return next(found, None)


def source_called(name: str, settings: SiteSettings, home: Path) -> str:
    """The text of a site's source by its name, of the main one by ""; else the name.

    With the main one come its streams, unless it is asked for by its name.
    """
    if not name:
        main, kind = settings.main_source, ALL_SOURCES if settings.streams else ""
        return "" if main is None else kind + _text_of(main, home)
    found = (each for each in settings.sources if name == each.name)
    return next((_text_of(each, home) for each in found), name)


def _text_of(source: SourceSettings, home: Path) -> str:
    folder = _whole(home, source.folder)
    return f"{folder}//{source.files}" if source.files else folder


def opened_alone(text: str, settings: SiteSettings, home: Path) -> bool:
    """Tell whether a text is that of a main source which is opened without streams."""
    found = settings_of(text, settings, home) if settings.streams else None
    return found is not None and found[1] is settings.main_source


class SiteSays(NamedTuple):
    """All of a site that says something of its sources.

    Attributes:
        settings, layouts: of the site.
        home: its folder.
        places: where its parts are written.
    """

    settings: SiteSettings
    layouts: Sequence[Layout]
    home: Path
    places: Mapping[str, Place]


def streams_of(text: str, site: SiteSays) -> tuple[StreamPlan, ...]:
    """The streams that are opened with a source; none, unless it is ``all:MAIN``."""
    if not text.startswith(ALL_SOURCES):
        return ()
    settings, layouts, home, places = site
    found = []
    for each, subsystems, _ in streams_fed(settings, layouts):
        whole = _text_of(each, home)
        if subsystems and whole != text.removeprefix(ALL_SOURCES):
            files = files_of(whole, settings, home, places)
            found.append(StreamPlan(each.called, whole, files, subsystems))
    return tuple(found)


def is_read_otherwise(
    source: Source, text: str, site: SiteSays, *, broken: bool
) -> bool:
    """Tell whether a site says other things of an open source than it did.

    Args:
        source: the source.
        text: its text.
        site: what the site says.
        broken: what ``site.yaml`` does not say may be left out for its errors.
    """
    if isinstance(source, CombinedSource):
        wanted = streams_of(text, site)
        plans = [each.plan for each in source.streams]
        if broken and len(wanted) < len(plans):
            return False
        if [_without_place(e) for e in plans] != [_without_place(e) for e in wanted]:
            return True
        source, text = source.main, text.removeprefix(ALL_SOURCES)
    if not isinstance(source, DqmFolder):
        return False
    files = files_of(text, site.settings, site.home, site.places)
    return not (files is None and broken) and not same_files(files, source.files)


def _without_place(plan: StreamPlan) -> tuple[object, ...]:
    files = plan.files and (plan.files.pattern.text, plan.files.merge)
    return (plan.name, plan.text, plan.subsystems, files)


def open_by_site(
    text: str,
    site: SiteSays,
    *,
    speed: float = 1.0,
    opened: float | None = None,
    recorded: bool = False,
    memory: ContentMemory | None = None,
    awaited: bool = False,
    ended: bool = False,
) -> Source:
    """Open a source as a site says it; ``all:MAIN`` with its streams.

    Args:
        text: the source, as of :func:`open_source`.
        site: what the site says.
        speed: as of :func:`open_source`, as are the next four.
        opened: see there.
        recorded: see there.
        memory: see there.
        awaited: of the main source. A stream that is not there is always waited for.
        ended: of a replay, what it ends with.

    Raises:
        SourceError: it names nothing, or cannot be read; a stream is no reason.
    """
    plans, settings = streams_of(text, site), site.settings
    main = text.removeprefix(ALL_SOURCES)

    def opener(plan: StreamPlan) -> Callable[[], Source]:
        kept = None if memory is None else StreamMemory(memory, plan.text)
        return lambda: open_source(
            plan.text,
            paths=settings.conditions,
            opened=opened,
            recorded=recorded,
            memory=kept,
            unit=settings.unit,
            files=plan.files,
            awaited=True,
        )

    source = open_source(
        main.removeprefix(REPLAY) if ended else main,
        speed=speed,
        paths=settings.conditions,
        opened=opened,
        recorded=recorded,
        memory=memory,
        unit=settings.unit,
        files=files_of(main, settings, site.home, site.places),
        awaited=awaited,
    )
    if not text.startswith(ALL_SOURCES):
        return source
    return CombinedSource(source, [Stream(plan, opener(plan)) for plan in plans])


def open_named(text: str, home: Path, *, recorded: bool = False) -> Source:
    """Open a source by what the files of a site say now; of a replay what it ends with.

    Args:
        text: the source, as of :func:`open_by_site`.
        home: folder of the site; of it no more is read than is needed.
        recorded: as of :func:`open_source`.

    Raises:
        SourceError: as :func:`open_by_site`.
    """
    read = read_settings_of(home)
    layouts = read_site(home).layouts if text.startswith(ALL_SOURCES) else ()
    return open_by_site(
        text,
        SiteSays(read.settings, layouts, home, read.places),
        recorded=recorded,
        ended=True,
    )


def files_of(
    text: str,
    settings: SiteSettings,
    home: Path,
    places: Mapping[str, Place],
) -> Files | None:
    """The names of a source's files, as the source or else the site says them.

    Args:
        text: the source.
        settings: of the site.
        home: folder of the site.
        places: where its parts are written.

    Raises:
        SourceError: the source's pattern is none.
    """
    word = settings.lumisection
    found = settings_of(text, settings, home)
    if found is None or not found[1].files:
        files, like = _files_in(text, word), _said_of_others(text, settings)
        if like is None:
            return files
        pattern = _pattern(like, settings) if files is None else files.pattern
        return Files(pattern, like.merge)
    place = places.get(f"sources[{found[0]}]")
    where = "" if place is None else f"{place.file}:{place.line}"
    return Files(FilePattern(found[1].files, word), found[1].merge, where)


def _files_in(text: str, word: str = LUMISECTION) -> Files | None:
    pattern = split_pattern(text)[1]
    if not pattern:
        return None
    try:
        return Files(FilePattern(pattern, word))
    except PatternError as error:
        message = f"{text}: {error}"
        raise SourceError(message) from error


def _whole(home: Path, folder: str) -> str:
    """A folder in full, or what else can be opened as it is written."""
    elsewhere = folder.startswith((REPLAY, RECORDED)) or "://" in folder
    if elsewhere or folder.partition(":")[0] in scheme_names():
        return folder
    if is_of_nobody(folder):  # it is said when it is opened
        return folder
    return os.path.abspath(home / with_home(folder))  # noqa: PTH100 - no link is followed


def settle(source: Source, patience: float) -> None:
    """Poll a source until all that is there was seen, or for so many seconds."""
    until = time.monotonic() + patience
    while source.poll(time.time()) or not source.ready:
        if time.monotonic() > until:
            break
        if not source.ready:
            time.sleep(0.01)  # a child process is listing the folder


def check_source(text: str, *, awaited: bool = False) -> None:
    """See that a text names a source, without opening it.

    Args:
        text: the text.
        awaited: a folder that is not there yet is one, too.

    Raises:
        SourceError: it names nothing; says the nearest name there is.
    """
    text = text.removeprefix(ALL_SOURCES)
    if reader_named(text) is None:
        _classify(text, awaited=awaited)


def _classify(
    text: str,
    *,
    awaited: bool = False,
) -> tuple[Literal["replay", "recorded", "folder", "evidence", "file"], Path]:
    if text.startswith(REPLAY):
        path = path_of_text(text.removeprefix(REPLAY), text)
        mode = _mode(path)
        if mode is not None and not stat.S_ISDIR(mode):
            raise SourceError(_not_there(text, path, mode, "a folder to replay"))
        return "replay", path
    if text.startswith(RECORDED):
        path = path_of_text(text.removeprefix(RECORDED), text)
        if _mode(path.parent) is None:
            message = f"{text}: {path.parent} does not answer"
            raise SourceError(message)
        return "recorded", recorded_path(str(path))
    if "://" in text:
        scheme = text.partition("://")[0]
        message = (
            f"{text}: sources of the kind {scheme}:// cannot be opened; there are "
            "file.root, a folder, replay:FOLDER, recorded:RUN, file.dqmevidence"
            + "".join(f", {each}:…" for each in scheme_names())
        )
        raise SourceError(message)
    folder, pattern = split_pattern(text)
    path = path_of_text(folder, text)
    mode = _mode(path)
    if mode is None or stat.S_ISDIR(mode):
        return "folder", path
    if awaited and not mode and _may_come(folder, path):
        return "folder", path
    if pattern:
        raise SourceError(_not_there(folder, path, mode, "a folder"))
    if stat.S_ISREG(mode):
        return "evidence" if is_bundle(path) else "file", path
    raise SourceError(_not_there(text, path, mode, "a ROOT file or a folder"))


def _may_come(text: str, path: Path) -> bool:
    """Tell whether a folder may be meant that is yet to be made, and no other name."""
    if "/" not in text:
        return False  # a source of the site, by its name
    try:
        names = os.listdir(path.parent)  # noqa: PTH208 - only names are wanted
    except OSError:
        return False
    of_file = path.suffix in (".root", EVIDENCE_SUFFIX)
    meant = nearest(path.name, sorted(names), _LIKE) is not None
    return path.name not in names and not of_file and (text.endswith("/") or not meant)


def path_of_text(text: str, whole: str) -> Path:
    """The path that a text means, with a user's home folder in place of "~".

    Args:
        text: the path as a person wrote it.
        whole: all that was written, for messages.

    Raises:
        SourceError: no file can have that name, or there is no such user.
    """
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
    if is_of_nobody(text):
        message = f"{whole}: {NOBODY}"
        raise SourceError(message)
    return with_home(text)


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
    hint = ""
    if scheme := _SCHEME.match(text):
        schemes = scheme_names()
        hint = f", and no installed package registers a source {scheme[1]}"
        hint += f" (there are: {', '.join(schemes)})" if schemes else ""
    try:
        names = os.listdir(path.parent)  # noqa: PTH208 - only names are wanted
    except OSError as error:
        return f"{text}: {os.strerror(error.errno or 0)}: {path.parent}{hint}"
    if path.name in names:
        return f"{text}: a link that leads nowhere, or into a folder closed to you"
    if near := nearest(path.name, sorted(names), 0.5):
        hint = f"; did you mean {path.parent / near}?"
    return f"{text}: there is no such file or folder{hint}"
