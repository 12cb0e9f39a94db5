"""Which versions of the program a site can be run by: ``program: ">=0.2,<1"``."""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Version = tuple[int, ...]

_CLAUSE = re.compile(r"(>=|<=|==|!=|~=|<|>)\s*(\d{1,6}(?:\.\d{1,6}){0,4})")
_RELEASE = re.compile(r"\d{1,6}(?:\.\d{1,6})*")
_COMPARE: dict[str, Callable[[Version, Version], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
}


class ProgramError(ValueError):
    """Wanted versions that cannot be read; says how they are written."""


def program_fits(wanted: str, version: str) -> bool:
    """Tell whether a version of the program is one of those wanted.

    Args:
        wanted: clauses such as ">=0.2,<1" that must all hold; "" wants any. Of
            ``>= <= == != < > ~=`` each compares the release's numbers.
        version: the program's; what follows its numbers (".dev1") does not count.

    Raises:
        ProgramError: `wanted` is not of that form.
    """
    found = _RELEASE.match(version)
    here = _numbers(found[0] if found else "0")
    return all(
        _holds(clause.strip(), here, wanted)
        for clause in (wanted.split(",") if wanted.strip() else ())
    )


def _holds(clause: str, here: Version, wanted: str) -> bool:
    form = _CLAUSE.fullmatch(clause)
    if form is None:
        message = f'versions are wanted such as ">=0.2,<1", not "{wanted}"'
        raise ProgramError(message)
    sign, text = form[1], form[2]
    than = _numbers(text)
    if sign != "~=":
        return _COMPARE[sign](here, than)
    series = len(text.split(".")) - 1
    if not series:
        message = f'"{clause}": ~= wants two numbers, such as ~=1.4'
        raise ProgramError(message)
    return here >= than and _padded(here)[:series] == _padded(than)[:series]


def _numbers(text: str) -> Version:
    """The numbers without trailing zeros, so that 1.0 is 1."""
    found = [int(each) for each in text.split(".")]
    while found and not found[-1]:
        found.pop()
    return tuple(found)


def _padded(version: Version) -> Version:
    return version + (0,) * (6 - len(version))
