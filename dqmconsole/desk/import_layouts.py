"""Layouts of other programs brought into a site, with what is lost on the way.

CMS layouts are pictures of up to five rows: one that shows several plots becomes a page
with its rows and columns, and those of one folder that show a single plot each become
one page, as that folder is shown there. What is under "00 Shift" is for shifters, the
rest for experts.
"""

from __future__ import annotations

import collections
import datetime
import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

import msgspec

from dqmconsole.desk.descriptions import described
from dqmconsole.desk.foreign_json import read_jsroot, read_qcg
from dqmconsole.model.contacts import new_contacts
from dqmconsole.model.instruction import TO_JUDGE, new_instruction
from dqmconsole.model.layout import Defaults, Layout, Page, Plot, ReferenceDraw
from dqmconsole.model.words import counted, free_name, slug
from dqmconsole.site.cms_layouts import read_files
from dqmconsole.site.differences import differences
from dqmconsole.site.findings import Findings, sendable
from dqmconsole.site.foreign import Loss, Losses, drawing
from dqmconsole.site.kinds import CORE
from dqmconsole.site.layout_yaml import SCHEMA, layout_text, merged_text
from dqmconsole.site.layouts import MAX_COLUMNS, MAX_ROWS, read_layout
from dqmconsole.site.schema import layout_schema
from dqmconsole.site.site import read_site_with_places
from dqmconsole.site.splice import SpliceError
from dqmconsole.site.texts import CONTACTS, INSTRUCTIONS
from dqmconsole.site.yaml_text import MAX_BYTES, read_bytes
from dqmconsole.whole_file import replacing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from dqmconsole.model.site import Site
    from dqmconsole.site.findings import Place
    from dqmconsole.site.foreign import Cell, Sheet, Sheets
    from dqmconsole.site.kinds import SiteTables

Origin = Literal["cms", "jsroot", "qcg"]
Existing = Literal["rename", "replace", "merge"]

MAX_FILES = 2000
MAX_MARKDOWN = 6000  # characters of one description
MAX_PATH = 1500
MAX_NAME = 200  # characters of a page's name
MAX_FOLDER = 60  # of a layout's, which is that of a folder, too
_SUFFIX: dict[Origin, str] = {"cms": ".py", "jsroot": ".json", "qcg": ".json"}
_SHIFT = re.compile(r"\d*\s*Shift", re.IGNORECASE)
_FLAVOURS = (("_t0_", "offline"), ("relval", "relval"))
_NOT_NAME = re.compile(r"[^A-Za-z0-9_-]+")
# there a reference is scaled to the content of the data
_DEFAULTS = Defaults(reference=ReferenceDraw(normalize="area"))
_NUMBERS = re.compile(r"((?<=[A-Za-z])-?[0-9]{1,15}|[0-9]{1,15})")
_IS_ID = "/"  # in the id of an instruction, and in no number of one that is begun
_KEPT = ("site", "references", "known")  # files of a site that are no layouts


class Written(msgspec.Struct, frozen=True):
    """A layout of the site that came of an import.

    Attributes:
        layout: its name.
        file: relative to the site.
        pages, plots: how many it has; of a merge, how many came.
        how: "new", "replaced" or "merged".
    """

    layout: str
    file: str
    pages: int
    plots: int
    how: str


class Imported(msgspec.Struct, frozen=True):
    """What came of an import.

    Attributes:
        files: how many were read.
        layouts, cells: how many layouts of theirs were read, and plots on them.
        failed: how many files and statements gave nothing.
        losses: kind -> how many things of it do not come along as they were.
        details: each of them.
        written: the layouts of the site.
        instructions: how many instructions were begun of descriptions.
        changes: how layouts differ from those of the same names that were there, in
            words.
    """

    files: int
    layouts: int
    cells: int
    failed: int
    losses: dict[str, int]
    details: tuple[Loss, ...]
    written: tuple[Written, ...]
    instructions: int = 0
    changes: tuple[str, ...] = ()


class ImportLayoutsError(ValueError):
    """Nothing can be brought in; says why."""


