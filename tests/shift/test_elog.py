"""Entries that reach an ELOG server, and servers that do not let them."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any, cast

import pytest
from support.elog_server import ElogServer
from support.fake_book import FakeWriter
from support.fake_session import FakeSession
from support.waiting import wait_until

from dqmconsole.logbook.author import Author, Signature
from dqmconsole.logbook.view import Logbook
from dqmconsole.model.record import (
    ElogSent,
    Entry,
    HandOver,
    Record,
    ShiftBegan,
    ShiftEnded,
    StoredFile,
)
from dqmconsole.model.site import (
    ELOG_ENCODINGS,
    ELOG_WORDS,
    ElogSettings,
    Site,
    SiteSettings,
)
from dqmconsole.shift import elog_server
from dqmconsole.shift.actions import enter, hand_over
from dqmconsole.shift.client import Changes
from dqmconsole.shift.elog import ElogDesk, ElogNews, ElogThread, sender, unsent
from dqmconsole.shift.elog_message import (
    MOST_ATTACHED,
    Message,
    markdown,
    message,
)
from dqmconsole.shift.elog_server import (
    Account,
    ElogTrouble,
    account_of,
    elog_password,
)
from dqmconsole.shift.session import ShiftSession

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from dqmconsole.shift.client import EngineClient

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
PICTURE = StoredFile("p" * 32, "Hcal digi occupancy.png", PNG)
BUNDLE = StoredFile("b" * 32, "evidence.zip", b"PK\x05\x06" + bytes(18))
NOW = 1_795_000_000.0


def entry(
    uid: str = "uid-1",
    **fields: Any,  # noqa: ANN401 - any of a record
) -> Record:
    body = Entry(
        title="Hole in depth 2",
        text="Eight towers are *empty*.\n\n<script>alert(1)</script>",
        plots=("Hcal › Digi occupancy › Hcal/DigiTask/Occupancy/depth2",),
        page="Hcal/Digi occupancy",
        status="BAD",
        evidence=BUNDLE.hash,
        evidence_name=BUNDLE.name,
        picture=PICTURE.hash,
        elog=True,
    )
    given: dict[str, Any] = {
        "uid": uid, "made_at": NOW, "body": body, "who": "Anna Örn",
        "role": "shifter", "console": "dqm1:77", "shift": "shift-1", "run": 398214,
        "subsystem": "hcal", "number": 1, "stored_at": NOW,
    }  # fmt: skip
    return Record(**(given | fields))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ElogServer]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with ElogServer() as made:
        yield made


@pytest.fixture
def thread(server: ElogServer) -> Iterator[ElogThread]:
    made = ElogThread(
        ElogSettings(server.url, {"Type": "Shift", "Sub System": "{subsystem}"}),
        account=lambda _: None,
        pause=0.02,
    )
    yield made
    made.close()


class Taken:
    """Everything a thread told, looked at as often as a window would."""

    def __init__(self, thread: ElogThread) -> None:
        self._thread = thread
        self.sent: list[ElogSent] = []
        self.trouble = ""

    def look(self) -> ElogNews:
        news = self._thread.take()
        self.sent += news.sent
        self.trouble = news.trouble
        return news

    def until_sent(self, many: int = 1) -> None:
        wait_until(lambda: bool(self.look()) and len(self.sent) >= many, "it is sent")

    def until_trouble(self, words: str) -> None:
        wait_until(lambda: words in self.look().trouble, words)


# -- a server that is well -----------------------------------------------------------


def test_an_entry_arrives_with_picture_and_bundle(
    server: ElogServer, thread: ElogThread
) -> None:
    taken = Taken(thread)
    thread.want(entry(), (PICTURE, BUNDLE))
    taken.until_sent()
    assert taken.sent == [ElogSent("uid-1", 1, f"{server.url}1")]
    fields = server.messages[1]
    assert fields["Author"] == "Anna Örn"
    assert fields["Subject"] == "Hole in depth 2"
    assert fields["Type"] == "Shift"
    assert fields["Sub_System"] == "hcal"  # as elogd spells an attribute's name
    assert fields["encoding"] == "HTML"
    assert fields["exp"] == "DQM"
    assert fields["attfile1"] == ("Hcal_digi_occupancy.png", PNG)
    assert fields["attfile2"] == ("evidence.zip", BUNDLE.data)
    assert "dqmconsole record uid-1" in fields["Text"]
    assert "<script>" not in fields["Text"]
    assert "unm" not in fields


def test_the_same_record_twice_is_one_message(
    server: ElogServer, thread: ElogThread
) -> None:
    taken = Taken(thread)
    thread.want(entry())
    thread.want(entry())
    thread.want(entry("uid-2"))
    taken.until_sent(2)
    assert server.posts == 2
    assert thread.take() == ElogNews()


def test_what_another_console_sent_is_found_not_sent_again(server: ElogServer) -> None:
    for _ in range(2):
        thread = ElogThread(ElogSettings(server.url), lambda _: None)
        taken = Taken(thread)
        thread.want(entry())
        taken.until_sent()
        thread.close()
        assert taken.sent[0].number == 1
    assert server.posts == 1


# -- accounts --------------------------------------------------------------------------


def test_the_account_goes_along_hidden(server: ElogServer) -> None:
    server.required = ("anna", elog_password("secret"))
    thread = ElogThread(ElogSettings(server.url), lambda _: Account("anna", "secret"))
    taken = Taken(thread)
    thread.want(entry())
    taken.until_sent()
    thread.close()
    assert server.messages[1]["unm"] == "anna"


@pytest.mark.parametrize(
    ("account", "words"),
    [
        (None, "wants an account: write one into ~/.netrc (machine 127.0.0.1 login"),
        (Account("anna", "wrong"), "did not take the account anna"),
    ],
)
def test_a_sign_in_page_is_no_success(
    server: ElogServer, account: Account | None, words: str
) -> None:
    server.required = ("anna", elog_password("secret"))
    thread = ElogThread(ElogSettings(server.url), lambda _: account, pause=0.02)
    taken = Taken(thread)
    thread.want(entry())
    taken.until_trouble(words)
    server.required = None
    taken.until_sent()
    thread.close()
    assert server.posts == 1
    assert "secret" not in taken.trouble


def test_netrc_gives_the_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert account_of("https://elog.example.org/DQM/") is None
    file = tmp_path / ".netrc"
    file.write_text("machine elog.example.org login anna password secret\n")
    file.chmod(0o600)
    assert account_of("https://elog.example.org:8080/DQM/") == ("anna", "secret")
    assert account_of("https://other.example.org/DQM/") is None
    file.write_text("nonsense of all sorts")
    with pytest.raises(ElogTrouble, match="netrc cannot be read"):
        account_of("https://elog.example.org/DQM/")


@pytest.mark.parametrize(
    ("password", "digits"),  # of crypt(3) with the salt "$5$$"
    [
        ("", "3c2QQ0KjIU1OLtB29cl8Fplc2WN7X89bnoEjaR7tWu."),
        ("a", "QG6CCM7eJAxpUPcBpn0Z2K29NHtaI6Mk1fCpPrpjdj3"),
        ("Pässwörd", "HUu8c2hYdJY6g53QpHXLwctKoRvaXu39S2lpVZ7gt2/"),
        ("x" * 65, "GesHt47YfCbphwHpwPKLKKgMvVKIB5lg8qpKBsyRU.2"),
    ],
)
def test_the_password_is_that_of_crypt(password: str, digits: str) -> None:
    assert elog_password(password) == digits


# -- a server that is not --------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("error 500", "with HTTP 500"),
        ("sign-in", "wants an account"),
        ("nonsense", "answers nonsense"),
        ("page", "a page that is not ELOG's"),
        ("elsewhere", "https://portal.example.org/start?page=7, which is no message"),
        ("no address", "pointing to http://[, which is no message"),
        ("rejects", "refused it: Error: Attribute Type not supplied"),
        ("endless", "answers without end"),
    ],
)
def test_a_fault_is_said_and_the_entry_kept(
    server: ElogServer, thread: ElogThread, mode: str, words: str
) -> None:
    server.mode = mode
    taken = Taken(thread)
    thread.want(entry())
    taken.until_trouble(words)
    assert thread.take().waiting == 1
    server.mode = ""
    taken.until_sent()
    assert taken.trouble == ""
    assert len(server.of("uid-1")) == 1


@pytest.mark.parametrize("mode", ["silent", "trickle"])
def test_an_answer_that_takes_too_long_is_given_up(
    server: ElogServer, mode: str
) -> None:
    server.mode = mode
    thread = ElogThread(
        ElogSettings(server.url), lambda _: None, pause=0.02, deadline=0.1
    )
    taken = Taken(thread)
    thread.want(entry())
    taken.until_trouble("did not finish its answer in time")
    server.mode = ""
    taken.until_sent()
    thread.close()
    assert len(server.of("uid-1")) == 1


def test_a_server_that_is_down_gets_it_when_it_is_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("http_proxy", raising=False)
    with ElogServer() as before:
        port = before.port
    url = f"http://127.0.0.1:{port}/DQM/"
    thread = ElogThread(ElogSettings(url), lambda _: None, pause=0.02)
    taken = Taken(thread)
    thread.want(entry())
    thread.want(entry("uid-2"))
    taken.until_trouble(f"the elog at 127.0.0.1:{port} cannot be reached")
    with ElogServer(port) as after:
        taken.until_sent(2)
        assert sorted(each.entry for each in taken.sent) == ["uid-1", "uid-2"]
        assert after.posts == 2
    thread.close()


def test_an_answer_lost_after_the_message_was_taken_does_not_double_it(
    server: ElogServer, thread: ElogThread
) -> None:
    server.mode = "forgets the answer"
    taken = Taken(thread)
    thread.want(entry())
    taken.until_sent()
    assert server.posts == 1
    assert server.of("uid-1") == [1]
    assert taken.sent == [ElogSent("uid-1", 1, f"{server.url}1")]


def test_one_that_is_refused_does_not_hold_up_the_others(
    thread: ElogThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = elog_server.ElogServer.post

    def picky(self: elog_server.ElogServer, given: Message) -> int:
        if given.attributes["Subject"] == "Unwanted":
            words = "the elog refused it: so it is"
            raise ElogTrouble(words)
        return post(self, given)

    monkeypatch.setattr(elog_server.ElogServer, "post", picky)
    unwanted = entry("uid-0", body=Entry("Unwanted", elog=True))
    taken = Taken(thread)
    for each in (unwanted, entry("uid-1"), entry("uid-2")):
        thread.want(each)
    taken.until_sent(2)
    assert [each.entry for each in taken.sent] == ["uid-1", "uid-2"]
    assert thread.take().waiting == 1
    taken.until_trouble("so it is")


def test_trouble_that_nobody_thought_of_is_said_and_tried_again(
    server: ElogServer,
    thread: ElogThread,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A proxy whose module is missing, certificates that are not there."""
    find, tries, mended = elog_server.ElogServer.find, [], threading.Event()

    def odd(self: elog_server.ElogServer, uid: str) -> int | None:
        tries.append(uid)
        if not mended.is_set():
            words = "no module for this proxy"
            raise ImportError(words)
        return find(self, uid)

    monkeypatch.setattr(elog_server.ElogServer, "find", odd)
    taken = Taken(thread)
    thread.want(entry())
    taken.until_trouble("the elog: ImportError: no module for this proxy")
    wait_until(lambda: len(tries) > 2, "it is tried again")
    mended.set()
    taken.until_sent()
    assert server.of("uid-1") == [1]
    assert caplog.text.count("unexpected trouble with the elog") == 1


