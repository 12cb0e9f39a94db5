"""Two consoles on one detector and one shared book: what they tell and answer.

Each has a real engine. Both on one machine share what engines keep; on two machines
nothing but the data and the book, and the same cause is found by run, root, family and
place.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from support.alarm_consoles import Console, Detector, write_site
from support.books import Place
from support.waiting import wait_until

from dqmconsole.model.record import ShiftEnded
from dqmconsole.shift import actions, answering
from dqmconsole.shift.alarms import own_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from support.postgres import Cluster

    from dqmconsole.shift.alarms import Standing

    Say = Callable[[str, object], None]

pytestmark = pytest.mark.slow
TRIP = "hv-trip:Hcal*4"
ALARM = "398214/Hcal/missing/1"
QUIET = 12  # lumisections; a starved engine judged all plots within 8


class Pair:
    """Two consoles, and the detector they look at.

    Args:
        folder: everything stands here.
        url: of the book.
        apart: their engines are as on two machines.
    """

    def __init__(self, folder: Path, url: str, say: Say, *, apart: bool) -> None:
        site, data = write_site(folder / "site"), folder / "data"
        self._say = say
        self.detector = Detector(data)
        self.detector.look()
        self.consoles = [
            Console(
                *(number, data, site, url, account),
                *(folder / f"state{number if apart else ''}", folder),
            )
            for number, account in enumerate(("sue_shifter", "leo_leader"))
        ]

    def until(self, holds: Callable[[], object], what: str) -> None:
        """Look at both until something holds, and note how long that took."""
        began = time.monotonic()

        def look() -> object:
            if self.reached() >= self.detector.lumisection:  # no update is passed over
                self.detector.look()
            for console in self.consoles:
                console.look()
            return holds()

        wait_until(look, what, 0.01)
        self._say(f"{what}, s", round(time.monotonic() - began, 2))

    def rows(self) -> list[Standing | None]:
        """The row of the alarm at each console."""
        return [console.row(ALARM) for console in self.consoles]

    def plots(self) -> frozenset[str]:
        """The plots that the alarm has at both consoles."""
        mine, theirs = (row.alarm.keys if row else frozenset() for row in self.rows())
        return mine & theirs

    def reached(self) -> int:
        """The lumisection up to which both consoles were told."""
        found = [each.client.mailbox.run.lumisection for each in self.consoles]
        return min(each or 0 for each in found)

    def states(self) -> list[tuple[str, ...]]:
        """How the alarm and what was split off it stand at each console."""
        return [
            tuple(
                row.state
                for row in sorted(
                    console.session.alarms, key=lambda each: each.alarm.id
                )
                if own_id(row.alarm.id) == ALARM
            )
            for console in self.consoles
        ]

    def settle(self) -> None:
        """Wait until the alarm takes no more plots: what is new of it asks again."""
        seen: tuple[object, ...] = ()
        since = 0

        def quiet() -> bool:
            nonlocal seen, since
            rows = self.rows()
            now = tuple((row.alarm.news, row.alarm.keys) for row in rows if row)
            if len(now) < len(rows) or now != seen:
                seen, since = now, self.reached()
            return self.reached() > since + QUIET

        self.until(quiet, "it has all its plots")

    def both(self, *states: str) -> None:
        """Wait until it stands so at both."""
        self.until(lambda: self.states() == [states] * 2, f"both have it {states}")

    def close(self) -> None:
        """End both."""
        for console in self.consoles:
            console.close()


@pytest.fixture(params=["one machine", "two machines"])
def pair(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    cluster: Cluster,
    record_property: Say,
) -> Iterator[Pair]:
    place = Place(cluster.database(), cluster)
    place.make()
    apart = request.param == "two machines"
    made = Pair(tmp_path, place.url, record_property, apart=apart)
    try:
        yield made
    finally:
        made.close()


def test_what_is_answered_at_one_is_answered_at_the_other(pair: Pair) -> None:
    one, other = (console.session for console in pair.consoles)
    pair.until(lambda: all(each.ready for each in pair.consoles), "both are ready")
    assert one.begin("Sue") == ""
    start = pair.reached()
    pair.until(lambda: pair.reached() > start + 6, "some good lumisections")
    pair.detector.strike(TRIP)
    pair.until(lambda: all(pair.rows()), "both tell the alarm")
    pair.settle()
    assert len(pair.plots()) > 1
    mine, theirs = pair.rows()
    assert mine is not None
    assert theirs is not None
    assert (mine.alarm.root, mine.alarm.urgency) == ("Hcal", "now")
    assert pair.states() == [("unacknowledged",)] * 2

    assert answering.acknowledge(one, mine) == ""
    pair.both("acknowledged")

    assert other.begin("Leo") == ""  # beside the shifter, who keeps the shift
    theirs = pair.rows()[1]
    assert theirs is not None
    assert theirs.alarm.urgency == "now"
    end = answering.end_of_shift(other)
    assert answering.shelve(other, theirs, "known to the expert", end) == ""
    pair.both("shelved")
    assert answering.unshelve(other, theirs) == ""
    pair.both("acknowledged")

    plot = min(pair.plots())
    assert answering.split_off(one, mine, [plot]) == ""
    pair.both("acknowledged", "acknowledged")
    off = {session.alarm_of(plot) for session in (one, other)}
    assert {len(each.alarm.members) for each in off if each} == {1}

    assert actions.hand_over(one, "Night", "Hcal lost four sectors.") == ""
    assert one.end() == ""
    assert other.end() == ""
    ended = other.logbook.of
    pair.until(lambda: len(ended(ShiftEnded)) == 2, "both shifts are over")
    assert other.begin("Tim") == ""
    pair.both("unacknowledged", "unacknowledged")
    assert all(row.carried for row in pair.rows() if row)
