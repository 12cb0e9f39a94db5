"""Links of an instruction: to pages, plots and instructions, and to the web."""

from __future__ import annotations

from typing import Literal, NamedTuple

from PySide6.QtCore import QUrl

LinkKind = Literal["page", "plot", "instruction", "web"]
_OURS: tuple[LinkKind, ...] = ("page", "plot", "instruction")
_WEB = ("http", "https")
_LONGEST = 2000  # letters of a target


class Link(NamedTuple):
    """Where a link leads.

    Attributes:
        kind: what it leads to.
        target: "Layout/Page", an element's path, an instruction's id, or an address.
        section: of an instruction, the section's name as ``how-to-judge``, or "".
    """

    kind: LinkKind
    target: str
    section: str = ""

    @property
    def words(self) -> str:
        """Where it leads, for a person."""
        if self.kind == "web":
            return f"opens {self.target} in the browser"
        return f"to the {self.kind} {self.target}"


def link_of(href: str) -> Link | None:
    """Read a link's target; None for everything that is not to be followed.

    Only ``page:``, ``plot:``, ``instruction:`` and addresses of http and https with
    a host are links; no script, no file, no data.
    """
    href = href.strip()
    if not href or len(href) > _LONGEST or not href.isprintable():
        return None
    scheme, colon, rest = href.partition(":")
    scheme = scheme.casefold()
    if not colon or not rest:
        return None
    for kind in _OURS:
        if scheme == kind:
            target, _, section = rest.partition("#" if kind == "instruction" else "\0")
            return Link(kind, target, section.casefold()) if target else None
    if scheme in _WEB:
        url = QUrl(href, QUrl.ParsingMode.StrictMode)
        if url.isValid() and url.scheme() in _WEB and url.host():
            return Link(
                "web", url.toString(QUrl.ComponentFormattingOption.FullyEncoded)
            )
    return None


def section_name(heading: str) -> str:
    """A heading as links name it: "How to judge" is ``how-to-judge``."""
    kept = (sign if sign.isalnum() else " " for sign in heading.casefold())
    return "-".join("".join(kept).split())
