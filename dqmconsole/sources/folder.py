"""A folder of files that are renewed again and again: by DQM's names, or a site's."""

from __future__ import annotations

import errno
import os
import shlex
from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec

from dqmconsole.model.frame import RunFact
from dqmconsole.model.moment import time_of_day
from dqmconsole.model.problem import Problem
from dqmconsole.model.run import RunState, run_words
from dqmconsole.model.site import ConditionPaths
from dqmconsole.model.words import counted, listed
from dqmconsole.rootio.dqmfile import DqmFile
from dqmconsole.rootio.errors import RootFileError
from dqmconsole.sources.clients import (
    KeptContent,
    Track,
    client_at,
    is_old,
    newest_content,
    part_words,
    two_writers,
)
from dqmconsole.sources.names import DQM_NAMES, PatternNames
from dqmconsole.sources.open_files import OpenFiles
from dqmconsole.sources.scanner import ChildScanner
from dqmconsole.sources.snapshots import SnapshotTable, snapshot_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path

    from dqmconsole.model.file_pattern import FilePattern
    from dqmconsole.model.graph import Element
    from dqmconsole.model.run import Client
    from dqmconsole.model.site import Merge
    from dqmconsole.rootio.dqmfile import FileEntry
    from dqmconsole.rootio.dqmfile import Folder as FileFolder
    from dqmconsole.sources.names import FileNames
    from dqmconsole.sources.open_files import FileProgress
    from dqmconsole.sources.scan import FolderListing
    from dqmconsole.sources.scanner import Scanner
    from dqmconsole.sources.snapshots import Snapshot

FILES_PER_POLL = 32  # opened in one call at most; one takes about 0.2 ms
RETRY = 5.0  # seconds after which a file that could not be read is tried again
# The same of an earlier run; all that was made of that run is made again then.
RETRY_OLDER = 60.0
RUNS_REMEMBERED = 5  # a client of these is awaited in the next
MAX_PRODUCERS = 100  # of one run; their files are all held open
_NOT_THERE = os.strerror(errno.ENOENT)
LITTLE_SPACE = 16 << 20  # bytes free on the disk, below which files may be cut short


_SENTENCES = {
    RunState.RUNNING: "{} is running",
    RunState.ENDED: "{} ended, waiting for the final files",
    RunState.FINAL: "{} is final",
    RunState.RECORDED: "{} is recorded, without its final files",
}


class RunNews:
    """Notes which runs began, ended and became final, and who entered them."""

    def __init__(self) -> None:
        self._told: dict[int, RunState] = {}
        self._entered: list[tuple[int, str]] = []

    def enter(self, run: int, client: str) -> None:
        """A client entered a run."""
        self._entered.append((run, client or "The client of all subsystems"))

    def tell(self, states: dict[int, RunState], current: int) -> list[RunFact]:
        """The news of runs since the last call.

        An older run that is seen for the first time is history, not news.

        Args:
            states: the latest runs, and where they stand.
            current: the current run.
        """
        told, self._told = self._told, states
        facts = []
        for run, state in self._told.items():
            before = told.get(run)
            known = before is not None or run == current
            if state is not before and known:
                said = _SENTENCES[state].format(run_words(run).capitalize())
                facts.append(RunFact(run, said))
        entered, self._entered = self._entered, []
        facts += [
            RunFact(run, f"{client} entered {run_words(run)}")
            for run, client in entered
        ]
        return facts


class ContentMemory(Protocol):
    """What is kept of each client's content across restarts of the engine."""

    def recall(self, client: str) -> KeptContent | None:
        """What was kept of a client; None where nothing was."""

    def keep(self, client: str, content: KeptContent) -> None:
        """Keep this of a client from now on; never waits."""


class Files(NamedTuple):
    """The files of a folder that has names of its own.

    Attributes:
        pattern: of their names.
        merge: what is made of an element that several producers give.
        where: where that is configured ("layouts/site.yaml:4"); "": by the source's
            own text.
    """

    pattern: FilePattern
    merge: Merge = "refuse"
    where: str = ""


def _begun_by(root: Path, files: Files) -> str:
    """Where it can be said what is made of several producers, without a site yet."""
    source = shlex.quote(f"{root}//{files.pattern.text}")
    command = f"dqmconsole init DIR --from {source}"
    return f"beside files: in layouts/site.yaml; {command} writes it"


