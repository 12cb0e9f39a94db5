"""Checking versions of instructions and lessons against the site's ledger."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.desk.finding import problem_at
from dqmconsole.desk.versions import version_problems, versioned
from dqmconsole.site.findings import Place
from dqmconsole.site.ledger import (
    LedgerError,
    Manifest,
    ReleasedFile,
    current_number,
    has_ledger,
    ledger_folder,
    manifests,
    release_folder,
    sha256_of,
)
from dqmconsole.site.lessons import FOLDER, lesson_key
from dqmconsole.site.nearest import did_you_mean
from dqmconsole.site.texts import instruction_key
from dqmconsole.site.texts_folder import INSTRUCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from dqmconsole.model.problem import Problem
    from dqmconsole.model.site import Site

_WRITTEN = re.compile(rb"^written:\s*[\"']?(\d{4}-\d\d-\d\d)", re.MULTILINE)


def check_versions(
    site: Site, places: Mapping[str, Place], home: Path
) -> list[Problem]:
    """Find instructions and lessons changed under a published version, or gone back.

    Args:
        site: the working copy.
        places: of its parts.
        home: the site's own folder, whose ledger counts.

    Returns:
        The problems, at the version's line; none for a site without a ledger.
    """
    if not has_ledger(home):
        return []
    ledger = Place(ledger_folder(home).relative_to(home).as_posix())
    try:
        current = current_number(home)
    except LedgerError as error:
        return [problem_at(ledger, f"the ledger cannot be read: {error}")]
    found: list[Problem] = []
    released = manifests(home)
    now = next((each for each in released if each.release.number == current), None)
    if now is not None:
        found += _all_gone(site, home, now)
        found += _left_old(site, places, home, now)
    for problem in version_problems(
        site, _hashes(site, home, released), released, current
    ):
        place = places.get(_key(problem.file, "version"), Place(problem.file))
        found.append(
            msgspec.structs.replace(problem, line=place.line, column=place.column)
        )
    return found


def _key(file: str, part: str) -> str:
    """The key of the place of a part of an instruction or a lesson, by its file."""
    if file.startswith(f"{FOLDER}/"):
        name = file.removeprefix(f"{FOLDER}/").removesuffix(".yaml")
        return lesson_key(name, part)
    name = file.removeprefix(f"{INSTRUCTIONS}/").removesuffix(".md")
    return instruction_key(name, part)


def _all_gone(site: Site, home: Path, now: Manifest) -> list[Problem]:
    """An instructions/ that is gone or empty, where the release in force had one."""
    count = sum(not each.startswith("lessons/") for each in now.versions)
    if site.instructions or not count:
        return []
    if any((home / INSTRUCTIONS).glob("*/*.md")):
        return []
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
    return [problem_at(Place(INSTRUCTIONS), words)]


def _left_old(
    site: Site, places: Mapping[str, Place], home: Path, now: Manifest
) -> Iterator[Problem]:
    """Advice on a version that was raised with the date of the one before."""
    folder = release_folder(home, now.release.number)
    for each in versioned(site):
        if each.version <= now.versions.get(each.key, each.version):
            continue
        old = _text(folder / each.files[0])
        dates = _WRITTEN.search(old)
        if dates is not None and dates[1].decode() == each.written:
            words = (
                f"version {each.version} has the date of version "
                f"{now.versions[each.key]}: when was it written?"
            )
            place = places.get(_key(each.files[0], "written"))
            yield problem_at(place, words, advice=True)


def _text(path: Path) -> bytes:
    """The bytes of a text with line ends of one kind; none where it is not there."""
    try:
        return path.read_bytes().replace(b"\r\n", b"\n")
    except OSError:
        return b""


def _hashes(
    site: Site, home: Path, released: Iterable[Manifest]
) -> dict[str, ReleasedFile]:
    """The files of instructions and lessons as a release would hold them.

    One that differs from its published version in line ends only is that version:
    a checkout may have changed them.
    """
    found = {}
    by_version = {
        (name, version): each
        for each in released
        for name, version in each.versions.items()
    }
    for each in versioned(site):
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
