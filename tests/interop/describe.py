"""What ROOT says of objects, as JSON can carry it: the ROOT side of the comparison.

    python tests/interop/describe.py FILE.root OUT.json

Used by the scripts of this folder and by ``tests/data/objects/make_objects.py``; needs
ROOT (extra ``interop``), so it runs in a child process.
"""

from __future__ import annotations

import json
import os
import sys
from array import array
from pathlib import Path
from typing import Any, TypeAlias

sys.path.insert(0, str(Path(__file__).parents[1] / "data"))

from ask_root import STATISTICS, describe
from ask_root import histogram as plain_histogram

# ROOT has no types that Python could check.
RootObject: TypeAlias = Any
Said = dict[str, Any]

GRAPHS = (
    "TGraph",
    "TGraphErrors",
    "TGraphAsymmErrors",
    "TGraphBentErrors",
    "TGraphMultiErrors",
)
LISTS = ("TList", "TObjArray", "THashList")
HISTOGRAMS = (
    *(f"TH{d}{letter}" for d in (1, 2, 3) for letter in "CSIFDL"),
    *STATISTICS,
    "TProfile3D",
)
KNOWN = (
    *HISTOGRAMS,
    *GRAPHS,
    *LISTS,
    "TMultiGraph",
    "THStack",
    "TEfficiency",
    "TH2Poly",
)
# Read by ROOT and drawn by it, but refused here, with what one can write instead.
REFUSED = ("TGraph2D", "TGraph2DErrors", "TGraph2DAsymmErrors", "TProfile2Poly")
MOST_CELLS = 500_000


def describe_object(ROOT: RootObject, held: RootObject) -> Said:
    """An object of any class; of one that is not known the class alone."""
    kind = str(held.ClassName())
    if kind in HISTOGRAMS:
        return histogram(held)
    if kind in GRAPHS:
        return graph(held)
    if kind == "TEfficiency":
        return efficiency(held)
    if kind == "TH2Poly":
        return polygons(held)
    if kind == "TMultiGraph":
        return collection(ROOT, held, held.GetListOfGraphs())
    if kind == "THStack":
        return collection(ROOT, held, held.GetHists())
    if kind in LISTS:
        return collection(ROOT, held, held)
    return {"class": kind}


def histogram(h: RootObject) -> Said:
    """A histogram, with what the file asks to be shown of it."""
    kind = str(h.ClassName())
    if h.GetNcells() > MOST_CELLS:
        return {"class": kind, "large": int(h.GetNcells())}
    shown = [shown_of(axis) for axis in (h.GetXaxis(), h.GetYaxis(), h.GetZaxis())]
    limits = [h.GetMinimumStored(), h.GetMaximumStored()]
    found: Said = cube(h) if kind == "TProfile3D" else plain_histogram(h)
    return found | {"shown": shown[: h.GetDimension()], "limits": limits}


def cube(h: RootObject) -> Said:
    """A TProfile3D, in the words of the others."""
    h.BufferEmpty()
    axes = [h.GetXaxis(), h.GetYaxis(), h.GetZaxis()]
    for axis in axes:
        axis.SetRange(0, 0)
    statistics = array("d", [0.0] * 20)
    h.GetStats(statistics)
    cells = range(h.GetNcells())
    kept = h.GetBinSumw2()
    return {
        "class": "TProfile3D",
        "name": str(h.GetName()),
        "title": str(h.GetTitle()),
        "entries": h.GetEntries(),
        "stats": list(statistics)[:13],
        "axes": [describe(axis) for axis in axes],
        "y_title": "",
        "contents": [h.GetBinContent(i) for i in cells],
        "errors": [h.GetBinError(i) for i in cells],
        "sumw2": [h.GetSumw2().At(i) for i in range(h.GetSumw2().GetSize())],
        "raw": [h.At(i) for i in cells],
        "bin_entries": [h.GetBinEntries(i) for i in cells],
        "bin_sumw2": [kept.At(i) for i in range(kept.GetSize())],
        "error_option": str(h.GetErrorOption()),
    }


def shown_of(axis: RootObject) -> Said:
    """First and last bin shown (0: no range is set), and what time it counts from."""
    ranged = bool(axis.TestBit(1 << 11))
    return {
        "first": axis.GetFirst() if ranged else 0,
        "last": axis.GetLast() if ranged else 0,
        "time": bool(axis.GetTimeDisplay()),
        "form": str(axis.GetTimeFormat()),
    }


