"""What is alike of all files that are edited as texts; instructions are no more."""

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
    from collections.abc import Generator
    from pathlib import Path

    from dqmconsole.model.instruction import Instruction
    from dqmconsole.model.message import EditLayout
    from dqmconsole.site.decoder import SiteWords
    from dqmconsole.site.working_copy import WorkingCopy

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


def settled(copy: WorkingCopy, request: EditLayout) -> tuple[int, ...]:
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


def saved_text(copy: WorkingCopy, request: EditLayout) -> str | None:
    """The text of a file that is opened and not saved: undo leads back to it."""
    return copy.base if copy.unsaved and not request.revision else None


def note_of(copy: WorkingCopy) -> str:
    """What is to be known of a file that is edited."""
    said = [copy.read_only, copy.trouble]
    if copy.recovered is not None and copy.unsaved:
        said.insert(0, "unsaved text was found and taken up")
    if copy.is_new:
        said.insert(0, "deleted on the disk" if copy.base else "a new file")
    return "; ".join(filter(None, said))


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

    def edit(self, request: EditLayout) -> Generator[None, None, LayoutEdited]:
        """Do what is asked.

        Raises:
            EditRefusedError: it cannot be edited so; nothing was changed.
            WorkingCopyError: the file cannot be saved; edits were made.
        """
        old = self.copy.text
        text = text_asked(request, old, self._revision, MOST_OF_MARKDOWN)
        if request.edits:
            message = "an instruction is edited as a text"
            raise EditRefusedError(message, "missing")
        if text != old:
            self.copy.change(text)
        conflicts = settled(self.copy, request)
        change = change_between(old, self.copy.text)
        self._revision += change is not None
        yield
        self._read()
        return msgspec.structs.replace(
            self.told(),
            request=request.request,
            layout=request.layout,
            change=change if request.revision else None,
            text=None if request.revision else self.copy.text,
            saved=saved_text(self.copy, request),
            conflicts=conflicts,
        )

    def told(self) -> LayoutEdited:
        """How it stands, unasked."""
        return LayoutEdited(
            0,
            self._id,
            str(self.copy.file),
            self._revision,
            problems=self._problems,
            instruction=self._healthy,
            unsaved=self.copy.unsaved,
            others=self.copy.theirs is not None,
            note=note_of(self.copy),
        )

    def _read(self) -> None:
        """Read the text; what has an error leaves the instruction as it was."""
        file = f"{INSTRUCTIONS}/{self._id}.md"
        data = self.copy.text.encode("utf-8", "surrogatepass")
        if not data:
            self._healthy, self._problems = None, ()
            return
        if len(data) > MOST_OF_MARKDOWN:
            words = f"is larger than {MOST_OF_MARKDOWN >> 10} kB: split it"
            self._problems = (Problem(words, file, code="too-large"),)
            return
        found = read_instruction(data, file, self._id, self._words)
        self._healthy = found.value or self._healthy
        self._problems = found.problems
