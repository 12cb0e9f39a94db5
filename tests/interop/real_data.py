"""Checks on histograms of real lumisections: what they call wrong, what they find.

    python tests/interop/real_data.py FOLDER [--only alarms|power] [--name PART]
        [--trials N]

FOLDER holds ROOT files with one histogram for each lumisection, called
``runRUN_lsLS_NAME``, such as ``datasets/examples`` of LukaLambrecht/dqmiotools (CMS,
Run2023C). Nothing is fetched, and none of it is kept here.

**alarms**: each plot is judged update by update, as the engine does it (the run so far
and the last 1, 3 and 15 updates), against another run where there is one, else against
the first lumisections of its own. By its defaults, by checks asked for with the limits
they have of themselves, and without a reference. All that is not good is printed. For
windows of 15 the fills of some lumisections are dealt out at random to 30 parts.

**power**: lumisections of the real shape and rate are drawn by Poisson; after three
good ones a fault is put in. Printed is in how many of the trials the defaults find it
within 15 lumisections (by their verdict that holds, with its persistence), in how many
lumisections half of those were found, and the least sizes found in 50 % and in 95 %.
"""

from __future__ import annotations

import argparse
import re
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from dqmconsole.checks.check import why_not
from dqmconsole.checks.declared import Declared, declared
from dqmconsole.checks.defaults import PERSIST, defaults_for, kind_of
from dqmconsole.engine.asking import answered
from dqmconsole.engine.checking import (
    Against,
    Found,
    Origin,
    Steady,
    Subject,
    held,
    judged,
)
from dqmconsole.model.histogram import Histogram
from dqmconsole.model.layout import Plot
from dqmconsole.model.projection import parse_cut, project
from dqmconsole.model.reference import ReferenceNote
from dqmconsole.model.verdict import Status
from dqmconsole.recording.recent import Recent, Snapshot
from dqmconsole.rootio.dqmfile import DqmFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from dqmconsole.model.histogram import Array

_NAME = re.compile(r"run(\d+)_ls(\d+)_(.+)")
_PATH = "Real/Folder/plot"
EVENTS = 1000.0  # of one drawn lumisection
GOOD_FIRST = 3
LONGEST = 15
PARTS = 30
_ASKED: dict[str, dict[str, object]] = {
    "dead_channels": {"against": "reference"},
    "noisy_channels": {"against": "reference"},
    "holes": {"warn_above": 0.001, "bad_above": 0.01},
    "hot_clusters": {"warn_above": 0.001, "bad_above": 0.01},
    "chi2": {},
    "kolmogorov": {},
    "bins_against_reference": {},
    "deviation": {},
    "beta_binomial": {},
    "mean": {"warn_shift": 0.1, "bad_shift": 0.3},
    "run_band": {"relative": 0.05},
}
WRONG = (Status.WARNING, Status.BAD, Status.FAILED)


class Series(NamedTuple):
    """A plot in one run: a histogram for each lumisection."""

    name: str
    run: int
    parts: dict[int, Histogram]


class Said(NamedTuple):
    """What a check found in an update, before and after its persistence."""

    check: str
    now: Found
    held: Found


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--only", choices=("alarms", "power"))
    parser.add_argument("--name", default="", help="of plots with this in their name")
    asked = parser.parse_args()
    plots = list(_with_projections(_read(asked.folder)))
    plots = [each for each in plots if asked.name in each.name]
    for each in plots:
        filled = [part for part in each.parts.values() if part.entries]
        words = f"{each.name}: run {each.run}, {len(each.parts)} LS"
        if not filled:
            _out(f"{words}, all empty")
            continue
        mean = _summed(filled).values()
        words += f", {len(filled)} filled, {kind_of(filled[0], Plot(_PATH))}; entries "
        words += ", ".join(f"{part.entries:,.0f}" for part in filled[:8])
        used = mean[mean > 0] / len(filled)
        _out(f"{words}; {used.size:,} of {mean.size:,} bins filled, {used.mean():.3g}")
    if asked.only != "power":
        for each in plots:
            alarms(each, plots)
    if asked.only != "alarms":
        for each in plots:
            filled = [part for part in each.parts.values() if part.entries]
            if filled:
                power(each.name, _summed(filled[:3]), asked.trials)


