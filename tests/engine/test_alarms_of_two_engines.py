"""Two engines on one source and one store: what their consoles tell of alarms."""

from __future__ import annotations

import contextlib
import queue
import random
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from engine.test_loop import a_site
from support.waiting import wait_until

from dqmconsole.engine import alarms as looking
from dqmconsole.engine import memory as module
from dqmconsole.engine.alarms import Alarms
from dqmconsole.engine.grouping import GOOD_FOR
from dqmconsole.engine.judging import JudgedPlot
from dqmconsole.engine.memory import Memory
from dqmconsole.engine.source_state import SourceState
from dqmconsole.model.cause import extent_of
from dqmconsole.model.layout import Layout, Page, Plot
from dqmconsole.model.run import Client
from dqmconsole.model.verdict import CheckResult, Status, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from dqmconsole.model.alarm import Alarm
    from dqmconsole.model.cause import Extent

WITHIN = 10.0  # s until both consoles tell the same
PATHS = ("Hcal/a", "Hcal/b", "Hcal/c", "RPC/a", "RPC/b")
SITE = a_site(layouts=())


class Detector:
    """What is wrong, and how far the run is."""

    def __init__(self) -> None:
        self.lumisection, self.shift_of_clock = 4, 0.0
        self.wrong: dict[str, Verdict] = {}
        self.parts: dict[str, tuple[Extent, ...]] = {}

    def now(self) -> float:
        """The time as the clock shows it, s."""
        return 1e9 + 23.0 * self.lumisection + self.shift_of_clock

    def strike(self, path: str, *wheels: int) -> None:
        """Let a plot be wrong from the next update on, in some wheels apart."""
        cells = [(str(each),) for each in wheels]
        found = tuple(extent_of(("wheel",), [each]) for each in cells)
        self.parts[path] = found if len(found) > 1 else ()
        extent = extent_of(("wheel",), cells) if cells else None
        why = CheckResult("dead_channels", Status.BAD, "off", family="missing")
        self.wrong[path] = Verdict(
            *(Status.BAD, "off"),
            since=self.lumisection + 1, checks=(why,), extent=extent,
        )  # fmt: skip


class Console:
    """An engine, and what it told of alarms since it started.

    Args:
        folder: of the store.
        detector: what it looks at.
        lease: who has it.
    """

    def __init__(self, folder: Path, detector: Detector, lease: list[Any]) -> None:
        self._folder, self._detector, self._lease = folder, detector, lease
        self.start()

    def start(self) -> None:
        """Start the engine."""
        self.memory = Memory(self._folder, "fake", lambda: self._lease == [self])
        self._alarms = Alarms(SITE, {}, self.memory)
        self.told = {row.alarm.id: row.alarm for row in self.memory.rows}
        self._changes = 0
        layout = Layout("L", (page := Page("P", tuple(map(Plot, PATHS))),))
        plots = [JudgedPlot(layout, page, plot) for plot in page.plots]
        self._plots = {one.key: one for one in plots}
        self.seen: dict[str, Verdict] = {}

    def kill(self) -> None:
        """End the engine: what it has not written is lost."""
        with contextlib.suppress(queue.Empty):
            while True:
                self.memory._rows.get_nowait()
        self.memory.close()
        if self._lease == [self]:
            self._lease.clear()

    def update(self) -> None:
        """See what is wrong now."""
        self.seen = dict(self._detector.wrong)
        self._changes += 1
        for one in self._plots.values():
            good = Verdict(Status.GOOD, "as expected")
            one.run, one.verdict = 7, self.seen.get(one.plot.path, good)
            one.parts = self._detector.parts.get(one.plot.path, ())
        self._lumisection = self._detector.lumisection
        self.look()

    def look(self) -> None:
        """Look for alarms, as often as an engine does."""
        at = self._lumisection
        clients = {name: Client(name, 7, at, "live") for name in ("Hcal", "RPC")}
        versions = dict.fromkeys(clients, at)
        now = self._detector.now()
        state = SourceState(now, 7, clients=clients, versions=versions)
        judging: Any = SimpleNamespace(
            isolated=set(),
            plots=self._plots,
            changes=self._changes,
            pending=0,
            waits=lambda _: False,
        )
        found = self._alarms.look(state, judging, ())
        self.told |= {each.id: each for each in found}

    @property
    def decided(self) -> dict[str, object]:
        """What is not seen by each engine itself, of what it told."""
        return {name: _decided(alarm) for name, alarm in self.told.items()}

    @property
    def wrong(self) -> list[tuple[str, str]]:
        """The plots that are wrong in an alarm, in each, and a wheel of each part."""
        return [
            (one.key, one.extent.cells[0][0] if one.extent and one.part else "")
            for alarm in self.told.values()
            for one in alarm.wrong
        ]

    @property
    def sees(self) -> list[str]:
        """The plots that it judges wrong."""
        plots = self._plots.values()
        return sorted(one.key for one in plots if one.plot.path in self.seen)


def _decided(alarm: Alarm) -> object:
    onset = (alarm.began, alarm.earliest, alarm.latest)
    wrong = sorted(one.key for one in alarm.wrong)
    return onset, alarm.news, alarm.news_at, alarm.returned is None, wrong


