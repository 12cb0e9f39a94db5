"""The folder ``instructions/`` on the disk: what may be read of it, and its names."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from dqmconsole.site.findings import Findings
from dqmconsole.site.yaml_text import read_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmconsole.model.problem import Problem

INSTRUCTIONS = "instructions"
LEADS_OUT = "a link that leads out of the site is not followed"


class TextsFolder:
    """Reads names below ``instructions/``; follows no link out of the site.

    Args:
        site: the folder that holds it.
        take: is given the name and bytes of every file that is read, None for one
            that cannot be.

    Attributes:
        problems: what could not be listed.
    """

    def __init__(self, site: Path, take: Callable[[str, bytes | None], None]) -> None:
        self.problems: list[Problem] = []
        self._folder = site / INSTRUCTIONS
        self._root = os.path.realpath(site)
        self._take = take

    def exists(self, name: str) -> bool:
        """Tell whether there is anything of that name, be it a link to nothing."""
        return os.path.lexists(self._folder / name)

    def is_inside(self, name: str) -> bool:
        """Tell whether a path, its symbolic links followed, is in the site."""
        real = os.path.realpath(self._folder / name)
        return real == self._root or real.startswith(self._root + os.sep)

    def bytes(
        self, name: str, findings: Findings, limit: int | None = None
    ) -> bytes | None:
        """The bytes of a file; None, with a problem, where it cannot be read."""
        data = None
        if self.is_inside(name):
            path = self._folder / name
            data = read_bytes(path, findings, *(() if limit is None else (limit,)))
        elif not findings.problems:
            findings.add(LEADS_OUT)
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
            self.problems.append(problem_of(file, words))
            return []


def is_folder(entry: os.DirEntry[str]) -> bool:
    """Tell whether an entry is a folder, or a link to one."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def holds_texts(folder: str) -> bool:
    """Tell whether any Markdown stands in a folder."""
    try:
        return any(path.suffix == ".md" for path in Path(folder).iterdir())
    except OSError:
        return False


def problem_of(file: str, words: str) -> Problem:
    """A problem of a file, or folder, as a whole."""
    findings = Findings(file)
    findings.add(words)
    return findings.problems[0]


def shown(name: str) -> str:
    """A name below ``instructions/`` as a problem says it."""
    return f"{INSTRUCTIONS}/{sendable(name)}"


def sendable(name: str) -> str:
    """A file's name without the surrogates that stand for bytes not UTF-8."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
