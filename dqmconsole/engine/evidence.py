"""What the judge is told of one plot: what the source has, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.model.histogram import Histogram, QualityResult, Scalar
from dqmconsole.model.run import Client, RunState
from dqmconsole.rootio.errors import RootFileError

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array


class Evidence(msgspec.Struct, frozen=True, gc=False):
    """One plot's element as the source has it at one moment.

    Attributes:
        found: the element is in the latest snapshot; None when nobody could look
            (the client has not entered the run, its file is unreadable).
        nearest: the nearest paths there are, when it was not found.
        results: the producer's quality results for it.
        defect: why its content cannot be trusted ("3 bins hold no number"), "".
        trouble: why its folder could not be read, "" when it could.
        lost: overlays that are not in the snapshot.
        reading: another process is reading its content: to be looked at again.
    """

    found: bool | None = None
    nearest: tuple[str, ...] = ()
    results: tuple[QualityResult, ...] = ()
    defect: str = ""
    trouble: str = ""
    lost: tuple[str, ...] = ()
    reading: bool = False


class Standing(msgspec.Struct, frozen=True, gc=False):
    """Where run and client stand when a plot is judged.

    Attributes:
        run: the current run; 0 when there is none.
        state: where it stands.
        client: the client of the plot's subsystem; None when none was ever seen.
    """

    run: int
    state: RunState = RunState.RUNNING
    client: Client | None = None


def reason_of(error: Exception) -> str:
    """Why something cannot be read, without its place: the tile knows that."""
    if isinstance(error, RootFileError):
        return error.what
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return str(error)


def defect_of(element: Histogram | Scalar) -> str:
    """Say which contents are no number (NaN or infinite); "" when all are."""
    if isinstance(element, Scalar):
        if isinstance(element.value, float) and not np.isfinite(element.value):
            return f"its value is no number ({element.value})"
        return ""
    parts = (element.contents, element.sumw2, element.bin_entries, element.bin_sumw2)
    lost = max((_not_finite(part) for part in parts if part is not None), default=0)
    if lost:
        bins = "1 bin holds" if lost == 1 else f"{lost:,} bins hold"
        return f"{bins} no number (NaN or infinite)"
    return ""


def _not_finite(array: Array) -> int:
    if array.dtype.kind != "f":
        return 0
    # One sum tells for all; only when it is odd is each bin looked at.
    with np.errstate(all="ignore"):
        total = array.sum(dtype=np.float64)
    if np.isfinite(total):
        return 0
    return int(array.size - np.count_nonzero(np.isfinite(array)))
