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
    composed,
    composed_words,
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


def test_a_form_is_told_by_its_bands() -> None:
    words = "16 faults (5 gross, 6 clear, 5 subtle) and 24 good pages"
    assert composed_words(composition(40)) == words
    assert composed_words(composed(bank(), 40)) == words
    assert composed_words(composition(3)) == "1 fault (1 clear) and 2 good pages"
    with pytest.raises(FormError):
        composed(bank()[:3], 40)


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


def test_all_that_a_bank_lacks_is_said_at_once() -> None:
    rows = [each for each in bank(many=4) if each.kind != "nothing"]
    words = (
        "the bank has 4 rows of gross faults, and an exam has 5; 4 rows of clear "
        "faults, and an exam has 6; 4 rows of subtle faults, and an exam has 5; 0 rows "
        "of good pages, and an exam has 16: add causes, sizes, pages or recorded runs "
        "to exam.yaml, or have fewer items, and run `dqmconsole training measure`"
    )
    with pytest.raises(FormError) as said:
        form(rows, 40, random.Random(1))
    assert str(said.value) == words


def recorded(rows: list[MeasuredRow]) -> list[MeasuredRow]:
    """The bank as if its faults were put into a recorded run: nothing is harmless."""
    return [
        msgspec.structs.replace(each, recorded=7, updates=14, record="a")
        for each in rows
        if each.kind != "harmless"
    ]


def unseen(rows: list[MeasuredRow]) -> int:
    return sum(each.kind == "fault" and each.is_unseen for each in rows)


def test_others_of_their_band_stand_in_for_what_the_bank_lacks() -> None:
    for bad in (0, 3):  # the console says BAD of no fault, or of all but few
        rows = [
            msgspec.structs.replace(row, bad=bad)
            if row.kind == "fault" and (bad == 0 or row.band != "clear")
            else row
            for row in recorded(bank())
        ]
        about = next(each.called_about for each in rows if each.band == "gross")
        now = {about}
        cells = set()
        for seed in range(10):
            drawn = form(rows, 40, random.Random(seed), now)
            bands = collections.Counter(e.band for e in drawn if e.kind == "fault")
            assert bands == {"gross": 5, "clear": 6, "subtle": 5}
            assert sum(each.kind == "nothing" for each in drawn) == 24
            assert unseen(drawn) == (16 if bad == 0 else 5)
            assert any(each.called_about in now for each in drawn)
            counts = collections.Counter(cell_of(row, now) for row in drawn)
            cells.add(frozenset(counts.items()))
        assert len(cells) == 1


def test_good_pages_stand_in_for_harmless_ones_of_recorded_runs_alone() -> None:
    form(recorded(bank()), 40, random.Random(1))
    rows = [each for each in bank() if each.kind != "harmless"]
    with pytest.raises(FormError, match="0 rows of pages on which something harm"):
        form(rows, 40, random.Random(1))


def test_a_third_of_the_faults_is_not_bad_or_there_is_no_form() -> None:
    rows = [msgspec.structs.replace(row, bad=3) for row in bank()]
    with pytest.raises(FormError, match="0 rows of faults of which the console does "):
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
    assert "recorded" not in measured_text(rows)
    row = recorded(rows)[0]
    assert read_measured(measured_text([row, *rows]))[0].recorded == 7
    # as files were written before there were recorded runs, or stamps
    lines = measured_text(rows).splitlines()
    text = "".join(each.rpartition("\t")[0] + "\n" for each in lines)
    assert [each.cause for each in read_measured(text)] == [e.cause for e in rows]


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
