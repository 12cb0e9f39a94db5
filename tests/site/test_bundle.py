"""Evidence bundles on the disk: whole, the same each time, and hard to fool."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import histograms
from support.bundles import (
    FINE,
    NAMES,
    a_bundle,
    a_plot,
    line,
    rewritten,
    same,
    write_bundle,
)

from dqmconsole.link.codec import encoder
from dqmconsole.model.frame import Expected, Picture, Tile
from dqmconsole.model.histogram import Array, Axis, Histogram, Scalar
from dqmconsole.model.reference import ReferenceNote
from dqmconsole.model.verdict import Status, Verdict
from dqmconsole.rootio.encode import WRITABLE_CLASSES
from dqmconsole.site import bundle as bundle_module
from dqmconsole.site.bundle import (
    FORMAT,
    BundleError,
    is_bundle,
    read_bundle,
    writing,
)
from dqmconsole.site.evidence import KeptPlot

BUNDLES = Path(__file__).parents[1] / "data" / "bundles"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.dqmevidence"


def test_what_is_written_is_read_again(path: Path) -> None:
    before = a_bundle()
    written = write_bundle(path, before)
    after = read_bundle(path)
    assert same(before.plots, after.plots)
    assert same(before.site, after.site)
    assert after.picture == before.picture
    hashes = after.manifest.members
    assert set(hashes) == {"data.root", "picture.png"}
    assert msgspec.structs.replace(after.manifest, members={}) == before.manifest
    data = path.read_bytes()
    assert written.size == len(data)
    assert written.hash == hashlib.blake2b(data, digest_size=16).hexdigest()
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_equal_bundles_have_equal_bytes(tmp_path: Path) -> None:
    one = write_bundle(tmp_path / "one.dqmevidence", a_bundle())
    other = write_bundle(tmp_path / "other.dqmevidence", a_bundle())
    assert one == other
    assert one != write_bundle(
        tmp_path / "third.dqmevidence", a_bundle(words="another word")
    )


def test_the_manifest_says_all_but_the_bins(path: Path) -> None:
    write_bundle(path, a_bundle())
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        manifest = json.loads(archive.read("manifest.json"))
    assert manifest["run"]["conditions"]["feds"] == [1, 50, 700]
    assert manifest["run"]["conditions"]["subsystems"] == NAMES
    (plot,) = manifest["plots"]
    assert plot["data"]["folder"] == "DQMData/Run 7/Hcal/Run summary/Digi"
    assert plot["reference"]["folder"] == "Reference/Run 3/Hcal/Digi"
    assert plot["data"]["object"] == "occ"


ODD = ReferenceNote(3, scale=np.nan)
CUBE = Histogram(
    "cube", "", "TProfile3D", (Axis(1, 0.0, 1.0),) * 3, np.ones((3, 3, 3)),
    bin_entries=np.full((3, 3, 3), 2.0), sumw2=np.full((3, 3, 3), np.inf),
)  # fmt: skip


@pytest.mark.parametrize(
    "histogram",
    [
        line([0, 1, 0], root_class="THnSparseD"),
        line([0, 0.1, 0], root_class="TH1F"),  # doubles that floats do not hold
        line([0, 1, 0], sums=(1.0, np.nan)),
        line([0, 1, 0], entries=np.inf, sums=(np.nan, -np.inf, 0.1, 1.0)),
        line([0, 1, 0], name="a/b"),
        line([0, 1, 0], name=""),
        line([0, 1, 0], name="x" * 40_000, title="µ" * 40_000),
        line([0, 1, 0], contents=np.array([0, 200, 0], dtype=np.uint8)),
        line([0, 1, 0], contents=np.array([0, 1 << 62, 0])),
        line([0, 1, 0], contents=np.array([False, True, False])),
        line([0, 1, 0], efficiency=True, y_title="events"),
        line([0, 1, 0], sumw2=np.array([0, 0.1, 0], dtype=np.float32)),
    ],
)  # fmt: skip
def test_every_histogram_comes_back_as_it_was(path: Path, histogram: Histogram) -> None:
    plots = (a_plot(histogram, reference=histogram, note=ODD),)
    write_bundle(path, a_bundle(*plots))
    assert same(read_bundle(path).plots, plots)


def measured(**arrays: object) -> tuple[KeptPlot, ...]:
    """A plot of three bins with what its verdict measured against."""
    kept = a_plot(line([0, 1, 2, 3, 0]))
    assert kept.tile.picture is not None
    expected = Expected(first_bad=3, **arrays)  # type: ignore[arg-type]
    picture = msgspec.structs.replace(kept.tile.picture, expected=expected)
    tile = msgspec.structs.replace(kept.tile, picture=picture)
    return (msgspec.structs.replace(kept, tile=tile),)


@pytest.mark.parametrize("offending", [[], [0, 2]])
def test_what_a_verdict_measured_against_is_kept(
    path: Path, offending: list[int]
) -> None:
    plots = measured(
        low=np.array([0.0, np.nan, 1.0]),
        high=np.array([1.0, np.nan, 2.0]),
        offending=np.array(offending, np.int64),
        pulls=np.array([-7.5, 0.0, 9.25], np.float32),
    )
    write_bundle(path, a_bundle(*plots))
    assert same(read_bundle(path).plots, plots)


@pytest.mark.parametrize(
    "arrays",
    [
        {"offending": np.array([3])},
        {"offending": np.array([-1])},
        {"pulls": np.zeros(4, np.float32)},
    ],
)
def test_bins_at_fault_that_are_none_of_the_plots_are_refused(
    path: Path, arrays: dict[str, Array]
) -> None:
    write_bundle(path, a_bundle(*measured(**arrays)))
    with pytest.raises(BundleError):
        read_bundle(path)


def test_what_no_class_of_roots_holds_is_kept_by_its_arrays(path: Path) -> None:
    tile = Tile("c", "Hcal/cube", 7, 1, FINE, picture=Picture(None, text="3-D"))
    plots = (KeptPlot(tile, "overlay", undrawn=CUBE),)
    write_bundle(path, a_bundle(*plots))
    assert same(read_bundle(path).plots, plots)


def test_what_no_integer_of_roots_holds_is_refused_in_words(path: Path) -> None:
    much = line([0, 1, 0], contents=np.array([0, 1 << 63, 0], dtype=np.uint64))
    with pytest.raises(BundleError, match="do not fit the class's integers"):
        write_bundle(path, a_bundle(a_plot(much)))
    assert not list(path.parent.iterdir())


def test_elements_of_one_place_are_all_kept(path: Path) -> None:
    plots = (
        a_plot(line([0, 1, 0])),
        a_plot(line([0, 2, 0])),  # a moment later
        a_plot(line([0, 1, 0])),
        a_plot(line([0, 3, 0]), "Hcal/Digi"),
        a_plot(line([0, 4, 0]), "Hcal/Digi/occ/occ"),
        a_plot(line([0, 5, 0]), "occ"),
        a_plot(line([0, 6, 0], name="Digi"), "Hcal/Digi"),
    )
    write_bundle(path, a_bundle(*plots))
    assert same(read_bundle(path).plots, plots)


@given(histogram=histograms(classes=tuple(WRITABLE_CLASSES)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_histograms_of_files_come_back(path: Path, histogram: Histogram) -> None:
    tile = Tile("c", f"Hcal/{histogram.name}", 7, 1, FINE, picture=Picture(None))
    plots = (KeptPlot(tile, "overlay", undrawn=histogram),)
    write_bundle(path, a_bundle(*plots))
    assert same(read_bundle(path).plots, plots)


@pytest.mark.parametrize("name", ["plots", "undrawn", "left-out"])
def test_an_earlier_bundle_is_written_again_as_it_was(path: Path, name: str) -> None:
    before = read_bundle(BUNDLES / f"format-1-{name}.dqmevidence")
    write_bundle(path, before)
    after = read_bundle(path)

    def bare(kept: KeptPlot) -> KeptPlot:
        picture = kept.tile.picture
        if picture is None:
            return kept
        picture = msgspec.structs.replace(picture, comparison=None)
        tile = msgspec.structs.replace(kept.tile, picture=picture)
        return msgspec.structs.replace(kept, tile=tile)

    assert same(after.plots, tuple(map(bare, before.plots)))
    assert same(after.site, before.site)
    assert after.picture == before.picture
    assert after.manifest.format == FORMAT
    fresh = msgspec.structs.replace(after.manifest, members={}, format=1)
    assert fresh == msgspec.structs.replace(before.manifest, members={})


def test_scalars_and_plots_without_a_picture(path: Path) -> None:
    gone = Tile("k", "Hcal/x", 0, 1, Verdict(Status.MISSING, "not in this run"))
    text = Tile("t", "Hcal/t", 7, 1, FINE, picture=Picture(None, text="on"))
    plots = (
        KeptPlot(gone, "overlay"),
        KeptPlot(text, "overlay", scalar=Scalar("t", "on")),
    )
    write_bundle(path, a_bundle(*plots, made_at=0.0))
    assert same(read_bundle(path).plots, plots)


def test_until_the_last_step_the_old_file_stands(path: Path) -> None:
    write_bundle(path, a_bundle())
    old = path.read_bytes()
    for steps in range(8):
        job = writing(path, a_bundle(words="newer"))
        for _ in range(steps):
            next(job)
        job.close()
        assert path.read_bytes() == old
        assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_what_would_not_be_read_again_is_not_written(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle_module, "LARGEST_MEMBER", 100)
    with pytest.raises(BundleError, match="too much for one bundle"):
        write_bundle(path, a_bundle())
    assert not list(path.parent.iterdir())


def test_what_is_not_sound_is_not_written(path: Path) -> None:
    with pytest.raises(BundleError, match="Hcal/Digi/occ: bins of shape"):
        write_bundle(path, a_bundle(a_plot(line([0, 1, 0], sumw2=np.ones(9)))))
    assert not list(path.parent.iterdir())


@pytest.mark.parametrize(
    "axis",
    [
        Axis(2, 1.0, 1.0),
        Axis(2, 0.0, 2.0, np.array([0.0, 0.0, 2.0])),
        Axis(2, 0.0, 2.0, labels=("a", "")),
    ],
)
def test_odd_axes_that_files_may_have_are_kept(path: Path, axis: Axis) -> None:
    plots = (a_plot(line([0, 1, 2, 0], axes=(axis,))),)
    write_bundle(path, a_bundle(*plots))
    assert same(read_bundle(path).plots, plots)


def test_it_is_known_by_its_name(tmp_path: Path) -> None:
    assert is_bundle(tmp_path / "A.DQMEvidence")
    assert not is_bundle(tmp_path / "a.root")


# -- what was not written by us ----------------------------------------------


def tiles(*plots: KeptPlot) -> dict[str, bytes | None]:
    return {"tiles.msgpack": encoder().encode(plots)}


NEVER = json.dumps(
    {"format": 1, "program": "", "title": "", "made_at": 1e300, "keys": []}
).encode()
LABELLED = Axis(1, 0.0, 1.0, labels=("a", "b"))
NEWER = json.dumps({"format": FORMAT + 1, "program": "9.9", "new": [1]}).encode()
DEEP = b"\x91" * 100_000 + b"\xc0"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"manifest.json": None}, "no manifest.json"),
        ({"manifest.json": b"{"}, "manifest.json is none of ours"),
        ({"manifest.json": b'{"format": 1}'}, "none of ours"),
        ({"manifest.json": NEWER}, "written by dqmconsole 9.9 in format 3"),
        ({"manifest.json": NEVER}, "a time that never is"),
        ({"tiles.msgpack": None}, "tiles.msgpack is missing"),
        ({"tiles.msgpack": b""}, "tiles.msgpack is damaged"),
        ({"tiles.msgpack": DEEP}, "tiles.msgpack has values more than 64 deep"),
        ({"site.msgpack": b"\x80"}, "site.msgpack is damaged"),
        (tiles(a_plot(line([0, 1, 0], axes=(Axis(9, 0.0, 1.0),)))), "the axes have"),
        (tiles(a_plot(line([0, 1, 0], axes=()))), "0 axes"),
        (tiles(a_plot(line([0, 1, 0], axes=(Axis(1, 1.0, 0.0),)))), "an axis of 1"),
        (
            tiles(a_plot(line([0, 1, 0], axes=(Axis(1, 0.0, np.nan),)))),
            "an axis of 1",
        ),
        (
            tiles(a_plot(line([0, 1, 0], axes=(LABELLED,)))),
            "an axis of 1",
        ),
        (
            tiles(a_plot(line([0, 1, 0]), reference=line([0, 1, 1, 0]))),
            "data and reference",
        ),
        (
            tiles(a_plot(line([0, 1, 0], sumw2=np.ones((3, 3))))),
            "bins of shape",
        ),
    ],
)  # fmt: skip
def test_what_is_not_ours_is_refused_in_words(
    path: Path, changes: dict[str, bytes | None], words: str
) -> None:
    rewritten(path, changes)
    with pytest.raises(BundleError, match=words) as caught:
        read_bundle(path)
    assert str(path) in str(caught.value)


def test_a_member_that_was_exchanged_is_noticed(path: Path) -> None:
    rewritten(path, tiles(a_plot(line([0, 9, 0]))), honest=False)
    with pytest.raises(BundleError, match="not the one that the manifest speaks of"):
        read_bundle(path)


def test_an_object_array_is_no_array(path: Path) -> None:
    def hook(value: object) -> object:
        assert isinstance(value, np.ndarray)
        return ("|O", value.shape, False, b"\0" * 8 * value.size)

    pickled = msgspec.msgpack.Encoder(enc_hook=hook).encode((a_plot(line([0, 1, 0])),))
    rewritten(path, {"tiles.msgpack": pickled})
    with pytest.raises(BundleError, match="not sent here"):
        read_bundle(path)


def test_a_bomb_is_not_unpacked(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle_module, "LARGEST_MEMBER", 1 << 16)
    rewritten(path, {"tiles.msgpack": bytes(1 << 20)})
    with pytest.raises(BundleError, match="would have more than"):
        read_bundle(path)
    # and one that lies of its size is counted
    lie = path.read_bytes().replace(
        (1 << 20).to_bytes(4, "little"), (1000).to_bytes(4, "little")
    )
    path.write_bytes(lie)
    with pytest.raises(BundleError):
        read_bundle(path)


def test_only_our_compression_is_unpacked(path: Path) -> None:
    rewritten(path, {}, compression=zipfile.ZIP_LZMA)
    with pytest.raises(BundleError, match="compressed in a way that is not ours"):
        read_bundle(path)


def test_a_long_list_of_members_is_not_read(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(2000):
            archive.writestr(f"member {number}", b"")
    with pytest.raises(BundleError, match="list of members is too long"):
        read_bundle(path)


def test_names_that_lead_elsewhere_lead_nowhere(path: Path, tmp_path: Path) -> None:
    rewritten(path, {"../../evil": b"x", "/etc/evil": b"x"})
    assert read_bundle(path).manifest.title == "a hole"
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_doubled_and_countless_members_are_refused(path: Path) -> None:
    rewritten(path, {f"more{number}": b"" for number in range(300)})
    with pytest.raises(BundleError, match="members"):
        read_bundle(path)
    write_bundle(path, a_bundle())
    with (
        zipfile.ZipFile(path, "a") as archive,
        pytest.warns(UserWarning, match="Duplicate"),
    ):
        archive.writestr("data.root", b"other")
    with pytest.raises(BundleError, match="doubled"):
        read_bundle(path)


def test_one_whose_begin_is_cut_off_is_damaged(path: Path) -> None:
    write_bundle(path, a_bundle())
    path.write_bytes(path.read_bytes()[100:])
    with pytest.raises(BundleError, match="no evidence bundle, or a damaged one"):
        read_bundle(path)


def test_what_the_disk_says_is_not_called_damage(path: Path) -> None:
    path.mkdir()
    with pytest.raises(IsADirectoryError):
        read_bundle(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"root", b"PK\x05\x06" * 9])
def test_no_zip_at_all(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(BundleError, match="no evidence bundle"):
        read_bundle(path)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    path = tmp_path_factory.mktemp("bundles") / "a.dqmevidence"
    write_bundle(path, a_bundle())
    return path, path.read_bytes()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_bytes_are_refused_or_harmless(
    whole: tuple[Path, bytes], data: st.DataObject
) -> None:
    path, content = whole
    place = st.integers(0, len(content) - 1)
    damaged = bytearray(content)
    for at, value in data.draw(
        st.lists(st.tuples(place, st.integers(0, 255)), min_size=1, max_size=4)
    ):
        damaged[at] = value
    if data.draw(st.booleans()):
        del damaged[data.draw(place) :]
    path.write_bytes(damaged)
    try:
        found = read_bundle(path)
    except BundleError:
        return
    # the hashes of what is shown were right
    assert same(found.plots, a_bundle().plots)


def test_a_wrong_shape_never_reaches_numpy(path: Path) -> None:
    def hook(value: object) -> object:
        assert isinstance(value, np.ndarray)
        array: Array = np.ascontiguousarray(value)
        return (array.dtype.str, (1 << 40, 1 << 40), False, array.tobytes())

    packed = msgspec.msgpack.Encoder(enc_hook=hook).encode((a_plot(line([0, 1, 0])),))
    rewritten(path, {"tiles.msgpack": packed})
    with pytest.raises(BundleError, match="an array of shape"):
        read_bundle(path)
