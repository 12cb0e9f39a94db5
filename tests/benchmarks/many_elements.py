"""A file of many histograms, and ROOT as a contender: used by the benchmarks of rootio.

Everything that ROOT does, it does in a child process, in C++ that its interpreter
compiles, timed there by ``std::chrono``.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.histogram import Axis, Histogram
from dqmconsole.rootio.write import write_dqm

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = 300
PER_FOLDER = 100
RUN = 380001

_CPP = r"""
#include <chrono>
typedef std::chrono::steady_clock Clock;
double since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}
// Every tenth has ten labels, every fourth Sumw2; `differ`: no two x axes are equal.
void make(const char *name, int elements, int compression, bool differ) {
  TH1::AddDirectory(false);
  TFile file(name, "RECREATE", "", compression);
  TRandom3 random(1);
  auto top = file.mkdir("DQMData")->mkdir("Run 380001");
  TDirectory *folder = nullptr;
  for (int i = 0; i < elements; ++i) {
    if (i % 100 == 0) {
      int d = i / 100;
      TString system = TString::Format("System%d", d % 16);
      auto home = top->GetDirectory(system);
      if (!home) home = top->mkdir(system)->mkdir("Run summary");
      else home = home->GetDirectory("Run summary");
      folder = home->mkdir(TString::Format("Folder%d", d));
    }
    double low = differ ? 0.5 * i : 0;
    TString more = differ ? TString::Format(" of module %d", i) : TString();
    TH1F h(TString::Format("hist_%d", i),
           TString::Format("Plot %d;x%s [mm];entries", i, more.Data()),
           100, low, low + 100);
    if (i % 4 == 0) h.Sumw2();
    if (i % 10 == 0)
      for (int b = 1; b <= 10; ++b)
        h.GetXaxis()->SetBinLabel(b, TString::Format("label %d", b));
    for (int b = 0; b < 102; ++b) h.SetBinContent(b, random.Poisson(20));
    h.SetEntries(2000);
    folder->WriteTObject(&h);
  }
  file.Close();
}
void collect(TDirectory *home, std::vector<TKey *> &found) {
  TIter next(home->GetListOfKeys());
  while (auto key = static_cast<TKey *>(next())) {
    if (!strncmp(key->GetClassName(), "TDirectory", 10)) {
      auto below = home->GetDirectory(key->GetName());
      if (below) collect(below, found);
    } else
      found.push_back(key);
  }
}
double list_keys(const char *name) {
  auto start = Clock::now();
  std::unique_ptr<TFile> file(TFile::Open(name));
  std::vector<TKey *> found;
  collect(file.get(), found);
  double seconds = since(start);
  return found.empty() ? -1 : seconds;
}
struct Held {
  std::unique_ptr<TFile> file;
  std::vector<TKey *> keys;
};
Held *hold(const char *name) {
  TH1::AddDirectory(false);
  auto held = new Held;
  held->file.reset(TFile::Open(name));
  collect(held->file.get(), held->keys);
  return held;
}
double read_all(Held *held) {
  double sum = 0;
  auto start = Clock::now();
  for (auto key : held->keys) {
    auto h = static_cast<TH1F *>(key->ReadObj());
    sum += h->GetBinContent(1);
    delete h;
  }
  double seconds = since(start);
  return sum < 0 ? -1 : seconds;
}
"""


def child(work: str, arguments: dict[str, object]) -> list[float]:
    """Run the body `work` under ROOT; it fills the list `times`. Empty without ROOT."""
    script = (
        "import json, sys\n"
        "try:\n    import ROOT\nexcept ImportError:\n    sys.exit(0)\n"
        f"ROOT.gInterpreter.Declare({_CPP!r})\n"
        f"given = json.loads({json.dumps(arguments)!r})\ntimes = []\n"
        f"{work}\nprint('TIMES' + json.dumps(times))\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        capture_output=True,
        timeout=SECONDS,
        check=False,
        text=True,
    )
    for line in done.stdout.splitlines():
        if line.startswith("TIMES"):
            times: list[float] = json.loads(line[5:])
            return times
    return []


def make_file(path: Path, elements: int, *, compressed: bool, differ: bool) -> str:
    """Make a file of TH1F with 100 bins, by ROOT where it is; return who wrote it."""
    code = 101 if compressed else 0
    given = {"file": str(path), "n": elements, "code": code, "differ": differ}
    work = "ROOT.make(given['file'], given['n'], given['code'], given['differ'])"
    child(work, given)
    if path.exists():
        return "ROOT"
    write_dqm(path, RUN, _folders(elements, differ=differ))
    return "dqmconsole"


def _folders(elements: int, *, differ: bool) -> dict[str, list[Histogram]]:
    rng = np.random.default_rng(1)
    folders: dict[str, list[Histogram]] = {}
    labels = tuple(f"label {n}" if n <= 10 else "" for n in range(1, 101))
    for i in range(elements):
        folder = i // PER_FOLDER
        low, more = (0.5 * i, f" of module {i}") if differ else (0.0, "")
        axis = Axis(
            100,
            low,
            low + 100,
            title=f"x{more} [mm]",
            labels=() if i % 10 else labels,
        )
        contents = rng.poisson(20, 102).astype(np.float32)
        sumw2 = None if i % 4 else contents.astype(np.float64)
        made = Histogram(
            f"hist_{i}",
            f"Plot {i}",
            "TH1F",
            (axis,),
            contents,
            sumw2,
            entries=2000,
            sums=(0.0,) * 4,
            y_title="entries",
        )
        home = folders.setdefault(f"System{folder % 16}/Folder{folder}", [])
        home.append(made)
    return folders
