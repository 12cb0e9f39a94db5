"""What a layout writes under ``checks:``, read and validated.

What cannot be meant is a problem, and stays among the checks as one that always fails
(:func:`~dqmconsole.checks.declared.broken`): a plot is never good by what is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec
import yaml

from dqmconsole.checks.by_condition import (
    LimitError,
    by_condition,
    is_limit,
    widest,
)
from dqmconsole.checks.check import NO_LIMITS
from dqmconsole.checks.declared import (
    OPTIONS,
    DeclarationError,
    broken,
    declared,
    wrong_limits,
)
from dqmconsole.checks.table import CHECKS, why_left_out
from dqmconsole.model.layout import CheckOptions
from dqmconsole.site.braces import BraceError, in_step
from dqmconsole.site.decoder import Wrong, fields_of
from dqmconsole.site.nearest import did_you_mean, nearest, short
from dqmconsole.site.yaml_text import is_null

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dqmconsole.checks.check import Check
    from dqmconsole.model.layout import Checks as ChecksValue
    from dqmconsole.model.layout import RunType
    from dqmconsole.site.decoder import Decoder
    from dqmconsole.site.findings import Place

MAX_UPDATES = 100_000
MAX_PERSIST = 1000


class CheckItem(NamedTuple):
    """One item of ``checks:``.

    Attributes:
        item: as :attr:`Plot.checks` has it; "defaults" has no check.
        node: where it is written.
        places: where its name (""), and what is written of it, are.
        check: the check; None of one that is broken.
        options: what else is said of it.
    """

    item: dict[str, Any] | Literal["defaults"]
    node: yaml.Node
    places: Mapping[str, Place]
    check: Check | None = None
    options: CheckOptions = CheckOptions()

    @property
    def name(self) -> str:
        """The check's name; "" of one that is broken."""
        return "" if self.check is None else self.check.NAME


class Checks(NamedTuple):
    """What is written under one ``checks:``.

    Attributes:
        items: its items, or its word; None where nothing is written.
    """

    items: tuple[CheckItem, ...] | Literal["defaults"] | None = None

    @property
    def value(self) -> ChecksValue:
        """The same as :attr:`Plot.checks` has it."""
        if isinstance(self.items, tuple):
            return tuple(each.item for each in self.items)
        return self.items

    def places(self) -> Iterator[tuple[str, Place]]:
        """Where the items are: "[0]" the name of the first, "[0].KEY" a key of it."""
        for at, each in enumerate(self.items if isinstance(self.items, tuple) else ()):
            for key, place in each.places.items():
                yield f"[{at}]" + (f".{key}" if key else ""), place


