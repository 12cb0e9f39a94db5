"""Marks of a practice shift: what was done about each fault, and needlessly.

A fault is scored on being found, on the time that took, on its cause, its urgency, the
call, the flag and the entry. What a trainee saw as bad where nothing was wrong, and
calls and flags that belong to nothing, are false alarms. With the few faults of a
shift these marks tell where somebody stands; nobody passes or fails on them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dqmconsole.model.layout import layout_of
from dqmconsole.model.record import Flag, Record
from dqmconsole.shift.flags import components, timeline
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
    from collections.abc import Mapping, Sequence

    from dqmconsole.model.site import Site
    from dqmconsole.shift.flags import Stretch
    from dqmconsole.training.lesson import LessonRun

IN_TIME, LATE = 120.0, 300.0
"""Seconds from the onset to the finding: within the first it has the whole mark, within
the second half of it."""

SNAPSHOTS = 5
"""Lumisections by which a flag may begin beside the onset, and end beside the end: both
are known only to lie between two snapshots, and the tests judge the last five
lumisections."""


def marks(
    run: LessonRun,
    site: Site,
    actions: Sequence[Action],
    faults: Sequence[Happening] | None = None,
) -> tuple[Mark, ...]:
    """Score a shift.

    A finding and an entry belong to a fault on a plot on which it shows, and flags
    count by what they leave in force in the end.

    Args:
        run: its plan.
        site: its instructions say what was right.
        actions: what the trainee did, in their order.
        faults: those of the plan, with the plots on which they show; None: these are
            not known.

    Returns:
        The marks of each fault by onset, and after them the false alarms; each false
        alarm is a whole mark that was not reached.
    """
    if faults is None:
        faults = happenings(run, site, "fault")
    flagged = _bad_in_force(actions, faults, site)
    mine: dict[str, list[Action]] = {each.text: [] for each in faults}
    alarms: dict[tuple[object, ...], Mark] = {}
    for action in actions:
        if action.what == "flag":
            continue
        fault = _fault_of(action, faults, site, run)
        if fault is not None and _is_second_call(action, fault, mine[fault.text]):
            said = f"{action.role} was called again, when {fault.name} was over"
            alarm = Mark("", "false alarm", 0.0, 1.0, said)
            alarms.setdefault(("again", fault.text, action.role), alarm)
        elif fault is not None:
            mine[fault.text].append(action)
        elif (words := _alarm(action)) is not None:
            same = (action.what, action.plots, action.role)
            alarms.setdefault(same, Mark("", "false alarm", 0.0, 1.0, words))
    for flag in flagged:
        if flag.fault is None:
            words = f"{flag.component} was flagged BAD, where nothing was wrong"
            alarm = Mark("", "false alarm", 0.0, 1.0, words)
            alarms.setdefault(("flag", flag.component), alarm)
    found = [
        mark
        for fault in faults
        for mark in _of_fault(fault, mine[fault.text], flagged, faults, site, run)
    ]
    return (*found, *alarms.values())


def _fault_of(
    action: Action, faults: Sequence[Happening], site: Site, run: LessonRun
) -> Happening | None:
    fault = belongs_to(action, faults)
    if fault is None and action.what == "call":
        layouts = {layout_of(each) for each in action.plots}
        for each in reversed(faults):
            if layouts and not layouts & each.layouts:  # about something else
                continue
            step = right_step(
                site, each.plots, each.name, run.known_type, action.beam_mode
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
    return None


def _of_fault(
    fault: Happening,
    actions: Sequence[Action],
    flagged: Sequence[_Flagged],
    faults: Sequence[Happening],
    site: Site,
    run: LessonRun,
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
    run_type = run.known_type
    steps = (right_step(site, each, fault.name, run_type, mode) for each in wanted)
    step = next((each for each in steps if each is not None), None)
    if step is not None:
        if said:
            found.append(mark("urgency", *_urgency(step, said[-1].urgency)))
        roles = [each.role for each in actions if each.what == "call"]
        found.append(mark("call", *_call(step, roles, was_found=bool(said))))
    flag = _flag(fault, flagged, faults, site)
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


class _Flagged(NamedTuple):
    """A component is BAD over some lumisections in the end.

    Attributes:
        component: its name.
        first, last: lumisections; `last` None: until the run's end.
        fault: that it means; None where none had begun.
    """

    component: str
    first: int
    last: int | None
    fault: Happening | None


def _bad_in_force(
    actions: Sequence[Action], faults: Sequence[Happening], site: Site
) -> list[_Flagged]:
    """Where components are BAD when all that was flagged is taken together."""
    said: dict[str, list[tuple[Record, Flag]]] = {}
    by_uid = {str(number): each for number, each in enumerate(actions)}
    for uid, each in by_uid.items():
        if each.what == "flag" and each.status:
            flag = Flag(
                each.status,
                each.first,
                each.last or None,
                earliest=each.earliest or None,
            )
            said.setdefault(each.component, []).append((Record(uid, 0.0, flag), flag))
    return [
        _Flagged(name, part.first, part.last, _meant(name, part, by_uid, faults, site))
        for name, flags in said.items()
        for part in timeline(flags)
        if part.flag.status == "BAD"
    ]


def _meant(
    component: str,
    part: Stretch,
    by_uid: Mapping[str, Action],
    faults: Sequence[Happening],
    site: Site,
) -> Happening | None:
    """The fault that a flag means: its own lumisection says which of several."""
    assert part.record is not None
    action = by_uid[part.record.uid]
    layouts = components(site).get(component, ())
    begun = [
        each
        for each in faults
        if each.seconds <= action.seconds and _covers(layouts, each)
    ]
    return min(begun, key=lambda each: abs(each.onset - part.first), default=None)


def _flag(
    fault: Happening,
    flagged: Sequence[_Flagged],
    faults: Sequence[Happening],
    site: Site,
) -> tuple[float, str] | None:
    """The flag's mark; None where no component covers the fault."""
    names = {name for name, each in components(site).items() if _covers(each, fault)}
    if not names:
        return None
    called = site.settings.lumisection
    there = [each for each in flagged if each.component in names]
    mine = [each for each in there if each.fault is fault]
    for each in there:
        earlier = each.fault
        if earlier is None or earlier.onset >= fault.onset:
            continue
        if _fits(each, earlier) and _holds(each, there, fault.onset):
            words = f"{each.component} is BAD already, from {called} {each.first}"
            return _until(each, there, words, fault, faults, site)
    if not mine:
        return 0.0, "no component is flagged BAD"
    best = min(mine, key=lambda each: abs(each.first - fault.onset))
    words = f"{best.component} is BAD from {called} {best.first}"
    if not _fits(best, fault):
        return 0.5, f"{words}; it began in {fault.onset}"
    return _until(best, there, words, fault, faults, site)


