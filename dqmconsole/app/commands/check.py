"""``dqmconsole check``: what the checks say of a source, without a window."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

import click

from dqmconsole.app.options import (
    files_option,
    recordings,
    reference_option,
    site_folder_option,
    source_named,
)
from dqmconsole.app.output import fail, progress_bar, say
from dqmconsole.model.escape import escaped
from dqmconsole.model.run import run_words
from dqmconsole.model.verdict import Status
from dqmconsole.model.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dqmconsole.desk.judge_source import PlotVerdict, SourceVerdicts

_COLOURS = {
    Status.BAD: "red",
    Status.WARNING: "yellow",
    Status.FAILED: "magenta",
    Status.GOOD: "green",
}
_WIDEST = 60  # letters of a path; longer ones push their sentence along

# The backspace keeps click from making one paragraph of the lines.
_EXAMPLES = """\b
Examples:
  dqmconsole check DQM_V0001_Hcal_R000398214.root --layout Hcal
  dqmconsole check /data/run_17 --reference good_run.root --json
"""


@click.command("check", epilog=_EXAMPLES)
@click.argument("source", default="")
@files_option
@site_folder_option
@click.option("--layout", default="", metavar="L", help="Only plots of this layout.")
@reference_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
def check_command(
    source: str,
    files: str,
    site: Path | None,
    layout: str,
    reference: str | None,
    *,
    as_json: bool,
) -> None:
    """Judge the newest run of SOURCE, and list the verdicts, worst first.

    SOURCE is a ROOT file, the folder of a running DQM, a recorded run (recorded:RUN),
    or replay:FOLDER, of which the last snapshots are judged; left out, it is the main
    source of the site with its streams. Judged are the plots of
    the site's layouts; where these have none of its elements, all of them, by their
    kind.

    Exits with 1 when any plot is BAD, with 2 on an error. What checks find that no
    layout asked for is a WARNING at most.
    """
    from dqmconsole.app.tables import site_tables
    from dqmconsole.desk.judge_source import JudgeError, judge_source
    from dqmconsole.site.site import bundled_site
    from dqmconsole.sources.source import SourceError

    try:
        source = source_named(source, str(site or ""), files)
        with progress_bar("Judging") as progress:
            found = judge_source(
                source,
                site or bundled_site(),
                layout=layout,
                reference=reference or "",
                records=recordings(),
                tables=site_tables(),
                progress=progress,
            )
    except (JudgeError, SourceError) as error:
        fail(str(error), "check")
    except OSError as error:
        fail(f"{source}: {error.strerror or error}", "check")
    for words in found.sources:
        say(f"source {words}", err=True)
    for problem in found.problems:
        say(str(problem), err=True)
    if found.site_errors:
        errors = counted(len(found.site_errors), "error")
        say(
            f"the site has {errors}, and what is broken is left out; the first: "
            f"{found.site_errors[0]}; all are listed by: dqmconsole validate",
            err=True,
        )
    if not found.plots:
        fail(f"{found.source}: there is nothing to judge in it", "check")
    if as_json:
        _write_json(found.plots)
    else:
        _write_table(found, with_reference=bool(reference))
    if any(one.verdict.status is Status.BAD for one in found.plots):
        sys.exit(1)


def _write_json(plots: Sequence[PlotVerdict]) -> None:
    import msgspec

    for one in plots:
        verdict = one.verdict
        fields = {
            "status": verdict.status,
            "layout": one.layout,
            "page": one.page,
            "path": one.path,
            "sentence": verdict.sentence,
            "test": verdict.test,
            "adopted": verdict.adopted,
            "checks": verdict.checks,
        }
        say(msgspec.json.encode(fields).decode())


def _write_table(found: SourceVerdicts, *, with_reference: bool) -> None:
    width = min(max(len(one.path) for one in found.plots), _WIDEST)
    for one in found.plots:
        status = one.verdict.status
        head = click.style(f"{status:<14}", fg=_COLOURS.get(status))
        # Whatever an element is called, it is one line.
        path, words = (
            escaped(each, lines=False) for each in (one.path, one.verdict.sentence)
        )
        say(f"  {path:<{width}}  {words}", head=head)
    counts = Counter(one.verdict.status for one in found.plots)
    told = ", ".join(f"{many} {status}" for status, many in counts.items())
    run = run_words(found.run) if found.run > 0 else "a file without a run number"
    say(f"{run}, {len(found.plots)} plots: {told}")
    if found.by_folder:
        say("no layout of the site has any of these: they were judged by their kind")
        if not with_reference:
            say("most need a good run to be compared with: give it by --reference")
    if found.elsewhere:
        say(f"{found.elsewhere} plots of the site are of subsystems that are not in it")
