"""Bytes of a YAML file to a tree of nodes that know their line and column.

The text is parsed once for events, which costs no recursion, so that nesting,
aliases and size are capped before a tree is composed.
"""

from __future__ import annotations

import re
import stat
from typing import TYPE_CHECKING, Any

import yaml

from dqmconsole.site.findings import Findings, Place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_BYTES = 4 << 20
MAX_NODES = 200_000
MAX_DEPTH = 40

# libyaml is ten times as quick; a PyYAML built without it does as well.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# A day that no calendar has is read, as a text: what is wrong is said by its rule.
_DATELESS: Any = type("_DatelessLoader", (LOADER,), {})
_DATELESS.add_constructor("tag:yaml.org,2002:timestamp", LOADER.construct_yaml_str)

# What libyaml's words mean for those who only know layouts.
_HINTS = (
    (
        "mapping values are not allowed",
        'a text with ": " needs quotes; or the line begins too far in',
    ),
    ("did not find expected key", "is a quote missing before, or an indent wrong?"),
    ("expected ',' or '}'", 'a text with braces needs quotes: "run_{run}.root"'),
    ("could not find expected ':'", "a key ends in a colon: key: value"),
    ("cannot start any token", "put quotes round this text"),
    ("undefined alias", "put quotes round a text that begins with *"),
)

_CONFLICT = re.compile(r"^(?:<{7}|>{7})(?: |$)", re.MULTILINE)

# What YAML 1.1 section 5.1 does not allow in a text.
_FORBIDDEN = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufeff\uff00-\ufffd\U00010000-\U0010ffff]"
)


def read_bytes(path: Path, findings: Findings, limit: int = MAX_BYTES) -> bytes | None:
    """Read a file; None, with a problem, when it cannot be read.

    Args:
        path: the file.
        findings: takes the problem.
        limit: most bytes that are read.
    """
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            # Opening a pipe would never end.
            findings.add("is not a file", code="unreadable-file")
            return None
        with path.open("rb") as stream:
            data = stream.read(limit + 1)
    except FileNotFoundError:
        findings.add("the file is missing", code="unreadable-file")
        return None
    except OSError as error:
        findings.add(
            f"cannot be read: {error.strerror or error}", code="unreadable-file"
        )
        return None
    if len(data) > limit:
        size = f"{limit >> 20} MB" if limit >> 20 else f"{limit >> 10} kB"
        findings.add(f"is larger than {size}: split it", code="too-large")
        return None
    return data


def parse(data: bytes, findings: Findings, empty: str = "") -> yaml.Node | None:
    """Parse a YAML document.

    Args:
        data: the file's bytes, UTF-8 with or without byte order mark.
        findings: takes the problem when there is one.
        empty: the problem of a document that is empty; "" where that is none.

    Returns:
        The root node; None for a document that is empty or cannot be parsed.
    """
    text = decode(data, findings)
    if text is None:
        return None
    try:
        if not _within_caps(text, findings):
            return None
        root: yaml.Node | None = yaml.compose(text, Loader=LOADER)
    except yaml.MarkedYAMLError as error:
        add_syntax_error(error, text, findings)
        return None
    except (yaml.YAMLError, ValueError) as error:
        words = " ".join(str(error).split())
        findings.add(f"is not YAML: {words}", code="syntax-error")
        return None
    if root is None or is_null(root):
        if empty:
            findings.add(empty, code="empty-file")
        return None
    return root


def plain_values(text: str) -> Any:  # noqa: ANN401 - whatever YAML holds
    """The values of a text, days and times as they are written; None where it is empty.

    Raises:
        ValueError: it is not YAML, or a value in it is none.
    """
    try:
        return yaml.load(text, Loader=_DATELESS)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


def is_null(node: yaml.Node) -> bool:
    """Tell whether a node is YAML's null: nothing, ``~`` or ``null``."""
    return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"


