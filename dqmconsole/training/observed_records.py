"""Records of observed shifts and certificates; they go into the real book."""

from __future__ import annotations

from typing import Literal

import msgspec

On = Literal[
    "call", "flag", "unanswered", "false calls", "false flags", "hand-over",
]  # fmt: skip
"""What an observed shift is passed or failed on."""


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
        lumisection: the run had come so far.
        run_type: of its run.
        plots: paths of plots on which something was to be told.
        causes: names of its causes.
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
