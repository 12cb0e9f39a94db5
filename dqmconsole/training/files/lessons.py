"""A lesson: its YAML and the Markdown beside it to the model's value."""

from __future__ import annotations

import functools
import hashlib
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from dqmconsole.site.decoder import Decoder
from dqmconsole.site.findings import Findings, Place
from dqmconsole.site.markdown import TextLink, parse_markdown, plain_text
from dqmconsole.site.nearest import did_you_mean, nearest
from dqmconsole.site.yaml_text import parse
from dqmconsole.training.files.sound import DEBRIEF, check_lesson
from dqmconsole.training.lesson import (
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

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dqmconsole.model.problem import Problem
    from dqmconsole.site.markdown import Markdown, TextHeading

FOLDER = "instructions/lessons"
HINT = "Hint"

_READ = 128  # lessons kept as they were read, so that a change reads one again
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
    links: tuple[TextLink, ...]
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
    places = dict(places_of(written, "", shaper))
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


def _links_of_lines(lesson: Lesson, shaper: Decoder) -> Iterator[TextLink]:
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
                    yield TextLink(link.target, place)
                for each in wrong.problems:
                    shaper.complain(each.message, question, key, item)


def places_of(
    value: object, above: str, shaper: Decoder, *, sound: bool = False
) -> Iterator[tuple[str, Place]]:
    """Where the parts of a value are written, by their dotted names.

    Args:
        value: a struct that was decoded; of other values there are none.
        above: begins each name, "" or "steps[2]." and the like.
        shaper: made it.
        sound: without those of a draft that are not what is written there.
    """
    if not isinstance(value, msgspec.Struct):
        return
    keys = getattr(value, "KEYS", {})
    for field in value.__struct_fields__:
        key = keys.get(field, field)
        if not shaper.has(value, key) or (sound and not shaper.is_sound(value, key)):
            continue
        name = f"{above}{key}"
        yield name, shaper.place(value, key)
        part = getattr(value, field)
        yield from places_of(part, f"{name}.", shaper, sound=sound)
        if isinstance(part, tuple):
            for item, each in enumerate(part):
                node = shaper.node(value, key, item)
                yield f"{name}[{item}]", shaper.findings.place(node)
                yield from places_of(each, f"{name}[{item}].", shaper, sound=sound)


# -- the words ----------------------------------------------------------------------


class LessonSection(NamedTuple):
    """The words of one step, or the debrief.

    Attributes:
        text: its Markdown without the heading, up to the first hint.
        hints: those below the headings "### Hint".
        line: where its heading stands, from 1.
    """

    text: str
    hints: tuple[str, ...]
    line: int


class Words(NamedTuple):
    """The words of a lesson.

    Attributes:
        file: their file.
        sections: by the id of the step, or "debrief".
        links: their links.
    """

    file: str
    sections: dict[str, LessonSection]
    links: tuple[TextLink, ...]

    def places(self, lesson: Lesson) -> Iterator[tuple[str, Place]]:
        """Where the words of each step are written: "steps[2]:text", and "debrief"."""
        for item, step in enumerate(lesson.steps):
            if found := self.sections.get(step.id):
                yield f"steps[{item}]:text", Place(self.file, found.line, 1)
        if found := self.sections.get(DEBRIEF):
            yield DEBRIEF, Place(self.file, found.line, 1)


def read_words(
    data: bytes, lesson: Lesson, shaper: Decoder, findings: Findings
) -> Words | None:
    """Read the Markdown of a lesson; None, with a problem, when it is no text.

    Args:
        data: its bytes.
        lesson: the lesson as its YAML has it.
        shaper: made it; takes the problem of a step without words.
        findings: takes the problems of the Markdown.
    """
    text = plain_text(data, findings)
    if text is None:
        return None
    markdown = parse_markdown(text, 1, findings)
    if text.strip() and not markdown.tokens:
        # It was not taken apart, and says why.
        return Words(findings.file, {}, ())
    sections = _sections(markdown, findings)
    _compare(sections, lesson, shaper, findings)
    return Words(findings.file, sections, markdown.links)


def _sections(markdown: Markdown, findings: Findings) -> dict[str, LessonSection]:
    tops = [each for each in markdown.headings if each.level <= 2]
    end = tops[0].lines[0] if tops else len(markdown.lines)
    for at, line in enumerate(markdown.lines[:end]):
        if line.strip():
            words = (
                'text before the first section: it belongs under the "## " of a step'
            )
            findings.add(words, Place(findings.file, at + 1, 1))
            break
    found: dict[str, LessonSection] = {}
    for index, heading in enumerate(tops):
        after = tops[index + 1].lines[0] if index + 1 < len(tops) else None
        place = Place(findings.file, heading.lines[0] + 1, 1)
        if heading.text in found:
            words = (
                f'a second section "{heading.text}", the first is in line '
                f"{found[heading.text].line}"
            )
            findings.add(words, place)
            continue
        if heading.level != 2:
            words = f'a section begins with two signs: "## {heading.text}"'
            findings.add(words, place)
        found[heading.text] = _section(markdown, heading, after, findings)
    return found


def _section(
    markdown: Markdown, heading: TextHeading, end: int | None, findings: Findings
) -> LessonSection:
    end = len(markdown.lines) if end is None else end
    marks = [
        each
        for each in markdown.headings
        if each.level == 3 and heading.lines[1] <= each.lines[0] < end
    ]
    for each in marks:
        if each.text != HINT:
            words = f'three signs begin a hint: "### {HINT}", not "{each.text}"'
            findings.add(words, Place(findings.file, each.lines[0] + 1, 1))
    begins = [heading.lines[1], *(each.lines[1] for each in marks)]
    ends = [*(each.lines[0] for each in marks), end]
    texts = [
        "\n".join(markdown.lines[first:last]).strip("\n")
        for first, last in zip(begins, ends, strict=True)
    ]
    heads = [heading, *marks]
    for each, text in zip(heads, texts, strict=True):
        if not text.strip():
            words = f'there is nothing below "{each.text}"'
            findings.add(words, Place(findings.file, each.lines[0] + 1, 1))
    return LessonSection(texts[0], tuple(texts[1:]), heading.lines[0] + 1)


def _compare(
    sections: dict[str, LessonSection],
    lesson: Lesson,
    shaper: Decoder,
    findings: Findings,
) -> None:
    """Steps without words, words without a step."""
    ids = [each.id for each in lesson.steps]
    whole = shaper.is_sound(lesson, "steps") and all(ids)
    meant: set[str] = set()
    missing = [each for each in (*ids, DEBRIEF) if each not in sections]
    for name, section in sections.items():
        if name not in ids and name != DEBRIEF and whole:
            hint = did_you_mean(name, missing or (*ids, DEBRIEF))
            words = f'the lesson has no step "{name}"{hint}'
            findings.add(words, Place(findings.file, section.line, 1))
            meant.add(nearest(name, missing) or "")
    if DEBRIEF in missing and DEBRIEF not in meant:
        words = f'the section "## {DEBRIEF}" is missing: what is said at the end'
        findings.add(words, Place(findings.file, 1, 1))
    file = findings.file.rpartition("/")[2]
    for step in lesson.steps:
        if step.id and step.id in missing and step.id not in meant:
            words = f'{file} has no section "## {step.id}": what is said in this step'
            shaper.complain(words, step, "id")
    debrief = sections.get(DEBRIEF)
    if debrief is not None and debrief.hints:
        place = Place(findings.file, debrief.line, 1)
        findings.add("nobody needs a hint in the debrief", place)
