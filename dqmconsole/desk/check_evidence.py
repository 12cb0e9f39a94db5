"""Checking the evidence bundles that lessons and the exam show instead of a run."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from dqmconsole.site.bundle import BundleError, read_bundle
from dqmconsole.site.layouts import plots_of
from dqmconsole.site.lessons import FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dqmconsole.model.lesson import Lesson


class Shown(NamedTuple):
    """What an evidence bundle shows.

    Attributes:
        trouble: why it cannot be shown; "" when it can.
        pages: "Layout/Page" names.
        plots: paths.
    """

    trouble: str
    pages: frozenset[str] = frozenset()
    plots: frozenset[str] = frozenset()


def look_into(folder: Path, name: str) -> Shown | None:
    """Look into a bundle beside the lessons; None where it is not there.

    Args:
        folder: the site's.
        name: of the file.
    """
    path = folder / FOLDER / name
    if not name or not path.is_file():
        return None
    try:
        site = read_bundle(path).site
    except (BundleError, OSError) as error:
        return Shown(f"evidence: {str(error).removeprefix(f'{path}: ')}")
    where = list(plots_of(site))
    return Shown(
        "",
        frozenset(f"{layout.layout}/{page.page}" for layout, page, _ in where),
        frozenset(plot.path for _, _, plot in where),
    )


def not_shown(lesson: Lesson, shown: Shown) -> Iterator[tuple[str, str]]:
    """The parts of a lesson that name what its bundle does not show, and why."""
    for item, step in enumerate(lesson.steps):
        part = f"steps[{item}]"
        what, _, name = step.point.partition(" ")
        wanted = [
            (f"{part}.point", name if what == "page" else "", ""),
            (f"{part}.point", "", name if what == "plot" else ""),
        ]
        if (goal := step.done) is not None:
            finding, entry = goal.finding, goal.entry
            wanted += [
                (f"{part}.done.page", goal.page, ""),
                (f"{part}.done.plot", "", goal.plot),
                (f"{part}.done.finding.plot", "", finding.plot if finding else ""),
                (f"{part}.done.entry.plot", "", entry.plot if entry else ""),
            ]
        for key, page, glob in wanted:
            if page and page not in shown.pages:
                yield key, f'the evidence bundle does not show the page "{page}"'
            if glob and not any(fnmatchcase(each, glob) for each in shown.plots):
                yield key, f'the evidence bundle does not show a plot "{glob}"'
