"""A run that lies in finished files, taken as a recorded run for training.

Where a file is written when a run is over, no console has an update to record. What
such a file does not say is when its entries came: they are spread evenly.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing, contextmanager, suppress
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from dqmconsole.desk.injections import LEAST_UPDATES
from dqmconsole.engine.conditions import read_conditions
from dqmconsole.model.histogram import Histogram
from dqmconsole.model.layout import subsystem_of
from dqmconsole.model.sums import ARRAYS
from dqmconsole.model.words import listed
from dqmconsole.recording.database import remove
from dqmconsole.recording.index import FILE, Index
from dqmconsole.recording.packing import (
    DamagedRecordError,
    began_again,
    difference,
    fell,
    same_booking,
)
from dqmconsole.recording.recorder import Item, Limits, Recorder, Update
from dqmconsole.recording.run_file import run_path
from dqmconsole.rootio.errors import NotInFileError, RootFileError
from dqmconsole.site.layouts import plots_of
from dqmconsole.site.site import read_site
from dqmconsole.sources.open import open_named, settle
from dqmconsole.sources.recorded import FINISHED, records_of
from dqmconsole.sources.recorded_steps import RecordedSteps
from dqmconsole.sources.source import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from dqmconsole.model.graph import Element
    from dqmconsole.model.histogram import Array
    from dqmconsole.model.run import Conditions
    from dqmconsole.model.site import Site
    from dqmconsole.sources.source import Source

UPDATES = 2 * LEAST_UPDATES  # over which the content of too few files is spread
_LENGTH = 20.0  # s of an update, where the site says nothing
_PATIENCE = 30.0  # s for a file to be read
_FOREVER = Limits(days=36_500.0, bytes=1 << 60)  # exams name these runs


class TakenRun(NamedTuple):
    """A run that was taken as a recorded one.

    Attributes:
        run: its number.
        files: of how many files; 0: it was taken before, and is as it was then.
        updates: of its record.
        spread: over how many of them what one file has more than the one before is
            spread; 1: it came as the files say.
    """

    run: int
    files: int = 0
    updates: int = 0
    spread: int = 1


class _Content(NamedTuple):
    """What one file holds.

    Attributes:
        name: of the file.
        elements: the plots of the site, by path.
        events: that each client processed, where that is known.
        conditions: that it says.
        at: when it was written, unix time, s.
    """

    name: str
    elements: dict[str, Element]
    events: dict[str, float]
    conditions: Conditions
    at: float


def take_finished_run(path: Path, home: Path, root: Path, run: int = 0) -> TakenRun:
    """Make a record of a finished run: of its file, or of a folder of its files.

    Of files of one run each holds more than the one before, in the order of their
    names. Plots that are no counts stand as in the last file that was there by then,
    before the first as in the first one; histograms that also lose content as in the
    last file of all.

    Args:
        path: the file, or the folder.
        home: the site's own folder, by whose working copy they are read.
        root: below it runs are recorded.
        run: the number of the run, of files that have none; of a folder those of
            other runs are left out.

    Raises:
        SourceError: there is no such run, or it is recorded already, or its files
            are no snapshots of it, or it cannot be recorded.
    """
    site = read_site(home)
    runs = {each: _run_of(each, home) for each in _files(path)}
    number, files = _of_one_run(runs, run)
    if _is_taken(root, number):
        return TakenRun(number)
    contents = [_content(each, home, site) for each in files]
    spread = 1 if len(contents) >= LEAST_UPDATES else -(-UPDATES // len(contents))
    length = site.settings.lumisection_length or _LENGTH
    steps = _steps(contents, _whole_plots(site), spread, number)
    updates = spread * len(contents)
    _record(root, number, str(path), steps, updates, contents, length)
    return TakenRun(number, len(contents), updates, spread)


# -- what the files hold ---------------------------------------------------------------


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(path.glob("*.root"), key=lambda each: _in_order(each.name))
    if not found:
        message = f"{path} has no file *.root"
        raise SourceError(message)
    return found


def _in_order(name: str) -> list[tuple[int, str]]:
    """What names are sorted by: "part2" comes before "part10"."""
    parts = re.findall(r"[0-9]+|[^0-9]+", name)
    return [(int(each), "") if each.isdecimal() else (-1, each) for each in parts]


@contextmanager
def _opened(path: Path, home: Path) -> Iterator[Source]:
    try:
        with closing(open_named(str(path), home, recorded=True)) as source:
            settle(source, _PATIENCE)
            if not source.current_run:
                why = "; ".join(str(each) for each in source.problems())
                why = why or "it is no file of histograms"
                message = f"{path} cannot be read: {why}"
                raise SourceError(message)
            yield source
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror or error}"
        raise SourceError(message) from error


def _run_of(path: Path, home: Path) -> int:
    with _opened(path, home) as source:
        return source.current_run


def _of_one_run(runs: Mapping[Path, int], wanted: int) -> tuple[int, list[Path]]:
    """The number of the run, and the files of it.

    Args:
        runs: each file -> its run; below 1 where it does not say it.
        wanted: the number that is given, or 0.
    """
    files, numbers = list(runs), sorted(set(runs.values()))
    if wanted and len(files) > 1 and wanted in numbers:
        return wanted, [each for each in files if runs[each] == wanted]
    if len(numbers) > 1:
        there = listed([str(each) for each in numbers])
        message = f"{files[0].parent} has files of several runs, {there}: give --run"
        raise SourceError(message)
    (number,) = numbers
    if number < 1 and not wanted:
        message = f"{files[0]} does not say the number of its run: give --run"
        raise SourceError(message)
    if wanted and number > 0 and number != wanted:
        message = f"{files[0]} is of run {number}, not {wanted}"
        raise SourceError(message)
    return (number if number > 0 else wanted), files


def _is_taken(root: Path, run: int) -> bool:
    """Tell whether a run was taken before.

    Raises:
        SourceError: a console recorded it; not one that just looked at its file.
    """
    if run_path(root / FINISHED, run).exists():
        return True
    if any(_updates(each) >= LEAST_UPDATES for each in records_of(run, root)):
        message = f"run {run} is recorded already, with its updates: give {run} alone"
        raise SourceError(message)
    return False


def _updates(path: Path) -> int:
    """How many whole updates a record has; 0 of one that cannot be read."""
    try:
        with closing(RecordedSteps(path)) as record:
            return len(record.lumisections)
    except (SourceError, DamagedRecordError, sqlite3.Error):
        return 0


def _content(path: Path, home: Path, site: Site) -> _Content:
    found: dict[str, Element] = {}
    with _opened(path, home) as source:
        for _, _, plot in plots_of(site):
            element = _element(source, plot.path)
            if element is not None:
                found[plot.path] = element
        at = path.stat().st_mtime
        events = {
            each.subsystem: float(each.events)
            for each in source.clients(at)
            if each.events is not None
        }
        conditions = read_conditions(partial(_element, source), site.settings)
    if not found:
        message = f"{path} has no plot of the site's layouts"
        raise SourceError(message)
    return _Content(path.name, found, events, conditions, at)


def _element(source: Source, path: str) -> Element | None:
    try:
        return source.element(source.current_run, path)
    except (NotInFileError, RootFileError, OSError):
        return None


def _whole_plots(site: Site) -> frozenset[str]:
    """Plots that do not grow with the run."""
    return frozenset(
        plot.path
        for _, _, plot in plots_of(site)
        if plot.accumulates not in {None, "run"}
    )


# -- from one file to the next ---------------------------------------------------------


def _steps(
    contents: Sequence[_Content], whole: frozenset[str], spread: int, run: int
) -> Iterator[dict[str, Element]]:
    """The elements as they stand before the first update, and after each.

    Raises:
        SourceError: a plot holds less in a file than in the one before, or is booked
            otherwise.
    """
    last = {path: e for each in contents for path, e in each.elements.items()}
    growing: dict[str, Iterator[Histogram]] = {}
    standing: dict[str, Sequence[Element]] = {}
    empty: dict[str, Element] = {}
    for path, element in last.items():
        held = [each.elements.get(path) for each in contents]
        empty[path] = element
        if not isinstance(element, Histogram):
            standing[path] = _filled_up(held, element)
            continue
        empty[path] = _emptied(element)
        if path in whole or not _grows(element):
            standing[path] = _as_written(held, element)
            continue
        snapshots = [each for each in held if isinstance(each, Histogram)]
        parts = spread
        if len(snapshots) < len(contents) or not all(map(_grows, snapshots)):
            snapshots, parts = [element], spread * len(contents)
        _refuse_less(path, snapshots, contents)
        rng = np.random.default_rng([run, *path.encode()])
        growing[path] = _grown([_without_weights(e) for e in snapshots], parts, rng)
    yield empty
    for update in range(1, spread * len(contents) + 1):
        file = max(update // spread - 1, 0)
        yield {
            **{path: each[file] for path, each in standing.items()},
            **{path: next(each) for path, each in growing.items()},
        }


def _filled_up(held: Sequence[Element | None], first: Element) -> list[Element]:
    """What stood with each file; where one does not have it, as in the one before.

    Args:
        held: of each file, None where it is not there.
        first: what stood before the first file that has it.
    """
    found: list[Element] = []
    for each in held:
        found.append(each if each is not None else [first, *found][-1])
    return found


def _as_written(held: Sequence[Element | None], last: Histogram) -> Sequence[Element]:
    """What a histogram that is not shared out over time held with each file.

    A record keeps what it gained: one that is booked anew, or loses something from one
    file to the next, holds what it holds in the last one.

    Args:
        held: of each file, None where it is not there.
        last: of the last file that has it.
    """
    empty = before = _emptied(last)
    found: list[Histogram] = []
    for each in held:
        now = _held(each, empty) if each is not None else before
        if now is None or began_again(now, before) or fell(difference(now, before)):
            return [_without_weights(last)] * len(held)
        found.append(now)
        before = now
    return found


def _held(element: Element, empty: Histogram) -> Histogram | None:
    """What a snapshot of a histogram holds; None if it is no numbers, or other bins.

    Args:
        element: the snapshot.
        empty: the histogram, as it is booked.
    """
    if not isinstance(element, Histogram) or not np.isfinite(element.contents).all():
        return None
    if empty.sumw2 is None:  # counts of weight 1 need none
        element = msgspec.structs.replace(element, sumw2=None)
    if not same_booking(element, empty):
        return None
    arrays = {name: getattr(element, name) for name in ARRAYS}
    return msgspec.structs.replace(
        empty, entries=element.entries, sums=element.sums, **arrays
    )


def _grows(histogram: Histogram) -> bool:
    """Tell whether its content can be shared out over time."""
    contents = histogram.contents
    if histogram.efficiency or not np.isfinite(contents).all() or (contents < 0).any():
        return False
    return contents.dtype.kind == "f" or histogram.sumw2 is None


def _refuse_less(
    path: str, snapshots: Sequence[Histogram], contents: Sequence[_Content]
) -> None:
    for at, (early, late) in enumerate(pairwise(snapshots), 1):
        fault = ""
        booked = [(each.kind, each.contents.shape) for each in (early, late)]
        if booked[0] != booked[1]:
            fault = "is booked otherwise"
        elif (late.contents < early.contents).any():
            fault = "holds less"
        if fault:
            message = (
                f"{path} {fault} in {contents[at].name} than in "
                f"{contents[at - 1].name}: these are no snapshots of one run, one "
                "after the other; give the one file of the whole run"
            )
            raise SourceError(message)


def _without_weights(histogram: Histogram) -> Histogram:
    """Counts of weight 1 need no sums of squared weights: they are the counts."""
    weights = histogram.sumw2
    if weights is None or histogram.is_profile:
        return histogram
    if not np.array_equal(weights, histogram.contents):
        return histogram
    return msgspec.structs.replace(histogram, sumw2=None)


def _grown(
    snapshots: Sequence[Histogram], parts: int, rng: np.random.Generator
) -> Iterator[Histogram]:
    """A histogram after each part of what each snapshot has more than the one before.

    Of counts each falls into one of the parts at random, as counts of a steady rate
    do; weights and profiles grow evenly.
    """
    before = _emptied(snapshots[0])
    for after in snapshots:
        gained = after.contents.astype(np.float64) - before.contents
        counts = (
            after.sumw2 is None
            and not after.is_profile
            and np.array_equal(gained, np.round(gained))
        )
        left = gained
        for remaining in range(parts, 1, -1):
            took: Array = left / remaining
            if counts:
                took = rng.binomial(left.astype(np.int64), 1 / remaining)
            left = left - took
            share = 1 - (remaining - 1) / parts
            yield _between(before, after, share, after.contents - left)
        yield after
        before = after


def _between(
    before: Histogram, after: Histogram, share: float, contents: Array
) -> Histogram:
    """A histogram on its way from one content to another, by its new contents."""

    def part(name: str) -> Array | None:
        late, early = getattr(after, name), getattr(before, name)
        if late is None or early is None:
            return None
        found: Array = np.asfortranarray(early + (late - early) * share)
        return found

    pairs = zip(before.sums, after.sums, strict=True)
    return msgspec.structs.replace(
        after,
        contents=np.asfortranarray(contents.astype(after.contents.dtype)),
        entries=before.entries + (after.entries - before.entries) * share,
        sums=tuple(early + (late - early) * share for early, late in pairs),
        sumw2=part("sumw2"),
        bin_entries=part("bin_entries"),
        bin_sumw2=part("bin_sumw2"),
    )


def _emptied(histogram: Histogram) -> Histogram:
    found = _without_weights(histogram)
    none = {
        name: None if (array := getattr(found, name)) is None else np.zeros_like(array)
        for name in ARRAYS
    }
    sums = (0.0,) * len(found.sums)
    return msgspec.structs.replace(found, entries=0.0, sums=sums, **none)


# -- the record ------------------------------------------------------------------------


def _record(
    root: Path,
    run: int,
    source: str,
    steps: Iterator[dict[str, Element]],
    updates: int,
    contents: Sequence[_Content],
    length: float,
) -> None:
    """Write the record: all of it, or none.

    Raises:
        SourceError: the disk refuses.
    """
    reached = np.linspace(0.0, len(contents), updates + 1)
    record, noted = run_path(root / FINISHED, run), False
    recorder = Recorder(root / FINISHED, source, _FOREVER)
    try:
        recorder.note_conditions(run, contents[-1].conditions)
        for number, elements in enumerate(steps):
            at = contents[-1].at - (updates - number) * length
            by_client: dict[str, list[Item]] = {}
            for path, element in elements.items():
                by_client.setdefault(subsystem_of(path), []).append(Item(path, element))
            for client, items in by_client.items():
                counted = [each.events.get(client) for each in contents]
                known = [each for each in counted if each is not None]
                events = None
                if len(known) == len(counted):
                    events = float(
                        np.interp(reached[number], range(len(known) + 1), [0.0, *known])
                    )
                recorder.note(run, Update(client, number, at, events), items)
            recorder.drain()
            if recorder.trouble:  # said no more once a later update is written
                raise _refused(run, recorder.trouble)
        recorder.note_end(run)
        noted = True
    finally:
        recorder.close()
        whole = noted and not recorder.trouble and record.exists()
        if not whole:  # else it would be used the next time
            _remove(record, run)
    if not whole:
        raise _refused(run, recorder.trouble)


def _refused(run: int, why: str) -> SourceError:
    message = f"run {run} cannot be recorded: {why or 'the disk'}"
    return SourceError(message)


def _remove(path: Path, run: int) -> None:
    """Remove what there is of a record that is not whole."""
    with suppress(OSError):
        remove(path)
    with suppress(sqlite3.Error), closing(Index(path.with_name(FILE))) as index:
        index.forget_run(run)
