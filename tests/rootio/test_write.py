"""What the writer writes, read back by our reader and by uproot; what it refuses."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest
import uproot
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import histograms, names, scalars, texts
from zoo import ask_root, needs_root

from dqmconsole.model.histogram import Axis, Histogram, QualityResult, Scalar
from dqmconsole.rootio.dqmfile import DqmFile
from dqmconsole.rootio.encode import (
    WRITABLE_CLASSES,
    UnwritableError,
    encode_histogram,
)
from dqmconsole.rootio.errors import NotInFileError
from dqmconsole.rootio.write import dqm_tree, root_bytes, write_dqm, write_root

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.model.histogram import Array
    from dqmconsole.rootio.compression import Compression
    from dqmconsole.rootio.write import Element

COMPRESSIONS: tuple[Compression, ...] = ("none", "zlib", "lz4", "zstd")
MADE = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)


def flat(name: str = "plot", value: float = 1.0, bins: int = 3) -> Histogram:
    contents = np.full(bins + 2, value, dtype="f4")
    return Histogram(name, "", "TH1F", (Axis(bins, 0.0, 1.0),), contents)


def assert_same(found: Histogram, expected: Histogram) -> None:
    for field in Histogram.__struct_fields__:
        ours, theirs = getattr(found, field), getattr(expected, field)
        if not isinstance(theirs, np.ndarray):
            assert ours == theirs, field
            continue
        assert ours.dtype == theirs.dtype, field
        assert not ours.flags.writeable, field
        np.testing.assert_array_equal(ours, theirs, err_msg=field)
    for axis, wanted in zip(found.axes, expected.axes, strict=True):
        assert (axis.low, axis.high) == (wanted.low, wanted.high)
        np.testing.assert_array_equal(axis.edges, wanted.edges)


@given(
    histogram=histograms(),
    folder=st.lists(names(), max_size=4).map("/".join),
    compression=st.sampled_from(COMPRESSIONS),
)
def test_a_histogram_comes_back_whole(
    histogram: Histogram, folder: str, compression: Compression
) -> None:
    data = root_bytes({folder: [histogram]}, compression=compression)
    with DqmFile(data) as file:
        found = file.element(f"{folder}/{histogram.name}")
    assert isinstance(found, Histogram)
    assert_same(found, histogram)


@settings(max_examples=40)
@given(histogram=histograms(classes=("TH1L", "TH2L", "TH3L")))
def test_histograms_of_64_bit_integers_come_back_whole(histogram: Histogram) -> None:
    with DqmFile(root_bytes({"": [histogram]})) as file:
        found = file.element(histogram.name)
    assert isinstance(found, Histogram)
    assert_same(found, histogram)


@given(scalar=scalars())
def test_a_scalar_comes_back(scalar: Scalar) -> None:
    with DqmFile(root_bytes({"a": [scalar]})) as file:
        found = file.element(f"a/{scalar.name}")
    assert isinstance(found, Scalar)
    assert type(found.value) is type(scalar.value)
    assert repr(found) == repr(scalar)  # nan differs from itself


@given(
    result=st.builds(
        QualityResult,
        name=names(),
        test=names(),
        code=st.sampled_from([30, 50, 60, 70, 90, 100, 200, 300]),
        result=st.floats(allow_nan=False),
        algorithm=names().map(lambda text: text.replace(":", "")),
        message=texts(),
    )
)
def test_a_quality_result_comes_back(result: QualityResult) -> None:
    with DqmFile(root_bytes({"a": [flat(result.name), result]})) as file:
        folder = file.folder("a")
    assert folder is not None
    assert folder.qualities == {result.name: (result,)}


@settings(max_examples=30)
@given(histogram=histograms(odd=False))
def test_uproot_reads_what_we_write(histogram: Histogram) -> None:
    data = root_bytes({"a/b": [histogram]})
    with uproot.open(io.BytesIO(data)) as file:
        [key] = [k for k in file["a/b"]._keys if k.fClassName != "TObjString"]
        found = key.get()
        assert found.name == histogram.name
        assert found.title == histogram.title
        assert found.classname == histogram.root_class
        assert found.member("fEntries") == histogram.entries
        if histogram.bin_entries is not None:
            kept = np.asarray(found.member("fBinEntries"))
            np.testing.assert_array_equal(kept, histogram.bin_entries.ravel("F"))
        else:
            values = found.values(flow=True)
            np.testing.assert_array_equal(values, histogram.contents)
        for axis, name in zip(histogram.axes, "xyz", strict=False):
            theirs = found.axis(name)
            assert theirs.member("fTitle") == axis.title
            span = axis.high - axis.low
            np.testing.assert_allclose(
                theirs.edges(), axis.edges, rtol=0, atol=1e-12 * span
            )
            if all(axis.labels) and axis.labels:
                assert tuple(theirs.labels()) == axis.labels


def test_uproot_knows_every_class_by_the_file_itself() -> None:
    with uproot.open(io.BytesIO(root_bytes({"": [flat()]}))) as file:
        assert file.file.streamers.keys() >= WRITABLE_CLASSES
        assert file["plot"].values().tolist() == [1.0, 1.0, 1.0]


def test_the_dqm_tree_is_that_of_cms(tmp_path: Path) -> None:
    path = tmp_path / "DQM_V0001_Hcal_R000355555.root"
    folders: dict[str, list[Element]] = {
        "Hcal/DigiTask/Occupancy": [flat(value=4.0)],
        "Hcal": [Scalar("top", 1)],
    }
    write_dqm(path, 355555, folders)
    with uproot.open(path) as file:
        place = "DQMData/Run 355555/Hcal/Run summary/DigiTask/Occupancy/plot"
        assert file[place].values().tolist() == [4.0] * 3
    with DqmFile(path) as ours:
        assert ours.runs == (355555,)
        found = ours.element("Hcal/DigiTask/Occupancy/plot")
        assert isinstance(found, Histogram)
        assert_same(
            found,
            Histogram(
                "plot",
                "",
                "TH1F",
                found.axes,
                flat(value=4.0).contents,
                sums=(0.0,) * 4,
            ),
        )
        assert ours.element("Hcal/top") == Scalar("top", 1)
    assert [*tmp_path.iterdir()] == [path]


@pytest.mark.parametrize(
    ("place", "path"),
    [
        ("DQMData/Reference/Run 7/Hcal/Run summary/Digi", "Hcal/Digi/plot"),
        ("DQMData/Run 7/Reference/Hcal/Digi", "Hcal/Digi/plot"),
        ("DQMData/Run 7/Reference/Run summary/Hcal/Digi", "Hcal/Digi/plot"),
        ("DQMData/Run 7/Reference/Hcal/Run summary/Digi", "Hcal/Digi/plot"),
    ],
)
def test_references_that_the_producer_stored_are_found(place: str, path: str) -> None:
    own = "DQMData/Run 7/Hcal/Run summary/Digi"
    data = root_bytes({own: [flat()], place: [flat(value=2.0)]})
    with DqmFile(data) as file:
        for wanted, value in ((path, 1.0), (f"Reference/{path}", 2.0)):
            found = file.element(wanted)
            assert isinstance(found, Histogram)
            assert found.values().tolist() == [value] * 3
        for nowhere in ("Reference/Hcal/Digi/other", "Reference/Hcal", "Reference/x/y"):
            with pytest.raises(NotInFileError):
                file.element(nowhere)


def test_references_beside_a_plain_tree_are_found() -> None:
    data = root_bytes({"Hcal": [flat()], "Reference/Hcal": [flat(value=2.0)]})
    with DqmFile(data) as file:
        found = file.element("Reference/Hcal/plot")
        assert isinstance(found, Histogram)
        assert found.values().tolist() == [2.0] * 3


def test_an_element_needs_a_subsystem() -> None:
    with pytest.raises(UnwritableError, match="no subsystem"):
        dqm_tree(1, {"/": [flat()]})


def test_the_same_moment_makes_the_same_bytes(tmp_path: Path) -> None:
    folders = {"a/b": [flat()], "c": [Scalar("n", 1)]}
    first = root_bytes(folders, made=MADE)
    assert root_bytes(folders, made=MADE) == first
    other = root_bytes({**folders, "c": [Scalar("n", 2)]}, made=MADE)
    with (
        uproot.open(io.BytesIO(first)) as one,
        uproot.open(io.BytesIO(other)) as two,
        uproot.open(io.BytesIO(root_bytes(folders))) as now,
    ):
        # uproot keeps what it read by the file's UUID: other contents, another one.
        assert len({one.file.uuid, two.file.uuid, now.file.uuid}) == 3
        assert one["a"].created_on.replace(tzinfo=UTC) == MADE
    write_root(tmp_path / "a.root", folders, made=MADE)
    assert (
        root_bytes(folders, name="a.root", made=MADE)
        == (tmp_path / "a.root").read_bytes()
    )


def test_the_last_of_a_name_is_the_newest_cycle() -> None:
    data = root_bytes({"a": [flat(value=1), flat("other"), flat(value=2)]})
    with uproot.open(io.BytesIO(data)) as file:
        assert file["a"].keys() == ["plot;2", "plot;1", "other;1"]
        assert file["a/plot;1"].values()[0] == 1
        assert file["a/plot"].values()[0] == 2


def test_deep_and_empty_folders() -> None:
    deep = "/".join(f"level {n}" for n in range(40))
    data = root_bytes({deep: [flat()], "empty": [], "": [flat("top")]})
    with DqmFile(data) as file:
        assert isinstance(file.element(f"{deep}/plot"), Histogram)
        assert isinstance(file.element("top"), Histogram)
        folder = file.folder("empty")
        assert folder is not None
        assert not folder.elements
    with DqmFile(root_bytes({})) as file:
        assert not list(file.entries())


def test_a_text_too_long_for_a_key_is_kept_by_the_object() -> None:
    long = Scalar("log", "line\n" * 20_000)
    titled = Histogram("h", "t" * 40_000, "TH1F", flat().axes, flat().contents)
    data = root_bytes({"a": [long, titled]})
    with DqmFile(data) as file:
        assert file.element("a/log") == long
        found = file.element("a/h")
    assert isinstance(found, Histogram)
    assert found.title == titled.title
    with uproot.open(io.BytesIO(data)) as theirs:
        assert theirs["a/h"].title == titled.title


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_a_block_of_more_than_16_megabytes(compression: Compression) -> None:
    axis = Axis(3_000_000, 0.0, 1.0)
    contents = np.arange(3_000_002, dtype="f8")
    big = Histogram("big", "", "TH1D", (axis,), contents)
    data = root_bytes({"": [big]}, compression=compression)
    with uproot.open(io.BytesIO(data)) as file:
        np.testing.assert_array_equal(file["big"].values(flow=True), contents)


def test_any_order_of_memory_is_written_alike() -> None:
    axes = (Axis(2, 0.0, 1.0), Axis(3, 0.0, 1.0))
    cells = np.arange(20, dtype="f4").reshape(4, 5)
    made = [
        Histogram("h", "", "TH2F", axes, array)
        for array in (cells, np.asfortranarray(cells), cells.astype(">f8"))
    ]
    assert len({encode_histogram(h) for h in made}) == 1


def test_values_are_only_written_where_they_fit() -> None:
    def made(root_class: str, contents: Array) -> bytes:
        axes = (Axis(1, 0.0, 1.0),)
        return encode_histogram(Histogram("h", "", root_class, axes, contents))

    made("TH1C", np.array([0.0, 127.0, -128.0]))
    made("TH1S", np.array([0, 32767, -32768]))
    made("TH1F", np.array([0.1, np.nan, np.inf]))
    for root_class, bad in (("TH1C", 128), ("TH1S", 1 << 15), ("TH1I", 1 << 31)):
        with pytest.raises(UnwritableError, match="do not fit"):
            made(root_class, np.array([0, bad, 0]))
    for odd in (0.5, np.nan, np.inf):
        with pytest.raises(UnwritableError, match="do not fit"):
            made("TH1I", np.array([0, odd, 0]))


BAD = {
    "none of TH1C": {"root_class": "TH2Poly"},
    "has 1 axes": {"root_class": "TH2F"},
    r"shape \(4,\), not \(5,\)": {"contents": np.zeros(4)},
    "sums instead of 4": {"sums": (1.0, 2.0)},
    "no entries per bin": {"root_class": "TProfile"},
    "has entries per bin": {"bin_entries": np.zeros(5)},
    "2 labels for 3 bins": {"axes": (Axis(3, 0.0, 1.0, labels=("a", "b")),)},
    "one edge more": {"axes": (Axis(3, 0.0, 1.0, variable=np.arange(3.0)),)},
}


@pytest.mark.parametrize("words", BAD)
def test_what_does_not_fit_its_class_is_said(words: str, tmp_path: Path) -> None:
    wrong = {"name": "plot", "title": "", "root_class": "TH1F"}
    wrong |= {"axes": flat().axes, "contents": flat().contents} | BAD[words]
    path = tmp_path / "bad.root"
    path.write_bytes(b"what was there")
    with pytest.raises(UnwritableError, match=words) as caught:
        write_root(path, {"a": [flat("good"), Histogram(**wrong)]})
    assert "'plot'" in str(caught.value)
    assert path.read_bytes() == b"what was there"
    assert [*tmp_path.iterdir()] == [path]


def test_a_profile_with_an_unknown_error_option() -> None:
    cells = np.zeros(5)
    profile = Histogram(
        "p", "", "TProfile", flat().axes, cells, bin_entries=cells, error_mode="x"
    )
    with pytest.raises(UnwritableError, match="error option 'x'"):
        encode_histogram(profile)


def test_a_name_is_an_element_or_a_folder() -> None:
    with pytest.raises(UnwritableError, match="both an element and a folder"):
        root_bytes({"a": [flat("b")], "a/b": [flat()]})


def test_a_time_that_root_cannot_say() -> None:
    with pytest.raises(UnwritableError, match="1995"):
        root_bytes({}, made=datetime(1970, 1, 1, tzinfo=UTC))


def test_an_unknown_compression_names_the_known() -> None:
    with pytest.raises(ValueError, match="none, zlib, lz4, zstd"):
        root_bytes({}, compression="lzo")  # type: ignore[arg-type]


def test_a_folder_that_is_gone_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_root(tmp_path / "gone" / "a.root", {"": [flat()]})
    target = tmp_path / "a.root"
    target.mkdir()
    with pytest.raises(OSError, match=r"a\.root"):
        write_root(target, {"": [flat()]})
    assert [*tmp_path.iterdir()] == [target]


@pytest.mark.slow
@needs_root
@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_root_reads_every_text_and_compression(
    compression: Compression, tmp_path: Path
) -> None:
    path = tmp_path / "a.root"
    elements: list[Element] = [
        flat(bins=200),
        Scalar("n", -3),
        Scalar("x", 0.1),
        Scalar("s", "a/b </s> µ"),
        QualityResult("plot", "Range", 300, 0.25, "ContentsXRange", "3: too low"),
    ]
    write_root(path, {"a/b": elements}, compression=compression)
    found = ask_root(path)
    assert found.pop("a/b/plot")["contents"] == [1.0] * 202
    assert [wanted["text"] for wanted in found.values()] == [
        "<n>i=-3</n>",
        "<x>f=0.10000000000000001</x>",
        "<s>s=a/b </s> µ</s>",
        "<plot.Range>qr=st:300:0.25:ContentsXRange:3: too low</plot.Range>",
    ]
