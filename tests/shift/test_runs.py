"""Runs appear, end and are weighed by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from dqmconsole.logbook.author import Author, Signature
from dqmconsole.logbook.view import Logbook
from dqmconsole.model.record import Record, RunSeen
from dqmconsole.model.run import Client, ClientState, Conditions, RunInfo, RunState
from dqmconsole.model.site import Significance, Site, SiteSettings
from dqmconsole.shift.runs import (
    RunWatch,
    latest,
    quiet_since,
    recent,
    seen_now,
    weighed,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.model.record import StoredFile

RUN = 398214
NOW = 1000.0
SITE = Site(
    "/s",
    "a",
    SiteSettings(
        "CMS",
        classes={"collisions": "Collisions26"},
        significant=Significance(20, 1000),
    ),
    (),
)


class Paper:
    """Keeps what is put."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    def put(self, record: Record, files: Sequence[StoredFile] = ()) -> None:  # noqa: ARG002
        self.records.append(record)

    def phases(self) -> list[tuple[int, str, int]]:
        return [
            (each.run, each.body.phase, each.body.lumisections)
            for each in self.records
            if isinstance(each.body, RunSeen)
        ]


class Watching:
    """A watch that notes runs on paper."""

    def __init__(self) -> None:
        self.logbook = Logbook()
        self.paper = Paper()
        self.author = Author(self.logbook, lambda: NOW, Signature(who="A", shift="s"))
        self.author.writer = self.paper
        self.watch = RunWatch(self.logbook, self.author)

    def look(self, info: RunInfo, now: float = NOW, source: str = "/dqm") -> None:
        self.watch.look(info, SITE, now, source)

    def phases(self) -> list[tuple[int, str, int]]:
        return self.paper.phases()


@pytest.fixture
def watching() -> Watching:
    return Watching()


def info(
    run: int = RUN,
    lumisection: int = 50,
    state: RunState = RunState.RUNNING,
    *,
    events: int = 5000,
    produced: float | None = None,
    **given: object,
) -> RunInfo:
    client = Client("Hcal", run, lumisection, events=events, produced=produced)
    conditions = Conditions(run_type="collisions", **given)  # type: ignore[arg-type]
    return RunInfo(run, state, lumisection, 100.0, conditions, clients=(client,))


def test_a_run_appears_once_and_again_when_more_is_known(watching: Watching) -> None:
    for lumisection in (1, 2, 3):
        watching.look(info(lumisection=lumisection))
    watching.look(info(lumisection=4, beam_mode="stable beams", fill=10412))
    watching.look(info(lumisection=5, beam_mode="stable beams", fill=10412))
    assert [phase for _, phase, _ in watching.phases()] == ["running", "running"]
    seen = latest(watching.logbook, RUN)
    assert seen is not None
    assert (seen.run_class, seen.beam_mode, seen.fill) == (
        "Collisions26",
        "stable beams",
        10412,
    )


def test_a_beam_mode_that_comes_back_is_noted_again(watching: Watching) -> None:
    modes = ("stable beams", "adjust", "stable beams", "adjust")
    for lumisection, mode in enumerate(modes, 1):
        for _ in range(2):
            watching.look(info(lumisection=lumisection, beam_mode=mode))
            seen = latest(watching.logbook, RUN)
            assert seen is not None
            assert seen.beam_mode == mode
    assert len(watching.paper.records) == len(modes)


def test_consoles_that_read_different_modes_do_not_correct_each_other(
    watching: Watching,
) -> None:
    """One reads a file that was made earlier in the run."""
    other = RunWatch(watching.logbook, watching.author)
    for lumisection in range(1, 20):
        watching.look(info(lumisection=lumisection, beam_mode="stable beams"))
        other.look(info(beam_mode="adjust"), SITE, NOW, "/early.root")
    assert len(watching.paper.records) == 2
    # what one of them sees change is news all the same
    watching.look(info(beam_mode="adjust"))
    watching.look(info(beam_mode="stable beams"))
    seen = latest(watching.logbook, RUN)
    assert seen is not None
    assert seen.beam_mode == "stable beams"


def test_a_run_that_ends_is_weighed(watching: Watching) -> None:
    watching.look(info())
    watching.look(info(state=RunState.ENDED))
    watching.look(info(state=RunState.FINAL))
    assert watching.phases() == [(RUN, "running", 50), (RUN, "ended", 50)]
    seen = latest(watching.logbook, RUN)
    assert seen is not None
    assert seen.significant is True


