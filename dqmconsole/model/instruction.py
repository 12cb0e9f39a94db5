"""Instructions for shifters, short-term notes, and whom to call how soon."""

from __future__ import annotations

import datetime
import json
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, ClassVar, Literal

import msgspec

from dqmconsole.model.layout import RunType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dqmconsole.model.cause import Urgency as AlarmUrgency

Urgency = Literal[
    "call now", "call at the beam dump", "call in working hours", "write only"
]
URGENCIES: tuple[Urgency, ...] = (
    "call now", "call at the beam dump", "call in working hours", "write only",
)  # fmt: skip
CALL_OF: dict[AlarmUrgency, Urgency] = {
    "now": "call now",
    "dump": "call at the beam dump",
    "next-day": "call in working hours",
    "": "write only",
}
"""What an alarm asks for, in the words of a step."""
ExampleKind = Literal["good", "bad", "harmless"]
EXAMPLE_KINDS: tuple[ExampleKind, ...] = ("good", "bad", "harmless")
REVIEW_DAYS = 180
INSTRUCTION_ID = re.compile(r"[a-z0-9][a-z0-9_-]*/[a-z0-9][a-z0-9_-]*")
"""An instruction's id: the folder and the name of its file, without ".md"."""
_MARKS = re.compile(r"[\\`*\[\]<>&]|^[-+#=~_|]")  # what Markdown does not take for text
_ESCAPED = r"\\\g<0>"


