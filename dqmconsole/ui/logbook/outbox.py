"""Entries that are submitted, and written as soon as their evidence is whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from dqmconsole.shift import actions
from dqmconsole.shift.evidence import read_stored, stored

if TYPE_CHECKING:
    from dqmconsole.model.record import Entry, StoredFile
    from dqmconsole.shift.client import Changes
    from dqmconsole.ui.context import Context
    from dqmconsole.ui.logbook.taking import InView, Taking


class Waiting(NamedTuple):
    """An entry, what it is of, and its evidence."""

    entry: Entry
    seen: InView
    taking: Taking


class Outbox:
    """Holds entries until their evidence is whole, or failed; then they are written.

    Args:
        context: what it works with; what became of an entry is said.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._waiting: list[Waiting] = []

    def put(self, entry: Entry, seen: InView, taking: Taking) -> None:
        """Submit an entry; it is written at once where its evidence failed."""
        self._waiting.append(Waiting(entry, seen, taking))
        self._write()
        if self._waiting:
            self._context.said.emit(
                "Taking the evidence …; the entry is written with it"
            )

    def look(self, changes: Changes, now: float) -> None:
        """Take in what the engine has answered."""
        for each in self._waiting:
            each.taking.look(changes, now)
        self._write()

    def empty(self) -> None:
        """Write everything now, with as much of its evidence as there is."""
        for each in self._waiting:
            self._put(each)
        self._waiting.clear()

    def _write(self) -> None:
        now = self._context.clock()
        left = []
        for each in self._waiting:
            text = "\n\n".join(filter(None, (each.entry.title, each.entry.text)))
            each.taking.add_words(text, now)
            if each.taking.state == "taking":
                left.append(each)
            else:
                self._put(each)
        self._waiting = left

    def _put(self, waiting: Waiting) -> None:
        entry, seen, taking = waiting
        picture = stored(seen.picture, "picture.png")
        files: list[StoredFile] = [picture]
        entry = msgspec.structs.replace(entry, picture=picture.hash)
        lost = taking.why or "it was not whole in time"
        if taking.path:
            try:
                bundle = read_stored(taking.path)
            except OSError as error:
                lost = str(error)
            else:
                lost = ""
                files.append(bundle)
                entry = msgspec.structs.replace(
                    entry, evidence=bundle.hash, evidence_name=bundle.name
                )
        refused = actions.enter(
            self._context.session,
            entry,
            seen.run,
            subsystem=seen.subsystem,
            instruction=seen.instruction,
            files=files,
        )
        said = "The entry is written, with its evidence."
        if refused:
            said = f"Not written: {refused}"
        elif lost:
            said = f"The entry is written with its picture alone: {lost}"
        self._context.said.emit(said)
