"""From what a layout says of a check to the check."""

from __future__ import annotations

import json
import math
import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from dqmconsole.checks.by_condition import (
    LimitError,
    by_condition,
    is_limit,
    widest,
    words_of,
)
from dqmconsole.checks.derived import InputError, input_of
from dqmconsole.checks.table import CHECKS, why_left_out
from dqmconsole.model.layout import CheckOptions
from dqmconsole.model.when import value_of
from dqmconsole.plugins import error_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmconsole.checks.by_condition import ByCondition
    from dqmconsole.checks.check import Check
    from dqmconsole.checks.derived import Input
    from dqmconsole.model.run import Conditions

_PLAIN = re.compile(r"[^\W\d](?:[\w ./%-]*[\w./%-])?|\./[\w./-]+")  # without quotes
OPTIONS = tuple(field.name for field in msgspec.structs.fields(CheckOptions))


class DeclarationError(ValueError):
    """What a layout writes of a check cannot be meant; says why.

    Attributes:
        keys: where in the item: the name of the check, then of a limit; or empty.
    """

    def __init__(self, words: str, *keys: str) -> None:
        super().__init__(words)
        self.keys = tuple(filter(None, keys))


class Declared(NamedTuple):
    """A check of a plot.

    Attributes:
        check: the check with its limits.
        options: what else is said of it.
        configuration: as it is written, on one line.
        input: what is judged in place of the plot's element, or None.
        tables: limits that depend on a condition, by their key; the check has the
            widest of each.
    """

    check: Check
    options: CheckOptions
    configuration: str
    input: Input | None = None
    tables: Mapping[str, ByCondition] = MappingProxyType({})

    @property
    def condition(self) -> str:
        """The condition that its limits depend on; "" where they depend on none."""
        return next((each.condition for each in self.tables.values()), "")

    def at(self, conditions: Conditions) -> tuple[Declared, str]:
        """The check with the limits that hold under some conditions.

        Args:
            conditions: of the run; where the one that matters is not known, the widest
                limits hold.

        Returns:
            The check, and what is to be said of its limits, or "".
        """
        if not self.tables:
            return self, ""
        value = value_of(conditions, self.condition)
        if isinstance(value, str) or value is None or math.isnan(value):
            return self, f"{words_of(self.condition)} not known: the widest limits"
        return self._replace(check=_with_limits(self.check, self.tables, value)), ""


_BROKEN = "broken_check"


def broken(name: str, why: str) -> dict[str, Any]:
    """The item of :attr:`Plot.checks` for a check that cannot be used.

    :func:`declared` refuses it, and the check is FAILED: a plot with a mistake under
    ``checks:`` is never good by the checks that are left.

    Args:
        name: of the check, or "" where that is not known.
        why: what is broken, and where, in words for the shifter.
    """
    return {_BROKEN: {"check": name, "why": why}}


def declared(item: Mapping[str, Any]) -> Declared:
    """The check that an item of ``checks:`` means.

    Args:
        item: one name with its limits (or None), and options beside it.

    Raises:
        DeclarationError: it means none.
    """
    names = [key for key in item if key not in OPTIONS]
    if len(names) != 1:
        words = "each item of checks is one name with its limits, such as "
        words += "not_empty: {events: 100}"
        raise DeclarationError(words)
    (name,) = names
    limits = item[name]
    if name == _BROKEN and isinstance(limits, dict):
        raise DeclarationError(limits["why"], limits["check"] or "a check")
    check_class = CHECKS.get(name)
    if check_class is None:
        words = why_left_out(name) or f"there is no check {name}"
        raise DeclarationError(words, name)
    tables = {}
    if isinstance(limits, dict):
        tables = _tables(check_class, limits)
        limits = limits | {key: widest(key, each) for key, each in tables.items()}
    try:
        check = msgspec.convert({} if limits is None else limits, check_class)
        options = msgspec.convert(
            {key: value for key, value in item.items() if key in OPTIONS},
            CheckOptions,
        )
    except msgspec.ValidationError as error:
        raise DeclarationError(str(error), name) from error
    for key, words in wrong_limits(check):
        raise DeclarationError(words, name, key)
    for condition, value in _knots(tables):
        for key, words in wrong_limits(_with_limits(check, tables, value)):
            said = f"at {words_of(condition)} {value:g}: {words}"
            raise DeclarationError(said, name, key)
    made: Input | None = None
    if options.input is not None:
        try:
            made = input_of(options.input)
        except InputError as error:
            raise DeclarationError(str(error), name, "input") from error
    return Declared(check, options, in_words(item), made, tables)


def _tables(check: type[Check], limits: Mapping[str, Any]) -> dict[str, ByCondition]:
    """The limits that depend on a condition.

    Raises:
        DeclarationError: they depend on it in no way that can be meant.
    """
    found: dict[str, ByCondition] = {}
    for key, value in limits.items():
        if not (isinstance(value, dict) and is_limit(check, key)):
            continue
        try:
            found[key] = by_condition(value)
        except LimitError as error:
            words = f"{key} {error}"
            raise DeclarationError(words, check.NAME, key) from error
        (first, *_) = found.values()
        if found[key].condition != first.condition:
            words = f"limits of one check depend on one condition: {first.condition}"
            raise DeclarationError(words, check.NAME, key)
    return found


def _knots(tables: Mapping[str, ByCondition]) -> list[tuple[str, float]]:
    return sorted(
        {
            (each.condition, value)
            for each in tables.values()
            for value, _ in each.points
        }
    )


def _with_limits(
    check: Check, tables: Mapping[str, ByCondition], value: float
) -> Check:
    names = zip(check.__struct_encode_fields__, check.__struct_fields__, strict=True)
    limits = {name: tables[key].at(value) for key, name in names if key in tables}
    return msgspec.structs.replace(check, **limits)


def wrong_limits(check: Check) -> list[tuple[str, str]]:
    """The limits of a check that cannot be meant, each with why."""
    try:
        return [(str(key), str(words)) for key, words in check.wrong()]
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a plug-in raises
        words = "the check cannot say whether its limits can be meant: "
        return [("", words + error_words(error))]


def in_words(item: Mapping[str, Any]) -> str:
    """An item of ``checks:`` on one line, as a layout writes it."""
    return ", ".join(
        name if value is None else f"{name}: {_flow(value)}"
        for name, value in item.items()
    )


def _flow(value: object) -> str:
    """A value as YAML has it in flow style."""
    if isinstance(value, dict):
        pairs = ", ".join(f"{key}: {_flow(each)}" for key, each in value.items())
        return f"{{{pairs}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, float):
        return str(value).removesuffix(".0")
    if value is None:
        return "null"
    if isinstance(value, str) and not _PLAIN.fullmatch(value):
        return json.dumps(value, ensure_ascii=False)
    return str(value).lower() if isinstance(value, bool) else str(value)
