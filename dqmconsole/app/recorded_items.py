"""Items of the exam from recorded runs: which faults show in them, and what is gone."""

from __future__ import annotations

import json
import math
import random
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from dqmconsole.app.injected_run import PLACES
from dqmconsole.app.options import record_to_play, recordings
from dqmconsole.desk.injection_table import INJECTIONS, MARKS
from dqmconsole.desk.injections import LEAST_UPDATES, plot_that_counts
from dqmconsole.desk.judge_source import JudgeError, judge_source
from dqmconsole.desk.recorded import RecordedFolders
from dqmconsole.desk.reference import folders_of
from dqmconsole.model.layout import DEFAULT_NORMALIZE
from dqmconsole.model.message import WORKING_COPY
from dqmconsole.model.record import hash_of
from dqmconsole.model.verdict import Status
from dqmconsole.recording.run_file import BROKEN_RECORD, NotRecordedError, RunFile
from dqmconsole.site.findings import Place
from dqmconsole.site.layouts import plots_of
from dqmconsole.site.references import choose
from dqmconsole.site.rules.context import Violation
from dqmconsole.site.rules.reading import Rule
from dqmconsole.site.site import read_site, recordings_folder
from dqmconsole.sources.recorded import RECORDED, recorded_path, to_play
from dqmconsole.sources.recorded_steps import RecordedSteps
from dqmconsole.sources.source import SourceError
from dqmconsole.training.files.lessons import FOLDER, lesson_key
from dqmconsole.training.files.sound import EXAM, MEASURED
from dqmconsole.training.item_bank import AHEAD, ON_FOR
from dqmconsole.training.lesson import EVERYWHERE, teaching

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from dqmconsole.desk.injections import PlotThatCounts
    from dqmconsole.desk.judge_source import PlotVerdict
    from dqmconsole.model.site import Site
    from dqmconsole.site.kinds import SiteTables
    from dqmconsole.site.rules.context import SiteReading
    from dqmconsole.training.lesson import ItemSource

STEPS = 3  # sizes of one item
BESIDE_MAPS = frozenset({"ratio", "difference", "pull", "side-by-side"})
"""Modes in which the reference of a map is to be seen."""
SEEN = 5.0
"""Standard deviations by which a plain chi2 must exceed what is expected of it; and the
square root of what the ideal test adds up."""
_DIGITS = 12  # of the hash of a record


class Traced(NamedTuple):
    """A fault for a plot, and the sizes at which it shows.

    Attributes:
        fault: its name.
        path: of the plot.
        pages: "Layout/Page" of the pages for shifts on which the plot stands.
        sizes: from easy to hard; empty where none shows.
    """

    fault: str
    path: str
    pages: tuple[str, ...]
    sizes: tuple[float, ...]


class When(NamedTuple):
    """When a fault is looked at, and where it may be.

    Attributes:
        before: updates before it came.
        behind: updates with it.
        places: numbers of its places.
    """

    before: int
    behind: int
    places: Sequence[int] = range(PLACES)


