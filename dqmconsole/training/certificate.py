"""The certificate: that somebody may take shifts, on what, until when.

It follows from an exam and an observed shift that a mentor signed, is written once into
the book, and lapses by itself: when its time is over, or when its holder took no shift
of the real log for too long. It replaces no shadow shift.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Literal

import msgspec

from dqmconsole.model.moment import date_words
from dqmconsole.model.record import Record, ShiftBegan
from dqmconsole.model.words import counted, listed
from dqmconsole.training.course import DAY
from dqmconsole.training.course import standings as lesson_standings
from dqmconsole.training.exam_history import past_exams
from dqmconsole.training.lesson import EXAM_TITLES, EXAMS, teaching
from dqmconsole.training.mentors import (
    is_listed,
    mentor_refusal,
    mentor_role,
    plain_name,
)
from dqmconsole.training.observed_records import (
    CertificateIssued,
    ObservedSigned,
    ShadowShift,
)
from dqmconsole.training.observed_shift import past_observed, why_no_shifts
from dqmconsole.training.passing import (
    beside_words,
    changed_pages,
    older_words,
    result_of,
    whole_sittings,
)
from dqmconsole.training.passing import rules as pass_rules
from dqmconsole.training.records import ExamEnded
from dqmconsole.training.seals import (
    changed_in_shift,
    changed_instructions,
    has_instructions,
    instructions_on,
)
from dqmconsole.training.tested import (
    causes_shown,
    in_shift,
    kinds_words,
    limits,
    other_shifts,
    others_words,
    pace_words,
    pages_of,
    pages_shown,
    pages_unshown,
    sitting_shown,
    types_known,
    with_faults,
    without_faults,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dqmconsole.model.site import Site
    from dqmconsole.training.exam_history import PastExam
    from dqmconsole.training.ledger import Ledger
    from dqmconsole.training.observed_records import ObservedEnded, Signature
    from dqmconsole.training.observed_shift import PastObserved

State = Literal["valid", "expired", "lapsed"]
_DONE = {"done", "refresher"}


class Standing(msgspec.Struct, frozen=True):
    """Where somebody's certificate stands.

    Attributes:
        record: by which it was issued.
        issued: its body.
        at: unix time of its issue, s, by the book's clock where the book has it.
        since: unix time, s, from which it counts.
        until: unix time, s, until which it holds unless it lapses.
        lapses: unix time, s, at which it lapses without a further shift, or lapsed.
        last_shift: unix time of the last shift since, s; 0 for none.
        shadows: the shadow shifts of the holder that count for it, in the order of the
            book.
        shadows_since: unix time, s, from which they count: when the first was begun of
            what it rests on, and no earlier certificate does.
        shadows_before: how many are on record of before, and count for an earlier one.
        state: what it is now.
        why: of one that is not valid; else "".
        changed: pages of its exams and of its observed shift, and their instructions,
            that are no longer what they were.
        unsealed: of what of these it is not recorded what they were.
        later: sittings and observed shifts that were begun since, and how they went.
    """

    record: Record
    issued: CertificateIssued
    at: float
    since: float
    until: float
    lapses: float
    last_shift: float
    shadows: tuple[ShadowShift, ...]
    state: State
    why: str = ""
    changed: tuple[str, ...] = ()
    unsealed: tuple[str, ...] = ()
    shadows_since: float = 0.0
    shadows_before: int = 0
    later: tuple[str, ...] = ()

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
        elif self.open_items:
            of = len(self.issued.shadow_items)
            words += f"; {len(self.open_items)} of {of} items of their check-list open"
        if self.changed:
            what = "page or instruction", "pages or instructions"
            words += f"; {counted(len(self.changed), *what)} changed since"
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
        return None, f"{why_no_shifts(site)}: it issues no certificates"
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
        last = mine[-1].outcome_at(now) if mine else "none was begun"
        missing.append(f"an observed shift must be passed: {last}")
    else:
        until = observed.record.at
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
    words, uid = "the site has no exam", ""
    sittings: tuple[PastExam, ...] = ()
    rules: tuple[str, ...] = ()
    rates: tuple[str, ...] = ()
    of_exam: tuple[str, ...] = ()
    if exam is not None and exam_settings is not None:
        ions = result_of(site, records, who, now, "heavy-ions")
        also = ions.sittings if ions.state == "passed" else ()
        sittings = (*exam.sittings, *also)
        uid, words = exam.sittings[-1].record.uid, ""
        rules = pass_rules(exam.mark)
        rates = (exam.rates.words,) if exam.rates is not None else ()
        for each in (exam, ions) if also else (exam,):
            of_exam = (*of_exam, *beside_words(each))
            if older := older_words(each):
                rates = (*rates, older)
    ended = observed.ended
    there = with_faults(site, ended, sittings)
    began = observed.record
    listed_then = signed.listed
    if listed_then is None:
        listed_then = is_listed(signed.mentor, site)
    found = CertificateIssued(
        observed=began.uid,
        exam=uid,
        experiment=site.settings.experiment,
        mentor=signed.mentor,
        mentor_role=signed.role,
        musts=observed.musts,
        exam_words=words,
        rules=rules,
        rates=rates,
        tested=there,
        untested=without_faults(site, there, ended),
        valid_days=settings.valid_days,
        lapse_days=settings.lapse_days,
        shadow_shifts=settings.shadow_shifts,
        shadow_items=settings.shadow_items,
        observed_words=_shift_words(site, ended),
        mentor_listed=listed_then,
        shown=kinds_words(ended, sittings),
        lessons=_lesson_words(site, records, who, now),
        mentor_account=signed.account,
        signature=signed.signature,
        counts_from=_complete_at(records, observed, uid),
        sittings=tuple(map(sitting_shown, sittings)),
        causes=causes_shown(sittings),
        pages=pages_shown(site, sittings),
        pages_of=pages_of(site),
        shift_began=began.at,
        in_shift=in_shift(ended, site),
        limits=limits(site, ended, sittings),
        of_exam=(
            *of_exam,
            *_not_counted(others_words(site, _others(records, who, sittings))),
        ),
        of_shifts=_not_counted(
            other_shifts((each for each in mine if each is not observed), now)
        ),
        unshown=pages_unshown(site, sittings) if sittings else (),
        exams=tuple(each.record.uid for each in sittings),
        types_known=types_known(ended, sittings),
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
    how = _signature(ledger)
    signed = ObservedSigned(
        *(past.record.uid, mentor, account, role, heard),
        signature=how,
        listed=is_listed(mentor, site),
    )
    ledger.write(who, signed)
    issue(ledger, site, who, now)
    return ""


def issue(ledger: Ledger, site: Site, who: str, now: float) -> str:
    """Write the certificate that a person has earned; what is missing, or "".

    It counts from the last of what it rests on, whenever it is written.
    """
    if not ledger.came:  # it may be in what is to come
        return "the book is not read to its end yet"
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
        trainee: a record of the trainee; a certificate says what the check-list has.
        mentor: the name of who led it.
        account: their account.
        items: what of the check-list was done.
        now: unix time, s; the day is that of UTC.
    """
    role, refused = _signing(ledger, site, trainee, mentor, account)
    if refused:
        return refused
    asked = trainee.body
    has_list = not isinstance(asked, CertificateIssued) or asked.shadow_items
    if has_list and not items:
        return "tick what was done in it"
    day, how = date_words(now), _signature(ledger)
    ledger.write(trainee.who, ShadowShift(mentor, account, day, role, items, how))
    return ""


