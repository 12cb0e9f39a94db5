"""Records of observed shifts and certificates; they go into the real book."""

from __future__ import annotations

from typing import Literal

import msgspec

On = Literal[
    "call", "flag", "unanswered", "false calls", "false flags", "hand-over", "length",
]  # fmt: skip
"""What an observed shift is passed or failed on."""
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


class ObservedBegan(
    msgspec.Struct, frozen=True, tag="observed-began", omit_defaults=True
):
    """An observed shift was begun and is spent from now on; the uid names it.

    Attributes:
        shift: id of the plan.
        plan: hash of the plan.
    """

    shift: str
    plan: str


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
    """

    observed: str
    mentor: str
    account: str
    role: str = ""
    heard: tuple[str, ...] = ()
    comment: str = ""


class ShadowShift(msgspec.Struct, frozen=True, tag="shadow-shift", omit_defaults=True):
    """A trainee went along on a real shift, under a mentor.

    Attributes:
        mentor, account, role: who led it, as of :class:`ObservedSigned`.
        day: ISO date.
        items: what of the check-list was done.
    """

    mentor: str
    account: str
    day: str
    role: str = ""
    items: tuple[str, ...] = ()


class Tested(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a certificate is about, or is not: names, each once and in order.

    Attributes:
        layouts: layouts of the site.
        causes: causes of the table.
        run_types: types of run.
    """

    layouts: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    run_types: tuple[str, ...] = ()


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
        exam_words: how the exam went.
        observed_words: how long the observed shift lasted; "" where an earlier version
            did not say.
        mentor_listed: the site lists its mentors by name, and this is one of them.
        shown: what pages and runs were, in words; "" where an earlier version did not
            say: then all was simulated.
        lessons: how many of the site's lessons were done, in words; "" where an earlier
            version did not say.
        rules: what had to be reached, in words.
        rates: how often the rules are wrong, in words, and of how many faults the
            size is of older measurements; empty where that is not known.
        tested, untested: what was in exam and observed shift, and what of the site
            was not.
        valid_days, lapse_days: how long it is valid, and without a shift.
        shadow_shifts, shadow_items: what stays mandatory beside it.
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
