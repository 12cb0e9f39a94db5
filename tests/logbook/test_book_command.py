"""``dqmconsole book``."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from click.testing import CliRunner
from support.books import ROLES, Place, record
from support.postgres import PASSWORD

from dqmconsole.app.cli import run
from dqmconsole.logbook.steps import VERSION

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from click.testing import Result
    from support.postgres import Cluster


def book(*arguments: str) -> Result:
    return CliRunner().invoke(run, ["book", *arguments])


def test_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    nothing = book("info")
    assert nothing.exit_code == 2
    assert "there is no book yet at" in nothing.stderr
    path = tmp_path / "dqmconsole" / "book.sqlite"
    assert not path.exists()
    made = book("create", str(path))
    assert made.exit_code == 0
    assert made.stdout.startswith(f"the book {path}, schema {VERSION}\n0 records\n")
    opened = Place(f"sqlite:///{path}", None).open()
    opened.write([record()])
    opened.close()
    told = book("info", str(path))
    assert "1 records, the last of 20" in told.stdout
    link = sqlite3.connect(path)
    with link:
        link.execute("UPDATE book SET version = 70")
    link.close()
    newer = book("info", str(path))
    assert newer.exit_code == 2
    assert "upgrade dqmconsole" in newer.stderr


def test_a_database(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    url = cluster.database()
    asked = book("create", url, "--user", "owner")
    assert asked.exit_code == 2
    assert "wants an account and its password" in asked.stderr
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    absent = book("info", url, "--user", "sue_shifter")
    assert "`dqmconsole book create URL`" in absent.stderr
    made = book("create", url, "--user", "owner")
    assert made.exit_code == 0
    assert "you: owner, expert" in made.stdout
    told = book("info", url, "--user", "sue_shifter")
    assert "you: sue_shifter, shifter" in told.stdout
    for account, role in ROLES.items():
        assert f"  {account}: {role}\n" in told.stdout


def test_a_password_in_the_url_is_refused() -> None:
    done = book("create", "postgresql://me:hush@host/dqm")
    assert done.exit_code == 2
    assert "take it out" in done.stderr
    assert "hush" not in done.stderr
