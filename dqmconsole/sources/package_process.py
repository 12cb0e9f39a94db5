"""The process in which a package's source is read, update by update.

``python -m dqmconsole.sources.package_process FOLDER NAME VALUE REST SECONDS``: each
update is written into the folder, and after each read a line of standard output says
how it went. It ends when the other end of its standard input closes, or when a read
takes so many seconds.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.link.lifeline import wake_when_parent_dies
from dqmconsole.model.graph import Graph
from dqmconsole.model.histogram import Histogram, Scalar
from dqmconsole.model.uhi import UhiHistogram, from_uhi
from dqmconsole.plugins import (
    ANY_ERROR,
    SOURCES,
    Unusable,
    bounded_memory,
    error_words,
    imported,
    words_of,
)
from dqmconsole.rootio.encode import UnwritableError, encode_graph, encode_histogram
from dqmconsole.rootio.write import write_root
from dqmconsole.sources.names import parse_name
from dqmconsole.sources.package import EVERY, REFUSED, Update, Word

if TYPE_CHECKING:
    from dqmconsole.sources.package import Reader

RUNS_KEPT = 3
_LEAST = 0.05  # s between two reads
_MOST = 86_400.0  # s
_MOST_SAID = 10  # elements that cannot be written are said one by one
_LARGEST_RUN = 999_999_999  # nine digits stand in the names of files


def write_update(folder: Path, update: Update) -> tuple[str, ...]:
    """Write an update as a ROOT file, and remove those that it replaces.

    Returns:
        What of it could not be written, and why.

    Raises:
        ValueError: the run or lumisection cannot be, or the file would be too large.
        OSError: the disk refuses.
    """
    run = _number(update.run, "run", 1)
    here = {file: told for file in os.listdir(folder) if (told := parse_name(file))}  # noqa: PTH208 - only names are wanted
    reached = max((each.lumisection or 0 for each in here.values() if each.run == run),
                  default=0)  # fmt: skip
    lumisection = reached + 1
    if update.lumisection is not None:
        lumisection = _number(update.lumisection, "lumisection", 0)
    folders: dict[str, list[Histogram | Graph | Scalar]] = {}
    wrong = []
    for path, given in update.elements.items():
        try:
            place, _, name = _steps(path).rpartition("/")
            folders.setdefault(place, []).append(_element(name, given))
        except (ValueError, TypeError, AttributeError) as error:
            wrong.append(f"{path} is left out: {words_of(error)}")
    target = f"DQM_V0001_R{run:09d}.root"
    if not update.final:
        target += f".ls{lumisection:08d}"
    write_root(folder / target, folders, compression="none")
    runs = sorted({run, *(each.run for each in here.values())})
    for file, known in here.items():
        if file != target and (known.run == run or known.run not in runs[-RUNS_KEPT:]):
            (folder / file).unlink(missing_ok=True)
    more = len(wrong) - _MOST_SAID
    return (*wrong[:_MOST_SAID], *([f"and {more} more are left out"] * (more > 0)))


def _number(given: object, what: str, least: int) -> int:
    if not isinstance(given, int | np.integer) or not least <= given <= _LARGEST_RUN:
        message = f"the {what} is {given!r}, not {least} to {_LARGEST_RUN}"
        raise ValueError(message)
    return int(given)


def _steps(path: object) -> str:
    if not (isinstance(path, str) and path and all(path.split("/"))):
        message = "its path is no words with / between"
        raise ValueError(message)
    return path


def _element(name: str, given: object) -> Histogram | Graph | Scalar:
    if isinstance(given, bool | int | float | str | np.number):
        value = given.item() if isinstance(given, np.number) else given
        return Scalar(name, int(value) if isinstance(value, bool) else value)
    if isinstance(given, Histogram | Graph):
        found = msgspec.structs.replace(given, name=name)
    elif isinstance(given, UhiHistogram):
        found = from_uhi(name, given)
    else:
        kind = type(given).__name__
        message = f"a {kind} is no histogram, graph, number or text"
        raise TypeError(message)
    try:  # one that cannot be written must not take the others with it
        if isinstance(found, Histogram):
            encode_histogram(found)
        else:
            encode_graph(found)
    except UnwritableError as error:
        raise ValueError(str(error)) from error
    return found


def _pause(reader: Reader) -> float:
    every = float(getattr(reader, "every", EVERY))
    if not every <= _MOST:  # NaN, too
        message = f"its every is {every:g}, not seconds up to {_MOST:g}"
        raise ValueError(message)
    return max(every, _LEAST)


def main() -> int:
    """Read again and again, until the other end of standard input closes."""
    wake_when_parent_dies()
    folder, name, value, rest, seconds = sys.argv[1:]
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(int(seconds))
    words = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what a package prints is for people

    def say(word: Word) -> None:
        words.write(msgspec.json.encode(word) + b"\n")

    def ask(reader: Reader, last: Word) -> Word:
        try:
            update: object = reader.read()
            if update is None:
                return Word("", last.left_out)
            if not isinstance(update, Update):
                return Word(f"read gave {type(update).__name__}, no Update")
            return Word("", write_update(Path(folder), update))
        except ANY_ERROR as error:
            return Word(error_words(error))

    try:
        reader = imported(EntryPoint(name, value, SOURCES))(rest)  # type: ignore[operator]
        every = _pause(reader)
    except ANY_ERROR as error:
        say(Word(str(error) if isinstance(error, Unusable) else error_words(error)))
        return REFUSED
    word = Word()
    while True:
        signal.alarm(int(seconds))
        word = ask(reader, word)
        signal.alarm(0)
        say(word)
        if select.select([0], [], [], every)[0]:  # nobody writes: it was closed
            shutil.rmtree(folder, ignore_errors=True)
            return 0


if __name__ == "__main__":
    code = 1
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt), bounded_memory():
        code = main()
    os._exit(code)  # what a package left running does not count
