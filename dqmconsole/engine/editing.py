"""Layouts and instructions that are edited from a console: that parses no YAML."""

from __future__ import annotations

import codecs
import contextlib
import logging
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.engine.edited_site import EditedSite
from dqmconsole.engine.edited_text import (
    EditedInstruction,
    Problems,
    RuleProblems,
    answer,
    instruction_file,
    left_of,
    note_of,
    taken_in,
    text_asked,
)
from dqmconsole.model.message import EditRefused, FormFound, LayoutEdited, UnsavedFound
from dqmconsole.model.problem import Problem
from dqmconsole.site.decoder import SiteWords
from dqmconsole.site.form import form, in_force
from dqmconsole.site.journals import Journals
from dqmconsole.site.kinds import CORE
from dqmconsole.site.known_issues import KNOWN
from dqmconsole.site.layout_edits import edited
from dqmconsole.site.layout_fields import Fields
from dqmconsole.site.layout_preview import Preview, Previewer
from dqmconsole.site.layout_text import HEAD, EditRefusedError, in_pieces
from dqmconsole.site.layouts import LayoutRead
from dqmconsole.site.nearest import did_you_mean
from dqmconsole.site.references import REFERENCES
from dqmconsole.site.site import SITE, bundled_site, site_changed, site_stamp
from dqmconsole.site.texts import INSTRUCTIONS
from dqmconsole.site.working_copy import (
    ChangedOnDiskError,
    WorkingCopy,
    WorkingCopyError,
)
from dqmconsole.site.yaml_text import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Generator

    from dqmconsole.engine.jobs import Job
    from dqmconsole.model.edit import Target
    from dqmconsole.model.message import AskForm, AskUnsaved, EditLayout
    from dqmconsole.model.site import SiteSettings
    from dqmconsole.site.kinds import SiteTables
    from dqmconsole.site.layout_text import LayoutText
    from dqmconsole.site.site import Stamp

_log = logging.getLogger(__name__)
_NAMED = re.compile(
    r"""^layout:[ \t]*(?:"([^"]*)"|'([^']*)'|([^#\n]*?))[ \t\r]*(?:#|$)""", re.MULTILINE
)
_BEGIN = 64 << 10  # bytes in which a layout says its name
_SHIPPED = (
    "this is the site that comes with the program: copy its layouts/ and instructions/"
    " to a folder of your own and use --site"
)
_KEPT = 100  # texts that undo comes back to


