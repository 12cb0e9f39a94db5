"""What there was in an exam and an observed shift, and what of a site there was not.

Counted are the pages with a fault in them: what stood healthy beside it, and what was
harmless, tests no cause and no layout.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.layout import split_page
from dqmconsole.model.moment import utc_moment_words
from dqmconsole.model.words import counted, listed
from dqmconsole.shift.checking import pages_applicable
from dqmconsole.training.exam_history import outcome_words
from dqmconsole.training.item_bank import PlanError, make_plan, plots_on
from dqmconsole.training.lesson import (
    EXAM_TITLES,
    RUN_TYPES,
    short_name,
    split_cause,
    teaching,
)
from dqmconsole.training.observed_musts import CALL_WITHIN, layouts_of
from dqmconsole.training.observed_records import (
    CauseShown,
    PageShown,
    SittingShown,
    Tested,
)
from dqmconsole.training.observed_shift import NO_HAND_OVER
from dqmconsole.training.passing import shown_words
from dqmconsole.training.score import is_hit, is_named
from dqmconsole.training.truth import (
    LUMISECTION,
    lumisections,
    pages_with,
    plot_title,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from dqmconsole.model.site import Site
    from dqmconsole.training.exam_history import PastExam
    from dqmconsole.training.lesson import LessonRun
    from dqmconsole.training.observed_records import InShift, ObservedEnded
    from dqmconsole.training.observed_shift import PastObserved
    from dqmconsole.training.records import ItemAnswered

_MOST_PAGES = 6  # named of those that were not opened


def sitting_shown(exam: PastExam) -> SittingShown:
    """How many pages a sitting had, and what was said of them."""
    faults = [each for each in exam.answers if each.truth == "bad"]
    goods = [each for each in exam.answers if each.truth == "good"]
    found = [each for each in faults if is_hit(each)]
    return SittingShown(
        EXAM_TITLES[exam.began.exam],
        exam.record.at,
        faults=len(faults),
        found=len(found),
        named=sum(map(is_named, found)),
        goods=len(goods),
        called=sum(each.answer == "bad" for each in goods),
    )


def causes_shown(sittings: Iterable[PastExam]) -> tuple[CauseShown, ...]:
    """Each cause that some sittings showed, faults first, by name."""
    by_cause: dict[tuple[bool, str], list[ItemAnswered]] = {}
    for each in _answers(sittings):
        if name := split_cause(each.cause)[0]:
            by_cause.setdefault((each.truth == "good", name), []).append(each)
    rows = []
    for (harmless, name), every in sorted(by_cause.items()):
        if harmless:
            alone = sum(each.answer != "bad" for each in every)
            rows.append(CauseShown(name, len(every), alone, harmless=True))
        else:
            found = [each for each in every if is_hit(each)]
            named = sum(map(is_named, found))
            rows.append(CauseShown(name, len(every), len(found), named))
    return tuple(rows)


def pages_shown(site: Site, sittings: Iterable[PastExam]) -> tuple[PageShown, ...]:
    """Each page that some sittings showed, by name."""
    by_page: dict[str, list[ItemAnswered]] = {}
    for each in _answers(sittings):
        by_page.setdefault(each.page, []).append(each)
    rows = []
    for page, every in sorted(by_page.items()):
        faults = [each for each in every if each.truth == "bad"]
        goods = [each for each in every if each.truth == "good"]
        struck = {path for each in faults for path in _struck(each)}
        there = plots_on(site, page)
        titles = {each.path: each.title or each.path for each in there}
        rows.append(
            PageShown(
                page,
                tuple(titles[path] for path in titles if path in struck),
                len(there),
                faults=len(faults),
                found=sum(map(is_hit, faults)),
                goods=len(goods),
                called=sum(each.answer == "bad" for each in goods),
                runs=tuple(sorted({each.recorded for each in every})),
                unknown=sum(not _struck(each) for each in faults),
            )
        )
    return tuple(rows)


def pages_of(site: Site) -> dict[str, int]:
    """Layout -> how many pages for shifts it has; none of one without any."""
    found = {
        layout.layout: sum(page.audience == "shift" for page in layout.pages)
        for layout in site.layouts
    }
    return {name: many for name, many in found.items() if many}


def in_shift(ended: ObservedEnded, site: Site) -> tuple[InShift, ...]:
    """What was to be dealt with in a shift, its plots by their titles, and noted."""
    return tuple(
        msgspec.structs.replace(
            each,
            plots=tuple(dict.fromkeys(plot_title(e, site) for e in each.plots)),
            note="; ".join(_not_looked_at(each, ended, site)),
        )
        for each in ended.events
    )


def _not_looked_at(event: InShift, ended: ObservedEnded, site: Site) -> Iterator[str]:
    """What was not looked at, of what was to be dealt with in a shift."""
    if event.what == "handed on" and ended.unread:
        yield "its hand-over was not marked as read"
    pages = set[str]().union(*(pages_with(site, each) for each in event.plots))
    if pages and pages.issubset(ended.unopened):
        yield "no page with it was opened"


def with_faults(
    site: Site, ended: ObservedEnded, sittings: Sequence[PastExam]
) -> Tested:
    """Of what there was a fault, in an observed shift or in sittings of an exam.

    The types of run are of all that was shown, as far as they are known: those of
    simulated pages of an exam of which the site still has the plan.
    """
    faults = _faults(sittings)
    layouts = {split_page(each.page)[0] for each in faults}
    causes = {split_cause(each.cause)[0] for each in faults}
    types = {ended.run_type}
    for each in ended.events:
        if each.what == "fault":
            layouts |= layouts_of(each.plots, site, recorded=ended.recorded > 0)
            causes.add(each.cause)
    for sitting in sittings:
        # those of recorded runs the plan does not know
        runs = _runs_of(site, sitting)
        types |= {each.run_type for each in runs if not each.recorded}
    types |= set(_recorded_types(ended, sittings).values())
    return Tested(_once(layouts), _once(causes), _once(types))


def types_known(ended: ObservedEnded, sittings: Sequence[PastExam]) -> bool:
    """Tell whether of each recorded run that was shown the type is known."""
    return all(_recorded_types(ended, sittings).values())


def without_faults(site: Site, there: Tested, ended: ObservedEnded) -> Tested:
    """Of what of a site there was no fault; what is a false alarm is none."""
    faults = {e.name for e in teaching(site).causes if e.kind == "fault"}
    faults -= _false_alarms(site, ended)
    return Tested(
        _once({each.layout for each in site.layouts}.difference(there.layouts)),
        _once(faults.difference(there.causes)),
        _once(set(_run_types(site)).difference(there.run_types)),
    )


def kinds_words(ended: ObservedEnded, sittings: Sequence[PastExam]) -> str:
    """What the pages of the exam and the run of the observed shift were, in words."""
    in_exam = {each.recorded for each in _answers(sittings)}
    shift = {ended.recorded}
    if len({run > 0 for run in in_exam | shift}) == 1:
        return f"All of it was {_shown(in_exam | shift)}."
    simulated = [_shown({0})] if 0 in in_exam else []
    recorded = [_shown(in_exam - {0})] if in_exam - {0} else []
    exam = " and ".join((*simulated, *recorded))
    return f"The exam was {exam}; the observed shift was {_shown(shift)}."


def pace_words(site: Site, ended: ObservedEnded) -> str:
    """How fast the run of a shift went by: "239 spills at speed 7, one in 3.3 s"."""
    many = counted(ended.passed, site.settings.lumisection)
    return f"{many} at speed {ended.speed:g}, one in {_period(ended.speed)}"


def speed_words(site: Site, speed: float, *, over: bool = True) -> str:
    """What a speed other than 1 makes of the time in which to call.

    Args:
        site: its word for a lumisection.
        speed: of the run of an observed shift, as ``LessonRun`` has it.
        over: it was; else it will be.
    """
    unit, were = site.settings.lumisection, "were" if over else "are"
    one, usual = (
        counted(lumisections(CALL_WITHIN, each), unit) for each in (speed, 1.0)
    )
    return (
        f"at speed {speed:g}, one {unit} in {_period(speed)}: the "
        f"{CALL_WITHIN / 60:g} minutes in which to call {were} {one} of it; at speed "
        f"1, one in {_period(1.0)}, they are {usual}"
    )


def of_pace(site: Site, ended: ObservedEnded) -> Iterator[str]:
    """That the run of the observed shift went faster or slower than a detector's."""
    if not ended.speed:
        yield (
            "How fast the run of the observed shift went by is not recorded: an "
            "earlier version kept it."
        )
    elif ended.speed != 1:
        yield f"The run of the observed shift went by {speed_words(site, ended.speed)}."


