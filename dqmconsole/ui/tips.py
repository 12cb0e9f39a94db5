"""Words for tooltips, shown as they are."""

from __future__ import annotations

from html import escape

_LONGEST = 2000  # letters; a title may be a megabyte


def tip(words: str) -> str:
    """Words that a tooltip writes letter by letter.

    Qt takes for rich text whatever looks like it, and would load its pictures;
    titles and names of files come from anywhere.
    """
    if len(words) > _LONGEST:
        words = words[:_LONGEST] + "…"
    if not any(sign in words for sign in "<&"):
        return words
    return f"<p style='white-space:pre-wrap'>{escape(words)}</p>"
