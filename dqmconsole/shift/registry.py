"""Runs and flags in the shape of a Run Registry, as JSON.

After CMS's Run Registry (https://github.com/cms-DQM/runregistry): a run has
``rr_attributes`` that people decide and ``oms_attributes`` that machines measured, and
per component ranges of lumisections, each a triplet of status, cause and comment::

    {"format": "dqmconsole run registry 1",
     "runs": [{
       "run_number": 398214,
       "rr_attributes": {
         "class": "Collisions26",      # or ""
         "state": "SIGNOFF",           # once signed off in the book, else OPEN;
                                       # COMPLETED is the registry's own, read only
         "significant": true,          # null while that is open
         "stop_reason": null,          # the console does not know it
         "not_significant_because": ""},
       "oms_attributes": {
         "run_type": "collisions", "start_time": "2026-11-25T12:00:00.000000Z",
         "end_time": null, "last_lumisection_number": 120, "events": 81234,
         "fill_number": 10512, "beam_mode": "stable beams", "energy": 6800.0,
         "subsystems": ["Ecal", "Hcal"]},
       "lumisections": {"hcal": [
         {"start": 1, "end": 11, "status": "GOOD", "cause": "", "comment": "",
          "by": "A. Shifter", "at": "2026-11-25T13:10:00.000000Z"},
         {"start": 12, "end": 120, "status": "NOTSET", "cause": "", "comment": "",
          "by": "", "at": null, "proposed": "BAD"}]}}]}

What is only proposed is NOTSET, with the proposal beside it; an import takes no notice
of it, nor of ``state``: a sign-off is a person's word in this book. Ranges follow
``flags.begins`` and end at the latest with the last lumisection the book knows.
"""

from __future__ import annotations

import datetime
import json
import math
from typing import TYPE_CHECKING, Any

import msgspec

from dqmconsole.model.moment import utc
from dqmconsole.model.record import Flag, FlagStatus, RunSeen
from dqmconsole.shift.flag_import import Claim, Walk, key_path, near
from dqmconsole.shift.flags import flagged, is_signed_off, lumisections_of, timelines
from dqmconsole.shift.runs import latest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from dqmconsole.logbook.view import Logbook

FORMAT = "dqmconsole run registry 1"
STATES = ("OPEN", "SIGNOFF", "COMPLETED")

_RR = ("class", "state", "significant")
_RR_MAY = ("stop_reason", "not_significant_because")
_OMS = ("run_type", "start_time", "end_time", "last_lumisection_number", "events",
        "fill_number", "beam_mode", "energy", "subsystems")  # fmt: skip


class Range(msgspec.Struct, frozen=True):
    """A component's flag over lumisections, as it is given to others.

    Attributes:
        first, last: lumisections, inclusive.
        status: the flag; NOTSET where nobody confirmed one.
        cause, comment: why, as a person said it.
        who: who set it, or "".
        at: unix time at which it was set, s, or None.
        proposed: what is proposed and not confirmed, or "".
    """

    first: int
    last: int
    status: FlagStatus
    cause: str = ""
    comment: str = ""
    who: str = ""
    at: float | None = None
    proposed: str = ""


def ranges(
    logbook: Logbook, components: Collection[str], run: int
) -> dict[str, list[Range]]:
    """The flags of a run by component, over the lumisections that are known of it.

    Args:
        logbook: all records.
        components: the site's; those with flags in the book come besides.
        run: the run.
    """
    end = lumisections_of(logbook, run)
    if not end:
        seen = [body.lumisections for _, body in logbook.of_run(RunSeen, run)]
        said = [body.last or body.first for _, body in logbook.of_run(Flag, run)]
        end = max([*seen, *said], default=0)
    found: dict[str, list[Range]] = {}
    names = flagged(logbook, run, components)
    for name, line in timelines(logbook, run, names).items():
        found[name] = []
        for part in line:
            last = end if part.last is None else min(part.last, end)
            if part.first > last:
                continue
            flag, record = part.flag, part.record
            one = Range(part.first, last, flag.status)
            if flag.proposed:
                one = Range(part.first, last, "NOTSET", proposed=flag.status)
            elif record is not None:
                one = Range(part.first, last, flag.status, flag.cause, flag.comment,
                            record.who, record.made_at)  # fmt: skip
            found[name].append(one)
    return found


def run_registry(
    logbook: Logbook, components: Collection[str], runs: Iterable[int]
) -> bytes:
    """Runs with their flags, as JSON in the shape above.

    Args:
        logbook: all records.
        components: the site's; those with flags in the book come besides.
        runs: the runs.
    """
    found = [_run(logbook, components, run) for run in sorted(set(runs))]
    text = json.dumps({"format": FORMAT, "runs": found}, indent=1, ensure_ascii=False)
    return (text + "\n").encode("utf-8", "replace")


def read_registry(
    data: bytes, known: Collection[str] = ()
) -> tuple[tuple[Claim, ...], dict[int, RunSeen]]:
    """Read such a JSON.

    Args:
        data: the file.
        known: the site's components; any is taken when empty.

    Returns:
        What it says of components, and what it knows of its runs.

    Raises:
        ImportTrouble: it names everything that is wrong.
    """
    walk = Walk(data, known)
    root = walk.mapping(walk.root, "$", ("format", "runs"), ())
    if root.get("format", FORMAT) != FORMAT:
        walk.add("$.format", f'this must be "{FORMAT}"')
    claims: list[Claim] = []
    seen: dict[int, RunSeen] = {}
    for path, value in walk.rows(root.get("runs", []), "$.runs"):
        given = walk.mapping(
            value, path, ("run_number", "rr_attributes", "lumisections"),
            ("oms_attributes",),
        )  # fmt: skip
        run = walk.whole(given.get("run_number", 1), f"{path}.run_number")
        if run in seen and "run_number" in given:
            walk.add(f"{path}.run_number", f"run {run} stands twice in the file")
        seen[run] = _seen(walk, given, path)
        components = walk.mapping(given.get("lumisections", {}), f"{path}.lumisections")
        for name, parts in components.items():
            here = key_path(f"{path}.lumisections", name)
            walk.component(name, here)
            claims += [
                _claim(walk, run, name, part, where)
                for where, part in walk.rows(parts, here)
            ]
    walk.apart(claims)
    walk.finish()
    return tuple(claims), seen


