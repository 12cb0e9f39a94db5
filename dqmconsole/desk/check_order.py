"""The problems of a site in the order to mend them, what follows from one summed up."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dqmconsole.model.problem import Problem

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
