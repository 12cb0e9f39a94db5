"""The site's ``instructions/``: every text of it that is healthy, and its place."""

from __future__ import annotations

import codecs
import contextlib
import os
import stat
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from dqmconsole.model.contacts import Contacts
from dqmconsole.site.calendars import turns_when_read
from dqmconsole.site.checklists import read_checklists
from dqmconsole.site.contacts import read_contacts
from dqmconsole.site.findings import Findings, Place, sendable
from dqmconsole.site.glossary import read_glossary
from dqmconsole.site.instructions import NOTES, read_instruction, read_note
from dqmconsole.site.markdown import MAX_BYTES
from dqmconsole.site.nearest import did_you_mean
from dqmconsole.site.yaml_text import read_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from dqmconsole.model.checklist import CheckList
    from dqmconsole.model.glossary import Term
    from dqmconsole.model.instruction import Instruction, Note
    from dqmconsole.model.problem import Problem
    from dqmconsole.site.calendars import Turns
    from dqmconsole.site.decoder import SiteWords
    from dqmconsole.site.instructions import TextRead
    from dqmconsole.site.markdown import TextLink

INSTRUCTIONS = "instructions"
CONTACTS = "contacts.yaml"
CHECKLISTS = "checklists.yaml"
GLOSSARY = "glossary.yaml"
README = "README.md"

MAX_FILES = 3000
MAX_UNREAD = 20  # files named that nothing reads
LEADS_OUT = "a link that leads out of the site is not followed"
_READ_HERE = (README, CONTACTS, CHECKLISTS, GLOSSARY)
_ALMOST = (".markdown", ".mdown", ".txt", ".MD", ".Md")


class FilesRead(NamedTuple):
    """What the folder of a further kind of files gave.

    Attributes:
        value: what the kind made of it, for itself.
        places: by "FILE#PART", where it is written.
        links: file -> the links of its words.
        problems: what was wrong.
    """

    value: Any
    places: Mapping[str, Place]
    links: Mapping[str, tuple[TextLink, ...]]
    problems: tuple[Problem, ...]


class FolderReader(Protocol):
    """Reads a folder of ``instructions/`` that does not hold instructions."""

    @property
    def name(self) -> str:
        """What one of its files is called, "note" and the like."""

    @property
    def folder(self) -> str:
        """The folder's name."""

    def read(
        self,
        names: Iterable[str],
        data: Callable[[str, Findings, int], bytes | None],
        size: Callable[[str], int | None],
    ) -> FilesRead:
        """Read the folder. Never raises for anything that stands in it.

        Args:
            names: of what stands in the folder.
            data: gives the bytes of one, at most so many, or None with a problem.
            size: gives the bytes of one that may be large; None where it is no file
                of the site.
        """


class Texts(NamedTuple):
    """What the folder gave.

    Attributes:
        instructions, notes, contacts, checklists, glossary: what is healthy.
        drafts: the instructions and notes with errors, as far as they can be read.
        places: :func:`instruction_key` and :func:`role_key` -> where it is written.
        links: id of an instruction or note -> the links of its text.
        anchors: id -> what a link to it may name after ``#``.
        pages: "Layout/Page" as the check-lists name them, and where.
        kinds: what the folders of further kinds gave, by name of the kind.
        ids: every id for which there is a file, broken ones too.
        problems: what was wrong.
    """

    instructions: tuple[Instruction, ...]
    notes: tuple[Note, ...]
    contacts: Contacts
    checklists: tuple[CheckList, ...]
    glossary: tuple[Term, ...]
    drafts: tuple[Instruction | Note, ...]
    places: dict[str, Place]
    links: dict[str, tuple[TextLink, ...]]
    anchors: dict[str, frozenset[str]]
    pages: tuple[tuple[str, Place], ...]
    kinds: Mapping[str, FilesRead]
    ids: frozenset[str]
    problems: tuple[Problem, ...]


NO_TEXTS = Texts((), (), Contacts(), (), (), (), {}, {}, {}, (), {}, frozenset(), ())


def instruction_key(name: str, part: str = "") -> str:
    """The key of the place of an instruction or note, or of a part of it.

    Args:
        name: its id.
        part: a key of its front matter, "plots[0]" and the like, or "text".
    """
    return f"{INSTRUCTIONS}/{name}.md#{part}"


def role_key(role: str, part: str = "") -> str:
    """The key of the place of a role of the contacts, or of its "then" or "phone"."""
    return f"{INSTRUCTIONS}/{CONTACTS}#{role}" + (f":{part}" if part else "")


