"""Text of the site is shown, never loaded, run or opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QFont, QTextCharFormat, QTextDocument, QTextFormat
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QScrollArea, QVBoxLayout, QWidget

from dqmconsole.markdown import plain_line
from dqmconsole.ui.markdown import (
    Inks,
    Link,
    SafeDocument,
    link_of,
    safe_document,
    section_name,
)
from dqmconsole.ui.text import SafeText, bring_into_view

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

INKS = Inks("#111111", "#2222ee")

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src='file:///etc/passwd'>",
    "<img src=http://evil.example/a.png onerror=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<iframe src='http://evil.example'></iframe>",
    "<style>body{background:url(http://evil.example/a)}</style>",
    "<link rel=stylesheet href=http://evil.example/a.css>",
    "<table background='http://evil.example/a.png'><tr><td>x</table>",
    "<p style='background-image:url(file:///etc/passwd)'>x</p>",
    "<object data='file:///etc/passwd'></object>",
    "<!-- a comment -->",
    "<![CDATA[ x ]]>",
    "<?php x ?>",
    "&lt;img src=http://evil.example/a.png&gt; &#60;img src=a&#62; &#x0; &bogus;",
    "![alt](file:///etc/passwd)",
    "![alt](http://evil.example/track.png 'title')",
    "![alt](data:image/png;base64,AAAA)",
    "![](qrc:/x.png)",
    "![out ![in](file:///a)](http://b.example/c.png)",
    "[![alt](file:///etc/passwd)](page:Hcal/Digis)",
    "![ref]\n\n[ref]: file:///etc/passwd",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](file:///etc/passwd)",
    "[x](//evil.example/share)",
    "[x](\\\\\\\\evil.example\\\\share)",
    "[x](/etc/passwd)",
    "[x](etc)",
    "[x](http:evil)",
    "[x](http://)",
    "[x](https:///etc/passwd)",
    "[x](ftp://evil.example)",
    "[x](mailto:a@evil.example)",
    "[x](smb://evil.example/share)",
    "[x](ms-msdt:/id)",
    "[x](qrc:/x)",
    "[x](link:0)",
    "[x](link:99999999999999999999)",
    "[x](page:)",
    "[x](plot:)",
    "[x](instruction:)",
    "[x](instruction:#how)",
    "[x][r]\n\n[r]: javascript:alert(1) 'title'",
    "<javascript:alert(1)>",
    "<file:///etc/passwd>",
    "file:///etc/passwd javascript:alert(1) http://evil.example",
    "[" * 5000,
    ">" * 2000 + "x",
    "- " * 1500 + "x",
    "![" * 5000,
    "`" * 5001,
    "\0\0\0 \ufeff \u202e",
]


def forms_of(document: QTextDocument) -> list[QTextCharFormat]:
    """The formats of every piece of a document."""
    found = []
    block = document.begin()
    while block.isValid():
        within = block.begin()
        while not within.atEnd():
            found.append(within.fragment().charFormat())
            within += 1
        block = block.next()
    return found


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every resource that any document or browser asked for."""
    found: list[str] = []

    def load(_self: object, _kind: int, name: object) -> None:
        found.append(str(name))

    for kind in (QTextDocument, SafeDocument, SafeText):
        monkeypatch.setattr(kind, "loadResource", load)
    return found


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_stays_text(qtbot: QtBot, asked: list[str], hostile: str) -> None:
    """Laid out and painted: no picture, no target left, nothing asked for."""
    text = SafeText("Text")
    qtbot.addWidget(text)
    text.resize(300, 200)
    text.show_markdown(f"before\n\n{hostile}\n\nafter", INKS)
    text.show()
    text.grab()
    for form in forms_of(text.document()):
        assert not form.isImageFormat()
        assert form.objectType() == QTextFormat.ObjectTypes.NoObject.value
        assert not form.property(QTextFormat.Property.BackgroundImageUrl)
        assert form.anchorHref() == "" or form.anchorHref() == "link:0"
        assert form.anchorNames() == []
        assert form.toolTip() == ""
    assert all(link.kind == "page" for link in text.links)
    assert asked == []
    shown = text.toPlainText()
    assert "after" in shown or len(hostile) > 100
    if hostile.startswith("<") and not hostile.startswith(("<java", "<file")):
        assert "<" in shown, "HTML is to be read as it was written"


def test_a_picture_becomes_its_words() -> None:
    document, links = safe_document("see ![the *map*](file:///x) here", INKS, QFont())
    assert document.toPlainText().startswith("see [image: the map] here")
    assert "\ufffc" not in document.toPlainText()
    assert links == []


