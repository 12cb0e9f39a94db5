"""The names of DQM files, as CMS writes them.

Online ``DQM_V0001_Hcal_R000398214.root`` (``DQMFileSaverBase.cc``), while the run
lasts ``….root.ls00000417_hosta_pid00012345`` (``DQMFileSaverOnline.cc``), per
lumisection ``DQM_V0001_Hcal_R000398214_L000000417.root``, offline
``DQM_V0001_R000398214__Primary__Processing__TIER.root``.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Protocol

import msgspec

from dqmconsole.model.file_pattern import LUMISECTION, key_of_time, proposed
from dqmconsole.model.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from dqmconsole.model.file_pattern import FilePattern, Named

FORM = "DQM_V0001_<SUBSYSTEM>_R<run in nine digits>.root"
_FINAL = re.compile(
    r"(?P<producer>DQM|Playback)_V(?P<version>\d{4})"
    r"(?:_(?P<subsystem>[A-Za-z0-9]+))?"
    r"_R(?P<run>\d{9})"
    r"(?:_L(?P<lumi>\d{1,9})|__[^\\]+?__[^\\]+?__[^_\\][^\\]*?)?"
    r"\.root"
    r"(?:\.ls(?P<ls>\d{1,9})"
    r"(?:_host(?P<host>(?:(?!_pid\d)[A-Za-z0-9._-])*))?(?:_pid(?P<pid>\d{1,10}))?)?",
    re.ASCII,
)
_REPOSITORY_FOLDER = re.compile(r"\d{3,7}x{2,4}", re.ASCII)
_SIDE_FILES = (".tmp", ".origin")


class SnapshotName(msgspec.Struct, frozen=True, gc=False):
    """What the name of a DQM file says of its content.

    Attributes:
        run: run number.
        subsystem: the subsystem that wrote it, or None when the file holds all.
        lumisection: the last one in it (of a ``_L`` file: the one), or None.
        host: the machine that wrote an in-progress snapshot, or "".
        pid: the process that wrote it, or 0.
        final: written at the end of the run and never followed by another.
        version: from 1; a repeated upload has a higher one.
        producer: "DQM" or "Playback".
        process: which of several producers wrote it, as a pattern's ``{client}``.
        time: YYYYMMDDhhmmss of a pattern's ``{time}``, or 0.
        alternative: index of the alternative of the pattern.
    """

    run: int
    subsystem: str | None = None
    lumisection: int | None = None
    host: str = ""
    pid: int = 0
    final: bool = True
    version: int = 1
    producer: str = "DQM"
    process: str = ""
    time: int = 0
    alternative: int = 0

    @property
    def client(self) -> str:
        """The key of the client: its subsystem, "" for a file that holds all."""
        if self.process:
            return f"{self.subsystem} {self.process}".removeprefix("None ")
        return self.subsystem or ""

    @property
    def writer(self) -> tuple[str, int]:
        """Host and process that wrote it."""
        return (self.host, self.pid)


def is_candidate(name: str) -> bool:
    """Tell whether a file could be a ROOT file: no ``.tmp``, no ``.origin``."""
    return ".root" in name and not name.endswith(_SIDE_FILES)


def is_repository_folder(name: str) -> bool:
    """Tell whether a folder is of the repository (``00039xxxx``, ``0003982xx``)."""
    return _REPOSITORY_FOLDER.fullmatch(name) is not None


def parse_name(name: str) -> SnapshotName | None:
    """Read the name of a file (without its folder); None when it is no DQM name."""
    if name.endswith(_SIDE_FILES):
        return None
    match = _FINAL.fullmatch(name)
    if match is None:
        return None
    lumisection = match["lumi"] or match["ls"]
    return SnapshotName(
        run=int(match["run"]),
        subsystem=match["subsystem"],
        lumisection=int(lumisection) if lumisection else None,
        host=match["host"] or "",
        pid=int(match["pid"] or 0),
        final=match["lumi"] is None and match["ls"] is None,
        version=int(match["version"]),
        producer=match["producer"],
    )


class FileNames(Protocol):
    """How the names of a source's files are read.

    Attributes:
        by_pattern: they are an experiment's own: the last file of a run is like all
            others, and who writes a path besides is no accident.
    """

    by_pattern: bool

    def name_of(self, file: str, written: float, target: str) -> SnapshotName | None:
        """What the name of a file says; None where it is no name of the source's.

        Args:
            file: path below the folder.
            written: unix time of its last change, s; 0: it is not to be numbered by it.
            target: where its link leads, if it is one, else "".
        """

    def strangers(self, files: Collection[str]) -> str:
        """What is said of ROOT files with other names, in a sentence."""

    def nothing(self, files: Collection[str]) -> str:
        """What is said where no file has a name of the source's; "" for nothing."""


_OTHERS = "other names stand in files: in sources: of layouts/site.yaml"


class DqmNames:
    """Names as CMS writes them."""

    by_pattern = False

    def name_of(self, file: str, written: float, target: str) -> SnapshotName | None:
        """What the name of a file says, wherever it stands."""
        del written, target
        return parse_name(os.path.basename(file))  # noqa: PTH119 - thousands of strings

    def strangers(self, files: Collection[str]) -> str:
        """How many are left out."""
        subject = (
            "1 ROOT file has" if len(files) == 1 else f"{len(files)} ROOT files have"
        )
        more = ", …" * (len(files) > 1)
        return f"{subject} no DQM name ({FORM}); left out: {min(files)}{more}"

    def nothing(self, files: Collection[str]) -> str:
        """Where there are others, what names they may have instead."""
        if not files:
            return f"no file is there that is called {FORM}; {_OTHERS}"
        pattern = proposed(files)
        how = f'such as --files "{pattern}"' if pattern else "as --files PATTERN"
        return (
            f"{self.strangers(files)}. A pattern says what names they have: {how}, or "
            "files: in sources: of layouts/site.yaml"
        )