def _out(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


# -- reading -------------------------------------------------------------------------


def _read(folder: Path) -> Iterator[Series]:
    found: dict[tuple[str, int], dict[int, Histogram]] = {}
    for path in sorted(folder.rglob("*.root")):
        file = DqmFile(path)
        with file:
            for entry in file.entries():
                said = _NAME.fullmatch(entry.path.rpartition("/")[2])
                if said is None:
                    continue
                element = file.element(entry.path)
                if isinstance(element, Histogram):
                    run, lumisection, name = int(said[1]), int(said[2]), said[3]
                    parts = found.setdefault((name, run), {})
                    parts[lumisection] = _called(element, name)
    for (name, run), parts in sorted(found.items()):
        yield Series(name, run, dict(sorted(parts.items())))


def _called(histogram: Histogram, name: str) -> Histogram:
    """By the name of the plot, without run and lumisection."""
    return msgspec.structs.replace(histogram, name=name, title=name, sums=())


def _with_projections(plots: Iterable[Series]) -> Iterator[Series]:
    """Each, and of maps both projections."""
    for each in plots:
        yield each
        first = next(iter(each.parts.values()))
        if first.dimension == 2:
            for axis in "xy":
                name = f"{each.name} along {axis}"
                cut = parse_cut(axis, 2)
                parts = {
                    at: _called(project(part, cut), name)
                    for at, part in each.parts.items()
                }
                yield Series(name, each.run, parts)


def _summed(parts: Sequence[Histogram]) -> Histogram:
    contents = np.sum([np.asarray(part.contents, np.float64) for part in parts], axis=0)
    return _filled(parts[0], contents)


def _filled(like: Histogram, contents: Array) -> Histogram:
    entries = float(contents.sum())
    return msgspec.structs.replace(like, contents=contents, entries=entries, sums=())


# -- as the engine judges ------------------------------------------------------------


class Watched:
    """A plot that is judged update by update.

    Args:
        reference: what it is compared with, or None.
        seen: events in it; None: scaled by area.
        asked: the checks; None: the defaults of its kind.
        runs: good runs, whose spread is the band; scaled by area.
    """

    def __init__(
        self,
        reference: Histogram | None,
        seen: float | None = None,
        asked: Sequence[Declared] | None = None,
        runs: Sequence[Histogram] = (),
    ) -> None:
        self._reference = reference
        self._seen = seen
        self._asked = asked
        self._runs = runs
        self._recent = Recent()
        self._total: Histogram | None = None
        self._events = 0.0
        self._steady: dict[str, Steady] = {}
        self._updates = 0

    def take(self, added: Histogram, lumisection: int) -> list[Said]:
        """What the checks say after one more lumisection."""
        parts = [added] if self._total is None else [self._total, added]
        data = self._total = _summed(parts)
        self._updates += 1
        self._events += EVENTS
        events = None if self._seen is None else self._events
        snapshot = Snapshot(1, self._updates, lumisection, events, ("host", 1))
        self._recent.take(_PATH, data, snapshot)
        origin: Origin = "default" if self._asked is None else "layout"
        checks = self._asked
        if checks is None:
            checks = defaults_for(data, Plot(_PATH), self._reference)
        windows = tuple(self._recent.windows(_PATH, data, (1, 3, LONGEST)))
        subject = Subject(data, windows, events)
        said = []
        for each in checks:
            if why_not(each.check, data.dimension, is_profile=data.is_profile):
                continue
            against = self._against(self._reference, data)
            runs = tuple(self._against(run, data) for run in self._runs)
            asking = judged(each, subject, against, origin, runs)
            (found,) = answered([asking], lambda _check, _at: nullcontext())
            before = self._steady.get(each.configuration, Steady())
            persist = PERSIST if self._asked is None else each.options.persist
            after, now = held(before, found, persist, at_once=False)
            self._steady[each.configuration] = after
            said.append(Said(each.check.NAME, found, now))
        return said

    def _against(self, reference: Histogram | None, data: Histogram) -> Against:
        if reference is None:
            return Against(note=ReferenceNote(sentence="none is chosen"))
        if self._seen is not None:
            scale = self._events / self._seen
            return Against(reference, ReferenceNote(normalize="events", scale=scale))
        area = float(reference.values().sum())
        if not area or not data.entries:
            return Against(reference, ReferenceNote(normalize="none", unscaled=True))
        scale = float(data.values().sum()) / area
        return Against(reference, ReferenceNote(normalize="area", scale=scale))


# -- false alarms --------------------------------------------------------------------


def alarms(plot: Series, plots: Sequence[Series]) -> None:
    """Print all that is not good in a plot."""
    parts = list(plot.parts.items())
    others = [one for one in plots if one.name == plot.name and one.run != plot.run]
    if others:
        reference, judged_parts = _summed(list(others[0].parts.values())), parts
        words = f"against run {others[0].run}"
    else:
        reference = _summed([part for _, part in parts[:2]])
        judged_parts = parts[2:]
        words = f"against its own LS {parts[0][0]}–{parts[1][0]}"
    _out(f"\n== {plot.name}, run {plot.run}")
    _say(f"defaults, {words}", Watched(reference), judged_parts)
    runs = [part for _, part in parts[:2]]
    _say(
        f"asked for, {words}",
        Watched(reference, asked=_asked(), runs=runs),
        judged_parts,
    )
    _say("defaults, no reference", Watched(None), parts)
    filled = [part for _, part in parts if part.entries][:3]
    if len(filled) == 3:
        chance = np.random.default_rng(1)
        dealt = list(enumerate(_dealt(_summed(filled[1:]), chance), 1))
        words = f"LS 2 and 3 dealt out to {PARTS}"
        _say(f"defaults, {words}, against LS 1", Watched(filled[0]), dealt)
        asked = Watched(filled[0], asked=_asked())
        _say(f"asked for, {words}, against LS 1", asked, dealt)
        _say(f"defaults, {words}, no reference", Watched(None), dealt)


def _asked() -> list[Declared]:
    """Checks whose limits mean something on any plot, as if a layout named them."""
    return [declared({name: limits}) for name, limits in _ASKED.items()]


def _dealt(histogram: Histogram, chance: np.random.Generator) -> Iterator[Histogram]:
    """The fills of a histogram, each in one part at random."""
    left = np.asarray(histogram.contents).astype(np.int64)
    for still in range(PARTS, 0, -1):
        part = chance.binomial(left, 1 / still)
        left = left - part
        yield _filled(histogram, part.astype(np.float64))


def _say(words: str, watched: Watched, parts: Iterable[tuple[int, Histogram]]) -> None:
    looks, alarm = 0, 0
    counted: dict[tuple[str, Status], int] = {}
    sentences: dict[str, tuple[str, int]] = {}
    for at, part in parts:
        for said in watched.take(part, at):
            looks += 1
            status = said.now.result.status
            key = (said.check, status)
            counted[key] = counted.get(key, 0) + 1
            alarm += said.held.result.status in WRONG
            if status in WRONG:
                line = f"LS {at} {said.check} {status}: {said.now.result.sentence}"
                first, many = sentences.get(said.check, (line, 0))
                sentences[said.check] = (first, many + 1)
    _out(f"- {words}: {looks} looks, {alarm} alarms that hold")
    for check in dict.fromkeys(name for name, _ in counted):
        each = {status: n for (name, status), n in counted.items() if name == check}
        if set(each) != {Status.GOOD}:
            _out(f"    {check}: " + ", ".join(f"{n} {s}" for s, n in each.items()))
    for line, many in sentences.values():
        _out(f"    first of {many}: {line[:400]}")


# -- power ---------------------------------------------------------------------------


def power(name: str, shape: Histogram, trials: int) -> None:
    """Print which size of each fault is found, and how soon."""
    mean = np.asarray(shape.contents, np.float64) / 3
    flat = shape.dimension == 1
    faults: list[tuple[str, Callable[..., Array], tuple[float, ...]]] = [
        ("dead region, % of the filled bins", dead, (0.5, 0.8, 1, 1.5, 2, 5, 10, 30)),
        ("hot bin, times its content", hot, (5, 8, 10, 12, 15, 20, 50, 100)),
        ("entries lost, %", lost, (20, 30, 40, 45, 50, 55, 60, 80)),
        ("frozen", frozen, (1,)),
        ("no fault", lost, (0,)),
    ]
    if flat:
        shifts = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 1.0)
        faults.append(("shifted, RMS", shifted, shifts))
    _out(f"\n== power: {name}, {mean.sum():,.0f} entries in a lumisection")
    for rate in (1.0, 0.1):
        for words, fault, sizes in faults:
            if fault is frozen and rate < 1:
                continue
            row, least = [], {0.5: "none", 0.95: "none"}
            for size in sizes:
                found = _found(shape, mean * rate, fault, size, trials)
                row.append(_cell(size, found))
                share = sum(many > 0 for many, _ in found) / trials
                for wanted, first in least.items():
                    if share >= wanted and first == "none":
                        least[wanted] = f"{size:g}"
            _out(f"  rate × {rate:g}, {words}: " + "; ".join(row))
            _out("    " + ", ".join(f"{k:.0%} from {v}" for k, v in least.items()))


