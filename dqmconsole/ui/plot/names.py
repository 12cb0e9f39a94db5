"""Short names of the curves of one plot: only what tells them apart."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.model.histogram import Histogram
    from dqmconsole.model.layout import Plot

_UP_TO_PIECE = re.compile(r".*(?:[^\w+−-]|_)")
_LETTER = re.compile(r"[^\W\d_]")


def names_of(plot: Plot, overlays: Sequence[Histogram]) -> tuple[str, ...]:
    """Name the curves of a plot: its own first, then each overlay.

    Args:
        plot: with the paths of all of them.
        overlays: those there are; others of the plot may not be in this run.

    Returns:
        One name per curve; nothing where there are no overlays.
    """
    if not overlays:
        return ()
    names = short_names((plot.path, *plot.overlay))
    if len(overlays) == len(plot.overlay):
        return names
    # some are lost: by its own name each is found, unless several share one
    found: dict[str, list[str]] = {}
    for path, name in zip(plot.overlay, names[1:], strict=True):
        found.setdefault(path.rsplit("/", 1)[-1], []).append(name)
    choices = [found.get(each.name, []) for each in overlays]
    own = [
        name[0] if len(name) == 1 else each.name
        for name, each in zip(choices, overlays, strict=True)
    ]
    return (names[0], *own)


@lru_cache(maxsize=512)
def short_names(paths: tuple[str, ...]) -> tuple[str, ...]:
    """Shorten paths to what tells them apart.

    Args:
        paths: of monitor elements.

    Returns:
        Of each path the fewest folders (its own name among them) that no other path
        has, without what all begin or end with; the paths themselves where that would
        not tell them apart.
    """
    parts = [path.split("/") for path in paths]
    names = [" ".join(_telling(parts, index)) for index in range(len(parts))]
    head = _common_head(names)
    names = [name[len(head) :] for name in names]
    tail = _common_tail(names)
    names = [name[: len(name) - len(tail)] for name in names]
    short = tuple(name.replace("_", " ").strip() for name in names)
    apart = "" not in short and len(set(short)) == len(set(paths))
    return short if apart else paths


def common_start(names: Sequence[str]) -> str:
    """The letters that all begin with; there is a name."""
    same = 0
    for letters in zip(*names, strict=False):
        if len(set(letters)) > 1:
            break
        same += 1
    return names[0][:same]


def whole_pieces(words: str) -> str:
    """Words up to the end of their last whole piece; "" where there is none."""
    found = _UP_TO_PIECE.match(words)
    return "" if found is None else found[0]


def _telling(parts: Sequence[Sequence[str]], index: int) -> tuple[str, ...]:
    """The fewest parts of one path that no other has all of, the last ones first."""
    own = parts[index]
    others = [set(each) for at, each in enumerate(parts) if at != index]
    places = range(len(own) - 1, -1, -1)
    for count in range(1, len(own) + 1):
        for chosen in combinations(places, count):
            words = tuple(own[at] for at in sorted(chosen))
            if not any(other.issuperset(words) for other in others):
                return words
    return tuple(own)


def _common_head(names: Sequence[str]) -> str:
    """What all begin with, in whole pieces; a bare number is left its word."""
    same = common_start(names)
    while head := whole_pieces(same):
        if all(_LETTER.search(name[len(head) :]) for name in names):
            return head
        same = head[:-1]
    return ""


def _common_tail(names: Sequence[str]) -> str:
    """What all end with, in whole pieces; each is left some letter."""
    tail = common_start([name[::-1] for name in names])[::-1]
    for at, letter in enumerate(tail):
        if letter in "_ " and all(
            _LETTER.search(name[: len(name) - len(tail) + at]) for name in names
        ):
            return tail[at:]
    return ""
