"""Two ways to a fault: simulated from the state, and injected into recorded runs.

No run of a real detector is at hand. What is recorded here are runs of the simulated
detector, of other seeds, kept as the files their clients write and read again.
"""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.model.histogram import Array, Histogram, read_only
from dqmconsole.rootio.dqmfile import DqmFile
from dqmconsole.simulation.elements import frozen_all
from dqmconsole.simulation.simulation import Simulation
from dqmconsole.simulation.sums import statistics
from dqmconsole.simulation.table.acts import ACTS
from dqmconsole.simulation.table.cause import Cause, Effect
from dqmconsole.simulation.table.causes import TABLE, effect, find, parse_cause
from dqmconsole.simulation.table.increments import Span, inject
from dqmconsole.simulation.table.scales import kept_share
from dqmconsole.simulation.writer import FolderWriter

if TYPE_CHECKING:
    from dqmconsole.simulation.state.sight import Sight

Elements = dict[str, Histogram]

BEFORE, LAST = 3, 10
"""Lumisections of the two snapshots; the causes begin in between."""

KEPT_SEEDS = 50_000
"""Seeds of recorded runs begin here, far from those of fresh ones."""

EVERYWHERE = ("Hcal", "SiStrip", "L1T")
"""What is looked at when a cause acts on the whole detector."""


class Scenario(msgspec.Struct, frozen=True):
    """A cause, and where one looks for it.

    Attributes:
        text: the cause with its target and onset; "" for a good run.
        only: the subsystems that are there.
        first, last: lumisections between the snapshots, inclusive.
    """

    text: str
    only: tuple[str, ...]
    first: int = BEFORE + 1
    last: int = LAST

    @property
    def name(self) -> str:
        """What a table calls it."""
        return self.text.partition("@")[0] or "good"


class Item(msgspec.Struct, frozen=True, eq=False):
    """Two snapshots of a run, and what is known of the fault in it.

    Attributes:
        before, after: path -> histogram.
        effect: where the fault strikes and what it does; None in a good run.
        span: the lumisections between the snapshots.
    """

    before: Elements
    after: Elements
    effect: Effect | None
    span: Span


def scenario(cause: Cause, target: str = "") -> Scenario:
    """A cause of the table at its own size, in its default target or another."""
    target = target or (cause.targets[0] if cause.targets else "")
    only = (target,) if target else EVERYWHERE
    only = (*only, "Info", "FED")
    aimed = f"{cause.name}:{target}" if target else cause.name
    if cause.before:
        return Scenario(f"{aimed}@9", only, 1, BEFORE)
    if cause.name == "subsystem-out":
        return Scenario(f"{aimed}@1", only, 1, LAST)
    return Scenario(f"{aimed}@{BEFORE + 1}", only)


def every_scenario() -> tuple[Scenario, ...]:
    """Every cause that has an effect on histograms."""
    return tuple(scenario(each) for each in TABLE if ACTS[each.name].effect)


def simulated(of: Scenario, seed: int) -> Item:
    """The cause acts on the state, from which the histograms follow."""
    texts = [of.text] if of.text else []
    simulation = Simulation("collisions", seed, map(parse_cause, texts), only=of.only)
    taken: list[Elements] = [{}]
    for number in range(1, of.last + 1):
        simulation.step()
        if number in (of.first - 1, of.last):
            taken.append(_elements(simulation))
    found, span = _struck(simulation, of)
    return Item(taken[-2], taken[-1], found, span)


def injected(of: Scenario, seed: int) -> Item:
    """The cause acts on what a good run left on disk."""
    simulation = Simulation("collisions", seed, [parse_cause(of.text)], only=of.only)
    found, span = _struck(simulation, of)
    assert found is not None
    good = recorded(of, seed)
    rng = np.random.default_rng([seed, 7])
    after = inject(found, span, good.before, good.after, sights(of.only), rng)
    return Item(good.before, after, found, span)


def recorded(of: Scenario, seed: int) -> Item:
    """A good run of another seed, as it was kept in files."""
    snapshots = _kept(of.only, KEPT_SEEDS + seed, (of.first - 1, of.last))
    span = Span(of.first, of.last, (0.0,) * (of.last - of.first + 1))
    return Item(*snapshots, None, span)


@functools.lru_cache(maxsize=256)
def _kept(
    only: tuple[str, ...], seed: int, lumisections: tuple[int, int]
) -> tuple[Elements, Elements]:
    simulation = Simulation("collisions", seed, only=only)
    found: list[Elements] = []
    with tempfile.TemporaryDirectory() as folder:
        writer = FolderWriter(Path(folder))
        if lumisections[0] == 0:
            found.append({})
        for number in range(1, lumisections[1] + 1):
            simulation.step()
            if number in lumisections:
                found.append({})
                for client in simulation.clients.values():
                    path = writer.snapshot(simulation, client, 0.0)
                    found[-1] |= _read(path, set(client.book.elements))
    return found[0], found[1]


def _read(path: Path, paths: set[str]) -> Elements:
    with DqmFile(path) as file:
        found = {each: file.element(each) for each in paths}
    return {path: each for path, each in found.items() if isinstance(each, Histogram)}