def of_watch(ended: ObservedEnded) -> Iterator[str]:
    """What was not looked at in the observed shift."""
    if ended.unread:
        yield (
            "The hand-over of the shift before was not marked as read in the observed "
            "shift."
        )
    if ended.unopened:
        many = counted(len(ended.unopened), "shift page")
        was = "was" if len(ended.unopened) == 1 else "were"
        named = listed(ended.unopened, _MOST_PAGES)
        yield f"{many} {was} never opened in the observed shift: {named}."


def others_words(site: Site, others: Iterable[PastExam]) -> tuple[str, ...]:
    """Sittings that do not count, and how each went, in words.

    Args:
        site: the site in force.
        others: the sittings.
    """
    found = []
    for each in others:
        day = utc_moment_words(each.record.at)
        how = outcome_words(site, each)
        if each.ended is not None:
            sat = sitting_shown(each)
            how = (
                f"{sat.found} of {counted(sat.faults, 'fault')} found, {sat.called} of "
                f"{counted(sat.goods, 'good page')} called bad"
            )
        found.append(f"{EXAM_TITLES[each.began.exam]} begun {day}, {how}")
    return tuple(found)


def other_shifts(others: Iterable[PastObserved], now: float) -> tuple[str, ...]:
    """Observed shifts that do not count, and how each went, in words.

    Args:
        others: the shifts.
        now: unix time, s.
    """
    return tuple(
        f"observed shift begun {utc_moment_words(each.record.at)}, "
        f"{each.outcome_at(now)}"
        for each in others
    )


