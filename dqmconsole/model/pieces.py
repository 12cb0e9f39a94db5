"""Work that is done piece by piece."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Generator

T = TypeVar("T")


def ended(work: Generator[object, None, T]) -> T:
    """What comes of it, all pieces at once."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            found: T = end.value
            return found
