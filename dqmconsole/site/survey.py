"""Which files of a working copy a release holds: those the program reads, no others.

``layouts/*.yaml``, reference files that rules name and all ROOT files below
``layouts/references/``, texts (``.md``) and YAML below ``instructions/``, the evidence
bundles beside its lessons, and the calendars that its contacts name. Drafts, editors'
copies and whatever else lies there stays where it is: a release is kept for ever and
read by everybody.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from dqmconsole.model.message import EVIDENCE_SUFFIX
from dqmconsole.site.contacts import read_contacts
from dqmconsole.site.findings import Findings
from dqmconsole.site.ledger import (
    PARTS,
    LedgerError,
    ReleasedFile,
    files_below,
    ledger_folder,
    sha256_of,
)
from dqmconsole.site.references import read_references
from dqmconsole.site.site import REFERENCES
from dqmconsole.site.texts import CONTACTS, LESSONS
from dqmconsole.site.texts_folder import INSTRUCTIONS
from dqmconsole.site.yaml_text import read_bytes

MAX_FILES = 20_000
_LAYOUTS = "layouts"


def survey(home: Path) -> dict[str, ReleasedFile]:
    """Size and hash of every file of a working copy that a release would hold.

    Args:
        home: folder of the site.

    Returns:
        By path relative to the site.

    Raises:
        LedgerError: something in it cannot be part of a release.
    """
    home = Path(os.path.realpath(home))
    for part in (*PARTS, f"{_LAYOUTS}/{ledger_folder(home).name}"):
        if (home / part).is_symlink():
            msg = f"{home / part}: is a link; a release needs the folder"
            raise LedgerError(msg)
    found: dict[str, ReleasedFile] = {}
    try:
        for name in _sorted_out(home)[0]:
            path = _within(home, name)
            found[name] = ReleasedFile(path.stat().st_size, sha256_of(path))
    except OSError as error:
        msg = f"{error.filename}: {error.strerror or error}"
        raise LedgerError(msg) from error
    if not found:
        msg = f"{home}: there is no layouts/ with files in it"
        raise LedgerError(msg)
    return found


def left_out(home: Path) -> tuple[str, ...]:
    """Files in a site's two folders that no release holds; hidden ones are not said.

    Args:
        home: folder of the site.

    Raises:
        LedgerError: there are too many files.
    """
    return tuple(_sorted_out(Path(os.path.realpath(home)))[1])


def _sorted_out(home: Path) -> tuple[list[str], list[str]]:
    named = {*_references(home), *_calendars(home)}
    kept: list[str] = []
    rest: list[str] = []
    for name in files_below(home):
        (kept if name in named or _is_read(home, name) else rest).append(name)
        if len(kept) + len(rest) > MAX_FILES:
            msg = f"{home}: holds more than {MAX_FILES} files"
            raise LedgerError(msg)
    return kept, rest


def _is_read(home: Path, name: str) -> bool:
    part, _, below = name.partition("/")
    if (home / name).is_dir():
        return True  # a link to a folder, of which the reader shall hear
    if part == INSTRUCTIONS:
        shown = below.startswith(f"{LESSONS}/") and below.endswith(EVIDENCE_SUFFIX)
        return below.endswith((".md", ".yaml")) or shown
    if "/" not in below:
        return below.endswith(".yaml")
    return below.startswith("references/") and below.endswith(".root")


def _references(home: Path) -> set[str]:
    """Files that rules name, relative to the site."""
    data = read_bytes(home / _LAYOUTS / REFERENCES, Findings(REFERENCES))
    rules = read_references(data or b"", REFERENCES)[0]
    return {
        os.path.normpath(f"{_LAYOUTS}/{rule.file}")
        for rule in rules
        if rule.file is not None and not Path(rule.file).is_absolute()
    }


def _calendars(home: Path) -> set[str]:
    """Calendars that the contacts name, relative to the site."""
    named: set[str] = set()
    data = read_bytes(home / INSTRUCTIONS / CONTACTS, Findings(CONTACTS))

    def note(name: str, _: Findings) -> None:
        named.add(os.path.normpath(f"{INSTRUCTIONS}/{name}"))

    read_contacts(data or b"", CONTACTS, 0.0, note)
    return named


def _within(home: Path, name: str) -> Path:
    """The file itself, where a link within the site leads to it."""
    try:
        name.encode()
    except UnicodeEncodeError:
        shown = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        msg = f"{home / shown}: the name is not UTF-8"
        raise LedgerError(msg) from None
    path = home / name
    real = Path(os.path.realpath(path))
    inside = any(real.is_relative_to(home / part) for part in PARTS)
    if not inside or real.is_relative_to(ledger_folder(home)):
        msg = f"{path}: is a link that leads out of the site; put the file in its place"
        raise LedgerError(msg)
    if not stat.S_ISREG(real.stat().st_mode):
        what = "is a link to a folder" if real.is_dir() else "is not a file"
        msg = f"{path}: {what}; a release holds files"
        raise LedgerError(msg)
    return real
