from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml
from support.lesson_texts import EXAM, RECTANGLE
from support.site_texts import LAYOUT

from dqmconsole.checks.table import CHECKS
from dqmconsole.site.layouts import read_layout
from dqmconsole.site.schema import layout_schema
from dqmconsole.training.files.kind import exam_schema, lesson_schema

SCHEMA = json.loads(layout_schema())

KINDS: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}


def errors(
    value: Any,  # noqa: ANN401 - JSON
    schema: dict[str, Any],
    at: str = "",
    defs: dict[str, Any] = SCHEMA["$defs"],
) -> list[str]:
    """The part of JSON Schema that layout_schema uses."""
    known = {
        *("$ref", "$defs", "$schema", "title", "description", "default", "type"),
        *("properties", "required", "additionalProperties", "items", "prefixItems"),
        *(
            "enum",
            "anyOf",
            "oneOf",
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "pattern",
        ),
        *("minItems", "maxItems", "minProperties", "maxProperties"),
    }
    assert set(schema) <= known, set(schema) - known
    found = []
    if "$ref" in schema:
        found += errors(value, defs[schema["$ref"].split("/")[-1]], at, defs)
    if "anyOf" in schema and all(
        errors(value, each, at, defs) for each in schema["anyOf"]
    ):
        found.append(f"{at}: none of anyOf")
    if "oneOf" in schema:
        fit = [each for each in schema["oneOf"] if not errors(value, each, at, defs)]
        found += [f"{at}: not one of oneOf"] * (len(fit) != 1)
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{at}: not in enum")
    kind = schema.get("type")
    if kind is not None and (
        not isinstance(value, KINDS[kind])
        or (isinstance(value, bool) and kind != "boolean")
    ):
        return [*found, f"{at}: not {kind}"]
    if isinstance(value, int | float):
        found += [f"{at}: low"] * (value < schema.get("minimum", value))
        found += [f"{at}: low"] * (value <= schema.get("exclusiveMinimum", value - 1))
        found += [f"{at}: high"] * (value > schema.get("maximum", value))
    if isinstance(value, str) and "pattern" in schema:
        found += [f"{at}: pattern"] * (re.search(schema["pattern"], value) is None)
    if isinstance(value, list):
        prefix = schema.get("prefixItems", [])
        found += [f"{at}: long"] * (len(value) > schema.get("maxItems", len(value)))
        found += [f"{at}: short"] * (len(value) < schema.get("minItems", 0))
        for index, item in enumerate(value):
            part = prefix[index] if index < len(prefix) else schema.get("items", {})
            found += errors(item, part or {}, f"{at}/{index}", defs)
    if isinstance(value, dict):
        found += [
            f"{at}: lacks {k}" for k in schema.get("required", ()) if k not in value
        ]
        found += [f"{at}: few"] * (len(value) < schema.get("minProperties", 0))
        found += [f"{at}: many"] * (
            len(value) > schema.get("maxProperties", len(value))
        )
        for key, item in value.items():
            if key in schema.get("properties", {}):
                found += errors(item, schema["properties"][key], f"{at}/{key}", defs)
            elif schema.get("additionalProperties") is False:
                found.append(f"{at}: unknown {key}")
            elif isinstance(schema.get("additionalProperties"), dict):
                more = schema["additionalProperties"]
                found += errors(item, more, f"{at}/{key}", defs)
    return found


def tree(text: str) -> Any:  # noqa: ANN401 - JSON
    # editors read YAML 1.2, where `on` and `yes` are words
    text = text.replace("magnet: on", 'magnet: "on"').replace("title: 2024", "title: x")
    return yaml.safe_load(text.replace("stale_after: 1e3", "stale_after: 1000.0"))


def test_the_schema_takes_the_healthy_layout() -> None:
    assert errors(tree(LAYOUT), SCHEMA) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("owner:", "ownr:"),
        ("columns: 3", "columns: 7"),
        ("span: [2, 1]", "span: [0, 1]"),
        ("span: [2, 1]", "span: [1]"),
        ("window: 60 LS", "window: 60LS"),
        ("style: map", "style: mapp"),
        ("stale_after: 1e3", "stale_after: 0"),
        ("events: 100", "events: -1"),
        ("events: 100", "settle: 1001"),
        ("layout: Hcal", "description2: Hcal"),
        ("[{dead_channels:", "[{a: {}, dead_channels:"),
        ("title: 2024", "alarm: nwo"),
        ("title: 2024", "consequence: ' '"),
        ("title: 2024", "axes: {z: wheel}"),
        ("title: 2024", "feeds: [{to: []}]"),
        ("title: 2024", "feeds: [{to: [Ecal], families: [mising]}]"),
        ("title: 2024", "flag: 3"),
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(old: str, new: str) -> None:
    assert errors(tree(LAYOUT.replace(old, new, 1)), SCHEMA)


def test_the_schema_takes_what_is_said_of_alarms() -> None:
    said = (
        "alarm: now\n        consequence: Jets are lost.\n        flag: true\n"
        '        feeds: [{to: [Ecal, "L1T/*"], families: [missing, rate]}]\n'
        "        axes: {y: wheel}"
    )
    assert errors(tree(LAYOUT.replace("title: 2024", said)), SCHEMA) == []