def same_files(one: Files | None, other: Files | None) -> bool:
    """Tell whether both say the same, wherever that is configured."""
    if one is None or other is None:
        return one is other
    return (one.pattern.text, one.merge) == (other.pattern.text, other.merge)


class DqmFolder:
    """A :class:`~dqmconsole.sources.source.Source` on a folder of files.

    Args:
        root: the folder; it is listed by `scanner` only, and its files are opened
            only while that answers.
        paths: where a file says how far it has come.
        name, banner: what the console calls it.
        scanner: where the listings come from; a child process by default.
        opener: opens a file.
        retime: turns a time read in a file into the time it counts as (replay).
        opened: when the console opened it, unix time, s, for what counts as old;
            by default the moment it is first listed.
        recorded: what is there is judged as it is, be it seen to move or not.
        memory: what is kept of each client's content across restarts.
        unit: what stands before the number of a lumisection.
        files: the names of its files, where they are not those of DQM.

    Attributes:
        files: as given.
        beside: the run of the source that it is a stream of; 0 where it is none.
    """

    def __init__(
        self,
        root: Path,
        paths: ConditionPaths | None = None,
        *,
        files: Files | None = None,
        name: str = "",
        banner: str = "",
        scanner: Scanner | None = None,
        opener: Callable[[Path], DqmFile] = DqmFile,
        retime: Callable[[float], float] | None = None,
        opened: float | None = None,
        recorded: bool = False,
        memory: ContentMemory | None = None,
        unit: str = "LS",
    ) -> None:
        self.name = name or str(root)
        self._unit = unit
        self.banner = banner
        self._root = root
        self.files = files
        self.beside = 0
        self._written = 0  # an older run, while nobody writes the current one
        pattern = None if files is None else files.pattern
        self._scanner = scanner or ChildScanner(root, pattern=pattern)
        self._retime = retime
        self._opened = opened
        self._recorded = False
        self._as_it_is = recorded
        self._memory = memory
        self._names: FileNames = DQM_NAMES
        if files is not None:
            self._names = PatternNames(
                files.pattern, files.where, str(root), self._recalled, self._keep
            )
        self._table = SnapshotTable(finals=files is None)
        self._files = OpenFiles(
            root,
            self._table,
            paths or ConditionPaths(),
            opener,
            merge=None if files is None else files.merge,
            where="" if files is None else files.where or _begun_by(root, files),
        )
        self._tracks: dict[str, Track] = {}
        self._facts: list[RunFact] = []
        self._problems: tuple[Problem, ...] = ()
        self._listed = False
        self._target = ""
        self._error = ""
        self._free = -1
        self._strangers: set[str] = set()
        self._of_strangers: Problem | None = None  # None: to be found
        self._of_rivals: tuple[Problem, ...] | None = None
        self._too_many: dict[int, set[str]] = {}  # producers that are not read, by run
        self._retry_at = self._retry_older_at = self._polled = 0.0
        self._settled = False  # what is found before that is no news
        self._news = RunNews()

    # -- what the engine asks ------------------------------------------------

    def poll(self, now: float) -> bool:
        """Take in what the scanner found; True if anything changed.

        At most `FILES_PER_POLL` files are opened in one call; while it returns
        True there may be more.

        Args:
            now: unix time, s.
        """
        changed = False
        if now < self._polled:
            for track in self._tracks.values():
                track.set_back(now)
        self._polled = now
        for listing in self._scanner.read(now):
            changed |= self._take_in(listing, now)
        self._go_back(now)
        silent = self._scanner.silent_since(now)
        self._files.blocked = "" if silent is None else self._hang(silent)
        if not 0 < self._retry_at - now <= RETRY:  # the clock may be set
            self._retry_at = now + RETRY
            older = not 0 < self._retry_older_at - now <= RETRY_OLDER
            if older:
                self._retry_older_at = now + RETRY_OLDER
            self._table.forgive(self.current_run, older=older)
        if not self._files.blocked:
            changed |= self._renew(now)
        states = {run: self.run_state(run) for run in self.runs()[-RUNS_REMEMBERED:]}
        if not self._goes_on():  # it may be over, for all that is known
            states.pop(self.current_run, None)
        self._facts += self._news.tell(states, self.current_run)
        self._settled |= self.ready
        problems = tuple(self._find_problems())
        changed |= problems != self._problems
        self._problems = problems
        return changed

    @property
    def ready(self) -> bool:
        """All that stood in the folder was taken in, or nothing can be."""
        if self._error or self._files.blocked:
            return True
        return self._listed and not self._table.improvable()

    @property
    def current_run(self) -> int:
        """The newest run any client has entered; 0 when there is none."""
        return self._table.current_run

    def runs(self) -> tuple[int, ...]:
        """All runs at hand, ascending."""
        return self._table.runs()

    def run_state(self, run: int) -> RunState:
        """Where a run stands; of a recording no final files are awaited."""
        state = self._table.run_state(run)
        if self._recorded and state is not RunState.FINAL:
            by_pattern = self._names.by_pattern
            return RunState.FINAL if by_pattern else RunState.RECORDED
        return state

    @property
    def recorded(self) -> float | None:
        """When the newest content was made, s, if it is a recording; else None."""
        if not self._recorded:
            return None
        return newest_content(self._tracks[name] for name in self._known_clients())

    def clients(self, now: float) -> tuple[Client, ...]:
        """Every client's state at `now`, by the subsystem it serves."""
        run = self.current_run
        state = self.run_state(run)
        rejected = {
            snapshot.key: f"{snapshot.file}: {reason}"
            for snapshot, reason in self._table.rejected()
        }
        found: dict[str, dict[str, Client]] = {}
        for name in self._known_clients():
            track = self._tracks[name]
            for subsystem in self._files.last_tops(name) or (name,):
                found.setdefault(subsystem, {})[name] = client_at(
                    track,
                    now,
                    subsystem=subsystem,
                    run=run,
                    state=state,
                    used=self._table.in_use((run, name)),
                    recorded=self._recorded,
                    unreadable=rejected.get((run, name), ""),
                    behind=self._files.blocked or self._error,
                )
        one = _of_several if self._names.by_pattern else _last
        return tuple(one(found[subsystem]) for subsystem in sorted(found))

    def version(self, run: int, subsystem: str) -> int:
        """Grow whenever another snapshot of that subsystem is in use; 0: none."""
        return self._files.version(run, subsystem)

    def folder(self, run: int, path: str) -> FileFolder | None:
        """One folder of the latest snapshot, or None; see :class:`Source`."""
        self._see_how_many(run)
        return self._files.folder(run, path)

    def element(self, run: int, path: str) -> Element:
        """One element of the latest snapshot; see :class:`Source`."""
        self._see_how_many(run)
        return self._files.element(run, path)

    def producers(self, run: int, path: str) -> int:
        """How many write an element at once; see :class:`Source`."""
        if self._names.by_pattern:
            return self._files.parts(run, path)
        return sum(
            max(1, self._writers(run, client))
            for client in self._files.holders(run, path)
        )

    def entries(self, run: int) -> Iterator[FileEntry]:
        """Every element of a run, one file after the other, lazily."""
        return self._files.entries(run)

    def facts(self) -> tuple[RunFact, ...]:
        """What happened to runs and clients since the last call."""
        facts, self._facts = tuple(self._facts), []
        return facts

    def problems(self) -> tuple[Problem, ...]:
        """All that was wrong with the source at the last poll."""
        return self._problems

    def close(self) -> None:
        """End the scanner, close the files."""
        self._scanner.close()
        self._files.close()

    # -- how it is done ------------------------------------------------------

    def _take_in(self, listing: FolderListing, now: float) -> bool:
        changed = listing.error != self._error
        self._error = listing.error
        if listing.error:
            return changed
        self._free = listing.free
        first = self._follow(listing) or not self._listed
        self._listed = True
        for file in listing.gone:
            self._table.withdraw(file)
            self._strangers.discard(file)
        if listing.whole:
            present = {stat.file for stat in listing.changed}
            for file in self._table.files() - present:
                self._table.withdraw(file)
            self._strangers &= present
        snapshots = []
        if listing.changed or listing.gone or listing.whole:
            self._of_strangers = self._of_rivals = None
        for stat in sorted(listing.changed, key=lambda each: each.mtime_ns):
            snapshot = snapshot_of(stat, self._names)
            if snapshot is None:
                self._strangers.add(stat.file)
            elif snapshot not in self._table:
                snapshots.append(snapshot)
        for snapshot in sorted(snapshots, key=lambda found: found.written):
            self._offer(snapshot, now, first_look=first)
        if first:
            moment = now if self._opened is None else min(self._opened, now)
            self._recorded = is_old(self._tracks.values(), moment)
        if listing.gone:
            recent = self.runs()[-RUNS_REMEMBERED:]
            self._table.forget_before(recent[0] if recent else 0)
        return changed or bool(listing.changed or listing.gone)

    def _follow(self, listing: FolderListing) -> bool:
        """Where the folder is a link that leads elsewhere now, go on there.

        A newer run there follows the current one as usual. Otherwise all is read
        from the start, for an older run never replaces a newer one.

        Returns:
            It leads elsewhere.
        """
        before, self._target = self._target, listing.target
        if not before or before == listing.target:
            return False
        found = [snapshot_of(stat, self._names) for stat in listing.changed]
        newest = max((each.name.run for each in found if each is not None), default=0)
        self._opened = None  # it is opened now
        words = f"{self.name} leads to {listing.target} now"
        self._facts.append(RunFact(newest, words))
        if newest <= self.current_run:
            self._table.start_over()
            self._files.start_over()
            self._tracks.clear()
            self._strangers.clear()
            self._too_many.clear()
            self._listed = self._settled = False
            self._news = RunNews()
        return True

    def _offer(self, snapshot: Snapshot, now: float, *, first_look: bool) -> None:
        if self._names.by_pattern:
            run, client = snapshot.key
            there = self._table.clients(run)
            if client not in there and len(there) >= MAX_PRODUCERS:
                self._too_many.setdefault(run, set()).add(client)
                return
        self._table.offer(snapshot)
        track = self._track(snapshot.name.client)
        sentence = track.arrive(snapshot, now, first_look=first_look)
        if sentence and not first_look:
            self._facts.append(RunFact(snapshot.name.run, sentence))

    def _go_back(self, now: float) -> None:
        """Leave a newer run that nobody writes any more, for one that is written.

        It had a wrong number, or was given up; else it would be waited for in vain. A
        late file is no reason: the newer run is silent, and its files are gone, or the
        source beside this one is in the older, too.
        """
        run = self.current_run
        tracks = self._tracks.values()
        lasts = [e.last for e in tracks if e.last and now - e.last.heard <= e.allowed]
        written = max((each.run for each in lasts), default=0)
        self._written = 0
        if not 0 < written < run:
            return
        heard = ((e, e.last_of(run)) for e in tracks)
        silent = all(last is None or now - last.heard > e.allowed for e, last in heard)
        if written == self.beside or (silent and not self._table.has_files(run)):
            self._table.go_back(written)
        elif silent:
            self._written = written

    def _renew(self, now: float) -> bool:
        """Read what is better than what is in use; older runs when asked for.

        A recording that somebody goes on writing is live from then on.

        Returns:
            Something else is in use now, or there is more to read.
        """
        changed = False
        opened = 0
        for run, client in self._table.improvable():
            if run < self.current_run:
                self._files.promise((run, client))
                changed = True
                continue
            if opened == FILES_PER_POLL:
                return True
            opened += 1
            entered = self._table.in_use((run, client)) is None
            taken = self._files.take((run, client))
            if taken is None:
                continue
            changed = True
            self._of_rivals = None
            track = self._track(client)
            sentence = self._read(track, *taken, now)
            if track.goes_on(now):
                self._recorded = False
            if sentence:
                self._facts.append(RunFact(run, sentence))
            if entered and self._settled:
                self._news.enter(run, client)
        return changed

    def _see_how_many(self, run: int) -> None:
        """Let nothing of a run be shown of which only a part is read.

        Raises:
            RootFileError: it has too many producers.
        """
        more = self._too_many.get(run)
        if more:
            raise RootFileError(str(self._root), self._many_words(run, more))

    def _many_words(self, run: int, more: Collection[str]) -> str:
        names = sorted(self._table.clients(run) | set(more))
        return (
            f"{len(names):,} producers in {run_words(run)} ({listed(names)}), at most "
            f"{MAX_PRODUCERS} are read: nothing of it is shown; is {{client}} in the "
            "names what differs from file to file of one producer? Then write * for "
            f"it{self._names_at}"
        )

    def _recalled(self, files: str) -> str:
        kept = None if self._memory is None else self._memory.recall(files)
        return "" if kept is None else kept.digest

    def _keep(self, files: str, run: str) -> None:
        if self._memory is not None and self._recalled(files) != run:
            self._memory.keep(files, KeptContent(run))

    def _writers(self, run: int, client: str) -> int:
        """How many write the files of one client in a run, as far as they tell."""
        track = self._tracks.get(client)
        if track is None or track.last is None or track.last.run != run:
            return 1
        return len(track.writers)

    def _read(
        self, track: Track, snapshot: Snapshot, content: FileProgress, now: float
    ) -> str:
        if self._retime is not None:
            content = content.retimed(self._retime)
        if track.reading is None and not self._as_it_is:
            # A file that was not followed up tells whether content moved since.
            earlier = self._files.content_before(snapshot)
            if earlier is not None:
                track.look_back(*earlier)
        sentence = track.read(snapshot, content, now=now)
        if self._memory is not None and track.content is not None:
            self._memory.keep(track.name, track.content)
        return sentence

    def _goes_on(self) -> bool:
        """Content of the current run was seen to move, or the run is no longer open."""
        run = self.current_run
        if self.run_state(run) is not RunState.RUNNING:
            return True
        tracks = (self._tracks.get(each) for each in self._table.clients(run))
        return any(each is not None and each.moved for each in tracks)

    def _known_clients(self) -> list[str]:
        recent = self.runs()[-RUNS_REMEMBERED:] or (0,)
        names = {client for run in recent for client in self._table.clients(run)}
        return sorted(name for name in names if name in self._tracks)

    def _track(self, client: str) -> Track:
        track = self._tracks.get(client)
        if track is None:
            name = client or self.name
            kept = None if self._memory is None else self._memory.recall(name)
            track = Track(name, kept, recorded=self._as_it_is, unit=self._unit)
            self._tracks[client] = track
        return track

    def _hang(self, since: float) -> str:
        return f"the folder does not answer since {time_of_day(since)}"

    def _find_problems(self) -> Iterator[Problem]:
        root, blocked = str(self._root), self._files.blocked
        if blocked:
            stuck = self._scanner.complaint()
            yield source_problem("; ".join(filter(None, (blocked, stuck))), root)
        if self._error == _NOT_THERE and not self._listed:
            words = f"there is no such folder yet; {self._names.nothing(())}"
            yield Problem(words, file=root, severity="advice", kind="source")
        elif self._error:
            yield source_problem(f"the folder cannot be listed: {self._error}", root)
        if self._written:
            older, newer = run_words(self._written), run_words(self.current_run)
            words = f"files of {older} are renewed, those of {newer} are not; {newer} "
            words += "is shown until all its files are taken away"
            yield source_problem(words, root)
        state = self.run_state(self.current_run)
        running = state in (RunState.RUNNING, RunState.ENDED)
        if running and 0 <= self._free < LITTLE_SPACE:
            left = self._free / (1 << 20)
            message = f"the disk is full ({left:.1f} MB free): files may be cut short"
            yield source_problem(message, root)
        for snapshot, reason in self._table.rejected():
            if snapshot.name.run >= self.current_run:
                yield source_problem(reason, str(self._root / snapshot.file))
        for client in self._known_clients():
            yield from track_problems(self._tracks[client], root)
        if self._names.by_pattern:
            yield from self._pattern_problems(root)
        else:
            for path, clients in self._files.shared(self.current_run):
                used = [self._table.in_use((self.current_run, e)) for e in clients]
                files = [snapshot.file for snapshot in used if snapshot is not None]
                yield _shared_problem(path, files, root)
        if self._of_strangers is None and self._listed:
            self._of_strangers = self._strangers_problem(root)
        if self._of_strangers is not None and self._of_strangers.message:
            yield self._of_strangers

    def _pattern_problems(self, root: str) -> Iterator[Problem]:
        for run, more in self._too_many.items():
            if run >= self.current_run:
                yield source_problem(self._many_words(run, more), root)
        newest = self._files.newest_of(self.current_run)
        if newest:
            words = (
                f"{counted(len(newest), 'element')} of several producers cannot be "
                f"added up ({listed(newest)}): of each that of the newest file is shown"
            )
            yield Problem(words, file=root, severity="advice", kind="source")
        if self._of_rivals is None:
            self._of_rivals = tuple(self._rival_problems(root))
        yield from self._of_rivals

    def _rival_problems(self, root: str) -> Iterator[Problem]:
        """Files of one producer of which only one is shown."""
        for client in self._table.clients(self.current_run):
            key = (self.current_run, client)
            used = self._table.in_use(key)
            rivals = [
                each
                for each in self._table.rivals(key)
                if used is not None
                and (
                    each.name.alternative == used.name.alternative
                    or self._files.lacks(key, each)
                )
            ]
            if not rivals or used is None:
                continue
            names = sorted([used.file, *(each.file for each in rivals)])
            words = (
                f"{len(names)} files are of {run_words(self.current_run)} and nothing "
                f"in their names tells them apart ({listed(names)}): shown is the "
                f"newest, {used.file}; write {{client}} or {{subsystem}} for what "
                "differs between producers, {time} for what differs between files of "
                f"one{self._names_at}"
            )
            yield Problem(words, file=root, severity="advice", kind="source")

    @property
    def _names_at(self) -> str:
        names = self._names
        where = names.where if isinstance(names, PatternNames) else ""
        return f" ({where})" if where else ""

    def _strangers_problem(self, root: str) -> Problem:
        """What is said of other ROOT files; without words where nothing is."""
        if not self._table.files():
            words = self._names.nothing(self._strangers)
            if self._strangers:
                return source_problem(words, root)
            return Problem(words, file=root, severity="advice", kind="source")
        words = self._names.strangers(self._strangers) if self._strangers else ""
        return Problem(words, file=root, severity="advice", kind="source")


