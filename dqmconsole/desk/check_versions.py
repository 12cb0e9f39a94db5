"""Checking versions of instructions against the releases of the site's ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.desk.finding import problem_at
from dqmconsole.desk.versions import version_problems
from dqmconsole.files.findings import Place
from dqmconsole.files.ledger import (
    LedgerError,
    ReleasedFile,
    current_number,
    has_ledger,
    ledger_folder,
    manifests,
    sha256_of,
)
from dqmconsole.files.texts import INSTRUCTIONS, instruction_key

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dqmconsole.model.problem import Problem
    from dqmconsole.model.site import Site


def check_versions(
    site: Site, places: Mapping[str, Place], home: Path
) -> list[Problem]:
    """Find instructions changed under a published version, or gone back.

    Args:
        site: the working copy.
        places: of its parts.
        home: the site's own folder, whose ledger counts.

    Returns:
        The problems, at the version's line; none for a site without a ledger.
    """
    if not has_ledger(home):
        return []
    ledger = Place(ledger_folder(home).relative_to(home).as_posix())
    try:
        current = current_number(home)
    except LedgerError as error:
        return [problem_at(ledger, f"the ledger cannot be read: {error}")]
    found = []
    for problem in version_problems(
        site, _hashes(site, home), manifests(home), current
    ):
        name = problem.file.removeprefix(f"{INSTRUCTIONS}/").removesuffix(".md")
        place = places.get(instruction_key(name, "version"), Place(problem.file))
        found.append(
            msgspec.structs.replace(problem, line=place.line, column=place.column)
        )
    return found


def _hashes(site: Site, home: Path) -> dict[str, ReleasedFile]:
    """The instructions' files as a release would hold them."""
    found = {}
    for instruction in site.instructions:
        name = f"{INSTRUCTIONS}/{instruction.id}.md"
        path = home / name
        try:
            found[name] = ReleasedFile(path.stat().st_size, sha256_of(path))
        except OSError:
            # Gone, or a link, since it was read: nothing can be said of it.
            continue
    return found
