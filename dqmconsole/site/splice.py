"""One more item in a list of a YAML file, the rest of the text as people wrote it."""

from __future__ import annotations

import yaml

from dqmconsole.site.findings import Findings
from dqmconsole.site.yaml_text import LOADER, is_null, parse


class SpliceError(ValueError):
    """A text that no item can be added to; says why."""


def with_item(text: str, key: str, item: str) -> str:
    """Add an item at the end of the list under a key of the top level.

    What stands in the text stays, comments and spaces too; that nothing but the item
    came is checked.

    Args:
        text: a YAML mapping, or nothing.
        key: the list's; it is made at the end of the text when it is not there.
        item: one line of YAML, in flow style.

    Raises:
        SpliceError: the text is not YAML, or has no place for it.
    """
    root = _parsed(text)
    if root is not None and not isinstance(root, yaml.MappingNode):
        message = "is no mapping of keys and values"
        raise SpliceError(message)
    newline = "\r\n" if "\r\n" in text else "\n"
    given = text if not text or text.endswith("\n") else text + newline
    if root is not None and root.flow_style:
        message = "is written in braces: write its keys on lines of their own"
        raise SpliceError(message)
    pairs = root.value if root is not None else []
    value = next((node for name, node in pairs if name.value == key), None)
    if value is None:
        found = f"{given}{key}:{newline}  - {item}{newline}"
    else:
        found = _in_list(given, value, key, item, newline)
    _check(text, found, key, item)
    return found


def _parsed(text: str) -> yaml.Node | None:
    findings = Findings("")
    root = parse(text.encode(), findings)
    if findings.problems:
        problem = findings.problems[0]
        message = f"line {problem.line}: {problem.message}"
        raise SpliceError(message)
    return root


def _in_list(text: str, node: yaml.Node, key: str, item: str, newline: str) -> str:
    lines = text.splitlines(keepends=True)
    if is_null(node):
        at = node.start_mark.line + (1 if node.start_mark.column else 0)
        return "".join([*lines[:at], f"  - {item}{newline}", *lines[at:]])
    if not isinstance(node, yaml.SequenceNode):
        message = f'line {node.start_mark.line + 1}: "{key}" is no list'
        raise SpliceError(message)
    if node.flow_style:
        row, column = node.end_mark.line, node.end_mark.column - 1
        comma = ", " if node.value else ""
        line = lines[row]
        lines[row] = f"{line[:column].rstrip(' ')}{comma}{item}{line[column:]}"
        return "".join(lines)
    last = _last(node)
    at = last.end_mark.line + (1 if last.end_mark.column else 0)
    indent = " " * node.start_mark.column
    return "".join([*lines[:at], f"{indent}- {item}{newline}", *lines[at:]])


def _last(node: yaml.Node) -> yaml.Node:
    """What ends last in a block: a block's own end lies behind comments that follow."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        end = node.value[-1]
        node = end[1] if isinstance(end, tuple) else end
    return node


def _check(before: str, after: str, key: str, item: str) -> None:
    """See that the item came, and nothing else changed."""
    try:
        was = yaml.load(before, Loader=LOADER) or {}
        now = yaml.load(after, Loader=LOADER)
        one = yaml.load(item, Loader=LOADER)
    except yaml.YAMLError as error:
        message = f'no item can be added to "{key}" as it is written'
        raise SpliceError(message) from error
    if now != {**was, key: [*(was.get(key) or []), one]}:
        message = f'no item can be added to "{key}" as it is written'
        raise SpliceError(message)
