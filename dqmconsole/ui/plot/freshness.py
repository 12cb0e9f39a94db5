"""How old a tile's data are, and whether they still count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.moment import date_words
from dqmconsole.model.verdict import Status
from dqmconsole.ui.plot.tile_words import age_words

if TYPE_CHECKING:
    from dqmconsole.model.frame import Tile

# Of these the age of the data is not the news.
_AGELESS = frozenset(
    {Status.WAITING, Status.MISSING, Status.NOT_APPLICABLE, Status.DISABLED}
)


class Freshness:
    """The two ages of a tile: its data's, and the engine's silence.

    Attributes:
        silent: seconds the engine has been silent, or None while it lives.
        stale: the data are too old to count, or the engine is silent.
    """

    def __init__(self) -> None:
        self.silent: float | None = None
        self.stale = False
        self._age: float | None = None

    def look(self, tile: Tile, now: float) -> bool:
        """Look at the clock (unix time, s); tell whether `stale` changed."""
        produced, limit = tile.produced, tile.stale_after
        self._age = None if produced is None else max(now - produced, 0.0)
        old = self._age is not None and limit is not None and self._age > limit
        was, self.stale = self.stale, old or self.silent is not None
        return self.stale != was

    def status(self, tile: Tile) -> Status:
        """The status to show: STALE in place of a verdict on data gone stale."""
        status = tile.verdict.status
        gone = self.stale and tile.picture is not None and status not in _AGELESS
        return Status.STALE if gone else status

    def words(self, tile: Tile) -> str:
        """The age in words; of a tile without a picture only the engine's."""
        if tile.picture is None:
            return age_words(None, stale=False, silent=self.silent)
        stale = self.status(tile) is Status.STALE
        if tile.recorded and tile.produced is not None and not stale:
            return f"RECORDED {date_words(tile.produced)}"
        return age_words(self._age, stale=stale, silent=self.silent)
