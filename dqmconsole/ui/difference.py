"""The difference of two texts as a person reads it: added underlined, removed struck.

No colour carries the meaning; long stretches that stayed are left out, but for the
lines next to a change and the heading they stand under. Headings are bold, links are
their words.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from PySide6.QtGui import QColor, QFont, QTextCharFormat, QTextCursor

from dqmconsole.model.text_difference import text_difference
from dqmconsole.ui.markdown import SafeDocument

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QTextDocument

    from dqmconsole.model.text_difference import Change
    from dqmconsole.ui.theme import Theme

    Shown = Change | Literal["left out"]

NEAR = 2  # lines kept before and after a change
_LINK = re.compile(r"!?\[([^\]]*)\]\((<[^>]*>|[^()\s]*)\)")
_HEADING = re.compile(r"#{1,6}(?:\s+|$)")


def parts_of(before: str, after: str) -> list[tuple[Change, str]]:
    """Two texts word by word; links are their words.

    Where a link leads is said only if that changed while its words stayed: else
    nothing would seem to differ.
    """
    old, new = _targets(before), _targets(after)
    led_on = {words for words in old if words in new and old[words] != new[words]}

    def plain(text: str) -> str:
        return _LINK.sub(
            lambda it: f"{it[1]} ({it[2].strip('<>')})" if it[1] in led_on else it[1],
            text,
        )

    return text_difference(plain(before), plain(after))


def shortened(parts: Sequence[tuple[Change, str]]) -> list[tuple[Shown, str]]:
    """Leave out what stayed, but for some lines beside each change.

    Args:
        parts: as :func:`parts_of` gives them.
    """
    found: list[tuple[Shown, str]] = []
    for index, (change, text) in enumerate(parts):
        if change == "same":
            last = index == len(parts) - 1
            found += _near(text, head=index > 0, tail=not last)
        elif text:
            found.append((change, text))
    return found


def in_words(parts: Sequence[tuple[Change, str]]) -> str:
    """Say what was added and removed, for whoever does not see it."""
    said = [
        f"{change}: {' '.join(text.split())}"
        for change, text in parts
        if change != "same" and text.strip()
    ]
    return "; ".join(said) or "only white space changed"


def write(
    document: QTextDocument, parts: Sequence[tuple[Shown, str]], theme: Theme
) -> None:
    """Write a difference into an empty document."""
    cursor = QTextCursor(document)
    formats = {
        "same": _format(theme.ink),
        "added": _format(theme.ink, bold=True, underlined=True),
        "removed": _format(theme.muted, struck=True),
        "left out": _format(theme.muted),
    }
    begins, heads = True, False
    for change, text in parts:
        for line in text.splitlines(keepends=True):
            if begins:
                mark = _HEADING.match(line)
                heads = mark is not None
                line = line[mark.end() :] if mark is not None else line
            form = QTextCharFormat(formats[change])
            if heads:
                form.setFontWeight(QFont.Weight.Bold)
            words = line.rstrip()
            cursor.insertText(words, form)
            # lines under nothing would look like a change of their own
            cursor.insertText(line[len(words) :], formats["same"])
            begins = line.endswith("\n")


def document(
    parts: Sequence[tuple[Change, str]], theme: Theme, font: QFont
) -> SafeDocument:
    """Two texts, word by word, as the start of the shift shows them too.

    Args:
        parts: as ``text_difference`` gives them.
        theme: the colours.
        font: of the text.
    """
    made = SafeDocument()
    made.setUndoRedoEnabled(False)
    made.setDefaultFont(font)
    made.setDocumentMargin(0)
    write(made, shortened(parts), theme)
    return made


def _format(
    colour: str, *, bold: bool = False, underlined: bool = False, struck: bool = False
) -> QTextCharFormat:
    kind = QTextCharFormat()
    kind.setForeground(QColor(colour))
    kind.setFontWeight(QFont.Weight.Bold if bold else QFont.Weight.Normal)
    kind.setFontUnderline(underlined)
    kind.setFontStrikeOut(struck)
    return kind


def _targets(text: str) -> dict[str, set[str]]:
    """Where the links of each words lead."""
    found: dict[str, set[str]] = {}
    for each in _LINK.finditer(text):
        found.setdefault(each[1], set()).add(each[2])
    return found


def _near(text: str, *, head: bool, tail: bool) -> list[tuple[Shown, str]]:
    lines = text.splitlines(keepends=True)
    first = NEAR if head else 0
    last = len(lines) - (NEAR if tail else 0)
    if last - first <= 2:
        return [("same", text)] if text else []
    while last < len(lines) and lines[last].isspace():
        last += 1
    # without the heading that a change stands under nobody knows what it is about
    over = last
    if tail and not any(_HEADING.match(line) for line in lines[last:]):
        over = next(
            (at for at in reversed(range(first, last)) if _HEADING.match(lines[at])),
            last,
        )
    pieces: list[tuple[Shown, str]] = [("same", "".join(lines[:first]))]
    pieces += _left_out(lines[first:over])
    pieces.append(("same", "".join(lines[over : over + 1]) if over < last else ""))
    pieces += _left_out(lines[over + 1 : last])
    pieces.append(("same", "".join(lines[last:])))
    return [(change, words) for change, words in pieces if words]


def _left_out(lines: Sequence[str]) -> list[tuple[Shown, str]]:
    many = sum(not line.isspace() for line in lines)
    if not many:
        return [("same", "\n")] if lines else []
    words = "line" if many == 1 else "lines"
    return [("left out", f"… ({many} {words} unchanged)\n")]
