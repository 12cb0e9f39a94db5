"""``dqmconsole tutorial``: learn to be a shifter, on the real console."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dqmconsole.app.display import (
    OFFSCREEN_SIZE,
    WITHOUT_DISPLAY,
    window_or_offscreen,
)
from dqmconsole.app.options import (
    A_MONTH,
    Finite,
    SimulatedChoice,
    page_option,
    site_option,
    theme_option,
    why_not_writable,
)
from dqmconsole.app.output import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.training.lesson import ExamName, LessonStep, RunType
    from dqmconsole.training.recording import Recording


@click.command("tutorial")
@click.argument("lesson", default="")
@click.option(
    "--trainee",
    default="",
    metavar="NAME",
    help="Who learns: progress is kept under this name. Asked for when left out; with "
    "a LESSON it is the account's name then.",
)
@click.option(
    "--exam",
    is_flag=False,
    flag_value="collisions",
    type=SimulatedChoice(
        ["collisions", "heavy-ions"],
        "Of recorded runs a site has one exam, whatever their type: --exam alone.",
    ),
    help="Begin at the page of the exam. Where runs are simulated there may be two: "
    "collisions, with cosmics, which is meant when nothing is said, and heavy-ions.",
)
@click.option(
    "--record",
    "record",
    default="",
    metavar="ID",
    help="Record a lesson of this id instead: do what its trainees are to do. It is "
    "written into the site's own files when the window closes.",
)
@click.option(
    "--cause",
    "causes",
    multiple=True,
    metavar="NAME[:SUBSYSTEM][@LS[-LAST]][*SIZE]",
    help="With --record: what happens in its run, as `demo --fault` takes it; several.",
)
@click.option(
    "--run-type",
    type=click.Choice(["collisions", "cosmics", "heavy-ions"]),
    default="collisions",
    show_default=True,
    help="With --record: type of its simulated run.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**31 - 1),
    default=1,
    show_default=True,
    help="With --record: everything random of its run follows from it.",
)
@click.option(
    "--evidence",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="With --record: an evidence bundle that is shown instead of a run.",
)
@click.option("--seconds", type=Finite(min=1, max=A_MONTH), help="End after so long.")
@click.option(
    "--screenshot",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Save the last picture of the window as a PNG.",
)
@site_option
@theme_option
@page_option
def tutorial_command(
    lesson: str,
    trainee: str,
    exam: ExamName | None,
    record: str,
    causes: tuple[str, ...],
    run_type: RunType,
    seed: int,
    evidence: Path | None,
    seconds: float | None,
    screenshot: Path | None,
    site: str | None,
    theme: str | None,
    page: str,
) -> None:
    """Learn to be a shifter: lessons, practice, the exam, an observed shift.

    The runs are simulated, or were recorded at the site, with faults put into them.

    LESSON is the id or the number of a lesson to begin with; without it the course is
    shown. Only progress is kept, in the site's book; all else that is written in a
    lesson is thrown away. With --record an expert makes a new lesson by doing it.
    """
    from dqmconsole.app.console import ConsoleOptions
    from dqmconsole.app.lesson_named import (
        LessonError,
        folder_in_force,
        lesson_named,
    )
    from dqmconsole.app.training import show_tutorial
    from dqmconsole.site.site import bundled_site

    home = Path(site) if site else bundled_site()
    if exam and (lesson or record):
        message = "it begins at the exam: neither a lesson nor a recording with it"
        raise click.BadParameter(message, param_hint="--exam")
    if record:
        if lesson:
            message = f"record {record} or play {lesson}: not both"
            raise click.BadParameter(message, param_hint="LESSON")
        recording = _recording(home, record, causes, run_type, seed, evidence)
    elif causes or evidence is not None:
        message = "it is for a recording: give --record too"
        hint = "--cause" if causes else "--evidence"
        raise click.BadParameter(message, param_hint=hint)
    else:
        recording = None
    # what is recorded is written into the site's own files, its evidence lies there
    folder = home if recording is not None else folder_in_force(home)
    try:
        found = lesson_named(folder, lesson, home) if lesson else None
    except LessonError as error:
        raise click.BadParameter(str(error), param_hint="LESSON") from error
    trouble = why_not_writable(screenshot) if screenshot else ""
    if trouble:
        raise click.BadParameter(trouble, param_hint="--screenshot")
    offscreen = window_or_offscreen()
    if offscreen:
        seconds = seconds or WITHOUT_DISPLAY
        scratch = Path(tempfile.gettempdir())
        screenshot = screenshot or scratch / "dqmconsole-tutorial.png"
    options = ConsoleOptions(
        site=site or "",
        theme=theme or "",
        page=page,
        seconds=seconds,
        screenshot=screenshot,
        remember=not offscreen,
        size=OFFSCREEN_SIZE if offscreen else None,
    )
    unwritten = 0
    try:
        code = show_tutorial(options, folder, found, trainee, recording, exam=exam)
    finally:  # however the window ends, what was done in it is written
        if recording is not None:
            unwritten = _write(home, recording, trainee)
    code = code or unwritten
    if offscreen and code == 0:
        say(f"the picture is {screenshot}")
    sys.exit(code)


def _recording(
    home: Path,
    name: str,
    causes: tuple[str, ...],
    run_type: RunType,
    seed: int,
    evidence: Path | None,
) -> Recording:
    """The recording that is asked for.

    Raises:
        click.BadParameter: its lesson could not be written, or has no such run.
    """
    from dqmconsole.training.files.import_evidence import EvidenceError, keep_bundle
    from dqmconsole.training.files.recorded_lesson import check_recording
    from dqmconsole.training.lesson import LessonRun
    from dqmconsole.training.recording import Recording

    if causes and evidence is not None:
        message = "an evidence bundle is shown instead of a run: it has no causes"
        raise click.BadParameter(message, param_hint="--evidence")
    try:
        check_recording(home, name, causes)
        kept = keep_bundle(home, evidence) if evidence is not None else ""
    except EvidenceError as error:
        raise click.BadParameter(str(error), param_hint="--record") from error
    return Recording(name, LessonRun(run_type, seed, causes, evidence=kept))


def _write(home: Path, recording: Recording, who: str) -> int:
    """Write what was recorded, and say what is still to be done; the exit code."""
    steps: Sequence[LessonStep] = recording.steps
    try:
        from dqmconsole.app.lesson_plays import steps_with_all_plots

        steps = steps_with_all_plots(home, recording)
    except (ValueError, OSError, KeyboardInterrupt) as error:
        why = str(error) or "it was broken off"
        say(f"other plots that show the same are not looked for: {why}", err=True)
    finally:  # whatever goes wrong with the plots, what was recorded is written
        code = _write_steps(home, recording, steps, who)
    return code


def _write_steps(
    home: Path, recording: Recording, steps: Sequence[LessonStep], who: str
) -> int:
    from dqmconsole.logbook.author import login_name
    from dqmconsole.training.files.import_evidence import EvidenceError
    from dqmconsole.training.files.recorded_lesson import write_lesson

    try:
        written = write_lesson(home, recording, who or login_name(), steps=steps)
    except EvidenceError as error:
        say(str(error), err=True)
        return 1
    say(f"{written.file} and .md: edit the words, then try and publish it")
    for problem in written.problems:
        say(str(problem))
    return 0
