"""Where something stands in a file, and the problems found in one file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.problem import Problem
from dqmconsole.model.words import counted
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
        # each once: what stands behind a YAML anchor is read for every alias of it
        self._problems: dict[Problem, None] = {}
        self._rest: set[Problem] = set()

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
        place = where if isinstance(where, Place) else self.place(where)
        problem = Problem(
            message,
            self.file,
            place.line,
            place.column,
            severity or severity_of(code),
            code=code,
        )
        if len(self._problems) < MAX_PROBLEMS:
            self._problems[problem] = None
        elif problem not in self._problems:
            self._rest.add(problem)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All problems once, by line; the last one counts what was over the cap.

        It is an error where one of those is.
        """
        found = sorted(self._problems, key=lambda each: (each.line, each.column))
        if self._rest:
            wrong = any(each.severity == "error" for each in self._rest)
            found.append(
                Problem(
                    f"and {counted(len(self._rest), 'more problem')} in this file",
                    self.file,
                    severity="error" if wrong else "advice",
                    code="too-large",
                )
            )
        return tuple(found)


def sendable(name: str) -> str:
    """A file's name without the surrogates that stand for bytes not UTF-8."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
