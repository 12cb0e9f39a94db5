"""Small files that ask for gigabytes: refused before anything of that size is made.

Each is read by a child whose address space is limited: more than that is an error.
"""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dqmconsole.model.histogram import Axis, Histogram
from dqmconsole.rootio.dqmfile import DqmFile
from dqmconsole.rootio.fallback import small_file
from dqmconsole.rootio.file import RootFile
from dqmconsole.rootio.write import root_bytes

ODD = Path(__file__).parents[1] / "data" / "odd.root"
ROOM = 64 << 20  # bytes above what the child has when it begins to read

READ = """
import resource
import sys
from pathlib import Path
import uproot
from dqmconsole.rootio import fallback
from dqmconsole.rootio.file import RootFile
content = Path(sys.argv[1]).read_bytes()
pages = int(Path("/proc/self/statm").read_text().split()[0])
most = pages * resource.getpagesize() + int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_AS, (most, most))
with RootFile(content) as file:
    (key,) = file.listing(file.root).objects.values()
    try:
        if sys.argv[3] == "uproot":
            reader = fallback.Fallback(file._streamers(""), file._limits.cells)
            found = reader.read(key, file._payload(key))
        else:
            found = file.read(key)
    except ValueError as error:
        found = error
    print(found)
"""


def said(content: bytes, folder: Path, reader: str = "") -> str:
    """What reading the one object of a file comes to, in a child of little room."""
    path = folder / "small.root"
    path.write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path), str(ROOM), reader],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def patched_payload(path: str, old: bytes, new: bytes) -> bytes:
    """A file of one object of `odd.root`, in which some bytes are others."""
    with RootFile(ODD) as file:
        key = file.listing(file.root).objects[path]
        data = file._payload(key)
        assert old in data
        return small_file(key, data.replace(old, new, 1), file._streamers(""))


def test_a_class_of_uproots_with_more_bins_than_contents(tmp_path: Path) -> None:
    bins = struct.pack(">Idd", 2, 0.0, 1.0)
    many = struct.pack(">Idd", 900_000_000, 0.0, 1.0)
    words = said(patched_payload("cube", bins, many), tmp_path, "uproot")
    assert words.strip() == "an axis of 900,000,000 bins, but only 64 contents"


@pytest.mark.parametrize("root_class", ["TH1C", "TH2D", "TH3F", "TProfile2D"])
def test_labelled_axes_with_more_bins_than_contents(
    tmp_path: Path, root_class: str
) -> None:
    dimension = int(root_class[8] if root_class[1] == "P" else root_class[2])
    axis = Axis(3, 0.25, 0.75, labels=("a", "b", "c"))
    contents = np.zeros((5,) * dimension, {"C": "i1", "F": "f4"}.get(root_class[-1]))
    profile = {"bin_entries": contents, "sumw2": contents}
    made = Histogram(
        "plot", "", root_class, (axis,) * dimension, contents,
        sums=(0.0,) * (4, 7, 11)[dimension - 1] + (0.0,) * 2 * (root_class[1] == "P"),
        **(profile if root_class[1] == "P" else {}),
    )  # fmt: skip
    content = root_bytes({"": [made]}, compression="none")
    bins = struct.pack(">Idd", 3, 0.25, 0.75)
    assert content.count(bins) == dimension
    many = struct.pack(">Idd", 19_000_000, 0.25, 0.75)
    words = said(content.replace(bins, many), tmp_path)
    assert "an axis of 19,000,000 bins" in words
    assert DqmFile(content).element("plot") is not None