def _cell(size: float, found: Sequence[tuple[int, str]]) -> str:
    took = [many for many, _ in found if many]
    share = len(took) / len(found)
    if not took:
        return f"{size:g}: 0%"
    names = [check for _, check in found if check]
    by = max(set(names), key=names.count)
    return f"{size:g}: {share:.0%} in {np.median(took):.0f} LS ({by})"


def _found(
    shape: Histogram,
    mean: Array,
    fault: Callable[[Array, float, np.random.Generator], Array],
    size: float,
    trials: int,
) -> list[tuple[int, str]]:
    """Of each trial in how many lumisections it was found, 0 for never, and by what."""
    found = []
    for trial in range(trials):
        chance = np.random.default_rng(1000 * trial + round(100 * size))
        reference = _filled(shape, chance.poisson(10 * mean).astype(np.float64))
        watched = Watched(reference, 10 * EVENTS)
        faulty = fault(mean, size, chance)
        took, by = 0, ""
        for at in range(1, GOOD_FIRST + LONGEST + 1):
            level = mean if at <= GOOD_FIRST else faulty
            part = _filled(shape, chance.poisson(level).astype(np.float64))
            said = watched.take(part, at)
            names = [one.check for one in said if one.held.result.status in WRONG]
            if names:
                took, by = at - GOOD_FIRST, names[0]
                break
        found.append((took, by))
    return found


