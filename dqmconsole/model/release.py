"""A release of a site, and what it changed, in words."""

from __future__ import annotations

import msgspec

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