def graph(g: RootObject) -> Said:
    """A graph, its errors by ROOT's getters: -1 where it has none."""
    points = range(g.GetN())
    own = g.GetHistogram() if g.GetN() else None
    return {
        "class": str(g.ClassName()),
        "name": str(g.GetName()),
        "title": str(g.GetTitle()),
        "x": [g.GetPointX(i) for i in points],
        "y": [g.GetPointY(i) for i in points],
        "x_down": [g.GetErrorXlow(i) for i in points],
        "x_up": [g.GetErrorXhigh(i) for i in points],
        "y_down": [g.GetErrorYlow(i) for i in points],
        "y_up": [g.GetErrorYhigh(i) for i in points],
        "x_title": str(own.GetXaxis().GetTitle()) if own else "",
        "y_title": str(own.GetYaxis().GetTitle()) if own else "",
        "limits": [g.GetMinimum(), g.GetMaximum()],
        "time": bool(own.GetXaxis().GetTimeDisplay()) if own else False,
    }


def efficiency(e: RootObject) -> Said:
    """An efficiency: of each bin the share, its errors, and the trials.

    Which function makes the interval is not kept in files: read back, ROOT makes
    Clopper-Pearson's whatever the option says (1 to 4 and 8 differ by up to 0.1), until
    the option is set again. Its producer saw what the option says, as is shown here.
    """
    if not e.UsesBayesianStat():
        e.SetStatisticOption(e.GetStatisticOption())
    total = e.GetTotalHistogram()
    cells = range(total.GetNcells())
    axis = total.GetXaxis()
    dimension = total.GetDimension()
    if dimension == 1:
        cells = range(1, total.GetNbinsX() + 1)
    return {
        "class": "TEfficiency",
        "name": str(e.GetName()),
        "title": str(e.GetTitle()),
        "dimension": dimension,
        "option": int(e.GetStatisticOption()),
        "total": [total.GetBinContent(i) for i in cells],
        "share": [e.GetEfficiency(i) for i in cells],
        "down": [e.GetEfficiencyErrorLow(i) for i in cells],
        "up": [e.GetEfficiencyErrorUp(i) for i in cells],
        "centers": [axis.GetBinCenter(i) for i in cells] if dimension == 1 else [],
        "lows": [axis.GetBinLowEdge(i) for i in cells] if dimension == 1 else [],
    }


def polygons(p: RootObject) -> Said:
    """A TH2Poly: of each bin content, error and rings."""
    bins = []
    for held in p.GetBins():
        shape = held.GetPolygon()
        rings = [shape]
        if shape.InheritsFrom("TMultiGraph"):
            rings = list(shape.GetListOfGraphs())
        number = held.GetBinNumber()
        bins.append(
            {
                "content": held.GetContent(),
                "error": p.GetBinError(number),
                "name": str(shape.GetName()),
                "rings": [
                    [[g.GetPointX(i), g.GetPointY(i)] for i in range(g.GetN())]
                    for g in rings
                ],
            }
        )
    return {
        "class": "TH2Poly",
        "name": str(p.GetName()),
        "title": str(p.GetTitle()),
        "entries": p.GetEntries(),
        "bins": bins,
    }


def collection(ROOT: RootObject, held: RootObject, parts: RootObject) -> Said:
    """Several plots in one."""
    named = held.InheritsFrom("TNamed")
    return {
        "class": str(held.ClassName()),
        "title": str(held.GetTitle()) if named else "",
        "parts": [describe_object(ROOT, part) for part in parts or ()],
    }


def walk(
    ROOT: RootObject, home: RootObject, prefix: str, found: Said, depth: int = 0
) -> None:
    """Describe everything below a directory: the highest cycle of each name."""
    best: dict[str, RootObject] = {}
    for key in home.GetListOfKeys():
        name = str(key.GetName())
        if name not in best or key.GetCycle() > best[name].GetCycle():
            best[name] = key
    for name, key in best.items():
        kind = str(key.GetClassName())
        if kind.startswith("TDirectory") and depth < 64:
            walk(ROOT, key.ReadObj(), f"{prefix}{name}/", found, depth + 1)
        elif kind in KNOWN or kind in REFUSED:
            held = key.ReadObj()
            found[prefix + name] = (
                describe_object(ROOT, held) if held else {"class": kind, "null": True}
            )


def main() -> None:
    import ROOT

    ROOT.gROOT.SetBatch()
    ROOT.gErrorIgnoreLevel = ROOT.kFatal
    ROOT.TH1.AddDirectory(False)
    file = ROOT.TFile(sys.argv[1])
    found: Said = {}
    walk(ROOT, file, "", found)
    Path(sys.argv[2]).write_text(json.dumps(found))
    sys.stdout.flush()
    os._exit(0)  # what Python would free is ROOT's


if __name__ == "__main__":
    main()
