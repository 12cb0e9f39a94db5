"""Plays what the exam may be made of, and measures how strongly each page shows it.

Every candidate (a cause, its size and place, a type of run, a page) is simulated
several times with other seeds and written as the exam writes it; the page is compared
with that of good runs, and judged by the checks of the site, from the files. What is
put into recorded runs is played of these.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from dqmconsole.app.lesson_runs import ALWAYS, FIRST_RUN, MANY_RUNS
from dqmconsole.app.measure_recorded import RecordedPageMeasurement
from dqmconsole.app.measured_page import (
    cell_edges,
    page_named,
    picture,
    region,
    said_of,
    seed_of,
)
from dqmconsole.app.recorded_items import unlike_records
from dqmconsole.model.histogram import Histogram, Scalar
from dqmconsole.model.layout import subsystem_of
from dqmconsole.model.words import listed
from dqmconsole.rootio.errors import RootFileError
from dqmconsole.simulation.run import Options, write_whole
from dqmconsole.simulation.table.cause import CauseError
from dqmconsole.simulation.table.causes import CAUSES, aimed, parse_cause
from dqmconsole.sources.open import open_source, settle
from dqmconsole.training.files.measured_on import stamps
from dqmconsole.training.item_bank import (
    LUMISECTIONS,
    ONSETS,
    bank_words,
    choices,
    measurable_faults,
    page_subsystems,
    why_no_exam,
    why_nobody_passes,
)
from dqmconsole.training.lesson import (
    EXAMS,
    TOLD,
    MeasuredPage,
    MeasuredRow,
    split_cause,
    teaching,
)
from dqmconsole.training.strength import (
    ALIKE,
    by_one_factor,
    change,
    looks_like,
    standard,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from dqmconsole.model.histogram import Array
    from dqmconsole.model.site import Site
    from dqmconsole.simulation.table.cause import Cause
    from dqmconsole.site.kinds import SiteTables
    from dqmconsole.sources.source import Source
    from dqmconsole.training.lesson import Answer, ItemKind, RunType
    from dqmconsole.training.strength import Change, Picture, Standard

PATIENCE = 30.0  # s until a folder is listed


class Effort(NamedTuple):
    """How much is played.

    Attributes:
        trials: of each candidate.
        places: of each fault and size.
        good_runs: that pages are compared with; good pictures of recorded ones.
    """

    trials: int = 3
    places: int = 2
    good_runs: int = 12


class Candidate(NamedTuple):
    """What a page may be made of: cause is "NAME[:SUBSYSTEM]*SIZE#PLACE", or ""."""

    kind: ItemKind
    cause: str


class Seen(NamedTuple):
    """A page of one run.

    Attributes:
        pictures: path -> what is drawn; without what is no histogram, or missing.
        said: what the console says of the page.
        axes: path -> edges of the picture's cells, per axis.
    """

    pictures: dict[str, Picture]
    said: Answer
    axes: dict[str, tuple[Array, ...]]


class PageMeasurement:
    """Measures the candidates of one page in one type of run.

    Args:
        site: the site, read.
        home: its folder.
        tables: what features add to it.
        page: "Layout/Page".
        run_type: of the runs.
        effort: how much is played.
    """

    def __init__(
        self,
        site: Site,
        home: Path,
        tables: SiteTables,
        page: str,
        run_type: RunType,
        effort: Effort,
    ) -> None:
        self._site, self._home, self._tables = site, home, tables
        self.page, self.run_type, self._effort = page, run_type, effort
        self._only = tuple(dict.fromkeys((*ALWAYS, *page_subsystems(site, page))))
        self._page = page_named(site, page)
        self._good: dict[str, Standard] = {}
        self._axes: dict[str, tuple[Array, ...]] = {}

    def rows(self, candidates: Sequence[Candidate]) -> list[MeasuredRow]:
        """The rows of the page; what cannot be simulated there is left out.

        Raises:
            OSError: a run cannot be written, or read.
        """
        good = [self._see("", f"good {n}", 1) for n in range(self._effort.good_runs)]
        shapes = {path: each.values.shape for path, each in good[0].pictures.items()}
        for path, shape in shapes.items():
            all_ = [each.pictures[path] for each in good if path in each.pictures]
            if len(all_) == len(good) and all(e.values.shape == shape for e in all_):
                self._good[path] = standard(all_)
        self._axes = good[0].axes
        rows = [
            MeasuredRow(
                self.page, self.run_type, "nothing",
                trials=len(good), good_runs=len(good),
                bad=sum(each.said == "bad" for each in good),
                judged=sum(bool(each.said) for each in good),
            )
        ]  # fmt: skip
        looks: list[Mapping[str, Array]] = [{}]
        for each in candidates:
            try:
                row, look = self._row(each)
            except CauseError:
                continue
            rows.append(row)
            looks.append(look)
        return _without_likes(rows, looks)

    def _row(self, candidate: Candidate) -> tuple[MeasuredRow, Mapping[str, Array]]:
        trials = []
        for number in range(self._effort.trials):
            onset = ONSETS[number % len(ONSETS)]
            trials.append(self._see(candidate.cause, f"trial {number}", onset))
        changes = [
            {path: change(one.pictures.get(path), good)
             for path, good in self._good.items()}
            for one in trials
        ]  # fmt: skip
        mean = {
            path: float(np.mean([each[path].strength for each in changes]))
            for path in self._good
        }
        strength = max(mean.values(), default=0.0)
        plots = sorted(
            (path for path, value in mean.items() if value >= TOLD),
            key=lambda path: -mean[path],
        )
        said = [each.said for each in trials]
        row = MeasuredRow(
            self.page, self.run_type, candidate.kind, candidate.cause,
            len(trials), self._effort.good_runs, strength,
            said.count("bad"), len(said) - said.count(""), tuple(plots),
            region(self._axes.get(plots[0], ()), [each[plots[0]] for each in changes])
            if plots else (),
            self._why_out(candidate.kind, strength, changes, said)
            or self._all_alike(candidate.kind, plots, trials),
        )  # fmt: skip
        look = {
            path: np.mean([each[path].look for each in changes], axis=0)
            for path in self._good
        }
        return row, look

    def _why_out(
        self,
        kind: ItemKind,
        strength: float,
        changes: list[dict[str, Change]],
        said: list[Answer],
    ) -> str:
        if kind == "fault":
            return "" if strength >= TOLD else "it can hardly be seen"
        emptied = [path for one in changes for path, each in one.items()
                   if each.emptied]  # fmt: skip
        if emptied:
            return f"{emptied[0]} is empty, as of a fault"
        return "" if any(said) else "nothing on it is judged in such a run"

    def _all_alike(
        self, kind: ItemKind, plots: Sequence[str], trials: Sequence[Seen]
    ) -> str:
        """Why no picture can tell a fault that takes all of a page; or ""."""
        if kind != "fault" or not plots:
            return ""
        alike = all(
            by_one_factor(one.pictures.get(path), self._good[path], TOLD)
            for one in trials
            for path in plots
        )
        return "all is off by one factor, as of voltage that came late" if alike else ""

    def _see(self, cause: str, name: str, onset: int) -> Seen:
        """Play a run, and look at the page.

        Raises:
            CauseError: it cannot act there.
            OSError: the run cannot be written, or read.
        """
        seed = seed_of(self.page, self.run_type, cause, name)
        causes: tuple[Cause, ...] = ()
        if cause:
            before, mark, size = cause.partition("*")
            one = parse_cause(f"{before}{mark}{size}").beginning(onset)
            causes = (aimed(one, self._only),)
        with tempfile.TemporaryDirectory(prefix="dqmconsole-measure-") as folder:
            options = Options(
                Path(folder), self.run_type, 10.0, seed, causes,
                first_run=FIRST_RUN + seed % MANY_RUNS, only=self._only,
            )  # fmt: skip
            write_whole(options, LUMISECTIONS)
            said = said_of(self.page, folder, self._home, self._tables)
            source = open_source(
                folder, paths=self._site.settings.conditions, recorded=True
            )
            try:
                settle(source, PATIENCE)
                return self._looked(source, said)
            finally:
                source.close()

    def _looked(self, source: Source, said: Answer) -> Seen:
        pictures, axes = {}, {}
        for plot in self._page.plots:
            try:
                element = source.element(source.current_run, plot.path)
            except (KeyError, RootFileError):
                continue
            if isinstance(element, Histogram) and element.dimension <= 2:
                events = self._events(source, plot.path)
                pictures[plot.path] = picture(element, plot, events)
                axes[plot.path] = cell_edges(element, plot)
        return Seen(pictures, said, axes)

    def _events(self, source: Source, path: str) -> float:
        """Events that a plot's client saw; 0 where that is not known."""
        name = self._site.settings.conditions.events
        try:
            found = source.element(
                source.current_run, name.replace("{subsystem}", subsystem_of(path))
            )
        except (KeyError, RootFileError):
            return 0.0
        if isinstance(found, Scalar) and not isinstance(found.value, str):
            return float(found.value)
        return 0.0