def test_an_address_that_is_none_is_said() -> None:
    thread = ElogThread(ElogSettings("ftp://elog.example.org/DQM"), lambda _: None)
    taken = Taken(thread)
    thread.want(entry())
    taken.until_trouble("is no http or https address")
    thread.close()


def test_closing_ends_a_question_that_hangs(server: ElogServer) -> None:
    server.mode = "silent"
    thread = ElogThread(ElogSettings(server.url), lambda _: None)
    thread.want(entry())
    wait_until(
        lambda: any(each.name == "elog" for each in threading.enumerate()), "it goes on"
    )
    thread.close(patience=0.3)
    wait_until(
        lambda: all(each.name != "elog" for each in threading.enumerate()),
        "it ends long before the server lets go",
        patience=40,
    )


# -- the message -----------------------------------------------------------------------


def test_the_message_says_who_when_and_what_was_in_force() -> None:
    text = markdown(entry())
    assert "**BAD** · run 398214 · hcal" in text
    assert "By Anna Örn (shifter), 2026-11-18" in text
    assert "Page: Hcal/Digi occupancy" in text
    assert text.endswith("dqmconsole record uid-1\n")
    page = message(entry(), ElogSettings("https://e.org/D/")).text
    assert "&lt;script&gt;" in page


def test_what_validate_accepts_is_filled_in() -> None:
    words = {each: f"<{{{each}}}>" for each in ELOG_WORDS}
    made = message(entry(), ElogSettings("https://e.org/D/", words)).attributes
    assert not [each for each in words if "{" in made[each]]
    for each in ELOG_ENCODINGS:
        settings = ElogSettings("https://e.org/D/", {"Encoding": each.lower()})
        assert message(entry(), settings).encoding == each


