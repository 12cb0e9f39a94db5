"""An engine beside a ledger that no longer says which release is in force."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
from engine.test_released import Bench, home, rename, title
from support.ledgers import Stopped, edit, put, stop

from dqmconsole.model.message import WORKING_COPY
from dqmconsole.site.ledger import ledger_folder, release_folder

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["home"]


@pytest.mark.parametrize("text", [None, "7\n"])
def test_what_is_read_is_kept_and_a_fresh_start_takes_the_newest_whole_release(
    home: Path, text: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    put(home)
    running = Bench(home)
    for name in ("Second", "Third"):
        rename(home, name)
        put(home)
    edit(release_folder(home, 3))
    rename(home, "Edited")
    current = ledger_folder(home) / "CURRENT"
    current.unlink()
    if text:
        current.write_text(text)
    running.run()
    assert not running.sites
    assert "releases 1, 2, 3 are there; which was in force?" in running.problems
    assert "the console keeps release 1" in running.problems
    bench = Bench(home)
    assert [title(site) for site in bench.sites] == ["Second"]
    assert "read is release 2" in bench.problems
    assert "which was in force?" in caplog.text
    # The next release ends it.
    rename(home, "Fourth")
    assert put(home).number == 4
    bench.run()
    assert [fact.release.number for fact in bench.told if fact.release] == [4]


def test_a_working_copy_that_was_read_is_kept_as_it_was(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    put(home)
    bench = Bench(home, release=WORKING_COPY)
    (ledger_folder(home) / "CURRENT").unlink()
    rename(home, "Edited")
    bench.run()
    assert not bench.sites
    assert "the console keeps the working copy" in bench.problems


def test_a_first_release_that_was_stopped_changes_nothing(home: Path) -> None:
    bench = Bench(home)
    with pytest.raises(Stopped):
        put(home, step=stop)
    rename(home, "Edited")
    bench.run()
    assert [title(site) for site in bench.sites] == ["Edited"]
    assert not bench.problems
    assert not bench.told
