"""The certificate: that somebody may take shifts, on what, until when.

It follows from an exam and an observed shift that a mentor signed, is written once into
the book, and lapses by itself: when its time is over, or when its holder took no shift
of the real log for too long. It replaces no shadow shift.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Literal

import msgspec

from dqmconsole.model.layout import split_page
from dqmconsole.model.moment import date_words
from dqmconsole.model.record import Record, ShiftBegan
from dqmconsole.model.words import counted, listed
from dqmconsole.shift.documents import clock_of, document
from dqmconsole.training.course import DAY
from dqmconsole.training.course import standings as lesson_standings
from dqmconsole.training.item_bank import PlanError, make_plan
from dqmconsole.training.lesson import (
    EXAM_TITLES,
    RUN_TYPES,
    short_name,
    split_cause,
    teaching,
)
from dqmconsole.training.mentors import is_listed, mentor_refusal, mentor_role
from dqmconsole.training.observed_musts import CALL_WITHIN, FLAG_WITHIN, layouts_of
from dqmconsole.training.observed_records import (
    CertificateIssued,
    ObservedSigned,
    ShadowShift,
    Tested,
)
from dqmconsole.training.observed_shift import past_observed
from dqmconsole.training.passing import older_words, result_of, shown_words
from dqmconsole.training.passing import rules as pass_rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dqmconsole.model.site import Site
    from dqmconsole.training.exam_history import PastExam
    from dqmconsole.training.ledger import Ledger
    from dqmconsole.training.lesson import LessonRun
    from dqmconsole.training.observed_records import ObservedEnded
    from dqmconsole.training.observed_shift import PastObserved

NO_RATES = (
    "One observed shift shows that somebody can; it does not measure how often, and "
    "there was no exam whose error rates could be computed."
)
EXAM_TESTED = ("whether something is wrong", "in which plot", "its cause")
EXAM_UNTESTED = ("how soon to call", "whom to call", "flags", "the hand-over")
"""What an exam asks for and scores, and what of a shift it does not."""

State = Literal["valid", "expired", "lapsed"]
_DONE = {"done", "refresher"}
_SHOWN = {
    False: "simulated",
    True: "of recorded runs of this site, with faults put into them",
}


class Standing(msgspec.Struct, frozen=True):
    """Where somebody's certificate stands.

    Attributes:
        record: by which it was issued.
        issued: its body.
        at: unix time of its issue, s, by the book's clock where the book has it.
        until: unix time, s, until which it holds unless it lapses.
        lapses: unix time, s, at which it lapses without a further shift, or lapsed.
        last_shift: unix time of the last shift since, s; 0 for none.
        shadows: the shadow shifts of the holder, in the order of the book.
        state: what it is now.
        why: of one that is not valid; else "".
    """

    record: Record
    issued: CertificateIssued
    at: float
    until: float
    lapses: float
    last_shift: float
    shadows: tuple[ShadowShift, ...]
    state: State
    why: str = ""

    @property
    def who(self) -> str:
        """The holder."""
        return self.record.who

    @property
    def open_items(self) -> tuple[str, ...]:
        """What of the shadow shifts' check-list nobody signed yet."""
        done = {item for each in self.shadows for item in each.items}
        return tuple(each for each in self.issued.shadow_items if each not in done)

    @property
    def words(self) -> str:
        """Where it stands, in words."""
        if self.state != "valid":
            return f"{self.state}: {self.why}"
        words = f"valid until {date_words(min(self.until, self.lapses))}"
        if self.lapses < self.until:
            words += f", with a further shift until {date_words(self.until)}"
        left = max(self.issued.shadow_shifts - len(self.shadows), 0)
        if left:
            words += f"; {left} of {self.issued.shadow_shifts} shadow shifts to come"
        return words


