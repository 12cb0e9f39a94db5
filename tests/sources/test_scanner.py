from __future__ import annotations

import errno
import itertools
import os
import signal
import subprocess
import sys
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import MagicMock

import msgspec
import psutil
import pytest
from support.waiting import PATIENCE as GIVEN_UP

from dqmconsole.model.file_pattern import FilePattern
from dqmconsole.sources import scan as module
from dqmconsole.sources.scan import HEART_BEAT, FolderListing, Scan
from dqmconsole.sources.scanner import PATIENCE, STUCK_AT_MOST, ChildScanner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

DEAF = (sys.executable, "-c", "import time; time.sleep(1000)")


def until(
    scanner: ChildScanner, done: Callable[[FolderListing], bool]
) -> FolderListing:
    """Read, in real time, until a listing comes as wanted."""
    end = time.monotonic() + GIVEN_UP
    while time.monotonic() < end:
        for listing in scanner.read(time.time()):
            if done(listing):
                return listing
        time.sleep(0.01)
    pytest.fail("no such listing came")


@pytest.fixture
def scanner(tmp_path: Path) -> Iterator[ChildScanner]:
    made = ChildScanner(tmp_path)
    yield made
    made.close()


def test_differences_as_the_folder_changes(
    tmp_path: Path, scanner: ChildScanner
) -> None:
    (tmp_path / "a.root").write_bytes(b"1")
    (tmp_path / "a.root.tmp").write_bytes(b"1")
    (tmp_path / "notes.txt").write_bytes(b"1")
    first = until(scanner, lambda listing: listing.whole)
    assert [stat.file for stat in first.changed] == ["a.root"]
    (tmp_path / "b.tmp").write_bytes(b"22")
    (tmp_path / "b.tmp").rename(tmp_path / "b.root")
    second = until(scanner, lambda listing: bool(listing.changed))
    assert [(stat.file, stat.size) for stat in second.changed] == [("b.root", 2)]
    assert not second.whole
    (tmp_path / "a.root").unlink()
    third = until(scanner, lambda listing: bool(listing.gone))
    assert third.gone == ("a.root",)
    beat = until(scanner, lambda _: True)
    assert (beat.changed, beat.gone, beat.error) == ((), (), "")


def test_a_folder_that_vanishes_and_comes_back(tmp_path: Path) -> None:
    folder = tmp_path / "dqm"
    scanner = ChildScanner(folder)
    try:
        assert "No such file" in until(scanner, lambda it: bool(it.error)).error
        folder.mkdir()
        assert until(scanner, lambda listing: listing.whole).error == ""
        folder.rmdir()
        until(scanner, lambda listing: bool(listing.error))
        folder.mkdir()
        until(scanner, lambda listing: not listing.error)
    finally:
        scanner.close()


def test_a_stopped_child_is_given_up_and_replaced(
    tmp_path: Path, scanner: ChildScanner
) -> None:
    (tmp_path / "a.root").touch()
    until(scanner, lambda listing: listing.whole)
    stopped = scanner.pid
    os.kill(stopped, signal.SIGSTOP)
    while scanner.read(time.time()):
        pass  # what it had said before it stopped
    now = time.time()
    assert scanner.silent_since(now + 1) is None
    assert scanner.read(now + PATIENCE + 1) == []
    since = scanner.silent_since(now + PATIENCE + 1)
    assert since is not None
    assert since <= now
    assert scanner.pid == 0
    assert scanner.read(now + PATIENCE + 1.5) == []  # backs off
    assert scanner.pid == 0
    scanner.read(now + PATIENCE + 3)
    assert scanner.pid not in (0, stopped)
    assert scanner.silent_since(now + PATIENCE + 3) == since
    end = time.monotonic() + GIVEN_UP
    while not (listings := scanner.read(now + PATIENCE + 4)):
        assert time.monotonic() < end
        time.sleep(0.01)
    assert listings[0].whole
    assert scanner.silent_since(now + PATIENCE + 4) is None
    assert not psutil.pid_exists(stopped)


def test_a_killed_child_is_replaced_before_anybody_notices(
    tmp_path: Path, scanner: ChildScanner
) -> None:
    (tmp_path / "a.root").touch()
    until(scanner, lambda listing: listing.whole)
    os.kill(scanner.pid, signal.SIGKILL)
    until(scanner, lambda listing: listing.whole)
    assert scanner.silent_since(time.time()) is None


