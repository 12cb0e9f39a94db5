"""What Python offers: ``import dqmconsole as dqm``."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

import dqmconsole as dqm
from dqmconsole import api
from dqmconsole.model.graph import Graph
from dqmconsole.model.histogram import Axis, Histogram, Scalar
from dqmconsole.notebook import svg_of, ticks
from dqmconsole.rootio.write import Element, write_dqm, write_root

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = Path(__file__).parent / "data"
TIMES = np.array([1.0, 2.0])


def counts(name: str, values: object, **more: object) -> Histogram:
    contents = np.asarray(values, np.float64)
    axes = tuple(
        Axis(size - 2, 0.0, float(size - 2), title=title)
        for size, title in zip(contents.shape, "xyz", strict=False)
    )
    root_class = f"TH{contents.ndim}D"
    return Histogram(
        *(name, f"{name} [mm]", root_class, axes, contents),
        entries=float(np.nan_to_num(contents, posinf=0).sum()),
        **more,  # type: ignore[arg-type]
    )


def profile(name: str) -> Histogram:
    axis = Axis(2, 0.0, 2.0)
    weights = np.array([0.0, 2.0, 4.0, 0.0])
    sums, squares = 3 * weights, 10 * weights
    return Histogram(
        *(name, "", "TProfile", (axis,), sums, squares, weights), entries=6.0
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "run_17.root"
    elements: list[Element] = [
        counts("x", [1, 2, 3, 4]),
        counts("map", np.arange(20.0).reshape(4, 5)),
        profile("mean"),
        Graph("drift", "", "TGraph", TIMES, TIMES),
        Scalar("events", 12),
    ]
    write_root(path, {"hodo": elements, "hodo/far": [counts("x", [0, 5, 5, 0])]})
    return path


@pytest.fixture
def source(file: Path) -> Iterator[api.OpenSource]:
    with dqm.open(file) as source:
        yield source


def test_a_source_is_a_mapping_of_paths_to_elements(source: api.OpenSource) -> None:
    assert len(source) == 6
    assert sorted(source)[:2] == ["hodo/drift", "hodo/events"]
    assert "hodo/x" in source
    assert "hodo/X" not in source
    assert source["hodo/events"] == 12
    assert isinstance(source["hodo/drift"], Graph)
    assert source.kinds["hodo/map"] == "TH2D"
    assert source.glob("hodo/*x") == ("hodo/far/x", "hodo/x")
    assert repr(source).endswith("run_17.root, no run number>")
    assert source.runs == ()
    assert {path: type(found).__name__ for path, found in source.items()} == {
        "hodo/x": "Histogram",
        "hodo/map": "Histogram",
        "hodo/mean": "Histogram",
        "hodo/far/x": "Histogram",
        "hodo/drift": "Graph",
        "hodo/events": "int",
    }


def test_a_wrong_name_is_said_with_the_nearest(
    source: api.OpenSource, file: Path
) -> None:
    with pytest.raises(KeyError) as refused:
        source["hodo/y"]
    assert isinstance(refused.value, dqm.NotFoundError)
    assert str(refused.value).endswith("did you mean hodo/x, hodo/map?") or (
        "did you mean hodo/x" in str(refused.value)
    )
    assert source.get("hodo/y", 3) == 3
    with pytest.raises(dqm.Error, match=r"did you mean .*run_17\.root"):
        dqm.open(file.with_name("run_18.root"))
    with pytest.raises(dqm.Error, match="no such folder"):
        dqm.open(file, site=file.parent / "none")


@pytest.mark.slow
def test_runs_of_a_folder(tmp_path: Path) -> None:
    for run in (7, 9):
        elements = {"Lab": [counts("x", [0, run, 0])]}
        write_dqm(tmp_path / f"DQM_V0001_Lab_R{run:09d}.root", run, elements)
    with dqm.open(tmp_path) as newest, dqm.open(str(tmp_path), run=7) as other:
        assert (newest.run, newest.runs) == (9, (7, 9))
        assert newest["Lab/x"].values().tolist() == [9]
        assert other["Lab/x"].values().tolist() == [7]
        assert not newest.refresh()
    with pytest.raises(dqm.NotFoundError, match="has no run 8; the nearest is 7"):
        dqm.open(tmp_path, run=8)


@pytest.mark.slow
def test_files_with_names_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "layouts").mkdir()
    (tmp_path / "layouts" / "site.yaml").write_text(
        "experiment: lab\n"
        'sources: [{name: beam, folder: data, files: "run_{run}.root"}]\n'
    )
    for run in (7, 9):
        elements = {"Lab": [counts("x", [0, run, 0])]}
        write_root(tmp_path / "data" / f"run_{run}.root", elements)
    for source in ("beam", tmp_path / "data", f"{tmp_path}/data//run_{{run}}.root"):
        with dqm.open(source, site=tmp_path) as found:
            assert found.runs == (7, 9)
            assert found["Lab/x"].values().tolist() == [9]


def test_what_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "broken.root").write_bytes(b"root" + bytes(40))
    with pytest.raises(dqm.Error, match=r"there is no file .*broken\.root"):
        dqm.open(tmp_path / "broken.root")
    with pytest.raises(dqm.Error, match=r"there is no file that can be read"):
        dqm.check(tmp_path / "broken.root")


def test_a_histogram_is_taken_by_other_libraries(source: api.OpenSource) -> None:
    import hist
    import uhi.typing.plottable as uhi

    found: dqm.Histogram = source["hodo/x"]
    other: object = found
    assert isinstance(other, uhi.PlottableHistogram)
    made = found.to_hist()
    assert isinstance(made, hist.Hist)
    assert made.values(flow=True).tolist() == [1, 2, 3, 4]
    assert made.axes[0].label == "x"
    assert hist.Hist(source["hodo/mean"]).values().tolist() == [3, 3]
    assert repr(found) == "<TH1D 'x', 2 bins, 10 entries>"


def test_histograms_are_added(source: api.OpenSource) -> None:
    x, far, plane, mean = (
        source[f"hodo/{name}"] for name in ("x", "far/x", "map", "mean")
    )
    total = x + far
    assert isinstance(total, dqm.Histogram)
    assert total.values(flow=True).tolist() == [1, 7, 8, 4]
    assert (total.entries, total.title) == (20, x.title)
    # statistics are those of the fills, as ROOT adds them, not of the centres of bins
    filled = msgspec.structs.replace(x, sums=(10.0, 10.0, 14.5, 22.25))
    assert (filled + filled).sums == (20.0, 20.0, 29.0, 44.5)
    assert sum([x, x, x]).values().tolist() == [6, 9]
    both = mean + mean
    assert both.values().tolist() == mean.values().tolist()
    np.testing.assert_allclose(both.variances(), mean.variances() / 2)
    with pytest.raises(ValueError, match=r"x and map cannot be added: the second has"):
        x + plane
    with pytest.raises(ValueError, match=r"the second holds means, the first counts"):
        x + mean
    with pytest.raises(TypeError):
        x + 3


def test_errors_of_weighted_histograms_add_up() -> None:
    plain = api._own(counts("a", [0, 4, 0]))
    weighted = api._own(counts("b", [0, 4, 0], sumw2=np.array([0.0, 9.0, 0.0])))
    assert (plain + weighted).variances().tolist() == [13]
    axis = Axis(1, 0.0, 1.0, labels=("a",))
    labelled = [
        api._own(Histogram("c", "", "TH1D", (each,), np.zeros(3)))
        for each in (axis, Axis(1, 0.0, 1.0, labels=("b",)))
    ]
    with pytest.raises(ValueError, match="bin 1 is 'b' in the second, 'a' in the fi"):
        labelled[0] + labelled[1]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (counts("x<&>", [1, 2, 3, 4]), {"x<&> [mm]", "10 entries", "x"}),
        (counts("map", np.ones((5, 4))), {"x", "y", "20 entries", "0", "1"}),
        (counts("cube", np.ones((4, 4, 4))), {"64 entries, summed over z"}),
        (profile("mean"), {"mean", "6 entries"}),
        (counts("empty", [0, 0, 0]), {"0 entries"}),
        (counts("odd", [0, np.nan, np.inf, -5, 0]), {"odd [mm]"}),
        (counts("fine\x00\x1b", [0.0] * 5002), {"fine   [mm]"}),
    ],
)
def test_a_notebook_shows_a_picture(given: Histogram, words: set[str]) -> None:
    picture = api._own(given)._repr_html_()
    assert picture == svg_of(given)
    tree = ET.fromstring(picture)
    space = "{http://www.w3.org/2000/svg}"
    assert words <= {each.text for each in tree.iter(f"{space}text")}
    assert "nan" not in picture
    drawn = [*tree.iter(f"{space}path"), *tree.iter(f"{space}image")]
    assert len(drawn) >= 2
    assert len(picture) < 40_000


def test_ticks_are_round_and_few() -> None:
    assert ticks(0, 10) == [0, 2, 4, 6, 8, 10]
    assert ticks(-0.3, 0.35) == pytest.approx([-0.2, 0, 0.2])
    assert ticks(3, 3) == []
    assert ticks(0, float("inf")) == []


def test_verdicts(file: Path, tmp_path: Path) -> None:
    (tmp_path / "site" / "layouts").mkdir(parents=True)
    (tmp_path / "site" / "layouts" / "site.yaml").write_text("experiment: lab\n")
    (tmp_path / "site" / "layouts" / "Hodo.yaml").write_text(
        "layout: Hodo\npages:\n  - page: Profile\n    plots:\n"
        "      - path: hodo/x\n"
        "        checks: [{bins_above: {limit: 1, bad_above: 0}}]\n"
        "      - path: hodo/far/x\n        checks: [{not_empty: {}}]\n"
    )
    found = dqm.check(file, site=tmp_path / "site")
    assert len(found) == 2
    assert found[0].status == "BAD"
    assert (found[0].layout, found[0].page) == ("Hodo", "Profile")
    assert found[0].checks[0].check == "bins_above"
    assert found.counts == {"BAD": 1, "GOOD": 1}
    assert [each.path for each in found.bad] == ["hodo/x"]
    assert [each.status for each in found.of("hodo/far/x")] == ["GOOD"]
    assert found[-1:] == (found[1],)
    assert found.problems == ()
    assert "<td>hodo/far/x</td>" in found._repr_html_()
    assert repr(found) == f"<{found.source}: 1 BAD, 1 GOOD>"  # without a run number
    with pytest.raises(dqm.Error, match='no layout Hod; did you mean "Hodo"'):
        dqm.check(file, site=tmp_path / "site", layout="Hod")
    with pytest.raises(dqm.Error, match="there is no such file"):
        dqm.check(file, reference="none.root")
    for how in ({"reference": "~no-such-user/a.root"}, {"site": "~no-such-user/site"}):
        with pytest.raises(dqm.Error, match="there is no such"):
            dqm.check(file, **how)


def test_a_reference_is_looked_for_where_the_caller_is(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(file.parent)
    verdicts = dqm.check(file.name, reference=file.name)
    assert len(verdicts) > 0
    assert not [each for each in verdicts if "no reference" in each.sentence]


def test_a_site_is_checked_against_a_source_that_is_named_alone() -> None:
    with pytest.raises(dqm.Error, match=r"^there_is_none: there is no such file"):
        dqm.validate(against="there_is_none")


def test_nothing_is_read_of_a_source_that_is_closed(tmp_path: Path) -> None:
    write_root(tmp_path / "run_000118.root", {"hodo": [counts("x", [0, 1, 2, 0])]})
    source = dqm.open(f"{tmp_path}//run_{{run}}.root")
    assert source["hodo/x"].entries == 3
    source.close()
    with pytest.raises(dqm.Error, match="is closed"):
        source["hodo/x"]
    with pytest.raises(dqm.Error, match="is closed"):
        source.refresh()


def test_problems_of_a_site(tmp_path: Path) -> None:
    (tmp_path / "layouts").mkdir()
    (tmp_path / "layouts" / "site.yaml").write_text("experiment: lab\nsourcs: []\n")
    (found,) = [each for each in dqm.validate(tmp_path) if each.severity == "error"]
    assert (found.line, Path(found.file).name) == (2, "site.yaml")
    assert "did you mean" in found.message
    with pytest.raises(dqm.Error, match="no such folder"):
        dqm.validate(tmp_path / "none")
    with pytest.raises(dqm.Error, match="no such file or folder"):
        dqm.validate(tmp_path, against=["none.root"])


def test_the_package_offers_just_the_names_of_the_api() -> None:
    assert set(api.__all__) == dqm._OF_API  # type: ignore[attr-defined]
    assert set(api.__all__) <= set(dir(dqm))
    stub = Path(dqm.__file__).with_name("__init__.pyi").read_text()
    assert all(f"import {name} as {name}\n" in stub for name in api.__all__)
    with pytest.raises(AttributeError, match="no attribute 'opne'"):
        dqm.opne  # type: ignore[attr-defined]  # noqa: B018


HEAVY = ("PySide6", "pyqtgraph", "uproot", "scipy", "numpy", "yaml", "click")


@pytest.mark.slow
def test_importing_it_loads_nothing_heavy_and_reading_no_window() -> None:
    code = f"""
