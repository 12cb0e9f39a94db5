"""What a person read of an instruction before, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from dqmconsole.shift.reading import News
    from dqmconsole.shift.session import ShiftSession


class Changed(NamedTuple):
    """An instruction or note that differs from what the person last read."""

    news: News

    @property
    def words(self) -> str:
        """What to say of it."""
        if not self.news.before_hash:
            return "new: you have not read it yet"
        what = "it"
        if self.news.before and self.news.before != self.news.item.version:
            what = f"version {self.news.before}"
        return f"changed since you read {what}: D shows the difference"


class ChangeWatch:
    """Finds what changed for the person on shift, once per change of the book.

    Args:
        session: the shift.
    """

    def __init__(self, session: ShiftSession) -> None:
        self._session = session
        self._seen: tuple[object, ...] = ()
        self._news: dict[tuple[str, str], News] = {}

    def of(self, kind: str, name: str) -> Changed | None:
        """How an instruction ("instruction") or note ("note") changed, or None."""
        self._look()
        found = self._news.get((kind, name))
        return None if found is None or found.gone else Changed(found)

    def _look(self) -> None:
        session = self._session
        who, site = session.author.signature.who, session.site
        seen = (
            session.logbook,
            session.logbook.version,
            session.book.word,
            session.files.version,
            who,
            site.hash if site else "",
        )
        if seen == self._seen:
            return
        self._seen = seen
        news = session.news(who) if who else ()
        self._news = {(each.item.kind, each.item.id): each for each in news or ()}
