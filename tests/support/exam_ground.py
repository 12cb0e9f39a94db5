"""The small experiment without a simulator, with an exam of its recorded run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click.testing import CliRunner
from support.recorded_ground import MAP, RUN, UPDATES, make_ground

from dqmconsole.app.cli import run

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

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
