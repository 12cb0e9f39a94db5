"""What ROOT fits to histograms, and what it tells of a range: the oracle of tests.

    python tests/data/fit_with_root.py < QUESTIONS

Questions and answers are JSON. Needs ROOT (extra ``interop``), so it is run as a
child process.
"""

from __future__ import annotations

import json
import sys


def main() -> None:
    import ROOT

    ROOT.gErrorIgnoreLevel = ROOT.kError
    # by itself it stops where chi2 is within 1e-5 of its least
    ROOT.Math.MinimizerOptions.SetDefaultTolerance(1e-6)
    answers = []
    for number, asked in enumerate(json.load(sys.stdin)):
        contents = asked["contents"]
        made = ROOT.TH1D(
            f"h{number}", "", len(contents) - 2, *map(float, asked["edges"])
        )
        for at, content in enumerate(contents):
            made.SetBinContent(at, content)
        answer: dict[str, object] = {}
        if "function" in asked:
            options = "SNQ" + ("L" if asked["method"] == "likelihood" else "")
            found = made.Fit(asked["function"], options)
            size = found.NPar()
            answer = {
                "values": [found.Parameter(n) for n in range(size)],
                "errors": [found.ParError(n) for n in range(size)],
                "chi2": found.Chi2(),
                "ndf": found.Ndf(),
            }
        if "range" in asked:
            made.ResetStats()
            made.GetXaxis().SetRangeUser(*asked["range"])
            answer |= {"mean": made.GetMean(), "rms": made.GetStdDev()}
            answer |= {"mean_error": made.GetMeanError()}
            answer["integral"] = made.Integral()
        if "rebin" in asked:
            made.GetXaxis().SetRange(0, 0)
            joined = made.Rebin(asked["rebin"], f"r{number}")
            cells = range(joined.GetNbinsX() + 2)
            answer["rebinned"] = [joined.GetBinContent(n) for n in cells]
            answer["high"] = joined.GetXaxis().GetXmax()
        answers.append(answer)
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