def files_of(paths: Iterable[Path], origin: Origin) -> tuple[Path, ...]:
    """The files that are named, and those in folders that are.

    Raises:
        ImportLayoutsError: there are none, or too many.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            found.update(dict.fromkeys(sorted(path.rglob(f"*{_SUFFIX[origin]}"))))
        else:
            found[path] = None
    if not found:
        message = f"there is no file *{_SUFFIX[origin]} there"
        raise ImportLayoutsError(message)
    if len(found) > MAX_FILES:
        message = f"{len(found):,} files; at most {MAX_FILES:,} are read at once"
        raise ImportLayoutsError(message)
    return tuple(found)


def import_layouts(
    files: Sequence[Path],
    origin: Origin,
    out: Path | None = None,
    existing: Existing = "rename",
    progress: Callable[[int, int], None] = lambda _done, _all: None,
    tables: SiteTables = CORE,
    today: datetime.date | None = None,
) -> Imported:
    """Bring layouts into a site.

    Args:
        files: those of the other program.
        origin: which program's they are.
        out: folder of the site, which is made where there is none; None: what would
            come of it is said, and nothing written.
        existing: what becomes of a layout whose name the site has: it gets a new
            name, replaces the other, or what that lacks is added to it.
        progress: is told how many files were read, of how many.
        tables: what features add to a site.
        today: the date of instructions (UTC's when left out).

    Raises:
        OSError: the site cannot be written.
    """
    gathering = _Gathering(origin)
    for done, found in enumerate(_read(files, origin), 1):
        gathering.take(found)
        progress(done, len(files))
    site = _SiteOut(out, existing, origin, tables, today)
    for draft in gathering.drafts():
        site.add(draft, gathering.lose)
    site.write()
    details = tuple(sorted(gathering.details, key=lambda each: (each.file, each.line)))
    kinds = collections.Counter(each.kind for each in details)
    return Imported(
        files=len(files),
        layouts=gathering.layouts,
        cells=gathering.cells,
        failed=sum(each.failed for each in details),
        losses=dict(kinds.most_common()) | gathering.more,
        details=details,
        written=tuple(site.written),
        instructions=site.instructions,
        changes=tuple(site.changes),
    )


def _read(files: Sequence[Path], origin: Origin) -> Iterator[Sheets]:
    if origin == "cms":
        yield from read_files(files)
        return
    for path in files:
        name = sendable(str(path))
        findings = Findings(name)
        data = read_bytes(path, findings)
        losses = Losses(name)
        if data is None:
            losses.add(0, "unread", findings.problems[0].message, failed=True)
        yield (read_jsroot if origin == "jsroot" else read_qcg)(data or b"", losses)


# -- from sheets to layouts ------------------------------------------------------------


class _Text(NamedTuple):
    """An instruction that is begun: what is known of a plot."""

    title: str
    markdown: str
    file: str
    line: int


class _Uses(NamedTuple):
    """The plots that an instruction is for: how many, and the page of the first."""

    many: int
    page: str


class _Draft:
    """A layout of the site that is being put together.

    Attributes:
        name: its name.
        pages: name -> page.
        texts: by the number that a plot names as its instruction: what it says.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.pages: dict[str, Page] = {}
        self.texts: list[_Text] = []
        self.sheets: dict[tuple[bool, str], Sheet] = {}
        self._numbers: dict[str, int] = {}

    def text(self, title: str, markdown: str, sheet: Sheet) -> str:
        """The number of the instruction that says so."""
        if markdown not in self._numbers:
            self._numbers[markdown] = len(self.texts)
            self.texts.append(_Text(title, markdown, sheet.file, sheet.line))
        return str(self._numbers[markdown])

    def add(
        self, name: str, plots: Sequence[Plot], columns: int, audience: str
    ) -> None:
        """Add a page; what shows an element again stands on one behind it."""
        name = " ".join(name.replace("›", ">").split())[:MAX_NAME] or self.name
        times: collections.Counter[str] = collections.Counter()
        pages: list[list[Plot]] = []
        for plot in plots:
            times[plot.path] += 1
            if times[plot.path] > len(pages):
                pages.append([])
            pages[times[plot.path] - 1].append(plot)
        number = 1
        for shown in pages:
            given = name if number == 1 else f"{name} ({number})"
            there = self.pages.get(name)
            if there is not None and there.audience != audience:
                given = f"{name} ({audience})"
            while given in self.pages:
                number += 1
                given = f"{name} ({number})"
            self.pages[given] = Page(
                page=given,
                plots=tuple(shown),
                audience="shift" if audience == "shift" else "expert",
                columns=columns,
            )


class _Gathering:
    """Takes the layouts of files in.

    Args:
        origin: which program's they are.

    Attributes:
        layouts, cells: how many were read.
        details: what was lost.
        more: what is counted of a file with very many losses.
    """

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self._drafts: dict[str, _Draft] = {}
        self.layouts = self.cells = 0
        self.details: list[Loss] = []
        self.more: dict[str, int] = {}

    def take(self, found: Sheets) -> None:
        """Take in what a file gave."""
        self.details += found.losses
        if found.more:
            self.more["not listed"] = self.more.get("not listed", 0) + found.more
        for sheet in found.sheets:
            self.layouts += 1
            self.cells += len(sheet.cells)
            if self._origin == "cms":
                layout, shift, page = _placed(sheet)
            else:
                layout, _, page = sheet.name.partition("\n")
                shift = False
            draft = self._drafts.setdefault(layout, _Draft(layout))
            if other := draft.sheets.get((shift, page)):
                words = f'a second layout "{sheet.name}"; that of {other.file} is lost'
                self.lose(sheet, "duplicate layout", words)
            draft.sheets[shift, page] = sheet

    def lose(
        self, sheet: Sheet, kind: str, words: str, *, failed: bool = False
    ) -> None:
        """Take in what is lost of a layout."""
        self.details.append(Loss(sheet.file, sheet.line, kind, words, failed))

    def drafts(self) -> Iterator[_Draft]:
        """The layouts of the site, by name, once all files were taken in."""
        for _, draft in sorted(self._drafts.items()):
            if self._origin == "cms":
                self._cms_pages(draft)
            else:
                for (_, page), sheet in draft.sheets.items():
                    self._page(draft, page, sheet, "expert")
            yield draft

    def _cms_pages(self, draft: _Draft) -> None:
        """Make pages: of a layout, or of those in a folder that show one plot each."""
        alone: dict[tuple[bool, str], list[tuple[str, Sheet]]] = {}
        for (shift, name), sheet in draft.sheets.items():
            if len(sheet.cells) == 1:
                folder, _, leaf = name.rpartition("/")
                alone.setdefault((shift, folder), []).append((leaf, sheet))
        done: set[tuple[bool, str]] = set()
        ordered = sorted(
            draft.sheets.items(),
            key=lambda each: (not each[0][0], _in_order(each[0][1])),
        )
        for (shift, name), sheet in ordered:
            audience = "shift" if shift else "expert"
            folder = name.rpartition("/")[0]
            same = alone.get((shift, folder), [])
            if len(sheet.cells) != 1 or len(same) == 1:
                self._page(draft, name, sheet, audience)
            elif (shift, folder) not in done:
                done.add((shift, folder))
                plots = []
                for leaf, each in sorted(same, key=lambda pair: _in_order(pair[0])):
                    shown = self._plot(draft, each.cells[0], each, leaf, audience)
                    plots += [] if shown is None else [shown]
                title = folder or ("Shift" if shift else draft.name)
                draft.add(title, plots, min(3, max(len(plots), 1)), audience)

    def _page(self, draft: _Draft, name: str, sheet: Sheet, audience: str) -> None:
        """Make a page of one layout, with its rows and columns."""
        longest = max((len(row) for row in sheet.rows), default=1)
        wanted = sheet.columns or longest
        columns = max(1, min(wanted, MAX_COLUMNS))
        if wanted > MAX_COLUMNS:
            words = f"{wanted} columns become {MAX_COLUMNS}"
            self.lose(sheet, "columns", words)
        plots: list[Plot] = []
        for row in sheet.rows:
            shown = []
            for cell, width in _widths(row, columns, flows=sheet.columns > 0):
                plot = self._plot(draft, cell, sheet, "", audience)
                if plot is not None:
                    span = (min(width, columns), min(max(cell.span[1], 1), MAX_ROWS))
                    shown.append(msgspec.structs.replace(plot, span=span))
            plots += shown
        if many := sum(row.count(None) for row in sheet.rows):
            words = f"{counted(many, 'empty place')}: the plots beside are wider"
            self.lose(sheet, "empty place", words)
        if len({plot.path for plot in plots}) < len(plots):
            words = "one plot twice on a page: the second is on a page behind it"
            self.lose(sheet, "same plot twice", words)
        draft.add(name, plots, columns, audience)

    def _plot(
        self, draft: _Draft, cell: Cell, sheet: Sheet, title: str, audience: str
    ) -> Plot | None:
        path = self._path(cell.path, sheet)
        if not path:
            return None
        losses = Losses(sheet.file)
        draw, reference = drawing(cell.draw, sheet.line, losses)
        said = described(cell.description)
        for target in said.lost:
            losses.add(sheet.line, "link", f'a link to "{target}" is its words alone')
        markdown = said.markdown
        if len(markdown) > MAX_MARKDOWN:
            losses.add(sheet.line, "description", "a very long description is cut")
            markdown = markdown[:MAX_MARKDOWN].rsplit(" ", 1)[0] + " …"
        self.details += losses.losses
        instruction = None
        if audience == "shift" or not said.whole:
            called = cell.title or title or path.rpartition("/")[2]
            instruction = draft.text(called, markdown, sheet)
        overlay = [self._path(each, sheet) for each in cell.overlays]
        return Plot(
            path=path,
            title=" ".join((cell.title or title).split())[:200],
            description=said.sentence,
            draw=draw,
            reference=reference,
            overlay=tuple(
                dict.fromkeys(each for each in overlay if each and each != path)
            ),
            instruction=instruction,
        )

    def _path(self, written: str, sheet: Sheet) -> str:
        path = "/".join(part for part in written.strip().split("/") if part)
        path = " ".join(path.split("\n")).strip()
        if path != written:
            self.lose(sheet, "path", f'"{written[:100]}" is read as "{path[:100]}"')
        if len(path) > MAX_PATH:
            self.lose(sheet, "path", "a path of too many characters is left out")
            return ""
        return path


def _in_order(name: str) -> list[tuple[int, float, str]]:
    """What names are sorted by: numbers in them count, EB-2 before EB-1 before EB2."""
    return [
        (0, float(part), "") if part.lstrip("-").isdecimal() else (1, 0.0, part)
        for part in _NUMBERS.split(name)
        if part
    ]


def _placed(sheet: Sheet) -> tuple[str, bool, str]:
    """The layout that a CMS layout belongs to, if it is the shifter's, its page."""
    parts = [part.strip() for part in sheet.name.split("/") if part.strip()] or ["CMS"]
    shift = len(parts) > 1 and _SHIFT.fullmatch(parts[0]) is not None
    if shift:
        parts = parts[1:]
    name, rest = parts[0], [part for part in parts[1:] if part != "Layouts"]
    file = Path(sheet.file).name.lower()
    flavour = next((f"-{word}" for sign, word in _FLAVOURS if sign in file), "")
    name = _NOT_NAME.sub("-", name)[:MAX_FOLDER].strip("-_") or "CMS"
    return name + flavour, shift, "/".join(rest) or parts[0]


def _widths(
    row: Sequence[Cell | None], columns: int, *, flows: bool
) -> list[tuple[Cell, int]]:
    """The plots of a row with their widths: all of a row are as wide as the page.

    Args:
        row: the row.
        columns: of the page.
        flows: they have their own widths.
    """
    found: list[tuple[Cell, int]] = []
    before = 0
    for cell in row:
        if cell is not None:
            found.append((cell, max(cell.span[0], 1) + before))
            before = 0
        elif found:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            before += 1
    if found and not flows:
        lacking = columns - len(row)
        if lacking > 0:
            found[-1] = (found[-1][0], found[-1][1] + lacking)
    return found


# -- into a site -----------------------------------------------------------------------


class _Lose(Protocol):
    """Is told what is lost of a layout."""

    def __call__(
        self, sheet: Sheet, kind: str, words: str, *, failed: bool = False
    ) -> None: ...


class _SiteOut:
    """The site that layouts are written to.

    Args:
        out, existing, origin, tables, today: as for :func:`import_layouts`.

    Attributes:
        written: the layouts.
        changes: what differs from those of the same names, in words.
        instructions: how many instructions are new.
    """

    def __init__(
        self,
        out: Path | None,
        existing: Existing,
        origin: Origin,
        tables: SiteTables,
        today: datetime.date | None,
    ) -> None:
        self._out = out
        self._existing = existing
        self._origin = origin
        self._today = today or datetime.datetime.now(datetime.UTC).date()
        self._before: Site | None = None
        self._places: Mapping[str, Place] = {}
        self._files: dict[str, str] = {}  # relative name -> text to be written
        self._there: set[str] = set()  # relative names, lower case
        self.written: list[Written] = []
        self.changes: list[str] = []
        self.instructions = 0
        if out is not None and (out / "layouts").is_dir():
            self._before, self._places = read_site_with_places(out, tables=tables)
            self._there = {
                str(path.relative_to(out)).lower()
                for folder in ("layouts", INSTRUCTIONS)
                for path in (out / folder).rglob("*")
            }

    def _owner(self, layout: str) -> str:
        """Who owns a layout, as far as the site says so; the first role otherwise."""
        site = self._before
        roles = list(site.contacts.roles) if site else []
        there = (
            [each.owner for each in site.layouts if each.layout == layout]
            if site
            else []
        )
        subsystem = layout.lower().partition("-")[0]
        likely = (*there, f"{layout.lower()}-dqm", f"{subsystem}-dqm", _ON_CALL, *roles)
        return next((each for each in likely if each in roles), _ON_CALL)

    def add(self, draft: _Draft, lose: _Lose) -> None:
        """Add a layout; what it cannot be is told."""
        if not draft.pages:
            return
        names = (
            {each.layout: each for each in self._before.layouts} if self._before else {}
        )
        there = names.get(draft.name)
        sheet = next(iter(draft.sheets.values()))
        kept = dict(self._files)
        if there is not None and self._existing == "merge":
            try:
                self._merge(draft, there)
            except SpliceError as error:
                self._forget(kept)
                lose(sheet, "merge", f"{draft.name} gets a new name: {error}")
            else:
                return
        name = draft.name
        if there is None or self._existing != "replace":
            taken = {*names, *(each.layout for each in self.written)}
            name = free_name(draft.name, taken.__contains__)
            there = None
        if there is not None:
            _keep_instructions(draft, there)
        layout = self._layout(draft, name)
        how = "new" if there is None else "replaced"
        file = self._file(name) if there is None else self._places[name].file
        text = layout_text(layout)
        try:
            read = self._read_back(text, file)
        except SpliceError as error:
            self._forget(kept)
            lose(sheet, "not written", f"{name}: {error}", failed=True)
            return
        self._keep(file, text)
        if draft.name in names:
            self._compare(names[draft.name], read)
        if there is not None:
            others = [each for each in names.values() if each is not there]
            named = _instructions_of((*others, layout))
            for gone in sorted(_instructions_of((there,)) - named):
                words = f"{gone} is named by no plot any more: name or delete it"
                lose(sheet, "unused instruction", words)
        plots = sum(len(page.plots) for page in layout.pages)
        self.written.append(Written(name, file, len(layout.pages), plots, how))

    def _merge(self, draft: _Draft, there: Layout) -> None:
        file = self._places[draft.name].file
        assert self._out is not None
        data = (self._out / file).read_bytes()
        have = {page.page: page for page in there.pages}
        pages: dict[str, Page] = {}
        for page in draft.pages.values():
            name, known = page.page, have.get(page.page)
            if known is not None and known.audience != page.audience:
                name = f"{name} ({page.audience})"
                known = have.get(name)
            paths = {plot.path for plot in known.plots} if known else set()
            columns = known.columns if known else page.columns
            plots = tuple(
                msgspec.structs.replace(
                    plot, span=(min(plot.span[0], columns), plot.span[1])
                )
                for plot in page.plots
                if plot.path not in paths
            )
            if plots and name not in pages:
                pages[name] = msgspec.structs.replace(page, page=name, plots=plots)
        draft.pages = pages
        text = data.decode()
        if not pages:
            self.written.append(Written(draft.name, file, 0, 0, "merged"))
            return
        # what cannot be spliced is known before instructions are begun
        plain = Layout(layout=draft.name, pages=tuple(pages.values()))
        merged_text(text, there, _without_instructions(plain))
        merged = merged_text(text, there, self._layout(draft, draft.name))
        read = self._read_back(merged.text, file)
        _refuse_moved(there, read, pages)
        self._keep(file, merged.text)
        self._compare(there, read)
        found = Written(draft.name, file, merged.pages, merged.plots, "merged")
        self.written.append(found)

    def _read_back(self, text: str, file: str) -> Layout:
        """The layout as it will be read.

        Raises:
            SpliceError: that has errors; says the first.
        """
        data = text.encode()
        read = read_layout(data, file)
        wrong = [str(each) for each in read.problems if each.severity == "error"]
        if len(data) > MAX_BYTES:
            wrong.append(f"a file of more than {MAX_BYTES >> 20} MB: split it")
        if wrong or read.layout is None:
            raise SpliceError(*wrong[:1])
        return read.layout

    def _forget(self, kept: Mapping[str, str]) -> None:
        """Take back what was begun of a layout that is not written."""
        self.instructions -= sum(
            name.startswith(f"{INSTRUCTIONS}/") for name in self._files.keys() - kept
        )
        self._files = dict(kept)

    def _compare(self, there: Layout, now: Layout) -> None:
        """Say what differs between a layout that is there and what is written."""
        assert self._before is not None
        named = msgspec.structs.replace(now, layout=there.layout)
        if now.layout != there.layout:  # each has instructions of its own
            there, named = map(_without_instructions, (there, named))
        was = msgspec.structs.replace(self._before, layouts=(there,))
        will = msgspec.structs.replace(self._before, layouts=(named,))
        beside = "" if now.layout == there.layout else f"{now.layout} beside "
        self.changes += [
            f"{beside}{each.name}: {each.sentence}" for each in differences(was, will)
        ]

    def _keep(self, file: str, text: str) -> None:
        self._files[file] = text
        self._there.add(file.lower())

    def _file(self, name: str) -> str:
        """A name for a file that is not there, whatever the case."""
        stem = _NOT_NAME.sub("-", name).strip("-")[:100] or "layout"
        if stem.lower() in _KEPT:
            stem = f"{stem}-layout"

        def taken(name: str) -> bool:
            return f"layouts/{name}.yaml".lower() in self._there

        return f"layouts/{free_name(stem, taken)}.yaml"

    def _layout(self, draft: _Draft, name: str) -> Layout:
        """The layout, its instructions named, and these begun."""
        uses: dict[str, _Uses] = {}
        for page in draft.pages.values():
            for plot in page.plots:
                if plot.instruction is not None and _IS_ID not in plot.instruction:
                    many, first = uses.get(plot.instruction, (0, page.page))
                    uses[plot.instruction] = _Uses(many + 1, first)
        ids = {}
        for number, text in enumerate(draft.texts):
            if used := uses.get(str(number)):
                title = text.title if used.many == 1 else used.page
                ids[str(number)] = self._instruction(name, text._replace(title=title))
        pages = tuple(
            msgspec.structs.replace(
                page,
                plots=tuple(
                    msgspec.structs.replace(
                        plot,
                        instruction=ids.get(plot.instruction or "", plot.instruction),
                    )
                    for plot in page.plots
                ),
            )
            for page in draft.pages.values()
        )
        has_contacts = bool(self._before and self._before.contacts.roles)
        owner = self._owner(name) if ids or has_contacts else ""
        return Layout(layout=name, owner=owner, pages=pages, defaults=_DEFAULTS)

    def _instruction(self, layout: str, text: _Text) -> str:
        """The id of an instruction that says so: one that is there, or a new one."""
        folder = layout.lower()
        shows = text.markdown or "The layout that was imported does not say."
        for each in self._before.instructions if self._before else ():
            if each.applies_to.layout == layout and each.shows == shows:
                return each.id
        name = free_name(
            f"{folder}/{slug(text.title, 60, 'plot')}",
            lambda each: f"{INSTRUCTIONS}/{each}.md".lower() in self._there,
        )
        title = " ".join(text.title.split())[:120] or "Plot"
        # the file's name alone: folders of other machines mean nothing here
        file = re.sub(r"[^\w. -]", "-", Path(text.file).name)[:MAX_NAME]
        origin = f"{file}, line {text.line}"
        page = new_instruction(
            name,
            title,
            layout=layout,
            owner=self._owner(layout),
            author="import-layouts",
            today=self._today,
            shows=shows,
            judge=f"The layout that this was imported from ({origin}) says no more "
            f"than stands above. {TO_JUDGE}",
        )
        self._keep(f"{INSTRUCTIONS}/{name}.md", page)
        self.instructions += 1
        return name

    def write(self) -> None:
        """Write the files, each whole or not at all.

        Raises:
            OSError: one cannot be written.
        """
        out = self._out
        if out is None or not self._files:
            return
        first = {f"layouts/{SCHEMA}": layout_schema()}
        first["layouts/site.yaml"] = _SITE + (_CMS if self._origin == "cms" else "")
        if self.instructions:
            first[f"{INSTRUCTIONS}/{CONTACTS}"] = new_contacts(_ON_CALL, "DQM on call")
        made = {name: text for name, text in first.items() if not (out / name).exists()}
        for name, text in (made | self._files).items():
            path = out / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path) as part:
                part.write_text(text, encoding="utf-8", newline="")


