"""``dqmconsole import-layouts`` and ``export-layouts``: those of other programs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dqmconsole.app.options import output_option, site_folder_option
from dqmconsole.app.output import fail, progress_bar, say, write_out
from dqmconsole.model.words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dqmconsole.model.problem import Problem
    from dqmconsole.model.site import Site

_LISTED = 20  # losses, and changes, that are listed as text; JSON has all

# The backspace keeps click from making one paragraph of the lines.
_EXAMPLES = """\b
Examples:
  dqmconsole import-layouts dqmgui/layouts --from cms
  dqmconsole import-layouts dqmgui/layouts --from cms --out mysite
  dqmconsole import-layouts hcal-layouts.py --from cms --out mysite --existing merge
  dqmconsole import-layouts h.json --from jsroot --out mysite
"""


@click.command("import-layouts", epilog=_EXAMPLES)
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILES|FOLDERS",
    type=click.Path(exists=True, path_type=Path),
)
@click.option(
    "--from",
    "origin",
    type=click.Choice(["cms", "jsroot", "qcg"]),
    required=True,
    help="Whose they are: layout files of the CMS DQM GUI (*.py), a saved h.json of "
    "THttpServer or JSROOT, or JSON of ALICE's QCG.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder of the site that they come into; made where there is none. Left out, "
    "nothing is written.",
)
@click.option(
    "--existing",
    type=click.Choice(["rename", "replace", "merge"]),
    default="rename",
    show_default=True,
    help="What becomes of a layout whose name the site has: it gets a new name, "
    "replaces the other, or pages and plots that this lacks are added to it.",
)
@click.option("--json", "as_json", is_flag=True, help="The report as one JSON object.")
def import_layouts_command(
    files: tuple[Path, ...],
    origin: str,
    out: Path | None,
    existing: str,
    *,
    as_json: bool,
) -> None:
    """Bring in layouts of another program, and say what is lost.

    Layout files of CMS are Python: they are read and never run. Each subsystem becomes
    a file of layouts/, descriptions the first lines of its instructions.

    Exits with 2 when there was nothing to bring in.
    """
    import msgspec

    from dqmconsole.app.tables import site_tables
    from dqmconsole.desk.import_layouts import (
        Existing,
        ImportLayoutsError,
        Origin,
        files_of,
        import_layouts,
        total,
    )

    source = msgspec.convert(origin, Origin)
    how = msgspec.convert(existing, Existing)
    try:
        found = files_of(files, source)
        with progress_bar("Reading") as progress:
            done = import_layouts(found, source, out, how, progress, site_tables())
    except ImportLayoutsError as error:
        fail(str(error), "import-layouts")
    except OSError as error:
        where = error.filename or out
        fail(f"{where}: {error.strerror or error}", "import-layouts")
    if as_json:
        say(msgspec.json.encode(done).decode())
    else:
        say(total(done))
        _say_some([str(each) for each in done.details if each.failed])
        rest = [str(each) for each in done.details if not each.failed]
        if done.losses:
            kinds = (f"{kind} {many:,}" for kind, many in done.losses.items())
            say(f"Lost or changed: {', '.join(kinds)}")
        _say_some(rest)
        for each in done.written:
            pages, plots = counted(each.pages, "page"), counted(each.plots, "plot")
            say(f"{each.file}: {each.layout}, {pages}, {plots} ({each.how})")
        if done.instructions:
            say(f"{counted(done.instructions, 'instruction')} begun of descriptions")
        if done.changes:
            say("What differs from layouts that were there:")
            _say_some(list(done.changes))
        if out is None and done.written:
            say("Nothing was written: --out DIR names the site.", err=True)
    if not done.layouts:
        sys.exit(2)


def _say_some(lines: list[str]) -> None:
    for line in lines[:_LISTED]:
        say(f"  {line}")
    if len(lines) > _LISTED:
        say(f"  … and {len(lines) - _LISTED:,} more (--json lists all)")


@click.command("export-layouts")
@click.argument("layouts", nargs=-1, metavar="[LAYOUT…]")
@site_folder_option
@click.option(
    "--to",
    "program",
    type=click.Choice(["qcg"]),
    default="qcg",
    show_default=True,
    help="Who reads them: ALICE's QCG.",
)
@output_option("The file to write, in place of the terminal.")
def export_layouts_command(
    layouts: tuple[str, ...], site: Path | None, program: str, output: Path | None
) -> None:
    """Write layouts of a site for another program; all of them when none is named.

    What that program has no word for is said on stderr, as are the errors of layout
    files.

    Exits with 1 when something is left out of what was asked for, or may be, for it
    has errors; with 2 when a layout is named that there is not.
    """
    from dqmconsole.desk.foreign_json import qcg_json
    from dqmconsole.site.nearest import did_you_mean
    from dqmconsole.site.site import bundled_site, read_site_with_places

    del program  # there is but one
    home = site or bundled_site()
    read, places = read_site_with_places(home)
    known = {each.layout: each for each in read.layouts}
    broken = _broken(read)
    missing = [each for each in layouts if each not in known]
    if missing:
        _say_errors(broken)
        hint = did_you_mean(missing[0], known)
        words = f'there is no layout "{missing[0]}"{hint}'
        fail(words, "export-layouts", code=1 if broken else 2)
    if layouts:
        asked = {places[each].file for each in layouts}
        broken = {file: found for file, found in broken.items() if file in asked}
    data, lost = qcg_json([known[each] for each in layouts or known])
    write_out(data, output, "export-layouts")
    for line in lost:
        say(f"lost: {line}", err=True)
    _say_errors(broken)
    if broken:
        sys.exit(1)


def _broken(site: Site) -> dict[str, list[Problem]]:
    """The errors for which something of the layouts is left out, by their file."""
    from dqmconsole.site.known_issues import KNOWN
    from dqmconsole.site.references import REFERENCES
    from dqmconsole.site.rules.reading import READING
    from dqmconsole.site.site import SITE

    # other rules compare files that were read, and leave nothing out
    codes = {rule.code for rule in READING if rule.severity == "error"}
    others = (KNOWN, REFERENCES) if not site.layouts else (KNOWN, REFERENCES, SITE)
    found: dict[str, list[Problem]] = {}
    for each in site.problems:
        path = Path(each.file)
        of_layouts = path.parts[:1] == ("layouts",) and path.name not in others
        if of_layouts and each.severity == "error" and each.code in codes:
            found.setdefault(each.file, []).append(each)
    return found


def _say_errors(broken: Mapping[str, Sequence[Problem]]) -> None:
    for found in broken.values():
        for each in found:
            say(str(each), err=True)
