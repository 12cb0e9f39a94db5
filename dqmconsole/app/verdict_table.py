"""The verdicts as a table on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from dqmconsole.model.escape import escaped
from dqmconsole.model.verdict import Status

if TYPE_CHECKING:
    from dqmconsole.shift.client import EngineClient

_STYLES = {Status.BAD: "bold red", Status.WARNING: "yellow"}


def print_verdicts(client: EngineClient) -> None:
    """Print run, roll-up per layout, and every plot that is BAD or WARNING."""
    console = Console()
    run = client.run
    head = (
        f"{client.banner or 'LIVE'}: run {run.run}, "
        f"{run.conditions.run_type or 'run type unknown'}, "
        f"lumisection {run.lumisection or '?'}"
    )
    console.print(escaped(head), markup=False)
    table = Table(box=None, pad_edge=False)
    for heading in ("subsystem", "status", "good", "judged", "plots"):
        table.add_column(heading)
    for layout in client.site.layouts if client.site else ():
        name = Text(escaped(layout.layout, lines=False))
        rollup = client.rollups.get(layout.layout)
        if rollup is None:
            table.add_row(name, "no word from the engine")
            continue
        table.add_row(
            name,
            rollup.status.value,
            str(rollup.good),
            str(rollup.judged),
            str(rollup.total),
            style=_STYLES.get(rollup.status),
        )
    console.print(table)
    for key, verdict in client.verdicts.items():
        if verdict.status in _STYLES:
            words = f"{verdict.status.value}: {key}: {verdict.sentence}"
            console.print(
                escaped(words),
                style=_STYLES[verdict.status],
                markup=False,
                highlight=False,
            )
