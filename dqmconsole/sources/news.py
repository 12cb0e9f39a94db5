"""What happens to runs, as facts."""

from __future__ import annotations

from dqmconsole.model.frame import RunFact
from dqmconsole.model.run import RunState

_SENTENCES = {
    RunState.RUNNING: "Run {} is running",
    RunState.ENDED: "Run {} ended, waiting for the final files",
    RunState.FINAL: "Run {} is final",
    RunState.RECORDED: "Run {} is recorded, without its final files",
}


class RunNews:
    """Notes which runs began, ended and became final, and who entered them."""

    def __init__(self) -> None:
        self._told: dict[int, RunState] = {}
        self._entered: list[tuple[int, str]] = []

    def enter(self, run: int, client: str) -> None:
        """A client entered a run."""
        self._entered.append((run, client or "The client of all subsystems"))

    def tell(self, states: dict[int, RunState], current: int) -> list[RunFact]:
        """The news of runs since the last call.

        An older run that is seen for the first time is history, not news.

        Args:
            states: the latest runs, and where they stand.
            current: the current run.
        """
        told, self._told = self._told, states
        facts = []
        for run, state in self._told.items():
            before = told.get(run)
            known = before is not None or run == current
            if state is not before and known:
                facts.append(RunFact(run, _SENTENCES[state].format(run)))
        entered, self._entered = self._entered, []
        facts += [
            RunFact(run, f"{client} entered run {run}") for run, client in entered
        ]
        return facts
