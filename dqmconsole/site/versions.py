"""Versions of texts: what was published under one never changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dqmconsole.model.site import Site
    from dqmconsole.site.ledger import ReleasedFile, ReleaseManifest


class Versioned(NamedTuple):
    """An instruction, or what else has one, as far as its version is concerned.

    Attributes:
        key: by which a release keeps its version: its id.
        version: its version.
        written: the date of that, ISO.
        files: of which it consists, relative to the site; the first has the version.
    """

    key: str
    version: int
    written: str
    files: tuple[str, ...]


def versioned_texts(site: Site) -> Iterator[Versioned]:
    """The instructions of a site."""
    for text in site.instructions:
        files = (f"instructions/{text.id}.md",)
        yield Versioned(text.id, text.version, text.written, files)


def version_faults(
    texts: Iterable[Versioned],
    files: Mapping[str, ReleasedFile],
    published: Iterable[ReleaseManifest],
    current: int,
) -> Iterator[tuple[str, str, str]]:
    """Texts that change what was published, or go back.

    Args:
        texts: what has versions in the site that is to be published.
        files: the site's files, by path relative to the site.
        published: the releases of its ledger.
        current: number of the one in force; 0 for none.

    Yields:
        The rule that is broken, the file relative to the site, and why; of each
        text the first.
    """
    releases = sorted(published, key=lambda each: each.release.number)
    for each in texts:
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
