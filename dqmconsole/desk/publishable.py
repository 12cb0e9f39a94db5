"""What stands against publishing a site, and what else its publisher is to know."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.desk.check import validate
from dqmconsole.desk.recorded import newest_recorded
from dqmconsole.desk.versions import version_problems
from dqmconsole.model.permission import refusal, role_of
from dqmconsole.model.problem import Problem
from dqmconsole.site.ledger import (
    LedgerError,
    current_number,
    has_ledger,
    ledger_folder,
    manifests,
)
from dqmconsole.site.survey import left_out

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping, Sequence

    from dqmconsole.model.site import Site, SiteSettings
    from dqmconsole.site.ledger import ReleasedFile

MAX_LEFT_OUT = 20  # names that are said


def problems_of(
    home: Path,
    site: Site,
    files: Mapping[str, ReleasedFile],
    against: Sequence[Path],
    today: datetime.date | None,
) -> list[Problem]:
    """Find what is wrong with a working copy that is to be published.

    What is wrong with the ledger, or with a file of an archive, is advice: a release
    mends the first, and the second is no mistake of the site.

    Args:
        home: folder of the site.
        site: its working copy.
        files: what the release would hold.
        against: sources that must hold every plot, beside the newest run of each
            folder that ``site.yaml`` names under ``recorded:``.
        today: the date by which expiry is judged; UTC's when left out.
    """
    recorded = []
    for name in site.settings.recorded:
        folder = newest_recorded(home / Path(name).expanduser())
        if folder is not None:
            recorded.append(folder)
    found = list(validate(home, (*against, *recorded), today))
    for at, each in enumerate(found):
        inside = any(Path(each.file).is_relative_to(folder) for folder in recorded)
        of_archive = each.kind == "source" and inside
        if of_archive or Path(each.file).is_relative_to(ledger_folder(home)):
            found[at] = msgspec.structs.replace(each, severity="advice")
    return [*found, *_versions(home, site, files), *_unheld(home, site, files)]


def _versions(
    home: Path, site: Site, files: Mapping[str, ReleasedFile]
) -> list[Problem]:
    """What ``validate`` does not compare where the ledger does not say what counts."""
    try:
        if has_ledger(home):
            current_number(home)
    except LedgerError:
        return [
            msgspec.structs.replace(each, file=str(home / each.file))
            for each in version_problems(site, files, manifests(home), 0)
        ]
    return []


def _unheld(home: Path, site: Site, files: Mapping[str, ReleasedFile]) -> list[Problem]:
    """Reference files that lie in the site hidden, where no release holds them.

    Those that lie outside ``validate`` refuses.
    """
    found = []
    for rule in site.references:
        if rule.file is None:
            continue
        name = os.path.normpath(f"layouts/{rule.file}")
        if name.startswith("layouts/") and name not in files and (home / name).exists():
            words = (
                f'a release could not hold the reference file "{rule.file}": put it '
                "under layouts/references/, or name a recorded run"
            )
            found.append(Problem(words, str(home / "layouts/references.yaml")))
    return found


def remark_on_files(home: Path) -> tuple[str, ...]:
    """Say which files stay behind; nothing where none does.

    Raises:
        LedgerError: there are too many files.
    """
    names = left_out(home)
    if not names:
        return ()
    more = len(names) - MAX_LEFT_OUT
    said = ", ".join(names[:MAX_LEFT_OUT]) + (f" and {more} more" if more > 0 else "")
    return (f"not read by the program and left out of the release: {said}",)


def remark_on_rights(account: str, settings: SiteSettings) -> tuple[str, ...]:
    """Say when an account takes itself the right to publish again.

    Args:
        account: who publishes.
        settings: those that the release puts in force.
    """
    permissions = settings.permissions
    if not any(permissions.values()):
        return ()
    if not refusal(role_of(account, permissions), "publish"):
        return ()
    names = (*permissions.get("shift-leader", ()), *permissions.get("expert", ()))
    able = f"only {', '.join(sorted(set(names)))}" if names else "nobody"
    return (
        f"after this release the account {account} can no longer publish or roll "
        f"back: by its permissions {able} can",
    )
