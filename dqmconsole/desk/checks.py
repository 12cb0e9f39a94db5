"""The checks that layouts may ask for, explained by their own classes."""

from __future__ import annotations

import typing
from itertools import groupby
from typing import TYPE_CHECKING, Any

import msgspec

from dqmconsole.checks.by_condition import EXAMPLE
from dqmconsole.checks.declared import in_words
from dqmconsole.checks.table import CHECKS, home_of
from dqmconsole.model.layout import CheckOptions
from dqmconsole.site.schema import check_docstring, docstring

if TYPE_CHECKING:
    from dqmconsole.checks.check import Check, Example


class Limit(msgspec.Struct, frozen=True):
    """A limit or setting of a check, or an option beside one.

    Attributes:
        name: its key.
        kind: what it may be, in words ("number", "x, y or none").
        default: what it is when left out, as a layout writes it; None: it must be
            written.
        words: what it says.
    """

    name: str
    kind: str
    default: str | None
    words: str


class Case(msgspec.Struct, frozen=True):
    """A small example of a check.

    Attributes:
        words: what the case is.
        written: the check as a layout writes it.
        data: the bins, row by row in the order of x.
        status: what is found.
        given: what else is known, in words; or "".
        family: how the data are wrong; "" where they are not.
    """

    words: str
    written: str
    data: str
    status: str
    given: str = ""
    family: str = ""


class ExplainedCheck(msgspec.Struct, frozen=True):
    """All there is to know of a check before one writes it into a layout.

    Attributes:
        name: what layouts call it.
        summary: what it finds, in one sentence.
        text: more of it, in paragraphs.
        plots: what plots it can judge, in words.
        limits: its limits and settings.
        cases: its examples.
        package: that it comes with, with its version; "" of the program's own.
    """

    name: str
    summary: str
    text: tuple[str, ...]
    plots: str
    limits: tuple[Limit, ...]
    cases: tuple[Case, ...]
    package: str = ""


def explained_checks() -> tuple[ExplainedCheck, ...]:
    """Every check that a layout may ask for, in the order of the table."""
    return tuple(map(_explained, CHECKS.values()))


def explained_options() -> tuple[Limit, ...]:
    """What may stand beside the name of any check."""
    return _limits(CheckOptions, docstring(CheckOptions).attributes)


def text_of(check: ExplainedCheck) -> str:
    """A check as lines for a terminal."""
    lines = [f"{check.name}: {check.summary}"]
    lines += [f"  {each}" for each in check.text]
    lines += [f"  For {check.plots}."]
    lines += [f"  Of {check.package}."] if check.package else []
    lines += ["  Limits:", *map(_line, check.limits)] if check.limits else []
    lines += ["  Examples:"] if check.cases else []
    for case in check.cases:
        given = f", {case.given}" if case.given else ""
        found = ", ".join(filter(None, (case.status, case.family)))
        lines.append(f"    {found}: {case.words}")
        lines.append(f"      {{{case.written}}} on {case.data}{given}")
    return "\n".join(lines)


def options_text() -> str:
    """The options beside a check as lines for a terminal."""
    by = "Any limit (warn_…, bad_…) may depend on a condition of the run: "
    return "\n".join(
        (
            *("Beside the name of any check:", *map(_line, explained_options())),
            f"{by}bad_above: {EXAMPLE}",
            "Beside the checks by kind: checks: [defaults, {NAME: {LIMIT: number}}]",
        )
    )


def _line(limit: Limit) -> str:
    default = "" if limit.default is None else f", {limit.default} when left out"
    return f"    {limit.name} ({limit.kind}{default}): {limit.words}"


def _explained(check: type[Check]) -> ExplainedCheck:
    said = check_docstring(check)
    return ExplainedCheck(
        check.NAME,
        said.summary,
        said.text,
        _plots(check),
        _limits(check, said.attributes),
        tuple(map(_case, check.examples())),
        home_of(check.NAME),
    )


