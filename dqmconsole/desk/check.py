"""Checking a site as its experts do before they publish it."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.desk.check_contacts import check_contacts
from dqmconsole.desk.check_instructions import check_instructions
from dqmconsole.desk.check_notes import check_notes
from dqmconsole.desk.check_versions import check_versions
from dqmconsole.desk.finding import problem_at
from dqmconsole.desk.listing import Listing, list_source
from dqmconsole.files.findings import Place
from dqmconsole.files.globs import any_match
from dqmconsole.files.nearest import did_you_mean
from dqmconsole.files.site import known_key, read_site_with_places, rule_key
from dqmconsole.model.layout import plot_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dqmconsole.model.layout import Layout, Page, Plot
    from dqmconsole.model.problem import Problem
    from dqmconsole.model.site import Site
    from dqmconsole.rootio.dqmfile import DqmFile

# Looking for the nearest of 20,000 names in one folder takes 0.3 s.
MAX_HINTS = 50
MAX_BESIDE = 8  # names of a folder said in one line

REVIEW_AFTER = datetime.timedelta(days=365)


def validate(
    site: Path,
    against: Sequence[Path] | None = None,
    today: datetime.date | None = None,
    opener: Callable[[Path], DqmFile] | None = None,
) -> tuple[Problem, ...]:
    """Find everything that is wrong with a site, and what wants a review.

    A shift plot without an instruction is an error in a site that has at least one
    instruction; a site without any gets one piece of advice.

    Args:
        site: folder of the site.
        against: ROOT files, or folders of DQM files of which the newest run
            counts; together they are the source whose elements the plots must
            name. Plots of another run type than the source's are left out.
        today: the date that expiry is judged by; UTC's when left out.
        opener: opens a ROOT file; DqmFile when left out.

    Returns:
        The problems, errors and advice, by file and line.
    """
    read, places = read_site_with_places(site)
    today = today or datetime.datetime.now(datetime.UTC).date()
    found = list(read.problems)
    found += _recorded(site, read)
    found += _references(site, read, places, today)
    found += _known(read, places, today)
    found += check_instructions(read, places, today)
    found += check_notes(read, places, today)
    begin = datetime.datetime.combine(today, datetime.time(), datetime.UTC)
    found += check_contacts(read, places, begin.timestamp())
    found += check_versions(read, places, site)
    elsewhere: list[Problem] = []
    if against:
        listing, troubles = _listing(read, against, opener)
        elsewhere += troubles
        # A source that cannot be read says nothing about the layouts.
        if listing.paths:
            for layout in read.layouts:
                found += _missing(read, layout, listing, places)
                found += _no_partitions(layout, listing, places)
            found += _known_missing(read, listing, places)
    found.sort(key=lambda each: (each.file, each.line, each.column))
    return (*(_from_here(each, site) for each in found), *elsewhere)


def _from_here(problem: Problem, site: Path) -> Problem:
    return msgspec.structs.replace(problem, file=str(site / problem.file))


def _recorded(folder: Path, site: Site) -> list[Problem]:
    """Folders of recorded runs that are not there, on this machine at least."""
    return [
        problem_at(
            Place("layouts/site.yaml"),
            f'recorded: there is no folder "{each}" (relative to the site)',
            advice=True,
        )
        for each in site.settings.recorded
        if not _is_folder(folder / Path(each).expanduser())
    ]


def _references(
    folder: Path, site: Site, places: Mapping[str, Place], today: datetime.date
) -> list[Problem]:
    found = []
    for index, rule in enumerate(site.references):
        place = places.get(rule_key(index))
        if rule.file is not None and not _is_file(folder / "layouts" / rule.file):
            found.append(problem_at(place, f'there is no reference file "{rule.file}"'))
        chosen = datetime.date.fromisoformat(rule.chosen_on)
        if chosen > today:
            words = f"the reference was chosen on {chosen}, which is yet to come"
            found.append(problem_at(place, words, advice=True))
        elif today - chosen > REVIEW_AFTER:
            words = (
                f"the reference was chosen on {chosen}, more than a year ago: is it "
                f"still right? ({rule.chosen_by} chose it)"
            )
            found.append(problem_at(place, words, advice=True))
    return found


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        # A name longer than the disk allows, or a folder that is closed to us.
        return False


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _known(
    site: Site, places: Mapping[str, Place], today: datetime.date
) -> list[Problem]:
    found = []
    for index, known in enumerate(site.known):
        expires = datetime.date.fromisoformat(known.expires)
        if expires < today:
            words = (
                f'the known problem "{known.problem}" expired on {expires}: '
                f"{known.owner} must review it"
            )
            found.append(problem_at(places.get(known_key(index)), words, advice=True))
    return found


def _listing(
    site: Site,
    against: Sequence[Path],
    opener: Callable[[Path], DqmFile] | None,
) -> tuple[Listing, list[Problem]]:
    paths: set[str] = set()
    words: set[str] = set()
    partitions: set[str] = set()
    problems: list[Problem] = []
    for source in against:
        listing, troubles = list_source(
            source,
            site.settings.conditions.run_type,
            opener,
            site.settings.conditions.dcs,
        )
        paths |= listing.paths
        partitions |= listing.partitions
        words.add(listing.run_type)
        problems += troubles
    words.discard("")
    name = ", ".join(str(source) for source in against)
    # Sources of several run types leave nothing out.
    run_type = words.pop() if len(words) == 1 else ""
    return Listing(name, paths, run_type, partitions), problems


def _missing(
    site: Site, layout: Layout, listing: Listing, places: Mapping[str, Place]
) -> list[Problem]:
    run_type = site.settings.run_types.get(listing.run_type)
    plots = [
        (page, plot)
        for page in layout.pages
        for plot in page.plots
        if run_type is None or not plot.run_types or run_type in plot.run_types
    ]
    subsystems = {plot.path.split("/", 1)[0] for _, plot in plots}
    if plots and not subsystems & listing.subsystems:
        place = _place(places, layout, *plots[0])
        words = (
            f"{listing.name} holds no {' or '.join(sorted(subsystems))}: "
            f'"{layout.layout}" ({len(plots)} plots) is not compared with it'
        )
        return [problem_at(place, words, advice=True)]
    found: list[Problem] = []
    for page, plot in plots:
        key = plot_key(layout.layout, page.page, plot.path)
        for path in (plot.path, *plot.overlay):
            if path in listing.paths:
                continue
            near = listing.nearest(path) if len(found) < MAX_HINTS else None
            hint = f'; did you mean "{near}"?' if near else _beside(listing, path)
            words = f'"{path}" is not in {listing.name}{hint}'
            found.append(problem_at(places.get(key), words, key=key))
    return found


def _beside(listing: Listing, path: str) -> str:
    """Some names of the folder a path was looked for in, where none is like it."""
    folder, names = listing.beside(path)
    if not folder or not names:
        return ""
    more = ", …" if len(names) > MAX_BESIDE else ""
    return f"; {folder} holds {', '.join(names[:MAX_BESIDE])}{more}"


def _no_partitions(
    layout: Layout, listing: Listing, places: Mapping[str, Place]
) -> list[Problem]:
    """Partitions that plots need and the source does not know, each said once."""
    found: dict[str, Problem] = {}
    for page in layout.pages if listing.partitions else ():
        for plot in page.plots:
            for name in plot.needs.dcs if plot.needs else ():
                if name in listing.partitions or name in found:
                    continue
                hint = did_you_mean(name, sorted(listing.partitions))
                words = f'needs: {listing.name} has no DCS partition "{name}"{hint}'
                key = plot_key(layout.layout, page.page, plot.path)
                found[name] = problem_at(places.get(key), words, key=key)
    return list(found.values())


def _known_missing(
    site: Site, listing: Listing, places: Mapping[str, Place]
) -> list[Problem]:
    """Known problems of which a glob names nothing that the source holds."""
    found = []
    for index, known in enumerate(site.known):
        if known.subsystem not in listing.subsystems:
            continue
        for glob in known.paths:
            if not any(any_match(path, (glob,)) for path in listing.paths):
                words = (
                    f'the known problem "{known.problem}" shows nowhere: "{glob}" '
                    f"matches nothing in {listing.name}"
                )
                place = places.get(known_key(index))
                found.append(problem_at(place, words, advice=True))
    return found


def _place(
    places: Mapping[str, Place], layout: Layout, page: Page, plot: Plot
) -> Place | None:
    return places.get(plot_key(layout.layout, page.page, plot.path))
