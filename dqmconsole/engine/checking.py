"""A plot's checks, run on its rows: the run so far and what its last updates added.

Of each check the worst judged row decides; where rows are equally bad, the run, for
that is what is drawn. A run that is not good, while all its last updates that can be
judged are, is good now, and the sentence says so.
"""

from __future__ import annotations

import logging
import math
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec
import numpy as np

from dqmconsole.checks.answers import AnswerError
from dqmconsole.checks.axes import compares
from dqmconsole.checks.batch import Band, Batch, Rows, quiet, sealed, stacked
from dqmconsole.checks.check import GRADES, Result
from dqmconsole.checks.pulls import band_of
from dqmconsole.engine.asking import Question
from dqmconsole.model.cause import FEWEST
from dqmconsole.model.compare import is_scaled
from dqmconsole.model.frame import Expected
from dqmconsole.model.histogram import Array, Histogram, read_only
from dqmconsole.model.reference import ReferenceNote
from dqmconsole.model.run import run_words
from dqmconsole.model.verdict import (
    JUDGED,
    WORST_FIRST,
    CheckResult,
    Status,
    held_words,
)
from dqmconsole.plugins import error_words
from dqmconsole.recording.recent import Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.checks.declared import Declared
    from dqmconsole.engine.asking import Asking
    from dqmconsole.engine.run_bands import PlotBand
    from dqmconsole.model.cause import Family
    from dqmconsole.model.histogram import Axis

_log = logging.getLogger(__name__)
Origin = Literal["layout", "default", "producer"]
_BY_AREA = "the reference is scaled to what is there"
_OF_RUN = "it is compared with another plot of the run"
GROSS = 2  # updates in a row after which a gross loss is believed
_BROAD = 1.5  # standard deviations, by which half of the bins among wrong ones are off
_FIRM = 10.0  # standard deviations, by which two noisy bins are off that are two parts
_FARTHEST = 1e6  # standard deviations; more are as many
_MANY = 20_000  # bins


class Against(NamedTuple):
    """What a plot is compared with.

    Attributes:
        reference: unscaled, of the plot's bins; or None.
        note: how it is scaled to the run; where there is none, why.
        band: how the good runs differ that it is the newest of, or None.
        of_run: it is another element of the run itself.
        known: inner bins in which it has no value, bool, or None: what compares with it
            does not judge them.
    """

    reference: Histogram | None = None
    note: ReferenceNote = ReferenceNote()
    band: PlotBand | None = None
    of_run: bool = False
    known: Array | None = None


class Subject(msgspec.Struct, frozen=True, eq=False, dict=True):
    """A plot as its checks see it.

    Attributes:
        data: the element, accumulated over the run or not.
        windows: what its last updates added, shortest first.
        events: that were processed in the run, or None.
        known: the inner bins known to be wrong, bool; or None.
        pileup: mean of the run, or None.
        whole: its needs held throughout the run, but for a negligible part of it.
        span: the window that `data` is of, in words; "" of the run so far.
        grows: more is counted the longer it goes on; else no reference is scaled.
        left_out: by the updates of a window the inner bins, bool, that have no value in
            it; they are not judged there, nor are those known to be wrong.
    """

    data: Histogram
    windows: tuple[Window, ...] = ()
    events: float | None = None
    known: Array | None = None
    pileup: float | None = None
    whole: bool = True
    span: str = ""
    grows: bool = True
    left_out: dict[int, Array] = {}

    @cached_property
    def batches(self) -> dict[tuple[object, ...], Batch]:
        """What :func:`batch_of` made of it, for all checks that ask for the same."""
        return {}


class Place(NamedTuple):
    """Bins at fault: indices, flat in C order of the axes, and the axes.

    Attributes:
        values: of these bins in the row that decided, as many times what is expected
            by the reference, from one count on; as they are where there is none.
        broad: bins among them are off alike, less than it takes, or all have too much:
            they say nothing of where it is.
        firm: each of them is so far off that none is there by chance.
    """

    bins: Array
    axes: tuple[Axis, ...]
    values: Array
    broad: bool = False
    firm: bool = False


class Found(NamedTuple):
    """What a check found, and what is drawn of it.

    Attributes:
        result: in words.
        expected: what it measured against, or None.
        gross: all is lost or half of a region: believed sooner.
        place: the bins at fault, where they are those of the plot; or None.
    """

    result: CheckResult
    expected: Expected | None = None
    gross: bool = False
    place: Place | None = None


