"""What is true of a planned shift: its faults, where they are seen, the right step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.instruction import URGENCIES
from dqmconsole.model.layout import KEY_STEP, layout_of, plot_key, split_page
from dqmconsole.model.run import Conditions
from dqmconsole.shift.guidance import Guide
from dqmconsole.training.lesson import onset, split_cause, teaching

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dqmconsole.model.instruction import Instruction
    from dqmconsole.model.site import Site
    from dqmconsole.training.lesson import LessonRun
    from dqmconsole.training.records import Action

LUMISECTION = 23.31  # s


class Happening(msgspec.Struct, frozen=True):
    """A fault or harmless event of a planned run.

    Attributes:
        text: "NAME[:SUBSYSTEM]@LS", as marks name it.
        name, target, family, description: of the table.
        onset: first lumisection it acts in.
        end: the lumisection in which it is over, of what acts until then from the
            start; 0 of all else.
        seconds: of the shift's time when it begins; 0 when it acts from the start.
        layouts: layouts on which it is to be seen; any when empty.
        plots: keys of plots on which it is judged, by exam.yaml.
    """

    text: str
    name: str
    target: str
    family: str
    description: str
    onset: int
    end: int
    seconds: float
    layouts: frozenset[str]
    plots: tuple[str, ...]

    @property
    def words(self) -> str:
        """Its name and place, for people."""
        where = f" in {self.target}" if self.target else ""
        if self.end:
            return f"{self.name}{where} until lumisection {self.end}"
        return f"{self.name}{where} since lumisection {self.onset}"


class RightStep(msgspec.Struct, frozen=True):
    """What the instruction in force asks for.

    Attributes:
        instruction: its id.
        step: number of the step, from 1; 0 where no step calls anybody.
        urgency: how soon to call; "nobody" where no step calls anybody.
        also: urgencies of its other steps.
        roles: whom to call, by the steps of all that hold.
        turns: whom else one may turn to.
    """

    instruction: str
    step: int
    urgency: str
    also: frozenset[str]
    roles: frozenset[str]
    turns: frozenset[str]


def happenings(run: LessonRun, site: Site, kind: str) -> tuple[Happening, ...]:
    """The faults, or the harmless events, of a planned run, by onset."""
    known = {each.name: each for each in teaching(site).causes if each.kind == kind}
    found = []
    for text in run.causes:
        name, target = split_cause(text)
        if name not in known:  # it is of the other kind
            continue
        if known[name].acts_on == "plot":
            plots = _keys_of(site, target)
        else:
            plots = _plots(site, name, target)
        layouts = {layout_of(each) for each in plots}
        if known[name].acts_on != "plot":
            layouts |= {target} - {""}
        begins, end = onset(text), 0
        if known[name].before:
            begins, end = 1, begins
        over = (begins - 1 - run.ahead) * LUMISECTION / run.speed
        found.append(
            Happening(
                text.partition("*")[0],
                name,
                target,
                known[name].family,
                known[name].description,
                begins,
                end,
                max(0.0, over),
                frozenset(layouts),
                plots,
            )
        )
    return tuple(sorted(found, key=lambda each: each.onset))


def belongs_to(action: Action, given: Sequence[Happening]) -> Happening | None:
    """The happening that an action is about: it had begun, and is to be seen there.

    Of several the one whose cause was named, else the one that began last.
    """
    begun = [
        each
        for each in given
        if (
            action.lumisection >= each.onset
            if action.lumisection
            else action.seconds >= each.seconds
        )
    ]
    named = [each for each in begun if each.name == action.cause]
    layouts = {layout_of(each) for each in action.plots if KEY_STEP in each}
    if not layouts:
        return named[-1] if named else None
    there = [each for each in begun if not each.layouts or each.layouts & layouts]
    both = [each for each in there if each in named]
    return next(reversed(both or there), None)


def right_step(
    site: Site, plots: Iterable[str], run_type: str, beam_mode: str
) -> RightStep | None:
    """What the instructions of some plots ask for in a beam mode.

    The most urgent step is the right one: which cause a step is meant for stands in
    its words only. Of several instructions the one with the most urgent step counts,
    and all their roles.

    Returns:
        None when no plot has an instruction that holds.
    """
    guide = Guide(site)
    given = Conditions(run_type=run_type, beam_mode=beam_mode or None)
    found: dict[str, Instruction] = {}
    for key in plots:
        guidance = guide.of(key, given, 0.0)
        if guidance.instruction is not None and guidance.holds:
            found[guidance.instruction.id] = guidance.instruction
    if not found:
        return None
    steps = [
        (urgency, number, step.role, each.id)
        for each in found.values()
        for number, step in enumerate(each.steps, 1)
        if (urgency := step.urgency(beam_mode or None)) is not None
    ]
    turns = frozenset(turn.role for each in found.values() for turn in each.turns)
    if not steps:
        name = next(iter(found))
        return RightStep(name, 0, "nobody", frozenset(), frozenset(), turns)
    urgency, number, _, name = min(steps, key=lambda each: URGENCIES.index(each[0]))
    return RightStep(
        name,
        number,
        urgency,
        frozenset(each[0] for each in steps if each[3] == name) - {urgency},
        frozenset(role for _, _, role, _ in steps if role),
        turns,
    )


def _keys_of(site: Site, path: str) -> tuple[str, ...]:
    """Keys of the plots of one element, into which a fault was put."""
    return tuple(
        plot_key(layout.layout, page.page, plot.path)
        for layout in site.layouts
        for page in layout.pages
        for plot in page.plots
        if plot.path == path
    )


def _plots(site: Site, name: str, target: str) -> tuple[str, ...]:
    """Keys of the plots on the pages on which exam.yaml judges a cause."""
    pages = {
        split_page(page)
        for source in teaching(site).matter
        if split_cause(source.cause)[0] == name
        and split_cause(source.cause)[1] in {"", target}
        for page in source.pages
    }
    if target and any(layout == target for layout, _ in pages):
        pages = {each for each in pages if each[0] == target}
    return tuple(
        plot_key(layout.layout, page.page, plot.path)
        for layout in site.layouts
        for page in layout.pages
        if (layout.layout, page.page) in pages
        for plot in page.plots
    )
