"""What is no single histogram, and files of other writers: read as ROOT reads them."""

from __future__ import annotations

import gzip
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from interop.compare import differences
from interop.read_files import ask
from zoo import needs_root

from dqmconsole.model.graph import Collection, Graph, Polygons, size_of
from dqmconsole.model.histogram import Axis, Histogram, read_only
from dqmconsole.rootio import intervals
from dqmconsole.rootio.apart import SHARED
from dqmconsole.rootio.axes import time_offset
from dqmconsole.rootio.buffer import Pointed
from dqmconsole.rootio.dqmfile import DqmFile
from dqmconsole.rootio.efficiencies import StoredEfficiency, efficiency_of
from dqmconsole.rootio.encode import UnwritableError
from dqmconsole.rootio.errors import DamagedError, RootFileError, UnreadableClassError
from dqmconsole.rootio.fallback import Fallback
from dqmconsole.rootio.file import Limits, RootFile
from dqmconsole.rootio.keys import Key
from dqmconsole.rootio.write import root_bytes, write_root

OBJECTS = Path(__file__).parents[1] / "data" / "objects" / "objects.root"
ORACLE: dict[str, dict[str, Any]] = json.loads(
    gzip.decompress(OBJECTS.with_suffix(".json.gz").read_bytes())
)


NOWHERE = (Pointed("TH1D", 0, 0),) * 2
NOT_READ = (DamagedError, ValueError, struct.error, IndexError)


def read(name: str) -> Any:  # noqa: ANN401 - whatever class the test asks for
    with DqmFile(OBJECTS) as file:
        return file.element(name)


def plot(name: str = "plot", root_class: str = "TH1D", bins: int = 4) -> Histogram:
    cells = read_only(np.arange(bins + 2, dtype=np.float64))
    axis = Axis(bins, 0.0, 1.0, title="x")
    return Histogram(name, "title", root_class, (axis,), cells, sums=(0.0,) * 4)


# -- as ROOT reads them --------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(ORACLE))
def test_an_object_is_read_as_root_reads_it(name: str) -> None:
    assert differences(read(name), ORACLE[name]) == []


def test_every_class_is_there() -> None:
    classes = {said["class"] for said in ORACLE.values()}
    assert classes >= {
        "TGraph", "TGraphErrors", "TGraphAsymmErrors", "TGraphBentErrors",
        "TGraphMultiErrors", "TMultiGraph", "THStack", "TEfficiency", "TH2Poly",
        "TList", "TObjArray", "TH3F", "TProfile2D", "TProfile3D",
    }  # fmt: skip
    options = {said["option"] for said in ORACLE.values() if "option" in said}
    assert options == set(range(9)), "every way to make an interval"


def test_the_comparison_itself_finds_what_is_wrong() -> None:
    found = read("TGraphErrors0")
    wrong = {**ORACLE["TGraphErrors0"], "y_up": [0.5] * len(found.x)}
    assert any("y up" in words for words in differences(found, wrong))
    assert differences(read("stack0"), ORACLE["stack1"])
    assert differences(read("poly0"), ORACLE["poly1"])
    assert differences(read("eff0"), ORACLE["eff2"])


def test_no_child_is_started_for_graphs_and_their_like() -> None:
    SHARED.close()
    for name, said in ORACLE.items():
        if said["class"] != "TProfile3D":
            read(name)
    assert not SHARED.pid


# -- what they become ----------------------------------------------------------------


def test_a_list_flattens_lists_and_names_what_it_cannot_show() -> None:
    found = read("TList1")
    assert isinstance(found, Collection)
    assert found.name == "TList1"
    assert not found.stacked
    assert found.refused == ("TNamed note",)
    assert [part.name for part in found.parts][-2:] == ["errors", "inner"]


def test_of_an_efficiency_of_any_dimension_trials_are_counted() -> None:
    for name in ("eff0", "eff4"):
        found = read(name)
        assert isinstance(found, Graph | Histogram)
        assert size_of(found) == found.entries
        trials = ORACLE[name]["total"]  # of one dimension without flow bins
        assert found.entries >= sum(trials) > np.count_nonzero(trials)


