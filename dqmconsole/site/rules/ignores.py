"""Comments that silence a rule at one place of a site's files, with a reason.

``# dqmconsole: ignore CODE - reason`` stands on the line of the problem, on the line of
a key or an item that the problem is in, or alone above one of these; in a Markdown text
in its front matter, where the line of ``id:`` is that of the whole text.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from dqmconsole.model.problem import Problem
from dqmconsole.site.findings import Findings
from dqmconsole.site.ledger import files_below
from dqmconsole.site.nearest import did_you_mean, short
from dqmconsole.site.rules.reading import READING
from dqmconsole.site.yaml_text import read_bytes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from dqmconsole.site.rules.reading import Rule

MAX_COMMENTS = 200  # in one file
MAX_CODE = 60  # letters of a word that may be meant for a rule

_WORD = "dqmconsole:"
_COMMENT = re.compile(rf"(?:^|\s)(#[ \t]*{_WORD})(.*)")
_IGNORE = re.compile(r"ignore\s+\[?([\w-]+)\]?(?:\s+(?:-+|–|—|:)\s*|:\s+)?(.*)")
_FORM = "write # dqmconsole: ignore CODE - reason"
_STOPS = frozenset(each.code for each in READING if each.severity == "error")


class _Ignore(NamedTuple):
    """One comment that silences a rule.

    Attributes:
        line, column: where it is, from 1.
        code: of the rule.
        covers: first and last line that it is for.
    """

    line: int
    column: int
    code: str
    covers: tuple[int, int]


class Silenced(NamedTuple):
    """What is left of the problems of a site.

    Attributes:
        problems: those that no comment silences, and those of the comments.
        ignored: number of the problems that comments silence.
    """

    problems: list[Problem]
    ignored: int


def silence(
    folder: Path,
    problems: Iterable[Problem],
    rules: Mapping[str, Rule],
    looked_for: Collection[str],
    drafts: Mapping[str, bytes] = MappingProxyType({}),
) -> Silenced:
    """Leave out the problems that comments of a site's files silence.

    What keeps a part of a file from being read cannot be silenced.

    Args:
        folder: of the site.
        problems: their files are relative to it.
        rules: all there are, by code.
        looked_for: codes of those whose problems would have been found: of others no
            comment can be said to silence nothing.
        drafts: name in the site -> bytes of a file as it is edited.
    """
    kept: list[Problem] = []
    by_file: dict[str, list[_Ignore]] = {}
    for name in files_below(folder):
        if not name.endswith((".yaml", ".md")):
            continue
        data = drafts.get(name)
        if data is None:
            data = read_bytes(folder / name, Findings(name))
        if data is None or _WORD.encode() not in data:
            continue
        text = data.decode("utf-8", "replace")
        for found in _ignores(name, text, rules):
            if isinstance(found, Problem):
                kept.append(found)
            else:
                by_file.setdefault(name, []).append(found)
    used: set[tuple[str, _Ignore]] = set()
    ignored = 0
    for problem in problems:
        those = [
            each
            for each in by_file.get(problem.file, ())
            if each.code == problem.code
            and each.covers[0] <= problem.line <= each.covers[1]
        ]
        if not those:
            kept.append(problem)
            continue
        ignored += 1
        used.add((problem.file, max(those, key=lambda each: each.covers[0])))
    for name, found_there in by_file.items():
        for each in found_there:
            if each.code in looked_for and (name, each) not in used:
                words = f"silences nothing: there is no problem [{each.code}] here"
                kept.append(_problem(name, each.line, each.column, words, rules))
    return Silenced(kept, ignored)


def _ignores(
    name: str, text: str, rules: Mapping[str, Rule]
) -> Iterator[_Ignore | Problem]:
    lines = text.splitlines()
    whole = 0
    if name.endswith(".md"):
        ends = (at for at, line in enumerate(lines[1:], 1) if line.rstrip() == "---")
        whole, lines = len(lines), lines[: next(ends, 0)]
    many = 0
    for at, line in enumerate(lines):
        if (comment := _COMMENT.search(line)) is None:
            continue
        many += 1
        if many > MAX_COMMENTS:
            words = f"of more than {MAX_COMMENTS} such comments the rest is not read"
            yield _problem(name, at + 1, 1, words, rules, "ignore-form")
            return
        number, column = at + 1, comment.start(1) + 1
        said = comment[2].strip()
        if wrong := _wrong(said, rules):
            yield _problem(name, number, column, wrong, rules, "ignore-form")
            continue
        form = _IGNORE.fullmatch(said)
        code = form[1] if form is not None else ""
        covers = _covered(lines, at, whole)
        yield _Ignore(number, column, code, covers)


def _wrong(comment: str, rules: Mapping[str, Rule]) -> str:
    """What is wrong with a comment; "" where nothing is."""
    form = _IGNORE.fullmatch(comment)
    if form is None:
        return f'"{short(comment)}" is no comment that is read: {_FORM}'
    code, reason = form[1], form[2]
    if code not in rules:
        hint = did_you_mean(code[:MAX_CODE], rules)
        return f'no rule is called "{short(code)}"{hint}: {_FORM}'
    if code in _STOPS:
        return f"[{code}] keeps a part from being read, and cannot be silenced"
    if not reason:
        return f"silences nothing without a reason: {_FORM}"
    return ""


def _problem(
    name: str,
    line: int,
    column: int,
    words: str,
    rules: Mapping[str, Rule],
    code: str = "unused-ignore",
) -> Problem:
    return Problem(words, name, line, column, rules[code].severity, code=code)


def _covered(lines: list[str], at: int, whole: int) -> tuple[int, int]:
    """The first and last line, from 1, that a comment in a line is for."""
    start = at
    while start < len(lines) - 1 and _is_bare(lines[start]):
        start += 1
    first = lines[start]
    if whole and first.startswith("id:"):
        return 1, whole
    indent = _indent(first)
    key = not first.lstrip().startswith("- ")
    end = start
    for below in range(start + 1, len(lines)):
        line = lines[below]
        if _is_bare(line):
            continue
        listed = key and _indent(line) == indent and line.lstrip().startswith("- ")
        if _indent(line) <= indent and not listed:
            break
        end = below
    return start + 1, end + 1


def _is_bare(line: str) -> bool:
    """Tell whether a line is a comment alone, or blank."""
    return not line.strip() or line.lstrip().startswith("#")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
