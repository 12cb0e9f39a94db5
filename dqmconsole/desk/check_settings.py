"""Checking site.yaml against the rest: folders, components, beam modes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dqmconsole.desk.finding import problem_at
from dqmconsole.model.layout import plot_key
from dqmconsole.site.agreement import plots_of
from dqmconsole.site.findings import Place
from dqmconsole.site.texts import instruction_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dqmconsole.model.instruction import Instruction, Note
    from dqmconsole.model.problem import Problem
    from dqmconsole.model.site import Site

SETTINGS = Place("layouts/site.yaml", 1, 1)


def check_settings(
    site: Site, places: Mapping[str, Place], folder: Path
) -> list[Problem]:
    """Find what is wrong with a site's settings.

    Args:
        site: the site, its drafts included.
        places: of its parts.
        folder: the site's.
    """
    return [
        *_recorded(site, places, folder),
        *_components(site, places),
        *_without_modes(site, places),
    ]


def _recorded(
    site: Site, places: Mapping[str, Place], folder: Path
) -> Iterator[Problem]:
    """Folders of recorded runs that are not there, on this machine at least."""
    for item, each in enumerate(site.settings.recorded):
        if not _is_folder(folder / Path(each).expanduser()):
            words = f'recorded: there is no folder "{each}" (relative to the site)'
            yield problem_at(places.get(f"recorded[{item}]"), words, advice=True)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _components(site: Site, places: Mapping[str, Place]) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for component, layouts in site.settings.components.items():
        place = places.get(f"components: {component}")
        if not layouts:
            words = f"components: {component} covers no layout: nothing will flag it"
            yield problem_at(place, words, advice=True)
        for layout in layouts:
            other = first.setdefault(layout, component)
            if other != component:
                words = (
                    f"components: {layout} stands in two of them, {other} and "
                    f"{component}: its plots count in both flags"
                )
                yield problem_at(place, words, advice=True)


def _without_modes(site: Site, places: Mapping[str, Place]) -> Iterator[Problem]:
    """Beam modes that are spoken of in a site that names none: they go unchecked."""
    if site.settings.beam_modes:
        return
    if any(
        each.file == SETTINGS.file and each.severity == "error"
        for each in site.problems
    ):
        return
    said = list(_modes_said(site, places))
    if said:
        mode, place = said[0]
        more = f" and {len(said) - 1} more places" if len(said) > 1 else ""
        words = (
            "beam_modes is missing: name the beam modes (a list, lower case), so that "
            f'"{mode}" in {place.file}:{place.line}{more} can be checked'
        )
        yield problem_at(SETTINGS, words)


def _modes_said(site: Site, places: Mapping[str, Place]) -> Iterator[tuple[str, Place]]:
    seen: set[Place] = set()
    for layout, page, plot in plots_of(site):
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
