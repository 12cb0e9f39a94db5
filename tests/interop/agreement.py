"""What checks compute, held against ROOT and scipy on histograms made at random.

    python tests/interop/agreement.py [--cases N] [--json OUT.json]

Chi2 in its three modes, Kolmogorov's test, mean, RMS and skewness along x, in one and
two dimensions: prints the largest difference of each number, as a share of it, and ends
with 1 where one from ROOT exceeds 1e-6. The chance of Kolmogorov's distance of a map
from a weighted one is not held against ROOT's (see :func:`kolmogorov_test`). Needs ROOT
(extra ``interop``), which works in a child process with a limit on its time.
"""

from __future__ import annotations

import argparse
import importlib
import json
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dqmconsole.checks.batch import Rows
from dqmconsole.checks.moments import moments
from dqmconsole.checks.root_statistics import Sides, chi2_test, kolmogorov_test
from dqmconsole.model.histogram import Axis

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array

SECONDS = 300
CLOSE = 1e-6
_TINY = 1e-12  # smaller numbers are compared with this
_ROOT = r"""
import json, sys
import numpy as np
import ROOT
ROOT.gErrorIgnoreLevel = ROOT.kFatal
ROOT.TH1.AddDirectory(False)
ROOT.gInterpreter.Declare('''
double chi2_of(TH1 *one, TH1 *other, int which) {
  double chi2 = 0;
  int ndf = 0, good = 0;
  double p = one->Chi2TestX(other, chi2, ndf, good, "");
  return which == 0 ? chi2 : which == 1 ? ndf : p;
}
''')
def made(contents, squares):
    if contents.ndim == 1:
        h = ROOT.TH1D('', '', len(contents), 0, 1)
    else:
        h = ROOT.TH2D('', '', contents.shape[0], 0, 1, contents.shape[1], 0, 1)
    weighted = squares is not None
    if weighted:
        h.Sumw2()
    for at in np.ndindex(contents.shape):
        cell = h.GetBin(*(int(each) + 1 for each in at))
        h.SetBinContent(cell, float(contents[at]))
        if weighted:
            h.SetBinError(cell, float(np.sqrt(squares[at])))
    return h
given = np.load(sys.argv[1])
said = []
for number in range(int(given['cases'])):
    def array(name):
        key = f'{name}{number}'
        return given[key] if key in given.files else None
    one = made(array('data'), array('data_squares'))
    two = made(array('reference'), array('reference_squares'))
    said.append({
        'chi2': ROOT.chi2_of(one, two, 0), 'ndf': ROOT.chi2_of(one, two, 1),
        'p': ROOT.chi2_of(one, two, 2),
        'distance': one.KolmogorovTest(two, 'M'),
        'p_distance': one.KolmogorovTest(two),
        'mean': one.GetMean(), 'rms': one.GetStdDev(), 'skewness': one.GetSkewness(),
    })
json.dump(said, open(sys.argv[2], 'w'))
"""


class Case(NamedTuple):
    """Two histograms: contents and squared errors, of one shape."""

    kind: str
    data: Array
    reference: Array
    data_squares: Array | None = None
    reference_squares: Array | None = None


def cases(many: int) -> list[Case]:
    """So many of each kind, from a few entries to many."""
    chance = np.random.default_rng(20261127)
    made = []
    for kind in ("UU", "UW", "WW"):
        for dimensions in (1, 2):
            for _ in range(many):
                most = 120 if dimensions == 1 else 15
                shape = tuple(chance.integers(2, most, dimensions).tolist())
                mean = 10 ** chance.uniform(-0.3, 3.5)
                shapes = chance.uniform(0.3, 1.7, shape)
                data = _filled(chance, mean * shapes, weighted=kind == "WW")
                other = shapes * chance.uniform(0.9, 1.1, shape)
                more = mean * 10 ** chance.uniform(-0.3, 1)
                reference = _filled(chance, more * other, weighted=kind != "UU")
                if min(data[0].sum(), reference[0].sum()) > 3:
                    made.append(
                        Case(
                            f"{kind}, {dimensions}-D",
                            data[0],
                            reference[0],
                            data[1],
                            reference[1],
                        )
                    )
    return made


def _filled(
    chance: np.random.Generator, means: Array, *, weighted: bool
) -> tuple[Array, Array | None]:
    counts = chance.poisson(means).astype(np.float64)
    if not weighted:
        return counts, None
    weight = 10 ** chance.uniform(-0.5, 0.5)
    weights = weight * chance.uniform(0.6, 1.4, means.shape)
    return counts * weights, counts * weights**2


