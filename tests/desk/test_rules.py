"""Every problem of a site names its rule, and ``--explain`` says what that is."""

from __future__ import annotations

import datetime
import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from support.instruction_texts import make_whole_site

from dqmconsole.app.commands.validate import validate_command
from dqmconsole.app.tables import rules, site_tables
from dqmconsole.desk.check import validate
from dqmconsole.site.rules.table import RULES

if TYPE_CHECKING:
    from pathlib import Path

TODAY = datetime.date(2026, 11, 25)

# the code, the file, a text in it, what stands there instead
BROKEN = [
    ("unknown-key", "Hcal", "owner: hcal-dqm", "ownr: hcal-dqm"),
    ("duplicate-key", "Hcal", "owner: hcal-dqm", "owner: a\nowner: b"),
    ("syntax-error", "Hcal", "layout: Hcal", "layout: [Hcal"),
    ("conflict-marker", "Hcal", "layout: Hcal", "    types = "{pp_run: collisions, cosmic_run: cosmics, hi_run: heavy-ions}"
    change = (f"run_types: {types}\n", "")
    site = make_whole_site(tmp_path, site=change)
    found = validate(site, (), TODAY, tables=site_tables())
    codes = [each.code for each in found]
    assert "references-without-run-type" not in codes
    assert codes.count("no-run-types") == 1  # they are named, and listed nowhere


def test_a_source_is_told_by_its_rules(tmp_path: Path) -> None:
    site = make_whole_site(tmp_path / "site")
    source = tmp_path / "run.root"
    source.write_text("none")
    (problem,) = validate(site, (source,), TODAY)
    assert (problem.code, problem.kind) == ("unreadable-source", "source")


def test_each_rule_is_explained_with_an_example() -> None:
    codes = [each.code for each in RULES]
    assert len(codes) == len(set(codes))
    assert len(rules()) == len(RULES) + 4  # of drawings, simulation and training
    for rule in rules().values():
        found = CliRunner().invoke(validate_command, ["--explain", rule.code])
        assert found.exit_code == 0
        assert found.stdout.startswith(f"{rule.code} ({rule.severity}): ")
        assert found.stdout.rstrip().endswith((".", ":", ")", '"', ",", "]", "…"))


def test_a_code_that_is_none_says_the_nearest() -> None:
    found = CliRunner().invoke(validate_command, ["--explain", "[unknown-kye]"])
    assert found.exit_code == 2
    assert (
        'no rule and no check is called unknown-kye; did you mean "unknown-key"?'
        in (found.stderr)
    )


def test_json_has_the_code(tmp_path: Path) -> None:
    site = make_whole_site(tmp_path, Hcal=("owner: hcal-dqm", "ownr: hcal-dqm"))
    found = CliRunner().invoke(validate_command, ["--site", str(site), "--json"])
    assert found.exit_code == 1
    problem = next(map(json.loads, found.stdout.splitlines()))
    assert problem["code"] == "unknown-key"
    assert (problem["line"], problem["column"]) == (2, 1)
