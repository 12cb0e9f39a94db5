"""Measures pages of recorded runs: how strongly each fault that is put in shows there.

A page is shown as an exam shows it: some of the updates of the run in a row, from
another one each time, with a fault put into one plot. The plot is compared with good
pictures of as many updates each, drawn at random, any of them several times, from those
of the run, and of the other runs of the page: so a recorded run, be it short, gives as
many good pictures as are wanted (Efron, Ann. Statist. 7 (1979) 1: the bootstrap). They
scatter as counts do, and by what differs from update to update and from run to run.
What they cannot tell: how a run differs from others that are not among these, and what
drifts slowly within one, for each picture is of all of its parts.
"""

from __future__ import annotations

import math
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from dqmconsole.app.injected_run import (
    InjectedRun,
    InjectedRunError,
    stretch_start,
    write_whole,
)
from dqmconsole.app.measured_page import (
    cell_edges,
    page_named,
    picture,
    region,
    said_of,
    seed_of,
)
from dqmconsole.app.options import record_to_play
from dqmconsole.app.recorded_items import RecordedPlots, record_hash
from dqmconsole.desk.injection_table import INJECTIONS, parse_injection
from dqmconsole.model.histogram import Histogram
from dqmconsole.recording.packing import total
from dqmconsole.recording.run_file import BROKEN_RECORD
from dqmconsole.sources.recorded import RECORDED, recorded_path
from dqmconsole.sources.recorded_steps import RecordedSteps
from dqmconsole.sources.source import SourceError
from dqmconsole.training.files.measured_on import updates_shown
from dqmconsole.training.item_bank import ONSETS
from dqmconsole.training.lesson import (
    EVERYWHERE,
    TOLD,
    MeasuredRow,
    split_cause,
    teaching,
)
from dqmconsole.training.strength import change, standard

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dqmconsole.model.histogram import Array
    from dqmconsole.model.layout import Plot
    from dqmconsole.model.site import Site
    from dqmconsole.site.kinds import SiteTables
    from dqmconsole.training.lesson import Answer, MeasuredPage
    from dqmconsole.training.strength import Picture

FEWEST_GOOD = 3  # good pictures of a run


class Recorded(NamedTuple):
    """A recorded run of a page.

    Attributes:
        number: of the run.
        path: of its record.
        plots: those into which faults are put.
        good: path of a plot -> its good pictures.
    """

    number: int
    path: Path
    plots: RecordedPlots
    good: dict[str, list[Picture]]


class Trial(NamedTuple):
    """A page of a stretch of a run.

    Attributes:
        said: what the console says of it.
        picture: of the plot into which a fault was put; None where none was.
        edges: of the cells of the picture, per axis.
    """

    said: Answer
    picture: Picture | None = None
    edges: tuple[Array, ...] = ()


