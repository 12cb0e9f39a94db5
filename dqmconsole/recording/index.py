"""``index.db``: who records, which runs there are, and a few numbers of each plot.

A number is a row (plot, quantity, run, value, error, n, digest of the booking), so
that a quantity or a plot that is added later needs no other table. The engine that
records a source holds its lease: a row with the time of its last heart-beat. Which
runs are good, by subsystem, and how often checks went off in these, stand here too.
"""

from __future__ import annotations

import math
import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import msgspec

from dqmconsole.model.run import Conditions
from dqmconsole.model.run_quality import FalseAlarms, RunQuality
from dqmconsole.model.sums import range_statistics
from dqmconsole.recording.database import open_reading, open_writing, transaction

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from dqmconsole.model.histogram import Histogram

_S = TypeVar("_S", bound=msgspec.Struct)
FILE = "index.db"
BEAT = 2.0  # s between two heart-beats
LEASE = 6.0  # s without one after which another engine takes over
_TABLES = """
CREATE TABLE IF NOT EXISTS lease (
    source TEXT PRIMARY KEY, holder TEXT NOT NULL, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS run (
    run INTEGER PRIMARY KEY, source TEXT NOT NULL, at REAL NOT NULL, fill INTEGER,
    conditions BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS plot (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS quantity (
    plot INTEGER NOT NULL, quantity TEXT NOT NULL, run INTEGER NOT NULL,
    value REAL, error REAL, n REAL, digest TEXT NOT NULL,
    PRIMARY KEY (plot, quantity, run)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS good_run (
    run INTEGER NOT NULL, subsystem TEXT NOT NULL, good INTEGER NOT NULL,
    bad TEXT NOT NULL, who TEXT NOT NULL, at REAL NOT NULL, why TEXT NOT NULL,
    PRIMARY KEY (run, subsystem)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS false_alarm (
    path TEXT NOT NULL, name TEXT NOT NULL, run_type TEXT NOT NULL,
    configuration TEXT NOT NULL, alarms INTEGER NOT NULL, hours REAL NOT NULL,
    runs INTEGER NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (path, name, run_type, configuration)) WITHOUT ROWID;
"""


class Quantity(NamedTuple):
    """A number of a plot in a run.

    Attributes:
        path: path of the element.
        quantity: "entries"; "mean", "rms" along x; of maps also "mean y", "rms y".
        run: the run.
        value: the number; None where it is none.
        error: one standard deviation, or None.
        n: fills that it is made of.
        digest: of the plot's booking: where it differs, so may the meaning.
    """

    path: str
    quantity: str
    run: int
    value: float | None
    error: float | None
    n: float
    digest: str


def quantities(
    path: str, run: int, histogram: Histogram, digest: str
) -> Iterator[Quantity]:
    """The numbers of a plot that are kept for each run."""
    found = range_statistics(histogram, (None,) * histogram.dimension)
    n = histogram.entries
    error = abs(n) ** 0.5

    def one(name: str, value: float, error: float) -> Quantity:
        return Quantity(path, name, run, _number(value), _number(error), n, digest)

    yield one("entries", n, error)
    for axis, mean, mean_error, rms in zip(
        ("", " y", " z"),
        found.means,
        found.mean_errors,
        found.deviations,
        strict=False,
    ):
        yield one(f"mean{axis}", mean, mean_error)
        yield one(f"rms{axis}", rms, mean_error / 2**0.5)


def kept_conditions(folder: Path, run: int) -> Conditions:
    """The conditions of a run, as far as the index in a folder kept them."""
    # where there is no index, or none can be seen, it is none that can be opened
    with suppress(sqlite3.Error), closing(Index(folder / FILE, reading=True)) as index:
        return index.runs().get(run, Conditions())
    return Conditions()


