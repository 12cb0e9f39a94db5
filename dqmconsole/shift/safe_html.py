"""Markdown to HTML that is safe to show and to send: people write the Markdown."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markdown_it.token import Token

PICTURE = "picture:"
"""``![caption](picture:HASH)`` shows a picture that the book keeps."""

_WEB = ("http://", "https://")
_KINDS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


def safe_html(text: str, pictures: Mapping[str, bytes] | None = None) -> str:
    """Markdown as HTML.

    Raw HTML is escaped; links go to http and https only, any other stays as it was
    written; no image is fetched from anywhere.

    Args:
        text: the Markdown.
        pictures: hash -> PNG or JPEG, for ``![caption](picture:HASH)``. One that is
            not there is named in words.
    """
    from markdown_it import MarkdownIt

    class Safe(MarkdownIt):
        """markdown-it, of which only links to the web are links."""

        def validateLink(self, url: str) -> bool:
            """Tell whether an address may be linked to, or name a picture."""
            return url.lower().startswith((*_WEB, PICTURE))

    parser = Safe("commonmark", {"html": False}).enable(["table", "strikethrough"])
    tokens = parser.parse(text)
    for token in tokens:
        if token.children:
            token.children = _shown(token.children, pictures or {})
    return str(parser.renderer.render(tokens, parser.options, {}))


def data_uri(data: bytes) -> str:
    """A picture as an address that carries it; "" for what is no PNG or JPEG."""
    kind = next((word for mark, word in _KINDS.items() if data.startswith(mark)), "")
    return f"data:{kind};base64,{base64.b64encode(data).decode()}" if kind else ""


def _shown(children: Sequence[Token], pictures: Mapping[str, bytes]) -> list[Token]:
    """Links to pictures lose their address, pictures get theirs or become words."""
    from markdown_it.token import Token

    found = []
    for each in children:
        if each.type == "link_open" and _address(each, "href").startswith(PICTURE):
            each.attrs.pop("href")
        if each.type == "image":
            address = _address(each, "src")
            name = address.removeprefix(PICTURE)
            here = data_uri(pictures.get(name, b"")) if name != address else ""
            if not here:
                where = f"picture {name} of the book" if name != address else address
                words = f"[{each.content}: {where}]" if each.content else f"[{where}]"
                found.append(Token("text", "", 0, content=words))
                continue
            each.attrs["src"] = here
        found.append(each)
    return found


def _address(token: Token, name: str) -> str:
    return str(token.attrs.get(name, ""))
