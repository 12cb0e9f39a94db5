"""Checks that installed packages register, beside those of the program.

A package names a class derived from :class:`~dqmconsole.checks.check.Check` as an entry
point, under the name that layouts give it::

    [project.entry-points."dqmconsole.checks"]
    strip_pattern = "my_experiment.checks:StripPattern"

Whatever such a package does, the program lives on: what cannot be used is left out, and
said to be, by its name. Importing it is tried apart (:mod:`dqmconsole.checks.trial`);
what it does when it judges is looked at there (:mod:`dqmconsole.checks.answers`).
"""

from __future__ import annotations

import inspect
import os
import re
import types
import typing
from contextlib import nullcontext
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec

from dqmconsole.checks.answers import words_of
from dqmconsole.checks.check import Check, Example
from dqmconsole.checks.trial import TRYING, Trials
from dqmconsole.model.layout import CheckOptions

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

GROUP = "dqmconsole.checks"
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_OPTIONS = frozenset(field.name for field in msgspec.structs.fields(CheckOptions))
_SCALARS = (str, int, float, bool)
_ANY = (Exception, SystemExit)  # one that leaves the program would take all with it


class Unusable(ValueError):
    """A registered check that cannot be used; says why."""


class LeftOut(NamedTuple):
    """A check that is registered, and cannot be used.

    Attributes:
        name: under which it is registered.
        package: that registers it, with its version.
        why: why it cannot be used.
    """

    name: str
    package: str
    why: str

    def __str__(self) -> str:
        return f"the check {self.name} of {self.package} is left out: {self.why}"


class Registered(NamedTuple):
    """What installed packages register.

    Attributes:
        checks: those that can be used, by name.
        packages: which package each is of, with its version.
        left_out: those that cannot.
    """

    checks: Mapping[str, type[Check]]
    packages: Mapping[str, str]
    left_out: tuple[LeftOut, ...]


def registered_checks(taken: Collection[str]) -> Registered:
    """The checks of installed packages; each is imported.

    Args:
        taken: names of the program's own checks, which no other may have.
    """
    if os.environ.get(TRYING):  # one that imports this while it is tried itself
        return usable((), taken)
    return usable(entry_points(group=GROUP), taken, Trials())


def usable(
    points: Iterable[EntryPoint], taken: Collection[str], trials: Trials | None = None
) -> Registered:
    """Those checks of some entry points that can be used, and why the others cannot.

    Args:
        points: the entry points.
        taken: names of the program's own checks, which no other may have.
        trials: tries them apart before they are imported, or None.
    """
    points = sorted(points, key=lambda each: (each.name, _package(each)))
    failed = {} if trials is None else trials.failed(points)
    checks: dict[str, type[Check]] = {}
    packages: dict[str, str] = {}
    left_out = []
    for point in points:
        package = _package(point)
        if point.name in packages:
            why = f"{packages[point.name]} has a check of that name"
            left_out.append(LeftOut(point.name, package, why))
            continue
        if trials is not None and (harm := failed.get(trials.mark(point))):
            left_out.append(LeftOut(point.name, package, harm))
            continue
        apart = nullcontext() if trials is None else trials.importing(point)
        try:
            with apart:
                checks[point.name] = _loaded(point, taken)
        except Unusable as error:
            left_out.append(LeftOut(point.name, package, str(error)))
        else:
            packages[point.name] = package
    return Registered(checks, packages, tuple(left_out))


def error_words(error: BaseException) -> str:
    """What was raised, on one line that can be shown and sent."""
    kind = type(error).__name__
    try:
        said = words_of(" ".join(str(error).split()))
    except _ANY:  # it cannot even say so
        said = ""
    return f"{kind}: {said}" if said else kind


def _package(point: EntryPoint) -> str:
    if point.dist is None:
        return point.value
    return f"{point.dist.name} {point.dist.version}"


def _loaded(point: EntryPoint, taken: Collection[str]) -> type[Check]:
    if not _NAME.fullmatch(point.name):
        message = "a name is lower-case letters, digits and underscores"
        raise Unusable(message)
    if point.name in taken:
        message = "the program has a check of that name"
        raise Unusable(message)
    if point.name in _OPTIONS:
        message = "an option beside checks has that name"
        raise Unusable(message)
    try:
        found = point.load()
    except _ANY as error:
        message = f"it cannot be imported: {error_words(error)}"
        raise Unusable(message) from error
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
    except _ANY as error:
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
    except _ANY as error:
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