def test_a_short_run_closes_by_itself_and_says_why(watching: Watching) -> None:
    watching.look(info(lumisection=3, events=12, state=RunState.ENDED))
    seen = latest(watching.logbook, RUN)
    assert seen is not None
    assert seen.phase == "not significant"
    assert seen.significant is False
    assert seen.why == (
        "3 lumisections, 20 are asked for; 12 events, 1000 are asked for"
    )


def test_the_next_run_ends_the_one_before(watching: Watching) -> None:
    watching.look(info())
    watching.look(info(RUN + 1, 1))
    assert watching.phases() == [
        (RUN, "running", 50),
        (RUN, "ended", 50),
        (RUN + 1, "running", 1),
    ]
    assert recent(watching.logbook) == [RUN + 1, RUN]
    assert recent(watching.logbook, 1) == [RUN + 1]


def test_an_empty_header_ends_no_run(watching: Watching) -> None:
    """The same source opened again has no run for a moment."""
    watching.look(info())
    watching.look(RunInfo())
    watching.look(info(lumisection=51))
    watching.look(RunInfo())
    watching.look(info(RUN + 1, 1))
    assert watching.phases() == [
        (RUN, "running", 50),
        (RUN, "ended", 51),
        (RUN + 1, "running", 1),
    ]


def test_another_source_ends_no_run(watching: Watching) -> None:
    """The run goes on at the detector while somebody looks at a file."""
    watching.look(info())
    watching.look(info(RUN + 7, 300, RunState.FINAL), source="/old/file.root")
    watching.look(info(RUN - 7, 300, RunState.FINAL), source="/other.root")
    assert [phase for run, phase, _ in watching.phases() if run == RUN] == ["running"]


def test_an_unnumbered_file_is_no_run(watching: Watching) -> None:
    watching.look(info(-1))
    watching.look(info(0))
    assert watching.phases() == []


def test_the_final_files_may_know_more(watching: Watching) -> None:
    watching.look(info(lumisection=15, state=RunState.ENDED))
    watching.look(info(lumisection=21, state=RunState.FINAL))
    watching.look(info(lumisection=20, state=RunState.FINAL))
    assert watching.phases() == [(RUN, "not significant", 15), (RUN, "ended", 21)]
    seen = latest(watching.logbook, RUN)
    assert seen is not None
    assert seen.significant is True
    assert seen.lumisections == 21


def test_a_console_that_learns_of_the_end_later_opens_no_run_again(
    watching: Watching,
) -> None:
    watching.look(info(state=RunState.ENDED))
    late = seen_now(info(lumisection=48), SITE, NOW)
    watching.logbook.put(Record("late", NOW, late, run=RUN, number=9))
    seen = latest(watching.logbook, RUN)
    assert seen is not None
    assert seen.phase == "ended"


def test_two_consoles_note_the_same_thing_under_one_uid() -> None:
    one, other = Watching(), Watching()
    for each in (one, other):
        for mode in ("stable beams", "adjust", "stable beams"):
            each.look(info(beam_mode=mode))
        each.look(info(state=RunState.ENDED))
    assert len(one.paper.records) == 4
    assert [r.uid for r in one.paper.records] == [r.uid for r in other.paper.records]


def test_the_end_is_that_of_the_last_data() -> None:
    """An old file opened today did not end today."""
    ended = seen_now(info(state=RunState.FINAL, produced=400.0), SITE, NOW)
    assert ended.ended == 400.0
    assert seen_now(info(state=RunState.FINAL), SITE, NOW).ended == NOW
    # a producer's clock that is fast ends no run in the future
    late = seen_now(info(state=RunState.FINAL, produced=NOW + 50), SITE, NOW)
    assert late.ended == NOW
    assert seen_now(info(), SITE, NOW).ended is None


def test_what_only_the_older_record_knew_is_kept(watching: Watching) -> None:
    watching.look(
        info(beam_mode="stable beams", fill=9, subsystems=frozenset({"Hcal"}))
    )
    watching.look(msgspec.structs.replace(info(RUN + 1, 1)))
    bare = RunInfo(RUN, RunState.ENDED, 50)
    watching.logbook.put(Record("x", NOW, seen_now(bare, SITE, NOW), run=RUN, number=9))
    seen = latest(watching.logbook, RUN)
    assert seen is not None
    assert (seen.fill, seen.beam_mode, seen.events) == (9, "stable beams", 5000)
    assert seen.subsystems == ("Hcal",)