def _run(logbook: Logbook, components: Collection[str], run: int) -> dict[str, Any]:
    seen = latest(logbook, run)
    known = seen or RunSeen("running")
    signed = is_signed_off(logbook, run) is not None
    return {
        "run_number": run,
        "rr_attributes": {
            "class": known.run_class,
            "state": "SIGNOFF" if signed else "OPEN",
            "significant": known.significant,
            "stop_reason": None,
            "not_significant_because": known.why,
        },
        "oms_attributes": {
            "run_type": known.run_type,
            "start_time": _iso(known.started),
            "end_time": _iso(known.ended),
            "last_lumisection_number": known.lumisections,
            "events": known.events,
            "fill_number": known.fill,
            "beam_mode": known.beam_mode,
            "energy": known.beam_energy,
            "subsystems": list(known.subsystems),
        },
        "lumisections": {
            name: [_triplet(each) for each in line]
            for name, line in ranges(logbook, components, run).items()
        },
    }


def _triplet(part: Range) -> dict[str, Any]:
    found = {
        "start": part.first,
        "end": part.last,
        "status": part.status,
        "cause": part.cause,
        "comment": part.comment,
        "by": part.who,
        "at": _iso(part.at),
    }
    return found | ({"proposed": part.proposed} if part.proposed else {})


def _claim(walk: Walk, run: int, name: str, value: object, where: str) -> Claim:
    given = walk.mapping(
        value, where, ("start", "end", "status"),
        ("cause", "comment", "by", "at", "proposed"),
    )  # fmt: skip
    first = walk.whole(given.get("start", 1), f"{where}.start")
    last = walk.whole(given.get("end", first), f"{where}.end")
    if last < first:
        walk.add(where, f"it ends at {last}, before it begins at {first}")
    _time(walk, given.get("at"), f"{where}.at")
    if given.get("proposed") is not None:
        walk.status(given["proposed"], f"{where}.proposed")
    return Claim(
        run,
        name,
        walk.status(given.get("status", "NOTSET"), f"{where}.status"),
        first,
        max(first, last),
        _text(walk, given, "cause", where),
        _text(walk, given, "comment", where),
        _text(walk, given, "by", where).strip(),
        where,
    )


def _seen(walk: Walk, given: dict[str, object], path: str) -> RunSeen:
    here = f"{path}.rr_attributes"
    decided = walk.mapping(given.get("rr_attributes", {}), here, _RR, _RR_MAY)
    state = _text(walk, decided, "state", here)
    if "state" in decided and state not in STATES:
        choice = ", ".join(STATES)
        words = f'"{state}" is no state; they are {choice}{near(state, STATES)}'
        walk.add(f"{here}.state", words)
    significant = decided.get("significant")
    if significant is not None and not isinstance(significant, bool):
        walk.add(f"{here}.significant", "this must be true, false or null")
        significant = None
    _text(walk, decided, "stop_reason", here)
    there = f"{path}.oms_attributes"
    measured = walk.mapping(given.get("oms_attributes", {}), there, (), _OMS)
    ended = _time(walk, measured.get("end_time"), f"{there}.end_time")
    energy = measured.get("energy")
    if energy is not None and (
        isinstance(energy, bool)
        or not isinstance(energy, int | float)
        or not math.isfinite(energy)
    ):
        walk.add(f"{there}.energy", "this must be a number (GeV per beam) or null")
        energy = None
    numbers = {
        key: walk.whole(measured.get(key, 0), f"{there}.{key}", 0)
        for key in ("last_lumisection_number", "events", "fill_number")
    }
    names = walk.rows(measured.get("subsystems", []), f"{there}.subsystems")
    over = ended is not None or significant is not None
    return RunSeen(
        phase="not significant"
        if significant is False
        else ("ended" if over else "running"),
        run_type=_text(walk, measured, "run_type", there),
        run_class=_text(walk, decided, "class", here),
        started=_time(walk, measured.get("start_time"), f"{there}.start_time"),
        ended=ended,
        lumisections=numbers["last_lumisection_number"],
        events=numbers["events"],
        fill=numbers["fill_number"],
        beam_mode=_text(walk, measured, "beam_mode", there),
        beam_energy=None if energy is None else float(energy),
        significant=significant,
        why=_text(walk, decided, "not_significant_because", here),
        subsystems=tuple(walk.text(each, where) for where, each in names),
    )


def _text(walk: Walk, given: dict[str, object], key: str, path: str) -> str:
    value = given.get(key)
    return "" if value is None else walk.text(value, f"{path}.{key}")


def _iso(when: float | None) -> str | None:
    there = None if when is None else utc(when)
    return None if there is None else there.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _time(walk: Walk, value: object, path: str) -> float | None:
    if value is None:
        return None
    word = walk.text(value, path)
    try:
        there = datetime.datetime.fromisoformat(word) if word else None
    except ValueError:
        there = None
    if there is not None and there.tzinfo is not None:
        return there.timestamp()
    if isinstance(value, str):
        walk.add(path, f'"{word}" is no time such as 2026-11-25T12:00:00Z')
    return None
