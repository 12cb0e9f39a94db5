"""A run as the drawing of the first page has it: invented, on the invented site."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from support.fake_session import HCAL, NOW, OTHERS, RUN, live_session, run_info

from dqmconsole.model.frame import OutageFact
from dqmconsole.model.history import LumisectionsFact, TransitionFact
from dqmconsole.model.layout import plot_key
from dqmconsole.model.run import Client
from dqmconsole.model.verdict import LastVerdict, Status, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.fake_session import FakeSession

    from dqmconsole.model.site import Site

LAST = 78
LENGTH = 23.3  # s of a lumisection
PARTITIONS = 24


def time_of(lumisection: int) -> float:
    """Unix time, s, at which the data of a lumisection came."""
    return NOW - (LAST - lumisection) * LENGTH - 4


def keys_of(site: Site, layout: str) -> list[str]:
    """The plots of a layout on pages of the shift."""
    return [
        plot_key(layout, page.page, plot.path)
        for each in site.layouts
        if each.layout == layout
        for page in each.pages
        if page.audience == "shift"
        for plot in page.plots
    ]


def transition(
    key: str, status: Status, lumisection: int, sentence: str = "", run: int = RUN
) -> TransitionFact:
    """A change of a plot's status."""
    return TransitionFact(key, run, status, time_of(lumisection), lumisection, sentence)


def lumisections(
    run: int = RUN, last: int = LAST, *, watched: bool = True
) -> Iterator[LumisectionsFact]:
    """The conditions of a run: RPC's high voltage was off for a while."""
    for number in range(1, last + 1):
        off = ("RPC",) if 10 <= number < 16 else ()
        yield LumisectionsFact(
            run,
            number,
            number,
            time_of(number) if watched else None,
            watched,
            "flat top" if number < 4 else "stable beams",
            PARTITIONS - len(off) if number > 4 else 0,
            PARTITIONS,
            off,
            None if number < 4 else 19800 - 4.0 * number,
            3.8,
        )


def drawn_session() -> FakeSession:
    """The session of the drawing, at LS 78."""
    client = live_session()
    site = client.site
    assert site is not None
    info = run_info(RUN, LAST)
    clients = tuple(
        Client(
            name, RUN, 63 if name == "L1T" else LAST,
            "frozen" if name == "L1T" else "live", produced=NOW - 4,
        )
        for name in (HCAL, *OTHERS)
    )  # fmt: skip
    subsystems = frozenset((HCAL, *OTHERS)) - {"Castor"}
    given = msgspec.structs.replace(info.conditions, subsystems=subsystems)
    client.put_run(msgspec.structs.replace(
        info, clients=clients, conditions=given, started=time_of(1)
    ))  # fmt: skip
    client.put_history(*lumisections())
    facts: list[TransitionFact] = []
    for layout in site.layouts:
        keys = keys_of(site, layout.layout)
        for number, key in enumerate(keys):
            facts.append(transition(key, Status.WAITING, 1))
            facts.append(transition(key, _usual(layout.layout, number), 4))
    bad = "192 cells empty in HB+ and HE−, iφ 15–22"
    hcal = keys_of(site, HCAL)
    facts.append(transition(hcal[2], Status.WARNING, 40, "some cells are empty"))
    facts += [transition(key, Status.BAD, 41, bad) for key in hcal[:7]]
    late = "segments 2 ns late"
    facts.append(transition(keys_of(site, "CSC")[0], Status.WARNING, 21, late))
    facts.append(transition(keys_of(site, "CSC")[0], Status.GOOD, 25))
    ctpps = keys_of(site, "CTPPS")[0]
    facts.append(transition(ctpps, Status.BAD, 52, "one plane empty"))
    facts.append(transition(ctpps, Status.WARNING, 53, "one plane half empty"))
    facts.append(transition(ctpps, Status.GOOD, 54))
    for key in keys_of(site, "RPC"):
        facts.append(transition(key, Status.NOT_APPLICABLE, 10))
        facts.append(transition(key, Status.GOOD, 16))
    for key in keys_of(site, "L1T"):
        facts.append(transition(key, Status.STALE, 63, "content stands still"))
    client.put_history(*sorted(facts, key=lambda each: each.at))
    states: dict[str, TransitionFact] = {}
    for each in facts:
        states[each.key] = each
    for key, each in states.items():
        last = None
        if each.status is Status.STALE:
            last = LastVerdict(Status.GOOD, RUN, 4, time_of(4))
        client.put_verdict(
            key,
            Verdict(each.status, each.sentence or "like the reference", "chi2",
                    each.lumisection, began=each.at, last=last),
        )  # fmt: skip
    client.put_outage(
        OutageFact("L1T", "frozen", "its files are fresh, their content stands still",
                   RUN, 63, time_of(63))
    )  # fmt: skip
    return client


def _usual(layout: str, number: int) -> Status:
    if layout == "Castor":
        return Status.NOT_APPLICABLE
    if layout in ("Info", "FED") and number > 3:
        return Status.NOT_CHECKED
    return Status.GOOD