def judged(
    declared: Declared,
    subject: Subject,
    against: Against,
    origin: Origin = "layout",
    runs: tuple[Against, ...] = (),
) -> Asking[Found]:
    """What one check finds in a plot; what it raises is its failure, and logged.

    Args:
        declared: the check.
        subject: the plot; the check means something for it.
        against: what it is compared with.
        origin: who asked for it.
        runs: all good runs: how they differ is the band.
    """
    windows: tuple[Window, ...] = ()
    if declared.check.INCREMENTS:
        # the longest stands for what was asked for and is not there yet
        most = max(declared.options.updates, default=0)
        windows = tuple(
            each
            for each in subject.windows
            if each.updates in declared.options.updates
            or (each is subject.windows[-1] and each.updates < most)
        )
    name = declared.check.NAME
    if subject.known is not None and subject.known.all():
        words = "all of it is a known issue"
        return Found(_result(declared, Result(Status.NOT_CHECKED, words), "", origin))
    if against.known is not None:
        if not compares(declared.check):
            against = against._replace(known=None)
        elif _known(subject, against, 0).all():
            words = "the reference has no value in any bin that is judged"
            no = Result(Status.NO_REFERENCE, words)
            return Found(_result(declared, no, "", origin))
    windows = tuple(
        each
        for each in windows
        if each.updates not in subject.left_out
        or not _known(subject, against, each.updates).all()
    )
    batch = batch_of(subject, windows, against, runs)
    try:
        results = yield Question(declared.check, batch)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a plug-in raises
        _log.exception("the check %s failed", name)
        said = str(error) if isinstance(error, AnswerError) else error_words(error)
        return failed(declared, f"{name} failed: {said}", origin)
    at, result, words = _deciding(results, batch.spans, origin, whole=subject.whole)
    told = msgspec.structs.replace(result, sentence=words)
    found = _result(declared, told, batch.spans[at], origin)
    expected = _expected(result, whole=at == 0)
    place = None
    if expected is not None and expected.offending is not None:
        bins = expected.offending
        values = batch.data.values()[at].ravel()
        filled = values != 0.0
        if batch.has_reference[at]:
            usual = batch.scaled_reference()[at].ravel()
            filled |= usual != 0.0
            values = values / np.fmax(usual, 1.0)
        broad = _is_broad(bins, result.pulls, int(np.count_nonzero(filled)))
        firm = result.pulls is not None and bool(
            np.all(np.abs(result.pulls.ravel()[bins]) >= _FIRM)
        )
        place = Place(bins, subject.data.axes, values[bins], broad, firm)
    return Found(found, expected, result.gross, place)


def judged_by_each(
    declared: Declared,
    subject: Subject,
    references: Sequence[Against],
    origin: Origin = "layout",
) -> Asking[Found]:
    """What one check finds against several references, as their rule combines them.

    Args:
        declared: the check.
        subject: the plot; the check means something for it.
        references: one at least; one that is not there counts only where all are not.
        origin: who asked for it.
    """
    if len(references) == 1:
        return (yield from judged(declared, subject, references[0], origin))
    there = tuple(each for each in references if each.reference is not None)
    there = there or (references[0],)
    founds = []
    for each in there:
        found = yield from judged(declared, subject, each, origin, there)
        founds.append(found)
    order = sorted(
        range(len(founds)), key=lambda at: WORST_FIRST.index(founds[at].result.status)
    )
    if there[0].note.combine == "any":
        # what could not be judged by one of them takes nothing away from the others
        order = [at for at in order if founds[at].result.status in JUDGED][
            ::-1
        ] or order
    decides = order[0]
    found = founds[decides]
    if all(each.result == found.result for each in founds):
        return found
    note = there[decides].note
    which = "worst" if note.combine == "worst" else "best"
    words = f"against {run_words(note.run)}, the {which} of {len(there)} references"
    sentence = f"{found.result.sentence} ({words})"
    result = msgspec.structs.replace(found.result, sentence=sentence)
    return found._replace(result=result)


def failed(declared: Declared, why: str, origin: Origin) -> Found:
    """What is said for a check that is not asked."""
    return Found(_result(declared, Result(Status.FAILED, why), "", origin))


