"""``dqmconsole book``: create, info, export, import and report."""

from __future__ import annotations

import json
import sqlite3
import sys
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from support.books import ROLES, Place, record
from support.postgres import PASSWORD

from dqmconsole.app.books import book_file
from dqmconsole.app.cli import run
from dqmconsole.engine.grouping import Row
from dqmconsole.engine.memory import FILE, Memory
from dqmconsole.logbook.book import Book
from dqmconsole.logbook.steps import VERSION
from dqmconsole.model.alarm import Alarm, Member
from dqmconsole.model.record import (
    Entry,
    Flag,
    Record,
    RunSeen,
    ShiftBegan,
    StoredFile,
    file_hash,
)
from dqmconsole.model.verdict import Status
from dqmconsole.shift import documents

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result
    from support.postgres import Cluster

NOW = 1_795_000_000.0
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
SETTINGS = """\
experiment: Test experiment
components: {hcal: [Hcal], ecal: [Ecal]}
permissions: {expert: [%s]}
"""


def book(*arguments: object) -> Result:
    return CliRunner().invoke(run, ["book", *map(str, arguments)])


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    layouts = tmp_path / "site" / "layouts"
    layouts.mkdir(parents=True)
    (layouts / "site.yaml").write_text(SETTINGS % "nobody")
    return tmp_path / "site"


def write(path: Path, *bodies: Any, **fields: Any) -> None:  # noqa: ANN401
    opened = Book.open(str(path))
    picture = StoredFile(file_hash(PNG), "picture.png", PNG)
    for number, (body, component) in enumerate(bodies):
        given: dict[str, Any] = {
            "uid": f"uid-{number}", "made_at": NOW + number, "who": "Anna", "run": 7,
            "role": "expert", "subsystem": component, "shift": "shift-1",
        }  # fmt: skip
        opened.write([Record(body=body, **(given | fields))], [picture])
    opened.close()


def fill(path: Path) -> None:
    write(path, (ShiftBegan(), ""), uid="shift-1", run=0)
    ended = RunSeen("ended", lumisections=50, started=NOW, ended=NOW, significant=True)
    write(
        path,
        (ended, ""),
        (Flag("GOOD"), "hcal"),
        (Flag("BAD", 5, 9, "HV"), "ecal"),
        (Entry("Hole", picture=file_hash(PNG)), "hcal"),
    )


def test_out_and_in_again(site: Path, tmp_path: Path) -> None:
    here, there, file = (tmp_path / each for each in ("a.sqlite", "b.sqlite", "f.json"))
    fill(here)
    done = book("export", here, "--site", site, "-o", file)
    assert done.exit_code == 0, done.output
    assert not list(tmp_path.glob(".*"))
    entered = book("import", file, there, "--site", site)
    assert entered.exit_code == 0, entered.output
    assert entered.stderr == "3 records entered\n"
    assert book("import", file, there, "--site", site).stderr == "0 records entered\n"
    told = json.loads(
        book("export", there, "--format", "online", "--site", site).stdout
    )
    assert told == {
        "7": {
            "ecal": {"NOTSET": [[1, 4], [10, 50]], "BAD": [[5, 9]]},
            "hcal": {"GOOD": [[1, 50]]},
        }
    }


def test_a_file_with_mistakes_changes_nothing(site: Path, tmp_path: Path) -> None:
    path, file = tmp_path / "a.sqlite", tmp_path / "f.json"
    fill(path)
    file.write_text('{"7": {"hcla": {"GOOD": [[1, 2]]}, "ecal": {"GOOD": [[20, 10]]}}}')
    refused = book("import", file, path, "--format", "online", "--site", site)
    assert refused.exit_code == 2
    assert refused.stdout.splitlines() == [
        f'{file}: $["7"].hcla: the site has no component "hcla"; did you mean hcal?',
        f'{file}: $["7"].ecal.GOOD[0]: the range ends at 10, before it begins at 20',
    ]
    assert "2 mistakes" in refused.stderr
    opened = Book.open(str(path))
    assert opened.info().records == 5
    opened.close()


def test_where_the_book_differs_it_says_so_and_stays(
    site: Path, tmp_path: Path
) -> None:
    path, file = tmp_path / "a.sqlite", tmp_path / "f.json"
    fill(path)
    file.write_text('{"7": {"ecal": {"GOOD": [[1, 9]]}}}')
    done = book("import", file, path, "--format", "online", "--site", site)
    assert done.exit_code == 0
    assert "LS 5–9: Anna set BAD, the file says GOOD: left as it is" in done.stdout
    assert done.stderr == "1 record entered\n"