def test_events_of_the_run_before_are_not_those_of_a_run_that_began() -> None:
    before = info(RUN, events=190_725).clients
    late = msgspec.structs.replace(info(RUN + 1, 1, events=40), clients=before)
    assert seen_now(late, SITE, NOW).events == 0
    here = msgspec.structs.replace(late, clients=(*before, *info(RUN + 1).clients))
    assert seen_now(here, SITE, NOW).events == 5000


def test_without_limits_every_run_counts() -> None:
    free = Site("/s", "a", SiteSettings("CMS"), ())
    assert weighed(RunSeen("ended"), free).significant is True


def test_how_long_a_run_must_be_is_in_what_the_site_counts() -> None:
    own = SiteSettings("X", lumisection="spill", significant=Significance(5))
    short = weighed(RunSeen("ended", lumisections=1), Site("/s", "a", own, ()))
    assert short.why == "1 spill, 5 are asked for"


def test_whether_a_run_counts_is_no_trainees_to_say(watching: Watching) -> None:
    watching.author.signature = Signature(who="T", role="trainee", shift="s")
    watching.look(info(RUN, 12, events=50, state=RunState.ENDED))
    (run,) = watching.paper.records
    assert isinstance(run.body, RunSeen)
    assert (run.body.phase, run.body.significant, run.body.why) == ("ended", None, "")
    watching.look(info(RUN, 12, events=50, state=RunState.ENDED))
    assert len(watching.paper.records) == 1
    # the shifter's console judges it, and a trainee's takes that back no more
    watching.author.signature = Signature(who="A", role="shifter", shift="s")
    watching.look(info(RUN, 12, events=50, state=RunState.ENDED))
    watching.author.signature = Signature(who="T", role="trainee", shift="s")
    watching.look(info(RUN, 13, events=50, state=RunState.ENDED))
    assert len(watching.paper.records) == 3
    known = latest(watching.logbook, RUN)
    assert known is not None
    assert (known.phase, known.significant) == ("not significant", False)
    assert known.lumisections == 13


def test_nobody_on_shift_notes_nothing() -> None:
    watching = Watching()
    watching.author.signature = Signature()
    watching.look(info())
    assert watching.phases() == []
    assert latest(watching.logbook, RUN) is None


def silent(state: ClientState = "silent", last: float = NOW) -> RunInfo:
    """A run that nobody ended, with its last data."""
    client = Client("Hcal", RUN, 50, state, produced=last, written=last, period=20.0)
    return RunInfo(RUN, lumisection=50, clients=(client,))


def test_a_run_without_data_for_long_is_dead() -> None:
    assert quiet_since(silent(), NOW + 600) is None
    assert quiet_since(silent(), NOW + 901) == NOW
    assert quiet_since(silent("unmoved"), NOW + 901) == NOW
    assert quiet_since(silent("live"), NOW + 901) is None
    slow = Client("DT", RUN, 50, "silent", written=NOW, period=400.0)
    rare = RunInfo(RUN, clients=(slow,))
    assert quiet_since(rare, NOW + 1100) is None
    assert quiet_since(rare, NOW + 1201) == NOW
    assert quiet_since(RunInfo(), NOW) is None
    over = msgspec.structs.replace(silent(), state=RunState.ENDED)
    assert quiet_since(over, NOW + 901) is None


@pytest.mark.parametrize(
    ("header", "of_this_shift"),
    [
        (info(state=RunState.FINAL, produced=NOW - 5000), False),
        (info(state=RunState.ENDED, produced=NOW - 5), True),
        (silent(last=NOW - 5000), False),
        (silent("live", last=NOW - 5), True),
    ],
)
def test_a_run_that_passed_before_the_shift_is_none_of_it(
    watching: Watching, header: RunInfo, of_this_shift: bool
) -> None:
    """It is known, so that it can be flagged; the record names no shift."""
    watching.watch.look(header, SITE, NOW, "/dqm", began=NOW - 60)
    (record,) = watching.paper.records
    assert record.run == RUN
    assert bool(record.shift) is of_this_shift


def test_the_end_is_that_of_the_last_file_where_no_producer_says_it() -> None:
    client = Client("Hcal", RUN, 50, written=400.0)
    bare = RunInfo(RUN, RunState.FINAL, 50, clients=(client,))
    assert seen_now(bare, SITE, NOW).ended == 400.0
