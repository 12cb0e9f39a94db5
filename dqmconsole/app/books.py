"""Where the book of a console is kept, and who writes in it."""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import os
import socket
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from dqmconsole.logbook.replicate import BookThread, open_at
from dqmconsole.logbook.spool import spool_path
from dqmconsole.model.message import TRAINING
from dqmconsole.model.words import slug

if TYPE_CHECKING:
    from dqmconsole.model.site import Site

REMEMBERED = 400 * 86400.0  # s of the book that a console reads at its start
SCRATCH = "dqmconsole-book-"  # begins the name of a folder that is thrown away
EVIDENCE = "EVIDENCE"  # the banner of a bundle: what is over is not written about


def console_name() -> str:
    """Host and process, for the records."""
    return f"{socket.gethostname()}:{os.getpid()}"


def data_folder() -> Path:
    """The user's folder for the book, evidence, and what waits to be written."""
    return Path(platformdirs.user_data_dir("dqmconsole"))


def book_file(experiment: str, folder: Path | None = None) -> Path:
    """The book of an experiment whose site names no database."""
    name = slug(experiment, len(experiment), "experiment")
    return (folder or data_folder()) / f"book-{name}.sqlite"


class Books:
    """The books that one console opens, one after the other.

    Args:
        folder: where books and evidence are kept; the user's own when left out.

    What is not the detector's (a banner says so) goes into a book in a temporary
    folder, which is removed at the end, and held by a lock until then.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or data_folder()
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self._lock = -1
        self._trained = itertools.count(1)

    def open(
        self, site: Site, banner: str, *, age: float | None = REMEMBERED
    ) -> BookThread | None:
        """Open the book of a site; None where nothing is to be written.

        Args:
            site: the site.
            banner: what the console shows instead of the detector; "" for the detector.
            age: read of a real book only what was stored within so many s; None reads
                all of it.
        """
        if banner.startswith(EVIDENCE):
            return None
        if banner:
            # a lesson does not find what was written in the one before
            name = f"book-{next(self._trained)}" if banner == TRAINING else "book"
            path = self.evidence_folder(banner).with_name(f"{name}.sqlite")
            url = f"sqlite:///{path}"
            return BookThread(open_at(url), None, console_name())
        url = site.settings.database
        if not url:
            url = f"sqlite:///{book_file(site.settings.experiment, self._folder)}"
        with contextlib.suppress(OSError):  # the book's thread says it in words
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        spool = spool_path(self._folder, url)
        return BookThread(open_at(url), spool, console_name(), age=age)

    def evidence_folder(self, banner: str) -> Path:
        """Where evidence bundles are written."""
        folder = self._folder
        if banner:
            if self._scratch is None:
                self._scratch = tempfile.TemporaryDirectory(
                    prefix=SCRATCH, ignore_cleanup_errors=True
                )
                self._lock = os.open(self._scratch.name, os.O_RDONLY | os.O_DIRECTORY)
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            folder = Path(self._scratch.name)
        return folder / "evidence"

    def close(self) -> None:
        """Remove what was not to be kept."""
        if self._scratch is not None:
            self._scratch.cleanup()
            self._scratch = None
            os.close(self._lock)
