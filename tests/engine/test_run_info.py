from __future__ import annotations

from dqmconsole.engine.source_state import run_info
from dqmconsole.model.run import Client, Conditions, RunState


def test_rate_is_the_median_and_lag_the_slowest() -> None:
    clients = (
        Client("DT", 7, 40, "live", rate=100.0, lag=3.0),
        Client("EB", 7, 42, "live", rate=102.0, lag=90.0),
        Client("L1T", 7, 41, "live", rate=2.0, lag=1.0),
        Client("Old", 6, 400, "live", rate=900.0, lag=900.0),
        Client("Dead", 7, 12, "silent", lag=500.0),
    )
    found = run_info(7, RunState.RUNNING, clients, Conditions(fill=1), 12.0)
    assert (found.rate, found.lag, found.slowest) == (100.0, 90.0, "EB")
    assert (found.run, found.lumisection, found.started) == (7, 42, 12.0)
    assert found.clients == clients
    assert found.conditions.fill == 1


def test_nothing_is_known() -> None:
    found = run_info(0, RunState.RUNNING, (), Conditions())
    assert (found.rate, found.lag, found.slowest, found.lumisection) == (
        None,
        None,
        "",
        None,
    )
