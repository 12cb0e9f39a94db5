"""A layout file to a layout whose every plot is one monitor element."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

import msgspec

from dqmconsole.model.cause import FAMILIES, PART
from dqmconsole.model.layout import (
    OFF_ON,
    Defaults,
    Layout,
    Needs,
    Page,
    Part,
    Plot,
    ReferenceDraw,
    RunType,
    page_key,
    plot_key,
    subsystem_of,
)
from dqmconsole.site.braces import BraceError, in_step
from dqmconsole.site.check_items import MAX_PERSIST, CheckReader, Checks
from dqmconsole.site.decoder import ANY_WORDS, Decoder, SiteWords, Wrong, fields_of
from dqmconsole.site.findings import Findings, Place
from dqmconsole.site.globs import wrong_glob
from dqmconsole.site.nearest import did_you_mean
from dqmconsole.site.references import wrong_dates
from dqmconsole.site.yaml_text import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dqmconsole.model.layout import AxisDraw, Draw, Feeds
    from dqmconsole.model.problem import Problem
    from dqmconsole.model.site import Site

MAX_PLOTS = 20_000

# What says nothing of how a plot is judged may be wrong without harm to the plots.
_LENIENT: dict[type[msgspec.Struct], frozenset[str]] = {
    Layout: frozenset(("owner", "description")),
    Defaults: frozenset(
        ("reference", "draw", "accumulates", "stale_after", "alarm", "consequence")
    ),
}
MAX_SETTLE = 1000  # updates
AXES: tuple[Literal["x", "y"], ...] = ("x", "y")
_CHECKS = frozenset(("checks",))


class LayoutRead(NamedTuple):
    """What a layout file gave.

    Attributes:
        layout: its healthy part, expanded; None when there is none.
        places: plot and page keys, and the layout's name -> where they are written;
            with "#owner", "#instruction", "#alarm", "#axes" or "#needs.beam" where that
            is; the alarm of the layout is that of its defaults. Of the first
            of a plot's checks "#checks[0]" is where its name is, and "#checks[0].KEY"
            where a limit or option is; of the first name that it feeds it is
            "#feeds[0].to[0]".
        problems: what was wrong.
    """

    layout: Layout | None
    places: dict[str, Place]
    problems: tuple[Problem, ...]


def read_layout(
    data: bytes, file: str, words: SiteWords = ANY_WORDS, beam_mode: str = ""
) -> LayoutRead:
    """Read a layout file: parse, check, resolve what plots inherit, expand braces.

    A broken plot is left out and its page stays; a broken page is left out; a
    syntax error, or a broken head that decides what is judged, leaves nothing. A plot
    of which a check is broken stays, and has one in its place that always fails.

    Args:
        data: the file's bytes.
        file: its name, as problems say it.
        words: what the site's names may be.
        beam_mode: path of the element that holds their numbers; "" when there is none.
    """
    findings = Findings(file)
    root = parse(
        data, findings, "the file is empty; a layout begins with its name: layout: …"
    )
    decoder = Decoder(
        findings,
        droppable=(Page, Plot),
        lenient=_LENIENT,
        unread={Plot: _CHECKS, Page: _CHECKS, Defaults: _CHECKS},
        words=words,
    )
    written = None if root is None else decoder.struct(root, Layout)
    if written is None:
        return LayoutRead(None, {}, findings.problems)
    reading = _LayoutReading(decoder, written, words.beam_modes, beam_mode)
    layout = reading.layout()
    return LayoutRead(layout, reading.places, findings.problems)


def plots_of(site: Site) -> Iterator[tuple[Layout, Page, Plot]]:
    """Every plot of a site with where it stands."""
    for layout in site.layouts:
        for page in layout.pages:
            for plot in page.plots:
                yield layout, page, plot


P = TypeVar("P", bound=Part)
V = TypeVar("V")


class _LayoutReading:
    """Turns the plots of one layout as written into one per monitor element.

    Args:
        decoder: made the layout.
        written: the layout.
        beam_modes, beam_mode: as for :func:`read_layout`.

    Attributes:
        places: as :class:`LayoutRead` has them.
    """

    def __init__(
        self,
        decoder: Decoder,
        written: Layout,
        beam_modes: tuple[str, ...],
        beam_mode: str,
    ) -> None:
        self.places: dict[str, Place] = {}
        self._decoder = decoder
        self._written = written
        self._beam_modes = beam_modes
        self._beam_mode = beam_mode
        self._count = 0
        self._check_reader = CheckReader(decoder)

    def layout(self) -> Layout | None:
        """The layout, expanded; None when the head of the file is unsound."""
        written, accepts = self._written, self._decoder.accepts
        self._accepts_draw(written.defaults.draw)
        accepts(written.defaults, _wrong_stale(written.defaults))
        accepts(written.defaults, _wrong_persist(written.defaults))
        accepts(written.defaults, _wrong_consequence(written.defaults))
        sound = accepts(written, _wrong_name("layout", written.layout))
        sound &= self._accepts_needs(written.needs)
        accepts(written, wrong_dates(written, "retiring") if written.retiring else ())
        self._place(written.layout, written, "layout")
        checks = self._checks(written.defaults, Checks())
        pages: dict[str, Page] = {}
        for page in written.pages:
            # What a broken page holds is read all the same: all problems at once.
            healthy = accepts(page, _wrong_name("page", page.page))
            healthy &= self._accepts_needs(page.needs)
            healthy &= accepts(page, _wrong_page(page, written))
            key = page_key(written.layout, page.page)
            if page.page in pages:
                line = self.places[key].line
                words = f'a second page "{page.page}", the first is in line {line}'
                self._decoder.complain(words, page, "page", code="duplicate-name")
                continue
            self._place(key, page, "page")
            expanded = self._page(page, checks)
            if healthy:
                pages[page.page] = expanded
        if self._decoder.is_empty_list(written, "pages"):
            words = "the layout has no pages"
            self._decoder.complain(words, written, "pages", code="empty-list")
        if not sound:
            return None
        needs = _lower(written.needs)
        defaults = msgspec.structs.replace(written.defaults, checks=checks.value)
        found = tuple(pages.values())
        if written.commissioning:
            found = tuple(map(_isolated, found))
        return msgspec.structs.replace(
            written, pages=found, needs=needs, defaults=defaults
        )

    def _checks(self, part: Defaults | Page | Plot, above: Checks) -> Checks:
        """What is written under the ``checks:`` of a part, else what stands above."""
        node = self._decoder.node(part, "checks")
        if node is None or not self._decoder.has(part, "checks"):
            return above
        return self._check_reader.read(node)

    def _page(self, page: Page, above: Checks) -> Page:
        needs = _lower(self._merged(page.needs, self._written.needs))
        # An empty intersection was refused with the page.
        run_types = _narrower(self._written.run_types, page.run_types) or ()
        checks = self._checks(page, above)
        inheriting = msgspec.structs.replace(
            page, needs=needs, run_types=run_types, checks=checks.value
        )
        plots: dict[str, Plot] = {}
        for plot in page.plots:
            # Broken checks are said of a broken plot, too.
            own = self._checks(plot, checks)
            if self._accepts_plot(plot, page):
                resolved = self._resolved(plot, inheriting)
                if resolved is not None and own is not checks:
                    own = self._check_reader.shown(own, resolved.run_types)
                self._add_rows(plot, resolved, own, page.page, plots)
        if self._decoder.is_empty_list(page, "plots"):
            words = "the page has no plots"
            self._decoder.complain(words, page, "plots", code="empty-list")
        return msgspec.structs.replace(inheriting, plots=tuple(plots.values()))

    def _add_rows(
        self,
        written: Plot,
        resolved: Plot | None,
        checks: Checks,
        page: str,
        plots: dict[str, Plot],
    ) -> None:
        """Add the plots of the monitor elements that one plot stands for.

        Args:
            written: the plot in the file.
            resolved: the same with all it inherits; None when it is never shown.
            checks: what it is judged by.
            page: name of its page.
            plots: of the page, by path.
        """
        if resolved is None:
            return
        own: set[str] = set()
        rows = self._rows(written)
        by_row = self._check_reader.by_row(checks, written.path, len(rows))
        for (path, title, description, where, x, y, *others), judged_by in zip(
            rows, by_row, strict=True
        ):
            key = plot_key(self._written.layout, page, path)
            if path in own:
                words = (
                    f'the braces of this plot give "{path}" twice: the path needs a '
                    "list of its own, without repetition"
                )
                self._decoder.complain(words, written, "path", code="duplicate-plot")
                return
            if path in plots:
                first = self.places[key].line
                words = f'"{path}" is on this page already, in line {first}'
                self._decoder.complain(words, written, "path", code="duplicate-plot")
                continue
            own.add(path)
            self._place(key, written, "path")
            for part, place in judged_by.places():
                self.places[f"{key}#checks{part}"] = place
            for at, feeds in enumerate(written.feeds):
                for part, place in self._decoder.items(feeds, "to").items():
                    self.places[f"{key}#feeds[{at}].{part}"] = place
            plots[path] = msgspec.structs.replace(
                resolved,
                path=path,
                checks=judged_by.value,
                title=title,
                description=description,
                axes={name: each for name, each in (("x", x), ("y", y)) if each},
                part=where,
                overlay=tuple(others[: len(written.overlay)]),
                formerly=tuple(others[len(written.overlay) :]),
                draw=self._with_states(path, resolved.draw),
            )

    def _with_states(self, path: str, draw: Draw | None) -> Draw | None:
        """Name the states of a strip of the beam mode as the site does, from 1."""
        named = path == self._beam_mode and bool(self._beam_modes)
        if not named or draw is None or draw.style != "strip" or draw.states != OFF_ON:
            return draw
        return msgspec.structs.replace(draw, states=("", *self._beam_modes))

    def _rows(self, plot: Plot) -> tuple[tuple[str, ...], ...]:
        """Path, title, description, part, axes, overlays and former names, row by row.

        Empty, with a problem, when the braces or a path cannot be read.
        """
        try:
            axes = (plot.axes.get(name, "") for name in AXES)
            texts = (plot.path, plot.title, plot.description, plot.part, *axes)
            rows = in_step((*texts, *plot.overlay, *plot.formerly))
        except BraceError as error:
            places: list[tuple[str, int | None]] = [
                *(
                    (key, None)
                    for key in ("path", "title", "description", "part", *2 * ("axes",))
                ),
                *(("overlay", at) for at in range(len(plot.overlay))),
                *(("formerly", at) for at in range(len(plot.formerly))),
            ]
            key, item = places[error.index]
            self._decoder.complain(str(error), plot, key, item, code="braces")
            return ()
        size = len(plot.overlay)
        for path, _, _, _, _, _, *others in rows:
            # One of them is enough: the rows are alike.
            if wrong := next(_wrong_paths(path, others[:size], others[size:]), None):
                self._decoder.accepts(plot, (wrong,))
                return ()
        self._count += len(rows)
        if self._count > MAX_PLOTS:
            words = f"with this the layout has more than {MAX_PLOTS} plots"
            self._decoder.complain(words, plot, "path", code="too-large")
            return ()
        return rows

    def _place(self, key: str, written: Layout | Page | Plot, name: str) -> None:
        """Note where a part stands, and what of it is compared with other files."""
        self.places[key] = self._decoder.place(written, name)
        parts: tuple[tuple[str, Part | None], ...] = (
            ("owner", written),
            ("instruction", written),
            ("alarm", written.defaults if isinstance(written, Layout) else written),
            ("axes", written),
        )
        for part, value in parts:
            if self._decoder.has(value, part):
                self.places[f"{key}#{part}"] = self._decoder.place(value, part)
        needs = written.needs
        for part in () if needs is None else needs.__struct_fields__:
            if self._decoder.has(needs, part):
                self.places[f"{key}#needs.{part}"] = self._decoder.place(needs, part)

    def _resolved(self, plot: Plot, page: Page) -> Plot | None:
        """The plot with all it inherits; None, with a problem, if it never shows."""
        run_types = _narrower(page.run_types, plot.run_types)
        if run_types is None:
            above = ", ".join(page.run_types)
            words = f"the plot is never shown: its page is for {above} only"
            self._decoder.complain(words, plot, "run_types", code="never-shown")
            return None
        defaults = self._written.defaults
        accumulates = plot.accumulates or defaults.accumulates or "run"
        return msgspec.structs.replace(
            plot,
            run_types=run_types,
            needs=_lower(self._merged(plot.needs, page.needs)),
            draw=self._merged(plot.draw, defaults.draw),
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
            quality_results=_first(
                plot.quality_results, page.quality_results, defaults.quality_results
            ),
            quality_persist=_first(
                plot.quality_persist, page.quality_persist, defaults.quality_persist
            ),
            instruction=_first(plot.instruction, page.instruction),
            alarm=_first(plot.alarm, page.alarm, defaults.alarm),
            consequence=_first(
                plot.consequence, page.consequence, defaults.consequence
            ),
        )

    def _merged(self, over: P | None, under: P | None) -> P | None:
        """Join two parts field by field; what is written in `over` wins.

        Written counts, not the value: ``needs: {dcs: []}`` takes back the
        partitions that the page asks for.
        """
        if over is None or under is None:
            return under if over is None else over
        changes = {}
        for field in fields_of(type(over)):
            if not self._decoder.has(over, field.encode_name):
                continue
            value = getattr(over, field.name)
            if isinstance(value, Part):
                value = self._merged(value, getattr(under, field.name))
            changes[field.name] = value
        return msgspec.structs.replace(under, **changes)

    def _accepts_plot(self, plot: Plot, page: Page) -> bool:
        """Tell whether a plot, without its braces, is sound; its parts as well."""
        sound = (
            self._decoder.accepts(plot, _wrong_plot(plot, page, self._written)),
            self._accepts_needs(plot.needs),
            self._accepts_draw(plot.draw),
            self._accepts_axes(plot),
            *(self._decoder.accepts(each, _wrong_feeds(each)) for each in plot.feeds),
        )
        return all(sound)

    def _accepts_axes(self, plot: Plot) -> bool:
        names = self._decoder.names(plot, "axes")
        for name, node in names.items():
            if name not in AXES:
                words = f'axes has no "{name}", only {" and ".join(AXES)}'
                self._decoder.findings.add(words, node, "unknown-key")
        return all(name in AXES for name in names)

    def _accepts_needs(self, needs: Needs | None) -> bool:
        wrongs = () if needs is None else _wrong_needs(needs, self._beam_modes)
        return self._decoder.accepts(needs, wrongs)

    def _accepts_draw(self, draw: Draw | None) -> bool:
        if draw is None:
            return True
        axes = (draw.x, draw.y, draw.z)
        sound = [self._decoder.accepts(axis, _wrong_axis(axis)) for axis in axes]
        return self._decoder.accepts(draw, _wrong_states(draw)) and all(sound)


def _narrower(
    above: tuple[RunType, ...], below: tuple[RunType, ...]
) -> tuple[RunType, ...] | None:
    """The run types in both, none left out meaning all; None when nothing is left."""
    both = tuple(
        each
        for each in above or below
        if (not above or each in above) and (not below or each in below)
    )
    if not above and not below:
        return ()
    return both or None


def _lower(needs: Needs | None) -> Needs | None:
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


def _wrong_name(key: str, name: str) -> Iterator[Wrong]:
    if not name.strip():
        yield Wrong("empty-name", key, f"the {key} has an empty name")
    elif "›" in name or "\n" in name:
        yield Wrong("wrong-name", key, 'a name holds no "›" and no line break')


def _isolated(page: Page) -> Page:
    """A page that is tried out: for experts, with no alarm and no flag of its own."""
    plots = tuple(
        msgspec.structs.replace(each, alarm=None, consequence=None, flag=False)
        for each in page.plots
    )
    return msgspec.structs.replace(page, audience="expert", plots=plots)


def _wrong_page(page: Page, layout: Layout) -> Iterator[Wrong]:
    yield from _wrong_stale(page)
    yield from _wrong_persist(page)
    yield from _wrong_consequence(page)
    if not 1 <= page.columns <= MAX_COLUMNS:
        words = f"columns is 1 to {MAX_COLUMNS}, not {page.columns}"
        yield Wrong("out-of-range", "columns", words)
    if _narrower(layout.run_types, page.run_types) is None:
        above = ", ".join(layout.run_types)
        words = f"the page is never shown: the layout is for {above} only"
        yield Wrong("never-shown", "run_types", words)


def _wrong_plot(plot: Plot, page: Page, layout: Layout) -> Iterator[Wrong]:
    yield from _wrong_stale(plot)
    yield from _wrong_persist(plot)
    yield from _wrong_consequence(plot)
    yield from _wrong_names_of_axes(plot, layout)
    columns, rows = plot.span
    # Columns that are wrong have their own problem: no second one per plot.
    most = page.columns if 1 <= page.columns <= MAX_COLUMNS else MAX_COLUMNS
    if not (1 <= columns <= most and 1 <= rows <= MAX_ROWS):
        words = (
            f"span is [columns, rows] from [1, 1] to [{most}, {MAX_ROWS}] "
            f"on this page, not [{columns}, {rows}]"
        )
        yield Wrong("out-of-range", "span", words)
    if plot.window is not None:
        accumulates = plot.accumulates or layout.defaults.accumulates or "run"
        if _WINDOW.fullmatch(plot.window) is None:
            words = (
                'window is a number of lumisections such as "60 LS", '
                f'not "{plot.window}"'
            )
            yield Wrong("wrong-window", "window", words)
        elif accumulates != "run":
            words = (
                "window is for plots that accumulate over the run; this one says "
                f'"{accumulates}"'
            )
            yield Wrong("wrong-window", "window", words)


def _wrong_stale(value: Page | Plot | Defaults) -> Iterator[Wrong]:
    if value.stale_after is not None and value.stale_after <= 0:
        words = "stale_after is seconds, more than 0"
        yield Wrong("out-of-range", "stale_after", words)


def _wrong_persist(value: Page | Plot | Defaults) -> Iterator[Wrong]:
    asked = value.quality_persist
    if asked is not None and not 1 <= asked <= MAX_PERSIST:
        words = f"quality_persist is 1 to {MAX_PERSIST:,} updates, not {asked}"
        yield Wrong("out-of-range", "quality_persist", words)


def _wrong_consequence(value: Page | Plot | Defaults) -> Iterator[Wrong]:
    if value.consequence is not None and not value.consequence.strip():
        words = "consequence is empty: say in one sentence what comes of it"
        yield Wrong("empty-text", "consequence", words)


def _wrong_feeds(feeds: Feeds) -> Iterator[Wrong]:
    if not feeds.to:
        yield Wrong("empty-list", "to", "to names no layout and no path")
    if not feeds.families:
        words = f"families is empty: any of {', '.join(FAMILIES)}"
        yield Wrong("empty-list", "families", words)
    for item, name in enumerate(feeds.to):
        if words := wrong_glob(name):
            yield Wrong("wrong-glob", "to", words, item)


def _wrong_names_of_axes(plot: Plot, layout: Layout) -> Iterator[Wrong]:
    axes = plot.axes
    if any(not each.strip() for each in axes.values()):
        yield Wrong("empty-name", "axes", "axes: what an axis is has no name")
    if len(set(axes.values())) < len(axes):
        words = f'axes: x and y are both called "{axes["x"]}"'
        yield Wrong("duplicate-name", "axes", words)
    if plot.part and not plot.part.strip():
        yield Wrong("empty-name", "part", "part: the part of the detector has no name")
    if plot.part and not axes:
        words = (
            f'part: "{plot.part}" says where a place is, and without axes no place of '
            "this plot is known"
        )
        yield Wrong("wrong-axis", "part", words)
    if PART in axes.values() and plot.part:
        words = (
            f'part: the plot shows "{plot.part}" alone, and an axis is called {PART}'
        )
        yield Wrong("duplicate-name", "part", words)
    accumulates = plot.accumulates or layout.defaults.accumulates
    if "x" in axes and accumulates == "trend":
        words = f'axes: x of a trend is the lumisection and no place, not "{axes["x"]}"'
        yield Wrong("wrong-axis", "axes", words)


def _wrong_needs(needs: Needs, beam_modes: tuple[str, ...]) -> Iterator[Wrong]:
    if needs.events < 0:
        words = f"events is 0 or more, not {needs.events}"
        yield Wrong("out-of-range", "events", words)
    if not 0 <= needs.settle <= MAX_SETTLE:
        words = f"settle is 0 to {MAX_SETTLE} updates, not {needs.settle}"
        yield Wrong("out-of-range", "settle", words)
    if any(fed < 0 for fed in needs.feds):
        yield Wrong("out-of-range", "feds", "feds are numbers from 0")
    for item, beam in enumerate(needs.beam):
        if beam_modes and beam.lower() not in beam_modes:
            hint = did_you_mean(beam, beam_modes)
            words = f'site.yaml has no beam mode "{beam}"{hint}'
            yield Wrong("unknown-beam-mode", "beam", words, item)


def _wrong_states(draw: Draw) -> Iterator[Wrong]:
    if len(draw.states) < 2:
        words = "states are names of 0, 1 and so on: two at least"
        yield Wrong("out-of-range", "states", words)


def _wrong_axis(axis: AxisDraw) -> Iterator[Wrong]:
    low, high = axis.range or (None, None)
    log = axis.scale == "log"
    if low is not None and high is not None and low >= high:
        words = f"range is [lowest, highest], not [{low:g}, {high:g}]"
        yield Wrong("wrong-range", "range", words)
    elif log and high is not None and high <= 0:
        words = "range of a log scale ends above 0"
        yield Wrong("wrong-range", "range", words)
    elif log and low is not None and low <= 0:
        words = "range of a log scale begins above 0; null leaves that end free"
        yield Wrong("log-range", "range", words)


def _wrong_paths(
    path: str, overlay: Iterable[str], formerly: Iterable[str]
) -> Iterator[Wrong]:
    paths = [
        ("path", None, path),
        *(("overlay", *each) for each in enumerate(overlay)),
        *(("formerly", *each) for each in enumerate(formerly)),
    ]
    for key, item, each in paths:
        if words := wrong_path(each):
            yield Wrong("wrong-path", key, words, item)
        elif key == "formerly" and subsystem_of(each) != subsystem_of(path):
            words = f'"{each}" is of another subsystem than "{path}"'
            yield Wrong("wrong-path", key, words, item)


def wrong_path(path: str) -> str:
    """Why no layout can name a path; "" where one can."""
    if not path.strip():
        return "the path is empty"
    if path != path.strip() or path.startswith("/") or path.endswith("/"):
        return f'the path "{path}" begins or ends with a blank or "/"'
    return f'the path "{path}" holds "//"' if "//" in path else ""


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
