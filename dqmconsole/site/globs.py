"""Globs on paths of monitor elements: ``*``, ``?``, ``[...]``; ``*`` crosses ``/``."""

from __future__ import annotations

import fnmatch
import functools
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_BRACES = re.compile(r"\{[^{}]*(?:,|\.\.)[^{}]*\}")
_TOKEN = re.compile(r"\*+|\?|\[!?\]?[^\]]*\]|.", re.DOTALL)


def any_match(path: str, globs: Iterable[str]) -> bool:
    """Tell whether any of the globs matches the path, case and all."""
    return _any_of(tuple(globs)).match(path) is not None


def matches_any(glob: str, paths: Iterable[str]) -> bool:
    """Tell whether a glob matches any of many paths."""
    return any(map(_any_of((glob,)).match, paths))


@functools.lru_cache(maxsize=4096)
def _any_of(globs: tuple[str, ...]) -> re.Pattern[str]:
    """One pattern in place of many: a site asks 300,000 times when it is checked."""
    return re.compile("|".join(map(fnmatch.translate, globs)) if globs else "(?!)")


def wrong_glob(glob: str) -> str:
    """Why a glob cannot mean what it seems to; "" when it can."""
    if _BRACES.search(glob):
        return (
            f'"{glob}": braces do not expand here, as they do in path: of a layout; '
            "write each name, or a wildcard (*, ?, [1-3])"
        )
    if glob.count("[") > glob.count("]"):
        return f'"{glob}": a "[" that is never closed; a set is such as [1-3]'
    return ""


@functools.cache
def literal(glob: str) -> tuple[bool, int]:
    """How specific a glob is: without wildcards first, then by literal characters."""
    tokens = _tokens(glob)
    wild = sum(map(_is_wild, tokens))
    return (wild == 0, len(tokens) - wild)


def could_both_match(first: str, second: str) -> bool:
    """Tell whether some path could match both globs.

    Character sets (``[...]``) count as any character, so that a doubt says yes.
    """
    one, other = _tokens(first), _tokens(second)
    # reach[j]: the tokens taken from `one` and the first j of `other` can agree.
    reach = [True] + [False] * len(other)
    for j, token in enumerate(other):
        reach[j + 1] = reach[j] and token.startswith("*")
    for token in one:
        star = token.startswith("*")
        row = [reach[0] and star]
        for j, across in enumerate(other):
            if star or across.startswith("*"):
                row.append(reach[j + 1] or row[j])
            else:
                same = token == across or _is_wild(token) or _is_wild(across)
                row.append(reach[j] and same)
        reach = row
    return reach[-1]


def _tokens(glob: str) -> list[str]:
    return _TOKEN.findall(glob)


def _is_wild(token: str) -> bool:
    return token[0] in "*?" or (token[0] == "[" and len(token) > 1)
