"""Messages to the logbook of an ELOG (PSI) server, from one thread.

What is said to the server, and how it answers, follows ELOG's own client ``elog.c``
and server ``elogd.c`` (https://elog.psi.ch): a message is a multipart POST with
``cmd=Submit`` to the logbook's address, answered by a redirect to its number; a
sign-in page or an error comes as a page of HTML.
"""

from __future__ import annotations

import collections
import netrc
import re
import threading
import time
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote_plus, urlsplit

import msgspec

from dqmconsole.model.record import ElogSent
from dqmconsole.shift.elog_message import message
from dqmconsole.shift.elog_page import (
    asks_for_sign_in,
    complaint_of,
    file_name,
    message_number,
    message_numbers,
)
from dqmconsole.shift.elog_password import elog_password
from dqmconsole.shift.elog_wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import httpx

    from dqmconsole.model.record import Record, StoredFile
    from dqmconsole.model.site import ElogSettings
    from dqmconsole.shift.elog_message import Message

FIRST_PAUSE = 5.0  # s until the next try; doubled after every failure
LONGEST_PAUSE = 300.0  # s
DEADLINE = 60.0  # s one question may take, however its answer trickles in
MOST_ANSWERED = 1_000_000  # bytes of an answer that are read
CONNECT_PATIENCE = 5.0  # s
READ_PATIENCE = 30.0  # s: elogd sends its mails before it answers
_CANDIDATES = 5  # messages that are looked into for a record's uid


class ElogTrouble(Exception):
    """Why a message is not in the logbook, or not known to be; a sentence."""


class Account(NamedTuple):
    """An account of the server."""

    user: str
    password: str


class ElogNews(msgspec.Struct, frozen=True):
    """What happened since the last look.

    Attributes:
        sent: records that are in the logbook now.
        trouble: why others are not, in words; "" when nothing is wrong.
        waiting: records that are still to be sent.
    """

    sent: tuple[ElogSent, ...] = ()
    trouble: str = ""
    waiting: int = 0


def account_of(url: str) -> Account | None:
    """The account for a server in the user's ``~/.netrc``; None when it has none.

    Raises:
        ElogTrouble: the file is there and cannot be used.
    """
    host = urlsplit(url).hostname or ""
    try:
        found = netrc.netrc().authenticators(host)
    except FileNotFoundError:
        return None
    except (OSError, netrc.NetrcParseError, UnicodeDecodeError) as error:
        words = f"the accounts in ~/.netrc cannot be read: {error}"
        raise ElogTrouble(words) from error
    return Account(found[0], found[2] or "") if found else None


