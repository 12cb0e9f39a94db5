"""Recorded runs that training cannot play any more, and where the lessons name them."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from dqmconsole.app.options import record_to_play
from dqmconsole.model.run import run_words
from dqmconsole.model.words import listed
from dqmconsole.recording.run_file import BROKEN_RECORD, RunFile
from dqmconsole.sources.recorded import RECORDED, recorded_path
from dqmconsole.sources.source import SourceError
from dqmconsole.training.files.exam import read_exam
from dqmconsole.training.files.lessons import FOLDER
from dqmconsole.training.files.observed_shifts import OBSERVED, read_observed
from dqmconsole.training.files.sound import EXAM

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dqmconsole.site.findings import Place


def why_gone(run: int, home: str, folder: Path) -> str:
    """Why a recorded run cannot be played, and where that is written; "" where it can.

    Args:
        run: its number.
        home: the site's own folder, beside which its runs are recorded; "" for that of
            the bundled one.
        folder: the folder that is read of the site.
    """
    try:
        record = record_to_play(run, home).removeprefix(RECORDED)
        with closing(RunFile.read(recorded_path(record))):
            return ""
    except (SourceError, OSError, *BROKEN_RECORD) as error:
        return gone_words(run, str(error), folder)


def gone_words(run: int, why: str, folder: Path) -> str:
    """That a run is gone, why, and where the lessons of a site name it.

    Args:
        run: its number.
        why: in words.
        folder: the folder that is read of the site.
    """
    places = [f"{e.file}:{e.line}:{e.column}" for e in _named(run, folder)]
    where = f" (named in {listed(places)})" if places else ""
    return f"{run_words(run)} is gone: {why}{where}"


def _named(run: int, folder: Path) -> Iterator[Place]:
    """Where exam and observed shifts name a run."""
    file = f"{FOLDER}/{EXAM}.yaml"
    exam = read_exam(_bytes(folder / file), file)
    for at, item in enumerate(
        exam.settings.matter if exam.settings is not None else ()
    ):
        for number, each in enumerate(item.recorded):
            if each == run:
                yield exam.places[f"matter[{at}].recorded[{number}]"]
    file = f"{FOLDER}/{OBSERVED}.yaml"
    observed = read_observed(_bytes(folder / file), file)
    shifts = observed.settings.shifts if observed.settings is not None else ()
    for at, shift in enumerate(shifts):
        if shift.run.recorded == run:
            yield observed.places[f"shifts[{at}].run.recorded"]


def _bytes(path: Path) -> bytes:
    """The bytes of a file; none where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError:
        return b""
