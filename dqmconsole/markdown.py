"""The one reader of Markdown: people's text as HTML that can only be read.

Whatever the text holds, of what is made of it

- nothing is raw HTML: tags stand there as they were written;
- nothing is loaded: an image is its words, ``[image: caption]``, unless the caller
  hands over the address of a picture that the program itself keeps;
- links lead to http, https and ``mailto:`` or, inside the console, to ``page:``,
  ``plot:``, ``instruction:``, ``manual:`` and ``dqm:``; any other is
  its words and its target as words;
- size is bounded by the size of the text: one that is too long, too deeply nested or
  of too many pieces stands there as it was written, and no word of it is lost.
"""

from __future__ import annotations

import html as escaping
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

LONGEST = 200_000  # characters that are parsed
LONGEST_PARAGRAPH = 8000  # characters whose marks are read: that may be quadratic
MOST_PIECES = 20_000  # tokens; Qt is quadratic in the items of a list
LONGEST_TARGET = 2000  # characters of a link

WEB = ("http", "https", "mailto")
"""Schemes of links in what leaves the console."""
INSIDE = ("http", "https", "page", "plot", "instruction", "manual", "dqm")
"""Schemes of links in what the console itself shows."""

PICTURE = "picture:"
"""``![caption](picture:HASH)`` names a picture that the book keeps."""

_NESTED = 20  # levels at which markdown-it drops what stands inside
_CODE = ("code_block", "fence")
_CONTAINERS = ("blockquote_open", "list_item_open")
_LONGEST_NAME = 100  # characters of a target in words
_MARKS = {ord(each): f"\\{each}" for each in "\\`*_[]<>#&~|"}
# A document of Qt's has a meaning of its own for the last.
_UNREADABLE = str.maketrans("\0\ufffc", "\ufffd\ufffd")


def safe_html(
    text: str,
    pictures: Mapping[str, str] | None = None,
    schemes: Sequence[str] = WEB,
) -> str:
    """Markdown as a fragment of HTML, with the guarantees of this module.

    Args:
        text: CommonMark, with tables and ``~~struck out~~`` words.
        pictures: hash -> address, for ``![caption](picture:HASH)``; one that is not
            among them is named in words.
        schemes: of the links that stay links, lower case.
    """
    text = _readable(text)
    tokens = _tokens(text)
    if tokens is None:
        lines = escaping.escape(text).splitlines()
        return f"<p>{'<br />'.join(lines)}</p>\n"
    for token in tokens:
        if token.children:
            token.children = _safe(token.children, pictures or {}, schemes)
        elif token.type in _CODE:
            token.content = token.content.rstrip("\n")  # else Qt has an empty line
        elif token.type == "th_open" and not token.attrs:
            token.attrs["style"] = "text-align:left"
    reader = parser()
    html = str(reader.renderer.render(tokens, reader.options, {}))
    return _readable(html).rstrip()  # entities may name any sign


def plain_line(text: str) -> str:
    """The words of some Markdown, without its marks and targets, on one line."""
    text = _readable(text)
    tokens = _tokens(text)
    if tokens is None:
        return " ".join(text.split())
    words: list[str] = []
    for token in tokens:
        words.append("\n")
        if token.type in _CODE:
            words.append(token.content)
        words += [_words(each) for each in token.children or ()]
    return " ".join(_readable("".join(words)).split())


@cache
def as_written(text: str) -> str:
    """Words that Markdown shows as they are, on one line."""
    return " ".join(text.split()).translate(_MARKS)


def parser(*, html: bool = False) -> MarkdownIt:
    """The parser of all Markdown.

    It takes addresses as they are written: whoever shows or checks a text decides
    what may be followed.

    Args:
        html: find HTML as such, to complain of it; else it is text.
    """
    from markdown_it import MarkdownIt  # the console starts without it

    class Parser(MarkdownIt):
        """Takes links of every scheme, as they are written."""

        def validateLink(self, url: str) -> bool:  # noqa: ARG002 - its signature
            return True

        def normalizeLink(self, url: str) -> str:
            return url

    found = Parser("commonmark", {"html": html, "maxNesting": _NESTED})
    found.enable(["table", "strikethrough"])
    found.core.ruler.at("inline", _inline)
    return found


