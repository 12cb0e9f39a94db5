"""``dqmconsole training``: the teacher's report, records of completion, items."""

from __future__ import annotations

import datetime
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dqmconsole.app.book_access import opened_of, records_of, site_at
from dqmconsole.app.options import (
    SimulatedChoice,
    output_option,
    site_folder_option,
    user_option,
)
from dqmconsole.app.output import fail, progress_bar, say, write_out
from dqmconsole.model.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.model.record import Record
    from dqmconsole.model.site import Site
    from dqmconsole.site.kinds import SiteTables
    from dqmconsole.training.lesson import (
        ExamSettings,
        Judgement,
        MeasuredRow,
        RunType,
    )

VERB = "training"

_MOST = 12  # names told of those that a book knows

# The backspace keeps click from making one paragraph of the lines.
_EXAMPLES = """\b
Examples:
  dqmconsole training report -o report.html
  dqmconsole training record "Ada Lovelace"
  dqmconsole training measure --site DIR
  dqmconsole training measure --run-type heavy-ions --site DIR
  dqmconsole training certificate
  dqmconsole training certificate "Ada Lovelace" -o certificate.html
  dqmconsole training take hole.dqmevidence --truth bad --cause fed-lost --site DIR
  dqmconsole training inject 398214 --items 10 --site DIR
  dqmconsole training inject /data/run_398214.root --items 10 --site DIR
  dqmconsole training inject /data/run_398215.root --items 0 --site DIR
"""

book_option = click.option(
    "--book",
    "url",
    default="",
    metavar="URL",
    help="The book; the site's, or your own, when left out.",
)


@click.group(VERB, epilog=_EXAMPLES)
def training_command() -> None:
    """For teachers: how the class stands, certificates, what exams are made of."""


@training_command.command("report")
@site_folder_option
@book_option
@user_option
@output_option("File to write; the terminal when left out.")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    default=None,
    help="Only exams begun, and steps done, since this day (UTC).",
)
def report_command(
    site: Path | None,
    url: str,
    user: str,
    output: Path | None,
    since: datetime.datetime | None,
) -> None:
    """Write the teacher's report: the class, families, hard items, pages.

    One page of HTML that needs nothing else.
    """
    from dqmconsole.training.report import report

    found = site_at(site, VERB)
    records = _records(url, found, user)
    after = since.replace(tzinfo=datetime.UTC).timestamp() if since else 0.0
    page = report(records, found, time.time(), after)
    write_out(page.encode("utf-8", "replace"), output, VERB)


@training_command.command("record")
@click.argument("name")
@site_folder_option
@book_option
@user_option
@output_option("File to write; the terminal when left out.")
def record_command(
    name: str, site: Path | None, url: str, user: str, output: Path | None
) -> None:
    """Print the record of completion of the trainee NAME, in Markdown.

    What was mastered, on which versions, until when, and what wants a refresher.
    """
    from dqmconsole.training.course import people, record_of_completion

    found = site_at(site, VERB)
    records = _records(url, found, user)
    known = people(records)
    who = next((each for each in known if each.casefold() == name.casefold()), None)
    if who is None:
        fail(f"the book knows no trainee {name!r}{_among(name, known)}", VERB)
    text = record_of_completion(found, records, who, time.time())
    write_out(text.encode("utf-8", "replace"), output, VERB)