def _refuse_moved(there: Layout, now: Layout, added: Mapping[str, Page]) -> None:
    """See that pages which were there have their plots, in order, and what was added.

    Raises:
        SpliceError: one has others, for its text is shared by an anchor.
    """
    have = {page.page: [plot.path for plot in page.plots] for page in now.pages}
    for page in there.pages:
        before = [plot.path for plot in page.plots]
        more = len(added[page.page].plots) if page.page in added else 0
        found = have.get(page.page, [])
        if found[: len(before)] != before or len(found) != len(before) + more:
            message = f'the page "{page.page}" would have other plots than before'
            raise SpliceError(message)


def _keep_instructions(draft: _Draft, there: Layout) -> None:
    """Let plots keep the instructions that they have in the layout that is there."""
    known = {plot.path: plot.instruction for page in there.pages for plot in page.plots}
    for page in draft.pages.values():
        plots = tuple(
            msgspec.structs.replace(
                plot, instruction=known.get(plot.path) or plot.instruction
            )
            for plot in page.plots
        )
        draft.pages[page.page] = msgspec.structs.replace(page, plots=plots)


def _instructions_of(layouts: Iterable[Layout]) -> set[str]:
    return {
        plot.instruction
        for layout in layouts
        for page in layout.pages
        for plot in page.plots
        if plot.instruction is not None
    }


