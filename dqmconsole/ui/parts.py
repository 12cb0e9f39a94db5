"""Everything a window is made of: what commands and features work on."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDockWidget,
    QHBoxLayout,
    QMainWindow,
    QMenuBar,
    QStackedWidget,
    QStatusBar,
    QVBoxLayout,
    QWidget,
)

from dqmconsole.ui.buttons import sign_button
from dqmconsole.ui.fonts import px
from dqmconsole.ui.guidance.call import CallSheet
from dqmconsole.ui.guidance.manual import Manual
from dqmconsole.ui.guidance.people import PeopleSheet
from dqmconsole.ui.guidance.reader import InstructionReader
from dqmconsole.ui.guidance.terms import TermTips
from dqmconsole.ui.guidance.view import GuidanceView
from dqmconsole.ui.keyboard import MenuBar
from dqmconsole.ui.labels import ElidedLabel
from dqmconsole.ui.live.alarm_list import AlarmList
from dqmconsole.ui.live.alarm_sheet import AlarmSheet
from dqmconsole.ui.live.alarm_strip import AlarmStrip
from dqmconsole.ui.live.draft import DraftSheet
from dqmconsole.ui.live.header import RunHeader
from dqmconsole.ui.live.lately import LatelyList
from dqmconsole.ui.live.looking_back import GoToSheet, LookingBack
from dqmconsole.ui.live.navigator import Navigator
from dqmconsole.ui.live.notices import NoticeBar
from dqmconsole.ui.live.overview import OverviewPage
from dqmconsole.ui.live.own_windows import OwnWindows
from dqmconsole.ui.live.panel import PlotPanel
from dqmconsole.ui.live.problems import ProblemList
from dqmconsole.ui.live.reference_picker import ReferencePicker
from dqmconsole.ui.live.row_sheet import CoverageSheet, SilencedSheet
from dqmconsole.ui.live.timeline import TimelineSheet
from dqmconsole.ui.live.view import ConsoleView
from dqmconsole.ui.live.wall import Wall
from dqmconsole.ui.logbook.entry import EntrySheet
from dqmconsole.ui.logbook.signing import SigningSheet
from dqmconsole.ui.logbook.view import LogbookView
from dqmconsole.ui.settings_sheet import SettingsSheet
from dqmconsole.ui.sound import AlarmSound
from dqmconsole.ui.start.band import ShiftBand
from dqmconsole.ui.start.chain import ChainTestRow
from dqmconsole.ui.start.leaving import OpenShiftSheet
from dqmconsole.ui.start.release import ReleaseSheet
from dqmconsole.ui.start.view import StartView
from dqmconsole.ui.start.welcome import WelcomePage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dqmconsole.ui.context import Context
    from dqmconsole.ui.overlay import Overlay

MARGIN = 8  # px around and between
NAVIGATOR_WIDTH = 264  # px at scale 1, and the next two
PANEL_WIDTH = 340
LOW_DOCKS = {"problems": 170, "alarms": 300, "book": 330}  # at the foot, and how high
# by these titles the arrangement of the docks is remembered
TITLES = {
    "navigator": "Navigator",
    "panel": "Selected plot",
    "problems": "Notices and problems",
    "alarms": "Alarms",
    "book": "Book of the shift",
}


LATELY = "What happened"  # the title of the panel's dock beside the overview


class Parts(NamedTuple):
    """The parts of one window, complete.

    Attributes:
        context: what all of them share.
        docks: "navigator", "panel", "problems", "alarms" and "book".
        header: the run header.
        strip: the alarms that matter most, beneath it.
        alarms: the list of all alarms.
        navigator: pages, search, elements.
        view: the middle of the window.
        overview: the first page, in it.
        lately: what happened, beside the overview.
        welcome: what is seen in it while nothing is open.
        panel: the selected plot in words.
        problems: the list of notices and problems.
        notices: the foot of the window.
        band: the line under the run header.
        start: the page on which a shift begins.
        guidance: the instruction of the selected plot.
        logbook: the log of the shift.
        windows: pages and plots in windows of their own.
        wall: turns the window into a wall, and back.
        looking_back: which moment the plots are of.
        call, people, reader, manual, release, entry, leaving, choices, draft,
            references, go_to, signing, silenced, coverage, timeline, alarm_sheet:
            sheets over the window.
        sound: how alarms are heard.
        chain: the row of an alarm that tests that.
    """

    context: Context
    docks: Mapping[str, QDockWidget]
    header: RunHeader
    strip: AlarmStrip
    alarms: AlarmList
    navigator: Navigator
    view: ConsoleView
    overview: OverviewPage
    lately: LatelyList
    welcome: WelcomePage
    panel: PlotPanel
    problems: ProblemList
    notices: NoticeBar
    band: ShiftBand
    start: StartView
    guidance: GuidanceView
    logbook: LogbookView
    windows: OwnWindows
    wall: Wall
    call: CallSheet
    people: PeopleSheet
    reader: InstructionReader
    manual: Manual
    release: ReleaseSheet
    entry: EntrySheet
    leaving: OpenShiftSheet
    choices: SettingsSheet
    draft: DraftSheet
    references: ReferencePicker
    looking_back: LookingBack
    go_to: GoToSheet
    signing: SigningSheet
    silenced: SilencedSheet
    coverage: CoverageSheet
    timeline: TimelineSheet
    sound: AlarmSound
    chain: ChainTestRow
    alarm_sheet: AlarmSheet

    @property
    def sheets(self) -> tuple[Overlay, ...]:
        """The sheets over the window, the topmost first."""
        return (
            self.guidance.example,
            self.leaving,
            self.choices,
            self.call,
            self.people,
            self.manual,
            self.reader,
            self.release,
            self.entry,
            self.draft,
            self.references,
            self.go_to,
            self.signing,
            self.silenced,
            self.coverage,
            self.timeline,
            self.alarm_sheet,
        )


class DockTitle(QWidget):
    """The title of a dock, and its two buttons; Qt's own keeps one size of letters.

    Args:
        dock: it is moved by this.
    """

    def __init__(self, dock: QDockWidget) -> None:
        super().__init__(dock)
        self.setProperty("role", "clear")
        title = ElidedLabel()
        title.set_words(dock.windowTitle())
        dock.windowTitleChanged.connect(title.set_words)
        title.setProperty("role", "muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 0, 2)
        row.setSpacing(0)
        row.addWidget(title)
        row.addStretch(1)
        floats = "A window of its own, or back"
        row.addWidget(sign_button("↗", floats, floats, self._float))
        row.addWidget(sign_button("×", "Close", "Close", dock.close))
        self._dock = dock

    def _float(self) -> None:
        self._dock.setFloating(not self._dock.isFloating())


class Beside(QStackedWidget):
    """What stands beside the middle: the selected plot, or what happened lately.

    Args:
        view: the middle.
        panel: the selected plot in words.
        lately: what happened, while the overview is shown.
    """

    def __init__(self, view: ConsoleView, panel: PlotPanel, lately: LatelyList) -> None:
        super().__init__()
        self._view, self._panel, self._lately = view, panel, lately
        self.addWidget(panel)
        self.addWidget(lately)
        self.setFocusProxy(panel)
        view.turned.connect(self._turn)

    def _turn(self) -> None:
        """Show what belongs to the middle; the dock is named after it."""
        overview = self._view.on_overview
        shown: QWidget = self._lately if overview else self._panel
        self.setCurrentWidget(shown)
        self.setFocusProxy(shown)
        dock = self.parentWidget()
        if isinstance(dock, QDockWidget):
            dock.setWindowTitle(LATELY if overview else TITLES["panel"])


def build_parts(context: Context, hints: Sequence[str]) -> tuple[Parts, QMenuBar]:
    """Build all parts of a window and lay them out in it.

    Args:
        context: what they share.
        hints: keys at the foot of the window.

    Returns:
        The parts, and the menu bar, empty.
    """
    client, colours = context.client, context.colours
    welcome = WelcomePage()
    overview, lately = OverviewPage(context), LatelyList(context)
    header, view = RunHeader(colours), ConsoleView(context, welcome, overview)
    navigator, panel = Navigator(client, colours), PlotPanel(colours)
    problems, notices = ProblemList(colours), NoticeBar(colours, hints)
    guidance, logbook = GuidanceView(context), LogbookView(context)
    band, strip = ShiftBand(colours), AlarmStrip(context)
    alarms = AlarmList(context, lambda key: title_of(view, key))
    docked = {
        "navigator": navigator,
        "panel": Beside(view, panel, lately),
        "problems": problems,
        "alarms": alarms,
        "book": logbook,
    }
    bar, docks = arrange(context.window, (header, strip), view, notices, docked)
    start = StartView(context, docks["book"])
    view.add_guest(start)
    panel.take_in(guidance)
    terms = TermTips(client, context.window)
    terms.explain(panel)
    terms.explain(header)
    header.take_in(band)
    sound = AlarmSound(context)
    chain = ChainTestRow(context, sound)
    arrange_band(context.window, chain, at=-1)
    windows = OwnWindows(context, view)
    looking_back = LookingBack(context, view, windows)
    parts = Parts(
        context=context,
        docks=docks,
        header=header,
        strip=strip,
        alarms=alarms,
        navigator=navigator,
        view=view,
        overview=overview,
        lately=lately,
        welcome=welcome,
        panel=panel,
        problems=problems,
        notices=notices,
        band=band,
        start=start,
        guidance=guidance,
        logbook=logbook,
        windows=windows,
        wall=Wall(context, bar, docks, header, strip, view, notices),
        call=CallSheet(context),
        people=PeopleSheet(context),
        reader=InstructionReader(context),
        manual=Manual(context),
        release=ReleaseSheet(context),
        entry=EntrySheet(context, lambda: parts.windows.active.shown()),
        leaving=OpenShiftSheet(context),
        choices=SettingsSheet(context),
        draft=DraftSheet(context),
        references=ReferencePicker(context, view, windows),
        looking_back=looking_back,
        go_to=GoToSheet(context, looking_back),
        signing=SigningSheet(context),
        silenced=SilencedSheet(context),
        coverage=CoverageSheet(context),
        timeline=TimelineSheet(context, overview),
        sound=sound,
        chain=chain,
        alarm_sheet=AlarmSheet(context),
    )
    start.people_wanted.connect(parts.people.open)
    return parts, bar


def title_of(view: ConsoleView, key: str) -> str:
    """What the plot of a key is called."""
    plot = view.pages.plot(key).plot
    return plot.title or plot.path


def arrange(
    window: QMainWindow,
    heads: Sequence[QWidget],
    view: QWidget,
    notices: QWidget,
    docked: Mapping[str, QWidget],
) -> tuple[QMenuBar, dict[str, QDockWidget]]:
    """Lay the parts out in a window.

    Args:
        window: the window.
        heads: lie on top, under the menus.
        view: the middle.
        notices: the foot.
        docked: "navigator", "panel", "problems", "alarms" and "book".

    Returns:
        The menu bar, empty, and the docks by the names of what lies in them.
    """
    bar = MenuBar()
    top = QWidget()
    column = QVBoxLayout(top)
    column.setContentsMargins(0, 0, 0, MARGIN)
    column.setSpacing(MARGIN)
    column.addWidget(bar)
    for head in heads:
        column.addWidget(head)
    window.setContentsMargins(MARGIN, 0, MARGIN, 0)
    window.setMenuWidget(top)
    window.setCentralWidget(view)
    foot = QStatusBar()
    foot.setSizeGripEnabled(False)
    foot.addWidget(notices, 1)
    window.setStatusBar(foot)
    docks = {name: _dock(window, title, docked[name]) for name, title in TITLES.items()}
    area = Qt.DockWidgetArea
    window.addDockWidget(area.LeftDockWidgetArea, docks["navigator"])
    window.addDockWidget(area.RightDockWidgetArea, docks["panel"])
    window.addDockWidget(area.BottomDockWidgetArea, docks["problems"])
    docks["problems"].hide()
    window.resizeDocks(
        [docks["navigator"], docks["panel"]],
        [px(NAVIGATOR_WIDTH), px(PANEL_WIDTH)],
        Qt.Orientation.Horizontal,
    )
    for name in ("alarms", "book"):
        window.addDockWidget(area.BottomDockWidgetArea, docks[name])
        docks[name].hide()
    return bar, docks


def show_dock(docks: Mapping[str, QDockWidget], name: str) -> None:
    """Show a dock; one at the foot opens as high as what lies in it needs.

    The docks at the foot share one height: without this a notice of one line would
    take the height of the book. Beside others it opens as wide as they.
    """
    dock = docks[name]
    opened = not dock.isVisible()
    alone = not any(docks[each].isVisible() for each in LOW_DOCKS)
    dock.show()
    window = dock.parent()
    if name in LOW_DOCKS and alone and isinstance(window, QMainWindow):
        window.resizeDocks([dock], [px(LOW_DOCKS[name])], Qt.Orientation.Vertical)
    elif name in LOW_DOCKS and opened and isinstance(window, QMainWindow):
        beside = [docks[each] for each in LOW_DOCKS if docks[each].isVisible()]
        share = window.width() // len(beside)
        window.resizeDocks(beside, [share] * len(beside), Qt.Orientation.Horizontal)


def arrange_band(window: QMainWindow, band: QWidget, at: int = 0) -> None:
    """Lay a band above everything; it pushes the rest down.

    Args:
        window: the window.
        band: what lies in it.
        at: its place; -1 is beneath header and strip.
    """
    top = window.menuWidget()
    column = top.layout() if top is not None else None
    assert isinstance(column, QVBoxLayout)
    column.insertWidget(at, band)


def _dock(window: QMainWindow, title: str, widget: QWidget) -> QDockWidget:
    dock = QDockWidget(title, window)
    dock.setTitleBarWidget(DockTitle(dock))
    dock.setObjectName(title)
    dock.setWidget(widget)
    return dock
