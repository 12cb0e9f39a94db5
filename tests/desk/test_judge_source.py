"""A source is judged without a window, by a site or by what its elements are."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest
from support.foreign import DEAD_LINE, DEAD_MAP, QUIET, write_foreign, write_site
from support.recorded import PATH, plot, record
from support.recorded_runs import RUN, curve, make_site, record_runs

from dqmconsole.desk.judge_source import (
    PATIENCE,
    JudgeError,
    PlotVerdict,
    SourceVerdicts,
    judge_at,
    judge_source,
)
from dqmconsole.model.histogram import Scalar
from dqmconsole.model.run import Conditions
from dqmconsole.model.run_quality import RunQuality
from dqmconsole.model.verdict import Status
from dqmconsole.recording.recorder import Item, Recorder, Update
from dqmconsole.recording.run_file import source_folder
from dqmconsole.rootio.write import write_dqm
from dqmconsole.site.site import bundled_site

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.engine.context import SourceContext
    from dqmconsole.model.verdict import Verdict

LAYOUT = """\
layout: Calo
pages:
  - page: Towers
    plots:
      - path: Calo/towers
        checks: [{holes: {warn_above: 0.01, bad_above: 0.02}}]
      - path: Calo/energy
        checks: []
      - path: Calo/none
  - page: Elsewhere
    plots: [{path: Muon/hits}]
