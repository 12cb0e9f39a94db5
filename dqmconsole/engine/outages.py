"""What is wrong with a source, each told once: its problems, and what is out.

Subsystems, or the whole source, that give nothing to judge are events like BAD. They
are told while a run goes on only. A subsystem is out when its client is silent, frozen
or unreadable, or has not entered the run, while events of others or the luminosity
advanced after it should have written. When nothing advances anywhere, that is one
outage, of the source; none where it is known why: a pause, full dead time, no beam.
These are states, which the run header says. All is told after two periods, and after a
minute at least: who was merely late is no outage.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.engine.judge import STALE_PERIODS, stream_words
from dqmconsole.model.frame import NoticeFact, OutageFact
from dqmconsole.model.layout import TOP, subsystem_words
from dqmconsole.model.moment import time_of_day
from dqmconsole.model.run import RunState, run_words
from dqmconsole.model.words import listed
from dqmconsole.sources.clients import DEFAULT_PERIOD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from dqmconsole.engine.source_state import SourceState
    from dqmconsole.model.frame import OutageState, Severity
    from dqmconsole.model.problem import Problem
    from dqmconsole.model.run import Client, ClientState

WHOLE = ""  # the name of the whole source
AT_LEAST = 60.0  # s, by the clock, before it is told, however short periods are
_STATES: dict[ClientState, OutageState] = {
    "silent": "silent",
    "frozen": "frozen",
    "unreadable": "unreadable",
    "waiting": "missing",
}


class Notices:
    """What of the source's problems goes to the notice bar, each told once."""

    def __init__(self) -> None:
        self._told: dict[str, NoticeFact] = {}

    def of(self, problems: Iterable[Problem]) -> list[NoticeFact]:
        """Notices about the folder, about single files and about the program itself.

        A folder that hangs, vanished or is full is told at once, in its own words;
        of files that cannot be read the first, and how many there are.
        """
        every = [problem for problem in problems if problem.severity == "error"]
        program = [problem for problem in every if problem.kind == "engine"]
        errors = [problem for problem in every if problem.kind != "engine"]
        folder = [problem for problem in errors if ".root" not in problem.file]
        files = [problem for problem in errors if ".root" in problem.file]
        return [
            *self._tell("folder", folder, "bad"),
            *self._tell("files", files, "warning"),
            *self._tell("program", program, "warning"),
        ]

    def cannot_open(self, why: str) -> list[NoticeFact]:
        """The source cannot be opened."""
        return self._say(NoticeFact("source", f"cannot be opened: {why}", "bad"))

    def opened(self) -> list[NoticeFact]:
        """The source was opened: what was said of it before no longer holds."""
        return [
            fact
            for name in list(self._told)
            for fact in self._say(NoticeFact(name, "", "info"))
        ]

    def _tell(
        self, name: str, problems: list[Problem], severity: Severity
    ) -> list[NoticeFact]:
        if not problems:
            return self._say(NoticeFact(name, "", "info"))
        sentence = str(problems[0])
        if len(problems) > 1:
            sentence += f" (and {len(problems) - 1} more, see the problems)"
        return self._say(NoticeFact(name, sentence, severity))

    def _say(self, fact: NoticeFact) -> list[NoticeFact]:
        if self._told.get(fact.name) == fact:
            return []
        if not fact.sentence and fact.name not in self._told:
            return []
        if fact.sentence:
            self._told[fact.name] = fact
        else:
            del self._told[fact.name]
        return [fact]


