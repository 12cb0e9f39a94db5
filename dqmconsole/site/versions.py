"""Versions of instructions and lessons: what was published under one never changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dqmconsole.site.lessons import FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dqmconsole.model.site import Site
    from dqmconsole.site.ledger import ReleasedFile, ReleaseManifest


class Versioned(NamedTuple):
    """An instruction or a lesson, as far as its version is concerned.

    Attributes:
        key: by which a release keeps its version: the id, of a lesson "lessons/<id>".
        version: its version.
        written: the date of that, ISO.
        files: of which it consists, relative to the site; the first has the version.
    """

    key: str
    version: int
    written: str
    files: tuple[str, ...]


def versioned(site: Site) -> Iterator[Versioned]:
    """All of a site that has versions."""
    for text in site.instructions:
        files = (f"instructions/{text.id}.md",)
        yield Versioned(text.id, text.version, text.written, files)
    for lesson in site.lessons:
        both = (f"{FOLDER}/{lesson.id}.yaml", f"{FOLDER}/{lesson.id}.md")
        yield Versioned(f"lessons/{lesson.id}", lesson.version, lesson.written, both)


def versions_of(site: Site) -> dict[str, int]:
    """The versions of a site as a release keeps them."""
    return {each.key: each.version for each in versioned(site)}


def version_faults(
    site: Site,
    files: Mapping[str, ReleasedFile],
    published: Iterable[ReleaseManifest],
    current: int,
) -> Iterator[tuple[str, str, str]]:
    """Instructions and lessons that change what was published, or go back.

    Args:
        site: the site that is to be published.
        files: its files, by path relative to the site.
        published: the releases of its ledger.
        current: number of the one in force; 0 for none.

    Yields:
        The rule that is broken, the file relative to the site, and why; of each
        instruction or lesson the first.
    """
    releases = sorted(published, key=lambda each: each.release.number)
    for each in versioned(site):
        for old in releases:
            version = old.versions.get(each.key)
            pairs = [(files.get(name), old.files.get(name)) for name in each.files]
            number = old.release.number
            if version is None or not all(mine and theirs for mine, theirs in pairs):
                continue
            if version == each.version and any(
                mine and theirs and mine.sha256 != theirs.sha256
                for mine, theirs in pairs
            ):
                words = (
                    f"changed, but its version is still {version}, which release "
                    f"{number} published: raise it"
                )
                yield "same-version", each.files[0], words
            elif number == current and version > each.version:
                words = (
                    f"its version goes back from {version}, in release {number}, to "
                    f"{each.version}: a version only grows"
                )
                yield "version-goes-back", each.files[0], words
            else:
                continue
            break
