"""The manual of the program, read at the place one is in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dqmconsole.ui.guidance.reader import TextSheet
from dqmconsole.ui.markdown import inks_of, section_name

if TYPE_CHECKING:
    from dqmconsole.ui.context import Context
    from dqmconsole.ui.markdown import Link

FOLDER = Path(__file__).parents[2] / "manual"
CHAPTERS = ("shifter", "expert", "site", "producer", "python", "control-room")
_HEADING = re.compile(r"^(#{1,2}) (.+)$", re.MULTILINE)
_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_TO_CHAPTER = re.compile(r"\]\(([a-z-]+)\.md(#[a-z0-9-]+)?\)")


class Section(NamedTuple):
    """A part of the manual.

    Attributes:
        chapter: name of its file, without the ending.
        heading: its title.
        text: Markdown, with its heading.
        first: it begins the chapter.
    """

    chapter: str
    heading: str
    text: str
    first: bool

    @property
    def name(self) -> str:
        """As links name it: "shifter#a-plot"."""
        return f"{self.chapter}#{section_name(self.heading)}"


def sections_of(chapter: str, text: str) -> list[Section]:
    """Cut a chapter at its headings of the first two levels."""
    fenced = [match.span() for match in _FENCED.finditer(text)]
    starts = [
        match
        for match in _HEADING.finditer(text)
        if not any(since <= match.start() < until for since, until in fenced)
    ]
    found = []
    for at, match in enumerate(starts):
        end = starts[at + 1].start() if at + 1 < len(starts) else len(text)
        body = text[match.start() : end].strip()
        found.append(Section(chapter, match[2], body, match[1] == "#"))
    return found


def read_manual(folder: Path = FOLDER) -> list[Section]:
    """All sections, in the order of the chapters; of one that is not there none."""
    found: list[Section] = []
    for chapter in CHAPTERS:
        try:
            text = (folder / f"{chapter}.md").read_text(encoding="utf-8")
        except OSError:
            continue
        found += sections_of(chapter, text)
    return found


class Manual(TextSheet):
    """The chapters that are shipped with the program."""

    def __init__(self, context: Context) -> None:
        self._sections: list[Section] = []
        self._listed: list[Section] = []
        self._shown = ""
        search = "Search the manual"
        super().__init__("Manual", context, search, search, "Sections of the manual")
        context.link_wanted.connect(self._open_link)

    def show_section(self, name: str) -> None:
        """Open it at a section, such as "shifter#a-plot"; of a chapter its first."""
        self._sections = self._sections or read_manual()
        if not self._sections:
            self._context.say(f"The manual is not there: {FOLDER}")
            return
        chapter = name.partition("#")[0]
        found = [each.name for each in self._sections if name == each.name]
        found += [each.name for each in self._sections if each.chapter == chapter]
        self._shown = next(iter(found), self._sections[0].name)
        self._field.clear()
        self._search()
        self.open()

    def _open_link(self, link: Link) -> None:
        if link.kind == "manual" and self._context.allows("manual"):
            self.show_section(f"{link.target}#{link.section}")

    def _search(self) -> None:
        words = self._field.text().casefold().split()
        self._listed = [
            each
            for each in self._sections
            if all(word in each.text.casefold() for word in words)
        ]
        names = [each.name for each in self._listed]
        at = names.index(self._shown) if self._shown in names else 0
        rows = [
            each.heading if each.first else f"    {each.heading}"
            for each in self._listed
        ]
        self._show_found(rows, len(self._sections), at)

    def _row_changed(self, row: int) -> None:
        if 0 <= row < len(self._listed):
            section = self._listed[row]
            self._shown = section.name
            self._title.show_words(section.heading)
            self._version.show_words(f"manual · {section.chapter}")
            body = section.text.partition("\n")[2].strip()
            text = _TO_CHAPTER.sub(r"](manual:\1\2)", body)
            self._text.show_markdown(text, inks_of(self._context.theme))
            self._find_words()