class AppliesTo(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """What an instruction or note is about.

    Attributes:
        layout: name of the layout; "" for all.
        pages: names of its pages; all when empty.
        plots: globs on the path of the monitor element, in which ``*`` crosses
            ``/``; all when empty.
        run_types: it holds only in runs of these types; in all when empty.
        beam_modes: it holds only in these beam modes; in all when empty.
        NOUN, KEYS, ONE_OR_MORE: what problems call it, the key of a field where YAML
            has another, and the keys under which a word stands for a list of one.
    """

    NOUN: ClassVar[str] = "applies_to"
    KEYS: ClassVar[dict[str, str]] = {"pages": "page"}
    ONE_OR_MORE: ClassVar[tuple[str, ...]] = ("page",)

    layout: str = ""
    pages: tuple[str, ...] = ()
    plots: tuple[str, ...] = ()
    run_types: tuple[RunType, ...] = ()
    beam_modes: tuple[str, ...] = ()

    def names(self, layout: str, page: str, path: str) -> bool:
        """Tell whether a plot is meant."""
        if self.layout and self.layout != layout:
            return False
        if self.pages and page not in self.pages:
            return False
        return not self.plots or any(fnmatchcase(path, each) for each in self.plots)

    def holds(self, run_type: str | None, beam_mode: str | None) -> bool:
        """Tell whether it holds in a run; what is not known excludes nothing."""
        if self.run_types and run_type is not None and run_type not in self.run_types:
            return False
        if not self.beam_modes or beam_mode is None:
            return True
        return beam_mode in self.beam_modes


class UrgencyRule(msgspec.Struct, frozen=True):
    """How soon to call in some beam modes; in all others when `modes` is empty."""

    urgency: Urgency
    modes: tuple[str, ...] = ()


class Step(msgspec.Struct, frozen=True):
    """One thing to do when a plot is bad.

    Attributes:
        text: Markdown of one paragraph.
        role: role to call; "" for a step that calls nobody.
        urgencies: how soon, by beam mode; the first that names the mode holds.
        line: line of the file, from 1.
        causes: the causes it is for, in the site's own words; for any when empty.
    """

    text: str
    role: str = ""
    urgencies: tuple[UrgencyRule, ...] = ()
    line: int = 0
    causes: tuple[str, ...] = ()

    def urgency(self, beam_mode: str | None) -> Urgency | None:
        """How soon to call in a beam mode; None for a step that calls nobody.

        An unknown mode takes the most urgent rule: nobody is to wait for a call
        because the console did not know.
        """
        if not self.urgencies:
            return None
        if beam_mode is None:
            return min((each.urgency for each in self.urgencies), key=URGENCIES.index)
        for rule in self.urgencies:
            if not rule.modes or beam_mode in rule.modes:
                return rule.urgency
        return None


class Example(msgspec.Struct, frozen=True):
    """An example: what a cause makes of the plot's reference.

    Attributes:
        kind: what it is an example of.
        caption: what to see in it, Markdown of one line.
        cause: any text, drawn where a picture of it can be made ("dead region",
            "noise:Hcal"); "" for the reference itself.
        line: line of the file, from 1.
        region: what is drawn empty, in units of the axes: x from, to, and of a map, if
            not all of it, y from, to; () where the cause is drawn somewhere.
    """

    kind: ExampleKind
    caption: str
    cause: str = ""
    line: int = 0
    region: tuple[float, ...] = ()


class Turn(msgspec.Struct, frozen=True):
    """Whom to turn to, in the order of escalation: a role and what it is for."""

    role: str
    purpose: str = ""
    line: int = 0


class Instruction(msgspec.Struct, frozen=True):
    """One instruction, as ``instructions/<folder>/<name>.md`` holds it.

    Attributes:
        id: folder and name of its file, without ".md".
        title: what it is called.
        version: grows with every published change.
        author: who wrote this version.
        written: date of this version, ISO.
        owner: role that owns it.
        applies_to: what it is about, and when it holds.
        reviewed_on, review_due: dates, ISO.
        shows, judge: Markdown of the first two sections.
        examples, steps, turns: the other three.
        text: Markdown of the whole body, as written.
        hash: of the whole file: same version, other hash is a mistake.
        NOUN, UNWRITTEN: what problems call its front matter, and the fields that the
            front matter may not hold.
    """

    NOUN: ClassVar[str] = "the front matter"
    UNWRITTEN: ClassVar[tuple[str, ...]] = (
        "shows", "judge", "examples", "steps", "turns", "text", "hash",
    )  # fmt: skip

    id: str
    title: str
    version: int
    author: str
    written: str
    owner: str
    applies_to: AppliesTo
    reviewed_on: str
    review_due: str
    shows: str = ""
    judge: str = ""
    examples: tuple[Example, ...] = ()
    steps: tuple[Step, ...] = ()
    turns: tuple[Turn, ...] = ()
    text: str = ""
    hash: str = ""


def steps_for(instruction: Instruction, cause: str) -> tuple[Step, ...]:
    """The steps that say how soon to call when this is the cause.

    Those that name the cause, though they call nobody; where none does, those that call
    somebody and name no cause.

    Args:
        instruction: any.
        cause: a word of the site's; "" where the cause is not known.
    """
    named = tuple(each for each in instruction.steps if cause in each.causes)
    return named or tuple(
        each for each in instruction.steps if each.role and not each.causes
    )


def calling_steps(instruction: Instruction) -> tuple[Step, ...]:
    """The steps that call somebody, as they count while the cause is not known.

    Those that are for any cause; where none of these calls, those that name some; and
    where all of them only write, all.
    """
    named = tuple(each for each in instruction.steps if each.role)
    calling = tuple(
        each
        for each in named
        if any(rule.urgency != "write only" for rule in each.urgencies)
    )
    return tuple(each for each in calling if not each.causes) or calling or named


class Note(msgspec.Struct, frozen=True):
    """A short-term note: ``instructions/notes/<name>.md``.

    Attributes:
        id: "notes/" and the name of its file, without ".md".
        title: what it is called.
        author, written: who wrote it, and when (ISO date).
        expires: the last day on which it holds, ISO date, UTC.
        owner: role that owns it.
        supersedes: ids of the instructions or notes it goes before.
        applies_to: what it is about, and when it holds.
        text: Markdown.
        hash: of the whole file.
        NOUN, UNWRITTEN, ONE_OR_MORE: as for an instruction and :class:`AppliesTo`.
    """

    NOUN: ClassVar[str] = "the front matter"
    UNWRITTEN: ClassVar[tuple[str, ...]] = ("text", "hash")
    ONE_OR_MORE: ClassVar[tuple[str, ...]] = ("supersedes",)

    id: str
    title: str
    author: str
    written: str
    expires: str
    owner: str
    applies_to: AppliesTo = AppliesTo()
    text: str = ""
    hash: str = ""
    supersedes: tuple[str, ...] = ()


TO_JUDGE = "To be written: what is good, what is harmless, and what the checks look at."


def new_instruction(
    name: str,
    title: str,
    *,
    layout: str,
    page: str = "",
    owner: str,
    author: str,
    today: datetime.date,
    shows: str,
    judge: str = TO_JUDGE,
) -> str:
    """The file of an instruction that is begun; `validate` has nothing against it.

    Args:
        name: its id, which is the name of its file without ".md".
        title: its title.
        layout: what it is for.
        page: of the layout; "" for all.
        owner: role that owns it, and is called.
        author: who begins it.
        today: the date of it.
        shows: what stands under "What it shows", Markdown.
        judge: what stands under "How to judge".
    """
    of_page = f"\n  page: {_quoted(page)}" if page else ""
    return f"""\
---
id: {name}
title: {_quoted(title)}
version: 1
author: {_quoted(author)}
written: {today}
owner: {owner}
applies_to:
  layout: {_quoted(layout)}{of_page}
reviewed_on: {today}
review_due: {today + datetime.timedelta(days=REVIEW_DAYS)}
---

## What it shows
{shows}

## How to judge
{judge}

## Good and bad examples
- good: as the reference

## If it is bad
1. Compare with the reference, and see whether other plots of this page changed at \
the same time.
2. Call the expert: say which plot, and since when.
   call {owner}: call in working hours
3. Write an entry with E.

## Whom to call
1. {owner}
"""


def shows_to_be_written(paths: Iterable[str]) -> str:
    """What stands under "What it shows" until it is written: what the plots are of."""
    shown = "\n".join(f"- {_MARKS.sub(_ESCAPED, path)}" for path in paths)
    return (
        "To be written: what these plots show, and where the data come from.\n\n"
        + shown
    )


def _quoted(text: str) -> str:
    """A text as YAML and JSON write it."""
    return json.dumps(text, ensure_ascii=not text.isprintable())
