"""Plans of exams and practice: what is shown follows from a seed, and is sealed.

Nothing about an item may betray what is in it but the picture: good items stand on the
pages on which faults stand, in like numbers; every item has a run of its own, shown at
a moment of its own, and a cause begins at no fixed place in it.
"""

from __future__ import annotations

import collections
import itertools
import math
import random
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.lesson import LessonRun, onset, split_cause
from dqmconsole.model.record import hash_of
from dqmconsole.training.item_bank import Choice, choices, evenly
from dqmconsole.training.items import Item, Plan

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dqmconsole.model.layout import RunType
    from dqmconsole.model.lesson import ExamSettings, ItemKind
    from dqmconsole.model.site import Site

VERSION = 2
"""Grows when the same seed no longer gives the same plan."""

LUMISECTION = 23.31  # s
SHIFT_SPEED = 3.0
"""Seconds of the detector per second of a scenario: a fault is to be seen after about
five lumisections, which is two minutes of a real shift and forty seconds here."""

AHEAD = (8, 20)  # lumisections of an item's run
ON_FOR = 0.6
"""Share of an item's run that lies behind the onset of its cause, at least: most pages
accumulate over the run, and what began a moment ago is not on them yet."""

QUIET_END = 5.0  # min without a new fault at the end of a shift


class PlanError(ValueError):
    """A plan that cannot be made; the message says what is missing."""


