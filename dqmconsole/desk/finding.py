"""A finding of the checks of a site as a Problem."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.problem import Problem
from dqmconsole.site.findings import Place

if TYPE_CHECKING:
    from typing import Literal

ERROR: Literal["error"] = "error"
ADVICE: Literal["advice"] = "advice"


def problem_at(
    place: Place | None, message: str, *, advice: bool = False, key: str = ""
) -> Problem:
    """A problem at a place.

    Args:
        place: where; the folder of the layouts where it is not known.
        message: what is wrong, in words.
        advice: it does not make ``validate`` fail.
        key: of the plot it belongs to, or "".
    """
    place = place or Place("layouts")
    return Problem(
        message,
        place.file,
        place.line,
        place.column,
        ADVICE if advice else ERROR,
        key=key,
    )
