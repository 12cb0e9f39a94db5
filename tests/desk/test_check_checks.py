"""What validate says of checks beside the elements of a source that they judge."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dqmconsole.desk.check import validate
from dqmconsole.desk.judge_source import judge_source
from dqmconsole.model.histogram import Axis, Histogram, Scalar
from dqmconsole.model.verdict import Status
from dqmconsole.rootio.write import write_dqm

if TYPE_CHECKING:
    from pathlib import Path

TODAY = datetime.date(2026, 11, 27)

SITE = """\
experiment: x
run_types: {pp: collisions, cosmic: cosmics}
conditions: {run_type: Hcal/type, events: Hcal/number}
"""
LAYOUT = """\
layout: Hcal
pages:
  - page: P
    audience: expert
    plots:
      - path: PATH
        checks: [{CHECK}]
"""
REFERENCES = """\
- subsystem: Hcal
  histograms: ["Hcal/map*"]
  run: 398000
  chosen_by: me
  chosen_on: 2026-11-01
  why: good
"""


def element(name: str, *axes: Axis, profile: bool = False) -> Histogram:
    shape = tuple(axis.bins + 2 for axis in axes)
    ones = np.ones(shape) if profile else None
    return Histogram(
        name=name,
        title=name,
        root_class="TProfile" if profile else "TH2F" if len(axes) > 1 else "TH1F",
        axes=axes,
        contents=np.ones(shape, dtype=np.float64 if profile else np.float32),
        sumw2=ones,
        bin_entries=ones,
        entries=2.0,
    )


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("source") / "DQM_V0001_Hcal_R000398214.root"
    x = Axis(4, 0.0, 4.0)
    y = Axis(2, 0.0, 2.0)
    elements: list[Histogram | Scalar] = [
        Scalar("number", 5),
        Scalar("type", "pp"),
        element("map1", x, y),
        element("map2", Axis(8, 0.0, 8.0), y),
        element("line1", x),
        element("line2", x),
        element("other", Axis(9, 0.0, 9.0)),
        element("mean", x, profile=True),
    ]
    write_dqm(file, 398214, {"Hcal": elements})
    return file


def said(folder: Path, source: Path | None, path: str, check: str) -> list[str]:
    layouts = folder / "layouts"
    layouts.mkdir(parents=True)
    (layouts / "site.yaml").write_text(SITE)
    (layouts / "references.yaml").write_text(REFERENCES)
    text = LAYOUT.replace("PATH", path).replace("CHECK", check)
    (layouts / "Hcal.yaml").write_text(text)
    found = validate(folder, None if source is None else (source,), TODAY)
    return [
        str(each).removeprefix(f"{folder}/layouts/").replace(str(source), "SOURCE")
        for each in found
    ]


@pytest.mark.parametrize(
    ("path", "check"),
    [
        ("Hcal/line1", "not_empty: {}"),
        ("Hcal/mean", "mean: {bad_above: 2}"),
        ("Hcal/map1", "flags: {}"),
        ("Hcal/map1", "sum_in_range: {low: 0, high: 2, axis: y, bad_below: 0.1}"),
        ("Hcal/map1", "dead_channels: {against: reference}"),
        ("Hcal/line1", "dead_channels: {against: reference}, against: Hcal/line2"),
        ("Hcal/line1", "not_empty: {}, against: Ecal/line2"),  # not in this source
        ("Hcal/line1", "flags: {}, run_types: [cosmics]"),
        ("Hcal/map1", "bins_above: {limit: 2}, input: {ratio: Hcal/map1}"),
        ("Hcal/line1", "mean: {bad_above: 2}, input: {efficiency: [./line1, ./line2]}"),
        ("Hcal/line1", 'not_empty: {}, input: {mask: {x: [1, "3:4"]}}'),
        ("Hcal/map1", "last_bins: {bad_above: 2}, input: {projection: x}"),
        ('"Hcal/line{1,2}"', "sum_in_range: {low: 1, high: 2, bad_below: 0.1}"),
    ],
)
def test_checks_that_fit_their_plots(
    tmp_path: Path, source: Path, path: str, check: str
) -> None:
    assert said(tmp_path, source, path, check) == []


@pytest.mark.parametrize(
    ("path", "check", "words"),
    [
        ("Hcal/line1", "flags: {}",
         "Hcal.yaml:7:19: advice: flags judges plots of 2 axes, not of 1: Hcal/line1 "
         "[check-not-for-plot]"),
        ("Hcal/mean", "symmetric: {}",
         "Hcal.yaml:7:19: advice: symmetric judges counts, not a profile's means: "
         "Hcal/mean [check-not-for-plot]"),
        ("Hcal/number", "not_empty: {}",
         "Hcal.yaml:7:19: advice: not_empty judges histograms alone, not int: "
         "Hcal/number [check-not-for-plot]"),
        ('"Hcal/line{1,2}"', "flags: {}",
         "Hcal.yaml:7:19: advice: flags judges plots of 2 axes, not of 1: Hcal/line1 "
         "(and 1 more plot) [check-not-for-plot]"),
        ("Hcal/line1", "sum_in_range: {low: 1, high: 9, bad_below: 0.1}",
         "Hcal.yaml:7:48: advice: sum_in_range: high: 9 is off the axis x, which goes "
         "from 0 to 4: Hcal/line1 [off-the-axis]"),
        ("Hcal/line1", "mean: {axis: z, bad_above: 2}",
         "Hcal.yaml:7:32: advice: mean: axis: there is no z, the plot has 1 axis: "
         "Hcal/line1 [off-the-axis]"),
        ("Hcal/line1", "last_bins: {last: 9, bad_above: 2}",
         "Hcal.yaml:7:37: advice: last_bins: last: 9 bins of 4: Hcal/line1 "
         "[off-the-axis]"),
        ('"Hcal/map{1,2}"', "sum_in_range: {low: 1, high: 2, bad_below: 0.1}",
         "Hcal.yaml:7:39: advice: sum_in_range: low is one place for plots of other "
         "bins: Hcal/map1 has 4 × 2 bins, and Hcal/map2 8 × 2 bins [other-bins]"),
        ("Hcal/line1", "not_empty: {}, against: Hcal/lin2",
         'Hcal.yaml:7:43: against: "Hcal/lin2" is not in SOURCE; did you mean '
         '"Hcal/line2"? [unknown-element]'),
        ("Hcal/line1", "not_empty: {}, input: {ratio: ./lin2}",
         'Hcal.yaml:7:41: input: "Hcal/lin2" is not in SOURCE; did you mean '
         '"Hcal/line2"? [unknown-element]'),
        ("Hcal/line1", "not_empty: {}, input: {mask: {x: [HB]}}",
         "Hcal.yaml:7:41: advice: input of not_empty: there is no bin 'HB' on an axis "
         "of 4 bins: Hcal/line1 [wrong-input]"),
        ("Hcal/map1", "flags: {}, input: {projection: x}",
         "Hcal.yaml:7:19: advice: flags judges plots of 2 axes, not of 1: Hcal/map1 "
         "[check-not-for-plot]"),
        ("Hcal/line1", "not_empty: {}, input: {ratio: ./number}",
         "Hcal.yaml:7:41: advice: input of not_empty: Hcal/number is no histogram, but "
         "int: Hcal/line1 [wrong-input]"),
        ("Hcal/line1", "not_empty: {}, against: Hcal/other",
         "Hcal.yaml:7:43: advice: against: Hcal/other has 9 bins, and Hcal/line1 4 "
         "bins [other-bins]"),
        ("Hcal/line1", "dead_channels: {against: reference}",
         "Hcal.yaml:7:19: advice: dead_channels needs a reference, and no rule of "
         "references.yaml is for Hcal/line1 [check-without-reference]"),
        ("Hcal/line1", "mean: {bad_shift: 1}",
         "Hcal.yaml:7:19: advice: mean needs a reference, and no rule of "
         "references.yaml is for Hcal/line1 [check-without-reference]"),
    ],
)  # fmt: skip
def test_what_a_check_cannot_judge_is_said_at_its_line(
    tmp_path: Path, source: Path, path: str, check: str, words: str
) -> None:
    assert said(tmp_path, source, path, check) == [words]


def test_a_reference_that_is_missing_is_said_without_a_source(tmp_path: Path) -> None:
    found = said(tmp_path, None, "Hcal/line1", "dead_channels: {against: reference}")
    assert any(each.endswith("[check-without-reference]") for each in found)


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("pileup", ""),
        ("trigger_rate", ""),
        ("trigger_rat", 'names no such condition; did you mean "trigger_rate"?'),
        ("magnet", 'names no path of it: conditions: magnet: "A/path"; the widest'),
    ],
)
def test_limits_depend_on_conditions_that_the_site_reads(
    tmp_path: Path, condition: str, words: str
) -> None:
    reads = "scalars: {trigger_rate: Hcal/rate}, pileup: Hcal/pu, run_type:"
    layouts = tmp_path / "layouts"
    layouts.mkdir()
    (layouts / "site.yaml").write_text(SITE.replace("run_type:", reads, 1))
    check = f"mean: {{bad_above: {{{condition}: {{20: 1, 60: 3}}}}}}"
    text = LAYOUT.replace("PATH", "Hcal/line1").replace("CHECK", check)
    (layouts / "Hcal.yaml").write_text(text)
    found = [each for each in validate(tmp_path, (), TODAY) if each.code]
    if not words:
        assert found == []
        return
    (problem,) = found
    assert (problem.line, problem.column, problem.code) == (7, 37, "unread-limit")
    assert words in problem.message


@pytest.mark.parametrize(
    ("checks", "status"),
    [
        ("{not_empty: {}}", Status.GOOD),
        ("{not_empty: {}}, {not_emty: {}}", Status.FAILED),
        ("{not_empty: {}}, {not_empty: {bad_belo: 3}, run_types: [cosmics]}",
         Status.FAILED),
        ("{not_empty: {}}, {not_empty: {bad_below: 2}}", Status.FAILED),
        ("5", Status.FAILED),
    ],
)  # fmt: skip
def test_a_plot_with_a_broken_check_is_never_good(
    tmp_path: Path, source: Path, checks: str, status: Status
) -> None:
    said(tmp_path, None, "Hcal/line1", "not_empty: {}")
    layout = tmp_path / "layouts" / "Hcal.yaml"
    layout.write_text(layout.read_text().replace("{not_empty: {}}", checks))
    (plot,) = judge_source(str(source), tmp_path).plots
    assert plot.verdict.status is status, plot.verdict
    if status is Status.FAILED:
        assert "layouts/Hcal.yaml, line 7" in plot.verdict.sentence
