"""Forms of a measured bank: equal for all, within what follows from the bank."""

from __future__ import annotations

import collections
import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.measured_bank import bank, spreads

from dqmconsole.training.forms import (
    FormError,
    cell_of,
    composition,
    form,
    like,
)
from dqmconsole.training.lesson import BANDS, MeasuredRow
from dqmconsole.training.measured import MeasuredError, measured_text, read_measured


def test_a_form_of_forty_is_what_the_exam_promises() -> None:
    cells = composition(40)
    assert sum(cells.values()) == 40
    faults = {cell: many for cell, many in cells.items() if cell.band}
    assert sum(faults.values()) <= 0.4 * 40
    by_band = collections.Counter[str]()
    for cell, many in faults.items():
        by_band[cell.band] += many
    assert max(by_band.values()) - min(by_band.values()) <= 1
    assert set(by_band) == set(BANDS)
    unseen = sum(many for cell, many in faults.items() if cell.kind != "fault")
    assert abs(unseen - sum(faults.values()) / 3) < 1


@given(st.integers(0, 10**6), st.integers(1, 9))
def test_every_form_has_the_same_composition(one: int, seed: int) -> None:
    drawn = form(bank(seed), 40, random.Random(one))
    assert collections.Counter(map(cell_of, drawn)) == composition(40)


@pytest.mark.parametrize("seed", range(1, 6))
def test_forms_are_nearer_to_each_other_than_draws_without_steps(seed: int) -> None:
    equal, free = spreads(bank(seed), 40)
    assert equal < 0.75 * free


def test_what_cannot_be_told_is_never_drawn() -> None:
    rows = bank()
    rows = [
        msgspec.structs.replace(row, out="it looks like a fault" if number % 3 else "")
        for number, row in enumerate(rows)
    ]
    for seed in range(20):
        assert not any(each.out for each in form(rows, 20, random.Random(seed)))


def test_a_good_page_on_which_no_fault_is_ever_shown_is_left_out() -> None:
    rows = bank()
    rows.append(MeasuredRow("L1T/Muons", "cosmics", "nothing"))
    rows.append(MeasuredRow("Ecal/Timing", "cosmics", "harmless", strength=30.0))
    for seed in range(30):
        shown = {(e.page, e.run_type) for e in form(rows, 40, random.Random(seed))}
        assert not any(run_type == "cosmics" for _, run_type in shown)


def test_what_takes_the_place_of_a_row_that_was_seen_is_of_its_cell() -> None:
    rows = bank()
    drawn = form(rows, 40, random.Random(3))
    for row in drawn:
        other = like(rows, row, drawn, random.Random(1))
        assert cell_of(other) == cell_of(row)
        if row.kind == "fault":
            assert other not in drawn
    alone = [each for each in rows if each.kind != "nothing"]
    alone.append(MeasuredRow("Ecal/Timing", "collisions", "nothing"))
    quiet = [each for each in alone if cell_of(each).kind == "good"][-1:]
    assert like(quiet, quiet[0], [], random.Random(1)) == quiet[0]


def test_a_bank_that_has_too_little_says_what() -> None:
    rows = [each for each in bank() if each.kind != "fault" or each.band != "gross"]
    with pytest.raises(FormError, match="0 rows of gross fault"):
        form(rows, 40, random.Random(1))


def test_the_file_gives_back_what_was_written() -> None:
    rows = bank(many=4)
    read = read_measured(measured_text(rows))
    assert [each.cause for each in read] == [each.cause for each in rows]
    assert all(
        abs(one.strength - other.strength) <= 5e-4 * other.strength
        for one, other in zip(read, rows, strict=True)
    )
    assert read[0].plots == ("Hcal/Map",)
    assert read[0].region == (0.5, 2.5)
    assert read[-1] == rows[-1]
    # what was read is written as it stood
    assert measured_text(read) == measured_text(rows)


@pytest.mark.parametrize(
    ("broken", "line"),
    [
        (lambda _text: "", 1),
        (lambda text: text.replace("strength", "size", 1), 1),
        (lambda text: text.replace("collisions", "colisions", 1), 2),
        (lambda text: text + "a\tb\n", 6 + 14 + 1),
    ],
)
def test_a_line_that_the_command_does_not_write_is_named(
    broken: object, line: int
) -> None:
    assert callable(broken)
    text = measured_text(bank(many=4))
    with pytest.raises(MeasuredError) as found:
        read_measured(broken(text))
    lines = len(text.splitlines())
    assert found.value.line == (line if line < 20 else lines + 1)
