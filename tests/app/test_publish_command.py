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
from dqmconsole.logbook.book import Book
from dqmconsole.logbook.errors import BookSignIn
from dqmconsole.logbook.spool import spool_path
from dqmconsole.site.ledger import current_number, has_ledger, ledger_folder, manifest

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
    assert [line[:6] for line in lines] == ["     1", "     2", "*    3"]
    found = manifest(home, current_number(home)).release
    assert found is not None
    assert (found.number, found.by, found.why) == (3, "Ann", "because")


def test_a_program_is_shown_what_changes_and_answers(home: Path) -> None:
    publish(home, *AGREED)
    rename(home, "Trend")
    refused = publish(home, "--json", keys="")
    assert "not confirmed" in refused.output.splitlines()[-1]
    done = publish(home, "--json", keys='{"by": "Ann", "why": "new title"}\n')
    shown, made = map(json.loads, done.output.splitlines())
    assert shown["changes"][0]["sentence"].endswith('title: "2024" → "Trend"')
    assert (shown["type"], made["type"]) == ("proposal", "published")
    assert made["release"]["why"] == "new title"
    (home / "layouts" / "known.yaml").write_text("- [\n")
    (line,) = publish(home, "--json", keys="").output.splitlines()
    assert json.loads(line)["problems"][0]["line"] == 2


