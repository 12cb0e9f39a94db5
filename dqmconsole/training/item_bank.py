"""What the exam's matter says items and shifts can be made of."""

from __future__ import annotations

import collections
import itertools
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.layout import RUN_TYPES, RunType, split_page
from dqmconsole.model.lesson import ItemKind, kind_of, split_cause

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Sequence

    from dqmconsole.model.lesson import CauseWords
    from dqmconsole.model.site import Site


class Choice(msgspec.Struct, frozen=True):
    """One thing an item can be made of.

    Attributes:
        kind: what happens.
        page: "Layout/Page".
        run_type: type of the run.
        cause: "NAME[:SUBSYSTEM]", or "".
        size: of the cause; 0 for the table's own.
        family: of the cause, or "".
        evidence: an evidence bundle in place of a run.
    """

    kind: ItemKind
    page: str
    run_type: RunType
    cause: str = ""
    size: float = 0.0
    family: str = ""
    evidence: str = ""

    @property
    def sized(self) -> str:
        """The cause with its size, as records name it."""
        return self.cause + self.times

    @property
    def times(self) -> str:
        """The size, as the end of an entry on the command line."""
        return f"*{self.size:g}" if self.size else ""


def choices(site: Site) -> Iterator[Choice]:
    """Everything the exam's matter says items can be made of, from easy to hard.

    Matter whose cause the table does not have is left out: the check of the site has
    said so.
    """
    known = {each.name: each for each in site.causes}
    kinds = {each.name: each.kind for each in site.causes}
    for matter in site.exam.matter if site.exam is not None else ():
        words = known.get(split_cause(matter.cause)[0])
        kind = kind_of(matter, kinds)
        if kind is None:
            continue
        every = itertools.product(
            matter.sizes or (0.0,), matter.run_types, matter.pages
        )
        for size, run_type, page in every:
            cause = _aimed(matter.cause, words, page) if not matter.evidence else ""
            yield Choice(
                kind, page, run_type, cause or matter.cause, size,
                words.family if words is not None else "", matter.evidence,
            )  # fmt: skip


def _aimed(cause: str, words: CauseWords | None, page: str) -> str:
    """Name the subsystem: the page's where the cause goes there, else the first."""
    name, target = split_cause(cause)
    if target or words is None or not words.targets:
        return cause
    layout = split_page(page)[0]
    return f"{name}:{layout if layout in words.targets else words.targets[0]}"


def evenly(
    given: Sequence[Choice], count: int, generator: random.Random
) -> list[Choice]:
    """Choose so many: causes as evenly as can be, then pages and sizes of each."""
    left = list(given)
    used: collections.Counter[tuple[object, ...]] = collections.Counter()
    found: list[Choice] = []
    while left and len(found) < count:
        generator.shuffle(left)
        least = min(left, key=lambda each: _weight(each, used))
        found.append(least)
        used.update(_features(least))
        if least.evidence:
            left = [each for each in left if each.evidence != least.evidence]
    return found


def _features(each: Choice) -> tuple[tuple[object, ...], ...]:
    what = each.evidence or each.cause
    return (
        (what,), (what, each.page, each.size), (what, "page", each.page),
        (what, "size", each.size), ("type", each.run_type),
    )  # fmt: skip


def _weight(
    each: Choice, used: collections.Counter[tuple[object, ...]]
) -> tuple[int, ...]:
    cause, both, page, size, run_type = (used[key] for key in _features(each))
    return cause, both, page + size, run_type


def run_types(site: Site) -> tuple[RunType, ...]:
    """The types of run the exam's matter has faults for."""
    found = {each.run_type for each in choices(site) if each.kind == "fault"}
    return tuple(each for each in RUN_TYPES if each in found)