def _plots(check: type[Check]) -> str:
    *some, last = (f"{each}-D" for each in check.DIMENSIONS)
    words = f"{', '.join(some)}{' and ' if some else ''}{last} histograms"
    words += " and profiles" if check.PROFILES else ", no profiles"
    words += "; needs a reference" if check.REFERENCE else ""
    if not check.INCREMENTS:
        words += "; judges the run alone, not its last updates"
    return words


def _limits(cls: type[msgspec.Struct], words: dict[str, str]) -> tuple[Limit, ...]:
    return tuple(
        Limit(
            each.encode_name, _kind(each.type), _default(each), words.get(each.name, "")
        )
        for each in msgspec.structs.fields(cls)
    )


def _default(field: msgspec.structs.FieldInfo) -> str | None:
    if field.required:
        return None
    value = _left_out(field)
    if value is None:
        return "none"
    if value in ("", (), {}):
        return "empty"
    return in_words({"": value})[2:]


def _left_out(field: msgspec.structs.FieldInfo) -> object:
    """What a field is that is not written."""
    if field.default is msgspec.NODEFAULT and not field.required:
        return field.default_factory()
    return field.default


_KINDS: dict[object, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
}
_MANY: dict[object, str] = {str: "texts", int: "whole numbers", float: "numbers"}


def _kind(wanted: Any) -> str:  # noqa: ANN401 - a type
    """A type in words."""
    origin, arguments = typing.get_origin(wanted), typing.get_args(wanted)
    if origin is typing.Literal:
        *some, last = map(str, arguments)
        return f"{', '.join(some)} or {last}" if some else last
    if origin is tuple:
        if arguments[-1] is Ellipsis or len(set(arguments)) == 1:
            first = arguments[0]
            many = "" if arguments[-1] is Ellipsis else f"{len(arguments)} "
            return f"list of {many}{_MANY.get(first) or _kind(first)}"
        return f"list of {', '.join(map(_kind, arguments))}"
    if origin is dict:
        return f"{_kind(arguments[1])} by name"
    if isinstance(wanted, type) and issubclass(wanted, msgspec.Struct):
        return ", ".join(each.encode_name for each in msgspec.structs.fields(wanted))
    kinds = [_kind(each) for each in arguments if each is not type(None)]
    return " or ".join(kinds) or _KINDS.get(wanted, "value")


def _case(example: Example) -> Case:
    defaults = type(example.check)
    limits = {
        each.encode_name: msgspec.to_builtins(value)
        for each in msgspec.structs.fields(defaults)
        if (value := getattr(example.check, each.name)) != _left_out(each)
    }
    options = {}
    if getattr(example.check, "per", "") == "against":
        options["against"] = "PATH"
    given = []
    if example.reference is not None:
        given.append(f"reference {_bins(example.reference)}")
    if example.entries is not None:
        given.append(f"filled {_bins(example.entries)}")
    if example.exposure is not None:
        given.append(f"{example.exposure:g} events")
    if example.labels:
        given.append(f"labels {', '.join(example.labels)}")
    return Case(
        example.words,
        in_words({example.check.NAME: limits} | options),
        _bins(example.data),
        str(example.status),
        "; ".join(given),
        example.wrong or "",
    )


MOST_BINS = 12  # of a line of an example that are said


MOST_ALIKE = 4  # bins in a row that hold the same and are said one by one


def _bins(values: tuple[object, ...]) -> str:
    said: list[str] = []
    for value, alike in groupby(values[:MOST_BINS]):
        words = _bins(value) if isinstance(value, tuple) else in_words({"": value})[2:]
        many = len(list(alike))
        each_said = many <= (1 if isinstance(value, tuple) else MOST_ALIKE)
        said += [words] * many if each_said else [f"{many} × {words}"]
    more = [f"… ({len(values)})"] if len(values) > MOST_BINS else []
    return f"[{', '.join(said + more)}]"
