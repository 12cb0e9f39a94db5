"""``kill -9`` at random moments of a whole shift, on SQLite and on PostgreSQL.

Every round is a real console with engine and window (offscreen) that plays the shift
by keyboard and says which records the book has confirmed; it is killed, the book is
opened, and every confirmed record and its evidence must be in it.

    python tests/benchmarks/kill_shift.py [--rounds 50] [--only sqlite|postgresql]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from support.killed_shift import Scene, moments, one_round
from support.postgres import Cluster, programs


def main() -> int:
    """Run it; 0 when nothing was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    bad = 0
    for kind in ("sqlite", "postgresql"):
        if wanted.only in (None, kind):
            bad += _rounds(kind, wanted.rounds, wanted.seed)
    return int(bad > 0)


def _rounds(kind: str, rounds: int, seed: int) -> int:
    cluster = None
    if kind == "postgresql":
        cluster = Cluster(programs() or Path("/nowhere"))
        cluster.make()
    try:
        with tempfile.TemporaryDirectory() as scratch:
            scene = Scene.at(Path(scratch), cluster)
            whole = one_round(scene, None)
            print(f"{kind}: a whole shift takes {whole.lived:.1f} s, {len(whole.saved)}"
                  f" records, played {whole.played}, lost {whole.lost}")  # fmt: skip
            confirmed, lost, finished = 0, list(whole.lost), 0
            for number, moment in enumerate(moments(rounds, whole.lived, seed), 1):
                found = one_round(scene, moment)
                confirmed += len(found.saved)
                lost += found.lost
                finished += found.played
                print(f"  {number:3d}: killed after {moment:4.1f} s, "
                      f"{len(found.saved)} confirmed, lost {found.lost}")  # fmt: skip
            last = one_round(scene, None)
            lost += last.lost
            print(f"{kind}: {rounds} kills, {confirmed} records confirmed, lost "
                  f"{len(lost)}; {finished} had played to the end; the next console "
                  f"played: {last.played}")  # fmt: skip
            return len(lost) + (not last.played)
    finally:
        if cluster is not None:
            cluster.remove()


if __name__ == "__main__":
    sys.exit(main())
