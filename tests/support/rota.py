"""A rota kept in a calendar, for tests."""

import datetime
from zoneinfo import ZoneInfo

ZURICH = ZoneInfo("Europe/Zurich")
NOW = datetime.datetime(2026, 11, 25, 12, tzinfo=datetime.UTC).timestamp()

ROTA = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//test//EN
BEGIN:VEVENT
UID:1
DTSTART;TZID=Europe/Zurich:20261102T080000
DTEND;TZID=Europe/Zurich:20261109T080000
RRULE:FREQ=WEEKLY;INTERVAL=2
SUMMARY:First desk
LOCATION:tel:+41 22 70100
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART:20261109T080000
DTEND:20261116T080000
RRULE:FREQ=WEEKLY;INTERVAL=2
SUMMARY:Second desk
DESCRIPTION:mobile tel:70200 or mail
END:VEVENT
END:VCALENDAR
"""
