"""Limits proposed from recorded good runs, on real files and records."""

from __future__ import annotations

from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import pytest
from support.good_runs import GOOD, LAYOUT, make_site, record_good, tilted
from support.recorded_site import write_run

from dqmconsole.desk.good_runs import GoodRun
from dqmconsole.desk.recorded import RecordedFolders
from dqmconsole.desk.reference import RefusedError, folders_of
from dqmconsole.desk.tune import Said, Tuned, Tuning, changes, tune
from dqmconsole.recording.run_file import RunFile, run_path
from dqmconsole.site.site import read_site, read_site_with_places

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.desk.promote import Change


def tuned(
    home: Path,
    what: str = "Hcal",
    runs: tuple[int, ...] = GOOD,
    records: Path | None = None,
    run_type: str | None = None,
) -> Tuning:
    site, places = read_site_with_places(home)
    assert site.problems == ()
    with ExitStack() as stack:
        recorded = RecordedFolders(folders_of(site), site.settings, home / "layouts")
        stack.callback(recorded.close)
        good = []
        for run in runs:
            record = None
            if records is not None and run_path(records, run).is_file():
                record = RunFile.read(run_path(records, run))
                stack.enter_context(closing(record))
            good.append(GoodRun(run, record))
        return tune(site, places, good, recorded, what, run_type)


def by_check(found: Tuning) -> dict[str, Tuned]:
    (layout,) = found.layouts
    return {each.check: each for each in layout.checks}


def limits(found: Tuned) -> dict[str, tuple[float, float]]:
    return {each.name: (each.now, each.then) for each in found.limits}


def change(home: Path, found: Tuning) -> Change:
    (made,) = changes(home, *read_site_with_places(home), found)
    return made


def test_limits_are_proposed_from_how_good_runs_differ(tmp_path: Path) -> None:
    home = make_site(tmp_path)
    found = tuned(home)
    assert (found.runs, found.recorded, found.every) == (GOOD, (), 8.0)
    checks = by_check(found)
    kolmogorov, mean = checks["kolmogorov"], checks["mean"]
    assert kolmogorov.paths == ("Hcal/Digi/a", "Hcal/Digi/b")
    assert (kolmogorov.runs, kolmogorov.values) == (6, 12)
    # 0.1 is the default: nothing nearer is proposed, and of whole runs alone none
    # nearer than it is
    assert limits(kolmogorov) == {"warn_above": (0.02, 0.1), "bad_above": (0.5, 0.5)}
    assert "no limit comes nearer" in kolmogorov.why
    assert kolmogorov.now.warning > 0
    assert kolmogorov.then == Said(0, 0, 0)
    assert not mean.changed
    assert found.layouts[0].limits == 6
    assert found.layouts[0].hours == 0
    assert found.layouts[0].widened == pytest.approx(1.44, abs=0.01)


def test_runs_that_differ_more_get_wider_limits(tmp_path: Path) -> None:
    ends = []
    for spread in (0.05, 0.2, 0.4):
        home = make_site(tmp_path / str(spread), spread)
        checks = by_check(tuned(home))
        ends.append(
            tuple(then for each in checks.values() for _, then in limits(each).values())
        )
        assert all(each.then == Said() for each in checks.values())
    near, middle, far = ends
    # the kolmogorov distances grow, the mean may be lower, or higher
    for less, more in ((near, middle), (middle, far)):
        assert less[0] <= more[0]
        assert less[1] <= more[1]
        assert less[2] >= more[2]
        assert less[3] <= more[3]
    assert far[0] > 0.3


def test_fewer_runs_give_wider_limits(tmp_path: Path) -> None:
    home = make_site(tmp_path, 0.3)
    many = limits(by_check(tuned(home))["mean"])
    few = limits(by_check(tuned(home, runs=GOOD[:5]))["mean"])
    assert few["warn_above"][1] > many["warn_above"][1] > 0.6


def test_what_updates_add_counts_where_it_is_recorded(tmp_path: Path) -> None:
    home = make_site(tmp_path, 0.02)
    records = tmp_path / "records"
    for run in GOOD[:5]:
        record_good(records, run, spread=0.15)
    found = tuned(home, records=records)
    assert found.recorded == GOOD[:5]
    (layout,) = found.layouts
    assert layout.hours == pytest.approx(5 * 6000 / 3600)
    kolmogorov = by_check(found)["kolmogorov"]
    # of each of two plots: six runs, and windows of 1, 3 and 15 of five
    assert kolmogorov.values == 2 * (6 + 5 * (60 + 20 + 4))
    assert limits(kolmogorov)["warn_above"][1] > 0.2
    assert "nearer" not in kolmogorov.why
    assert kolmogorov.then == Said()
    assert kolmogorov.now.warning + kolmogorov.now.bad >= 5
    assert layout.now.alarms > 20
    assert layout.then.alarms == 0
    assert layout.then.at_most == pytest.approx(3.0 / layout.hours, rel=0.01)


def test_the_layout_gets_its_limits_and_keeps_its_comments(tmp_path: Path) -> None:
    home = make_site(tmp_path, 0.3)
    found = tuned(home)
    checks = by_check(found)
    made = change(home, found)
    expected = LAYOUT
    for each in checks.values():
        for name, (now, then) in limits(each).items():
            expected = expected.replace(f"{name}: {now:g}", f"{name}: {then:g}", 1)
    # the first "warn_above" is that of kolmogorov, 0.02; that of mean is 0.6
    assert made.after == expected != LAYOUT
    assert made.before == LAYOUT
    made.write()
    assert (home / "layouts/Hcal.yaml").read_text() == expected
    assert read_site(home).problems == ()
    again = tuned(home)
    assert changes(home, *read_site_with_places(home), again) == ()
    with pytest.raises(RefusedError, match="was changed meanwhile"):
        made.write()


