from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from support.lesson_texts import EXAM, RECTANGLE
from support.site_texts import LAYOUT

from dqmconsole.checks.table import CHECKS
from dqmconsole.site.layouts import read_layout
from dqmconsole.site.schema import FILES, file_schema, layout_schema
from dqmconsole.training.files.kind import exam_schema, lesson_schema

SCHEMA = json.loads(layout_schema())

HOME = Path(__file__).parents[2]


def errors(value: object, schema: dict[str, Any] = SCHEMA) -> list[str]:
    """What is wrong with a value by a schema, in the words of a library."""
    found = Draft202012Validator(schema).iter_errors(value)
    return [f"{each.json_path}: {each.message}" for each in found]


def tree(text: str) -> Any:  # noqa: ANN401 - JSON
    # editors read YAML 1.2, where `on` and `yes` are words
    text = text.replace("magnet: on", 'magnet: "on"').replace("title: 2024", "title: x")
    found = yaml.safe_load(text.replace("stale_after: 1e3", "stale_after: 1000.0"))
    return json.loads(json.dumps(found, default=str))  # dates are words to them


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
        ("[defaults, {not_empty: {}}]", True),
        ("[default, {not_empty: {}}]", False),
        ("[{defaults: }]", False),
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
        ("[{not_empty: {}, run_types: [' ']}]", False),
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
    return errors(read, LESSON)


def exam_errors(text: str) -> list[str]:
    return errors(yaml.safe_load(text), EXAM_OF)


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
    assert exam_errors(EXAM.replace("minutes:", "minute:"))
    goal = LESSON["$defs"]["Goal"]["properties"]
    assert goal["page"]["description"] == 'this "Layout/Page" is in view.'


def site_errors(what: str, text: str) -> list[str]:
    return errors(tree(text), json.loads(file_schema(what)))


def front(path: Path) -> str:
    return path.read_text().split("---\n")[1]


FRONTS = sorted((HOME / "instructions").glob("*/*.md"))
BUNDLED = [
    ("site", HOME / "layouts" / "site.yaml"),
    ("references", HOME / "layouts" / "references.yaml"),
    ("known", HOME / "layouts" / "known.yaml"),
    ("contacts", HOME / "instructions" / "contacts.yaml"),
    ("checklists", HOME / "instructions" / "checklists.yaml"),
    ("glossary", HOME / "instructions" / "glossary.yaml"),
]


@pytest.mark.parametrize(("what", "path"), BUNDLED)
def test_the_schemas_take_the_files_of_the_bundled_site(what: str, path: Path) -> None:
    assert site_errors(what, path.read_text()) == []


def test_the_schema_of_an_instruction_takes_every_front_matter() -> None:
    schema = json.loads(file_schema("instruction"))
    texts = [each for each in FRONTS if each.parent.name not in ("notes", "lessons")]
    assert len(texts) > 50
    for path in texts:
        assert errors(tree(front(path)), schema) == [], path
    broken = front(texts[0]).replace("owner:", "ownr:", 1)
    assert errors(tree(broken), schema)
    broken = front(texts[0]).replace("  layout:", "  layuot:", 1)
    assert errors(tree(broken), schema)


NOTE = """\
id: notes/a
title: A note
author: ann
written: 2026-11-01
expires: 2026-12-01
owner: dqm
supersedes: hcal/occupancy
applies_to: {layout: Hcal, page: Digi occupancy}
"""


@pytest.mark.parametrize(
    ("what", "text", "right"),
    [
        ("note", NOTE, True),
        ("note", NOTE.replace("hcal/occupancy", "[a, b]"), True),
        ("note", NOTE.replace("expires", "expire"), False),
        ("note", NOTE + "text: words\n", False),
        ("site", "experiment: X\n", True),
        ("site", "experiment: X\nlumisection_length: long\n", False),
        ("site", "experimnt: X\n", False),
        ("site", "experiment: X\nrun_types: [physics, pedestal]\n", True),
        ("site", "experiment: X\nrun_types: {PHYS: physics}\n", True),
        ("site", "experiment: X\nrun_types: [[physics]]\n", False),
        ("site", "experiment: X\nheader: {fill: Store}\n", True),
        ("site", "experiment: X\nheader: [{show: a/b, label: A, unit: V}]\n", True),
        ("site", "experiment: X\nheader: [{label: A}]\n", False),
        ("known", "- {problem: p, paths: [a], owner: o, expires: 2027-01-01}", True),
        ("contacts", "roles: {a: {title: A, hours: Mon 08:00-17:00}}", True),
        ("contacts", "roles: {a: {titel: A}}", False),
        ("known", "- {problem: p, subsystem: H, paths: [a], owner: o}", False),
        ("references", "- {file: a.root, chosen_by: A, chosen_on: 2026-01-01}", False),
        ("checklists", "- {id: a, title: A, phase: noon, items: []}", False),
    ],
)
def test_what_the_schemas_refuse(what: str, text: str, *, right: bool) -> None:
    assert (site_errors(what, text) == []) is right


@pytest.mark.parametrize("what", FILES)
def test_every_key_of_every_file_is_explained(what: str) -> None:
    schema = json.loads(file_schema(what))
    Draft202012Validator.check_schema(schema)
    for name, definition in schema["$defs"].items():
        assert definition["description"], name
        for key, prop in definition["properties"].items():
            assert prop.get("description"), (name, key)


def test_a_source_is_a_word_or_a_mapping() -> None:
    schema = json.loads(file_schema("site"))
    pattern = {"folder": "/daq", "files": "run_{run}.root", "merge": "sum"}
    assert errors({"experiment": "X", "sources": ["/daq", pattern]}, schema) == []
    assert errors({"experiment": "X", "sources": [{"files": "x"}, 5]}, schema)
