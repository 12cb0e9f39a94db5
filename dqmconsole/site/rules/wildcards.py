"""The wildcards of a site, with what they match."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.layout import plot_key
from dqmconsole.model.words import counted, listed
from dqmconsole.site.findings import Place
from dqmconsole.site.globs import any_match
from dqmconsole.site.known_issues import known_key
from dqmconsole.site.references import rule_key
from dqmconsole.site.texts import instruction_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.model.instruction import Instruction, Note
    from dqmconsole.site.rules.context import SiteReading

MAX_NAMED = 5
_WILD = "*?["


class Wildcard(msgspec.Struct, frozen=True):
    """A pattern somewhere in a site.

    Attributes:
        file, line, column: where it is written, counted from 1.
        key: what it stands under.
        pattern: the pattern.
        plots: elements of plots that it matches, sorted.
        elements: further elements of the source that it matches, sorted.
    """

    file: str
    line: int
    column: int
    key: str
    pattern: str
    plots: tuple[str, ...]
    elements: tuple[str, ...]

    def __str__(self) -> str:
        """Place, pattern, and what it matches."""
        said = [counted(len(self.plots), "plot")]
        if self.elements:
            said.append(counted(len(self.elements), "further element"))
        names = listed((*self.plots, *self.elements), MAX_NAMED)
        place = f"{self.file}:{self.line}:{self.column}"
        matches = f'{self.key}: "{self.pattern}" matches {" and ".join(said)}'
        return f"{place}: {matches}" + (f": {names}" if names else "")


def wildcards(context: SiteReading) -> tuple[Wildcard, ...]:
    """List the patterns with wildcards, in the order of files and lines."""
    shown = {"": sorted(context.site_paths)}
    for layout, _, plot in context.plots:
        shown.setdefault(layout.layout, []).append(plot.path)
    others = context.source.paths - set(shown[""]) if context.source else ()
    more = {"": sorted(others)}
    found = []
    for key, pattern, where, name in _patterns(context):
        if not any(each in pattern for each in _WILD):
            continue
        place = context.places.get(where) or Place("layouts")
        plots, elements = (
            tuple(each for each in paths if any_match(each, (pattern,)))
            for paths in (shown.get(name, ()), more.get(name, ()))
        )
        found.append(
            Wildcard(
                *(place.file, place.line, place.column, key, pattern), plots, elements
            )
        )
    return tuple(
        sorted(set(found), key=lambda each: (each.file, each.line, each.column))
    )


def _patterns(context: SiteReading) -> Iterator[tuple[str, str, str, str]]:
    """What a pattern stands under, the pattern, the key of its place, its layout."""
    for layout, page, plot in context.plots:
        key = plot_key(layout.layout, page.page, plot.path)
        for at, feeds in enumerate(plot.feeds):
            for item, name in enumerate(feeds.to):
                yield "feeds", name, f"{key}#feeds[{at}].to[{item}]", ""
    for at, known in enumerate(context.site.known):
        for item, glob in enumerate(known.paths):
            yield "known issue", glob, known_key(at, f"paths[{item}]"), ""
    for at, rule in enumerate(context.site.references):
        for item, glob in enumerate(rule.histograms):
            yield "reference", glob, rule_key(at, f"histograms[{item}]"), ""
    texts: tuple[Instruction | Note, ...] = (
        *context.site.instructions,
        *context.site.notes,
    )
    for text in texts:
        applies = text.applies_to
        for item, glob in enumerate(applies.plots):
            place = instruction_key(text.id, f"plots[{item}]")
            yield "applies_to", glob, place, applies.layout
