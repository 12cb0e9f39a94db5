"""Judge many histograms by chi2 and Kolmogorov, each against its own reference.

Ours makes results with sentences of it; ROOT in C++ (``TH1::Chi2Test`` and
``TH1::KolmogorovTest``) only the two numbers. Goal: at most half of ROOT. Every 200th
histogram is bad. Times of the processor: what else the machine does falls on neither.

    python tests/benchmarks/checks.py [--histograms N] [--bins N] [--rounds N]
                                      [--json FILE]
"""

from __future__ import annotations

import json
import subprocess
import sys
import time

import numpy as np
from frame import keep, medians, options

from dqmconsole.checks.batch import Batch, Rows
from dqmconsole.checks.comparison import Chi2PerDegree, KolmogorovDistance
from dqmconsole.model.histogram import Axis
from dqmconsole.model.verdict import Status

SECONDS = 300
BAD = 200
_CPP = r"""
#include <ctime>
#include <vector>
struct Held { std::vector<TH1D *> data, reference; };
Held *make(int many, int bins) {
  TH1::AddDirectory(false);
  TRandom3 random(1);
  auto held = new Held;
  for (int i = 0; i < many; ++i) {
    auto one = new TH1D("one", "", bins, 0, bins);
    auto two = new TH1D("two", "", bins, 0, bins);
    for (int b = 1; b <= bins; ++b) {
      one->SetBinContent(b, random.Poisson(i % 200 ? 50 : b));
      two->SetBinContent(b, random.Poisson(200));
    }
    held->data.push_back(one);
    held->reference.push_back(two);
  }
  return held;
}
double judge(Held *held, bool chi2) {
  double sum = 0;
  std::clock_t start = std::clock();
  for (size_t i = 0; i < held->data.size(); ++i)
    sum += chi2 ? held->data[i]->Chi2Test(held->reference[i], "UU CHI2/NDF")
                : held->data[i]->KolmogorovTest(held->reference[i], "M");
  double seconds = double(std::clock() - start) / CLOCKS_PER_SEC;
  return sum < 0 ? -1 : seconds;
}
"""
_WORK = """
import json, sys
try:
    import ROOT
except ImportError:
    sys.exit(0)
given = json.loads(sys.argv[1])
ROOT.gErrorIgnoreLevel = ROOT.kFatal
ROOT.gInterpreter.Declare('#pragma cling optimize(2)' + chr(10) + given['code'])
held = ROOT.make(given['many'], given['bins'])
print(json.dumps([
    [ROOT.judge(held, True), ROOT.judge(held, False)]
    for _ in range(given['rounds'] + 1)
][1:]))
"""


def theirs(many: int, bins: int, rounds: int) -> list[list[float]]:
    """Seconds of chi2 and of Kolmogorov, of each round; nothing without ROOT."""
    given = {"code": _CPP, "many": many, "bins": bins, "rounds": rounds}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _WORK, json.dumps(given)],
        capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    lines = done.stdout.strip().splitlines()
    found: list[list[float]] = json.loads(lines[-1]) if lines else []
    return found


def batch(many: int, bins: int) -> Batch:
    chance = np.random.default_rng(1)
    data, reference = np.zeros((2, many, bins + 2))
    data[:, 1:-1] = chance.poisson(50, (many, bins))
    data[::BAD, 1:-1] = chance.poisson(np.arange(1, bins + 1), (len(data[::BAD]), bins))
    reference[:, 1:-1] = chance.poisson(200, (many, bins))
    axes = ((Axis(bins, 0.0, float(bins)),),) * many

    def rows(contents: np.ndarray) -> Rows:
        return Rows(contents, axes, contents.sum(axis=1))

    scale = data.sum(axis=1) / reference.sum(axis=1)
    return Batch(
        rows(data), ("",) * many, np.full(many, np.nan), rows(reference), scale
    )


def ours(judged: Batch, rounds: int) -> list[list[float]]:
    checks = (Chi2PerDegree(), KolmogorovDistance())
    times = []
    for _ in range(rounds + 1):
        of_round = []
        for check in checks:
            start = time.process_time()
            results = check.judge(judged)
            of_round.append(time.process_time() - start)
            bad = sum(each.status is Status.BAD for each in results)
            assert bad == -(-len(results) // BAD), bad
        times.append(of_round)
    return times[1:]


def main() -> None:
    wanted = options(__doc__, histograms=100_000, bins=100, rounds=5)
    many, bins = wanted.histograms, wanted.bins
    judged = batch(many, bins)
    sides = {
        "ours": ours(judged, wanted.rounds),
        "ROOT": theirs(many, bins, wanted.rounds),
        "ours, again": ours(judged, wanted.rounds),
    }
    figures = {}
    for number, name in enumerate(("chi2", "kolmogorov", "both")):
        times = {
            who: [sum(each) if name == "both" else each[number] for each in rounds]
            for who, rounds in sides.items()
        }
        middle = {who: 1e6 * each / many for who, each in medians(times).items()}
        figures[name] = middle
        print(name)
        for who, each in middle.items():
            ratio = each / middle.get("ROOT", float("nan"))
            print(f"  {who:12} {each:7.3f} µs each   ratio to ROOT {ratio:.3f}")
    keep(wanted.json, {"histograms": many, "bins": bins, "microseconds": figures})


if __name__ == "__main__":
    main()
