"""Clients that get fewer of the events than the others do."""

from __future__ import annotations

import numpy as np
import pytest

from dqmconsole.engine.event_shares import EventShares
from dqmconsole.model.run import Client

RUN = 7


class Clients:
    """Clients that count events, each its share of them."""

    def __init__(self) -> None:
        self.shares = EventShares()
        self.counts: dict[str, float] = {}
        self.processes: dict[str, int] = {}

    def restart(self, name: str) -> None:
        """Another process counts from now on, from nothing."""
        self.counts[name] = 0
        self.processes[name] = self.processes.get(name, 0) + 1

    def update(self, at: int, **of: float) -> dict[str, float]:
        """They reach a lumisection, 5,000 events later: what is missing then."""
        for name, share in of.items():
            self.counts[name] = self.counts.get(name, 0) + 5000 * share
        clients = {
            name: Client(
                *(name, RUN, at, "live"),
                events=round(self.counts[name]),
                pid=self.processes.get(name, 0),
            )
            for name in of
        }
        found = self.shares.look(RUN, clients)
        return {name: round(each.share, 3) for name, each in found.items()}


@pytest.fixture
def clients() -> Clients:
    clients = Clients()
    for at in (5, 10, 15):
        assert clients.update(at, Hcal=1, DT=1, HLT=0.5) == {}
    return clients


def test_a_client_that_gets_fewer_events_is_found(clients: Clients) -> None:
    assert clients.update(20, Hcal=0.95, DT=1, HLT=0.5) == {"Hcal": 0.95}
    (missing,) = clients.shares.look(RUN, {}).values()
    # it may have begun in the update before
    assert (missing.since, missing.until) == (11, 20)
    assert clients.update(25, Hcal=0.95, DT=1, HLT=0.5) == {"Hcal": 0.95}
    assert clients.update(30, Hcal=1, DT=1, HLT=0.5) == {}


def test_a_stream_of_its_own_is_no_loss(clients: Clients) -> None:
    assert clients.update(20, Hcal=1, DT=1, HLT=0.49) == {}
    assert clients.update(25, Hcal=1, DT=1, HLT=0.25) == {"HLT": 0.5}


def test_where_all_get_fewer_none_does(clients: Clients) -> None:
    assert clients.update(20, Hcal=0.3, DT=0.3, HLT=0.15) == {}


def test_a_second_restart_is_no_loss_though_more_was_counted_since_it(
    clients: Clients,
) -> None:
    clients.restart("Hcal")
    assert clients.update(20, Hcal=0.2, DT=1, HLT=0.5) == {}
    clients.restart("Hcal")
    assert clients.update(25, Hcal=0.8, DT=1, HLT=0.5) == {}
    assert clients.update(30, Hcal=1, DT=1, HLT=0.5) == {}


def test_a_restart_is_no_loss(clients: Clients) -> None:
    clients.counts["Hcal"] = -5000
    assert clients.update(20, Hcal=1, DT=1, HLT=0.5) == {}
    assert clients.update(25, Hcal=1, DT=1, HLT=0.5) == {}


def test_who_writes_late_is_set_against_the_same_lumisections(clients: Clients) -> None:
    assert clients.update(20, DT=1, HLT=0.5) == {}
    assert clients.update(25, Hcal=2, DT=1, HLT=0.5) == {}
    assert clients.update(30, Hcal=1, DT=1, HLT=0.5) == {}


def test_few_events_say_nothing(clients: Clients) -> None:
    assert clients.update(20, Hcal=0, DT=0.1, HLT=0.05) == {}


def test_another_run_begins_afresh(clients: Clients) -> None:
    assert clients.update(20, Hcal=0.95, DT=1, HLT=0.5) == {"Hcal": 0.95}
    other = Client("Hcal", 8, 5, "live", events=10)
    assert clients.shares.look(8, {"Hcal": other}) == {}


def test_a_stream_of_few_events_scatters_by_chance() -> None:
    rng, clients = np.random.default_rng(1), Clients()
    for at in range(5, 1000, 5):
        few = float(rng.poisson(200)) / 5000
        assert clients.update(at, Hcal=1, DT=1, RPC=1, Lumi=few) == {}
    assert clients.update(1000, Hcal=1, DT=1, RPC=1, Lumi=0.01) == {"Lumi": 0.254}


def test_a_loss_that_ends_late_is_none_of_others(clients: Clients) -> None:
    for at in range(20, 400, 5):
        assert clients.update(at, Hcal=1, DT=0.5, HLT=0.5) == {"DT": 0.5}
    for at in range(400, 500, 5):
        assert clients.update(at, Hcal=1, DT=1, HLT=0.5) == {}


def test_of_two_that_lose_both_are_found(clients: Clients) -> None:
    for at in (20, 25):
        found = clients.update(at, Hcal=0.5, DT=0.5, HLT=0.1)
        assert "HLT" in found
    for at in (30, 35):
        assert clients.update(at, Hcal=1, DT=1, HLT=0.5) == {}
