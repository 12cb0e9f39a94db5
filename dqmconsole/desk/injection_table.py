"""The faults that are put into recorded runs, and how one of them is written."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from dqmconsole.site.nearest import did_you_mean

MARKS = "@*#"  # what stands behind the path of an element ends it there
_WRITTEN = re.compile(
    r"(?P<fault>[^:@*#]+):(?P<path>[^@*#]+)"
    r"(?:@(?P<update>[0-9]{1,9}))?(?:\*(?P<size>[0-9.eE+-]+))?"
    r"(?:#(?P<place>[0-9]{1,9}))?"
)
_ALL = 100.0  # %


class InjectionError(ValueError):
    """A text that names no fault for a recorded run; the message says why."""


class Injection(NamedTuple):
    """A kind of fault.

    Attributes:
        unit: of its sizes.
        sizes: at which it is tried, ascending.
        family: as those of other causes.
        description: one sentence, for trainees.
        trace: what it leaves, where one picture does not tell it from another fault.
    """

    unit: str
    sizes: tuple[float, ...]
    family: str
    description: str
    trace: str = ""


INJECTIONS: dict[str, Injection] = {
    "dead-block": Injection(
        *("% of the bins", (1.0, 3.0, 10.0, 30.0), "readout"),
        "A block of adjacent bins of a plot gets nothing.",
    ),
    "hot-cell": Injection(
        *("times a usual bin", (3.0, 10.0, 60.0, 300.0), "noise"),
        "One bin of a plot gets far too much.",
    ),
    "loss": Injection(
        *("% of the entries", (5.0, 15.0, 40.0, 80.0), "readout"),
        "A plot gets less than it should, everywhere alike.",
        "too few",
    ),
    "shift": Injection(
        *("RMS along x", (0.1, 0.3, 1.0, 3.0), "calibration"),
        "What a plot shows is displaced along x.",
    ),
    "frozen": Injection(
        *("% of the entries", (_ALL,), "stream"),
        "A plot stands still while the rest goes on.",
        "too few",
    ),
}
PLACED = frozenset({"dead-block", "hot-cell"})
"""Those that are in one place of their plot; the others are everywhere in it."""


class Injected(NamedTuple):
    """A fault that is put into a recorded run.

    Attributes:
        fault: a name of :data:`INJECTIONS`.
        path: of the element it is put into.
        update: number of the update from which on, from 1.
        size: in the unit of the fault.
        place: number of the place; None where it is not written.
    """

    fault: str
    path: str
    update: int
    size: float
    place: int | None = None


def parse_injection(text: str) -> Injected:
    """Read "NAME:PATH[@UPDATE][*SIZE][#PLACE]"; left out, the size is the middle one.

    Raises:
        InjectionError: it is not written so, or there is no such fault, or its size
            is none of it.
    """
    name = re.split(f"[:{MARKS}]", text, maxsplit=1)[0]
    kind = INJECTIONS.get(name)
    if kind is None:
        hint = did_you_mean(name, INJECTIONS)
        there = hint or f"; there are {', '.join(INJECTIONS)}"
        message = f'nothing called "{name}" is put into recorded runs{there}'
        raise InjectionError(message)
    found = _WRITTEN.fullmatch(text)
    if found is None:
        message = f'"{text}" is not "{name}:PATH_OF_A_PLOT@UPDATE*SIZE"'
        raise InjectionError(message)
    size = kind.sizes[len(kind.sizes) // 2]
    if found["size"] is not None:
        try:
            size = float(found["size"])
        except ValueError as error:
            message = f'"{found["size"]}" is no size'
            raise InjectionError(message) from error
    if not 0 < size < math.inf or (kind.unit.startswith("%") and size > _ALL):
        message = f"{name} of {size:g} {kind.unit} cannot be"
        raise InjectionError(message)
    place = int(found["place"]) if found["place"] is not None else None
    return Injected(name, found["path"], int(found["update"] or 1), size, place)