class CheckReader:
    """Reads what one layout writes under ``checks:``.

    Args:
        decoder: of the layout.
    """

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        self._findings = decoder.findings
        self._said: set[Place] = set()

    def read(self, node: yaml.Node) -> Checks:
        """What stands under ``checks:``; each mistake is a problem."""
        if _is_defaults(node):
            return Checks("defaults")
        if not isinstance(node, yaml.SequenceNode):
            words = 'checks is a list, "defaults", or [] for none on purpose'
            if is_null(node):
                words = f"checks has no value: {words}; or leave it out"
            elif isinstance(node, yaml.ScalarNode):
                words += f', not "{short(node.value)}"'
                words += did_you_mean(node.value, ("defaults",))
            else:
                words += ", not a mapping; begin each item with a dash"
            code = "missing-value" if is_null(node) else "wrong-type"
            self._findings.add(words, node, code)
            return Checks((self.broken(node),))
        if not self._decoder.has_plain_tag(node, "checks"):
            return Checks((self.broken(node),))
        items: list[CheckItem] = []
        for each in node.value:
            item = self._item(each)
            items.append(self._without_overlap(item, items))
        return Checks(tuple(items))

    def shown(self, checks: Checks, run_types: tuple[RunType, ...]) -> Checks:
        """The checks of a plot, broken where they are for runs it is not shown in.

        Args:
            checks: what stands at the plot itself.
            run_types: those it is shown in; all when empty.
        """
        if not isinstance(checks.items, tuple) or not run_types:
            return checks
        items = []
        for each in checks.items:
            wanted = each.options.run_types
            if wanted and not set(wanted) & set(run_types):
                words = (
                    f"{each.name} never judges: the plot is for "
                    f"{', '.join(run_types)} only"
                )
                self._findings.add(words, each.places["run_types"], "never-shown")
                items.append(self.broken(each.node, each.name))
            else:
                items.append(each)
        return Checks(tuple(items))

    def by_row(self, checks: Checks, path: str, rows: int) -> tuple[Checks, ...]:
        """The checks of each plot that one with braces stands for.

        Braces under ``against:`` and ``input:`` run in step with those of the path.

        Args:
            checks: of the plot as it is written.
            path: of the plot, with its braces.
            rows: number of plots.
        """
        if not isinstance(checks.items, tuple) or not any(
            map(_names_elements, checks.items)
        ):
            return (checks,) * rows
        by_row: list[list[CheckItem]] = [[] for _ in range(rows)]
        for each in checks.items:
            for row, item in zip(by_row, self._by_row(each, path, rows), strict=True):
                row.append(item)
        return tuple(Checks(tuple(row)) for row in by_row)

    def _by_row(self, item: CheckItem, path: str, rows: int) -> list[CheckItem]:
        plain = {} if item.item == "defaults" else item.item
        others = {key: plain[key] for key in ("against", "input") if key in plain}
        texts = [(key, text) for key, value in others.items() for text in _texts(value)]
        if not texts or item.check is None:
            return [item] * rows
        try:
            found = in_step((path, *(text for _, text in texts)))
        except BraceError as error:
            key = texts[max(error.index - 1, 0)][0]
            place = item.places[key]
            if place not in self._said:  # once for all plots that inherit it
                self._said.add(place)
                self._findings.add(f"{key}: {error}", place, "braces")
            return [self.broken(item.node, item.name)] * rows
        if len(found) != rows:  # the braces of the path itself were broken
            return [item] * rows
        made = []
        for _, *row in found:
            words = iter(row)
            written = {key: _with_texts(value, words) for key, value in others.items()}
            options = msgspec.structs.replace(item.options, **written)
            made.append(item._replace(item=plain | written, options=options))
        return made

    def broken(self, node: yaml.Node, name: str = "") -> CheckItem:
        """What stands for an item that is broken, its problem having been added.

        Args:
            node: where it is written.
            name: of the check, where that is known.
        """
        place = self._findings.place(node)
        words = (
            "what the layout asks of it is wrong "
            f"({place.file}, line {place.line}); see Problems"
        )
        return CheckItem(broken(name, words), node, {"": place})

    def _item(self, node: yaml.Node) -> CheckItem:
        if _is_defaults(node):
            return CheckItem("defaults", node, {"": self._findings.place(node)})
        if not isinstance(node, yaml.MappingNode):
            example = "{NAME: {LIMIT: number}}"
            if isinstance(node, yaml.ScalarNode) and node.value in CHECKS:
                example = f"{{{node.value}: {{}}}}"
            words = "each item of checks is one name with its limits, or defaults"
            words += f"; write {example}"
            if isinstance(node, yaml.ScalarNode) and node.value not in CHECKS:
                words += did_you_mean(node.value, ("defaults",))
            self._findings.add(words, node, "check-form")
            return self.broken(node)
        pairs = self._decoder.pairs(node, "this item of checks")
        if pairs is None:
            return self.broken(node)
        options = self._options(node, pairs)
        name = self._name(node, pairs)
        tables: dict[str, dict[str, Any]] = {}
        check = None if name is None else self._check(name, *pairs[name], tables)
        if getattr(check, "per", "") == "against" and options and not options.against:
            words = f"{name}: per: against needs the option against: PATH beside {name}"
            place = self._decoder.node(check, "per")
            self._findings.add(words, place, "missing-key")
            check = None
        if name is None or check is None or options is None:
            return self.broken(node, name or "")
        # What is left out has the place of the name: layouts have many plots.
        places = {
            "": self._findings.place(pairs[name][0]),
            **{
                each.name: self._decoder.place(check, each.encode_name)
                for each in fields_of(type(check))
                if self._decoder.has(check, each.encode_name)
            },
            **{
                key: self._findings.place(pairs[key][1])
                for key in OPTIONS
                if key in pairs
            },
        }
        limits = {
            each.name: _plain(getattr(check, each.name))
            for each in fields_of(type(check))
            if self._decoder.has(check, each.encode_name)
        } | tables
        written = {
            key: (limits or None) if key == name else _plain(getattr(options, key))
            for key in pairs
        }
        try:
            declared(written)
        except DeclarationError as error:
            where = places.get(error.keys[-1] if error.keys else "", places[""])
            self._findings.add(f"{name}: {error}", where, "check-form")
            return self.broken(node, name)
        return CheckItem(written, node, places, check, options)

    def _name(
        self, node: yaml.Node, pairs: Mapping[str, tuple[yaml.Node, yaml.Node]]
    ) -> str | None:
        """The name of the check that an item is; None, with a problem, if none is."""
        names = [key for key in pairs if key not in OPTIONS]
        known = [key for key in names if key in CHECKS]
        if not names:
            words = (
                f"this item of checks has no name of a check beside {', '.join(pairs)}"
            )
            if not pairs:
                words = "this item of checks is empty: it has one name of a check"
            self._findings.add(words, node, "check-form")
        elif len(known) > 1:
            words = (
                f"{known[0]} and {known[1]} stand in one item of checks: begin each "
                "with a dash"
            )
            self._findings.add(words, pairs[known[1]][0], "check-form")
        elif not known:
            for name in names:
                words = f'there is no check "{short(name)}"{_near_check(name)}'
                if name == "defaults":
                    words = "defaults has no limits: write it as an item of its own, "
                    words += "- defaults"
                words = why_left_out(name) or words
                self._findings.add(words, pairs[name][0], "unknown-check")
        else:
            (name,) = known
            strangers = [key for key in names if key != name]
            for key in strangers:
                words = f'beside {name} stands "{short(key)}", which is no option'
                limits = [each.name for each in fields_of(CHECKS[name])]
                if nearest(key, limits) and not nearest(key, OPTIONS):
                    words += f"; as a limit of {name} it is indented below it"
                else:
                    words += did_you_mean(key, OPTIONS)
                    words += f"; options are {', '.join(OPTIONS)}"
                self._findings.add(words, pairs[key][0], "unknown-key")
            return None if strangers else name
        return None

    def _check(
        self,
        name: str,
        key: yaml.Node,
        node: yaml.Node,
        tables: dict[str, dict[str, Any]],
    ) -> Check | None:
        """The check of a name with its limits; None, with a problem, if it is broken.

        Args:
            name: it.
            key: where that is written.
            node: the limits.
            tables: takes those that depend on a condition, as they are written; the
                check has the widest of each.
        """
        if is_null(node):
            tag, at = "tag:yaml.org,2002:map", key.start_mark
            node = yaml.MappingNode(tag, [], at, at)
        limits = fields_of(CHECKS[name])
        if not isinstance(node, yaml.MappingNode):
            some = ", ".join(each.encode_name for each in limits)
            words = f"the limits of {name} are names with values, of {some}"
            self._findings.add(words, node, "wrong-type")
            return None
        plain = self._without_tables(CHECKS[name], node, tables)
        check = None if plain is None else self._decoder.struct(plain, CHECKS[name])
        if check is None:
            return None
        wrongs = self._wrong_order(check)
        return check if self._decoder.accepts(check, wrongs) else None

    def _without_tables(
        self,
        check: type[Check],
        node: yaml.MappingNode,
        tables: dict[str, dict[str, Any]],
    ) -> yaml.MappingNode | None:
        """The limits with one number for each that depends on a condition."""
        pairs = []
        for key, value in node.value:
            limit = key.value if isinstance(key, yaml.ScalarNode) else ""
            if not (isinstance(value, yaml.MappingNode) and is_limit(check, limit)):
                pairs.append((key, value))
                continue
            written = self._decoder.value(value, dict[str, dict[str, float]], limit)
            if not isinstance(written, dict):
                return None
            try:
                number = widest(limit, by_condition(written))
            except LimitError as error:
                words = f"{check.NAME}: {limit} {error}"
                self._findings.add(words, value, "check-form")
                return None
            tables[limit] = written
            tag = "tag:yaml.org,2002:float"
            scalar = yaml.ScalarNode(
                tag, repr(number), value.start_mark, value.end_mark
            )
            pairs.append((key, scalar))
        return yaml.MappingNode(node.tag, pairs, node.start_mark, node.end_mark)

    def _wrong_order(self, check: Check) -> Iterator[Wrong]:
        """What the check itself finds wrong, said where it is written."""
        for limit, words in wrong_limits(check):
            left_out = not self._decoder.has(check, limit)
            value = getattr(check, limit, None)
            value = "none" if value is None else _plain(value)
            said = f"{limit} ({value} when left out): " if left_out else f"{limit}: "
            said = said if limit else ""
            code = "no-limits" if words.startswith(NO_LIMITS) else "wrong-limits"
            yield Wrong(code, limit, f"{check.NAME}: {said}{words}")

    def _options(
        self, node: yaml.Node, pairs: Mapping[str, tuple[yaml.Node, yaml.Node]]
    ) -> CheckOptions | None:
        """The options of an item; None, with a problem, where one is broken."""
        written = [pairs[key] for key in OPTIONS if key in pairs]
        part = yaml.MappingNode(
            "tag:yaml.org,2002:map", written, node.start_mark, node.end_mark
        )
        options = self._decoder.struct(part, CheckOptions)
        if options is None or not self._decoder.accepts(options, _wrong(options)):
            return None
        return options

    def _without_overlap(self, item: CheckItem, before: list[CheckItem]) -> CheckItem:
        """The item, broken where it and an earlier one could hold in one run."""
        if item.item == "defaults":
            first = next((each for each in before if each.item == "defaults"), None)
            if first is None:
                return item
            words = "checks has defaults twice, the first are in line "
            words += f"{first.places[''].line}"
            self._findings.add(words, item.node, "overlapping-checks")
            return self.broken(item.node)
        for other in before:
            if not _overlap(item, other):
                continue
            words = (
                f"{item.name} has two limits in {_shared(item, other)}: the first are "
                f"in line {other.places[''].line}; give each its run_types"
            )
            self._findings.add(words, item.places[""], "overlapping-checks")
            return self.broken(item.node, item.name)
        return item


