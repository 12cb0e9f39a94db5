"""The navigator: statuses, search, the tree of elements."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from support.fake_session import (
    CHARGE,
    DEPTH1,
    DIGIS,
    HCAL,
    FakeSession,
    hcal,
    live_session,
    site,
)

from dqmconsole.model.layout import Layout, Page, Plot
from dqmconsole.model.message import Children, FoundItem, Receipt
from dqmconsole.model.verdict import Rollup, Status, Verdict, roll_up
from dqmconsole.shift.pages import PageName, Pages
from dqmconsole.ui.live import navigator
from dqmconsole.ui.live.browse import SHOWN, ElementTree
from dqmconsole.ui.live.navigator import Navigator, PageTree, count_words, rollup_words
from dqmconsole.ui.marks import mark_image
from dqmconsole.ui.theme import DARK, LIGHT, Colours

if TYPE_CHECKING:
    from PySide6.QtWidgets import QTreeWidgetItem
    from pytestqt.qtbot import QtBot


def find(tree: PageTree | ElementTree, words: str) -> QTreeWidgetItem:
    flags = Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchRecursive
    return tree.findItems(words, flags)[0]


def shown(tree: PageTree) -> list[str]:
    found = []

    def walk(item: QTreeWidgetItem) -> None:
        for index in range(item.childCount()):
            child = item.child(index)
            if not child.isHidden():
                found.append(child.text(0))
                walk(child)

    walk(tree.invisibleRootItem())
    return found


def test_counts() -> None:
    assert count_words(None) == "–"
    assert count_words(roll_up([])) == "–"
    assert count_words(roll_up([Status.GOOD, Status.BAD, Status.WAITING])) == "1/3"
    assert count_words(roll_up([Status.NOT_APPLICABLE] * 3)) == "–"
    assert rollup_words(None) == "no verdicts yet"
    assert rollup_words(roll_up([Status.GOOD, Status.BAD])) == "BAD: 1 GOOD, 1 BAD"
    assert rollup_words(Rollup(Status.WAITING, 0, 0, 0, {})) == "WAITING"


@pytest.fixture
def colours() -> Colours:
    return Colours(LIGHT)


@pytest.fixture
def tree(qtbot: QtBot, colours: Colours) -> PageTree:
    tree = PageTree(colours)
    qtbot.addWidget(tree)
    tree.show_pages(Pages(site([hcal()])))
    return tree


def test_statuses_are_words_too(tree: PageTree, colours: Colours) -> None:
    client = FakeSession(site([hcal()]))
    tree.show_statuses(client, silent=False)
    layout = find(tree, HCAL)
    assert layout.toolTip(0) == "Hcal\nno verdicts yet"
    client.put_verdict(DEPTH1, Verdict(Status.BAD, "empty"))
    tree.show_statuses(client, silent=False)
    assert layout.text(1) == "0/1"
    spoken = layout.data(0, Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "Hcal, BAD: 1 BAD"
    icon = layout.icon(0).cacheKey()
    tree.show_statuses(client, silent=True)
    assert layout.toolTip(0) == "Hcal\nno fresh verdict; last was BAD: 1 BAD"
    assert layout.icon(0).cacheKey() != icon
    colours.change(DARK)
    tree.show_statuses(client, silent=False)
    assert layout.toolTip(0) == "Hcal\nBAD: 1 BAD"


def test_a_name_says_what_it_is(tree: PageTree) -> None:
    described = msgspec.structs.replace(hcal(), description="Hadron calorimeter")
    tree.show_pages(Pages(site([described])))
    tree.show_statuses(FakeSession(site([described])), silent=False)
    layout = find(tree, HCAL)
    for column in (0, 1):
        assert layout.toolTip(column) == "Hcal\nHadron calorimeter\nno verdicts yet"


def test_only_what_is_another_is_marked_again(
    tree: PageTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = FakeSession(site([hcal()]))
    client.put_verdict(DEPTH1, Verdict(Status.GOOD, "full"))
    tree.show_statuses(client, silent=False)
    marked: list[str] = []

    def noted(words: str) -> str:
        marked.append(words)
        return words

    monkeypatch.setattr(navigator, "tip", noted)
    tree.show_statuses(client, silent=False)
    client.put_verdict(DEPTH1, Verdict(Status.GOOD, "still full"))
    tree.show_statuses(client, silent=False)
    assert not marked  # neither plots, which show only while searched for
    tree.filter_words("depth 1")
    assert any(words.endswith("GOOD: still full") for words in marked)
    marked.clear()
    tree.show_statuses(client, silent=False)
    assert not marked


def test_what_was_not_judged_whole_is_no_plain_tick(
    tree: PageTree, colours: Colours
) -> None:
    client = FakeSession(site([hcal()]))
    marks = []
    for judged in (2, 1):
        counts = {Status.GOOD: judged, Status.FAILED: 2 - judged}
        client.mailbox.rollups[HCAL] = Rollup(Status.GOOD, judged, judged, 2, counts)
        tree.show_statuses(client, silent=False)
        marks.append(find(tree, HCAL).icon(0).pixmap(14, 14).toImage())
    assert marks[0] == mark_image(Status.GOOD, colours.theme, 14, 1.0)
    assert marks[1] == mark_image(Status.GOOD, colours.theme, 14, 1.0, partly=True)
    assert marks[0] != marks[1]


def test_a_warning_that_nobody_adopted_is_an_outline(
    tree: PageTree, colours: Colours
) -> None:
    client = FakeSession(site([hcal()]))
    outline = mark_image(Status.WARNING, colours.theme, 14, 1.0, adopted=False)
    tree.filter_words("occupancy depth 1")
    client.put_verdict(DEPTH1, Verdict(Status.WARNING, "late", adopted=False))
    tree.show_statuses(client, silent=False)
    for name in (HCAL, DIGIS, "Occupancy, depth 1"):
        assert find(tree, name).icon(0).pixmap(14, 14).toImage() == outline
        assert "default, not adopted" in find(tree, name).toolTip(0)
    client.put_verdict(CHARGE, Verdict(Status.BAD, "empty"))
    tree.show_statuses(client, silent=False)
    bad = mark_image(Status.BAD, colours.theme, 14, 1.0)
    assert find(tree, HCAL).icon(0).pixmap(14, 14).toImage() == bad
    client.put_verdict(CHARGE, Verdict(Status.WARNING, "late"))
    tree.show_statuses(client, silent=False)
    filled = mark_image(Status.WARNING, colours.theme, 14, 1.0)
    assert find(tree, HCAL).icon(0).pixmap(14, 14).toImage() == filled


def test_plots_show_only_while_searched_for(tree: PageTree) -> None:
    whole = ["Overview", HCAL, "Run summary", DIGIS, "Timing", "Channels"]
    assert shown(tree) == whole
    tree.filter_words("pulse")
    assert shown(tree) == [HCAL, DIGIS, "Pulse time, HE"]
    tree.filter_words("HCAL timing ring3")
    assert shown(tree) == [HCAL, "Timing", "Ring 3", "Channels", "Ring 3"]
    tree.filter_words("nothing of the kind")
    assert shown(tree) == []
    assert tree.best_match() is None
    tree.filter_words("over")
    assert shown(tree) == ["Overview"]
    tree.filter_words("")
    assert shown(tree) == whole


def test_what_was_open_stays_open_when_the_site_is_reloaded(tree: PageTree) -> None:
    tree.show_current(PageName(HCAL, DIGIS))
    assert find(tree, HCAL).isExpanded()
    tree.show_pages(Pages(site()))
    assert find(tree, HCAL).isExpanded()
    assert tree.currentItem().text(0) == DIGIS


def test_items_open_what_they_stand_for(tree: PageTree, qtbot: QtBot) -> None:
    with qtbot.waitSignal(tree.page_opened) as opened:
        tree.open_item(find(tree, HCAL))
    assert opened.args == [PageName(HCAL, "Run summary")]
    tree.filter_words("pulse")
    with qtbot.waitSignal(tree.plot_opened) as opened:
        tree.open_item(find(tree, "Pulse time, HE"))
    assert opened.args[0].endswith("Hcal/DigiTask/Timing/HE")


def test_enter_in_the_search_opens_the_overview(qtbot: QtBot) -> None:
    navigator = Navigator(live_session(), Colours(LIGHT))
    qtbot.addWidget(navigator)
    navigator.tree.show_pages(Pages(site([hcal()])))
    navigator.search.setText("overv")
    with qtbot.waitSignal(navigator.tree.overview_opened):
        navigator.search.returnPressed.emit()


def test_the_source_is_searched_once_typing_has_stopped(qtbot: QtBot) -> None:
    client = live_session()
    navigator = Navigator(client, Colours(LIGHT))
    qtbot.addWidget(navigator)
    navigator.search.setText("occ")
    navigator.look(10.0)
    navigator.look(10.1)
    navigator.search.setText("occupancy")
    navigator.look(10.2)
    navigator.look(10.3)
    assert client.searched == []
    navigator.look(10.6)
    navigator.look(11.0)
    assert [text for _, text in client.searched] == ["occupancy"]
    client.put_found([FoundItem("Hcal/x", "TH1F", 1.0)], 5)
    stale = client.take().found
    assert stale is not None
    navigator.show_found(stale)
    assert navigator.found.first() == "Hcal/x"
    navigator.search.setText("other")
    navigator.show_found(stale)
    assert navigator.found.first() == ""


def test_a_search_that_is_refused_says_why(qtbot: QtBot) -> None:
    client = live_session()
    navigator = Navigator(client, Colours(LIGHT))
    qtbot.addWidget(navigator)
    navigator.search.setText("occupancy")
    navigator.look(10.0)
    navigator.look(11.0)
    number = client.searched[-1][0]
    words = next(
        label
        for label in navigator.findChildren(QLabel)
        if label.accessibleName() == "Found in the source"
    )
    navigator.show_refused(Receipt(number + 1, False, "of another question"))
    assert words.text().startswith("searching")
    navigator.show_refused(Receipt(number, False, "no source is open"))
    assert words.text() == "no source is open"


def test_late_answers_and_huge_folders(qtbot: QtBot) -> None:
    client = live_session()
    tree = ElementTree(client)
    qtbot.addWidget(tree)
    tree.show()
    number = client.browsed[0][0]
    tree.show_children(Children(999, 1, "", ("Other",), ()))
    assert tree.topLevelItemCount() == 0
    items = tuple(FoundItem(f"plot{n}", "TH1F", float(n)) for n in range(SHOWN + 10))
    tree.show_children(Children(number, 1, "", ("Hcal",), items))
    assert tree.topLevelItemCount() == SHOWN + 2
    last = tree.topLevelItem(SHOWN + 1)
    assert last.text(0) == "… 10 more: search for them"
    assert tree.topLevelItem(1).text(1) == "TH1F, 0"
    tree.forget()
    assert tree.topLevelItemCount() == 0
    assert client.browsed[-1][1] == ""


def tops(tree: ElementTree) -> list[str]:
    return [tree.topLevelItem(n).text(0) for n in range(tree.topLevelItemCount())]


def test_the_top_grows_with_every_client_that_enters_the_run(qtbot: QtBot) -> None:
    client = live_session()
    tree = ElementTree(client)
    qtbot.addWidget(tree)
    tree.show()
    tree.show_children(Children(client.browsed[0][0], 0, "", (), ()))
    assert tops(tree) == ["no run yet"]
    tree.renew()
    tree.show_children(Children(client.browsed[1][0], 7, "", ("Hcal",), ()))
    assert tops(tree) == ["Hcal"]
    folder = find(tree, "Hcal")
    folder.setExpanded(True)
    tree.show_children(Children(client.browsed[2][0], 7, "Hcal", ("Digi",), ()))
    tree.renew()
    names = ("DT", "Hcal", "Info")
    tree.show_children(Children(client.browsed[3][0], 7, "", names, ()))
    assert tops(tree) == ["DT", "Hcal", "Info"]
    assert find(tree, "Hcal").isExpanded()  # what was opened stays open
    tree.renew()
    tree.show_children(Children(client.browsed[4][0], 7, "", ("DT",), ()))
    assert tops(tree) == ["DT"]
    tree.hide()
    tree.renew()
    assert len(client.browsed) == 5
    tree.show()
    assert len(client.browsed) == 6


@pytest.mark.parametrize(
    ("text", "title"),
    [("run/depth 0", "Depth 0"), ("depth -2", "Depth −2"), ("hcal/pul", "Pulse")],
)
def test_enter_opens_what_fits_best(qtbot: QtBot, text: str, title: str) -> None:
    navigator = Navigator(live_session(), Colours(LIGHT))
    qtbot.addWidget(navigator)
    titles = ("Depth −2", "Depth 0", "Depth 2", "Depth 10", "Impulse", "Pulse")
    plots = tuple(Plot(f"Hcal/Run/{n}", title=each) for n, each in enumerate(titles))
    layout = Layout("Hcal", (Page("Run", plots),))
    navigator.tree.show_pages(Pages(site([layout])))
    navigator.search.setText(text)
    with qtbot.waitSignal(navigator.plot_opened) as opened:
        navigator.search.returnPressed.emit()
    assert opened.args == [f"Hcal › Run › Hcal/Run/{titles.index(title)}"]


def test_what_is_opened_by_enter_shows_all_pages_again(qtbot: QtBot) -> None:
    """Marks of other subsystems stay in sight; the words wait to be typed over."""
    navigator = Navigator(live_session(), Colours(LIGHT))
    qtbot.addWidget(navigator)
    navigator.show()
    navigator.tree.show_pages(Pages(site()))
    layouts = shown(navigator.tree)
    navigator.search.setText("pulse")
    found = shown(navigator.tree)
    assert not {*layouts} <= {*found}
    assert navigator.found.isVisible()
    with qtbot.waitSignal(navigator.plot_opened) as opened:
        navigator.search.returnPressed.emit()
    assert shown(navigator.tree) == layouts
    assert not navigator.found.isVisible()
    navigator.focus_search()
    assert navigator.search.selectedText() == "pulse"
    with qtbot.waitSignal(navigator.plot_opened) as again:
        navigator.search.returnPressed.emit()
    assert again.args == opened.args
    navigator.focus_found()  # by Down: the rows that fit
    assert shown(navigator.tree) == found
    with qtbot.waitSignal(navigator.plot_opened) as again:
        navigator.open_row()
    assert again.args == opened.args
    assert shown(navigator.tree) == layouts


def test_what_has_all_words_but_one_is_shown_and_that_is_said(qtbot: QtBot) -> None:
    navigator = Navigator(live_session(), Colours(LIGHT))
    qtbot.addWidget(navigator)
    navigator.show()
    navigator.tree.show_pages(Pages(site([hcal()])))
    said = next(each for each in navigator.findChildren(QLabel)
                if each.text().startswith("Nothing has all these words"))  # fmt: skip
    navigator.search.setText("hcal pulse")
    assert not said.isVisible()
    navigator.search.setText("hcal pulse nowhere")
    assert said.isVisible()
    assert shown(navigator.tree) == [HCAL, DIGIS, "Pulse time, HE"]
    navigator.search.setText("")
    assert not said.isVisible()


def test_an_element_is_opened_where_it_fits_better_than_a_page(qtbot: QtBot) -> None:
    client = live_session()
    navigator = Navigator(client, Colours(LIGHT))
    qtbot.addWidget(navigator)
    navigator.tree.show_pages(Pages(site([hcal()])))
    for text, path, wins in (
        ("ming", "Hcal/ming", True),
        ("timing", "Hcal/Task/timing", False),
    ):
        navigator.search.setText(text)
        navigator.look(10.0)
        navigator.look(11.0)
        client.put_found([FoundItem(path, "TH1F", 1.0)], 1)
        found = client.take().found
        assert found is not None
        navigator.show_found(found)
        signal = navigator.plot_opened if wins else navigator.page_opened
        with qtbot.waitSignal(signal) as opened:
            navigator.search.returnPressed.emit()
        assert opened.args == [path if wins else PageName(HCAL, "Timing")]


def test_an_empty_folder_says_so(qtbot: QtBot, tmp_path: object) -> None:  # noqa: ARG001
    client = live_session()
    tree = ElementTree(client)
    qtbot.addWidget(tree)
    tree.show()
    tree.show_children(Children(client.browsed[0][0], 1, "", ("Hcal",), ()))
    folder = find(tree, "Hcal")
    folder.setExpanded(True)
    assert folder.child(0).text(0) == "loading …"
    tree.show_children(Children(client.browsed[1][0], 1, "Hcal", (), ()))
    assert folder.child(0).text(0) == "nothing here"


def test_a_folder_that_is_refused_is_asked_for_again(qtbot: QtBot) -> None:
    client = live_session()
    tree = ElementTree(client)
    qtbot.addWidget(tree)
    tree.show()
    tree.show_refused(Receipt(client.browsed[-1][0], False, "the engine ended"))
    assert tree.topLevelItem(0).text(0) == "the engine ended"
    tree.hide()
    tree.show()
    tree.show_children(Children(client.browsed[-1][0], 1, "", ("Hcal",), ()))
    assert tree.topLevelItemCount() == 1
    folder = find(tree, "Hcal")
    folder.setExpanded(True)
    tree.show_refused(Receipt(client.browsed[-1][0], False, "the engine ended"))
    assert (folder.childCount(), folder.isExpanded()) == (0, False)
    folder.setExpanded(True)
    assert [asked for _, asked in client.browsed] == ["", "", "Hcal", "Hcal"]
    tree.show_children(Children(client.browsed[-1][0], 1, "Hcal", (), ()))
    assert folder.child(0).text(0) == "nothing here"


def test_the_layout_left_folds_up_unless_opened_by_hand(qtbot: QtBot) -> None:
    tree = PageTree(Colours(LIGHT))
    qtbot.addWidget(tree)
    names = ("Info", "Hcal", "DT")
    layouts = [msgspec.structs.replace(hcal(), layout=name) for name in names]
    tree.show_pages(Pages(site(layouts)))
    first, second, third = names
    tree.show_current(PageName(first, "Run summary"))
    assert find(tree, first).isExpanded()
    find(tree, third).setExpanded(True)
    tree.show_current(PageName(second, "Run summary"))
    assert not find(tree, first).isExpanded()
    tree.show_current(PageName(third, "Run summary"))
    tree.show_current(PageName(first, "Run summary"))
    assert find(tree, third).isExpanded()
    assert not find(tree, second).isExpanded()