def test_a_program_is_asked_for_the_account_of_a_database(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = home / "layouts" / "site.yaml"
    database = f"sqlite:///{tmp_path / 'book.sqlite'}"
    path.write_text(f"{path.read_text()}database: {database}\n")
    given: list[tuple[str, str]] = []
    opens = Book.open

    def wants(url: str, *, user: str = "", password: str = "") -> Book:
        given.append((user, password))
        if not password:
            message = "it wants an account and its password"
            raise BookSignIn(message)
        return opens(url)

    monkeypatch.setattr(Book, "open", wants)
    answers = ['{"user": "ann", "password": "x"}', '{"by": "Ann", "why": "because"}']
    done = publish(home, "--json", keys="\n".join((*answers, "")))
    asked, _, made = map(json.loads, done.output.splitlines())
    assert asked == {
        "type": "sign-in",
        "sentence": "it wants an account and its password",
    }
    assert made["type"] == "published"
    assert given[:2] == [("", ""), ("ann", "x")]
    (refused,) = publish(home, "--json", *AGREED).output.splitlines()
    assert "wants an account" in json.loads(refused)["sentence"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 2, "no terminal"),
        (("--yes",), 2, "give --why and --by"),
        (("--yes", "--by", "Ann", "--why", " "), 2, "give --why and --by"),
        (("--rollback", "0", *AGREED), 2, "range"),
        (("--rollback", "7", *AGREED), 1, "no release 7"),
        (("--rollback", "1", "--against", ".", *AGREED), 2, "--against is for what"),
        (("--list",), 0, "nothing was published yet"),
        (("--bogus",), 2, "No such option"),
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


def test_a_checkout_is_published_when_it_is_named(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dqmconsole.desk.publish.bundled_site", lambda: home)
    assert publish(home, *AGREED).exit_code == 1
    (home / "pyproject.toml").touch()
    assert publish(home, *AGREED).exit_code == 0


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
    assert (manifest(home, 1).release.by, manifest(home, 1).release.why) == (
        "Ann",
        "new layout",
    )


def test_the_database_of_the_site_holds_the_release(home: Path, tmp_path: Path) -> None:
    path = home / "layouts" / "site.yaml"
    database = tmp_path / "book.sqlite"
    path.write_text(f"{path.read_text()}database: sqlite:///{database}\n")
    assert publish(home, *AGREED).exit_code == 0
    book = Book.open(str(database))
    assert book.releases("Test") == (manifest(home, 1).release,)
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
    assert result.exit_code == 3
    assert "nothing was published" in result.output
    assert not has_ledger(home)


def test_a_disk_that_fails(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("dqmconsole.site.staging._finish", full)
    result = publish(home, *AGREED)
    assert result.exit_code == 3
    assert "No space left on device; nothing was published" in result.output


def test_the_exit_codes_are_documented() -> None:
    said = " ".join(CliRunner().invoke(run, ["publish", "--help"]).output.split())
    for words in ("0 done; 1 refused", "2 a wrong command line", "3 the disk or the"):
        assert words in said


def test_the_list_leaves_nothing_out(home: Path) -> None:
    for title in ("A", "B", "C"):
        rename(home, title)
        publish(home, *AGREED)
    folder = ledger_folder(home)
    (folder / "2" / "release.yaml").unlink()
    result = publish(home, "--list")
    assert result.exit_code == 0
    one, two, three = result.output.splitlines()
    assert (one[:6], two[:6], three[:6]) == ("     1", "     2", "*    3")
    assert "cannot be read: release 2: " in two
    # One that was written by hand is one line too.
    path = folder / "1" / "release.yaml"
    path.chmod(0o644)
    path.write_text(path.read_text().replace("because", '"be\\ncause\\e[1m"'))
    assert len(publish(home, "--list").output.splitlines()) == 3
    (folder / "CURRENT").write_text("7\n")
    result = publish(home, "--list")
    assert result.exit_code == 3
    assert "CURRENT names release 7, which is not there" in result.output
    assert "publish --rollback N" in result.output
    assert not any(line.startswith("*") for line in result.output.splitlines())


def test_the_list_for_a_program(home: Path) -> None:
    assert publish(home, "--list", "--json").output == ""
    for title in ("A", "B"):
        rename(home, title)
        publish(home, *AGREED)
    (ledger_folder(home) / "1" / "release.yaml").unlink()
    result = publish(home, "--list", "--json")
    assert result.exit_code == 0
    one, two = map(json.loads, result.output.splitlines())
    assert (one["number"], one["release"], one["current"]) == (1, None, False)
    assert one["trouble"].startswith("release 1: ")
    assert (two["type"], two["current"], two["never"]) == ("listed", True, False)
    assert (two["release"]["by"], two["release"]["why"]) == ("Ann", "because")


def test_a_release_that_never_came_into_force_is_marked(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("dqmconsole.site.staging._put_in_force", killed)
        result = publish(home, *AGREED)
    assert result.exit_code == 1
    assert "stopped; nothing was published" in result.output
    rename(home, "Trend")
    publish(home, *AGREED)
    one, two = publish(home, "--list").output.splitlines()
    assert one.endswith("because (never in force)")
    assert two.startswith("*    2")
    assert two.endswith("because")


def test_ctrl_c_says_what_came_of_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("dqmconsole.desk.publish.differences", killed)
        result = publish(home, *AGREED)
    assert result.exit_code == 1
    assert "stopped; nothing was published" in result.output
    with monkeypatch.context() as patch:
        patch.setattr("dqmconsole.app.commands.publish._published", killed)
        numbers = iter((0, 1))
        patch.setattr(
            "dqmconsole.app.commands.publish._number", lambda _: next(numbers)
        )
        result = publish(home, *AGREED)
    assert "stopped; release 1 is in force already" in result.output


def test_the_doctor_counts_what_waits_for_the_book(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dqmconsole.app.commands.doctor._windows", lambda: ())
    monkeypatch.setattr("dqmconsole.app.books.data_folder", lambda: tmp_path)
    url = f"sqlite:///{tmp_path / 'book-test.sqlite'}"
    spool_path(tmp_path, url).write_text('{"record": 1}\n{"record": 2}\n')
    result = CliRunner().invoke(run, ["doctor", "--site", str(home)])
    assert result.exit_code == 0
    assert "2 records at most wait for the book in" in result.output


def test_the_doctor(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dqmconsole.app.books.data_folder", lambda: tmp_path)
    publish(home, *AGREED)
    result = CliRunner().invoke(run, ["doctor", "--site", str(home), "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.output)
    areas = {"program", "requirement", "site", "ledger", "package", "book"}
    areas.add("window")
    assert areas == {each["area"] for each in found}
    assert any("draws without a display" in each["sentence"] for each in found)


def test_the_doctor_of_a_broken_site(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dqmconsole.app.commands.doctor._windows", lambda: ())
    (home / "layouts" / "site.yaml").write_text('experiment: T\nprogram: ">=99"\n')
    result = CliRunner().invoke(run, ["doctor", "--site", str(home)])
    assert result.exit_code == 1
    assert ">=99" in result.output