@training_command.command("certificate")
@click.argument("name", default="")
@site_folder_option
@book_option
@user_option
@output_option("File to write; the terminal when left out.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for other programs.")
def certificate_command(
    name: str,
    site: Path | None,
    url: str,
    user: str,
    output: Path | None,
    as_json: bool,
) -> None:
    """List the certificates and where they stand, or print that of NAME as HTML.

    A certificate says what was tested and what was not, on which release. It is valid
    for twelve months and lapses after six without a shift, unless the site says
    otherwise.
    """
    import msgspec

    from dqmconsole.training.certificate import standings
    from dqmconsole.training.certificate_page import certificate_page

    found = site_at(site, VERB)
    records, shifts = _records_and_shifts(url, found, user)
    now = time.time()
    every = standings(found, records, shifts, now)
    if name:
        known = [each.who for each in every]
        every = tuple(e for e in every if e.who.casefold() == name.casefold())
        if not every:
            why = _why_none(found, records, name, now) or _among(name, known)
            fail(f"the book has no certificate of {name!r}{why}", VERB)
    if as_json:
        text = msgspec.json.format(msgspec.json.encode([
            {
                "who": each.who,
                "state": each.state,
                "words": each.words,
                "issued_at": each.at,
                "until": each.until,
                "lapses": each.lapses,
                "last_shift": each.last_shift or None,
                "release": each.record.versions.release,
                "site": each.record.versions.site,
                "shadow_shifts": each.shadows,
                "open_items": each.open_items,
                "changed": each.changed,
                "later": each.later,
                "shadow_shifts_before": each.shadows_before,
                "certificate": each.issued,
            }
            for each in every
        ])).decode()  # fmt: skip
        text += "\n"
    elif name:
        text = certificate_page(every[0], found.contacts.timezone, now)
    else:
        text = "".join(f"{each.who}: {each.words}\n" for each in every)
        text = text or "No certificate was issued.\n"
    write_out(text.encode("utf-8", "replace"), output, VERB)


@training_command.command("take")
@click.argument("bundle", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--truth",
    type=click.Choice(["bad", "good"]),
    required=True,
    help="Whether something is wrong in it.",
)
@click.option("--cause", default="", metavar="NAME", help="What it is, of the table.")
@click.option("--lesson", default="", metavar="ID", help="A step of this lesson.")
@click.option("--step", default="", metavar="ID", help='Its id; "say" if left out.')
@site_folder_option
def take_command(
    bundle: Path,
    truth: Judgement,
    cause: str,
    lesson: str,
    step: str,
    site: Path | None,
) -> None:
    """Make an item of the exam of an evidence BUNDLE, or a step of a lesson.

    The bundle is copied into instructions/lessons of the site's working copy
    and one item is added to exam.yaml, or to the lesson, which is begun when it is not
    there. Publish it when it is good. Exits with 1 when the checks of the site find a
    mistake in that file, with 2 when nothing was changed.
    """
    from dqmconsole.site.site import bundled_site
    from dqmconsole.training.files.import_evidence import EvidenceError, take

    try:
        taken = take(site or bundled_site(), bundle, truth, cause, lesson, step)
    except EvidenceError as error:
        fail(str(error), VERB)
    for problem in taken.problems:
        say(str(problem))
    say(f"{taken.file} shows {taken.evidence.name} now")
    if any(each.severity == "error" for each in taken.problems):
        sys.exit(1)


