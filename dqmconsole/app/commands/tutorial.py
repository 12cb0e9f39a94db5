"""``dqmconsole tutorial``: learn to be a shifter, on the real console."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import click

from dqmconsole.app.display import (
    OFFSCREEN_SIZE,
    WITHOUT_DISPLAY,
    window_or_offscreen,
)
from dqmconsole.app.options import (
    A_MONTH,
    Finite,
    page_option,
    site_option,
    theme_option,
    why_not_writable,
)
from dqmconsole.app.output import say


@click.command("tutorial")
@click.argument("lesson", default="")
@click.option(
    "--trainee",
    default="",
    metavar="NAME",
    help="Who learns: progress is kept under this name. Asked for when left out; with "
    "a LESSON it is the account's name then.",
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
    seconds: float | None,
    screenshot: Path | None,
    site: str | None,
    theme: str | None,
    page: str,
) -> None:
    """Learn on a simulated detector: lessons, practice, the exam.

    LESSON is the id or the number of a lesson to begin with; without it the course is
    shown. Only progress is kept, in the site's book; all else that is written in a
    lesson is thrown away.
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
    folder = folder_in_force(home)
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
    code = show_tutorial(options, folder, found, trainee)
    if offscreen and code == 0:
        say(f"the picture is {screenshot}")
    sys.exit(code)
