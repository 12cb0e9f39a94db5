"""What packages register, and what hangs, exits or crashes while it is imported."""

from __future__ import annotations

import os
import signal
import subprocess
from importlib.metadata import EntryPoint, EntryPoints
from typing import TYPE_CHECKING, Any

import platformdirs
import pytest

from dqmconsole import plugins
from dqmconsole.checks.registered import load_check
from dqmconsole.plugins import CHECKS, DRAWINGS, Registered, Trials, usable
from dqmconsole.ui.plot.registered import load_drawing

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

GOOD = """
from typing import ClassVar
from dqmconsole.checks.check import Check, Example
from dqmconsole.model.verdict import Status
import dqmconsole.checks.table  # which asks for all that are registered

class Good(Check, frozen=True):
    NAME: ClassVar[str] = "good"
    def judge(self, batch):
        return []
    @classmethod
    def examples(cls):
        return (Example("one", cls(), (1,), Status.GOOD),)
"""
MODULES = {
    "good": GOOD,
    "hangs": "import time\nwhile True: time.sleep(60)",
    "spins": "import re; re.match('(a*)*b', 'a' * 40)",  # no other thread runs
    "exits": "import os; os._exit(0)",
    "crashes": "import os; os.abort()",
    "signals": "import os; os.kill(os.getpid(), 40)",  # one without a name
    "leaves": "raise SystemExit(3)",
}
WHY = {
    "hangs": "importing it does not end (1 s)",
    "spins": "importing it does not end (1 s)",
    "exits": "importing it ends the process (code 0)",
    "crashes": "importing it ends the process (SIGABRT)",
    "signals": "importing it ends the process (signal 40)",
    "leaves": "it cannot be imported: SystemExit: 3",
}


def tried(points: Iterable[EntryPoint], trials: Trials) -> Registered[object]:
    return usable(CHECKS, points, load_check, (), trials)


