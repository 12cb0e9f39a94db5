"""The items of the exam: what they can be made of, and which ones an exam has.

A form of a measured bank has the same number of items of each band and kind as every
other, and one from each step of strength (:mod:`dqmconsole.training.forms`). A site
whose bank is not measured has an exam all the same; nobody passes by it.

Nothing about an item may betray what is in it but the picture: good items stand on the
pages on which faults stand, every item has a run of its own, shown at a moment of its
own, and a cause begins at no fixed place in it.
"""

from __future__ import annotations

import itertools
import math
import random
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.layout import plot_key, split_page, subsystem_of
from dqmconsole.model.record import hash_of
from dqmconsole.model.run import Conditions
from dqmconsole.model.words import counted, listed
from dqmconsole.shift.guidance import Guide, step_to_call
from dqmconsole.training.forms import (
    FormError,
    composed,
    composed_words,
    composition,
    form,
    like,
)
from dqmconsole.training.lesson import (
    EXAM_TITLES,
    EXAMS,
    Answer,
    ExamName,
    ExamSettings,
    ItemKind,
    LessonRun,
    MeasuredRow,
    RunType,
    Teaching,
    kind_of,
    split_cause,
    teaching,
)
from dqmconsole.training.truth import how_soon

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dqmconsole.model.layout import Plot
    from dqmconsole.model.site import Site
    from dqmconsole.training.lesson import CauseWords, ItemSource

AHEAD = (8, 20)  # lumisections of an item's run
ON_FOR = 0.6
"""Share of an item's run that lies behind the onset of its cause, at least: most pages
accumulate over the run, and what began a moment ago is not on them yet."""
LUMISECTIONS = 14
"""Length of every run of a measured bank, as it was measured: it tells nothing."""
_MOST_PAGES = 4  # named of those that changed
ONSETS = (3, 4, 5)
"""Lumisections in which causes begin in these."""


class PlanError(ValueError):
    """A plan that cannot be made; the message says what is missing."""


class UnreadBankError(PlanError):
    """The bank from which items are drawn is there and cannot be read."""


class Choice(msgspec.Struct, frozen=True):
    """One thing an item can be made of.

    Attributes:
        kind: what happens.
        page: "Layout/Page".
        run_type: type of the run.
        cause: "NAME[:SUBSYSTEM]", or "".
        size: of the cause; 0 for the table's own.
        family: of the cause, or "".
        evidence: an evidence bundle in place of a run.
        recorded: number of a recorded run in place of a simulated one; 0: none.
        updates: how many that has at least; of what was measured, how many are shown.
        urgency: of the cause, by the table; of a recorded run by the site; or "".
        row: how it was measured; None of what was not.
    """

    kind: ItemKind
    page: str
    run_type: RunType
    cause: str = ""
    size: float = 0.0
    family: str = ""
    evidence: str = ""
    recorded: int = 0
    updates: int = 0
    urgency: str = ""
    row: MeasuredRow | None = None

    @property
    def times(self) -> str:
        """Size and place, as the end of an entry on the command line: "*4#1", or ""."""
        if self.row is not None:
            _, mark, rest = self.row.cause.partition("*")
            return mark + rest
        return f"*{self.size:g}" if self.size else ""


class Item(msgspec.Struct, frozen=True):
    """One page at one moment, and what is right to say of it.

    Attributes:
        number: place in the plan, from 0.
        spare: how many items of this place were spent before it by a crash.
        truth: what is right: "bad" of a fault, "good" of all else.
        choice: what it was made of.
        run: `ahead` lumisections are shown, or its evidence bundle.
    """

    number: int
    spare: int
    truth: Answer
    choice: Choice
    run: LessonRun

    @property
    def page(self) -> str:
        """The "Layout/Page" that is shown."""
        return self.choice.page


class Plan(msgspec.Struct, frozen=True):
    """The items of an exam.

    Attributes:
        seed: all of it follows from the seed and the site's bank of items.
        items: in the order in which they are shown.
        hash: of the items; the log keeps it before the first one is shown.
    """

    seed: int
    items: tuple[Item, ...]
    hash: str


