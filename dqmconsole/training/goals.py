"""Goals of a lesson: whether the facts meet one, and why what was done misses it.

A finding counts on the plots on which its cause shows, and flags by what they leave in
force: what was flagged first and overridden later does not count.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal, TypeVar

from dqmconsole.model.layout import layout_of, path_of
from dqmconsole.model.record import (
    Call,
    Entry,
    Flag,
    HandOver,
    Read,
    RunSeen,
    ShiftBegan,
    SignOff,
    Tick,
)
from dqmconsole.shift.flags import timeline
from dqmconsole.shift.reading import HAND_OVER
from dqmconsole.training.lesson import NOBODY, onset, split_cause
from dqmconsole.training.records import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dqmconsole.model.record import Body, Record
    from dqmconsole.shift.flags import Stretch
    from dqmconsole.training.facts import Facts
    from dqmconsole.training.lesson import (
        EntryGoal,
        FindingGoal,
        FlagGoal,
        Goal,
        TickGoal,
    )

    B = TypeVar("B", bound=Body)


def met(goal: Goal, facts: Facts) -> bool:
    """Tell whether all that a goal asks for is so in one moment.

    What was done (findings, flags, calls, commands) stays done; page, plot and
    comparison are those of this moment. A goal that asks for nothing is met.
    """
    return (
        (not goal.page or facts.page == goal.page)
        and (not goal.plot or fnmatchcase(facts.plot, goal.plot))
        and (not goal.alone or facts.alone)
        and (not goal.mode or facts.mode == goal.mode)
        and (not goal.used or goal.used in facts.used)
        and (not goal.read or goal.read in facts.read)
        and facts.lumisection >= goal.lumisection
        and facts.runs >= goal.runs
        and _is_on_record(goal, facts)
    )


def what_is_said(
    goal: Goal, record: Record, records: Sequence[Record], unit: str
) -> str | None:
    """Why what was written now misses a goal; "" when it is what the goal asks for.

    Args:
        goal: of a step.
        record: what was written.
        records: all that was written since the lesson began, the record among it.
        unit: what stands before the number of a lumisection.

    Returns:
        None when the goal does not ask for one.
    """
    body = record.body
    if isinstance(body, Finding) and goal.finding is not None:
        return what_is_wrong(goal.finding, body)
    if isinstance(body, Entry) and goal.entry is not None:
        return _what_is_wrong_with_entry(goal.entry, body)
    if isinstance(body, Call) and goal.call not in {"", NOBODY}:
        if body.role == goal.call:
            return ""
        return "That is on record. Whom does the instruction beside the plot name?"
    if isinstance(body, Flag) and goal.flag is not None:
        said = not body.proposed and record.subsystem == goal.flag.component
        return _what_flags_leave(goal.flag, records, unit) if said else None
    if isinstance(body, SignOff) and goal.settled and goal.flag is not None:
        if _is_flagged(goal.flag, records):
            return ""
        why = _what_flags_leave(goal.flag, records, unit) or "The flag is not set."
        return (
            f"The run is signed off with flags that are not right. {why} Signed off is "
            "final: begin the lesson again, and these last steps are done once more."
        )
    return None


def what_is_wrong(goal: FindingGoal, finding: Finding) -> str:
    """Why a finding is not the one that is asked for; "" when it is.

    The words say where it goes wrong, and leave the answer to the trainee.
    """
    if finding.verdict != goal.verdict:
        if goal.verdict == "bad":
            return "You call it good. Look again: something is not as it should be."
        return "You call it bad. Look again: is there a harmless reason for it?"
    if not matches_one(path_of(finding.plot), goal.plots):
        if goal.verdict == "bad":
            return "Something is wrong, but it does not show in this plot."
        return "This is said of another plot than the one that is meant."
    if goal.causes and finding.cause not in goal.causes:
        if not finding.cause:
            return "The verdict is right. Which of the causes fits what you see?"
        return "The verdict is right, but this cause would look different."
    if goal.urgency and finding.urgency != goal.urgency:
        return (
            "The verdict and the cause are right; how soon somebody must know is not. "
            "What does the instruction say?"
        )
    return ""


def matches_one(path: str, globs: Sequence[str]) -> bool:
    """Tell whether a path matches one of some globs; any does where there are none."""
    return not globs or any(fnmatchcase(path, glob) for glob in globs)


def too_early(finding: Finding, causes: Sequence[str], unit: str) -> str:
    """Why a fault cannot have been seen when it was found; "" when it can.

    Args:
        finding: of the first run, where lumisections of causes are those of the run.
        causes: of the run, "NAME[:SUBSYSTEM][@LS[-LAST]][*SIZE]"; of several with one
            name those of the plot's subsystem count, where there are any.
        unit: what stands before the number of a lumisection.
    """
    named = [each for each in causes if split_cause(each)[0] == finding.cause]
    layout = layout_of(finding.plot)
    here = [each for each in named if split_cause(each)[1] == layout]
    onsets = [onset(each) for each in here or named]
    if finding.verdict != "bad" or not finding.lumisection or not onsets:
        return ""
    if finding.lumisection >= min(onsets):
        return ""
    return f"Nothing of this had happened yet at {unit} {finding.lumisection}."


def flags_in_force(component: str, records: Sequence[Record]) -> tuple[Stretch, ...]:
    """What the flags of a component leave in force over the first run.

    Args:
        component: the component.
        records: all that was written since the lesson began.
    """
    run = min({each.run for each in records} - {0}, default=0)
    mine = [each for each in records if each.run == run]
    ended = [
        each.body.lumisections
        for each in mine
        if isinstance(each.body, RunSeen) and each.body.phase != "running"
    ]
    said = [
        (each, each.body)
        for each in mine
        if isinstance(each.body, Flag) and each.subsystem == component
    ]
    return timeline(said, max(ended, default=0))


def _what_is_wrong_with_entry(goal: EntryGoal, entry: Entry) -> str:
    if goal.plots and not any(
        matches_one(path_of(each), goal.plots) for each in entry.plots
    ):
        return "It is written, but not about a plot in which the fault shows."
    if goal.evidence and not entry.evidence:
        return "It is written, but without evidence: select the plot, then E."
    return ""


def _what_flags_leave(
    goal: FlagGoal, records: Sequence[Record], unit: str
) -> str | None:
    """Why the flags in force are not the ones asked for; "" when they are.

    Returns:
        None where the status is in force nowhere: another flag of the component may
        hold for other lumisections.
    """
    line = flags_in_force(goal.component, records)
    at = [
        number
        for number, part in enumerate(line)
        if part.flag.status == goal.status and not part.flag.proposed
    ]
    if not at:
        return None
    first, last = line[at[0]], line[at[-1]]
    if len(at) != at[-1] - at[0] + 1:
        return f"{goal.status} stands in more than one range. Where is it really so?"
    if goal.first and not goal.first[0] <= first.first <= goal.first[-1]:
        return (
            f"Where it begins is not right: in force is {goal.status} from {unit} "
            f"{first.first}. A flag holds until another one goes over it."
        )
    if goal.last:
        if last.last is None or not goal.last[0] <= last.last <= goal.last[-1]:
            end = "the run's end" if last.last is None else f"{unit} {last.last}"
            return f"The flag begins right; that it holds until {end} is not."
    elif last is not line[-1]:
        return f"The flag begins right; nothing gets better after {unit} {last.last}."
    wanted = {each.casefold() for each in goal.causes}
    said = {part.flag.cause.strip().casefold() for part in (line[each] for each in at)}
    if wanted and not said <= wanted:
        which = "its cause" if "" in said else "the cause that you found"
        return (
            f"Its range is right. {goal.status} wants {which}: set the flag once more, "
            "with it."
        )
    return ""


def _is_on_record(goal: Goal, facts: Facts) -> bool:
    return (
        (goal.finding is None or _is_found(goal.finding, facts))
        and (goal.flag is None or _is_flagged(goal.flag, facts.records))
        and (goal.entry is None or _is_entered(goal.entry, facts))
        and (goal.tick is None or _is_ticked(goal.tick, facts))
        and (not goal.call or _is_called(goal.call, facts))
        and (not goal.shift or _is_shift(goal.shift, facts))
        and (not goal.settled or any(_bodies(facts, SignOff)))
    )


def _is_found(goal: FindingGoal, facts: Facts) -> bool:
    return any(not what_is_wrong(goal, each) for each in _bodies(facts, Finding))


def _is_flagged(goal: FlagGoal, records: Sequence[Record]) -> bool:
    return _what_flags_leave(goal, records, unit="") == ""


def _is_entered(goal: EntryGoal, facts: Facts) -> bool:
    return any(
        not _what_is_wrong_with_entry(goal, entry) for entry in _bodies(facts, Entry)
    )


def _is_ticked(goal: TickGoal, facts: Facts) -> bool:
    return any(
        tick.done and (tick.instruction, tick.step + 1) == (goal.instruction, goal.step)
        for tick in _bodies(facts, Tick)
    )


def _is_called(role: str, facts: Facts) -> bool:
    called = {each.role for each in _bodies(facts, Call)}
    return not called if role == NOBODY else role in called


def _is_shift(
    wanted: Literal["begun", "hand-over read", "handed over"], facts: Facts
) -> bool:
    if wanted == "handed over":
        return any(_bodies(facts, HandOver))
    if wanted == "begun":
        return any(_bodies(facts, ShiftBegan))
    return any(each.read for each in _bodies(facts, ShiftBegan)) or any(
        each.kind == HAND_OVER for each in _bodies(facts, Read)
    )


def _bodies(facts: Facts, kind: type[B]) -> Iterator[B]:
    for record in facts.records:
        if isinstance(record.body, kind):
            yield record.body