DQM_NAMES = DqmNames()
QUIET = 600.0  # s after which a file without a run number begins another run


def named_below(pattern: FilePattern, path: str) -> str:
    """The end of a path that a pattern names: the file, or folders with it; or ""."""
    parts = path.strip("/").split("/")
    ends = ("/".join(parts[at:]) for at in reversed(range(len(parts))))
    return next((each for each in ends if pattern.match(each)), "")


class PatternNames:
    """Names by a pattern of the site's.

    Runs without a number, and without a time, begin when the first of their files was
    written. All files are of one run where the pattern tells them apart by subsystem,
    client or lumisection, else each is a run of its own; one that is written again
    after `QUIET` seconds begins another. What they are called then depends on when it
    was first seen, so that two consoles may differ.

    Where other names of the pattern have a lumisection, a file without one is of the
    whole run, and goes before them.

    Args:
        pattern: the pattern.
        where: where it is configured ("layouts/site.yaml:4"), or "".
        folder: the folder, as problems call it.
        recall, keep: what such a run is called, across restarts, by its files.
    """

    by_pattern = True

    def __init__(
        self,
        pattern: FilePattern,
        where: str = "",
        folder: str = "",
        recall: Callable[[str], str] = lambda _: "",
        keep: Callable[[str, str], None] = lambda _, __: None,
    ) -> None:
        self.pattern = pattern
        self.where = where
        self._folder = folder
        self._recall = recall
        self._keep = keep
        self._runs: dict[str, int] = {}  # of files without number, by what is one run
        self._written: dict[str, float] = {}  # when they were, by file
        self._latest: dict[str, float] = {}  # and by what is one run

    def name_of(self, file: str, written: float, target: str) -> SnapshotName | None:
        """What the name of a file says; of a link also what its target's does."""
        named = self.pattern.match(file)
        if named is None:
            return None
        if target and named.run is None:
            named = _filled(named, self.pattern.match(target))
        run = named.run or named.time
        if run is None and written:
            run = self._run_of(file, target, written, named)
        if run is None:
            return None
        of_run = named.lumisection is None and LUMISECTION in self.pattern.fields
        return SnapshotName(
            run=run,
            subsystem=named.subsystem or None,
            lumisection=named.lumisection,
            final=False,
            version=2 if of_run else 1,
            process=named.client,
            time=named.time or 0,
            alternative=named.alternative,
        )

    def strangers(self, files: Collection[str]) -> str:
        """How many are left out, which of them nearly is one, and why it is not."""
        near = self.pattern.nearest(files)
        verb = "has" if len(files) == 1 else "have"
        return (
            f"{counted(len(files), 'ROOT file')} {verb} another name than "
            f"{self._pattern}; left out: {near}: {self.pattern.why_not(near)}"
        )

    def nothing(self, files: Collection[str]) -> str:
        """That nothing matches, and what nearly does."""
        words = f"no file in {self._folder} is called {self._pattern}"
        if not files:
            return f"{words}, nor is any other ROOT file there"
        near = self.pattern.nearest(files)
        return f"{words}; most like it is {near}: {self.pattern.why_not(near)}"

    @property
    def _pattern(self) -> str:
        return (
            f"{self.pattern.text} ({self.where})" if self.where else self.pattern.text
        )

    def _run_of(
        self, file: str, target: str, written: float, named: Named
    ) -> int | None:
        """The run of a file that has neither number nor time."""
        shared = named.subsystem or named.client or named.lumisection is not None
        one_run = "" if shared else f"{file} {target}"
        before = self._written.get(f"{file} {target}")
        self._written[f"{file} {target}"] = written
        latest = self._latest.get(one_run, written)
        self._latest[one_run] = max(latest, written)
        known = self._runs.get(one_run)
        if known is None:
            known = self._recalled(one_run, written)
        elif before is not None and written - latest > QUIET:
            known = None  # it was written again after a pause
        if known is None:
            known = self._new_run(written)
        if known is not None:
            self._runs[one_run] = known
            self._keep(f"run of {one_run}", f"{known} {self._latest[one_run]:.3f}")
        return known

    def _recalled(self, one_run: str, written: float) -> int | None:
        """The run that an earlier engine began with these files, if it goes on."""
        run, _, latest = self._recall(f"run of {one_run}").partition(" ")
        try:
            goes_on = written - float(latest) <= QUIET
        except ValueError:
            return None
        return int(run) if run.isdigit() and goes_on else None

    def _new_run(self, written: float) -> int | None:
        """A run that began then, or in the first second that has none."""
        taken = set(self._runs.values())
        for second in range(100_000):
            key = key_of_time(written + second)
            if key not in taken:
                return key
        return None


def _filled(named: Named, other: Named | None) -> Named:
    """What a name says, and where it says nothing what another does."""
    if other is None:
        return named
    return named._replace(
        run=other.run,
        lumisection=other.lumisection
        if named.lumisection is None
        else named.lumisection,
        subsystem=named.subsystem or other.subsystem,
        client=named.client or other.client,
        time=named.time or other.time,
    )