def test_a_stack_and_its_parts() -> None:
    found = read("stack1")
    assert isinstance(found, Collection)
    assert found.stacked
    assert found.title == "a stack"
    for part in found.parts:
        assert isinstance(part, Histogram)
        assert part.axes[0].title == "x"
        assert part.shown == (None, 200.0)


def test_graphs_of_a_multigraph_have_its_titles_and_their_own_options() -> None:
    found = read("multi0")
    assert isinstance(found, Collection)
    assert [part.root_class for part in found.parts] == [
        "TGraph",
        "TGraphErrors",
        "TGraphAsymmErrors",
    ]
    graphs = [part for part in found.parts if isinstance(part, Graph)]
    assert [graph.line for graph in graphs] == [False, True, True]
    assert all(graph.x_title for graph in graphs)


def test_the_arrays_are_read_only() -> None:
    for name in ("TGraphAsymmErrors0", "eff0", "poly0"):
        found = read(name)
        arrays = [
            getattr(found, field)
            for field in found.__struct_fields__
            if isinstance(getattr(found, field), np.ndarray)
        ]
        pairs = (*(getattr(found, "x_errors", None) or ()),)
        for array in (*arrays, *pairs):
            assert not array.flags.writeable, name
    assert isinstance(read("poly0"), Polygons)


def test_a_map_of_shares_has_no_share_where_nobody_tried() -> None:
    (name,) = [name for name, said in ORACLE.items() if said.get("dimension") == 2][:1]
    found = read(name)
    assert isinstance(found, Histogram)
    assert found.efficiency
    assert found.is_profile
    assert found.bin_entries is not None
    assert (found.bin_entries == 0).any()
    assert (found.values()[found.bin_entries[1:-1, 1:-1] > 0] <= 1.0).all()


def test_what_an_axis_shows_and_the_time_it_counts_from() -> None:
    ranged = read("ranged1")
    assert isinstance(ranged, Histogram)
    assert ranged.shown == (0.5, 44.0)
    times = [read(f"time{number}") for number in range(2)]
    assert [found.axes[0].time for found in times] == [True, True]
    assert times[0].axes[0].low == 1e8
    assert times[1].axes[0].low == 1e8 + 1582977600.0  # 2020-02-29 12:00
    assert times[1].values().sum() == 1.0
    trend = read("trend0")  # from 2020-02-29 12:00 on
    assert trend.x_time
    assert trend.x.tolist() == [1582977600.0, 1582977660.0, 1582977720.0]


@pytest.mark.parametrize(
    ("form", "offset"),
    [
        ("%H:%M%F1970-01-01 00:00:00", 0.0),
        ("%d/%m%F2020-02-29 12:00:00s0", 1582977600.0),
        ("%H%F2001-01-01 00:00:01s0.25 GMT", 978307201.25),
        ("%H:%M", 788918400.0),
        ("%F2001-13-99 00:00:00", 788918400.0),
        ("%F99999999999-01-01 00:00:00", 788918400.0),
        ("%F2001-01-01 00:00:00s..", 788918400.0),
        ("", 788918400.0),
    ],
)
def test_the_offset_of_a_time(form: str, offset: float) -> None:
    assert time_offset(form) == offset


def test_what_a_file_asks_to_be_shown_is_written_again() -> None:
    before = [read(name) for name in ("ranged0", "ranged1", "time0", "time1")]
    with DqmFile(root_bytes({"": before})) as file:
        for histogram in before:
            found = file.element(histogram.name)
            assert isinstance(found, Histogram)
            assert found.shown == histogram.shown
            assert found.axes == histogram.axes
            assert found.axes[0].time == histogram.axes[0].time
            ours, theirs = found.axes[0].shown, histogram.axes[0].shown
            assert (ours is None) is (theirs is None)
            if ours is not None and theirs is not None:
                assert ours == pytest.approx(theirs)


GRAPHS = ("TGraph0", "TGraph1", "TGraphErrors1", "TGraphBentErrors0", "eff0", "eff2")


