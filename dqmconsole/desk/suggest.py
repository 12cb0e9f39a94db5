"""Which recorded runs would make a good reference for a run, and why."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.desk.reference import RefusedError, not_there
from dqmconsole.model.layout import subsystem_of
from dqmconsole.model.words import listed
from dqmconsole.site.layouts import plots_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.desk.recorded import RecordedFolders
    from dqmconsole.model.run import Conditions
    from dqmconsole.model.site import Site

ENOUGH = 5  # times the events of the run: more make no better reference
_FULL = 100.0


class Candidate(msgspec.Struct, frozen=True):
    """A run that might be the reference.

    Attributes:
        run: the run.
        score: 0 to 100, the better the higher; below 0: it does not fit at all.
        sentence: why.
    """

    run: int
    score: float
    sentence: str


class _Point(msgspec.Struct, frozen=True):
    """What one of the conditions says: points lost, and words."""

    lost: float
    words: str


def suggest(
    site: Site, run: int, recorded: RecordedFolders, subsystem: str = ""
) -> tuple[Candidate, ...]:
    """Rank the recorded runs as references for a run, the best first.

    One of another type, beam energy or field, or without final files, does not fit.
    Among the others pile-up counts most, then whether all subsystems are there, then
    events, then age.

    Args:
        site: as it was read.
        run: the run to be compared; it may be going on.
        recorded: where it and the candidates lie.
        subsystem: the reference is for this one alone; "" for all.

    Raises:
        RefusedError: the run is not there.
    """
    if run not in recorded.runs:
        raise RefusedError(not_there(run, recorded))
    mine = recorded.conditions(run)
    wanted = _subsystems(site, run, recorded, subsystem)
    others = sorted((each for each in recorded.runs if each != run), reverse=True)
    events = _events(run, recorded, wanted)
    found = []
    for age, each in enumerate(others):
        its = recorded.conditions(each)
        points = [
            *(_of_type(mine, its) if site.settings.conditions.run_type else ()),
            *_of_beam(mine, its),
            *_of_files(each, recorded, wanted),
            *_of_events(events, _events(each, recorded, wanted)),
            _Point(min(5.0, 0.5 * age), ""),  # among equals the newer
        ]
        score = _FULL - sum(point.lost for point in points)
        words = [point.words for point in points if point.words]
        if any(point.lost > _FULL for point in points):
            score = -1.0
            words = [point.words for point in points if point.lost > _FULL]
        found.append(Candidate(each, round(max(score, -1.0), 1), "; ".join(words)))
    found.sort(key=lambda each: (-each.score, -each.run))
    return tuple(found)


_NEVER = _FULL + 1


def _of_type(mine: Conditions, its: Conditions) -> Iterator[_Point]:
    match mine.run_type, its.run_type:
        case None, None:
            yield _Point(20, "the type of both runs is unknown")
        case None, known:
            yield _Point(20, f"{known}, and the type of the run is unknown")
        case known, None:
            yield _Point(30, f"its type is unknown, this run is {known}")
        case one, other if one == other:
            yield _Point(0, f"{other} as this run")
        case one, other:
            yield _Point(_NEVER, f"{other}, this run is {one}")


def _of_beam(mine: Conditions, its: Conditions) -> Iterator[_Point]:
    one, other = mine.beam_energy, its.beam_energy
    if one and other is not None:
        if abs(one - other) > 0.01 * one:
            yield _Point(_NEVER, f"{other:g} GeV per beam, this run {one:g}")
        else:
            yield _Point(0, f"{other:g} GeV per beam")
    one, other = mine.magnet, its.magnet
    if one is not None and other is not None:
        if abs(one - other) > 0.1:
            yield _Point(_NEVER, f"field {other:.1f} T, this run {one:.1f} T")
        else:
            yield _Point(0, f"{abs(other):.1f} T")
    elif one is not None:
        yield _Point(10, "its field is unknown")
    one, other = mine.pileup, its.pileup
    if one is not None and one > 0.1 and other is not None and other > 0:
        apart = abs(math.log2(other / one))
        said = f"pile-up {other:.3g}, this run {one:.3g}"
        yield _Point(min(40.0 * apart, 60.0), said)
    elif one is not None and one > 0.1:
        yield _Point(20, "its pile-up is unknown")


def _of_files(
    run: int, recorded: RecordedFolders, wanted: frozenset[str]
) -> Iterator[_Point]:
    files = recorded.runs[run]
    final = {client for client, file in files.items() if file.name.final}
    if not final:
        yield _Point(_NEVER, "no final file")
        return
    for client in sorted(final & (wanted | {""}) or final):
        why = recorded.damage(run, client)
        if why:
            yield _Point(_NEVER, f"{files[client].path.name} cannot be read: {why}")
            return
    missing = {each for each in wanted if recorded.final(run, each) is None}
    if wanted and len(missing) == len(wanted):
        yield _Point(_NEVER, f"no final file of {listed(sorted(missing), 4)}")
    elif missing:
        share = len(missing) / len(wanted)
        yield _Point(10 + 40 * share, f"no final file of {listed(sorted(missing), 4)}")
    else:
        of = "" if not wanted else f" of all {len(wanted)} subsystems"
        of = f" of {next(iter(wanted))}" if len(wanted) == 1 else of
        yield _Point(0, f"final files{of}")


def _of_events(mine: float | None, its: float | None) -> Iterator[_Point]:
    if its is None:
        yield _Point(15, "its events are unknown")
        return
    said = f"{its:,.0f} events"
    if not mine:
        yield _Point(0, said)
        return
    times = its / mine
    few = (
        0.0
        if times >= ENOUGH
        else min(30.0, 10.0 * math.log2(ENOUGH / max(times, 0.01)))
    )
    yield _Point(few, f"{said}, {times:.2g} times those of this run")


def _events(
    run: int, recorded: RecordedFolders, wanted: frozenset[str]
) -> float | None:
    """Events of a run: the most that any of the subsystems has seen."""
    seen = [recorded.exposure(run, each).events for each in sorted(wanted)]
    return max((each for each in seen if each is not None), default=None)


def _subsystems(
    site: Site, run: int, recorded: RecordedFolders, subsystem: str
) -> frozenset[str]:
    """What a reference must hold: what the site shows and the run has."""
    if subsystem:
        return frozenset((subsystem,))
    shown = {subsystem_of(plot.path) for *_, plot in plots_of(site)} - {""}
    clients = set(recorded.runs[run]) - {""}
    return frozenset(shown & clients or shown)