class RecordedPageMeasurement:
    """Measures the faults that exam.yaml puts into recorded runs of one page.

    Args:
        site: the site, read.
        home: its folder.
        tables: what features add to it.
        page: the page.
        trials: of each fault, and of each good run.
        places: of each fault that is in one place.
        good_pictures: with which each plot is compared, of all runs together.
    """

    def __init__(
        self,
        site: Site,
        home: Path,
        tables: SiteTables,
        page: MeasuredPage,
        *,
        trials: int,
        places: int,
        good_pictures: int,
    ) -> None:
        self._site, self._home, self._tables, self._page = site, home, tables, page
        self._trials, self._places, self._good = trials, places, good_pictures
        self._sources = [
            each
            for each in teaching(site).matter
            if each.recorded
            and page.page in each.pages
            and page.run_type in each.run_types
        ]
        self._drawn: dict[str, Plot] = {
            each.path: each for each in page_named(site, page.page).plots
        }
        self._updates = updates_shown(self._sources)

    def rows(self) -> list[MeasuredRow]:
        """The rows of the page, in all of its runs.

        Raises:
            OSError: a run is gone, shorter than exam.yaml says, or cannot be played.
        """
        numbers = dict.fromkeys(run for each in self._sources for run in each.recorded)
        runs = []
        for number in numbers:
            try:
                runs.append(self._opened(number, len(numbers)))
            except (SourceError, *BROKEN_RECORD) as error:
                message = f"run {number} is gone: {error}"
                raise OSError(message) from error
        found = []
        for run in runs:
            try:
                found += self._rows_of(run, runs)
            except (SourceError, InjectedRunError, *BROKEN_RECORD) as error:
                message = f"run {run.number} cannot be played: {error}"
                raise OSError(message) from error
        return found

    # -- one run -----------------------------------------------------------------------

    def _opened(self, number: int, of: int) -> Recorded:
        """A run, with good pictures of its plots; one of so many."""
        words = record_to_play(number, str(self._home))
        path = recorded_path(words.removeprefix(RECORDED))
        paths = {parse_injection(e.cause).path for e in self._sources if e.cause}
        plots = RecordedPlots(path, self._site, paths)
        least = max(e.updates for e in self._sources if number in e.recorded)
        if plots.updates < least:
            message = f"it has {plots.updates} updates, and exam.yaml says {least}"
            raise SourceError(message)
        many = max(FEWEST_GOOD, math.ceil(self._good / of))
        with closing(RecordedSteps(path)) as steps:
            good = {
                each: self._good_pictures(steps, plots, each, many)
                for each in plots.plots
                if each in self._drawn
            }
        return Recorded(number, path, plots, good)

    def _good_pictures(
        self, steps: RecordedSteps, plots: RecordedPlots, path: str, many: int
    ) -> list[Picture]:
        """So many pictures of a plot, each of updates that are drawn at random."""
        booking, exposures = steps.booking(path), plots.plots[path].exposures
        assert booking is not None
        updates = np.array(list(exposures))
        shown = max(round(self._updates * len(updates) / plots.updates), 1)
        words = (self._page.page, path, str(steps.current_run))
        rng = np.random.default_rng(seed_of(*words))
        found = []
        for _ in range(many):
            drawn = rng.choice(updates, shown).tolist()
            data = booking.filled(total([steps.increment(path, e) for e in drawn]))
            found.append(self._picture(plots, path, data, drawn))
        return found

    def _picture(
        self, plots: RecordedPlots, path: str, data: Histogram, updates: Sequence[int]
    ) -> Picture:
        """A plot as it is compared: for its events, or its area.

        Args:
            plots: of its run.
            path: of the plot.
            data: what it holds.
            updates: lumisections of the record, of which that is.
        """
        exposures = plots.plots[path].exposures
        by = sum(exposures.get(each, 0.0) for each in updates)
        if plots.is_by_area(path):
            by = float(np.sum(data.values()))
        return picture(data, self._drawn[path], by)

    def _rows_of(self, run: Recorded, runs: Sequence[Recorded]) -> list[MeasuredRow]:
        said = [self._play(run, "", n).said for n in range(self._trials)]
        good = MeasuredRow(
            self._page.page, self._page.run_type, "nothing",
            trials=len(said), bad=said.count("bad"),
            judged=len(said) - said.count(""),
        )  # fmt: skip
        rows = [good, *(self._row(run, runs, each) for each in self._causes(run))]
        # what is put on a page that is bad by itself asks for two answers
        bad = ""
        if not good.is_unseen:
            bad = f"the console finds it BAD in run {run.number} as it was recorded"
        record = record_hash(run.path, self._drawn)
        return [
            msgspec.structs.replace(
                each,
                out=bad or each.out,
                recorded=run.number,
                updates=self._updates,
                record=record,
            )
            for each in rows
        ]

    def _causes(self, run: Recorded) -> Iterator[str]:
        """What is put into a run: "NAME:PATH*SIZE#PLACE", in all sizes and places.

        Of the sizes of a fault all that it has: what is small must be in the bank.
        """
        found: dict[str, None] = {}
        for source in self._sources:
            if not source.cause or run.number not in source.recorded:
                continue
            fault = split_cause(source.cause)[0]
            for size in dict.fromkeys((*source.sizes, *INJECTIONS[fault].sizes)):
                for place in range(1 if fault in EVERYWHERE else self._places):
                    found[f"{source.cause}*{size:g}#{place}"] = None
        yield from found

    def _row(self, run: Recorded, runs: Sequence[Recorded], cause: str) -> MeasuredRow:
        fault = parse_injection(cause)
        row = MeasuredRow(self._page.page, self._page.run_type, "fault", cause)
        if fault.path not in run.good:
            why = run.plots.left_out.get(fault.path, "it stands on no page for shifts")
            return msgspec.structs.replace(row, out=f"{fault.path}: {why}")
        if why := run.plots.why_unseen(fault.fault, fault.path, fault.size):
            return msgspec.structs.replace(row, out=why)
        trials = [self._play(run, cause, number) for number in range(self._trials)]
        pictures = _comparable(run, runs, fault.path)
        good = standard(pictures)
        changes = [change(each.picture, good) for each in trials]
        strength = float(np.mean([each.strength for each in changes]))
        said = [each.said for each in trials]
        seen = strength >= TOLD
        return msgspec.structs.replace(
            row,
            trials=len(trials),
            good_runs=len(pictures),
            strength=strength,
            bad=said.count("bad"),
            judged=len(said) - said.count(""),
            plots=(fault.path,) if seen else (),
            region=region(trials[0].edges, changes) if seen else (),
            out="" if seen else "it can hardly be seen",
        )

    def _play(self, run: Recorded, cause: str, number: int) -> Trial:
        """Play a stretch of a run, with a fault in it or none, and look at the page.

        Raises:
            OSError: it cannot be written, or judged.
        """
        before, mark, size = cause.partition("*")
        onset = ONSETS[number % len(ONSETS)]
        faults = [parse_injection(f"{before}@{onset}{mark}{size}")] if cause else []
        seed = seed_of(*map(str, (*self._page, run.number, cause, number)))
        conditions = self._site.settings.conditions
        word = self._site.settings.lumisection
        with (
            closing(InjectedRun(run.path, conditions, faults, word=word)) as played,
            tempfile.TemporaryDirectory(prefix="dqmconsole-measure-") as folder,
        ):
            played.pass_over(stretch_start(seed, played.updates, self._updates))
            write_whole(played, Path(folder), self._updates)
            said = said_of(self._page.page, folder, self._home, self._tables)
            if not faults:
                return Trial(said)
            path = faults[0].path
            data = played.source.element(run.number, path)
            assert isinstance(data, Histogram)  # it counts
            shown = self._picture(run.plots, path, data, played.lumisections)
            return Trial(said, shown, cell_edges(data, self._drawn[path]))


def _comparable(run: Recorded, runs: Sequence[Recorded], path: str) -> list[Picture]:
    """The good pictures of a plot of a run, and those of other runs with its bins."""
    shape = run.good[path][0].values.shape
    return [
        picture
        for each in runs
        for picture in each.good.get(path, ())
        if picture.values.shape == shape
    ]
