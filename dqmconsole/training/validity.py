"""For how long what somebody did holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.moment import date_words
from dqmconsole.training.aggregate import DAY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dqmconsole.model.record import Record
    from dqmconsole.model.site import Site

VALID_DAYS = 365  # days a lesson holds where the site has no exam that says it


class Validity(msgspec.Struct, frozen=True):
    """For how long what is done holds, whatever a console's clock says.

    It is reckoned from the moment at which the database stored a record. A console's
    clock that is behind is found by the book's last record, one that was ahead by what
    would hold longer than anything can.

    Attributes:
        days: for which it holds.
        now: unix time of this console, s.
        last: when the book stored its last record, unix time, s; 0 without any.
    """

    days: float
    now: float
    last: float

    @classmethod
    def of(cls, site: Site, records: Iterable[Record], now: float) -> Validity:
        """As the site has it now."""
        stored = [each.stored_at for each in records if each.stored_at]
        days = site.exam.valid_days if site.exam is not None else VALID_DAYS
        return cls(days, now, stored[-1] if stored else 0.0)

    def until(self, record: Record) -> float:
        """Until when it holds, unix time, s; 0 while the book does not have it."""
        return record.stored_at + self.days * DAY if record.stored_at else 0.0

    def over(self, until: float) -> list[str]:
        """Why something does not hold any more, in words."""
        if 0 < until < max(self.now, self.last):
            return [f"it held until {date_words(until)}"]
        if until > self.now + (self.days + 1) * DAY:
            return [f"it would hold until {date_words(until)}: a clock was wrong"]
        return []


def until_words(until: float) -> str:
    """Say until when something holds that is done and not over."""
    if not until:
        return "holds from the moment at which the book has it"
    return f"holds until {date_words(until)}"
