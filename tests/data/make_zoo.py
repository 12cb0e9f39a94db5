"""Make the zoo: small files by real ROOT, each with what ROOT itself reads in it.

    python tests/data/make_zoo.py

Needs ROOT (extra ``interop``), which runs in a child process. For every theme writes
``tests/data/<theme>.root`` and ``<theme>.json.gz``, the oracle: each object by path,
bin by bin, as ROOT reads it back from the file. A file with 64-bit positions is kept
as ``big.json.gz``: the ends that hold anything, for it has a hole of 2 GB.
"""

from __future__ import annotations

import base64
import gzip
import json
import subprocess
import sys
import tempfile
from array import array
from pathlib import Path
from typing import Any, TypeAlias

from ask_root import dump
from zoo_tree import dqm, scalars, uniform

# ROOT has no types that Python could check.
RootObject: TypeAlias = Any

HERE = Path(__file__).parent
SECONDS = 300


def main() -> None:
    """Run ROOT in a child, with a limit on its time and its words."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", __file__, "--child"],
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    sys.stdout.write((done.stdout + done.stderr)[-4000:].decode(errors="replace"))
    sys.exit(done.returncode)


def make() -> None:
    import ROOT

    ROOT.gROOT.SetBatch()
    ROOT.TH1.AddDirectory(False)
    ROOT.gRandom.SetSeed(4711)
    for name, theme in THEMES.items():
        path = HERE / f"{name}.root"
        file = ROOT.TFile(str(path), "RECREATE", "", COMPRESSION.get(name, 101))
        theme(ROOT, file)
        file.Close()
        save(HERE / f"{name}.json.gz", dump(ROOT, path))
    make_big(ROOT)


def save(path: Path, value: RootObject) -> None:
    text = json.dumps(value, separators=(",", ":"))
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def classes(ROOT: RootObject, file: RootObject) -> None:
    for dimension, bins in ((1, (9,)), (2, (5, 4)), (3, (3, 2, 4))):
        axes = [value for n in bins for value in (n, 0.0, 1.0)]
        for letter in "CSIFDL":
            make_one = getattr(ROOT, f"TH{dimension}{letter}")
            h = make_one(
                f"h{dimension}{letter}", f"{dimension}-D {letter};x;y;z", *axes
            )
            uniform(ROOT, h)
            if letter in "SIL":
                h.SetBinContent(1, -300)
            file.WriteTObject(h)


def profiles(ROOT: RootObject, file: RootObject) -> None:
    for mode in ("", "s", "i", "g"):
        for weight in (0.0, 2.5):
            end = f"{mode or 'mean'}{'_weighted' if weight else ''}"
            p = ROOT.TProfile(f"p_{end}", "one;x;y", 8, 0.0, 1.0, mode)
            q = ROOT.TProfile2D(f"q_{end}", "two;x;y;z", 4, 0.0, 1.0, 3, 0.0, 1.0, mode)
            for made in (p, q):
                if weight:
                    made.Sumw2()
                uniform(ROOT, made, 60, weight=weight)
            # bins of one entry, of equal entries, and none at all
            for x, y, n in ((0.95, 3.0, 1), (0.05, 7.0, 5)):
                for _ in range(n):
                    p.Fill(x, y)
            file.WriteTObject(p)
            file.WriteTObject(q)
    limited = ROOT.TProfile("limited", "", 4, 0.0, 1.0, 0.3, 0.8)
    file.WriteTObject(uniform(ROOT, limited))
    file.WriteTObject(ROOT.TProfile("empty", "", 4, 0.0, 1.0))
    edges = array("d", [0.0, 0.1, 0.5, 1.0])
    file.WriteTObject(uniform(ROOT, ROOT.TProfile("variable", "", 3, edges)))
    equal = ROOT.TProfile("equal", "no spread", 3, 0.0, 1.0, "i")
    for x in (0.1, 0.1, 0.1, 0.5):
        equal.Fill(x, 2.0)
    file.WriteTObject(equal)


def axes(ROOT: RootObject, file: RootObject) -> None:
    h = uniform(ROOT, ROOT.TH1F("labels_all", ";part;hits", 3, 0, 1))
    for number, label in enumerate(("HB", "HE", "HF µ"), 1):
        h.GetXaxis().SetBinLabel(number, label)
    file.WriteTObject(h)
    h = uniform(ROOT, ROOT.TH1F("labels_some", "", 5, 0, 1))
    h.GetXaxis().SetBinLabel(4, "four")
    h.GetXaxis().SetBinLabel(2, "two")
    h.GetXaxis().SetBinLabel(5, "x" * 300)
    file.WriteTObject(h)
    h = uniform(ROOT, ROOT.TH2F("labels_two", "", 3, 0, 1, 2, 0, 1))
    for number in (1, 2, 3):
        h.GetXaxis().SetBinLabel(number, f"x{number}")
    h.GetYaxis().SetBinLabel(1, "y1")
    file.WriteTObject(h)
    h = ROOT.TH1D("alphanumeric", "", 2, 0, 2)
    for word in ("one", "two", "three", "one"):
        h.Fill(word, 1.0)
    file.WriteTObject(h)
    edges = array("d", [-1.0, 0.0, 0.25, 10.0])
    file.WriteTObject(uniform(ROOT, ROOT.TH1F("variable", "variable", 3, edges)))
    h = ROOT.TH2D("variable_y", "", 2, 0.0, 1.0, 3, edges)
    file.WriteTObject(uniform(ROOT, h))
    h = ROOT.TH3F("variable_all", "", 3, edges, 3, edges, 3, edges)
    file.WriteTObject(uniform(ROOT, h))
    h = ROOT.TH1F("titles", "energy in µ;E_{T} [GeV];entries", 4, -1e-9, 1e-9)
    h.SetTitle("t" * 300)
    file.WriteTObject(uniform(ROOT, h))
    h = uniform(ROOT, ROOT.TH1F("ranged", "shown in part", 10, 0, 1))
    h.GetXaxis().SetRange(3, 6)
    file.WriteTObject(h)
    h = ROOT.TH1I("time", "a time axis", 4, 7e8, 7e8 + 400)
    h.GetXaxis().SetTimeDisplay(1)
    h.GetXaxis().SetTimeFormat("%d/%m %H:%M%F1995-01-01 00:00:00")
    h.Fill(7e8 + 10)
    file.WriteTObject(h)
    file.WriteTObject(ROOT.TH1F("one_bin", "", 1, 0, 1))
    h = ROOT.TH1F("grown", "its axis grows", 4, 0, 1)
    h.SetCanExtend(ROOT.TH1.kAllAxes)
    for x in (0.5, 5.0, -3.0):
        h.Fill(x)
    file.WriteTObject(h)


def weights(ROOT: RootObject, file: RootObject) -> None:
    for kind in ("TH1F", "TH1D", "TH1I"):
        h = getattr(ROOT, kind)(f"sumw2_{kind}", "", 6, 0, 1)
        h.Sumw2()
        file.WriteTObject(uniform(ROOT, h, weight=3.0))
    h = ROOT.TH2F("sumw2_2d", "", 3, 0, 1, 2, 0, 1)
    h.Sumw2()
    file.WriteTObject(uniform(ROOT, h, weight=0.1))
    h = ROOT.TH3D("sumw2_3d", "", 2, 0, 1, 2, 0, 1, 3, 0, 1)
    h.Sumw2()
    file.WriteTObject(uniform(ROOT, h, weight=0.1))
    h = uniform(ROOT, ROOT.TH1F("scaled", "", 5, 0, 1))
    h.Scale(0.125)
    file.WriteTObject(h)
    h = uniform(ROOT, ROOT.TH1D("poisson", "", 5, 0, 1))
    h.SetBinErrorOption(ROOT.TH1.kPoisson)
    file.WriteTObject(h)
    for kind in ("TH1F", "TH1D"):
        h = getattr(ROOT, kind)(f"odd_{kind}", "not numbers", 6, 0, 1)
        odd = (float("nan"), float("inf"), -float("inf"), 1e38, -0.5, 1e-40)
        for number, value in enumerate(odd, 1):
            h.SetBinContent(number, value)
        file.WriteTObject(h)
    h = ROOT.TH1F("set_errors", "contents and errors set by hand", 3, 0, 1)
    h.SetBinContent(2, 10.0)
    h.SetBinError(2, 0.5)
    file.WriteTObject(h)


def buffers(ROOT: RootObject, file: RootObject) -> None:
    made = {
        "one": ROOT.TH1F("one", "", 5, 0, 1),
        "one_weighted": ROOT.TH1D("one_weighted", "", 5, 0, 1),
        "one_integer": ROOT.TH1I("one_integer", "", 5, 0, 1),
        "two": ROOT.TH2F("two", "", 3, 0, 1, 2, 0, 1),
        "three": ROOT.TH3F("three", "", 2, 0, 1, 2, 0, 1, 2, 0, 1),
        "profile": ROOT.TProfile("profile", "", 4, 0, 1),
        "profile2": ROOT.TProfile2D("profile2", "", 4, 0, 1, 2, 0, 1),
        "variable": ROOT.TH1F("variable", "", 3, array("d", [0.0, 0.1, 0.6, 1.0])),
    }
    for name, h in made.items():
        h.SetBuffer(1000)
        if name == "one_weighted":
            h.Sumw2()
        uniform(ROOT, h, 40, weight=1.5 if name == "one_weighted" else 0)
        file.WriteTObject(h)
    h = ROOT.TH1F("limits", "limits from the buffer", 10, 0.0, 0.0)
    h.SetBuffer(1000)
    file.WriteTObject(uniform(ROOT, h, 40))
    h = ROOT.TH1F("emptied", "buffer kept, but empty", 5, 0, 1)
    h.SetBuffer(1000)
    uniform(ROOT, h, 40)
    h.BufferEmpty()
    file.WriteTObject(h)


def cycles(ROOT: RootObject, file: RootObject) -> None:
    for folder in ("", "inner"):
        home = file.mkdir(folder) if folder else file
        for number in (1, 2, 3):
            h = ROOT.TH1F("again", f"cycle {number}", 3, 0, 1)
            h.Fill(0.1, number)
            home.WriteTObject(h, "again")
        home.WriteTObject(ROOT.TH1F("once", "", 3, 0, 1))


def names(ROOT: RootObject, file: RootObject) -> None:
    every = (
        "with space",
        "a/b",
        "a/b/c",
        "semi;colon",
        "percent%20",
        "µ⁺ event",
        "<angle>",
        "dot.ted",
        "n" * 300,
        "0",
        "[1]",
    )
    inner = file.mkdir("folder with space").mkdir("µ")
    for number, name in enumerate(every, 1):
        for home in (file, inner):
            h = ROOT.TH1F(name, f"number {number}", 2, 0, 1)
            h.SetBinContent(1, number)
            home.WriteTObject(h, name)


def compressed(ROOT: RootObject, file: RootObject) -> None:
    file.WriteTObject(uniform(ROOT, ROOT.TH1F("h1", "one", 50, 0, 1)))
    file.WriteTObject(uniform(ROOT, ROOT.TH2D("h2", "two", 20, 0, 1, 20, 0, 1), 2000))
    file.WriteTObject(ROOT.TH1F("wide", "nothing in it", 20000, 0, 1))
    file.WriteTObject(ROOT.TObjString("<i>i=1</i>"), "<i>i=1</i>")


def attach(ROOT: RootObject, h: RootObject, what: RootObject) -> None:
    # the list owns it: Python must not free it, too
    ROOT.SetOwnership(what, False)
    h.GetListOfFunctions().Add(what)


def functions(ROOT: RootObject, file: RootObject) -> None:
    h = ROOT.TH1F("fitted", "", 20, -3, 3)
    h.FillRandom("gaus", 500)
    h.Fit("gaus", "Q0")
    attach(ROOT, h, ROOT.TNamed("note", "a note"))
    file.WriteTObject(h)
    p = uniform(ROOT, ROOT.TProfile("profile", "", 5, 0, 1))
    p.Fit("pol1", "Q0")
    file.WriteTObject(p)
    h = uniform(ROOT, ROOT.TH2F("two", "", 5, 0, 1, 5, 0, 1))
    attach(ROOT, h, ROOT.TF2("plane", "x+y", 0, 1, 0, 1))
    file.WriteTObject(h)
    h = uniform(ROOT, ROOT.TH1D("contours", "", 5, 0, 1))
    h.SetContour(3, array("d", [1.0, 2.0, 3.0]))
    h.SetOption("hist")
    file.WriteTObject(h)


def odd(ROOT: RootObject, file: RootObject) -> None:
    poly = ROOT.TH2Poly("poly", "", 0, 1, 0, 1)
    corners = array("d", [0.0, 0.0, 0.5, 0.5])
    poly.AddBin(ROOT.TGraph(4, corners, array("d", [0.0, 0.5, 0.5, 0.0])))
    poly.Fill(0.1, 0.1)
    file.WriteTObject(poly)
    efficiency = ROOT.TEfficiency("efficiency", "", 4, 0, 1)
    efficiency.Fill(True, 0.1)
    file.WriteTObject(efficiency)
    graph = ROOT.TGraph(2, array("d", [0.0, 1.0]), array("d", [2.0, 3.0]))
    file.WriteTObject(graph, "graph")
    cube = ROOT.TProfile3D("cube", "", 2, 0, 1, 2, 0, 1, 2, 0, 1)
    cube.Fill(0.1, 0.1, 0.1, 3.0)
    file.WriteTObject(cube)
    file.WriteTObject(ROOT.TNamed("named", "a title"), "named")
    file.WriteTObject(uniform(ROOT, ROOT.TH1F("healthy", "", 4, 0, 1)))


THEMES = {
    "classes": classes,
    "profiles": profiles,
    "axes": axes,
    "weights": weights,
    "buffers": buffers,
    "cycles": cycles,
    "names": names,
    "scalars": scalars,
    "functions": functions,
    "odd": odd,
    "dqm": dqm,
    "zlib": compressed,
    "lzma": compressed,
    "lz4": compressed,
    "zstd": compressed,
    "none": compressed,
}
COMPRESSION = {"zlib": 109, "lzma": 207, "lz4": 404, "zstd": 505, "none": 0}


def make_big(ROOT: RootObject) -> None:
    """A file whose second half lies beyond 2 GB: ROOT is told that all before is taken.

    Kept are the pieces with bytes in them; a test puts them back around the hole.
    """
    hole = 2_100_000_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "big.root"
        file = ROOT.TFile(str(path), "RECREATE", "", 101)
        file.WriteTObject(uniform(ROOT, ROOT.TH1F("near", "", 10, 0, 1)))
        head = file.GetEND()
        file.GetListOfFree().First().SetFirst(hole)
        inner = file.mkdir("far").mkdir("away")
        inner.WriteTObject(uniform(ROOT, ROOT.TH1F("h1", "", 10, 0, 1)))
        inner.WriteTObject(uniform(ROOT, ROOT.TH2F("h2", "", 5, 0, 1, 4, 0, 1)))
        text = "<i>i=64</i>"
        inner.WriteTObject(ROOT.TObjString(text), text)
        file.Close()
        oracle = dump(ROOT, path)
        with path.open("rb") as data:
            first = data.read(head)
            data.seek(hole)
            last = data.read()
    pieces = [[0, coded(first)], [hole, coded(last)]]
    save(HERE / "big.json.gz", {"pieces": pieces, "oracle": oracle})


def coded(data: bytes) -> str:
    return base64.b64encode(data).decode()


if __name__ == "__main__":
    make() if "--child" in sys.argv else main()