def certificate(
    site: Site, records: Sequence[Record], who: str, now: float
) -> tuple[CertificateIssued | None, str]:
    """The certificate that a person has earned and not got yet.

    Args:
        site: the site in force.
        records: those of the ledger, in the order of the book.
        who: the person.
        now: unix time, s.

    Returns:
        None, and what is missing; "" as well when it was issued already.
    """
    settings = teaching(site).observed
    if settings is None:
        return None, "this site has no observed shifts: it issues no certificates"
    mine = [each for each in past_observed(records) if each.record.who == who]
    observed = next((each for each in reversed(mine) if each.passed), None)
    if observed is not None and any(
        each.who == who
        and isinstance(each.body, CertificateIssued)
        and each.body.observed == observed.record.uid
        for each in records
    ):
        return None, ""
    # a console's clock that is behind is found by what the log stored last
    now = max((now, *(each.stored_at for each in records)))
    missing = []
    if observed is None:
        last = mine[-1].words if mine else "none was begun"
        missing.append(f"an observed shift must be passed: {last}")
    else:
        until = observed.record.stored_at or observed.record.made_at
        until += settings.valid_days * DAY
        if now > until:
            held = f"the last one held until {date_words(until)}"
            missing.append(f"an observed shift must be passed: {held}")
    exam_settings = teaching(site).exam
    exam = None if exam_settings is None else result_of(site, records, who, now)
    if exam is not None and exam.state != "passed":
        missing.append(f"the exam must be passed: {exam.why}")
    if observed is None or missing:
        return None, "; ".join(missing)
    assert observed.ended is not None
    assert observed.signed is not None
    signed = observed.signed[1]
    tested = _in_shift(site, observed)
    words, uid = "the site has no exam", ""
    sittings: tuple[PastExam, ...] = ()
    rules: tuple[str, ...] = _shift_rules(site)
    rates: tuple[str, ...] = ()
    if exam is not None and exam_settings is not None:
        ions = result_of(site, records, who, now, "heavy-ions")
        also = ions.sittings if ions.state == "passed" else ()
        sittings = (*exam.sittings, *also)
        for sitting in sittings:
            tested = _both(tested, _in_exam(site, sitting))
        uid = exam.sittings[-1].record.uid
        words = "; ".join(
            each.words
            if each.began.exam == "collisions"
            else f"{EXAM_TITLES[each.began.exam]}: {each.words}"
            for each in sittings
        )
        rules = (*pass_rules(exam.mark), *rules)
        rates = (exam.rates.words,) if exam.rates is not None else ()
        for each in (exam, ions) if also else (exam,):
            rates = (*rates, f"The exam showed {shown_words(each.sittings)}.")
            if older := older_words(each):
                rates = (*rates, older)
    found = CertificateIssued(
        observed=observed.record.uid,
        exam=uid,
        experiment=site.settings.experiment,
        mentor=signed.mentor,
        mentor_role=signed.role,
        musts=observed.musts,
        exam_words=words,
        rules=rules,
        rates=rates,
        tested=tested,
        untested=_rest(site, tested),
        valid_days=settings.valid_days,
        lapse_days=settings.lapse_days,
        shadow_shifts=settings.shadow_shifts,
        shadow_items=settings.shadow_items,
        observed_words=_shift_words(observed.ended),
        mentor_listed=is_listed(signed.mentor, site),
        shown=_kinds_words(observed.ended, sittings),
        lessons=_lesson_words(site, records, who, now),
    )
    return found, ""


def sign_observed(
    ledger: Ledger,
    site: Site,
    past: PastObserved,
    mentor: str,
    account: str,
    heard: tuple[str, ...],
    now: float,
) -> str:
    """Put a mentor's signature under an observed shift, and issue what it earns.

    Args:
        ledger: takes the records, under the trainee's name.
        site: its permissions say who may sign.
        past: the observed shift.
        mentor: the name of who signs.
        account: their account.
        heard: what of the hand-over was heard.
        now: unix time, s.

    Returns:
        Why it is refused, or "".
    """
    if past.ended is None or past.signed is not None:
        return "it is signed already" if past.signed else "it is not over"
    role, refused = _signing(ledger, site, past.record, mentor, account)
    if refused:
        return refused
    who = past.record.who
    signed = ObservedSigned(past.record.uid, mentor, account, role, heard)
    ledger.write(who, signed)
    issue(ledger, site, who, now)
    return ""


def issue(ledger: Ledger, site: Site, who: str, now: float) -> str:
    """Write the certificate that a person has earned; what is missing, or ""."""
    found, missing = certificate(site, ledger.records, who, now)
    if found is not None:
        ledger.write(who, found)
    return missing


def record_shadow_shift(
    ledger: Ledger,
    site: Site,
    trainee: Record,
    mentor: str,
    account: str,
    items: tuple[str, ...],
    now: float,
) -> str:
    """Put a shadow shift of today on record; why it is refused, or "".

    Args:
        ledger: takes the record, under the trainee's name.
        site: its permissions say who may sign.
        trainee: a record of the trainee.
        mentor: the name of who led it.
        account: their account.
        items: what of the check-list was done.
        now: unix time, s; the day is that of UTC.
    """
    role, refused = _signing(ledger, site, trainee, mentor, account)
    if refused:
        return refused
    if not items:
        return "tick what was done in it"
    day = date_words(now)
    ledger.write(trainee.who, ShadowShift(mentor, account, day, role, items))
    return ""