def same_graph(found: object, before: Graph) -> None:
    assert isinstance(found, Graph)
    assert found.root_class == ("TGraphAsymmErrors" if before.y_errors else "TGraph")
    for name in ("title", "x_title", "y_title", "line", "y_shown", "efficiency"):
        assert getattr(found, name) == getattr(before, name), name
    np.testing.assert_array_equal(found.x, before.x)
    np.testing.assert_array_equal(found.y, before.y)
    np.testing.assert_array_equal(found.x_errors or (), before.x_errors or ())
    np.testing.assert_array_equal(found.y_errors or (), before.y_errors or ())


def test_graphs_are_written() -> None:
    before = [read(name) for name in GRAPHS]
    nothing = read_only(np.empty(0))
    before.append(Graph("none", "", "TGraph", nothing, nothing))
    with DqmFile(root_bytes({"": before})) as file:
        for graph in before:
            same_graph(file.element(graph.name), graph)
    crooked = Graph("g", "", "TGraph", np.zeros(2), np.zeros(3))
    with pytest.raises(UnwritableError, match="differ in length"):
        root_bytes({"": [crooked]})


@pytest.mark.slow
@needs_root
def test_root_reads_the_graphs_we_write(tmp_path: Path) -> None:
    path = tmp_path / "graphs.root"
    write_root(path, {"": [read(name) for name in GRAPHS]})
    said = ask(path)
    assert isinstance(said, dict), said
    assert said.keys() == set(GRAPHS)  # beside the marks of efficiencies
    with DqmFile(path) as file:
        for name in GRAPHS:
            assert differences(file.element(name), said[name]) == [], name


# -- intervals -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "method",
    [
        "clopper-pearson",
        "normal",
        "wilson",
        "agresti-coull",
        "feldman-cousins",
        "mid-p",
    ],
)
def test_an_interval_holds_the_share_and_grows_with_its_level(
    method: intervals.Method,
) -> None:
    total = np.array([0.0, 1, 1, 10, 10, 10, 2000, 1e6, 1e7])
    passed = np.array([0.0, 0, 1, 0, 3, 10, 1999, 5e5, 9])
    low, high = intervals.frequentist(method, passed, total, 0.683)
    wide_low, wide_high = intervals.frequentist(method, passed, total, 0.954)
    share = np.divide(passed, total, out=np.zeros(9), where=total > 0)
    inside = slice(1, None)
    slack = 0.1 if method == "agresti-coull" else 1e-8  # not about the share itself
    assert (low[inside] <= share[inside] + slack).all()
    assert (high[inside] >= share[inside] - slack).all()
    assert (wide_low <= low + 1e-8).all()
    assert (wide_high >= high - 1e-8).all()
    assert (low >= 0).all()
    assert (high <= 1).all()


# Of 3 passed of 10 and 40 of 90 at 0.9, ROOT 6.40 before the object is written. Read
# back, it gives those of Clopper and Pearson for all, until the option is set again.
@pytest.mark.parametrize(
    ("method", "down", "up"),
    [
        ("clopper-pearson", (0.212736, 0.089297), (0.306624, 0.092110)),
        ("normal", (0.238362, 0.086155), (0.238362, 0.086155)),
        ("wilson", (0.173123, 0.083282), (0.258300, 0.086525)),
        ("agresti-coull", (0.176407, 0.083297), (0.261584, 0.086540)),
        ("feldman-cousins", (0.184547, 0.084756), (0.316874, 0.089249)),
        ("mid-p", (0.192555, 0.084452), (0.270575, 0.087062)),
    ],
)
def test_intervals_are_those_of_the_option_as_the_producer_saw_them(
    method: intervals.Method, down: tuple[float, ...], up: tuple[float, ...]
) -> None:
    passed, total = np.array([3.0, 40.0]), np.array([10.0, 90.0])
    low, high = intervals.frequentist(method, passed, total, 0.9)
    np.testing.assert_allclose(passed / total - low, down, atol=1e-6)
    np.testing.assert_allclose(high - passed / total, up, atol=1e-6)


def test_the_shortest_interval_is_shorter_and_as_probable() -> None:
    from scipy.special import betainc

    alpha, beta = np.array([2.0, 30.0, 1.5]), np.array([9.0, 4.0, 1.5])
    central = intervals.credible(alpha, beta, 0.683, shortest=False)
    low, high = intervals.credible(alpha, beta, 0.683, shortest=True)
    held = betainc(alpha, beta, high) - betainc(alpha, beta, low)
    np.testing.assert_allclose(held, 0.683, atol=1e-9)
    assert (high - low <= central[1] - central[0] + 1e-12).all()


