"""Known issues: regions of a plot that are no news (``layouts/known.yaml``)."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, ClassVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable


class Region(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """A part of a plot, in the units of its axes (labels name bins instead).

    Attributes:
        x, y: lowest and highest value; None takes the whole axis.
        x_labels, y_labels: labels of the bins meant, instead of a range.
    """

    x: tuple[float, float] | None = None
    y: tuple[float, float] | None = None
    x_labels: tuple[str, ...] = ()
    y_labels: tuple[str, ...] = ()


class KnownIssue(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """One known issue.

    Attributes:
        problem: what is known, in words.
        subsystem: the subsystem it belongs to; "" where only its paths say that.
        paths: globs on the monitor elements in which it shows.
        regions: where in them; empty means the whole plot.
        channels: how many channels, modules or bins it covers.
        first_run, last_run: runs from and until which it holds (inclusive).
        owner: a role of the contacts.
        expires: the date, ISO, after which it must be reviewed.
        news: what would be new and must not be taken for this.
        OPTIONAL: fields that are "" where the file leaves them out.
    """

    OPTIONAL: ClassVar[tuple[str, ...]] = ("subsystem",)

    problem: str
    subsystem: str
    paths: tuple[str, ...]
    owner: str
    expires: str
    regions: tuple[Region, ...] = ()
    channels: int = 0
    first_run: int | None = None
    last_run: int | None = None
    news: str = ""

    def shows_in(self, path: str, run: int) -> bool:
        """Tell whether it shows in an element during a run (0: no run is known).

        In the globs ``*`` crosses ``/``. One that expired still shows: its expiry
        asks for a review, and until then the region is no news.
        """
        if run and self.first_run is not None and run < self.first_run:
            return False
        if run and self.last_run is not None and run > self.last_run:
            return False
        return any(fnmatchcase(path, glob) for glob in self.paths)


def issues_in(
    known: Iterable[KnownIssue], path: str, run: int
) -> tuple[KnownIssue, ...]:
    """The known issues that show in an element during a run."""
    return tuple(issue for issue in known if issue.shows_in(path, run))


def regions_of(known: Iterable[KnownIssue]) -> tuple[Region, ...]:
    """The regions to hatch; an issue without any covers the whole plot."""
    return tuple(region for issue in known for region in issue.regions or (Region(),))
