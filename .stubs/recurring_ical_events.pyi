import datetime
from typing import Any

class CalendarQuery:
    def between(
        self, start: datetime.datetime, stop: datetime.datetime
    ) -> list[Any]: ...

def of(a_calendar: Any) -> CalendarQuery: ...
