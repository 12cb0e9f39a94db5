"""What installed packages add: checks, sources, drawings, and faults of the simulation.

A package names what it adds as an entry point, under the name that layouts, command
lines and lessons give it::

    [project.entry-points."dqmconsole.checks"]
    strip_pattern = "my_experiment.checks:StripPattern"

Whatever it does, the program lives on: what cannot be used is left out, and said to
be, by its name. What hangs, exits or crashes while it is imported would end each engine
and command alike. So it is tried in a child, which ends by itself, unless its last
import went well; what came of it is kept for that version of its package. Before it is
imported here the mark is taken away, and put back after: where it is missing, an import
did not end, and the next process tries again apart. What imported well then may hang
here now, for its module was edited: there it is cut off.

A process of its own: ``python -m dqmconsole.plugins NAME VALUE GROUP``.
"""

from __future__ import annotations

import hashlib
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, nullcontext, redirect_stdout, suppress
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

import platformdirs

from dqmconsole.model.escape import escaped
from dqmconsole.whole_file import replacing

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

CHECKS = "dqmconsole.checks"
SOURCES = "dqmconsole.sources"
DRAWINGS = "dqmconsole.drawings"
FAULTS = "dqmconsole.faults"
GROUPS = (CHECKS, SOURCES, DRAWINGS, FAULTS)

ANY_ERROR = (Exception, SystemExit)
"""What a package may raise; one that leaves the program would take all with it."""

PATIENCE = 10  # s that importing may take; less than a console waits for its engine
MEMORY = 4 << 30  # bytes that what is of a package may take
TRIED = 86  # exit code of a child that came to its end
TRYING = "DQMCONSOLE_TRYING"  # in the environment of such a child
_AGAIN = "it is tried again by dqmconsole doctor, and when its version is another"
_LONGEST = 2000  # characters of what a package says


class Unusable(ValueError):
    """Something registered that cannot be used; says why."""


class LeftOut(NamedTuple):
    """Something registered that cannot be used.

    Attributes:
        kind: what it would be: "check", "source", "drawing", "fault".
        name: under which it is registered.
        package: that registers it, with its version.
        why: why it cannot be used.
    """

    kind: str
    name: str
    package: str
    why: str

    def __str__(self) -> str:
        return f"the {self.kind} {self.name} of {self.package} is left out: {self.why}"


class Registered(NamedTuple, Generic[T_co]):
    """What installed packages register in one group.

    Attributes:
        kind: as of :class:`LeftOut`.
        usable: what can be used, by name.
        packages: which package each is of, with its version.
        left_out: what cannot.
    """

    kind: str
    usable: Mapping[str, T_co]
    packages: Mapping[str, str]
    left_out: tuple[LeftOut, ...]

    def why_left_out(self, name: str) -> str:
        """Why what is registered under a name is left out; "" where nothing is."""
        return next((str(each) for each in self.left_out if each.name == name), "")


def kind_of(group: str) -> str:
    """What a group holds, in the singular."""
    return group.rpartition(".")[2].removesuffix("s")


@cache
def points_of(group: str) -> tuple[EntryPoint, ...]:
    """What installed packages register in a group; nothing is imported.

    In the child that tries one there is nothing else.
    """
    if os.environ.get(TRYING):
        return ()
    return tuple(_installed().select(group=group))


_installed = cache(entry_points)


@cache
def _harmful() -> dict[Path, str]:
    """What must not be imported, of all groups.

    All are tried at once by the process that is first, an engine mostly: no window
    waits for it.
    """
    return Trials().failed(each for group in GROUPS for each in points_of(group))


def harm_of(group: str, name: str) -> str:
    """Why what is registered under a name must not be imported; "" where it may be.

    Nothing is imported here.
    """
    for point in points_of(group):
        if point.name == name and (why := _harmful().get(Trials().mark(point), "")):
            return str(LeftOut(kind_of(group), name, package_of(point), why))
    return ""


@contextmanager
def using(group: str, name: str) -> Iterator[None]:
    """Leave word for the next process while what is registered here runs in this one.

    Should it end this process, it is left out by the next, and named.
    """
    trials = Trials()
    points = [each for each in points_of(group) if each.name == name]
    for point in points:
        trials.keep(
            trials.mark(point), f"it ended the process that it ran in; {_AGAIN}"
        )
    try:
        yield
    finally:
        for point in points:
            trials.keep(trials.mark(point), "")


