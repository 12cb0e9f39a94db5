"""The five sections of an instruction, found in its Markdown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from dqmconsole.site.findings import Place
from dqmconsole.site.nearest import did_you_mean, nearest

if TYPE_CHECKING:
    from markdown_it.token import Token

    from dqmconsole.site.findings import Findings
    from dqmconsole.site.markdown import Heading, Markdown

SHOWS = "What it shows"
JUDGE = "How to judge"
EXAMPLES = "Good and bad examples"
STEPS = "If it is bad"
TURNS = "Whom to call"
SECTIONS = (SHOWS, JUDGE, EXAMPLES, STEPS, TURNS)

ListKind = Literal["bullet_list_open", "ordered_list_open"]

_MARKER = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])(?:\s+|$)")


class Section(NamedTuple):
    """One section.

    Attributes:
        heading: its heading.
        text: its Markdown, without the heading.
        tokens: the tokens below the heading.
        line: the line of the file where the heading stands, from 1.
    """

    heading: Heading
    text: str
    tokens: tuple[Token, ...]
    line: int


class Item(NamedTuple):
    """One item of a list.

    Attributes:
        lines: its lines, without marker and indent.
        line: the line of the file where it begins, from 1.
    """

    lines: tuple[str, ...]
    line: int

    @property
    def text(self) -> str:
        """Its lines as one, for items that are one line of Markdown."""
        return " ".join(each.strip() for each in self.lines if each.strip())


def find_sections(markdown: Markdown, findings: Findings) -> dict[str, Section]:
    """Find the sections by their headings.

    Complains of one that is missing, unknown, written twice, out of order or empty,
    and of text before the first.
    """
    tops = [each for each in markdown.headings if each.level <= 2]
    _preamble(markdown, tops, findings)
    found: dict[str, Section] = {}
    meant: set[str] = set()
    for index, heading in enumerate(tops):
        place = _place(markdown, heading.lines[0], findings)
        after = tops[index + 1] if index + 1 < len(tops) else None
        section = _section(markdown, heading, after)
        if words := _wrong_heading(heading, found):
            findings.add(words, place)
            meant.add(nearest(heading.text, SECTIONS) or "")
            continue
        found[heading.text] = section
        if not section.text.strip():
            findings.add(f'the section "{heading.text}" is empty', place)
    _order(found, findings)
    _missing(found, meant, markdown, findings)
    return found


def list_items(
    section: Section, markdown: Markdown, kind: ListKind, form: str, findings: Findings
) -> list[Item]:
    """The items of the lists of a section; anything between them is a problem.

    Args:
        section: the section.
        markdown: the text it stands in.
        kind: the kind of list that is wanted.
        form: what an item looks like, for the problem.
        findings: takes the problems.
    """
    items: list[Item] = []
    open_list = ""
    for token in section.tokens:
        first = token.map[0] if token.map else 0
        if token.level == 0 and token.nesting >= 0 and token.map:
            open_list = token.type
            if token.type != kind:
                place = _place(markdown, first, findings)
                findings.add(f'"{section.heading.text}" is a list: {form}', place)
        elif token.type == "list_item_open" and token.level == 1 and open_list == kind:
            items.append(_item(token, markdown))
    return items


def _item(token: Token, markdown: Markdown) -> Item:
    begin, end = token.map or (0, 0)
    lines = list(markdown.lines[begin:end])
    while lines and not lines[-1].strip():
        lines.pop()
    marker = _MARKER.match(lines[0]) if lines else None
    indent = marker.end() if marker else 0
    own = [line[indent:] if not line[:indent].strip() else line.lstrip()
           for line in lines[1:]]  # fmt: skip
    head = [lines[0][indent:]] if lines else []
    return Item(tuple(head + own), markdown.line + begin)


def _section(markdown: Markdown, heading: Heading, after: Heading | None) -> Section:
    begin = heading.lines[1]
    end = after.lines[0] if after else len(markdown.lines)
    last = after.at if after else len(markdown.tokens)
    return Section(
        heading,
        "\n".join(markdown.lines[begin:end]).strip("\n"),
        markdown.tokens[heading.at + 3 : last],
        markdown.line + heading.lines[0],
    )


def _place(markdown: Markdown, at: int, findings: Findings) -> Place:
    return Place(findings.file, markdown.line + at, 1)


def _preamble(markdown: Markdown, tops: list[Heading], findings: Findings) -> None:
    end = tops[0].lines[0] if tops else len(markdown.lines)
    for at, line in enumerate(markdown.lines[:end]):
        if line.strip():
            words = f'text before the first section: it belongs under "## {SHOWS}"'
            findings.add(words, _place(markdown, at, findings))
            return


def _wrong_heading(heading: Heading, found: dict[str, Section]) -> str:
    if heading.text in found:
        first = found[heading.text].line
        return f'a second section "{heading.text}", the first is in line {first}'
    if heading.text not in SECTIONS:
        hint = did_you_mean(heading.text, SECTIONS)
        hint = hint or f"; the sections are {', '.join(SECTIONS)}"
        return f'no section is called "{heading.text}"{hint}'
    if heading.level != 2:
        return f'a section begins with two signs: "## {heading.text}"'
    return ""


def _order(found: dict[str, Section], findings: Findings) -> None:
    latest = ""
    for name, section in found.items():
        if latest and SECTIONS.index(name) < SECTIONS.index(latest):
            words = f'"{name}" stands before "{latest}": {", ".join(SECTIONS)}'
            findings.add(words, Place(findings.file, section.line, 1))
        else:
            latest = name


def _missing(
    found: dict[str, Section], meant: set[str], markdown: Markdown, findings: Findings
) -> None:
    for index, name in enumerate(SECTIONS):
        # One whose heading is wrong has its problem.
        if name in found or name in meant:
            continue
        later = (found[each].line for each in SECTIONS[index + 1 :] if each in found)
        end = markdown.line + max(
            len("\n".join(markdown.lines).rstrip().split("\n")), 1
        )
        line = next(later, end - 1)
        words = f'the section "## {name}" is missing; it belongs here'
        findings.add(words, Place(findings.file, line, 1))
