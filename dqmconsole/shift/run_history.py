"""How the last runs came to be what they are, as far as an engine has told it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.layout import layout_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from dqmconsole.model.history import LumisectionsFact, TransitionFact

KEPT_RUNS = 48
KEPT_TRANSITIONS = 20_000  # of one layout in one run
KEPT_LUMISECTIONS = 20_000  # words on those of one run


class RunHistory:
    """Changes of status and conditions, by run; a week of short runs at most.

    What is told twice, by what an engine kept and by what it says, is had once. Where
    the oldest had to go, what was before is unknown.
    """

    def __init__(self) -> None:
        self._transitions: dict[tuple[int, str], dict[TransitionFact, None]] = {}
        self._lumisections: dict[int, dict[tuple[int, bool], LumisectionsFact]] = {}
        self._versions: dict[tuple[int, str], int] = {}
        self._version = 0
        self._keys: dict[str, str] = {}

    @property
    def runs(self) -> tuple[int, ...]:
        """The runs of which something is known, oldest first."""
        return tuple(sorted(self._lumisections))

    def version(self, run: int, layout: str = "") -> int:
        """Grows with what is known of a run: of a layout, or of its conditions."""
        return self._versions.get((run, layout), 0)

    def transitions(
        self, run: int, layout: str, key: str = ""
    ) -> Sequence[TransitionFact]:
        """The changes of status of a layout's plots, in the order of their time.

        Args:
            run: the run.
            layout: the layout.
            key: of the one plot that is asked about; "" for all.
        """
        found = self._transitions.get((run, layout), {})
        wanted = (each for each in found if not key or each.key == key)
        return sorted(wanted, key=lambda each: each.at)

    def of(self, keys: Collection[str]) -> list[TransitionFact]:
        """The changes of status of plots in all runs, in the order of their time."""
        layouts = {layout_of(key) for key in keys}
        return sorted(
            (
                fact
                for (_, name), kept in self._transitions.items()
                if name in layouts
                for fact in kept
                if fact.key in keys
            ),
            key=lambda each: each.at,
        )

    def lumisections(self, run: int | None = None) -> Iterator[LumisectionsFact]:
        """The conditions of a run, or of all, in the order of the lumisections."""
        for one in self.runs if run is None else (run,):
            found = self._lumisections.get(one, {})
            yield from sorted(found.values(), key=lambda each: (each.first, each.last))

    def put_transition(self, fact: TransitionFact) -> None:
        """Take in that a plot's status became another."""
        name = (fact.run, layout_of(fact.key))
        kept = self._transitions.setdefault(name, {})
        if fact in kept:
            return
        # a run has thousands, of some hundred plots: each key is held once
        key = self._keys.setdefault(fact.key, fact.key)
        kept[msgspec.structs.replace(fact, key=key)] = None
        if len(kept) > KEPT_TRANSITIONS:
            del kept[min(kept, key=lambda each: each.at)]
        self._touch(*name)

    def put_lumisections(self, fact: LumisectionsFact) -> None:
        """Take in the conditions of some lumisections; newer words replace older."""
        kept = self._lumisections.setdefault(fact.run, {})
        name = (fact.first, fact.watched)
        before = kept.get(name)
        if before == fact or (before is not None and before.last > fact.last):
            return
        if before is None and len(kept) >= KEPT_LUMISECTIONS:
            return
        kept[name] = fact
        self._touch(fact.run, "")
        for run in self.runs[:-KEPT_RUNS]:
            self._forget(run)

    def _touch(self, run: int, layout: str) -> None:
        self._version += 1
        self._versions[run, layout] = self._version

    def _forget(self, run: int) -> None:
        self._lumisections.pop(run, None)
        for kept in (self._transitions, self._versions):
            for name in [name for name in kept if name[0] == run]:
                del kept[name]
