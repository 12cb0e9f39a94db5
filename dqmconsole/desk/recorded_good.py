"""Which recorded runs are good: said by hand, and listed, in the record's index."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING, NamedTuple

from dqmconsole.desk.good_runs import record_path
from dqmconsole.desk.reference import RefusedError
from dqmconsole.model.run import run_words
from dqmconsole.model.run_quality import RunQuality
from dqmconsole.model.when import why_not
from dqmconsole.model.words import listed
from dqmconsole.recording.index import FILE, Index
from dqmconsole.recording.run_file import RunFile
from dqmconsole.site.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from dqmconsole.model.reference import ReferenceRule
    from dqmconsole.model.run import Conditions
    from dqmconsole.model.run_quality import FalseAlarms


class KnownRun(NamedTuple):
    """A run of which it is known whether it is good, with its conditions."""

    run: int
    conditions: Conditions
    subsystems: tuple[RunQuality, ...]

    @property
    def good(self) -> bool:
        """All that was said of it is good."""
        return all(each.good for each in self.subsystems)


def say_good(
    runs: Sequence[int],
    subsystems: Sequence[str],
    said: RunQuality,
    folders: Iterable[Path],
    root: Path,
) -> tuple[RunQuality, ...]:
    """Keep whether recorded runs are good; all of them or none.

    Args:
        runs: they.
        subsystems: of which; of all that are recorded where none are named.
        said: whether they are good, who says so, when and why.
        folders: files of the runs may lie in one of them; see :func:`record_path`.
        root: below it the runs of each source are recorded; or they lie there.

    Raises:
        RefusedError: a run is not recorded, or has no such subsystem.
    """
    folders, made = list(folders), []
    by_folder: dict[Path, list[RunQuality]] = {}
    for run in runs:
        path = record_path(run, folders, root)
        if path is None:
            message = f"{run_words(run)} is not recorded below {root}: a console "
            message += "records the runs of the folder that it is open on"
            raise RefusedError(message)
        try:
            with contextlib.closing(RunFile.read(path)) as file:
                there = file.clients()
        except (sqlite3.Error, OSError) as error:
            message = f"the record of {run_words(run)} cannot be read: {error}"
            raise RefusedError(message) from error
        for name in subsystems:
            if name not in there:
                hint = did_you_mean(name, there) or f"; it has {listed(there)}"
                message = f'nothing of "{name}" is recorded of {run_words(run)}{hint}'
                raise RefusedError(message)
        for name in subsystems or there:
            own = RunQuality(run, name, said.good, (), said.by, said.at, said.why)
            by_folder.setdefault(path.parent, []).append(own)
            made.append(own)
    for folder, rows in by_folder.items():
        with _index(folder) as index:
            index.keep_good(rows)
    return tuple(made)


def known_runs(
    root: Path, run_type: str | None = None, *, unsaid: bool = False
) -> tuple[KnownRun, ...]:
    """The runs still recorded of which it is known whether they are good, ascending.

    Args:
        root: below it the runs of each source are recorded; or they lie there.
        run_type: those of this type alone; None: all.
        unsaid: those, too, of which nobody has said it.

    Raises:
        RefusedError: an index cannot be read.
    """
    found: dict[int, KnownRun] = {}
    for path in sorted((root / FILE, *root.glob(f"*/{FILE}"))):
        if not path.is_file():
            continue
        try:
            with contextlib.closing(Index(path, reading=True)) as index:
                said, conditions = index.good_runs(), index.runs()
        except (sqlite3.Error, OSError) as error:
            message = f"the index of runs cannot be read: {path}: {error}"
            raise RefusedError(message) from error
        for run, known in conditions.items():
            own = tuple(each for each in said if each.run == run)
            if (own or unsaid) and run_type in (None, known.run_type):
                found[run] = KnownRun(run, known, own)
    return tuple(found[run] for run in sorted(found))


def type_of(runs: Iterable[KnownRun]) -> str | None:
    """The type of runs; None where it is not known of any.

    Raises:
        RefusedError: they are of several.
    """
    types = {
        each.conditions.run_type: each.run
        for each in runs
        if each.conditions.run_type is not None
    }
    if len(types) > 1:
        said = ", ".join(
            f"{run_words(run)} is of {name}" for name, run in types.items()
        )
        message = f"the good runs are of several types, choose one: {said}"
        raise RefusedError(message)
    return next(iter(types), None)


def asked_for(rule: ReferenceRule, known: Sequence[KnownRun]) -> tuple[int, ...]:
    """The good runs that a rule asks for, the newest first.

    Args:
        rule: it asks for some.
        known: the runs of which it is known.
    """
    assert rule.good_runs is not None
    found = [
        each.run
        for each in known
        if rule.run_type in (None, each.conditions.run_type)
        and not (rule.when and why_not(rule.when, each.conditions)[0])
        and any(
            one.good and rule.subsystem in (None, one.subsystem)
            for one in each.subsystems
        )
    ]
    return tuple(found[::-1][: rule.good_runs.last])


def keep_measured(rows: Sequence[FalseAlarms], homes: Iterable[Path]) -> None:
    """Keep how often checks went off in good runs, beside the records of these.

    Raises:
        RefusedError: there is no such record, or it cannot be written.
    """
    kept = tuple(dict.fromkeys(homes))
    if not kept or not rows:
        message = "none of these runs is recorded: nobody knows how long they lasted"
        raise RefusedError(message)
    for folder in kept:
        with _index(folder) as index:
            index.keep_false_alarms(rows)


@contextlib.contextmanager
def _index(folder: Path) -> Iterator[Index]:
    """The index of a folder of records, for writing.

    Raises:
        RefusedError: it cannot be written.
    """
    try:
        with contextlib.closing(Index(folder / FILE)) as index:
            yield index
    except (sqlite3.Error, OSError) as error:
        message = f"the index of runs cannot be written: {folder / FILE}: {error}"
        raise RefusedError(message) from error
