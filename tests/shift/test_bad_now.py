"""What is not good now: BAD plots, and what gives nothing to judge."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import msgspec
from support.fake_session import (
    CHARGE,
    DEPTH1,
    DIGIS,
    GOOD,
    HCAL,
    HOLE,
    LATE,
    NOW,
    OTHERS,
    RUN,
    TIME,
    FakeSession,
    live_session,
    site,
)

from dqmconsole.model.frame import OutageFact
from dqmconsole.model.layout import TOP, plot_key
from dqmconsole.model.moment import clock_words
from dqmconsole.model.run import Client
from dqmconsole.model.site import SiteSettings
from dqmconsole.model.verdict import LastVerdict, Status, Verdict
from dqmconsole.shift.bad_now import (
    Abnormality,
    first_abnormal,
    next_abnormal,
    plot_rows,
    quiet,
    quiet_stops,
    shift_keys,
    summary_words,
    untold,
    worst_page,
)
from dqmconsole.shift.pages import PageName, Pages

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
    client.mailbox.outages = {fact.subsystem: fact for fact in outages.values()}
    return client


def found(client: FakeSession) -> tuple[Abnormality, ...]:
    return quiet(client.site, client.mailbox.verdicts, client.mailbox.outages)


def stops(client: FakeSession) -> tuple[str, ...]:
    keys = shift_keys(client.site)
    return quiet_stops(keys, client.mailbox.verdicts, client.mailbox.outages)


def test_in_a_pause_no_plot_is_missed() -> None:
    client = live_session()
    client.put_verdict(TIME, stale(GOOD.status))
    session: Any = SimpleNamespace(client=client, alarms=())
    info = client.mailbox.run
    still = (Client(HCAL, RUN, 417, "silent"), Client("L1T", RUN, 417, "silent"))
    for paused, live in ((False, False), (True, True), (True, False)):
        clients = (*still[:1], Client("L1T", RUN, 417, "live")) if live else still
        given = msgspec.structs.replace(
            info.conditions, daq_state="paused" if paused else "running"
        )
        client.put_run(msgspec.structs.replace(info, clients=clients, conditions=given))
        missed = TIME in untold(session).verdicts
        assert missed is (live or not paused)


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


def test_what_stands_at_the_top_silences_no_plots_of_subsystems() -> None:
    fact = OutageFact(TOP, "silent", "what has no folder is silent", RUN)
    client = session_of(top=fact)
    client.put_verdict(CHARGE, stale())
    top, hcal = found(client)
    assert (top.name, top.key) == (TOP, "")
    assert hcal.key == CHARGE  # said for itself
    assert stops(client) == (CHARGE,)


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


def test_onsets_are_in_the_words_of_the_site() -> None:
    client = session_of(outage=SILENT)
    assert client.site is not None
    own = SiteSettings("Small", lumisection="spill")
    client.put_site(msgspec.structs.replace(client.site, settings=own))
    assert [each.words.partition(",")[0] for each in found(client)] == [
        "STALE since spill 417"
    ]
    client = session_of()
    client.put_site(msgspec.structs.replace(site(), settings=own))
    client.put_verdict(TIME, stale())
    client.put_verdict(CHARGE, Verdict(Status.BAD, "empty", since=12))
    (event,) = found(client)
    assert "1 plot STALE since spill 417" in event.words
    (row,) = plot_rows(client.site, client.mailbox.verdicts)
    assert "since spill 12" in row.words


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


def test_bad_comes_before_warning() -> None:
    keys = ["a", "b", "c"]
    assert first_abnormal(keys, {"a": GOOD, "b": LATE, "c": HOLE}) == "c"
    assert first_abnormal(keys, {"a": GOOD, "b": LATE}) == "b"
    assert first_abnormal(keys, {"a": GOOD}) == ""


def test_next_abnormal_visits_all_and_returns() -> None:
    client = live_session()
    pages = Pages(client.site)
    assert next_abnormal(pages, "", client.mailbox.verdicts, {}) == DEPTH1
    assert next_abnormal(pages, DEPTH1, client.mailbox.verdicts, {}) == TIME
    assert next_abnormal(pages, TIME, client.mailbox.verdicts, {}) == DEPTH1
    assert next_abnormal(pages, "", {}, {}) == ""


def test_the_worst_page_has_most_that_is_bad() -> None:
    client = live_session()
    names = Pages(client.site).names
    assert worst_page(names, client.mailbox.rollups) == PageName(HCAL, DIGIS)
    assert worst_page(names, {}) == names[0]
    assert worst_page((), {}) is None


def test_the_summary_counts() -> None:
    client = live_session()
    keys = [place.key for place in Pages(client.site).plots(PageName(HCAL, DIGIS))]
    assert summary_words(keys, client) == "5 plots, 1 bad, 1 warning"
    late = Verdict(Status.WARNING, "late")
    client.put_verdict(keys[0], late)
    client.put_verdict(keys[1], late)
    assert summary_words(keys[:2], client).startswith("2 plots, 2 warnings")
    assert summary_words([], client) == "0 plots"


def test_a_quiet_subsystem_is_one_stop_between_bad_and_warning() -> None:
    client = live_session()
    pages = Pages(client.site)
    last = LastVerdict(Status.BAD, RUN, 17)
    silent = Verdict(Status.STALE, "source silent", last=last)
    keys = [key for key in pages.keys() if key.startswith("DT ")]  # noqa: SIM118
    for key in keys:
        client.put_verdict(key, silent)
    fact = OutageFact("DT", "silent", "DT is silent", RUN)
    outages = {"DT": fact}
    around = [""]
    for _ in range(4):
        around.append(
            next_abnormal(pages, around[-1], client.mailbox.verdicts, outages)
        )
    assert around[1:] == [DEPTH1, keys[0], TIME, DEPTH1]


def test_a_source_that_says_nothing_at_all_is_reached_too() -> None:
    pages = Pages(site())
    fact = OutageFact("", "missing", "no file of any subsystem", RUN)
    assert next_abnormal(pages, "", {}, {"": fact}) == pages.keys()[0]
