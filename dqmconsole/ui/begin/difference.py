"""The difference of two texts as a person reads it: added underlined, removed struck.

No colour carries the meaning; long stretches that stayed are left out, but for the
lines next to a change and the heading they stand under.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QColor, QFont, QTextCharFormat, QTextCursor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QTextDocument

    from dqmconsole.shift.reading import Change
    from dqmconsole.ui.theme import Theme

NEAR = 2  # lines kept before and after a change


def shortened(parts: Sequence[tuple[Change, str]]) -> list[tuple[Change, str]]:
    """Leave out what stayed, but for some lines beside each change.

    Args:
        parts: as ``reading.difference`` gives them.
    """
    found: list[tuple[Change, str]] = []
    for index, (change, text) in enumerate(parts):
        if change == "same":
            last = index == len(parts) - 1
            text = _near(text, head=index > 0, tail=not last)
        if text:
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
    document: QTextDocument, parts: Sequence[tuple[Change, str]], theme: Theme
) -> None:
    """Write a difference into an empty document."""
    cursor = QTextCursor(document)
    formats = {
        "same": _format(theme.ink),
        "added": _format(theme.ink, bold=True, underlined=True),
        "removed": _format(theme.muted, struck=True),
    }
    for change, text in parts:
        words = text.rstrip()
        cursor.insertText(words, formats[change])
        # lines under nothing would look like a change of their own
        cursor.insertText(text[len(words) :], formats["same"])


def _format(
    colour: str, *, bold: bool = False, underlined: bool = False, struck: bool = False
) -> QTextCharFormat:
    kind = QTextCharFormat()
    kind.setForeground(QColor(colour))
    kind.setFontWeight(QFont.Weight.Bold if bold else QFont.Weight.Normal)
    kind.setFontUnderline(underlined)
    kind.setFontStrikeOut(struck)
    return kind


def _near(text: str, *, head: bool, tail: bool) -> str:
    lines = text.splitlines(keepends=True)
    first = NEAR if head else 0
    last = NEAR if tail else 0
    if len(lines) <= first + last + 2:
        return text
    cut = lines[first : len(lines) - last]
    kept = lines[:first]
    kept.append(f"⋯ {len(cut)} lines as before\n")
    if tail:
        kept += [line for line in cut if line.startswith("#")][-1:]
        kept += lines[len(lines) - last :]
    return "".join(kept)
