"""From a recording to the two files of a lesson, in the site's working copy."""

from __future__ import annotations

import datetime
import glob
import math
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.desk.publish import why_unwritable
from dqmconsole.simulation.registry import all_subsystems
from dqmconsole.simulation.table.causes import CAUSES, aimed, parse_cause
from dqmconsole.site.layouts import plots_of
from dqmconsole.site.site import read_site
from dqmconsole.training.files.import_evidence import (
    EvidenceError,
    Taken,
    check_names,
    lessons_in,
    listed,
    problems_of,
    quoted,
    why_not_folder,
    write,
)
from dqmconsole.training.files.lessons import FOLDER
from dqmconsole.training.files.sound import DEBRIEF
from dqmconsole.training.lesson import LessonRun, split_cause

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    from dqmconsole.model.site import Site
    from dqmconsole.training.lesson import FindingGoal, LessonStep
    from dqmconsole.training.recording import Recording

    Shown = Callable[[FindingGoal], Collection[str]]
    """Paths of the plots on which what a finding asks for is to be seen."""

_LONGEST = 120  # minutes that a lesson may say
_BY_EYE = "Look once more at what this evidence shows."


def check_recording(home: Path, name: str, causes: Sequence[str]) -> None:
    """Refuse a recording whose lesson could not be written, before it begins.

    Args:
        home: the site's own folder.
        name: id of the lesson.
        causes: of its run, "NAME[:SUBSYSTEM][@LS[-LAST]][*SIZE]".

    Raises:
        EvidenceError: why not: the lesson is there already, or has no right name, or
            the site cannot be written, or there is no such cause.
    """
    folder = home / FOLDER
    check_names(lesson=name)
    if why := why_unwritable(home) or why_not_folder(folder):
        raise EvidenceError(why)
    for file in _files(folder, name):
        if file.exists():
            message = f"{file} is there already: a recording overwrites no lesson"
            raise EvidenceError(message)
    subsystems = [each.name for each in all_subsystems()]
    for text in causes:
        try:
            aimed(parse_cause(text), subsystems)
        except ValueError as error:
            raise EvidenceError(str(error)) from error


def write_lesson(
    home: Path,
    recording: Recording,
    author: str,
    today: datetime.date | None = None,
    steps: Sequence[LessonStep] = (),
) -> Taken:
    """Write what was recorded as a lesson; what is there is never overwritten.

    A lesson of that name which somebody wrote meanwhile stays, and the recording gets
    the next free name: ``hole-2``.

    Args:
        home: the site's own folder; its working copy is changed, nothing published.
        recording: with at least one step.
        author: who recorded it.
        today: its date; UTC's when left out.
        steps: what it becomes; the recording's own when left out.

    Returns:
        Its YAML, and what ``validate`` says of the two files.

    Raises:
        EvidenceError: nothing was done in the recording, or the disk refuses.
    """
    steps = steps or recording.steps
    if not steps:
        message = "nothing was done in the recording: no lesson is written"
        raise EvidenceError(message)
    folder = home / FOLDER
    name, number = recording.lesson, 1
    while any(each.exists() for each in _files(folder, name)):
        number += 1
        name = f"{recording.lesson}-{number}"
    file, words = _files(folder, name)
    today = today or datetime.datetime.now(datetime.UTC).date()
    text = _yaml(home, name, recording, steps, author, today)
    said = _words(steps, recording.run)
    try:
        # the words first: a lesson without them is broken
        write(words, said.encode())
        write(file, text.encode())
    except OSError as error:
        message = f"{error.filename or folder}: {error.strerror}"
        raise EvidenceError(message) from error
    found = problems_of(home, [(file, text), (words, said)])
    return Taken(file, file, found)


def with_all_plots(step: LessonStep, shown: Shown, site: Site) -> LessonStep:
    """A step whose finding is right on every plot of its page that shows it.

    Args:
        step: as it was recorded.
        shown: where what was said is to be seen.
        site: whose pages they are.
    """
    goal = step.done
    if goal is None or goal.finding is None or not goal.finding.plots:
        return step
    there, asked = shown(goal.finding), goal.finding.plots
    more = dict.fromkeys(
        plot.path
        for layout, page, plot in plots_of(site)
        if f"page {layout.layout}/{page.page}" == step.point
        if plot.path in there and glob.escape(plot.path) not in asked
    )
    if not more:
        return step
    plots = (*asked, *map(glob.escape, more))
    finding = msgspec.structs.replace(goal.finding, plots=plots)
    return msgspec.structs.replace(
        step,
        done=msgspec.structs.replace(goal, finding=finding),
        text=f"{step.text} It shows in {', '.join(f'`{each}`' for each in more)} as "
        "well: any of them will do.",
    )


