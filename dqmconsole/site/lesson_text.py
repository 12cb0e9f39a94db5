"""The words of a lesson: a section of Markdown per step, its hints, the debrief."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dqmconsole.site.findings import Place
from dqmconsole.site.markdown import Link, parse_markdown, plain_text
from dqmconsole.site.nearest import did_you_mean, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.model.lesson import Lesson
    from dqmconsole.site.decoder import Decoder
    from dqmconsole.site.findings import Findings
    from dqmconsole.site.markdown import Heading, Markdown

DEBRIEF = "debrief"
HINT = "Hint"


class Section(NamedTuple):
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
    sections: dict[str, Section]
    links: tuple[Link, ...]

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


def _sections(markdown: Markdown, findings: Findings) -> dict[str, Section]:
    tops = [each for each in markdown.headings if each.level <= 2]
    end = tops[0].lines[0] if tops else len(markdown.lines)
    for at, line in enumerate(markdown.lines[:end]):
        if line.strip():
            words = (
                'text before the first section: it belongs under the "## " of a step'
            )
            findings.add(words, Place(findings.file, at + 1, 1))
            break
    found: dict[str, Section] = {}
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
    markdown: Markdown, heading: Heading, end: int | None, findings: Findings
) -> Section:
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
    return Section(texts[0], tuple(texts[1:]), heading.lines[0] + 1)


def _compare(
    sections: dict[str, Section], lesson: Lesson, shaper: Decoder, findings: Findings
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
