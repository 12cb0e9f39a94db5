"""An exam item of the evidence in view: made while the window goes on."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from dqmconsole.training.files.import_evidence import Taken
    from dqmconsole.training.lesson import Judgement


log = logging.getLogger(__name__)


class ExamItems(QObject):
    """Makes items in a thread, one after the other; ``close()`` at the end.

    Args:
        site: the site's own folder, "" for the bundled one.

    Signals:
        said: what came of it, in a sentence.
    """

    said = Signal(str)

    def __init__(self, site: str) -> None:
        super().__init__()
        self._site = site
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []

    def make(self, bundle: str, truth: Judgement) -> None:
        """Begin to make an item of a bundle.

        Args:
            bundle: its path.
            truth: whether something is wrong in it.
        """
        thread = threading.Thread(
            target=self._make, args=(bundle, truth), name="exam item", daemon=True
        )
        self._threads = [each for each in self._threads if each.is_alive()]
        self._threads.append(thread)
        thread.start()

    def close(self) -> None:
        """Wait until what was begun is done."""
        for thread in self._threads:
            thread.join()

    def _make(self, bundle: str, truth: Judgement) -> None:
        try:
            said = self._made(bundle, truth)
        except Exception as error:  # the thread's top: nobody else sees it
            log.exception("unexpected trouble with an exam item")
            said = f"No exam item: unexpected trouble: {type(error).__name__}: {error}"
        self.said.emit(said)

    def _made(self, bundle: str, truth: Judgement) -> str:
        """Make one; what came of it."""
        # loads YAML and the checks of a site, which a console does not need
        from dqmconsole.site.site import bundled_site
        from dqmconsole.training.files.import_evidence import EvidenceError, take

        home = Path(self._site) if self._site else bundled_site()
        try:
            with self._lock:
                return _words(take(home, Path(bundle), truth))
        except EvidenceError as error:
            return f"No exam item: {error}"


def _words(taken: Taken) -> str:
    wrong = [each for each in taken.problems if each.severity == "error"]
    words = f"{taken.evidence.name} is an exam item now, in {taken.file}"
    return f"{words}; but {wrong[0].message}" if wrong else words
