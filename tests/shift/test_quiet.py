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
    session = FakeSession(site())
    for key in shift_keys(session.site):
        session.put_verdict(key, GOOD)
    session.outages = {fact.subsystem: fact for fact in outages.values()}
    return session


def found(session: FakeSession) -> tuple[Quiet, ...]:
    return quiet(session.site, session.verdicts, session.outages)


def stops(session: FakeSession) -> tuple[str, ...]:
    keys = shift_keys(session.site)
    return quiet_stops(keys, session.verdicts, session.outages)


def test_where_everything_is_judged_nothing_is_quiet() -> None:
    session = session_of()
    assert found(session) == ()
    assert stops(session) == ()


def test_a_silent_subsystem_is_one_event_with_its_onset_and_last_verdict() -> None:
    session = session_of(hcal=SILENT)
    for key in shift_keys(session.site):
        if key.startswith(f"{HCAL} "):
            session.put_verdict(key, stale(Status.GOOD))
    session.put_verdict(CHARGE, stale(Status.BAD))
    session.put_verdict(TIME, stale(Status.BAD, since=20))
    (event,) = found(session)
    assert event.status is Status.STALE
    assert event.key == CHARGE
    assert event.words == (
        f"STALE since LS 417, {AT}: Hcal is silent: no new file since 10:00; "
        f"last BAD since LS 17, {clock_words(NOW - 600)} (and 1 more)"
    )
    assert stops(session) == (CHARGE,)


def test_a_subsystem_that_never_came_is_missing() -> None:
    fact = OutageFact(HCAL, "missing", "Hcal has not entered run 398214", RUN)
    session = session_of(hcal=fact)
    for key in (DEPTH1, CHARGE):
        session.put_verdict(key, Verdict(Status.WAITING, "waiting for Hcal"))
    (event,) = found(session)
    assert event.status is Status.MISSING
    assert event.words == "MISSING: Hcal has not entered run 398214"
    assert event.key == stops(session)[0] == DEPTH1


def test_the_whole_source_is_one_event_and_a_stop_a_layout() -> None:
    fact = OutageFact("", "silent", "the source is silent", RUN, 417, NOW)
    session = session_of(all=fact)
    for key in shift_keys(session.site):
        session.put_verdict(key, stale())
    (event,) = found(session)
    assert event.words == f"STALE since LS 417, {AT}: the source is silent"
    assert len(stops(session)) == len(OTHERS) + 1


def test_single_plots_gone_stale_are_one_event_a_layout() -> None:
    """A trend that its layout calls stale, while its client is well."""
    session = session_of()
    session.put_verdict(TIME, stale())
    session.put_verdict(CHARGE, stale(Status.WARNING))
    (event,) = found(session)
    assert event.key == CHARGE
    assert event.words == (
        f"Hcal: 2 plots STALE since LS 417, {AT} — Digi occupancy: source silent"
    )
    assert stops(session) == (CHARGE,)


def test_what_is_off_on_purpose_is_not_lost_with_its_subsystem() -> None:
    session = session_of(hcal=SILENT)
    off = Verdict(Status.NOT_APPLICABLE, "no beam")
    for key in shift_keys(session.site):
        if key.startswith(f"{HCAL} "):
            session.put_verdict(key, off)
    session.put_verdict(CHARGE, stale())
    (event,) = found(session)
    assert event.key == CHARGE


def test_pages_of_experts_are_no_event() -> None:
    session = session_of()
    expert = plot_key(HCAL, "Channels", "Hcal/Timing/ring1")
    session.put_verdict(expert, msgspec.structs.replace(stale(), known=1))
    assert found(session) == ()
    assert shift_keys(None) == ()