def batch_of(
    subject: Subject,
    windows: tuple[Window, ...],
    against: Against,
    runs: tuple[Against, ...] = (),
) -> Batch:
    """The rows of a plot: the run so far, then its windows; made once.

    Args:
        subject: the plot.
        windows: those of its windows that are judged.
        against: what it is compared with.
        runs: good runs, from two on their mean and spread are the band.
    """
    # the bins in which a reference has no value follow from it
    bare = against._replace(known=None)
    key = (windows, bare, against.known is None, runs)
    found = subject.batches.get(key)
    if found is None:
        found = subject.batches[key] = _batch(subject, windows, against, runs)
    return found


def _batch(
    subject: Subject,
    windows: tuple[Window, ...],
    against: Against,
    runs: tuple[Against, ...],
) -> Batch:
    histograms = _histograms(subject, windows)
    data = stacked(histograms)
    events = [subject.events, *(each.events for each in windows)]
    exposure = np.array([np.nan if each is None else each for each in events], float)
    many = len(histograms)
    reference, scale, note = None, None, against.note
    missing = note.sentence
    if against.reference is not None:
        reference = _repeated(against.reference, many)
        scale, missing = _scales(subject, windows, against.reference, note)
    by_area = _by_area(subject, windows, against)
    known = None
    some = subject.known is not None or against.known is not None
    if some or subject.left_out:
        updates = (0, *(each.updates for each in windows))
        known = np.stack([_known(subject, against, each) for each in updates])
    made = Batch(
        data,
        (subject.span, *(each.words for each in windows)),
        exposure,
        reference=reference,
        scale=scale,
        no_reference=missing,
        band=_band(subject, windows, against, runs),
        known=known,
        whole=np.array([-1, *[0] * len(windows)]),
        by_area=by_area if by_area.any() else None,
        why_by_area=_why_by_area(subject, against) if by_area.any() else "",
    )
    return sealed(made)


def _known(subject: Subject, against: Against, updates: int) -> Array:
    """The inner bins that are not judged in a window of so many updates, bool.

    Of 0 updates: in the run so far.
    """
    found = np.zeros([axis.bins for axis in subject.data.axes], bool)
    for each in (subject.known, against.known, subject.left_out.get(updates)):
        if each is not None:
            found |= each
    return found


class Steady(NamedTuple):
    """How a check stands over updates: no single one of them changes a verdict.

    Attributes:
        status: what holds, or None: nothing yet.
        other: updates in a row that found something worse, or that found better.
        worse: which of the two.
        family: how the data are wrong by what holds, or None.
        place: where, likewise.
    """

    status: Status | None = None
    other: int = 0
    worse: bool = False
    family: Family | None = None
    place: Place | None = None


def held(
    before: Steady, found: Found, persist: int, *, at_once: bool
) -> tuple[Steady, Found]:
    """What holds after another update, and what is said of it.

    Args:
        before: how the check stood.
        found: what it found in this update.
        persist: updates in a row that must agree; of a gross loss two suffice.
        at_once: nothing newer can come: what was found holds.
    """
    now = found.result.status
    if now not in JUDGED:
        return before, found
    worse = before.status is None or JUDGED.index(now) > JUDGED.index(before.status)
    need = min(persist, GROSS) if found.gross and worse else persist
    many = before.other + 1 if worse is before.worse else 1
    first_good = before.status is None and now is Status.GOOD
    if at_once or now is before.status or first_good or many >= need:
        return Steady(now, 0, False, found.result.family, found.place), found
    after = before._replace(other=many, worse=worse)
    words = f"{held_words(now, many, need)}: {found.result.sentence}"
    status = Status.LOW_STATISTICS if before.status is None else before.status
    said = msgspec.structs.replace(
        found.result, status=status, sentence=words, family=before.family
    )
    return after, found._replace(result=said, place=before.place)


def _deciding(
    results: Sequence[Result], spans: Sequence[str], origin: Origin, *, whole: bool
) -> tuple[int, Result, str]:
    """The row that decides, its result, and the sentence with its span."""
    run, *windows = results
    if not whole and run.status in (Status.BAD, Status.WARNING):
        status = _allowed(run.status, origin)
        words = f"not judged: conditions were lost in this run, which is {status}"
        run = Result(Status.LOW_STATISTICS, f"{words}: {run.sentence}")
        results = [run, *windows]
    if run.status in (Status.BAD, Status.WARNING):
        sure = [each for each in windows if each.status in GRADES]
        if sure and all(map(_surely_good, sure)):
            at = results.index(sure[-1])
            so_far = f"{spans[0] or 'the run so far'} is {_allowed(run.status, origin)}"
            words = f"good now; {so_far}: {run.sentence}"
            return at, sure[-1], words
    places = {
        at: WORST_FIRST.index(each.status)
        for at, each in enumerate(results)
        if each.status in GRADES
    }
    at = min(places, key=lambda each: (places[each], each), default=0)
    unknown = run.status not in (*GRADES, Status.NOT_CHECKED)
    if at and unknown and whole and results[at].status is Status.GOOD:
        at = 0  # a part is no better than the whole
    span = f", in {spans[at]}" if spans[at] else ""
    return at, results[at], results[at].sentence + span