class Editing:
    """The layouts and instructions of one site that are being edited.

    Args:
        home: folder of the site's working copy.
        journals: folder for what is not saved; None for nowhere.
        settings: of the site.
        tables: what features add to a site.
    """

    def __init__(
        self,
        home: Path,
        journals: Path | None,
        settings: SiteSettings,
        tables: SiteTables = CORE,
    ) -> None:
        self._home = home
        self._journals = None if journals is None else Journals(journals)
        self._settings = settings
        self._open: dict[Path, _EditedLayout | EditedInstruction] = {}
        self._asked: dict[str, Path] = {}
        self._site = EditedSite(home, tables)
        self._stamp: Stamp = ()
        self._changed = False  # since the rules were looked at
        self._reviewing: Generator[None, None, Problems] | None = None
        self._elsewhere: frozenset[tuple[str, str]] | None = None  # when it began
        bundled = bundled_site()
        checkout = (bundled / "pyproject.toml").is_file()
        shipped = home.resolve() == bundled.resolve() and not checkout
        self._unwritable = _SHIPPED if shipped else ""

    def edit(self, request: EditLayout) -> Job:
        """Open, edit or save a file, as is asked; the answer says what came of it."""
        self._changed = True
        try:
            file = self._file_of(request.layout)
            if file not in self._open:
                self._open[file] = self._opened(file)
            answer = yield from self._open[file].edit(request)
        except EditRefusedError as error:
            where = error.line, error.column
            return EditRefused(
                request.request,
                str(error),
                error.code,
                *where,
                error.anchor,
                error.users,
            )
        except ChangedOnDiskError as error:
            return EditRefused(request.request, str(error), "others")
        except WorkingCopyError as error:
            return EditRefused(request.request, str(error), "file")
        except Exception as error:  # noqa: BLE001 - it must not end what judges
            _log.exception("an edit of %s failed", request.layout)
            return EditRefused(request.request, f"the edit failed: {error}", "failed")
        if request.then == "close":
            del self._open[file]
        return answer

    def ask_form(self, request: AskForm) -> Job:
        """The form of a part of a layout that is open."""
        yield
        try:
            one = self._open.get(self._file_of(request.layout))
            if not isinstance(one, _EditedLayout):
                return EditRefused(request.request, f"{request.layout} is not open")
            found = yield from one.form(request)
        except (EditRefusedError, WorkingCopyError) as error:
            return EditRefused(request.request, str(error), "missing")
        return found

    def ask_unsaved(self, request: AskUnsaved) -> Job:
        """What of the site is not saved, be it open or left."""
        yield
        names = dict.fromkeys(
            self._name_in_site(each.copy.file)
            for each in self._open.values()
            if each.copy.unsaved
        )
        left = () if self._journals is None else self._journals.all()
        for each in left:
            file = Path(each.file)
            if file not in {one.resolve() for one in self._open} and not _is_text(
                file, each.text
            ):
                names[self._name_in_site(file)] = None
        names.pop("", None)
        return UnsavedFound(request.request, tuple(sorted(names)))

    def look(self) -> list[LayoutEdited]:
        """Look whether others changed files that are open; how those stand."""
        if self._open and site_changed(self._home, self._stamp):
            self._changed = True
        return [each.told() for each in self._open.values() if each.copy.look()]

    @property
    def reviews(self) -> bool:
        """What is open is yet to be compared with the rules of the site."""
        return bool(self._open) and (self._changed or self._reviewing is not None)

    def review(self) -> list[LayoutEdited]:
        """Do a piece of comparing; at its end how those stand of which that is news."""
        if self._changed or self._reviewing is None:
            self._changed, self._stamp = False, site_stamp(self._home)
            opened = {each.name: each for each in self._open.values()}
            layouts = {
                name: each.reading()
                for name, each in opened.items()
                if isinstance(each, _EditedLayout)
            }
            texts = {
                name: each.copy.text.encode("utf-8", "surrogatepass")
                for name, each in opened.items()
                if each.copy.text
            }
            self._reviewing = self._site.problems(layouts, texts)
        try:
            next(self._reviewing)
        except StopIteration as end:
            self._reviewing = None
            return self._reviewed(end.value)
        except Exception:  # noqa: BLE001 - it must not end what judges
            _log.exception("%s cannot be compared with the rules", self._home)
            self._reviewing = None
        return []

    def _reviewed(self, found: Problems) -> list[LayoutEdited]:
        errors = [each for each in found if each.severity == "error"]
        if self._elsewhere is None and not any(
            e.copy.unsaved for e in self._open.values()
        ):
            self._elsewhere = frozenset((each.file, each.message) for each in errors)
        before = self._elsewhere or frozenset()
        told = []
        for one in self._open.values():
            elsewhere = tuple(
                each
                for each in errors
                if each.file != one.name and (each.file, each.message) not in before
            )
            if one.review(found, elsewhere):
                told.append(one.told())
        return told

    def close(self) -> None:
        """End all editing; what is not saved stays in the journals."""
        for each in self._open.values():
            each.copy.close()
        self._open.clear()
        if self._journals is not None:
            self._journals.close()

    def _opened(self, file: Path) -> _EditedLayout | EditedInstruction:
        begins = file.suffix == ".md"
        copy = WorkingCopy(file, self._journals, self._unwritable, begins=begins)
        if not begins:
            return _EditedLayout(copy, self._settings)
        return EditedInstruction(copy, _words_of(self._settings))

    def _name_in_site(self, file: Path) -> str:
        """The name of a file that can be opened; "" for one of another site."""
        with contextlib.suppress(ValueError, WorkingCopyError):
            name = file.resolve().relative_to(self._home.resolve()).as_posix()
            is_layout = name.startswith("layouts/")
            self._file_there(file.name if is_layout else name)
            return name
        return ""

    def _file_of(self, layout: str) -> Path:
        """The file of a layout, by its name or that of the file; of an instruction.

        One that is open keeps its name when it is deleted.

        Raises:
            WorkingCopyError: there is none.
        """
        try:
            self._asked[layout] = self._file_there(layout)
        except WorkingCopyError:
            if self._asked.get(layout) not in self._open:
                raise
        return self._asked[layout]

    def _file_there(self, layout: str) -> Path:
        if layout.startswith(f"{INSTRUCTIONS}/"):
            return instruction_file(self._home, layout)
        folder = self._home / "layouts"
        try:
            files = sorted(
                each
                for each in folder.iterdir()
                if each.suffix == ".yaml"
                and each.name not in (SITE, REFERENCES, KNOWN)
                and not each.name.startswith(".")
            )
        except OSError as error:
            message = f"{folder} cannot be read: {error.strerror}"
            raise WorkingCopyError(message) from error
        names: dict[str, Path] = {}
        for each in files:
            if layout in (each.name, each.stem):
                return each
            if name := _named(each):
                names.setdefault(name, each)
        if layout not in names:
            hint = did_you_mean(layout, names)
            message = f'no file in {folder} is the layout "{layout}"{hint}'
            raise WorkingCopyError(message)
        return names[layout]


def _words_of(settings: SiteSettings) -> SiteWords:
    return SiteWords(tuple(map(str.lower, settings.beam_modes)), settings.types)


def _is_text(file: Path, text: str) -> bool:
    """Whether a file says just this."""
    try:
        return file.read_bytes().removeprefix(codecs.BOM_UTF8) == text.encode()
    except OSError:
        return False