def test_a_trainee_cannot_import(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, file = tmp_path / "a.sqlite", tmp_path / "f.json"
    file.write_text('{"7": {"ecal": {"GOOD": [[1, 9]]}}}')
    monkeypatch.setenv("LOGNAME", "tim")
    settings = (SETTINGS % "nobody").replace("expert", "trainee")
    (site / "layouts" / "site.yaml").write_text(settings.replace("nobody", "tim"))
    done = book("import", file, path, "--format", "online", "--site", site)
    assert done.exit_code == 2
    assert "a trainee cannot set or confirm flags" in done.stderr
    assert "nothing was imported" in done.stderr


def test_the_report_as_markdown_and_as_a_page(site: Path, tmp_path: Path) -> None:
    path, page = tmp_path / "a.sqlite", tmp_path / "report.html"
    fill(path)
    text = book("report", path, "--site", site).stdout
    assert text.startswith("# Hand-over of Anna, Test experiment\n")
    assert "- ecal: BAD LS 5–9; HV; by Anna" in text
    assert "No verdicts are known" in text
    done = book("report", path, "--site", site, "-o", page)
    assert done.exit_code == 0, done.output
    assert '<img src="data:image/png;base64,' in page.read_text()
    unknown = book("report", path, "--site", site, "--shift", "xyz")
    assert "the book has no shift xyz" in unknown.stderr
    nowhere = book("report", path, "--site", site, "-o", tmp_path / "no" / "r.md")
    assert nowhere.exit_code == 2
    assert "cannot be written" in nowhere.stderr


def test_a_library_that_is_not_installed_is_said_in_one_line(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path / "one.sqlite")
    documents._templates.cache_clear()
    monkeypatch.setitem(sys.modules, "jinja2", None)
    result = book("report", tmp_path / "one.sqlite", "--site", site)
    assert result.exit_code == 3
    assert result.stderr == (
        "dqmconsole book: the library jinja2 is not installed: install dqmconsole "
        "again\n"
    )


def test_without_a_url_it_is_the_console_s_own_book(site: Path) -> None:
    absent = book("export", "--site", site)
    assert absent.exit_code == 2
    own = book_file("Test experiment")
    assert f"there is no book yet at {own}" in absent.stderr
    own.parent.mkdir(parents=True)
    fill(own)
    told = book("export", "--site", site, "--run", 7)
    assert json.loads(told.stdout)["runs"][0]["run_number"] == 7
    other = book("export", "--site", site, "--run", 8)
    assert "knows nothing of run 8" in other.stderr


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


def test_the_alarms_of_a_week_by_owner(site: Path, tmp_path: Path) -> None:
    path, out = tmp_path / "a.sqlite", tmp_path / "alarms.md"
    assert book("create", path).exit_code == 0
    layout = "layout: Hcal\nowner: hcal-dqm\npages: []\n"
    (site / "layouts" / "hcal.yaml").write_text(layout)
    member = Member("Hcal › Page › Hcal/a", Status.BAD, "dead", "missing")
    alarm = Alarm("7/Hcal/missing/1", 7, "Hcal", "missing", (member,), NOW, NOW)
    memory = Memory(tmp_path / "kept", "/data")
    memory.keep_rows([Row(alarm, {}, {})])
    memory.close()
    about = ("alarms", path, "--site", site, "--kept", tmp_path / "kept" / FILE)
    week = "2026-W47"
    told = json.loads(book(*about, "--week", week, "--json").stdout)
    assert (told["name"], told["alarms"]) == (week, 1)
    assert book(*about, "--week", week, "-o", out).exit_code == 0
    assert out.read_text().startswith(f"# Alarms of {week}, Test experiment\n")
    wrong = book(*about, "--week", "next")
    assert wrong.exit_code == 2
    assert "next is no week: write it as 2026-W48" in wrong.output
    (tmp_path / "broken").write_bytes(b"no database" * 100)
    broken = book("alarms", path, "--site", site, "--kept", tmp_path / "broken")
    assert broken.exit_code == 2
    assert "broken: file is not a database" in broken.output
