"""A DQM client as the detector sees it: the process that serves one subsystem."""

from __future__ import annotations


class ClientState:
    """One DQM client.

    Attributes:
        subsystem: what it serves.
        host: the machine it runs on.
        pid: its process; another one after a restart.
        phase: when in a lumisection it writes, 0 to 1.
        efficiency: share of the stream's events it gets.
        repeated: share of its events that fill its histograms a second time.
        frozen: it writes, but its content no longer changes.
        restart: it starts afresh in this lumisection, its histograms empty.
        writes: it writes a snapshot of this lumisection.
        tests: its quality tests run; else their last results are written again, in
            the next run, too.
    """

    __slots__ = (
        "efficiency", "frozen", "host", "phase", "pid", "repeated", "restart",
        "subsystem", "tests", "writes",
    )  # fmt: skip

    def __init__(self, subsystem: str, pid: int, phase: float) -> None:
        self.subsystem = subsystem
        self.host = f"dqm-c2d07-{1 + pid % 30:02d}"
        self.pid = pid
        self.phase = phase
        self.reset()

    def reset(self) -> None:
        """Back to nominal, before the causes act; the process stays the same."""
        self.efficiency = 1.0
        self.repeated = 0.0
        self.frozen = False
        self.restart = False
        self.writes = True
        self.tests = True
