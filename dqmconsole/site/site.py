"""A site's folder to a :class:`~dqmconsole.model.site.Site`, healthy part first."""

from __future__ import annotations

import datetime
import hashlib
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

import dqmconsole
from dqmconsole.model.paths import with_home
from dqmconsole.model.site import Site
from dqmconsole.site.calendars import turns_when_read
from dqmconsole.site.decoder import ANY_WORDS
from dqmconsole.site.findings import Findings, Place, sendable
from dqmconsole.site.kinds import CORE, versioned
from dqmconsole.site.known_issues import KNOWN, known_key, read_known
from dqmconsole.site.layouts import BrokenLayouts, LayoutRead, read_layout
from dqmconsole.site.nearest import nearest
from dqmconsole.site.references import REFERENCES, read_references, rule_key
from dqmconsole.site.rules.context import SiteReading
from dqmconsole.site.rules.table import NAMES, problems_of
from dqmconsole.site.settings import FORMAT, read_settings
from dqmconsole.site.texts import INSTRUCTIONS, NO_TEXTS, read_texts
from dqmconsole.site.yaml_text import read_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dqmconsole.model.layout import Layout
    from dqmconsole.model.problem import Problem
    from dqmconsole.model.site import SiteSettings
    from dqmconsole.site.calendars import Turns
    from dqmconsole.site.decoder import SiteWords
    from dqmconsole.site.kinds import SiteTables
    from dqmconsole.site.settings import SettingsRead

SITE = "site.yaml"

MAX_FILES = 1000

RELEASES = "releases"
_FOLDERS = (RELEASES, "references")  # in layouts/, with no layouts of the site
_ALMOST = (".yml", ".yaml")  # in any case
MAX_STAMPED = 10_000  # files in one folder
MAX_DEPTH = 3  # folders below instructions/

Stamp = tuple[tuple[str, int, int], ...]


class Drafts(NamedTuple):
    """Files of a site as they are edited, in place of those on the disk.

    Attributes:
        texts: name in the site -> bytes of the file, which need not be there yet.
        layout: reads a layout, as ``read_layout`` does.
    """

    texts: Mapping[str, bytes] = {}
    layout: Callable[[bytes, str, SiteWords, str], LayoutRead] = read_layout


NO_DRAFTS = Drafts()


def recordings_folder(settings: SiteSettings, home: Path, own: Path) -> Path:
    """Below which folder runs are recorded.

    Args:
        settings: of the site.
        home: folder of the site.
        own: the user's folder, where the site names none.
    """
    named = settings.recordings
    return home / with_home(named) if named else own


def read_settings_of(folder: Path) -> SettingsRead:
    """What ``site.yaml`` of a site says; nothing where it cannot be read."""
    data = read_bytes(folder / "layouts" / SITE, Findings(SITE))
    return read_settings(data or b"", _name(SITE))


def bundled_site() -> Path:
    """The folder of the site that comes with the program.

    In a checkout its top folder, in an installation ``dqmconsole/site``.
    """
    package = Path(dqmconsole.__file__).parent
    top = package.parent
    if (top / "pyproject.toml").is_file() and (top / "layouts" / SITE).is_file():
        return top
    return package / "site"


def read_site(folder: Path, tables: SiteTables = CORE) -> Site:
    """Read a site: what is healthy of it, and the problems of the rest.

    Never raises for anything that stands in the folder. Blocks for as long as its
    disk does: call it where that is harmless.

    Args:
        folder: holds ``layouts/`` and ``instructions/``: the site's own, or a
            release's.
        tables: what features add to a site.
    """
    return read_site_with_places(folder, tables=tables)[0]


def read_site_with_places(
    folder: Path, turns: Turns = turns_when_read, tables: SiteTables = CORE
) -> tuple[Site, Mapping[str, Place]]:
    """Read a site and say where its parts are written.

    Args:
        folder: as for :func:`read_site`.
        turns: gives the turns of a calendar of those bytes.
        tables: what features add to a site.

    Returns:
        The site, and places by key: ``plot_key``, ``page_key`` and name of every
        plot, page and layout, :func:`rule_key` and :func:`known_key` of every rule
        and known issue (each with "#" and a key of it where that is written),
        ``texts.instruction_key``, ``texts.role_key`` and those of further kinds of
        files of what stands in ``instructions/``. Their files, like those of
        problems, are relative to `folder`.
    """
    reading = _SiteReading(folder, turns, tables)
    site = reading.site()
    return site, reading.places


