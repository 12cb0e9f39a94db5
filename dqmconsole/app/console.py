"""The console process put together: application, client, shift, window, in order.

What ends comes down in the order opposite to what began it: timers, window, shift
(and with it its book), client (and with it the engine), application.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec
import platformdirs

from dqmconsole.app.options import recordings as recordings_folder
from dqmconsole.model.view_link import ViewLink

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from PySide6.QtGui import QImage
    from PySide6.QtWidgets import QApplication

    from dqmconsole.app.books import Books
    from dqmconsole.app.simulation import SimulatedDetector
    from dqmconsole.logbook.replicate import BookThread
    from dqmconsole.model.site import Site
    from dqmconsole.shift.client import EngineClient
    from dqmconsole.shift.session import ShiftSession
    from dqmconsole.ui.feature import Feature
    from dqmconsole.ui.window import MainWindow


ENGINE = "dqmconsole.app.engine"
"""The module that runs as the engine's process; never imported here."""

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class ConsoleOptions(msgspec.Struct, frozen=True):
    """What to show and for how long.

    Attributes:
        source: what to open; "" shows the welcome page.
        site: folder of the site; "" for the bundled one.
        reference: a ROOT file that overrides the rules, or "".
        banner: "DEMO" or "" (a replay says so by itself).
        recordings: folder below which runs are recorded; "" for the user's own, and for
            none where there is a banner.
        speed: of a replay.
        theme: "light", "dark", or "" for the remembered one.
        page: "Layout/Page" to begin with, or "".
        at: a link to what is shown first, or None; goes before `page`.
        worst_page: before the picture is taken, turn to the page that is worst.
        seconds: end by itself after so long; None runs until closed.
        screenshot: file the last picture is saved to, or None.
        edit: name of a layout, or of its file, to edit; "" for the first one of the
            site, None for none.
        remember: keep window, theme and source for the next time.
        size: of the window, pixels, or None for the remembered one.
    """

    source: str = ""
    site: str = ""
    reference: str = ""
    banner: str = ""
    recordings: str = ""
    speed: float = 1.0
    theme: str = ""
    page: str = ""
    at: ViewLink | None = None
    worst_page: bool = False
    seconds: float | None = None
    screenshot: Path | None = None
    edit: str | None = None
    remember: bool = True
    size: tuple[int, int] | None = None


class Addition(Protocol):
    """What is added to a console: features of its window, and what they stand on."""

    @property
    def features(self) -> Sequence[Feature]:
        """What the window takes in."""

    def follow(self, window: MainWindow, *, page: bool) -> None:
        """Begin, in a window that is about to be shown.

        Args:
            window: has taken the features in.
            page: a page was asked for: nothing goes before it.
        """

    def close(self) -> str:
        """End what was begun; what could not be kept, or ""."""


def settings_file() -> Path:
    """Where the console remembers window, theme and recent sources."""
    return Path(platformdirs.user_config_dir("dqmconsole")) / "console.ini"


def last_source() -> str:
    """What was open last; "" the first time."""
    from dqmconsole.ui.settings import Settings

    return next(iter(Settings(settings_file()).recent), "")


def engine_client(memory: str = "", recordings: str = "") -> EngineClient:
    """A client of an engine that has the tables of this installation.

    Args:
        memory: folder in which the engine keeps what survives its restart, or "".
        recordings: folder below which runs are recorded, or ""; without a memory they
            are read alone.
    """
    from dqmconsole.shift.client import EngineClient
    from dqmconsole.shift.feed import EngineProcess, Feed

    return EngineClient(
        Feed(functools.partial(EngineProcess, ENGINE)),
        memory=memory,
        recordings=recordings,
    )


@contextlib.contextmanager
def _collected_later() -> Iterator[None]:
    """Keep the collector still, until it is told to go on or this ends."""
    gc.disable()  # hardly anything loaded goes again; looking took a sixth of the time
    try:
        yield
    finally:
        gc.unfreeze()
        gc.enable()


@_collected_later()
def show_console(
    options: ConsoleOptions,
    *,
    start_demo: Callable[[], SimulatedDetector] | None = None,
    at_end: Callable[[EngineClient], None] | None = None,
    add: Callable[[EngineClient, ShiftSession, Books], Addition] | None = None,
) -> int:
    """Run a console until it is closed or its time is over; the exit code.

    Args:
        options: what to show.
        start_demo: starts a simulated detector, which whoever gave this ends.
        at_end: is given the client of the engine before it is closed.
        add: makes what is added to the console.
    """
    early = _EarlySignals()
    client = engine_client(
        platformdirs.user_state_dir("dqmconsole"), str(recordings_folder())
    )
    if options.source:
        # first of all: the engine reads while this process loads Qt
        client.open(
            options.source,
            site=options.site,
            reference=options.reference,
            banner=options.banner,
            recordings=options.recordings,
            speed=options.speed,
            working_copy=options.edit is not None,
        )
    from dqmconsole.app.books import Books

    books = Books()
    session = _session(client, books)
    added: Addition | None = None
    lost: list[str] = []
    try:
        added = add(client, session, books) if add is not None else None
        code = _show(client, session, options, start_demo, at_end, added, early)
    finally:
        lost.append(session.close())
        client.close()
        if added is not None:
            lost.append(added.close())
        books.close()
        _say(lost)
    return 1 if any(lost) and not code else code


