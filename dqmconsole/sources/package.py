"""Sources that installed packages register, each read in a process of its own.

A package names a class of the form of :class:`Reader` as an entry point of
``dqmconsole.sources``, under the word that stands before the colon::

    [project.entry-points."dqmconsole.sources"]
    myscheme = "my_experiment.sources:Reader"

Then ``dqmconsole open myscheme:REST`` shows what ``Reader("REST").read()`` gives, again
and again. The class runs in a child process, which writes each update as a ROOT file
into a folder that is thrown away; the engine reads that as it reads any folder. So
whatever the class does, nobody waits for it, and all that is known of folders holds:
runs, ages, restarts, content that stands still. One that raises is asked again; one
that hangs is ended after :data:`LONGEST` and begun again. Both are said, and so is what
cannot be written. The process is :mod:`dqmconsole.sources.package_process`.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from dqmconsole import plugins
from dqmconsole.plugins import SOURCES, Unusable, imported, package_of
from dqmconsole.sources.folder import DqmFolder, source_problem
from dqmconsole.sources.names import DqmNames
from dqmconsole.sources.scan import FolderListing, Scan
from dqmconsole.sources.source import SourceError

if TYPE_CHECKING:
    from collections.abc import Collection
    from importlib.metadata import EntryPoint

    from dqmconsole.model.problem import Problem
    from dqmconsole.model.site import ConditionPaths
    from dqmconsole.sources.folder import ContentMemory

REFUSED = 86  # exit code of a process that said why it cannot begin
LONGEST = 30  # s that importing, beginning and each read may take
EVERY = 5.0  # s between two reads of a class that does not say
BACK_OFF = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)  # s before another process is started
_FAREWELL = 2.0  # s a process is given to end
_NAME = re.compile(r"[a-z][a-z0-9+.-]+")
_TAKEN = ("replay", "recorded", "http", "https", "file")


class Update(msgspec.Struct, frozen=True):
    """What a reader found.

    Attributes:
        run: number of the run, from 1 to 999,999,999.
        elements: all elements of the run as they stand now, by path ("hodo/x"): a
            histogram of any library that speaks UHI (hist, boost-histogram, uproot), a
            ``Histogram`` or ``Graph`` of dqmconsole, a number or a text. Those of
            another update are not kept.
        lumisection: how far the run has come, rising; where it is None, updates are
            counted.
        final: nothing follows in this run.
    """

    run: int
    elements: Mapping[str, object]
    lumisection: int | None = None
    final: bool = False


class Reader(Protocol):
    """What a package registers: a class of this form. It need not derive from it.

    Attributes:
        every: seconds from the end of a read to the next; 5 when left out.
    """

    every: float

    def __init__(self, text: str) -> None:
        """Begin.

        Args:
            text: what stands behind ``myscheme:``. What it raises is said, and it is
                begun again after a while.
        """

    def read(self) -> Update | None:
        """What there is now; None where nothing has changed.

        What it raises is said, and it is asked again after `every`. It may take up to
        :data:`LONGEST`.
        """


class Word(msgspec.Struct, frozen=True):
    """What the process says after each read.

    Attributes:
        trouble: why nothing could be read; "" where it could.
        left_out: what of it could not be written, and why.
    """

    trouble: str = ""
    left_out: tuple[str, ...] = ()


def reader_named(text: str) -> EntryPoint | None:
    """The source that a text names; None where no package registers its first word.

    Nothing is imported.

    Raises:
        SourceError: what is registered under that word cannot be used.
    """
    scheme, colon, _ = text.partition(":")
    if not colon:
        return None
    found = [each for each in plugins.points_of(SOURCES) if each.name == scheme]
    if not found:
        return None
    if len(found) > 1 or not _may_be_called(scheme):
        raise SourceError(registered_sources().why_left_out(scheme) or text)
    return found[0]


def scheme_names() -> tuple[str, ...]:
    """The first words that packages register, in order."""
    return tuple(sorted({each.name for each in plugins.points_of(SOURCES)}))


@cache
def registered_sources() -> plugins.Registered[type]:
    """The sources of installed packages; each is imported, for the doctor."""
    return plugins.registered(SOURCES, load_reader)


def load_reader(point: EntryPoint) -> type:
    """The class that an entry point leads to.

    Raises:
        Unusable: it cannot be imported, or is no class with ``read``.
    """
    if not _may_be_called(point.name):
        message = (
            "a name is two or more lower-case letters, digits and + . -, and none of "
            f"{', '.join(_TAKEN)}"
        )
        raise Unusable(message)
    found = imported(point)
    if not (isinstance(found, type) and callable(getattr(found, "read", None))):
        message = f"{point.value} is no class with a method read"
        raise Unusable(message)
    return found


def _may_be_called(name: str) -> bool:
    return _NAME.fullmatch(name) is not None and name not in _TAKEN


class PackageSource(DqmFolder):
    """A :class:`~dqmconsole.sources.source.Source` that a package's class reads.

    Args:
        point: where the class is registered.
        text: the whole source, ``myscheme:REST``.
        paths, opened, recorded, memory, unit: as of the folder.
    """

    def __init__(
        self,
        point: EntryPoint,
        text: str,
        paths: ConditionPaths | None = None,
        *,
        opened: float | None = None,
        recorded: bool = False,
        memory: ContentMemory | None = None,
        unit: str = "LS",
    ) -> None:
        self._text = text
        self._whose = f"the source {point.name} of {package_of(point)}"
        self._process = _ReaderProcess(point, text.partition(":")[2])
        super().__init__(
            self._process.folder,
            paths,
            name=text,
            scanner=self._process,
            opened=opened,
            recorded=recorded,
            memory=memory,
            unit=unit,
        )
        self._names = _WrittenNames(self._whose)

    def problems(self) -> tuple[Problem, ...]:
        """All that was wrong with the source at the last poll."""
        word = self._process.word
        found = [f"{self._whose}: {word.trouble}"] if word.trouble else []
        found += [f"{self._whose}: {each}" for each in word.left_out]
        others = () if word.trouble else super().problems()
        return (
            *(source_problem(each, self._text) for each in found),
            *(msgspec.structs.replace(each, file=self._text) for each in others),
        )


class _WrittenNames(DqmNames):
    """The names that the process gives its files, which nobody else need know.

    Args:
        whose: the source.
    """

    def __init__(self, whose: str) -> None:
        self._whose = whose

    def nothing(self, files: Collection[str]) -> str:
        """What is said where there is none yet."""
        del files
        return f"{self._whose} has given nothing yet"


class _ReaderProcess:
    """The process in which the class runs; a scanner of the folder it writes into.

    Attributes:
        folder: where it writes.
        word: what it said last, or what became of it.
    """

    def __init__(self, point: EntryPoint, rest: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="dqmconsole-source-"))
        self.word = Word()
        self._command = (
            *(sys.executable, "-m", "dqmconsole.sources.package_process"),
            *(str(self.folder), point.name, point.value, rest, str(LONGEST)),
        )
        self._scan = Scan(str(self.folder))
        self._child: subprocess.Popen[bytes] | None = None
        self._buffer = b""
        self._start_at = 0.0
        self._failures = 0
        self._decode = msgspec.json.Decoder(Word).decode

    def read(self, now: float) -> list[FolderListing]:
        """What the class wrote since the last call; starts it, and starts it again."""
        waits = 0 < self._start_at - now <= BACK_OFF[-1]  # the clock may be set
        if self._child is None and not waits:
            self._start(now)
        words = [self._decode(line) for line in self._lines()]
        if self._child is not None and (code := self._child.poll()) is not None:
            words += [self._decode(line) for line in self._lines()]
            said = self._ended(code, now)
            words += [Word(said)] if code != REFUSED else []
        if not words:
            return []
        self.word = words[-1]
        if not self.word.trouble:
            self._failures = 0
            return [self._scan.look()]
        return [FolderListing(error=self.word.trouble)]

    def silent_since(self, now: float) -> float | None:
        """Never: one that hangs is ended."""
        del now
        return None

    def complaint(self) -> str:
        """Nothing more."""
        return ""

    def close(self) -> None:
        """End the process, and remove the folder."""
        if self._child is not None:
            assert self._child.stdin is not None
            self._child.stdin.close()
            self._child.terminate()
            try:
                self._child.wait(_FAREWELL)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
            self._drop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self, now: float) -> None:
        self._buffer = b""
        try:
            self._child = subprocess.Popen(
                self._command,
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,
                env=os.environ
                | {plugins.TRYING: "1", "PYTHONPATH": os.pathsep.join(sys.path)},
            )
        except OSError as error:
            self.word = Word(f"no process can be started: {error.strerror}")
            self._start_at = now + BACK_OFF[-1]
            return
        assert self._child.stdout is not None
        os.set_blocking(self._child.stdout.fileno(), False)

    def _lines(self) -> list[bytes]:
        if self._child is None:
            return []
        assert self._child.stdout is not None
        while chunk := self._child.stdout.read(1 << 16):
            self._buffer += chunk
        *lines, self._buffer = self._buffer.split(b"\n")
        return lines

    def _ended(self, code: int, now: float) -> str:
        wait = BACK_OFF[min(self._failures, len(BACK_OFF) - 1)]
        self._failures += 1
        self._start_at = now + wait
        self._drop()
        how = signal.Signals(-code).name if code < 0 else f"code {code}"
        if code == -signal.SIGALRM:
            how = f"it did not answer within {LONGEST} s"
        return f"its process was ended ({how}); it is started again"

    def _drop(self) -> None:
        child, self._child = self._child, None
        assert child is not None
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()
