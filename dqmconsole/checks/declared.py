"""From what a layout says of a check to the check."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from dqmconsole.checks.derived import InputError, input_of
from dqmconsole.checks.registered import error_words
from dqmconsole.checks.table import CHECKS, why_left_out
from dqmconsole.model.layout import CheckOptions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmconsole.checks.check import Check
    from dqmconsole.checks.derived import Input

_PLAIN = re.compile(r"[^\W\d](?:[\w ./%-]*[\w./%-])?|\./[\w./-]+")  # without quotes
OPTIONS = tuple(field.name for field in msgspec.structs.fields(CheckOptions))


class DeclarationError(ValueError):
    """What a layout writes of a check cannot be meant; says why.

    Attributes:
        keys: where in the item: the name of the check, then of a limit; or empty.
    """

    def __init__(self, words: str, *keys: str) -> None:
        super().__init__(words)
        self.keys = keys


class Declared(NamedTuple):
    """A check of a plot.

    Attributes:
        check: the check with its limits.
        options: what else is said of it.
        configuration: as it is written, on one line.
        input: what is judged in place of the plot's element, or None.
    """

    check: Check
    options: CheckOptions
    configuration: str
    input: Input | None = None


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
        raise DeclarationError(limits["why"], limits["check"] or "check")
    check_class = CHECKS.get(name)
    if check_class is None:
        words = why_left_out(name) or f"there is no check {name}"
        raise DeclarationError(words, name)
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
    made: Input | None = None
    if options.input is not None:
        try:
            made = input_of(options.input)
        except InputError as error:
            raise DeclarationError(str(error), "input") from error
    return Declared(check, options, in_words(item), made)


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
