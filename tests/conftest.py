"""What holds for every test: offscreen Qt, UTC, nothing logged or left running."""

from __future__ import annotations

import contextlib
import gc
import inspect
import logging
import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
import support.compiled  # noqa: F401 - before what it is about
from hypothesis import HealthCheck, settings
from support.memory import folder_in_memory
from support.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QApplication

# its fixture, and its line in the summary where PostgreSQL is missing
pytest_plugins = ["support.postgres"]

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["QT_SCALE_FACTOR"] = "1"
os.environ["TZ"] = "UTC"
time.tzset()

settings.register_profile(
    "ci",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("dev", deadline=None, max_examples=40)
settings.load_profile("ci" if os.environ.get("CI") else "dev")

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")  # "gw0" and so on, of several
ROOM = 1 << 30  # bytes, a multiple of what all tests write

gc.disable()  # until all tests are read: of what that makes, next to nothing goes


def pytest_configure(config: pytest.Config) -> None:
    """Have the files of all but slow tests in memory, where there is room for them."""
    asked = config.option.basetemp or "PYTEST_DEBUG_TEMPROOT" in os.environ
    if asked or WORKER or config.option.markexpr != "not slow":
        return
    if (folder := folder_in_memory(ROOM)) is not None:
        os.environ["PYTEST_DEBUG_TEMPROOT"] = folder


@pytest.fixture(scope="session")
def qapp(qapp: QApplication) -> QApplication:
    """The application, with the fonts that the program gives it."""
    from dqmconsole.ui.fonts import load_fonts

    load_fonts(qapp)
    return qapp


SLOW = (
    "processes",
    "app/test_exam_of_recorded_runs.py",
    "app/test_lesson_plays.py",
    "app/test_lesson_runs.py",
    "engine/test_engine_main.py",
    "logbook/test_book_kill.py",
    "logbook/test_damaged_spool.py",
    "logbook/test_replicate.py",
    "journeys/test_every_key.py",
    "journeys/test_lessons.py",
    "journeys/test_random_keys.py",
    "journeys/test_whole_shift.py",
    "ui/tutor/test_lesson.py",
    "sources/test_scanner.py",
    "simulation/test_causes",
    "simulation/test_hcal_checks.py",
    "simulation/test_shown.py",
    "simulation/test_subsystems.py",
)


class FromTheEnd(pytest.Dir):
    """A folder whose last file is read first."""

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        """Collect it."""
        return reversed([*super().collect()])


def pytest_collect_directory(
    path: Path, parent: pytest.Collector
) -> pytest.Collector | None:
    """Read in every other worker from the end: each compiles half of the files."""
    if WORKER[-1:] not in {*"13579"}:
        return None
    found: pytest.Collector = FromTheEnd.from_parent(parent, path=path)
    return found


@pytest.hookimpl(tryfirst=True)  # the order is the same in all workers
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow what needs processes, PostgreSQL, a lesson or a simulated run."""
    if WORKER:
        items.sort(key=lambda item: item.path.parts)
    tests = Path(__file__).parent
    for item in items:
        place = item.path.relative_to(tests).as_posix()
        fixtures = getattr(item, "fixturenames", ())
        shared = "cluster" in fixtures or "postgresql" in item.name
        if shared or place.startswith(SLOW):
            item.add_marker(pytest.mark.slow)


def pytest_collection_finish() -> None:
    """Take all that was imported out of the collections that each test ends with.

    What is in vain of it stays: to look for that takes longer than all it would free.
    """
    gc.freeze()
    gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(
    item: pytest.Item, nextitem: pytest.Item | None
) -> Iterator[None]:
    """Likewise what the tests of a file imported or keep for the next one.

    They share the process that reads foreign objects: each would start its own.
    """
    from dqmconsole.rootio.apart import SHARED

    yield
    if nextitem is None or nextitem.path != item.path:
        SHARED.close()
    if nextitem is not None and nextitem.path != item.path:
        _freeze()


def _freeze() -> None:
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def state_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What programs keep across restarts goes into a folder of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="session", autouse=True)
def nothing_heard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What plays, and what shows notifications, does nothing; and it is there."""
    folder = tmp_path_factory.mktemp("silent")
    for name in ("pw-play", "notify-send"):
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(folder), prepend=os.pathsep)
        yield


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that is listed late, as on a busy machine, is none that hangs."""
    monkeypatch.setattr("dqmconsole.sources.scanner.PATIENCE", PATIENCE)
    monkeypatch.setattr("dqmconsole.sources.open._PATIENCE", PATIENCE)


@pytest.fixture(autouse=True)
def nothing_left_running() -> Iterator[None]:
    """Fail a test that leaves a thread or a child process behind."""
    from dqmconsole.rootio.apart import SHARED

    patience = SHARED.patience
    threads, children = set(threading.enumerate()), set(_children())
    yield
    SHARED.patience = patience  # an engine that a test runs here sets its own
    children.add(SHARED.pid)  # it is kept for the next object
    left = _left(threads, children)
    if left:
        gc.collect()  # it may hang on what nobody has any more
        left = _left(threads, children)
    assert not left, f"left running: {left}"


def _left(threads: set[threading.Thread], children: set[int]) -> list[str]:
    """The threads and children that were not there."""
    left = [
        f"thread {thread.name}"
        for thread in threading.enumerate()
        if thread not in threads and thread.is_alive()
    ]
    for child in _children() - children:
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(child)
            if process.status() != psutil.STATUS_ZOMBIE:
                left.append(f"process {child} {' '.join(process.cmdline()[:6])}")
    return left


def _children() -> set[int]:
    """The children of this process, from what Linux lists of each thread.

    psutil would read the whole list of processes, twice for every test.
    """
    found: set[int] = set()
    for listed in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(OSError):  # a thread that just ended
            found.update(map(int, listed.read_text().split()))
    return found


@pytest.fixture(autouse=True)
def collected_at_the_end(request: pytest.FixtureRequest) -> Iterator[None]:
    """Have widgets that a test drops deleted by Qt when it ends, and by nothing else.

    A canvas without a parent that is collected while the items of another are made
    can end the process: PySide6 then reads freed memory.
    """
    if "qapp" not in request.fixturenames:
        yield
        return
    gc.disable()
    yield
    gc.collect(1)  # all that the test made is young
    gc.enable()


@pytest.fixture(autouse=True)
def nothing_worth_a_warning(
    request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> Iterator[None]:
    """Fail a test that logs a warning, unless it takes `caplog` to read the log."""
    yield
    if "caplog" in inspect.signature(request.function).parameters:
        return
    logged = [
        record.getMessage()
        for record in caplog.get_records("call")
        if record.levelno >= logging.WARNING
    ]
    assert not logged, f"logged: {logged}"
