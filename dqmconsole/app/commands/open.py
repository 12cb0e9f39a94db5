"""``dqmconsole open`` and the bare console."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dqmconsole.app.display import DisplayError, why_no_window
from dqmconsole.app.features import is_installed
from dqmconsole.app.options import (
    Finite,
    files_option,
    page_option,
    reference_option,
    site_option,
    source_asked,
    theme_option,
)

if TYPE_CHECKING:
    from dqmconsole.app.console import ConsoleOptions
    from dqmconsole.app.simulation import SimulatedDetector
    from dqmconsole.app.training import TrainingElsewhere


@click.command("open")
@click.argument("source", default="")
@files_option
@site_option
@reference_option
@click.option(
    "--speed",
    type=Finite(min=0.1, max=1000),
    default=1.0,
    show_default=True,
    help="Of a replay: seconds of the recorded run per second.",
)
@theme_option
@page_option
@click.option(
    "--at",
    metavar="LINK",
    default="",
    help="A link to what is shown first: dqm:RUN/LAYOUT/PAGE?plot=PATH&ls=120-134.",
)
def open_command(
    source: str,
    files: str,
    site: str | None,
    reference: str | None,
    speed: float,
    theme: str | None,
    page: str,
    at: str,
) -> None:
    """Open SOURCE.

    SOURCE is a ROOT file, the folder of a running DQM, replay:FOLDER, a run that was
    recorded (recorded:RUN or recorded:FOLDER/RUN), or an evidence bundle
    (FILE.dqmevidence), which needs nothing else; or the name of one of the sources of
    the site; or NAME:REST, where an installed package registers a source of that name
    (dqmconsole doctor lists them). Left out, it is the main source of the site with all
    that feed other layouts beside it.

    A folder that is empty, or not there yet, is waited for.

    Of a folder whose files have other names than DQM's, --files PATTERN says what
    these are: {run}, {lumisection}, {subsystem}, {client} and {time} stand for what
    they name, * for anything, | between alternatives.
    """
    from dqmconsole.app.console import ConsoleOptions
    from dqmconsole.model.view_link import ViewLinkError, read_link
    from dqmconsole.sources.open import check_source
    from dqmconsole.sources.recorded import check_recorded
    from dqmconsole.sources.source import SourceError

    try:
        link = read_link(at) if at else None
    except ViewLinkError as error:
        message = f"--at {at}: {error}"
        raise click.ClickException(message) from error
    try:
        source = source_asked(source, site or "", files)
        check_source(source, awaited=True)
        if link is not None and link.last is not None:
            check_recorded(source, link.run, link.last)
    except SourceError as error:
        raise click.ClickException(str(error)) from error
    show(
        ConsoleOptions(
            source=absolute(source),
            site=site or "",
            reference=reference or "",
            speed=speed,
            theme=theme or "",
            page=page,
            at=link,
        )
    )


def open_last() -> None:
    """Open what was open last, or the welcome page."""
    from dqmconsole.app.console import ConsoleOptions

    show(ConsoleOptions(), last=True)


def show(options: ConsoleOptions, *, last: bool = False) -> None:
    """Show a console in this process, and end with its exit code.

    Args:
        options: what to show.
        last: show what was open last.

    Raises:
        click.ClickException: there is no display.
    """
    import msgspec

    from dqmconsole.app.console import last_source, show_console
    from dqmconsole.app.simulation import DEMO_RUNS, SimulatedDetector

    try:
        reason = why_no_window()
    except DisplayError as error:
        raise click.ClickException(str(error)) from error
    if reason:
        message = f"no window can be shown here: {reason}"
        raise click.ClickException(message)
    if last:
        options = msgspec.structs.replace(options, source=last_source())
    detectors: list[SimulatedDetector] = []

    def start_demo() -> SimulatedDetector:
        detectors.append(SimulatedDetector("collisions", speed=20.0, more=DEMO_RUNS))
        return detectors[-1]

    def training(*_: object) -> TrainingElsewhere:
        from dqmconsole.app.training import TrainingElsewhere

        return TrainingElsewhere(options.site, tutorial=True)

    try:
        code = show_console(
            options,
            start_demo=start_demo if is_installed("simulation") else None,
            add=training if is_installed("training") else None,
        )
    finally:
        for detector in detectors:
            detector.close()
    sys.exit(code)


def absolute(source: str) -> str:
    """The source by its full path, so that it can be opened from anywhere again.

    A link stays one: it is followed each time it is read.
    """
    from dqmconsole.model.site import ALL_SOURCES
    from dqmconsole.sources.open import split_pattern
    from dqmconsole.sources.package import reader_named

    if source.startswith(ALL_SOURCES):
        return ALL_SOURCES + absolute(source.removeprefix(ALL_SOURCES))
    if reader_named(source) is not None:
        return source
    kinds = ("replay:", "recorded:")
    kind = next((each for each in kinds if source.startswith(each)), "")
    folder, pattern = split_pattern(source.removeprefix(kind))
    whole = str(Path(folder).absolute())
    return f"{kind}{whole}//{pattern}" if pattern else f"{kind}{whole}"