def _surely_good(result: Result) -> bool:
    """Good by the size of what was measured, not for want of significance."""
    if result.status is not Status.GOOD:
        return False
    for limit, word in result.limits:
        if result.value is None:
            continue
        beyond = result.value > limit if "above" in word else result.value < limit
        if beyond:
            return False
    return True


def _result(
    declared: Declared, result: Result, span: str, origin: Origin
) -> CheckResult:
    value = result.value
    return CheckResult(
        declared.check.NAME,
        _allowed(result.status, origin),
        result.sentence,
        span,
        value if value is not None and math.isfinite(value) else None,
        result.limits,
        result.p_value,
        declared.configuration,
        origin,
        share=declared.check.in_shares,
        family=result.family,
    )


def _allowed(status: Status, origin: Origin) -> Status:
    """A status as it counts: of a default that nobody adopted a WARNING at most."""
    capped = origin == "default" and status is Status.BAD
    return Status.WARNING if capped else status


def _is_broad(bins: Array, pulls: Array | None, filled: int) -> bool:
    """Tell whether bins among some that are wrong are off alike, or all have too much.

    Args:
        bins: indices of those that are wrong, flat in C order of the axes.
        pulls: how far each bin is off, in standard deviations; 0 where it is not
            judged; None where that is not known.
        filled: bins that hold anything, or should.
    """
    if pulls is None or bins.size < FEWEST:
        return False
    pulls = np.clip(np.nan_to_num(pulls), -_FARTHEST, _FARTHEST)
    wrong = np.zeros(pulls.shape, bool)
    wrong.flat[bins] = True
    others = ~wrong & (pulls != 0.0)
    at = np.nonzero(wrong)
    side = np.sign(np.median(pulls[at]))
    if not others.any():
        return bool(side > 0) and 2 * bins.size >= filled
    along = [np.unique(each) for each in at]
    if len(along) == 1:
        along = [np.arange(at[0].min(), at[0].max() + 1)]
    among = pulls[np.ix_(*along)][others[np.ix_(*along)]]
    return among.size >= FEWEST and bool(side * np.median(among) >= _BROAD)


def _expected(result: Result, *, whole: bool) -> Expected | None:
    """What is drawn of a result: the band only over what it was made for.

    Of good maps of very many bins none are kept, for they would fill the memory.
    """
    offending, pulls = result.offending, result.pulls
    if pulls is not None and result.status is Status.GOOD and pulls.size > _MANY:
        pulls = None
    low, high = (result.low, result.high) if whole else (None, None)
    if all(each is None for each in (offending, pulls, low, high)):
        return None
    if offending is not None:
        offending = read_only(np.array(offending, np.int64).ravel())
    if pulls is not None:
        most = float(np.finfo(np.float32).max)
        pulls = read_only(np.clip(pulls, -most, most).astype(np.float32))
    low = None if low is None else read_only(np.array(low, np.float64))
    high = None if high is None else read_only(np.array(high, np.float64))
    return Expected(low=low, high=high, offending=offending, pulls=pulls)


def _repeated(histogram: Histogram, many: int) -> Rows:
    """The same histogram in each row, held once."""
    rows = stacked([histogram])

    def spread(array: Array | None) -> Array | None:
        if array is None:
            return None
        return np.broadcast_to(array, (many, *array.shape[1:]))

    contents, entries = spread(rows.contents), spread(rows.entries)
    assert contents is not None
    assert entries is not None
    return Rows(
        contents,
        rows.axes * many,
        entries,
        spread(rows.sumw2),
        spread(rows.bin_entries),
        spread(rows.bin_sumw2),
        rows.error_mode,
    )