def standings(
    records: Sequence[Record], shifts: Iterable[Record], now: float
) -> tuple[Standing, ...]:
    """The last certificate of everybody who has one, by name.

    Args:
        records: those of the ledger, in the order of the book.
        shifts: records by which shifts of the real log began.
        now: unix time, s.
    """
    times = shift_times(shifts)
    # a console's clock that is behind is found by what the log stored last
    now = max(now, *(each.stored_at for each in records), 0.0) if records else now
    last = {each.who: each for each in records
            if isinstance(each.body, CertificateIssued)}  # fmt: skip
    shadows: dict[str, list[ShadowShift]] = {}
    for each in records:
        if isinstance(each.body, ShadowShift):
            shadows.setdefault(each.who, []).append(each.body)
    return tuple(
        _standing(each, times.get(who, ()), tuple(shadows.get(who, ())), now)
        for who, each in sorted(last.items())
    )


def shift_times(records: Iterable[Record]) -> dict[str, tuple[float, ...]]:
    """Name -> unix times, s, at which that person began shifts, ascending."""
    found: dict[str, list[float]] = {}
    for each in records:
        if isinstance(each.body, ShiftBegan) and each.who:
            found.setdefault(each.who, []).append(each.stored_at or each.made_at)
    return {who: tuple(sorted(times)) for who, times in found.items()}


def certificate_page(standing: Standing, timezone: str, now: float) -> str:
    """A certificate to be printed, as HTML that needs nothing else.

    Args:
        standing: of the certificate.
        timezone: of the site.
        now: unix time, s, at which it is printed.
    """
    issued, versions = standing.issued, standing.record.versions
    release = f"release {versions.release}" if versions.release else "no release"
    done = {
        item: f"{each.day}, {each.mentor}"
        for each in reversed(standing.shadows)
        for item in each.items
    }
    values = {
        "title": f"Certificate: {standing.who}",
        "standing": standing,
        "issued": issued,
        "release": f"{release} (site {versions.site[:8] or 'unknown'}, "
        f"dqmconsole {versions.program})",
        "clock": clock_of(timezone),
        "now": now,
        "rates": issued.rates or (NO_RATES,),
        "shown": issued.shown or "All of it was simulated.",
        "coverage": (
            ("Layouts", issued.tested.layouts, issued.untested.layouts),
            (
                "Causes",
                tuple(map(short_name, issued.tested.causes)),
                tuple(map(short_name, issued.untested.causes)),
            ),
            ("Types of run", issued.tested.run_types, issued.untested.run_types),
            *((("In the exam", EXAM_TESTED, EXAM_UNTESTED),) if issued.exam else ()),
        ),
        "items": tuple((each, done.get(each, "")) for each in issued.shadow_items),
    }
    return document("certificate.html", values, "dqmconsole.training")


# -- inside --------------------------------------------------------------------------


def _signing(
    ledger: Ledger, site: Site, trainee: Record, mentor: str, account: str
) -> tuple[str, str]:
    """The role of a mentor, and why they cannot sign, or "".

    A shared database knows who is signed in, and takes nobody's word for it.
    """
    state = ledger.state
    shared = site.settings.database.startswith("postgresql") or state.role
    if shared and not (state.word == "ready" and state.role):
        return "", "the shared book is not at hand: by it the site knows who may sign"
    known = state.role
    if known and account != state.account:
        return "", f"the book is signed in as {state.account}: sign in as {account}"
    refused = mentor_refusal(site, trainee, mentor, account, known)
    return mentor_role(site, account, known), refused


def _standing(
    record: Record,
    shifts: Sequence[float],
    shadows: tuple[ShadowShift, ...],
    now: float,
) -> Standing:
    issued = record.body
    assert isinstance(issued, CertificateIssued)
    at = record.stored_at or record.made_at
    until = at + issued.valid_days * DAY
    lapse = issued.lapse_days * DAY
    taken = [at, *(each for each in shifts if each > at)]
    # a gap ends it for good: who took no shift for so long is observed again
    gaps = (before + lapse for before, after in itertools.pairwise((*taken, now))
            if after - before > lapse)  # fmt: skip
    lapsed = next(gaps, None)
    lapses = taken[-1] + lapse if lapsed is None else lapsed
    state: State = "valid"
    why = ""
    if at > now + DAY:
        state, why = "expired", f"it was issued {date_words(at)}: a clock was wrong"
    elif lapsed is not None and lapsed <= min(until, now):
        days = issued.lapse_days
        state, why = "lapsed", f"no shift for {days} days until {date_words(lapsed)}"
    elif now > until:
        state, why = "expired", f"it was valid until {date_words(until)}"
    last = taken[-1] if len(taken) > 1 else 0.0
    return Standing(record, issued, at, until, lapses, last, shadows, state, why)