def test_words_of_people_are_not_filled_in_again() -> None:
    settings = ElogSettings("https://e.org/D/", {"About": "{who}: {title}"})
    record = entry(who="{title}", body=Entry("x {run}\ny"))
    assert message(record, settings).attributes["About"] == "{title}: x {run} y"


def test_the_encoding_is_the_site_s_choice() -> None:
    settings = ElogSettings("https://e.org/D/", {"encoding": "x", "Encoding": "plain"})
    made = message(entry(), settings, (PICTURE, BUNDLE))
    assert made.encoding == "plain"
    assert set(made.attributes) == {"Author", "Subject"}
    assert made.text == markdown(entry())


def test_what_is_too_large_stays_in_the_book_and_is_named() -> None:
    huge = StoredFile(BUNDLE.hash, "evidence.zip", bytes(MOST_ATTACHED + 1))
    made = message(entry(), ElogSettings("https://e.org/D/"), (PICTURE, huge))
    assert made.attachments == (PICTURE,)
    assert "evidence.zip (9.0 MB) is too large to be attached" in made.text
    long = entry(body=Entry("long", text="word " * 200_000))
    cut = message(long, ElogSettings("https://e.org/D/")).text
    assert "cut here" in cut
    assert "dqmconsole record uid-1" in cut


