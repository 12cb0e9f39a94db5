"""What the parts of a site name and no other part holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.instruction import Instruction
from dqmconsole.model.layout import page_key, plot_key, subsystem_words
from dqmconsole.model.site import streams_fed
from dqmconsole.model.words import listed
from dqmconsole.site.findings import Place
from dqmconsole.site.globs import wrong_glob
from dqmconsole.site.known_issues import known_key
from dqmconsole.site.nearest import did_you_mean
from dqmconsole.site.rules.context import Violation
from dqmconsole.site.texts import instruction_key, role_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dqmconsole.model.instruction import Note
    from dqmconsole.model.layout import Layout, Page, Plot
    from dqmconsole.site.rules.context import SiteReading

MAX_HINTS = 50  # the nearest of many paths takes milliseconds to find


def check_names(context: SiteReading) -> Iterator[Violation]:
    """Find what the parts of a site name and no other part holds.

    What only follows from a layout file that is broken is left out.
    """
    return _Comparison(context).found()


class _Comparison:
    """Compares the parts of one site."""

    def __init__(self, context: SiteReading) -> None:
        self._context = context
        self._site = context.site
        self._texts = context.texts
        self._places = context.places
        self._broken = context.broken
        texts = self._texts
        self._all: tuple[Instruction | Note, ...] = (
            *texts.instructions,
            *texts.notes,
            *texts.drafts,
        )
        self._instructions = [
            each for each in self._all if isinstance(each, Instruction)
        ]
        self._layouts = {layout.layout: layout for layout in self._site.layouts}
        self._pages = {
            f"{layout.layout}/{page.page}"
            for layout in self._site.layouts
            for page in layout.pages
        }
        self._drafts = {each.id for each in texts.drafts}
        self._hints: dict[tuple[str, str], str] = {}

    def found(self) -> Iterator[Violation]:
        """All of it."""
        yield from self._components()
        yield from self._sources()
        for name, place in self._texts.pages:
            yield from self._page(name, place)
        if self._texts.ids:
            yield from self._named_instructions()
        for text in self._all:
            yield from self._applies_to(text)
        for links in self._texts.links.values():
            for link in links:
                scheme, _, target = link.target.partition(":")
                yield from self._link(scheme, target, link.place)
        if self._site.contacts.roles:
            yield from self._roles()

    def _hint(self, code: str, word: str, choices: Iterable[str]) -> str:
        """``; did you mean "..."?``, looked for once for each word."""
        hint = self._hints.get((code, word))
        if hint is None and len(self._hints) < MAX_HINTS:
            hint = self._hints[code, word] = did_you_mean(word, choices)
        return hint or ""

    def _sources(self) -> Iterator[Violation]:
        for index, source in enumerate(self._site.settings.sources):
            for name in source.layouts:
                if name not in self._layouts and not self._broken.may_hold(name):
                    hint = self._hint("unknown-layout", name, self._layouts)
                    words = f'sources: there is no layout "{name}"'
                    place = self._places.get(f"sources[{index}]")
                    yield _found("unknown-layout", place, words + hint)
        settings = self._site.settings
        for stream, _, lost in streams_fed(settings, self._site.layouts):
            for name in sorted(lost):
                words = (
                    f"sources: {stream.called} does not feed {subsystem_words(name)}, "
                    "which a layout of another source shows, too: of one subsystem one "
                    "source"
                )
                place = self._places.get(f"sources[{settings.sources.index(stream)}]")
                yield _found("fed-twice", place, words)

    def _components(self) -> Iterator[Violation]:
        for component, names in self._site.settings.components.items():
            for name in names:
                if name not in self._layouts and not self._broken.may_hold(name):
                    hint = self._hint("unknown-layout", name, self._layouts)
                    words = f'components: {component}: there is no layout "{name}"'
                    place = self._places.get(f"components: {component}")
                    yield _found("unknown-layout", place, words + hint)

    def _named_instructions(self) -> Iterator[Violation]:
        by_id = {each.id: each for each in self._instructions}
        unmet: dict[str, list[tuple[Layout, Page, Plot]]] = {}
        for layout in self._site.layouts:
            for page in layout.pages:
                place = self._written(page_key(layout.layout, page.page))
                yield from self._names_one(page.instruction, place, "")
        said: set[tuple[Place | None, str]] = set()
        for layout, page, plot in self._context.plots:
            name = plot.instruction
            if name is None:
                continue
            key = plot_key(layout.layout, page.page, plot.path)
            place = self._written(key)
            found = by_id.get(name)
            if found is None:
                # All the plots of one path with braces stand in one place.
                if name != page.instruction and (place, name) not in said:
                    yield from self._names_one(name, place, key)
                said.add((place, name))
            elif not found.applies_to.names(layout.layout, page.page, plot.path):
                unmet.setdefault(name, []).append((layout, page, plot))
        for name, plots in unmet.items():
            yield from self._does_not_apply(by_id[name], plots)

    def _written(self, key: str) -> Place | None:
        """Where the ``instruction:`` of a plot or page is written, or the part is."""
        return self._places.get(f"{key}#instruction") or self._places.get(key)

    def _does_not_apply(
        self, found: Instruction, plots: list[tuple[Layout, Page, Plot]]
    ) -> Iterator[Violation]:
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
        paths = [f'"{each.path}"' for _, _, each in plots]
        words = (
            f'the instruction "{found.id}" does not apply to {listed(paths, 1)}: '
            f"its applies_to {_narrow(found, layout, page)}"
        )
        key = plot_key(layout.layout, page.page, plot.path)
        place = self._written(key)
        if f"{key}#instruction" not in self._places and page.instruction == found.id:
            place = self._written(page_key(layout.layout, page.page))
        yield _found("instruction-not-for-plot", place, words, key)

    def _page(self, name: str, place: Place) -> Iterator[Violation]:
        if name in self._pages or self._broken.may_hold(name.partition("/")[0]):
            return
        whole = sorted(each for each in self._pages if each.endswith(f"/{name}"))
        if whole and "/" not in name:
            hint = f'; did you mean "{whole[0]}"?'
        else:
            hint = self._hint("unknown-page", name, self._pages)
        yield _found("unknown-page", place, f'the site has no page "{name}"{hint}')

    def _names_one(
        self, name: str | None, place: Place | None, key: str
    ) -> Iterator[Violation]:
        """An instruction for which there is no file, not even a broken one."""
        if name is not None and name not in self._texts.ids:
            hint = self._hint("unknown-instruction", name, self._texts.ids)
            words = f'there is no instruction "{name}"{hint}'
            yield _found("unknown-instruction", place, words, key)

    def _applies_to(self, text: Instruction | Note) -> Iterator[Violation]:
        applies = text.applies_to
        if not applies.layout:
            return
        layout = self._layouts.get(applies.layout)
        if layout is None:
            # A layout that is broken has its own problem.
            if not self._broken.may_hold(applies.layout):
                place = self._places.get(instruction_key(text.id, "layout"))
                hint = self._hint("unknown-layout", applies.layout, self._layouts)
                words = f'applies_to: there is no layout "{applies.layout}"{hint}'
                yield _found("unknown-layout", place, words)
            return
        pages = {page.page for page in layout.pages}
        for item, name in enumerate(applies.pages):
            if name not in pages and not self._broken.may_hold(applies.layout):
                place = self._places.get(instruction_key(text.id, f"page[{item}]"))
                hint = self._hint(f"page of {applies.layout}", name, pages)
                words = f'applies_to: {applies.layout} has no page "{name}"{hint}'
                yield _found("unknown-page", place, words)

    def _link(self, scheme: str, target: str, place: Place) -> Iterator[Violation]:
        match scheme:
            case "page":
                yield from self._page(target, place)
            case "plot" if target not in self._context.site_paths:
                if not self._broken.may_hold(target.partition("/")[0]):
                    paths = self._context.site_paths
                    hint = self._hint("unknown-plot", target, paths)
                    words = f'the site has no plot "{target}"{hint}'
                    yield _found("unknown-plot", place, words)
            case "instruction":
                yield from self._linked_instruction(target, place)
            case _:
                pass

    def _linked_instruction(self, target: str, place: Place) -> Iterator[Violation]:
        other, sharp, anchor = target.partition("#")
        if other not in self._texts.ids:
            yield from self._names_one(other, place, "")
        elif sharp and anchor not in self._texts.anchors.get(other, ()):
            anchors = self._texts.anchors.get(other, frozenset())
            # The headings of a text that is broken may be what is wrong.
            if anchors and other not in self._drafts:
                hint = self._hint(f"heading of {other}", anchor, anchors)
                words = f'"{other}" has no heading "#{anchor}"{hint}'
                yield _found("unknown-heading", place, words)

    def _roles(self) -> Iterator[Violation]:
        for layout in self._site.layouts:
            if layout.owner:
                place = self._places.get(f"{layout.layout}#owner")
                yield from self._role("the layout's owner", layout.owner, place)
        for index, known in enumerate(self._site.known):
            place = self._places.get(known_key(index, "owner"))
            yield from self._role("owner", known.owner, place)
        for text in self._all:
            place = self._places.get(instruction_key(text.id, "owner"))
            yield from self._role("owner", text.owner, place)
        for instruction in self._instructions:
            whole = self._places[instruction_key(instruction.id)]
            for step in instruction.steps:
                key = instruction_key(instruction.id, f"call@{step.line}")
                place = self._places.get(key, whole)
                yield from self._role("the step's call", step.role, place)
            for turn in instruction.turns:
                place = Place(whole.file, turn.line, 1)
                yield from self._role("whom to call", turn.role, place)

    def _role(self, what: str, role: str, place: Place | None) -> Iterator[Violation]:
        roles = self._site.contacts.roles
        # One whose entry is broken has its own problem.
        if role and role not in roles and role_key(role) not in self._places:
            hint = self._hint("unknown-role", role, roles)
            words = f'{what}: contacts.yaml has no role "{role}"{hint}'
            yield _found("unknown-role", place, words)


def _found(code: str, place: Place | None, words: str, key: str = "") -> Violation:
    return Violation(code, place or Place("instructions"), words, key)


def _narrow(instruction: Instruction, layout: Layout, page: Page) -> str:
    """Which part of ``applies_to`` leaves a plot out."""
    applies = instruction.applies_to
    if applies.layout != layout.layout:
        return f"names the layout {applies.layout}, not {layout.layout}"
    if applies.pages and page.page not in applies.pages:
        return f"names the page {', '.join(applies.pages)}, not {page.page}"
    return f"globs do not match it: {', '.join(applies.plots)}"
