"""Names and numbers in a sentence."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def listed(names: Sequence[str], most: int = 3) -> str:
    """The first names, and how many more there are: "A, B and 3 more"."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def counted(many: int, one: str, more: str = "") -> str:
    """How many there are: "1 bin", "2 bins", "12,000 entries"."""
    return f"{many:,} {one if many == 1 else more or one + 's'}"


def slug(text: str, longest: int = 50, empty: str = "x") -> str:
    """A text as the name of a file: "Digi occupancy" is "digi-occupancy".

    Args:
        text: the text.
        longest: letters at most.
        empty: what there is of a text without any letter or digit.
    """
    name = re.sub("[^a-z0-9]+", "-", text.lower()).strip("-")
    return name[:longest].strip("-") or empty


def free_name(wanted: str, taken: Callable[[str], bool]) -> str:
    """A name, with the first number from 2 by which nothing else has it: "depth-2"."""
    numbered = (f"{wanted}-{number}" for number in itertools.count(2))
    return wanted if not taken(wanted) else next(n for n in numbered if not taken(n))