def choices(site: Site) -> Iterator[Choice]:
    """Everything items can be made of by the site's exam.yaml.

    What names a cause that the table does not have is left out: the check of the site
    has said so.
    """
    taught = teaching(site)
    known = {each.name: each for each in taught.causes}
    kinds = {each.name: each.kind for each in taught.causes}
    for source in taught.matter:
        words = known.get(split_cause(source.cause)[0])
        kind = kind_of(source, kinds)
        if kind is None:
            continue
        every = itertools.product(
            source.sizes or (0.0,), source.run_types, source.pages,
            source.recorded or (0,),
        )  # fmt: skip
        for size, run_type, page, recorded in every:
            cause = _aimed(source.cause, words, page) if not source.evidence else ""
            yield Choice(
                kind, page, run_type, cause or source.cause, size,
                words.family if words is not None else "", source.evidence,
                recorded, source.updates,
            )  # fmt: skip


def exams_of(site: Site) -> tuple[ExamName, ...]:
    """The exams for which a site has pages: measured ones, where there are any."""
    exam = teaching(site).exam
    if exam is None:
        return ()
    if exam.measured:
        there = {row.run_type for row in exam.measured if row.kind == "fault"}
    else:
        there = {each.run_type for each in choices(site) if each.kind == "fault"}
    return tuple(name for name, types in EXAMS.items() if there.intersection(types))


def measurable_faults(taught: Teaching) -> tuple[ItemSource, ...]:
    """What of a site's exam.yaml can be measured: faults, but those of evidence."""
    kinds = {each.name: each.kind for each in taught.causes}
    return tuple(
        source
        for source in taught.matter
        if kind_of(source, kinds) == "fault" and not source.evidence
    )


def is_recorded_alone(site: Site | None) -> bool:
    """Tell whether all faults of exam and practice are put into recorded runs."""
    return site is not None and teaches_recorded_alone(teaching(site))


def teaches_recorded_alone(taught: Teaching) -> bool:
    """Tell the same of what a site teaches."""
    return any(each.recorded for each in taught.matter) and all(
        each.recorded for each in measurable_faults(taught)
    )


def rows_of(exam: ExamSettings, name: ExamName) -> tuple[MeasuredRow, ...]:
    """The measured rows of one of the exams."""
    return tuple(row for row in exam.measured if row.run_type in EXAMS[name])


def recorded_runs(site: Site, name: ExamName) -> tuple[int, ...]:
    """Numbers of the recorded runs of which one of the exams may show pages."""
    exam = teaching(site).exam
    every: Iterable[MeasuredRow | Choice] = choices(site)
    if exam is not None and exam.measured:
        every = (row for row in exam.measured if not row.out)
    there = {each.recorded for each in every if each.run_type in EXAMS[name]}
    return tuple(sorted(there - {0}))


def bank_words(exam: ExamSettings) -> str:
    """That pages of the bank were measured on something else; "" where none was."""
    many = len(exam.measured_before)
    if not many:
        return ""
    every = len({each.measured_page for each in exam.measured})
    known = {each.measured_page for each in exam.measured if each.of}
    were = "was" if many == 1 else "were"
    which = f"{many} of the bank's {counted(every, 'page')} {were} measured"
    made_of = "another simulation, other references or other causes"
    if any(each.recorded for each in exam.measured_before):
        made_of = "other recorded runs, references, checks or causes"
    if known.isdisjoint(exam.measured_before):
        words = f"it is not noted on what {which}"
    else:
        words = f"{which} on {made_of} than there are now"
    return f"{words}: dqmconsole training measure --again"


