"""``dqmconsole import-layouts`` and ``export-layouts``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from dqmconsole.app.cli import run

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


def command(*arguments: object) -> Result:
    return CliRunner().invoke(run, [str(each) for each in arguments])


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    file = tmp_path / "tpc.json"
    objects = [{"name": f"qc/TPC/{each}", "x": each, "y": 0} for each in range(2)]
    tabs = [{"name": "main", "columns": 2, "objects": objects}]
    file.write_text(json.dumps({"name": "TPC", "tabs": tabs}))
    return file


def test_in_and_out_again(layout: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    done = command("import-layouts", layout, "--from", "qcg", "--out", site)
    assert done.exit_code == 0, done.output
    assert done.output.splitlines() == [
        "1 file: 1 layout with 2 plots",
        "layouts/TPC.yaml: TPC, 1 page, 2 plots (new)",
    ]
    out = tmp_path / "out.json"
    done = command("export-layouts", "TPC", "--site", site, "--to", "qcg", "-o", out)
    assert done.exit_code == 0, done.output
    (tab,) = json.loads(out.read_text())["tabs"]
    assert [(each["name"], each["x"]) for each in tab["objects"]] == [
        ("qc/TPC/0", 0),
        ("qc/TPC/1", 1),
    ]
    done = command("export-layouts", "TPCC", "--site", site, "--to", "qcg")
    assert done.exit_code == 2
    assert 'there is no layout "TPCC"; did you mean "TPC"?' in done.output


def test_layouts_that_are_broken_are_said(layout: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    command("import-layouts", layout, "--from", "qcg", "--out", site)
    text = (site / "layouts/TPC.yaml").read_text()
    (site / "layouts/10-its.yaml").write_text(
        text.replace("layout: TPC", "layout: ITS") + "  - [\n"
    )
    (site / "layouts/references.yaml").write_text("- run: none\n")
    error = "layouts/10-its.yaml:11:1: syntax error"

    done = command("export-layouts", "--site", site)
    assert done.exit_code == 1
    assert json.loads(done.stdout)["name"] == "TPC"
    assert done.stderr.startswith(error)
    assert "references.yaml" not in done.stderr
    done = command("export-layouts", "--site", site, "ITS")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith(error)
    assert 'there is no layout "ITS"' in done.stderr
    done = command("export-layouts", "--site", site, "TPC")
    assert done.exit_code == 0
    assert "10-its" not in done.stderr
    (site / "layouts/10-its.yaml").unlink()
    done = command("export-layouts", "--site", site, "ITT")
    assert done.exit_code == 2
    assert 'there is no layout "ITT"' in done.stderr


def test_the_report_as_json(layout: Path) -> None:
    done = command("import-layouts", layout, "--from", "qcg", "--json")
    assert done.exit_code == 0
    found = json.loads(done.output)
    assert {key: found[key] for key in ("files", "layouts", "cells", "failed")} == {
        "files": 1,
        "layouts": 1,
        "cells": 2,
        "failed": 0,
    }
    assert found["details"] == []


def test_nothing_to_bring_in(tmp_path: Path) -> None:
    done = command("import-layouts", tmp_path, "--from", "cms")
    assert (done.exit_code, done.output) == (
        2,
        "dqmconsole import-layouts: there is no file *.py there\n",
    )
    broken = tmp_path / "h.json"
    broken.write_text("{")
    done = command("import-layouts", broken, "--from", "jsroot")
    assert done.exit_code == 2
    assert "nothing of it is read" in done.output


def test_a_site_that_cannot_be_written(layout: Path, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "layouts").write_text("in the way")
    done = command(
        "import-layouts", layout, "--from", "qcg", "--out", tmp_path / "site"
    )
    assert done.exit_code == 2
    assert "layouts: " in done.output
