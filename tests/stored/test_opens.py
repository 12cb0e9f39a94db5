"""What earlier programs stored opens: a corpus written before the rearrangement.

``tests/data/make_stored.py`` wrote it, with what the program of that day read of it
(``expected.json``). Every test works on a copy.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support import stored
from support.postgres import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot
    from support.postgres import Cluster

CORPUS = Path(__file__).parent.parent / "data" / "stored"
EXPECTED: dict[str, Any] = json.loads((CORPUS / "expected.json").read_text("utf-8"))
FIXED_URL = "postgresql://dqm.example.org/book"
OF_SUE = {"waits-1", "waits-2", "waits-5"}
OF_LEO = {"waits-3", "waits-4"}


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A copy of the corpus."""
    return Path(shutil.copytree(CORPUS, tmp_path / "stored"))


class Log:
    """A book of the corpus in a copy: in a file, or in a database of the tests."""

    def __init__(self, url: str, sql: Callable[[str], object], *, shared: bool) -> None:
        self.url, self.sql, self.shared = url, sql, shared

    def read(self) -> dict[str, Any]:
        book = stored.open_book(self.url, "leo_leader", PASSWORD)
        try:
            return stored.book_values(book, "Stored experiment")
        finally:
            book.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def log(request: pytest.FixtureRequest, corpus: Path) -> Log:
    """Each book of the corpus."""
    if request.param == "sqlite":
        path = corpus / "data" / stored.BOOK

        def on_file(line: str) -> None:
            link = sqlite3.connect(path, isolation_level=None)
            link.execute(line.replace("dqmconsole.", ""))
            link.close()

        return Log(f"sqlite:///{path}", on_file, shared=False)
    cluster: Cluster = request.getfixturevalue("cluster")
    url = cluster.database()
    name = url.partition("?")[0].rpartition("/")[2]
    cluster.sql(name, (corpus / "data" / "postgresql.sql").read_text("utf-8"))
    stored.raise_schema(url, "owner", PASSWORD)
    return Log(url, lambda line: cluster.sql(name, line), shared=True)


def plain(values: object) -> object:
    """Values as JSON keeps them."""
    return json.loads(json.dumps(values))


def of_then(found: object, expected: object) -> object:
    """Values without the fields that later versions added; those lost nothing."""
    if isinstance(found, dict) and isinstance(expected, dict):
        return {
            key: of_then(value, expected[key])
            for key, value in found.items()
            if key in expected
        }
    if isinstance(found, list) and isinstance(expected, list):
        if len(found) != len(expected):
            return found
        return [of_then(*pair) for pair in zip(found, expected, strict=True)]
    return found


# -- the log of the shift --------------------------------------------------------------


def test_every_record_file_and_release_is_read(log: Log) -> None:
    expected = json.loads(json.dumps(EXPECTED["book"]))
    if log.shared:
        for each in expected["records"]:
            each["stored_at"] = EXPECTED["shared stored_at"][each["uid"]]
    assert of_then(plain(log.read()), expected) == expected


def test_what_holds_now_follows_from_old_records(log: Log, corpus: Path) -> None:
    site = stored.open_site(corpus / "site")
    book = stored.open_book(log.url, "leo_leader", PASSWORD)
    try:
        found = stored.derived_values(book, site, stored.NOW)
    finally:
        book.close()
    expected = json.loads(json.dumps(EXPECTED["derived"]))
    # what it covers was hashed with a default that its layout spells out; no window
    # hashed it so, for a layout that is sent to one has no defaults
    expected["lessons"]["Ann Trainee"]["first"] = ["refresher", 0]
    assert plain(found) == expected


def test_the_log_of_an_experiment_is_found_by_its_name(corpus: Path) -> None:
    name = EXPECTED["site"]["site.yaml"]["experiment"]
    assert stored.log_file(name, corpus / "data") == corpus / "data" / stored.BOOK


def test_an_old_log_takes_new_records(log: Log) -> None:
    many = len(EXPECTED["book"]["records"])
    book = stored.open_book(log.url, "leo_leader", PASSWORD)
    entry = stored.written_entry("new", "leo_leader", "shift-leader")
    try:
        (written,) = book.write([entry])
        assert written.number == many + 1
        assert [each.uid for each in stored.records_of(book)][-1] == "new"
    finally:
        book.close()


def test_a_signed_off_run_stays_signed_off(log: Log) -> None:
    """By somebody who may not change it, as before."""
    flag = next(
        each for each in EXPECTED["book"]["records"]
        if each["kind"] == "flag" and each["account"] == "sue_shifter"
        and not each["body"].get("proposed")
    )  # fmt: skip
    book = stored.open_book(log.url, "sue_shifter", PASSWORD)
    try:
        late = stored.confirmed_flag("late", flag["run"], flag["subsystem"])
        assert "signed" in stored.refusal_of_write(book, late)
        assert "late" not in {each.uid for each in stored.records_of(book)}
    finally:
        book.close()


