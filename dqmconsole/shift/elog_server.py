"""One logbook of an ELOG (PSI) server: how it is asked, and what its answers mean.

What is said to the server, and how it answers, follows ELOG's own client ``elog.c``
and server ``elogd.c`` (https://elog.psi.ch): a message is a multipart POST with
``cmd=Submit`` to the logbook's address, answered by a redirect to its number; a
sign-in page or an error comes as a page of HTML.
"""

from __future__ import annotations

import contextlib
import hashlib
import html
import netrc
import re
import socket
import threading
import time
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn
from urllib.parse import unquote_plus, urlsplit

from dqmconsole.model.record import ElogSent
from dqmconsole.shift.elog_message import message

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import httpx

    from dqmconsole.model.record import Record, StoredFile
    from dqmconsole.model.site import ElogSettings
    from dqmconsole.shift.elog_message import Message

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
        account: Callable[[str], Account | None],
        wire: Wire,
    ) -> None:
        parts = urlsplit(settings.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            words = f"{settings.url} is no http or https address of a logbook"
            raise ElogTrouble(words)
        self._settings = settings
        self._url = settings.url.partition("?")[0].rstrip("/") + "/"
        self._name = f"the elog at {parts.netloc.rpartition('@')[2]}"
        self._wire = wire
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
            and (number := _message_number(answer.location)) is not None
        ):
            return number if self._carries(number, uid) else None
        # elogd repeats what it was asked to search for
        repeats = answer.status == 200 and uid in answer.text
        if not repeats or _asks_for_sign_in(answer.text):  # so does its sign-in page
            self._refuse(answer, "when it was searched")
        for number in _message_numbers(answer.text)[:_CANDIDATES]:
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
            (f"attfile{place}", (_file_name(each.name, place), each.data))
            for place, each in enumerate(given.attachments, 1)
        ]
        answer = self._ask("POST", self._url, files=parts)
        number = (
            _message_number(answer.location) if answer.status in {302, 303} else None
        )
        if number is None:
            self._refuse(answer, "to the message")
        return number

    def _carries(self, number: int, uid: str) -> bool:
        answer = self._ask("GET", f"{self._url}{number}", params={"cmd": "Download"})
        is_message = answer.text.startswith("$@MID@$")  # it may show such a form
        if answer.status != 200 or (_asks_for_sign_in(answer.text) and not is_message):
            self._refuse(answer, f"when its message {number} was read")
        return uid in answer.text

    def _refuse(self, answer: _Reply, when: str) -> NoReturn:
        """Say what is wrong with an answer.

        Raises:
            ElogTrouble: always.
        """
        query = answer.location.partition("?")[2]
        if _asks_for_sign_in(answer.text) or "fail" in query:
            host = urlsplit(self._url).hostname
            line = f"machine {host} login NAME password PASSWORD"
            words = (
                f"{self._name} did not take the account {self._account.user}"
                if self._account is not None
                else f"{self._name} wants an account: write one into ~/.netrc ({line})"
            )
            raise ElogTrouble(words)
        if complaint := _complaint_of(answer.text):
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

    def _ask(self, method: str, url: str, **given: Any) -> _Reply:  # noqa: ANN401 - httpx's
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

    def _read(self, response: httpx.Response) -> _Reply:
        body = bytearray()
        location = response.headers.get("Location", "")
        if response.status_code not in {302, 303}:
            for piece in response.iter_bytes():
                body += piece
                if len(body) > MOST_ANSWERED:
                    words = f"{self._name} answers without end: more than 1 MB"
                    raise ElogTrouble(words)
        return _Reply(response.status_code, location, body.decode("utf-8", "replace"))


class _Reply(NamedTuple):
    status: int
    location: str
    text: str


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


