"""Checks of what stands in ``layouts/`` against all that is known of a site."""

from __future__ import annotations

import datetime
import struct
from pathlib import Path
from typing import TYPE_CHECKING

from dqmconsole.model.layout import page_key, plot_key
from dqmconsole.model.paths import with_home
from dqmconsole.model.reference import scope_words
from dqmconsole.model.when import NAMED
from dqmconsole.model.words import counted
from dqmconsole.site.findings import Place
from dqmconsole.site.known_issues import known_key
from dqmconsole.site.nearest import did_you_mean
from dqmconsole.site.references import as_date, by_rank, rule_key, serving
from dqmconsole.site.rules.context import Violation, unread_words
from dqmconsole.site.texts import instruction_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.model.instruction import Instruction, Note
    from dqmconsole.model.layout import Layout, Normalization, Page, Plot
    from dqmconsole.site.rules.context import SiteReading

SETTINGS = Place("layouts/site.yaml", 1, 1)


def check_recorded(context: SiteReading) -> Iterator[Violation]:
    """Find folders of recorded runs that are not there, on this machine at least."""
    for item, each in enumerate(context.site.settings.recorded):
        if not _is_folder(context.folder / with_home(each)):
            words = f'recorded: there is no folder "{each}" (relative to the site)'
            place = context.places.get(f"recorded[{item}]")
            yield Violation("recorded-folder", place, words)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def check_retiring(context: SiteReading) -> Iterator[Violation]:
    """Find layouts whose last day is over."""
    for layout in context.site.layouts:
        last = as_date(layout.retiring)
        if last is not None and last < context.today:
            words = f"{layout.layout} was retiring on {last}: delete its file"
            place = context.places.get(layout.layout)
            yield Violation("layout-retired", place, words, layout.layout)


def check_components(context: SiteReading) -> Iterator[Violation]:
    """Find components without a layout, and layouts in two of them."""
    first: dict[str, str] = {}
    for component, layouts in context.site.settings.components.items():
        place = context.places.get(f"components: {component}")
        if not layouts:
            words = f"components: {component} covers no layout: nothing will flag it"
            yield Violation("empty-component", place, words)
        for layout in layouts:
            other = first.setdefault(layout, component)
            if other != component:
                words = (
                    f"components: {layout} stands in two of them, {other} and "
                    f"{component}: its plots count in both flags"
                )
                yield Violation("layout-in-two-components", place, words)


def check_progress(context: SiteReading) -> Iterator[Violation]:
    """Find a site that does not say how far its clients have come."""
    site = context.site
    conditions = site.settings.conditions
    told = (conditions.lumisection, conditions.events, conditions.timestamp)
    broken = any(each.file == SETTINGS.file for each in site.problems)
    if not any(told) and not broken:
        words = (
            "conditions: name the path of lumisection, events or timestamp (such as "
            '"{subsystem}/Info/events"): without them nobody notices that files are '
            "renewed and their content is not"
        )
        yield Violation("no-progress", SETTINGS, words)


def check_exposures(context: SiteReading) -> Iterator[Violation]:
    """Find normalisations that need a condition which ``site.yaml`` does not name."""
    conditions = context.site.settings.conditions
    needed: dict[Normalization, tuple[str, ...]] = {
        "events": ("events",),
        "pileup": ("events", "pileup"),
        "lumi": ("integrated",),
    }
    if not (conditions.events or conditions.pileup or conditions.integrated):
        del needed["events"]  # what a plot takes that says nothing: it may not mean it
    for how, keys in needed.items():
        lacking = [key for key in keys if not getattr(conditions, key)]
        plots = [each for each in context.plots if each[2].reference.normalize == how]
        if not lacking or not plots:
            continue
        layout, page, plot = plots[0]
        key = plot_key(layout.layout, page.page, plot.path)
        more = f" (and of {len(plots) - 1} more plots)" if len(plots) > 1 else ""
        words = (
            f"normalize: {how}{more} needs conditions: {' and '.join(lacking)} in "
            "site.yaml; the reference is scaled by area"
        )
        yield Violation("no-exposure", context.places.get(key), words, key)


