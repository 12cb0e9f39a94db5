"""Links to what was in view: written, read back, and refused."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmconsole.model.view_link import ViewLink, ViewLinkError, read_link, read_span

NAMES = st.text(min_size=1, max_size=40).filter(str.isprintable)
NUMBERS = st.integers(0, 10**9 - 1)
LUMISECTIONS = st.integers(1, 10**9 - 1)


@st.composite
def links(draw: st.DrawFn) -> ViewLink:
    layout, page = draw(st.just(("", "")) | st.tuples(NAMES, NAMES))
    last = draw(st.none() | LUMISECTIONS)
    first = None if last is None else draw(st.none() | st.integers(1, last))
    plot = draw(st.just("") | NAMES)
    return ViewLink(draw(NUMBERS), layout, page, plot, last, first)


@given(links())
def test_what_is_written_is_read(link: ViewLink) -> None:
    text = str(link)
    assert text.isascii()
    assert " " not in text
    assert read_link(f" {text}\n") == link


@given(st.text(max_size=60))
def test_any_text_is_a_link_or_refused(text: str) -> None:
    for each in (text, f"dqm:{text}", f"dqm:7/{text}", f"dqm:7?{text}"):
        with contextlib.suppress(ViewLinkError):
            assert read_link(str(read_link(each))) == read_link(each)


def test_as_it_is_written() -> None:
    link = ViewLink(398214, "Hcal", "Digi occupancy", "Hcal/Digi/a b", 134, 120)
    text = "dqm:398214/Hcal/Digi%20occupancy?plot=Hcal/Digi/a%20b&ls=120-134"
    assert str(link) == text
    assert read_link(text.replace("dqm", "DQM")) == link


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("https://a.b/c", "begins with dqm:"),
        ("398214", "begins with dqm:"),
        ("dqm:last", "'last' is no number of a run"),
        ("dqm:7/Hcal", "after the run come layout and page"),
        ("dqm:7/Hcal/Digi/more", "after the run come layout and page"),
        ("dqm:7/Hcal/100%", "is no percent-encoding"),
        ("dqm:7/Hcal/%ff", "is not percent-encoded UTF-8"),
        ("dqm:7/Hcal/%0a", "cannot be shown"),
        ("dqm:7?plots=a", "no 'plots': it has plot and ls"),
        ("dqm:7?ls=9&ls=9", "ls stands in the link twice"),
        ("dqm:7?ls=", "ls stands in the link empty"),
        ("dqm:7?ls=134-120", "the span 134-120 ends before it begins"),
        ("dqm:7?ls=0", "they count from 1: the nearest is 1"),
        ("dqm:7?ls=0-0", "they count from 1: the nearest is 1"),
        ("dqm:7?ls=0-134", "they count from 1: the nearest is 1-134"),
        ("dqm:7?ls=many", "neither a number (178) nor a span (120-134)"),
        ("dqm:7?plot=" + "a" * 2000, "at most 2000 characters"),
    ],
)
def test_what_is_wrong_with_a_link(text: str, words: str) -> None:
    with pytest.raises(ViewLinkError) as raised:
        read_link(text)
    assert words in str(raised.value)


def test_a_span_as_it_is_typed() -> None:
    assert read_span(" 178 ") == (None, 178)
    assert read_span("120 – 134") == (120, 134)
