"""The tiles somebody looks at, drawn when what they show changed.

A plot is drawn from its element, decoded, compared with its reference on all bins, and
then reduced to the pixels of the tile. Its verdict is handed in.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.engine.conditions import exposure, exposure_in
from dqmconsole.engine.elements import NOT_READ, PLOT_ERRORS, defect_of, reason_of
from dqmconsole.engine.judge import stale_after, stream_words
from dqmconsole.engine.pictures import (
    cut_of,
    cut_out,
    each_beside,
    few_points,
    picture_of,
    summed,
)
from dqmconsole.engine.references import Measured
from dqmconsole.model.compare import Exposure, difference, pull, ratio, scaled_as
from dqmconsole.model.frame import Comparison, Expected, Picture, RunBeside, Tile
from dqmconsole.model.graph import Graph
from dqmconsole.model.histogram import Histogram, Scalar
from dqmconsole.model.known_issue import issues_in, regions_of
from dqmconsole.model.layout import DEFAULT_NORMALIZE, Plot, subsystem_of
from dqmconsole.model.reduce import (
    reduce_comparison,
    reduce_indices,
    reduce_map,
)
from dqmconsole.model.reference import ReferenceNote
from dqmconsole.model.run import Client, RunState, run_words
from dqmconsole.model.trend import is_against_lumisection
from dqmconsole.model.verdict import Status, Verdict
from dqmconsole.rootio.errors import BeingReadError, NotInFileError
from dqmconsole.sources.clients import part_words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol

    from dqmconsole.engine.plot_checks import PlotChecks
    from dqmconsole.engine.references import References
    from dqmconsole.engine.source_state import SourceState
    from dqmconsole.model.graph import Element
    from dqmconsole.model.layout import Normalization, ReferenceMode
    from dqmconsole.model.message import WatchItem
    from dqmconsole.model.reference import ByHand
    from dqmconsole.model.run import LumisectionClock
    from dqmconsole.model.site import Site
    from dqmconsole.recording.recent import Window

    class Drawable(Protocol):
        """What tiles are drawn of; see ``elements.Elements``."""

        def version(self, run: int, path: str) -> int:
            """Grow with each snapshot; 0: there is none."""

        def element(self, run: int, path: str) -> Element:
            """One element."""

        def readable(self, run: int, path: str) -> Element | None:
            """The same; None where it cannot be read."""

        def producers(self, run: int, path: str) -> int:
            """How many write it at once."""

        def named(self, run: int, path: str) -> str:
            """What the source calls it."""


_log = logging.getLogger(__name__)
_RUNS_KEPT = 4
_COMPARE = {"ratio": ratio, "difference": difference, "pull": pull}
# A whole map goes to the console in one message of at most 512 MiB: where map,
# reference, comparison and overlays have more than this, bins are merged after all.
_WHOLE_BYTES = 400 << 20
_LARGEST_WHOLE = 2000  # bins along an axis that are then left


class WatchedPlot:
    """One watched plot and what was last sent of it.

    Attributes:
        item: what is asked for.
        plot: the plot, resolved.
        trouble: why its element, which is in the current run, could not be drawn, or
            "".
        defect: which bins of its element hold no number, or "".
    """

    def __init__(self, item: WatchItem, plot: Plot) -> None:
        self.item = item
        self.plot = plot
        self.trouble = ""
        self.signature: object = None
        self.reference: Histogram | None = None
        self.sent = False
        self.defect = ""

    @property
    def normalize(self) -> Normalization:
        """How its reference is to be scaled: as chosen by hand, else by the layout."""
        return self.item.normalize or self.plot.reference.normalize or DEFAULT_NORMALIZE


class Tiles:
    """Draws the tiles of the current Watch.

    Args:
        elements: what is drawn.
        references: what it is compared with.
        site: where exposures stand, and what is known.
        plots: the plots of its pages by key.
        checks: know what is drawn of a plot that has a window; None: all of the run.
    """

    def __init__(
        self,
        elements: Drawable,
        references: References,
        site: Site,
        plots: Mapping[str, Plot],
        checks: PlotChecks | None = None,
    ) -> None:
        self._elements = elements
        self._references = references
        self._paths = site.settings.conditions
        self._known = site.known
        self._unit = site.settings.unit
        self._plots = plots
        self._checks = checks
        self._watched: dict[str, WatchedPlot] = {}
        self._queue: dict[str, WatchedPlot] = {}
        # From the clock, so that an engine that replaces a dead one goes on growing.
        self._version = time.time_ns() // 1_000_000
        # Pictures of a run outlive it: so must what is known of it.
        self._known_of: dict[int, tuple[str | None, LumisectionClock | None]] = {}

    @property
    def pending(self) -> int:
        """Watched plots still to be looked at."""
        return len(self._queue)

    def watch(self, items: tuple[WatchItem, ...]) -> None:
        """Replace what is watched; every tile of it is sent, with its reference.

        Every one, for the console may have dropped what it had: two Watches that
        follow quickly are merged on the way, and the first is never seen here.
        """
        self._watched = {item.key: self.watched(item) for item in items}
        self._queue = dict(self._watched)

    def watched(self, item: WatchItem) -> WatchedPlot:
        """The plot of an item, on a page or not; nothing was sent of it yet."""
        return WatchedPlot(item, self._plots.get(item.key) or Plot(item.path))

    def by_hand(self, key: str) -> tuple[int, tuple[ByHand, ...]]:
        """The run that a watched plot is compared with by hand, or 0; further runs."""
        one = self._watched.get(key)
        return (0, ()) if one is None else (one.item.reference, one.item.beside)

    def continue_from(self, earlier: Tiles) -> None:
        """Watch what another watched, with growing versions (the site changed)."""
        self._version = earlier._version
        self.watch(tuple(one.item for one in earlier._watched.values()))

    def notice(self, state: SourceState) -> None:
        """Queue all that is watched; what did not change is passed over cheaply."""
        if state.run:
            self._known_of[state.run] = (state.conditions.run_type, state.clock)
            for run in sorted(self._known_of)[:-_RUNS_KEPT]:
                del self._known_of[run]
        self._queue.update(self._watched)

    def renew(self) -> None:
        """Draw all that is watched again: a reference was found."""
        for one in self._watched.values():
            one.signature = None
        self._queue.update(self._watched)

    def first(self) -> WatchedPlot | None:
        """The next watched plot to look at; None when all were."""
        return next(iter(self._queue.values()), None)

    def done(self, one: WatchedPlot) -> None:
        """A plot is being looked at: it waits no more."""
        self._queue.pop(one.item.key, None)

    def draw(
        self,
        one: WatchedPlot,
        state: SourceState,
        verdict: Verdict,
        expected: Expected | None = None,
    ) -> Tile | None:
        """Draw one plot; None when nothing of it changed since it was drawn last.

        Args:
            one: the plot; its trouble is noted.
            state: run, clients and conditions, at one moment.
            verdict: on its element as it is now.
            expected: what that measured against, or None.
        """
        plot = one.plot
        subsystem = subsystem_of(plot.path)
        run = self._run_shown(plot.path, state)
        client = state.clients.get(subsystem)
        banner = banner_of(run, state, client)
        if client is not None and client.run != run:
            client = None
        current = run == state.run
        versions = tuple(
            self._elements.version(run, path) for path in (plot.path, *plot.overlay)
        )
        producers = self._elements.producers(run, plot.path) if versions[0] else 1
        if producers > 1:
            banner = " · ".join(filter(None, (part_words(producers), banner)))
        window = self._window(one, state, run)
        span = self._span(plot, client, window, run if versions[0] else 0)
        last = None if client is None else client.reached
        seen = self._exposure(one, run, last, window) if versions[0] else Exposure()
        times = None if client is None else (client.produced, client.period)
        signature = (
            *(run, versions, verdict, banner, span, times),
            state.recorded is None,
            state.conditions.run_type,
            seen,
        )
        if signature == one.signature:
            return None
        one.signature, one.trouble, one.defect = signature, "", ""
        picture, note = None, ReferenceNote()
        unread: tuple[Status, str] | None = None
        if versions[0]:
            try:
                against = expected if current else None
                picture, note = self._picture(one, run, seen, against, window)
            except BeingReadError:  # to be drawn again
                one.signature, unread = None, (Status.WAITING, "is being read")
            except PLOT_ERRORS as error:
                _log.exception("drawing %s", one.item.key)
                one.trouble = str(error)
                note = ReferenceNote(sentence=f"cannot be compared: {error}")
        if picture is None:
            one.sent = False  # it may take the place of a tile with the reference
        if one.trouble:
            unread = (Status.FAILED, f"cannot be drawn: {one.trouble}")
        if unread and verdict.status in (Status.GOOD, Status.NOT_CHECKED):
            # Nothing that cannot be drawn, or not yet, stands as good.
            verdict = msgspec.structs.replace(
                verdict, status=unread[0], sentence=unread[1]
            )
        if not current:
            one.trouble = ""
        self._version += 1
        trend = picture is not None and _is_trend(picture, plot)
        if picture is not None:
            shown = _expected(verdict, picture.expected, against_lumisection=trend)
            picture = msgspec.structs.replace(picture, expected=shown)
        produced = None
        if client is not None:
            produced = client.written if client.produced is None else client.produced
        return Tile(
            key=one.item.key,
            path=plot.path,
            run=run if picture is not None else 0,
            version=self._version,
            verdict=verdict,
            note=note,
            picture=picture,
            produced=produced,
            stale_after=stale_after(plot, client) if current else None,
            span=span,
            banner=banner if picture is not None else "",
            recorded=state.recorded is not None,
            last=last if trend else None,
            clock=self._known_of.get(run, (None, None))[1] if trend else None,
            defect=one.defect,
        )

    def _span(
        self, plot: Plot, client: Client | None, window: Window | None, run: int
    ) -> str:
        """The span, and how the data call an element that has another name by now."""
        span = span_of(plot, client, self._unit, window)
        named = self._elements.named(run, plot.path)
        if named == plot.path:
            return span
        return " · ".join(filter(None, (span, f"as {named} in the data")))

    def _run_shown(self, path: str, state: SourceState) -> int:
        """The run whose picture stands: the one before, until the new is entered."""
        for run in (state.run, state.previous):
            if run and self._elements.version(run, path):
                return run
        return 0

    def _picture(
        self,
        one: WatchedPlot,
        run: int,
        seen: Exposure,
        expected: Expected | None,
        window: Window | None,
    ) -> tuple[Picture | None, ReferenceNote]:
        """What is drawn of a plot, and how its reference was scaled."""
        plot = one.plot
        try:
            element = self._elements.element(run, plot.path)
        except NotInFileError:
            return None, ReferenceNote()  # MISSING, says the verdict
        except BeingReadError:
            raise
        except NOT_READ as error:
            one.trouble = reason_of(error)
            return None, ReferenceNote()
        reference, note = None, ReferenceNote()
        beside: tuple[RunBeside, ...] = ()
        one.defect = defect_of(element)
        if window is not None:
            element = window.histogram
        # one that is lost is a problem of the layout, told by the judging
        overlays = self._overlays(one, run, window)
        cut, shown_of = None, ""
        if isinstance(element, Histogram):
            mode = one.item.mode or plot.reference.mode or "overlay"
            how, over = scaled_as(one.normalize, plot.accumulates_over)
            if mode != "none":
                measured = Measured(element, plot.path, how, seen, over, run)
                run_type, _ = self._known_of.get(run, (None, None))
                reference, note = self._references.scaled(
                    measured, run_type, one.item.reference
                )
                beside = self._references.beside(measured, one.item.beside)
            cut, shown_of = cut_of(element, one.item.cut)
            data = cut_out(element, cut)
            assert data is not None
            parts = [cut_out(overlay, cut) for overlay in overlays]
            picture = Picture(
                data=data,
                overlays=tuple(part for part in parts if part is not None),
                reference=cut_out(reference, cut),
                graphs=tuple(o for o in overlays if isinstance(o, Graph)),
                shown_of=shown_of,
                beside=each_beside(beside, lambda other: cut_out(other, cut)),
            )
            picture = compared(summed(picture, one.item), mode, note.scale)
            if picture.data is element:  # its bins are those that were judged
                picture = msgspec.structs.replace(picture, expected=expected)
        else:
            picture = summed(picture_of(element, overlays), one.item)
            if not isinstance(element, Scalar):
                note = ReferenceNote(sentence="no reference: only histograms have one")
        picture = few_points(reduced(picture, one.item), one.item)
        new = not one.sent or reference is not one.reference
        one.sent, one.reference = True, reference
        regions = regions_of(issues_in(self._known, plot.path, run))
        picture = msgspec.structs.replace(
            picture,
            reference=picture.reference if new else None,
            reference_is_new=new,
            # they are said in x and y
            known=regions if cut is None or cut.axes == "xy" else (),
        )
        return picture, note

    def _window(self, one: WatchedPlot, state: SourceState, run: int) -> Window | None:
        """What is drawn of a plot in place of the run so far, or None."""
        if self._checks is None:
            return None
        return self._checks.window(one.item.key, one.plot, state, run)

    def _overlays(
        self, one: WatchedPlot, run: int, window: Window | None
    ) -> list[Element | None]:
        """What is drawn over a plot, in the same span."""
        found = []
        for path in one.plot.overlay:
            element = self._elements.readable(run, path)
            if window is not None and isinstance(element, Histogram):
                assert self._checks is not None, "they made the window"
                element = self._checks.overlay(one.item.key, path, element)
                if element is None:
                    one.defect = f"{path} is not known in {window.words}, not drawn"
            found.append(element)
        return found

    def _exposure(
        self, one: WatchedPlot, run: int, last: int | None, window: Window | None
    ) -> Exposure:
        """What the data of a plot have seen, as far as its normalisation asks."""
        mode = one.item.mode or one.plot.reference.mode
        how = one.normalize
        means_nothing = one.plot.accumulates_over != "run"
        if mode == "none" or how in ("area", "none") or means_nothing:
            return Exposure()
        paths = self._paths
        if how == "events":
            paths = msgspec.structs.replace(paths, integrated="", pileup="")
        seen = exposure(
            lambda path: self._elements.readable(run, path),
            paths,
            subsystem_of(one.plot.path),
            last,
        )
        return seen if window is None else exposure_in(window, seen)


def compared(picture: Picture, mode: ReferenceMode, scale: float) -> Picture:
    """A picture with its data against the scaled reference, where the mode asks."""
    comparison, beside = None, picture.beside
    data, reference = picture.data, picture.reference
    if data is not None and mode in _COMPARE:
        compare = _COMPARE[mode]
        if reference is not None:
            comparison = compare(data, reference, scale)
        if data.dimension == 1:  # maps have no room for more than one comparison
            beside = tuple(
                msgspec.structs.replace(
                    each, comparison=compare(data, each.histogram, each.note.scale)
                )
                if each.histogram is not None
                else each
                for each in beside
            )
    return msgspec.structs.replace(picture, comparison=comparison, beside=beside)


def reduced(picture: Picture, item: WatchItem) -> Picture:
    """Bring maps down to the tile's pixels, all of them in the same blocks.

    A map that is asked for whole keeps its bins, as far as a message can carry them;
    what is asked for with no pixels at all (evidence) is not sent, and keeps them.
    """
    data = picture.data
    if data is None or data.dimension != 2:
        return picture
    width, height = item.width, item.height
    if item.whole:
        if not width or _nbytes(picture) <= _WHOLE_BYTES:
            return picture
        width = height = _LARGEST_WHOLE

    def small_of(histogram: Histogram) -> Histogram:
        return reduce_map(histogram, width, height, states=item.states)

    small = small_of(data)
    if small is data:
        return picture
    comparison = picture.comparison
    if comparison is not None:
        comparison = reduce_comparison(comparison, width, height)
    expected = picture.expected
    if expected is not None and expected.offending is not None:
        shape = (data.axes[0].bins, data.axes[1].bins)
        offending = reduce_indices(expected.offending, shape, width, height)
        # the band is one of bins that are no more
        expected = msgspec.structs.replace(
            expected, offending=offending, low=None, high=None
        )
    if expected is not None and expected.pulls is not None:
        pulls = Comparison("pull", expected.pulls)
        expected = msgspec.structs.replace(
            expected, pulls=reduce_comparison(pulls, width, height).values
        )
    reference = picture.reference
    return msgspec.structs.replace(
        picture,
        data=small,
        whole=False,
        reference=None if reference is None else small_of(reference),
        comparison=comparison,
        expected=expected,
        overlays=tuple(small_of(each) for each in picture.overlays),
        beside=each_beside(picture.beside, small_of),
    )


def _nbytes(picture: Picture) -> int:
    beside = (each.histogram for each in picture.beside)
    held = [picture.data, picture.reference, *picture.overlays, *beside]
    size = sum(histogram.nbytes for histogram in held if histogram is not None)
    if picture.comparison is not None:
        arrays = (picture.comparison.values, picture.comparison.errors)
        size += sum(array.nbytes for array in arrays if array is not None)
    return size


def banner_of(run: int, state: SourceState, client: Client | None) -> str:
    """What stands over a picture that nobody renews; "" while somebody does.

    Args:
        run: the run the picture is of.
        state: the current run.
        client: the client.
    """
    if run <= 0:  # none, or a file that knows no runs
        return ""
    current = run == state.run
    if client is not None and client.run != run:
        if current:
            return "OLD" + stream_words(client)
        client = None
    word = "" if client is None else client.state
    name = run_words(run).upper()
    run_state = state.run_state if current else state.previous_state
    if word == "final" or run_state is RunState.FINAL:
        return f"{name} FINAL"
    if word == "recorded" or run_state is RunState.RECORDED:
        return f"{name} RECORDED, without its final file"
    if word == "ended" or run_state is RunState.ENDED or not current:
        return f"{name} ENDED, waiting for the final file"
    return ""


def span_of(
    plot: Plot, client: Client | None, unit: str, window: Window | None = None
) -> str:
    """The integration window in words, "LS 1–417"; "" when it is not known.

    It ends where the content does: a client that writes old content into new files
    has seen no more than that.

    Args:
        plot: the plot.
        client: the client, when it serves the run.
        unit: what stands before the number of a lumisection.
        window: what is drawn, where that is not all of the run.
    """
    last, asked = None if client is None else client.reached, plot.window_lumisections
    if asked is not None and window is not None:
        return window.words_for(asked)
    if last is None:
        return ""
    match plot.accumulates:
        case "lumisection":
            return f"{unit} {last}"
        case "latest":
            return f"latest, {unit} {last}"
        case "trend":
            return f"trend, {unit} 1–{last}"
        case _ if asked is None or asked == last:
            return f"{unit} 1–{last}"
        case _ if last < asked:
            return f"{unit} 1–{last}, {last} of {asked} asked"
        case _:
            return f"{unit} 1–{last}: what the last {asked} added is not known"


def _is_trend(picture: Picture, plot: Plot) -> bool:
    data = picture.data
    return data is not None and is_against_lumisection(data.axes[0], plot)


def _expected(
    verdict: Verdict, judged: Expected | None, *, against_lumisection: bool
) -> Expected | None:
    """What a verdict measured against, with its onset where x counts lumisections.

    The producer's quality results carry neither limits nor the bins at fault.
    """
    bad = verdict.status in (Status.WARNING, Status.BAD)
    if not (bad and against_lumisection) or verdict.since is None:
        return judged
    return msgspec.structs.replace(judged or Expected(), first_bad=verdict.since)
