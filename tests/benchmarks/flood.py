"""The console in a flood of alarms: 300 plots turn BAD with one update, and stay so.

A page of 36 plots with references is shown, of a source of 396 plots that is renewed
every second; each has three checks, and an alarm that is to be heard. The shift is
on, its log is a database, runs are recorded. First nothing is wrong, then 300 plots:
as one alarm, then (in a window and an engine of their own) as 300. Frames are measured
before and in the flood, by the clock and by the processor; what the window does for the
alarms is measured beside it, each part by itself.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from console_run import WALL, ConsoleRun
from frame import keep, options, quantile
from PySide6.QtCore import QEvent, QObject
from wide_site import CHECKS, FIRST, RULES, RUN, SITE, empty_half, event_info, filled

from dqmconsole.logbook.replicate import BookThread, open_at
from dqmconsole.model.histogram import Axis, Histogram, Scalar
from dqmconsole.model.verdict import Status
from dqmconsole.rootio.write import dqm_tree, root_bytes, write_dqm
from dqmconsole.shift.answering import acknowledge
from dqmconsole.ui.parts import show_dock

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from dqmconsole.model.histogram import Array
    from dqmconsole.shift.client import Changes

PLOTS = 396
BAD = 300
PER_PAGE = 36
EVERY = 1.0  # s
BINS = 100
INSTRUCTION = """\
---
id: wide
title: A plot
version: 1
author: wide-shift
written: 2026-01-01
owner: wide-shift
---

## If it is bad
1. Call them.
   call wide-shift: call now

## Whom to call
1. wide-shift
"""
CONTACTS = """\
roles:
  wide-shift: {title: Whoever knows, phone: "70001"}
