"""What a feature adds to a site: kinds of files, and rules.

``app`` hands the tables of the features that are installed to the engine and to the
commands. Files of a kind that is in no table stay in the site, in its releases and in
what is said of their differences.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from dqmconsole.site.texts import FolderReader
from dqmconsole.site.versions import versioned_texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.model.problem import Problem
    from dqmconsole.model.release import SiteChange
    from dqmconsole.model.site import Site
    from dqmconsole.site.rules.context import SiteReading
    from dqmconsole.site.rules.table import Row
    from dqmconsole.site.versions import Versioned


class FileKind(FolderReader, Protocol):
    """A kind of files of a site; all stand in one folder of ``instructions/``.

    What it makes of them travels in :attr:`Site.parts` under its name, as bytes that
    the feature alone understands: its *part*.
    """

    @property
    def blank(self) -> bytes:
        """The part of a site that has no such files."""

    def agree(self, context: SiteReading) -> tuple[bytes, tuple[Problem, ...]]:
        """The part of what agrees with the rest of the site, and why the rest is out.

        Args:
            context: the site as it was read; ``context.texts.kinds`` has what the
                folder gave.
        """

    def versioned(self, part: bytes) -> Iterator[Versioned]:
        """What of a part has versions."""

    def first(self, part: bytes) -> Iterator[SiteChange]:
        """What the first release says of a part."""

    def changes(self, before: bytes | None, after: bytes) -> Iterator[SiteChange]:
        """What differs between the parts of two states of a site.

        Args:
            before: the earlier one; None where the earlier state has none.
            after: the later one.
        """


class SiteTables(NamedTuple):
    """What the features that are installed add to a site.

    Attributes:
        kinds: kinds of its files.
        review: further rows of the table of rules, for ``validate``.
        causes: words for what may go wrong, which steps of instructions may name.
    """

    kinds: tuple[FileKind, ...] = ()
    review: tuple[Row, ...] = ()
    causes: tuple[str, ...] = ()


CORE = SiteTables()
"""What stands without any feature."""


def versioned(site: Site, tables: SiteTables) -> Iterator[Versioned]:
    """All of a site that has versions."""
    yield from versioned_texts(site)
    for kind in tables.kinds:
        if kind.name in site.parts:
            yield from kind.versioned(site.parts[kind.name])


def versions_of(site: Site, tables: SiteTables) -> dict[str, int]:
    """The versions of a site as a release keeps them."""
    return {each.key: each.version for each in versioned(site, tables)}
