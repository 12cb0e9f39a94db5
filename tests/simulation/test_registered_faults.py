"""Faults that packages add to the simulated detector."""

from __future__ import annotations

import logging
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING

import msgspec
import pytest

from dqmconsole.plugins import FAULTS, usable
from dqmconsole.simulation.simulation import Simulation
from dqmconsole.simulation.table import causes
from dqmconsole.simulation.table.cause import Cause
from dqmconsole.simulation.table.registered import Fault, guarded, load_fault

if TYPE_CHECKING:
    from dqmconsole.simulation.state.detector import DetectorState

ROW = Cause("dim", "fault", "light", "It is dim.", 2.0, "lux", targets=("Hcal",))


def dim(cause: Cause, state: DetectorState, strength: float) -> None:
    state.channels[cause.target].boost *= 1 - 0.1 * cause.size * strength


def broken(cause: Cause, state: DetectorState, strength: float) -> None:
    del cause, strength
    state.nothing  # type: ignore[attr-defined]  # noqa: B018


DIM = Fault(ROW, dim)
NUMBER = 3
OTHER = Fault(msgspec.structs.replace(ROW, name="other"), dim)
WHOLE = Fault(msgspec.structs.replace(ROW, name="whole", acts_on="run"), dim)
NOTHING = Fault(msgspec.structs.replace(ROW, name="nothing", size=0.0), dim)
HALF = Fault(ROW, None)  # type: ignore[arg-type]
TRIP = Fault(msgspec.structs.replace(ROW, name="hv-trip"), dim)


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("dark", "DARK", "it cannot be imported: AttributeError"),
        ("number", "NUMBER", "NUMBER is no Fault"),
        ("Dim", "DIM", "a name is words of lower-case letters"),
        (
            "another",
            "OTHER",
            "its cause is 'other'; it is registered as an",
        ),
        ("whole", "WHOLE", "its cause acts on the run"),
        ("nothing", "NOTHING", "its usual size is 0.0"),
        ("half", "HALF", "HALF has no Cause, or no function that acts"),
        ("hv-trip", "TRIP", "the program has a fault of that name"),
    ],
)
def test_what_the_table_cannot_hold_is_left_out(
    name: str, value: str, why: str
) -> None:
    points = [
        EntryPoint(each, f"{__name__}:{what}", FAULTS)
        for each, what in ((name, value), ("dim", "DIM"))
    ]
    found = usable(FAULTS, points, load_fault, ["hv-trip"])
    assert found.usable == {"dim": DIM}
    (left,) = found.left_out
    assert str(left).startswith(f"the fault {name} of ")
    assert why in left.why


def test_one_acts_as_those_of_the_program_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(causes.MODELS, "dim", guarded(DIM))
    simulation = Simulation("collisions", 1, [ROW], only=["Hcal"])
    simulation.step()
    assert simulation.state.channels["Hcal"].boost.max() == pytest.approx(0.8)
    assert causes.find("dim", (*causes.CAUSES, ROW)) == ROW


def test_one_that_fails_is_said_and_acts_no_more(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(causes.MODELS, "dim", guarded(Fault(ROW, broken)))
    simulation = Simulation("collisions", 1, [ROW], only=["Hcal"])
    with caplog.at_level(logging.WARNING):
        simulation.step()
        simulation.step()
    (record,) = caplog.records
    assert "the fault dim failed, and acts no more: AttributeError" in record.message
    caplog.clear()
