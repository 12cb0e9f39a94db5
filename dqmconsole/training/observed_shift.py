"""The observed shift: ninety minutes in which little happens, watched by a mentor.

It is the console as in a shift, and nothing is said of what is done. A shift that was
begun is spent: what broke off is not taken up again, for its book went with the window,
and no trainee has the same shift twice. It is judged from the records of its throw-away
book, once it is over; a mentor hears the hand-over read back, and signs.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.layout import KEY_STEP, layout_of, path_of, subsystem_of
from dqmconsole.model.permission import role_of
from dqmconsole.model.record import Call, Entry, Flag, HandOver, Record, hash_of
from dqmconsole.shift.flags import components, timeline
from dqmconsole.training.lesson import (
    LessonRun,
    onset,
    split_cause,
    teaching,
)
from dqmconsole.training.observed_records import (
    Must,
    ObservedBegan,
    ObservedEnded,
    ObservedSigned,
)
from dqmconsole.training.truth import LUMISECTION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dqmconsole.model.site import Site
    from dqmconsole.shift.flags import Stretch
    from dqmconsole.training.facts import Facts
    from dqmconsole.training.ledger import Ledger
    from dqmconsole.training.lesson import ObservedPlan, PlannedFault

CALL_WITHIN = 600.0
"""Seconds from the lumisection that shows a fault to the right call about it."""

FLAG_WITHIN = 2  # lumisections by which a flag may begin beside the onset
SLACK = 5  # lumisections by which a run may be ahead of the shift's clock
RINGS = 90.0  # s for which it is shown what a call came to
MENTORS = ("shift-leader", "expert")
"""Roles of the site's permissions whose people sign observed shifts."""

NONE_LEFT = (
    "you had every observed shift of this site: an expert adds one to "
    "observed-shifts.yaml"
)
NO_SHIFTS = "this site has no observed shifts (observed-shifts.yaml of its lessons)"


class Did(msgspec.Struct, frozen=True):
    """A record of the throw-away book, and when it was made.

    Attributes:
        record: the record.
        seconds: of the shift's own clock.
        lumisection: the run had come so far.
    """

    record: Record
    seconds: float
    lumisection: int


class PastObserved(msgspec.Struct, frozen=True):
    """An observed shift that was begun, by the records of the book.

    Attributes:
        record: by which it was begun.
        began: its body.
        ended: how it ended; None of one that broke off, or goes on.
        signed: the mentor's signature, and its record; None until there is one.
    """

    record: Record
    began: ObservedBegan
    ended: ObservedEnded | None = None
    signed: tuple[Record, ObservedSigned] | None = None

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

    @property
    def words(self) -> str:
        """How it went, in words; what failed is told once it is signed."""
        if self.ended is None:
            return "broken off, and spent"
        if self.signed is None:
            return "over, and not signed by a mentor yet"
        if self.passed:
            return f"passed, signed by {self.signed[1].mentor}"
        failed = sorted({each.on for each in self.musts if not each.passed})
        return f"not passed ({', '.join(failed)}), signed by {self.signed[1].mentor}"


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
        self._seen: dict[int, float] = {}  # onset -> s at which it came into view
        self._did: dict[str, Did] = {}
        self.left = plan.minutes * 60
        self.over = False
        self.ended: ObservedEnded | None = None
        self.phone = ""
        self._rang = 0.0

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
        possible = run.ahead + int(max(gone, 0.0) * run.speed / LUMISECTION) + SLACK
        if run.ahead <= facts.lumisection <= possible:
            self._lumisection = max(self._lumisection, facts.lumisection)
        if self._lumisection:
            if self._last is not None:
                self._spent += max(0.0, facts.now - self._last)
            self._last = facts.now
        for begins in map(onset, causes_of(self._plan)):
            if self._lumisection >= begins:
                self._seen.setdefault(begins, self._spent)
        if self._spent > self._rang + RINGS:
            self.phone = ""
        for record in facts.records:
            if record.uid not in self._did:
                self._did[record.uid] = Did(record, self._spent, self._lumisection)
                self._ring(record)
        self.left = max(0.0, self._plan.minutes * 60 - self._spent)
        if self.left == 0.0:
            self.end()

    def end(self) -> None:
        """End it now; it is judged as it stands, and waits for its mentor."""
        if self.over:
            return
        self.over = True
        plan, mine = self._plan, self._record.who
        did = [each for each in self._did.values() if each.record.who == mine]
        reports = [each.record.body for each in did]
        given = [each.text for each in reports if isinstance(each, HandOver)]
        self.ended = ObservedEnded(
            observed=self._record.uid,
            musts=musts(plan, self._site, did, self._seen, self._lumisection),
            done=tuple(filter(None, map(done_words, did))),
            hand_over=given[-1] if given else "",
            read_back=read_back(plan, self._site),
            seconds=self._spent,
            lumisection=self._lumisection,
            run_type=plan.run.run_type,
            plots=tuple(dict.fromkeys(_plots(plan))),
            causes=tuple(split_cause(each)[0] for each in causes_of(plan)),
        )
        self._ledger.write(mine, self.ended)

    def leave(self) -> None:
        """Go away: one that is not over is spent."""
        self.over = True

    def _ring(self, record: Record) -> None:
        """Let the phone of whoever was called ring."""
        body = record.body
        if not isinstance(body, Call) or record.who != self._record.who:
            return
        self._rang = self._spent
        contact = self._site.contacts.roles.get(body.role)
        title = contact.title if contact is not None else body.role
        if body.role == self._plan.unanswered:
            self.phone = f"{title}: it rings for a minute. Nobody answers."
        else:
            self.phone = f"{title} answers: “Understood, I look at it.”"


