"""Names and numbers in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def listed(names: Sequence[str], most: int = 3) -> str:
    """The first names, and how many more there are: "A, B and 3 more"."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def counted(many: int, one: str, more: str = "") -> str:
    """How many there are: "1 bin", "2 bins", "12,000 entries"."""
    return f"{many:,} {one if many == 1 else more or one + 's'}"