@functools.cache
def sights(only: tuple[str, ...]) -> dict[str, Sight]:
    """What each element sees, by path."""
    simulation = Simulation("collisions", 1, only=only)
    return {
        path: element.element.sight
        for client in simulation.clients.values()
        for path, element in client.book.elements.items()
        if element.element.sight is not None
    }


def _elements(simulation: Simulation) -> Elements:
    found: Elements = {}
    for client in simulation.clients.values():
        found |= frozen_all(client.book.elements)
    return found


def _struck(simulation: Simulation, of: Scenario) -> tuple[Effect | None, Span]:
    numbers = range(of.first, of.last + 1)
    if not simulation.causes:
        return None, Span(of.first, of.last, (0.0,) * len(numbers))
    (cause,) = simulation.causes
    if not simulation.state.trigger.before.any():
        # rates and shares of the trigger are there once it has settled
        simulation.state.begin()
        simulation.state.settle()
    strengths = tuple(cause.strength(number) for number in numbers)
    if cause.name == "subsystem-out":
        # what left before the run began stays out of it
        strengths = (1.0,) * len(numbers)
    return effect(cause, simulation.state), Span(of.first, of.last, strengths)


def with_fractions(of: Scenario, seed: int) -> Item:
    """Planted: what the fault takes is taken by multiplying, which leaves fractions."""
    item, good = injected(of, seed), recorded(of, seed)
    after = dict(item.after)
    for path, histogram in item.after.items():
        lost = good.after[path].contents != histogram.contents
        if histogram.root_class in ("TH1F", "TH2F") and lost.any():
            contents = np.where(lost, 0.97 * histogram.contents, histogram.contents)
            after[path] = _restated(histogram, contents.astype(np.float32))
    return msgspec.structs.replace(item, after=after)


def one_channel_off(of: Scenario, seed: int) -> Item:
    """Planted: the region that is struck begins and ends one channel too late."""
    item, good = injected(of, seed), recorded(of, seed)
    assert item.effect is not None
    keep = {name: np.roll(each, 1) for name, each in item.effect.keep.items()}
    moved = msgspec.structs.replace(item.effect, keep=keep)
    rng = np.random.default_rng([seed, 7])
    seen = sights(of.only)
    after = inject(moved, item.span, good.before, good.after, seen, rng)
    return msgspec.structs.replace(item, after=after)


def with_old_statistics(of: Scenario, seed: int) -> Item:
    """Planted: the bins are changed, the statistics beside them are not."""
    item, good = injected(of, seed), recorded(of, seed)
    after = {
        path: msgspec.structs.replace(each, sums=good.after[path].sums)
        for path, each in item.after.items()
    }
    return msgspec.structs.replace(item, after=after)


def without_poisson(of: Scenario, seed: int) -> Item:
    """Planted: what the fault adds to a map is a multiple of what was there."""
    item, good = injected(of, seed), recorded(of, seed)
    assert item.effect is not None
    after = dict(item.after)
    for path, sight in sights(of.only).items():
        if sight.quantity != "count" or sight.subsystem not in item.effect.keep:
            continue
        given = np.asarray(good.after[path].contents, np.float64)
        grown = given - good.before[path].contents
        factor = kept_share(item.effect, sight, grown.size).reshape(grown.shape)
        contents = np.round(given + grown * item.span.mean * (factor - 1))
        after[path] = _restated(item.after[path], contents.astype(np.float32))
    return msgspec.structs.replace(item, after=after)


def each_for_itself(of: Scenario, seed: int) -> Item:
    """Planted: every plot is drawn for itself, and knows nothing of its sisters."""
    item, good = injected(of, seed), recorded(of, seed)
    assert item.effect is not None
    after = dict(item.after)
    for number, (path, sight) in enumerate(sights(of.only).items()):
        rng = np.random.default_rng([seed, 8, number])
        alone = {path: good.after[path]}
        before = {path: good.before[path]} if path in good.before else {}
        after |= inject(item.effect, item.span, before, alone, {path: sight}, rng)
    return msgspec.structs.replace(item, after=after)


PLANTED = {
    "fractions": ("fed-lost:Ecal", with_fractions),
    "one channel off": ("ring-lost:PixelPhase1", one_channel_off),
    "old statistics": ("ring-lost:PixelPhase1", with_old_statistics),
    "no Poisson draw": ("noise-burst:Ecal", without_poisson),
    "no sisters": ("noise-burst:Ecal", each_for_itself),
}
"""What a careless injection would do: (cause, how)."""


def named(text: str) -> Scenario:
    """The scenario of "cause" or "cause:Subsystem"."""
    name, _, target = text.partition(":")
    return scenario(find(name), target)


def _restated(histogram: Histogram, contents: Array) -> Histogram:
    changed = msgspec.structs.replace(
        histogram,
        contents=read_only(contents),
        entries=float(contents.astype(np.float64).sum()),
    )
    return msgspec.structs.replace(changed, sums=statistics(changed))
