"""Which words changed from one text to another, said so that nobody need look it up."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from typing import TYPE_CHECKING

from dqmconsole.site.steps import ROLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_SHOWN = 12  # words of a change that are shown; of a longer one they are counted
CONTEXT = 3  # words that say where
MAX_NUMBERS = 30

_MARKER = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+", re.MULTILINE)
_CALL = re.compile(rf"^\s*call\s+{ROLE}\s*:.*$\n?", re.MULTILINE)
_EMPHASIS = str.maketrans("", "", "*`")

_Change = tuple[list[str], list[str], str]  # removed, added, where


def many(count: int, what: str) -> str:
    """A count and a noun in its singular or plural."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def without_calls(text: str) -> str:
    """A text without its "call ROLE: …" lines, which are compared for themselves."""
    return _CALL.sub("", text)


def wording(old: str, new: str) -> str:
    """The words that differ; "" when only blanks and list numbers do.

    Changes of a few words are shown with the words beside them. Of longer ones the
    words are counted, and numbers that changed are shown all the same.
    """
    changes = list(_changes(_words(old), _words(new)))
    minus = sum(len(removed) for removed, _, _ in changes)
    plus = sum(len(added) for _, added, _ in changes)
    if not plus + minus:
        return ""
    if plus + minus <= MAX_SHOWN:
        return ", ".join(map(_shown, changes))
    counts = [f"{many(plus, 'word')} added"] if plus else []
    if minus:
        counts.append(f"{many(minus, 'word') if not plus else minus} removed")
    numbers = list(filter(None, map(_numbers, changes)))
    if len(numbers) > MAX_NUMBERS:
        more = len(numbers) - MAX_NUMBERS
        numbers = [*numbers[:MAX_NUMBERS], f"and {more} more"]
    if numbers:
        counts.append(f"numbers: {', '.join(numbers)}")
    return ", ".join(counts)


def _words(text: str) -> list[str]:
    # A number that only counts the items of a list follows from their order.
    return _MARKER.sub("", text).split()


def _changes(old: Sequence[str], new: Sequence[str]) -> Iterator[_Change]:
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for tag, first, last, begin, end in matcher.get_opcodes():
        if tag == "equal":
            continue
        after = new[end : end + CONTEXT]
        if after:
            where = f" before {_quoted(after)}"
        else:
            before = new[max(begin - CONTEXT, 0) : begin]
            where = f" after {_quoted(before)}" if before else ""
        yield list(old[first:last]), list(new[begin:end]), where


def _shown(change: _Change) -> str:
    removed, added, where = change
    if not removed:
        return f"{_quoted(added)} added{where}"
    if not added:
        return f"{_quoted(removed)} removed{where}"
    one, other = _quoted(removed), _quoted(added)
    if one == other:  # in the emphasis alone
        one, other = f"“{' '.join(removed)}”", f"“{' '.join(added)}”"
    return f"{one} → {other}{where}"


def _quoted(words: Sequence[str]) -> str:
    return f"“{' '.join(words).translate(_EMPHASIS)}”"


def _numbers(change: _Change) -> str:
    removed, added = (
        Counter(word for word in words if re.search(r"\d", word))
        for words in change[:2]
    )
    gone, come = list((removed - added).elements()), list((added - removed).elements())
    return _shown((gone, come, "")) if gone or come else ""
