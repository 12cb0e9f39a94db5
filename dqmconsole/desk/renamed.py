"""Mending a site whose elements were renamed in the data."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from dqmconsole.desk.check import check_site
from dqmconsole.desk.promote import Change, file_text
from dqmconsole.desk.reference import RefusedError
from dqmconsole.site.kinds import CORE
from dqmconsole.site.ledger import files_below
from dqmconsole.site.rules.renames import rewritten
from dqmconsole.site.splice import SpliceError, with_texts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dqmconsole.site.kinds import SiteTables


def renaming(
    home: Path, against: Sequence[Path], *, tables: SiteTables = CORE
) -> tuple[Change, ...]:
    """Work out what of ``layouts/`` changes where elements were renamed in a source.

    Paths, overlays, what checks compare with, known problems and all else that names
    them get the names of now. What names something else, too, stays, as do files that
    are links or cannot be read; what a file has no place for is refused.

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
        if not name.startswith("layouts/") or file.suffix != ".yaml":
            continue
        if file.is_symlink():
            continue  # of another site, maybe
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
            new = rewritten(value, renamed, source)
            if new is not None:
                said[value] = new
            return new

        try:
            after = with_texts(before, put)
        except SpliceError as error:
            if not said:
                continue  # is broken otherwise, which is a problem of its own
            message = f"{file}: {error}"
            raise RefusedError(message) from error
        if after != before:
            changes.append(Change(file, before, after, ()))
    return tuple(changes)


def difference(change: Change) -> str:
    """A change as a unified diff."""
    name = str(change.file)
    lines = difflib.unified_diff(
        (change.before or "").splitlines(), change.after.splitlines(), name, name,
        lineterm="",
    )  # fmt: skip
    return "\n".join(lines)