def test_files_the_book_could_not_give_are_named() -> None:
    made = message(entry(), ElogSettings("https://e.org/D/"), (PICTURE,))
    assert f"its evidence could not be read from the book ({BUNDLE.hash})" in made.text


# -- which console sends what ----------------------------------------------------------


class FakePostman:
    def __init__(self) -> None:
        self.wanted: list[tuple[Record, Sequence[StoredFile]]] = []
        self.sent: list[ElogSent] = []
        self.closed = False

    def want(self, record: Record, files: Sequence[StoredFile] = ()) -> None:
        self.wanted.append((record, files))

    def take(self) -> ElogNews:
        sent, self.sent = self.sent, []
        return ElogNews(tuple(sent), waiting=0)

    def close(self, patience: float = 2.0) -> None:  # noqa: ARG002
        self.closed = True


class FakeBook:
    """Saves at once."""

    def __init__(self, logbook: Logbook) -> None:
        self._logbook = logbook
        self.put_in: list[Record] = []

    def put(self, record: Record, files: Sequence[StoredFile] = ()) -> None:  # noqa: ARG002
        self.put_in.append(record)


def began(shift: str, console: str, number: int) -> Record:
    return Record(shift, NOW, ShiftBegan(), console=console, number=number)


def ended(shift: str, number: int) -> Record:
    return Record(f"end-{shift}", NOW, ShiftEnded(), shift=shift, number=number)


