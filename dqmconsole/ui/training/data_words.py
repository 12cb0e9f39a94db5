"""Where the data come from that are shown in a training, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dqmconsole.model.run import RunInfo
    from dqmconsole.training.lesson import LessonRun


def kind_of_run(shown: LessonRun | None) -> str:
    """Where a run comes from, in a word: "recorded" or "simulated"."""
    return "recorded" if shown is not None and shown.recorded else "simulated"


def data_words(run: RunInfo, shown: LessonRun | None, *, kept: bool = False) -> str:
    """Say where the data come from: "simulated run 398214, nothing here is real".

    Args:
        run: the run.
        shown: how it was made; None where there is none.
        kept: it is shown by an evidence bundle, which may be of a real run.
    """
    if kept:
        of = f" of run {run.run}" if run.run > 0 else ""
        return f"kept evidence{of}, nothing here is live"
    if shown is None:
        return "no run is shown"
    kind = kind_of_run(shown)
    named = f"{kind} run {run.run}" if run.run > 0 else f"a {kind} run"
    if not shown.recorded:
        return f"{named}, nothing here is real"
    put = " with faults put into it" if shown.causes else ""
    return f"{named}{put}, nothing here is live"
