"""What is wrong with a source, as Problems."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.problem import Problem
from dqmconsole.sources.states import part_words, two_writers

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from dqmconsole.sources.track import Track


def source_problem(message: str, file: str) -> Problem:
    """A problem of the data source, with the file or folder it is in."""
    return Problem(message, file=file, kind="source")


def track_problems(track: Track, root: str) -> Iterator[Problem]:
    """What is wrong with one client: two writers, a clock that is ahead.

    Args:
        track: the client.
        root: the folder its files are in.
    """
    writers = track.writers
    if writers:
        words = (
            f"{two_writers(track.name, writers)}: shown is {part_words(len(writers))}"
        )
        yield source_problem(words, root)
    if track.reading is not None and track.reading.skew:
        yield source_problem(
            f"the clock of {track.name} is {track.reading.skew:.0f} s ahead: the age "
            "of its data is counted from the time of the file",
            root,
        )


def shared_problem(path: str, files: Collection[str], root: str) -> Problem:
    """Several files of one run hold an element."""
    return source_problem(
        f"{len(files)} files hold {path} ({', '.join(files)}): "
        f"shown is {part_words(len(files))}",
        root,
    )


def strangers_problem(files: Collection[str], root: str) -> Problem:
    """Files that could be meant for us but have no DQM name."""
    subject = "1 ROOT file has" if len(files) == 1 else f"{len(files)} ROOT files have"
    return Problem(
        f"{subject} no DQM name; left out: {min(files)}" + ", …" * (len(files) > 1),
        file=root,
        severity="advice",
        kind="source",
    )
