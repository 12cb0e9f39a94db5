"""Observed shifts: ``instructions/lessons/observed-shifts.yaml``, read and checked."""

from __future__ import annotations

import itertools
import math
import re
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from dqmconsole.desk.injection_table import (
    INJECTIONS,
    InjectionError,
    parse_injection,
)
from dqmconsole.model.instruction import URGENCIES
from dqmconsole.model.layout import KEY_STEP, subsystem_of
from dqmconsole.model.problem import Problem
from dqmconsole.model.words import listed
from dqmconsole.shift.guidance import Guide
from dqmconsole.simulation.table.cause import CauseError
from dqmconsole.simulation.table.causes import act, aimed, parse_cause
from dqmconsole.site.decoder import Decoder
from dqmconsole.site.findings import Findings, Place
from dqmconsole.site.nearest import did_you_mean
from dqmconsole.site.yaml_text import parse
from dqmconsole.training.files.handed_over import wrong_hand_over
from dqmconsole.training.files.lessons import lesson_key, places_of
from dqmconsole.training.files.scene import wrong_known, wrong_plot
from dqmconsole.training.files.sound import within
from dqmconsole.training.lesson import (
    EVERYWHERE,
    HandedOver,
    LessonRun,
    ObservedPlan,
    ObservedSettings,
    OpenProblem,
    PlannedAlarm,
    PlannedFault,
    last_of,
    onset,
    split_cause,
)
from dqmconsole.training.observed_musts import CALL_WITHIN, layouts_of, other_plots
from dqmconsole.training.observed_shift import last_lumisection
from dqmconsole.training.truth import (
    LUMISECTION,
    how_soon,
    keys_of,
    lumisections,
    right_step,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable, Iterator, Mapping
    from typing import Literal

    from dqmconsole.model.site import Site
    from dqmconsole.simulation.table.cause import Cause
    from dqmconsole.training.files.scene import LessonScene
    from dqmconsole.training.truth import RightStep

    Said = Iterator[tuple[str, str]]  # the part of a shift, and the words
    Severity = Literal["error", "advice"]

OBSERVED = "observed-shifts"  # name of the file, which no lesson can have
SLOWEST = 0.1  # seconds of the detector per second of an observed shift
_ID = re.compile(r"[a-z0-9][a-z0-9_-]*")
_RANGES: Mapping[str, tuple[float, float]] = {
    "shadow_shifts": (0, 100),
    "valid_days": (1, 3660),
    "lapse_days": (1, 3660),
}
_GIVEN_BY_PLAN = ("causes", "evidence", "run_length")
_DRAFTS = (
    ObservedSettings, ObservedPlan, PlannedFault, PlannedAlarm, LessonRun, HandedOver,
    OpenProblem,
)  # fmt: skip
_UNKNOWN = -1  # the recorded run of a draft that does not say which
_WORD = re.compile(r"[^\s:@*#]+@[0-9]{1,9}")


class ObservedRead(NamedTuple):
    """What the file gave.

    Attributes:
        settings: the observed shifts as far as they can be read; None where there are
            none.
        places: "shifts[1].faults[0].cause" and the like -> where it is written, without
            what cannot be read; they are counted as in the settings.
        problems: what was wrong.
        drafts: numbers of the shifts, from 0, in which something is wrong: to be
            checked, never to be played. What they lack is blank.
    """

    settings: ObservedSettings | None
    places: Mapping[str, Place]
    problems: tuple[Problem, ...]
    drafts: frozenset[int] = frozenset()


def read_observed(data: bytes, file: str) -> ObservedRead:
    """Read the observed shifts.

    Args:
        data: the file's bytes.
        file: its name, as problems say it.
    """
    findings = Findings(file)
    root = parse(data, findings)
    if root is None:
        if not findings.problems:
            findings.add("the file is empty", Place(file, 1, 1))
        return ObservedRead(None, {}, findings.problems)
    shaper = Decoder(findings, droppable=(ObservedPlan,), drafts=_DRAFTS)
    written = shaper.struct(root, ObservedSettings)
    if written is None:
        return ObservedRead(None, {}, findings.problems)
    whole = shaper.is_all_sound(written)
    for key, (low, high) in _RANGES.items():
        within(written, key, low, high, shaper)
        whole = whole and low <= getattr(written, key) <= high
    for item, text in enumerate(written.shadow_items):
        if not text.strip() or "\n" in text.strip():
            words = "shadow_items: each is one line"
            shaper.complain(words, written, "shadow_items", item)
            whole = False
    if shaper.is_empty_list(written, "shifts"):
        shaper.complain("shifts: there is none", written, "shifts")
    places = {"": Place(file, 1, 1), "shifts": shaper.place(written, "shifts")}
    shifts: list[ObservedPlan] = []
    drafts: set[int] = set()
    for at, plan in enumerate(written.shifts):
        check = _PlanCheck(plan, shaper)
        if not check.is_sound({each.id for each in shifts}) or not whole:
            drafts.add(at)
        places[f"shifts[{at}]"] = shaper.place(plan)
        places |= places_of(plan, f"shifts[{at}].", shaper, sound=True)
        shifts.append(_with_plots(check.guessed()))
    settings = None
    if shifts:
        settings = msgspec.structs.replace(written, shifts=tuple(shifts))
    return ObservedRead(settings, places, findings.problems, frozenset(drafts))


def has_possible_pace(run: LessonRun) -> bool:
    """Whether an observed shift can have so much ahead, and go by so fast."""
    return 1 <= run.ahead <= 400 and SLOWEST <= run.speed <= 100


def agreeing_shifts(
    settings: ObservedSettings,
    drafts: Collection[int],
    scene: LessonScene,
    site: Site,
    read: Mapping[str, Place],
) -> tuple[ObservedSettings | None, list[Problem]]:
    """Leave out drafts, and observed shifts that name what the site does not have.

    Args:
        settings: as they were read.
        drafts: numbers of those in which something else is wrong, which is said.
        scene: what the site has.
        site: the site.
        read: the places of all lessons, by :func:`lesson_key`.
    """
    problems: list[Problem] = []
    kept = []

    def say(key: str, words: str, severity: Severity = "error") -> None:
        while lesson_key(OBSERVED, key) not in read:
            key = key.rpartition(".")[0]
        place = read[lesson_key(OBSERVED, key)]
        problems.append(Problem(words, place.file, place.line, place.column, severity))

    for at, plan in enumerate(settings.shifts):
        wrong = list(wrong_parts(plan, plan.run.known_type or None, scene, site))
        for part, words in wrong:
            key = f"shifts[{at}].{part}"
            # of what a draft lacks, or cannot be read, that is said
            lacks = at in drafts and lesson_key(OBSERVED, key) not in read
            if words and not lacks:
                say(key, words)
        if wrong and at not in drafts and not any(words for _, words in wrong):
            # of a broken layout its own problem says enough
            words = "is left out until a layout that it needs is fixed"
            say(f"shifts[{at}]", words, "advice")
        kept += [] if wrong or at in drafts else [plan]
    if not kept:
        if drafts or any(each.severity == "error" for each in problems):
            many = len(settings.shifts)
            words = "it cannot be played as it is written"
            if many > 1:
                words = f"none of the {many} can be played as it is written"
            say("shifts", f"shifts: {words}")
        return None, problems
    return msgspec.structs.replace(settings, shifts=tuple(kept)), problems


def impossible_causes(
    settings: ObservedSettings, kept: ObservedSettings | None
) -> Said:
    """Causes of observed shifts that the simulated detector cannot let act.

    Each is let act once: where it finds nothing to act on, the run would break off
    in the middle of the shift.

    Args:
        settings: as they were read, as their places are counted.
        kept: those that agree with the site; of the others all is said already.

    Yields:
        The part of the file, and why.
    """
    # builds the detector, which reading a site does not need
    from dqmconsole.simulation.registry import all_subsystems
    from dqmconsole.simulation.state.detector import DetectorState

    every = all_subsystems()
    sound = kept.shifts if kept is not None else ()
    for at, plan in enumerate(settings.shifts):
        if plan not in sound:
            continue
        run = plan.run
        if run.recorded:
            continue
        parts = {
            f"shifts[{at}].faults[{number}].cause": fault.cause
            for number, fault in enumerate(plan.faults)
        }
        if plan.false_alarm is not None:
            parts[f"shifts[{at}].false_alarm.cause"] = plan.false_alarm.cause
        if plan.handed_on is not None:
            parts[f"shifts[{at}].handed_on.cause"] = plan.handed_on.cause
        for part, text in parts.items():
            geometries = {
                each.name: each.geometry(run.run_type) if each.geometry else None
                for each in every
            }
            state = DetectorState(run.run_type, geometries, run.seed, 1)
            state.begin()
            try:
                cause = aimed(parse_cause(text), geometries)
                act(msgspec.structs.replace(cause, onset=1, rise=1), state)
            except CauseError as error:
                yield part, f"cause: {error}"


# -- what the file alone says --------------------------------------------------------


class _PlanCheck:
    """Checks one observed shift by the file alone.

    What is missing or cannot be read is said already: nothing is said of it again, nor
    of what would follow from it.
    """

    def __init__(self, plan: ObservedPlan, shaper: Decoder) -> None:
        self._plan, self._shaper = plan, shaper
        self._sound = shaper.is_whole(plan)
        self._has_run = shaper.is_sound(plan, "run")
        self._recorded = plan.run.recorded != 0
        if not (self._has_run and shaper.is_sound(plan.run, "recorded")):
            # which kind of run it is, its faults tell as well
            self._recorded = any(
                split_cause(each.cause)[0] in INJECTIONS for each in plan.faults
            )

    def is_sound(self, before: Container[str]) -> bool:
        """Say all that is wrong; whether nothing is.

        Args:
            before: ids of those that stand before it.
        """
        plan = self._plan
        if not _ID.fullmatch(plan.id):
            words = f'id: lower-case letters, digits and -, not "{plan.id}"'
            self._say(words, plan, "id")
        elif plan.id in before:
            self._say(f'a second observed shift "{plan.id}"', plan, "id")
        left = self._time_to_call()
        self._check_run(is_timed=left is not None)
        self._check_faults(left)
        self._check_others(left)
        return self._sound

    def guessed(self) -> ObservedPlan:
        """The plan, with what follows from nothing that is missing or broken in it."""
        plan, shaper, replace = self._plan, self._shaper, msgspec.structs.replace
        run, handed = plan.run, plan.hand_over
        if self._recorded and not run.recorded:
            run = replace(run, recorded=_UNKNOWN)
        if not (self._has_run and shaper.is_sound(run, "run_type")):
            run = replace(run, run_type="")
        told = shaper.is_sound(plan, "hand_over") and (
            handed is None
            or (
                shaper.is_sound(handed, "open")
                and all(shaper.is_sound(each, "plot") for each in handed.open)
            )
        )
        handed_on = plan.handed_on if told else None  # else it may be told of
        return replace(plan, run=run, handed_on=handed_on)

    def _say(self, words: str, value: msgspec.Struct, key: str) -> None:
        self._sound = False
        if self._shaper.is_sound(value, key):
            self._shaper.complain(words, value, key)

    def _time_to_call(self) -> float | None:
        """How many s are left after a fault at least; None where no time is known."""
        plan, run, has = self._plan, self._plan.run, self._shaper.is_sound
        known = self._has_run and has(run, "ahead") and has(run, "speed")
        if not 1 <= plan.minutes <= 480:
            words = f"minutes is from 1 to 480, not {plan.minutes:g}"
            self._say(words, plan, "minutes")
            known = False
        if not has_possible_pace(run):
            words = f"run: ahead is 1 to 400, speed {SLOWEST:g} to 100"
            self._say(words, plan, "run")
            known = False
        if not (known and has(plan, "minutes")):
            return None
        if words := _too_short_to_call(plan):
            self._say(words, plan, "minutes")
            return 0.0  # of each onset the same would be said
        return CALL_WITHIN

    def _check_run(self, *, is_timed: bool) -> None:
        run, shaper = self._plan.run, self._shaper
        if not self._has_run:
            return
        for key in _GIVEN_BY_PLAN:
            if getattr(run, key):
                words = (
                    f"{key}: the run of an observed shift follows from its faults alone"
                )
                self._say(words, run, key)
        if not shaper.is_sound(run, "recorded"):
            return
        if run.recorded < 0:
            words = f"recorded: {run.recorded} is no number of a run"
            self._say(words, run, "recorded")
        if not run.recorded:
            if run.updates:
                words = "updates are those of a recorded run, and there is none"
                self._say(words, run, "updates")
            return
        if shaper.has(run, "run_type"):
            self._say("run_type: a recorded run has its own", run, "run_type")
        faults = shaper.is_sound(self._plan, "faults")
        if shaper.has(run, "seed") and faults and not _is_placed_by_seed(self._plan):
            words = "seed: nothing of a recorded run follows from it: leave it out"
            self._say(words, run, "seed")
        if is_timed and (words := self._wrong_updates()):
            key = "updates" if shaper.has(run, "updates") else "recorded"
            self._say(words, run, key)

    def _wrong_updates(self) -> str:
        """Why a recorded run has not as many updates as are needed; "" where it has."""
        plan, run, needed = self._plan, self._plan.run, last_lumisection(self._plan)
        need = f"{plan.minutes:g} minutes at speed {run.speed:g} need {needed}"
        if not self._shaper.has(run, "updates"):
            if not self._shaper.is_sound(run, "updates"):
                return ""  # the key is mistyped
            return f"updates: say how many of the run can be played: {need}"
        if run.updates >= needed or not self._shaper.is_sound(run, "updates"):
            return ""
        slowest = (run.updates - run.ahead) * LUMISECTION / (plan.minutes * 60)
        if slowest >= SLOWEST:
            need += f"; at speed {math.floor(slowest * 100) / 100:g} these are enough"
        return f"updates: {run.updates} of the recorded run are too few: {need}"

    def _check_faults(self, left: float | None) -> None:
        plan, has = self._plan, self._shaper.is_sound
        faults = plan.faults
        if all(has(each, "found_by") for each in faults) and (
            {each.found_by for each in faults} != {"checks", "eye"}
        ):
            words = (
                "faults: at least one that the checks find (found_by: checks) and one "
                "that they miss (found_by: eye)"
            )
            self._say(words, plan, "faults")
        names = [each.component for each in faults if each.component]
        if not names and all(has(each, "component") for each in faults):
            words = "faults: at least one has a component to be flagged"
            self._say(words, plan, "faults")
        for each in faults:
            if names.count(each.component) > 1:
                words = f"component: {each.component} is that of another fault, too"
                self._say(words, each, "component")
            if not each.call:
                self._say("call: it names none", each, "call")
            self._check_own_plots(each)
            self._check_onset(each, left)

    def _check_others(self, left: float | None) -> None:
        plan, has = self._plan, self._shaper.is_sound
        alarm = plan.false_alarm
        if alarm is None and not self._recorded:
            words = "false_alarm: what looks like a fault, and is none"
            self._say(words, plan, "false_alarm")
        if alarm is not None:
            if not alarm.plots:
                self._say("plots: it names none", alarm, "plots")
            self._check_onset(alarm, None if left is None else 0.0)
        if plan.handed_on is not None:
            self._check_own_plots(plan.handed_on)
        called = {role for each in plan.faults for role in each.call}
        whole = has(plan, "faults") and all(has(each, "call") for each in plan.faults)
        if whole and plan.unanswered not in called:
            words = f'unanswered: no fault calls "{plan.unanswered}"'
            words += did_you_mean(plan.unanswered, called)
            self._say(words, plan, "unanswered")

    def _check_own_plots(self, each: PlannedFault | PlannedAlarm) -> None:
        """Check that a fault has plots of its own where it has to, and only there."""
        if not self._recorded and not each.plots:
            self._say("plots: it names none", each, "plots")
        elif self._recorded and each.plots:
            words = (
                "plots: leave it out: a fault shows on the plot into which it is put"
            )
            self._say(words, each, "plots")

    def _check_onset(
        self, each: PlannedFault | PlannedAlarm, left: float | None
    ) -> None:
        """Check that a cause begins in the shift, `left` s or more before its end."""
        if left is None or not self._shaper.is_sound(each, "cause"):
            return
        step = "update" if self._recorded else "lumisection"
        if words := _wrong_onset(each.cause, self._plan, left, step):
            self._say(words, each, "cause")


def _is_placed_by_seed(plan: ObservedPlan) -> bool:
    """Tell whether a fault of a recorded run has its place by the seed alone."""
    faults = (*plan.faults, *([plan.handed_on] if plan.handed_on is not None else ()))
    return any(
        split_cause(each.cause)[0] not in EVERYWHERE and "#" not in each.cause
        for each in faults
    )


def _with_plots(plan: ObservedPlan) -> ObservedPlan:
    """A plan whose faults have their plots: of a recorded run the cause says them."""
    if not plan.run.recorded:
        return plan

    def own(cause: str) -> tuple[str, ...]:
        try:
            return (parse_injection(cause).path,)
        except InjectionError:
            return ()  # which is said once the site is known

    replace, handed = msgspec.structs.replace, plan.handed_on
    return replace(
        plan,
        faults=tuple(replace(e, plots=own(e.cause)) for e in plan.faults),
        handed_on=handed and replace(handed, plots=own(handed.cause)),
    )


def _too_short_to_call(plan: ObservedPlan) -> str:
    """Why a shift has no moment in which a fault may begin; "" where it has one."""
    call, speed = lumisections(CALL_WITHIN, plan.run.speed), plan.run.speed
    if lumisections(plan.minutes * 60, speed) > call:
        return ""
    least = next(
        each for each in itertools.count() if lumisections(each * 60, speed) > call
    )
    return (
        f"minutes: {plan.minutes:g} are too few: {CALL_WITHIN / 60:g} are left to call "
        f"about a fault, which begins after the shift does: {least} or more"
    )


def _wrong_onset(cause: str, plan: ObservedPlan, left: float, step: str) -> str:
    """Why a cause cannot be when it is; "" where it can.

    Args:
        cause: with its onset.
        plan: of the shift.
        left: s that must be left after the onset.
        step: what is counted: lumisections, or updates of a recorded run.
    """
    begins, last = onset(cause), last_lumisection(plan)
    latest = last - lumisections(left, plan.run.speed)
    if begins <= plan.run.ahead:
        return (
            f"cause: {cause} begins before the shift does (ahead: {plan.run.ahead}): "
            f"say its {step}, from {plan.run.ahead + 1} to {latest}, behind an @"
        )
    if begins > last:
        words = f"cause: {cause} begins when the shift is over"
        return f"{words}: after {plan.minutes:g} minutes the run is at {last}"
    if begins > latest:
        return (
            f"cause: {cause} leaves less than {left / 60:g} minutes to call somebody: "
            f"{step} {latest} is the latest"
        )
    return ""


# -- what the site has ---------------------------------------------------------------


def wrong_parts(
    plan: ObservedPlan, run_type: str | None, scene: LessonScene, site: Site
) -> Said:
    """What of an observed shift names what the site does not have.

    Args:
        plan: of the shift.
        run_type: of its run; None where that is not known: then any type counts.
        scene: what the site has.
        site: the site.

    Yields:
        The part and why; "" for what a broken layout may explain.
    """
    recorded = plan.run.recorded != 0
    for at, fault in enumerate(plan.faults):
        part = f"faults[{at}]"
        if recorded:
            yield from _wrong_injection(f"{part}.cause", fault.cause, run_type, scene)
        else:
            yield from _wrong_fault(f"{part}.cause", fault.cause, scene)
            yield from _wrong_plots(part, fault.plots, run_type, scene)
        yield from _wrong_calls(part, fault, run_type, scene, site)
        if words := _wrong_component(fault, scene, site, recorded=recorded):
            # where a site names no components, its layouts are the components
            names = (fault.component, *scene.components.get(fault.component, ()))
            hidden = any(map(scene.may_be_hidden, names))
            yield f"{part}.component", "" if hidden else words
    alarm = plan.false_alarm
    if alarm is not None:
        if recorded:
            yield from _wrong_word("false_alarm.cause", alarm.cause)
        else:
            yield from _wrong_alarm("false_alarm.cause", alarm.cause, scene)
        yield from _wrong_plots("false_alarm", alarm.plots, run_type, scene)
        yield from _asks_a_call("false_alarm.cause", alarm, run_type, site)
    for at, fault in enumerate(plan.faults):
        if plan.unanswered in fault.call and len(fault.call) > 1:
            words = f"call: {plan.unanswered} does not answer, and is called alone: "
            words += "who calls another of them never hears that nobody answers"
            yield f"faults[{at}].call", words
    for part, words in wrong_hand_over(plan.hand_over, run_type, scene):
        yield f"hand_over.{part}".rstrip("."), words
    yield from _wrong_handed_on(plan, run_type, scene)
    yield from _on_one_plot(plan) if recorded else _in_one_subsystem(plan)
    contact = site.contacts.roles.get(plan.unanswered)
    if contact is not None and not contact.then:
        words = f"unanswered: contacts.yaml names nobody after {plan.unanswered} (then)"
        yield "unanswered", words
    yield from wrong_known("known", plan.known, run_type, scene)


def _wrong_component(
    fault: PlannedFault, scene: LessonScene, site: Site, *, recorded: bool
) -> str:
    """Why a fault does not make its component BAD; "" where it may."""
    name, known = fault.component, scene.components
    if name and name not in known:
        words = f'component: the site has none called "{name}"'
        return words + did_you_mean(name, known)
    if not name or not all(each in scene.plots for each in fault.plots):
        return ""
    there = layouts_of(fault.plots, site, recorded=True)
    if not recorded:  # a layout need not be called as the subsystem that it shows
        there |= layouts_of(fault.plots, site, recorded=False)
    if not there or there.intersection(known[name]):
        return ""
    cover = sorted(each for each in known if there.intersection(known[each]))
    words = f"component: {name} covers {listed(known[name])}, and the plots of this "
    words += f"fault are in {listed(sorted(there))}: "
    return words + (f"take {' or '.join(cover)}" if cover else "no component covers it")


def _in_one_subsystem(plan: ObservedPlan) -> Said:
    """What a call about a fault could be about as well."""
    struck = {subsystem_of(each) for fault in plan.faults for each in fault.plots}
    alarm = plan.false_alarm.plots if plan.false_alarm is not None else ()
    for part, paths in (("false_alarm.plots", alarm), ("known", (plan.known,))):
        for path in paths:
            if subsystem_of(path) in struck:  # a call about it would be a right one
                key = part.rpartition(".")[2]
                words = f'{key}: "{path}" is in {subsystem_of(path)}, where a fault is'
                yield part, words


def _on_one_plot(plan: ObservedPlan) -> Said:
    """Faults of a recorded run on whose plot something else is to be seen."""
    for at, fault in enumerate(plan.faults):
        for path in fault.plots:
            if path in other_plots(plan, fault):
                words = f'cause: something else of the shift is in "{path}", too'
                yield f"faults[{at}].cause", words


def _asks_a_call(
    part: str, alarm: PlannedAlarm, run_type: str | None, site: Site
) -> Said:
    """Who follows the instruction must not make a false call."""
    name = split_cause(alarm.cause)[0]
    keys = keys_of(site, alarm.plots)
    step = right_step(site, keys, name, run_type, "")
    if step is not None and _calls_at_once(step, keys, name, site):
        asked = ", ".join(sorted(step.roles))
        words = f"cause: for {name} {step.instruction}, step {step.step}, calls {asked}"
        yield part, f"{words} now: give it a step for: {name} that is “write only”"


def _wrong_injection(
    part: str, text: str, run_type: str | None, scene: LessonScene
) -> Said:
    """What is wrong with a fault that is put into a recorded run."""
    try:
        path = parse_injection(text).path
    except InjectionError as error:
        yield part, f"cause: {error}"
        return
    yield from wrong_plot(part, path, run_type, scene)


def _wrong_word(part: str, text: str) -> Said:
    """What is wrong with the word for a false alarm that a run has by itself."""
    if split_cause(text)[0] in INJECTIONS:
        words = (
            f"cause: {text} would be a fault that is put into the run; a false alarm"
        )
        yield part, f"{words} is one that it has by itself, as in beam-steered@UPDATE"
    elif not _WORD.fullmatch(text):
        words = (
            f'cause: "{text}" is not WORD@UPDATE, as in beam-steered@UPDATE: nothing'
        )
        yield part, f"{words} harmless is put into a recorded run"


def _wrong_fault(part: str, text: str, scene: LessonScene) -> Said:
    if split_cause(text)[0] in INJECTIONS:
        words = "is put into recorded runs: run: {recorded: RUN, updates: …}"
        yield part, f"cause: {split_cause(text)[0]} {words}"
        return
    try:
        cause = scene.aim(text)
    except CauseError as error:
        hidden = scene.may_hide_target(text, error)
        yield part, "" if hidden else f"cause: {error}"
        return
    if cause.kind != "fault":
        yield part, f"cause: {cause.name} is harmless: it is no fault"
    elif words := _not_in_a_run(cause):
        yield part, words
    elif cause.duration is not None:
        words = f"cause: {cause.name} is over after {cause.duration} lumisections"
        yield part, f"{words}; a fault stays until the end of the shift"


def _wrong_alarm(part: str, text: str, scene: LessonScene) -> Said:
    try:
        cause = scene.aim(text)
    except CauseError as error:
        hidden = scene.may_hide_target(text, error)
        yield part, "" if hidden else f"cause: {error}"
        return
    if words := _not_in_a_run(cause):
        yield part, words
    elif last_of(text):
        yield part, f"cause: {text} ends: what happens in an observed shift stays"
    elif cause.kind == "fault" and not cause.size < cause.matters:
        least = f" below {cause.matters:g} {cause.unit}" if cause.matters else ""
        words = f"cause: {cause.name} of {cause.size:g} {cause.unit} is a true alarm"
        yield part, f"{words}; a harmless event is none{least and ', or one' + least}"


def _wrong_handed_on(
    plan: ObservedPlan, run_type: str | None, scene: LessonScene
) -> Said:
    """What is wrong with the fault of the shift before."""
    handed, part = plan.handed_on, "handed_on"
    if handed is None:
        return
    if plan.run.recorded:
        yield from _wrong_injection(f"{part}.cause", handed.cause, run_type, scene)
    else:
        yield from _wrong_fault(f"{part}.cause", handed.cause, scene)
        yield from _wrong_plots(part, handed.plots, run_type, scene)
    told = plan.hand_over.open if plan.hand_over is not None else ()
    if not any(each.plot in handed.plots for each in told):
        words = "plots: none of them is that of an open problem of the hand_over"
        if plan.run.recorded:
            words = "cause: its plot is not that of an open problem of the hand_over"
        yield (
            f"{part}.{words.partition(':')[0]}",
            f"{words}: the trainee could not know of it",
        )
    if onset(handed.cause) > plan.run.ahead:
        words = f"cause: {handed.cause} begins in the shift, not before it (ahead:"
        yield f"{part}.cause", f"{words} {plan.run.ahead})"
    if plan.run.recorded:
        return  # that nothing else is on its plot is said of what else is
    others = [path for each in plan.faults for path in each.plots]
    if plan.false_alarm is not None:
        others += plan.false_alarm.plots
    taken = {subsystem_of(each) for each in others}
    for path in handed.plots:
        if subsystem_of(path) in taken:
            words = f'plots: "{path}" is in {subsystem_of(path)}, where something else'
            yield f"{part}.plots", f"{words} happens: a call would be about either"


def _not_in_a_run(cause: Cause) -> str:
    if cause.acts_on == "session" or cause.ends_run or cause.before:
        return f"cause: {cause.name} does not begin in the middle of a run"
    if cause.acts_on == "tests":
        return f"cause: {cause.name} shows on no plot: it is for lessons"
    return ""


def _wrong_plots(
    above: str, plots: tuple[str, ...], run_type: str | None, scene: LessonScene
) -> Said:
    for item, path in enumerate(plots):
        yield from wrong_plot(f"{above}.plots[{item}]", path, run_type, scene)


def _wrong_calls(
    part: str,
    fault: PlannedFault,
    run_type: str | None,
    scene: LessonScene,
    site: Site,
) -> Said:
    unknown = [each for each in fault.call if each not in scene.roles]
    for role in unknown:
        words = f'call: contacts.yaml has no role "{role}"'
        where = f"{part}.call[{fault.call.index(role)}]"
        yield where, words + did_you_mean(role, scene.roles)
    keys = keys_of(site, fault.plots)
    name = split_cause(fault.cause)[0]
    step = right_step(site, keys, name, run_type, "")
    if unknown or step is None or not name:
        return
    if step.roles != set(fault.call):
        asked = ", ".join(sorted(step.roles)) or "nobody"
        words = f"call: {', '.join(fault.call)}; for {name} {step.instruction}, step"
        yield f"{part}.call", f"{words} {step.step}, calls {asked}"
    elif not _calls_at_once(step, keys, name, site):
        words = f"cause: for {name} {step.instruction}, step {step.step}, says"
        words += f" “{step.urgency}”, and who takes the shift is to call within"
        words += f" {CALL_WITHIN / 60:g} minutes: give it a step for: {name} that is"
        yield f"{part}.cause", f"{words} “{URGENCIES[0]}”, or take another fault"


def _calls_at_once(step: RightStep, keys: Iterable[str], name: str, site: Site) -> bool:
    """Whether the instruction, or the alarm of a layout, wants a call now."""
    if step.urgency == URGENCIES[0]:
        return True
    guide = Guide(site)
    places = (key.split(KEY_STEP) for key in keys)
    return any(
        how_soon(guide, f"{layout}/{page}", path, name) == "now"
        for layout, page, path in places
    )
