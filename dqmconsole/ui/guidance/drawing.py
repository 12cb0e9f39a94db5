"""Which examples are shown: asked of the engine once, and kept for the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.ui.guidance.example_sheet import ExampleSheet
from dqmconsole.ui.guidance.examples import ExampleStrip

if TYPE_CHECKING:
    from dqmconsole.model.instruction import Instruction
    from dqmconsole.model.message import DrawnExample, Examples, Receipt
    from dqmconsole.shift.pages import PlotPlace
    from dqmconsole.ui.context import Context

KEPT = 12  # plots whose drawn examples are kept


class ExampleDrawing:
    """Fills the strip of examples, and the sheet that shows one large.

    Args:
        context: the session that is asked, and the window.

    Attributes:
        strip: the examples of the selected plot.
        sheet: one of them, large.
    """

    def __init__(self, context: Context) -> None:
        self._client = context.client
        self._place: PlotPlace | None = None
        self._instruction = ""
        self._shown: tuple[object, ...] = ()
        self._request = 0
        self._kept: dict[tuple[object, ...], tuple[DrawnExample, ...]] = {}
        self.strip = ExampleStrip(context.colours)
        self.sheet = ExampleSheet(context.window, context.colours)
        self.strip.wanted.connect(self._ask)
        self.strip.opened.connect(self._open)

    def show_instruction(self, place: PlotPlace, found: Instruction) -> None:
        """Show the examples of a plot's instruction, drawn as soon as they are seen."""
        site = self._client.site
        shown = (
            place.key,
            found.id,
            found.hash,
            site.hash if site is not None else "",
            self._client.mailbox.run.conditions.run_type,
            self._client.mailbox.run.run,  # each may have another reference
        )
        if shown == self._shown:
            return
        self._shown, self._request = shown, 0
        self._place, self._instruction = place, found.id
        kept = self._kept.get(shown)
        self.strip.show_captions(found.examples, ask=kept is None)
        if kept is not None:
            self.strip.show_drawn(kept, place.plot)

    def show_examples(self, drawn: Examples) -> None:
        """Show what the engine has drawn, when it is of this plot."""
        if drawn.request != self._request or self._place is None:
            return
        self._kept[self._shown] = drawn.items
        while len(self._kept) > KEPT:
            del self._kept[next(iter(self._kept))]
        self.strip.show_drawn(drawn.items, self._place.plot)

    def show_refused(self, receipt: Receipt) -> None:
        """Say why the examples were not drawn, when it was they."""
        if receipt.request == self._request:
            self.strip.show_why(f"not drawn: {receipt.sentence}")

    def _ask(self, width: int, height: int) -> None:
        if self._place is None:
            return
        ratio = self.strip.devicePixelRatioF()
        self._request = self._client.draw_examples(
            self._place.key,
            self._instruction,
            round(width * ratio),
            round(height * ratio),
        )

    def _open(self, drawn: DrawnExample) -> None:
        if self._place is not None:
            self.sheet.show_example(drawn, self._place.plot)
