"""A site's folder to a :class:`~dqmconsole.model.site.Site`, healthy part first."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

import dqmconsole
from dqmconsole.files.findings import Findings, Place
from dqmconsole.files.known import read_known
from dqmconsole.files.layouts import read_layout
from dqmconsole.files.nearest import did_you_mean
from dqmconsole.files.references import read_references
from dqmconsole.files.shape import Shaper
from dqmconsole.files.yaml_text import parse, read_bytes
from dqmconsole.model.layout import RUN_TYPES, Layout
from dqmconsole.model.site import ConditionPaths, Site, SiteSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmconsole.model.problem import Problem

SITE = "site.yaml"
REFERENCES = "references.yaml"
KNOWN = "known.yaml"

MAX_FILES = 1000

Stamp = tuple[tuple[str, int, int], ...]


def bundled_site() -> Path:
    """The folder of the site that comes with the program.

    In a checkout its top folder, in an installation ``dqmconsole/site``.
    """
    package = Path(dqmconsole.__file__).parent
    top = package.parent
    if (top / "pyproject.toml").is_file() and (top / "layouts" / SITE).is_file():
        return top
    return package / "site"


def read_site(folder: Path) -> Site:
    """Read a site: what is healthy of it, and the problems of the rest.

    Never raises for anything that stands in the folder. Blocks for as long as its
    disk does: call it where that is harmless.

    Args:
        folder: the folder that holds ``layouts/``.
    """
    return read_site_with_places(folder)[0]


def read_site_with_places(folder: Path) -> tuple[Site, Mapping[str, Place]]:
    """Read a site and say where its parts are written.

    Returns:
        The site, and places by key: ``plot_key``, ``page_key`` and name of every
        plot, page and layout, :func:`rule_key` and :func:`known_key` of every rule
        and known problem. Their files, like those of problems, are relative to
        `folder`.
    """
    reading = _Reading(folder)
    site = reading.site()
    return site, reading.places


def site_stamp(folder: Path) -> Stamp:
    """What cheaply tells whether a site changed: names, sizes, times of its files.

    Reference files count too, for a new one may have been put in place of an old.
    """
    found = []
    layouts = folder / "layouts"
    for pattern in ("*", "references/*"):
        for path in layouts.glob(pattern):
            try:
                status = path.stat()
            except OSError:
                continue
            name = path.relative_to(layouts).as_posix()
            found.append((name, status.st_size, status.st_mtime_ns))
    return tuple(sorted(found))


def site_changed(folder: Path, since: Stamp) -> bool:
    """Tell whether anything in a site changed since its stamp was taken."""
    return site_stamp(folder) != since


def rule_key(index: int) -> str:
    """The key of the place of ``site.references[index]``."""
    return f"{REFERENCES}[{index}]"


def known_key(index: int) -> str:
    """The key of the place of ``site.known[index]``."""
    return f"{KNOWN}[{index}]"


class _Reading:
    """One reading of a site's folder."""

    def __init__(self, folder: Path) -> None:
        self.places: dict[str, Place] = {}
        self._folder = folder
        self._problems: list[Problem] = []
        self._digest = hashlib.blake2b(digest_size=8)

    def site(self) -> Site:
        settings = self._settings()
        data = self._data(REFERENCES)
        rules, rule_places, problems = read_references(data, _name(REFERENCES))
        self._problems += problems
        data = self._data(KNOWN)
        known, known_places, problems = read_known(data, _name(KNOWN))
        self._problems += problems
        self.places |= {rule_key(i): each for i, each in enumerate(rule_places)}
        self.places |= {known_key(i): each for i, each in enumerate(known_places)}
        layouts = self._layouts(settings.beam_modes)
        return Site(
            folder=_sendable(str(self._folder)),
            hash=self._digest.hexdigest(),
            settings=settings,
            layouts=layouts,
            references=rules,
            known=known,
            problems=tuple(self._problems),
        )

    def _data(self, name: str, *, optional: bool = True) -> bytes:
        """The bytes of one file; empty, with a problem, where it is broken."""
        path = self._folder / "layouts" / name
        if optional and not os.path.lexists(path):
            return b""
        findings = Findings(_name(name))
        data = read_bytes(path, findings)
        self._problems += findings.problems
        self._digest.update(name.encode(errors="surrogateescape"))
        self._digest.update(b"\0" if data is None else b"%d:%b" % (len(data), data))
        return data or b""

    def _settings(self) -> SiteSettings:
        before = len(self._problems)
        data = self._data(SITE, optional=False)
        settings, problems = read_settings(data, _name(SITE))
        # A file that cannot be read is not also empty.
        if len(self._problems) == before:
            self._problems += problems
        return settings

    def _layouts(self, beam_modes: tuple[str, ...]) -> tuple[Layout, ...]:
        layouts: dict[str, Layout] = {}
        files: dict[str, str] = {}
        for name in self._names():
            before = len(self._problems)
            data = self._data(name, optional=False)
            if len(self._problems) > before:
                continue
            layout, places, problems = read_layout(data, _name(name), beam_modes)
            self._problems += problems
            if layout is None:
                continue
            if layout.layout in layouts:
                findings = Findings(_name(name))
                findings.add(
                    f'a second layout "{layout.layout}", the first is in '
                    f"{files[layout.layout]}",
                    places[layout.layout],
                )
                self._problems += findings.problems
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
            findings.add("there is no such folder; a site is the folder that holds it")
            paths = []
        except OSError as error:
            findings.add(f"cannot be listed: {error.strerror or error}")
            paths = []
        names = []
        for path in paths:
            if path.name.startswith(".") or path.name in (SITE, REFERENCES, KNOWN):
                continue
            if path.suffix == ".yaml":
                names.append(path.name)
            elif path.suffix == ".yml":
                odd = Findings(_name(path.name))
                odd.add("is not read: name it .yaml", severity="advice")
                self._problems += odd.problems
        if len(names) > MAX_FILES:
            findings.add(f"has more than {MAX_FILES} files; the rest is not read")
        self._problems += findings.problems
        return names[:MAX_FILES]