def _scales(
    subject: Subject,
    windows: Sequence[Window],
    reference: Histogram,
    note: ReferenceNote,
) -> tuple[Array, str]:
    """What the reference is multiplied by in each row; NaN, and why, where it is not.

    In a window by its share of the run's events, where the run is scaled by what it
    saw, and by its own pile-up; else by area. Of means it is the fills that are
    multiplied: no exposure is looked up for them, so that those of the run say how
    much it saw; a run of events without any is expected to have the reference's. They
    follow the pile-up where the layout says so, which scales no mean. Where nothing
    grows, as in a trend, its values are taken as they are.
    """
    data, scale = subject.data, note.scale
    if not subject.grows:
        return np.ones(1 + len(windows)), ""
    by_exposure = note.normalize in ("events", "pileup", "lumi")
    area = area_of(reference)
    if data.is_profile:
        if not by_exposure:
            filled, unfilled = area_of(data), 0.0 if subject.events == 0 else 1.0
            scale = filled / area if filled > 0 and area > 0 else unfilled
        by_exposure = True
    elif not (is_scaled(data) and is_scaled(reference)):
        return np.ones(1 + len(windows)), ""
    if note.unscaled:
        return np.full(1 + len(windows), np.nan), note.sentence
    scales = [scale]
    for each in windows:
        if by_exposure and subject.events and each.events is not None:
            share = each.events / subject.events
            follows = note.normalize == "pileup" or data.is_profile
            if follows and subject.pileup and each.pileup:
                share *= each.pileup / subject.pileup
            scales.append(scale * share)
        else:
            scales.append(area_of(each.histogram) / area if area else np.nan)
    return np.array(scales, float), ""


def _by_area(subject: Subject, windows: Sequence[Window], against: Against) -> Array:
    """The rows whose reference is scaled to what they hold themselves, bool.

    Where they hold nothing, it is not: that is what was expected, or what others of the
    subsystem say. Of the latest values of another element of the run only the shape is
    expected.
    """
    data, reference, note = subject.data, against.reference, against.note
    found = np.zeros(1 + len(windows), bool)
    if reference is None or note.unscaled:
        return found
    if not subject.grows:
        found[:] = against.of_run
        return found
    if not (data.is_profile or (is_scaled(data) and is_scaled(reference))):
        return found
    by_exposure = note.normalize in ("events", "pileup", "lumi")
    by_events = (data.is_profile or by_exposure) and subject.events
    run = note.normalize == "area" or (data.is_profile and not by_exposure)
    found[0] = run and area_of(data) > 0
    for at, each in enumerate(windows, 1):
        known = by_events and each.events is not None
        found[at] = not known and area_of(each.histogram) > 0
    return found


def _why_by_area(subject: Subject, against: Against) -> str:
    """Why it is not known how much there should be."""
    of_latest = against.of_run and not subject.grows
    return against.note.sentence or (_OF_RUN if of_latest else _BY_AREA)


@quiet
def _band(
    subject: Subject,
    windows: Sequence[Window],
    against: Against,
    runs: Sequence[Against],
) -> Band | None:
    """How good runs differ, as is expected in each row; None of fewer than two."""
    if against.band is not None and against.reference is not None:
        band = against.band
        if band.band is None:
            return None
        by, _ = _scales(subject, windows, against.reference, against.note)
        if not np.isfinite(by[0]):
            return None
        if band.by_area:
            by = np.array([area_of(each) for each in _histograms(subject, windows)])
        elif band.normalize == "none":  # neither do means grow with exposure
            by = np.ones_like(by)
        return band.band.scaled(by)
    there: list[tuple[Histogram, Array]] = []
    for each in runs:
        if each.reference is not None:
            scale, _ = _scales(subject, windows, each.reference, each.note)
            if np.isfinite(scale).all():
                there.append((each.reference, scale))
    if len(there) < 2:
        return None
    rows, scales = stacked([one for one, _ in there]), [scale for _, scale in there]
    if rows.bin_entries is not None:
        return band_of(rows, None, np.ones_like(scales[0]))
    # the exposure of each in that of the first; of a row that saw nothing alike
    exposure = [
        1.0 if scale[0] == scales[0][0] else scales[0][0] / scale[0] for scale in scales
    ]
    return band_of(rows, np.array(exposure), scales[0])


def _histograms(subject: Subject, windows: Sequence[Window]) -> list[Histogram]:
    """The rows of a plot: the run so far, then its windows."""
    return [subject.data, *(each.histogram for each in windows)]


def area_of(histogram: Histogram) -> float:
    """The sum of the inner bins that hold numbers; of a profile its entries."""
    values = histogram.counts() if histogram.is_profile else histogram.values()
    with np.errstate(all="ignore"):
        return float(values[np.isfinite(values)].sum())
