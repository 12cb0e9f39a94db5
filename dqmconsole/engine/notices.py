"""What of the source's problems goes to the notice bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.frame import NoticeFact

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dqmconsole.model.frame import Severity
    from dqmconsole.model.problem import Problem


class Notices:
    """Turns problems into notices, each told once."""

    def __init__(self) -> None:
        self._told: dict[str, NoticeFact] = {}

    def of(self, problems: Iterable[Problem]) -> list[NoticeFact]:
        """Notices about the folder and about single files.

        A folder that hangs, vanished or is full is told at once, in its own words;
        of files that cannot be read the first, and how many there are.
        """
        errors = [problem for problem in problems if problem.severity == "error"]
        folder = [problem for problem in errors if ".root" not in problem.file]
        files = [problem for problem in errors if ".root" in problem.file]
        return self._tell("folder", folder, "bad") + self._tell(
            "files", files, "warning"
        )

    def cannot_open(self, why: str) -> list[NoticeFact]:
        """The source cannot be opened."""
        return self._say(NoticeFact("source", f"cannot be opened: {why}", "bad"))

    def opened(self) -> list[NoticeFact]:
        """The source was opened: what was said of it before no longer holds."""
        return [
            fact
            for name in list(self._told)
            for fact in self._say(NoticeFact(name, "", "info"))
        ]

    def _tell(
        self, name: str, problems: list[Problem], severity: Severity
    ) -> list[NoticeFact]:
        if not problems:
            return self._say(NoticeFact(name, "", "info"))
        sentence = str(problems[0])
        if len(problems) > 1:
            sentence += f" (and {len(problems) - 1} more, see the problems)"
        return self._say(NoticeFact(name, sentence, severity))

    def _say(self, fact: NoticeFact) -> list[NoticeFact]:
        if self._told.get(fact.name) == fact:
            return []
        if not fact.sentence and fact.name not in self._told:
            return []
        if fact.sentence:
            self._told[fact.name] = fact
        else:
            del self._told[fact.name]
        return [fact]