class RecordedPlots:
    """The plots of a recorded run into which faults can be put.

    Args:
        path: of the record.
        site: whose pages for shifts count.
        only: paths of the plots to look at; all when None.

    Attributes:
        updates: how many the record has.
        unfinished: that the end of the run is not in it, in words; "" where it is.
        run_type: of the run; None where it is not known.
        pages: path of a plot -> "Layout/Page" of its pages for shifts.
        plots: those that count.
        left_out: path of a plot that does not count -> why.

    Raises:
        SourceError: it cannot be read, or is no record.
        DamagedRecordError, sqlite3.Error: it is damaged.
    """

    def __init__(
        self, path: Path, site: Site, only: Collection[str] | None = None
    ) -> None:
        self.pages: dict[str, list[str]] = {}
        self.left_out: dict[str, str] = {}
        self.plots: dict[str, PlotThatCounts] = {}
        by_area: set[str] = set()
        for layout, page, plot in plots_of(site):
            if page.audience != "shift" or (only is not None and plot.path not in only):
                continue
            if plot.accumulates not in {None, "run"}:
                self.left_out[plot.path] = f"it accumulates: {plot.accumulates}"
                continue
            pages = self.pages.setdefault(plot.path, [])
            pages += [f"{layout.layout}/{page.page}"]
            if (plot.reference.normalize or DEFAULT_NORMALIZE) == "area":
                by_area.add(plot.path)
        with closing(RecordedSteps(path)) as source:
            self.updates = len(source.lumisections)
            self.unfinished = source.unfinished_words(site.settings.unit)
            self.run_type = source.conditions().run_type
            for each in self.pages:
                if any(mark in each for mark in MARKS):
                    self.left_out[each] = f"its path has one of {MARKS}"
                elif (counts := plot_that_counts(source, each)) is not None:
                    self.plots[each] = counts
                else:
                    self.left_out[each] = _why_no_counts(source, each)
            self._compared = _compared(site, self.plots.values(), source)
        self._by_area = by_area | {
            each.path for each in self.plots.values() if not each.by_events
        }

    def is_by_area(self, path: str) -> bool:
        """Tell whether a plot is compared by its area, and not by its events."""
        return path in self._by_area

    def leave_pages_out(self, pages: Collection[str], why: str) -> None:
        """Make no item of some pages, "Layout/Page" each; why not is told."""
        for path, there in self.pages.items():
            self.pages[path] = [e for e in there if e not in pages]
            if not self.pages[path]:
                self.plots.pop(path, None)
                self.left_out[path] = why

    def traced(self, fault: str, path: str) -> Traced:
        """The sizes at which a fault shows in a plot, wherever in it: up to three."""
        shown = [
            size
            for size in sorted(INJECTIONS[fault].sizes, reverse=True)
            if not self.why_unseen(fault, path, size)
        ]
        return Traced(fault, path, tuple(self.pages[path]), tuple(shown[:STEPS]))

    def why_unseen(
        self, fault: str, path: str, size: float, when: When | None = None
    ) -> str:
        """Why a fault cannot be seen in a plot, in words; "" where it can.

        Args:
            fault: its name.
            path: of the plot.
            size: in the unit of the fault.
            when: it is looked at; in the shortest item of an exam when left out.
        """
        words = f"{fault} of {size:g} {INJECTIONS[fault].unit} leaves no visible trace"
        if fault in EVERYWHERE and path not in self._compared:
            return f"{words}: no reference is drawn beside it"
        return "" if self._is_large(fault, path, size, when) else words

    def _is_large(self, fault: str, path: str, size: float, when: When | None) -> bool:
        """Tell whether a fault changes a plot much, in every place where it may be.

        The plot accumulates: what it got before the onset hides a part of it. Where a
        plot is compared by its area, only a change of shape is a trace.
        """
        plot = self.plots[path]
        inner = (slice(1, -1),) * plot.usual.ndim
        when = when or self._shortest_item
        ahead = when.before + when.behind
        update = sum(plot.exposures.values()) / len(plot.exposures)
        usual = plot.usual[inner] * update
        for place in when.places:
            changed = plot.injected(fault, size, place)
            good = usual * ahead
            bad = usual * when.before + changed[inner] * update * when.behind
            if path in self._by_area:
                bad = bad * (good.sum() / max(float(bad.sum()), 1e-300))
            apart = float((np.square(bad - good) / np.maximum(good, 1.0)).sum())
            bins = int(np.count_nonzero(good >= 1.0))
            if apart < max(SEEN**2, SEEN * math.sqrt(2.0 * bins)):
                return False
        return True

    @property
    def _shortest_item(self) -> When:
        ahead = min(AHEAD[0], self.updates)
        behind = math.ceil(ahead * ON_FOR)
        return When(ahead - behind, behind)

    def items(self, many: int, seed: int) -> tuple[list[Traced], list[Traced]]:
        """Choose faults that show, of all kinds and plots in turn.

        Args:
            many: how many, at most.
            seed: the choice follows from it.

        Returns:
            Those chosen, and those that left no trace where they were tried.
        """
        generator = random.Random(f"inject {seed}")
        found: list[Traced] = []
        without: list[Traced] = []
        paths = sorted(self.plots)
        kinds = list(INJECTIONS)
        generator.shuffle(paths)
        generator.shuffle(kinds)
        turns = [
            (kinds[(at + turn) % len(kinds)], path)
            for turn in range(len(kinds))
            for at, path in enumerate(paths)
        ]
        for fault, path in turns:
            if fault == "shift" and self.plots[path].usual.ndim > 1:
                continue
            if len(found) == many:
                break
            each = self.traced(fault, path)
            (found if each.sizes else without).append(each)
        return found, without


def _why_no_counts(source: RecordedSteps, path: str) -> str:
    """Why no fault can be put into a plot; see ``injections.plot_that_counts``."""
    booking, updates = source.booking(path), len(source.updates(path))
    if booking is None:
        return "the run has no updates of it"
    if not booking.root_class.startswith(("TH1", "TH2")) or booking.efficiency:
        return f"its bins are no counts ({booking.root_class})"
    if updates < LEAST_UPDATES:
        return f"it has {updates} updates, {LEAST_UPDATES} are needed"
    return "its counts are weighted, too few, or change more than by chance"


