"""Runs as the book shows them: they appear, end and are weighed by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.record import RunSeen
from dqmconsole.model.run import RunState
from dqmconsole.model.words import counted
from dqmconsole.shift.liveness import stale_since

if TYPE_CHECKING:
    from dqmconsole.logbook.author import Author
    from dqmconsole.logbook.view import Logbook
    from dqmconsole.model.run import RunInfo
    from dqmconsole.model.site import Site

RECENT = 12  # runs that a list shows
NO_DATA_FOR = 900.0  # s, and three periods, after which a silent run does not go on
PERIODS = 3.0


def seen_now(info: RunInfo, site: Site, when: float) -> RunSeen:
    """What is to be noted of a run at this moment.

    Args:
        info: the run header.
        site: its classes and the least a run must have.
        when: unix time, s: the end of a run that is over, as far as is known.
    """
    given = info.conditions
    over = info.state is not RunState.RUNNING
    run_type = given.run_type or ""
    seen = RunSeen(
        phase="ended" if over else "running",
        run_type=run_type,
        run_class=site.settings.classes.get(run_type, ""),
        started=info.started,
        ended=_end(info, when) if over else None,
        lumisections=info.lumisection or 0,
        events=max(
            (
                each.events or 0
                for each in info.clients
                if not each.stream and each.run == info.run
            ),
            default=0,
        ),
        fill=given.fill or 0,
        beam_mode=given.beam_mode or "",
        beam_energy=given.beam_energy,
        subsystems=tuple(sorted(given.subsystems or ())),
    )
    return weighed(seen, site) if over else seen


def quiet_since(info: RunInfo, now: float) -> float | None:
    """Since when a run that nobody ended gives no data, for long; None while it does.

    Args:
        info: the run header.
        now: unix time, s.

    Returns:
        Unix time of its last data, s.
    """
    here = [each for each in info.clients if each.run == info.run]
    if info.state is not RunState.RUNNING or any(c.state == "live" for c in here):
        return None
    times = [since for each in here if (since := stale_since(each)) is not None]
    slowest = max((each.period or 0.0 for each in here), default=0.0)
    if not times or now - max(times) <= max(NO_DATA_FOR, PERIODS * slowest):
        return None
    return max(times)


def weighed(seen: RunSeen, site: Site) -> RunSeen:
    """A run that is over, with the judgement whether it counts, and why not."""
    least = site.settings.significant
    lacks = []
    if seen.lumisections < least.lumisections:
        lacks.append(
            f"{counted(seen.lumisections, site.settings.lumisection)}, "
            f"{least.lumisections} are asked for"
        )
    if seen.events < least.events:
        lacks.append(f"{seen.events} events, {least.events} are asked for")
    return msgspec.structs.replace(
        seen,
        phase="not significant" if lacks else "ended",
        significant=not lacks,
        why="; ".join(lacks),
    )


def _end(info: RunInfo, when: float) -> float:
    """The end of a run that is over: its last data, or when that was noticed."""
    last = [each.produced or each.written for each in info.clients
            if each.run == info.run]  # fmt: skip
    return min(max((each for each in last if each), default=when), when)


def latest(logbook: Logbook, run: int) -> RunSeen | None:
    """What is known of a run: its newest record, with all that earlier ones knew."""
    found: RunSeen | None = None
    for _, body in logbook.of_run(RunSeen, run):
        if found is not None and found.phase != "running" and body.phase == "running":
            continue  # another console that learnt of the end later
        found = body if found is None else _newer(found, body)
    return found


def recent(logbook: Logbook, many: int = RECENT) -> list[int]:
    """The newest runs of the book, newest first."""
    return logbook.runs(RunSeen)[: -many - 1 : -1]


class RunWatch:
    """Notes what happens to runs.

    Args:
        logbook: what was noted already, by whatever console.
        author: notes it.
    """

    def __init__(self, logbook: Logbook, author: Author) -> None:
        self._logbook = logbook
        self._author = author
        self._last: RunInfo | None = None
        self._source = ""
        self._shown: tuple[object, ...] = ()

    def look(
        self,
        info: RunInfo,
        site: Site,
        now: float,
        source: str = "",
        began: float = 0.0,
    ) -> None:
        """Note a run that began, ended, or of which more is known.

        A run is over when its source says so, or shows a later one. A header that
        is empty for a moment, or another source, ends no run.

        Args:
            info: the run header.
            site: the site in force.
            now: unix time, s.
            source: what the header was read from.
            began: unix time at which the shift began, s: a run that passed before is
                known to the book, but none of this shift.
        """
        if source != self._source:
            self._source, self._last, self._shown = source, None, ()
        before = self._last
        if info.run > 0:
            self._last = info
        if before is not None and 0 < before.run < info.run:
            ended = msgspec.structs.replace(before, state=RunState.ENDED)
            self._note(before.run, seen_now(ended, site, now), before_shift=False)
        if info.run > 0:
            seen = seen_now(info, site, now)
            last = seen.ended if seen.ended is not None else quiet_since(info, now)
            passed = last is not None and last < began
            self._note(info.run, seen, before_shift=passed)

    def _note(self, run: int, seen: RunSeen, *, before_shift: bool) -> None:
        if self._author.refusal("judge whether a run counts"):
            seen = _unjudged(seen)
        # of what a run has while it lasts, only this is worth another record
        parts = (seen.run_type, seen.beam_mode, seen.fill, *seen.subsystems)
        before, self._shown = self._shown, (run, seen.phase, *parts)
        known = latest(self._logbook, run)
        if known is not None and not _is_news(known, seen):
            return
        which = f"{seen.phase}/{seen.lumisections}"
        if seen.phase == "running":
            if known is not None and before == self._shown:
                return  # two consoles that read otherwise do not correct each other
            which = f"running/{parts}"
            if told := self._logbook.of_run(RunSeen, run):
                # what comes back is another event than the first time
                which += f" after {told[-1][0].uid}"
        elif seen.significant is None:
            which += "/not judged"
        name = f"run/{run}/{which}"
        self._author.note(name, seen, run=run, before_shift=before_shift)


def _unjudged(seen: RunSeen) -> RunSeen:
    """A run without the judgement whether it counts, which is another's."""
    phase = "ended" if seen.phase == "not significant" else seen.phase
    return msgspec.structs.replace(seen, phase=phase, significant=None, why="")


def _is_news(known: RunSeen, seen: RunSeen) -> bool:
    if known.phase != "running":
        if known.significant is None and seen.significant is not None:
            return True
        # the final files may know of more of the run than the last snapshots did
        grown = seen.lumisections > known.lumisections
        counts = known.phase == "not significant" and seen.significant is True
        return seen.phase != "running" and (grown or counts)
    if seen.phase != "running":
        return True
    return any(
        getattr(seen, each) and getattr(seen, each) != getattr(known, each)
        for each in ("run_type", "beam_mode", "fill", "subsystems")
    )


def _newer(before: RunSeen, after: RunSeen) -> RunSeen:
    """The newer record, with what only the older one knew."""
    kept = {
        each: getattr(before, each)
        for each in ("run_type", "run_class", "started", "fill", "beam_mode",
                     "beam_energy", "subsystems")
        if not getattr(after, each)
    }  # fmt: skip
    if after.significant is None and before.significant is not None:
        kept |= {
            each: getattr(before, each) for each in ("phase", "significant", "why")
        }
    return msgspec.structs.replace(
        after,
        lumisections=max(before.lumisections, after.lumisections),
        events=max(before.events, after.events),
        **kept,
    )
