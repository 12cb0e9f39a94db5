"""The words of a tile: age, reference and span, verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.verdict import Status, onset_words
from dqmconsole.shift.blinding import HIDDEN
from dqmconsole.ui.plot.statistics import statistics_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.model.frame import Tile
    from dqmconsole.model.layout import Normalization
    from dqmconsole.model.run import Client
    from dqmconsole.ui.plot.scene import Scene


NORMALIZED: dict[Normalization, str] = {
    "events": "scaled by events processed",
    "pileup": "scaled by events and pile-up",
    "area": "scaled to equal area",
    "lumi": "scaled by luminosity",
    "none": "not scaled",
}
_TIMES: dict[Normalization, str] = {
    "events": "× events",
    "pileup": "× pile-up",
    "area": "× area",
    "lumi": "× luminosity",
    "none": "unscaled",
}


def duration_words(seconds: float) -> str:
    """Write a duration: "4 s", "3 min", "2 h 5 min", "3 d 4 h"."""
    whole = int(max(seconds, 0))
    if whole < 120:
        return f"{whole} s"
    minutes = whole // 60
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def last_lumisection(tile: Tile, clients: Sequence[Client]) -> int | None:
    """The last lumisection of the client that made a picture; None if not its run."""
    subsystem = tile.path.partition("/")[0]
    for client in clients:
        if client.subsystem == subsystem and client.run == tile.run:
            return client.lumisection
    return None


def age_words(age: float | None, *, stale: bool, silent: float | None) -> str:
    """Write how old the data are.

    Args:
        age: seconds since their producer made them, or None when unknown.
        stale: they count as stale.
        silent: seconds the engine has been silent, or None while it lives.
    """
    if silent is not None:
        lost = f"engine silent {duration_words(silent)}"
        return lost if age is None else f"STALE {duration_words(age)}, {lost}"
    if age is None:
        return "age unknown" if stale else ""
    return f"STALE {duration_words(age)}" if stale else duration_words(age)


def meta_words(tile: Tile, scene: Scene, *, zoomed: bool, large: bool = False) -> str:
    """Write what the picture is of: reference, span, known regions, zoom."""
    parts = []
    note = tile.note
    if tile.defect and tile.defect not in tile.verdict.sentence:
        parts.append(tile.defect)
    if scene.mode != "none" and tile.picture is not None:
        name = str(note.run) if note.run else note.origin.rsplit("/", 1)[-1]
        if name:
            parts.append(" ".join(filter(None, ("ref", name, _scaled_words(tile)))))
        if note.sentence:
            parts.append(note.sentence)
        elif scene.refused:
            parts.append("reference has other bins, not drawn")
    if tile.span:
        parts.append(tile.span)
    if tile.verdict.known:
        parts.append(f"{tile.verdict.known} known")
    data = tile.picture.data if tile.picture is not None else None
    if large and data is not None and data.dimension > 1:
        # of curves they stand in a box; on a map a box would hide cells
        parts += [f"{name} {value}" for name, value in statistics_lines(data)]
    if zoomed:
        parts.append("zoomed (0 shows all)")
    return " · ".join(parts)


def _scaled_words(tile: Tile) -> str:
    """How the reference was scaled; "" where there is none, or means need it not."""
    data = tile.picture.data if tile.picture is not None else None
    note = tile.note
    if data is None or (note.sentence and note.normalize == "none"):
        return ""
    means = data.is_profile or data.efficiency
    return "" if means else _TIMES[note.normalize]


def sentence_words(tile: Tile, shown: Status) -> str:
    """Write the verdict; of stale data say what the last verdict was."""
    verdict = tile.verdict
    if verdict.sentence == HIDDEN:
        return ""  # so it is of every tile
    if tile.picture is None:
        return ""  # the reason stands in the place of the picture
    if shown is Status.STALE and verdict.status is not Status.STALE:
        return f"no fresh data; last verdict {verdict.status}: {verdict.sentence}"
    if verdict.status in (Status.BAD, Status.WARNING) and verdict.since is not None:
        return f"{verdict.sentence} ({onset_words(verdict.since, verdict.began)})"
    if verdict.status is Status.NOT_APPLICABLE:
        return f"not applicable: {verdict.sentence}"
    return verdict.sentence
