"""The pen: makes records in somebody's name, and knows which are not saved yet."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Protocol

import msgspec

from dqmconsole.model.permission import Role, refusal
from dqmconsole.model.record import Record, StoredFile
from dqmconsole.shift.evidence import versions_in_force

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dqmconsole.model.permission import Action
    from dqmconsole.model.record import Body
    from dqmconsole.model.site import Site
    from dqmconsole.shift.logbook import Logbook

    class Writer(Protocol):
        """What puts records into the book, as ``logbook.replicate.BookThread`` does."""

        def put(self, record: Record, files: Sequence[StoredFile] = ()) -> None:
            """Write a record when it can; never waits."""


# Uids of what the console notes by itself: two consoles that note the same thing make
# the same uid, and the book takes it once.
_NOTED = uuid.UUID("5a1c4b6e-6f0b-4c0e-9d53-3f6a0b5d6a41")


class Writing(msgspec.Struct, frozen=True):
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


class Pen:
    """Makes records and hands them to the book.

    Args:
        logbook: shows them at once, unsaved.
        clock: unix time, s.
        writing: in whose name.

    Attributes:
        writer: the book's thread; None while no book is open: nothing is written.
        site: the site in force, for the versions of every record.
    """

    def __init__(
        self, logbook: Logbook, clock: Callable[[], float], writing: Writing
    ) -> None:
        self._logbook = logbook
        self._clock = clock
        self.writing = writing
        self.writer: Writer | None = None
        self.site: Site | None = None
        self.unsaved: dict[str, Record] = {}

    def refusal(self, action: Action) -> str:
        """Why not, and who can; "" when the person may."""
        return refusal(self.writing.role, action)

    def write(
        self,
        body: Body,
        *,
        run: int = 0,
        subsystem: str = "",
        instruction: str = "",
        files: Sequence[StoredFile] = (),
        uid: str = "",
    ) -> Record:
        """Write in the person's name; the record is not saved yet.

        Args:
            body: what to write.
            run: the run it is about.
            subsystem: the subsystem it is about.
            instruction: "id@version" of the instruction in view, or "".
            files: bytes it names by their hash.
            uid: its uid; a new one when left out.
        """
        uid = uid or uuid.uuid4().hex
        record = self._record(body, uid, self.writing.who, instruction)
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
        if not self.writing.shift or self._logbook.get(uid) is not None:
            return
        record = self._record(body, uid, "")
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
        if uid == self.writing.shift:
            self.writing = msgspec.structs.replace(self.writing, who="", shift="")

    def _record(self, body: Body, uid: str, who: str, instruction: str = "") -> Record:
        writing = self.writing
        return Record(
            uid=uid,
            made_at=self._clock(),
            body=body,
            who=who,
            account=writing.account,
            role=writing.role,
            console=writing.console,
            shift=writing.shift,
            versions=versions_in_force(self.site, instruction),
        )

    def _send(self, record: Record, files: Sequence[StoredFile]) -> None:
        if self.writer is None:
            return
        self.unsaved[record.uid] = record
        self._logbook.put(record)
        self.writer.put(record, files)