def read_texts(
    site: Path,
    words: SiteWords,
    now: float,
    take: Callable[[str, bytes | None], None],
    turns: Turns = turns_when_read,
    kinds: Iterable[FolderReader] = (),
    drafts: Mapping[str, bytes] = MappingProxyType({}),
) -> Texts:
    """Read ``instructions/`` of a site. Never raises for anything that stands there.

    Args:
        site: the folder that holds it.
        words: what the site's names may be.
        now: unix time, s, around which calendars are read.
        take: is given the name and bytes of every file that is read, None for one
            that cannot be.
        turns: gives the turns of a calendar of those bytes.
        kinds: read the folders of further kinds.
        drafts: name in the site -> bytes of a file as it is edited, in place of those
            on the disk.
    """
    folder = _TextFolder(site, take, drafts)
    return _TextsReading(folder, words, now, turns, tuple(kinds)).texts()


class _TextsReading:
    """One reading of the folder."""

    def __init__(
        self,
        folder: _TextFolder,
        words: SiteWords,
        now: float,
        turns: Turns,
        kinds: tuple[FolderReader, ...],
    ) -> None:
        self._kinds = kinds
        self._folder = folder
        self._words = words
        self._now = now
        self._turns = turns
        self._problems: list[Problem] = []
        self._drafts: list[Instruction | Note] = []
        self._calendars: frozenset[str] = frozenset()
        self._others: list[str] = []
        self._places: dict[str, Place] = {}
        self._links: dict[str, tuple[TextLink, ...]] = {}
        self._anchors: dict[str, frozenset[str]] = {}

    def texts(self) -> Texts:
        """Everything."""
        names = [] if self._leads_out("") else self._names()
        instructions: list[Instruction] = []
        notes: list[Note] = []
        for name in names:
            file = f"{name}.md"
            findings = Findings(shown(file))
            data = self._folder.bytes(file, findings, MAX_BYTES)
            self._problems += findings.problems
            if data is None:
                continue
            arguments = (data, shown(file), sendable(name), self._words)
            if name.startswith(f"{NOTES}/"):
                note = read_note(*arguments)
                self._keep(name, note)
                notes += [note.value] if note.value else []
            else:
                instruction = read_instruction(*arguments)
                self._keep(name, instruction)
                instructions += [instruction.value] if instruction.value else []
        contacts = self._contacts()
        checklists = self._checklists()
        glossary = self._glossary()
        kinds = {each.name: self._kind(each) for each in self._kinds}
        self._unread()
        return Texts(
            instructions=tuple(instructions),
            notes=tuple(notes),
            contacts=contacts,
            checklists=checklists[0],
            glossary=glossary,
            drafts=tuple(self._drafts),
            places=self._places,
            links=self._links,
            anchors=self._anchors,
            pages=checklists[1],
            kinds=kinds,
            ids=frozenset(names),
            problems=(*self._folder.problems, *self._problems),
        )

    def _keep(self, name: str, read: TextRead[Instruction] | TextRead[Note]) -> None:
        self._problems += read.problems
        self._drafts += [read.draft] if read.draft else []
        self._links[name] = read.links
        self._anchors[name] = read.anchors
        self._places |= {
            instruction_key(sendable(name), part): place
            for part, place in read.places.items()
        }

    def _contacts(self) -> Contacts:
        data = self._yaml(CONTACTS)
        if data is None:
            return Contacts()
        read = read_contacts(
            data, shown(CONTACTS), self._now, self._calendar, self._turns
        )
        self._problems += read.problems
        self._calendars = read.calendars
        for name, place in read.places.items():
            role, _, part = name.partition(":")
            self._places[role_key(role, part)] = place
        return read.contacts

    def _calendar(self, name: str, findings: Findings) -> bytes | None:
        found = Findings(findings.file)
        data = self._folder.bytes(name, found, MAX_BYTES)
        hint = ""
        if data is None:
            names = (each.name for each in self._folder.entries(""))
            hint = did_you_mean(name, [each for each in names if each.endswith(".ics")])
        for each in found.problems:
            place = Place(each.file, each.line, each.column)
            findings.add(each.message + hint, place, each.code)
        return data

    def _checklists(
        self,
    ) -> tuple[tuple[CheckList, ...], tuple[tuple[str, Place], ...]]:
        data = self._yaml(CHECKLISTS)
        if data is None:
            return (), ()
        read = read_checklists(data, shown(CHECKLISTS), self._words)
        self._problems += read.problems
        return read.checklists, read.pages

    def _glossary(self) -> tuple[Term, ...]:
        data = self._yaml(GLOSSARY)
        if data is None:
            return ()
        read = read_glossary(data, shown(GLOSSARY))
        self._problems += read.problems
        return read.terms

    def _kind(self, kind: FolderReader) -> FilesRead:
        folder, at = self._folder, kind.folder
        names: list[str] = []
        if folder.is_inside("") and not self._leads_out(at):
            names = [each.name for each in folder.entries(at)]
        read = kind.read(
            names,
            lambda name, *how: folder.bytes(f"{at}/{name}", *how),
            lambda name: folder.size(f"{at}/{name}"),
        )
        self._problems += read.problems
        self._places |= read.places
        self._links |= read.links
        return read

    def _yaml(self, name: str) -> bytes | None:
        """The bytes of a file that may be left out."""
        if not self._folder.exists(name):
            return None
        findings = Findings(shown(name))
        data = self._folder.bytes(name, findings)
        self._problems += findings.problems
        return data

    def _leads_out(self, folder: str) -> bool:
        """Tell whether a folder is a link out of the site, and say so."""
        if self._folder.is_inside(folder):
            return False
        file = shown(folder) if folder else INSTRUCTIONS
        self._problems.append(_problem_of(file, LEADS_OUT, "link-out-of-site"))
        return True

    def _names(self) -> list[str]:
        """The ids of all texts, by folder and name."""
        found: list[str] = []
        apart = {each.folder for each in self._kinds}
        named = {NOTES: NOTES, "note": NOTES}
        for each in self._kinds:
            named |= dict.fromkeys((each.folder, each.name), each.folder)
        for folder in self._folder.entries(""):
            if folder.name.startswith(".") or folder.name in apart:
                continue
            meant = named.get(folder.name.casefold(), folder.name)
            if meant != folder.name:
                words = f"is not read: {meant} stand in {INSTRUCTIONS}/{meant}/"
                self._problems.append(
                    _problem_of(shown(folder.name), words, "misplaced-file")
                )
            elif _is_folder(folder):
                found += self._names_in(folder.name)
            elif folder.name.endswith(".md") and folder.name != README:
                words = "is not read: an instruction stands in a folder of its layout"
                self._advise(folder.name, words)
            elif folder.name not in _READ_HERE:
                self._others.append(folder.name)
        found += [each for each in self._folder.drafts if each not in found]
        seen: dict[str, str] = {}
        names: list[str] = []
        # Of two that differ in case the one in lower case is right.
        for name in sorted(found, key=lambda each: (each != each.lower(), each)):
            first = seen.setdefault(name.casefold(), name)
            if first != name:
                words = (
                    f'the id "{sendable(name)}" is that of {shown(first)}.md but for '
                    "upper and lower case; it is left out"
                )
                self._problems.append(
                    _problem_of(shown(f"{name}.md"), words, "duplicate-name")
                )
                continue
            names.append(name)
        if len(names) > MAX_FILES:
            words = f"has more than {MAX_FILES} texts; the rest is not read"
            self._problems.append(_problem_of(INSTRUCTIONS, words, "too-large"))
        return sorted(names)[:MAX_FILES]

    def _names_in(self, folder: str) -> list[str]:
        if self._leads_out(folder):
            return []
        names = []
        entries = self._folder.entries(folder)
        if self._is_of_another_kind(folder, [each.name for each in entries]):
            words = (
                "holds files that nothing in this installation reads: they stay in "
                "the site and in its releases"
            )
            self._advise(folder, words)
            for entry in entries:
                self._folder.size(f"{folder}/{entry.name}")
            return []
        for entry in entries:
            name = f"{folder}/{entry.name}"
            if entry.name.startswith(".") or entry.name == README:
                continue
            if entry.name.endswith(".md"):
                names.append(name.removesuffix(".md"))
            elif entry.name.endswith(_ALMOST):
                self._advise(name, "is not read: name it .md")
            elif _is_folder(entry) and _holds_texts(entry.path):
                words = "is not read: instructions stand one folder deep"
                self._advise(name, words)
            elif not _is_folder(entry):
                self._others.append(name)
        return names

    def _is_of_another_kind(self, folder: str, names: list[str]) -> bool:
        """Tell whether a folder is that of a feature which is not installed.

        It has YAML, and none of its texts begins as instructions and notes do.
        """
        if folder == NOTES or not any(each.endswith(".yaml") for each in names):
            return False
        texts = [each for each in names if each.endswith(".md") and each != README]
        return not any(self._folder.begins(f"{folder}/{e}", b"---") for e in texts)

    def _unread(self) -> None:
        """Advice on files that nothing reads: was one of the known ones meant?"""
        others = [each for each in self._others if each not in self._calendars]
        for name in others[:MAX_UNREAD]:
            if name.endswith(".ics"):
                words = "is not read: no role of contacts.yaml names this calendar"
            else:
                hint = did_you_mean(name, _READ_HERE) if "/" not in name else ""
                words = f"is not read{hint or ': delete it, or keep it elsewhere'}"
            self._advise(name, words)
        if len(others) > MAX_UNREAD:
            words = f"{len(others) - MAX_UNREAD} more files in it are not read"
            self._problems.append(_problem_of(INSTRUCTIONS, words, "unread-file"))

    def _advise(self, name: str, words: str) -> None:
        self._problems.append(_problem_of(shown(name), words, "unread-file"))


