"""Checking instructions: plots without one, those nobody names, dates, examples."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from dqmconsole.desk.finding import problem_at
from dqmconsole.model.layout import RUN_TYPES, plot_key, subsystem_of
from dqmconsole.simulation.table.cause import CauseError
from dqmconsole.simulation.table.causes import TABLE, aimed, parse_cause
from dqmconsole.site.agreement import plots_of
from dqmconsole.site.findings import Place
from dqmconsole.site.globs import any_match
from dqmconsole.site.instructions import wrong_glob
from dqmconsole.site.nearest import nearest
from dqmconsole.site.references import is_date
from dqmconsole.site.texts import instruction_key
from dqmconsole.site.texts_folder import INSTRUCTIONS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from dqmconsole.model.instruction import Example, Instruction, Note
    from dqmconsole.model.layout import Layout, Page, Plot
    from dqmconsole.model.problem import Problem
    from dqmconsole.model.site import Site
    from dqmconsole.site.broken import BrokenLayouts

    Places = Mapping[str, Place]
    Where = tuple[Layout, Page, Plot]

REVIEW_WITHIN = datetime.timedelta(days=2 * 366)


def check_instructions(
    site: Site, places: Places, today: datetime.date, broken: BrokenLayouts
) -> list[Problem]:
    """Find what is wrong with the instructions of a site.

    A shift plot without an instruction is an error once the site has instructions;
    a site without any is told so once.

    Args:
        site: the site.
        places: of its parts.
        today: the date that reviews are judged by.
        broken: the layout files that are broken; what may only follow from that is
            held back.
    """
    plots = list(plots_of(site))
    if not site.instructions:
        return _none_at_all(plots)
    found = _without(plots, places)
    subsystems = {subsystem_of(plot.path) for _, _, plot in plots} - {""}
    # Owners that are nobody have a problem of their own.
    roles = site.contacts.roles
    owners = {each.layout: each.owner for each in site.layouts if each.owner in roles}
    ids = {each.id for each in site.instructions}
    mistyped = {
        nearest(plot.instruction, ids)
        for _, _, plot in plots
        if plot.instruction is not None and plot.instruction not in ids
    }
    for instruction in site.instructions:
        if not broken.may_hold(instruction.applies_to.layout):
            if instruction.id not in mistyped:
                found += _unnamed(instruction, plots, places)
            found += gone(instruction, plots, places)
        found += _narrowed(instruction, plots, places)
        if instruction.owner in roles:
            found += _owner(instruction, owners, places)
        found += _elsewhere(instruction, plots, places)
        found += _claims(instruction, plots, places, ids)
        found += _dates(instruction, places, today)
        found += _folder(instruction, places)
        file = places[instruction_key(instruction.id)].file
        found += [
            problem_at(Place(file, example.line, 1), words)
            for example in instruction.examples
            if (words := _wrong_cause(example, subsystems))
            # One of a layout that is broken is known to nothing else.
            and not (broken and "no subsystem" in words)
        ]
    return found


def _none_at_all(plots: list[Where]) -> list[Problem]:
    count = sum(page.audience == "shift" for _, page, _ in plots)
    if not count:
        return []
    words = (
        f"the site has no instructions: none of its {count} shift plots says what to "
        "do when it is bad"
    )
    return [problem_at(Place(INSTRUCTIONS), words, advice=True)]


def _without(plots: list[Where], places: Places) -> list[Problem]:
    """Shift plots without an instruction, one problem for all of one path."""
    found: dict[Place | None, Problem] = {}
    for layout, page, plot in plots:
        if page.audience != "shift" or plot.instruction is not None:
            continue
        key = plot_key(layout.layout, page.page, plot.path)
        place = places.get(key)
        if place not in found:
            words = f'the shift plot "{plot.path}" has no instruction'
            found[place] = problem_at(place, words, key=key)
    return list(found.values())


def _unnamed(
    instruction: Instruction, plots: list[Where], places: Places
) -> list[Problem]:
    """An instruction that no plot names."""
    named = [plot for _, _, plot in plots if plot.instruction == instruction.id]
    types = instruction.applies_to.run_types
    if not named:
        place = places.get(instruction_key(instruction.id, "id"))
        words = (
            f'no plot or page of the layouts says "instruction: {instruction.id}": '
            "nobody will read it"
        )
        return [problem_at(place, words)]
    for plot in named:
        if types and plot.run_types and not set(types).intersection(plot.run_types):
            place = places.get(instruction_key(instruction.id, "run_types"))
            words = (
                f'it never holds: "{plot.path}" is shown in '
                f"{', '.join(plot.run_types)} only"
            )
            return [problem_at(place, words)]
    return []


def _narrowed(
    instruction: Instruction, plots: list[Where], places: Places
) -> list[Problem]:
    """Plots that are shown in run types for which their instruction does not hold."""
    types = instruction.applies_to.run_types
    for _, page, plot in plots if types else ():
        if plot.instruction != instruction.id or page.audience != "shift":
            continue
        left = [each for each in plot.run_types or RUN_TYPES if each not in types]
        if left and len(left) < len(plot.run_types or RUN_TYPES):
            place = places.get(instruction_key(instruction.id, "run_types"))
            words = (
                f'it leaves "{plot.path}" without an instruction in {", ".join(left)}'
            )
            return [problem_at(place, words, advice=True)]
    return []


def _owner(
    instruction: Instruction, owners: Mapping[str, str], places: Places
) -> list[Problem]:
    """Advice where an instruction's owner is not its layout's."""
    wanted = owners.get(instruction.applies_to.layout, "")
    if wanted in ("", instruction.owner):
        return []
    place = places.get(instruction_key(instruction.id, "owner"))
    words = (
        f"owner is {instruction.owner}, and {wanted} owns the layout "
        f"{instruction.applies_to.layout}: is that meant?"
    )
    return [problem_at(place, words, advice=True)]


def _elsewhere(
    instruction: Instruction, plots: list[Where], places: Places
) -> list[Problem]:
    """Examples of a cause in a subsystem that none of the plots is of.

    A plot that needs no subsystem is of the whole detector.
    """
    of: set[str] = set()
    for _, _, plot in plots:
        if plot.instruction == instruction.id:
            if plot.needs is None or plot.needs.subsystem is None:
                return []
            of |= {plot.needs.subsystem, subsystem_of(plot.path)}
    file = places[instruction_key(instruction.id)].file
    found = []
    for example in instruction.examples:
        subsystem = example.cause.partition(":")[2]
        if of and subsystem and subsystem not in of:
            words = (
                f"example: {example.cause} acts on {subsystem}, and the plots are of "
                f"{', '.join(sorted(of))}: nothing will be seen"
            )
            found.append(problem_at(Place(file, example.line, 1), words, advice=True))
    return found


def gone(
    text: Instruction | Note, plots: Iterable[Where], places: Places
) -> list[Problem]:
    """Globs of an instruction or note that match no plot of the site any more."""
    applies = text.applies_to
    plots = list(plots)
    pages = {page.page for layout, page, _ in plots if layout.layout == applies.layout}
    # A layout or page that does not exist has its own problem.
    if applies.layout and not pages.issuperset(applies.pages or pages):
        return []
    if applies.layout and not pages:
        return []
    meant = [
        plot.path
        for layout, page, plot in plots
        if applies.layout in ("", layout.layout)
        and (not applies.pages or page.page in applies.pages)
    ]
    found = []
    for item, glob in enumerate(applies.plots):
        if not wrong_glob(glob) and not any(any_match(path, (glob,)) for path in meant):
            place = places.get(instruction_key(text.id, f"plots[{item}]"))
            words = f'applies_to: "{glob}" matches no plot of the site: is it gone?'
            found.append(problem_at(place, words))
    return found


def _claims(
    instruction: Instruction, plots: list[Where], places: Places, ids: Collection[str]
) -> list[Problem]:
    """Advice on plots that an instruction names and another one has."""
    applies = instruction.applies_to
    for layout, page, plot in plots if applies.plots else ():
        other = plot.instruction
        if other == instruction.id or other not in ids:
            continue
        if applies.names(layout.layout, page.page, plot.path):
            place = places.get(instruction_key(instruction.id, "plots"))
            words = (
                f'two instructions for "{plot.path}": its globs name it, and its '
                f"layout says {other}, which holds"
            )
            return [problem_at(place, words, advice=True)]
    return []


def _dates(
    instruction: Instruction, places: Places, today: datetime.date
) -> list[Problem]:
    def at(part: str, words: str, *, advice: bool = False) -> Problem:
        place = places.get(instruction_key(instruction.id, part))
        return problem_at(place, words, advice=advice)

    reviewed = as_date(instruction.reviewed_on)
    due = as_date(instruction.review_due)
    written = as_date(instruction.written)
    found = []
    if due and reviewed and due < reviewed:
        words = f"review_due {due} is before reviewed_on {reviewed}"
        found.append(at("review_due", words))
    elif due and due < today:
        words = f"the review was due on {due}: {instruction.owner} must review it"
        found.append(at("review_due", words, advice=True))
    elif due and reviewed and due - reviewed > REVIEW_WITHIN:
        words = f"review_due {due} is years after reviewed_on {reviewed}: is it meant?"
        found.append(at("review_due", words, advice=True))
    if reviewed and written and reviewed < written:
        words = (
            f"reviewed_on {reviewed} is before written {written}: was this version "
            "reviewed?"
        )
        found.append(at("reviewed_on", words, advice=True))
    if reviewed and reviewed > today:
        words = f"reviewed_on {reviewed} is yet to come"
        found.append(at("reviewed_on", words))
    if written and written > today:
        found.append(at("written", f"written {written} is yet to come"))
    return found


def as_date(text: str) -> datetime.date | None:
    """A date as it is written; None for one that is broken, which has its problem."""
    return datetime.date.fromisoformat(text) if is_date(text) else None


def _folder(instruction: Instruction, places: Places) -> list[Problem]:
    folder = instruction.id.partition("/")[0]
    wanted = instruction.applies_to.layout.lower()
    if folder == wanted or not wanted:
        return []
    place = places.get(instruction_key(instruction.id, "layout"))
    words = f"an instruction for {wanted} stands in the folder {wanted}/, not {folder}/"
    return [problem_at(place, words, advice=True)]


def _wrong_cause(example: Example, subsystems: set[str]) -> str:
    """Why the example cannot be drawn; "" when it can, or its cause is another text."""
    name = example.cause.partition(":")[0]
    known = {cause.name for cause in TABLE}
    if name not in known and nearest(name, known) is None:
        return ""
    try:
        cause = aimed(parse_cause(example.cause), subsystems or {""})
    except CauseError as error:
        return f"example: {error}"
    if cause.acts_on != "state":
        return (
            f"example: {cause.name} acts on the {cause.acts_on} and changes no "
            "histogram: say it in words"
        )
    wanted = "bad" if cause.kind == "fault" else "harmless"
    if example.kind != wanted:
        return f"example: {cause.name} is {wanted}, not {example.kind}"
    return ""