def _compared(
    site: Site, plots: Iterable[PlotThatCounts], source: RecordedSteps
) -> frozenset[str]:
    """The plots beside which a training draws a reference: of a file, or of runs.

    Over a map nothing is drawn: it is compared by another mode, or not to be seen.
    """
    kept = source.conditions()
    run, rules = source.current_run, site.references
    modes = {plot.path: plot.reference.mode for *_, plot in plots_of(site)}
    found = set()
    folders = RecordedFolders(
        folders_of(site), site.settings, Path(site.folder) / "layouts"
    )
    with closing(folders):
        for plot in plots:
            path, mode = plot.path, modes[plot.path]
            drawn = mode != "none" if plot.usual.ndim == 1 else mode in BESIDE_MAPS
            rule = choose(rules, path, kept.run_type, run, kept)
            if rule is None or not drawn:
                continue
            if rule.file is not None:
                there = [folders.of_file(rule.file, path)]
            else:
                there = [folders.readable(each, path) for each in rule.every_run]
            if any(each is not None for each in there):
                found.add(path)
    return frozenset(found)


def yaml_item(item: Traced, run: int, updates: int) -> str:
    """An item of exam.yaml, one line in flow style."""
    parts = {
        "pages": json.dumps(list(item.pages), ensure_ascii=False),
        "cause": json.dumps(f"{item.fault}:{item.path}", ensure_ascii=False),
        "sizes": f"[{', '.join(f'{each:g}' for each in item.sizes)}]",
        "recorded": f"[{run}]",
        "updates": str(updates),
    }
    return f"{{{', '.join(f'{key}: {value}' for key, value in parts.items())}}}"


def bad_plots(run: int, home: Path, tables: SiteTables) -> tuple[PlotVerdict, ...]:
    """The plots that the console itself finds BAD at the end of a recorded run.

    Args:
        run: its number.
        home: the site's own folder; its working copy judges.
        tables: what features add to a site.

    Raises:
        SourceError: it is not recorded, or cannot be judged.
    """
    try:
        found = judge_source(
            record_to_play(run, str(home)),
            home,
            release=WORKING_COPY,
            tables=tables,
        )
    except (JudgeError, OSError) as error:
        message = f"run {run} cannot be judged: {error}"
        raise SourceError(message) from error
    return tuple(e for e in found.plots if e.verdict.status is Status.BAD)


def record_hash(path: Path, plots: Iterable[str]) -> str:
    """A hash of what a record holds of some plots, and of when it came.

    Args:
        path: of the record.
        plots: paths; those that are not in it count for nothing.

    Raises:
        DamagedRecordError, sqlite3.Error: it cannot be read.
    """
    with closing(RunFile.read(path)) as file:
        clients = sorted(file.clients())
        parts = [msgspec.json.encode([file.moments(each) for each in clients])]
        for each in sorted(plots):
            with suppress(NotRecordedError):
                contents = file.cumulative(each).histogram.contents
                parts += [each.encode(), contents.tobytes()]
    return hash_of(b"\0".join(parts))[:_DIGITS]


def recorded_plots(run: int, home: Path) -> RecordedPlots:
    """The plots of a run of a site, by its number.

    Raises:
        SourceError: it is not recorded, or cannot be read, or has too few updates.
    """
    path = recorded_path(record_to_play(run, str(home)).removeprefix(RECORDED))
    try:
        found = RecordedPlots(path, read_site(home))
    except BROKEN_RECORD as error:
        message = f"{path} cannot be read: {error}"
        raise SourceError(message) from error
    if found.updates < LEAST_UPDATES:
        message = (
            f"{path} has {found.updates} whole updates, {LEAST_UPDATES} are needed"
        )
        raise SourceError(message)
    return found


# -- what validate says ----------------------------------------------------------------


def check_recorded_items(context: SiteReading) -> Iterator[Violation]:
    """Find items of recorded runs that are gone, or in which a fault shows nothing."""
    exam = teaching(context.site).exam
    read = context.texts.kinds.get("lesson")
    if exam is None or read is None or read.value.exam is None:
        return
    site, written = context.site, read.value.exam.matter
    paths = {each.cause.partition(":")[2] for each in written if each.recorded}
    opened: dict[int, RecordedPlots | str] = {}
    for number, source in enumerate(written):
        if source not in exam.matter:
            continue  # something else is wrong with it, which is said
        for item, run in enumerate(source.recorded):
            if run not in opened:
                opened[run] = plots_of_run(run, context.folder, site, paths)
            for part, words in _wrong(source, opened[run], run, item):
                key = lesson_key(EXAM, f"matter[{number}].{part}")
                place = context.places.get(key) or context.places.get(
                    lesson_key(EXAM, f"matter[{number}]")
                )
                yield Violation("recorded-item", place, words)


