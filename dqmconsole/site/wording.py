"""What changed from one value or text to another, in words."""

from __future__ import annotations

import difflib
import itertools
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec

from dqmconsole.model.text_difference import text_difference
from dqmconsole.model.words import counted
from dqmconsole.site.instruction_text import ROLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from dqmconsole.model.text_difference import Change

MAX_SHOWN = 12  # words of a change that are shown; of a longer one they are counted
CONTEXT = 3  # words that say where
MAX_NUMBERS = 30

_MARKER = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+", re.MULTILINE)
_CALL = re.compile(rf"^\s*call\s+{ROLE}\s*:.*$\n?", re.MULTILINE)
_EMPHASIS = str.maketrans("", "", "*`")

_Change = tuple[list[str], list[str], str]  # removed, added, where


def without_calls(text: str) -> str:
    """A text without its "call ROLE: …" lines, which are compared for themselves."""
    return _CALL.sub("", text)


def wording(old: str, new: str) -> str:
    """The words that differ; "" when only blanks and list numbers do.

    Changes of a few words are shown with the words beside them. Of longer ones the
    words are counted, and numbers that changed are shown all the same.
    """
    changes = list(_changes(old, new))
    minus = sum(len(removed) for removed, _, _ in changes)
    plus = sum(len(added) for _, added, _ in changes)
    if not plus + minus:
        return ""
    if plus + minus <= MAX_SHOWN:
        return ", ".join(map(_shown, changes))
    counts = [f"{counted(plus, 'word')} added"] if plus else []
    if minus:
        counts.append(f"{counted(minus, 'word') if not plus else minus} removed")
    numbers = list(filter(None, map(_numbers, changes)))
    if len(numbers) > MAX_NUMBERS:
        more = len(numbers) - MAX_NUMBERS
        numbers = [*numbers[:MAX_NUMBERS], f"and {more} more"]
    if numbers:
        counts.append(f"numbers: {', '.join(numbers)}")
    return ", ".join(counts)


def _changes(old: str, new: str) -> Iterator[_Change]:
    # A number that only counts the items of a list follows from their order.
    texts = (_MARKER.sub("", each).strip() for each in (old, new))
    runs = [(kind, text.split()) for kind, text in text_difference(*texts)]
    words = [word for kind, run in runs if kind != "removed" for word in run]
    end = 0
    for same, group in itertools.groupby(runs, lambda run: run[0] == "same"):
        found: dict[Change, list[str]] = dict(group)
        removed, added = found.get("removed", []), found.get("added", [])
        begin, end = end, end + len(found.get("same", added))
        if same:
            continue
        after, before = words[end : end + CONTEXT], words[:begin][-CONTEXT:]
        where = f" after {_quoted(before)}" if before else ""
        yield removed, added, f" before {_quoted(after)}" if after else where


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


MAX_VALUE = 60  # characters of a value that are said
_NONE = "none"


def fields(old: Any, new: Any, skipped: Iterable[str] = ()) -> Iterator[str]:  # noqa: ANN401 - two structs of one class
    """The fields of two structs that differ, nested ones by their dotted name.

    Args:
        old: the earlier one.
        new: the later one, of the same class.
        skipped: fields that are left out.
    """
    yield from _keys(_parts(old), _parts(new), set(skipped))


def _parts(value: Any) -> Mapping[str, Any] | None:  # noqa: ANN401 - any value of YAML
    """What a value consists of by name; None for one without named parts."""
    if isinstance(value, msgspec.Struct):
        return {name: getattr(value, name) for name in value.__struct_fields__}
    return value if isinstance(value, dict) else None


def _keys(
    old: Mapping[str, Any] | None,
    new: Mapping[str, Any] | None,
    skipped: set[str],
    above: str = "",
) -> Iterator[str]:
    old, new = old or {}, new or {}
    for key in dict.fromkeys((*old, *new)):
        one, other = old.get(key), new.get(key)
        if key in skipped or one == other:
            continue
        parts = _parts(one), _parts(other)
        if parts[0] is not None and parts[1] is not None:
            yield from _keys(*parts, set(), f"{above}{key}.")
        elif isinstance(one, tuple) and isinstance(other, tuple) and one and other:
            yield f"{above}{key}: {_items(one, other)}"
        else:
            yield f"{above}{key}: {_change(one, other)}"


def _change(old: Any, new: Any) -> str:  # noqa: ANN401 - any values of YAML
    one, other = _whole(old), _whole(new)
    short = len(one) <= MAX_VALUE and len(other) <= MAX_VALUE
    if not short and _NONE not in (one, other):
        if isinstance(old, str) and isinstance(new, str):
            one, other = old, new
        return wording(one, other) or "differs in blanks only"
    return f"{_cut(one)} → {_cut(other)}"


def _items(old: tuple[Any, ...], new: tuple[Any, ...]) -> str:
    added = [each for each in new if each not in old]
    removed = [each for each in old if each not in new]
    if len(added) == len(removed) == 1:
        pair = removed[0], added[0]
        if _parts(pair[0]) is not None and _parts(pair[1]) is not None:
            return f"in one of them {', '.join(fields(*pair))}"
        if max(len(_whole(each)) for each in pair) > MAX_VALUE:
            return f"in one of them {_change(*pair)}"
    said = []
    if added:
        said.append(f"{shown(tuple(added))} added")
    if removed:
        said.append(f"{shown(tuple(removed))} removed")
    return ", ".join(said) or "in another order"


def shown(value: Any) -> str:  # noqa: ANN401 - any value of YAML
    """A value in words, cut where it is long."""
    return _cut(_whole(value))


def _cut(text: str) -> str:
    return text if len(text) <= MAX_VALUE else f"{text[: MAX_VALUE - 1]}…"


def _whole(value: Any) -> str:  # noqa: ANN401 - any value of YAML
    if value is None or value == "" or value == () or value == {}:
        return _NONE
    value = msgspec.to_builtins(value)
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, list | tuple):
        return ", ".join(map(_whole, value))
    if isinstance(value, dict):
        said = (f"{key} {_whole(each)}" for key, each in value.items() if each)
        return ", ".join(said) or _NONE
    return str(value)


def added_and_removed(
    old: Mapping[str, object], new: Mapping[str, object]
) -> Iterator[tuple[str, str]]:
    """Names that are only in one of two mappings, with "added" or "removed"."""
    for key in new:
        if key not in old:
            yield key, "added"
    for key in old:
        if key not in new:
            yield key, "removed"


def moved(old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[str]:
    """Names that stand elsewhere among those that are in both; the fewest of them."""
    before = [each for each in old if each in new]
    after = [each for each in new if each in old]
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    stay = {
        name
        for block in matcher.get_matching_blocks()
        for name in after[block.b : block.b + block.size]
    }
    return (name for name in after if name not in stay)


def named(values: Iterable[Any], name: Callable[[Any], str]) -> dict[str, Any]:
    """Values by name; a second one of the same name is numbered."""
    seen: Counter[str] = Counter()
    found = {}
    for value in values:
        key = name(value)
        seen[key] += 1
        found[key if seen[key] == 1 else f"{key} ({seen[key]})"] = value
    return found
