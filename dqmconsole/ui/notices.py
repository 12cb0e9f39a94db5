"""The notice bar at the foot: the worst thing to know, and the keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget

from dqmconsole.model.verdict import Status
from dqmconsole.shift.feed import SAID_AFTER
from dqmconsole.ui.elided import ElidedLabel
from dqmconsole.ui.marks import MarkLabel
from dqmconsole.ui.tile_words import duration_words
from dqmconsole.ui.tips import tip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QMouseEvent, QResizeEvent

    from dqmconsole.model.frame import Severity
    from dqmconsole.shift.feed import EngineState
    from dqmconsole.shift.session import Session
    from dqmconsole.ui.theme import Theme

HINTS_FROM = 1000  # px
_WORST_FIRST: tuple[Severity, ...] = ("bad", "warning", "info")
_MARKS: dict[Severity, Status] = {"bad": Status.BAD, "warning": Status.WARNING}


class Notice(NamedTuple):
    """One line of the bar: how much it matters, and its words."""

    severity: Severity
    sentence: str


def silence(engine: EngineState) -> float | None:
    """Seconds the engine has been silent, once that is to be said, else None."""
    if engine.state in ("starting", "live"):
        quiet = engine.silent_for
        return quiet if quiet is not None and quiet > SAID_AFTER else None
    return engine.silent_for or 0.0


def engine_notice(engine: EngineState) -> Notice | None:
    """What the bar says of the engine; None while it is well."""
    quiet = silence(engine)
    if quiet is None:
        return None
    what = f"Engine silent for {duration_words(quiet)}: nothing drawn here is live"
    if engine.sentence and engine.state != "live":
        what += f" ({engine.sentence})"
    return Notice("bad", what)


def plots_notice(session: Session) -> list[Notice]:
    """Where plots are BAD, else WARNING, and how many; nothing where none is."""
    for severity, status in _MARKS.items():
        counts = {
            layout.layout: session.rollups[layout.layout].counts.get(status, 0)
            for layout in (session.site.layouts if session.site else ())
            if layout.layout in session.rollups
        }
        parts = [
            f"{layout} {count} plot" + "s" * (count > 1)
            for layout, count in counts.items()
            if count
        ]
        if parts:
            words = f"{status}: {', '.join(parts)} (N shows the next)"
            return [Notice(severity, words)]
    return []


def notices_of(
    session: Session, told: Sequence[str] = (), mild: Sequence[str] = ()
) -> list[Notice]:
    """Everything to be known, worst first; the latest run fact last of all.

    Args:
        session: what the engine says.
        told: what this program has to say, loudly.
        mild: what it has to remind of.
    """
    found = []
    if session.source:
        about_engine = engine_notice(session.engine)
        if about_engine is not None:
            found.append(about_engine)
    found += [Notice(each.severity, each.sentence) for each in session.notices.values()]
    found += [Notice("bad", words) for words in told]
    found += [Notice("warning", words) for words in mild]
    found.sort(key=lambda notice: _WORST_FIRST.index(notice.severity))
    problems = [
        problem
        for kind in session.problems.values()
        for problem in kind
        if problem.severity == "error"
    ]
    if problems:
        many = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        found.append(Notice("info", f"{many} listed (F8): {problems[0]}"))
    if session.run_facts:
        found.append(Notice("info", session.run_facts[-1].sentence))
    return found


class NoticeBar(QFrame):
    """The foot of the window.

    Signals:
        clicked: somebody wants to see the whole list.
    """

    clicked = Signal()

    def __init__(
        self, theme: Theme, hints: Sequence[str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.setAccessibleName("Notices")
        self._mark = MarkLabel(theme, 15)
        self._line = ElidedLabel()
        self._line.setAccessibleName("Notice")
        self._more = QLabel()
        self._more.setProperty("role", "muted")
        self._hints = QLabel("     ".join(hints))
        self._hints.setProperty("role", "muted")
        self._hints.setAccessibleName("Key hints")
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 4, 12, 4)
        row.setSpacing(8)
        row.addWidget(self._mark)
        row.addWidget(self._line, 1)
        row.addWidget(self._more)
        row.addSpacing(12)
        row.addWidget(self._hints)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    @property
    def words(self) -> str:
        """The notice shown, uncut."""
        return self._line.words

    def show_session(
        self, session: Session, told: Sequence[str] = (), mild: Sequence[str] = ()
    ) -> None:
        """Show the worst of what the session knows and we have to say."""
        found = notices_of(session, told, mild)
        if silence(session.engine) is None:
            # behind what is said once only: marks in the navigator say it too
            loud = sum(notice.severity != "info" for notice in found)
            found[loud:loud] = plots_notice(session)
        worst = found[0] if found else Notice("info", "")
        self._mark.setVisible(worst.severity in _MARKS)
        if worst.severity in _MARKS:
            self._mark.set_status(_MARKS[worst.severity])
        bold = worst.severity == "bad"
        font = self._line.font()
        if font.bold() != bold:
            font.setBold(bold)
            self._line.setFont(font)
            self._line.fit()
        beyond = sum(notice.severity != "info" for notice in found[1:])
        self._more.setText(f"+ {beyond} more (F8)" if beyond else "")
        self._line.setToolTip(tip("\n".join(notice.sentence for notice in found)))
        self._line.set_words(worst.sentence)

    def say(self, words: str) -> None:
        """Say something of the window's own, until the next notice."""
        self._mark.hide()
        self._more.clear()
        self._line.set_words(words)

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._mark.set_theme(theme)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Drop the hints where there is no room for them."""
        super().resizeEvent(event)
        self._hints.setVisible(self.width() > HINTS_FROM)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Ask for the list."""
        super().mousePressEvent(event)
        self.clicked.emit()