def standings(
    site: Site, records: Sequence[Record], shifts: Iterable[Record], now: float
) -> tuple[Standing, ...]:
    """The last certificate of everybody who has one, by name.

    What of its pages and instructions was changed since leaves a certificate valid, and
    is named. Shadow shifts count for one certificate, as they stay mandatory: those of
    before its first sitting were made under an earlier one.

    Args:
        site: the site in force.
        records: those of the ledger, in the order of the book.
        shifts: records by which shifts of the real log began.
        now: unix time, s.
    """
    times = shift_times(shifts)
    # a console's clock that is behind is found by what the log stored last
    now = max(now, *(each.stored_at for each in records), 0.0) if records else now
    issued: dict[str, list[Record]] = {}
    for each in records:
        if isinstance(each.body, CertificateIssued):
            issued.setdefault(each.who, []).append(each)
    exams, shifts_seen = past_exams(records), past_observed(records)
    found = []
    for who, every in sorted(issued.items()):
        standing = _standing(every[-1], times.get(plain_name(who), ()), now)
        standing = _with_shadows(standing, records, every, exams)
        standing = _with_changes(site, standing, exams, shifts_seen)
        found.append(_with_later(site, standing, exams, shifts_seen, now))
    return tuple(found)


def shift_times(records: Iterable[Record]) -> dict[str, tuple[float, ...]]:
    """When people began shifts.

    Args:
        records: of the real log.

    Returns:
        Name, as :func:`plain_name` has it -> unix times, s, ascending.
    """
    found: dict[str, list[float]] = {}
    for each in records:
        if isinstance(each.body, ShiftBegan) and (who := plain_name(each.who)):
            found.setdefault(who, []).append(each.at)
    return {who: tuple(sorted(times)) for who, times in found.items()}


# -- inside --------------------------------------------------------------------------


def _signature(ledger: Ledger) -> Signature:
    """How somebody signs who signs now."""
    return "signed-in" if ledger.state.role else "typed"


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


def _standing(record: Record, shifts: Sequence[float], now: float) -> Standing:
    issued = record.body
    assert isinstance(issued, CertificateIssued)
    at = record.at
    since = min(issued.counts_from or at, at)
    until = since + issued.valid_days * DAY
    lapse = issued.lapse_days * DAY
    taken = [since, *(each for each in shifts if each >= since)]
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
    return Standing(record, issued, at, since, until, lapses, last, (), state, why)


