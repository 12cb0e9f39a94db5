"""Gathers the facts that the tutor goes by from the window, the shift and the book."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.training.facts import Facts
from dqmconsole.training.records import understood
from dqmconsole.ui.live.choices import mode_shown

if TYPE_CHECKING:
    from dqmconsole.model.record import Record
    from dqmconsole.ui.parts import Parts


class FactsCollector:
    """What is so now, and what was done since `begin`.

    Args:
        parts: the parts of the window.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._used: frozenset[str] = frozenset()
        self._read: frozenset[str] = frozenset()
        self._runs: set[int] = set()
        self._before: frozenset[str] = frozenset()
        self._kept: tuple[object, tuple[Record, ...]] = (None, ())

    def begin(self) -> None:
        """Forget what was done before now."""
        book = self._parts.context.session.logbook.everything()
        self._before = frozenset(record.uid for record in book)
        self._used = self._read = frozenset()
        self._runs = set()
        self._kept = (None, ())

    def use(self, command: str) -> None:
        """Note that a command was used, by its id."""
        self._used |= {command}

    def look(self, now: float) -> Facts:
        """The facts of this moment.

        Args:
            now: of a monotonic clock, s.
        """
        context, view = self._parts.context, self._parts.view
        info = context.client.mailbox.run
        if info.run > 0:
            self._runs.add(info.run)
        read = self._parts.reader.shown_id
        if read and read not in self._read:
            self._read |= {read}
        place, tile = view.selected, view.selected_tile()
        mode = None
        if place is not None and tile is not None:
            mode = mode_shown(place.plot, tile.tile, view.modes.get(place.key))
        page = view.page if view.on_page else None
        return Facts(
            now=now,
            page=f"{page.layout}/{page.page}" if page is not None else "",
            plot=place.plot.path if place is not None else "",
            alone=view.in_detail,
            mode=mode,
            used=self._used,
            read=self._read,
            records=self._records(),
            run=max(info.run, 0),
            lumisection=info.lumisection or 0,
            runs=len(self._runs),
        )

    def _records(self) -> tuple[Record, ...]:
        book = self._parts.context.session.logbook
        state = (id(book), book.version)
        if self._kept[0] != state:
            new = (each for each in book.everything() if each.uid not in self._before)
            self._kept = (state, tuple(map(understood, new)))
        return self._kept[1]
