"""One element as a tile draws it: decoded, compared on all bins, then reduced."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.engine.conditions import latest_number
from dqmconsole.engine.evidence import reason_of
from dqmconsole.engine.references import DEFAULT_NORMALIZE, Exposure
from dqmconsole.model.compare import difference, ratio
from dqmconsole.model.frame import Comparison, Picture
from dqmconsole.model.histogram import Histogram, Scalar
from dqmconsole.model.layout import subsystem_of
from dqmconsole.model.reduce import reduce_deviation, reduce_map
from dqmconsole.model.reference import ReferenceNote
from dqmconsole.rootio.errors import (
    BeingReadError,
    NotInFileError,
    RootFileError,
    UnreadableClassError,
)

if TYPE_CHECKING:
    from dqmconsole.engine.references import References
    from dqmconsole.engine.situation import Situation
    from dqmconsole.engine.store import Store
    from dqmconsole.model.layout import Plot, ReferenceMode
    from dqmconsole.model.message import WatchItem
    from dqmconsole.model.run import Conditions
    from dqmconsole.model.site import ConditionPaths
    from dqmconsole.sources.source import Source

_RUNS_KEPT = 4
_NEUTRAL = {"ratio": 1.0, "difference": 0.0}
# A whole map goes to the console in one message of at most 512 MiB: where map,
# reference, comparison and overlays have more than this, bins are merged after all.
_WHOLE_BYTES = 400 << 20
_LARGEST_WHOLE = 2000  # bins along an axis that are then left


class Drawn(msgspec.Struct, frozen=True, gc=False):
    """A picture, and what it was made of.

    Attributes:
        picture: None when there is nothing to draw.
        note: the reference and how it was scaled.
        reference: the reference with all its bins, to tell when it changes.
        trouble: why there is no picture of an element that is there, or "".
        reading: another process is reading the element: to be drawn again.
    """

    picture: Picture | None = None
    note: ReferenceNote = ReferenceNote()
    reference: Histogram | None = None
    trouble: str = ""
    reading: bool = False


class Pictures:
    """Draws elements of any run at hand.

    Args:
        source, store: where elements come from.
        references: what they are compared with.
        paths: where events and luminosity stand.
    """

    def __init__(
        self,
        source: Source,
        store: Store,
        references: References,
        paths: ConditionPaths,
    ) -> None:
        self._source = source
        self._store = store
        self._references = references
        self._paths = paths
        # Pictures of a run outlive it: so must what decides on their references.
        self._conditions: dict[int, Conditions] = {}

    def notice(self, situation: Situation) -> None:
        """Remember the conditions of the run."""
        if situation.run:
            self._conditions[situation.run] = situation.conditions
            for run in sorted(self._conditions)[:-_RUNS_KEPT]:
                del self._conditions[run]

    def draw(self, plot: Plot, item: WatchItem, run: int) -> Drawn:
        """Draw one plot.

        Args:
            plot: the plot, resolved.
            item: pixels and reference mode asked for.
            run: the run to draw.
        """
        try:
            element = self._store.element(run, plot.path)
        except NotInFileError:
            return Drawn()  # MISSING, says the verdict
        except BeingReadError:
            return Drawn(reading=True)
        except (UnreadableClassError, RootFileError, OSError) as error:
            return Drawn(trouble=reason_of(error))
        if isinstance(element, Scalar):
            return Drawn(Picture(data=None, text=str(element.value)))
        if element.dimension > 2:
            bins = " × ".join(str(axis.bins) for axis in element.axes)
            return Drawn(
                Picture(
                    data=None,
                    text=f"3-D, {bins} bins, {element.entries:,.0f} entries: not drawn",
                )
            )
        mode = item.mode or plot.reference.mode or "overlay"
        reference, note = None, ReferenceNote()
        if mode != "none":
            reference, note = self._references.scaled(
                element,
                plot.path,
                self._conditions[run].run_type if run in self._conditions else None,
                plot.reference.normalize or DEFAULT_NORMALIZE,
                self._exposure(run, subsystem_of(plot.path)),
                plot.accumulates or "run",
            )
        comparison = compared(element, reference, mode, note.scale)
        overlays = self._overlays(plot, run)
        picture = reduced(
            Picture(
                data=element,
                overlays=overlays,
                reference=reference,
                comparison=comparison,
            ),
            item,
        )
        return Drawn(picture, note, reference)

    def _exposure(self, run: int, subsystem: str) -> Exposure:
        conditions = self._conditions.get(run)
        events = None
        if self._paths.events:
            try:
                path = f"{subsystem}/{self._paths.events}"
                events = latest_number(self._store.element(run, path))
            except (NotInFileError, UnreadableClassError, RootFileError, OSError):
                events = None
        return Exposure(events, None if conditions is None else conditions.integrated)

    def _overlays(self, plot: Plot, run: int) -> tuple[Histogram, ...]:
        found = []
        for path in plot.overlay:
            try:
                element = self._store.element(run, path)
            except (NotInFileError, UnreadableClassError, RootFileError, OSError):
                continue  # a problem of the layout, told by the judging
            if isinstance(element, Histogram):
                found.append(element)
        return tuple(found)


def compared(
    data: Histogram, reference: Histogram | None, mode: ReferenceMode, scale: float
) -> Comparison | None:
    """Data against the scaled reference, where the mode asks for it."""
    if reference is None or mode not in _NEUTRAL:
        return None
    compare = ratio if mode == "ratio" else difference
    return compare(data, reference, scale)


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
    small = reduce_map(data, width, height)
    if small is data:
        return picture
    comparison = picture.comparison
    if comparison is not None:
        comparison = Comparison(
            mode=comparison.mode,
            values=reduce_deviation(
                comparison.values, width, height, _NEUTRAL[comparison.mode]
            ),
        )
    reference = picture.reference
    return msgspec.structs.replace(
        picture,
        data=small,
        whole=False,
        reference=None if reference is None else reduce_map(reference, width, height),
        comparison=comparison,
        overlays=tuple(reduce_map(each, width, height) for each in picture.overlays),
    )


def _nbytes(picture: Picture) -> int:
    held = [picture.data, picture.reference, *picture.overlays]
    size = sum(histogram.nbytes for histogram in held if histogram is not None)
    if picture.comparison is not None:
        arrays = (picture.comparison.values, picture.comparison.errors)
        size += sum(array.nbytes for array in arrays if array is not None)
    return size
