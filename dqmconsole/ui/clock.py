"""The one timer: it looks into the mailbox, and only it makes anything repaint."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmconsole.shift.client import EngineClient

PERIOD = 30  # ms; 33 looks a second is more than a detector and less than a screen
HURRIED = 4  # ms; while a person waits for what they asked for
HURRY_FOR = 0.3  # s
FRAMES_KEPT = 1000  # the last half minute
FRAMES_LATELY = 15

_PAINTED = QEvent.Type(QEvent.registerEventType())


class PaintClock(QObject):
    """Takes what came from the engine, and measures how long showing it takes.

    Data never paint: they wait in the client's mailbox until the next look.

    Args:
        client: what is looked into.
        clock: unix time, s; the tests' own where they drive it by hand.

    Attributes:
        frames: seconds from a look to the end of the painting it caused, latest
            last.

    Signals:
        looked: unix time, and the Changes the look brought; at every look.
        second: unix time; once a second, for everything that shows an age.
    """

    looked = Signal(float, object)
    second = Signal(float)

    def __init__(
        self,
        client: EngineClient,
        clock: Callable[[], float],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._client = client
        self._clock = clock
        self._last_second = -1
        self._looked_at: float | None = None
        self._hurry_until = 0.0
        self.frames: deque[float] = deque(maxlen=FRAMES_KEPT)
        self._timer = QTimer(self)
        self._timer.setInterval(PERIOD)
        self._timer.timeout.connect(self.tick)

    def start(self) -> None:
        """Begin to look by itself; often at first, for somebody waits."""
        self._timer.start()
        self.hurry()

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()
        QCoreApplication.removePostedEvents(self)

    def hurry(self) -> None:
        """Look more often for a moment: somebody turned a page and waits."""
        self._hurry_until = time.perf_counter() + HURRY_FOR
        if self._timer.isActive():
            self._timer.start(HURRIED)

    @property
    def now(self) -> float:
        """The unix time it goes by, s."""
        return self._clock()

    def tick(self) -> None:
        """Look once."""
        measuring = self._looked_at is not None
        started = time.perf_counter()
        if self._timer.interval() != PERIOD and started > self._hurry_until:
            self._timer.setInterval(PERIOD)
        now = self._clock()
        self.looked.emit(now, self._client.take())
        if int(now) != self._last_second:
            self._last_second = int(now)
            self.second.emit(now)
        if not measuring:
            # Qt paints by a posted event of low priority; ours lines up behind it
            self._looked_at = started
            low = Qt.EventPriority.LowEventPriority.value
            QCoreApplication.postEvent(self, QEvent(_PAINTED), low)

    def customEvent(self, event: QEvent) -> None:
        """Note that everything the look caused has been painted."""
        if event.type() == _PAINTED and self._looked_at is not None:
            self.frames.append(time.perf_counter() - self._looked_at)
            self._looked_at = None

    def frame_time(self) -> float | None:
        """The time, s, that frames lately take (median); None before the first."""
        import statistics  # the console starts without it

        lately = list(self.frames)[-FRAMES_LATELY:]
        return statistics.median(lately) if lately else None
