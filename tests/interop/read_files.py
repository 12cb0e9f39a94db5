"""Files that others wrote, read by this project and by real ROOT: the same, bin by bin?

    python tests/interop/read_files.py FOLDER... [--json OUT.json]

Every histogram, profile, graph, efficiency, stack, list and TH2Poly of every ROOT file
below the folders. Needs ROOT (extra ``interop``), which reads each file in a child with
a limit on its time and its output. See the README beside this file for files to read.
"""

from __future__ import annotations

import argparse
import collections
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parent))

from compare import differences
from describe import KNOWN

from dqmconsole.rootio.dqmfile import DqmFile
from dqmconsole.rootio.errors import NotInFileError, RootFileError

SECONDS = 120  # for ROOT, of one file
MOST_BYTES = 1 << 30  # of what it says
_SHOWN = 30

Said = dict[str, Any]


class Row(NamedTuple):
    """What became of one object: equal, different, refused, or "not by ROOT either"."""

    file: str
    path: str
    root_class: str
    outcome: str
    words: str = ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--json", type=Path, help="write every row there")
    asked = parser.parse_args()
    rows: list[Row] = []
    files = 0
    for folder in asked.folders:
        for path in sorted(folder.rglob("*.root")):
            files += 1
            rows += read(path)
    table(files, rows)
    if asked.json:
        asked.json.write_text(json.dumps([row._asdict() for row in rows], indent=1))
    return int(any(row.outcome == "different" for row in rows))


def read(path: Path) -> list[Row]:
    """Read one file twice and compare."""
    said = ask(path)
    if isinstance(said, str):
        return [Row(path.name, "", "", "ROOT fails", said)]
    try:
        file = DqmFile(path)
    except (RootFileError, NotInFileError, OSError) as error:
        return [
            Row(path.name, place, each["class"], "refused", str(error))
            for place, each in said.items()
        ]
    rows = []
    with file:
        listed = set()
        trouble = ""
        try:
            listed = {e.path for e in file.entries() if e.kind in KNOWN}
        except RootFileError as error:
            trouble = str(error)
        for place, each in said.items():
            rows.append(_object(file, path.name, place, each))
        # a CMS file has its elements by another path than ROOT
        more = sorted(listed - said.keys()) if file.run is None else []
        rows += [Row(path.name, p, "", "different", "ROOT has no such") for p in more]
        if trouble:
            rows.append(Row(path.name, "", "", "list cut short", trouble))
    return rows


def _object(file: DqmFile, name: str, place: str, said: Said) -> Row:
    kind = said["class"]
    try:
        found = file.element(place)
    except (RootFileError, NotInFileError) as error:
        outcome = "not by ROOT either" if "null" in said else "refused"
        return Row(name, place, kind, outcome, str(error))
    if "large" in said:
        return Row(name, place, kind, "not compared", f"{said['large']:,} cells")
    wrong = differences(found, said)
    if wrong:
        return Row(name, place, kind, "different", "; ".join(wrong[:3]))
    return Row(name, place, kind, "equal")


def ask(path: Path) -> Said | str:
    """What ROOT reads in a file, or why it does not."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "said.json"
        script = Path(__file__).parent / "describe.py"
        try:
            done = subprocess.run(
                [sys.executable, "-W", "ignore", str(script), str(path), str(out)],
                capture_output=True,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"took more than {SECONDS} s"
        if done.returncode or not out.exists():
            words = done.stderr.decode(errors="replace").strip().splitlines()
            return (words or [f"ended with {done.returncode}"])[-1][:200]
        if out.stat().st_size > MOST_BYTES:
            return "says too much"
        found: Said = json.loads(out.read_text())
        return found


def table(files: int, rows: list[Row]) -> None:
    """Print what became of the objects, by class, then what is not equal."""
    outcomes = sorted({row.outcome for row in rows})
    classes = sorted({row.root_class for row in rows if row.root_class})
    counts = collections.Counter((row.root_class, row.outcome) for row in rows)
    width = max([len(each) for each in classes], default=5)
    out = sys.stdout.write
    out(f"{files} files, {sum(bool(row.root_class) for row in rows)} objects\n\n")
    out(f"{'class':<{width}}  " + "  ".join(outcomes) + "\n")
    for root_class in classes:
        cells = [f"{counts[root_class, each]:>{len(each)}}" for each in outcomes]
        out(f"{root_class:<{width}}  " + "  ".join(cells) + "\n")
    totals = collections.Counter(row.outcome for row in rows if row.root_class)
    cells = [f"{totals[each]:>{len(each)}}" for each in outcomes]
    out(f"{'all':<{width}}  " + "  ".join(cells) + "\n\n")
    odd = [row for row in rows if row.outcome != "equal"]
    for row in odd[:_SHOWN]:
        out(f"{row.outcome}: {row.file}: {row.path} {row.root_class}: {row.words}\n")
    if len(odd) > _SHOWN:
        out(f"and {len(odd) - _SHOWN} more\n")


if __name__ == "__main__":
    sys.exit(main())
