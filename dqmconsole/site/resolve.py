"""What a plot takes over from its page, its layout and the layout's defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec

from dqmconsole.model.layout import (
    RUN_TYPES,
    Layout,
    Needs,
    Page,
    Part,
    Plot,
    ReferenceDraw,
    RunType,
)

if TYPE_CHECKING:
    from dqmconsole.site.decoder import Decoder

P = TypeVar("P", bound=Part)
V = TypeVar("V")


class Resolver:
    """Resolves the pages and plots of one layout."""

    def __init__(self, shaper: Decoder, layout: Layout) -> None:
        self._shaper = shaper
        self._layout = layout

    def layout(self, pages: tuple[Page, ...]) -> Layout:
        """The layout with its expanded pages."""
        needs = _spoken(self._layout.needs)
        return msgspec.structs.replace(self._layout, pages=pages, needs=needs)

    def page(self, page: Page) -> Page:
        """The page with needs and run types resolved, without plots."""
        return msgspec.structs.replace(
            page,
            plots=(),
            needs=self._needs_of_page(page),
            run_types=self._run_types(page),
        )

    def with_plots(self, page: Page, plots: tuple[Plot, ...]) -> Page:
        """The page with its expanded plots."""
        return msgspec.structs.replace(page, plots=plots)

    def plot(self, plot: Plot, page: Page) -> Plot | None:
        """The plot with all it inherits; None, with a problem, if it never shows."""
        run_types = narrower(self._run_types(page), plot.run_types)
        if run_types is None:
            above = ", ".join(self._run_types(page))
            self._shaper.complain(
                f"the plot is never shown: its page is for {above} only",
                plot,
                "run_types",
            )
            return None
        defaults = self._layout.defaults
        accumulates = plot.accumulates or defaults.accumulates or "run"
        return msgspec.structs.replace(
            plot,
            run_types=run_types,
            needs=_spoken(self.merged(plot.needs, self._needs_of_page(page))),
            draw=self.merged(plot.draw, defaults.draw),
            reference=ReferenceDraw(
                mode=plot.reference.mode or defaults.reference.mode or "overlay",
                normalize=plot.reference.normalize
                or defaults.reference.normalize
                # A state or a trend does not grow with the events: scaled, its
                # reference would be drawn wrongly.
                or ("none" if accumulates in ("latest", "trend") else "events"),
            ),
            accumulates=accumulates,
            stale_after=_first(
                plot.stale_after, page.stale_after, defaults.stale_after
            ),
            instruction=_first(plot.instruction, page.instruction),
        )

    @staticmethod
    def row(
        plot: Plot, path: str, title: str, description: str, overlay: tuple[str, ...]
    ) -> Plot:
        """The plot of one monitor element."""
        return msgspec.structs.replace(
            plot, path=path, title=title, description=description, overlay=overlay
        )

    def merged(self, over: P | None, under: P | None) -> P | None:
        """Join two parts field by field; what is written in `over` wins.

        Written counts, not the value: ``needs: {dcs: []}`` takes back the
        partitions that the page asks for.
        """
        if over is None or under is None:
            return under if over is None else over
        changes = {}
        for field in msgspec.structs.fields(type(over)):
            if not self._shaper.has(over, field.encode_name):
                continue
            value = getattr(over, field.name)
            if isinstance(value, Part):
                value = self.merged(value, getattr(under, field.name))
            changes[field.name] = value
        return msgspec.structs.replace(under, **changes)

    def _needs_of_page(self, page: Page) -> Needs | None:
        return _spoken(self.merged(page.needs, self._layout.needs))

    def _run_types(self, page: Page) -> tuple[RunType, ...]:
        # An empty intersection was refused with the page.
        return narrower(self._layout.run_types, page.run_types) or ()


def narrower(
    above: tuple[RunType, ...], below: tuple[RunType, ...]
) -> tuple[RunType, ...] | None:
    """The run types in both, none left out meaning all; None when nothing is left."""
    both = tuple(
        each
        for each in RUN_TYPES
        if (not above or each in above) and (not below or each in below)
    )
    if not above and not below:
        return ()
    return both or None


def _spoken(needs: Needs | None) -> Needs | None:
    """The needs with beam modes in lower case, as the conditions name them."""
    if needs is None or not needs.beam:
        return needs
    beam = tuple(each.lower() for each in needs.beam)
    return msgspec.structs.replace(needs, beam=beam)


def _first(*values: V | None) -> V | None:
    return next((each for each in values if each is not None), None)
