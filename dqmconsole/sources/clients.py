"""The DQM clients of a folder: each followed through its snapshots, and its state.

Is it live, frozen, silent, or two? In words a shifter understands.
"""

from __future__ import annotations

import bisect
import statistics
from collections import deque
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.moment import moment_words
from dqmconsole.model.run import Client, ClientState, RunState, run_words
from dqmconsole.sources.open_files import FileProgress
from dqmconsole.sources.snapshots import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable

DEFAULT_PERIOD = 350.0
"""Seconds between two files until two intervals were measured: 15 lumisections of
23.3 s, as CMS runs (``environment_cfi.py``). Too short a guess would be a false
alarm for every client that has just begun."""

PERIODS_ALLOWED = 2.0  # silent or stale past two of its own periods
RECORDED_AFTER = 600.0
"""Seconds without a new file, at least, after which a source that is opened counts
as recorded. A client that paused for less may well go on."""
REPEATS_ALLOWED = 2  # renewed files of unchanged content before it counts as frozen
STILL_ALLOWED = 600.0
"""Seconds of unchanged content, at least, before it counts as frozen where no number
says how far it has come: between two spills nothing may be filled."""
CLOCK_SLACK = 2.0  # seconds two clocks may differ before anybody needs to know
_KEPT = 24
_INTERVALS = 8

Writer = tuple[str, int]


class Arrival(msgspec.Struct, frozen=True, gc=False):
    """A file of the client was there.

    Attributes:
        written: its time of change, s, file server's clock.
        run, lumisection, writer, final: from its name.
        heard: when it was found, s, our clock; at first sight of a folder the
            earlier of that and `written`.
    """

    written: float
    run: int
    lumisection: int | None
    writer: Writer
    final: bool
    heard: float

    @property
    def at(self) -> float:
        """When it was written, s; never later than it was found."""
        return min(self.written, self.heard)

    @property
    def order(self) -> tuple[float, float]:
        """Of two arrivals the later one has the higher."""
        return self.at, self.written


class Reading(msgspec.Struct, frozen=True, gc=False):
    """A file of the client was read.

    Attributes:
        snapshot: the file.
        content: what it says of itself.
        heard: when it was found, s, our clock.
    """

    snapshot: Snapshot
    content: FileProgress
    heard: float

    @property
    def skew(self) -> float:
        """Seconds by which the producer's clock is ahead of ours, 0 within slack."""
        if self.content.timestamp is None:
            return 0.0
        ahead = self.content.timestamp - self.heard
        return ahead if ahead > CLOCK_SLACK else 0.0

    @property
    def written(self) -> float:
        """When the file was written, s; never later than it was found."""
        return min(self.snapshot.written, self.heard)

    @property
    def produced(self) -> float:
        """When the content was produced, s; never later than the file was found.

        The producer's time; the file's where it gives none, or one in the future,
        which would keep old data young.
        """
        if self.content.timestamp is None or self.skew:
            return self.written
        return min(self.content.timestamp, self.heard)


class KeptContent(msgspec.Struct, frozen=True, gc=False):
    """What is kept of a client across restarts of the engine.

    Attributes:
        digest: of its latest content, see ``FileProgress.digest``.
        repeats: renewed files since then that held the same.
    """

    digest: str
    repeats: int = 0


