"""Whether the parts of a site agree: what one names must be there in the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.instruction import Instruction
from dqmconsole.model.layout import page_key, plot_key
from dqmconsole.model.problem import Problem
from dqmconsole.site.findings import Place
from dqmconsole.site.instructions import wrong_glob
from dqmconsole.site.nearest import did_you_mean
from dqmconsole.site.texts import instruction_key, role_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dqmconsole.model.instruction import Note
    from dqmconsole.model.layout import Layout, Page, Plot
    from dqmconsole.model.site import Site
    from dqmconsole.site.broken import BrokenLayouts
    from dqmconsole.site.texts import Texts

MAX_HINTS = 50  # the nearest of many paths takes milliseconds to find


def disagreements(
    site: Site,
    texts: Texts,
    places: Mapping[str, Place],
    known: Sequence[Mapping[str, Place]],
    broken: BrokenLayouts,
) -> tuple[Problem, ...]:
    """Find what the parts of a site name and no other part holds.

    A plot's ``instruction:`` without such an instruction, or that does not apply to
    the plot; roles that the contacts lack; links that lead nowhere; pages that
    check-lists name and layouts that components or instructions name. What only
    follows from a layout file that is broken is held back.

    Args:
        site: the site's healthy parts.
        texts: the reading of ``instructions/``.
        places: of every part.
        known: places of the known problems' keys.
        broken: the layout files that are broken.
    """
    return _Comparison(site, texts, places, known, broken).problems()


def plots_of(site: Site) -> Iterator[tuple[Layout, Page, Plot]]:
    """Every plot of the site with where it stands."""
    for layout in site.layouts:
        for page in layout.pages:
            for plot in page.plots:
                yield layout, page, plot


class _Comparison:
    """Compares the parts of one site."""

    def __init__(
        self,
        site: Site,
        texts: Texts,
        places: Mapping[str, Place],
        known: Sequence[Mapping[str, Place]],
        broken: BrokenLayouts,
    ) -> None:
        self._site = site
        self._texts = texts
        self._places = places
        self._known = known
        self._broken = broken
        self._all: tuple[Instruction | Note, ...] = (
            *texts.instructions,
            *texts.notes,
            *texts.drafts,
        )
        self._instructions = [
            each for each in self._all if isinstance(each, Instruction)
        ]
        self._layouts = {layout.layout: layout for layout in site.layouts}
        self._pages = {
            f"{layout.layout}/{page.page}"
            for layout in site.layouts
            for page in layout.pages
        }
        self._drafts = {each.id for each in texts.drafts}
        self._paths: dict[str, None] = {}
        for _, _, plot in plots_of(site):
            self._paths |= dict.fromkeys((plot.path, *plot.overlay))
        self._found: list[Problem] = []
        self._hints: dict[tuple[str, int], str] = {}

    def problems(self) -> tuple[Problem, ...]:
        """All of them."""
        self._components()
        for name, place in self._texts.pages:
            self._page(name, place)
        if self._texts.ids:
            self._named_instructions()
        for text in self._all:
            self._applies_to(text)
        for links in self._texts.links.values():
            for link in links:
                scheme, _, target = link.target.partition(":")
                self._link(scheme, target, link.place)
        if self._site.contacts.roles:
            self._roles()
        return tuple(self._found)

    def _add(
        self,
        message: str,
        place: Place | None,
        word: str = "",
        choices: object = (),
        key: str = "",
    ) -> None:
        place = place or Place("instructions")
        hint = self._hints.get((word, id(choices)))
        if word and hint is None and len(self._hints) < MAX_HINTS:
            assert isinstance(choices, dict | set | frozenset | tuple)
            hint = did_you_mean(word, choices)
            self._hints[word, id(choices)] = hint
        message += hint or ""
        self._found.append(
            Problem(message, place.file, place.line, place.column, key=key)
        )

    def _components(self) -> None:
        for component, names in self._site.settings.components.items():
            for name in names:
                if name not in self._layouts and not self._broken.may_hold(name):
                    words = f'components: {component}: there is no layout "{name}"'
                    place = self._places.get(f"components: {component}")
                    self._add(words, place, name, self._layouts)

    def _named_instructions(self) -> None:
        by_id = {each.id: each for each in self._instructions}
        unmet: dict[str, list[tuple[Layout, Page, Plot]]] = {}
        for layout in self._site.layouts:
            for page in layout.pages:
                place = self._written(page_key(layout.layout, page.page))
                self._names_one(page.instruction, place, "")
        said: set[tuple[Place | None, str]] = set()
        for layout, page, plot in plots_of(self._site):
            name = plot.instruction
            if name is None:
                continue
            key = plot_key(layout.layout, page.page, plot.path)
            place = self._written(key)
            found = by_id.get(name)
            if found is None:
                # All the plots of one path with braces stand in one place.
                if name != page.instruction and (place, name) not in said:
                    self._names_one(name, place, key)
                said.add((place, name))
            elif not found.applies_to.names(layout.layout, page.page, plot.path):
                unmet.setdefault(name, []).append((layout, page, plot))
        for name, plots in unmet.items():
            self._does_not_apply(by_id[name], plots)

    def _written(self, key: str) -> Place | None:
        """Where the ``instruction:`` of a plot or page is written, or the part is."""
        return self._places.get(f"{key}#instruction") or self._places.get(key)

    def _does_not_apply(
        self, found: Instruction, plots: list[tuple[Layout, Page, Plot]]
    ) -> None:
        """One problem for all the plots that name an instruction not meant for them."""
        applies = found.applies_to
        layout = self._layouts.get(applies.layout)
        pages = {page.page for page in layout.pages} if layout else set()
        # A layout, page or glob that is wrong has its own problem, at its line.
        if layout is None or not pages.issuperset(applies.pages):
            return
        if any(map(wrong_glob, applies.plots)):
            return
        layout, page, plot = plots[0]
        more = f" and {len(plots) - 1} more" if len(plots) > 1 else ""
        words = (
            f'the instruction "{found.id}" does not apply to "{plot.path}"{more}: '
            f"its applies_to {_narrow(found, layout, page)}"
        )
        key = plot_key(layout.layout, page.page, plot.path)
        place = self._written(key)
        if f"{key}#instruction" not in self._places and page.instruction == found.id:
            place = self._written(page_key(layout.layout, page.page))
        self._add(words, place, key=key)

    def _page(self, name: str, place: Place) -> None:
        if name in self._pages or self._broken.may_hold(name.partition("/")[0]):
            return
        words = f'the site has no page "{name}"'
        whole = sorted(each for each in self._pages if each.endswith(f"/{name}"))
        if whole and "/" not in name:
            self._add(f'{words}; did you mean "{whole[0]}"?', place)
        else:
            self._add(words, place, name, self._pages)

    def _names_one(self, name: str | None, place: Place | None, key: str) -> None:
        """Complain of an instruction for which there is no file, not even a broken."""
        if name is not None and name not in self._texts.ids:
            words = f'there is no instruction "{name}"'
            self._add(words, place, name, self._texts.ids, key)

    def _applies_to(self, text: Instruction | Note) -> None:
        applies = text.applies_to
        if not applies.layout:
            return
        layout = self._layouts.get(applies.layout)
        if layout is None:
            place = self._places.get(instruction_key(text.id, "layout"))
            words = f'applies_to: there is no layout "{applies.layout}"'
            # A layout that is broken has its own problem.
            if not self._broken.may_hold(applies.layout):
                self._add(words, place, applies.layout, self._layouts)
            return
        pages = {page.page for page in layout.pages}
        for item, name in enumerate(applies.pages):
            if name not in pages and not self._broken.may_hold(applies.layout):
                place = self._places.get(instruction_key(text.id, f"page[{item}]"))
                words = f'applies_to: {applies.layout} has no page "{name}"'
                self._add(words, place, name, pages)

    def _link(self, scheme: str, target: str, place: Place) -> None:
        match scheme:
            case "page":
                self._page(target, place)
            case "plot" if target not in self._paths:
                if not self._broken.may_hold(target.partition("/")[0]):
                    words = f'the site has no plot "{target}"'
                    self._add(words, place, target, self._paths)
            case "instruction":
                other, sharp, anchor = target.partition("#")
                ids = self._texts.ids
                if other not in ids:
                    words = f'there is no instruction "{other}"'
                    self._add(words, place, other, ids)
                elif sharp and anchor not in self._texts.anchors.get(other, ()):
                    anchors = self._texts.anchors.get(other, frozenset())
                    words = f'"{other}" has no heading "#{anchor}"'
                    # The headings of a text that is broken may be what is wrong.
                    if anchors and other not in self._drafts:
                        self._add(words, place, anchor, anchors)
            case _:
                pass

    def _roles(self) -> None:
        for layout in self._site.layouts:
            if layout.owner:
                place = self._places.get(f"{layout.layout}#owner")
                self._role("the layout's owner", layout.owner, place)
        for known, where in zip(self._site.known, self._known, strict=True):
            self._role("owner", known.owner, where["owner"])
        for text in self._all:
            place = self._places.get(instruction_key(text.id, "owner"))
            self._role("owner", text.owner, place)
        for instruction in self._instructions:
            whole = self._places[instruction_key(instruction.id)]
            for step in instruction.steps:
                key = instruction_key(instruction.id, f"call@{step.line}")
                place = self._places.get(key, whole)
                self._role("the step's call", step.role, place)
            for turn in instruction.turns:
                place = Place(whole.file, turn.line, 1)
                self._role("whom to call", turn.role, place)

    def _role(self, what: str, role: str, place: Place | None) -> None:
        roles = self._site.contacts.roles
        # One whose entry is broken has its own problem.
        if role and role not in roles and role_key(role) not in self._places:
            words = f'{what}: contacts.yaml has no role "{role}"'
            self._add(words, place, role, roles)


def _narrow(instruction: Instruction, layout: Layout, page: Page) -> str:
    """Which part of ``applies_to`` leaves a plot out."""
    applies = instruction.applies_to
    if applies.layout != layout.layout:
        return f"names the layout {applies.layout}, not {layout.layout}"
    if applies.pages and page.page not in applies.pages:
        return f"names the page {', '.join(applies.pages)}, not {page.page}"
    return f"globs do not match it: {', '.join(applies.plots)}"
