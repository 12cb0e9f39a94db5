"""Equated forms of a measured bank: the same for everybody, and no two alike.

A form has so many faults of each band, with or without a BAD of the console, harmless
events that look wrong, and good pages; where the bank lacks some of these, others of
their band stand in, the same in all forms. The rows of each such cell are put in order
of strength and cut into as many steps as the form has of them; it has one of each step.
So forms differ in the sum of the logarithms of their strengths about half as much as
forms that are drawn from the cells freely.
"""

from __future__ import annotations

import collections
import itertools
import math
from typing import TYPE_CHECKING, Literal, NamedTuple

from dqmconsole.model.words import counted
from dqmconsole.training.lesson import BANDS, Band, split_cause

if TYPE_CHECKING:
    import random
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from dqmconsole.training.lesson import MeasuredRow

FAULTS = 0.4  # of the items: at least 60 % are good
UNSEEN = 1 / 3  # of the faults: the console does not say BAD
LOOKS_WRONG = 1 / 3  # of the good pages: something harmless is to be seen

CALL_NOW = 3 / 4  # of the gross faults that are BAD: one must call at once
_NEAREST = 5  # rows among which that is chosen which takes the place of another

Kind = Literal[
    "fault", "fault, not BAD", "fault, call now", "fault, not BAD, call now",
    "looks wrong", "good",
]  # fmt: skip
_UNSEEN_AS: dict[Kind, Kind] = {
    "fault, not BAD, call now": "fault, call now",
    "fault, not BAD": "fault",
}
"""What the console does not say BAD of -> the same where it does."""
_STANDING_IN: tuple[Kind, ...] = (
    "fault, not BAD, call now", "fault, call now", "fault, not BAD", "fault",
)  # fmt: skip
"""Faults, in the order in which they stand in for others of their band."""
ANY: frozenset[str] = frozenset()


class FormError(ValueError):
    """A bank that has too little for a form; says what."""


class Cell(NamedTuple):
    """Items that are alike for a form: the band is "" of good pages."""

    kind: Kind
    band: Band | Literal[""] = ""


_PAGES = {
    Cell("good"): "good pages",
    Cell("looks wrong"): "pages on which something harmless looks wrong",
}


def cell_of(row: MeasuredRow, now: Collection[str] = ANY) -> Cell:
    """The cell in which a row stands.

    Args:
        row: the row.
        now: what one must call now about (:attr:`MeasuredRow.called_about`): gross ones
            are apart, for the pass mark counts them.
    """
    if row.kind == "fault":
        is_now = row.band == "gross" and row.called_about in now
        if row.is_unseen:
            return Cell("fault, not BAD, call now" if is_now else "fault, not BAD",
                        row.band)  # fmt: skip
        return Cell("fault, call now" if is_now else "fault", row.band)
    return Cell("looks wrong" if row.looks_wrong else "good")


def composition(items: int, now: Collection[str] = ANY) -> dict[Cell, int]:
    """How many items of each cell a form has; none of a cell that has none.

    Args:
        items: of the form.
        now: as of :func:`cell_of`; of the gross faults that are BAD most are of these.
    """
    faults = math.floor(items * FAULTS)
    unseen = _shared(round(faults * UNSEEN), reversed(BANDS))
    every = _shared(faults, ("clear", "subtle", "gross"))
    wrong = round((items - faults) * LOOKS_WRONG)
    found = {Cell("fault, not BAD", band): unseen[band] for band in BANDS}
    found |= {Cell("fault", band): every[band] - unseen[band] for band in BANDS}
    if now:
        gross = found[Cell("fault", "gross")]
        found[Cell("fault, call now", "gross")] = math.ceil(gross * CALL_NOW)
        found[Cell("fault", "gross")] = gross - math.ceil(gross * CALL_NOW)
    found |= {Cell("looks wrong"): wrong, Cell("good"): items - faults - wrong}
    return {cell: many for cell, many in found.items() if many}


def composed(
    bank: Iterable[MeasuredRow], items: int, now: Collection[str] = ANY
) -> dict[Cell, int]:
    """How many items of each cell every form of a bank has.

    Args:
        bank: the measured rows.
        items: how many a form has.
        now: as of :func:`cell_of`.

    Raises:
        FormError: as of :func:`form`.
    """
    return _fitted(composition(items, now), _cells(bank, now))


def composed_words(cells: Mapping[Cell, int]) -> str:
    """What a form has: "16 faults (5 gross, 6 clear, 5 subtle) and 24 good pages"."""
    bands = {
        band: sum(many for cell, many in cells.items() if cell.band == band)
        for band in BANDS
    }
    of = ", ".join(f"{many} {band}" for band, many in bands.items() if many)
    faults = sum(bands.values())
    words = counted(faults, "fault") + (f" ({of})" if of else "")
    return f"{words} and {counted(sum(cells.values()) - faults, 'good page')}"


def form(
    bank: Iterable[MeasuredRow],
    items: int,
    generator: random.Random,
    now: Collection[str] = ANY,
) -> list[MeasuredRow]:
    """The rows of a form, in the order in which they are shown.

    Args:
        bank: the measured rows; those that are out are not drawn.
        items: how many a form has.
        generator: the form follows from it and the bank.
        now: as of :func:`cell_of`.

    Raises:
        FormError: the bank has too few of some bands, or of good pages.
    """
    cells = _cells(bank, now)
    found: list[MeasuredRow] = []
    for cell, many in _fitted(composition(items, now), cells).items():
        found += _drawn(cells[cell], many, generator)
    generator.shuffle(found)
    return found