def read_site_to_check(
    folder: Path,
    today: datetime.date,
    tables: SiteTables = CORE,
    drafts: Drafts = NO_DRAFTS,
) -> SiteReading:
    """Read a site with all that the rules are given to find what is wrong with it.

    Args:
        folder: as for :func:`read_site`.
        today: the date (UTC) that expiry and reviews are judged by.
        tables: what features add to a site.
        drafts: what is edited of it.
    """
    reading = _SiteReading(folder, turns_when_read, tables, drafts)
    site = reading.site()
    return reading.context(site, today)


def site_stamp(folder: Path) -> Stamp:
    """What cheaply tells whether a site changed: names, sizes, times of its files.

    Reference files count too, for a new one may have been put in place of an old;
    so does all of ``instructions/``. The ledger of releases does not: whoever reads
    a release reads its folder.
    """
    found: list[tuple[str, int, int]] = []
    _stamp(str(folder / "layouts"), "layouts/", 0, found, leave_out=RELEASES)
    _stamp(str(folder / "layouts" / "references"), "references/", 0, found)
    _stamp(str(folder / INSTRUCTIONS), f"{INSTRUCTIONS}/", MAX_DEPTH, found)
    return tuple(sorted(found))


def _stamp(
    folder: str,
    name: str,
    depth: int,
    found: list[tuple[str, int, int]],
    leave_out: str = "",
) -> None:
    """Add the files of a folder, and of those below it to a depth."""
    below = []
    try:
        with os.scandir(folder) as entries:
            for count, entry in enumerate(entries):
                if entry.name == leave_out or count > MAX_STAMPED:
                    continue
                try:
                    status = entry.stat()
                    is_folder = entry.is_dir()
                except OSError:
                    continue
                if is_folder:
                    below.append(entry)
                found.append((name + entry.name, status.st_size, status.st_mtime_ns))
    except OSError:
        return
    for entry in below if depth else ():
        _stamp(entry.path, f"{name}{entry.name}/", depth - 1, found)


def site_changed(folder: Path, since: Stamp) -> bool:
    """Tell whether anything in a site changed since its stamp was taken."""
    return site_stamp(folder) != since


