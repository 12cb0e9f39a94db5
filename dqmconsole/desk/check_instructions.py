"""Checking instructions: plots without one, those nobody names, dates, examples."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from dqmconsole.desk.finding import problem_at
from dqmconsole.detector.table.cause import CauseError
from dqmconsole.detector.table.causes import aimed, parse_cause
from dqmconsole.files.agreement import plots_of
from dqmconsole.files.findings import Place
from dqmconsole.files.globs import any_match
from dqmconsole.files.texts import INSTRUCTIONS, instruction_key
from dqmconsole.model.layout import plot_key, subsystem_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dqmconsole.model.instruction import Example, Instruction, Note
    from dqmconsole.model.layout import Layout, Page, Plot
    from dqmconsole.model.problem import Problem
    from dqmconsole.model.site import Site

    Places = Mapping[str, Place]
    Where = tuple[Layout, Page, Plot]


def check_instructions(
    site: Site, places: Places, today: datetime.date
) -> list[Problem]:
    """Find what is wrong with the instructions of a site.

    A shift plot without an instruction is an error once the site has instructions;
    a site without any is told so once.

    Args:
        site: the site.
        places: of its parts.
        today: the date that reviews are judged by.
    """
    plots = list(plots_of(site))
    if not site.instructions:
        return _none_at_all(plots)
    found = _without(plots, places)
    subsystems = {subsystem_of(plot.path) for _, _, plot in plots} - {""}
    for instruction in site.instructions:
        found += _unnamed(instruction, plots, places)
        found += gone(instruction, plots, places)
        found += _claims(instruction, plots, places)
        found += _dates(instruction, places, today)
        found += _folder(instruction, places)
        file = places[instruction_key(instruction.id)].file
        found += [
            problem_at(Place(file, example.line, 1), words)
            for example in instruction.examples
            if (words := _wrong_cause(example, subsystems))
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


def gone(
    text: Instruction | Note, plots: Iterable[Where], places: Places
) -> list[Problem]:
    """Globs of an instruction or note that match no plot of the site any more."""
    applies = text.applies_to
    meant = [
        plot.path
        for layout, page, plot in plots
        if applies.layout in ("", layout.layout)
        and (not applies.pages or page.page in applies.pages)
    ]
    found = []
    for item, glob in enumerate(applies.plots):
        if not any(any_match(path, (glob,)) for path in meant):
            place = places.get(instruction_key(text.id, f"plots[{item}]"))
            words = f'applies_to: "{glob}" matches no plot of the site: is it gone?'
            found.append(problem_at(place, words))
    return found


def _claims(
    instruction: Instruction, plots: list[Where], places: Places
) -> list[Problem]:
    """Advice on plots that an instruction names and another one has."""
    applies = instruction.applies_to
    for layout, page, plot in plots if applies.plots else ():
        other = plot.instruction
        if other in (None, instruction.id):
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

    reviewed = datetime.date.fromisoformat(instruction.reviewed_on)
    due = datetime.date.fromisoformat(instruction.review_due)
    written = datetime.date.fromisoformat(instruction.written)
    found = []
    if due < reviewed:
        words = f"review_due {due} is before reviewed_on {reviewed}"
        found.append(at("review_due", words))
    elif due < today:
        words = f"the review was due on {due}: {instruction.owner} must review it"
        found.append(at("review_due", words, advice=True))
    if reviewed > today:
        words = f"reviewed_on {reviewed} is yet to come"
        found.append(at("reviewed_on", words))
    if written > today:
        found.append(at("written", f"written {written} is yet to come"))
    return found


def _folder(instruction: Instruction, places: Places) -> list[Problem]:
    folder = instruction.id.partition("/")[0]
    wanted = instruction.applies_to.layout.lower()
    if folder == wanted:
        return []
    place = places.get(instruction_key(instruction.id, "layout"))
    words = f"an instruction for {wanted} stands in the folder {wanted}/, not {folder}/"
    return [problem_at(place, words, advice=True)]


def _wrong_cause(example: Example, subsystems: set[str]) -> str:
    """Why the example cannot be drawn; "" when it can."""
    if not example.cause:
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
