"""The replay: every page again, of the run it was shown of, back and forth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.fake_runs import FakeRuns
from support.measured_bank import bank
from support.planned import site

from dqmconsole.training.facts import NO_KEY, AnswerKey, Facts
from dqmconsole.training.item_bank import make_plan, replacement
from dqmconsole.training.records import ItemAnswered
from dqmconsole.training.replay import AHEAD, BEHIND, PATIENCE, Replay

if TYPE_CHECKING:
    import pytest

    from dqmconsole.training.lesson import LessonRun

SITE = site(items=40, measured=tuple(bank()))
PLAN = make_plan(SITE, 7)
ANSWERS = [ItemAnswered("x", number, spare=number % 2) for number in (2, 0, 1)]


class Scene:
    def __init__(self) -> None:
        self.runs = FakeRuns()
        self.shown: list[LessonRun] = []
        self.open = ""
        self.replay = Replay(SITE, PLAN, ANSWERS, self.runs, self.show, self.close)

    def show(self, source: str, run: LessonRun) -> None:
        self.open = source
        self.shown.append(run)

    def close(self) -> None:
        # what is open must be there until it is closed
        assert not self.open or self.open in self.runs.folders
        self.open = ""

    def look(self, now: float = 1.0) -> None:
        self.replay.look(Facts(now))
        assert len(self.runs.folders) <= AHEAD + BEHIND
        assert not self.open or self.open in self.runs.folders


def test_each_page_is_that_of_its_run_also_of_one_that_took_anothers_place() -> None:
    scene = Scene()
    for _ in ANSWERS:
        scene.look()
        assert scene.replay.state == "showing"
        scene.look()
        scene.replay.go(1)
    wanted = [replacement(PLAN, SITE, number, number % 2).run for number in range(3)]
    assert scene.shown == wanted
    scene.replay.leave()
    assert not scene.runs.folders


def test_beyond_the_ends_nothing_happens_and_back_is_prepared_again() -> None:
    scene = Scene()
    scene.look()
    scene.replay.go(-1)
    assert (scene.replay.at, scene.replay.state) == (0, "showing")
    scene.replay.go(5)
    assert scene.replay.at == 2
    scene.look()
    prepared = len(scene.runs.subsystems)
    scene.replay.go(-1)
    scene.look()
    assert len(scene.runs.subsystems) == prepared  # the one before is kept
    scene.replay.go(-1)
    scene.look()
    assert len(scene.runs.subsystems) == prepared + 1
    scene.replay.go(1)
    scene.look()
    assert scene.replay.shown.answer.number == 1
    assert len(scene.shown) == 5


def test_a_page_that_cannot_be_written_is_said_and_the_next_can_be_seen() -> None:
    scene = Scene()
    scene.runs.ready = False
    scene.look(1.0)
    assert scene.replay.state == "preparing"
    scene.look(2.0 + PATIENCE)
    assert (scene.replay.state, scene.shown) == ("failed", [])
    scene.runs.ready = True
    scene.replay.go(1)
    scene.look()
    assert scene.replay.state == "showing"
    scene.runs.refused = "the disk is full"
    scene.replay.go(1)
    scene.replay.go(-2)
    scene.look()
    assert scene.replay.said == "the disk is full"


def test_a_page_is_shown_whatever_becomes_of_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = Scene()
    gone, prepare = scene.replay.items[1].item.run, scene.runs.prepare
    tried: list[LessonRun] = []

    def without(run: LessonRun, *given: Any) -> str:  # noqa: ANN401 - as it is called
        tried.append(run)
        if run == gone:
            message = "the run is gone"
            raise OSError(message)
        return prepare(run, *given)

    monkeypatch.setattr(scene.runs, "prepare", without)
    scene.look()
    scene.look()
    assert (scene.replay.state, tried.count(gone)) == ("showing", 1)
    scene.replay.go(1)
    scene.look()
    assert (scene.replay.state, scene.replay.said) == ("failed", "the run is gone")
    scene.replay.go(1)
    scene.look()
    assert scene.replay.state == "showing"
    monkeypatch.undo()  # it is there again
    scene.replay.go(-1)
    scene.look()
    assert scene.replay.state == "showing"


def test_a_run_that_was_not_written_is_tried_again() -> None:
    scene = Scene()
    scene.runs.ready = None
    scene.look()
    assert scene.replay.state == "failed"
    scene.replay.go(1)
    scene.runs.ready = True
    scene.look()
    assert (scene.replay.state, len(scene.runs.subsystems)) == ("showing", 4)


def test_the_next_is_read_ahead_once_this_one_is_drawn() -> None:
    scene = Scene()
    scene.look()
    assert scene.replay.coming is None
    scene.replay.drawn = True
    assert scene.replay.coming is not None
    source, run = scene.replay.coming
    scene.replay.go(1)
    assert (scene.replay.drawn, scene.open) == (False, "")
    scene.look()
    assert (scene.open, scene.shown[-1]) == (source, run)
    scene.replay.go(1)
    scene.look()
    scene.replay.drawn = True
    assert scene.replay.coming is None  # it was the last


def test_what_is_right_is_said_by_the_run_that_is_replayed() -> None:
    scene = Scene()
    keys = {}

    def shows(run: LessonRun) -> AnswerKey:
        return keys.setdefault(run, AnswerKey((f"Hcal/{run.seed}",)))

    scene.runs.shows = shows
    for number, each in enumerate(scene.replay.items):
        assert scene.replay.key is NO_KEY  # before its run is whole
        scene.look()
        fault = each.item.truth == "bad"
        assert scene.replay.key == (keys[each.item.run] if fault else NO_KEY)
        # a good page is asked for nothing
        folders = [name for name, run in scene.runs.folders.items()
                   if run == each.item.run]  # fmt: skip
        assert bool(scene.runs.looked_at[folders[0]]) == fault, number
        scene.replay.go(1)
    assert keys
