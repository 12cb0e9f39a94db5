"""From what a layout writes of a check to the check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from dqmconsole.checks.derived import InputError, input_of
from dqmconsole.checks.table import CHECKS
from dqmconsole.model.layout import CheckOptions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmconsole.checks.check import Check
    from dqmconsole.checks.derived import Input

_OPTIONS = frozenset(field.name for field in msgspec.structs.fields(CheckOptions))


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


def declared(item: Mapping[str, Any]) -> Declared:
    """The check that an item of ``checks:`` means.

    Args:
        item: one name with its limits (or None), and options beside it.

    Raises:
        DeclarationError: it means none.
    """
    names = [key for key in item if key not in _OPTIONS]
    if len(names) != 1:
        words = "each item of checks is one name with its limits, such as "
        words += "dead_channels: {warn_above: 0.01}"
        raise DeclarationError(words)
    name = names[0]
    if name not in CHECKS:
        words = f"there is no check {name}"
        raise DeclarationError(words, name)
    limits = item[name]
    if limits is not None and not isinstance(limits, dict):
        words = f"the limits of {name} are names with values, such as warn_above: 0.01"
        raise DeclarationError(words, name)
    try:
        check = msgspec.convert(limits or {}, CHECKS[name])
        options = msgspec.convert(
            {key: value for key, value in item.items() if key in _OPTIONS},
            CheckOptions,
        )
    except msgspec.ValidationError as error:
        raise DeclarationError(str(error), name) from error
    for key, words in check.wrong():
        raise DeclarationError(words, name, key)
    made: Input | None = None
    if options.input is not None:
        try:
            made = input_of(options.input)
        except InputError as error:
            raise DeclarationError(str(error), "input") from error
    return Declared(check, options, _on_one_line(item), made)


def _on_one_line(item: Mapping[str, Any]) -> str:
    return ", ".join(
        name if value is None else f"{name}: {_flow(value)}"
        for name, value in item.items()
    )


def _flow(value: object) -> str:
    """A value as YAML has it in flow style."""
    if isinstance(value, dict):
        pairs = ", ".join(f"{key}: {_flow(each)}" for key, each in value.items())
        return f"{{{pairs}}}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_flow, value))}]"
    return str(value)
