"""The main source of a site with its streams, as one source."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from dqmconsole.model.layout import subsystem_of, subsystem_words
from dqmconsole.model.moment import moment_words
from dqmconsole.model.problem import Problem
from dqmconsole.model.run import Client, run_words
from dqmconsole.model.site import ALL_SOURCES
from dqmconsole.model.words import listed
from dqmconsole.rootio.dqmfile import STORED
from dqmconsole.rootio.errors import NotInFileError, RootFileError
from dqmconsole.sources.folder import RETRY, DqmFolder, source_problem
from dqmconsole.sources.open_files import joined, reason_of
from dqmconsole.sources.source import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dqmconsole.model.frame import RunFact
    from dqmconsole.model.graph import Element
    from dqmconsole.model.run import RunState
    from dqmconsole.rootio.dqmfile import FileEntry, Folder
    from dqmconsole.sources.clients import KeptContent
    from dqmconsole.sources.folder import ContentMemory, Files
    from dqmconsole.sources.source import Source


class StreamPlan(NamedTuple):
    """A source that is opened beside the main one.

    Attributes:
        name: what it is called.
        text: the source in full.
        files: the names of its files, or None.
        subsystems: what it feeds.
    """

    name: str
    text: str
    files: Files | None
    subsystems: frozenset[str]


class StreamMemory:
    """What is kept of the clients of a stream, apart from those of other sources.

    Args:
        memory: of all sources.
        stream: the source in full: two without a name may be of one folder.
    """

    def __init__(self, memory: ContentMemory, stream: str) -> None:
        self._memory, self._stream = memory, stream

    def recall(self, client: str) -> KeptContent | None:
        """What was kept of a client."""
        return self._memory.recall(f"{self._stream}//{client}")

    def keep(self, client: str, content: KeptContent) -> None:
        """Keep this of a client from now on."""
        self._memory.keep(f"{self._stream}//{client}", content)


class Stream:
    """A source beside the main one: opened when it can be, it never fails.

    Args:
        plan: the source, and what it feeds.
        opener: opens it.

    Attributes:
        plan: as given.
        source: None while it cannot be opened.
        trouble: that it cannot be opened, or fails, and why; else "".
    """

    def __init__(self, plan: StreamPlan, opener: Callable[[], Source]) -> None:
        self.plan = plan
        self.source: Source | None = None
        self.trouble = ""
        self._opener = opener
        self._open_at = 0.0
        self._open()

    def poll(self, now: float, run: int) -> bool:
        """Take in what was found since the last call; True if anything changed.

        Args:
            now: unix time, s.
            run: the current run of the main source.
        """
        before, changed = self.trouble, False
        if self.source is None and not 0 <= self._open_at - now <= RETRY:
            self._open_at = now + RETRY
            self._open()
        if self.source is not None:
            if isinstance(self.source, DqmFolder):
                self.source.beside = run
            try:
                changed = self.source.poll(now)
                self.trouble = ""
            except (RootFileError, OSError) as error:
                self.trouble = f"fails: {reason_of(error)}"
        return changed or self.trouble != before

    def _open(self) -> None:
        try:
            self.source, self.trouble = self._opener(), ""
        except (SourceError, OSError) as error:
            self.trouble = f"cannot be opened: {error}"

    def clients(self, now: float, run: int, *, live: bool) -> list[Client]:
        """Those that it feeds, as they stand beside the main source.

        Args:
            now: unix time, s.
            run: the current run of the main source.
            live: the main source is no recording.
        """
        name, source = self.plan.name, self.source
        here = 0 if source is None else source.current_run
        given = [] if source is None else source.clients(now)
        found = [each for each in given if each.subsystem in self.plan.subsystems]
        if not found and not here:
            why = self.trouble or f"has nothing that can be read{self._why_not()}"
            found = [
                Client(each, 0, sentence=f"Its source, {name}, {why}")
                for each in sorted(self.plan.subsystems)
            ]
        elif here != run:
            where = f"is in {run_words(here)}" if here > 0 else "has no run number"
            words = f"Its source, {name}, {where}"
            found = [
                msgspec.structs.replace(each, run=here, state="waiting", sentence=words)
                for each in found
            ]
        elif live:
            found = [_not_recorded(each) for each in found]
        return [msgspec.structs.replace(each, stream=name) for each in found]

    def _why_not(self) -> str:
        """What is wrong first, in short; "" for nothing."""
        found = () if self.source is None else self.source.problems()
        first = next(iter(found), None)
        return "" if first is None else f": {first.message.partition('; ')[0]}"

    def facts(self) -> Iterator[RunFact]:
        """What happened since the last call, each with its name."""
        for each in () if self.source is None else self.source.facts():
            words = f"{self.plan.name}: {each.sentence}"
            yield msgspec.structs.replace(each, sentence=words)

    def top(self, run: int) -> Folder | None:
        """Its topmost folder; None where that cannot be read."""
        try:
            return None if self.source is None else self.source.folder(run, "")
        except (RootFileError, OSError):
            return None  # its elements say why

    def told(self, run: int) -> str:
        """Where it stands, in a line.

        Args:
            run: the current run of the main source.
        """
        here = 0 if self.source is None else self.source.current_run
        words = self.trouble or run_words(here) or "nothing that can be read"
        if here > 0 and here != run:
            words += ", which is not shown"
        fed = listed(sorted(map(subsystem_words, self.plan.subsystems)))
        return f"{self.plan.name} ({fed}), {self.plan.text}: {words}"

    def problems(self, run: int, main: Source) -> Iterator[Problem]:
        """What is wrong with it, and what is in two sources.

        Args:
            run: the current run of the main source.
            main: that source.
        """
        name, source = self.plan.name, self.source
        if self.trouble:
            words = f"the source {name} {self.trouble}"
            yield source_problem(words, self.plan.text)
        twice = [
            subsystem_words(each)
            for each in sorted(self.plan.subsystems)
            if main.version(run, each)
        ]
        if twice:
            words = f"{listed(twice)} is in {main.name}, too: shown is that of {name}"
            yield Problem(words, self.plan.text, kind="source", severity="advice")
        if source is not None:
            yield from source.problems()


def _not_recorded(client: Client) -> Client:
    """A client whose files are old, while those of the main source are not."""
    if client.state != "recorded":
        return client
    since = "" if client.written is None else f" since {moment_words(client.written)}"
    return msgspec.structs.replace(
        client, state="silent", sentence=f"No new file{since}"
    )


class CombinedSource:
    """A :class:`~dqmconsole.sources.source.Source` of a main one and its streams.

    Each subsystem is of one of them, whole. Runs are those of the main source: of a
    stream in another run there is nothing. What is wrong with a stream is said of what
    it feeds; the main source never waits for it.

    Args:
        main: feeds all that no stream does.
        streams: those beside it.

    Attributes:
        main, streams: as given.
    """

    def __init__(self, main: Source, streams: Sequence[Stream]) -> None:
        self.main, self.streams = main, tuple(streams)
        self.name = f"{ALL_SOURCES}{main.name}"  # it is opened by that again
        self.banner = main.banner  # streams are live
        self._fed = {
            subsystem: stream
            for stream in self.streams
            for subsystem in stream.plan.subsystems
        }

    @property
    def _sources(self) -> tuple[Source, ...]:
        opened = (each.source for each in self.streams)
        return (self.main, *(each for each in opened if each is not None))

    def poll(self, now: float) -> bool:
        """Take in what each has found; True if anything changed."""
        changed = [each.poll(now, self.current_run) for each in self.streams]
        return self.main.poll(now) or any(changed)

    @property
    def ready(self) -> bool:
        """What was there at the start has been taken in, of all of them."""
        return all(each.ready for each in self._sources)

    @property
    def current_run(self) -> int:
        """That of the main source."""
        return self.main.current_run

    def runs(self) -> tuple[int, ...]:
        """Those of the main source."""
        return self.main.runs()

    def run_state(self, run: int) -> RunState:
        """As the main source has it."""
        return self.main.run_state(run)

    @property
    def recorded(self) -> float | None:
        """When the newest content was made, s, if the main source is a recording."""
        return self.main.recorded

    def clients(self, now: float) -> tuple[Client, ...]:
        """Every client, of the source that feeds its subsystem."""
        run, live = self.current_run, self.recorded is None
        found = [
            each for each in self.main.clients(now) if each.subsystem not in self._fed
        ]
        for stream in self.streams:
            found += stream.clients(now, run, live=live)
        return tuple(sorted(found, key=lambda each: each.subsystem))

    def version(self, run: int, subsystem: str) -> int:
        """Grow whenever another snapshot of that subsystem is in use; 0: none."""
        source = self._of(subsystem)
        return 0 if source is None else source.version(run, subsystem)

    def folder(self, run: int, path: str) -> Folder | None:
        """One folder; the top is that of all, of each what it feeds."""
        if path.strip("/"):
            source = self._of(path.strip("/").partition("/")[0])
            return None if source is None else source.folder(run, path)
        tops = [self._top(None, self.main.folder(run, ""))]
        tops += [self._top(each, each.top(run)) for each in self.streams]
        return joined([each for each in tops if each is not None])

    def element(self, run: int, path: str) -> Element:
        """One element, of the source that feeds its subsystem."""
        source = self._of_path(path)
        if source is None:
            place = f"{self.name}, {run_words(run)}"
            raise NotInFileError(place, path)
        return source.element(run, path)

    def producers(self, run: int, path: str) -> int:
        """How many write an element at once, in the source that feeds it."""
        source = self._of_path(path)
        return 1 if source is None else source.producers(run, path)

    def entries(self, run: int) -> Iterator[FileEntry]:
        """Every element of a run, the main source's first, lazily.

        Raises:
            RootFileError: after all that can be read, what could not be.
        """
        failed: Exception | None = None
        for stream in (None, *self.streams):
            source = self.main if stream is None else stream.source
            if source is None:
                continue
            try:
                for entry in source.entries(run):
                    if self._fed.get(subsystem_of(entry.path)) is stream:
                        yield entry
            except (RootFileError, OSError) as error:
                failed = failed or error
        if failed is not None:
            raise failed

    def facts(self) -> tuple[RunFact, ...]:
        """What happened since the last call; of a stream with its name."""
        told = (stream.facts() for stream in self.streams)
        return (*self.main.facts(), *itertools.chain.from_iterable(told))

    def problems(self) -> tuple[Problem, ...]:
        """All that is wrong with any of them now."""
        run = self.current_run
        found = list(self.main.problems())
        for stream in self.streams:
            found += stream.problems(run, self.main)
        return tuple(found)

    def told(self) -> tuple[str, ...]:
        """Where each of the sources stands, a line each, for a person."""
        run = self.current_run
        main = f"{self.main.name}: {run_words(run) or 'nothing that can be read'}"
        return (main, *(each.told(run) for each in self.streams))

    def close(self) -> None:
        """Close all of them."""
        for each in self._sources:
            each.close()

    def _of(self, subsystem: str) -> Source | None:
        """The source that feeds a subsystem; None where it cannot be opened."""
        stream = self._fed.get(subsystem)
        return self.main if stream is None else stream.source

    def _of_path(self, path: str) -> Source | None:
        return self._of(subsystem_of(path.strip("/").removeprefix(STORED)))

    def _top(self, stream: Stream | None, top: Folder | None) -> Folder | None:
        """What a source feeds of its topmost folder."""
        if top is None:
            return None
        folders = tuple(each for each in top.folders if self._fed.get(each) is stream)
        top = msgspec.structs.replace(top, folders=folders)
        if self._fed.get("") is stream:
            return top
        return msgspec.structs.replace(
            top, elements={}, scalars={}, qualities={}, efficiencies=frozenset()
        )
