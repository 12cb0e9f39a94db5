"""``dqmconsole study``: what is found of faults, how soon, and what rings falsely."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

import click

from dqmconsole.app.options import Finite, site_folder_option, source_named
from dqmconsole.app.output import fail, progress_bar, say, write_out

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.desk.power import SizeFound
    from dqmconsole.desk.study import Plan, Study, StudyRun
    from dqmconsole.desk.study_found import (
        FaultRow,
        GoodRow,
        LayoutRow,
        MomentRow,
        PairRow,
    )
    from dqmconsole.desk.study_pieces import Ground, Pieces

VERB = "study"
SIMULATED = "simulated"
_WIDTH = 70  # of a line beside the mark
_GOOD_WORDS = "Alarms of good running. heard: audible ones; at most: in 8 h, at 95 %"
_FAULT_WORDS = (
    "Faults, worst first. found: of those that the ideal test finds; of these heard, "
    "soon enough, in the right place; LS: median from the onset (ideal test); rows: "
    "alarms for one fault. Below, the size found with 50 % / 95 % power (ideal test)"
)
_PAIR_WORDS = (
    "Two faults at once. as one: shown by one alarm; at most: share of these at 95 %; "
    "missed: not both are shown"
)
_MOMENT_WORDS = (
    "Alarms in the ten minutes after. told: how often, also again because of news"
)
_LAYOUT_WORDS = "Mutation score: findable faults that a layout reveals, place right"
_WORKER = (sys.executable, "-m", "dqmconsole.app.study_worker")

# The backspace keeps click from making one paragraph of the lines.
_EXAMPLES = """\b
Examples:
  dqmconsole study --hours 8 --seed 1 --json study.json
  dqmconsole study --hours 8 --seed 1 --json study.json --resume
  dqmconsole study --hours 200 --every 5 --jobs 8 --seed 1 --json study.json
  dqmconsole study --held-out --hours 8 --seed 1 --json held-out.json
  dqmconsole study --on recorded:398214 --site /data/site --json study.json
