"""``dqmconsole reference``: which runs plots are compared with, and who chose them."""

from __future__ import annotations

import contextlib
import datetime
import math
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dqmconsole.app.options import Finite, account_of_process, site_folder
from dqmconsole.app.output import fail, progress_bar, say
from dqmconsole.model.run import run_number, run_words
from dqmconsole.model.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.desk.false_alarms import Measured
    from dqmconsole.desk.promote import Change, Comparison, Distance
    from dqmconsole.desk.recorded import RecordedFolders
    from dqmconsole.desk.recorded_good import KnownRun
    from dqmconsole.desk.reference import Served
    from dqmconsole.desk.tune import Limit, Said, Tuning
    from dqmconsole.model.site import Site

VERB = "reference"
SHOWN = 20  # rows of the plots that a new reference says most of

site_option = site_folder("the bundled one when left out")
source_option = click.option(
    "--source",
    type=click.Path(exists=True, file_okay=False, path_type=str),
    metavar="FOLDER",
    help="A folder of DQM files that is looked through before the recorded ones.",
)
run_type_option = click.option(
    "--run-type", metavar="TYPE", help="One of the run_types of site.yaml."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
by_option = click.option("--by", metavar="NAME", help="Who; the account if left out.")
records_option = click.option(
    "--records",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Where the console recorded runs; its own folder if left out.",
)
reason_option = click.option(
    "--reason", required=True, metavar="WHY", help="Why; it is printed on the panel."
)
dry_run_option = click.option(
    "--dry-run", is_flag=True, help="Show what would change, and write nothing."
)


@click.group("reference")
def reference_command() -> None:
    """See and change which run is the reference of which plots.

    The rules stand in layouts/references.yaml of the site. What is changed there is
    in force at once, or where the site is published, with the next release.
    """


@reference_command.command("list")
@site_option
@source_option
@records_option
@json_option
def list_command(
    site: Path | None, source: str | None, records: Path | None, *, as_json: bool
) -> None:
    """List all rules: whom they serve, where they lie, who chose them and why."""
    import msgspec

    from dqmconsole.desk.recorded_good import asked_for, known_runs
    from dqmconsole.desk.reference import list_rules
    from dqmconsole.site.site import read_site_with_places

    home = _home(site)
    read, places = read_site_with_places(home)
    known: tuple[KnownRun, ...] = ()
    with _recorded(read, source) as recorded, _refusals():
        if any(each.good_runs for each in read.references):
            known = known_runs(_records(read, home, records))
        lines = list_rules(read, places, recorded, lambda rule: asked_for(rule, known))
    broken = _broken_rules(read)
    if as_json:
        _json(msgspec.to_builtins(lines))
    elif not lines and not broken:
        say("The site has no rules of references.")
    for each in () if as_json else lines:
        say(f"{each.number:3}  {each.scope}: {each.reference}  [{each.state}]")
        say(f"     {counted(each.plots, 'plot')}, {each.runs}; {each.where}")
        say(f"     {each.chosen_by}, {each.chosen_on}: {each.why}")
        if each.retired:
            say(f"     retired {each.retired}")
    _troubles(recorded)
    if broken:
        fail("rules are left out, for they cannot be read", VERB)


@reference_command.command("show")
@click.argument("what", metavar="PATH|SUBSYSTEM")
@site_option
@source_option
@run_type_option
@click.option("--run", type=click.IntRange(min=1), help="Of this run's conditions.")
@json_option
def show_command(
    what: str,
    site: Path | None,
    source: str | None,
    run_type: str | None,
    run: int | None,
    *,
    as_json: bool,
) -> None:
    """Say which reference serves which plot, and why not another."""
    import msgspec
    from msgspec.structs import replace

    from dqmconsole.desk.reference import show_references
    from dqmconsole.site.site import read_site

    read = read_site(_home(site))
    _broken_rules(read)
    with _recorded(read, source) as recorded, _refusals(code=2):
        found = show_references(
            read, what, _type(read, run_type), recorded if run else None, run or 0
        )
    if as_json:
        _json(msgspec.to_builtins(found))
        return
    # plots that are served alike are said together
    alike: dict[Served, list[str]] = {}
    for each in found:
        alike.setdefault(replace(each, path=""), []).append(each.path)
    for each, paths in alike.items():
        plots = paths[0] if len(paths) == 1 else f"{len(paths)} plots"
        few = ", ".join(paths[:3]) + (" …" if len(paths) > 3 else "")
        said = each.reference or "no reference"
        say(f"{plots} ({', '.join(each.run_types)}): {said}")
        say(f"    {f'rule {each.rule}: ' if each.rule else ''}{each.why}")
        for number, why in each.passed:
            say(f"    not rule {number}: {why}")
        if len(paths) > 1:
            say(f"    {few}")


@reference_command.command("promote")
@click.argument("runs", nargs=-1, required=True, type=click.IntRange(min=1))
@site_option
@source_option
@click.option("--subsystem", metavar="NAME", help="For this one; for all if left out.")
@run_type_option
@click.option(
    "--histograms", multiple=True, metavar="GLOB", help="For these; repeatable."
)
@click.option(
    "--when",
    multiple=True,
    metavar="CONDITION=VALUE",
    help="For runs of that condition: pileup=40..60, magnet=3.8; repeatable.",
)
@click.option("--from", "first", type=click.IntRange(min=1), help="From this run on.")
@click.option(
    "--combine",
    type=click.Choice(["worst", "any"]),
    default="worst",
    show_default=True,
    help="Of several runs: the worst verdict counts, or any good one.",
)
@reason_option
@by_option
@dry_run_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def promote_command(
    runs: tuple[int, ...],
    site: Path | None,
    source: str | None,
    subsystem: str | None,
    run_type: str | None,
    histograms: tuple[str, ...],
    when: tuple[str, ...],
    first: int | None,
    combine: str,
    reason: str,
    by: str | None,
    *,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Make RUNS the reference of plots.

    Shows first what it would have said of the last runs, beside the reference so far.
    The rule that was for the same is retired, or with --from ends before that run; it
    stays in the file. A run without a final file is refused. Nothing is copied.
    """
    import msgspec

    from dqmconsole.desk.promote import promote
    from dqmconsole.model.reference import ReferenceRule
    from dqmconsole.site.site import read_site

    home = _own(site)
    read = read_site(home)
    several = len(runs) > 1
    given = {
        "chosen_by": by or account_of_process(),
        "chosen_on": _today(),
        "why": reason,
        "run": None if several else runs[0],
        "runs": runs if several else (),
        "combine": combine,
        "subsystem": subsystem,
        "run_type": _type(read, run_type),
        "histograms": histograms,
        "when": dict(map(_condition, when)),
        "valid_from": first,
    }
    rule = msgspec.convert(given, ReferenceRule)
    with _recorded(read, source) as recorded, _refusals():
        change = promote(home, read, rule, recorded)
    _finish(change, dry_run=dry_run, yes=yes, as_json=as_json)


@reference_command.command("retire")
@click.argument("rule", type=click.IntRange(min=1))
@site_option
@reason_option
@by_option
@dry_run_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def retire_command(
    rule: int,
    site: Path | None,
    reason: str,
    by: str | None,
    *,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Let RULE, numbered as by "list", hold no more; it stays in the file."""
    from dqmconsole.desk.promote import retire
    from dqmconsole.model.reference import Retired
    from dqmconsole.site.site import read_site

    home = _own(site)
    end = Retired(by or account_of_process(), _today(), reason)
    with _refusals():
        change = retire(home, read_site(home), rule, end)
    _finish(change, dry_run=dry_run, yes=yes, as_json=as_json)


@reference_command.command("suggest")
@click.argument("run", type=click.IntRange(min=1))
@site_option
@source_option
@click.option("--subsystem", default="", metavar="NAME", help="For this one alone.")
@click.option("--all", "all_runs", is_flag=True, help="Those too that do not fit.")
@json_option
def suggest_command(
    run: int,
    site: Path | None,
    source: str | None,
    subsystem: str,
    *,
    all_runs: bool,
    as_json: bool,
) -> None:
    """Rank the recorded runs as references for RUN, and say why."""
    import msgspec

    from dqmconsole.desk.suggest import suggest
    from dqmconsole.site.site import read_site

    read = read_site(_home(site))
    with _recorded(read, source) as recorded, _refusals(code=2):
        found = suggest(read, run, recorded, subsystem)
    if as_json:
        _json(msgspec.to_builtins(found))
        return
    fitting = [each for each in found if each.score >= 0]
    if not fitting:
        say(f"None of {len(found)} recorded runs fits {run_words(run)}.")
    for each in found if all_runs or not fitting else fitting:
        score = f"{each.score:3.0f}" if each.score >= 0 else "  –"
        say(f"{score}  {run_words(each.run)}: {each.sentence}")
    left = len(found) - len(fitting)
    if left and fitting and not all_runs:
        say(f"     {left} more do not fit (--all)")
    _troubles(recorded)


@reference_command.command("good")
@click.argument("runs", nargs=-1, type=click.IntRange(min=1))
@click.option(
    "--subsystem",
    "subsystems",
    multiple=True,
    metavar="NAME",
    help="For this one; repeatable; for all that are recorded if left out.",
)
@click.option("--not", "wrong", is_flag=True, help="They are not good.")
@click.option("--reason", default="", metavar="WHY", help="Why; needed to say it.")
@by_option
@site_option
@source_option
@records_option
@json_option
def good_command(
    runs: tuple[int, ...],
    subsystems: tuple[str, ...],
    reason: str,
    by: str | None,
    site: Path | None,
    source: str | None,
    records: Path | None,
    *,
    wrong: bool,
    as_json: bool,
) -> None:
    """Say that recorded RUNS are good, or list what is known of them.

    How good runs differ from one another is what later ones are measured by. What the
    shift flags when it signs a run off is kept by the console itself; of that and of
    what is said here the later holds.
    """
    import msgspec

    from dqmconsole.desk.recorded_good import known_runs, say_good
    from dqmconsole.model.run_quality import RunQuality
    from dqmconsole.site.site import read_site

    home = _home(site)
    read = read_site(home)
    root = _records(read, home, records)
    if runs and not reason.strip():
        fail("say why: --reason", VERB)
    if not runs and (subsystems or wrong or reason):
        fail("say which runs", VERB)
    with _refusals():
        if runs:
            said = RunQuality(
                0, "", not wrong, (), by or account_of_process(), time.time(), reason
            )
            rows = say_good(runs, subsystems, said, _folders(read, source), root)
        else:
            rows = tuple(row for each in known_runs(root) for row in each.subsystems)
    if as_json:
        _json(msgspec.to_builtins(rows))
        return
    if not rows:
        say(f"Of no run recorded below {root} is it known whether it is good.")
    for row in rows:
        good = "good" if row.good else "not good"
        lumisections = ", ".join(f"{first}–{last or 'end'}" for first, last in row.bad)
        bad = f", BAD in {lumisections}" if lumisections else ""
        why = row.why or "flags of the shift"
        say(f"{run_number(row.run)}  {row.subsystem}: {good}{bad}  ({row.by}: {why})")


@reference_command.command("tune")
@click.argument("what", metavar="[LAYOUT|GLOB]", default="")
@click.option(
    "--good",
    "good",
    multiple=True,
    metavar="RUN",
    help="A good run, or several: 101,102,110..115; repeatable. If left out, all that "
    "are recorded as good.",
)
@site_option
@source_option
@records_option
@run_type_option
@click.option(
    "--every",
    type=Finite(min=0, min_open=True),
    default=8.0,
    show_default=True,
    metavar="HOURS",
    help="One false WARNING in so many hours, of each layout; BAD ten times rarer.",
)
@click.option(
    "--hours",
    type=Finite(min=0, min_open=True),
    default=1.0,
    show_default=True,
    metavar="HOURS",
    help="How long a run lasts, where it was not recorded.",
)
@click.option("--all", "show_all", is_flag=True, help="What stays as it is, too.")
@click.option("--write", is_flag=True, help="Write the layouts; else nothing is.")
@click.option(
    "--keep",
    is_flag=True,
    help="Keep how often the limits so far went off: the console shows it.",
)
@json_option
def tune_command(
    what: str,
    good: tuple[str, ...],
    site: Path | None,
    source: str | None,
    records: Path | None,
    run_type: str | None,
    every: float,
    hours: float,
    *,
    show_all: bool,
    write: bool,
    keep: bool,
    as_json: bool,
) -> None:
    """Propose limits of checks from recorded good runs.

    Says of each check which limits keep good runs quiet but for one false WARNING in
    --every hours and layout, and what the limits so far and those proposed would have
    said of these runs. No limit comes nearer than that by default.
    """
    import msgspec

    from dqmconsole.desk.good_runs import GoodRun, record_of
    from dqmconsole.desk.recorded_good import keep_measured, known_runs, type_of
    from dqmconsole.desk.tune import changes, tune
    from dqmconsole.site.site import read_site_with_places

    home = _own(site) if write else _home(site)
    runs = tuple(dict.fromkeys(run for each in good for run in _runs(each)))
    read, places = read_site_with_places(home)
    folders, root = _folders(read, source), _records(read, home, records)
    with contextlib.ExitStack() as stack:
        stack.enter_context(_refusals())
        if not good:
            known = [
                each for each in known_runs(root, _type(read, run_type)) if each.good
            ]
            runs = tuple(each.run for each in known)
            run_type = type_of(known)
        recorded = stack.enter_context(_recorded(read, source))
        good_runs = []
        for run in runs:
            record = record_of(run, folders, root)
            if record is not None:
                stack.callback(record.close)
            good_runs.append(GoodRun(run, record))
        with progress_bar("Judging good runs") as progress:
            tuning = tune(
                *(read, places, good_runs, recorded, what, _type(read, run_type)),
                every=every,
                hours=hours,
                known=not good,
                progress=progress,
            )
        made = changes(home, read, places, tuning)
        measured = [
            msgspec.structs.replace(count, at=time.time())
            for layout in tuning.layouts
            for each in layout.checks
            for count in each.measured
        ]
        if keep:
            kept = [each.record for each in good_runs if each.record is not None]
            keep_measured(measured, [each.path.parent for each in kept])
        if write:
            for change in made:
                change.write()
    if as_json:
        _json(msgspec.to_builtins(tuning) | {"written": write and bool(made)})
        return
    _show_tuning(tuning, show_all=show_all)
    for change in made:
        _show_change(change)
        if write:
            say(f"Written: {change.file}")
    if not made:
        say("There is nothing to write.")
    elif not write:
        say("Nothing is written (--write).")
    if keep:
        hours = max((each.hours for each in measured), default=0.0)
        say(f"Kept: the false alarms of {len(measured)} checks in {hours:.3g} h.")


def _show_tuning(tuning: Tuning, *, show_all: bool) -> None:
    from dqmconsole.model.words import listed

    many = len(tuning.runs)
    of = f" of {tuning.run_type}" if tuning.run_type else ""
    recorded = f"the updates of {len(tuning.recorded) or 'none'} recorded"
    allowed = f"one false WARNING in {tuning.every:g} h of each layout is allowed"
    say(f"{many} good runs{of}, {recorded}; {allowed}.")
    say("In parentheses: how far the values of these runs reach.")
    for layout in tuning.layouts:
        say(
            f"{layout.layout}: {layout.limits} limits share that; of {layout.runs} "
            f"runs: set {layout.widened:.2g} times as far off as with very many runs"
        )
        shown = [each for each in layout.checks if each.changed or show_all]
        for each in shown:
            default = " (by default)" if each.by_default else ""
            say(f"    {listed(each.paths, 1)}: {each.check}{default}")
            words = ", ".join(map(_limit, each.limits))
            if words:
                say(f"        {words}")
            if words and each.runs:
                judged = f"of {each.runs} runs, {each.values} values"
                say(f"        {judged}: {_said(each.now)}  →  {_said(each.then)}")
            if each.why:
                say(f"        {each.why}{' Not written.' * each.doubtful}")
        left = len(layout.checks) - len(shown)
        if left:
            say(f"    {left} more stay as they are (--all)")
        if layout.hours:
            now, then = _rate(layout.now), _rate(layout.then)
            say(f"    false alarms in {layout.hours:.3g} h: {now}  →  {then}")


def _limit(limit: Limit) -> str:
    words = f"{limit.name} {limit.now:g} as it is"
    if limit.now != limit.then:
        words = f"{limit.name} {limit.now:g} → {limit.then:g}"
    return words + ("" if limit.reached is None else f" ({limit.reached:.2g})")


def _said(said: Said) -> str:
    return f"{said.warning} WARNING, {said.bad} BAD"


def _rate(measured: Measured) -> str:
    sure = f"at most {measured.at_most:.2g} per hour"
    if not measured.alarms:
        return f"none ({sure})"
    return f"{measured.alarms}, {measured.rate:.2g} per hour ({sure})"


def _runs(text: str) -> list[int]:
    """Numbers of runs as they are given: "101", "101,102", "110..115"."""
    found: list[int] = []
    for each in text.split(","):
        first, _, last = each.partition("..")
        try:
            low, high = int(first), int(last or first)
        except ValueError:
            low, high = 0, 0
        if not 0 < low <= high < low + 10_000:
            message = f"{each!r} is no run, and no range of runs such as 110..115"
            raise click.BadParameter(message, param_hint="--good")
        found += range(low, high + 1)
    return found


def _finish(change: Change, *, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Show a change, and write it where that is wanted."""
    if not as_json:
        _show_change(change)
    if not (dry_run or yes):
        if as_json or not sys.stdin.isatty():
            fail("there is nobody to ask: give --yes or --dry-run", VERB)
        if not click.confirm(f"Write {change.file}?", default=False):
            sys.exit(1)
    if not dry_run:
        with _refusals():
            change.write()
    if as_json:
        _json(
            {
                "file": str(change.file),
                "sentences": change.sentences,
                "runs": change.runs,
                "compared": [_row(each) for each in change.compared],
                "written": not dry_run,
            }
        )
    elif dry_run:
        say("Nothing is written (--dry-run).")
    else:
        say(f"Written: {change.file}")


def _show_change(change: Change) -> None:
    import difflib

    for sentence in change.sentences:
        say(f"- {sentence}")
    if change.runs:
        runs = ", ".join(map(str, change.runs))
        say(f"Of the last runs ({runs}), so far → then, chi2/ndf and Kolmogorov:")
        worst = change.worst()
        for each in worst[:SHOWN]:
            old, new = _distance(each.old), _distance(each.new)
            say(f"    {each.path}, {run_words(each.run)}: {old}  →  {new}")
        if len(worst) > SHOWN:
            say(f"    and {len(worst) - SHOWN} plots that are nearer to it")
        say(f"    {_summary(change)}")
    lines = difflib.unified_diff(
        (change.before or "").splitlines(),
        change.after.splitlines(),
        str(change.file),
        str(change.file),
        lineterm="",
    )
    for line in lines:
        say(line)


def _summary(change: Change) -> str:
    """What becomes of all that was compared, in numbers."""
    counts = dict.fromkeys(("nearer", "farther", "lost", "gained", "neither"), 0)
    for each in change.compared:
        if each.old.why or each.new.why:
            kind = "lost" if not each.old.why else "neither"
            kind = "gained" if not each.new.why else kind
        else:
            kind = "nearer" if each.new.chi2 <= each.old.chi2 else "farther"
        counts[kind] += 1
    words = {
        "nearer": "as near or nearer",
        "farther": "farther",
        "lost": "without a reference then",
        "gained": "with a reference for the first time",
        "neither": "with none before and after",
    }
    said = [f"{many} {words[kind]}" for kind, many in counts.items() if many]
    return f"Plots × runs: {', '.join(said)}"


def _distance(found: Distance) -> str:
    if found.why:
        return found.why
    if math.isnan(found.kolmogorov):
        return f"{found.chi2:.3g}"
    return f"{found.chi2:.3g}, {found.kolmogorov:.3f}"


def _row(each: Comparison) -> dict[str, Any]:
    def side(found: Distance) -> dict[str, Any]:
        numbers = {"chi2": found.chi2, "kolmogorov": found.kolmogorov}
        known = {key: each for key, each in numbers.items() if math.isfinite(each)}
        return known | ({"why": found.why} if found.why else {})

    return {
        "path": each.path,
        "run": each.run,
        "old": side(each.old),
        "new": side(each.new),
    }


def _condition(text: str) -> tuple[str, Any]:
    """A condition as it is given: "pileup=40..60", "magnet=3.8", "stream=a,b"."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip() or not value.strip():
        message = f"{text!r} is not of the form CONDITION=VALUE"
        raise click.BadParameter(message, param_hint="--when")
    low, dots, high = value.partition("..")
    if dots:
        ends = [_number(each) if each.strip() else None for each in (low, high)]
        if any(isinstance(each, str) for each in ends):
            message = f"{text!r}: the ends of a range are numbers"
            raise click.BadParameter(message, param_hint="--when")
        return name.strip(), ends
    if "," in value:
        return name.strip(), [each.strip() for each in value.split(",")]
    return name.strip(), _number(value)


def _number(text: str) -> float | int | str:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text.strip()


def _type(site: Site, run_type: str | None) -> str | None:
    """A type of run, which must be one of the site's where it lists them."""
    from dqmconsole.site.nearest import did_you_mean

    types = site.settings.types
    if run_type is None or run_type in types or not types:
        return run_type
    hint = did_you_mean(run_type, types)
    message = (
        f"{run_type!r} is none of {', '.join(types)}, the run_types of "
        f"{site.folder}/layouts/site.yaml{hint}"
    )
    raise click.BadParameter(message, param_hint="--run-type")


def _home(site: Path | None) -> Path:
    from dqmconsole.site.site import bundled_site

    return site or bundled_site()


def _own(site: Path | None) -> Path:
    """The site that is to be changed; the bundled one is not."""
    if site is None:
        fail("say which site: --site DIR; the bundled one is not changed", VERB)
    return site


def _folders(site: Site, source: str | None) -> list[Path]:
    from dqmconsole.desk.reference import folders_of

    return folders_of(site, None if source is None else Path(source).absolute())


def _records(site: Site, home: Path, given: Path | None) -> Path:
    """Below which folder runs are recorded."""
    from dqmconsole.app.options import recordings
    from dqmconsole.site.site import recordings_folder

    return given or recordings_folder(site.settings, home, recordings())


def _recorded(site: Site, source: str | None) -> contextlib.closing[RecordedFolders]:
    from dqmconsole.desk.recorded import RecordedFolders

    home = Path(site.folder) / "layouts"
    folders = RecordedFolders(_folders(site, source), site.settings, home)
    return contextlib.closing(folders)


@contextlib.contextmanager
def _refusals(code: int = 1) -> Iterator[None]:
    """End the command with a code where something is refused, and say why."""
    from dqmconsole.desk.reference import RefusedError

    try:
        yield
    except RefusedError as error:
        fail(str(error), VERB, code=code)


def _broken_rules(site: Site) -> bool:
    """Say what is wrong with the rules; tell whether anything is."""
    from dqmconsole.site.references import REFERENCES

    broken = [
        each
        for each in site.problems
        if each.severity == "error" and Path(each.file).name == REFERENCES
    ]
    for each in broken:
        say(str(each), err=True)
    return bool(broken)


def _troubles(recorded: RecordedFolders) -> None:
    for folder, why in recorded.troubles.items():
        say(f"{folder} cannot be listed: {why}", err=True)


def _json(values: object) -> None:
    import msgspec

    say(msgspec.json.format(msgspec.json.encode(values), indent=2).decode())


def _today() -> str:
    return datetime.datetime.now(datetime.UTC).date().isoformat()
