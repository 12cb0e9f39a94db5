"""The navigator: layouts and pages with their statuses, search, all elements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QIcon
from PySide6.QtWidgets import (
    QFrame,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTabWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from dqmconsole.model.glossary import NOT_ADOPTED, NOT_ADOPTED_MEANS
from dqmconsole.model.search import Query
from dqmconsole.model.verdict import Status
from dqmconsole.shift.pages import PageName, Pages
from dqmconsole.ui.labels import tip
from dqmconsole.ui.live.browse import ElementTree, FoundElements
from dqmconsole.ui.marks import mark_icon

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dqmconsole.model.message import Found, Receipt
    from dqmconsole.model.verdict import Rollup
    from dqmconsole.shift.client import EngineClient
    from dqmconsole.ui.theme import Colours

SEARCH_AFTER = 0.25  # s without a key, before the source is searched
_NAME = Qt.ItemDataRole.UserRole
_OVERVIEW = ""  # among the names of what fits; no layout is called so


def asking_words(many: int) -> str:
    """Write how many alarms ask for an answer: "2 alarms ask"."""
    return f"{many} alarm{'s ask' if many > 1 else ' asks'}"


def count_words(rollup: Rollup | None, asking: int = 0) -> str:
    """Write how many plots are good of how many: "5/9"; and how many alarms ask."""
    if asking:
        return f"{asking} ask{'s' if asking == 1 else ''} · {count_words(rollup)}"
    if rollup is None or not rollup.total:
        return "–"
    if rollup.status is Status.NOT_APPLICABLE:
        return "–"
    return f"{rollup.good}/{rollup.total}"


def rollup_words(rollup: Rollup | None) -> str:
    """Write what a roll-up is made of: "BAD: 1 BAD, 5 GOOD, 2 not judged"."""
    if rollup is None:
        return "no verdicts yet"
    parts = [f"{count} {status}" for status, count in rollup.counts.items()]
    parts += [f"{rollup.by_default} by {NOT_ADOPTED}"] if rollup.by_default else []
    return f"{rollup.status}: {', '.join(parts)}" if parts else str(rollup.status)


class PageTree(QTreeWidget):
    """The overview, layouts, their pages, and while searching the plots that match.

    Attributes:
        partly: what shows has all words that are searched for but one.

    Signals:
        page_opened: a PageName.
        plot_opened: the plot's key.
        overview_opened: the overview is wanted.
    """

    page_opened = Signal(object)
    plot_opened = Signal(str)
    overview_opened = Signal()

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colours = colours
        colours.changed.connect(self._recolour)
        self._items: dict[str, QTreeWidgetItem] = {}
        self._targets: dict[str, PageName | str] = {}
        self._texts: dict[str, tuple[str, ...]] = {}
        self._about: dict[str, str] = {}  # what its site says of each
        self._ranks: dict[str, float] = {}
        self._shown: dict[str, object] = {}  # what each item was marked with last
        self._asked: tuple[EngineClient, bool] | None = None  # for the marks
        self._asking: Mapping[str, int] = {}
        self._words = ""
        self.partly = False
        self._query = Query()
        self._current: PageName | None = None
        self._overview: QTreeWidgetItem | None = None
        self._unfolded = ""  # the layout opened for the page shown, not by hand
        self.setObjectName("NavigatorTree")
        self.setAccessibleName("Pages")
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        self.setIndentation(13)
        self.setUniformRowHeights(True)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.itemActivated.connect(self._activated)
        self.itemClicked.connect(self._activated)

    def show_pages(self, pages: Pages) -> None:
        """Build the tree again for a site; what was expanded stays so."""
        opened = {name for name, item in self._items.items() if item.isExpanded()}
        self.clear()
        self._items, self._targets, self._texts = {}, {}, {}
        self._about = {}
        self._shown = {}
        self._overview = None
        if pages.names:
            self._overview = QTreeWidgetItem(self, ["Overview", "O"])
            self._overview.setTextAlignment(1, Qt.AlignmentFlag.AlignRight)
            self._overview.setForeground(1, self._muted)
        plots: list[QTreeWidgetItem] = []
        for name in pages.names:
            page = pages.page(name)
            assert page is not None
            if name.layout not in self._items:
                top = QTreeWidgetItem(self, [pages.title(name.layout), "–"])
                self._adopt(top, name.layout, name, (name.layout,))
                self._about[name.layout] = pages.about(name.layout)
            item = QTreeWidgetItem(self._items[name.layout], [name.page, "–"])
            self._adopt(item, name.key, name, (name.path,))
            self._about[name.key] = page.description
            if page.audience == "expert":
                font = item.font(0)
                font.setItalic(True)
                item.setFont(0, font)
            below: list[QTreeWidgetItem] = []
            for place in pages.plots(name):
                title = place.plot.title or place.plot.path
                plot = QTreeWidgetItem([title])
                texts = (f"{name.path}/{title}", place.plot.path)
                self._adopt(plot, place.key, place.key, texts)
                self._about[place.key] = place.plot.description
                below.append(plot)
            item.addChildren(below)  # at once: for each the tree tells all its parts
            plots += below
        # before they are hidden: a span after a hiding lays the tree out again
        for plot in plots:
            plot.setFirstColumnSpanned(True)
        for name_or_key in opened & self._items.keys():
            self._items[name_or_key].setExpanded(True)
        self.filter_words(self._words)
        self.show_current(self._current)

    def show_asking(self, asking: Mapping[str, int]) -> None:
        """Say of layouts and pages how many of their alarms ask for an answer.

        Args:
            asking: by layout, and by key of a page; the others have none.
        """
        if asking != self._asking:
            self._asking = asking
            if self._asked is not None:
                client, silent = self._asked
                self.show_statuses(client, silent=silent)

    def show_statuses(self, client: EngineClient, *, silent: bool) -> None:
        """Mark layouts, pages and the plots that show with their statuses.

        Args:
            client: where they are.
            silent: the engine is; then nothing here is fresh, least of all good.
        """
        self._asked = (client, silent)
        icons: dict[tuple[Status, bool, bool], QIcon] = {}
        for name, item in self._items.items():
            if item.isHidden():
                continue  # it is marked once it shows
            rollup, partly = client.mailbox.rollups.get(name), False
            adopted = True
            if rollup is not None or isinstance(self._targets[name], PageName):
                status = rollup.status if rollup else Status.WAITING
                partly = rollup is not None and rollup.judged < rollup.total
                asking = self._asking.get(name, 0)
                item.setText(1, count_words(rollup, asking))
                item.setForeground(1, self._alarming if asking else self._muted)
                adopted = rollup is None or rollup.adopted
                words = rollup_words(rollup)
                if asking:
                    words = f"{asking_words(asking)} for an answer; {words}"
            else:
                verdict = client.mailbox.verdicts.get(name)
                status = verdict.status if verdict else Status.WAITING
                adopted = verdict is None or verdict.adopted
                words = f"{status}: {verdict.sentence}" if verdict else str(status)
                if not adopted and NOT_ADOPTED not in words:
                    words = f"{words} ({NOT_ADOPTED})"
            if silent:
                status, words = Status.STALE, f"no fresh verdict; last was {words}"
            shown = (status, words, partly, adopted)
            if self._shown.get(name) != shown:
                self._shown[name] = shown
                means = "" if adopted else NOT_ADOPTED_MEANS
                parts = (self._full_name(name), self._about[name], words, means)
                hint = tip("\n".join(filter(None, parts)))
                item.setToolTip(0, hint)
                item.setToolTip(1, hint)
                look = status, partly, adopted
                if look not in icons:
                    icons[look] = mark_icon(
                        status, self._colours.theme, partly=partly, adopted=adopted
                    )
                item.setIcon(0, icons[look])
                spoken = f"{item.text(0)}, {words}"
                item.setData(0, Qt.ItemDataRole.AccessibleTextRole, spoken)

    def show_overview(self) -> None:
        """Show that the overview is open; the layout unfolded for a page folds up."""
        self._current = None
        before = self._items.get(self._unfolded)
        if before is not None and not self._query.words:
            before.setExpanded(False)
        if self._overview is not None:
            self.setCurrentItem(self._overview)

    def show_current(self, name: PageName | None) -> None:
        """Show which page is open; the layout unfolded for the last one folds up.

        So all layouts, and any that turns bad, stay in sight.
        """
        self._current = name
        item = self._items.get(name.key) if name else None
        if item is None or name is None:
            return
        before = self._items.get(self._unfolded)
        if (
            before is not None
            and name.layout != self._unfolded
            and not self._query.words
        ):
            before.setExpanded(False)
        parent = item.parent()
        if parent is not None and not parent.isExpanded():
            parent.setExpanded(True)
            self._unfolded = name.layout
        self.setCurrentItem(item)

    def filter_words(self, text: str) -> None:
        """Show only what a text fits; see :class:`~dqmconsole.model.search.Query`.

        Where nothing fits all of three words or more, what fits all but one.
        """
        before, self._query = self._query.words, Query.of(text)
        self._words, searched = text, bool(self._query.words)
        self._ranks, self.partly = {}, False
        if searched:
            self._ranks = self._ranked((self._query,))
            if not self._ranks:
                self._ranks = self._ranked(self._query.with_one_less())
                self.partly = bool(self._ranks)
        holding: set[QTreeWidgetItem | None] = set()
        # from the end: what lies in an item comes before the item
        for name, item in reversed(self._items.items()):
            # plots show only while they are searched for
            is_plot = not isinstance(self._targets[name], PageName)
            found = name in self._ranks if searched else not is_plot
            found = found or item in holding
            item.setHidden(not found)
            if found:
                holding.add(item.parent())
            if searched:
                item.setExpanded(item in holding)
        if self._overview is not None:
            rank = self._query.rank("Overview") if searched else 0.0
            if rank:
                self._ranks[_OVERVIEW] = rank
            self._overview.setHidden(searched and not rank)
        if before and not searched:
            self.collapseAll()
            self.show_current(self._current)
        if self._asked is not None:
            client, silent = self._asked
            self.show_statuses(client, silent=silent)

    def _ranked(self, queries: Sequence[Query]) -> dict[str, float]:
        """How well each row fits that one of some queries it fits best."""
        ranks = {
            name: max((query.rank(*texts) for query in queries), default=0.0)
            for name, texts in self._texts.items()
        }
        return {name: rank for name, rank in ranks.items() if rank}

    def best_match(self) -> QTreeWidgetItem | None:
        """What fits best while searching; of several the first."""
        name = max(self._ranks, key=self._ranks.__getitem__, default=None)
        return self._overview if name == _OVERVIEW else self._items.get(name or "")

    @property
    def best_rank(self) -> float:
        """How well that fits; 0 where nothing does."""
        return max(self._ranks.values(), default=0.0)

    def open_item(self, item: QTreeWidgetItem) -> None:
        """Open what an item stands for."""
        self._activated(item)

    def target(self) -> PageName | str:
        """What the row with the keyboard stands for; "" for the overview, or none."""
        item = self.currentItem()
        if item is None or item is self._overview:
            return ""
        return self._targets[item.data(0, _NAME)]

    def open_current(self) -> None:
        """Open what the row with the keyboard stands for."""
        item = self.currentItem()
        if item is not None:
            self._activated(item)

    def place_of(self, name: PageName) -> QRect:
        """Where in the viewport a page's line is, or that of its folded layout."""
        item = self._items.get(name.key)
        parent = item.parent() if item is not None else None
        if parent is not None and not parent.isExpanded():
            item = parent
        return QRect() if item is None else self.visualItemRect(item)

    def _recolour(self) -> None:
        """Forget the marks; the statuses are to be shown again."""
        muted = self._muted
        if self._overview is not None:
            self._overview.setForeground(1, muted)
        self._shown = {}
        for item in self._items.values():
            item.setForeground(1, muted)

    @property
    def _alarming(self) -> QBrush:
        return QBrush(QColor(self._colours.theme.bad_ink))

    @property
    def _muted(self) -> QBrush:
        return QBrush(QColor(self._colours.theme.muted))

    def _full_name(self, name: str) -> str:
        """What an item stands for, uncut."""
        target = self._targets[name]
        if isinstance(target, PageName) and name == target.key:
            return target.title
        return self._items[name].text(0)

    def _adopt(
        self,
        item: QTreeWidgetItem,
        name: str,
        target: PageName | str,
        texts: tuple[str, ...],
    ) -> None:
        self._items[name] = item
        self._targets[name] = target
        self._texts[name] = texts
        item.setData(0, _NAME, name)
        if isinstance(target, PageName):  # a plot has no count
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight)
            item.setForeground(1, self._muted)

    def _activated(self, item: QTreeWidgetItem, _column: int = 0) -> None:
        if item is self._overview:
            self.overview_opened.emit()
            return
        target = self._targets[item.data(0, _NAME)]
        if isinstance(target, PageName):
            self.page_opened.emit(target)
        else:
            self.plot_opened.emit(target)


