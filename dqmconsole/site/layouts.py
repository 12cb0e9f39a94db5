"""A layout file to a layout whose every plot is one monitor element."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, TypeVar

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
    page_key,
    plot_key,
)
from dqmconsole.site.braces import BraceError, in_step
from dqmconsole.site.decoder import Decoder
from dqmconsole.site.findings import Findings, Place
from dqmconsole.site.nearest import did_you_mean
from dqmconsole.site.yaml_text import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.model.layout import (
        AxisDraw,
        Defaults,
        Draw,
    )
    from dqmconsole.model.problem import Problem
    from dqmconsole.model.site import Site

MAX_PLOTS = 20_000

# What says nothing of how a plot is judged may be wrong without harm to the plots.
_LENIENT: dict[type[msgspec.Struct], frozenset[str]] = {
    Layout: frozenset(("owner", "description", "defaults"))
}


class LayoutRead(NamedTuple):
    """What a layout file gave.

    Attributes:
        layout: its healthy part, expanded; None when there is none.
        places: plot and page keys, and the layout's name -> where they are written;
            with "#owner", "#instruction" or "#subsystem" (of needs) where that is.
        problems: what was wrong.
    """

    layout: Layout | None
    places: dict[str, Place]
    problems: tuple[Problem, ...]


def read_layout(data: bytes, file: str, beam_modes: tuple[str, ...] = ()) -> LayoutRead:
    """Read a layout file: parse, check, resolve what plots inherit, expand braces.

    A broken plot is left out and its page stays; a broken page is left out; a
    syntax error, or a broken head that decides what is judged, leaves nothing.

    Args:
        data: the file's bytes.
        file: its name, as problems say it.
        beam_modes: names of the site's beam modes, lower case; empty: any name.
    """
    findings = Findings(file)
    root = parse(data, findings)
    if root is None:
        if not findings.problems:
            findings.add(
                "the file is empty; a layout begins with its name: layout: …",
                code="empty-file",
            )
        return LayoutRead(None, {}, findings.problems)
    decoder = Decoder(findings, droppable=(Page, Plot), lenient=_LENIENT)
    written = decoder.struct(root, Layout)
    if written is None:
        return LayoutRead(None, {}, findings.problems)
    expansion = _Expansion(decoder, _LayoutRules(decoder, beam_modes))
    layout = expansion.layout(written)
    return LayoutRead(layout, expansion.places, findings.problems)


class _Expansion:
    """Turns the plots as written into one plot per monitor element."""

    def __init__(self, decoder: Decoder, rules: _LayoutRules) -> None:
        self.places: dict[str, Place] = {}
        self._decoder = decoder
        self._rules = rules
        self._count = 0

    def layout(self, written: Layout) -> Layout | None:
        """Expand all pages; None when the head of the file is unsound."""
        healthy = self._rules.head(written)
        self.places[written.layout] = self._decoder.place(written, "layout")
        self._parts(written.layout, written)
        resolver = _Resolver(self._decoder, written)
        pages: dict[str, Page] = {}
        for page in written.pages:
            # What a broken page holds is read all the same: all problems at once.
            sound = self._rules.page(page)
            if page.page in pages:
                first = self.places[page_key(written.layout, page.page)].line
                self._decoder.complain(
                    f'a second page "{page.page}", the first is in line {first}',
                    page,
                    "page",
                    code="duplicate-name",
                )
                continue
            key = page_key(written.layout, page.page)
            self.places[key] = self._decoder.place(page, "page")
            self._parts(key, page)
            expanded = self._page(written.layout, page, resolver)
            if sound:
                pages[page.page] = expanded
        if self._decoder.is_empty_list(written, "pages"):
            self._decoder.complain(
                "the layout has no pages", written, "pages", code="empty-list"
            )
        return resolver.layout(tuple(pages.values())) if healthy else None

    def _page(self, layout: str, page: Page, resolver: _Resolver) -> Page:
        head = resolver.page(page)
        plots: dict[str, Plot] = {}
        for plot in page.plots:
            if not self._rules.plot(plot, page):
                continue
            resolved = resolver.plot(plot, page)
            if resolved is None:
                continue
            own: set[str] = set()
            for each in self._rows(plot, resolved):
                key = plot_key(layout, page.page, each.path)
                if each.path in plots:
                    if each.path in own:
                        words = (
                            f'the braces of this plot give "{each.path}" twice: the '
                            "path needs a list of its own, without repetition"
                        )
                        self._decoder.complain(
                            words, plot, "path", code="duplicate-plot"
                        )
                        break
                    first = self.places[key].line
                    words = f'"{each.path}" is on this page already, in line {first}'
                    self._decoder.complain(words, plot, "path", code="duplicate-plot")
                    continue
                own.add(each.path)
                self.places[key] = self._decoder.place(plot, "path")
                self._parts(key, plot)
                plots[each.path] = each
        if self._decoder.is_empty_list(page, "plots"):
            self._decoder.complain(
                "the page has no plots", page, "plots", code="empty-list"
            )
        return resolver.with_plots(head, tuple(plots.values()))

    def _parts(self, key: str, written: Layout | Page | Plot) -> None:
        """Where the parts are written that are compared with other files."""
        for part in ("owner", "instruction"):
            if self._decoder.has(written, part):
                self.places[f"{key}#{part}"] = self._decoder.place(written, part)
        if written.needs is not None and self._decoder.has(written.needs, "subsystem"):
            self.places[f"{key}#subsystem"] = self._decoder.place(
                written.needs, "subsystem"
            )

    def _rows(self, written: Plot, resolved: Plot) -> list[Plot]:
        rows = self._rules.rows(written)
        self._count += len(rows)
        if self._count > MAX_PLOTS:
            self._decoder.complain(
                f"with this the layout has more than {MAX_PLOTS} plots",
                written,
                "path",
                code="too-large",
            )
            return []
        return [
            _Resolver.row(resolved, path, title, description, tuple(overlay))
            for path, title, description, *overlay in rows
        ]


def plots_of(site: Site) -> Iterator[tuple[Layout, Page, Plot]]:
    """Every plot of a site with where it stands."""
    for layout in site.layouts:
        for page in layout.pages:
            for plot in page.plots:
                yield layout, page, plot


P = TypeVar("P", bound=Part)
V = TypeVar("V")


class _Resolver:
    """Resolves the pages and plots of one layout."""

    def __init__(self, decoder: Decoder, layout: Layout) -> None:
        self._decoder = decoder
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
            self._decoder.complain(
                f"the plot is never shown: its page is for {above} only",
                plot,
                "run_types",
                code="never-shown",
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
        """The plot of one monitor element.

        Args:
            plot: as it is written, with all it inherits.
            path: of the element.
            title: its title.
            description: its description.
            overlay: paths of the elements that are drawn over it.
        """
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
            if not self._decoder.has(over, field.encode_name):
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


MAX_COLUMNS = 6
MAX_ROWS = 6

_WINDOW = re.compile(r"([1-9][0-9]{0,5}) LS")


class _LayoutRules:
    """The rules of one layout that its classes cannot say; each adds its problem."""

    def __init__(self, decoder: Decoder, beam_modes: tuple[str, ...]) -> None:
        self._decoder = decoder
        self._beam_modes = beam_modes
        self._layout: Layout | None = None

    def head(self, layout: Layout) -> bool:
        """Tell whether the head of a layout keeps them."""
        self._layout = layout
        self._defaults(layout.defaults)
        sound = self._named(layout, "layout", layout.layout)
        return self._needs(layout.needs) and sound

    def page(self, page: Page) -> bool:
        """Tell whether the head of a page keeps them."""
        assert self._layout is not None
        sound = [
            self._named(page, "page", page.page),
            self._needs(page.needs),
            self._stale(page),
        ]
        if not 1 <= page.columns <= MAX_COLUMNS:
            sound.append(
                self._wrong(
                    f"columns is 1 to {MAX_COLUMNS}, not {page.columns}",
                    page,
                    code="out-of-range",
                )
            )
        if narrower(self._layout.run_types, page.run_types) is None:
            above = ", ".join(self._layout.run_types)
            sound.append(
                self._wrong(
                    f"the page is never shown: the layout is for {above} only",
                    page,
                    "run_types",
                    code="never-shown",
                )
            )
        return all(sound)

    def plot(self, plot: Plot, page: Page) -> bool:
        """Tell whether a plot, as it is written, keeps them; without its braces."""
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
                self._wrong(str(error), plot, "overlay", error.index - 3, code="braces")
            else:
                self._wrong(str(error), plot, key, code="braces")
            return ()
        for path, _, _, *overlay in rows:
            if (words := _wrong_path(path)) is not None:
                self._wrong(words, plot, "path", code="wrong-path")
                return ()
            for item, each in enumerate(overlay):
                if (words := _wrong_path(each)) is not None:
                    self._wrong(words, plot, "overlay", item, code="wrong-path")
                    return ()
        return rows

    def _wrong(
        self,
        message: str,
        value: object,
        key: str = "",
        item: int | None = None,
        *,
        code: str,
    ) -> bool:
        key = key or message.split(maxsplit=1)[0]
        self._decoder.complain(message, value, key, item, code=code)
        return False

    def _named(self, value: object, key: str, name: str) -> bool:
        if not name.strip():
            return self._wrong(
                f"the {key} has an empty name", value, key, code="empty-name"
            )
        if "›" in name or "\n" in name:
            return self._wrong(
                'a name holds no "›" and no line break', value, key, code="wrong-name"
            )
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
                code="out-of-range",
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
                code="wrong-window",
            )
        accumulates = plot.accumulates or self._layout.defaults.accumulates or "run"
        if accumulates != "run":
            return self._wrong(
                "window is for plots that accumulate over the run; this one says "
                f'"{accumulates}"',
                plot,
                code="wrong-window",
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
                    code="check-form",
                )
        return sound

    def _stale(self, value: Page | Plot | Defaults) -> bool:
        if value.stale_after is not None and value.stale_after <= 0:
            return self._wrong(
                "stale_after is seconds, more than 0", value, code="out-of-range"
            )
        return True

    def _needs(self, needs: Needs | None) -> bool:
        if needs is None:
            return True
        sound = True
        if needs.events < 0:
            sound = self._wrong(
                f"events is 0 or more, not {needs.events}", needs, code="out-of-range"
            )
        if any(fed < 0 for fed in needs.feds):
            sound = self._wrong("feds are numbers from 0", needs, code="out-of-range")
        for item, beam in enumerate(needs.beam):
            if self._beam_modes and beam.lower() not in self._beam_modes:
                hint = did_you_mean(beam, self._beam_modes)
                sound = self._wrong(
                    f'site.yaml has no beam mode "{beam}"{hint}',
                    needs,
                    "beam",
                    item,
                    code="unknown-beam-mode",
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
                f"range is [lowest, highest], not [{low:g}, {high:g}]",
                axis,
                code="wrong-range",
            )
        if axis.scale == "log" and high is not None and high <= 0:
            return self._wrong(
                "range of a log scale ends above 0", axis, code="wrong-range"
            )
        if axis.scale == "log" and low is not None and low <= 0:
            self._decoder.findings.add(
                "range of a log scale begins above 0; null leaves that end free",
                self._decoder.node(axis, "range"),
                code="log-range",
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


class BrokenLayouts:
    """The layout files with errors: what they may hold cannot be said to be missing."""

    def __init__(self) -> None:
        self._stems: set[str] = set()
        self._texts: list[str] = []
        self._nameless = False

    def add(self, file: str, data: bytes) -> None:
        """Take one in.

        Args:
            file: its name.
            data: its bytes, as far as they are known.
        """
        self._stems.add(re.sub(r"^\d+-|\.ya?ml$", "", file).casefold())
        text = data.decode("utf-8", "replace")
        self._texts.append(text)
        if not re.search(r"layout:\s*\S", text):
            self._nameless = True

    def __bool__(self) -> bool:
        return bool(self._texts)

    def may_hold(self, name: str) -> bool:
        """Tell whether a layout, or a subsystem's elements, may be in one of them."""
        if self._nameless or name.casefold() in self._stems:
            return True
        named = re.compile(rf"layout:\s*[\"']?{re.escape(name)}\b")
        return any(f"{name}/" in text or named.search(text) for text in self._texts)