class Outages:
    """What is out, each told once, and once when it is over."""

    def __init__(self) -> None:
        self._told: dict[str, OutageFact] = {}
        self._run = 0
        self._run_seen = 0.0
        self._events: dict[str, int] = {}
        self._advanced: dict[str, float] = {}  # when the events of a client last did
        self._integrated: float | None = None
        self._shone = 0.0  # when the luminosity last advanced
        self._stands = False  # nothing advances anywhere
        self._resumed = 0.0  # when it did again: from then on all have to
        self._away: dict[str, float] = {}  # since when a stream is in another run

    @property
    def now(self) -> tuple[OutageFact, ...]:
        """All that is out now."""
        return tuple(self._told.values())

    def look(
        self, state: SourceState, applies: Callable[[str], bool] = lambda _name: True
    ) -> list[OutageFact]:
        """What is out now and was not told, and what is over.

        Args:
            state: the moment.
            applies: tells whether anything of a subsystem means something now: what
                is out of the run is not missed.
        """
        if state.run != self._run:
            self._run, self._run_seen = state.run, state.now
            self._events, self._advanced = {}, {}
            self._integrated, self._shone = None, 0.0
            self._stands, self._resumed = False, 0.0
            self._away = {}
        self._note_advance(state)
        self._note_away(state)
        found = {}
        if state.run and state.run_state is RunState.RUNNING:
            found = self._out(state, applies)
        facts = []
        for name, told in list(self._told.items()):
            if name not in found:
                del self._told[name]
                facts.append(OutageFact(name, told.state, "", told.run))
        for name, fact in found.items():
            before = self._told.get(name)
            if before is None or (before.state, before.run) != (fact.state, fact.run):
                self._told[name] = fact
                facts.append(fact)
        return facts

    def _note_advance(self, state: SourceState) -> None:
        """Note whose events grew, and whether the luminosity did.

        Of a client that counts no events, content that moves counts.
        """
        live = [
            client
            for client in state.clients.values()
            if client.run == state.run and client.state == "live"
        ]
        for client in live:
            events, before = client.events, self._events.get(client.subsystem)
            if events is None or before is None or events != before:
                self._advanced[client.subsystem] = client.written or 0.0
            if events is not None:
                self._events[client.subsystem] = events
        light, was = state.conditions.integrated, self._integrated
        if light is not None and was is not None and light > was:
            self._shone = max((each.written or 0.0 for each in live), default=0.0)
        self._integrated = light
        if live and self._stands:
            self._stands = False
            self._resumed = max((*self._advanced.values(), self._shone))

    def _note_away(self, state: SourceState) -> None:
        """Note which streams are in another run: what they write there is no news."""
        away = {
            name
            for name, client in state.clients.items()
            if client.stream and client.state == "waiting"
        }
        self._away = {name: self._away.get(name, state.now) for name in away}

    def _out(
        self, state: SourceState, applies: Callable[[str], bool]
    ) -> dict[str, OutageFact]:
        clients = [client for name, client in state.clients.items() if applies(name)]
        here = [client for client in clients if client.state != "waiting"] or clients
        out = [client for client in here if client.state in _STATES]
        if out and all(each.state in (*_STATES, "unmoved") for each in here):
            self._stands = True
            return self._whole(here, state)
        return {
            client.subsystem or TOP: OutageFact(
                client.subsystem or TOP,
                _STATES[client.state],
                _sentence(client, state.run),
                state.run,
                None if client.state == "waiting" else client.lumisection,
                self._good_until(client),
            )
            for client in clients
            if client.state in _STATES and self._is_told(client, state.now)
        }

    def _whole(
        self, clients: Sequence[Client], state: SourceState
    ) -> dict[str, OutageFact]:
        if state.conditions.standstill:
            return {name: told for name, told in self._told.items() if name != WHOLE}
        until = max(self._good_until(client) for client in clients)
        allowed = min(_allowed(client) for client in clients)
        if state.now - until < max(allowed, AT_LEAST):
            return self._told  # the last ones may be late only
        kinds = {_STATES.get(client.state, "silent") for client in clients}
        kind: OutageState = kinds.pop() if len(kinds) == 1 else "silent"
        names = listed(sorted(e.subsystem for e in clients if e.subsystem))
        named = f" ({names})" if names else ""
        words = f"nothing new of the whole source{named} since "
        waiting = all(client.state == "waiting" for client in clients)
        reached = [each.lumisection for each in clients if each.lumisection is not None]
        return {
            WHOLE: OutageFact(
                WHOLE,
                kind,
                words + time_of_day(until),
                state.run,
                None if waiting else max(reached, default=None),
                until,
            )
        }

    def _is_told(self, client: Client, now: float) -> bool:
        name = client.subsystem
        if (name or TOP) in self._told:
            return True
        others = (at for other, at in self._advanced.items() if other != name)
        advanced = max((*others, self._shone))
        since = max(self._good_until(client), self._resumed)
        late = now - since < AT_LEAST  # it may be late only
        return not late and advanced > since + _allowed(client)

    def _good_until(self, client: Client) -> float:
        """Unix time of the last good news of a client, s."""
        if client.subsystem in self._away:
            return self._away[client.subsystem]
        times = (client.written, client.produced)
        if client.state == "frozen":
            times = (client.produced, client.written)
        last = next((each for each in times if each is not None), 0.0)
        return max(last, self._run_seen) if client.state == "waiting" else last


def _allowed(client: Client) -> float:
    # of a frozen one there are files: that they came late explains nothing
    periods = 1.0 if client.state == "frozen" else STALE_PERIODS
    return periods * (client.period or DEFAULT_PERIOD)


def _sentence(client: Client, run: int) -> str:
    name = subsystem_words(client.subsystem)
    match client.state:
        case "frozen":
            since = time_of_day(client.produced)
            return f"{name} is frozen: new files still hold what was there at {since}"
        case "unreadable":
            return f"{name} cannot be read: {client.sentence}"
        case "waiting":
            words = f"{name} is missing: it has not entered {run_words(run)}"
            return words + stream_words(client)
        case _:
            usual = f", usually every {client.period:.0f} s" if client.period else ""
            since = time_of_day(client.written)
            return f"{name} is silent: no new file since {since}{usual}"
