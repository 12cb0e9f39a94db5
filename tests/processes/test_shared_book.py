"""Consoles that share a book: nothing lost, nothing doubled, all of one mind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from live_folder import folder, site  # noqa: F401 - fixtures
from support.books import Place
from support.postgres import PASSWORD, cluster  # noqa: F401 - a fixture
from support.shared_book import SharingConsole, delays, share

if TYPE_CHECKING:
    from pathlib import Path

    from support.postgres import Cluster

CONSOLES = 3
WRITES = 4
ACCOUNTS = ("sue_shifter", "leo_leader", "eva_expert")


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_consoles_that_write_at_once_agree(
    kind: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    folder: Path,  # noqa: F811
    site: Path,  # noqa: F811
) -> None:
    place = Place(f"sqlite:///{tmp_path}/book.sqlite", None)
    if kind == "postgresql":
        shared: Cluster = request.getfixturevalue("cluster")
        place = Place(shared.database(), shared)
    place.make()
    consoles = [
        SharingConsole(
            folder, site, place.url, ACCOUNTS[number] if place.shared else "",
            PASSWORD if place.shared else "", tmp_path / f"spool{number}.jsonl",
            WRITES, number,
        )
        for number in range(CONSOLES)
    ]  # fmt: skip
    try:
        share(consoles, WRITES)
    finally:
        codes = [console.end() for console in consoles]
    heard = [console.heard for console in consoles]
    assert codes == [0] * CONSOLES
    assert [each.refused for each in heard] == [[]] * CONSOLES
    assert [each.twice for each in heard] == [[]] * CONSOLES
    assert [each.unsaved for each in heard] == [0] * CONSOLES
    mine = [set(each.made) for each in heard]
    assert [len(each) for each in mine] == [2 * WRITES] * CONSOLES
    everything = set().union(*mine)
    assert all(set(each.seen) == everything for each in heard)
    assert all(each.numbers == heard[0].numbers for each in heard)
    assert len(set(heard[0].numbers.values())) == len(everything)
    assert all(each.states == heard[0].states for each in heard)
    assert len(delays(consoles)) == len(everything)
