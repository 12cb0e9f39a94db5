"""A real window that teaches, on a real engine and detector, and a keyboard at it.

Everything is done with keys; what stands on the screen is read as a person reads it.
"""

from __future__ import annotations

import time
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QListWidget, QTreeView
from support.keyboard import CTRL, ESC, NONE, RETURN, SHIFT, Keyboard
from support.waiting import PATIENCE

from dqmconsole.app.books import Books, console_name
from dqmconsole.app.console import engine_client
from dqmconsole.app.simulation import SimulatedDetector
from dqmconsole.app.training import Course
from dqmconsole.logbook.author import login_name
from dqmconsole.logbook.book import Book
from dqmconsole.model.layout import KEY_STEP
from dqmconsole.model.verdict import Status
from dqmconsole.shift.session import ShiftSession
from dqmconsole.site.site import bundled_site
from dqmconsole.ui.settings import Settings
from dqmconsole.ui.theme import LIGHT
from dqmconsole.ui.training.bubble import Bubble
from dqmconsole.ui.window import MainWindow

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from dqmconsole.logbook.replicate import BookThread
    from dqmconsole.model.record import Record
    from dqmconsole.model.site import Site

FAST = 40.0  # seconds of a detector per second, where a lesson waits for it
LOOK = 5  # ms between two looks


class Detectors:
    """Begins the detectors of lessons.

    Attributes:
        ahead: lumisections that are over at least when a run opens; where it is not 0,
            those that follow come fast: a lesson waits for them.
        only: the subsystems that are simulated; all when empty.
    """

    def __init__(self) -> None:
        self.ahead = 0
        self.only: tuple[str, ...] = ()

    def begin(
        self,
        run_type: str,
        speed: float,
        causes: Sequence[str],
        *,
        more: Sequence[str],
        seed: int,
        below: Path,
    ) -> SimulatedDetector:
        """Begin a detector, as ``app.simulation.SimulatedDetector`` does."""
        words = [*more]
        if self.ahead:
            at = words.index("--ahead") + 1
            words[at] = str(max(int(words[at]), self.ahead))
        if self.only:
            words += ["--only", ",".join(self.only)]
        fast = FAST if self.ahead else speed
        return SimulatedDetector(
            run_type, fast, causes, seed=seed, below=below, more=words
        )


