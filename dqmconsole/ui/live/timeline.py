"""The sheet of all that happened: on demand, after a pause, at the start of a shift."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLabel, QVBoxLayout

from dqmconsole.shift.lately import Looks
from dqmconsole.shift.liveness import silence
from dqmconsole.shift.overview import Folding
from dqmconsole.shift.timeline import FILTERS
from dqmconsole.shift.words import clock
from dqmconsole.ui.live.lately import LatelyList
from dqmconsole.ui.overlay import Overlay

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from dqmconsole.ui.context import Context
    from dqmconsole.ui.live.overview import OverviewPage

SIZE = (760, 700)


class TimelineSheet(Overlay):
    """What happened since somebody looked, over the window.

    Args:
        context: what it works with.
        overview: knows since when somebody had not looked.

    Attributes:
        list: what happened, newest first.
        looks: when somebody used the window before.
    """

    shrinks = True

    def __init__(self, context: Context, overview: OverviewPage) -> None:
        super().__init__("Timeline", context.window, SIZE)
        self._context = context
        self._overview = overview
        self._folding = Folding()
        self.looks = Looks()
        self.list = LatelyList(context, "What happened, all of it")
        self.list.plot_wanted.connect(lambda _key: self.dismiss())
        self.list.place_wanted.connect(lambda _run, _number: self.dismiss())
        self.list.news_wanted.connect(self.dismiss)
        self.list.filtered.connect(self.show_now)
        self._filters = QLabel()
        self._filters.setAccessibleName("Kinds shown")
        self._filters.setWordWrap(True)
        keys = QLabel(
            "Shift+F7 other kinds · Enter shows the plot or the moment · Esc closes"
        )
        for label in (self._filters, keys):
            label.setProperty("role", "muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(6)
        column.addWidget(self._filters)
        column.addWidget(self.list, 1)
        column.addWidget(keys)
        context.opened.connect(self._forget)

    def open(self) -> None:
        """Show everything that happened, as it is known now."""
        self.show_now()
        super().open()
        self.list.setCurrentRow(1)

    def show_now(self) -> None:
        """Show what is known now; cheap where nothing is new."""
        client, session = self._context.client, self._context.session
        silent = client.moment is None and silence(client.engine) is not None
        shift = session.shift
        overview = self._folding.look(
            client.site,
            client.mailbox,
            since=shift.made_at if shift is not None else None,
            hidden=client.blinded,
            silent=silent,
        )
        known = (self._overview.looks.since, self.looks.since)
        since = max((each for each in known if each is not None), default=None)
        self.list.show_overview(overview, since, self._context.clock())
        names = [f"[{name}]" if at == self.list.filter else name
                 for at, name in ((each, FILTERS[each][0])
                                  for each in self.list.offered)]  # fmt: skip
        self._filters.setText(" · ".join(names))

    def note_use(self) -> None:
        """Note that somebody uses the window; after a pause say what happened."""
        now, before = self._context.wall_clock(), self.looks.since
        self.looks.note(now)
        since = self.looks.since
        if since is None or since == before or self.isVisible():
            return
        self.show_now()
        many = sum((each.at or 0.0) > since for each in self.list.happened)
        if many:
            things = "thing" if many == 1 else "things"
            self._context.say(
                f"{many} {things} happened since {clock(since)}: Shift+F4 lists them."
            )

    def first_field(self) -> QWidget:
        """What has the keyboard first."""
        return self.list

    def _forget(self) -> None:
        self._folding, self.looks = Folding(), Looks()
