"""The part of a site that some plots rest on, at one moment: for evidence bundles."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.layout import (
    Layout,
    Page,
    Plot,
    ReferenceDraw,
    plot_key,
)
from dqmconsole.model.site import SiteSettings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dqmconsole.model.contacts import Contact, Contacts
    from dqmconsole.model.instruction import Instruction, Note
    from dqmconsole.model.known_issue import KnownIssue
    from dqmconsole.model.layout import ReferenceMode
    from dqmconsole.model.site import Site

LOOSE_LAYOUT, LOOSE_PAGE = "Evidence", "Plots"
"""Where plots go that are on no page of the site."""


def excerpt(
    site: Site,
    plots: Mapping[str, tuple[str, int]],
    modes: Mapping[str, ReferenceMode],
    moment: float,
) -> Site:
    """What of a site holds for some plots; no database, accounts or folders.

    Args:
        site: the site.
        plots: the plots: key -> path of the element and the run it shows.
        modes: how the reference of each is compared: becomes its layout's.
        moment: unix time, s: notes and rotas that hold then are kept.
    """
    layouts = tuple(_layouts(site.layouts, plots, modes))
    rows = [
        (layout.layout, page.page, plot)
        for layout in layouts
        for page in layout.pages
        for plot in page.plots
    ]
    named = {plot.instruction for _, _, plot in rows if plot.instruction}
    instructions = tuple(each for each in site.instructions if each.id in named)
    day = datetime.fromtimestamp(moment, UTC).date().isoformat()
    notes = tuple(
        note
        for note in site.notes
        if note.expires >= day
        and any(
            note.applies_to.names(layout, page, plot.path)
            for layout, page, plot in rows
        )
    )
    known = tuple(
        each
        for each in site.known
        if any(each.shows_in(path, run) for path, run in plots.values())
    )
    settings = site.settings
    return msgspec.structs.replace(
        site,
        folder="",
        home="",
        settings=SiteSettings(
            settings.experiment,
            run_types=settings.run_types,
            conditions=settings.conditions,
            beam_modes=settings.beam_modes,
            data_expected=settings.data_expected,
            header=settings.header,
            shown=settings.shown,
            lumisection=settings.lumisection,
            lumisection_length=settings.lumisection_length,
            components=settings.components,
            classes=settings.classes,
            format=settings.format,
        ),
        layouts=layouts,
        references=(),
        known=known,
        problems=(),
        instructions=instructions,
        notes=notes,
        contacts=_contacts(
            site.contacts, _roles(layouts, instructions, notes, known), moment
        ),
        checklists=(),
        glossary=(),
        parts={},
    )


def _layouts(
    layouts: Iterable[Layout],
    plots: Mapping[str, tuple[str, int]],
    modes: Mapping[str, ReferenceMode],
) -> Iterable[Layout]:
    loose = dict(plots)
    for layout in layouts:
        pages = []
        for page in layout.pages:
            kept = []
            for plot in page.plots:
                key = plot_key(layout.layout, page.page, plot.path)
                if loose.pop(key, None) is not None:
                    kept.append(_compared(plot, modes.get(key)))
            if kept:
                pages.append(msgspec.structs.replace(page, plots=tuple(kept)))
        if pages:
            yield msgspec.structs.replace(layout, pages=tuple(pages))
    if loose:
        there = {path: modes.get(key) for key, (path, _) in loose.items()}
        elsewhere = tuple(_compared(Plot(path), mode) for path, mode in there.items())
        yield Layout(LOOSE_LAYOUT, (Page(LOOSE_PAGE, elsewhere),))


def _compared(plot: Plot, mode: ReferenceMode | None) -> Plot:
    if mode is None:
        return plot
    drawn = ReferenceDraw(mode, plot.reference.normalize)
    return msgspec.structs.replace(plot, reference=drawn)


def _roles(
    layouts: Iterable[Layout],
    instructions: Iterable[Instruction],
    notes: Iterable[Note],
    known: Iterable[KnownIssue],
) -> set[str]:
    roles = {each.owner for each in layouts} | {each.owner for each in instructions}
    roles |= {each.owner for each in notes} | {each.owner for each in known}
    for instruction in instructions:
        roles |= {step.role for step in instruction.steps}
        roles |= {turn.role for turn in instruction.turns}
    return roles


def _contacts(contacts: Contacts, roles: set[str], moment: float) -> Contacts:
    """The contacts of some roles and of those to turn to after them."""
    kept: dict[str, Contact] = {}
    waiting = sorted(roles)
    while waiting:
        role = waiting.pop()
        contact = contacts.roles.get(role)
        if contact is None or role in kept:
            continue
        rota = tuple(turn for turn in contact.rota if turn.begin <= moment < turn.end)
        kept[role] = msgspec.structs.replace(contact, rota=rota)
        waiting.append(contact.then)
    return msgspec.structs.replace(
        contacts, roles={role: kept[role] for role in sorted(kept)}
    )