class LessonConsole(Keyboard):
    """One window with the course of a site, and the hands on its keyboard.

    Args:
        folder: where the site's real book is kept.
        size: of the window.
        site: folder of the site; the bundled one when None.

    Attributes:
        patience: s that anything may take.
        detectors: begins the detectors of the lessons.
    """

    def __init__(
        self,
        folder: Path,
        size: tuple[int, int] = (1600, 960),
        site: Path | None = None,
    ) -> None:
        self.patience = PATIENCE
        self._folder = folder
        self.client = engine_client()
        self.books = Books(folder)
        self.session = ShiftSession(
            self.client, self._open_book, time.time, login_name(), console_name()
        )
        self.detectors = Detectors()
        self.course = Course(
            *(self.client, self.session, self.books),
            "" if site is None else str(site),
            site or bundled_site(),
        )
        self.course._runs._begin = self.detectors.begin
        self.trainer = self.course.trainer
        self.course.begin(None, "")
        self.window = MainWindow(
            self.client,
            Settings(None),
            start_demo=None,
            clock=time.time,
            theme=LIGHT,
            session=self.session,
            features=self.course.features,
        )
        self.window.resize(*size)
        self.course.follow(self.window)
        self.window.show()
        self.window.activateWindow()
        self.until(lambda: self.trainer.site is not None, "the site is read")
        self.until(lambda: self.trainer.ledger.came, "the book has answered")

    @property
    def site(self) -> Site:
        """The site of the course."""
        assert self.trainer.site is not None
        return self.trainer.site

    def kept(self) -> tuple[Record, ...]:
        """Everything that the site's real book holds."""
        (path,) = self._folder.glob("book-*.sqlite")
        book = Book.open(f"sqlite:///{path}")
        try:
            return tuple(book.read(0).records)
        finally:
            book.close()

    def close(self) -> None:
        """End everything in the order in which the program does."""
        self.window.close()
        self.session.close()
        self.client.close()
        assert not self.course.close()
        self.books.close()
        self.window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        QApplication.processEvents()

    def _open_book(self, site: Site, banner: str) -> BookThread | None:
        self.session.evidence_folder = self.books.evidence_folder(banner)
        return self.books.open(site, banner)

    # -- the keyboard ----------------------------------------------------------------

    def press_keys(self, written: str) -> None:
        """Press what is written as "Ctrl+K" or "N"."""
        *held, key = written.split("+") if written != "+" else ["+"]
        modifiers = NONE
        for each in held:
            modifiers |= {"Ctrl": CTRL, "Shift": SHIFT}[each]
        named = {"PgDown": Qt.Key.Key_PageDown, "Return": RETURN}.get(key)
        self.press(named or (key.lower() if len(key) == 1 else _key(key)), modifiers)

    def until(self, holds: Callable[[], object], what: str) -> None:
        """Let the window live until something holds."""
        end = time.monotonic() + self.patience
        while not holds():
            assert time.monotonic() < end, f"never: {what}; {self.told()}"
            QTest.qWait(LOOK)

    def until_looked(self) -> None:
        """Wait until the window, and so the tutor, has looked at what stands there."""
        looks: list[float] = []
        seen = self.window.clock.looked.connect(lambda now, _: looks.append(now))
        self.until(lambda: len(looks) > 1, "the window looks")
        self.window.clock.looked.disconnect(seen)

    # -- going about ----------------------------------------------------------------

    def to_page(self) -> None:
        """Give the keyboard to the page, as people do: Esc, or F4 from the bubble."""
        view = self.window.parts.view
        for _ in range(8):
            holder = QApplication.focusWidget()
            if view.on_page and holder is not None and view.grid.isAncestorOf(holder):
                return
            if self.bubble.has_keyboard:
                self.press(Qt.Key.Key_F4)
                if not view.on_page:
                    self.press(ESC)
            else:
                self.press(ESC)
        message = f"the keyboard never comes to the page; {self.told()}"
        raise AssertionError(message)

    def open_page(self, name: str) -> None:
        """Show "Layout/Page" by the palette."""
        self.press("k", CTRL)
        self.type(f"Page: {name.replace('/', ' ')}")
        self.press(RETURN)
        self.until(lambda: self.page == name, f"{name} is shown")
        self.to_page()

    def search(self, words: str) -> None:
        """Search for words and open what is found first."""
        self.to_page()
        self.press("/")
        self.type(words)
        self.press(RETURN)

    def select(self, path: str) -> None:
        """Select a plot with the arrows, on the page it stands on."""
        if self.plot == path:
            return
        name = self.page_of(path)
        if self.page != name:
            self.open_page(name)
        self.to_page()
        steps = self._place(path) - self._place(self.plot)
        key = Qt.Key.Key_Right if steps > 0 else Qt.Key.Key_Left
        self.press(key, times=abs(steps))
        assert self.plot == path, f"the arrows never come to {path}; {self.told()}"

    def _place(self, path: str) -> int:
        """Where a plot stands on the page in view, as one reads; from 0."""
        tiles = sorted(
            self.window.parts.view.grid.tiles, key=lambda each: (each.y(), each.x())
        )
        pages = self.window.parts.view.pages
        return [pages.plot(each.key).plot.path for each in tiles].index(path)

    def page_of(self, path: str) -> str:
        """The "Layout/Page" a plot stands on; the one shown where it is on more."""
        found = [
            f"{layout.layout}/{page.page}"
            for layout in self.site.layouts
            for page in layout.pages
            if any(plot.path == path for plot in page.plots)
        ]
        assert found, f"no page has {path}"
        return self.page if self.page in found else found[0]

    def choose(self, name: str, words: str) -> None:
        """Choose a line of the list of that name, which has the keyboard."""
        assert self.focus() == name, f"{self.focus()} has the keyboard, not {name}"
        lines = self.lines(name)
        found = [at for at, line in enumerate(lines) if words in line]
        assert found, f"{name} has no {words!r}: {lines}"
        self.press(Qt.Key.Key_Home)
        self.press(Qt.Key.Key_Down, times=found[0])

    # -- eyes ------------------------------------------------------------------------

    @property
    def bubble(self) -> Bubble:
        """The tutor's bubble."""
        return self.window.findChildren(Bubble)[0]

    @property
    def page(self) -> str:
        """The "Layout/Page" in view, or ""."""
        view = self.window.parts.view
        if not view.on_page or view.page is None:
            return ""
        return f"{view.page.layout}/{view.page.page}"

    @property
    def plot(self) -> str:
        """Path of the plot selected, or ""."""
        place = self.window.parts.view.selected
        return place.plot.path if place is not None else ""

    def is_wrong(self, glob: str) -> bool:
        """Whether a plot whose path matches is BAD or WARNING."""
        return any(
            fnmatchcase(key.rpartition(KEY_STEP)[2], glob)
            and verdict.status in (Status.BAD, Status.WARNING)
            for key, verdict in self.client.mailbox.verdicts.items()
        )

    def lines(self, name: str) -> list[str]:
        """The lines of the visible list or table of that name."""
        found = self.seen(name)
        if isinstance(found, QListWidget):
            return [found.item(at).text() for at in range(found.count())]
        assert isinstance(found, QTreeView), f"no list called {name}"
        model = found.model()
        return [
            " · ".join(
                str(model.index(row, column).data() or "")
                for column in range(model.columnCount())
            )
            for row in range(model.rowCount())
        ]

    def told(self) -> str:
        """What a person at this console would tell on the telephone."""
        run = self.client.mailbox.run
        fields = {
            "keyboard in": self.focus(),
            "page": self.page,
            "plot": self.plot,
            "band": self.words("How far, and how to leave"),
            "bubble": self.words("Tutor"),
            "run": f"{run.run} LS {run.lumisection}",
            "foot": self.words("Notice"),
            "answer": self.words("Answer"),
        }
        return "; ".join(f"{name}: {said}" for name, said in fields.items())


def _key(name: str) -> Qt.Key:
    found: Qt.Key = getattr(Qt.Key, f"Key_{name}")
    return found