class Navigator(QFrame):
    """Search field, pages, and all elements of the source.

    Signals:
        page_opened: a PageName.
        plot_opened: key of a plot, or path of an element.
        window_wanted: any of these, to show in a window of its own.
    """

    page_opened = Signal(object)
    plot_opened = Signal(str)
    window_wanted = Signal(object)

    def __init__(
        self, client: EngineClient, colours: Colours, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._client = client
        self._request = 0
        self._edited: float | None = None
        self._filtered = False  # what shows is what fits the words in the field
        self._adds = False  # elements are added to what is edited, one after the other
        self.setProperty("role", "panel")
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search  (/)")
        self.search.setAccessibleName("Search")
        self.search.setClearButtonEnabled(True)
        self.tree = PageTree(colours)
        self.elements = ElementTree(client)
        self.found = FoundElements()
        self.found.hide()
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.addTab(self.tree, "Pages")
        self.tabs.addTab(self.elements, "All elements")
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(6)
        self._partly = QLabel("Nothing has all these words. These have all but one:")
        self._partly.setProperty("role", "muted")
        self._partly.setWordWrap(True)
        self._partly.hide()
        column.addWidget(self.search)
        column.addWidget(self._partly)
        column.addWidget(self.tabs, 3)
        column.addWidget(self.found, 2)
        self.setMinimumWidth(190)
        self.setFocusProxy(self.tree)
        self.search.textChanged.connect(self._edited_text)
        self.search.returnPressed.connect(self._open_best)
        self.tree.page_opened.connect(self.page_opened)
        self.tree.plot_opened.connect(self.plot_opened)
        self.elements.opened.connect(self.plot_opened)
        self.found.opened.connect(self.plot_opened)

    def let_add(self, *, adds: bool) -> None:
        """Say whether elements are added to what is edited, and not opened.

        What a search found then stays, for the next, and goes before the pages.
        """
        self._adds = adds
        for each in (self.elements, self.found.list):
            each.setDragEnabled(adds)

    def look(self, now: float) -> None:
        """Search the source once nobody has typed for a moment."""
        text = self.search.text().strip()
        if self._edited is None:
            return
        if self._edited == 0.0:
            self._edited = now
        if now - self._edited >= SEARCH_AFTER:
            self._edited = None
            if text and self._client.source:
                self._request = self._client.search(text)

    def show_found(self, found: Found) -> None:
        """Show an answer, if it is to the latest question."""
        if found.request == self._request and self.search.text().strip():
            self.found.show_found(found)

    def show_refused(self, receipt: Receipt) -> None:
        """Say why a question gets no answer, where it is awaited."""
        if receipt.request == self._request:
            self.found.say(receipt.sentence)
        self.elements.show_refused(receipt)

    def focus_search(self) -> None:
        """Give the keyboard to the search field."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def focus_pages(self) -> None:
        """Give the keyboard to the pages."""
        self.tabs.setCurrentWidget(self.tree)
        self.tree.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def focus_elements(self) -> None:
        """Give the keyboard to the tree of all elements."""
        self.tabs.setCurrentWidget(self.elements)
        self.elements.setFocus(Qt.FocusReason.ShortcutFocusReason)

    @property
    def element(self) -> str:
        """Path of the element whose row has the keyboard; "" for none."""
        in_tree = self.elements.hasFocus()
        return self.elements.element if in_tree else self.found.element

    def open_element(self) -> None:
        """Open the row with the keyboard: an element, or a folder of the tree."""
        if self.elements.hasFocus():
            self.elements.open_current()
        elif self.element:
            self.plot_opened.emit(self.element)
            self._show_all()

    def open_row(self) -> None:
        """Open the row of the pages that has the keyboard."""
        self.tree.open_current()
        self._show_all()

    def show_apart(self) -> None:
        """Show what the row with the keyboard stands for in a window of its own."""
        target = self.tree.target() if self.tree.hasFocus() else self.element
        if target:
            self.window_wanted.emit(target)

    def focus_found(self) -> None:
        """Give the keyboard to what was found, or to the pages."""
        self._filter_again()
        words = self.search.text().strip()
        match = self.tree.best_match() if words and not self._adds else None
        awaited = self._adds and bool(words)
        if match is not None or not (self.found.first() or awaited):
            self.focus_pages()
            if match is not None:
                self.tree.setCurrentItem(match)
        else:
            self.found.list.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.found.list.setCurrentRow(0)

    def _edited_text(self, text: str) -> None:
        words = text.strip()
        self._edited = 0.0  # the next look dates it: only the clock knows the time
        self._request = 0
        self.found.say("searching the source …" if words else "")
        self._filter(words)

    def _filter(self, words: str) -> None:
        """Show only what fits some words; everything for ""."""
        self._filtered = bool(words)
        self.tree.filter_words(words)
        self._partly.setVisible(self.tree.partly)
        self.found.setVisible(self._filtered)
        if words:
            self.tabs.setCurrentWidget(self.tree)

    def _filter_again(self) -> None:
        """Show what fits the words in the field, where all was shown again."""
        if not self._filtered:
            self._filter(self.search.text().strip())

    def _show_all(self) -> None:
        """Show all pages again: what was searched for is open.

        Else the marks of all others would stay out of sight. The words stay, and are
        searched for again by Enter.
        """
        if self._filtered and not self._adds:
            self._filter("")

    def _open_best(self) -> None:
        """Open what fits best; an element only where it fits better than a page.

        Where elements are added, the best of them is.
        """
        self._filter_again()
        text, element = self.search.text().strip(), self.found.first()
        match = self.tree.best_match() if text and not self._adds else None
        rank = Query.of(text).rank(element) if element else 0.0
        # by more than what its depth alone is worth
        if match is not None and rank <= self.tree.best_rank + 1.0:
            self.tree.open_item(match)
            self._show_all()
        elif element:
            self.plot_opened.emit(element)
            self._show_all()
