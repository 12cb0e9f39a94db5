"""Who writes: makes records in somebody's name, and knows which are not saved yet."""

from __future__ import annotations

import getpass
import os
import uuid
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlsplit

import msgspec

from dqmconsole import __version__
from dqmconsole.model.permission import MAY, Permissions, Role, refusal
from dqmconsole.model.record import Record, StoredFile, Versions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dqmconsole.logbook.view import Logbook
    from dqmconsole.model.permission import Action
    from dqmconsole.model.record import Body
    from dqmconsole.model.site import Site

    class Writer(Protocol):
        """What puts records into the book, as ``logbook.replicate.BookThread`` does."""

        def put(self, record: Record, files: Sequence[StoredFile] = ()) -> None:
            """Write a record when it can; never waits."""


# Uids of what the console notes by itself: two consoles that note the same thing make
# the same uid, and the book takes it once.
_NOTED = uuid.UUID("5a1c4b6e-6f0b-4c0e-9d53-3f6a0b5d6a41")


class Signature(msgspec.Struct, frozen=True):
    """In whose name is written.

    Attributes:
        who: the person; "" while nobody has the shift.
        account: the account.
        role: what the account may.
        console: host and process.
        shift: uid of the shift, or "".
    """

    who: str = ""
    account: str = ""
    role: Role = "shifter"
    console: str = ""
    shift: str = ""


class Author:
    """Makes records and hands them to the book.

    Args:
        logbook: shows them at once, unsaved.
        clock: unix time, s.
        signature: in whose name.

    Attributes:
        writer: the book's thread; None while no book is open: nothing is written.
        site: the site in force, for the versions of every record.
        permissions: action -> the roles that may, as the book has it.
        unsaved: the records that the book does not have yet, by their uid.
    """

    def __init__(
        self, logbook: Logbook, clock: Callable[[], float], signature: Signature
    ) -> None:
        self._logbook = logbook
        self._clock = clock
        self.signature = signature
        self.writer: Writer | None = None
        self.site: Site | None = None
        self.permissions: Permissions = MAY
        self.unsaved: dict[str, Record] = {}

    def sign(self, who: str, shift: str) -> None:
        """Write in somebody's name from now on.

        Args:
            who: the person; "" for nobody.
            shift: uid of the shift, or "".
        """
        self.signature = msgspec.structs.replace(self.signature, who=who, shift=shift)

    def refusal(self, action: Action) -> str:
        """Why not, and who can; "" when the person may."""
        return refusal(self.signature.role, action, self.permissions)

    def write(
        self,
        body: Body,
        *,
        run: int = 0,
        subsystem: str = "",
        instruction: str = "",
        files: Sequence[StoredFile] = (),
        uid: str = "",
        signed: Signature | None = None,
    ) -> Record:
        """Write in the person's name; the record is not saved yet.

        Args:
            body: what to write.
            run: the run it is about.
            subsystem: the subsystem it is about.
            instruction: "id@version" of the instruction in view, or "".
            files: bytes it names by their hash.
            uid: its uid; a new one when left out.
            signed: in whose name, where it was decided on before; left out, in that
                of whoever has the shift now.
        """
        uid = uid or uuid.uuid4().hex
        record = self._record(body, uid, signed or self.signature, instruction)
        record = msgspec.structs.replace(record, run=run, subsystem=subsystem)
        self._send(record, files)
        return record

    def note(
        self,
        name: str,
        body: Body,
        *,
        run: int = 0,
        subsystem: str = "",
        before_shift: bool = False,
    ) -> None:
        """Note by itself, once per `name` whatever console does it.

        Nothing is noted while nobody has the shift at this console.

        Args:
            name: what it is of.
            body: what to note.
            run: the run it is about.
            subsystem: the subsystem it is about.
            before_shift: it happened before the shift, which the record does not name.
        """
        uid = uuid.uuid5(_NOTED, name).hex
        if not self.signature.shift or self._logbook.get(uid) is not None:
            return
        nobody = msgspec.structs.replace(self.signature, who="")
        record = self._record(body, uid, nobody)
        shift = "" if before_shift else record.shift
        named = msgspec.structs.replace(
            record, run=run, subsystem=subsystem, shift=shift
        )
        self._send(named, ())

    def saved(self, uid: str) -> None:
        """The book has it."""
        self.unsaved.pop(uid, None)

    def refused(self, uid: str) -> None:
        """The book will not have it; a shift it does not have has not begun."""
        self.unsaved.pop(uid, None)
        self._logbook.drop(uid)
        if uid == self.signature.shift:
            self.sign("", "")

    def _record(
        self, body: Body, uid: str, signed: Signature, instruction: str = ""
    ) -> Record:
        return Record(
            uid=uid,
            made_at=self._clock(),
            body=body,
            who=signed.who,
            account=signed.account,
            role=signed.role,
            console=signed.console,
            shift=signed.shift,
            versions=versions_in_force(self.site, instruction),
        )

    def _send(self, record: Record, files: Sequence[StoredFile]) -> None:
        if self.writer is None:
            return
        self.unsaved[record.uid] = record
        self._logbook.put(record)
        self.writer.put(record, files)


def versions_in_force(site: Site | None, instruction: str = "") -> Versions:
    """The versions in force, with the instruction in view ("id@version" or "")."""
    release = site.release.number if site is not None and site.release else 0
    return Versions(__version__, site.hash if site else "", release, instruction)


def account_before(url: str, login: str) -> str:
    """The account of what is written before its book was reached.

    Args:
        url: of the book; "" for a file of the user's.
        login: the account of this process.

    Returns:
        For a file the login. For a shared database, where it would be another's, the
        account that the URL names, or "": the book fills in whoever is signed in then.
    """
    if not url.startswith("postgresql"):
        return login
    try:
        return unquote(urlsplit(url).username or "")
    except ValueError:
        return ""


def login_name() -> str:
    """The account of this process; its number where it has no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