def candidates(
    site: Site, page: str, run_type: RunType, places: int
) -> Iterator[Candidate]:
    """What a page may be made of by exam.yaml, in all sizes and some places.

    Of the sizes of a fault those of the study, too: what is small must be in the bank.
    A cause that acts on the console alone is not simulated, and makes no row; nor does
    one that is put into recorded runs.
    """
    table = {each.name: each for each in CAUSES}
    found: dict[Candidate, None] = {}
    for each in choices(site):
        if each.page != page or each.run_type != run_type or each.evidence:
            continue
        name, _ = split_cause(each.cause)
        if not name or each.recorded or table[name].acts_on == "session":
            continue
        cause = table[name]
        many = places if each.kind == "fault" and cause.acts_on == "state" else 1
        for size in dict.fromkeys((each.size or cause.size, *cause.sizes)):
            for place in range(many):
                text = f"{each.cause}*{size:g}#{place}"
                found.setdefault(Candidate(each.kind, text))
    yield from found


def pages(site: Site, run_type: RunType | None = None) -> list[MeasuredPage]:
    """The pages of exam.yaml with a fault that can be measured, in order.

    Args:
        site: the site, read.
        run_type: those in simulated runs of this type alone; None: all.
    """
    return list(dict.fromkeys(
        MeasuredPage(page, each, bool(source.recorded))
        for source in measurable_faults(teaching(site))
        for each in source.run_types
        if run_type is None or (run_type == each and not source.recorded)
        for page in source.pages
    ))  # fmt: skip


