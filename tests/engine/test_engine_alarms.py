"""Alarms of a source: from its data to what consoles are told, over restarts."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec
import pytest
from engine.fakes import line
from engine.test_loop import (
    EVENTS,
    KEY,
    OCC,
    TIME,
    Bench,
    a_site,
    facts,
    hcal,
    verdicts,
)
from support.waiting import wait_until

from dqmconsole.engine.context import SourceContext
from dqmconsole.engine.grouping import GOOD_FOR, Grouping, Row
from dqmconsole.engine.memory import FILE, Memory
from dqmconsole.model.alarm import Alarm, chain_test_alarm
from dqmconsole.model.frame import ProblemsFact, VerdictFact
from dqmconsole.model.histogram import QualityResult, Scalar
from dqmconsole.model.layout import Layout, Page, Plot, plot_key
from dqmconsole.model.run import Client, RunState
from dqmconsole.model.verdict import Status
from dqmconsole.site.findings import Place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dqmconsole.model.graph import Element
    from dqmconsole.model.message import Open


class Remembering(Bench):
    """A bench whose engine keeps what must survive it."""

    def _open(self, request: Open) -> SourceContext:
        self.memory = Memory(self.folder / "memory", request.source)
        return SourceContext(
            self.source,
            self.folder,
            reading=(self.site, {}),
            clock=self._clock,
            memory=self.memory,
        )


def heard(**more: object) -> tuple[Layout, ...]:
    """Layouts with a plot that somebody has to act on."""
    plot = Plot(OCC, alarm="now", quality_persist=1, **more)  # type: ignore[arg-type]
    return (Layout("Hcal", (Page("Digi", (plot, Plot(TIME))),)),)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Remembering]:
    bench = Remembering(tmp_path, a_site(layouts=heard()))
    yield bench
    bench.loop.close()


def update(bench: Bench, lumisection: int, code: int = 100) -> list[Alarm]:
    """One update of the source; what is told of alarms."""
    hcal(bench, code=code, lumisection=lumisection)
    return [each for each in facts(bench.run(), Alarm) if isinstance(each, Alarm)]


def test_a_bad_plot_is_an_alarm_until_it_is_good_for_long_enough(
    bench: Remembering,
) -> None:
    update(bench, 10)
    update(bench, 20)
    (alarm,) = update(bench, 30, 300)
    assert (alarm.id, alarm.urgency) == ("7/Hcal/shift/1", "now")
    assert (alarm.earliest, alarm.latest) == (21, 30)
    (member,) = alarm.members
    assert (member.key, member.status) == (KEY, Status.BAD)
    for n in range(GOOD_FOR - 1):
        assert not any(each.returned for each in update(bench, 40 + n))
    (alarm,) = update(bench, 50)
    assert alarm.returned is not None


def test_a_layout_that_is_tried_out_makes_no_alarm(tmp_path: Path) -> None:
    tried = tuple(msgspec.structs.replace(each, commissioning=True) for each in heard())
    bench = Remembering(tmp_path, a_site(layouts=tried))
    found = set()
    for n in range(6):
        hcal(bench, code=300 if n > 1 else 100, lumisection=10 + n)
        said = bench.run()
        assert facts(said, Alarm) == []
        found |= {
            each.verdict.status
            for each in facts(said, VerdictFact)
            if isinstance(each, VerdictFact)
        }
    assert Status.BAD in found  # it is judged nevertheless
    bench.loop.close()


def by_the_producer(folder: Path) -> Bench:
    layouts = (Layout("Hcal", (Page("Digi", (Plot(OCC, alarm="now"),)),)),)
    return Bench(folder, a_site(layouts=layouts))


def test_what_a_producer_finds_is_announced_once_it_was_found_three_times(
    tmp_path: Path,
) -> None:
    bench = by_the_producer(tmp_path)
    for at, code in enumerate([100, 100, 300, 100, 300, 300, 100, 300, 300]):
        assert update(bench, 10 * at + 10, code) == [], at
    (alarm,) = update(bench, 100, 300)
    assert (alarm.earliest, alarm.latest) == (71, 80)
    assert update(bench, 110, 100) == []
    assert update(bench, 120, 300) == []  # it stands, as it did
    assert update(bench, 130, 100) == update(bench, 140, 100) == []
    (over,) = update(bench, 150, 100)
    assert over.returned is not None


def test_what_is_not_announced_yet_is_judged_nevertheless(tmp_path: Path) -> None:
    bench = by_the_producer(tmp_path)
    update(bench, 10)
    hcal(bench, code=300, lumisection=20)
    (fact,) = facts(bench.run(), VerdictFact)
    assert isinstance(fact, VerdictFact)
    assert fact.verdict.status is Status.BAD
    assert fact.verdict.announced is Status.GOOD


def test_a_gross_loss_is_announced_after_two_updates(tmp_path: Path) -> None:
    bench = by_the_producer(tmp_path)
    update(bench, 10)
    lost = QualityResult("Occupancy", "Dead", 300, 0.4, "DeadChannel", "")
    told = []
    for at in (20, 30):
        hcal(bench, code=300, lumisection=at)
        bench.source.results[7][OCC] = (lost,)
        told.append(len(facts(bench.run(), Alarm)))
    assert told == [0, 1]


@pytest.mark.parametrize(("healthy", "earliest"), [((10, 20, 30), 31), ((), None)])
def test_a_plot_that_sees_it_an_update_later_is_in_the_same_row(
    tmp_path: Path, healthy: tuple[int, ...], earliest: int | None
) -> None:
    checks = ({"entries": {"bad_above": 100}},)
    plots = [Plot(each, accumulates="latest", checks=checks) for each in (OCC, TIME)]
    site = a_site(layouts=(Layout("Hcal", (Page("Digi", tuple(plots)),)),))
    bench = Remembering(tmp_path, site)

    def wrong(lumisection: int, *paths: str) -> list[Alarm]:
        elements: dict[str, Element] = {
            EVENTS: Scalar("processedEvents", 100 * lumisection)
        }
        for each in (OCC, TIME):
            elements[each] = line(each, [1000.0 if each in paths else lumisection])
        bench.source.snapshot(7, "Hcal", elements, lumisection=lumisection)
        return [each for each in facts(bench.run(), Alarm) if isinstance(each, Alarm)]

    for lumisection in healthy:
        assert wrong(lumisection) == []
    (first,) = wrong(40, OCC)
    assert (first.earliest, first.latest) == (earliest, 40)
    (alarm,) = wrong(50, OCC, TIME)
    bench.loop.close()
    assert alarm.id == first.id
    assert len(alarm.members) == 2


def test_a_silent_subsystem_is_an_alarm_of_its_own(bench: Remembering) -> None:
    update(bench, 17)
    bench.source.snapshot(7, "L1T", {}, written=bench.now, period=1.0)
    bench.run()
    silent = Client("Hcal", 7, 17, "silent", written=bench.now - 99, period=2.0)
    bench.source.served["Hcal"] = silent
    (alarm,) = facts(bench.run(1.0), Alarm)
    assert isinstance(alarm, Alarm)
    assert (alarm.root, alarm.family, alarm.urgency) == ("Hcal", "stale", "now")
    assert alarm.earliest == 18


def test_what_stands_at_the_top_of_files_is_not_taken_for_the_whole_source(
    tmp_path: Path,
) -> None:
    top = Layout("Top", (Page("Digi", (Plot("hits", checks=()),)),))
    bench = Remembering(tmp_path, a_site(layouts=(*heard(), top)))
    update(bench, 17)
    bench.source.snapshot(7, "", {}, written=bench.now, period=20.0)
    bench.run()
    silent = Client("", 7, 17, "silent", written=bench.now - 99, period=2.0)
    bench.source.served[""] = silent
    bench.source.snapshot(7, "L1T", {}, written=bench.now, period=20.0)
    (alarm,) = facts(bench.run(1.0), Alarm)
    assert isinstance(alarm, Alarm)
    assert (alarm.root, [each.key for each in alarm.members]) == ("(top)", ["(top)"])
    found: list[object] = []
    for _ in range(GOOD_FOR + 1):
        bench.source.snapshot(7, "", {}, written=bench.now, period=20.0)
        found += facts(bench.run(1.0), Alarm)
    (alarm,) = (each for each in found if isinstance(each, Alarm) and each.returned)
    assert alarm.root == "(top)"
    bench.loop.close()


def test_plots_that_braces_write_in_one_line_are_known_as_such(tmp_path: Path) -> None:
    paths = ("Hcal/d1", "Hcal/d2", "Hcal/alone")
    plots = tuple(Plot(each) for each in paths)
    site = a_site(layouts=(Layout("Hcal", (Page("Digi", plots),)),))
    lines = dict(zip(paths, (7, 7, 9), strict=True))
    places = {
        plot_key("Hcal", "Digi", each): Place("hcal.yaml", lines[each], 9)
        for each in paths
    }
    source = Bench(tmp_path, site).source
    context = SourceContext(source, tmp_path, reading=(site, places))
    found = {one.plot.path: one.braces for one in context.judging.plots.values()}
    assert found["Hcal/d1"] == found["Hcal/d2"] != ""
    assert found["Hcal/alone"] == ""
    context.close()


def test_all_sources_together_are_one_row(bench: Remembering) -> None:
    update(bench, 17)
    bench.source.snapshot(7, "L1T", {}, written=bench.now, period=20.0)
    bench.run()
    for name in ("Hcal", "L1T"):
        silent = Client(name, 7, 17, "silent", written=bench.now, period=20.0)
        bench.source.served[name] = silent
    bench.now += 50.0
    assert facts(bench.run(), Alarm) == []  # the plots are stale by now
    bench.now += 15.0
    (alarm,) = facts(bench.run(), Alarm)
    assert isinstance(alarm, Alarm)
    assert (alarm.root, alarm.family) == ("source", "stale")
    assert [each.key for each in alarm.members] == [""]


def test_an_alarm_goes_on_after_a_restart_under_its_name(bench: Remembering) -> None:
    update(bench, 10)
    (before,) = update(bench, 20, 300)
    bench.loop.close()
    again = Remembering(bench.folder, bench.site)
    again.source = bench.source
    again.run()
    assert update(again, 30, 300) == []  # nothing is new
    (told,) = update(again, 40, 200)
    assert (told.id, told.began) == (before.id, before.began)
    again.loop.close()
    memory = Memory(bench.folder / "memory", "fake")
    memory.close()
    assert [row.alarm.id for row in memory.rows] == [before.id]


def test_a_row_that_was_closed_stays_closed_after_a_restart(
    bench: Remembering, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dqmconsole.engine.grouping.CHATTER_IN", 1)
    update(bench, 10)
    update(bench, 20, 300)
    for n in range(GOOD_FOR + 1):
        update(bench, 21 + n)
    (row,) = stored(bench)
    assert row.closed
    assert Grouping([row]).rows == ()


def stored(bench: Remembering) -> list[Row]:
    """What is kept of alarms, once all of it is."""
    bench.memory.close()
    memory = Memory(bench.folder / "memory", "fake")
    memory.close()
    return list(memory.rows)


def test_who_stands_by_is_told_what_the_other_keeps_of_alarms(
    bench: Remembering, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dqmconsole.engine.memory.FOLLOWS", 0.001)
    other = Memory(bench.folder / "memory", "fake", lambda: False)
    update(bench, 10)
    (alarm,) = update(bench, 20, 300)
    found: list[Row] = []

    def followed() -> bool:
        found.extend(other.take_others())
        return bool(found)

    wait_until(followed, "it is told")
    other.close()
    assert [row.alarm for row in found] == [alarm]


def test_who_takes_over_overwrites_no_alarm_that_it_was_not_told_yet(
    bench: Remembering, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dqmconsole.engine.memory.FOLLOWS", 60.0)
    held: list[bool] = []
    other = Memory(bench.folder / "memory", "fake", lambda: bool(held))
    update(bench, 10)
    (alarm,) = update(bench, 20, 300)
    (row,) = stored(bench)
    held.append(True)
    later = msgspec.structs.replace(alarm, began=alarm.began + 1.0)
    other.keep_rows([msgspec.structs.replace(row, alarm=later)])
    other.close()
    assert [each.alarm for each in stored(bench)] == [alarm]
    assert [each.alarm for each in other.take_others()] == [alarm]


def test_an_alarm_is_told_to_who_stands_by_however_the_clocks_of_engines_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dqmconsole.engine.memory.FOLLOWS", 0.001)
    one, other = Memory(tmp_path, "fake"), Memory(tmp_path, "fake", lambda: False)
    found = set[str]()

    def told_of(name: str) -> bool:
        found.update(row.alarm.id for row in other.take_others())
        return name in found

    now = [1e9]
    monkeypatch.setattr("dqmconsole.engine.memory.time.time", lambda: now[0])
    for number, jump in enumerate((0.0, -3600.0, 7200.0, -7200.0)):
        now[0] += jump
        alarm = chain_test_alarm(number, 7, 0.0)
        one.keep_rows([Row(alarm, {}, {})])
        wait_until(partial(told_of, alarm.id), "it is told", 0.001)
    one.close()
    other.close()


def test_where_kept_alarms_were_lost_no_answer_to_one_is_taken_for_another(
    bench: Remembering, caplog: pytest.LogCaptureFixture
) -> None:
    update(bench, 10)
    (before,) = update(bench, 20, 300)
    bench.loop.close()
    (bench.folder / "memory" / FILE).write_bytes(b"no database " * 1000)
    again = Remembering(bench.folder, bench.site)
    again.source = bench.source
    told = [each for each in facts(again.run(), Alarm) if isinstance(each, Alarm)]
    told += update(again, 30, 300) + update(again, 40, 300)
    assert {(each.root, each.family) for each in told} == {("Hcal", before.family)}
    assert before.id not in {each.id for each in told}
    again.loop.close()
    caplog.clear()


def test_where_looking_for_alarms_fails_judging_goes_on_and_it_is_said(
    bench: Remembering,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fails(*_: object) -> None:
        dict[str, int]()["Hcal"]

    update(bench, 10)
    monkeypatch.setattr("dqmconsole.engine.alarms.Alarms.look", fails)
    hcal(bench, code=300, lumisection=20)
    sent = bench.run()
    assert verdicts(sent)[KEY] is Status.BAD
    problems = [
        each.message
        for fact in facts(sent, ProblemsFact)
        for each in fact.problems  # type: ignore[attr-defined]
    ]
    assert "alarms are not looked for: KeyError('Hcal')" in problems
    assert "looking for alarms" in caplog.text
    caplog.clear()
    monkeypatch.undo()
    assert [each.root for each in update(bench, 30, 300)] == ["Hcal"]


def test_consoles_that_come_later_hear_of_what_stands(bench: Remembering) -> None:
    update(bench, 10)
    (alarm,) = update(bench, 20, 300)
    bench.loop.close()
    memory = Memory(bench.folder / "memory", "fake")
    memory.close()
    history = memory.take_history()
    assert history is not None
    assert [each.id for each in history.alarms] == [alarm.id]


def test_a_plot_that_leaves_the_site_withdraws_its_alarm(
    bench: Remembering, monkeypatch: pytest.MonkeyPatch
) -> None:
    update(bench, 10)
    update(bench, 20, 300)
    layouts = (Layout("Hcal", (Page("Digi", (Plot(TIME),)),)),)
    other = a_site(hash="two", layouts=layouts)
    monkeypatch.setattr(
        "dqmconsole.engine.site_releases.read_working_copy", lambda *_: (other, {})
    )
    (bench.folder / "layouts").mkdir()
    (bench.folder / "layouts" / "hcal.yaml").write_text("layout: Hcal\n")
    (alarm,) = facts(bench.run(1.5), Alarm)
    assert isinstance(alarm, Alarm)
    assert alarm.withdrawn == "it is laid out no longer"


def test_what_a_plot_is_wrong_in_by_default_is_shown_and_never_heard(
    tmp_path: Path,
) -> None:
    layouts = (Layout("Hcal", (Page("Digi", (Plot(OCC, quality_persist=1),)),)),)
    bench = Bench(tmp_path, a_site(layouts=layouts))
    update(bench, 10)
    (alarm,) = update(bench, 20, 300)
    assert alarm.urgency == ""


def test_what_is_compared_with_a_run_of_another_type_has_one_cause(
    bench: Remembering, monkeypatch: pytest.MonkeyPatch
) -> None:
    update(bench, 10)
    monkeypatch.setattr(
        "dqmconsole.engine.references.References.is_of_other_type", lambda *_: True
    )
    (alarm,) = update(bench, 20, 300)
    assert alarm.root == "reference"
    assert alarm.family == "shift", "whatever the plot shows, or where"
    assert alarm.extent is None
    (member,) = alarm.members
    assert member.sentence.startswith("compared with a run of another type: ")


@pytest.mark.parametrize("before", [100, 300])
def test_what_is_seen_at_the_end_of_a_run_alone_is_no_alarm(
    tmp_path: Path, before: int
) -> None:
    """What holds at once is the verdict; what was told goes on to be told."""
    bench = Bench(tmp_path, a_site(layouts=heard()))
    update(bench, 10)
    begun = update(bench, 20, before)
    bench.source.states[7] = RunState.FINAL
    hcal(bench, code=300, lumisection=30)
    told = bench.run()
    assert [fact for fact in facts(told, Alarm) if before == 100] == []
    assert len(begun) == (before == 300)
    if before == 100:
        (fact,) = facts(told, VerdictFact)
        assert isinstance(fact, VerdictFact)
        assert fact.verdict.announced is Status.BAD


def test_all_that_is_wrong_in_a_run_that_was_over_before_is_an_alarm(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path, a_site(layouts=heard()))
    bench.source.states[7] = RunState.FINAL
    (alarm,) = update(bench, 30, 300)
    assert len(alarm.members) == 1
