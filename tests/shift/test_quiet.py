"""What gives nothing to judge is an event like BAD."""

from __future__ import annotations

import msgspec
from support.fake_session import (
    CHARGE,
    DEPTH1,
    GOOD,
    HCAL,
    NOW,
    OTHERS,
    RUN,
    TIME,
    FakeSession,
    site,
)

from dqmconsole.model.frame import OutageFact
from dqmconsole.model.layout import plot_key
from dqmconsole.model.moment import clock_words
from dqmconsole.model.verdict import LastVerdict, Status, Verdict
from dqmconsole.shift.quiet import Quiet, quiet, quiet_stops, shift_keys

SILENT = OutageFact(
    HCAL, "silent", "Hcal is silent: no new file since 10:00", RUN, 417, NOW
)
AT = clock_words(NOW)


def stale(status: Status | None = None, since: int = 17) -> Verdict:
    last = None if status is None else LastVerdict(status, RUN, since, NOW - 600)
    return Verdict(Status.STALE, "source silent", since=417, began=NOW, last=last)


def session_of(**outages: OutageFact) -> FakeSession:
    client = FakeSession(site())
    for key in shift_keys(client.site):
        client.put_verdict(key, GOOD)
    client.outages = {fact.subsystem: fact for fact in outages.values()}
    return client


def found(client: FakeSession) -> tuple[Quiet, ...]:
    return quiet(client.site, client.verdicts, client.outages)


def stops(client: FakeSession) -> tuple[str, ...]:
    keys = shift_keys(client.site)
    return quiet_stops(keys, client.verdicts, client.outages)


def test_where_everything_is_judged_nothing_is_quiet() -> None:
    client = session_of()
    assert found(client) == ()
    assert stops(client) == ()


def test_a_silent_subsystem_is_one_event_with_its_onset_and_last_verdict() -> None:
    client = session_of(hcal=SILENT)
    for key in shift_keys(client.site):
        if key.startswith(f"{HCAL} "):
            client.put_verdict(key, stale(Status.GOOD))
    client.put_verdict(CHARGE, stale(Status.BAD))
    client.put_verdict(TIME, stale(Status.BAD, since=20))
    (event,) = found(client)
    assert event.status is Status.STALE
    assert event.key == CHARGE
    assert event.words == (
        f"STALE since LS 417, {AT}: Hcal is silent: no new file since 10:00; "
        f"last BAD since LS 17, {clock_words(NOW - 600)} (and 1 more)"
    )
    assert stops(client) == (CHARGE,)


def test_a_subsystem_that_never_came_is_missing() -> None:
    fact = OutageFact(HCAL, "missing", "Hcal has not entered run 398214", RUN)
    client = session_of(hcal=fact)
    for key in (DEPTH1, CHARGE):
        client.put_verdict(key, Verdict(Status.WAITING, "waiting for Hcal"))
    (event,) = found(client)
    assert event.status is Status.MISSING
    assert event.words == "MISSING: Hcal has not entered run 398214"
    assert event.key == stops(client)[0] == DEPTH1


def test_the_whole_source_is_one_event_and_a_stop_a_layout() -> None:
    fact = OutageFact("", "silent", "the source is silent", RUN, 417, NOW)
    client = session_of(all=fact)
    for key in shift_keys(client.site):
        client.put_verdict(key, stale())
    (event,) = found(client)
    assert event.words == f"STALE since LS 417, {AT}: the source is silent"
    assert len(stops(client)) == len(OTHERS) + 1


def test_single_plots_gone_stale_are_one_event_a_layout() -> None:
    """A trend that its layout calls stale, while its client is well."""
    client = session_of()
    client.put_verdict(TIME, stale())
    client.put_verdict(CHARGE, stale(Status.WARNING))
    (event,) = found(client)
    assert event.key == CHARGE
    assert event.words == (
        f"Hcal: 2 plots STALE since LS 417, {AT} — Digi occupancy: source silent"
    )
    assert stops(client) == (CHARGE,)


def test_what_is_off_on_purpose_is_not_lost_with_its_subsystem() -> None:
    client = session_of(hcal=SILENT)
    off = Verdict(Status.NOT_APPLICABLE, "no beam")
    for key in shift_keys(client.site):
        if key.startswith(f"{HCAL} "):
            client.put_verdict(key, off)
    client.put_verdict(CHARGE, stale())
    (event,) = found(client)
    assert event.key == CHARGE


def test_pages_of_experts_are_no_event() -> None:
    client = session_of()
    expert = plot_key(HCAL, "Channels", "Hcal/Timing/ring1")
    client.put_verdict(expert, msgspec.structs.replace(stale(), known=1))
    assert found(client) == ()
    assert shift_keys(None) == ()