import sys
import dqmconsole as dqm
assert not [each for each in {HEAVY} if each in sys.modules]
with dqm.open({str(DATA / "dqm.root")!r}) as source:
    assert len(source) > 3
    source[next(iter(source))]
found = [each for each in {HEAVY[:4]} if each in sys.modules]
assert not found, found
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_page_is_drawn_by_a_process_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, said, asked = 0, "", []

    def run(words: list[str], **more: object) -> subprocess.CompletedProcess[str]:
        asked.append(words[3:])
        assert more["env"]["QT_QPA_PLATFORM"] == "offscreen"  # type: ignore[index]
        if code == 0:
            Path(words[-1]).write_text("<svg/>")
        return subprocess.CompletedProcess(words, code, "", said)

    monkeypatch.setattr(subprocess, "run", run)
    picture = dqm.draw("a.root", "Hodo/x", form="svg", site=tmp_path, theme="dark")
    assert (picture, picture.form, repr(picture)) == (
        b"<svg/>", "svg", "<picture, svg, 6 bytes>",
    )  # fmt: skip
    assert picture._repr_svg_() == "<svg/>"
    assert picture._repr_png_() is None
    assert asked[0][:-1] == [
        *("snapshot", "a.root", "--page", "Hodo/x", "--theme", "dark"),
        *("--size", "1600x900", "--site", str(tmp_path), "-o"),
    ]
    assert dqm.draw("a.root", "Hodo/x", tmp_path / "p.pdf") == tmp_path / "p.pdf"
    assert asked[1][-1] == str(tmp_path / "p.pdf")
    code, said = 2, "a warning\nError: no page 'Hodo/y'; did you mean 'Hodo/x'?\n"
    with pytest.raises(dqm.Error, match=r"^no page 'Hodo/y'; did you mean 'Hodo/x'\?$"):
        dqm.draw("a.root", "Hodo/y", tmp_path / "p.png")
