"""Alarms as the drawing of the first page has them, and a flood: all invented."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from support.fake_session import CHARGE, DEPTH1, NOW, RUN, TIME
from support.overview_scene import keys_of

from dqmconsole.model.alarm import Alarm, Member
from dqmconsole.model.cause import extent_of
from dqmconsole.model.verdict import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.model.cause import Family, Urgency
    from dqmconsole.model.site import Site

DEPTH2 = DEPTH1.replace("depth1", "depth2")


def alarm(
    root: str,
    family: Family,
    keys: Sequence[str],
    sentence: str,
    *,
    status: Status = Status.BAD,
    urgency: Urgency = "",
    ago: float = 840.0,
    first: int = 41,
    number: int = 1,
    **more: object,
) -> Alarm:
    """An alarm of some plots, all of them wrong."""
    members = tuple(Member(key, status, sentence, family, urgency) for key in keys)
    made = Alarm(
        *(f"{RUN}/{root}/{family}/{number}", RUN, root, family, members),
        *(NOW - ago, NOW - ago, first - 1, first),
        urgency=urgency,
    )
    return msgspec.structs.replace(made, **more)


HOLES = alarm(
    *("Hcal", "missing", (DEPTH1, DEPTH2), "192 cells empty"),
    urgency="now",
    extent=extent_of(("ring", "iφ"), [("HB+", str(n)) for n in range(15, 23)]),
)
SHIFTED = alarm(
    *("Hcal", "shift", (TIME, CHARGE), "peak 0.55 TS late; usual spread 0.10 TS"),
    *(),
    status=Status.WARNING, urgency="next-day", ago=1620.0, first=9,
)  # fmt: skip
STILL = alarm(
    *("L1T", "stale", ("L1T",), "content stands still while its files are fresh"),
    status=Status.STALE, urgency="now", ago=360.0, first=63,
)  # fmt: skip


def flood(site: Site, plots: int = 300, rows: int = 20) -> list[Alarm]:
    """Very many plots that are bad for some causes."""
    keys = [key for each in site.layouts for key in keys_of(site, each.layout)]
    found = []
    for row in range(rows):
        some = [f"{keys[n % len(keys)]}{n}" for n in range(row, plots, rows)]
        some[0] = keys[row * 7 % len(keys)]
        root = some[0].partition(" › ")[0]
        urgency: Urgency = ("now", "dump", "next-day", "")[row % 4]
        sentence = f"{12 + row} of 72 sectors are empty since the trip"
        found.append(
            alarm(
                root,
                "missing",
                some,
                sentence,
                urgency=urgency,
                number=row + 1,
                ago=60.0 * row + 30.0,
                first=70 - row,
            )
        )
    return found