def test_back_off_grows_and_the_stuck_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A child that not even SIGKILL ends, as one in an uninterruptible stat."""
    scanner = ChildScanner(tmp_path, command=DEAF)
    started = set()
    with monkeypatch.context() as patch:
        patch.setattr(subprocess.Popen, "kill", lambda _: None)
        for now in range(300):
            scanner.read(float(now))
            started.add(scanner.pid)
        assert len(started - {0}) == STUCK_AT_MOST
        assert len(scanner.stuck) == STUCK_AT_MOST
        assert scanner.silent_since(299.0) == 0.0
        assert str(scanner.stuck[0]) in scanner.complaint()
    for pid in scanner.stuck:
        os.kill(pid, signal.SIGKILL)
    end = time.monotonic() + GIVEN_UP
    while scanner.stuck:
        assert time.monotonic() < end
        time.sleep(0.01)
    scanner.read(400.0)  # the kernel let go: try again
    assert scanner.pid not in started
    scanner.close()


@pytest.mark.parametrize(
    "command",
    [
        (sys.executable, "-c", "print('this is no listing' * 9)"),
        ("/no/such/program",),
    ],
)
def test_a_scanner_that_cannot_work_is_a_silent_folder(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    scanner = ChildScanner(tmp_path, command=command)
    end = time.monotonic() + GIVEN_UP
    scanner.read(0.0)
    while scanner.pid:
        assert time.monotonic() < end
        assert scanner.read(0.1) == []
        time.sleep(0.01)
    assert scanner.silent_since(PATIENCE + 1) == 0.0
    scanner.close()


def test_a_beat_without_a_listing_is_a_sign_of_life(tmp_path: Path) -> None:
    program = "import os, time; os.write(1, bytes(4)); time.sleep(1000)"
    scanner = ChildScanner(tmp_path, command=(sys.executable, "-c", program))
    scanner.read(0.0)
    end = time.monotonic() + GIVEN_UP
    while scanner.silent_since(PATIENCE + 1) is not None:
        assert time.monotonic() < end
        assert scanner.read(PATIENCE - 1) == []
        time.sleep(0.01)
    pid = scanner.pid
    assert scanner.read(PATIENCE + 1) == []
    assert scanner.pid == pid != 0
    scanner.close()


def test_a_slow_folder_is_heard_of_while_it_is_looked_through_and_while_it_rests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each file takes as long as a heart-beat; the clock is given."""
    now = 100.0
    said: list[tuple[float, bytes]] = []

    def ask(name: str) -> bool:
        nonlocal now
        now += HEART_BEAT
        return name.endswith(".root")

    def wait(*args: object) -> tuple[list[int], list[int], list[int]]:
        nonlocal now
        timeout = args[-1]
        assert isinstance(timeout, float)
        now += timeout
        return ([0] if now > 340 else []), [], []

    for file in range(40):
        (tmp_path / f"{file}.root").touch()
    monkeypatch.setattr(module, "wake_when_parent_dies", lambda: None)
    monkeypatch.setattr(module, "signal", MagicMock())
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now))
    monkeypatch.setattr(module, "select", SimpleNamespace(select=wait))
    monkeypatch.setattr(module.os, "read", lambda *_: b"")
    monkeypatch.setattr(module, "is_candidate", ask)
    monkeypatch.setattr(module, "_write", lambda body: said.append((now, body)))
    assert module.main([str(tmp_path)]) == 0
    monkeypatch.undo()
    times = [100.0, *(at for at, _ in said), now]
    pauses = [after - before for before, after in itertools.pairwise(times)]
    assert max(pauses) <= 2 * HEART_BEAT < PATIENCE
    decode = msgspec.msgpack.Decoder(FolderListing).decode
    listings = [(at, decode(body)) for at, body in said if body]
    assert [len(listing.changed) for _, listing in listings] == [40, 0]
    took = 40 * HEART_BEAT
    (first, _), (second, later) = listings
    assert second - first >= 10 * took - 1e-6  # it has no more of the disk's time
    assert later.free >= 0  # and tells each time what is left of the disk


