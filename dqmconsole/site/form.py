"""The form of a layout's parts, from the JSON Schema, and what holds in each field."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import msgspec

from dqmconsole.model.edit import Target
from dqmconsole.model.form import FormField, InForce
from dqmconsole.site.layout_fields import Fields
from dqmconsole.site.schema import layout_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dqmconsole.model.form import FieldKind, Part
    from dqmconsole.site.layout_text import LayoutText

_CLASSES: dict[Part, str] = {
    "plot": "Plot",
    "page": "Page",
    "layout": "Layout",
    "defaults": "Defaults",
}
_ABOVE: dict[Part, tuple[Part, ...]] = {
    "plot": ("page", "layout", "defaults"),
    "page": ("layout", "defaults"),
    "layout": (),
    "defaults": (),
}
# a page and its plots have each their own
_OWN = frozenset(("description",))
# what is added, moved and deleted, not filled in
_LISTS = frozenset(("pages", "plots", "defaults"))
_UNITS = {
    "stale_after": "s",
    "settle": "updates",
    "quality_persist": "updates",
    "persist": "updates",
    "updates": "updates",
    "events": "events",
    "reach": "bins",
}
_KINDS: dict[str, FieldKind] = {
    "string": "text",
    "number": "number",
    "integer": "whole number",
    "boolean": "yes or no",
}
# where the classes say None, for what stands above; site/layouts.py resolves the same
_OTHERWISE: dict[tuple[str, ...], object] = {
    ("reference", "mode"): "overlay",
    ("reference", "normalize"): "events",
    ("accumulates",): "run",
    ("quality_results",): "count",
    ("alarm",): "none",
}


@functools.cache
def form(part: Part) -> tuple[FormField, ...]:
    """The fields of a part of a layout, in the order of the model."""
    made = _Form(_definitions())
    fields = made.fields(_CLASSES[part], ())
    above = {
        each: {found.key[0] for found in made.fields(_CLASSES[each], ())}
        for each in _ABOVE[part]
    }
    return tuple(
        msgspec.structs.replace(
            field,
            inherits=tuple(
                each
                for each in _ABOVE[part]
                if field.key[0] in above[each] and field.key[0] not in _OWN
            ),
        )
        for field in fields
        if field.key[0] not in _LISTS
    )


@functools.cache
def _definitions() -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(layout_schema())["$defs"]
    return found


class _Form:
    """Makes fields of the definitions of a schema."""

    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self._definitions = definitions

    def fields(self, name: str, key: tuple[str, ...]) -> tuple[FormField, ...]:
        """The fields of a definition, below a key."""
        definition = self._definitions[name]
        required = definition.get("required", ())
        return tuple(
            self.field(prop, (*key, each), required=each in required)
            for each, prop in definition["properties"].items()
        )

    def field(
        self, prop: Mapping[str, Any], key: tuple[str, ...], *, required: bool = False
    ) -> FormField:
        """The field that a schema asks for."""
        whole: dict[str, Any] = dict(prop)
        options = whole.pop("anyOf", None)
        empty = by_condition = False
        if options is not None:
            empty = any(each.get("type") == "null" for each in options)
            references = [each.get("$ref", "") for each in options]
            by_condition = "#/$defs/LimitByCondition" in references
            rest = [
                each
                for each in options
                if each.get("type") != "null"
                and not each.get("$ref", "").endswith("/LimitByCondition")
            ]
            lists = [each for each in rest if each.get("type") == "array"]
            words = [word for each in rest for word in each.get("enum", ())]
            whole = {**(lists or rest)[0], **whole}
            if lists and words:
                whole["words"] = words
        own = key[-1] if key else ""
        made = FormField(
            key,
            self._kind(whole),
            help=str(whole.get("description", "")),
            unit=_UNITS.get(own, ""),
            least=whole.get("minimum"),
            most=whole.get("maximum"),
            above=whole.get("exclusiveMinimum"),
            pattern=whole.get("pattern", ""),
            choices=tuple(whole.get("enum", whole.get("words", ()))),
            default=_first(whole.get("default"), _OTHERWISE.get(key)),
            required=required,
            empty=empty,
            by_condition=by_condition,
        )
        return self._with_parts(made, whole)

    def _kind(self, prop: Mapping[str, Any]) -> FieldKind:
        if "$ref" in prop:
            return "group"
        if "enum" in prop:
            return "choice"
        if prop.get("type") == "array":
            if "prefixItems" in prop:
                return "fixed list"
            kinds = prop.get("items", {}).get("anyOf", ())
            of_checks = {"$ref": "#/$defs/CheckItem"} in kinds
            return "checks" if of_checks else "list"
        if prop.get("type") == "object":
            return "group" if prop.get("properties") else "mapping"
        return _KINDS.get(str(prop.get("type")), "any")

    def _with_parts(self, field: FormField, prop: Mapping[str, Any]) -> FormField:
        """A field with what it consists of."""
        key = field.key
        if "$ref" in prop:
            name = prop["$ref"].rpartition("/")[2]
            words = field.help or self._definitions[name].get("description", "")
            return msgspec.structs.replace(
                field, fields=self.fields(name, key), help=words
            )
        if field.kind == "fixed list":
            parts = tuple(self.field(each, key) for each in prop["prefixItems"])
            return msgspec.structs.replace(field, fields=parts)
        if field.kind in ("list", "checks"):
            of_checks = field.kind == "checks"
            item = self._checks(key) if of_checks else self.field(prop["items"], key)
            return msgspec.structs.replace(field, item=item)
        if field.kind == "group":
            parts = tuple(
                self.field(each, (*key, name))
                for name, each in prop["properties"].items()
            )
            return msgspec.structs.replace(field, fields=parts)
        inner = prop.get("additionalProperties")
        if field.kind == "mapping" and isinstance(inner, dict):
            return msgspec.structs.replace(field, item=self.field(inner, key))
        return field

    def _checks(self, key: tuple[str, ...]) -> FormField:
        """An item of checks: the names, each with its limits; then the options."""
        definition = self._definitions["CheckItem"]
        parts = tuple(
            self.field(prop, (name,)) for name, prop in definition["properties"].items()
        )
        return FormField(key, "group", str(definition["description"]), fields=parts)


# -- what holds ----------------------------------------------------------------------


def in_force(text: LayoutText | Fields, target: Target) -> tuple[InForce, ...]:
    """What holds of each field of a plot, page or the layout, and where it is written.

    Of a group that is of each of its fields, as far as one is written or has a default.

    Args:
        text: the file; its fields, where several parts are asked for.
        target: the part.

    Raises:
        EditRefusedError: there is no such part.
    """
    fields = text if isinstance(text, Fields) else Fields(text)
    part: Part = "layout"
    if target.page != -1:
        part = "page" if target.plot == -1 else "plot"
    layout = fields.value(Target())
    written: dict[Part, dict[str, Any]] = {"layout": layout}
    below = layout.pop("defaults", None)
    written["defaults"] = below if isinstance(below, dict) else {}
    if part != "layout":
        written["page"] = fields.value(Target(target.page))
    if part == "plot":
        written["plot"] = fields.value(target)
    shared = fields.anchors(target)
    return tuple(
        found
        for field in form(part)
        for found in _in_force(
            field, [(each, written[each]) for each in (part, *field.inherits)], shared
        )
    )


def _in_force(
    field: FormField,
    written: list[tuple[Part, dict[str, Any]]],
    shared: Mapping[str, str],
) -> Iterator[InForce]:
    if field.kind == "group" and field.fields:
        for each in field.fields:
            yield from _in_force(each, written, shared)
        return
    for at, (part, whole) in enumerate(written):
        value: Any = whole
        for key in field.key:
            value = value.get(key, _NOTHING) if isinstance(value, dict) else _NOTHING
        if value is not _NOTHING:
            anchor = shared.get(field.key[0], "") if at == 0 else ""
            yield InForce(field.key, value, part, anchor)
            return
    if field.default is not None:
        yield InForce(field.key, field.default, None)


_NOTHING = object()


def _first(*values: object) -> object:
    return next((each for each in values if each is not None), None)
