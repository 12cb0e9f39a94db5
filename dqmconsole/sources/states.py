"""The state of a client in words a shifter understands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.moment import moment_words
from dqmconsole.model.run import Client, ClientState, RunState
from dqmconsole.sources.track import REPEATS_ALLOWED, Track, Writer

if TYPE_CHECKING:
    from dqmconsole.sources.snapshots import Snapshot


def client_at(
    track: Track,
    now: float,
    *,
    subsystem: str,
    run: int,
    state: RunState,
    used: Snapshot | None,
    recorded: bool = False,
    unreadable: str = "",
    behind: str = "",
) -> Client:
    """Judge one client at one moment.

    Args:
        track: its history.
        now: unix time, s.
        subsystem: the name it goes by.
        run: the current run.
        state: the state of that run.
        used: the snapshot of the client that is in use in that run, or None.
        recorded: the source was old already when it was opened.
        unreadable: why its newest file cannot be read, or "".
        behind: what is wrong with the folder itself, or "".
    """
    reading = track.reading
    if reading is not None and used is None and reading.snapshot.name.run == run:
        reading = None
    word, sentence = _judge(track, now, run, state, used, unreadable, recorded)
    writers = track.writers
    if writers:
        sentence = f"{two_writers(track.name, writers)}. {sentence}"
    if behind and word in ("live", "unmoved", "silent", "frozen", "recorded"):
        sentence = f"{sentence}; {behind}"
    last = track.last
    latest_run = used.name.run if used else reading.snapshot.name.run if reading else 0
    if reading is None:
        name = used.name if used else None
        return Client(
            subsystem=subsystem,
            run=latest_run or (last.run if last else 0),
            lumisection=name.lumisection if name else None,
            state=word,
            sentence=sentence,
            written=used.written if used else None,
            period=track.period,
            producers=max(1, len(writers)),
        )
    content, name = reading.content, reading.snapshot.name
    lumisection = name.lumisection
    return Client(
        subsystem=subsystem,
        run=latest_run,
        lumisection=content.lumisection if lumisection is None else lumisection,
        state=word,
        sentence=sentence,
        produced=reading.produced,
        written=reading.written,
        period=track.period,
        events=content.events,
        rate=track.rate if word == "live" else None,
        lag=max(0.0, reading.written - reading.produced),
        host=name.host,
        pid=name.pid,
        producers=max(1, len(writers)),
    )


def part_words(producers: int) -> str:
    """Say that what is shown is the part of one of several producers."""
    missing = "half" if producers == 2 else "most of"
    return f"one of {producers} producers: {missing} the statistics may be missing"


def two_writers(client: str, writers: tuple[Writer, ...]) -> str:
    """Say that several processes write the files of one client."""
    hosts = {host for host, _ in writers}
    each = [
        f"pid {pid}" if len(hosts) == 1 else f"{host} pid {pid}"
        for host, pid in writers
    ]
    names = ", ".join(each[:-1]) + " and " + each[-1]
    return f"{len(writers)} {client} clients write at once ({names})"


def _judge(
    track: Track,
    now: float,
    run: int,
    state: RunState,
    used: Snapshot | None,
    unreadable: str,
    recorded: bool,
) -> tuple[ClientState, str]:
    if unreadable:
        kept = "nothing of it is shown"
        if used is not None:
            lumisection = used.name.lumisection
            kept = "the last good file is shown"
            kept += "" if lumisection is None else f", LS {lumisection}"
        return "unreadable", f"The newest file cannot be read: {unreadable}; {kept}"
    if used is None:
        last = track.last
        latest = f"; its latest file is of run {last.run}" if last else ""
        return "waiting", f"Has not entered run {run}{latest}"
    if used.name.final:
        told = f"Final file of run {run}" if run > 0 else "A file without run number"
        return "final", told
    if recorded:
        return "recorded", f"Recorded: no newer file than {moment_words(used.written)}"
    if state is not RunState.RUNNING:
        return "ended", f"Run {run} ended, waiting for the final file"
    period = track.period
    due = "" if period is None else f", one is due every {_seconds(period)}"
    last = track.last
    quiet = 0.0 if last is None else now - last.heard
    if quiet > track.allowed:
        return "silent", f"No new file for {_seconds(quiet)}{due}"
    lumisection = used.name.lumisection
    place = "" if lumisection is None else f" at LS {lumisection}"
    if track.repeats >= REPEATS_ALLOWED:
        return (
            "frozen",
            f"Files are renewed but their content is not: {track.repeats + 1} "
            f"files with the same events{place}",
        )
    if not track.moved:
        return "unmoved", f"Its content{place} was not seen to move yet{due}"
    behind = ""
    reached = last.lumisection if last else None
    if last and reached is not None and lumisection is not None:
        other = last.writer != used.name.writer
        if other and reached < lumisection:  # a restarted client reads it all again
            behind = f", its new process is at LS {reached}"
    return "live", f"Live{place}{behind}{due}"


def _seconds(seconds: float) -> str:
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 600:
        return f"{seconds:.0f} s"
    if seconds < 2 * 3600:
        return f"{seconds / 60:.0f} min"
    if seconds < 2 * 86400:
        return f"{seconds / 3600:.0f} h"
    return f"{seconds / 86400:.0f} days"
