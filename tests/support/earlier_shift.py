"""A book in which somebody had a shift before the site changed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from dqmconsole.model.record import Read, Record, ShiftBegan
from dqmconsole.shift import reading
from dqmconsole.site.site import read_site

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.logbook.book import Book


def had_a_shift(book: Book, who: str, old_site: Path, account: str = "") -> None:
    """Write that somebody began a shift with everything of a site read."""
    when = time.time() - 90_000.0
    kept = reading.baseline(reading.items(read_site(old_site), when))
    common = {"who": who, "role": "shifter", "account": account}
    book.write(
        [
            Record(f"earlier of {who}", when, ShiftBegan("Leo"), **common),  # type: ignore[arg-type]
            Record(
                f"read by {who}", when, Read(reading.ALL, "", hash=kept.hash), **common
            ),  # type: ignore[arg-type]
        ],
        [kept],
    )
