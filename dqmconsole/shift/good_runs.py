"""Which runs are good by the flags of the shift: told to the engine, which keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.layout import subsystem_of
from dqmconsole.model.record import Flag, SignOff
from dqmconsole.model.run_quality import RunQuality
from dqmconsole.shift.flags import (
    components,
    is_signed_off,
    lumisections_of,
    timelines,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dqmconsole.logbook.view import Logbook
    from dqmconsole.model.record import Record
    from dqmconsole.model.site import Site
    from dqmconsole.shift.flags import Stretch

_LAST = 100  # runs that are looked at: of older ones hardly any is still recorded


def covering(site: Site) -> dict[str, list[str]]:
    """The components that have plots of each subsystem."""
    layouts = {each.layout: each for each in site.layouts}
    covers: dict[str, list[str]] = {}
    for component, names in components(site).items():
        plots = [
            plot
            for name in names
            if name in layouts
            for page in layouts[name].pages
            for plot in page.plots
        ]
        for subsystem in sorted({subsystem_of(plot.path) for plot in plots} - {""}):
            covers.setdefault(subsystem, []).append(component)
    return covers


def qualities(
    logbook: Logbook, covers: Mapping[str, Sequence[str]], run: int
) -> tuple[RunQuality, ...]:
    """Whether a run that is signed off is good, by subsystem; nothing of others.

    All of it was flagged GOOD by a person, by all components that have plots of it.

    Args:
        logbook: has the flags.
        covers: the components that have plots of each subsystem.
        run: the run.
    """
    signed = is_signed_off(logbook, run)
    if signed is None:
        return ()
    lines = timelines(logbook, run, {each for one in covers.values() for each in one})
    flags = [record for record, _ in logbook.of_run(Flag, run)]
    found = []
    for subsystem, own in covers.items():
        said = [each for each in flags if each.number and each.subsystem in own]
        # by one clock for all: those of the consoles differ
        last = max((*said, signed), key=lambda each: each.at)
        found.append(_quality(run, subsystem, [lines[each] for each in own], last))
    return tuple(found)


def _quality(
    run: int, subsystem: str, lines: Sequence[Sequence[Stretch]], last: Record
) -> RunQuality:
    parts = [part for line in lines for part in line]
    good = all(part.flag.status == "GOOD" and not part.is_open for part in parts)
    bad = {
        (part.first, part.last or 0)
        for part in parts
        if part.flag.status == "BAD" and not part.flag.proposed
    }
    return RunQuality(run, subsystem, good, tuple(sorted(bad)), last.who, last.at)


class SignedRuns:
    """Finds what is new of runs that are signed off."""

    def __init__(self) -> None:
        self._seen: dict[int, object] = {}
        self._told: Mapping[tuple[int, str], RunQuality] = {}

    def look(self, logbook: Logbook, site: Site) -> tuple[RunQuality, ...]:
        """What was not told yet."""
        found: dict[tuple[int, str], RunQuality] = {}
        covers: dict[str, list[str]] = {}
        for run in logbook.runs(SignOff)[-_LAST:]:
            flags = [record.uid for record, _ in logbook.of_run(Flag, run)]
            seen = (is_signed_off(logbook, run), flags, lumisections_of(logbook, run))
            if self._seen.get(run) != seen:
                self._seen[run] = seen
                covers = covers or covering(site)
                for each in qualities(logbook, covers, run):
                    found[run, each.subsystem] = each
        new = {at: each for at, each in found.items() if self._told.get(at) != each}
        self._told = {**self._told, **new}
        return tuple(new.values())
