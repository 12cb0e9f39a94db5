"""JSON Schemas of the site's YAML files, for editors that complete and check."""

from __future__ import annotations

import inspect
import re
import typing
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from dqmconsole.checks.by_condition import is_limit
from dqmconsole.checks.derived import INPUTS
from dqmconsole.checks.table import CHECKS
from dqmconsole.model import layout as parts
from dqmconsole.model.checklist import CheckList
from dqmconsole.model.glossary import Term
from dqmconsole.model.instruction import Instruction, Note
from dqmconsole.model.known_issue import KnownIssue
from dqmconsole.model.reference import ReferenceRule
from dqmconsole.model.site import SiteSettings
from dqmconsole.model.when import MEASURED
from dqmconsole.site.check_items import MAX_PERSIST, MAX_UPDATES
from dqmconsole.site.contacts import ContactsFile
from dqmconsole.site.layouts import AXES, MAX_COLUMNS, MAX_ROWS, MAX_SETTLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dqmconsole.checks.check import Check

_SECTION = re.compile(r"^[A-Z]\w+:$")
_ROLE = re.compile(r":[a-z]+:`~?(?:[\w.]*\.)?(\w+)`")
_AS_OF = re.compile(r"as of (?:the base|(\w+))[.;]?$")
_ENTRY = re.compile(r"^([A-Za-z_]\w*(?:, [a-z_]\w*)*): (.*)$")

# What the classes cannot say; site/layouts.py checks the same.
_LIMITS: dict[tuple[str, str], dict[str, Any]] = {
    ("Page", "columns"): {"minimum": 1, "maximum": MAX_COLUMNS},
    ("Page", "stale_after"): {"exclusiveMinimum": 0},
    ("Plot", "stale_after"): {"exclusiveMinimum": 0},
    ("Plot", "window"): {"pattern": "^[1-9][0-9]{0,5} LS$"},
    ("Defaults", "stale_after"): {"exclusiveMinimum": 0},
    **{
        (name, "quality_persist"): {"minimum": 1, "maximum": MAX_PERSIST}
        for name in ("Plot", "Page", "Defaults")
    },
    ("Plot", "axes"): {
        "properties": {
            name: {"type": "string", "description": f"what the {name} axis is."}
            for name in AXES
        },
        "additionalProperties": False,
    },
    ("Plot", "consequence"): {"pattern": r"\S"},
    ("Page", "consequence"): {"pattern": r"\S"},
    ("Defaults", "consequence"): {"pattern": r"\S"},
    ("Feeds", "to"): {"minItems": 1},
    ("Feeds", "families"): {"minItems": 1},
    ("Needs", "events"): {"minimum": 0},
    ("Needs", "settle"): {"minimum": 0, "maximum": MAX_SETTLE},
}

_WORDS = {
    "layout": "name of the layout, unique in the site.",
    "pages": "its pages, in the order of the navigator.",
    "plots": "its plots, row by row.",
    "owner": "a role of the contacts.",
    "description": "one sentence for the shifter.",
    "defaults": "what holds for every plot unless it says otherwise.",
    "run_types": "shown in these runs only; all when left out.",
    "needs": "when it means anything; plot before page before layout.",
    "draw": "how it is drawn.",
    "reference": "how it is compared with the reference.",
    "mode": "how data and reference are shown together.",
    "normalize": "how the reference is scaled to the data.",
    "accumulates": "what the element accumulates over.",
    "quality_results": "what the producer's own tests are to the verdict.",
    "quality_persist": "updates in a row in which these agree before it is announced.",
    "stale_after": "seconds after which the data are stale; measured if left out.",
    "instruction": "id of the instruction.",
    "alarm": (
        "when somebody has to act once a plot is BAD by a check that was adopted; plot "
        "before page before layout. It needs an instruction, somebody to call and a "
        "consequence; none, or left out in all: never heard."
    ),
    "consequence": "what comes of it when nobody acts.",
    "checks": (
        "quality tests, each one name with its limits; plot before page before layout. "
        'Left out: those of its kind, not adopted; "defaults": those, adopted; '
        "defaults as an item: those beside the others; []: none on purpose."
    ),
}


def layout_schema() -> str:
    """Return the JSON Schema (draft 2020-12) of a layout file, as indented text.

    Generated from :mod:`dqmconsole.model.layout` and the checks; the words beside the
    keys are those of their docstrings.
    """
    schema = described(parts.Layout)
    for name, definition in schema["$defs"].items():
        for key, prop in definition["properties"].items():
            prop.update(_LIMITS.get((name, key), {}))
    schema["$defs"]["Plot"]["properties"]["span"]["prefixItems"] = [
        {"type": "integer", "minimum": 1, "maximum": most}
        for most in (MAX_COLUMNS, MAX_ROWS)
    ]
    options = described(parts.CheckOptions)["$defs"]["CheckOptions"]["properties"]
    options["updates"]["items"] |= {"minimum": 1, "maximum": MAX_UPDATES}
    options["persist"] |= {"minimum": 1, "maximum": MAX_PERSIST}
    words = options["input"].pop("description")
    options["input"] = {
        "type": "object",
        "description": words,
        "properties": {
            name: {"description": docstring(each).summary}
            for name, each in INPUTS.items()
        },
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }
    schema["$defs"] |= _checks(options)
    for name in ("Plot", "Page", "Defaults"):
        checks = schema["$defs"][name]["properties"]["checks"]
        checks["anyOf"] = [
            {"enum": ["defaults"]},
            {
                "type": "array",
                "items": {
                    "anyOf": [{"enum": ["defaults"]}, {"$ref": "#/$defs/CheckItem"}]
                },
            },
        ]
        checks["description"] = _WORDS["checks"]
        del checks["default"]  # null cannot be written
    return schema_text(schema, "layout")