def check_beam_modes(context: SiteReading) -> Iterator[Violation]:
    """Find beam modes in a site that does not list any, so that none is checked."""
    site = context.drafts
    if site.settings.beam_modes:
        return
    if any(
        each.file == SETTINGS.file and each.severity == "error"
        for each in site.problems
    ):
        return
    said = list(_modes_said(context))
    if said:
        mode, place = said[0]
        more = f" and {len(said) - 1} more places" if len(said) > 1 else ""
        words = (
            "beam_modes is missing: name the beam modes (a list, lower case), so that "
            f'"{mode}" in {place.file}:{place.line}{more} can be checked'
        )
        yield Violation("no-beam-modes", SETTINGS, words)


def check_types_listed(context: SiteReading) -> Iterator[Violation]:
    """Find run types in a site that does not list any, so that none is checked."""
    site, places = context.drafts, context.places
    broken = any(each.file == SETTINGS.file for each in site.problems)
    if site.settings.types or broken:
        return
    said = [
        (plot.run_types, places.get(plot_key(layout.layout, page.page, plot.path)))
        for layout, page, plot in context.plots
    ]
    said += [
        ((rule.run_type,), places.get(rule_key(at, "run_type")))
        for at, rule in enumerate(site.references)
        if rule.run_type is not None
    ]
    said += [
        (each.applies_to.run_types, places.get(instruction_key(each.id, "run_types")))
        for each in site.instructions
    ]
    for types, place in said:
        if types and place is not None:
            words = (
                "run_types is missing: list the types of run of this experiment, so "
                f'that "{types[0]}" in {place.file}:{place.line} can be checked'
            )
            yield Violation("no-run-types", SETTINGS, words)
            return


def _modes_said(context: SiteReading) -> Iterator[tuple[str, Place]]:
    """Each mode that is named, and where; of one place only the first."""
    site, places = context.drafts, context.places
    seen: set[Place] = set()
    for layout, page, plot in context.plots:
        for mode in plot.needs.beam[:1] if plot.needs else ():
            place = places[plot_key(layout.layout, page.page, plot.path)]
            if place not in seen:
                seen.add(place)
                yield mode, place
    texts: tuple[Instruction | Note, ...] = (*site.instructions, *site.notes)
    for text in texts:
        for mode in text.applies_to.beam_modes[:1]:
            yield mode, places[instruction_key(text.id, "beam_modes")]
    for instruction in site.instructions:
        for step in instruction.steps:
            modes = [mode for rule in step.urgencies for mode in rule.modes]
            for mode in modes[:1]:
                yield mode, places[instruction_key(instruction.id, f"call@{step.line}")]


def check_needed_subsystems(context: SiteReading) -> Iterator[Violation]:
    """Find subsystems that plots need and nothing is of, each said once.

    Where a source is there, a name that it lacks and that is like another of it is
    an error.
    """
    said: set[str] = set()
    for layout, page, plot in context.plots:
        name = plot.needs.subsystem if plot.needs else None
        if name is None or name in said or not context.lacks(name):
            continue
        said.add(name)
        key = plot_key(layout.layout, page.page, plot.path)
        place = _place_of_need(context, key, layout, page, "subsystem")
        hint = did_you_mean(name, context.subsystems)
        words = f'needs: nothing is of the subsystem "{name}"{hint}'
        mistyped = context.source is not None and hint
        code = "mistyped-subsystem" if mistyped else "unknown-subsystem"
        yield Violation(code, place, words, key)


_READ_AS = {
    "subsystem": "subsystems",
    "feds": "feds",
    "dcs": "dcs",
    "beam": "beam_mode",
    "magnet": "magnet",
    "events": "events",
}
"""What a plot needs -> the condition by which that is known."""


