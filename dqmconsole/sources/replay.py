"""The replay of recorded runs: a folder whose snapshots were kept, played again."""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING

from dqmconsole.model.site import ConditionPaths
from dqmconsole.rootio.dqmfile import DqmFile
from dqmconsole.rootio.errors import RootFileError
from dqmconsole.sources.folder import DqmFolder
from dqmconsole.sources.open_files import read_progress
from dqmconsole.sources.scan import FileStat, FolderListing
from dqmconsole.sources.scanner import ChildScanner
from dqmconsole.sources.snapshots import Key, Snapshot, snapshot_of
from dqmconsole.sources.source import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    from dqmconsole.sources.scanner import Scanner

BANNER = "REPLAY"
LUMISECTION = 23.3  # seconds, of CMS
LONGEST_WAIT = 600.0  # seconds of recording; a longer gap is shortened to this
_LATE = 600.0  # seconds between content and file beyond which the file was copied
_SAMPLES = 4


def open_replay(
    root: Path,
    *,
    speed: float = 1.0,
    paths: ConditionPaths | None = None,
    scanner: Scanner | None = None,
    unit: str = "LS",
) -> DqmFolder:
    """Play the runs recorded in a folder, from now on.

    Times of files and contents are turned into the replay's, so that ages are
    right; gaps of more than ten minutes are shortened to that.

    Args:
        root: the folder: snapshots and final files of one or more runs.
        speed: seconds of recording in a second, above 0.
        paths: where a file says how far it has come.
        scanner: lists the folder; a child process by default.
        unit: what stands before the number of a lumisection.

    Raises:
        SourceError: the speed is not above 0.
    """
    if not speed > 0:
        message = f"a replay needs a speed above 0, not {speed:g}"
        raise SourceError(message)
    places = paths or ConditionPaths()

    def read_time(snapshot: Snapshot) -> float | None:
        try:
            file = DqmFile(root / snapshot.file)
        except (RootFileError, OSError):
            return None
        try:
            top = file.folder("")
            tops = sorted(top.folders) if top is not None else []
            return read_progress(file, tops, places).timestamp
        except RootFileError:
            return None
        finally:
            file.close()

    recording = Recording(scanner or ChildScanner(root), read_time, speed)
    return DqmFolder(
        root,
        places,
        name=f"replay:{root}",
        banner=BANNER,
        scanner=recording,
        retime=recording.played,
        recorded=True,
        unit=unit,
    )


class Timeline:
    """Recorded time turned into the time of the replay.

    Args:
        times: when the files were written, s, at least one, in any order.
        start: unix time at which the replay shows the first of them.
        speed: seconds of recording in a second of replay.
    """

    def __init__(self, times: Collection[float], start: float, speed: float) -> None:
        self._recorded = sorted(set(times))
        self._played = [start]
        for before, after in zip(self._recorded, self._recorded[1:], strict=False):
            wait = min(after - before, LONGEST_WAIT)
            self._played.append(self._played[-1] + wait / speed)
        self._speed = speed

    def played(self, recorded: float) -> float:
        """The time of the replay at which a recorded moment comes."""
        index = bisect.bisect_right(self._recorded, recorded) - 1
        if index < 0:
            ahead = self._recorded[0] - recorded
            return self._played[0] - ahead / self._speed
        if index + 1 == len(self._recorded):
            since = recorded - self._recorded[index]
            return self._played[index] + since / self._speed
        # what is cut out of a long wait is cut out at its beginning, for content
        # is a little older than the file that ends the wait
        ahead = self._recorded[index + 1] - recorded
        moment = self._played[index + 1] - ahead / self._speed
        return max(self._played[index], moment)