class Track:
    """The recent history of one client. Pure; time is an argument.

    Content counts as live once it was seen to move: it changed from one file to the
    next, or a fresh file holds other content than what was kept of the client.

    Args:
        name: of the client.
        kept: what an earlier engine kept of it, or None.
        recorded: its files are no live ones; what they hold counts as it is.
        unit: what stands before the number of a lumisection.

    Attributes:
        moved: its content was seen to move, or is recorded.
        since: the first lumisection of its counts, where they began again in the run.
    """

    def __init__(
        self,
        name: str,
        kept: KeptContent | None = None,
        *,
        recorded: bool = False,
        unit: str = "LS",
    ) -> None:
        self.name = name
        self.unit = unit
        self.reading: Reading | None = None
        self.rate: float | None = None
        self.repeats = 0
        self.moved = recorded
        self.since: int | None = None
        self._recorded = recorded
        self._kept = kept
        self._began_here = False
        self._moved_in: int | None = None
        self._still_since = 0.0
        self._arrivals: deque[Arrival] = deque(maxlen=_KEPT)
        self._period: float | None = None
        self._writers: tuple[Writer, ...] = ()

    def place(self, lumisection: int | None, before: str = " at ") -> str:
        """A lumisection with what stands before it: " at LS 41"; "" of none."""
        return "" if lumisection is None else f"{before}{self.unit} {lumisection}"

    @property
    def last(self) -> Arrival | None:
        """The latest file, by its own time of change where that is not ahead."""
        return self._arrivals[-1] if self._arrivals else None

    def last_of(self, run: int) -> Arrival | None:
        """The latest file of one run; None where that is long ago, or there is none."""
        found = (each for each in reversed(self._arrivals) if each.run == run)
        return next(found, None)

    @property
    def period(self) -> float | None:
        """Seconds between its files, the median of the last ones; None unmeasured."""
        return self._period

    @property
    def allowed(self) -> float:
        """Seconds without a new file after which it counts as silent."""
        return PERIODS_ALLOWED * (self._period or DEFAULT_PERIOD)

    def is_old(self, written: float, when: float) -> bool:
        """Tell whether a file written at `written` belongs to a recording at `when`."""
        return when - written > max(self.allowed, RECORDED_AFTER)

    def goes_on(self, now: float) -> bool:
        """Its latest reading is fresh, and other than the one before."""
        reading = self.reading
        fresh = reading is not None and not self.is_old(reading.snapshot.written, now)
        return fresh and not self.repeats

    def arrive(self, snapshot: Snapshot, now: float, *, first_look: bool) -> str:
        """A file was found, be it the picture or not.

        Args:
            snapshot: the file.
            now: unix time, s.
            first_look: it may have been there for long.

        Returns:
            That the client was restarted, in a sentence, else "".
        """
        name = snapshot.name
        arrival = Arrival(
            written=snapshot.written,
            run=name.run,
            lumisection=name.lumisection,
            writer=name.writer,
            final=name.final,
            heard=min(snapshot.written, now) if first_look else now,
        )
        if any(_same(arrival, known) for known in self._arrivals):
            return ""
        before = self.last
        self._began_here |= before is None and not first_look
        arrivals = list(self._arrivals)
        bisect.insort(arrivals, arrival, key=lambda known: known.order)
        self._arrivals = deque(arrivals[-_KEPT:], maxlen=_KEPT)
        self._period = self._measure()
        self._writers = self._find_writers()
        if (
            before is None
            or self.last is not arrival
            or before.run != arrival.run
            or not _is_other_writer(before.writer, arrival.writer)
            or len(self._writers_that_alternate()) > 1
        ):
            return ""
        place = self.place(name.lumisection)
        change = _change(before.writer, arrival.writer)
        return f"{self.name} client restarted ({change}), its counts begin again{place}"

    def set_back(self, now: float) -> None:
        """The clock was set back: nothing was heard later than now.

        Args:
            now: unix time, s.
        """
        self._still_since = min(self._still_since, now)
        self._arrivals = deque(
            (
                msgspec.structs.replace(each, heard=min(each.heard, now))
                for each in self._arrivals
            ),
            maxlen=_KEPT,
        )

    @property
    def content(self) -> KeptContent | None:
        """What is to be kept of the content last read; None where it says nothing."""
        if self.reading is None:
            return None
        run = self.reading.snapshot.name.run
        digest = self.reading.content.digest(run)
        return KeptContent(digest, self.repeats) if digest else None

    def look_back(self, snapshot: Snapshot, content: FileProgress) -> None:
        """Note what an earlier file says, before any other was read."""
        self.reading = Reading(snapshot, content, snapshot.written)

    def read(
        self, snapshot: Snapshot, content: FileProgress, *, now: float | None = None
    ) -> str:
        """A file was read and is the picture now.

        Args:
            snapshot: the file.
            content: what it says of itself.
            now: unix time, s; when the file was found, if None.

        Returns:
            That its counts fell, in a sentence, else "".
        """
        before = self.reading
        heard = next(
            (
                known.heard
                for known in reversed(self._arrivals)
                if known.run == snapshot.name.run
                and known.lumisection == snapshot.name.lumisection
                and known.writer == snapshot.name.writer
                and known.final == snapshot.name.final
            ),
            snapshot.written,
        )
        after = self.reading = Reading(snapshot, content, heard)
        if not self._recorded:
            self._see_movement(before, after, heard if now is None else now)
        if before is None or before.snapshot.name.run != snapshot.name.run:
            self.rate, self.repeats, self.since = None, 0, None
            self._note_content(after)
            self._resume()
            return ""
        if snapshot.written > before.snapshot.written:
            same = content.progress == before.content.progress
            told = any(number is not None for number in content.progress)
            self.repeats = self.repeats + 1 if same and told else 0
        self._note_content(after)
        self._resume()
        self.rate = _rate(before, after)
        fell = _fell(before, after)
        if fell:
            self.since = _begins_again(before, after)
        if not fell or _is_other_writer(
            before.snapshot.name.writer, after.snapshot.name.writer
        ):
            return ""  # a new writer has been told of as it arrived
        lumisection = snapshot.name.lumisection or content.lumisection
        place = self.place(lumisection)
        return f"{self.name} client starts counting again{place}: {fell}"

    @property
    def writers(self) -> tuple[Writer, ...]:
        """Writers at work at once; empty when there is one.

        One that stopped while another goes on is none. Where all stopped they stay:
        what is shown still is the part of one.
        """
        return self._writers

    def _find_writers(self) -> tuple[Writer, ...]:
        found = self._writers_that_alternate()
        latest = max(found.values(), default=0.0)
        at_once = [
            writer for writer, heard in found.items() if latest - heard <= self.allowed
        ]
        return tuple(sorted(at_once)) if len(at_once) > 1 else ()

    def _see_movement(self, before: Reading | None, after: Reading, now: float) -> None:
        """Note whether content moved since the file before, or since it was kept.

        Where a file does not say how far it has come, another file is movement.
        """
        digest = after.content.digest(after.snapshot.name.run)
        if before is not None:
            was = before.content.digest(before.snapshot.name.run)
            moved = not digest or digest != was
        else:
            moved = self._kept is None and self._began_here
        if self._kept is not None and digest:
            moved |= self._kept.digest != digest
        if moved:
            self.moved |= now - after.heard <= self.allowed
        elif before is not None and _is_other_writer(
            before.snapshot.name.writer, after.snapshot.name.writer
        ):
            # a restarted client that gives what there was; two at once give it twice
            self.moved &= len(self._writers_that_alternate()) > 1

    @property
    def last_content(self) -> int | None:
        """The last lumisection that the content read last holds, or None.

        As the content says; else the lumisection of the first file that held it.
        """
        if self.reading is None:
            return None
        told = self.reading.content.lumisection
        return self._moved_in if told is None else told

    def is_frozen(self, now: float) -> bool:
        """Tell whether its files are renewed and what they hold is not."""
        if self.repeats < REPEATS_ALLOWED:
            return False
        by_content = self.reading is not None and bool(self.reading.content.content)
        return not by_content or now - self._still_since > STILL_ALLOWED

    def _note_content(self, reading: Reading) -> None:
        if not self.repeats:
            self._moved_in = reading.snapshot.name.lumisection
            self._still_since = reading.heard

    def _resume(self) -> None:
        """Go on counting where an earlier engine was, if content is still the same."""
        kept, self._kept = self._kept, None
        content = self.content
        if kept is not None and content is not None and kept.digest == content.digest:
            self.repeats = max(self.repeats, kept.repeats)

    def _measure(self) -> float | None:
        intervals: list[float] = []
        latest: dict[tuple[int, Writer], float] = {}
        for arrival in self._arrivals:
            if arrival.final:
                continue
            source = (arrival.run, arrival.writer)
            before = latest.get(source)
            if before is not None and arrival.at > before:
                intervals.append(arrival.at - before)
            latest[source] = arrival.at
        if not intervals:
            return self._period
        return statistics.median(intervals[-_INTERVALS:])

    def _writers_that_alternate(self) -> dict[Writer, float]:
        """Writers of the latest run that went on after another had begun."""
        last = self.last
        turns: list[Arrival] = []
        for arrival in self._arrivals:
            if last is None or arrival.run != last.run or not any(arrival.writer):
                continue
            if turns and turns[-1].writer == arrival.writer:
                turns[-1] = arrival
            else:
                turns.append(arrival)
        for end in range(len(turns) - 1, 1, -1):
            for begin in range(end - 2, -1, -1):
                if turns[begin].writer == turns[end].writer:
                    return {turn.writer: turn.heard for turn in turns[begin:]}
        return {}


