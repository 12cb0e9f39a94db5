"""``dqmconsole demo``: a simulated detector, live in the console."""

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
from dqmconsole.app.features import is_installed
from dqmconsole.app.options import (
    A_MONTH,
    Finite,
    page_option,
    theme_option,
    why_not_writable,
)
from dqmconsole.app.output import say
from dqmconsole.app.simulation import DEMO_RUNS, SimulatedDetector
from dqmconsole.model.escape import escaped
from dqmconsole.model.run import run_words
from dqmconsole.model.verdict import Status

if TYPE_CHECKING:
    from dqmconsole.app.training import TrainingElsewhere
    from dqmconsole.shift.client import EngineClient

_COLOURS = {Status.BAD: "bold red", Status.WARNING: "yellow"}


class FaultOption(click.Option):
    """Its help names what the table of causes has; read only when help is asked."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """The option and its help."""
        from dqmconsole.simulation.table.causes import CAUSES

        names: dict[str, list[str]] = {"fault": [], "harmless": []}
        for cause in CAUSES:
            if cause.acts_on != "session":
                names[cause.kind].append(cause.name)
        self.help = (
            "Let something happen at a lumisection: a fault "
            f"({', '.join(names['fault'])}) or a harmless event "
            f"({', '.join(names['harmless'])}). LAST is its last lumisection, if "
            "it is to be over, SIZE how much of it."
        )
        return super().get_help_record(ctx)


@click.command("demo")
@click.option("--seconds", type=Finite(min=1, max=A_MONTH), help="End after so long.")
@click.option(
    "--screenshot",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Save the last picture of the window as a PNG.",
)
@click.option(
    "--fault",
    "faults",
    cls=FaultOption,
    multiple=True,
    metavar="NAME[:SUBSYSTEM][@LS[-LAST]][*SIZE]",
)
@click.option(
    "--run-type",
    type=click.Choice(["collisions", "cosmics", "heavy-ions"]),
    default="collisions",
    show_default=True,
)
@click.option(
    "--speed",
    type=Finite(min=0.1, max=200),
    default=20.0,
    show_default=True,
    help="Seconds of the detector per second; a lumisection lasts 23 s.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**31 - 1),
    default=1,
    show_default=True,
    help="Everything random follows from it: the same seed shows the same runs.",
)
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep every snapshot in this folder, to be replayed later.",
)
@theme_option
@page_option
def demo_command(
    seconds: float | None,
    screenshot: Path | None,
    faults: tuple[str, ...],
    run_type: str,
    speed: float,
    seed: int,
    keep: Path | None,
    theme: str | None,
    page: str,
) -> None:
    """Show a simulated detector. Nothing in it is real, and every view says so.

    Its runs are recorded in a temporary folder, the newest and of those before at most
    1 GB, which is removed when the demo ends.
    """
    from dqmconsole.app.console import ConsoleOptions, show_console
    from dqmconsole.simulation.registry import all_subsystems
    from dqmconsole.simulation.table.causes import aimed, parse_cause

    subsystems = [each.name for each in all_subsystems()]
    for fault in faults:
        try:
            cause = aimed(parse_cause(fault), subsystems)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--fault") from error
        if cause.acts_on == "session":
            message = f"{cause.name} acts on the console alone; the demo cannot show it"
            raise click.BadParameter(message, param_hint="--fault")
    trouble = why_not_writable(screenshot) if screenshot else ""
    if trouble:
        raise click.BadParameter(trouble, param_hint="--screenshot")
    offscreen = window_or_offscreen()
    if offscreen:
        seconds = seconds or WITHOUT_DISPLAY
        screenshot = screenshot or Path(tempfile.gettempdir()) / "dqmconsole-demo.png"
    options = ConsoleOptions(
        banner="DEMO",
        theme=theme or "",
        page=page,
        worst_page=bool(faults) and not page,
        seconds=seconds,
        screenshot=screenshot,
        remember=not offscreen,
        size=OFFSCREEN_SIZE if offscreen else None,
    )
    try:
        simulated = SimulatedDetector(
            run_type, speed, faults, keep, seed, more=DEMO_RUNS
        )
    except OSError as error:
        message = f"no simulated detector can be started: {error}"
        raise click.ClickException(message) from error
    with simulated as detector:
        import msgspec

        def training(*_: object) -> TrainingElsewhere:
            from dqmconsole.app.training import TrainingElsewhere

            return TrainingElsewhere(options.site)

        code = show_console(
            msgspec.structs.replace(
                options,
                source=str(detector.folder),
                recordings=str(detector.recordings),
            ),
            add=training if is_installed("training") else None,
            at_end=print_verdicts if offscreen else None,
        )
        ended = detector.ended()
    if ended not in {None, 0}:
        say(f"the simulated detector ended with code {ended}", err=True)
        code = code or 2
    if offscreen and code == 0:
        say(f"the picture is {screenshot}")
    sys.exit(code)


def print_verdicts(client: EngineClient) -> None:
    """Print run, roll-up per layout, and every plot that is BAD or WARNING."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    run = client.mailbox.run
    head = (
        f"{client.banner or 'LIVE'}: {run_words(run.run)}, "
        f"{run.conditions.run_type or 'run type unknown'}, "
        f"{client.settings.lumisection} {run.lumisection or '?'}"
    )
    console.print(escaped(head), markup=False)
    table = Table(box=None, pad_edge=False)
    for heading in ("subsystem", "status", "good", "judged", "plots"):
        table.add_column(heading)
    for layout in client.site.layouts if client.site else ():
        name = Text(escaped(layout.layout, lines=False))
        rollup = client.mailbox.rollups.get(layout.layout)
        if rollup is None:
            table.add_row(name, "no word from the engine")
            continue
        table.add_row(
            name,
            rollup.status.value,
            str(rollup.good),
            str(rollup.judged),
            str(rollup.total),
            style=_COLOURS.get(rollup.status),
        )
    console.print(table)
    for key, verdict in client.mailbox.verdicts.items():
        if verdict.status in _COLOURS:
            words = f"{verdict.status.value}: {key}: {verdict.sentence}"
            console.print(
                escaped(words),
                style=_COLOURS[verdict.status],
                markup=False,
                highlight=False,
            )