class _SiteReading:
    """One reading of a site's folder."""

    def __init__(
        self,
        folder: Path,
        turns: Turns,
        tables: SiteTables,
        drafts: Drafts = NO_DRAFTS,
    ) -> None:
        self._tables = tables
        self._drafts = drafts
        self.places: dict[str, Place] = {}
        self.texts = NO_TEXTS
        self.broken = BrokenLayouts()
        self._words = ANY_WORDS
        self._beam_mode = ""
        self._folder = folder
        self._turns = turns
        self._problems: list[Problem] = []
        self._digest = hashlib.blake2b(digest_size=8)

    def site(self) -> Site:
        settings = self._settings()
        folder = sendable(str(self._folder))
        if settings.format > FORMAT:
            # Words that mean something else there must not be acted on.
            return Site(
                folder=folder,
                hash=self._digest.hexdigest(),
                settings=settings,
                layouts=(),
                problems=tuple(self._problems),
            )
        data = self._data(REFERENCES)
        rules, rule_places, problems = read_references(
            data, _name(REFERENCES), self._words
        )
        self._problems += problems
        data = self._data(KNOWN)
        known, known_places, problems = read_known(data, _name(KNOWN))
        self._problems += problems
        for i, parts in enumerate(rule_places):
            self.places[rule_key(i)] = parts["run" if rules[i].file is None else "file"]
            self.places |= {rule_key(i, key): each for key, each in parts.items()}
        for i, parts in enumerate(known_places):
            self.places[known_key(i)] = parts["expires"]
            self.places |= {known_key(i, key): each for key, each in parts.items()}
        layouts = self._layouts()
        texts = read_texts(
            self._folder,
            self._words,
            time.time(),
            self._take,
            self._turns,
            self._tables.kinds,
            self._drafts.texts,
        )
        self.texts = texts
        self.places |= texts.places
        self._problems += texts.problems
        site = Site(
            folder=folder,
            hash=self._digest.hexdigest(),
            settings=settings,
            layouts=layouts,
            references=rules,
            known=known,
            instructions=texts.instructions,
            notes=texts.notes,
            contacts=texts.contacts,
            checklists=texts.checklists,
            glossary=texts.glossary,
            problems=tuple(self._problems),
        )
        # Names are compared whatever the day is.
        today = datetime.datetime.now(datetime.UTC).date()
        context = self.context(site, today)
        told = [*site.problems, *problems_of(NAMES, context)]
        made = {}
        for kind in self._tables.kinds:
            made[kind.name], found = kind.agree(context)
            told += found
        return msgspec.structs.replace(site, parts=made, problems=tuple(told))

    def context(self, site: Site, today: datetime.date) -> SiteReading:
        """What the rules are given.

        Args:
            site: the healthy parts of what was read.
            today: the date (UTC) that expiry and reviews are judged by.
        """
        return SiteReading(
            self._folder,
            site,
            self.texts,
            self.places,
            self.broken,
            today,
            versioned=tuple(versioned(site, self._tables)),
        )

    def _take(self, name: str, data: bytes | None) -> None:
        """Let a file that was read count in the hash."""
        self._digest.update(name.encode(errors="surrogateescape"))
        self._digest.update(b"\0" if data is None else b"%d:%b" % (len(data), data))

    def _data(self, name: str, *, optional: bool = True) -> bytes:
        """The bytes of one file; empty, with a problem, where it is broken."""
        path = self._folder / "layouts" / name
        if optional and not os.path.lexists(path):
            return b""
        findings = Findings(_name(name))
        data = self._drafts.texts.get(_name(name))
        if data is None:
            data = read_bytes(path, findings)
        self._problems += findings.problems
        self._take(name, data)
        return data or b""

    def _settings(self) -> SiteSettings:
        before = len(self._problems)
        data = self._data(SITE, optional=False)
        settings, places, self._words, problems = read_settings(data, _name(SITE))
        self._beam_mode = settings.conditions.beam_mode
        self.places |= places
        # A file that cannot be read is not also empty.
        if len(self._problems) == before:
            self._problems += problems
        return settings

    def _layouts(self) -> tuple[Layout, ...]:
        layouts: dict[str, Layout] = {}
        files: dict[str, str] = {}
        for name in self._names():
            before = len(self._problems)
            data = self._data(name, optional=False)
            if len(self._problems) > before:
                self.broken.add(name, data)
                continue
            layout, places, problems = self._drafts.layout(
                data, _name(name), self._words, self._beam_mode
            )
            meant = nearest(name, (SITE, REFERENCES, KNOWN), 0.8)
            if layout is None and meant and b"layout:" not in data:
                findings = Findings(_name(name))
                findings.add(
                    f'is read as a layout and is none; did you mean "{meant}"?',
                    code="misplaced-file",
                )
                self._problems += findings.problems
                continue
            self._problems += problems
            if any(each.severity == "error" for each in problems):
                self.broken.add(name, data)
            if layout is None:
                continue
            if layout.layout in layouts:
                findings = Findings(_name(name))
                findings.add(
                    f'a second layout "{layout.layout}", the first is in '
                    f"{files[layout.layout]}",
                    places[layout.layout],
                    code="duplicate-name",
                )
                self._problems += findings.problems
                self.broken.add(name, data)
                continue
            layouts[layout.layout] = layout
            files[layout.layout] = _name(name)
            self.places |= places
        return tuple(layouts.values())

    def _names(self) -> list[str]:
        """Names of the layout files, sorted; hidden ones are editors' own."""
        findings = Findings("layouts")
        try:
            paths = sorted((self._folder / "layouts").iterdir())
        except FileNotFoundError:
            findings.add(
                "there is no such folder; a site is the folder that holds it",
                code="unreadable-file",
            )
            paths = []
        except OSError as error:
            findings.add(
                f"cannot be listed: {error.strerror or error}", code="unreadable-file"
            )
            paths = []
        names = []
        for path in paths:
            if path.name.startswith(".") or path.name in (SITE, REFERENCES, KNOWN):
                continue
            odd = Findings(_name(path.name))
            if path.suffix == ".yaml":
                names.append(path.name)
            elif path.suffix.lower() in _ALMOST:
                odd.add("is not read: name it .yaml", code="misplaced-file")
                self.broken.add(path.name, b"")
            elif path.name not in _FOLDERS and _holds_yaml(path):
                words = "is not read: layouts stand in layouts/, not in folders there"
                odd.add(words, code="unread-file")
            self._problems += odd.problems
        if len(names) > MAX_FILES:
            findings.add(
                f"has more than {MAX_FILES} files; the rest is not read",
                code="too-large",
            )
        self._problems += findings.problems
        return names[:MAX_FILES]


def _holds_yaml(path: Path) -> bool:
    """Tell whether a path is a folder with files that were meant as layouts."""
    if not path.is_dir() or path.is_symlink():
        return False
    try:
        return any(each.suffix.lower() in _ALMOST for each in path.iterdir())
    except OSError:
        return False


def _name(name: str) -> str:
    return f"layouts/{sendable(name)}"
