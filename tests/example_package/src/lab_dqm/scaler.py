"""A source: the counts of a scaler, which a readout writes into a JSON file.

``dqmconsole open scaler:/daq/scaler.json``
"""

from __future__ import annotations

import json
from pathlib import Path

import hist

from dqmconsole.sources.package import Update


class Scaler:
    """Reads ``{"run": 12, "spill": 7, "counts": [3, 1, 4]}``, written again and again.

    Args:
        text: path of the file.
    """

    every = 0.5  # s

    def __init__(self, text: str) -> None:
        self._path = Path(text).expanduser()
        self._written = 0

    def read(self) -> Update | None:
        """The counts as they stand, once for each time they were written."""
        written = self._path.stat().st_mtime_ns
        if written == self._written:
            return None
        told = json.loads(self._path.read_text())
        counts = hist.Hist.new.Int(0, len(told["counts"]), label="channel").Double()
        counts[...] = told["counts"]
        self._written = written
        elements = {"Scaler/counts": counts, "Scaler/spill": told["spill"]}
        return Update(told["run"], elements, lumisection=told["spill"])