def _files(folder: Path, name: str) -> tuple[Path, Path]:
    return folder / f"{name}.yaml", folder / f"{name}.md"


def _yaml(
    home: Path,
    name: str,
    recording: Recording,
    steps: Sequence[LessonStep],
    author: str,
    today: datetime.date,
) -> str:
    run = recording.run
    number = max((each.number for each in lessons_in(home / FOLDER)), default=0) + 1
    minutes = min(max(1, math.ceil(recording.seconds / 60)), _LONGEST)
    lines = [
        f"number: {number}",
        f"title: {quoted(name.replace('-', ' ').capitalize())}",
        "version: 1",
        f"author: {quoted(author or 'dqm')}",
        f"written: {quoted(today.isoformat())}",
        f"minutes: {minutes}",
        f"teaches: {quoted(_taught(run))}",
        f"covers: {listed(_covered(home, steps))}",
        f"run: {_run(run)}",
        "steps:",
    ]
    for step in steps:
        lines += [f"  - id: {step.id}", f"    title: {quoted(step.title)}"]
        lines += [f"    point: {quoted(step.point)}"] if step.point else []
        lines += [f"    done: {_flow(step.done)}"]
    return "\n".join(lines) + "\n"


def _words(steps: Sequence[LessonStep], run: LessonRun) -> str:
    parts = [f"## {step.id}\n\n{step.text}\n" for step in steps]
    known = {each.name: each.description for each in CAUSES}
    names = dict.fromkeys(split_cause(each)[0] for each in run.causes)
    points = [f"- **{each.replace('-', ' ')}**: {known[each]}" for each in names]
    if not points:
        points = [_BY_EYE if run.evidence else "Nothing was wrong in this run."]
    end = "\n".join(points)
    return "\n".join([*parts, f"## {DEBRIEF}\n\n{end}\n"])


def _run(run: LessonRun) -> str:
    """The run as YAML; its seed is said, whatever it is by default."""
    if run.evidence:
        return _flow(run)
    rest = _flow(msgspec.structs.replace(run, seed=LessonRun().seed))[1:-1]
    return f"{{{', '.join(filter(None, (f'seed: {run.seed}', rest)))}}}"


def _taught(run: LessonRun) -> str:
    names = dict.fromkeys(split_cause(each)[0].replace("-", " ") for each in run.causes)
    if names:
        return f"recognising {' and '.join(names)}, and what to do about it"
    return "what to do in a run like this one"


def _covered(home: Path, steps: Sequence[LessonStep]) -> tuple[str, ...]:
    """Layouts and instructions it comes upon: a change of them may make it wrong."""
    paths: dict[str, None] = {}
    pages: dict[str, None] = {}
    found: dict[str, None] = {}
    for step in steps:
        what, _, name = step.point.partition(" ")
        (pages if what == "page" else paths if what == "plot" else {})[name] = None
        if step.done is not None and step.done.read:
            found[step.done.read] = None
        if step.done is not None and step.done.tick is not None:
            found[step.done.tick.instruction] = None
    site = read_site(home)
    asked = [each.done.finding for each in steps if each.done and each.done.finding]
    globs = [glob for each in asked for glob in each.plots]
    for layout, page, plot in plots_of(site):
        here = f"{layout.layout}/{page.page}"
        if here in pages or plot.path in paths:
            found[layout.layout] = None
        shown = plot.path in paths or any(fnmatchcase(plot.path, e) for e in globs)
        if shown and (instruction := plot.instruction or page.instruction):
            found[instruction] = None
    return tuple(found)


def _flow(value: object) -> str:
    """A value as YAML's flow has it; fields that say nothing are left out."""
    if isinstance(value, msgspec.Struct):
        keys = getattr(value, "KEYS", {})
        given = [
            f"{keys.get(each.name, each.name)}: {_flow(now)}"
            for each in msgspec.structs.fields(value)
            if (now := getattr(value, each.name)) != each.default
        ]
        return f"{{{', '.join(given)}}}"
    if isinstance(value, tuple):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return quoted(value) if isinstance(value, str) else f"{value}"