def measure(
    site: Site,
    home: Path,
    tables: SiteTables,
    effort: Effort,
    done: Sequence[MeasuredRow],
    keep: Callable[[Sequence[MeasuredRow]], None],
    progress: Callable[[int, int], None],
    *,
    again: bool = False,
    run_type: RunType | None = None,
) -> tuple[str, ...]:
    """Measure page after page; those that are there already are left as they are.

    Args:
        site: the site, read.
        home: its folder.
        tables: what features add to it.
        effort: how much is played.
        done: rows that were measured before.
        keep: is given all rows after each page.
        progress: is told how many pages are done, of how many.
        again: those that are there are measured, too, and keep their rows until then.
        run_type: pages in simulated runs of this type alone; None: all.

    Returns:
        Which pages of recorded runs could not be measured, and why: they keep the rows
        that they had.

    Raises:
        OSError: a simulated run cannot be written, or read.
    """
    rows, wanted = list(done), pages(site, run_type)
    now = stamps(home, site, teaching(site).matter)
    there = set() if again else {each.measured_page for each in rows}
    troubles = []
    for number, page in enumerate(wanted):
        progress(number, len(wanted))
        if page in there:
            continue
        try:
            found = _rows_of(site, home, tables, page, effort)
        except OSError as error:
            if not page.recorded:
                raise
            troubles.append(f"{page.page}: {error}")
            continue
        new = [msgspec.structs.replace(row, of=now[page]) for row in found]
        rows = [each for each in rows if each.measured_page != page] + new
        keep(rows)
    return tuple(troubles)


def not_as_measured(
    site: Site, home: Path, run_type: RunType | None = None
) -> Iterator[str]:
    """What of the bank is not as it was measured, or not enough for an exam.

    Args:
        site: the site, read after the bank was written.
        home: its folder.
        run_type: pages in simulated runs of this type alone; None: all.
    """
    exam, wanted = teaching(site).exam, pages(site, run_type)
    before = exam.measured_before if exam is not None else ()
    if exam is not None and (old := [e.page for e in before if e in wanted]):
        yield f"{bank_words(exam)} ({listed(tuple(dict.fromkeys(old)))})"
    if run_type is None:
        yield from (each.words for each in unlike_records(site, home))
    there = {each.measured_page for each in exam.measured} if exam else set()
    for name, types in EXAMS.items():
        of_it = [each for each in pages(site) if each.run_type in types]
        if not (of_it and there.issuperset(of_it)):
            continue
        if words := why_no_exam(site, name):
            yield words
        if words := why_nobody_passes(site, name, telling=True):
            yield words


def _rows_of(
    site: Site, home: Path, tables: SiteTables, page: MeasuredPage, effort: Effort
) -> list[MeasuredRow]:
    if page.recorded:
        return RecordedPageMeasurement(
            *(site, home, tables, page),
            trials=effort.trials,
            places=effort.places,
            good_pictures=effort.good_runs,
        ).rows()
    wanted = candidates(site, page.page, page.run_type, effort.places)
    one = PageMeasurement(site, home, tables, page.page, page.run_type, effort)
    return one.rows(tuple(wanted))


def _without_likes(
    rows: Sequence[MeasuredRow], looks: Sequence[Mapping[str, Array]]
) -> list[MeasuredRow]:
    """The rows; a good page that looks like that of a fault is out."""
    faults = [at for at, row in enumerate(rows) if row.kind == "fault" and not row.out]
    found = []
    for row, look in zip(rows, looks, strict=True):
        if row.looks_wrong and not row.out:
            like = max(faults, key=lambda at: looks_like(look, looks[at]), default=None)
            if like is not None and looks_like(look, looks[like]) > ALIKE:
                why = f"it looks like {rows[like].cause}"
                found.append(msgspec.structs.replace(row, out=why))
                continue
        found.append(row)
    return found
