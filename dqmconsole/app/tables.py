"""The tables that the features of this installation hand to the core."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from dqmconsole.app.drawing_names import DRAWING_RULES
from dqmconsole.app.features import is_installed
from dqmconsole.site.kinds import SiteTables
from dqmconsole.site.rules.table import RULES
from dqmconsole.site.schema import FILES, file_schema, layout_schema

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmconsole.plugins import Registered
    from dqmconsole.site.kinds import FileKind
    from dqmconsole.site.rules.reading import Rule
    from dqmconsole.site.rules.table import Row


def site_tables(*, playing: bool = False, recorded: bool = False) -> SiteTables:
    """The kinds of files of a site, and the rules, that features add.

    Args:
        playing: with the rules for which the runs of lessons are played, which takes
            some ten seconds, and those of recorded runs.
        recorded: with the rules for which the recorded runs of exam and observed shifts
            are read, which takes some seconds where there are any.
    """
    kinds: tuple[FileKind, ...] = ()
    review: tuple[Row, ...] = DRAWING_RULES
    causes: tuple[str, ...] = ()
    if is_installed("simulation"):
        from dqmconsole.app.example_faults import EXAMPLE_RULES

        review += EXAMPLE_RULES
    if is_installed("training"):
        from dqmconsole.training.files.kind import TABLES

        kinds += TABLES.kinds
        review += TABLES.review
        if playing or recorded:
            from dqmconsole.app.recorded_items import RECORDED_RULES
            from dqmconsole.app.recorded_shifts import SHIFT_RULES

            review += RECORDED_RULES + SHIFT_RULES
        if playing and is_installed("simulation"):
            from dqmconsole.app.lesson_plays import PLAYED_RULES

            review += PLAYED_RULES
        causes += TABLES.causes
    return SiteTables(kinds, review, causes)


def registered() -> tuple[Registered[object], ...]:
    """What installed packages add to the program, each of it imported."""
    from dqmconsole.checks.table import REGISTERED
    from dqmconsole.sources.package import registered_sources
    from dqmconsole.ui.plot.registered import registered_drawings

    found = (REGISTERED, registered_sources(), registered_drawings())
    if not is_installed("simulation"):
        return found
    from dqmconsole.simulation.table import causes

    return (*found, causes.REGISTERED)


def rules() -> dict[str, Rule]:
    """Every rule of a site by its code, those of features among them."""
    tables = site_tables(playing=True)
    added = tuple(rule for _, found in tables.review for rule in found)
    return {rule.code: rule for rule in (*RULES, *added)}


def schemas() -> dict[str, Callable[[], str]]:
    """What a file of a site is called -> its JSON Schema, as text."""
    found = {"layout": layout_schema}
    found |= {each: partial(file_schema, each) for each in FILES}
    if is_installed("training"):
        from dqmconsole.training.files import kind

        found |= {
            "lesson": kind.lesson_schema,
            "exam": kind.exam_schema,
            "observed-shifts": kind.observed_schema,
        }
    return found
