"""Checks that installed packages register, beside those of the program.

A package names a class derived from :class:`~dqmconsole.checks.check.Check` as an entry
point, under the name that layouts give it; :mod:`dqmconsole.plugins` finds and imports
it. What it does when it judges is looked at in :mod:`dqmconsole.checks.answers`.
"""

from __future__ import annotations

import inspect
import re
import types
import typing
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from dqmconsole.checks.check import Check, Example
from dqmconsole.model.layout import CheckOptions
from dqmconsole.plugins import ANY_ERROR, Unusable, error_words, imported

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_OPTIONS = frozenset(field.name for field in msgspec.structs.fields(CheckOptions))
_SCALARS = (str, int, float, bool)


def load_check(point: EntryPoint) -> type[Check]:
    """The check that an entry point leads to.

    Raises:
        Unusable: layouts could not name it, or an engine not judge by it.
    """
    if not _NAME.fullmatch(point.name):
        message = "a name is lower-case letters, digits and underscores"
        raise Unusable(message)
    if point.name in _OPTIONS:
        message = "an option beside checks has that name"
        raise Unusable(message)
    found = imported(point)
    if not (isinstance(found, type) and issubclass(found, Check)):
        message = f"{point.value} is no class derived from Check"
        raise Unusable(message)
    name = getattr(found, "NAME", None)
    if name != point.name:
        said = "it has no NAME" if name is None else f"its NAME is {name!r}"
        message = f"{said}; it is registered as {point.name}"
        raise Unusable(message)
    _look_at_judge(found)
    _look_at_limits(found)
    _look_at_examples(found)
    return found


def _look_at_judge(found: type[Check]) -> None:
    if found.judge is Check.judge:
        message = "it has no judge"
        raise Unusable(message)
    axes: object = found.DIMENSIONS
    sound = isinstance(axes, tuple) and axes and all(each in (1, 2, 3) for each in axes)
    if not sound:
        message = f"its DIMENSIONS are of 1, 2 and 3, not {axes!r}"
        raise Unusable(message)


def _look_at_limits(found: type[Check]) -> None:
    """Refuse limits that no layout can write, and classes that look at them early."""
    if hasattr(found, "__post_init__"):
        message = "it has a __post_init__; what cannot be meant is said by wrong"
        raise Unusable(message)
    try:
        fields = msgspec.structs.fields(found)
        msgspec.json.schema(found)
    except ANY_ERROR as error:
        message = f"its limits cannot be read: {error_words(error)}"
        raise Unusable(message) from error
    for field in fields:
        if not _can_be_written(field.type):
            kind = inspect.formatannotation(field.type)
            message = f"no layout can write its {field.name}: {kind}"
            raise Unusable(message)


def _can_be_written(kind: Any) -> bool:  # noqa: ANN401 - a type
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        some = [each for each in arguments if each is not types.NoneType]
        return len(some) == 1 and _can_be_written(some[0])
    if origin is Literal:
        return all(isinstance(each, str) for each in arguments)
    if origin is tuple:
        return all(each is Ellipsis or _can_be_written(each) for each in arguments)
    if origin is dict:
        return arguments[0] is str and _can_be_written(arguments[1])
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        fields = msgspec.structs.fields(kind)
        return all(_can_be_written(each.type) for each in fields)
    return kind in _SCALARS


def _look_at_examples(found: type[Check]) -> None:
    try:
        examples = tuple(found.examples())
    except NotImplementedError as error:
        message = "it has no examples"
        raise Unusable(message) from error
    except ANY_ERROR as error:
        message = f"its examples cannot be made: {error_words(error)}"
        raise Unusable(message) from error
    if not examples:
        message = "it has no examples"
        raise Unusable(message)
    for given in examples:
        each: object = given
        sound = isinstance(each, Example) and type(each.check) is found
        if not (sound and isinstance(given.data, tuple)):
            message = "its examples are no Examples of it, with tuples of bins"
            raise Unusable(message)
