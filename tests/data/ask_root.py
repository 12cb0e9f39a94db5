"""What ROOT itself reads in a file: the oracle of the tests.

    python tests/data/ask_root.py FILE

Prints it as JSON. Needs ROOT (extra ``interop``), so it is run as a child process.
"""

from __future__ import annotations

import json
import sys
from array import array
from pathlib import Path
from typing import Any, TypeAlias

# ROOT has no types that Python could check.
RootObject: TypeAlias = Any

STATISTICS = {"TProfile": 6, "TProfile2D": 9}
KNOWN = {f"TH{d}{letter}" for d in (1, 2, 3) for letter in "CSIFDL"} | {*STATISTICS}


def dump(ROOT: RootObject, path: Path) -> dict[str, object]:
    """Everything in the file as ROOT reads it: the highest cycle of each name."""
    file = ROOT.TFile(str(path))
    found: dict[str, object] = {}
    descend(ROOT, file, "", found)
    file.Close()
    return found


def descend(
    ROOT: RootObject, home: RootObject, prefix: str, found: dict[str, object]
) -> None:
    best: dict[str, object] = {}
    for key in home.GetListOfKeys():
        name = str(key.GetName())
        if name not in best or key.GetCycle() > best[name].GetCycle():
            best[name] = key
    for name, key in best.items():
        made = key.ReadObj()
        place = prefix + name
        if made.InheritsFrom("TDirectory"):
            descend(ROOT, made, place + "/", found)
        elif made.InheritsFrom("TObjString"):
            found[place] = {"class": "TObjString", "text": str(made.GetName())}
        elif key.GetClassName() in KNOWN:
            found[place] = histogram(made)
        else:
            found[place] = {"class": str(key.GetClassName())}


def histogram(h: RootObject) -> dict[str, object]:
    kind = str(h.ClassName())
    if hasattr(h, "BufferEmpty"):
        h.BufferEmpty()
    axes = [h.GetXaxis(), h.GetYaxis(), h.GetZaxis()]
    dimension = h.GetDimension()
    for axis in axes:
        # With a range shown in part ROOT's statistics are those of the part.
        axis.SetRange(0, 0)
    statistics = array("d", [0.0] * 20)
    h.GetStats(statistics)
    cells = range(h.GetNcells())
    count = STATISTICS.get(kind, {1: 4, 2: 7, 3: 11}[dimension])
    found = {
        "class": kind,
        "name": str(h.GetName()),
        "title": str(h.GetTitle()),
        "entries": h.GetEntries(),
        "stats": list(statistics)[:count],
        "axes": [describe(axis) for axis in axes[:dimension]],
        "y_title": str(axes[dimension].GetTitle()) if dimension < 3 else "",
        "contents": [h.GetBinContent(i) for i in cells],
        "errors": [h.GetBinError(i) for i in cells],
        "sumw2": [h.GetSumw2().At(i) for i in range(h.GetSumw2().GetSize())],
    }
    if kind in STATISTICS:
        found["raw"] = [h.At(i) for i in cells]
        found["bin_entries"] = [h.GetBinEntries(i) for i in cells]
        kept = h.GetBinSumw2()
        found["bin_sumw2"] = [kept.At(i) for i in range(kept.GetSize())]
        found["error_option"] = str(h.GetErrorOption())
    return found


def describe(axis: RootObject) -> dict[str, object]:
    bins = axis.GetNbins()
    return {
        "bins": bins,
        "low": axis.GetXmin(),
        "high": axis.GetXmax(),
        "edges": [axis.GetBinLowEdge(i) for i in range(1, bins + 2)],
        "variable": axis.IsVariableBinSize(),
        "title": str(axis.GetTitle()),
        "labels": [str(axis.GetBinLabel(i)) for i in range(1, bins + 1)]
        if axis.GetLabels()
        else [],
    }


def main() -> None:
    import ROOT

    ROOT.gROOT.SetBatch()
    sys.stdout.write(json.dumps(dump(ROOT, Path(sys.argv[1]))))


if __name__ == "__main__":
    main()
