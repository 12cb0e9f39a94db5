"""Marks of a practice shift: what was done about each fault, and needlessly.

A fault is scored on being found, on the time that took, on its cause, its urgency, the
call, the flag and the entry. What a trainee saw as bad where nothing was wrong, and
calls and flags that belong to nothing, are false alarms. With the few faults of a
shift these marks tell where somebody stands; nobody passes or fails on them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.training.lesson import teaching
from dqmconsole.training.records import Action, Mark
from dqmconsole.training.truth import (
    Happening,
    RightStep,
    belongs_to,
    happenings,
    right_step,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.model.site import Site
    from dqmconsole.training.lesson import LessonRun

IN_TIME, LATE = 120.0, 300.0
"""Seconds from the onset to the finding: within the first it has the whole mark, within
the second half of it."""

SNAPSHOTS = 5
"""Lumisections by which a flag may begin beside the onset: a fault's beginning is known
only to lie between two snapshots, and the tests judge the last five lumisections."""


def marks(run: LessonRun, site: Site, actions: Sequence[Action]) -> tuple[Mark, ...]:
    """Score a shift.

    Args:
        run: its plan.
        site: its instructions say what was right.
        actions: what the trainee did, in their order.

    Returns:
        The marks of each fault by onset, and after them the false alarms; each false
        alarm is a whole mark that was not reached.
    """
    faults = happenings(run, site, "fault")
    mine: dict[str, list[Action]] = {each.text: [] for each in faults}
    alarms: dict[tuple[object, ...], Mark] = {}
    for action in actions:
        fault = _fault_of(action, faults, site, run)
        if fault is not None:
            mine[fault.text].append(action)
        elif (words := _alarm(action)) is not None:
            same = (action.what, action.plots, action.role, action.component)
            alarms.setdefault(same, Mark("", "false alarm", 0.0, 1.0, words))
    found = [
        mark
        for fault in faults
        for mark in _of_fault(fault, mine[fault.text], site, run)
    ]
    return (*found, *alarms.values())


def _fault_of(
    action: Action, faults: Sequence[Happening], site: Site, run: LessonRun
) -> Happening | None:
    if action.what == "flag":
        layouts = _components(site).get(action.component, ())
        begun = [each for each in faults if each.seconds <= action.seconds]
        # the flag's own lumisection says which of them it means
        near = sorted(begun, key=lambda each: abs(each.onset - action.first))
        return next((each for each in near if _covers(layouts, each)), None)
    fault = belongs_to(action, faults)
    if fault is None and action.what == "call":
        for each in reversed(faults):
            step = right_step(
                site, each.plots, each.name, run.run_type, action.beam_mode
            )
            if each.seconds <= action.seconds and step and action.role in step.named:
                return each
    return fault


def _alarm(action: Action) -> str | None:
    """What was needless, in words; None when it does no harm."""
    where = f" of {', '.join(action.plots)}" if action.plots else ""
    if action.what == "finding" and action.verdict == "bad":
        named = f" ({action.cause})" if action.cause else ""
        return f"“bad”{named} was said{where}, where nothing was wrong"
    if action.what == "call":
        return f"{action.role} was called{where}, for nothing"
    if action.what == "flag" and action.status == "BAD":
        return f"{action.component} was flagged BAD, where nothing was wrong"
    return None


def _of_fault(
    fault: Happening, actions: Sequence[Action], site: Site, run: LessonRun
) -> list[Mark]:
    def mark(on: str, points: float, words: str, seconds: float | None = None) -> Mark:
        return Mark(fault.text, on, points, 1.0, words, seconds)

    said = [each for each in actions if (each.what, each.verdict) == ("finding", "bad")]
    if not said:
        found = [mark("found", 0.0, f"{fault.words}: not found")]
    else:
        took = max(0.0, said[0].seconds - fault.seconds)
        points = 1.0 if took <= IN_TIME else 0.5 if took <= LATE else 0.0
        found = [
            mark("found", 1.0, f"{fault.words}: found"),
            mark("time", points, f"{took:.0f} s after it began", took),
            mark("cause", *_cause(fault, said[-1].cause, site)),
        ]
    # the instruction of the plot it was found on; unsaid, those it is judged by
    pointed = [each.plots for each in reversed(said) if each.plots]
    mode = next((each.beam_mode for each in (*said, *actions) if each.beam_mode), "")
    wanted = [*pointed, fault.plots]
    steps = (right_step(site, each, fault.name, run.run_type, mode) for each in wanted)
    step = next((each for each in steps if each is not None), None)
    if step is not None:
        if said:
            found.append(mark("urgency", *_urgency(step, said[-1].urgency)))
        roles = [each.role for each in actions if each.what == "call"]
        found.append(mark("call", *_call(step, roles, was_found=bool(said))))
    flag = _flag(fault, actions, site)
    if flag is not None:
        found.append(mark("flag", *flag))
    found.append(mark("entry", *_entry(actions)))
    return found


def _cause(fault: Happening, named: str, site: Site) -> tuple[float, str]:
    if named == fault.name:
        return 1.0, f"{fault.name} was named"
    words = f"{named or 'no cause'} was named; it was {fault.name}"
    families = {each.name: each.family for each in teaching(site).causes}
    if families.get(named) == fault.family:
        return 0.5, f"{words}, of the same family ({fault.family})"
    return 0.0, words


def _urgency(step: RightStep, said: str) -> tuple[float, str]:
    where = f"{step.instruction}, step {step.step}" if step.step else step.instruction
    words = f"“{said or 'nothing'}” was said; {where} says “{step.urgency}”"
    nobody = {"nobody", "write only"}
    if said == step.urgency or (step.urgency == "nobody" and said in nobody):
        return 1.0, words
    if said in step.also:
        return 0.5, f"{words}, and “{said}” in another step"
    return 0.0, words


def _call(
    step: RightStep, roles: Sequence[str], *, was_found: bool
) -> tuple[float, str]:
    wanted = ", ".join(sorted(step.roles))
    if not roles:
        if step.urgency == "call now":
            return 0.0, f"nobody was called; {step.instruction} calls {wanted}"
        if not was_found:
            return 0.0, "nobody was called, but it was not found either"
        return 1.0, f"rightly nobody was called now ({step.urgency})"
    called = ", ".join(roles)
    if step.urgency in {"nobody", "write only"}:
        return 0.0, f"{called} was called; {step.instruction} says “{step.urgency}”"
    if step.roles & set(roles):
        return 1.0, f"{called} was called, as {step.instruction} says"
    if step.turns & set(roles):
        return 0.5, f"{called} was called; first comes {wanted}"
    return 0.0, f"{called} was called; {step.instruction} calls {wanted}"


def _flag(
    fault: Happening, actions: Sequence[Action], site: Site
) -> tuple[float, str] | None:
    """The flag's mark; None where no component covers the fault."""
    if not any(_covers(each, fault) for each in _components(site).values()):
        return None
    bad = [each for each in actions if (each.what, each.status) == ("flag", "BAD")]
    if not bad:
        return 0.0, "no component was flagged BAD"
    last = bad[-1]
    words = f"{last.component} was flagged BAD from lumisection {last.first}"
    low, high = fault.onset - SNAPSHOTS, fault.onset + SNAPSHOTS
    earliest = last.earliest or last.first
    if earliest <= high and last.first >= low:
        return 1.0, words
    return 0.5, f"{words}; it began in {fault.onset}"


def _entry(actions: Sequence[Action]) -> tuple[float, str]:
    entries = [each for each in actions if each.what == "entry"]
    if not entries:
        return 0.0, "no entry was written about it"
    if any(each.evidence for each in entries):
        return 1.0, "an entry with evidence was written"
    return 0.5, "an entry was written, without evidence"


def _components(site: Site) -> dict[str, tuple[str, ...]]:
    """Layouts that each component covers; every layout is one where none are named."""
    return site.settings.components or {
        each.layout.lower(): (each.layout,) for each in site.layouts
    }


def _covers(layouts: Sequence[str], fault: Happening) -> bool:
    """A component is struck by what acts on its subsystem; by all else where seen."""
    struck = {fault.target} if fault.target else fault.layouts
    return not struck.isdisjoint(layouts)
