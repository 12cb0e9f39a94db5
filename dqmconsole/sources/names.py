"""The names of DQM files, as CMS writes them (field notes cms.md, section 2.1).

Online ``DQM_V0001_Hcal_R000398214.root`` (``DQMFileSaverBase.cc``), while the run
lasts ``….root.ls00000417_hosta_pid00012345`` (``DQMFileSaverOnline.cc``), per
lumisection ``DQM_V0001_Hcal_R000398214_L000000417.root``, offline
``DQM_V0001_R000398214__Primary__Processing__TIER.root``.
"""

from __future__ import annotations

import re

import msgspec

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
    """

    run: int
    subsystem: str | None = None
    lumisection: int | None = None
    host: str = ""
    pid: int = 0
    final: bool = True
    version: int = 1
    producer: str = "DQM"

    @property
    def client(self) -> str:
        """The key of the client: its subsystem, "" for a file that holds all."""
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
