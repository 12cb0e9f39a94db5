"""Markdown of the site's texts: front matter, headings, links, and what is refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from dqmconsole.markdown import LONGEST_PARAGRAPH, parser
from dqmconsole.site.findings import Place
from dqmconsole.site.nearest import did_you_mean, short
from dqmconsole.site.yaml_text import decode, parse

if TYPE_CHECKING:
    import yaml
    from markdown_it.token import Token

    from dqmconsole.site.findings import Findings

SCHEMES = ("page", "plot", "instruction", "http", "https")

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
# What is left in a text of "[…](page:A/B c)", "[…](<page:A" and "<page:A/B c>".
_UNREAD = re.compile(
    r"(?:\]\(\s*<?\s*|<\s*)"
    r"(?P<target>(?:page|plot|instruction|https?)\s?:[^\0)>]*)",
    re.IGNORECASE,
)
_BREAKS = ("softbreak", "hardbreak")
_NOT_WORD = re.compile(r"[^\w]+")


# With HTML on it is found as such.
_PARSER = parser(html=True)


class TextLink(NamedTuple):
    """A link: where it leads and where it stands."""

    target: str
    place: Place


class TextHeading(NamedTuple):
    """A heading.

    Attributes:
        level: 1 to 6.
        text: its words.
        at: index of its first token.
        lines: its first line and the one after its last, from 0 in the text.
    """

    level: int
    text: str
    at: int
    lines: tuple[int, int]


class Markdown(NamedTuple):
    """A parsed text.

    Attributes:
        lines: its lines.
        line: the line of the file where it begins, from 1.
        tokens: markdown-it's tokens.
        headings: those that stand in no list or quotation.
        links: the links that may stand in it.
    """

    lines: tuple[str, ...]
    line: int
    tokens: tuple[Token, ...]
    headings: tuple[TextHeading, ...]
    links: tuple[TextLink, ...]

    @property
    def anchors(self) -> frozenset[str]:
        """What a link may name after ``#``: its headings as :func:`slug` has them."""
        return frozenset(slug(each.text) for each in self.headings)


def slug(heading: str) -> str:
    """A heading as the anchor of a link: "How to judge" is ``how-to-judge``."""
    return _NOT_WORD.sub("-", heading.lower()).strip("-")


def parse_markdown(text: str, line: int, findings: Findings) -> Markdown:
    """Parse a text and complain of what is refused: HTML, images, odd links.

    Args:
        text: CommonMark.
        line: the line of the file where it begins, from 1.
        findings: takes the problems.
    """
    lines = tuple(text.split("\n"))
    if (at := _too_long(lines)) is not None:
        words = f"a paragraph of more than {LONGEST_PARAGRAPH} characters: split it"
        findings.add(words, Place(findings.file, line + at, 1), "too-large")
        return Markdown(lines, line, (), (), ())
    tokens = tuple(_PARSER.parse(text))
    inspection = _Inspection(lines, line, findings)
    for token in tokens:
        inspection.look(token)
    headings = tuple(
        TextHeading(
            int(token.tag[1:]),
            tokens[at + 1].content.strip(),
            at,
            (token.map[0], token.map[1]),
        )
        for at, token in enumerate(tokens)
        if token.type == "heading_open" and token.level == 0 and token.map
    )
    return Markdown(lines, line, tokens, headings, tuple(inspection.links))


def _too_long(lines: tuple[str, ...]) -> int | None:
    """The first line, from 0, of a block of lines that is too long."""
    length = start = 0
    for at, line in enumerate(lines):
        if not line.strip():
            length, start = 0, at + 1
        length += len(line)
        if length > LONGEST_PARAGRAPH:
            return start
    return None


class _Inspection:
    """Goes through the tokens of one text."""

    def __init__(self, lines: tuple[str, ...], line: int, findings: Findings) -> None:
        self.links: list[TextLink] = []
        self._lines = lines
        self._line = line
        self._findings = findings

    def look(self, token: Token) -> None:
        """Complain of a block, or of what stands in its line."""
        at = token.map[0] if token.map else 0
        if token.type == "html_block":
            self._refuse_html(token.content, at)
        self._unread(token, at)
        for child in token.children or ():
            if child.type in _BREAKS:
                at += 1
            elif child.type == "html_inline":
                self._refuse_html(child.content, at)
                at += child.content.count("\n")
            elif child.type == "image":
                target = str(child.attrGet("src") or "")
                words = (
                    "images are not read: an example is drawn from a cause "
                    "(bad hv-trip: …)"
                )
                self._findings.add(words, self._place(at, target), "image")
            elif child.type == "link_open":
                self._link(str(child.attrGet("href") or ""), at)

    def _unread(self, token: Token, at: int) -> None:
        """Complain of what was meant as a link and is none, for lack of < >."""
        text = ""
        for child in token.children or ():
            if child.type == "text":
                text += child.content
            else:
                # a link or a code is no part of what is unread
                text += "\n" if child.type in _BREAKS else "\0"
        for number, line in enumerate(text.split("\n"), at):
            for found in _UNREAD.finditer(line):
                target = found["target"].strip(" <>()")
                said = short(target)
                words = (
                    f'"{said}" is not read as a link: write the target in < >: '
                    f"[text](<{said}>)"
                )
                self._findings.add(words, self._place(number, target), "unread-link")

    def _refuse_html(self, content: str, at: int) -> None:
        begin = content.strip().split("\n", 1)[0]
        said = short(begin, 30)
        words = f"HTML is not read here: {said} (a bare < needs a space after it)"
        self._findings.add(words, self._place(at, begin), "html")

    def _link(self, target: str, at: int) -> None:
        place = self._place(at, target)
        if words := _wrong_target(target):
            self._findings.add(words, place, "wrong-link")
        else:
            self.links.append(TextLink(target, place))

    def _place(self, at: int, text: str) -> Place:
        line = self._lines[at] if at < len(self._lines) else ""
        column = line.find(text) + 1 if text else 0
        return Place(self._findings.file, self._line + at, max(column, 1))


