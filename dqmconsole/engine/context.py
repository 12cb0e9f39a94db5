"""A source and a site, opened together: everything an engine knows of them."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.checks.table import import_fits
from dqmconsole.engine.alarms import Alarms
from dqmconsole.engine.bundling import EvidenceSource, preparing, refusal, rewording
from dqmconsole.engine.catalogue import Catalogue
from dqmconsole.engine.elements import PLOT_ERRORS, Elements
from dqmconsole.engine.examples import drawing
from dqmconsole.engine.exporting import exporting
from dqmconsole.engine.feeds import fed_by
from dqmconsole.engine.fitting import FitProcess, fit_job
from dqmconsole.engine.jobs import Jobs, refused
from dqmconsole.engine.judging import Judging
from dqmconsole.engine.lost_conditions import LostConditions
from dqmconsole.engine.memory import Memory
from dqmconsole.engine.number_history import history_job
from dqmconsole.engine.outages import Outages
from dqmconsole.engine.past_tiles import PastTiles, recorded_job
from dqmconsole.engine.quarantine import Quarantine
from dqmconsole.engine.recording import Recording
from dqmconsole.engine.reference_runs import RecordedRuns, ReferenceRuns, RunRecords
from dqmconsole.engine.references import (
    NOTHING,
    References,
    base_folder,
    recorded_folders,
)
from dqmconsole.engine.run_bands import RunBands
from dqmconsole.engine.run_record import RunRecord
from dqmconsole.engine.site_releases import SiteReleases, with_last_healthy
from dqmconsole.engine.source_state import Observer, SourceState, overridden
from dqmconsole.engine.tiles import Tiles
from dqmconsole.model.frame import FalseAlarmsFact, NoticeFact, ProblemsFact
from dqmconsole.model.layout import layout_of
from dqmconsole.model.message import UseOverrides, WatchItem
from dqmconsole.model.problem import Problem
from dqmconsole.model.reference import ByHand
from dqmconsole.model.site import Site, SiteSettings
from dqmconsole.recording.recent import Recent
from dqmconsole.recording.recorder import Limits, Recorder
from dqmconsole.recording.run_file import ALONE, folder_of_file, source_folder
from dqmconsole.rootio.errors import RootFileError
from dqmconsole.site.by_folder import layouts_by_folder, undrawn
from dqmconsole.site.kinds import CORE
from dqmconsole.site.layouts import plots_of
from dqmconsole.site.ledger import LedgerError
from dqmconsole.site.nearest import did_you_mean
from dqmconsole.site.site import (
    SITE,
    bundled_site,
    recordings_folder,
    site_changed,
    site_stamp,
)
from dqmconsole.sources.combined import CombinedSource
from dqmconsole.sources.one_file import SingleFile
from dqmconsole.sources.open import (
    REPLAY,
    SiteSays,
    is_read_otherwise,
    open_by_site,
    opened_alone,
    settings_of,
)
from dqmconsole.sources.recorded import RECORDED, RecordedRun, recorded_path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dqmconsole.engine.changes import Change
    from dqmconsole.engine.site_releases import Reading
    from dqmconsole.engine.tiles import WatchedPlot
    from dqmconsole.model.frame import Fact, Tile
    from dqmconsole.model.graph import Element
    from dqmconsole.model.histogram import QualityResult
    from dqmconsole.model.layout import Normalization, ReferenceMode
    from dqmconsole.model.message import (
        AddWords,
        AskHistory,
        AskRecorded,
        Browse,
        Children,
        DrawExamples,
        Export,
        Fit,
        Found,
        MakeEvidence,
        Open,
        Up,
        UseReference,
    )
    from dqmconsole.model.past import PastMoment
    from dqmconsole.model.run import RunInfo
    from dqmconsole.model.run_quality import RunQuality
    from dqmconsole.site.kinds import SiteTables
    from dqmconsole.site.site import Stamp
    from dqmconsole.sources.source import Source

_log = logging.getLogger(__name__)
UNREAL_BYTES = 1 << 30  # of recorded runs of what carries a banner
LISTS_EVERY = 20  # times as long as listing all elements of a run takes
LOOK_EVERY = 0.5  # s between two looks at the clients when no file changed


class SourceContext:
    """One source judged and drawn by one site.

    Args:
        source: the source; closed with this.
        folder: folder of the site.
        override: a reference file that goes before all rules, or "".
        reading: the site as it was just read, with the places of its parts.
        clock: a monotonic clock, s, for the slices: the loop's.
        releases: what is read of the site; its working copy when left out.
        memory: what is kept across restarts, or None; closed with this.
        recorder: records what is judged, or None; closed with this.
        records: folder of the recorded runs, where nothing records now, or None.
        by_hand: the reference chosen for the session.
        at_once: what checks find holds, be it seen in one update alone.
        quarantine: knows the checks that do not end; closed with this.
        text: the source as a person names it; what the site says of it holds.
        site_named: nobody asked for the site: a source of which it shows nothing is
            shown by its folders instead, when this is false.
    """

    def __init__(
        self,
        source: Source,
        folder: Path,
        override: str = "",
        reading: Reading | None = None,
        clock: Callable[[], float] = time.perf_counter,
        releases: SiteReleases | None = None,
        memory: Memory | None = None,
        recorder: Recorder | None = None,
        records: Path | None = None,
        *,
        by_hand: ByHand = NOTHING,
        at_once: bool = False,
        quarantine: Quarantine | None = None,
        text: str = "",
        site_named: bool = True,
    ) -> None:
        self.source = source
        self._text = text
        self._shown_by_folder = 0  # the run whose elements are
        self._kinds: dict[str, str] = {}  # of these, by path
        self._listed_of: object = None  # run and versions
        self._list_at = 0.0
        self._quarantine = quarantine or Quarantine()
        self._at_once = at_once
        self._folder = folder
        self._override = override
        self._by_hand = by_hand
        self._overrides = UseOverrides(0)
        self._memory = memory
        self._clock = clock
        self.moment: float | None = None  # now
        self.catalogue = Catalogue(source, clock)
        self._jobs = Jobs(clock)
        self._fits = FitProcess()
        self._outages = Outages()
        self._lost_conditions = LostConditions()
        self._record = RunRecord(memory)
        self.state = SourceState(now=0.0)
        self.recording = None
        if recorder is not None:
            self.recording = Recording(recorder, self._readable, self._qualities)
        self._records = records if recorder is None else recorder.folder
        self._run_records = RunRecords(self._records)
        self._bands = RunBands(self._run_records, clock)
        decoded = None if self.recording is None else self.recording.take
        self._elements = Elements(source, decoded=decoded)
        gained = None if self.recording is None else self.recording.take_gained
        record = source if isinstance(source, RecordedRun) else recorder
        self.recent = Recent(
            gained=gained, recorded=(record or self._run_records).steps
        )
        self._back: PastTiles | None = None
        self._problems: tuple[Problem, ...] = ()
        self._trouble: tuple[Problem, ...] = ()
        self._facts: list[Fact] = []
        self._look_at = 0.0
        self._releases = releases or SiteReleases(folder)
        self._stamp: Stamp = site_stamp(folder)
        self._unasked = None if site_named else reading or self._releases.open()
        if self._unasked is None:
            self._use_site(reading or self._releases.open())
        else:  # until it is known what the source holds
            nothing = SiteSettings(Path(source.name).name)
            self._use_site((Site(str(folder), "", nothing, ()), {}))
        self._alarms = Alarms(self.site, fed_by(self.site), memory)
        self._alarm_trouble: tuple[Problem, ...] = ()

    @classmethod
    def of(cls, request: Open, tables: SiteTables = CORE) -> SourceContext:
        """Open what the console asks for.

        Args:
            request: the source, and the site that judges it.
            tables: what features add to a site.

        Raises:
            SourceError: the text names no source.
            OSError: it cannot be reached.
        """
        folder = Path(request.site) if request.site else bundled_site()
        releases = SiteReleases(folder, request.release, tables)
        reading = site, places = releases.open()
        override = str(Path(request.reference).absolute()) if request.reference else ""
        own = Path(request.recordings)
        root, limits = recordings_folder(site.settings, folder, own), Limits()
        if request.banner:  # nothing real: not among the site's, and not much of it
            root, limits = own, Limits(bytes=UNREAL_BYTES)
        named = request.source
        if opened_alone(named, site.settings, folder):
            named += ALONE  # it must not hold what the streams are to be told of
        folder_of_runs = source_folder(root, named)
        records_it = bool(request.recordings) and not request.recorded
        recorder: Recorder | None = None

        def has_lease() -> bool | None:
            if not records_it:
                return True
            return None if recorder is None else recorder.has_lease()

        memory, records = None, None
        if request.memory and not request.source.startswith((REPLAY, RECORDED)):
            # with the records where one engine of all users writes them
            shared = records_it and root != own
            kept = folder_of_runs if shared else Path(request.memory)
            memory = Memory(kept, named, has_lease)
        try:
            source = open_by_site(
                request.source,
                SiteSays(site.settings, site.layouts, folder, places),
                speed=request.speed,
                opened=request.opened or None,
                recorded=request.recorded,
                memory=memory,
                awaited=True,
            )
        except BaseException:
            releases.close()
            if memory is not None:
                memory.close()
            raise
        if request.source.startswith(RECORDED):
            records = recorded_path(request.source.removeprefix(RECORDED)).parent
        elif memory is None and records_it and not request.source.startswith(REPLAY):
            records = records_of(source, root, named)
        if memory is not None and records_it:
            recorder = Recorder(folder_of_runs, named, limits)
        return cls(
            source,
            folder,
            override,
            reading,
            releases=releases,
            memory=memory,
            recorder=recorder,
            records=records,
            by_hand=_by_hand(request.reference_run, request.reference_file),
            text=request.source,
            quarantine=Quarantine(
                Path(request.memory) if request.memory else None,
                *(request.source, request.before),
            ),
            site_named=bool(request.site or request.banner),
        )

    @property
    def pending(self) -> int:
        """Pieces of work that wait."""
        waiting = self.tiles.pending + self.judging.pending + self.catalogue.pending
        waiting += self._jobs.pending + self._bands.pending
        waiting += 0 if self._back is None else self._back.pending
        return waiting + self._releases.pending

    @property
    def chooses_site(self) -> bool:
        """It is not known yet by which site the source is shown."""
        return self._unasked is not None and not self._shown_by_folder

    @property
    def records(self) -> Path | None:
        """Folder in which runs of the source are recorded; None where none are."""
        return self._records

    @property
    def settled(self) -> bool:
        """All plots are judged, and none waits for a reference."""
        return not self.judging.pending and not self._references.waiting

    @property
    def drawing(self) -> bool:
        """Tell whether watched plots are still to be looked at."""
        back = self._back is not None and self._back.pending > 0
        return back or self.tiles.pending > 0

    def watch(
        self, items: tuple[WatchItem, ...], past: PastMoment | None = None
    ) -> None:
        """Replace what is watched; every tile of it is sent, with its reference.

        Args:
            items: the plots.
            past: they are drawn from the record, as they stood at that moment; None:
                as they are now.
        """
        self.tiles.watch(items if past is None else ())
        if self._back is not None and self._back.moment != past:
            self._back.close()
            self._back = None
        if past is not None:
            self._back = self._back or self._looking_back(past)
            self._back.watch(items)
        self.judging.forget_loose(frozenset(item.path for item in items))

    def _looking_back(self, past: PastMoment) -> PastTiles:
        plots = {key: one.plot for key, one in self.judging.plots.items()}
        return PastTiles(
            past, self._records, self.state, self._references, self.site, plots
        )

    def _renew_tiles(self) -> None:
        """Draw all that is watched again: it is compared with something else."""
        self.tiles.renew()
        if self._back is not None:
            self._back.renew()

    def use_reference(self, request: UseReference) -> None:
        """Compare all plots with a run or file; by the site's rules for neither."""
        self._by_hand = _by_hand(request.run, request.file)
        self._references.use(self._by_hand)
        self._renew_tiles()

    def use_overrides(self, request: UseOverrides) -> None:
        """Judge a run as if the detector control said otherwise."""
        self._overrides, self._look_at = request, 0.0

    def keep_quality(self, runs: tuple[RunQuality, ...]) -> None:
        """Keep whether runs are good, where this engine records."""
        if self.recording is not None:
            self.recording.recorder.note_quality(runs)

    def header(self) -> RunInfo:
        """The run header."""
        return self.state.header()

    def can_be_polled(self, until: float) -> bool:
        """Go on with plots that are being judged; whether all of them are through.

        They are judged on what was there before, a large map in several slices.
        """
        return self.judging.finish(until)

    def poll(self, now: float) -> None:
        """Take in what is new at `now` (unix time, s), and queue what it touches.

        A source that fails is a problem; what it had grows old.
        """
        self.judging.finish()
        self._facts += self._releases.go_on()
        changed, trouble = False, self._trouble
        try:
            changed = self.source.poll(now)
            self._facts += self.source.facts()
            trouble = ()
        except (RootFileError, OSError) as error:
            trouble = self._failed(error)
        if self._references.poll(now):
            self._renew_tiles()
            self.judging.renew(lacking=not self._references.replaced)
            self._look_at = 0.0
        if not changed and 0 <= self._look_at - now <= LOOK_EVERY:
            self._trouble = trouble
            return
        self._look_at = now + LOOK_EVERY
        try:
            state = overridden(self._observer.observe(now), self._overrides)
        except (RootFileError, OSError) as error:
            trouble = self._failed(error)
            state = msgspec.structs.replace(self.state, now=now)
        self._trouble = trouble
        before, self.state = self.state, state
        if self._references.notice(state.run, state.conditions):
            self._renew_tiles()
            self.judging.renew()
        unit = self.site.settings.unit
        self._facts += self._references.take_turned(state.reached, unit)
        if before.run != self.state.run:
            self._elements.keep_runs((self.state.run, self.state.previous))
        self._facts += self._outages.look(state, self.judging.applies)
        self._facts += self._lost_conditions.look(state)
        self._facts += self._record.look(
            state,
            lambda path: self._elements.readable(state.run, path),
            self.site.settings,
        )
        if self.recording is not None:
            self.recording.notice(self.state)
            for recalled in self.recording.recorder.take_recalled():
                self.judging.recall(recalled)
        self.judging.notice(self.state)
        self.tiles.notice(self.state)

    def _failed(self, error: Exception) -> tuple[Problem, ...]:
        if not self._trouble:
            _log.error("the source fails", exc_info=error)
        said = f"the source fails: {error}"
        return (Problem(said, self.source.name, kind="source"),)

    def draw(self, until: float) -> list[Tile]:
        """Judge and draw the watched plots that changed, in a slice; one at least.

        Of one whose judging alone fills the slice, the judging.
        """
        tiles = []
        while (one := self.tiles.first()) is not None:
            if not self.judging.work_for(one.item.key, self.state, until):
                break
            self.tiles.done(one)
            tile = self._tile(one)
            if tile is not None:
                tiles.append(tile)
            if self._clock() >= until:
                break
        return tiles

    def draw_past(self, until: float) -> list[Tile]:
        """Draw what is watched of the past, in a slice; behind all that is judged."""
        tiles: list[Tile] = []
        back = self._back
        while back is not None and back.pending:
            tile = back.work()
            if tile is not None:
                tiles.append(tile)
            if self._clock() >= until:
                break
        return tiles

    def _tile(self, one: WatchedPlot) -> Tile | None:
        key, path = one.item.key, one.plot.path
        verdict = self.judging.verdict_now(key, path, self.state)
        expected = self.judging.expected(key, path)
        tile = self.tiles.draw(one, self.state, verdict, expected)
        if one.trouble:
            self.judging.cannot_be_drawn(key, one.trouble)
        return tile

    def judge(self, until: float) -> None:
        """Judge what is queued, in a slice."""
        self.judging.work(self.state, until)
        if self.recording is not None:
            self.recording.work(self.judging.waits)
        try:
            run_type = self.state.conditions.run_type
            told = self._alarms.look(
                self.state,
                self.judging,
                self._outages.now,
                lambda path: self._references.is_of_other_type(path, run_type),
            )
            self._alarm_trouble = ()
        except PLOT_ERRORS as error:  # judging goes on, and that none is told is said
            if not self._alarm_trouble:
                _log.exception("looking for alarms")
            words = f"alarms are not looked for: {error!r}"
            self._alarm_trouble = (Problem(words, kind="engine", severity="error"),)
            told = []
        self._facts += told
        if not self.judging.pending:
            self._bands.work(self.site.settings.conditions, until)

    def find(self, until: float) -> list[Found]:
        """Search, in a slice."""
        entered = frozenset(
            name
            for name, client in self.state.clients.items()
            if client.run == self.state.run
        )
        return self.catalogue.work(self.state.run, entered, until)

    def children(self, request: Browse) -> Children:
        """What lies in one folder of the current run."""
        return self.catalogue.children(self.state.run, request)

    def draw_examples(
        self, request: DrawExamples, changes: Mapping[str, Change]
    ) -> None:
        """Draw the examples of an instruction, in slices."""
        run_type = self.state.conditions.run_type
        self._jobs.add(
            drawing(
                request,
                self.site,
                lambda path: self._references.plain(path, run_type),
                changes,
            )
        )

    def make_evidence(self, request: MakeEvidence, now: float, banner: str) -> None:
        """Gather what is in view from `now` (unix time, s) on; write it in slices."""
        sentence = refusal(request)
        if self._back is not None:
            past = self._back.moment.words(self.site.settings.unit)
            sentence = f"no evidence made: what is in view is of the past ({past})"
        if sentence:
            self._jobs.add(refused(request.request, sentence))
            return
        self._jobs.prepare(preparing(self._view, request, now, banner))

    def add_words(self, request: AddWords) -> None:
        """Put the shifter's words into a bundle made before, in slices."""
        self._jobs.add(rewording(request))

    def fit(self, request: Fit) -> None:
        """Fit a function to a plot, in slices."""

        def tile_of() -> Tile:
            return self._tile_now(request.key, request.path, "none", None)

        self._jobs.add(fit_job(request, tile_of, self._fits))

    def export(self, request: Export) -> None:
        """Write a plot to a file, in slices."""

        def tile_of() -> Tile:
            return self._tile_now(request.key, request.path, "overlay", None)

        self._jobs.add(exporting(request, tile_of))

    def find_history(self, request: AskHistory) -> None:
        """Read how a number of a plot went, in slices."""
        run = request.run or self.state.run
        here = run == self.state.run
        steps = self.recent.steps(request.path) if here else []
        plots = (each.plot for each in self.judging.plots.values())
        former = next((p.formerly for p in plots if p.path == request.path), ())
        self._jobs.add(history_job(request, run, self._records, steps, former))

    def find_recorded(self, request: AskRecorded) -> None:
        """Read which updates of a run are recorded, in slices."""
        self._jobs.add(recorded_job(request.request, request.run, self._records))

    def answers(self, until: float) -> list[Up]:
        """Go on with what was asked for, in a slice; what is done.

        What was kept of the source is told once, unasked, as soon as it is read.
        """
        history = None if self._memory is None else self._memory.take_history()
        told: list[Up] = [] if history is None else [history]
        return told + self._jobs.work(until)

    def take_facts(self) -> list[Fact]:
        """What happened since the last call."""
        facts, self._facts = self._facts, []
        facts += self.judging.take_facts()
        by_hand = self._references.take_fact()
        facts += () if by_hand is None else (by_hand,)
        runs = self._references.take_runs()
        facts += () if runs is None else (runs,)
        measured = self._bands.take_measured()
        facts += () if measured is None else (FalseAlarmsFact(measured),)
        problems = self.judging.take_problems()
        if problems is not None:
            facts.append(ProblemsFact("layout", problems))
        return facts

    def source_problems(self) -> tuple[Problem, ...] | None:
        """The problems of the source, whole, when they changed, else None."""
        problems = self.source.problems() + self._trouble + self.catalogue.problems
        problems += self._releases.problems + self._quarantine.problems()
        if self._memory is not None and self._memory.trouble:
            words = self._memory.trouble
            problems += (Problem(words, kind="source", code="memory"),)
        if self.recording is not None:
            problems += self.recording.problems()
        problems += self._run_records.problems() + self._bands.problems()
        problems += self._alarm_trouble + self._unknown_type() + self._unfinished()
        if problems == self._problems:
            return None
        self._problems = problems
        return problems

    def _unfinished(self) -> tuple[Problem, ...]:
        """That the source is the record of a run without its end."""
        if not isinstance(self.source, RecordedRun):
            return ()
        words = self.source.unfinished_words(self.site.settings.unit)
        said = Problem(words, severity="advice", kind="source")
        return (said,) if words else ()

    def _unknown_type(self) -> tuple[Problem, ...]:
        """That the producer's word for the type of the run is none of the site's."""
        word, settings = self._observer.unknown_type, self.site.settings
        if not word:
            return ()
        place = self._places.get("run_types")
        where = (place.file, place.line, place.column) if place else ("", 0, 0)
        words = (
            f'the run is of "{word}", says {settings.conditions.run_type}, which is '
            f"none of the run_types {', '.join(settings.types)}"
            f"{did_you_mean(word, (*settings.run_types, *settings.types))}"
        )
        return (Problem(words, *where, kind="source", code="unknown-run-type"),)

    def renew_site(self) -> bool:
        """Look at the ledger, and read a working copy again if its files changed.

        Returns:
            Whether the site is another: it was read again, or calendars of it were
            read. The files of a site that has a ledger are never read again.
        """
        if self._unasked is not None:
            return self._choose_site(self._unasked)
        self._facts += self._releases.poll(self.site)
        if not self._releases.live or not site_changed(self._folder, self._stamp):
            return self._take_calendars()
        self._stamp = site_stamp(self._folder)
        self._change_site(self._read_again())
        _log.info("the site changed: %s", self.site.hash)
        return True

    @property
    def reads_otherwise(self) -> bool:
        """The site says now that the source's files have other names, or add up.

        Or that other streams are beside it. One whose ``site.yaml`` has errors says
        nothing new. The source is to be opened again.
        """
        file = f"layouts/{SITE}"
        site = self.site
        return bool(self._text) and is_read_otherwise(
            self.source,
            self._text,
            SiteSays(site.settings, site.layouts, self._folder, self._places),
            broken=any(each.file == file for each in site.problems),
        )

    def take_up(self, number: int) -> bool:
        """Read another release of the site from now on; tell whether that is done.

        If it cannot be read, a notice says why and the site stays as it is.
        """
        try:
            reading = self._releases.take_up(number)
        except LedgerError as error:
            words = f"release {number} is not taken up: {error}"
            self._facts.append(NoticeFact("release", words, "bad"))
            return False
        self._change_site(reading)
        self._facts.append(NoticeFact("release", "", "info"))
        self._facts += self._releases.poll(self.site)
        _log.info("release %d is taken up: %s", number, self.site.hash)
        return True

    def close(self) -> None:
        """Close the source and all reference files; give up what is not done."""
        self._jobs.close()
        self._fits.close()
        if self._back is not None:
            self._back.close()
        self._references.close()
        self._bands.close()
        self._releases.close()
        self.source.close()
        if self._memory is not None:
            self._memory.close()  # before the lease is given up
        if self.recording is not None:
            self.recording.close()
        self._quarantine.close()

    def _readable(self, run: int, path: str) -> Element | None:
        return self._elements.readable(run, path)

    def _qualities(self, run: int, path: str) -> tuple[QualityResult, ...]:
        return self._elements.qualities(run, path)

    def _view(self) -> EvidenceSource:
        return EvidenceSource(
            self.source.name,
            self._elements,
            self.site,
            {key: one.plot for key, one in self.judging.plots.items()},
            self.state.header(),
            self._tile_now,
        )

    def _tile_now(
        self,
        key: str,
        path: str,
        mode: ReferenceMode | None,
        normalize: Normalization | None,
    ) -> Tile:
        """One tile with all bins and all it is compared with, watched or not.

        It is of the moment that is looked at.

        Args:
            key: the plot's key, or the bare path of any element.
            path: path of the monitor element.
            mode: how its reference is compared; None takes the layout's.
            normalize: how its reference is scaled; None takes the layout's.
        """
        by_hand, beside = (self._back or self.tiles).by_hand(key)
        item = WatchItem(
            *(key, path, 0, 0, mode),
            whole=True,
            normalize=normalize,
            reference=by_hand,
            beside=beside,
        )
        if self._back is not None:
            return self._back.tile(self._back.watched(item))
        tile = self._tile(self.tiles.watched(item))
        assert tile is not None, "what was never sent is always drawn"
        return tile

    def _choose_site(self, unasked: Reading) -> bool:
        """Show a source by its folders where the site that nobody asked for cannot.

        What appears later in the run is shown as well; what vanishes stays.
        """
        run, began = self.source.current_run, self._clock()
        versions = [self.source.version(run, name) for name in self.state.clients]
        known = (run, versions) == self._listed_of or began < self._list_at
        if not run or (run == self._shown_by_folder and known):
            return False
        try:
            kinds = {each.path: each.kind for each in self.source.entries(run)}
        except (RootFileError, OSError):
            return False  # as it may be while a file is written
        self._listed_of = (run, versions)
        self._list_at = began + LISTS_EVERY * (self._clock() - began)
        if run == self._shown_by_folder:
            kinds = self._kinds | kinds
            if kinds == self._kinds:
                return False
        self._kinds = kinds
        if not kinds and not self._shown_by_folder:
            return False  # nobody knows yet whose it is
        shown = any(plot.path in kinds for *_, plot in plots_of(unasked[0]))
        if not self._shown_by_folder and shown:
            self._unasked = None
            self._change_site(unasked)
        else:
            self._shown_by_folder = run
            self._change_site((self._by_folder(kinds, run), {}))
        return True

    def _by_folder(self, kinds: Mapping[str, str], run: int) -> Site:
        name = Path(self.source.name).name or self.source.name
        words = (
            "no site is open: plots are shown by folder, and judged by their kind; "
            f"dqmconsole init DIR --from {self.source.name} begins a site"
        )
        layouts = layouts_by_folder(kinds, name)
        if not layouts:
            words = "it holds no histogram or graph"
            if left := undrawn(kinds):
                words += f" ({left[0]})"
        return Site(
            folder=self.site.folder,
            hash=f"by-folder-{run}-{len(kinds)}",
            settings=SiteSettings(name),
            layouts=layouts,
            problems=(Problem(words, self.source.name, kind="source"),),
        )

    def _read_again(self) -> Reading:
        site, places = self._releases.read_working_copy()
        site, kept = with_last_healthy(site, self.site, self._places)
        names = {layout.layout for layout in kept}
        old = {
            key: place for key, place in self._places.items() if layout_of(key) in names
        }
        return site, old | dict(places)

    def _change_site(self, reading: Reading) -> None:
        tiles, judging = self.tiles, self.judging
        self._references.close()
        self._use_site(reading)
        self._alarms.change_site(self.site, fed_by(self.site))
        self.judging.continue_from(judging)
        self.tiles.continue_from(tiles)
        if self._back is not None:
            before = self._back
            self._back = self._looking_back(before.moment)
            self._back.continue_from(before)
            before.close()
        self._look_at = 0.0

    def _use_site(self, reading: Reading) -> None:
        self.site, self._places = reading
        fed = settings_of(self._text, self.site.settings, self._folder)
        if fed is not None and fed[1].layouts:
            layouts = tuple(
                each for each in self.site.layouts if each.layout in fed[1].layouts
            )
            self.site = msgspec.structs.replace(self.site, layouts=layouts)
        self._quarantine.use_site(self.site.hash)
        pages = [page for layout in self.site.layouts for page in layout.pages]
        self._elements.use_names(plot for page in pages for plot in page.plots)
        written = [plot.written_checks for page in pages for plot in page.plots]
        # else the first fit would, in its slice
        import_fits(check for each in written for check in each.values())
        self._lost_conditions.use(self.site.layouts, self.site.settings.unit)
        elements, site = self._elements, self.site
        recorded = RecordedRuns(recorded_folders(site))
        runs = ReferenceRuns(
            self.source, base_folder(site), recorded, records=self._run_records
        )
        self._references = References(
            *(site, runs, self._override, self._by_hand), bands=self._bands
        )
        self._references.notice(self.state.run, self.state.conditions)
        self.judging = Judging(
            elements,
            self._references,
            site,
            self._places,
            self._clock,
            self._memory,
            self._quarantine,
            self.recent,
            at_once=self._at_once,
        )
        plots = {key: one.plot for key, one in self.judging.plots.items()}
        subsystems = self.judging.subsystems
        if self.recording is not None:
            self.recording.lay_out(plots.values(), site.settings.conditions)
            subsystems |= self.recording.elsewhere
        checks = self.judging.checks
        self.tiles = Tiles(elements, self._references, site, plots, checks)
        self._observer = Observer(self.source, elements, site.settings, subsystems)

    def _take_calendars(self) -> bool:
        """Take in who is on call, once the calendars were read; nothing is judged."""
        reading = self._releases.poll_calendars()
        if reading is None or reading[0].hash != self.site.hash:
            return False  # of another site: that is read next
        site = reading[0]
        if not self._releases.number:
            site, _ = with_last_healthy(site, self.site, self._places)
        self.site = msgspec.structs.replace(
            self.site, contacts=site.contacts, problems=site.problems
        )
        self.judging.say_again(self.site)
        return True


def records_of(source: Source, root: Path, text: str) -> Path:
    """Where the runs of a source are recorded, be there any or not, to be read.

    Args:
        source: the source.
        root: below it the runs of each source are recorded.
        text: the source as a person names it.
    """
    if isinstance(source, CombinedSource):
        source = source.main
    if isinstance(source, SingleFile):
        return folder_of_file(root, text)
    return source_folder(root, text)


def _by_hand(run: int, file: str) -> ByHand:
    """What was chosen by hand; a file goes before a run."""
    return ByHand(file=str(Path(file).absolute())) if file else ByHand(run)
