"""``dqmconsole init``: a site to begin with, from any file or folder."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dqmconsole.app.output import fail, say
from dqmconsole.model.paths import with_home
from dqmconsole.model.words import counted

if TYPE_CHECKING:
    from dqmconsole.desk.init_site import Begun

_MOST_SAID = 10  # of a list

# The backspace keeps click from making one paragraph of the lines.
_EXAMPLES = """\b
Examples:
  dqmconsole init mysite --from /daq/monitor
  dqmconsole init mysite --from '/daq/monitor//run_{run}_{client}.root'
  dqmconsole init mysite --from run_000123.root --experiment "Test beam"
  dqmconsole init mysite --from /daq/monitor --good 118 --good 120 --good 121
"""


@click.command("init", epilog=_EXAMPLES)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--from",
    "source",
    required=True,
    metavar="SOURCE",
    help="A ROOT file or a folder; FOLDER//PATTERN says how its files are named.",
)
@click.option(
    "--good",
    multiple=True,
    metavar="RUN",
    help="A good run, its number or file; repeatable. Two or more adopt checks.",
)
@click.option("--experiment", default="", metavar="NAME", help="Its name.")
@click.option("--by", "author", default="", metavar="NAME", help="Who begins it.")
def init_command(
    folder: Path, source: str, good: tuple[str, ...], experiment: str, author: str
) -> None:
    """Begin a site in DIR from what SOURCE holds.

    Each folder of the source gets a layout, with pages by the folders below it and an
    instruction to be filled in for each page. It validates, and opens at once.
    """
    from dqmconsole.desk.init_site import InitError, init_site
    from dqmconsole.logbook.author import login_name

    today = datetime.datetime.now(datetime.UTC).date()
    try:
        begun = init_site(
            folder,
            source,
            good=good,
            experiment=experiment,
            author=author or login_name(),
            today=today,
            progress=lambda words: say(words, err=True),
        )
    except InitError as error:
        fail(str(error), "init", code=2)
    except OSError as error:
        words = f"{error.filename or folder}: {error.strerror or error}"
        fail(words, "init", code=2)
    _say(begun, folder, source)


def _say(begun: Begun, folder: Path, source: str) -> None:
    parts = (
        counted(begun.layouts, "layout"),
        counted(begun.pages, "page"),
        counted(begun.plots, "plot"),
    )
    say(f"{folder}: {', '.join(parts)}, in {counted(len(begun.files), 'file')}")
    if begun.pattern:
        say(f"files of the source are named as {begun.pattern}")
    if begun.adopted or begun.off:
        say(f"checks by kind are adopted for {counted(begun.adopted, 'plot')}")
    if begun.off:
        say("they are not good in good runs, and not adopted, for")
        _list(begun.off)
    if begun.channels:
        say("dead_channels, which finds one dead channel, is adopted beside them for")
        _list(begun.channels)
    if begun.adopted > len(begun.channels):
        of = "the others" if begun.channels else "them"
        say(f"none of {of} looks for one dead channel of hundreds: dead_channels does,")
        say("see dqmconsole validate --explain dead_channels")
    if begun.undrawn:
        say("on no page, for nobody can draw them:")
        _list(begun.undrawn)
    site = f"--site {folder}"
    of_site = begun.pattern or with_home(source).exists()
    named = "" if of_site else f"{source} "  # else it is the site's own
    say(f"open it:   dqmconsole open {named}{site}")
    say(f"check it:  dqmconsole validate {site}")
    say(f"to write:  {folder}/instructions, and numbers to call in contacts.yaml")


def _list(lines: tuple[str, ...]) -> None:
    for words in lines[:_MOST_SAID]:
        say(f"  {words}")
    if (more := len(lines) - _MOST_SAID) > 0:
        say(f"  and {more} more")
