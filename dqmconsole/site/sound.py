"""What the classes of a layout cannot say: ranges, spans, windows, paths, braces."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dqmconsole.site.braces import BraceError, in_step
from dqmconsole.site.nearest import did_you_mean
from dqmconsole.site.resolve import narrower

if TYPE_CHECKING:
    from dqmconsole.model.layout import (
        AxisDraw,
        Defaults,
        Draw,
        Layout,
        Needs,
        Page,
        Plot,
    )
    from dqmconsole.site.decoder import Decoder

MAX_COLUMNS = 6
MAX_ROWS = 6

_WINDOW = re.compile(r"([1-9][0-9]{0,5}) LS")


class Soundness:
    """Checks the parts of one layout; every failure adds its problem."""

    def __init__(self, shaper: Decoder, beam_modes: tuple[str, ...]) -> None:
        self._shaper = shaper
        self._beam_modes = beam_modes
        self._layout: Layout | None = None

    def head(self, layout: Layout) -> bool:
        """Tell whether the head of a layout is sound."""
        self._layout = layout
        self._defaults(layout.defaults)
        sound = self._named(layout, "layout", layout.layout)
        return self._needs(layout.needs) and sound

    def page(self, page: Page) -> bool:
        """Tell whether the head of a page is sound."""
        assert self._layout is not None
        sound = [
            self._named(page, "page", page.page),
            self._needs(page.needs),
            self._stale(page),
        ]
        if not 1 <= page.columns <= MAX_COLUMNS:
            sound.append(
                self._wrong(f"columns is 1 to {MAX_COLUMNS}, not {page.columns}", page)
            )
        if narrower(self._layout.run_types, page.run_types) is None:
            above = ", ".join(self._layout.run_types)
            sound.append(
                self._wrong(
                    f"the page is never shown: the layout is for {above} only",
                    page,
                    "run_types",
                )
            )
        return all(sound)

    def plot(self, plot: Plot, page: Page) -> bool:
        """Tell whether a plot, as it is written, is sound; without its braces."""
        return all(
            (
                self._span(plot, page),
                self._window(plot),
                self._checks(plot),
                self._stale(plot),
                self._needs(plot.needs),
                self._draw(plot.draw),
            )
        )

    def rows(self, plot: Plot) -> tuple[tuple[str, ...], ...]:
        """Path, title, description and overlays of a plot, row by row.

        Empty, with a problem, when the braces or a path cannot be read.
        """
        texts = (plot.path, plot.title, plot.description, *plot.overlay)
        try:
            rows = in_step(texts)
        except BraceError as error:
            key = ("path", "title", "description")[min(error.index, 2)]
            if error.index > 2:
                self._wrong(str(error), plot, "overlay", error.index - 3)
            else:
                self._wrong(str(error), plot, key)
            return ()
        for path, _, _, *overlay in rows:
            if (words := _wrong_path(path)) is not None:
                self._wrong(words, plot, "path")
                return ()
            for item, each in enumerate(overlay):
                if (words := _wrong_path(each)) is not None:
                    self._wrong(words, plot, "overlay", item)
                    return ()
        return rows

    def _wrong(
        self, message: str, value: object, key: str = "", item: int | None = None
    ) -> bool:
        key = key or message.split(maxsplit=1)[0]
        self._shaper.complain(message, value, key, item)
        return False

    def _named(self, value: object, key: str, name: str) -> bool:
        if not name.strip():
            return self._wrong(f"the {key} has an empty name", value, key)
        if "›" in name or "\n" in name:
            return self._wrong('a name holds no "›" and no line break', value, key)
        return True

    def _span(self, plot: Plot, page: Page) -> bool:
        columns, rows = plot.span
        # Columns that are wrong have their own problem: no second one per plot.
        most = page.columns if 1 <= page.columns <= MAX_COLUMNS else MAX_COLUMNS
        if not (1 <= columns <= most and 1 <= rows <= MAX_ROWS):
            return self._wrong(
                f"span is [columns, rows] from [1, 1] to [{most}, {MAX_ROWS}] "
                f"on this page, not [{columns}, {rows}]",
                plot,
            )
        return True

    def _window(self, plot: Plot) -> bool:
        assert self._layout is not None
        if plot.window is None:
            return True
        if _WINDOW.fullmatch(plot.window) is None:
            return self._wrong(
                f'window is a number of lumisections such as "60 LS", '
                f'not "{plot.window}"',
                plot,
            )
        accumulates = plot.accumulates or self._layout.defaults.accumulates or "run"
        if accumulates != "run":
            return self._wrong(
                "window is for plots that accumulate over the run; this one says "
                f'"{accumulates}"',
                plot,
            )
        return True

    def _checks(self, plot: Plot) -> bool:
        sound = True
        for item, check in enumerate(plot.checks):
            limits = next(iter(check.values()), None)
            if len(check) != 1 or not isinstance(limits, dict | None):
                sound = self._wrong(
                    "each item of checks is one name with its limits, such as "
                    "dead_channels: {warn_above: 0.01}",
                    plot,
                    "checks",
                    item,
                )
        return sound

    def _stale(self, value: Page | Plot | Defaults) -> bool:
        if value.stale_after is not None and value.stale_after <= 0:
            return self._wrong("stale_after is seconds, more than 0", value)
        return True

    def _needs(self, needs: Needs | None) -> bool:
        if needs is None:
            return True
        sound = True
        if needs.events < 0:
            sound = self._wrong(f"events is 0 or more, not {needs.events}", needs)
        if any(fed < 0 for fed in needs.feds):
            sound = self._wrong("feds are numbers from 0", needs)
        for item, beam in enumerate(needs.beam):
            if self._beam_modes and beam.lower() not in self._beam_modes:
                hint = did_you_mean(beam, self._beam_modes)
                sound = self._wrong(
                    f'site.yaml has no beam mode "{beam}"{hint}', needs, "beam", item
                )
        return sound

    def _defaults(self, defaults: Defaults) -> bool:
        return all((self._draw(defaults.draw), self._stale(defaults)))

    def _draw(self, draw: Draw | None) -> bool:
        if draw is None:
            return True
        return all(self._axis(axis) for axis in (draw.x, draw.y, draw.z))

    def _axis(self, axis: AxisDraw) -> bool:
        low, high = axis.range or (None, None)
        if low is not None and high is not None and low >= high:
            return self._wrong(
                f"range is [lowest, highest], not [{low:g}, {high:g}]", axis
            )
        if axis.scale == "log" and high is not None and high <= 0:
            return self._wrong("range of a log scale ends above 0", axis)
        if axis.scale == "log" and low is not None and low <= 0:
            self._shaper.findings.add(
                "range of a log scale begins above 0; null leaves that end free",
                self._shaper.node(axis, "range"),
                severity="advice",
            )
        return True


def _wrong_path(path: str) -> str | None:
    if not path.strip():
        return "the path is empty"
    if path != path.strip() or path.startswith("/") or path.endswith("/"):
        return f'the path "{path}" begins or ends with a blank or "/"'
    if "//" in path:
        return f'the path "{path}" holds "//"'
    return None