def a_desk() -> tuple[ElogDesk, FakePostman, Logbook, Author]:
    logbook = Logbook()
    postman = FakePostman()
    desk = ElogDesk(lambda _: postman)
    desk.use(ElogSettings("https://e.org/D/"))
    anna = Signature("Anna", console="dqm1:77", shift="shift-1")
    author = Author(logbook, lambda: NOW, anna)
    author.writer = FakeBook(logbook)
    logbook.put(began("shift-1", "dqm1:77", 1))
    return desk, postman, logbook, author


def test_the_desk_sends_what_is_saved_once_and_notes_it() -> None:
    desk, postman, logbook, author = a_desk()
    files = {each.hash: each for each in (PICTURE, BUNDLE)}
    logbook.put(entry(number=0))
    desk.look(logbook, author, files.get, NOW)
    assert postman.wanted == []  # the book may still refuse it
    logbook.put(entry(number=2))
    logbook.put(entry("quiet", number=3, body=Entry("not for the elog")))
    assert desk.look(logbook, author, lambda _: None, NOW)
    assert postman.wanted == []
    assert desk.waiting == 1
    desk.look(logbook, author, files.get, NOW + 1)
    desk.look(logbook, author, files.get, NOW + 2)
    ((record, sent_files),) = postman.wanted
    assert record.uid == "uid-1"
    assert sent_files == [PICTURE, BUNDLE]
    postman.sent.append(ElogSent("uid-1", 7, "https://e.org/D/7"))
    desk.look(logbook, author, files.get, NOW + 3)
    ((noted, body),) = logbook.of(ElogSent)
    assert body.number == 7
    assert noted.run == 398214
    assert unsent(logbook) == []
    postman.sent.append(ElogSent("uid-1", 7, "https://e.org/D/7"))
    desk.look(logbook, author, files.get, NOW + 4)
    assert len(logbook.of(ElogSent)) == 1
    desk.close()
    assert postman.closed


def test_files_that_never_come_do_not_keep_the_entry() -> None:
    desk, postman, logbook, author = a_desk()
    logbook.put(entry(number=2))
    desk.look(logbook, author, lambda _: None, NOW)
    desk.look(logbook, author, {PICTURE.hash: PICTURE}.get, NOW + 61)
    assert [list(files) for _, files in postman.wanted] == [[PICTURE]]


def test_another_shift_s_entry_is_left_to_it() -> None:
    desk, postman, logbook, author = a_desk()
    logbook.put(began("shift-2", "dqm2:5", 2))
    logbook.put(entry(number=3, shift="shift-2", console="dqm2:5"))
    desk.look(logbook, author, lambda _: PICTURE, NOW)
    desk.look(logbook, author, lambda _: PICTURE, NOW + 10_000)
    assert postman.wanted == []


def test_a_hand_over_is_sent_though_its_shift_ended() -> None:
    desk, postman, logbook, author = a_desk()
    given = HandOver("Hand-over", "All well.", elog=True)
    logbook.put(entry(number=2, body=given))
    logbook.put(ended("shift-1", 3))
    desk.look(logbook, author, lambda _: None, NOW)
    assert [record.body for record, _ in postman.wanted] == [given]