@training_command.command("measure")
@site_folder_option
@click.option(
    "--trials",
    type=click.IntRange(1, 100),
    default=3,
    show_default=True,
    help="Of each candidate, each with another seed.",
)
@click.option(
    "--places",
    type=click.IntRange(1, 100),
    default=2,
    show_default=True,
    help="In which each fault is put.",
)
@click.option(
    "--good-runs",
    type=click.IntRange(3, 1000),
    default=12,
    show_default=True,
    help="That each page is compared with; good pictures, of recorded runs.",
)
@click.option(
    "--run-type",
    type=SimulatedChoice(
        ["collisions", "cosmics", "heavy-ions"],
        "Recorded runs have the site's own types, and are measured without it.",
    ),
    help="Only pages in simulated runs of this type; recorded runs have their own.",
)
@click.option("--again", is_flag=True, help="Measure what is measured already, too.")
def measure_command(
    site: Path | None,
    trials: int,
    places: int,
    good_runs: int,
    run_type: RunType | None,
    *,
    again: bool,
) -> None:
    """Measure the bank of the exam: how strongly each page shows its cause.

    Plays every cause, size and place of exam.yaml, as it is in the site's working copy,
    on each of its pages, in simulated runs or in the recorded runs that it names, and
    writes instructions/lessons/measured.tsv after each page: stopped, it goes on from
    there. With --again a page keeps its rows until it is measured again. With
    --run-type all that is not of simulated runs of that type stays as it is.

    A plot of a recorded run is compared with good pictures of its own: of as many
    updates each, drawn at random from those of the runs of the page. A page whose run
    is gone is named, keeps its rows, and the others are measured. Exits with 1 then,
    and where the bank is not what would be measured now, has too little for an exam, or
    is such that nobody passes.
    """
    from dqmconsole.app.measure_bank import Effort, measure, pages
    from dqmconsole.app.tables import site_tables
    from dqmconsole.site.site import bundled_site, read_site
    from dqmconsole.training.files.sound import MEASURED
    from dqmconsole.training.lesson import teaching
    from dqmconsole.training.measured import (
        MeasuredError,
        measured_text,
        read_measured,
    )
    from dqmconsole.whole_file import replacing

    home = site or bundled_site()
    file = home / "instructions" / "lessons" / MEASURED
    done: tuple[MeasuredRow, ...] = ()
    if file.exists():
        try:
            done = read_measured(file.read_text("utf-8"))
        except OSError as error:
            fail(f"{file}: {error}", VERB)
        except ValueError as error:
            line = f":{error.line}" if isinstance(error, MeasuredError) else ""
            words = f"{file}{line}: {error}"
            if not again:
                fail(f"{words}; --again begins it again", VERB)
            say(f"{words}: begun again", err=True)

    def keep(rows: Sequence[MeasuredRow]) -> None:
        with replacing(file) as part:
            part.write_text(measured_text(rows), "utf-8")

    effort, tables = Effort(trials, places, good_runs), site_tables()
    found = read_site(home, tables=tables)
    with progress_bar("Measuring pages") as progress:
        try:
            troubles = measure(
                found, home, tables, effort, done, keep, progress,
                again=again, run_type=run_type,
            )  # fmt: skip
        except OSError as error:
            fail(str(error), VERB)
    if teaching(found).exam is None:
        here = file.with_name("exam.yaml")
        words = "dqmconsole training inject RUN begins one of a recorded run"
        if here.exists():
            words = f"dqmconsole validate --site {home} says what is wrong with it"
        fail(f"nothing to measure: {here} gives no exam: {words}", VERB)
    if not pages(found, run_type):
        of = f" in simulated {run_type} runs" if run_type else ""
        nothing = (
            f"nothing to measure: exam.yaml has no fault{of} but of evidence, which is "
            "not measured, and nobody passes by an exam of it alone"
        )
        if not file.exists():
            fail(nothing, VERB)
        say(nothing)
        return
    if not _is_whole(home, tables, run_type, troubles):
        sys.exit(1)


