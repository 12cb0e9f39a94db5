"""The rooms and their borders: the contracts hold, and they bite."""

from __future__ import annotations

import graphlib
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "dqmconsole"

# What is planted where, and the contract that must be broken by it.
PLANTED = {
    "api.py": "import dqmconsole.ui.plot.tile",
    "rootio/planted.py": "import dqmconsole.site",
    "recording/planted.py": "import dqmconsole.sources",
    "recording/planted_too.py": "import sqlalchemy",
    "ui/planted.py": "import dqmconsole.site",
    "ui/start/planted.py": "import dqmconsole.ui.live.page",
    "training/planted.py": "import dqmconsole.sources.folder",
    "engine/planted.py": "import PySide6",
    "desk/planted.py": "import uproot",
    "sources/planted.py": "import yaml",
    "app/planted.py": "import sqlalchemy",
    "app/planted_too.py": "import dulwich",
    "logbook/planted.py": "import httpx",
    "logbook/planted_too.py": "import jinja2",
    "model/planted.py": "import click",
    "shift/planted.py": "import markdown_it",
    "simulation/state/planted.py": "import dqmconsole.rootio",
    "simulation/planted.py": "import dqmconsole.site",
    "simulation/planted_too.py": "import dqmconsole.training",
    "desk/planted_too.py": "import dqmconsole.training.files.kind",
    "shift/planted_too.py": "import dqmconsole.training",
    "site/planted.py": "import dqmconsole.simulation",
    "desk/planted_three.py": "import dqmconsole.simulation",
    "engine/planted_three.py": "import dqmconsole.simulation",
}


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).parent / "lint-imports"
    return subprocess.run(
        [program, "--no-cache"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_each_contract_catches_what_is_planted(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / "dqmconsole")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for name, line in PLANTED.items():
        (tmp_path / "dqmconsole" / name).write_text(f"{line}\n")
    done = lint_imports(tmp_path)
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = settings["tool"]["importlinter"]["contracts"]
    assert done.returncode == 1, done.stdout + done.stderr
    # older versions colour it always; all wrap long names
    said = " ".join(click.unstyle(done.stdout).split())
    for contract in contracts:
        assert f"{contract['name']} BROKEN" in said, contract["name"]
    for name in PLANTED:
        module = name.removesuffix(".py").replace("/", ".")
        assert f"dqmconsole.{module} " in said, f"nothing is said of {name}"


TRAINER = "The core knows neither trainer nor simulator"
HOMES = {
    "Qt and pyqtgraph live in ui and app": {"ui", "app"},
    "uproot lives in rootio": {"rootio"},
    "YAML lives in site": {"site"},
    "SQLAlchemy lives in logbook": {"logbook"},
    "HTTP lives in shift": {"shift"},
    "Templates live in shift": {"shift"},
    "Git is read and tagged in one place": {"desk"},
    "Markdown is parsed in one place, and its tokens read in site": {
        "site", "markdown",
    },
}  # fmt: skip


def rooms() -> set[str]:
    """The rooms of the package: its folders, and those of one file."""
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    return folders | {path.stem for path in PACKAGE.glob("[!_]*.py")}


def test_no_room_slips_from_the_contract_of_the_core() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = settings["tool"]["importlinter"]["contracts"]
    (contract,) = (each for each in contracts if each["name"] == TRAINER)
    guarded = {each.split(".")[1] for each in contract["source_modules"]}
    assert guarded == rooms() - {"api", "app", "simulation", "training"}


def test_no_part_of_the_window_slips_from_the_trainer_s_contract() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = settings["tool"]["importlinter"]["contracts"]
    (contract,) = (each for each in contracts if each["name"] == TRAINER)
    parts = {path.stem for path in (PACKAGE / "ui").iterdir()
             if path.name[0] != "_" and path.suffix in ("", ".py")}  # fmt: skip
    guarded = {each.rpartition("dqmconsole.ui.")[2] for each in
               contract["source_modules"] if ".ui." in each}  # fmt: skip
    assert guarded == parts - {"training"}


@pytest.mark.parametrize("name", sorted(HOMES))
def test_a_foreign_library_is_forbidden_in_every_other_room(name: str) -> None:
    """A room that is added later must not slip through a list written by hand."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = settings["tool"]["importlinter"]["contracts"]
    (contract,) = (each for each in contracts if each["name"] == name)
    guarded = {each.removeprefix("dqmconsole.") for each in contract["source_modules"]}
    assert guarded == rooms() - HOMES[name]


def test_no_modules_import_each_other_in_a_ring() -> None:
    """What a ring holds can only be read, built and tested as one.

    Imports inside functions count, and those for the type checker alone.
    """
    import grimp

    graph = grimp.build_graph("dqmconsole", exclude_type_checking_imports=False)
    order = graphlib.TopologicalSorter(
        {
            module: graph.find_modules_directly_imported_by(module)
            for module in graph.modules
        }
    )
    order.prepare()  # raises CycleError, which names the ring


def test_no_contract_is_softened() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for contract in settings["tool"]["importlinter"]["contracts"]:
        assert "ignore_imports" not in contract
    assert "overrides" not in settings["tool"]["mypy"]


BELOW_UI = (
    *("model", "link", "rootio", "simulation", "site"),
    *("recording", "sources", "logbook", "engine"),
)
HEAVY = ("PySide6", "pyqtgraph")


def imported(modules: list[str]) -> set[str]:
    """The top-level modules that importing `modules` in a fresh process loads."""
    code = "import importlib, sys\n"
    code += f"for name in {modules!r}: importlib.import_module(name)\n"
    code += "sys.stdout.write(' '.join({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return set(done.stdout.split())


def modules_of(*rooms: str) -> list[str]:
    return [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for room in rooms
        for path in sorted((PACKAGE / room).rglob("*.py"))
        if path.stem not in {"__init__", "__main__"}
    ]


@pytest.mark.slow
def test_nothing_below_ui_imports_qt() -> None:
    modules = modules_of(*BELOW_UI, "shift", "training", "desk")
    assert len(modules) > 40
    assert imported(modules).isdisjoint(HEAVY)


def test_the_settings_of_a_site_are_read_without_numpy() -> None:
    assert "numpy" not in imported(["dqmconsole.site.settings"])


@pytest.mark.slow
def test_the_console_starts_without_formats_and_statistics() -> None:
    training = [each for each in modules_of("training") if ".files." not in each]
    console = (
        "dqmconsole.ui.window",
        "dqmconsole.app.console",
        "dqmconsole.app.training",
    )
    loaded = imported([*modules_of("shift"), *training, *console])
    assert "PySide6" in loaded
    assert loaded.isdisjoint({"uproot", "awkward", "scipy", "yaml", "sqlalchemy"})


@pytest.mark.slow
def test_the_engine_starts_without_uproot_and_scipy() -> None:
    loaded = imported(["dqmconsole.engine.loop", "dqmconsole.app.engine"])
    assert loaded.isdisjoint({"uproot", "awkward", "scipy", "PySide6"})


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("__init__.py")), ids=str)
def test_packages_re_export_nothing(path: Path) -> None:
    lines = [line for line in path.read_text().splitlines() if line.strip()]
    assert not [line for line in lines if line.startswith(("import ", "from dqm"))]