@pytest.mark.parametrize(
    ("href", "link"),
    [
        ("page:Hcal/Digi occupancy", Link("page", "Hcal/Digi occupancy")),
        ("PAGE:Hcal/Digis", Link("page", "Hcal/Digis")),
        ("plot:Hcal/Digi#1", Link("plot", "Hcal/Digi#1")),
        ("instruction:hcal/timing", Link("instruction", "hcal/timing")),
        (
            "instruction:hcal/timing#How-to-judge",
            Link("instruction", "hcal/timing", "how-to-judge"),
        ),
        ("dqm:7/Hcal/Digi?ls=3", Link("view", "dqm:7/Hcal/Digi?ls=3")),
        ("https://a.example/b?c=d#e", Link("web", "https://a.example/b?c=d#e")),
        ("HTTP://A.example/", Link("web", "http://a.example/")),
        ("file:///etc/passwd", None),
        ("javascript:alert(1)", None),
        ("http://a.example/\nfile:///x", None),
        ("https://" + "a" * 3000, None),
        ("", None),
        ("nothing", None),
    ],
)
def test_what_is_a_link(href: str, link: Link | None) -> None:
    assert link_of(href) == link


def test_sections_have_names() -> None:
    assert section_name("How to judge") == "how-to-judge"
    assert section_name("If it is bad?") == "if-it-is-bad"


def test_a_line_of_markdown_without_its_marks() -> None:
    assert plain_line("Look at **[Summary](<page:A/B>)**\nnow") == (
        "Look at Summary now"
    )
    assert plain_line("1 < 2 & `x_y`") == "1 < 2 & x_y"


def test_a_document_never_loads_anything() -> None:
    document = SafeDocument()
    assert document.loadResource(2, QUrl("file:///etc/passwd")) is None
    assert document.resource(2, QUrl("file:///etc/passwd")) is None


def test_tab_goes_from_link_to_link_and_return_follows(qtbot: QtBot) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    text = SafeText("Text")
    column = QVBoxLayout(holder)
    column.addWidget(QPushButton("before"))
    column.addWidget(text)
    followed: list[Link] = []
    text.followed.connect(followed.append)
    text.show_markdown("[a](page:A/B) and [b](<plot:C/D e>)", INKS)
    holder.resize(300, 200)
    with qtbot.waitActive(holder):
        holder.show()
        holder.activateWindow()
    text.setFocus(Qt.FocusReason.TabFocusReason)
    assert text.textCursor().selectedText() == "a"
    QTest.keyClick(text, Qt.Key.Key_Tab)
    assert text.textCursor().selectedText() == "b"
    QTest.keyClick(text, Qt.Key.Key_Return)
    assert followed == [Link("plot", "C/D e")]
    text.show_markdown("no links", INKS)
    assert text.focusPolicy() is Qt.FocusPolicy.ClickFocus


def test_a_target_that_is_no_number_of_ours_goes_nowhere(qtbot: QtBot) -> None:
    text = SafeText("Text")
    qtbot.addWidget(text)
    text.show_markdown("[a](page:A/B)", INKS)
    followed: list[Link] = []
    text.followed.connect(followed.append)
    for href in ("file:///etc/passwd", "link:7", "link:-1", "link:x", "http://a.b"):
        text.anchorClicked.emit(QUrl(href))
    assert followed == []


def test_links_that_are_words_stay_words_in_another_font(qtbot: QtBot) -> None:
    text = SafeText("Text", linked=False)
    qtbot.addWidget(text)
    text.show_markdown("## Open\n\n[a](page:A/B)", INKS)
    low = text.height()
    font = text.font()
    font.setPointSizeF(2 * font.pointSizeF())
    text.setFont(font)
    assert text.height() > 1.5 * low
    assert (text.toPlainText(), text.links) == ("Open\na", [])


def test_it_is_as_high_as_its_text(qtbot: QtBot) -> None:
    text = SafeText("Text")
    qtbot.addWidget(text)
    text.resize(300, 10)
    text.show()
    text.show_markdown("one line", INKS)
    low = text.height()
    text.show_markdown("many words " * 60, INKS)
    high = text.height()
    assert high > 5 * low
    text.resize(600, high)
    assert text.height() < high


def test_what_has_the_keyboard_is_scrolled_into_view(qtbot: QtBot) -> None:
    inner = QWidget()
    inner.setFixedSize(200, 3000)
    low = QWidget(inner)
    low.setGeometry(0, 2500, 50, 40)
    area = QScrollArea()
    qtbot.addWidget(area)
    area.setWidget(inner)
    area.resize(220, 300)
    area.show()
    bring_into_view(low)
    seen = area.verticalScrollBar().value()
    assert seen <= 2500 <= seen + 300
    bring_into_view(area)  # nothing holds it: nothing happens
    assert area.verticalScrollBar().value() == seen