"""


class Source:
    """Plots of several subsystems, filled on with every snapshot.

    Args:
        folder: where the snapshots lie.
        subsystems: how many the plots are spread over.
    """

    def __init__(self, folder: Path, subsystems: int) -> None:
        self._folder, self._subsystems = folder, subsystems
        self._random = np.random.default_rng(1)
        self._lumisection = FIRST
        self._contents = self._more(FIRST, 0)

    def write(self, bad: int) -> None:
        """Fill the plots for a lumisection more, some of them wrongly, and write."""
        self._lumisection += 1
        self._contents += self._more(1, bad)
        folders = elements(self._contents, self._subsystems)
        folders["Wide/EventInfo"] = [*event_info(self._lumisection)]
        data = root_bytes(dqm_tree(RUN, folders), name="Wide", compression="none")
        name = f"DQM_V0001_Wide_R{RUN:09d}.root.ls{self._lumisection:08d}"
        path = self._folder / f"{name}_hosthere_pid00000007"
        temporary = path.with_name(path.name + ".tmp")
        temporary.write_bytes(data)
        temporary.replace(path)
        for older in self._folder.glob("DQM_V0001_Wide_R*.root.ls*"):
            if older != path:
                older.unlink()

    def _more(self, lumisections: int, bad: int) -> Array:
        found = filled(PLOTS, lumisections, self._random, BINS)
        for row in found[:bad]:
            empty_half(row)
        return found


def path_of(number: int, subsystems: int) -> str:
    """The path of a plot."""
    return f"S{number % subsystems:03d}/Watched/plot{number:03d}"


def elements(contents: Array, subsystems: int) -> dict[str, list[Histogram | Scalar]]:
    """A histogram of each row, by folder."""
    found: dict[str, list[Histogram | Scalar]] = {}
    for number, row in enumerate(contents):
        folder, _, name = path_of(number, subsystems).rpartition("/")
        axes = (Axis(BINS, 0.0, 10.0, title="charge [fC]"),)
        made = Histogram(name, name, "TH1F", axes, row, entries=float(row.sum()))
        found.setdefault(folder, []).append(made)
    return found


def write_site(folder: Path, subsystems: int) -> Path:
    """Write a site of one layout, with the reference of each plot."""
    layouts, texts = folder / "layouts", folder / "instructions"
    (layouts / "references").mkdir(parents=True)
    texts.mkdir()
    (layouts / "site.yaml").write_text(SITE)
    (layouts / "references.yaml").write_text(RULES)
    (texts / "wide.md").write_text(INSTRUCTION)
    (texts / "contacts.yaml").write_text(CONTACTS)
    lines = ["layout: Wide", "owner: wide-shift", "defaults:", f"  checks: {CHECKS}",
             "  stale_after: 60", "  alarm: now", "  instruction: wide",
             "  consequence: It stays so.", "pages:"]  # fmt: skip
    for number in range(PLOTS):
        if number % PER_PAGE == 0:
            page = number // PER_PAGE + 1
            lines += [f"  - page: Page {page}", "    columns: 6", "    plots:"]
        lines.append(f"      - path: {path_of(number, subsystems)}")
    (layouts / "Wide.yaml").write_text("\n".join(lines) + "\n")
    good = filled(PLOTS, 500, np.random.default_rng(2), BINS)
    folders = elements(good, subsystems)
    folders["Wide/EventInfo"] = [*event_info(500)]
    write_dqm(layouts / "references" / "collisions.root", RUN - 100, folders)
    return folder


def renew_for_ever(folder: Path, wanted: Path, subsystems: int) -> None:
    """Write snapshots; how many plots are bad stands in a file (for a child process).

    When the first with another number was in place is written beside it.
    """
    source, before = Source(folder, subsystems), -1
    parent = os.getppid()
    while os.getppid() == parent:
        begun = time.monotonic()
        bad = int(wanted.read_text())
        source.write(bad)
        if bad != before:
            at = wanted.with_name("at.tmp")
            at.write_text(f"{bad} {time.time()}")
            at.replace(wanted.with_name("at"))
        before = bad
        time.sleep(max(0.0, EVERY - (time.monotonic() - begun)))


class Frames(QObject):
    """How long frames take, by the clock and by the processor."""

    def __init__(self, console: ConsoleRun) -> None:
        super().__init__(console.window)
        self._console = console
        self._began: float | None = None
        self._cpu: list[float] = []
        clock, take = console.window.clock, console.client.take

        def taken() -> Changes:
            if self._began is None:
                self._began = time.thread_time()
            return take()

        console.client.take = taken  # type: ignore[method-assign]
        clock.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Note that what a look brought is painted."""
        if self._began is not None and event.type().value >= QEvent.Type.User.value:
            self._cpu.append(time.thread_time() - self._began)
            self._began = None
        return False

    def of(self, work: Callable[[], object]) -> dict[str, float]:
        """Milliseconds of the frames in which anything was shown while work goes on."""
        self._cpu.clear()
        self._console.window.clock.frames.clear()
        work()
        wall, cpu = self._console.window.clock.frames, self._cpu
        return {
            f"{name} p{share}": 1000
            * quantile([t for t in times if t > 0.001], share / 100)
            for name, times in (("wall", wall), ("cpu", cpu))
            for share in (50, 99, 100)
        }


def measure(subsystems: int, seconds: float, scratch: Path) -> dict[str, object]:
    """Times before and in a flood of as many alarms as there are subsystems."""
    data, wanted = scratch / "data", scratch / "wanted"
    data.mkdir(parents=True)
    site = write_site(scratch / "site", subsystems)
    wanted.write_text("0")
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); "
        f"from flood import renew_for_ever; from pathlib import Path; "
        f"renew_for_ever(Path({str(data)!r}), Path({str(wanted)!r}), {subsystems})"
    )
    writer = subprocess.Popen([sys.executable, "-c", code])
    console = ConsoleRun(
        *(data, site, "Wide/Page 1", WALL, scratch / "kept"),
        open_book=lambda: BookThread(
            open_at(f"sqlite:///{scratch / 'log.sqlite'}"), scratch / "spool"
        ),
    )
    try:
        return _measure(console, seconds, wanted)
    finally:
        writer.kill()
        writer.wait()
        console.close()


