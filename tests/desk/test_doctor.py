"""What the doctor finds, and what it says to do."""

from __future__ import annotations

import importlib.metadata
import tempfile
from typing import TYPE_CHECKING

import msgspec
import pytest
from desk.test_publish import TODAY, go, home, rename
from support.ledgers import edit

from dqmconsole.desk.check import validate
from dqmconsole.desk.doctor import Diagnosis, book_file, examine, waiting_records
from dqmconsole.logbook.book import Book
from dqmconsole.logbook.spool import Spool, Waiting, spool_path
from dqmconsole.model.record import Entry, Record
from dqmconsole.site.ledger import ledger_folder, release_folder

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["home"]


def found(home: Path, area: str) -> list[Diagnosis]:
    return [each for each in examine(home) if each.area == area]


def bad(home: Path) -> list[Diagnosis]:
    return [each for each in examine(home) if each.level == "error"]


def write(home: Path, line: str) -> None:
    path = home / "layouts" / "site.yaml"
    path.write_text(f"{path.read_text()}{line}\n")


def test_a_healthy_site(home: Path) -> None:
    go(home)
    findings = examine(home)
    assert not [each for each in findings if each.level == "error"]
    said = "\n".join(each.sentence for each in findings)
    for words in ("dqmconsole ", "Python 3", "numpy ", "release 1 is in force",
                  "every hash is right", "no shared database"):  # fmt: skip
        assert words in said


def test_every_finding_that_is_not_ok_has_a_remedy(home: Path, tmp_path: Path) -> None:
    go(home)
    write(home, "recorded: [../missing]")
    edit(release_folder(home, 1))
    for site in (home, tmp_path):
        assert all(each.remedy for each in examine(site) if each.level != "ok")


def test_a_site_that_was_never_published(home: Path) -> None:
    (finding,) = found(home, "ledger")
    assert (finding.level, finding.remedy) == ("advice", "dqmconsole publish")


def test_an_altered_release(home: Path) -> None:
    go(home)
    rename(home, "Trend")
    go(home)
    edit(release_folder(home, 1))
    (finding,) = [each for each in found(home, "ledger") if each.level != "ok"]
    assert finding.level == "advice"  # not the one in force
    edit(release_folder(home, 2))
    (finding,) = bad(home)
    assert "release 2 was altered" in finding.sentence


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x", "CURRENT names no release"),
        ("9", "CURRENT names release 9, which is not there"),
        (None, "CURRENT is missing"),
    ],
)
def test_which_release_is_in_force_is_lost(
    home: Path, text: str | None, words: str
) -> None:
    go(home)
    path = ledger_folder(home) / "CURRENT"
    path.unlink()
    if text is not None:
        path.write_text(text)
    (finding,) = [each for each in bad(home) if each.area == "ledger"]
    assert words in finding.sentence
    assert "release 1 is there; which was in force?" in finding.sentence
    assert "publish --rollback N" in finding.remedy
    # And validate says it too.
    errors = [each for each in validate(home, (), TODAY) if each.severity == "error"]
    assert words in str(errors[0])


def test_something_else_where_the_ledger_belongs(home: Path) -> None:
    ledger_folder(home).write_text("a file")
    (finding,) = bad(home)
    assert "releases is no folder" in finding.sentence
    assert finding.remedy == "move it away"
    assert not any("cannot be written" in each.sentence for each in examine(home))


def test_remedies_of_what_was_altered(home: Path) -> None:
    go(home)
    rename(home, "Trend")
    go(home)

    def remedy() -> str:
        (finding,) = [each for each in found(home, "ledger") if each.level != "ok"]
        return finding.remedy

    extra = release_folder(home, 1) / "layouts" / "extra.yaml"
    extra.write_text("layout: x")
    assert remedy() == "delete layouts/releases/1/layouts/extra.yaml"
    extra.unlink()
    edit(release_folder(home, 1))
    assert "leave it: it is not in force" in remedy()
    edit(release_folder(home, 2))
    (finding,) = bad(home)
    assert "or publish again" in finding.remedy


