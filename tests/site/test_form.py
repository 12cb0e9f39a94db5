"""The editor's form follows the model: each field with its kind, help, unit, limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dqmconsole.checks.table import CHECKS
from dqmconsole.model.edit import Target
from dqmconsole.model.form import FormField, InForce
from dqmconsole.model.layout import Defaults, Layout, Page, Plot
from dqmconsole.site.form import form, in_force
from dqmconsole.site.layout_text import in_pieces

if TYPE_CHECKING:
    import msgspec

    from dqmconsole.model.form import Part

TEXT = """\
layout: Calo
defaults: {reference: {normalize: area}, draw: {z: {scale: log}}, stale_after: 60}
needs: {events: 200}
pages:
  - page: One
    alarm: dump
    plots:
      - path: A/b
        draw: {style: map}
        stale_after: 5
        checks: &cells [{dead_channels: {bad_above: 0.2}}]
      - path: A/c
        checks: *cells
"""


def named(fields: tuple[FormField, ...]) -> dict[tuple[str, ...], FormField]:
    found = {}
    for each in fields:
        found[each.key] = each
        if each.kind == "group":
            found |= named(each.fields)
    return found


@pytest.mark.parametrize(
    ("part", "cls", "without"),
    [
        ("plot", Plot, set()),
        ("page", Page, {"plots"}),
        ("layout", Layout, {"pages", "defaults"}),
        ("defaults", Defaults, set()),
    ],
)
def test_every_field_of_the_model_is_asked_for(
    part: Part, cls: type[msgspec.Struct], without: set[str]
) -> None:
    fields = form(part)
    assert [each.key[0] for each in fields] == [
        each for each in cls.__struct_fields__ if each not in without
    ]
    for field in named(fields).values():
        assert field.help, field.key
        assert field.kind != "any" or field.key[-1] == "input"


def test_a_field_has_its_kind_limits_unit_and_where_it_inherits_from() -> None:
    fields = named(form("plot"))
    stale = fields["stale_after",]
    assert (stale.kind, stale.unit, stale.above) == ("number", "s", 0)
    assert stale.inherits == ("page", "defaults")
    assert fields["needs",].inherits == ("page", "layout")
    assert fields["description",].inherits == ()
    assert fields["path",].required
    assert fields["draw", "z", "scale"].choices == ("lin", "log")
    assert fields["draw", "z", "scale"].default == "lin"
    assert [each.most for each in fields["span",].fields] == [6, 6]
    assert fields["quality_persist",].most == 1000
    assert fields["alarm",].default == "none"


def test_checks_have_their_limits_with_help_and_default() -> None:
    checks = named(form("plot"))["checks",]
    assert (checks.kind, checks.choices) == ("checks", ("defaults",))
    assert checks.item is not None
    by_name = {each.key[0]: each for each in checks.item.fields}
    assert set(CHECKS) < set(by_name)
    assert by_name["persist"].unit == "updates"
    dead = {each.key[-1]: each for each in by_name["dead_channels"].fields}
    assert dead["bad_above"].kind == "number"
    assert dead["bad_above"].default == 0.01
    assert dead["bad_above"].by_condition
    assert dead["bad_above"].empty
    assert dead["ring"].choices == ("none", "x", "y")
    assert "share of the cells" in dead["warn_above"].help


def test_what_holds_is_said_with_where_it_is_written() -> None:
    found = {each.key: each for each in in_force(in_pieces(TEXT), Target(0, 0))}
    assert found["stale_after",] == InForce(("stale_after",), 5, "plot")
    assert found["alarm",] == InForce(("alarm",), "dump", "page")
    assert found["needs", "events"] == InForce(("needs", "events"), 200, "layout")
    assert found["draw", "style"] == InForce(("draw", "style"), "map", "plot")
    assert found["draw", "z", "scale"].of == "defaults"
    assert found["draw", "x", "scale"] == InForce(("draw", "x", "scale"), "lin", None)
    assert found["reference", "normalize"].value == "area"
    assert found["reference", "mode"] == InForce(("reference", "mode"), "overlay", None)
    other = {each.key: each for each in in_force(in_pieces(TEXT), Target(0, 1))}
    assert found["checks",].anchor == other["checks",].anchor == "cells"
    assert other["checks",].value == [{"dead_channels": {"bad_above": 0.2}}]
