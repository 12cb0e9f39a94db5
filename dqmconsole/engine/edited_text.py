"""What all edited files have in common, and instructions, which are plain texts."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.edit import change_between
from dqmconsole.model.instruction import INSTRUCTION_ID
from dqmconsole.model.message import LayoutEdited
from dqmconsole.model.problem import Problem
from dqmconsole.site.instructions import NOTES, read_instruction
from dqmconsole.site.layout_text import EditRefusedError
from dqmconsole.site.markdown import MAX_BYTES as MOST_OF_MARKDOWN
from dqmconsole.site.texts import INSTRUCTIONS
from dqmconsole.site.working_copy import WorkingCopyError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from pathlib import Path

    from dqmconsole.model.edit import TextChange
    from dqmconsole.model.instruction import Instruction
    from dqmconsole.model.message import EditLayout
    from dqmconsole.site.decoder import SiteWords
    from dqmconsole.site.working_copy import WorkingCopy

Problems = tuple[Problem, ...]
_NAME = re.compile(rf"{INSTRUCTIONS}/({INSTRUCTION_ID.pattern})\.md")


def instruction_file(home: Path, name: str) -> Path:
    """The file of an instruction, be it there or not.

    Args:
        home: folder of the site's working copy.
        name: "instructions/hcal/timing.md".

    Raises:
        WorkingCopyError: no instruction can have that name, or it leads elsewhere.
    """
    found = _NAME.fullmatch(name)
    if found is None or found[1].startswith(f"{NOTES}/"):
        message = (
            f'"{name}": folder and file of an instruction have lower-case letters, '
            "digits, - and _, and end in .md"
        )
        raise WorkingCopyError(message)
    file = home / name
    if not file.resolve().is_relative_to(home.resolve()):
        message = f"{file} leads out of the site"
        raise WorkingCopyError(message)
    return file


def text_asked(request: EditLayout, text: str, revision: int, most: int) -> str:
    """The text with the change that was made by hand.

    Args:
        request: what is asked.
        text: as it is.
        revision: of it.
        most: characters that it may have.

    Raises:
        EditRefusedError: the console has another text, or it grows too large.
    """
    if request.revision not in (0, revision):
        message = "the text was changed meanwhile: open it again"
        raise EditRefusedError(message, "revision")
    if request.change is None:
        return text
    if not 0 <= request.change.start <= request.change.end <= len(text):
        message = "the change lies outside of the text: open it again"
        raise EditRefusedError(message, "revision")
    text = request.change.of(text)
    if len(text) > most:
        message = f"the text is larger than {most >> 10:,} kB: split it"
        raise EditRefusedError(message, "too-large")
    return text


def taken_in(
    copy: WorkingCopy, request: EditLayout, text: str
) -> tuple[TextChange | None, tuple[int, ...]]:
    """Give a file its new text, and do with it what is asked.

    Returns:
        What changed, or None; and the lines in which others' text conflicts.

    Raises:
        WorkingCopyError: the file cannot be saved; it has the new text.
    """
    old = copy.text
    if text != old:
        copy.change(text)
    conflicts = _settled(copy, request)
    return change_between(old, copy.text), conflicts


def answer(
    told: LayoutEdited,
    copy: WorkingCopy,
    request: EditLayout,
    change: TextChange | None,
) -> LayoutEdited:
    """How a file stands, as what came of a request: all of the text, or its change.

    Of one that is opened and not saved the saved text, too: undo leads back to it.
    """
    opens = not request.revision
    return msgspec.structs.replace(
        told,
        request=request.request,
        layout=request.layout,
        change=None if opens else change,
        text=copy.text if opens else None,
        saved=copy.base if opens and copy.unsaved else None,
    )


def _settled(copy: WorkingCopy, request: EditLayout) -> tuple[int, ...]:
    """Save the file, or settle what others wrote; the lines in which both conflict.

    Raises:
        WorkingCopyError: the file cannot be saved.
    """
    copy.look()
    if request.then in ("merge", "mine", "theirs"):
        return copy.settle(request.then)
    if request.then == "save":
        copy.save()
    return ()


def left_of(copy: WorkingCopy) -> float:
    """Of when the text is that another editor left, unix time, s; 0 for none."""
    return copy.left[0].unsaved.at if copy.left else 0.0


def note_of(copy: WorkingCopy) -> str:
    """What is to be known of a file that is edited."""
    said = [copy.read_only, copy.trouble]
    if copy.recovered is not None and copy.unsaved:
        said.insert(0, "unsaved text was found and taken up")
    if copy.is_new:
        said.insert(0, "deleted on the disk" if copy.base else "a new file")
    return "; ".join(filter(None, said))


class RuleProblems:
    """What the rules of the site say of one file, beside what its text says itself.

    Args:
        file: its name in the site.
    """

    def __init__(self, file: str) -> None:
        self._file = file
        self._said: tuple[Problem, ...] = ()
        self._elsewhere: tuple[Problem, ...] = ()
        self._silenced: frozenset[tuple[str, str]] = frozenset()

    def take(
        self, found: Iterable[Problem], elsewhere: tuple[Problem, ...], text: Problems
    ) -> bool:
        """Take in what was found; whether that is news.

        Args:
            found: all that is wrong with the site.
            elsewhere: what is said of other files.
            text: what the text says itself.
        """
        of_file = {each for each in found if each.file == self._file}
        before = self._said, self._elsewhere, self._silenced
        self._said = tuple(sorted(of_file - {*text}, key=_place_of))
        self._elsewhere = elsewhere
        self._silenced = frozenset((p.code, p.message) for p in {*text} - of_file)
        return before != (self._said, self._elsewhere, self._silenced)

    def move(self, text: str, change: TextChange | None) -> None:
        """Let the problems stand where they are after a change of a text."""
        if change is None:
            return
        line = text.count("\n", 0, change.start) + 1
        gone = text.count("\n", change.start, change.end)
        by = change.inserted.count("\n") - gone
        self._said = tuple(
            msgspec.structs.replace(each, line=max(line, each.line + by))
            if each.line > line
            else each
            for each in self._said
        )

    def beside(self, text: Problems) -> Problems:
        """All that is wrong: of the text in its order, then of other files.

        Args:
            text: what it says itself.
        """
        own = [each for each in text if (each.code, each.message) not in self._silenced]
        own += [each for each in self._said if each not in own]
        return (*sorted(own, key=_place_of), *self._elsewhere)


def _place_of(problem: Problem) -> tuple[int, int, str]:
    return problem.line, problem.column, problem.message


class EditedInstruction:
    """One instruction that is being edited.

    Args:
        copy: its file.
        words: what the site's names may be.
    """

    def __init__(self, copy: WorkingCopy, words: SiteWords) -> None:
        self.copy = copy
        self._words = words
        self._id = f"{copy.file.parent.name}/{copy.file.stem}"
        self._revision = time.time_ns() // 1000  # none that another engine had
        self._healthy: Instruction | None = None
        self._problems: tuple[Problem, ...] = ()
        self.name = f"{INSTRUCTIONS}/{self._id}.md"
        self._rules = RuleProblems(self.name)

    def edit(self, request: EditLayout) -> Generator[None, None, LayoutEdited]:
        """Do what is asked.

        Raises:
            EditRefusedError: it cannot be edited so; nothing was changed.
            WorkingCopyError: the file cannot be saved; edits were made.
        """
        text = text_asked(request, self.copy.text, self._revision, MOST_OF_MARKDOWN)
        if request.edits:
            message = "an instruction is edited as a text"
            raise EditRefusedError(message, "missing")
        old = self.copy.text
        change, conflicts = taken_in(self.copy, request, text)
        self._rules.move(old, change)
        self._revision += change is not None
        yield
        self._read()
        told = msgspec.structs.replace(self.told(), conflicts=conflicts)
        return answer(told, self.copy, request, change)

    def told(self) -> LayoutEdited:
        """How it stands, unasked."""
        return LayoutEdited(
            0,
            self._id,
            str(self.copy.file),
            self._revision,
            problems=self._rules.beside(self._problems),
            instruction=self._healthy,
            unsaved=self.copy.unsaved,
            others=self.copy.theirs is not None,
            note=note_of(self.copy),
            left=left_of(self.copy),
        )

    def review(self, found: Problems, elsewhere: Problems) -> bool:
        """Take in what the rules say of the site; whether that is news here."""
        del elsewhere  # the layout lists that
        return self._rules.take(found, (), self._problems)

    def _read(self) -> None:
        """Read the text; what has an error leaves the instruction as it was."""
        data = self.copy.text.encode("utf-8", "surrogatepass")
        if not data:
            self._healthy, self._problems = None, ()
            return
        if len(data) > MOST_OF_MARKDOWN:
            words = f"is larger than {MOST_OF_MARKDOWN >> 10} kB: split it"
            self._problems = (Problem(words, self.name, code="too-large"),)
            return
        found = read_instruction(data, self.name, self._id, self._words)
        self._healthy = found.value or self._healthy
        self._problems = found.problems