def make_plan(site: Site, seed: int, name: ExamName = "collisions") -> Plan:
    """Draw the items of an exam: a form of the measured bank.

    Where nothing was measured half of them are faults, and of the others half are
    harmless events or kept evidence, as far as there are any on the pages of the
    faults; in the rest nothing happens.

    Args:
        site: its exam and its table of causes.
        seed: the plan follows from it.
        name: of the exam.

    Raises:
        PlanError: the site has no such exam, or nothing to make faults of.
        UnreadBankError: its bank cannot be read.
    """
    exam = teaching(site).exam
    if exam is None:
        message = "this site has no exam: exam.yaml is missing, or broken"
        raise PlanError(message)
    if exam.measured_unread:
        message = "no items can be drawn: their bank, measured.tsv, cannot be read"
        raise UnreadBankError(message)
    generator = random.Random(f"exam {seed}")
    if exam.measured:
        try:
            rows = form(rows_of(exam, name), exam.items, generator, urgent(site))
        except FormError as error:
            of = "" if is_recorded_alone(site) else f" of {name}"
            message = f"no exam{of}: {error}"
            raise PlanError(message) from error
        return plan_of_rows(site, seed, rows)
    every = tuple(each for each in choices(site) if each.run_type in EXAMS[name])
    half = max(1, exam.items // 2)
    bad = _drawn([each for each in every if each.kind == "fault"], half, generator)
    if not bad:
        message = f"the exam of {name} has no fault of the table to make items of"
        raise PlanError(message)
    pages = {each.page for each in bad}
    mild = [
        each
        for each in every
        if each.page in pages
        and (each.kind == "harmless" or (each.kind == "nothing" and each.evidence))
    ]
    # fewer faults than wanted, as of evidence alone, have as many good pages
    good_count = exam.items - half if len(bad) == half else len(bad)
    good = _drawn(mild, good_count // 2, generator)
    for other in itertools.islice(itertools.cycle(bad), good_count - len(good)):
        good.append(nothing_like(other))
    drawn = bad + good
    generator.shuffle(drawn)
    return _plan(site, seed, drawn)


def why_no_exam(site: Site, name: ExamName = "collisions") -> str:
    """Why no exam of a name can be drawn, in words; "" where one can."""
    try:
        make_plan(site, 1, name)
    except PlanError as error:
        return str(error)
    return ""


def plan_of_rows(site: Site, seed: int, rows: Iterable[MeasuredRow]) -> Plan:
    """The plan that shows some measured rows, in their order.

    Args:
        site: the site in force.
        seed: the runs follow from it.
        rows: what is shown.
    """
    return _plan(site, seed, _measured(site, rows))


def seal_of(
    site: Site, pages: Iterable[str], name: ExamName = "collisions"
) -> dict[str, str]:
    """What an exam rests on: its pages, each with the rows of the bank that it has.

    Whatever else of the site changes, a certificate holds.

    Args:
        site: the site in force.
        pages: "Layout/Page" names.
        name: of the exam.

    Returns:
        "page NAME" -> hash; of a page that is gone "".
    """
    exam = teaching(site).exam
    rows: dict[str, list[MeasuredRow]] = {}
    for row in rows_of(exam, name) if exam is not None else ():
        # what it was measured on is no part of what is asked
        asked = msgspec.structs.replace(row, of="", record="")
        rows.setdefault(row.page, []).append(asked)
    shown = {
        f"{layout.layout}/{page.page}": page
        for layout in site.layouts
        for page in layout.pages
    }
    return {
        f"page {name}": hash_of(
            msgspec.json.encode((shown[name], rows.get(name)), order="deterministic")
        )
        if name in shown
        else ""
        for name in sorted(set(pages))
    }


def bank_of(site: Site, name: ExamName) -> dict[str, str]:
    """What the items of an exam are drawn from, to be told from that of another day.

    Args:
        site: the site in force.
        name: of the exam.

    Returns:
        "Layout/Page" -> hash of all that an exam can have of it; "causes" -> hash of
        the table, and of those that call at once; "items" -> how many an exam has.
    """
    taught = teaching(site)
    exam = taught.exam
    if exam is None:
        return {}
    by_page: dict[str, list[msgspec.Struct]] = {}
    every: Iterable[MeasuredRow | Choice] = rows_of(exam, name)
    if not exam.measured:
        every = (each for each in choices(site) if each.run_type in EXAMS[name])
    for each in every:
        by_page.setdefault(each.page, []).append(each)
    whole: dict[str, object] = dict(sorted(by_page.items()))
    whole["causes"] = taught.causes, sorted(urgent(site))
    found = {
        of: hash_of(msgspec.json.encode(what, order="deterministic"))
        for of, what in whole.items()
    }
    return {**found, "items": f"{exam.items}"}


def bank_changes(site: Site, name: ExamName, before: Mapping[str, str]) -> str:
    """What of a :func:`bank_of` is another now, in words; "" where it is not known."""
    now = bank_of(site, name)
    if not before:
        return ""
    if not now:
        return "the site has no exam any more"
    pages = [each for each in before if "/" in each]
    words = [
        f"{what}: {listed(found, _MOST_PAGES)}"
        for what, found in (
            ("pages with other items", [
                e for e in pages if now.get(e, before[e]) != before[e]
            ]),
            ("pages without items now", [e for e in pages if e not in now]),
            ("pages with items that had none", [e for e in now if e not in before]),
        )
        if found
    ]  # fmt: skip
    if now["items"] != before["items"]:
        words.append(f"an exam has {now['items']} items, and had {before['items']}")
    if now["causes"] != before["causes"]:
        words.append("the causes, or which of them call at once, are others")
    return "; ".join(words)


def nothing_like(other: Choice) -> Choice:
    """A run of the same kind in which nothing happens."""
    return Choice(
        *("nothing", other.page, other.run_type),
        recorded=other.recorded,
        updates=other.updates,
    )


def replacement(
    plan: Plan,
    site: Site,
    number: int,
    spare: int,
    before: Sequence[tuple[int, int]] = (),
) -> Item:
    """The item that takes the place of one that was shown and not finished.

    Of the same cause, size and page, from another run and at another moment; of a
    measured bank another row of the same band and kind, one that was not shown while
    there is any. An evidence bundle was seen: a simulated item of its kind takes its
    place, on the same page where there is one.

    Args:
        plan: the plan.
        site: the site it was made of.
        number: place in the plan, from 0.
        spare: how many items of this place are spent.
        before: number and spare of the items that were shown before, in their order:
            their rows are taken.
    """
    lost = plan.items[number].choice
    if spare == 0:
        return plan.items[number]
    exam = teaching(site).exam
    if lost.row is not None and exam is not None:
        taken = [each.choice.row for each in plan.items if each.choice.row is not None]
        now, row = urgent(site), lost.row
        bank = rows_of(exam, _exam_of(row.run_type))
        spares = [each for each in before if each[1] > 0]
        for place, again in (*spares, (number, spare)):
            first = plan.items[place].choice.row
            if first is not None:
                generator = random.Random(f"{plan.seed} {place} {again}")
                row = like(bank, first, taken, generator, now)
                taken.append(row)
        (lost,) = _measured(site, [row])
    elif lost.evidence:
        types = EXAMS[_exam_of(lost.run_type)]
        alike = [
            each
            for each in choices(site)
            if each.kind == lost.kind and not each.evidence and each.run_type in types
        ]
        if lost.kind == "nothing":
            alike.append(nothing_like(lost))
        near = [each for each in alike if each.page == lost.page] or alike or [lost]
        lost = random.Random(f"{plan.seed} {number} {spare}").choice(near)
    return _item(site, plan.seed, number, spare, lost)


def _exam_of(run_type: RunType) -> ExamName:
    return next(name for name, types in EXAMS.items() if run_type in types)


def urgent(site: Site) -> frozenset[str]:
    """The faults for which one must call now, as ``MeasuredRow.called_about`` has them.

    By the table; of recorded runs by what the site says of the plot.
    """
    named = {e.name for e in teaching(site).causes if e.urgency == "now"}
    return frozenset(named | {about for about, act in _acts(site) if act == "now"})


def why_nobody_passes(site: Site, name: ExamName, *, telling: bool = False) -> str:
    """That nobody can pass, for no gross fault of a sitting calls at once; else "".

    Of a bank that is too small for a sitting :func:`why_no_exam` says what is missing.

    Args:
        site: the site in force.
        name: of the exam.
        telling: say in which plots such faults are, which is not for trainees.
    """
    exam = teaching(site).exam
    gross = [
        each
        for each in (rows_of(exam, name) if exam is not None else ())
        if each.kind == "fault" and each.band == "gross" and not each.out
    ]
    now = urgent(site)
    if exam is None or not exam.measured:
        return ""
    if not gross or any(each.called_about in now for each in gross):
        return "" if why_no_exam(site, name) else why_too_short(exam, name)
    words = f"nobody passes the {EXAM_TITLES[name]}: no gross fault of it calls at once"
    plots = dict.fromkeys(split_cause(e.cause)[1] for e in gross if e.recorded)
    if not plots:
        return words
    where = f" ({listed(tuple(plots))})" if telling else ""
    words += (
        f". For a plot to be called about at once{where} the site says alarm: now in "
        "its layout, or “call now” in a step of its instruction"
    )
    steps = _called_later(site, gross) if telling else {}
    if not steps:
        return words
    said = "; ".join(f"{step} for {listed(each)}" for step, each in steps.items())
    return f"{words}. {said}, which counts more than the alarm: now of the layout"


def why_too_short(exam: ExamSettings, name: ExamName) -> str:
    """That a sitting has too few pages for a gross fault, without which nobody passes.

    Args:
        exam: its settings.
        name: of the exam.

    Returns:
        "" where it has enough of them.
    """
    least = next(
        many
        for many in itertools.count(exam.items)
        if any(cell.band == "gross" for cell in composition(many))
    )
    if exam.items >= least:
        return ""
    return (
        f"nobody passes the {EXAM_TITLES[name]}: among its "
        f"{counted(exam.items, 'page')} there is no gross fault, which the pass mark "
        f"asks for: {least} pages or more have one (items: {least})"
    )


def pages_left_out(exam: ExamSettings) -> dict[str, str]:
    """Pages of which no measured fault is in an exam, and why not, in words."""
    why: dict[str, dict[str, None]] = {}
    for each in exam.measured:
        if each.kind == "fault":
            why.setdefault(each.page, {})[each.out] = None
    return {
        page: f"no fault on {page} is in an exam: {listed(list(found))}"
        for page, found in why.items()
        if "" not in found
    }


def sitting_words(site: Site, name: ExamName) -> str:
    """What every sitting of a measured exam has, and out of how many faults.

    Args:
        site: the site in force.
        name: of the exam.

    Returns:
        "" where nothing is measured, or the bank is too small for one.
    """
    exam = teaching(site).exam
    rows = rows_of(exam, name) if exam is not None else ()
    if exam is None or not rows:
        return ""
    try:
        cells = composed(rows, exam.items, urgent(site))
    except FormError:
        return ""
    faults = [each for each in rows if each.kind == "fault" and not each.out]
    runs = sorted({each.recorded for each in faults} - {0})
    of = f" of {counted(len(runs), 'recorded run')}" if runs else ""
    words = (
        f"a sitting has {counted(exam.items, 'page')}: {composed_words(cells)}; the "
        f"bank has {counted(len(faults), 'fault')}{of}"
    )
    if len(faults) > sum(many for cell, many in cells.items() if cell.band):
        return words
    return f"{words}: each sitting shows them all again"


def _called_later(
    site: Site, gross: Iterable[MeasuredRow]
) -> dict[str, tuple[str, ...]]:
    """Steps that say to call later, or not, where the layout says alarm: now.

    Returns:
        The step and what it says -> the names of the faults of which it says so.
    """
    guide = Guide(site)
    found: dict[str, dict[str, None]] = {}
    for each in gross:
        name, path = split_cause(each.cause)
        key = plot_key(*split_page(each.page), path)
        if not each.recorded or guide.alarm(key) != "now":
            continue
        instruction = guide.of(key, Conditions(), 0.0).instruction
        step = step_to_call(instruction, Conditions(), name)
        if instruction is None or step is None:
            continue
        number = instruction.steps.index(step) + 1
        says = f"{instruction.id}, step {number}, says “{step.urgency(None)}”"
        found.setdefault(says, {})[name] = None
    return {says: tuple(names) for says, names in found.items()}


def _acts(site: Site) -> Iterator[tuple[str, str]]:
    """The faults of recorded runs, and when somebody has to act by the site."""
    exam = teaching(site).exam
    rows = [each for each in exam.measured if each.recorded] if exam is not None else []
    faults = {each.called_about: each for each in rows if each.kind == "fault"}
    guide = Guide(site) if faults else None
    for about, row in faults.items():
        assert guide is not None
        name, path = split_cause(row.cause)
        yield about, how_soon(guide, row.page, path, name)


def needed_subsystems(site: Site, item: Item) -> tuple[str, ...]:
    """The subsystems without which an item cannot be shown: those of its page."""
    # a fault of a recorded run names a plot, which is there as it was recorded
    target = "" if item.choice.recorded else split_cause(item.choice.cause)[1]
    return tuple(sorted({*page_subsystems(site, item.page), target} - {""}))


def plots_on(site: Site, page: str) -> tuple[Plot, ...]:
    """The plots of a page, "Layout/Page"; none of one that is gone."""
    layout, name = split_page(page)
    return tuple(
        plot
        for one in site.layouts
        if one.layout == layout
        for other in one.pages
        if other.page == name
        for plot in other.plots
    )


def page_subsystems(site: Site, page: str) -> tuple[str, ...]:
    """The subsystems of a page's plots and overlays, and all that may be struck on it.

    What is written must not tell a fault from a good page.
    """
    paths = [e for plot in plots_on(site, page) for e in (plot.path, *plot.overlay)]
    found = {subsystem_of(path) for path in paths}
    for source in teaching(site).matter:
        if page in source.pages and not source.recorded:
            found.add(split_cause(source.cause)[1])
    return tuple(sorted(found - {""}))


def _aimed(cause: str, words: CauseWords | None, page: str) -> str:
    """Name the subsystem: the page's where the cause goes there, else the first."""
    name, target = split_cause(cause)
    if target or words is None or not words.targets:
        return cause
    layout = split_page(page)[0]
    return f"{name}:{layout if layout in words.targets else words.targets[0]}"


def _drawn(
    bank: Sequence[Choice], count: int, generator: random.Random
) -> list[Choice]:
    """Draw so many: each cause as often as the others, an evidence bundle once."""
    by_cause: dict[str, list[Choice]] = {}
    for each in bank:
        by_cause.setdefault(each.evidence or each.cause, []).append(each)
    groups = list(by_cause.values())
    found: list[Choice] = []
    while groups and len(found) < count:
        generator.shuffle(groups)
        found += [generator.choice(each) for each in groups[: count - len(found)]]
        groups = [each for each in groups if not each[0].evidence]
    return found


def from_start(site: Site) -> frozenset[str]:
    """Names of the causes that stand from the start of a run on, not from within."""
    return frozenset(each.name for each in teaching(site).causes if each.from_run)


def _plan(site: Site, seed: int, drawn: Iterable[Choice]) -> Plan:
    items = tuple(
        _item(site, seed, number, 0, each) for number, each in enumerate(drawn)
    )
    return Plan(seed, items, hash_of(msgspec.json.encode(items)))


def _measured(site: Site, rows: Iterable[MeasuredRow]) -> list[Choice]:
    """What items of some rows are made of."""
    known = {each.name: each for each in teaching(site).causes}
    acts = dict(_acts(site))
    found = []
    for row in rows:
        words = known.get(split_cause(row.cause)[0])
        family, urgency = ("", "") if words is None else (words.family, words.urgency)
        found.append(
            Choice(
                row.kind,
                row.page,
                row.run_type,
                row.cause.partition("*")[0],
                family=family,
                recorded=row.recorded,
                updates=row.updates,
                urgency=acts.get(row.called_about, urgency),
                row=row,
            )
        )
    return found


def _item(site: Site, seed: int, number: int, spare: int, choice: Choice) -> Item:
    generator = random.Random(f"item {seed} {number} {spare}")
    if choice.row is not None:
        ahead, begins = choice.updates or LUMISECTIONS, generator.choice(ONSETS)
    else:
        ahead = generator.randint(*AHEAD)
        if choice.recorded:
            ahead = min(ahead, choice.updates)
        begins = generator.randint(2, ahead - math.ceil(ahead * ON_FOR) + 1)
    if split_cause(choice.cause)[0] in from_start(site):
        begins = 1
    causes = (f"{choice.cause}@{begins}{choice.times}",)
    run = LessonRun(
        run_type=choice.run_type,
        seed=generator.randrange(1, 2**31),
        causes=causes if choice.cause and not choice.evidence else (),
        ahead=ahead,
        evidence=choice.evidence,
        recorded=choice.recorded,
    )
    truth: Answer = "bad" if choice.kind == "fault" else "good"
    return Item(number, spare, truth, choice, run)
