"""Which snapshot is the picture of each (run, client), in whatever order they come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.run import RunState
from dqmconsole.sources.names import DQM_NAMES, FileNames, SnapshotName

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.sources.scan import FileStat

Key = tuple[int, str]  # run and client


class Snapshot(msgspec.Struct, frozen=True, gc=False):
    """One DQM file as it stood in the folder.

    Attributes:
        name: what its name says.
        file: its path below the folder.
        written: time of its last change, s since the epoch, file server's clock.
        identity: size, time of change in ns, inode: when it differs, so may the
            content.
    """

    name: SnapshotName
    file: str
    written: float
    identity: tuple[int, int, int]

    @property
    def key(self) -> Key:
        """Run and client it belongs to."""
        return (self.name.run, self.name.client)

    @property
    def rank(self) -> tuple[bool, int, int, int, int, str]:
        """Orders the snapshots of one (run, client): the highest is the picture.

        The final file before all others, a repeated upload before the first, then
        the higher lumisection, then the later time of its name, of its last change.
        """
        lumisection = self.name.lumisection
        return (
            self.name.final,
            self.name.version,
            -1 if lumisection is None else lumisection,
            self.name.time,
            self.identity[1],
            self.file,
        )


def snapshot_of(stat: FileStat, names: FileNames = DQM_NAMES) -> Snapshot | None:
    """The snapshot a file of the folder is, or None when its name is no name of one."""
    written = stat.mtime_ns / 1e9
    name = names.name_of(stat.file, written, stat.target)
    if name is None:
        return None
    return Snapshot(
        name=name,
        file=stat.file,
        written=written,
        identity=(stat.size, stat.mtime_ns, stat.inode),
    )


class SnapshotTable:
    """The snapshots at hand, and for each (run, client) the one in use.

    Pure: it opens nothing. Whoever owns it calls :meth:`offer` and
    :meth:`withdraw` as files come and go, asks :meth:`better` what to read, and
    answers with :meth:`use` or :meth:`reject`. The final state does not depend on
    the order in which the snapshots came.

    Args:
        finals: the last file of a client in a run has a name of its own. Where it has
            none a run is final as soon as a newer one began.
    """

    def __init__(self, *, finals: bool = True) -> None:
        self._with_finals = finals
        self.start_over()

    def start_over(self) -> None:
        """Forget everything."""
        self._at_hand: dict[Key, dict[str, Snapshot]] = {}
        self._in_use: dict[Key, Snapshot] = {}
        self._rejected: dict[str, tuple[Snapshot, str]] = {}
        self._passing: set[str] = set()  # files that were rejected in passing
        self._finals: set[Key] = set()
        self._clients: dict[int, set[str]] = {}
        self._touched: set[Key] = set()
        self._current = 0

    @property
    def current_run(self) -> int:
        """The newest run of which a snapshot is in use, if none was gone back to.

        0 when there is none.
        """
        return self._current

    def runs(self) -> tuple[int, ...]:
        """All runs with a snapshot in use, ascending."""
        return tuple(sorted({run for run, _ in self._in_use}))

    def clients(self, run: int) -> frozenset[str]:
        """The clients of which a file of that run was ever seen."""
        return frozenset(self._clients.get(run, ()))

    def run_state(self, run: int) -> RunState:
        """Running, ended or final.

        Ended: a newer run has begun or a client has written its final file.
        Final: every client seen in the run has, and none was rejected.
        """
        if not self._with_finals:
            over = run < self._current
            return RunState.FINAL if over else RunState.RUNNING
        finals = [client for client in self.clients(run) if self.has_final(run, client)]
        if finals and len(finals) == len(self.clients(run)):
            return RunState.FINAL
        if run < self._current or any(
            (run, client) in self._finals for client in self.clients(run)
        ):
            return RunState.ENDED
        return RunState.RUNNING

    def has_final(self, run: int, client: str) -> bool:
        """Tell whether the final file was seen and could be read so far as tried."""
        if (run, client) not in self._finals:
            return False
        used = self._in_use.get((run, client))
        return (used is not None and used.name.final) or any(
            snapshot.name.final and not self._is_rejected(snapshot)
            for snapshot in self._at_hand.get((run, client), {}).values()
        )

    def offer(self, snapshot: Snapshot) -> None:
        """A file is there, new or changed."""
        self._at_hand.setdefault(snapshot.key, {})[snapshot.file] = snapshot
        self._touched.add(snapshot.key)
        run, client = snapshot.key
        self._clients.setdefault(run, set()).add(client)
        if snapshot.name.final:
            self._finals.add(snapshot.key)
        rejected = self._rejected.get(snapshot.file)
        if rejected is not None and rejected[0].identity != snapshot.identity:
            del self._rejected[snapshot.file]

    def __contains__(self, snapshot: Snapshot) -> bool:
        """Tell whether the very snapshot is at hand."""
        return self._at_hand.get(snapshot.key, {}).get(snapshot.file) == snapshot

    def withdraw(self, file: str) -> None:
        """A file is gone from the folder; what is in use stays in use."""
        self._rejected.pop(file, None)
        self._passing.discard(file)
        for key, files in self._at_hand.items():
            if files.pop(file, None) is not None:
                if not files:
                    del self._at_hand[key]
                return

    def files(self) -> set[str]:
        """The files at hand."""
        return {file for files in self._at_hand.values() for file in files}

    def has_files(self, run: int) -> bool:
        """Tell whether files of a run are at hand."""
        return any(each == run for each, _ in self._at_hand)

    def in_use(self, key: Key) -> Snapshot | None:
        """The snapshot in use, or None."""
        return self._in_use.get(key)

    def better(self, key: Key) -> Snapshot | None:
        """The best snapshot at hand that should replace the one in use, or None.

        That is one of higher rank, or the very file in use, changed.
        """
        used = self._in_use.get(key)
        best = None
        for snapshot in self._at_hand.get(key, {}).values():
            if self._is_rejected(snapshot):
                continue
            if used is not None and (
                snapshot.identity == used.identity
                if snapshot.file == used.file
                else snapshot.rank < used.rank
            ):
                continue
            if best is None or snapshot.rank > best.rank:
                best = snapshot
        return best

    def before(self, snapshot: Snapshot) -> Snapshot | None:
        """The best snapshot at hand of lower rank than one of the same client."""
        lower = [
            each
            for each in self._at_hand.get(snapshot.key, {}).values()
            if each.rank < snapshot.rank and not self._is_rejected(each)
        ]
        return max(lower, key=lambda each: each.rank, default=None)

    def rivals(self, key: Key) -> list[Snapshot]:
        """Other files at hand which nothing in their names sets apart from that in use.

        A link and the file it leads to are one.
        """
        used = self._in_use.get(key)
        if used is None:
            return []
        return [
            each
            for each in self._at_hand.get(key, {}).values()
            if each.file != used.file
            and each.identity[2] != used.identity[2]
            and each.rank[:4] == used.rank[:4]
            and not self._is_rejected(each)
        ]

    def improvable(self) -> list[Key]:
        """Every (run, client) that has a better snapshot, the newest run first."""
        self._touched = {key for key in self._touched if self.better(key)}
        return sorted(self._touched, key=lambda key: (-key[0], key[1]))

    def use(self, snapshot: Snapshot) -> None:
        """The snapshot was read (or is old enough to be read when asked for)."""
        self._in_use[snapshot.key] = snapshot
        self._current = max(self._current, snapshot.name.run)

    def go_back(self, run: int) -> None:
        """An earlier run is the current one again, until a newer one is renewed."""
        self._current = run

    def reject(self, snapshot: Snapshot, reason: str, *, passing: bool = False) -> None:
        """The snapshot cannot be read; another is taken until it changes.

        Args:
            snapshot: the snapshot.
            reason: why not.
            passing: for a reason that lies not in what it holds.
        """
        self._rejected[snapshot.file] = (snapshot, reason)
        (self._passing.add if passing else self._passing.discard)(snapshot.file)
        self._touched.add(snapshot.key)
        if self._in_use.get(snapshot.key) == snapshot:
            del self._in_use[snapshot.key]

    def lose(self, snapshot: Snapshot) -> None:
        """The file was gone when it was to be opened: the next one follows."""
        self.withdraw(snapshot.file)
        self._touched.add(snapshot.key)
        if self._in_use.get(snapshot.key) == snapshot:
            del self._in_use[snapshot.key]

    def forget_before(self, run: int) -> None:
        """Forget runs older than `run` of which no file is left in the folder."""
        left = {key[0] for key in self._at_hand}
        old = {known for known in self._clients if known < run and known not in left}
        for known in old:
            for client in self._clients.pop(known):
                self._in_use.pop((known, client), None)
                self._finals.discard((known, client))

    def forgive(self, run: int, *, older: bool = False) -> None:
        """Let what was rejected of that run and later ones be tried once more.

        Args:
            run: the run.
            older: of runs before it, too, what was rejected in passing.
        """
        for file, (snapshot, _) in list(self._rejected.items()):
            if snapshot.name.run >= run or (older and file in self._passing):
                self._touched.add(snapshot.key)
                del self._rejected[file]

    def reason(self, key: Key) -> str:
        """Why nothing of a client is in use although there are files, or ""."""
        if key in self._in_use:
            return ""
        reasons = (
            f"{snapshot.file}: {reason}"
            for snapshot, reason in self._rejected.values()
            if snapshot.key == key
        )
        return next(reasons, "")

    def rejected(self) -> Iterator[tuple[Snapshot, str]]:
        """What could not be read and still matters: nothing better is in use."""
        for snapshot, reason in self._rejected.values():
            used = self._in_use.get(snapshot.key)
            if used is None or used.rank < snapshot.rank or used.file == snapshot.file:
                yield snapshot, reason

    def _is_rejected(self, snapshot: Snapshot) -> bool:
        rejected = self._rejected.get(snapshot.file)
        return rejected is not None and rejected[0].identity == snapshot.identity
