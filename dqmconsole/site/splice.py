"""What changes in a YAML file, the rest of the text as people wrote it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from dqmconsole.site.findings import Findings
from dqmconsole.site.yaml_text import is_null, parse, plain_values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


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


def with_entry(text: str, entry: str) -> str:
    """Add an item at the end of a file that is a list.

    Args:
        text: a YAML list, or nothing but comments.
        entry: a mapping in lines of "key: value".

    Raises:
        SpliceError: the text is not YAML, or has no place for it.
    """
    root, given, newline = _list_of(text)
    lines = given.splitlines(keepends=True)
    at, indent = len(lines), ""
    if root is not None and root.value:
        at, indent = _line_after(_last(root)), " " * root.start_mark.column
    elif root is not None:
        message = "is an empty list in brackets: delete them"
        raise SpliceError(message)
    head, *rest = entry.splitlines()
    added = [f"{indent}- {head}", *(f"{indent}  {each}" for each in rest)]
    lines[at:at] = [f"{each}{newline}" for each in added]
    found = "".join(lines)
    _expect(found, [*_loaded(text, []), _loaded(entry, {})], "the rule")
    return found


def with_key(text: str, item: int, key: str, value: str) -> str:
    """Give a key to an item of a file that is a list, or its key another value.

    Args:
        text: a YAML list of mappings.
        item: index of the item.
        key: the key; what it has already is replaced where that is one word.
        value: one line of YAML, in flow style.

    Raises:
        SpliceError: the text is not YAML, or has no place for it.
    """
    root, given, newline = _list_of(text)
    nodes = [] if root is None else root.value
    node = nodes[item] if item < len(nodes) else None
    if not isinstance(node, yaml.MappingNode):
        message = f"has no item number {item + 1} of keys and values"
        raise SpliceError(message)
    found = _with_pair(given, node, key, value, newline, "is written over lines")
    wanted = _loaded(text, [])
    wanted[item] = {**wanted[item], key: _loaded(value, None)}
    _expect(found, wanted, f'"{key}"')
    return found


def with_number(text: str, at: tuple[int, int], key: str, number: str) -> str:
    """Give a key below another key, anywhere in a text, another number.

    Args:
        text: YAML.
        at: line and column of the key above, from 1; a mapping stands below it.
        key: the key; it is added to the mapping where it is not there.
        number: as it is to be written.

    Raises:
        SpliceError: the text is not YAML, or has no place for it.
    """
    root = _parsed(text)
    found = None if root is None else _below(root, (at[0] - 1, at[1] - 1))
    node, way = (None, []) if found is None else found
    if not isinstance(node, yaml.MappingNode):
        message = f'line {at[0]}: there is no mapping to write "{key}" into'
        raise SpliceError(message)
    newline = "\r\n" if "\r\n" in text else "\n"
    given = text if text.endswith("\n") else text + newline
    made = _with_pair(given, node, key, number, newline, "is no number")
    wanted = _loaded(text, {})
    part = wanted
    for step in way:
        part = part[step]
    part[key] = _loaded(number, None)
    _expect(made, wanted, f'"{key}"')
    return made


def with_texts(text: str, rewritten: Callable[[str], str | None]) -> str:
    """Write other texts in place of some values, however deep, and leave all else.

    Args:
        text: YAML.
        rewritten: a value -> what stands there instead; None where it stays.

    Raises:
        SpliceError: the text is not YAML, or a value is written so that another cannot
            be put in its place: in several lines, with escapes, behind an anchor.
    """
    root = _parsed(text)
    nodes = [] if root is None else list(_values(root, set()))
    changed = [
        (node, new) for node in nodes if (new := rewritten(node.value)) is not None
    ]
    lines = text.splitlines(keepends=True)
    for node, new in sorted(changed, key=lambda each: -each[0].start_mark.index):
        start, end = node.start_mark, node.end_mark
        line = lines[start.line]
        written = line[start.column : end.column]
        if start.line != end.line or written.count(node.value) != 1:
            message = (
                f"line {start.line + 1}: another text cannot be put in place of "
                f'"{node.value}" as it is written'
            )
            raise SpliceError(message)
        put = written.replace(node.value, new)
        lines[start.line] = f"{line[: start.column]}{put}{line[end.column :]}"
    made = "".join(lines)
    wanted = {id(node): new for node, new in changed}
    after = parse(made.encode(), Findings(""))
    if root is not None and (after is None or not _alike(root, after, wanted)):
        message = "the new texts cannot be written as the file is"
        raise SpliceError(message)
    return made


def _values(node: yaml.Node, seen: set[int]) -> Iterator[yaml.ScalarNode]:
    """The texts of a tree that are values, once each."""
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.ScalarNode):
        if node.tag == _TEXT:
            yield node
        return
    for each in node.value:
        yield from _values(each[1] if isinstance(each, tuple) else each, seen)


_TEXT = "tag:yaml.org,2002:str"


def _alike(one: yaml.Node, other: yaml.Node, wanted: dict[int, str]) -> bool:
    """Tell whether two trees are the same but for the texts that were wanted."""
    pairs, seen = [(one, other)], set()
    while pairs:
        a, b = pairs.pop()
        if (id(a), id(b)) in seen:
            continue
        seen.add((id(a), id(b)))
        if type(a) is not type(b) or a.tag != b.tag:
            return False
        if isinstance(a, yaml.ScalarNode):
            if b.value != wanted.get(id(a), a.value):
                return False
            continue
        if len(a.value) != len(b.value):
            return False
        for x, y in zip(a.value, b.value, strict=True):
            pairs += zip(x, y, strict=True) if isinstance(x, tuple) else [(x, y)]
    return True


def _with_pair(
    text: str,
    node: yaml.MappingNode,
    key: str,
    value: str,
    newline: str,
    otherwise: str,
) -> str:
    """The text with a key of a mapping in it, or the key with another value.

    Args:
        text: the text; its last line is ended.
        node: the mapping.
        key: the key.
        value: one line of YAML.
        newline: that lines end with.
        otherwise: what is said of a key whose value is more than one word.
    """
    lines = text.splitlines(keepends=True)
    old = next((each for name, each in node.value if name.value == key), None)
    if isinstance(old, yaml.ScalarNode) and old.start_mark.line == old.end_mark.line:
        row, start, end = old.start_mark.line, old.start_mark, old.end_mark
        lines[row] = f"{lines[row][: start.column]}{value}{lines[row][end.column :]}"
    elif old is not None:
        message = f'line {old.start_mark.line + 1}: "{key}" {otherwise}'
        raise SpliceError(message)
    elif node.flow_style:
        row, column = node.end_mark.line, node.end_mark.column - 1
        comma = ", " if node.value else ""
        before = lines[row][:column].rstrip(" ").removesuffix(",")
        lines[row] = f"{before}{comma}{key}: {value}{lines[row][column:]}"
    else:
        indent = " " * node.value[0][0].start_mark.column
        lines.insert(_line_after(_last(node)), f"{indent}{key}: {value}{newline}")
    return "".join(lines)


def _below(
    node: yaml.Node, at: tuple[int, int]
) -> tuple[yaml.Node, list[str | int]] | None:
    """What stands below the key that begins at a place, and the way to it."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if (key.start_mark.line, key.start_mark.column) == at:
                return value, [key.value]
            found = _below(value, at)
            if found is not None:
                return found[0], [key.value, *found[1]]
    if isinstance(node, yaml.SequenceNode):
        for number, each in enumerate(node.value):
            found = _below(each, at)
            if found is not None:
                return found[0], [number, *found[1]]
    return None


