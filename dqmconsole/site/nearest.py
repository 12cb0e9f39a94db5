"""Words of problems: the nearest right one where one is mistyped; long ones cut."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(word: str, choices: Iterable[str], likeness: float = 0.6) -> str | None:
    """Return the choice most like `word` (case ignored), or None if none is near.

    Args:
        word: what was written.
        choices: the right words.
        likeness: how like it must be at least, 0 to 1 (``difflib``'s ratio).
    """
    by_fold: dict[str, str] = {}
    for choice in choices:
        by_fold.setdefault(choice.casefold(), choice)
    found = difflib.get_close_matches(word.casefold(), by_fold, n=1, cutoff=likeness)
    return by_fold[found[0]] if found else None


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """Return ``; did you mean "..."?`` for the nearest choice, or ""."""
    found = nearest(word, choices)
    return f'; did you mean "{found}"?' if found is not None else ""


def short(text: str, most: int = 60) -> str:
    """Return a text, cut where it has more than `most` characters."""
    return text if len(text) <= most else f"{text[: most - 3]}..."
