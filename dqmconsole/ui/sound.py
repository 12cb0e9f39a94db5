"""How alarms are heard at this console: tones, a notification, an urgent window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication

from dqmconsole.model.moment import clock_words
from dqmconsole.model.record import ShiftBegan
from dqmconsole.shift import sounding
from dqmconsole.shift.sounding import TONES, Sounded, held_elsewhere, why_silent
from dqmconsole.ui.player import Notifier, Player

if TYPE_CHECKING:
    from dqmconsole.shift.session import ShiftSession
    from dqmconsole.ui.context import Context


class AlarmSound(QObject):
    """Makes this console heard, and says where that does not work.

    Args:
        context: what it works with.

    Signals:
        told: what does not work, once until it works again.
    """

    told = Signal(str)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._context = context
        self._session = context.session
        self._sounded = Sounded()
        self._looked: tuple[object, ...] = ()
        self._player = Player(QApplication.beep)
        self._notifier = Notifier()
        self._said: dict[str, str] = {}

    def look(self, now: float) -> None:
        """Sound what is due; once per tick.

        Args:
            now: unix time, s.
        """
        session = self._session
        shift = "" if why_silent(session) else session.author.signature.shift
        of = (int(now), shift, session.tests, session.alarms)
        if of == self._looked:
            return
        self._looked = of
        rows = (*session.tests, *session.alarms)
        self._sounded, found = sounding.look(rows, now, shift, self._sounded)
        if found is None:
            return
        if self._context.settings.sound:
            self._player.play(found.tones)
        away = QApplication.activeWindow() is None
        if found.urgent and away:
            QApplication.alert(self._context.window)
            if self._context.settings.notify:
                first, more = found.urgent[0], len(found.urgent) - 1
                title = f"{more + 1} alarms, to be answered now" if more else "Alarm"
                self._notifier.show(title, sounding.words(first))

    def second(self) -> None:
        """See how what was started does; once a second."""
        self._player.look()
        self._notifier.look()
        for about, trouble in (
            ("Alarms are not heard, the bell was rung", self._player.trouble),
            ("No notification of alarms is shown", self._notifier.trouble),
        ):
            if trouble != self._said.get(about, ""):
                self._said[about] = trouble
                if trouble:
                    self.told.emit(f"{about}: {trouble}")

    def mute(self) -> str:
        """Let nothing sound for a while; what came of it, in words."""
        if why := why_silent(self._session):
            return why
        self._sounded = sounding.muted(self._sounded)
        self._player.stop()
        until = clock_words(self._context.wall_clock() + self._sounded.mute)
        return f"no alarm sounds until {until}"

    def unmute(self) -> str:
        """Let alarms sound again; what came of it, in words."""
        if not self._sounded.mute:
            return "alarms are not muted"
        self._sounded = sounding.unmuted(self._sounded)
        return "alarms sound again"

    def test(self) -> str:
        """Play what an alarm sounds like; what came of it, in words."""
        self._player.play(TONES)
        return "this is how an alarm sounds that is to be answered now"

    def words(self, now: float) -> str:
        """What the header says: "ALARMS MUTED until 03:57 UTC"; "" while alarms sound.

        Args:
            now: unix time, s.
        """
        if why_silent(self._session):
            elsewhere = held_elsewhere(self._session) is not None
            return "ALARMS SOUND ELSEWHERE" if elsewhere else ""
        if not self._context.settings.sound:
            return "ALARM SOUND OFF"
        mute = self._sounded.mute
        return f"ALARMS MUTED until {clock_words(now + mute)}" if mute else ""

    def for_leader(self) -> list[str]:
        """Alarms of which the shift leader is to be told, in words."""
        found = sounding.for_leader(self._session.alarms, self._sounded)
        whom = _leader(self._session)
        return [
            f"Not acknowledged though it sounded again and again, call {whom}: "
            f"{sounding.words(row)}"
            for row in found
        ]

    def close(self) -> None:
        """End what was started."""
        self._player.close()
        self._notifier.close()


def _leader(session: ShiftSession) -> str:
    shift = session.shift
    named = shift.body.leader if shift and isinstance(shift.body, ShiftBegan) else ""
    return f"the shift leader, {named}" if named else "the shift leader"