def _wrong_target(target: str) -> str:
    """Why a link cannot lead there; "" when it can."""
    form = "a link leads to page:…, plot:…, instruction:… or http(s)://…"
    found = _SCHEME.match(target)
    said = short(target)
    if found is None:
        return f'"{said}" is no link: {form}'
    scheme = found[1].lower()
    if scheme not in SCHEMES:
        return f'"{said}": {form}, not {scheme}:{did_you_mean(scheme, SCHEMES)}'
    if not scheme.startswith("http"):
        if target[: found.end()] != f"{scheme}:":
            return f'"{said}": write {scheme}: in lower case'
        return "" if target[found.end() :].strip() else f'"{said}" names nothing'
    try:
        parts = urlsplit(target)
        host, account = parts.hostname, parts.username
    except ValueError:
        return f'"{said}" is no web address'
    if not host:
        return f'"{said}" is no web address: it names no host'
    return f'"{said}": an address names no account' if account is not None else ""


MAX_BYTES = 256 << 10  # of a text for people; a page of print is some 3 kB

_FENCE = "---"
# Overrides of the writing direction: a text must read as it is stored.
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")
_CONFLICT = re.compile(r"\s*(?:[-*+]\s+)?(?:<{7}|>{7})(?: |$)")
_CUT_OFF = re.compile(r"""title:\s*[^"'\s#].*?\s(#\S.*)""")


class Document(NamedTuple):
    """A Markdown file.

    Attributes:
        head: the mapping between the ``---`` lines; None, with a problem, when
            it cannot be read.
        body: what stands below, lines ended by a line feed.
        line: the line of the file where the body begins, from 1.
    """

    head: yaml.Node | None
    body: str
    line: int


def read_document(data: bytes, findings: Findings) -> Document | None:
    """Split a Markdown file; None, with a problem, when it has not that shape.

    Args:
        data: the file's bytes, UTF-8.
        findings: takes the problems.
    """
    text = plain_text(data, findings)
    if text is None:
        return None
    lines = text.split("\n")
    if lines[0].rstrip() != _FENCE:
        words = "the file begins with a line ---, then its front matter (id: …)"
        findings.add(words, Place(findings.file, 1, 1), "front-matter")
        return None
    ends = (at for at, line in enumerate(lines[1:], 1) if line.rstrip() == _FENCE)
    end = next(ends, None)
    if end is None:
        words = "the front matter has no end: a second line --- before the text"
        findings.add(words, Place(findings.file, 1, 1), "front-matter")
        return None
    before = len(findings.problems)
    # The empty first line stands for the fence, so that lines are the file's.
    head = parse("\n".join(("", *lines[1:end], "")).encode(), findings)
    if head is None and len(findings.problems) == before:
        place = Place(findings.file, 1, 1)
        findings.add("the front matter is empty", place, "front-matter")
    for number, line in enumerate(lines[1:end], 2):
        if found := _CUT_OFF.fullmatch(line):
            words = f'YAML takes "{found[1]}" for a comment: put quotes round the title'
            place = Place(findings.file, number, found.start(1) + 1)
            findings.add(words, place, "cut-by-comment")
    return Document(head, "\n".join(lines[end + 1 :]), end + 2)


def plain_text(data: bytes, findings: Findings) -> str | None:
    """The text of a Markdown file, its lines ended by a line feed.

    None, with a problem, when it is none, reads otherwise than it is stored, or
    holds two texts that were not merged.
    """
    text = decode(data, findings, "a Markdown text")
    if text is None:
        return None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    odd = _DIRECTION.search(text) or "<<<<<<<" in text or ">>>>>>>" in text
    for number, line in enumerate(text.split("\n") if odd else (), 1):
        if found := _DIRECTION.search(line):
            words = f"holds U+{ord(found[0]):04X}, which turns the writing direction"
            place = Place(findings.file, number, found.start() + 1)
            findings.add(words, place, "not-text")
            return None
        if _CONFLICT.match(line):
            words = "a conflict marker of git: settle which of the two texts holds"
            findings.add(words, Place(findings.file, number, 1), "conflict-marker")
            return None
    return text
