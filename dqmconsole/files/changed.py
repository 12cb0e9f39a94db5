"""The small words of a difference: which fields, which names, which words of a text."""

from __future__ import annotations

import difflib
from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

MAX_VALUE = 60  # characters of a value that are said
MAX_NAMES = 3  # names of a list that are said before the rest is counted


def fields(old: Any, new: Any, skipped: Iterable[str] = ()) -> Iterator[str]:  # noqa: ANN401 - two structs of one class
    """The fields of two structs that differ, nested ones by their dotted name."""
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
            yield f"{above}{key}: {_value(one)} → {_value(other)}"


def _items(old: tuple[Any, ...], new: tuple[Any, ...]) -> str:
    added = [each for each in new if each not in old]
    removed = [each for each in old if each not in new]
    said = []
    if added:
        said.append(f"{_value(tuple(added))} added")
    if removed:
        said.append(f"{_value(tuple(removed))} removed")
    return ", ".join(said) or "in another order"


def _value(value: Any) -> str:  # noqa: ANN401 - any value of YAML
    if value is None or value == "" or value == () or value == {}:
        return "none"
    value = msgspec.to_builtins(value)
    if isinstance(value, str):
        text = f'"{value}"'
    elif isinstance(value, list | tuple):
        text = ", ".join(map(_value, value))
    elif isinstance(value, dict):
        said = (f"{key} {_value(each)}" for key, each in value.items() if each)
        text = ", ".join(said) or "none"
    else:
        text = str(value)
    return text if len(text) <= MAX_VALUE else f"{text[: MAX_VALUE - 1]}…"


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


def many(count: int, what: str) -> str:
    """A count and a noun in its singular or plural."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def listed(paths: list[str]) -> str:
    """The first few names, and how many more there are."""
    more = f" and {len(paths) - MAX_NAMES} more" if len(paths) > MAX_NAMES else ""
    return ", ".join(paths[:MAX_NAMES]) + more


def words_changed(old: str, new: str) -> tuple[int, int]:
    """How many words were added and removed from one text to another."""
    one, other = old.split(), new.split()
    plus = minus = 0
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    for tag, first, last, begin, end in matcher.get_opcodes():
        if tag != "equal":
            minus += last - first
            plus += end - begin
    return plus, minus
