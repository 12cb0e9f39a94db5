"""JSON Schemas of the site's YAML files, for editors that complete and check."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

import msgspec

from dqmconsole.model import layout as parts
from dqmconsole.site.layouts import MAX_COLUMNS, MAX_ROWS

if TYPE_CHECKING:
    from types import ModuleType

_SECTION = re.compile(r"^[A-Z]\w+:$")
_ENTRY = re.compile(r"^([a-z_]+(?:, [a-z_]+)*): (.*)$")

# What the classes cannot say; site/layouts.py checks the same.
_LIMITS: dict[tuple[str, str], dict[str, Any]] = {
    ("Page", "columns"): {"minimum": 1, "maximum": MAX_COLUMNS},
    ("Page", "stale_after"): {"exclusiveMinimum": 0},
    ("Plot", "stale_after"): {"exclusiveMinimum": 0},
    ("Plot", "window"): {"pattern": "^[1-9][0-9]{0,5} LS$"},
    ("Defaults", "stale_after"): {"exclusiveMinimum": 0},
    ("Needs", "events"): {"minimum": 0},
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
    "stale_after": "seconds after which the data are stale; measured if left out.",
    "instruction": "id of the instruction.",
}


def layout_schema() -> str:
    """Return the JSON Schema (draft 2020-12) of a layout file, as indented text.

    Generated from :mod:`dqmconsole.model.layout`; the words beside the keys are
    those of its docstrings.
    """
    schema = described(parts.Layout, parts)
    for name, definition in schema["$defs"].items():
        for key, prop in definition["properties"].items():
            prop.update(_LIMITS.get((name, key), {}))
    plot = schema["$defs"]["Plot"]["properties"]
    plot["span"]["prefixItems"] = [
        {"type": "integer", "minimum": 1, "maximum": most}
        for most in (MAX_COLUMNS, MAX_ROWS)
    ]
    for form in plot["checks"]["anyOf"]:
        if form.get("type") == "array":
            form["items"] |= {"minProperties": 1}
    return schema_text(schema, "layout")


def described(cls: type, home: ModuleType) -> dict[str, Any]:
    """The schema of a class, with the words of the docstrings of its module."""
    schema = msgspec.json.schema(cls)
    for name, definition in schema["$defs"].items():
        part = getattr(home, name)
        summary, words = _docstring(part)
        definition["description"] = summary
        definition["additionalProperties"] = False
        for key in getattr(part, "UNWRITTEN", ()):
            del definition["properties"][key]
        for key, prop in definition["properties"].items():
            if said := words.get(key) or _WORDS.get(key):
                prop["description"] = said
    return schema


def schema_text(schema: dict[str, Any], what: str) -> str:
    """A schema as indented text, named after what the file is."""
    top = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"dqmconsole {what}",
    }
    text = msgspec.json.encode(top | schema)
    return msgspec.json.format(text, indent=2).decode() + "\n"


def _docstring(cls: type) -> tuple[str, dict[str, str]]:
    """The summary of a class and the words on each attribute (Google style)."""
    summary, _, rest = (inspect.getdoc(cls) or "").partition("\n\n")
    words: dict[str, str] = {}
    current: tuple[str, ...] = ()
    for line in rest.splitlines():
        text = line.strip()
        if _SECTION.match(line) or not text:
            current = ()
        elif (found := _ENTRY.match(text)) and line.startswith("    " + found[1]):
            current = tuple(found[1].split(", "))
            words |= dict.fromkeys(current, found[2])
        else:
            words |= {key: f"{words[key]} {text}" for key in current}
    return " ".join(summary.split()), words
