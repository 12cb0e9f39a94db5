"""The file of the measured bank, ``instructions/lessons/measured.tsv``.

``dqmconsole training measure`` plays every candidate and writes the rows; nobody writes
one by hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.training.lesson import MeasuredRow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dqmconsole.training.lesson import RunType

HEADER = MeasuredRow.__struct_fields__
SIMULATED = HEADER[: HEADER.index("recorded")]
"""Of a file without recorded runs."""
UNSTAMPED = SIMULATED[:-1]
"""Of a file that does not say on what it was measured."""

THE_EXAM: RunType = "collisions"
"""Type of run by which a recorded run is in the exam that every site has."""


class MeasuredError(ValueError):
    """A file of measured rows that cannot be read.

    Attributes:
        line: where, from 1.
    """

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def measured_text(rows: Iterable[MeasuredRow]) -> str:
    """The rows as a file: a line of names, and a line of tab-separated words each."""
    every = tuple(rows)
    header = HEADER if any(row.recorded for row in every) else SIMULATED
    lines = [header]
    lines += [tuple(_cell(row, key) for key in header) for row in every]
    return "".join("\t".join(line) + "\n" for line in lines)


def read_measured(text: str) -> tuple[MeasuredRow, ...]:
    """Read what :func:`measured_text` wrote.

    Raises:
        MeasuredError: a line is none that the command writes.
    """
    lines = text.splitlines()
    header = tuple(lines[0].split("\t")) if lines else ()
    if header not in (HEADER, SIMULATED, UNSTAMPED):
        message = "its first line is not that of `dqmconsole training measure`"
        raise MeasuredError(message, 1)
    rows = []
    for number, line in enumerate(lines[1:], 2):
        words = line.split("\t")
        if len(words) != len(header):
            message = f"it has {len(words)} columns, not {len(header)}"
            raise MeasuredError(message, number)
        given: dict[str, object] = dict(zip(header, words, strict=True))
        for key in ("plots", "region"):
            given[key] = str(given[key]).split(" | ") if given[key] else []
        if given.get("recorded", "0") != "0":
            given["run_type"] = given["run_type"] or THE_EXAM
        try:
            rows.append(msgspec.convert(given, MeasuredRow, strict=False))
        except msgspec.ValidationError as error:
            raise MeasuredError(str(error), number) from None
    return tuple(rows)


def _cell(row: MeasuredRow, key: str) -> str:
    """A word of a row: a recorded run has its own type, and is in the site's exam."""
    if key == "run_type" and row.recorded and row.run_type == THE_EXAM:
        return ""
    return _written(getattr(row, key))


def _written(value: object) -> str:
    if isinstance(value, tuple):
        return " | ".join(map(_written, value))
    return f"{value:.4g}" if isinstance(value, float) else str(value)
