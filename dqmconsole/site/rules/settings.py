"""Checks of ``site.yaml`` against the rest of a site."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dqmconsole.model.layout import plot_key
from dqmconsole.site.findings import Place
from dqmconsole.site.rules.context import Found
from dqmconsole.site.texts import instruction_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.model.instruction import Instruction, Note
    from dqmconsole.site.rules.context import Context

SETTINGS = Place("layouts/site.yaml", 1, 1)


def check_recorded(context: Context) -> Iterator[Found]:
    """Find folders of recorded runs that are not there, on this machine at least."""
    for item, each in enumerate(context.site.settings.recorded):
        if not _is_folder(context.folder / Path(each).expanduser()):
            words = f'recorded: there is no folder "{each}" (relative to the site)'
            place = context.places.get(f"recorded[{item}]")
            yield Found("recorded-folder", place, words)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def check_components(context: Context) -> Iterator[Found]:
    """Find components without a layout, and layouts in two of them."""
    first: dict[str, str] = {}
    for component, layouts in context.site.settings.components.items():
        place = context.places.get(f"components: {component}")
        if not layouts:
            words = f"components: {component} covers no layout: nothing will flag it"
            yield Found("empty-component", place, words)
        for layout in layouts:
            other = first.setdefault(layout, component)
            if other != component:
                words = (
                    f"components: {layout} stands in two of them, {other} and "
                    f"{component}: its plots count in both flags"
                )
                yield Found("layout-in-two-components", place, words)


def check_beam_modes(context: Context) -> Iterator[Found]:
    """Find beam modes in a site that does not list any, so that none is checked."""
    site = context.drafts
    if site.settings.beam_modes:
        return
    if any(
        each.file == SETTINGS.file and each.severity == "error"
        for each in site.problems
    ):
        return
    said = list(_modes_said(context))
    if said:
        mode, place = said[0]
        more = f" and {len(said) - 1} more places" if len(said) > 1 else ""
        words = (
            "beam_modes is missing: name the beam modes (a list, lower case), so that "
            f'"{mode}" in {place.file}:{place.line}{more} can be checked'
        )
        yield Found("no-beam-modes", SETTINGS, words)


def _modes_said(context: Context) -> Iterator[tuple[str, Place]]:
    """Each mode that is named, and where; of one place only the first."""
    site, places = context.drafts, context.places
    seen: set[Place] = set()
    for layout, page, plot in context.plots:
        for mode in plot.needs.beam[:1] if plot.needs else ():
            place = places[plot_key(layout.layout, page.page, plot.path)]
            if place not in seen:
                seen.add(place)
                yield mode, place
    texts: tuple[Instruction | Note, ...] = (*site.instructions, *site.notes)
    for text in texts:
        for mode in text.applies_to.beam_modes[:1]:
            yield mode, places[instruction_key(text.id, "beam_modes")]
    for instruction in site.instructions:
        for step in instruction.steps:
            modes = [mode for rule in step.urgencies for mode in rule.modes]
            for mode in modes[:1]:
                yield mode, places[instruction_key(instruction.id, f"call@{step.line}")]