class _TextFolder:
    """Reads names below ``instructions/``; follows no link out of the site.

    Args:
        site: the folder that holds it.
        take: is given the name and bytes of every file that is read, None for one
            that cannot be.
        drafts: as for :func:`read_texts`.

    Attributes:
        problems: what could not be listed.
        drafts: ids of the texts that are edited.
    """

    def __init__(
        self,
        site: Path,
        take: Callable[[str, bytes | None], None],
        drafts: Mapping[str, bytes],
    ) -> None:
        self.problems: list[Problem] = []
        self.drafts = [
            each.removeprefix(f"{INSTRUCTIONS}/").removesuffix(".md")
            for each in drafts
            if each.startswith(f"{INSTRUCTIONS}/")
        ]
        self._drafts = drafts
        self._folder = site / INSTRUCTIONS
        self._root = os.path.realpath(site)
        self._take = take

    def exists(self, name: str) -> bool:
        """Tell whether there is anything of that name, even a link to nothing."""
        return os.path.lexists(self._folder / name)

    def is_inside(self, name: str) -> bool:
        """Tell whether a path, its symbolic links followed, is in the site."""
        real = os.path.realpath(self._folder / name)
        return real == self._root or real.startswith(self._root + os.sep)

    def begins(self, name: str, start: bytes) -> bool:
        """Tell whether a file of the site begins so; a byte-order mark is skipped."""
        if not self.is_inside(name):
            return False
        data = read_bytes(self._folder / name, Findings(name), MAX_BYTES)
        return (data or b"").removeprefix(codecs.BOM_UTF8).startswith(start)

    def bytes(
        self, name: str, findings: Findings, limit: int | None = None
    ) -> bytes | None:
        """The bytes of a file; None, with a problem, where it cannot be read.

        Args:
            name: of the file, below ``instructions/``.
            findings: takes the problem.
            limit: most bytes of the file; that of YAML files when left out.
        """
        data = self._drafts.get(f"{INSTRUCTIONS}/{name}")
        if data is not None:
            pass  # of the limit the editor speaks
        elif self.is_inside(name):
            path = self._folder / name
            data = read_bytes(path, findings, *(() if limit is None else (limit,)))
        elif not findings.problems:
            findings.add(LEADS_OUT, code="link-out-of-site")
        self._take(f"{INSTRUCTIONS}/{name}", data)
        return data

    def size(self, name: str) -> int | None:
        """How many bytes a file has; None where it is none, or not of the site.

        For files that may be large: of their content only this counts in the hash.
        """
        size = None
        if self.is_inside(name):
            with contextlib.suppress(OSError):
                status = (self._folder / name).stat()
                size = status.st_size if stat.S_ISREG(status.st_mode) else None
        self._take(f"{INSTRUCTIONS}/{name}", None if size is None else b"%d" % size)
        return size

    def entries(self, name: str) -> list[os.DirEntry[str]]:
        """What stands in a folder, by name; nothing where there is none."""
        try:
            with os.scandir(self._folder / name) as entries:
                return sorted(entries, key=lambda entry: entry.name)
        except FileNotFoundError:
            return []
        except OSError as error:
            words = f"cannot be listed: {error.strerror or error}"
            file = shown(name) if name else INSTRUCTIONS
            self.problems.append(_problem_of(file, words, "unreadable-file"))
            return []


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Tell whether an entry is a folder, or a link to one."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _holds_texts(folder: str) -> bool:
    """Tell whether any Markdown stands in a folder."""
    try:
        return any(path.suffix == ".md" for path in Path(folder).iterdir())
    except OSError:
        return False


def _problem_of(file: str, words: str, code: str) -> Problem:
    """A problem of a file, or folder, as a whole.

    Args:
        file: the file, as the person knows it.
        words: what is wrong.
        code: the rule that is broken.
    """
    findings = Findings(file)
    findings.add(words, code=code)
    return findings.problems[0]


def shown(name: str) -> str:
    """A name below ``instructions/`` as a problem says it."""
    return f"{INSTRUCTIONS}/{sendable(name)}"
