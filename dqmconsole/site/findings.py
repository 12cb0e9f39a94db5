"""Where something stands in a file, and the problems found in one file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.problem import Problem
from dqmconsole.site.rules.reading import severity_of

if TYPE_CHECKING:
    import yaml

    from dqmconsole.site.rules.reading import Severity

MAX_PROBLEMS = 100


class Place(msgspec.Struct, frozen=True):
    """A place in a file: line and column count from 1; 0 when unknown."""

    file: str
    line: int = 0
    column: int = 0


class Findings:
    """The problems of one file, all of them up to a cap, in the order of the file.

    Attributes:
        file: the file, as the person knows it.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self._problems: list[Problem] = []
        self._more = 0

    def place(self, node: yaml.Node | None) -> Place:
        """Where a node begins."""
        if node is None:
            return Place(self.file)
        mark = node.start_mark
        return Place(self.file, mark.line + 1, mark.column + 1)

    def add(
        self,
        message: str,
        where: yaml.Node | Place | None = None,
        code: str = "",
        severity: Severity | None = None,
    ) -> None:
        """Take a problem in.

        Args:
            message: what is wrong, in words.
            where: the node or place; None for the file as a whole.
            code: the rule of :data:`~dqmconsole.site.rules.reading.READING` that is
                broken; it has the severity.
            severity: that of a rule which stands in another table.
        """
        if len(self._problems) >= MAX_PROBLEMS:
            self._more += 1
            return
        place = where if isinstance(where, Place) else self.place(where)
        self._problems.append(
            Problem(
                message,
                self.file,
                place.line,
                place.column,
                severity or severity_of(code),
                code=code,
            )
        )

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All problems once, by line; the last one counts what was over the cap."""
        # what stands behind a YAML anchor is read once for every alias of it
        once = dict.fromkeys(self._problems)
        found = sorted(once, key=lambda each: (each.line, each.column))
        if self._more:
            found.append(
                Problem(
                    f"and {self._more} more problems in this file",
                    self.file,
                    code="too-large",
                )
            )
        return tuple(found)


def sendable(name: str) -> str:
    """A file's name without the surrogates that stand for bytes not UTF-8."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
