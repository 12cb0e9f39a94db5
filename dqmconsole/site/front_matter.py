"""Markdown with YAML front matter: the two parts, each with its lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import yaml

from dqmconsole.site.findings import Place
from dqmconsole.site.yaml_text import decode, parse

if TYPE_CHECKING:
    from dqmconsole.site.findings import Findings

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
        findings.add(words, Place(findings.file, 1, 1))
        return None
    ends = (at for at, line in enumerate(lines[1:], 1) if line.rstrip() == _FENCE)
    end = next(ends, None)
    if end is None:
        words = "the front matter has no end: a second line --- before the text"
        findings.add(words, Place(findings.file, 1, 1))
        return None
    before = len(findings.problems)
    # The empty first line stands for the fence, so that lines are the file's.
    head = parse("\n".join(("", *lines[1:end], "")).encode(), findings)
    if head is None and len(findings.problems) == before:
        findings.add("the front matter is empty", Place(findings.file, 1, 1))
    for number, line in enumerate(lines[1:end], 2):
        if found := _CUT_OFF.fullmatch(line):
            words = f'YAML takes "{found[1]}" for a comment: put quotes round the title'
            place = Place(findings.file, number, found.start(1) + 1)
            findings.add(words, place, "advice")
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
            findings.add(words, Place(findings.file, number, found.start() + 1))
            return None
        if _CONFLICT.match(line):
            words = "a conflict marker of git: settle which of the two texts holds"
            findings.add(words, Place(findings.file, number, 1))
            return None
    return text


def with_lists(node: yaml.Node, *keys: str) -> yaml.Node:
    """The mapping in which a single word under one of `keys` is a list of one.

    Args:
        node: a node; anything but a mapping is returned as it is.
        keys: keys whose value may be a word or a list; "a/b" for b within a.
    """
    if not isinstance(node, yaml.MappingNode):
        return node
    pairs = []
    for key_node, value in node.value:
        key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
        inner = [
            each.partition("/")[2] for each in keys if each.partition("/")[0] == key
        ]
        below = [each for each in inner if each]
        changed = with_lists(value, *below) if below else value
        if "" in inner and isinstance(value, yaml.ScalarNode) and value.value:
            changed = yaml.SequenceNode(
                "tag:yaml.org,2002:seq",
                [value],
                value.start_mark,
                value.end_mark,
                flow_style=True,
            )
        pairs.append((key_node, changed))
    return yaml.MappingNode(
        node.tag, pairs, node.start_mark, node.end_mark, node.flow_style
    )