def is_old(tracks: Iterable[Track], when: float) -> bool:
    """Tell whether nothing was written for long, by any client that ever wrote.

    Long is more than two of each client's own periods, and ten minutes at least.

    Args:
        tracks: the clients.
        when: the moment it is asked of, unix time, s.
    """
    quiet = [track.is_old(track.last.heard, when) for track in tracks if track.last]
    return bool(quiet) and all(quiet)


def newest_content(tracks: Iterable[Track]) -> float | None:
    """When the newest content was made, unix time, s; where unread, written."""
    times = [
        track.reading.produced if track.reading else track.last.written
        for track in tracks
        if track.last
    ]
    return max(times, default=None)


def _same(one: Arrival, other: Arrival) -> bool:
    if one.lumisection is None and not one.final and one.written != other.written:
        return False
    return (one.run, one.lumisection, one.writer, one.final) == (
        other.run,
        other.lumisection,
        other.writer,
        other.final,
    )


def _is_other_writer(one: Writer, other: Writer) -> bool:
    return any(one) and any(other) and one != other


def _change(before: Writer, after: Writer) -> str:
    if before[0] == after[0]:
        return f"pid {before[1]} → {after[1]}"
    return f"{before[0]} pid {before[1]} → {after[0]} pid {after[1]}"


