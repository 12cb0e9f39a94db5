"""Whether a goal of a lesson names what is there, and can ever become true."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.simulation.table.cause import CauseError
from dqmconsole.simulation.table.causes import find
from dqmconsole.site.instructions import NOTES
from dqmconsole.site.nearest import did_you_mean
from dqmconsole.training.files.scene import is_shown
from dqmconsole.training.lesson import NOBODY

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from dqmconsole.simulation.table.cause import Cause
    from dqmconsole.training.files.scene import LessonScene, Where
    from dqmconsole.training.lesson import FindingGoal, Goal, LessonRun

    Wrong = Iterator[tuple[str, str]]


class GoalCheck:
    """Checks one goal against the site and the lesson's run.

    Attributes:
        hidden: what is named and may be in a layout that is broken.
    """

    def __init__(self, goal: Goal, run: LessonRun, scene: LessonScene) -> None:
        self.hidden: dict[str, None] = {}
        self._goal = goal
        self._run = run
        self._scene = scene
        self._causes = tuple(cause for _, cause in scene.causes(run))

    def problems(self) -> Wrong:
        """The keys that are wrong ("finding.plot"), and why."""
        goal = self._goal
        yield from self._page()
        yield from self._plot("plot", goal.plot)
        yield from self._page_and_plot()
        for item, glob in enumerate(goal.entry.plots if goal.entry else ()):
            yield from self._plot(f"entry.plot[{item}]", glob)
        if goal.finding is not None:
            yield from self._finding(goal.finding)
        if goal.flag is not None:
            yield from self._component(goal.flag.component)
        if goal.read:
            yield from self._named("read", "instruction", goal.read, self._scene.ids)
        yield from self._tick()
        roles = self._scene.roles
        # Without contacts, which have their problem, no role is known.
        if goal.call not in ("", NOBODY) and roles and goal.call not in roles:
            hint = did_you_mean(goal.call, roles)
            yield "call", f'contacts.yaml has no role "{goal.call}"{hint}'
        yield from self._time()

    def _named(self, part: str, what: str, name: str, there: Collection[str]) -> Wrong:
        if name and name not in there:
            yield part, f'there is no {what} "{name}"{did_you_mean(name, there)}'

    def _page(self) -> Wrong:
        name, pages = self._goal.page, self._scene.pages
        if not name:
            return
        if name not in pages:
            if self._scene.may_be_hidden(name):
                self.hidden[name] = None
            else:
                words = f'the site has no page "{name}"'
                yield "page", words + did_you_mean(name, pages)
        elif not self._is_shown(pages[name]):
            yield "page", f'the page "{name}" shows nothing in {self._run.run_type}'

    def _plot(self, part: str, glob: str) -> Wrong:
        if not glob:
            return
        found = self._scene.matching(glob)
        if not found:
            if self._scene.may_be_hidden(glob):
                self.hidden[glob] = None
            else:
                hint = did_you_mean(glob, self._scene.plots)
                yield part, f'"{glob}" matches no plot of the site{hint}'
        elif not self._is_shown(found):
            words = f'"{glob}" matches no plot that is shown in {self._run.run_type}'
            yield part, words

    def _is_shown(self, found: Iterable[Where]) -> bool:
        """Tell whether one of some plots is shown in the run.

        What an evidence bundle shows is compared with the bundle.
        """
        run = self._run
        return bool(run.evidence) or any(is_shown(each, run.run_type) for each in found)

    def _page_and_plot(self) -> Wrong:
        """Page and plot are asked for in one moment: the plot must stand there."""
        name, glob = self._goal.page, self._goal.plot
        if not name or not glob or name not in self._scene.pages:
            return
        found = self._scene.matching(glob)
        if found and not any(
            f"{layout.layout}/{page.page}" == name for layout, page, _ in found
        ):
            layout, page, _ = found[0]
            there = f"{layout.layout}/{page.page}"
            words = f'the page "{name}" has no plot "{glob}"; it stands on "{there}"'
            yield "plot", words

    def _finding(self, finding: FindingGoal) -> Wrong:
        for item, glob in enumerate(finding.plots):
            yield from self._plot(f"finding.plot[{item}]", glob)
        kind = {"bad": "fault", "good": "harmless"}.get(finding.verdict)
        there = {each.name for each in self._causes}
        whole = len(self._causes) == len(self._run.causes)
        for item, name in enumerate(finding.causes):
            part = f"finding.causes[{item}]"
            known = self._scene.kinds.get(name)
            if known is None:
                try:
                    find(name)  # it says what is nearest
                except CauseError as error:
                    yield part, f"causes: {error}"
                continue
            if kind is not None and known != kind:
                said = "a fault" if known == "fault" else "harmless"
                words = f"causes: {name} is {said}, and the verdict {finding.verdict}"
                yield part, words
            elif name not in there and whole and not self._run.evidence:
                has = ", ".join(sorted(there)) or "no cause at all"
                words = f"causes: {name} is not in the lesson's run, which has {has}"
                yield part, words
        faults = any(each.kind == "fault" for each in self._causes)
        if finding.verdict == "bad" and whole and not (faults or self._run.evidence):
            words = "nothing is wrong in the lesson's run: it has no fault"
            yield "finding.verdict", words

    def _component(self, name: str) -> Wrong:
        there = self._scene.components
        if name not in there and self._scene.may_be_hidden(name):
            self.hidden[name] = None
        else:
            yield from self._named("flag.component", "component", name, there)

    def _tick(self) -> Wrong:
        tick = self._goal.tick
        if tick is None:
            return
        yield from self._named("tick.instruction", "instruction", tick.instruction,
                               self._scene.ids)  # fmt: skip
        if tick.instruction.startswith(f"{NOTES}/"):
            yield "tick.instruction", f'"{tick.instruction}" is a note: it has no steps'
        count = self._scene.steps.get(tick.instruction)
        if count is not None and tick.step > count:
            words = f'step: "{tick.instruction}" has {count} steps, not {tick.step}'
            yield "tick.step", words

    def _time(self) -> Wrong:
        """What the lesson's run never comes to."""
        goal, run = self._goal, self._run
        if run.run_length and goal.lumisection > run.run_length:
            words = (
                f"its runs end after lumisection {run.run_length} (run_length): "
                f"{goal.lumisection} never comes"
            )
            yield "lumisection", words
        for key in ("first", "last") if goal.flag else ():
            ends = getattr(goal.flag, key)
            if run.run_length and ends and ends[0] > run.run_length:
                words = f"its runs end after lumisection {run.run_length} (run_length)"
                yield f"flag.{key}", words
        ends = run.run_length > 0 or any(map(_ends_run, self._causes))
        if run.evidence:
            why = "an evidence bundle is one moment"
        else:
            why = "its run never ends: give it a run_length, or a cause that ends it"
        if ends and not run.evidence:
            return
        if goal.runs > 1:
            yield "runs", f"{why}; so there are no {goal.runs} runs"
        if goal.settled:
            yield "settled", f"{why}; so it is never signed off"
        if run.evidence and goal.lumisection:
            yield "lumisection", f"{why}: no lumisection comes"


def _ends_run(cause: Cause) -> bool:
    """Tell whether a cause ends a run; what stands from the start ends none."""
    return cause.ends_run and not (cause.from_run and cause.onset == 1)