def _with_shadows(
    standing: Standing,
    records: Iterable[Record],
    issued: Sequence[Record],
    exams: Sequence[PastExam],
) -> Standing:
    """Count the shadow shifts that are of this certificate, and those of before.

    Args:
        standing: of the last of them.
        records: of the book.
        issued: all certificates of its holder, in the order of the book.
        exams: of everybody.
    """
    who, before = standing.who, set[str]()
    for each in issued[:-1]:
        before |= _rests_on(each, exams)
    new = _rests_on(standing.record, exams) - before
    begun = [each.at for each in records if each.uid in new]
    since = min(begun, default=0.0)
    every = [
        (each.at, each.body)
        for each in records
        if each.who == who and isinstance(each.body, ShadowShift)
    ]
    counts = tuple(body for at, body in every if at >= since)
    return msgspec.structs.replace(
        standing,
        shadows=counts,
        shadows_since=since,
        shadows_before=len(every) - len(counts),
    )


def _rests_on(record: Record, exams: Iterable[PastExam]) -> set[str]:
    """Uids of the sittings and of the observed shift that a certificate rests on."""
    issued = record.body
    assert isinstance(issued, CertificateIssued)
    sat = _sittings(issued, record.who, exams)
    return {issued.observed, *(each.record.uid for each in sat)}


def _sittings(
    issued: CertificateIssued, who: str, exams: Iterable[PastExam]
) -> list[PastExam]:
    """The sittings that a certificate rests on; of earlier versions one exam's alone.

    Those say neither which they were nor, at first, how many.
    """
    every = tuple(exams)
    if issued.exams:
        return [each for each in every if each.record.uid in issued.exams]
    sat = whole_sittings(every, who, "collisions")
    until = [at for at, each in enumerate(sat, 1) if each.record.uid == issued.exam]
    title = EXAM_TITLES["collisions"]
    many = sum(each.exam == title for each in issued.sittings) or 1
    return sat[: until[0]][-many:] if until else []


def _with_changes(
    site: Site,
    standing: Standing,
    exams: Iterable[PastExam],
    shifts: Iterable[PastObserved],
) -> Standing:
    """Say what of pages and instructions is no longer what it was."""
    changed: list[str] = []
    unsealed: list[str] = []
    sat = _sittings(standing.issued, standing.who, exams)
    for name in EXAMS:
        of_exam = [each for each in sat if each.began.exam == name]
        changed += changed_pages(site, of_exam, name)
    for each in sat:
        assert each.ended is not None
        changed += changed_instructions(site, each.ended.covered)
        pages = {answer.page for answer in each.answers}
        if not has_instructions(each.ended.covered) and instructions_on(site, pages):
            unsealed.append("the instructions of its exam")
    for past in shifts:
        if past.record.uid == standing.issued.observed and past.ended is not None:
            changed += changed_in_shift(site, past.ended.covered)
            if not past.ended.covered:
                unsealed.append("the pages of its observed shift")
    return msgspec.structs.replace(
        standing, changed=_once(changed), unsealed=_once(unsealed)
    )


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _not_counted(others: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"Not counted: {each}." for each in others)


def _with_later(
    site: Site,
    standing: Standing,
    exams: Iterable[PastExam],
    shifts: Iterable[PastObserved],
    now: float,
) -> Standing:
    """Say which sittings and observed shifts of its holder began since."""
    counts = _rests_on(standing.record, exams)

    def is_later(record: Record) -> bool:
        mine = record.who == standing.who and record.uid not in counts
        return mine and record.at > standing.at

    sat = (e for e in exams if e.began.part == "items" and is_later(e.record))
    done = (each for each in shifts if is_later(each.record))
    later = *others_words(site, sat), *other_shifts(done, now)
    return msgspec.structs.replace(standing, later=later)


def _others(
    records: Sequence[Record], who: str, sittings: Sequence[PastExam]
) -> list[PastExam]:
    """Sittings of somebody that do not count, of the exams of those that do."""
    counted_ones = {each.record.uid for each in sittings}
    names = {each.began.exam for each in sittings}
    return [
        each
        for each in past_exams(records)
        if each.record.who == who
        and each.began.part == "items"
        and each.began.exam in names
        and each.record.uid not in counted_ones
    ]


def _complete_at(records: Iterable[Record], observed: PastObserved, exam: str) -> float:
    """Unix time, s, of the last of what a certificate rests on, by the book's clock.

    Returns:
        0.0 while the book does not have all of it.
    """
    assert observed.signed is not None
    on = [observed.signed[0]]
    on += [e for e in records if isinstance(e.body, ExamEnded) and e.body.exam == exam]
    if not all(each.stored_at for each in on):
        return 0.0
    return max(each.stored_at for each in on)


def _shift_words(site: Site, ended: ObservedEnded) -> str:
    """How long an observed shift lasted, of what run, and what was not in it."""
    words = ended.lasted
    if ended.speed and (ended.recorded or ended.speed != 1):
        words += f" ({pace_words(site, ended)})"
    if ended.recorded:
        words += f" of recorded run {ended.recorded}, with faults put into it"
    if ended.is_early:
        words += ": it was ended before its time"
    if ended.without:
        words += f"; without {listed(ended.without)}"
    return words


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