def test_a_clock_that_is_set_back_holds_up_no_other_scanner(tmp_path: Path) -> None:
    scanner = ChildScanner(tmp_path, command=DEAF)
    scanner.read(9000.0)
    scanner.read(9000.0 + PATIENCE + 1)
    assert scanner.pid == 0  # given up: another in a second
    scanner.read(5000.0)
    assert scanner.pid != 0
    scanner.close()


def test_nothing_is_left_after_close(tmp_path: Path) -> None:
    scanner = ChildScanner(tmp_path)
    until(scanner, lambda listing: listing.whole)
    pid = scanner.pid
    os.kill(pid, signal.SIGSTOP)
    scanner.close()
    assert not psutil.pid_exists(pid)
    assert scanner.read(time.time() + 100) == []


@pytest.mark.parametrize("end", ["stdin", "stdout"])
def test_the_child_ends_when_its_parent_is_gone(tmp_path: Path, end: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "dqmconsole.sources.scan", str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        child.stdout.read(4)
        getattr(child, end).close()
        assert child.wait(GIVEN_UP) == 0


def test_the_child_does_not_outlive_a_killed_parent(tmp_path: Path) -> None:
    program = (
        "import pathlib, sys, time\n"
        "from dqmconsole.sources.scanner import ChildScanner\n"
        "scanner = ChildScanner(pathlib.Path(sys.argv[1]))\n"
        "while not scanner.read(time.time()): time.sleep(0.01)\n"
        "print(scanner.pid, flush=True)\n"
        "time.sleep(1000)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    gone, _ = psutil.wait_procs([child], timeout=GIVEN_UP)
    assert gone or child.status() == psutil.STATUS_ZOMBIE


def test_repository_folders_when_asked(tmp_path: Path) -> None:
    deep = tmp_path / "00039xxxx" / "0003982xx"
    deep.mkdir(parents=True)
    (deep / "DQM_V0001_Hcal_R000398214.root").touch()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "x.root").touch()
    assert Scan(str(tmp_path)).look().changed == ()
    found = Scan(str(tmp_path), tree=True).look().changed
    assert [stat.file for stat in found] == [
        "00039xxxx/0003982xx/DQM_V0001_Hcal_R000398214.root"
    ]


@pytest.mark.parametrize(
    ("options", "good"),
    [
        ({"tree": True}, "00039xxxx/DQM_V0001_Hcal_R000398214.root"),
        ({"pattern": FilePattern("*/hist_{run}.root")}, "00039xxxx/hist_7.root"),
    ],
)
def test_a_folder_below_that_cannot_be_looked_into_hides_no_other(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: dict[str, Any],
    good: str,
) -> None:
    names = ["00038xxxx", "00039xxxx"]
    files = [f"{name}/{good.partition('/')[2]}" for name in names]
    for file in files:
        (tmp_path / file).parent.mkdir()
        (tmp_path / file).touch()
    (tmp_path / "00037xxxx").symlink_to("00037xxxx")  # to itself
    scan = Scan(str(tmp_path), **options)
    assert sorted(stat.file for stat in scan.look().changed) == files
    real = os.scandir
    reason = errno.EIO

    def failing(path: str) -> Any:  # noqa: ANN401 - as `scandir` has it
        if path.endswith("00038xxxx"):
            raise OSError(reason, os.strerror(reason))
        return real(path)

    monkeypatch.setattr(module.os, "scandir", failing)
    (tmp_path / files[1]).write_bytes(b"1")
    passing = scan.look()
    assert [stat.file for stat in passing.changed] == [files[1]]
    assert (passing.gone, passing.error) == ((), "")
    reason = errno.ENOENT
    assert scan.look().gone == (files[0],)
    monkeypatch.undo()
    assert [stat.file for stat in scan.look().changed] == [files[0]]


def test_an_unreadable_folder_is_an_error_not_a_change(tmp_path: Path) -> None:
    (tmp_path / "a.root").touch()
    scan = Scan(str(tmp_path))
    assert scan.look().whole
    moved = tmp_path.with_name("moved")
    tmp_path.rename(moved)
    assert scan.look().error == "No such file or directory"
    moved.rename(tmp_path)
    again = scan.look()
    assert (again.changed, again.gone, again.whole) == ((), (), False)