def pages_unshown(site: Site, sittings: Iterable[PastExam]) -> tuple[str, ...]:
    """The shift pages of a site that no sitting showed, good or bad."""
    shown = {each.page for each in _answers(sittings)}
    return tuple(each for each in pages_applicable(site) if each not in shown)


def limits(
    site: Site, ended: ObservedEnded, sittings: Sequence[PastExam]
) -> tuple[str, ...]:
    """What is to be known of what was tested, beside what was not: sentences."""
    return (
        *_of_places(site, ended, sittings),
        *_of_runs(site, ended, sittings),
        *_of_causes(site, ended, sittings),
        *of_pace(site, ended),
        *of_watch(ended),
        *_of_shift(ended),
    )


# -- inside --------------------------------------------------------------------------


def _of_places(
    site: Site, ended: ObservedEnded, sittings: Sequence[PastExam]
) -> Iterator[str]:
    """That all faults were on one page, or of one layout."""
    faults = _faults(sittings)
    pages = {each.page for each in faults}
    struck = {e for each in ended.events if each.what == "fault" for e in each.plots}
    of_shift = [pages_with(site, path) for path in struck]
    if not faults:
        shared = set[str].intersection(*of_shift) if of_shift else set[str]()
        if shared:
            yield f"All faults were on one page, {min(shared)}."
        return
    if len(pages) == 1:
        (page,) = pages
        also = bool(of_shift) and all(page in each for each in of_shift)
        whose = "the exam and of the observed shift" if also else "the exam"
        yield f"All faults of {whose} were on one page, {page}."
        return
    layouts = {split_page(each)[0] for each in pages}
    if len(layouts) == 1:
        yield f"All faults of the exam were in one layout, {layouts.pop()}."


def _of_runs(
    site: Site, ended: ObservedEnded, sittings: Sequence[PastExam]
) -> Iterator[str]:
    """Of which runs the exam was, and whether the observed shift was of one of them."""
    runs = {each.recorded for each in _answers(sittings)} - {0}
    if runs:
        yield f"The exam showed {shown_words(sittings)}."
    if {each.recorded for each in _faults(sittings)} == runs and len(runs) == 1:
        yield f"All faults of the exam were put into one recorded run, {min(runs)}."
    if ended.recorded in runs:
        yield (
            f"Exam and observed shift both used recorded run {ended.recorded}: who had "
            "seen it in the exam knew how it looks."
        )
    types = _recorded_types(ended, sittings)
    unknown = [str(run) for run, name in sorted(types.items()) if not name]
    known = with_faults(site, ended, sittings).run_types
    if unknown and set(known) != set(_run_types(site)):
        each = "run" if len(unknown) == 1 else "runs"
        yield f"Of which type recorded {each} {listed(unknown)} was is not recorded."