def _is_defaults(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.value == "defaults"


def _plain(value: object) -> Any:  # noqa: ANN401 - of YAML's kinds
    """A value as MessagePack gives it back: lists, never tuples."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(value))


def _names_elements(item: CheckItem) -> bool:
    return "against" in item.item or "input" in item.item


def _texts(value: object) -> Iterator[str]:
    """The texts in a value of YAML, in order."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _with_texts(value: object, texts: Iterator[str]) -> object:
    """The same value with other texts, in the order of :func:`_texts`."""
    if isinstance(value, str):
        return next(texts)
    if isinstance(value, dict):
        return {key: _with_texts(each, texts) for key, each in value.items()}
    if isinstance(value, list):
        return [_with_texts(each, texts) for each in value]
    return value


def _near_check(name: str) -> str:
    hint = did_you_mean(name, CHECKS)
    if not hint and (option := nearest(name, OPTIONS)):
        return f'; did you mean the option "{option}"? It stands beside a check'
    return hint or "; dqmconsole validate --checks lists all"


def _is_limit(key: str) -> bool:
    return key.startswith(("warn", "bad"))


def _wrong(options: CheckOptions) -> Iterator[Wrong]:
    for at, each in enumerate(options.updates):
        if not 1 <= each <= MAX_UPDATES:
            words = f"updates are numbers from 1 to {MAX_UPDATES:,}, not {each}"
            yield Wrong("out-of-range", "updates", words, at)
        elif each in options.updates[:at]:
            words = f"updates has {each} twice"
            yield Wrong("out-of-range", "updates", words, at)
    if not 1 <= options.persist <= MAX_PERSIST:
        words = f"persist is 1 to {MAX_PERSIST:,} updates, not {options.persist}"
        yield Wrong("out-of-range", "persist", words)
    if options.against is not None and not options.against.strip("/ "):
        yield Wrong("wrong-path", "against", "against: the path is empty")
    elif options.against is not None and (
        options.against != options.against.strip("/ ") or "//" in options.against
    ):
        words = f'against: "{short(options.against)}" is no path of an element'
        yield Wrong("wrong-path", "against", words)


def _overlap(one: CheckItem, other: CheckItem) -> bool:
    """Tell whether two items give one check two limits in one run.

    One check may stand twice with other settings: other bins, say.
    """
    if one.check is None or other.check is None:
        return False
    return _settings(one) == _settings(other) and _both(one, other) is not None


def _settings(item: CheckItem) -> tuple[object, ...]:
    """All that is said of a check beside its limits and its runs."""
    keys = () if item.check is None else item.check.__struct_fields__
    settings = (getattr(item.check, key) for key in keys if not _is_limit(key))
    options = msgspec.structs.replace(item.options, run_types=(), persist=1)
    return (item.name, *settings, options)


def _both(one: CheckItem, other: CheckItem) -> tuple[str, ...] | None:
    """The run types in which both judge, () for all; None for none."""
    mine, its = one.options.run_types, other.options.run_types
    if not mine or not its:
        return mine or its
    return tuple(each for each in mine if each in its) or None


def _shared(one: CheckItem, other: CheckItem) -> str:
    both = _both(one, other)
    return f"runs of {', '.join(both)}" if both else "all runs"
