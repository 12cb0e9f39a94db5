"""Checking a site as its experts do before they publish it."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.desk.check_against import check_against, list_sources
from dqmconsole.desk.check_calls import check_calls
from dqmconsole.desk.check_contacts import check_contacts
from dqmconsole.desk.check_exam import check_exam
from dqmconsole.desk.check_instructions import check_instructions
from dqmconsole.desk.check_lessons import check_lessons
from dqmconsole.desk.check_notes import check_notes
from dqmconsole.desk.check_order import in_order
from dqmconsole.desk.check_rules import (
    Elements,
    check_known,
    check_needs,
    check_rules,
)
from dqmconsole.desk.check_settings import check_settings
from dqmconsole.desk.check_versions import check_versions
from dqmconsole.site.site import read_site_to_check

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from dqmconsole.model.problem import Problem
    from dqmconsole.rootio.dqmfile import DqmFile


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
        The problems, errors and advice: of the settings first, then of the contacts,
        the layouts, and what is written about them, each by file and line.
    """
    read, drafts, places, broken = read_site_to_check(site)
    today = today or datetime.datetime.now(datetime.UTC).date()
    begin = datetime.datetime.combine(today, datetime.time(), datetime.UTC)
    elsewhere: list[Problem] = []
    listing = None
    if against:
        listing, elsewhere = list_sources(read, against, opener)
        # A source that cannot be read says nothing about the layouts.
        listing = listing if listing.paths else None
    elements = Elements(read, broken, listing.paths if listing else ())
    found = list(read.problems)
    found += check_settings(drafts, places, site)
    found += check_rules(site, read, places, today, elements)
    found += check_known(read, places, today, elements)
    found += check_needs(read, places, elements, compared=listing is not None)
    found += check_instructions(drafts, places, today, broken)
    found += check_calls(drafts, places)
    found += check_notes(drafts, places, today, broken)
    found += check_lessons(drafts, places, site, today)
    found += check_exam(read, drafts.exam, places, site)
    found += check_contacts(read, places, begin.timestamp())
    found += check_versions(read, places, site)
    if listing is not None:
        found += check_against(read, listing, places)
    return (*(_from_here(each, site) for each in in_order(found)), *elsewhere)


def _from_here(problem: Problem, site: Path) -> Problem:
    return msgspec.structs.replace(problem, file=str(site / problem.file))
