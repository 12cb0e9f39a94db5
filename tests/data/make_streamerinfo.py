"""Take the StreamerInfo record of all writable classes from a file made by ROOT.

    python tests/data/make_streamerinfo.py

Needs ROOT (extra ``interop``). Writes ``dqmconsole/rootio/streamerinfo.bin``: four
bytes for the record's decompressed size, then the record as ROOT compressed it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from struct import Struct

TARGET = Path(__file__).parents[2] / "dqmconsole" / "rootio" / "streamerinfo.bin"
BINS = (2, 0.0, 1.0)


def main() -> None:
    import ROOT

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "all.root"
        file = ROOT.TFile(str(path), "RECREATE", "", 109)
        for letter in "CSIFDL":
            for dimension in (1, 2, 3):
                made = getattr(ROOT, f"TH{dimension}{letter}")(
                    "h", "", *BINS * dimension
                )
                made.GetXaxis().SetBinLabel(1, "label")
                made.Write()
        ROOT.TProfile("p1", "", *BINS).Write()
        ROOT.TProfile2D("p2", "", *BINS * 2).Write()
        ROOT.TGraph(1).Write("graph")
        ROOT.TGraphAsymmErrors(1).Write("errors")
        ROOT.TObjString("text").Write()
        file.Close()
        data = path.read_bytes()
    header = Struct(">4siiiiiiiBiii").unpack_from(data)
    where, size = header[10], header[11]
    objlen, keylen = Struct(">6xI4xH").unpack_from(data, where)
    # References inside the record count from the start of its key: 64 bytes in
    # ROOT's file, and so in ours.
    assert keylen == 64, keylen
    TARGET.write_bytes(Struct(">I").pack(objlen) + data[where + keylen : where + size])


if __name__ == "__main__":
    main()
