"""The run to look at where nobody learns, before the site is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.training.files.exam import read_exam
from dqmconsole.training.files.kind import causes
from dqmconsole.training.files.lessons import FOLDER
from dqmconsole.training.files.observed_shifts import OBSERVED, read_observed
from dqmconsole.training.files.sound import EXAM
from dqmconsole.training.item_bank import measurable_faults, teaches_recorded_alone
from dqmconsole.training.lesson import LessonRun, Teaching

if TYPE_CHECKING:
    from pathlib import Path


def idle_run(folder: Path) -> LessonRun | None:
    """The run to look at where nobody learns; None: better none.

    Where all faults of ``exam.yaml`` are put into recorded runs it is the first of
    these, as it was, at the detector's own pace; else a simulated one. Never is it the
    run of an observed shift: who saw it knows it. A site that has observed shifts of
    recorded runs alone, and no exam of simulated ones, has no simulator.

    Args:
        folder: as ``lesson_named.folder_in_force`` gives it.
    """
    exam = read_exam(_bytes(folder, EXAM), EXAM).settings
    observed = read_observed(_bytes(folder, OBSERVED), OBSERVED).settings
    taught = Teaching(exam=exam, causes=causes())
    shifts = observed.shifts if observed is not None else ()
    spent = {each.run.recorded for each in shifts}
    if not teaches_recorded_alone(taught):
        recorded = len(shifts) > 0 and 0 not in spent
        return None if recorded and not measurable_faults(taught) else LessonRun()
    left = (
        LessonRun(recorded=run, ahead=max(1, each.updates // 2), speed=1.0)
        for each in taught.matter
        for run in each.recorded
        if run not in spent
    )
    return next(left, None)


def _bytes(folder: Path, name: str) -> bytes:
    """A file of the lessons; b"" where it is not there."""
    try:
        return (folder / FOLDER / f"{name}.yaml").read_bytes()
    except OSError:
        return b""
