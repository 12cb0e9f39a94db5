from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest
from support.waiting import PATIENCE

from dqmconsole.link.channel import MOST_BYTES, Channel
from dqmconsole.model.frame import Frame, Picture, RunFact, Tile
from dqmconsole.model.histogram import Axis, Histogram
from dqmconsole.model.message import (
    Down,
    Exported,
    Receipt,
    Search,
    Up,
    Watch,
    WatchItem,
)
from dqmconsole.model.run import RunInfo
from dqmconsole.model.verdict import Status, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

Ends = tuple[Channel, Channel]


@pytest.fixture
def ends() -> Iterator[Ends]:
    ours, theirs = socket.socketpair()
    console = Channel(ours, Up, "console")
    engine = Channel(theirs, Down, "engine")
    yield console, engine
    console.close()
    engine.close()


def map_frame(sequence: int, side: int) -> Frame:
    data = Histogram(
        name="m",
        title="",
        root_class="TH2F",
        axes=(Axis(side - 2, 0, 1), Axis(side - 2, 0, 1)),
        contents=np.full((side, side), sequence, dtype=np.float32),
    )
    tile = Tile(
        key="map",
        path="m",
        run=1,
        version=sequence,
        verdict=Verdict(Status.GOOD, ""),
        picture=Picture(data=data),
    )
    return Frame(
        sequence=sequence,
        sent=0.0,
        site="",
        run=RunInfo(),
        tiles=(tile,),
        facts=(RunFact(1, str(sequence)),),
    )


def frames_until(console: Channel, last: int) -> list[Frame]:
    frames: list[Frame] = []
    while not frames or frames[-1].sequence < last:
        assert console.wait(PATIENCE), "nothing came"
        frames += [found for found in console.receive() if isinstance(found, Frame)]
    return frames


def test_messages_cross_both_ways(ends: Ends) -> None:
    console, engine = ends
    console.put(Search(request=7, text="occupancy"))
    assert engine.wait(PATIENCE)
    assert engine.receive() == [Search(request=7, text="occupancy")]
    engine.put(map_frame(1, 100))
    (frame,) = frames_until(console, 1)
    picture = frame.tiles[0].picture
    assert picture is not None
    assert picture.data is not None
    assert picture.data.contents.sum() == 10000


def test_a_put_does_not_wait_for_a_reader_that_stands_still() -> None:
    ours, theirs = socket.socketpair()
    engine = Channel(theirs, Down, "engine")
    for sequence in range(1, 60):
        # 4 MB each: the socket's buffer is full at once, a put that waited
        # for the reader would wait for ever
        engine.put(map_frame(sequence, 1000))
    console = Channel(ours, Up, "console")
    frames = frames_until(console, 59)
    assert len(frames) < 59, "pictures were merged while nobody read"
    facts = [
        fact.sentence
        for frame in frames
        for fact in frame.facts
        if isinstance(fact, RunFact)
    ]
    assert facts == [str(number) for number in range(1, 60)]
    console.close()
    engine.close()


def test_no_more_is_read_while_enough_waits_and_pictures_merge_where_they_come_from(
    ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dqmconsole.link.channel.INBOX_BYTES", 1)
    console, engine = ends
    engine.put(map_frame(1, 1000))
    assert console.wait(PATIENCE), "nothing came"
    for sequence in range(2, 60):
        engine.put(map_frame(sequence, 1000))
    first = console.receive()
    assert len(first) == 1
    frames = [*first, *frames_until(console, 59)]
    assert len(frames) < 59
    assert [fact for each in frames for fact in each.facts] == [  # type: ignore[union-attr]
        RunFact(1, str(number)) for number in range(1, 60)
    ]


def test_closing_one_end_ends_the_other(ends: Ends) -> None:
    console, engine = ends
    engine.close()
    assert not console.wait(PATIENCE)
    assert console.closed
    console.put(Search(request=1, text="x"))
    assert console.receive() == []


def test_both_ends_sending_at_once_do_not_lock(ends: Ends) -> None:
    console, engine = ends
    for number in range(1, 200):
        engine.put(map_frame(number, 300))
        console.put(Search(request=number, text="x" * 5000))
    frames_until(console, 199)
    seen: list[int] = []
    while not seen or seen[-1] < 199:
        assert engine.wait(PATIENCE)
        seen += [m.request for m in engine.receive() if isinstance(m, Search)]
    assert seen == list(range(1, 200))


def test_closing_with_a_linger_sends_the_last_word(ends: Ends) -> None:
    console, engine = ends
    engine.put(map_frame(1, 1500))
    engine.close(linger=PATIENCE)
    assert [frame.sequence for frame in frames_until(console, 1)] == [1]


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (struct.pack("<I", 5) + b"noise", "not a message of ours"),
        (struct.pack("<I", MOST_BYTES + 1), "bytes on the link"),
    ],
)
def test_noise_ends_the_link_with_words(
    raw: bytes, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    ours, theirs = socket.socketpair()
    console = Channel(ours, Up, "console")
    theirs.sendall(raw)
    console.wait(PATIENCE)
    console.close()
    theirs.close()
    assert words in console.trouble
    assert words in caplog.text


@pytest.mark.parametrize("of_engine", [False, True])
def test_a_request_or_an_answer_that_cannot_be_sent_is_answered_with_the_reason(
    ends: Ends, caplog: pytest.LogCaptureFixture, of_engine: bool
) -> None:
    console, engine = ends
    if of_engine:
        engine.put(Exported(7, "\udcff", 1))
    else:
        console.put(Search(request=7, text="\udcff"))
    assert console.wait(PATIENCE)
    (answer,) = console.receive()
    assert isinstance(answer, Receipt)
    assert (answer.request, answer.done) == (7, False)
    assert answer.sentence.startswith("it cannot be sent: ")
    assert "surrogates not allowed" in answer.sentence
    assert "cannot be sent" in caplog.text
    caplog.clear()
    console.put(Search(request=8, text="a"))
    assert engine.wait(PATIENCE)  # the link goes on


def test_what_cannot_be_sent_ends_the_link_with_words(
    ends: Ends, caplog: pytest.LogCaptureFixture
) -> None:
    console, engine = ends
    console.put(Watch((WatchItem("k", "\udcff", 1, 1),)))
    assert not engine.wait(PATIENCE)
    assert engine.closed
    assert "cannot be sent" in console.trouble
    assert "cannot be sent" in caplog.text
    caplog.clear()