def registered(
    group: str, load: Callable[[EntryPoint], T], taken: Collection[str] = ()
) -> Registered[T]:
    """What installed packages register in a group; each is imported.

    Args:
        group: one of :data:`GROUPS`.
        load: imports one, by :func:`imported`, and looks at it. It raises
            :class:`Unusable` of what cannot be used.
        taken: names of the program's own, which no other may have.
    """
    points = points_of(group)
    if not points:
        return Registered(kind_of(group), {}, {}, ())
    return usable(group, points, load, taken, Trials(), _harmful())


def usable(
    group: str,
    points: Iterable[EntryPoint],
    load: Callable[[EntryPoint], T],
    taken: Collection[str] = (),
    trials: Trials | None = None,
    harmful: Mapping[Path, str] | None = None,
) -> Registered[T]:
    """What of some entry points can be used, and why the others cannot.

    Args:
        group: theirs.
        points: they.
        load: as of :func:`registered`.
        taken: names of the program's own.
        trials: tries them apart before they are imported, or None.
        harmful: what was found so, by mark; tried now when left out.
    """
    points = sorted(points, key=lambda each: (each.name, package_of(each)))
    if harmful is None:
        harmful = {} if trials is None else trials.failed(points)
    kind = kind_of(group)
    found: dict[str, T] = {}
    packages: dict[str, str] = {}
    left_out = []
    for point in points:
        package = package_of(point)
        if point.name in packages:
            why = f"{packages[point.name]} has a {kind} of that name"
        elif point.name in taken:
            why = f"the program has a {kind} of that name"
        elif trials is not None and (harm := harmful.get(trials.mark(point))):
            why = harm
        else:
            apart = nullcontext() if trials is None else trials.importing(point)
            try:
                with apart:
                    found[point.name] = load(point)
            except (Unusable, TimeoutError) as error:
                why = str(error)
            else:
                packages[point.name] = package
                continue
        left_out.append(LeftOut(kind, point.name, package, why))
    return Registered(kind, found, packages, tuple(left_out))


def imported(point: EntryPoint) -> object:
    """What an entry point leads to.

    Raises:
        Unusable: it cannot be imported.
    """
    try:
        return point.load()
    except ANY_ERROR as error:
        message = f"it cannot be imported: {error_words(error)}"
        raise Unusable(message) from error


def package_of(point: EntryPoint) -> str:
    """The package of an entry point, with its version."""
    if point.dist is None:
        return point.value
    return f"{point.dist.name} {point.dist.version}"


def words_of(said: object) -> str:
    """What a package says, on one line that can be shown and sent."""
    words = str(said)
    if len(words) > _LONGEST:
        words = words[:_LONGEST] + " …"
    return escaped(words, lines=False)


def error_words(error: BaseException) -> str:
    """What was raised, on one line that can be shown and sent."""
    kind = type(error).__name__
    try:
        said = words_of(" ".join(str(error).split()))
    except ANY_ERROR:  # it cannot even say so
        said = ""
    return f"{kind}: {said}" if said else kind


