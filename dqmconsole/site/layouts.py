"""A layout file to a layout whose every plot is one monitor element."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dqmconsole.model.layout import Layout, Page, Plot, page_key, plot_key
from dqmconsole.site.decoder import Decoder
from dqmconsole.site.findings import Findings, Place
from dqmconsole.site.resolve import Resolver
from dqmconsole.site.sound import Soundness
from dqmconsole.site.yaml_text import parse

if TYPE_CHECKING:
    import msgspec

    from dqmconsole.model.problem import Problem

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
        file: its name, as problems shall say it.
        beam_modes: names of the site's beam modes, lower case; empty: any name.
    """
    findings = Findings(file)
    root = parse(data, findings)
    if root is None:
        if not findings.problems:
            findings.add("the file is empty; a layout begins with its name: layout: …")
        return LayoutRead(None, {}, findings.problems)
    shaper = Decoder(findings, droppable=(Page, Plot), lenient=_LENIENT)
    written = shaper.struct(root, Layout)
    if written is None:
        return LayoutRead(None, {}, findings.problems)
    expansion = _Expansion(shaper, Soundness(shaper, beam_modes))
    layout = expansion.layout(written)
    return LayoutRead(layout, expansion.places, findings.problems)


class _Expansion:
    """Turns the plots as written into one plot per monitor element."""

    def __init__(self, shaper: Decoder, soundness: Soundness) -> None:
        self.places: dict[str, Place] = {}
        self._shaper = shaper
        self._sound = soundness
        self._count = 0

    def layout(self, written: Layout) -> Layout | None:
        """Expand all pages; None when the head of the file is unsound."""
        healthy = self._sound.head(written)
        self.places[written.layout] = self._shaper.place(written, "layout")
        self._parts(written.layout, written)
        resolver = Resolver(self._shaper, written)
        pages: dict[str, Page] = {}
        for page in written.pages:
            # What a broken page holds is read all the same: all problems at once.
            sound = self._sound.page(page)
            if page.page in pages:
                first = self.places[page_key(written.layout, page.page)].line
                self._shaper.complain(
                    f'a second page "{page.page}", the first is in line {first}',
                    page,
                    "page",
                )
                continue
            key = page_key(written.layout, page.page)
            self.places[key] = self._shaper.place(page, "page")
            self._parts(key, page)
            expanded = self._page(written.layout, page, resolver)
            if sound:
                pages[page.page] = expanded
        if self._shaper.is_empty_list(written, "pages"):
            self._shaper.complain("the layout has no pages", written, "pages")
        return resolver.layout(tuple(pages.values())) if healthy else None

    def _page(self, layout: str, page: Page, resolver: Resolver) -> Page:
        head = resolver.page(page)
        plots: dict[str, Plot] = {}
        for plot in page.plots:
            if not self._sound.plot(plot, page):
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
                        self._shaper.complain(words, plot, "path")
                        break
                    first = self.places[key].line
                    words = f'"{each.path}" is on this page already, in line {first}'
                    self._shaper.complain(words, plot, "path")
                    continue
                own.add(each.path)
                self.places[key] = self._shaper.place(plot, "path")
                self._parts(key, plot)
                plots[each.path] = each
        if self._shaper.is_empty_list(page, "plots"):
            self._shaper.complain("the page has no plots", page, "plots")
        return resolver.with_plots(head, tuple(plots.values()))

    def _parts(self, key: str, written: Layout | Page | Plot) -> None:
        """Where the parts are written that are compared with other files."""
        for part in ("owner", "instruction"):
            if self._shaper.has(written, part):
                self.places[f"{key}#{part}"] = self._shaper.place(written, part)
        if written.needs is not None and self._shaper.has(written.needs, "subsystem"):
            self.places[f"{key}#subsystem"] = self._shaper.place(
                written.needs, "subsystem"
            )

    def _rows(self, written: Plot, resolved: Plot) -> list[Plot]:
        rows = self._sound.rows(written)
        self._count += len(rows)
        if self._count > MAX_PLOTS:
            self._shaper.complain(
                f"with this the layout has more than {MAX_PLOTS} plots", written, "path"
            )
            return []
        return [
            Resolver.row(resolved, path, title, description, tuple(overlay))
            for path, title, description, *overlay in rows
        ]
