"""What is open when a run is signed off: what asks for a reason, and what is said.

Signing off is never refused for what is open. A fault that has no flag, and an alarm
that is to be answered now and was not, ask for a reason; the rest is put on record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.run import RunState, run_words
from dqmconsole.model.site import SiteSettings
from dqmconsole.shift.alarm_words import alarm_meant, plots_words
from dqmconsole.shift.flags import (
    components,
    history,
    is_signed_off,
    left_open,
    lumisections_of,
    pending_sign_off,
    timelines,
    unflagged,
)
from dqmconsole.shift.runs import recent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.logbook.view import Logbook
    from dqmconsole.model.site import Site
    from dqmconsole.shift.alarms import Standing
    from dqmconsole.shift.session import ShiftSession

FINAL_FILES = "what its final files add has no flags yet"
SHORT = 10  # lumisections; shorter runs are signed off together


class Gate(msgspec.Struct, frozen=True):
    """What is open of runs that are to be signed off.

    Attributes:
        runs: those that are signed off together, ascending.
        grave: what they are signed off with only for a reason.
        rest: what else is open.
    """

    runs: tuple[int, ...]
    grave: tuple[str, ...] = ()
    rest: tuple[str, ...] = ()

    @property
    def open(self) -> tuple[str, ...]:
        """All that is open."""
        return (*self.grave, *self.rest)


def together(logbook: Logbook, run: int) -> tuple[int, ...]:
    """The runs that are signed off with one: of a short one all that are short."""
    if not 0 < lumisections_of(logbook, run) < SHORT:
        return (run,)
    return tuple(sorted({run, *(
        each
        for each in recent(logbook)
        if 0 < lumisections_of(logbook, each) < SHORT
        and is_signed_off(logbook, each) is None
        and pending_sign_off(logbook, each) is None
    )}))  # fmt: skip


def gate(session: ShiftSession, run: int) -> Gate:
    """What is open of a run, and of those that are signed off with it."""
    found = gate_of(session.logbook, session.site, run, session.alarms)
    live = session.client.mailbox.run
    if live.run not in found.runs or live.state is not RunState.ENDED:
        return found
    words = f"{run_words(live.run)}: {FINAL_FILES}"
    return msgspec.structs.replace(found, rest=(*found.rest, words))


def gate_of(
    logbook: Logbook, site: Site | None, run: int, alarms: Sequence[Standing] = ()
) -> Gate:
    """The same, of a book.

    Args:
        logbook: all records.
        site: its components are flagged.
        run: the run.
        alarms: as they stand.
    """
    runs = together(logbook, run)
    settings = SiteSettings("") if site is None else site.settings
    grave, rest = [], []
    for each in runs:
        named = f"{run_words(each)}, " if len(runs) > 1 else ""
        lines = timelines(logbook, each, components(site))
        for name, line in lines.items():
            said = history(logbook, each, name)
            bare = unflagged(said, line, settings.lumisection)
            grave += [f"{named}{name}: {words}" for words in bare]
        if words := left_open(lines):
            rest.append(f"{named}{words}")
    for one in alarms:
        if one.asks and one.alarm.urgency == "now" and one.alarm.run <= runs[-1]:
            meant = alarm_meant(one.alarm, settings.unit)
            what = filter(None, (meant, plots_words(one.alarm)))
            grave.append(
                f"alarm {', '.join(what)}, {run_words(one.alarm.run)}: nobody "
                "acknowledged it"
            )
    return Gate(runs, tuple(grave), tuple(rest))