def _without_instructions(layout: Layout) -> Layout:
    pages = []
    for page in layout.pages:
        plots = [msgspec.structs.replace(plot, instruction=None) for plot in page.plots]
        pages.append(msgspec.structs.replace(page, plots=tuple(plots)))
    return msgspec.structs.replace(layout, pages=tuple(pages))


_SITE = """\
# The site: what is true of the whole experiment. Each subsystem has its own file.
experiment: Imported layouts
format: 1
"""
_CMS = """\

# Where a CMS client writes how far it has come.
conditions:
  lumisection: "{subsystem}/EventInfo/iLumiSection"
  timestamp: "{subsystem}/EventInfo/processTimeStamp"
  started: "{subsystem}/EventInfo/runStartTimeStamp"
"""
_ON_CALL = "dqm-oncall"


def total(imported: Imported) -> str:
    """What came of an import, in one line."""
    lost = sum(imported.losses.values())
    words = (
        f"{counted(imported.files, 'file')}: {counted(imported.layouts, 'layout')} "
        f"with {counted(imported.cells, 'plot')}"
    )
    failed = f"; {counted(imported.failed, 'part')} could not be read"
    rest = f"; {counted(lost, 'thing')} not as they were" if lost else ""
    return words + (failed if imported.failed else "") + rest
