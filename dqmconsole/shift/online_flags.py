"""Flags by lumisection as one JSON, for online use beside a registry.

``{run: {component: {status: [[first, last], …]}}}``: runs and components are keys,
statuses GOOD, BAD, EXCLUDED, STANDBY, NOTSET, lumisections inclusive, from 1. A range
ends at the latest with the last lumisection that the book knows of its run. What is
only proposed, and what nobody set, is NOTSET. The shape, one level deeper, is that of
the certification JSON of CMS (run -> list of ranges).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from dqmconsole.shift.flag_import import BIGGEST, Claim, Walk, key_path
from dqmconsole.shift.registry import ranges

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from dqmconsole.logbook.view import Logbook
    from dqmconsole.model.record import FlagStatus

Flags = dict[int, dict[str, dict["FlagStatus", list[tuple[int, int]]]]]


def online_flags(
    logbook: Logbook, components: Collection[str], runs: Iterable[int]
) -> Flags:
    """The flags of some runs.

    Args:
        logbook: all records.
        components: the site's; those with flags in the book come besides.
        runs: the runs.
    """
    found: Flags = {}
    for run in sorted(set(runs)):
        found[run] = {}
        for name, line in ranges(logbook, components, run).items():
            by_status: dict[FlagStatus, list[tuple[int, int]]] = {}
            for part in line:
                parts = by_status.setdefault(part.status, [])
                if parts and parts[-1][1] == part.first - 1:
                    parts[-1] = (parts[-1][0], part.last)
                else:
                    parts.append((part.first, part.last))
            found[run][name] = by_status
    return found


def encoded(flags: Flags) -> bytes:
    """The flags as JSON, a line per component."""
    lines = []
    for run, components in sorted(flags.items()):
        inner = ",\n".join(
            f"  {json.dumps(name)}: {json.dumps(by_status)}"
            for name, by_status in sorted(components.items())
        )
        lines.append(f' "{run}": {{\n{inner}\n }}' if inner else f' "{run}": {{}}')
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def decoded(data: bytes, known: Collection[str] = ()) -> tuple[Claim, ...]:
    """Read such a JSON.

    Args:
        data: the file.
        known: the site's components; any is taken when empty.

    Raises:
        ImportTrouble: it names everything that is wrong.
    """
    walk = Walk(data, known)
    claims = []
    for run_key, components in walk.mapping(walk.root, "$").items():
        path = key_path("$", run_key)
        run = _run(walk, run_key, path)
        for name, by_status in walk.mapping(components, path).items():
            here = key_path(path, name)
            walk.component(name, here)
            for word, parts in walk.mapping(by_status, here).items():
                there = key_path(here, word)
                status = walk.status(word, there)
                for where, pair in walk.rows(parts, there):
                    first, last = _pair(walk, pair, where)
                    claims.append(Claim(run, name, status, first, last, where=where))
    walk.apart(claims)
    walk.finish()
    return tuple(claims)


def _run(walk: Walk, key: str, path: str) -> int:
    if not re.fullmatch("[1-9][0-9]{0,9}", key) or int(key) > BIGGEST:
        walk.add(path, f'"{key}" is no run number')
        return 1
    return int(key)


def _pair(walk: Walk, value: object, where: str) -> tuple[int, int]:
    ends = walk.rows(value, where)
    if len(ends) != 2:
        if isinstance(value, list):
            walk.add(where, f"a range has two ends, not {len(ends)}")
        return 1, 1
    first, last = (walk.whole(each, place) for place, each in ends)
    if last < first:
        walk.add(where, f"the range ends at {last}, before it begins at {first}")
        return first, first
    return first, last