def test_a_release_that_never_came_into_force(home: Path) -> None:
    go(home)
    rename(home, "Trend")

    def kill(step: str) -> None:
        if step == "rename CURRENT":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        go(home, step=kill)
    said = [each.sentence for each in found(home, "ledger") if each.level == "ok"]
    assert "release 2 was written whole and never came into force" in said


def test_records_that_wait_for_the_book(tmp_path: Path) -> None:
    spool = spool_path(tmp_path, "postgresql://host/dqm")
    assert list(waiting_records(spool)) == []
    mine = Spool(spool)
    record = Record("uid", 1e9, Entry("what", "text"))
    anns = msgspec.structs.replace(record, who="Ann", account="ann")
    mine.append([Waiting(anns), Waiting(anns)])
    mine.set_aside(Waiting(record), "no")
    mine.close()
    spool_path(tmp_path, "postgresql://other/dqm").write_text("not ours\n")
    waiting, refused = waiting_records(spool)
    assert waiting.level == refused.level == "advice"
    assert waiting.sentence.startswith("2 records at most wait for the book in ")
    assert waiting.sentence.endswith(
        ": 2 records of Ann wait for the account ann to sign in"
    )
    assert refused.sentence.startswith("1 record that the book refused is kept in ")
    assert waiting.remedy
    assert refused.remedy


def test_what_was_rescued_waits_for_the_book_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    spool = spool_path(tmp_path / "data", "postgresql://host/dqm")
    left = tmp_path / f"dqmconsole-unsaved-{spool.stem}-x1.jsonl"
    left.write_bytes(msgspec.json.encode(Waiting(Record("u", 1e9, Entry("e")))))
    (found,) = waiting_records(spool)
    assert found.sentence == f"1 record at most waits for the book in {left}"


def test_a_program_or_format_that_does_not_fit(home: Path) -> None:
    write(home, 'program: ">=99"')
    assert any("it needs dqmconsole >=99" in each.sentence for each in bad(home))
    write(home, "format: 99")
    assert any("99" in each.sentence for each in bad(home))


def test_a_release_that_another_version_of_the_program_cannot_read(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(home, 'program: "<9"')
    go(home)
    monkeypatch.setattr("dqmconsole.__version__", "9.0")
    monkeypatch.setattr("dqmconsole.desk.doctor.__version__", "9.0")
    said = [each.sentence for each in bad(home)]
    assert any("release 1: it needs dqmconsole <9, this is 9.0" in w for w in said)


def test_requirements_that_are_missing_or_do_not_fit(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = ["numpy>=99", "no-such-package>=1", "click", 'more>1; extra == "test"']
    monkeypatch.setattr(importlib.metadata, "requires", lambda _: wanted)
    said = {each.sentence: each.remedy for each in bad(home)}
    assert (
        said["no-such-package is not installed"] == "pip install 'no-such-package>=1'"
    )
    assert any(words.startswith("numpy ") and ">=99" in words for words in said)
    assert len(said) == 2


def test_what_is_no_site(tmp_path: Path) -> None:
    (finding,) = bad(tmp_path)
    assert "is no site" in finding.sentence


def test_recorded_runs_and_sources(home: Path, tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "empty").mkdir()
    (tmp_path / "runs" / "DQM_V0001_Hcal_R000398214.root").touch()
    write(home, "recorded: [../runs, ../empty, ../missing]")
    write(home, "sources: [/no/such/folder, 'replay:/neither']")
    assert [each.level for each in found(home, "recorded")] == [
        "ok", "advice", "advice",
    ]  # fmt: skip
    assert len(found(home, "source")) == 2


def test_a_shared_book(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "book.sqlite"
    write(home, f"database: sqlite:///{path}")
    Book.open(str(path)).close()
    (finding,) = found(home, "book")
    assert finding.level == "ok"
    assert "schema" in finding.sentence
    path.write_bytes(b"no database at all" * 100)
    (finding,) = found(home, "book")
    assert finding.level == "error"


def test_a_book_in_a_folder_that_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(path: Path, **_: bool) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("pathlib.Path.stat", closed)
    (found,) = book_file(tmp_path / "book.sqlite")
    assert found.level == "error"
    assert "book.sqlite cannot be read: Permission denied" in found.sentence
