"""The words of the training: band, keys, progress, lessons; no Qt here."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dqmconsole.model.lesson import Lesson
    from dqmconsole.model.run import RunInfo
    from dqmconsole.shift.book_thread import BookState
    from dqmconsole.training.course import Standing
    from dqmconsole.training.tutor import StepState

STATES = {
    "new": "new",
    "begun": "begun",
    "done": "✓ done",
    "refresher": "refresher",
}
BROKE_OFF = "The simulated run broke off: leave, and begin again"


def data_words(run: RunInfo, *, kept: bool = False) -> str:
    """Say where the data come from: "simulated run 398214, nothing here is real".

    Args:
        run: the run.
        kept: it is shown by an evidence bundle, which may be of a real run.
    """
    if kept:
        of = f" of run {run.run}" if run.run > 0 else ""
        return f"kept evidence{of}, nothing here is live"
    named = f"simulated run {run.run}" if run.run > 0 else "a simulated run"
    return f"{named}, nothing here is real"


def lesson_words(lesson: Lesson, many: int) -> str:
    """Name a lesson: "Lesson 5 of 12: An empty rectangle"."""
    of = f" of {many}" if many >= lesson.number else ""
    return f"Lesson {lesson.number}{of}: {lesson.title}"


def step_words(told: StepState) -> str:
    """Say how far a lesson has come: "step 3 of 7"."""
    if told.step is None:
        return "all steps done"
    return f"step {told.number} of {len(told.done)}"


def hint_words(told: StepState) -> str:
    """Say when the next hint comes: "hint in 40 s", or ""."""
    if told.next_hint is None:
        return ""
    return f"hint in {told.next_hint:.0f} s"


def key_words(told: StepState, *, here: bool) -> str:
    """Write the keys of a step.

    Args:
        told: the step.
        here: the bubble has the keyboard.
    """
    step, keys = told.step, []
    if step is None:
        return ""
    if told.can_go_on:
        keys.append("Enter go on" if here else "G go on")
    elif step.question is not None:
        keys.append(f"1–{len(step.question.choices)} answer")
    if told.next_hint is not None:
        keys.append("H hint" if here else "F6 hint")
    keys.append("F4 fold" if here else "F4 to this bubble")
    if here:
        keys.append("Esc leave")
    return "   ".join(keys)


def minutes_words(seconds: float) -> str:
    """Write a time that was needed: "4 min 20 s"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"


def many_words(number: int, one: str, many: str) -> str:
    """Write a number of things: "no hint", "1 hint", "2 hints"."""
    if not number:
        return f"no {one}"
    return f"{number} {one if number == 1 else many}"


def well_words(standing: Standing) -> str:
    """Say how a lesson went: its time, hints and wrong answers."""
    hints = many_words(standing.hints, "hint", "hints")
    wrong = many_words(standing.wrong, "wrong answer", "wrong answers")
    return f"{minutes_words(standing.seconds)}, {hints}, {wrong}"


def state_words(standing: Standing) -> str:
    """Write the state of a lesson: "new", "begun 3/7", "✓ done", "refresher"."""
    words = STATES[standing.state]
    if standing.state == "begun":
        return f"{words} {standing.steps_done}/{len(standing.lesson.steps)}"
    return words


def ledger_words(state: BookState, who: str) -> tuple[str, bool]:
    """Write how the record of the training is kept, and whether that is a worry."""
    if state.word == "ready":
        if state.unsaved:
            return f"Saving your progress ({state.unsaved}) …", False
        whose = f" under “{who}”" if who else ""
        return f"Progress saved in the book{whose}.", False
    if state.word == "opening":
        return "Opening the book that keeps your progress …", False
    why = f": {state.sentence}" if state.sentence else ""
    if state.word == "closed":
        return f"No book is open: progress is not kept{why}", True
    return f"Book {state.word}{why}; {state.unsaved} kept here until then", True
