"""Following an instruction: which one a plot has, what was done of it, what is not."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from dqmconsole.model.contacts import Contacts
from dqmconsole.model.instruction import (
    CALL_OF,
    URGENCIES,
    AppliesTo,
    Instruction,
    Note,
    Step,
    UrgencyRule,
    calling_steps,
    steps_for,
)
from dqmconsole.model.layout import KEY_STEP, layout_of, plot_key, subsystem_of
from dqmconsole.model.moment import date_words
from dqmconsole.model.record import Call, Entry, Record, Tick
from dqmconsole.model.verdict import Status
from dqmconsole.model.words import counted
from dqmconsole.shift.on_call import escalation, on_call

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from dqmconsole.logbook.view import Logbook
    from dqmconsole.model.cause import Urgency as AlarmUrgency
    from dqmconsole.model.instruction import Urgency
    from dqmconsole.model.layout import Layout, Page, Plot
    from dqmconsole.model.run import Conditions
    from dqmconsole.model.site import Site
    from dqmconsole.model.verdict import Verdict

QUIET = "gives-nothing"  # folder of the instructions that the console has by itself
ANSWERED_WITHIN = 300.0  # s a BAD plot with an urgent step may stand unanswered


class Guidance(msgspec.Struct, frozen=True):
    """What the site says of a plot under some conditions.

    Attributes:
        instruction: the plot's instruction, or None.
        holds: it holds in this run type and beam mode.
        sentence: why there is none, or why it does not hold; "" else.
        notes: short-term notes that hold now, newest first.
        owner: role that owns the layout, or "".
        cause: what a person has said the cause is; "" where nobody did.
    """

    instruction: Instruction | None
    holds: bool = True
    sentence: str = ""
    notes: tuple[Note, ...] = ()
    owner: str = ""
    cause: str = ""


class Guide:
    """The instructions of one site, by plot.

    Args:
        site: the site; None knows none.
    """

    def __init__(self, site: Site | None) -> None:
        self.site = site
        self._instructions = (
            {each.id: each for each in site.instructions} if site else {}
        )
        self._plots: dict[str, tuple[Layout, Page, Plot]] = {}
        for layout in site.layouts if site else ():
            for page in layout.pages:
                for plot in page.plots:
                    key = plot_key(layout.layout, page.page, plot.path)
                    self._plots[key] = (layout, page, plot)

    def instruction(self, name: str) -> Instruction | None:
        """An instruction by its id."""
        return self._instructions.get(name)

    def alarm(self, key: str) -> AlarmUrgency:
        """When somebody has to act once a plot is BAD; "" where it is never heard."""
        found = self._plots.get(key)
        asked = None if found is None else found[2].alarm
        return "" if asked is None or asked == "none" else asked

    def asks_alarm(self, key: str) -> bool:
        """Tell whether a plot is to be heard when it is BAD."""
        return bool(self.alarm(key))

    def of(self, key: str, given: Conditions, now: float) -> Guidance:
        """What the site says of a plot.

        Args:
            key: the plot's key.
            given: the conditions of the run: run type and beam mode narrow.
            now: unix time, s: notes expire by it.
        """
        if key not in self._plots:
            return Guidance(None, sentence="this element stands on no page")
        layout, page, plot = self._plots[key]
        name = plot.instruction or page.instruction or ""
        found = self._instructions.get(name)
        where = (layout.layout, page.page, plot.path)
        notes = self._notes(where, given, now)
        superseded = [each.title for each in notes if name in each.supersedes]
        if found is None:
            words = (
                f"its instruction {name} is not there" if name else "it has none yet"
            )
            return Guidance(None, sentence=words, notes=notes, owner=layout.owner)
        applies = found.applies_to
        holds = applies.holds(given.run_type, given.beam_mode)
        narrowed = [given.run_type or "this run type"] if applies.run_types else []
        narrowed += [given.beam_mode or "this beam mode"] if applies.beam_modes else []
        said = f"this instruction is not meant for {', '.join(narrowed)}"
        words = "" if holds else said
        if superseded:
            words = f"the note “{superseded[0]}” goes before this instruction"
        return Guidance(found, holds, words, notes, layout.owner)

    def plots_of(self, subsystem: str) -> frozenset[str]:
        """Keys of the plots of a subsystem; "" for all."""
        return frozenset(
            key
            for key, (_, _, plot) in self._plots.items()
            if subsystem in ("", subsystem_of(plot.path))
        )

    def of_quiet(self, subsystem: str, why: str, own: Guidance) -> Guidance:
        """What to do about a subsystem that gives nothing to judge: for all its plots.

        Args:
            subsystem: its name; "" for the whole source.
            why: what is known of it.
            own: what the site says of the plot that is looked at.
        """
        plots, found = self.plots_of(subsystem), own.instruction
        many = counted(len(plots), "plot")
        name = subsystem or "the whole source"
        look = (
            f"See in the overview (**O**) whether others stand still, too: then the "
            f"cause is not {name}."
            if subsystem
            else "See whether the run goes on, and whether its files are written."
        )
        owner = self._owner(plots, whole=not subsystem)
        said = why if name in why else f"{name}, {why}"
        words = f"Call, and say: {said}; none of {many} is judged."
        entry = "Write an entry (**E**): what was bad before is only not seen any more."
        call = Step(words, owner, (UrgencyRule("call now"),))
        if meant := self._meant_for(own.cause, plots):
            call, owner = meant, meant.role
        steps = (Step(look), call, Step(entry))
        made = Instruction(
            f"{QUIET}/{subsystem or 'source'}",
            f"{name} gives nothing to judge",
            *(1, "", "", owner, AppliesTo(), "", ""),
            shows=found.shows if found is not None else "",
            steps=steps,
            turns=found.turns if found is not None else (),
        )
        return Guidance(made, notes=own.notes, owner=owner, cause=own.cause)

    def _meant_for(self, cause: str, plots: Collection[str]) -> Step | None:
        """The first step of the instructions of some plots that calls for a cause."""
        for key in sorted(plots) if cause else ():
            _, page, plot = self._plots[key]
            found = self._instructions.get(plot.instruction or page.instruction or "")
            for step in found.steps if found is not None else ():
                if step.role and cause in step.causes:
                    return step
        return None

    def _owner(self, plots: Collection[str], *, whole: bool) -> str:
        """Who owns most of some plots; of all of them, who comes after each owner."""
        owners = Counter(
            layout.owner
            for layout, _, _ in (self._plots[key] for key in sorted(plots))
            if layout.owner
        )
        if not owners or self.site is None:
            return ""
        first = owners.most_common(1)[0][0]
        if not whole:
            return first
        chains = [escalation(self.site.contacts, None, each) for each in owners]
        common = (role for role in chains[0] if all(role in each for each in chains))
        return next(common, first)

    def _notes(
        self, where: tuple[str, str, str], given: Conditions, now: float
    ) -> tuple[Note, ...]:
        assert self.site is not None
        found = [
            each
            for each in self.site.notes
            if is_valid(each, now)
            and each.applies_to.names(*where)
            and each.applies_to.holds(given.run_type, given.beam_mode)
        ]
        gone = {name for each in found for name in each.supersedes}
        found = [each for each in found if each.id not in gone]
        return tuple(sorted(found, key=lambda each: each.written, reverse=True))


def is_valid(note: Note, now: float) -> bool:
    """Tell whether a note holds at a moment: from its day to its last, UTC."""
    return note.written <= date_words(now) <= note.expires


def ticked(
    logbook: Logbook, instruction: Instruction, plots: Collection[str], run: int
) -> dict[int, Record]:
    """The steps of an instruction that are done in a run for plots with one cause."""
    found: dict[int, Record] = {}
    this = (instruction.id, instruction.version)
    for record, body in logbook.of_run(Tick, run):
        if (body.instruction, body.version) != this or body.plot not in plots:
            continue
        if body.done:
            found[body.step] = record
        else:
            found.pop(body.step, None)
    return found


def is_answered(
    logbook: Logbook,
    plot: str,
    instruction: str,
    run: int,
    since: float,
    before: Collection[str] = (),
    with_it: Collection[str] = (),
) -> bool:
    """Tell whether a plot was answered: by a tick, a call or an entry.

    One trip turns many plots of a subsystem bad: a step of the same instruction, and a
    call or an entry about any plot of the same layout, answer all of them, as does what
    was done for a plot with the same cause. A call that nobody took answers nothing.

    Args:
        logbook: what was done.
        plot: key of the plot.
        instruction: id of its instruction.
        run: the run.
        since: unix time, s, since when the plot is bad.
        before: uids of what was done before that, whatever a clock said.
        with_it: plots that have the same cause.
    """
    layout = layout_of(plot)

    def is_near(other: str) -> bool:
        return layout_of(other) == layout or other in with_it

    done = [
        record
        for record, tick in logbook.of_run(Tick, run)
        if tick.done and (tick.instruction == instruction or tick.plot in with_it)
    ]
    done += [
        record
        for record, call in logbook.of_run(Call, run)
        if call.answered is not False and is_near(call.about)
    ]
    done += [
        record
        for record, entry in logbook.of_run(Entry, run)
        if any(is_near(each) for each in entry.plots)
    ]
    return any(each.made_at >= since and each.uid not in before for each in done)


class UnansweredPlot(msgspec.Struct, frozen=True):
    """BAD plots of one layout with an urgent step that nobody has answered in time.

    Attributes:
        key: the plot that is bad for the longest.
        plots: how many plots there are.
        step: the urgent step.
        since: unix time, s, since when it is BAD, as far as is known.
        role: the person to call next.
        sentence: all of it in words.
    """

    key: str
    plots: int
    step: Step
    since: float
    role: str
    sentence: str


class _Waiting(NamedTuple):
    """A BAD plot that waits: since when, its key, its instruction, the urgent step."""

    since: float
    key: str
    instruction: Instruction
    step: Step


class Patience:
    """Watches BAD plots whose instruction has an urgent step.

    Args:
        logbook: what was done.
    """

    def __init__(self, logbook: Logbook) -> None:
        self._logbook = logbook
        self._since: dict[tuple[int, str], tuple[float, frozenset[str]]] = {}
        self._well: set[tuple[int, str]] = set()  # GOOD or WARNING when last judged

    def look(
        self,
        guide: Guide,
        verdicts: Mapping[str, Verdict],
        run: int,
        given: Conditions,
        now: float,
        earliest: float = math.inf,
        with_one_cause: Callable[[str], Collection[str]] = lambda key: (key,),
        cause_said: Callable[[str], str] = lambda _key: "",
        perhaps_called: Callable[[str, str], bool] = lambda _key, _role: False,
    ) -> tuple[UnansweredPlot, ...]:
        """The plots that were not answered within five minutes, longest first.

        The first of the escalation is named, and one further every five minutes; who
        was called in vain is passed over.

        A plot waits from when this console saw it turn BAD. One that it did not see
        turn, for it or the engine was restarted, waits since its verdict began, and
        what was done since then answers it.

        Args:
            guide: the instructions.
            verdicts: of all plots, by key.
            run: the run.
            given: its conditions.
            now: unix time, s.
            earliest: unix time, s, before which no verdict began: the start of the run;
                infinite where the times of the data are not of today.
            with_one_cause: the plots that have the same cause as one.
            cause_said: what a person has said the cause of one is, or "".
            perhaps_called: whether a role was called about what perhaps is the cause
                of one.
        """
        bad = {key for key, each in verdicts.items() if each.status is Status.BAD}
        well = {
            (run, key)
            for key, each in verdicts.items()
            if each.status in (Status.GOOD, Status.WARNING)
        }
        well |= {each for each in self._well if each[0] == run}
        self._well = well - {(run, key) for key in bad}
        for kept in [
            each for each in self._since if each[0] != run or each[1] not in bad
        ]:
            del self._since[kept]
        done = frozenset(
            record.uid
            for kind in (Tick, Call, Entry)
            for record, _ in self._logbook.of_run(kind, run)
        )
        waiting: dict[tuple[str, str], list[_Waiting]] = {}
        for key in bad:
            began, before = self._since.get((run, key), (now, done))
            onset = verdicts[key].began
            if (
                (run, key) not in self._since
                and (run, key) not in well
                and onset is not None
                and earliest <= onset < now
            ):
                began, before = onset, frozenset()
            began = min(began, now)  # a clock set back must not let it wait for ever
            self._since[run, key] = began, before
            if now - began < ANSWERED_WITHIN:
                continue
            guidance = guide.of(key, given, now)
            found = guidance.instruction
            step = urgent_step(found, given, cause_said(key))
            if found is None or step is None:
                continue
            with_it = [each for each in with_one_cause(key) if each != key]
            about = (key, found.id, run, began, before)
            if perhaps_called(key, step.role):
                continue
            if not is_answered(self._logbook, *about, with_it):
                group = (layout_of(key), step.role)
                waiting.setdefault(group, []).append(_Waiting(began, key, found, step))
        contacts = guide.site.contacts if guide.site is not None else Contacts()
        told = [self._told(each, contacts, run, now) for each in waiting.values()]
        return tuple(sorted(told, key=lambda each: (each.since, each.key)))

    def _told(
        self, group: Sequence[_Waiting], contacts: Contacts, run: int, now: float
    ) -> UnansweredPlot:
        began, key, instruction, step = min(group, key=lambda each: each[:2])
        layout, page, _ = key.split(KEY_STEP, 2)
        roles = escalation(contacts, instruction, step.role)
        tried = {
            body.role
            for record, body in self._logbook.of_run(Call, run)
            if body.answered is False
            and record.made_at >= began
            and layout_of(body.about) == layout
        }
        # one further every five minutes, and past whom was called in vain
        waited = int((now - began) // ANSWERED_WITHIN) - 1
        last = max((at for at, each in enumerate(roles) if each in tried), default=-1)
        at = min(max(waited, last + 1), len(roles) - 1)
        people = [on_call(contacts, each, now).sentence for each in roles[at : at + 2]]
        minutes = int((now - began) // 60)
        more = f" (and {len(group) - 1} more)" if len(group) > 1 else ""
        words = (
            f"{layout} › {page}{more} is BAD for {minutes} min, nobody has answered: "
            f"call {'; if they do not answer: '.join(people)}"
        )
        return UnansweredPlot(key, len(group), step, began, roles[at], words)


def urgent_step(
    instruction: Instruction | None, given: Conditions, cause: str = ""
) -> Step | None:
    """The first step that says "call now" under the conditions.

    Args:
        instruction: of the plot.
        given: the conditions of the run.
        cause: what is said to be the cause; "" while it is unknown.
    """
    if instruction is None:
        return None
    if not instruction.applies_to.holds(given.run_type, given.beam_mode):
        return None
    for step in _calling(instruction, cause):
        if step.urgency(given.beam_mode) == "call now":
            return step
    return None


def step_to_call(
    instruction: Instruction | None, given: Conditions, cause: str = ""
) -> Step | None:
    """The step by which to call now; None where none calls.

    The first urgent one, else the first that calls.

    Args:
        instruction: of the plot.
        given: the conditions of the run.
        cause: what is said to be the cause: its steps alone count; "" while it is
            unknown.
    """
    if instruction is None:
        return None
    calling = _calling(instruction, cause)
    return urgent_step(instruction, given, cause) or next(iter(calling), None)


def sooner_steps(
    guidance: Guidance, beam_mode: str | None, urgency: Urgency | None
) -> tuple[Step, ...]:
    """The steps that call sooner, if the cause is one of theirs; none once it is known.

    Args:
        guidance: of the plot.
        beam_mode: the beam mode; None when unknown.
        urgency: how soon to call while the cause is unknown; None where that is not
            urgent.
    """
    if guidance.instruction is None or not guidance.holds or guidance.cause:
        return ()
    asked = URGENCIES.index(urgency or "write only")
    return tuple(
        each
        for each in guidance.instruction.steps
        if each.causes and each.role
        if (soon := each.urgency(beam_mode)) and URGENCIES.index(soon) < asked
    )


def _calling(instruction: Instruction, cause: str) -> tuple[Step, ...]:
    """The steps that call somebody about a cause; where none does, about an unknown."""
    meant = steps_for(instruction, cause) if cause else ()
    named = tuple(each for each in meant if each.role)
    return named or calling_steps(instruction)


def how_urgent(
    step: Step | None,
    beam_mode: str | None,
    asked: AlarmUrgency,
    cause: str = "",
    status: Status | None = None,
    *,
    asks_alarm: bool = False,
) -> Urgency | None:
    """How soon to call about a plot; None where nothing says it, or it is not urgent.

    While the cause is unknown the sooner of its step and its alarm. A step that is for
    some causes says nothing against the alarm then, which is heard as soon as the
    causes that show there want it. Nor does the step of a plot that is not BAD in its
    alarm count, nor that of one that is BAD and was to be heard, but is not. Once the
    cause is said its step counts.

    Args:
        step: by which to call, see :func:`step_to_call`.
        beam_mode: the beam mode, or None.
        asked: the urgency of the alarm that the plot shows; "" where it shows none.
        cause: what is said to be the cause; "" while it is unknown.
        status: of the plot in the alarm that it shows; None where it shows none.
        asks_alarm: its owner wants it to be heard when it is BAD.
    """
    own = step.urgency(beam_mode) if step is not None else None
    if cause and own is not None:
        return own
    is_bad = status is Status.BAD
    if not asked:
        return own if status is None or (is_bad and not asks_alarm) else None
    if step is None or own is None or step.causes or not (status is None or is_bad):
        return CALL_OF[asked]
    return min(own, CALL_OF[asked], key=URGENCIES.index)