class ElogThread:
    """Sends records to a logbook, one after the other; the caller never waits.

    A message carries the record's uid, and before any message is posted the logbook
    is searched for that uid: a record whose answer was lost, by the network or by a
    crash of the console, is found there and not posted again. What that cannot rule
    out: a server that takes a message in only after it was searched anew (it was slow
    and the console gave up on it), two consoles that send the same record within the
    same second, and a message whose uid somebody removed, all lead to a second
    message. A server that does not let itself be searched gets no message.

    Args:
        settings: the logbook.
        account: finds the account; called before every try, in the thread.
        pause: s until the first retry.
        deadline: s one question may take; :meth:`take` sees to it.
    """

    def __init__(
        self,
        settings: ElogSettings,
        account: Callable[[str], Account | None] = account_of,
        pause: float = FIRST_PAUSE,
        deadline: float = DEADLINE,
    ) -> None:
        self._settings = settings
        self._account = account
        self._first_pause = pause
        self._deadline = deadline
        self._lock = threading.Condition()
        self._waiting: collections.OrderedDict[str, _Letter] = collections.OrderedDict()
        self._known: set[str] = set()
        self._sent: list[ElogSent] = []
        self._troubles: dict[str, str] = {}
        self._closing = False
        self._wire = Wire()
        # daemon: the look-up of a host name cannot be interrupted, and must not keep
        # a console from ending
        self._thread = threading.Thread(target=self._run, name="elog", daemon=True)
        self._thread.start()

    def want(self, record: Record, files: Sequence[StoredFile] = ()) -> None:
        """Send a record, once, with the files it names; never waits."""
        with self._lock:
            if record.uid in self._known or self._closing:
                return
            self._known.add(record.uid)
            self._waiting[record.uid] = _Letter(record, tuple(files))
            self._lock.notify_all()

    def take(self) -> ElogNews:
        """What happened since the last call; never waits."""
        self._wire.cut_if_longer_than(self._deadline)
        with self._lock:
            sent, self._sent = self._sent, []
            last = next(reversed(self._troubles.values()), "")
            return ElogNews(tuple(sent), last, len(self._waiting))

    def close(self, patience: float = 2.0) -> None:
        """End the thread; what was not sent is sent by a later one."""
        with self._lock:
            self._closing = True
            self._lock.notify_all()
        self._thread.join(patience)
        self._wire.cut(for_good=True)
        self._thread.join(patience)

    def _run(self) -> None:
        pause = self._first_pause
        while (letter := self._next()) is not None:
            uid = letter.record.uid
            trouble = ""
            sent = None
            try:
                server = ElogServer(self._settings, self._account, self._wire)
                sent = server.deliver(letter.record, letter.files)
            except ElogTrouble as error:
                trouble = str(error)
            except ValueError as error:  # what a library makes of a nonsensical answer
                trouble = f"the elog answered what cannot be read: {error}"
            with self._lock:
                self._troubles.pop(uid, None)
                if sent is not None:
                    self._sent.append(sent)
                    self._waiting.pop(uid)
                    pause = self._first_pause
                    continue
                self._troubles[uid] = trouble
                # one that the server will not have must not hold up the others
                self._waiting.move_to_end(uid)
                self._lock.wait_for(lambda: self._closing, pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    def _next(self) -> _Letter | None:
        with self._lock:
            self._lock.wait_for(lambda: self._closing or bool(self._waiting))
            return None if self._closing else next(iter(self._waiting.values()))


class ElogServer:
    """One logbook as it is spoken to; for one thread.

    Args:
        settings: the logbook.
        account: finds the account.
        wire: lets another thread end a question.

    Raises:
        ElogTrouble: there is no way to speak to it.
    """

    def __init__(
        self,
        settings: ElogSettings,
        account: Callable[[str], Account | None] = account_of,
        wire: Wire | None = None,
    ) -> None:
        parts = urlsplit(settings.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            words = f"{settings.url} is no http or https address of a logbook"
            raise ElogTrouble(words)
        self._settings = settings
        self._url = settings.url.partition("?")[0].rstrip("/") + "/"
        self._name = f"the elog at {parts.netloc.rpartition('@')[2]}"
        self._wire = wire or Wire()
        self._account = account(settings.url)
        self._sign: dict[str, str] = {}
        if self._account is not None:
            hidden = elog_password(self._account.password)
            self._sign = {"unm": self._account.user, "upwd": hidden}

    def deliver(self, record: Record, files: Sequence[StoredFile] = ()) -> ElogSent:
        """Put a record into the logbook, unless it is there already.

        Raises:
            ElogTrouble: it is not there, or that is not known.
        """
        number = self.find(record.uid)
        if number is None:
            number = self.post(message(record, self._settings, files))
        return ElogSent(record.uid, number, f"{self._url}{number}")

    def find(self, uid: str) -> int | None:
        """Number of the message that carries a uid, or None.

        Raises:
            ElogTrouble: the logbook could not be searched.
        """
        question = {"mode": "summary", "reverse": "1", "npp": "20", "subtext": uid}
        answer = self._ask("GET", self._url, params=question)
        if (
            answer.status == 302
            and (number := message_number(answer.location)) is not None
        ):
            return number if self._carries(number, uid) else None
        # elogd repeats what it was asked to search for
        repeats = answer.status == 200 and uid in answer.text
        if not repeats or asks_for_sign_in(answer.text):  # so does its sign-in page
            self._refuse(answer, "when it was searched")
        for number in message_numbers(answer.text)[:_CANDIDATES]:
            if self._carries(number, uid):
                return number
        return None

    def post(self, given: Message) -> int:
        """Post a message; its number.

        Raises:
            ElogTrouble: the server did not take it, or that is not known.
        """
        logbook = unquote_plus(self._url.rstrip("/").rpartition("/")[2])
        fields = {"cmd": "Submit", "exp": logbook, "encoding": given.encoding}
        fields |= self._sign
        # elogd knows an attribute by its name with all but letters and digits as "_"
        fields |= {
            re.sub("[^0-9a-zA-Z]", "_", name): value
            for name, value in given.attributes.items()
        }
        fields["When"] = str(int(time.time()))
        fields["Text"] = given.text
        parts: list[tuple[str, Any]] = [
            (name, (None, value.encode("utf-8", "replace")))
            for name, value in fields.items()
        ]
        parts += [
            (f"attfile{place}", (file_name(each.name, place), each.data))
            for place, each in enumerate(given.attachments, 1)
        ]
        answer = self._ask("POST", self._url, files=parts)
        number = (
            message_number(answer.location) if answer.status in {302, 303} else None
        )
        if number is None:
            self._refuse(answer, "to the message")
            raise AssertionError
        return number

    def _carries(self, number: int, uid: str) -> bool:
        answer = self._ask("GET", f"{self._url}{number}", params={"cmd": "Download"})
        if answer.status == 200 and not asks_for_sign_in(answer.text):
            return uid in answer.text
        if answer.status == 200 and answer.text.startswith("$@MID@$"):
            return uid in answer.text  # a message that shows such a form
        self._refuse(answer, f"when its message {number} was read")
        return False

    def _refuse(self, answer: _Answer, when: str) -> None:
        """Say what is wrong with an answer.

        Raises:
            ElogTrouble: always.
        """
        query = answer.location.partition("?")[2]
        if asks_for_sign_in(answer.text) or "fail" in query:
            host = urlsplit(self._url).hostname
            line = f"machine {host} login NAME password PASSWORD"
            words = (
                f"{self._name} did not take the account {self._account.user}"
                if self._account is not None
                else f"{self._name} wants an account: write one into ~/.netrc ({line})"
            )
            raise ElogTrouble(words)
        if complaint := complaint_of(answer.text):
            words = f"{self._name} refused it: {complaint}"
        elif answer.status in {301, 302, 303, 307, 308}:
            words = (
                f"{self._name} answered {when} by pointing to "
                f"{answer.location[:200] or 'nowhere'}, which is no message"
            )
        elif answer.status == 200:
            words = f"{self._name} answered {when} with a page that is not ELOG's"
        else:
            words = f"{self._name} answered {when} with HTTP {answer.status}"
        raise ElogTrouble(words)

    def _ask(self, method: str, url: str, **given: Any) -> _Answer:  # noqa: ANN401 - httpx's
        import httpx

        cookies = "; ".join(f"{key}={value}" for key, value in self._sign.items())
        limits = httpx.Timeout(READ_PATIENCE, connect=CONNECT_PATIENCE)
        try:
            with (
                self._wire,
                httpx.Client(timeout=limits, follow_redirects=False) as client,
                client.stream(
                    method,
                    url,
                    headers={"Cookie": cookies} if cookies else {},
                    extensions={"trace": self._wire.trace},
                    **given,
                ) as response,
            ):
                answer = self._read(response)
                # where a body ends with the connection, a cut looks like its end
                if not self._wire.was_cut:
                    return answer
                words = f"{self._name} did not finish its answer in time"
        except httpx.ConnectError as error:
            words = f"{self._name} cannot be reached: {_said(error)}"
        except httpx.TimeoutException:
            words = f"{self._name} does not answer"
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            words = f"{self._name} answers nonsense: {_said(error)}"
            if self._wire.was_cut:
                words = f"{self._name} did not finish its answer in time"
        raise ElogTrouble(words)

    def _read(self, response: httpx.Response) -> _Answer:
        body = bytearray()
        location = response.headers.get("Location", "")
        if response.status_code not in {302, 303}:
            for piece in response.iter_bytes():
                body += piece
                if len(body) > MOST_ANSWERED:
                    words = f"{self._name} answers without end: more than 1 MB"
                    raise ElogTrouble(words)
        return _Answer(response.status_code, location, body.decode("utf-8", "replace"))


class _Letter(NamedTuple):
    record: Record
    files: tuple[StoredFile, ...]


class _Answer(NamedTuple):
    status: int
    location: str
    text: str


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
