"""The longest frame of a console in which a layout of 5,000 plots is edited.

    python tests/benchmarks/edit_frames.py [--pages N] [--rounds N] [--json FILE]

The whole window with 20 plots a page; the engine's half answers in between, and does
not count. What is said is the most that the window's thread computes between two ticks
of a timer in its event loop, ms, the median of the rounds: the processor's time, so
that it holds on a machine that is busy.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parents[1]))

import msgspec
from edit_layout import layout
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from support.edit_console import EditConsole

from dqmconsole.link.codec import decoder, encoder
from dqmconsole.model.edit import CopyPage, SetField, Target
from dqmconsole.model.message import LayoutEdited, Up


class Probe:
    """Ticks in the event loop, as long as it is not held up."""

    def __init__(self) -> None:
        self._timer = QTimer()
        self._timer.timeout.connect(self.tick)
        self._used = time.thread_time()
        self.longest = 0.0
        self._timer.start(0)

    def begin(self) -> None:
        """Forget what was."""
        self._used, self.longest = time.thread_time(), 0.0

    def tick(self) -> None:
        """A frame ends."""
        used = time.thread_time()
        self.longest = max(self.longest, 1e3 * (used - self._used))
        self._used = used


class MeasuredConsole(EditConsole):
    """Its frames are measured, without what the engine's half takes."""

    probe: Probe | None = None
    decoding = 0.0  # ms, of the last answer: in a thread of the link

    def wait(self, seconds: float) -> None:
        if self.probe is None:
            super().wait(seconds)
            return
        self.now += seconds
        quiet = 0
        while quiet < 3:
            longest = self.probe.longest
            busy = self._answer()
            self.probe.begin()
            self.probe.longest = longest
            self.window.clock.tick()
            for _ in range(200):  # slices come by timers
                QApplication.processEvents()
            quiet = 0 if busy else quiet + 1

    def _answer(self) -> bool:
        found = super()._answer()
        for each in self.client.feed.incoming:
            if isinstance(each, LayoutEdited):
                data = encoder().encode(each)
                began = time.thread_time()
                decoder(Up).decode(data)
                self.decoding = 1e3 * (time.thread_time() - began)
        return found


def measure(pages: int) -> dict[str, float]:
    """The longest frame of each thing that is done, ms."""
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        (home / "layouts").mkdir()
        (home / "layouts/10-Big.yaml").write_text(layout(pages))
        (home / "layouts/20-Small.yaml").write_text("layout: Small\npages: []\n")
        console = MeasuredConsole(home, "Small", size=(1920, 1080))
        part, probe = console.part, Probe()
        console.probe = probe

        def took(name: str, *commands: object) -> None:
            gc.freeze()  # what the engine's half holds is no concern of this process
            probe.begin()
            for each in commands:
                each()  # type: ignore[operator]
            console.wait(0)
            found[name] = probe.longest

        title = SetField((Target(0, 3),), ("title",), "Another title")
        took("rest")
        took("open", lambda: part.begin("Big"))
        found["open: decoding"] = console.decoding
        took("edit a title", lambda: part.edit(title))
        found["edit: decoding"] = console.decoding
        took("undo", part.undo)
        took("redo", part.redo)
        took("next page", lambda: part.view.step(1))
        took("last page", lambda: part.view.step(-2))
        took("back to the first", lambda: part.view.step(1))
        took("copy a page", lambda: part.edit(CopyPage(pages // 2, "Copied")))
        took("undo that", part.undo)
        part.text.text.setFocus()
        took("type a letter", lambda: part.text.text.insertPlainText("#"))
        took("undo that, too", part.undo)
        took("save", part.save)
        site = console.client.site
        assert site is not None
        assert part.editor is not None
        assert part.editor.expanded is not None
        whole = msgspec.structs.replace(site, layouts=(part.editor.expanded,))
        took("the site, read again", lambda: console.client.put_site(whole))
        console.close()
    return found


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pages", type=int, default=250)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    application = QApplication(["benchmark"])
    rounds = [measure(arguments.pages) for _ in range(arguments.rounds)]
    rows = {
        name: statistics.median(each[name] for each in rounds) for name in rounds[0]
    }
    for name, value in rows.items():
        print(f"{name:24} {value:8.0f}")
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=2))
    application.quit()


if __name__ == "__main__":
    main()
