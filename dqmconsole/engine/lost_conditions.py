"""Conditions that plots need and that are lost in stable running: each is an event.

Plots whose needs do not hold are NOT APPLICABLE, which asks nothing of anybody. But a
supply that trips, or a front-end driver that leaves the run, takes plots away from the
shifter: that is said, with the plots that are not judged and their owner. What goes
with the beam mode is no event: with a dump the supplies are ramped down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.engine.judge import unmet
from dqmconsole.model.frame import NoticeFact
from dqmconsole.model.run import RunState
from dqmconsole.model.verdict import onset_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dqmconsole.engine.source_state import SourceState
    from dqmconsole.model.layout import Layout, Needs


class LostConditions:
    """Says what was lost, once, and once when it is there again."""

    def __init__(self) -> None:
        self._plots: dict[tuple[str, Needs], int] = {}
        self._owners: dict[str, str] = {}
        self._held: dict[tuple[str, Needs], str | None] = {}
        self._lost: dict[tuple[str, Needs], tuple[str, int | None]] = {}
        self._told: dict[str, NoticeFact] = {}
        self._looked: object = None
        self._run = 0
        self._unit = ""

    def use(self, layouts: Iterable[Layout], unit: str = "LS") -> None:
        """The plots are those of these layouts from now on.

        Args:
            layouts: the layouts.
            unit: what stands before the number of a lumisection.
        """
        self._unit = unit
        self._plots, self._owners, self._looked = {}, {}, None
        for layout in layouts:
            self._owners[layout.layout] = layout.owner
            for page in layout.pages:
                for plot in page.plots:
                    if plot.needs is None:
                        continue
                    needs = msgspec.structs.replace(
                        plot.needs, beam=(), events=0, settle=0
                    )
                    key = (layout.layout, needs)
                    self._plots[key] = self._plots.get(key, 0) + 1
        self._held = {k: v for k, v in self._held.items() if k in self._plots}
        self._lost = {k: v for k, v in self._lost.items() if k in self._plots}

    def look(self, state: SourceState) -> list[NoticeFact]:
        """What is lost now, and was not told; and what is there again.

        Args:
            state: the moment.
        """
        looked = (state.run, state.run_state, state.conditions)
        if looked == self._looked:
            return []
        self._looked = looked
        if state.run != self._run or state.run_state is not RunState.RUNNING:
            self._run = state.run
            self._held.clear()
            self._lost.clear()
        if state.run and state.run_state is RunState.RUNNING:
            for key in self._plots:
                self._note(key, state)
        return self._tell()

    def _note(self, key: tuple[str, Needs], state: SourceState) -> None:
        reason = unmet(key[1], state.conditions)
        if not reason:
            self._held[key] = state.conditions.beam_mode
            self._lost.pop(key, None)
        elif key in self._lost:
            self._lost[key] = (reason, self._lost[key][1])
        elif key in self._held and self._held.pop(key) == state.conditions.beam_mode:
            self._lost[key] = (reason, state.reached)

    def _tell(self) -> list[NoticeFact]:
        found: dict[str, NoticeFact] = {}
        for layout in {layout for layout, _ in self._lost}:
            by_reason: dict[tuple[str, int | None], int] = {}
            for key, why in self._lost.items():
                if key[0] == layout:
                    by_reason[why] = by_reason.get(why, 0) + self._plots[key]
            said = "; ".join(
                _sentence(reason, onset_words(since, None, self._unit), many, layout)
                for (reason, since), many in sorted(by_reason.items(), key=str)
            )
            owner = self._owners.get(layout, "")
            said += f"; owner: {owner}" if owner else ""
            name = f"conditions of {layout}"
            found[name] = NoticeFact(name, said, "warning")
        gone = [
            NoticeFact(name, "", "info") for name in self._told if name not in found
        ]
        new = [each for name, each in found.items() if self._told.get(name) != each]
        self._told = found
        return gone + new


def _sentence(reason: str, since: str, many: int, layout: str) -> str:
    plots = "1 plot" if many == 1 else f"{many} plots"
    verb = "is" if many == 1 else "are"
    head = f"{reason} {since}".rstrip()
    return f"{head}: {plots} of {layout} {verb} not judged"
