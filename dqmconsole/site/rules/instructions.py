"""Checks of the instructions against layouts, contacts, and the calendar."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING

from dqmconsole.markdown import plain_line
from dqmconsole.model.layout import plot_key, subsystem_of
from dqmconsole.model.words import listed
from dqmconsole.site.feeds import FeedTargets
from dqmconsole.site.findings import Place
from dqmconsole.site.globs import any_match, wrong_glob
from dqmconsole.site.instruction_text import tells_to_call
from dqmconsole.site.nearest import did_you_mean, nearest, short
from dqmconsole.site.references import as_date
from dqmconsole.site.rules.context import Violation
from dqmconsole.site.texts import INSTRUCTIONS, instruction_key

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from dqmconsole.model.instruction import Instruction, Note, Step
    from dqmconsole.model.layout import Plot
    from dqmconsole.site.rules.context import SiteReading

REVIEW_WITHIN = datetime.timedelta(days=2 * 366)


def check_any_instructions(context: SiteReading) -> Iterator[Violation]:
    """Find that a site with shift plots has no instructions at all."""
    count = sum(page.audience == "shift" for _, page, _ in context.plots)
    if context.drafts.instructions or not count:
        return
    words = (
        f"the site has no instructions: none of its {count} shift plots says what to "
        "do when it is bad"
    )
    yield Violation("no-instructions", Place(INSTRUCTIONS), words)


def check_without_instruction(context: SiteReading) -> Iterator[Violation]:
    """Find shift plots without an instruction, once for all of one path.

    Nothing is said of a site that has no instructions at all.
    """
    found: dict[Place | None, Violation] = {}
    for layout, page, plot in context.plots if context.drafts.instructions else ():
        if page.audience != "shift" or plot.instruction is not None:
            continue
        key = plot_key(layout.layout, page.page, plot.path)
        place = context.places.get(key)
        if place not in found:
            words = f'the shift plot "{plot.path}" has no instruction'
            found[place] = Violation("plot-without-instruction", place, words, key)
    yield from found.values()


def check_unused(context: SiteReading) -> Iterator[Violation]:
    """Find instructions that no plot names, or only plots of other run types."""
    ids = {each.id for each in context.drafts.instructions}
    mistyped = {
        nearest(plot.instruction, ids)
        for _, _, plot in context.plots
        if plot.instruction is not None and plot.instruction not in ids
    }
    for instruction in context.drafts.instructions:
        broken = context.broken.may_hold(instruction.applies_to.layout)
        if broken or instruction.id in mistyped:
            continue
        named = _plots_with(instruction, context)
        if not named:
            place = context.places.get(instruction_key(instruction.id, "id"))
            words = (
                f'no plot or page of the layouts says "instruction: {instruction.id}": '
                "nobody will read it"
            )
            yield Violation("unused-instruction", place, words)
        types = instruction.applies_to.run_types
        for plot in named if types else ():
            if plot.run_types and not set(types).intersection(plot.run_types):
                place = context.places.get(instruction_key(instruction.id, "run_types"))
                words = (
                    f'it never holds: "{plot.path}" is shown in '
                    f"{', '.join(plot.run_types)} only"
                )
                yield Violation("instruction-never-holds", place, words)
                break


def _plots_with(instruction: Instruction, context: SiteReading) -> list[Plot]:
    """The plots that name an instruction."""
    return context.plots_with.get(instruction.id, [])


def check_run_types(context: SiteReading) -> Iterator[Violation]:
    """Find plots that are shown in run types without an instruction that holds."""
    for instruction in context.drafts.instructions:
        yield from _narrowed(instruction, context)


def _narrowed(instruction: Instruction, context: SiteReading) -> Iterator[Violation]:
    types = instruction.applies_to.run_types
    for _, page, plot in context.plots if types else ():
        if plot.instruction != instruction.id or page.audience != "shift":
            continue
        shown = plot.run_types or context.site.settings.types
        left = [each for each in shown if each not in types]
        if left and len(left) < len(shown):
            place = context.places.get(instruction_key(instruction.id, "run_types"))
            words = (
                f'it leaves "{plot.path}" without an instruction in {", ".join(left)}'
            )
            yield Violation("instruction-for-some-run-types", place, words)
            return


def check_owners(context: SiteReading) -> Iterator[Violation]:
    """Find instructions whose owner is not that of their layout."""
    # Owners that are nobody have a problem of their own.
    roles = context.site.contacts.roles
    owners = {
        each.layout: each.owner for each in context.site.layouts if each.owner in roles
    }
    for instruction in context.drafts.instructions:
        wanted = owners.get(instruction.applies_to.layout, "")
        if instruction.owner not in roles or wanted in ("", instruction.owner):
            continue
        place = context.places.get(instruction_key(instruction.id, "owner"))
        words = (
            f"owner is {instruction.owner}, and {wanted} owns the layout "
            f"{instruction.applies_to.layout}: is that meant?"
        )
        yield Violation("other-owner", place, words)


def check_examples(context: SiteReading) -> Iterator[Violation]:
    """Find examples in which nothing will be seen."""
    for instruction in context.drafts.instructions:
        yield from _elsewhere(instruction, context)


def _elsewhere(instruction: Instruction, context: SiteReading) -> Iterator[Violation]:
    """Examples of a cause in a subsystem that none of the plots is of.

    A plot that needs no subsystem is of the whole detector.
    """
    of: set[str] = set()
    for plot in _plots_with(instruction, context):
        if plot.needs is None or plot.needs.subsystem is None:
            return
        of |= {plot.needs.subsystem, subsystem_of(plot.path)}
    file = context.places[instruction_key(instruction.id)].file
    names = {each.lower() for each in of}  # as causes are read
    for example in instruction.examples:
        subsystem = example.cause.partition(":")[2]
        if of and subsystem and subsystem.lower() not in names:
            words = (
                f"example: {example.cause} acts on {subsystem}, and the plots are of "
                f"{', '.join(sorted(of))}: nothing will be seen"
            )
            place = Place(file, example.line, 1)
            yield Violation("example-elsewhere", place, words)


def check_causes(context: SiteReading) -> Iterator[Violation]:
    """Find steps for causes that neither the site nor a feature knows."""
    known = context.causes
    for instruction in context.drafts.instructions if known else ():
        for step in instruction.steps:
            for cause in step.causes:
                if cause in known:
                    continue
                key = instruction_key(instruction.id, f"for@{step.line}")
                hint = did_you_mean(cause, known)
                hint = hint or "; a word of the site's own stands in site.yaml: causes:"
                words = f'no cause is called "{short(cause)}"{hint}'
                yield Violation("unknown-cause", context.places.get(key), words)


def check_callees(context: SiteReading) -> Iterator[Violation]:
    """Find two instructions that call different people for one cause.

    Where a plot of the one feeds a plot of the other, both show the same fault.
    """
    steps = {each.id: _calling_steps(each) for each in context.drafts.instructions}
    targets = FeedTargets(context.site.layouts)
    by_path: dict[str, set[str]] = {}
    for _, _, plot in context.plots:
        if plot.instruction in steps:
            by_path.setdefault(plot.path, set()).add(plot.instruction)
    pairs = {
        (plot.instruction, fed)
        for _, _, plot in context.plots
        if plot.instruction in steps and plot.feeds
        for path in targets.of_all(plot.feeds)
        for fed in by_path.get(path, ())
    }
    for feeding, fed in sorted(pairs):
        for cause in sorted(steps[feeding].keys() & steps[fed].keys()):
            roles, others = (
                {each.role for each in steps[name][cause]} for name in (fed, feeding)
            )
            if not roles & others:
                words = (
                    f"for {cause} this calls {listed(sorted(roles))}, and {feeding}, "
                    f"whose plots feed its plots, {listed(sorted(others))}: whoever "
                    "sees both does not know whom to call"
                )
                key = instruction_key(fed, f"for@{steps[fed][cause][0].line}")
                yield Violation("two-calls", context.places.get(key), words)


def _calling_steps(instruction: Instruction) -> dict[str, list[Step]]:
    """The steps that call somebody, by the causes they name; not those that write."""
    found: dict[str, list[Step]] = {}
    for step in instruction.steps:
        for cause in step.causes if _calls(step) else ():
            found.setdefault(cause, []).append(step)
    return found


def _calls(step: Step) -> bool:
    """Whether a step calls somebody, and does not only have it written down."""
    soon = {each.urgency for each in step.urgencies}
    return bool(step.role and soon - {"write only"})


def check_unlisted_callees(context: SiteReading) -> Iterator[Violation]:
    """Find steps that call somebody whom "Whom to call" does not lead to.

    Whoever does not know the cause goes by that list. An instruction that has none
    lists whom its steps call.
    """
    contacts = context.site.contacts
    for instruction in context.drafts.instructions:
        line = contacts.line(each.role for each in instruction.turns)
        steps = [each for each in instruction.steps if line and _calls(each)]
        missing = {each.role: each for each in reversed(steps) if each.role not in line}
        for role, step in missing.items():
            words = (
                f'the step calls {role}, to whom "Whom to call" does not lead: whoever '
                "goes by that list never calls them"
            )
            key = instruction_key(instruction.id, f"call@{step.line}")
            yield Violation("call-not-listed", context.places.get(key), words)


def check_globs(context: SiteReading) -> Iterator[Violation]:
    """Find globs of instructions and notes that match no plot of the site any more."""
    texts: tuple[Instruction | Note, ...] = (
        *context.drafts.instructions,
        *context.drafts.notes,
    )
    for text in texts:
        if not context.broken.may_hold(text.applies_to.layout):
            yield from _gone(text, context)


def _gone(text: Instruction | Note, context: SiteReading) -> Iterator[Violation]:
    applies, plots = text.applies_to, context.plots
    if not applies.plots:
        return
    pages = {page.page for layout, page, _ in plots if layout.layout == applies.layout}
    # A layout or page that does not exist has its own problem.
    if applies.layout and not pages.issuperset(applies.pages or pages):
        return
    if applies.layout and not pages:
        return
    meant = [
        plot.path
        for layout, page, plot in plots
        if applies.layout in ("", layout.layout)
        and (not applies.pages or page.page in applies.pages)
    ]
    for item, glob in enumerate(applies.plots):
        if not wrong_glob(glob) and not any(any_match(path, (glob,)) for path in meant):
            place = context.places.get(instruction_key(text.id, f"plots[{item}]"))
            words = f'applies_to: "{glob}" matches no plot of the site: is it gone?'
            yield Violation("glob-matches-nothing", place, words)


def check_claims(context: SiteReading) -> Iterator[Violation]:
    """Find plots that one instruction names and another one has."""
    ids = {each.id for each in context.drafts.instructions}
    for instruction in context.drafts.instructions:
        yield from _claims(instruction, context, ids)


def _claims(
    instruction: Instruction, context: SiteReading, ids: Collection[str]
) -> Iterator[Violation]:
    applies = instruction.applies_to
    for layout, page, plot in context.plots if applies.plots else ():
        other = plot.instruction
        if other == instruction.id or other not in ids:
            continue
        if applies.names(layout.layout, page.page, plot.path):
            place = context.places.get(instruction_key(instruction.id, "plots"))
            words = (
                f'two instructions for "{plot.path}": its globs name it, and its '
                f"layout says {other}, which holds"
            )
            yield Violation("two-instructions", place, words)
            return


def check_review_dates(context: SiteReading) -> Iterator[Violation]:
    """Find dates of instructions that disagree, are to come, or are due."""
    for instruction in context.drafts.instructions:
        yield from _dates(instruction, context)


def _dates(instruction: Instruction, context: SiteReading) -> Iterator[Violation]:
    def at(code: str, part: str, words: str) -> Violation:
        place = context.places.get(instruction_key(instruction.id, part))
        return Violation(code, place, words)

    today = context.today
    reviewed = as_date(instruction.reviewed_on)
    due = as_date(instruction.review_due)
    written = as_date(instruction.written)
    if due and reviewed and due < reviewed:
        words = f"review_due {due} is before reviewed_on {reviewed}"
        yield at("review-before-review", "review_due", words)
    elif due and due < today:
        words = f"the review was due on {due}: {instruction.owner} must review it"
        yield at("review-due", "review_due", words)
    elif due and reviewed and due - reviewed > REVIEW_WITHIN:
        words = f"review_due {due} is years after reviewed_on {reviewed}: is it meant?"
        yield at("review-far-off", "review_due", words)
    if reviewed and written and reviewed < written:
        words = (
            f"reviewed_on {reviewed} is before written {written}: was this version "
            "reviewed?"
        )
        yield at("reviewed-before-written", "reviewed_on", words)
    if reviewed and reviewed > today:
        words = f"reviewed_on {reviewed} is yet to come"
        yield at("date-to-come", "reviewed_on", words)
    if written and written > today:
        yield at("date-to-come", "written", f"written {written} is yet to come")


def check_folders(context: SiteReading) -> Iterator[Violation]:
    """Find instructions that do not stand in the folder of their layout."""
    for instruction in context.drafts.instructions:
        folder = instruction.id.partition("/")[0]
        wanted = instruction.applies_to.layout.lower()
        if folder == wanted or not wanted:
            continue
        place = context.places.get(instruction_key(instruction.id, "layout"))
        words = (
            f"an instruction for {wanted} stands in the folder {wanted}/, not {folder}/"
        )
        yield Violation("wrong-folder", place, words)


def check_calls(context: SiteReading) -> Iterator[Violation]:
    """Find steps whose words name another role than the line of urgency below.

    A role is named by its id, or by its title without what stands in brackets.
    """
    names: dict[str, str] = {}
    for role, contact in context.site.contacts.roles.items():
        title = contact.title.partition(" (")[0].strip()
        names |= {role.lower(): role, title.lower(): role}
    if not names:
        return
    # The longer first: "Hcal DQM on call" is not "DQM on call".
    longest = sorted(names, key=len, reverse=True)
    named = re.compile(rf"\b(?:{'|'.join(map(re.escape, longest))})\b")
    for instruction in context.drafts.instructions:
        for step in instruction.steps:
            words = tells_to_call(step.text) if step.role else None
            if words is None:
                continue
            said = plain_line(step.text).lower()
            told = said[said.find(words.lower()) :] if words.lower() in said else said
            roles = [names[each] for each in named.findall(told)]
            if roles and step.role not in roles and step.role in names.values():
                key = instruction_key(instruction.id, f"call@{step.line}")
                message = f"the step says {words}, its line {step.role}: who is meant?"
                yield Violation("call-names-another", context.places.get(key), message)