def _inline(state: StateCore) -> None:
    """Read the marks of every paragraph that is not too long for it."""
    from markdown_it.token import Token

    for token in state.tokens:
        if token.type != "inline":
            continue
        token.children = token.children or []
        if len(token.content) > LONGEST_PARAGRAPH:
            token.children.append(Token("text", "", 0, content=token.content))
        else:
            state.md.inline.parse(token.content, state.md, state.env, token.children)


def _readable(text: str) -> str:
    """A text that can be encoded and holds no sign with a meaning to Qt."""
    return text.encode("utf-8", "replace").decode().translate(_UNREADABLE)


def _tokens(text: str) -> list[Token] | None:
    """The tokens of a text; None for one to be shown as it was written."""
    if len(text) > LONGEST:
        return None
    tokens = parser().parse(text)
    pieces = sum(1 + len(each.children or ()) for each in tokens)
    cut = any(each.type in _CONTAINERS and each.level >= _NESTED - 1 for each in tokens)
    return None if cut or pieces > MOST_PIECES else tokens


def _safe(
    children: Sequence[Token], pictures: Mapping[str, str], schemes: Sequence[str]
) -> list[Token]:
    """The pieces of a paragraph without images and links that may not be."""
    found: list[Token] = []
    dropped: list[tuple[str, int]] = []  # targets of open links, and where they begin
    for each in children:
        if each.type == "image":
            found.append(_image(each, pictures))
        elif each.type == "link_open":
            target = str(each.attrs.get("href", ""))
            followed = _followed(target, schemes)
            dropped.append(("" if followed else target, len(found)))
            if followed:
                each.attrs["href"] = followed
                found.append(each)
        elif each.type == "link_close":
            target, begin = dropped.pop()
            words = "".join(_words(one) for one in found[begin:])
            if not target:
                found.append(each)
            elif target != words:
                found.append(_text(f" ({_short(target)})"))
        else:
            found.append(each)
    return found


def _image(image: Token, pictures: Mapping[str, str]) -> Token:
    address = str(image.attrs.get("src", ""))
    name = address.removeprefix(PICTURE)
    if name != address and name in pictures:
        image.attrs["src"] = pictures[name]
        return image
    return _text(_words(image))


def _followed(target: str, schemes: Sequence[str]) -> str:
    """The address of a link; "" for one that is not to be followed."""
    scheme, colon, rest = target.partition(":")
    sound = colon and rest and target.isprintable() and len(target) <= LONGEST_TARGET
    if not sound or scheme.lower() not in schemes:
        return ""
    if scheme.lower() in WEB:
        from markdown_it.common.normalize_url import normalizeLink

        return normalizeLink(target)
    return target


def _words(token: Token) -> str:
    """What a piece of a paragraph says, without its marks."""
    if token.type in ("softbreak", "hardbreak"):
        return " "
    if token.type != "image":
        return token.content if token.type in ("text", "code_inline") else ""
    caption = "".join(_words(each) for each in token.children or ())
    address = str(token.attrs.get("src", ""))
    name = address.removeprefix(PICTURE)
    if name != address:
        kept = f"picture {_short(name)} of the book"
        return f"[image: {caption} ({kept})]" if caption else f"[image: {kept}]"
    if not caption and not address.lower().startswith("data:"):
        caption = _short(address.rpartition("/")[2] or address)
    return f"[image: {caption}]" if caption else "[image]"


def _text(words: str) -> Token:
    from markdown_it.token import Token

    return Token("text", "", 0, content=words)


def _short(words: str) -> str:
    return words if len(words) <= _LONGEST_NAME else f"{words[: _LONGEST_NAME - 1]}…"