def decode(data: bytes, findings: Findings, noun: str = "a YAML text") -> str | None:
    """Return the text of a file; None, with a problem, when it is none.

    Args:
        data: the file's bytes, UTF-8 with or without byte order mark.
        findings: takes the problem: a binary file, another encoding, a control
            character.
        noun: what the file should have been.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        tail = before[before.rfind(b"\n") + 1 :].decode("utf-8-sig", "replace")
        if b"\0" in data[:4096]:
            findings.add(f"is a binary file, not {noun}", code="not-text")
        else:
            findings.add(
                f"is not UTF-8: byte 0x{data[error.start]:02x}; save it as UTF-8",
                Place(findings.file, line, len(tail) + 1),
                "not-text",
            )
        return None
    if found := _FORBIDDEN.search(text):
        if "\0" in text[:4096]:
            findings.add(f"is a binary file, not {noun}", code="not-text")
        else:
            findings.add(
                f"holds the control character U+{ord(found[0]):04X}",
                _place_of(text, found.start(), findings.file),
                "not-text",
            )
        return None
    return text


def _place_of(text: str, index: int, file: str) -> Place:
    line_start = text.rfind("\n", 0, index) + 1
    return Place(file, text.count("\n", 0, index) + 1, index - line_start + 1)


def _at(mark: Any, file: str) -> Place:  # noqa: ANN401 - two classes, one shape
    return Place(file) if mark is None else Place(file, mark.line + 1, mark.column + 1)


def _within_caps(text: str, findings: Findings) -> bool:
    try:
        for _ in capped_events(text):
            pass
    except TooLargeError as error:
        findings.add(str(error), _at(error.mark, findings.file), "too-large")
        return False
    return True


class TooLargeError(ValueError):
    """A text with more values, or deeper nested, than any file of a site may be.

    Attributes:
        mark: where that is seen, as PyYAML gives it.
    """

    def __init__(self, message: str, mark: Any) -> None:  # noqa: ANN401 - two classes
        super().__init__(message)
        self.mark = mark


def capped_events(text: str) -> Iterator[yaml.Event]:
    """The events of a text, up to the caps.

    Raises:
        TooLargeError: it goes beyond them, aliases written out.
        yaml.YAMLError: it is not YAML.
    """
    nodes = 0
    sizes: dict[str, int] = {}  # anchor -> nodes below it; -1 while it is open
    opened: list[tuple[str | None, int]] = []
    for event in yaml.parse(text, Loader=LOADER):
        refused = ""
        if isinstance(event, yaml.AliasEvent):
            size = sizes.get(event.anchor or "", 1)
            nodes += max(size, 1)
            if size < 0:
                refused = f"*{event.anchor} contains itself"
        elif isinstance(event, yaml.ScalarEvent):
            nodes += 1
            if event.anchor is not None:
                sizes[event.anchor] = 1
        elif isinstance(event, yaml.CollectionStartEvent):
            opened.append((event.anchor, nodes))
            nodes += 1
            if event.anchor is not None:
                sizes[event.anchor] = -1
            if len(opened) > MAX_DEPTH:
                refused = f"is nested more than {MAX_DEPTH} deep"
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = opened.pop()
            if anchor is not None:
                sizes[anchor] = nodes - before
        if nodes > MAX_NODES:
            refused = f"has more than {MAX_NODES} values, aliases written out"
        if refused:
            raise TooLargeError(refused, event.start_mark)
        yield event


def add_syntax_error(
    error: yaml.MarkedYAMLError, text: str, findings: Findings
) -> None:
    """Add what is wrong with a text that is not YAML, in words for who writes it."""
    mark = error.problem_mark or error.context_mark
    place = Place(findings.file)
    words = error.problem or "cannot be parsed"
    if mark is not None:
        place = _at(mark, findings.file)
        lines = text.splitlines()
        line = lines[mark.line] if mark.line < len(lines) else ""
        if "\t" in line[: mark.column + 1] and not line[: mark.column].strip():
            words = "a tab where YAML needs spaces"
    if (conflict := _CONFLICT.search(text)) is not None:
        words = "a conflict marker of git: settle which of the two texts holds"
        place = _place_of(text, conflict.start(), findings.file)
        findings.add(words, place, "conflict-marker")
        return
    words += next((f"; {hint}" for said, hint in _HINTS if said in words), "")
    if error.context and error.context_mark is not None:
        words += f" ({error.context} of line {error.context_mark.line + 1})"
    findings.add(f"syntax error: {words}", place, "syntax-error")
