"""What CMS layouts say of a plot: HTML as people wrote it, to Markdown and to words."""

from __future__ import annotations

import functools
import html
import re
from typing import NamedTuple
from urllib.parse import quote, urlsplit

LONGEST = 300  # characters of the sentence beside a plot

# What is no tag of these is a text that holds a "<".
_TAG = re.compile(
    r"<\s*(?P<end>/?)\s*(?P<name>a|b|strong|i|em|u|font|span|br|p|div|pre|ul|ol|li|table|"
    r"tbody|thead|tr|td|th|h[1-6]|center|code|tt|sup|sub|hr)\b(?P<rest>[^<>]{0,2000})>",
    re.IGNORECASE,
)
_HREF = re.compile(r"""href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_COLOUR = re.compile(r"""color\s*=\s*["']?\s*([A-Za-z]+)""", re.IGNORECASE)
_MARKS = re.compile(r"[\\`*_\[\]<>|~]")
_LINE = re.compile(r"(?m)^(\s*)(#|[-+](?=\s|-|\+|$)|=|\d{1,9}(?=[.)](?:\s|$)))")
_PARAGRAPH = ("p", "div", "br", "pre", "ul", "ol", "table", "hr", "center",
              *(f"h{level}" for level in range(1, 7)))  # fmt: skip
_BLANKS = re.compile(r"[^\S\n]+")
_WIDE = re.compile(r"\n\s*\n\s*")
_END, _ITEM = "\0", "\1"  # marks of ends of lines and of items, which no text holds
# what is read as a link that was meant
_LIKE_LINK = re.compile(
    r"(?:\\<|(\\\])\()(?=\W*(?:page|plot|instruction|https?)\s?:)", re.IGNORECASE
)
_WEB = ("http", "https")


class Description(NamedTuple):
    """A description.

    Attributes:
        markdown: all of it, links too; "" where there is none.
        sentence: its words without links, on one line, cut where they are many.
        whole: the sentence says all there is.
        lost: targets of links that lead nowhere here, which are their words alone.
    """

    markdown: str
    sentence: str
    whole: bool
    lost: tuple[str, ...]


@functools.lru_cache(10_000)
def described(text: str) -> Description:
    """Read a description.

    Args:
        text: HTML, balanced or not; what is none stays as it is.
    """
    reading = _Reading()
    end = 0
    for tag in _TAG.finditer(text):
        reading.words(text[end : tag.start()])
        end = tag.end()
        reading.tag(tag["name"].lower(), tag["rest"], closes=bool(tag["end"]))
    reading.words(text[end:])
    reading.close()
    markdown = _safe("".join(reading.markdown))
    # words that only a link has are read where it can be followed
    cut = words = _line("".join(reading.plain))
    if len(cut) > LONGEST:
        cut = cut[:LONGEST].rsplit(" ", 1)[0].rstrip(",;:. ") + " …"
    whole = cut == words and not reading.marked
    return Description(markdown, cut, whole, tuple(reading.lost))


def _line(text: str) -> str:
    """Words with signs of ends of lines, as one line."""
    lines = filter(None, (" ".join(each.split()) for each in text.split(_END)))
    found = ""
    for each in lines:
        sign = "; " if found and found[-1] not in ".:;,!?" else " "
        found = found + sign + each if found else each
    return found


class _Reading:
    """Puts together what a description says.

    Attributes:
        markdown, plain: pieces of its Markdown, and of its words without those of
            links.
        marked: something of it cannot be said in one line of words.
        lost: as of a description.
    """

    def __init__(self) -> None:
        self.markdown: list[str] = []
        self.plain: list[str] = []
        self.marked = False
        self.lost: list[str] = []
        self._link = ""
        self._begun = 0  # where the words of the link, or the bold ones, begin
        self._bold = -1
        self._colour = ""

    def words(self, text: str) -> None:
        """Take in text between tags."""
        text = _BLANKS.sub(" ", html.unescape(text)).replace("\n", " ")
        if not text.isprintable():
            text = "".join(each if each.isprintable() else " " for each in text)
        self.markdown.append(_MARKS.sub(r"\\\g<0>", text))
        if not self._link:
            self.plain.append(text)

    def tag(self, name: str, rest: str, *, closes: bool) -> None:
        """Take in a tag."""
        if name == "a":
            self.close()
            found = None if closes else _HREF.search(rest)
            if found is not None:
                self._open(next(filter(None, found.groups()), ""))
        elif name in ("b", "strong"):
            self._embolden(closes=closes)
        elif name == "font":
            self._coloured(rest, closes=closes)
        elif name in _PARAGRAPH or (name in ("tr", "li") and not closes):
            self.close()
            self.marked |= name != "br"
            self.markdown.append("\n\n" + _ITEM * (name in ("tr", "li")))
            self.plain.append(_END)
        elif name in ("td", "th") and closes:
            self.words(" ")

    def close(self) -> None:
        """End the link, and the bold words, that are open."""
        self._embolden(closes=True)
        target, self._link = self._link, ""
        if target:
            words = "".join(self.markdown[self._begun :]).strip()
            if words:
                self.markdown[self._begun :] = [f"[{words}](<{target}>)"]

    def _open(self, target: str) -> None:
        target = html.unescape(target).strip()
        try:
            parts = urlsplit(target)
            web = parts.scheme in _WEB and bool(parts.hostname)
        except ValueError:
            web = False
        if not web:
            self.lost.append(target[:100])
            return
        self.marked = True
        self._link = quote(target, safe="/:?&=#%+,;@!$*~.-_()'|")
        self._begun = len(self.markdown)

    def _embolden(self, *, closes: bool) -> None:
        begun, self._bold = self._bold, -1
        if not closes:
            self._bold = len(self.markdown)
        elif begun >= 0:
            words = "".join(self.markdown[begun:])
            if words.strip() and "\n" not in words:
                after = " " if words != words.rstrip() else ""
                before = " " if words != words.lstrip() else ""
                self.markdown[begun:] = [f"{before}**{words.strip()}**{after}"]
                self.marked = True

    def _coloured(self, rest: str, *, closes: bool) -> None:
        found = _COLOUR.search(rest)
        if not closes:
            self._colour = "" if found is None else found[1].lower()
        elif self._colour:
            # what a colour means is a legend: its name says it as well
            last = self.plain[-1].lower() if self.plain else ""
            if self._colour not in last:
                self.words(f" ({self._colour})")
            self._colour = ""


def _safe(markdown: str) -> str:
    """Markdown of which no line begins a heading, a list or a rule by chance."""
    lines = []
    for line in _WIDE.sub("\n\n", markdown).strip().split("\n"):
        sign = "- " if line.startswith(_ITEM) else ""
        body = line.replace(_ITEM, "").strip()
        body = _LIKE_LINK.sub(r"\1 ", body).strip()
        lines.append(sign + _LINE.sub(_escaped_start, body))
    return "\n".join(lines)


def _escaped_start(found: re.Match[str]) -> str:
    sign = found[2]
    return f"{found[1]}{sign}\\" if sign.isdigit() else f"{found[1]}\\{sign}"
