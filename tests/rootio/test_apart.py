"""Objects read by a child: whatever it does, the one who asks gets an answer."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import psutil
import pytest
from support.waiting import PATIENCE

from dqmconsole.model.histogram import Axis, Histogram
from dqmconsole.rootio.apart import COMMAND, Answer, ReaderApart, Request
from dqmconsole.rootio.errors import UnreadableClassError
from dqmconsole.rootio.file import RootFile
from dqmconsole.rootio.write import root_bytes

ODD = Path(__file__).parents[1] / "data" / "odd.root"
READY = "import os, signal, socket, sys; s = socket.socket(fileno=int(sys.argv[1]));"
CHILDREN = {
    "hangs": "s.send(b'ready'); signal.pause()",
    "dies": "s.send(b'ready'); s.recv(9); os.kill(os.getpid(), signal.SIGSEGV)",
    "babbles": "s.send(b'ready'); s.recv(9); h = os.memfd_create('x');"
    "os.write(h, b'no answer'); socket.send_fds(s, [b'done'], [h])",
}


def request(place: str = "cube") -> Request:
    with RootFile(ODD) as file:
        key = file.listing(file.root).objects[place]
        return Request(key, file._payload(key), *file._streamers(""), 1000)


def test_an_object_is_read_and_nothing_is_left() -> None:
    reader = ReaderApart()
    found = reader.read("one", request)
    assert isinstance(found, Answer)
    assert isinstance(found.histogram, Histogram)
    assert found.histogram.contents.shape == (4, 4, 4)
    assert np.isfinite(found.histogram.contents).all()
    child = psutil.Process(reader.pid)
    most, _ = child.rlimit(psutil.RLIMIT_AS)
    assert 0 < most < 8 << 30, "bytes it may have"
    assert reader.read("two", lambda: request("named")) == Answer(
        refusal="it is not a histogram"
    )
    assert reader.pid == child.pid, "one child for all"
    reader.close()
    assert not child.is_running()


def test_words_that_are_not_utf_8_are_read_as_latin_1() -> None:
    axis = Axis(2, 0.0, 1.0, title="x [um]", labels=("a um", ""))
    made = Histogram("h", "in um", "TH1D", (axis,), np.ones(4))
    content = root_bytes({"": [made]}, compression="none")
    with RootFile(content) as file:
        key = file.listing(file.root).objects["h"]
        data = file._payload(key).replace(b"um", b"\xb5m")
        latin = Request(key, data, *file._streamers(""), 1000)
    reader = ReaderApart()
    answer = reader.read("one", lambda: latin)
    reader.close()
    assert answer is not None
    assert answer.histogram is not None, answer.refusal
    (found,) = answer.histogram.axes
    words = (answer.histogram.title, found.title, *found.labels)
    assert words == ("in \xb5m", "x [\xb5m]", "a \xb5m", "")


def test_who_has_no_patience_asks_again() -> None:
    reader = ReaderApart(patience=0.0)
    assert reader.read("one", request) is None
    found = None
    while found is None:
        found = reader.read("one", request)
    assert isinstance(found.histogram, Histogram)
    reader.close()


@pytest.mark.parametrize(
    ("kind", "words"),
    [("hangs", "took more than"), ("dies", "ended the process"), ("babbles", "sense")],
)
def test_what_breaks_the_child_is_not_tried_again(kind: str, words: str) -> None:
    command = (sys.executable, "-c", READY + CHILDREN[kind])
    reader = ReaderApart(command=command, seconds=0.1 if kind == "hangs" else PATIENCE)
    found = reader.read("one", request)
    assert found is not None
    assert words in found.refusal
    assert "not tried again" in found.refusal
    assert not reader.pid
    assert reader.read("one", request) is found
    assert not reader.pid, "no child was started for it"
    other = reader.read("another", request)
    assert other is not None
    assert other is not found
    reader.close()


def test_a_file_changed_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = (sys.executable, "-c", READY + CHILDREN["dies"])
    reader = ReaderApart(command=command)
    monkeypatch.setattr("dqmconsole.rootio.file.SHARED", reader)
    path = tmp_path / "odd.root"
    path.write_bytes(ODD.read_bytes())

    def read() -> str:
        with RootFile(path) as file:
            key = file.listing(file.root).objects["cube"]
            with pytest.raises(UnreadableClassError) as caught:
                file.read(key, "cube")
        return str(caught.value)

    assert "cube: objects of class TProfile3D cannot be read (reading it" in read()
    monkeypatch.setattr(reader, "_command", COMMAND)
    assert "not tried again until the file changes" in read()
    assert not reader.pid
    path.unlink()
    path.write_bytes(ODD.read_bytes())
    os.utime(path, ns=(1, 1))
    with RootFile(path) as file:
        found = file.read(file.listing(file.root).objects["cube"], efficiency=True)
    assert isinstance(found, Histogram)
    assert found.efficiency
    reader.close()


def test_a_child_that_cannot_start_is_said() -> None:
    for command in ((sys.executable, "-c", "raise SystemExit"), ("/no/such/program",)):
        reader = ReaderApart(command=command)
        found = reader.read("one", request)
        assert found is not None
        assert "process" in found.refusal
        reader.close()
