"""The producers' tests, on histograms made by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.histogram import Array, Axis, Histogram, QualityResult
from dqmconsole.simulation.checked import (
    bins_within,
    flags_within,
    last_within,
    mean_within,
    occupancy,
    share_within,
    symmetric,
)
from dqmconsole.simulation.elements import (
    Element,
    FillSpecification,
    MonitorElement,
    labelled,
)
from dqmconsole.simulation.fed_integrity import ErrorRate
from dqmconsole.simulation.judge import Judge

if TYPE_CHECKING:
    from dqmconsole.simulation.quality import QualityTest

X = Axis(20, -10.0, 10.0, title="iη")
Y = Axis(12, 0.5, 12.5, title="iφ")
LS = Axis(60, 0.5, 60.5, title="Lumisection")


def histogram(counts: Array, *axes: Axis, path: str = "Toy/h") -> Histogram:
    element = MonitorElement(
        Element(path, "", axes, root_class=f"TH{len(axes)}F")  # as booked
    )
    element.add(counts)
    return element.frozen()


NOTHING = np.zeros(0, np.int64)


def judging(test: QualityTest, known: Array = NOTHING) -> Judge:
    """A judge of one element with cells as :func:`inner`, those known being empty."""
    bins = FillSpecification(NOTHING, NOTHING, inner(), known)
    return Judge([Element("Toy/h", "", (X, Y), bins=bins, test=test)])


def judged(
    test: QualityTest, *shots: Histogram, first: int = 1, known: Array = NOTHING
) -> QualityResult:
    judge = judging(test, known)
    for number, shot in enumerate(shots, start=first):
        ((_, _, result),) = judge.judge({"Toy/h": shot}, number)
    return result


def inner() -> Array:
    cells = np.zeros((22, 14), bool)
    cells[1:-1, 1:-1] = True
    return np.flatnonzero(cells)


def full(value: float = 100.0) -> Array:
    return np.full((20, 12), value)


OCCUPANCY = occupancy()


def test_even_occupancy_is_good() -> None:
    result = judged(OCCUPANCY, histogram(full(), X, Y))
    assert (result.code, result.result) == (100, 1.0)
    assert result.message == "0 of 240 cells dead, in LS 1"


def test_a_hole_is_named() -> None:
    counts = full()
    counts[4:8, 2:5] = 0
    result = judged(OCCUPANCY, histogram(counts, X, Y))
    assert result.code == 300
    assert result.result == 0
    assert "12 of 240 cells dead (iη −5.5 to −2.5; iφ 3–5)" in result.message


def test_a_known_hole_is_no_news() -> None:
    counts = full()
    counts[4:8, 2:5] = 0
    where = np.zeros((22, 14), bool)
    where[5:9, 3:6] = True
    known = np.flatnonzero(where)
    result = judged(OCCUPANCY, histogram(counts, X, Y), known=known)
    assert result.code == 100
    assert "0 of 228 cells dead, 12 known ones left out" in result.message
    counts[0, 0] = 0
    result = judged(OCCUPANCY, histogram(counts, X, Y), known=known)
    assert result.code == 200
    assert (
        "1 of 228 cells dead (iη −9.5; iφ 1), 12 known ones left out" in result.message
    )


def test_a_noisy_cell_is_named() -> None:
    counts = full()
    counts[3, 7] = 4000
    result = judged(OCCUPANCY, histogram(counts, X, Y))
    assert result.code == 300
    assert (
        "1 of 240 cells noisy; iη −6.5, iφ 8 has 4000, 40 times its ring"
        in result.message
    )


def test_few_entries_are_not_judged() -> None:
    result = judged(OCCUPANCY, histogram(full(3.0), X, Y))
    assert (result.code, result.result) == (70, -1.0)
    assert "3 entries expected in a typical cell, 40 needed" in result.message
    assert judged(OCCUPANCY, histogram(full(0.0), X, Y)).code == 70


def test_a_fault_late_in_the_run_shows_and_clears() -> None:
    growing = full(0.0)
    judge = judging(OCCUPANCY)
    codes = []
    for number in range(1, 41):
        more = full()
        if 20 <= number < 30:
            more[4:8, 2:5] = 0
        growing = growing + more
        ((_, _, result),) = judge.judge({"Toy/h": histogram(growing, X, Y)}, number)
        codes.append(result.code)
    assert set(codes[:19]) == {100}
    assert codes[24] == codes[28] == 300
    assert set(codes[34:]) == {100}


def test_mean_within() -> None:
    test = mean_within(-1, 1, 1, unit="ns")
    for shift, code in ((0, 100), (3, 300), (-3, 300)):
        result = judged(test, histogram(np.roll(np.eye(20)[10] * 900, shift), X))
        assert result.code == code
    assert "mean 1.5 ns" in judged(test, histogram(np.eye(20)[11] * 900, X)).message
    assert judged(test, histogram(np.eye(20)[11] * 900, X)).code == 200
    assert judged(test, histogram(np.eye(20)[11] * 9, X)).code == 70
    even = np.eye(20)[9] * 90_000 + np.eye(20)[10] * 90_001  # a mean of 3e-6
    assert judged(test, histogram(even, X)).message.startswith("mean 0 ns, expected")


def test_share_within() -> None:
    test = share_within(0, 0, "in BX 0")
    axis = Axis(5, -2.5, 2.5, title="BX")
    cases = (([0, 2, 980, 10, 0], 100), ([0, 90, 900, 10, 0], 200),
             ([0, 500, 500, 0, 0], 300))  # fmt: skip
    for counts, code in cases:
        assert judged(test, histogram(np.array(counts), axis)).code == code


def test_bins_of_a_profile_within() -> None:
    element = MonitorElement(Element("Toy/h", "", (X,), root_class="TProfile"))
    number = np.full(20, 100)
    sums = np.where(np.arange(20) < 3, 900.0, 10.0)
    element.add_means(np.arange(1, 21), number, sums, sums)
    result = judged(bins_within(-2, 2, unit="ns"), element.frozen())
    assert result.code == 300
    assert "3 of 20 bins outside −2 to 2 ns (iη −9.5 to −7.5)" in result.message


def test_last_within() -> None:
    test = last_within(10, 20, 5, unit="kHz", last=2)
    values = np.zeros(60)
    assert judged(test, histogram(values, LS)).code == 70
    values[:3] = 15
    assert judged(test, histogram(values, LS)).code == 100
    values[3:5] = 40
    result = judged(test, histogram(values, LS))
    assert result.code == 300
    assert result.message == "40 kHz in LS 4–5, expected 10 to 20"
    values[5:7] = 24_000.4
    result = judged(test, histogram(values, LS))
    assert result.message == "24,000 kHz in LS 6–7, expected 10 to 20"


def test_error_rate_names_the_driver() -> None:
    ids = Axis(850, -0.5, 849.5, title="FED")
    entries, fatal = np.full(850, 1000.0), np.zeros(850)
    entries[707], fatal[707] = 0, 1000
    test = ErrorRate("Toy/e", 0.005, 0.01, "missing data", ranges=(("Hcal", 700, 732),))
    written = {"Toy/h": histogram(fatal, ids), "Toy/e": histogram(entries, ids)}
    ((_, _, result),) = judging(test).judge(written, 1)
    assert result.code == 300
    assert "1 FED with missing data, FED 707 (Hcal): 100.0%" in result.message
    written["Toy/h"] = histogram(np.zeros(850), ids)
    ((_, _, result),) = judging(test).judge(written, 1)
    assert result.code == 100


def test_symmetric_names_the_weak_side() -> None:
    counts = np.full(20, 10_000.0)
    assert judged(symmetric(), histogram(counts, X)).code == 100
    counts[:6] = 7000
    result = judged(symmetric(), histogram(counts, X))
    assert result.code == 300
    assert "the minus side is weaker" in result.message


def test_flags_within_ignores_what_is_not_judged() -> None:
    rows = labelled(("700", "701", "702"))
    element = MonitorElement(
        Element("Toy/h", "", (LS, rows), root_class="TH2F", empty=-1.0)
    )
    test = flags_within(noun="FEDs", bad=0)
    assert judged(test, element.frozen()).code == 70
    element.set_column(1, np.array([1.0, 1.0, -1.0]))
    assert judged(test, element.frozen()).message == "all 2 FEDs good in LS 1"
    for number in (2, 3):
        element.set_column(number, np.array([1.0, 0.0, -1.0]))
    result = judged(test, element.frozen())
    assert result.code == 300
    assert "1 of 2 FEDs bad: 701" in result.message


def test_a_fault_is_found_where_the_rest_is_too_few_to_be_good() -> None:
    counts = full(3.0)
    counts[3, 7] = 4000
    result = judged(OCCUPANCY, histogram(counts, X, Y))
    assert result.code == 300
    words = (
        "1 of 240 cells noisy; iη −6.5, iφ 8 has 4000 where fewer than 40 are expected"
    )
    assert result.message == f"{words}, in LS 1"


def test_alike_elements_are_judged_as_each_by_itself() -> None:
    rng = np.random.default_rng(2)
    paths = [f"Toy/h{number}" for number in range(6)]
    bins = FillSpecification(NOTHING, NOTHING, inner(), NOTHING)
    tests = [OCCUPANCY, OCCUPANCY, bins_within(0, 120), OCCUPANCY, bins_within(0, 120)]
    elements = [
        Element(path, "", (X, Y), bins=bins, test=test)
        for path, test in zip(paths, tests, strict=False)
    ]
    written = {
        path: histogram(rng.poisson(80 if number else 3, (20, 12)), X, Y, path=path)
        for number, path in enumerate(paths)
    }

    together = Judge(elements).judge(written, 1)
    alone = [Judge([each]).judge(written, 1)[0] for each in elements]

    assert [result for _, _, result in together] == [result for _, _, result in alone]
    assert [path for path, _, _ in together] == paths[:5]
