"""The small experiment without a simulator, with an exam of its recorded run."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from click.testing import CliRunner
from support.fake_runs import FakeRuns
from support.planned import WHO
from support.recorded_ground import MAP, RUN, UPDATES, make_ground

from dqmconsole.app.cli import run
from dqmconsole.training.exam import Exam
from dqmconsole.training.facts import Facts
from dqmconsole.training.item_bank import make_plan
from dqmconsole.training.ledger import Ledger
from dqmconsole.training.lesson import teaching
from dqmconsole.training.records import ExamBegan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from dqmconsole.model.site import Site
    from dqmconsole.training.item_bank import Item
    from dqmconsole.training.lesson import Judgement

    Says = tuple[Judgement, str, str]  # answer, plot and cause

EFFORT = ("--trials", "1", "--places", "1", "--good-runs", "6")
HOT, LOSS = f"hot-cell:{MAP}", f"loss:{MAP}"
LAYOUT = f"""\
      - {{path: {MAP}, alarm: now, reference: {{mode: ratio}}}}
  - page: Towers
    audience: shift
    run_types: [beam]
    plots:
      - {{path: {MAP}, reference: {{mode: ratio}}}}
"""


def command(*words: str) -> Result:
    """What a command of the program says."""
    return CliRunner().invoke(run, words)


def measured(home: Path, *more: str) -> Result:
    """Measure the exam of a site, with little effort."""
    return command("training", "measure", "--site", str(home), *EFFORT, *more)


def item_line(cause: str, page: str = "Calo/Hits", recorded: int = RUN) -> str:
    """An item of exam.yaml, without its braces."""
    return (
        f'pages: [{page}], cause: "{cause}", recorded: [{recorded}], updates: {UPDATES}'
    )


def exam_text(*rows: str) -> str:
    """The text of exam.yaml, of ten pages."""
    return "items: 10\nmatter:\n" + "".join(f"  - {{{each}}}\n" for each in rows)


def make_exam_ground(folder: Path) -> Path:
    """The site, with two faults for its map, about which one calls at once."""
    home = make_ground(folder)
    layout = home / "layouts/calo.yaml"
    layout.write_text(layout.read_text().replace(f"      - {{path: {MAP}}}\n", LAYOUT))
    exam = home / "instructions/lessons/exam.yaml"
    exam.parent.mkdir()
    exam.write_text(exam_text(item_line(HOT), item_line(LOSS)))
    return home


def right(item: Item) -> Says:
    """What somebody says who is right."""
    if item.truth == "good":
        return "good", "", ""
    cause, _, path = item.choice.cause.partition(":")
    return "bad", path, cause


def sat(site: Site, says: Callable[[Item], Says], sittings: int = 2) -> Ledger:
    """The log after somebody sat the exam; its runs are prepared by nobody.

    Args:
        site: with the exam.
        says: what is said of an item.
        sittings: how many.
    """
    times = itertools.count(1e9, 2.0)
    ledger = Ledger(None, lambda: next(times))
    ledger.open(None)
    for seed in range(sittings):
        plan = make_plan(site, seed)
        settings = teaching(site).exam
        assert settings is not None
        began = ExamBegan(
            *("items", seed, plan.hash),
            items=len(plan.items),
            found=settings.pass_mark.found,
        )
        record = ledger.write(WHO, began)
        moments = itertools.count(0.0, 1.0)
        exam = Exam(
            *(site, ledger, FakeRuns(), lambda _source, _run: None),
            *(lambda moments=moments: next(moments), record, plan),
        )
        for _ in range(50 * len(plan.items)):
            if exam.state == "over":
                break
            now = next(moments)
            exam.look(Facts(now))
            exam.painted(now)
            if exam.item is not None:
                answer, plot, cause = says(exam.item)
                exam.answer(answer, plot, cause)
        assert exam.state == "over"
    return ledger