def test_an_older_console_is_refused_in_words(log: Log) -> None:
    log.sql("UPDATE dqmconsole.book SET version = version + 1000")
    words = stored.refusal_of_newer(log.url, "leo_leader", PASSWORD)
    assert "upgrade dqmconsole" in words


def test_an_older_console_that_is_open_writes_no_more(log: Log) -> None:
    book = stored.open_book(log.url, "leo_leader", PASSWORD)
    entry = stored.written_entry("late", "leo_leader", "shift-leader")
    try:
        log.sql("UPDATE dqmconsole.book SET version = version + 1000")
        assert "upgrade dqmconsole" in stored.refusal_of_write(book, entry)
        log.sql("UPDATE dqmconsole.book SET version = version - 1000")
        assert "late" not in {each.uid for each in stored.records_of(book)}
    finally:
        book.close()


# -- what waits ------------------------------------------------------------------------


def spool_for(corpus: Path, url: str) -> Path:
    """The spool of the corpus with its siblings, under the name of a book's URL."""
    old = stored.waiting_file(corpus / "data", FIXED_URL)
    assert old.exists(), "a console no longer finds the spool of its book"
    new = stored.waiting_file(corpus / "data", url)
    for path in list(old.parent.glob(f"{old.stem}.*")):
        path.rename(path.with_name(path.name.replace(old.stem, new.stem, 1)))
    return new