def dead(mean: Array, size: float, chance: np.random.Generator) -> Array:
    """Without a square (a range) around a filled bin, of so many % of the filled."""
    filled = np.argwhere(mean > 0)
    centre = filled[chance.integers(len(filled))]
    away = np.abs(filled - centre).max(axis=1)
    gone = filled[np.argsort(away, kind="stable")[: round(0.01 * size * len(filled))]]
    found = mean.copy()
    found[tuple(gone.T)] = 0.0
    return found


def hot(mean: Array, size: float, chance: np.random.Generator) -> Array:
    """With a filled bin so many times as full."""
    filled = np.argwhere(mean > 0)
    at = tuple(filled[chance.integers(len(filled))])
    found = mean.copy()
    found[at] *= size
    return found


def lost(mean: Array, size: float, chance: np.random.Generator) -> Array:
    """With so many % fewer entries everywhere."""
    del chance
    return mean * (1 - 0.01 * size)


def frozen(mean: Array, size: float, chance: np.random.Generator) -> Array:
    """With nothing added."""
    del size, chance
    return np.zeros_like(mean)


def shifted(mean: Array, size: float, chance: np.random.Generator) -> Array:
    """Moved along x by so many RMS."""
    del chance
    at = np.arange(len(mean))
    middle = float((at * mean).sum() / mean.sum())
    rms = float(np.sqrt(((at - middle) ** 2 * mean).sum() / mean.sum()))
    found: Array = np.interp(at - size * rms, at, mean, left=0.0, right=0.0)
    return found


if __name__ == "__main__":
    main()
