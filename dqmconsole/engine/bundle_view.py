"""An evidence bundle served as a source is: what was in view, and nothing moves."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.engine.catalogue import Catalogue
from dqmconsole.engine.examples import drawing
from dqmconsole.engine.exporting import exporting
from dqmconsole.engine.fitting import FitProcess, fit_job
from dqmconsole.engine.jobs import Jobs, refused
from dqmconsole.engine.number_history import history_job
from dqmconsole.engine.past_tiles import recorded_job
from dqmconsole.engine.pictures import (
    cut_of,
    cut_out,
    each_beside,
    few_points,
    summed,
)
from dqmconsole.engine.tiles import compared, reduced
from dqmconsole.model.frame import (
    NoticeFact,
    ReferenceFact,
    RollupFact,
    Tile,
    VerdictFact,
)
from dqmconsole.model.layout import page_key, plot_key
from dqmconsole.model.message import WatchItem
from dqmconsole.model.reference import ReferenceNote
from dqmconsole.model.verdict import Status, Verdict, by_default, roll_up

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dqmconsole.engine.changes import Change
    from dqmconsole.model.frame import Fact, Picture
    from dqmconsole.model.histogram import Histogram
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
        Up,
        UseOverrides,
        UseReference,
    )
    from dqmconsole.model.past import PastMoment
    from dqmconsole.model.problem import Problem
    from dqmconsole.model.run import RunInfo
    from dqmconsole.model.run_quality import RunQuality
    from dqmconsole.model.site import Site
    from dqmconsole.model.verdict import Rollup
    from dqmconsole.site.evidence import KeptPlot
    from dqmconsole.sources.evidence import EvidenceFile


class KeptTiles:
    """The tiles of a bundle for the current Watch.

    Args:
        plots: what is in the bundle.
    """

    def __init__(self, plots: tuple[KeptPlot, ...]) -> None:
        # A plot that was looked at by its bare path is found by it, and the other
        # way round: the navigator asks for paths.
        self._plots = {kept.tile.path: kept for kept in plots}
        self._plots |= {kept.tile.key: kept for kept in plots}
        self._queue: dict[str, WatchItem] = {}
        # From the clock, so that an engine that replaces a dead one goes on growing.
        self._version = time.time_ns() // 1_000_000

    @property
    def pending(self) -> int:
        """Tiles still to be sent."""
        return len(self._queue)

    def kept(self, key: str, path: str) -> KeptPlot | None:
        """The plot of a key, or else of a path."""
        return self._plots.get(key) or self._plots.get(path)

    def watch(self, items: tuple[WatchItem, ...]) -> None:
        """Replace what is watched; every tile of it is sent."""
        self._queue = {item.key: item for item in items}

    def work(self, until: float) -> list[Tile]:
        """Send tiles until ``time.perf_counter`` says `until`; at least one."""
        tiles = []
        while self._queue:
            item = self._queue.pop(next(iter(self._queue)))
            self._version += 1
            tiles.append(self.tile(item))
            if time.perf_counter() >= until:
                break
        return tiles

    def tile(self, item: WatchItem) -> Tile:
        """The tile of an item, whether it is watched or not."""
        kept = self.kept(item.key, item.path)
        if kept is None:
            verdict = Verdict(Status.MISSING, "not in this evidence bundle")
            return Tile(item.key, item.path, 0, self._version, verdict)
        tile = kept.tile
        mode = item.mode or kept.mode
        picture, note = tile.picture, tile.note
        if picture is not None:
            reference = None if mode == "none" else kept.reference
            picture = msgspec.structs.replace(
                picture,
                reference=reference,
                reference_is_new=True,
                beside=() if mode == "none" else picture.beside,
            )
            if item.cut:
                picture = _cut(kept, picture, item.cut)
            if mode != kept.mode:
                note = ReferenceNote() if mode == "none" else kept.note
            kept_cut = tile.picture is not None and (
                picture.shown_of == tile.picture.shown_of
            )
            few = summed(picture, item)
            made = mode == kept.mode and picture.comparison is not None and kept_cut
            if few is not picture or not made:
                few = compared(few, mode, kept.note.scale)
            picture = few_points(reduced(few, item), item)
        return msgspec.structs.replace(
            tile,
            key=item.key,
            version=self._version,
            note=note,
            picture=picture,
            stale_after=None,  # the moment it is of does not pass
        )


def _cut(kept: KeptPlot, picture: Picture, text: str) -> Picture:
    """The picture of another cut of the same histogram, its reference cut likewise."""
    whole = kept.undrawn
    if whole is None and not picture.shown_of:  # what says so is part of a list
        whole = picture.data
    if whole is None or picture.stacked:
        return picture
    cut, words = cut_of(whole, text)
    if words == picture.shown_of:
        return picture
    reference = picture.reference
    if reference is not None and reference.dimension != whole.dimension:
        reference = None  # what was kept of it is of another cut
    overlays = () if kept.undrawn is not None else picture.overlays
    drawn = (cut_out(overlay, cut) for overlay in overlays)
    axes = whole.dimension
    return msgspec.structs.replace(
        picture,
        data=cut_out(whole, cut),
        reference=cut_out(reference, cut),
        overlays=tuple(each for each in drawn if each is not None),
        comparison=None,
        beside=each_beside(
            picture.beside,
            lambda other: cut_out(other, cut) if other.dimension == axes else None,
        ),
        known=picture.known if cut is None or cut.axes == "xy" else (),
        shown_of=words,
    )


class BundleView:
    """What the loop serves of a bundle; the same face as ``context.SourceContext``.

    Args:
        source: the bundle.
        parts: what the features have to say of any site, see ``Site.parts``.

    Attributes:
        moment: the moment it is of, unix time, s.
    """

    def __init__(
        self,
        source: EvidenceFile,
        parts: dict[str, bytes] | None = None,
    ) -> None:
        self.source = source
        self._manifest = source.bundle.manifest
        site = source.bundle.site
        self.site: Site = msgspec.structs.replace(site, parts=parts or {})
        self.moment: float | None = self._manifest.made_at
        self.catalogue = Catalogue(source)
        self.tiles = KeptTiles(source.bundle.plots)
        self._jobs = Jobs()
        self._fits = FitProcess()
        self._facts: list[Fact] = [*self._verdicts(), self._words()]

    @property
    def pending(self) -> int:
        """Pieces of work that wait."""
        return self.tiles.pending + self.catalogue.pending + self._jobs.pending

    @property
    def drawing(self) -> bool:
        """Tell whether tiles are still to be sent."""
        return self.tiles.pending > 0

    def watch(
        self, items: tuple[WatchItem, ...], past: PastMoment | None = None
    ) -> None:
        """Replace what is watched; every tile of it is sent: of a past none is kept."""
        self.tiles.watch(items if past is None else ())

    def header(self) -> RunInfo:
        """The run header, as it was."""
        return self._manifest.run

    def can_be_polled(self, until: float) -> bool:
        """Always: nothing is judged."""
        del until
        return True

    def poll(self, now: float) -> None:
        """Nothing changes."""

    def draw(self, until: float) -> list[Tile]:
        """The watched tiles, in a slice."""
        return self.tiles.work(until)

    def judge(self, until: float) -> None:
        """All was judged then."""

    def draw_past(self, until: float) -> list[Tile]:
        """Nothing: a bundle is of one moment."""
        del until
        return []

    def find(self, until: float) -> list[Found]:
        """Search, in a slice."""
        return self.catalogue.work(self.source.current_run, frozenset(), until)

    def children(self, request: Browse) -> Children:
        """What lies in one folder of the bundle."""
        return self.catalogue.children(self.source.current_run, request)

    def draw_examples(
        self, request: DrawExamples, changes: Mapping[str, Change]
    ) -> None:
        """Draw the examples of an instruction on the reference in the bundle."""
        self._jobs.add(drawing(request, self.site, self._reference, changes))

    def make_evidence(self, request: MakeEvidence, now: float, banner: str) -> None:
        """Refuse: a bundle is its own evidence."""
        del now, banner
        sentence = "no evidence made: this is a bundle already; copy its file"
        self._jobs.add(refused(request.request, sentence))

    def add_words(self, request: AddWords) -> None:
        """Refuse: what was said of it was said."""
        sentence = "no words added: this is a bundle already"
        self._jobs.add(refused(request.request, sentence))

    def fit(self, request: Fit) -> None:
        """Fit a function to a plot, in slices."""
        item = WatchItem(request.key, request.path, 0, 0, "none", whole=True)
        self._jobs.add(fit_job(request, lambda: self.tiles.tile(item), self._fits))

    def export(self, request: Export) -> None:
        """Write a plot to a file, in slices."""
        item = WatchItem(request.key, request.path, 0, 0, "overlay", whole=True)
        self._jobs.add(exporting(request, lambda: self.tiles.tile(item)))

    def find_history(self, request: AskHistory) -> None:
        """Say that a bundle has none."""
        self._jobs.add(history_job(request, request.run, None))

    def find_recorded(self, request: AskRecorded) -> None:
        """Say that a bundle has no record."""
        self._jobs.add(recorded_job(request.request, request.run, None))

    def answers(self, until: float) -> list[Up]:
        """Go on with what was asked for, in a slice; what is done."""
        return self._jobs.work(until)

    def take_facts(self) -> list[Fact]:
        """Verdicts and roll-ups as they were, once."""
        facts, self._facts = self._facts, []
        return facts

    def source_problems(self) -> tuple[Problem, ...] | None:
        """None: a bundle that is not whole is not opened."""
        return None

    def renew_site(self) -> bool:
        """Tell that the site stays what it was."""
        return False

    @property
    def chooses_site(self) -> bool:
        """Never: it has its own."""
        return False

    @property
    def reads_otherwise(self) -> bool:
        """Tell that a bundle is read as it is, whatever a site says."""
        return False

    def take_up(self, number: int) -> bool:
        """Tell that no release is taken up."""
        del number
        return False

    def use_reference(self, request: UseReference) -> None:
        """Say that what is compared in evidence stays what it was."""
        if request.run or request.file:
            words = "evidence keeps the references that it was made with"
            fact = ReferenceFact(request.run, request.file, words)
        else:
            fact = ReferenceFact()
        self._facts.append(fact)

    def use_overrides(self, request: UseOverrides) -> None:
        """Judge nothing: evidence keeps its verdicts."""

    def keep_quality(self, runs: tuple[RunQuality, ...]) -> None:
        """Keep nothing: it records nothing."""

    def close(self) -> None:
        """Give up what is not done."""
        self._jobs.close()
        self._fits.close()

    def _reference(self, path: str) -> tuple[Histogram | None, ReferenceNote]:
        kept = self.tiles.kept(path, path)
        if kept is None:
            return None, ReferenceNote(sentence="not in this evidence bundle")
        note = msgspec.structs.replace(kept.note, normalize="none", scale=1.0)
        return kept.reference, note

    def _words(self) -> NoticeFact:
        manifest = self._manifest
        moment = datetime.fromtimestamp(manifest.made_at, UTC)
        parts = [f"Evidence of {moment:%Y-%m-%d %H:%M:%S} UTC, {manifest.source}"]
        parts += [f"by {manifest.by}"] if manifest.by else []
        parts += [manifest.title] if manifest.title else []
        parts += [manifest.words] if manifest.words else []
        return NoticeFact("evidence", ": ".join(parts), "info")

    def _verdicts(self) -> Iterator[Fact]:
        run = self._manifest.run.run
        for layout in self.site.layouts:
            shown: list[Verdict] = []
            for page in layout.pages:
                verdicts = []
                for plot in page.plots:
                    key = plot_key(layout.layout, page.page, plot.path)
                    kept = self.tiles.kept(key, plot.path)
                    if kept is None:
                        continue
                    yield VerdictFact(key, run, kept.tile.verdict)
                    verdicts.append(kept.tile.verdict)
                yield RollupFact(
                    page_key(layout.layout, page.page), _rolled_up(verdicts)
                )
                if page.audience == "shift":
                    shown += verdicts
            yield RollupFact(layout.layout, _rolled_up(shown))


def _rolled_up(verdicts: Sequence[Verdict]) -> Rollup:
    return roll_up((each.status for each in verdicts), by_default=by_default(verdicts))
