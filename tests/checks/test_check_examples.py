"""Each check does what its examples say."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support.batches import batch_of

from dqmconsole.checks.answers import results_of
from dqmconsole.checks.table import BUNDLED, CHECKS, import_fits
from dqmconsole.model.verdict import Status

if TYPE_CHECKING:
    from dqmconsole.checks.check import Check, Example

ALL = [
    pytest.param(example, id=f"{name}: {example.words}")
    for name, check in CHECKS.items()
    for example in check.examples()
]


@pytest.mark.parametrize("example", ALL)
def test_an_example_is_judged_as_it_says(example: Example) -> None:
    (result,) = results_of(example.check, batch_of(example))

    assert result.status is example.status, result.sentence
    assert result.sentence
    assert result.family == example.wrong


@pytest.mark.parametrize(
    ("family", "names"),
    [
        ("missing", "not_empty bins_below must_grow flags dead_channels holes"),
        ("excess", "bins_above must_not_grow noisy_channels hot_clusters"),
        ("stale", "frozen"),
        ("rate", "entries rate"),
    ],
)
def test_what_is_no_shift_is_of_another_family(family: str, names: str) -> None:
    found = [name for name, check in BUNDLED.items() if family == check.FAMILY]
    assert sorted(found) == sorted(names.split())


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_a_check_has_examples_of_what_it_finds(check: type[Check]) -> None:
    found = {example.status for example in check.examples()}

    assert {Status.GOOD, Status.BAD} <= found
    assert found & {Status.LOW_STATISTICS, Status.NO_REFERENCE, Status.NOT_CHECKED}


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_limits_as_they_are_left_out_can_be_meant(check: type[Check]) -> None:
    assert all(not list(example.check.wrong()) for example in check.examples())


@pytest.mark.slow
def test_no_check_imports_more_than_is_imported_beforehand() -> None:
    words = """
import sys
import msgspec
from dqmconsole.checks.table import BUNDLED, import_fits, import_functions
from support.batches import batch_of

import_functions()
for name, check in BUNDLED.items():
    import_fits(
        {name: msgspec.to_builtins(each.check)} for each in check.examples()
    )
    before = set(sys.modules)
    for example in check.examples():
        example.check.judge(batch_of(example))
    if any(each.startswith("scipy.") for each in sys.modules.keys() - before):
        print(name)
"""
    command = [sys.executable, "-c", words]
    path = {"PYTHONPATH": ":".join(sys.path)}
    told = subprocess.run(command, env=path, capture_output=True, check=True)
    assert not told.stdout.decode().split()


@pytest.mark.parametrize(
    ("item", "more"),
    [
        ({"entries": {"bad_below": 1}}, []),
        ({"fit": None}, ["scipy.optimize"]),
        ({"turn_on": {}, "window": 3}, ["scipy.optimize"]),
        ({"fit": {"function": "landau"}}, ["scipy.optimize", "scipy.stats"]),
        ({"fit": 7}, ["scipy.optimize"]),
    ],
)
def test_what_fits_need_is_imported_where_a_layout_has_one(
    item: dict[str, object], more: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    imported: list[str] = []
    monkeypatch.setattr("dqmconsole.checks.table.import_module", imported.append)
    import_fits([item])
    assert imported == more
