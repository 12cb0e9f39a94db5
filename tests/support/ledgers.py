"""Releases of a site, as tests publish and alter them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.release import Release
from dqmconsole.site.ledger import (
    digest,
)
from dqmconsole.site.staging import in_force_at, next_number, survey, write_release

if TYPE_CHECKING:
    from pathlib import Path


def put(home: Path, why: str = "why", **more: object) -> Release:
    """Publish the working copy, with nothing asked."""
    files = survey(home)
    hashed = digest(files)
    number = next_number(home, hashed)
    wanted = Release(number, "A. Expert", "expert", why, 1e9, "0.2", hashed)
    given = {"versions": {"hcal/occupancy": 1}, "before": in_force_at(home)} | more
    return write_release(home, wanted, files, **given)  # type: ignore[arg-type]


def change(home: Path, text: str) -> None:
    (home / "layouts" / "known.yaml").write_text(f"# {text}\n")


class Stopped(BaseException):
    """As if the publisher were killed."""


def stop(step: str) -> None:
    if step == "rename CURRENT":
        raise Stopped


def edit(folder: Path) -> None:
    path = folder / "layouts" / "Hcal.yaml"
    path.chmod(0o644)
    path.write_text(path.read_text().replace("Hadron", "Hadrom"))