def _until(
    flag: _Flagged,
    others: Sequence[_Flagged],
    words: str,
    fault: Happening,
    faults: Sequence[Happening],
    site: Site,
) -> tuple[float, str]:
    """The mark of a flag that begins where it should, by where it ends.

    Args:
        flag: BAD, with the right beginning.
        others: flags of its component, too.
        words: what it says of the beginning.
        fault: that it is for.
        faults: all of the run, by onset.
        site: knows what its component covers.
    """
    last = _last(flag, others)
    layouts = components(site)[flag.component]
    wanted = _over_after(fault, [each for each in faults if _covers(layouts, each)])
    if last is None:
        if not wanted:
            return 1.0, f"{words} on"
        return 0.5, f"{words} to the run's end; it was over after {wanted}"
    if wanted and abs(last - wanted) <= SNAPSHOTS:
        return 1.0, f"{words} to {last}"
    over = f"it was over after {wanted}" if wanted else "another fault is there"
    return 0.5, f"{words} to {last}; {over if fault.end else 'it did not end'}"


def _over_after(fault: Happening, faults: Sequence[Happening]) -> int:
    """The lumisection until which a fault, or what overlaps it, lasts; 0: to the end.

    Args:
        fault: the fault.
        faults: of the same component, by onset.
    """
    end = fault.end
    for each in faults:
        begun = not end or each.onset <= end + SNAPSHOTS
        over = each.end and each.end + SNAPSHOTS < fault.onset
        if begun and not over:
            end = max(end, each.end) if end and each.end else 0
    return end - 1 if end else 0


def _is_second_call(action: Action, fault: Happening, before: Sequence[Action]) -> bool:
    """Tell whether somebody who knows of a fault is called when it is over."""
    if action.what != "call" or not 0 < fault.end <= action.lumisection:
        return False
    return any(
        each.what == "call" and each.role == action.role and each.answered
        for each in before
    )


def _fits(flag: _Flagged, fault: Happening) -> bool:
    return abs(flag.first - fault.onset) <= SNAPSHOTS


def _holds(flag: _Flagged, others: Sequence[_Flagged], until: int) -> bool:
    """Tell whether it is BAD on to a lumisection, perhaps in pieces."""
    last = _last(flag, others)
    return last is None or last >= until


def _last(flag: _Flagged, others: Sequence[_Flagged]) -> int | None:
    """The lumisection until which it is BAD, perhaps in pieces; None: the run's end."""
    last = flag.last
    while last is not None:
        after = [
            each
            for each in others
            if each.component == flag.component and each.first == last + 1
        ]
        if not after:
            return last
        last = after[0].last
    return None


def _entry(actions: Sequence[Action]) -> tuple[float, str]:
    entries = [each for each in actions if each.what == "entry"]
    if not entries:
        return 0.0, "no entry was written about it"
    if any(each.evidence for each in entries):
        return 1.0, "an entry with evidence was written"
    return 0.5, "an entry was written, without evidence"


def _covers(layouts: Sequence[str], fault: Happening) -> bool:
    """A component is struck by what acts on its subsystem; by all else where seen."""
    struck = {fault.target} if fault.target else fault.layouts
    return not struck.isdisjoint(layouts)
