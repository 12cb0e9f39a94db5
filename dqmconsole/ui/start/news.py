"""What changed since somebody's last shift, with the difference word by word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal

from dqmconsole.shift import actions, reading
from dqmconsole.shift.reading import KINDS
from dqmconsole.ui import difference
from dqmconsole.ui.row_list import ListRow, RowList
from dqmconsole.ui.start.card import Card, words_label
from dqmconsole.ui.text import Prose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.shift.reading import News
    from dqmconsole.shift.session import ShiftSession
    from dqmconsole.ui.theme import Colours

ROWS = 7  # rows of the list seen at once


class NewsCard(Card):
    """What a person has not read, one after the other.

    Before the shift has begun nothing goes on record: what was acknowledged is kept
    here and belongs to the name it was read under.

    Args:
        session: the shift.
        colours: the colours.

    Attributes:
        list: what changed.

    Signals:
        refused: why something could not be put on record.
    """

    refused = Signal(str)

    def __init__(self, session: ShiftSession, colours: Colours) -> None:
        super().__init__(4, "What changed since your last shift")
        self._session = session
        self._who = ""
        self._news: tuple[News, ...] = ()
        self._seen: set[str] = set()
        self._read: set[str] = set()
        self._written: tuple[object, ...] = ()
        self._words = words_label("Changes")
        self.list = RowList("What changed", ROWS, colours)
        self._sentence = words_label("What happened", "muted")
        self.text = Prose("Difference", colours)
        self.text.setMinimumHeight(170)
        self._keys = words_label("Keys of the changes", "muted")
        self._keys.setText(
            "Space: read, and on to the next.   Shift+A: all that you have looked at; "
            "one by one, because the book will say that you read it."
        )
        for widget in (
            self._words,
            self.list,
            self._sentence,
            self.text,
            self._keys,
        ):
            self.column.addWidget(widget)
        self.column.setStretchFactor(self.text, 100)
        self.column.addStretch(1)  # for when there is nothing to read
        self.list.currentRowChanged.connect(self._look_at)

    @property
    def acknowledged(self) -> list[News]:
        """What was read and is not on record yet."""
        return [each for each in self._news if _name(each) in self._read]

    @property
    def unread(self) -> int:
        """How many were not acknowledged."""
        return len(self._news) - len(self.acknowledged)

    def show_session(self, who: str) -> None:
        """Show what a person has not read; nothing is touched that did not change."""
        if who != self._who:
            # another person has read nothing
            self._who, self._seen, self._read = who, set(), set()
        if self._session.shift is not None:
            self._read.clear()  # it is on record, or the book refused it
        news = self._session.news(who) if who else ()
        self._words.setText(self._state_words(news))
        self._words.setVisible(bool(self._words.text()))
        self._news = news or ()
        self._show_rows()
        for widget in (self._sentence, self.text, self._keys):
            widget.setVisible(bool(self._news))
        self._write()

    def focus_first(self) -> bool:
        """Give the list the keyboard, where there is something in it."""
        if self._news:
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)
        return bool(self._news)

    # -- what is shown -------------------------------------------------------------

    def _state_words(self, news: Sequence[News] | None) -> str:
        session, site = self._session, self._session.site
        if not self._who:
            return "Say your name: what is new to you depends on it."
        if news is None:
            return "Looking what you have read before …"
        if reading.baseline_hash(session.logbook, self._who):
            return "" if news else "Nothing that you have not read."
        many = len(site.instructions) if site is not None else 0
        return (
            f"Your first shift at this book: its {many} instructions, and all else, "
            "count as read where you meet them. From now on every change is shown here."
        )

    def _show_rows(self) -> None:
        before = self.list.current
        self.list.show_rows(
            ListRow(
                _name(each),
                _row_words(each, read=_name(each) in self._read),
                tip=f"{each.item.id}: {each.sentence}",
                bold=_name(each) not in self._read,
            )
            for each in self._news
        )
        now = self.list.current
        if now is not None and (before is None or before.name != now.name):
            self.list.setCurrentRow(self._next_unread(0))
        words = f"{self.unread} of {len(self._news)} unread" if self._news else ""
        if self._read and self._session.shift is None:
            words += ", on record as the shift begins"
        self.set_aside(words)

    def _look_at(self, row: int) -> None:
        if 0 <= row < len(self._news):
            self._write()

    def _write(self) -> None:
        """Write the selected one's difference, as soon as there is what was read."""
        row = self.list.currentRow()
        if not 0 <= row < len(self._news):
            return
        news = self._news[row]
        before = actions.text_read(self._session, self._who, news)
        if before is not None:
            self._seen.add(
                _name(news)
            )  # also when it was written for a name half typed
        written = (_name(news), before)
        if written == self._written:
            return
        self._written = written
        self._sentence.setText(
            f"{KINDS[news.item.kind].capitalize()} {news.item.id}: {news.sentence}"
        )
        if before is None:
            self.text.show_text("Looking for what you read before …")
            return
        if not before and not news.gone:
            self.text.show_text(news.item.text)
            self.text.setAccessibleDescription("new: all of it")
            return
        after = "" if news.gone else news.item.text
        parts = difference.parts_of(before or news.item.text, after)
        self.text.show_text(difference.shortened(parts))
        self.text.setAccessibleDescription(difference.in_words(parts))

    # -- what is done --------------------------------------------------------------

    def acknowledge(self) -> None:
        """Read the selected one, and go on to the next."""
        row = self.list.currentRow()
        if not 0 <= row < len(self._news):
            return
        news = self._news[row]
        if _name(news) not in self._seen:
            self.refused.emit("what changed is still being looked up")
            return
        if self._put([news]):
            self._show_rows()
            self.list.setCurrentRow(self._next_unread(row))
            self.show_session(self._who)

    def acknowledge_all(self) -> None:
        """Read all that were looked at."""
        looked_at = [each for each in self._news if _name(each) in self._seen]
        if not self._put(looked_at):
            return
        self._show_rows()
        self.list.setCurrentRow(self._next_unread(0))
        self.show_session(self._who)
        if self.unread:
            many = f"{self.unread} {'change' if self.unread == 1 else 'changes'}"
            self.refused.emit(f"{many} not looked at yet: select each first")

    def _put(self, news: Sequence[News]) -> bool:
        """Acknowledge: on record, or kept until the shift begins."""
        for each in news if self._session.shift is not None else ():
            if refused := actions.acknowledge(self._session, each):
                self.refused.emit(refused)
                return False
        self._read |= {_name(each) for each in news}
        return True

    def _next_unread(self, row: int) -> int:
        order = [*range(row, len(self._news)), *range(row)]
        unread = (at for at in order if _name(self._news[at]) not in self._read)
        return next(unread, row)


def _name(news: News) -> str:
    """Of one text: with its hash, for who read it did not read the next."""
    item = news.item
    return f"{item.kind} {item.id} {item.hash}{'-' * news.gone}"


def _row_words(news: News, *, read: bool) -> str:
    item = news.item
    title = item.title
    if not title.casefold().startswith(KINDS[item.kind]):
        title = f"{KINDS[item.kind].capitalize()}: {title}"
    return f"✓ read   {title}" if read else f"{title} — {news.sentence}"
