"""What changed under ``checks:`` of a plot, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from dqmconsole.checks.declared import DeclarationError, declared, in_words
from dqmconsole.site.wording import fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dqmconsole.checks.declared import Declared
    from dqmconsole.model.layout import Checks

_ADOPTED = "those of its kind, adopted"


class _Item(NamedTuple):
    """An item of ``checks:``.

    Attributes:
        written: as the layout has it, on one line.
        name: of the check; "" of one that cannot be used.
        declared: what it means; None of such a one.
    """

    written: str
    name: str = ""
    declared: Declared | None = None


def changed_checks(old: Checks, new: Checks) -> Iterator[str]:
    """What differs, one sentence each: "dead_channels bad_above 0.03 → 0.05".

    Limits that are left out count as what they are then.

    Args:
        old: :attr:`Plot.checks` as it was.
        new: as it is.
    """
    if old == new:
        return
    if old == "defaults" and isinstance(new, tuple) and "defaults" in new:
        old = ("defaults",)
    if new == "defaults" and isinstance(old, tuple) and "defaults" in old:
        new = ("defaults",)
    if not (isinstance(old, tuple) and old and isinstance(new, tuple) and new):
        yield f"checks: {_said(old)} → {_said(new)}"
        return
    before, after = list(map(_item, old)), list(map(_item, new))
    for item in [each for each in before if each.written in _written(after)]:
        at = next(i for i, one in enumerate(after) if one.written == item.written)
        before.remove(item)
        del after[at]
    for old_item, new_item in _pairs(before, after):
        before.remove(old_item)
        after.remove(new_item)
        yield from _changed(old_item, new_item)
    yield from (f"{_called(each)} added" for each in after)
    yield from (f"{_called(each)} removed" for each in before)


def _said(checks: Checks) -> str:
    if checks is None:
        return "those of its kind, not adopted"
    if checks == "defaults":
        return _ADOPTED
    return "; ".join(_item(each).written for each in checks) or "none on purpose"


def _item(item: dict[str, Any] | Literal["defaults"]) -> _Item:
    if item == "defaults":
        return _Item(_ADOPTED)
    try:
        found = declared(item)
    except DeclarationError as error:
        name = error.keys[0] if error.keys else ""
        return _Item(f"{name or in_words(item)} (which cannot be used)")
    return _Item(found.configuration, found.check.NAME, found)


def _called(item: _Item) -> str:
    return "checks of its kind" if item.written == _ADOPTED else f"check {item.written}"


def _written(items: Iterable[_Item]) -> set[str]:
    return {each.written for each in items}


def _pairs(
    before: Sequence[_Item], after: Sequence[_Item]
) -> list[tuple[_Item, _Item]]:
    """Items that are one check with other limits: of the same runs, then of any."""
    found: list[tuple[_Item, _Item]] = []
    left = list(after)
    for alike in (_same_runs, _same_name):
        for one in before:
            if any(one is each for each, _ in found):
                continue
            other = next((each for each in left if alike(one, each)), None)
            if other is not None:
                found.append((one, other))
                left.remove(other)
    return found


def _same_name(one: _Item, other: _Item) -> bool:
    return bool(one.name) and one.name == other.name


def _same_runs(one: _Item, other: _Item) -> bool:
    if one.declared is None or other.declared is None:
        return False
    runs = one.declared.options.run_types == other.declared.options.run_types
    return _same_name(one, other) and runs


def _changed(old: _Item, new: _Item) -> Iterator[str]:
    assert old.declared is not None
    assert new.declared is not None
    runs = old.declared.options.run_types
    same = runs == new.declared.options.run_types
    name = f"{new.name} ({', '.join(runs)})" if runs and same else new.name
    parts: tuple[tuple[object, object], ...] = (
        (_limits(old.declared), _limits(new.declared)),
        (old.declared.options, new.declared.options),
    )
    for one, other in parts:
        for words in fields(one, other):
            key, _, change = words.partition(": ")
            yield f"{name} {key} {change}"


def _limits(one: Declared) -> dict[str, object]:
    """The limits of a check by name; those by a condition as they are written."""
    plain = {key: getattr(one.check, key) for key in one.check.__struct_fields__}
    return plain | {key: str(table) for key, table in one.tables.items()}
