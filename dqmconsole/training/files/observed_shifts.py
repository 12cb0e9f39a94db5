"""Observed shifts: ``instructions/lessons/observed-shifts.yaml``, read and checked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from dqmconsole.model.layout import subsystem_of
from dqmconsole.model.problem import Problem
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
    ObservedPlan,
    ObservedSettings,
    last_of,
    onset,
    split_cause,
)
from dqmconsole.training.observed_musts import CALL_WITHIN
from dqmconsole.training.observed_shift import last_lumisection
from dqmconsole.training.truth import keys_of, lumisections, right_step

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dqmconsole.model.site import Site
    from dqmconsole.simulation.table.cause import Cause
    from dqmconsole.training.files.scene import LessonScene
    from dqmconsole.training.lesson import PlannedFault

    Said = Iterator[tuple[str, str]]  # the part of a shift, and the words

OBSERVED = "observed-shifts"  # name of the file, which no lesson can have
_ID = re.compile(r"[a-z0-9][a-z0-9_-]*")
_RANGES: Mapping[str, tuple[float, float]] = {
    "shadow_shifts": (0, 100),
    "valid_days": (1, 3660),
    "lapse_days": (1, 3660),
}
_GIVEN_BY_PLAN = ("causes", "evidence", "run_length")


class ObservedRead(NamedTuple):
    """What the file gave.

    Attributes:
        settings: the observed shifts, broken ones left out; None when none is left.
        places: "shifts[1].faults[0].cause" and the like -> where it is written; they
            are counted as in the settings.
        problems: what was wrong.
    """

    settings: ObservedSettings | None
    places: Mapping[str, Place]
    problems: tuple[Problem, ...]


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
    shaper = Decoder(findings, droppable=(ObservedPlan,))
    written = shaper.struct(root, ObservedSettings)
    if written is None:
        return ObservedRead(None, {}, findings.problems)
    whole = True
    for key, (low, high) in _RANGES.items():
        within(written, key, low, high, shaper)
        whole = whole and low <= getattr(written, key) <= high
    for item, text in enumerate(written.shadow_items):
        if not text.strip() or "\n" in text.strip():
            words = "shadow_items: each is one line"
            shaper.complain(words, written, "shadow_items", item)
            whole = False
    kept: list[ObservedPlan] = []
    for plan in written.shifts:
        if _is_sound(plan, {each.id for each in kept}, shaper):
            kept.append(plan)
    if not kept:
        shaper.complain("no observed shift is left", written, "shifts")
    places = {"": Place(file, 1, 1)}
    for at, plan in enumerate(kept):
        places[f"shifts[{at}]"] = shaper.place(plan)
        places |= places_of(plan, f"shifts[{at}].", shaper)
    settings = msgspec.structs.replace(written, shifts=tuple(kept))
    return ObservedRead(settings if whole and kept else None, places, findings.problems)


def agreeing_shifts(
    settings: ObservedSettings,
    scene: LessonScene,
    site: Site,
    read: Mapping[str, Place],
) -> tuple[ObservedSettings | None, list[Problem]]:
    """Leave out observed shifts that name what the site does not have.

    Args:
        settings: as they were read.
        scene: what the site has.
        site: the site.
        read: the places of all lessons, by :func:`lesson_key`.
    """
    problems: list[Problem] = []
    kept = []
    for at, plan in enumerate(settings.shifts):
        wrong = list(_wrongs(plan, scene, site))
        for part, words in wrong:
            key = f"shifts[{at}].{part}"
            while lesson_key(OBSERVED, key) not in read:
                key = key.rpartition(".")[0]
            place = read[lesson_key(OBSERVED, key)]
            if words:
                problems.append(Problem(words, place.file, place.line, place.column))
        if wrong and not any(words for _, words in wrong):
            # of a broken layout its own problem says enough
            place = read[lesson_key(OBSERVED, f"shifts[{at}]")]
            words = "is left out until a layout that it needs is fixed"
            problems.append(
                Problem(words, place.file, place.line, place.column, "advice")
            )
        kept += [] if wrong else [plan]
    if not kept:
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
        parts = {
            f"shifts[{at}].faults[{number}].cause": fault.cause
            for number, fault in enumerate(plan.faults)
        }
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


def _is_sound(plan: ObservedPlan, before: set[str], shaper: Decoder) -> bool:
    sound = True

    def say(words: str, value: msgspec.Struct, key: str) -> None:
        nonlocal sound
        sound = False
        shaper.complain(words, value, key)

    if not _ID.fullmatch(plan.id):
        say(f'id: lower-case letters, digits and -, not "{plan.id}"', plan, "id")
    elif plan.id in before:
        say(f'a second observed shift "{plan.id}"', plan, "id")
    if not 1 <= plan.minutes <= 480:
        say(f"minutes is from 1 to 480, not {plan.minutes:g}", plan, "minutes")
        return False
    if not (1 <= plan.run.ahead <= 400 and 0.1 <= plan.run.speed <= 100):
        say("run: ahead is 1 to 400 lumisections, speed 0.1 to 100", plan, "run")
        return False
    for key in _GIVEN_BY_PLAN:
        if getattr(plan.run, key):
            words = f"{key}: the run of an observed shift follows from its faults alone"
            say(words, plan.run, key)
    if {each.found_by for each in plan.faults} != {"checks", "eye"}:
        words = (
            "faults: at least one that the checks find (found_by: checks) and one that "
            "they miss (found_by: eye)"
        )
        say(words, plan, "faults")
    names = [each.component for each in plan.faults if each.component]
    if not names:
        say("faults: at least one has a component to be flagged", plan, "faults")
    for each in plan.faults:
        if names.count(each.component) > 1:
            words = f"component: {each.component} is that of another fault, too"
            say(words, each, "component")
        for key in ("plots", "call"):
            if not getattr(each, key):
                say(f"{key}: it names none", each, key)
        if words := _wrong_onset(each.cause, plan, CALL_WITHIN):
            say(words, each, "cause")
    if not plan.false_alarm.plots:
        say("plots: it names none", plan.false_alarm, "plots")
    if words := _wrong_onset(plan.false_alarm.cause, plan, 0.0):
        say(words, plan.false_alarm, "cause")
    if not any(plan.unanswered in each.call for each in plan.faults):
        called = {role for each in plan.faults for role in each.call}
        words = f'unanswered: no fault calls "{plan.unanswered}"'
        say(words + did_you_mean(plan.unanswered, called), plan, "unanswered")
    return sound


def _wrong_onset(cause: str, plan: ObservedPlan, left: float) -> str:
    """Why a cause cannot be when it is; `left` s must be left after its onset."""
    begins, last = onset(cause), last_lumisection(plan)
    if begins <= plan.run.ahead:
        return (
            f"cause: {cause} begins before the shift does (ahead: {plan.run.ahead}): "
            "say its lumisection, as in NAME@LS"
        )
    if begins > last:
        words = f"cause: {cause} begins when the shift is over"
        return f"{words}: after {plan.minutes:g} minutes the run is at {last}"
    latest = last - lumisections(left, plan.run.speed)
    if begins > latest:
        return (
            f"cause: {cause} leaves less than {left / 60:g} minutes to call somebody: "
            f"lumisection {latest} is the latest"
        )
    return ""


# -- what the site has ---------------------------------------------------------------


def _wrongs(plan: ObservedPlan, scene: LessonScene, site: Site) -> Said:
    """The parts that are wrong, and why; "" for what a broken layout may explain."""
    run_type = plan.run.run_type
    for at, fault in enumerate(plan.faults):
        part = f"faults[{at}]"
        yield from _wrong_fault(f"{part}.cause", fault.cause, scene)
        yield from _wrong_plots(part, fault.plots, run_type, scene)
        yield from _wrong_calls(part, fault, run_type, scene, site)
        if fault.component and fault.component not in scene.components:
            words = f'component: the site has none called "{fault.component}"'
            words += did_you_mean(fault.component, scene.components)
            # where a site names no components, its layouts are the components
            hidden = scene.may_be_hidden(fault.component)
            yield f"{part}.component", "" if hidden else words
    alarm = plan.false_alarm
    yield from _wrong_alarm("false_alarm.cause", alarm.cause, scene)
    yield from _wrong_plots("false_alarm", alarm.plots, run_type, scene)
    for at, fault in enumerate(plan.faults):
        if plan.unanswered in fault.call and len(fault.call) > 1:
            words = f"call: {plan.unanswered} does not answer, and is called alone: "
            words += "who calls another of them never hears that nobody answers"
            yield f"faults[{at}].call", words
    for part, words in wrong_hand_over(plan.hand_over, run_type, scene):
        yield f"hand_over.{part}".rstrip("."), words
    yield from _wrong_handed_on(plan, scene)
    struck = {subsystem_of(each) for fault in plan.faults for each in fault.plots}
    for part, paths in (("false_alarm.plots", alarm.plots), ("known", (plan.known,))):
        for path in paths:
            if subsystem_of(path) in struck:  # a call about it would be a right one
                key = part.rpartition(".")[2]
                words = f'{key}: "{path}" is in {subsystem_of(path)}, where a fault is'
                yield part, words
    contact = site.contacts.roles.get(plan.unanswered)
    if contact is not None and not contact.then:
        words = f"unanswered: contacts.yaml names nobody after {plan.unanswered} (then)"
        yield "unanswered", words
    yield from wrong_known("known", plan.known, run_type, scene)


def _wrong_fault(part: str, text: str, scene: LessonScene) -> Said:
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


def _wrong_handed_on(plan: ObservedPlan, scene: LessonScene) -> Said:
    """What is wrong with the fault of the shift before."""
    handed, part = plan.handed_on, "handed_on"
    if handed is None:
        return
    yield from _wrong_fault(f"{part}.cause", handed.cause, scene)
    yield from _wrong_plots(part, handed.plots, plan.run.run_type, scene)
    told = plan.hand_over.open if plan.hand_over is not None else ()
    if not any(each.plot in handed.plots for each in told):
        words = "plots: none of them is that of an open problem of the hand_over"
        yield f"{part}.plots", f"{words}: the trainee could not know of it"
    if onset(handed.cause) > plan.run.ahead:
        words = f"cause: {handed.cause} begins in the shift, which has"
        yield f"{part}.cause", f"{words} {plan.run.ahead} lumisections before it"
    others = [path for each in plan.faults for path in each.plots]
    taken = {subsystem_of(each) for each in (*others, *plan.false_alarm.plots)}
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
    above: str, plots: tuple[str, ...], run_type: str, scene: LessonScene
) -> Said:
    for item, path in enumerate(plots):
        yield from wrong_plot(f"{above}.plots[{item}]", path, run_type, scene)


def _wrong_calls(
    part: str, fault: PlannedFault, run_type: str, scene: LessonScene, site: Site
) -> Said:
    unknown = [each for each in fault.call if each not in scene.roles]
    for role in unknown:
        words = f'call: contacts.yaml has no role "{role}"'
        where = f"{part}.call[{fault.call.index(role)}]"
        yield where, words + did_you_mean(role, scene.roles)
    keys = keys_of(site, fault.plots)
    name = split_cause(fault.cause)[0]
    step = right_step(site, keys, name, run_type, "")
    if unknown or step is None or step.roles == set(fault.call):
        return
    asked = ", ".join(sorted(step.roles)) or "nobody"
    words = f"call: {', '.join(fault.call)}; for {name} {step.instruction}, step"
    yield f"{part}.call", f"{words} {step.step}, calls {asked}"
