"""People's Markdown becomes HTML that can only be read."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import hostile_markdown

from dqmconsole.markdown import (
    INSIDE,
    LONGEST,
    LONGEST_PARAGRAPH,
    MOST_PIECES,
    WEB,
    as_written,
    plain_line,
    safe_html,
)

TAGS = {
    "a": {"href", "title"}, "blockquote": set(), "br": set(), "code": {"class"},
    "em": set(), "hr": set(), "li": set(), "ol": {"start"}, "p": set(), "pre": set(),
    "s": set(), "strong": set(), "table": set(), "tbody": set(), "td": {"style"},
    "th": {"style"}, "thead": set(), "tr": set(), "ul": set(),
    **{f"h{level}": set() for level in range(1, 7)},
}  # fmt: skip


class Reading(HTMLParser):
    """What a browser finds in some HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.words += " "

    def handle_data(self, data: str) -> None:
        self.words += data


def check(html: str, schemes: tuple[str, ...]) -> Reading:
    """Check what holds of all HTML that is made of Markdown."""
    read = Reading(html)
    for tag, attributes in read.tags:
        assert tag in TAGS
        assert set(attributes) <= TAGS[tag]
        if tag == "a":
            assert str(attributes["href"]).partition(":")[0].lower() in schemes
        if "style" in attributes:
            assert re.fullmatch(r"text-align:(left|right|center)", attributes["style"])
    return read


@settings(max_examples=150)
@given(hostile_markdown(), st.sampled_from([WEB, INSIDE]))
def test_hostile_text_can_only_be_read(text: str, schemes: tuple[str, ...]) -> None:
    html = safe_html(text, schemes=schemes)
    check(html, schemes)
    html.encode()
    assert not {"\0", "\ufffc"}.intersection(html)
    # each piece brings its tags, each letter at most six ("&quot;") or, in an
    # address, nine
    assert len(html) <= 10 * len(text) + 100 * MOST_PIECES
    plain_line(text).encode()


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "> " * 30 + "word",
        "- " * 19 + "- word",
        "1. " * 25 + "word",
        "- a\n" * 20_000 + "- word",
        "a " * LONGEST_PARAGRAPH + "word",
        "a\n\n" * (LONGEST // 2) + "word",
        "|" + "a|" * 300 + "\n|" + "-|" * 300 + "\n" + "|\n" * 5000 + "\nword",
        "![x](/etc/passwd)" * 5000 + " word",
    ],
    ids=lambda text: repr(text[:12]),
)
def test_what_is_too_large_or_too_deep_stands_there_in_words(text: str) -> None:
    html = safe_html(text)
    assert "word" in check(html, WEB).words
    assert plain_line(text).endswith("word")
    assert len(html) <= 10 * len(text) + 100 * MOST_PIECES


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("![x](data:image/png;base64,A)", "[image: x]"),
        ("![the *map*](/tmp/pipe)", "[image: the map]"),
        ("![](file:///tmp/pipe.png)", "[image: pipe.png]"),
        ("![](data:image/png;base64,A)", "[image]"),
        ("![x](picture:abc)", "[image: x (picture abc of the book)]"),
        ("![out ![in](file:///a)](http://b.example/c)", "[image: out [image: in]]"),
    ],
)
def test_an_image_is_its_words(text: str, words: str) -> None:
    assert safe_html(text) == f"<p>{words}</p>"
    assert plain_line(text) == words


def test_only_a_picture_handed_over_is_an_image() -> None:
    html = safe_html("![x](picture:a) ![y](picture:b)", {"a": "data:image/png;,"})
    assert html == (
        '<p><img src="data:image/png;," alt="x" /> '
        "[image: y (picture b of the book)]</p>"
    )


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("[x](https://e.org/a)", "https://e.org/a", "https://e.org/a"),
        ("[x](HTTP://e.org/a)", "HTTP://e.org/a", "HTTP://e.org/a"),
        ("[x](<page:Hcal/Digi occupancy>)", "page:Hcal/Digi occupancy", None),
        ("[x](plot:Hcal/Digi#1)", "plot:Hcal/Digi#1", None),
        ("[x](mailto:a@e.org)", None, "mailto:a@e.org"),
        ("[x](javascript:alert(1))", None, None),
        ("[x](file:///etc/passwd)", None, None),
        ("[x](data:text/html,y)", None, None),
        ("[x](/etc/passwd)", None, None),
        ("[x](link:0)", None, None),
    ],
)
def test_links(text: str, inside: str | None, outside: str | None) -> None:
    for schemes, wanted in ((INSIDE, inside), (WEB, outside)):
        read = check(safe_html(text, schemes=schemes), schemes)
        found = [attributes["href"] for tag, attributes in read.tags if tag == "a"]
        assert found == ([wanted] if wanted else [])
        assert "x" in read.words
        if not wanted:  # the reader sees where it would lead
            assert read.words.strip().startswith("x (")


def test_a_line_without_marks() -> None:
    text = "# A\n\n- *b* `c_d`  \n  [e](page:x)\n\n| f | g |\n|---|---|\n| h | <i> |"
    assert plain_line(text) == "A b c_d e f g h <i>"
    assert plain_line("    code\n") == "code"
    assert plain_line("") == ""


def test_words_are_shown_as_they_are_written() -> None:
    words = r"# <b>R&amp;D</b> *x_y_z* `q` ~~no~~ [a](b) | \ c"
    assert Reading(safe_html(f"word {as_written(words)}")).words.strip() == (
        f"word {words}"
    )
