"""The silenced list: what is silent, who is responsible, until when."""

from __future__ import annotations

import msgspec

from dqmconsole.model.alarm import Alarm, Member
from dqmconsole.model.known_issue import KnownIssue
from dqmconsole.model.layout import Layout, Page, Plot, plot_key
from dqmconsole.model.problem import Problem
from dqmconsole.model.record import Record, Shelved
from dqmconsole.model.site import Site, SiteSettings
from dqmconsole.model.verdict import Status, Verdict
from dqmconsole.shift.alarms import Standing, seen
from dqmconsole.shift.silenced import Silenced, silenced

NOW = 1_764_000_000.0  # 24 Nov 2025, 16:00 UTC
PLOTS = (
    Plot("Hcal/a", "A"),
    Plot("Hcal/b", "B", checks=()),
    Plot("Hcal/c", "C", checks=(), alarm="none"),
)
KEYS = [plot_key("Hcal", "Digis", plot.path) for plot in PLOTS]
ISSUES = (
    KnownIssue("box 3 is off", "Hcal", ("Hcal/a",), "hcal-dqm", "2025-12-24"),
    KnownIssue("noisy", "Hcal", ("Hcal/*",), "hcal-dqm", "2025-11-23", channels=4),
    KnownIssue("no day", "Hcal", ("Hcal/*",), "hcal-dqm", "soon"),
)


def site(*known: KnownIssue) -> Site:
    layout = Layout("Hcal", (Page("Digis", PLOTS),), owner="hcal-dqm")
    return Site("/s", "a", SiteSettings("CMS"), (layout,), known=known)


def rows(found: tuple[Silenced, ...]) -> list[tuple[str, str]]:
    return [(each.kind, each.what) for each in found]


def test_what_the_layout_leaves_out_is_listed_with_its_owner() -> None:
    found = silenced(site(), 7, NOW, {})
    assert rows(found) == [
        ("unchecked", "Hcal › Digis: B, C"),
        ("never heard", "Hcal › Digis: C"),
    ]
    assert {each.owner for each in found} == {"hcal-dqm"}
    assert found[0].keys == tuple(KEYS[1:])


def test_known_issues_have_owner_and_expiry_and_those_that_expired_come_first() -> None:
    found = silenced(site(*ISSUES), 7, NOW, {})[:3]
    assert rows(found) == [
        ("known", "Hcal: no day"),
        ("masked", "Hcal: noisy (4 channels)"),
        ("known", "Hcal: box 3 is off"),
    ]
    assert [each.expired for each in found] == [True, True, False]
    assert (found[2].owner, found[2].until) == ("hcal-dqm", "2025-12-24")
    assert found[2].keys == (KEYS[0],)


def test_a_known_issue_of_several_parts_is_one_row_with_all_its_plots() -> None:
    parts = [msgspec.structs.replace(ISSUES[0], paths=(each,))
             for each in ("Hcal/a", "Hcal/c")]  # fmt: skip
    later = msgspec.structs.replace(parts[0], expires="2026-01-01")
    found = silenced(site(*parts, later), 7, NOW, {})[:2]
    assert rows(found) == [("known", "Hcal: box 3 is off")] * 2
    assert [each.until for each in found] == ["2025-12-24", "2026-01-01"]
    assert found[0].why == "in 2 plots of the shift"
    assert found[0].keys == (KEYS[0], KEYS[2])


def test_plots_whose_check_failed_or_that_are_disabled_are_listed_by_reason() -> None:
    failed = Verdict(Status.FAILED, "chi2 failed: no bins", since=12)
    verdicts = {
        KEYS[0]: failed,
        KEYS[1]: failed,
        KEYS[2]: Verdict(Status.DISABLED, "switched off by its producer"),
    }
    found = silenced(site(), 7, NOW, verdicts)
    assert rows(found)[:2] == [
        ("check failed", "Hcal › Digis: A, B"),
        ("disabled", "Hcal › Digis: C"),
    ]
    assert (found[0].why, found[0].since) == ("chi2 failed: no bins", "LS 12")


def test_shelved_alarms_and_checks_in_quarantine_are_listed() -> None:
    member = Member(KEYS[0], Status.BAD, "12 % dead", "missing")
    alarm = Alarm("1", 7, "Hcal", "missing", (member,), NOW, NOW)
    record = Record("r", NOW, Shelved(seen(alarm), NOW + 3600, "expert knows"), "Ada")
    standing = Standing(alarm, "shelved", record, until=NOW + 3600)
    asks = Standing(alarm, "unacknowledged")
    why = "quarantined: it did not end (engine restarted 12:00:00 UTC)"
    problem = Problem(f"the check chi2 of Hcal/a is {why}", kind="engine")
    shelved, quarantined, overridden = silenced(
        *(site(), 7, NOW, {}),
        (asks, standing),
        (problem, Problem("the recorder stopped")),
        "run 398001 by hand",
    )[:3]
    assert shelved == Silenced(
        *("shelved", "Hcal missing, 1 plot", "expert knows", "Ada"),
        *("16:00 UTC", "17:00 UTC"),
        keys=(KEYS[0],),
    )
    assert (quarantined.kind, quarantined.what) == (
        *("quarantined", "the check chi2 of Hcal/a"),
    )
    assert (overridden.kind, overridden.why) == ("overridden", "run 398001 by hand")
