"""The run header, from the clients and the conditions."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from dqmconsole.model.run import RunInfo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.model.run import Client, Conditions, RunState


def run_info(
    run: int,
    state: RunState,
    clients: Sequence[Client],
    conditions: Conditions,
    started: float | None = None,
    recorded: float | None = None,
) -> RunInfo:
    """Put the run header together.

    The **rate** is the median over the live clients: all read the same stream of
    events, so that a sum would count each event many times and the slowest
    would be that client's trouble, which the **lag** tells: the largest among the
    live clients, with the client that has it.

    Args:
        run: the current run; 0 when there is none.
        state: where it stands.
        clients: every client of the source.
        conditions: of that run.
        started: unix time of its start, s.
        recorded: unix time of the newest content, s, of a recording.
    """
    here = [client for client in clients if client.run == run]
    live = [client for client in here if client.state == "live"]
    rates = [client.rate for client in live if client.rate is not None]
    late = [client for client in live if client.lag is not None]
    slowest = max(late, key=lambda client: client.lag or 0.0, default=None)
    return RunInfo(
        run=run,
        state=state,
        lumisection=max(
            (c.lumisection for c in here if c.lumisection is not None), default=None
        ),
        started=started,
        conditions=conditions,
        rate=median(rates) if rates else None,
        lag=None if slowest is None else slowest.lag,
        slowest="" if slowest is None else slowest.subsystem,
        clients=tuple(clients),
        recorded=recorded,
    )
