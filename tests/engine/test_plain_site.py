"""A plain file of an experiment with its own words, through the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.plain_site import SITE, make_plain_site, plain_elements, write_plain_run

from dqmconsole.engine.context import SourceContext
from dqmconsole.model.frame import VerdictFact
from dqmconsole.model.histogram import Scalar
from dqmconsole.model.run import UNNUMBERED
from dqmconsole.model.verdict import Status
from dqmconsole.site.site import read_site_with_places
from dqmconsole.sources.one_file import SingleFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def context(tmp_path: Path) -> Iterator[SourceContext]:
    home = make_plain_site(tmp_path / "site")
    reading = read_site_with_places(home)
    assert reading[0].problems == ()
    source = SingleFile(write_plain_run(tmp_path / "run.root"))
    made = SourceContext(source, home, reading=reading, at_once=True)
    yield made
    made.close()


def looked(context: SourceContext, now: float) -> dict[str, tuple[Status, str]]:
    context.poll(now)
    context.judge(float("inf"))
    return {
        each.key.rpartition(" › ")[2]: (each.verdict.status, each.verdict.sentence)
        for each in context.take_facts()
        if isinstance(each, VerdictFact)
    }


def test_its_words_hold_and_nothing_is_waited_for(
    context: SourceContext, tmp_path: Path
) -> None:
    said = looked(context, 1000.0)
    given = context.state.conditions
    assert context.state.run == UNNUMBERED
    assert given.run_type == "physics"
    assert given.shown == {"daq/energy": 120.0, "daq/target": "lead"}
    assert said["hodo/plane1"][0] is Status.GOOD
    assert said["hodo/pedestals"] == (
        Status.NOT_APPLICABLE, "only for pedestal; this run is physics"
    )  # fmt: skip
    assert said["calo/sum"] == (
        Status.MISSING, "not in the file: calo/sum, nor anything else of calo"
    )  # fmt: skip
    assert not context.source_problems()
    folders = plain_elements("pedestals")
    folders["daq"][1] = Scalar("energy", 80.0)
    write_plain_run(tmp_path / "run.root", folders)
    looked(context, 1001.0)
    given = context.state.conditions
    assert (given.run_type, given.shown) == (
        None, {"daq/energy": 80.0, "daq/target": "lead"}
    )  # fmt: skip
    (problem,) = context.source_problems() or ()
    line = SITE.splitlines().index("run_types: [physics, calibration, pedestal]") + 1
    assert (problem.file, problem.line) == ("layouts/site.yaml", line)
    assert problem.message == (
        'the run is of "pedestals", says daq/type, which is none of the run_types '
        'physics, calibration, pedestal; did you mean "pedestal"?'
    )
