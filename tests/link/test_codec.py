from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dqmconsole.link.codec import LinkError, decoder, encoder
from dqmconsole.model.cause import extent_of
from dqmconsole.model.frame import Frame, Picture, Tile
from dqmconsole.model.histogram import Array, Axis, Histogram
from dqmconsole.model.message import Down, Up, Watch, WatchItem
from dqmconsole.model.run import RunInfo
from dqmconsole.model.verdict import CheckResult, Status, Verdict


def frame_with(contents: Array) -> Frame:
    axes = tuple(Axis(bins=max(1, size - 2), low=0, high=1) for size in contents.shape)
    data = Histogram(
        name="h", title="", root_class="TH1F", axes=axes, contents=contents
    )
    tile = Tile(
        key="k",
        path="p",
        run=1,
        version=1,
        verdict=Verdict(Status.GOOD, "fine"),
        picture=Picture(data=data),
    )
    return Frame(sequence=1, sent=0.0, site="", run=RunInfo(), tiles=(tile,))


def sent_over(contents: Array) -> Array:
    wire = encoder().encode(frame_with(contents))
    back = decoder(Up).decode(wire)
    picture: Array = back.tiles[0].picture.data.contents
    return picture


@given(
    hnp.arrays(
        dtype=st.sampled_from(["<f4", "<f8", "<i4", "<i2", "|i1", "<i8", ">f4"]),
        shape=hnp.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=7),
    ),
    st.booleans(),
)
def test_an_array_arrives_as_it_was_sent(array: Array, fortran: bool) -> None:
    sent = np.asfortranarray(array) if fortran else array
    back = sent_over(sent)
    assert back.dtype == array.dtype
    assert back.shape == array.shape
    assert back.tobytes() == array.tobytes()


def test_an_array_that_arrived_cannot_be_written() -> None:
    back = sent_over(np.ones((4, 5), order="F"))
    with pytest.raises(ValueError, match="read-only"):
        back[0, 0] = 2


@pytest.mark.parametrize(
    "forged",
    [
        ("<f4", [3], False, b"12345678"),
        ("<f4", [-2], False, b""),
        ("|O", [1], False, b"12345678"),
        ("no such type", [1], False, b"1"),
        ("<f4", [1 << 40, 1 << 40], False, b"1234"),
        ("<f4", [1, 1, 1, 1, 1], False, b"1234"),
        "text",
        7,
    ],
)
def test_a_forged_array_is_refused(forged: object) -> None:
    wire = msgspec.msgpack.decode(encoder().encode(frame_with(np.ones(3))))
    wire["tiles"][0]["picture"]["data"]["contents"] = forged
    with pytest.raises((LinkError, msgspec.ValidationError)):
        decoder(Up).decode(msgspec.msgpack.encode(wire))


def test_how_and_where_data_are_wrong_may_be_left_out() -> None:
    """Evidence of earlier versions holds verdicts that do not tell it."""
    check = CheckResult("holes", Status.BAD, "a hole", family="missing")
    extent = extent_of(("wheel",), [("-2",)])
    told = Verdict(Status.BAD, "a hole", checks=(check,), extent=extent)
    wire = encoder().encode(told)
    assert decoder(Verdict).decode(wire) == told
    plain = msgspec.msgpack.decode(wire)
    assert isinstance(plain, dict)
    del plain["extent"], plain["checks"][0]["family"]
    back = decoder(Verdict).decode(msgspec.msgpack.encode(plain))
    assert (back.extent, back.checks[0].family) == (None, None)


def test_a_message_of_the_other_direction_is_refused() -> None:
    wire = encoder().encode(Watch(items=(WatchItem("k", "p", 1, 1),)))
    assert decoder(Down).decode(wire).items[0].key == "k"
    with pytest.raises(msgspec.ValidationError):
        decoder(Up).decode(wire)


@given(st.binary(max_size=200))
def test_noise_is_refused_in_order(noise: bytes) -> None:
    with pytest.raises((msgspec.MsgspecError, LinkError)):
        decoder(Up).decode(noise)