def _measure(console: ConsoleRun, seconds: float, wanted: Path) -> dict[str, object]:
    session, mailbox = console.window.parts.context.session, console.client.mailbox

    def bad(many: int) -> bool:
        """Whether the plots that are struck are BAD; others may be by chance."""
        found = (
            int(key.rpartition("plot")[2]) < many
            for key, each in mailbox.verdicts.items()
            if each.status is Status.BAD
        )
        return sum(found) == many

    def strike(many: int) -> dict[str, float]:
        """Let plots be bad; seconds from the file to verdicts, alarms and strip."""
        wanted.write_text(f"{many}")
        at = wanted.with_name("at")
        console.run_until(
            lambda: at.exists() and int(at.read_text().split()[0]) == many, 60.0
        )
        began = float(at.read_text().split()[1])
        console.run_until(lambda: bad(many), 60.0)
        judged = time.time()
        console.run_until(
            lambda: sum(len(row.alarm.wrong) for row in session.alarms) >= many, 60.0
        )
        return {"judged": judged - began, "told": time.time() - began}

    def still() -> None:
        console.run_for(seconds)

    console.run_until(lambda: console.pictures() >= PER_PAGE, 60.0)
    console.run_until(lambda: session.book.word == "ready", 60.0)
    assert session.begin("Ada") == ""
    frames = Frames(console)
    console.run_until(
        lambda: (
            sum(v.status is Status.GOOD for v in mailbox.verdicts.values()) == PLOTS
        ),
        60.0,
    )
    console.run_for(3.0)
    found: dict[str, object] = {"frame, idle": frames.of(still)}
    found["one plot BAD, s"] = strike(1)
    struck: dict[str, float] = {}
    found["frame, they come"] = frames.of(lambda: struck.update(strike(BAD)))
    found["all of them BAD, s"] = struck
    found["alarms"] = len(session.alarms)
    console.run_for(2.0)
    found["frame, flood"] = frames.of(still)
    show_dock(console.window.parts.docks, "alarms")
    console.run_for(1.0)
    found["frame, flood, list open"] = frames.of(still)
    found |= parts(console)
    return found


def parts(console: ConsoleRun) -> dict[str, object]:
    """Times of what the window does for alarms, ms of the processor."""
    window = console.window
    all_parts, session = window.parts, window.parts.context.session
    presenter, listed = window._presenter, all_parts.alarms
    now = time.time()

    def opened(sheet: QWidget) -> None:
        sheet.open()  # type: ignore[attr-defined]
        sheet.grab()
        sheet.hide()

    def alarm_open() -> None:
        top = listed.topLevelItem(0)
        row = top.child(0) if top is not None else None
        assert row is not None
        row.setExpanded(not row.isExpanded())
        listed.grab()

    def answer() -> None:
        asking = [row for row in session.alarms if row.asks]
        if asking:
            assert acknowledge(session, asking[0]) == ""
        session.look(time.time(), console.client.take())
        presenter._show_alarms(time.time())

    work: dict[str, Callable[[], object]] = {
        "strip, a second later": lambda: all_parts.strip.show_alarms(next_minute()),
        "list, a second later": lambda: listed.show_alarms(next_minute()),
        "a second of the window": lambda: window.clock.second.emit(time.time()),
        "notices": lambda: presenter._show_notices(now),
        "all that shows alarms": lambda: presenter._show_alarms(now),
        "list, a row opened": alarm_open,
        "silenced": lambda: opened(all_parts.silenced),
        "coverage": lambda: opened(all_parts.coverage),
        "timeline": lambda: opened(all_parts.timeline),
        "sign off": lambda: opened(all_parts.signing),
        "acknowledge a row": answer,
    }
    minutes = iter(range(10_000))

    def next_minute() -> float:
        return now + 60.0 * next(minutes)  # each row says another age

    return {name: timed(each) for name, each in work.items()}


def timed(work: Callable[[], object]) -> dict[str, float]:
    """How long something takes, again and again, ms of the processor."""
    found = []
    for _ in range(20):
        began = time.thread_time()
        work()
        found.append((time.thread_time() - began) * 1000)
    return {"p50": quantile(found, 0.5), "p99": quantile(found, 0.99)}


def main() -> None:
    """Measure, print, and write JSON where asked."""
    given = options(__doc__, seconds=15.0)
    figures = {}
    for subsystems in (16, BAD):
        with tempfile.TemporaryDirectory(prefix="bench-flood-") as scratch:
            found = measure(subsystems, given.seconds, Path(scratch))
        figures[f"{subsystems} subsystems"] = found
        print(f"{BAD} plots of {subsystems} subsystems")
        for name, value in found.items():
            if isinstance(value, dict):
                value = ", ".join(f"{key} {each:.2f}" for key, each in value.items())
            print(f"  {name:28} {value}")
    keep(given.json, figures)


if __name__ == "__main__":
    main()
