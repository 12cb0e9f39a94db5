"""Maps of 4000 × 4000 bins: read, sent and drawn; and what is too large is said so."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from dqmconsole.engine.tiles import reduced
from dqmconsole.link.codec import decoder, encoder
from dqmconsole.model.frame import Frame, Picture, Tile
from dqmconsole.model.histogram import Axis, Histogram
from dqmconsole.model.message import Up, WatchItem
from dqmconsole.model.run import RunInfo
from dqmconsole.model.verdict import Status, Verdict
from dqmconsole.rootio.dqmfile import DqmFile
from dqmconsole.rootio.errors import RootFileError
from dqmconsole.rootio.file import Limits
from dqmconsole.rootio.write import root_bytes

pytestmark = pytest.mark.slow

BINS = 4000
HOT = (1234, 3210)  # a bin of its own on each axis


@functools.lru_cache(1)
def content_of(root_class: str, *, squares: bool = False) -> bytes:
    kinds = {"F": np.float32, "D": np.float64}
    held = np.ones((BINS + 2, BINS + 2), kinds[root_class[-1]], order="F")
    held[HOT] = 1000.0
    kept = np.ones(held.shape, np.float64, order="F") if squares else None
    axes = (Axis(BINS, 0.0, 1.0), Axis(BINS, 0.0, 1.0))
    made = Histogram("map", "", root_class, axes, held, kept, sums=(0.0,) * 7)
    return root_bytes({"Hcal": [made]}, compression="none")


def read(content: bytes, limits: Limits | None = None) -> Histogram:
    with DqmFile(content, name="run.root", limits=limits) as file:
        found = file.element("Hcal/map")
    assert isinstance(found, Histogram)
    return found


@pytest.mark.parametrize(
    ("root_class", "squares"), [("TH2F", False), ("TH2D", False), ("TH2D", True)]
)
def test_a_large_map_is_read(root_class: str, squares: bool) -> None:
    found = read(content_of(root_class, squares=squares))
    assert found.contents.shape == (BINS + 2, BINS + 2)
    assert found.contents[HOT] == 1000.0
    assert (found.sumw2 is not None) is squares


@pytest.mark.parametrize("whole", [False, True])
def test_a_large_map_goes_over_the_link(whole: bool) -> None:
    found = read(content_of("TH2D"))
    item = WatchItem("Hcal", "Hcal/map", 300, 200, None, whole=whole)
    picture = reduced(Picture(data=found, reference=found), item)
    tile = Tile("Hcal", "Hcal/map", 1, 1, Verdict(Status.GOOD, ""), picture=picture)
    frame = Frame(1, 0.0, "", RunInfo(), (tile,), (), 0.0)
    sent = encoder().encode(frame)
    got = decoder(Up).decode(sent)
    assert isinstance(got, Frame)
    arrived = got.tiles[0].picture
    assert arrived is not None
    assert arrived.data is not None
    assert arrived.whole is whole
    assert arrived.data.contents.max() == 1000.0
    if whole:
        assert arrived.data.contents.shape == (BINS + 2, BINS + 2)
    else:
        assert max(arrived.data.contents.shape) <= 302
        assert len(sent) < 2_000_000


def test_a_whole_map_never_outgrows_a_message() -> None:
    found = read(content_of("TH2D", squares=True))
    picture = Picture(data=found, reference=found)
    item = WatchItem("Hcal", "Hcal/map", 300, 200, whole=True)
    sent = reduced(picture, item)
    for each in (sent.data, sent.reference):
        assert each is not None
        assert each.contents.shape == (2002, 2002)
        assert each.contents.max() == 1000.0
    assert not sent.whole
    kept = WatchItem("Hcal", "Hcal/map", 0, 0, whole=True)
    assert reduced(picture, kept) is picture


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(cells=16_000_000), "16,016,004 cells; at most 16,000,000 are read"),
        (Limits(object_bytes=1 << 20), "bytes; at most 1,048,576 are read"),
    ],
)
def test_what_is_too_large_names_the_limit(limits: Limits, words: str) -> None:
    with pytest.raises(RootFileError, match=words):
        read(content_of("TH2F"), limits)
