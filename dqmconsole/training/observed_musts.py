"""What had to be right in an observed shift, by the records of its book."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from dqmconsole.model.layout import KEY_STEP, layout_of, path_of, subsystem_of
from dqmconsole.model.record import Call, Entry, Flag, HandOver, Record
from dqmconsole.model.run import Conditions
from dqmconsole.shift.alarms import whom_called
from dqmconsole.shift.flags import begins, components, timeline
from dqmconsole.shift.guidance import Guide
from dqmconsole.shift.on_call import escalation
from dqmconsole.training.lesson import onset, short_name, split_cause
from dqmconsole.training.observed_records import (
    Must,
    ObservedEnded,
    ObservedSigned,
)
from dqmconsole.training.truth import keys_of, plot_title, right_step

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dqmconsole.model.site import Site
    from dqmconsole.shift.flags import Stretch
    from dqmconsole.training.lesson import ObservedPlan, PlannedFault

CALL_WITHIN = 600.0
"""Seconds from the lumisection that shows a fault to the right call about it."""

FLAG_WITHIN = 2  # lumisections by which a flag may begin beside the onset

RINGS = 90.0  # s for which it is told what a call came to


class Did(msgspec.Struct, frozen=True):
    """A record of the throw-away book, and when it was made.

    Attributes:
        record: the record.
        seconds: of the shift's own clock.
        lumisection: the run had come so far.
    """

    record: Record
    seconds: float
    lumisection: int


class DoneShift(NamedTuple):
    """An observed shift that is over, and what was done in it.

    Attributes:
        plan: of the shift.
        site: its contacts and components.
        did: the trainee's records, in their order.
        seen: onset -> s of the shift's clock at which the run had come so far.
        reached: last lumisection of the run.
        seconds: the shift lasted.
        run_type: type of the run; None where it is not known.
    """

    plan: ObservedPlan
    site: Site
    did: Sequence[Did]
    seen: Mapping[int, float]
    reached: int
    seconds: float
    run_type: str | None = None

    @property
    def faults(self) -> list[PlannedFault]:
        """The faults of the plan, by onset."""
        return sorted(self.plan.faults, key=lambda each: onset(each.cause))


def musts(shift: DoneShift) -> tuple[Must, ...]:
    """Judge what was done in an observed shift.

    Returns:
        Call and flag of each fault, by onset; the call that nobody answers; false
        calls; false flags; whether it was ended too early.
    """
    lines = _lines(shift.did)
    found = []
    for fault in shift.faults:
        found.append(_call_must(fault, shift))
        if fault.component:
            line = lines.get(fault.component, ())
            found.append(_flag_must(fault, line, shift))
    found += [
        _unanswered_must(shift),
        _false_calls_must(shift),
        _false_flags_must(shift, lines),
        _length_must(shift),
    ]
    return tuple(found)


def read_back(plan: ObservedPlan, site: Site, lumisection: int) -> tuple[str, ...]:
    """What of a shift has to be heard when its hand-over is read back.

    Args:
        plan: of the shift.
        site: whose contacts.
        lumisection: the last that was seen: what was to come later is not told.
    """
    called, unit = site.contacts.title_of, site.settings.lumisection
    found = []
    begun = [each for each in plan.faults if onset(each.cause) <= lumisection]
    for fault in sorted(begun, key=lambda each: onset(each.cause)):
        name = short_name(split_cause(fault.cause)[0])
        what = f"{fault.component} is BAD"
        if not fault.component:
            recorded = plan.run.recorded > 0
            names = layouts_of(fault.plots, site, recorded=recorded)
            there = ", ".join(sorted(names))
            what = f"something is wrong in {there}"
        found.append(
            f"{what} since about {unit} {onset(fault.cause)} ({name}), and who was "
            "called"
        )
    if any(plan.unanswered in fault.call for fault in begun):
        who = called(plan.unanswered)
        found.append(f"{who} did not answer, and who was called instead")
    if plan.hand_over is not None:
        found += [
            f"from the hand-over of the shift before: {each.what}; called "
            f"{called(each.called)}, awaited: {each.awaits}"
            for each in plan.hand_over.open
        ]
    return (*found, "what is still open, and what the next shift has to watch")


def read_back_must(ended: ObservedEnded, signed: ObservedSigned) -> Must:
    """Whether the hand-over was written, and read back whole."""
    missing = [each for each in ended.read_back if each not in signed.heard]
    asked = "the hand-over is written, and read back to the mentor"
    if not ended.hand_over.strip():
        return Must("hand-over", False, asked, "no hand-over was written")
    if missing:
        return Must("hand-over", False, asked, f"not heard: {'; '.join(missing)}")
    return Must("hand-over", True, asked, f"read back to {signed.mentor}")


def with_outcomes(did: Iterable[Did]) -> tuple[Did, ...]:
    """Records in their order, a call and what it came to as one.

    Where a call was put on record before it was known who answers, the next one of the
    same role about the same says it, if it comes while the phone rings.
    """
    found: list[Did] = []
    ringing: dict[tuple[str, str], int] = {}  # index of a call nobody said more about
    for each in did:
        body = each.record.body
        if isinstance(body, Call):
            whom = body.role, body.about
            at = ringing.pop(whom, None)
            if body.answered is None:
                ringing[whom] = len(found)
            elif at is not None and each.seconds - found[at].seconds <= RINGS:
                found[at] = _with_outcome(found[at], answered=body.answered)
                continue
        found.append(each)
    return tuple(found)


def done_words(did: Did, site: Site) -> str:
    """What was done, in words; "" of what does not count."""
    body, unit = did.record.body, site.settings.unit
    when = f"{unit} {did.lumisection}, {_time_words(did.seconds)}"
    if isinstance(body, Call):
        heard = {None: "", True: ", answered", False: ", not answered"}[body.answered]
        about = _where_words(body.about, site)
        return f"{when}: called {_called(did, site)}{about}{heard}"
    if isinstance(body, Flag) and not body.proposed:
        last = "the end" if body.last is None else str(body.last)
        cause = f", {body.cause}" if body.cause else ""
        first = begins(body)  # as it is in force: where it may have begun at first
        seen = f", seen at {body.first}" if first < body.first else ""
        return (
            f"{when}: {did.record.subsystem} {body.status}, {unit} {first} to "
            f"{last}{seen}{cause}"
        )
    if isinstance(body, Entry):
        return f"{when}: entry “{body.title}”"
    if isinstance(body, HandOver):
        return f"{when}: the hand-over was written"
    return ""


def layouts_of(plots: Iterable[str], site: Site, *, recorded: bool) -> set[str]:
    """The layouts in which something is wrong where these plots show it.

    What is simulated strikes a subsystem; what is put into a recorded run is in a plot,
    and in the layouts that have it.

    Args:
        plots: paths of plots.
        site: whose layouts.
        recorded: they are of a recorded run.
    """
    if recorded:
        return {layout_of(each) for each in keys_of(site, set(plots))}
    return {subsystem_of(each) for each in plots}


# -- inside --------------------------------------------------------------------------


def _with_outcome(did: Did, *, answered: bool) -> Did:
    replace, record = msgspec.structs.replace, did.record
    assert isinstance(record.body, Call)
    body = replace(record.body, answered=answered)
    return replace(did, record=replace(record, body=body))


def _call_must(fault: PlannedFault, shift: DoneShift) -> Must:
    site = shift.site
    right = " or ".join(map(site.contacts.title_of, fault.call))
    asked = f"{_named(fault, shift)}: {right} is called within {_minutes(CALL_WITHIN)}"
    since = shift.seen.get(onset(fault.cause))
    if since is None:
        return Must("call", False, asked, "the shift ended before it began")
    calls = [each for each in shift.did if _is_about(each, fault, shift)]
    if not calls:
        return Must("call", False, asked, "nobody was called about it")
    took = calls[0].seconds - since
    done = f"{_called(calls[0], site)} was called after {_time_words(took)}"
    return Must("call", took <= CALL_WITHIN, asked, done)


def _flag_must(fault: PlannedFault, line: Iterable[Stretch], shift: DoneShift) -> Must:
    begins, reached = onset(fault.cause), shift.reached
    unit = shift.site.settings.lumisection
    within = f"within {FLAG_WITHIN} {unit}s"
    asked = f"{fault.component} is BAD from {unit} {begins} on, {within}"
    bad = [each for each in line if each.flag.status == "BAD"]
    if not bad:
        return Must("flag", False, asked, f"{fault.component} is nowhere BAD")
    said = ", ".join(_stretch_words(each) for each in bad)
    first, last = bad[0].first, bad[-1].last
    # where the start lies between two snapshots, any lumisection of them may be it
    latest = max(first, bad[0].flag.first)
    if bad[0].last is not None:
        latest = min(latest, bad[0].last)
    whole = all(
        after.first - (before.last or after.first) <= 1
        for before, after in itertools.pairwise(bad)
    )
    right = (
        whole
        and first <= begins + FLAG_WITHIN
        and latest >= begins - FLAG_WITHIN
        and (last is None or last >= reached - FLAG_WITHIN)
    )
    return Must("flag", right, asked, f"{fault.component} is BAD {said}")


def _unanswered_must(shift: DoneShift) -> Must:
    site, plan = shift.site, shift.plan
    role = plan.unanswered
    meant = tuple(path for fault in plan.faults if role in fault.call
                  for path in fault.plots)  # fmt: skip
    line = _line_of(shift, role, keys_of(site, meant))
    who, others = site.contacts.title_of(role), map(site.contacts.title_of, line)
    asked = (
        f"{who} does not answer: it is on record, and within {_minutes(CALL_WITHIN)} "
        f"the next of the line is called about it ({', then '.join(others)})"
    )
    about = [(each, fault) for each in shift.did for fault in plan.faults
             if _role(each) == role and _is_about(each, fault, shift)]  # fmt: skip
    if not about:
        return Must("unanswered", False, asked, f"{who} was not called")
    if not any(_is_unanswered(each) for each, _ in about):
        done = f"it is not on record that {who} did not answer"
        return Must("unanswered", False, asked, done)
    rang, fault = about[0]
    may = {*line, *_line_of(shift, role, _keys_about(rang))}
    after = [each for each in shift.did
             if each.seconds >= rang.seconds and _role(each) in may
             and _is_where(each, fault, shift)]  # fmt: skip
    if not after:
        done = "nobody else was called about it after that"
        return Must("unanswered", False, asked, done)
    took = after[0].seconds - rang.seconds
    done = f"{_called(after[0], site)} was called {_time_words(took)} later"
    return Must("unanswered", took <= CALL_WITHIN, asked, done)


def _false_calls_must(shift: DoneShift) -> Must:
    asked = "nobody is called about what is harmless, known, or not there"
    plan, did, site = shift.plan, shift.did, shift.site
    keys = tuple({key: None for each in did for key in _keys_about(each)})
    may = {each.cause: _may_be_called(each, shift, keys) for each in plan.faults}
    wrong = [
        each
        for each in did
        if isinstance(each.record.body, Call)
        and not any(
            _role(each) in may[fault.cause] and _is_where(each, fault, shift)
            for fault in plan.faults
        )
    ]
    if not wrong:
        return Must("false calls", True, asked, "nobody was")
    done = "; ".join(
        f"{_called(each, site)} in {site.settings.lumisection} {each.lumisection}"
        f"{_about_words(each, shift)}" for each in wrong
    )  # fmt: skip
    return Must("false calls", False, asked, done)


def _false_flags_must(shift: DoneShift, lines: Mapping[str, Iterable[Stretch]]) -> Must:
    asked = "no component is BAD in which nothing is wrong"
    plan, site = shift.plan, shift.site
    plots = [path for each in plan.faults for path in each.plots]
    if plan.handed_on is not None:  # it is wrong, and may be flagged or not
        plots += plan.handed_on.plots
    there = layouts_of(plots, site, recorded=plan.run.recorded > 0)
    struck = {each.component for each in plan.faults}
    struck |= {name for name, layouts in components(site).items()
               if there.intersection(layouts)}  # fmt: skip
    wrong = [
        f"{name} {_stretch_words(each)}"
        for name, line in lines.items()
        for each in line
        if each.flag.status == "BAD" and name not in struck
    ]
    done = "; ".join(wrong) or "none is"
    return Must("false flags", not wrong, asked, done)


def _length_must(shift: DoneShift) -> Must:
    """Whether it went on until all had come, and the time for the calls was over."""
    whole = shift.plan.minutes * 60
    asked = (
        f"it goes on for {_minutes(whole)}, or at least until {_minutes(CALL_WITHIN)} "
        "after the last fault"
    )
    done = f"it was ended after {_time_words(shift.seconds)}"
    if shift.seconds >= whole:
        return Must("length", True, asked, f"it lasted {_minutes(whole)}")
    seen = shift.seen
    lacking = [each for each in shift.faults if onset(each.cause) not in seen]
    if lacking:
        words = f"{done}, before this came: {_named(lacking[0], shift)}"
        return Must("length", False, asked, words)
    hurried = [each for each in shift.faults
               if shift.seconds < seen[onset(each.cause)] + CALL_WITHIN]  # fmt: skip
    if hurried:
        words = f"{done}, before the time to call about this was over: "
        return Must("length", False, asked, words + _named(hurried[-1], shift))
    return Must("length", True, asked, done)


def _lines(did: Iterable[Did]) -> dict[str, tuple[Stretch, ...]]:
    """Component -> the flags that are in force at the end."""
    said: dict[str, list[tuple[Record, Flag]]] = {}
    for each in did:
        flag = each.record.body
        if isinstance(flag, Flag) and not flag.proposed:
            said.setdefault(each.record.subsystem, []).append((each.record, flag))
    return {name: timeline(each) for name, each in said.items()}


def _role(did: Did) -> str:
    return did.record.body.role if isinstance(did.record.body, Call) else ""


def _called(did: Did, site: Site) -> str:
    """Who was called, by the title of the role; "" of what is no call."""
    body = did.record.body
    return whom_called(body, site) if isinstance(body, Call) else ""


def _is_about(did: Did, fault: PlannedFault, shift: DoneShift) -> bool:
    """Whether it is a call of the right role about a fault that had come into view."""
    return _role(did) in fault.call and _is_where(did, fault, shift)


def _is_unanswered(did: Did) -> bool:
    return isinstance(did.record.body, Call) and did.record.body.answered is False


def _is_where(did: Did, fault: PlannedFault, shift: DoneShift) -> bool:
    body, since = did.record.body, shift.seen.get(onset(fault.cause))
    if not isinstance(body, Call) or since is None or did.seconds < since:
        return False
    about = body.about
    if KEY_STEP not in about:  # of no plot: it could be about anything
        return False
    return _shows(about, fault, shift)


def _shows(key: str, fault: PlannedFault, shift: DoneShift) -> bool:
    """Whether a plot is one from which a fault is called about."""
    plan, path = shift.plan, path_of(key)
    if path in fault.plots:
        return True
    if path in other_plots(plan, fault):
        return False
    recorded = plan.run.recorded > 0
    return layout_of(key) in layouts_of(fault.plots, shift.site, recorded=recorded)


def other_plots(plan: ObservedPlan, fault: PlannedFault) -> set[str]:
    """Paths of the plots on which something else of the plan is to be seen."""
    found = {plan.known}
    for each in (*plan.faults, plan.false_alarm, plan.handed_on):
        if each is not None and each is not fault:
            found.update(each.plots)
    return found


def _keys_about(did: Did) -> tuple[str, ...]:
    """The key of the plot from which somebody was called; () of any other record."""
    body = did.record.body
    about = body.about if isinstance(body, Call) else ""
    return (about,) if KEY_STEP in about else ()


def _may_be_called(
    fault: PlannedFault, shift: DoneShift, about: Iterable[str]
) -> set[str]:
    """Who is no false call about a fault.

    Also who comes after those to be called, and whom another step of its plots'
    instructions names: who follows it from its first step on does nothing needless.

    Args:
        fault: the fault.
        shift: the shift.
        about: keys of the plots from which anybody was called.
    """
    roles = set(fault.call)
    keys = keys_of(shift.site, fault.plots)
    called_from = {*keys, *(each for each in about if _shows(each, fault, shift))}
    for each in fault.call:
        roles.update(_line_of(shift, each, sorted(called_from)))
    name = split_cause(fault.cause)[0]
    step = right_step(shift.site, keys, name, shift.run_type, "")
    return roles if step is None else roles | step.named


def _line_of(shift: DoneShift, role: str, plots: Iterable[str]) -> tuple[str, ...]:
    """The roles to turn to, one after the other, when a role does not answer.

    Args:
        shift: its contacts and instructions.
        role: the role.
        plots: keys of the plots from which it may be called; each gives the line that
            the list of whom to call shows.
    """
    site = shift.site
    guide, given = Guide(site), Conditions(run_type=shift.run_type)
    asked = [guide.of(key, given, 0.0).instruction for key in plots] or [None]
    lines = [escalation(site.contacts, each, role)[1:] for each in asked]
    return tuple(dict.fromkeys(each for line in lines for each in line))


def _named(fault: PlannedFault, shift: DoneShift) -> str:
    """A fault in words: what, where, since when."""
    name, target = split_cause(fault.cause)
    if shift.plan.run.recorded:
        target = ", ".join(plot_title(each, shift.site) for each in fault.plots)
    where = f" in {target}" if target else ""
    since = f"{shift.site.settings.lumisection} {onset(fault.cause)}"
    return f"{short_name(name)}{where} since {since}"


def _about_words(did: Did, shift: DoneShift) -> str:
    assert isinstance(did.record.body, Call)
    about, plan = did.record.body.about, shift.plan
    path = path_of(about) if KEY_STEP in about else ""
    why = ""
    if path == plan.known:
        why = ", which is a known issue"
    elif plan.handed_on is not None and path in plan.handed_on.plots:
        why = ", which the shift before called about already"
    elif plan.false_alarm is not None and path in plan.false_alarm.plots:
        name = short_name(split_cause(plan.false_alarm.cause)[0])
        why = f", which is harmless ({name})"
    return f"{_where_words(about, shift.site)}{why}"


def _where_words(about: str, site: Site) -> str:
    if not about:
        return ""
    return f" about {plot_title(path_of(about), site) if KEY_STEP in about else about}"


def _stretch_words(stretch: Stretch) -> str:
    last = "the end" if stretch.last is None else str(stretch.last)
    return f"from {stretch.first} to {last}"


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:g} minutes"


def _time_words(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 60} min {whole % 60:02} s"