def test_every_key_and_class_is_explained() -> None:
    for name, definition in SCHEMA["$defs"].items():
        assert definition["description"], name
        for key, prop in definition["properties"].items():
            assert prop.get("description"), (name, key)


def test_the_words_of_a_key_are_those_of_its_class() -> None:
    plot = SCHEMA["$defs"]["Plot"]["properties"]
    assert plot["span"]["description"] == "columns and rows it takes."
    assert plot["description"]["description"].startswith("one sentence: what it shows")
    axis = SCHEMA["$defs"]["AxisDraw"]["properties"]
    assert axis["scale"]["description"] == '"lin" or "log".'


CHECKED = """\
layout: A
defaults: {checks: VALUE}
pages:
- {page: B, checks: VALUE, plots: [{path: A/x, checks: VALUE}]}
"""


@pytest.mark.parametrize(
    ("value", "right"),
    [
        ("defaults", True),
        ("[]", True),
        ("[{not_empty: {}}]", True),
        ("[{not_empty: }]", True),
        ("[{not_empty: {bad_below: 2, events: 10.5}}]", True),
        ("[{not_empty: {warn_below: 2, bad_below: null}}]", True),
        ("[{dead_channels: {warn_above: 0.1, bad_above: 0.2}}, {not_empty: {}}]", True),
        ("[{dead_channels: {ring: y}, run_types: [cosmics], against: A/y}]", True),
        ("[{not_empty: {}, updates: [1, 5], persist: 3}]", True),
        ("[{not_empty: {}, updates: []}]", True),
        ("[{not_empty: {}, input: {ratio: [A/y, A/z]}}]", True),
        ("[{not_empty: {}, input: {rato: [A/y, A/z]}}]", False),
        ("default", False),
        ("5", False),
        ("null", False),
        ("{not_empty: {}}", False),
        ("[not_empty]", False),
        ("[{}]", False),
        ("[{run_types: [cosmics]}]", False),
        ("[{not_emty: {}}]", False),
        ("[{not_empty: {}, dead_channels: {}}]", False),
        ("[{not_empty: {}, run_type: [cosmics]}]", False),
        ("[{not_empty: 5}]", False),
        ("[{not_empty: {bad_belo: 5}}]", False),
        ("[{not_empty: {bad_below: five}}]", False),
        ("[{not_empty: {bad_below: true}}]", False),
        ("[{not_empty: {bad_below: {pileup: {20: 5, 60: 9}}}}]", True),
        ("[{not_empty: {bad_below: {my_rate: {20: 5, 60: 9}}}}]", True),
        ("[{not_empty: {bad_below: {pileup: {20: 5}}}}]", False),
        ("[{not_empty: {bad_below: {pileup: {20: five, 60: 9}}}}]", False),
        ("[{not_empty: {events: {pileup: {20: 5, 60: 9}}}}]", False),
        ("[{dead_channels: {ring: z}}]", False),
        ("[{dead_channels: {reach: 1.5}}]", False),
        ("[{not_empty: {}, updates: [0]}]", False),
        ("[{not_empty: {}, persist: 0}]", False),
        ("[{not_empty: {}, run_types: [cosmic]}]", False),
    ],
)
def test_schema_and_reader_agree_on_checks(value: str, *, right: bool) -> None:
    text = CHECKED.replace("VALUE", value)
    assert (errors(yaml.safe_load(text), SCHEMA) == []) is right
    assert (read_layout(text.encode(), "A.yaml").problems == ()) is right


def test_an_editor_completes_every_limit_with_its_words() -> None:
    item = SCHEMA["$defs"]["CheckItem"]["properties"]
    for name, check in CHECKS.items():
        reference = item[name]["anyOf"][0]["$ref"]
        limits = SCHEMA["$defs"][reference.rpartition("/")[2]]["properties"]
        assert set(limits) == set(check.__struct_fields__)
        assert item[name]["description"]
    dead = SCHEMA["$defs"]["DeadChannels"]["properties"]
    assert dead["warn_above"]["default"] == 0.002
    assert dead["warn_above"]["description"].startswith("share of the cells")


LESSON = json.loads(lesson_schema())
EXAM_OF = json.loads(exam_schema())


def lesson_errors(text: str) -> list[str]:
    read = yaml.safe_load(text.replace("2026-11-20", '"2026-11-20"'))
    return errors(read, LESSON, defs=LESSON["$defs"])


def exam_errors(text: str) -> list[str]:
    return errors(yaml.safe_load(text), EXAM_OF, defs=EXAM_OF["$defs"])


def test_lessons_and_the_exam_have_their_schemas() -> None:
    assert lesson_errors(RECTANGLE) == []
    assert exam_errors(EXAM) == []
    for old, new in (
        ("number: 2", "id: a\nnumber: 2"),
        ("teaches:", "teachs:"),
        ("verdict: bad", "verdict: wrong"),
        ("mode: ratio", "mode: ration"),
        ("step: 1}", "step: one}"),
        ("title: Call,", "title: Call, text: a,"),
    ):
        assert lesson_errors(RECTANGLE.replace(old, new, 1)), new
    assert exam_errors(EXAM.replace("seconds:", "second:"))
    goal = LESSON["$defs"]["Goal"]["properties"]
    assert goal["page"]["description"] == 'this "Layout/Page" is in view.'