def ask(made: list[Case]) -> list[dict[str, float]]:
    """What ROOT says of each."""
    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder) / "cases.npz", Path(folder) / "said.json"
        arrays = {
            f"{name}{number}": array
            for number, case in enumerate(made)
            for name, array in case._asdict().items()
            if name != "kind" and array is not None
        }
        np.savez(source, allow_pickle=False, cases=np.array(len(made)), **arrays)
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", _ROOT, str(source), str(out)],
            check=True,
            timeout=SECONDS,
        )
        said: list[dict[str, float]] = json.loads(out.read_text())
        return said


def ours(case: Case) -> dict[str, float]:
    def row(squares: Array | None) -> Array | None:
        return None if squares is None else squares.reshape(1, -1)

    sides = Sides(
        case.data.reshape(1, -1),
        case.reference.reshape(1, -1),
        row(case.data_squares),
        row(case.reference_squares),
    )
    chi2 = chi2_test(sides)
    distance = kolmogorov_test(sides, case.data.shape)
    axes = tuple(Axis(bins, 0.0, 1.0) for bins in case.data.shape)
    contents = np.pad(case.data, 1)[None]
    rows = Rows(contents, (axes,), np.array([case.data.sum()]))
    found = moments(rows, 0, np.ones((1, *case.data.shape), bool))
    return {
        "mean": float(found.mean[0]),
        "rms": float(found.rms[0]),
        "skewness": float(found.skewness[0]),
        "chi2": float(chi2.chi2[0]),
        "ndf": float(chi2.ndf[0]),
        "p": float(chi2.p[0]),
        "distance": float(distance.distance[0]),
        "p_distance": float(distance.p[0]),
    }


def scipys(case: Case, mine: dict[str, float]) -> dict[str, float]:
    """What scipy has: of counts all of it, else the chances."""
    special: Any = importlib.import_module("scipy.special")
    stats: Any = importlib.import_module("scipy.stats")
    found = {"p": float(stats.chi2.sf(mine["chi2"], mine["ndf"]))}
    one, two = case.data, case.reference
    along = one if one.ndim == 1 else one.sum(axis=1)
    centers = (np.arange(len(along)) + 0.5) / len(along)
    if case.data_squares is None:
        fills = np.repeat(centers, along.astype(int))
        found |= {"mean": fills.mean(), "rms": fills.std()}
        with warnings.catch_warnings(action="ignore"):  # of entries nearly in one bin
            found["skewness"] = float(stats.skew(fills))
    if case.data_squares is None and case.reference_squares is None:
        filled = (one + two) > 0
        if filled.sum() > 1:
            table = np.stack([one[filled], two[filled]])
            tested = stats.chi2_contingency(table, correction=False)
            found |= {"chi2": tested.statistic, "p": tested.pvalue, "ndf": tested.dof}
        if one.ndim == 1:
            bins = np.arange(len(one))
            first, second = one.astype(int), two.astype(int)
            found["distance"] = stats.ks_2samp(
                np.repeat(bins, first), np.repeat(bins, second), method="asymp"
            ).statistic
            n = one.sum() * two.sum() / (one.sum() + two.sum())
            z = mine["distance"] * np.sqrt(n)
            found["p_distance"] = special.kolmogorov(z)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=250, help="of each kind")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    made = cases(asked.cases)
    rows: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for case, said in zip(made, ask(made), strict=True):
        mine = ours(case)
        if case.data.ndim == 2 and case.reference_squares is not None:
            said["p_distance"] = float("nan")
        third = scipys(case, mine)
        for name, value in mine.items():
            least = 1.0 if name == "skewness" else _TINY  # it may be 0
            apart = (
                _apart(value, said[name], least),
                _apart(value, third.get(name), least),
            )
            rows.setdefault((case.kind, name), []).append(apart)
    out = sys.stdout.write
    out(f"{'':10} {'number':12} {'cases':>5} {'ROOT':>9} {'scipy':>9}\n")
    worst = 0.0
    table = []
    for (kind, name), pairs in sorted(rows.items()):
        from_root, from_scipy = (
            max(each, default=float("nan"))
            for each in (
                [pair[side] for pair in pairs if not np.isnan(pair[side])]
                for side in (0, 1)
            )
        )
        worst = max(worst, from_root)
        scipy = "–" if np.isnan(from_scipy) else f"{from_scipy:.1e}"
        out(f"{kind:10} {name:12} {len(pairs):5} {from_root:9.1e} {scipy:>9}\n")
        table.append([kind, name, len(pairs), from_root, from_scipy])
    if asked.json:
        asked.json.write_text(json.dumps(table, indent=1) + "\n")
    return int(worst > CLOSE)


def _apart(value: float, other: float | None, least: float) -> float:
    if other is None:
        return float("nan")
    return abs(value - other) / max(abs(other), least)


if __name__ == "__main__":
    sys.exit(main())
