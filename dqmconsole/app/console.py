"""The console process put together: application, session, window, in order.

What ends comes down in the order opposite to what began it: timers, window, session
(and with it the engine), application.
"""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import platformdirs

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QImage
    from PySide6.QtWidgets import QApplication

    from dqmconsole.app.books import Books
    from dqmconsole.app.training import Course
    from dqmconsole.model.site import Site
    from dqmconsole.shift.book_thread import BookThread
    from dqmconsole.shift.duty import Duty
    from dqmconsole.shift.session import Session
    from dqmconsole.ui.window import MainWindow


ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Wish(msgspec.Struct, frozen=True):
    """What to show and for how long.

    Attributes:
        source: what to open; "" shows the welcome page.
        site: folder of the site; "" for the bundled one.
        reference: a ROOT file that overrides the rules, or "".
        banner: "DEMO" or "" (a replay says so by itself).
        speed: of a replay.
        theme: "light", "dark", or "" for the remembered one.
        page: "Layout/Page" to begin with, or "".
        worst_page: before the picture is taken, turn to the page that is worst.
        seconds: end by itself after so long; None runs until closed.
        screenshot: file the last picture is saved to, or None.
        remember: keep window, theme and source for the next time.
        size: of the window, pixels, or None for the remembered one.
    """

    source: str = ""
    site: str = ""
    reference: str = ""
    banner: str = ""
    speed: float = 1.0
    theme: str = ""
    page: str = ""
    worst_page: bool = False
    seconds: float | None = None
    screenshot: Path | None = None
    remember: bool = True
    size: tuple[int, int] | None = None


def settings_file() -> Path:
    """Where the console remembers window, theme and recent sources."""
    return Path(platformdirs.user_config_dir("dqmconsole")) / "console.ini"


def last_source() -> str:
    """What was open last; "" the first time."""
    from dqmconsole.ui.settings import Settings

    return next(iter(Settings(settings_file()).recent), "")


def show_console(
    wish: Wish,
    *,
    start_demo: Callable[[], str] | None = None,
    start_tutorial: Callable[[], None] | None = None,
    at_end: Callable[[Session], None] | None = None,
    course: Callable[[Session, Duty, Books], Course] | None = None,
) -> int:
    """Run a console until it is closed or its time is over; the exit code.

    Args:
        wish: what to show.
        start_demo: starts a simulated detector, and returns the folder it fills.
        start_tutorial: opens the tutorial in a window of its own.
        at_end: is given the session before it is closed.
        course: makes the course of a tutorial, and opens what it shows.
    """
    from dqmconsole.shift.session import Session

    early = _EarlySignals()
    session = Session(memory=platformdirs.user_state_dir("dqmconsole"))
    if wish.source:
        # first of all: the engine reads while this process loads Qt
        session.open(
            wish.source,
            site=wish.site,
            reference=wish.reference,
            banner=wish.banner,
            speed=wish.speed,
        )
    from dqmconsole.app.books import Books

    books = Books()
    duty = _duty(session, books)
    taught: Course | None = None
    lost: list[str] = []
    try:
        taught = course(session, duty, books) if course is not None else None
        starters = start_demo, start_tutorial
        code = _show(session, duty, wish, starters, at_end, taught, early)
    finally:
        lost.append(duty.close())
        session.close()
        if taught is not None:
            lost.append(taught.close())
        books.close()
        _say(lost)
    return 1 if any(lost) and not code else code