def make_plan(site: Site, seed: int) -> Plan:
    """Plan the exam's items.

    Args:
        site: its exam settings and its table of causes.
        seed: the plan follows from it.

    Raises:
        PlanError: the site has no exam, or nothing to make faults of.
    """
    settings = _settings(site)
    every = tuple(choices(site))
    by_kind = {
        kind: [each for each in every if each.kind == kind]
        for kind in ("fault", "harmless")
    }
    # without a single fault there is nothing to find
    good = settings.items - settings.faults
    generator = random.Random(f"plan {VERSION} {seed}")
    faults = evenly(by_kind["fault"], settings.items - good, generator)
    if len(faults) < settings.items - good:
        message = "the exam's matter has no fault of the table to make items of"
        raise PlanError(message)
    pages = {each.page for each in faults}
    # a harmless event on a page that never shows a fault would betray itself
    shared = [each for each in by_kind["harmless"] if each.page in pages]
    harmless = evenly(shared or by_kind["harmless"], good // 2, generator)
    bundles = [each for each in every if each.kind == "nothing" and each.evidence]
    quiet = evenly(bundles, min(len(bundles), good - len(harmless)), generator)
    quiet += _nothing(
        faults, harmless + quiet, good - len(harmless) - len(quiet), every, generator
    )
    order = faults + harmless + quiet
    generator.shuffle(order)
    items = tuple(_item(seed, number, 0, each) for number, each in enumerate(order))
    return Plan(seed, items, _hash(VERSION, settings, items))


def replacement(plan: Plan, site: Site, number: int, spare: int) -> Item:
    """The item that takes the place of one that a crash has spent.

    Of the same kind, cause, size and page, from another run and at another moment. An
    evidence bundle was seen: a simulated item of the same kind takes its place, on the
    same page where there is one.

    Args:
        plan: the plan.
        site: the site it was made of.
        number: place in the plan, from 0.
        spare: how many items of this place are spent.
    """
    lost = plan.items[number]
    if spare == 0:
        return lost
    name, _, size = lost.cause.partition("*")
    same = Choice(
        lost.kind, lost.page, lost.run.run_type, name, float(size or 0), lost.family,
        lost.run.evidence,
    )  # fmt: skip
    if lost.run.evidence:
        others = [
            each
            for each in choices(site)
            if each.kind == lost.kind and not each.evidence
        ]
        if lost.kind == "nothing" and not others:
            others = [Choice("nothing", lost.page, lost.run.run_type)]
        near = [each for each in others if each.page == lost.page] or others
        generator = random.Random(f"{plan.seed} {number} {spare}")
        same = generator.choice(near) if near else same
    return _item(plan.seed, number, spare, same)


def plan_shift(
    site: Site,
    minutes: float,
    faults: int,
    run_type: RunType,
    difficulty: int,
    seed: int,
) -> LessonRun:
    """Plan the run of a scenario or of practice.

    Faults and harmless events come at random times, no fault in the last five minutes
    (the last half of less than ten). A fault stays until the end.

    Args:
        site: its exam settings and its table of causes.
        minutes: how long it lasts.
        faults: how many there are to be.
        run_type: type of the run.
        difficulty: 1 to 3: sizes from easy to hard, and more harmless events.
        seed: everything follows from it.

    Raises:
        PlanError: the site has no exam, or not so many different faults.
    """
    _settings(site)
    generator = random.Random(f"shift {VERSION} {seed}")
    bad = shift_choices(site, "fault", run_type, difficulty)
    if len(bad) < faults:
        message = (
            f"the exam's matter has {len(bad)} different faults for {run_type}, "
            f"{faults} are wanted"
        )
        raise PlanError(message)
    mild = shift_choices(site, "harmless", run_type, difficulty)
    events = min(len(mild), max(1, faults + difficulty - 1))
    ahead = generator.randint(6, 10)
    last = ahead + lumisections(minutes * 60)
    quiet = lumisections(min(QUIET_END, minutes / 2) * 60)
    first = min(ahead + 2, last)
    # what acts until its onset must not hide what comes after
    early = {each.name for each in site.causes if each.before}

    def begins(each: Choice, until: int) -> int:
        if split_cause(each.cause)[0] in early:
            return first
        return generator.randint(first, max(first, last - until))

    causes = [
        f"{each.cause}@{begins(each, until)}{each.times}"
        for group, count, until in ((bad, faults, quiet), (mild, events, 2))
        for each in _spread(group, count, generator)
    ]
    return LessonRun(
        run_type=run_type,
        seed=generator.randrange(1, 2**31),
        causes=tuple(sorted(causes, key=onset)),
        ahead=ahead,
        speed=SHIFT_SPEED,
    )


def shift_choices(
    site: Site, kind: ItemKind, run_type: RunType, difficulty: int
) -> list[Choice]:
    """The different causes of one kind that a shift can have, each of one size."""
    # a shift is one run, else its lumisections, by which causes and flags are
    # compared, would begin anew; and a wrong reference is loaded with the run
    left_out = {
        each.name for each in site.causes if each.ends_run or each.acts_on == "session"
    }
    found: dict[str, list[Choice]] = {}
    for each in choices(site):
        if each.kind == kind and each.run_type == run_type and not each.evidence:
            found.setdefault(each.cause, []).append(each)
    return [
        sized[round((len(sized) - 1) * (min(max(difficulty, 1), 3) - 1) / 2)]
        for cause, sized in found.items()
        if split_cause(cause)[0] not in left_out
    ]


def lumisections(seconds: float, speed: float = SHIFT_SPEED) -> int:
    """Whole lumisections that pass in so many seconds of a shift."""
    return int(seconds * speed / LUMISECTION)


def seal(site: Site) -> str:
    """Hash of all that plans and their scores follow from, besides the seed."""
    instructions = [(each.id, each.hash) for each in site.instructions]
    return _hash(
        VERSION, site.exam, site.causes, site.layouts, site.references, instructions
    )


def _spread(
    given: Sequence[Choice], count: int, generator: random.Random
) -> list[Choice]:
    """Choose so many different causes, on as many subsystems as can be."""
    left = list(given)
    targets: collections.Counter[str] = collections.Counter()
    found: list[Choice] = []
    while left and len(found) < count:
        generator.shuffle(left)
        least = min(left, key=lambda each: targets[split_cause(each.cause)[1]])
        found.append(least)
        left.remove(least)
        targets[split_cause(least.cause)[1]] += 1
    return found


def _nothing(
    faults: Sequence[Choice],
    goods: Sequence[Choice],
    count: int,
    every: Iterable[Choice],
    generator: random.Random,
) -> list[Choice]:
    """Choose runs in which nothing happens, so that no page tells good from bad.

    Each goes to the page that has the fewest good items for its faults.
    """
    bad = collections.Counter(each.page for each in faults)
    good = collections.Counter(each.page for each in goods)
    types: dict[str, list[RunType]] = {page: [] for page in bad}
    for each in itertools.chain(faults, every):
        if each.page in bad and (each in faults or each.kind == "nothing"):
            types[each.page].append(each.run_type)
    pages = sorted(bad)
    found: list[Choice] = []
    for _ in range(count):
        generator.shuffle(pages)
        page = min(pages, key=lambda each: (good[each] + 1) / bad[each])
        good[page] += 1
        found.append(Choice("nothing", page, generator.choice(types[page])))
    return found


def _item(seed: int, number: int, spare: int, choice: Choice) -> Item:
    generator = random.Random(f"item {seed} {number} {spare}")
    ahead = generator.randint(*AHEAD)
    begins = generator.randint(2, ahead - math.ceil(ahead * ON_FOR) + 1)
    cause = f"{choice.cause}@{begins}{choice.times}" if choice.cause else ""
    run = LessonRun(
        run_type=choice.run_type,
        seed=generator.randrange(1, 2**31),
        causes=(cause,) if cause and not choice.evidence else (),
        ahead=ahead,
        evidence=choice.evidence,
    )
    return Item(
        number,
        spare,
        choice.kind,
        "bad" if choice.kind == "fault" else "good",
        choice.page,
        choice.sized,
        choice.family,
        run,
    )


def _settings(site: Site) -> ExamSettings:
    if site.exam is None:
        message = "this site has no exam: exam.yaml is missing, or broken"
        raise PlanError(message)
    return site.exam


def _hash(*parts: object) -> str:
    return hash_of(msgspec.json.encode(parts))
