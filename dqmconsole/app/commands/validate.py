"""``dqmconsole validate``: what is wrong with a site, line by line."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from dqmconsole.app.options import against_option, site_folder_option
from dqmconsole.app.output import progress_bar, say
from dqmconsole.model.escape import escaped


@click.command("validate")
@click.argument("folder", required=False, type=click.Path(exists=True, path_type=Path))
@site_folder_option
@against_option
@click.option(
    "--schema",
    is_flag=False,
    flag_value="layout",
    metavar="FILE",
    help="Print the JSON Schema of a layout file, or of that file (lesson, exam), "
    "instead.",
)
@click.option(
    "--explain",
    metavar="CODE",
    default="",
    help="Say what the rule of that code is about, with an example, or what the check "
    "of that name does, instead.",
)
@click.option(
    "--checks",
    is_flag=True,
    help="List the checks that layouts may ask for, with limits, what these are when "
    "left out, and examples, instead.",
)
@click.option(
    "--fix",
    is_flag=True,
    help="Write into the files of the site what was renamed in the source, and show "
    "what changed; needs --against.",
)
@click.option(
    "--wildcards",
    is_flag=True,
    help="List the wildcards of the site with what they match of its plots, and of the "
    "elements of --against, instead.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
def validate_command(
    folder: Path | None,
    site: Path | None,
    against: tuple[str, ...],
    *,
    schema: str | None,
    explain: str,
    checks: bool,
    fix: bool,
    wildcards: bool,
    as_json: bool,
) -> None:
    """Check a site: layouts, instructions, notes, contacts, lessons, and the rest.

    The site is that in FOLDER, or ``--site``; the bundled one when both are left out.
    Prints a line ``file:line:column: message [code]`` per problem. Exits with 1 when
    one of them is an error; advice (something that expires, an old reference) does
    not count. A comment "# dqmconsole: ignore CODE - reason" silences a rule on its
    line, and in all that is indented below it.
    """
    if folder is not None:
        site = _site_in(folder, site)
    if schema:
        _print_schema(schema)
        return
    if explain:
        _explain(explain)
        return
    if checks:
        _list_checks(as_json=as_json)
        return
    import msgspec

    from dqmconsole.app.tables import site_tables
    from dqmconsole.desk.check import check_site
    from dqmconsole.site.site import bundled_site

    home = _from_here(site or bundled_site())
    if wildcards:
        _list_wildcards(home, against, as_json=as_json)
        return
    if fix and not against:
        message = "needs --against SOURCE, in which something was renamed."
        raise click.BadParameter(message, param_hint="--fix")
    if fix:
        _fix(home, against)
    with progress_bar("Judging") as progress:
        checked = check_site(
            home,
            against,
            tables=site_tables(playing=True),
            judging=progress if against else None,
        )
    problems = checked.problems
    for problem in problems:
        if as_json:
            say(msgspec.json.encode(problem).decode())
        else:
            say(escaped(str(problem), lines=False))
    errors = sum(problem.severity == "error" for problem in problems)
    _summary(errors, len(problems) - errors, checked.ignored)
    if errors:
        sys.exit(1)


def _site_in(folder: Path, site: Path | None) -> Path:
    """The folder that was named without ``--site``.

    Raises:
        click.BadParameter: ``--site`` names one, too, or it is a part of a site.
    """
    if site is not None:
        message = f"{folder} beside --site {site}: name one of them."
        raise click.BadParameter(message, param_hint="FOLDER")
    above = (e for e in folder.absolute().parents if (e / "layouts").is_dir())
    home = next(above, None)
    if home is None or (folder / "layouts").is_dir():
        return folder
    message = f"{folder} is a part of a site; did you mean {_from_here(home)}?"
    raise click.BadParameter(message, param_hint="FOLDER")


def _fix(folder: Path, against: tuple[str, ...]) -> None:
    """Write what was renamed, and show it; exits with 3 where it cannot be written."""
    from dqmconsole.app.tables import site_tables
    from dqmconsole.desk.reference import RefusedError
    from dqmconsole.desk.renamed import difference, has_version, renaming, write_all

    raised = []
    try:
        for change in write_all(renaming(folder, against, tables=site_tables())):
            say(escaped(difference(change)), err=True)
            if has_version(change):
                raised.append(escaped(str(change.file), lines=False))
    except RefusedError as error:
        say(f"Error: {escaped(str(error), lines=False)}", err=True)
        sys.exit(3)
    if raised:
        words = "Raise the version of each of these before the site is published:"
        say("\n  ".join([words, *raised]), err=True)


def _print_schema(file: str) -> None:
    from dqmconsole.app.tables import schemas

    known = schemas()
    if file not in known:
        message = f"{file!r} is not one of {', '.join(known)}."
        raise click.BadParameter(message, param_hint="--schema")
    say(known[file](), nl=False)


def _list_checks(*, as_json: bool) -> None:
    import msgspec

    from dqmconsole.checks.table import REGISTERED
    from dqmconsole.desk.checks import explained_checks, options_text, text_of

    for check in explained_checks():
        if as_json:
            say(msgspec.json.encode(check).decode())
        else:
            say(text_of(check) + "\n")
    if not as_json:
        say(options_text())
    for each in REGISTERED.left_out:
        say(str(each), err=True)


def _list_wildcards(folder: Path, against: tuple[str, ...], *, as_json: bool) -> None:
    import msgspec

    from dqmconsole.app.tables import site_tables
    from dqmconsole.desk.check import list_wildcards

    found, troubles = list_wildcards(folder, against, site_tables())
    for each in found:
        words = msgspec.json.encode(each).decode() if as_json else str(each)
        say(words if as_json else escaped(words, lines=False))
    for trouble in troubles:
        say(escaped(str(trouble), lines=False), err=True)
    if troubles:
        sys.exit(1)


def _explain(code: str) -> None:
    """Print one rule or check; exits with 2 where there is none, with the nearest."""
    from dqmconsole.app.tables import rules
    from dqmconsole.desk.checks import explained_checks, options_text, text_of
    from dqmconsole.site.nearest import did_you_mean

    known = rules()
    code = code.strip("[]")
    if rule := known.get(code):
        say(f"{rule.code} ({rule.severity}): {rule.explanation}")
        return
    checks = {each.name: each for each in explained_checks()}
    if code not in checks:
        hint = did_you_mean(code, (*known, *checks))
        say(f"Error: no rule and no check is called {escaped(code)}{hint}", err=True)
        sys.exit(2)
    say(f"{text_of(checks[code])}\n{options_text()}")


def _from_here(folder: Path) -> Path:
    """The folder as somebody here would write it."""
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


def _summary(errors: int, advice: int, ignored: int) -> None:
    words = f"{errors} error{'s' if errors > 1 else ''}" if errors else "No errors"
    if advice:
        words += f", {advice} to review"
    if ignored:
        words += f", {ignored} ignored with a reason"
    # On the other stream, so that the lines can be piped to an editor.
    click.secho(words, err=True, fg="red" if errors else "green", bold=bool(errors))