def _show(
    session: Session,
    duty: Duty,
    wish: Wish,
    starters: tuple[Callable[[], str] | None, Callable[[], None] | None],
    at_end: Callable[[Session], None] | None,
    taught: Course | None,
    early: _EarlySignals,
) -> int:
    from PySide6.QtCore import QTimer

    from dqmconsole.app import crash
    from dqmconsole.app.application import qt_application
    from dqmconsole.app.exam_items import ExamItems
    from dqmconsole.ui.settings import Settings
    from dqmconsole.ui.window import MainWindow

    start_demo, start_tutorial = starters
    application = qt_application()
    settings = Settings(settings_file() if wish.remember else None)
    if wish.theme:
        settings.theme = wish.theme

    def demo() -> None:
        assert start_demo is not None
        session.open(start_demo(), banner="DEMO")

    window = MainWindow(
        session,
        settings,
        start_demo=demo if start_demo is not None else None,
        clock=time.time,
        duty=duty,
        trainer=taught.trainer if taught is not None else None,
        start_tutorial=start_tutorial,
    )
    crash.install(window.tell)
    items = ExamItems(wish.site)
    items.said.connect(window.hands.said)
    window.hands.make_item = items.make
    if wish.size is not None:
        window.resize(*wish.size)
    if session.source and wish.page:
        window.open_page_named(wish.page)
        _see_whether_there(wish, session, window, application)
    if taught is not None:
        taught.follow(window, page=bool(wish.page))
    window.show()
    if wish.seconds is not None:
        if wish.worst_page:
            turn = max(0.0, wish.seconds - 3.0)
            QTimer.singleShot(round(turn * 1000), window.open_worst_page)
        QTimer.singleShot(
            round(wish.seconds * 1000), lambda: _quit(application, window)
        )
    _quit_on_signals(application, window)
    if early.asked:
        QTimer.singleShot(0, lambda: _quit(application, window))
    try:
        code = application.exec()
        if code == 0:
            if wish.screenshot and not _save(window.picture(), wish.screenshot):
                code = 2
            if at_end is not None:
                at_end(session)
    finally:
        window.end()
        session.close()
        items.close()
        window.deleteLater()
        application.processEvents()
    return code


def _say(lost: list[str]) -> None:
    """Say on stderr what the books could not keep."""
    from dqmconsole.app.output import say

    for words in filter(None, lost):
        say(words, err=True)


def _duty(session: Session, books: Books) -> Duty:
    from dqmconsole.app.books import account, console_name
    from dqmconsole.shift.duty import Duty
    from dqmconsole.shift.elog import ElogThread

    def open_book(site: Site, banner: str) -> BookThread | None:
        duty.evidence_folder = books.evidence_folder(banner)
        return books.open(site, banner)

    duty = Duty(session, open_book, time.time, account(), console_name(), ElogThread)
    return duty


def _save(image: QImage, path: Path) -> bool:
    """Save a picture; False, with a line on stderr, when that cannot be done."""
    from dqmconsole.app.output import say
    from dqmconsole.ui.pictures import PictureError, write_picture

    try:
        write_picture(image, str(path))
    except PictureError as error:
        say(str(error), err=True)
        return False
    return True


def _see_whether_there(
    wish: Wish, session: Session, window: MainWindow, application: QApplication
) -> None:
    """Say when the page asked for is not in the site; a timed run then ends with 2."""
    from PySide6.QtCore import QTimer

    from dqmconsole.app.output import say
    from dqmconsole.app.page_names import page_named

    timer = QTimer(window)

    def look() -> None:
        if session.site is None:
            return
        timer.stop()
        found = page_named(session.site.layouts, wish.page)
        if not isinstance(found, str):
            return
        say(found, err=True)
        window.tell(found)
        if wish.seconds is not None:
            application.exit(2)

    timer.timeout.connect(look)
    timer.start(50)


class _EarlySignals:
    """Signals that ask to end while no loop runs yet; a second one ends at once.

    Attributes:
        asked: one came.
    """

    def __init__(self) -> None:
        self.asked = False
        for number in ENDING:
            signal.signal(number, self._note)

    def _note(self, *_: object) -> None:
        if self.asked:
            raise SystemExit(1)
        self.asked = True


def _quit(application: QApplication, window: MainWindow) -> None:
    """End the loop; the window is not asked, nor does it ask."""
    window.asks = False
    application.quit()


def _quit_on_signals(application: QApplication, window: MainWindow) -> None:
    """End in order on Ctrl+C, SIGTERM and a terminal closed: Qt hides them from us."""
    from PySide6.QtCore import QTimer

    for number in ENDING:
        signal.signal(number, lambda *_: _quit(application, window))
    beat = QTimer(application)
    beat.timeout.connect(lambda: None)  # lets Python look at its signals
    beat.start(250)