def _named(file: Path) -> str:
    """The name that a file gives its layout, as far as that is seen; ""."""
    try:
        if not file.is_file():  # opening a pipe would never end
            return ""
        with file.open("rb") as reading:
            begin = reading.read(_BEGIN).decode("utf-8-sig", "replace")
    except OSError:
        return ""
    found = _NAMED.search(begin)
    return "" if found is None else next(filter(None, found.groups()), "")


class _EditedLayout:
    """One layout that is being edited.

    Args:
        copy: its file.
        settings: of the site.
    """

    def __init__(self, copy: WorkingCopy, settings: SiteSettings) -> None:
        self.copy = copy
        self.name = f"layouts/{copy.file.name}"
        self._rules = RuleProblems(self.name)
        self._previewer = Previewer(
            self.name,
            _words_of(settings),
            settings.conditions.beam_mode,
        )
        self._revision = time.time_ns() // 1000  # none that another engine had
        self._known: dict[str, LayoutText] = {}
        self._preview = Preview(None, {}, ())

    def edit(self, request: EditLayout) -> Generator[None, None, LayoutEdited]:
        """Do what is asked.

        Raises:
            EditRefusedError: it cannot be edited so; nothing was changed.
            WorkingCopyError: the file cannot be saved; edits were made.
        """
        text = text_asked(request, self.copy.text, self._revision, MAX_BYTES)
        words: list[str] = []
        targets: tuple[Target, ...] = ()
        if request.edits:
            pieces = self._pieces(text)
            for each in request.edits:
                made = edited(pieces, each)
                pieces, targets = made.text, made.targets
                words.append(made.words)
                yield
            text = pieces.text
            self._keep(text, pieces)
        old = self.copy.text
        change, conflicts = taken_in(self.copy, request, text)
        self._rules.move(old, change)
        self._revision += change is not None
        yield
        yield from self._read()
        told = msgspec.structs.replace(
            self.told(), words="; ".join(words), targets=targets, conflicts=conflicts
        )
        return answer(told, self.copy, request, change)

    def told(self) -> LayoutEdited:
        """How it stands, unasked."""
        return LayoutEdited(
            0,
            self.copy.file.stem,
            str(self.copy.file),
            self._revision,
            problems=self._rules.beside(self._preview.problems),
            expanded=self._preview.layout,
            written=self._preview.written,
            unsaved=self.copy.unsaved,
            others=self.copy.theirs is not None,
            note=note_of(self.copy),
            left=left_of(self.copy),
        )

    def reading(self) -> LayoutRead:
        """What it says, for the rules of the site."""
        found = self._previewer.reading()
        if self._preview.problems == found.problems:
            return found
        return LayoutRead(None, {}, self._preview.problems)  # it is no YAML now

    def review(self, found: Problems, elsewhere: Problems) -> bool:
        """Take in what the rules say of the site; whether that is news here."""
        return self._rules.take(found, elsewhere, self._preview.problems)

    def form(self, asked: AskForm) -> Generator[None, None, FormFound]:
        """The form of a part of it, or of several plots.

        Raises:
            EditRefusedError: there is no such part, or the text is no YAML.
        """
        pieces, target = self._pieces(self.copy.text), asked.target
        fields = Fields(pieces)
        found = in_force(fields, target)
        if target.page == -1:
            return FormFound(asked.request, target, form("layout"), found)
        part = form("page") if target.plot == -1 else form("plot")
        plots = pieces.pages[target.page].plots
        at = HEAD if plots is None or target.plot == -1 else target.plot
        line = pieces.line_of((target.page, at))
        more = []
        for each in asked.more:
            yield
            more.append((each, in_force(fields, each)))
        return FormFound(asked.request, target, part, found, line, tuple(more))

    def _pieces(self, text: str) -> LayoutText:
        if text not in self._known:
            self._keep(text, in_pieces(text))
        return self._known[text]

    def _keep(self, text: str, pieces: LayoutText) -> None:
        self._known.pop(text, None)
        self._known[text] = pieces
        while len(self._known) > _KEPT:
            del self._known[next(iter(self._known))]

    def _read(self) -> Generator[None, None, None]:
        """Read the text; what is no YAML leaves the plots as they were."""
        try:
            pieces = self._pieces(self.copy.text)
        except EditRefusedError as error:
            problem = Problem(
                str(error), self.name, error.line, error.column, code=error.code
            )
            self._preview = self._preview._replace(problems=(problem,))
            return
        try:
            self._preview = yield from self._previewer.read(pieces)
        except Exception as error:  # noqa: BLE001 - the edit itself was made
            _log.exception("%s cannot be read while it is edited", self.name)
            words = f"cannot be shown as it is now: {error}"
            problems = (Problem(words, self.name),)
            self._preview = self._preview._replace(problems=problems)
