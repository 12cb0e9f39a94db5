"""Mending a site whose elements were renamed in the data."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from dqmconsole.desk.check import check_site
from dqmconsole.desk.promote import Change, file_text
from dqmconsole.desk.reference import RefusedError
from dqmconsole.site.kinds import CORE
from dqmconsole.site.ledger import files_below
from dqmconsole.site.rules.renames import rewritten
from dqmconsole.site.splice import SpliceError, with_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from dqmconsole.site.kinds import SiteTables

_POINTED = "plot "
_FRONT = re.compile(r"(---[ \t]*\r?\n)(.*?\n)(---[ \t]*\r?\n)", re.DOTALL)
_VERSION = re.compile(r"^version:", re.MULTILINE)
_LINK = re.compile(r"(?<=[(<])plot:([^<>()\r\n]+)(?=[>)])")


def renaming(
    home: Path, against: Sequence[str | Path], *, tables: SiteTables = CORE
) -> tuple[Change, ...]:
    """Work out what of a site changes where elements were renamed in a source.

    Paths, overlays, what checks compare with, known problems, links of instructions
    and all else that names them get the names of now. What names something else, too,
    stays, as do files that are links or cannot be read; what a file has no place for is
    refused.

    Args:
        home: folder of the site.
        against: the source, as :func:`check_site` takes it.
        tables: what features add to a site.

    Raises:
        RefusedError: a file cannot be changed as it is written.
    """
    texts: dict[Path, str] = {}
    for name in files_below(home):
        file = home / name
        if file.suffix not in (".yaml", ".md") or file.is_symlink():
            continue  # a link may be of another site
        try:
            text = file_text(file)
        except RefusedError:
            continue  # is a problem of its own
        if text is not None:
            texts[file] = text
    # What was read before is what must still be there when it is written.
    checked = check_site(home, against, tables=tables)
    source, renamed = checked.source, checked.renamed
    if source is None or not renamed:
        return ()
    changes = []
    for file, before in texts.items():
        said: dict[str, str] = {}

        def put(value: str, said: dict[str, str] = said) -> str | None:
            # what a step of a lesson points at begins with its kind
            kind = _POINTED if value.startswith(_POINTED) else ""
            new = rewritten(value.removeprefix(kind), renamed, source)
            if new is None:
                return None
            said[value] = f"{kind}{new}"
            return said[value]

        try:
            after = _with(file.suffix, before, put)
        except SpliceError as error:
            if not said:
                continue  # is broken otherwise, which is a problem of its own
            message = f"{file}: {error}"
            raise RefusedError(message) from error
        if after != before:
            changes.append(Change(file, before, after, ()))
    return tuple(changes)


def write_all(changes: Sequence[Change]) -> Iterator[Change]:
    """Write changes; none where one of the files was changed meanwhile.

    Args:
        changes: of :func:`renaming`.

    Returns:
        Each that was written.

    Raises:
        RefusedError: a file was changed meanwhile, or cannot be written.
    """
    for each in changes:
        if file_text(each.file) != each.before:
            message = f"{each.file} was changed meanwhile: nothing is written"
            raise RefusedError(message)
    for each in changes:
        each.write()
        yield each


def has_version(change: Change) -> bool:
    """Tell whether a changed file has a version, which a release keeps."""
    parts = _FRONT.match(change.after)
    return _VERSION.search(parts[2] if parts else change.after) is not None


def _with(kind: str, text: str, put: Callable[[str], str | None]) -> str:
    """A file with other names in it: YAML, or a Markdown text with its front matter.

    Raises:
        SpliceError: see :func:`with_texts`.
    """
    if kind == ".yaml":
        return with_texts(text, put)
    parts = _FRONT.match(text)
    if parts is None:
        return text
    # The empty line stands for the fence, so that lines are the file's.
    head = with_texts(f"\n{parts[2]}", put).removeprefix("\n")

    def link(found: re.Match[str]) -> str:
        return f"plot:{put(found[1]) or found[1]}"

    return f"{parts[1]}{head}{parts[3]}{_LINK.sub(link, text[parts.end() :])}"


def difference(change: Change) -> str:
    """A change as a unified diff."""
    name = str(change.file)
    lines = difflib.unified_diff(
        (change.before or "").splitlines(), change.after.splitlines(), name, name,
        lineterm="",
    )  # fmt: skip
    return "\n".join(lines)
