"""What stands when a feature of the program was left out."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from dqmconsole.app import cli, features, tables
from dqmconsole.app.commands import validate
from dqmconsole.app.drawing_names import DRAWING_RULES
from dqmconsole.site.kinds import CORE, SiteTables
from dqmconsole.site.rules.table import RULES
from dqmconsole.site.schema import FILES


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        features,
        "FEATURES",
        dict.fromkeys(("simulation", "training"), ("dqmconsole.gone",))
        | {features.CORE: ()},
    )


@pytest.mark.usefixtures("bare")
def test_the_core_stands_alone() -> None:
    assert tables.site_tables() == SiteTables(CORE.kinds, DRAWING_RULES)
    assert set(tables.rules()) == {*(each.code for each in RULES), "unknown-drawing"}
    assert set(tables.schemas()) == {"layout", *FILES}


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize(
    ("words", "feature"),
    [
        (["demo", "--fault", "hv-trip@3"], "simulation"),
        (["training", "report"], "training"),
        (["tutorial", "--help"], "training"),
        (["study"], "simulation"),
    ],
)
def test_a_command_that_is_not_there_says_so(words: list[str], feature: str) -> None:
    found = CliRunner().invoke(cli.run, words)
    assert (found.exit_code, found.stdout) == (2, "")
    said = f"dqmconsole {words[0]}: this installation has no {feature}\n"
    assert found.stderr == said


@pytest.mark.usefixtures("bare")
def test_of_what_is_not_there_no_schema_is_printed() -> None:
    found = CliRunner().invoke(validate.validate_command, ["--schema", "exam"])
    assert found.exit_code == 2
    assert "'exam' is not one of layout, " in found.stderr
    found = CliRunner().invoke(validate.validate_command, ["--schema"])
    assert json.loads(found.stdout)["title"] == "dqmconsole layout"


def test_this_installation_is_whole() -> None:
    assert all(features.is_installed(each) for each in features.FEATURES)
    assert [each.name for each in tables.site_tables().kinds] == ["lesson"]