def test_every_console_finds_the_same_sender() -> None:
    logbook = Logbook()
    record = entry(number=3)
    for each in (began("shift-1", "dqm1:77", 1), began("shift-2", "dqm2:5", 2)):
        logbook.put(each)
    assert sender(logbook, record, NOW) == "shift-1"
    logbook.put(began("shift-3", "dqm1:99", 4))  # the console was killed, and restarted
    assert sender(logbook, record, NOW) == "shift-1"
    assert sender(logbook, record, NOW + 601) == "shift-3"
    logbook.put(ended("shift-1", 5))
    assert sender(logbook, record, NOW) == "shift-3"
    logbook.put(ended("shift-3", 6))
    assert sender(logbook, record, NOW) == "shift-1"


def test_a_console_without_an_elog_sends_nothing() -> None:
    desk, postman, logbook, author = a_desk()
    desk.use(None)
    assert postman.closed
    logbook.put(entry(number=2))
    assert not desk.look(logbook, author, lambda _: PICTURE, NOW)
    assert postman.wanted == []


# -- in the shift ----------------------------------------------------------------------

SITE = Site(
    folder="/site",
    hash="abc",
    settings=SiteSettings("Test", elog=ElogSettings("https://e.org/D/")),
    layouts=(),
)


class Console:
    """A shift at a console whose book saves at once."""

    def __init__(self, banner: str = "", records: Sequence[Record] = ()) -> None:
        self.postmen: list[FakePostman] = []
        client = FakeSession(SITE)
        client.banner = banner
        self.writer = FakeWriter(records)
        self.session = ShiftSession(
            cast("EngineClient", client),
            lambda _site, _banner: self.writer,
            lambda: NOW,
            console="dqm1:77",
            start_elog=self._start,
        )
        self.session.look(NOW, client.take())
        self.now = NOW

    def _start(self, _: ElogSettings) -> FakePostman:
        self.postmen.append(FakePostman())
        return self.postmen[-1]

    def look(self) -> None:
        for _ in range(3):
            self.now += 1
            self.session.look(self.now, Changes())


def test_an_entry_of_the_shift_goes_to_the_elog_and_the_book_says_so() -> None:
    console = Console()
    console.session.begin("Anna")
    assert enter(console.session, Entry("Hole", elog=True), 5) == ""
    console.look()
    (postman,) = console.postmen
    ((record, _),) = postman.wanted
    postman.sent.append(ElogSent(record.uid, 3, "https://e.org/D/3"))
    console.look()
    ((_, noted),) = console.session.logbook.of(ElogSent)
    assert noted == ElogSent(record.uid, 3, "https://e.org/D/3")
    assert hand_over(console.session, "Hand-over", "All well.", elog=True) == ""
    console.session.end()
    console.look()
    assert [each.who for each, _ in postman.wanted] == ["Anna", "Anna"]
    console.session.close()
    assert postman.closed


def test_a_restarted_console_sends_what_the_killed_one_could_not() -> None:
    killed = Console()
    killed.session.begin("Anna")
    enter(killed.session, Entry("Hole", elog=True), 5)
    killed.look()
    killed.session.close()
    again = Console(records=killed.writer.kept)
    again.session.begin("Anna")
    again.look()
    (postman,) = again.postmen
    assert postman.wanted == []  # the killed one's shift may go on elsewhere
    again.now += 700
    again.look()
    assert [each.body for each, _ in postman.wanted] == [Entry("Hole", elog=True)]
    again.session.close()


@pytest.mark.parametrize("banner", ["DEMO", "REPLAY of run 5"])
def test_what_is_not_the_detector_s_never_reaches_the_elog(banner: str) -> None:
    console = Console(banner)
    console.session.begin("Anna")
    enter(console.session, Entry("Hole", elog=True), 5)
    console.look()
    assert console.postmen == []
    console.session.close()


def test_the_console_s_start_loads_no_http_no_markdown_and_no_templates() -> None:
    code = (
        "import sys, dqmconsole.shift.elog, dqmconsole.shift.report\n"
        "print(sorted({'httpx', 'jinja2', 'markdown_it'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