def test_a_layout_that_was_changed_meanwhile_is_not_written(tmp_path: Path) -> None:
    home = make_site(tmp_path, 0.3)
    read = read_site_with_places(home)
    found = tuned(home)
    (home / "layouts/Hcal.yaml").write_text(f"# one line more\n{LAYOUT}")
    with pytest.raises(RefusedError, match="was changed while good runs were judged"):
        changes(home, *read, found)


def test_plots_without_checks_are_tuned_by_their_kind_and_not_written(
    tmp_path: Path,
) -> None:
    home = make_site(tmp_path, 0.4)
    found = tuned(home, "DT/*/a")
    checks = by_check(found)
    assert checks["kolmogorov"].by_default
    # one reference alone: the defaults are double, and many runs say how they differ
    now, then = limits(checks["kolmogorov"])["warn_above"]
    assert now == 0.2
    assert then > 0.2
    assert checks["kolmogorov"].now.bad == 0  # a default is a WARNING at most
    assert "no limit that could be tuned" in checks["no_bad_numbers"].why
    assert changes(home, *read_site_with_places(home), found) == ()


@pytest.mark.slow
def test_checks_beside_those_by_kind_are_tuned_with_them(tmp_path: Path) -> None:
    home = make_site(tmp_path, 0.4)
    path = home / "layouts/Hcal.yaml"
    item = "          - kolmogorov:"
    path.write_text(path.read_text().replace(item, f"          - defaults\n{item}"))
    found = tuned(home)
    (layout,) = found.layouts
    checks = [(each.check, each.by_default) for each in layout.checks]
    assert {("kolmogorov", False), ("kolmogorov", True), ("flow", True)} <= {*checks}
    before, after = path.read_text(), change(home, found).after
    means = {each.by_default: each for each in layout.checks if each.check == "mean"}
    now, then = limits(means[False])["warn_above"]
    assert after.splitlines()[-1] == f"              warn_above: {then:g}"
    assert (now, then > now) == (0.6, True)
    assert after.splitlines()[:9] == before.splitlines()[:9]


def test_defaults_at_another_pileup_are_those_that_the_engine_takes(
    tmp_path: Path,
) -> None:
    home = make_site(tmp_path)
    now, _ = limits(by_check(tuned(home, "DT/*/a"))["kolmogorov"])["warn_above"]
    assert now == 0.2
    for run in GOOD:
        write_run(home / "runs", run, events=100_000, pileup=45.0)
    wider, _ = limits(by_check(tuned(home, "DT/*/a"))["kolmogorov"])["warn_above"]
    assert wider > now
    write_run(home / "runs", GOOD[0], events=100_000, pileup=10.0)
    assert "kolmogorov" not in by_check(tuned(home, "DT/*/a"))


def test_what_cannot_be_tuned_says_why(tmp_path: Path) -> None:
    home = make_site(tmp_path)
    file = home / "layouts/Hcal.yaml"
    text = LAYOUT.partition("          - kolm")[0] + (
        "          - kolmogorov: {entries: 1.0e+9}\n"
        "          - chi2: {}\n"
        "            against: Hcal/Digi/b\n"
        "          - not_empty: {}\n"
        "          - mean: {warn_above: {pileup: {0: 0.5, 60: 0.6}}}\n"
    )
    file.write_text(text.replace('"Hcal/Digi/{a,b}"', "Hcal/Digi/a"))
    checks = by_check(tuned(home))
    assert checks["kolmogorov"].why == (
        "judged in 0 of 6 runs, too few to say: "
        "the others have no reference, or too few entries"
    )
    assert "compares with other elements" in checks["chi2"].why
    assert "no limit that could be tuned" in checks["not_empty"].why
    assert checks["mean"].why == "its limits depend on pileup: not tuned"
    of_others = checks["chi2"], checks["mean"]
    assert all(each.now == each.then == Said() for each in of_others)
    assert not any(each.changed for each in checks.values())


def test_a_run_that_is_the_reference_is_not_compared_with_itself(
    tmp_path: Path,
) -> None:
    home = make_site(tmp_path)
    checks = by_check(tuned(home, runs=(100, *GOOD)))
    assert checks["kolmogorov"].runs == 6
    assert checks["mean"].runs == 7


def test_a_run_that_was_not_good_makes_limits_doubtful(tmp_path: Path) -> None:
    home = make_site(tmp_path)
    write_run(home / "runs", 116, events=100_000, shape=tilted(1.0))
    found = tuned(home, runs=(*GOOD, 116))
    kolmogorov = by_check(found)["kolmogorov"]
    assert kolmogorov.doubtful
    assert "are all of these runs good?" in kolmogorov.why
    assert limits(kolmogorov)["warn_above"][1] > 0.3
    made = change(home, found)
    assert "kolmogorov: {warn_above: 0.02, bad_above: 0.5}" in made.after
    assert made.sentences == ("other limits of mean for Hcal/Digi/a and 1 more",)


def test_runs_that_cannot_be_good_are_refused(tmp_path: Path) -> None:
    home = make_site(tmp_path)
    write_run(home / "runs", 116, shape=tilted(0.0), run_type="cosmic_run")
    for runs, run_type, words in (
        (GOOD[:4], None, "fewer than 5 good runs"),
        ((*GOOD, 999), None, "there is no run 999"),
        ((*GOOD, 103), None, "run 103 has no final file"),
        ((*GOOD, 116), None, "of several types"),
        ((*GOOD, 116), "collisions", "run 116 is not of collisions"),
    ):
        with pytest.raises(RefusedError, match=words):
            tuned(home, runs=runs, run_type=run_type)
    with pytest.raises(RefusedError, match='did you mean "Hcal"'):
        tuned(home, "Hcall")
