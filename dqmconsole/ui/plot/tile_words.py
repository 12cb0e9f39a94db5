"""The words of a tile: age, reference and span, verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.glossary import NOT_ADOPTED
from dqmconsole.model.moment import date_words
from dqmconsole.model.reference import good_runs_words
from dqmconsole.model.run import run_number
from dqmconsole.model.verdict import Status, onset_words
from dqmconsole.shift.blinding import HIDDEN
from dqmconsole.shift.check_results import GOOD_NOW, bad_before
from dqmconsole.shift.reference_choice import beside_name, scaled_words
from dqmconsole.ui.plot.drawing import is_trend
from dqmconsole.ui.plot.reading import statistics_in_view, trend_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.model.frame import Tile
    from dqmconsole.model.layout import Normalization
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


def meta_words(
    tile: Tile,
    scene: Scene,
    *,
    zoomed: bool,
    large: bool = False,
    within: Sequence[tuple[float, float] | None] = (),
    overtops: bool = False,
    trouble: str = "",
) -> str:
    """Write what the picture is of: zoom, reference, span, known regions.

    Args:
        tile: the picture with its verdict.
        scene: what is drawn of it.
        zoomed: a person chose the range of an axis.
        large: it is shown alone: of maps and trends the statistics are written, too.
        within: lowest and highest value seen on each axis; None: all of it.
        overtops: some data in sight, or a further run, are higher than the view.
        trouble: why it is not drawn as the layout says.
    """
    parts = [trouble]
    note = tile.note
    map_alone = large and scene.data is not None and scene.data.dimension > 1
    # first, for they change what is seen, and the end of the line may be cut
    if zoomed and not map_alone:
        parts.append("zoomed (0 shows all)")
    if overtops:
        parts.append("▲ higher than the view")
    if scene.limits is not None:
        parts.append("limits by hand")
    parts += joined_words(scene)
    if tile.defect and tile.defect not in tile.verdict.sentence:
        parts.append(tile.defect)
    said = ""
    if scene.mode != "none" and tile.picture is not None:
        name = run_number(note.run) if note.run else note.origin.rsplit("/", 1)[-1]
        words = [f"ref {name}"] if name else []
        words = [good_runs_words(note)] if note.good and note.run else words
        words += ["by hand"] if note.by_hand else []
        if words and scene.names and not scene.stacked and scene.reference is not None:
            words.append(f"of {scene.names[0]} alone")  # the others have none drawn
        if words:
            parts.append(" ".join(filter(None, [*words, _scaled_words(tile)])))
        said = note.sentence
        if scene.refused and not said:
            said = "reference has other bins, not drawn"
    parts += beside_words(tile, scene)
    # of a window it is what the plot is about; else the note, which may be cut
    parts += [tile.span, said] if scene.window else [said, tile.span]
    if tile.verdict.known:
        parts.append(f"{tile.verdict.known} known")
    data = scene.data
    if map_alone and data is not None:
        # of curves they stand in a box; on a map a box would hide cells
        parts += [f"{name} {value}" for name, value in statistics_in_view(data, within)]
    elif data is not None and (large or scene.draw.stats) and is_trend(scene):
        # their newest points would lie beneath a box
        parts.append(trend_words(data, next(iter(within), None)))
    return " · ".join(filter(None, parts))


def beside_words(tile: Tile, scene: Scene) -> list[str]:
    """Which further runs are drawn, and of each other one why it is not."""
    if tile.picture is None or scene.mode == "none":
        return []
    drawn = {each.name for each in scene.runs}
    of_map = scene.data is not None and scene.data.dimension > 1
    otherwise = "maps only side by side (R)" if of_map else "not in this drawing"
    names, parts = [], []
    for each in tile.picture.beside:
        name = beside_name(each.note.run, each.note.origin)
        if each.histogram is None:
            parts.append(f"{name} not drawn: {each.note.sentence}")
        elif scaled_words(each.note) not in drawn:
            parts.append(f"{name} not drawn: {otherwise}")
        else:
            names.append(name.removeprefix("run "))
    return [f"+ {', '.join(names)} by hand", *parts] if names else parts


def joined_words(scene: Scene) -> list[str]:
    """How many bins were taken together: "4 bins joined"; nothing where none were."""
    joined = [factor for factor in scene.joined if factor > 1]
    if not joined:
        return []
    if len(scene.joined) == 1:
        return [f"{joined[0]} bins joined"]
    return [f"{' × '.join(map(str, scene.joined))} bins joined"]


def _scaled_words(tile: Tile) -> str:
    """How the reference was scaled; "" where there is none, or means need it not."""
    data = tile.picture.data if tile.picture is not None else None
    note = tile.note
    if data is None or (note.sentence and note.normalize == "none"):
        return ""
    means = data.is_profile or data.efficiency
    return "" if means else _TIMES[note.normalize]


def sentence_words(
    tile: Tile, shown: Status, now: Status | None = None, unit: str = "LS"
) -> str:
    """Write the verdict; of stale data say what the last verdict was.

    Args:
        tile: the picture with its verdict.
        shown: the status that is shown.
        now: how the plot stands now, where the picture is of the past, else None.
        unit: what stands before the number of a lumisection.
    """
    verdict = tile.verdict
    if verdict.sentence == HIDDEN:
        return ""  # so it is of every tile
    if tile.past is not None and tile.picture is not None:
        then = f"then {verdict.status}"
        if now is verdict.status:
            then = f"then and now {now}"
        elif now is not None:
            then = f"now {now}, {then}"
        return f"{then}: {verdict.sentence}"
    if tile.picture is None:
        return ""  # the reason stands in the place of the picture
    if shown is Status.FAILED and verdict.status is not Status.FAILED:
        return f"verdict {verdict.status}: {verdict.sentence}"
    if shown is Status.STALE and verdict.status is not Status.STALE:
        return f"no fresh data; last verdict {verdict.status}: {verdict.sentence}"
    if verdict.status in (Status.BAD, Status.WARNING):
        about = []
        if verdict.since is not None:
            about.append(onset_words(verdict.since, verdict.began, unit))
        if not verdict.adopted and NOT_ADOPTED not in verdict.sentence:
            about.append(NOT_ADOPTED)
        return f"{verdict.sentence} ({'; '.join(about)})" if about else verdict.sentence
    so_far = bad_before(verdict)
    if so_far is not None and GOOD_NOW not in verdict.sentence:
        return f"{GOOD_NOW}; the run so far is {so_far.status}: {so_far.sentence}"
    if verdict.status is Status.NOT_APPLICABLE:
        return f"not applicable: {verdict.sentence}"
    return verdict.sentence


# Of these the age of the data is not the news.
_AGELESS = frozenset(
    {Status.WAITING, Status.MISSING, Status.NOT_APPLICABLE, Status.DISABLED}
)


class Freshness:
    """The two ages of a tile: its data's, and the engine's silence.

    Attributes:
        silent: seconds the engine has been silent, or None while it lives.
        stale: the data are too old to count, or the engine is silent.
    """

    def __init__(self) -> None:
        self.silent: float | None = None
        self.stale = False
        self._age: float | None = None

    def look(self, tile: Tile, now: float) -> bool:
        """Look at the clock (unix time, s); tell whether `stale` changed."""
        produced, limit = tile.produced, tile.stale_after
        self._age = None if produced is None else max(now - produced, 0.0)
        old = self._age is not None and limit is not None and self._age > limit
        silent = self.silent is not None and tile.past is None
        was, self.stale = self.stale, old or silent
        return self.stale != was

    def status(self, tile: Tile) -> Status:
        """The status to show: STALE in place of a verdict on data gone stale."""
        status = tile.verdict.status
        gone = self.stale and tile.picture is not None and status not in _AGELESS
        return Status.STALE if gone else status

    def words(self, tile: Tile) -> str:
        """The age in words; of a tile without a picture only the engine's."""
        if tile.picture is None:
            return age_words(None, stale=False, silent=self.silent)
        stale = self.status(tile) is Status.STALE
        if tile.recorded and tile.produced is not None and not stale:
            return f"RECORDED {date_words(tile.produced)}"
        return age_words(self._age, stale=stale, silent=self.silent)
