"""What the checks of a site are given, and what each of them says."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from dqmconsole.model.instruction import Instruction, Note
from dqmconsole.model.layout import subsystem_of
from dqmconsole.model.words import counted
from dqmconsole.site.globs import matches_any
from dqmconsole.site.layouts import plots_of
from dqmconsole.site.nearest import did_you_mean

if TYPE_CHECKING:
    import datetime
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from dqmconsole.model.layout import Layout, Page, Plot
    from dqmconsole.model.site import ConditionPaths, Site
    from dqmconsole.site.findings import Place
    from dqmconsole.site.layouts import BrokenLayouts
    from dqmconsole.site.rules.renames import Rename
    from dqmconsole.site.rules.source_paths import SourcePaths
    from dqmconsole.site.texts import Texts
    from dqmconsole.site.versions import Versioned


def unread_words(name: str, known: Collection[str], conditions: ConditionPaths) -> str:
    """Why a condition is never read, in words; "" where it is.

    Args:
        name: the condition.
        known: those that a site may name a path of.
        conditions: where the site reads its own.
    """
    if name in conditions.scalars or (name in known and getattr(conditions, name)):
        return ""
    if name in known:
        return f'site.yaml names no path of it: conditions: {name}: "A/path"'
    hint = did_you_mean(name, (*known, *conditions.scalars))
    hint = hint or f': conditions: scalars: {{{name}: "A/path"}}'
    return f"site.yaml names no such condition{hint}"


class Violation(NamedTuple):
    """Something that breaks a rule.

    Attributes:
        code: of the rule.
        place: where; None where that is not known.
        message: what is wrong, in words.
        key: of the plot it belongs to (see ``layout.plot_key``), or "".
    """

    code: str
    place: Place | None
    message: str
    key: str = ""


class SiteReading:
    """One reading of a site, and what it is compared with.

    Attributes:
        folder: of the site.
        site: its healthy parts.
        texts: the reading of its ``instructions/``.
        places: of every part; see ``read_site_with_places``.
        broken: its layout files that are broken.
        today: the date (UTC) that expiry and reviews are judged by.
        source: the elements of a source that must hold every plot, or None.
        versioned: what of the site has versions.
        causes: words for what may go wrong, the site's own and those of features; any
            word is one when empty.
        renames: what explains why several paths are not in the source.
    """

    def __init__(
        self,
        folder: Path,
        site: Site,
        texts: Texts,
        places: dict[str, Place],
        broken: BrokenLayouts,
        today: datetime.date,
        source: SourcePaths | None = None,
        versioned: tuple[Versioned, ...] = (),
        causes: tuple[str, ...] = (),
    ) -> None:
        self.folder = folder
        self.site = site
        self.texts = texts
        self.places = places
        self.broken = broken
        self.today = today
        self.source = source
        self.versioned = versioned
        self.causes = causes
        self.renames: tuple[Rename, ...] = ()

    @functools.cached_property
    def plots(self) -> tuple[tuple[Layout, Page, Plot], ...]:
        """Every plot of the site with where it stands."""
        return tuple(plots_of(self.site))

    @functools.cached_property
    def plots_with(self) -> Mapping[str, list[Plot]]:
        """The plots that name an instruction, by its id."""
        found: dict[str, list[Plot]] = {}
        for _, _, plot in self.plots:
            if plot.instruction is not None:
                found.setdefault(plot.instruction, []).append(plot)
        return found

    @functools.cached_property
    def drafts(self) -> Site:
        """The site with its broken texts, blank where they are.

        They are to be checked, never to be shown.
        """
        texts = self.texts
        return msgspec.structs.replace(
            self.site,
            instructions=self.site.instructions
            + tuple(each for each in texts.drafts if isinstance(each, Instruction)),
            notes=self.site.notes
            + tuple(each for each in texts.drafts if isinstance(each, Note)),
        )

    @functools.cached_property
    def site_paths(self) -> Mapping[str, None]:
        """The elements that the layouts name, in their order."""
        return {
            path: None
            for _, _, plot in self.plots
            for path in (plot.path, *plot.overlay)
        }

    @functools.cached_property
    def paths(self) -> frozenset[str]:
        """The elements that layouts, and the source where there is one, name."""
        return frozenset(
            (*self.site_paths, *(self.source.paths if self.source else ()))
        )

    @property
    def renamed(self) -> Mapping[str, str]:
        """The paths that the renames explain -> how they are named now."""
        return dict(pair for each in self.renames for pair in each.paths.items())

    @functools.cached_property
    def subsystems(self) -> frozenset[str]:
        """The first parts of their paths."""
        return frozenset(map(subsystem_of, self.paths)) - {""}

    def lacks(self, subsystem: str) -> bool:
        """Tell whether nothing is of a subsystem; no, where a layout is broken."""
        return subsystem not in self.subsystems and not self.broken.may_hold(subsystem)

    def matches(self, glob: str) -> bool:
        """Tell whether a glob matches something, or might in a broken layout."""
        first = glob.partition("/")[0]
        if self.broken and self.broken.may_hold(first):
            return True
        return matches_any(glob, self.paths)


def once(found: Iterable[Violation]) -> Iterator[Violation]:
    """Of several at one place the first, which says how many more plots it is of."""
    by_place: dict[tuple[str, Place | None], list[Violation]] = {}
    for each in found:
        by_place.setdefault((each.code, each.place), []).append(each)
    for first, *more in by_place.values():
        plots = len({each.key for each in more} - {first.key})
        words = f" (and {counted(plots, 'more plot')})" if plots else ""
        yield first._replace(message=first.message + words)
