"""Whether the instructions say what to do for every fault that is judged on a plot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.instruction import steps_for
from dqmconsole.model.layout import KEY_STEP, plot_key
from dqmconsole.site.layouts import plots_of
from dqmconsole.site.rules.context import Violation
from dqmconsole.site.texts import instruction_key
from dqmconsole.training.goals import matches_one
from dqmconsole.training.lesson import split_cause, teaching
from dqmconsole.training.truth import judged_plots

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.model.site import Site
    from dqmconsole.site.rules.context import SiteReading


def check_steps(context: SiteReading) -> Iterator[Violation]:
    """Find faults whose plot has an instruction with steps, none of them for it.

    An instruction in which no step calls anybody leaves it to the shifter, and is
    right for all.
    """
    if not context.site.parts:
        return  # of a site in a newer format nothing is read
    by_id = {each.id: each for each in context.drafts.instructions}
    names = {
        plot_key(layout.layout, page.page, plot.path): plot.instruction
        for layout, page, plot in context.plots
    }
    told: set[tuple[str, str]] = set()
    for cause, key in judged(context.site):
        instruction = by_id.get(names[key] or "")
        if instruction is None or (cause, instruction.id) in told:
            continue
        told.add((cause, instruction.id))
        calling = any(each.role for each in instruction.steps)
        if calling and not steps_for(instruction, cause):
            words = (
                f'{cause} is judged on "{key.split(KEY_STEP)[-1]}", and no step is for '
                f'it: write "for: {cause}" below one, or add a step that names no cause'
            )
            place = context.places.get(instruction_key(instruction.id, "text"))
            yield Violation("cause-without-step", place, words, key)


def judged(site: Site) -> Iterator[tuple[str, str]]:
    """The faults that exam and lessons judge: the name, and the key of a plot."""
    found = teaching(site)
    faults = {each.name for each in found.causes if each.kind == "fault"}
    for source in found.matter:
        cause, target = split_cause(source.cause)
        if cause in faults:
            yield from ((cause, key) for key in judged_plots(site, cause, target))
    goals = [
        step.done.finding
        for lesson in found.lessons
        for step in lesson.steps
        if step.done is not None and step.done.finding is not None
    ]
    for layout, page, plot in plots_of(site):
        key = plot_key(layout.layout, page.page, plot.path)
        for goal in goals:
            if goal.plots and matches_one(plot.path, goal.plots):
                yield from ((each, key) for each in goal.causes if each in faults)