def _show(
    client: EngineClient,
    session: ShiftSession,
    options: ConsoleOptions,
    start_demo: Callable[[], SimulatedDetector] | None,
    at_end: Callable[[EngineClient], None] | None,
    added: Addition | None,
    early: _EarlySignals,
) -> int:
    from PySide6.QtCore import QTimer

    from dqmconsole.app import crash
    from dqmconsole.app.application import qt_application, return_memory
    from dqmconsole.ui.settings import Settings
    from dqmconsole.ui.window import MainWindow

    application = qt_application()
    settings = Settings(settings_file() if options.remember else None)
    if options.theme:
        settings.theme = options.theme

    def demo() -> None:
        assert start_demo is not None
        detector = start_demo()
        client.open(
            str(detector.folder), banner="DEMO", recordings=str(detector.recordings)
        )

    window = MainWindow(
        client,
        settings,
        start_demo=demo if start_demo is not None else None,
        clock=time.time,
        session=session,
        features=_features(options, added),
    )
    crash.install(window.tell)
    return_memory(window)
    if options.size is not None:
        window.resize(*options.size)
    if client.source and options.at is not None:
        window.open_link(options.at)
    elif client.source and options.page:
        window.open_page_named(options.page)
    if client.source:
        _see_whether_there(options, client, window, application)
    if added is not None:
        added.follow(window, page=bool(options.page) or options.at is not None)
    window.show()
    if options.seconds is not None:
        if options.worst_page:
            turn = max(0.0, options.seconds - 3.0)
            QTimer.singleShot(round(turn * 1000), window.open_worst_page)
        QTimer.singleShot(
            round(options.seconds * 1000), lambda: _quit(application, window)
        )
    _quit_on_signals(application, window)
    if early.asked:
        QTimer.singleShot(0, lambda: _quit(application, window))
    gc.freeze()  # what the start made stays: no collection looks through it again
    gc.enable()
    try:
        code = application.exec()
        if code == 0:
            if options.screenshot and not _save(window.picture(), options.screenshot):
                code = 2
            if at_end is not None:
                at_end(client)
    finally:
        window.end()
        client.close()
        window.deleteLater()
        application.processEvents()
    return code


def _features(options: ConsoleOptions, added: Addition | None) -> tuple[Feature, ...]:
    from dqmconsole.ui.edit.feature import EditFeature

    editor = EditFeature(options.edit or "", begin=options.edit is not None)
    return (*(added.features if added is not None else ()), editor)


def _say(lost: list[str]) -> None:
    """Say on stderr what the books could not keep."""
    from dqmconsole.app.output import say

    for words in filter(None, lost):
        say(words, err=True)


def _session(client: EngineClient, books: Books) -> ShiftSession:
    from dqmconsole.app.books import console_name
    from dqmconsole.logbook.author import login_name
    from dqmconsole.shift.elog import ElogThread
    from dqmconsole.shift.session import ShiftSession

    def open_book(site: Site, banner: str) -> BookThread | None:
        session.evidence_folder = books.evidence_folder(banner)
        return books.open(site, banner)

    session = ShiftSession(
        client, open_book, time.time, login_name(), console_name(), ElogThread
    )
    return session


def _save(image: QImage, path: Path) -> bool:
    """Save a picture; False, with a line on stderr, when that cannot be done."""
    from dqmconsole.app.output import say
    from dqmconsole.ui.pictures import PictureError, write_image

    try:
        write_image(image, str(path))
    except PictureError as error:
        say(str(error), err=True)
        return False
    return True


def _see_whether_there(
    options: ConsoleOptions,
    client: EngineClient,
    window: MainWindow,
    application: QApplication,
) -> None:
    """Say when the page asked for is not in the site; a timed run then ends with 2."""
    from PySide6.QtCore import QTimer

    from dqmconsole.app.options import page_named
    from dqmconsole.app.output import say

    page = options.page if options.at is None else options.at.page_path
    if not page:
        return
    timer = QTimer(window)

    def look() -> None:
        if client.site is None or not (options.site or client.site.layouts):
            return  # without a site its pages are known when the source was listed
        timer.stop()
        found = page_named(client.site.layouts, page)
        if not isinstance(found, str):
            return
        say(found, err=True)
        window.tell(found)
        if options.seconds is not None:
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
