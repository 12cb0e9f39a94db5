"""What the rows of the measured bank were measured on: a stamp for each page.

It is over all that decides what the runs of a page show and are compared with: the code
of the simulation, or that by which faults are put into recorded runs; the files of
references; what exam.yaml has for the page; and, of recorded runs, by what the plots of
the page are judged. Where one of these changed since, strengths and bands are those of
another exam.
"""

from __future__ import annotations

import functools
import itertools
import re
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

import dqmconsole.desk
import dqmconsole.simulation
from dqmconsole.model.record import hash_of
from dqmconsole.training.item_bank import LUMISECTIONS, ONSETS
from dqmconsole.training.lesson import MeasuredPage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dqmconsole.model.layout import Plot
    from dqmconsole.model.reference import ReferenceRule
    from dqmconsole.model.site import Site
    from dqmconsole.training.lesson import ItemSource, MeasuredRow

DIGITS = 12  # of a stamp
UNHASHED = frozenset({
    *("__main__.py", "expected.py", "reference.py", "shown.py", "source.py"),
    *("cells.py", "ideal.py", "same_parts.py"),
})  # fmt: skip
"""Files of the simulation that make no run: they read runs, or say what is in them."""
JUDGED_BY = (
    "path", "formerly", "run_types", "needs", "accumulates", "window", "reference",
    "checks", "quality_results", "quality_persist",
)  # fmt: skip
"""What a plot is judged by, of a layout."""
_UNREAD = re.compile(
    r'^[ \t]*(?:#.*|"""[^"\\]*(?:"(?!"")[^"\\]*)*"""[ \t]*)?\n', re.MULTILINE
)
"""What Python does not read: comments, strings that stand alone, empty lines."""


def stamps(
    folder: Path, site: Site, matter: Iterable[ItemSource]
) -> dict[MeasuredPage, str]:
    """What a measurement would be made on now, of each page.

    Of recorded runs it says which they are, and not what is in them: that has a hash of
    its own, for which they are read. Of their pages it has plots and checks, too: a
    page that was BAD by these as it was recorded was left out.

    Args:
        folder: of the site.
        site: its references and layouts.
        matter: what exam.yaml has.
    """
    there: dict[MeasuredPage, list[ItemSource]] = {}
    for each in matter:
        if each.evidence:
            continue
        for run_type, page in itertools.product(each.run_types, each.pages):
            key = MeasuredPage(page, run_type, bool(each.recorded))
            there.setdefault(key, []).append(each)
    files = _references(folder / "layouts", site.references)
    plots = {
        f"{layout.layout}/{page.page}": page.plots
        for layout in site.layouts
        for page in layout.pages
    }
    return {
        key: hash_of(
            msgspec.json.encode(
                _measured_with(key, sources, files, plots.get(key.page, ())),
                order="deterministic",
            )
        )[:DIGITS]
        for key, sources in there.items()
    }


def _measured_with(
    page: MeasuredPage,
    sources: Sequence[ItemSource],
    files: Sequence[tuple[str | None, str]],
    plots: Iterable[Plot],
) -> tuple[object, ...]:
    """All that decides what is measured of a page, but records.

    Args:
        page: the page.
        sources: the items that are measured on it.
        files: type of run and content of the references.
        plots: of the page.
    """
    if page.recorded:
        return (
            injection_code(),
            updates_shown(sources),
            ONSETS,
            sorted((each.cause, each.sizes, each.recorded) for each in sources),
            [content for _, content in files],
            [[getattr(e, name) for name in JUDGED_BY] for e in plots],
        )
    return (
        simulation_code(),
        LUMISECTIONS,
        ONSETS,
        sorted((each.cause, each.sizes) for each in sources),
        [content for of, content in files if of in {None, page.run_type}],
    )


def updates_shown(sources: Iterable[ItemSource]) -> int:
    """How many updates of recorded runs are shown of each page that some items have.

    At least two less than there are: then no run has only one stretch to show.
    """
    return min(LUMISECTIONS, min(each.updates for each in sources) - 2)


def measured_otherwise(
    rows: Iterable[MeasuredRow], now: Mapping[MeasuredPage, str]
) -> tuple[MeasuredPage, ...]:
    """Pages whose rows are of something else than now, in order."""
    return tuple(dict.fromkeys(
        row.measured_page for row in rows if row.of != now.get(row.measured_page)
    ))  # fmt: skip


@functools.cache
def injection_code() -> str:
    """A hash of the code by which faults are put into recorded runs."""
    path = Path(dqmconsole.desk.__path__[0]) / "injections.py"
    return hash_of(_read_of(path).encode())


@functools.cache
def simulation_code() -> str:
    """A hash of the code by which the simulation makes runs."""
    return code_hash(Path(dqmconsole.simulation.__path__[0]))


def code_hash(root: Path) -> str:
    """A hash of the Python files of a folder, whatever its comments say."""
    files = sorted(each for each in root.rglob("*.py") if each.name not in UNHASHED)
    code = []
    for each in files:
        code += [each.relative_to(root).as_posix(), _read_of(each)]
    return hash_of("\n".join(code).encode())


def _read_of(file: Path) -> str:
    """What Python reads of a file."""
    return _UNREAD.sub("", file.read_text("utf-8"))


def _references(
    folder: Path, rules: Sequence[ReferenceRule]
) -> list[tuple[str | None, str]]:
    """Type of run and content of the files that rules name; "" of one that is gone."""
    found = []
    for each in rules:
        if each.file is None or each.retired:
            continue
        try:
            content = hash_of((folder / each.file).read_bytes())
        except OSError:
            content = ""
        found.append((each.run_type, content))
    return sorted(found, key=lambda one: (one[0] or "", one[1]))
