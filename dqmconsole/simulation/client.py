"""One DQM client: its elements through a run, and what it writes of them."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.histogram import Axis, Histogram, QualityResult, Scalar
from dqmconsole.simulation.elements import (
    BookedElements,
    Element,
    MonitorElement,
    frozen_all,
    labelled,
)
from dqmconsole.simulation.judge import Judge, Results, report
from dqmconsole.simulation.lumisection import Lumisection

if TYPE_CHECKING:
    from dqmconsole.simulation.state.detector import DetectorState
    from dqmconsole.simulation.subsystem import Subsystem

StoredItem = Histogram | Scalar | QualityResult


class SubsystemClient:
    """The client that fills and writes one subsystem.

    Attributes:
        subsystem: what it serves.
        book: its elements.
        processed: events it has processed in this run.
        lumisection: the last lumisection it has processed.
        seen_at: unix time of the latest event it has processed, s.
    """

    def __init__(
        self,
        subsystem: Subsystem,
        state: DetectorState,
        rng: np.random.Generator | None = None,
        *,
        tested: bool = True,
    ) -> None:
        """Book the elements.

        Args:
            subsystem: what it serves.
            state: the detector.
            rng: draws what is filled; one of the state's seed when None.
            tested: its quality tests are made.
        """
        self.subsystem = subsystem
        self.state = state
        name = subsystem.name
        channels = state.channels.get(name)
        self._channels = channels
        built = None if channels is None else channels.built
        rows = subsystem.rows(state.run_type, built)
        self.book = BookedElements(rows)
        self.judge = Judge(rows if tested else ())
        self.processed = 0
        self.lumisection = 0
        self.seen_at = 0.0
        seeds = [state.seed, zlib.crc32(name.encode())]
        self._rng = np.random.default_rng(seeds) if rng is None else rng
        self._frozen: dict[str, list[StoredItem]] | None = None
        self._last_results: Results | None = None

    def begin_run(self) -> None:
        """Empty everything, as a client that enters a new run."""
        self.book.reset()
        self.judge.reset()
        self.processed = 0
        self.lumisection = 0
        self._frozen = None

    def step(self, now: float) -> None:
        """Process the state's lumisection, which ends at unix time `now`, s."""
        mine = self.state.clients[self.subsystem.name]
        if mine.restart:
            self.begin_run()
            self._last_results = None
        if mine.frozen:
            return
        if mine.tests:
            self._last_results = None
        elif self._last_results is None:  # as they stood before this lumisection
            self._last_results = self._judge(frozen_all(self.book.elements))
        self._frozen = None
        self.book.begin_lumisection()
        processed = round(self.state.events * mine.efficiency)
        events = round(processed * (1 + mine.repeated))
        hits = noise = missed = np.zeros(0, np.int64)
        if self._channels is not None:
            counted = self.subsystem.counted(self.state, events)
            times = counted * self.subsystem.activity(self.state)
            rates = self._channels.rates(self.state.feds)
            hits = self._rng.poisson(rates.particles * times)
            # a mean of 0 draws nothing: without a fault all else is as it was
            noise = self._rng.poisson(rates.noise * counted)
            missed = self._rng.poisson(rates.missed * times)
        if self.subsystem.name not in self.state.out:
            current = Lumisection(
                state=self.state,
                rng=self._rng,
                number=self.state.lumisection,
                events=events,
                own=self._channels,
                hits=hits + noise,
                noise=noise,
                missed=missed,
            )
            self.book.fill(current)
            if self.subsystem.scalars is not None:
                self.book.scalars.update(self.subsystem.scalars(current))
        self.processed += processed
        self.lumisection = self.state.lumisection
        self.seen_at = now

    def contents(self, started: float) -> dict[str, list[StoredItem]]:
        """Everything a snapshot holds now: folder -> elements, scalars, results.

        A frozen client gives what it gave before it froze, its times included; one
        whose tests stand still the last results of these, in the next run, too. Those
        that stand still from the start on are of empty elements: too few entries.

        Args:
            started: unix time of the run's start, s.
        """
        mine = self.state.clients[self.subsystem.name]
        if mine.frozen and self._frozen is not None:
            return self._frozen
        written = frozen_all(self.book.elements)
        judged = self._judge(written)
        folders: dict[str, list[StoredItem]] = {}
        for path, histogram in written.items():
            folders.setdefault(path.rpartition("/")[0], []).append(histogram)
        for path, _, result in judged:
            folders[path.rpartition("/")[0]].append(result)
        for path, value in self.book.scalars.items():
            folder, _, name = path.rpartition("/")
            folders.setdefault(folder, []).append(Scalar(name, value))
        parts = report(judged, self.subsystem.parts)
        if self.subsystem.report is not None:
            parts = self.subsystem.report(written)
        self._add_event_info(folders, parts, started)
        self._frozen = folders
        return folders

    def _judge(self, written: dict[str, Histogram]) -> Results:
        if self._last_results is not None:
            return self._last_results
        return self.judge.judge(written, self.lumisection)

    def _add_event_info(
        self,
        folders: dict[str, list[StoredItem]],
        parts: dict[str, float],
        started: float,
    ) -> None:
        """Add the standard scalars and the report summary.

        Args:
            folders: folder -> what it holds, added to.
            parts: part of the report summary -> its value, 0 to 1 or -1.
            started: unix time of the run's start, s.
        """
        name = self.subsystem.name
        judged = [value for value in parts.values() if value >= 0]
        # a file may hold more than its own top folder, as EcalBarrel in CMS's Ecal:
        # each has its EventInfo
        for top in {name: 0} | {folder.split("/", 1)[0]: 0 for folder in folders}:
            info = folders.setdefault(f"{top}/EventInfo", [])
            given = {item.name for item in info}
            standard = (
                Scalar("iRun", self.state.run),
                Scalar("iLumiSection", self.lumisection),
                Scalar("iEvent", self.processed * 137),
                Scalar("runStartTimeStamp", started),
                Scalar("processTimeStamp", self.seen_at or started),
                Scalar("processedEvents", self.processed),
                Scalar("reportSummary", float(np.mean(judged)) if judged else -1.0),
            )
            info += [item for item in standard if item.name not in given]
            path = f"{top}/EventInfo/reportSummaryMap"
            if path not in self.book and parts:
                info.append(_summary_map(name, parts))
        contents = folders.setdefault(f"{name}/EventInfo/reportSummaryContents", [])
        contents += [Scalar(part, value) for part, value in parts.items()]


def _summary_map(name: str, parts: dict[str, float]) -> Histogram:
    """The report summary as a map of one column, one row per part."""
    element = MonitorElement(
        Element(
            f"{name}/EventInfo/reportSummaryMap",
            f"{name} report summary (1 good, 0 bad, -1 not judged)",
            (Axis(1, 0.0, 1.0), labelled(tuple(parts))),
            root_class="TH2F",
            accumulates="latest",
        )
    )
    element.add(np.array([list(parts.values())]))
    element.entries = len(parts)
    return element.frozen()
