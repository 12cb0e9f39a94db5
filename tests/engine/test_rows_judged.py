"""Checks on the rows of a plot: which decides, what is said, and what holds."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
import numpy as np
import pytest
from engine.fakes import a_map, line
from hypothesis import given
from hypothesis import strategies as st

from dqmconsole.checks.check import Check, Result, grade, why_not
from dqmconsole.checks.declared import Declared, declared
from dqmconsole.engine import checking
from dqmconsole.engine.asking import Asking, answered
from dqmconsole.engine.checking import (
    Against,
    Found,
    Place,
    Steady,
    Subject,
    batch_of,
    held,
)
from dqmconsole.model.histogram import Axis
from dqmconsole.model.known_bins import known_bins
from dqmconsole.model.known_issue import Region
from dqmconsole.model.layout import CheckOptions
from dqmconsole.model.reference import ReferenceNote
from dqmconsole.model.verdict import CheckResult, Status
from dqmconsole.recording.recent import Window

if TYPE_CHECKING:
    from dqmconsole.checks.batch import Batch
    from dqmconsole.model.cause import Family
    from dqmconsole.model.histogram import Histogram

GOOD, WARNING, BAD = Status.GOOD, Status.WARNING, Status.BAD
LOW = Status.LOW_STATISTICS


class FirstBin(Check, frozen=True):
    """The first bin, as a share of all: warning above 0.3, bad above 0.5."""

    NAME: ClassVar[str] = "first_bin"
    least: float = 10.0
    sure: float = 0.0

    def judge(self, batch: Batch) -> list[Result]:
        values = batch.data.values()
        total = values.sum(1)
        share = values[:, 0] / np.maximum(total, 1)
        found = []
        for value, all_of_it, status in zip(
            share, total, grade(share, 0.3, 0.5), strict=True
        ):
            words = f"share {value:.2g}"
            limits = ((0.3, "warning above"), (0.5, "bad above"))
            if all_of_it < self.least:
                found.append(Result(LOW, f"{all_of_it:g} entries"))
                continue
            if all_of_it < self.sure:
                status = GOOD  # not significant
            pulls = np.arange(float(values.shape[1]))
            found.append(Result(status, words, float(value), limits, pulls=pulls))
        return found


class Broken(FirstBin, frozen=True):
    NAME: ClassVar[str] = "broken"

    def judge(self, batch: Batch) -> list[Result]:
        del batch
        message = "of a plug-in"
        raise RuntimeError(message)


def judged(*asked: Any, **more: Any) -> Found:  # noqa: ANN401
    return alone(checking.judged(*asked, **more))


def judged_by_each(*asked: Any, **more: Any) -> Found:  # noqa: ANN401
    return alone(checking.judged_by_each(*asked, **more))


def alone(asking: Asking[Found]) -> Found:
    (found,) = answered([asking], lambda _check, _at: nullcontext())
    return found


def of(check: Check) -> Declared:
    return Declared(check, CheckOptions(), f"{check.NAME}: {{}}")


def window(
    histogram: Histogram, updates: int, first: int, last: int, events: float = 10.0
) -> Window:
    return Window(histogram, updates, first, last, events)


def found(
    check: Check, run: list[float], *windows: list[float], **more: object
) -> Found:
    spans = tuple(
        window(line("h", values), many, 20 - many, 19)
        for values, many in zip(windows, (1, 3, 15), strict=False)
    )
    subject = Subject(line("h", run), spans, 100.0)
    return judged(of(check), subject, Against(), **more)


def test_the_worst_row_decides_and_says_its_span() -> None:
    result, expected, *_ = found(FirstBin(), [20, 80], [6, 4], [9, 11])
    assert (result.status, result.span) == (BAD, "LS 19")
    assert result.sentence == "share 0.6, in LS 19"
    assert expected is not None
    assert expected.pulls is not None
    assert expected.low is None  # that of another row than is drawn


def test_where_rows_are_equally_bad_the_run_decides() -> None:
    result, *_ = found(FirstBin(), [60, 40], [6, 4])
    assert (result.sentence, result.span) == ("share 0.6", "")


def test_windows_with_too_few_entries_do_not_decide() -> None:
    result, *_ = found(FirstBin(), [20, 80], [2, 0], [20, 80])
    assert (result.status, result.sentence) == (GOOD, "share 0.2")


def test_a_good_part_makes_no_good_whole() -> None:
    result, *_ = found(FirstBin(least=50), [20, 20], [20, 80])
    assert result.status is LOW


def test_what_is_good_again_is_said_to_have_been_bad() -> None:
    result, *_ = found(FirstBin(), [60, 40], [2, 8], [4, 16])
    assert result.status is GOOD
    assert result.sentence == "good now; the run so far is BAD: share 0.6"
    assert result.span == "LS 17–19"


@pytest.mark.parametrize(
    ("windows", "least", "sure"),
    [
        ([[2, 8], [8, 12]], 10, 0),  # one of them is not good
        ([[2, 2], [3, 4]], 10, 0),  # none can be judged
        ([[6, 4]], 10, 50),  # good for want of significance alone
    ],
)
def test_what_is_not_good_again_stays_bad(
    windows: list[list[float]], least: float, sure: float
) -> None:
    result, *_ = found(FirstBin(least=least, sure=sure), [60, 40], *windows)
    assert (result.status, result.sentence) == (BAD, "share 0.6")


class Leaving(FirstBin, frozen=True):
    NAME: ClassVar[str] = "leaving"

    def judge(self, batch: Batch) -> list[Result]:
        del batch
        raise SystemExit


class Short(FirstBin, frozen=True):
    NAME: ClassVar[str] = "short"

    def judge(self, batch: Batch) -> list[Result]:
        return super().judge(batch)[:1]


class Clearing(FirstBin, frozen=True):
    NAME: ClassVar[str] = "clearing"

    def judge(self, batch: Batch) -> list[Result]:
        batch.data.values()[...] = 0
        return super().judge(batch)


def test_a_check_that_leaves_writes_or_gives_too_little_is_failed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    for check, said in (
        (Leaving(), "leaving failed: SystemExit"),
        (Short(), "short failed: it gave 1 results for 2 rows"),
        # the checks after it judge by the same rows
        (
            Clearing(),
            "clearing failed: ValueError: assignment destination is read-only",
        ),
    ):
        result, *_ = found(check, [20, 80], [20, 80])
        assert (result.status, result.sentence) == (Status.FAILED, said)
    caplog.clear()


def test_a_check_that_raises_is_failed_and_named(
    caplog: pytest.LogCaptureFixture,
) -> None:
    result, *_ = found(Broken(), [1, 2])
    assert result.status is Status.FAILED
    assert result.sentence == "broken failed: RuntimeError: of a plug-in"
    assert "the check broken failed" in caplog.text
    caplog.clear()


def test_a_default_is_a_warning_at_most() -> None:
    result, *_ = found(FirstBin(), [60, 40], origin="default")
    assert (result.status, result.origin) == (WARNING, "default")


def test_what_a_check_cannot_judge_is_said() -> None:
    check = declared({"mean": {"bad_above": 3.0}}).check
    assert why_not(check, 1, is_profile=True) == ""
    trend = declared({"last_bins": {"bad_above": 3.0}}).check
    words = why_not(trend, 2, is_profile=False)
    assert words == "judges plots of 1 axis, not of 2"
    ratio = declared({"symmetric": {"bad_above": 3.0}}).check
    words = why_not(ratio, 1, is_profile=True)
    assert words == "judges counts, not a profile's means"


def test_the_reference_is_scaled_by_what_each_row_saw() -> None:
    data, reference = line("h", [100, 100]), line("h", [400, 400])
    spans = (window(line("h", [5, 0]), 1, 4, 4, events=10.0),)
    subject = Subject(data, spans, 200.0)
    by_events = ReferenceNote(normalize="events", scale=0.25)
    batch = batch_of(subject, spans, Against(reference, by_events))
    assert batch.scaled_reference().tolist() == [[100, 100], [5, 5]]
    assert batch.exposure.tolist() == [200, 10]
    by_area = ReferenceNote(normalize="area", scale=0.25)
    batch = batch_of(subject, spans, Against(reference, by_area))
    assert batch.scaled_reference().tolist() == [[100, 100], [2.5, 2.5]]


def test_a_window_is_scaled_by_its_own_pileup() -> None:
    data, reference = line("h", [100, 100]), line("h", [400, 400])
    low = window(line("h", [1, 1]), 1, 4, 4, events=10.0)._replace(pileup=12.0)
    unknown = window(line("h", [1, 1]), 3, 2, 4, events=30.0)
    subject = Subject(data, (low, unknown), 200.0, pileup=48.0)
    note = ReferenceNote(normalize="pileup", scale=0.25)
    batch = batch_of(subject, (low, unknown), Against(reference, note))
    assert batch.scaled_reference().tolist() == [[100, 100], [1.25, 1.25], [15, 15]]
    # so are the fills of means, which are not scaled themselves
    few = tuple(each._replace(histogram=means([1, 2], 1)) for each in (low, unknown))
    its = Against(means([1, 2], 400))
    of_means = msgspec.structs.replace(subject, data=means([1, 2], 100))
    batch = batch_of(of_means, few, its)
    assert batch.scale is not None
    assert batch.scale.tolist() == [0.25, 0.25 / 20 / 4, 0.25 * 0.15]


def test_the_rows_of_a_plot_are_made_once_for_all_its_checks() -> None:
    last = (window(line("h", [1, 1]), 1, 4, 4, events=10.0),)
    subject = Subject(line("h", [9, 9]), last, 200.0)
    against = Against(line("h", [8, 8]), ReferenceNote(run=1))
    batch = batch_of(subject, last, against)
    assert batch_of(subject, last, against) is batch
    assert len(batch_of(subject, (), against).data) == 1
    other = Against(line("h", [7, 7]), ReferenceNote(run=2))
    assert batch_of(subject, last, other) is not batch
    assert batch_of(subject, last, against, (against, other)).band is not None
    changed = msgspec.structs.replace(subject, data=line("h", [5, 5]))
    assert batch_of(changed, last, against).data.values()[0].tolist() == [5, 5]


def means(values: list[float], fills: float) -> Histogram:
    entries = np.array([0.0, *[fills] * len(values), 0.0])
    squares = entries + np.array([0.0, *[fills * each**2 for each in values], 0.0])
    sums = [fills * each for each in values]
    return line("p", sums, bin_entries=entries, sumw2=squares)


def of_means(run: float, *windows: tuple[float, float]) -> tuple[Status, str]:
    """What `bins_outside` says of means; of a run of 200 events and these windows.

    Args:
        run: fills of each bin.
        windows: fills of each bin, and events.
    """
    spans = tuple(
        window(means([1, 2], fills), at + 1, 4, 4, events)
        for at, (fills, events) in enumerate(windows)
    )
    subject = Subject(means([1, 2], run), spans, 200.0)
    inside = declared({"bins_outside": {"low": 0, "high": 3}, "updates": [1]})
    result, *_ = judged(inside, subject, Against(means([1, 2], 5000)))
    return result.status, result.sentence


def test_means_of_a_short_run_are_few_and_not_lost() -> None:
    assert of_means(8) == (LOW, "no bin with 20 entries")
    assert of_means(0) == (BAD, "it is empty where 10,000 are expected")


def test_means_of_a_window_are_lost_where_its_events_expect_more() -> None:
    assert of_means(100, (4, 8.0)) == (GOOD, "0 of 2 bins outside 0 to 3")
    lost = "it is empty where 100 are expected, in LS 4"
    assert of_means(100, (0, 100.0)) == (BAD, lost)


def test_of_no_events_no_means_are_expected() -> None:
    cells = declared({"dead_channels": {"against": "reference"}})
    against = Against(means([1, 2], 5000))
    for events, status in ((0.0, LOW), (200.0, BAD)):
        result, *_ = judged(cells, Subject(means([1, 2], 0), (), events), against)
        assert result.status is status, result.sentence


def test_means_that_good_runs_had_are_not_scaled() -> None:
    subject = Subject(means([1, 2], 8), (), 200.0)
    runs = tuple(Against(means([each, 2], 5000)) for each in (1, 3))
    band = batch_of(subject, (), runs[0], runs).band
    assert band is not None
    assert band.mean.tolist() == [[2, 2]]


def test_what_cannot_be_scaled_is_not_compared() -> None:
    subject = Subject(line("h", [1, 1]), (), None)
    note = ReferenceNote(sentence="no events in it: not scaled", unscaled=True)
    batch = batch_of(subject, (), Against(line("h", [4, 4]), note))
    assert not batch.has_reference.any()
    assert batch.no_reference == "no events in it: not scaled"
    elsewhere = ReferenceNote(sentence="reference at 6.5 TeV per beam")
    batch = batch_of(subject, (), Against(line("h", [4, 4]), elsewhere))
    assert batch.has_reference.all(), "what is said of it is no reason not to compare"


class Alike(Check, frozen=True, tag="alike"):
    """The data are the reference; a reference of zeros cannot be judged."""

    NAME: ClassVar[str] = "alike"

    def judge(self, batch: Batch) -> list[Result]:
        expected = batch.scaled_reference()
        if not expected.any():
            return [Result(Status.LOW_STATISTICS, "empty reference")]
        same = bool((batch.data.values() == expected).all())
        return [Result(Status.GOOD if same else Status.BAD, "compared")]


@pytest.mark.parametrize(
    ("combine", "references", "status", "words"),
    [
        ("worst", [1, 1], Status.GOOD, "compared"),
        ("worst", [1, 2], Status.BAD, "run 11, the worst of 2 references"),
        ("any", [2, 1], Status.GOOD, "run 11, the best of 2 references"),
        ("any", [2, 2], Status.BAD, "compared"),
        ("any", [2, 0], Status.BAD, "run 10, the best of 2 references"),
        ("worst", [1, 0], Status.LOW_STATISTICS, "run 11, the worst"),
        ("any", [None, 1], Status.GOOD, "compared"),
        ("worst", [None, 2], Status.BAD, "compared"),
    ],
)
def test_several_references_are_combined_as_their_rule_says(
    combine: str, references: list[float | None], status: Status, words: str
) -> None:
    each = [
        Against(
            None if value is None else line("h", [value, value]),
            ReferenceNote(run=10 + at, combine=combine),  # type: ignore[arg-type]
        )
        for at, value in enumerate(references)
    ]
    found = judged_by_each(of(Alike()), Subject(line("h", [1, 1])), each)
    assert found.result.status is status
    assert words in found.result.sentence


def test_several_good_runs_are_a_band_scaled_to_each_row() -> None:
    data = line("h", [100, 100])
    spans = (window(line("h", [5, 0]), 1, 4, 4, events=10.0),)
    subject = Subject(data, spans, 100.0)
    runs = tuple(
        Against(line("h", [90 + step, 110]), ReferenceNote(normalize="events"))
        for step in (0, 10, 20)
    )
    band = batch_of(subject, spans, runs[0], runs).band
    assert band is not None
    assert band.mean.tolist() == [[100, 110], [10, 11]]
    assert band.spread.tolist() == [[10, 0], [1, 0]]
    assert band.runs.tolist() == [3, 3]
    assert batch_of(subject, spans, runs[0], runs[:1]).band is None


def test_known_regions_are_bins() -> None:
    axes = (Axis(4, 0.0, 4.0), Axis(2, 0.0, 2.0, labels=("a", "b")))
    found = known_bins(axes, (Region(x=(1.7, 2.9), y_labels=("b",)),))
    assert found is not None
    assert np.argwhere(found).tolist() == [[2, 1]]
    within_one = known_bins(axes, (Region(x=(1.1, 1.2)),))
    assert within_one is not None
    assert np.argwhere(within_one).tolist() == [[1, 0], [1, 1]]
    whole = known_bins(axes, (Region(),))
    assert whole is not None
    assert whole.all()
    assert known_bins(axes, (Region(x_labels=("c",)),)) is None


def test_a_plot_that_is_all_known_is_not_checked() -> None:
    subject = Subject(line("h", [9, 1]), (), 1.0, np.ones(2, bool))
    result, *_ = judged(of(FirstBin()), subject, Against())
    assert result.status is Status.NOT_CHECKED


def test_what_has_no_value_in_a_window_or_the_reference_is_not_judged_there() -> None:
    def ratio(*values: float) -> Histogram:
        return msgspec.structs.replace(line("h", list(values)), efficiency=True)

    low = declared({"bins_below": {"limit": 0.5}, "updates": [1, 3, 15]})
    spans = (
        window(ratio(0, 0, 0.9), 1, 9, 9),
        window(ratio(0.9, 0, 0), 3, 7, 9),
        window(ratio(0, 0, 0), 15, 1, 9),
    )
    subject = Subject(
        ratio(0.9, 0.9, 0.9), spans, 100.0, np.array([False, True, False])
    )
    left_out = {
        1: np.array([True, False, False]),
        3: np.array([False, False, True]),
        15: np.array([True, False, True]),  # with what is known none is left
    }
    assert judged(low, subject, Against()).result.status is BAD
    subject = msgspec.structs.replace(subject, left_out=left_out)
    assert judged(low, subject, Against()).result.status is GOOD

    beside = ratio(0, 0.9, 0.9)
    gap = Against(beside, known=np.array([True, False, False]))
    unlike = declared({"equal": {"absolute": 0.1}})
    assert judged(unlike, subject, Against(beside)).result.status is BAD
    assert judged(unlike, subject, gap).result.status is GOOD
    subject = Subject(ratio(0.1, 0.9, 0.9))  # what does not compare judges all
    assert judged(low, subject, gap).result.status is BAD
    none = gap._replace(known=np.ones(3, bool))
    assert judged(unlike, subject, none).result.status is Status.NO_REFERENCE


# -- over updates --------------------------------------------------------------------


def seen(
    *statuses: Status, persist: int = 3, gross: bool = False, at_once: bool = False
) -> list[Status]:
    """What holds after each of some updates."""
    steady, told = Steady(), []
    for status in statuses:
        one = Found(CheckResult("c", status, "words"), None, gross)
        steady, said = held(steady, one, persist, at_once=at_once)
        told.append(said.result.status)
    return told


def test_three_updates_in_a_row_change_a_verdict() -> None:
    told = seen(GOOD, WARNING, WARNING, WARNING, GOOD, GOOD, GOOD)
    assert told == [GOOD, GOOD, GOOD, WARNING, WARNING, WARNING, GOOD]


def test_one_good_update_between_begins_the_count_again() -> None:
    assert seen(GOOD, BAD, BAD, GOOD, BAD, BAD) == [GOOD] * 6


def test_a_gross_loss_is_believed_after_two() -> None:
    assert seen(GOOD, BAD, BAD, gross=True) == [GOOD, GOOD, BAD]


def test_what_is_bad_from_the_start_is_not_called_good() -> None:
    assert seen(BAD, BAD, BAD) == [LOW, LOW, BAD]


def test_what_cannot_be_judged_is_said_and_counts_for_nothing() -> None:
    assert seen(GOOD, BAD, LOW, BAD, BAD) == [GOOD, GOOD, LOW, GOOD, BAD]


def test_where_nothing_newer_can_come_what_was_found_holds() -> None:
    assert seen(GOOD, BAD, at_once=True) == [GOOD, BAD]


def test_what_is_waited_for_is_said() -> None:
    one = Found(CheckResult("c", BAD, "7 dead"))
    _, said = held(Steady(GOOD), one, 3, at_once=False)
    assert said.result.sentence == "BAD in 1 of 3 updates: 7 dead"


def test_family_and_place_are_those_of_what_holds() -> None:
    def one(status: Status, family: Family | None) -> Found:
        place = Place(np.array([len(family or "")]), (), np.ones(1))
        return Found(CheckResult("c", status, "words", family=family), place=place)

    steady, told = Steady(), []
    for found in [
        *(one(GOOD, None), one(BAD, "missing"), one(BAD, "missing")),
        *(one(GOOD, None), one(BAD, "excess"), one(GOOD, None), one(GOOD, None)),
    ]:
        steady, said = held(steady, found, 2, at_once=False)
        told.append((said.result.status, said.result.family))
        family = said.result.family
        assert said.place is not None
        assert said.place.bins == [len(family or "")]
    assert told == [
        *((GOOD, None), (GOOD, None), (BAD, "missing")),
        *((BAD, "missing"), (BAD, "excess"), (BAD, "excess"), (GOOD, None)),
    ]


@given(
    st.lists(st.sampled_from([GOOD, WARNING, BAD, LOW]), max_size=12),
    st.integers(1, 4),
    st.booleans(),
)
def test_worse_updates_never_give_a_better_verdict(
    statuses: list[Status], persist: int, gross: bool
) -> None:
    order = (GOOD, LOW, WARNING, BAD)
    told = seen(*statuses, persist=persist, gross=gross)
    worst = seen(
        *[BAD if each is not LOW else LOW for each in statuses],
        persist=persist,
        gross=gross,
    )
    for one, other in zip(told, worst, strict=True):
        if LOW not in (one, other):
            assert order.index(one) <= order.index(other)


def test_a_map_without_a_reference_is_good_by_what_its_updates_add() -> None:
    """A gap it was built with is no hole; the run as a whole has nothing before it."""
    built = np.full((12, 12), 40.0)
    built[5:8] = 0.0
    holes = declared({"holes": {"against": "before"}})
    run = a_map("Occupancy", 20 * built)

    alone = judged(holes, Subject(run), Against())
    windows = (Window(a_map("Occupancy", built), 1, 20, 20, None),)
    again = judged(holes, Subject(run, windows), Against())

    assert alone.result.status is Status.NOT_CHECKED
    assert again.result.status is GOOD
    assert again.result.sentence == "no hole, in LS 20"


def test_the_fills_of_what_does_not_grow_are_not_scaled() -> None:
    """What a trend has filled of its axis says nothing of how much is expected."""
    filled = line("h", [4.0, 4.0], bin_entries=np.array([0.0, 2.0, 2.0, 0.0]))
    longer = line("h", [8.0, 8.0], bin_entries=np.array([0.0, 4.0, 4.0, 0.0]))
    against = Against(longer, ReferenceNote(normalize="none"))
    for grows, scale in ((True, 0.5), (False, 1.0)):
        batch = batch_of(Subject(filled, grows=grows), (), against)
        assert batch.scale is not None
        assert batch.scale.tolist() == [scale]


def test_a_window_that_is_judged_in_place_of_the_run_is_named() -> None:
    spans = (window(line("h", [1.0, 99.0]), 1, 19, 19),)
    subject = Subject(line("h", [60.0, 40.0]), spans, 100.0, span="LS 5–19")
    result, expected, *_ = judged(of(FirstBin()), subject, Against())
    assert result.sentence == "good now; LS 5–19 is BAD: share 0.6"
    worse = judged(
        of(FirstBin()), msgspec.structs.replace(subject, windows=()), Against()
    ).result
    assert (worse.span, worse.sentence) == ("LS 5–19", "share 0.6, in LS 5–19")
    assert expected is not None


@pytest.mark.parametrize(
    "item",
    [
        {"bins_against_reference": {"excess": True, "relative": 2.0, "absolute": 10.0}},
        {"entries": {"warn_percent": 30}},
    ],
)
def test_what_is_scaled_by_area_is_never_as_much_as_expected(
    item: dict[str, dict[str, Any]],
) -> None:
    """Twenty times the errors: by events BAD; by area their shape is as it was."""
    reference = line("Errors", [80, 60, 40])
    run = line("Errors", [1600, 1200, 800])
    part = window(line("Errors", [160, 120, 80]), 1, 9, 9, 100)
    by_events = ReferenceNote(normalize="events", scale=1.0)
    by_area = ReferenceNote(normalize="area", scale=20.0, sentence="no events")
    check = declared(item)

    def said(subject: Subject, note: ReferenceNote) -> CheckResult:
        return alone(checking.judged(check, subject, Against(reference, note))).result

    assert said(Subject(run, events=1e3), by_events).status is not GOOD
    for subject in (Subject(run), Subject(run, (part,)), Subject(run, (part,), 1e3)):
        result = said(subject, by_area)
        assert result.status is Status.NO_REFERENCE
        assert result.sentence.endswith("should be is not known: no events")
    explicit = msgspec.structs.replace(by_area, sentence="")
    assert "scaled to what is there" in said(Subject(run), explicit).sentence


def test_no_errors_at_all_are_good_whatever_the_scale() -> None:
    """Nothing is no more than expected, however much that is."""
    check = declared({"bins_against_reference": {"excess": True}})
    note = ReferenceNote(normalize="area", scale=0.0)
    subject = Subject(line("Errors", [0, 0, 0]))
    asked = checking.judged(check, subject, Against(line("Errors", [8, 6, 4]), note))
    assert alone(asked).result.status is GOOD


def test_how_much_the_latest_values_of_a_reference_without_a_number_hold_counts() -> (
    None
):
    subject = Subject(line("h", [10, 10]), grows=False)
    note = ReferenceNote(origin="a.root")  # a file that says nothing of its run
    mine = batch_of(subject, (), Against(line("h", [4000, 4000]), note))
    assert mine.by_area is None
    other = batch_of(subject, (), Against(line("h", [4000, 4000]), note, of_run=True))
    assert other.by_area is not None
    assert other.by_area.all()
    assert other.why_by_area == "it is compared with another plot of the run"