@training_command.command("inject")
@click.argument("source", metavar="RUN|FILE|FOLDER")
@click.option(
    "--items",
    type=click.IntRange(0, 200),
    default=6,
    show_default=True,
    help="How many; 0: take the run alone, as for an observed shift.",
)
@click.option(
    "--seed", type=int, default=1, show_default=True, help="The choice follows from it."
)
@click.option(
    "--run",
    "number",
    type=click.IntRange(1),
    default=None,
    help="Number of the run, of files that do not say it, or hold several.",
)
@site_folder_option
def inject_command(
    source: str, items: int, seed: int, number: int | None, site: Path | None
) -> None:
    """Make items of exam and practice of a good RUN.

    It is the number of a run that a console recorded; or the FILE of a finished run,
    or a FOLDER of files of one run, each of which holds more than the one before: where
    no console has updates to record. What one file does not say is when its entries
    came: they are played as if they had come evenly, and what is no count is there from
    the start.

    Dead blocks, hot cells, losses, shifts and plots that stand still are put
    into it while it is played. Items are added to exam.yaml in the site's working copy,
    for plots on pages for shifts, with up to three sizes each; those that would leave
    no trace one could see are left out, and named, as are pages on which the console
    finds a plot of the run BAD: they are no good pages. How large the faults are
    `measure` says then: without that nobody passes. With --items 0 the run is taken,
    what is wrong with it is said, and no item is made: a trainee must not know the run
    of an observed shift. Exits with 1 when the checks of the site find a mistake in
    that file, with 2 when nothing was changed.
    """
    from dqmconsole.app.recorded_items import bad_plots, recorded_plots, yaml_item
    from dqmconsole.app.tables import site_tables
    from dqmconsole.desk.injection_table import INJECTIONS
    from dqmconsole.site.site import bundled_site, read_site
    from dqmconsole.sources.source import SourceError
    from dqmconsole.training.files.exam import read_exam
    from dqmconsole.training.files.import_evidence import EvidenceError, add_items

    home = site or bundled_site()
    try:
        run = _run_to_inject(source, number, home)
        plots = recorded_plots(run, home)
        bad = bad_plots(run, home, site_tables())
    except SourceError as error:
        fail(str(error), VERB)
    if plots.unfinished:
        say(plots.unfinished, err=True)
    for each in bad:
        page = f"{each.layout} › {each.page}"
        say(
            f"BAD in run {run}: {each.path} ({page}): {each.verdict.sentence}", err=True
        )
    if not items:
        updates = f"updates: {plots.updates}"
        say(f"an observed shift can be of it: run: {{recorded: {run}, {updates}, …}}")
        return
    pages = {f"{each.layout}/{each.page}" for each in bad}
    plots.leave_pages_out(pages, f"run {run} is not good on its page")
    chosen, without = plots.items(items, seed)
    for path, why in sorted(plots.left_out.items()):
        say(f"left out: {path}: {why}", err=True)
    for item in without:
        words = plots.why_unseen(
            item.fault, item.path, INJECTIONS[item.fault].sizes[-1]
        )
        say(f"left out: {item.path}: {words}", err=True)
    if bad and not plots.plots:
        fail(f"run {run} is not good: no page for shifts is left", VERB)
    if not chosen:
        fail(f"run {run}: no fault leaves a trace in a plot on a page for shifts", VERB)
    try:
        taken = add_items(
            home, [yaml_item(each, run, plots.updates) for each in chosen]
        )
    except EvidenceError as error:
        fail(str(error), VERB)
    for problem in taken.problems:
        say(str(problem))
    for item in chosen:
        sizes = ", ".join(f"{size:g}" for size in item.sizes)
        say(f"{item.fault} ({sizes} {INJECTIONS[item.fault].unit}): {item.path}")
    say(f"{taken.file} has {len(chosen)} more now")
    exam = read_exam(taken.file.read_bytes(), str(taken.file)).settings
    if exam is not None:
        _say_sittings(exam, read_site(home, tables=site_tables()))
    say(f"how large the faults are: dqmconsole training measure --site {home}")
    if any(each.severity == "error" for each in taken.problems):
        sys.exit(1)


def _say_sittings(exam: ExamSettings, site: Site) -> None:
    """Say what a sitting of an exam has, and out of how many faults."""
    from dqmconsole.training.forms import composed_words, composition
    from dqmconsole.training.item_bank import choices, why_too_short

    faults = [each for each in choices(site) if each.kind == "fault"]
    say(
        f"an exam has {exam.items} pages in {exam.minutes:g} minutes (items: and "
        f"minutes: of that file), {composed_words(composition(exam.items))}; that file "
        f"has {counted(len(faults), 'fault')} now, by page, size and run"
    )
    if words := why_too_short(exam, "collisions"):
        say(words)