# -- plans ---------------------------------------------------------------------------


def causes_of(plan: ObservedPlan) -> tuple[str, ...]:
    """Every cause of the plan's run, by onset."""
    every = (*(each.cause for each in plan.faults), plan.false_alarm.cause)
    return tuple(sorted(every, key=onset))


def run_of(plan: ObservedPlan) -> LessonRun:
    """The simulated run of a plan."""
    return msgspec.structs.replace(plan.run, causes=causes_of(plan))


def plan_hash(plan: ObservedPlan) -> str:
    """By which the book knows a plan, whatever else the file holds."""
    return hash_of(msgspec.json.encode(plan))


def last_lumisection(plan: ObservedPlan) -> int:
    """The lumisection to which the run has come when the shift is over."""
    return plan.run.ahead + int(plan.minutes * 60 * plan.run.speed / LUMISECTION)


def past_observed(records: Sequence[Record]) -> tuple[PastObserved, ...]:
    """Every observed shift that was begun, in the order of the book."""
    ended: dict[str, ObservedEnded] = {}
    signed: dict[str, tuple[Record, ObservedSigned]] = {}
    owners = {each.uid: each.who for each in records
              if isinstance(each.body, ObservedBegan)}  # fmt: skip
    for each in records:
        body = each.body
        if not isinstance(body, ObservedEnded | ObservedSigned):
            continue
        if owners.get(body.observed) != each.who:  # of somebody else's shift
            continue
        if isinstance(body, ObservedEnded):
            ended.setdefault(body.observed, body)
        elif body.observed in ended and is_another(body.mentor, each.who):
            signed.setdefault(body.observed, (each, body))
    return tuple(
        PastObserved(each, each.body, ended.get(each.uid), signed.get(each.uid))
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
        return None, NO_SHIFTS
    had = {each.began.shift for each in past_observed(records)
           if each.record.who == who}  # fmt: skip
    found = next((each for each in settings.shifts if each.id not in had), None)
    return found, "" if found is not None else NONE_LEFT


# -- what had to be right ------------------------------------------------------------


def musts(
    plan: ObservedPlan,
    site: Site,
    did: Sequence[Did],
    seen: Mapping[int, float],
    reached: int,
) -> tuple[Must, ...]:
    """Judge what was done in an observed shift.

    Args:
        plan: of the shift.
        site: its contacts and components.
        did: the trainee's records, in their order.
        seen: onset -> s of the shift's clock at which the run had come so far.
        reached: last lumisection of the run.

    Returns:
        Call and flag of each fault, by onset; the call that nobody answers; false
        calls; false flags.
    """
    faults = sorted(plan.faults, key=lambda each: onset(each.cause))
    lines = _lines(did)
    found = []
    for fault in faults:
        found.append(_call_must(fault, did, seen))
        if fault.component:
            line = lines.get(fault.component, ())
            found.append(_flag_must(fault, line, reached))
    found += [
        _unanswered_must(plan, site, did, seen),
        _false_calls_must(plan, site, did, seen),
        _false_flags_must(plan, site, lines),
    ]
    return tuple(found)


def read_back(plan: ObservedPlan, site: Site) -> tuple[str, ...]:
    """What of a shift has to be heard when its hand-over is read back."""
    titles = {each.role: each.title for each in site.contacts.roles.values()}
    found = []
    for fault in sorted(plan.faults, key=lambda each: onset(each.cause)):
        name = split_cause(fault.cause)[0]
        what = f"{fault.component} is BAD" if fault.component else _named_what(fault)
        found.append(
            f"{what} since about lumisection {onset(fault.cause)} ({name}), and who "
            "was called"
        )
    who = titles.get(plan.unanswered, plan.unanswered)
    found.append(f"{who} did not answer, and who was called instead")
    return (*found, "what is still open, and what the next shift has to watch")


def read_back_must(ended: ObservedEnded, signed: ObservedSigned) -> Must:
    """Whether the hand-over was written, and read back whole."""
    missing = [each for each in ended.read_back if each not in signed.heard]
    asked = "the hand-over is written, and read back to the mentor"
    if not ended.hand_over.strip():
        return Must("hand-over", False, asked, "no hand-over was written")
    if missing:
        return Must("hand-over", False, asked, f"not heard: {'; '.join(missing)}")
    return Must("hand-over", True, asked, f"read back to {signed.mentor}")


def _call_must(
    fault: PlannedFault, did: Sequence[Did], seen: Mapping[int, float]
) -> Must:
    begins = onset(fault.cause)
    asked = (
        f"{_named(fault)}: {' or '.join(fault.call)} is called within "
        f"{CALL_WITHIN / 60:.0f} minutes"
    )
    since = seen.get(begins)
    if since is None:
        return Must("call", False, asked, "the shift ended before it began")
    calls = [each for each in did if _is_about(each, fault, seen)]
    if not calls:
        return Must("call", False, asked, "nobody was called about it")
    took = calls[0].seconds - since
    done = f"{_role(calls[0])} was called after {_time_words(took)}"
    return Must("call", took <= CALL_WITHIN, asked, done)


def _flag_must(fault: PlannedFault, line: Iterable[Stretch], reached: int) -> Must:
    begins = onset(fault.cause)
    asked = (
        f"{fault.component} is BAD from lumisection {begins} on, within {FLAG_WITHIN}"
    )
    bad = [each for each in line if each.flag.status == "BAD"]
    if not bad:
        return Must("flag", False, asked, f"{fault.component} is nowhere BAD")
    said = ", ".join(_stretch_words(each) for each in bad)
    first, last = bad[0].first, bad[-1].last
    whole = all(
        after.first - (before.last or after.first) <= 1
        for before, after in itertools.pairwise(bad)
    )
    right = (
        whole
        and abs(first - begins) <= FLAG_WITHIN
        and (last is None or last >= reached - FLAG_WITHIN)
    )
    return Must("flag", right, asked, f"{fault.component} is BAD {said}")


def _unanswered_must(
    plan: ObservedPlan, site: Site, did: Sequence[Did], seen: Mapping[int, float]
) -> Must:
    role = plan.unanswered
    line = _line_of(site, role)
    asked = (
        f"{role} does not answer: within {CALL_WITHIN / 60:.0f} minutes the next of "
        f"the line is called ({', then '.join(line)})"
    )
    faults = [each for each in plan.faults if role in each.call]
    about = [each for each in did for fault in faults
             if _role(each) == role and _is_about(each, fault, seen)]  # fmt: skip
    if not about:
        return Must("unanswered", False, asked, f"{role} was not called")
    rang = about[0]
    others = set(line).union(*(each.call for each in faults)) - {role}
    after = [each for each in did
             if each.seconds >= rang.seconds and _role(each) in others]  # fmt: skip
    if not after:
        return Must("unanswered", False, asked, "nobody else was called after it")
    took = after[0].seconds - rang.seconds
    done = f"{_role(after[0])} was called {_time_words(took)} later"
    return Must("unanswered", took <= CALL_WITHIN, asked, done)


def _false_calls_must(
    plan: ObservedPlan, site: Site, did: Sequence[Did], seen: Mapping[int, float]
) -> Must:
    asked = "nobody is called about what is harmless, known, or not there"
    wrong = [
        each
        for each in did
        if isinstance(each.record.body, Call)
        and not any(_may_be_about(each, fault, site, seen) for fault in plan.faults)
    ]
    if not wrong:
        return Must("false calls", True, asked, "nobody was")
    done = "; ".join(
        f"{_role(each)} in lumisection {each.lumisection}"
        f"{_about_words(each, plan)}" for each in wrong
    )  # fmt: skip
    return Must("false calls", False, asked, done)


def _false_flags_must(
    plan: ObservedPlan, site: Site, lines: Mapping[str, Iterable[Stretch]]
) -> Must:
    asked = "no component is BAD in which nothing is wrong"
    there = {name for each in plan.faults for name in _layouts(each)}
    struck = {each.component for each in plan.faults}
    struck |= {name for name, layouts in components(site).items()
               if there.intersection(layouts)}  # fmt: skip
    wrong = [
        f"{name} {_stretch_words(each)}"
        for name, line in lines.items()
        for each in line
        if each.flag.status == "BAD" and name not in struck
    ]
    done = "; ".join(wrong) or "none is"
    return Must("false flags", not wrong, asked, done)


# -- mentors -------------------------------------------------------------------------


def is_another(mentor: str, trainee: str) -> bool:
    """Whether two names are of two people, whatever their case and spaces."""
    return _plain(mentor) not in {"", _plain(trainee)}


def mentor_refusal(
    site: Site, trainee: Record, mentor: str, account: str, database_role: str = ""
) -> str:
    """Why somebody cannot sign what a trainee did, and who can; "" when they can.

    Args:
        site: its permissions say who may.
        trainee: a record of the trainee.
        mentor: the name of the person.
        account: their account.
        database_role: the role by which the database of the book knows the account
            that is signed in; "" of a file, which knows no accounts.
    """
    if not _plain(mentor):
        return "the mentor says their name"
    if not is_another(mentor, trainee.who):
        return f"{trainee.who} is the trainee: somebody else signs"
    permissions = site.settings.permissions
    if not any(permissions.values()) and not database_role:
        return ""  # the site names nobody, and says so on the certificate
    if not account.strip():
        return "the mentor says their account: by it the site knows who may sign"
    if trainee.account and account == trainee.account:
        return f"{account} is the account of the trainee: somebody else signs"
    role = database_role or role_of(account, permissions)
    if role not in MENTORS:
        known = sorted({name for each in MENTORS for name in permissions.get(each, ())})
        able = f": {', '.join(known)}" if known else ""
        return f"{account} is a {role}; a shift-leader or an expert signs{able}"
    return ""


def mentor_role(site: Site, account: str, database_role: str = "") -> str:
    """The role of a mentor's account; "" where the site names nobody."""
    permissions = site.settings.permissions
    if not any(permissions.values()) and not database_role:
        return ""
    return database_role or role_of(account, permissions)


# -- inside --------------------------------------------------------------------------


def done_words(did: Did) -> str:
    """What was done, in words; "" of what does not count."""
    body = did.record.body
    when = f"LS {did.lumisection}, {_time_words(did.seconds)}"
    if isinstance(body, Call):
        heard = {True: ", answered", False: ", not answered"}.get(
            body.answered, ""
        ) if body.answered is not None else ""  # fmt: skip
        return f"{when}: called {body.role}{_where_words(body.about)}{heard}"
    if isinstance(body, Flag) and not body.proposed:
        last = "the end" if body.last is None else str(body.last)
        cause = f", {body.cause}" if body.cause else ""
        return (
            f"{when}: {did.record.subsystem} {body.status}, LS {body.first} to "
            f"{last}{cause}"
        )
    if isinstance(body, Entry):
        return f"{when}: entry “{body.title}”"
    if isinstance(body, HandOver):
        return f"{when}: the hand-over was written"
    return ""


def _lines(did: Iterable[Did]) -> dict[str, tuple[Stretch, ...]]:
    """Component -> the flags that are in force at the end."""
    said: dict[str, list[tuple[Record, Flag]]] = {}
    for each in did:
        flag = each.record.body
        if isinstance(flag, Flag) and not flag.proposed:
            said.setdefault(each.record.subsystem, []).append((each.record, flag))
    return {name: timeline(each) for name, each in said.items()}


def _role(did: Did) -> str:
    return did.record.body.role if isinstance(did.record.body, Call) else ""


def _is_about(did: Did, fault: PlannedFault, seen: Mapping[int, float]) -> bool:
    """Whether it is a call of the right role about a fault that had come into view."""
    return _role(did) in fault.call and _is_where(did, fault, seen)


def _is_where(did: Did, fault: PlannedFault, seen: Mapping[int, float]) -> bool:
    body, since = did.record.body, seen.get(onset(fault.cause))
    if not isinstance(body, Call) or since is None or did.seconds < since:
        return False
    if KEY_STEP not in body.about:
        return True  # it was said of no plot
    about = body.about
    return path_of(about) in fault.plots or layout_of(about) in _layouts(fault)


def _may_be_about(
    did: Did, fault: PlannedFault, site: Site, seen: Mapping[int, float]
) -> bool:
    """Whether a call is about a fault, also of who comes after those to be called."""
    roles = set(fault.call)
    for each in fault.call:
        roles.update(_line_of(site, each))
    return _role(did) in roles and _is_where(did, fault, seen)


def _line_of(site: Site, role: str) -> tuple[str, ...]:
    """The roles to turn to, one after the other, when a role does not answer."""
    found: list[str] = []
    contact = site.contacts.roles.get(role)
    while contact is not None and contact.then and contact.then not in (role, *found):
        found.append(contact.then)
        contact = site.contacts.roles.get(contact.then)
    return tuple(found)


def _plots(plan: ObservedPlan) -> Iterator[str]:
    for fault in plan.faults:
        yield from fault.plots
    yield from plan.false_alarm.plots
    yield plan.known


def _named(fault: PlannedFault) -> str:
    name, target = split_cause(fault.cause)
    where = f" in {target}" if target else ""
    return f"{name}{where} since lumisection {onset(fault.cause)}"


def _named_what(fault: PlannedFault) -> str:
    return f"something is wrong in {', '.join(_layouts(fault))}"


def _layouts(fault: PlannedFault) -> tuple[str, ...]:
    return tuple(dict.fromkeys(subsystem_of(each) for each in fault.plots))


def _about_words(did: Did, plan: ObservedPlan) -> str:
    assert isinstance(did.record.body, Call)
    about = did.record.body.about
    path = path_of(about) if KEY_STEP in about else ""
    why = ""
    if path == plan.known:
        why = ", which is a known issue"
    elif path in plan.false_alarm.plots:
        why = f", which is {split_cause(plan.false_alarm.cause)[0]}, and harmless"
    return f"{_where_words(about)}{why}"


def _where_words(about: str) -> str:
    if not about:
        return ""
    return f" about {path_of(about) if KEY_STEP in about else about}"


def _stretch_words(stretch: Stretch) -> str:
    last = "the end" if stretch.last is None else str(stretch.last)
    return f"from {stretch.first} to {last}"


def _time_words(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 60} min {whole % 60:02} s"


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()
