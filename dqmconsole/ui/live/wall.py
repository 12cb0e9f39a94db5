"""The main window on a wall: the whole screen, nothing to click, page after page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from dqmconsole.shift.wall import rotation
from dqmconsole.ui.overlay import is_covered

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtCore import QByteArray
    from PySide6.QtWidgets import QDockWidget, QWidget

    from dqmconsole.shift.pages import PageName
    from dqmconsole.ui.context import Context
    from dqmconsole.ui.live.alarm_strip import AlarmStrip
    from dqmconsole.ui.live.header import RunHeader
    from dqmconsole.ui.live.notices import NoticeBar
    from dqmconsole.ui.live.view import ConsoleView

LARGER = 1.3  # than at a desk
DESK = 1080  # px of height for which text is sized at scale 1


def wall_scale(own: float, height: int) -> float:
    """The scale on a wall: text is as large a share of it as suits a large room.

    Args:
        own: the scale of the screen at a desk.
        height: of the screen, px.
    """
    return round(LARGER * max(own, height / DESK), 2)


class Wall(QObject):
    """Turns the main window into a wall, and back; Esc leaves it.

    Run header, page and the worst notice stay; menus, docks and hints go. A page that
    somebody turned to stays as long as any other.

    Args:
        context: what is rendered, and what is chosen for walls.
        menus: the menu bar.
        docks: all of the window.
        header: lies on top.
        strip: lies beneath it.
        view: the middle.
        notices: the foot.
    """

    def __init__(
        self,
        context: Context,
        menus: QWidget,
        docks: Mapping[str, QDockWidget],
        header: RunHeader,
        strip: AlarmStrip,
        view: ConsoleView,
        notices: NoticeBar,
    ) -> None:
        super().__init__(context)
        self._context = context
        self._menus = menus
        self._docks = docks
        self._header = header
        self._strip = strip
        self._view = view
        self._notices = notices
        self._before: tuple[QByteArray, bool, float, Callable[[], None]] | None = None
        self._round: list[PageName] = []
        self._shown: PageName | None = None
        self._since = 0.0

    @property
    def on(self) -> bool:
        """Tell whether the window is on a wall."""
        return self._before is not None

    def toggle(self) -> None:
        """Onto the wall, or back."""
        if not self.leave():
            self.begin()

    def begin(self) -> None:
        """Fill the screen with pages, and begin a round of them."""
        if self.on:
            return
        window, context = self._context.window, self._context
        self._before = (
            window.saveState(),
            window.isFullScreen(),
            context.own_scale,
            self._view.way_back(),
        )
        self._menus.hide()
        for dock in self._docks.values():
            dock.hide()
        self._notices.leave_hints_out(leave=True)
        self._header.leave_button_out(leave=True)
        self._strip.put_on_wall(on=True)
        self._view.grid.set_fitted(fitted=True)
        height = window.screen().geometry().height()
        context.rescale(wall_scale(context.own_scale, height))
        window.showFullScreen()
        self._round = []
        self._turn(context.wall_clock())

    def leave(self) -> bool:
        """Put everything back; tell whether the window was on a wall."""
        if self._before is None:
            return False
        (state, full, own, show_again), self._before = self._before, None
        window = self._context.window
        if not full:
            window.showNormal()
        self._menus.show()
        self._notices.leave_hints_out(leave=False)
        self._header.leave_button_out(leave=False)
        self._strip.put_on_wall(on=False)
        self._view.grid.set_fitted(fitted=False)
        self._context.rescale(own)
        window.restoreState(state)
        show_again()
        return True

    def second(self, now: float) -> None:
        """Turn to the next page when its time has come.

        Args:
            now: unix time, s.
        """
        if not self.on or self._context.paused_at is not None:
            return
        chosen = self._view.page != self._shown or self._view.in_detail
        if chosen or is_covered(self._context.window):
            # somebody chose what is seen now, or writes something over it: a page that
            # turned would take the keyboard
            self._shown, self._since = self._view.page, now
        elif now - self._since >= self._context.settings.wall_interval:
            self._turn(now)

    def _turn(self, now: float) -> None:
        settings, client = self._context.settings, self._context.client
        pages = rotation(
            client.site,
            client.mailbox.rollups,
            settings.wall_without,
            abnormal_first=settings.wall_abnormal,
        )
        if not self._round:
            self._round = list(pages)
        while self._round:
            name = self._round.pop(0)
            if name in pages:
                self._view.turn_to(name)
                break
        self._shown, self._since = self._view.page, now
