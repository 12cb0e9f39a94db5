"""Write a snapshot of 2,000 monitor elements: ours, uproot, and ROOT where it is.

    python tests/benchmarks/write_snapshot.py [--json FILE] [--rounds N]

The same TH1Fs (100 bins with titles and Poisson contents, 20 folders) and the same
compression (zlib 1) for all but the row that says lz4; each round runs every
contender of Python once, in turn, and then ROOT writes in C++ in a child. All
histograms exist before the clock starts, uproot's already as its own objects. The
goal is 1/5 of uproot's time.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from frame import keep, medians, options
from many_elements import child

from dqmconsole.model.histogram import Axis, Histogram, read_only
from dqmconsole.rootio.write import write_root

if TYPE_CHECKING:
    from collections.abc import Callable

ELEMENTS = 2000
FOLDERS = 20
BINS = 100
GOAL = 5.0

# No global object: the interpreter of ROOT 6.40's wheel fails to construct one.
_CPP = """
TObjArray *made = nullptr;
void make_all(int n, int bins) {
  TH1::AddDirectory(false);
  TRandom3 random(1);
  made = new TObjArray;
  for (int i = 0; i < n; ++i) {
    auto h = new TH1F(TString::Format("plot%04d", i), "Occupancy;channel;hits",
                      bins, 0, bins);
    for (int b = 0; b < bins + 2; ++b) h->SetBinContent(b, random.Poisson(40));
    made->Add(h);
  }
}
double write_all(const char *path, int folders) {
  auto start = Clock::now();
  TFile file(path, "RECREATE", "", 101);
  int each = made->GetEntriesFast() / folders;
  for (int f = 0; f < folders; ++f) {
    auto home = file.mkdir(TString::Format("folder%02d", f));
    for (int i = 0; i < each; ++i) home->WriteTObject(made->At(f * each + i));
  }
  file.Close();
  return since(start);
}
"""
_ROOT_WORK = """
ROOT.gInterpreter.Declare(given['cpp'])
ROOT.make_all(given['elements'], given['bins'])
for _ in range(given['rounds'] + 1):
    times.append(ROOT.write_all(given['file'], given['folders']))
del times[0]
"""


def main() -> None:
    """Run the contenders in turn and print their medians."""
    wanted = options(__doc__, rounds=7)
    folders = snapshot()
    with tempfile.TemporaryDirectory() as place:
        contenders = ready(folders, Path(place))
        times: dict[str, list[float]] = {name: [] for name in contenders}
        for _ in range(wanted.rounds):
            for name, write in contenders.items():
                start = time.perf_counter()
                write()
                times[name].append(time.perf_counter() - start)
        times["ROOT"] = by_root(Path(place) / "ROOT.root", wanted.rounds)
        sizes = {path.stem: path.stat().st_size for path in Path(place).iterdir()}
    report(times, sizes, wanted.json)


def snapshot() -> dict[str, list[Histogram]]:
    """2,000 histograms in 20 folders."""
    random = np.random.default_rng(1)
    axis = Axis(BINS, 0.0, float(BINS), title="channel")
    folders: dict[str, list[Histogram]] = {}
    for number in range(ELEMENTS):
        cells = random.poisson(40, BINS + 2).astype("f4")
        made = Histogram(
            f"plot{number:04d}", "Occupancy", "TH1F", (axis,), read_only(cells),
            entries=float(cells.sum()), y_title="hits",
        )  # fmt: skip
        folder = f"folder{number * FOLDERS // ELEMENTS:02d}"
        folders.setdefault(folder, []).append(made)
    return folders


def ready(
    folders: dict[str, list[Histogram]], place: Path
) -> dict[str, Callable[[], None]]:
    """Everything done that is done before the clock starts."""
    import uproot
    from uproot.writing.identify import to_TAxis, to_TH1x

    def theirs(histogram: Histogram) -> object:
        axes = [
            to_TAxis(name, title, bins, low, high)
            for name, title, bins, low, high in (
                ("xaxis", "channel", BINS, 0.0, float(BINS)),
                ("yaxis", "hits", 1, 0.0, 1.0),
                ("zaxis", "", 1, 0.0, 1.0),
            )
        ]
        sums = (0.0, 0.0, 0.0, 0.0)
        data = histogram.contents.astype(">f4")
        return to_TH1x(
            histogram.name, histogram.title, data, histogram.entries,
            *sums, np.array([], dtype=">f8"), *axes,
        )  # fmt: skip

    converted = {
        f"{folder}/{histogram.name}": theirs(histogram)
        for folder, held in folders.items()
        for histogram in held
    }

    def by_uproot() -> None:
        compression = uproot.ZLIB(1)
        with uproot.recreate(place / "uproot.root", compression=compression) as file:
            for path, histogram in converted.items():
                file[path] = histogram

    contenders: dict[str, Callable[[], None]] = {
        "ours": lambda: write_root(place / "ours.root", folders),
        "ours, lz4": lambda: write_root(
            place / "ours, lz4.root", folders, compression="lz4"
        ),
        "uproot": by_uproot,
    }
    return contenders


def by_root(path: Path, rounds: int) -> list[float]:
    """ROOT's times, from a child; none where ROOT is not installed."""
    given = {
        "cpp": _CPP,
        "file": str(path),
        "elements": ELEMENTS,
        "bins": BINS,
        "folders": FOLDERS,
        "rounds": rounds,
    }
    # where the interpreter failed to compile, its "times" are negative
    return [taken for taken in child(_ROOT_WORK, given) if taken > 0]


def report(
    times: dict[str, list[float]], sizes: dict[str, int], target: Path | None
) -> None:
    """Print the table; write it as JSON where asked."""
    middle = medians(times)
    print(f"write a snapshot of {ELEMENTS:,} TH1F of {BINS} bins, medians")
    for name, median in middle.items():
        ratio = median / middle["ours"]
        each = 1e6 * median / ELEMENTS
        print(
            f"{name:10} {1e3 * median:9.1f} ms {each:8.1f} µs each"
            f"   {ratio:6.2f} × ours   {sizes[name]:,} bytes"
        )
    ratio = middle["uproot"] / middle["ours"]
    if "ROOT" not in middle:
        print("ROOT is not installed, or failed: left out")
    word = "reached" if ratio >= GOAL else "missed"
    print(f"uproot / ours = {ratio:.1f}; the goal of {GOAL:.0f} is {word}")
    keep(target, {"seconds": times, "medians": middle, "uproot_over_ours": ratio})


if __name__ == "__main__":
    main()
