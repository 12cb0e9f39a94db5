"""What plots are compared with: their references, scaled to what is judged."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.engine.checking import Against, area_of
from dqmconsole.engine.references import Measured
from dqmconsole.model.compare import (
    Exposure,
    incompatible,
    is_scaled,
    normalization,
    scaled_as,
)
from dqmconsole.model.histogram import Histogram
from dqmconsole.model.layout import DEFAULT_NORMALIZE, subsystem_of
from dqmconsole.model.reference import ReferenceNote
from dqmconsole.site.layouts import plots_of

if TYPE_CHECKING:
    from dqmconsole.checks.derived import Input
    from dqmconsole.engine.elements import Elements
    from dqmconsole.engine.exposures import Exposures
    from dqmconsole.engine.references import References
    from dqmconsole.engine.source_state import SourceState
    from dqmconsole.model.layout import Normalization, Plot
    from dqmconsole.model.run import Client
    from dqmconsole.model.site import Site
    from dqmconsole.recording.recent import Window

_OTHERS, _LEAST_OTHERS = 15, 2  # plots that say how much an empty one should hold


def grows(plot: Plot) -> bool:
    """Tell whether more is counted the longer it goes on: its reference is scaled."""
    return scaled_as("events", plot.accumulates_over)[1] == "run"


class Comparisons:
    """Finds what a plot is compared with.

    Args:
        elements: of the current run.
        references: the references.
        exposures: how much was seen of the run.
        site: whose plots say how much an empty one should hold.
    """

    def __init__(
        self,
        elements: Elements,
        references: References,
        exposures: Exposures,
        site: Site,
    ) -> None:
        self._elements = elements
        self._references = references
        self._exposures = exposures
        self._by_subsystem: dict[str, dict[str, None]] = {}
        for _, _, plot in plots_of(site):
            if plot.accumulates_over == "run":
                own = self._by_subsystem.setdefault(subsystem_of(plot.path), {})
                own[plot.path] = None

    def of(
        self, plot: Plot, data: Histogram, state: SourceState, window: Window | None
    ) -> tuple[Against, ...]:
        """The plot's references, scaled as they are drawn; one at least.

        `data` is what is judged of it: its window, or all of the run.
        """
        how = plot.reference.normalize or DEFAULT_NORMALIZE
        how, accumulates = scaled_as(how, plot.accumulates_over)
        seen = Exposure()
        if how not in ("area", "none") and accumulates == "run":
            seen = self._exposures.of(plot.path, how, state, window)
        run_type = state.conditions.run_type
        measured = Measured(data, plot.path, how, seen, accumulates)
        found = self._references.each_scaled(measured, run_type)
        against = tuple(Against(*each) for each in found)
        if accumulates != "run" or np.any(data.contents):
            return against
        return tuple(
            self._by_other_plots(each, plot, state, window) for each in against
        )

    def derived(
        self,
        of: Input,
        plot: Plot,
        data: Histogram,
        state: SourceState,
        against: Against,
    ) -> Against:
        """An input made of the reference's elements; scaled as that of the plot.

        `data` is the input made of the run's, `against` what the plot is compared with.
        """
        if against.reference is None:
            return against
        run_type = state.conditions.run_type
        found = [
            self._references.judged_by(path, run_type) for path in of.paths(plot.path)
        ]
        elements = [each for each in found if each is not None]
        if len(elements) < len(found):
            words = "the reference lacks an element of the input"
            return Against(note=ReferenceNote(sentence=words))
        reference = of.derive(elements)
        differs = incompatible(data, reference)
        if differs:
            return Against(note=ReferenceNote(sentence=differs))
        known = of.known(elements) if of.OF_SPAN else None
        if against.note.normalize in ("events", "pileup", "lumi"):
            return Against(reference, against.note, known=known)
        how: Normalization = "area" if grows(plot) else "none"
        scaling = normalization(data, reference, how)
        return Against(reference, scaling.noted(against.note), known=known)

    def _by_other_plots(
        self, against: Against, plot: Plot, state: SourceState, window: Window | None
    ) -> Against:
        """An empty element's reference, where nobody knows how much was seen.

        By area it would be scaled to nothing; what others of the subsystem hold,
        compared with their own references, says how much there should be.
        """
        reference, note = against.reference, against.note
        if reference is None or note.normalize != "area":
            return against
        run_type, shares = state.conditions.run_type, []
        for path in self._by_subsystem.get(subsystem_of(plot.path), ()):
            other = self._elements.readable(state.run, path)
            if not isinstance(other, Histogram) or not is_scaled(other):
                continue
            expected, _ = self._references.plain(path, run_type, state.run)
            if expected is not None and not incompatible(other, expected):
                area = area_of(expected)
                shares += [area_of(other) / area] if area > 0 else []
            if len(shares) >= _OTHERS:
                break
        if len(shares) < _LEAST_OTHERS:
            return against
        scale = median(shares) * _share(window, state.client_of(plot.path))
        scaled = msgspec.structs.replace(note, scale=scale)
        return against._replace(note=scaled)


def _share(window: Window | None, client: Client | None) -> float:
    """The share of a run's lumisections that lie in a window of it."""
    if window is None or window.first is None or window.last is None:
        return 1.0
    if client is None or not client.reached:
        return 1.0
    return (window.last - window.first + 1) / client.reached