def source_problem(message: str, file: str) -> Problem:
    """A problem of the data source, with the file or folder it is in."""
    return Problem(message, file=file, kind="source")


def track_problems(track: Track, root: str) -> Iterator[Problem]:
    """What is wrong with one client: two writers, a clock that is ahead.

    Args:
        track: the client.
        root: the folder its files are in.
    """
    writers = track.writers
    if writers:
        words = (
            f"{two_writers(track.name, writers)}: shown is {part_words(len(writers))}"
        )
        yield source_problem(words, root)
    if track.reading is not None and track.reading.skew:
        yield source_problem(
            f"the clock of {track.name} is {track.reading.skew:.0f} s ahead: the age "
            "of its data is counted from the time of the file",
            root,
        )


def _shared_problem(path: str, files: Collection[str], root: str) -> Problem:
    """Several files of one run hold an element."""
    return source_problem(
        f"{len(files)} files hold {path} ({', '.join(files)}): "
        f"shown is {part_words(len(files))}",
        root,
    )


_WORST = ("unreadable", "silent", "frozen", "waiting", "unmoved", "recorded", "ended")


def _last(clients: Mapping[str, Client]) -> Client:
    return list(clients.values())[-1]


def _of_several(clients: Mapping[str, Client]) -> Client:
    """The producers of one subsystem as one: as well as the worst of them.

    One that has not entered the run adds nothing to it, and is named.
    """
    if len(clients) == 1:
        return _last(clients)
    rank = {state: place for place, state in enumerate(_WORST)}
    here = {name: each for name, each in clients.items() if each.state != "waiting"}
    here = here or dict(clients)
    name, worst = min(here.items(), key=lambda e: rank.get(e[1].state, len(rank)))
    away = [each for each in clients if each not in here]
    sentence = f"{worst.sentence} ({name}, of {counted(len(here), 'producer')}"
    sentence += f"; not in this run: {listed(away)})" if away else ")"
    events = [each.events for each in here.values() if each.events is not None]
    rates = [each.rate for each in here.values() if each.rate is not None]
    times = [each.produced for each in here.values() if each.produced is not None]
    return msgspec.structs.replace(
        worst,
        sentence=sentence,
        events=sum(events) if events else None,
        rate=sum(rates) if rates else None,
        produced=min(times, default=None),
    )
