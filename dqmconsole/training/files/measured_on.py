"""What the rows of the measured bank were measured on: a stamp for each page.

It is over all that decides what the runs of a page show and are compared with: the code
of the simulation, the files of references, and what exam.yaml has for the page. Where
one of these changed since, strengths and bands are those of another exam.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

import dqmconsole.simulation
from dqmconsole.model.record import hash_of
from dqmconsole.training.item_bank import LUMISECTIONS, ONSETS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dqmconsole.model.reference import ReferenceRule
    from dqmconsole.training.lesson import ItemSource, MeasuredRow

DIGITS = 12  # of a stamp
UNHASHED = frozenset({
    *("__main__.py", "expected.py", "reference.py", "shown.py", "source.py"),
    *("cells.py", "ideal.py", "same_parts.py"),
})  # fmt: skip
"""Files of the simulation that make no run: they read runs, or say what is in them."""
_UNREAD = re.compile(
    r'^[ \t]*(?:#.*|"""[^"\\]*(?:"(?!"")[^"\\]*)*"""[ \t]*)?\n', re.MULTILINE
)
"""What Python does not read: comments, strings that stand alone, empty lines."""


def stamps(
    folder: Path, rules: Sequence[ReferenceRule], matter: Iterable[ItemSource]
) -> dict[tuple[str, str], str]:
    """What a measurement would be made on now, of each page and type of run.

    Args:
        folder: of the site.
        rules: its references.
        matter: what exam.yaml has.
    """
    simulated = [each for each in matter if not (each.evidence or each.recorded)]
    places: dict[tuple[str, str], list[tuple[str, tuple[float, ...]]]] = {}
    for each in simulated:
        for run_type in each.run_types:
            for page in each.pages:
                place = places.setdefault((page, run_type), [])
                place.append((each.cause, each.sizes))
    files = _references(folder / "layouts", rules)
    return {
        (page, run_type): hash_of(
            msgspec.json.encode((
                simulation_code(), LUMISECTIONS, ONSETS, sorted(causes),
                [hash_ for of, hash_ in files if of in {None, run_type}],
            ))
        )[:DIGITS]
        for (page, run_type), causes in places.items()
    }  # fmt: skip


def measured_otherwise(
    rows: Iterable[MeasuredRow], now: Mapping[tuple[str, str], str]
) -> tuple[tuple[str, str], ...]:
    """Pages and types of run whose rows are of something else than now, in order."""
    old = ((row.page, row.run_type) for row in rows
           if row.of != now.get((row.page, row.run_type)))  # fmt: skip
    return tuple(dict.fromkeys(old))


@functools.cache
def simulation_code() -> str:
    """A hash of the code by which the simulation makes runs."""
    return code_hash(Path(dqmconsole.simulation.__path__[0]))


def code_hash(root: Path) -> str:
    """A hash of the Python files of a folder, whatever its comments say."""
    files = sorted(each for each in root.rglob("*.py") if each.name not in UNHASHED)
    code = []
    for each in files:
        code += [each.relative_to(root).as_posix(), each.read_text("utf-8")]
    return hash_of("\n".join(_UNREAD.sub("", each) for each in code).encode())


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