def _begins_again(before: Reading, after: Reading) -> int | None:
    """The first lumisection of counts that fell; None where all is read again."""
    old, new = (
        each.content.lumisection or each.snapshot.name.lumisection
        for each in (before, after)
    )
    return None if old is None or (new is not None and new <= old) else old + 1


def _rate(before: Reading, after: Reading) -> float | None:
    old, new = before.content, after.content
    if old.events is None or new.events is None or new.events < old.events:
        return None
    seconds = after.snapshot.written - before.snapshot.written
    if old.timestamp is not None and new.timestamp is not None:
        seconds = max(new.timestamp - old.timestamp, 0.0) or seconds
    return (new.events - old.events) / seconds if seconds > 0 else None


def _fell(before: Reading, after: Reading) -> str:
    old, new = before.content.events, after.content.events
    if old is None or new is None or new >= old:
        return ""
    return f"{old} events before, {new} now"


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
            content=name.lumisection if name else None,
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
        content=track.last_content,
        since=track.since,
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
            kept = "the last good file is shown"
            kept += track.place(used.name.lumisection, ", ")
        return "unreadable", f"The newest file cannot be read: {unreadable}; {kept}"
    if used is None:
        last = track.last
        latest = f"; its latest file is of {run_words(last.run)}" if last else ""
        return "waiting", f"Has not entered {run_words(run)}{latest}"
    if used.name.final:
        told = "A file without run number"
        return "final", f"Final file of {run_words(run)}" if run > 0 else told
    if recorded:
        return "recorded", f"Recorded: no newer file than {moment_words(used.written)}"
    if state is RunState.FINAL:
        return "final", f"Last file of {run_words(run)}"
    if state is not RunState.RUNNING:
        return (
            "ended",
            f"{run_words(run).capitalize()} ended, waiting for the final file",
        )
    period = track.period
    due = "" if period is None else f", one is due every {_seconds(period)}"
    last = track.last_of(run)
    quiet = now - (used.written if last is None else last.heard)
    if quiet > track.allowed:
        latest = "" if track.last is None else run_words(track.last.run)
        elsewhere = "" if track.last is last else f"; its latest file is of {latest}"
        return "silent", f"No new file for {_seconds(quiet)}{due}{elsewhere}"
    lumisection = used.name.lumisection
    place = track.place(lumisection)
    if track.is_frozen(now):
        by_number = track.reading is None or not track.reading.content.content
        return (
            "frozen",
            f"Files are renewed but their content is not: {track.repeats + 1} "
            f"files with the same {'events' if by_number else 'content'}{place}",
        )
    if not track.moved:
        return "unmoved", f"Its content{place} was not seen to move yet{due}"
    behind = ""
    reached = last.lumisection if last else None
    if last and reached is not None and lumisection is not None:
        other = last.writer != used.name.writer
        if other and reached < lumisection:  # a restarted client reads it all again
            behind = track.place(reached, ", its new process is at ")
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
