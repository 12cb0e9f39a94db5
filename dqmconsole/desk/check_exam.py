"""Checking the exam: whether its items make a fair one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.desk.check_evidence import look_into
from dqmconsole.desk.finding import problem_at
from dqmconsole.model.lesson import kind_of
from dqmconsole.simulation.table.causes import TABLE
from dqmconsole.site.lesson_sound import EXAM
from dqmconsole.site.lessons import lesson_key
from dqmconsole.training.item_bank import PlanError, make_plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from dqmconsole.model.lesson import ExamSettings
    from dqmconsole.model.problem import Problem
    from dqmconsole.model.site import Site
    from dqmconsole.site.findings import Place

_SEED = 1  # of the plan that is tried


def check_exam(
    site: Site, written: ExamSettings | None, places: Mapping[str, Place], folder: Path
) -> list[Problem]:
    """Find what is wrong with the exam of a site.

    What it names and is not there the reading of the site has said already.

    Args:
        site: the site without its drafts: of its exam plans are made.
        written: the exam as its file has it, with what cannot be shown.
        places: of the site's parts.
        folder: the site's.
    """
    if written is None:
        return []
    found = [
        problem_at(places.get(lesson_key(EXAM, part)), words)
        for part, words in _bundles(written, folder)
    ]
    # An exam grows bundle by bundle: that it is not yet whole stops no release.
    found += [
        problem_at(places.get(lesson_key(EXAM, part)), words, advice=True)
        for part, words in (*_plans(site), *_unfair(written, site))
    ]
    return found


def _bundles(exam: ExamSettings, folder: Path) -> Iterator[tuple[str, str]]:
    for item, source in enumerate(exam.matter):
        shown = look_into(folder, source.evidence)
        if shown is None:
            continue
        if shown.trouble:
            yield f"matter[{item}].evidence", shown.trouble
            continue
        for at, page in enumerate(source.pages):
            if page not in shown.pages:
                words = f'the evidence bundle does not show the page "{page}"'
                yield f"matter[{item}].pages[{at}]", words


def _plans(site: Site) -> Iterator[tuple[str, str]]:
    """Why no plan can be made of it."""
    if site.exam is None:
        return
    try:
        make_plan(site, _SEED)
    except PlanError as error:
        yield "matter", f"no exam yet: {error}"


def _unfair(exam: ExamSettings, site: Site) -> Iterator[tuple[str, str]]:
    known = {each.name: each.kind for each in TABLE}
    kinds = [kind_of(each, known) for each in exam.matter]
    if "harmless" not in kinds:
        words = "no harmless event is in it: who calls at all of them is not found out"
        yield "matter", words
    there = {
        f"{layout.layout}/{page.page}"
        for layout in site.layouts
        for page in layout.pages
    }
    with_fault = {
        page
        for source, kind in zip(exam.matter, kinds, strict=True)
        for page in source.pages
        if kind == "fault"
    }
    for item, (source, kind) in enumerate(zip(exam.matter, kinds, strict=True)):
        for at, page in enumerate(source.pages if kind == "harmless" else ()):
            if page in there and page not in with_fault:
                words = (
                    f'no fault is ever shown on "{page}": it betrays that it is good'
                )
                yield f"matter[{item}].pages[{at}]", words