"""
CURVE = curve(4, 5000)
INFO = (Scalar("type", "cosmics"), Scalar("events", 1000))


@pytest.fixture
def reference(tmp_path: Path) -> str:
    return str(write_foreign(tmp_path / "good.root", 3000, 1, run=6))


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return write_site(tmp_path / "site", LAYOUT)


def by_path(found: SourceVerdicts) -> dict[str, PlotVerdict]:
    return {one.path: one for one in found.plots}


class _Waiting:
    """Its reference is asked for again half a second later, and is there then."""

    def __init__(self, again: float) -> None:
        self.source, self.settled = self, False
        self.name, self.moments = "run 5", list[float]()
        self._again = again

    def poll(self, now: float) -> None:
        self.moments.append(now)

    def judge(self, until: float) -> None:
        del until
        self.settled = self.moments[-1] >= self.moments[0] + self._again


def test_time_goes_on_while_a_reference_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    at_once, later, never = _Waiting(0.0), _Waiting(0.5), _Waiting(1e9)

    judge_at(cast("SourceContext", at_once), 1000.0)
    assert at_once.moments == [1000.0]
    assert not slept

    judge_at(cast("SourceContext", later), 1000.0)
    assert later.settled

    slept.clear()
    with pytest.raises(JudgeError, match="run 5: a reference is still being read"):
        judge_at(cast("SourceContext", never), 1000.0)
    assert sum(slept) == pytest.approx(PATIENCE, rel=0.01)


def test_what_is_dead_is_found_against_one_good_run_and_nothing_else(
    tmp_path: Path, reference: str
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    now = write_foreign(folder / "run_7.root", 5000, 2, dead=True)
    found = judge_source(str(now), bundled_site(), reference=reference)
    assert found.by_folder
    warned = {
        one.path: one.verdict.sentence
        for one in found.plots
        if one.verdict.status not in (Status.GOOD, Status.NOT_CHECKED)
    }
    assert set(warned) == {DEAD_LINE, DEAD_MAP}
    assert warned[DEAD_LINE].startswith("default, not adopted: a hole of 10 bins")
    assert "wire 40–49" in warned[DEAD_LINE]
    assert warned[DEAD_MAP].startswith("default, not adopted: a hole of 16 cells")
    assert {one.path for one in found.plots} == {DEAD_LINE, DEAD_MAP, *QUIET}


@pytest.mark.parametrize("path", ["Calo/energy", "Calo/channel_map"])
def test_what_is_empty_is_found_where_nobody_counts_events(
    tmp_path: Path, reference: str, path: str
) -> None:
    now = write_foreign(tmp_path / "now.root", 5000, 2, empty=path)
    found = judge_source(str(now), bundled_site(), reference=reference)
    warned = [one for one in found.plots if one.verdict.status is Status.WARNING]
    assert [one.path for one in warned] == [path]
    assert "it is empty" in warned[0].verdict.sentence


@pytest.mark.parametrize("seed", range(3, 9))
def test_good_runs_of_other_lengths_are_not_warned_of(
    tmp_path: Path, reference: str, seed: int
) -> None:
    now = write_foreign(tmp_path / "now.root", 700 * seed, seed)
    found = judge_source(str(now), bundled_site(), reference=reference)
    statuses = {one.verdict.status for one in found.plots}
    assert statuses <= {Status.GOOD, Status.NOT_CHECKED}


def test_the_folders_of_a_source_are_its_pages(tmp_path: Path) -> None:
    now = write_foreign(tmp_path / "now.root", 3000, 2)
    found = by_path(judge_source(str(now), bundled_site()))
    one = found["Calo/energy"]
    assert (one.layout, one.page) == ("Calo", "Calo")
    assert one.verdict.status is Status.NOT_CHECKED  # there is nothing to compare with


def test_the_layouts_of_a_site_say_what_is_judged(
    tmp_path: Path, reference: str, site: Path
) -> None:
    now = write_foreign(tmp_path / "now.root", 5000, 2, dead=True)
    found = judge_source(str(now), site, reference=reference)
    assert not found.by_folder
    assert found.elsewhere == 1  # of a subsystem that is not there
    assert [(one.path, one.verdict.status) for one in found.plots] == [
        ("Calo/towers", Status.BAD),
        ("Calo/none", Status.MISSING),
        ("Calo/energy", Status.NOT_CHECKED),
    ]
    assert found.plots[0].verdict.adopted


def test_why_no_rule_holds_is_said(tmp_path: Path) -> None:
    now = write_foreign(tmp_path / "DQM_V0001_Calo_R000000007.root", 5000, 2)
    plots = "layout: Calo\npages:\n  - {page: P, plots: [{path: Calo/energy}]}\n"
    site = write_site(tmp_path / "own", plots)
    (site / "layouts/references.yaml").write_text(
        "- {file: good.root, valid_from: 900, chosen_by: A. Expert,\n"
        "   chosen_on: 2026-05-01, why: after the repair}\n"
    )
    found = by_path(judge_source(str(now), site))["Calo/energy"].verdict
    assert found.status is Status.NOT_CHECKED
    words = "no quality test judges it; no reference: of good.root: "
    assert found.sentence.startswith(words)
    assert "900" in found.sentence


def test_a_reference_of_a_user_that_is_not_there_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    now = write_foreign(tmp_path / "DQM_V0001_Calo_R000000007.root", 50, 2)
    plots = "layout: Calo\npages:\n  - {page: P, plots: [{path: Calo/energy}]}\n"
    site = write_site(tmp_path / "own", plots)
    (site / "layouts/references.yaml").write_text(
        "- {file: ~no-such-user/good.root, chosen_by: A, chosen_on: 2026-05-01, "
        "why: good}\n"
    )
    found = by_path(judge_source(str(now), site))["Calo/energy"].verdict
    assert "~no-such-user/good.root: cannot be opened: No such file" in found.sentence
    caplog.clear()  # it is logged, too


def test_one_layout_is_judged_alone_and_a_wrong_name_is_no_layout(
    tmp_path: Path, site: Path
) -> None:
    now = write_foreign(tmp_path / "now.root", 500, 2)
    found = judge_source(str(now), site, layout="calo")
    assert {one.layout for one in found.plots} == {"Calo"}
    with pytest.raises(JudgeError, match=r"no layout Kalo.*Calo"):
        judge_source(str(now), site, layout="Kalo")


def test_what_cannot_be_read_is_said(tmp_path: Path, site: Path) -> None:
    broken = tmp_path / "broken.root"
    broken.write_bytes(b"root" + bytes(200))
    with pytest.raises(JudgeError, match="no file that can be read"):
        judge_source(str(broken), site)
    with pytest.raises(JudgeError, match="there is no such file"):
        judge_source(str(tmp_path / "none.root"), site)


def test_a_rule_may_name_a_run_that_is_only_recorded(tmp_path: Path) -> None:
    make_site(tmp_path)
    record_runs(tmp_path / "runs")
    found = by_path(judge_source(f"recorded:{tmp_path}/runs/{RUN}", tmp_path))
    assert "Kolmogorov distance" in found[PATH].verdict.sentence


def test_by_a_reference_that_cannot_be_read_nothing_is_judged(
    tmp_path: Path, site: Path, caplog: pytest.LogCaptureFixture
) -> None:
    other = write_foreign(tmp_path / "other.root", 500, 2)
    broken = tmp_path / "reference.root"
    broken.write_bytes(other.read_bytes()[:500])
    now = write_foreign(tmp_path / "now.root", 5000, 2, dead=True)
    found = by_path(judge_source(str(now), site, reference=str(broken)))
    verdict = found["Calo/towers"].verdict
    assert verdict.status is Status.NO_REFERENCE
    assert "cut short" in verdict.sentence
    caplog.clear()


def test_progress_is_told(tmp_path: Path, site: Path) -> None:
    now = write_foreign(tmp_path / "now.root", 500, 2)
    told: list[tuple[int, int]] = []
    judge_source(str(now), site, progress=lambda *step: told.append(step))
    assert told[-1] == (3, 3)


def test_why_there_is_no_reference_is_said_where_nothing_else_judges(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    data = write_foreign(tmp_path / "run_000007.root", 4000, 2)
    cut = tmp_path / "cut.root"
    cut.write_bytes(data.read_bytes()[:900])
    found = by_path(judge_source(str(data), bundled_site(), reference=str(cut)))
    verdict = found["Calo/energy"].verdict
    assert verdict.status is Status.NOT_CHECKED
    assert "cut short" in verdict.sentence
    assert verdict.checks[-1].status is Status.NO_REFERENCE
    caplog.clear()  # it is logged, too


def record_good_runs(home: Path, records: Path) -> None:
    """A site of any conditions; five good runs, and run 6, which is otherwise."""
    make_site(home)
    settings = home / "layouts" / "site.yaml"
    settings.write_text(
        "experiment: Test\nrun_types: {cosmics: cosmics}\n"
        "conditions: {run_type: Hcal/Info/type, "
        'events: "{subsystem}/Info/events"}\n'
    )
    (home / "layouts" / "references.yaml").unlink()
    good = (1, 2, 3, 4, 5)
    recorder = Recorder(records, "/dqm")
    for run in (*good, 6):
        recorder.note_conditions(run, Conditions(run_type="cosmics"))
        items = [Item(f"Hcal/Digi/{CURVE.name}", CURVE if run == 6 else curve(0, 5000))]
        items += [Item(f"Hcal/Info/{each.name}", each) for each in INFO]
        recorder.note(run, Update("Hcal", 9, 10.0 * run, 1000), items)
        recorder.drain()
    recorder.note_quality([RunQuality(run, "Hcal", True, at=1.0) for run in good])
    recorder.close()


def says_it_is_unlike_good_runs(found: SourceVerdicts) -> None:
    verdict = by_path(found)[PATH].verdict
    assert verdict.status is Status.WARNING
    (by_band,) = [each for each in verdict.checks if each.check == "run_band"]
    assert "unlike 5 good runs" in by_band.sentence


def test_good_runs_are_what_a_source_is_judged_by(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    record_good_runs(tmp_path, runs)
    says_it_is_unlike_good_runs(judge_source(f"recorded:{runs}/6", tmp_path))


@pytest.mark.parametrize("source", ["", "DQM_V0001_Hcal_R000000006.root"])
def test_a_file_is_judged_by_the_good_runs_of_its_folder(
    tmp_path: Path, source: str
) -> None:
    data, own = tmp_path / "data", tmp_path / "own"
    data.mkdir()
    record_good_runs(tmp_path, source_folder(own, str(data)))
    file = data / "DQM_V0001_Hcal_R000000006.root"
    write_dqm(file, 6, {"Hcal/Digi": [CURVE], "Hcal/Info": INFO})
    found = judge_source(str(data / source), tmp_path, records=own)
    says_it_is_unlike_good_runs(found)


def test_of_a_file_the_window_is_judged_that_its_folder_recorded(
    tmp_path: Path,
) -> None:
    data, own = tmp_path / "data", tmp_path / "own"
    data.mkdir()
    site = write_site(
        tmp_path / "site",
        "layout: Hcal\npages:\n  - page: P\n    plots:\n"
        f"      - path: {PATH}\n        window: 2 LS\n"
        "        checks: [{entries: {bad_below: 20}}]\n",
    )
    with (site / "layouts/site.yaml").open("a") as settings:
        settings.write(
            'conditions: {lumisection: "{subsystem}/Info/ls", '
            'events: "{subsystem}/Info/n"}\n'
        )
    record(source_folder(own, str(data)), 6)
    file = data / "DQM_V0001_Hcal_R000000007.root"

    def judged(lumisection: int) -> Verdict:
        info = [Scalar("ls", lumisection), Scalar("n", 10_000)]
        write_dqm(file, 7, {"Hcal/Digi": [plot(6, 12)], "Hcal/Info": info})
        return by_path(judge_source(str(file), site, records=own))[PATH].verdict

    words = "6 entries in 20 events, expected at least 20, in LS 5–6"
    assert judged(6).sentence == words
    assert judged(7).sentence.startswith("18 entries"), "the record is of less"
