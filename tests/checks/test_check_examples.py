"""Each check does what its examples say."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support.batches import batch_of

from dqmconsole.checks.table import CHECKS
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
    (result,) = example.check.judge(batch_of(example))

    assert result.status is example.status, result.sentence
    assert result.sentence


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_a_check_has_examples_of_what_it_finds(check: type[Check]) -> None:
    found = {example.status for example in check.examples()}

    assert {Status.GOOD, Status.BAD} <= found
    assert found & {Status.LOW_STATISTICS, Status.NO_REFERENCE, Status.NOT_CHECKED}


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_limits_as_they_are_left_out_can_be_meant(check: type[Check]) -> None:
    assert all(not list(example.check.wrong()) for example in check.examples())


@pytest.mark.slow
def test_only_fits_import_more_than_is_imported_beforehand() -> None:
    words = """
import sys
from dqmconsole.checks.table import BUNDLED, import_functions
from support.batches import batch_of

import_functions()
for name, check in BUNDLED.items():
    before = set(sys.modules)
    for example in check.examples():
        example.check.judge(batch_of(example))
    if any(each.startswith("scipy.") for each in sys.modules.keys() - before):
        print(name)
"""
    command = [sys.executable, "-c", words]
    path = {"PYTHONPATH": ":".join(sys.path)}
    told = subprocess.run(command, env=path, capture_output=True, check=True)
    assert told.stdout.decode().split() == ["fit"]