@contextmanager
def cut_off(seconds: float) -> Iterator[None]:
    """End what Python can end by an error, TimeoutError, after some seconds.

    In another thread than the main one it does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    inside = True

    def end(_number: int, _frame: object) -> None:
        if inside:
            message = f"it did not end within {seconds:g} s"
            raise TimeoutError(message)

    before = signal.signal(signal.SIGALRM, end)
    others = signal.setitimer(signal.ITIMER_REAL, seconds, seconds)
    try:
        yield
    finally:
        inside = False
        signal.setitimer(signal.ITIMER_REAL, *others)
        signal.signal(signal.SIGALRM, before or signal.SIG_DFL)


@contextmanager
def bounded_memory() -> Iterator[None]:
    """Raise MemoryError where :data:`MEMORY` more than now is asked for, on Linux."""
    limits = resource.getrlimit(resource.RLIMIT_DATA)
    held = 0
    with suppress(OSError):
        pages = Path("/proc/self/statm").read_text().split()[5]
        held = int(pages) * resource.getpagesize()
    if held and limits[0] == resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_DATA, (held + MEMORY, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, limits)


@contextmanager
def guarded(seconds: float) -> Iterator[None]:
    """Run what is of a package: it has so many seconds and :data:`MEMORY`.

    What it prints goes where errors go: standard output is a command's own.
    """
    with redirect_stdout(sys.stderr), bounded_memory(), cut_off(seconds):
        yield


class Trials:
    """What came of importing what other packages register.

    Args:
        folder: where that is kept; made when missing. The user's own when left out.
    """

    def __init__(self, folder: Path | None = None) -> None:
        own = Path(platformdirs.user_state_dir("dqmconsole")) / "checks"
        self._folder = folder or own

    def failed(self, points: Iterable[EntryPoint]) -> dict[Path, str]:
        """Which cannot be imported without harm, and why, by their marks.

        Those whose last import is not known to have gone well are tried, all at once.
        """
        found, running = {}, {}
        for point in points:
            mark = self.mark(point)
            try:
                why = mark.read_text(errors="replace")
            except OSError:
                with suppress(OSError):  # none can be started: as without a trial
                    running[mark] = _started(point)
                continue
            if why:
                found[mark] = why
        latest = time.monotonic() + PATIENCE + 1  # it ends itself earlier
        try:
            for mark, child in running.items():
                why = _ending(child, latest)
                if why:
                    found[mark] = f"{why}; {_AGAIN}"
                self.keep(mark, found.get(mark, ""))
        finally:
            for child in running.values():
                _end(child)
        return found

    @contextmanager
    def importing(self, point: EntryPoint) -> Iterator[None]:
        """Note that one is imported here, and that this ended, be it by an error.

        One that hangs is cut off, and tried apart the next time.
        """
        mark = self.mark(point)
        with suppress(OSError):
            mark.unlink()
        try:
            with guarded(PATIENCE):
                yield
        except Exception as error:
            if not isinstance(error.__cause__ or error, TimeoutError):
                self.keep(mark, "")
            raise
        self.keep(mark, "")

    def forget(self) -> None:
        """Try all of them again, each before it is imported next."""
        with suppress(OSError):
            for mark in self._folder.glob("*.txt"):
                mark.unlink()

    def mark(self, point: EntryPoint) -> Path:
        """The file of one: empty where it can be imported, else it says why not."""
        of = () if point.dist is None else (point.dist.name, point.dist.version)
        words = "\n".join((sys.prefix, point.group, point.name, point.value, *of))
        digest = hashlib.sha256(words.encode(errors="replace")).hexdigest()[:16]
        return self._folder / f"{digest}.txt"

    def keep(self, mark: Path, words: str) -> None:
        """Keep why one must not be imported; "" where it may be."""
        with suppress(OSError):  # it is tried each time
            mark.parent.mkdir(parents=True, exist_ok=True)
            with replacing(mark) as part:
                part.write_text(words)


def _started(point: EntryPoint) -> subprocess.Popen[bytes]:
    words = ("-P", "-m", __name__, point.name, point.value, point.group)
    found_here = os.pathsep.join(sys.path)
    return subprocess.Popen(
        [sys.executable, *words],
        env=os.environ | {TRYING: "1", "PYTHONPATH": found_here},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # so that what it starts ends with it
    )


def _end(child: subprocess.Popen[bytes]) -> None:
    """End a child, where it has not ended, and all that it started."""
    with suppress(OSError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _ending(child: subprocess.Popen[bytes], latest: float) -> str:
    """Why a child did not come to its end; "" if it did."""
    try:
        code = child.wait(max(latest - time.monotonic(), 0.0))
    except subprocess.TimeoutExpired:
        code = -signal.SIGALRM
    if code == TRIED:
        return ""
    if code == -signal.SIGALRM:
        return f"importing it does not end ({PATIENCE} s)"
    how = f"code {code}"
    if code < 0:
        how = f"signal {-code}"
        with suppress(ValueError):  # those of real time have no name
            how = signal.Signals(-code).name
    return f"importing it ends the process ({how})"


def _try(point: EntryPoint) -> None:
    """Import one, and make a check's examples; this process ends with it."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(PATIENCE)
    with (
        bounded_memory(),
        suppress(Exception, SystemExit),
    ):  # said by whoever imports it next
        found = point.load()
        if point.group == CHECKS:
            found.examples()
    os._exit(TRIED)  # not what it wants to do at exit


if __name__ == "__main__":
    _try(EntryPoint(*sys.argv[1:]))
