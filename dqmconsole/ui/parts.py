"""Everything a window is made of: what commands and features work on."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtWidgets import QDockWidget

    from dqmconsole.ui.context import Context
    from dqmconsole.ui.guidance.call import CallSheet
    from dqmconsole.ui.guidance.reader import InstructionReader
    from dqmconsole.ui.guidance.view import GuidanceView
    from dqmconsole.ui.live.header import RunHeader
    from dqmconsole.ui.live.navigator import Navigator
    from dqmconsole.ui.live.notices import NoticeBar
    from dqmconsole.ui.live.panel import PlotPanel
    from dqmconsole.ui.live.problems import ProblemList
    from dqmconsole.ui.live.view import ConsoleView
    from dqmconsole.ui.logbook.entry import EntrySheet
    from dqmconsole.ui.logbook.view import LogbookView
    from dqmconsole.ui.overlay import Overlay
    from dqmconsole.ui.start.band import ShiftBand
    from dqmconsole.ui.start.leaving import OpenShiftSheet
    from dqmconsole.ui.start.release import ReleaseSheet
    from dqmconsole.ui.start.view import StartView
    from dqmconsole.ui.start.welcome import WelcomePage


class Parts(NamedTuple):
    """The parts of one window, complete.

    Attributes:
        context: what all of them share.
        docks: "navigator", "panel", "problems" and "book".
        header: the run header.
        navigator: pages, search, elements.
        view: the middle of the window.
        welcome: what is seen in it while nothing is open.
        panel: the selected plot in words.
        problems: the list of notices and problems.
        notices: the foot of the window.
        band: the line under the run header.
        start: the page on which a shift begins.
        guidance: the instruction of the selected plot.
        logbook: the log of the shift.
        call, reader, release, entry, leaving: sheets over the window.
    """

    context: Context
    docks: Mapping[str, QDockWidget]
    header: RunHeader
    navigator: Navigator
    view: ConsoleView
    welcome: WelcomePage
    panel: PlotPanel
    problems: ProblemList
    notices: NoticeBar
    band: ShiftBand
    start: StartView
    guidance: GuidanceView
    logbook: LogbookView
    call: CallSheet
    reader: InstructionReader
    release: ReleaseSheet
    entry: EntrySheet
    leaving: OpenShiftSheet

    @property
    def sheets(self) -> tuple[Overlay, ...]:
        """The sheets over the window, the topmost first."""
        return (
            self.guidance.example,
            self.leaving,
            self.call,
            self.reader,
            self.release,
            self.entry,
        )
