"""Goals of a lesson: whether one is met by the facts, and why a finding misses one."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, TypeVar

from dqmconsole.model.layout import path_of
from dqmconsole.model.record import (
    Call,
    Entry,
    Flag,
    HandOver,
    ShiftBegan,
    SignOff,
    Tick,
)
from dqmconsole.training.lesson import NOBODY, onset, split_cause
from dqmconsole.training.records import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dqmconsole.model.record import Body, Record
    from dqmconsole.training.facts import Facts
    from dqmconsole.training.lesson import (
        EntryGoal,
        FindingGoal,
        FlagGoal,
        Goal,
        TickGoal,
    )

    B = TypeVar("B", bound=Body)

_SHIFT: dict[str, type[ShiftBegan | HandOver]] = {
    "begun": ShiftBegan,
    "handed over": HandOver,
}


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


def what_is_wrong(goal: FindingGoal, finding: Finding) -> str:
    """Why a finding is not the one that is asked for; "" when it is.

    The words say where it goes wrong, and leave the answer to the trainee.
    """
    if finding.verdict != goal.verdict:
        if goal.verdict == "bad":
            return "You call it good. Look again: something is not as it should be."
        return "You call it bad. Look again: is there a harmless reason for it?"
    if goal.plot and not fnmatchcase(path_of(finding.plot), goal.plot):
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


def too_early(finding: Finding, causes: Sequence[str]) -> str:
    """Why a fault cannot have been seen when it was found; "" when it can.

    Args:
        finding: of the first run, where lumisections of causes are those of the run.
        causes: of the run, "NAME[:SUBSYSTEM][@LS][*SIZE]".
    """
    onsets = [onset(each) for each in causes if split_cause(each)[0] == finding.cause]
    if finding.verdict != "bad" or not finding.lumisection or not onsets:
        return ""
    if finding.lumisection >= min(onsets):
        return ""
    return f"Nothing of this had happened yet at LS {finding.lumisection}."


def what_is_wrong_with_flag(goal: FlagGoal, record: Record) -> str:
    """Why a confirmed flag misses the one that is asked for; "" when it does not.

    Another flag of the component says nothing: it may hold for other lumisections.
    """
    if not _is_right_flag(goal, record) or _begins_right(goal, record):
        return ""
    return "The flag is right; the lumisection that it begins with is not."


def _is_on_record(goal: Goal, facts: Facts) -> bool:
    return (
        (goal.finding is None or _is_found(goal.finding, facts))
        and (goal.flag is None or _is_flagged(goal.flag, facts))
        and (goal.entry is None or _is_entered(goal.entry, facts))
        and (goal.tick is None or _is_ticked(goal.tick, facts))
        and (not goal.call or _is_called(goal.call, facts))
        and (not goal.shift or any(_bodies(facts, _SHIFT[goal.shift])))
        and (not goal.settled or any(_bodies(facts, SignOff)))
    )


def _is_found(goal: FindingGoal, facts: Facts) -> bool:
    return any(not what_is_wrong(goal, each) for each in _bodies(facts, Finding))


def _is_flagged(goal: FlagGoal, facts: Facts) -> bool:
    return any(
        _is_right_flag(goal, each) and _begins_right(goal, each)
        for each in facts.records
    )


def _is_right_flag(goal: FlagGoal, record: Record) -> bool:
    flag = record.body
    wanted = (goal.component, goal.status)
    return (
        isinstance(flag, Flag)
        and not flag.proposed
        and (record.subsystem, flag.status) == wanted
    )


def _begins_right(goal: FlagGoal, record: Record) -> bool:
    assert isinstance(record.body, Flag)
    return not goal.first or goal.first[0] <= record.body.first <= goal.first[-1]


def _is_entered(goal: EntryGoal, facts: Facts) -> bool:
    return any(
        (bool(entry.evidence) or not goal.evidence)
        and (
            not goal.plot
            or any(fnmatchcase(path_of(each), goal.plot) for each in entry.plots)
        )
        for entry in _bodies(facts, Entry)
    )


def _is_ticked(goal: TickGoal, facts: Facts) -> bool:
    return any(
        tick.done and (tick.instruction, tick.step + 1) == (goal.instruction, goal.step)
        for tick in _bodies(facts, Tick)
    )


def _is_called(role: str, facts: Facts) -> bool:
    called = {each.role for each in _bodies(facts, Call)}
    return not called if role == NOBODY else role in called


def _bodies(facts: Facts, kind: type[B]) -> Iterator[B]:
    for record in facts.records:
        if isinstance(record.body, kind):
            yield record.body