@pytest.fixture
def points(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, EntryPoint]:
    monkeypatch.syspath_prepend(tmp_path)
    for name, text in MODULES.items():
        (tmp_path / f"{name}_early.py").write_text(text)
    return {
        name: EntryPoint(name, f"{name}_early:{name.title()}", CHECKS)
        for name in MODULES
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", WHY)
def test_what_harms_while_it_is_imported_is_left_out_and_named(
    name: str,
    points: dict[str, EntryPoint],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if name in ("hangs", "spins"):
        monkeypatch.setattr(plugins, "PATIENCE", 1)
    found = tried([points[name]], Trials(tmp_path / "state"))
    (left,) = found.left_out
    assert (left.name, found.usable) == (name, {})
    assert left.why.startswith(WHY[name])
    again = "; it is tried again by dqmconsole doctor, and when its version is another"
    assert left.why.endswith(again) is (name != "leaves")


@pytest.mark.slow
def test_what_it_starts_while_it_is_tried_ends_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    here, there = os.pipe()
    os.set_inheritable(there, True)
    with os.fdopen(here, "rb") as ended:
        (tmp_path / "starts_early.py").write_text(
            "import subprocess, sys\n"
            "wait = 'import time; time.sleep(600)'\n"
            "subprocess.Popen([sys.executable, '-c', wait], close_fds=False)\n"
        )
        started: Any = subprocess.Popen

        def keeping(*given: Any, **more: Any) -> Any:  # noqa: ANN401
            return started(*given, **more, close_fds=False)

        monkeypatch.setattr(subprocess, "Popen", keeping)
        point = EntryPoint("starts", "starts_early:Starts", CHECKS)
        assert Trials(tmp_path / "state").failed([point]) == {}
        os.close(there)
        assert ended.read() == b""  # whoever has the other end is gone


@pytest.mark.slow
def test_it_is_tried_once_until_it_is_told_to_be_tried_again(
    points: dict[str, EntryPoint], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[str] = []
    start = plugins._started

    def noted(point: EntryPoint) -> subprocess.Popen[bytes]:
        started.append(point.name)
        return start(point)

    monkeypatch.setattr(plugins, "_started", noted)
    trials = Trials(tmp_path / "state")
    two = (points["good"], points["exits"])
    for _ in range(2):
        assert len(tried(two, trials).usable) == 1
        assert sorted(started) == ["exits", "good"]
    (tmp_path / "exits_early.py").write_text(
        GOOD.replace("Good", "Exits", 1)
        .replace('"good"', '"exits"')
        .replace("Good", "Exits")
    )
    assert len(tried(two, trials).usable) == 1
    trials.forget()
    assert sorted(tried(two, trials).usable) == ["exits", "good"]


def test_an_import_that_did_not_end_here_is_tried_apart_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[EntryPoint] = []
    monkeypatch.setattr(plugins, "_started", tried.append)
    monkeypatch.setattr(plugins, "_ending", lambda *_: "")
    monkeypatch.setattr(plugins, "_end", lambda *_: None)
    point, trials = EntryPoint("good", "good_early:Good", CHECKS), Trials(tmp_path)

    def begin(error: type[BaseException] | None) -> None:
        assert trials.failed([point]) == {}
        with trials.importing(point):
            if error is not None:
                raise error

    begin(None)
    assert len(tried) == 1
    begin(None)
    with pytest.raises(ValueError, match=r"^$"):
        begin(ValueError)  # an error is an end
    begin(None)
    assert len(tried) == 1
    with pytest.raises(KeyboardInterrupt):
        begin(KeyboardInterrupt)  # somebody had enough of waiting
    begin(None)
    assert len(tried) == 2


def test_where_nothing_can_be_kept_or_started_it_is_as_without_a_trial(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()

    def refuse(_: EntryPoint) -> None:
        raise OSError

    monkeypatch.setattr(plugins, "_started", refuse)
    point, trials = EntryPoint("x", "x:X", CHECKS), Trials(tmp_path / "file" / "state")
    assert trials.failed([point]) == {}
    with trials.importing(point):
        pass
    trials.forget()


def test_whoever_is_first_has_those_of_all_groups_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a window, which asks for drawings alone, never waits for it."""
    points = [
        EntryPoint(name, "no_such_module:Nothing", group)
        for name, group in zip("abcd", plugins.GROUPS, strict=True)
    ]
    tried: list[EntryPoint] = []
    monkeypatch.setattr(plugins, "_installed", lambda: EntryPoints(points))
    monkeypatch.setattr(plugins, "_started", tried.append)
    monkeypatch.setattr(plugins, "_ending", lambda *_: "importing it does not end")
    monkeypatch.setattr(plugins, "_end", lambda *_: None)
    monkeypatch.setattr(platformdirs, "user_state_dir", lambda _: str(tmp_path))
    monkeypatch.delenv(plugins.TRYING, raising=False)
    caches = (plugins.points_of, plugins._harmful)
    for cached in caches:
        cached.cache_clear()
    try:
        for group, name in zip(plugins.GROUPS, "abcd", strict=True):
            found = plugins.registered(group, plugins.imported)
            kind = group.removeprefix("dqmconsole.").removesuffix("s")
            why = found.why_left_out(name)
            assert why.startswith(f"the {kind} {name} of no_such_module:Nothing is ")
            assert "left out: importing it does not end; " in why
            assert found.why_left_out("e") == ""
            assert (plugins.harm_of(group, name), plugins.harm_of(group, "e")) == (
                *(why, ""),
            )
        assert tried == points
        monkeypatch.setenv(plugins.TRYING, "1")
        plugins.points_of.cache_clear()
        assert plugins.registered(plugins.FAULTS, plugins.imported).left_out == ()
    finally:
        for cached in caches:
            cached.cache_clear()


def test_one_that_hangs_here_though_it_was_imported_before_is_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plugins, "PATIENCE", 0.05)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "edited_since.py").write_text("while True: pass")
    handler = signal.getsignal(signal.SIGALRM)
    point = EntryPoint("edited", "edited_since:draw", DRAWINGS)
    trials = Trials(tmp_path)
    trials.mark(point).touch()
    found = usable(DRAWINGS, [point], load_drawing, (), trials)
    (left,) = found.left_out
    assert left.why.endswith("it did not end within 0.05 s")
    assert not trials.mark(point).exists()  # the next process tries it apart
    assert signal.getsignal(signal.SIGALRM) is handler


def test_what_ended_the_process_it_ran_in_is_left_out_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platformdirs, "user_state_dir", lambda _: str(tmp_path))
    point = EntryPoint("dot", "dots:draw", DRAWINGS)
    monkeypatch.setattr(plugins, "points_of", lambda _group: (point,))
    with plugins.using(DRAWINGS, "dot"):  # as another process sees it
        (why,) = Trials().failed([point]).values()
    assert why.startswith("it ended the process that it ran in; it is tried again by")
    assert Trials().failed([point]) == {}