def _of_causes(
    site: Site, ended: ObservedEnded, sittings: Sequence[PastExam]
) -> Iterator[str]:
    """Generic faults alone, causes named otherwise, how many harmless events."""
    faults = _faults(sittings)
    named = [each for each in faults if is_hit(each) and is_named(each)]
    other = sum(each.named != split_cause(each.cause)[0] for each in named)
    if other:
        yield (
            f"Of {counted(len(named), 'cause')} that count as named rightly {other} "
            "had another name that counts as right: by the picture, or by what the "
            "instruction asks, the two are not told apart."
        )
    if ended.recorded and all(each.recorded for each in faults):
        own = ""
        put = {e.name for e in teaching(site).causes if e.acts_on == "plot"}
        others = put | _false_alarms(site, ended)
        if names := [each for each in site.settings.causes if each not in others]:
            called = listed([short_name(each) for each in names], 8)
            own = f" None was of the causes that the site itself names ({called})."
        yield (
            "All faults were generic shapes that the program put into recorded data: "
            f"no fault that happened at this site was shown.{own}"
        )
    harmless = {e.name for e in teaching(site).causes if e.kind == "harmless"}
    if sittings and harmless:
        shown = {e.cause for e in causes_shown(sittings) if e.harmless} & harmless
        yield (
            f"Of {counted(len(harmless), 'harmless event')} that can look wrong the "
            f"exam showed {len(shown)}."
        )


def _period(speed: float) -> str:
    """How often there is a lumisection, or an update, at such a speed."""
    return f"{LUMISECTION / speed:.2g} s"


def _of_shift(ended: ObservedEnded) -> Iterator[str]:
    """What the observed shift had not, or its record does not say."""
    if not ended.events:
        yield (
            "In which plots the faults of the observed shift were is not recorded: an "
            "earlier version kept it."
        )
    if NO_HAND_OVER in ended.without:
        yield (
            "No shift before handed anything on to the observed shift: taking over, "
            "and handing on what was left open, was not tested."
        )


def _shown(runs: Collection[int]) -> str:
    """What pages of recorded runs were, or of 0, which is simulated, in words."""
    if not any(runs):
        return "simulated"
    if len(runs) > 1:
        return "of recorded runs of this site, with faults put into them"
    return "of one recorded run of this site, with faults put into it"


def _false_alarms(site: Site, ended: ObservedEnded) -> set[str]:
    """Causes that are no fault in an observed shift: words of the site do not say."""
    observed = teaching(site).observed
    plans = observed.shifts if observed is not None else ()
    alarms = [each.false_alarm for each in plans if each.false_alarm is not None]
    found = {split_cause(each.cause)[0] for each in alarms}
    return found | {e.cause for e in ended.events if e.what == "false alarm"}


def _recorded_types(
    ended: ObservedEnded, sittings: Iterable[PastExam]
) -> dict[int, str]:
    """Number of a recorded run that was shown -> its type; "" where it is not known."""
    types = {ended.recorded: ended.run_type}
    for each in _answers(sittings):
        types[each.recorded] = types.get(each.recorded) or each.run_type
    types.pop(0, None)
    return types


def _answers(sittings: Iterable[PastExam]) -> list[ItemAnswered]:
    return [answer for each in sittings for answer in each.answers]


def _faults(sittings: Iterable[PastExam]) -> list[ItemAnswered]:
    return [each for each in _answers(sittings) if each.truth == "bad"]


def _struck(answer: ItemAnswered) -> tuple[str, ...]:
    """Paths of the plots with the fault of an item; () where they are not known."""
    return (split_cause(answer.cause)[1],) if answer.recorded else answer.shows


def _runs_of(site: Site, exam: PastExam) -> tuple[LessonRun, ...]:
    """The runs of an exam's items; none where the site has its plan no more."""
    try:
        plan = make_plan(site, exam.began.seed, exam.began.exam)
    except PlanError:
        return ()
    same = plan.hash == exam.began.plan
    return tuple(each.run for each in plan.items) if same else ()


def _run_types(site: Site) -> tuple[str, ...]:
    """The types of run that could be tested: the site's own where none is simulated."""
    observed = teaching(site).observed
    simulated = observed is not None and any(
        not each.run.recorded for each in observed.shifts
    )
    return RUN_TYPES if simulated else site.settings.types


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names) - {""}))
