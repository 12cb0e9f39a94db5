"""Scalars of a YAML tree as the values people meant by them.

Text is taken as it was written (``magnet: on`` is the word "on", ``2026-05-01`` the
text), numbers are decimal and finite, and what does not fit is a problem.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

import yaml

from dqmconsole.site.nearest import did_you_mean

if TYPE_CHECKING:
    from dqmconsole.site.findings import Findings

_TAG = "tag:yaml.org,2002:"
_PLAIN_TAGS = frozenset(
    ("str", "int", "float", "bool", "null", "timestamp", "seq", "map", "merge", "value")
)
_INTEGER = re.compile(r"[-+]?[0-9][0-9_]{0,24}")
_FLOAT = re.compile(r"[-+]?([0-9][0-9_]*\.?[0-9_]*|\.[0-9]+)([eE][-+]?[0-9]{1,4})?")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_NOUNS: dict[object, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "yes or no",
}


class Invalid:
    """What did not fit; its problem has been added."""


INVALID: Final = Invalid()


def read_scalar(
    node: yaml.Node, wanted: object, name: str, findings: Findings
) -> object:
    """Return a node as str, int, float or bool; INVALID, with a problem, if it is not.

    Args:
        node: the node.
        wanted: the class of the value.
        name: what the value is called in a problem.
        findings: takes the problem.
    """
    noun = _NOUNS[wanted]
    if not isinstance(node, yaml.ScalarNode):
        add_mismatch(node, noun, name, findings)
        return INVALID
    if not has_plain_tag(node, name, findings):
        return INVALID
    text: str = node.value
    plain = not node.style  # None or "", by the parser
    if wanted is str:
        return text if is_printable(node, name, findings) else INVALID
    if wanted is bool and plain and node.tag == f"{_TAG}bool":
        return text.lower() in ("yes", "true", "on")
    if wanted is int and plain and _INTEGER.fullmatch(text):
        number = int(text.replace("_", ""))
        if -(2**63) <= number < 2**63:
            return number
    if wanted is float and plain and _FLOAT.fullmatch(text):
        value = float(text.replace("_", ""))
        if math.isfinite(value):
            return value
    quoted = "" if plain else ", without quotes"
    findings.add(f'{name} is {noun}{quoted}, not "{_short(text)}"', node)
    return INVALID


def read_word(
    node: yaml.Node, words: tuple[str, ...], name: str, findings: Findings
) -> object:
    """Return a node as one of `words`; INVALID, with a problem, if it is none."""
    found = read_scalar(node, str, name, findings)
    if not isinstance(found, str) or found in words:
        return found
    hint = did_you_mean(found, words)
    choice = ", ".join(words)
    findings.add(f'{name} cannot be "{_short(found)}", only {choice}{hint}', node)
    return INVALID


def guess_scalar(node: yaml.Node, name: str, findings: Findings) -> object:
    """Return a node as whichever of bool, int, float and str it was written."""
    wanted: object = str
    if isinstance(node, yaml.ScalarNode) and not node.style:
        if node.tag == f"{_TAG}bool":
            wanted = bool
        elif _INTEGER.fullmatch(node.value):
            wanted = int
        elif _FLOAT.fullmatch(node.value) or node.tag == f"{_TAG}float":
            wanted = float
    return read_scalar(node, wanted, name, findings)


def is_printable(node: yaml.ScalarNode, name: str, findings: Findings) -> bool:
    """Refuse what an escape can write but no path, tile or message can carry."""
    found = _UNPRINTABLE.search(node.value)
    if found is not None:
        findings.add(f"{name} holds the character U+{ord(found[0]):04X}", node)
    return found is None


def has_plain_tag(node: yaml.Node, name: str, findings: Findings) -> bool:
    """Refuse tags (``!!binary``, ``!!python/…``), which nothing here needs."""
    tag = node.tag or ""
    if tag.removeprefix(_TAG) in _PLAIN_TAGS:
        return True
    findings.add(f'{name} bears the tag "{_short(tag)}": not read here', node)
    return False


def add_mismatch(node: yaml.Node, noun: str, name: str, findings: Findings) -> None:
    """Add the problem that `name` is not of the kind that is wanted."""
    if isinstance(node, yaml.MappingNode):
        found = "a mapping"
        if node.flow_style and noun == "text":
            found += ' (put quotes round a text with braces: "{1..4}")'
    elif isinstance(node, yaml.SequenceNode):
        found = "a list"
    else:
        found = f'"{_short(node.value)}"' if node.value else "nothing"
        if noun == "a list" and node.value:
            found += f"; write [{_short(node.value)}]"
    findings.add(f"{name} is {noun}, not {found}", node)


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
