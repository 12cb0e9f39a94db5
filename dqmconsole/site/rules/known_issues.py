"""Checks of the known issues."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from dqmconsole.site.known_issues import known_key
from dqmconsole.site.nearest import did_you_mean
from dqmconsole.site.rules.context import Found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.site.rules.context import Context


def check_known_issues(context: Context) -> Iterator[Found]:
    """Find known issues that expired, or show in no plot."""
    for index, known in enumerate(context.site.known):
        expires = datetime.date.fromisoformat(known.expires)
        if expires < context.today:
            words = (
                f'the known problem "{known.problem}" expired on {expires}: '
                f"{known.owner} must review it"
            )
            yield Found("known-expired", context.places.get(known_key(index)), words)
        if context.lacks(known.subsystem):
            hint = did_you_mean(known.subsystem, context.subsystems)
            words = f'no plot of the site is of the subsystem "{known.subsystem}"{hint}'
            place = context.places.get(known_key(index, "subsystem"))
            yield Found("known-shows-nowhere", place, words)
            continue
        for item, glob in enumerate(known.paths):
            if not context.matches(glob):
                words = (
                    f'the known problem "{known.problem}" shows nowhere: "{glob}" '
                    "matches no plot of the site"
                )
                place = context.places.get(known_key(index, f"paths[{item}]"))
                yield Found("known-shows-nowhere", place, words)