class Wire:
    """The connection of the question that is under way; any thread can end it.

    Attributes:
        was_cut: the latest question was ended so.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._since: float | None = None
        self._for_good = False
        self.was_cut = False

    def __enter__(self) -> Wire:
        with self._lock:
            self._since = time.monotonic()
            self.was_cut = False
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._since = self._socket = None

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """Learn of the connection, as httpcore's ``trace`` extension reports it."""
        if event not in {
            "connection.connect_tcp.complete",
            "connection.start_tls.complete",
        }:
            return
        with self._lock:
            self._socket = info["return_value"].get_extra_info("socket")
            if self._for_good:
                self._shut()

    def cut_if_longer_than(self, seconds: float) -> None:
        """End a question that takes too long."""
        with self._lock:
            late = self._since is not None and time.monotonic() - self._since > seconds
        if late:
            self.cut()

    def cut(self, *, for_good: bool = False) -> None:
        """End the question that is under way; `for_good` every later one too."""
        with self._lock:
            self._for_good |= for_good
            self._shut()

    def _shut(self) -> None:
        if self._socket is None:
            return
        self.was_cut = True
        with contextlib.suppress(OSError):  # the server may be quicker
            self._socket.shutdown(socket.SHUT_RDWR)


# -- pages of ELOG ---------------------------------------------------------------------
# Every repetition is bounded: a page of nonsense must not hold the interpreter up.


def _message_number(location: str) -> int | None:
    """The message a redirect points to: ``…/Logbook/123``."""
    try:
        last = urlsplit(location).path.rpartition("/")[2]
    except ValueError:
        return None
    return int(last) if re.fullmatch(r"[1-9][0-9]{0,9}", last) else None


def _message_numbers(page: str) -> list[int]:
    """The messages a list of ELOG's links to, each once."""
    found = re.findall(
        r"""href\s*=\s*["']?(?:[^"'\s>]{0,200}/)?([1-9][0-9]{0,9})(?:\?[^"'\s>]{0,200})?["'\s>]""",
        page,
        re.IGNORECASE,
    )
    return list(dict.fromkeys(int(each) for each in found))


def _asks_for_sign_in(page: str) -> bool:
    """Tell whether a page asks for a password; every page has a form."""
    return bool(
        re.search(r"<input[^>]{0,200}type\s*=\s*[\"']?password", page, re.IGNORECASE)
    )


def _complaint_of(page: str) -> str:
    """What a page of ELOG's says is wrong."""
    found = re.search(
        r'class="?errormsg"?[^>]{0,200}>(.{1,2000}?)</td>', page, re.DOTALL
    )
    if found is None:
        return ""
    plain = html.unescape(re.sub(r"<[^>]*>", " ", found[1]))
    return " ".join(plain.split())[:300]


def _file_name(name: str, place: int) -> str:
    """The name of an attachment, of plain characters."""
    plain = re.sub(r"[^0-9A-Za-z._-]+", "_", name).strip("._")
    return plain[-100:] or f"attachment{place}"


# -- the password ----------------------------------------------------------------------

_DIGITS = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ROUNDS = 5000
# which three bytes make the next four digits
_TRIPLES = (
    (0, 10, 20), (21, 1, 11), (12, 22, 2), (3, 13, 23), (24, 4, 14),
    (15, 25, 5), (6, 16, 26), (27, 7, 17), (18, 28, 8), (9, 19, 29),
)  # fmt: skip


def elog_password(password: str) -> str:
    """The 43 digits that go into the field ``upwd``: SHA-256 crypt without salt.

    They hide the password, but whoever has them can sign in: let the server speak
    https. Source: ``do_crypt`` of ``elog.c``, and
    https://www.akkadia.org/drepper/SHA-crypt.txt
    """
    key = password.encode()
    inner = _sha256(key + key)
    start = key + _stretched(inner, len(key))
    bits = len(key)
    while bits:
        start += inner if bits & 1 else key
        bits >>= 1
    digest = _sha256(start)
    keys = _stretched(_sha256(key * len(key)), len(key))
    for turn in range(_ROUNDS):
        odd = bool(turn & 1)
        digest = _sha256(
            (keys if odd else digest)
            + (keys if turn % 7 else b"")
            + (digest if odd else keys)
        )
    found = "".join(
        _encoded(digest[a] << 16 | digest[b] << 8 | digest[c], 4)
        for a, b, c in _TRIPLES
    )
    return found + _encoded(digest[31] << 8 | digest[30], 3)


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _stretched(block: bytes, size: int) -> bytes:
    return (block * (size // len(block) + 1))[:size]


def _encoded(value: int, digits: int) -> str:
    return "".join(_DIGITS[value >> 6 * each & 63] for each in range(digits))
