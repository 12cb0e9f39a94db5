"""All checks by the names that layouts give them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.checks import entries

if TYPE_CHECKING:
    from dqmconsole.checks.check import Check

CHECKS: dict[str, type[Check]] = {check.NAME: check for check in (entries.NotEmpty,)}