def _in_exam(site: Site, exam: PastExam) -> Tested:
    """What was in an exam; its types of run where the site still has its plan."""
    # those of recorded runs the plan does not know
    run_types = {e.run_type for e in _runs_of(site, exam) if not e.recorded}
    return Tested(
        _once(split_page(each.page)[0] for each in exam.answers),
        _once(split_cause(each.cause)[0] for each in exam.answers),
        _once(run_types),
    )


def _in_shift(site: Site, observed: PastObserved) -> Tested:
    assert observed.ended is not None
    ended = observed.ended
    return Tested(
        _once(layouts_of(ended.plots, site, recorded=ended.recorded > 0)),
        _once(ended.causes),
        _once((ended.run_type,)),
    )


def _rest(site: Site, tested: Tested) -> Tested:
    """What of a site was not tested."""
    return Tested(
        _once({each.layout for each in site.layouts}.difference(tested.layouts)),
        _once({each.name for each in teaching(site).causes}.difference(tested.causes)),
        _once(set(_run_types(site)).difference(tested.run_types)),
    )


def _run_types(site: Site) -> tuple[str, ...]:
    """The types of run that could be tested: the site's own where none is simulated."""
    observed = teaching(site).observed
    simulated = observed is not None and any(
        not each.run.recorded for each in observed.shifts
    )
    return RUN_TYPES if simulated else site.settings.types


def _shift_rules(site: Site) -> tuple[str, ...]:
    """What an observed shift had to reach, in words."""
    within, unit = f"{CALL_WITHIN / 60:.0f} minutes", site.settings.lumisection
    return tuple(
        f"Observed shift: {each}"
        for each in (
            f"the right call within {within} of each of two faults, of which the "
            "checks miss one",
            "where nobody answers, the next of the line is called",
            "no false call, no false flag",
            f"flags in force within {FLAG_WITHIN} {unit}s of the onset",
            f"it goes on to its end, or until {within} after the last fault at least",
            "the hand-over is written and read back to the mentor",
        )
    )


def _shift_words(ended: ObservedEnded) -> str:
    """How long an observed shift lasted, of what run, and what was not in it."""
    words = ended.lasted
    if ended.recorded:
        words += f" of recorded run {ended.recorded}, with faults put into it"
    if ended.is_early:
        words += ": it was ended before its time"
    if ended.without:
        words += f"; without {listed(ended.without)}"
    return words


def _kinds_words(ended: ObservedEnded, sittings: Sequence[PastExam]) -> str:
    """What the pages of the exam and the run of the observed shift were, in words."""
    in_exam = {each.recorded > 0 for one in sittings for each in one.answers}
    in_shift = {ended.recorded > 0}
    if len(in_exam | in_shift) == 1:
        return f"All of it was {_SHOWN[ended.recorded > 0]}."
    exam = " and ".join(_SHOWN[each] for each in sorted(in_exam))
    return f"The exam was {exam}; the observed shift was {_SHOWN[ended.recorded > 0]}."


def _runs_of(site: Site, exam: PastExam) -> tuple[LessonRun, ...]:
    """The runs of an exam's items; none where the site has its plan no more."""
    try:
        plan = make_plan(site, exam.began.seed, exam.began.exam)
    except PlanError:
        return ()
    same = plan.hash == exam.began.plan
    return tuple(each.run for each in plan.items) if same else ()


def _lesson_words(site: Site, records: Sequence[Record], who: str, now: float) -> str:
    """How many of the site's lessons somebody did, in words."""
    every = lesson_standings(site, records, who, now)
    if not every:
        return "the site has no lessons"
    left = [each.lesson.title for each in every if each.state not in _DONE]
    again = sum(each.state == "refresher" for each in every)
    words = f"{len(every) - len(left)} of {counted(len(every), 'lesson')} done"
    if again:
        words += f", {again} of them to be refreshed"
    if left:
        words += f"; not done: {listed(left)}"
    return words


def _both(one: Tested, other: Tested) -> Tested:
    return Tested(
        _once((*one.layouts, *other.layouts)),
        _once((*one.causes, *other.causes)),
        _once((*one.run_types, *other.run_types)),
    )


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names) - {""}))