def read_settings(data: bytes, file: str) -> tuple[SiteSettings, tuple[Problem, ...]]:
    """Read ``site.yaml``; what is broken in it falls back to its default.

    Without conditions the run type stays unknown, so that no reference is chosen.

    Args:
        data: the file's bytes.
        file: its name, as problems shall say it.
    """
    findings = Findings(file)
    root = parse(data, findings)
    unnamed = SiteSettings(experiment="")
    if root is None:
        if not findings.problems:
            findings.add("the file is empty; it names at least the experiment")
        return unnamed, findings.problems
    every: dict[type[msgspec.Struct], frozenset[str]] = {
        cls: frozenset(cls.__struct_fields__) for cls in (SiteSettings, ConditionPaths)
    }
    shaper = Shaper(findings, lenient=every)
    settings = shaper.struct(root, SiteSettings)
    if settings is None:
        return unnamed, findings.problems
    if not settings.experiment.strip() and shaper.has(settings, "experiment"):
        shaper.complain("the experiment has an empty name", settings, "experiment")
    elif not settings.experiment:
        shaper.complain('the site lacks its "experiment"', settings)
    types = {}
    for word, run_type in settings.run_types.items():
        if run_type in RUN_TYPES:
            types[word] = run_type
            continue
        choice = ", ".join(RUN_TYPES)
        hint = did_you_mean(run_type, RUN_TYPES)
        shaper.complain(
            f'run_types: {word} cannot be "{run_type}", only {choice}{hint}',
            settings,
            "run_types",
        )
    beam_modes = tuple(word.lower() for word in settings.beam_modes)
    settings = msgspec.structs.replace(settings, run_types=types, beam_modes=beam_modes)
    return settings, findings.problems


def _name(name: str) -> str:
    return f"layouts/{_sendable(name)}"


def _sendable(name: str) -> str:
    """A file's name without the surrogates that stand for bytes not UTF-8."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