@pytest.fixture
def scene(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Detector, list[Console], list[Console]]]:
    """The detector, two consoles, and who has the lease: the first."""
    detector, lease = Detector(), list[Console]()
    clock = SimpleNamespace(time=detector.now, monotonic=time.monotonic)
    monkeypatch.setattr(module, "time", clock)
    monkeypatch.setattr(module, "FOLLOWS", 0.001)
    monkeypatch.setattr(module, "BEAT", 0.001)
    consoles = [Console(tmp_path, detector, lease) for _ in range(2)]
    lease.append(consoles[0])
    wait_until(lambda: consoles[0].memory.decides, "it decides", 0.001)
    yield detector, consoles, lease
    for console in consoles:
        console.memory.close()


def agreed(consoles: list[Console], lease: list[Console]) -> Callable[[], bool]:
    """Both tell the same, and of each part of a plot that is wrong one alarm."""

    def look() -> bool:
        for console in consoles:
            console.look()
        one, other = consoles
        same = one.decided == other.decided
        seen = set(lease[0].sees) <= {key for key, _ in one.wrong}
        return same and seen and len(set(one.wrong)) == len(one.wrong)

    return look


@pytest.mark.parametrize("seed", range(6))
def test_two_consoles_agree_whatever_is_killed_and_lose_nothing(
    scene: tuple[Detector, list[Console], list[Console]], seed: int
) -> None:
    detector, consoles, lease = scene
    dice = random.Random(seed)
    known: dict[str, Alarm] = {}
    for _ in range(40):
        match dice.choice(("strike", "mend", "update", "kill", "take", "jump")):
            case "strike":
                wheels = dice.choice(((), (1,), (2,), (1, 2), (2, 1)))
                detector.strike(dice.choice(PATHS), *wheels)
            case "mend":
                detector.wrong.pop(dice.choice(PATHS), None)
            case "kill":
                console = dice.choice(consoles)
                console.kill()
                console.start()
            case "take":
                lease[:] = [dice.choice(consoles)]
            case "jump":
                detector.shift_of_clock = dice.choice((-3600.0, 0.0, 3600.0))
        detector.lumisection += 1
        for console in dice.sample(consoles, 2):
            if dice.random() < 0.8 or not hasattr(console, "_lumisection"):
                console.update()  # else it is late
        if dice.random() < 0.2:
            continue  # the next thing happens before they agree
        if not lease:
            lease.append(dice.choice(consoles))
        agree = agreed(consoles, lease)
        wait_until(agree, [each.decided for each in consoles], 0.001, WITHIN)
        now = consoles[0].told
        for name, alarm in known.items():
            assert now[name].began == alarm.began
            assert now[name].news >= alarm.news
        known = dict(now)


def test_what_only_the_engine_that_stands_by_saw_is_told_by_none(
    scene: tuple[Detector, list[Console], list[Console]],
) -> None:
    detector, (one, other), lease = scene
    one.update()
    detector.strike("Hcal/a")
    detector.lumisection += 1
    other.update()
    detector.wrong.clear()
    for _ in range(4):
        detector.lumisection += 1
        one.update()
        other.update()
    detector.strike("RPC/a")
    detector.lumisection += 1
    one.update()
    other.update()
    wait_until(agreed([one, other], lease), "they agree", 0.001, WITHIN)
    assert {alarm.root for alarm in other.told.values()} == {"RPC"}


def test_who_takes_over_goes_on_from_what_was_kept_last(
    scene: tuple[Detector, list[Console], list[Console]],
) -> None:
    detector, (one, other), lease = scene
    detector.strike("Hcal/a")
    one.update()
    other.update()
    wait_until(agreed([one, other], lease), "they agree", 0.001, WITHIN)
    detector.wrong.clear()
    for _ in range(GOOD_FOR):
        detector.lumisection += 1
        one.update()
    (alarm,) = one.told.values()
    assert alarm.returned is not None
    one.memory.close()  # all of it is written
    lease[:] = [other]
    wait_until(lambda: other.memory.decides, "it decides", 0.001)
    other.update()
    assert other.told == one.told
    one.start()


@pytest.fixture
def hung(
    scene: tuple[Detector, list[Console], list[Console]],
    monkeypatch: pytest.MonkeyPatch,
) -> tuple[Detector, list[Console], list[Console]]:
    """The engine that decides hangs, and something is wrong."""
    detector, (one, other), _ = scene
    monkeypatch.setattr(looking, "_UNSAID", 0.0)
    one.update()
    detector.strike("Hcal/a")
    detector.lumisection += 1
    other.update()
    other.look()
    return scene


def test_what_the_engine_that_decides_does_not_say_is_said_by_the_other_and_kept(
    hung: tuple[Detector, list[Console], list[Console]],
) -> None:
    detector, (one, other), lease = hung
    ((name, alarm),) = other.told.items()
    one.kill()
    one.start()
    one.update()
    lease[:] = [one]
    wait_until(agreed([one, other], lease), "they agree", 0.001, WITHIN)
    assert one.told[name].began == alarm.began
    assert list(one.told) == list(other.told) == [name]
    assert detector.wrong


def test_what_the_engine_that_decides_judges_good_is_said_by_the_other_once(
    hung: tuple[Detector, list[Console], list[Console]],
) -> None:
    detector, (one, other), lease = hung
    detector.wrong.clear()

    def returned() -> bool:
        detector.lumisection += 1
        one.update()
        other.look()
        (alarm,) = other.told.values()
        return alarm.returned is not None

    wait_until(returned, "it returns at the other too", 0.001, WITHIN)
    assert other.sees
    other.look()
    assert len(other.told) == 1
    wait_until(agreed([one, other], lease), "they agree", 0.001, WITHIN)