def _checks(options: dict[str, Any]) -> dict[str, Any]:
    """The definitions of an item of ``checks:`` and of every check.

    Args:
        options: the schemas of what may stand beside a check.
    """
    references, definitions = msgspec.json.schema_components(
        CHECKS.values(), ref_template="#/$defs/{name}"
    )
    explained: dict[str, Any] = {}
    properties: dict[str, Any] = {}
    for (name, check), reference in zip(CHECKS.items(), references, strict=True):
        # two packages may have classes of one name, which have longer ones here
        defined = reference["$ref"].rpartition("/")[2]
        definition = definitions[defined]
        for key, prop in definition["properties"].items():
            if is_limit(check, key):
                _by_condition(prop)
        _explain(definition, check_docstring(check))
        explained[defined] = definition
        for part in _parts(check):
            if part.__name__ in definitions:
                _explain(definitions[part.__name__], docstring(part))
        form: dict[str, Any] = dict(reference)
        if not definition.get("required"):
            form = {"anyOf": [form, {"type": "null"}]}
        summary = definition["description"]
        properties[name] = {**form, "description": summary}
    item = {
        "type": "object",
        "description": "A quality test: one name with its limits; options beside it.",
        "properties": properties | options,
        "additionalProperties": False,
        "oneOf": [{"required": [name]} for name in properties],
    }
    table = {
        "type": "object",
        "description": "Limits by values of the condition, two or more.",
        "additionalProperties": {"type": "number"},
        "minProperties": 2,
    }
    limit = {
        "type": "object",
        "description": "A limit that depends on a condition: on straight lines between "
        "the values that are given, constant beyond them.",
        "properties": {
            name: {**table, "description": f"Limits by values of the {words}."}
            for name, (words, _) in MEASURED.items()
        },
        "additionalProperties": table,
        "minProperties": 1,
        "maxProperties": 1,
    }
    return {
        "CheckItem": item,
        "LimitByCondition": limit,
        **definitions,
        **explained,
    }


def _by_condition(prop: dict[str, Any]) -> None:
    """Let what is a number depend on a condition, too."""
    kinds = prop.pop("anyOf", None) or [{"type": prop.pop("type")}]
    prop["anyOf"] = [*kinds, {"$ref": "#/$defs/LimitByCondition"}]


def _parts(check: type[Check]) -> Iterator[type[msgspec.Struct]]:
    """The structs that limits of a check are, or consist of."""
    for field in msgspec.structs.fields(check):
        for kind in (field.type, *typing.get_args(field.type)):
            if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
                yield kind


FILES: dict[str, Any] = {
    "site": SiteSettings,
    "references": tuple[ReferenceRule, ...],
    "known": tuple[KnownIssue, ...],
    "contacts": ContactsFile,
    "checklists": tuple[CheckList, ...],
    "glossary": tuple[Term, ...],
    "instruction": Instruction,
    "note": Note,
}
"""What a file holds that is described by its classes alone; of an instruction and a
note the front matter."""


def file_schema(what: str) -> str:
    """Return the JSON Schema of a file of :data:`FILES`, as indented text."""
    return schema_text(described(FILES[what]), what)


def described(wanted: Any) -> dict[str, Any]:  # noqa: ANN401 - a type
    """The schema of a class, or a list of one, with the words of the docstrings."""
    schema = msgspec.json.schema(wanted)
    for part in _structs(wanted):
        definition = schema["$defs"][part.__name__]
        for key, other in getattr(part, "LISTED", {}).items():
            prop, many = (definition["properties"][each] for each in (key, other))
            mapping = {k: prop.pop(k) for k in ("type", "additionalProperties")}
            prop["anyOf"] = [mapping, {k: many[k] for k in ("type", "items")}]
        for key in getattr(part, "OPTIONAL", ()):
            definition["required"].remove(key)
        for key in getattr(part, "UNWRITTEN", ()):
            del definition["properties"][key]
        _explain(definition, docstring(part), _field_names(part))
        for key, written in getattr(part, "KEYS", {}).items():
            definition["properties"][written] = definition["properties"].pop(key)
            required = definition.get("required", ())
            if key in required:
                required[required.index(key)] = written
        for key in getattr(part, "ONE_OR_MORE", ()):
            prop = definition["properties"][key]
            kept = {k: prop.pop(k) for k in ("type", "items") if k in prop}
            prop["anyOf"] = [kept["items"], kept]
        for key in getattr(part, "WORDS_OR_MAPPING", ()):
            prop = definition["properties"][key]
            mapping = {k: prop.pop(k) for k in ("type", "additionalProperties")}
            words = {"type": "array", "items": mapping["additionalProperties"]}
            prop["anyOf"] = [words, mapping]
        if hasattr(part, "WORD"):
            _take_words(schema["$defs"], part.__name__)
    needed = _referenced(schema)
    schema["$defs"] = {k: v for k, v in schema["$defs"].items() if k in needed}
    return schema