@pytest.mark.parametrize(
    ("option", "bayesian"),
    [*((each, 0) for each in (0, 1, 2, 3, 4, 8)), (5, 1 << 14), (6, 1 << 14 | 1 << 16)],
)
def test_of_very_many_bins_the_intervals_are_normal_and_said_to_be(
    option: int, bayesian: int
) -> None:
    bins = 200_000
    tried = read_only(np.full(bins + 2, 100.0))
    won = read_only(np.full(bins + 2, 40.0))
    axis = (Axis(bins, 0.0, 1.0),)
    stored = StoredEfficiency(
        "many;x;y", bayesian, (1.0, 1.0), np.empty((0, 2)), 0.683, option, *NOWHERE
    )
    found = efficiency_of(
        stored,
        Histogram("p", "", "TH1D", axis, won),
        Histogram("t", "", "TH1D", axis, tried),
    )
    assert isinstance(found, Graph)
    quick = not bayesian and option in (1, 2, 3)
    assert ("normal intervals: too many bins" in found.title) is not quick
    assert found.y_errors is not None
    np.testing.assert_allclose(found.y_errors[1], 0.049, atol=0.002)


# -- files of other writers ----------------------------------------------------------


def key_list(content: bytes) -> tuple[int, int]:
    with RootFile(content) as file:
        return file.root.seek_keys, file.root.key_bytes


def test_a_list_of_keys_whose_own_size_disagrees_is_read() -> None:
    content = bytearray(root_bytes({"": [plot()]}))
    at, _ = key_list(bytes(content))
    content[at : at + 4] = struct.pack(">I", 58)
    with DqmFile(bytes(content)) as file:
        assert isinstance(file.element("plot"), Histogram)


def test_directories_as_root_5_28_lists_them() -> None:
    # the list has the class with four letters more than the length of the key says
    content = root_bytes({"a": [plot()], "b": [plot()]}, compression="none")
    at, size = key_list(content)
    listed = content[at : at + size]
    assert listed.count(b"\x0aTDirectory") == 2
    longer = listed.replace(b"\x0aTDirectory", b"\x0eTDirectoryFile")
    longer = struct.pack(">I", len(longer)) + longer[4:]
    begin, named = 100, struct.unpack_from(">i", content, 28)[0]
    head = bytearray(content + longer)
    struct.pack_into(">I", head, begin + named + 10, len(longer))
    struct.pack_into(">I", head, begin + named + 26, len(content))
    struct.pack_into(">i", head, 12, len(head))
    with DqmFile(bytes(head)) as file:
        assert {entry.path for entry in file.entries()} == {"a/plot", "b/plot"}
        assert isinstance(file.element("b/plot"), Histogram)


def test_a_directory_below_in_which_nothing_was_written_is_empty() -> None:
    content = bytearray(root_bytes({"a": [plot()], "": [plot()]}, compression="none"))
    with RootFile(bytes(content)) as file:
        key = file.listing(file.root).directories["a"]
    at = key.seek + key.keylen
    content[at + 10 : at + 14] = bytes(4)  # bytes of its list of keys
    content[at + 26 : at + 30] = bytes(4)  # where it is
    with DqmFile(bytes(content)) as file:
        assert [entry.path for entry in file.entries()] == ["plot"]
        folder = file.folder("a")
        assert folder is not None
        assert not folder.elements


def test_a_histogram_without_byte_counts_as_geant4_writes_it() -> None:
    content = root_bytes({"": [plot()]}, compression="none")
    with RootFile(content) as file:
        key = file.listing(file.root).objects["plot"]
        data = file._payload(key)
        described = file._streamers("")
    bare = data[4:6] + data[10:]  # neither that of TH1D nor that of TH1
    changed = Key("plot", 1, "TH1D", key.seek, key.nbytes - 8, len(bare), key.keylen)
    found = Fallback(described, 1000).read(changed, bare)
    assert isinstance(found, Histogram), found
    np.testing.assert_array_equal(found.contents, np.arange(6.0))
    assert found.axes[0].title == "x"


