"""The run to look at where nobody learns, before the site is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.training.files.exam import read_exam
from dqmconsole.training.files.kind import causes
from dqmconsole.training.files.lessons import FOLDER
from dqmconsole.training.files.sound import EXAM
from dqmconsole.training.item_bank import teaches_recorded_alone
from dqmconsole.training.lesson import LessonRun, Teaching

if TYPE_CHECKING:
    from pathlib import Path


def idle_run(folder: Path) -> LessonRun:
    """The run to look at where nobody learns.

    Where all faults of ``exam.yaml`` are put into recorded runs it is the first of
    these, as it was, at the detector's own pace; else a simulated one.

    Args:
        folder: as ``lesson_named.folder_in_force`` gives it.
    """
    file = f"{FOLDER}/{EXAM}.yaml"
    try:
        settings = read_exam((folder / file).read_bytes(), file).settings
    except OSError:
        settings = None
    matter = () if settings is None else settings.matter
    first = next((each for each in matter if each.recorded), None)
    if first is None:
        return LessonRun()
    if not teaches_recorded_alone(Teaching(exam=settings, causes=causes())):
        return LessonRun()
    ahead = max(1, first.updates // 2)
    return LessonRun(recorded=first.recorded[0], ahead=ahead, speed=1.0)
