"""Checking a site as its experts do before they publish it."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from dqmconsole.desk.listing import list_sources
from dqmconsole.model.layout import plot_key
from dqmconsole.site.kinds import CORE
from dqmconsole.site.rules.ignores import silence
from dqmconsole.site.rules.source import renames_in
from dqmconsole.site.rules.table import (
    REVIEW,
    RULES,
    SOURCE,
    problems_in,
    problems_of,
)
from dqmconsole.site.rules.wildcards import Wildcard, wildcards
from dqmconsole.site.site import read_site_to_check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from dqmconsole.model.problem import Problem
    from dqmconsole.rootio.dqmfile import DqmFile
    from dqmconsole.site.kinds import SiteTables
    from dqmconsole.site.rules.context import SiteReading
    from dqmconsole.site.rules.source_paths import SourcePaths


class Checked(NamedTuple):
    """What is found wrong with a site.

    Attributes:
        problems: errors and advice: of the settings first, then of the contacts, the
            layouts, and what is written about them, each by file and line.
        ignored: number of those that comments in the files silence.
        renamed: paths that the source lacks -> as they are named there now.
        source: the source, where there is one.
    """

    problems: tuple[Problem, ...]
    ignored: int = 0
    renamed: Mapping[str, str] = {}
    source: SourcePaths | None = None


def validate(
    site: Path,
    against: Sequence[str | Path] | None = None,
    today: datetime.date | None = None,
    opener: Callable[[Path], DqmFile] | None = None,
    tables: SiteTables = CORE,
) -> tuple[Problem, ...]:
    """The problems of :func:`check_site`."""
    return check_site(site, against, today, opener, tables).problems


def check_site(
    site: Path,
    against: Sequence[str | Path] | None = None,
    today: datetime.date | None = None,
    opener: Callable[[Path], DqmFile] | None = None,
    tables: SiteTables = CORE,
    *,
    judging: Callable[[int, int], None] | None = None,
) -> Checked:
    """Find everything that is wrong with a site, and what needs a review.

    A shift plot without an instruction is an error in a site that has at least one
    instruction; a site without any gets one piece of advice.

    Args:
        site: folder of the site.
        against: ROOT files, or folders of DQM files of which the newest run
            counts; together they are the source whose elements the plots must
            name. Plots of another run type than the source's are left out.
        today: the date that expiry is judged by; UTC's when left out.
        opener: opens a ROOT file; DqmFile when left out.
        tables: what features add to a site.
        judging: the sources are judged, too, and it is told how many plots of one are,
            of how many; None: they are not judged.
    """
    today = today or datetime.datetime.now(datetime.UTC).date()
    context = read_site_to_check(site, today, tables)
    elsewhere: list[Problem] = []
    if against:
        source, elsewhere = list_sources(context.site, against, opener)
        # A source that cannot be read says nothing about the layouts.
        context.source = source if source.paths else None
        context.renames = renames_in(context, source) if source.paths else ()
        if judging is not None and context.source is not None:
            _judge(site, source, against, tables, judging)
    found = [*context.site.problems, *problems_of(REVIEW, context)]
    found += problems_of(tables.review, context)
    found += _wrong_runs(context)
    if context.source is not None:
        found += problems_in(context.source, context)
    rules = {each.code: each for each in RULES}
    rules |= {each.code: each for _, added in tables.review for each in added}
    of_sources = {each.code for _, of_source in SOURCE for each in of_source}
    # what a source may show was not looked for without one
    looked_for = rules.keys() - (set() if context.source is not None else of_sources)
    kept = silence(site, found, rules, looked_for)
    said = (*(_from_here(each, site) for each in in_order(kept.problems)), *elsewhere)
    return Checked(said, kept.ignored, context.renamed, context.source)


def list_wildcards(
    site: Path, against: Sequence[str | Path] = (), tables: SiteTables = CORE
) -> tuple[tuple[Wildcard, ...], tuple[Problem, ...]]:
    """List the wildcards of a site with what they match, and what cannot be read.

    Args:
        site: folder of the site.
        against: as for :func:`check_site`.
        tables: what features add to a site.
    """
    context = read_site_to_check(
        site, datetime.datetime.now(datetime.UTC).date(), tables
    )
    troubles: list[Problem] = []
    if against:
        context.source, troubles = list_sources(context.site, against, None)
    found = wildcards(context)
    here = (msgspec.structs.replace(each, file=str(site / each.file)) for each in found)
    return tuple(here), tuple(troubles)


def _judge(
    site: Path,
    source: SourcePaths,
    against: Sequence[str | Path],
    tables: SiteTables,
    progress: Callable[[int, int], None],
) -> None:
    """Note what the checks of plots find in each source."""
    # the engine is heavy
    from dqmconsole.desk.judge_source import JudgeError, judge_source
    from dqmconsole.model.message import WORKING_COPY

    for each in against:
        try:
            found = judge_source(
                str(each), site, release=WORKING_COPY, tables=tables, progress=progress
            )
        except (JudgeError, OSError):
            continue  # what cannot be read was said
        for one in () if found.by_folder else found.plots:
            key = plot_key(one.layout, one.page, one.path)
            results = (str(each), one.verdict.checks)
            source.judged.setdefault(key, []).append(results)


def _wrong_runs(context: SiteReading) -> list[Problem]:
    """What is wrong with the runs that references name, where any are recorded."""
    site = context.site
    named = any(rule.every_run or rule.valid_until for rule in site.references)
    if not (named and site.settings.recorded):
        return []
    # rootio is heavy, and most sites name files
    from dqmconsole.desk.recorded import RecordedFolders
    from dqmconsole.desk.reference import folders_of, wrong_runs

    recorded = RecordedFolders(folders_of(site), site.settings)
    return list(wrong_runs(site, context.places, recorded))


def _from_here(problem: Problem, site: Path) -> Problem:
    return msgspec.structs.replace(problem, file=str(site / problem.file))


MAX_PLACES = 3  # said of the further places of one problem

# What names something of another file: one mistake there shows wherever it is named.
_NAMED = re.compile(
    r"(?:contacts\.yaml has no role|site\.yaml has no beam mode|there is no layout|"
    r"there is no instruction|the site has no page|the site has no plot) \"[^\"]*\"|"
    r"owner is \S+, and \S+ owns the layout [^:]+"
)
_FIRST = ("layouts/site.yaml", "instructions/contacts.yaml")


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Sort problems by what builds on what, and sum up those of one name.

    The site's settings come first, then the contacts, the layouts, and what is
    written about them. Where many places name what is nowhere, the first one has the
    problem and says how many more there are.
    """
    found = sorted(problems, key=_rank)
    by_name: dict[str, list[Problem]] = {}
    for each in found:
        if name := _NAMED.search(each.message):
            by_name.setdefault(name[0], []).append(each)
    again = {id(each) for same in by_name.values() for each in same[1:]}
    first = {id(same[0]): same for same in by_name.values()}
    return tuple(
        _summed_up(first[id(each)]) if id(each) in first else each
        for each in found
        if id(each) not in again
    )


def _rank(problem: Problem) -> tuple[int, str, int, int]:
    file = problem.file
    if file in _FIRST:
        rank = _FIRST.index(file)
    else:
        rank = len(_FIRST) + (not file.startswith("layouts"))
    return (rank, file, problem.line, problem.column)


def _summed_up(same: list[Problem]) -> Problem:
    problem, *others = same
    if not others:
        return problem
    places = list(dict.fromkeys(f"{each.file}:{each.line}" for each in others))
    if len(others) > MAX_PLACES:
        words = f"and {len(others)} more places, the next is {places[0]}"
    else:
        words = f"and in {', '.join(places)}"
    return msgspec.structs.replace(problem, message=f"{problem.message} ({words})")
