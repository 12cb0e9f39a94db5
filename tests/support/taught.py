"""Sites with lessons, as an engine with training sends them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.training.lesson import LESSONS, encoded, teaching

if TYPE_CHECKING:
    from dqmconsole.model.site import Site


def taught(site: Site, **changes: object) -> Site:
    """The site with other lessons, exam or causes."""
    found = msgspec.structs.replace(teaching(site), **changes)
    return msgspec.structs.replace(site, parts={LESSONS: encoded(found)})
