"""A page of HTML as a browser would show it: its sections, tags and addresses."""

from __future__ import annotations

import html.parser


class PageReader(html.parser.HTMLParser):
    """Reads a page.

    Attributes:
        sections: heading of the second level -> the cells of its tables row by row,
            and its paragraphs as rows of one cell.
        tags: every tag that there is.
        addresses: what links and images lead to.
        title: of the page.
    """

    def __init__(self, page: str) -> None:
        super().__init__()
        self.sections: dict[str, list[list[str]]] = {}
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.title = ""
        self._heading = ""
        self._in = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a heading, a row or a cell."""
        self.tags.add(tag)
        self.addresses += [str(value) for name, value in attrs
                           if name in ("href", "src")]  # fmt: skip
        if tag in {"title", "h2", "td", "th", "p"}:
            self._in = tag
        if tag == "h2":
            self._heading = ""
        if self.sections:
            found = next(reversed(self.sections.values()))
            if tag in {"tr", "p"}:
                found.append([])
            if tag in {"td", "th", "p"}:
                found[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        """End a heading or a cell."""
        if tag == "h2":
            self.sections[self._heading] = []
        if tag == self._in:
            self._in = ""

    def handle_data(self, data: str) -> None:
        """Take the words of a heading or a cell."""
        if self._in == "title":
            self.title += data
        elif self._in == "h2":
            self._heading += data
        elif self._in and self.sections:
            next(reversed(self.sections.values()))[-1][-1] += data


def rows(page: str, heading: str) -> list[list[str]]:
    """The cells of the tables beneath a heading, and its paragraphs as one cell."""
    return PageReader(page).sections[heading]