"""


@click.command(VERB, epilog=_EXAMPLES)
@site_folder_option
@click.option(
    "--on",
    default=SIMULATED,
    show_default=True,
    metavar="WHAT",
    help="The simulated detector, or recorded:RUN, a good run to put faults into.",
)
@click.option(
    "--hours",
    type=Finite(0.0, 10_000.0, min_open=True),
    default=8.0,
    show_default=True,
    help="Of simulated good running, of each run type.",
)
@click.option("--seed", type=click.IntRange(0, 10**9), default=1, show_default=True)
@click.option(
    "--places",
    type=click.IntRange(1, 10_000),
    default=4,
    show_default=True,
    help="In which each fault of each size is tried, each in a run of its own.",
)
@click.option(
    "--every",
    type=click.IntRange(1, 100),
    default=1,
    show_default=True,
    help="Simulated lumisections between two updates.",
)
@click.option(
    "--pairs",
    type=click.IntRange(0, 10_000),
    default=0,
    show_default=True,
    help="Of faults that begin together; and dumps, trips, run changes, DAQ stops.",
)
@click.option("--fault", "faults", multiple=True, help="Only this one; repeatable.")
@click.option(
    "--layout",
    "layouts",
    multiple=True,
    help="Only this one, of a simulated detector without the others; repeatable.",
)
@click.option(
    "--json",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="F",
    help="Write all that is found to F, after each cell.",
)
@click.option("--resume", is_flag=True, help="Go on with what F holds.")
@click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    default=1,
    show_default=True,
    help="Processes that judge at the same time; what is found is the same.",
)
@click.option(
    "--held-out",
    is_flag=True,
    help="Only the faults and harmless events that nothing is tuned on; at the end.",
)
def study_command(
    site: Path | None,
    on: str,
    hours: float,
    seed: int,
    places: int,
    every: int,
    pairs: int,
    faults: tuple[str, ...],
    layouts: tuple[str, ...],
    file: Path | None,
    *,
    resume: bool,
    jobs: int,
    held_out: bool,
) -> None:
    """Study what the checks and alarms of a site find.

    Good running is judged with harmless events in it, and then faults: each size in
    each place is a run of its own. Beside what is found stands what the best possible
    test would find, one that knows the fault but not its place. A study that was
    stopped goes on with --resume.
    """
    from msgspec.structs import replace

    from dqmconsole.desk.judge_source import JudgeError
    from dqmconsole.desk.study import Plan, StudyRun
    from dqmconsole.desk.study_pieces import StudyError
    from dqmconsole.site.site import bundled_site

    before = _before(file, resume=resume)
    home = site or bundled_site()
    plan = Plan(on, "", seed, hours, every, places, faults, layouts, held_out, pairs)
    try:
        ground = _ground(plan, home)
        if not ground.simulated:
            plan = replace(plan, hours=0.0)
        plan = replace(plan, every=ground.every)
        run = StudyRun(ground, home, plan, before)
        _go_on(run, home, file, jobs)
    except (JudgeError, StudyError) as error:
        fail(str(error), VERB)
    for line in study_table(run.study):
        say(line)


def _before(file: Path | None, *, resume: bool) -> Study | None:
    """The study to go on with."""
    import msgspec

    from dqmconsole.desk.study import Study

    if file is None:
        if resume:
            fail("--resume goes on with the file of --json: name it", VERB)
        return None
    try:
        if not file.exists():
            return None
        if not file.is_file():  # a device may have no end
            fail(f"{file} is no file that a study can be kept in", VERB)
        data = file.read_bytes()
    except OSError as error:
        fail(f"{file}: {error.strerror}", VERB)
    if not resume:
        fail(f"{file} is there: --resume goes on with it; or name another file", VERB)
    try:
        return msgspec.json.decode(data, type=Study)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        fail(f"{file} holds no study: {error}", VERB)


def _ground(plan: Plan, site: Path) -> Ground:
    """What a plan is of."""
    from dqmconsole.sources.recorded import RECORDED

    if plan.on.startswith(RECORDED):
        for option, given in (("--held-out", plan.held_out), ("--pairs", plan.pairs)):
            if given:
                fail(f"{option} is of the simulated detector alone", VERB)
        return _recorded(plan, site)
    return _simulated(plan)


def pieces_of(message: bytes) -> Pieces:
    """What judges the pieces of a study in a process of its own."""
    import msgspec

    from dqmconsole.desk.study import Plan
    from dqmconsole.desk.study_pieces import Pieces

    plan, site = msgspec.json.decode(message, type=tuple[Plan, str])
    home = Path(site)
    return Pieces(_ground(plan, home), home, plan.site)


def _recorded(plan: Plan, site: Path) -> Ground:
    """A recorded run, to put faults into."""
    from dqmconsole.desk.injections import RecordedGround
    from dqmconsole.site.site import read_site
    from dqmconsole.sources.recorded import RECORDED, recorded_path
    from dqmconsole.sources.source import SourceError

    try:
        path = recorded_path(source_named(plan.on, str(site)).removeprefix(RECORDED))
        return RecordedGround(
            path, read_site(site), plan.seed, plan.places, plan.faults
        )
    except SourceError as error:
        fail(str(error), VERB)


def _simulated(plan: Plan) -> Ground:
    """The simulated detector, where there is one."""
    from dqmconsole.app.features import is_installed

    if plan.on != SIMULATED:
        fail(f"{plan.on!r} cannot be studied; {SIMULATED!r} and recorded:RUN can", VERB)
    if not is_installed("simulation"):
        fail("this installation has no simulation", VERB)
    from dqmconsole.app.studied import SimulatedGround
    from dqmconsole.simulation.table.cause import CauseError

    try:
        return SimulatedGround(
            plan.seed, plan.hours, plan.every, plan.places, plan.faults,
            held_out=plan.held_out, part=plan.part, layouts=plan.layouts,
        )  # fmt: skip
    except CauseError as error:
        fail(str(error), VERB)


def _go_on(run: StudyRun, site: Path, file: Path | None, many: int) -> None:
    """Say what it costs; do it, and keep what is done."""
    import msgspec

    from dqmconsole.desk.study_jobs import jobs

    costs = run.measure()
    each = [
        f"{cost.pieces}: {cost.many}, {cost.seconds:.0f} s each"
        for cost in costs
        if cost.many
    ]
    whole = _duration(sum(cost.many * cost.seconds for cost in costs))
    words = "; ".join([*each, f"about {whole} of one processor"])
    for line in wrap(words, _WIDTH):
        say(f"{_mark(run.study)}{line}", err=True)

    def keep() -> None:
        if file is not None:
            data = msgspec.json.format(msgspec.json.encode(run.study), indent=1)
            write_out(data + b"\n", file, VERB)

    keep()  # a file that cannot be written is said before hours are spent
    with ExitStack() as stack:
        progress = stack.enter_context(progress_bar("Studying"))
        do = None
        if many > 1:
            first = msgspec.json.encode((run.study.plan, str(site)))
            many = min(many, max(run.left, 1))
            do = stack.enter_context(jobs(_WORKER, many, first)).do
        for done, total in run.go_on(do):
            keep()
            progress(done, total)
    keep()


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def _mark(study: Study) -> str:
    """What stands beside each figure that is not of a real detector."""
    return "SIMULATED " if study.simulated else ""


def study_table(study: Study) -> list[str]:
    """What was found, line by line; each fits a terminal of 80 columns."""
    plan = study.plan
    held = ", faults and events that are held out" if plan.held_out else ""
    lines = [
        f"seed {plan.seed}, an update every {plan.every} LS{held}",
        *_good_lines(study.good),
        *_fault_lines(study.faults),
        *_pair_lines(study.pair_rows),
        *_moment_lines(study.moment_rows),
        *_layout_lines(study.layouts),
    ]
    return [f"{_mark(study)}{line}" if line else "" for line in lines]


def _good_lines(rows: Sequence[GoodRow]) -> list[str]:
    cells = [
        (
            f"{row.run_type}: {row.layout or 'whole site'}",
            *(f"{row.hours:g}", str(row.audible)),
            *(_two_digits(row.per_shift), _two_digits(row.at_most)),
            *(str(row.shown), "" if row.coverage is None else f"{row.coverage:.1%}"),
        )
        for row in rows
    ]
    head = ("", "hours", "heard", "in 8 h", "at most", "shown", "judged")
    return _table(_GOOD_WORDS, head, cells)


def _fault_lines(rows: Sequence[FaultRow]) -> list[str]:
    if not rows:
        return []
    cells = []
    for row in rows:
        found, after, many = f"{row.found}/{row.findable}", "–", "–"
        if row.after is not None and row.ideal is not None and row.rows is not None:
            after, many = f"{row.after:g} ({row.ideal:g})", _two_digits(row.rows)
        counts = map(str, (row.audible, row.soon, row.right))
        cells.append((_fault_name(row), found, *counts, after, many))
    head = ("", "found", "heard", "soon", "place", "LS", "rows")
    first, *others = _columns(head, cells)
    lines = ["", *wrap(_FAULT_WORDS, _WIDTH), first]
    for row, line in zip(rows, others, strict=True):
        own = f"{_size(row.half)} / {_size(row.most)}"
        ideal = f"{_size(row.ideal_half)} / {_size(row.ideal_most)}"
        lines += [line, f"  {row.unit}: {own}", f"    ({ideal})"]
        if len(lines[-2]) + len(ideal) + 3 <= _WIDTH:
            lines[-2:] = [f"{lines[-2]} ({ideal})"]
    cleared = [f"{_fault_name(row)}: {row.cleared}" for row in rows if row.cleared]
    if cleared:
        lines += ["Alarms that returned while the fault stood", *cleared]
    return lines


def _fault_name(row: FaultRow) -> str:
    return f"{row.fault}: {row.layout or 'whole site'}"


def _size(found: SizeFound) -> str:
    if found.size is None:
        return "more" if found.low is None else f"> {found.low:g}"
    if found.low is None and found.high is None:
        return f"{found.size:.3g}"
    low = "" if found.low is None else f"{found.low:.3g}"
    high = "" if found.high is None else f"{found.high:.3g}"
    return f"{found.size:.3g} [{low}–{high}]"


def _pair_lines(rows: Sequence[PairRow]) -> list[str]:
    cells = [
        (
            "within one subsystem" if row.within else "across subsystems",
            *(str(row.pairs), str(row.as_one), f"{row.at_most:.1%}", str(row.missed)),
        )
        for row in rows
    ]
    head = ("", "pairs", "as one", "at most", "missed")
    return _table(_PAIR_WORDS, head, cells)


def _moment_lines(rows: Sequence[MomentRow]) -> list[str]:
    cells = [
        (
            row.event,
            str(row.tried),
            _two_digits(row.mean),
            *(str(row.most), str(row.told), str(row.audible)),
        )
        for row in rows
    ]
    head = ("", "tried", "mean", "most", "told at most", "heard")
    return _table(_MOMENT_WORDS, head, cells)


def _layout_lines(rows: Sequence[LayoutRow]) -> list[str]:
    cells = [
        (
            row.layout,
            *(str(row.cells), str(row.revealed)),
            "too few" if row.score is None else f"{row.score:.0%}",
        )
        for row in rows
    ]
    head = ("", "findable", "revealed", "score")
    return _table(_LAYOUT_WORDS, head, cells)


def _two_digits(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}"


def _table(words: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a table below words about it; none where it has no rows."""
    return ["", *wrap(words, _WIDTH), *_columns(head, rows)] if rows else []


def _columns(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a table, the first column aligned to the left, others to the right."""
    wide = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return [
        " ".join(
            (
                row[0].ljust(wide[0]),
                *(each.rjust(to) for each, to in zip(row[1:], wide[1:], strict=True)),
            )
        ).rstrip()
        for row in (head, *rows)
    ]
