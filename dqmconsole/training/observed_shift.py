"""The observed shift: ninety minutes in which little happens, watched by a mentor.

It is the console as in a shift, and nothing is said of what is done. A shift that was
begun is spent: what broke off is not taken up again, for its book went with the window,
and no trainee has the same shift twice. It is judged from the records of its throw-away
book, once it is over; a mentor hears the hand-over read back, and signs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.record import (
    Call,
    HandOver,
    Read,
    Record,
    Seen,
    ShiftBegan,
    hash_of,
)
from dqmconsole.shift.checking import pages_applicable
from dqmconsole.shift.reading import HAND_OVER
from dqmconsole.training.going_on import NEWS_EVERY, Begun, state_at
from dqmconsole.training.lesson import LessonRun, onset, split_cause, teaching
from dqmconsole.training.mentors import is_another, signature_words
from dqmconsole.training.observed_musts import (
    RINGS,
    Did,
    DoneShift,
    done_words,
    musts,
    read_back,
    read_back_must,
    with_outcomes,
)
from dqmconsole.training.observed_records import (
    InShift,
    Must,
    ObservedAt,
    ObservedBegan,
    ObservedEnded,
    ObservedSigned,
)
from dqmconsole.training.seals import shift_seal
from dqmconsole.training.truth import lumisections, pages_with

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dqmconsole.model.site import Site
    from dqmconsole.training.facts import Facts
    from dqmconsole.training.ledger import Ledger
    from dqmconsole.training.lesson import ObservedPlan

SLACK = 5  # lumisections by which a run may be ahead of the shift's clock
_LONGEST = 8 * 60.0  # minutes: none is planned for more
NONE_LEFT = (
    "you had every observed shift of this site: an expert adds one to "
    "observed-shifts.yaml"
)
NO_HAND_OVER = "a hand-over of the shift before"
"""What a shift without one is said to be without."""
NO_SHIFTS = "this site has no observed shifts (observed-shifts.yaml of its lessons)"
MISTAKEN = (
    "the observed shifts of this site have mistakes, which dqmconsole validate names "
    "(observed-shifts.yaml of its lessons)"
)
OTHERS_MISTAKEN = (
    "you had every observed shift of this site that can be played; others have "
    "mistakes, which dqmconsole validate names (observed-shifts.yaml of its lessons)"
)


class PastObserved(msgspec.Struct, frozen=True):
    """An observed shift that was begun, by the records of the book.

    Attributes:
        record: by which it was begun.
        began: its body.
        ended: how it ended; None of one that broke off, or goes on.
        signed: the mentor's signature, and its record; None until there is one.
        last: the last record of how far it came, and its body; None of none.
    """

    record: Record
    began: ObservedBegan
    ended: ObservedEnded | None = None
    signed: tuple[Record, ObservedSigned] | None = None
    last: tuple[Record, ObservedAt] | None = None

    @property
    def musts(self) -> tuple[Must, ...]:
        """What had to be right, the hand-over among it once a mentor signed."""
        if self.ended is None:
            return ()
        if self.signed is None:
            return self.ended.musts
        return (*self.ended.musts, read_back_must(self.ended, self.signed[1]))

    @property
    def passed(self) -> bool:
        """Signed, and all that had to be right was."""
        return self.signed is not None and all(each.passed for each in self.musts)

    def words_at(self, now: float) -> str:
        """How it went, in words, at a unix time, s: one that was begun may go on."""
        return self._at(now, self.words)

    def outcome_at(self, now: float) -> str:
        """The same without how it was signed."""
        return self._at(now, self.outcome)

    def _at(self, now: float, over: str) -> str:
        if self.ended is not None:
            return over
        begun = self._begun
        state = "over" if self._was_left else state_at(begun, now)
        if state == "goes on":
            return f"it goes on: {begun.words}"
        if state == "quiet":
            return f"it goes on, or it broke off and is spent: {begun.words}"
        return f"{over}: {begun.words}"

    @property
    def words(self) -> str:
        """How one went that does not go on, and how it was signed, if it was."""
        if self.signed is None:
            return self.outcome
        by = self.signed[1]
        how = signature_words(
            *(by.mentor, by.account, by.role, by.signature), listed=by.listed
        )
        return f"{self.outcome}; {how}"

    @property
    def outcome(self) -> str:
        """How one went that does not go on; what failed is told once it is signed."""
        if self.ended is None:
            return "broken off, and spent"
        if self.signed is None:
            return "over, and not signed by a mentor yet"
        if self.passed:
            after = f" after {self.ended.lasted}" if self.ended.is_early else ""
            return f"passed{after}"
        failed = sorted({each.on for each in self.musts if not each.passed})
        return f"not passed ({', '.join(failed)})"

    @property
    def _was_left(self) -> bool:
        return self.last is not None and self.last[1].left

    @property
    def _begun(self) -> Begun:
        """What the book has of one that has no end there."""
        last, spent = self.record, 0.0
        if self.last is not None:
            last, spent = self.last[0], self.last[1].seconds
        left = 60 * (self.began.minutes or _LONGEST) - spent
        came = last.at
        return Begun(self.record.at, came, came + left)


class ObservedShift:
    """An observed shift that goes on; its clock begins when the run is in view.

    Args:
        site: the site in force.
        ledger: keeps how it ended.
        plan: what happens in it.
        record: by which it was begun.

    Attributes:
        left: s that are left.
        over: it ended; `ended` says how.
        ended: what was written at the end.
        phone: what a call came to that was put on record a moment ago, or "".
    """

    def __init__(
        self, site: Site, ledger: Ledger, plan: ObservedPlan, record: Record
    ) -> None:
        self._site, self._ledger, self._plan, self._record = site, ledger, plan, record
        self._began: float | None = None
        self._last: float | None = None
        self._spent = 0.0
        self._lumisection = 0
        self._run_type = plan.run.known_type
        self._seen: dict[int, float] = {}  # onset -> s at which it came into view
        self._did: dict[str, Did] = {}
        self.left = plan.minutes * 60
        self.over = False
        self.ended: ObservedEnded | None = None
        self.phone = ""
        self._rang = 0.0
        self._opened: set[str] = set()  # pages with a plot that was shown alone
        self._told = 0.0  # s of its clock at which the book last had that it goes on

    @property
    def uid(self) -> str:
        """Uid of the record by which it was begun."""
        return self._record.uid

    def look(self, facts: Facts) -> None:
        """Take in what was done since the last look, and the time that passed."""
        if self.over:
            return
        run = self._plan.run
        if self._began is None:
            self._began = facts.now
        # right after the start the header may still be that of the run before
        gone = facts.now - self._began
        possible = run.ahead + lumisections(max(gone, 0.0), run.speed) + SLACK
        if run.ahead <= facts.lumisection <= possible:
            self._lumisection = max(self._lumisection, facts.lumisection)
            if self._plan.run.recorded:
                self._run_type = facts.run_type or self._run_type
        if self._lumisection:
            if self._last is not None:
                self._spent += max(0.0, facts.now - self._last)
            self._last = facts.now
        for begins in map(onset, causes_of(self._plan)):
            if self._lumisection >= begins:
                self._seen.setdefault(begins, self._spent)
        if self._spent > self._rang + RINGS:
            self.phone = ""
        if facts.alone:
            self._opened |= pages_with(self._site, facts.plot)
        for record in facts.records:
            if record.uid not in self._did:
                self._did[record.uid] = Did(record, self._spent, self._lumisection)
                self._ring(record)
        self.left = max(0.0, self._plan.minutes * 60 - self._spent)
        if self.left == 0.0:
            self.end()
        elif self._spent >= self._told + NEWS_EVERY:
            self._tell()

    def end(self) -> None:
        """End it now; it is judged as it stands, and waits for its mentor."""
        if self.over:
            return
        self.over = True
        plan, mine = self._plan, self._record.who
        every = (each for each in self._did.values() if each.record.who == mine)
        did = with_outcomes(every)
        bodies = [each.record.body for each in did]
        given = [each.text for each in bodies if isinstance(each, HandOver)]
        # the console notes pages under nobody's name
        every_body = (each.record.body for each in self._did.values())
        seen = {each.page for each in every_body if isinstance(each, Seen)}
        pages = pages_applicable(self._site, self._run_type)
        done = DoneShift(
            *(plan, self._site, did, self._seen, self._lumisection, self._spent),
            self._run_type,
        )
        self.ended = ObservedEnded(
            observed=self._record.uid,
            musts=musts(done),
            done=tuple(filter(None, (done_words(each, self._site) for each in did))),
            hand_over=given[-1] if given else "",
            read_back=read_back(plan, self._site, self._lumisection),
            seconds=self._spent,
            minutes=plan.minutes,
            lumisection=self._lumisection,
            run_type=self._run_type or "",
            plots=tuple(dict.fromkeys(_plots(plan))),
            causes=tuple(split_cause(each)[0] for each in causes_of(plan)),
            recorded=plan.run.recorded,
            without=tuple(_without(plan)),
            events=tuple(_events(plan)),
            speed=plan.run.speed,
            passed=max(self._lumisection - plan.run.ahead, 0),
            covered=shift_seal(self._site, _events(plan)),
            unopened=tuple(each for each in pages if each not in seen | self._opened),
            unread=plan.hand_over is not None and not any(map(_is_taken_over, bodies)),
        )
        self._ledger.write(mine, self.ended)

    def phone_outcome(self, role: str) -> tuple[bool, str]:
        """Whether a role that is called answers, and in words what happens."""
        title = self._site.contacts.title_of(role)
        if role == self._plan.unanswered:
            return False, f"{title}: it rings for a minute. Nobody answers."
        return True, f"{title} answers: “Understood, I look at it.”"

    def leave(self) -> None:
        """Go away: one that is not over is spent."""
        if not self.over:
            self._tell(left=True)
        self.over = True

    def _tell(self, *, left: bool = False) -> None:
        """Let the book have how far it has come."""
        self._told = self._spent
        at = ObservedAt(self.uid, self._spent, left)
        self._ledger.write(self._record.who, at)

    def _ring(self, record: Record) -> None:
        """Let the phone of whoever was called ring."""
        body = record.body
        if not isinstance(body, Call) or record.who != self._record.who:
            return
        self._rang = self._spent
        self.phone = self.phone_outcome(body.role)[1]


# -- plans ---------------------------------------------------------------------------


def causes_of(plan: ObservedPlan) -> tuple[str, ...]:
    """Every cause of the plan that begins in the shift, by onset."""
    every = [each.cause for each in plan.faults]
    if plan.false_alarm is not None:
        every.append(plan.false_alarm.cause)
    return tuple(sorted(every, key=onset))


def run_of(plan: ObservedPlan) -> LessonRun:
    """The run of a plan, with what the shift before hands on.

    A recorded run has its false alarm by itself.
    """
    put: tuple[str, ...] = causes_of(plan)
    if plan.run.recorded:
        put = tuple(sorted((each.cause for each in plan.faults), key=onset))
    handed = (plan.handed_on.cause,) if plan.handed_on is not None else ()
    return msgspec.structs.replace(plan.run, causes=(*handed, *put))


def plan_hash(plan: ObservedPlan) -> str:
    """By which the book knows a plan, whatever else the file holds."""
    return hash_of(msgspec.json.encode(plan))


def last_lumisection(plan: ObservedPlan) -> int:
    """The lumisection to which the run has come when the shift is over."""
    return plan.run.ahead + lumisections(plan.minutes * 60, plan.run.speed)


def past_observed(records: Sequence[Record]) -> tuple[PastObserved, ...]:
    """Every observed shift that was begun, in the order of the book."""
    ended: dict[str, ObservedEnded] = {}
    signed: dict[str, tuple[Record, ObservedSigned]] = {}
    last: dict[str, tuple[Record, ObservedAt]] = {}
    owners = {each.uid: each.who for each in records
              if isinstance(each.body, ObservedBegan)}  # fmt: skip
    for each in records:
        body = each.body
        if not isinstance(body, ObservedAt | ObservedEnded | ObservedSigned):
            continue
        if owners.get(body.observed) != each.who:  # of somebody else's shift
            continue
        if isinstance(body, ObservedAt):
            last[body.observed] = each, body
        elif isinstance(body, ObservedEnded):
            ended.setdefault(body.observed, body)
        elif body.observed in ended and is_another(body.mentor, each.who):
            signed.setdefault(body.observed, (each, body))
    return tuple(
        PastObserved(
            *(each, each.body, ended.get(each.uid), signed.get(each.uid)),
            last.get(each.uid),
        )
        for each in records
        if isinstance(each.body, ObservedBegan)
    )


def next_plan(
    site: Site, records: Sequence[Record], who: str
) -> tuple[ObservedPlan | None, str]:
    """The observed shift that a person has next; None, and why not.

    Each is had once at most, one that broke off among them: what was seen of it may be
    told on.
    """
    settings = teaching(site).observed
    if settings is None:
        return None, why_no_shifts(site)
    had = {each.began.shift for each in past_observed(records)
           if each.record.who == who}  # fmt: skip
    found = next((each for each in settings.shifts if each.id not in had), None)
    if found is not None:
        return found, ""
    return None, OTHERS_MISTAKEN if teaching(site).observed_mistaken else NONE_LEFT


def why_no_shifts(site: Site) -> str:
    """Why a site has no observed shifts that can be played."""
    return MISTAKEN if teaching(site).observed_mistaken else NO_SHIFTS


# -- inside --------------------------------------------------------------------------


def _is_taken_over(body: object) -> bool:
    """Tell whether a record says that the hand-over of the shift before was read."""
    if isinstance(body, ShiftBegan):
        return bool(body.read)
    return isinstance(body, Read) and body.kind == HAND_OVER


def _without(plan: ObservedPlan) -> Iterator[str]:
    """What a shift usually has and this one has not, in words."""
    if plan.false_alarm is None:
        yield "a false alarm"
    if plan.hand_over is None:
        yield NO_HAND_OVER


def _events(plan: ObservedPlan) -> Iterator[InShift]:
    """What is to be dealt with in a shift: faults by onset, then all else."""
    for fault in sorted(plan.faults, key=lambda each: onset(each.cause)):
        name = split_cause(fault.cause)[0]
        yield InShift("fault", name, fault.plots, fault.found_by)
    if (alarm := plan.false_alarm) is not None:
        yield InShift("false alarm", split_cause(alarm.cause)[0], alarm.plots)
    yield InShift("known issue", plots=(plan.known,))
    if (handed := plan.handed_on) is not None:
        yield InShift("handed on", split_cause(handed.cause)[0], handed.plots)


def _plots(plan: ObservedPlan) -> Iterator[str]:
    for fault in plan.faults:
        yield from fault.plots
    if plan.false_alarm is not None:
        yield from plan.false_alarm.plots
    yield plan.known