def recorded_times(
    snapshots: Sequence[Snapshot], read_time: Callable[[Snapshot], float | None]
) -> dict[str, float]:
    """When each file was written, s since the epoch.

    The time on disk where that agrees with the producer's own; for a copied
    folder the producer's time of the first and last file of each client with the
    rest between by lumisection; without either, by lumisection alone.

    Args:
        snapshots: the recorded files.
        read_time: the producer's time in a file, or None.
    """
    ordered = sorted(snapshots, key=lambda snapshot: (snapshot.name.run, snapshot.rank))
    step = max(1, len(ordered) // _SAMPLES)
    samples = [(snapshot, read_time(snapshot)) for snapshot in ordered[::step]]
    stamps = [snapshot.written - time for snapshot, time in samples if time is not None]
    spread = {round(snapshot.written) for snapshot in ordered}
    copied = any(abs(late) > _LATE for late in stamps)
    if not copied and (stamps or len(spread) > 1):
        return {snapshot.file: snapshot.written for snapshot in ordered}
    by_client: dict[Key, list[Snapshot]] = {}
    for snapshot in ordered:
        by_client.setdefault(snapshot.key, []).append(snapshot)
    runs = sorted({snapshot.name.run for snapshot in ordered})
    times: dict[str, float] = {}
    begin = 0.0
    for run in runs:
        found: dict[str, float] = {}
        for key, files in by_client.items():
            if key[0] == run:
                found |= _spread_out(files, begin, read_time)
        times |= found
        begin = max([begin, *found.values()]) + LUMISECTION
    return times


def _spread_out(
    files: list[Snapshot], begin: float, read_time: Callable[[Snapshot], float | None]
) -> dict[str, float]:
    """Times of one client's files in one run, in the order of their rank."""
    places = _places(files)
    first, last = read_time(files[0]), read_time(files[-1])
    if first is None or last is None or last < first:
        return {
            snapshot.file: begin + place * LUMISECTION
            for snapshot, place in zip(files, places, strict=True)
        }
    span = max(places[-1] - places[0], 1)
    return {
        snapshot.file: first + (last - first) * (place - places[0]) / span
        for snapshot, place in zip(files, places, strict=True)
    }


def _places(files: list[Snapshot]) -> list[int]:
    """Lumisections, the final file one after the last, never falling."""
    places: list[int] = []
    for snapshot in files:
        lumisection = snapshot.name.lumisection
        before = places[-1] if places else 0
        place = before + 1 if lumisection is None else lumisection
        places.append(max(before, place))
    return places


class Recording:
    """A :class:`~dqmconsole.sources.scanner.Scanner` that plays a folder's past.

    Each file comes when the replay reaches the time it was written, and says it
    was written then.

    Args:
        scanner: lists the folder the recording is in.
        read_time: the producer's time in a file, or None.
        speed: seconds of recording in a second of replay.
    """

    def __init__(
        self,
        scanner: Scanner,
        read_time: Callable[[Snapshot], float | None],
        speed: float,
    ) -> None:
        self._scanner = scanner
        self._read_time = read_time
        self._speed = speed
        self._timeline: Timeline | None = None
        self._error = ""
        self._waiting: list[tuple[float, FileStat]] = []

    def played(self, recorded: float) -> float:
        """The time of the replay at which a recorded moment comes."""
        return recorded if self._timeline is None else self._timeline.played(recorded)

    def read(self, now: float) -> list[FolderListing]:
        """The files that have come since the last call."""
        listings = self._scanner.read(now)
        if self._timeline is None:
            begun = next((listing for listing in listings if listing.whole), None)
            if begun is None:
                return listings
            self._begin(begun.changed, now)
        elif listings:
            self._error = listings[-1].error
        if self._error:
            return [FolderListing(error=self._error)]
        due = []
        while self._waiting and self._waiting[-1][0] <= now:
            due.append(self._waiting.pop()[1])
        return [FolderListing(changed=tuple(due))]

    def silent_since(self, now: float) -> float | None:
        """Unix time since which the folder does not answer, or None when it does."""
        return self._scanner.silent_since(now)

    def complaint(self) -> str:
        """What else is wrong with scanning, or ""."""
        return self._scanner.complaint()

    def close(self) -> None:
        """End the scanner."""
        self._scanner.close()

    def _begin(self, stats: Sequence[FileStat], now: float) -> None:
        snapshots = {stat.file: snapshot_of(stat) for stat in stats}
        known = [snapshot for snapshot in snapshots.values() if snapshot is not None]
        times = recorded_times(known, self._read_time)
        timeline = self._timeline = Timeline(times.values() or [now], now, self._speed)
        for stat in stats:
            moment = now
            if stat.file in times:
                moment = timeline.played(times[stat.file])
            played = FileStat(stat.file, stat.size, int(moment * 1e9), stat.inode)
            self._waiting.append((moment, played))
        self._waiting.sort(key=lambda entry: (-entry[0], entry[1].file))
