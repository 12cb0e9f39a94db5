"""The checks of plots against what they are to judge."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dqmconsole.checks.axes import compares, misfits, places
from dqmconsole.checks.check import why_not
from dqmconsole.checks.declared import DeclarationError, declared
from dqmconsole.checks.derived import InputError
from dqmconsole.checks.table import home_of
from dqmconsole.model.histogram import Histogram
from dqmconsole.model.layout import plot_key, subsystem_of
from dqmconsole.model.when import MEASURED
from dqmconsole.site.references import by_rank
from dqmconsole.site.rules.context import Violation, once, unread_words
from dqmconsole.site.rules.layouts import SETTINGS
from dqmconsole.site.rules.source_paths import Shape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.checks.declared import Declared
    from dqmconsole.checks.derived import Input
    from dqmconsole.model.layout import Plot
    from dqmconsole.site.findings import Place
    from dqmconsole.site.rules.context import SiteReading
    from dqmconsole.site.rules.source_paths import SourcePaths


class Checked(NamedTuple):
    """A check of a plot.

    Attributes:
        plot: the plot.
        key: its name.
        at: the place of the check in its list.
        one: the check.
    """

    plot: Plot
    key: str
    at: int
    one: Declared

    def place(self, context: SiteReading, part: str = "") -> Place | None:
        """Where the check's name, or a part of it, is written."""
        item = f"{self.key}#checks[{self.at}]"
        return context.places.get(f"{item}.{part}" if part else item) or (
            context.places.get(item)
        )


def checked_paths(plot: Plot) -> tuple[str, ...]:
    """The elements that the checks of a plot judge, or compare it with."""
    written = plot.written_checks
    found = [plot.path] if written else []
    for item in written.values():
        try:
            found += (path for _, path in _others(declared(item), plot.path))
        except DeclarationError:
            continue  # has its problem
    return tuple(found)


def _others(one: Declared, own: str) -> Iterator[tuple[str, str]]:
    """The further elements that a check needs, each with the option that names it."""
    if one.options.against is not None:
        yield "against", one.options.against
    if one.input is not None:
        yield from (("input", path) for path in one.input.paths(own))


def check_references_of_checks(context: SiteReading) -> Iterator[Violation]:
    """Find checks that need a reference where no rule gives one."""
    found = (
        Violation(
            "check-without-reference",
            each.place(context),
            f"{each.one.check.NAME} needs a reference, and no rule of references.yaml "
            f"is for {each.plot.path}",
            each.key,
        )
        for each in all_checks(context)
        if compares(each.one.check)
        and each.one.options.against is None
        and not _has_rule(context, each.plot.path)
    )
    yield from once(found)


def check_conditions_of_limits(context: SiteReading) -> Iterator[Violation]:
    """Find limits by a condition that ``site.yaml`` does not say where to read."""
    conditions = context.site.settings.conditions
    if any(each.file == SETTINGS.file for each in context.site.problems):
        return
    found = []
    for each in all_checks(context):
        name = each.one.condition
        words = unread_words(name, MEASURED, conditions) if name else ""
        if not words:
            continue
        said = f'limits depend on "{name}", and {words}; the widest hold'
        place = each.place(context, next(iter(each.one.tables)))
        found.append(Violation("unread-limit", place, said, each.key))
    yield from once(found)


def check_checks(context: SiteReading, source: SourcePaths) -> Iterator[Violation]:
    """Find checks that cannot judge what the source has, or not as they are set."""
    run_type = context.site.settings.run_types.get(source.run_type)
    found = [
        violation
        for each in all_checks(context)
        if run_type is None or run_type in (each.plot.run_types or (run_type,))
        if run_type is None or run_type in (each.one.options.run_types or (run_type,))
        for violation in _misfits(each, context, source)
    ]
    yield from once(found)
    yield from once(_other_bins(context, source))


def all_checks(context: SiteReading) -> Iterator[Checked]:
    """The checks that plots ask for, each with its place."""
    for layout, page, plot in context.plots:
        key = plot_key(layout.layout, page.page, plot.path)
        for at, item in plot.written_checks.items():
            try:
                yield Checked(plot, key, at, declared(item))
            except DeclarationError:
                continue  # has its problem


