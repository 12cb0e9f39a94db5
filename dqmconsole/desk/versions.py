"""The rules of versions: what was published under one stays as it was for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from dqmconsole.files.ledger import Manifest, ReleasedFile
    from dqmconsole.model.site import Site


def version_problems(
    site: Site,
    files: Mapping[str, ReleasedFile],
    published: Collection[Manifest],
    current: int,
) -> tuple[Problem, ...]:
    """Instructions that change what was published, or whose version goes back.

    That the release in force cannot be compared is a problem too.

    Args:
        site: the site that is to be published.
        files: its files, by path relative to the site.
        published: the releases of its ledger.
        current: number of the one in force; 0 for none.

    Returns:
        The problems; their files are relative to the site.
    """
    found = []
    if current and all(each.release.number != current for each in published):
        words = (
            f"release {current} is in force and its release.yaml cannot be read: no "
            "version can be compared with it; dqmconsole doctor says more"
        )
        found.append(Problem(words, f"layouts/releases/{current}/release.yaml"))
    releases = sorted(published, key=lambda each: each.release.number)
    for each in site.instructions:
        file = f"instructions/{each.id}.md"
        mine = files.get(file)
        for old in releases:
            version = old.versions.get(each.id)
            theirs = old.files.get(file)
            number = old.release.number
            if version is None or theirs is None or mine is None:
                continue
            if version == each.version and theirs.sha256 != mine.sha256:
                words = (
                    f"changed, but its version is still {version}, which release "
                    f"{number} published: raise it"
                )
            elif number == current and version > each.version:
                words = (
                    f"its version goes back from {version}, in release {number}, to "
                    f"{each.version}: a version only grows"
                )
            else:
                continue
            found.append(Problem(words, file, 1, 1))
            break
    return tuple(found)