def like(
    bank: Iterable[MeasuredRow],
    row: MeasuredRow,
    taken: Collection[MeasuredRow],
    generator: random.Random,
    now: Collection[str] = ANY,
) -> MeasuredRow:
    """Another row of the same cell, about as strong, for one that was seen.

    Args:
        bank: the measured rows.
        row: what was seen.
        taken: rows that are in the form already.
        generator: chooses among the nearest.
        now: as of :func:`cell_of`.

    Returns:
        The row itself where the bank has no other one.
    """
    there = [
        each for each in _cells(bank, now).get(cell_of(row, now), ())
        if each != row and each not in taken
    ]  # fmt: skip
    there.sort(key=lambda each: abs(each.strength - row.strength))
    return generator.choice(there[:_NEAREST]) if there else row


def strength_sum(rows: Iterable[MeasuredRow]) -> float:
    """Sum of the natural logarithms of the strengths of the faults among some rows."""
    return sum(math.log(each.strength) for each in rows if each.kind == "fault")


def _cells(
    bank: Iterable[MeasuredRow], now: Collection[str]
) -> dict[Cell, list[MeasuredRow]]:
    """The rows of each cell that can be drawn, by strength.

    A good page on which no fault is ever shown would betray itself, and is left out.
    """
    rows = [each for each in bank if not each.out]
    bad = {each.measured_page for each in rows if each.kind == "fault"}
    found: dict[Cell, list[MeasuredRow]] = {}
    for row in sorted(rows, key=lambda each: (each.strength, each.page, each.cause)):
        if row.measured_page in bad:
            found.setdefault(cell_of(row, now), []).append(row)
    return found


def _fitted(
    wanted: Mapping[Cell, int], cells: Mapping[Cell, Sequence[MeasuredRow]]
) -> dict[Cell, int]:
    """How many items of each cell forms of a bank have: so for all of them.

    Each band has as many faults as wanted, and as many of all are not BAD, or more.
    For what the bank lacks otherwise others of its band stand in. Into recorded runs
    nothing harmless is put: where all faults are such, good pages take its place.

    Raises:
        FormError: as of :func:`form`.
    """
    there = {cell: len(rows) for cell, rows in cells.items()}
    found = dict(wanted)
    short: list[str] = []
    for band in BANDS:
        of_band = [Cell(kind, band) for kind in _STANDING_IN]
        many = sum(wanted.get(cell, 0) for cell in of_band)
        for cell in of_band:
            found[cell] = min(wanted.get(cell, 0), there.get(cell, 0))
        for cell in of_band:
            lacking = many - sum(found[each] for each in of_band)
            found[cell] += min(lacking, there.get(cell, 0) - found[cell])
        rows = sum(there.get(cell, 0) for cell in of_band)
        if rows < many:
            short.append(_too_few(rows, f"{band} faults", many))
    if not short:
        short += _keep_unseen(found, wanted, there)
    good, wrong = Cell("good"), Cell("looks wrong")
    faults = [row for cell in cells if cell.band for row in cells[cell]]
    recorded = all(row.recorded for row in faults)
    if recorded and not there.get(wrong):
        found[good] = found.get(good, 0) + found.pop(wrong, 0)
    for cell, of in _PAGES.items():
        # good pages are as good again: each is another run
        if (many := found.get(cell, 0)) and not there.get(cell):
            short.append(_too_few(0, of, many))
    if short:
        message = (
            f"the bank has {'; '.join(short)}: add causes, sizes, pages or recorded "
            "runs to exam.yaml, or have fewer items, and run `dqmconsole training "
            "measure`"
        )
        raise FormError(message)
    return {cell: many for cell, many in found.items() if many}


def _keep_unseen(
    found: dict[Cell, int], wanted: Mapping[Cell, int], there: Mapping[Cell, int]
) -> list[str]:
    """Have as many faults that are not BAD as wanted, of other bands if need be.

    Returns:
        What of these is lacking, in words; empty where nothing is.
    """
    least = sum(many for cell, many in wanted.items() if cell.kind in _UNSEEN_AS)
    many = sum(found[Cell(each, band)] for each in _UNSEEN_AS for band in BANDS)
    for band, (unseen, seen) in itertools.product(reversed(BANDS), _UNSEEN_AS.items()):
        one, other = Cell(unseen, band), Cell(seen, band)
        more = min(least - many, there.get(one, 0) - found[one], found[other])
        if more > 0:
            found[one] += more
            found[other] -= more
            many += more
    of = "faults of which the console does not say BAD"
    return [_too_few(many, of, least)] if many < least else []


def _too_few(rows: int, of: str, many: int) -> str:
    return f"{counted(rows, 'row')} of {of}, and an exam has {many}"


def _drawn(
    rows: Sequence[MeasuredRow], many: int, generator: random.Random
) -> list[MeasuredRow]:
    """One of each step of strength; of these one whose cause is rare so far."""
    used: collections.Counter[str] = collections.Counter()
    found = []
    for step in range(many):
        first, last = step * len(rows) // many, (step + 1) * len(rows) // many
        there = rows[first : max(last, first + 1)]
        least = min(used[split_cause(each.cause)[0]] for each in there)
        row = generator.choice(
            [each for each in there if used[split_cause(each.cause)[0]] == least]
        )
        used[split_cause(row.cause)[0]] += 1
        found.append(row)
    return found


def _shared(many: int, bands: Iterable[Band]) -> dict[Band, int]:
    """So many in equal parts; what is left over goes to the first of them."""
    order = list(bands)
    return {
        band: many // len(order) + (at < many % len(order))
        for at, band in enumerate(order)
    }
