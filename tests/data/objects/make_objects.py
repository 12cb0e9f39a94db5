"""Make objects that are no single histogram, by real ROOT, with what ROOT says of each.

    python tests/data/objects/make_objects.py [FOLDER [OF_EACH [SEED]]]

Needs ROOT (extra ``interop``), which runs in a child process. Writes ``objects.root``
and ``objects.json.gz`` to this folder, one or two of each class, or to another folder
as many of each as asked for, at random (see ``tests/interop/README.md``).
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from array import array
from pathlib import Path
from typing import Any, TypeAlias

sys.path.insert(0, str(Path(__file__).parents[2] / "interop"))

from describe import describe_object

# ROOT has no types that Python could check.
RootObject: TypeAlias = Any
Said = dict[str, Any]

HERE = Path(__file__).parent
SECONDS = 600
_SMALL = 4  # of each: the file that is kept
OPTIONS = 9  # statistic options of a TEfficiency
PROJECTIONS_3D = {"xy": "yx", "xz": "zx", "zy": "yz", "x": "x", "z": "z"}


def main() -> int:
    """Run ROOT in a child, with a limit on its time and its words."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", __file__, "--child", *sys.argv[1:]],
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    sys.stdout.write((done.stdout + done.stderr)[-4000:].decode(errors="replace"))
    return done.returncode


