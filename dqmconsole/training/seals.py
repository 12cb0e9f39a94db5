"""What exam and observed shift rest on, sealed, so that a later change can be told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.record import hash_of
from dqmconsole.training.truth import pages_with

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from dqmconsole.model.site import Site
    from dqmconsole.training.observed_records import InShift

_INSTRUCTION = "instruction "


def instructions_on(site: Site, pages: Collection[str]) -> dict[str, str]:
    """The instructions of some pages and of the plots on them.

    Args:
        site: the site in force.
        pages: "Layout/Page" names.

    Returns:
        "instruction ID" -> "VERSION HASH"; of one that is not there "".
    """
    names = {
        plot.instruction or page.instruction or ""
        for layout in site.layouts
        for page in layout.pages
        if f"{layout.layout}/{page.page}" in pages
        for plot in page.plots
    }
    return _now(site, names - {""})


def shift_seal(site: Site, events: Iterable[InShift]) -> dict[str, str]:
    """The pages that show what is to be dealt with in a shift, and their instructions.

    Args:
        site: the site in force.
        events: of the shift, with the paths of their plots.

    Returns:
        "page NAME" -> hash, and :func:`instructions_on` them.
    """
    struck = {path for each in events for path in each.plots}
    pages = set[str]().union(*(pages_with(site, each) for each in struck))
    return {**_pages(site, pages), **instructions_on(site, pages)}


def changed_in_shift(site: Site, sealed: Mapping[str, str]) -> list[str]:
    """What of a :func:`shift_seal` is no longer as it was: names of pages, and more."""
    pages = [e.removeprefix("page ") for e in sealed if e.startswith("page ")]
    now = {**_pages(site, pages), **_sealed_instructions(site, sealed)}
    return [each.removeprefix("page ") for each in sealed if now[each] != sealed[each]]


def changed_instructions(site: Site, sealed: Mapping[str, str]) -> list[str]:
    """The instructions of a seal that are no longer as they were: "instruction ID"."""
    now = _sealed_instructions(site, sealed)
    return [each for each in now if now[each] != sealed[each]]


def has_instructions(sealed: Mapping[str, str]) -> bool:
    """Tell whether a seal names instructions: those of earlier versions do not."""
    return any(each.startswith(_INSTRUCTION) for each in sealed)


# -- inside --------------------------------------------------------------------------


def _sealed_instructions(site: Site, sealed: Mapping[str, str]) -> dict[str, str]:
    names = (e.removeprefix(_INSTRUCTION) for e in sealed if e.startswith(_INSTRUCTION))
    return _now(site, names)


def _now(site: Site, names: Iterable[str]) -> dict[str, str]:
    there = {each.id: f"{each.version} {each.hash}" for each in site.instructions}
    return {f"{_INSTRUCTION}{name}": there.get(name, "") for name in sorted(names)}


def _pages(site: Site, pages: Collection[str]) -> dict[str, str]:
    found = dict.fromkeys((f"page {each}" for each in sorted(set(pages))), "")
    for layout in site.layouts:
        for page in layout.pages:
            name = f"page {layout.layout}/{page.page}"
            if name in found:
                encoded = msgspec.json.encode(page, order="deterministic")
                found[name] = hash_of(encoded)
    return found
