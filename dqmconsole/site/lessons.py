"""A lesson: its YAML and the Markdown beside it to the model's value."""

from __future__ import annotations

import functools
import hashlib
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from dqmconsole.model.lesson import (
    EntryGoal,
    FindingGoal,
    FlagGoal,
    Goal,
    Lesson,
    LessonRun,
    LessonStep,
    Question,
    TickGoal,
)
from dqmconsole.site.decoder import Decoder
from dqmconsole.site.findings import Findings, Place
from dqmconsole.site.lesson_sound import check_lesson
from dqmconsole.site.lesson_text import DEBRIEF, read_words
from dqmconsole.site.markdown import Link, parse_markdown
from dqmconsole.site.yaml_text import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dqmconsole.model.problem import Problem
    from dqmconsole.site.lesson_text import Words

FOLDER = "instructions/lessons"

_READ = 128  # lessons kept as they were read, so that a change reads one anew
_DRAFTS = (
    Lesson, LessonRun, LessonStep, Question, Goal, FindingGoal, FlagGoal, EntryGoal,
    TickGoal,
)  # fmt: skip


class LessonRead(NamedTuple):
    """What the two files of a lesson gave.

    Attributes:
        value: the lesson; None when a file has an error.
        draft: what can be read of one with errors, blank where it is broken: to be
            checked, never to be told; None when there is a value.
        places: "title", "steps[2].done.page" and the like -> where it is written;
            "steps[2]:text" for a step's words, "debrief" for those at the end.
        links: the links of its words.
        problems: what was wrong, of both files.
    """

    value: Lesson | None
    draft: Lesson | None
    places: Mapping[str, Place]
    links: tuple[Link, ...]
    problems: tuple[Problem, ...]


def lesson_key(name: str, part: str = "") -> str:
    """The key of the place of a lesson, or of a part of it.

    Args:
        name: its id; "exam" for the settings of the exam.
        part: a key of :attr:`LessonRead.places`.
    """
    return f"{FOLDER}/{name}.yaml#{part}"


@functools.lru_cache(_READ)
def read_lesson(data: bytes, words: bytes | None, name: str) -> LessonRead:
    """Read a lesson.

    Args:
        data: the bytes of its YAML.
        words: those of its Markdown; None for one that cannot be read, which has its
            problem.
        name: its id: the name of both files.
    """
    findings = Findings(f"{FOLDER}/{name}.yaml")
    told = Findings(f"{FOLDER}/{name}.md")
    before = len(findings.problems)
    root = parse(data, findings)
    if root is None:
        if len(findings.problems) == before:
            findings.add("the file is empty", Place(findings.file, 1, 1))
        return LessonRead(None, None, {}, (), findings.problems)
    shaper = Decoder(findings, drafts=_DRAFTS)
    written = shaper.struct(root, Lesson)
    if written is None:
        return LessonRead(None, None, {}, (), findings.problems)
    check_lesson(written, name, shaper)
    links = list(_links_of_lines(written, shaper))
    said = read_words(words, written, shaper, told) if words is not None else None
    lesson = _with_words(written, said, name)
    places = dict(_places(written, "", shaper))
    places[""] = Place(findings.file, 1, 1)
    if said is not None:
        places |= said.places(written)
        digest = hashlib.blake2b(data, digest_size=8)
        digest.update(b"\0" + (words or b""))
        lesson = msgspec.structs.replace(lesson, hash=digest.hexdigest())
    problems = (*findings.problems, *told.problems)
    broken = said is None or any(each.severity == "error" for each in problems)
    return LessonRead(
        None if broken else lesson,
        lesson if broken else None,
        places,
        (*links, *(said.links if said else ())),
        problems,
    )


def _with_words(written: Lesson, said: Words | None, name: str) -> Lesson:
    if said is None:
        return msgspec.structs.replace(written, id=name)
    steps = tuple(
        msgspec.structs.replace(
            step, text=said.sections[step.id].text, hints=said.sections[step.id].hints
        )
        if step.id in said.sections
        else step
        for step in written.steps
    )
    end = said.sections.get(DEBRIEF)
    return msgspec.structs.replace(
        written, id=name, steps=steps, debrief=end.text if end else ""
    )


def _links_of_lines(lesson: Lesson, shaper: Decoder) -> Iterator[Link]:
    """The links of the questions' lines; complains of what these may not hold."""
    for step in lesson.steps:
        question = step.question
        if question is None:
            continue
        for key in ("choices", "why"):
            for item, text in enumerate(getattr(question, key)):
                # Only these begin a link, an image or HTML: most lines need no parser.
                if "<" not in text and "[" not in text:
                    continue
                wrong = Findings(shaper.findings.file)
                place = shaper.findings.place(shaper.node(question, key, item))
                for link in parse_markdown(text, 1, wrong).links:
                    yield Link(link.target, place)
                for each in wrong.problems:
                    shaper.complain(each.message, question, key, item)


def _places(value: object, above: str, shaper: Decoder) -> Iterator[tuple[str, Place]]:
    """Where the parts of a value are written, by their dotted names."""
    if not isinstance(value, msgspec.Struct):
        return
    for key in value.__struct_fields__:
        if not shaper.has(value, key):
            continue
        name = f"{above}{key}"
        yield name, shaper.place(value, key)
        part = getattr(value, key)
        yield from _places(part, f"{name}.", shaper)
        if isinstance(part, tuple):
            for item, each in enumerate(part):
                node = shaper.node(value, key, item)
                yield f"{name}[{item}]", shaper.findings.place(node)
                yield from _places(each, f"{name}[{item}].", shaper)
