"""Records of observed shifts and certificates; they go into the real book."""

from __future__ import annotations

from typing import Literal

import msgspec

On = Literal[
    "call", "flag", "unanswered", "false calls", "false flags", "hand-over", "length",
]  # fmt: skip
"""What an observed shift is passed or failed on."""
Signature = Literal["", "signed-in", "typed"]
"""How a mentor signed.

Signed in to the shared book by their account, or by a name, and perhaps an account,
that was typed; "" where an earlier version did not say.
"""
_WHOLE = 5.0  # s that may be missing of a shift that lasted its time


class Must(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that must be right for an observed shift to be passed.

    Attributes:
        on: what it is about.
        passed: it was right.
        asked: what was asked for, in words.
        done: what was done, in words.
    """

    on: On
    passed: bool
    asked: str
    done: str


class InShift(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something that was to be dealt with in an observed shift.

    Attributes:
        what: it was.
        cause: its name; "" of a known issue.
        plots: paths of the plots on which it was to be seen; on a certificate their
            titles.
        found_by: of a fault: who tells of it.
        note: on a certificate: what of it was not looked at.
    """

    what: Literal["fault", "false alarm", "known issue", "handed on"]
    cause: str = ""
    plots: tuple[str, ...] = ()
    found_by: Literal["", "checks", "eye"] = ""
    note: str = ""


class ObservedBegan(
    msgspec.Struct, frozen=True, tag="observed-began", omit_defaults=True
):
    """An observed shift was begun and is spent from now on; the uid names it.

    Attributes:
        shift: id of the plan.
        plan: hash of the plan.
        minutes: it is to last; 0 where an earlier version did not say.
    """

    shift: str
    plan: str
    minutes: float = 0.0


class ObservedAt(msgspec.Struct, frozen=True, tag="observed-at", omit_defaults=True):
    """How far an observed shift has come; written every few minutes of it.

    Attributes:
        observed: its uid.
        seconds: of its own clock that are over.
        left: it was left, and goes on no more.
    """

    observed: str
    seconds: float
    left: bool = False


class ObservedEnded(
    msgspec.Struct, frozen=True, tag="observed-ended", omit_defaults=True
):
    """An observed shift is over, and waits for its mentor.

    Attributes:
        observed: its uid.
        musts: what had to be right, but for the read-back of the hand-over.
        done: calls, flags and entries of the shift, in words and in their order.
        hand_over: the report that was given, Markdown; "" for none.
        read_back: what of the shift is to be heard in the read-back.
        seconds: it lasted.
        minutes: it was to last; 0 where an earlier version did not say.
        lumisection: the run had come so far.
        run_type: of its run.
        plots: paths of plots on which something was to be told.
        causes: names of its causes.
        recorded: number of the recorded run that was played; 0 of a simulated one.
        without: what a shift usually has and this one had not, in words.
        events: what was to be dealt with; empty where an earlier version did not say.
        speed: of its run, as ``LessonRun`` has it; 0 where an earlier version did not
            say.
        passed: lumisections of the run that went by, which are updates of a recorded
            one.
        covered: its pages and their instructions as they were, as of
            ``seals.shift_seal``; empty where an earlier version did not say.
        unopened: shift pages ("Layout/Page") that were never opened.
        unread: the shift before left a hand-over, and it was not read.
    """

    observed: str
    musts: tuple[Must, ...]
    done: tuple[str, ...] = ()
    hand_over: str = ""
    read_back: tuple[str, ...] = ()
    seconds: float = 0.0
    lumisection: int = 0
    run_type: str = ""
    plots: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    minutes: float = 0.0
    recorded: int = 0
    without: tuple[str, ...] = ()
    events: tuple[InShift, ...] = ()
    speed: float = 0.0
    passed: int = 0
    covered: dict[str, str] = {}
    unopened: tuple[str, ...] = ()
    unread: bool = False

    @property
    def is_early(self) -> bool:
        """Somebody ended it before its time."""
        return self.seconds < 60 * self.minutes - _WHOLE

    @property
    def lasted(self) -> str:
        """How long, in words: "90 minutes", "41 of 90 minutes"."""
        took = self.seconds // 60
        if self.is_early:
            return f"{took:g} of {self.minutes:g} minutes"
        return f"{self.minutes or took:g} minutes"


class ObservedSigned(
    msgspec.Struct, frozen=True, tag="observed-signed", omit_defaults=True
):
    """A mentor signed an observed shift, passed or not.

    Attributes:
        observed: its uid.
        mentor: name of the person.
        account: their account.
        role: what the account is at the site; "" where the site names nobody.
        heard: what of ``ObservedEnded.read_back`` was heard.
        comment: in the mentor's words.
        signature: how the mentor signed.
        listed: the site named the mentor among its own; None where an earlier version
            did not say.
    """

    observed: str
    mentor: str
    account: str
    role: str = ""
    heard: tuple[str, ...] = ()
    comment: str = ""
    signature: Signature = ""
    listed: bool | None = None


class ShadowShift(msgspec.Struct, frozen=True, tag="shadow-shift", omit_defaults=True):
    """A trainee went along on a real shift, under a mentor.

    Attributes:
        mentor, account, role, signature: who led it, as of :class:`ObservedSigned`.
        day: ISO date.
        items: what of the check-list was done.
    """

    mentor: str
    account: str
    day: str
    role: str = ""
    items: tuple[str, ...] = ()
    signature: Signature = ""


class Tested(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where there was a fault, or was none: names, each once and in order.

    Attributes:
        layouts: layouts of the site.
        causes: faults of the table.
        run_types: types of run.
    """

    layouts: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    run_types: tuple[str, ...] = ()


class SittingShown(msgspec.Struct, frozen=True, omit_defaults=True):
    """One sitting of an exam: how many pages it had, and what was said of them.

    Attributes:
        exam: its title.
        began: unix time, s.
        faults, found, named: pages with a fault; of these, found; of these, with the
            cause named rightly.
        goods, called: pages without a fault; of these, called bad.
    """

    exam: str
    began: float
    faults: int = 0
    found: int = 0
    named: int = 0
    goods: int = 0
    called: int = 0


class CauseShown(msgspec.Struct, frozen=True, omit_defaults=True):
    """A cause that was shown in the exam.

    Attributes:
        cause: its name.
        shown: on so many pages.
        found: of these; of what is harmless: rightly left alone.
        named: rightly, of those found.
        harmless: it is no fault.
    """

    cause: str
    shown: int = 0
    found: int = 0
    named: int = 0
    harmless: bool = False


class PageShown(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page that was shown in the exam, once or more.

    Attributes:
        page: "Layout/Page".
        plots: titles of its plots with a fault in them.
        of: how many plots it has.
        faults, found: so many times with a fault; of these, found.
        goods, called: so many times without; of these, called bad.
        runs: numbers of the recorded runs; 0 for simulated ones.
        unknown: on which plots a fault showed is not known of so many.
    """

    page: str
    plots: tuple[str, ...] = ()
    of: int = 0
    faults: int = 0
    found: int = 0
    goods: int = 0
    called: int = 0
    runs: tuple[int, ...] = ()
    unknown: int = 0


class CertificateIssued(
    msgspec.Struct, frozen=True, tag="certificate-issued", omit_defaults=True
):
    """Somebody may take shifts: exam and observed shift were passed.

    Release and program are those of the record.

    Attributes:
        observed: uid of the observed shift.
        exam: uid of the exam; "" where the site has none.
        experiment: of the site.
        mentor, mentor_role: who signed; the role is "" where the site names nobody.
        musts: of the observed shift, all of them reached.
        exam_words: that there is no exam; of earlier versions how it went.
        observed_words: how long the observed shift lasted; "" where an earlier version
            did not say.
        mentor_listed: the site lists its mentors by name, and this is one of them.
        shown: what pages and runs were, in words; "" where an earlier version did not
            say: then all was simulated.
        lessons: how many of the site's lessons were done, in words; "" where an earlier
            version did not say.
        rules: what had to be reached in the exam, in words; of earlier versions in the
            observed shift, too, of which `musts` say it.
        rates: how often the rules are wrong, in words, and of how many faults the
            size is of older measurements; empty where that is not known.
        tested, untested: of what there was a fault in exam or observed shift, and of
            what of the site there was none; of earlier versions what was shown, with or
            without a fault.
        valid_days, lapse_days: how long it is valid, and without a shift.
        shadow_shifts, shadow_items: what stays mandatory beside it.
        mentor_account: account of who signed; "" where none was said.
        signature: how they signed.
        counts_from: unix time, s, of the last of what it rests on, by the book's clock,
            from which it is valid; 0: from its own record.
        sittings, causes, pages: of the exam; empty where an earlier version did not
            say.
        pages_of: layout -> how many pages for shifts it has.
        shift_began: unix time, s, at which the observed shift was begun.
        in_shift: what was to be dealt with in it; empty where its record does not say.
        limits: what else is to be known of what was tested, as sentences.
        exams: uids of the sittings that count, of all its exams; empty where an earlier
            version did not say.
        of_exam: what else is to be said of its exams, the other sittings among it, as
            sentences.
        of_shifts: the other observed shifts, as sentences.
        unshown: shift pages ("Layout/Page") that the exam never showed.
        types_known: of each recorded run that the exam showed the type is known.
    """

    observed: str
    exam: str
    experiment: str
    mentor: str
    mentor_role: str = ""
    musts: tuple[Must, ...] = ()
    exam_words: str = ""
    rules: tuple[str, ...] = ()
    rates: tuple[str, ...] = ()
    tested: Tested = Tested()
    untested: Tested = Tested()
    valid_days: int = 365
    lapse_days: int = 183
    shadow_shifts: int = 0
    shadow_items: tuple[str, ...] = ()
    observed_words: str = ""
    mentor_listed: bool = False
    shown: str = ""
    lessons: str = ""
    mentor_account: str = ""
    signature: Signature = ""
    counts_from: float = 0.0
    sittings: tuple[SittingShown, ...] = ()
    causes: tuple[CauseShown, ...] = ()
    pages: tuple[PageShown, ...] = ()
    pages_of: dict[str, int] = {}
    shift_began: float = 0.0
    in_shift: tuple[InShift, ...] = ()
    limits: tuple[str, ...] = ()
    exams: tuple[str, ...] = ()
    of_exam: tuple[str, ...] = ()
    of_shifts: tuple[str, ...] = ()
    unshown: tuple[str, ...] = ()
    types_known: bool = False