def _is_whole(
    home: Path, tables: SiteTables, run_type: RunType | None, troubles: Sequence[str]
) -> bool:
    """Say what is wrong with a measured bank, and what its exams tell apart.

    Args:
        home: folder of the site.
        tables: what features add to it.
        run_type: what was measured; None: all.
        troubles: what could not be measured, and why.

    Returns:
        Whether nothing is wrong with it.
    """
    from dqmconsole.app.measure_bank import not_as_measured
    from dqmconsole.site.site import read_site
    from dqmconsole.training.files.lessons import FOLDER
    from dqmconsole.training.files.sound import MEASURED
    from dqmconsole.training.item_bank import (
        exams_of,
        pages_left_out,
        sitting_words,
        why_no_exam,
        why_nobody_passes,
    )
    from dqmconsole.training.lesson import EXAM_TITLES, teaching
    from dqmconsole.training.passing import rates_to_come

    site = read_site(home, tables=tables)
    wrong = [f"not measured: {each}" for each in troubles]
    wrong += not_as_measured(site, home, run_type)
    for each in wrong:
        say(each, err=True)
    if not wrong:
        say(f"{home / FOLDER / MEASURED} is whole")
    exam = teaching(site).exam
    for words in pages_left_out(exam).values() if exam is not None else ():
        say(words)
    for name in exams_of(site):
        if words := sitting_words(site, name):
            say(f"{EXAM_TITLES[name].capitalize()}: {words}")
        if why_nobody_passes(site, name) or why_no_exam(site, name):
            continue  # of a whole bank it was said
        if rates := rates_to_come(site, name):
            say(f"{EXAM_TITLES[name].capitalize()}: {rates.words}")
    return not wrong


def _run_to_inject(source: str, number: int | None, home: Path) -> int:
    """The number of a recorded run; of files the run is taken as one.

    Raises:
        SourceError: it cannot be taken, or is none.
    """
    from dqmconsole.app.options import recordings
    from dqmconsole.desk.finished_run import take_finished_run
    from dqmconsole.site.site import read_settings_of, recordings_folder
    from dqmconsole.sources.source import SourceError

    if source.isdecimal() and int(source) > 0:
        if number is not None:
            message = f"--run {number} is for files: {source} is the number of a run"
            raise SourceError(message)
        return int(source)
    path = Path(source)
    if not path.exists():
        message = f"{source}: no number of a run, and no such file or folder"
        raise SourceError(message)
    root = recordings_folder(read_settings_of(home).settings, home, recordings())
    taken = take_finished_run(path, home, root, number or 0)
    if not taken.files:
        say(f"run {taken.run} was taken before, and is used as it was then")
        return taken.run
    of = "its file" if taken.files == 1 else f"{taken.files} files of it"
    say(f"run {taken.run} is taken as a recorded run: {of}, {taken.updates} updates")
    if taken.spread > 1:
        say(
            "When the entries came the files do not say: they are played as if they "
            "had come evenly. Plots against time, and what is no count, are there as "
            "a whole from the start."
        )
    return taken.run


def _records(url: str, site: Site, user: str) -> tuple[Record, ...]:
    """The records of training in a book, in its order."""
    return _records_and_shifts(url, site, user)[0]


def _records_and_shifts(
    url: str, site: Site, user: str
) -> tuple[tuple[Record, ...], tuple[Record, ...]]:
    """The records of training in a book, in its order, and those of shifts begun."""
    from dqmconsole.model.record import ShiftBegan
    from dqmconsole.training.records import of_training

    book = opened_of(url, site, user, VERB)
    try:
        every = tuple(records_of(book, VERB))
    finally:
        book.close()
    shifts = tuple(each for each in every if isinstance(each.body, ShiftBegan))
    return tuple(of_training(every)), shifts


def _why_none(site: Site, records: Sequence[Record], name: str, now: float) -> str:
    """Why a trainee has no certificate; "" of a name that the book has not."""
    from dqmconsole.training.certificate import certificate
    from dqmconsole.training.course import people

    for who in people(records):
        if who.casefold() == name.casefold():
            earned, missing = certificate(site, records, who, now)
            if earned is not None:
                return ": it is earned, and issued once they open its page in a console"
            return f": {missing}"
    return ""


def _among(name: str, known: Sequence[str]) -> str:
    """Which of the names that are known is meant, or some of them."""
    from dqmconsole.site.nearest import did_you_mean

    words = did_you_mean(name, known)
    if not words and known:
        words = f"; it knows {', '.join(known[:_MOST])}"
        words += " and others" if len(known) > _MOST else ""
    return words