class UnlikeRecord(NamedTuple):
    """A measured page of a recorded run whose record is not what was measured.

    Attributes:
        words: which it is, and why.
        is_gone: it is there no more, or cannot be read.
    """

    words: str
    is_gone: bool


def unlike_records(site: Site, home: Path) -> Iterator[UnlikeRecord]:
    """Find pages of recorded runs whose records are not what was measured.

    Args:
        site: the site, read.
        home: its folder.
    """
    exam = teaching(site).exam
    rows = [each for each in exam.measured if each.recorded] if exam else []
    paths: dict[str, list[str]] = {}
    for layout, page, plot in plots_of(site):
        paths.setdefault(f"{layout.layout}/{page.page}", []).append(plot.path)
    for name, run, was in dict.fromkeys((e.page, e.recorded, e.record) for e in rows):
        try:
            now = record_hash(record_of(run, home, site), paths[name])
        except (SourceError, OSError, *BROKEN_RECORD) as error:
            yield UnlikeRecord(f"run {run} of {name} is gone: {error}", is_gone=True)
            continue
        if now != was:
            words = (
                f"the record of run {run} is another than was measured on {name}: "
                "dqmconsole training measure --again"
            )
            yield UnlikeRecord(words, is_gone=False)


def check_measured_records(context: SiteReading) -> Iterator[Violation]:
    """Find pages of recorded runs whose records are not what was measured."""
    for each in unlike_records(context.site, context.folder):
        if not each.is_gone:  # else it is said where its item is
            place = Place(f"{FOLDER}/{MEASURED}", 1, 1)
            yield Violation("measured-record", place, each.words)


RECORDED_RULES = (
    (check_recorded_items, (
        Rule("recorded-item", "error",
             "An item of the exam is of a recorded run that is gone or shorter than it "
             "says, or puts a fault into it that leaves no trace one could see. "
             "Example: recorded: [398214] where that run is recorded nowhere."),
    )),
    (check_measured_records, (
        Rule("measured-record", "advice",
             "How large the faults of a recorded run are, was measured on another "
             "record of it. Example: a run that was recorded further since, or taken "
             "from other files: dqmconsole training measure --again."),
    )),
)  # fmt: skip
"""For ``validate``."""


def record_of(run: int, home: Path, site: Site) -> Path:
    """The record of a run of a site.

    Args:
        run: its number.
        home: the site's own folder.
        site: the site.

    Raises:
        SourceError: it is recorded nowhere.
    """
    root = recordings_folder(site.settings, home, recordings())
    return recorded_path(to_play(run, root).removeprefix(RECORDED))


def plots_of_run(
    run: int, home: Path, site: Site, paths: Collection[str]
) -> RecordedPlots | str:
    """The plots of a run of a site into which faults can be put; or why there are none.

    Args:
        run: its number.
        home: the site's own folder.
        site: the site.
        paths: of the plots to look at.
    """
    try:
        return RecordedPlots(record_of(run, home, site), site, paths)
    except (SourceError, OSError, *BROKEN_RECORD) as error:
        return str(error)


def _wrong(
    source: ItemSource, plots: RecordedPlots | str, run: int, item: int
) -> Iterable[tuple[str, str]]:
    """The parts of an item that are wrong, and why."""
    if isinstance(plots, str):
        yield f"recorded[{item}]", f"recorded: run {run} is gone: {plots}"
        return
    if plots.updates < source.updates:
        words = f"updates: run {run} has {plots.updates}"
        yield "updates", words
    if not source.cause:
        return
    fault, _, path = source.cause.partition(":")
    if path not in plots.plots:
        why = plots.left_out.get(path, "it stands on no page for shifts")
        yield "cause", f'cause: "{path}" cannot be used of run {run}: {why}'
        return
    kind = INJECTIONS[fault]
    for at, size in enumerate(source.sizes or (kind.sizes[len(kind.sizes) // 2],)):
        if words := plots.why_unseen(fault, path, size):
            yield f"sizes[{at}]" if source.sizes else "cause", f"{path}: {words}"
