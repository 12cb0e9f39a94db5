"""What the flags of runs that are signed off say of them, told to the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from support.fake_book import FakeWriter
from support.fake_session import FakeSession
from support.instructed import instructed_site

from dqmconsole.logbook.view import Logbook
from dqmconsole.model.layout import Layout, Page, Plot
from dqmconsole.model.message import SignedOff
from dqmconsole.model.record import Flag, Record, RunSeen, SignOff
from dqmconsole.model.run_quality import RunQuality
from dqmconsole.model.site import Site, SiteSettings
from dqmconsole.shift.good_runs import SignedRuns, covering, qualities
from dqmconsole.shift.session import ShiftSession

if TYPE_CHECKING:
    from collections.abc import Iterable

RUN = 398214
SEEN = (RunSeen("ended", lumisections=40), "")
SIGNED = (SignOff(), "")


def book(*bodies: tuple[object, str]) -> Logbook:
    logbook = Logbook()
    for record in records(*bodies):
        logbook.put(record)
    return logbook


def records(*bodies: tuple[object, str]) -> Iterable[Record]:
    for number, (body, component) in enumerate(bodies, 1):
        yield Record(
            f"b{number}",
            100.0 + number,
            body,  # type: ignore[arg-type]
            who="Ada",
            run=RUN,
            subsystem=component,
            number=number,
        )


def site(**components: tuple[str, ...]) -> Site:
    layouts = tuple(
        Layout(name, (Page("One", (Plot(f"{name}/a"), Plot("Shared/b"))),))
        for name in ("Hcal", "Ecal")
    )
    settings = SiteSettings("x", components=components)
    return Site("/site", "h", settings, layouts)


def test_good_over_the_whole_run_is_good_and_bad_in_a_part_is_not() -> None:
    said = book(
        SEEN,
        (Flag("GOOD"), "hcal"),
        (Flag("GOOD"), "ecal"),
        (Flag("BAD", first=10, last=20, cause="HV"), "ecal"),
        SIGNED,
    )
    found = {each.subsystem: each for each in qualities(said, covering(site()), RUN)}
    assert found["Hcal"] == RunQuality(RUN, "Hcal", True, (), "Ada", 105.0)
    assert not found["Ecal"].good
    assert found["Ecal"].bad == ((10, 20),)
    assert not found["Shared"].good, "one of the two that have plots of it says BAD"


def test_what_is_open_excluded_or_not_signed_off_is_not_good() -> None:
    good = (Flag("GOOD"), "hcal")
    assert qualities(book(SEEN, good), covering(site()), RUN) == ()
    part = (Flag("EXCLUDED", first=30, cause="test"), "hcal")
    proposed = (Flag("GOOD", proposed=True), "hcal")
    for bodies in ((good, part), (proposed,), ()):
        covers = covering(site(hcal=("Hcal",)))
        found = qualities(book(SEEN, *bodies, SIGNED), covers, RUN)
        assert [(each.subsystem, each.good) for each in found] == [
            ("Hcal", False),
            ("Shared", False),
        ]


def test_each_is_told_once_and_again_when_a_flag_changes() -> None:
    signed, own = SignedRuns(), site(hcal=("Hcal",))
    bodies = [SEEN, (Flag("GOOD"), "hcal"), SIGNED]
    assert len(signed.look(book(*bodies), own)) == 2
    assert signed.look(book(*bodies), own) == ()
    bodies.append((Flag("BAD", cause="HV"), "hcal"))
    found = signed.look(book(*bodies), own)
    assert [each.good for each in found] == [False, False]
    assert found[0].at == 104.0


def test_final_files_that_add_lumisections_to_a_signed_run_take_good_back() -> None:
    signed, own = SignedRuns(), site(hcal=("Hcal",))
    seen = SEEN[0]
    assert isinstance(seen, RunSeen)
    bodies = [SEEN, (Flag("GOOD", last=seen.lumisections), "hcal"), SIGNED]
    assert [each.good for each in signed.look(book(*bodies), own)] == [True, True]
    later = (msgspec.structs.replace(seen, lumisections=seen.lumisections + 3), "")
    found = signed.look(book(*bodies, later), own)
    assert [each.good for each in found] == [False, False]


def test_a_flag_that_is_corrected_counts_whatever_clock_the_console_has() -> None:
    """Ada's clock is an hour fast, and so was her flag; Leo finds it BAD afterwards."""
    ada, signed = (
        Record(f"b{at}", 3700.0 + at, body, "Ada", "", "", run=RUN, subsystem=to,
               number=at, stored_at=100.0 + at)
        for at, (body, to) in enumerate(((Flag("GOOD"), "hcal"), SIGNED), 1)
    )  # fmt: skip
    leo = msgspec.structs.replace(
        *(ada,), uid="b3", made_at=103.0, body=Flag("BAD", cause="HV"), who="Leo",
        number=3, stored_at=103.0,
    )  # fmt: skip
    logbook, covers = Logbook(), covering(site(hcal=("Hcal",)))
    for record in (*records(SEEN), ada, signed):
        logbook.put(msgspec.structs.replace(record, uid=f"{record.uid}{record.number}"))
    good, *_ = qualities(logbook, covers, RUN)
    logbook.put(leo)
    bad, *_ = qualities(logbook, covers, RUN)
    assert (good.good, good.at) == (True, 102.0)
    assert (bad.good, bad.at) == (False, 103.0)
    assert bad.by == "Leo"


def test_the_session_tells_its_engine() -> None:
    given = instructed_site()
    names = [each.layout.lower() for each in given.layouts]
    bodies = [SEEN, *((Flag("GOOD"), name) for name in names), SIGNED]
    client, writer = FakeSession(given), FakeWriter(tuple(records(*bodies)))
    session = ShiftSession(client, lambda _site, _banner: writer, lambda: 1000.0)
    session.look(1000.0, client.take())
    session.look(1001.0, client.take())
    told = [each for each in client.feed.sent if isinstance(each, SignedOff)]
    assert len(told) == 1
    assert {each.run for each in told[0].runs} == {RUN}
    assert all(each.good for each in told[0].runs)
    client.put_site(given)  # as another engine says it
    session.look(1002.0, client.take())
    assert client.feed.sent[-1] == told[0]
