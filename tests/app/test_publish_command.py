"""``dqmconsole publish`` and ``doctor`` as a person types them."""

from __future__ import annotations

import json
import os
import pwd
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from desk.test_publish import home, rename

from dqmconsole.app.cli import run
from dqmconsole.book.book import Book
from dqmconsole.files.ledger import current_release, has_ledger, release

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

__all__ = ["home"]
AGREED = ("--yes", "--by", "Ann", "--why", "because")


@pytest.fixture(autouse=True)
def an_expert(home: Path) -> None:
    """Let whoever runs the tests be an expert of the site."""
    account = pwd.getpwuid(os.getuid()).pw_name
    path = home / "layouts" / "site.yaml"
    path.write_text(path.read_text().replace("expert: [ann]", f"expert: [{account}]"))


def publish(home: Path, *words: str, keys: str | None = None) -> Result:
    return CliRunner().invoke(run, ["publish", "--site", str(home), *words], input=keys)


def test_it_says_what_it_does_and_does_it(home: Path) -> None:
    result = publish(home, *AGREED)
    assert result.exit_code == 0, result.output
    assert "Release 1 is in force" in result.output
    rename(home, "Trend")
    result = publish(home, *AGREED)
    assert 'Hcal/TPTask/trend: title: "2024" → "Trend"' in result.output
    result = publish(home, "--rollback", "1", *AGREED)
    assert "(release 1 again)" in result.output
    lines = publish(home, "--list").output.splitlines()
    assert [line[0] for line in lines] == [" ", " ", "*"]
    found = current_release(home)
    assert found is not None
    assert (found.number, found.by, found.why) == (3, "Ann", "because")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 2, "no terminal"),
        (("--yes",), 2, "give --why and --by"),
        (("--yes", "--by", "Ann", "--why", " "), 2, "give --why and --by"),
        (("--rollback", "0", *AGREED), 2, "range"),
        (("--rollback", "7", *AGREED), 1, "no release 7"),
        (("--list",), 2, "CURRENT"),
    ],
)
def test_what_is_refused(
    home: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    result = publish(home, *words)
    assert result.exit_code == code
    assert said in result.output
    assert not has_ledger(home)


def test_errors_are_listed_by_line(home: Path) -> None:
    (home / "layouts" / "known.yaml").write_text("- [\n")
    result = publish(home, *AGREED)
    assert result.exit_code == 1
    assert "known.yaml:2:1: syntax error" in result.output
    assert "1 error in the site" in result.output


def test_the_bundled_site_is_refused() -> None:
    result = CliRunner().invoke(run, ["publish", *AGREED])
    assert result.exit_code == 1
    assert "use --site" in result.output


def test_at_a_terminal_it_asks(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal:
        def __init__(self, stream: object) -> None:
            self._stream = stream

        def isatty(self) -> bool:
            return True

        def __getattr__(self, name: str) -> object:
            return getattr(self._stream, name)

    import dqmconsole.app.commands.publish as command

    class Sys:
        def __getattr__(self, name: str) -> object:
            import sys

            found = getattr(sys, name)
            return Terminal(found) if name == "stdin" else found

    monkeypatch.setattr(command, "sys", Sys())
    result = publish(home, keys="Ann\nnew layout\nn\n")
    assert result.exit_code == 1
    assert "not confirmed" in result.output
    assert not has_ledger(home)
    result = publish(home, keys="Ann\nnew layout\ny\n")
    assert result.exit_code == 0
    assert (release(home, 1).by, release(home, 1).why) == ("Ann", "new layout")


def test_the_database_of_the_site_holds_the_release(home: Path, tmp_path: Path) -> None:
    path = home / "layouts" / "site.yaml"
    database = tmp_path / "book.sqlite"
    path.write_text(f"{path.read_text()}database: sqlite:///{database}\n")
    assert publish(home, *AGREED).exit_code == 0
    book = Book.open(str(database))
    assert book.releases("Test") == (release(home, 1),)
    book.close()
    # Taking the database out of the working copy does not go round it.
    path.write_text(path.read_text().replace("database:", "# database:"))
    assert publish(home, *AGREED).exit_code == 0
    book = Book.open(str(database))
    assert [each.number for each in book.releases("Test")] == [1, 2]
    book.close()


def test_a_database_that_is_away(home: Path) -> None:
    path = home / "layouts" / "site.yaml"
    path.write_text(f"{path.read_text()}database: postgresql://127.0.0.1:1/none\n")
    result = publish(home, *AGREED)
    assert result.exit_code == 2
    assert "nothing was published" in result.output
    assert not has_ledger(home)


def test_the_doctor(home: Path) -> None:
    publish(home, *AGREED)
    result = CliRunner().invoke(run, ["doctor", "--site", str(home), "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.output)
    assert {"program", "requirement", "site", "ledger", "book", "window"} == {
        each["area"] for each in found
    }
    assert any("draws without a display" in each["sentence"] for each in found)


def test_the_doctor_of_a_broken_site(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dqmconsole.app.commands.doctor._windows", lambda: ())
    (home / "layouts" / "site.yaml").write_text('experiment: T\nprogram: ">=99"\n')
    result = CliRunner().invoke(run, ["doctor", "--site", str(home)])
    assert result.exit_code == 1
    assert ">=99" in result.output
