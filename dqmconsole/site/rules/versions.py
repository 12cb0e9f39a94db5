"""Checks of the versions of texts against the releases."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dqmconsole.site.findings import Place
from dqmconsole.site.ledger import (
    LedgerError,
    ReleasedFile,
    ReleaseManifest,
    current_number,
    has_ledger,
    ledger_folder,
    manifest,
    manifests,
    release_folder,
    sha256_of,
)
from dqmconsole.site.nearest import did_you_mean
from dqmconsole.site.rules.context import Violation
from dqmconsole.site.texts import INSTRUCTIONS
from dqmconsole.site.versions import version_faults

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from dqmconsole.site.rules.context import SiteReading
    from dqmconsole.site.versions import Versioned

_WRITTEN = re.compile(rb"^written:\s*[\"']?(\d{4}-\d\d-\d\d)", re.MULTILINE)


def check_ledger(context: SiteReading) -> Iterator[Violation]:
    """Find that the ledger, or the release in force, cannot be read."""
    home = context.folder
    if not has_ledger(home):
        return
    try:
        number = current_number(home)
    except LedgerError as error:
        ledger = Place(ledger_folder(home).relative_to(home).as_posix())
        yield Violation("broken-ledger", ledger, f"the ledger cannot be read: {error}")
        return
    if _in_force(context) is None:
        words = (
            f"release {number} is in force and its release.yaml cannot be read: no "
            "version can be compared with it; dqmconsole doctor says more"
        )
        place = Place(f"layouts/releases/{number}/release.yaml")
        yield Violation("broken-ledger", place, words)


def _in_force(context: SiteReading) -> ReleaseManifest | None:
    """The release in force; None without a ledger, or where it cannot be read."""
    home = context.folder
    try:
        return manifest(home, current_number(home)) if has_ledger(home) else None
    except LedgerError:
        return None


def check_versions(context: SiteReading) -> Iterator[Violation]:
    """Find texts changed under a published version, or gone back."""
    home = context.folder
    try:
        current = current_number(home) if has_ledger(home) else 0
    except LedgerError:
        return
    released = manifests(home) if current else ()
    files = _hashes(context.versioned, home, released) if released else {}
    for code, file, words in version_faults(
        context.versioned, files, released, current
    ):
        place = context.places.get(f"{file}#version", Place(file))
        yield Violation(code, place, words)


def check_instructions_gone(context: SiteReading) -> Iterator[Violation]:
    """Find that instructions/ is gone or empty, and the release in force had one."""
    site, home, now = context.site, context.folder, _in_force(context)
    if now is None:
        return
    # with YAML beside it a text is of another kind
    count = sum(f"{INSTRUCTIONS}/{each}.yaml" not in now.files for each in now.versions)
    if site.instructions or not count:
        return
    if any((home / INSTRUCTIONS).glob("*/*.md")):
        return
    try:
        folders = [each.name for each in home.iterdir() if each.is_dir()]
    except OSError:
        folders = []
    hint = did_you_mean(
        INSTRUCTIONS, (each for each in folders if each != INSTRUCTIONS)
    )
    words = (
        f"release {now.release.number} holds {count} instructions, here "
        f"are none{hint or ': was the folder renamed?'}"
    )
    yield Violation("instructions-gone", Place(INSTRUCTIONS), words)


def check_version_dates(context: SiteReading) -> Iterator[Violation]:
    """Find versions that were raised with the date of the one before."""
    now = _in_force(context)
    if now is None:
        return
    folder = release_folder(context.folder, now.release.number)
    for each in context.versioned:
        if each.version <= now.versions.get(each.key, each.version):
            continue
        old = _text(folder / each.files[0])
        dates = _WRITTEN.search(old)
        if dates is not None and dates[1].decode() == each.written:
            words = (
                f"version {each.version} has the date of version "
                f"{now.versions[each.key]}: when was it written?"
            )
            place = context.places.get(f"{each.files[0]}#written")
            yield Violation("old-version-date", place, words)


def _text(path: Path) -> bytes:
    """The bytes of a text with line ends of one kind; none where it is not there."""
    try:
        return path.read_bytes().replace(b"\r\n", b"\n")
    except OSError:
        return b""


def _hashes(
    texts: Iterable[Versioned], home: Path, released: Iterable[ReleaseManifest]
) -> dict[str, ReleasedFile]:
    """The files of texts that have versions, as a release would hold them.

    One that differs from its published version in line ends only is that version:
    a checkout may have changed them.
    """
    found = {}
    by_version = {
        (name, version): each
        for each in released
        for name, version in each.versions.items()
    }
    for each in texts:
        old = by_version.get((each.key, each.version))
        for name in each.files:
            path = home / name
            try:
                found[name] = ReleasedFile(path.stat().st_size, sha256_of(path))
            except OSError:
                # Gone, or a link, since it was read: nothing can be said of it.
                continue
            if old is None or name not in old.files:
                continue
            if old.files[name].sha256 != found[name].sha256:
                before = _text(release_folder(home, old.release.number) / name)
                if before and before == _text(path):
                    found[name] = old.files[name]
    return found