def _list_of(text: str) -> tuple[yaml.SequenceNode | None, str, str]:
    """The list that a text is, the text with its last line ended, and its newline."""
    root = _parsed(text)
    if root is not None and not isinstance(root, yaml.SequenceNode):
        message = "is no list"
        raise SpliceError(message)
    if root is not None and root.flow_style and root.value:
        message = "is a list in brackets: write its items on lines of their own"
        raise SpliceError(message)
    newline = "\r\n" if "\r\n" in text else "\n"
    given = text if not text or text.endswith("\n") else text + newline
    return root, given, newline


def _loaded(text: str, nothing: Any) -> Any:  # noqa: ANN401 - whatever YAML holds
    try:
        found = plain_values(text)
    except ValueError as error:
        message = "cannot be read back"
        raise SpliceError(message) from error
    return nothing if found is None else found


def _expect(text: str, wanted: object, what: str) -> None:
    """See that what is asked for came, and nothing else changed."""
    try:
        right = plain_values(text) == wanted
    except ValueError:
        right = False
    if not right:
        message = f"{what} cannot be added as the file is written"
        raise SpliceError(message)


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
    at = _line_after(_last(node))
    indent = " " * node.start_mark.column
    return "".join([*lines[:at], f"{indent}- {item}{newline}", *lines[at:]])


def _last(node: yaml.Node) -> yaml.Node:
    """What ends last in a block: a block's own end lies behind comments that follow."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        end = node.value[-1]
        node = end[1] if isinstance(end, tuple) else end
    return node


def _line_after(node: yaml.Node) -> int:
    line: int = node.end_mark.line
    return line + (1 if node.end_mark.column else 0)


def _check(before: str, after: str, key: str, item: str) -> None:
    """See that the item came, and nothing else changed."""
    try:
        was = plain_values(before) or {}
        now = plain_values(after)
        one = plain_values(item)
    except ValueError as error:
        message = f'no item can be added to "{key}" as it is written'
        raise SpliceError(message) from error
    if now != {**was, key: [*(was.get(key) or []), one]}:
        message = f'no item can be added to "{key}" as it is written'
        raise SpliceError(message)