class Index:
    """The index of a folder of records.

    Args:
        path: the file.
        reading: only for reading; it must exist.

    Raises:
        sqlite3.Error: it cannot be opened, or is damaged.
    """

    def __init__(self, path: Path, *, reading: bool = False) -> None:
        self._connection = (
            open_reading(path) if reading else open_writing(path, _TABLES)
        )

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def hold(self, source: str, holder: str, now: float) -> bool:
        """Take the lease of a source, or keep it; tell whether it is held.

        Args:
            source: the source.
            holder: who asks, unlike all others.
            now: unix time, s.
        """
        with transaction(self._connection):
            self._connection.execute(
                "INSERT INTO lease VALUES (?, ?, ?) ON CONFLICT (source) DO UPDATE"
                " SET holder = excluded.holder, at = excluded.at"
                " WHERE holder = excluded.holder"
                " OR abs(excluded.at - at) > ?",  # of a clock that was set back too
                (source, holder, now, LEASE),
            )
            (found,) = self._connection.execute(
                "SELECT holder FROM lease WHERE source = ?", (source,)
            ).fetchone()
        return bool(found == holder)

    def holder(self, source: str) -> str:
        """Who has the lease of a source; "" where nobody has."""
        row = self._connection.execute(
            "SELECT holder FROM lease WHERE source = ?", (source,)
        ).fetchone()
        return "" if row is None else str(row[0])

    def is_held(self, source: str, now: float) -> bool:
        """Tell whether whoever has the lease of a source keeps it (unix time, s)."""
        row = self._connection.execute(
            "SELECT abs(? - at) <= ? FROM lease WHERE source = ?", (now, LEASE, source)
        ).fetchone()
        return row is not None and bool(row[0])

    def release(self, source: str, holder: str) -> None:
        """Give the lease up, so that another may take it at once."""
        with transaction(self._connection):
            self._connection.execute(
                "DELETE FROM lease WHERE source = ? AND holder = ?", (source, holder)
            )

    def keep_run(
        self, run: int, source: str, at: float, conditions: Conditions | None
    ) -> None:
        """Keep what is known of a run.

        Args:
            run: the run.
            source: whose it is.
            at: when it was last recorded, unix time, s.
            conditions: its conditions; None leaves those that are kept.
        """
        with transaction(self._connection):
            self._connection.execute(
                "INSERT INTO run VALUES (?, ?, ?, NULL, ?) ON CONFLICT (run)"
                " DO UPDATE SET source = excluded.source, at = excluded.at",
                (run, source, at, msgspec.json.encode(Conditions())),
            )
            if conditions is not None:
                self._connection.execute(
                    "UPDATE run SET fill = ?, conditions = ? WHERE run = ?",
                    (conditions.fill, msgspec.json.encode(conditions), run),
                )

    def keep(self, rows: Iterable[Quantity]) -> None:
        """Keep numbers; those of the same plot, quantity and run are replaced."""
        with transaction(self._connection):
            for row in rows:
                self._connection.execute(
                    "INSERT OR IGNORE INTO plot (path) VALUES (?)", (row.path,)
                )
                self._connection.execute(
                    "INSERT OR REPLACE INTO quantity"
                    " SELECT id, ?, ?, ?, ?, ?, ? FROM plot WHERE path = ?",
                    (*row[1:], row.path),
                )

    def trend(self, path: str, quantity: str) -> list[Quantity]:
        """A number of a plot over all runs, ascending."""
        rows = self._connection.execute(
            "SELECT path, quantity, run, value, error, n, digest FROM quantity"
            " JOIN plot ON plot.id = quantity.plot"
            " WHERE path = ? AND quantity = ? ORDER BY run",
            (path, quantity),
        )
        return [Quantity(*row) for row in rows]

    def of_run(self, run: int) -> list[Quantity]:
        """All numbers of a run, by plot and quantity."""
        rows = self._connection.execute(
            "SELECT path, quantity, run, value, error, n, digest FROM quantity"
            " JOIN plot ON plot.id = quantity.plot WHERE run = ?"
            " ORDER BY path, quantity",
            (run,),
        )
        return [Quantity(*row) for row in rows]

    def runs(self) -> dict[int, Conditions]:
        """The runs that were recorded, ascending, with their conditions."""
        found = {}
        for run, kept in self._connection.execute(
            "SELECT run, conditions FROM run ORDER BY run"
        ):
            try:
                found[int(run)] = msgspec.json.decode(kept, type=Conditions)
            except (msgspec.MsgspecError, TypeError):
                found[int(run)] = Conditions()
        return found

    def keep_good(self, rows: Iterable[RunQuality]) -> None:
        """Keep whether runs are good; what was said later holds.

        Of two at one time the bad one does.
        """
        with transaction(self._connection):
            for row in rows:
                bad = msgspec.json.encode(row.bad).decode()
                self._connection.execute(
                    "INSERT INTO good_run VALUES (?, ?, ?, ?, ?, ?, ?)"
                    " ON CONFLICT (run, subsystem) DO UPDATE SET good = excluded.good,"
                    " bad = excluded.bad, who = excluded.who, at = excluded.at,"
                    " why = excluded.why WHERE excluded.at > at"
                    " OR (excluded.at = at AND excluded.good <= good)",
                    (row.run, row.subsystem, row.good, bad, row.by, row.at, row.why),
                )

    def good_runs(self) -> list[RunQuality]:
        """What is known of the runs that are still recorded, by run and subsystem."""
        rows = self._rows(
            "SELECT run, subsystem, good, bad, who, good_run.at, why FROM good_run"
            " JOIN run USING (run) ORDER BY run, subsystem"
        )
        found = []
        for run, subsystem, good, bad, who, at, why in rows:
            try:
                parts = msgspec.json.decode(bad, type=tuple[tuple[int, int], ...])
            except (msgspec.MsgspecError, TypeError):
                parts = ()
            found.append(RunQuality(run, subsystem, good == 1, parts, who, at, why))
        return list(_sound(found))

    def keep_false_alarms(self, rows: Sequence[FalseAlarms]) -> None:
        """Keep how often checks went off in good runs; older counts are replaced."""
        with transaction(self._connection):
            for row in rows:
                self._connection.execute(
                    "DELETE FROM false_alarm"
                    " WHERE path = ? AND name = ? AND run_type = ?",
                    (row.path, row.check, row.run_type),
                )
            for row in rows:
                self._connection.execute(
                    "INSERT OR REPLACE INTO false_alarm"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    msgspec.structs.astuple(row),
                )

    def false_alarms(self) -> list[FalseAlarms]:
        """How often checks went off in good runs, by plot and check."""
        rows = self._rows(
            "SELECT path, name, run_type, configuration, alarms, hours, runs, at"
            " FROM false_alarm ORDER BY path, name"
        )
        found = _sound(FalseAlarms(*row) for row in rows)
        return [
            each for each in found if each.alarms >= 0 and 0 < each.hours < math.inf
        ]

    def _rows(self, query: str) -> list[Any]:
        """The rows of a table; none of an index that was made before there was one."""
        try:
            return self._connection.execute(query).fetchall()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return []
            raise

    def forget_run(self, run: int) -> None:
        """Forget a run whose record went; its numbers stay, for trends."""
        with transaction(self._connection):
            self._connection.execute("DELETE FROM run WHERE run = ?", (run,))


def _sound(rows: Iterable[_S]) -> Iterator[_S]:
    """Those that hold what they should: SQLite takes any value in any column."""
    for each in rows:
        with suppress(msgspec.ValidationError):
            yield msgspec.convert(msgspec.structs.asdict(each), type(each))


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
