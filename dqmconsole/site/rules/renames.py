"""Renames that explain why several paths of a site are not in a source."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from dqmconsole.model.words import counted
from dqmconsole.site.braces import BraceError, in_step
from dqmconsole.site.globs import any_match, matches_any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from dqmconsole.site.rules.source_paths import SourcePaths

MAX_LOOKED_AT = 2000  # missing paths
MAX_NEAREST = 50  # of which the nearest is looked for, see source.MAX_HINTS
MAX_ALIKE = 20  # paths that end in the same name, for one that is missing
MAX_WAYS = 500
LEAST = 2  # paths that a rename explains

_TOKEN = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+|.", re.DOTALL)


class _Way(NamedTuple):
    """One way in which paths may have been renamed.

    Attributes:
        folder: whose folders or elements are, "" for the top.
        old, new: parts of the path below it: whole names where `whole`, and else
            tokens of the first name.
        whole: `old` is whole names: empty for what moved one folder down.
    """

    folder: str
    old: tuple[str, ...]
    new: tuple[str, ...]
    whole: bool

    def of(self, path: str) -> str | None:
        """The path as it is named now; None where this is no way for it."""
        below = path.removeprefix(f"{self.folder}/") if self.folder else path
        if below == path and self.folder:
            return None
        names = below.split("/")
        if self.whole:
            size = len(self.old)
            if tuple(names[:size]) != self.old:
                return None
            names[:size] = self.new
        else:
            renamed = _replaced(names[0], self.old, self.new)
            if renamed is None:
                return None
            names[0] = renamed
        return "/".join((self.folder, *names) if self.folder else names)

    @property
    def words(self) -> str:
        """What was renamed, as one reads it."""
        glue = "/" if self.whole else ""
        old, new = glue.join(self.old), glue.join(self.new)
        if self.whole:
            parts = (
                [self.folder, each] if self.folder else [each] for each in (old, new)
            )
            was, now = ("/".join(filter(None, part)) for part in parts)
            return f'"{was or "the top"}" is "{now or "the top"}" there'
        where = f"in {self.folder} " if self.folder else ""
        if not old:
            return f'{where}names have "{new}" there'
        if not new:
            return f'{where}names have no "{old}" there'
        return f'{where}names have "{new}" for "{old}" there'


class Rename(NamedTuple):
    """One rename and the paths that it explains.

    Attributes:
        words: what was renamed.
        paths: missing path -> the path that the source has.
    """

    words: str
    paths: Mapping[str, str]

    def said(self, source: str) -> str:
        """What is wrong, and what mends it."""
        first, *more = self.paths.items()
        others = f" and {len(more)} more" if more else ""
        many = counted(len(self.paths), "path")
        return (
            f"{many} are not in {source}, where {self.words}: {first[0]} → {first[1]}"
            f"{others}; validate with --fix writes all of it"
        )


def find_renames(
    missing: Iterable[str], source: SourcePaths, named: Collection[str]
) -> tuple[Rename, ...]:
    """Find renames that each explain several missing paths, the largest first.

    Args:
        missing: paths that the source lacks.
        source: what there is.
        named: paths that the site names otherwise: nothing was renamed to them.
    """
    everything = tuple(dict.fromkeys(missing))
    looked_at = everything[:MAX_LOOKED_AT]
    free = source.paths - frozenset(named)
    explained = {
        way: {path for path in looked_at if way.of(path) in free}
        for way in _candidates(looked_at, source, free)
    }
    found: list[Rename] = []
    done: set[str] = set()
    while explained:
        best = max(explained, key=lambda way: (len(explained[way]), way.whole))
        if len(explained.pop(best)) < LEAST:
            break
        now = {path: best.of(path) for path in everything if path not in done}
        mended = {path: new for path, new in now.items() if new in free and new}
        if len(set(mended.values())) < LEAST:
            continue
        found.append(Rename(best.words, mended))
        done |= mended.keys()
        free -= frozenset(mended.values())
        for paths in explained.values():
            paths -= done
    return tuple(found)


def _candidates(
    missing: Iterable[str], source: SourcePaths, free: Collection[str]
) -> tuple[_Way, ...]:
    """The ways in which some of the paths may have been renamed."""
    ways: dict[_Way, None] = {}
    asked = 0
    for path in missing:
        if len(ways) >= MAX_WAYS:
            break
        if any(way.of(path) in free for way in ways):
            continue
        alike = _alike(path, source, free)
        if asked < MAX_NEAREST:
            asked += 1
            near = source.nearest(path)
            if near is not None and near in free:
                alike = (near, *alike)
        for other in alike:
            ways |= dict.fromkeys(_ways(path, other))
    return tuple(ways)


def _alike(path: str, source: SourcePaths, free: Collection[str]) -> tuple[str, ...]:
    """Free paths that end in the same name, those of nearly the same folder first."""
    names = path.split("/")

    def far(other: str) -> tuple[int, str]:
        return -len(set(names) & set(other.split("/"))), other

    same = [each for each in source.called(names[-1]) if each in free]
    return tuple(sorted(same, key=far)[:MAX_ALIKE])


def _ways(old: str, new: str) -> Iterator[_Way]:
    """The ways in which one path may have become another."""
    was, now = old.split("/"), new.split("/")
    same, was_rest, now_rest = _parted(was, now)
    folder = "/".join(was[:same])
    yield _Way(folder, tuple(was_rest), tuple(now_rest), whole=True)
    if len(was_rest) == len(now_rest) == 1:
        tokens, tokens_now = _TOKEN.findall(was_rest[0]), _TOKEN.findall(now_rest[0])
        _, a, b = _parted(tokens, tokens_now)
        yield _Way(folder, tuple(a), tuple(b), whole=False)


def _parted(one: list[str], other: list[str]) -> tuple[int, list[str], list[str]]:
    """How many items two lists begin with alike, and what of each is its own."""
    least = min(len(one), len(other))
    begin = next((i for i in range(least) if one[i] != other[i]), least)
    most = least - begin
    end = next((i for i in range(most) if one[-1 - i] != other[-1 - i]), most)
    return begin, one[begin : len(one) - end], other[begin : len(other) - end]


def _replaced(name: str, old: tuple[str, ...], new: tuple[str, ...]) -> str | None:
    """A name with tokens replaced; None unless they are in it exactly once."""
    tokens = _TOKEN.findall(name)
    if not old:
        return "".join((*new, *tokens))  # what names begin with now
    size = len(old)
    places = [
        at
        for at in range(len(tokens) - size + 1)
        if tuple(tokens[at : at + size]) == old
    ]
    if len(places) != 1:
        return None
    return "".join((*tokens[: places[0]], *new, *tokens[places[0] + size :]))


def rewritten(text: str, renamed: Mapping[str, str], source: SourcePaths) -> str | None:
    """A text of a site in which what was renamed has its name of now.

    Args:
        text: a path, with braces or wildcards or not; or any other text.
        renamed: path -> its name of now.
        source: what there is.

    Returns:
        The text with one part of it replaced; None where it names nothing that was
        renamed, or something else, too.
    """
    if text in renamed:
        return renamed[text]
    if "/" not in text:
        return None
    try:
        rows = [row[0] for row in in_step((text,))]
    except BraceError:
        return None
    if all(row in renamed for row in rows):
        return _one_edit(text, rows, [renamed[row] for row in rows])
    if len(rows) > 1 or not any(each in text for each in "*?["):
        return None
    hits = [path for path in renamed if any_match(path, (text,))]
    if not hits or matches_any(text, source.paths):
        return None
    for path in hits:
        for begin, old, new in _edits(path, renamed[path]):
            if text.startswith(old, begin):
                made = f"{text[:begin]}{new}{text[begin + len(old) :]}"
                if all(any_match(renamed[each], (made,)) for each in hits):
                    return made
    return None


def _edits(old: str, new: str) -> Iterator[tuple[int, str, str]]:
    """Where two paths differ, first as tokens and then as whole names."""
    for parts in (_TOKEN.findall, lambda text: re.findall(r"[^/]+|/", text)):
        was, now = parts(old), parts(new)
        begin, a, b = _parted(was, now)
        yield len("".join(was[:begin])), "".join(a), "".join(b)


def _one_edit(text: str, rows: list[str], wanted: list[str]) -> str | None:
    """A text with one part replaced that expands to the wanted rows."""
    for _, old, new in _edits(rows[0], wanted[0]):
        for at in range(len(text) - len(old) + 1):
            if not text.startswith(old, at):
                continue
            made = f"{text[:at]}{new}{text[at + len(old) :]}"
            try:
                if [row[0] for row in in_step((made,))] == wanted:
                    return made
            except BraceError:
                continue
    return None