class Maker:
    """Makes objects at random and writes them.

    Args:
        ROOT: the module.
        file: where they go.
    """

    def __init__(self, ROOT: RootObject, file: RootObject) -> None:
        self._root = ROOT
        self._file = file
        self._random = ROOT.TRandom3(ROOT.gRandom.GetSeed())
        self.said: dict[str, Said] = {}
        self._kept: list[RootObject] = []

    def write(self, made: RootObject, name: str, **more: Said) -> None:
        self._file.WriteObject(made, name)
        self.said[name] = describe_object(self._root, made) | more

    def keep(self, made: RootObject) -> RootObject:
        """Hold what ROOT owns: Python must not free it."""
        self._root.SetOwnership(made, False)
        self._kept.append(made)
        return made

    def uniform(self, low: float = 0.0, high: float = 1.0) -> float:
        return float(self._random.Uniform(low, high))

    def integer(self, most: int) -> int:
        return int(self._random.Integer(most))

    def numbers(self, count: int, low: float, high: float) -> array[float]:
        return array("d", [self.uniform(low, high) for _ in range(count)])

    def graph(self, kind: str, name: str) -> RootObject:
        """A graph of 1 to 40 points, now and then with odd ones, and axes."""
        n = 1 + self.integer(40)
        xy = [self.numbers(n, -5, 5), self.numbers(n, -100, 100)]
        if self.integer(4) == 0:
            xy[1][self.integer(n)] = (float("nan"), float("inf"))[self.integer(2)]
        count = {"TGraph": 0, "TGraphErrors": 2, "TGraphAsymmErrors": 4}.get(kind, 8)
        errors = [self.numbers(n, 0, 3) for _ in range(count)]
        if kind == "TGraphMultiErrors":
            made = self._root.TGraphMultiErrors(name, "", n, *xy, *errors[:4])
            made.AddYError(n, errors[4], errors[5])
            made.SetSumErrorsMode(self.integer(3))
        else:
            made = getattr(self._root, kind)(n, *xy, *errors)
        self.keep(made)
        made.SetName(name)
        made.SetTitle(f"{kind} of {n}")
        if self.integer(2):
            made.GetXaxis().SetTitle("x [cm]")
            made.GetYaxis().SetTitle("E_{T} [GeV]")
        if self.integer(3) == 0:
            made.SetMinimum(-50.0)
            made.SetMaximum(60.0)
        return made

    def one(self, name: str, kind: str = "TH1F", fills: int = 300) -> RootObject:
        """A histogram of one dimension."""
        bins = 1 + self.integer(30)
        made = self.keep(getattr(self._root, kind)(name, f"{name};x;n", bins, 0.0, 1.0))
        if self.integer(2):
            made.Sumw2()
        for _ in range(fills):
            made.Fill(self.uniform(-0.1, 1.1))
        return made

    def efficiency(self, number: int) -> None:
        ROOT = self._root
        name = f"eff{number}"
        dimension = 2 if number % 5 == 4 else 1
        axes = [4 + self.integer(6), 0.0, 1.0] * dimension
        made = ROOT.TEfficiency(name, f"{name};x;share", *axes)
        ROOT.SetOwnership(made, False)
        option = number % OPTIONS
        made.SetStatisticOption(option)
        made.SetConfidenceLevel((0.683, 0.95, 0.9)[self.integer(3)])
        if option in (5, 6, 7):
            made.SetPosteriorMode(bool(self.integer(2)))
            if self.integer(2):
                made.SetShortestInterval()
        if option == 7:
            made.SetBetaAlpha(self.uniform(0.5, 3))
            made.SetBetaBeta(self.uniform(0.5, 3))
            if self.integer(2):
                for each in range(1, axes[0] + 1):
                    made.SetBetaBinParameters(
                        each, self.uniform(0.5, 3), self.uniform(0.5, 3)
                    )
        weighted = option in (1, 7) and self.integer(2) == 0
        if weighted:
            made.SetUseWeightedEvents()
        share = (0.0, 1.0, 0.5, 0.97)[self.integer(4)]
        for _ in range(3 + self.integer(400)):
            passed = bool(self.uniform() < share)
            place = [self.uniform(0.1, 1.1) for _ in range(dimension)]
            if weighted:
                made.FillWeighted(passed, self.uniform(0.2, 2), *place)
            else:
                made.Fill(passed, *place)
        self.write(made, name)

    def polygons(self, number: int) -> None:
        ROOT = self._root
        name = f"poly{number}"
        made = ROOT.TH2Poly(name, f"{name};x;y;z", 0.0, 10.0, 0.0, 10.0)
        if self.integer(2):
            made.Sumw2()
        for n in range(1 + self.integer(8)):
            if self.integer(4):
                made.AddBin(self.ring(n, f"cell{n}" if self.integer(2) else ""))
                continue
            both = self.keep(ROOT.TMultiGraph(f"pair{n}", ""))
            both.Add(self.ring(n, ""))
            both.Add(self.ring(n, "", 0.5))
            made.AddBin(both)
        for _ in range(200):
            made.Fill(self.uniform(-1, 11), self.uniform(-1, 11), self.uniform(0, 2))
        self.write(made, name)

    def ring(self, at: float, name: str, up: float = 0.0) -> RootObject:
        x = [at, at + 0.9, at + 0.5]
        y = [9 * self.uniform() * 0 + up, up, up + 0.45]
        made = self.keep(self._root.TGraph(3, array("d", x), array("d", y)))
        if name:
            made.SetName(name)
        return made

    def cube(self, number: int) -> None:
        """A TH3 with its projections, whole and of some bins."""
        ROOT = self._root
        name = f"cube{number}"
        kind = ("TH3F", "TH3D", "TH3I", "TH3S")[number % 4]
        bins = [2 + self.integer(5) for _ in range(3)]
        axes = [value for n in bins for value in (n, 0.0, 1.0)]
        made = getattr(ROOT, kind)(name, f"{name};x;y;z", *axes)
        weighted = bool(self.integer(2)) and kind in ("TH3F", "TH3D")
        if weighted:
            made.Sumw2()
        for _ in range(300):
            place = [self.uniform(-0.2, 1.2) for _ in range(3)]
            made.Fill(*place, self.uniform(0.5, 2) if weighted else 1.0)
        projections = {}
        for cut, option in PROJECTIONS_3D.items():
            found = made.Project3D(f"{option}e" if weighted else option)
            projections[cut] = describe_object(ROOT, found)
        last = bins[2]
        made.GetZaxis().SetRange(2, last)
        found = made.Project3D("yxe" if weighted else "yx")
        projections[f"xy z=2:{last}"] = describe_object(ROOT, found)
        made.GetZaxis().SetRange(0, 0)
        self.write(made, name, projections=projections)

    def plane(self, number: int) -> None:
        """A TH2 and a TProfile2D with their projections."""
        ROOT = self._root
        bins = [2 + self.integer(8), 3 + self.integer(8)]
        axes = [value for n in bins for value in (n, 0.0, 1.0)]
        made = ROOT.TH2D(f"plane{number}", "plane;x;y;z", *axes)
        mean = ROOT.TProfile2D(f"mean{number}", "mean;x;y;z", *axes)
        weighted = bool(self.integer(2))
        if weighted:
            made.Sumw2()
            mean.Sumw2()
        for _ in range(300):
            x, y = self.uniform(-0.2, 1.2), self.uniform(-0.2, 1.2)
            weight = self.uniform(0.5, 2) if weighted else 1.0
            made.Fill(x, y, weight)
            mean.Fill(x, y, self.uniform(0, 9), weight)
        self.write(
            made,
            f"plane{number}",
            projections={
                "x": describe_object(ROOT, made.ProjectionX("px", 0, -1, "e")),
                "y": describe_object(ROOT, made.ProjectionY("py", 0, -1, "e")),
                "x y=2:3": describe_object(ROOT, made.ProjectionX("px2", 2, 3, "e")),
                "y x=1": describe_object(ROOT, made.ProjectionY("py1", 1, 1, "e")),
            },
        )
        self.write(
            mean,
            f"mean{number}",
            projections={
                "x": describe_object(ROOT, mean.ProfileX("mx")),
                "y": describe_object(ROOT, mean.ProfileY("my")),
                "x y=2:3": describe_object(ROOT, mean.ProfileX("mx2", 2, 3)),
            },
        )

    def mean_cube(self, number: int) -> None:
        ROOT = self._root
        name = f"mean_cube{number}"
        axes = [value for _ in range(3) for value in (2 + self.integer(3), 0.0, 1.0)]
        made = ROOT.TProfile3D(name, f"{name};x;y;z", *axes)
        for _ in range(200):
            made.Fill(*(self.uniform(-0.1, 1.1) for _ in range(3)), self.uniform(0, 9))
        found = made.Project3DProfile("yx")
        self.write(made, name, projections={"xy": describe_object(ROOT, found)})

    def lists(self, number: int) -> None:
        ROOT = self._root
        for kind in ("TList", "TObjArray"):
            made = getattr(ROOT, kind)()
            for n in range(self.integer(4)):
                made.Add(self.one(f"h{n}", ("TH1F", "TH1D", "TProfile")[n % 2]))
            made.Add(self.graph("TGraphErrors", "errors"))
            if number % 2:
                made.Add(self.keep(ROOT.TNamed("note", "text")))
                inner = self.keep(ROOT.TList())
                inner.Add(self.graph("TGraph", "inner"))
                made.Add(inner)
            name = f"{kind}{number}"
            self._file.WriteObject(made, name)
            self.said[name] = describe_object(ROOT, made)

    def stacks(self, number: int) -> None:
        ROOT = self._root
        stack = ROOT.THStack(f"stack{number}", "a stack;x;y")
        bins = 3 + self.integer(20)
        for n in range(1 + self.integer(4)):
            part = self.keep(ROOT.TH1F(f"part{n}", "", bins, 0.0, 1.0))
            for _ in range(100):
                part.Fill(self.uniform())
            stack.Add(part)
        if number % 2:
            stack.SetMaximum(200.0)
        self.write(stack, f"stack{number}")
        multi = ROOT.TMultiGraph(f"multi{number}", "several;x;y")
        for n, kind in enumerate(("TGraph", "TGraphErrors", "TGraphAsymmErrors")):
            multi.Add(self.graph(kind, f"g{n}"), "LP" if n else "P")
        self.write(multi, f"multi{number}")

    def shown(self, number: int) -> None:
        """Histograms with ranges, extremes and times."""
        ROOT = self._root
        made = self.one(f"ranged{number}", fills=50)
        bins = made.GetNbinsX()
        if bins > 3:
            made.GetXaxis().SetRange(2, bins - 1)
        if number % 2:
            made.SetMinimum(0.5)
        made.SetMaximum(44.0)
        self.write(made, f"ranged{number}")
        made = ROOT.TH1D(f"time{number}", "", 4, 1e8, 1e8 + 400)
        made.GetXaxis().SetTimeDisplay(1)
        forms = (
            "%H:%M%F1970-01-01 00:00:00",
            "%d/%m%F2020-02-29 12:00:00s0",
            "%H:%M",
            "%H%F2001-01-01 00:00:01s0.25 GMT",
        )
        made.GetXaxis().SetTimeFormat(forms[number % 4])
        made.Fill(1e8 + 10)
        self.write(made, f"time{number}")
        trend = ROOT.TGraph(3, array("d", [0.0, 60.0, 120.0]), array("d", [1, 2, 3]))
        trend.GetXaxis().SetTimeDisplay(1)
        trend.GetXaxis().SetTimeFormat(forms[(number + 1) % 4])
        self.write(trend, f"trend{number}")

    def plain(self, number: int) -> None:
        """A histogram of each class, and profiles, of which the zoo has few."""
        kinds = [f"TH{n}{letter}" for n in (1, 2, 3) for letter in "CSIFDL"]
        for kind in (*kinds, "TProfile"):
            dimension = 1 if kind == "TProfile" else int(kind[2])
            axes = []
            for _ in range(dimension):
                bins = 1 + self.integer(8)
                if self.integer(2):
                    edges = sorted(self.numbers(bins + 1, -2, 2))
                    axes += [bins, array("d", edges)]
                    continue
                axes += [bins, -1.0 - self.uniform(), 1.0 + self.uniform()]
            if len({len(axes), 3 * dimension}) > 1 and len(axes) != 2 * dimension:
                axes = [value for _ in range(dimension) for value in (4, -1.0, 1.0)]
            name = f"{kind}{number}"
            made = getattr(self._root, kind)(name, f"{name};x;y;z", *axes)
            weighted = kind[-1] in "FDe" and bool(self.integer(2))
            if weighted:
                made.Sumw2()
            for _ in range(self.integer(120)):
                values = [self.uniform(-2, 2) for _ in range(dimension)]
                if kind == "TProfile":
                    values.append(self.uniform(-5, 5))
                made.Fill(*values, self.uniform(-0.2, 2) if weighted else 1.0)
            if kind == "TProfile" or self.integer(3) == 0:
                made.GetXaxis().SetBinLabel(1, f"first {number}")
            self.write(made, name)

    def all_of(self, count: int) -> None:
        for number in range(count if count > _SMALL else 0):
            self.plain(number)
        for number in range(count):
            for kind in (
                "TGraph",
                "TGraphErrors",
                "TGraphAsymmErrors",
                "TGraphBentErrors",
                "TGraphMultiErrors",
            ):
                name = f"{kind}{number}"
                self.write(self.graph(kind, name), name)
            self.stacks(number)
            self.polygons(number)
            self.cube(number)
            self.plane(number)
            self.mean_cube(number)
            self.lists(number)
            self.shown(number)
        for number in range(max(count, OPTIONS + 1)):
            self.efficiency(number)


def make(folder: Path, count: int, seed: int) -> None:
    import os

    import ROOT

    ROOT.gROOT.SetBatch()
    ROOT.gErrorIgnoreLevel = ROOT.kError
    ROOT.TH1.AddDirectory(False)
    ROOT.gRandom.SetSeed(seed)
    file = ROOT.TFile(str(folder / "objects.root"), "RECREATE", "", 101)
    maker = Maker(ROOT, file)
    maker.all_of(count)
    file.Close()
    text = json.dumps(maker.said, separators=(",", ":"))
    (folder / "objects.json.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    sys.stdout.write(f"{len(maker.said)} objects\n")
    sys.stdout.flush()
    os._exit(0)  # what Python would free is ROOT's


if __name__ == "__main__":
    if "--child" in sys.argv:
        asked = sys.argv[sys.argv.index("--child") + 1 :] + ["", "", ""][:3]
        make(Path(asked[0] or HERE), int(asked[1] or 2), int(asked[2] or 4711))
    else:
        sys.exit(main())
