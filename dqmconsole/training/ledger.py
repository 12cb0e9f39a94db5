"""The ledger: what trainees did, in the real book of the site; nothing here waits."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.logbook.author import account_before, versions_in_force
from dqmconsole.logbook.state import BookState
from dqmconsole.model.record import Record, ShiftBegan
from dqmconsole.model.words import counted
from dqmconsole.shift.session import NO_BOOK
from dqmconsole.training.records import of_training

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmconsole.model.record import Body
    from dqmconsole.model.site import Site
    from dqmconsole.shift.session import BookWriter

KEEPS_NONE = BookState(
    "closed", "this console keeps no book: progress is lost when it is closed"
)


class Ledger:
    """The records of training of everybody, the unsaved ones among them.

    Args:
        writer: the thread of the book; None as long as it is not known, see
            :meth:`open`.
        clock: unix time, s.
        account: the account of this process.
        console: "host:process", for the records.

    Attributes:
        state: how the book stands.
        came: what it holds is at hand.
        refused: why it did not take the last record that it refused, or "".
        site: the site in force, for the versions in the records.
        shifts: the records by which shifts of the real log began, unsorted.
    """

    def __init__(
        self,
        writer: BookWriter | None,
        clock: Callable[[], float],
        account: str = "",
        console: str = "",
    ) -> None:
        self._writer = writer
        self._clock = clock
        self._login = account
        self._signed_in = ""
        self._console = console
        self._kept: dict[str, Record] = {}
        self._homeless: list[Record] = []
        self._records: tuple[Record, ...] | None = ()
        self.state = BookState() if writer is not None else NO_BOOK
        self.came = False
        self.refused = ""
        self.site: Site | None = None
        self.shifts: tuple[Record, ...] = ()

    @property
    def records(self) -> tuple[Record, ...]:
        """All records, saved ones in the order of the book, unsaved ones behind."""
        if self._records is None:
            # Python's sort keeps the order in which unsaved ones were written
            self._records = tuple(
                sorted(
                    self._kept.values(), key=lambda each: each.number or float("inf")
                )
            )
        return self._records

    @property
    def said(self) -> str:
        """What is wrong with the book, in words; "" when all is well."""
        words = [self.refused] if self.refused else []
        if self.state.word not in {"ready", "opening"}:
            words.append(self.state.sentence.rstrip("."))
        if self.state.unsaved and self.state.word != "ready":
            many = self.state.unsaved
            words.append(f"{many} record{'s wait' if many > 1 else ' waits'} for it")
        return "; ".join(each for each in words if each)

    def open(self, writer: BookWriter | None) -> None:
        """Keep the records in a book from now on, with those that had none so far.

        Args:
            writer: the thread of the book; None keeps the records only as long as the
                console runs.
        """
        self.close(patience=0.0)  # what it does not have yet waits in its spool
        self._signed_in = ""
        self._writer, self.came, self.refused = writer, writer is None, ""
        self.state = BookState() if writer is not None else KEEPS_NONE
        self._kept = {each.uid: each for each in self._homeless}
        self._records = None
        self.shifts = ()
        if writer is not None:
            for each in self._homeless:
                writer.put(each)
            self._homeless = []

    def look(self) -> None:
        """Take in what the book brought."""
        if self._writer is None:
            return
        news = self._writer.take()
        came = list(of_training(news.records))
        began = tuple(e for e in news.records if isinstance(e.body, ShiftBegan))
        self.shifts += began
        refused = [(uid, why) for uid, why in news.refused if uid in self._kept]
        for record in came:
            self._kept[record.uid] = record
        for uid, why in refused:
            del self._kept[uid]
            self.refused = f"the book did not take a record of the training: {why}"
        if came or refused:
            self._records = None
        self.state = news.state
        # a long book comes in pieces, the last one before its state is said
        self.came |= self.state.whole

    def write(self, who: str, body: Body) -> Record:
        """Write under a trainee's name; the record is not saved yet.

        Args:
            who: the trainee.
            body: what to write; one of ``training.records``.
        """
        url = self.site.settings.database if self.site is not None else ""
        account = self._signed_in or account_before(url, self._login)
        record = Record(
            uid=uuid.uuid4().hex,
            made_at=self._clock(),
            body=body,
            who=who,
            account=self.state.account or account,
            role="trainee",  # whoever may write at all is one here
            console=self._console,
            versions=versions_in_force(self.site),
        )
        self._kept[record.uid] = record
        self._records = None
        if self._writer is not None:
            self._writer.put(record)
        else:
            self._homeless.append(record)
        return record

    def is_kept(self, record: Record) -> bool:
        """Whether the book has a record that was written; where there is none: yes."""
        if self._writer is None:
            return True
        kept = self._kept.get(record.uid)
        return kept is not None and kept.number > 0

    def sign_in(self, user: str, password: str) -> None:
        """Open the book again under an account; the password is kept nowhere."""
        self._signed_in = user or self._signed_in
        if self._writer is not None:
            self._writer.sign_in(user, password)

    def close(self, patience: float = 3.0) -> str:
        """End the thread within `patience` s; what could not be kept, or ""."""
        writer, self._writer = self._writer, None
        if writer is None and self._homeless and self.state == NO_BOOK:
            many = counted(len(self._homeless), "record")
            return f"{many} of the training not kept: no book was open yet"
        if writer is None:
            return ""
        lost = writer.close(patience)
        self.state = msgspec.structs.replace(self.state, word="closed", sentence=lost)
        return lost
