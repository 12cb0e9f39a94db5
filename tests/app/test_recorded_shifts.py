"""Observed shifts of recorded runs: played, and what is wrong said where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from support.recorded_shift import FILE, HITS, RUN, SHIFT, TOWERS, make_shift_site

from dqmconsole.app.cli import run

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


BY_CHECKS_AND_EYE = SHIFT[SHIFT.index("found_by: checks") : SHIFT.index("eye") + 3]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_shift_site(tmp_path_factory.mktemp("shift") / "site")


def _validated(site: Path, old: str = "", new: str = "") -> Result:
    assert old in SHIFT, old
    (site / FILE).write_text(SHIFT.replace(old, new, 1))
    return CliRunner().invoke(run, ["validate", "--site", str(site)])


def test_a_shift_that_is_as_it_is_planned_has_no_mistake(site: Path) -> None:
    result = _validated(site)
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        (f"recorded: {RUN}", "recorded: 8", 3, "recorded: run 8 is gone"),
        ("updates: 40", "updates: 99", 3, "updates: run 31 has 40"),
        (f"dead-block:{TOWERS}@12*30", f"loss:{TOWERS}@12*0.01", 10,
         "loss of 0.01 % of the entries leaves no visible trace"),
        (f"dead-block:{TOWERS}", "dead-block:Beam/trigger", 10,
         "something else of the shift is in"),
        # no reference is drawn over a map
        (f"dead-block:{TOWERS}@12*30", f"frozen:{TOWERS}@12", 10, "no reference is"),
        (f"frozen:{HITS}@7", f"dead-block:{HITS}@7*30", 7,
         f"no check says BAD of {HITS} from update 7 to 32: only an eye finds it"),
        (f"dead-block:{TOWERS}@12*30", f"frozen:{HITS}@12", 10, "something else"),
        ("beam-steered@9", "beam-steered@11", 13,
         "the console tells of Beam/trigger in update 9 already"),
        ("[Beam/trigger]", "[Beam/pads]", 3,
         "has Beam/trigger BAD by itself, from update 9 on: a call about it would be"),
        ("known: Beam/pads", "known: Beam/trigger", 14, "no known issue"),
        ("call: [calo-oncall]", "call: [beam-oncall]", 8, "calls calo-oncall"),
        (BY_CHECKS_AND_EYE, BY_CHECKS_AND_EYE.replace("eye", "?").replace(
            "checks", "eye").replace("?", "checks"), 7,
         f"the checks find it in {HITS}, in update 7: an eye would not be needed"),
    ],
)  # fmt: skip
def test_what_is_not_so_is_said_where_it_is_written(
    site: Path, old: str, new: str, line: int, words: str
) -> None:
    result = _validated(site, old, new)
    assert result.exit_code == 1, result.output
    said = [each for each in result.output.splitlines() if f"{FILE}:{line}:" in each]
    assert any(words in each for each in said), result.output
