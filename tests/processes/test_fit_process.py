"""Fits by a real engine: its child answers, and ends when the engine ends."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import psutil
import pytest
from live_folder import pump
from support.waiting import all_gone, wait_until

from dqmconsole.model.message import Fitted, WatchItem

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Histogram
    from dqmconsole.shift.client import EngineClient

PATH = "Hcal/Digi/occupancy"


def a_fit(client: EngineClient) -> Fitted:
    """A straight line through the plot as it is on the screen, once it is fitted."""
    client.watch([WatchItem(PATH, PATH, 300, 200)])

    def data() -> Histogram | None:
        tile = client.mailbox.tiles.get(PATH)
        return None if tile is None or tile.picture is None else tile.picture.data

    pump(client, lambda: data() is not None, "a picture")
    request = client.fit(PATH, PATH, "pol1", data=data())
    came: list[Fitted] = []

    def answered() -> object:
        changes = client.take()
        came.extend(changes.fits)
        assert not changes.refusals, changes.refusals
        return came

    wait_until(answered, "a fit", 0.02)
    assert came[0].request == request
    return came[0]


def fitting_children(client: EngineClient) -> list[psutil.Process]:
    assert client.engine.state == "live"
    return [
        child
        for child in psutil.Process().children(recursive=True)
        if "dqmconsole.engine.fitting" in child.cmdline()
    ]


def test_a_real_engine_fits_and_takes_its_child_along(client: EngineClient) -> None:
    result = a_fit(client).result
    offset, slope = (each.value for each in result.parameters)
    # bin n of this snapshot holds n counts, n from 1
    assert (offset, slope) == (pytest.approx(0.5, abs=1e-6), pytest.approx(1.0))
    children = fitting_children(client)
    assert len(children) == 1
    a_fit(client)
    assert fitting_children(client) == children
    client.close()
    assert all_gone(children)


def test_the_child_ends_with_an_engine_that_is_killed(client: EngineClient) -> None:
    a_fit(client)
    children = fitting_children(client)
    engine = children[0].parent()
    assert engine is not None
    os.kill(engine.pid, signal.SIGKILL)
    assert all_gone(children)