def check_needed_conditions(context: SiteReading) -> Iterator[Violation]:
    """Find needs of plots that ``site.yaml`` does not say where to read."""
    conditions = context.site.settings.conditions
    if any(each.file == SETTINGS.file for each in context.site.problems):
        return
    needed: dict[str, list[tuple[Layout, Page, Plot]]] = {}
    for each in context.plots:
        for need in _READ_AS:
            if each[2].needs and getattr(each[2].needs, need):
                needed.setdefault(need, []).append(each)
    for need, plots in needed.items():
        unread = unread_words(_READ_AS[need], tuple(_READ_AS.values()), conditions)
        if not unread:
            continue
        layout, page, plot = plots[0]
        key = plot_key(layout.layout, page.page, plot.path)
        others = counted(len(plots) - 1, "more plot")
        more = f" (and for {others})" if len(plots) > 1 else ""
        words = (
            f"needs: {need}{more}, and {unread}; the plot is judged whether it holds "
            "or not"
        )
        place = _place_of_need(context, key, layout, page, need)
        yield Violation("unread-need", place, words, key)


def _place_of_need(
    context: SiteReading, key: str, layout: Layout, page: Page, need: str
) -> Place | None:
    """Where a plot's need is written: with it, its page or its layout."""
    above = (key, page_key(layout.layout, page.page), layout.layout)
    written = (context.places.get(f"{each}#needs.{need}") for each in above)
    return next((each for each in written if each), context.places.get(key))


REVIEW_AFTER = datetime.timedelta(days=365)

_LARGE = 1_000_000  # added to the version of a ROOT file with 64-bit addresses


def check_reference_files(context: SiteReading) -> Iterator[Violation]:
    """Find reference files that are not there, or not whole."""
    layouts = context.folder / "layouts"
    for index, rule in enumerate(context.site.references):
        if rule.file is None or rule.retired is not None:
            continue
        if words := _wrong_file(layouts, rule.file):
            yield Violation(
                "reference-file", context.places.get(rule_key(index)), words
            )


def check_reference_dates(context: SiteReading) -> Iterator[Violation]:
    """Find references that were chosen long ago, or in the future."""
    for index, rule in enumerate(context.site.references):
        if rule.retired is not None:
            continue
        place = context.places.get(rule_key(index, "chosen_on"))
        chosen = datetime.date.fromisoformat(rule.chosen_on)
        if chosen > context.today:
            words = f"the reference was chosen on {chosen}, which is yet to come"
            yield Violation("reference-to-come", place, words)
        elif context.today - chosen > REVIEW_AFTER:
            words = (
                f"the reference was chosen on {chosen}, more than a year ago: is it "
                f"still right? ({rule.chosen_by} chose it)"
            )
            yield Violation("old-reference", place, words)


def check_reference_run_type(context: SiteReading) -> Iterator[Violation]:
    """Find rules for one type of run in a site that never knows a run's type."""
    site = context.site
    broken = any(each.file == SETTINGS.file for each in site.problems)
    typed = [at for at, rule in enumerate(site.references) if rule.run_type is not None]
    if typed and not broken and not site.settings.conditions.run_type:
        words = (
            "a rule with a run_type never holds here: site.yaml lacks conditions: "
            "run_type, the element that holds the producer's word for it"
        )
        place = context.places.get(rule_key(typed[0], "run_type"))
        yield Violation("references-without-run-type", place, words)


def check_reference_targets(context: SiteReading) -> Iterator[Violation]:
    """Find rules of references that hold for no plot."""
    for index, rule in enumerate(context.site.references):
        if rule.retired is not None:
            continue
        if rule.subsystem is not None and context.lacks(rule.subsystem):
            hint = did_you_mean(rule.subsystem, context.subsystems)
            words = f'no plot of the site is of the subsystem "{rule.subsystem}"{hint}'
            place = context.places.get(rule_key(index, "subsystem"))
            yield Violation("reference-for-nothing", place, words)
            continue
        for item, glob in enumerate(rule.histograms):
            if not context.matches(glob):
                words = f'the rule is for "{glob}", which matches no plot of the site'
                place = context.places.get(rule_key(index, f"histograms[{item}]"))
                yield Violation("reference-for-nothing", place, words)


