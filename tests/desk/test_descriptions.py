"""Descriptions of CMS layouts, as HTML that people wrote, to Markdown and words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dqmconsole.desk.descriptions import LONGEST, Description, described
from dqmconsole.site.findings import Findings
from dqmconsole.site.markdown import parse_markdown


def read(text: str) -> Description:
    found = described(text)
    assert found.lost == ()
    return found


@pytest.mark.parametrize(
    ("text", "markdown", "sentence"),
    [
        ("Digi occupancy.", "Digi occupancy.", "Digi occupancy."),
        (
            "Digis <a href=https://x.ch/a?b=1>page</a>",
            "Digis [page](<https://x.ch/a?b=1>)",
            "Digis",
        ),
        (
            "See <a HREF='https://x.ch/a b'>the <b>page</b></a>.",
            "See [the **page**](<https://x.ch/a%20b>).",
            "See .",
        ),
        ('<a href="https://x.ch">all</a>', "[all](<https://x.ch>)", ""),
        (
            "Colours:<br><font color='green'>GOOD</font> for good<br/>"
            "<font color=red>RED</font>",
            "Colours:\n\nGOOD (green) for good\n\nRED",
            "Colours: GOOD (green) for good; RED",
        ),
        ("if E <e or <maxEnergy> is low", r"if E \<e or \<maxEnergy\> is low",
         "if E <e or <maxEnergy> is low"),
        ("a &lt; b &amp; c*d_e", r"a \< b & c\*d\_e", "a < b & c*d_e"),
        ("<ul><li>one<li>two</ul>", "- one\n\n- two", "one; two"),
        ("<b>now</b>!", "**now**!", "now!"),
        ("<b>never closed", "**never closed**", "never closed"),
        ("</a></b></font>", "", ""),
        ("<script>alert(1)</script>", r"\<script\>alert(1)\</script\>",
         "<script>alert(1)</script>"),
    ],
)  # fmt: skip
def test_html_becomes_markdown_and_words(
    text: str, markdown: str, sentence: str
) -> None:
    found = read(text)
    assert (found.markdown, found.sentence) == (markdown, sentence)


@pytest.mark.parametrize("text", ["Digis", "a b. c", "a<br>b"])
def test_what_words_say_is_whole(text: str) -> None:
    assert read(text).whole


@pytest.mark.parametrize(
    "text",
    ["<a href=http://x.ch>x</a>", "<b>x</b>", "<ul><li>x</ul>", "x " * 999],
)
def test_what_words_do_not_say_is_not_whole(text: str) -> None:
    found = read(text)
    assert not found.whole
    assert len(found.sentence) <= LONGEST + 2


@pytest.mark.parametrize(
    "target",
    ["javascript:alert(1)", "file:///etc/passwd", "//x.ch", "http:"],
)
def test_a_link_that_leads_elsewhere_is_its_words(target: str) -> None:
    found = described(f"<a href='{target}'>x</a>")
    assert (found.markdown, found.lost) == ("x", (target,))


def test_no_line_begins_a_heading_or_a_list_by_chance() -> None:
    text = read("# a<br>- b<br>1. c<br>+ d<br>--- <br>2015 e").markdown
    assert text == ("\\# a\n\n\\- b\n\n1\\. c\n\n\\+ d\n\n\\---\n\n2015 e")


_PIECES = st.sampled_from(
    ["<a href=http://x.ch/(a)>", "</a>", "<b>", "</b>", "<br>", "<li>", "<pre>",
     "<font color=red>", "</font>", "<td>", "</td>", "a", " ", "<", ">", "&lt;", "*",
     "_", "[", "]",
     "(", ")", "`", "#", "- ", "1. ", "\n", "![x](y)", "https:", "<page:x>", "\\", "|",
     "~~", "=", "http://y", "&#10;", "&#0;", "\u2028"]
)  # fmt: skip


@settings(max_examples=30)
@given(st.lists(_PIECES, max_size=14).map("".join))
def test_whatever_it_holds_the_site_reads_it(text: str) -> None:
    found = described(text)
    findings = Findings("x.md")
    parsed = parse_markdown(found.markdown, 1, findings)
    assert findings.problems == ()
    assert parsed.headings == ()
    assert "\n" not in found.sentence