# -- bad input -----------------------------------------------------------------------


@pytest.mark.parametrize("root_class", ["TGraph2D", "TTree"])
def test_a_class_that_is_not_drawn_is_named_with_what_is(root_class: str) -> None:
    content = root_bytes({"": [plot()]}, compression="none")
    with RootFile(content) as file:
        key = file.listing(file.root).objects["plot"]
        other = Key("plot", 1, root_class, key.seek, key.nbytes, key.objlen, key.keylen)
        with pytest.raises(UnreadableClassError, match=f"{root_class}.*histogram|TH2"):
            file.read(other)


def patched(name: str, old: bytes, new: bytes) -> str:
    with RootFile(OBJECTS) as file:
        key = file.listing(file.root).objects[name]
        data = file._payload(key)
        assert data.count(old) >= 1
        broken = data.replace(old, new, 1)
        with pytest.raises((DamagedError, ValueError, struct.error)) as caught:
            file._objects.read(broken, key.root_class, name, key.keylen)
    return str(caught.value)


def test_absurd_counts_are_refused_before_anything_is_made() -> None:
    graph = read("TGraph0")
    count = struct.pack(">iB", len(graph.x), 1)
    words = patched("TGraph0", count, struct.pack(">iB", 2_000_000_000, 1))
    assert "2,000,000,000 points" in words
    words = patched("TGraph0", count, struct.pack(">iB", -5, 1))
    assert "points" in words
    polygons = read("poly0")
    before = b"\0\0\x40\0\0"  # bits and name of the list of bins
    size = before + struct.pack(">i", len(polygons.contents))
    words = patched("poly0", size, before + struct.pack(">i", 900_000_000))
    assert "a list of 900,000,000 objects" in words


def test_a_histogram_of_ten_million_bins_is_read_or_refused_in_words() -> None:
    content = root_bytes({"": [plot(bins=10_000_000)]}, compression="none")
    with DqmFile(content) as file:
        found = file.element("plot")
    assert isinstance(found, Histogram)
    assert found.axes[0].bins == 10_000_000
    with (
        DqmFile(content, limits=Limits(cells=1_000_000)) as file,
        pytest.raises(RootFileError, match="10,000,002 cells; at most 1,000,000"),
    ):
        file.element("plot")


def list_of(count: int, name: str) -> Collection:
    """A TList that holds one object of the file, and points to it again and again."""
    with RootFile(OBJECTS) as file:
        key = file.listing(file.root).objects[name]
        data = file._payload(key)
        inner = b"\xff" * 4 + key.root_class.encode() + b"\0" + data
        first = struct.pack(">I", 0x40000000 | len(inner)) + inner + b"\0"
        head = struct.pack(">HHIIB", 5, 1, 0, 0, 0) + struct.pack(">i", count)
        again = struct.pack(">I", key.keylen + 4 + len(head) + 2) + b"\0"
        body = head + first + again * (count - 1)
        whole = struct.pack(">I", 0x40000000 | len(body)) + body
        found = file._objects.read(whole, "TList", "many", key.keylen)
    assert isinstance(found, Collection)
    return found


def test_of_very_many_plots_some_are_drawn_and_the_rest_is_counted() -> None:
    assert len(list_of(3, "TGraph0").parts) == 3
    found = list_of(50_000, "TGraph0")
    assert len(found.parts) == 200
    assert found.refused == ("49,800 more plots than the 200 drawn",)
    with pytest.raises(DamagedError, match="100,001 objects; at most 100,000"):
        list_of(100_001, "TGraph0")


def test_a_large_object_cannot_be_multiplied() -> None:
    with pytest.raises(DamagedError, match="the same objects many times"):
        list_of(150, "mean0")


def test_objects_cut_short_are_refused() -> None:
    with RootFile(OBJECTS) as file:
        for key in file.listing(file.root).objects.values():
            if key.root_class not in ("TMultiGraph", "TEfficiency", "TH2Poly", "TList"):
                continue
            data = file._payload(key)
            for length in range(0, len(data), max(len(data) // 40, 1)):
                with pytest.raises(NOT_READ):
                    file._objects.read(
                        data[:length], key.root_class, key.name, key.keylen
                    )