def test_unsent_records_arrive_once_each(
    log: Log, corpus: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spool = spool_for(corpus, log.url)
    before = [each["uid"] for each in EXPECTED["book"]["records"]]
    for account, wanted in (("sue_shifter", OF_SUE), ("leo_leader", OF_LEO)):
        seen = stored.deliver(log.url, spool, account, PASSWORD, wanted)
        assert len(seen) == len(set(seen))
    assert stored.still_waits(spool) == []
    found = log.read()
    uids = [each["uid"] for each in found["records"]]
    assert uids[: len(before)] == before
    assert sorted(uids[len(before) :]) == sorted(OF_SUE | OF_LEO)
    new = {each["uid"]: each for each in found["records"][len(before) :]}
    assert {uid: each["account"] for uid, each in new.items()} == {
        **dict.fromkeys(OF_SUE, "sue_shifter"),
        **dict.fromkeys(OF_LEO, "leo_leader"),
    }
    assert new["waits-2"]["body"] == {"status": "BAD", "first": 3}
    evidence = new["waits-1"]["body"]["evidence"]
    assert found["files"][evidence] == {"name": "waits.dqmevidence", "size": 19}
    assert caplog.text.count("cannot be read") == 1  # the half line of a killed console
    # a later console writes none again
    stored.deliver(log.url, spool, "leo_leader", PASSWORD, OF_LEO)
    assert [each["uid"] for each in log.read()["records"]] == uids


def test_what_waits_for_another_account_stays(
    cluster: Cluster, corpus: Path, caplog: pytest.LogCaptureFixture
) -> None:
    url = cluster.database()
    name = url.partition("?")[0].rpartition("/")[2]
    cluster.sql(name, (corpus / "data" / "postgresql.sql").read_text("utf-8"))
    stored.raise_schema(url, "owner", PASSWORD)
    spool = spool_for(corpus, url)
    stored.deliver(url, spool, "sue_shifter", PASSWORD, OF_SUE)
    # the file forgets what is delivered when that is worth it
    assert set(stored.still_waits(spool)) >= OF_LEO
    book = stored.open_book(url, "leo_leader", PASSWORD)
    there = {each.uid for each in stored.records_of(book)}
    book.close()
    assert there >= OF_SUE
    assert not there & OF_LEO
    assert caplog.text.count("cannot be read") == 1


def test_what_was_refused_or_cut_is_kept(
    log: Log, corpus: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spool = spool_for(corpus, log.url)
    refused = spool.with_suffix(".refused").read_bytes()
    stored.deliver(log.url, spool, "sue_shifter", PASSWORD, OF_SUE)
    stored.deliver(log.url, spool, "leo_leader", PASSWORD, OF_LEO)
    kept = [path.read_bytes() for path in spool.parent.glob("*") if path.is_file()]
    assert any(refused in data for data in kept)
    assert any(b"half a li" in data for data in kept)
    assert caplog.text.count("cannot be read") == 1
    assert "refused-1" not in {each["uid"] for each in log.read()["records"]}


def test_a_rescue_file_is_taken_up_where_it_says(log: Log, corpus: Path) -> None:
    spool = stored.waiting_file(corpus / "elsewhere", log.url)
    spool.parent.mkdir()
    (file,) = (corpus / "rescue").iterdir()
    file.rename(spool.with_suffix(f".rescued{spool.suffix}"))
    stored.deliver(log.url, spool, "sue_shifter", PASSWORD, {"rescued-1"})
    stored.deliver(log.url, spool, "leo_leader", PASSWORD, {"rescued-2"})
    found = log.read()
    new = found["records"][len(EXPECTED["book"]["records"]) :]
    assert sorted(each["uid"] for each in new) == ["rescued-1", "rescued-2"]
    picture = next(
        each["body"]["picture"] for each in new if each["body"].get("picture")
    )
    assert found["files"][picture] == {"name": "picture.png", "size": 20}


# -- the window ------------------------------------------------------------------------


def test_settings_are_read(corpus: Path) -> None:
    found = stored.settings_values(corpus / "config" / "console.ini")
    assert found == EXPECTED["settings"]


def test_docks_are_where_they_were(corpus: Path, qtbot: QtBot) -> None:
    del qtbot  # gives the application
    found = stored.docks_of_a_window(corpus / "config" / "console.ini")
    assert found == {
        "Navigator": False,
        "Selected plot": True,
        "Notices and problems": True,
        "Book of the shift": True,
        "Alarms": False,  # it is newer than what was kept
    }


# -- sites -----------------------------------------------------------------------------


def test_a_site_is_read_key_by_key(corpus: Path) -> None:
    found = plain(stored.site_values(stored.open_site(corpus / "site")))
    assert isinstance(found, dict)
    for part, values in EXPECTED["site"].items():
        if part == "settings" or "sources" in values:
            # a source was a text, its folder
            sources = [{"folder": each} for each in values.pop("sources", ())]
            assert found[part]["sources"] == sources
        if part == "lessons":
            # a finding and an entry were about one plot
            for goal in (step["done"] for each in values for step in each["steps"]
                         if "done" in step):  # fmt: skip
                for asked in (goal.get("finding"), goal.get("entry")):
                    if asked and "plot" in asked:
                        asked["plots"] = [asked.pop("plot")]
        if part == "layouts":
            for page in (page for each in values for page in each["pages"]):
                if page.get("audience") == "shift":  # the default: as if left out
                    del page["audience"]
        assert of_then(found[part], values) == values, part


def test_releases_are_whole_and_the_last_is_in_force(corpus: Path) -> None:
    found = plain(stored.ledger_values(corpus / "site"))
    assert of_then(found, EXPECTED["ledger"]) == EXPECTED["ledger"]


# -- evidence, runs and exports --------------------------------------------------------


@pytest.mark.parametrize("name", sorted(EXPECTED["bundles"]))
def test_a_bundle_holds_what_it_held(corpus: Path, name: str) -> None:
    found = plain(stored.bundle_values(corpus / "evidence" / name))
    expected = EXPECTED["bundles"][name]
    # of the plain copies that bundles of format 1 carried, nothing reads any more
    expected["manifest"].pop("left_out", None)
    assert of_then(found, expected) == expected


@pytest.mark.parametrize("name", sorted(EXPECTED["shown"]))
def test_a_bundle_is_shown(corpus: Path, name: str) -> None:
    found = plain(stored.shown_values(corpus / "evidence" / name))
    expected = EXPECTED["shown"][name]
    assert of_then(found, expected) == expected


@pytest.mark.parametrize("name", sorted(EXPECTED["run"]))
def test_a_file_of_a_run_is_read(corpus: Path, name: str) -> None:
    assert plain(stored.dqm_values(corpus / "run" / name)) == EXPECTED["run"][name]


def test_exports_are_written_as_they_were(log: Log, corpus: Path) -> None:
    site = stored.open_site(corpus / "site")
    book = stored.open_book(log.url, "leo_leader", PASSWORD)
    try:
        registry, online = stored.exports_of(book, site)
    finally:
        book.close()
    assert registry == (CORPUS / "export" / "registry.json").read_bytes()
    assert online == (CORPUS / "export" / "online.json").read_bytes()


def test_exports_are_imported_as_they_were(corpus: Path) -> None:
    site = stored.open_site(corpus / "site")
    registry, online = (
        (corpus / "export" / name).read_bytes()
        for name in ("registry.json", "online.json")
    )
    found = stored.import_values(registry, online, site)
    assert plain(found) == EXPECTED["import"]