def _take_words(definitions: dict[str, Any], name: str) -> None:
    """Let a single word stand where lists hold a part of that name."""
    reference = {"$ref": f"#/$defs/{name}"}
    for definition in definitions.values():
        for prop in definition.get("properties", {}).values():
            if prop.get("items") == reference:
                prop["items"] = {"anyOf": [{"type": "string"}, reference]}


def _structs(wanted: Any) -> list[type[msgspec.Struct]]:  # noqa: ANN401 - a type
    """The structs that a type is made of."""
    found: dict[type[msgspec.Struct], None] = {}
    left = [wanted]
    while left:
        each = left.pop()
        left += typing.get_args(each)
        if (
            isinstance(each, type)
            and issubclass(each, msgspec.Struct)
            and each not in found
        ):
            found[each] = None
            left += [field.type for field in msgspec.structs.fields(each)]
    return list(found)


def _referenced(schema: dict[str, Any]) -> set[str]:
    """The definitions that a schema needs: of what no file holds there are none."""
    found: set[str] = set()
    left: list[Any] = [{k: v for k, v in schema.items() if k != "$defs"}]
    while left:
        each = left.pop()
        if isinstance(each, dict):
            name = str(each.get("$ref", "")).rpartition("/")[2]
            if name and name not in found:
                found.add(name)
                left.append(schema["$defs"][name])
            left += each.values()
        elif isinstance(each, list):
            left += each
    return found


def _field_names(part: type[msgspec.Struct]) -> dict[str, str]:
    """What is written of a class -> the field it is, where they differ."""
    fields = msgspec.structs.fields(part)
    return {each.encode_name: each.name for each in fields}


def _explain(
    definition: dict[str, Any],
    explained: Docstring,
    names: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Give the schema of a class the words of its docstring.

    Args:
        definition: the schema.
        explained: the docstring.
        names: key -> the field it is, where that has another name.
    """
    definition["description"] = explained.summary
    definition["additionalProperties"] = False
    for key, prop in definition["properties"].items():
        field = names.get(key, key)
        if said := explained.attributes.get(field) or _WORDS.get(field):
            prop["description"] = said


def schema_text(schema: dict[str, Any], what: str) -> str:
    """A schema as indented text, named after what the file is."""
    top = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"dqmconsole {what}",
    }
    text = msgspec.json.encode(top | schema)
    return msgspec.json.format(text, indent=2).decode() + "\n"


class Docstring(NamedTuple):
    """What the docstring of a class says.

    Attributes:
        summary: its first sentence.
        text: its paragraphs between that and the first section.
        attributes: the words on each attribute.
    """

    summary: str
    text: tuple[str, ...]
    attributes: dict[str, str]


def docstring(cls: type) -> Docstring:
    """The docstring of a class (Google style), taken apart."""
    whole = _ROLE.sub(r"\1", inspect.getdoc(cls) or "").replace("`", "")
    summary, _, rest = whole.partition("\n\n")
    words: dict[str, str] = {}
    current: tuple[str, ...] = ()
    paragraphs = [""]
    in_section = False
    for line in rest.splitlines():
        text = line.strip()
        in_section |= _SECTION.match(line) is not None
        if not in_section:
            paragraphs[-1] = f"{paragraphs[-1]} {text}".strip()
            if not text:
                paragraphs.append("")
        if _SECTION.match(line) or not text:
            current = ()
        elif (found := _ENTRY.match(text)) and line.startswith("    " + found[1]):
            current = tuple(found[1].split(", "))
            words |= dict.fromkeys(current, found[2])
        else:
            words |= {key: f"{words[key]} {text}" for key in current}
    said = tuple(filter(None, paragraphs))
    return Docstring(" ".join(summary.split()), said, words)


def check_docstring(check: type[Check]) -> Docstring:
    """The docstring of a check; what it says as of another is said in full."""
    said = docstring(check)
    words = dict(said.attributes)
    for key, value in words.items():
        if found := _AS_OF.match(value):
            others = check.__mro__[1:] if found[1] is None else (CHECKS.get(found[1]),)
            inherited = (docstring(each).attributes.get(key) for each in others if each)
            words[key] = next(filter(None, inherited), value)
    return said._replace(attributes=words)
