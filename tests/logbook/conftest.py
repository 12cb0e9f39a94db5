from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.books import Place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dqmconsole.logbook.book import Book


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where a book can be made: a file, or an empty database of the cluster."""
    if request.param == "sqlite":
        return Place(f"sqlite:///{tmp_path}/book.sqlite", None)
    cluster = request.getfixturevalue("cluster")
    return Place(cluster.database(), cluster)


@pytest.fixture
def book(place: Place) -> Iterator[Book]:
    """A new book, opened by a shift leader."""
    place.make()
    opened = place.open()
    yield opened
    opened.close()
