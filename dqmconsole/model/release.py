"""A release of a site, and what it changed, in words."""

from __future__ import annotations

import msgspec

from dqmconsole.model.problem import Problem

OTHER = "other"
"""The kind of files that nothing in this installation reads."""


class SiteChange(msgspec.Struct, frozen=True):
    """One thing that differs between two states of a site.

    Attributes:
        kind: of what kind it is: "layout", "instruction", "note", "reference",
            "known", "contacts", "settings", a kind of files that a feature brings,
            or OTHER.
        name: its id ("hcal/occupancy", "Hcal › Timing", ...).
        sentence: the difference in words.
    """

    kind: str
    name: str
    sentence: str


class Release(msgspec.Struct, frozen=True):
    """One release in a site's ledger, ``layouts/releases/N/release.yaml``.

    Attributes:
        number: from 1, grows by one.
        by: who published it.
        account: the account that did.
        why: the reason, in words.
        at: unix time, s.
        program: version of the program that published it.
        hash: of all files of the release.
        changes: what it changed since the release before.
        again: number of the earlier release that this one brings back; 0 for a new
            one.
        commit: the commit of git that was checked out; "" where it is not known.
        dirty: files of the release were not as in that commit.
    """

    number: int
    by: str
    account: str
    why: str
    at: float
    program: str
    hash: str
    changes: tuple[SiteChange, ...] = ()
    again: int = 0
    commit: str = ""
    dirty: bool = False


class Proposal(msgspec.Struct, frozen=True, tag="proposal"):
    """What is about to be published.

    Attributes:
        number: of the release.
        by, why: who and why, as far as they were given.
        changes: against the release in force.
        advice: what is wrong with the site without standing against it.
        remarks: what else to know, in sentences.
        again: the earlier release that this one brings back, or 0.
        before: the release that was in force when all this was found; 0 for none,
            None where that was not known.
        tag: the name of its tag in git; "" where it gets none.
    """

    number: int
    by: str
    why: str
    changes: tuple[SiteChange, ...]
    advice: tuple[Problem, ...] = ()
    remarks: tuple[str, ...] = ()
    again: int = 0
    before: int | None = None
    tag: str = ""


class Consent(msgspec.Struct, frozen=True):
    """Who publishes, and why."""

    by: str
    why: str


class SignIn(msgspec.Struct, frozen=True, tag="sign-in"):
    """The site's database wants an account and its password; says so in words."""

    sentence: str


class Account(msgspec.Struct, frozen=True):
    """An account of the site's database, and its password."""

    user: str
    password: str


class Published(msgspec.Struct, frozen=True, tag="published"):
    """A release is in force.

    Attributes:
        release: it.
        told: what git refuses of it, in sentences.
    """

    release: Release
    told: tuple[str, ...] = ()


class Listed(msgspec.Struct, frozen=True, tag="listed"):
    """A release of the ledger.

    Attributes:
        number: of it.
        release: it; None where it cannot be read.
        current: it is in force.
        never: it never came into force.
        trouble: why it cannot be read, in words; "".
    """

    number: int
    release: Release | None
    current: bool = False
    never: bool = False
    trouble: str = ""


class NotPublished(msgspec.Struct, frozen=True, tag="refused"):
    """Nothing was published.

    Attributes:
        sentence: why.
        problems: the errors of the site that stand against it.
    """

    sentence: str
    problems: tuple[Problem, ...] = ()