def check_reference_conditions(context: SiteReading) -> Iterator[Violation]:
    """Find conditions of rules that ``site.yaml`` does not say where to read."""
    conditions = context.site.settings.conditions
    if any(each.file == SETTINGS.file for each in context.site.problems):
        return
    for index, rule in enumerate(context.site.references):
        for name in rule.when:
            words = unread_words(name, NAMED, conditions)
            if not words:
                continue
            place = context.places.get(rule_key(index, f"when.{name}"))
            said = f'the rule holds by "{name}", and {words}; it never holds'
            yield Violation("unread-condition", place, said)


def check_reference_order(context: SiteReading) -> Iterator[Violation]:
    """Find rules before which others always go."""
    site = context.site
    types = {rule.run_type for rule in site.references} | {None}
    served: set[int] = set()
    matched: set[int] = set()
    ranks = {tuple(by_rank(site.references, path)) for path in context.paths}
    for ranked in ranks:
        for run_type in types:
            served.update(serving(site.references, ranked, run_type))
        matched.update(ranked)
    for index, rule in enumerate(site.references):
        if rule.retired is None and index in matched - served:
            words = (
                f"the rule ({scope_words(rule)}) never holds: for each of its plots "
                "there is a rule that goes before it"
            )
            yield Violation(
                "reference-never-first", context.places.get(rule_key(index)), words
            )


def _wrong_file(layouts: Path, name: str) -> str:
    """Why a reference file cannot be used; "" when it seems to be whole."""
    if Path(name).is_absolute() or ".." in Path(name).parts:
        return (
            f'the reference file "{name}" is not in the site: it lies in layouts/, '
            "such as references/NAME.root"
        )
    path = layouts / name
    try:
        if not path.is_file():
            return f'there is no reference file "{name}"' + _beside(layouts, name)
        with path.open("rb") as stream:
            head = stream.read(32)
        size = path.stat().st_size
    except OSError:
        # A name longer than the disk allows, or a folder that is closed to us.
        return f'there is no reference file "{name}"'
    if not head.startswith(b"root"):
        return f'the reference file "{name}" is no ROOT file'
    ends = _end_of(head)
    if ends > size:
        return (
            f'the reference file "{name}" ends early: {size} bytes of {ends} are there'
        )
    return ""


def _beside(layouts: Path, name: str) -> str:
    """The file that was meant, written as the rule must name it."""
    folder = Path(name).parent
    try:
        there = [str(folder / each.name) for each in (layouts / folder).iterdir()]
    except OSError:
        return ""
    return did_you_mean(name, there)


def _end_of(head: bytes) -> int:
    """Where a ROOT file says that it ends (fEND of its header); 0 when it does not."""
    try:
        (version,) = struct.unpack_from(">i", head, 4)
        end: int
        (end,) = struct.unpack_from(">q" if version >= _LARGE else ">i", head, 12)
    except struct.error:
        return 0
    return end


def check_known_issues(context: SiteReading) -> Iterator[Violation]:
    """Find known issues that expired, or show in no plot."""
    for index, known in enumerate(context.site.known):
        expires = datetime.date.fromisoformat(known.expires)
        if expires < context.today:
            words = (
                f'the known problem "{known.problem}" expired on {expires}: '
                f"{known.owner} must review it"
            )
            yield Violation(
                "known-expired", context.places.get(known_key(index)), words
            )
        if known.subsystem and context.lacks(known.subsystem):
            hint = did_you_mean(known.subsystem, context.subsystems)
            words = f'no plot of the site is of the subsystem "{known.subsystem}"{hint}'
            place = context.places.get(known_key(index, "subsystem"))
            yield Violation("known-shows-nowhere", place, words)
            continue
        for item, glob in enumerate(known.paths):
            if not context.matches(glob):
                words = (
                    f'the known problem "{known.problem}" shows nowhere: "{glob}" '
                    "matches no plot of the site"
                )
                place = context.places.get(known_key(index, f"paths[{item}]"))
                yield Violation("known-shows-nowhere", place, words)
