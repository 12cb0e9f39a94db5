"""What the classes of a lesson cannot say: lengths, ranges, steps in rings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, get_args

from dqmconsole.model.message import EVIDENCE_SUFFIX
from dqmconsole.site.nearest import did_you_mean
from dqmconsole.site.references import is_date
from dqmconsole.site.rings import rings
from dqmconsole.training.lesson import NOBODY, Control, Goal

if TYPE_CHECKING:
    import msgspec

    from dqmconsole.site.decoder import Decoder
    from dqmconsole.training.lesson import Lesson, LessonRun, LessonStep, Question

EXAM = "exam"  # name of the exam's file, which no lesson can have
MEASURED = "measured.tsv"
DEBRIEF = "debrief"  # the section that ends a lesson
CONTROLS: tuple[str, ...] = get_args(Control)
MAX_STEPS = 60
MAX_AHEAD = 400  # lumisections written before anything is seen
LARGE = 10**6

_ID = re.compile(r"[a-z0-9][a-z0-9_-]*")


def check_lesson(lesson: Lesson, name: str, shaper: Decoder) -> None:
    """Complain of what is wrong within the YAML of a lesson.

    Args:
        lesson: as it was shaped; what is broken in it has its problem.
        name: its id.
        shaper: made it; takes the problems.
    """
    if not _ID.fullmatch(name) or name == EXAM:
        words = f'"{name}": a lesson\'s file has lower-case letters, digits and -'
        shaper.complain(words, lesson)
    for key in ("title", "author", "teaches"):
        one_line(lesson, key, shaper)
    within(lesson, "number", 1, 999, shaper)
    within(lesson, "version", 1, LARGE, shaper)
    within(lesson, "minutes", 1, 120, shaper)
    if _is_given(lesson, "written", shaper) and not is_date(lesson.written):
        words = f'written is a date such as 2026-05-01, not "{lesson.written}"'
        shaper.complain(words, lesson, "written")
    for key in ("requires", "covers"):
        no_blanks(lesson, key, shaper)
    _check_run(lesson.run, shaper)
    if shaper.is_empty_list(lesson, "steps"):
        shaper.complain("the lesson has no steps", lesson, "steps")
    if len(lesson.steps) > MAX_STEPS:
        words = f"a lesson of more than {MAX_STEPS} steps: make two of it"
        shaper.complain(words, lesson, "steps")
    first: dict[str, LessonStep] = {}
    for step in lesson.steps:
        _check_step(step, first, shaper)
        first.setdefault(step.id, step)
    _check_after(lesson, shaper)


def one_line(value: msgspec.Struct, key: str, shaper: Decoder) -> None:
    """Complain of a text that is empty or has more lines than one."""
    text: str = getattr(value, key)
    if _is_given(value, key, shaper) and (not text.strip() or "\n" in text.strip()):
        shaper.complain(f"{key} is one line of text", value, key)


def within(
    value: msgspec.Struct, key: str, low: float, high: float, shaper: Decoder
) -> None:
    """Complain of a number that is given and not from `low` to `high`."""
    number: float = getattr(value, key)
    if _is_given(value, key, shaper) and not low <= number <= high:
        words = f"{key} is from {low:.10g} to {high:.10g}, not {number:g}"
        shaper.complain(words, value, key)


def no_blanks(value: msgspec.Struct, key: str, shaper: Decoder) -> None:
    """Complain of items of a list that say nothing."""
    for item, text in enumerate(getattr(value, key)):
        if not text.strip():
            shaper.complain(f"{key}: an empty name", value, key, item)


def wrong_evidence(name: str) -> str:
    """Why an evidence bundle of that name cannot lie beside the file; "" if it can."""
    if "/" in name or not name.endswith(EVIDENCE_SUFFIX) or name.startswith("."):
        return (
            f'evidence is a file beside this one, NAME{EVIDENCE_SUFFIX}, not "{name}"'
        )
    return ""


def _is_given(value: object, key: str, shaper: Decoder) -> bool:
    return shaper.has(value, key) and shaper.is_sound(value, key)


def _check_run(run: LessonRun, shaper: Decoder) -> None:
    if not shaper.has_value(run):
        return
    within(run, "seed", 0, 2**31 - 1, shaper)
    within(run, "ahead", 1, MAX_AHEAD, shaper)
    within(run, "speed", 0.1, 1000, shaper)
    within(run, "run_length", 0, LARGE, shaper)
    no_blanks(run, "causes", shaper)
    if _is_given(run, "evidence", shaper) and (words := wrong_evidence(run.evidence)):
        shaper.complain(words, run, "evidence")
    for key in ("recorded", "updates"):
        if _is_given(run, key, shaper):
            words = (
                f"{key}: a lesson is of a simulated run or of evidence; recorded runs "
                "are for practice, the exam and observed shifts"
            )
            shaper.complain(words, run, key)
    if run.evidence:
        for key in ("causes", "run_length"):
            if _is_given(run, key, shaper) and getattr(run, key):
                words = f"an evidence bundle is shown instead of a run: it has no {key}"
                shaper.complain(words, run, key)


def _check_step(
    step: LessonStep, first: dict[str, LessonStep], shaper: Decoder
) -> None:
    if _is_given(step, "id", shaper):
        if not _ID.fullmatch(step.id):
            words = f'id: lower-case letters, digits and -, not "{step.id}"'
            shaper.complain(words, step, "id")
        elif step.id == DEBRIEF:
            words = f'no step can be called "{DEBRIEF}": that section ends the lesson'
            shaper.complain(words, step, "id")
        elif step.id in first:
            line = shaper.place(first[step.id], "id").line
            words = f'a second step "{step.id}", the first is in line {line}'
            shaper.complain(words, step, "id")
    one_line(step, "title", shaper)
    within(step, "hint_after", 1, 3600, shaper)
    _check_point(step, shaper)
    if step.done is not None and step.question is not None:
        words = (
            "a step either asks a question or wants something done: make two steps "
            "of it"
        )
        shaper.complain(words, step, "question")
    if step.done is not None:
        _check_goal(step.done, shaper)
    if step.question is not None:
        _check_question(step.question, shaper)


def _check_point(step: LessonStep, shaper: Decoder) -> None:
    point = step.point
    if _is_given(step, "point", shaper) and point not in CONTROLS:
        what, _, name = point.partition(" ")
        if what not in ("plot", "page") or not name.strip():
            words = (
                f'point is "plot PATH", "page LAYOUT/PAGE" or one of '
                f'{", ".join(CONTROLS)}, not "{point}"{did_you_mean(point, CONTROLS)}'
            )
            shaper.complain(words, step, "point")
    if not _is_given(step, "region", shaper) or not step.region:
        return
    if not shows_plot(point):
        words = 'a region is one of a plot: point: "plot PATH"'
        shaper.complain(words, step, "region")
    if len(step.region) not in (2, 4):
        words = (
            "region is x from, x to and, for a map, y from, y to; here are "
            f"{len(step.region)} numbers"
        )
        shaper.complain(words, step, "region")
        return
    ends = zip(step.region[::2], step.region[1::2], strict=True)
    for axis, (low, high) in zip("xy", ends, strict=False):
        if low >= high:
            words = f"region: {axis} goes from {low:g} to {high:g}: nothing is there"
            shaper.complain(words, step, "region")


def shows_plot(point: str) -> bool:
    """Tell whether a step points at a plot."""
    return point.startswith("plot ") and point not in CONTROLS


def _check_goal(goal: Goal, shaper: Decoder) -> None:
    broken = any(not shaper.is_sound(goal, key) for key in goal.__struct_fields__)
    if goal == Goal() and not broken:
        words = "done names nothing that must become true: it would be at once"
        shaper.complain(words, goal)
    within(goal, "lumisection", 1, LARGE, shaper)
    within(goal, "runs", 1, 100, shaper)
    if goal.call == NOBODY:
        words = "nobody is what a finding says: finding: {…, urgency: nobody}"
        shaper.complain(words, goal, "call")
    if goal.finding is not None:
        no_blanks(goal.finding, "causes", shaper)
    if goal.tick is not None:
        within(goal.tick, "step", 1, 99, shaper)
    if (flag := goal.flag) is None:
        return
    for key in ("first", "last"):
        ends: tuple[int, ...] = getattr(flag, key)
        if not ends or not _is_given(flag, key, shaper):
            continue
        if len(ends) != 2 or not 1 <= ends[0] <= ends[1]:
            words = f"{key} is a range of lumisections such as [5, 9], both ends in it"
            shaper.complain(words, flag, key)
    no_blanks(flag, "causes", shaper)


def _check_question(question: Question, shaper: Decoder) -> None:
    choices, why = question.choices, question.why
    if not _is_given(question, "choices", shaper):
        return
    if not 2 <= len(choices) <= 5:
        words = f"a question has two to five choices, here are {len(choices)}"
        shaper.complain(words, question, "choices")
    for key, texts in (("choices", choices), ("why", why)):
        for item, text in enumerate(texts):
            if not text.strip() or "\n" in text.strip():
                shaper.complain(f"{key}: each is one line", question, key, item)
    for item, text in enumerate(choices):
        if text.strip() and text in choices[:item]:
            words = f'choices: "{text}" stands here twice'
            shaper.complain(words, question, "choices", item)
    if _is_given(question, "right", shaper) and not 1 <= question.right <= len(choices):
        words = (
            f"right is the number of the right choice, 1 to {len(choices)}, not "
            f"{question.right}"
        )
        shaper.complain(words, question, "right")
    if _is_given(question, "why", shaper) and len(why) != len(choices):
        words = (
            f"why says one line for each choice, {len(choices)} of them; here are "
            f"{len(why)}"
        )
        shaper.complain(words, question, "why")


def _check_after(lesson: Lesson, shaper: Decoder) -> None:
    """Steps that wait for others: these must be there, and told before them."""
    if not shaper.is_sound(lesson, "steps"):
        return
    ids = [each.id for each in lesson.steps]
    by_id = {each.id: each for each in reversed(lesson.steps)}
    in_rings: set[str] = set()
    for ring in rings({each.id: each.after for each in by_id.values()}):
        in_rings.update(ring)
        start = min(ring, key=ids.index)
        begin = ring.index(start)
        way = " → ".join((*ring[begin:], *ring[:begin], start))
        words = f"after: steps that wait for each other: {way}"
        shaper.complain(words, by_id[start], "after")
    for at, step in enumerate(lesson.steps):
        for item, name in enumerate(step.after):
            if name not in ids:
                words = f'after: the lesson has no step "{name}"'
                words += did_you_mean(name, [each for each in ids if each != step.id])
                shaper.complain(words, step, "after", item)
            elif name not in ids[:at] and not in_rings.issuperset((name, step.id)):
                words = f'after: "{name}" is told later: is it to come before?'
                node = shaper.node(step, "after", item)
                shaper.findings.add(words, node, "lesson-advice", "advice")