def _misfits(
    checked: Checked, context: SiteReading, source: SourcePaths
) -> Iterator[Violation]:
    path, check = checked.plot.path, checked.one.check
    for option, other in _others(checked.one, path):
        if other in source.paths or subsystem_of(other) not in source.subsystems:
            continue
        if other in context.renamed:
            continue  # is one of several, and said with them
        near = source.nearest(other)
        hint = f'; did you mean "{near}"?' if near else ""
        words = f'{option}: "{other}" is not in {source.name}{hint}'
        yield Violation(
            "unknown-element", checked.place(context, option), words, checked.key
        )
    shape = source.shapes.get(path)
    if checked.one.input is not None:
        try:
            shape = _made(checked.one.input, path, source)
        except InputError as error:
            words = f"input of {check.NAME}: {error}: {path}"
            place = checked.place(context, "input")
            yield Violation("wrong-input", place, words, checked.key)
            return
    if shape is None:
        return
    if reason := _why_not(checked, shape):
        words = f"{check.NAME} {reason}: {path}"
        yield Violation(
            "check-not-for-plot", checked.place(context), words, checked.key
        )
        return
    # what the settings of a package's own check mean, nobody else knows
    for key, words in () if home_of(check.NAME) else misfits(check, shape.axes):
        place = checked.place(context, key)
        message = f"{check.NAME}: {key}: {words}: {path}"
        yield Violation("off-the-axis", place, message, checked.key)
    against = checked.one.options.against
    compared = None if against is None else source.shapes.get(against)
    if compared is not None and not shape.same_bins(compared):
        words = f"against: {against} has {compared.words}, and {path} {shape.words}"
        place = checked.place(context, "against")
        yield Violation("other-bins", place, words, checked.key)


def _made(made_of: Input, own: str, source: SourcePaths) -> Shape | None:
    """What an input is, of elements of such bins; None where one is not known.

    Raises:
        InputError: it cannot be made of these.
    """
    blanks = []
    for path in made_of.paths(own):
        shape = source.shapes.get(path)
        if shape is None:
            return None
        if not shape.axes:
            message = f"{path} is no histogram, but {shape.kind}"
            raise InputError(message)
        zeros = np.zeros(tuple(axis.bins + 2 for axis in shape.axes))
        blanks.append(
            Histogram(
                name=path.rpartition("/")[2],
                title="",
                root_class=shape.kind,
                axes=shape.axes,
                contents=zeros,
                sumw2=zeros if shape.is_profile else None,
                bin_entries=zeros if shape.is_profile else None,
            )
        )
    made_of.known(blanks)
    found = made_of.derive(blanks)
    return Shape(found.root_class, found.axes[: found.dimension], found.is_profile)


def _why_not(checked: Checked, shape: Shape) -> str:
    """Why a check cannot judge such an element; "" where it can."""
    if not shape.axes:
        return f"judges histograms alone, not {shape.kind}"
    check = checked.one.check
    return why_not(check, len(shape.axes), is_profile=shape.is_profile)


def _other_bins(context: SiteReading, source: SourcePaths) -> Iterator[Violation]:
    """Places on an axis that one check names for plots of different binning."""
    first: dict[Place, tuple[str, Shape]] = {}
    for each in all_checks(context):
        shape = source.shapes.get(each.plot.path)
        place = each.place(context)
        keys = tuple(places(each.one.check))
        derived = each.one.input is not None
        if derived or shape is None or not shape.axes or place is None or not keys:
            continue
        path, before = first.setdefault(place, (each.plot.path, shape))
        if not shape.same_bins(before):
            words = (
                f"{each.one.check.NAME}: {keys[0]} is one place for plots of other "
                f"bins: {path} has {before.words}, and {each.plot.path} {shape.words}"
            )
            yield Violation("other-bins", each.place(context, keys[0]), words, each.key)


def _has_rule(context: SiteReading, path: str) -> bool:
    """Tell whether a rule of references may hold for an element in some run."""
    rules = context.site.references
    return any(rules[at].retired is None for at in by_rank(rules, path))
